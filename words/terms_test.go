package words_test

import (
	"flag"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

var update = flag.Bool("update", false, "write the golden files")

// shop is a program with at least one of everything that terms name.
func shop(s *rules.Settings) {
	named := func(en, uk, ru, kk, pl, es string) rules.Name {
		return rules.Name{"en": en, "uk": uk, "ru": ru, "kk": kk, "pl": pl, "es": es}
	}
	s.Goods = []rules.Category{
		{ID: "coffee", Name: named("Coffee", "Кава", "Кофе", "Кофе", "Kawa", "Café")},
		{ID: "cakes", Name: named("Cakes", "Тістечка", "Пирожные", "Тәттілер", "Ciasta", "Pasteles")},
		{ID: "beer", Name: named("Beer", "Пиво", "Пиво", "Сыра", "Piwo", "Cerveza")},
	}
	half := money.Rate(5000)
	s.Tiers = rules.Tiers{Basis: rules.TierBySpend, WindowDays: 365, List: []rules.Tier{
		{ID: "silver", Name: named("Silver", "Срібло", "Серебро", "Күміс", "Srebro", "Plata")},
		{ID: "gold", Name: named("Gold", "Золото", "Золото", "Алтын", "Złoto", "Oro"), From: 2000000, Rate: 700, Discount: 300, Limit: &half, ValidDays: 180, Coupon: "croissant"},
	}}
	s.Coupons = []rules.CouponKind{{ID: "croissant", Name: named("Croissant", "Круасан", "Круассан", "Круассан", "Croissant", "Cruasán"),
		Gives: rules.Benefit{Kind: rules.GivesFree, Amount: 8000}, When: rules.Condition{Goods: rules.Goods{Categories: []string{"cakes"}}}, Days: 14, ByHand: true}}
}

// offer is a thing of the settings whose terms are told.
type offer struct {
	name  string
	terms func(words.Words) locales.Safe
}

// offers are all kinds of rules, conditions, limits, coupons, tiers, stamp cards, rewards, codes and referrals.
func offers() []offer {
	var all []offer
	rule := func(name string, r rules.Rule) {
		all = append(all, offer{"rule: " + name, func(w words.Words) locales.Safe { return w.RuleTerms(r) }})
	}
	coffee := rules.Goods{Categories: []string{"coffee"}}
	points := rules.Benefit{Kind: rules.GivesPoints, Points: 10}
	on := func(w rules.Condition) rules.Rule { return rules.Rule{On: rules.TriggerSale, Gives: points, When: w} }
	workdays := []time.Weekday{time.Friday, time.Monday, time.Tuesday, time.Wednesday, time.Thursday}
	rule("everything usual", rules.Rule{On: rules.TriggerSale, Gives: points, To: "2026-12-31", Limits: rules.Limits{Times: 1, Every: rules.PeriodDay},
		When: rules.Condition{Goods: coffee, Weekdays: workdays, Hours: rules.Hours{From: 480, To: 660}, MinCheck: 20000}})
	for _, b := range []rules.Benefit{
		{Kind: rules.GivesRate, Rate: 700}, {Kind: rules.GivesExtraRate, Rate: 250}, {Kind: rules.GivesPoints, Points: 22}, {Kind: rules.GivesMultiply, Rate: 15000},
		{Kind: rules.GivesDiscount, Rate: 1000}, {Kind: rules.GivesMoneyOff, Amount: 5000}, {Kind: rules.GivesFree, Amount: 8000},
		{Kind: rules.GivesBundle, Of: 3, Free: 1}, {Kind: rules.GivesBundle, Of: 5, Free: 2}, {Kind: rules.GivesCoupon, Coupon: "croissant"},
	} {
		rule("gives "+string(b.Kind), rules.Rule{On: rules.TriggerSale, Gives: b, When: rules.Condition{Goods: coffee}})
	}
	rule("on everything", rules.Rule{On: rules.TriggerSale, Gives: rules.Benefit{Kind: rules.GivesMultiply, Rate: 20000}})
	rule("join", rules.Rule{On: rules.TriggerJoin, Gives: points, ValidDays: 30})
	rule("event", rules.Rule{On: rules.TriggerEvent, Event: "review", Gives: points, Limits: rules.Limits{Times: 3, Every: rules.PeriodMonth}})
	for _, w := range []rules.Window{{Set: true}, {Set: true, Before: 3}, {Set: true, After: 7}, {Set: true, Before: 3, After: 7}} {
		rule(fmt.Sprint("birthday ", w.Before, w.After), rules.Rule{On: rules.TriggerBirthday, Gives: points, When: rules.Condition{Birthday: w}})
	}
	rule("absence by rhythm", rules.Rule{On: rules.TriggerAbsence, Gives: points, When: rules.Condition{Absent: rules.Absence{Gaps: 20000, MinVisits: 3, Days: 60}}})
	rule("absence by days", rules.Rule{On: rules.TriggerAbsence, Gives: points, When: rules.Condition{Absent: rules.Absence{Days: 61}}, ValidDays: 21})
	rule("two categories but", on(rules.Condition{Goods: rules.Goods{Categories: []string{"coffee", "cakes"}, Except: []string{"beer"}}}))
	rule("goods without a name", on(rules.Condition{Goods: rules.Goods{SKUs: []string{"A-17"}, Except: []string{"B-2"}}}))
	rule("units", on(rules.Condition{Goods: coffee, MinUnits: 2}))
	rule("a weekend at night", on(rules.Condition{Weekdays: []time.Weekday{time.Sunday, time.Saturday}, Hours: rules.Hours{From: 1320, To: 120}}))
	rule("all week", on(rules.Condition{Weekdays: append([]time.Weekday{time.Saturday, time.Sunday}, workdays...)}))
	rule("days apart", on(rules.Condition{Weekdays: []time.Weekday{time.Monday, time.Wednesday, time.Friday, time.Saturday, time.Sunday}}))
	rule("tiers and tags", on(rules.Condition{Tiers: []string{"silver", "gold"}, Tags: []string{"vip"}}))
	for _, n := range []int{1, 2, 5} {
		rule(fmt.Sprint("purchase ", n), on(rules.Condition{Purchase: n}))
		rule(fmt.Sprint("every ", n+1), on(rules.Condition{EveryNth: n + 1}))
	}
	rule("newcomers", on(rules.Condition{JoinedDays: 21}))
	rule("places", on(rules.Condition{Locations: []string{"abc123", "def456"}}))
	rule("the place of the reader", on(rules.Condition{Locations: []string{"abc123"}}))
	rule("channels", on(rules.Condition{Channels: []string{"bot", "till"}}))
	for _, every := range []rules.Period{rules.PeriodEver, rules.PeriodDay, rules.PeriodWeek, rules.PeriodMonth, rules.PeriodQuarter, rules.PeriodYear} {
		for _, times := range []int{1, 2, 5} {
			rule(fmt.Sprint("times ", times, every), rules.Rule{Gives: points, Limits: rules.Limits{Times: times, Every: every}})
		}
	}
	rule("bounded", rules.Rule{Gives: points, Limits: rules.Limits{CooldownDays: 7, PerSale: 50, Budget: 10000}, AfterDays: 3, ValidDays: 14})
	rule("from", rules.Rule{Gives: points, From: "2026-11-01"})
	rule("from and to", rules.Rule{Gives: points, From: "2026-12-20", To: "2027-01-08"})
	rule("a name of no category", on(rules.Condition{Goods: rules.Goods{Categories: []string{"gone"}}}))
	return append(all, offersOfOtherKinds()...)
}

func offersOfOtherKinds() []offer {
	var all []offer
	add := func(name string, terms func(words.Words) locales.Safe) { all = append(all, offer{name, terms}) }
	cakes := rules.Condition{Goods: rules.Goods{Categories: []string{"cakes"}}}
	for name, k := range map[string]rules.CouponKind{
		"alone":   {Gives: rules.Benefit{Kind: rules.GivesDiscount, Rate: 2000}, Alone: true, Days: 30},
		"by hand": {Gives: rules.Benefit{Kind: rules.GivesFree, Amount: 8000}, When: cakes, ByHand: true, Days: 1},
		"endless": {Gives: rules.Benefit{Kind: rules.GivesMoneyOff, Amount: 10000}, When: rules.Condition{MinCheck: 50000}},
	} {
		add("coupon: "+name, func(w words.Words) locales.Safe { return w.CouponTerms(k) })
	}
	for basis, from := range map[rules.TierBasis]int64{rules.TierBySpend: 2000000, rules.TierByPoints: 502, rules.TierByVisits: 12, rules.TierByReferrals: 3} {
		add("tier: by "+string(basis), func(w words.Words) locales.Safe {
			w.Program.Settings.Tiers.Basis, w.Program.Settings.Tiers.WindowDays = basis, 0
			return w.TierTerms(rules.Tier{From: from, Rate: 700})
		})
	}
	add("tier: of the shop", func(w words.Words) locales.Safe { return w.TierTerms(w.Program.Settings.Tiers.List[1]) })
	add("tier: the first", func(w words.Words) locales.Safe { return w.TierTerms(w.Program.Settings.Tiers.List[0]) })
	for _, calendar := range []rules.Period{rules.PeriodDay, rules.PeriodWeek, rules.PeriodMonth, rules.PeriodQuarter, rules.PeriodYear} {
		add("tier: by "+string(calendar), func(w words.Words) locales.Safe {
			w.Program.Settings.Tiers.WindowDays, w.Program.Settings.Tiers.Calendar = 0, calendar
			return w.TierTerms(rules.Tier{From: 100000, Discount: 500})
		})
	}
	for name, c := range map[string]rules.StampCard{
		"units":           {Every: 8, Goods: rules.Goods{Categories: []string{"coffee"}}, MaxPrice: 9000},
		"any unit":        {Every: 2},
		"checks":          {Every: 11, PerCheck: true, MinCheck: 10000},
		"for points":      {Every: 5, Points: 100, Goods: rules.Goods{Categories: []string{"coffee"}}},
		"for a coupon":    {Every: 22, Coupon: "croissant", PerCheck: true},
		"a coupon's gone": {Every: 6, Coupon: "gone", PerCheck: true},
	} {
		add("stamps: "+name, func(w words.Words) locales.Safe { return w.StampTerms(c) })
	}
	for name, r := range map[string]rules.Reward{
		"usual": {Cost: 150, Coupon: "croissant"}, "bounded": {Cost: 21, Coupon: "croissant", Tiers: []string{"gold"}, Limits: rules.Limits{Times: 1, Every: rules.PeriodMonth, TotalTimes: 100}},
		"of a coupon that is gone": {Cost: 5, Coupon: "gone"},
	} {
		add("reward: "+name, func(w words.Words) locales.Safe { return w.RewardTerms(r) })
	}
	for name, c := range map[string]rules.PromoCode{
		"points": {Points: 50, ValidDays: 30}, "coupon": {Coupon: "croissant", NewOnly: true, PerMember: 2, Total: 500, From: "2026-10-01", To: "2026-10-31"},
		"both": {Points: 1, Coupon: "croissant"},
	} {
		add("code: "+name, func(w words.Words) locales.Safe { return w.CodeTerms(c) })
	}
	for name, r := range map[string]rules.Referral{
		"both":   {On: true, Inviter: 50, Friend: 22, Purchase: 1, MinCheck: 20000, HoldDays: 14, MaxPerMonth: 5, ValidDays: 60},
		"levels": {On: true, Levels: []money.Rate{300, 100}, Purchase: 2, MaxPerMonth: 1},
	} {
		add("referral: "+name, func(w words.Words) locales.Safe { return w.ReferralTerms(r) })
	}
	return all
}

// Terms are read aloud: the golden file has every offer in every language, one under the other.
func TestTerms(t *testing.T) {
	said := map[string][]string{}
	var names []string
	eachLanguage(t, func(w words.Words, l locales.Language) {
		for _, o := range offers() {
			settings := *w.Program.Settings
			w.Program.Settings = &settings
			shop(&settings)
			w.Place = &engine.Location{Code: "abc123", Name: "Хрещатик, 1"}
			text := o.terms(w)
			if strings.ContainsAny(string(text), "[]{}!") || strings.Contains(string(text), "  ") || text == "" {
				t.Errorf("%s: %s is told as %q", l, o.name, text)
			}
			if said[o.name] == nil {
				names = append(names, o.name)
			}
			said[o.name] = append(said[o.name], fmt.Sprintf("%s  %s", l, plain(html.UnescapeString(string(text)))))
		}
	})
	slices.Sort(names)
	var got strings.Builder
	for _, name := range names {
		fmt.Fprintf(&got, "=== %s\n%s\n\n", name, strings.Join(said[name], "\n"))
	}
	name := filepath.Join("testdata", "terms.golden")
	if *update {
		if err := os.WriteFile(name, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("%s differs; run the test with -update and read the difference. Now:\n%s", name, got.String())
	}
}

func TestWhatIsOfferedBesidePoints(t *testing.T) {
	for name, c := range map[string]struct {
		shop          *rules.Settings
		offers, codes bool
	}{
		"no settings":          {nil, false, false},
		"points alone":         {&rules.Settings{Welcome: rules.Welcome{Points: 10}}, false, false},
		"a coupon":             {&rules.Settings{Coupons: make([]rules.CouponKind, 1)}, true, false},
		"stamps":               {&rules.Settings{Stamps: make([]rules.StampCard, 1)}, true, false},
		"a reward":             {&rules.Settings{Rewards: make([]rules.Reward, 1)}, true, false},
		"a code":               {&rules.Settings{Codes: make([]rules.PromoCode, 1)}, true, true},
		"gift certificates":    {&rules.Settings{Gifts: rules.Certificates{On: true}}, true, true},
		"a promotion":          {&rules.Settings{Rules: []rules.Rule{{On: rules.TriggerSale}}}, true, false},
		"a paused promotion":   {&rules.Settings{Rules: []rules.Rule{{On: rules.TriggerSale, Paused: true}}}, false, false},
		"a gift on a birthday": {&rules.Settings{Rules: []rules.Rule{{On: rules.TriggerBirthday}}}, false, false},
	} {
		if got := words.OffersOn(c.shop); got != c.offers {
			t.Errorf("%s: there are offers: %v", name, got)
		}
		if got := words.CodesOn(c.shop); got != c.codes {
			t.Errorf("%s: there are codes to enter: %v", name, got)
		}
	}
}
