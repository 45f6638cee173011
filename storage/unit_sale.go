package storage

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/storage/sqldb"
)

// What is returned of sales. Those that the works have announced are locked before any account, as everybody does, and read with their postings.

// unitSale is a sale as the works leave it.
type unitSale struct {
	engine.Sale
	corrected bool         // before: it has a row of its own
	returned  money.Amount // before
	changed   bool
}

// readLot is a lot of a locked account as it is in the database.
type readLot struct {
	ledger.Lot
	account string
	expired money.Points
}

const (
	// lockSold and lockCorrected lock sales in the order of their ids, which is an expression for the sake of SQLite, as in lockOwned. Whoever waits for a sale
	// that is corrected meanwhile finds it with the second.
	lockSold = `SELECT ` + soldFields + `, lines, tenders FROM posting WHERE program_id = $1 AND id = ANY($2) AND sold ORDER BY id || '' FOR UPDATE`

	lockCorrected = `SELECT ` + saleFields + `, lines, tenders FROM sale WHERE program_id = $1 AND id = ANY($2) ORDER BY id || '' FOR UPDATE`

	postingsOfSales = `SELECT ` + postingFields + `, p.moves FROM posting p WHERE p.program_id = $1 AND p.id = ANY($2) AND p.sale_id = p.id
		UNION ALL SELECT ` + postingFields + `, p.moves FROM posting p WHERE p.program_id = $1 AND p.sale_id = ANY($2) AND p.sale_id <> '' AND p.sale_id <> p.id
		ORDER BY recorded_at, id`

	lotsWithOwners = `SELECT account_id, id, kind, sale_id, points, remaining, active_from, expires_at, earned_at, expired FROM lot WHERE program_id = $1 AND id = ANY($2)`
)

// queueSales asks for sales that the works have announced.
func (u *unit) queueSales(b *pgx.Batch, x *wanted) {
	if len(x.sales) == 0 {
		return
	}
	for _, id := range x.sales {
		u.sold[ref{x.program, id}] = nil
	}
	found := func(corrected bool) func(engine.Sale) {
		return func(s engine.Sale) {
			u.sold[ref{x.program, s.ID}] = &unitSale{Sale: s, corrected: corrected, returned: s.ReturnedTotal}
			u.ahead[x.program] = append(append(u.ahead[x.program], s.Did.Lots...), s.LotID, s.Did.FriendLot)
		}
	}
	queueRows(b, scanSale, found(false), lockSold, x.program, x.sales)
	queueRows(b, scanSale, found(true), lockCorrected, x.program, x.sales)
	queueRows(b, scanMoved, func(m movedPosting) {
		at := ref{x.program, m.SaleID}
		u.salePostings[at] = append(u.salePostings[at], m.Posting)
		u.entries[ref{x.program, m.ID}] = m.entries
		for _, e := range m.entries {
			u.ahead[x.program] = append(u.ahead[x.program], e.LotID)
		}
	}, postingsOfSales, x.program, x.sales)
}

// movedPosting is a posting with its entries.
type movedPosting struct {
	engine.Posting
	entries []engine.Entry
}

func scanMoved(row pgx.Row) (m movedPosting, err error) {
	var reasons, answer, text string
	if err := row.Scan(append(postingInto(&m.Posting, &reasons, &answer), &text)...); err != nil {
		return m, err
	}
	moves, err := decodeMoves(nil, text)
	m.entries = entriesOf(&m.Posting, moves)
	return m, errors.Join(err, finishPosting(&m.Posting, reasons, answer))
}

// entriesOf are the entries of a posting.
func entriesOf(p *engine.Posting, moves []ledger.Move) []engine.Entry {
	entries := make([]engine.Entry, len(moves))
	for i, m := range moves {
		entries[i] = engine.Entry{PostingID: p.ID, No: i + 1, AccountID: p.AccountID, LotID: m.LotID, Points: m.Points, Contra: m.Contra}
	}
	return entries
}

