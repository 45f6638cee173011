package main

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/storage/storagetest"

	"github.com/google/go-cmp/cmp"
)

// oldShop is a shop with four months behind it: 5 % back, a third of a check payable with points, every third coffee free. Anna has come for
// long and pays with all the points she may, Boris drinks coffee, and one check had no card.
type oldShop struct {
	environment
	settings *rules.Settings
	names    *strings.Replacer // of members, by their ids
}

func newOldShop(t *testing.T) *oldShop {
	t.Helper()
	shop := &oldShop{environment: environment{"KARTKA_DATABASE": storagetest.SQLite(t)}}
	shop.prints(t, []string{"migrate"}, exitOK)
	settings, err := draftSettings("Shop", "UAH", "Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	settings.Earn.MinCheck, settings.Lots.Days = 0, 365
	settings.Goods = []rules.Category{{ID: "coffee", Name: rules.Named("Coffee")}}
	settings.Stamps = []rules.StampCard{{ID: "third", Name: rules.Named("Third coffee"), Every: 3, Goods: rules.Goods{Categories: []string{"coffee"}}}}
	shop.settings = settings
	shop.with(t, func(a *app) { shop.live(t, a) })
	return shop
}

// live makes the past.
func (o *oldShop) live(t *testing.T, a *app) {
	t.Helper()
	ctx, now := t.Context(), time.Now().UTC().Truncate(time.Second)
	s := &seeder{store: a.store, rand: rand.New(rand.NewPCG(1, 2)), done: func() {}}
	e := s.engineAt(a.store, codes{a.shared})
	ago := func(days int) { s.clock = now.AddDate(0, 0, -days) }
	ago(130)
	p, err := e.CreateProgram(ctx, "shop", o.settings, engine.ProgramActive)
	if err != nil {
		t.Fatal(err)
	}
	join := func(name string) string {
		j, err := e.Join(ctx, engine.JoinInput{ProgramID: p.ID, Name: name, Language: "uk", Channel: "telegram", Text: "join-v1", Quiet: true})
		if err != nil {
			t.Fatal(err)
		}
		return j.Member.ID
	}
	buy := func(member string, redeem money.Points, lines ...rules.Line) string {
		posted, err := e.Post(ctx, engine.PostInput{Key: s.key(), Sale: engine.SaleInput{ProgramID: p.ID, MemberID: member, Lines: lines, Redeem: redeem, Source: "till"}})
		if err != nil {
			t.Fatal(err)
		}
		return posted.SaleID
	}
	goods := func(net money.Amount) rules.Line { return rules.Line{Name: "Goods", Quantity: 1000, Net: net} }
	coffees := rules.Line{Name: "Coffee", Category: "coffee", Quantity: 2000, Net: 16000}

	ago(120)
	anna := join("Anna")
	buy(anna, 0, goods(100000)) // 50 points
	ago(50)
	boris := join("Boris")
	buy(boris, 0, coffees)
	ago(20)
	buy(boris, 0, coffees) // one of them is free
	ago(10)
	buy(anna, 50, goods(100000))
	ago(5)
	buy("", 0, goods(50000))
	ago(3)
	sale := buy(boris, 0, goods(20000))
	if _, err := e.Reverse(ctx, engine.ReverseInput{Key: s.key(), ProgramID: p.ID, SaleID: sale, All: true}); err != nil {
		t.Fatal(err)
	}
	o.names = strings.NewReplacer(anna, "Anna", boris, "Boris")
}

// file writes settings with a change.
func (o *oldShop) file(t *testing.T, change func(*rules.Settings)) string {
	t.Helper()
	draft := *o.settings
	change(&draft)
	raw, err := json.Marshal(&draft)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, "draft.json", string(raw))
}

// richer is a draft: more points, a discount, no free coffee.
func richer(s *rules.Settings) {
	s.Earn.Rate, s.Discount.Rate, s.Stamps = 1000, 500, nil
}

