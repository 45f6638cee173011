package house

import (
	"fmt"
	"go/ast"
	"io/fs"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// setting is one value of the configuration, as the tags of its field say.
type setting struct{ env, key, preset string }

// settings reads the fields of type config in cmd/kartka/config.go.
func settings(fsys fs.FS) ([]setting, error) {
	_, file, err := parseGo(fsys, "cmd/kartka/config.go")
	if err != nil {
		return nil, err
	}
	var out []setting
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || spec.Name.Name != "config" {
			return true
		}
		for _, f := range spec.Type.(*ast.StructType).Fields.List {
			raw, err := strconv.Unquote(f.Tag.Value)
			if err != nil {
				continue
			}
			tag := reflect.StructTag(raw)
			out = append(out, setting{env: "KARTKA_" + tag.Get("env"), key: tag.Get("toml"), preset: tag.Get("default")})
		}
		return false
	})
	return out, nil
}

// commandNames reads the subcommands listed by func commands in cmd/kartka/main.go.
func commandNames(fsys fs.FS) ([]string, error) {
	_, file, err := parseGo(fsys, "cmd/kartka/main.go")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Name.Name != "commands" {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			c, ok := n.(*ast.CompositeLit)
			if !ok || c.Type != nil || len(c.Elts) == 0 {
				return true
			}
			if name, ok := c.Elts[0].(*ast.BasicLit); ok {
				names = append(names, strings.Trim(name.Value, `"`))
			}
			return false
		})
	}
	return names, nil
}

var makeTarget = regexp.MustCompile(`(?m)^([a-z-]+):.*## `)

// makeTargets reads the targets that "make help" lists.
func makeTargets(fsys fs.FS) ([]string, error) {
	raw, err := fs.ReadFile(fsys, "Makefile")
	if err != nil {
		return nil, err
	}
	var targets []string
	for _, m := range makeTarget.FindAllSubmatch(raw, -1) {
		targets = append(targets, string(m[1]))
	}
	return targets, nil
}

// readme checks that README.md has a row for every setting, with its default, and for every subcommand.
func readme(fsys fs.FS) ([]string, error) {
	raw, err := fs.ReadFile(fsys, "README.md")
	if err != nil {
		return nil, err
	}
	rows := strings.Split(string(raw), "\n")
	row := func(begin string) string {
		i := slices.IndexFunc(rows, func(r string) bool { return strings.HasPrefix(r, begin) })
		if i < 0 {
			return ""
		}
		return rows[i]
	}
	var found []string
	all, err := settings(fsys)
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		switch r := row("| `" + s.env + "` |"); {
		case r == "":
			found = append(found, "README.md has no row for "+s.env)
		case !strings.Contains(r, s.preset):
			found = append(found, fmt.Sprintf("README.md does not give the default of %s, %q", s.env, s.preset))
		}
	}
	commands, err := commandNames(fsys)
	if err != nil {
		return nil, err
	}
	for _, c := range commands {
		if row("| `"+c) == "" {
			found = append(found, "README.md has no row for kartka "+c)
		}
	}
	return found, nil
}

var (
	variable = regexp.MustCompile(`\bKARTKA_[A-Z_]*[A-Z]`)
	tomlKey  = regexp.MustCompile(`(?m)^#?([a-z_]+) = `)
)

// otherVariables are read outside type config.
var otherVariables = []string{"KARTKA_CONFIG", "KARTKA_BOT_TOKEN", "KARTKA_TEST_POSTGRES_URL", "KARTKA_TEST_REDIS_URL", "KARTKA_TEST_SQLITE_ONLY", "KARTKA_SCREENS"}

// deployment checks that documents and deployment files name no variable that is not there, and that the example
// configuration has exactly the keys there are.
func deployment(fsys fs.FS) ([]string, error) {
	all, err := settings(fsys)
	if err != nil {
		return nil, err
	}
	known := slices.Clone(otherVariables)
	var keys []string
	for _, s := range all {
		known = append(known, s.env)
		keys = append(keys, s.key)
	}
	var found []string
	err = eachLine(fsys, func(name string, n int, line string) {
		if dir := path.Dir(name); (dir != "." && dir != "deploy") || path.Ext(name) == ".go" {
			return
		}
		for _, v := range variable.FindAllString(line, -1) {
			if !slices.Contains(known, v) && !slices.Contains(known, strings.TrimSuffix(v, "_FILE")) {
				found = append(found, fmt.Sprintf("%s:%d: there is no %s", name, n, v))
			}
		}
	})
	if err != nil {
		return nil, err
	}
	raw, err := fs.ReadFile(fsys, "deploy/kartka.example.toml")
	if err != nil {
		return nil, err
	}
	var shown []string
	for _, m := range tomlKey.FindAllSubmatch(raw, -1) {
		shown = append(shown, string(m[1]))
	}
	for _, key := range keys {
		if !slices.Contains(shown, key) {
			found = append(found, "deploy/kartka.example.toml does not show "+key)
		}
	}
	for _, key := range shown {
		if !slices.Contains(keys, key) {
			found = append(found, "deploy/kartka.example.toml shows "+key+", which is no key")
		}
	}
	return found, nil
}

