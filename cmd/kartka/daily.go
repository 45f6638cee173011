package main

import (
	"context"
	"fmt"
	"time"

	"kartka/engine"
	"kartka/engine/money"
)

// daily runs a program's calendar up to an instant, with a progress bar for each step on a terminal.
func (a *app) daily(ctx context.Context, c console, p engine.Program, at time.Time) (engine.DailyReport, error) {
	bar := progress(c, "daily "+p.Slug)
	defer func() { _ = bar.Finish() }()
	return a.engine.Daily(ctx, p.ID, at, func(step engine.DailyStep, done int) {
		bar.Describe(string(step) + " " + p.Slug)
		_ = bar.Set(done)
	})
}

// daysDone says which local days a run went through.
func daysDone(r engine.DailyReport) string {
	switch r.Days {
	case 0:
		return "no new day"
	case 1:
		return "day " + string(r.Last)
	}
	return fmt.Sprintf("%d days from %s to %s", r.Days, r.First, r.Last)
}

// dailyLines says what a run did, a line for each step.
func dailyLines(p engine.Program, r engine.DailyReport) []string {
	currency := p.Settings.Currency
	return []string{
		fmt.Sprintf("%s: %d members told of points that are active now", engine.StepActivate, r.Activated),
		fmt.Sprintf("%s: %d gifts, %s points, %d coupons", engine.StepGrant, r.Bonuses, p.Unit(r.BonusPoints), r.BonusCoupons),
		fmt.Sprintf("%s: %d up, %d kept, %d down", engine.StepTiers, r.Up, r.Kept, r.Down),
		fmt.Sprintf("%s: %s points of %d members expired, %d coupons, %d certificates with %s %s; %d friends became effective", engine.StepExpire,
			p.Unit(r.Expired.Points), r.Expired.Accounts, r.Coupons, r.Certificates, money.Format(int64(r.Forfeited), currency.Decimals), currency.Code, r.Friends),
		fmt.Sprintf("%s: %d reminders", engine.StepRemind, r.Reminders),
	}
}

// dailyAttrs is what the log keeps of a run.
func dailyAttrs(p engine.Program, r engine.DailyReport) []any {
	return []any{"program", p.Slug, "days", r.Days, "last", string(r.Last), "activated", r.Activated, "bonuses", r.Bonuses,
		"tiers_up", r.Up, "tiers_kept", r.Kept, "tiers_down", r.Down, "accounts", r.Expired.Accounts, "points", int64(r.Expired.Points),
		"coupons", r.Coupons, "certificates", r.Certificates, "friends", r.Friends, "reminders", r.Reminders}
}
