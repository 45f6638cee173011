package storage

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/storage/sqldb"
)

// verifyChunk is how many accounts, postings or sales are compared at a time: the memory a verification takes.
const verifyChunk = 500

// Verify implements [engine.Verifier]. It works on one snapshot and keeps nobody waiting; on SQLite the file's log grows
// until it has ended. Checks are named "account_entries", "account_lots", "account_debt", "lot_entries", "lot_account",
// "lot_range", "lot_expired", "posting_entries", "posting_account", "entry_posting", "debt_contra", "transfer_contra", "below_zero", "program_sum",
// "sale_lines", "sale_returned", "standing_activity", "certificate_moves", "referral_member" and "merged_into".
func (s *Store) Verify(ctx context.Context, programID string, progress func(done int), found func(engine.Audited)) (engine.Verified, error) {
	var sum engine.Verified
	err := sqldb.ReadTx(ctx, s.db, func(tx pgx.Tx) error {
		v := &verifier{q: textGuard{tx}, program: programID, progress: progress, found: found}
		for _, pass := range []func(context.Context) error{v.accounts, v.postings, v.orphans, v.total, v.sales, v.standings,
			v.certificates, v.strayMoves, v.referrals, v.merged} {
			if err := pass(ctx); err != nil {
				return err
			}
		}
		sum = v.sum
		return nil
	})
	if err != nil {
		return sum, fmt.Errorf("verify program %s: %w", programID, err)
	}
	return sum, nil
}

// verifier is one verification.
type verifier struct {
	q        sqldb.Querier
	program  string
	progress func(int)
	found    func(engine.Audited)
	sum      engine.Verified
}

// differ reports a difference.
func (v *verifier) differ(check, id, format string, args ...any) {
	if v.found != nil {
		v.found(engine.Audited{Check: check, ID: id, Detail: fmt.Sprintf(format, args...)})
	}
}

// pages calls do with each item, in id order, a chunk of rows at a time. The statement takes program, last id and chunk.
func pages[T any](ctx context.Context, v *verifier, what string, scan func(pgx.Row) (T, error), id func(T) string, sql string, do func(T)) error {
	for after := ""; ; {
		items, err := many(ctx, v.q, what, scan, sql, v.program, after, verifyChunk)
		if err != nil {
			return err
		}
		for _, item := range items {
			do(item)
		}
		if len(items) < verifyChunk {
			return nil
		}
		after = id(items[len(items)-1])
	}
}

// accountCheck is an account and what its rows add up to.
type accountCheck struct {
	id            string
	balance, debt money.Points
	entries       money.Points // Σ
	debtEntries   money.Points // Σ of those without a lot
	lots          money.Points // Σ remaining
}

// lotCheck is a lot beside the entries that name it.
type lotCheck struct {
	account, owner, id         string // the account of its postings, and its own
	points, remaining, expired money.Points
	entries, ended             money.Points // Σ of all, Σ of those by expiry
	known                      bool
}

func scanAccountCheck(row pgx.Row) (a accountCheck, err error) {
	err = row.Scan(&a.id, &a.balance, &a.debt)
	return a, err
}

func scanLotCheck(row pgx.Row) (l lotCheck, err error) {
	err = row.Scan(&l.account, &l.id, &l.entries, &l.ended, &l.owner, &l.points, &l.remaining, &l.expired, &l.known)
	return l, err
}

// accounts compares accounts with their lots and entries.
func (v *verifier) accounts(ctx context.Context) error {
	for after := ""; ; {
		chunk, err := many(ctx, v.q, "accounts", scanAccountCheck, `SELECT id, balance, debt FROM account
			WHERE program_id = $1 AND id > $2 ORDER BY id LIMIT $3`, v.program, after, verifyChunk)
		if err != nil {
			return err
		}
		if len(chunk) == 0 {
			return nil
		}
		last := chunk[len(chunk)-1].id
		if err := v.accountChunk(ctx, chunk, after, last); err != nil {
			return err
		}
		after = last
		v.sum.Accounts += len(chunk)
		if v.progress != nil {
			v.progress(v.sum.Accounts)
		}
	}
}

