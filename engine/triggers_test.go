package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/engine/segment"
	"kartka/storage/kv"
	"kartka/storage/kv/kvtest"
)

// bell is a shop with triggers.
type bell struct {
	*world
	*testing.T
	p    engine.Program
	keys int
}

func newBell(t *testing.T, w *world, change func(*rules.Settings)) *bell {
	t.Helper()
	s := w.draft(t)
	s.Welcome.Points = 0
	if change != nil {
		change(s)
	}
	b := &bell{world: w, T: t, p: w.newProgram(t, s)}
	w.attach(t, b.p)
	return b
}

// guest joins and agrees to news.
func (b *bell) guest(name string) engine.Member {
	b.Helper()
	return b.join(b.T, b.p, engine.JoinInput{ContactID: b.meet(b.T, b.p, name).ID, Marketing: true, Name: name})
}

func (b *bell) buys(m engine.Member, total money.Amount) engine.Posted {
	b.Helper()
	b.keys++
	p, err := b.engine.Post(b.Context(), engine.PostInput{Key: fmt.Sprint("sale", b.keys), Sale: engine.SaleInput{ProgramID: b.p.ID, MemberID: m.ID, Sum: total}})
	if err != nil {
		b.Fatal(err)
	}
	return p
}

var hello = []campaign.Variant{{Weight: 1, Content: campaign.Content{Texts: map[string]string{"uk": "Вітаємо!", "en": "Hello!"}}}}

// on starts a trigger that says hello, unless it does something else.
func (b *bell) on(trigger campaign.Trigger, change func(*campaign.Plan)) engine.Campaign {
	b.Helper()
	plan := campaign.Plan{Trigger: &trigger, Variants: hello, Window: 7}
	if change != nil {
		change(&plan)
	}
	c, err := b.engine.SaveTrigger(b.Context(), engine.SaveTriggerInput{ProgramID: b.p.ID, Name: "Тригер", Plan: plan})
	if err == nil {
		c, err = b.engine.StartTrigger(b.Context(), b.p.ID, c.ID, "")
	}
	if err != nil {
		b.Fatal(err)
	}
	return c
}

func (b *bell) run() engine.TriggerRun {
	b.Helper()
	run, err := b.engine.RunTriggers(b.Context(), b.p.ID)
	if err != nil {
		b.Fatal(err)
	}
	return run
}

// became are the states, or reasons, of what came to a member from a trigger, and when it is due.
func (b *bell) became(c engine.Campaign) map[string]int {
	b.Helper()
	counts, err := b.store.DeliveryCounts(b.Context(), b.p.ID, c.ID)
	if err != nil {
		b.Fatal(err)
	}
	found := map[string]int{}
	for _, n := range counts {
		found[strings.TrimSpace(string(n.State)+" "+n.Reason)] += n.N
	}
	return found
}

func (b *bell) wants(c engine.Campaign, what string, want map[string]int) {
	b.Helper()
	if got := b.became(c); fmt.Sprint(got) != fmt.Sprint(want) {
		b.Errorf("%s: %v, want %v", what, got, want)
	}
}

// restart is the same shop in a process that remembers nothing.
func (b *bell) restart() {
	b.engine = engine.New(engine.Config{Store: b.store, Codes: kvtest.Codes{Store: kv.NewMemory(time.Now, 10000)}, Now: func() time.Time {
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.now
	}})
}

