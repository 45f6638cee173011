package rules

// Categories and rules: goods, conditions, benefits, limits.

type categoryFile struct {
	ID          string   `json:"id"`
	Name        nameFile `json:"name"`
	SKUs        []string `json:"skus,omitempty"`
	NoEarn      bool     `json:"no_earn,omitempty"`
	NoRedeem    bool     `json:"no_redeem,omitempty"`
	NoDiscount  bool     `json:"no_discount,omitempty"`
	StoredValue bool     `json:"stored_value,omitempty"`
	RedeemLimit string   `json:"redeem_limit,omitempty"`
}

type ruleFile struct {
	ID          string        `json:"id"`
	Name        nameFile      `json:"name"`
	On          Trigger       `json:"on,omitempty"` // left out: a sale
	Event       string        `json:"event,omitempty"`
	When        conditionFile `json:"when,omitzero"`
	Gives       benefitFile   `json:"gives"`
	From        Date          `json:"from,omitempty"`
	To          Date          `json:"to,omitempty"`
	Priority    int           `json:"priority,omitempty"`
	Exclusive   bool          `json:"exclusive,omitempty"`
	Stacks      bool          `json:"stacks,omitempty"`
	Limits      limitsFile    `json:"limits,omitzero"`
	ValidDays   int           `json:"valid_days,omitempty"`
	PendingDays int           `json:"pending_days,omitempty"`
	Paused      bool          `json:"paused,omitempty"`
}

type conditionFile struct {
	Goods      *goodsFile   `json:"goods,omitempty"`
	Tiers      []string     `json:"tiers,omitempty"`
	Tags       []string     `json:"tags,omitempty"`
	NotTags    []string     `json:"not_tags,omitempty"`
	Weekdays   []string     `json:"weekdays,omitempty"`
	Hours      string       `json:"hours,omitempty"`
	Locations  []string     `json:"locations,omitempty"`
	Channels   []string     `json:"channels,omitempty"`
	MinCheck   string       `json:"min_check,omitempty"`
	MinUnits   int          `json:"min_units,omitempty"`
	Purchase   int          `json:"purchase,omitempty"`
	EveryNth   int          `json:"every_nth,omitempty"`
	JoinedDays int          `json:"joined_days,omitempty"`
	Birthday   *windowFile  `json:"birthday,omitempty"` // {} is the day itself
	Absent     *absenceFile `json:"absent,omitempty"`
}

type goodsFile struct {
	Categories []string `json:"categories,omitempty"`
	SKUs       []string `json:"skus,omitempty"`
	Except     []string `json:"except,omitempty"`
}

type windowFile struct {
	Before int `json:"before,omitempty"`
	After  int `json:"after,omitempty"`
}

type absenceFile struct {
	Gaps      string `json:"gaps,omitempty"`
	MinVisits int    `json:"min_visits,omitempty"`
	Days      int    `json:"days,omitempty"`
}

// benefitFile has exactly one field set.
type benefitFile struct {
	Rate      string      `json:"rate,omitempty"`
	ExtraRate string      `json:"extra_rate,omitempty"`
	Points    string      `json:"points,omitempty"`
	Multiply  string      `json:"multiply,omitempty"`
	Discount  string      `json:"discount,omitempty"`
	MoneyOff  string      `json:"money_off,omitempty"`
	Free      *freeFile   `json:"free,omitempty"` // {} is a unit at any price
	Bundle    *bundleFile `json:"bundle,omitempty"`
	Coupon    string      `json:"coupon,omitempty"`
}

type freeFile struct {
	UpTo string `json:"up_to,omitempty"`
}

type bundleFile struct {
	Of   int `json:"of"`
	Free int `json:"free"`
}

type limitsFile struct {
	Times        int    `json:"times,omitempty"`
	Every        Period `json:"every,omitempty"`
	CooldownDays int    `json:"cooldown_days,omitempty"`
	PerSale      string `json:"per_sale,omitempty"`
	TotalTimes   int    `json:"total_times,omitempty"`
	Budget       string `json:"budget,omitempty"`
	BudgetMoney  string `json:"budget_money,omitempty"`
	BudgetEvery  Period `json:"budget_every,omitempty"`
}

