package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// A start by the clock on the wall comes for each member where the member's place is, also in the night in which clocks are moved.
func TestBroadcastByZones(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		w := open(t)
		w.now = time.Date(2026, 3, 27, 9, 0, 0, 0, time.UTC) // clocks move in Kyiv and in Madrid on the 29th, in Almaty never
		x := newPress(t, w, 0, func(s *rules.Settings) { s.Campaigns.Quiet = rules.QuietHours{} })
		x.guest("kyiv", "")
		for user, zone := range map[string]string{"almaty": "Asia/Almaty", "madrid": "Europe/Madrid"} {
			place, err := x.engine.AddLocation(t.Context(), x.p.ID, "", user, zone)
			if err != nil {
				t.Fatal(err)
			}
			x.guest(user, place.ID)
		}
		start := time.Date(2026, 3, 29, 11, 0, 0, 0, x.p.Settings.Zone) // 8:00 UTC
		c := x.send(x.draft(plan(func(p *campaign.Plan) { p.Zoned = true })), start)
		for _, step := range []struct {
			at   string
			told []string
		}{
			{"05:59", nil}, {"06:00", []string{"almaty"}}, {"07:59", nil}, {"08:00", []string{"kyiv"}}, {"08:59", nil}, {"09:00", []string{"madrid"}},
		} {
			at, err := time.Parse("2006-01-02 15:04", "2026-03-29 "+step.at)
			if err != nil {
				t.Fatal(err)
			}
			x.pass(at.Sub(x.engine.Now()))
			if got := x.carry(c); !slices.Equal(got, step.told) {
				t.Errorf("at %s: told %v, want %v", step.at, got, step.told)
			}
		}
		x.is(c, "done")
	})
}

// Nobody is written to in quiet hours, of the place where the member is: neither when it begins in them nor when they begin while it runs.
func TestBroadcastInQuietHours(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		x := newPress(t, open(t), 1, nil)
		x.pass(8*time.Hour + 30*time.Minute) // 20:30 in Kyiv
		place, err := x.engine.AddLocation(t.Context(), x.p.ID, "", "far", "Asia/Almaty")
		if err != nil {
			t.Fatal(err)
		}
		x.guest("almaty", place.ID) // 23:30 there
		c := x.send(x.draft(plan()), time.Time{})
		x.run()
		under := x.claim(c)
		if len(under) != 1 || under[0].Address.UserID != "guest0" {
			t.Fatalf("%+v", under)
		}
		x.pass(time.Hour) // 21:30: too late for what was claimed in time
		opened := x.open(c, &under[0])
		if want := time.Date(2026, 3, 3, 8, 0, 0, 0, time.UTC); !opened.Wait.Equal(want) {
			t.Fatalf("%+v, want to wait until %v", opened, want)
		}
		under[0].State, under[0].Wait = engine.OutboundQueued, opened.Wait
		x.settle(under[0])
		for _, step := range []struct {
			at   time.Time
			told []string
		}{
			{time.Date(2026, 3, 3, 4, 59, 0, 0, time.UTC), nil}, {time.Date(2026, 3, 3, 5, 0, 0, 0, time.UTC), []string{"almaty"}},
			{time.Date(2026, 3, 3, 7, 59, 0, 0, time.UTC), nil}, {time.Date(2026, 3, 3, 8, 0, 0, 0, time.UTC), []string{"guest0"}},
		} {
			x.pass(step.at.Sub(x.engine.Now()))
			if got := x.carry(c); !slices.Equal(got, step.told) {
				t.Errorf("at %v: told %v, want %v", step.at, got, step.told)
			}
		}
		x.is(c, "done")
	})
}

