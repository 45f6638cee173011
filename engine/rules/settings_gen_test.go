package rules_test

import (
	"slices"
	"strings"
	"time"

	"kartka/engine/money"
	"kartka/engine/rules"

	"pgregory.net/rapid"
)

// draw makes valid settings of every kind: each mechanic may be there or not, with any numbers a shop may set.
type draw struct {
	*rapid.T
	s rules.Settings
}

// drawSettings draws settings that [rules.Settings.Validate] must accept.
func drawSettings(t *rapid.T) *rules.Settings {
	d := &draw{T: t}
	d.program()
	d.s.Goods = listOf(d, "category", []string{"coffee", "Алкоголь та тютюн", "gift:cards", "food & more", "x.y"}, d.category)
	d.s.Tiers.List = listOf(d, "tier", []string{"bronze", "silver", "gold", "8"}, func(id string) rules.Tier { return rules.Tier{ID: id} })
	d.s.Coupons = listOf(d, "coupon", []string{"free-coffee", "minus-50", "spa", "-"}, func(id string) rules.CouponKind {
		return rules.CouponKind{ID: id}
	})
	d.s.Stamps = listOf(d, "card", []string{"coffee-8", "lunch"}, func(id string) rules.StampCard { return rules.StampCard{ID: id} })
	for i := range d.s.Coupons {
		d.coupon(&d.s.Coupons[i])
	}
	for i := range d.s.Stamps {
		d.stampCard(&d.s.Stamps[i])
	}
	d.tiers()
	d.s.Rules = listOf(d, "rule", []string{"happy-hours", "birthday", "weekend-x2", "r", "win-back"}, d.rule)
	d.s.Codes = listOf(d, "code", []string{"SPRING", "17X", "WELCOME2026"}, d.code)
	if len(d.s.Coupons) > 0 {
		d.s.Rewards = listOf(d, "reward", []string{"cup", "t-shirt"}, d.reward)
	}
	d.shared()
	return &d.s
}

// listOf draws some of the ids, in order, and makes of each.
func listOf[T any](d *draw, name string, ids []string, make func(id string) T) []T {
	var list []T
	for _, id := range ids {
		if d.maybe(name) {
			list = append(list, make(id))
		}
	}
	return list
}

func (d *draw) maybe(name string) bool { return rapid.IntRange(0, 3).Draw(d.T, name) == 0 }
func (d *draw) yes(name string) bool   { return rapid.Bool().Draw(d.T, name) }
func (d *draw) some(name string, high int) int {
	if !d.yes(name + " is set") {
		return 0
	}
	return d.from(name, 1, high)
}
func (d *draw) from(name string, low, high int) int { return rapid.IntRange(low, high).Draw(d.T, name) }
func (d *draw) rate(name string, low, high money.Rate) money.Rate {
	return money.Rate(rapid.Int64Range(int64(low), int64(high)).Draw(d.T, name))
}
func (d *draw) sum(name string, low money.Amount) money.Amount {
	return money.Amount(rapid.Int64Range(int64(low), 1_000_000_000_000).Draw(d.T, name))
}
func (d *draw) someSum(name string) money.Amount {
	if d.yes(name + " is set") {
		return d.sum(name, 1)
	}
	return 0
}
func (d *draw) points(name string, low money.Points) money.Points {
	return money.Points(rapid.Int64Range(int64(low), 1_000_000_000).Draw(d.T, name))
}
func (d *draw) somePoints(name string) money.Points {
	if d.yes(name + " are set") {
		return d.points(name, 1)
	}
	return 0
}
func (d *draw) limit(name string) *money.Rate {
	if !d.maybe(name) {
		return nil
	}
	r := d.rate(name, 0, money.Whole)
	return &r
}
func pick[T any](d *draw, name string, of ...T) T { return rapid.SampledFrom(of).Draw(d.T, name) }

// subset draws some of a list, each once, in any order; often none.
func subset[T any](d *draw, name string, of ...T) []T {
	if len(of) == 0 || d.yes(name+" is empty") {
		return nil
	}
	return slices.Clone(rapid.Permutation(of).Draw(d.T, name)[:d.from(name+" size", 1, len(of))])
}

func (d *draw) period(name string) rules.Period {
	return pick(d, name, rules.PeriodDay, rules.PeriodWeek, rules.PeriodMonth, rules.PeriodQuarter, rules.PeriodYear)
}

func (d *draw) text(name string) string {
	return strings.TrimSpace("К" + rapid.StringMatching(`[a-zа-яіїєґ <>&"'\\/{}:.-]{0,12}`).Draw(d.T, name))
}

