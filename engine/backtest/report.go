package backtest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"kartka/engine/money"
	"kartka/engine/rules"
)

// mostNamed is how many winners, and how many losers, a report names.
const mostNamed = 10

// Report is what the replay shows.
type Report struct {
	Sales     int
	Anonymous int          // of Sales, without a card
	Refused   int          // of Sales: without lines, or with sums no check can have; they are left out of everything else
	Members   int          // with a sale
	Turnover  money.Amount // of all sales, before discounts
	Today     Side
	Draft     Side
	// Members by what the draft changes for them, see [Change].
	Better, Worse, Same int
	Winners, Losers     []Change // the ten largest of each, largest first
}

// Side is what one set of rules would have done.
type Side struct {
	Issued        money.Points
	Redeemed      money.Points
	Expired       money.Points
	Outstanding   money.Points // at the end: the liability, pending points included, debts taken off
	Liability     money.Amount // what Outstanding pays for
	RedeemedWorth money.Amount
	Discounts     money.Amount // on checks, free units included
	Gifts         money.Amount // units handed over outside of a check, at their price
	Cost          money.Amount // RedeemedWorth + Discounts + Gifts
	CostRate      money.Rate   // of the turnover
	PerMember     money.Amount // Cost for each member, rounded down
	Rules         []RuleLine   // what gave something, the one that cost most first
}

// RuleLine is what one rule gave.
type RuleLine struct {
	// Rule is a rule's id, or as [rules.Effect] names what is not a rule: "earn", "welcome", "stamps:ID", "coupon:KIND", "tier:ID".
	Rule     string
	Times    int // it gave something
	Points   money.Points
	Discount money.Amount
}

// Change is what the draft changes for a member: Today and Draft are the worth of what the member got, which is discounts, gifts and the points
// issued less those that ended, at what they pay for.
type Change struct {
	Member       string // opaque id
	Today, Draft money.Amount
}

// Difference is what the member gains by the draft, negative for a loss.
func (c Change) Difference() money.Amount { return c.Draft - c.Today }

// tally is the sums of one worker.
type tally struct {
	sales, anonymous, refused, members int
	turnover                           money.Amount
	sides                              [2]side
	better, worse, same                int
	winners, losers                    []Change
	err                                error
}

// side is the sums of one set of rules.
type side struct {
	issued, redeemed, expired, outstanding money.Points
	redeemedWorth, discounts, gifts        money.Amount
	lines                                  map[string]*RuleLine
	demand                                 demand
	err                                    error
}

func newTally() *tally {
	t := &tally{}
	for i := range t.sides {
		t.sides[i].lines = make(map[string]*RuleLine)
		t.sides[i].demand = make(demand)
	}
	return t
}

func (t *tally) fail(err error) { t.err = err }
func (s *side) fail(err error)  { s.err = err }

// add adds to a sum, and remembers when it does not fit.
func add[V money.Value](of interface{ fail(error) }, sum *V, v V) {
	total, err := money.Add(*sum, v)
	if err != nil {
		of.fail(err)
		return
	}
	*sum = total
}

// line is the sums of a rule.
func (s *side) line(rule string) *RuleLine {
	rule = strings.TrimPrefix(rule, "rule:")
	l := s.lines[rule]
	if l == nil {
		l = &RuleLine{Rule: rule}
		s.lines[rule] = l
	}
	return l
}

// want adds to the demand for a budget.
func (s *side) want(use rules.Use, at time.Time) {
	m := moment{use.Counter, minuteOf(at)}
	sum := s.demand[m]
	sum.Times += use.Times
	sum.Points += use.Points
	sum.Amount += use.Amount
	s.demand[m] = sum
}

// compare notes what the draft changes for a member.
func (t *tally) compare(id string, gain [2]gains, sets [2]*ruleSet) {
	c := Change{Member: id}
	for i, worth := range [2]*money.Amount{&c.Today, &c.Draft} {
		points, err := sets[i].settings.Unit.Money(gain[i].points)
		if err != nil {
			t.fail(err)
			return
		}
		*worth = points
		add(t, worth, gain[i].money)
	}
	switch d := c.Difference(); {
	case d > 0:
		t.better++
		t.winners = ranked(t.winners, c)
	case d < 0:
		t.worse++
		t.losers = ranked(t.losers, c)
	default:
		t.same++
	}
}

