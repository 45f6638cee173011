package engine_test

import (
	"fmt"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/segment"
)

// crier is a shop whose marketer sends to guests who all agreed.
type crier struct {
	*world
	t        *testing.T
	program  engine.Program
	marketer engine.Staff
}

func newCrier(t *testing.T, w *world, guests int) *crier {
	t.Helper()
	settings := w.draft(t)
	c := &crier{world: w, t: t, program: w.newProgram(t, settings)}
	w.attach(t, c.program)
	c.marketer, _ = w.hire(t, c.program, "ads", engine.RoleMarketer)
	for i := range guests {
		w.join(t, c.program, engine.JoinInput{ContactID: w.meet(t, c.program, fmt.Sprint("guest", i)).ID, Marketing: true})
	}
	return c
}

// sends sends a plan that is completed here, now.
func (c *crier) sends(plan campaign.Plan) engine.Campaign {
	c.t.Helper()
	plan.Audience, plan.Window = segment.All{}, 7
	plan.Variants = []campaign.Variant{{Weight: 1, Content: campaign.Content{Texts: map[string]string{"uk": "Кава {gift|}", "en": "Coffee"}}}}
	if plan.Gift == nil {
		plan.Variants[0].Texts["uk"] = "Кава"
	}
	made, err := c.engine.SaveBroadcast(c.t.Context(), engine.SaveBroadcastInput{ProgramID: c.program.ID, Name: "Весна", Plan: plan, StaffID: c.marketer.ID})
	if err == nil {
		made, err = c.engine.SendBroadcast(c.t.Context(), engine.SendBroadcastInput{ProgramID: c.program.ID, ID: made.ID, Version: made.Version, StaffID: c.marketer.ID})
	}
	if err != nil {
		c.t.Fatal(err)
	}
	c.runs()
	return made
}

func (c *crier) runs() {
	c.t.Helper()
	if _, err := c.engine.RunCampaigns(c.t.Context(), c.program.ID); err != nil {
		c.t.Fatal(err)
	}
}

// settles has a sender end n deliveries: sent, or to be tried again when wait is set.
func (c *crier) settles(id string, n int, gift string, wait time.Duration) {
	c.t.Helper()
	now := c.engine.Now()
	all, err := c.store.ClaimDeliveries(c.t.Context(), engine.DeliveryClaim{ProgramID: c.program.ID, CampaignID: id, Channel: "telegram", Sender: c.program.Slug, Now: now,
		Fence: 1, After: -1, Limit: n})
	if err != nil || len(all) != n {
		c.t.Fatalf("claimed %d of %d: %v", len(all), n, err)
	}
	for i := range all {
		d := &all[i]
		d.State, d.SentAt, d.Until = engine.OutboundSent, now, now.AddDate(0, 0, 7)
		if gift != "" {
			d.Gift = fmt.Sprint(gift, d.No)
		}
		if wait > 0 {
			d.State, d.SentAt, d.Until, d.Wait = engine.OutboundQueued, time.Time{}, time.Time{}, now.Add(wait)
		}
	}
	if err := c.store.SettleDeliveries(c.t.Context(), all); err != nil {
		c.t.Fatal(err)
	}
}

func (c *crier) progress(id string) engine.CampaignProgress {
	c.t.Helper()
	p, err := c.engine.CampaignProgress(c.t.Context(), c.program.ID, id)
	if err != nil {
		c.t.Fatal(err)
	}
	return p
}