// Nobody gets more messages than one may in so many days, over all campaigns: neither when an audience is frozen, nor at the moment of sending.
func TestBroadcastCapped(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		x := newPress(t, open(t), 1, func(s *rules.Settings) { s.Campaigns.Cap = rules.MessageCap{Messages: 2, Days: 3} })
		var at [3]engine.Campaign
		for i := range at {
			at[i] = x.send(x.draft(plan()), time.Time{})
		}
		if run := x.run(); run.Fed != 3 {
			t.Fatalf("%+v", run)
		}
		told := 0
		for _, c := range at {
			told += len(x.deliver(c))
		}
		if told != 2 {
			t.Errorf("told %d times", told)
		}
		x.run()
		p := x.progress(at[2])
		if p.Failed != 1 || p.Reasons[0].Reason != engine.ReasonCapped {
			t.Errorf("%+v", p)
		}
		x.guest("fresh", "")
		sizes, err := x.engine.SizeAudience(t.Context(), x.p.ID, "", plan())
		if want := (engine.AudienceSizes{Matched: 2, Capped: 1, To: 1}); err != nil || sizes != want {
			t.Errorf("%+v, %v", sizes, err)
		}
		x.pass(3*24*time.Hour + time.Minute)
		if got := x.carry(x.send(x.draft(plan()), time.Time{})); len(got) != 2 {
			t.Errorf("when the days are over: told %v", got)
		}
	})
}

// Two campaigns that have the same person in hand at the same moment do not both slip below the cap.
func TestBroadcastsAtOnceCapped(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		x := newPress(t, open(t), 1, func(s *rules.Settings) { s.Campaigns.Cap = rules.MessageCap{Messages: 1, Days: 3} })
		a, b := x.send(x.draft(plan()), time.Time{}), x.send(x.draft(plan()), time.Time{})
		x.run()
		first, second := x.claim(a), x.claim(b)
		if o := x.open(a, &first[0]); o.Drop != "" {
			t.Errorf("the first: %+v", o)
		}
		if o := x.open(b, &second[0]); o.Drop != engine.ReasonCapped {
			t.Errorf("the second: %+v", o)
		}
	})
}

// What cannot be sent in time is not sent.
func TestBroadcastUntil(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		x := newPress(t, open(t), 3, nil)
		c := x.send(x.draft(plan(func(p *campaign.Plan) { p.Until = x.engine.Now().Add(time.Hour) })), time.Time{})
		x.run()
		under := x.claim(c)
		x.pass(time.Hour + time.Second)
		if o := x.open(c, &under[0]); o.Drop != engine.ReasonLate {
			t.Errorf("%+v", o)
		}
		under[0].State, under[0].Reason = engine.OutboundDropped, engine.ReasonLate
		under[1].State = engine.OutboundQueued
		under[2].State, under[2].SentAt = engine.OutboundSent, x.engine.Now()
		x.settle(under...)
		x.run()
		x.is(c, "done")
		if p := x.progress(c); p.Sent != 1 || p.Failed != 2 || p.Reasons[0] != (engine.ReasonCount{Reason: engine.ReasonLate, N: 2}) {
			t.Errorf("%+v", p)
		}
	})
}

// gives is a plan with so many points, budget times at most.
func gives(points money.Points, budget int) campaign.Plan {
	return plan(func(p *campaign.Plan) {
		p.Gift, p.Budget = &campaign.Gift{Kind: campaign.GiftPoints, Points: points}, budget
		p.Variants[0].Texts["uk"] = "Вам {gift}!"
	})
}

// A budget is never exceeded: the campaign rests when it is spent, the owners hear of it, and more of it has the campaign go on. One that is just enough is
// no reason to rest.
func TestBroadcastBudget(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		x := newPress(t, open(t), 5, nil)
		x.hire(t, x.p, "owner", engine.RoleOwner)
		c := x.send(x.draft(gives(100, 2)), time.Time{})
		if got := x.carry(c); len(got) != 2 {
			t.Errorf("told %v", got)
		}
		c = x.is(c, "paused budget")
		if n := x.told(engine.NoticeCampaignRests); n != 2 { // the author and the owner
			t.Errorf("%d are told that it rests", n)
		}
		if p := x.progress(c); p.Gifts != 2 || p.Waiting != 3 {
			t.Errorf("%+v", p)
		}
		_, err := x.engine.RaiseBudget(t.Context(), x.p.ID, c.ID, x.author.ID, -1)
		x.refused("less than nothing", err, engine.KindInvalid, "campaign_budget_invalid")
		if _, err := x.engine.RaiseBudget(t.Context(), x.p.ID, c.ID, x.author.ID, 5); err != nil {
			t.Fatal(err)
		}
		c = x.is(c, "running")
		if got := x.carry(c); len(got) != 3 {
			t.Errorf("told %v", got)
		}
		x.is(c, "done")
		if n := x.told(engine.NoticeCampaignRests); n != 2 {
			t.Errorf("%d notices of a budget that was enough", n)
		}
		for _, g := range x.guests {
			if got := x.balance(t, x.p, g).Available; got != 100 {
				t.Errorf("a guest has %d", got)
			}
		}
		x.verify(t, x.p)
	})
}

