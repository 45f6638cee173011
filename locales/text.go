package locales

import (
	"errors"
	"fmt"
	"html"
	"slices"
	"strings"
)

// Safe is text in the messages' markup with everything foreign in it already escaped. As an argument it is
// inserted as it is by Rich, and without its markup by T.
type Safe string

// Escape makes any text safe: & < > and " are written as entities.
func Escape(s string) Safe {
	if !strings.ContainsAny(s, `&<>"`) {
		return Safe(s)
	}
	var b strings.Builder
	writeEscaped(&b, s)
	return Safe(b.String())
}

// writeEscaped knows only the four entities every messenger's markup knows; html.EscapeString writes
// numeric ones for quotes.
func writeEscaped(b *strings.Builder, s string) {
	for {
		i := strings.IndexAny(s, `&<>"`)
		if i < 0 {
			b.WriteString(s)
			return
		}
		b.WriteString(s[:i])
		switch s[i] {
		case '&':
			b.WriteString("&amp;")
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '"':
			b.WriteString("&quot;")
		}
		s = s[i+1:]
	}
}

// part is a stretch of a message: literal text, or the name of an argument when arg is not "".
type part struct {
	literal string
	arg     string
}

// text is one form of a message, taken apart once so that printing it is only copying.
type text struct {
	rich  []part // with its markup
	plain []part // without tags, entities decoded
}

// parseText checks the markup and the placeholders of one form.
func parseText(source string) (*text, error) {
	if err := checkMarkup(source); err != nil {
		return nil, err
	}
	rich, err := splitPlaceholders(source)
	if err != nil {
		return nil, err
	}
	plain, err := splitPlaceholders(stripMarkup(source))
	if err != nil {
		return nil, err
	}
	return &text{rich: rich, plain: plain}, nil
}

// splitPlaceholders cuts a message at its {{.Name}}s.
func splitPlaceholders(source string) ([]part, error) {
	var parts []part
	for source != "" {
		before, rest, found := strings.Cut(source, "{{")
		if strings.Contains(before, "}}") {
			return nil, errors.New("}} without {{")
		}
		if before != "" {
			parts = append(parts, part{literal: before})
		}
		if !found {
			break
		}
		inside, after, closed := strings.Cut(rest, "}}")
		name, dotted := strings.CutPrefix(inside, ".")
		if !closed || !dotted || !isArgName(name) {
			return nil, fmt.Errorf("bad placeholder at %q: want {{.Name}}", "{{"+firstRunes(rest, 20))
		}
		parts = append(parts, part{arg: name})
		source = after
	}
	return parts, nil
}

// isArgName reports whether name is CamelCase ASCII.
func isArgName(name string) bool {
	for i := range len(name) {
		c := name[i]
		upper, lower, digit := c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9'
		if !upper && (i == 0 || !lower && !digit) {
			return false
		}
	}
	return name != ""
}

// checkMarkup reports the first thing that is not the messages' markup.
func checkMarkup(source string) error {
	var open []string
	for {
		i := strings.IndexAny(source, "<>&")
		if i < 0 {
			break
		}
		source = source[i:]
		switch source[0] {
		case '>':
			return errors.New("bare >: write &gt;")
		case '&':
			entity := leadingEntity(source)
			if entity == "" {
				return fmt.Errorf("bare & at %q: write &amp;", firstRunes(source, 20))
			}
			source = source[len(entity):]
		case '<':
			tag, rest, closed := strings.Cut(source[1:], ">")
			if !closed {
				return fmt.Errorf("bare < at %q: write &lt;", firstRunes(source, 20))
			}
			source = rest
			if name, isEnd := strings.CutPrefix(tag, "/"); isEnd {
				if len(open) == 0 || open[len(open)-1] != name {
					return fmt.Errorf("</%s> closes nothing", name)
				}
				open = open[:len(open)-1]
				continue
			}
			name, err := tagName(tag)
			if err != nil {
				return err
			}
			if slices.Contains(open, name) {
				return fmt.Errorf("<%s> inside itself", name)
			}
			open = append(open, name)
		}
	}
	if len(open) > 0 {
		return fmt.Errorf("<%s> is not closed", open[len(open)-1])
	}
	return nil
}

// tagName is the name of an opening tag given what stands between its angle brackets.
func tagName(tag string) (string, error) {
	switch tag {
	case "b", "i", "s", "code":
		return tag, nil
	}
	href, isLink := strings.CutPrefix(tag, `a href="`)
	if address, ok := strings.CutSuffix(href, `"`); isLink && ok && address != "" && !strings.Contains(address, `"`) {
		return "a", nil
	}
	return "", fmt.Errorf(`unknown tag <%s>: have <b>, <i>, <s>, <code>, <a href="…">`, tag)
}

// leadingEntity returns the entity that source begins with, or "".
func leadingEntity(source string) string {
	for _, entity := range []string{"&amp;", "&lt;", "&gt;", "&quot;"} {
		if strings.HasPrefix(source, entity) {
			return entity
		}
	}
	return ""
}

// stripMarkup returns the text a reader of the markup sees. It takes any input.
func stripMarkup(source string) string {
	if !strings.ContainsAny(source, "<&") {
		return source
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(source, "<")
		b.WriteString(before)
		if !found {
			break
		}
		_, after, closed := strings.Cut(rest, ">")
		if !closed {
			b.WriteString("<" + rest)
			break
		}
		source = after
	}
	return html.UnescapeString(b.String())
}

// firstRunes shortens s for an error text.
func firstRunes(s string, n int) string {
	runes := []rune(s)
	return string(runes[:min(n, len(runes))])
}