func TestTriggerPurchases(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		b := newBell(t, open(t), nil)
		before, olena, petro := b.guest("Before"), b.guest("Olena"), b.guest("Petro")
		b.buys(before, 10000)
		b.pass(time.Second)
		first := b.on(campaign.Trigger{On: campaign.EventPurchase, Number: 1}, nil)
		any := b.on(campaign.Trigger{On: campaign.EventPurchase, Delay: 2 * time.Hour}, nil)
		big := b.on(campaign.Trigger{On: campaign.EventPurchase, Amount: 50000, Tag: "big"}, func(p *campaign.Plan) { p.Variants = nil })
		b.run()
		b.wants(first, "nothing has happened since", map[string]int{})

		b.buys(olena, 10000)
		b.run()
		b.wants(first, "the first purchase", map[string]int{"queued": 1})
		b.buys(olena, 60000)
		b.buys(before, 10000)
		b.buys(petro, 10000)
		b.buys(petro, 10000) // both before anybody looks
		b.run()
		b.run()
		b.restart()
		b.run()
		b.wants(first, "first purchases", map[string]int{"queued": 2})
		b.wants(any, "all purchases", map[string]int{"queued": 5})
		b.wants(big, "big checks", map[string]int{"dropped silent": 1})
		d, err := b.store.DeliveryOf(t.Context(), b.p.ID, any.ID, olena.ID)
		if err != nil || d.Wait.Sub(b.now) != 2*time.Hour || d.Due != d.Wait || d.Until.Sub(d.Due) != 7*24*time.Hour {
			t.Errorf("after two hours: %+v, %v", d, err)
		}
		if n, err := b.engine.CountSegment(t.Context(), b.p.ID, segment.Cond{Fact: "tag", Op: segment.OpIs, Values: []segment.Value{{Text: "big"}}}); err != nil || n != 1 {
			t.Errorf("%d have the tag, %v", n, err)
		}

		// A minute later what was looked at lies behind, and is not looked at again.
		b.pass(2 * time.Minute)
		b.run()
		if tail, err := b.store.Bookmark(t.Context(), b.p.ID, "trigger:tail"); err != nil || tail == "" {
			t.Errorf("the bookmark is %q, %v", tail, err)
		}
		b.restart()
		if run := b.run(); run.Written != 0 {
			t.Errorf("after a restart %+v", run)
		}

		if _, err := b.engine.PauseCampaign(t.Context(), b.p.ID, any.ID, ""); err != nil {
			t.Fatal(err)
		}
		b.pass(time.Second)
		b.buys(petro, 10000)
		b.run()
		b.pass(time.Second)
		if _, err := b.engine.ResumeCampaign(t.Context(), b.p.ID, any.ID, ""); err != nil {
			t.Fatal(err)
		}
		b.run()
		b.wants(any, "made up for a pause", map[string]int{"queued": 5})
		b.pass(time.Second)
		b.buys(petro, 10000)
		b.run()
		b.wants(any, "after the pause", map[string]int{"queued": 6})
	})
}

func TestTriggerHappenings(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		b := newBell(t, open(t), func(s *rules.Settings) {
			s.Feedback.On = true
			s.Stamps = []rules.StampCard{{ID: "latte", Name: rules.Name{"uk": "Лате"}, Every: 4, PerCheck: true, Points: 100}}
		})
		manager, _ := b.hire(t, b.p, "boss", engine.RoleManager)
		joined := b.on(campaign.Trigger{On: campaign.EventJoined}, nil)
		friend := b.on(campaign.Trigger{On: campaign.EventFriendJoined}, nil)
		low := b.on(campaign.Trigger{On: campaign.EventRating, Number: 2, Notify: campaign.NotifyManagers}, nil)
		left := b.on(campaign.Trigger{On: campaign.EventStamps}, nil)
		survey := b.on(campaign.Trigger{On: campaign.EventCustom, Name: "survey"}, nil)
		tier := b.on(campaign.Trigger{On: campaign.EventTierUp}, nil)
		olena := b.guest("Olena")
		petro := b.join(t, b.p, engine.JoinInput{ContactID: b.meet(t, b.p, "petro").ID, Marketing: true, InviteTag: olena.InviteTag})
		silent := b.join(t, b.p, engine.JoinInput{ContactID: b.meet(t, b.p, "silent").ID})
		b.run()
		b.wants(joined, "who joined and wants news", map[string]int{"queued": 2})
		b.wants(friend, "friends", map[string]int{"queued": 1})
		if d, err := b.store.DeliveryOf(t.Context(), b.p.ID, friend.ID, olena.ID); err != nil || d.Period != petro.ID {
			t.Errorf("%+v, %v", d, err)
		}

		for range 2 {
			sale := b.buys(olena, 10000)
			for _, stars := range []int{4, 1, 2} { // the guest changes the mind
				if _, err := b.engine.Rate(t.Context(), engine.RateInput{ProgramID: b.p.ID, SaleID: sale.SaleID, MemberID: olena.ID, Stars: stars, Via: engine.RatedInChat}); err != nil {
					t.Fatal(err)
				}
				b.run()
			}
		}
		b.wants(low, "low marks", map[string]int{"queued": 2})
		b.wants(left, "two stamps of four", map[string]int{})
		b.buys(olena, 10000)
		b.buys(olena, 10000) // and the card is full before anybody looks
		b.run()
		b.wants(left, "one stamp left", map[string]int{"queued": 1})
		told := 0
		for _, o := range b.outbox(t) {
			if strings.HasPrefix(o, "notice:trigger:"+low.ID) && strings.HasSuffix(o, manager.ID) {
				told++
			}
		}
		if told != 2 {
			t.Errorf("the manager is told %d times: %q", told, b.outbox(t))
		}

		event := engine.EventInput{Key: "k1", ProgramID: b.p.ID, MemberID: petro.ID, Event: "survey"}
		for range 2 {
			if _, err := b.engine.Event(t.Context(), event); err != nil {
				t.Fatal(err)
			}
			b.run()
		}
		b.wants(survey, "one event, told twice", map[string]int{"queued": 1})
		event.Event = "dance"
		if _, err := b.engine.Event(t.Context(), event); !engine.IsKind(err, engine.KindNotFound) {
			t.Errorf("an event of nobody: %v", err)
		}
		if list := b.p.Settings.Tiers.List; len(list) > 0 {
			if _, err := b.engine.AssignTier(t.Context(), engine.TierInput{Key: "t", ProgramID: b.p.ID, MemberID: petro.ID, TierID: list[len(list)-1].ID}); err != nil {
				t.Fatal(err)
			}
			b.run()
			if got := b.became(tier)["queued"]; got < 1 {
				t.Errorf("nobody rose to a tier: %v", b.became(tier))
			}
		}
		if left, err := b.store.Happenings(t.Context(), b.p.ID, 10); err != nil || len(left) > 0 {
			t.Errorf("not looked at: %v, %v", left, err)
		}
		_ = silent
	})
}