func TestBacktestComparesADraftWithToday(t *testing.T) {
	shop := newOldShop(t)
	out := shop.prints(t, []string{"backtest", "-program", "shop", "-settings", shop.file(t, richer)}, exitOK)
	const want = `: 4 sales of 2 members, 1 without a card
turnover 1,820 UAH; sums in UAH, points in bonus

                    today  draft  difference
points issued          59    120         +61
points redeemed        50     50           0
points expired          0      0           0
paid with points       50     50           0
discounts              80     66         −14
gifts handed over       0      0           0
COST                  130    116         −14
cost of turnover    7.14%  6.37%      −0.77%
cost of a member       65     58          −7
points outstanding     59    120         +61
LIABILITY              59    120         +61

What each rule gave, today and by the draft:
              times  points  money off   |  times  points  money off
earn              3      59          0   |      3     120          0
discount          0       0          0   |      3       0         66
stamps:third      1       0         80   |      0       0          0

Of 2 members 1 gain by the draft, 1 lose, for 0 nothing changes.
`
	first, got, _ := strings.Cut(out, ": ")
	if got = ": " + got; !strings.HasPrefix(got, want) {
		t.Errorf("the backtest prints\n%s\nwant\n%s", got, want)
	}
	day := rules.DateOf(time.Now(), shop.settings.Zone)
	if want := "shop, " + string(day.Add(-90)) + " to " + string(day); first != want {
		t.Errorf("it begins with %q, want %q", first, want)
	}
	rest := strings.Join(strings.Fields(shop.names.Replace(strings.TrimPrefix(got, want))), " ")
	const people = "Who gains most: today draft difference Anna 47 140 +93 Who loses most: today draft difference Boris 92 46 −46 Nothing was changed."
	if !strings.HasPrefix(rest, people) {
		t.Errorf("it ends with\n%s\nwant\n%s", rest, people)
	}
}

