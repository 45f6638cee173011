package rules_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"kartka/engine/money"
	"kartka/engine/rules"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// fataler is what testing.T, testing.B and rapid.T have in common.
type fataler interface {
	Helper()
	Fatal(args ...any)
}

func zone(t fataler, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// hundredths are settings whose smallest step of points is worth one kopeck, as in the field's worked examples.
func hundredths(t fataler, rate, limit money.Rate) *rules.Settings {
	preset, _ := rules.LookupPreset("horeca")
	s := preset.Draft("Test", money.Currency{Code: "UAH", Decimals: 2}, zone(t, "Europe/Kyiv"), []string{"uk"}, 25000)
	s.Unit = rules.Unit{Name: "bonus", Decimals: 2, StepWorth: 1}
	s.Earn.Rate, s.Earn.MinCheck, s.Redeem.Limit = rate, 0, limit
	return &s
}

func line(net money.Amount) rules.Line { return rules.Line{Quantity: 1000, Net: net} }

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func TestWorkedExamples(t *testing.T) {
	whole := hundredths(t, 500, 3000)
	whole.Unit = rules.Unit{Name: "bonus", StepWorth: 100}
	minCheck := hundredths(t, 500, 3000)
	minCheck.Earn.MinCheck = 25000
	payable := hundredths(t, 500, money.Whole)
	payable.Redeem.MinPayable = 1
	total := hundredths(t, 500, money.Whole)
	total.Earn.Basis = rules.BasisTotal
	threshold := hundredths(t, 500, money.Whole)
	threshold.Redeem.MinPoints, threshold.Redeem.MinCheck = 5000, 10000
	yen := hundredths(t, 500, 3000)
	yen.Currency, yen.Unit = money.Currency{Code: "JPY"}, rules.Unit{Name: "bonus", StepWorth: 1}
	cases := []struct {
		name                  string
		in                    rules.Input
		limit, redeem, earned money.Points
		payable               money.Amount
	}{
		{"5 % of what is paid: 1000 with 300 of points earns 35, not 50",
			rules.Input{Settings: hundredths(t, 500, money.Whole), Lines: []rules.Line{line(100000)}, Known: true, Available: 30000, Redeem: 30000}, 30000, 30000, 3500, 70000},
		{"the whole check as the base earns 50",
			rules.Input{Settings: total, Lines: []rules.Line{line(100000)}, Known: true, Available: 30000, Redeem: 30000}, 30000, 30000, 5000, 70000},
		{"30 % of 999.99 with 100 excluded is 269.99",
			rules.Input{Settings: hundredths(t, 500, 3000), Known: true, Available: 1000000,
				Lines: []rules.Line{line(89999), {Quantity: 1000, Net: 10000, NoRedeem: true}}}, 26999, 0, 4999, 99999},
		{"points of the till protocol: 17000 + 6500, 2350 of points, 5 %",
			rules.Input{Settings: hundredths(t, 500, 1000), Lines: []rules.Line{{Quantity: 2000, Net: 17000}, line(6500)}, Known: true, Available: 5000, Redeem: 2350}, 2350, 2350, 1057, 21150},
		{"three lines of 9.99 at 5 % are rounded once: 1.49",
			rules.Input{Settings: hundredths(t, 500, 3000), Lines: []rules.Line{line(999), line(999), line(999)}, Known: true}, 0, 0, 149, 2997},
		{"whole points round down: 259.99 at 5 % earns 12",
			rules.Input{Settings: whole, Lines: []rules.Line{line(25999)}, Known: true, Available: 500}, 77, 0, 12, 25999},
		{"below the smallest check nothing is earned",
			rules.Input{Settings: minCheck, Lines: []rules.Line{line(24999)}, Known: true}, 0, 0, 0, 24999},
		{"at the smallest check it is",
			rules.Input{Settings: minCheck, Lines: []rules.Line{line(25000)}, Known: true}, 0, 0, 1250, 25000},
		{"one kopeck must remain to be paid",
			rules.Input{Settings: payable, Lines: []rules.Line{line(5000)}, Known: true, Available: 9000, RedeemMax: true}, 4999, 4999, 0, 1},
		{"a debt blocks spending",
			rules.Input{Settings: hundredths(t, 500, 3000), Lines: []rules.Line{line(10000)}, Known: true, Available: 0, Debt: 35}, 0, 0, 500, 10000},
		{"goods without accrual",
			rules.Input{Settings: hundredths(t, 500, 3000), Lines: []rules.Line{line(70000), {Quantity: 1000, Net: 30000, NoEarn: true}}, Known: true}, 0, 0, 3500, 100000},
		{"spending begins from a smallest balance",
			rules.Input{Settings: threshold, Lines: []rules.Line{line(10000)}, Known: true, Available: 4999}, 0, 0, 500, 10000},
		{"at the smallest balance it does",
			rules.Input{Settings: threshold, Lines: []rules.Line{line(10000)}, Known: true, Available: 5000}, 5000, 0, 500, 10000},
		{"and from a smallest check",
			rules.Input{Settings: threshold, Lines: []rules.Line{line(9999)}, Known: true, Available: 5000}, 0, 0, 499, 9999},
		{"a currency without minor units",
			rules.Input{Settings: yen, Lines: []rules.Line{line(999)}, Known: true, Available: 100, Redeem: 100}, 100, 100, 44, 899},
		{"a sale without a card",
			rules.Input{Settings: hundredths(t, 500, 3000), Lines: []rules.Line{line(70000)}}, 0, 0, 0, 70000},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.in.OccurredAt = noon
			r, err := rules.Evaluate(c.in)
			if err != nil {
				t.Fatal(err)
			}
			if r.RedeemLimit != c.limit || r.Redeem != c.redeem || r.Earn != c.earned || r.Payable != c.payable {
				t.Fatalf("limit %d, spent %d, earned %d, to pay %d; want %d, %d, %d, %d", r.RedeemLimit, r.Redeem, r.Earn, r.Payable, c.limit, c.redeem, c.earned, c.payable)
			}
			for _, e := range r.Effects {
				if e.Reason.ID == "" {
					t.Errorf("effect of rule %s has no reason", e.Rule)
				}
			}
		})
	}
}

