package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// Rescued is what a guest's asking has kept.
type Rescued struct {
	Points money.Points `json:"points"`
	Until  time.Time    `json:"until"` // when the first of them now end
}

// Rescue keeps a guest's points that are about to end: those of the reminder, which end within Rescue.WarnDays, live Rescue.KeepDays
// longer, at once and without a condition. The guest who then comes can spend them; one who does not loses them at the new end, because each lot
// can be kept once. Nothing to keep is KindNotFound.
func (e *Engine) Rescue(ctx context.Context, key, programID, memberID string) (Rescued, error) {
	program, err := e.activeProgram(ctx, programID)
	if err != nil {
		return Rescued{}, err
	}
	switch {
	case key == "":
		return Rescued{}, fail(KindInvalid, "key_missing")
	case program.Settings.Rescue.KeepDays == 0:
		return Rescued{}, fail(KindForbidden, "rescue_off")
	}
	var answer Rescued
	work := e.workOn(program.ID, memberID, "", key)
	work.Run = func(tx Tx) (err error) {
		answer, err = e.rescueIn(ctx, tx, program, key, memberID)
		return err
	}
	err = e.write(ctx, work)
	return answer, err
}

func (e *Engine) rescueIn(ctx context.Context, tx Tx, program Program, key, memberID string) (Rescued, error) {
	now, settings, hash := e.Now(), program.Settings, "rescue:"+memberID
	member, account, err := lockMember(ctx, tx, program.ID, memberID)
	if err != nil {
		return Rescued{}, err
	}
	if old, err := known(ctx, tx, program.ID, key); err != nil {
		return Rescued{}, err
	} else if old != nil {
		return rescuedBefore(*old, hash)
	}
	if member == nil {
		return Rescued{}, fail(KindNotFound, "member_not_found")
	}
	if err := refuseState(member.State); err != nil {
		return Rescued{}, err
	}
	ending := endingSoon(settings, &account, now)
	standing, err := tx.Standing(ctx, program.ID, member.ID, StandingQuery{Counters: rescueCounters(ending)})
	if err != nil {
		return Rescued{}, fmt.Errorf("read standing: %w", err)
	}
	var answer Rescued
	var plan ledger.Plan
	var uses []rules.Use
	for _, lot := range ending {
		counter := rescueCounter(lot.ID)
		if standing.Use(counter).Times > 0 {
			continue
		}
		until := settings.ExpiryAfter(lot.ExpiresAt.Add(-time.Nanosecond), settings.Rescue.KeepDays)
		plan = plan.Then(account.Extend(until, now, func(l ledger.Lot) bool { return l.ID == lot.ID }))
		uses = append(uses, rules.Use{Counter: counter, Times: 1, Points: lot.Remaining, Last: now})
		answer.Points += lot.Remaining
		if answer.Until.IsZero() || until.Before(answer.Until) {
			answer.Until = until
		}
	}
	if len(uses) == 0 {
		return Rescued{}, fail(KindNotFound, "rescue_nothing")
	}
	return answer, e.writeRescue(ctx, tx, program, *member, &account, plan, uses, answer, key, hash, now)
}

func (e *Engine) writeRescue(ctx context.Context, tx Tx, program Program, member Member, account *ledger.Account, plan ledger.Plan,
	uses []rules.Use, answer Rescued, key, hash string, now time.Time) error {
	posting := Posting{
		ID: e.newID(), ProgramID: program.ID, Kind: ledger.KindRescue, Key: key, Hash: hash, MemberID: member.ID, AccountID: account.ID,
		Version: program.Version, Debt: account.Debt, Balance: account.Balance(), OccurredAt: now, RecordedAt: now,
		Reasons: []rules.Effect{{Rule: "rescue", State: rules.Applied, Reason: rules.Reason{ID: "rescued", Args: map[string]int64{
			rules.ArgPoints: int64(answer.Points), rules.ArgDays: int64(program.Settings.Rescue.KeepDays)}}}},
	}
	var err error
	if posting.Answer, err = json.Marshal(answer); err != nil {
		return fmt.Errorf("remember answer: %w", err)
	}
	if err := tx.InsertPosting(ctx, posting, plan); err != nil {
		return fmt.Errorf("write posting: %w", err)
	}
	if err := tx.AddUses(ctx, program.ID, member.ID, uses); err != nil {
		return fmt.Errorf("write counters: %w", err)
	}
	return nil
}

func rescuedBefore(p Posting, hash string) (Rescued, error) {
	if p.Hash != hash {
		return Rescued{}, fail(KindConflict, "key_reused")
	}
	var answer Rescued
	if err := json.Unmarshal(p.Answer, &answer); err != nil {
		return Rescued{}, fmt.Errorf("read remembered answer: %w", err)
	}
	return answer, nil
}

// endingSoon lists the lots that a guest may ask to keep. A program without reminders lets a guest ask as long before the end as
// points are kept after it.
func endingSoon(settings *rules.Settings, account *ledger.Account, now time.Time) []ledger.Lot {
	days := cmp.Or(settings.Rescue.WarnDays, settings.Rescue.KeepDays)
	by := settings.ExpiryAfter(now, days)
	var lots []ledger.Lot
	for _, lot := range account.Lots {
		if !lot.ExpiresAt.IsZero() && !lot.Expired(now) && lot.ExpiresAt.Before(by) && lot.Remaining > 0 {
			lots = append(lots, lot)
		}
	}
	return lots
}

// rescueCounter remembers that a lot has been kept once.
func rescueCounter(lotID string) rules.Counter {
	return rules.Counter{Of: "rescue:" + lotID, Period: forEver}
}

func rescueCounters(lots []ledger.Lot) []rules.Counter {
	counters := make([]rules.Counter, len(lots))
	for i, lot := range lots {
		counters[i] = rescueCounter(lot.ID)
	}
	return counters
}