// Sale implements [engine.LedgerReads].
func (u *unit) Sale(ctx context.Context, programID, id string) (engine.Sale, error) {
	if s, announced := u.sold[ref{programID, id}]; announced {
		switch {
		case s == nil && slices.ContainsFunc(u.sales, func(o *engine.Sale) bool { return o.ProgramID == programID && o.ID == id }):
			return engine.Sale{}, u.refuse() // it has just been made
		case s == nil:
			return engine.Sale{}, notFound("sale")
		}
		sale := s.Sale
		sale.Lines = slices.Clone(sale.Lines) // a return moves them
		return sale, nil
	}
	if u.pending() {
		return engine.Sale{}, u.refuse()
	}
	return u.writes.Sale(ctx, programID, id)
}

// SalePostings implements [engine.LedgerReads].
func (u *unit) SalePostings(ctx context.Context, programID, saleID string) ([]engine.Posting, error) {
	if s := u.sold[ref{programID, saleID}]; s != nil {
		return slices.Clone(u.salePostings[ref{programID, saleID}]), nil
	}
	if u.pending() {
		return nil, u.refuse()
	}
	return u.writes.SalePostings(ctx, programID, saleID)
}

// Entries implements [engine.LedgerReads].
func (u *unit) Entries(ctx context.Context, programID, postingID string) ([]engine.Entry, error) {
	if entries, known := u.entries[ref{programID, postingID}]; known {
		return slices.Clone(entries), nil
	}
	if u.pending() {
		return nil, u.refuse()
	}
	return u.writes.Entries(ctx, programID, postingID)
}

// follow adds a posting to those of its sale.
func (u *unit) follow(p engine.Posting, plan ledger.Plan) {
	at := ref{p.ProgramID, p.SaleID}
	if u.sold[at] == nil {
		return
	}
	all := append(slices.Clone(u.salePostings[at]), p)
	slices.SortStableFunc(all, func(a, b engine.Posting) int {
		return cmp.Or(a.RecordedAt.Compare(b.RecordedAt), cmp.Compare(a.ID, b.ID))
	})
	put(u, u.salePostings, at, all)
	put(u, u.entries, ref{p.ProgramID, p.ID}, entriesOf(&p, plan.Moves))
}

// UpdateSaleReturned implements [engine.LedgerWrites].
func (u *unit) UpdateSaleReturned(_ context.Context, s engine.Sale) error {
	at := ref{s.ProgramID, s.ID}
	known := u.sold[at]
	if known == nil {
		return u.refuse()
	}
	next := *known // what a return does not write stays
	next.ReturnedTotal, next.ReversedEarn, next.ReversedRedeem, next.LapsedUsed = s.ReturnedTotal, s.ReversedEarn, s.ReversedRedeem, s.LapsedUsed
	next.Lines, next.changed = slices.Clone(s.Lines), true
	row, err := saleRow(next.Sale)
	if err != nil {
		return err
	}
	if err := checkTexts(row); err != nil {
		return err
	}
	put(u, u.sold, at, &next)
	return nil
}

// salesChanged reports whether something has been returned of sales.
func (u *unit) salesChanged() bool {
	for _, s := range u.sold {
		if s != nil && s.changed {
			return true
		}
	}
	return false
}

// uncounted is how many of the sales that [engine.LedgerReads.CountSales] counts have been returned in full by works of the group.
func (u *unit) uncounted(programID, staffID, memberID string, from, to time.Time) (n int) {
	for _, s := range u.sold {
		if s != nil && s.changed && s.ProgramID == programID && s.StaffID == staffID && staffID != "" && (memberID == "" || s.MemberID == memberID) &&
			!s.RecordedAt.Before(from) && s.RecordedAt.Before(to) && s.returned < s.Total && s.ReturnedTotal >= s.Total {
			n++
		}
	}
	return n
}

// flushSales writes what has been returned. A sale that is as it was made becomes a row of its own.
func (u *unit) flushSales(b *sqldb.Trip) error {
	var fresh, moved, rows [][]any
	for at, s := range u.sold {
		if s == nil || !s.changed {
			continue
		}
		if s.corrected {
			lines, err := encodeLines(s.Lines)
			if err != nil {
				return err
			}
			rows = append(rows, []any{at.program, at.id, int64(s.ReturnedTotal), int64(s.ReversedEarn), int64(s.ReversedRedeem), int64(s.LapsedUsed), lines})
			continue
		}
		row, err := saleRow(s.Sale)
		if err != nil {
			return err
		}
		fresh, moved = append(fresh, row), append(moved, []any{at.program, at.id, false})
	}
	if err := b.Insert(u.dialect, sqldb.Table{Name: "sale", Columns: saleColumns, Rows: inOrder(fresh, 2)}, ""); err != nil {
		return err
	}
	for _, t := range []sqldb.Table{
		{Name: "posting", Columns: []string{"program_id", "id", "sold"}, Rows: inOrder(moved, 2)},
		{Name: "sale", Columns: []string{"program_id", "id", "returned_total", "reversed_earn", "reversed_redeem", "lapsed_used", "lines"}, Rows: inOrder(rows, 2)},
	} {
		if err := sqldb.QueueUpdate(&b.Batch, u.dialect, t, 2); err != nil {
			return err
		}
	}
	return nil
}

