package engine_test

import (
	"testing"

	"kartka/engine"
)

func TestACardIsShared(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.draft(t)
		s.Sharing.People = 3
		p := w.newProgram(t, s)
		w.attach(t, p)
		owner, wife, son, aunt := w.meet(t, p, "1"), w.meet(t, p, "2"), w.meet(t, p, "3"), w.meet(t, p, "4")
		m := w.join(t, p, engine.JoinInput{ContactID: owner.ID})
		invite := func() string {
			t.Helper()
			invited, err := w.engine.ShareInvite(t.Context(), p.ID, m.ID, owner.ID)
			if err != nil {
				t.Fatal(err)
			}
			return invited.Token
		}
		join := func(c engine.Contact, token string) error {
			_, err := w.engine.JoinShared(t.Context(), engine.ShareInput{ProgramID: p.ID, ContactID: c.ID, Token: token, Language: "uk", Text: "t"})
			return err
		}
		token := invite()
		wantError(t, "a made-up invitation", join(wife, "nonsense"), "share_over")
		if err := join(wife, token); err != nil {
			t.Fatal(err)
		}
		if person, err := w.store.Person(t.Context(), p.ID, wife.Address, w.engine.Now()); err != nil || person.Member == nil || person.Member.ID != m.ID {
			t.Errorf("the second person holds %+v, %v", person.Member, err)
		}
		wantError(t, "a used invitation", join(son, token), "share_over")
		_, err := w.engine.ShareInvite(t.Context(), p.ID, m.ID, wife.ID)
		wantError(t, "who is a guest of the card invites", err, "share_not_owner")

		if err := join(wife, token); err != nil {
			t.Errorf("accepting it again: %v", err)
		}
		late := invite()
		w.pass(engine.ShareTTL)
		wantError(t, "a late guest", join(son, late), "share_over")
		old := invite()
		fresh := invite()
		wantError(t, "an invitation that was replaced", join(son, old), "share_over")
		if err := join(son, fresh); err != nil {
			t.Fatal(err)
		}
		_, err = w.engine.ShareInvite(t.Context(), p.ID, m.ID, owner.ID)
		wantError(t, "a fourth is invited", err, "share_full")

		end := func(by, whom engine.Contact) error { return w.engine.EndShare(t.Context(), p.ID, m.ID, by.ID, whom.ID) }
		wantError(t, "a guest removes a guest", end(wife, son), "share_not_owner")
		wantError(t, "a guest removes the owner", end(wife, owner), "share_of_owner")
		wantError(t, "the owner leaves that way", end(owner, owner), "share_of_owner")
		if err := end(owner, wife); err != nil {
			t.Fatal(err)
		}
		if err := end(son, son); err != nil {
			t.Errorf("leaving by oneself: %v", err)
		}
		if err := end(son, son); err != nil {
			t.Errorf("leaving twice: %v", err)
		}
		if err := join(aunt, invite()); err != nil {
			t.Errorf("there is room again: %v", err)
		}
		people, err := w.engine.Sharers(t.Context(), p.ID, m.ID)
		if err != nil || len(people) != 2 || !people[0].Owner || people[0].Contact.ID != owner.ID || people[1].Owner {
			t.Errorf("people %+v, %v", people, err)
		}
		own := w.join(t, p, engine.JoinInput{ContactID: wife.ID})
		if own.ID == m.ID {
			t.Error("who was removed still has the card")
		}
		wantError(t, "who has a card of one's own", join(wife, invite()), "share_has_card")
		told := w.notices(t, p)
		if len(told[engine.NoticeShareLeft]) != 2 || len(told[engine.NoticeShareJoined]) == 0 {
			t.Errorf("told %v", told)
		}
	})
}

func TestSharingIsOffByDefault(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.draft(t))
		w.attach(t, p)
		owner := w.meet(t, p, "1")
		m := w.join(t, p, engine.JoinInput{ContactID: owner.ID})
		_, err := w.engine.ShareInvite(t.Context(), p.ID, m.ID, owner.ID)
		wantError(t, "sharing", err, "share_off")
	})
}
