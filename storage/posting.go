package storage

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/storage/sqldb"
)

const postingColumns = `p.program_id, p.id, p.kind, p.key, p.hash, p.member_id, p.account_id, p.sale_id, p.reverses_id, p.staff_id,
	p.location_id, p.version, p.points, p.earned, p.burned, p.debt, p.balance, p.reasons, p.note, p.answer, p.occurred_at, p.recorded_at`

const selectPosting = `SELECT ` + postingColumns + ` FROM posting p `

// postingInto lists where the columns go; the JSON ones go through texts.
func postingInto(p *engine.Posting, reasons, answer *string) []any {
	return []any{&p.ProgramID, &p.ID, &p.Kind, &p.Key, &p.Hash, &p.MemberID, &p.AccountID, &p.SaleID, &p.ReversesID, &p.StaffID,
		&p.LocationID, &p.Version, &p.Points, &p.Earned, &p.Burned, &p.Debt, &p.Balance, reasons, &p.Note, answer, &p.OccurredAt, &p.RecordedAt}
}

func finishPosting(p *engine.Posting, reasons, answer string) error {
	p.Answer = rawJSON(answer)
	return decode("reasons", reasons, &p.Reasons)
}

func scanPosting(row pgx.Row) (p engine.Posting, err error) {
	var reasons, answer string
	if err := row.Scan(postingInto(&p, &reasons, &answer)...); err != nil {
		return p, err
	}
	return p, finishPosting(&p, reasons, answer)
}

// PostingByKey implements [engine.LedgerReads].
func (r reads) PostingByKey(ctx context.Context, programID, key string) (engine.Posting, error) {
	return one(ctx, r.q, "posting", scanPosting, selectPosting+`WHERE p.program_id = $1 AND p.key = $2`, programID, key)
}

// Posting implements [engine.LedgerReads].
func (r reads) Posting(ctx context.Context, programID, id string) (engine.Posting, error) {
	return one(ctx, r.q, "posting", scanPosting, selectPosting+`WHERE p.program_id = $1 AND p.id = $2`, programID, id)
}

// SalePostings implements [engine.LedgerReads].
func (r reads) SalePostings(ctx context.Context, programID, saleID string) ([]engine.Posting, error) {
	return many(ctx, r.q, "postings", scanPosting, selectPosting+`WHERE p.program_id = $1 AND p.sale_id = $2 AND p.sale_id <> ''
		ORDER BY p.recorded_at, p.id`, programID, saleID)
}

// Entries implements [engine.LedgerReads].
func (r reads) Entries(ctx context.Context, programID, postingID string) ([]engine.Entry, error) {
	return many(ctx, r.q, "entries", func(row pgx.Row) (e engine.Entry, err error) {
		err = row.Scan(&e.PostingID, &e.No, &e.AccountID, &e.LotID, &e.Points, &e.Contra)
		return e, err
	}, `SELECT e.posting_id, e.no, p.account_id, e.lot_id, e.points, e.contra
		FROM entry e JOIN posting p ON p.program_id = e.program_id AND p.id = e.posting_id
		WHERE e.program_id = $1 AND e.posting_id = $2 ORDER BY e.no`, programID, postingID)
}

var (
	entryColumns = []string{"program_id", "posting_id", "no", "lot_id", "points", "contra"}
	lotColumns   = []string{"program_id", "id", "account_id", "kind", "points", "remaining", "expired", "active_from", "expires_at", "earned_at", "sale_id"}
)

// InsertPosting implements [engine.LedgerWrites]. The account must be locked. A plan that does not add up to the
// posting's points, or moves or changes a lot of another account, is an error.
func (w *writes) InsertPosting(ctx context.Context, p engine.Posting, plan ledger.Plan) error {
	change, err := changeOf(p, plan)
	if err != nil {
		return fmt.Errorf("insert posting %s: %w", p.ID, err)
	}
	reasons := ""
	if len(p.Reasons) > 0 {
		if reasons, err = encode("reasons", p.Reasons); err != nil {
			return err
		}
	}
	err = insert(ctx, w.q, "posting", `INSERT INTO posting (program_id, id, kind, key, hash, member_id, account_id, sale_id, reverses_id, staff_id,
			location_id, version, points, earned, burned, debt, balance, expires_at, reasons, note, answer, occurred_at, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
		ON CONFLICT DO NOTHING`,
		p.ProgramID, p.ID, string(p.Kind), p.Key, p.Hash, p.MemberID, p.AccountID, p.SaleID, p.ReversesID, p.StaffID, p.LocationID,
		p.Version, int64(p.Points), int64(p.Earned), int64(p.Burned), int64(p.Debt), int64(p.Balance), nullable(change.expires),
		reasons, p.Note, string(p.Answer), p.OccurredAt, p.RecordedAt)
	if err != nil {
		return err
	}
	if len(plan.Moves) > 0 {
		if err := w.moveAccount(ctx, p, change); err != nil {
			return err
		}
		if err := w.insertEntries(ctx, p, plan); err != nil {
			return err
		}
	}
	return w.changeLots(ctx, p, plan.Changed)
}

