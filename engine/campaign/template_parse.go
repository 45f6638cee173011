package campaign

import (
	"html"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ParseTemplate reads a marked-up text with placeholders. words gives fields by the names they have in the author's language, of which case, apostrophes
// and spaces for "_" do not matter; the English names are always understood. An error is a *Problem with the place and, where there is a guess, what to
// write there. Placeholders as other products write them are problems too: nobody shall be greeted as "{{name}}".
func ParseTemplate(text string, words map[string]Field) (Template, error) {
	switch {
	case len(text) > MaxText:
		return Template{}, problem(ProblemLong, "Max", MaxText)
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return Template{}, problem(ProblemUnreadable)
	}
	s := scanner{in: []rune(text), names: namesOf(words)}
	if p := s.scan(); p != nil {
		return Template{}, p
	}
	return Template{parts: s.out}, nil
}

// scanner goes through a text once.
type scanner struct {
	in     []rune
	names  names
	at     int // what comes next
	from   int // where the text began that is not yet in out
	fields int
	out    []part
}

func (s *scanner) scan() *Problem {
	for s.at < len(s.in) {
		var p *Problem
		switch s.in[s.at] {
		case '{':
			p = s.brace()
		case '<':
			p = s.tag()
		case '&':
			p = s.escaped()
		case '%':
			p = s.percent()
		case '[':
			p = s.brackets()
		default:
			s.at++
		}
		if p != nil {
			return p
		}
	}
	s.text(s.at)
	return nil
}

// text puts what came before a place into out.
func (s *scanner) text(end int) {
	if end > s.from {
		s.out = append(s.out, part{text: string(s.in[s.from:end])})
	}
}

func (s *scanner) peek(at int) rune {
	if at < 0 || at >= len(s.in) {
		return utf8.RuneError
	}
	return s.in[at]
}

// brace reads what begins with "{".
func (s *scanner) brace() *Problem {
	at := s.at
	for s.peek(s.at) == '{' {
		s.at++
	}
	braces := s.at - at
	switch next := s.peek(s.at); {
	case braces == 1 && next == '%':
		if w, end := s.word(s.at + 1); w != "" {
			return s.foreign(at, end, w, "%}")
		}
	case braces > 1 || s.peek(at-1) == '$':
		if w, end := s.word(s.at); w != "" {
			return s.foreign(at, end, w, strings.Repeat("}", braces))
		}
	case next == '<':
		if end := s.tagEnd(s.at); end > 0 && unicode.IsLetter(s.peek(end)) && s.closed(end) {
			return s.problem(ProblemMarkup, at, end+maxNear)
		}
	case unicode.IsSpace(next):
		if w, end := s.word(s.at); w != "" {
			if _, known := s.names[foldName(w)]; known && s.peek(end) == '}' {
				return s.foreign(at, end, w, "}")
			}
		}
	case unicode.IsLetter(next):
		return s.placeholder(at)
	}
	return nil
}

// closed reports whether a "}" comes on the same line.
func (s *scanner) closed(at int) bool {
	for n := 0; n <= MaxPlaceholder; n++ {
		switch s.peek(at + n) {
		case '}':
			return true
		case '\n', '{', utf8.RuneError:
			return false
		}
	}
	return false
}

// placeholder reads "{name}" or "{name|fallback}".
func (s *scanner) placeholder(at int) *Problem {
	end := at + 1
	for ; s.peek(end) != '}'; end++ {
		if end >= len(s.in) || s.in[end] == '\n' || s.in[end] == '{' || end-at > MaxPlaceholder {
			return s.open(at, end)
		}
	}
	body := string(s.in[at+1 : end])
	if strings.ContainsAny(body, "<>") {
		return s.problem(ProblemMarkup, at, end+1)
	}
	name, instead, told := strings.Cut(body, "|")
	name = html.UnescapeString(name)
	meant, known := s.names[foldName(name)]
	if !known {
		p := s.problem(ProblemField, at, end+1)
		p.Suggest = s.suggest(name, instead, told)
		return p
	}
	field := meant.field
	if end-at-1 > MaxPlaceholder || utf8.RuneCountInString(written(string(field), instead, told)) > MaxPlaceholder+2 {
		return s.open(at, end) // it has to fit with the name it is kept by, too
	}
	if s.fields++; s.fields > MaxFields {
		p := s.problem(ProblemMany, at, end+1)
		p.Args = map[string]any{"Max": MaxFields}
		return p
	}
	s.text(at)
	s.out = append(s.out, part{field: field, instead: instead, told: told})
	s.at, s.from = end+1, end+1
	return nil
}

// open is the problem of a placeholder that does not end where it has to.
func (s *scanner) open(at, end int) *Problem {
	p := s.problem(ProblemOpen, at, end)
	p.Args = map[string]any{"Max": MaxPlaceholder}
	if w, _ := s.word(at + 1); w != "" {
		p.Suggest = s.suggest(w, "", false)
	}
	return p
}

// tag steps over a tag, in which there is nothing to fill.
func (s *scanner) tag() *Problem {
	at := s.at
	s.at++
	if w, end := s.word(at + 1); w != "" && s.peek(end) == '>' && s.field(w) {
		return s.foreign(at, end, w, ">")
	}
	end := s.tagEnd(at)
	if end < 0 {
		return nil
	}
	for i := at; i < end; i++ {
		if s.in[i] == '{' && unicode.IsLetter(s.peek(i+1)) {
			if n := slices.Index(s.in[i:end], '}'); n > 0 {
				end = i + n + 1
			}
			return s.problem(ProblemAttribute, i, end)
		}
	}
	s.at = end
	return nil
}

// tagEnd is where a tag that begins somewhere is over, -1 when it is none.
func (s *scanner) tagEnd(at int) int {
	if next := s.peek(at + 1); next != '/' && !unicode.IsLetter(next) {
		return -1
	}
	quoted := false
	for i := at + 1; i < min(len(s.in), at+maxTag); i++ {
		switch s.in[i] {
		case '"':
			quoted = !quoted
		case '>':
			if !quoted {
				return i + 1
			}
		}
	}
	return -1
}

// escaped finds "<name>" as a text that was typed holds it.
func (s *scanner) escaped() *Problem {
	at := s.at
	s.at++
	if !s.follows(at, "&lt;") {
		return nil
	}
	if w, end := s.word(at + len("&lt;")); w != "" && s.follows(end, "&gt;") && s.field(w) {
		return s.foreign(at, end, w, "&gt;")
	}
	return nil
}

// percent finds "%name%". After a digit it is a share: "10%off%".
func (s *scanner) percent() *Problem {
	at := s.at
	s.at++
	if before := s.peek(at - 1); unicode.IsDigit(before) || before == '%' || !unicode.IsLetter(s.peek(at+1)) {
		return nil
	}
	if w, end := s.word(at + 1); s.peek(end) == '%' && !strings.ContainsFunc(w, unicode.IsSpace) {
		return s.foreign(at, end, w, "%")
	}
	return nil
}

// brackets finds "[[name]]".
func (s *scanner) brackets() *Problem {
	at := s.at
	s.at++
	if s.peek(at+1) != '[' {
		return nil
	}
	if w, end := s.word(at + 2); w != "" && s.follows(end, "]]") {
		return s.foreign(at, end, w, "]]")
	}
	return nil
}

func (s *scanner) follows(at int, text string) bool {
	want := []rune(text)
	return at+len(want) <= len(s.in) && slices.Equal(s.in[at:at+len(want)], want)
}

// word reads a name, with spaces around it, and where it ends; "" when there is none. A property of something ("user.name") is named by its last part.
func (s *scanner) word(at int) (name string, end int) {
	inLine := func(c rune) bool { return c == ' ' || c == '\t' || c == '\u00a0' }
	for inLine(s.peek(at)) || s.peek(at) == '.' {
		at++
	}
	from := at
	for ; at-from <= MaxPlaceholder; at++ {
		switch c := s.peek(at); {
		case c == utf8.RuneError && at >= len(s.in):
		case c == '.' && unicode.IsLetter(s.peek(at+1)):
			from = at + 1
			continue
		case unicode.IsLetter(c) || at > from && (unicode.IsMark(c) || unicode.IsDigit(c) || c == '_' || c == '-' || strings.ContainsRune("'’ʼ", c)):
			continue
		}
		break
	}
	name = string(s.in[min(from, len(s.in)):min(at, len(s.in))])
	for inLine(s.peek(at)) {
		at++
	}
	return name, min(at, len(s.in))
}

// field reports whether a name is one of a field, here or in another product.
func (s *scanner) field(name string) bool {
	folded := foldName(name)
	_, here := s.names[folded]
	_, there := elsewhere[folded]
	return here || there
}

const (
	maxTag  = 2500 // characters: no address in one is longer
	maxNear = 40   // characters of a text that are repeated to show where a problem is
)

func (s *scanner) problem(id string, at, end int) *Problem {
	p := problem(id)
	p.At, p.Near = at, string(s.in[at:min(end, at+maxNear, len(s.in))])
	return p
}

// foreign is the problem of a placeholder as others write it, which begins somewhere, and whose name ends elsewhere.
func (s *scanner) foreign(at, end int, name, closing string) *Problem {
	if s.follows(end, closing) {
		end += utf8.RuneCountInString(closing)
	}
	p := s.problem(ProblemForeign, at, end)
	p.Suggest = s.suggest(name, "", false)
	return p
}

// suggest is the placeholder that somebody most likely meant, "" without a guess.
func (s *scanner) suggest(name, instead string, told bool) string {
	like := s.names.closest(name)
	if like == "" {
		return ""
	}
	return written(like, instead, told)
}
