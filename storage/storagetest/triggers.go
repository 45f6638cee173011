package storagetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/engine/segment"
)

// testHappenings proves that what happened is there once, in order, until it is forgotten.
func testHappenings(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	other := newShop(t, s.Store)
	at := func(id string, minutes int, number int64) engine.Happened {
		return engine.Happened{ProgramID: s.program.ID, MemberID: "m1", Happening: campaign.Happening{Event: campaign.EventRating, ID: id, Name: "ім’я", Number: number,
			At: epoch.Add(time.Duration(minutes) * time.Minute)}}
	}
	first, second, changed := at("b", 1, 4), at("a", 2, 5), at("b", 3, 1)
	s.tx(func(tx engine.Tx) error {
		return errors.Join(tx.NoteHappening(s.ctx, second), tx.NoteHappening(s.ctx, first))
	})
	equal(t, "happened", must(s.Happenings(s.ctx, s.program.ID, 10))(t), []engine.Happened{first, second})
	equal(t, "the oldest", must(s.Happenings(s.ctx, s.program.ID, 1))(t), []engine.Happened{first})
	s.tx(func(tx engine.Tx) error { return tx.NoteHappening(s.ctx, changed) })
	equal(t, "changed", must(s.Happenings(s.ctx, s.program.ID, 10))(t), []engine.Happened{second, changed})
	equal(t, "elsewhere", len(must(other.Happenings(s.ctx, other.program.ID, 10))(t)), 0)
	s.tx(func(tx engine.Tx) error { return tx.ForgetHappenings(s.ctx, []engine.Happened{first, second}) }) // the first has changed since it was looked at
	equal(t, "forgotten", must(s.Happenings(s.ctx, s.program.ID, 10))(t), []engine.Happened{changed})
}

