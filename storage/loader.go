package storage

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/storage/sqldb"
)

// History is a member with all that the past has left: what a [Loader] takes. Everything in it is of the member and its program.
type History struct {
	Member   engine.Member
	Contacts []engine.Contact
	Consents []engine.Consent
	Tier     rules.TierState
	Postings []Booked          // in the order in which they were recorded, the first on an empty account
	Sales    []engine.Sale     // as they are now
	Activity []engine.Activity // what the sales came to; those of a day are added up, those that postings count stay with them
}

// Booked is a posting with the plan that it carries out.
type Booked struct {
	engine.Posting
	Plan ledger.Plan
	// Made is the sale as the posting made it, where it has been corrected since; nil: not corrected, or not known.
	Made *engine.Sale
}

// Loader fills an empty program with members and their past, for generators, benchmarks and imports: [Loader.Add] for each member,
// then [Loader.Load] once. Nothing reaches the database before everything has been checked, and then much of it at a time, month by
// month, as it would have come. Until then it waits in temporary files, which take about half of what the database will; each is removed
// as soon as it is written. Memory does not grow with the number of members.
//
// Accounts and lots are what the postings make of them. Holds, stamps, counters, coupons, certificates and referrals are not loaded.
type Loader struct {
	store   *Store
	program string
	spool   *sqldb.Spool
	now     time.Time

	transferred atomic.Int64 // Σ moves between members
}

// ErrNotEmpty says that a program has members, postings or sales already.
var ErrNotEmpty = errors.New("the program is not empty")

// loadTables are the tables that a Loader fills, in the order of Load: others refer to the first.
var loadTables = []sqldb.Table{
	{Name: "member", Columns: memberColumns},
	{Name: "account", Columns: accountColumns},
	{Name: "profile", Columns: profileColumns},
	{Name: "contact", Columns: loadedContactColumns},
	{Name: "consent", Columns: consentColumns},
	{Name: "trait_due", Columns: traitDueColumns},
	{Name: "activity", Columns: dayColumns},
	{Name: "lot", Columns: lotColumns},
	{Name: "sale", Columns: saleColumns},
	{Name: "posting", Columns: postingColumns},
}

// NewLoader begins to load a program, which must be there and empty ([ErrNotEmpty]). dir is where the temporary files are made, "" the
// system's directory for such files. The loader must be closed.
func (s *Store) NewLoader(ctx context.Context, programID, dir string) (*Loader, error) {
	if _, err := s.Program(ctx, programID); err != nil {
		return nil, fmt.Errorf("load program: %w", err)
	}
	l := &Loader{store: s, program: programID, now: s.now().UTC()}
	if err := l.empty(ctx); err != nil {
		return nil, err
	}
	var err error
	if l.spool, err = sqldb.NewSpool(dir, loadTables...); err != nil {
		return nil, fmt.Errorf("load program: %w", err)
	}
	return l, nil
}

// empty refuses a program that something has been written for.
func (l *Loader) empty(ctx context.Context) error {
	filled, err := one(ctx, l.store.q, "program", scanInt, `SELECT CASE WHEN EXISTS (SELECT 1 FROM member WHERE program_id = $1)
		OR EXISTS (SELECT 1 FROM posting WHERE program_id = $1) OR EXISTS (SELECT 1 FROM every_sale WHERE program_id = $1) THEN 1 ELSE 0 END`, l.program)
	if err == nil && filled != 0 {
		err = ErrNotEmpty
	}
	if err != nil {
		return fmt.Errorf("load program: %w", err)
	}
	return nil
}

// Add takes a member. It refuses what does not add up, and so whatever [Store.Verify] would find: entries that do not come to their
// posting or to the balance after it, lots below zero or beyond what they held, sales that are not the sum of their lines or that
// nothing has posted, and what belongs to somebody else. What is in the history may be changed afterwards. Several goroutines may
// add at the same time.
func (l *Loader) Add(h History) error {
	if err := l.add(&h); err != nil {
		return fmt.Errorf("load member %s: %w", h.Member.ID, err)
	}
	return nil
}

func (l *Loader) add(h *History) error {
	if err := l.checkPeople(h); err != nil {
		return err
	}
	b := newBook(h)
	for i := range h.Postings {
		if err := b.post(&h.Postings[i]); err != nil {
			return fmt.Errorf("posting %s: %w", h.Postings[i].ID, err)
		}
	}
	if err := b.checkSales(h.Sales); err != nil {
		return err
	}
	rows, err := l.rows(h, b)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := checkTexts(r.values); err != nil {
			return fmt.Errorf("%s: %w", r.table, err)
		}
	}
	for _, r := range rows {
		if err := l.spool.Add(r.table, r.part, r.values); err != nil {
			return err
		}
	}
	l.transferred.Add(int64(b.transferred))
	return nil
}

// Rows is how many rows have been made of what was added.
func (l *Loader) Rows() int64 { return l.spool.Rows() }

// Load writes everything that was added; nothing else may be done with the program meanwhile. When it fails, because an id, key, card
// or receipt is there twice (KindTaken) or for reasons of the database, a part has been written, and the program is of no use any more.
// written, which may be nil, is told how many rows more are on their way, by several goroutines at once.
func (l *Loader) Load(ctx context.Context, written func(rows int)) error {
	if sum := money.Points(l.transferred.Load()); sum != 0 {
		return fmt.Errorf("load program: what moves between members comes to %d instead of 0", sum)
	}
	if err := l.empty(ctx); err != nil {
		return err
	}
	names := make([]string, len(loadTables))
	for i, t := range loadTables {
		names[i] = t.Name
	}
	for _, together := range [][]string{names[:1], names[1:]} {
		if err := l.spool.Write(ctx, l.store.db, written, together...); err != nil {
			return fmt.Errorf("load program: %w", translate(err))
		}
	}
	if err := sqldb.Settle(ctx, l.store.db, names...); err != nil {
		return fmt.Errorf("load program: %w", err)
	}
	return nil
}

// Close removes the temporary files.
func (l *Loader) Close() error { return l.spool.Close() }
