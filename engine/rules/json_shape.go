package rules

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// node is a JSON value in the order it was written.
type node struct {
	kind  byte   // '{', '[', '"', '0' a number, 't' a truth value, 'n' null
	text  string // of a string or number
	names []string
	items []node // of an object in the order of names, or of an array
}

// parseNode reads one JSON value. The data must be well-formed as [json.Valid] says, which bounds how deep it is.
func parseNode(d *json.Decoder) (node, error) {
	token, err := d.Token()
	if err != nil {
		return node{}, fmt.Errorf("read JSON: %w", err)
	}
	switch v := token.(type) {
	case string:
		return node{kind: '"', text: v}, nil
	case json.Number:
		return node{kind: '0', text: v.String()}, nil
	case bool:
		return node{kind: 't'}, nil
	case json.Delim:
		n := node{kind: byte(v)}
		for d.More() {
			if v == '{' {
				name, err := d.Token()
				if err != nil {
					return node{}, fmt.Errorf("read JSON: %w", err)
				}
				n.names = append(n.names, fmt.Sprint(name))
			}
			item, err := parseNode(d)
			if err != nil {
				return node{}, err
			}
			n.items = append(n.items, item)
		}
		_, err := d.Token()
		return n, err
	}
	return node{kind: 'n'}, nil
}

// id is how the value names itself, as an element of a list.
func (n node) id() string {
	for i, name := range n.names {
		if (name == "id" || name == "code") && n.items[i].kind == '"' {
			return n.items[i].text
		}
	}
	return ""
}

// shape holds JSON against the type that is to hold it, and names the path of everything that does not fit: unknown and repeated
// fields, texts where numbers belong, null.
type shape struct{ problems Problems }

// checkShape reports what of a document does not have the shape of a type. Without a document there is nothing to go on with.
func checkShape(data []byte, want reflect.Type) (p Problems, isJSON bool) {
	if !json.Valid(data) {
		var ignored any
		p.add(document, "is not JSON: %v", json.Unmarshal(data, &ignored))
		return p, false
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	root, err := parseNode(d)
	if err != nil {
		p.add(document, "is not JSON: %v", err)
		return p, false
	}
	var s shape
	s.check("", root, want)
	return s.problems, true
}

// document is the field of a problem with the settings as a whole.
const document = "settings"

func (s *shape) check(at string, n node, want reflect.Type) {
	if want.Kind() == reflect.Pointer {
		want = want.Elem()
	}
	switch {
	case n.kind == 'n':
		s.add(at, "is null; leave it out instead")
	case want == reflect.TypeFor[nameFile]():
		s.checkName(at, n)
	case want.Kind() == reflect.Struct:
		s.checkObject(at, n, want)
	case want.Kind() == reflect.Slice:
		if n.kind != '[' {
			s.add(at, "is not a list; write it in square brackets")
			return
		}
		for i, item := range n.items {
			s.check(entry(at, item.id(), i), item, want.Elem())
		}
	case want.Kind() == reflect.String:
		if n.kind != '"' {
			s.add(at, "is not a text; write it in quotes, numbers too")
		}
	case want.Kind() == reflect.Int:
		if _, err := strconv.Atoi(n.text); n.kind != '0' || err != nil {
			s.add(at, "is not a whole number; write it in digits, without quotes")
		}
	case want.Kind() == reflect.Bool:
		if n.kind != 't' {
			s.add(at, "is neither true nor false; write one of them without quotes")
		}
	}
}

func (s *shape) checkObject(at string, n node, want reflect.Type) {
	if n.kind != '{' {
		s.add(at, "is not an object; write its fields in curly brackets")
		return
	}
	seen := make(map[string]bool, len(n.names))
	for i, name := range n.names {
		field, found := fieldNamed(want, name)
		switch {
		case !found:
			s.add(at, "has a field %q that Kartka does not know; it may have %s", name, strings.Join(fieldNames(want), ", "))
		case seen[name]:
			s.add(join(at, name), "is written twice; keep one")
		default:
			s.check(join(at, name), n.items[i], field.Type)
		}
		seen[name] = true
	}
}

func (s *shape) checkName(at string, n node) {
	if n.kind != '{' {
		if n.kind != '"' {
			s.add(at, `is not a name; write a text in quotes, or one for each language: {"en":"Gold","uk":"Золото"}`)
		}
		return
	}
	seen := make(map[string]bool, len(n.names))
	for i, language := range n.names {
		if n.items[i].kind != '"' {
			s.add(join(at, language), "is not a text; write it in quotes")
		}
		if seen[language] {
			s.add(join(at, language), "is written twice; keep one")
		}
		seen[language] = true
	}
}

// maxMisfits is how many problems of shape are reported at once. More are no longer mended one by one.
const maxMisfits = 500

func (s *shape) add(at, format string, args ...any) {
	if len(s.problems) == maxMisfits {
		return
	}
	if at == "" {
		at = document
	}
	s.problems.add(at, format, args...)
}

func join(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

func fieldNamed(t reflect.Type, name string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if jsonName(t.Field(i)) == name {
			return t.Field(i), true
		}
	}
	return reflect.StructField{}, false
}

func fieldNames(t reflect.Type) []string {
	names := make([]string, t.NumField())
	for i := range names {
		names[i] = jsonName(t.Field(i))
	}
	return names
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}
