package market_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/rules"
	"kartka/engine/segment"
	"kartka/locales"
)

// TestTriggerScreens walks through the making and the life of triggers, in every language, and compares what is shown with testdata.
func TestTriggerScreens(t *testing.T) {
	for _, l := range locales.Languages() {
		t.Run(string(l), func(t *testing.T) {
			t.Parallel()
			c := newChat(t, l)
			var got strings.Builder
			triggerScenes(c, func(name string) { got.WriteString("=== " + name + "\n" + c.shows() + "\n\n") })
			name := filepath.Join("testdata", "triggers."+string(l)+".golden")
			if *update {
				if err := os.WriteFile(name, []byte(got.String()), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != string(want) {
				t.Errorf("%s differs; run the test with -update and read the difference. Now:\n%s", name, got.String())
			}
		})
	}
}

func triggerScenes(c *chat, scene func(string)) {
	c.settings(func(s *rules.Settings) {
		s.Campaigns = &rules.Campaigns{WindowDays: 7, Holdout: 1000}
		s.Stamps, s.Feedback.On = nil, true
		s.Coupons = []rules.CouponKind{{ID: "latte", Name: rules.Name{"uk": "Лате", "en": "A latte"}, Days: 14, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 30}}}
		s.Rules = append(s.Rules, rules.Rule{ID: "survey", Name: rules.Named("Опитування"), On: rules.TriggerEvent, Event: "survey", Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 10}})
	})
	c.command("triggers")
	scene("no triggers yet")
	c.press("t-one|stamp")
	scene("a ready-made one that never comes")
	c.press("t-ready")
	c.press("t-one|sorry")
	scene("a ready-made one")
	c.press("t-ready")
	c.press("t-one|burning")
	scene("a ready-made one of the calendar")
	c.press("t-start")
	scene("switched on")
	c.press("c.see")
	scene("its message")
	c.press("t-dry")
	scene("whom today?")
	c.press("camp")
	c.press("t-edit")
	scene("change what is on?")
	c.press("t-pause")
	scene("paused and open to be changed")
	c.press("camp")
	scene("paused")
	c.press("c.stop")
	scene("cancel?")
	c.press("c.stopped")
	scene("ended")
	c.command("triggers")
	c.press("t-ready")
	c.press("t-one|welcome")
	scene("another ready-made one")
	c.press("t-first")
	scene("a ready-made one to be changed first")
	c.press("b-text")
	scene("its text, and none")
	c.press("b-novar")
	scene("without a message")

	c.command("triggers")
	c.press("t-evs")
	scene("what does it wait for?")
	events := map[campaign.Event][]string{
		campaign.EventJoined: {"5"}, campaign.EventPurchase: {"4", "250", "1"}, campaign.EventTierUp: {"0", "0"}, campaign.EventStamps: {"0", "0"},
		campaign.EventFriendJoined: {"0"}, campaign.EventFriendPaid: {"0"}, campaign.EventRating: {"1", "2"}, campaign.EventCustom: {"order ready", "0"},
		campaign.EventBirthday: {"-2", "3"}, campaign.EventSleeping: {"45", "18:30"}, campaign.EventReminder: {"1", "2", "0"}, campaign.EventBurning: {"2", "9"},
		campaign.EventTierEnding: {"0", "1", "0"}, campaign.EventCoupon: {"1", "5", "0"},
	}
	core := c.saves("Ядро", "tag = vip")
	for _, on := range campaign.Events() {
		c.pressID("v1|market|t-evs")
		c.press("t-ev|." + string(on))
		for _, answer := range events[on] {
			scene(string(on) + " asks")
			if c.has("t-set|" + answer) {
				c.press("t-set|" + answer)
			} else {
				c.types(answer)
			}
		}
		if on == campaign.EventBirthday {
			scene("whom is it for?")
			c.press("take|" + core.ID)
			scene("made for a segment")
			continue
		}
		c.press("everyone")
		scene(string(on) + " is made")
		c.press("b-del")
		c.press("b-erased")
	}
	scene("deleted")

	c.pressID("v1|market|camp|" + c.trigger(campaign.EventBirthday).ID)
	c.press("t-when")
	scene("when does it come?")
	c.press("t-part")
	c.types("багато")
	scene("no number")
	c.types("90")
	scene("too many days")
	c.types("5")
	scene("another number of days")
	c.press("t-part|" + c.trigger(campaign.EventBirthday).ID + ".minute")
	c.types("25:00")
	scene("no time of a day")
	c.types("9")
	c.press("b-draft")
	c.press("t-tag")
	scene("which tag?")
	c.types(strings.Repeat("я", 40))
	scene("no tag")
	c.types("Іменинник")
	c.press("t-tag")
	scene("another tag?")
	c.press("b-draft")
	c.press("t-staff")
	scene("whom of the staff?")
	c.press("t-tell|" + c.trigger(campaign.EventBirthday).ID + ".managers")
	c.press("b-gift")
	c.press("b-give|" + c.trigger(campaign.EventBirthday).ID + ".points")
	c.types("50")
	c.press("b-most")
	c.types("100")
	c.press("b-draft")
	scene("does much, and says nothing")
	c.press("t-dry")
	scene("whom today, of a draft?")
	c.press("camp")
	c.press("t-on")
	scene("on")

	c.pressID("v1|market|t-one|welcome")
	c.press("b-text")
	c.types("Дякуємо, {name|друже}!")
	c.press("b-btns")
	c.pressID(c.findEnd("b-add", ".card"))
	c.press("b-draft")
	c.press("t-when")
	c.press("t-part")
	c.press("t-set|0")
	c.press("b-draft")
	c.press("t-on")
	c.strikes()
	oksana := c.personOf("Оксана").Member.ID
	c.buys(oksana)
	c.strikes()
	welcome := engine.ReadyTriggerID(c.program.ID, "welcome")
	c.delivers(welcome, 1, engine.OutboundSent, "")
	c.presses(welcome, oksana, 0)
	c.clock = c.clock.Add(time.Hour)
	c.buys(oksana)
	c.strikes()
	c.pressID("v1|market|camp|" + welcome)
	scene("what has come of it")
	c.press("c.report")
	scene("a report")
	c.pressID("v1|market|t-dry|" + welcome)
	scene("whom today, by purchases?")
	c.command("triggers")
	scene("triggers")

	gone := c.saves("Зникне", "tag = vip")
	lost, err := c.engine.SaveTrigger(c.t.Context(), engine.SaveTriggerInput{ProgramID: c.program.ID, Name: "Зникле", StaffID: c.personOf("marketer").Staff.ID,
		Plan: campaign.Plan{Title: "Зникне", Audience: segment.Cond{Fact: "in", Of: gone.ID}, Window: 7, Variants: plan().Variants,
			Trigger: &campaign.Trigger{On: campaign.EventPurchase}}})
	if err == nil {
		lost, err = c.engine.StartTrigger(c.t.Context(), c.program.ID, lost.ID, "")
	}
	if err == nil {
		err = c.engine.DeleteSegment(c.t.Context(), c.program.ID, "", gone.ID)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	c.clock = c.clock.Add(time.Hour)
	c.buys(oksana)
	c.strikes()
	c.hears(c.notices(engine.NoticeCampaignRests)[0])
	scene("notice: what it needs is gone")
	c.press("c.go")
	scene("what it needs is still gone")
	c.press("b-draft")
	scene("its draft says so")
	c.pressID("v1|market|t-dry|" + lost.ID)
	scene("nor can it be counted")
}