// testTriggers proves that triggers find whom they are for, and that what they do beside writing is done before the message, and once.
func testTriggers(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	end := epoch.AddDate(0, 0, 7)
	rich, contact := s.reader()
	s.credit(rich, 100, end)
	later, _ := s.reader()
	s.credit(later, 100, end.Add(time.Second))
	gold, _ := s.reader()
	s.tx(func(tx engine.Tx) error {
		return tx.SetTier(s.ctx, s.program.ID, gold.ID, rules.TierState{ID: "gold", Since: epoch, Until: end})
	})
	silent := s.member()
	s.tx(func(tx engine.Tx) error {
		return errors.Join(
			tx.InsertCoupons(s.ctx, engine.Coupon{Coupon: rules.Coupon{ID: "c-1", Kind: "tea", State: rules.CouponIssued, From: epoch, Expires: end}, ProgramID: s.program.ID, MemberID: silent.ID, IssuedAt: epoch}),
			tx.AddStamps(s.ctx, s.program.ID, silent.ID, "latte", 3, 0))
	})
	s.refresh()
	ask := func(change func(*engine.Strike)) (ids []string) {
		t.Helper()
		q := engine.Strike{Program: s.program, Expr: segment.All{}, Day: epochDay, After: -1, Limit: 100, From: end.AddDate(0, 0, -1), To: end}
		change(&q)
		for _, m := range must(s.Struck(s.ctx, q))(t) {
			ids = append(ids, m.MemberID)
		}
		return ids
	}
	ends := func(what engine.Ending, name string) func(*engine.Strike) {
		return func(q *engine.Strike) { q.Ends, q.Name = what, name }
	}
	equal(t, "everybody", len(ask(func(*engine.Strike) {})), 4)
	equal(t, "points end", ask(ends(engine.EndsPoints, "")), []string{rich.ID})
	equal(t, "a tier ends", ask(ends(engine.EndsTier, "")), []string{gold.ID})
	equal(t, "another tier ends", len(ask(ends(engine.EndsTier, "silver"))), 0)
	equal(t, "a coupon ends", ask(ends(engine.EndsCoupon, "tea")), []string{silent.ID})
	equal(t, "another coupon ends", len(ask(ends(engine.EndsCoupon, "cake"))), 0)
	equal(t, "of some members", ask(func(q *engine.Strike) { q.Members = []string{gold.ID, "nobody"} }), []string{gold.ID})
	equal(t, "of no members", len(ask(func(q *engine.Strike) { q.Members = []string{} })), 0)
	equal(t, "by a condition", ask(func(q *engine.Strike) {
		q.Expr = segment.Cond{Fact: "tier", Op: segment.OpIs, Values: []segment.Value{{Text: "gold"}}}
	}), []string{gold.ID})
	var all []engine.Struck
	for after := int64(-1); ; {
		page := must(s.Struck(s.ctx, engine.Strike{Program: s.program, Expr: segment.All{}, Day: epochDay, After: after, Limit: 3}))(t)
		if all = append(all, page...); len(page) < 3 {
			break
		}
		after = page[2].No
	}
	equal(t, "page by page", len(all), 4)
	for _, m := range all {
		equal(t, "agreed", m.Agreed, m.MemberID != silent.ID)
		equal(t, "ways", len(m.Ways) > 0, m.MemberID != silent.ID)
	}
	equal(t, "stamps", must(s.StampsOf(s.ctx, s.program.ID, []string{silent.ID, rich.ID}))(t), map[string]map[string]int64{silent.ID: {"latte": 3}})

	c := s.campaign()
	d := engine.Delivery{ProgramID: s.program.ID, CampaignID: c.ID, Period: "1", No: 3, MemberID: rich.ID, ContactID: contact.ID, Address: contact.Address, State: engine.OutboundQueued,
		Due: epoch.Add(time.Minute), Until: end, Acts: true}
	twin := d
	twin.Period = "2"
	equal(t, "new", must(s.NewDeliveries(s.ctx, []engine.Delivery{d, d, twin}))(t), []engine.Delivery{d, twin})
	s.tx(func(tx engine.Tx) error { return tx.InsertDeliveries(s.ctx, []engine.Delivery{d}) })
	equal(t, "new beside one that is there", must(s.NewDeliveries(s.ctx, []engine.Delivery{d, twin}))(t), []engine.Delivery{twin})
	equal(t, "none", len(must(s.NewDeliveries(s.ctx, nil))(t)), 0)
	equal(t, "before its time", len(must(s.DeliveriesToAct(s.ctx, s.program.ID, c.ID, epoch, 9))(t)), 0)
	equal(t, "to act", must(s.DeliveriesToAct(s.ctx, s.program.ID, c.ID, epoch.Add(time.Hour), 9))(t), []engine.Delivery{d})
	equal(t, "a message before the gift", len(s.claimed(c, contact.Address, 1, -1, 9)), 0)
	equal(t, "a gift to come", must(s.CountGifts(s.ctx, s.program.ID, c.ID))(t), 1)
	acted := d
	acted.Gift = "posting"
	s.tx(func(tx engine.Tx) error { return tx.SettleActs(s.ctx, []engine.Delivery{acted}) })
	acted.Gift = "another"
	s.tx(func(tx engine.Tx) error { return tx.SettleActs(s.ctx, []engine.Delivery{acted}) })
	got := s.claimed(c, contact.Address, 1, -1, 9)
	if len(got) != 1 || got[0].Gift != "posting" || got[0].Acts || !got[0].Due.Equal(d.Due) || got[0].Address != contact.Address {
		t.Errorf("after it: %+v", got)
	}
	dropped := twin
	dropped.State, dropped.Reason = engine.OutboundDropped, engine.ReasonGift
	s.tx(func(tx engine.Tx) error {
		return errors.Join(tx.InsertDeliveries(s.ctx, []engine.Delivery{twin}), tx.SettleActs(s.ctx, []engine.Delivery{dropped}))
	})
	is := must(s.DeliveryOf(s.ctx, s.program.ID, c.ID, rich.ID))(t)
	equal(t, "no gift, no message", [3]string{string(is.State), is.Reason, is.Address.UserID}, [3]string{"dropped", "gift", ""})
	third := d
	third.Period = "3"
	s.tx(func(tx engine.Tx) error {
		return errors.Join(tx.InsertDeliveries(s.ctx, []engine.Delivery{third}), tx.EndActs(s.ctx, s.program.ID, c.ID))
	})
	equal(t, "nothing more to do", len(must(s.DeliveriesToAct(s.ctx, s.program.ID, c.ID, end, 9))(t)), 0)
}

