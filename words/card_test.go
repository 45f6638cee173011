package words_test

import (
	"slices"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

func TestWhatAPostingWasAbout(t *testing.T) {
	w := speaker(t, locales.EN)
	shop(w.Program.Settings)
	applied := func(of, text string) []rules.Effect {
		return []rules.Effect{{State: rules.Skipped, Reason: rules.Reason{Of: "coupon:gone", Text: "not this"}}, {State: rules.Applied, Reason: rules.Reason{ID: "earned"}},
			{State: rules.Applied, Reason: rules.Reason{Of: of, Text: text}}}
	}
	for _, c := range []struct {
		item         engine.HistoryItem
		what, change string
		pointless    bool
	}{
		{engine.HistoryItem{Posting: engine.Posting{Kind: ledger.KindSale, Points: 14, Earned: 14}, Sale: &engine.Sale{Total: 25050}, Location: "Main street, 1"},
			"check 250.50 ₴ · Main street, 1", "+14", false},
		{engine.HistoryItem{Posting: engine.Posting{Kind: ledger.KindSale, Points: -106, Earned: 14, Burned: 120}, Sale: &engine.Sale{Total: 70000}}, "check 700 ₴", "−120 +14", false},
		{engine.HistoryItem{Posting: engine.Posting{Kind: ledger.KindSale}, Sale: &engine.Sale{Total: 100}}, "check 1 ₴", "0", false},
		{engine.HistoryItem{Posting: engine.Posting{Kind: ledger.KindTransfer, Points: -30, Burned: 30, Earned: 1}}, "transfer", "−30", false},
		{engine.HistoryItem{Posting: engine.Posting{Kind: ledger.KindAdjust, Points: 5, Note: "long queue"}}, "by hand: long queue", "+5", false},
		{engine.HistoryItem{Posting: engine.Posting{Kind: ledger.KindCoupon, Reasons: applied("coupon:croissant", "Круасан")}}, "coupon: Croissant", "0", true},
		{engine.HistoryItem{Posting: engine.Posting{Kind: ledger.KindReward, Points: -100, Reasons: applied("reward:gone", "Latte")}}, "reward: Latte", "−100", false},
		{engine.HistoryItem{Posting: engine.Posting{Kind: "later", Points: 1}}, "change", "+1", false},
	} {
		if got := plain(w.What(c.item)); got != c.what {
			t.Errorf("%s is about %q, want %q", c.item.Posting.Kind, got, c.what)
		}
		if got := plain(w.Change(c.item.Posting)); got != c.change || words.Pointless(c.item.Posting) != c.pointless {
			t.Errorf("%s: %q, pointless %v, want %q, %v", c.item.Posting.Kind, got, !c.pointless, c.change, c.pointless)
		}
	}
	if got := w.WhatOf(engine.HistoryItem{Posting: engine.Posting{Kind: ledger.KindBonus}}, "Birth…"); got != "gift: Birth…" {
		t.Errorf("with a subject of the caller it is %q", got)
	}
}

func TestStampCards(t *testing.T) {
	w := speaker(t, locales.EN)
	shop(w.Program.Settings)
	card := func(id string, c rules.StampCard) rules.StampCard {
		c.ID, c.Name = id, rules.Named("Card "+id)
		return c
	}
	w.Program.Settings.Stamps = []rules.StampCard{
		card("cup", rules.StampCard{Every: 8}), card("off", rules.StampCard{Every: 8, Paused: true}), card("sum", rules.StampCard{Every: 10, Points: 50}),
		card("gift", rules.StampCard{Every: 5, Coupon: "croissant"}), card("full", rules.StampCard{Every: 8}),
	}
	got := w.StampCards(&rules.Standing{Stamps: []rules.StampCount{
		{Card: "full", Count: 9, Done: 2}, {Card: "sum", Count: -2, Done: 1}, {Card: "gift", Count: 3}, {Card: "gone", Count: 4}}})
	type row struct {
		name, gift                string
		have, goal, missing, done int
		full                      bool
	}
	var rows []row
	for _, s := range got {
		rows = append(rows, row{s.Name, plain(s.Gift), s.Have, s.Goal, s.Missing, s.Done, s.Full()})
	}
	want := []row{
		{"Card cup", "1 item free", 0, 7, 0, 0, false}, {"Card sum", "50 bonuses", 0, 10, 2, 1, false},
		{"Card gift", "Croissant", 3, 5, 0, 0, false}, {"Card full", "1 item free", 7, 7, 0, 2, true},
	}
	if !slices.Equal(rows, want) {
		t.Errorf("cards are %+v\nwant %+v", rows, want)
	}
}

func TestCouponsAndCertificates(t *testing.T) {
	w := speaker(t, locales.EN)
	shop(w.Program.Settings)
	item := func(state rules.CouponState, expires time.Time, known, byHand bool) engine.CouponItem {
		return engine.CouponItem{Coupon: engine.Coupon{Coupon: rules.Coupon{State: state, Expires: expires}}, Known: known, Kind: rules.CouponKind{ByHand: byHand}}
	}
	later := now.Add(time.Hour)
	for _, c := range []struct {
		item engine.CouponItem
		open bool
		want string
	}{
		{item(rules.CouponIssued, later, true, false), true, "not activated yet"},
		{item(rules.CouponActivated, time.Time{}, true, false), true, "active, works by itself"},
		{item(rules.CouponIssued, later, true, true), true, "show your card at the counter"},
		{item(rules.CouponActivated, later, false, false), true, "the shop has ended this offer"},
		{item(rules.CouponActivated, now, true, false), false, "its time is over"},
		{item(rules.CouponApplied, later, true, false), false, "already used"},
		{item(rules.CouponRevoked, later, false, false), false, "taken back"},
	} {
		if got := w.CouponState(c.item); plain(got) != c.want || w.CouponOpen(c.item.Coupon.Coupon) != c.open {
			t.Errorf("%s is %q, open %v; want %q", c.item.State, got, !c.open, c.want)
		}
	}
	for got, want := range map[string]string{
		w.CouponName("croissant"): "Croissant", w.CouponName("gone"): "Coupon", w.EndOf(time.Time{}): "", w.EndOf(now): "2 October",
		w.CertificateLeft(engine.Certificate{Left: 50000}): "500 ₴", w.CertificateLeft(engine.Certificate{Points: 20}): "20 bonuses",
		w.Worth(1250): "1,250 ₴", w.Worth(1 << 62): "0 ₴",
	} {
		if plain(got) != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestTiersInWords(t *testing.T) {
	w := speaker(t, locales.EN)
	s := w.Program.Settings
	shop(s)
	s.Earn.Rate = 500
	gold := s.Tier("gold")
	if got := plain(w.TierName("gold") + " " + w.Benefit(gold) + w.TierName("gone") + w.TierName("")); got != "Gold 7% · −3%" {
		t.Errorf("the tier is %q", got)
	}
	if got := plain(w.Benefit(s.Tier("silver"))); got != "5%" {
		t.Errorf("a tier that betters nothing gives %q", got)
	}
	m := &rules.Standing{Visits: 1, Earned: 2, Referrals: 3, Spent: money.Amount(400)}
	for basis, want := range map[rules.TierBasis][2]string{
		rules.TierByVisits: {"1", "1 purchase"}, rules.TierByPoints: {"2", "2 bonuses"}, rules.TierByReferrals: {"3", "3 friends"}, rules.TierBySpend: {"4 ₴", "4 ₴"},
	} {
		s.Tiers.Basis = basis
		n := words.Lifelong(m, basis)
		if bare, counted := plain(w.Bare(n)), plain(w.Counted(n)); bare != want[0] || counted != want[1] || w.CountedBy(basis, n) != w.Counted(n) {
			t.Errorf("%s: %q, %q; want %q", basis, bare, counted, want)
		}
	}
}

func TestPromotionsAreForThePersonAndTheDay(t *testing.T) {
	w := speaker(t, locales.EN) // where it is the second of October by now
	on := rules.TriggerSale
	w.Program.Settings.Rules = []rules.Rule{
		{ID: "low", On: on}, {ID: "paused", On: on, Paused: true}, {ID: "birthday", On: rules.TriggerBirthday}, {ID: "over", On: on, To: "2026-10-01"},
		{ID: "today", On: on, Priority: 5, From: "2026-10-02", To: "2026-10-02"}, {ID: "ahead", On: on, From: "2026-10-03"},
		{ID: "gold", On: on, When: rules.Condition{Tiers: []string{"gold"}}}, {ID: "vip", On: on, When: rules.Condition{Tags: []string{"vip"}}},
		{ID: "not-vip", On: on, Priority: 9, When: rules.Condition{NotTags: []string{"vip"}}},
	}
	for _, c := range []struct {
		m    rules.Standing
		want []string
	}{
		{rules.Standing{}, []string{"not-vip", "today", "low"}},
		{rules.Standing{Tier: rules.TierState{ID: "gold"}, Tags: []string{"vip"}}, []string{"today", "low", "gold", "vip"}},
	} {
		var got []string
		for _, r := range w.Promotions(&c.m) {
			got = append(got, r.ID)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("promotions are %q, want %q", got, c.want)
		}
	}
}
