package storage

import (
	"cmp"
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/engine/rules"
)

const ratingFields = `r.program_id, r.sale_id, r.id, r.member_id, r.location_id, r.staff_id, r.stars, r.comment, r.via, r.day, r.at, r.changed_at`

func ratingInto(r *engine.Rating) []any {
	return []any{&r.ProgramID, &r.SaleID, &r.ID, &r.MemberID, &r.LocationID, &r.StaffID, &r.Stars, &r.Comment, &r.Via, &r.Day, &r.At, &r.ChangedAt}
}

func scanRating(row pgx.Row) (r engine.Rating, err error) {
	err = row.Scan(ratingInto(&r)...)
	return r, err
}

// Rating implements [engine.RatingReads].
func (r reads) Rating(ctx context.Context, programID, saleID string) (engine.Rating, error) {
	return one(ctx, r.q, "rating", scanRating, `SELECT `+ratingFields+` FROM rating r WHERE r.program_id = $1 AND r.sale_id = $2`, programID, saleID)
}

// RatingsOf implements [engine.RatingReads].
func (r reads) RatingsOf(ctx context.Context, programID, memberID string) ([]engine.Rating, error) {
	return many(ctx, r.q, "ratings", scanRating, `SELECT `+ratingFields+` FROM rating r WHERE r.program_id = $1 AND r.member_id <> ''
		AND r.member_id IN (SELECT m.id FROM member m WHERE m.program_id = $1 AND (m.id = $2 OR m.merged_into = $2 AND m.merged_into <> ''))
		ORDER BY r.at DESC, r.id DESC`, programID, memberID)
}

// RatingSums implements [engine.RatingReads].
func (r reads) RatingSums(ctx context.Context, programID string, from, to rules.Date) (sums []engine.RatingSum, err error) {
	type count struct {
		engine.RatingSum
		stars, n int
	}
	counts, err := many(ctx, r.q, "ratings", func(row pgx.Row) (c count, err error) {
		err = row.Scan(&c.Day, &c.LocationID, &c.StaffID, &c.stars, &c.n)
		return c, err
	}, `SELECT day, location_id, staff_id, stars, count(*) FROM rating WHERE program_id = $1 AND day >= $2 AND day <= $3
		GROUP BY day, location_id, staff_id, stars ORDER BY day, location_id, staff_id, stars`, programID, string(from), string(to))
	for _, c := range counts {
		last := len(sums) - 1
		if last < 0 || sums[last].Day != c.Day || sums[last].LocationID != c.LocationID || sums[last].StaffID != c.StaffID {
			sums = append(sums, c.RatingSum)
			last++
		}
		sums[last].Counts[c.stars-1] = c.n
	}
	return sums, err
}

// The sale is a posting, or a row of its own once it has been corrected, as in the history. A guest who became part of another is
// called as that one is.
const (
	ratingsQuery = `SELECT ` + ratingFields + `, COALESCE(o.total, s.total, 0), COALESCE(o.occurred_at, s.occurred_at), COALESCE(l.name, ''),
			COALESCE(p.member_id, ''), COALESCE(p.name, ''), COALESCE(w.name, '')
		FROM rating r
		LEFT JOIN posting o ON o.program_id = r.program_id AND o.id = r.sale_id AND o.sold
		LEFT JOIN sale s ON s.program_id = r.program_id AND s.id = r.sale_id
		LEFT JOIN location l ON l.program_id = r.program_id AND l.id = r.location_id
		LEFT JOIN staff w ON w.program_id = r.program_id AND w.id = r.staff_id
		LEFT JOIN member m ON m.program_id = r.program_id AND m.id = r.member_id
		LEFT JOIN profile p ON p.program_id = r.program_id AND p.member_id = CASE WHEN m.merged_into <> '' THEN m.merged_into ELSE m.id END
		WHERE r.program_id = $1 AND ($2 = '' OR r.location_id = $2) AND ($3 = '' OR r.staff_id = $3) AND r.stars <= $4 `
	ratingsOrder = ` ORDER BY r.at DESC, r.id DESC LIMIT $5`
)

func (r reads) scanRatedSale(row pgx.Row) (s engine.RatedSale, err error) {
	var occurred *time.Time
	var member, name, staff string
	if err := row.Scan(append(ratingInto(&s.Rating), &s.Total, &occurred, &s.Place, &member, &name, &staff)...); err != nil {
		return s, err
	}
	s.OccurredAt = timeOrZero(occurred)
	if s.Name, err = r.seal.openText(name, placeProfileName(s.ProgramID, member)); err != nil {
		return s, err
	}
	s.Staff, err = r.seal.openText(staff, placeStaffName(s.ProgramID, s.StaffID))
	return s, err
}

// Ratings implements [engine.RatingReads].
func (r reads) Ratings(ctx context.Context, programID string, q engine.RatingQuery) ([]engine.RatedSale, error) {
	most := cmp.Or(q.MostStars, rules.MostStars)
	if q.Before == "" {
		return many(ctx, r.q, "ratings", r.scanRatedSale, ratingsQuery+ratingsOrder, programID, q.LocationID, q.StaffID, most, q.Limit)
	}
	return many(ctx, r.q, "ratings", r.scanRatedSale, ratingsQuery+
		`AND (r.at, r.id) < (SELECT b.at, b.id FROM rating b WHERE b.program_id = $1 AND b.id = $6)`+ratingsOrder,
		programID, q.LocationID, q.StaffID, most, q.Limit, q.Before)
}

// PutRating implements [engine.RatingWrites].
func (w *writes) PutRating(ctx context.Context, r engine.Rating) error {
	_, err := exec(ctx, w.q, "write rating", `INSERT INTO rating (program_id, sale_id, id, member_id, location_id, staff_id, stars, comment, via, day, at, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (program_id, sale_id) DO UPDATE SET stars = excluded.stars, comment = excluded.comment, changed_at = excluded.changed_at`,
		r.ProgramID, r.SaleID, r.ID, r.MemberID, r.LocationID, r.StaffID, r.Stars, r.Comment, r.Via, string(r.Day), r.At, r.ChangedAt)
	if err != nil {
		return err
	}
	return w.touch(ctx, r.ProgramID, r.MemberID)
}

// SetAsked implements [engine.RatingWrites].
func (w *writes) SetAsked(ctx context.Context, programID, memberID string, a engine.Asked, since time.Time) error {
	n, err := exec(ctx, w.q, "note question", `UPDATE member SET asked_at = $3, asked_sale = $4
		WHERE program_id = $1 AND id = $2 AND (asked_at IS NULL OR asked_at <= $5)`, programID, memberID, a.At, a.SaleID, since)
	if err != nil || n > 0 {
		return err
	}
	return goneOr(ctx, w.q, conflict("question"), "member", `SELECT 1 FROM member WHERE program_id = $1 AND id = $2`, programID, memberID)
}

// eraseComments takes what a member wrote off the ratings; the marks stay.
func (w *writes) eraseComments(ctx context.Context, programID, memberID string) error {
	_, err := exec(ctx, w.q, "erase comments", `UPDATE rating SET comment = '' WHERE program_id = $1 AND member_id = $2 AND member_id <> '' AND comment <> ''`,
		programID, memberID)
	return err
}
