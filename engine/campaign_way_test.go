package engine_test

import (
	"errors"
	"maps"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/rules"
	"kartka/storage/kv/kvtest"
)

// table is what channels there are in these tests. None of e-mail is known to the product but its row here.
func table(mail bool) campaign.Channels {
	all := campaign.Channels{"telegram": {Cost: campaign.CostFree}, "viber": {Cost: campaign.CostSession, Session: 24 * time.Hour}, "sms": {Cost: campaign.CostPaid}}
	if mail {
		all["email"] = campaign.Channel{Cost: campaign.CostFree}
	}
	return all
}

// over has messages go by a table of channels from now on.
func (x *press) over(channels campaign.Channels) {
	x.engine = engine.New(engine.Config{Store: x.store, Codes: kvtest.Codes{}, Now: x.engine.Now, Channels: channels})
}

// prefers changes which channel is taken.
func (x *press) prefers(prefer rules.Preference, channels ...string) {
	x.t.Helper()
	p, err := x.engine.Program(x.t.Context(), x.p.ID)
	if err != nil {
		x.t.Fatal(err)
	}
	s, c := *p.Settings, *p.Settings.Campaigns
	c.Prefer, c.Channels = prefer, channels
	s.Campaigns = &c
	if x.p, err = x.engine.ChangeSettings(x.t.Context(), x.p.ID, "", p.Version, &s); err != nil {
		x.t.Fatal(err)
	}
	x.pass(3 * time.Second) // until it is known everywhere
}

// bot gives the shop a bot on another channel.
func (x *press) bot(channel string) {
	x.t.Helper()
	if err := x.engine.AttachBot(x.t.Context(), engine.Bot{ProgramID: x.p.ID, Channel: channel, Sender: channel + x.p.Slug, Token: "7:x", Secret: "s"}); err != nil {
		x.t.Fatal(err)
	}
}

// also has a guest write on another channel, too, and agree to messages there.
func (x *press) also(m engine.Member, channel string) engine.Contact {
	x.t.Helper()
	ctx := x.t.Context()
	met, err := x.engine.Meet(ctx, x.p, engine.Bot{}, engine.Contact{Name: m.Name, Locale: "uk",
		Address: engine.Address{Channel: channel, Sender: channel + x.p.Slug, UserID: m.ID}})
	if err == nil {
		err = x.store.InTx(ctx, func(tx engine.Tx) error { return tx.LinkContact(ctx, x.p.ID, met.Contact.ID, m.ID, "") })
	}
	err = errors.Join(err, x.engine.SetConsent(ctx, engine.Consent{ProgramID: x.p.ID, MemberID: m.ID, Channel: channel, Purpose: engine.PurposeMarketing, Given: true, Source: "settings"}))
	if err != nil {
		x.t.Fatal(err)
	}
	return met.Contact
}

// goes is the channel that a campaign takes to a member, or why it takes none.
func (x *press) goes(c engine.Campaign, m engine.Member) string {
	x.t.Helper()
	d, err := x.store.DeliveryOf(x.t.Context(), x.p.ID, c.ID, m.ID)
	if err != nil {
		x.t.Fatal(err)
	}
	if d.State == engine.OutboundDropped {
		return d.Reason
	}
	return d.Address.Channel
}

// The messenger is taken that the guest used last, or the cheapest, or the shop's own choice; one that is not in the table, or for which the shop has no bot, is none.
func TestBroadcastTakesTheRightChannel(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		x := newPress(t, open(t), 4, nil)
		x.over(table(false))
		x.bot("viber")
		x.bot("email")
		x.pass(time.Hour)
		both, mailed, fax, alone := x.guests[0], x.guests[1], x.guests[2], x.guests[3]
		x.also(both, "viber")
		x.also(mailed, "email")
		x.also(fax, "sms") // the shop has no bot that sends them
		said := func(what string, want ...string) {
			t.Helper()
			c := x.send(x.draft(plan()), time.Time{})
			x.run()
			for i, m := range []engine.Member{both, mailed, fax, alone} {
				if got := x.goes(c, m); got != want[i] {
					t.Errorf("%s: %s gets it by %s, want %s", what, m.Name, got, want[i])
				}
			}
		}
		said("the last", "viber", "telegram", "telegram", "telegram")
		x.prefers(rules.PreferCheapest)
		said("the cheapest", "telegram", "telegram", "telegram", "telegram")
		x.prefers(rules.PreferCheapest, "viber")
		said("the shop's order", "viber", "telegram", "telegram", "telegram")
		x.prefers(rules.PreferLast)
		x.over(table(true))
		said("a channel that has got its row", "viber", "email", "telegram", "telegram")
		x.over(campaign.Channels{"email": {Cost: campaign.CostPaid}})
		c := x.send(x.draft(plan()), time.Time{})
		x.run()
		if got, sizes := x.goes(c, mailed), x.is(c, "running").Sizes; got != "email" || sizes.To != 1 || sizes.Unreachable != 3 {
			t.Errorf("with one channel only: %s, %+v", got, sizes)
		}
	})
}