// Who agrees to news after the card is made has joined all the same, once and for a day.
func TestTriggerJoinedByConsent(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		b := newBell(t, open(t), nil)
		before := b.join(t, b.p, engine.JoinInput{ContactID: b.meet(t, b.p, "before").ID})
		b.pass(time.Minute)
		joined := b.on(campaign.Trigger{On: campaign.EventJoined}, nil)
		later := b.on(campaign.Trigger{On: campaign.EventJoined, Delay: 2 * time.Hour}, nil)
		answers := func(m engine.Member, purpose engine.Purpose, given bool) {
			t.Helper()
			c := engine.Consent{ProgramID: b.p.ID, MemberID: m.ID, Channel: "telegram", Purpose: purpose, Given: given, Source: "settings"}
			if err := b.engine.SetConsent(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			b.run()
		}
		guest := b.join(t, b.p, engine.JoinInput{ContactID: b.meet(t, b.p, "guest").ID})
		slow := b.join(t, b.p, engine.JoinInput{ContactID: b.meet(t, b.p, "slow").ID})
		eager := b.guest("eager")
		b.run()
		b.wants(joined, "who agreed at once", map[string]int{"queued": 1})
		b.pass(time.Minute)
		answers(guest, engine.PurposeService, true)
		answers(guest, engine.PurposeMarketing, false)
		b.wants(joined, "who answered otherwise", map[string]int{"queued": 1})
		for range 2 {
			answers(guest, engine.PurposeMarketing, true)
			answers(eager, engine.PurposeMarketing, true)
		}
		b.wants(joined, "who agreed a minute later", map[string]int{"queued": 2})
		b.wants(later, "the same, two hours after joining", map[string]int{"queued": 2})
		if d, err := b.store.DeliveryOf(t.Context(), b.p.ID, later.ID, guest.ID); err != nil || !d.Due.Equal(guest.JoinedAt.Add(2*time.Hour)) {
			t.Errorf("due %v, joined %v, %v", d.Due, guest.JoinedAt, err)
		}
		answers(before, engine.PurposeMarketing, true)
		b.wants(joined, "who joined before it was on", map[string]int{"queued": 2})
		b.pass(24 * time.Hour)
		answers(slow, engine.PurposeMarketing, true)
		b.wants(joined, "who agreed a day later", map[string]int{"queued": 2})
	})
}

