package storage

import (
	"cmp"
	"errors"
	"slices"

	"kartka/storage/sqldb"
)

// flush writes what the works have left, with a statement for each table, in one order for every group.
func (u *unit) flush() (*sqldb.Trip, error) {
	b := &sqldb.Trip{}
	holds, err := u.madeHolds()
	if err != nil {
		return nil, errors.Join(errUnfit, err)
	}
	for _, t := range []struct {
		sqldb.Table
		onto string
	}{
		{sqldb.Table{Name: "posting", Columns: postingColumns, Rows: u.postings}, ""},
		{sqldb.Table{Name: "lot", Columns: lotColumns, Rows: u.openedLots()}, ""},
		{sqldb.Table{Name: "activity", Columns: dayColumns, Rows: u.dayRows()}, addDay},
		{sqldb.Table{Name: "stamp", Columns: stampColumns, Rows: u.stampRows()}, addStamp},
		{sqldb.Table{Name: "counter", Columns: counterColumns, Rows: u.useRows()}, addUse},
		{sqldb.Table{Name: "coupon", Columns: couponColumns, Rows: u.couponRows(true)}, ""},
		{sqldb.Table{Name: "hold", Columns: holdColumns, Rows: holds}, ""},
		{sqldb.Table{Name: "outbox", Columns: outboxColumns, Rows: u.out}, "ON CONFLICT DO NOTHING"},
		{sqldb.Table{Name: "trait_due", Columns: traitDueColumns, Rows: u.touchedRows()}, "ON CONFLICT DO NOTHING"},
	} {
		if err := b.Insert(u.dialect, t.Table, t.onto); err != nil {
			return nil, errors.Join(errUnfit, err)
		}
	}
	if err := u.flushSales(b); err != nil {
		return nil, errors.Join(errUnfit, err)
	}
	for _, t := range []sqldb.Table{
		{Name: "account", Columns: stateColumns, Rows: u.accountRows()},
		{Name: "account", Columns: tierColumns, Rows: u.tierRows()},
		{Name: "lot", Columns: []string{"program_id", "id", "active_from", "expires_at"}, Rows: u.livingLots()},
		{Name: "coupon", Columns: couponColumns, Rows: u.couponRows(false)},
		{Name: "hold", Columns: []string{"program_id", "id", "state"}, Rows: u.movedHolds()},
	} {
		if err := sqldb.QueueUpdate(&b.Batch, u.dialect, t, 2); err != nil {
			return nil, errors.Join(errUnfit, err)
		}
	}
	moved := sqldb.Table{Name: "lot", Columns: []string{"program_id", "id", "remaining", "expired"}, Rows: u.movedLots()}
	if err := sqldb.QueueAdd(&b.Batch, u.dialect, moved, 2); err != nil {
		return nil, errors.Join(errUnfit, err)
	}
	for _, row := range noticeRows(u.told) {
		b.Queue(insertNotice, row...)
	}
	return b, nil
}

// Columns of what only a unit writes as rows; the first two say which row it is.
var (
	stateColumns = []string{"program_id", "id", "balance", "debt", "known_active", "known_ended", "known_next", "known_next_points", "known_from", "known_until",
		"visits", "spent", "earned", "referrals", "first_at", "last_at"}
	tierColumns = []string{"program_id", "id", "tier", "tier_since", "tier_until", "tier_by_hand", "tier_grace", "tier_warned"}
)

// eachAccount goes through the accounts in the order of their ids.
func (u *unit) eachAccount(do func(*unitAccount)) {
	all := make([]*unitAccount, 0, len(u.accounts))
	for _, a := range u.accounts {
		if a.changed {
			all = append(all, a)
		}
	}
	slices.SortFunc(all, func(a, b *unitAccount) int { return cmp.Or(cmp.Compare(a.program, b.program), cmp.Compare(a.ID, b.ID)) })
	for _, a := range all {
		do(a)
	}
}

// touchedRows are the members whose cards have changed without a posting about them that would tell.
func (u *unit) touchedRows() (rows [][]any) {
	told := make(map[ref]bool, len(u.postings))
	for _, row := range u.postings {
		program, _ := row[postingProgram].(string)
		member, _ := row[postingMember].(string)
		told[ref{program, member}] = true
	}
	u.eachAccount(func(a *unitAccount) {
		if a.member != "" && !told[ref{a.program, a.member}] {
			rows = append(rows, []any{a.program, a.member})
		}
	})
	return rows
}

// Where a posting's row says whose it is.
var (
	postingProgram = slices.Index(postingColumns, "program_id")
	postingMember  = slices.Index(postingColumns, "member_id")
)

func (u *unit) accountRows() (rows [][]any) {
	u.eachAccount(func(a *unitAccount) {
		k, s := a.sum(), &a.stand
		rows = append(rows, []any{a.program, a.ID, int64(a.Balance()), int64(a.Debt), int64(k.Active), int64(k.Ended), nullable(k.Next), int64(k.NextPoints),
			nullable(k.From), nullable(k.Until), int64(s.Visits), int64(s.Spent), int64(s.Earned), int64(s.Referrals), nullable(s.FirstVisit), nullable(s.LastVisit)})
	})
	return rows
}

// tierRows are of the accounts whose tier has changed: few.
func (u *unit) tierRows() (rows [][]any) {
	u.eachAccount(func(a *unitAccount) {
		if a.raised {
			rows = append(rows, a.tierRow())
		}
	})
	return rows
}

func (a *unitAccount) tierRow() []any {
	t := &a.stand.Tier
	return []any{a.program, a.ID, t.ID, nullable(t.Since), nullable(t.Until), t.ByHand, t.Grace, t.Warned}
}

func (u *unit) dayRows() (rows [][]any) {
	for at, d := range u.days {
		if d.Visits != 0 || d.Spent != 0 || d.Earned != 0 {
			rows = append(rows, []any{at.program, at.id, at.day, int64(d.Visits), int64(d.Spent), int64(d.Earned)})
		}
	}
	return inOrder(rows, 3)
}

func (u *unit) stampRows() (rows [][]any) {
	for at, s := range u.stamps {
		rows = append(rows, []any{at.program, at.id, at.card, int64(s.delta), int64(s.rounds)})
	}
	return inOrder(rows, 3)
}

func (u *unit) useRows() (rows [][]any) {
	for at, use := range u.uses {
		if use.changed {
			n := use.added
			rows = append(rows, []any{at.program, at.member, at.Of, at.Period, int64(n.Times), int64(n.Points), int64(n.Amount), nullable(n.Last)})
		}
	}
	return inOrder(rows, 4)
}

func (u *unit) couponRows(issued bool) (rows [][]any) {
	for _, c := range u.coupons {
		if c.changed && c.issued == issued {
			rows = append(rows, couponRow(c.Coupon))
		}
	}
	return inOrder(rows, 2)
}

// inOrder sorts rows by their first columns, which are texts: every group writes the rows of a table in the same order.
func inOrder(rows [][]any, keys int) [][]any {
	slices.SortFunc(rows, func(a, b []any) int {
		for i := range keys {
			if c := cmp.Compare(a[i].(string), b[i].(string)); c != 0 {
				return c
			}
		}
		return 0
	})
	return rows
}
