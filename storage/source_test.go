package storage_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"kartka/storage/sqldb"
)

// dialectPairs is how many statements have a text of their own for one of the databases. It should stay at one; whoever adds
// another says why in the package comment.
const dialectPairs = 1

// TestOneTextForBothDatabases counts the places that ask which database they run on. What is no statement is listed.
func TestOneTextForBothDatabases(t *testing.T) {
	allowed := map[string]int{
		"store.go": 2, // Dialect itself, and Backup, which PostgreSQL has not
		"query.go": 1, // the guard passes the question on

		"unit.go":      1, // so does the querier of a group
		"unit_load.go": 1, // a unit tells sqldb, which writes its rows

		"trait_write.go": 1, // so do traits
		"delivery.go":    4, // and deliveries
	}
	asks := regexp.MustCompile(`DialectOf\(|\.Dialect\(\)|sqldb\.(Postgres|SQLite)\b`)
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 10 {
		t.Fatalf("source files: %v, %v", files, err)
	}
	pairs := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		n := 0
		for _, line := range strings.Split(read(t, file), "\n") {
			if code, _, _ := strings.Cut(line, "//"); asks.MatchString(code) {
				n++
			}
		}
		pairs += n - allowed[file]
	}
	if pairs != dialectPairs {
		t.Errorf("%d statements differ between the databases, not %d", pairs, dialectPairs)
	}
}

// TestPortableSubset looks for what one of the databases does not know, or reads otherwise.
func TestPortableSubset(t *testing.T) {
	forbidden := regexp.MustCompile(`(?i)::\w|\bnow\(\)|CURRENT_TIMESTAMP|\binterval\b|\bunnest\(|<> ALL|DISTINCT ON|\bLATERAL\b|\bILIKE\b|\bgreatest\(|` +
		`AS (timestamptz|jsonb|boolean|numeric|date)\)|json_agg|json_group_array|\bMERGE\b|ON CONSTRAINT|\$\d+ IS NULL|DELETE FROM \w+ USING|\bOFFSET\b`)
	literal := regexp.MustCompile("(?s)`[^`]*`|\"[^\"\n]*\"")
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	statements := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || file == "doc.go" {
			continue
		}
		for _, text := range literal.FindAllString(read(t, file), -1) {
			if !strings.Contains(text, "SELECT") && !strings.Contains(text, "UPDATE") && !strings.Contains(text, "INSERT") && !strings.Contains(text, "DELETE") && !strings.Contains(text, "WHERE") {
				continue
			}
			statements++
			if found := forbidden.FindString(text); found != "" {
				t.Errorf("%s: %q in %s", file, found, text)
			}
		}
	}
	if statements < 60 {
		t.Errorf("only %d statements were found", statements)
	}
}

// TestKeysBeginWithProgram keeps the schema ready to be spread by program.
func TestKeysBeginWithProgram(t *testing.T) {
	global := map[string]bool{"program": true, "bot": true, "lease": true, "mark": true}
	migrations, err := sqldb.Migrations(os.DirFS("migrations"))
	if err != nil {
		t.Fatal(err)
	}
	table := regexp.MustCompile(`(?s)CREATE TABLE (\w+) \((.*?)\n\)`)
	key := regexp.MustCompile(`(?m)^\s*(?:PRIMARY KEY|UNIQUE) \((\w+)`)
	index := regexp.MustCompile(`CREATE (?:UNIQUE )?INDEX \w+ ON (\w+) \((\w+)`)
	tables := 0
	for _, m := range migrations {
		for _, found := range table.FindAllStringSubmatch(m.SQL, -1) {
			tables++
			if global[found[1]] {
				continue
			}
			keys := key.FindAllStringSubmatch(found[2], -1)
			if len(keys) == 0 {
				t.Errorf("table %s has no key of its own line", found[1])
			}
			for _, k := range keys {
				if k[1] != "program_id" {
					t.Errorf("a key of %s begins with %s", found[1], k[1])
				}
			}
		}
		for _, found := range index.FindAllStringSubmatch(m.SQL, -1) {
			if found[2] != "program_id" && !global[found[1]] {
				t.Errorf("an index of %s begins with %s", found[1], found[2])
			}
		}
	}
	if tables < 20 {
		t.Errorf("only %d tables were found", tables)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
