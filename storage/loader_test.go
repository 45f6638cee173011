package storage_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/storage"
	"kartka/storage/storagetest"
)

// played is one transaction in which an engine plays a past, and what it has booked there.
type played struct {
	engine.Tx
	booked   map[string][]storage.Booked // by member
	activity map[string][]engine.Activity
}

func (p *played) InTx(_ context.Context, fn func(engine.Tx) error) error { return fn(p) }

func (p *played) InsertPosting(ctx context.Context, of engine.Posting, plan ledger.Plan) error {
	p.booked[of.MemberID] = append(p.booked[of.MemberID], storage.Booked{Posting: of, Plan: plan})
	return p.Tx.InsertPosting(ctx, of, plan)
}

func (p *played) InsertSale(ctx context.Context, s engine.Sale, of engine.Posting, plan ledger.Plan) error {
	p.booked[of.MemberID] = append(p.booked[of.MemberID], storage.Booked{Posting: of, Plan: plan, Made: &s})
	return p.Tx.InsertSale(ctx, s, of, plan)
}

func (p *played) AddActivity(ctx context.Context, a engine.Activity) error {
	p.activity[a.MemberID] = append(p.activity[a.MemberID], a)
	return p.Tx.AddActivity(ctx, a)
}

// Enqueue tells nobody of the past.
func (p *played) Enqueue(context.Context, ...engine.Outbound) error { return nil }

// loaded is a shop in a fresh database whose members have not come yet.
type loaded struct {
	*testing.T
	store   *storage.Store
	program engine.Program
	place   engine.Location
	bot     engine.Bot
}

