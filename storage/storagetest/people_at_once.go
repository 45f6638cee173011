package storagetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// testPeople checks that reading many at once says of each what reading each says.
func testPeople(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	at := s.bot()
	if none := must(s.People(s.ctx, s.program.ID, at.Channel, at.Sender, nil, epoch))(t); len(none) > 0 {
		t.Errorf("nobody is %v", none)
	}
	random := rand.New(rand.NewPCG(20260314, 1))
	place := engine.Location{ID: "l1", ProgramID: s.program.ID, Name: "Ринок", Code: "market", Zone: "Asia/Almaty", CreatedAt: epoch}
	s.tx(func(tx engine.Tx) error {
		return errors.Join(tx.InsertLocation(s.ctx, place),
			tx.InsertStaff(s.ctx, engine.Staff{ID: "s1", ProgramID: s.program.ID, Role: engine.RoleManager, Name: "Ґалина", Language: "uk", LocationID: "l1", CreatedAt: epoch}),
			tx.InsertStaff(s.ctx, engine.Staff{ID: "s2", ProgramID: s.program.ID, Role: engine.RoleCashier, Name: "Остап", Disabled: true, CreatedAt: epoch}))
	})
	var users []string
	var members []engine.Member
	for i := range 60 {
		a := at
		a.UserID = fmt.Sprint(100 + i)
		users = append(users, a.UserID)
		s.someone(random, a, &members)
	}
	// Others have the same number on another bot, and in another program.
	for _, o := range []*shop{s, newShop(t, s.Store)} {
		a := engine.Address{Channel: at.Channel, Sender: "another-of-" + o.program.ID, UserID: users[0]}
		o.someone(random, a, &[]engine.Member{})
	}
	for _, now := range []time.Time{epoch, epoch.Add(30 * time.Minute), epoch.Add(2 * time.Hour), epoch.AddDate(1, 0, 0)} {
		for _, some := range [][]string{users, users[:1], users[7:9], append(slices.Clone(users[20:30]), "nobody", users[20])} {
			s.alike(s.Store, at, some, now)
			s.tx(func(tx engine.Tx) error { s.alike(tx, at, some, now); return nil })
		}
	}
	strangers := must(s.People(s.ctx, s.program.ID, at.Channel, at.Sender, []string{"nobody"}, epoch))(t)
	if len(strangers) > 0 {
		t.Errorf("strangers are %v", strangers)
	}
}

// alike compares people who are read at once with each of them.
func (s *shop) alike(store engine.PeopleReads, at engine.Address, users []string, now time.Time) {
	s.Helper()
	people := must(store.People(s.ctx, s.program.ID, at.Channel, at.Sender, users, now))(s)
	known := 0
	for _, user := range slices.Compact(slices.Sorted(slices.Values(users))) {
		at.UserID = user
		one, err := store.Person(s.ctx, s.program.ID, at, now)
		if err != nil {
			s.wants(engine.KindNotFound, err)
			continue
		}
		known++
		equal(s, fmt.Sprintf("user %s at %v", user, now), people[user], one)
	}
	if len(people) != known {
		s.Errorf("%d of %d people were read", len(people), known)
	}
}

// someone makes a contact of chance: a stranger, a member with this and that, a second address of a member, staff, or several of these.
func (s *shop) someone(random *rand.Rand, a engine.Address, members *[]engine.Member) {
	s.Helper()
	often := func(of int) bool { return random.IntN(of) > 0 }
	c := s.contact(a)
	staff := []string{"", "", "", "s1", "s2"}[random.IntN(5)]
	var m engine.Member
	switch n := len(*members); {
	case !often(6): // a stranger, who may be staff
	case n > 3 && !often(6):
		m = (*members)[random.IntN(n)]
	default:
		m = s.member()
		*members = append(*members, m)
		for range random.IntN(4) {
			s.credit(m, money.Points(1+random.IntN(100)), []time.Time{{}, epoch.Add(time.Hour), epoch.AddDate(0, 6, 0)}[random.IntN(3)])
		}
		if !often(4) {
			s.forgetLots(m)
		}
		if !often(3) {
			s.hold(m, 1, time.Hour)
		}
		s.tx(func(tx engine.Tx) error {
			for _, channel := range []string{a.Channel, a.Channel, "viber"} {
				consent := engine.Consent{ID: s.id("consent"), ProgramID: s.program.ID, MemberID: m.ID, Channel: channel, Given: often(2), At: epoch.Add(-within(random, time.Hour)),
					Purpose: []engine.Purpose{engine.PurposeMarketing, engine.PurposeService}[random.IntN(2)]}
				if err := tx.InsertConsent(s.ctx, consent); err != nil {
					return err
				}
			}
			if often(2) {
				born := rules.Birthday{Month: 2, Day: 29, ChangedAt: epoch}
				if err := errors.Join(tx.SetBirthday(s.ctx, s.program.ID, m.ID, born), tx.SetAsked(s.ctx, s.program.ID, m.ID, engine.Asked{At: epoch, SaleID: "sale"}, time.Time{}),
					tx.SetTags(s.ctx, s.program.ID, m.ID, []string{"vip"})); err != nil {
					return err
				}
			}
			if often(2) {
				if err := errors.Join(tx.AddStamps(s.ctx, s.program.ID, m.ID, "cup", 1, 0), tx.AddStamps(s.ctx, s.program.ID, m.ID, "bun", 3, 1)); err != nil {
					return err
				}
			}
			if often(2) {
				used := s.coupon(m, time.Time{})
				used.State, used.UsedAt = rules.CouponApplied, epoch
				if err := tx.InsertCoupons(s.ctx, s.coupon(m, epoch.Add(time.Hour)), s.coupon(m, time.Time{}), used); err != nil {
					return err
				}
			}
			return nil
		})
		standing := rules.Standing{}
		for range random.IntN(8) {
			after, write := s.stand(random, m, standing, epoch)
			s.tx(write)
			standing = after
		}
		if !often(8) && len(*members) > 1 {
			s.merge(m, (*members)[0])
		}
	}
	s.tx(func(tx engine.Tx) error {
		if m.ID == "" && staff == "" {
			return nil
		}
		return tx.LinkContact(s.ctx, s.program.ID, c.ID, m.ID, staff)
	})
	if !often(5) {
		s.tx(func(tx engine.Tx) error {
			return errors.Join(tx.SetBlocked(s.ctx, s.program.ID, c.ID, epoch), tx.SaveSlot(s.ctx, s.program.ID, c.ID, "home", "5"),
				tx.SaveSession(s.ctx, s.program.ID, c.ID, []byte(`{"at":"home"}`), 0))
		})
	}
}

func within(random *rand.Rand, d time.Duration) time.Duration {
	return time.Duration(random.Int64N(int64(d))).Truncate(time.Microsecond)
}
