package house

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "kartka"

// law says which packages of the project each package may import, tests aside. Paths are relative to the module; "engine/..." means
// engine and everything below. Of several rows that fit a package the first counts, and a package without a row is a finding.
//
// The lines follow the house from the inside out: what a thing is, where it is kept, how people meet it. Nothing imports outwards.
// Rows of packages that do not exist yet are the law already.
var law = []struct{ pkg, may string }{
	// What the product is about.
	{"engine/jsontext", ""},
	{"engine/money", ""},
	{"engine/cardcode", ""},
	{"engine/ledger", "engine/money"},
	{"engine/rules", "engine/jsontext engine/money"},
	{"engine/backtest", "engine/money engine/ledger engine/rules"},
	{"engine/segment", "engine/money engine/rules"},
	{"engine/campaign", "engine/money engine/rules engine/segment"},
	{"engine", "engine/..."},

	// What stands alone.
	{"docs", ""},
	{"locales", ""},
	{"qr", ""},
	{"storage/sqldb", ""},
	{"storage/kv", ""},

	// How it is said.
	{"words", "engine/... locales"},

	// Where it is kept.
	{"storage", "engine/... storage/sqldb"},

	// Messengers and conversations.
	{"bots", ""},
	{"bots/telegram", "bots"},
	{"bots/viber", "bots"},
	{"bots/whatsapp", "bots"},
	{"bots/sms", "bots"},
	{"bots/email", "bots"},
	{"bots/wallet", "bots"},
	{"bots/dialog/talk", "bots engine/... locales words"},
	{"bots/dialog/guest", "bots bots/dialog/talk engine/... locales qr words"},
	{"bots/dialog/staff", "bots bots/dialog/talk engine/... locales qr words"},
	{"bots/dialog/market", "bots bots/dialog/guest bots/dialog/talk engine/... locales words"},
	{"bots/dialog/owner", "bots bots/dialog/talk engine/... locales qr words"},
	{"bots/dialog", "bots bots/dialog/... engine/... locales qr words"},
	{"bots/desk", "bots bots/dialog bots/dialog/talk engine/... locales"},
	{"bots/outbox", "bots bots/dialog bots/dialog/talk engine/... locales"},
	{"bots/sandbox/...", "bots/sandbox/..."},

	// Tills and the web.
	{"tills/...", "tills/... engine/... locales words"},
	{"miniapp/...", "miniapp/... engine/... locales qr words"},

	// The one that knows everybody.
	{"cmd/kartka", "..."},
}

// testPackages serve tests alone: nothing that is built into the product imports them.
var testPackages = []string{"storage/storagetest", "storage/kv/kvtest", "engine/segment/segmenttest", "bots/dialog/talk/talktest", "house"}

// testModules are modules that tests use and the product does not.
var testModules = []string{
	"github.com/alicebob/miniredis/v2",
	"github.com/anishathalye/porcupine",
	"github.com/chromedp/cdproto",
	"github.com/chromedp/chromedp",
	"github.com/getkin/kin-openapi",
	"github.com/google/go-cmp",
	"github.com/makiuchi-d/gozxing",
	"github.com/jba/templatecheck",
	"github.com/mymmrac/telego",
	"github.com/santhosh-tekuri/jsonschema/v6",
	"github.com/skip2/go-qrcode",
	"pgregory.net/rapid",
}

// pure lists packages without a way to the world outside, and impure the doors they may not use.
var (
	pure   = []string{"engine/...", "bots", "bots/dialog/...", "locales", "qr", "words"}
	impure = []string{"database/sql", "net", "net/http", "os", "os/exec", "plugin", "syscall"}
)

// listed is what "go list" says of a package.
type listed struct {
	ImportPath string
	Doc        string
	Imports    []string
	Deps       []string
}

// listPackages lists the project's packages.
func listPackages() ([]listed, error) {
	var stderr bytes.Buffer
	cmd := exec.Command("go", "list", "-json=ImportPath,Doc,Imports,Deps", "./...")
	cmd.Dir, cmd.Stderr = "..", &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, stderr.Bytes())
	}
	var packages []listed
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		switch err := decoder.Decode(&p); {
		case errors.Is(err, io.EOF):
			return packages, nil
		case err != nil:
			return nil, fmt.Errorf("read go list: %w", err)
		}
		packages = append(packages, p)
	}
}

// ours returns an import path relative to the module, and whether it is one of the project's.
func ours(importPath string) (string, bool) {
	return strings.CutPrefix(importPath, module+"/")
}

