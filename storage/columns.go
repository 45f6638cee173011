package storage

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
)

// columns are the rows of trait of one program, by place: what segments ask most often, kept so that a million members are counted in milliseconds. They
// are read once, and brought up to date before each answer with the rows that are newer than those seen, so that several processes need not tell each
// other anything. One at a time uses them.
type columns struct {
	size    int   // places below it may be somebody's
	rev     int64 // everything up to it has been read
	live    bitset
	invited bitset
	numbers [len(columnNumbers)]series
	texts   [len(columnTexts)]words
}

// The columns of trait that are kept, beside no, rev, live and invited.
var (
	columnNumbers = [...]string{"joined", "first_day", "last_day", "visits", "visits_30", "visits_90", "visits_365", "spent", "spent_30", "spent_90", "spent_365",
		"balance", "burning_7", "burning_14", "burning_30", "referrals", "ratings", "rating", "consent", "reach"}
	columnTexts = [...]string{"gender", "language", "tier", "city", "source", "tags"}
)

// columnsQuery reads rows of trait as they are kept.
var columnsQuery = "SELECT no, rev, live, invited, " + strings.Join(columnNumbers[:], ", ") + ", " + strings.Join(columnTexts[:], ", ") + " FROM trait WHERE program_id = $1"

// newerColumns reads the rows that are newer than those seen, in the order in which they were written.
var newerColumns = columnsQuery + " AND rev > $2 ORDER BY rev"

func newColumns() *columns {
	c := &columns{rev: math.MinInt64}
	c.texts[slices.Index(columnTexts[:], "tags")].split = splitTags
	c.grow(0)
	return c
}

// number is a column by its name, nil when it is not kept.
func (c *columns) number(name string) *series {
	if i := slices.Index(columnNumbers[:], name); i >= 0 {
		return &c.numbers[i]
	}
	return nil
}

// text is a column by its name, nil when it is not kept.
func (c *columns) text(name string) *words {
	if i := slices.Index(columnTexts[:], name); i >= 0 {
		return &c.texts[i]
	}
	return nil
}

// grow makes room for the places below n.
func (c *columns) grow(n int) {
	c.size = max(c.size, n)
	for i := range c.numbers {
		c.numbers[i].grow(c.size)
	}
	for i := range c.texts {
		c.texts[i].grow(c.size)
	}
}

// columnRow is a row of [columnsQuery].
type columnRow struct {
	no, rev       int64
	live, invited bool
	numbers       [len(columnNumbers)]int64
	texts         [len(columnTexts)]string
	into          []any
}

// dest is where a row is scanned to.
func (r *columnRow) dest() []any {
	if r.into == nil {
		r.into = append(r.into, &r.no, &r.rev, &r.live, &r.invited)
		for i := range r.numbers {
			r.into = append(r.into, &r.numbers[i])
		}
		for i := range r.texts {
			r.into = append(r.into, &r.texts[i])
		}
	}
	return r.into
}

// take keeps a row in the place of what was there.
func (c *columns) take(r *columnRow) {
	if r.no >= int64(c.size) {
		c.grow(int(r.no) + 1)
	}
	place := int(r.no)
	flag(&c.live, r.no, r.live)
	flag(&c.invited, r.no, r.invited)
	for i, n := range r.numbers {
		c.numbers[i].set(place, n)
	}
	for i, text := range r.texts {
		c.texts[i].setText(place, text)
	}
}

func flag(s *bitset, place int64, on bool) {
	if on {
		s.Set(place)
	} else {
		s.Clear(place)
	}
}

// load reads all rows. After an error nothing has been read.
func (c *columns) load(ctx context.Context, r reads, programID string) error {
	rev := int64(0) // of a program without rows
	err := c.read(ctx, r, func(row *columnRow) { rev = max(rev, row.rev) }, columnsQuery, programID)
	if err == nil {
		c.rev = rev
	}
	return err
}

// follow reads the rows that are newer than those seen. After an error it goes on where it was: those that one transaction wrote are seen when all of them
// have come.
func (c *columns) follow(ctx context.Context, r reads, programID string) error {
	last := c.rev
	err := c.read(ctx, r, func(row *columnRow) {
		if row.rev > last {
			c.rev, last = last, row.rev
		}
	}, newerColumns, programID, c.rev)
	if err == nil {
		c.rev = last
	}
	return err
}

// read keeps the rows of a query as they come.
func (c *columns) read(ctx context.Context, r reads, seen func(*columnRow), sql string, args ...any) error {
	rows, err := r.q.Query(ctx, sql, args...)
	if err != nil {
		return fmt.Errorf("read columns: %w", err)
	}
	defer rows.Close()
	var row columnRow
	for rows.Next() {
		if err := rows.Scan(row.dest()...); err != nil {
			return fmt.Errorf("read columns: %w", err)
		}
		seen(&row)
		c.take(&row)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read columns: %w", err)
	}
	return nil
}
