package storage

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/engine/rules"
	"kartka/engine/segment"
	"kartka/storage/sqldb"
)

// The bounds of what is kept.
const (
	columnsFrom = 20_000 // members of a program; below, the database counts as fast
	columnsMost = 4_000_000
	columnsIdle = time.Hour       // columns that nobody has asked for so long are dropped
	columnsLoad = 2 * time.Minute // the longest that reading all rows may take
)

// columnKeeper keeps the columns of programs that are asked about.
type columnKeeper struct {
	from, most int

	mu     sync.Mutex
	kept   map[string]*keptColumns // by program
	asks   uint64                  // so many there were
	closed bool
}

// keptColumns are the columns of one program.
type keptColumns struct {
	columns
	held   chan struct{} // full while somebody uses them
	loaded atomic.Bool
	places atomic.Int64 // how many there are
	idle   *time.Timer  // drops them
	asked  uint64       // the last ask, by its number
}

func newColumnKeeper(from, most int) *columnKeeper {
	return &columnKeeper{from: cmp.Or(from, columnsFrom), most: cmp.Or(most, columnsMost), kept: map[string]*keptColumns{}}
}

// of returns the columns of a program, nil when there are none.
func (k *columnKeeper) of(programID string) *keptColumns {
	k.mu.Lock()
	defer k.mu.Unlock()
	c := k.kept[programID]
	if c != nil {
		c.idle.Reset(columnsIdle)
		k.asks++
		c.asked = k.asks
	}
	return c
}

// add returns columns of a program of so many places, yet to be loaded when they are new, and nil when it is too small or too large to keep them. The
// columns of others that nobody has asked for longest make room for them.
func (k *columnKeeper) add(programID string, places int) *keptColumns {
	k.mu.Lock()
	defer k.mu.Unlock()
	if c := k.kept[programID]; c != nil || k.closed || k.from < 0 || places < k.from || places > k.most {
		return c
	}
	k.room(places, "")
	k.asks++
	c := &keptColumns{columns: *newColumns(), held: make(chan struct{}, 1), asked: k.asks}
	c.places.Store(int64(places))
	c.idle = time.AfterFunc(columnsIdle, func() { k.drop(programID, c) })
	k.kept[programID] = c
	return c
}

// room drops the columns of programs that nobody has asked for longest, but for one, until so many more members may be kept.
func (k *columnKeeper) room(more int, but string) {
	for {
		sum, oldest := int64(more), ""
		for id, c := range k.kept {
			sum += c.places.Load()
			if id != but && (oldest == "" || c.asked < k.kept[oldest].asked) {
				oldest = id
			}
		}
		if sum <= int64(k.most) || oldest == "" {
			return
		}
		k.kept[oldest].idle.Stop()
		delete(k.kept, oldest)
	}
}

// grown makes room for members that have come to a program. One that has become too large itself is dropped.
func (k *columnKeeper) grown(programID string, c *keptColumns, places int) {
	if c.places.Swap(int64(places)) == int64(places) {
		return
	}
	if places > k.most {
		k.drop(programID, c)
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.room(0, programID)
}

// drop lets columns go. Whoever is using them still may.
func (k *columnKeeper) drop(programID string, c *keptColumns) {
	k.mu.Lock()
	defer k.mu.Unlock()
	c.idle.Stop()
	if k.kept[programID] == c {
		delete(k.kept, programID)
	}
}

// close drops everything, for ever.
func (k *columnKeeper) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, c := range k.kept {
		c.idle.Stop()
	}
	clear(k.kept)
	k.closed = true
}

// hold waits until nobody else uses the columns.
func (c *keptColumns) hold(ctx context.Context) error {
	select {
	case c.held <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for columns: %w", ctx.Err())
	}
}

func (c *keptColumns) release() { <-c.held }

// columnBits finds the places of the members of a segment in columns, as of one moment. It is false when the database is to be asked: the columns do not
// tell, the program is small, or too large, or its columns are just being read.
func (s *Store) columnBits(ctx context.Context, p engine.Program, x segment.Expr, day rules.Date) (found bitset, ok bool, err error) {
	if !inColumnsAll(x) {
		return nil, false, nil
	}
	c := s.columns.of(p.ID)
	if c == nil {
		places, err := one(ctx, s.q, "places", scanInt, `SELECT COALESCE(max(no), -1) + 1 FROM trait WHERE program_id = $1`, p.ID)
		if err != nil {
			return nil, false, err
		}
		if c = s.columns.add(p.ID, places); c == nil {
			return nil, false, nil
		}
	}
	if c.loaded.Load() {
		err = c.hold(ctx)
	} else if ok, err = s.loadColumns(ctx, p.ID, c); !ok {
		return nil, false, err
	}
	if err != nil {
		return nil, false, err
	}
	defer c.release()
	err = sqldb.ReadTx(ctx, s.db, func(tx pgx.Tx) error { // begun while the columns are held: they are never newer than it
		r := reads{q: textGuard{tx}, seal: s.seal}
		if err := c.follow(ctx, r, p.ID); err != nil {
			return err
		}
		f, err := r.fifths(ctx, p.ID)
		if err == nil {
			found = c.members(x, segment.DayOf(day), f)
		}
		return err
	})
	if err != nil {
		return nil, false, err
	}
	s.columns.grown(p.ID, c, c.size)
	return found, true, nil
}

// loadColumns reads columns for the first time, and holds them; false when somebody else is at it. It goes on when whoever asks has gone: the next who asks
// would have to begin anew.
func (s *Store) loadColumns(ctx context.Context, programID string, c *keptColumns) (bool, error) {
	select {
	case c.held <- struct{}{}:
	default:
		return false, nil
	}
	if c.loaded.Load() { // meanwhile
		return true, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), columnsLoad)
	defer cancel()
	if err := c.load(ctx, s.reads, programID); err != nil {
		s.columns.drop(programID, c)
		c.release()
		return false, err
	}
	c.loaded.Store(true)
	return true, nil
}
