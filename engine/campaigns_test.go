package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/rules"
	"kartka/engine/segment"
	"kartka/storage/storagetest"
)

// A broadcast goes from a draft to its end: everybody who agreed is told once, and it is counted.
func TestBroadcast(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		x := newPress(t, open(t), 4, nil)
		ctx := t.Context()
		x.join(t, x.p, engine.JoinInput{ContactID: x.meet(t, x.p, "silent").ID})
		c := x.draft(plan())
		stale := c
		c, err := x.engine.SaveBroadcast(ctx, engine.SaveBroadcastInput{ProgramID: x.p.ID, ID: c.ID, Version: c.Version, Name: "  Ранкова   кава ", Plan: plan(), StaffID: x.author.ID})
		if err != nil || c.Name != "Ранкова кава" {
			t.Fatalf("%+v, %v", c, err)
		}
		_, err = x.engine.SaveBroadcast(ctx, engine.SaveBroadcastInput{ProgramID: x.p.ID, ID: stale.ID, Version: stale.Version, Plan: plan(), StaffID: x.author.ID})
		x.refused("an older one is changed", err, engine.KindConflict, "changed_meanwhile")
		_, err = x.engine.SendBroadcast(ctx, engine.SendBroadcastInput{ProgramID: x.p.ID, ID: stale.ID, Version: stale.Version, StaffID: x.author.ID})
		x.refused("an older one is sent", err, engine.KindConflict, "changed_meanwhile")

		c = x.send(c, time.Time{})
		x.is(c, "scheduled")
		if run := x.run(); run != (engine.CampaignRun{Started: 1, Fed: 4, Running: 1}) {
			t.Errorf("%+v", run)
		}
		c = x.is(c, "running")
		if want := (engine.AudienceSizes{Matched: 5, NoConsent: 1, To: 4}); c.Sizes != want {
			t.Errorf("sizes %+v, want %+v", c.Sizes, want)
		}
		_, err = x.engine.SaveBroadcast(ctx, engine.SaveBroadcastInput{ProgramID: x.p.ID, ID: c.ID, Version: c.Version, Plan: plan(), StaffID: x.author.ID})
		x.refused("a running one is changed", err, engine.KindConflict, "campaign_begun")
		_, err = x.engine.SendBroadcast(ctx, engine.SendBroadcastInput{ProgramID: x.p.ID, ID: c.ID, Version: c.Version, StaffID: x.author.ID})
		x.refused("a running one is sent", err, engine.KindConflict, "campaign_begun")
		x.refused("a running one is deleted", x.engine.DeleteBroadcast(ctx, x.p.ID, c.ID, x.author.ID), engine.KindConflict, "campaign_begun")

		// Whoever takes the agreement back, and whoever blocks the bot, is not told any more.
		if err := x.engine.SetConsent(ctx, engine.Consent{ProgramID: x.p.ID, MemberID: x.guests[0].ID, Channel: "telegram", Purpose: engine.PurposeMarketing, Source: "settings"}); err != nil {
			t.Fatal(err)
		}
		if x.told(engine.NoticeCampaignProgress) == 0 {
			t.Error("the author sees no progress")
		}
		// What was claimed is lost with its sender: nobody knows whether it arrived.
		x.claim(c)
		x.fence++
		if n, err := x.engine.RecoverDeliveries(ctx, x.store, engine.Bot{ProgramID: x.p.ID, Channel: "telegram", Sender: x.p.Slug}, x.fence); err != nil || n != 4 {
			t.Fatalf("%d, %v", n, err)
		}
		x.run()
		x.is(c, "done")
		n, err := x.engine.ResendUnknown(ctx, x.p.ID, c.ID, x.author.ID)
		if err != nil || n != 4 {
			t.Fatalf("%d are told again, %v", n, err)
		}
		if got := x.carry(c); !slices.Equal(got, []string{"guest1", "guest2", "guest3"}) {
			t.Errorf("told %v", got)
		}
		c = x.is(c, "done")
		p := x.progress(c)
		if p.Sent != 3 || p.Failed != 1 || p.Unknown != 0 || p.Waiting != 0 || len(p.Reasons) != 1 || p.Reasons[0] != (engine.ReasonCount{Reason: engine.ReasonNoConsent, N: 1}) {
			t.Errorf("%+v", p)
		}
		if x.told(engine.NoticeCampaignDone) == 0 {
			t.Error("the author is not told that it is done")
		}
		_, err = x.engine.ResendUnknown(ctx, x.p.ID, c.ID, x.author.ID)
		x.refused("nothing is unknown", err, engine.KindConflict, "campaign_nothing_unknown")
		_, err = x.engine.CancelCampaign(ctx, x.p.ID, c.ID, x.author.ID)
		x.refused("it is over", err, engine.KindConflict, "campaign_over")
		if got := x.carry(c); got != nil {
			t.Errorf("told again: %v", got)
		}
	})
}

