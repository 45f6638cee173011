package storage

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/storage/sqldb"
)

var counterColumns = []string{"program_id", "member_id", "of_what", "period", "times", "points", "amount", "last_at"}

// counterChunk is the most counters that one statement writes.
const counterChunk = 250

// useOf reads a counter from its row.
func useOf(row standingRow, all bool) rules.Use {
	return rules.Use{Counter: rules.Counter{Of: row.t1, Period: row.t2, All: all},
		Times: int(row.n1), Points: money.Points(row.n2), Amount: money.Amount(row.n3), Last: timeOrZero(row.at1)}
}

func scanUse(row pgx.Row) (rules.Use, error) {
	var s standingRow
	err := row.Scan(&s.t1, &s.t2, &s.n1, &s.n2, &s.n3, &s.at1)
	return useOf(s, true), err
}

// counterNames lists what counters are of and their periods, each once, to look them up with one statement; what it finds
// beyond the counters themselves is left out afterwards.
func counterNames(counters []rules.Counter) (of, periods []string) {
	of, periods = []string{}, []string{}
	for _, c := range counters {
		of, periods = append(of, c.Of), append(periods, c.Period)
	}
	return slices.Compact(slices.Sorted(slices.Values(of))), slices.Compact(slices.Sorted(slices.Values(periods)))
}

func compareCounters(a, b rules.Counter) int {
	return cmp.Or(cmp.Compare(a.Of, b.Of), cmp.Compare(a.Period, b.Period), compareBools(a.All, b.All))
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func sortUses(uses []rules.Use) {
	slices.SortFunc(uses, func(a, b rules.Use) int { return compareCounters(a.Counter, b.Counter) })
}

// selectUses reads counters of the whole program by the names that counterNames lists.
const selectUses = `SELECT of_what, period, times, points, amount, last_at FROM counter
	WHERE program_id = $1 AND member_id = '' AND of_what = ANY($2) AND period = ANY($3) ORDER BY of_what, period`

// uses reads counters of the whole program and leaves out those not asked for.
func (r reads) uses(ctx context.Context, sql, programID string, counters []rules.Counter) ([]rules.Use, error) {
	of, periods := counterNames(counters)
	found, err := many(ctx, r.q, "counters", scanUse, sql, programID, of, periods)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(u rules.Use) bool {
		return !slices.ContainsFunc(counters, func(c rules.Counter) bool { return c.Of == u.Of && c.Period == u.Period })
	}), nil
}

// Uses implements [engine.MechanicReads], in the order of names and periods. Counter.All is taken for granted.
func (r reads) Uses(ctx context.Context, programID string, counters []rules.Counter) ([]rules.Use, error) {
	if len(counters) == 0 {
		return nil, nil
	}
	return r.uses(ctx, selectUses, programID, counters)
}

// LockUses implements [engine.MechanicWrites], in the order of names and periods, which is also the order of locking.
func (w *writes) LockUses(ctx context.Context, programID string, counters []rules.Counter) ([]rules.Use, error) {
	if len(counters) == 0 {
		return nil, nil
	}
	fresh := make([]rules.Use, len(counters))
	for i, c := range counters {
		fresh[i] = rules.Use{Counter: rules.Counter{Of: c.Of, Period: c.Period, All: true}}
	}
	// New rows first, all of them in order: whoever makes the same row now is waited for here, and the locks that follow meet
	// rows that are there.
	if err := w.upsertUses(ctx, programID, "", fresh, ` ON CONFLICT DO NOTHING`); err != nil {
		return nil, fmt.Errorf("lock counters: %w", err)
	}
	found, err := w.uses(ctx, selectUses+` FOR UPDATE`, programID, counters)
	if err != nil {
		return nil, fmt.Errorf("lock counters: %w", err)
	}
	return found, nil
}

// addUse adds to a counter that is there.
const addUse = ` ON CONFLICT (program_id, member_id, of_what, period) DO UPDATE SET
	times = counter.times + excluded.times, points = counter.points + excluded.points, amount = counter.amount + excluded.amount,
	last_at = CASE WHEN counter.last_at IS NULL OR excluded.last_at > counter.last_at THEN excluded.last_at ELSE counter.last_at END`

// AddUses implements [engine.MechanicWrites].
func (w *writes) AddUses(ctx context.Context, programID, memberID string, uses []rules.Use) error {
	return w.upsertUses(ctx, programID, memberID, uses, addUse)
}

// upsertUses inserts counters, as many as fit with one statement, in the order in which all lock them.
func (w *writes) upsertUses(ctx context.Context, programID, memberID string, uses []rules.Use, onConflict string) error {
	for chunk := range slices.Chunk(mergeUses(uses), counterChunk) {
		args := make([]any, 0, len(chunk)*len(counterColumns))
		for _, u := range chunk {
			owner := memberID
			if u.All {
				owner = ""
			} else if owner == "" {
				return fmt.Errorf("write counters: %s is of a member, and none is given", u.Of)
			}
			args = append(args, programID, owner, u.Of, u.Period, int64(u.Times), int64(u.Points), int64(u.Amount), nullable(u.Last))
		}
		_, err := exec(ctx, w.q, "write counters", `INSERT INTO counter (`+columnList(counterColumns)+`) VALUES `+
			sqldb.Placeholders(len(chunk), len(counterColumns))+onConflict, args...)
		if err != nil {
			return err
		}
	}
	return nil
}

// mergeUses sorts uses and adds up those of the same counter: one statement changes a row only once.
func mergeUses(uses []rules.Use) []rules.Use {
	sorted := slices.Clone(uses)
	sortUses(sorted)
	merged := sorted[:0]
	for _, u := range sorted {
		if n := len(merged); n > 0 && merged[n-1].Counter == u.Counter {
			last := &merged[n-1]
			last.Times, last.Points, last.Amount = last.Times+u.Times, last.Points+u.Points, last.Amount+u.Amount
			if u.Last.After(last.Last) {
				last.Last = u.Last
			}
			continue
		}
		merged = append(merged, u)
	}
	return merged
}
