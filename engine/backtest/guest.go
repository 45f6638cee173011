package backtest

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"time"

	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// guest is one member under one set of rules.
type guest struct {
	set     *ruleSet
	side    *side
	config  *Config
	account ledger.Account
	m       rules.Standing
	won     []won // what counts towards a tier, by day, ascending
	reached []string
	lived   time.Time      // how far the days between sales have passed
	since   rules.Date     // from which day on sales count towards a tier, at the sale that is replayed
	made    int            // lots and coupons
	standIn rules.Standing // scratch
	silent  bool           // nobody asks which rule gave what
	gains
	err error
}

// gains are what a member got.
type gains struct {
	points money.Points // issued less ended
	money  money.Amount // discounts and gifts
}

// won is what has counted towards a tier up to the end of a day, since the beginning.
type won struct {
	day rules.Date
	sum int64
}

// newGuest puts a member at the beginning of the replay, or at the moment of joining.
func newGuest(c *Config, set *ruleSet, m Member, today *rules.Settings, side *side) *guest {
	g := &guest{set: set, side: side, config: c, m: m.Standing, lived: c.From}
	g.account = ledger.Account{ID: m.Account.ID, Debt: m.Account.Debt, Lots: slices.Clone(m.Account.Lots)}
	g.m.Stamps, g.m.Coupons, g.m.Uses = slices.Clone(m.Standing.Stamps), nil, nil
	for _, coupon := range m.Standing.Coupons {
		coupon.State = rules.CouponActivated
		g.m.Coupons = append(g.m.Coupons, coupon)
	}
	for _, use := range m.Standing.Uses {
		if !use.All { // budgets begin unspent, like the replay
			g.m.Uses = append(g.m.Uses, use)
		}
	}
	s := set.settings
	if before := qualifiedBefore(&m.Standing, s, today); before != 0 {
		g.won = append(g.won, won{rules.DateOf(c.From, s.Zone).Add(-1), before})
	}
	if m.Standing.Tier.ID != "" && s.Tier(m.Standing.Tier.ID) == nil {
		g.review(c.From) // the draft has given the tier up
	}
	if !m.Standing.JoinedAt.Before(c.From) {
		g.join(m.Standing.JoinedAt)
	}
	return g
}

// qualifiedBefore is what counts towards a tier from the time before the replay.
func qualifiedBefore(m *rules.Standing, s, today *rules.Settings) int64 {
	switch s.Tiers.Basis {
	case today.Tiers.Basis:
		return m.Qualified
	case rules.TierBySpend:
		return int64(m.Spent)
	case rules.TierByVisits:
		return int64(m.Visits)
	case rules.TierByPoints:
		return int64(m.Earned)
	case rules.TierByReferrals:
		return int64(m.Referrals)
	}
	return 0
}

// join gives what is given for joining.
func (g *guest) join(at time.Time) {
	s := g.set.settings
	g.lived = at
	if s.Welcome.Points > 0 && !s.Welcome.WithPurchase {
		_, expires := s.LotLife(at, 0, s.Welcome.Days, nil)
		g.credit(rules.WelcomeLot, s.Welcome.Points, at, at, expires)
	}
	for _, r := range g.set.joins {
		g.give(r, at)
	}
}

// credit adds a lot, and what it holds to what the rule has given.
func (g *guest) credit(rule string, points money.Points, at, active, expires time.Time) {
	g.open(points, at, active, expires)
	add(g.side, &g.side.line(rule).Points, points)
	g.side.line(rule).Times++
}

// id names a new lot or coupon of the guest, as none that was brought along is named.
func (g *guest) id() string {
	g.made++
	return string(strconv.AppendInt([]byte("replay-"), int64(g.made), 10))
}

// open adds a lot.
func (g *guest) open(points money.Points, at, active, expires time.Time) {
	if points <= 0 {
		return
	}
	lot := ledger.Lot{ID: g.id(), Points: points, Remaining: points, ActiveFrom: active, EarnedAt: at, ExpiresAt: expires}
	if g.account.Debt == 0 {
		g.account.Lots = append(g.account.Lots, lot)
	} else if plan, err := g.account.Credit(lot, ledger.ContraEarn); err != nil {
		g.fail(err)
		return
	} else {
		g.move(plan)
	}
	g.points += points
	add(g.side, &g.side.issued, points)
}

// move does a plan to the account. It is [ledger.Account.Apply] in place: nobody else looks at the account, and this is done millions of times.
func (g *guest) move(plan ledger.Plan) {
	for _, m := range plan.Moves {
		if m.LotID == "" {
			g.account.Debt -= m.Points
			continue
		}
		for i := range g.account.Lots {
			if g.account.Lots[i].ID == m.LotID {
				g.account.Lots[i].Remaining += m.Points
				break
			}
		}
	}
	g.account.Lots = append(g.account.Lots, plan.NewLots...)
	g.account.Lots = slices.DeleteFunc(g.account.Lots, func(l ledger.Lot) bool { return l.Remaining == 0 })
}