// ranked keeps the largest changes of one sign, in order; equal ones by member.
func ranked(list []Change, c ...Change) []Change {
	size := func(c Change) money.Amount { return max(c.Difference(), -c.Difference()) }
	list = append(list, c...)
	slices.SortFunc(list, func(a, b Change) int {
		return cmp.Or(cmp.Compare(size(b), size(a)), cmp.Compare(a.Member, b.Member))
	})
	return list[:min(len(list), mostNamed)]
}

// merge adds the sums of another worker.
func (t *tally) merge(o *tally) {
	t.sales += o.sales
	t.anonymous += o.anonymous
	t.refused += o.refused
	t.members += o.members
	t.better += o.better
	t.worse += o.worse
	t.same += o.same
	add(t, &t.turnover, o.turnover)
	t.winners, t.losers = ranked(t.winners, o.winners...), ranked(t.losers, o.losers...)
	for i := range t.sides {
		t.sides[i].merge(&o.sides[i])
		t.err = cmp.Or(t.err, o.err, t.sides[i].err)
	}
}

func (s *side) merge(o *side) {
	add(s, &s.issued, o.issued)
	add(s, &s.redeemed, o.redeemed)
	add(s, &s.expired, o.expired)
	add(s, &s.outstanding, o.outstanding)
	add(s, &s.redeemedWorth, o.redeemedWorth)
	add(s, &s.discounts, o.discounts)
	add(s, &s.gifts, o.gifts)
	for _, other := range o.lines {
		l := s.line(other.Rule)
		l.Times += other.Times
		add(s, &l.Points, other.Points)
		add(s, &l.Discount, other.Discount)
	}
	for m, use := range o.demand {
		sum := s.demand[m]
		sum.Times += use.Times
		sum.Points += use.Points
		sum.Amount += use.Amount
		s.demand[m] = sum
	}
	s.err = cmp.Or(s.err, o.err)
}

// report makes the sums readable.
func (t *tally) report(today, draft *ruleSet) (Report, error) {
	r := Report{Sales: t.sales, Anonymous: t.anonymous, Refused: t.refused, Members: t.members, Turnover: t.turnover, Better: t.better, Worse: t.worse, Same: t.same,
		Winners: t.winners, Losers: t.losers}
	var err error
	if r.Today, err = t.sides[0].report(today.settings, t); err != nil {
		return Report{}, fmt.Errorf("add up today's rules: %w", err)
	}
	if r.Draft, err = t.sides[1].report(draft.settings, t); err != nil {
		return Report{}, fmt.Errorf("add up the draft: %w", err)
	}
	return r, nil
}

func (s *side) report(settings *rules.Settings, t *tally) (Side, error) {
	r := Side{Issued: s.issued, Redeemed: s.redeemed, Expired: s.expired, Outstanding: s.outstanding,
		RedeemedWorth: s.redeemedWorth, Discounts: s.discounts, Gifts: s.gifts}
	var err error
	if r.Liability, err = settings.Unit.Money(s.outstanding); err != nil {
		return r, err
	}
	if r.Cost, err = money.Add(s.redeemedWorth, s.discounts, s.gifts); err != nil {
		return r, err
	}
	if t.turnover > 0 {
		rate, err := money.MulDiv(int64(r.Cost), int64(money.Whole), int64(t.turnover), money.HalfUp)
		if err != nil {
			return r, err
		}
		r.CostRate = money.Rate(rate)
	}
	if t.members > 0 {
		r.PerMember = r.Cost / money.Amount(t.members)
	}
	worth := make(map[string]money.Amount, len(s.lines))
	for id, l := range s.lines {
		points, err := settings.Unit.Money(l.Points)
		if err != nil {
			return r, err
		}
		if worth[id], err = money.Add(points, l.Discount); err != nil {
			return r, err
		}
		r.Rules = append(r.Rules, *l)
	}
	slices.SortFunc(r.Rules, func(a, b RuleLine) int {
		return cmp.Or(cmp.Compare(worth[b.Rule], worth[a.Rule]), cmp.Compare(a.Rule, b.Rule))
	})
	return r, nil
}
