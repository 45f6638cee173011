package storage

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/storage/sqldb"
)

const postingFields = `p.program_id, p.id, p.kind, p.key, p.hash, p.member_id, p.account_id, p.sale_id, p.reverses_id, p.staff_id,
	p.location_id, p.version, p.points, p.earned, p.burned, p.debt, p.balance, p.reasons, p.note, p.answer, p.occurred_at, p.recorded_at, p.counted`

const selectPosting = `SELECT ` + postingFields + ` FROM posting p `

// postingInto lists where the columns go; the JSON ones go through texts.
func postingInto(p *engine.Posting, reasons, answer *string) []any {
	return []any{&p.ProgramID, &p.ID, &p.Kind, &p.Key, &p.Hash, &p.MemberID, &p.AccountID, &p.SaleID, &p.ReversesID, &p.StaffID,
		&p.LocationID, &p.Version, &p.Points, &p.Earned, &p.Burned, &p.Debt, &p.Balance, reasons, &p.Note, answer, &p.OccurredAt, &p.RecordedAt, &p.Counted}
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

// salePostingsQuery finds the posting that made a sale by its id, which is the sale's, and those that followed by the sale. Of sales from
// before postings took the sale's id all are found by the sale.
const salePostingsQuery = selectPosting + `WHERE p.program_id = $1 AND p.id = $2 AND p.sale_id = p.id
	UNION ALL ` + selectPosting + `WHERE p.program_id = $1 AND p.sale_id = $2 AND p.sale_id <> '' AND p.sale_id <> p.id
	ORDER BY recorded_at, id`

// SalePostings implements [engine.LedgerReads].
func (r reads) SalePostings(ctx context.Context, programID, saleID string) ([]engine.Posting, error) {
	return many(ctx, r.q, "postings", scanPosting, salePostingsQuery, programID, saleID)
}

// Entries implements [engine.LedgerReads].
func (r reads) Entries(ctx context.Context, programID, postingID string) ([]engine.Entry, error) {
	type book struct{ account, moves string }
	b, err := one(ctx, r.q, "entries", func(row pgx.Row) (b book, err error) {
		err = row.Scan(&b.account, &b.moves)
		return b, err
	}, `SELECT account_id, moves FROM posting WHERE program_id = $1 AND id = $2`, programID, postingID)
	if err != nil {
		if engine.IsKind(err, engine.KindNotFound) {
			return nil, nil // as of a posting that moved nothing
		}
		return nil, err
	}
	moves, err := decodeMoves(nil, b.moves)
	if err != nil {
		return nil, fmt.Errorf("read entries of %s: %w", postingID, err)
	}
	return entriesOf(&engine.Posting{ID: postingID, AccountID: b.account}, moves), nil
}

// Columns of what a posting writes, in the order of [postingRow] and [lotRow].
var (
	postingColumns = []string{"program_id", "id", "kind", "key", "hash", "member_id", "account_id", "sale_id", "reverses_id", "staff_id",
		"location_id", "version", "points", "earned", "burned", "debt", "balance", "expires_at", "reasons", "note", "answer", "occurred_at",
		"recorded_at", "moves", "sold", "counted", "till", "receipt_no", "business", "source", "currency", "total", "redeem_money", "discount",
		"certificate", "lot_id", "did", "lines", "tenders"}
	lotColumns = []string{"program_id", "id", "account_id", "kind", "points", "remaining", "expired", "active_from", "expires_at", "earned_at", "sale_id"}
)

// postingRow is the row of a posting, given the plan it carries out and what [changeOf] made of that, and the sale it makes, if it
// makes one; sold says that the sale is still as it was made.
func postingRow(p engine.Posting, plan ledger.Plan, c change, sale *engine.Sale, sold bool) ([]any, error) {
	reasons := ""
	if len(p.Reasons) > 0 {
		reasons = string(rules.AppendEffects(make([]byte, 0, 160*len(p.Reasons)), p.Reasons))
	}
	row := append(make([]any, 0, len(postingColumns)), p.ProgramID, p.ID, string(p.Kind), p.Key, p.Hash, p.MemberID, p.AccountID, p.SaleID,
		p.ReversesID, p.StaffID, p.LocationID, p.Version, int64(p.Points), int64(p.Earned), int64(p.Burned), int64(p.Debt), int64(p.Balance),
		nullable(c.expires), reasons, p.Note, string(p.Answer), p.OccurredAt, p.RecordedAt, encodeMoves(plan.Moves), sold, p.Counted)
	if sale == nil {
		return append(row, "", "", "", "", "", int64(0), int64(0), int64(0), int64(0), "", "", "", ""), nil
	}
	if err := sameSale(&p, sale); err != nil {
		return nil, err
	}
	t, err := textsOf(sale)
	if err != nil {
		return nil, err
	}
	return append(row, sale.Till, sale.ReceiptNo, sale.Business, sale.Source, sale.Currency, int64(sale.Total), int64(sale.RedeemMoney),
		int64(sale.Discount), int64(sale.Certificate), sale.LotID, t.did, t.lines, t.tenders), nil
}

// sameSale refuses a sale that its posting says otherwise of, or that is not as it was made.
func sameSale(p *engine.Posting, s *engine.Sale) error {
	same := p.SaleID == s.ID && p.ID == s.ID && p.ProgramID == s.ProgramID && p.MemberID == s.MemberID && p.AccountID == s.AccountID &&
		p.LocationID == s.LocationID && p.StaffID == s.StaffID && p.Version == s.Version && p.Burned == s.Redeemed && p.Earned == s.Earned &&
		p.OccurredAt.Equal(s.OccurredAt) && p.RecordedAt.Equal(s.RecordedAt)
	corrected := s.ReturnedTotal != 0 || s.ReversedEarn != 0 || s.ReversedRedeem != 0 || s.LapsedUsed != 0 || s.Revision != 0
	if !same || corrected {
		return fmt.Errorf("sale %s is not what its posting %s makes", s.ID, p.ID)
	}
	return nil
}

// lotRow is the row of a lot that a posting opens; expired is what expiry has taken from it at once.
func lotRow(p engine.Posting, lot ledger.Lot, expired money.Points) []any {
	return []any{p.ProgramID, lot.ID, p.AccountID, string(lot.Kind), int64(lot.Points), int64(lot.Remaining), int64(expired),
		lot.ActiveFrom, nullable(lot.ExpiresAt), lot.EarnedAt, lot.SaleID}
}

var insertPosting = `INSERT INTO posting (` + columnList(postingColumns) + `) VALUES ` + sqldb.Placeholders(1, len(postingColumns)) + ` ON CONFLICT DO NOTHING`

// InsertPosting implements [engine.LedgerWrites]. The account must be locked. A plan that does not add up to the
// posting's points, or moves or changes a lot of another account, is an error.
func (w *writes) InsertPosting(ctx context.Context, p engine.Posting, plan ledger.Plan) error {
	return w.post(ctx, p, plan, nil)
}

// post writes a posting, and the sale that it makes, if it makes one.
func (w *writes) post(ctx context.Context, p engine.Posting, plan ledger.Plan, sale *engine.Sale) error {
	c, err := changeOf(p, plan)
	if err != nil {
		return fmt.Errorf("insert posting %s: %w", p.ID, err)
	}
	row, err := postingRow(p, plan, c, sale, sale != nil)
	if err != nil {
		return err
	}
	if err := insert(ctx, w.q, "posting", insertPosting, row...); err != nil {
		return err
	}
	if len(plan.Moves) > 0 || len(plan.Changed) > 0 {
		if err := w.moveAccount(ctx, p, c); err != nil {
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

// moveAccount applies a change to the account and its lots. What the row says of the lots is not known any more: whoever asks next
// reads them.
func (w *writes) moveAccount(ctx context.Context, p engine.Posting, c change) error {
	err := update(ctx, w.q, "account", `UPDATE account SET balance = balance + $3, debt = debt + $4, known_until = $5
		WHERE program_id = $1 AND id = $2`, p.ProgramID, p.AccountID, int64(c.net), int64(c.debt), longAgo)
	if err != nil {
		return err
	}
	var opened [][]any
	for _, l := range c.lots {
		if l.opened != nil {
			opened = append(opened, lotRow(p, *l.opened, l.expired))
			continue
		}
		if l.points == 0 && l.expired == 0 {
			continue
		}
		err := update(ctx, w.q, "lot", `UPDATE lot SET remaining = remaining + $4, expired = expired + $5
			WHERE program_id = $1 AND id = $2 AND account_id = $3`, p.ProgramID, l.id, p.AccountID, int64(l.points), int64(l.expired))
		if err != nil {
			return err
		}
	}
	if _, err := sqldb.BulkInsert(ctx, w.q, "lot", lotColumns, opened); err != nil {
		return fmt.Errorf("insert lots: %w", translate(err))
	}
	return nil
}
