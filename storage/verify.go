package storage

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/storage/sqldb"
)

// verifyChunk is how many accounts or sales are compared at a time. With the lots of so many accounts it is the memory a
// verification takes.
const verifyChunk = 500

// Verify implements [engine.Verifier]. It works on one snapshot and keeps nobody waiting; on SQLite the file's log grows
// until it has ended. Checks are named "account_entries", "account_lots", "account_debt", "account_known", "lot_entries", "lot_account",
// "lot_range", "lot_expired", "hold_account", "posting_entries", "posting_account", "debt_contra", "transfer_contra", "below_zero",
// "program_sum", "sale_lines", "sale_returned", "standing_activity", "account_member", "account_holder",
// "certificate_moves", "referral_member" and "merged_into".
func (s *Store) Verify(ctx context.Context, programID string, progress func(done int), found func(engine.Audited)) (engine.Verified, error) {
	var sum engine.Verified
	err := sqldb.ReadTx(ctx, s.db, func(tx pgx.Tx) error {
		v := &verifier{q: textGuard{tx}, program: programID, progress: progress, found: found}
		for _, pass := range []func(context.Context) error{v.accounts, v.known, v.strayPostings, v.strayLots, v.strayHolds, v.total, v.sales, v.standings, v.holders,
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

// VerifySize is how many things the progress of [Store.Verify] counts in a program, certificates, members and sales once, and accounts,
// which it walks over twice, twice.
func (s *Store) VerifySize(ctx context.Context, programID string) (int, error) {
	return one(ctx, s.q, "size of the program", scanInt, `SELECT 2 * (SELECT count(*) FROM account WHERE program_id = $1) + (SELECT count(*) FROM every_sale WHERE program_id = $1)
		+ (SELECT count(*) FROM member WHERE program_id = $1) + (SELECT count(*) FROM certificate WHERE program_id = $1)`, programID)
}

// verifier is one verification.
type verifier struct {
	q        sqldb.Querier
	program  string
	progress func(int)
	found    func(engine.Audited)
	sum      engine.Verified
	done     int // as progress counts

	entries     money.Points  // Σ of all
	transferred money.Points  // Σ of those between members
	moves       []ledger.Move // of the posting at hand, kept to be filled again
}

// advance tells how far the verification has come.
func (v *verifier) advance(more int) {
	v.done += more
	if v.progress != nil && more > 0 {
		v.progress(v.done)
	}
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
		v.advance(len(items))
		if len(items) < verifyChunk {
			return nil
		}
		after = id(items[len(items)-1])
	}
}

// rows calls do with each row as it comes: none of them is kept. The next statement has to wait until it returns.
func (v *verifier) rows(ctx context.Context, what string, do func(pgx.Row) error, sql string, args ...any) error {
	found, err := v.q.Query(ctx, sql, args...)
	if err != nil {
		return fmt.Errorf("read %s: %w", what, err)
	}
	defer found.Close()
	for found.Next() {
		if err := do(found); err != nil {
			return fmt.Errorf("read %s: %w", what, err)
		}
	}
	if err := found.Err(); err != nil {
		return fmt.Errorf("read %s: %w", what, err)
	}
	return nil
}

// strays reports each id that a statement on the program finds, all with one detail.
func (v *verifier) strays(ctx context.Context, check, detail, sql string) error {
	return v.rows(ctx, check, func(row pgx.Row) error {
		id, err := scanText(row)
		if err == nil {
			v.differ(check, id, "%s", detail)
		}
		return err
	}, sql, v.program)
}

// strayLots finds lots whose account is not there.
func (v *verifier) strayLots(ctx context.Context) error {
	return v.strays(ctx, "lot_account", "it belongs to an account that is not there", `SELECT l.id FROM lot l
		WHERE l.program_id = $1 AND NOT EXISTS (SELECT 1 FROM account a WHERE a.program_id = $1 AND a.id = l.account_id)`)
}

// strayHolds finds holds whose account is not there.
func (v *verifier) strayHolds(ctx context.Context) error {
	return v.strays(ctx, "hold_account", "it belongs to an account that is not there", `SELECT h.id FROM hold h
		WHERE h.program_id = $1 AND NOT EXISTS (SELECT 1 FROM account a WHERE a.program_id = $1 AND a.id = h.account_id)`)
}

// total checks that the program's members and its own accounts come to zero, and what moves between members too. Every entry is a
// member's side whose contra side is the same number with the other sign, so the program's own accounts are −Σ entries.
func (v *verifier) total(context.Context) error {
	if v.transferred != 0 {
		v.differ("transfer_contra", v.program, "what moves between members comes to %d instead of 0", v.transferred)
	}
	if v.sum.Balance != v.entries {
		v.differ("program_sum", v.program, "members hold %d, the program's own accounts %d: together %d instead of 0", v.sum.Balance, -v.entries, v.sum.Balance-v.entries)
	}
	return nil
}