func TestSharesOfTheTillProtocol(t *testing.T) {
	r, err := rules.Evaluate(rules.Input{Settings: hundredths(t, 500, 1000), OccurredAt: noon, Known: true, Available: 5000, Redeem: 2350,
		Lines: []rules.Line{{Quantity: 2000, Net: 17000}, line(6500)}})
	if err != nil {
		t.Fatal(err)
	}
	want := []rules.LineResult{{RedeemMoney: 1700, RedeemPoints: 1700, Earn: 765}, {RedeemMoney: 650, RedeemPoints: 650, Earn: 292}}
	if diff := cmp.Diff(want, r.Lines); diff != "" {
		t.Fatal(diff)
	}
}

func TestRefusals(t *testing.T) {
	s := hundredths(t, 500, 3000)
	cases := map[string]struct {
		in   rules.Input
		want error
	}{
		"nothing":          {rules.Input{}, rules.ErrNoLines},
		"too many lines":   {rules.Input{Lines: make([]rules.Line, rules.MaxLines+1)}, rules.ErrManyLines},
		"negative sum":     {rules.Input{Lines: []rules.Line{line(-1)}}, rules.ErrLine},
		"overflow":         {rules.Input{Lines: []rules.Line{line(1 << 62), line(1 << 62)}}, money.ErrOverflow},
		"over the limit":   {rules.Input{Lines: []rules.Line{line(10000)}, Available: 9000, Redeem: 3001}, rules.ErrOverLimit},
		"over the balance": {rules.Input{Lines: []rules.Line{line(10000)}, Available: 90, Redeem: 91}, rules.ErrOverLimit},
		"negative points":  {rules.Input{Lines: []rules.Line{line(10000)}, Available: 90, Redeem: -1}, rules.ErrOverLimit},
	}
	for name, c := range cases {
		c.in.Settings, c.in.Known = s, true
		if _, err := rules.Evaluate(c.in); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestEveryResultAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := hundredths(t, money.Rate(rapid.Int64Range(0, 5000).Draw(t, "rate")), money.Rate(rapid.Int64Range(0, 10000).Draw(t, "limit")))
		s.Unit.StepWorth = money.Amount(rapid.SampledFrom([]int64{1, 10, 100}).Draw(t, "worth"))
		s.Redeem.MinPayable = money.Amount(rapid.Int64Range(0, 200).Draw(t, "min payable"))
		in := rules.Input{Settings: s, Known: true, OccurredAt: noon, RedeemMax: rapid.Bool().Draw(t, "max"),
			Available: money.Points(rapid.Int64Range(0, 1e9).Draw(t, "available"))}
		for range rapid.IntRange(1, 30).Draw(t, "lines") {
			in.Lines = append(in.Lines, rules.Line{Quantity: 1000, Net: money.Amount(rapid.Int64Range(0, 1e7).Draw(t, "net")),
				NoEarn: rapid.Bool().Draw(t, "no earn"), NoRedeem: rapid.Bool().Draw(t, "no redeem")})
		}
		r, err := rules.Evaluate(in)
		if err != nil {
			t.Fatal(err)
		}
		var earn, points money.Points
		var paid money.Amount
		for i, l := range r.Lines {
			earn, points, paid = earn+l.Earn, points+l.RedeemPoints, paid+l.RedeemMoney
			if l.RedeemMoney > in.Lines[i].Net || l.RedeemMoney < 0 || l.Earn < 0 {
				t.Fatalf("line %d of %d pays %d by points, earns %d", i, in.Lines[i].Net, l.RedeemMoney, l.Earn)
			}
			if (in.Lines[i].NoEarn && l.Earn != 0) || (in.Lines[i].NoRedeem && l.RedeemMoney != 0) {
				t.Fatalf("an excluded line takes part: %+v", l)
			}
		}
		if earn != r.Earn || points != r.Redeem || paid != r.RedeemMoney || r.Payable != r.Total-paid {
			t.Fatalf("lines add up to earn %d, spend %d (%d); result %+v", earn, points, paid, r)
		}
		if r.Redeem > 0 && r.Payable < s.Redeem.MinPayable {
			t.Fatalf("%d remains to be paid, at least %d must", r.Payable, s.Redeem.MinPayable)
		}
		if r.RedeemLimit > in.Available {
			t.Fatalf("may spend %d of %d", r.RedeemLimit, in.Available)
		}
		again, err := rules.Evaluate(in)
		if err != nil || !cmp.Equal(r, again) {
			t.Fatal("the same sale is judged differently the second time")
		}
	})
}

