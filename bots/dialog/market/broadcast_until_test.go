package market_test

import (
	"testing"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/rules"
	"kartka/locales"
)

// It is half past nine in London and half past eleven in the shop.
func TestWhenItIsTooLate(t *testing.T) {
	for _, tt := range []struct{ typed, want string }{
		{"today 18:00", "2026-03-02T16:00:00Z"},
		{"tomorrow", "2026-03-03T21:59:00Z"},
		{"Friday", "2026-03-06T21:59:00Z"},
		{"25.12", "2026-12-25T21:59:00Z"},
		{"25.12.2026 18:30", "2026-12-25T16:30:00Z"},
		{"today 9:00", ""}, // it is past
		{"25.12.2025", ""},
		{"31.02", ""},
		{"soon", ""},
		{"", ""},
	} {
		c := newChat(t, locales.EN)
		d := c.drafted("Spring", plan())
		c.pressID("v1|market|b-draft|" + d.ID)
		c.press("b-when")
		c.press("b-until")
		c.types(tt.typed)
		got := c.now(d.ID).Plan.Until
		switch {
		case tt.want == "" && !got.IsZero():
			t.Errorf("%q is taken for %s", tt.typed, got)
		case tt.want == "":
			c.find("b-end|" + d.ID + ".2026-03-02") // it is asked again
		case got.Format(time.RFC3339) != tt.want:
			t.Errorf("%q is taken for %s, want %s", tt.typed, got.Format(time.RFC3339), tt.want)
		default:
			c.mustShow("⌛")
			c.findEnd("b-start", ".now")
		}
	}
}

func TestTooLateBeforeItBegins(t *testing.T) {
	c := newChat(t, locales.EN)
	c.settings(func(s *rules.Settings) { s.Campaigns = &rules.Campaigns{WindowDays: 7} })
	past := c.T("error.campaign_until_past")
	d := c.drafted("Spring", plan())
	c.pressID("v1|market|b-draft|" + d.ID)
	c.press("b-when")
	c.press("b-until")
	today := c.findEnd("b-end", ".2026-03-02")
	c.pressID(today)
	c.again(today) // after a crash before its end was stored
	c.findEnd("b-start", ".now")
	c.types("tomorrow 9:00")
	c.mustShow(past)
	c.types("today 20:00")
	c.mustNotShow(past)
	c.press("b-until")
	c.types("today 19:00") // before it begins
	c.mustShow(past)
	c.pressID(today) // of the screen before
	c.mustShow(c.T("owner.stale.toast"))
	c.pressID(c.findEnd("b-end", ".2026-03-03"))
	c.mustShow("20:00", "23:59") // the last question again, and it still begins when it did
	c.press("b-until")
	never := "v1|market|b-end|" + d.ID + "|" + c.session.Mark
	c.pressID(never)
	c.mustNotShow("⌛ Not after Mon", "⌛ Not after Tue")
	if until := c.now(d.ID).Plan.Until; !until.IsZero() {
		t.Errorf("it is too late at %s", until)
	}
	c.press("b-until")
	c.pressID("v1|market|b-end|" + d.ID + ".2026-13-99|" + c.session.Mark)
	c.mustShow(c.T("owner.stale.toast"))
}

// What is not sent in time is told by the pages and in the report, and a second person is not asked in vain.
func TestTooLateIsTold(t *testing.T) {
	c := newChat(t, locales.EN)
	c.settings(func(s *rules.Settings) { s.Campaigns = &rules.Campaigns{WindowDays: 7} })
	c.crowd(3)
	p := plan()
	p.Until = c.clock.Add(time.Hour)
	sent := c.starts(c.drafted("Spring", p), time.Time{})
	c.pressID("v1|market|camp|" + sent.ID)
	c.mustShow("⌛ Not after")
	c.runs()
	c.delivers(sent.ID, 1, engine.OutboundSent, "")
	c.pressID("v1|market|camp|" + sent.ID)
	c.mustShow("⌛ Not after")
	c.clock = c.clock.Add(time.Hour + time.Minute)
	c.runs()
	c.asks("report", "")
	c.mustShow("⌛ Not after", c.T("campaign.failed.late")+": 4")

	c.settings(func(s *rules.Settings) { s.Campaigns.ApproveAbove = 1 })
	c.hire("owner", engine.RoleOwner)
	p.Until = c.clock.Add(time.Hour)
	asked := c.starts(c.drafted("Summer", p), time.Time{})
	c.user = "owner"
	c.clock = c.clock.Add(2 * time.Hour)
	c.pressID("v1|market|camp|" + asked.ID)
	c.press("c.yes")
	c.mustShow(c.T("error.campaign_until_past"))
	c.press("c.no")
	if is := c.now(asked.ID); is.State != engine.CampaignDraft {
		t.Errorf("it is %s", is.State)
	}
}

// How long sending takes goes by what the bots of the shop get through, and what that costs is told before anything is sent.
func TestSendingTakesAsLongAsTheBotsNeed(t *testing.T) {
	c := newChat(t, locales.EN)
	c.settings(func(s *rules.Settings) { s.Campaigns = &rules.Campaigns{WindowDays: 7} })
	c.crowd(118) // and two who were there
	d := c.drafted("Spring", plan())
	last := func() {
		c.pressID("v1|market|b-draft|" + d.ID)
		c.press("b-when")
		c.pressID(c.findEnd("b-start", ".now"))
	}
	last()
	c.mustShow("Sending takes about 1 minute.") // 28 a second
	c.mustNotShow("⭐")
	c.bulk = map[bots.Channel]talk.Bulk{bots.Telegram: {PerSecond: 1, Paid: true}}
	last()
	c.mustShow("Sending takes about 2 minutes.", "⭐ Telegram charges")
	c.pressID("v1|market|b-see|" + d.ID)
	c.mustShow("⭐ Telegram: charges")
	c.mustNotShow("Telegram: free")
}
