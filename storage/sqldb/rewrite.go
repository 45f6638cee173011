package sqldb

import (
	"strconv"
	"strings"
)

// statement is a text for PostgreSQL made ready for SQLite.
type statement struct {
	sql    string
	verb   string // SELECT, INSERT, UPDATE, DELETE or another first word in capitals; WITH counts as what follows it
	params int    // highest $N
	script bool   // more than one statement
}

// reads tells whether the statement cannot change the database.
func (s *statement) reads() bool {
	return !s.script && (s.verb == "SELECT" || s.verb == "VALUES" || s.verb == "EXPLAIN")
}

// counts tells whether the rows a statement touched are worth telling.
func (s *statement) counts() bool {
	return s.verb == "INSERT" || s.verb == "UPDATE" || s.verb == "DELETE"
}

// rewrite turns the portable subset into SQLite's language:
//
//	$1             → ?, or ?1 where the order of the arguments is another
//	= ANY($1)      → IN (SELECT value FROM json_each(?1))
//	FOR UPDATE …   → nothing: the one writer has locked already
//	LIMIT $1       → LIMIT (?1 + 0): SQLite looks at the value of a bare parameter when it plans, and would plan anew each
//	                 time the statement is executed
//	CREATE TABLE … → the same with SQLite's types, STRICT
//
// Everything else, literals and comments among it, passes through as it is, but for comments within comments, which
// SQLite does not know: they become a space.
func rewrite(sql string) *statement {
	st := &statement{}
	parts := split(lex(sql))
	for i, one := range parts {
		verb := verbOf(one)
		switch {
		case verb == "":
		case st.verb == "":
			st.verb = verb
		default:
			st.script = true
		}
		if verb == "CREATE" || verb == "ALTER" {
			parts[i] = rewriteDDL(one)
		}
	}
	w := writer{numbered: st.script || !inOrder(parts)}
	w.out.Grow(len(sql) + 32)
	for _, one := range parts {
		w.write(one)
	}
	st.sql, st.params = w.out.String(), w.params
	return st
}

// split cuts tokens behind every semicolon.
func split(toks []token) [][]token {
	var parts [][]token
	begin := 0
	for i, t := range toks {
		if t.text == ";" && t.kind == tokOther {
			parts = append(parts, toks[begin:i+1])
			begin = i + 1
		}
	}
	return append(parts, toks[begin:])
}

// inOrder tells whether the parameters are $1, $2, $3 and so on in the order of the text. They then need no numbers,
// which SQLite treats as names and searches one after the other: with thousands of them that takes seconds.
func inOrder(parts [][]token) bool {
	n := 0
	for _, toks := range parts {
		for _, t := range toks {
			if t.kind == tokParam {
				n++
				if t.text[1:] != strconv.Itoa(n) {
					return false
				}
			}
		}
	}
	return true
}

// verbOf returns the first word of a statement in capitals, and for WITH the first verb outside parentheses.
func verbOf(toks []token) string {
	depth, with := 0, false
	for _, t := range toks {
		switch {
		case t.kind == tokOther && t.text == "(":
			depth++
		case t.kind == tokOther && t.text == ")":
			depth--
		case t.kind != tokWord || depth > 0 && with:
		case t.is("WITH"):
			with = true
		case !with, t.is("SELECT"), t.is("INSERT"), t.is("UPDATE"), t.is("DELETE"):
			return strings.ToUpper(t.text)
		}
	}
	return ""
}

// writer writes tokens in SQLite's language.
type writer struct {
	out      strings.Builder
	numbered bool // write ?7 rather than ?
	params   int  // highest parameter so far
}

func (w *writer) write(toks []token) {
	for i := 0; i < len(toks); i++ {
		t := toks[i]
		switch {
		case t.kind == tokParam:
			w.param(t)
		case t.kind == tokComment && strings.Count(t.text, "/*") > 1:
			w.out.WriteByte(' ')
		case t.kind == tokOther && t.text == "=":
			if p, end := matchAny(toks, i); end > 0 {
				w.out.WriteString(" IN (SELECT value FROM json_each(")
				w.param(p)
				w.out.WriteString("))")
				i = end - 1
			} else {
				w.out.WriteString(t.text)
			}
		case t.is("LIMIT"):
			w.out.WriteString(t.text)
			c := cursor{toks, i + 1}
			if p, ok := c.next(); ok && p.kind == tokParam {
				w.out.WriteString(" (")
				w.param(p)
				w.out.WriteString(" + 0)")
				i = c.i - 1
			}
		case t.is("FOR"):
			if end := matchLock(toks, i); end > 0 {
				i = end - 1
			} else {
				w.out.WriteString(t.text)
			}
		default:
			w.out.WriteString(t.text)
		}
	}
}

func (w *writer) param(t token) {
	n, _ := strconv.Atoi(t.text[1:]) // too large a number becomes 0, which SQLite refuses
	w.params = max(w.params, n)
	w.out.WriteByte('?')
	if w.numbered {
		w.out.WriteString(strconv.Itoa(n))
	}
}

// matchAny recognises = ANY ( $N ) at toks[i] and returns the parameter and the index behind it.
func matchAny(toks []token, i int) (param token, end int) {
	c := cursor{toks, i + 1}
	if !c.word("ANY") || !c.other("(") {
		return token{}, 0
	}
	p, ok := c.next()
	if !ok || p.kind != tokParam || !c.other(")") {
		return token{}, 0
	}
	return p, c.i
}

// matchLock recognises FOR [NO KEY] UPDATE or FOR [KEY] SHARE, [OF t, …], [NOWAIT | SKIP LOCKED] at toks[i] and returns
// the index behind it.
func matchLock(toks []token, i int) (end int) {
	c := cursor{toks, i + 1}
	if c.word("NO") && !c.word("KEY") {
		return 0
	}
	_ = c.word("KEY")
	if !c.word("UPDATE") && !c.word("SHARE") {
		return 0
	}
	if c.word("OF") {
		for {
			if t, ok := c.next(); !ok || t.kind != tokWord && t.kind != tokQuoted {
				return 0
			}
			if !c.other(",") {
				break
			}
		}
	}
	if !c.word("NOWAIT") && c.word("SKIP") && !c.word("LOCKED") {
		return 0
	}
	return c.i
}

// cursor walks over the tokens that mean something.
type cursor struct {
	toks []token
	i    int
}

// next returns the next token that is neither space nor comment and steps behind it.
func (c *cursor) next() (token, bool) {
	for ; c.i < len(c.toks); c.i++ {
		if t := c.toks[c.i]; t.kind != tokSpace && t.kind != tokComment {
			c.i++
			return t, true
		}
	}
	return token{}, false
}

// word steps behind the next token if it is the given keyword, and stays before it otherwise.
func (c *cursor) word(w string) bool {
	was := c.i
	if t, ok := c.next(); ok && t.is(w) {
		return true
	}
	c.i = was
	return false
}

// other does the same for a character.
func (c *cursor) other(ch string) bool {
	was := c.i
	if t, ok := c.next(); ok && t.kind == tokOther && t.text == ch {
		return true
	}
	c.i = was
	return false
}