// changeLots moves the beginning and the end of lots of the posting's account.
func (w *writes) changeLots(ctx context.Context, p engine.Posting, changes []ledger.Change) error {
	for _, c := range changes {
		err := update(ctx, w.q, "lot", `UPDATE lot SET active_from = COALESCE($4, active_from), expires_at = COALESCE($5, expires_at)
			WHERE program_id = $1 AND id = $2 AND account_id = $3`, p.ProgramID, c.LotID, p.AccountID, nullable(c.ActiveFrom), nullable(c.ExpiresAt))
		if err != nil {
			return err
		}
	}
	return nil
}

// change is what a plan comes to.
type change struct {
	net     money.Points
	debt    money.Points // + more
	order   []string     // of lots, as they are first moved
	moved   map[string]money.Points
	expired map[string]money.Points
	opened  map[string]ledger.Lot
	expires time.Time // of the first lot opened
}

func changeOf(p engine.Posting, plan ledger.Plan) (change, error) {
	c := change{moved: map[string]money.Points{}, expired: map[string]money.Points{}, opened: map[string]ledger.Lot{}}
	for i, lot := range plan.NewLots {
		c.opened[lot.ID] = lot
		if i == 0 {
			c.expires = lot.ExpiresAt
		}
	}
	for _, m := range plan.Moves {
		c.net += m.Points
		if m.LotID == "" {
			c.debt -= m.Points
			continue
		}
		if _, ok := c.moved[m.LotID]; !ok {
			c.order = append(c.order, m.LotID)
		}
		c.moved[m.LotID] += m.Points
		if m.Contra == ledger.ContraExpire && m.Points < 0 { // ended points given back are a lot of their own
			c.expired[m.LotID] -= m.Points
		}
	}
	if c.net != p.Points {
		return c, fmt.Errorf("it says %d points, its moves come to %d", p.Points, c.net)
	}
	if p.AccountID == "" && len(plan.Moves) > 0 {
		return c, fmt.Errorf("it moves points of no account")
	}
	for id, lot := range c.opened {
		if c.moved[id] != lot.Remaining {
			return c, fmt.Errorf("lot %s begins with %d points, its moves come to %d", id, lot.Remaining, c.moved[id])
		}
	}
	return c, nil
}

// moveAccount applies a change to the account and its lots.
func (w *writes) moveAccount(ctx context.Context, p engine.Posting, c change) error {
	err := update(ctx, w.q, "account", `UPDATE account SET balance = balance + $3, debt = debt + $4 WHERE program_id = $1 AND id = $2`,
		p.ProgramID, p.AccountID, int64(c.net), int64(c.debt))
	if err != nil {
		return err
	}
	var rows [][]any
	for _, id := range c.order {
		if lot, ok := c.opened[id]; ok {
			rows = append(rows, []any{p.ProgramID, id, p.AccountID, string(lot.Kind), int64(lot.Points), int64(lot.Remaining), int64(c.expired[id]),
				lot.ActiveFrom, nullable(lot.ExpiresAt), lot.EarnedAt, lot.SaleID})
			continue
		}
		if c.moved[id] == 0 && c.expired[id] == 0 {
			continue
		}
		err := update(ctx, w.q, "lot", `UPDATE lot SET remaining = remaining + $4, expired = expired + $5
			WHERE program_id = $1 AND id = $2 AND account_id = $3`, p.ProgramID, id, p.AccountID, int64(c.moved[id]), int64(c.expired[id]))
		if err != nil {
			return err
		}
	}
	if _, err := sqldb.BulkInsert(ctx, w.q, "lot", lotColumns, rows); err != nil {
		return fmt.Errorf("insert lots: %w", translate(err))
	}
	return nil
}

func (w *writes) insertEntries(ctx context.Context, p engine.Posting, plan ledger.Plan) error {
	rows := make([][]any, len(plan.Moves))
	for i, m := range plan.Moves {
		rows[i] = []any{p.ProgramID, p.ID, int64(i + 1), m.LotID, int64(m.Points), string(m.Contra)}
	}
	if _, err := sqldb.BulkInsert(ctx, w.q, "entry", entryColumns, rows); err != nil {
		return fmt.Errorf("insert entries: %w", translate(err))
	}
	return nil
}
