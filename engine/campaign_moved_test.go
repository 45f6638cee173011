package engine_test

import (
	"testing"

	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/segment"
)

// A database that was copied sends nothing by itself: the original may be sending the same.
func TestCampaignsRestInACopy(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.draft(t))
		w.attach(t, p)
		marketer, _ := w.hire(t, p, "ads", engine.RoleMarketer)
		w.join(t, p, engine.JoinInput{ContactID: w.meet(t, p, "guest").ID, Marketing: true, Channel: "telegram", Text: "join-v1"})
		plan := campaign.Plan{Audience: segment.All{}, Window: 7,
			Variants: []campaign.Variant{{Weight: 1, Content: campaign.Content{Texts: map[string]string{p.Settings.Languages[0]: "Кава!"}}}}}
		c, err := w.engine.SaveBroadcast(t.Context(), engine.SaveBroadcastInput{ProgramID: p.ID, Plan: plan, StaffID: marketer.ID})
		if err != nil {
			t.Fatal(err)
		}
		sent, err := w.engine.SendBroadcast(t.Context(), engine.SendBroadcastInput{ProgramID: p.ID, ID: c.ID, Version: c.Version, StaffID: marketer.ID})
		if err != nil || sent.State != engine.CampaignScheduled {
			t.Fatalf("%s, %v", sent.State, err)
		}
		home := func(identity string, want int) {
			t.Helper()
			rest, err := w.engine.ComeHome(t.Context(), w.store, identity)
			if err != nil || rest != want {
				t.Fatalf("in %s %d rest, %v; want %d", identity, rest, err, want)
			}
		}
		home("", 0)
		home("here", 0) // the first time
		home("here", 0)
		home("there", 1)
		home("there", 0)
		is, err := w.engine.Campaign(t.Context(), p.ID, c.ID)
		if err != nil || is.State != engine.CampaignPaused || is.Why != engine.WhyMoved {
			t.Fatalf("%s %s, %v", is.State, is.Why, err)
		}
		if run, err := w.engine.RunCampaigns(t.Context(), p.ID); err != nil || run != (engine.CampaignRun{}) {
			t.Fatalf("%+v, %v", run, err)
		}
		if is, err = w.engine.ResumeCampaign(t.Context(), p.ID, c.ID, marketer.ID); err != nil || is.State != engine.CampaignScheduled {
			t.Fatalf("%s, %v", is.State, err)
		}
		if run, err := w.engine.RunCampaigns(t.Context(), p.ID); err != nil || run.Started != 1 || run.Fed != 1 {
			t.Fatalf("%+v, %v", run, err)
		}
	})
}
