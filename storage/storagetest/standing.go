package storagetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// activity describes what a purchase changes of a member's standing.
func (s *shop) activity(m engine.Member, day rules.Date, visits int, spent money.Amount, earned money.Points, at time.Time) engine.Activity {
	return engine.Activity{ProgramID: s.program.ID, MemberID: m.ID, Day: day, Visits: visits, Spent: spent, Earned: earned, At: at}
}

func (s *shop) standing(m engine.Member, q engine.StandingQuery) rules.Standing {
	s.Helper()
	return must(s.Standing(s.ctx, s.program.ID, m.ID, q))(s)
}

func testStanding(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	day := 24 * time.Hour

	t.Run("nothing", func(t *testing.T) {
		s := s.on(t)
		m := s.member()
		equal(t, "standing", s.standing(m, engine.StandingQuery{Basis: rules.TierBySpend, Since: "2026-01-01"}), rules.Standing{JoinedAt: epoch})
		_, err := s.Standing(s.ctx, s.program.ID, "nobody", engine.StandingQuery{})
		s.wants(engine.KindNotFound, err)
	})

	t.Run("activity", func(t *testing.T) {
		s := s.on(t)
		m, other := s.member(), s.member()
		add := func(a engine.Activity) { s.tx(func(tx engine.Tx) error { return tx.AddActivity(s.ctx, a) }) }
		add(s.activity(other, "2026-03-14", 7, 7, 7, epoch.Add(-day)))
		add(s.activity(m, "2026-03-14", 1, 10_000, 50, epoch))
		add(s.activity(m, "2026-03-14", 1, 2_000, 10, epoch.Add(time.Hour)))
		add(s.activity(m, "2026-02-01", 1, 500, 2, epoch.Add(-40*day)))             // recorded late: it is the first visit
		add(s.activity(m, "2026-03-14", -1, -2_000, -10, time.Time{}))              // came back
		add(engine.Activity{ProgramID: s.program.ID, MemberID: m.ID, Referrals: 3}) // no day is needed
		want := rules.Standing{JoinedAt: epoch, Visits: 2, Spent: 10_500, Earned: 52, Referrals: 3, FirstVisit: epoch.Add(-40 * day), LastVisit: epoch.Add(time.Hour)}
		for _, c := range []struct {
			basis rules.TierBasis
			since rules.Date
			want  int64
		}{
			{"", "", 0}, {"", "2026-03-14", 0},
			{rules.TierBySpend, "", 10_500}, {rules.TierBySpend, "2026-02-01", 10_500}, {rules.TierBySpend, "2026-02-02", 10_000}, {rules.TierBySpend, "2026-03-15", 0},
			{rules.TierByVisits, "", 2}, {rules.TierByVisits, "2026-02-02", 1}, {rules.TierByPoints, "", 52}, {rules.TierByPoints, "2026-03-14", 50},
			{rules.TierByReferrals, "", 3}, {rules.TierByReferrals, "2026-03-15", 3},
		} {
			want.Qualified = c.want
			equal(t, fmt.Sprint("standing by ", c.basis, " since ", c.since), s.standing(m, engine.StandingQuery{Basis: c.basis, Since: c.since}), want)
		}
		s.fails(engine.KindNotFound, func(tx engine.Tx) error {
			return tx.AddActivity(s.ctx, s.activity(engine.Member{ID: "nobody"}, "2026-03-14", 1, 1, 1, epoch))
		})
		for _, wrong := range []rules.Date{"", "2026-02-30", "yesterday"} {
			if err := s.InTx(s.ctx, func(tx engine.Tx) error { return tx.AddActivity(s.ctx, s.activity(m, wrong, 1, 1, 1, epoch)) }); err == nil {
				t.Errorf("the day %q is written", wrong)
			}
		}
		// A member whose first row has no visit.
		third := s.member()
		add(engine.Activity{ProgramID: s.program.ID, MemberID: third.ID, Referrals: 1})
		add(s.activity(third, "2026-03-14", 1, 1, 1, epoch))
		equal(t, "standing", s.standing(third, engine.StandingQuery{}), rules.Standing{JoinedAt: epoch, Visits: 1, Spent: 1, Earned: 1, Referrals: 1, FirstVisit: epoch, LastVisit: epoch})
		s.clean()
	})

	// A sale whose posting counts as the visit: the day is found there, beside the days that are kept apart, and stays so when the sale is corrected.
	t.Run("counted by the posting", func(t *testing.T) {
		s := s.on(t)
		m, other := s.member(), s.member()
		sell := func(m engine.Member, day rules.Date, receipt string, at time.Time) engine.Sale {
			sale := s.sale(m, receipt, at) // 15,000 less 1,500; earns 6, spends 30
			sale.Business, sale.ReceiptNo = string(day), receipt
			s.tx(func(tx engine.Tx) error {
				p := soldBy(sale)
				p.Counted = true
				a := s.activity(m, day, 1, 13_500, 6, at)
				a.Counted = true
				return errors.Join(tx.AddActivity(s.ctx, a), tx.InsertSale(s.ctx, sale, p, ledger.Plan{}))
			})
			return sale
		}
		early := sell(m, "2026-02-01", "e", epoch.Add(-40*day))
		sell(m, "2026-03-14", "l", epoch)
		sell(other, "2026-03-14", "o", epoch)
		s.tx(func(tx engine.Tx) error {
			return tx.AddActivity(s.ctx, s.activity(m, "2026-03-14", 1, 1_000, 4, epoch))
		})
		want := func(days ...int64) {
			t.Helper()
			total := rules.Standing{JoinedAt: epoch, Visits: 3, Spent: 28_000, Earned: 16, FirstVisit: epoch.Add(-40 * day), LastVisit: epoch}
			for i, since := range []rules.Date{"", "2026-02-01", "2026-02-02", "2026-03-15"} {
				total.Qualified = days[i]
				equal(t, fmt.Sprint("spent since ", since), s.standing(m, engine.StandingQuery{Basis: rules.TierBySpend, Since: since}), total)
			}
			total.Qualified = 2
			equal(t, "visits", s.standing(m, engine.StandingQuery{Basis: rules.TierByVisits, Since: "2026-02-02"}), total)
			total.Qualified = 10
			equal(t, "points", s.standing(m, engine.StandingQuery{Basis: rules.TierByPoints, Since: "2026-02-02"}), total)
			s.clean()
		}
		want(28_000, 28_000, 14_500, 0)
		early.ReturnedTotal, early.Lines[0].ReturnedNet, early.Lines[0].ReturnedQty = 10_000, 10_000, 2_000
		s.tx(func(tx engine.Tx) error { return tx.UpdateSaleReturned(s.ctx, early) }) // what comes back is an activity of its own
		want(28_000, 28_000, 14_500, 0)
		for _, wrong := range []rules.Date{"", "yesterday"} {
			a := s.activity(m, wrong, 1, 1, 1, epoch)
			a.Counted = true
			if err := s.InTx(s.ctx, func(tx engine.Tx) error { return tx.AddActivity(s.ctx, a) }); err == nil {
				t.Errorf("the day %q is counted", wrong)
			}
		}
	})

	t.Run("tier and tags", func(t *testing.T) {
		s := s.on(t)
		m := s.member()
		tier := rules.TierState{ID: "gold", Since: epoch, Until: epoch.Add(365 * day), ByHand: true, Grace: true, Warned: true}
		tags := []string{"vip", "кав'ярня «Ґ»"}
		s.tx(func(tx engine.Tx) error {
			return errors.Join(tx.SetTier(s.ctx, s.program.ID, m.ID, tier), tx.SetTags(s.ctx, s.program.ID, m.ID, tags),
				tx.AddActivity(s.ctx, s.activity(m, "2026-03-14", 1, 5, 1, epoch)))
		})
		want := rules.Standing{JoinedAt: epoch, Visits: 1, Spent: 5, Earned: 1, FirstVisit: epoch, LastVisit: epoch, Tier: tier, Tags: tags}
		equal(t, "standing", s.standing(m, engine.StandingQuery{}), want)
		want.Tier, want.Tags = rules.TierState{ID: "silver", Since: epoch.Add(day)}, nil
		s.tx(func(tx engine.Tx) error {
			return errors.Join(tx.SetTier(s.ctx, s.program.ID, m.ID, want.Tier), tx.SetTags(s.ctx, s.program.ID, m.ID, nil))
		})
		equal(t, "standing", s.standing(m, engine.StandingQuery{}), want)
		bare := s.member() // tags before anything else
		s.tx(func(tx engine.Tx) error { return tx.SetTags(s.ctx, s.program.ID, bare.ID, tags) })
		equal(t, "standing", s.standing(bare, engine.StandingQuery{}), rules.Standing{JoinedAt: epoch, Tags: tags})
		s.fails(engine.KindNotFound, func(tx engine.Tx) error { return tx.SetTier(s.ctx, s.program.ID, "nobody", tier) })
		s.fails(engine.KindNotFound, func(tx engine.Tx) error { return tx.SetTags(s.ctx, s.program.ID, "nobody", tags) })
		s.clean()
	})

	t.Run("stamps", func(t *testing.T) {
		s := s.on(t)
		m := s.member()
		add := func(card string, delta, rounds int) {
			s.tx(func(tx engine.Tx) error { return tx.AddStamps(s.ctx, s.program.ID, m.ID, card, delta, rounds) })
		}
		add("tea", 1, 0)
		add("coffee", 6, 0)
		add("coffee", -4, 1)
		add("tea", -3, 0)
		equal(t, "stamps", s.standing(m, engine.StandingQuery{}).Stamps, []rules.StampCount{{Card: "coffee", Count: 2, Done: 1}, {Card: "tea", Count: -2}})
	})

	t.Run("birthday", func(t *testing.T) { testBirthday(s.on(t)) })

	t.Run("person", func(t *testing.T) {
		s := s.on(t)
		a := s.bot()
		c, m := s.contact(a), s.member()
		late, soon, used := s.coupon(m, time.Time{}), s.coupon(m, epoch.Add(day)), s.coupon(m, epoch.Add(day))
		soon.State, used.State = rules.CouponActivated, rules.CouponApplied
		born := rules.Birthday{Year: 1990, Month: 2, Day: 29, ChangedAt: epoch}
		tier := rules.TierState{ID: "gold", Since: epoch}
		s.tx(func(tx engine.Tx) error {
			return errors.Join(tx.LinkContact(s.ctx, s.program.ID, c.ID, m.ID, ""), tx.InsertCoupons(s.ctx, late, soon, used),
				tx.AddStamps(s.ctx, s.program.ID, m.ID, "tea", 1, 2), tx.AddStamps(s.ctx, s.program.ID, m.ID, "coffee", 3, 0),
				tx.SetTier(s.ctx, s.program.ID, m.ID, tier), tx.SetTags(s.ctx, s.program.ID, m.ID, []string{"vip"}),
				tx.SetBirthday(s.ctx, s.program.ID, m.ID, born), tx.AddActivity(s.ctx, s.activity(m, "2026-03-14", 1, 10_000, 50, epoch)),
				tx.AddUses(s.ctx, s.program.ID, m.ID, []rules.Use{{Counter: rules.Counter{Of: "earn", Period: "2026"}, Times: 1}}))
		})
		want := rules.Standing{JoinedAt: epoch, Tags: []string{"vip"}, Visits: 1, Spent: 10_000, Earned: 50, FirstVisit: epoch, LastVisit: epoch, Tier: tier,
			Birthday: born, Stamps: []rules.StampCount{{Card: "coffee", Count: 3}, {Card: "tea", Count: 1, Done: 2}}, Coupons: []rules.Coupon{late.Coupon, soon.Coupon}}
		p := must(s.Person(s.ctx, s.program.ID, a, epoch))(t)
		equal(t, "standing of the person", p.Standing, want)
		equal(t, "member of the person", *p.Member, m)
		want.Qualified = 50
		equal(t, "standing", s.standing(m, engine.StandingQuery{Basis: rules.TierByPoints}), want)
		s.tx(func(tx engine.Tx) error {
			got, err := tx.Standing(s.ctx, s.program.ID, m.ID, engine.StandingQuery{Basis: rules.TierByPoints})
			equal(t, "standing inside a transaction", got, want)
			return err
		})
		s.exec(`UPDATE profile SET birthday = 'k1.AAAA' WHERE program_id = $1 AND member_id = $2`, s.program.ID, m.ID)
		for name, err := range map[string]error{
			"person":   second(s.Person(s.ctx, s.program.ID, a, epoch)),
			"standing": second(s.Standing(s.ctx, s.program.ID, m.ID, engine.StandingQuery{})),
		} {
			if err == nil {
				t.Errorf("%s: a birthday that does not open is read", name)
			}
		}
	})

	t.Run("erase", func(t *testing.T) {
		s := s.on(t)
		m := s.member()
		c := s.coupon(m, time.Time{})
		used := s.coupon(m, time.Time{})
		used.State = rules.CouponApplied
		s.tx(func(tx engine.Tx) error {
			return errors.Join(tx.InsertCoupons(s.ctx, c, used), tx.AddStamps(s.ctx, s.program.ID, m.ID, "tea", 1, 2),
				tx.SetTags(s.ctx, s.program.ID, m.ID, []string{"приватне"}), tx.SetBirthday(s.ctx, s.program.ID, m.ID, rules.Birthday{Month: 12, Day: 31}),
				tx.AddActivity(s.ctx, s.activity(m, "2026-03-14", 1, 10_000, 50, epoch)))
		})
		s.tx(func(tx engine.Tx) error { return tx.EraseMember(s.ctx, s.program.ID, m.ID, epoch) })
		equal(t, "standing", s.standing(m, engine.StandingQuery{}), rules.Standing{JoinedAt: epoch, Visits: 1, Spent: 10_000, Earned: 50, FirstVisit: epoch, LastVisit: epoch,
			Stamps: []rules.StampCount{{Card: "tea", Count: 1, Done: 2}}})
		c.State = rules.CouponRevoked
		equal(t, "open coupon", must(s.Coupon(s.ctx, s.program.ID, c.ID))(t), c)
		equal(t, "used coupon", must(s.Coupon(s.ctx, s.program.ID, used.ID))(t), used)
		s.absent("приватне")
		s.clean()
	})

	t.Run("tenants", func(t *testing.T) { testStandingTenants(s.on(t)) })
}

