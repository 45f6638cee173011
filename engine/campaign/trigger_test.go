package campaign_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kartka/engine/campaign"
	"kartka/engine/rules"
	"kartka/engine/segment"
)

func TestTriggerStrikes(t *testing.T) {
	bought := func(id string, number, amount int64) campaign.Happening {
		return campaign.Happening{Event: campaign.EventPurchase, ID: id, Number: number, Amount: 100}
	}
	big := bought("p3", 3, 0)
	big.Amount = 50000
	stamps := func(before, now int64) campaign.Happening {
		return campaign.Happening{Event: campaign.EventStamps, ID: "p9", Name: "latte", Before: before, Number: now, Full: 8}
	}
	for _, test := range []struct {
		name    string
		trigger campaign.Trigger
		h       campaign.Happening
		period  string // "" it does not strike
	}{
		{"joined", campaign.Trigger{On: campaign.EventJoined}, campaign.Happening{Event: campaign.EventJoined, ID: "m1"}, "joined"},
		{"another event", campaign.Trigger{On: campaign.EventJoined}, bought("p1", 1, 0), ""},
		{"first purchase", campaign.Trigger{On: campaign.EventPurchase, Number: 1}, bought("p1", 1, 0), "1"},
		{"second for first", campaign.Trigger{On: campaign.EventPurchase, Number: 1}, bought("p2", 2, 0), ""},
		{"any purchase", campaign.Trigger{On: campaign.EventPurchase}, bought("p2", 0, 0), "p2"},
		{"small for big", campaign.Trigger{On: campaign.EventPurchase, Amount: 50000}, bought("p2", 2, 0), ""},
		{"big", campaign.Trigger{On: campaign.EventPurchase, Amount: 50000}, big, "p3"},
		{"one left", campaign.Trigger{On: campaign.EventStamps}, stamps(6, 7), "p9"},
		{"one left, passed at once", campaign.Trigger{On: campaign.EventStamps}, stamps(5, 8), "p9"},
		{"one left before", campaign.Trigger{On: campaign.EventStamps}, stamps(7, 8), ""},
		{"two left", campaign.Trigger{On: campaign.EventStamps}, stamps(5, 6), ""},
		{"five stamps of latte", campaign.Trigger{On: campaign.EventStamps, Name: "latte", Number: 5}, stamps(4, 5), "p9"},
		{"five stamps of tea", campaign.Trigger{On: campaign.EventStamps, Name: "tea", Number: 5}, stamps(4, 5), ""},
		{"stamps taken back", campaign.Trigger{On: campaign.EventStamps, Number: 5}, stamps(6, 4), ""},
		{"low mark", campaign.Trigger{On: campaign.EventRating, Number: 2}, campaign.Happening{Event: campaign.EventRating, ID: "s1", Number: 2}, "s1"},
		{"better mark", campaign.Trigger{On: campaign.EventRating, Number: 2}, campaign.Happening{Event: campaign.EventRating, ID: "s1", Number: 3}, ""},
		{"gold", campaign.Trigger{On: campaign.EventTierUp, Name: "gold"}, campaign.Happening{Event: campaign.EventTierUp, ID: "t1", Name: "gold"}, "t1"},
		{"silver for gold", campaign.Trigger{On: campaign.EventTierUp, Name: "gold"}, campaign.Happening{Event: campaign.EventTierUp, ID: "t1", Name: "silver"}, ""},
		{"survey", campaign.Trigger{On: campaign.EventCustom, Name: "survey"}, campaign.Happening{Event: campaign.EventCustom, ID: "k", Name: "survey"}, "k"},
	} {
		got := ""
		if test.trigger.Strikes(test.h) {
			got = test.trigger.Period(test.h)
		}
		if got != test.period {
			t.Errorf("%s: period %q, want %q", test.name, got, test.period)
		}
	}
}

