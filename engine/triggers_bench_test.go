package engine_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/engine/segment"
	"kartka/storage/kv"
	"kartka/storage/kv/kvtest"
	"kartka/storage/storagetest"
)

// BenchmarkTriggerDay goes through a day on which a trigger is for every guest of a large shop, and writes what comes to each.
func BenchmarkTriggerDay(b *testing.B) {
	const guests = 20_000
	for name, url := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgres": storagetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
			store := storagetest.Open(b, url(b))
			e := engine.New(engine.Config{Store: store, Codes: kvtest.Codes{Store: kv.NewMemory(time.Now, 10)}, Now: func() time.Time { return now }})
			s := benchShop(b)
			s.Welcome.Points, s.Welcome.WithPurchase, s.Lots.Days = 100, false, 30
			p, err := e.CreateProgram(b.Context(), "shop", s, engine.ProgramActive)
			if err == nil {
				err = e.AttachBot(b.Context(), engine.Bot{ProgramID: p.ID, Channel: "telegram", Sender: "shop", Username: "shop_bot", Token: "7:x", Secret: "s"})
			}
			var last engine.Member
			for i := 0; err == nil && i < guests; i++ {
				var met engine.Person
				met, err = e.Meet(b.Context(), p, engine.Bot{}, engine.Contact{Name: "Guest", Address: engine.Address{Channel: "telegram", Sender: "shop", UserID: fmt.Sprint(i)}})
				if err == nil {
					var joined engine.Joined
					joined, err = e.Join(b.Context(), engine.JoinInput{ProgramID: p.ID, ContactID: met.Contact.ID, Language: "uk", Channel: "telegram", Text: "join-v1", Marketing: true})
					last = joined.Member
				}
			}
			if err == nil {
				_, _, err = e.KeepTraits(b.Context(), p.ID)
			}
			if err != nil {
				b.Fatal(err)
			}
			account, err := e.Store().Account(b.Context(), p.ID, last.AccountID)
			if err != nil || len(account.Lots) == 0 {
				b.Fatal("nobody has points", err)
			}
			zone := p.Settings.Zone
			days := int(segment.DayAt(account.Lots[0].ExpiresAt, zone) - segment.DayAt(now, zone))
			began, runs := time.Now(), 0
			for b.Loop() {
				local := now.In(zone)
				on := campaign.Trigger{On: campaign.EventBurning, Days: days, Minute: local.Hour()*60 + local.Minute() + 1}
				c, err := e.SaveTrigger(b.Context(), engine.SaveTriggerInput{ProgramID: p.ID, Name: "Trigger", Plan: campaign.Plan{Window: 7, Variants: hello, Trigger: &on}})
				if err == nil {
					_, err = e.StartTrigger(b.Context(), p.ID, c.ID, "")
				}
				now = now.Add(time.Minute)
				run, failed := e.RunTriggers(b.Context(), p.ID)
				if err := errors.Join(err, failed); err != nil || run.Written != guests {
					b.Fatal(run, err)
				}
				runs++
			}
			b.ReportMetric(float64(guests*runs)/time.Since(began).Seconds(), "guests/s")
		})
	}
}

func benchShop(b *testing.B) *rules.Settings {
	b.Helper()
	zone, err := time.LoadLocation("Europe/Kyiv")
	if err != nil {
		b.Fatal(err)
	}
	preset, _ := rules.LookupPreset("horeca")
	s := preset.Draft("Test", money.Currency{Code: "UAH", Decimals: 2}, zone, []string{"uk", "en"}, 25000)
	return &s
}
