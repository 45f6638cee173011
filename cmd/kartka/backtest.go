package main

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"kartka/engine"
	"kartka/engine/backtest"
	"kartka/engine/rules"
)

// backtestGC is the GOGC of a backtest: it makes much garbage, holds little, and is over soon.
const backtestGC = 400

// mostBacktestDays is how far back a backtest goes.
const mostBacktestDays = 3660

// runBacktest replays real sales under a draft of a program's settings, beside those in force. It stores nothing.
func runBacktest(ctx context.Context, c console, args []string) error {
	fs := flags(c, "backtest")
	slug := fs.String("program", "", "the program's `slug`")
	file := fs.String("settings", "", "the draft: settings as JSON `file` (\"-\" = standard input)")
	days := fs.Int("days", 90, "how many days of sales to replay, up to now")
	asJSON := fs.Bool("json", false, "print one JSON object instead of tables")
	if err := parse(fs, args, 0); err != nil {
		return err
	}
	switch {
	case *slug == "" || *file == "":
		return fmt.Errorf("usage: kartka backtest -program SLUG -settings FILE [-days 90] [-json]: %w", errConfig)
	case *days < 1 || *days > mostBacktestDays:
		return fmt.Errorf("-days is %d; use 1 to %d: %w", *days, mostBacktestDays, errConfig)
	}
	if c.env("GOGC") == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(backtestGC))
	}
	draft, err := readSettings(*file)
	if err != nil {
		return err
	}
	return withApp(ctx, c, false, func(a *app) error {
		p, err := a.store.ProgramBySlug(ctx, *slug)
		if err != nil {
			return programError(*slug, err)
		}
		r := replayed{program: p, draft: draft, to: a.engine.Now()}
		r.from = rules.DateOf(r.to, p.Settings.Zone).Add(-*days).Start(p.Settings.Zone)
		if r.report, err = a.backtest(ctx, c, r); err != nil {
			return err
		}
		if *asJSON {
			return r.printJSON(c.out)
		}
		return r.print(c.out, a.catalog.Printer("en"))
	})
}

// replayed is a backtest and what it was made of.
type replayed struct {
	program  engine.Program
	draft    *rules.Settings
	from, to time.Time
	report   backtest.Report
}

// backtest replays what was sold, with a progress bar on a terminal.
func (a *app) backtest(ctx context.Context, c console, r replayed) (backtest.Report, error) {
	today := r.program.Settings
	switch {
	case today.Currency != r.draft.Currency:
		return backtest.Report{}, fmt.Errorf("currency is %s, sales are in %s; a draft keeps the currency: %w", r.draft.Currency.Code, today.Currency.Code, errConfig)
	case today.Unit.Decimals != r.draft.Unit.Decimals || today.Unit.StepWorth != r.draft.Unit.StepWorth:
		return backtest.Report{}, fmt.Errorf("unit.decimals and unit.worth cannot change: points given would change their worth: %w", errConfig)
	}
	totals, err := a.store.DayTotals(ctx, r.program.ID, "", "", r.from, r.to)
	if err != nil {
		return backtest.Report{}, fmt.Errorf("count sales: %w", err)
	}
	places, err := a.store.Locations(ctx, r.program.ID)
	if err != nil {
		return backtest.Report{}, fmt.Errorf("list places: %w", err)
	}
	bar := progress(c, "backtest "+r.program.Slug)
	bar.ChangeMax(max(1, totals.Sales))
	defer func() { _ = bar.Finish() }()
	history := sold{ctx: ctx, store: a.store, program: r.program, from: r.from, to: r.to, places: make(map[string]place, len(places))}
	for _, l := range places {
		here := place{code: l.Code}
		if l.Zone != "" {
			if here.zone, err = time.LoadLocation(l.Zone); err != nil {
				return backtest.Report{}, fmt.Errorf("load zone of %s: %w", l.Name, err)
			}
		}
		history.places[l.ID] = here
	}
	replay := backtest.Config{Today: today, Draft: r.draft, From: r.from, To: r.to, Members: history.member}
	if replay.Passes() > 1 {
		if history.kept, err = newKept(os.TempDir()); err != nil {
			return backtest.Report{}, err
		}
		defer history.kept.close()
	}
	report, err := backtest.Run(ctx, replay, history.sales, func(done int) {
		_ = bar.Set(min(done, max(1, totals.Sales)))
	})
	if err != nil {
		return report, fmt.Errorf("replay sales of %s: %w", r.program.Slug, err)
	}
	return report, nil
}

// sold is what was really sold, and to whom.
type sold struct {
	ctx      context.Context
	store    engine.Store
	program  engine.Program
	from, to time.Time
	places   map[string]place // by id
	buyer    buyer            // whose sales are handed over now
	kept     *kept            // sales and members, when they are wanted twice; else nil
}

// place is what rules ask about a location.
type place struct {
	code string
	zone *time.Location // nil: the program's
}

// buyer is a member and the sales of the replay.
type buyer struct {
	id, accountID string
	sales         []engine.Sale
	member        *backtest.Member // when it is known already
}

// sales hands over the sales of the time, by member, as a backtest wants them.
func (p *sold) sales(ctx context.Context, each func(backtest.Sale) error) error {
	p.buyer = buyer{}
	if p.kept != nil && p.kept.whole {
		return p.kept.each(func(h *keptHistory) error { return p.again(h, each) })
	}
	take := p.keeping(each)
	err := p.store.EachPurchase(ctx, p.program.ID, p.from, p.to, func(s engine.Sale) error {
		if s.MemberID == "" {
			return p.hand(s, take)
		}
		if s.MemberID != p.buyer.id {
			if err := p.flush(take); err != nil {
				return err
			}
			p.buyer = buyer{id: s.MemberID, accountID: s.AccountID}
		}
		p.buyer.sales = append(p.buyer.sales, s)
		return nil
	})
	if err != nil {
		return err
	}
	if err := p.flush(take); err != nil || p.kept == nil {
		return err
	}
	return p.kept.end()
}

// flush hands over all the sales of a member: whoever asks about the member with the first of them needs to know the others.
func (p *sold) flush(take func(backtest.Sale, string) error) error {
	for _, s := range p.buyer.sales {
		if err := p.hand(s, take); err != nil {
			return err
		}
	}
	p.buyer.sales = nil
	return nil
}

// hand hands over what remains of a sale after returns, if anything does.
func (p *sold) hand(s engine.Sale, take func(backtest.Sale, string) error) error {
	out := backtest.Sale{Member: s.MemberID, At: s.OccurredAt, Channel: s.Source, Redeemed: max(0, s.Redeemed-s.ReversedRedeem)}
	at := p.places[s.LocationID]
	out.Location, out.Zone = at.code, at.zone
	known := false // goods that a stamp card could have counted
	for _, l := range s.Lines {
		line := l.Line
		line.Quantity, line.Net = line.Quantity-l.ReturnedQty, line.Net-l.ReturnedNet
		if line.Quantity <= 0 {
			continue
		}
		known = known || line.SKU != "" || line.Category != ""
		out.Lines = append(out.Lines, line)
	}
	if len(out.Lines) == 0 {
		return nil
	}
	for _, change := range s.Did.Stamps {
		if !known && change.Units > 0 {
			out.Marks = append(out.Marks, rules.Mark{Card: change.Card, Units: change.Units})
		}
	}
	return take(out, s.LocationID)
}
