package market_test

import (
	"strings"
	"testing"
	"time"

	"kartka/bots/dialog/market"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/engine/segment"
	"kartka/locales"
)

// triggers lists the triggers of the shop.
func (c *chat) triggers() (all []engine.Campaign) {
	c.t.Helper()
	for _, one := range c.campaigns() {
		if one.Kind == engine.CampaignTrigger {
			all = append(all, one)
		}
	}
	return all
}

// on answers the questions of an event for a new trigger, and makes it for every guest.
func (c *chat) on(event campaign.Event, answers ...string) engine.Campaign {
	c.t.Helper()
	c.command("triggers")
	c.press("t-evs")
	c.press("t-ev|." + string(event))
	for _, answer := range answers {
		if c.has("t-set|" + answer) {
			c.press("t-set|" + answer)
		} else {
			c.types(answer)
		}
	}
	c.press("everyone")
	return c.trigger(event)
}

func TestTriggersAreForWhoeverSpeaksToMany(t *testing.T) {
	c := openShop(t)
	one := c.on(campaign.EventJoined, "0")
	for role, may := range map[engine.Role]bool{engine.RoleCashier: false, engine.RoleManager: true, engine.RoleOwner: true, engine.RoleMarketer: true} {
		c.user, c.session = "staff "+string(role), talk.Session{}
		c.hire(c.user, role)
		c.command("triggers")
		if shown := strings.Contains(c.shows(), one.Name); shown != may {
			t.Errorf("/triggers of a %s: %s", role, c.shows())
		}
		for _, id := range []string{"t-list", "t-ready", "t-one|birthday", "t-edit|" + one.ID, "t-dry|" + one.ID, "t-evs|" + one.ID, "t-ev|.joined", "t-when|" + one.ID,
			"t-part|" + one.ID + ".delay", "t-tag|" + one.ID, "t-staff|" + one.ID, "t-start|birthday|x", "t-first|birthday|x", "t-on|" + one.ID + "|x", "t-pause|" + one.ID + "|x",
			"t-set|1|x", "t-page|1|x", "t-notag|" + one.ID + "|x", "t-tell|" + one.ID + ".owner|x", "t-nothing"} {
			c.session = talk.Session{}
			c.pressID("v1|market|" + id)
			if refused := c.toast() == c.T("error.not_allowed"); refused == may {
				t.Errorf("a %s presses %s: %s", role, id, c.shows())
			}
		}
	}
	if all := c.triggers(); len(all) != 1 || all[0].State != engine.CampaignDraft || all[0].Version != one.Version {
		t.Errorf("after all that: %+v", all)
	}
}

func TestAReadyTriggerIsSwitchedOnOnce(t *testing.T) {
	c := openShop(t)
	c.command("triggers")
	c.press("t-one|birthday")
	c.mustShow("your birthday is in three days", "3 days before the birthday, at 10:00")
	button := c.find("t-start")
	c.pressID(button)
	c.mustShow(c.T("triggers.on.done"))
	c.again(button)
	c.mustShow(c.T("triggers.on.done"))
	c.pressID(button) // of an older screen
	all := c.triggers()
	if len(all) != 1 || all[0].State != engine.CampaignRunning || all[0].Plan.Holdout != campaign.ReadyHoldout || all[0].Version != 2 {
		t.Fatalf("%+v", all)
	}
	c.command("triggers")
	c.mustShow("Birthday is near (on)")
	c.press("t-ready")
	c.mustShow("🟢 Birthday is near (on)")
	c.press("t-one|birthday")
	c.press("c.stop")
	c.press("c.stopped")
	c.press("t-list")
	c.mustShow("Birthday is near (ended)")
	c.press("t-ready")
	c.mustNotShow("Birthday is near (")
	c.press("t-one|birthday")
	c.press("t-first")
	c.mustShow("Birthday is near (not switched on)")
	c.press("t-on")
	if all = c.triggers(); len(all) != 1 || all[0].State != engine.CampaignRunning {
		t.Errorf("begun anew: %+v", all)
	}
	c.pressID("v1|market|t-one|dance")
	c.mustShow(c.T("error.campaign_not_found"))
	c.settings(func(s *rules.Settings) { s.Stamps = nil })
	c.press("t-one|stamp")
	c.mustShow("The shop has no stamp card yet")
	if c.has("t-start|stamp") || c.has("t-first|stamp") {
		t.Errorf("it never comes, and can be switched on: %s", c.shows())
	}
}

