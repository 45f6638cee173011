package tills

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestShape(t *testing.T) {
	deep := func(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }
	wide := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"f%d":{"x":1}`, i)
		}
		return "{" + b.String()[1:] + "}"
	}
	for _, x := range []struct {
		body  string
		names int
		want  bool
	}{
		{`{}`, 9, true},
		{`{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}`, 9, true},
		{`{"a":1,"a":2}`, 9, false},
		{`{"a":1,"A":2}`, 9, false},
		{`{"a":1,"\u0061":2}`, 9, false},
		{`{"a":"a","b":"a"}`, 9, true},
		{`{"a":"\"","b":"\\","c":"a"}`, 9, true},
		{`{"a":{"x":1,"x":2}}`, 9, false},
		{`{"a":{"x":1,"x":2}}`, 1, true},
		{`{"a":[["x","x"]],"b":["x"]}`, 9, true},
		{`{"a":{"x":1},"a":2}`, 1, false},
		{`["a","a"]`, 9, true},
		{wide(mostFields), 9, true},
		{wide(mostFields + 1), 9, false},
		{deep(mostNested), 9, true},
		{deep(mostNested + 1), 9, false},
		{strings.Repeat("[", mostNested+1), 9, false},
		{"{\"a\":\"\xff\"}", 9, false},
		{`}`, 9, true}, {`{"a`, 9, true}, {`{"a\`, 9, true}, {`:,`, 9, true}, {``, 9, true}, // not JSON: for the decoder
	} {
		if err := checkShape([]byte(x.body), x.names); (err == nil) != x.want {
			t.Errorf("%.60s to depth %d: %v", x.body, x.names, err)
		}
	}
}

// What passes and is JSON has one meaning: no name comes twice.
func FuzzShape(f *testing.F) {
	for _, seed := range []string{`{"a":1,"b":[{"a":"\""}]}`, `{"a":1,"a":2}`, `{"a":{"b":1,"B":2}}`, `[`, `"`, `{"\u0061":1,"a":2}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if checkShape(body, mostNested) != nil || !json.Valid(body) {
			return
		}
		d := json.NewDecoder(strings.NewReader(string(body)))
		if again := repeated(d); again != "" {
			t.Errorf("%q comes twice in %s", again, body)
		}
	})
}

// repeated finds a name that comes twice in an object, by reading token by token.
func repeated(d *json.Decoder) string {
	token, err := d.Token()
	if err != nil {
		return ""
	}
	switch token {
	case json.Delim('{'):
		var names []string
		for d.More() {
			name, _ := d.Token()
			for _, other := range names {
				if strings.EqualFold(other, name.(string)) {
					return other
				}
			}
			names = append(names, name.(string))
			if again := repeated(d); again != "" {
				return again
			}
		}
		_, _ = d.Token()
	case json.Delim('['):
		for d.More() {
			if again := repeated(d); again != "" {
				return again
			}
		}
		_, _ = d.Token()
	}
	return ""
}

func TestDisplayName(t *testing.T) {
	for name, want := range map[string]string{"": "", "Олена": "Олена", "Олена Ґудзь": "Олена Ґ.", "  Anna  Maria Nowak ": "Anna M.", "A \xff": "A"} {
		if got := displayName(name); got != want {
			t.Errorf("%q is shown as %q", name, got)
		}
	}
}
