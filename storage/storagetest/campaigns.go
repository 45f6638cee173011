package storagetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/segment"
)

// campaign writes a running broadcast to everyone.
func (s *shop) campaign() engine.Campaign {
	s.Helper()
	c := engine.Campaign{ID: s.id("campaign"), ProgramID: s.program.ID, Kind: engine.CampaignBroadcast, Name: "Кава «на двох»", State: engine.CampaignRunning, By: "s1",
		MadeAt: epoch, StartedAt: epoch.Add(time.Minute), Start: epoch, Version: 1, Fed: -1, Sizes: engine.AudienceSizes{Matched: 3, To: 2, Held: 1},
		Plan: campaign.Plan{Title: "Усі", Audience: segment.All{}, Holdout: 1000, Window: 7,
			Variants: []campaign.Variant{{Weight: 1, Content: campaign.Content{Texts: map[string]string{"uk": "Привіт, {name|друже}!", "en": "Hi <b>there</b>"}}}}}}
	s.tx(func(tx engine.Tx) error { return tx.PutCampaign(s.ctx, c) })
	return c
}

// reader makes a member who agreed to news on Telegram, and can be reached there.
func (s *shop) reader() (engine.Member, engine.Contact) {
	s.Helper()
	m := s.member()
	a := s.bot()
	a.UserID = s.id("user")
	c := s.contact(a)
	s.tx(func(tx engine.Tx) error {
		return errors.Join(tx.LinkContact(s.ctx, s.program.ID, c.ID, m.ID, ""), s.agree(tx, m, a.Channel, true, epoch))
	})
	return m, c
}

func (s *shop) agree(tx engine.Tx, m engine.Member, channel string, given bool, at time.Time) error {
	return tx.InsertConsent(s.ctx, engine.Consent{ID: s.id("consent"), ProgramID: s.program.ID, MemberID: m.ID, Channel: channel, Purpose: engine.PurposeMarketing,
		Given: given, Source: "settings", At: at})
}

// queue writes queued deliveries of a campaign for members at places from 0 on.
func (s *shop) queue(c engine.Campaign, a engine.Address, n int) []engine.Delivery {
	s.Helper()
	all := make([]engine.Delivery, n)
	for i := range all {
		to := a
		to.UserID = fmt.Sprintf("u%d", i)
		all[i] = engine.Delivery{ProgramID: s.program.ID, CampaignID: c.ID, No: int64(i), MemberID: fmt.Sprintf("m%d", i), ContactID: fmt.Sprintf("c%d", i), Address: to,
			Variant: i % 2, State: engine.OutboundQueued}
	}
	s.tx(func(tx engine.Tx) error { return tx.InsertDeliveries(s.ctx, all) })
	return all
}

func (s *shop) claimed(c engine.Campaign, a engine.Address, fence, after int64, limit int) []engine.Delivery {
	s.Helper()
	return must(s.ClaimDeliveries(s.ctx, engine.DeliveryClaim{ProgramID: s.program.ID, CampaignID: c.ID, Channel: a.Channel, Sender: a.Sender, Now: epoch.Add(time.Hour),
		Fence: fence, After: after, Limit: limit, Since: epoch.AddDate(0, 0, -7)}))(s)
}

func (s *shop) settled(all ...engine.Delivery) {
	s.Helper()
	if err := s.SettleDeliveries(s.ctx, all); err != nil {
		s.Fatal(err)
	}
}

// outcome is a delivery with what became of it.
func outcome(d engine.Delivery, state engine.OutboundState, reason string) engine.Delivery {
	d.State, d.Reason = state, reason
	if state == engine.OutboundSent {
		d.SentAt, d.Until, d.Ref = epoch.Add(2*time.Hour), epoch.AddDate(0, 0, 7), "77"
	}
	return d
}

func places(all []engine.Delivery) []int64 {
	out := make([]int64, len(all))
	for i := range all {
		out[i] = all[i].No
	}
	return out
}

