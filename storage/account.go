package storage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
)

// openQuery reads the open lots and holds of accounts with one statement. Its two forms are for one account, which is the
// usual case and the better plan, and for several.
func openQuery(accounts string) string {
	return `SELECT 0 AS part, account_id, id, kind, sale_id, points, remaining, active_from, expires_at, earned_at
		FROM lot WHERE program_id = $1 AND account_id ` + accounts + ` AND open
		UNION ALL
		SELECT 1, account_id, id, '', '', points, 0, created_at, expires_at, NULL
		FROM hold WHERE program_id = $1 AND account_id ` + accounts + ` AND state IN ('asking', 'held')`
}

// accountQuery is openQuery with the accounts themselves: all that is known of them, as it was at one moment.
func accountQuery(accounts string) string {
	return openQuery(accounts) + `
		UNION ALL
		SELECT 2, id, '', '', '', debt, 0, NULL, NULL, NULL FROM account WHERE program_id = $1 AND id ` + accounts
}

var (
	openOfOne, openOfMany       = openQuery(`= $2`), openQuery(`= ANY($2)`)
	accountOfOne, accountOfMany = accountQuery(`= $2`), accountQuery(`= ANY($2)`)
)

// openRow is a lot, a hold or an account, and part says which.
type openRow struct {
	part    int
	account string
	lot     ledger.Lot
}

func scanOpen(row pgx.Row) (o openRow, err error) {
	l := &o.lot
	var active, expires, earned *time.Time
	err = row.Scan(&o.part, &o.account, &l.ID, &l.Kind, &l.SaleID, &l.Points, &l.Remaining, &active, &expires, &earned)
	l.ActiveFrom, l.ExpiresAt, l.EarnedAt = timeOrZero(active), timeOrZero(expires), timeOrZero(earned)
	return o, err
}

// fill adds what a row holds to its account.
func (o *openRow) fill(a *ledger.Account) {
	switch l := o.lot; o.part {
	case 0:
		a.Lots = append(a.Lots, l)
	case 1:
		a.Holds = append(a.Holds, ledger.Hold{ID: l.ID, Points: l.Points, CreatedAt: l.ActiveFrom, ExpiresAt: l.ExpiresAt})
	case 2:
		a.ID, a.Debt = o.account, l.Points
	}
}

// accountOf makes an account of its rows.
func accountOf(rows []openRow) (a ledger.Account, err error) {
	for i := range rows {
		rows[i].fill(&a)
	}
	if a.ID == "" {
		return a, notFound("account")
	}
	sortAccount(&a)
	return a, nil
}

// fillAccounts adds open lots and holds to accounts.
func (r reads) fillAccounts(ctx context.Context, programID string, accounts []ledger.Account) error {
	ids := make([]string, len(accounts))
	for i, a := range accounts {
		ids[i] = a.ID
	}
	sql, of := openOfMany, any(ids)
	if len(ids) == 1 {
		sql, of = openOfOne, ids[0]
	}
	rows, err := many(ctx, r.q, "lots and holds", scanOpen, sql, programID, of)
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].fill(&accounts[slices.Index(ids, rows[i].account)])
	}
	for i := range accounts {
		sortAccount(&accounts[i])
	}
	return nil
}

// sortAccount puts lots and holds in the order of their ids, so that the same account always reads the same.
func sortAccount(a *ledger.Account) {
	slices.SortFunc(a.Lots, func(x, y ledger.Lot) int { return cmp.Compare(x.ID, y.ID) })
	slices.SortFunc(a.Holds, func(x, y ledger.Hold) int { return cmp.Compare(x.ID, y.ID) })
}

func scanAccount(row pgx.Row) (a ledger.Account, err error) {
	err = row.Scan(&a.ID, &a.Debt)
	return a, err
}

// accounts reads accounts with all their lots.
func (r reads) accounts(ctx context.Context, programID string, ids ...string) ([]openRow, error) {
	sql, of := accountOfOne, any(ids[0])
	if len(ids) > 1 {
		sql, of = accountOfMany, ids
	}
	return many(ctx, r.q, "accounts", scanOpen, sql, programID, of)
}

// Account implements [engine.LedgerReads], with one statement.
func (r reads) Account(ctx context.Context, programID, accountID string) (ledger.Account, error) {
	rows, err := r.accounts(ctx, programID, accountID)
	if err != nil {
		return ledger.Account{}, err
	}
	return accountOf(rows)
}

// LockAccounts implements [engine.LedgerWrites]. The accounts come back in id order, each once; one that is not there
// is KindNotFound. The lock is the one that a change of the balance takes: nothing changes an account's key.
func (w *writes) LockAccounts(ctx context.Context, programID string, ids ...string) ([]ledger.Account, error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	sql, of := `SELECT id, debt FROM account WHERE program_id = $1 AND id = ANY($2) ORDER BY id FOR NO KEY UPDATE`, any(ids)
	if len(ids) == 1 {
		sql, of = `SELECT id, debt FROM account WHERE program_id = $1 AND id = $2 FOR NO KEY UPDATE`, ids[0]
	}
	accounts, err := many(ctx, w.q, "accounts", scanAccount, sql, programID, of)
	if err != nil {
		return nil, fmt.Errorf("lock accounts: %w", err)
	}
	if len(accounts) != len(ids) {
		return nil, notFound("account")
	}
	// A statement of its own: it sees what the holder of the lock before us has committed.
	return accounts, w.fillAccounts(ctx, programID, accounts)
}

func scanLot(row pgx.Row) (l ledger.Lot, err error) {
	var expires *time.Time
	err = row.Scan(&l.ID, &l.Kind, &l.SaleID, &l.Points, &l.Remaining, &l.ActiveFrom, &expires, &l.EarnedAt)
	l.ExpiresAt = timeOrZero(expires)
	return l, err
}

// Lots implements [engine.LedgerReads], in id order; lots that are not there are left out.
func (r reads) Lots(ctx context.Context, programID string, ids []string) ([]ledger.Lot, error) {
	return many(ctx, r.q, "lots", scanLot, `SELECT id, kind, sale_id, points, remaining, active_from, expires_at, earned_at
		FROM lot WHERE program_id = $1 AND id = ANY($2) ORDER BY id`, programID, ids)
}

// LotExpired implements [engine.LedgerReads].
func (r reads) LotExpired(ctx context.Context, programID, lotID string) (money.Points, error) {
	return one(ctx, r.q, "lot", func(row pgx.Row) (p money.Points, err error) { err = row.Scan(&p); return p, err },
		`SELECT expired FROM lot WHERE program_id = $1 AND id = $2`, programID, lotID)
}

// AccountsWithExpired implements [engine.LedgerReads].
func (r reads) AccountsWithExpired(ctx context.Context, programID string, by time.Time, after string, limit int) ([]engine.Ended, error) {
	return many(ctx, r.q, "accounts", func(row pgx.Row) (e engine.Ended, err error) {
		err = row.Scan(&e.AccountID, &e.MemberID, &e.LotID)
		return e, err
	}, `SELECT e.account_id, a.member_id, e.lot FROM (
			SELECT l.account_id, min(l.id) AS lot FROM lot l WHERE l.program_id = $1 AND l.open AND l.expires_at <= $2 AND l.account_id > $3
			GROUP BY l.account_id ORDER BY l.account_id LIMIT $4) e
		JOIN account a ON a.program_id = $1 AND a.id = e.account_id ORDER BY e.account_id`, programID, by, after, limit)
}

// longAgo is before any instant at which an account is looked at.
var longAgo = time.Unix(0, 0).UTC()
