package rules_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kartka/engine/rules"
)

// What is not said is as usual, and what is off is said.
func TestCampaignRules(t *testing.T) {
	usual := rules.Campaigns{Cap: rules.MessageCap{Messages: 3, Days: 7}, Quiet: rules.QuietHours{From: 21 * 60, To: 10 * 60}, Holdout: 1000, WindowDays: 7, ApproveAbove: 1000,
		Prefer: rules.PreferLast}
	with := func(change func(*rules.Campaigns)) rules.Campaigns {
		v := usual
		change(&v)
		return v
	}
	for section, want := range map[string]rules.Campaigns{
		``:                                            usual,
		`"campaigns":{}`:                              usual,
		`"campaigns":{"cap":{"messages":5}}`:          with(func(v *rules.Campaigns) { v.Cap.Messages = 5 }),
		`"campaigns":{"cap":{"messages":0}}`:          with(func(v *rules.Campaigns) { v.Cap = rules.MessageCap{} }),
		`"campaigns":{"quiet":"22:30-08:15"}`:         with(func(v *rules.Campaigns) { v.Quiet = rules.QuietHours{From: 22*60 + 30, To: 8*60 + 15} }),
		`"campaigns":{"quiet":"20:00-24:00"}`:         with(func(v *rules.Campaigns) { v.Quiet = rules.QuietHours{From: 20 * 60, To: 24 * 60} }),
		`"campaigns":{"quiet":"never"}`:               with(func(v *rules.Campaigns) { v.Quiet = rules.QuietHours{} }),
		`"campaigns":{"holdout":"0%"}`:                with(func(v *rules.Campaigns) { v.Holdout = 0 }),
		`"campaigns":{"holdout":"12.5%"}`:             with(func(v *rules.Campaigns) { v.Holdout = 1250 }),
		`"campaigns":{"window_days":14}`:              with(func(v *rules.Campaigns) { v.WindowDays = 14 }),
		`"campaigns":{"approve_above":0}`:             with(func(v *rules.Campaigns) { v.ApproveAbove = 0 }),
		`"campaigns":{"quiet":"","holdout":""}`:       usual,
		`"campaigns":{"prefer":"","channels":[]}`:     usual,
		`"campaigns":{"prefer":"cheapest"}`:           with(func(v *rules.Campaigns) { v.Prefer = rules.PreferCheapest }),
		`"campaigns":{"channels":["viber","pigeon"]}`: with(func(v *rules.Campaigns) { v.Channels = []string{"viber", "pigeon"} }),
		`"campaigns":{"cap":{"messages":2,"days":1}}`: with(func(v *rules.Campaigns) { v.Cap = rules.MessageCap{Messages: 2, Days: 1} }),
	} {
		s, err := rules.ParseSettings([]byte(withSections(t, section)))
		if err != nil {
			t.Errorf("%s: %v", section, err)
			continue
		}
		if diff := cmp.Diff(want, s.CampaignRules()); diff != "" {
			t.Errorf("%s: %s", section, diff)
		}
		raw, err := s.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if said := strings.Contains(string(raw), `"campaigns"`); said != (section != "") {
			t.Errorf("%s: is written as %s", section, raw)
		}
	}
}