// What cannot be sent is refused with what is wrong, and nothing of the draft is lost.
func TestBroadcastRefused(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		x := newPress(t, open(t), 2, nil)
		now := x.engine.Now()
		cashier, _ := x.hire(t, x.p, "till", engine.RoleCashier)
		try := func(p campaign.Plan, start time.Time, by string) error {
			c := x.draft(p)
			defer func() {
				if is, err := x.engine.Campaign(t.Context(), x.p.ID, c.ID); err != nil || is.State != engine.CampaignDraft || is.Version != c.Version {
					t.Errorf("the draft became %+v, %v", is, err)
				}
				if err := x.engine.DeleteBroadcast(t.Context(), x.p.ID, c.ID, x.author.ID); err != nil {
					t.Error(err)
				}
			}()
			_, err := x.engine.SendBroadcast(t.Context(), engine.SendBroadcastInput{ProgramID: x.p.ID, ID: c.ID, Version: c.Version, Start: start, StaffID: by})
			return err
		}
		nobody := plan(func(p *campaign.Plan) { p.Audience = x.reads("tag = nobody") })
		x.refused("nobody", try(nobody, time.Time{}, x.author.ID), engine.KindInvalid, "audience_empty")
		x.refused("past", try(plan(), now.Add(-time.Hour), x.author.ID), engine.KindInvalid, "campaign_start_past")
		x.refused("far", try(plan(), now.Add(400*24*time.Hour), x.author.ID), engine.KindInvalid, "campaign_start_far")
		x.refused("too late before it begins", try(plan(func(p *campaign.Plan) { p.Until = now.Add(time.Hour) }), now.Add(2*time.Hour), x.author.ID), engine.KindInvalid, "campaign_until_past")
		x.refused("by a cashier", try(plan(), time.Time{}, cashier.ID), engine.KindForbidden, "not_allowed")
		for what, change := range map[string]func(*campaign.Plan){
			"no audience":       func(p *campaign.Plan) { p.Audience = nil },
			"no text":           func(p *campaign.Plan) { p.Variants[0].Texts = nil },
			"a placeholder":     func(p *campaign.Plan) { p.Variants[0].Texts["uk"] = "{nmae}" },
			"a coupon not had":  func(p *campaign.Plan) { p.Gift = &campaign.Gift{Kind: campaign.GiftCoupon, Coupon: "pie"} },
			"a segment not had": func(p *campaign.Plan) { p.Audience = segment.Cond{Fact: "in", Of: "nothing"} },
		} {
			err := try(plan(change), time.Time{}, x.author.ID)
			var a *campaign.Problem
			var b *segment.Problem
			if !errors.As(err, &a) && !errors.As(err, &b) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if x.told(engine.NoticeCampaignProgress)+x.told(engine.NoticeCampaignApprove) != 0 {
			t.Error("somebody was told of what was refused")
		}
	})
}

