package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kartka/engine/money"
	"kartka/engine/rules"
)

// DailyStep is a part of the daily run.
type DailyStep string

// The steps, in the order of a day. Tiers are looked at twice: before points end, and after friends have become effective.
const (
	StepActivate DailyStep = "activate" // tell whose waiting points can now be spent
	StepGrant    DailyStep = "grant"    // birthday and win-back rules
	StepTiers    DailyStep = "tiers"    // terms that are over
	StepExpire   DailyStep = "expire"   // points, coupons, certificates; return windows of friends' purchases
	StepRemind   DailyStep = "remind"   // of points, tiers and coupons that end soon
)

// DailyReport is what a run of [Engine.Daily] did. What an earlier run has done is not counted again, but for notices that a run which was
// cut short had queued.
type DailyReport struct {
	Days         int        // local days it went through
	First, Last  rules.Date // of them
	Activated    int        // members told that points are active
	Bonuses      int        // gifts of rules
	BonusPoints  money.Points
	BonusCoupons int
	Up           int // members who rose to a tier, by friends or by what counts at the end of a term
	Kept         int // for a new term
	Down         int
	Friends      int // who became effective
	Expired      Expired
	Coupons      int // ended
	Certificates int // ended
	Forfeited    money.Amount
	Reminders    int
}

// How far back a run goes, and when notices of the night are sent.
const (
	dailyCatchUp = 31 // days
	dailyPage    = 200
	wakeHour     = 10 // of the program's local time
	dailyMark    = "daily"
)

// Daily does what the calendar asks of a program by the instant asOf: each local day that has not been done yet, in order, as of the
// instant it begins. After a long standstill notices and gifts of the last 31 days are made good; points, coupons and certificates whose
// time is over end however long ago that was. Gifts, notices and tiers rest while the program is paused; the end of points does not.
//
// Everything is done once, whatever is repeated, cut short or run by two processes at once: each member is handled by a change of its own, which
// is written together with those of others, under the lock of the account, and a posting key, a counter or the state itself remembers that it
// has been. A member who cannot be handled
// does not keep the others waiting: the rest is done, the errors are returned joined, and the day is gone through again by the next run.
//
// progress is called with the number of members looked at in a step so far; it may be nil.
func (e *Engine) Daily(ctx context.Context, programID string, asOf time.Time, progress func(DailyStep, int)) (DailyReport, error) {
	program, err := e.Program(ctx, programID)
	if err != nil {
		return DailyReport{}, err
	}
	run := dailyRun{engine: e, program: program, settings: program.Settings, asOf: asOf.UTC(), progress: progress}
	if program.State == ProgramSetup {
		return run.report, nil
	}
	first, last, err := run.days(ctx)
	if err != nil {
		return run.report, err
	}
	var failed []error
	for day := first; day <= last; day = day.Add(1) {
		errs := run.through(ctx, day)
		failed = append(failed, errs...)
		if ctx.Err() != nil {
			return run.report, errors.Join(failed...)
		}
		if len(failed) == 0 {
			if err := run.mark(ctx, day); err != nil {
				return run.report, err
			}
		}
	}
	// What ends within a day, or could not end at midnight because a hold was open.
	run.at, run.failed = run.asOf, nil
	run.expire(ctx)
	return run.report, errors.Join(append(failed, run.failed...)...)
}

// dailyRun is one run of Daily, on its way through the days.
type dailyRun struct {
	engine   *Engine
	program  Program
	settings *rules.Settings
	asOf     time.Time
	day      rules.Date
	at       time.Time // the instant the day begins
	report   DailyReport
	failed   []error // of this day
	progress func(DailyStep, int)
}

// days finds the local days that are to be done. A program seen for the first time begins with the day of asOf.
func (r *dailyRun) days(ctx context.Context) (first, last rules.Date, err error) {
	last = rules.DateOf(r.asOf, r.settings.Zone)
	done, err := r.engine.store.Bookmark(ctx, r.program.ID, dailyMark)
	if err != nil {
		return "", "", fmt.Errorf("read how far the daily run has come: %w", err)
	}
	if done == "" {
		if err := r.mark(ctx, last.Add(-1)); err != nil {
			return "", "", err
		}
		return last, last, nil
	}
	return max(rules.Date(done).Add(1), last.Add(1-dailyCatchUp)), last, nil
}

// mark remembers a day as done. A day that the clock has not reached yet is not: run ahead of time, the day is gone through again
// when it comes. Two runs at once never set it back.
func (r *dailyRun) mark(ctx context.Context, day rules.Date) error {
	day = min(day, rules.DateOf(r.engine.Now(), r.settings.Zone))
	err := r.engine.store.InTx(ctx, func(tx Tx) error {
		done, err := tx.Bookmark(ctx, r.program.ID, dailyMark)
		if err != nil || rules.Date(done) >= day {
			return err
		}
		return tx.SetBookmark(ctx, r.program.ID, dailyMark, string(day))
	})
	if err != nil {
		return fmt.Errorf("remember how far the daily run has come: %w", err)
	}
	return nil
}