// testCampaigns proves that campaigns are kept as they are, change under a version, and go when they have told nobody anything.
func testCampaigns(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	other := newShop(t, s.Store)
	c := s.campaign()
	equal(t, "campaign", must(s.Campaign(s.ctx, s.program.ID, c.ID))(t), c)
	_, err := other.Campaign(s.ctx, other.program.ID, c.ID)
	s.wants(engine.KindNotFound, err)
	equal(t, "running", must(s.Campaigns(s.ctx, s.program.ID, engine.CampaignDraft, engine.CampaignRunning))(t), []engine.Campaign{c})
	equal(t, "drafts", len(must(s.Campaigns(s.ctx, s.program.ID, engine.CampaignDraft))(t)), 0)

	stale := c
	c.Version, c.State, c.Why, c.EndedAt = 2, engine.CampaignPaused, engine.WhyBudget, epoch.Add(time.Hour)
	s.tx(func(tx engine.Tx) error { return tx.PutCampaign(s.ctx, c) })
	equal(t, "changed", must(s.Campaign(s.ctx, s.program.ID, c.ID))(t), c)
	stale.Version = 2
	s.fails(engine.KindConflict, func(tx engine.Tx) error { return tx.PutCampaign(s.ctx, stale) })
	s.tx(func(tx engine.Tx) error {
		locked, err := tx.LockCampaign(s.ctx, s.program.ID, c.ID)
		equal(t, "locked", locked, c)
		return err
	})

	s.queue(c, s.bot(), 1)
	s.fails(engine.KindConflict, func(tx engine.Tx) error { return tx.DeleteCampaign(s.ctx, s.program.ID, c.ID) })
	empty := s.campaign()
	s.tx(func(tx engine.Tx) error { return tx.DeleteCampaign(s.ctx, s.program.ID, empty.ID) })
	s.fails(engine.KindNotFound, func(tx engine.Tx) error { return tx.DeleteCampaign(s.ctx, s.program.ID, empty.ID) })
}

// testAudiences proves that an audience is frozen with everybody in the right place, and read again in order with the ways to reach each.
func testAudiences(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	var to []engine.Member
	for range 5 {
		m, _ := s.reader()
		to = append(to, m)
	}
	silent := s.member() // never asked
	refused, _ := s.reader()
	s.tx(func(tx engine.Tx) error { return s.agree(tx, refused, "telegram", false, epoch.Add(time.Second)) })
	gone, contact := s.reader()
	s.tx(func(tx engine.Tx) error { return tx.SetBlocked(s.ctx, s.program.ID, contact.ID, epoch) })
	tired, _ := s.reader()
	s.refresh()
	at := map[string]int64{}
	for _, row := range s.rows(`SELECT member_id || ' ' || CAST(no AS text) FROM trait WHERE program_id = '` + s.program.ID + `'`) {
		var id string
		var no int64
		if _, err := fmt.Sscan(row, &id, &no); err != nil {
			t.Fatal(err)
		}
		at[id] = no
	}
	before := s.campaign()
	for i := range 2 {
		d := engine.Delivery{ProgramID: s.program.ID, CampaignID: before.ID, Period: strconv.Itoa(i), No: at[tired.ID], MemberID: tired.ID, Address: s.bot(),
			State: engine.OutboundSent, SentAt: epoch.Add(time.Duration(i) * time.Hour)}
		s.tx(func(tx engine.Tx) error { return tx.InsertDeliveries(s.ctx, []engine.Delivery{d}) })
	}

	c := s.campaign()
	held := at[to[2].ID]
	f := engine.Freeze{Program: s.program, Expr: segment.All{}, Day: epochDay, Held: func(no int64) bool { return no == held }, Cap: 2, Since: epoch.Add(-time.Hour),
		Channels: segment.Channels()}
	want := engine.AudienceSizes{Matched: 9, NoConsent: 2, Unreachable: 1, Capped: 1, Held: 1, To: 4}
	frozen := must(s.ReadAudience(s.ctx, f))(t)
	equal(t, "sizes", frozen.Sizes, want)
	s.tx(func(tx engine.Tx) error { return tx.PutAudience(s.ctx, s.program.ID, c.ID, frozen) })
	is := must(s.AudienceHas(s.ctx, s.program.ID, c.ID, false))(t)
	isHeld := must(s.AudienceHas(s.ctx, s.program.ID, c.ID, true))(t)
	for _, m := range append([]engine.Member{silent, refused, gone, tired}, to...) {
		equal(t, "in the audience", is(at[m.ID]), slices.Contains(to, m) && m != to[2])
		equal(t, "held out", isHeld(at[m.ID]), m == to[2])
	}
	// Whoever takes the consent back, or cannot be reached any more, is still in the audience: with no way to go.
	s.tx(func(tx engine.Tx) error { return s.agree(tx, to[1], "telegram", false, epoch.Add(time.Minute)) })
	var got []engine.Recipient
	s.tx(func(tx engine.Tx) error {
		got = nil
		for after := int64(-1); ; {
			page, err := tx.AudienceAfter(s.ctx, s.program.ID, c.ID, after, 3)
			if err != nil || len(page) == 0 {
				return err
			}
			got, after = append(got, page...), page[len(page)-1].No
		}
	})
	ids := map[string]int{}
	for i, r := range got {
		if i > 0 && r.No <= got[i-1].No {
			t.Error("places are not in order")
		}
		ids[r.MemberID] = len(r.Ways)
	}
	equal(t, "ways", ids, map[string]int{to[0].ID: 1, to[1].ID: 0, to[3].ID: 1, to[4].ID: 1})
	viber := s.contact(engine.Address{Channel: "viber", Sender: "pa", UserID: s.id("user")})
	mute := s.contact(engine.Address{Channel: "viber", Sender: "pa", UserID: s.id("user")})
	s.tx(func(tx engine.Tx) error {
		return errors.Join(tx.LinkContact(s.ctx, s.program.ID, viber.ID, to[3].ID, ""), s.agree(tx, to[3], "viber", true, epoch),
			tx.LinkContact(s.ctx, s.program.ID, mute.ID, to[4].ID, ""))
	})
	s.refresh()
	reach := must(s.AudienceReach(s.ctx, f, frozen, 5))(t)
	equal(t, "by one channel", reach.Only, map[string]int{"telegram": 2})
	equal(t, "by several", [3]any{reach.Several, len(reach.Some), len(reach.Some[0].Ways)}, [3]any{1, 1, 2})
	equal(t, "who", reach.Some[0].MemberID, to[3].ID)
	reach = must(s.AudienceReach(s.ctx, f, frozen, 0))(t)
	equal(t, "no more than asked for", [2]int{reach.Several, len(reach.Some)}, [2]int{1, 0})
	equal(t, "no audience", must(s.AudienceHas(s.ctx, s.program.ID, "nothing", false))(t)(0), false)
}

