package storage

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine/ledger"
)

// knownCheck is an account with what its row says of its open lots, and these lots.
type knownCheck struct {
	ledger.Account
	says ledger.Rest
}

func scanKnownCheck(row pgx.Row) (c knownCheck, err error) {
	var next, from, until *time.Time
	err = row.Scan(&c.ID, &c.says.Active, &c.says.Ended, &next, &c.says.NextPoints, &from, &until)
	c.says.Next, c.says.From, c.says.Until = timeOrZero(next), timeOrZero(from), timeOrZero(until)
	return c, err
}

// known compares what the rows of accounts say of their lots with the lots. A row that says nothing is right.
func (v *verifier) known(ctx context.Context) error {
	for after := ""; ; {
		page, err := many(ctx, v.q, "accounts", scanKnownCheck, `SELECT id, known_active, known_ended, known_next, known_next_points, known_from, known_until
			FROM account WHERE program_id = $1 AND id > $2 ORDER BY id LIMIT $3`, v.program, after, verifyChunk)
		if err != nil || len(page) == 0 {
			return err
		}
		at := make(map[string]*knownCheck, len(page))
		for i := range page {
			at[page[i].ID] = &page[i]
		}
		last := page[len(page)-1].ID
		if err := v.readKnownLots(ctx, at, after, last); err != nil {
			return err
		}
		for i := range page {
			v.compareKnown(&page[i])
		}
		v.advance(len(page))
		after = last
	}
}

// readKnownLots reads the open lots of a page of accounts.
func (v *verifier) readKnownLots(ctx context.Context, at map[string]*knownCheck, after, last string) error {
	var account string
	var l ledger.Lot
	var expires *time.Time
	into := []any{&account, &l.Remaining, &l.ActiveFrom, &expires}
	return v.rows(ctx, "lots", func(row pgx.Row) error {
		if err := row.Scan(into...); err != nil {
			return err
		}
		if c := at[account]; c != nil {
			l.ExpiresAt = timeOrZero(expires)
			c.Lots = append(c.Lots, l)
		}
		return nil
	}, `SELECT account_id, remaining, active_from, expires_at FROM lot
		WHERE program_id = $1 AND open AND account_id > $2 AND account_id <= $3`, v.program, after, last)
}

func (v *verifier) compareKnown(c *knownCheck) {
	is, ok := c.Sum(c.says.From)
	says := c.says
	switch {
	case !says.Until.IsZero() && !says.Until.After(longAgo): // nothing is known
	case !ok:
		v.differ("account_known", c.ID, "its lots cannot be summed up")
	case says.Active != is.Active || says.Ended != is.Ended:
		v.differ("account_known", c.ID, "its row says that %d points are active and %d ended, its lots make %d and %d", says.Active, says.Ended, is.Active, is.Ended)
	case !says.Next.Equal(is.Next) || says.NextPoints != is.NextPoints:
		v.differ("account_known", c.ID, "its row says that %d points end at %s, its lots make %d at %s", says.NextPoints, says.Next, is.NextPoints, is.Next)
	case !is.Until.IsZero() && (says.Until.IsZero() || says.Until.After(is.Until)):
		v.differ("account_known", c.ID, "its row says that nothing changes until %s, a lot begins or ends at %s", says.Until, is.Until)
	}
}