// The pace is that of the last minute, so that it is right again soon after a pause, and whoever sleeps is not waited for.
func TestPaceOfCampaigns(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		c := newCrier(t, open(t), 20)
		sent := c.sends(campaign.Plan{})
		paced := func(perMinute, later int, left time.Duration) {
			t.Helper()
			if p := c.progress(sent.ID); p.Pace != (engine.CampaignPace{PerMinute: perMinute, Later: later, Left: left}) {
				t.Errorf("pace %+v, want %d a minute, %d later, %v left", p.Pace, perMinute, later, left)
			}
		}
		paced(0, 0, 0)
		c.pass(10 * time.Second)
		c.settles(sent.ID, 5, "", 0)
		paced(30, 0, 30*time.Second)
		c.pass(30 * time.Second)
		c.settles(sent.ID, 3, "", 0)
		paced(12, 0, 60*time.Second)
		c.settles(sent.ID, 4, "", 3*time.Hour)
		paced(12, 4, 40*time.Second)
		c.pass(50 * time.Second)
		paced(3, 4, 160*time.Second) // those before the last minute do not count
		c.pass(time.Hour)
		paced(0, 4, 0)
		if _, err := c.engine.PauseCampaign(t.Context(), c.program.ID, sent.ID, ""); err != nil {
			t.Fatal(err)
		}
		paced(0, 0, 0)
	})
}

// A campaign whose gifts are all given rests until there are more.
func TestASpentBudgetHasACampaignRest(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		c := newCrier(t, open(t), 6)
		sent := c.sends(campaign.Plan{Gift: &campaign.Gift{Kind: campaign.GiftPoints, Points: 50}, Budget: 4})
		c.settles(sent.ID, 4, "gift", 0)
		c.runs()
		if p := c.progress(sent.ID); p.Campaign.State != engine.CampaignPaused || p.Campaign.Why != engine.WhyBudget || p.Gifts != 4 || p.Waiting != 2 {
			t.Fatalf("spent: %+v", p)
		}
		if _, err := c.engine.RaiseBudget(t.Context(), c.program.ID, sent.ID, c.marketer.ID, 5); err != nil {
			t.Fatal(err)
		}
		c.runs()
		c.settles(sent.ID, 1, "gift", 0)
		c.runs()
		if p := c.progress(sent.ID); p.Campaign.Why != engine.WhyBudget || p.Gifts != 5 {
			t.Errorf("spent again: %+v", p)
		}
		if _, err := c.engine.RaiseBudget(t.Context(), c.program.ID, sent.ID, c.marketer.ID, 0); err != nil {
			t.Fatal(err)
		}
		c.runs()
		c.settles(sent.ID, 1, "gift", 0)
		c.runs()
		if p := c.progress(sent.ID); p.Campaign.State != engine.CampaignDone || p.Gifts != 6 {
			t.Errorf("without a bound: %+v", p)
		}
	})
}

func TestCopyOfACampaign(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		c := newCrier(t, open(t), 2)
		sent := c.sends(campaign.Plan{Until: c.engine.Now().Add(time.Hour)})
		c.pass(2 * time.Hour)
		copied, err := c.engine.CopyCampaign(t.Context(), "k", c.program.ID, sent.ID, c.marketer.ID)
		if err != nil || copied.ID == sent.ID || copied.State != engine.CampaignDraft || copied.Name != sent.Name || copied.Version != 1 || !copied.Plan.Until.IsZero() ||
			copied.Sizes != (engine.AudienceSizes{}) || len(copied.Plan.Variants) != 1 || !copied.StartedAt.IsZero() {
			t.Fatalf("%+v, %v", copied, err)
		}
		again, err := c.engine.CopyCampaign(t.Context(), "k", c.program.ID, sent.ID, c.marketer.ID)
		if err != nil || again.ID != copied.ID {
			t.Errorf("again: %+v, %v", again, err)
		}
		if engine.ClickToken(c.program, engine.Delivery{CampaignID: copied.ID}, 0) == "" {
			t.Error("links of a copy cannot be told")
		}
		_, err = c.engine.CopyCampaign(t.Context(), "x", c.program.ID, "nothing", c.marketer.ID)
		if !engine.IsKind(err, engine.KindNotFound) {
			t.Errorf("a copy of nothing: %v", err)
		}
		cashier, _ := c.hire(t, c.program, "till", engine.RoleCashier)
		if _, err = c.engine.CopyCampaign(t.Context(), "y", c.program.ID, sent.ID, cashier.ID); !engine.IsKind(err, engine.KindForbidden) {
			t.Errorf("a copy by a cashier: %v", err)
		}
	})
}