// Machines read the same numbers.
func TestBacktestForMachines(t *testing.T) {
	shop := newOldShop(t)
	out := shop.prints(t, []string{"backtest", "-program", "shop", "-settings", shop.file(t, richer), "-json", "-days", "100"}, exitOK)
	var got backtestJSON
	decoder := json.NewDecoder(strings.NewReader(shop.names.Replace(out)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&got); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if days := got.To.Sub(got.From).Hours() / 24; days < 99 || days > 101.5 {
		t.Errorf("from %s to %s", got.From, got.To)
	}
	got.From, got.To = time.Time{}, time.Time{}
	want := backtestJSON{
		Program: "shop", Currency: "UAH", Sales: 4, Anonymous: 1, Members: 2, Turnover: "1820", Better: 1, Worse: 1,
		Today: sideJSON{Issued: "59", Redeemed: "50", Expired: "0", Outstanding: "59", Liability: "59", RedeemedWorth: "50", Discounts: "80", Gifts: "0",
			Cost: "130", CostRate: "7.14%", PerMember: "65", Rules: []ruleJSON{{"stamps:third", 1, "0", "80"}, {"earn", 3, "59", "0"}}},
		Draft: sideJSON{Issued: "120", Redeemed: "50", Expired: "0", Outstanding: "120", Liability: "120", RedeemedWorth: "50", Discounts: "66", Gifts: "0",
			Cost: "116", CostRate: "6.37%", PerMember: "58", Rules: []ruleJSON{{"earn", 3, "120", "0"}, {"discount", 3, "0", "66"}}},
		Winners: []changeJSON{{"Anna", "47", "140", "93"}}, Losers: []changeJSON{{"Boris", "92", "46", "-46"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// A draft with a budget is replayed twice, the second time from what the first has kept: a budget that nobody reaches changes nothing.
func TestBacktestOfABudget(t *testing.T) {
	shop := newOldShop(t)
	limited := func(budget money.Points) string {
		return shop.file(t, func(s *rules.Settings) {
			richer(s)
			s.Rules = []rules.Rule{{ID: "more", Name: rules.Named("More"), On: rules.TriggerSale, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 7}, Limits: rules.Limits{Budget: budget}}}
		})
	}
	draft := func(file string) (got backtestJSON) {
		t.Helper()
		out := shop.prints(t, []string{"backtest", "-program", "shop", "-settings", file, "-json", "-days", "60"}, exitOK)
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatal(err)
		}
		got.From, got.To = time.Time{}, time.Time{}
		return got
	}
	once, twice := draft(limited(0)), draft(limited(1_000_000))
	if diff := cmp.Diff(once, twice); diff != "" || once.Sales != 4 || once.Anonymous != 1 {
		t.Errorf("a budget that is not reached: -without +with:\n%s", diff)
	}
	tight := draft(limited(10))
	for i, got := range []backtestJSON{once, tight} {
		at := slices.IndexFunc(got.Draft.Rules, func(r ruleJSON) bool { return r.Rule == "more" })
		if want := []string{"21", "10"}[i]; at < 0 || got.Draft.Rules[at].Points != want {
			t.Errorf("the rule gives %+v, want %s points", got.Draft.Rules, want)
		}
	}
}

// Today's rules beside themselves change nothing for anybody, and come to what the shop really gave.
func TestBacktestOfTodaysRules(t *testing.T) {
	shop := newOldShop(t)
	same := shop.file(t, func(*rules.Settings) {})
	for _, days := range []string{"1", "15", "60", "90", "125"} {
		out := shop.prints(t, []string{"backtest", "-program", "shop", "-settings", same, "-json", "-days", days}, exitOK)
		var got backtestJSON
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(got.Today, got.Draft); diff != "" || got.Better+got.Worse != 0 || got.Same != got.Members || len(got.Winners)+len(got.Losers) != 0 {
			t.Errorf("%s days: today's rules differ from themselves: %s, %+v", days, diff, got)
		}
		want := map[string][3]string{"1": {"0", "0", "0"}, "15": {"47", "50", "0"}, "60": {"59", "50", "80"}, "90": {"59", "50", "80"}, "125": {"109", "50", "80"}}[days]
		if real := [3]string{got.Today.Issued, got.Today.Redeemed, got.Today.Discounts}; real != want {
			t.Errorf("%s days: issued, redeemed and taken off are %v, in truth they were %v", days, real, want)
		}
	}
	// The backtest has stored nothing.
	shop.prints(t, []string{"verify"}, exitOK, "6 sales; balances sum to 59; 0 differences")
	shop.prints(t, []string{"program", "list"}, exitOK, "shop  Shop  active  1")
}

func TestBacktestThatIsRefused(t *testing.T) {
	shop := newOldShop(t)
	good := shop.file(t, richer)
	bad := write(t, "bad.json", strings.NewReplacer(`"rate":"5%"`, `"rate":"500%"`, `"limit":"30%"`, `"limit":"130%"`).Replace(read(t, shop.file(t, func(*rules.Settings) {}))))
	for _, c := range []struct {
		args  []string
		texts []string
	}{
		{[]string{}, []string{"usage: kartka backtest -program SLUG -settings FILE"}},
		{[]string{"-program", "shop"}, []string{"usage:"}},
		{[]string{"-settings", good}, []string{"usage:"}},
		{[]string{"-program", "shop", "-settings", good, "more"}, []string{`unexpected argument "more"`}},
		{[]string{"-program", "shop", "-settings", good, "-days", "0"}, []string{"-days is 0; use 1 to 3660"}},
		{[]string{"-program", "shop", "-settings", good, "-days", "many"}, []string{"-days"}},
		{[]string{"-program", "nobody", "-settings", good}, []string{`no program "nobody"`, "kartka program list"}},
		{[]string{"-program", "shop", "-settings", "/nowhere.json"}, []string{"/nowhere.json"}},
		{[]string{"-program", "shop", "-settings", bad}, []string{"bad.json:\n", "\nearn.rate ", "\nredeem.limit "}},
		{[]string{"-program", "shop", "-settings", shop.file(t, func(s *rules.Settings) { s.Currency = money.Currency{Code: "EUR", Decimals: 2} })},
			[]string{"currency is EUR, sales are in UAH"}},
		{[]string{"-program", "shop", "-settings", shop.file(t, func(s *rules.Settings) { s.Unit.StepWorth = 200 })}, []string{"unit.worth cannot change"}},
	} {
		shop.prints(t, append([]string{"backtest"}, c.args...), exitConfig, c.texts...)
	}
}

// read returns what a file holds.
func read(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