// outbox are the keys of queued notices.
func (b *bell) outbox(t *testing.T) (keys []string) {
	t.Helper()
	_, err := b.store.ClaimOutbound(t.Context(), b.p.ID, "telegram", b.p.Slug, engine.LaneInteractive, b.now, 1, 1) // looks contacts up
	if err != nil {
		t.Fatal(err)
	}
	rows, err := b.store.DB().Query(t.Context(), `SELECT key FROM outbox WHERE program_id = $1`, b.p.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		if err := rows.Scan(&key); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	return keys
}

func TestTriggerCalendar(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		b := newBell(t, open(t), nil)
		kyiv := b.p.Settings.Zone
		b.now = time.Date(2026, 3, 26, 12, 0, 0, 0, kyiv)
		olena, petro := b.guest("Olena"), b.guest("Petro")
		born := func(m engine.Member, month, day int) {
			err := b.store.InTx(t.Context(), func(tx engine.Tx) error {
				return tx.SetBirthday(t.Context(), b.p.ID, m.ID, rules.Birthday{Month: month, Day: day})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		born(olena, 4, 1)
		born(petro, 3, 28)
		// The night to the 29th has no hour from three to four.
		birthday := b.on(campaign.Trigger{On: campaign.EventBirthday, Days: -3, Minute: 3*60 + 30}, func(p *campaign.Plan) { p.Variants = nil; p.Trigger.Tag = "born" })
		reminder := b.on(campaign.Trigger{On: campaign.EventReminder, Days: 2, Number: 1, Minute: 11 * 60}, nil)
		b.buys(olena, 10000)
		b.buys(petro, 10000)
		for b.now.Before(time.Date(2026, 3, 30, 0, 0, 0, 0, kyiv)) {
			b.run()
			b.pass(37 * time.Minute)
		}
		b.wants(birthday, "three days before", map[string]int{"dropped silent": 1})
		d, err := b.store.DeliveryOf(t.Context(), b.p.ID, birthday.ID, olena.ID)
		if err != nil || d.Period != "2026" || d.Due.In(kyiv).Format("2006-01-02 15:04") != "2026-03-29 10:00" { // the skipped time, and then the quiet hours
			t.Errorf("%+v, %v", d, err)
		}
		b.wants(reminder, "two days after the visit", map[string]int{"queued": 2})
		if d, err = b.store.DeliveryOf(t.Context(), b.p.ID, reminder.ID, petro.ID); err != nil || d.Period != "2026-03-26" {
			t.Errorf("%+v, %v", d, err)
		}

		// What was missed for longer than a day is written down as late, and nobody gets it.
		born(petro, 4, 4)
		b.now = time.Date(2026, 4, 6, 12, 0, 0, 0, kyiv)
		b.run()
		b.wants(birthday, "after a week of standing still", map[string]int{"dropped late": 1, "dropped silent": 1})
	})
}

func TestTriggerEndings(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		b := newBell(t, open(t), func(s *rules.Settings) { s.Lots.Days = 30 })
		burning := b.on(campaign.Trigger{On: campaign.EventBurning, Days: 7, Minute: 11 * 60}, nil)
		olena := b.guest("Olena")
		_ = b.guest("Petro") // who has no points
		b.buys(olena, 10000)
		for range 40 * 3 {
			b.run()
			b.pass(8 * time.Hour)
		}
		b.wants(burning, "points that end", map[string]int{"queued": 1})
		d, err := b.store.DeliveryOf(t.Context(), b.p.ID, burning.ID, olena.ID)
		if err != nil {
			t.Fatal(err)
		}
		lots, err := b.store.Account(t.Context(), b.p.ID, olena.AccountID)
		if err != nil || len(lots.Lots) == 0 {
			t.Fatalf("%+v, %v", lots, err)
		}
		end := lots.Lots[0].ExpiresAt
		if want := string(rules.DateOf(end.Add(-time.Nanosecond), b.p.Settings.Zone)); d.Period != want {
			t.Errorf("period %s, want the last good day %s", d.Period, want)
		}
		if before := end.Sub(d.Due); before < 6*24*time.Hour || before > 7*24*time.Hour {
			t.Errorf("%s before the end", before)
		}
	})
}