// A gift is given once: however often its message is tried, whoever is lost between the gift and the message, and when two cards become one.
func TestBroadcastGiftsOnce(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		x := newPress(t, open(t), 4, nil)
		ctx := t.Context()
		c := x.send(x.draft(gives(100, 4)), time.Time{})
		x.run()
		c = x.is(c, "running")
		all := x.claim(c)
		for range 3 {
			if o := x.open(c, &all[0]); o.Gift == nil || o.Gift.Points != 100 || o.Gift.PostingID == "" || all[0].Gift != o.Gift.PostingID {
				t.Fatalf("%+v", o)
			}
		}
		given := x.open(c, &all[1]).Gift
		for i := range all[2:] {
			all[2+i].State = engine.OutboundQueued // and were not begun
		}
		x.settle(all[2:]...)
		// The sender is lost with the first two: it gave, and nobody knows whether it told.
		x.fence++
		if n, err := x.engine.RecoverDeliveries(ctx, x.store, engine.Bot{ProgramID: x.p.ID, Channel: "telegram", Sender: x.p.Slug}, x.fence); err != nil || n != 2 {
			t.Fatalf("%d, %v", n, err)
		}
		is, err := x.store.DeliveryAt(ctx, x.p.ID, c.ID, all[1].No)
		if err != nil || is.State != engine.OutboundUnknown || is.Gift != given.PostingID {
			t.Errorf("%+v, %v", is, err)
		}
		// The third and the fourth turn out to be one person.
		if _, err := x.engine.Merge(ctx, engine.MergeInput{Key: "merge", ProgramID: x.p.ID, KeepID: all[3].MemberID, GoneID: all[2].MemberID}); err != nil {
			t.Fatal(err)
		}
		if got := x.carry(c); len(got) != 1 {
			t.Errorf("told %v", got)
		}
		x.is(c, "done")
		if n, err := x.engine.ResendUnknown(ctx, x.p.ID, c.ID, x.author.ID); err != nil || n != 2 {
			t.Fatalf("%d, %v", n, err)
		}
		if got := x.carry(c); len(got) != 2 {
			t.Errorf("told %v", got)
		}
		if p := x.progress(c); p.Gifts != 3 || p.Sent != 3 || p.Failed != 1 {
			t.Errorf("%+v", p)
		}
		sum := money.Points(0)
		for _, g := range x.guests {
			if g.ID != all[2].MemberID {
				sum += x.balance(t, x.p, g).Available
			}
		}
		if sum != 300 {
			t.Errorf("%d points were given", sum)
		}
		x.verify(t, x.p)
	})
}

// Coupons and certificates are gifts as well. Who may not have one is not told of it.
func TestBroadcastGivesCoupons(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		x := newPress(t, open(t), 2, nil)
		gift := func(g campaign.Gift) campaign.Plan {
			return plan(func(p *campaign.Plan) { p.Gift, p.Variants[0].Texts["uk"] = &g, "{gift}" })
		}
		cake := gift(campaign.Gift{Kind: campaign.GiftCoupon, Coupon: "cake"})
		for range 2 {
			if got := x.carry(x.send(x.draft(cake), time.Time{})); len(got) != 2 {
				t.Fatalf("told %v", got)
			}
		}
		full := x.send(x.draft(cake), time.Time{}) // two are open at most
		if got := x.carry(full); len(got) != 0 {
			t.Errorf("told %v", got)
		}
		if p := x.progress(full); p.Failed != 2 || p.Gifts != 0 || p.Reasons[0].Reason != engine.ReasonGift {
			t.Errorf("%+v", p)
		}
		if n := count(t, x.world, `SELECT count(*) FROM coupon`); n != 4 {
			t.Errorf("%d coupons", n)
		}
		c := x.send(x.draft(gift(campaign.Gift{Kind: campaign.GiftCertificate, Amount: 50000, Days: 30})), time.Time{})
		x.run()
		c = x.is(c, "running")
		for _, d := range x.claim(c) {
			for range 2 {
				o := x.open(c, &d)
				if o.Gift == nil || o.Gift.Amount != 50000 || o.Gift.PostingID == "" {
					t.Fatalf("%+v", o)
				}
			}
		}
		if n := count(t, x.world, `SELECT count(*) FROM certificate`); n != 2 {
			t.Errorf("%d certificates", n)
		}
		x.verify(t, x.p)
	})
}

