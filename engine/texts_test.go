package engine

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kartka/engine/rules"
)

// Whatever is in them, and whatever they come to have, they read as what encoding/json writes.
func TestTextsReadAsWhatTheLibraryWrites(t *testing.T) {
	for name, c := range map[string]struct {
		zero  any
		write func(any) ([]byte, error)
	}{
		"answer":  {Posted{}, func(v any) ([]byte, error) { p := v.(Posted); return p.appendTo(nil) }},
		"did":     {Did{}, func(v any) ([]byte, error) { d := v.(Did); return d.AppendTo(nil) }},
		"notice":  {Notice{}, func(v any) ([]byte, error) { n := v.(Notice); return n.AppendTo(nil) }},
		"effects": {[]rules.Effect(nil), func(v any) ([]byte, error) { return rules.AppendEffects(nil, v.([]rules.Effect)), nil }},
	} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				value := reflect.New(reflect.TypeOf(c.zero)).Elem()
				fill(t, value)
				if list, ok := value.Interface().([]rules.Effect); ok && list == nil {
					value = reflect.ValueOf([]rules.Effect{}) // null is not written by hand
				}
				library, err := json.Marshal(value.Interface())
				if err != nil {
					t.Fatal(err)
				}
				written, err := c.write(value.Interface())
				if err != nil {
					t.Fatal(err)
				}
				var want, got any
				if err := json.Unmarshal(library, &want); err != nil {
					t.Fatal(err)
				}
				if err := json.Unmarshal(written, &got); err != nil {
					t.Fatalf("%s: %v", written, err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("%s\n%s", written, diff)
				}
			})
		})
	}
}

// fill gives a value something in some of its parts.
func fill(t *rapid.T, v reflect.Value) {
	text := rapid.SampledFrom([]string{"", "a", `"`, `Кава\`, "\n<&>"})
	if v.Type() == reflect.TypeFor[time.Time]() {
		if n := rapid.Int64Range(0, 4e15).Draw(t, "at"); n%4 > 0 {
			v.Set(reflect.ValueOf(time.UnixMicro(n).UTC()))
		}
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text.Draw(t, "text"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64Range(-2, 1<<40).Draw(t, "number") & ^1)
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.Interface:
		v.Set(reflect.ValueOf(rapid.OneOf(text.AsAny(), rapid.Int64Range(-3, 3).AsAny(), rapid.IntRange(-3, 3).AsAny(), rapid.Bool().AsAny()).Draw(t, "any")))
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem())
		}
	case reflect.Slice:
		n := rapid.IntRange(0, 2).Draw(t, "length")
		if n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
		}
		for i := range n {
			fill(t, v.Index(i))
		}
	case reflect.Map:
		n := rapid.IntRange(0, 3).Draw(t, "size")
		if n > 0 {
			v.Set(reflect.MakeMap(v.Type()))
		}
		for i := range n {
			value := reflect.New(v.Type().Elem()).Elem()
			fill(t, value)
			v.SetMapIndex(reflect.ValueOf(string(rune('a'+i))), value)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Tag.Get("json") != "-" {
				fill(t, v.Field(i))
			}
		}
	default:
		t.Fatalf("a field of kind %s", v.Kind())
	}
}
