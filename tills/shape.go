package tills

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"unicode/utf8"

	"kartka/locales"
)

// How deep a body may be nested, and how many fields an object may have. Ours are far from both; what a till adds for itself is not looked at.
const (
	mostNested = 32
	mostFields = 128
)

// checkShape looks for what encoding/json lets pass and what could mean two things: names that come twice in one object, in any case, text that is not
// UTF-8, and nesting or fields without end. Objects deeper than names are left to whoever reads them. What is no JSON at all is left to the decoder.
func checkShape(body []byte, names int) error {
	if !utf8.Valid(body) {
		return unreadable
	}
	var open [mostNested]scope
	depth := 0
	var room [mostFields]name
	seen := room[:0] // names of all open objects, those of the innermost last
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '{', '[':
			if depth == mostNested {
				return tooDeep
			}
			open[depth] = scope{object: body[i] == '{', first: len(seen), name: true}
			depth++
		case '}', ']':
			if depth == 0 {
				return nil
			}
			depth--
			seen = seen[:open[depth].first]
		case ',':
			if depth > 0 {
				open[depth-1].name = true
			}
		case ':':
			if depth > 0 {
				open[depth-1].name = false
			}
		case '"':
			end := endOfText(body, i)
			if end < 0 {
				return nil
			}
			if depth > 0 && depth <= names && open[depth-1].object && open[depth-1].name {
				mine, n := seen[open[depth-1].first:], nameOf(body[i:end+1])
				switch {
				case len(mine) == mostFields:
					return tooWide
				case slices.ContainsFunc(mine, n.same):
					return twice(string(n))
				}
				seen = append(seen, n)
			}
			i = end
		}
	}
	return nil
}

// scope is an open object or list.
type scope struct {
	object bool
	name   bool // the next text is a name
	first  int  // of its names
}

// endOfText finds the quote that ends a text, -1 without one.
func endOfText(body []byte, begin int) int {
	for i := begin + 1; i < len(body); i++ {
		switch body[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// name is the name of a field, without what escapes its letters.
type name []byte

func (n name) same(other name) bool { return bytes.EqualFold(n, other) }

// nameOf reads a name, which is in its quotes.
func nameOf(quoted []byte) name {
	plain := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(plain, '\\') < 0 {
		return plain
	}
	var text string
	if json.Unmarshal(quoted, &text) != nil {
		return plain
	}
	return name(text)
}

var (
	unreadable = &failure{code: "validation_failed", status: http.StatusBadRequest, text: "body_unreadable"}
	tooWide    = &failure{code: "validation_failed", status: http.StatusBadRequest, text: "body_fields", args: locales.Args{"Max": mostFields}}
	tooDeep    = &failure{code: "validation_failed", status: http.StatusBadRequest, text: "body_nested", args: locales.Args{"Max": mostNested}}
)

func twice(field string) error {
	return &failure{code: "validation_failed", status: http.StatusBadRequest, text: "field_twice", args: locales.Args{"Field": field}, field: field}
}