func (g *guest) fail(err error) {
	if g.err == nil {
		g.err = err
	}
}

// qualified is what has counted towards a tier since a day; "" is the whole life.
func (g *guest) qualified(since rules.Date) int64 {
	if len(g.won) == 0 {
		return 0
	}
	sum := g.won[len(g.won)-1].sum
	if i := sort.Search(len(g.won), func(i int) bool { return g.won[i].day >= since }); i > 0 {
		sum -= g.won[i-1].sum
	}
	return sum
}

// win adds to what counts on a day.
func (g *guest) win(day rules.Date, n int64) {
	sum := n
	if last := len(g.won) - 1; last >= 0 {
		sum += g.won[last].sum
		if g.won[last].day == day {
			g.won[last].sum = sum
			return
		}
	}
	g.won = append(g.won, won{day, sum})
}

// buy replays one sale.
func (g *guest) buy(sale *Sale) {
	s := g.set.settings
	g.live(sale.At)
	g.prune(sale.At)
	if len(s.Tiers.List) > 0 {
		g.since = s.TierWindow(sale.At)
		g.m.Qualified = g.qualified(g.since)
	}
	in := rules.Input{
		Settings: s, Lines: sale.Lines, OccurredAt: sale.At, Known: true,
		Available: g.account.Available(sale.At), Debt: g.account.Debt, Balance: g.account.Balance(),
		Silent: g.silent, Member: &g.m, Zone: sale.Zone, Location: sale.Location, Channel: sale.Channel, Marks: sale.Marks,
	}
	if spent := g.set.addSpent(nil, sale.At); len(spent) > 0 {
		g.standIn = g.m
		g.standIn.Uses = append(spent, g.m.Uses...)
		in.Member = &g.standIn
	}
	r, err := g.judge(in, sale)
	if err != nil {
		g.fail(fmt.Errorf("judge sale of %s: %w", sale.At.Format(time.RFC3339), err))
		return
	}
	g.pay(&r, sale.At)
	g.count(&r, sale.At)
	g.take(&r, sale)
	g.rise(&r, sale.At)
}

// judge asks the rules, with the wish to spend that the guest had then.
func (g *guest) judge(in rules.Input, sale *Sale) (rules.Result, error) {
	if sale.Redeemed <= 0 {
		return rules.Evaluate(in)
	}
	in.RedeemMax = true
	if sale.Limit <= sale.Redeemed {
		return rules.Evaluate(in)
	}
	silent := in.Silent
	in.Silent = true
	most, err := rules.Evaluate(in)
	if err != nil {
		return most, err
	}
	share, err := money.MulDiv(int64(most.RedeemLimit), int64(sale.Redeemed), int64(sale.Limit), money.Down)
	if err != nil {
		return most, err
	}
	in.Silent, in.RedeemMax, in.Redeem = silent, false, money.Points(share)
	return rules.Evaluate(in)
}

// pay moves the points of a sale: first those spent, then those earned.
func (g *guest) pay(r *rules.Result, at time.Time) {
	if r.Redeem > 0 {
		plan, err := g.account.Burn(r.Redeem, at)
		if err != nil {
			g.fail(err)
			return
		}
		g.move(plan)
		add(g.side, &g.side.redeemed, r.Redeem)
		add(g.side, &g.side.redeemedWorth, r.RedeemMoney)
	}
	s := g.set.settings
	if s.Lots.Sliding && len(g.account.Lots) > 0 {
		_, until := s.LotLife(at, 0, 0, s.Tier(g.m.Tier.ID))
		for i := range g.account.Lots {
			if lot := &g.account.Lots[i]; !lot.ExpiresAt.IsZero() && until.After(lot.ExpiresAt) {
				lot.ExpiresAt = until
			}
		}
	}
	for _, lot := range r.Lots {
		g.open(lot.Points, at, lot.ActiveFrom, lot.Expires)
	}
	add(g.side, &g.side.discounts, r.Discount)
	g.money += r.Discount
	for i := range r.Effects {
		f := &r.Effects[i]
		if f.State != rules.Applied || f.Points <= 0 && f.Amount <= 0 {
			continue
		}
		line := g.side.line(f.Rule)
		line.Times++
		add(g.side, &line.Points, max(0, money.Points(f.Points)))
		add(g.side, &line.Discount, max(0, money.Amount(f.Amount)))
	}
}

// count adds what counters grow by.
func (g *guest) count(r *rules.Result, at time.Time) {
	for _, use := range r.Uses {
		g.use(use, at)
	}
}