func TestExpiryIsTheEndOfALocalDay(t *testing.T) {
	cases := []struct {
		zone, earned, ends string
		days               int
	}{
		{"Europe/Kyiv", "2026-03-27T10:00:00Z", "2026-03-29T21:00:00Z", 2}, // the night the clocks go forward: midnight is 21:00 UTC
		{"Europe/Kyiv", "2026-03-27T10:00:00Z", "2026-03-28T22:00:00Z", 1},
		{"Europe/Madrid", "2026-10-24T21:30:00Z", "2026-10-25T23:00:00Z", 1}, // a 25-hour day
		{"Asia/Almaty", "2026-01-31T20:00:00Z", "2026-02-28T19:00:00Z", 27},  // earned after local midnight: the next day's
		{"Asia/Almaty", "2026-01-31T18:00:00Z", "2026-03-03T19:00:00Z", 31},
	}
	for _, c := range cases {
		s := hundredths(t, 500, 3000)
		s.Zone = zone(t, c.zone)
		earned, err := time.Parse(time.RFC3339, c.earned)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.ExpiryAfter(earned, c.days).Format(time.RFC3339); got != c.ends {
			t.Errorf("%s, earned %s, %d days: ends %s, want %s", c.zone, c.earned, c.days, got, c.ends)
		}
	}
	if !hundredths(t, 1, 1).ExpiryAfter(noon, 0).IsZero() {
		t.Error("zero days do not mean for ever")
	}
}