func (v *verifier) accountChunk(ctx context.Context, chunk []accountCheck, after, last string) error {
	accounts := make(map[string]*accountCheck, len(chunk))
	for i := range chunk {
		accounts[chunk[i].id] = &chunk[i]
	}
	lots, err := many(ctx, v.q, "entries of lots", scanLotCheck, `SELECT s.account_id, s.lot_id, s.points, s.ended,
			COALESCE(l.account_id, ''), COALESCE(l.points, 0), COALESCE(l.remaining, 0), COALESCE(l.expired, 0), l.id IS NOT NULL
		FROM (
			SELECT p.account_id, e.lot_id, CAST(sum(e.points) AS bigint) AS points,
				CAST(COALESCE(-sum(CASE WHEN e.contra = 'expire' AND e.points < 0 THEN e.points ELSE 0 END), 0) AS bigint) AS ended
			FROM posting p JOIN entry e ON e.program_id = p.program_id AND e.posting_id = p.id
			WHERE p.program_id = $1 AND p.account_id <> '' AND p.account_id > $2 AND p.account_id <= $3
			GROUP BY p.account_id, e.lot_id
		) s LEFT JOIN lot l ON l.program_id = $1 AND l.id = s.lot_id
		ORDER BY s.account_id, s.lot_id`, v.program, after, last)
	if err != nil {
		return err
	}
	seen := make(map[string]bool, len(lots))
	for _, l := range lots {
		a := accounts[l.account]
		if a == nil {
			continue // orphans reports it
		}
		a.entries += l.entries
		if l.id == "" {
			a.debtEntries += l.entries
			continue
		}
		seen[l.id] = true
		v.sum.Lots++
		v.lot(l)
		if l.owner == l.account {
			a.lots += l.remaining
		}
	}
	if err := v.strayLots(ctx, accounts, seen, after, last); err != nil {
		return err
	}
	for i := range chunk {
		v.account(&chunk[i])
	}
	return nil
}

// strayLots finds open lots that no entry made.
func (v *verifier) strayLots(ctx context.Context, accounts map[string]*accountCheck, seen map[string]bool, after, last string) error {
	open, err := many(ctx, v.q, "open lots", func(row pgx.Row) (l lotCheck, err error) {
		err = row.Scan(&l.owner, &l.id, &l.remaining)
		return l, err
	}, `SELECT account_id, id, remaining FROM lot WHERE program_id = $1 AND open AND account_id > $2 AND account_id <= $3`, v.program, after, last)
	if err != nil {
		return err
	}
	for _, l := range open {
		if seen[l.id] {
			continue
		}
		v.sum.Lots++
		v.differ("lot_entries", l.id, "it holds %d points that no entry made", l.remaining)
		if a := accounts[l.owner]; a != nil {
			a.lots += l.remaining
		}
	}
	return nil
}

func (v *verifier) lot(l lotCheck) {
	switch {
	case !l.known:
		v.differ("lot_entries", l.id, "entries of %d points name a lot that is not there", l.entries)
		return
	case l.owner != l.account:
		v.differ("lot_account", l.id, "it belongs to account %s, its entries to %s", l.owner, l.account)
	}
	if l.remaining != l.entries {
		v.differ("lot_entries", l.id, "remaining is %d, its entries come to %d", l.remaining, l.entries)
	}
	if l.remaining < 0 || l.points < 0 {
		v.differ("below_zero", l.id, "remaining is %d of %d", l.remaining, l.points)
	} else if l.remaining > l.points {
		v.differ("lot_range", l.id, "remaining is %d of %d", l.remaining, l.points)
	}
	if l.expired != l.ended {
		v.differ("lot_expired", l.id, "expired is %d, entries of expiry come to %d", l.expired, l.ended)
	}
}

func (v *verifier) account(a *accountCheck) {
	v.sum.Balance += a.balance
	if a.balance != a.entries {
		v.differ("account_entries", a.id, "balance is %d, entries come to %d", a.balance, a.entries)
	}
	if a.balance != a.lots-a.debt {
		v.differ("account_lots", a.id, "balance is %d, lots %d less debt %d make %d", a.balance, a.lots, a.debt, a.lots-a.debt)
	}
	if a.debt != -a.debtEntries {
		v.differ("account_debt", a.id, "debt is %d, its entries come to %d", a.debt, -a.debtEntries)
	}
	if a.debt < 0 {
		v.differ("below_zero", a.id, "debt is %d", a.debt)
	}
}

