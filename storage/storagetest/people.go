package storagetest

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/rules"
)

func testContacts(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	a := s.bot()
	want := engine.Contact{ID: "c1", ProgramID: s.program.ID, Address: a, Name: "Оленка ☕", Locale: "uk", Source: "table-7", CreatedAt: epoch}
	touch := func(s *shop, c engine.Contact) (got engine.Contact) {
		s.Helper()
		s.tx(func(tx engine.Tx) (err error) { got, err = tx.TouchContact(s.ctx, c); return err })
		return got
	}

	t.Run("touch", func(t *testing.T) {
		s := s.on(t)
		equal(t, "new contact", touch(s, want), want)
		visit := want
		visit.ID, visit.Name, visit.Locale, visit.Source, visit.CreatedAt = "c2", "Olena", "en", "other", epoch.Add(time.Hour)
		want.Name, want.Locale = "Olena", "en"
		equal(t, "touched contact", touch(s, visit), want)
		equal(t, "contact", must(s.Contact(s.ctx, s.program.ID, "c1"))(t), want)
		_, err := s.Contact(s.ctx, s.program.ID, "c2")
		s.wants(engine.KindNotFound, err)
	})

	t.Run("session", func(t *testing.T) {
		s := s.on(t)
		save := func(text string, version int64) func(engine.Tx) error {
			return func(tx engine.Tx) error { return tx.SaveSession(s.ctx, s.program.ID, "c1", []byte(text), version) }
		}
		s.tx(save(`{"b":1,"a":"\u0000"}`, 0))
		s.fails(engine.KindConflict, save(`{}`, 0))
		s.tx(save(`{"b": 2}`, 1))
		want.Session, want.SessionVersion = json.RawMessage(`{"b": 2}`), 2
		equal(t, "contact", must(s.Contact(s.ctx, s.program.ID, "c1"))(t), want)
		s.tx(func(tx engine.Tx) error { return tx.SaveSession(s.ctx, s.program.ID, "gone", []byte(`{}`), 3) }) // keeps nothing
	})

	t.Run("slots", func(t *testing.T) {
		s := s.on(t)
		slot := func(name, ref string) {
			s.Helper()
			s.tx(func(tx engine.Tx) error { return tx.SaveSlot(s.ctx, s.program.ID, "c1", name, ref) })
		}
		slot("home", "17")
		slot("card", "18")
		slot("home", "19")
		slot("card", "")
		slot("never", "")
		want.Slots = map[string]string{"home": "19"}
		equal(t, "contact", must(s.Contact(s.ctx, s.program.ID, "c1"))(t), want)
		s.fails(engine.KindNotFound, func(tx engine.Tx) error { return tx.SaveSlot(s.ctx, s.program.ID, "nobody", "home", "1") })
	})

	t.Run("language, link, block", func(t *testing.T) {
		s := s.on(t)
		m := s.member()
		staff := engine.Staff{ID: "s1", ProgramID: s.program.ID, Role: engine.RoleCashier, CreatedAt: epoch}
		s.tx(func(tx engine.Tx) error {
			return errors.Join(tx.InsertStaff(s.ctx, staff), tx.LinkContact(s.ctx, s.program.ID, "c1", m.ID, "s1"),
				tx.SetLanguage(s.ctx, s.program.ID, "c1", "kk"), tx.SetBlocked(s.ctx, s.program.ID, "c1", epoch))
		})
		want.MemberID, want.StaffID, want.Language, want.BlockedAt = m.ID, "s1", "kk", epoch
		equal(t, "contact", must(s.Contact(s.ctx, s.program.ID, "c1"))(t), want)
		if got := must(s.Member(s.ctx, s.program.ID, m.ID))(t).Language; got != "kk" {
			t.Errorf("language of the member is %q", got)
		}
		if got := must(s.Staff(s.ctx, s.program.ID, "s1"))(t).Language; got != "kk" {
			t.Errorf("language of the staff is %q", got)
		}
		s.tx(func(tx engine.Tx) error { return tx.SetBlocked(s.ctx, s.program.ID, "c1", time.Time{}) })
		want.BlockedAt = time.Time{}

		second := want
		second.ID, second.Address.UserID, second.CreatedAt = "c3", "200", epoch.Add(2*time.Hour)
		second.Session, second.SessionVersion, second.Slots = nil, 0, nil
		touch(s, second)
		equal(t, "contacts of member", must(s.ContactsOf(s.ctx, s.program.ID, m.ID, ""))(t), []engine.Contact{second, want})
		equal(t, "contacts of staff", must(s.ContactsOf(s.ctx, s.program.ID, "", "s1"))(t), []engine.Contact{second, want})
		equal(t, "contacts of nobody", must(s.ContactsOf(s.ctx, s.program.ID, "", ""))(t), []engine.Contact(nil))
		for _, change := range []func(engine.Tx) error{
			func(tx engine.Tx) error { return tx.LinkContact(s.ctx, s.program.ID, "nobody", "", "") },
			func(tx engine.Tx) error { return tx.SetLanguage(s.ctx, s.program.ID, "nobody", "uk") },
			func(tx engine.Tx) error { return tx.SetBlocked(s.ctx, s.program.ID, "nobody", epoch) },
		} {
			s.fails(engine.KindNotFound, change)
		}
	})
}

