package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/rules"
)

func TestANewNumberIsNotANewPerson(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.draft(t))
		w.attach(t, p)
		m := w.join(t, p, engine.JoinInput{ContactID: w.meet(t, p, "1").ID, Phone: "+380671234567", Proof: engine.ProofPlatform})
		other := w.join(t, p, engine.JoinInput{Phone: "+380509876543", Proof: engine.ProofOTP})
		gone := w.join(t, p, engine.JoinInput{})
		w.merge(t, p, "m", m, gone)
		w.give(t, p, m, 100)
		change := func(m engine.Member, number string, proof engine.Proof) error {
			_, err := w.engine.ChangePhone(t.Context(), p.ID, m.ID, number, proof)
			return err
		}
		wantError(t, "a typed number", change(m, "+380631112233", engine.ProofTyped), "phone_unproved")
		wantError(t, "no number", change(m, "12", engine.ProofOTP), "phone_invalid")
		wantError(t, "somebody's number", change(m, "+380509876543", engine.ProofOTP), "phone_taken")
		wantError(t, "nobody", change(engine.Member{}, "+380631112233", engine.ProofOTP), "member_not_found")
		if err := change(m, "063 111 22 33", engine.ProofOTP); err != nil {
			t.Fatal(err)
		}
		if err := change(m, "063 111 22 33", engine.ProofOTP); err != nil {
			t.Errorf("the same again: %v", err)
		}
		if n := w.notices(t, p)[engine.NoticePhone]; len(n) != 1 || strings.Contains(fmt.Sprint(n[0].Args), "1112233") {
			t.Errorf("told %+v", n)
		}
		now, err := w.store.Member(t.Context(), p.ID, m.ID)
		if err != nil || now.Phone != "+380631112233" || now.Card != m.Card || w.balance(t, p, m).Total != 100 {
			t.Errorf("the member is now %+v, %v", now, err)
		}
		_, err = w.engine.Identify(t.Context(), p.ID, "c", "067 123 45 67")
		wantError(t, "the old number", err, "guest_not_found")
		wantError(t, "the old number for its next owner", change(other, "+380671234567", engine.ProofOTP), "phone_resting")
		w.pass(engine.NumberRests + time.Hour)
		if err := change(other, "+380671234567", engine.ProofOTP); err != nil {
			t.Errorf("the number after its rest: %v", err)
		}
	})
}

// The copy of a number that a merged member keeps for a parting must not go on finding the card once the number has changed.
func TestAnOldNumberOfAMergedCardIsForgotten(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.draft(t))
		keep := w.join(t, p, engine.JoinInput{})
		gone := w.join(t, p, engine.JoinInput{Phone: "+380671234567", Proof: engine.ProofPlatform})
		w.merge(t, p, "m", keep, gone)
		if _, err := w.engine.ChangePhone(t.Context(), p.ID, keep.ID, "+380631112233", engine.ProofOTP); err != nil {
			t.Fatal(err)
		}
		_, err := w.engine.Identify(t.Context(), p.ID, "c", "067 123 45 67")
		wantError(t, "the old number", err, "guest_not_found")
	})
}

func TestABirthdayIsChangedOnce(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.draft(t))
		w.attach(t, p)
		manager, _ := w.hire(t, p, "boss", engine.RoleManager)
		cashier, _ := w.hire(t, p, "till", engine.RoleCashier)
		m := w.join(t, p, engine.JoinInput{})
		set := func(month, day int) (rules.Birthday, error) {
			return w.engine.SetBirthday(t.Context(), p.ID, m.ID, rules.Birthday{Month: month, Day: day})
		}
		_, err := set(2, 30)
		wantError(t, "30 February", err, "birthday_invalid")
		if b, err := set(5, 7); err != nil || !b.ChangedAt.IsZero() {
			t.Errorf("first told: %+v, %v", b, err)
		}
		if b, err := set(5, 7); err != nil || !b.ChangedAt.IsZero() {
			t.Errorf("told again: %+v, %v", b, err)
		}
		w.pass(time.Hour)
		if b, err := set(6, 8); err != nil || !b.ChangedAt.Equal(w.engine.Now()) {
			t.Errorf("changed: %+v, %v", b, err)
		}
		_, err = set(7, 9)
		wantError(t, "changed twice", err, "birthday_fixed")
		mended := rules.Birthday{Month: 7, Day: 9}
		_, err = w.engine.MendBirthday(t.Context(), p.ID, cashier.ID, m.ID, mended)
		wantError(t, "mended by a cashier", err, "not_allowed")
		if _, err := w.engine.MendBirthday(t.Context(), p.ID, manager.ID, m.ID, mended); err != nil {
			t.Errorf("mended by a manager: %v", err)
		}
		if s := w.standing(t, p, m); s.Birthday.String() != "07-09" {
			t.Errorf("is %s", s.Birthday)
		}
	})
}

func TestTags(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.draft(t))
		w.attach(t, p)
		marketer, contact := w.hire(t, p, "ads", engine.RoleMarketer)
		cashier, _ := w.hire(t, p, "till", engine.RoleCashier)
		m := w.join(t, p, engine.JoinInput{})
		own := w.join(t, p, engine.JoinInput{ContactID: contact.ID})
		set := func(by engine.Staff, m engine.Member, tags ...string) ([]string, error) {
			return w.engine.SetTags(t.Context(), engine.TagsInput{ProgramID: p.ID, MemberID: m.ID, StaffID: by.ID, Tags: tags})
		}
		got, err := set(marketer, m, " VIP", "студент", "vip")
		if err != nil || !slices.Equal(got, []string{"vip", "студент"}) || !slices.Equal(w.standing(t, p, m).Tags, got) {
			t.Errorf("tags %v, %v", got, err)
		}
		log, err := w.store.AuditLog(t.Context(), p.ID, 1)
		if err != nil || log[0].Act != "tags_set" || log[0].Subject != m.ID || log[0].StaffID != marketer.ID {
			t.Errorf("audit %+v, %v", log, err)
		}
		_, err = set(cashier, m, "friend")
		wantError(t, "by a cashier", err, "not_allowed")
		_, err = set(marketer, own, "vip")
		wantError(t, "the own card", err, "own_card")
		_, err = set(marketer, m, "")
		wantError(t, "an empty tag", err, "tag_invalid")
		_, err = set(marketer, m, strings.Repeat("я", 33))
		wantError(t, "a long tag", err, "tag_invalid")
		many := make([]string, 21)
		for i := range many {
			many[i] = fmt.Sprint("tag", i)
		}
		_, err = set(marketer, m, many...)
		wantError(t, "21 tags", err, "tags_too_many")
		if got, err := set(marketer, m); err != nil || len(got) != 0 || len(w.standing(t, p, m).Tags) != 0 {
			t.Errorf("none: %v, %v", got, err)
		}
	})
}
