package storage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/storage/sqldb"
)

// unit is the transaction of a group: an [engine.Tx] that all works of the group share. What works change all the time
// (accounts with their lots and standing, postings, sales, counters, stamps, coupons, messages) it reads once, keeps in memory as the works leave it, and
// writes at the end with a statement for each table. Everything else goes straight to the database. Where neither will do, the
// work is refused and done again in a transaction of its own: the unit may be slow, but it is never wrong.
//
// A work that fails is undone in memory; one that had already written to the database spoils the unit, and the group is written again
// without it.
type unit struct {
	*writes
	dialect sqldb.Dialect
	wants   []*wanted

	accounts map[ref]*unitAccount // by id
	owned    map[ref]*unitAccount // by member
	people   map[ref]unitMember
	keys     map[ref]*engine.Posting
	receipts map[receiptRef]*engine.Sale
	orphans  map[receiptRef][]engine.Orphan // returns that wait for the sales of receipts; none: there is an empty entry
	places   map[ref]engine.Location
	staff    map[ref]engine.Staff
	// hands are the contacts of staff.
	hands     map[ref][]engine.Contact
	referrals map[ref]engine.Referral // of friends; asked for and not there: absent
	uses      map[useRef]*unitUse
	coupons   map[ref]*unitCoupon
	holds     map[ref]*unitHold
	// holdKeys are the ids of holds by their keys, "" where there is none.
	holdKeys map[ref]string
	// sold are sales that the works have announced, nil where there is none, with their postings.
	sold         map[ref]*unitSale
	salePostings map[ref][]engine.Posting
	entries      map[ref][]engine.Entry // of these postings
	lots         map[ref]readLot
	ahead        map[string][]string // lots of programs that have not been read
	versions     map[settingsRef]engine.SettingsVersion

	postings [][]any
	sales    []*engine.Sale
	days     map[dayRef]*engine.Activity
	stamps   map[stampRef]*unitStamp
	out      [][]any // messages to contacts
	told     []told  // messages to members and staff

	works int // done so far, and begun
	// Of the work that is being done.
	undo    []func()
	refused bool
	wrote   bool // to the database
}

var _ engine.Tx = (*unit)(nil)

// ref names a thing of a program.
type ref struct{ program, id string }

type receiptRef struct {
	program string
	engine.Receipt
}

// unitAccount is a locked account as the works so far leave it.
type unitAccount struct {
	program string
	member  string
	ledger.Account
	stand   rules.Standing // without counters; the lists are replaced, never changed
	holder  engine.Holder  // who the member is
	stamps  bool           // stand has them
	coupons bool           // and these
	born    bool           // and the birthday
	known   ledger.Rest    // what the row says of the lots
	at      time.Time      // when the account was last looked at
	keeps   bool           // a work of the group may ask for lots
	lots    map[string]*unitLot
	changed bool
	raised  bool // or lowered: its tier has changed
	saved   int  // the work that changed it last, whose undoing brings back what was before
}

// unitLot is a lot that the works have opened or changed.
type unitLot struct {
	ledger.Lot              // as it is now
	opened     bool         // by a work of the group
	moved      money.Points // what works have given to one that was there before, less what they have taken
	expired    money.Points // of what left it, what expiry took
	lives      bool         // longer or shorter than before
}

type unitMember struct {
	engine.Member
	birthday rules.Birthday
}

var (
	// errAlone refuses a work that the unit cannot do.
	errAlone = errors.New("storage: the work needs a transaction of its own")
	// errUnfit says that what one work needs or leaves cannot be read or written, which need not hurt the others.
	errUnfit = errors.New("storage: a row of the group does not fit")
	// errSpoilt says that a work failed after it had written to the database.
	errSpoilt = errors.New("storage: a work of the group failed in the middle")
)

// groupQuerier runs statements under the group's context: that of one work's caller may end while the connection is everybody's.
type groupQuerier struct {
	sqldb.Querier
	ctx context.Context
}

func (g groupQuerier) Exec(_ context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	return g.Querier.Exec(g.ctx, sql, args...)
}

func (g groupQuerier) Query(_ context.Context, sql string, args ...any) (pgx.Rows, error) {
	return g.Querier.Query(g.ctx, sql, args...)
}

func (g groupQuerier) QueryRow(_ context.Context, sql string, args ...any) pgx.Row {
	return g.Querier.QueryRow(g.ctx, sql, args...)
}

// Dialect keeps the querier transparent to [sqldb.DialectOf].
func (g groupQuerier) Dialect() sqldb.Dialect { return sqldb.DialectOf(g.Querier) }

// InGroup implements [engine.Grouper].
func (s *Store) InGroup(ctx context.Context, work engine.Work) error {
	if !announcesTexts(work) {
		return s.InTx(ctx, work.Run) // which says so; the database would refuse the whole group
	}
	w, err := s.groups.do(ctx, work)
	if err != nil {
		return err
	}
	if w.panicked != nil {
		panic(w.panicked)
	}
	if w.alone {
		return s.InTx(ctx, work.Run)
	}
	return w.err
}

