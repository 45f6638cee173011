package main

import (
	"strings"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/storage/storagetest"
)

// A dry run tells whom triggers would reach on a day, by card, and writes none of it.
func TestTriggersDryRun(t *testing.T) {
	c := newCounter(t, storagetest.SQLite(t))
	c.prints(t, []string{"triggers"}, exitOK, "shop: no triggers")
	zone := c.program.Settings.Zone
	var id string
	c.with(t, func(a *app) {
		for name, on := range map[string]campaign.Trigger{
			"Points end": {On: campaign.EventBurning, Days: 7, Minute: 11 * 60, Tag: "burning"},
			"Any check":  {On: campaign.EventPurchase, Tag: "bought"},
			"Welcome":    {On: campaign.EventJoined, Tag: "new"},
		} {
			made, err := a.engine.SaveTrigger(t.Context(), engine.SaveTriggerInput{ProgramID: c.program.ID, Name: name, Plan: campaign.Plan{Trigger: &on, Window: 7}})
			if err != nil {
				t.Fatal(err)
			}
			if name == "Points end" {
				id = made.ID
			}
		}
	})
	day := c.earned.Expires.In(zone).AddDate(0, 0, -7).Format(time.DateOnly)
	out := c.prints(t, []string{"triggers", "-as-of", day, "-program", "shop"}, exitOK, "Points end (burning, draft): 1 on "+day+", 1 get it", "at "+day+"T11:00:00",
		"Welcome (joined, draft): comes when it happens")
	if !strings.Contains(out, "card "+c.guest.Card) {
		t.Errorf("no card in %s", out)
	}
	c.prints(t, []string{"triggers"}, exitOK, "Any check (purchase, draft): 1 on "+time.Now().In(zone).Format(time.DateOnly)+", 1 get it", "Points end (burning, draft): 0 on ")
	c.prints(t, []string{"triggers", "-as-of", "tomorrow"}, exitConfig, "tomorrow")
	c.with(t, func(a *app) {
		counts, err := a.store.DeliveryCounts(t.Context(), c.program.ID, id)
		if err != nil || len(counts) > 0 {
			t.Errorf("a dry run wrote %v, %v", counts, err)
		}
	})
}