// testDeliveries proves that a delivery has one holder at a time, that what a lost one left is never sent again by itself, and that every outcome is kept.
func testDeliveries(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	a := s.bot()

	t.Run("in order, once", func(t *testing.T) {
		s := s.on(t)
		c := s.campaign()
		s.queue(c, a, 7)
		s.queue(c, a, 7) // again changes nothing
		first := s.claimed(c, a, 3, -1, 4)
		equal(t, "first", places(first), []int64{0, 1, 2, 3})
		equal(t, "a claim", first[1], engine.Delivery{ProgramID: s.program.ID, CampaignID: c.ID, No: 1, MemberID: "m1", ContactID: "c1",
			Address: engine.Address{Channel: a.Channel, Sender: a.Sender, UserID: "u1"}, Variant: 1, State: engine.OutboundSending, Tries: 1, Fence: 3})
		equal(t, "rest", places(s.claimed(c, a, 3, first[3].No, 9)), []int64{4, 5, 6})
		equal(t, "nothing", len(s.claimed(c, a, 3, -1, 9)), 0)
	})

	t.Run("outcomes", func(t *testing.T) {
		s := s.on(t)
		c := s.campaign()
		s.queue(c, a, 6)
		got := s.claimed(c, a, 1, -1, 6)
		gift := outcome(got[0], engine.OutboundSent, "")
		gift.Gift = "posting"
		back := outcome(got[5], engine.OutboundQueued, "")
		back.Wait = epoch.Add(3 * time.Hour)
		s.settled(gift, outcome(got[1], engine.OutboundFailed, "blocked"), outcome(got[2], engine.OutboundUnknown, "answer lost"), back)
		s.settled(outcome(got[3], engine.OutboundDropped, "no consent"))
		s.settled()
		stored := must(s.DeliveryOf(s.ctx, s.program.ID, c.ID, "m0"))(t)
		gift.Address.UserID = "" // it is over: who it was is not kept
		gift.Recent = 0
		equal(t, "sent", stored, gift)
		equal(t, "at a place", must(s.DeliveryAt(s.ctx, s.program.ID, c.ID, 0))(t), gift)
		_, err := s.DeliveryAt(s.ctx, s.program.ID, c.ID, 99)
		s.wants(engine.KindNotFound, err)
		equal(t, "counts", must(s.DeliveryCounts(s.ctx, s.program.ID, c.ID))(t), []engine.DeliveryCount{
			{Variant: 0, State: engine.OutboundSending, N: 1}, {Variant: 0, State: engine.OutboundSent, N: 1, Gifts: 1},
			{Variant: 0, State: engine.OutboundUnknown, Reason: "answer lost", N: 1}, {Variant: 1, State: engine.OutboundDropped, Reason: "no consent", N: 1},
			{Variant: 1, State: engine.OutboundFailed, Reason: "blocked", N: 1}, {Variant: 1, State: engine.OutboundQueued, N: 1},
		})
		due, all, err := s.PendingDeliveries(s.ctx, s.program.ID, c.ID, epoch.Add(time.Hour))
		equal(t, "pending", [3]any{due, all, err}, [3]any{0, 2, nil})
		due, _, _ = s.PendingDeliveries(s.ctx, s.program.ID, c.ID, epoch.Add(4*time.Hour))
		equal(t, "due later", due, 1)
		equal(t, "sent from then on", must(s.SentSince(s.ctx, s.program.ID, c.ID, gift.SentAt))(t), 1)
		equal(t, "sent before", must(s.SentSince(s.ctx, s.program.ID, c.ID, gift.SentAt.Add(time.Second)))(t), 0)
		equal(t, "gifts", must(s.CountGifts(s.ctx, s.program.ID, c.ID))(t), 3)
		equal(t, "not yet", len(s.claimed(c, a, 1, -1, 9)), 0)
		bad := outcome(got[4], engine.OutboundSending, "")
		s.wants(engine.KindInvalid, s.SettleDeliveries(s.ctx, []engine.Delivery{bad}))
	})

	t.Run("pause", func(t *testing.T) {
		s := s.on(t)
		c := s.campaign()
		s.queue(c, a, 2)
		c.State, c.Version = engine.CampaignPaused, 2
		s.tx(func(tx engine.Tx) error { return tx.PutCampaign(s.ctx, c) })
		equal(t, "paused", len(s.claimed(c, a, 1, -1, 9)), 0)
		s.tx(func(tx engine.Tx) error {
			n, err := tx.EndDeliveries(s.ctx, s.program.ID, c.ID, engine.ReasonCancelled)
			equal(t, "ended", n, 2)
			return err
		})
	})

	t.Run("cancelled", func(t *testing.T) {
		s := s.on(t)
		c := s.campaign()
		s.queue(c, a, 2)
		got := s.claimed(c, a, 1, -1, 2)
		c.State, c.Version = engine.CampaignCancelled, 2
		s.tx(func(tx engine.Tx) error { return tx.PutCampaign(s.ctx, c) })
		s.settled(outcome(got[0], engine.OutboundQueued, ""), outcome(got[1], engine.OutboundSent, ""))
		is := must(s.DeliveryAt(s.ctx, s.program.ID, c.ID, 0))(t)
		equal(t, "nobody takes it any more", [3]string{string(is.State), is.Reason, is.Address.UserID}, [3]string{"dropped", engine.ReasonCancelled, ""})
		_, open, err := s.PendingDeliveries(s.ctx, s.program.ID, c.ID, epoch)
		equal(t, "pending", [2]any{open, err}, [2]any{0, nil})
	})

	t.Run("another way", func(t *testing.T) {
		s := s.on(t)
		c := s.campaign()
		m, telegram := s.reader()
		viber := s.contact(engine.Address{Channel: "viber", Sender: "pa-of-" + s.program.ID, UserID: s.id("user")})
		pigeon := s.contact(engine.Address{Channel: "pigeon", Sender: "loft", UserID: s.id("user")})
		fax := s.contact(engine.Address{Channel: "fax", Sender: "office", UserID: s.id("user")})
		s.tx(func(tx engine.Tx) error {
			later := viber
			later.CreatedAt = epoch.Add(time.Hour)
			_, err := tx.TouchContact(s.ctx, later)
			for _, x := range []engine.Contact{viber, pigeon, fax} {
				err = errors.Join(err, tx.LinkContact(s.ctx, s.program.ID, x.ID, m.ID, ""))
			}
			return errors.Join(err, s.agree(tx, m, "viber", true, epoch), s.agree(tx, m, "pigeon", true, epoch),
				tx.SetBlocked(s.ctx, s.program.ID, pigeon.ID, epoch))
		})
		want := []engine.Way{{ContactID: viber.ID, Address: viber.Address, Seen: epoch.Add(time.Hour)}, {ContactID: telegram.ID, Address: telegram.Address, Seen: epoch}}
		equal(t, "ways", must(s.Ways(s.ctx, s.program.ID, []string{m.ID, "nobody"}))(t), map[string][]engine.Way{m.ID: want})

		there := viber.Address
		s.tx(func(tx engine.Tx) error {
			return tx.InsertDeliveries(s.ctx, []engine.Delivery{{ProgramID: s.program.ID, CampaignID: c.ID, No: 7, MemberID: m.ID, ContactID: viber.ID, Address: there, State: engine.OutboundQueued}})
		})
		equal(t, "not of this bot", len(s.claimed(c, telegram.Address, 4, -1, 9)), 0)
		got := s.claimed(c, there, 4, -1, 9)[0]
		moved := outcome(got, engine.OutboundQueued, "")
		moved.ContactID, moved.Address, moved.Tried, moved.Gift = telegram.ID, telegram.Address, []string{viber.ID}, "posting"
		s.settled(moved)
		s.settled(moved) // the answer was lost: once more
		_, open, err := s.PendingDeliveries(s.ctx, s.program.ID, c.ID, epoch)
		equal(t, "still one", [2]any{open, err}, [2]any{1, nil})
		equal(t, "gone from there", len(s.claimed(c, there, 4, -1, 9)), 0)
		next := s.claimed(c, telegram.Address, 4, -1, 9)[0]
		equal(t, "with the other bot", next, func() engine.Delivery {
			d := moved
			d.State, d.Tries, d.Fence = engine.OutboundSending, 2, 4
			return d
		}())
		s.settled(moved) // comes late: the other bot has it
		must(s.RecoverDeliveries(s.ctx, s.program.ID, there.Channel, there.Sender, 5, epoch, nil))(t)
		is := must(s.DeliveryOf(s.ctx, s.program.ID, c.ID, m.ID))(t)
		equal(t, "the old bot's sender has nothing to do with it", [2]string{string(is.State), is.ContactID}, [2]string{"sending", telegram.ID})
		must(s.RecoverDeliveries(s.ctx, s.program.ID, telegram.Address.Channel, telegram.Address.Sender, 5, epoch, nil))(t)
		s.settled(outcome(next, engine.OutboundSent, ""))
		is = must(s.DeliveryOf(s.ctx, s.program.ID, c.ID, m.ID))(t)
		equal(t, "recovered by the new one", [3]string{string(is.State), is.Reason, is.Gift}, [3]string{"unknown", "sender_lost", "posting"})
	})

	t.Run("a lost sender that had given", func(t *testing.T) {
		s := s.on(t)
		c := s.campaign()
		s.queue(c, a, 3)
		got := s.claimed(c, a, 20, -1, 3)
		s.settled(outcome(got[2], engine.OutboundSent, ""))
		lost := must(s.LostDeliveries(s.ctx, s.program.ID, a.Channel, a.Sender, 21))(t)
		lost = slices.DeleteFunc(lost, func(d engine.Delivery) bool { return d.CampaignID != c.ID })
		equal(t, "lost", places(lost), []int64{0, 1})
		equal(t, "lost by nobody", len(must(s.LostDeliveries(s.ctx, s.program.ID, a.Channel, a.Sender, 1))(t)), 0)
		given := lost[1]
		given.Gift = "posting"
		must(s.RecoverDeliveries(s.ctx, s.program.ID, a.Channel, a.Sender, 21, epoch.Add(time.Hour), []engine.Delivery{given}))(t)
		is := must(s.DeliveryOf(s.ctx, s.program.ID, c.ID, "m1"))(t)
		equal(t, "given", [3]string{is.Gift, string(is.State), is.Reason}, [3]string{"posting", "unknown", "sender_lost"})
		equal(t, "gifts", must(s.CountGifts(s.ctx, s.program.ID, c.ID))(t), 1)
	})

	t.Run("a lost sender", func(t *testing.T) {
		s := s.on(t)
		c := s.campaign()
		s.queue(c, a, 3)
		old := s.claimed(c, a, 5, -1, 2)
		if _, _, err := s.RecoverOutbound(s.ctx, s.program.ID, a.Channel, a.Sender, 9); err != nil {
			t.Fatal(err)
		}
		equal(t, "recovered", must(s.RecoverDeliveries(s.ctx, s.program.ID, a.Channel, a.Sender, 9, epoch.Add(time.Hour), nil))(t) >= 2, true)
		equal(t, "again", must(s.RecoverDeliveries(s.ctx, s.program.ID, a.Channel, a.Sender, 9, epoch.Add(time.Hour), nil))(t), 0)
		equal(t, "a zombie", len(s.claimed(c, a, 5, -1, 9)), 0)
		s.settled(outcome(old[0], engine.OutboundSent, ""), outcome(old[1], engine.OutboundQueued, ""))
		for _, d := range old {
			is := must(s.DeliveryOf(s.ctx, s.program.ID, c.ID, d.MemberID))(t)
			equal(t, "what it left", [2]string{string(is.State), is.Reason}, [2]string{"unknown", "sender_lost"})
		}
		equal(t, "the next", places(s.claimed(c, a, 9, -1, 9)), []int64{2})
	})

	t.Run("once more, knowing", func(t *testing.T) {
		s := s.on(t)
		c := s.campaign()
		m, contact := s.reader()
		lost := engine.Delivery{ProgramID: s.program.ID, CampaignID: c.ID, No: 4, MemberID: m.ID, ContactID: contact.ID, Address: contact.Address, State: engine.OutboundUnknown,
			Tries: 1, Fence: 9, SentAt: epoch}
		nobody := lost
		nobody.No, nobody.MemberID, nobody.ContactID = 5, "m5", "nobody"
		s.tx(func(tx engine.Tx) error { return tx.InsertDeliveries(s.ctx, []engine.Delivery{lost, nobody}) })
		s.tx(func(tx engine.Tx) error {
			n, err := tx.ReopenDeliveries(s.ctx, s.program.ID, c.ID, engine.OutboundUnknown)
			equal(t, "reopened", n, 1)
			return err
		})
		s.settled(outcome(lost, engine.OutboundSent, "")) // the first claim is over
		got := s.claimed(c, contact.Address, 9, -1, 9)
		equal(t, "claimed", places(got), []int64{4})
		equal(t, "address", got[0].Address, contact.Address)
	})

	t.Run("recent ones", func(t *testing.T) {
		s := s.on(t)
		c, d, e := s.campaign(), s.campaign(), s.campaign()
		claim := func(c engine.Campaign) (got []engine.Delivery, recent [2]int) {
			s.queue(c, a, 2)
			got = s.claimed(c, a, 9, -1, 9)
			return got, [2]int{got[0].Recent, got[1].Recent}
		}
		got, before := claim(c)
		s.settled(outcome(got[0], engine.OutboundSent, ""), outcome(got[1], engine.OutboundFailed, "blocked"))
		_, recent := claim(d)
		equal(t, "what was sent counts", recent, [2]int{before[0] + 1, before[1]})
		_, recent = claim(e)
		equal(t, "what is under way counts", recent, [2]int{before[0] + 2, before[1] + 1})
	})

	t.Run("presses", func(t *testing.T) {
		s := s.on(t)
		c := s.campaign()
		all := s.queue(c, a, 2)
		s.tx(func(tx engine.Tx) error {
			return errors.Join(tx.NotePress(s.ctx, all[0], 0, false, epoch), tx.NotePress(s.ctx, all[0], 0, false, epoch.Add(time.Hour)),
				tx.NotePress(s.ctx, all[1], 0, false, epoch), tx.NotePress(s.ctx, all[1], 2, true, epoch))
		})
		equal(t, "presses", must(s.PressCounts(s.ctx, s.program.ID, c.ID))(t), []engine.PressCount{{Button: 0, People: 2, Presses: 3}, {Button: 2, People: 1, Presses: 1}})
		clicked, stopped := 0, 0
		for _, n := range must(s.DeliveryCounts(s.ctx, s.program.ID, c.ID))(t) {
			clicked, stopped = clicked+n.Clicked, stopped+n.Stopped
		}
		equal(t, "clicked and stopped", [2]int{clicked, stopped}, [2]int{2, 1})
	})

	t.Run("variants", func(t *testing.T) {
		s := s.on(t)
		c := s.campaign()
		row := func(no int64, period string, variant int, state engine.OutboundState, reason string) engine.Delivery {
			d := engine.Delivery{ProgramID: s.program.ID, CampaignID: c.ID, No: no, Period: period, MemberID: fmt.Sprint("m", no), Variant: variant, State: state, Reason: reason, Until: epoch}
			if state == engine.OutboundSent {
				d.SentAt = epoch
			}
			return d
		}
		unsent := row(3, "", 1, engine.OutboundFailed, "blocked")
		unsent.Until = time.Time{}
		all := []engine.Delivery{row(1, "1", 0, engine.OutboundSent, ""), row(1, "2", 0, engine.OutboundSent, ""), row(2, "", 1, engine.OutboundSent, ""), unsent,
			row(4, "1", 1, engine.OutboundSent, ""), row(4, "2", 0, engine.OutboundSent, ""), row(5, "", 1, engine.OutboundDropped, engine.ReasonHeld),
			row(6, "", 1, engine.OutboundDropped, engine.ReasonSilent), row(7, "", 1, engine.OutboundUnknown, "answer lost")}
		s.tx(func(tx engine.Tx) error {
			return errors.Join(tx.InsertDeliveries(s.ctx, all), tx.NotePress(s.ctx, all[0], 0, false, epoch), tx.NotePress(s.ctx, all[1], 0, false, epoch),
				tx.NotePress(s.ctx, all[2], 1, true, epoch), tx.NotePress(s.ctx, all[8], 1, false, epoch))
		})
		equal(t, "variants", must(s.VariantCounts(s.ctx, s.program.ID, c.ID))(t),
			[]engine.VariantCount{{Variant: 0, Members: 2, Reached: 2, Pressed: 1}, {Variant: 1, Members: 3, Reached: 1}})
	})

	t.Run("two become one", func(t *testing.T) {
		s := s.on(t)
		kept, contact := s.reader()
		gone, other := s.reader()
		row := func(c engine.Campaign, no int64, m engine.Member, to engine.Contact, state engine.OutboundState) engine.Delivery {
			return engine.Delivery{ProgramID: s.program.ID, CampaignID: c.ID, No: no, MemberID: m.ID, ContactID: to.ID, Address: to.Address, State: state}
		}
		both, told, only := s.campaign(), s.campaign(), s.campaign()
		s.tx(func(tx engine.Tx) error {
			return tx.InsertDeliveries(s.ctx, []engine.Delivery{
				row(both, 1, kept, contact, engine.OutboundQueued), row(both, 2, gone, other, engine.OutboundQueued),
				row(told, 1, kept, contact, engine.OutboundQueued), row(told, 2, gone, other, engine.OutboundUnknown),
				row(only, 2, gone, other, engine.OutboundQueued),
			})
		})
		s.tx(func(tx engine.Tx) error { return tx.SetMergedInto(s.ctx, s.program.ID, gone.ID, kept.ID) })
		for what, want := range map[string]struct {
			c     engine.Campaign
			m     engine.Member
			state engine.OutboundState
		}{
			"both wait: the kept":    {both, kept, engine.OutboundQueued},
			"both wait: the gone":    {both, gone, engine.OutboundDropped},
			"one was told":           {told, gone, engine.OutboundUnknown},
			"the kept was told then": {told, kept, engine.OutboundDropped},
			"only the gone waits":    {only, gone, engine.OutboundQueued},
		} {
			equal(t, what, must(s.DeliveryOf(s.ctx, s.program.ID, want.c.ID, want.m.ID))(t).State, want.state)
		}
	})

	t.Run("who leaves", func(t *testing.T) {
		s := s.on(t)
		c := s.campaign()
		m, contact := s.reader()
		d := engine.Delivery{ProgramID: s.program.ID, CampaignID: c.ID, No: 1, MemberID: m.ID, ContactID: contact.ID, Address: contact.Address, State: engine.OutboundQueued}
		s.tx(func(tx engine.Tx) error { return tx.InsertDeliveries(s.ctx, []engine.Delivery{d}) })
		s.tx(func(tx engine.Tx) error { return tx.EraseMember(s.ctx, s.program.ID, m.ID, epoch) })
		is := must(s.DeliveryOf(s.ctx, s.program.ID, c.ID, m.ID))(t)
		equal(t, "dropped", [3]string{string(is.State), is.Reason, is.Address.UserID}, [3]string{"dropped", "erased", ""})
	})

	t.Run("two senders", func(t *testing.T) {
		s := s.on(t)
		c := s.campaign()
		s.queue(c, a, 120)
		var mu sync.Mutex
		seen := map[int64]int{}
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				random := rand.New(rand.NewPCG(3, 4))
				for {
					got, err := s.ClaimDeliveries(s.ctx, engine.DeliveryClaim{ProgramID: s.program.ID, CampaignID: c.ID, Channel: a.Channel, Sender: a.Sender,
						Now: epoch.Add(time.Hour), Fence: 9, After: -1, Limit: 1 + random.IntN(9)})
					if err != nil {
						t.Error(err)
						return
					}
					if len(got) == 0 {
						return
					}
					mu.Lock()
					for _, d := range got {
						seen[d.No]++
					}
					mu.Unlock()
				}
			})
		}
		all.Wait()
		_, open, err := s.PendingDeliveries(s.ctx, s.program.ID, c.ID, epoch)
		equal(t, "claimed", [3]any{len(seen), open, err}, [3]any{120, 120, nil})
		for no, n := range seen {
			if n != 1 {
				t.Errorf("place %d is claimed %d times", no, n)
			}
		}
	})
}

