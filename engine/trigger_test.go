package engine_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
)

func TestEventSetsRulesOff(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.bare(t)
		withGift(s)
		s.Rules = []rules.Rule{
			{ID: "review", Name: rules.Named("Review"), On: rules.TriggerEvent, Event: "review", Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 15}, ValidDays: 10, AfterDays: 2,
				Limits: rules.Limits{Times: 1, Every: rules.PeriodMonth}},
			{ID: "thanks", Name: rules.Named("Thanks"), On: rules.TriggerEvent, Event: "review", Gives: rules.Benefit{Kind: rules.GivesCoupon, Coupon: "gift"},
				Limits: rules.Limits{CooldownDays: 40}},
			{ID: "regulars", Name: rules.Named("Regulars"), On: rules.TriggerEvent, Event: "review", When: rules.Condition{Tags: []string{"regular"}},
				Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 1000}},
			{ID: "over", Name: rules.Named("Over"), On: rules.TriggerEvent, Event: "review", To: "2025-12-31", Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 1000}},
		}
		p := w.newProgram(t, s)
		w.attach(t, p)
		cashier, _ := w.hire(t, p, "1", engine.RoleCashier)
		marketer, _ := w.hire(t, p, "2", engine.RoleMarketer)
		m := w.guest(t, p, "3")
		report := func(key, event string, staff engine.Staff) (engine.Posted, error) {
			return w.engine.Event(t.Context(), engine.EventInput{Key: key, ProgramID: p.ID, MemberID: m.ID, Event: event, StaffID: staff.ID})
		}
		_, err := report("k", "survey", cashier)
		wantError(t, "an event no rule waits for", err, "event_unknown")
		_, err = report("k", "review", marketer)
		wantError(t, "an event by a marketer", err, "not_staff")
		_, err = report("", "review", cashier)
		wantError(t, "an event without a key", err, "key_missing")
		first, err := report("k", " review ", cashier)
		if err != nil || first.Earned != 15 || len(first.Coupons) != 1 || first.Balance.Pending != 15 || first.Balance.Available != 0 {
			t.Fatalf("first: %+v, %v", first, err)
		}
		states := ""
		for _, effect := range first.Effects {
			states += fmt.Sprint(effect.Rule, " ", effect.State, " ", effect.Reason.ID, "; ")
		}
		if states != "rule:review applied given_on_event; rule:thanks applied given_on_event; rule:regulars inapplicable when_tag; " {
			t.Errorf("effects %s", states)
		}
		if again, err := report("k", "review", cashier); err != nil || !again.Replayed || again.PostingID != first.PostingID {
			t.Errorf("again: %+v, %v", again, err)
		}
		_, err = report("k", "review", engine.Staff{})
		wantError(t, "the key with another input", err, "key_reused")
		if second, err := report("k2", "review", cashier); err != nil || second.PostingID != "" || second.Earned != 0 ||
			second.Effects[0].Reason.ID != "limit_times" || second.Effects[1].Reason.ID != "cooldown" {
			t.Errorf("second: %+v, %v", second, err)
		}
		w.pass(31 * 24 * time.Hour)
		if third, err := report("k3", "review", cashier); err != nil || third.Earned != 15 || len(third.Coupons) != 0 {
			t.Errorf("a month later: %+v, %v", third, err)
		}
		if n := w.notices(t, p)[engine.NoticeBonus]; len(n) != 2 || n[0].Args["coupon"] != "gift" || n[0].Args["points"] != 15.0 {
			t.Errorf("told %+v", n)
		}
		w.verify(t, p)
	})
}

// Of twelve members at once the first three take what the budget of all has.
func TestBudgetOfAllIsNotOverspent(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.bare(t)
		s.Rules = []rules.Rule{{ID: "app", Name: rules.Named("App"), On: rules.TriggerEvent, Event: "app", Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 10},
			Limits: rules.Limits{TotalTimes: 3, BudgetEvery: rules.PeriodDay}}}
		p := w.newProgram(t, s)
		members := make([]engine.Member, 12)
		for i := range members {
			members[i] = w.join(t, p, engine.JoinInput{})
		}
		for _, err := range at(len(members), func(i int) error {
			_, err := w.engine.Event(context.Background(), engine.EventInput{Key: fmt.Sprint("app", i), ProgramID: p.ID, MemberID: members[i].ID, Event: "app"})
			return err
		}) {
			if err != nil {
				t.Error(err)
			}
		}
		var sum money.Points
		for _, m := range members {
			sum += w.balance(t, p, m).Total
		}
		if sum != 30 {
			t.Errorf("%d points were given, want 30", sum)
		}
		w.verify(t, p)
	})
}

