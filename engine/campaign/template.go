package campaign

import (
	"slices"
	"strings"
)

// Bounds of a template.
const (
	MaxPlaceholder = 80 // characters between the braces
	MaxFields      = 50 // placeholders of one text
)

// Template is a text with placeholders: "{name}", or "{name|dear guest}" with what stands there when the name is not known. A brace begins a placeholder
// when a letter of any alphabet follows it; any other is just a brace.
type Template struct{ parts []part }

// part is a text or, with a field, a placeholder.
type part struct {
	text  string
	field Field
	// instead stands there when the field is not known, and told says that the author wrote it, though it may be empty.
	instead string
	told    bool
}

// Fields lists the fields that the template asks for, each once, in the order in which they come first.
func (t Template) Fields() []Field {
	var asked []Field
	for _, p := range t.parts {
		if p.field != "" && !slices.Contains(asked, p.field) {
			asked = append(asked, p.field)
		}
	}
	return asked
}

// bare lists the fields that stand somewhere without a fallback.
func (t Template) bare() []Field {
	var bare []Field
	for _, p := range t.parts {
		if p.field != "" && !p.told && !slices.Contains(bare, p.field) {
			bare = append(bare, p.field)
		}
	}
	return bare
}

// Fill writes the text for one reader. value gives a field escaped for the markup; "" says that it is not known, and the fallback stands there.
func (t Template) Fill(value func(Field) string) string {
	var b strings.Builder
	for _, p := range t.parts {
		if p.field == "" {
			b.WriteString(p.text)
			continue
		}
		text := value(p.field)
		if text == "" {
			text = p.instead
		}
		b.WriteString(text)
	}
	return b.String()
}

// String writes the template with the fields' English names, so that it reads alike in every language. [ParseTemplate] reads the same from it.
func (t Template) String() string {
	var b strings.Builder
	for _, p := range t.parts {
		if p.field == "" {
			b.WriteString(p.text)
			continue
		}
		b.WriteString(written(string(p.field), p.instead, p.told))
	}
	return b.String()
}

// written is how a placeholder is written.
func written(name, instead string, told bool) string {
	if told {
		name += "|" + instead
	}
	return "{" + name + "}"
}
