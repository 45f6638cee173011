package locales

import (
	"errors"
	"fmt"
	"strings"
)

// Args are the values of a message's placeholders by name. Texts are printed as they are, integers with
// the language's grouping (so that years, codes and ids are passed as texts), Safe as Safe promises, and
// anything else as fmt prints it.
type Args map[string]any

// Printer prints in one language. Printers are made by New, one for each language, never change and are
// safe for concurrent use. No method of a Printer panics or fails, whatever it is given.
type Printer struct {
	catalog  *Catalog
	lang     Language
	messages map[string]*message
	style    style
	calendar calendar
}

// newPrinter makes the printer of a language and reads the words its formats need.
func newPrinter(catalog *Catalog, lang Language, messages map[string]*message) (*Printer, error) {
	if messages == nil {
		messages = make(map[string]*message)
	}
	p := &Printer{catalog: catalog, lang: lang, messages: messages, style: styleOf(lang)}
	var missing []error
	p.calendar = readCalendar(func(key string) string {
		m, ok := messages[key]
		if !ok {
			missing = append(missing, fmt.Errorf("%s has no message %q", lang, key))
			return ""
		}
		return p.print(key, m.forms[other].plain, nil, "", false)
	})
	return p, errors.Join(missing...)
}

// Language is the language printed.
func (p *Printer) Language() Language {
	return p.lang
}

// Has reports whether the language has a message of its own under the key.
func (p *Printer) Has(key string) bool {
	_, ok := p.messages[key]
	return ok
}

// T prints a message as plain text: for buttons, toasts, commands and attributes. Its tags are dropped and
// its entities decoded, so that a link loses its address. A message the language lacks is printed in
// English, one that English lacks too as its key in brackets; of several args the first with a name counts.
func (p *Printer) T(key string, args ...Args) string {
	m, from := p.find(key)
	if m == nil {
		return bracketed(key)
	}
	return from.print(key, m.forms[other].plain, args, "", false)
}

// Rich prints a message in its markup with every argument escaped. It falls back as T does.
func (p *Printer) Rich(key string, args ...Args) Safe {
	m, from := p.find(key)
	if m == nil {
		return Escape(bracketed(key))
	}
	return Safe(from.print(key, m.forms[other].rich, args, "", true))
}

// N prints the plural form of a message that goes with count, as T does. {{.Count}} is the count with the
// language's grouping unless args bring a Count of their own.
func (p *Printer) N(key string, count int64, args ...Args) string {
	m, from := p.find(key)
	if m == nil {
		return bracketed(key)
	}
	return from.print(key, m.form(from.lang.formOf(abs(count), false)).plain, args, from.Number(count), false)
}

// RichN prints the plural form of a message that goes with count, as Rich does.
func (p *Printer) RichN(key string, count int64, args ...Args) Safe {
	m, from := p.find(key)
	if m == nil {
		return Escape(bracketed(key))
	}
	return Safe(from.print(key, m.form(from.lang.formOf(abs(count), false)).rich, args, from.Number(count), true))
}

// find returns the message and the printer whose language it is in: p's own, else the English one.
func (p *Printer) find(key string) (*message, *Printer) {
	if m, ok := p.messages[key]; ok {
		return m, p
	}
	p.missing(key, "")
	english := p.catalog.printers[EN]
	if m, ok := english.messages[key]; ok {
		return m, english
	}
	return nil, nil
}

func (p *Printer) missing(key, arg string) {
	if p.catalog.OnMissing != nil {
		p.catalog.OnMissing(p.lang, key, arg)
	}
}

func bracketed(key string) string {
	return "[" + key + "]"
}

// print puts the parts of a text and the arguments together. The texts were taken apart by New, so this
// only copies: about a tenth of what a text/template costs.
func (p *Printer) print(key string, parts []part, args []Args, count string, rich bool) string {
	if len(parts) == 1 && parts[0].arg == "" {
		return parts[0].literal
	}
	size := 32
	for _, part := range parts {
		size += len(part.literal)
	}
	var b strings.Builder
	b.Grow(size)
	for _, part := range parts {
		if part.arg == "" {
			b.WriteString(part.literal)
			continue
		}
		value, ok := argument(part.arg, args)
		switch {
		case ok:
			p.writeArg(&b, value, rich)
		case part.arg == "Count" && count != "":
			b.WriteString(count)
		default:
			p.missing(key, part.arg)
		}
	}
	return b.String()
}

func argument(name string, args []Args) (any, bool) {
	for _, set := range args {
		if value, ok := set[name]; ok {
			return value, true
		}
	}
	return nil, false
}

// writeArg writes one argument, escaped for rich text.
func (p *Printer) writeArg(b *strings.Builder, value any, rich bool) {
	var s string
	switch v := value.(type) {
	case nil:
		return
	case Safe:
		if rich {
			b.WriteString(string(v))
		} else {
			b.WriteString(stripMarkup(string(v)))
		}
		return
	case string:
		s = v
	case int:
		s = p.Number(int64(v))
	case int64:
		s = p.Number(v)
	case int32:
		s = p.Number(int64(v))
	default:
		s = fmt.Sprint(v)
	}
	if rich {
		writeEscaped(b, s)
	} else {
		b.WriteString(s)
	}
}