// testFollowedSales proves that postings are followed in order, purchases are numbered, and those in the times of deliveries counted once.
func testFollowedSales(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	got, _ := s.reader()
	held, _ := s.reader()
	s.refresh()
	after := must(s.LastPosting(s.ctx, s.program.ID, epoch.AddDate(1, 0, 0)))(t)
	var ids []string
	buy := func(m engine.Member, receipt string, at time.Time, returned bool) {
		sale := s.sale(m, receipt, at)
		sale.Total, sale.Discount = 10_000, 1_000
		s.tx(func(tx engine.Tx) error {
			if err := tx.InsertSale(s.ctx, sale, soldBy(sale), ledger.Plan{}); err != nil || !returned {
				return err
			}
			back, err := tx.Sale(s.ctx, s.program.ID, sale.ID)
			back.ReturnedTotal = sale.Total
			return errors.Join(err, tx.UpdateSaleReturned(s.ctx, back))
		})
		ids = append(ids, sale.ID)
	}
	buy(got, "1", epoch.Add(time.Hour), false)
	buy(got, "2", epoch.Add(2*time.Hour), true)
	buy(held, "3", epoch.Add(3*time.Hour), false)
	buy(got, "4", epoch.Add(4*time.Hour), false)
	slices.Sort(ids)
	var followed []string
	for {
		page := must(s.PostingsAfter(s.ctx, s.program.ID, after, 3))(t)
		for _, p := range page {
			followed, after = append(followed, p.ID), p.ID
			equal(t, "paid", p.Amount, money.Amount(9_000))
			equal(t, "kind", p.Kind, ledger.KindSale)
		}
		if len(page) < 3 {
			break
		}
	}
	equal(t, "followed", followed, ids)
	of := must(s.PurchasesOf(s.ctx, s.program.ID, []string{got.ID, held.ID}, []string{got.AccountID, held.AccountID}))(t)
	equal(t, "purchases", [2]int{len(of[got.ID]), len(of[held.ID])}, [2]int{2, 1})

	c := s.campaign()
	due := epoch.Add(90 * time.Minute)
	d := func(m engine.Member, no int64, period string, from time.Time, reason string) engine.Delivery {
		return engine.Delivery{ProgramID: s.program.ID, CampaignID: c.ID, No: no, Period: period, MemberID: m.ID, State: engine.OutboundDropped, Reason: reason, Due: from, Until: from.Add(24 * time.Hour)}
	}
	told := d(got, 1, "1", due, engine.ReasonSilent)
	told.Variant = 1
	again := d(got, 1, "2", due.Add(time.Hour), engine.ReasonSilent)
	again.Variant = 2
	late := d(got, 1, "3", epoch, engine.ReasonLate)
	late.Until = time.Time{}
	s.tx(func(tx engine.Tx) error {
		return tx.InsertDeliveries(s.ctx, []engine.Delivery{told, again, late,
			d(held, 2, "1", due, engine.ReasonHeld)})
	})
	members, bought, err := s.BoughtWithin(s.ctx, s.program.ID, c.ID, epoch, false)
	equal(t, "got", []any{members, bought, err}, []any{1, []engine.Bought{{No: 1, Variant: 1, Visits: 1, Revenue: 9_000}}, error(nil)})
	members, bought, err = s.BoughtWithin(s.ctx, s.program.ID, c.ID, epoch, true)
	equal(t, "held", []any{members, bought, err}, []any{1, []engine.Bought{{No: 2, Visits: 1, Revenue: 9_000}}, error(nil)})
}