// What a broadcast speaks of may be gone when its time comes: it rests, and its author is told.
func TestBroadcastBroken(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		x := newPress(t, open(t), 2, nil)
		start := x.engine.Now().Add(2 * time.Hour)
		s, err := x.engine.SaveSegment(t.Context(), engine.SaveSegmentInput{ProgramID: x.p.ID, Name: "Усі", Expr: segment.All{}})
		if err != nil {
			t.Fatal(err)
		}
		of := x.send(x.draft(plan(func(p *campaign.Plan) { p.Audience = segment.Cond{Fact: "in", Of: s.ID} })), start)
		gives := x.send(x.draft(plan(func(p *campaign.Plan) { p.Gift = &campaign.Gift{Kind: campaign.GiftCoupon, Coupon: "cake"} })), start)
		whole := x.send(x.draft(plan()), start)
		if err := x.engine.DeleteSegment(t.Context(), x.p.ID, x.author.ID, s.ID); err != nil {
			t.Fatal(err)
		}
		settings := *x.p.Settings
		settings.Coupons, settings.Codes, settings.Rewards = nil, nil, nil
		if x.p, err = x.engine.ChangeSettings(t.Context(), x.p.ID, "", x.p.Version, &settings); err != nil {
			t.Fatal(err)
		}
		x.pass(2 * time.Hour)
		if run := x.run(); run.Started != 1 || run.Fed != 2 {
			t.Errorf("%+v", run)
		}
		x.is(of, "paused broken")
		x.is(gives, "paused broken")
		x.is(whole, "running")
		if n := x.told(engine.NoticeCampaignRests); n != 2 {
			t.Errorf("told %d times that they rest", n)
		}
		x.run()
		if n := x.told(engine.NoticeCampaignRests); n != 2 {
			t.Errorf("told %d times that they rest", n)
		}
	})
}

// One that should have begun more than an hour ago asks again, and goes out when it is sent once more.
func TestBroadcastOverdue(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		x := newPress(t, open(t), 2, nil)
		c := x.send(x.draft(plan()), x.engine.Now().Add(time.Hour))
		almost := x.send(x.draft(plan()), x.engine.Now().Add(61*time.Minute))
		x.run()
		x.is(c, "scheduled")
		x.pass(2*time.Hour + time.Minute)
		if run := x.run(); run.Asked != 1 || run.Started != 1 {
			t.Errorf("%+v", run)
		}
		x.is(almost, "running")
		c = x.is(c, "overdue")
		x.run()
		if n := x.told(engine.NoticeCampaignOverdue); n != 1 {
			t.Errorf("asked %d times", n)
		}
		if got := x.deliver(c); got != nil {
			t.Errorf("told %v without an answer", got)
		}
		x.send(c, time.Time{})
		if got := x.carry(c); len(got) != 2 {
			t.Errorf("told %v", got)
		}
		x.is(c, "done")
	})
}