// InGroups implements [engine.Grouper].
func (s *Store) InGroups(ctx context.Context, works []engine.Work) []error {
	errs := make([]error, len(works))
	var places []int
	var grouped []engine.Work
	for i, work := range works {
		if announcesTexts(work) {
			places, grouped = append(places, i), append(grouped, work)
		}
	}
	done := make([]*waiting, len(works))
	for n, w := range s.groups.doAll(ctx, grouped) {
		done[places[n]] = w
	}
	for i, w := range done {
		switch {
		case w == nil:
			errs[i] = s.InTx(ctx, works[i].Run)
		case w.panicked != nil:
			panic(w.panicked)
		case w.alone:
			errs[i] = s.InTx(ctx, w.Run)
		default:
			errs[i] = w.err
		}
	}
	return errs
}

// announcesTexts reports whether all that a work announces can be looked up.
func announcesTexts(w engine.Work) bool {
	r := &w.Receipt
	return checkTexts([]any{w.ProgramID, w.LocationID, w.StaffID, r.LocationID, r.Till, r.Business, r.No, w.MemberIDs, w.Keys, w.HoldIDs, w.HoldKeys, w.SaleIDs}) == nil
}

// writeGroup writes a group. When the database refuses it, halves of it are tried; what it refuses of a single work is for a
// transaction of its own to find out.
func (s *Store) writeGroup(ctx context.Context, group []*waiting) {
	for len(group) > 0 {
		spoilt, err := s.tryGroup(ctx, group)
		switch {
		case err == nil:
			return
		case errors.Is(err, errSpoilt):
			group[spoilt].alone = true
			group = append(group[:spoilt:spoilt], group[spoilt+1:]...)
		case !fromServer(err) && !errors.Is(err, errUnfit):
			for _, w := range group {
				w.err = fmt.Errorf("write group: %w", err)
			}
			return
		case len(group) == 1:
			group[0].alone = true
			return
		default:
			half := len(group) / 2
			s.writeGroup(ctx, group[:half])
			group = group[half:]
		}
	}
}

// fromServer reports whether the database answered, with an error, and is there to be asked again.
func fromServer(err error) bool {
	var answer *pgconn.PgError
	return errors.As(err, &answer) || errors.Is(err, pgx.ErrTxCommitRollback)
}

// tryGroup writes a group in one transaction. With errSpoilt it says which work has to be left out.
func (s *Store) tryGroup(ctx context.Context, group []*waiting) (spoilt int, err error) {
	u := newUnit(s)
	ask := &pgx.Batch{}
	if err := u.queueLoads(ask, group); err != nil {
		return 0, err
	}
	for _, w := range group {
		w.err, w.alone, w.panicked = nil, false, nil
	}
	err = sqldb.TwoTrips(ctx, s.groupDB, ask, func(q sqldb.Querier) (*sqldb.Trip, error) {
		u.writes = &writes{reads: reads{q: textGuard{groupQuerier{q, ctx}}, seal: s.seal}}
		if err := u.settleLoads(ctx); err != nil {
			return nil, err
		}
		if err := u.lockCounters(ctx, group); err != nil {
			return nil, err
		}
		for i, w := range group {
			if err := u.do(w); err != nil {
				spoilt = i
				return nil, err
			}
		}
		return u.flush()
	})
	return spoilt, err
}

// do does one work. It fails only when the unit is of no use any more.
func (u *unit) do(w *waiting) error {
	u.works++
	u.undo, u.refused, u.wrote = u.undo[:0], false, false
	w.panicked, w.err = u.guarded(w)
	if w.err == nil && w.panicked == nil && !u.refused {
		return nil
	}
	if errors.Is(w.err, errAlone) || errors.Is(w.err, ledger.ErrPartial) || u.refused {
		w.alone = true
	}
	if fromServer(w.err) {
		return w.err // the transaction is lost
	}
	if u.wrote {
		return errSpoilt
	}
	for i := len(u.undo) - 1; i >= 0; i-- {
		u.undo[i]()
	}
	return nil
}

func (u *unit) guarded(w *waiting) (panicked any, err error) {
	defer func() { panicked = recover() }()
	return nil, w.Run(u)
}

// refuse gives up on the work.
func (u *unit) refuse() error {
	u.refused = true
	return errAlone
}

// pending reports whether works before this one have changed what is not in the database yet.
func (u *unit) pending() bool {
	if len(u.postings) > 0 || len(u.sales) > 0 || len(u.out) > 0 || len(u.told) > 0 || len(u.days) > 0 || len(u.stamps) > 0 || len(u.undo) > 0 || u.holdsChanged() || u.salesChanged() {
		return true
	}
	for _, c := range u.coupons {
		if c.changed {
			return true
		}
	}
	for _, use := range u.uses {
		if use.changed {
			return true
		}
	}
	for _, a := range u.accounts {
		if a.changed {
			return true
		}
	}
	return false
}

// through marks a statement that goes to the database at once.
func (u *unit) through() { u.wrote = true }

func (u *unit) onUndo(fn func()) { u.undo = append(u.undo, fn) }

// put sets an entry of a map so that it can be undone.
func put[K comparable, V any](u *unit, m map[K]V, key K, value V) {
	old, had := m[key]
	m[key] = value
	u.onUndo(func() {
		if had {
			m[key] = old
		} else {
			delete(m, key)
		}
	})
}

// change lets an account be changed so that it can be undone.
func (u *unit) change(a *unitAccount) {
	if a.saved == u.works {
		return // by this work before
	}
	before := *a
	u.onUndo(func() {
		lots := a.lots
		*a = before
		a.lots = lots // its entries are undone one by one
	})
	a.changed, a.saved = true, u.works
}
