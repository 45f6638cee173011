package sqldb

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestRewrite(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"SELECT $1, $12, $1", "SELECT ?1, ?12, ?1"},
		{"SELECT $1, $2", "SELECT ?, ?"},
		{"SELECT $1; SELECT $1, $2", "SELECT ?1; SELECT ?1, ?2"},
		{"SELECT a$1 FROM t", "SELECT a$1 FROM t"},
		{"x = ANY($2) AND y=any( $1 )", "x  IN (SELECT value FROM json_each(?2)) AND y IN (SELECT value FROM json_each(?1))"},
		{"x = ANY(SELECT 1)", "x = ANY(SELECT 1)"},
		{"SELECT 1 FOR UPDATE", "SELECT 1 "},
		{"SELECT 1 for no key update OF a, \"b\" skip locked;", "SELECT 1 ;"},
		{"SELECT 1 FOR KEY SHARE NOWAIT LIMIT 1", "SELECT 1  LIMIT 1"},
		{"SELECT 1 /* x */ FOR /* why */ UPDATE -- end", "SELECT 1 /* x */  -- end"},
		{"FOR EACH ROW", "FOR EACH ROW"},
		{"SELECT 1 LIMIT $1", "SELECT 1 LIMIT (? + 0)"},
		{"SELECT 1 LIMIT 5", "SELECT 1 LIMIT 5"},
		{"SELECT 1 WHERE 1 = $2 limit /* n */ $1 FOR UPDATE", "SELECT 1 WHERE 1 = ?2 limit (?1 + 0) "},
		{"SELECT 'it''s $1' || E'\\'$2' || $tag$ $3 ' $tag$", "SELECT 'it''s $1' || E'\\'$2' || $tag$ $3 ' $tag$"},
		{"SELECT \"$1\" -- $2 '\n, $3", "SELECT \"$1\" -- $2 '\n, ?3"},
		{"SELECT /* a /* b */ $1 */ $2", "SELECT   ?2"},
		{"SELECT 'unterminated $1", "SELECT 'unterminated $1"},
		{
			"CREATE TABLE t (uuid uuid, at timestamptz NOT NULL CHECK (at > uuid AND uuid IN ('bigint')), PRIMARY KEY (uuid, at), b bytea);",
			"CREATE TABLE t (uuid TEXT, at TEXT NOT NULL CHECK (at > uuid AND uuid IN ('bigint')), PRIMARY KEY (uuid, at), b BLOB) STRICT;",
		},
		{"create table if not exists t (a boolean) with (fillfactor = 70)", "create table if not exists t (a INTEGER) STRICT"},
		{"CREATE TABLE t (a jsonb) WITHOUT ROWID", "CREATE TABLE t (a TEXT) STRICT, WITHOUT ROWID"},
		{"CREATE TABLE t AS SELECT 1", "CREATE TABLE t AS SELECT 1"},
		{"CREATE INDEX i ON t (bigint)", "CREATE INDEX i ON t (bigint)"},
		{"ALTER TABLE t ADD COLUMN uuid jsonb DEFAULT '{}'", "ALTER TABLE t ADD COLUMN uuid TEXT DEFAULT '{}'"},
		{"ALTER TABLE t ADD bigint smallint; ALTER TABLE t DROP COLUMN uuid", "ALTER TABLE t ADD bigint INTEGER; ALTER TABLE t DROP COLUMN uuid"},
		{"ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)", "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)"},
	} {
		if got := strings.TrimSpace(rewrite(c.in).sql); got != strings.TrimSpace(c.want) {
			t.Errorf("%s\n got %s\nwant %s", c.in, got, c.want)
		}
	}
}

func TestVerbs(t *testing.T) {
	for _, c := range []struct {
		in, verb      string
		reads, script bool
		params        int
	}{
		{"select 1", "SELECT", true, false, 0},
		{" -- c\n/* UPDATE */ (SELECT $3)", "SELECT", true, false, 3},
		{"WITH a AS (SELECT 1), b AS (SELECT 2) SELECT $1", "SELECT", true, false, 1},
		{"WITH a AS (SELECT 1) UPDATE t SET x = ANY($2)", "UPDATE", false, false, 2},
		{"insert into t values (1);  -- done", "INSERT", false, false, 0},
		{"SELECT 1; DELETE FROM t", "SELECT", false, true, 0},
		{"", "", false, false, 0},
	} {
		st := rewrite(c.in)
		if st.verb != c.verb || st.reads() != c.reads || st.script != c.script || st.params != c.params {
			t.Errorf("%q: %+v reads %v", c.in, st, st.reads())
		}
	}
}

// Whatever the text, the tokens add up to it, and nothing panics.
func TestLexKeepsTheText(t *testing.T) {
	piece := rapid.SampledFrom([]string{
		"'", "''", "\"", "$1", "$", "$$", "$t$", "--", "\n", "/*", "*/", " ", "e'", "\\", "FOR", " UPDATE", "= ANY(", ")", "(", ",", ";",
		"CREATE TABLE t (", "uuid ", "bigint", "ALTER TABLE t ADD ", "WITH", "OF", "SKIP", "ї", "0",
	})
	rapid.Check(t, func(t *rapid.T) {
		sql := strings.Join(rapid.SliceOf(piece).Draw(t, "pieces"), "")
		var b strings.Builder
		for _, tok := range lex(sql) {
			b.WriteString(tok.text)
		}
		if b.String() != sql {
			t.Fatalf("%q became %q", sql, b.String())
		}
		rewrite(sql)
	})
}
