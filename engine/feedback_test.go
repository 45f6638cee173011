package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// cafe is a shop that asks what guests think.
type cafe struct {
	*world
	engine.Program
	place           engine.Location
	owner, cashier  engine.Staff
	ownerAt         engine.Contact
	member, another engine.Member
	contact         engine.Contact
	keys            int
}

func (w *world) cafe(t *testing.T) *cafe {
	t.Helper()
	s := w.draft(t)
	s.Feedback = rules.DefaultFeedback()
	c := &cafe{world: w, Program: w.newProgram(t, s)}
	w.attach(t, c.Program)
	place, err := w.engine.AddLocation(t.Context(), c.ID, "", "Вул. Шевченка, 1", "")
	if err != nil {
		t.Fatal(err)
	}
	c.place = place
	c.owner, c.ownerAt = w.hire(t, c.Program, "boss", engine.RoleOwner)
	c.cashier, _ = w.hire(t, c.Program, "till", engine.RoleCashier)
	c.contact = w.meet(t, c.Program, "1")
	c.member = w.join(t, c.Program, engine.JoinInput{ContactID: c.contact.ID})
	c.another = w.join(t, c.Program, engine.JoinInput{ContactID: w.meet(t, c.Program, "2").ID})
	return c
}

// buys posts a sale, of nobody's card when there is no member.
func (c *cafe) buys(t *testing.T, m engine.Member, sum money.Amount) engine.Posted {
	t.Helper()
	c.keys++
	posted, err := c.engine.Post(t.Context(), engine.PostInput{Key: fmt.Sprint("sale", c.keys), Sale: engine.SaleInput{ProgramID: c.ID, MemberID: m.ID,
		LocationID: c.place.ID, StaffID: c.cashier.ID, Sum: sum}})
	if err != nil {
		t.Fatal(err)
	}
	return posted
}

func (c *cafe) rate(t *testing.T, sale string, m engine.Member, stars int, comment string) (engine.Rating, error) {
	t.Helper()
	return c.engine.Rate(t.Context(), engine.RateInput{ProgramID: c.ID, SaleID: sale, MemberID: m.ID, Stars: stars, Comment: comment, Via: engine.RatedInChat})
}

