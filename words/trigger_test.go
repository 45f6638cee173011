package words_test

import (
	"testing"

	"kartka/engine/campaign"
	"kartka/engine/rules"
)

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
			s.Feedback.On = true
			for _, p := range r.Plan(name, w.ReadyTriggerTexts(r.ID)).Check(s, nil) {
				t.Errorf("%s: %s", r.ID, w.CampaignProblem(&p))
			}
		}
	}
}