func TestATriggerIsMadeOfAnswers(t *testing.T) {
	c := openShop(t)
	c.settings(func(s *rules.Settings) {
		s.Tiers = rules.Tiers{Basis: rules.TierBySpend, Downgrade: rules.DowngradeStep}
		s.Tiers.List = []rules.Tier{{ID: "silver", Name: rules.Named("Silver")}, {ID: "gold", Name: rules.Named("Gold"), From: 100000}}
		s.Stamps = []rules.StampCard{{ID: "latte", Name: rules.Named("Latte"), Every: 6, PerCheck: true, Points: 10}, {ID: "lunch", Name: rules.Named("Lunch"), Every: 6, PerCheck: true, Points: 10}}
	})
	for _, test := range []struct {
		answers []string
		want    campaign.Trigger
		called  string
	}{
		{[]string{"0"}, campaign.Trigger{On: campaign.EventJoined}, "When a guest joins"},
		{[]string{"12"}, campaign.Trigger{On: campaign.EventFriendJoined, Delay: 12 * time.Hour}, "When a friend joins by a guest’s invitation"},
		{[]string{"7", "99,50", "0"}, campaign.Trigger{On: campaign.EventPurchase, Number: 7, Amount: 9950}, "After purchase no. 7, from 99.50 ₴ a check"},
		{[]string{"gold", "4"}, campaign.Trigger{On: campaign.EventTierUp, Name: "gold", Delay: 24 * time.Hour}, "When a guest reaches the level “Gold”"},
		{[]string{"2", "12", "0"}, campaign.Trigger{On: campaign.EventStamps, Name: "lunch", Number: 12}, "When “Lunch” has this many stamps: 12"},
		{[]string{"3", "0"}, campaign.Trigger{On: campaign.EventRating, Number: 4}, "After a rating of ⭐⭐⭐⭐ or lower"},
		{[]string{" Order ready ", "0"}, campaign.Trigger{On: campaign.EventCustom, Name: "Order ready"}, "When the shop reports “Order ready”"},
		{[]string{"-14", "7:05"}, campaign.Trigger{On: campaign.EventBirthday, Days: 14, Minute: 425}, "14 days after the birthday"},
		{[]string{"0", "18"}, campaign.Trigger{On: campaign.EventSleeping, Number: 150, Minute: 18 * 60}, "When a guest has been away longer than usual (×1.5)"},
		{[]string{"100", "1", "1"}, campaign.Trigger{On: campaign.EventReminder, Number: 1, Days: 100, Minute: 600}, "100 days after the first visit, if there was no second"},
		{[]string{"2", "21", "1"}, campaign.Trigger{On: campaign.EventTierEnding, Name: "gold", Days: 21, Minute: 600}, "21 days before the level “Gold” ends"},
	} {
		made := c.on(test.want.On, test.answers...)
		if *made.Plan.Trigger != test.want || made.Name != test.called || made.Plan.Audience != nil || made.State != engine.CampaignDraft {
			t.Errorf("%v: %+v called %q, want %+v called %q", test.answers, *made.Plan.Trigger, made.Name, test.want, test.called)
		}
	}
}

