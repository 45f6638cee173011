package storage

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/engine/rules"
	"kartka/engine/segment"
)

// compile makes a condition on live rows of trait.
func (r reads) compile(ctx context.Context, p engine.Program, x segment.Expr, day rules.Date) (*compiled, error) {
	cells, err := r.fifths(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	c := &compiled{args: []any{p.ID}, today: segment.DayOf(day), cells: cells, born: func(days []string) (indexes []string) {
		for _, day := range days {
			indexes = append(indexes, r.seal.blindIndexes(indexOfBirthday, p.ID, day)...)
		}
		return indexes
	}}
	c.write(`t.program_id = $1 AND t.live AND `)
	return c, c.expr(x)
}

// CountSegment implements [engine.Audience].
func (s *Store) CountSegment(ctx context.Context, p engine.Program, x segment.Expr, day rules.Date) (int, error) {
	found, ok, err := s.columnBits(ctx, p, x, day)
	if err != nil {
		return 0, fmt.Errorf("count segment: %w", err)
	}
	if !ok {
		return s.countSegment(ctx, p, x, day)
	}
	return found.Count(), nil
}

// audienceBits finds the places of the members of a segment.
func (s *Store) audienceBits(ctx context.Context, p engine.Program, x segment.Expr, day rules.Date) (bitset, error) {
	found, ok, err := s.columnBits(ctx, p, x, day)
	if err == nil && !ok {
		found, err = s.segmentBits(ctx, p, x, day)
	}
	if err != nil {
		return nil, fmt.Errorf("find segment: %w", err)
	}
	return found, nil
}

// segmentBits asks the database for the places of the members of a segment, and takes them as they come.
func (r reads) segmentBits(ctx context.Context, p engine.Program, x segment.Expr, day rules.Date) (found bitset, err error) {
	c, err := r.compile(ctx, p, x, day)
	if err != nil {
		return nil, err
	}
	rows, err := r.q.Query(ctx, `SELECT t.no FROM trait t WHERE `+c.where.String(), c.args...)
	if err != nil {
		return nil, fmt.Errorf("read places: %w", err)
	}
	defer rows.Close()
	var no int64
	into := []any{&no}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, fmt.Errorf("read places: %w", err)
		}
		found.Set(no)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read places: %w", err)
	}
	return found, nil
}

// countSegment has the database count a segment.
func (r reads) countSegment(ctx context.Context, p engine.Program, x segment.Expr, day rules.Date) (n int, err error) {
	c, err := r.compile(ctx, p, x, day)
	if err != nil {
		return 0, fmt.Errorf("count segment: %w", err)
	}
	if err := r.q.QueryRow(ctx, `SELECT count(*) FROM trait t WHERE `+c.where.String(), c.args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count segment: %w", err)
	}
	return n, nil
}

// SegmentMembers implements [engine.Audience].
func (r reads) SegmentMembers(ctx context.Context, p engine.Program, x segment.Expr, day rules.Date, after string, limit int) ([]string, error) {
	c, err := r.compile(ctx, p, x, day)
	if err != nil {
		return nil, fmt.Errorf("list segment: %w", err)
	}
	return many(ctx, r.q, "segment", scanText, `SELECT t.member_id FROM trait t WHERE `+c.where.String()+` AND t.member_id > `+c.arg(after)+
		` ORDER BY t.member_id LIMIT `+c.arg(limit), c.args...)
}

func scanSegment(row pgx.Row) (s engine.Segment, err error) {
	var expr string
	if err := row.Scan(&s.ProgramID, &s.ID, &s.Name, &expr, &s.Frozen, &s.Size, &s.By, &s.At); err != nil {
		return s, err
	}
	s.Expr, err = segment.Decode([]byte(expr))
	return s, err
}

// Segments implements [engine.SegmentReads].
func (r reads) Segments(ctx context.Context, programID string) ([]engine.Segment, error) {
	return many(ctx, r.q, "segments", scanSegment, `SELECT program_id, id, name, expr, frozen, size, by_staff, at FROM segment WHERE program_id = $1 ORDER BY folded`, programID)
}

// PutSegment implements [engine.SegmentWrites].
func (w *writes) PutSegment(ctx context.Context, s engine.Segment) error {
	expr, err := segment.Encode(s.Expr)
	if err != nil {
		return err
	}
	_, err = exec(ctx, w.q, "write segment", `INSERT INTO segment (program_id, id, name, folded, expr, frozen, size, by_staff, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (program_id, id) DO UPDATE SET name = excluded.name, folded = excluded.folded, expr = excluded.expr, frozen = excluded.frozen, size = excluded.size,
			at = excluded.at`, s.ProgramID, s.ID, s.Name, segment.Fold(s.Name), string(expr), s.Frozen, s.Size, s.By, s.At)
	return err
}

// DeleteSegment implements [engine.SegmentWrites].
func (w *writes) DeleteSegment(ctx context.Context, programID, id string) error {
	if _, err := exec(ctx, w.q, "delete members of segment", `DELETE FROM segment_member WHERE program_id = $1 AND segment_id = $2`, programID, id); err != nil {
		return err
	}
	return update(ctx, w.q, "segment", `DELETE FROM segment WHERE program_id = $1 AND id = $2`, programID, id)
}

// FreezeSegment implements [engine.SegmentWrites]. The segment must be there.
func (w *writes) FreezeSegment(ctx context.Context, p engine.Program, id string, x segment.Expr, day rules.Date) (int, error) {
	c, err := w.compile(ctx, p, x, day)
	if err != nil {
		return 0, err
	}
	n, err := exec(ctx, w.q, "freeze segment", `INSERT INTO segment_member (program_id, segment_id, member_id) SELECT t.program_id, `+c.arg(id)+`, t.member_id FROM trait t WHERE `+
		c.where.String()+` ON CONFLICT DO NOTHING`, c.args...)
	return int(n), err
}
