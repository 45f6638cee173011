package storagetest

import (
	"errors"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/money"
)

func testReferrals(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	inviter, other := s.member(), s.member()
	put := func(s *shop, f engine.Referral) engine.Referral {
		s.Helper()
		s.tx(func(tx engine.Tx) error { return tx.PutReferral(s.ctx, f) })
		return f
	}
	joined := func(by engine.Member, at time.Time) engine.Referral {
		return engine.Referral{ProgramID: s.program.ID, FriendID: s.member().ID, InviterID: by.ID, State: engine.ReferralJoined, At: at}
	}

	t.Run("put", func(t *testing.T) {
		s := s.on(t)
		f := put(s, joined(inviter, epoch))
		equal(t, "joined", must(s.Referral(s.ctx, s.program.ID, f.FriendID))(t), f)
		f.State, f.SaleID, f.Inviter, f.Friend, f.LotID, f.Suspect, f.DueAt, f.At = engine.ReferralPending, "sale", 100, 50, "lot", true, epoch.Add(time.Hour), epoch.Add(time.Minute)
		put(s, f)
		equal(t, "pending", must(s.Referral(s.ctx, s.program.ID, f.FriendID))(t), f)
		f.InviterID, f.State, f.DueAt, f.Suspect = other.ID, engine.ReferralReversed, time.Time{}, false
		put(s, f)
		equal(t, "reversed", must(s.Referral(s.ctx, s.program.ID, f.FriendID))(t), f)
		_, err := s.Referral(s.ctx, s.program.ID, "nobody")
		s.wants(engine.KindNotFound, err)
		for _, wrong := range []engine.Referral{{FriendID: "nobody", InviterID: inviter.ID}, {FriendID: f.FriendID, InviterID: "nobody"}} {
			wrong.ProgramID, wrong.State, wrong.At = s.program.ID, engine.ReferralJoined, epoch
			s.fails(engine.KindNotFound, func(tx engine.Tx) error { return tx.PutReferral(s.ctx, wrong) })
		}
	})

	t.Run("of an inviter", func(t *testing.T) {
		s := s.on(t)
		star := s.member()
		old, fresh, same := put(s, joined(star, epoch)), put(s, joined(star, epoch.Add(time.Hour))), put(s, joined(star, epoch))
		put(s, joined(other, epoch))
		equal(t, "newest first", must(s.ReferralsOf(s.ctx, s.program.ID, star.ID, 9))(t), []engine.Referral{fresh, same, old})
		equal(t, "the newest", must(s.ReferralsOf(s.ctx, s.program.ID, star.ID, 1))(t), []engine.Referral{fresh})
		equal(t, "of nobody", must(s.ReferralsOf(s.ctx, s.program.ID, "", 9))(t), []engine.Referral(nil))
		s.tx(func(tx engine.Tx) error { // opaque ids are all that stays
			return errors.Join(tx.EraseMember(s.ctx, s.program.ID, star.ID, epoch), tx.EraseMember(s.ctx, s.program.ID, fresh.FriendID, epoch))
		})
		equal(t, "after both left", must(s.Referral(s.ctx, s.program.ID, fresh.FriendID))(t), fresh)
		s.clean()
	})

	t.Run("due", func(t *testing.T) {
		s := s.on(t)
		var all []engine.Referral
		for i, due := range []time.Time{epoch.Add(time.Microsecond), epoch, epoch.Add(-time.Hour), epoch.Add(-time.Hour), {}} {
			f := joined(inviter, epoch)
			f.State, f.DueAt, f.Inviter = engine.ReferralPending, due, money.Points(i)
			if i == 3 {
				f.State = engine.ReferralPaid
			}
			all = append(all, put(s, f))
		}
		due := func(after string, limit int) []engine.Referral {
			return must(s.ReferralsDue(s.ctx, s.program.ID, epoch, after, limit))(t)
		}
		equal(t, "due", due("", 9), []engine.Referral{all[1], all[2]})
		equal(t, "the first", due("", 1), []engine.Referral{all[1]})
		equal(t, "those after it", due(all[1].FriendID, 9), []engine.Referral{all[2]})
	})
}

