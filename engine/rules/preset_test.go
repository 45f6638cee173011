package rules_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"

	"kartka/engine/money"
	"kartka/engine/rules"
)

// TestPresetsAreTheirSource compares the presets with the file they are taken from, number by number.
func TestPresetsAreTheirSource(t *testing.T) {
	file, err := os.Open("testdata/industry-presets.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	columns := rows[0]
	var want []rules.Preset
	for _, row := range rows[1:] {
		number := func(names ...string) int64 { // the first of the columns that is not empty
			for _, name := range names {
				if text := row[slices.Index(columns, name)]; text != "" {
					n, err := strconv.ParseFloat(text, 64)
					if err != nil {
						t.Fatalf("%s: %s: %v", row[0], name, err)
					}
					return int64(n)
				}
			}
			t.Fatalf("%s: %v are empty", row[0], names)
			return 0
		}
		percent := func(names ...string) money.Rate { return money.Rate(number(names...) * 100) }
		want = append(want, rules.Preset{
			ID: row[0], RateMin: percent("rate_min_pct"), RateMax: percent("rate_max_pct"), RateExample: percent("ex_rate_pct"),
			LimitMin: percent("redeem_limit_min_pct", "redeem_limit_max_pct"), LimitMax: percent("redeem_limit_max_pct"),
			DaysMin: int(number("lifetime_min_days", "lifetime_max_days")), DaysMax: int(number("lifetime_max_days")),
			MinCheck: number("min_check_rub"), ExampleCheck: number("ex_check_rub"), ReturnDays: int(number("ex_return_days")),
		})
		example, err := money.Share(money.Amount(number("ex_check_rub")), percent("ex_rate_pct"), money.Down)
		if err != nil || int64(example) != number("ex_bonus") {
			t.Errorf("%s: the example check earns %d (%v), its source says %d", row[0], example, err, number("ex_bonus"))
		}
	}
	got := rules.Presets()
	if len(got) != 10 || len(want) != len(got) {
		t.Fatalf("%d presets, the source has %d; both must be ten", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("preset %d is\n%+v, its source says\n%+v", i, got[i], want[i])
		}
	}
}

func TestLookupPreset(t *testing.T) {
	if p, ok := rules.LookupPreset("b2b"); !ok || p.RateExample != 200 {
		t.Errorf("b2b: %+v, %v", p, ok)
	}
	if _, ok := rules.LookupPreset("bank"); ok {
		t.Error("found a preset that is none")
	}
}

func currency(t fataler, code string) money.Currency {
	t.Helper()
	c, err := money.LookupCurrency(code)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDraftFitsTheAverageCheck(t *testing.T) {
	cases := []struct {
		preset, currency string
		check            money.Amount // minor units
		minCheck, worth  money.Amount
	}{
		{"horeca", "UAH", 25000, 15000, 100},      // 156.25 is said as 150; 12 bonuses of 1 ₴
		{"horeca", "UAH", 5000, 3000, 10},         // 2.50 ₴ would be 2 bonuses: they are worth 10 kopecks and 25
		{"horeca", "EUR", 350, 200, 1},            // 17.5 cents
		{"horeca", "EUR", 3500, 2000, 10},         // 1.75 € in tens of cents
		{"horeca", "PLN", 2800, 1500, 10},         // 17.50
		{"services", "KZT", 800000, 400000, 100},  // 4 444 ₸
		{"b2b", "UAH", 10000000, 1000000, 100},    // 100 000 ₴: the source's own numbers
		{"medical", "PLN", 15000, 10000, 100},     // a hundred exactly
		{"education", "EUR", 40000, 6000, 100},    // 60 of 400
		{"travel", "KZT", 40000000, 2500000, 100}, // 25 000 of 400 000
		{"grocery", "EUR", 100, 0, 1},             // 0.375 € is no whole sum: every check earns
		{"retail", "JPY", 4000, 1000, 1},          // no minor units
		{"horeca", "UAH", 99999999999, 60000000000, 100},
	}
	for _, c := range cases {
		p, _ := rules.LookupPreset(c.preset)
		s := p.Draft("Test", currency(t, c.currency), zone(t, "Europe/Kyiv"), []string{"uk"}, c.check)
		if s.Earn.MinCheck != c.minCheck || s.Unit.StepWorth != c.worth {
			t.Errorf("%s, %d %s: min check %d and worth %d, want %d and %d", c.preset, c.check, c.currency, s.Earn.MinCheck, s.Unit.StepWorth, c.minCheck, c.worth)
		}
		if s.Earn.Rate != p.RateExample || s.Redeem.Limit != p.LimitMax || s.Lots.Days != p.DaysMax || s.Preset != p.ID {
			t.Errorf("%s: %+v does not follow the preset", c.preset, s)
		}
	}
}

// TestEveryDraftWorks: every preset in every currency of the markets, from kiosk to wholesale, is valid, survives its JSON and
// lets the average check earn something.
func TestEveryDraftWorks(t *testing.T) {
	zones := map[string]string{"UAH": "Europe/Kyiv", "KZT": "Asia/Almaty", "PLN": "Europe/Warsaw", "EUR": "Europe/Madrid"}
	for _, p := range rules.Presets() {
		for code, zoneName := range zones {
			for _, check := range []money.Amount{100, 350, 2500, 25000, 180000, 8000000, 99999999999} {
				name := fmt.Sprintf("%s, %d %s", p.ID, check, code)
				s := p.Draft("Кава на розі", currency(t, code), zone(t, zoneName), []string{"uk", "en"}, check)
				if err := s.Validate(); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				if s.Earn.MinCheck > check {
					t.Errorf("%s: the average check is below the smallest that earns, %d", name, s.Earn.MinCheck)
				}
				raw, err := s.MarshalJSON()
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if _, err := rules.ParseSettings(raw); err != nil {
					t.Errorf("%s: settings do not survive their JSON: %v", name, err)
				}
				got, err := rules.Evaluate(rules.Input{Settings: &s, Lines: []rules.Line{line(check)}, Known: true, OccurredAt: noon})
				if err != nil || got.Earn < 1 {
					t.Errorf("%s: earns %d (%v)", name, got.Earn, err)
				}
				if cost, err := rules.CostOf(&s, check, rules.UsualRedemption); err != nil || cost.PerCheck > cost.Earned {
					t.Errorf("%s: costs %+v (%v)", name, cost, err)
				}
			}
		}
	}
}

func TestRoundSum(t *testing.T) {
	uah, yen := currency(t, "UAH"), currency(t, "JPY")
	for in, want := range map[money.Amount]money.Amount{
		0: 0, 99: 0, 100: 100, 799: 700, 999: 900, 1000: 1000, 1499: 1000, 1500: 1500, 2300: 2000, 9999: 9500, 15625: 15000, 184300: 150000,
	} {
		if got := rules.RoundSum(in, uah); got != want {
			t.Errorf("RoundSum(%d UAH) = %d, want %d", in, got, want)
		}
	}
	if got := rules.RoundSum(156, yen); got != 150 {
		t.Errorf("RoundSum(156 JPY) = %d, want 150", got)
	}
}

func TestCostOf(t *testing.T) {
	s := hundredths(t, 500, 3000)
	cost, err := rules.CostOf(s, 100000, rules.UsualRedemption)
	want := rules.Cost{Check: 100000, Earned: 5000, Redemption: 2500, PerCheck: 1250, Effective: 125}
	if err != nil || cost != want {
		t.Errorf("1000 × 5 %% × 25 %% is %+v (%v), want 12.50: %+v", cost, err, want)
	}
	if cost, err := rules.CostOf(s, 25000, rules.UsualRedemption); err != nil || cost.PerCheck != 313 {
		t.Errorf("250 × 5 %% × 25 %% is %d (%v), want 3.13", cost.PerCheck, err)
	}
	if _, err := rules.CostOf(s, 1<<62, 1<<40); err == nil {
		t.Error("an overflow went unnoticed")
	}
}

func TestWarnings(t *testing.T) {
	draft := func(preset string, change func(*rules.Settings)) *rules.Settings {
		p, ok := rules.LookupPreset(preset)
		if !ok {
			t.Fatal("no preset " + preset)
		}
		s := p.Draft("Test", currency(t, "UAH"), zone(t, "Europe/Kyiv"), []string{"uk"}, 25000)
		if change != nil {
			change(&s)
		}
		return &s
	}
	tier := func(t rules.Tier) func(*rules.Settings) {
		t.ID, t.Name = "gold", rules.Named("Gold")
		return func(s *rules.Settings) {
			s.Tiers = rules.Tiers{Basis: rules.TierByVisits, Downgrade: rules.DowngradeNone, List: []rules.Tier{t}}
		}
	}
	promo := func(list ...rules.Rule) func(*rules.Settings) {
		return func(s *rules.Settings) {
			for i, r := range list {
				r.ID, r.Name = fmt.Sprint("promo-", i), rules.Named("Promo")
				if r.On == "" {
					r.On = rules.TriggerSale
				}
				s.Rules = append(s.Rules, r)
			}
		}
	}
	double := rules.Rule{Gives: rules.Benefit{Kind: rules.GivesMultiply, Rate: 20000}}
	stacked := rules.Rule{Gives: double.Gives, Stacks: true}
	fifth := rules.Benefit{Kind: rules.GivesDiscount, Rate: 2000}
	cases := []struct {
		name string
		s    *rules.Settings
		want []rules.Warning
	}{
		{"a café as proposed", draft("horeca", nil), nil},
		{"7 % is the most without a word", draft("horeca", func(s *rules.Settings) { s.Earn.Rate = 700 }), nil},
		{"more than 7 %", draft("horeca", func(s *rules.Settings) { s.Earn.Rate = 750 }), []rules.Warning{rules.WarnHighRate, rules.WarnOutOfPreset}},
		{"a salon's usual 10 % is still told", draft("services", nil), []rules.Warning{rules.WarnHighRate}},
		{"less than the industry gives", draft("horeca", func(s *rules.Settings) { s.Earn.Rate = 100 }), []rules.Warning{rules.WarnOutOfPreset}},
		{"half of a check", draft("horeca", func(s *rules.Settings) { s.Redeem.Limit = 5000 }), nil},
		{"more than half of a check", draft("horeca", func(s *rules.Settings) { s.Redeem.Limit = 5500 }), []rules.Warning{rules.WarnHighLimit}},
		{"points for ever", draft("horeca", func(s *rules.Settings) { s.Lots.Days = 0 }), []rules.Warning{rules.WarnNoExpiry}},
		{"points end before guests return", draft("retail", func(s *rules.Settings) { s.Lots.Days = 45 }), []rules.Warning{rules.WarnShortLife}},
		{"days of the year on which points end", draft("horeca", func(s *rules.Settings) { s.Lots.Days, s.Lots.Until = 0, []string{"12-31"} }), nil},
		{"a status of 7 %", draft("horeca", tier(rules.Tier{Rate: 700})), nil},
		{"a status of more", draft("horeca", tier(rules.Tier{Rate: 750})), []rules.Warning{rules.WarnHighTier}},
		{"a status above a rate that is told already", draft("services", tier(rules.Tier{Rate: 1500})), []rules.Warning{rules.WarnHighRate}},
		{"2 % more at lunch make 7 %", draft("horeca", promo(rules.Rule{Gives: rules.Benefit{Kind: rules.GivesExtraRate, Rate: 200}})), nil},
		{"double points", draft("horeca", promo(double)), []rules.Warning{rules.WarnHighPromo}},
		{"double points that are paused", draft("horeca", promo(rules.Rule{Gives: double.Gives, Paused: true})), nil},
		{"double points to a day", draft("horeca", promo(rules.Rule{Gives: double.Gives, To: "2027-01-31"})), nil},
		{"double points with a budget", draft("horeca", promo(rules.Rule{Gives: double.Gives, Limits: rules.Limits{Budget: 1000}})), nil},
		{"double points with a most", draft("horeca", promo(rules.Rule{Gives: double.Gives, Limits: rules.Limits{PerSale: 20}})), nil},
		{"double points of 2 %", draft("grocery", promo(double)), nil},
		{"of two factors the best counts", draft("grocery", promo(double, double)), nil},
		{"two factors that stack", draft("grocery", promo(stacked, stacked)), []rules.Warning{rules.WarnHighPromo}},
		{"a base rule of 8 %", draft("horeca", promo(rules.Rule{Gives: rules.Benefit{Kind: rules.GivesRate, Rate: 800}})), []rules.Warning{rules.WarnHighPromo}},
		{"points for joining are no rate", draft("horeca", promo(rules.Rule{On: rules.TriggerJoin, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 100}})), nil},
		{"30 % with points alone", draft("horeca", func(s *rules.Settings) { s.Discount.NoEarn = true }), nil},
		{"a discount beside 30 %", draft("horeca", func(s *rules.Settings) { s.Discount.Rate = 300 }), []rules.Warning{rules.WarnHighTogether}},
		{"either the one or the other", draft("horeca", func(s *rules.Settings) { s.Discount = rules.Discount{Rate: 300, NoRedeem: true} }), nil},
		{"a discount on some goods", draft("horeca", promo(rules.Rule{When: rules.Condition{Goods: rules.Goods{SKUs: []string{"cake"}}}, Gives: fifth})), nil},
		{"a discount on all of them", draft("horeca", promo(rules.Rule{Gives: fifth})), []rules.Warning{rules.WarnHighTogether}},
		{"a discount with a budget", draft("horeca", promo(rules.Rule{Gives: fifth, Limits: rules.Limits{BudgetMoney: 1000}})), nil},
		{"a status with a discount", draft("horeca", tier(rules.Tier{Discount: 1000})), []rules.Warning{rules.WarnHighTogether}},
		{"10 % and a fifth of the rest", draft("services", tier(rules.Tier{Discount: 1000})), []rules.Warning{rules.WarnHighRate}},
		{"a fifth off and a fifth of the rest", draft("services", tier(rules.Tier{Discount: 2000})), []rules.Warning{rules.WarnHighRate, rules.WarnHighTogether}},
		{"a fifth off, but a tenth of a check at most", draft("services", func(s *rules.Settings) {
			s.Discount.MaxShare = 1000
			promo(rules.Rule{Gives: rules.Benefit{Kind: rules.GivesDiscount, Rate: 1000}})(s)
		}), []rules.Warning{rules.WarnHighRate}},
		{"no preset, nothing to compare with", draft("horeca", func(s *rules.Settings) { s.Preset, s.Earn.Rate, s.Lots.Days = "", 100, 1 }), nil},
	}
	for _, c := range cases {
		if got := c.s.Warnings(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		if err := c.s.Validate(); err != nil {
			t.Errorf("%s: warnings must never forbid: %v", c.name, err)
		}
	}
}
