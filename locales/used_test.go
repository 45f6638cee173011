package locales

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// notKeys are dotted literals that begin with the name of a subject and name no message.
var notKeys = map[string]bool{}

// literal is a string in the module that looks like a key, or like the prefix of keys when it ends in a dot.
type literal struct {
	text  string
	where string
	own   bool // found in this package
}

var (
	keyLike  = regexp.MustCompile(`^[a-z][a-z0-9_]*\.([a-z0-9_]+\.)*[a-z0-9_]*$`)
	fileLike = regexp.MustCompile(`\.(html|css|js|go|toml|svg|png|json|txt|sql|tmpl|pdf|yaml|xlsx|csv|com|org)$`)
	quoted   = regexp.MustCompile("[\"`]([a-z][a-z0-9_]*\\.[a-z0-9_.]*)[\"`]")
)

// isKeyLike reports whether a string would be read as a key of one of the subjects.
func isKeyLike(s string, subjects map[string]bool) bool {
	subject, _, dotted := strings.Cut(s, ".")
	return dotted && subjects[subject] && keyLike.MatchString(s) && !fileLike.MatchString(s) && !notKeys[s]
}

// moduleLiterals reads the Go files of the module, tests aside, and its templates.
func moduleLiterals(t *testing.T, subjects map[string]bool) []literal {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		t.Fatalf("find module: %v", err)
	}
	var found []literal
	err = filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := entry.Name()
		if entry.IsDir() {
			if name != root && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata" || base == "node_modules") {
				return filepath.SkipDir
			}
			// These speak of settings and columns in dotted names; for people they name messages by their last part only.
			if name == filepath.Join(root, "engine") || name == filepath.Join(root, "storage") {
				return filepath.SkipDir
			}
			return nil
		}
		var literals []literal
		switch {
		case strings.HasSuffix(base, "_test.go"):
		case strings.HasSuffix(base, ".go"):
			literals, err = goLiterals(name, nil, subjects)
		case strings.HasSuffix(base, ".html"), strings.HasSuffix(base, ".tmpl"):
			literals, err = templateLiterals(name, subjects)
		}
		own := filepath.Dir(name) == filepath.Join(root, "locales")
		for _, l := range literals {
			l.own = own
			found = append(found, l)
		}
		return err
	})
	if err != nil {
		t.Fatalf("read module: %v", err)
	}
	return found
}

// goLiterals reads one Go file, or src under its name when it is not nil.
func goLiterals(name string, src any, subjects map[string]bool) ([]literal, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var found []literal
	ast.Inspect(file, func(node ast.Node) bool {
		if _, ok := node.(*ast.ImportSpec); ok {
			return false
		}
		lit, ok := node.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return true
		}
		if s, err := strconv.Unquote(lit.Value); err == nil && isKeyLike(s, subjects) {
			found = append(found, literal{text: s, where: set.Position(lit.Pos()).String()})
		}
		return true
	})
	return found, nil
}

func templateLiterals(name string, subjects map[string]bool) ([]literal, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var found []literal
	for _, match := range quoted.FindAllSubmatch(data, -1) {
		if s := string(match[1]); isKeyLike(s, subjects) {
			found = append(found, literal{text: s, where: name})
		}
	}
	return found, nil
}

// unknownLiterals returns the literals that name no message, or no group of messages.
func unknownLiterals(literals []literal, keys []string) []literal {
	var unknown []literal
	for _, l := range literals {
		known := slices.ContainsFunc(keys, func(key string) bool {
			return key == l.text || strings.HasSuffix(l.text, ".") && strings.HasPrefix(key, l.text)
		})
		if !known {
			unknown = append(unknown, l)
		}
	}
	return unknown
}

// unusedKeys returns the keys no literal names. A subject that nothing outside this package names yet is
// left out: its texts may be written before the code that says them.
func unusedKeys(literals []literal, keys []string) []string {
	var unused []string
	for _, key := range keys {
		subject, _, _ := strings.Cut(key, ".")
		started := slices.ContainsFunc(literals, func(l literal) bool { return !l.own && strings.HasPrefix(l.text, subject+".") })
		used := slices.ContainsFunc(literals, func(l literal) bool {
			return key == l.text || strings.HasSuffix(l.text, ".") && strings.HasPrefix(key, l.text)
		})
		if started && !used {
			unused = append(unused, key)
		}
	}
	return unused
}

// keysAndSubjects returns the sorted keys of the catalogue and the subjects they begin with.
func keysAndSubjects(t *testing.T) ([]string, map[string]bool) {
	t.Helper()
	keys := slices.Sorted(maps.Keys(readSources(t, EN)))
	subjects := make(map[string]bool)
	for _, key := range keys {
		subject, _, _ := strings.Cut(key, ".")
		subjects[subject] = true
	}
	return keys, subjects
}

func TestEveryUsedKeyExists(t *testing.T) {
	keys, subjects := keysAndSubjects(t)
	literals := moduleLiterals(t, subjects)
	if len(literals) == 0 {
		t.Fatal("found no keys in the module, not even this package's own")
	}
	for _, l := range unknownLiterals(literals, keys) {
		t.Errorf("%s: no message %q", l.where, l.text)
	}
}

func TestEveryKeyIsUsed(t *testing.T) {
	keys, subjects := keysAndSubjects(t)
	for _, key := range unusedKeys(moduleLiterals(t, subjects), keys) {
		t.Errorf("nothing says %s", key)
	}
}

func TestKeySearch(t *testing.T) {
	subjects := map[string]bool{"guest": true, "reasons": true, "units": true}
	literals, err := goLiterals("x.go", `package x
import "guest.example/x"
type t struct { f int `+"`json:\"guest.tag\"`"+` }
const page = "guest.html"
func f(id string) []string { return []string{"guest.welcome", `+"`guest.raw`"+`, "reasons." + id, "Guest. Yes", "staff.x", "guest", "guest.gone"} }
`, subjects)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, l := range literals {
		texts = append(texts, l.text)
	}
	if want := []string{"guest.welcome", "guest.raw", "reasons.", "guest.gone"}; !slices.Equal(texts, want) {
		t.Fatalf("found %q, want %q", texts, want)
	}
	keys := []string{"guest.idle", "guest.raw", "guest.welcome", "reasons.base", "units.bonus"}
	unknown := unknownLiterals(literals, keys)
	if len(unknown) != 1 || unknown[0].text != "guest.gone" {
		t.Errorf("unknown: %v, want guest.gone", unknown)
	}
	if got := unusedKeys(literals, keys); !slices.Equal(got, []string{"guest.idle"}) {
		t.Errorf("unused: %q, want guest.idle and not the subject units, which is not begun", got)
	}
}

func TestTemplateSearch(t *testing.T) {
	name := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(name, []byte("<p title=\"{{t `guest.title`}}\">{{t \"guest.text\" .}} \"guest.css\"</p>"), 0o600); err != nil {
		t.Fatal(err)
	}
	found, err := templateLiterals(name, map[string]bool{"guest": true})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 2 || found[0].text != "guest.title" || found[1].text != "guest.text" {
		t.Errorf("found %v", found)
	}
}
