package sqldb

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"time"
)

// liteTime is how SQLite stores a time: always UTC, always 27 characters, so that text order is time order, and
// microseconds, as PostgreSQL keeps them.
const liteTime = "2006-01-02T15:04:05.000000Z"

// bindArgs turns the arguments of a statement into what SQLite stores.
func bindArgs(args []any) ([]driver.NamedValue, error) {
	out := make([]driver.NamedValue, len(args))
	for i, a := range args {
		v, err := bind(a)
		if err != nil {
			return nil, fmt.Errorf("argument $%d: %w", i+1, err)
		}
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return out, nil
}

func bind(a any) (driver.Value, error) {
	// The common types first, without reflection.
	switch v := a.(type) {
	case nil:
		return nil, nil
	case string:
		return v, nil
	case int64:
		return v, nil
	case int:
		return int64(v), nil
	case bool:
		return bindBool(v), nil
	case time.Time:
		return bindTime(v)
	case []byte:
		if v == nil {
			return nil, nil
		}
		return v, nil
	case json.RawMessage:
		// As text: a blob would be read as SQLite's binary JSON.
		if v == nil {
			return nil, nil
		}
		return string(v), nil
	case float64:
		return v, nil
	}
	rv := reflect.ValueOf(a)
	if rv.Kind() == reflect.Pointer && rv.IsNil() {
		return nil, nil
	}
	if v, ok := a.(driver.Valuer); ok {
		inner, err := v.Value()
		if err != nil {
			return nil, err
		}
		if _, again := inner.(driver.Valuer); again {
			return nil, fmt.Errorf("%T gives a value that is itself a driver.Valuer", a)
		}
		return bind(inner)
	}
	return bindReflect(a, rv)
}

func bindReflect(a any, rv reflect.Value) (driver.Value, error) {
	switch rv.Kind() {
	case reflect.Pointer:
		return bind(rv.Elem().Interface())
	case reflect.String:
		return rv.String(), nil
	case reflect.Bool:
		return bindBool(rv.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return rv.Int(), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if rv.Uint() > math.MaxInt64 {
			return nil, fmt.Errorf("%d is greater than maximum value for bigint", rv.Uint())
		}
		return int64(rv.Uint()), nil
	case reflect.Float32, reflect.Float64:
		return rv.Float(), nil
	case reflect.Slice:
		if rv.IsNil() {
			return nil, nil
		}
		if rv.Type().Elem().Kind() == reflect.Uint8 {
			return rv.Bytes(), nil
		}
		return bindSlice(a, rv)
	case reflect.Map:
		if rv.IsNil() {
			return nil, nil
		}
		return bindJSON(a)
	case reflect.Struct, reflect.Array:
		return bindJSON(a)
	}
	return nil, fmt.Errorf("cannot store a %T", a)
}

// bindSlice turns a slice into JSON. Elements that are plain values become what they would be as arguments of their
// own, so that = ANY($1) compares like with like; others become the JSON they say they are.
func bindSlice(a any, rv reflect.Value) (driver.Value, error) {
	elem := rv.Type().Elem()
	for elem.Kind() == reflect.Pointer {
		elem = elem.Elem()
	}
	switch elem.Kind() {
	case reflect.Map, reflect.Interface, reflect.Slice, reflect.Array, reflect.Struct:
		if elem != reflect.TypeFor[time.Time]() && !elem.Implements(reflect.TypeFor[driver.Valuer]()) {
			return bindJSON(a)
		}
	case reflect.Bool:
		return bindJSON(a)
	}
	out := make([]driver.Value, rv.Len())
	for i := range out {
		v, err := bind(rv.Index(i).Interface())
		if err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
		if b, ok := v.([]byte); ok {
			v = string(b)
		}
		out[i] = v
	}
	return bindJSON(out)
}

func bindJSON(a any) (driver.Value, error) {
	b, err := json.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("encode %T as JSON: %w", a, err)
	}
	return string(b), nil
}

func bindBool(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func bindTime(t time.Time) (driver.Value, error) {
	t = t.UTC()
	if y := t.Year(); y < 0 || y > 9999 {
		return nil, fmt.Errorf("the year %d cannot be stored", y)
	}
	return t.Format(liteTime), nil
}