func TestSettingsAreReadableAndComeBack(t *testing.T) {
	s := hundredths(t, 550, 3000)
	s.Welcome = rules.Welcome{Points: 5050, Days: 30}
	s.Links.Privacy = "https://example.com/privacy"
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"rate":"5.5%"`, `"limit":"30%"`, `"time_zone":"Europe/Kyiv"`, `"worth":"1"`, `"points":"50.50"`} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("settings do not say %s: %s", want, raw)
		}
	}
	back, err := rules.ParseSettings(raw)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s, back, cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() }), cmpopts.EquateEmpty()); diff != "" {
		t.Fatal(diff)
	}
}

func TestBadSettingsNameTheFieldAndTheCure(t *testing.T) {
	good, err := json.Marshal(hundredths(t, 500, 3000))
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct{ from, to, field string }{
		{`"rate":"5%"`, `"rate":"10000%"`, "earn.rate"},
		{`"rate":"5%"`, `"rate":"5"`, "earn.rate"},
		{`"rate":"5%"`, `"rate":"-5%"`, "earn.rate"},
		{`"limit":"30%"`, `"limit":"101%"`, "redeem.limit"},
		{`"currency":"UAH"`, `"currency":"XXX"`, "currency"},
		{`"time_zone":"Europe/Kyiv"`, `"time_zone":"Kyiv"`, "time_zone"},
		{`"time_zone":"Europe/Kyiv"`, `"time_zone":"Local"`, "time_zone"},
		{`"languages":["uk"]`, `"languages":["uk","uk"]`, "languages"},
		{`"languages":["uk"]`, `"languages":["tlh"]`, "languages"},
		{`"languages":["uk"]`, `"languages":[]`, "languages"},
		{`"worth":"1"`, `"worth":"0"`, "unit.worth"},
		{`"worth":"1"`, `"worth":"0.01"`, "unit.worth"},
		{`"policy":"debt"`, `"policy":"forgive"`, "returns.policy"},
		{`"name":"Test"`, `"name":""`, "name"},
		{`"valid_days":90`, `"valid_days":-1`, "points.valid_days"},
		{`"hold_seconds":60`, `"hold_seconds":1`, "staff.hold_seconds"},
		{`"rounding":"down"`, `"rounding":"sideways"`, "earn.rounding"},
		{`"name":"Test"`, `"name":"Test","surprise":1`, "settings"},
	}
	for _, c := range cases {
		bad := strings.Replace(string(good), c.from, c.to, 1)
		if bad == string(good) {
			t.Fatalf("%s is not in the settings: %s", c.from, good)
		}
		_, err := rules.ParseSettings([]byte(bad))
		var problems rules.Problems
		if !errors.As(err, &problems) {
			t.Errorf("%s: %v", c.to, err)
			continue
		}
		if problems[0].Field != c.field || problems[0].Text == "" {
			t.Errorf("%s: %v, want the field %s", c.to, err, c.field)
		}
	}
	if _, err := rules.ParseSettings([]byte(string(good) + "{}")); err == nil {
		t.Error("two JSON values are accepted")
	}
}

func BenchmarkEvaluate(b *testing.B) {
	in := rules.Input{Settings: hundredths(b, 500, 3000), OccurredAt: noon, Known: true, Available: 100000, RedeemMax: true}
	for i := range 30 {
		in.Lines = append(in.Lines, line(money.Amount(1000+i*37)))
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rules.Evaluate(in); err != nil {
			b.Fatal(err)
		}
	}
}
