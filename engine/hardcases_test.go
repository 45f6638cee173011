package engine_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// The hard cases of the field are scripts that a shop owner can read: testdata/hardcases/*.txt. Each line is a deed and, behind
// "=>", what must come of it. Sums and points are in whole units.
//
//	settings rate=5% limit=30% decimals=2 days=90 grace=14 policy=debt min=0 basis=paid_cash payable=0 [currency=JPY] [zone=Europe/Madrid]
//	on 2026-03-02 12:00                       the clock, in Kyiv
//	give 100 [days…]                          points by hand
//	sale 1000 [spend=300] [lines=170x2,65] [noearn=2] [noredeem=1] [late=24h] => earn=35 pay=700
//	return all | 100 | line=1 qty=1 [undo=yes] => restored=3 revoked=1 cash=96
//	rate 7%                                   a new version of the settings
//	expire                                    => points=100
//	balance 30 [available=30] [debt=0] [pending=0]
//
// "=> error ID" expects the deed to be refused. A comment "# tills 9: …" or "# mechanics: …" names the row of the field's table that the
// case below it is the example of.
func TestHardCases(t *testing.T) {
	files, err := filepath.Glob("testdata/hardcases/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no hard cases: %v", err)
	}
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		for _, file := range files {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
				runCases(t, open(t), file)
			})
		}
	})
}

func runCases(t *testing.T, w *world, file string) {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var c *hardCase
	scanner := bufio.NewScanner(f)
	for n := 1; scanner.Scan(); n++ {
		line := strings.TrimSpace(scanner.Text())
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "case "):
			if c != nil {
				w.verify(t, c.program)
			}
			c = &hardCase{world: w, name: strings.TrimPrefix(line, "case "), file: file}
		case c == nil:
			t.Fatalf("%s:%d: a deed before the first case", file, n)
		default:
			c.line = n
			c.do(t, line)
		}
	}
	if c != nil {
		w.verify(t, c.program)
	}
}

// hardCase is one case while it runs, with a program and a member of its own.
type hardCase struct {
	*world
	name, file string
	line       int
	settings   rules.Settings
	program    engine.Program
	member     engine.Member
	sales      []string
	deeds      int
	guests     map[string]engine.Member
	gifts      map[string]engine.Secret
	bought     string // coupon of the last reward
	merged     string // the last merge
	holds      map[string]engine.Hold
}

func (c *hardCase) fail(t *testing.T, format string, args ...any) {
	t.Helper()
	t.Errorf("%s:%d (%s): %s", c.file, c.line, c.name, fmt.Sprintf(format, args...))
}

func (c *hardCase) do(t *testing.T, line string) {
	t.Helper()
	deed, want, _ := strings.Cut(line, "=>")
	words := strings.Fields(deed)
	raw := "" // what follows the second word, as it is written: settings
	if len(words) > 2 {
		raw = strings.TrimSpace(deed[strings.Index(deed, words[1])+len(words[1]):])
	}
	options, plain := map[string]string{}, []string{}
	for _, w := range words[1:] {
		if k, v, ok := strings.Cut(w, "="); ok {
			options[k] = v
		} else {
			plain = append(plain, w)
		}
	}
	if words[0] == "settings" {
		c.begin(t, options)
		return
	}
	if c.program.ID == "" {
		c.begin(t, nil)
	}
	c.deeds++
	got, err := c.act(t, words[0], plain, options, raw)
	c.compare(t, strings.Fields(want), got, err)
}

func (c *hardCase) compare(t *testing.T, want []string, got map[string]string, err error) {
	t.Helper()
	if len(want) == 2 && want[0] == "error" {
		var e *engine.Error
		if !errors.As(err, &e) || e.ID != want[1] {
			c.fail(t, "got error %v, want %s", err, want[1])
		}
		return
	}
	if err != nil {
		c.fail(t, "%v", err)
		return
	}
	for _, w := range want {
		k, v, found := strings.Cut(w, "=")
		if !found {
			k, v = "", w
		}
		if got[k] != v {
			c.fail(t, "%s is %s, want %s (all: %v)", k, got[k], v, got)
		}
	}
}

// begin makes the program and the member of the case.
func (c *hardCase) begin(t *testing.T, o map[string]string) {
	t.Helper()
	c.now = time.Date(2026, 3, 1, 7, 0, 0, 0, time.UTC)
	c.settings = *c.draft(t)
	s := &c.settings
	s.Earn.MinCheck, s.Redeem.MinPayable = 0, 0
	if code := o["currency"]; code != "" {
		var err error
		if s.Currency, err = money.LookupCurrency(code); err != nil {
			t.Fatal(err)
		}
	}
	s.Unit = rules.Unit{Name: "bonus", Decimals: s.Currency.Decimals, StepWorth: 1}
	if o["decimals"] == "0" {
		s.Unit = rules.Unit{Name: "bonus", StepWorth: c.amount(t, "1")}
	}
	for k, v := range o {
		switch k {
		case "rate":
			s.Earn.Rate = percent(t, v)
		case "limit":
			s.Redeem.Limit = percent(t, v)
		case "days":
			s.Lots.Days = number(t, v)
		case "grace":
			s.Lots.GraceDays = number(t, v)
		case "policy":
			s.Returns.Policy = rules.ReturnPolicy(v)
		case "min":
			s.Earn.MinCheck = c.amount(t, v)
		case "payable":
			s.Redeem.MinPayable = c.amount(t, v)
		case "basis":
			s.Earn.Basis = rules.Basis(v)
		case "zone":
			s.Zone = zone(t, v)
		case "decimals", "currency":
		default:
			t.Fatalf("%s:%d: unknown setting %s", c.file, c.line, k)
		}
	}
	c.program = c.newProgram(t, s)
	c.member = c.join(t, c.program, engine.JoinInput{})
}