var (
	link     = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
	toolLine = regexp.MustCompile("`(kartka|make) ([a-z]+)[^`]*`")
)

// pointers checks that what documents point at is there: files, tests, subcommands and make targets.
func pointers(fsys fs.FS) ([]string, error) {
	there, err := named(fsys)
	if err != nil {
		return nil, err
	}
	var found []string
	err = eachLine(fsys, func(name string, n int, line string) {
		if path.Ext(name) != ".md" {
			return
		}
		for _, m := range link.FindAllStringSubmatch(line, -1) {
			if _, err := fs.Stat(fsys, path.Join(path.Dir(name), m[1])); err != nil {
				found = append(found, fmt.Sprintf("%s:%d: there is no file %s", name, n, m[1]))
			}
		}
		for _, m := range quoted.FindAllStringSubmatch(line, -1) {
			if testName.MatchString(m[1]) && !there[m[1]] {
				found = append(found, fmt.Sprintf("%s:%d: there is no test %s", name, n, m[1]))
			}
		}
		for _, m := range toolLine.FindAllStringSubmatch(line, -1) {
			if what := m[1] + " " + m[2]; !there[what] && what != "kartka help" {
				found = append(found, fmt.Sprintf("%s:%d: there is no %q", name, n, what))
			}
		}
	})
	return found, err
}

// planted is a small project that keeps every rule of this file.
func planted(change map[string]string) map[string]string {
	files := map[string]string{
		"Makefile":                   "test: need-go ## run every test\n",
		"README.md":                  "| `KARTKA_LISTEN` | 127.0.0.1:8080 | address |\n| `demo [-json]` | a café |\n[how](docs/how.md#here), `kartka demo -json`, `make test`\n",
		"docs/how.md":                "",
		"cmd/kartka/main.go":         "package main\nfunc commands() []command { return []command{{\"demo\", \"\", \"\", nil}} }\n",
		"cmd/kartka/config.go":       "package main\ntype config struct { Listen string `toml:\"listen\" env:\"LISTEN\" default:\"127.0.0.1:8080\"` }\n",
		"deploy/kartka.example.toml": "#listen = \"127.0.0.1:8080\"\n",
		"compose.yaml":               "KARTKA_LISTEN: x\nKARTKA_LISTEN_FILE: y\n",
	}
	for name, text := range change {
		files[name] = text
	}
	return files
}

func TestReadmeListsSettingsAndCommands(t *testing.T) {
	hold(t, readme)
	catches(t, readme, planted(nil))
	catches(t, readme, planted(map[string]string{"README.md": "KARTKA_LISTEN\n"}), "no row for KARTKA_LISTEN", "no row for kartka demo")
	catches(t, readme, planted(map[string]string{"README.md": "| `KARTKA_LISTEN` | :80 |\n| `demo` |\n"}), "does not give the default of KARTKA_LISTEN")
}

func TestDeploymentNamesRealSettings(t *testing.T) {
	hold(t, deployment)
	catches(t, deployment, planted(nil))
	catches(t, deployment, planted(map[string]string{
		"compose.yaml":               "KARTKA_LISTEN: x\nKARTKA_LISTENS: y\n",
		"deploy/kartka.example.toml": "port = 1\n",
	}), "compose.yaml:2: there is no KARTKA_LISTENS", "does not show listen", "shows port")
}

func TestDocumentsPointAtWhatIsThere(t *testing.T) {
	hold(t, pointers)
	catches(t, pointers, planted(nil))
	catches(t, pointers, planted(map[string]string{"docs/how.md": "[a](../README.md) [b](gone.md) [c](https://example.com/x)\n`kartka fly` `make coffee` `qr.TestGone`\n"}),
		"docs/how.md:1: there is no file gone.md", `docs/how.md:2: there is no "kartka fly"`, `docs/how.md:2: there is no "make coffee"`, "docs/how.md:2: there is no test qr.TestGone")
}