func TestJoiningGives(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.bare(t)
		withGift(s)
		s.Welcome = rules.Welcome{Points: 20}
		s.Rules = []rules.Rule{
			{ID: "opening", Name: rules.Named("Opening"), On: rules.TriggerJoin, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 5}, ValidDays: 7, Limits: rules.Limits{TotalTimes: 2}},
			{ID: "hello", Name: rules.Named("Hello"), On: rules.TriggerJoin, When: rules.Condition{Channels: []string{"bot"}}, Gives: rules.Benefit{Kind: rules.GivesCoupon, Coupon: "gift"}},
		}
		p := w.newProgram(t, s)
		w.attach(t, p)
		join := func(in engine.JoinInput) engine.Joined {
			t.Helper()
			in.ProgramID, in.Name, in.Language, in.Channel, in.Text = p.ID, "Ada", "uk", "telegram", "join-v1"
			j, err := w.engine.Join(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			return j
		}
		contact := w.meet(t, p, "1").ID
		first := join(engine.JoinInput{ContactID: contact})
		if first.Welcome != 20 || first.Bonus != 5 || len(first.Coupons) != 1 || first.Balance.Available != 25 {
			t.Errorf("in the bot: %+v", first)
		}
		if again := join(engine.JoinInput{ContactID: contact}); !again.Existed || again.Balance.Available != 25 {
			t.Errorf("again: %+v", again)
		}
		w.tx(t, func(tx engine.Tx) error {
			return tx.RestNumber(t.Context(), p.ID, "+380671234567", first.Member.ID, w.engine.Now().Add(time.Hour))
		})
		if j := join(engine.JoinInput{Phone: "+380671234567", Proof: engine.ProofPlatform}); j.Welcome != 0 || j.Bonus != 0 || j.Balance.Total != 0 {
			t.Errorf("with a number at rest: %+v", j)
		}
		if j := join(engine.JoinInput{}); j.Welcome != 20 || j.Bonus != 5 || len(j.Coupons) != 0 {
			t.Errorf("at the counter: %+v", j)
		}
		if j := join(engine.JoinInput{}); j.Welcome != 20 || j.Bonus != 0 {
			t.Errorf("after the limit of all: %+v", j)
		}
		w.verify(t, p)
	})
}

func TestWelcomeWithTheFirstPurchase(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.bare(t)
		s.Welcome = rules.Welcome{Points: 20, WithPurchase: true}
		p := w.newProgram(t, s)
		m := w.join(t, p, engine.JoinInput{})
		if b := w.balance(t, p, m); b.Total != 0 {
			t.Errorf("at once: %+v", b)
		}
		for i, want := range []money.Points{30, 10} {
			posted, err := w.engine.Post(t.Context(), engine.PostInput{Key: fmt.Sprint(i), Sale: engine.SaleInput{ProgramID: p.ID, MemberID: m.ID, Sum: 20000}})
			if err != nil || posted.Earned != want {
				t.Errorf("purchase %d earned %d, want %d, %v", i+1, posted.Earned, want, err)
			}
		}
		w.verify(t, p)
	})
}

func TestReferralBeginsWithJoining(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.bare(t)
		s.Referral = rules.Referral{On: true, Inviter: 10, Purchase: 1, HoldDays: 14}
		p := w.newProgram(t, s)
		inviter := w.join(t, p, engine.JoinInput{Phone: "+380671234567", Proof: engine.ProofTyped})
		friend := w.join(t, p, engine.JoinInput{InviteTag: inviter.InviteTag})
		f, err := w.store.Referral(t.Context(), p.ID, friend.ID)
		if err != nil || f.InviterID != inviter.ID || f.State != engine.ReferralJoined || friend.InviterID != inviter.ID {
			t.Errorf("referral %+v, %v", f, err)
		}
		self := w.join(t, p, engine.JoinInput{InviteTag: inviter.InviteTag, Phone: "+380671234567", Proof: engine.ProofTyped})
		if _, err := w.store.Referral(t.Context(), p.ID, self.ID); !engine.IsKind(err, engine.KindNotFound) || self.InviterID != "" {
			t.Errorf("who invited the own phone was taken for a friend: %v", err)
		}
		s.Referral = rules.Referral{}
		off := w.newProgram(t, s)
		inviter = w.join(t, off, engine.JoinInput{})
		friend = w.join(t, off, engine.JoinInput{InviteTag: inviter.InviteTag})
		if _, err := w.store.Referral(t.Context(), off.ID, friend.ID); !engine.IsKind(err, engine.KindNotFound) || friend.InviterID != inviter.ID {
			t.Errorf("without rewards: %v", err)
		}
	})
}