// use adds to a counter: one of the member, or to the demand for a budget of all.
func (g *guest) use(use rules.Use, at time.Time) {
	if use.All {
		g.side.want(use, at)
		return
	}
	i := slices.IndexFunc(g.m.Uses, func(u rules.Use) bool { return u.Counter == use.Counter })
	if i < 0 {
		g.m.Uses = append(g.m.Uses, use)
		return
	}
	u := &g.m.Uses[i]
	u.Times += use.Times
	u.Points += use.Points
	u.Amount += use.Amount
	u.Last = use.Last
}

// take moves what a sale does to stamps and coupons.
func (g *guest) take(r *rules.Result, sale *Sale) {
	for _, change := range r.Stamps {
		i := slices.IndexFunc(g.m.Stamps, func(c rules.StampCount) bool { return c.Card == change.Card })
		if i < 0 {
			i = len(g.m.Stamps)
			g.m.Stamps = append(g.m.Stamps, rules.StampCount{Card: change.Card})
		}
		g.m.Stamps[i].Count += change.Delta
		g.m.Stamps[i].Done += change.Rounds
	}
	for _, used := range r.Coupons {
		g.m.Coupons = slices.DeleteFunc(g.m.Coupons, func(c rules.Coupon) bool { return c.ID == used.ID })
	}
	for _, grant := range r.Grants {
		g.issue(grant.Coupon, grant.From, sale, sale.At)
	}
}

// issue gives a coupon, activated at once; one that staff hands over is handed over. It reports whether there was one to give. sale is
// the check it came with, nil when it came by itself.
func (g *guest) issue(kindID, from string, sale *Sale, at time.Time) bool {
	kind, found := g.set.settings.CouponKind(kindID)
	if !found {
		return false
	}
	if kind.ByHand {
		worth := g.worth(&kind, from, sale)
		add(g.side, &g.side.gifts, worth)
		line := g.side.line(from)
		line.Times++
		add(g.side, &line.Discount, worth)
		g.money += worth
		return true
	}
	open := 0
	for i := range g.m.Coupons {
		if g.m.Coupons[i].Kind == kindID {
			open++
		}
	}
	if kind.MaxOpen > 0 && open >= kind.MaxOpen {
		return false
	}
	g.m.Coupons = append(g.m.Coupons, rules.Coupon{ID: g.id(), Kind: kindID, State: rules.CouponActivated, From: at,
		Expires: g.set.settings.ExpiryAfter(at, kind.Days)})
	return true
}

// worth is what a thing handed over would have been sold for: what its kind says, or else a unit of the check it came with, as far as that
// can be known.
func (g *guest) worth(kind *rules.CouponKind, from string, sale *Sale) money.Amount {
	switch {
	case kind.Gives.Amount > 0:
		return kind.Gives.Amount
	case sale == nil || kind.Gives.Kind != rules.GivesFree:
		return 0
	}
	var total money.Amount
	var units int64
	for _, line := range sale.Lines {
		total += line.Net
		units += max(1, int64(line.Quantity)/1000)
	}
	for _, mark := range sale.Marks {
		if "stamps:"+mark.Card == from && mark.Units > 0 {
			units = int64(mark.Units)
		}
	}
	if units == 0 {
		return 0
	}
	return total / money.Amount(units)
}

// rise adds the sale to the member's standing and moves the tier, from the next purchase on.
func (g *guest) rise(r *rules.Result, at time.Time) {
	if r.Total == 0 {
		return
	}
	s, m := g.set.settings, &g.m
	spent := r.Total - r.Discount
	m.Visits++
	m.Spent += spent
	m.Earned += r.Earn
	m.LastVisit = at
	if m.FirstVisit.IsZero() {
		m.FirstVisit = at
	}
	if len(s.Tiers.List) == 0 {
		return
	}
	day := rules.DateOf(at, s.Zone)
	switch s.Tiers.Basis {
	case rules.TierBySpend:
		g.win(day, int64(spent))
	case rules.TierByVisits:
		g.win(day, 1)
	case rules.TierByPoints:
		g.win(day, int64(r.Earn))
	}
	next, up := s.TierAfterSale(m.Tier, g.qualified(g.since), at)
	m.Tier = next
	if up {
		g.reach(at)
	}
}

// reach gives the coupon of the tier that has been reached, once.
func (g *guest) reach(at time.Time) {
	tier := g.set.settings.Tier(g.m.Tier.ID)
	if tier == nil || tier.Coupon == "" || slices.Contains(g.reached, tier.ID) {
		return
	}
	g.reached = append(g.reached, tier.ID)
	g.issue(tier.Coupon, "tier:"+tier.ID, nil, at)
}

// leave ends the replay of the member: time passes to the end, and what is left is outstanding.
func (g *guest) leave() {
	g.live(g.config.To)
	add(g.side, &g.side.outstanding, g.account.Balance())
	if err := g.side.err; err != nil {
		g.fail(err)
	}
}
