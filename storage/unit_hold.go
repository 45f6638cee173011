package storage

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/engine/ledger"
)

// Holds are kept in memory where their account is locked with the group: nobody else can change them then.

// unitHold is a hold as the works leave it.
type unitHold struct {
	engine.Hold
	made  bool // by a work of the group
	moved bool // from the state in which it was read
}

// keepHold remembers a hold that was read, if it can be.
func (u *unit) keepHold(h engine.Hold) bool {
	if u.accounts[ref{h.ProgramID, h.AccountID}] == nil {
		return false
	}
	at := ref{h.ProgramID, h.ID}
	if u.holds[at] == nil {
		u.holds[at] = &unitHold{Hold: h}
	}
	u.holdKeys[ref{h.ProgramID, h.Key}] = h.ID
	return true
}

// queueHolds asks for holds that the works have announced.
func (u *unit) queueHolds(b *pgx.Batch, x *wanted) {
	for _, key := range x.holdKeys {
		u.holdKeys[ref{x.program, key}] = ""
	}
	found := func(h engine.Hold) {
		if !u.keepHold(h) {
			delete(u.holdKeys, ref{x.program, h.Key})
		}
	}
	if len(x.holds) > 0 {
		queueRows(b, scanHold, found, selectHold+`WHERE program_id = $1 AND id = ANY($2)`, x.program, x.holds)
	}
	if len(x.holdKeys) > 0 {
		queueRows(b, scanHold, found, selectHold+`WHERE program_id = $1 AND key = ANY($2)`, x.program, x.holdKeys)
	}
}

// Hold implements [engine.LedgerReads].
func (u *unit) Hold(ctx context.Context, programID, id string) (engine.Hold, error) {
	if h := u.holds[ref{programID, id}]; h != nil {
		return h.Hold, nil
	}
	h, err := u.writes.Hold(ctx, programID, id)
	if err == nil {
		u.keepHold(h)
	}
	return h, err
}

// HoldByKey implements [engine.LedgerReads].
func (u *unit) HoldByKey(ctx context.Context, programID, key string) (engine.Hold, error) {
	if id, known := u.holdKeys[ref{programID, key}]; known {
		if id == "" {
			return engine.Hold{}, notFound("hold")
		}
		return u.Hold(ctx, programID, id)
	}
	h, err := u.writes.HoldByKey(ctx, programID, key)
	switch {
	case err == nil:
		if u.keepHold(h) {
			h = u.holds[ref{programID, h.ID}].Hold
		}
	case engine.IsKind(err, engine.KindNotFound):
		u.holdKeys[ref{programID, key}] = ""
	}
	return h, err
}

// HoldsToExpire implements [engine.LedgerReads].
func (u *unit) HoldsToExpire(ctx context.Context, programID string, by time.Time, limit int) ([]engine.Hold, error) {
	if u.pending() {
		return nil, u.refuse()
	}
	return u.writes.HoldsToExpire(ctx, programID, by, limit)
}

// InsertHold implements [engine.LedgerWrites].
func (u *unit) InsertHold(ctx context.Context, h engine.Hold) error {
	row, err := holdRow(h)
	if err != nil {
		return err
	}
	if err := checkTexts(row); err != nil {
		return err
	}
	a := u.accounts[ref{h.ProgramID, h.AccountID}]
	if a == nil {
		return u.refuse()
	}
	_, err = u.HoldByKey(ctx, h.ProgramID, h.Key)
	if err == nil || u.holds[ref{h.ProgramID, h.ID}] != nil {
		return taken("hold")
	}
	if !engine.IsKind(err, engine.KindNotFound) {
		return err
	}
	put(u, u.holds, ref{h.ProgramID, h.ID}, &unitHold{Hold: h, made: true})
	put(u, u.holdKeys, ref{h.ProgramID, h.Key}, h.ID)
	if h.State.Open() {
		u.change(a)
		a.Holds = append(slices.Clone(a.Holds), h.Hold)
	}
	return nil
}

// SetHoldState implements [engine.LedgerWrites].
func (u *unit) SetHoldState(ctx context.Context, programID, id string, to engine.HoldState, from ...engine.HoldState) error {
	now, err := u.Hold(ctx, programID, id)
	if err != nil {
		return err
	}
	a, h := u.accounts[ref{programID, now.AccountID}], u.holds[ref{programID, id}]
	switch {
	case a == nil || h == nil:
		return u.refuse()
	case !slices.Contains(from, now.State):
		return conflict("hold")
	}
	next := *h
	next.State, next.moved = to, true
	put(u, u.holds, ref{programID, id}, &next)
	held := func(o ledger.Hold) bool { return o.ID == id }
	if !to.Open() && slices.ContainsFunc(a.Holds, held) {
		u.change(a)
		a.Holds = slices.DeleteFunc(slices.Clone(a.Holds), held)
	}
	return nil
}

// holdsChanged reports whether works have made or moved holds.
func (u *unit) holdsChanged() bool {
	for _, h := range u.holds {
		if h.made || h.moved {
			return true
		}
	}
	return false
}

// madeHolds are rows of holds that the works have made.
func (u *unit) madeHolds() (rows [][]any, err error) {
	for _, h := range u.holds {
		if h.made {
			row, err := holdRow(h.Hold)
			if err != nil {
				return nil, err
			}
			rows = append(rows, row)
		}
	}
	return inOrder(rows, 2), nil
}

// movedHolds say what has become of holds that were there before.
func (u *unit) movedHolds() (rows [][]any) {
	for at, h := range u.holds {
		if h.moved && !h.made {
			rows = append(rows, []any{at.program, at.id, string(h.State)})
		}
	}
	return inOrder(rows, 2)
}
