package storage

import (
	"slices"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
)

// What works do to lots.

// has reports whether the account was read with all lots that a plan changes.
func (a *unitAccount) has(plan ledger.Plan, c change) bool {
	open := func(id string) bool {
		is := func(l ledger.Lot) bool { return l.ID == id }
		return slices.ContainsFunc(a.Lots, is) || slices.ContainsFunc(plan.Reopened, is)
	}
	for _, l := range c.lots {
		if l.opened == nil && !open(l.id) {
			return false
		}
	}
	for _, l := range plan.Changed {
		if !open(l.LotID) {
			return false
		}
	}
	// Which lots come next is known of an account in part as long as none of them begins or ends otherwise.
	return len(plan.Changed) == 0 && len(plan.Reopened) == 0 || a.Whole()
}

// applyChange moves an account and its lots as a plan says.
func (u *unit) applyChange(a *unitAccount, at time.Time, plan ledger.Plan, c change) {
	u.change(a)
	if at.After(a.at) {
		a.at = at
	}
	before := append(slices.Clip(a.Lots), plan.Reopened...)
	a.Account = a.Account.Apply(plan)
	for _, l := range c.lots {
		if l.opened != nil {
			put(u, a.lots, l.id, &unitLot{Lot: *l.opened, opened: true, expired: l.expired})
			continue
		}
		next := a.lot(l.id, before)
		next.Remaining = a.remaining(l.id)
		next.moved, next.expired = next.moved+l.points, next.expired+l.expired
		put(u, a.lots, l.id, &next)
	}
	for _, l := range plan.Changed {
		next := a.lot(l.LotID, before)
		if !l.ActiveFrom.IsZero() {
			next.ActiveFrom = l.ActiveFrom
		}
		if !l.ExpiresAt.IsZero() {
			next.ExpiresAt = l.ExpiresAt
		}
		next.lives = true
		put(u, a.lots, l.LotID, &next)
	}
	if a.keeps {
		return
	}
	// Nobody of this group asks for lots: what the account comes to is enough for the next, however many there are.
	if sum, ok := a.Sum(a.at); ok {
		a.Rest, a.Lots = sum, nil
	}
}

// lot is a lot as the works have left it, or as it was before.
func (a *unitAccount) lot(id string, before []ledger.Lot) unitLot {
	if known := a.lots[id]; known != nil {
		return *known
	}
	return unitLot{Lot: before[slices.IndexFunc(before, func(l ledger.Lot) bool { return l.ID == id })]}
}

// lotRows are rows of lots that the works have opened or changed, in the order of accounts and lots; row returns nil for one to be left out.
func (u *unit) lotRows(row func(a *unitAccount, l *unitLot) []any) (rows [][]any) {
	u.eachAccount(func(a *unitAccount) {
		ids := make([]string, 0, len(a.lots))
		for id := range a.lots {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		for _, id := range ids {
			if r := row(a, a.lots[id]); r != nil {
				rows = append(rows, r)
			}
		}
	})
	return rows
}

func (u *unit) openedLots() [][]any {
	return u.lotRows(func(a *unitAccount, l *unitLot) []any {
		if !l.opened {
			return nil
		}
		return lotRow(engine.Posting{ProgramID: a.program, AccountID: a.ID}, l.Lot, l.expired)
	})
}

// movedLots say by how much lots that were there before have changed.
func (u *unit) movedLots() [][]any {
	return u.lotRows(func(a *unitAccount, l *unitLot) []any {
		if l.opened || l.moved == 0 && l.expired == 0 {
			return nil
		}
		return []any{a.program, l.ID, int64(l.moved), int64(l.expired)}
	})
}

// livingLots say when lots that were there before begin and end now.
func (u *unit) livingLots() [][]any {
	return u.lotRows(func(a *unitAccount, l *unitLot) []any {
		if l.opened || !l.lives {
			return nil
		}
		return []any{a.program, l.ID, l.ActiveFrom, nullable(l.ExpiresAt)}
	})
}
