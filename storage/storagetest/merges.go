package storagetest

import (
	"errors"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/rules"
)

// merge makes one member part of another, on record.
func (s *shop) merge(gone, kept engine.Member) engine.Merge {
	s.Helper()
	r := engine.Merge{ID: s.id("merge"), ProgramID: s.program.ID, KeptID: kept.ID, GoneID: gone.ID, At: epoch}
	s.tx(func(tx engine.Tx) error {
		return errors.Join(tx.SetMergedInto(s.ctx, s.program.ID, gone.ID, kept.ID), tx.InsertMerge(s.ctx, r))
	})
	return r
}

// unmerge undoes a merge.
func (s *shop) unmerge(r engine.Merge) {
	s.Helper()
	r.UndoneAt = epoch.Add(time.Hour)
	s.tx(func(tx engine.Tx) error {
		return errors.Join(tx.SetMergedInto(s.ctx, s.program.ID, r.GoneID, ""), tx.UpdateMerge(s.ctx, r))
	})
}

func testMerges(t *testing.T, url func(testing.TB) string) {
	t.Run("record", func(t *testing.T) {
		s := openShop(t, url)
		a, b, c := s.member(), s.member(), s.member()
		full := engine.Merge{ID: s.id("merge"), ProgramID: s.program.ID, KeptID: a.ID, GoneID: b.ID, By: "s1", At: epoch, Detail: engine.MergeDetail{
			Lots: []engine.MovedLot{{From: "l1", To: "l2", Points: 70}}, Stamps: []rules.StampCount{{Card: "coffee", Count: -1, Done: 2}},
			Coupons: []string{"c1"}, Contacts: []string{"t1"}, Tier: rules.TierState{ID: "gold", Since: epoch, ByHand: true},
		}}
		bare := engine.Merge{ID: s.id("merge"), ProgramID: s.program.ID, KeptID: c.ID, GoneID: a.ID, At: epoch.Add(time.Hour)}
		s.tx(func(tx engine.Tx) error {
			return errors.Join(tx.InsertMerge(s.ctx, full), tx.InsertMerge(s.ctx, bare))
		})
		equal(t, "merge", must(s.Merge(s.ctx, s.program.ID, full.ID))(t), full)
		full.UndoneAt = epoch.Add(time.Minute)
		s.tx(func(tx engine.Tx) error {
			if err := tx.InsertMerge(s.ctx, full); !engine.IsKind(err, engine.KindTaken) {
				t.Errorf("an id twice: %v", err)
			}
			return tx.UpdateMerge(s.ctx, full)
		})
		equal(t, "of who was kept, then gone", must(s.MergesOf(s.ctx, s.program.ID, a.ID))(t), []engine.Merge{bare, full})
		equal(t, "of who was gone", must(s.MergesOf(s.ctx, s.program.ID, b.ID))(t), []engine.Merge{full})
		equal(t, "of nobody", must(s.MergesOf(s.ctx, s.program.ID, ""))(t), []engine.Merge(nil))
		_, err := s.Merge(s.ctx, s.program.ID, "nothing")
		s.wants(engine.KindNotFound, err)
		full.ID = "nothing"
		s.fails(engine.KindNotFound, func(tx engine.Tx) error { return tx.UpdateMerge(s.ctx, full) })
	})

	t.Run("find the one kept", func(t *testing.T) {
		s := openShop(t, url)
		kept, gone := s.member(), s.member()
		r := s.merge(gone, kept)
		finds := func(m, want engine.Member) {
			t.Helper()
			equal(t, "by card", must(s.MemberByCard(s.ctx, s.program.ID, m.Card))(t), want)
			equal(t, "by token", must(s.MemberByToken(s.ctx, s.program.ID, m.Token))(t), want)
			equal(t, "by tag", must(s.MemberByInviteTag(s.ctx, s.program.ID, m.InviteTag))(t), want)
			equal(t, "by phone", must(s.MembersByPhone(s.ctx, s.program.ID, m.Phone))(t), []engine.Member{want})
		}
		finds(kept, kept)
		finds(gone, kept)
		gone.MergedInto = kept.ID
		equal(t, "the row itself", must(s.Member(s.ctx, s.program.ID, gone.ID))(t), gone)
		if n := must(s.CountMembers(s.ctx, s.program.ID))(t); n != 1 {
			t.Errorf("%d members", n)
		}
		s.clean()

		// Both had one number: it finds one member, proved by either.
		typed := kept
		typed.Phone, typed.Proof = gone.Phone, engine.ProofTyped
		doubtful := s.member()
		doubtful.Phone, doubtful.Proof, doubtful.JoinedAt = gone.Phone, engine.ProofTyped, epoch
		s.tx(func(tx engine.Tx) error {
			return errors.Join(tx.UpdateMember(s.ctx, typed), tx.UpdateMember(s.ctx, doubtful))
		})
		equal(t, "by phone", must(s.MembersByPhone(s.ctx, s.program.ID, gone.Phone))(t), []engine.Member{typed, doubtful})
		s.tx(func(tx engine.Tx) error { return tx.UpdateMember(s.ctx, kept) })

		s.unmerge(r)
		gone.MergedInto = ""
		finds(kept, kept)
		equal(t, "by card", must(s.MemberByCard(s.ctx, s.program.ID, gone.Card))(t), gone)
		equal(t, "by phone", must(s.MembersByPhone(s.ctx, s.program.ID, gone.Phone))(t), []engine.Member{gone, doubtful})
	})

	t.Run("merge and part", func(t *testing.T) {
		s := openShop(t, url)
		a, b, c, d, e, f := s.member(), s.member(), s.member(), s.member(), s.member(), s.member()
		check := func(when string, want map[string]string) {
			t.Helper()
			for name, m := range map[string]engine.Member{"a": a, "b": b, "c": c, "d": d, "e": e, "f": f} {
				got := must(s.Member(s.ctx, s.program.ID, m.ID))(t).MergedInto
				into := map[string]string{a.ID: "a", b.ID: "b", c.ID: "c", d.ID: "d", e.ID: "e", f.ID: "f", "": ""}[got]
				if into != want[name] {
					t.Errorf("%s: %s is part of %q, want %q", when, name, into, want[name])
				}
			}
			s.clean()
		}
		s.unmerge(s.merge(f, a)) // it has nothing to do with a any more
		s.merge(a, b)
		s.merge(e, b)
		bc := s.merge(b, c)
		s.merge(f, c)
		cd := s.merge(c, d)
		check("all in d", map[string]string{"a": "d", "b": "d", "c": "d", "e": "d", "f": "d"})
		s.unmerge(cd)
		check("c parted", map[string]string{"a": "c", "b": "c", "e": "c", "f": "c"})
		cd = s.merge(c, d)
		s.unmerge(bc) // out of the middle
		check("b parted", map[string]string{"a": "b", "e": "b", "c": "d", "f": "d"})
		s.unmerge(cd)
		check("c parted again", map[string]string{"a": "b", "e": "b", "f": "c"})
		s.merge(d, c) // the other way round
		check("d in c", map[string]string{"a": "b", "e": "b", "d": "c", "f": "c"})

		into := func(gone, kept string) func(engine.Tx) error {
			return func(tx engine.Tx) error { return tx.SetMergedInto(s.ctx, s.program.ID, gone, kept) }
		}
		s.fails(engine.KindConflict, into(b.ID, b.ID))     // itself
		s.fails(engine.KindConflict, into(b.ID, a.ID))     // who is part of it
		s.fails(engine.KindConflict, into(c.ID, a.ID))     // who is part of another
		s.fails(engine.KindConflict, into(a.ID, c.ID))     // two
		s.fails(engine.KindNotFound, into(b.ID, "nobody")) // nobody
		s.fails(engine.KindNotFound, into("nobody", b.ID)) // nobody
		s.fails(engine.KindNotFound, into("nobody", ""))   // nobody
		s.tx(into(a.ID, b.ID))                             // again
		s.tx(into(b.ID, ""))                               // was of its own
		check("as before", map[string]string{"a": "b", "e": "b", "d": "c", "f": "c"})
	})

	t.Run("two merges at once", func(t *testing.T) {
		s := openShop(t, url)
		a, b := s.member(), s.member()
		results := make(chan error)
		for _, pair := range [][2]string{{a.ID, b.ID}, {b.ID, a.ID}} {
			go func() {
				results <- s.InTx(s.ctx, func(tx engine.Tx) error { return tx.SetMergedInto(s.ctx, s.program.ID, pair[0], pair[1]) })
			}()
		}
		first, second := <-results, <-results
		if (first == nil) == (second == nil) {
			t.Errorf("into each other: %v, %v", first, second)
		}
		s.clean()
	})

	t.Run("move", func(t *testing.T) {
		s := openShop(t, url)
		kept, gone := s.member(), s.member()
		x := s.contact(engine.Address{Channel: "telegram", Sender: "b", UserID: "1"})
		y := s.contact(engine.Address{Channel: "telegram", Sender: "b", UserID: "2"})
		stays := s.contact(engine.Address{Channel: "telegram", Sender: "b", UserID: "3"})
		var coupons []engine.Coupon
		for range 3 {
			coupons = append(coupons, engine.Coupon{Coupon: rules.Coupon{ID: s.id("coupon"), Kind: "free", State: rules.CouponIssued, From: epoch}, ProgramID: s.program.ID,
				MemberID: gone.ID, Source: "staff", IssuedAt: epoch})
		}
		s.tx(func(tx engine.Tx) error {
			return errors.Join(tx.LinkContact(s.ctx, s.program.ID, x.ID, gone.ID, "s1"), tx.LinkContact(s.ctx, s.program.ID, y.ID, gone.ID, ""),
				tx.LinkContact(s.ctx, s.program.ID, stays.ID, gone.ID, ""), tx.InsertCoupons(s.ctx, coupons...),
				tx.MoveContacts(s.ctx, s.program.ID, []string{x.ID, y.ID, "erased"}, kept.ID), tx.MoveContacts(s.ctx, s.program.ID, nil, kept.ID),
				tx.MoveCoupons(s.ctx, s.program.ID, []string{coupons[0].ID, coupons[2].ID, "nothing"}, kept.ID), tx.MoveCoupons(s.ctx, s.program.ID, nil, kept.ID))
		})
		for id, want := range map[string][2]string{x.ID: {kept.ID, "s1"}, y.ID: {kept.ID, ""}, stays.ID: {gone.ID, ""}} {
			if c := must(s.Contact(s.ctx, s.program.ID, id))(t); c.MemberID != want[0] || c.StaffID != want[1] {
				t.Errorf("contact %s belongs to %s, %s", id, c.MemberID, c.StaffID)
			}
		}
		for i, want := range []string{kept.ID, gone.ID, kept.ID} {
			if c := must(s.Coupon(s.ctx, s.program.ID, coupons[i].ID))(t); c.MemberID != want {
				t.Errorf("coupon %d belongs to %s", i, c.MemberID)
			}
		}
		s.fails(engine.KindNotFound, func(tx engine.Tx) error {
			return tx.MoveCoupons(s.ctx, s.program.ID, []string{coupons[0].ID}, "nobody")
		})
	})

	t.Run("erase", func(t *testing.T) {
		s := openShop(t, url)
		kept, gone, before, stranger := s.member(), s.member(), s.member(), s.member()
		first := s.merge(before, gone)
		s.merge(gone, kept)
		told := engine.Merge{ID: s.id("merge"), ProgramID: s.program.ID, KeptID: before.ID, GoneID: gone.ID, At: epoch, UndoneAt: epoch,
			Detail: engine.MergeDetail{Contacts: []string{"t1"}}}
		s.tx(func(tx engine.Tx) error { return tx.InsertMerge(s.ctx, told) })
		s.tx(func(tx engine.Tx) error { return tx.EraseMember(s.ctx, s.program.ID, kept.ID, epoch) })
		for _, m := range []engine.Member{kept, gone, before} {
			if got := must(s.Member(s.ctx, s.program.ID, m.ID))(t); got.State != engine.MemberErased || got.Name != "" || got.Phone != "" || got.Card != "" || got.Token != "" {
				t.Errorf("what is left is %+v", got)
			}
			_, err := s.MemberByCard(s.ctx, s.program.ID, m.Card)
			s.wants(engine.KindNotFound, err)
		}
		told.Detail = engine.MergeDetail{}
		equal(t, "records", must(s.MergesOf(s.ctx, s.program.ID, before.ID))(t), []engine.Merge{told, first})
		equal(t, "somebody else", must(s.Member(s.ctx, s.program.ID, stranger.ID))(t), stranger)
		s.clean()
	})
}