func (c *hardCase) act(t *testing.T, verb string, plain []string, o map[string]string, raw string) (map[string]string, error) {
	t.Helper()
	ctx := context.Background()
	key := fmt.Sprintf("deed-%d", c.deeds)
	if k, ok := o["key"]; ok {
		key = k
	}
	switch verb {
	case "on":
		at, err := time.ParseInLocation("2006-01-02 15:04", strings.Join(plain, " "), c.settings.Zone)
		if err != nil {
			t.Fatal(err)
		}
		c.now = at.UTC()
		return nil, nil
	case "rate":
		changed := *c.program.Settings
		changed.Earn.Rate = percent(t, plain[0])
		p, err := c.engine.ChangeSettings(ctx, c.program.ID, "", c.program.Version, &changed)
		c.program = p
		return nil, err
	case "give":
		_, err := c.engine.Adjust(ctx, engine.AdjustInput{Key: key, ProgramID: c.program.ID, MemberID: c.member.ID, Points: c.points(t, plain[0]), Note: "given"})
		return nil, err
	case "sale":
		return c.sale(t, key, plain, o)
	case "return":
		return c.giveBack(t, key, plain, o)
	case "expire":
		sum, err := c.engine.ExpireDue(ctx, c.program.ID, c.now, nil)
		return map[string]string{"points": c.program.Unit(sum.Points)}, err
	case "balance":
		b := c.balance(t, c.program, c.member)
		got := map[string]string{"available": c.program.Unit(b.Available), "debt": c.program.Unit(b.Debt), "pending": c.program.Unit(b.Pending)}
		if total := c.program.Unit(b.Total); total != plain[0] {
			c.fail(t, "balance is %s, want %s", total, plain[0])
		}
		for k, v := range o {
			if got[k] != v {
				c.fail(t, "%s is %s, want %s", k, got[k], v)
			}
		}
		return got, nil
	}
	return c.actMore(t, verb, plain, o, key, raw)
}

func (c *hardCase) sale(t *testing.T, key string, plain []string, o map[string]string) (map[string]string, error) {
	t.Helper()
	in := c.check(t, plain, o)
	posted, err := c.engine.Post(context.Background(), engine.PostInput{Key: key, Sale: in, HoldID: c.holds[o["hold"]].ID, Fact: o["fact"] == "yes"})
	if err != nil {
		return nil, err
	}
	c.sales = append(c.sales, posted.SaleID)
	return c.posted(posted), nil
}

func (c *hardCase) giveBack(t *testing.T, key string, plain []string, o map[string]string) (map[string]string, error) {
	t.Helper()
	sale := c.sales[len(c.sales)-1]
	if n, ok := o["sale"]; ok {
		sale = c.sales[number(t, n)-1]
	}
	in := engine.ReverseInput{Key: key, ProgramID: c.program.ID, SaleID: sale, DryRun: o["dry"] == "yes", Undo: o["undo"] == "yes"}
	switch {
	case o["line"] != "":
		in.Lines = []engine.ReversedLine{{No: number(t, o["line"]), Quantity: money.Quantity(number(t, o["qty"]) * 1000)}}
	case plain[0] == "all":
		in.All = true
	default:
		in.Amount = c.amount(t, plain[0])
	}
	posted, err := c.engine.Reverse(context.Background(), in)
	if err != nil {
		return nil, err
	}
	return c.returned(posted), nil
}

// returned is the answer of a return in words.
func (c *hardCase) returned(p engine.Posted) map[string]string {
	return map[string]string{"restored": c.program.Unit(p.Restored), "revoked": c.program.Unit(p.Revoked), "cash": c.sum(p.CashBack),
		"gift": c.sum(p.GiftBack), "replayed": fmt.Sprint(p.Replayed)}
}

func (c *hardCase) sum(a money.Amount) string {
	return money.Format(int64(a), c.settings.Currency.Decimals)
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func (c *hardCase) amount(t *testing.T, text string) money.Amount {
	t.Helper()
	v, err := money.ParsePlain(text, c.settings.Currency.Decimals)
	if err != nil {
		t.Fatal(err)
	}
	return money.Amount(v)
}

func (c *hardCase) points(t *testing.T, text string) money.Points {
	t.Helper()
	v, err := money.ParsePlain(text, c.settings.Unit.Decimals)
	if err != nil {
		t.Fatal(err)
	}
	return money.Points(v)
}

func percent(t *testing.T, text string) money.Rate {
	t.Helper()
	v, err := money.ParsePlain(strings.TrimSuffix(text, "%"), 2)
	if err != nil {
		t.Fatal(err)
	}
	return money.Rate(v)
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