// readLots reads lots as they are in the database. Those of locked accounts stay so and are remembered; with the first of them come those that the
// announced sales have moved.
func (u *unit) readLots(ctx context.Context, programID string, ids []string) (map[string]readLot, error) {
	found := make(map[string]readLot, len(ids))
	var missing []string
	for _, id := range ids {
		if l, known := u.lots[ref{programID, id}]; known {
			found[id] = l
		} else {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return found, nil
	}
	asked := append(slices.Clone(missing), u.ahead[programID]...)
	delete(u.ahead, programID)
	slices.Sort(asked)
	rows, err := many(ctx, u.q, "lots", scanReadLot, lotsWithOwners, programID, slices.Compact(asked))
	if err != nil {
		return nil, err
	}
	for _, l := range rows {
		if u.accounts[ref{programID, l.account}] != nil {
			u.lots[ref{programID, l.ID}] = l
		}
		if slices.Contains(missing, l.ID) {
			found[l.ID] = l
		}
	}
	return found, nil
}

func scanReadLot(row pgx.Row) (l readLot, err error) {
	var expires *time.Time
	err = row.Scan(&l.account, &l.ID, &l.Kind, &l.SaleID, &l.Points, &l.Remaining, &l.ActiveFrom, &expires, &l.EarnedAt, &l.expired)
	l.ExpiresAt = timeOrZero(expires)
	return l, err
}

// changedLot is a lot that works have opened or changed, nil when they have not.
func (u *unit) changedLot(programID, id string) *unitLot {
	for at, a := range u.accounts {
		if l := a.lots[id]; l != nil && at.program == programID {
			return l
		}
	}
	return nil
}

// Lots implements [engine.LedgerReads].
func (u *unit) Lots(ctx context.Context, programID string, ids []string) ([]ledger.Lot, error) {
	read, err := u.readLots(ctx, programID, ids)
	if err != nil {
		return nil, err
	}
	var lots []ledger.Lot
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		if l := u.changedLot(programID, id); l != nil {
			lots = append(lots, l.Lot)
		} else if l, there := read[id]; there {
			lots = append(lots, l.Lot)
		}
	}
	return lots, nil
}

// LotExpired implements [engine.LedgerReads].
func (u *unit) LotExpired(ctx context.Context, programID, lotID string) (money.Points, error) {
	changed := u.changedLot(programID, lotID)
	if changed != nil && changed.opened {
		return changed.expired, nil
	}
	read, err := u.readLots(ctx, programID, []string{lotID})
	if err != nil {
		return 0, err
	}
	l, there := read[lotID]
	if !there {
		return 0, notFound("lot")
	}
	if changed != nil {
		l.expired += changed.expired
	}
	return l.expired, nil
}

// reopens reports whether lots that have nothing left are the account's.
func (u *unit) reopens(a *unitAccount, lots []ledger.Lot) bool {
	for _, l := range lots {
		if changed := a.lots[l.ID]; changed != nil {
			if changed.Remaining != 0 {
				return false
			}
		} else if read := u.lots[ref{a.program, l.ID}]; read.account != a.ID || read.Remaining != 0 {
			return false
		}
	}
	return true
}

// settingsRef is a version of a program's settings.
type settingsRef struct {
	program string
	version int64
}

// SettingsVersion implements [engine.ProgramReads].
func (u *unit) SettingsVersion(ctx context.Context, programID string, version int64) (engine.SettingsVersion, error) {
	at := settingsRef{programID, version}
	if v, known := u.versions[at]; known {
		return v, nil
	}
	v, err := u.writes.SettingsVersion(ctx, programID, version)
	if err == nil {
		u.versions[at] = v
	}
	return v, err
}