// The proof of a trigger counts each member once, by what was bought in their own times.
func TestTriggerProof(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		b := newBell(t, open(t), nil)
		c := b.on(campaign.Trigger{On: campaign.EventJoined}, func(p *campaign.Plan) { p.Holdout = 5000 })
		var guests []engine.Member
		for i := range 12 {
			guests = append(guests, b.guest(fmt.Sprint("guest", i)))
		}
		b.run()
		became := b.became(c)
		if became["queued"] == 0 || became["dropped held"] == 0 || became["queued"]+became["dropped held"] != 12 {
			t.Fatalf("%v", became)
		}
		b.pass(24 * time.Hour)
		for _, m := range guests {
			b.buys(m, 10000)
			b.buys(m, 10000)
		}
		b.pass(7 * 24 * time.Hour)
		b.buys(guests[0], 99900) // too late to count
		r, err := b.engine.CampaignReport(t.Context(), b.p.ID, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		if r.Held != became["dropped held"] || r.Came != became["queued"] || r.Visits != 2*became["queued"] || r.Failed != 0 || r.Proof.Reason != campaign.FewHeld {
			t.Errorf("%+v", r)
		}
		if want := money.Amount(20000 * became["queued"]); r.Revenue != want {
			t.Errorf("revenue %d, want %d", r.Revenue, want)
		}
	})
}

func TestTriggerRefusals(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		b := newBell(t, open(t), nil)
		cashier, _ := b.hire(t, b.p, "till", engine.RoleCashier)
		wrong := func(what string, err error) {
			t.Helper()
			var e *engine.Error
			var p *campaign.Problem
			var s *segment.Problem
			if !errors.As(err, &e) && !errors.As(err, &p) && !errors.As(err, &s) {
				t.Errorf("%s: %v", what, err)
			}
		}
		save := func(in engine.SaveTriggerInput) (engine.Campaign, error) {
			in.ProgramID = b.p.ID
			return b.engine.SaveTrigger(t.Context(), in)
		}
		plan := campaign.Plan{Trigger: &campaign.Trigger{On: campaign.EventJoined}, Variants: hello, Window: 7}
		_, err := save(engine.SaveTriggerInput{Plan: plan})
		wrong("no name", err)
		_, err = save(engine.SaveTriggerInput{Name: "A", Plan: campaign.Plan{}})
		wrong("nothing to wait for", err)
		_, err = save(engine.SaveTriggerInput{Name: "A", Plan: plan, StaffID: cashier.ID})
		wrong("a cashier", err)
		c, err := save(engine.SaveTriggerInput{Name: "A", Plan: campaign.Plan{Trigger: &campaign.Trigger{On: campaign.EventJoined}}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.engine.StartTrigger(t.Context(), b.p.ID, c.ID, "")
		wrong("says nothing", err)
		_, err = b.engine.SendBroadcast(t.Context(), engine.SendBroadcastInput{ProgramID: b.p.ID, ID: c.ID})
		wrong("sent as a broadcast", err)
		c, err = save(engine.SaveTriggerInput{ID: c.ID, Version: c.Version, Name: "B", Plan: plan})
		if err != nil {
			t.Fatal(err)
		}
		if c, err = b.engine.StartTrigger(t.Context(), b.p.ID, c.ID, ""); err != nil || c.State != engine.CampaignRunning {
			t.Fatalf("%+v, %v", c, err)
		}
		_, err = save(engine.SaveTriggerInput{ID: c.ID, Name: "C", Plan: plan})
		wrong("changed while it runs", err)
		b.guest("late")
		if _, err := b.engine.CancelCampaign(t.Context(), b.p.ID, c.ID, ""); err != nil {
			t.Fatal(err)
		}
		b.run()
		b.wants(c, "after it was cancelled", map[string]int{})
		var ready []string
		for _, r := range campaign.ReadyTriggers() {
			for range 2 {
				c, err := b.engine.StartReadyTrigger(t.Context(), b.p.ID, r.ID, "Готовий", map[string]string{"uk": "Вітаємо!", "en": "Hello!"}, "")
				if err != nil || c.State != engine.CampaignRunning {
					t.Fatalf("%s: %+v, %v", r.ID, c, err)
				}
				ready = append(ready, c.ID)
			}
		}
		again := engine.ReadyTriggerID(b.p.ID, "welcome")
		if _, err := b.engine.CancelCampaign(t.Context(), b.p.ID, again, ""); err != nil {
			t.Fatal(err)
		}
		c, err = b.engine.DraftReadyTrigger(t.Context(), b.p.ID, "welcome", "Знову", map[string]string{"uk": "Вітаємо!"}, "")
		if err != nil || c.ID != again || c.State != engine.CampaignDraft || c.Name != "Знову" {
			t.Errorf("one that was cancelled: %+v, %v", c, err)
		}
		if c, err = b.engine.StartReadyTrigger(t.Context(), b.p.ID, "welcome", "Готовий", nil, ""); err != nil || c.State != engine.CampaignRunning || c.Name != "Знову" {
			t.Errorf("its draft, switched on: %+v, %v", c, err)
		}
		if c, err = b.engine.PauseCampaign(t.Context(), b.p.ID, c.ID, ""); err != nil {
			t.Fatal(err)
		}
		silent := c.Plan
		silent.Variants = nil
		if c, err = save(engine.SaveTriggerInput{ID: c.ID, Version: c.Version, Name: c.Name, Plan: silent}); err != nil {
			t.Fatal(err)
		}
		_, err = b.engine.ResumeCampaign(t.Context(), b.p.ID, c.ID, "")
		wrong("says nothing any more", err)
		_, err = b.engine.DraftReadyTrigger(t.Context(), b.p.ID, "dance", "x", nil, "")
		wrong("none such", err)
		_, err = b.engine.DraftReadyTrigger(t.Context(), b.p.ID, "tenth", "x", nil, cashier.ID)
		wrong("a cashier", err)
		copied, err := b.engine.CopyCampaign(t.Context(), "k", b.p.ID, c.ID, "")
		if err != nil || copied.Kind != engine.CampaignTrigger || copied.State != engine.CampaignDraft || copied.Plan.Trigger == nil {
			t.Errorf("a copy: %+v, %v", copied, err)
		}
		slices.Sort(ready)
		if n := len(slices.Compact(ready)); n != len(campaign.ReadyTriggers()) {
			t.Errorf("%d triggers of %d", n, len(campaign.ReadyTriggers()))
		}
	})
}

