package words_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"kartka/engine/rules"
)

// said is one place in the sources that names a message.
type said struct {
	subject string // "reasons", "error", "issue"
	id      string
	args    []string // that it gives
	later   []string // that it may be given afterwards
	where   string
}

// composed are ids whose ends are made at run time, by how they begin.
var composed = map[string][]string{
	"given_on_": {string(rules.TriggerJoin), string(rules.TriggerBirthday), string(rules.TriggerAbsence), string(rules.TriggerEvent)},
}

// passedOn are ids that a function takes out of another message, by the function. What holdsMember passes on is said as a
// reason where it comes from.
var passedOn = map[string][]string{"grant": {"coupon_no_more", "coupon_open_limit"}, "holdsMember": nil}

// sink is a parameter that becomes an id.
type sink struct {
	function string
	param    int
}

// function is a declared function, or a literal with the name of its variable.
type function struct {
	name   string
	params []string
	body   *ast.BlockStmt
	within *function
}

// search looks for ids in the files of one package.
type search struct {
	set       *token.FileSet
	functions []*function
	variables []*ast.GenDecl // of the package
	found     []said
	strange   []string        // places the search cannot read
	later     map[string]bool // arguments of reasons that are added after the reason was made
	following map[sink]bool   // whose callers are being looked at
}

// searchDir returns what the sources of a directory say, tests aside.
func searchDir(t *testing.T, dir string) ([]said, []string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no sources in %s: %v", dir, err)
	}
	sources := make(map[string]string)
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sources[filepath.ToSlash(path)] = string(text)
	}
	return searchSources(t, sources)
}

func searchSources(t *testing.T, sources map[string]string) ([]said, []string) {
	t.Helper()
	s := &search{set: token.NewFileSet(), later: make(map[string]bool), following: make(map[sink]bool)}
	for _, path := range slices.Sorted(maps.Keys(sources)) {
		file, err := parser.ParseFile(s.set, path, sources[path], parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Body != nil {
					s.declare(d.Name.Name, d.Type, d.Body, nil)
				}
			case *ast.GenDecl:
				s.variables = append(s.variables, d)
			}
		}
	}
	for _, f := range s.functions {
		s.each(f, s.readLater)
	}
	for _, f := range s.functions {
		s.each(f, func(n ast.Node) { s.read(f, n) })
	}
	for _, d := range s.variables {
		ast.Inspect(d, func(n ast.Node) bool {
			s.read(nil, n)
			return true
		})
	}
	return s.found, s.strange
}

// declare notes a function and those its variables hold.
func (s *search) declare(name string, signature *ast.FuncType, body *ast.BlockStmt, within *function) {
	f := &function{name: name, body: body, within: within}
	for _, field := range signature.Params.List {
		if len(field.Names) == 0 {
			f.params = append(f.params, "_")
		}
		for _, n := range field.Names {
			f.params = append(f.params, n.Name)
		}
	}
	s.functions = append(s.functions, f)
	names := make(map[*ast.FuncLit]string)
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, right := range n.Rhs {
				if lit, ok := right.(*ast.FuncLit); ok && i < len(n.Lhs) {
					if left, ok := n.Lhs[i].(*ast.Ident); ok {
						names[lit] = left.Name
					}
				}
			}
		case *ast.FuncLit:
			s.declare(names[n], n.Type, n.Body, f)
			return false
		}
		return true
	})
}

// each visits the nodes of a function that are not of a function within it.
func (s *search) each(f *function, visit func(ast.Node)) {
	ast.Inspect(f.body, func(n ast.Node) bool {
		if _, inner := n.(*ast.FuncLit); inner {
			return false
		}
		if n != nil {
			visit(n)
		}
		return true
	})
}

// readLater notes arguments that reasons get after they are made: note.and(…) and reason.Args = ….
func (s *search) readLater(n ast.Node) {
	switch n := n.(type) {
	case *ast.CallExpr:
		if called, _ := n.Fun.(*ast.SelectorExpr); called != nil && called.Sel.Name == "and" {
			for _, name := range s.numbers(nil, n.Args) {
				s.later[name] = true
			}
		}
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			if selected, ok := left.(*ast.SelectorExpr); ok && selected.Sel.Name == "Args" && i < len(n.Rhs) {
				for _, name := range keysOf(n.Rhs[i]) {
					s.later[name] = true
				}
			}
		}
	}
}

