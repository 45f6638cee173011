package telegram

import (
	"encoding/json"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
)

// Limits of texts, in UTF-16 units after entities.
const (
	maxText    = 4096
	maxCaption = 1024
)

// formatted is a text with its markup.
type formatted struct {
	text     string
	entities []Entity
}

// formatText reads a text argument the way the official server does: parse mode or explicit entities, control
// characters out, blanks trimmed at both ends, then links and commands found by themselves.
func formatText(text, parseMode, entitiesJSON string) (formatted, error) {
	var f formatted
	switch strings.ToLower(parseMode) {
	case "", "none":
		f.text = text
		if entitiesJSON != "" {
			if err := json.Unmarshal([]byte(entitiesJSON), &f.entities); err != nil {
				f.entities = nil // a broken list of entities is ignored
			}
		}
	case "html":
		plain, entities, err := parseHTML(text)
		if err != nil {
			return f, badRequest("can't parse entities: %s", err)
		}
		f.text, f.entities = plain, entities
	default:
		return f, badRequest("unsupported parse_mode")
	}
	f = f.clean()
	f.entities = append(f.entities, detect(f.text, f.entities)...)
	sortEntities(f.entities)
	return f, nil
}

// clean replaces control characters and trims, moving the entities along.
func (f formatted) clean() formatted {
	text := strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return -1
		case r == '\n' || r >= ' ' && r != 0x7f:
			return r
		default:
			return ' '
		}
	}, f.text)
	if strings.ContainsRune(f.text, '\r') {
		f.entities = nil // offsets into a text with carriage returns cannot be kept
	}
	right := strings.TrimRightFunc(text, unicode.IsSpace)
	trimmed := strings.TrimLeftFunc(right, unicode.IsSpace)
	cut, length := unitsOf(right[:len(right)-len(trimmed)]), unitsOf(trimmed)
	var kept []Entity
	for _, e := range f.entities {
		end := min(e.Offset+e.Length-cut, length)
		e.Offset = max(e.Offset-cut, 0)
		e.Length = end - e.Offset
		if e.Length > 0 {
			kept = append(kept, e)
		}
	}
	return formatted{text: trimmed, entities: kept}
}

var detectors = []struct {
	kind    string
	pattern *regexp.Regexp
}{
	{"url", regexp.MustCompile(`https?://[^\s<>"]+[^\s<>".,;:!?)]`)},
	{"bot_command", regexp.MustCompile(`(?:^|[\s(])(/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?)\b`)},
	{"mention", regexp.MustCompile(`(?:^|[\s(,])(@[A-Za-z][A-Za-z0-9_]{2,31})\b`)},
	{"hashtag", regexp.MustCompile(`(?:^|[\s(])(#[\p{L}_][\p{L}\p{N}_]*)`)},
}

// detect finds links, commands, mentions and hashtags outside the entities already there.
func detect(text string, taken []Entity) []Entity {
	var found []Entity
	for _, d := range detectors {
		for _, m := range d.pattern.FindAllStringSubmatchIndex(text, -1) {
			from, to := m[0], m[1]
			if len(m) > 2 {
				from, to = m[2], m[3]
			}
			e := Entity{Type: d.kind, Offset: unitsOf(text[:from]), Length: unitsOf(text[from:to])}
			if !overlaps(e, taken) && !overlaps(e, found) {
				found = append(found, e)
			}
		}
	}
	return found
}

// overlaps reports whether e touches an entity that tolerates no other inside it.
func overlaps(e Entity, others []Entity) bool {
	for _, o := range others {
		switch o.Type {
		case "bold", "italic", "underline", "strikethrough", "spoiler", "blockquote", "expandable_blockquote":
			continue
		}
		if e.Offset < o.Offset+o.Length && o.Offset < e.Offset+e.Length {
			return true
		}
	}
	return false
}

func unitsOf(s string) int {
	n := 0
	for _, r := range s {
		n += utf16Len(r)
	}
	return n
}

func utf16Len(r rune) int { return max(utf16.RuneLen(r), 1) }