// second returns the error of a call.
func second[T any](_ T, err error) error { return err }

func testBirthday(s *shop) {
	t := s.TB
	m := s.member()
	set := func(m engine.Member, b rules.Birthday) {
		t.Helper()
		s.tx(func(tx engine.Tx) error { return tx.SetBirthday(s.ctx, s.program.ID, m.ID, b) })
		equal(t, "birthday", s.standing(m, engine.StandingQuery{}).Birthday, b)
	}
	born := func(after string, limit int, days ...string) []string {
		t.Helper()
		return must(s.MembersBornOn(s.ctx, s.program.ID, days, after, limit))(t)
	}
	set(m, rules.Birthday{Year: 1990, Month: 12, Day: 31})
	equal(t, "the member is as before", must(s.Member(s.ctx, s.program.ID, m.ID))(t), m)
	set(m, rules.Birthday{Month: 2, Day: 29, ChangedAt: epoch})
	equal(t, "born on the old day", born("", 9, "12-31"), []string(nil))
	equal(t, "born", born("", 9, "02-28", "02-29"), []string{m.ID})
	equal(t, "born on no day", born("", 9), []string(nil))

	// The name and the number come and go beside it.
	changed := m
	changed.Name, changed.Phone, changed.Proof = "", "", engine.ProofNone
	s.tx(func(tx engine.Tx) error { return tx.UpdateMember(s.ctx, changed) })
	equal(t, "member without a name", must(s.Member(s.ctx, s.program.ID, m.ID))(t), changed)
	equal(t, "members by the old number", must(s.MembersByPhone(s.ctx, s.program.ID, m.Phone))(t), []engine.Member(nil))
	equal(t, "still born", born("", 9, "02-29"), []string{m.ID})
	s.tx(func(tx engine.Tx) error { return tx.UpdateMember(s.ctx, m) })
	equal(t, "member", must(s.Member(s.ctx, s.program.ID, m.ID))(t), m)
	equal(t, "still born", born("", 9, "02-29"), []string{m.ID})

	blocked, gone, bare, last := s.member(), s.member(), engine.Member{ID: s.id("bare"), AccountID: s.id("account"), ProgramID: s.program.ID, State: engine.MemberActive, JoinedAt: epoch}, s.member()
	s.tx(func(tx engine.Tx) error { return tx.InsertMember(s.ctx, bare) })
	for _, one := range []engine.Member{blocked, gone, bare, last} {
		set(one, rules.Birthday{Year: 2001, Month: 2, Day: 29})
	}
	blocked.State = engine.MemberBlocked
	s.tx(func(tx engine.Tx) error {
		return errors.Join(tx.UpdateMember(s.ctx, blocked), tx.EraseMember(s.ctx, s.program.ID, gone.ID, epoch))
	})
	all := slices.Sorted(slices.Values([]string{m.ID, bare.ID, last.ID}))
	equal(t, "born", born("", 9, "02-29"), all)
	equal(t, "first page", born("", 2, "02-29"), all[:2])
	equal(t, "second page", born(all[1], 2, "02-29"), all[2:])

	s.tx(func(tx engine.Tx) error { return tx.SetBirthday(s.ctx, s.program.ID, m.ID, rules.Birthday{}) })
	equal(t, "no birthday", s.standing(m, engine.StandingQuery{}).Birthday, rules.Birthday{})
	s.fails(engine.KindNotFound, func(tx engine.Tx) error {
		return tx.SetBirthday(s.ctx, s.program.ID, "nobody", rules.Birthday{Month: 1, Day: 1})
	})
	for _, wrong := range []rules.Birthday{{Month: 13, Day: 1}, {Month: 1, Day: 32}, {Year: -1, Month: 1, Day: 1}, {Year: 10_000, Month: 1, Day: 1}, {Month: 1}} {
		if err := s.InTx(s.ctx, func(tx engine.Tx) error { return tx.SetBirthday(s.ctx, s.program.ID, m.ID, wrong) }); err == nil {
			t.Errorf("%+v is written", wrong)
		}
	}
	s.absent("2001-02-29", "02-29")
}