// read notes what a node says.
func (s *search) read(f *function, n ast.Node) {
	switch n := n.(type) {
	case *ast.CallExpr:
		called, ok := n.Fun.(*ast.Ident)
		switch {
		case !ok:
		case called.Name == "why" && len(n.Args) > 0:
			s.resolve(f, n.Args[0], said{subject: "reasons", args: s.numbers(f, n.Args[1:]), later: s.added()})
		case called.Name == "fail" && len(n.Args) > 1:
			var args []string
			for i := 2; i < len(n.Args); i += 2 {
				args = append(args, textOf(n.Args[i]))
			}
			s.resolve(f, n.Args[1], said{subject: "error", args: args})
		}
	case *ast.CompositeLit:
		s.readLiteral(f, n, nameOf(n.Type))
		list, ok := n.Type.(*ast.ArrayType)
		for _, element := range n.Elts {
			if lit, bare := element.(*ast.CompositeLit); ok && bare && lit.Type == nil {
				s.readLiteral(f, lit, nameOf(list.Elt))
			}
		}
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			if selected, ok := left.(*ast.SelectorExpr); ok && len(n.Lhs) == len(n.Rhs) {
				s.readTurn(f, selected, n.Rhs[i])
			}
		}
	}
}

// readTurn notes what is said when a message turns into another by the assignment of another id. A note has whatever numbers it had.
func (s *search) readTurn(f *function, left *ast.SelectorExpr, id ast.Expr) {
	switch left.Sel.Name {
	case "id":
		s.resolve(f, id, said{subject: "reasons", later: []string{rules.ArgBase, rules.ArgRate, rules.ArgPoints, rules.ArgExcluded}})
	case "ID":
		for in := f; in != nil; in = in.within {
			s.each(in, func(n ast.Node) {
				for _, value := range assigned(n, nameOf(left.X)) {
					if lit, ok := value.(*ast.CompositeLit); ok && subjects[nameOf(lit.Type)] != "" {
						turned := *lit
						turned.Elts = append([]ast.Expr{&ast.KeyValueExpr{Key: ast.NewIdent("ID"), Value: id}}, slices.DeleteFunc(slices.Clone(lit.Elts), isID)...)
						s.readLiteral(f, &turned, nameOf(lit.Type))
					}
				}
			})
		}
	}
}

func isID(e ast.Expr) bool {
	pair, ok := e.(*ast.KeyValueExpr)
	return ok && nameOf(pair.Key) == "ID"
}

// subjects are those of the catalogue by the types that hold ids.
var subjects = map[string]string{"Reason": "reasons", "Error": "error", "Issue": "issue"}

// added are the arguments that reasons get after they are made.
func (s *search) added() []string { return slices.Sorted(maps.Keys(s.later)) }

func (s *search) readLiteral(f *function, lit *ast.CompositeLit, kind string) {
	what := said{subject: subjects[kind]}
	if what.subject == "" {
		return
	}
	var id ast.Expr
	given := false
	for _, element := range lit.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		switch nameOf(pair.Key) {
		case "ID":
			id = pair.Value
		case "Args":
			what.args, given = keysOf(pair.Value), true
		}
	}
	if what.subject == "reasons" && !given {
		what.later = s.added()
	}
	if id != nil {
		s.resolve(f, id, what)
	}
}

// resolve finds the ids an expression may be, and notes what is said by each.
func (s *search) resolve(f *function, id ast.Expr, what said) {
	what.where = s.set.Position(id.Pos()).String()
	say := func(id string) {
		what.id = id
		s.found = append(s.found, what)
	}
	switch id := id.(type) {
	case *ast.BasicLit:
		say(textOf(id))
		return
	case *ast.BinaryExpr:
		if ends := composed[textOf(id.X)]; ends != nil {
			for _, end := range ends {
				say(textOf(id.X) + end)
			}
			return
		}
	case *ast.Ident:
		if s.resolveName(f, id.Name, what) {
			return
		}
	case *ast.SelectorExpr:
		if id.Sel.Name == "id" { // a note made into a reason: it was read where it was made
			return
		}
		for in := f; in != nil; in = in.within {
			if ids, known := passedOn[in.name]; known {
				for _, id := range ids {
					say(id)
				}
				return
			}
		}
	}
	s.strange = append(s.strange, what.where)
}

// resolveName follows a name to the values it is given: a parameter to the callers, a variable to its assignments.
func (s *search) resolveName(f *function, name string, what said) (found bool) {
	for in := f; in != nil; in = in.within {
		if i := slices.Index(in.params, name); i >= 0 {
			s.follow(sink{in.name, i}, in, what)
			return true
		}
		s.each(in, func(n ast.Node) {
			for _, value := range assigned(n, name) {
				s.resolve(in, value, what)
				found = true
			}
		})
		if found {
			return true
		}
	}
	return false
}

// follow resolves what the callers of a function pass for a parameter. The engine's own maker of errors is read where it is called.
func (s *search) follow(to sink, of *function, what said) {
	if to.function == "fail" || to.function == "why" || to.function == "" || s.following[to] {
		return
	}
	s.following[to] = true
	defer delete(s.following, to)
	for _, f := range s.functions {
		s.each(f, func(n ast.Node) {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) <= to.param || nameOf(call.Fun) != to.function {
				return
			}
			if of.within != nil && f != of.within && f.within != of.within {
				return
			}
			s.resolve(f, call.Args[to.param], what)
		})
	}
}