// What a trigger says is looked at once more when it is sent: it is not said too late, nor to who has come by themselves.
func TestTriggerOpened(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		b := newBell(t, open(t), nil)
		asks := b.on(campaign.Trigger{On: campaign.EventReminder, Days: 1, Minute: 13 * 60}, func(p *campaign.Plan) {
			p.Gift = &campaign.Gift{Kind: campaign.GiftPoints, Points: 500}
		})
		olena, petro := b.guest("Olena"), b.guest("Petro")
		b.buys(olena, 10000)
		b.buys(petro, 10000)
		b.pass(26 * time.Hour)
		b.run()
		opened := func(m engine.Member, name string) (engine.OpenedDelivery, engine.Delivery) {
			t.Helper()
			d, err := b.store.DeliveryOf(t.Context(), b.p.ID, asks.ID, m.ID)
			if err != nil || d.Acts || d.State != engine.OutboundQueued {
				t.Fatalf("%+v, %v", d, err)
			}
			person, err := b.engine.Meet(t.Context(), b.p, engine.Bot{}, engine.Contact{Name: name, Address: d.Address})
			if err != nil {
				t.Fatal(err)
			}
			o, err := b.engine.OpenDelivery(t.Context(), &asks, &d, &person)
			if err != nil {
				t.Fatal(err)
			}
			return o, d
		}
		before := b.balance(t, b.p, olena)
		o, d := opened(olena, "Olena")
		if o.Drop != "" || !o.Wait.IsZero() || o.Gift == nil || o.Gift.Points != 500 || o.Gift.PostingID != d.Gift {
			t.Errorf("in time: %+v of %+v", o, d)
		}
		if after := b.balance(t, b.p, olena); after != before { // the gift came before the message
			t.Errorf("from %+v to %+v", before, after)
		}
		b.buys(petro, 10000)
		if o, _ := opened(petro, "Petro"); o.Drop != engine.ReasonCame {
			t.Errorf("who came: %+v", o)
		}
		b.pass(25 * time.Hour)
		if o, _ := opened(olena, "Olena"); o.Drop != engine.ReasonLate {
			t.Errorf("a day later: %+v", o)
		}
	})
}