// testStandingTenants gives two programs a member, a coupon, stamps and counters with the same ids, and changes those of one.
func testStandingTenants(s *shop) {
	t := s.TB
	one, two := newShop(t, s.Store), newShop(t, s.Store)
	counter := rules.Counter{Of: "earn", Period: "ever"}
	all := rules.Counter{Of: "earn", Period: "ever", All: true}
	fill := func(s *shop) {
		s.Helper()
		m := engine.Member{ID: "m", ProgramID: s.program.ID, AccountID: "a", Card: "123456786", State: engine.MemberActive, JoinedAt: epoch}
		c := s.coupon(m, epoch)
		c.ID = "c"
		account := ledger.Account{ID: "a"}
		plan, err := account.Credit(ledger.Lot{ID: "lot", Points: 10, EarnedAt: epoch.Add(-time.Hour), ActiveFrom: epoch, ExpiresAt: epoch, Kind: ledger.KindEarn}, ledger.ContraEarn)
		s.tx(func(tx engine.Tx) error {
			id := s.program.ID
			return errors.Join(err, tx.InsertMember(s.ctx, m), tx.InsertCoupons(s.ctx, c), tx.AddStamps(s.ctx, id, "m", "tea", 1, 0), tx.SetTags(s.ctx, id, "m", []string{"vip"}),
				tx.SetTier(s.ctx, id, "m", rules.TierState{ID: "gold", Until: epoch}), tx.SetBirthday(s.ctx, id, "m", rules.Birthday{Month: 1, Day: 1}),
				tx.AddActivity(s.ctx, s.activity(m, "2026-03-14", 1, 1, 1, epoch)), tx.AddUses(s.ctx, id, "m", []rules.Use{{Counter: counter, Times: 1}, {Counter: all, Times: 1}}),
				tx.InsertPosting(s.ctx, s.posting(m, ledger.KindEarn, "k", &account, plan), plan))
		})
	}
	fill(one)
	before := one.standing(engine.Member{ID: "m"}, engine.StandingQuery{Basis: rules.TierBySpend, Since: "2026-01-01", Counters: []rules.Counter{counter, all}})
	fill(two)
	id := two.program.ID
	two.tx(func(tx engine.Tx) error {
		if _, err := tx.LockUses(two.ctx, id, []rules.Counter{all, {Of: "earn", Period: "2026", All: true}}); err != nil {
			return err
		}
		return errors.Join(tx.AddActivity(two.ctx, two.activity(engine.Member{ID: "m"}, "2026-03-14", 1, 1, 1, epoch.Add(time.Hour))), tx.AddStamps(two.ctx, id, "m", "tea", 1, 1),
			tx.SetTier(two.ctx, id, "m", rules.TierState{}), tx.SetTags(two.ctx, id, "m", nil), tx.SetBirthday(two.ctx, id, "m", rules.Birthday{}),
			tx.AddUses(two.ctx, id, "m", []rules.Use{{Counter: counter, Times: 1}, {Counter: all, Times: 1}}),
			tx.UpdateCoupon(two.ctx, engine.Coupon{ProgramID: id, Coupon: rules.Coupon{ID: "c", State: rules.CouponRevoked, From: epoch}}, rules.CouponIssued),
			tx.EraseMember(two.ctx, id, "m", epoch))
	})
	s, id = one, one.program.ID
	equal(t, "standing of the first", s.standing(engine.Member{ID: "m"}, engine.StandingQuery{Basis: rules.TierBySpend, Since: "2026-01-01", Counters: []rules.Counter{counter, all}}), before)
	equal(t, "uses of the first", must(s.Uses(s.ctx, id, []rules.Counter{all}))(t), []rules.Use{{Counter: all, Times: 1}})
	equal(t, "coupon of the first", must(s.Coupon(s.ctx, id, "c"))(t).State, rules.CouponIssued)
	equal(t, "coupons of the first", len(must(s.CouponsOf(s.ctx, id, "m", true, 9))(t)), 1)
	for what, got := range map[string][]string{
		"born":       must(s.MembersBornOn(s.ctx, id, []string{"01-01"}, "", 9))(t),
		"away":       must(s.MembersAway(s.ctx, id, time.Time{}, epoch.Add(time.Second), "", 9))(t),
		"tiers":      must(s.MembersWithTierDue(s.ctx, id, epoch, "", 9))(t),
		"coupons":    names(must(s.CouponsDue(s.ctx, id, epoch, "", 9))(t), func(c engine.Coupon) string { return c.MemberID }),
		"activating": must(s.AccountsWithLots(s.ctx, id, true, time.Time{}, epoch, "", 9))(t),
		"ending":     must(s.AccountsWithLots(s.ctx, id, false, time.Time{}, epoch, "", 9))(t),
	} {
		want := "m"
		if what == "activating" || what == "ending" {
			want = "a"
		}
		equal(t, what, got, []string{want})
	}
	one.clean()
	two.clean()
}