func (c scale) category(v Category) categoryFile {
	return categoryFile{
		ID: v.ID, Name: nameFile(v.Name), SKUs: v.SKUs, NoEarn: v.NoEarn, NoRedeem: v.NoRedeem, NoDiscount: v.NoDiscount,
		StoredValue: v.StoredValue, RedeemLimit: boundRate(v.Limit),
	}
}

func (r *reader) category(at string, f categoryFile) Category {
	return Category{
		ID: f.ID, Name: Name(f.Name), SKUs: f.SKUs, NoEarn: f.NoEarn, NoRedeem: f.NoRedeem, NoDiscount: f.NoDiscount,
		StoredValue: f.StoredValue, Limit: r.boundRate(at+".redeem_limit", f.RedeemLimit),
	}
}

func (c scale) rule(v Rule) ruleFile {
	f := ruleFile{
		ID: v.ID, Name: nameFile(v.Name), On: v.On, Event: v.Event, When: c.condition(v.When), Gives: c.benefit(v.Gives),
		From: v.From, To: v.To, Priority: v.Priority, Exclusive: v.Exclusive, Stacks: v.Stacks, Limits: c.limits(v.Limits),
		ValidDays: v.ValidDays, PendingDays: v.AfterDays, Paused: v.Paused,
	}
	if f.On == TriggerSale {
		f.On = ""
	}
	return f
}

func (r *reader) rule(at string, f ruleFile) Rule {
	v := Rule{
		ID: f.ID, Name: Name(f.Name), On: f.On, Event: f.Event, When: r.condition(at+".when", f.When), Gives: r.benefit(at+".gives", f.Gives),
		From: f.From, To: f.To, Priority: f.Priority, Exclusive: f.Exclusive, Stacks: f.Stacks, Limits: r.limits(at+".limits", f.Limits),
		ValidDays: f.ValidDays, AfterDays: f.PendingDays, Paused: f.Paused,
	}
	if v.On == "" {
		v.On = TriggerSale
	}
	return v
}

func (c scale) condition(v Condition) conditionFile {
	f := conditionFile{
		Goods: c.goods(v.Goods), Tiers: v.Tiers, Tags: v.Tags, NotTags: v.NotTags, Weekdays: formatWeekdays(v.Weekdays), Hours: formatHours(v.Hours),
		Locations: v.Locations, Channels: v.Channels, MinCheck: c.someAmount(v.MinCheck), MinUnits: v.MinUnits,
		Purchase: v.Purchase, EveryNth: v.EveryNth, JoinedDays: v.JoinedDays,
	}
	if v.Birthday.Set {
		f.Birthday = &windowFile{Before: v.Birthday.Before, After: v.Birthday.After}
	}
	if v.Absent != (Absence{}) {
		f.Absent = &absenceFile{Gaps: someFactor(v.Absent.Gaps), MinVisits: v.Absent.MinVisits, Days: v.Absent.Days}
	}
	return f
}

func (r *reader) condition(at string, f conditionFile) Condition {
	v := Condition{
		Goods: goodsOf(f.Goods), Tiers: f.Tiers, Tags: f.Tags, NotTags: f.NotTags, Weekdays: r.weekdays(at+".weekdays", f.Weekdays),
		Hours: r.hours(at+".hours", f.Hours), Locations: f.Locations, Channels: f.Channels, MinCheck: r.amount(at+".min_check", f.MinCheck),
		MinUnits: f.MinUnits, Purchase: f.Purchase, EveryNth: f.EveryNth, JoinedDays: f.JoinedDays,
	}
	if f.Birthday != nil {
		v.Birthday = Window{Set: true, Before: f.Birthday.Before, After: f.Birthday.After}
	}
	if f.Absent != nil {
		v.Absent = Absence{Gaps: r.factor(at+".absent.gaps", f.Absent.Gaps), MinVisits: f.Absent.MinVisits, Days: f.Absent.Days}
	}
	return v
}