// numbers are the names of a note's numbers: number(ArgBase, …), arg{unit, …}.
func (s *search) numbers(f *function, exprs []ast.Expr) []string {
	var names []string
	for _, e := range exprs {
		var name ast.Expr
		switch e := e.(type) {
		case *ast.CallExpr:
			name = e.Args[0]
		case *ast.CompositeLit:
			name = e.Elts[0]
		}
		if known := argName(name); known != "" {
			names = append(names, known)
			continue
		}
		variable, ok := name.(*ast.Ident)
		if !ok || f == nil {
			continue
		}
		s.each(f, func(n ast.Node) {
			for _, value := range assigned(n, variable.Name) {
				names = append(names, argName(value))
			}
		})
	}
	return names
}

// assigned are the values that a node gives to a variable.
func assigned(n ast.Node, name string) (values []ast.Expr) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			if ident, ok := left.(*ast.Ident); ok && ident.Name == name && len(n.Lhs) == len(n.Rhs) {
				values = append(values, n.Rhs[i])
			}
		}
	case *ast.ValueSpec:
		for i, ident := range n.Names {
			if ident.Name == name && i < len(n.Values) {
				values = append(values, n.Values[i])
			}
		}
	}
	return values
}

// keysOf are the keys of a map literal: texts, or constants such as rules.ArgPoints.
func keysOf(e ast.Expr) (keys []string) {
	lit, ok := e.(*ast.CompositeLit)
	if !ok {
		return nil
	}
	for _, element := range lit.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			if key := argName(pair.Key); key != "" {
				keys = append(keys, key)
			} else {
				keys = append(keys, textOf(pair.Key))
			}
		}
	}
	return keys
}

// argNames are the numbers of reasons by the names of their constants.
var argNames = map[string]string{
	"ArgBase": rules.ArgBase, "ArgRate": rules.ArgRate, "ArgPoints": rules.ArgPoints, "ArgMoney": rules.ArgMoney, "ArgLimit": rules.ArgLimit,
	"ArgDays": rules.ArgDays, "ArgCount": rules.ArgCount, "ArgOf": rules.ArgOf, "ArgTimes": rules.ArgTimes, "ArgMost": rules.ArgMost,
	"ArgFrom": rules.ArgFrom, "ArgTo": rules.ArgTo, "ArgExcluded": rules.ArgExcluded,
}

// argName is the number that a constant names; the rules have one of their own beside each that all may use.
func argName(e ast.Expr) string {
	if rest, own := strings.CutPrefix(nameOf(e), "arg"); own {
		return argNames["Arg"+rest]
	}
	return argNames[nameOf(e)]
}

// nameOf is the last name of an expression: Reason of rules.Reason, f of x.f.
func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

func textOf(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	text, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return text
}

func TestIDSearch(t *testing.T) {
	found, strange := searchSources(t, map[string]string{"x.go": `package x
func a(e *evaluation) {
	o.fail(Skipped, why("cap_day", number(argMost, 1)))
	id, unit := "more_money", ArgMoney
	if b { id, unit = "more_visits", ArgCount }
	e.tell(why(id, arg{unit, 2}))
	say := func(points int, id string) { use(rules.Reason{ID: id, Args: map[string]int64{rules.ArgPoints: points}}) }
	say(1, "in")
	n.id = "turned"
	limit(ctx, "too_many")
	use(Reason{ID: "given_on_" + string(x)}, []Issue{{ID: "bare"}})
	issue := Issue{ID: "before", Args: map[string]any{"Receipt": 1}}
	rest, issue.ID = after, "after"
}
func limit(ctx any, id string) error { return fail(KindLimit, id, "Max", 3) }
func b() { use(Issue{ID: "odd", Args: map[string]any{"Points": 1}}, &Error{Kind: k, ID: "bad"}, why(from.somewhere())) }
var lost = &engine.Error{ID: "lost"}
func c() { later(n.and(number(ArgExcluded, 1))) }
`})
	var got []string
	for _, f := range found {
		got = append(got, f.subject+"."+f.id+" "+strings.Join(f.args, ",")+"|"+strings.Join(f.later, ","))
	}
	slices.Sort(got)
	want := []string{"error.bad |", "error.lost |", "error.too_many Max|", "issue.after Receipt|", "issue.bare |", "issue.before Receipt|", "issue.odd Points|", "reasons.cap_day most|excluded",
		"reasons.given_on_absence |excluded", "reasons.given_on_birthday |excluded", "reasons.given_on_event |excluded",
		"reasons.given_on_join |excluded", "reasons.in points|", "reasons.more_money money,count|excluded", "reasons.more_visits money,count|excluded",
		"reasons.turned |base,rate,points,excluded"}
	if !slices.Equal(got, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(strange) != 1 {
		t.Errorf("the search reads what it cannot read: %v", strange)
	}
}