func TestAGuestRatesAPurchase(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		c := open(t).cafe(t)
		sale := c.buys(t, c.member, 12_500).SaleID
		_, err := c.rate(t, sale, c.another, 5, "")
		wantError(t, "somebody else’s purchase", err, "rating_unknown")
		_, err = c.rate(t, "nothing", c.member, 5, "")
		wantError(t, "no purchase", err, "rating_unknown")
		for _, stars := range []int{-1, 6} {
			_, err = c.rate(t, sale, c.member, stars, "")
			wantError(t, fmt.Sprint(stars, " stars"), err, "rating_stars")
		}
		_, err = c.rate(t, sale, c.member, 0, "Смачно!")
		wantError(t, "a comment without a mark", err, "rating_stars")
		_, err = c.rate(t, sale, c.member, 5, strings.Repeat("ї", 1001))
		wantError(t, "a novel", err, "rating_long")
		_, err = c.engine.RatingOf(t.Context(), c.ID, sale)
		if !engine.IsKind(err, engine.KindNotFound) {
			t.Errorf("the rating of a sale without one: %v", err)
		}

		given, err := c.rate(t, sale, c.member, 4, "")
		if err != nil {
			t.Fatal(err)
		}
		want := engine.Rating{ID: given.ID, ProgramID: c.ID, SaleID: sale, MemberID: c.member.ID, LocationID: c.place.ID, StaffID: c.cashier.ID, Stars: 4,
			Via: engine.RatedInChat, Day: "2026-03-02", At: c.engine.Now(), ChangedAt: c.engine.Now()}
		if given != want {
			t.Errorf("the rating is %+v, not %+v", given, want)
		}
		c.pass(time.Hour)
		if again, err := c.rate(t, sale, c.member, 4, ""); err != nil || again != given {
			t.Errorf("the same again: %+v, %v", again, err)
		}
		said, err := c.rate(t, sale, c.member, 0, "  Смачно\x00,\r\nале довго\u0007  ")
		if err != nil || said.Stars != 4 || said.Comment != "Смачно,\nале довго" || !said.ChangedAt.Equal(c.engine.Now()) || !said.At.Equal(given.At) {
			t.Errorf("with a comment it is %+v, %v", said, err)
		}
		if changed, err := c.rate(t, sale, c.member, 5, ""); err != nil || changed.Stars != 5 || changed.Comment != said.Comment || changed.ID != given.ID {
			t.Errorf("changed it is %+v, %v", changed, err)
		}
		c.pass(engine.RatingChanges)
		_, err = c.rate(t, sale, c.member, 1, "")
		wantError(t, "a change of mind two days later", err, "rating_fixed")
		if same, err := c.rate(t, sale, c.member, 5, ""); err != nil || same.Stars != 5 {
			t.Errorf("the same mark two days later: %+v, %v", same, err)
		}
		late, back := c.buys(t, c.member, 100_00).SaleID, c.buys(t, c.member, 100_00).SaleID
		if _, err := c.engine.Reverse(t.Context(), engine.ReverseInput{Key: "part", ProgramID: c.ID, SaleID: late, Amount: 50_00}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.engine.Reverse(t.Context(), engine.ReverseInput{Key: "back", ProgramID: c.ID, SaleID: back, All: true}); err != nil {
			t.Fatal(err)
		}
		_, err = c.rate(t, back, c.member, 1, "")
		wantError(t, "what came back", err, "rating_unknown")
		c.pass(engine.RatingFor)
		if _, err := c.rate(t, late, c.member, 2, ""); err != nil {
			t.Errorf("on the last day: %v", err)
		}
		later := c.buys(t, c.member, 100_00).SaleID
		c.pass(engine.RatingFor + time.Second)
		_, err = c.rate(t, later, c.member, 2, "")
		wantError(t, "after two weeks", err, "rating_late")

		x, err := c.engine.ExportMember(t.Context(), c.ID, c.member.ID)
		if err != nil || len(x.Ratings) != 2 || x.Ratings[1].Comment != said.Comment {
			t.Errorf("the export has %+v, %v", x.Ratings, err)
		}
		if err := c.engine.Erase(t.Context(), c.ID, c.member.ID); err != nil {
			t.Fatal(err)
		}
		if left, err := c.engine.RatingOf(t.Context(), c.ID, sale); err != nil || left.Stars != 5 || left.Comment != "" {
			t.Errorf("after erasing the rating is %+v, %v", left, err)
		}
		c.verify(t, c.Program)
	})
}

func TestRatingIsOffWhereItIsLeftOut(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		s := w.draft(t)
		s.Feedback = rules.Feedback{}
		p := w.newProgram(t, s)
		_, err := w.engine.Rate(t.Context(), engine.RateInput{ProgramID: p.ID, SaleID: "s", Stars: 5, Via: engine.RatedInApp})
		wantError(t, "rating", err, "rating_off")
	})
}

func TestRatingsAreBounded(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		c := open(t).cafe(t)
		sale := c.buys(t, c.member, 12_500).SaleID
		for i := range 20 {
			if _, err := c.rate(t, sale, c.member, 1+i%5, ""); err != nil {
				t.Fatal(err)
			}
		}
		_, err := c.rate(t, sale, c.member, 3, "")
		wantError(t, "the 21st", err, "rating_many")
		if _, err := c.rate(t, sale, engine.Member{}, 3, ""); err != nil {
			t.Errorf("who holds the receipt is counted apart: %v", err)
		}
	})
}