// postings compares each posting with its entries.
func (v *verifier) postings(ctx context.Context) error {
	type check struct {
		id                     string
		points, entries, inner money.Points // inner: between lots and debt of the same account
		lines                  int
	}
	return pages(ctx, v, "postings", func(row pgx.Row) (c check, err error) {
		err = row.Scan(&c.id, &c.points, &c.entries, &c.inner, &c.lines)
		return c, err
	}, func(c check) string { return c.id }, `WITH page AS (
			SELECT id, points FROM posting WHERE program_id = $1 AND id > $2 ORDER BY id LIMIT $3
		)
		SELECT page.id, page.points, CAST(COALESCE(sum(e.points), 0) AS bigint),
			CAST(COALESCE(sum(CASE WHEN e.contra = 'debt' THEN e.points ELSE 0 END), 0) AS bigint), count(e.no)
		FROM page LEFT JOIN entry e ON e.program_id = $1 AND e.posting_id = page.id
		GROUP BY page.id, page.points ORDER BY page.id`, func(c check) {
		v.sum.Postings++
		v.sum.Entries += c.lines
		if c.points != c.entries {
			v.differ("posting_entries", c.id, "it says %d points, its entries come to %d", c.points, c.entries)
		}
		if c.inner != 0 {
			v.differ("debt_contra", c.id, "what moves between lots and debt comes to %d instead of nothing", c.inner)
		}
	})
}

// orphans finds entries without a posting and postings whose account is not there.
func (v *verifier) orphans(ctx context.Context) error {
	type orphan struct {
		id     string
		points money.Points
		rows   int
	}
	scan := func(row pgx.Row) (o orphan, err error) {
		err = row.Scan(&o.id, &o.points, &o.rows)
		return o, err
	}
	entries, err := many(ctx, v.q, "entries", scan, `SELECT e.posting_id, CAST(sum(e.points) AS bigint), count(*) FROM entry e
		WHERE e.program_id = $1 AND NOT EXISTS (SELECT 1 FROM posting p WHERE p.program_id = $1 AND p.id = e.posting_id)
		GROUP BY e.posting_id ORDER BY e.posting_id LIMIT $2`, v.program, verifyChunk)
	if err != nil {
		return err
	}
	for _, o := range entries {
		v.sum.Entries += o.rows
		v.differ("entry_posting", o.id, "%d entries of %d points belong to a posting that is not there", o.rows, o.points)
	}
	postings, err := many(ctx, v.q, "postings", scan, `SELECT p.account_id, CAST(sum(p.points) AS bigint), count(*) FROM posting p
		WHERE p.program_id = $1 AND p.account_id <> '' AND NOT EXISTS (SELECT 1 FROM account a WHERE a.program_id = $1 AND a.id = p.account_id)
		GROUP BY p.account_id ORDER BY p.account_id LIMIT $2`, v.program, verifyChunk)
	if err != nil {
		return err
	}
	for _, o := range postings {
		v.differ("posting_account", o.id, "%d postings of %d points belong to an account that is not there", o.rows, o.points)
	}
	return nil
}

// total checks that the program's members and its own accounts come to zero, and what moves between members too. Every entry is a member's side whose contra side
// is the same number with the other sign, so the program's own accounts are −Σ entries.
func (v *verifier) total(ctx context.Context) error {
	var moved money.Points
	all, err := one(ctx, v.q, "entries", func(row pgx.Row) (p money.Points, err error) {
		err = row.Scan(&p, &moved)
		return p, err
	}, `SELECT CAST(COALESCE(sum(points), 0) AS bigint), CAST(COALESCE(sum(CASE WHEN contra = 'transfer' THEN points ELSE 0 END), 0) AS bigint)
		FROM entry WHERE program_id = $1`, v.program)
	if err != nil {
		return err
	}
	if moved != 0 {
		v.differ("transfer_contra", v.program, "what moves between members comes to %d instead of 0", moved)
	}
	if v.sum.Balance != all {
		v.differ("program_sum", v.program, "members hold %d, the program's own accounts %d: together %d instead of 0", v.sum.Balance, -all, v.sum.Balance-all)
	}
	return nil
}
