// Package backtest replays real sales under a draft of a program's rules, beside the rules of today: what each would have cost, and
// who would have gained or lost, before anything is switched on.
//
// Each member lives once under each set of rules: every check is judged by [rules.Evaluate] on the points, tier, stamps, coupons and
// counters that those rules have led to, and between two checks the days pass: points end, tiers are reviewed, birthdays and
// absences are honoured. What nobody can know is assumed, the same for both sides:
//
//   - The checks are what they were: rules do not change how often and how much people buy.
//   - Who paid nothing with points then pays nothing with points now, and who paid all that was allowed does so again; in between, the
//     share of what is allowed is the same.
//   - A coupon is activated as it is issued. One that staff hands over by hand is handed over at once.
//   - Referrals, promo codes, the catalogue of rewards, certificates, transfers, events, corrections by hand and points rescued by a
//     reminder are left out: they do not follow from sales.
//
// A budget of the whole program is shared by members, who are replayed one after another and side by side. So the sales are replayed
// twice when a rule has one: first without the budget, to see when it would have been spent, then with the rule ending in that very
// minute. Of two rules that vie for the same checks, the second pass may spend a little more or less than the budget of the other.
package backtest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// Sale is a check as it really was, returns taken off. Whoever hands it over leaves it unchanged afterwards.
type Sale struct {
	Member   string // opaque id; "" for a check without a card
	At       time.Time
	Lines    []rules.Line
	Marks    []rules.Mark
	Location string         // code
	Zone     *time.Location // of the location; nil: the program's
	Channel  string
	// Redeemed is what was paid with points, and Limit the most that could have been; when that is not known, 0 means that it
	// was all.
	Redeemed, Limit money.Points
}

// Member is what a member came into the replay with.
type Member struct {
	// Standing is that of the beginning. Its Qualified is by the basis and window of today's scheme, and counts as won on the day
	// before the replay; under a draft with another basis the figures of the whole life stand in for it. With JoinedAt within the replay the
	// member is welcomed by either set of rules.
	Standing rules.Standing
	// Account holds the points of the beginning, on both sides. Its holds are not looked at.
	Account ledger.Account
}

// Source streams sales to each, by member and then by time, and stops at the first error of each, which it returns. The sales of
// one member come in one piece; those without a card come anywhere. It is called twice when a rule has a budget of the whole program.
type Source func(ctx context.Context, each func(Sale) error) error

// Config says what is compared.
type Config struct {
	Today, Draft *rules.Settings // valid ones, in the same currency
	// From and To bound the replay: sales lie in [From, To), and what is outstanding is counted at To.
	From, To time.Time
	// Members tells what a member came with. It is called by one goroutine at a time, while Source runs. With nil everybody
	// begins with nothing and joins with the first sale.
	Members func(id string) (Member, error)
	// Workers is how many members are replayed at a time; 0 is one per processor.
	Workers int
}

// Passes is how often Run calls its Source.
func (c Config) Passes() int {
	if len(newRuleSet(c.Today).budgets)+len(newRuleSet(c.Draft).budgets) > 0 {
		return 2
	}
	return 1
}

// Errors of Run.
var (
	ErrConfig = errors.New("backtest: today's rules, a draft in the same currency and a span of time are needed")
	ErrOrder  = errors.New("backtest: sales come by member, then by time")
	ErrSpan   = errors.New("backtest: a sale lies outside of the span")
)

// Run replays the sales of a source under both sets of rules. It holds as many members in memory as there are workers, and a few
// more that wait. progress, unless nil, is told now and then how many sales are done, by the goroutine of the caller; over two passes it
// advances at half the speed. The report is the same for the same sales, however many workers there are.
func Run(ctx context.Context, c Config, source Source, progress func(done int)) (Report, error) {
	if c.Today == nil || c.Draft == nil || c.Today.Zone == nil || c.Draft.Zone == nil || c.Today.Currency != c.Draft.Currency || !c.To.After(c.From) ||
		c.Today.Unit.StepWorth < 1 || c.Draft.Unit.StepWorth < 1 {
		return Report{}, ErrConfig
	}
	if progress == nil {
		progress = func(int) {}
	}
	today, draft := newRuleSet(c.Today), newRuleSet(c.Draft)
	from := 0
	if len(today.budgets)+len(draft.budgets) > 0 {
		demand, err := pass(ctx, c, today, draft, true, source, func(done int) { progress(done / 2) })
		if err != nil {
			return Report{}, fmt.Errorf("replay without budgets: %w", err)
		}
		today.spend(demand.sides[0].demand)
		draft.spend(demand.sides[1].demand)
		from = demand.sales
	}
	sum, err := pass(ctx, c, today, draft, false, source, func(done int) {
		if from > 0 {
			done = (from + done) / 2
		}
		progress(done)
	})
	if err != nil {
		return Report{}, fmt.Errorf("replay: %w", err)
	}
	progress(sum.sales)
	return sum.report(today, draft)
}
