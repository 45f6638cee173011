package segment

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind sorts what a sentence consists of.
type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenWord
	tokenText   // in quotation marks
	tokenNumber // digits, with a point before decimals
	tokenOp
	tokenOpen
	tokenClose
	tokenComma
)

// token is a piece of a sentence.
type token struct {
	kind tokenKind
	text string // what it says: of a text without its quotation marks
	at   int    // in characters
	near string // as written
	// tight says of a comma that digits stand on both sides of it: it may divide decimals.
	tight bool
}

// closing gives the mark that closes a quotation. People's keyboards make all kinds.
var closing = map[rune]string{'"': `"`, '«': "»", '“': "”“", '„': "”“", '\'': "'", '‘': "’", '”': "”"}

var signs = map[string]string{
	"=": string(OpIs), "==": string(OpIs), "!=": string(OpIsNot), "<>": string(OpIsNot), "≠": string(OpIsNot),
	"<": string(OpLess), "<=": string(OpAtMost), "≤": string(OpAtMost), ">": string(OpMore), ">=": string(OpAtLeast), "≥": string(OpAtLeast),
}

// lex takes a sentence apart. The last token is always tokenEnd.
func lex(text string) ([]token, *Problem) {
	if len(text) > MaxText {
		return nil, problem(ProblemLong, 0, "", "Max", MaxText)
	}
	l := lexer{in: []rune(text)}
	for {
		t, p := l.next()
		if p != nil {
			return nil, p
		}
		l.out = append(l.out, t)
		if t.kind == tokenEnd {
			return l.out, nil
		}
	}
}

type lexer struct {
	in  []rune
	pos int
	out []token
}

func (l *lexer) peek(ahead int) rune {
	if l.pos+ahead >= len(l.in) {
		return utf8.RuneError
	}
	return l.in[l.pos+ahead]
}

func (l *lexer) next() (token, *Problem) {
	for l.pos < len(l.in) && blank(l.in[l.pos]) {
		l.pos++
	}
	at := l.pos
	if at == len(l.in) {
		return token{kind: tokenEnd, at: at}, nil
	}
	made := func(kind tokenKind, text string) (token, *Problem) {
		return token{kind: kind, text: text, at: at, near: string(l.in[at:l.pos])}, nil
	}
	switch c := l.in[at]; {
	case c == '(':
		l.pos++
		return made(tokenOpen, "(")
	case c == ')':
		l.pos++
		return made(tokenClose, ")")
	case c == ',' || c == ';':
		l.pos++
		t, _ := made(tokenComma, ",")
		t.tight = c == ',' && at > 0 && digit(l.in[at-1]) && digit(l.peek(0))
		return t, nil
	case digit(c):
		return made(tokenNumber, l.number())
	case closing[c] != "":
		text, ok := l.quoted(closing[c])
		if !ok {
			return token{}, problem(ProblemQuote, at, string(l.in[at:min(len(l.in), at+20)]))
		}
		return made(tokenText, text)
	case unicode.IsLetter(c) || c == '_':
		for l.pos < len(l.in) && (wordly(l.in[l.pos]) || l.in[l.pos] == '\'' && unicode.IsLetter(l.peek(1))) {
			l.pos++
		}
		return made(tokenWord, string(l.in[at:l.pos]))
	}
	for n := min(2, len(l.in)-at); n > 0; n-- {
		if op, ok := signs[string(l.in[at:at+n])]; ok {
			l.pos += n
			return made(tokenOp, op)
		}
	}
	return token{}, problem(ProblemSign, at, string(l.in[at]))
}

// number reads digits, with a point before decimals. Groups of three may stand apart. A comma is a token of its own: in a list it divides the items,
// elsewhere decimals, which the reader knows.
func (l *lexer) number() string {
	var b strings.Builder
	decimals := false
	for {
		c := l.peek(0)
		switch {
		case digit(c):
			b.WriteRune(c)
			l.pos++
		case !decimals && c == '.' && digit(l.peek(1)):
			decimals = true
			b.WriteByte('.')
			l.pos++
		case !decimals && groupSpace(c) && digit(l.peek(1)) && digit(l.peek(2)) && digit(l.peek(3)) && !digit(l.peek(4)):
			l.pos++
		default:
			return b.String()
		}
	}
}

func (l *lexer) quoted(marks string) (string, bool) {
	l.pos++
	start := l.pos
	for ; l.pos < len(l.in); l.pos++ {
		if strings.ContainsRune(marks, l.in[l.pos]) {
			l.pos++
			return string(l.in[start : l.pos-1]), true
		}
	}
	return "", false
}

func digit(c rune) bool { return '0' <= c && c <= '9' }

// blank divides tokens.
func blank(c rune) bool { return unicode.IsSpace(c) }

func groupSpace(c rune) bool { return c == ' ' || c == '\u00a0' || c == '\u202f' }

// wordly is what a word goes on with: "п’ять" is one. The apostrophe of keyboards goes on only before a letter.
func wordly(c rune) bool {
	return unicode.IsLetter(c) || unicode.IsMark(c) || digit(c) || c == '_' || c == '-' || c == '’' || c == 'ʼ'
}