func testMembers(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	m := s.member()

	t.Run("read", func(t *testing.T) {
		s := s.on(t)
		equal(t, "member", must(s.Member(s.ctx, s.program.ID, m.ID))(t), m)
		equal(t, "by card", must(s.MemberByCard(s.ctx, s.program.ID, m.Card))(t), m)
		equal(t, "by token", must(s.MemberByToken(s.ctx, s.program.ID, m.Token))(t), m)
		equal(t, "by tag", must(s.MemberByInviteTag(s.ctx, s.program.ID, m.InviteTag))(t), m)
		if owner := must(s.AccountOwner(s.ctx, s.program.ID, m.AccountID))(t); owner != m.ID {
			t.Errorf("the account belongs to %q", owner)
		}
		equal(t, "account", must(s.Account(s.ctx, s.program.ID, m.AccountID))(t), ledger.Account{ID: m.AccountID})
		for _, read := range []func(string) error{
			func(id string) error { _, err := s.Member(s.ctx, s.program.ID, id); return err },
			func(id string) error { _, err := s.MemberByCard(s.ctx, s.program.ID, id); return err },
			func(id string) error { _, err := s.MemberByToken(s.ctx, s.program.ID, id); return err },
			func(id string) error { _, err := s.MemberByInviteTag(s.ctx, s.program.ID, id); return err },
			func(id string) error { _, err := s.AccountOwner(s.ctx, s.program.ID, id); return err },
			func(id string) error { _, err := s.Account(s.ctx, s.program.ID, id); return err },
		} {
			s.wants(engine.KindNotFound, read("nobody"))
			s.wants(engine.KindNotFound, read(""))
		}
	})

	t.Run("taken", func(t *testing.T) {
		s := s.on(t)
		for name, clash := range map[string]func(*engine.Member){
			"id":      func(o *engine.Member) { o.ID = m.ID },
			"card":    func(o *engine.Member) { o.Card = m.Card },
			"token":   func(o *engine.Member) { o.Token = m.Token },
			"tag":     func(o *engine.Member) { o.InviteTag = m.InviteTag },
			"account": func(o *engine.Member) { o.AccountID = m.AccountID },
		} {
			o := engine.Member{ID: s.id("m"), ProgramID: s.program.ID, AccountID: s.id("a"), Card: s.id("c"), Token: s.id("t"), InviteTag: s.id("g"),
				State: engine.MemberActive, JoinedAt: epoch}
			clash(&o)
			s.tx(func(tx engine.Tx) error {
				if err := tx.InsertMember(s.ctx, o); !engine.IsKind(err, engine.KindTaken) {
					t.Errorf("%s: %v", name, err)
				}
				_, err := tx.CountMembers(s.ctx, s.program.ID) // the transaction still works
				return err
			})
		}
	})

	t.Run("bare", func(t *testing.T) {
		s := s.on(t)
		for _, id := range []string{"bare-1", "bare-2"} { // without card, token, tag and profile two may be alike
			bare := engine.Member{ID: id, ProgramID: s.program.ID, AccountID: "account-of-" + id, State: engine.MemberActive, JoinedAt: epoch}
			s.tx(func(tx engine.Tx) error { return tx.InsertMember(s.ctx, bare) })
			equal(t, "member", must(s.Member(s.ctx, s.program.ID, id))(t), bare)
		}
		if n := must(s.CountMembers(s.ctx, s.program.ID))(t); n != 3 {
			t.Errorf("%d members", n)
		}
	})

	t.Run("update", func(t *testing.T) {
		s := s.on(t)
		changed := m
		changed.Name, changed.Phone, changed.Proof, changed.Language, changed.State = "Ольга", "+77011234567", engine.ProofTyped, "kk", engine.MemberBlocked
		s.tx(func(tx engine.Tx) error { return tx.UpdateMember(s.ctx, changed) })
		equal(t, "member", must(s.Member(s.ctx, s.program.ID, m.ID))(t), changed)
		if old := must(s.MembersByPhone(s.ctx, s.program.ID, m.Phone))(t); len(old) != 0 {
			t.Errorf("the old number still finds %d members", len(old))
		}
		changed.Name, changed.Phone, changed.Proof = "", "", engine.ProofNone
		s.tx(func(tx engine.Tx) error { return tx.UpdateMember(s.ctx, changed) })
		equal(t, "member without a profile", must(s.Member(s.ctx, s.program.ID, m.ID))(t), changed)
		changed.ID = "nobody"
		s.fails(engine.KindNotFound, func(tx engine.Tx) error { return tx.UpdateMember(s.ctx, changed) })
	})

	t.Run("states", func(t *testing.T) {
		s := s.on(t)
		m := s.member()
		for _, state := range []engine.MemberState{engine.MemberPaused, engine.MemberActive, engine.MemberBlocked, engine.MemberPaused} {
			m.State = state
			s.tx(func(tx engine.Tx) error { return tx.UpdateMember(s.ctx, m) })
			equal(t, "member", must(s.Member(s.ctx, s.program.ID, m.ID))(t), m)
			equal(t, "holder", must(s.Holder(s.ctx, s.program.ID, m.ID))(t), m.Holder())
			equal(t, "glance", must(s.Glance(s.ctx, s.program.ID, engine.Look{Ident: engine.Ident{MemberID: m.ID}}, epoch))(t).State, state)
		}
		m.State = "resting"
		if err := s.InTx(s.ctx, func(tx engine.Tx) error { return tx.UpdateMember(s.ctx, m) }); err == nil {
			t.Error("a member is in a state that there is not")
		}
	})

	t.Run("by phone", func(t *testing.T) {
		s := s.on(t)
		typed, proved := s.member(), s.member()
		typed.Phone, typed.Proof = "+48600100200", engine.ProofTyped
		proved.Phone, proved.Proof = "+48600100200", engine.ProofOTP
		s.tx(func(tx engine.Tx) error {
			return errors.Join(tx.UpdateMember(s.ctx, typed), tx.UpdateMember(s.ctx, proved))
		})
		equal(t, "members", must(s.MembersByPhone(s.ctx, s.program.ID, "+48600100200"))(t), []engine.Member{proved, typed})
		equal(t, "nobody", must(s.MembersByPhone(s.ctx, s.program.ID, ""))(t), []engine.Member(nil))
		equal(t, "nobody", must(s.MembersByPhone(s.ctx, s.program.ID, "+48600100201"))(t), []engine.Member(nil))
	})

	t.Run("consents", func(t *testing.T) {
		s := s.on(t)
		first := engine.Consent{ID: "x", ProgramID: s.program.ID, MemberID: m.ID, Channel: "telegram", Purpose: engine.PurposeMarketing, Given: true,
			Source: "join", Text: "join.v1", Language: "uk", At: epoch}
		second := first
		second.ID, second.Given, second.Source, second.At = "b", false, "stop", epoch.Add(time.Minute)
		s.tx(func(tx engine.Tx) error {
			return errors.Join(tx.InsertConsent(s.ctx, second), tx.InsertConsent(s.ctx, first))
		})
		equal(t, "consents", must(s.Consents(s.ctx, s.program.ID, m.ID))(t), []engine.Consent{first, second})
		second.ID, second.MemberID = "c", "nobody"
		s.fails(engine.KindNotFound, func(tx engine.Tx) error { return tx.InsertConsent(s.ctx, second) })
	})
}

