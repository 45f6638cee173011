package market_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kartka/bots"
	"kartka/bots/dialog"
	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/rules"
	"kartka/engine/segment"
)

// plan says something to everybody, in three languages.
func plan() campaign.Plan {
	return campaign.Plan{Title: "Everybody", Audience: segment.All{}, Window: 7, Variants: []campaign.Variant{{Weight: 1, Content: campaign.Content{
		Texts: map[string]string{"uk": "Привіт, {name|друже}! <b>Кава</b> сьогодні за пів ціни.", "en": "Hi {name|friend}! <b>Coffee</b> at half price today.",
			"kk": "Сәлем, {name|досым}! Бүгін <b>кофе</b> жарты баға."},
		Buttons: []campaign.Button{{Kind: campaign.ButtonCard}, {Kind: campaign.ButtonLink, URL: "https://kava.example/menu",
			Labels: map[string]string{"uk": "Меню", "en": "Menu"}}, {Kind: campaign.ButtonStop}}}}}}
}

// drafted makes a broadcast of the marketer's.
func (c *chat) drafted(name string, p campaign.Plan) engine.Campaign {
	c.t.Helper()
	made, err := c.engine.SaveBroadcast(c.t.Context(), engine.SaveBroadcastInput{ProgramID: c.program.ID, Name: name, Plan: p, StaffID: c.personOf("marketer").Staff.ID})
	if err != nil {
		c.t.Fatal(err)
	}
	c.clock = c.clock.Add(time.Second)
	return made
}

// starts sends a draft at a time; zero: now.
func (c *chat) starts(d engine.Campaign, at time.Time) engine.Campaign {
	c.t.Helper()
	sent, err := c.engine.SendBroadcast(c.t.Context(), engine.SendBroadcastInput{ProgramID: c.program.ID, ID: d.ID, Version: d.Version, Start: at,
		StaffID: c.personOf("marketer").Staff.ID})
	if err != nil {
		c.t.Fatal(err)
	}
	return sent
}

// runs carries the campaigns on.
func (c *chat) runs() {
	c.t.Helper()
	if _, err := c.engine.RunCampaigns(c.t.Context(), c.program.ID); err != nil {
		c.t.Fatal(err)
	}
}

// now reads a campaign.
func (c *chat) now(id string) engine.Campaign {
	c.t.Helper()
	is, err := c.engine.Campaign(c.t.Context(), c.program.ID, id)
	if err != nil {
		c.t.Fatal(err)
	}
	return is
}

// crowd has so many more guests who agreed to news.
func (c *chat) crowd(n int) (members []string) {
	c.t.Helper()
	for i := range n {
		members = append(members, c.joins(fmt.Sprint("Гість ", i), true))
	}
	return members
}

// delivers has a sender settle n deliveries of a campaign in a state.
func (c *chat) delivers(id string, n int, state engine.OutboundState, reason string) {
	c.t.Helper()
	store := c.engine.Store().(engine.Deliveries)
	all, err := store.ClaimDeliveries(c.t.Context(), engine.DeliveryClaim{ProgramID: c.program.ID, CampaignID: id, Channel: c.bot.Channel, Sender: c.bot.Sender, Now: c.clock,
		Fence: 1, After: -1, Limit: n})
	if err != nil || len(all) != n {
		c.t.Fatalf("claimed %d of %d: %v", len(all), n, err)
	}
	is := c.now(id)
	for i := range all {
		all[i].State, all[i].Reason = state, reason
		if state == engine.OutboundSent || state == engine.OutboundUnknown {
			all[i].SentAt, all[i].Until = c.clock, is.Attributed(c.clock)
		}
		if is.Plan.Gift != nil && state == engine.OutboundSent {
			all[i].Gift = fmt.Sprint("gift ", all[i].No)
		}
	}
	if err := store.SettleDeliveries(c.t.Context(), all); err != nil {
		c.t.Fatal(err)
	}
}

// presses has a guest press a button of a campaign's message.
func (c *chat) presses(id, member string, n int) {
	c.t.Helper()
	if _, err := c.engine.PressCampaign(c.t.Context(), c.program.ID, id, member, n); err != nil {
		c.t.Fatal(err)
	}
}

// settings changes those of the shop.
func (c *chat) settings(change func(*rules.Settings)) {
	c.t.Helper()
	program, err := c.engine.Program(c.t.Context(), c.program.ID)
	if err != nil {
		c.t.Fatal(err)
	}
	s := *program.Settings
	change(&s)
	if c.program, err = c.engine.ChangeSettings(c.t.Context(), c.program.ID, "", program.Version, &s); err != nil {
		c.t.Fatal(err)
	}
}

// notices are those of a kind that wait for the speaking person. Whatever waits for anybody is taken out of the queue.
func (c *chat) notices(kind engine.NoticeKind) (all []engine.Notice) {
	c.t.Helper()
	mail := c.engine.Store().(engine.Messages)
	for {
		claimed, err := mail.ClaimOutbound(c.t.Context(), c.program.ID, c.bot.Channel, c.bot.Sender, engine.LaneInteractive, c.clock, 1, 100)
		if err != nil {
			c.t.Fatal(err)
		}
		if len(claimed) == 0 {
			return all
		}
		for _, o := range claimed {
			if o.Notice != nil && o.Notice.Kind == kind && o.Address == c.address(c.user) {
				all = append(all, *o.Notice)
			}
			o.State = engine.OutboundSent
			if err := mail.SettleOutbound(c.t.Context(), o, ""); err != nil {
				c.t.Fatal(err)
			}
		}
	}
}

// hears tells the speaking person a notice, as the outbox would.
func (c *chat) hears(n engine.Notice) []bots.Message {
	c.t.Helper()
	if err := c.engine.Complete(c.t.Context(), c.program.ID, &n); err != nil {
		c.t.Fatal(err)
	}
	c.said = dialog.Notice(c.view(bots.Event{}), n)
	if len(c.said) > 0 {
		c.check()
	}
	return c.said
}

// pressBelow presses a button on a living message beside the screen.
func (c *chat) pressBelow(slot, id string) {
	c.t.Helper()
	c.slots = map[string]string{slot: "11"}
	c.deeds++
	c.do(bots.Event{Kind: bots.EventPress, Press: &bots.Press{ID: id, Query: "q", Ref: "11"}})
}

// asks types a command with what follows it.
func (c *chat) asks(command, text string) {
	c.t.Helper()
	c.deeds++
	c.do(bots.Event{Kind: bots.EventCommand, Command: command, Text: text})
}

// strikes carries the triggers on.
func (c *chat) strikes() {
	c.t.Helper()
	if _, err := c.engine.RunTriggers(c.t.Context(), c.program.ID); err != nil {
		c.t.Fatal(err)
	}
}

// trigger finds the one that waits for an event and is not over.
func (c *chat) trigger(on campaign.Event) engine.Campaign {
	c.t.Helper()
	all, err := c.engine.Campaigns(c.t.Context(), c.program.ID)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, one := range all {
		if one.Plan.Trigger != nil && one.Plan.Trigger.On == on && one.State.Open() {
			return one
		}
	}
	c.t.Fatalf("no trigger waits for %s", on)
	return engine.Campaign{}
}

// has reports whether there is such a button.
func (c *chat) has(id string) bool {
	id = "v1|market|" + id
	return slices.ContainsFunc(c.buttons(), func(found string) bool { return found == id || strings.HasPrefix(found, id+"|") })
}