// What is typed wrong is told, the question stays, and nothing is lost.
func TestWrongAnswersOfATrigger(t *testing.T) {
	c := openShop(t)
	for _, test := range []struct {
		on      campaign.Event
		answers []string
		wrong   []string
		right   string
	}{
		{campaign.EventBirthday, nil, []string{"61", "-61", "3 days", "1e3", "99999999999999999999", "😀"}, "0"},
		{campaign.EventSleeping, nil, []string{"0", "366", "long"}, "365"},
		{campaign.EventPurchase, nil, []string{"1001", "-1", "0x"}, "1000"},
		{campaign.EventPurchase, []string{"0"}, []string{"-5", "many", "1,000", "999999999999999"}, "0,01"},
		{campaign.EventRating, nil, []string{"0x", "6", "99"}, "2"},
		{campaign.EventCustom, nil, []string{strings.Repeat("я", 400)}, "survey"},
		{campaign.EventJoined, nil, []string{"721", "1000000000", "hour"}, "720"},
		{campaign.EventBurning, []string{"0"}, []string{"24", "25:00", "12:60", "noon", "-1"}, "23:59"},
	} {
		c.command("triggers")
		c.press("t-evs")
		c.press("t-ev|." + string(test.on))
		for _, answer := range test.answers {
			c.press("t-set|" + answer)
		}
		asked, _ := strings.CutPrefix(c.shows(), "❗")
		for _, wrong := range test.wrong {
			c.types(wrong)
			if text := c.shows(); !strings.HasPrefix(text, "❗ ") || !strings.HasSuffix(text, asked) {
				t.Errorf("%s: %q is answered with %s", test.on, wrong, text)
			}
		}
		c.types("")
		if text := c.shows(); !strings.HasPrefix(text, "❗ ") {
			t.Errorf("%s: a sticker is answered with %s", test.on, text)
		}
		c.types(test.right)
		c.mustNotShow("❗ ", asked)
	}
	if all := c.triggers(); len(all) > 0 {
		t.Errorf("made meanwhile: %+v", all)
	}
}

func TestATriggerIsMadeOnce(t *testing.T) {
	c := openShop(t)
	c.command("triggers")
	c.press("t-evs")
	c.press("t-ev|.friend_joined")
	c.press("t-set|0")
	button := c.find("everyone")
	c.pressID(button)
	c.again(button)
	if all := c.triggers(); len(all) != 1 {
		t.Fatalf("made: %+v", all)
	}
	c.mustShow(c.T("triggers.made"))
	c.press("b-text")
	c.types("Thank you, {name|friend}!")
	start := c.find("t-on")
	c.pressID(start)
	c.mustShow(c.T("triggers.on.done"))
	c.again(start)
	c.mustShow(c.T("triggers.on.done"))
	if all := c.triggers(); len(all) != 1 || all[0].State != engine.CampaignRunning {
		t.Errorf("switched on: %+v", all)
	}
	c.on(campaign.EventFriendJoined, "0") // another one that waits for the same
	if all := c.triggers(); len(all) != 2 {
		t.Errorf("another one: %+v", all)
	}
}

// A count that takes too long is left out, and the trigger can be switched on all the same.
func TestADryRunThatTakesLong(t *testing.T) {
	c := openShop(t)
	undo := market.Hasty()
	c.pressID("v1|market|t-one|burning")
	undo()
	c.mustShow(c.T("triggers.dry.long"))
	c.press("t-start")
	c.mustShow(c.T("triggers.on.done"))
	c.press("t-dry")
	c.mustShow(c.T("triggers.dry.nobody"))
}

// An hour in the quiet ones is put off, and the page says until when.
func TestATriggerInTheQuietHours(t *testing.T) {
	c := openShop(t)
	c.settings(func(s *rules.Settings) { s.Campaigns.Quiet = rules.QuietHours{From: 21 * 60, To: 9 * 60} })
	c.on(campaign.EventBirthday, "0", "22:30")
	c.mustShow("7 days before the birthday, at 22:30", "it comes at 09:00")
	c.press("t-when")
	c.press("t-part|" + c.trigger(campaign.EventBirthday).ID + ".minute")
	c.types("20:59")
	c.press("b-draft")
	c.mustShow("at 20:59")
	c.mustNotShow("quiet hours")
}