// fits reports whether a relative path matches a pattern of the law.
func fits(pattern, pkg string) bool {
	if pattern == "..." {
		return true
	}
	if below, ok := strings.CutSuffix(pattern, "/..."); ok {
		return pkg == below || strings.HasPrefix(pkg, below+"/")
	}
	return pkg == pattern
}

func fitsAny(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return fits(p, pkg) })
}

// breaches lists what packages do against the law.
func breaches(packages []listed) []string {
	var found []string
	for _, p := range packages {
		pkg, _ := ours(p.ImportPath)
		if fitsAny(testPackages, pkg) {
			continue
		}
		may, ok := lawOf(pkg)
		if !ok {
			found = append(found, pkg+" has no row in the law")
			continue
		}
		for _, imported := range p.Imports {
			dep, isOurs := ours(imported)
			switch {
			case isOurs && fitsAny(testPackages, dep):
				found = append(found, pkg+" imports "+dep+", which is for tests")
			case isOurs && !fitsAny(may, dep):
				found = append(found, pkg+" may not import "+dep)
			case fitsAny(pure, pkg) && slices.Contains(impure, imported):
				found = append(found, pkg+" is pure and may not import "+imported)
			}
		}
		for _, dep := range p.Deps {
			for _, m := range testModules {
				if fits(m+"/...", dep) {
					found = append(found, pkg+" depends on "+dep+", which is for tests")
				}
			}
		}
	}
	return found
}

func lawOf(pkg string) (may []string, ok bool) {
	for _, row := range law {
		if fits(row.pkg, pkg) {
			return strings.Fields(row.may), true
		}
	}
	return nil, false
}

// undocumented lists packages without a package comment.
func undocumented(packages []listed) []string {
	var found []string
	for _, p := range packages {
		if p.Doc == "" {
			found = append(found, p.ImportPath+" has no package comment")
		}
	}
	return found
}

func TestPackagesKeepTheImportLaw(t *testing.T) {
	packages, err := listPackages()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(packages, func(p listed) bool { return p.ImportPath == module+"/cmd/kartka" }) {
		t.Fatalf("go list shows %d packages and no cmd/kartka: the check would prove nothing", len(packages))
	}
	for _, f := range breaches(packages) {
		t.Error(f)
	}
	for _, f := range undocumented(packages) {
		t.Error(f)
	}
}

func TestImportLawCatches(t *testing.T) {
	for _, c := range []struct {
		name string
		p    listed
		want string
	}{
		{"an import outwards", listed{ImportPath: "kartka/engine/ledger", Imports: []string{"kartka/storage"}}, "engine/ledger may not import storage"},
		{"an adapter that knows the engine", listed{ImportPath: "kartka/bots/telegram", Imports: []string{"kartka/engine"}}, "bots/telegram may not import engine"},
		{"a name that only begins alike", listed{ImportPath: "kartka/storage", Imports: []string{"kartka/engineering"}}, "storage may not import engineering"},
		{"a package without a row", listed{ImportPath: "kartka/util"}, "util has no row"},
		{"a test package in the product", listed{ImportPath: "kartka/cmd/kartka", Imports: []string{"kartka/storage/storagetest"}}, "imports storage/storagetest"},
		{"a test module in the product", listed{ImportPath: "kartka/cmd/kartka", Deps: []string{"pgregory.net/rapid"}}, "depends on pgregory.net/rapid"},
		{"a package of a test module", listed{ImportPath: "kartka/qr", Deps: []string{"github.com/google/go-cmp/cmp"}}, "depends on github.com/google/go-cmp/cmp"},
		{"the network in a pure package", listed{ImportPath: "kartka/bots/dialog/guest", Imports: []string{"net/http"}}, "is pure and may not import net/http"},
		{"what is allowed", listed{ImportPath: "kartka/storage", Imports: []string{"kartka/engine/money", "kartka/storage/sqldb", "os"}}, ""},
		{"the one that knows everybody", listed{ImportPath: "kartka/cmd/kartka", Imports: []string{"kartka/storage", "kartka/bots/telegram", "net/http"}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := strings.Join(breaches([]listed{c.p}), "\n")
			if (c.want == "") != (found == "") || !strings.Contains(found, c.want) {
				t.Errorf("found %q, want %q", found, c.want)
			}
		})
	}
	if found := undocumented([]listed{{ImportPath: "kartka/qr"}}); len(found) != 1 {
		t.Errorf("a package without a comment: found %q", found)
	}
}
