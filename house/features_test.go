package house

import (
	"fmt"
	"go/ast"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// featureRows is how many rows each group of FEATURES.md has: A1 to A17, B1 to B13, and so on.
var featureRows = []struct {
	group string
	rows  int
}{
	{"A", 17}, {"B", 13}, {"C", 36}, {"D", 14}, {"E", 12}, {"F", 12}, {"G", 5}, {"H", 21}, {"I", 7}, {"J", 6},
	{"K", 5}, {"L", 14}, {"M", 4}, {"N", 2}, {"O", 4}, {"P", 4}, {"Q", 2}, {"R", 2}, {"S", 2},
}

var (
	featureRow = regexp.MustCompile(`^\| ([A-S][0-9]+) \| ([^|]+) \| ([^|]*) \|([^|]*)\|$`)
	quoted     = regexp.MustCompile("`([^`]+)`")
	testName   = regexp.MustCompile(`^([a-z0-9/]+)\.((?:Test|Benchmark|Fuzz|Example)\w+)$`)
)

// features checks FEATURES.md: every row is there once, has a state, and names what shows it: a test as
// `path/of/package.TestName`, a `kartka command` or a `make target` that exists.
func features(fsys fs.FS) ([]string, error) {
	there, err := named(fsys)
	if err != nil {
		return nil, err
	}
	raw, err := fs.ReadFile(fsys, "FEATURES.md")
	if err != nil {
		return nil, err
	}
	var found []string
	expected, seen := featureIDs(), map[string]bool{}
	for n, line := range strings.Split(string(raw), "\n") {
		row := featureRow.FindStringSubmatch(line)
		if row == nil {
			if strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| id ") {
				found = append(found, fmt.Sprintf("FEATURES.md:%d: this row has another shape", n+1))
			}
			continue
		}
		id, state, proof := row[1], row[3], strings.TrimSpace(row[4])
		if seen[id] || !slices.Contains(expected, id) {
			found = append(found, fmt.Sprintf("FEATURES.md:%d: there is one row too many for %s", n+1, id))
		}
		seen[id] = true
		for _, fault := range featureFaults(state, proof, there) {
			found = append(found, fmt.Sprintf("FEATURES.md:%d: %s %s", n+1, id, fault))
		}
	}
	for _, id := range expected {
		if !seen[id] {
			found = append(found, "FEATURES.md has no row for "+id)
		}
	}
	return found, nil
}

func featureIDs() []string {
	var ids []string
	for _, g := range featureRows {
		for n := range g.rows {
			ids = append(ids, g.group+strconv.Itoa(n+1))
		}
	}
	return ids
}

func featureFaults(state, proof string, there map[string]bool) []string {
	var faults []string
	names := quoted.FindAllStringSubmatch(proof, -1)
	switch {
	case state != "works" && state != "planned" && state != "declined":
		faults = append(faults, fmt.Sprintf("is %q; works, planned or declined", state))
	case state == "works" && len(names) == 0:
		faults = append(faults, "works, but nothing shows it")
	case state == "declined" && proof == "":
		faults = append(faults, "is declined without a reason")
	}
	for _, name := range names {
		if !there[name[1]] {
			faults = append(faults, "names "+name[1]+", which does not exist")
		}
	}
	return faults
}

// named lists what documents may point at: tests, subcommands and make targets.
func named(fsys fs.FS) (map[string]bool, error) {
	there := map[string]bool{}
	err := eachGo(fsys, func(name string, _ *token.FileSet, file *ast.File) {
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv != nil || !strings.HasSuffix(name, "_test.go") {
				continue
			}
			if full := path.Dir(name) + "." + f.Name.Name; testName.MatchString(full) {
				there[full] = true
			}
		}
	})
	if err != nil {
		return nil, err
	}
	commands, err := commandNames(fsys)
	if err != nil {
		return nil, err
	}
	for _, c := range commands {
		there["kartka "+c] = true
	}
	targets, err := makeTargets(fsys)
	if err != nil {
		return nil, err
	}
	for _, t := range targets {
		there["make "+t] = true
	}
	return there, nil
}

func TestFeatures(t *testing.T) {
	hold(t, features)

	var rows strings.Builder
	for _, id := range featureIDs() {
		switch id {
		case "A1":
			rows.WriteString("| A1 | joins | works | `bots/dialog.TestJoin`, `kartka demo`, `make test` |\n")
		case "A2":
			rows.WriteString("| A2 | a test that is gone | works | `bots/dialog.TestGone` |\n")
		case "A3":
			rows.WriteString("| A3 | a bare claim | works | it does |\n")
		case "A4":
			rows.WriteString("| A4 | a state nobody knows | soon | |\n| A4 | twice | planned | |\n")
		case "A5":
			rows.WriteString("| A5 | no reason | declined | |\n")
		case "A6":
			rows.WriteString("| A6 | columns | planned |\n")
		default:
			rows.WriteString("| " + id + " | name | planned | |\n")
		}
	}
	catches(t, features, map[string]string{
		"FEATURES.md":              rows.String(),
		"Makefile":                 "test: ## run every test\n",
		"cmd/kartka/main.go":       "package main\nfunc commands() []command { return []command{{\"demo\", \"\", \"\", nil}} }\n",
		"bots/dialog/join_test.go": "package dialog\nfunc TestJoin(t *testing.T) {}\n",
	},
		"FEATURES.md has no row for A6",
		"FEATURES.md:2: A2 names bots/dialog.TestGone",
		"FEATURES.md:3: A3 works, but nothing shows it",
		"FEATURES.md:4: A4 is \"soon\"",
		"FEATURES.md:5: there is one row too many for A4",
		"FEATURES.md:6: A5 is declined without a reason",
		"FEATURES.md:7: this row has another shape",
	)
}
