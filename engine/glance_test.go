package engine_test

import (
	"testing"
	"time"

	"kartka/engine"
)

func TestGlance(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.draft(t))
		w.attach(t, p)
		c := w.meet(t, p, "1")
		m := w.join(t, p, engine.JoinInput{ContactID: c.ID, Phone: "+380671234567", Proof: engine.ProofPlatform})
		w.give(t, p, m, 100)
		want := engine.Glance{MemberID: m.ID, AccountID: m.AccountID, Card: m.Card, State: engine.MemberActive, Balance: w.balance(t, p, m)}
		if want.Balance.Available < 100 || want.Balance.Next.IsZero() {
			t.Errorf("the balance is %+v", want.Balance)
		}
		every := []engine.Ident{{MemberID: m.ID}, {AccountID: m.AccountID}, {Card: m.Card}, {Token: m.Token}, {Phone: m.Phone}, {Address: c.Address}}
		for _, ident := range every {
			if got, err := w.engine.Glance(t.Context(), p.ID, engine.Look{Ident: ident}); err != nil || got != want {
				t.Errorf("%+v shows %+v, %v, not %+v", ident, got, err, want)
			}
			if got, err := w.engine.Glance(t.Context(), p.ID, engine.Look{Ident: ident, Name: true}); err != nil || got.Name != m.Name {
				t.Errorf("%+v shows the name %q, %v", ident, got.Name, err)
			}
		}
		w.pass(want.Balance.Next.Sub(w.now) + time.Hour) // the daily run has not written them off yet
		if got := w.balance(t, p, m); got.Available != 0 {
			t.Errorf("when everything has ended there are %+v", got)
		}

		// Who leaves is found no more, not even by what stays.
		if err := w.engine.Erase(t.Context(), p.ID, m.ID); err != nil {
			t.Fatal(err)
		}
		for _, ident := range append(every, engine.Ident{}, engine.Ident{Card: "000000000"}) {
			_, err := w.engine.Glance(t.Context(), p.ID, engine.Look{Ident: ident})
			wantError(t, "who has left", err, "guest_not_found")
		}
	})
}