func TestTriggerDayPeriod(t *testing.T) {
	last := segment.DayOf("2026-02-10")
	for _, test := range []struct {
		trigger campaign.Trigger
		day     rules.Date
		want    string
	}{
		{campaign.Trigger{On: campaign.EventBirthday, Days: -3}, "2026-12-30", "2027"}, // of the birthday on 2 January
		{campaign.Trigger{On: campaign.EventBirthday, Days: 3}, "2027-01-02", "2026"},
		{campaign.Trigger{On: campaign.EventBirthday}, "2026-03-01", "2026"},
		{campaign.Trigger{On: campaign.EventSleeping, Number: 200}, "2026-03-01", "2026-02-10"},
		{campaign.Trigger{On: campaign.EventReminder, Days: 14}, "2026-02-24", "2026-02-10"},
		{campaign.Trigger{On: campaign.EventBurning, Days: 7}, "2026-03-01", "2026-03-07"}, // good for seven days, this one among them
		{campaign.Trigger{On: campaign.EventTierEnding, Days: 1}, "2026-03-01", "2026-03-01"},
	} {
		if got := test.trigger.DayPeriod(test.day, last); got != test.want {
			t.Errorf("%+v on %s: %q, want %q", test.trigger, test.day, got, test.want)
		}
	}
}

// A birthday is found on one day of its year, whichever it is, and always in the same period.
func TestTriggerBirthdayOnceAYear(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		born := rules.Birthday{Month: rapid.IntRange(1, 12).Draw(t, "month"), Day: rapid.IntRange(1, 28).Draw(t, "day")}
		if rapid.Bool().Draw(t, "leap") {
			born = rules.Birthday{Month: 2, Day: 29}
		}
		on := campaign.Trigger{On: campaign.EventBirthday, Days: rapid.IntRange(-60, 60).Draw(t, "days")}
		m := segment.Member{Birthday: born}
		found := map[string]int{}
		for day := rules.Date("2026-01-01"); day < "2030-01-01"; day = day.Add(1) {
			if segment.Match(on.Condition(), &m, segment.DayOf(day)) {
				found[on.DayPeriod(day, segment.NoDay)]++
			}
		}
		for _, year := range []string{"2027", "2028"} {
			if found[year] != 1 {
				t.Fatalf("in %s found %d times: %v", year, found[year], found)
			}
		}
	})
}

// Whoever falls asleep is found on one day until the next visit.
func TestTriggerSleepingOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := segment.DayOf("2026-01-01")
		m := segment.Member{First: first, Last: first + segment.Day(rapid.IntRange(1, 400).Draw(t, "span")), Visits: [4]int64{rapid.Int64Range(3, 60).Draw(t, "visits")}}
		on := campaign.Trigger{On: campaign.EventSleeping, Number: rapid.Int64Range(100, 500).Draw(t, "rhythm")}
		begins := 0
		for day := m.Last; day < m.Last+2500; day++ {
			if segment.Match(on.Condition(), &m, day) && on.Begins(&m, day) {
				begins++
			}
		}
		if begins != 1 {
			t.Fatalf("begins %d times", begins)
		}
	})
}