// Before it is sent it is told who gets it where, and whom nothing reaches because the shop has no bot there.
func TestAudienceRoutes(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		x := newPress(t, open(t), 4, nil)
		x.over(table(false))
		x.bot("viber")
		x.pass(time.Hour)
		x.also(x.guests[0], "viber")
		x.also(x.guests[1], "sms")
		x.also(x.guests[2], "sms")
		ctx := t.Context()
		contacts, err := x.store.ContactsOf(ctx, x.p.ID, x.guests[2].ID, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range contacts {
			if c.Address.Channel == "telegram" {
				err = errors.Join(err, x.store.InTx(ctx, func(tx engine.Tx) error { return tx.SetBlocked(ctx, x.p.ID, c.ID, x.engine.Now()) }))
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		for prefer, want := range map[rules.Preference]map[string]int{rules.PreferLast: {"viber": 1, "telegram": 2}, rules.PreferCheapest: {"telegram": 3}} {
			x.prefers(prefer)
			got, err := x.engine.AudienceRoutes(ctx, x.p.ID, "", plan())
			if err != nil || !maps.Equal(got.By, want) || !maps.Equal(got.Closed, map[string]int{"sms": 1}) || got.About {
				t.Errorf("%s: %+v, %v", prefer, got, err)
			}
		}
		if got, err := x.engine.AudienceRoutes(ctx, x.p.ID, "", campaign.Plan{}); err != nil || len(got.By) > 0 {
			t.Errorf("nobody: %+v, %v", got, err)
		}
	})
}

// A trigger goes by the same.
func TestTriggerTakesTheRightChannel(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		x := newPress(t, open(t), 1, nil)
		x.over(table(false))
		x.bot("viber")
		x.pass(time.Hour)
		x.also(x.guests[0], "viber")
		x.prefers(rules.PreferCheapest)
		ctx := t.Context()
		c, err := x.engine.SaveTrigger(ctx, engine.SaveTriggerInput{ProgramID: x.p.ID, Name: "Thanks", StaffID: x.author.ID, Plan: plan(func(p *campaign.Plan) {
			p.Trigger = &campaign.Trigger{On: campaign.EventPurchase}
		})})
		if err == nil {
			c, err = x.engine.StartTrigger(ctx, x.p.ID, c.ID, x.author.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
		x.pass(time.Minute)
		if _, err := x.engine.Post(ctx, engine.PostInput{Key: "sale", Sale: engine.SaleInput{ProgramID: x.p.ID, MemberID: x.guests[0].ID, Sum: 20000, Source: "till"}}); err != nil {
			t.Fatal(err)
		}
		if _, err := x.engine.RunTriggers(ctx, x.p.ID); err != nil {
			t.Fatal(err)
		}
		if got := x.goes(c, x.guests[0]); got != "telegram" {
			t.Errorf("it goes by %s", got)
		}
	})
}

// When a channel turns out to be closed the next one is taken, each once; the gift is given once and the person counts once. What may have been sent, or was
// refused for another reason, goes no other way.
func TestBroadcastTakesAnotherWay(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		x := newPress(t, open(t), 2, nil)
		x.over(table(false))
		x.bot("viber")
		x.pass(time.Hour)
		there := x.also(x.guests[0], "viber")
		c := x.send(x.draft(gives(100, 0)), time.Time{})
		x.run()
		ctx := t.Context()
		take := func(channel, sender string) engine.Delivery {
			t.Helper()
			all, err := x.store.ClaimDeliveries(ctx, engine.DeliveryClaim{ProgramID: x.p.ID, CampaignID: c.ID, Channel: channel, Sender: sender, Now: x.engine.Now(),
				Fence: x.fence, After: -1, Limit: 1})
			if err != nil || len(all) != 1 {
				t.Fatalf("%d claimed, %v", len(all), err)
			}
			return all[0]
		}
		next := func(d *engine.Delivery, reason string) bool {
			t.Helper()
			found, err := x.engine.NextWay(ctx, d, reason)
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		d := take("viber", there.Address.Sender)
		gift := x.open(c, &d).Gift
		again := d
		again.Reason = "again"
		for what, no := range map[string]bool{
			"refused for what it says": next(&d, "invalid: 400"), "capped": next(&d, engine.ReasonCapped), "nobody knows": next(&d, "answer lost"), "sent before": next(&again, engine.ReasonBlocked),
		} {
			if no {
				t.Errorf("%s: it goes another way", what)
			}
		}
		if !next(&d, engine.ReasonBlocked) || d.Address.Channel != "telegram" {
			t.Fatalf("no other way: %+v", d)
		}
		d.State = engine.OutboundQueued
		x.settle(d)
		x.is(c, "running")
		if got := x.carry(c); len(got) != 2 {
			t.Errorf("told %v", got)
		}
		c = x.is(c, "done")
		is, err := x.store.DeliveryOf(ctx, x.p.ID, c.ID, x.guests[0].ID)
		if err != nil || is.Gift != gift.PostingID || is.State != engine.OutboundSent {
			t.Errorf("%+v, %v", is, err)
		}
		if p := x.progress(c); p.To != 2 || p.Sent != 2 || p.Failed != 0 || p.Gifts != 2 || p.Done() != 2 {
			t.Errorf("%+v", p)
		}
		if b := x.balance(t, x.p, x.guests[0]); b.Available != x.balance(t, x.p, x.guests[1]).Available {
			t.Errorf("%+v: another gift", b)
		}
		if is.Reason = ""; next(&is, engine.ReasonBlocked) {
			t.Error("a way is tried twice")
		}
	})
}