func newLoaded(t *testing.T, url func(testing.TB) string) *loaded {
	t.Helper()
	s := &loaded{T: t, store: storagetest.Open(t, url(t)), program: storagetest.Program(t, "p")}
	s.program.CreatedAt, s.program.Since = now.AddDate(-3, 0, 0), now.AddDate(-3, 0, 0)
	s.place = engine.Location{ProgramID: "p", ID: "place", Name: "Counter", CreatedAt: now}
	s.bot = engine.Bot{ProgramID: "p", Channel: "telegram", Sender: "bot", Username: "bot", Token: "token", Secret: "secret"}
	err := s.store.InTx(t.Context(), func(tx engine.Tx) error {
		return errors.Join(tx.InsertProgram(t.Context(), s.program), tx.InsertLocation(t.Context(), s.place), tx.PutBot(t.Context(), s.bot))
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// play lets so many members live for a year, in the way of the product: they join, buy, spend, bring back, are corrected, and their points end.
func (s *loaded) play(members int) []storage.History {
	s.Helper()
	ctx, r := s.Context(), rand.New(rand.NewPCG(4, 2))
	var all []storage.History
	err := s.store.InTx(ctx, func(tx engine.Tx) error {
		p := &played{tx, map[string][]storage.Booked{}, map[string][]engine.Activity{}}
		clock := now.AddDate(-1, 0, 0)
		e := engine.New(engine.Config{Store: p, Now: func() time.Time { return clock }})
		var joined []engine.Member
		var sold []string
		for n := range members {
			contact, err := tx.TouchContact(ctx, engine.Contact{ID: e.NewID(), ProgramID: "p", Name: "Оленка", Locale: "uk", Source: "poster", CreatedAt: clock,
				Address: engine.Address{Channel: "telegram", Sender: "bot", UserID: fmt.Sprint(n)}})
			if err != nil {
				return err
			}
			j, err := e.Join(ctx, engine.JoinInput{ProgramID: "p", ContactID: contact.ID, Name: "Олена", Phone: engine.Phone(fmt.Sprintf("+38067%07d", n)), Proof: engine.ProofPlatform,
				Language: "uk", Marketing: n%2 == 0, Channel: "telegram", Text: "join-v1", Quiet: true, At: clock})
			if err != nil {
				return fmt.Errorf("join: %w", err)
			}
			joined = append(joined, j.Member)
		}
		for round := range 5 {
			clock = clock.Add(30 * 24 * time.Hour)
			if _, err := e.ExpireDue(ctx, "p", clock, nil); err != nil {
				return fmt.Errorf("expire: %w", err)
			}
			for i, m := range joined {
				if r.IntN(4) == 0 {
					continue
				}
				clock = clock.Add(time.Second)
				in := engine.PostInput{Key: e.NewID(), Sale: engine.SaleInput{ProgramID: "p", MemberID: m.ID, LocationID: s.place.ID, Till: "1", ReceiptNo: fmt.Sprint(round, "-", i),
					Source: "import", Lines: checkOf(r)}}
				if r.IntN(3) == 0 {
					in.Sale.Redeem = 5 + money.Points(r.IntN(20))
				}
				answer, err := e.Post(ctx, in)
				if engine.IsKind(err, engine.KindInsufficient) {
					in.Sale.Redeem = 0
					answer, err = e.Post(ctx, in)
				}
				if err != nil {
					return fmt.Errorf("post: %w", err)
				}
				sold = append(sold, answer.SaleID)
				if r.IntN(5) == 0 || in.Sale.Redeem > 0 && r.IntN(2) == 0 {
					back := engine.ReverseInput{Key: e.NewID(), ProgramID: "p", SaleID: sold[r.IntN(len(sold))], Lines: []engine.ReversedLine{{No: 1, Quantity: 1000}}}
					if in.Sale.Redeem > 0 { // lots that it emptied are filled again
						back.SaleID, back.Lines, back.All = answer.SaleID, nil, true
					}
					_, err := e.Reverse(ctx, back)
					if err != nil && !engine.IsKind(err, engine.KindInvalid) && !engine.IsKind(err, engine.KindConflict) && !engine.IsKind(err, engine.KindLimit) {
						return fmt.Errorf("return: %w", err)
					}
				}
				if r.IntN(10) == 0 {
					if _, err := e.Adjust(ctx, engine.AdjustInput{Key: e.NewID(), ProgramID: "p", MemberID: m.ID, Points: 7, Note: "sorry"}); err != nil {
						return fmt.Errorf("adjust: %w", err)
					}
				}
			}
		}
		var err error
		all, err = p.histories(ctx, joined)
		return err
	})
	if err != nil {
		s.Fatal(err)
	}
	return all
}

func checkOf(r *rand.Rand) []rules.Line {
	return []rules.Line{{Name: "Флет-вайт", Quantity: 2000, Net: money.Amount(100_00 + r.IntN(200_00))}, {Name: "Тарт", Quantity: 1000, Net: money.Amount(50_00 + r.IntN(100_00))}}
}

// histories is everything there is about members.
func (p *played) histories(ctx context.Context, members []engine.Member) (all []storage.History, err error) {
	for _, m := range members {
		h := storage.History{Postings: p.booked[m.ID], Activity: p.activity[m.ID]}
		if h.Member, err = p.Member(ctx, "p", m.ID); err != nil {
			return nil, err
		}
		if h.Contacts, err = p.ContactsOf(ctx, "p", m.ID, ""); err != nil {
			return nil, err
		}
		if h.Consents, err = p.Consents(ctx, "p", m.ID); err != nil {
			return nil, err
		}
		for i, b := range h.Postings {
			if b.Kind != ledger.KindSale {
				continue
			}
			sale, err := p.Sale(ctx, "p", b.SaleID)
			if err != nil {
				return nil, err
			}
			if sale.ReturnedTotal == 0 && sale.Revision == 0 {
				h.Postings[i].Made = nil
			}
			h.Sales = append(h.Sales, sale)
		}
		all = append(all, h)
	}
	return all, nil
}

// load fills the shop and returns how many rows it was told of.
func (s *loaded) load(all []storage.History) int64 {
	s.Helper()
	dir := s.TempDir()
	l, err := s.store.NewLoader(s.Context(), "p", dir)
	if err != nil {
		s.Fatal(err)
	}
	for _, h := range all {
		if err := l.Add(h); err != nil {
			s.Fatal(err)
		}
	}
	var told atomic.Int64
	if err := l.Load(s.Context(), func(n int) { told.Add(int64(n)) }); err != nil {
		s.Fatal(err)
	}
	if err := l.Close(); err != nil {
		s.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		s.Errorf("left behind: %v, %v", left, err)
	}
	if told.Load() != l.Rows() {
		s.Errorf("told of %d rows of %d", told.Load(), l.Rows())
	}
	return told.Load()
}

// clean checks that verification finds nothing.
func (s *loaded) clean() engine.Verified {
	s.Helper()
	sum, err := s.store.Verify(s.Context(), "p", nil, func(a engine.Audited) { s.Errorf("verify: %s %s: %s", a.Check, a.ID, a.Detail) })
	if err != nil {
		s.Fatal(err)
	}
	return sum
}

func eachBackend(t *testing.T, test func(t *testing.T, url func(testing.TB) string)) {
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) { test(t, b.url) })
	}
}