func (d *draw) name() rules.Name {
	n := rules.Name{}
	for _, l := range []string{"", "uk", "en", "ru", "kk", "pl", "es"} {
		if d.maybe("name in " + l) {
			n[l] = d.text("name")
		}
	}
	if len(n) == 0 {
		return rules.Named(d.text("name"))
	}
	return n
}

func (d *draw) currency() money.Currency {
	c, err := money.LookupCurrency(pick(d, "currency", "UAH", "EUR", "KZT", "JPY", "PLN"))
	if err != nil {
		d.Fatal(err)
	}
	return c
}

func (d *draw) program() {
	s := &d.s
	s.Name, s.Preset, s.Currency = d.text("brand"), pick(d, "preset", "", "horeca", "b2b"), d.currency()
	s.Zone = zone(d.T, pick(d, "zone", "Europe/Kyiv", "Asia/Almaty", "UTC"))
	s.Languages = []string{"uk", "en", "pl"}[:d.from("languages", 1, 3)]
	s.Unit = rules.Unit{Name: pick(d, "unit", "bonus", "bean"), Decimals: d.from("decimals", 0, 4), StepWorth: money.Amount(d.from("worth", 1, 1000))}
	s.Earn = rules.Earn{
		Rate: d.rate("rate", 0, 5000), MinCheck: d.someSum("min check"), Rounding: pick(d, "rounding", money.Down, money.HalfUp, money.Up),
		Basis: pick(d, "basis", rules.BasisPaid, rules.BasisTotal), PerVisit: d.somePoints("per visit"), PendingDays: d.some("pending", 30),
		Caps: rules.EarnCaps{PerSale: d.somePoints("per sale"), Balance: d.somePoints("balance"), SalesPerDay: d.some("sales", 9)},
	}
	s.Earn.Caps.PerDay = d.above(s.Earn.Caps.PerSale)
	s.Earn.Caps.PerMonth = d.above(max(s.Earn.Caps.PerDay, s.Earn.Caps.PerSale))
	s.Discount = rules.Discount{Rate: d.rate("discount", 0, 3000), NoEarn: d.yes("no earn"), NoRedeem: d.yes("no redeem")}
	if d.yes("max share") {
		s.Discount.MaxShare = d.rate("max share", 3000, money.Whole)
	}
	s.Redeem = rules.Redeem{
		Limit: d.rate("limit", 0, money.Whole), MinCheck: d.someSum("redeem check"), MinPayable: d.someSum("payable"),
		MinPoints: d.somePoints("min points"), Caps: rules.RedeemCaps{PerDay: d.somePoints("per day"), TimesPerDay: d.some("times", 9)},
	}
	s.Redeem.Caps.PerMonth = d.above(s.Redeem.Caps.PerDay)
	s.Lots = rules.Lots{Days: d.from("life", 31, 3650), GraceDays: d.some("grace", 30)}
	switch pick(d, "expiry", "days", "sliding", "period", "both", "until") {
	case "sliding":
		s.Lots.Sliding = true
	case "period":
		s.Lots.RoundTo = d.period("round to")
	case "both":
		s.Lots.Sliding, s.Lots.RoundTo = true, d.period("round to")
	case "until":
		s.Lots.Until, s.Lots.MinDays = []string{"12-31", "06-30", "02-28"}[:d.from("until", 1, 3)], d.some("min days", 300)
	}
	s.Rescue = rules.Rescue{KeepDays: d.some("keep", 90), WarnDays: d.some("warn", 30)}
	s.Welcome = rules.Welcome{Points: d.points("welcome", 1), Days: d.some("welcome days", 60), WithPurchase: d.yes("with purchase")}
	s.Returns = rules.Returns{Policy: pick(d, "returns", rules.ReturnDebt, rules.ReturnToZero, rules.ReturnPendingOnly)}
	s.Staff = rules.DefaultStaffLimits()
	s.Staff.MaxCheck, s.Staff.AdjustMax = d.someSum("max check"), d.somePoints("adjust")
	s.Links = rules.Links{Support: d.text("support"), Privacy: pick(d, "privacy", "", "https://example.com/p?a=1&b=2")}
}

// above draws a bound that is none or at least another.
func (d *draw) above(low money.Points) money.Points {
	if d.yes("bound") {
		return 0
	}
	return d.points("bound", max(low, 1))
}

