package engine_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

func (w *world) days(n int) time.Time { return w.engine.Now().AddDate(0, 0, n) }

func (w *world) transfer(t *testing.T, p engine.Program, key string, from, to engine.Member, points money.Points) (engine.Posted, error) {
	t.Helper()
	return w.engine.Transfer(t.Context(), engine.TransferInput{Key: key, ProgramID: p.ID, FromMember: from.ID, ToMember: to.ID, Points: points})
}

// lots lists a member's open lots as "points kind until", soonest-ending first.
func (w *world) lots(t *testing.T, p engine.Program, m engine.Member) map[money.Points]ledger.Lot {
	t.Helper()
	a, err := w.store.Account(t.Context(), p.ID, m.AccountID)
	if err != nil {
		t.Fatal(err)
	}
	lots := map[money.Points]ledger.Lot{}
	for _, l := range a.Lots {
		lots[l.Remaining] = l
	}
	return lots
}

func TestPointsGivenToAFriendKeepTheirEnd(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.draft(t)
		s.Transfer = rules.Transfer{On: true, Min: 5, PerDay: 60}
		p := w.newProgram(t, s)
		w.attach(t, p)
		giver := w.join(t, p, engine.JoinInput{Name: "Ганна Коваль"})
		friend := w.join(t, p, engine.JoinInput{ContactID: w.meet(t, p, "2").ID})
		w.lot(t, p, giver, 40, w.engine.Now(), w.days(50))
		w.lot(t, p, giver, 30, w.engine.Now(), w.days(3))
		w.lot(t, p, giver, 500, w.days(2), w.days(9)) // pending

		first, err := w.transfer(t, p, "t1", giver, friend, 45)
		if err != nil || first.MemberID != giver.ID || first.Balance.Available != 25 {
			t.Fatalf("gave: %+v, %v", first, err)
		}
		again, err := w.transfer(t, p, "t1", giver, friend, 45)
		if err != nil || !again.Replayed || again.PostingID != first.PostingID {
			t.Errorf("the same gift again: %+v, %v", again, err)
		}
		_, err = w.transfer(t, p, "t1", giver, friend, 44)
		wantError(t, "another gift under the key", err, "key_reused")
		got := w.lots(t, p, friend)
		if len(got) != 2 || !got[30].ExpiresAt.Equal(w.days(3)) || !got[15].ExpiresAt.Equal(w.days(50)) || got[30].Kind != ledger.KindTransfer {
			t.Errorf("the friend has %+v", got)
		}
		if n := w.notices(t, p)[engine.NoticeTransfer]; len(n) != 1 || n[0].Args["name"] != "Ганна" {
			t.Errorf("the friend was told %+v", n)
		}
		for what, c := range map[string]struct {
			points money.Points
			to     engine.Member
			id     string
		}{
			"crumbs": {4, friend, "transfer_min"}, "nothing": {0, friend, "points_zero"}, "to oneself": {10, giver, "transfer_self"},
			"more than a day allows": {16, friend, "transfer_day"}, "to nobody": {10, engine.Member{ID: "nobody"}, "member_not_found"},
		} {
			_, err := w.transfer(t, p, "bad "+what, giver, c.to, c.points)
			wantError(t, what, err, c.id)
		}
		if _, err := w.transfer(t, p, "t2", giver, friend, 15); err != nil {
			t.Errorf("the rest of the day: %v", err)
		}
		w.pass(24 * time.Hour)
		_, err = w.transfer(t, p, "t3", giver, friend, 11)
		wantError(t, "more than is there", err, "not_enough_points")
		if _, err := w.transfer(t, p, "t4", giver, friend, 10); err != nil {
			t.Errorf("on the next day: %v", err)
		}
		w.verify(t, p)
	})
}

func TestWhoMayNotGiveOrReceive(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.draft(t)
		off := w.newProgram(t, s)
		a, b := w.join(t, off, engine.JoinInput{}), w.join(t, off, engine.JoinInput{})
		w.give(t, off, a, 50)
		_, err := w.transfer(t, off, "t", a, b, 10)
		wantError(t, "where it is off", err, "transfer_off")

		s.Transfer.On = true
		p := w.newProgram(t, s)
		a, b = w.join(t, p, engine.JoinInput{}), w.join(t, p, engine.JoinInput{})
		blocked, gone := w.join(t, p, engine.JoinInput{}), w.join(t, p, engine.JoinInput{})
		w.give(t, p, a, 50)
		blocked.State = engine.MemberBlocked
		w.tx(t, func(tx engine.Tx) error { return tx.UpdateMember(t.Context(), blocked) })
		_, err = w.transfer(t, p, "t1", a, blocked, 10)
		wantError(t, "a blocked card", err, "card_blocked")
		if _, err := w.engine.Merge(t.Context(), engine.MergeInput{Key: "m", ProgramID: p.ID, KeepID: b.ID, GoneID: gone.ID}); err != nil {
			t.Fatal(err)
		}
		_, err = w.transfer(t, p, "t2", a, gone, 10)
		wantError(t, "a merged card", err, "card_merged")
		if err := w.engine.Erase(t.Context(), p.ID, blocked.ID); err != nil {
			t.Fatal(err)
		}
		_, err = w.transfer(t, p, "t3", a, blocked, 10)
		wantError(t, "who has left", err, "member_not_found")

		w.owe(t, p, b, 30)
		_, err = w.transfer(t, p, "t4", b, a, 10)
		wantError(t, "who owes", err, "transfer_debt")
		if _, err := w.transfer(t, p, "t5", a, b, 40); err != nil {
			t.Fatal(err)
		}
		if left := w.balance(t, p, b); left.Debt != 0 || left.Available != 10 {
			t.Errorf("a gift pays the debt first: %+v", left)
		}
		w.verify(t, p)
	})
}

// owe makes a debt: a till has spent what was not there.
func (w *world) owe(t *testing.T, p engine.Program, m engine.Member, points money.Points) {
	t.Helper()
	_, err := w.engine.Post(t.Context(), engine.PostInput{Key: "owe:" + w.engine.NewID(), Fact: true, Sale: engine.SaleInput{
		ProgramID: p.ID, MemberID: m.ID, Sum: money.Amount(points) * 100, Redeem: points}})
	if err != nil {
		t.Fatal(err)
	}
}

// Of many gifts at once exactly those that there are points for succeed, in either direction, without a deadlock.
func TestGiftsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.draft(t)
		s.Transfer.On = true
		p := w.newProgram(t, s)
		a, b := w.join(t, p, engine.JoinInput{}), w.join(t, p, engine.JoinInput{})
		w.give(t, p, a, 50)
		w.give(t, p, b, 50)
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				from, to := a, b
				if i%2 == 1 {
					from, to = b, a
				}
				_, err := w.engine.Transfer(t.Context(), engine.TransferInput{Key: fmt.Sprint("g", i/4), ProgramID: p.ID, FromMember: from.ID, ToMember: to.ID, Points: 10})
				if err != nil && !engine.IsKind(err, engine.KindConflict) && !engine.IsKind(err, engine.KindInsufficient) {
					t.Errorf("gift %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		if sum := w.balance(t, p, a).Total + w.balance(t, p, b).Total; sum != 100 {
			t.Errorf("together they have %d, want 100", sum)
		}
		w.verify(t, p)
	})
}
