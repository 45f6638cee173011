package main

import (
	"context"
	"io"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"kartka/engine"
	"kartka/engine/cardcode"
	"kartka/engine/ledger"
	"kartka/engine/rules"
)

// aPast is one that needs no database.
func aPast(t testing.TB) benchPast {
	t.Helper()
	settings, err := draftSettings("Bench", "UAH", "Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	settings.Earn.MinCheck, settings.Lots.Days = 0, historyLots
	return benchPast{seed: 7, end: time.Date(2026, 3, 14, 9, 26, 53, 589793000, time.UTC), program: engine.Program{ID: "p", Version: 1, Settings: settings},
		bot: engine.Bot{Channel: "telegram", Sender: "1"}, place: engine.Location{ID: "here"}}
}

func TestPastOfAMember(t *testing.T) {
	p := aPast(t)
	seen := map[string]bool{}
	fresh := func(ids ...string) {
		for _, id := range ids {
			if seen[id] || id == "" {
				t.Errorf("%q is empty or there twice", id)
			}
			seen[id] = true
		}
	}
	for n := range 200 {
		h, err := p.history(n)
		if err != nil {
			t.Fatal(err)
		}
		m := h.Member
		if g := p.guest(n); g.member != m.ID || g.account != m.AccountID || g.card != m.Card || pastPhone(g.no) != m.Phone || g.user != h.Contacts[0].Address.UserID {
			t.Errorf("guest %d is %+v, the member %+v", n, g, m)
		}
		if _, err := cardcode.ParseAlias(m.Card); err != nil {
			t.Errorf("card %s: %v", m.Card, err)
		}
		fresh(m.ID, m.AccountID, m.Card, m.Phone.Reveal(), m.Token, m.InviteTag, h.Contacts[0].ID, h.Contacts[0].Address.UserID, h.Consents[0].ID, h.Consents[1].ID)
		if len(h.Sales) != historySales || len(h.Postings) != historySales || !m.JoinedAt.Before(h.Sales[0].OccurredAt) {
			t.Errorf("%d sales, %d postings, joined %s", len(h.Sales), len(h.Postings), m.JoinedAt)
		}
		account := ledger.Account{ID: m.AccountID}
		last := p.end.AddDate(0, 0, -historyDays)
		for i, b := range h.Postings {
			account = account.Apply(b.Plan)
			if !b.RecordedAt.After(last) || b.RecordedAt.After(p.end) || i > 0 && b.ID < h.Postings[i-1].ID {
				t.Errorf("posting %s at %s follows one at %s", b.ID, b.RecordedAt, last)
			}
			last = b.RecordedAt
			fresh(b.ID)
			if told, err := b.Told(); err != nil || told.Balance != engine.BalanceOf(&account, b.RecordedAt) || told.Earned != b.Earned {
				t.Errorf("told %+v, %v", told, err)
			}
		}
		if open := account.Lots; len(open) != historySales || account.Available(p.end) != account.Balance() || account.Balance() <= 0 {
			t.Errorf("%d open lots, %d to spend", len(open), account.Available(p.end))
		}
	}
	a, _ := p.history(3)
	if b, _ := p.history(3); a.Postings[9].ID != b.Postings[9].ID {
		t.Error("the same seed makes another past")
	}
	p.seed++
	if b, _ := p.history(3); a.Postings[9].ID == b.Postings[9].ID {
		t.Error("another seed makes the same past")
	}
}

// An id is one that the engine could have made, at that time.
func TestIDsOfThePast(t *testing.T) {
	p := aPast(t)
	r := p.chance(1)
	var ids []string
	at := p.end
	for range 100 {
		at = at.Add(time.Millisecond)
		id := idAt(at, r)
		raw, err := idLetters.DecodeString(id)
		if err != nil || len(id) != len(engine.New(engine.Config{}).NewID()) {
			t.Fatalf("%s: %v", id, err)
		}
		u := uuid.UUID(raw)
		sec, nsec := u.Time().UnixTime()
		if u.Version() != 7 || u.Variant() != uuid.RFC4122 || time.Unix(sec, nsec).UnixMilli() != at.UnixMilli() {
			t.Errorf("%s is %s of %d", id, u, sec)
		}
		ids = append(ids, id)
	}
	if !slices.IsSorted(ids) {
		t.Error("their order is not that of time")
	}
}

func TestCardsAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for n := range 200_000 {
		if card := pastCard(n); seen[card] {
			t.Fatalf("card %s is there twice", card)
		} else {
			seen[card] = true
		}
	}
}

// What the bench loads is a shop that could have come about, and it is one for others to work with.
func TestBenchLoadsAWholeShop(t *testing.T) {
	o := benchOptions{members: []int{120}, rounds: 1, seconds: 1, seed: 3, dir: t.TempDir()}
	h, err := openBench(t.Context(), console{out: io.Discard, err: io.Discard}, o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}()
	b := h.sizes[0]
	verify := func() engine.Verified {
		sum, err := b.app.store.Verify(t.Context(), b.program.ID, nil, func(d engine.Audited) { t.Errorf("%+v", d) })
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	if sum := verify(); sum.Accounts != 120 || sum.Lots != 1200 || sum.Postings != 1200 || sum.Sales != 1200 || sum.Balance <= 0 {
		t.Errorf("%+v", sum)
	}
	if b.about.Bytes < 120<<10 || b.about.LoadSeconds <= 0 {
		t.Errorf("%+v", b.about)
	}
	if files, err := filepath.Glob(filepath.Join(h.dir, "kartka-spool-*")); err != nil || len(files) > 0 {
		t.Errorf("left behind: %v, %v", files, err)
	}
	g := b.past.guest(77)
	e := b.app.engine
	posted, err := e.Post(t.Context(), engine.PostInput{Key: "k", Sale: engine.SaleInput{ProgramID: b.program.ID, MemberID: g.member, LocationID: b.place.ID, Till: "1",
		Source: "till", Lines: checkLines(b.past.chance(0)), Redeem: spendMost}})
	if err != nil || posted.Redeemed != spendMost {
		t.Fatalf("%+v, %v", posted, err)
	}
	page, err := b.app.store.Sale(t.Context(), b.program.ID, posted.SaleID)
	if err != nil || page.Business != string(rules.DateOf(e.Now(), b.program.Settings.Zone)) {
		t.Errorf("%+v, %v", page, err)
	}
	if _, err := e.Reverse(t.Context(), engine.ReverseInput{Key: "r", ProgramID: b.program.ID, SaleID: posted.SaleID, All: true}); err != nil {
		t.Error(err)
	}
	if sum := verify(); sum.Sales != 1201 || sum.Postings != 1202 {
		t.Errorf("%+v", sum)
	}
}

// BenchmarkPast measures making a member with ten sales, before any database sees it.
func BenchmarkPast(b *testing.B) {
	p := aPast(b)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if _, err := p.history(n); err != nil {
			b.Fatal(err)
		}
		n++
	}
}
