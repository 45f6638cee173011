package storagetest

import (
	"errors"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/rules"
)

// rating describes a mark for a sale.
func (s *shop) rating(sale, member string, stars int, at time.Time) engine.Rating {
	return engine.Rating{ID: s.id("rating"), ProgramID: s.program.ID, SaleID: sale, MemberID: member, LocationID: "l1", StaffID: "s1", Stars: stars,
		Comment: "Смачно, але довго чекали 😕\nще прийду", Via: engine.RatedInChat, Day: rules.DateOf(at, s.program.Settings.Zone), At: at, ChangedAt: at}
}

// testRatings proves that a sale has one rating, that ratings are counted by day, place and person, and read with their sales page by page.
func testRatings(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	id, m, kept := s.program.ID, s.member(), s.member()
	day := 24 * time.Hour
	s.tx(func(tx engine.Tx) error {
		return errors.Join(
			tx.InsertLocation(s.ctx, engine.Location{ID: "l1", ProgramID: id, Name: "Вул. Шевченка, 1", Code: "shev", CreatedAt: epoch}),
			tx.InsertStaff(s.ctx, engine.Staff{ID: "s1", ProgramID: id, Role: engine.RoleCashier, Name: "Тарас", CreatedAt: epoch}))
	})
	for _, sale := range []string{"sale1", "sale2"} {
		s.tx(func(tx engine.Tx) error {
			return s.sell(tx, engine.Sale{ID: sale, ProgramID: id, MemberID: m.ID, AccountID: m.AccountID, LocationID: "l1", StaffID: "s1", Currency: "UAH",
				Version: 1, Total: 12_500, Business: "2026-03-14", OccurredAt: epoch.Add(-time.Hour), RecordedAt: epoch})
		})
	}
	s.tx(func(tx engine.Tx) error { // a corrected sale is read from another table
		return tx.UpdateSaleReturned(s.ctx, engine.Sale{ID: "sale2", ProgramID: id, ReturnedTotal: 500})
	})
	one, two, lost, other := s.rating("sale1", m.ID, 2, epoch), s.rating("sale2", m.ID, 5, epoch.Add(time.Minute)), s.rating("no such sale", "", 1, epoch.Add(time.Minute)), s.rating("sale4", kept.ID, 4, epoch.Add(day))
	lost.LocationID, lost.StaffID, lost.Comment, lost.Via = "", "", "", engine.RatedReceipt
	put := func(ratings ...engine.Rating) {
		s.Helper()
		s.tx(func(tx engine.Tx) error {
			for _, r := range ratings {
				if err := tx.PutRating(s.ctx, r); err != nil {
					return err
				}
			}
			return nil
		})
	}
	put(one, two, lost, other)
	for _, r := range []engine.Rating{one, two, lost, other} {
		equal(t, "rating", must(s.Rating(s.ctx, id, r.SaleID))(t), r)
	}
	_, err := s.Rating(s.ctx, id, "nothing")
	s.wants(engine.KindNotFound, err)

	t.Run("change", func(t *testing.T) {
		changed := one
		changed.Stars, changed.Comment, changed.ChangedAt = 3, "", epoch.Add(time.Hour)
		again := changed
		again.ID, again.Via, again.At, again.Day, again.LocationID, again.StaffID, again.MemberID = "another", engine.RatedInApp, epoch.Add(day), "2030-01-01", "l2", "s2", kept.ID
		put(again)
		equal(t, "changed", must(s.Rating(s.ctx, id, "sale1"))(t), changed)
		put(one)
		for _, stars := range []int{0, 6} {
			none := one
			none.Stars = stars
			if err := s.InTx(s.ctx, func(tx engine.Tx) error { return tx.PutRating(s.ctx, none) }); err == nil {
				t.Errorf("%d stars are a mark", stars)
			}
		}
	})

	t.Run("sums", func(t *testing.T) {
		sums := func(from, to rules.Date) []engine.RatingSum { return must(s.RatingSums(s.ctx, id, from, to))(t) }
		third := s.rating("sale5", m.ID, 5, epoch.Add(2*time.Minute))
		put(third)
		first, next := one.Day, other.Day
		want := []engine.RatingSum{
			{Day: first, Counts: [5]int{1, 0, 0, 0, 0}},
			{Day: first, LocationID: "l1", StaffID: "s1", Counts: [5]int{0, 1, 0, 0, 2}},
			{Day: next, LocationID: "l1", StaffID: "s1", Counts: [5]int{0, 0, 0, 1, 0}},
		}
		equal(t, "all", sums(first, next), want)
		equal(t, "the second day", sums(next, next), want[2:])
		equal(t, "none", sums("2020-01-01", "2020-12-31"), []engine.RatingSum(nil))
		s.exec("DELETE FROM rating WHERE sale_id = 'sale5'")
	})

	t.Run("list", func(t *testing.T) {
		list := func(q engine.RatingQuery) []string {
			q.Limit = max(q.Limit, 1)
			return names(must(s.Ratings(s.ctx, id, q))(t), func(r engine.RatedSale) string { return r.SaleID })
		}
		equal(t, "all", list(engine.RatingQuery{Limit: 9}), []string{"sale4", "no such sale", "sale2", "sale1"})
		equal(t, "a page", list(engine.RatingQuery{Limit: 2}), []string{"sale4", "no such sale"})
		equal(t, "the next", list(engine.RatingQuery{Limit: 2, Before: lost.ID}), []string{"sale2", "sale1"})
		equal(t, "before nothing", list(engine.RatingQuery{Limit: 2, Before: "nothing"}), []string(nil))
		equal(t, "low ones", list(engine.RatingQuery{Limit: 9, MostStars: 2}), []string{"no such sale", "sale1"})
		equal(t, "of a place", list(engine.RatingQuery{Limit: 9, LocationID: "l1"}), []string{"sale4", "sale2", "sale1"})
		equal(t, "of a person", list(engine.RatingQuery{Limit: 9, StaffID: "s1", MostStars: 4}), []string{"sale4", "sale1"})
		equal(t, "of nobody", list(engine.RatingQuery{Limit: 9, StaffID: "s2"}), []string(nil))
		full := must(s.Ratings(s.ctx, id, engine.RatingQuery{Limit: 9}))(t)
		sale := engine.RatedSale{Total: 12_500, OccurredAt: epoch.Add(-time.Hour), Name: m.Name, Place: "Вул. Шевченка, 1", Staff: "Тарас"}
		corrected, gone := sale, engine.RatedSale{Rating: lost}
		sale.Rating, corrected.Rating = one, two
		equal(t, "with their sales", full[1:], []engine.RatedSale{gone, corrected, sale})
	})

	t.Run("of a member", func(t *testing.T) {
		of := func(m engine.Member) []string {
			return names(must(s.RatingsOf(s.ctx, id, m.ID))(t), func(r engine.Rating) string { return r.SaleID })
		}
		equal(t, "own", of(m), []string{"sale2", "sale1"})
		changed := kept
		changed.Name = "Софія"
		s.tx(func(tx engine.Tx) error {
			return errors.Join(tx.UpdateMember(s.ctx, changed), tx.SetMergedInto(s.ctx, id, m.ID, kept.ID))
		})
		equal(t, "of whom it became part of", of(kept), []string{"sale4", "sale2", "sale1"})
		if r := must(s.Ratings(s.ctx, id, engine.RatingQuery{Limit: 9}))(t)[3]; r.Name != "Софія" {
			t.Errorf("a merged guest is called %q", r.Name)
		}
		s.tx(func(tx engine.Tx) error { return tx.EraseMember(s.ctx, id, kept.ID, epoch) })
		for _, r := range must(s.Ratings(s.ctx, id, engine.RatingQuery{Limit: 9}))(t) {
			if r.Name != "" || r.Comment != "" || r.Stars == 0 {
				t.Errorf("after erasing there is %+v", r)
			}
		}
	})
}

