package house

import (
	"fmt"
	"go/ast"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
)

// mostLines is where a file of Go wants to be two.
const mostLines = 600

func longFiles(fsys fs.FS) ([]string, error) {
	var found []string
	err := eachText(fsys, func(name string, text []byte) {
		if n := strings.Count(string(text), "\n"); path.Ext(name) == ".go" && n > mostLines {
			found = append(found, fmt.Sprintf("%s has %d lines; %d are enough for one subject", name, n, mostLines))
		}
	})
	return found, err
}

// sleeps finds tests that wait for time to pass rather than for what they wait for.
func sleeps(fsys fs.FS) ([]string, error) {
	var found []string
	err := eachGo(fsys, func(name string, set *token.FileSet, file *ast.File) {
		if !strings.HasSuffix(name, "_test.go") {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && isIdent(s.X, "time") && s.Sel.Name == "Sleep" {
				found = append(found, fmt.Sprintf("%s: a test sleeps", set.Position(n.Pos())))
			}
			return true
		})
	})
	return found, err
}

// maySkip are the files that may skip a test, each with the one reason that is documented there.
var maySkip = map[string]string{
	"storage/storagetest/process.go": "KARTKA_TEST_SQLITE_ONLY=1 on a developer's own machine",
}

// skips finds tests that leave themselves out. A rapid.T that skips only draws another example, which is allowed.
func skips(fsys fs.FS) ([]string, error) {
	var found []string
	err := eachGo(fsys, func(name string, set *token.FileSet, file *ast.File) {
		if maySkip[name] != "" || !imports(file, "testing") {
			return
		}
		v := skipVisitor{drawing: map[string]bool{}, found: func(n ast.Node) {
			found = append(found, fmt.Sprintf("%s: a test is skipped", set.Position(n.Pos())))
		}}
		ast.Walk(v, file)
	})
	return found, err
}

// skipVisitor walks a file and knows which names are a *rapid.T where it stands.
type skipVisitor struct {
	drawing map[string]bool
	found   func(ast.Node)
}

// Visit implements ast.Visitor.
func (v skipVisitor) Visit(n ast.Node) ast.Visitor {
	switch n := n.(type) {
	case *ast.FuncDecl:
		return v.in(n.Type)
	case *ast.FuncLit:
		return v.in(n.Type)
	case *ast.CallExpr:
		s, ok := n.Fun.(*ast.SelectorExpr)
		if !ok || !slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, s.Sel.Name) {
			return v
		}
		if x, ok := s.X.(*ast.Ident); !ok || !v.drawing[x.Name] {
			v.found(n)
		}
	}
	return v
}

// in is the visitor inside a function with these parameters.
func (v skipVisitor) in(f *ast.FuncType) skipVisitor {
	inner := skipVisitor{drawing: map[string]bool{}, found: v.found}
	for name, is := range v.drawing {
		inner.drawing[name] = is
	}
	for _, field := range f.Params.List {
		for _, name := range field.Names {
			inner.drawing[name.Name] = isRapidT(field.Type)
		}
	}
	return inner
}

func isRapidT(e ast.Expr) bool {
	star, ok := e.(*ast.StarExpr)
	if !ok {
		return false
	}
	s, ok := star.X.(*ast.SelectorExpr)
	return ok && isIdent(s.X, "rapid") && s.Sel.Name == "T"
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

func imports(file *ast.File, importPath string) bool {
	return slices.ContainsFunc(file.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == `"`+importPath+`"` })
}

// machinePaths finds folders of somebody's own machine. The needles are put together here so that this file has none.
func machinePaths(fsys fs.FS) ([]string, error) {
	needles := []string{"/" + "work/", "/" + "root/", "/" + "Users/"}
	var found []string
	err := eachLine(fsys, func(name string, n int, line string) {
		for _, needle := range needles {
			if strings.Contains(line, needle) {
				found = append(found, fmt.Sprintf("%s:%d: names a folder of one machine: %s", name, n, needle))
			}
		}
	})
	return found, err
}

func TestFilesAreShort(t *testing.T) {
	hold(t, longFiles)
	catches(t, longFiles, map[string]string{
		"a/long.go":  strings.Repeat("\n", mostLines+1),
		"a/fits.go":  strings.Repeat("\n", mostLines),
		"a/data.txt": strings.Repeat("\n", mostLines+1),
	}, "a/long.go has 601 lines")
}

func TestTestsDoNotSleep(t *testing.T) {
	hold(t, sleeps)
	const code = "package a\nimport \"time\"\nfunc f() { time.Sleep(1) }\n"
	catches(t, sleeps, map[string]string{"a/a_test.go": code, "a/a.go": code}, "a/a_test.go:3:12: a test sleeps")
}

func TestTestsAreNotSkipped(t *testing.T) {
	hold(t, skips)
	catches(t, skips, map[string]string{
		"a/t_test.go":                    "package a\nimport \"testing\"\nfunc TestX(t *testing.T) { t.Skip() }\n",
		"a/b_test.go":                    "package a\nimport \"testing\"\nfunc f(s suite) { s.t.SkipNow() }\n",
		"a/r_test.go":                    "package a\nimport \"testing\"\nfunc TestX(t *testing.T) { rapid.Check(t, func(t *rapid.T) { t.Skip() }); t.Skipf(\"\") }\n",
		"a/scan.go":                      "package a\nfunc f(s scanner) { s.Skip() }\n",
		"storage/storagetest/process.go": "package a\nimport \"testing\"\nfunc f(t testing.TB) { t.Skipf(\"\") }\n",
	}, "a/b_test.go:3", "a/r_test.go:3:75", "a/t_test.go:3")
}

func TestNoMachinePaths(t *testing.T) {
	hold(t, machinePaths)
	catches(t, machinePaths, map[string]string{
		"a.md": "fine: homework/x, /workshop\nbad: " + "/" + "work/x\n",
		"b.go": "// " + "/" + "root/go\n",
	}, "a.md:2", "b.go:1")
}