// goods writes a choice of goods, nil when all are chosen.
func (c scale) goods(g Goods) *goodsFile {
	if g.Any() {
		return nil
	}
	return &goodsFile{Categories: g.Categories, SKUs: g.SKUs, Except: g.Except}
}

func goodsOf(f *goodsFile) Goods {
	if f == nil {
		return Goods{}
	}
	return Goods{Categories: f.Categories, SKUs: f.SKUs, Except: f.Except}
}

func (c scale) benefit(b Benefit) (f benefitFile) {
	switch b.Kind {
	case GivesRate:
		f.Rate = formatRate(b.Rate)
	case GivesExtraRate:
		f.ExtraRate = formatRate(b.Rate)
	case GivesPoints:
		f.Points = c.point(b.Points)
	case GivesMultiply:
		f.Multiply = formatFactor(b.Rate)
	case GivesDiscount:
		f.Discount = formatRate(b.Rate)
	case GivesMoneyOff:
		f.MoneyOff = c.amount(b.Amount)
	case GivesFree:
		f.Free = &freeFile{UpTo: c.someAmount(b.Amount)}
	case GivesBundle:
		f.Bundle = &bundleFile{Of: b.Of, Free: b.Free}
	case GivesCoupon:
		f.Coupon = b.Coupon
	}
	return f
}

// benefit reads the one field that is set. None makes no benefit, which is for [Settings.Validate] to report.
func (r *reader) benefit(at string, f benefitFile) Benefit {
	var b Benefit
	given := 0
	take := func(kind BenefitKind, set bool) bool {
		if !set {
			return false
		}
		b, given = Benefit{Kind: kind}, given+1
		return true
	}
	if take(GivesRate, f.Rate != "") {
		b.Rate = r.rate(at+".rate", f.Rate)
	}
	if take(GivesExtraRate, f.ExtraRate != "") {
		b.Rate = r.rate(at+".extra_rate", f.ExtraRate)
	}
	if take(GivesPoints, f.Points != "") {
		b.Points = r.point(at+".points", f.Points)
	}
	if take(GivesMultiply, f.Multiply != "") {
		b.Rate = r.factor(at+".multiply", f.Multiply)
	}
	if take(GivesDiscount, f.Discount != "") {
		b.Rate = r.rate(at+".discount", f.Discount)
	}
	if take(GivesMoneyOff, f.MoneyOff != "") {
		b.Amount = r.amount(at+".money_off", f.MoneyOff)
	}
	if take(GivesFree, f.Free != nil) {
		b.Amount = r.amount(at+".free.up_to", f.Free.UpTo)
	}
	if take(GivesBundle, f.Bundle != nil) {
		b.Of, b.Free = f.Bundle.Of, f.Bundle.Free
	}
	if take(GivesCoupon, f.Coupon != "") {
		b.Coupon = f.Coupon
	}
	if given > 1 {
		r.problems.add(at, "has several benefits; write a rule or coupon for each")
	}
	return b
}

func (c scale) limits(l Limits) limitsFile {
	return limitsFile{
		Times: l.Times, Every: l.Every, CooldownDays: l.CooldownDays, PerSale: c.somePoints(l.PerSale), TotalTimes: l.TotalTimes,
		Budget: c.somePoints(l.Budget), BudgetMoney: c.someAmount(l.BudgetMoney), BudgetEvery: l.BudgetEvery,
	}
}

func (r *reader) limits(at string, f limitsFile) Limits {
	return Limits{
		Times: f.Times, Every: f.Every, CooldownDays: f.CooldownDays, PerSale: r.point(at+".per_sale", f.PerSale), TotalTimes: f.TotalTimes,
		Budget: r.point(at+".budget", f.Budget), BudgetMoney: r.amount(at+".budget_money", f.BudgetMoney), BudgetEvery: f.BudgetEvery,
	}
}