// However long a broadcast rests, its report is not over before the days of its last message are.
func TestReportOfABroadcastThatRests(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		x := newPress(t, open(t), 160, nil) // about half are held out, and MinGroup are needed
		ctx := t.Context()
		c := x.send(x.draft(plan(func(p *campaign.Plan) { p.Holdout = 5000 })), time.Time{})
		x.run()
		if _, err := x.engine.PauseCampaign(ctx, x.p.ID, c.ID, x.author.ID); err != nil {
			t.Fatal(err)
		}
		x.pass(30 * 24 * time.Hour)
		report := func() engine.CampaignReport {
			r, err := x.engine.CampaignReport(ctx, x.p.ID, c.ID)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		if r := report(); r.Over {
			t.Error("it is over while it rests")
		}
		if _, err := x.engine.ResumeCampaign(ctx, x.p.ID, c.ID, x.author.ID); err != nil {
			t.Fatal(err)
		}
		x.carry(c)
		x.is(c, "done")
		x.pass(time.Hour)
		for i, g := range x.guests {
			if d, err := x.store.DeliveryOf(ctx, x.p.ID, c.ID, g.ID); err == nil && d.State == engine.OutboundSent {
				if _, err := x.engine.Post(ctx, engine.PostInput{Key: fmt.Sprint("sale", i), Sale: engine.SaleInput{ProgramID: x.p.ID, MemberID: g.ID, Sum: 10000, Source: "bot"}}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if r := report(); r.Over || r.Came != r.Sent || !r.Proof.Enough || r.Proof.Buyers.Value != int64(r.Sent) {
			t.Errorf("%+v", r)
		}
		if x.pass(7 * 24 * time.Hour); !report().Over {
			t.Error("it is never over")
		}
	})
}

// A report compares those it was for with those held out, and puts down to the message what came after it.
func TestBroadcastReport(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		x := newPress(t, open(t), 40, nil)
		ctx := t.Context()
		c := x.send(x.draft(plan(func(p *campaign.Plan) { p.Holdout = 5000 })), time.Time{})
		x.run()
		c = x.is(c, "running")
		to, held := c.Sizes.To, c.Sizes.Held
		if to+held != 40 || to < 8 || held < 8 {
			t.Fatalf("%+v", c.Sizes)
		}
		got := map[string]bool{}
		for _, d := range x.claim(c) {
			got[d.MemberID] = true
			d.State, d.SentAt, d.Until = engine.OutboundSent, x.engine.Now(), c.Attributed(x.engine.Now())
			x.settle(d)
		}
		if len(got) != to {
			t.Fatalf("%d got it of %d", len(got), to)
		}
		x.run()
		x.pass(time.Hour)
		bought := map[bool]int{}
		for i, g := range x.guests {
			if buys := got[g.ID] || i%4 == 0; !buys {
				continue
			}
			bought[got[g.ID]]++
			_, err := x.engine.Post(ctx, engine.PostInput{Key: fmt.Sprint("sale", i), Sale: engine.SaleInput{ProgramID: x.p.ID, MemberID: g.ID, Sum: 10000, Source: "bot"}})
			if err != nil {
				t.Fatal(err)
			}
		}
		r, err := x.engine.CampaignReport(ctx, x.p.ID, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		if r.Sent != to || r.Held != held || r.Came != to || r.Visits != to || r.Revenue != money.Amount(to)*10000 || r.Over {
			t.Errorf("%+v", r)
		}
		a, b := campaign.Group{Members: to}, campaign.Group{Members: held}
		for range bought[true] {
			a.Add(1, 10000)
		}
		for range bought[false] {
			b.Add(1, 10000)
		}
		if want := campaign.Compare(a, b); r.Proof != want {
			t.Errorf("proof %+v, want %+v", r.Proof, want)
		}
		// A purchase after the days is nobody's doing.
		x.pass(8 * 24 * time.Hour)
		for i, g := range x.guests {
			if _, err := x.engine.Post(ctx, engine.PostInput{Key: fmt.Sprint("later", i), Sale: engine.SaleInput{ProgramID: x.p.ID, MemberID: g.ID, Sum: 500, Source: "bot"}}); err != nil {
				t.Fatal(err)
			}
		}
		after, err := x.engine.CampaignReport(ctx, x.p.ID, c.ID)
		if err != nil || after.Revenue != r.Revenue || after.Proof != r.Proof || !after.Over {
			t.Errorf("%+v, %v", after, err)
		}
		if p, err := x.engine.CampaignReport(ctx, x.p.ID, x.draft(plan()).ID); err != nil || p.Proof.Reason != campaign.FewGot {
			t.Errorf("of a draft: %+v, %v", p, err)
		}
	})
}

// Clicks and presses count for whom they are, and lead where the campaign says; forged ones lead nowhere.
func TestBroadcastClicks(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		x := newPress(t, open(t), 2, nil)
		ctx := t.Context()
		label := map[string]string{"uk": "Меню"}
		c := x.send(x.draft(plan(func(p *campaign.Plan) {
			p.Gift = &campaign.Gift{Kind: campaign.GiftCoupon, Coupon: "cake"}
			p.Variants[0].Texts["uk"] = "{gift}"
			p.Variants[0].Buttons = []campaign.Button{{Kind: campaign.ButtonLink, URL: "https://example.com/menu", Labels: label}, {Kind: campaign.ButtonCoupon}, {Kind: campaign.ButtonStop}}
		})), time.Time{})
		x.run()
		c = x.is(c, "running")
		all := x.claim(c)
		x.open(c, &all[0])
		for i := range all {
			all[i].State, all[i].SentAt = engine.OutboundSent, x.engine.Now()
		}
		x.settle(all...)
		token := engine.ClickToken(x.p, all[0], 0)
		for range 2 {
			if url, err := x.engine.Click(ctx, x.p.ID, token); err != nil || url != "https://example.com/menu" {
				t.Fatalf("%q, %v", url, err)
			}
		}
		other := newPress(t, x.world, 0, nil)
		for what, bad := range map[string]string{
			"another sign": token[:len(token)-2] + "AA", "none": "", "no base64": "?" + token[1:], "longer": token + "AA", "not a link": engine.ClickToken(x.p, all[0], 1),
			"no button": engine.ClickToken(x.p, all[0], 9), "of another shop": engine.ClickToken(other.p, all[0], 0),
		} {
			_, err := x.engine.Click(ctx, x.p.ID, bad)
			x.refused(what, err, engine.KindNotFound, "click_unknown")
		}
		_, err := x.engine.Click(ctx, other.p.ID, token)
		x.refused("at another shop", err, engine.KindNotFound, "click_unknown")
		_, err = x.engine.Click(ctx, x.p.ID, engine.ClickToken(x.p, engine.Delivery{CampaignID: c.ID, No: -1}, 0))
		x.refused("of nobody", err, engine.KindNotFound, "click_unknown")
		press := func(d engine.Delivery, button int) engine.CampaignPress {
			t.Helper()
			p, err := x.engine.PressCampaign(ctx, x.p.ID, c.ID, d.MemberID, button)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		if p := press(all[0], 1); p.Kind != campaign.ButtonCoupon || p.Coupon == "" {
			t.Errorf("%+v", p)
		}
		if p := press(all[1], 1); p.Coupon != "" {
			t.Errorf("a coupon that nobody was given: %+v", p)
		}
		if p := press(all[1], 2); p.Kind != campaign.ButtonStop {
			t.Errorf("%+v", p)
		}
		_, err = x.engine.PressCampaign(ctx, x.p.ID, c.ID, all[0].MemberID, 7)
		x.refused("no button", err, engine.KindNotFound, "campaign_not_found")
		_, err = x.engine.PressCampaign(ctx, x.p.ID, c.ID, x.guest("new", "").ID, 0)
		x.refused("who never got it", err, engine.KindNotFound, "campaign_not_found")
		r, err := x.engine.CampaignReport(ctx, x.p.ID, c.ID)
		want := []engine.PressCount{{Button: 0, People: 1, Presses: 2}, {Button: 1, People: 2, Presses: 2}, {Button: 2, People: 1, Presses: 1}}
		if err != nil || !slices.Equal(r.Presses, want) || r.Clicked != 2 || r.Stopped != 1 {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// count runs a query that answers one number.
func count(t *testing.T, w *world, sql string) (n int) {
	t.Helper()
	if err := w.store.DB().QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