// A large one waits for a second person. Neither its author nor whoever sends it is that.
func TestBroadcastApproved(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		x := newPress(t, open(t), 3, func(s *rules.Settings) { s.Campaigns.ApproveAbove = 2 })
		ctx := t.Context()
		alone := x.send(x.draft(plan()), time.Time{})
		x.is(alone, "scheduled") // nobody else manages
		owner, _ := x.hire(t, x.p, "owner", engine.RoleOwner)
		manager, _ := x.hire(t, x.p, "manager", engine.RoleManager)
		other, _ := x.hire(t, x.p, "other", engine.RoleMarketer)
		c := x.send(x.draft(plan()), time.Time{})
		x.is(c, "waiting")
		if n := x.told(engine.NoticeCampaignApprove); n != 2 {
			t.Errorf("%d are asked", n)
		}
		if run := x.run(); run.Started != 1 {
			t.Errorf("it begins before it is approved: %+v", run)
		}
		answer := func(c engine.Campaign, by string, yes bool) error {
			_, err := x.engine.ApproveBroadcast(ctx, x.p.ID, c.ID, c.Version, by, yes)
			return err
		}
		x.refused("by its author", answer(c, x.author.ID, true), engine.KindForbidden, "not_allowed")
		x.refused("by one who does not manage", answer(c, other.ID, true), engine.KindForbidden, "not_allowed")
		if err := answer(c, owner.ID, false); err != nil {
			t.Fatal(err)
		}
		c = x.is(c, "draft refused")
		if n := x.told(engine.NoticeCampaignAnswer); n != 1 {
			t.Errorf("the author hears %d answers", n)
		}
		c = x.send(c, time.Time{})
		stale := c
		// Whoever changes it while it waits takes it back.
		c, err := x.engine.SaveBroadcast(ctx, engine.SaveBroadcastInput{ProgramID: x.p.ID, ID: c.ID, Version: c.Version, Plan: plan(), StaffID: manager.ID})
		if err != nil {
			t.Fatal(err)
		}
		x.refused("of an older one", answer(stale, owner.ID, true), engine.KindConflict, "changed_meanwhile")
		// The manager sends what the manager has changed: the manager is no second person then, whoever made the draft.
		c, err = x.engine.SendBroadcast(ctx, engine.SendBroadcastInput{ProgramID: x.p.ID, ID: c.ID, Version: c.Version, StaffID: manager.ID})
		if err != nil || c.State != engine.CampaignWaiting || c.By != manager.ID {
			t.Fatalf("%+v, %v", c, err)
		}
		x.refused("by who has sent it", answer(c, manager.ID, true), engine.KindForbidden, "not_allowed")
		if err := answer(c, owner.ID, true); err != nil {
			t.Fatal(err)
		}
		x.refused("twice", answer(x.is(c, "scheduled"), owner.ID, true), engine.KindConflict, "changed_meanwhile")
		if got := x.carry(c); len(got) != 3 {
			t.Errorf("told %v", got)
		}
	})
}

// Paused, nothing is taken any more, and it goes on where it was. Cancelled, the rest is given up.
func TestBroadcastPausedAndCancelled(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		x := newPress(t, open(t), 3, nil)
		ctx := t.Context()
		c := x.send(x.draft(plan()), time.Time{})
		x.run()
		c = x.is(c, "running")
		under := x.claim(c)[:1] // and the others go back
		if _, err := x.engine.PauseCampaign(ctx, x.p.ID, c.ID, x.author.ID); err != nil {
			t.Fatal(err)
		}
		rest, err := x.store.DeliveryAt(ctx, x.p.ID, c.ID, under[0].No+1)
		if err != nil {
			t.Fatal(err)
		}
		rest.State = engine.OutboundQueued
		x.settle(rest)
		if got := x.claim(c); len(got) != 0 {
			t.Errorf("%d are taken from what is paused", len(got))
		}
		_, err = x.engine.PauseCampaign(ctx, x.p.ID, c.ID, x.author.ID)
		x.refused("paused twice", err, engine.KindConflict, "campaign_not_running")
		if _, err := x.engine.ResumeCampaign(ctx, x.p.ID, c.ID, x.author.ID); err != nil {
			t.Fatal(err)
		}
		if got := x.claim(c); len(got) != 1 {
			t.Errorf("%d are taken when it goes on", len(got))
		}
		_, err = x.engine.ResumeCampaign(ctx, x.p.ID, c.ID, x.author.ID)
		x.refused("resumed twice", err, engine.KindConflict, "campaign_not_paused")
		c = x.is(c, "running")
		if c, err = x.engine.CancelCampaign(ctx, x.p.ID, c.ID, x.author.ID); err != nil {
			t.Fatal(err)
		}
		// What was under way arrives, or comes back and is given up.
		under[0].State, under[0].SentAt = engine.OutboundSent, x.engine.Now()
		rest, err = x.store.DeliveryAt(ctx, x.p.ID, c.ID, under[0].No+1)
		if err != nil {
			t.Fatal(err)
		}
		rest.State = engine.OutboundQueued
		last, err := x.store.DeliveryAt(ctx, x.p.ID, c.ID, under[0].No+2)
		if err != nil {
			t.Fatal(err)
		}
		last.State = engine.OutboundQueued
		x.settle(under[0], rest, last)
		p := x.progress(c)
		if p.Sent != 1 || p.Failed != 2 || p.Reasons[0].Reason != engine.ReasonCancelled || p.Waiting != 0 {
			t.Errorf("%+v", p)
		}
		x.refused("cancelled ones that told somebody stay", x.engine.DeleteBroadcast(ctx, x.p.ID, c.ID, x.author.ID), engine.KindConflict, "changed_meanwhile")
	})
}

