package words_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kartka/engine/campaign"
	"kartka/engine/rules"
)

// What triggers wait for, in every language and with everything that it can ask for.
func TestTriggerWhen(t *testing.T) {
	var got strings.Builder
	for _, w := range senders(t) {
		fmt.Fprintf(&got, "=== %s\n", w.P.Language())
		s := w.Program.Settings
		s.Stamps = []rules.StampCard{{ID: "latte", Name: rules.Name{"uk": "Лате", "en": "Latte"}, Every: 6}}
		s.Tiers.List = []rules.Tier{{ID: "gold", Name: rules.Name{"uk": "Золото", "en": "Gold"}}}
		met := map[campaign.Event]bool{}
		said := map[string]bool{}
		for _, on := range []campaign.Trigger{
			{On: campaign.EventJoined}, {On: campaign.EventJoined, Delay: 30 * time.Minute}, {On: campaign.EventJoined, Delay: time.Hour}, {On: campaign.EventJoined, Delay: 25 * time.Hour},
			{On: campaign.EventJoined, Delay: 48 * time.Hour}, {On: campaign.EventPurchase}, {On: campaign.EventPurchase, Number: 1}, {On: campaign.EventPurchase, Number: 10, Amount: 250_00},
			{On: campaign.EventTierUp}, {On: campaign.EventTierUp, Name: "gold"}, {On: campaign.EventStamps}, {On: campaign.EventStamps, Name: "latte"}, {On: campaign.EventStamps, Number: 3},
			{On: campaign.EventStamps, Name: "latte", Number: 3}, {On: campaign.EventFriendJoined}, {On: campaign.EventFriendPaid}, {On: campaign.EventRating, Number: 3},
			{On: campaign.EventCustom, Name: "survey"}, {On: campaign.EventBirthday, Days: -1, Minute: 600}, {On: campaign.EventBirthday, Minute: 600}, {On: campaign.EventBirthday, Days: 2, Minute: 600},
			{On: campaign.EventSleeping, Number: 125, Minute: 600}, {On: campaign.EventSleeping, Days: 45, Minute: 600}, {On: campaign.EventReminder, Days: 21, Minute: 600},
			{On: campaign.EventReminder, Days: 14, Number: 1, Minute: 600}, {On: campaign.EventReminder, Days: 14, Number: 2, Minute: 600}, {On: campaign.EventBurning, Days: 7, Minute: 1125},
			{On: campaign.EventTierEnding, Days: 14, Minute: 600}, {On: campaign.EventTierEnding, Days: 14, Name: "gold", Minute: 600}, {On: campaign.EventCoupon, Days: 3, Minute: 600},
			{On: campaign.EventCoupon, Days: 1, Name: "free_latte", Minute: 600},
		} {
			text := w.TriggerWhen(&on)
			if said[text] || text == w.T("error.internal") || strings.Contains(text, "{{.") || len([]rune(text)) > 100 {
				t.Errorf("%s: %+v is said as %q", w.P.Language(), on, text)
			}
			met[on.On], said[text] = true, true
			fmt.Fprintln(&got, plain(text))
		}
		for _, on := range campaign.Events() {
			if !met[on] {
				t.Errorf("%s is not said", on)
			}
		}
		for _, gone := range []campaign.Trigger{{On: campaign.EventTierUp, Name: "gone"}, {On: campaign.EventCoupon, Name: "gone"}, {On: campaign.EventStamps, Name: "gone"}, {On: "dance"}} {
			if text := w.TriggerWhen(&gone); text == "" || strings.Contains(text, "gone") || strings.Contains(text, "{{.") {
				t.Errorf("%s: %+v is said as %q", w.P.Language(), gone, text)
			}
		}
		got.WriteString("\n")
	}
	golden(t, "triggers.golden", got.String())
}

// Every ready-made trigger has a name, says when it comes, and can be switched on with its own texts as they are.
func TestReadyTriggers(t *testing.T) {
	for _, w := range senders(t) {
		names := map[string]bool{}
		for _, r := range campaign.ReadyTriggers() {
			name, about := w.ReadyTrigger(r.ID)
			if name == "" || about == "" || names[name] || len([]rune(name)) > 60 {
				t.Errorf("%s: %s is called %q, %q", w.P.Language(), r.ID, name, about)
			}
			names[name] = true
			texts := w.ReadyTriggerTexts(r.ID)
			if len(texts) != len(w.Program.Settings.Languages) {
				t.Errorf("%s: %s speaks %v", w.P.Language(), r.ID, texts)
			}
			w.Program.Settings.Languages = []string{"en", "uk", "ru", "kk", "pl", "es"}
			s := w.Program.Settings
			s.Stamps, s.Tiers.List = []rules.StampCard{{ID: "latte", Every: 6}}, []rules.Tier{{ID: "gold"}}
			s.Rules = []rules.Rule{{ID: "cake", On: rules.TriggerBirthday}}
			s.Feedback.On = true
			for _, p := range r.Plan(name, w.ReadyTriggerTexts(r.ID)).Check(s, nil) {
				t.Errorf("%s: %s", r.ID, w.CampaignProblem(&p))
			}
		}
	}
}