// What is loaded is, row for row, what the product itself would have written.
func TestLoaderWritesWhatTheProductWrites(t *testing.T) {
	eachBackend(t, func(t *testing.T, url func(testing.TB) string) {
		const members = 100
		origin, copied := newLoaded(t, url), newLoaded(t, url)
		all := origin.play(members)
		copied.load(all)
		want, got := storagetest.Rows(t, origin.store, "p"), storagetest.Rows(t, copied.store, "p")
		for table, rows := range want {
			if table == "audit" { // who corrected is not of a member's past
				continue
			}
			if diff := cmp.Diff(rows, got[table]); diff != "" {
				t.Errorf("%s (-played +loaded):\n%.2000s", table, diff)
			}
		}
		sum := copied.clean()
		kinds := map[ledger.Kind]int{}
		for _, h := range all {
			for _, b := range h.Postings {
				kinds[b.Kind]++
				if len(b.Plan.Reopened) > 0 {
					kinds["reopened"]++
				}
			}
		}
		for _, kind := range []ledger.Kind{ledger.KindSale, ledger.KindReverse, ledger.KindAdjust, ledger.KindExpire, "reopened"} {
			if kinds[kind] == 0 {
				t.Errorf("nothing of kind %s was played", kind)
			}
		}
		if sum != origin.clean() || sum.Accounts != members || sum.Sales < 3*members || sum.Postings < sum.Sales+members/2 {
			t.Errorf("%+v", sum)
		}
		for _, h := range all[:10] {
			if diff := cmp.Diff(origin.person(h), copied.person(h)); diff != "" {
				t.Errorf("a person (-played +loaded):\n%s", diff)
			}
			found, err := copied.store.MembersByPhone(t.Context(), "p", h.Member.Phone)
			if err != nil || len(found) != 1 || found[0].ID != h.Member.ID {
				t.Errorf("the phone finds %v, %v", found, err)
			}
		}
	})
}

// person is everything that a member's first screen knows, with all lots of the account.
func (s *loaded) person(h storage.History) engine.Person {
	s.Helper()
	p, err := s.store.Person(s.Context(), "p", h.Contacts[0].Address, now)
	if err == nil {
		p.Account, err = s.store.Account(s.Context(), "p", h.Member.AccountID)
	}
	if err != nil {
		s.Fatal(err)
	}
	return p
}

// Members who were loaded go on like others.
func TestLoadedMembersGoOn(t *testing.T) {
	eachBackend(t, func(t *testing.T, url func(testing.TB) string) {
		all := newLoaded(t, backends[1].url).play(150)
		s := newLoaded(t, url)
		s.load(all)
		before := s.clean()
		clock := now.Add(time.Hour)
		e := engine.New(engine.Config{Store: s.store, Now: func() time.Time { return clock }})
		ctx := t.Context()
		var many sync.WaitGroup
		for i, h := range all {
			many.Go(func() { // as groups
				r := rand.New(rand.NewPCG(1, uint64(i)))
				answer, err := e.Post(ctx, engine.PostInput{Key: e.NewID(), Sale: engine.SaleInput{ProgramID: "p", MemberID: h.Member.ID, LocationID: s.place.ID, Till: "1", Source: "till", Lines: checkOf(r)}})
				if err != nil {
					t.Error(err)
					return
				}
				account, err := s.store.Account(ctx, "p", h.Member.AccountID)
				if err != nil || answer.Balance != engine.BalanceOf(&account, clock) {
					t.Errorf("told %+v, there is %+v, %v", answer.Balance, account, err)
				}
			})
		}
		many.Wait()
		returned := 0
		for _, h := range all {
			for _, sale := range h.Sales {
				if sale.ReturnedTotal > 0 || sale.Redeemed == 0 {
					continue
				}
				answer, err := e.Reverse(ctx, engine.ReverseInput{Key: e.NewID(), ProgramID: "p", SaleID: sale.ID, All: true})
				if err != nil || answer.Restored != sale.Redeemed {
					t.Errorf("return of a loaded sale: %+v, %v", answer, err)
				}
				returned++
				break
			}
			if again, err := e.Post(ctx, engine.PostInput{Key: h.Postings[0].Key, Sale: engine.SaleInput{ProgramID: "p", MemberID: h.Member.ID, Sum: 1}}); !engine.IsKind(err, engine.KindConflict) {
				t.Errorf("a loaded key is free: %+v, %v", again, err)
			}
		}
		clock = clock.AddDate(2, 0, 0)
		expired, err := e.ExpireDue(ctx, "p", clock, nil)
		if err != nil {
			t.Fatal(err)
		}
		after := s.clean()
		if returned < 20 || expired.Points <= 0 || after.Sales != before.Sales+len(all) || after.Balance >= before.Balance {
			t.Errorf("%d returned, %+v expired, %+v is left of %+v", returned, expired, after, before)
		}
	})
}