// through does one day.
func (r *dailyRun) through(ctx context.Context, day rules.Date) []error {
	r.day, r.at, r.failed = day, r.begins(day), nil
	active := r.program.State == ProgramActive
	steps := []struct {
		always bool
		do     func(context.Context)
	}{{false, r.activate}, {false, r.grant}, {false, r.tiers}, {true, r.expire}, {false, r.tiers}, {false, r.remind}}
	for _, step := range steps {
		if (active || step.always) && ctx.Err() == nil {
			step.do(ctx)
		}
	}
	if r.report.Days++; r.report.First == "" {
		r.report.First = day
	}
	r.report.Last = day
	if err := ctx.Err(); err != nil {
		r.failed = append(r.failed, err)
	}
	return r.failed
}

// begins is the instant at which a local day begins; a day may have 23 or 25 hours.
func (r *dailyRun) begins(day rules.Date) time.Time {
	// Noon exists on every day, midnight does not.
	return r.settings.PeriodStart(rules.PeriodDay, day.Start(r.settings.Zone).Add(12*time.Hour))
}

// given is the time at which something is given in this run: gifts made good for a day gone by live from now on.
func (r *dailyRun) given() time.Time {
	if now := r.engine.Now(); now.After(r.at) {
		return now
	}
	return r.at
}

// mostFailures is how many errors of a day are kept: the hundredth says nothing new.
const mostFailures = 20

func (r *dailyRun) fail(err error) {
	if len(r.failed) < mostFailures {
		r.failed = append(r.failed, err)
	}
}

// notice is a notice that waits for the morning when it is written at night.
func (r *dailyRun) notice(key, memberID string, n Notice) Outbound {
	return r.byDay(r.engine.notice(r.program.ID, key, toMember(memberID), n))
}

// byDay keeps a message from waking people: it goes with the broadcasts, not before ten in the morning.
func (r *dailyRun) byDay(out Outbound) Outbound {
	out.Lane = LaneBulk
	local := out.At.In(r.settings.Zone)
	if local.Hour() < wakeHour {
		y, m, d := local.Date()
		out.Wait = time.Date(y, m, d, wakeHour, 0, 0, 0, r.settings.Zone).UTC()
	}
	return out
}

// errand is what a run does for one member: a change, and done, which counts it once it has been made.
type errand struct {
	Work
	done func()
}

// errandFor is an errand on members' accounts.
func (r *dailyRun) errandFor(run func(tx Tx) error, done func(), members ...string) *errand {
	return &errand{Work{ProgramID: r.program.ID, MemberIDs: members, Whole: true, Now: r.engine.Now, Run: run}, done}
}

// tell is the errand to queue a notice. One that has been queued before is not queued again.
func (r *dailyRun) tell(ctx context.Context, out Outbound, done func()) *errand {
	return r.errandFor(func(tx Tx) error {
		if err := tx.Enqueue(ctx, out); err != nil {
			return fmt.Errorf("queue notice: %w", err)
		}
		return nil
	}, done)
}

// visit goes through what find returns page by page. What handle makes of the things of a page is done together, in their order; nil is nothing
// to do. A thing that cannot be handled is noted and passed over.
func visit[T any](ctx context.Context, r *dailyRun, step DailyStep, find func(after string, limit int) ([]T, error), id func(T) string, handle func(T) (*errand, error)) {
	seen, after := 0, ""
	for {
		page, err := find(after, dailyPage)
		if err != nil {
			r.fail(fmt.Errorf("find whom %s concerns: %w", step, err))
			return
		}
		var works []Work
		errands, errs := make([]*errand, len(page)), make([]error, len(page))
		for i, thing := range page {
			if ctx.Err() != nil {
				return
			}
			after = id(thing)
			if errands[i], errs[i] = handle(thing); errands[i] != nil {
				works = append(works, errands[i].Work)
			}
		}
		written := r.engine.writeAll(ctx, works)
		for i, thing := range page {
			if errands[i] != nil {
				if errs[i], written = written[0], written[1:]; errs[i] == nil {
					errands[i].done()
				}
			}
			if errs[i] != nil {
				r.fail(fmt.Errorf("%s %s: %w", step, id(thing), errs[i]))
			}
			seen++
			if r.progress != nil {
				r.progress(step, seen)
			}
		}
		if len(page) < dailyPage {
			return
		}
	}
}

func itself(id string) string { return id }
