package sqldb

import "strings"

// liteType gives SQLite's name for a column type of the portable subset. A type that is not among them is left
// alone, and STRICT refuses it.
func liteType(t token) (string, bool) {
	if t.kind != tokWord {
		return "", false
	}
	switch strings.ToLower(t.text) {
	case "timestamptz", "jsonb", "uuid":
		return "TEXT", true
	case "bigint", "smallint", "boolean":
		return "INTEGER", true
	case "bytea":
		return "BLOB", true
	}
	return "", false
}

// rewriteDDL gives CREATE TABLE and ALTER TABLE … ADD COLUMN the types of SQLite, makes tables STRICT and drops
// PostgreSQL's storage parameters. Only the word in the place of a column's type changes: a column may well be called
// uuid.
func rewriteDDL(toks []token) []token {
	out := append([]token(nil), toks...)
	c := cursor{out, 0}
	switch {
	case c.word("CREATE"):
		_ = c.word("TEMP") || c.word("TEMPORARY")
		if !c.word("TABLE") {
			return toks
		}
		if c.word("IF") {
			c.word("NOT")
			c.word("EXISTS")
		}
		c.next() // the name
		if !c.other("(") {
			return toks // CREATE TABLE … AS SELECT
		}
		return rewriteColumns(out, c.i)
	case c.word("ALTER") && c.word("TABLE"):
		c.next()
		if !c.word("ADD") || c.word("CONSTRAINT") {
			return toks
		}
		c.word("COLUMN")
		retype(&c)
	}
	return out
}

// rewriteColumns goes over the column definitions that begin at toks[i], behind the opening parenthesis.
func rewriteColumns(toks []token, i int) []token {
	c := cursor{toks, i}
	retype(&c)
	for depth := 1; depth > 0; {
		t, ok := c.next()
		if !ok {
			return toks
		}
		if t.kind != tokOther {
			continue
		}
		switch t.text {
		case "(":
			depth++
		case ")":
			depth--
		case ",":
			if depth == 1 {
				retype(&c)
			}
		}
	}
	head, rest := toks[:c.i:c.i], toks[c.i:]
	c = cursor{rest, 0}
	if c.word("WITH") && c.other("(") {
		for !c.other(")") {
			if _, ok := c.next(); !ok {
				break
			}
		}
		rest = rest[c.i:]
	}
	option := " STRICT"
	c = cursor{rest, 0}
	if t, ok := c.next(); ok && t.kind == tokWord { // WITHOUT ROWID
		option = " STRICT,"
	}
	return append(append(head, token{tokOther, option}), rest...)
}

// retype replaces the type of the column whose definition begins at the cursor. A table constraint begins with a
// keyword and is followed by no type of ours.
func retype(c *cursor) {
	was := c.i
	name, ok := c.next()
	if !ok || name.is("CONSTRAINT") || name.is("PRIMARY") || name.is("UNIQUE") || name.is("CHECK") || name.is("FOREIGN") {
		c.i = was
		return
	}
	behind := c.i
	if t, ok := c.next(); ok {
		if lite, ok := liteType(t); ok {
			c.toks[c.i-1].text = lite
			return
		}
	}
	c.i = behind
}
