package jsontext

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

type sample struct {
	Text  string    `json:"text"`
	Maybe string    `json:"maybe,omitempty"`
	N     int64     `json:"n"`
	Some  int64     `json:"some,omitempty"`
	At    time.Time `json:"at,omitzero"`
	List  []string  `json:"list,omitempty"`
	Raw   *sample   `json:"raw,omitempty"`
}

func (s *sample) append(b []byte) []byte {
	o := Begin(b)
	o.String("text", s.Text)
	o.OmitString("maybe", s.Maybe)
	o.Int("n", s.N)
	o.OmitInt("some", s.Some)
	o.OmitTime("at", s.At)
	o.OmitStrings("list", s.List)
	if s.Raw != nil {
		o.Value("raw", s.Raw.append)
	}
	return o.End()
}

// What is written reads as what encoding/json writes does.
func TestReadsAsWhatTheLibraryWrites(t *testing.T) {
	text := rapid.Map(rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune("\"\\\t\n\x01\x1f</>&\u2028 аїқ☕")))),
		func(s string) string { return strings.ReplaceAll(s, "\x00", "0") })
	one := rapid.Custom(func(t *rapid.T) sample {
		s := sample{Text: text.Draw(t, "text"), Maybe: text.Draw(t, "maybe"), N: rapid.Int64().Draw(t, "n"), Some: rapid.Int64Range(-1, 1).Draw(t, "some"),
			List: rapid.SliceOfN(text, 0, 3).Draw(t, "list")}
		if n := rapid.Int64Range(0, 4e15).Draw(t, "at"); n > 0 {
			s.At = time.UnixMicro(n).UTC()
		}
		return s
	})
	rapid.Check(t, func(t *rapid.T) {
		s := one.Draw(t, "outer")
		if rapid.Bool().Draw(t, "nested") {
			inner := one.Draw(t, "inner")
			s.Raw = &inner
		}
		library, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var want, got sample
		if err := json.Unmarshal(library, &want); err != nil {
			t.Fatal(err)
		}
		written := s.append(nil)
		if err := json.Unmarshal(written, &got); err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s reads otherwise:\n%s", written, diff)
		}
	})
}

func TestWritesWhatTheLibraryWrites(t *testing.T) {
	s := sample{Text: "Кава \"на\" розі\\", N: -3, Some: 7, At: time.Date(2026, 3, 14, 9, 26, 53, 589793000, time.UTC), List: []string{"a", ""}, Raw: &sample{}}
	want, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.append([]byte("> ")); string(got) != "> "+string(want) {
		t.Errorf("%s, want %s", got, want)
	}
}