func TestAReceiptIsRatedByItsToken(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		c := open(t).cafe(t)
		other := c.newProgram(t, c.draft(t))
		sale := c.buys(t, engine.Member{}, 12_500).SaleID // on nobody's card
		token := c.engine.RatingToken(c.Program, sale)
		if len(token) != 32 {
			t.Fatalf("the token is %q", token)
		}
		found, err := c.engine.SaleOfRating(t.Context(), c.ID, token)
		if err != nil || found.ID != sale {
			t.Fatalf("the token leads to %q, %v", found.ID, err)
		}
		forged := []byte(token)
		forged[31] ^= 1
		missing := c.engine.RatingToken(c.Program, c.engine.NewID())
		for what, bad := range map[string]string{"forged": string(forged), "cut": token[:31], "none": "", "no base64": strings.Repeat("!", 32), "of no sale": missing,
			"of another program": c.engine.RatingToken(other, sale)} {
			_, err := c.engine.SaleOfRating(t.Context(), c.ID, bad)
			wantError(t, what, err, "rating_unknown")
		}
		if token := c.engine.RatingToken(c.Program, "not an id"); token != "" {
			t.Errorf("the token of no id is %q", token)
		}
		old := "01927f3e-5b7a-7c31-9d2e-0a1b2c3d4e5f" // as ids were written once
		c.tx(t, func(tx engine.Tx) error {
			s := engine.Sale{ID: old, ProgramID: c.ID, Currency: "UAH", Version: 1, Business: "2026-03-02", OccurredAt: c.engine.Now(), RecordedAt: c.engine.Now()}
			p := engine.Posting{ID: old, ProgramID: c.ID, Kind: ledger.KindSale, Key: "old", SaleID: old, Version: 1, OccurredAt: s.OccurredAt, RecordedAt: s.RecordedAt}
			return tx.InsertSale(t.Context(), s, p, ledger.Plan{})
		})
		if found, err := c.engine.SaleOfRating(t.Context(), c.ID, c.engine.RatingToken(c.Program, old)); err != nil || found.ID != old {
			t.Errorf("the token of an old id leads to %q, %v", found.ID, err)
		}
		r, err := c.engine.Rate(t.Context(), engine.RateInput{ProgramID: c.ID, SaleID: found.ID, Stars: 5, Via: engine.RatedReceipt})
		if err != nil || r.MemberID != "" || r.LocationID != c.place.ID {
			t.Errorf("the rating is %+v, %v", r, err)
		}
		_, err = c.rate(t, sale, c.member, 5, "")
		wantError(t, "a member rates what is on nobody’s card", err, "rating_unknown")
	})
}

func TestLowMarksAreToldAtOnce(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		c := open(t).cafe(t)
		manager, _ := c.hire(t, c.Program, "manager", engine.RoleManager)
		left, _ := c.hire(t, c.Program, "left", engine.RoleManager)
		left.Disabled = true
		c.tx(t, func(tx engine.Tx) error { return tx.UpdateStaff(t.Context(), left) })
		told := func() []engine.Notice { return c.notices(t, c.Program)[engine.NoticeLowRating] }
		sale := c.buys(t, c.member, 12_500).SaleID
		steps := []struct {
			stars   int
			comment string
			told    int // to the owner and the manager each
		}{{5, "", 0}, {4, "Добре", 0}, {3, "", 1}, {1, "", 1}, {0, "Холодна кава", 1}, {5, "", 1}, {2, "", 1}}
		for i, step := range steps {
			if _, err := c.rate(t, sale, c.member, step.stars, step.comment); err != nil {
				t.Fatal(err)
			}
			if got := len(told()); got != 2*step.told {
				t.Errorf("after step %d owners were told %d times, not %d", i, got, 2*step.told)
			}
		}

		silent := c.buys(t, c.member, 9_900).SaleID
		for i, step := range []struct {
			stars   int
			comment string
			told    int
		}{{2, "", 2}, {1, "", 2}, {0, "Довго", 3}, {0, "Дуже довго", 3}} {
			if _, err := c.rate(t, silent, c.member, step.stars, step.comment); err != nil {
				t.Fatal(err)
			}
			if got := len(told()); got != 2*step.told {
				t.Errorf("without a word first, after step %d owners were told %d times, not %d", i, got, 2*step.told)
			}
		}
		last := told()[5]
		if err := c.engine.Complete(t.Context(), c.ID, &last); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]any{"stars": 1.0, "comment": "Дуже довго", "name": c.member.Name, "place": c.place.Name, "staff": c.cashier.Name, "sum": int64(9900), "sale": silent} {
			if last.Args[name] != want {
				t.Errorf("%s is %v, not %v", name, last.Args[name], want)
			}
		}
		heard := map[string]int{}
		rows, err := c.store.DB().Query(t.Context(), `SELECT staff_id FROM outbox WHERE program_id = $1 AND notice LIKE '%low_rating%'`, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				t.Fatal(err)
			}
			heard[id]++
		}
		if heard[c.owner.ID] != 3 || heard[manager.ID] != 3 || len(heard) != 2 {
			t.Errorf("who heard of it: %v", heard)
		}
	})
}

