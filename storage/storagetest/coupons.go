package storagetest

import (
	"errors"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/rules"
)

// coupon describes an issued coupon.
func (s *shop) coupon(m engine.Member, expires time.Time) engine.Coupon {
	return engine.Coupon{Coupon: rules.Coupon{ID: s.id("coupon"), Kind: "free-coffee", State: rules.CouponIssued, From: epoch, Expires: expires},
		ProgramID: s.program.ID, MemberID: m.ID, Source: "rule:birthday", IssuedAt: epoch, StaffID: "s1"}
}

func testCoupons(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	m, other := s.member(), s.member()
	day := 24 * time.Hour
	one, two, three := s.coupon(m, epoch.Add(day)), s.coupon(m, time.Time{}), s.coupon(m, epoch.Add(2*day))
	two.State, two.IssuedAt, two.From, two.Kind, two.Source, two.StaffID = rules.CouponActivated, epoch.Add(time.Hour), epoch.Add(day), "stamps:coffee", "stamps:coffee", ""
	three.State, three.SaleID, three.Reissued, three.UsedAt, three.IssuedAt = rules.CouponApplied, "sale", true, epoch.Add(time.Hour), epoch.Add(2*time.Hour)
	s.tx(func(tx engine.Tx) error {
		return errors.Join(tx.InsertCoupons(s.ctx, one, two, three), tx.InsertCoupons(s.ctx, s.coupon(other, epoch)), tx.InsertCoupons(s.ctx))
	})
	of := func(open bool, limit int) []engine.Coupon {
		return must(s.CouponsOf(s.ctx, s.program.ID, m.ID, open, limit))(t)
	}
	for _, c := range []engine.Coupon{one, two, three} {
		equal(t, "coupon", must(s.Coupon(s.ctx, s.program.ID, c.ID))(t), c)
	}
	_, err := s.Coupon(s.ctx, s.program.ID, "nothing")
	s.wants(engine.KindNotFound, err)
	equal(t, "all", of(false, 9), []engine.Coupon{three, two, one})
	equal(t, "the newest", of(false, 1), []engine.Coupon{three})
	equal(t, "open ones", of(true, 9), []engine.Coupon{two, one})
	equal(t, "in the standing", s.standing(m, engine.StandingQuery{}).Coupons, []rules.Coupon{one.Coupon, two.Coupon})

	t.Run("taken", func(t *testing.T) {
		s := s.on(t)
		var again error
		s.tx(func(tx engine.Tx) error {
			again = tx.InsertCoupons(s.ctx, one)
			_, err := tx.Coupon(s.ctx, s.program.ID, one.ID) // the transaction still works
			return err
		})
		s.wants(engine.KindTaken, again)
		s.fails(engine.KindTaken, func(tx engine.Tx) error { return tx.InsertCoupons(s.ctx, s.coupon(m, epoch), one) })
		s.fails(engine.KindNotFound, func(tx engine.Tx) error { return tx.InsertCoupons(s.ctx, s.coupon(engine.Member{ID: "nobody"}, epoch)) })
	})

	t.Run("many", func(t *testing.T) {
		s := newShop(t, s.Store)
		m := s.member()
		var coupons []engine.Coupon
		for range 600 {
			coupons = append(coupons, s.coupon(m, epoch))
		}
		s.tx(func(tx engine.Tx) error { return tx.InsertCoupons(s.ctx, coupons...) })
		due := must(s.CouponsDue(s.ctx, s.program.ID, epoch, "", 1000))(t)
		equal(t, "due", due, coupons)
	})

	t.Run("update", func(t *testing.T) {
		s := s.on(t)
		change := func(c engine.Coupon, from ...rules.CouponState) func(engine.Tx) error {
			return func(tx engine.Tx) error { return tx.UpdateCoupon(s.ctx, c, from...) }
		}
		used := one
		used.State, used.SaleID, used.UsedAt, used.Reissued, used.StaffID = rules.CouponApplied, "sale", epoch.Add(time.Minute), true, "s2"
		used.From, used.Expires = epoch.Add(time.Second), time.Time{}
		s.fails(engine.KindConflict, change(used, rules.CouponActivated))
		s.fails(engine.KindConflict, change(used))
		equal(t, "as before", must(s.Coupon(s.ctx, s.program.ID, one.ID))(t), one)
		s.tx(change(used, rules.CouponIssued, rules.CouponActivated))
		equal(t, "used", must(s.Coupon(s.ctx, s.program.ID, one.ID))(t), used)
		s.fails(engine.KindConflict, change(used, rules.CouponIssued, rules.CouponActivated))
		missing := used
		missing.ID = "nothing"
		s.fails(engine.KindNotFound, change(missing, rules.CouponIssued))
		s.tx(change(one, rules.CouponApplied)) // it comes back
		equal(t, "back", must(s.Coupon(s.ctx, s.program.ID, one.ID))(t), one)
		if _, err := s.DB().Exec(s.ctx, "UPDATE coupon SET state = 'lost'"); err == nil {
			t.Error("a coupon may be in any state")
		}
	})

	t.Run("due", func(t *testing.T) {
		s := newShop(t, s.Store)
		m := s.member()
		var coupons []engine.Coupon
		for i := range 4 {
			coupons = append(coupons, s.coupon(m, epoch.Add(time.Duration(i)*day)))
		}
		never, used := s.coupon(m, time.Time{}), s.coupon(m, epoch)
		used.State = rules.CouponApplied
		coupons[1].State = rules.CouponActivated
		s.tx(func(tx engine.Tx) error { return tx.InsertCoupons(s.ctx, append(coupons, never, used)...) })
		due := func(by time.Time, after string, limit int) []engine.Coupon {
			return must(s.CouponsDue(s.ctx, s.program.ID, by, after, limit))(t)
		}
		equal(t, "due", due(epoch.Add(2*day), "", 9), coupons[:3])
		equal(t, "first page", due(epoch.Add(2*day), "", 2), coupons[:2])
		equal(t, "second page", due(epoch.Add(2*day), coupons[1].ID, 2), coupons[2:3])
		equal(t, "too early", due(epoch.Add(-time.Microsecond), "", 9), []engine.Coupon(nil))
	})
}