func (d *draw) category(id string) rules.Category {
	c := rules.Category{ID: id, Name: d.name(), SKUs: subset(d, "skus", "4820000000017", "Кава 250", "a:b"), NoEarn: d.yes("no earn"), NoDiscount: d.yes("no discount")}
	switch pick(d, "redeem", "limit", "none", "stored") {
	case "limit":
		c.Limit = d.limit("category limit")
	case "none":
		c.NoRedeem = true
	case "stored":
		c.StoredValue = true
	}
	return c
}

func (d *draw) categoryIDs() []string {
	var ids []string
	for _, c := range d.s.Goods {
		ids = append(ids, c.ID)
	}
	return ids
}

func (d *draw) tierIDs() []string {
	var ids []string
	for _, t := range d.s.Tiers.List {
		ids = append(ids, t.ID)
	}
	return ids
}

// couponID draws a coupon there is, or "".
func (d *draw) couponID() string {
	ids := []string{""}
	for _, k := range d.s.Coupons {
		ids = append(ids, k.ID)
	}
	for _, c := range d.s.Stamps {
		ids = append(ids, "stamps:"+c.ID)
	}
	return pick(d, "coupon", ids...)
}

func (d *draw) goods() rules.Goods {
	return rules.Goods{
		Categories: subset(d, "categories", d.categoryIDs()...), SKUs: subset(d, "skus", "4820000000017", "latte"), Except: subset(d, "except", "beer", "4820000000024"),
	}
}

func (d *draw) condition(on rules.Trigger) rules.Condition {
	sale := on == rules.TriggerSale
	daily := on == rules.TriggerBirthday || on == rules.TriggerAbsence
	c := rules.Condition{Tags: subset(d, "tags", "vip", "Друзі"), NotTags: subset(d, "not tags", "staff", "wholesale")}
	if on != rules.TriggerJoin {
		c.Tiers, c.JoinedDays = subset(d, "tiers", d.tierIDs()...), d.some("joined", 90)
	}
	if !daily {
		c.Weekdays = subset(d, "weekdays", time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday)
		c.Locations, c.Channels = subset(d, "locations", "main", "2"), subset(d, "channels", "bot", "scanner", "till", "import")
		if d.yes("hours") {
			c.Hours = rules.Hours{From: d.from("from", 0, 1439), To: d.from("to", 0, 1440)}
		}
	}
	if sale {
		c.Goods, c.MinCheck, c.MinUnits = d.goods(), d.someSum("min check"), d.some("units", 20)
		switch pick(d, "purchase", "any", "one", "every") {
		case "one":
			c.Purchase = d.from("purchase", 1, 50)
		case "every":
			c.EveryNth = d.from("every", 2, 50)
		}
	}
	if on == rules.TriggerBirthday || d.maybe("birthday") {
		c.Birthday = rules.Window{Set: true, Before: d.some("before", 30), After: d.some("after", 30)}
	}
	if on == rules.TriggerAbsence || (on != rules.TriggerJoin && d.maybe("absent")) {
		c.Absent = rules.Absence{Days: d.from("away", 1, 400)}
		if d.yes("gaps") {
			c.Absent.Gaps, c.Absent.MinVisits = d.rate("gaps", money.Whole, 10*money.Whole), pick(d, "min visits", 0, 3, 10)
		}
	}
	return c
}

func (d *draw) benefit(kinds ...rules.BenefitKind) rules.Benefit {
	b := rules.Benefit{Kind: pick(d, "kind", kinds...)}
	switch b.Kind {
	case rules.GivesRate:
		b.Rate = d.rate("rate", 1, 5000)
	case rules.GivesExtraRate, rules.GivesDiscount:
		b.Rate = d.rate("rate", 1, money.Whole)
	case rules.GivesMultiply:
		b.Rate = d.rate("factor", money.Whole+1, 10*money.Whole)
	case rules.GivesPoints:
		b.Points = d.points("points", 1)
	case rules.GivesMoneyOff:
		b.Amount = d.sum("off", 1)
	case rules.GivesFree:
		b.Amount = d.someSum("up to")
	case rules.GivesBundle:
		b.Of = d.from("of", 2, 100)
		b.Free = d.from("free", 1, b.Of-1)
	case rules.GivesCoupon:
		if b.Coupon = d.couponID(); b.Coupon == "" {
			return rules.Benefit{Kind: rules.GivesPoints, Points: 1}
		}
	}
	return b
}