// What runs is paused before it is changed, and says what it has become after it.
func TestATriggerIsPausedToBeChanged(t *testing.T) {
	c := openShop(t)
	c.settings(func(s *rules.Settings) {
		s.Tiers = rules.Tiers{Basis: rules.TierBySpend, Downgrade: rules.DowngradeStep, List: []rules.Tier{{ID: "gold", Name: rules.Named("Gold")}}}
	})
	one := c.on(campaign.EventTierUp, "1", "0")
	c.press("t-tag")
	c.types("  Golden   Guest ")
	c.press("t-staff")
	c.pressID(c.findEnd("t-tell", ".managers"))
	c.mustShow("Tag: golden guest", "Told of it: Owners and managers")
	c.press("t-on")
	c.pressID("v1|market|b-draft|" + one.ID)
	c.mustShow(c.T("triggers.running"))
	c.pressID("v1|market|b-text|" + one.ID + ".0.en")
	c.mustShow(c.T("triggers.running"))
	c.press("t-edit")
	stale := c.find("t-pause")
	c.press("camp")
	c.pressID(stale)
	if c.now(one.ID).State != engine.CampaignRunning || c.toast() != c.T("owner.stale.toast") {
		t.Errorf("an old question paused it: %s", c.shows())
	}
	c.press("t-edit")
	c.press("t-pause")
	c.mustShow("(paused)", "Tag: golden guest")
	c.press("t-when")
	c.press("t-evs")
	c.mustShow("✓ 🏅 A guest reaches a level")
	c.press("t-ev|" + one.ID + ".birthday")
	c.types("10")
	c.press("t-set|0")
	c.mustShow("10 days before the birthday, at 09:00")
	c.press("b-draft")
	c.mustShow("10 days before the birthday (paused)", "Tag: golden guest", "Told of it: Owners and managers") // its name goes with what it waits for
	c.press("t-tag")
	c.press("t-notag")
	c.mustNotShow("golden")
	c.press("t-staff")
	c.pressID(c.findEnd("t-tell", "."))
	c.press("t-on")
	c.mustShow(c.T("triggers.on.unready"), "The trigger does nothing yet")
	c.press("camp")
	c.press("c.go")
	c.mustShow("The trigger does nothing yet", "paused")
	if is := c.now(one.ID); is.State != engine.CampaignPaused {
		t.Errorf("it does nothing, and is %s", is.State)
	}
	c.pressID("v1|market|t-when|" + one.ID)
	c.press("t-evs")
	c.press("t-ev|" + one.ID + ".tier_up")
	c.press("t-set|1")
	c.press("t-set|0")
	c.press("b-draft")
	c.press("b-text")
	c.types("You are gold!")
	c.settings(func(s *rules.Settings) { s.Tiers.List[0].ID = "platinum" })
	c.press("t-on")
	c.mustShow(c.T("triggers.on.unready"), "nothing called “gold”")
}

