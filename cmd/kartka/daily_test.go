package main

import (
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/rules"
	"kartka/storage/storagetest"
)

// The calendar says what each step did, and says it once: run ahead of time, a day does the rest when it comes.
func TestJobsSayWhatTheDayDid(t *testing.T) {
	c := newCounter(t, storagetest.SQLite(t))
	zone := c.program.Settings.Zone
	c.prints(t, []string{"jobs", "run"}, exitOK, "shop: as of ", "shop: activate: 0 members", "shop: grant: 0 gifts, ", "shop: tiers: 0 up, 0 kept, 0 down",
		"shop: expire: 0 points of 0 members expired, 0 coupons, 0 certificates with 0", "shop: remind: 0 reminders")
	c.with(t, func(a *app) {
		settings := *c.program.Settings
		settings.Rules = append(settings.Rules, rules.Rule{ID: "birthday", Name: rules.Named("Birthday"), On: rules.TriggerBirthday,
			When: rules.Condition{Birthday: rules.Window{Set: true}}, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 40}, ValidDays: 20})
		current, err := a.store.Program(t.Context(), c.program.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.engine.ChangeSettings(t.Context(), c.program.ID, "", current.Version, &settings); err != nil {
			t.Fatal(err)
		}
		day := time.Now().In(zone).AddDate(0, 0, 3)
		err = a.store.InTx(t.Context(), func(tx engine.Tx) error {
			return tx.SetBirthday(t.Context(), c.program.ID, c.guest.ID, rules.Birthday{Month: int(day.Month()), Day: day.Day()})
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	day := rules.DateOf(time.Now(), zone)
	ahead := string(day.Add(4))
	c.prints(t, []string{"jobs", "run", "-as-of", ahead}, exitOK, "days from "+string(day.Add(1))+" to "+string(day.Add(5)), "shop: grant: 1 gifts, 40")
	c.prints(t, []string{"jobs", "run", "-as-of", ahead}, exitOK, "shop: grant: 0 gifts, 0")
	c.prints(t, []string{"verify"}, exitOK, "; 0 differences")
}