func (d *draw) limits(b rules.BenefitKind, sale bool) rules.Limits {
	points := !b.IsDiscount() && b != rules.GivesCoupon
	l := rules.Limits{Times: d.some("times", 100), CooldownDays: d.some("cooldown", 90), TotalTimes: d.some("total", 1e6)}
	if points && sale {
		l.PerSale = d.somePoints("per sale")
	}
	if points {
		l.Budget = d.somePoints("budget")
	}
	if b.IsDiscount() {
		l.BudgetMoney = d.someSum("budget")
	}
	if l.Times > 0 && d.yes("every") {
		l.Every = d.period("every")
	}
	if (l.Budget > 0 || l.BudgetMoney > 0 || l.TotalTimes > 0) && d.yes("budget every") {
		l.BudgetEvery = d.period("budget every")
	}
	return l
}

func (d *draw) dates() (from, to rules.Date) {
	if d.yes("from") {
		from = rules.Date("2026-01-01").Add(d.from("from", 0, 400))
	}
	if d.yes("to") {
		to = rules.Date("2027-06-01").Add(d.from("to", 0, 400))
	}
	return from, to
}

func (d *draw) rule(id string) rules.Rule {
	r := rules.Rule{ID: id, Name: d.name(), Priority: d.from("priority", -1000, 1000), Paused: d.yes("paused")}
	r.On = pick(d, "on", rules.TriggerSale, rules.TriggerSale, rules.TriggerSale, rules.TriggerJoin, rules.TriggerBirthday, rules.TriggerAbsence, rules.TriggerEvent)
	r.Gives = d.benefit(rules.GivesPoints, rules.GivesCoupon)
	if r.On == rules.TriggerSale {
		r.Gives = d.benefit(rules.GivesRate, rules.GivesExtraRate, rules.GivesPoints, rules.GivesMultiply, rules.GivesDiscount,
			rules.GivesMoneyOff, rules.GivesFree, rules.GivesBundle, rules.GivesCoupon)
	}
	if r.On == rules.TriggerEvent {
		r.Event = pick(d, "event", "review", "app.opened", "a_b-c")
	}
	r.When, r.Limits = d.condition(r.On), d.limits(r.Gives.Kind, r.On == rules.TriggerSale)
	r.From, r.To = d.dates()
	kind := r.Gives.Kind
	if !kind.IsDiscount() && kind != rules.GivesCoupon {
		r.ValidDays, r.AfterDays = d.some("valid", 400), d.some("pending", 30)
	}
	promotion := r.On == rules.TriggerSale && kind != rules.GivesRate && kind != rules.GivesDiscount && kind != rules.GivesCoupon
	r.Exclusive = promotion && d.yes("exclusive")
	r.Stacks = kind == rules.GivesMultiply && d.yes("stacks")
	return r
}

func (d *draw) tiers() {
	t := &d.s.Tiers
	if len(t.List) == 0 {
		return
	}
	t.Basis = pick(d, "tier basis", rules.TierBySpend, rules.TierByVisits, rules.TierByPoints, rules.TierByReferrals)
	t.Downgrade = pick(d, "downgrade", rules.DowngradeStep, rules.DowngradeFull, rules.DowngradeNone)
	t.KeepDays = d.some("keep", 730)
	if t.Basis != rules.TierByReferrals {
		switch pick(d, "window", "life", "days", "calendar") {
		case "days":
			t.WindowDays = d.from("window", 1, 730)
		case "calendar":
			t.Calendar = d.period("calendar")
		}
	}
	if (t.KeepDays > 0 || t.Calendar != "") && t.Downgrade != rules.DowngradeNone {
		t.GraceDays, t.WarnDays = d.some("grace", 60), d.some("warn", 60)
	}
	from := int64(d.from("first", 0, 100))
	for i := range t.List {
		v := &t.List[i]
		v.Name, v.From, v.Rate, v.Discount = d.name(), from, d.rate("tier rate", 0, 5000), d.rate("tier discount", 0, 3000)
		v.Limit, v.ValidDays, v.Coupon = d.limit("tier limit"), d.some("tier life", 800), d.couponID()
		from += int64(d.from("step", 1, 10000))
	}
}

func (d *draw) stampCard(c *rules.StampCard) {
	c.Name, c.Every, c.PerCheck, c.Goods = d.name(), d.from("every", 2, 100), d.yes("per check"), d.goods()
	c.MinCheck, c.Paused = d.someSum("min check"), d.yes("paused")
	switch pick(d, "gift", "free", "points", "coupon") {
	case "free":
		c.MaxPrice = d.someSum("max price")
	case "points":
		c.Points = d.points("gift", 1)
	case "coupon":
		if len(d.s.Coupons) > 0 {
			c.Coupon = d.s.Coupons[0].ID
		}
	}
}

