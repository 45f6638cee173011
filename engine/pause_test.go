package engine_test

import (
	"testing"
	"time"

	"kartka/engine"
)

// TestPauseCard pauses a card: nothing is earned, spent, given or bought until its guest resumes it, and the shop's own block is another matter.
func TestPauseCard(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.catalogue(t)
		s.Transfer.On = true
		p := w.newProgram(t, s)
		w.attach(t, p)
		m, other := w.join(t, p, engine.JoinInput{ContactID: w.meet(t, p, "2").ID}), w.join(t, p, engine.JoinInput{})
		w.give(t, p, m, 200)
		w.give(t, p, other, 200)
		pause := func(of engine.Member, on bool) error { return w.engine.PauseCard(t.Context(), p.ID, of.ID, on) }
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		asked, err := w.engine.Reserve(t.Context(), engine.ReserveInput{Key: "ask", TTL: time.Minute, Ask: true, Sale: engine.SaleInput{ProgramID: p.ID, MemberID: m.ID, Sum: 40000, Redeem: 50}})
		must(err)
		must(pause(m, true))
		must(pause(m, true))

		_, err = w.engine.Post(t.Context(), engine.PostInput{Key: "s1", Sale: engine.SaleInput{ProgramID: p.ID, MemberID: m.ID, Sum: 40000}})
		wantError(t, "a sale", err, "card_paused")
		_, err = w.engine.Post(t.Context(), engine.PostInput{Key: "s2", Fact: true, Sale: engine.SaleInput{ProgramID: p.ID, MemberID: m.ID, Sum: 40000}})
		wantError(t, "a sale that has happened", err, "card_paused")
		_, err = w.engine.Reserve(t.Context(), engine.ReserveInput{Key: "r", TTL: time.Minute, Sale: engine.SaleInput{ProgramID: p.ID, MemberID: m.ID, Sum: 40000, Redeem: 10}})
		wantError(t, "a hold", err, "card_paused")
		_, err = w.engine.Confirm(t.Context(), p.ID, asked.Hold.ID, m.ID)
		wantError(t, "a question from before", err, "card_paused")
		_, err = w.enter(t, p, m, "c", "SPRING")
		wantError(t, "a code", err, "card_paused")
		_, err = w.buy(t, p, m, "b", "cake")
		wantError(t, "a reward", err, "card_paused")
		_, err = w.transfer(t, p, "t1", m, other, 10)
		wantError(t, "points given", err, "card_paused")
		_, err = w.transfer(t, p, "t2", other, m, 10)
		wantError(t, "points got", err, "card_paused")
		_, err = w.engine.GiveCoupon(t.Context(), engine.GiveCouponInput{Key: "g", ProgramID: p.ID, MemberID: m.ID, Coupon: "cake"})
		wantError(t, "a coupon by hand", err, "card_paused")

		must(pause(m, false))
		must(pause(m, false))
		_, err = w.engine.Post(t.Context(), engine.PostInput{Key: "s3", Sale: engine.SaleInput{ProgramID: p.ID, MemberID: m.ID, Sum: 40000}})
		must(err)

		other.State = engine.MemberBlocked
		w.tx(t, func(tx engine.Tx) error { return tx.UpdateMember(t.Context(), other) })
		wantError(t, "pausing a blocked card", pause(other, true), "card_blocked")
		wantError(t, "resuming a blocked card", pause(other, false), "card_blocked")
		must(pause(m, true))
		must(w.engine.Erase(t.Context(), p.ID, m.ID)) // whoever has paused may leave
		wantError(t, "of somebody who left", pause(m, false), "member_not_found")
		wantError(t, "nobody's", w.engine.PauseCard(t.Context(), p.ID, "nobody", true), "not_found")
	})
}