func TestTriggerCheck(t *testing.T) {
	says := []campaign.Variant{{Weight: 1, Content: campaign.Content{Texts: map[string]string{"uk": "Вітаємо!", "en": "Hello!"}}}}
	for _, test := range []struct {
		name string
		plan campaign.Plan
		want string // the problem, "" none
	}{
		{"a message for everybody", campaign.Plan{Window: 7, Variants: says, Trigger: &campaign.Trigger{On: campaign.EventJoined}}, ""},
		{"a tag alone", campaign.Plan{Window: 7, Trigger: &campaign.Trigger{On: campaign.EventPurchase, Amount: 1000, Tag: "vip"}}, ""},
		{"nothing", campaign.Plan{Window: 7, Trigger: &campaign.Trigger{On: campaign.EventJoined}}, campaign.ProblemTriggerNothing},
		{"no event", campaign.Plan{Window: 7, Variants: says, Trigger: &campaign.Trigger{On: "dance"}}, campaign.ProblemTrigger},
		{"no stars", campaign.Plan{Window: 7, Variants: says, Trigger: &campaign.Trigger{On: campaign.EventRating}}, campaign.ProblemTriggerNumber},
		{"no days", campaign.Plan{Window: 7, Variants: says, Trigger: &campaign.Trigger{On: campaign.EventBurning}}, campaign.ProblemTriggerDays},
		{"no time", campaign.Plan{Window: 7, Variants: says, Trigger: &campaign.Trigger{On: campaign.EventBirthday, Minute: 1440}}, campaign.ProblemTriggerTime},
		{"too far", campaign.Plan{Window: 7, Variants: says, Trigger: &campaign.Trigger{On: campaign.EventJoined, Delay: 31 * 24 * time.Hour}}, campaign.ProblemTriggerDelay},
		{"no such tier", campaign.Plan{Window: 7, Variants: says, Trigger: &campaign.Trigger{On: campaign.EventTierUp, Name: "unobtainium"}}, campaign.ProblemTriggerName},
		{"no name", campaign.Plan{Window: 7, Variants: says, Trigger: &campaign.Trigger{On: campaign.EventCustom}}, campaign.ProblemTriggerName},
		{"a tag as it is not kept", campaign.Plan{Window: 7, Trigger: &campaign.Trigger{On: campaign.EventJoined, Tag: "VIP"}}, campaign.ProblemTriggerTag},
		{"nobody's role", campaign.Plan{Window: 7, Trigger: &campaign.Trigger{On: campaign.EventJoined, Notify: "king"}}, campaign.ProblemTriggerStaff},
	} {
		var ids []string
		for _, p := range test.plan.Check(shop(), nil) {
			if !p.Warning {
				ids = append(ids, p.ID)
			}
		}
		if want := []string{test.want}; test.want == "" && len(ids) > 0 || test.want != "" && !slices.Equal(ids, want) {
			t.Errorf("%s: %v, want %q", test.name, ids, test.want)
		}
		raw, err := json.Marshal(test.plan)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		var read campaign.Plan
		if err := json.Unmarshal(raw, &read); err != nil || fmt.Sprint(*read.Trigger) != fmt.Sprint(*test.plan.Trigger) {
			t.Errorf("%s: read as %+v, %v", test.name, read.Trigger, err)
		}
	}
}

func TestTriggersReadyMade(t *testing.T) {
	texts := map[string]string{"uk": "Вітаємо!", "en": "Hello!"}
	bare, never := shop(), map[string]string{"tier": campaign.ProblemTriggerTiers, "stamp": campaign.ProblemTriggerStamps, "sorry": campaign.ProblemTriggerStars,
		"birthday": campaign.ProblemTriggerBirthdays}
	bare.Stamps, bare.Tiers.List, bare.Feedback.On, bare.Rules, bare.Coupons = nil, nil, false, nil, nil
	whole := shop()
	whole.Stamps, whole.Tiers.List, whole.Feedback.On = []rules.StampCard{{ID: "latte", Every: 6}}, []rules.Tier{{ID: "gold"}}, true
	whole.Rules = []rules.Rule{{ID: "cake", On: rules.TriggerBirthday}}
	for _, r := range campaign.ReadyTriggers() {
		if problems := r.Plan("Title", texts).Check(whole, nil); len(problems) > 0 {
			t.Errorf("%s: %v", r.ID, problems)
		}
		problems := r.Plan("Title", texts).Check(bare, nil)
		if !campaign.Ready(problems) || len(problems) > 1 || len(problems) == 1 != (never[r.ID] != "") || len(problems) == 1 && problems[0].ID != never[r.ID] {
			t.Errorf("%s in a shop without: %v", r.ID, problems)
		}
	}
}