// A guest leaves while what was said still waits to be told: the mark is told, the guest and the words are not, and nothing of them is left.
func TestWhoHasLeftIsNotInTheWordsOfALowMark(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		c := open(t).cafe(t)
		rated := c.buys(t, c.member, 12_500).SaleID
		if _, err := c.rate(t, rated, c.member, 1, ""); err != nil {
			t.Fatal(err)
		}
		const words = "Мене звати Соломія, подзвоніть мені"
		if _, err := c.rate(t, rated, c.member, 0, words); err != nil {
			t.Fatal(err)
		}
		told := func() (both [2]engine.Notice) {
			t.Helper()
			waiting := c.notices(t, c.Program)[engine.NoticeLowRating]
			if len(waiting) != 2 {
				t.Fatalf("%d notices wait", len(waiting))
			}
			for i := range both {
				both[i] = waiting[i]
				if err := c.engine.Complete(t.Context(), c.ID, &both[i]); err != nil {
					t.Fatal(err)
				}
			}
			return both
		}
		if now := told(); now[0].Args["comment"] != "" || now[1].Args["comment"] != words || now[1].Args["name"] != c.member.Name {
			t.Errorf("before, the notices are %v", now)
		}
		if err := c.engine.Erase(t.Context(), c.ID, c.member.ID); err != nil {
			t.Fatal(err)
		}
		for _, n := range told() {
			for name, want := range map[string]any{"stars": 1.0, "comment": "", "name": "", "place": c.place.Name, "staff": c.cashier.Name, "sum": int64(12_500), "sale": rated} {
				if n.Args[name] != want {
					t.Errorf("afterwards %s is %v, not %v", name, n.Args[name], want)
				}
			}
		}
		for _, table := range []string{"outbox", "notice"} {
			column := map[string]string{"outbox": "notice", "notice": "body"}[table]
			rows, err := c.store.DB().Query(t.Context(), `SELECT `+column+` FROM `+table+` WHERE program_id = $1`, c.ID)
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			for rows.Next() {
				var text string
				if err := rows.Scan(&text); err != nil {
					t.Fatal(err)
				}
				if strings.Contains(text, "Соломія") || strings.Contains(text, c.member.Name) {
					t.Errorf("the table %s still has %s", table, text)
				}
			}
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestARatingStaysWithItsSale(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		c := open(t).cafe(t)
		sale := c.buys(t, c.another, 12_500).SaleID
		if _, err := c.rate(t, sale, c.another, 4, ""); err != nil {
			t.Fatal(err)
		}
		c.merge(t, c.Program, "merge", c.member, c.another)
		r, err := c.rate(t, sale, c.member, 5, "Дякую")
		if err != nil || r.MemberID != c.another.ID {
			t.Errorf("whoever the guest became part of rates %+v, %v", r, err)
		}
		list, err := c.engine.Ratings(t.Context(), c.ID, engine.RatingQuery{})
		if err != nil || len(list) != 1 || list[0].Total != 12_500 || list[0].Name != c.member.Name || list[0].Place != c.place.Name || list[0].Staff != c.cashier.Name {
			t.Errorf("the list is %+v, %v", list, err)
		}
		_, err = c.rate(t, c.buys(t, c.member, 100).SaleID, c.another, 3, "")
		if err != nil {
			t.Errorf("by the card that is part of it: %v", err)
		}
	})
}

