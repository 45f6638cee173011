package storage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// AcquireLease implements [engine.Messages].
func (s *Store) AcquireLease(ctx context.Context, name, holder string, now time.Time, ttl time.Duration) (fence int64, ok bool, err error) {
	err = s.q.QueryRow(ctx, `INSERT INTO lease (name, holder, fence, expires_at) VALUES ($1, $2, 1, $4)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at,
			fence = CASE WHEN lease.holder = excluded.holder THEN lease.fence ELSE lease.fence + 1 END
			WHERE lease.holder = excluded.holder OR lease.expires_at <= $3
		RETURNING fence`, name, holder, now, now.Add(ttl)).Scan(&fence)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("acquire lease: %w", err)
	}
	return fence, true, nil
}

// ReleaseLease implements [engine.Messages]. The row stays, because it remembers the fence. Releasing what another holder
// has does nothing.
func (s *Store) ReleaseLease(ctx context.Context, name, holder string) error {
	_, err := exec(ctx, s.q, "release lease", `UPDATE lease SET holder = '', expires_at = $3 WHERE name = $1 AND holder = $2`, name, holder, time.Unix(0, 0))
	return err
}

// Leases implements [engine.Messages].
func (s *Store) Leases(ctx context.Context) (map[string]string, error) {
	type lease struct{ name, holder string }
	all, err := many(ctx, s.q, "leases", func(row pgx.Row) (l lease, err error) {
		err = row.Scan(&l.name, &l.holder)
		return l, err
	}, `SELECT name, holder FROM lease WHERE holder <> ''`)
	if err != nil {
		return nil, err
	}
	held := make(map[string]string, len(all))
	for _, l := range all {
		held[l.name] = l.holder
	}
	return held, nil
}

// Mark implements [engine.Messages].
func (s *Store) Mark(ctx context.Context, key string) (string, error) {
	var value string
	err := s.q.QueryRow(ctx, `SELECT value FROM mark WHERE key = $1`, key).Scan(&value)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("read mark: %w", err)
	}
	return value, nil
}

// SetMark implements [engine.Messages].
func (s *Store) SetMark(ctx context.Context, key, value string) error {
	_, err := exec(ctx, s.q, "set mark", `INSERT INTO mark (key, value) VALUES ($1, $2)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	return err
}