// Two people who change the same trigger do not undo each other.
func TestTwoChangeATrigger(t *testing.T) {
	c := openShop(t)
	one := c.on(campaign.EventPurchase, "1", "0", "0")
	c.press("b-text")
	c.types("Hello!")
	c.press("t-when")
	c.press("t-part|" + one.ID + ".number")
	elsewhere := func(change func(*campaign.Plan)) {
		t.Helper()
		is := c.now(one.ID)
		change(&is.Plan)
		if _, err := c.engine.SaveTrigger(t.Context(), engine.SaveTriggerInput{ProgramID: c.program.ID, ID: is.ID, Version: is.Version, Name: is.Name, Plan: is.Plan}); err != nil {
			t.Fatal(err)
		}
	}
	elsewhere(func(p *campaign.Plan) { p.Holdout = 500 })
	c.types("3")
	c.mustShow(c.T("error.changed_meanwhile"))
	c.types("3")
	c.mustShow("After purchase no. 3")
	c.press("b-draft")
	elsewhere(func(p *campaign.Plan) { p.Trigger.Amount = money.Amount(10000) })
	c.press("t-on")
	c.mustShow(c.T("error.changed_meanwhile"), "from 100 ₴ a check")
	if is := c.now(one.ID); is.State != engine.CampaignDraft || is.Plan.Holdout != 500 || is.Plan.Trigger.Number != 3 {
		t.Errorf("%+v", is)
	}
	c.press("t-on")
	c.mustShow(c.T("triggers.on.done"))
	one = c.on(campaign.EventJoined, "0")
	if err := c.engine.DeleteBroadcast(t.Context(), c.program.ID, one.ID, ""); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"camp|", "t-dry|", "t-edit|", "t-when|", "t-tag|", "t-staff|", "t-evs|", "c.report|", "b-draft|"} {
		c.pressID("v1|market|" + id + one.ID)
		c.mustShow(c.T("error.campaign_not_found"))
	}
}

// The buttons of screens that are no more show what is there now, and do nothing.
func TestStaleButtonsOfTriggers(t *testing.T) {
	c := openShop(t)
	one := c.on(campaign.EventJoined, "0")
	c.press("t-tag")
	c.types("new")
	c.command("triggers")
	c.press("t-evs")
	c.press("t-ev|.purchase")
	set := c.find("t-set|2")
	c.press("t-set|0")
	c.pressID(set)
	if c.toast() != c.T("owner.stale.toast") {
		t.Errorf("an older question was answered: %s", c.shows())
	}
	c.mustShow("From which sum of a check?")
	c.command("triggers")
	for _, id := range []string{set, "v1|market|t-on|" + one.ID + "|old", "v1|market|t-tell|" + one.ID + ".owner|old", "v1|market|t-notag|" + one.ID + "|old", "v1|market|t-set|99",
		"v1|market|t-on", "v1|market|t-pause|nobody|old"} {
		c.pressID(id)
	}
	if is := c.now(one.ID); is.Version != 2 || is.State != engine.CampaignDraft || is.Plan.Trigger.Tag != "new" {
		t.Errorf("changed: %+v", is)
	}
	spring := c.drafted("Spring", plan())
	for _, id := range []string{"t-when|", "t-tag|", "t-staff|", "t-edit|", "t-evs|"} { // a broadcast waits for nothing
		c.pressID("v1|market|" + id + spring.ID)
		c.mustShow("Spring")
	}
	c.pressID("v1|market|t-dry|" + spring.ID)
	c.mustShow(c.T("error.campaign_not_found"))
	c.pressID("v1|market|b-when|" + one.ID) // and a trigger is not sent
	c.mustShow("When a guest joins (not switched on)")
}

// Segments by name: one that is given up is told by its name.
func TestATriggerForASegment(t *testing.T) {
	c := newChat(t, locales.EN)
	own := c.saves("Core", "visits >= 3")
	c.command("triggers")
	c.press("t-evs")
	c.press("t-ev|.joined")
	c.press("t-set|0")
	c.press("leave")
	c.mustShow(c.T("triggers.any.delay"))
	c.press("t-set|1")
	c.press("take|" + own.ID)
	one := c.trigger(campaign.EventJoined)
	if x, ok := one.Plan.Audience.(segment.Cond); !ok || x.Of != own.ID || one.Plan.Title != "Core" || one.Plan.Trigger.Delay != 30*time.Minute {
		t.Fatalf("%+v", one.Plan)
	}
	c.press("b-whom")
	c.types("tag = vip")
	c.press("take")
	c.press("b-whom")
	c.press("everyone")
	c.mustShow("every guest it happens to")
	if one = c.now(one.ID); one.Plan.Audience != nil || one.Plan.Title != "" {
		t.Errorf("%+v", one.Plan)
	}
}