func testOrphans(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	first := engine.Orphan{ID: s.id("orphan"), ProgramID: s.program.ID, LocationID: "l1", Till: "1", Business: "2026-03-14", ReceiptNo: "42", Key: "k1", At: epoch.Add(time.Hour),
		Input: engine.ReverseInput{Key: "k1", ProgramID: s.program.ID, Lines: []engine.ReversedLine{{No: 2, Quantity: 1500}}, Amount: 700, StaffID: "s1"}}
	second := first
	second.ID, second.Key, second.At, second.Input = s.id("orphan"), "k2", epoch, engine.ReverseInput{Key: "k2", All: true}
	bare := second
	bare.ID, bare.Key, bare.ReceiptNo = s.id("orphan"), "k3", ""
	s.tx(func(tx engine.Tx) error {
		return errors.Join(tx.InsertOrphan(s.ctx, first), tx.InsertOrphan(s.ctx, second), tx.InsertOrphan(s.ctx, bare))
	})
	again := first
	again.ID = s.id("orphan")
	s.tx(func(tx engine.Tx) error {
		if err := tx.InsertOrphan(s.ctx, again); !engine.IsKind(err, engine.KindTaken) {
			t.Errorf("the second use of a key: %v", err)
		}
		_, err := tx.OrphansOf(s.ctx, s.program.ID, "l1", "1", "2026-03-14", "42") // the transaction still works
		return err
	})
	of := func(place, till, day, receipt string) []engine.Orphan {
		return must(s.OrphansOf(s.ctx, s.program.ID, place, till, day, receipt))(t)
	}
	equal(t, "oldest first", of("l1", "1", "2026-03-14", "42"), []engine.Orphan{second, first})
	for _, key := range [][4]string{{"l2", "1", "2026-03-14", "42"}, {"l1", "2", "2026-03-14", "42"}, {"l1", "1", "2026-03-15", "42"}, {"l1", "1", "2026-03-14", "43"}, {"l1", "1", "2026-03-14", ""}} {
		if found := of(key[0], key[1], key[2], key[3]); len(found) != 0 {
			t.Errorf("%v finds %v", key, found)
		}
	}
	match := func(id string) func(engine.Tx) error {
		return func(tx engine.Tx) error { return tx.MatchOrphan(s.ctx, s.program.ID, id, epoch) }
	}
	s.tx(match(second.ID))
	equal(t, "still waiting", of("l1", "1", "2026-03-14", "42"), []engine.Orphan{first})
	s.fails(engine.KindConflict, match(second.ID))
	s.fails(engine.KindNotFound, match("nothing"))
}

func testBookmarks(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	set := func(name, value string) {
		t.Helper()
		s.tx(func(tx engine.Tx) error { return tx.SetBookmark(s.ctx, s.program.ID, name, value) })
	}
	set("daily", "2026-03-13")
	set("daily", "2026-03-14")
	set("weekly", "")
	for name, want := range map[string]string{"daily": "2026-03-14", "weekly": "", "never": ""} {
		if got := must(s.Bookmark(s.ctx, s.program.ID, name))(t); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	s.fails(engine.KindNotFound, func(tx engine.Tx) error { return tx.SetBookmark(s.ctx, "nothing", "daily", "1") })
}

func testRestingNumbers(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	m := s.member()
	const phone = engine.Phone("+380671234567")
	rest := func(phone engine.Phone, until time.Time) {
		t.Helper()
		s.tx(func(tx engine.Tx) error { return tx.RestNumber(s.ctx, s.program.ID, phone, m.ID, until) })
	}
	resting := func(phone engine.Phone, at time.Time, want bool) {
		t.Helper()
		if got := must(s.NumberResting(s.ctx, s.program.ID, phone, at))(t); got != want {
			t.Errorf("%s rests at %s: %v", phone.Reveal(), at, got)
		}
	}
	resting(phone, epoch, false)
	rest(phone, epoch.Add(time.Hour))
	rest("", epoch.Add(time.Hour)) // nothing
	resting(phone, epoch, true)
	resting(phone, epoch.Add(time.Hour-time.Microsecond), true)
	resting(phone, epoch.Add(time.Hour), false)
	resting("+380671234568", epoch, false)
	resting("", epoch, false)
	rest(phone, epoch.Add(2*time.Hour))
	resting(phone, epoch.Add(time.Hour), true)
	rest(phone, epoch.Add(time.Minute)) // the last word counts
	resting(phone, epoch.Add(time.Hour), false)
	s.fails(engine.KindNotFound, func(tx engine.Tx) error { return tx.RestNumber(s.ctx, s.program.ID, phone, "nobody", epoch) })
	s.absent("671234567")
	s.tx(func(tx engine.Tx) error { return tx.EraseMember(s.ctx, s.program.ID, m.ID, epoch) })
	resting(phone, epoch, false)
	if rows := s.rows(`SELECT id FROM resting_number`); len(rows) != 0 {
		t.Errorf("numbers of someone who left: %v", rows)
	}
}
