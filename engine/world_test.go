package engine_test

import (
	"fmt"
	"sync"
	"testing"
	"time"
	_ "time/tzdata"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/storage"
	"kartka/storage/kv"
	"kartka/storage/kv/kvtest"
	"kartka/storage/storagetest"
)

// each runs a test on every database the product supports.
func each(t *testing.T, test func(t *testing.T, open func(t *testing.T) *world)) {
	t.Run("sqlite", func(t *testing.T) {
		test(t, func(t *testing.T) *world { return newWorld(t, storagetest.SQLite(t)) })
	})
	t.Run("postgres", func(t *testing.T) {
		test(t, func(t *testing.T) *world { return newWorld(t, storagetest.Postgres(t)) })
	})
}

// world is an engine on a database with a clock that tests set.
type world struct {
	store  *storage.Store
	engine *engine.Engine
	now    time.Time
	mu     sync.Mutex
	made   int
}

func newWorld(t *testing.T, url string) *world {
	t.Helper()
	w := &world{store: storagetest.Open(t, url), now: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)}
	w.engine = engine.New(engine.Config{Store: w.store, Codes: kvtest.Codes{Store: kv.NewMemory(time.Now, 10000)}, Now: func() time.Time {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.now
	}})
	return w
}

// pass moves the clock.
func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) draft(t *testing.T) *rules.Settings {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	preset, _ := rules.LookupPreset("horeca")
	s := preset.Draft("Test", money.Currency{Code: "UAH", Decimals: 2}, zone, []string{"uk", "en"}, 25000)
	s.Earn.MinCheck = 0
	return &s
}

func (w *world) newProgram(t *testing.T, s *rules.Settings) engine.Program {
	t.Helper()
	w.made++
	p, err := w.engine.CreateProgram(t.Context(), fmt.Sprintf("shop-%d", w.made), s, engine.ProgramActive)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// meet makes a contact as a messenger would.
func (w *world) meet(t *testing.T, p engine.Program, user string) engine.Contact {
	t.Helper()
	person, err := w.engine.Meet(t.Context(), p, engine.Bot{}, engine.Contact{Name: "Person " + user, Locale: "uk",
		Address: engine.Address{Channel: "telegram", Sender: p.Slug, UserID: user}})
	if err != nil {
		t.Fatal(err)
	}
	return person.Contact
}

// attach gives a program a bot, so that contacts can be met.
func (w *world) attach(t *testing.T, p engine.Program) {
	t.Helper()
	err := w.engine.AttachBot(t.Context(), engine.Bot{ProgramID: p.ID, Channel: "telegram", Sender: p.Slug, Username: p.Slug + "_bot", Token: "7:x", Secret: "s"})
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) join(t *testing.T, p engine.Program, in engine.JoinInput) engine.Member {
	t.Helper()
	in.ProgramID, in.Language, in.Channel, in.Text = p.ID, "uk", "telegram", "join-v1"
	if in.Name == "" {
		in.Name = "Олена"
	}
	j, err := w.engine.Join(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return j.Member
}

// hire makes a cashier with a contact.
func (w *world) hire(t *testing.T, p engine.Program, user string, role engine.Role) (engine.Staff, engine.Contact) {
	t.Helper()
	c := w.meet(t, p, user)
	invited, err := w.engine.ClaimLink(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	s, err := w.engine.AcceptInvite(t.Context(), p.ID, c.ID, invited.Token, "uk")
	if err != nil {
		t.Fatal(err)
	}
	s.Role = role
	if err := w.store.InTx(t.Context(), func(tx engine.Tx) error { return tx.UpdateStaff(t.Context(), s) }); err != nil {
		t.Fatal(err)
	}
	return s, c
}

// balance is what the lots and holds of a member come to; a glance must show the same.
func (w *world) balance(t *testing.T, p engine.Program, m engine.Member) engine.Balance {
	t.Helper()
	a, err := w.store.Account(t.Context(), p.ID, m.AccountID)
	if err != nil {
		t.Fatal(err)
	}
	b := engine.BalanceOf(&a, w.engine.Now())
	g, err := w.engine.Glance(t.Context(), p.ID, engine.Look{Ident: engine.Ident{AccountID: m.AccountID}})
	if err != nil && !engine.IsKind(err, engine.KindNotFound) {
		t.Fatal(err)
	}
	if err == nil && g.MemberID == m.ID && g.Balance != b { // of a member who became part of another it shows the other
		t.Errorf("a glance shows %+v, the account has %+v", g.Balance, b)
	}
	return b
}

// verify recomputes every balance of a program.
func (w *world) verify(t *testing.T, p engine.Program) {
	t.Helper()
	if _, err := w.store.Verify(t.Context(), p.ID, func(int) {}, func(d engine.Audited) { t.Errorf("verify: %s %s: %s", d.Check, d.ID, d.Detail) }); err != nil {
		t.Fatal(err)
	}
}
