package sqldb

import "strings"

// tokenKind says what a piece of SQL text is.
type tokenKind byte

const (
	tokSpace   tokenKind = iota // white space
	tokComment                  // -- to the end of the line, or /* */, nested as in PostgreSQL
	tokString                   // '…', E'…', $tag$…$tag$
	tokQuoted                   // "identifier"
	tokWord                     // keyword, identifier or number
	tokParam                    // $1
	tokOther                    // one character of anything else
)

type token struct {
	kind tokenKind
	text string
}

// is tells whether the token is the given keyword, whatever its case.
func (t token) is(word string) bool { return t.kind == tokWord && strings.EqualFold(t.text, word) }

// lex cuts SQL into tokens that add up to the very same text. What is unterminated reaches to the end: the database
// will complain about it better than this package could.
func lex(sql string) []token {
	var toks []token
	for i := 0; i < len(sql); {
		kind, n := lexOne(sql[i:])
		toks = append(toks, token{kind, sql[i : i+n]})
		i += n
	}
	return toks
}

func lexOne(s string) (tokenKind, int) {
	switch c := s[0]; {
	case isSpace(c):
		return tokSpace, span(s, isSpace)
	case strings.HasPrefix(s, "--"):
		if end := strings.IndexByte(s, '\n'); end >= 0 {
			return tokComment, end + 1
		}
		return tokComment, len(s)
	case strings.HasPrefix(s, "/*"):
		return tokComment, blockComment(s)
	case c == '\'':
		return tokString, quoted(s, 0, false)
	case (c == 'e' || c == 'E') && strings.HasPrefix(s[1:], "'"):
		return tokString, quoted(s, 1, true)
	case c == '"':
		return tokQuoted, quoted(s, 0, false)
	case c == '$':
		if n := span(s[1:], isDigit); n > 0 {
			return tokParam, 1 + n
		}
		if n := dollarQuoted(s); n > 0 {
			return tokString, n
		}
		return tokOther, 1
	case isWord(c):
		return tokWord, span(s, func(c byte) bool { return isWord(c) || c == '$' })
	}
	return tokOther, 1
}

// quoted measures a literal whose opening quote is at s[at]; a doubled quote stays inside it, and so does a quote
// behind a backslash when escapes is set.
func quoted(s string, at int, escapes bool) int {
	q := s[at]
	for i := at + 1; i < len(s); i++ {
		switch {
		case escapes && s[i] == '\\':
			i++
		case s[i] == q && i+1 < len(s) && s[i+1] == q:
			i++
		case s[i] == q:
			return i + 1
		}
	}
	return len(s)
}

func blockComment(s string) int {
	depth := 0
	for i := 0; i+1 < len(s); i++ {
		switch s[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
			if depth == 0 {
				return i + 1
			}
		}
	}
	return len(s)
}

// dollarQuoted measures $tag$…$tag$, and returns 0 when s does not begin with one.
func dollarQuoted(s string) int {
	n := 1 + span(s[1:], isWord)
	if n >= len(s) || s[n] != '$' {
		return 0
	}
	tag := s[:n+1]
	end := strings.Index(s[len(tag):], tag)
	if end < 0 {
		return len(s)
	}
	return len(tag) + end + len(tag)
}

func span(s string, ok func(byte) bool) int {
	for i := range len(s) {
		if !ok(s[i]) {
			return i
		}
	}
	return len(s)
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == '\v'
}
func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isWord counts every byte above ASCII as a letter: identifiers may hold any of them.
func isWord(c byte) bool {
	return c == '_' || c >= 0x80 || isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
