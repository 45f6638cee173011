package tills

import (
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf8"

	"kartka/locales"
)

// mostNested is how deep a body may be nested. Ours are five deep at most; what a till adds for itself is not looked at.
const mostNested = 32

// checkShape looks for what encoding/json lets pass and what could mean two things: names that come twice in one object, in any case, text that is not
// UTF-8, and nesting without end. Objects deeper than names are left to whoever reads them. What is no JSON at all is left to the decoder.
func checkShape(body []byte, names int) error {
	if !utf8.Valid(body) {
		return unreadable
	}
	var open [mostNested]scope
	depth := 0
	var seen []string // names of all open objects, those of the innermost last
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
				name := nameOf(body[i : end+1])
				for _, other := range seen[open[depth-1].first:] {
					if strings.EqualFold(other, name) {
						return twice(name)
					}
				}
				seen = append(seen, name)
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

// nameOf reads a name, which is in its quotes.
func nameOf(quoted []byte) string {
	plain := string(quoted[1 : len(quoted)-1])
	if strings.IndexByte(plain, '\\') < 0 {
		return plain
	}
	var name string
	if json.Unmarshal(quoted, &name) != nil {
		return plain
	}
	return name
}

var (
	unreadable = &failure{code: "validation_failed", status: http.StatusBadRequest, text: "body_unreadable"}
	tooDeep    = &failure{code: "validation_failed", status: http.StatusBadRequest, text: "body_nested", args: locales.Args{"Max": mostNested}}
)

func twice(field string) error {
	return &failure{code: "validation_failed", status: http.StatusBadRequest, text: "field_twice", args: locales.Args{"Field": field}, field: field}
}