func (d *draw) coupon(k *rules.CouponKind) {
	k.Name, k.When, k.Days, k.AtOnce = d.name(), d.condition(rules.TriggerSale), d.some("days", 365), d.yes("at once")
	k.Gives = d.benefit(rules.GivesExtraRate, rules.GivesPoints, rules.GivesMultiply, rules.GivesDiscount, rules.GivesMoneyOff, rules.GivesFree, rules.GivesBundle)
	k.Alone = k.Gives.Kind.IsDiscount() && d.yes("alone")
	k.ByHand = !k.Alone && d.yes("by hand")
	k.MaxOpen, k.Priority = d.some("open", 10), d.from("priority", -1000, 1000)
}

func (d *draw) code(code string) rules.PromoCode {
	c := rules.PromoCode{
		Code: code, Points: d.somePoints("points"), Coupon: d.couponID(), Total: d.some("total", 1e6), PerMember: d.some("per member", 9),
		NewOnly: d.yes("new only"), Paused: d.yes("paused"),
	}
	if c.Points == 0 && c.Coupon == "" {
		c.Points = 1
	}
	if c.Points > 0 {
		c.ValidDays = d.some("valid", 365)
	}
	c.From, c.To = d.dates()
	return c
}

func (d *draw) reward(id string) rules.Reward {
	r := rules.Reward{
		ID: id, Name: d.name(), Cost: d.points("cost", 1), Coupon: d.s.Coupons[0].ID, Tiers: subset(d, "tiers", d.tierIDs()...), Paused: d.yes("paused"),
		Limits: rules.Limits{Times: d.some("times", 9), TotalTimes: d.some("total", 1e6)},
	}
	if r.Limits.Times > 0 {
		r.Limits.Every = d.period("every")
	}
	if r.Limits.TotalTimes > 0 {
		r.Limits.BudgetEvery = d.period("total every")
	}
	return r
}

// shared draws what several people have to do with.
func (d *draw) shared() {
	s := &d.s
	if d.yes("certificates") {
		s.Gifts = rules.Certificates{On: d.yes("sold"), Days: d.some("days", 1000), Amounts: subset[money.Amount](d, "amounts", 50000, 100000, 12345), Max: d.sum("max", 100000)}
	}
	if d.yes("referral") {
		s.Referral = rules.Referral{
			On: true, Inviter: d.somePoints("inviter"), Friend: d.points("friend", 1), MinCheck: d.someSum("friend's check"), Purchase: d.from("purchase", 1, 3),
			HoldDays: d.some("hold", 30), MaxPerMonth: d.some("per month", 100), ValidDays: d.some("life", 365),
			Levels: subset[money.Rate](d, "levels", 1000, 500, 25), SuspectWithin: d.some("suspect", 60),
		}
	}
	if d.yes("transfer") {
		s.Transfer = rules.Transfer{On: d.yes("on"), Min: d.somePoints("min")}
		s.Transfer.PerDay = d.above(s.Transfer.Min)
	}
	s.Sharing.People = d.some("people", 10)
	if d.yes("feedback") {
		s.Feedback = rules.Feedback{On: d.yes("asked"), Low: d.from("low", 1, 4), AskDays: d.from("ask days", 1, 365)}
	}
	s.Fields = listOf(d, "field", []string{"pet", "how-found", "7"}, func(id string) rules.Field {
		f := rules.Field{ID: id, Name: d.name(), Asked: d.yes("asked of guests")}
		if d.yes("choices") {
			f.Choices = []rules.Choice{{ID: "dog", Name: d.name()}, {ID: "cat", Name: d.name()}}
		}
		return f
	})
	if d.yes("campaigns") {
		s.Campaigns = d.campaigns()
	}
}

func (d *draw) campaigns() *rules.Campaigns {
	v := rules.DefaultCampaigns()
	if d.yes("capped") {
		v.Cap = rules.MessageCap{Messages: d.from("messages", 1, 100), Days: d.from("cap days", 1, 90)}
	} else {
		v.Cap = rules.MessageCap{}
	}
	v.Quiet = rules.QuietHours{}
	if d.yes("quiet") {
		v.Quiet = rules.QuietHours{From: d.from("quiet from", 1, 1439), To: d.some("quiet to", 1440)}
		if v.Quiet.From == v.Quiet.To {
			v.Quiet.From--
		}
	}
	v.Holdout, v.WindowDays, v.ApproveAbove = money.Rate(d.some("holdout", 5000)), d.from("window", 1, 60), d.some("approve", 100_000_000)
	v.Prefer = rules.Preferences()[d.some("prefer", 1)]
	v.Channels = [][]string{nil, {"viber"}, {"sms", "telegram"}}[d.some("channels", 2)]
	return &v
}