func testPerson(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	a := s.bot()
	_, err := s.Person(s.ctx, s.program.ID, a, epoch)
	s.wants(engine.KindNotFound, err)

	c := s.contact(a)
	equal(t, "a stranger", must(s.Person(s.ctx, s.program.ID, a, epoch))(t), engine.Person{Contact: c})

	m := s.member()
	m.JoinedAtLocation = "" // as InsertMember has it
	place := engine.Location{ID: "l1", ProgramID: s.program.ID, Name: "Ринок", Code: "market", Zone: "Asia/Almaty", Closed: true, CreatedAt: epoch}
	staff := engine.Staff{ID: "s1", ProgramID: s.program.ID, Role: engine.RoleManager, Name: "Ґалина", Language: "uk", LocationID: "l1", InvitedBy: "s0", Disabled: true, CreatedAt: epoch}
	hold := engine.Hold{Hold: ledger.Hold{ID: "h1", Points: 30, CreatedAt: epoch, ExpiresAt: epoch.Add(time.Minute)}, ProgramID: s.program.ID,
		MemberID: m.ID, AccountID: m.AccountID, State: engine.HoldAsking, Key: "k1"}
	closed := hold
	closed.ID, closed.Key, closed.State = "h2", "k2", engine.HoldReleased
	consent := engine.Consent{ID: "c1", ProgramID: s.program.ID, MemberID: m.ID, Channel: a.Channel, Purpose: engine.PurposeMarketing, Given: true, At: epoch}
	later, other := consent, consent
	later.ID, later.Given, later.At = "c2", false, epoch.Add(time.Second)
	other.ID, other.Channel, other.Given, other.At = "c3", "viber", true, epoch.Add(time.Hour)
	service := consent
	service.ID, service.Purpose = "c4", engine.PurposeService
	one := s.credit(m, 100, epoch.Add(time.Hour))
	two := s.credit(m, 50, time.Time{})
	s.tx(func(tx engine.Tx) error {
		return errors.Join(tx.InsertLocation(s.ctx, place), tx.InsertStaff(s.ctx, staff), tx.InsertHold(s.ctx, hold), tx.InsertHold(s.ctx, closed),
			tx.InsertConsent(s.ctx, consent), tx.InsertConsent(s.ctx, later), tx.InsertConsent(s.ctx, other), tx.InsertConsent(s.ctx, service),
			tx.LinkContact(s.ctx, s.program.ID, c.ID, m.ID, "s1"), tx.SaveSlot(s.ctx, s.program.ID, c.ID, "home", "5"),
			tx.SaveSession(s.ctx, s.program.ID, c.ID, []byte(`{"at":"home"}`), 0))
	})
	c.MemberID, c.StaffID, c.Slots, c.Session, c.SessionVersion = m.ID, "s1", map[string]string{"home": "5"}, json.RawMessage(`{"at":"home"}`), 1
	equal(t, "everything", must(s.Person(s.ctx, s.program.ID, a, epoch))(t), engine.Person{
		Contact: c, Member: &m, Staff: &staff, Place: &place,
		Account:  ledger.Account{ID: m.AccountID, Lots: []ledger.Lot{one, two}, Holds: []ledger.Hold{hold.Hold}},
		Standing: rules.Standing{JoinedAt: m.JoinedAt},
		Consent:  map[engine.Purpose]bool{engine.PurposeMarketing: false, engine.PurposeService: true},
	})

	// Inside a transaction the same question sees what the transaction wrote.
	s.tx(func(tx engine.Tx) error {
		if _, err := s.creditIn(tx, m, 7, time.Time{}); err != nil {
			return err
		}
		p, err := tx.Person(s.ctx, s.program.ID, a, epoch)
		if p.Account.Balance() != 157 {
			t.Errorf("balance inside is %d", p.Account.Balance())
		}
		return err
	})
}