func TestLoaderRefuses(t *testing.T) {
	url := backends[1].url
	all := newLoaded(t, url).play(20)
	s := newLoaded(t, url)
	l, err := s.store.NewLoader(t.Context(), "p", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	// Somebody who has spent, so that a later posting moves a lot of an earlier one.
	which := slices.IndexFunc(all, func(h storage.History) bool {
		return slices.ContainsFunc(h.Postings, func(b storage.Booked) bool { return b.Burned > 0 && len(b.Plan.NewLots) == 1 })
	})
	for _, c := range []struct {
		want  string
		spoil func(h *storage.History)
	}{
		{"program", func(h *storage.History) { h.Member.ProgramID = "q" }},
		{"id and account", func(h *storage.History) { h.Member.AccountID = "" }},
		{"part of another", func(h *storage.History) { h.Member.MergedInto = "m" }},
		{"no state", func(h *storage.History) { h.Member.State = "asleep" }},
		{"no proof", func(h *storage.History) { h.Member.Proof = "sworn" }},
		{"NUL", func(h *storage.History) { h.Member.Token = "a\x00b" }},
		{"contact", func(h *storage.History) { h.Contacts[0].MemberID = "m" }},
		{"consent", func(h *storage.History) { h.Consents[0].MemberID = "m" }},
		{"no purpose", func(h *storage.History) { h.Consents[0].Purpose = "fun" }},
		{"another member's", func(h *storage.History) { h.Postings[0].AccountID = "a" }},
		{"key", func(h *storage.History) { h.Postings[0].Key = "" }},
		{"recorded before", func(h *storage.History) { h.Postings[1].RecordedAt = h.Postings[0].RecordedAt.Add(-1000) }},
		{"below zero", func(h *storage.History) { h.Postings[0].Earned = -1 }},
		{"its moves come to", func(h *storage.History) { h.Postings[0].Points++ }},
		{"no contra", func(h *storage.History) { h.Postings[0].Plan.Moves[0].Contra = "luck" }},
		{"they come to", func(h *storage.History) { h.Postings[1].Balance++ }},
		{"they come to", func(h *storage.History) { h.Postings[1].Debt++ }},
		{"it moves lot", func(h *storage.History) { h.Postings = h.Postings[1:] }},
		{"it opens lot", func(h *storage.History) {
			twice := h.Postings[0]
			twice.RecordedAt = h.Postings[len(h.Postings)-1].RecordedAt
			h.Postings = append(h.Postings, twice)
		}},
		{"it changes lot", func(h *storage.History) { h.Postings[0].Plan.Changed = []ledger.Change{{LotID: "gone"}} }},
		{"points in lot", func(h *storage.History) { h.Postings[0].Plan.NewLots[0].Points-- }},
		{"between lots and debt", func(h *storage.History) { h.Postings[0].Plan.Moves[0].Contra = ledger.ContraDebt }},
		{"sale", func(h *storage.History) { h.Sales = h.Sales[1:] }},
		{"no posting has made it", func(h *storage.History) { h.Sales = append(h.Sales, h.Sales[0]) }},
		{"another member's", func(h *storage.History) { h.Sales[0].MemberID = "m" }},
		{"total is", func(h *storage.History) { h.Sales[0].Total++ }},
		{"earned is", func(h *storage.History) { h.Sales[0].Lines[0].Earn++ }},
		{"more came back", func(h *storage.History) { h.Sales[0].ReturnedTotal = h.Sales[0].Total + 1 }},
		{"below zero", func(h *storage.History) { h.Sales[0].LapsedUsed = -1 }},
		{"it earned lot", func(h *storage.History) { h.Sales[0].LotID = "gone" }},
		{"no kind of tender", func(h *storage.History) { h.Sales[0].Tenders = []engine.Tender{{Kind: "shells"}} }},
		{"it counts as a visit", func(h *storage.History) {
			for i := range h.Postings {
				h.Postings[i].Counted, h.Postings[i].Made = true, nil
			}
			h.Sales[0].ReversedEarn, h.Sales[0].Lines[0].ReversedEarn = 1, 1
		}},
		{"a day came to", func(h *storage.History) { h.Activity[0].MemberID = "m" }},
		{"no day", func(h *storage.History) { h.Activity[0].Day = "2026-02-30" }},
	} {
		h := copyOf(all[which])
		c.spoil(&h)
		if err := l.Add(h); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "load member") {
			t.Errorf("%s: %v", c.want, err)
		}
	}
	if n := l.Rows(); n != 0 {
		t.Errorf("%d rows of what was refused", n)
	}
	if err := l.Add(all[which]); err != nil { // or none of the above meant anything
		t.Error(err)
	}

	// What is taken from one member and given to nobody.
	gift := storage.Booked{Posting: engine.Posting{ProgramID: "p", ID: "gift", Key: "gift", Hash: "h", Kind: ledger.KindTransfer, MemberID: "m", AccountID: "a", Points: 5, Balance: 5,
		OccurredAt: now, RecordedAt: now}, Plan: ledger.Plan{NewLots: []ledger.Lot{{ID: "gift", Points: 5, Remaining: 5, ActiveFrom: now, EarnedAt: now}},
		Moves: []ledger.Move{{LotID: "gift", Points: 5, Contra: ledger.ContraTransfer}}}}
	if err := l.Add(storage.History{Member: engine.Member{ProgramID: "p", ID: "m", AccountID: "a", State: engine.MemberActive, JoinedAt: now}, Postings: []storage.Booked{gift}}); err != nil {
		t.Error(err)
	}
	if err := l.Load(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "between members comes to 5") {
		t.Errorf("%v", err)
	}
}

