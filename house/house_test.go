package house

import (
	"bufio"
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// project is the root of the module.
func project() fs.FS { return os.DirFS("..") }

// rule is a check of the project's files. It returns what it finds fault with, one line each.
type rule func(fs.FS) ([]string, error)

// hold fails the test for each finding of a rule on the project.
func hold(t *testing.T, r rule) {
	t.Helper()
	found, err := r(project())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Error(f)
	}
}

// catches fails the test unless the rule finds exactly the given faults in planted files. A want is a part of the finding.
func catches(t *testing.T, r rule, planted map[string]string, want ...string) {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range planted {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	found, err := r(fsys)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	if len(found) != len(want) {
		t.Fatalf("found %q, want %d findings", found, len(want))
	}
	for i, w := range want {
		if !strings.Contains(found[i], w) {
			t.Errorf("finding %q does not say %q", found[i], w)
		}
	}
}

// files lists the project's files: everything but git's own folder and what .gitignore names.
func files(fsys fs.FS) ([]string, error) {
	ignored, err := readIgnored(fsys)
	if err != nil {
		return nil, err
	}
	var out []string
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == ".git", ignored(name):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.Type().IsRegular():
			out = append(out, name)
		}
		return nil
	})
	return out, err
}

// readIgnored understands the part of .gitignore that the project uses: /name, /name/ and *.suffix.
func readIgnored(fsys fs.FS) (func(name string) bool, error) {
	raw, err := fs.ReadFile(fsys, ".gitignore")
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	patterns := strings.Fields(string(raw))
	return func(name string) bool {
		return slices.ContainsFunc(patterns, func(pattern string) bool {
			subject := path.Base(name)
			if rooted, ok := strings.CutPrefix(strings.TrimSuffix(pattern, "/"), "/"); ok {
				pattern, subject = rooted, name
			}
			matched, err := path.Match(pattern, subject)
			return err == nil && matched
		})
	}, nil
}

// eachText calls visit with every text file of the project.
func eachText(fsys fs.FS, visit func(name string, text []byte)) error {
	names, err := files(fsys)
	if err != nil {
		return err
	}
	for _, name := range names {
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		if !bytes.ContainsRune(raw, 0) {
			visit(name, raw)
		}
	}
	return nil
}

// eachLine calls visit with every line of every text file of the project, counted from 1.
func eachLine(fsys fs.FS, visit func(name string, n int, line string)) error {
	return eachText(fsys, func(name string, text []byte) {
		lines := bufio.NewScanner(bytes.NewReader(text))
		lines.Buffer(nil, len(text)+1)
		for n := 1; lines.Scan(); n++ {
			visit(name, n, lines.Text())
		}
	})
}

// eachGo calls visit with every parsed Go file of the project.
func eachGo(fsys fs.FS, visit func(name string, set *token.FileSet, file *ast.File)) error {
	names, err := files(fsys)
	if err != nil {
		return err
	}
	for _, name := range names {
		if path.Ext(name) != ".go" {
			continue
		}
		set, file, err := parseGo(fsys, name)
		if err != nil {
			return err
		}
		visit(name, set, file)
	}
	return nil
}

func parseGo(fsys fs.FS, name string) (*token.FileSet, *ast.File, error) {
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, nil, err
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, raw, parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, fmt.Errorf("parse: %w", err)
	}
	return set, file, nil
}

func TestFilesLeavesOutWhatGitIgnores(t *testing.T) {
	fsys := fstest.MapFS{
		".gitignore":    {Data: []byte("/kartka\n*.db\n/dist/\n")},
		".git/config":   {},
		"kartka":        {},
		"cmd/kartka/x":  {},
		"deep/shop.db":  {},
		"dist/a/b":      {},
		"README.md":     {},
		"qr/dist/image": {},
	}
	got, err := files(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{".gitignore", "README.md", "cmd/kartka/x", "qr/dist/image"}; !slices.Equal(got, want) {
		t.Errorf("files = %q, want %q", got, want)
	}
}