// crowd has so many members whom everything may be sent to, without what joining costs.
func (x *press) crowd(members int) {
	x.t.Helper()
	err := x.store.InTx(x.t.Context(), func(tx engine.Tx) error {
		for i := range members {
			id := fmt.Sprintf("m%06d", i)
			c, err := tx.TouchContact(x.t.Context(), engine.Contact{ID: "c" + id, ProgramID: x.p.ID, CreatedAt: x.now, Locale: "uk",
				Address: engine.Address{Channel: "telegram", Sender: x.p.Slug, UserID: id}})
			if err != nil {
				return err
			}
			err = errors.Join(
				tx.InsertMember(x.t.Context(), engine.Member{ID: id, ProgramID: x.p.ID, AccountID: "a" + id, Card: id, Token: id, InviteTag: id, State: engine.MemberActive, JoinedAt: x.now}),
				tx.LinkContact(x.t.Context(), x.p.ID, c.ID, id, ""),
				tx.InsertConsent(x.t.Context(), engine.Consent{ID: "k" + id, ProgramID: x.p.ID, MemberID: id, Channel: "telegram", Purpose: engine.PurposeMarketing, Given: true, At: x.now}))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		x.t.Fatal(err)
	}
}

// What was not even written down when it became too late is told with what was, and so is what a cancelled one had not come to.
func TestBroadcastEndsEarly(t *testing.T) {
	for _, tt := range []struct {
		reason string
		end    func(x *press, c engine.Campaign)
	}{
		{engine.ReasonLate, func(x *press, _ engine.Campaign) { x.pass(2 * time.Hour) }},
		{engine.ReasonCancelled, func(x *press, c engine.Campaign) {
			if _, err := x.engine.CancelCampaign(x.t.Context(), x.p.ID, c.ID, x.author.ID); err != nil {
				x.t.Fatal(err)
			}
		}},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			t.Parallel()
			x := newPress(t, newWorld(t, storagetest.SQLite(t)), 0, nil)
			const members = 4100
			x.crowd(members)
			c := x.send(x.draft(plan(func(p *campaign.Plan) { p.Until = x.engine.Now().Add(time.Hour) })), time.Time{})
			if run := x.run(); run.Fed != 4000 {
				t.Errorf("%d are written ahead", run.Fed)
			}
			tt.end(x, c)
			x.run()
			if p := x.progress(c); p.Failed != members || p.Done() != p.To || len(p.Reasons) != 1 || p.Reasons[0] != (engine.ReasonCount{Reason: tt.reason, N: members}) {
				t.Errorf("%+v", p)
			}
		})
	}
}

// More members than are written at a time are all told once.
func TestBroadcastIsFedAsItGoes(t *testing.T) {
	x := newPress(t, newWorld(t, storagetest.SQLite(t)), 0, nil)
	const members = 5300
	x.crowd(members)
	c := x.send(x.draft(plan()), time.Time{})
	if run := x.run(); run.Fed != 4000 {
		t.Errorf("%d are written ahead", run.Fed)
	}
	if run := x.run(); run.Fed != 0 {
		t.Errorf("%d more are written while enough wait", run.Fed)
	}
	seen := map[int64]bool{}
	for x.is(c, "running"); ; x.run() {
		all := x.claim(c)
		if len(all) == 0 {
			break
		}
		for i := range all {
			if seen[all[i].No] {
				t.Fatalf("place %d is claimed twice", all[i].No)
			}
			seen[all[i].No] = true
			all[i].State, all[i].SentAt = engine.OutboundSent, x.engine.Now()
		}
		x.settle(all...)
	}
	x.run()
	if x.is(c, "done"); len(seen) != members {
		t.Errorf("%d were told", len(seen))
	}
}
