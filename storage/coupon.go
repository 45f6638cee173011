package storage

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/engine/rules"
	"kartka/storage/sqldb"
)

var couponColumns = []string{"program_id", "id", "member_id", "kind", "state", "active_from", "expires_at", "source", "sale_id", "reissued",
	"issued_at", "used_at", "staff_id"}

// couponChunk is the most coupons that one statement inserts.
const couponChunk = 250

var selectCoupon = `SELECT ` + columnList(couponColumns) + ` FROM coupon `

func scanCoupon(row pgx.Row) (c engine.Coupon, err error) {
	var expires, used *time.Time
	err = row.Scan(&c.ProgramID, &c.ID, &c.MemberID, &c.Kind, &c.State, &c.From, &expires, &c.Source, &c.SaleID, &c.Reissued,
		&c.IssuedAt, &used, &c.StaffID)
	c.Expires, c.UsedAt = timeOrZero(expires), timeOrZero(used)
	return c, err
}

// Coupon implements [engine.MechanicReads].
func (r reads) Coupon(ctx context.Context, programID, id string) (engine.Coupon, error) {
	return one(ctx, r.q, "coupon", scanCoupon, selectCoupon+`WHERE program_id = $1 AND id = $2`, programID, id)
}

// CouponsOf implements [engine.MechanicReads].
func (r reads) CouponsOf(ctx context.Context, programID, memberID string, open bool, limit int) ([]engine.Coupon, error) {
	where := `WHERE program_id = $1 AND member_id = $2 `
	if open {
		where += `AND state IN ('issued', 'activated') `
	}
	return many(ctx, r.q, "coupons", scanCoupon, selectCoupon+where+`ORDER BY issued_at DESC, id DESC LIMIT $3`, programID, memberID, limit)
}

// CouponsDue implements [engine.DueReads], of open coupons that end by the instant.
func (r reads) CouponsDue(ctx context.Context, programID string, by time.Time, after string, limit int) ([]engine.Coupon, error) {
	return many(ctx, r.q, "coupons", scanCoupon, selectCoupon+`WHERE program_id = $1 AND state IN ('issued', 'activated') AND expires_at <= $2 AND id > $3
		ORDER BY id LIMIT $4`, programID, by, after, limit)
}

func couponRow(c engine.Coupon) []any {
	return []any{c.ProgramID, c.ID, c.MemberID, c.Kind, string(c.State), c.From, nullable(c.Expires), c.Source, c.SaleID, c.Reissued,
		c.IssuedAt, nullable(c.UsedAt), c.StaffID}
}

// InsertCoupons implements [engine.MechanicWrites]: all of them, or with KindTaken when one is there already.
func (w *writes) InsertCoupons(ctx context.Context, coupons ...engine.Coupon) error {
	for chunk := range slices.Chunk(coupons, couponChunk) {
		args := make([]any, 0, len(chunk)*len(couponColumns))
		for _, c := range chunk {
			args = append(args, couponRow(c)...)
		}
		n, err := exec(ctx, w.q, "insert coupons", `INSERT INTO coupon (`+columnList(couponColumns)+`) VALUES `+
			sqldb.Placeholders(len(chunk), len(couponColumns))+` ON CONFLICT DO NOTHING`, args...)
		if err != nil {
			return err
		}
		if n != int64(len(chunk)) {
			return taken("coupon")
		}
		if err := w.touchAll(ctx, chunk); err != nil {
			return err
		}
	}
	return nil
}

// UpdateCoupon implements [engine.MechanicWrites].
func (w *writes) UpdateCoupon(ctx context.Context, c engine.Coupon, from ...rules.CouponState) error {
	states := make([]string, len(from))
	for i, s := range from {
		states[i] = string(s)
	}
	n, err := exec(ctx, w.q, "update coupon", `UPDATE coupon SET state = $3, active_from = $4, expires_at = $5, sale_id = $6, reissued = $7, used_at = $8, staff_id = $9
		WHERE program_id = $1 AND id = $2 AND state = ANY($10)`,
		c.ProgramID, c.ID, string(c.State), c.From, nullable(c.Expires), c.SaleID, c.Reissued, nullable(c.UsedAt), c.StaffID, states)
	if err != nil {
		return err
	}
	if n > 0 {
		return w.touch(ctx, c.ProgramID, c.MemberID)
	}
	return goneOr(ctx, w.q, conflict("coupon"), "coupon", `SELECT 1 FROM coupon WHERE program_id = $1 AND id = $2`, c.ProgramID, c.ID)
}