func TestAGuestIsAskedNowAndThen(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		c := open(t).cafe(t)
		receipt := func(sale engine.Posted) bool {
			t.Helper()
			p, err := c.engine.PersonAt(t.Context(), c.Program, engine.Bot{}, c.contact.Address)
			if err != nil {
				t.Fatal(err)
			}
			n := engine.Notice{Kind: engine.NoticeSale, PostingID: sale.PostingID, Posted: &sale}
			if err := c.engine.AskRating(t.Context(), &p, &n); err != nil {
				t.Fatal(err)
			}
			return p.Asked.SaleID == sale.SaleID
		}
		first, second := c.buys(t, c.member, 12_500), c.buys(t, c.member, 12_500)
		once, again := receipt(first), receipt(first)
		if !once || !again {
			t.Error("the first receipt does not ask, or not when it is put into words again")
		}
		if receipt(second) {
			t.Error("the second one asks as well")
		}
		c.pass(7 * 24 * time.Hour)
		third := c.buys(t, c.member, 12_500)
		if receipt(second) == false {
			t.Error("a week later nobody is asked")
		}
		if receipt(third) {
			t.Error("two are asked about in one week")
		}
		c.pass(6 * 24 * time.Hour)
		if _, err := c.rate(t, third.SaleID, c.member, 5, ""); err != nil {
			t.Fatal(err)
		}
		c.pass(24 * time.Hour)
		if receipt(c.buys(t, c.member, 12_500)) {
			t.Error("who rated something yesterday is asked")
		}
		c.pass(7 * 24 * time.Hour)
		if receipt(third) != true { // it was rated: the buttons change the mark
			t.Error("the rated receipt is not asked about when it is put into words again")
		}
		fourth := c.buys(t, c.member, 12_500)
		c.pass(engine.RatingFor + time.Hour)
		if receipt(fourth) {
			t.Error("a receipt asks that cannot be rated any more")
		}
	})
}

func TestRatingsAreCountedByDay(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		c := open(t).cafe(t)
		c.setNow(c.local(t, c.Program, "2026-03-02 23:30"))
		for _, stars := range []int{5, 5, 2} {
			if _, err := c.rate(t, c.buys(t, c.member, 100).SaleID, c.member, stars, ""); err != nil {
				t.Fatal(err)
			}
		}
		c.pass(time.Hour)
		if _, err := c.rate(t, c.buys(t, c.member, 100).SaleID, c.member, 1, ""); err != nil {
			t.Fatal(err)
		}
		from, to := c.Settings.Day(c.engine.Now())
		of := func(from, to time.Time) string {
			t.Helper()
			sums, err := c.engine.RatingDays(t.Context(), c.ID, from, to)
			if err != nil {
				t.Fatal(err)
			}
			var out []string
			for _, s := range sums {
				if s.LocationID != c.place.ID || s.StaffID != c.cashier.ID {
					t.Errorf("counted for %+v", s)
				}
				out = append(out, fmt.Sprint(s.Day, s.Counts))
			}
			return strings.Join(out, ", ")
		}
		if got := of(from.AddDate(0, 0, -1), to); got != "2026-03-02[0 1 0 0 2], 2026-03-03[1 0 0 0 0]" {
			t.Error("two days have", got)
		}
		if got := of(from, to); got != "2026-03-03[1 0 0 0 0]" {
			t.Error("today has", got)
		}
		if got := of(from.AddDate(0, 0, -1), from); got != "2026-03-02[0 1 0 0 2]" {
			t.Error("yesterday has", got)
		}
	})
}