// testBoughtSince proves that purchases are put down to who made them, and when.
func testBoughtSince(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	got, _ := s.reader()
	not, _ := s.reader()
	s.refresh()
	place := func(m engine.Member) (no int64) {
		for _, row := range s.rows(`SELECT CAST(no AS text) FROM trait WHERE member_id = '` + m.ID + `'`) {
			no, _ = strconv.ParseInt(row, 10, 64)
		}
		return no
	}
	buy := func(m engine.Member, receipt string, at time.Time, total, returned money.Amount) {
		sale := s.sale(m, receipt, at)
		sale.Total, sale.Discount = total, 0
		s.tx(func(tx engine.Tx) error {
			if err := tx.InsertSale(s.ctx, sale, soldBy(sale), ledger.Plan{}); err != nil {
				return err
			}
			if returned == 0 {
				return nil
			}
			back, err := tx.Sale(s.ctx, s.program.ID, sale.ID)
			back.ReturnedTotal = returned
			return errors.Join(err, tx.UpdateSaleReturned(s.ctx, back))
		})
	}
	c, at := s.campaign(), place(got)
	a, sent := s.bot(), epoch.Add(10*time.Hour)
	s.tx(func(tx engine.Tx) error {
		return tx.InsertDeliveries(s.ctx, []engine.Delivery{{ProgramID: s.program.ID, CampaignID: c.ID, No: at, MemberID: got.ID, State: engine.OutboundSent, SentAt: sent,
			Until: sent.AddDate(0, 0, 7), Address: a, Variant: 1}})
	})
	buy(got, "1", epoch, 10_000, 0)                    // before the message, on the first instant
	buy(got, "2", sent.Add(time.Hour), 20_000, 5_000)  // after it
	buy(got, "3", sent.AddDate(0, 0, 7), 30_000, 0)    // on the last instant
	buy(got, "4", sent.AddDate(0, 0, 8), 40_000, 0)    // too late
	buy(got, "5", sent.Add(2*time.Hour), 9_000, 9_000) // all came back
	buy(not, "6", sent.Add(time.Hour), 50_000, 0)      // somebody else
	buy(not, "7", epoch.Add(-time.Second), 60_000, 0)  // before
	sort := func(all []engine.Bought) []engine.Bought {
		slices.SortFunc(all, func(a, b engine.Bought) int { return int(a.No - b.No) })
		return all
	}
	equal(t, "between", sort(must(s.BoughtBetween(s.ctx, s.program.ID, epoch, sent.AddDate(0, 0, 1)))(t)), sort([]engine.Bought{
		{No: place(got), Visits: 2, Revenue: 25_000}, {No: place(not), Visits: 1, Revenue: 50_000}}))
	equal(t, "after", must(s.BoughtAfter(s.ctx, s.program.ID, c.ID, epoch, sent.AddDate(0, 1, 0)))(t), []engine.Bought{{No: place(got), Variant: 1, Visits: 2, Revenue: 45_000}})
}