// testAsked proves that a member is asked for a rating once in a time, whoever asks.
func testAsked(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	id, m, a := s.program.ID, s.member(), s.bot()
	c := s.contact(a)
	s.tx(func(tx engine.Tx) error { return tx.LinkContact(s.ctx, id, c.ID, m.ID, "") })
	asked := func() engine.Asked { return must(s.Person(s.ctx, id, a, epoch))(t).Asked }
	ask := func(sale string, at, since time.Time) func(engine.Tx) error {
		return func(tx engine.Tx) error {
			return tx.SetAsked(s.ctx, id, m.ID, engine.Asked{At: at, SaleID: sale}, since)
		}
	}
	equal(t, "never asked", asked(), engine.Asked{})
	s.tx(ask("sale1", epoch, epoch.Add(-time.Hour)))
	equal(t, "asked", asked(), engine.Asked{At: epoch, SaleID: "sale1"})
	s.fails(engine.KindConflict, ask("sale2", epoch.Add(time.Hour), epoch.Add(-time.Microsecond)))
	equal(t, "as before", asked(), engine.Asked{At: epoch, SaleID: "sale1"})
	s.tx(ask("sale3", epoch.Add(time.Hour), epoch))
	equal(t, "asked again", asked(), engine.Asked{At: epoch.Add(time.Hour), SaleID: "sale3"})
	s.fails(engine.KindNotFound, func(tx engine.Tx) error { return tx.SetAsked(s.ctx, id, "nobody", engine.Asked{At: epoch}, epoch) })
	s.tx(func(tx engine.Tx) error { return tx.UpdateMember(s.ctx, m) })
	equal(t, "whatever else changes", asked().SaleID, "sale3")
}
