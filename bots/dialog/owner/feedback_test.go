package owner_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"kartka/bots"
	"kartka/bots/dialog/owner"
	"kartka/bots/dialog/talk"
	"kartka/bots/dialog/talk/talktest"
	"kartka/engine"
	"kartka/engine/rules"
	"kartka/locales"
)

func (m *memory) RatingSums(_ context.Context, _ string, from, to rules.Date) ([]engine.RatingSum, error) {
	var sums []engine.RatingSum
	for _, s := range m.sums {
		if s.Day >= from && s.Day <= to {
			sums = append(sums, s)
		}
	}
	return sums, nil
}

func (m *memory) Ratings(_ context.Context, _ string, q engine.RatingQuery) ([]engine.RatedSale, error) {
	var list []engine.RatedSale
	older := q.Before == ""
	for _, r := range m.ratings {
		if older && r.Stars <= q.MostStars && len(list) < q.Limit {
			list = append(list, r)
		}
		older = older || r.ID == q.Before
	}
	return list, nil
}

// ratedChat is of a shop with two places and two people whose guests have said something.
func ratedChat(t *testing.T, l locales.Language) *chat {
	t.Helper()
	c := openChat(t, l)
	c.addPlace("Поділ", "def456")
	c.store.staff = append(c.store.staff, engine.Staff{ID: anyoneID, ProgramID: "program", Role: engine.RoleCashier, Name: "Ерлан <b>", Disabled: true, CreatedAt: now})
	first, second := c.store.places[0].ID, c.store.places[1].ID
	c.store.sums = []engine.RatingSum{
		{Day: "2026-02-10", LocationID: second, StaffID: anyoneID, Counts: [5]int{0, 0, 0, 1, 900}},
		{Day: "2026-02-27", LocationID: first, StaffID: ownerID, Counts: [5]int{1, 0, 2, 5, 9}},
		{Day: "2026-03-02", LocationID: first, StaffID: anyoneID, Counts: [5]int{0, 1, 0, 0, 3}},
		{Day: "2026-03-02", LocationID: second, StaffID: "", Counts: [5]int{0, 0, 0, 0, 1}},
	}
	for i := range 7 {
		r := engine.RatedSale{Total: 12500, Name: "Оксана", Place: "Поділ", Staff: "Ерлан <b>"}
		r.ID, r.Stars, r.At = fmt.Sprintf("01900000-0000-7000-b000-%012d", 9-i), 1+i%3, now.AddDate(0, 0, -i)
		switch i {
		case 0:
			r.Comment = "Кава холодна & дорого.\nБільше не прийду 😕"
		case 1:
			r.Comment = strings.Repeat("Дуже довго. ", 90)
		case 2:
			r.Name, r.Place, r.Staff = "", "", ""
		}
		c.store.ratings = append(c.store.ratings, r)
	}
	return c
}

// TestFeedbackScreens shows what guests say in every language and compares it with testdata.
func TestFeedbackScreens(t *testing.T) {
	for _, l := range locales.Languages() {
		t.Run(string(l), func(t *testing.T) {
			var got strings.Builder
			scene := func(name string, c *chat) {
				got.WriteString("=== " + name + "\n")
				for _, m := range c.said {
					got.WriteString(talktest.Render(m) + "\n\n")
				}
			}
			c := ratedChat(t, l)
			for _, n := range []map[string]any{
				{"sale": "s", "stars": int64(2), "comment": "Кава холодна & дорого", "sum": int64(12500), "name": "Оксана <b>", "place": "Поділ", "staff": "Ерлан"},
				{"sale": "s", "stars": 1.0, "comment": "", "sum": 12500.0, "name": "", "place": "", "staff": ""},
			} {
				c.said = owner.Notice(c.view(bots.Event{}), engine.Notice{Kind: engine.NoticeLowRating, Args: n})
				c.check()
				scene("a low mark", c)
			}
			c.command("feedback")
			scene("a week", c)
			c.press("feedback|1")
			scene("today", c)
			c.press("feedback|30")
			scene("a month", c)
			c.press("lowmarks")
			scene("low marks", c)
			c.press("lowmarks|" + c.store.ratings[4].ID)
			scene("older ones", c)
			quiet := openChat(t, l)
			quiet.store.program.Settings.Feedback = rules.Feedback{}
			quiet.command("feedback")
			scene("nothing yet", quiet)
			quiet.press("part|feedback")
			quiet.press("flip|feedback.0")
			quiet.press("setflip")
			if quiet.store.program.Settings.Feedback != rules.DefaultFeedback() {
				t.Errorf("switched on, it is %+v", quiet.store.program.Settings.Feedback)
			}
			scene("switched on", quiet)
			talktest.Golden(t, filepath.Join("testdata", "feedback_"+string(l)+".golden"), got.String(), *update)
		})
	}
}

func TestFeedbackIsForWhoeverManages(t *testing.T) {
	c := ratedChat(t, locales.UK)
	c.store.staff[1].Disabled, c.staffID = false, anyoneID
	v := c.view(bots.Event{Kind: bots.EventPress, Press: &bots.Press{Query: "q"}})
	for _, action := range []string{"feedback", "lowmarks"} {
		if o := owner.Press(v, talk.Pressed{Flow: owner.Flow, Action: action}); o.Call != nil || o.Say[0].Ack == nil || !o.Say[0].Ack.Alert {
			t.Errorf("a cashier presses %s: %+v", action, o)
		}
	}
	if said := owner.Notice(v, engine.Notice{Kind: engine.NoticeLowRating}); len(said) > 0 {
		t.Errorf("a cashier is told of a low mark: %+v", said)
	}
	c.store.staff[1].Role = engine.RoleManager
	c.command("feedback")
	c.mustShow("Оксана")
	if strings.Contains(c.shows(), "Коли питати") {
		t.Error("a manager is led to the rules")
	}
}