// copyOf copies what the cases of a test change.
func copyOf(h storage.History) storage.History {
	h.Contacts, h.Consents, h.Activity = slices.Clone(h.Contacts), slices.Clone(h.Consents), slices.Clone(h.Activity)
	h.Postings, h.Sales = slices.Clone(h.Postings), slices.Clone(h.Sales)
	for i := range h.Postings {
		p := &h.Postings[i].Plan
		p.Moves, p.NewLots = slices.Clone(p.Moves), slices.Clone(p.NewLots)
	}
	for i := range h.Sales {
		h.Sales[i].Lines = slices.Clone(h.Sales[i].Lines)
	}
	return h
}

func TestLoaderNeedsAnEmptyProgram(t *testing.T) {
	eachBackend(t, func(t *testing.T, url func(testing.TB) string) {
		s := newLoaded(t, url)
		if _, err := s.store.NewLoader(t.Context(), "nobody's", ""); !engine.IsKind(err, engine.KindNotFound) {
			t.Errorf("%v", err)
		}
		if _, err := s.store.NewLoader(t.Context(), "p", "/nowhere/at/all"); err == nil {
			t.Error("files are made nowhere")
		}
		member := func(id string) storage.History {
			return storage.History{Member: engine.Member{ProgramID: "p", ID: id, AccountID: "of " + id, Card: "one", State: engine.MemberActive, JoinedAt: now}}
		}
		var loaders [2]*storage.Loader
		for i := range loaders {
			var err error
			if loaders[i], err = s.store.NewLoader(t.Context(), "p", t.TempDir()); err != nil {
				t.Fatal(err)
			}
			defer loaders[i].Close()
			if err := loaders[i].Add(member(fmt.Sprint("m", i))); err != nil {
				t.Fatal(err)
			}
		}
		if err := loaders[0].Load(t.Context(), nil); err != nil {
			t.Error(err)
		}
		if err := loaders[1].Load(t.Context(), nil); !errors.Is(err, storage.ErrNotEmpty) {
			t.Errorf("%v", err)
		}
		if _, err := s.store.NewLoader(t.Context(), "p", ""); !errors.Is(err, storage.ErrNotEmpty) {
			t.Errorf("%v", err)
		}
		if sum := s.clean(); sum.Accounts != 1 {
			t.Errorf("%+v", sum)
		}

		two := newLoaded(t, url)
		l, err := two.store.NewLoader(t.Context(), "p", t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if err := errors.Join(l.Add(member("a")), l.Add(member("b"))); err != nil {
			t.Fatal(err)
		}
		if err := l.Load(t.Context(), nil); !engine.IsKind(err, engine.KindTaken) {
			t.Errorf("two members with one card: %v", err)
		}
	})
}
