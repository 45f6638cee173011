package market_test

import (
	"reflect"
	"strings"
	"testing"

	"kartka/bots"
	"kartka/engine"
	"kartka/engine/rules"
	"kartka/locales"
)

// TestLimitScreens walks through the screens of limits in every language and compares what is shown with testdata.
func TestLimitScreens(t *testing.T) { golden(t, "limits.", limitScenes) }

func limitScenes(c *chat, scene func(string)) {
	c.start()
	c.press("lim")
	scene("a marketer sees what holds")
	c.owner()
	scene("the owner may change it")
	for _, one := range []struct{ limit, bad, typed string }{
		{"cap", "3 1/2 разів", "2 / 30"}, {"quiet", "21:00", "22-8:30"}, {"approve", "багато", "1 500"}, {"holdout", "60 %", "7.5 %"}, {"window", "0", "10"},
	} {
		c.press("lim.ask|" + one.limit)
		scene("asked: " + one.limit)
		c.types(one.bad)
		scene("cannot be: " + one.bad)
		c.types(one.typed)
	}
	scene("all is changed")
	for _, limit := range []string{"cap", "quiet", "approve", "holdout"} {
		c.press("lim.ask|" + limit)
		c.press("lim.set|0")
	}
	scene("nothing is bounded")
}

// owner has the owner look at the limits.
func (c *chat) owner() {
	c.t.Helper()
	if c.user != "owner" {
		c.hire("owner", engine.RoleOwner)
	}
	c.user = "owner"
	c.pressID("v1|market|lim")
}

func (c *chat) limits() rules.Campaigns {
	c.t.Helper()
	program, err := c.engine.Store().Program(c.t.Context(), c.program.ID)
	if err != nil {
		c.t.Fatal(err)
	}
	return program.Settings.CampaignRules()
}

func (c *chat) version() int64 {
	c.t.Helper()
	program, err := c.engine.Store().Program(c.t.Context(), c.program.ID)
	if err != nil {
		c.t.Fatal(err)
	}
	return program.Version
}

func TestLimitsAreTyped(t *testing.T) {
	c := newChat(t, locales.EN)
	c.owner()
	usual := rules.DefaultCampaigns()
	for _, tt := range []struct {
		limit, typed string
		want         func(*rules.Campaigns) // nil: it cannot be read, and nothing changes
	}{
		{"cap", "5 in 30 days", func(l *rules.Campaigns) { l.Cap = rules.MessageCap{Messages: 5, Days: 30} }},
		{"cap", "2", func(l *rules.Campaigns) { l.Cap.Messages = 2 }}, // in as many days as before
		{"cap", "no limit", func(l *rules.Campaigns) { l.Cap = rules.MessageCap{} }},
		{"cap", "0", func(l *rules.Campaigns) { l.Cap = rules.MessageCap{} }},
		{"cap", "3 in 0", nil},
		{"cap", "101 in 7", nil},
		{"cap", "3 in 91", nil},
		{"cap", "-3 in 7", nil},
		{"cap", "2.5 in 7", nil},
		{"cap", "99999999999999999999 in 7", nil},
		{"cap", "a few", nil},
		{"cap", "", nil},
		{"quiet", "22-8", func(l *rules.Campaigns) { l.Quiet = rules.QuietHours{From: 22 * 60, To: 8 * 60} }},
		{"quiet", "from 9 pm to 10:30 am", func(l *rules.Campaigns) { l.Quiet = rules.QuietHours{From: 21 * 60, To: 10*60 + 30} }},
		{"quiet", "20.30–24", func(l *rules.Campaigns) { l.Quiet = rules.QuietHours{From: 20*60 + 30} }},
		{"quiet", "NEVER QUIET", func(l *rules.Campaigns) { l.Quiet = rules.QuietHours{} }},
		{"quiet", "0-24", nil},
		{"quiet", "21:00-21:00", nil},
		{"quiet", "25-7", nil},
		{"quiet", "21:75-7", nil},
		{"quiet", "13 pm - 7", nil},
		{"quiet", "21", nil},
		{"approve", "2,500", func(l *rules.Campaigns) { l.ApproveAbove = 2500 }},
		{"approve", "0", func(l *rules.Campaigns) { l.ApproveAbove = 0 }},
		{"approve", "100000001", nil},
		{"approve", "-1", nil},
		{"holdout", "12,5", func(l *rules.Campaigns) { l.Holdout = 1250 }},
		{"holdout", "50%", func(l *rules.Campaigns) { l.Holdout = 5000 }},
		{"holdout", "50.01 %", nil},
		{"holdout", "half", nil},
		{"window", "60 days", func(l *rules.Campaigns) { l.WindowDays = 60 }},
		{"window", "61", nil},
		{"window", "7 14", nil},
	} {
		c.settings(func(s *rules.Settings) { u := usual; s.Campaigns = &u })
		version := c.version()
		c.pressID("v1|market|lim.ask|" + tt.limit)
		c.types(tt.typed)
		want := usual
		if tt.want != nil {
			tt.want(&want)
			c.mustShow(c.T("limits.saved"))
		} else {
			c.mustShow("❗")
			if got := c.version(); got != version {
				t.Errorf("%s %q: a new version of the settings", tt.limit, tt.typed)
			}
			if c.session.Flow == "" {
				t.Errorf("%s %q: it is not asked again", tt.limit, tt.typed)
			}
		}
		if got := c.limits(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s %q: %+v, want %+v", tt.limit, tt.typed, got, want)
		}
	}
}

func TestLimitsArePressed(t *testing.T) {
	c := newChat(t, locales.EN)
	c.owner()
	c.press("lim.ask|cap")
	three := c.find("lim.set|3-7")
	before := c.version()
	c.pressID(three)
	if c.version() != before {
		t.Error("what holds already makes a new version of the settings")
	}
	c.press("lim.ask|cap")
	one := c.find("lim.set|1-7")
	c.pressID(one)
	c.mustShow(c.T("limits.saved"))
	c.again(one) // after a crash before its end was stored
	c.mustShow(c.T("limits.saved"))
	if c.limits().Cap != (rules.MessageCap{Messages: 1, Days: 7}) || c.version() != before+1 {
		t.Errorf("%+v at version %d, want one in 7 days at %d", c.limits().Cap, c.version(), before+1)
	}
	c.pressID(three) // of an older screen
	if c.toast() != c.T("owner.stale.toast") || c.version() != before+1 {
		t.Errorf("a stale button changes something: %s", c.shows())
	}
	c.pressID("v1|market|lim.set|3-7")
	c.pressID("v1|market|lim.ask|nothing")
	c.mustShow(c.T("limits.cap.btn"))

	c.press("lim.ask|quiet")
	c.settings(func(s *rules.Settings) { s.Welcome.Points++ })
	c.press("lim.set|0")
	c.mustShow(strings.TrimPrefix(c.T("owner.rules.changed"), "❗ "))
	if c.limits().Quiet != rules.DefaultCampaigns().Quiet {
		t.Error("a change not seen is overwritten")
	}
	c.press("lim.ask|quiet")
	c.sends(bots.Event{Kind: bots.EventContact, Contact: &bots.Contact{Phone: "+380501234567"}})
	c.mustShow(c.T("limits.quiet.none.btn"))
	c.press("lim.set|0")
	if q := c.limits().Quiet; q.From != q.To {
		t.Errorf("quiet hours are %+v", q)
	}
}

func TestOnlyTheOwnerChangesLimits(t *testing.T) {
	c := newChat(t, locales.EN)
	c.hire("manager", engine.RoleManager)
	for _, user := range []string{"marketer", "manager"} {
		c.user = user
		c.pressID("v1|market|lim")
		c.mustShow(c.T("limits.owner"))
		before := c.version()
		for _, id := range []string{"v1|market|lim.ask|cap", "v1|market|lim.set|1-7", "v1|market|lim.set|1-7|abc"} {
			c.pressID(id)
			if c.toast() != c.T("error.not_allowed") {
				t.Errorf("%s of a %s says %s", id, user, c.shows())
			}
		}
		if c.version() != before {
			t.Errorf("a %s changes the limits", user)
		}
	}
}

// Where limits keep guests from a broadcast, a button leads to them, and back.
func TestLimitsFromABroadcast(t *testing.T) {
	c := newChat(t, locales.EN)
	c.settings(func(s *rules.Settings) {
		s.Campaigns = &rules.Campaigns{Cap: rules.MessageCap{Messages: 1, Days: 7}, WindowDays: 7, Quiet: rules.QuietHours{From: 21 * 60, To: 10 * 60}}
	})
	d := c.drafted("Spring", plan())
	c.pressID("v1|market|b-draft|" + d.ID)
	c.mustNotShow(c.T("limits.btn"))
	c.press("b-when")
	c.types("22:30")
	c.press("lim|" + d.ID)
	c.mustShow("from 21:00 to 10:00")
	c.press("b-draft|" + d.ID)

	first := c.starts(c.drafted("First", plan()), c.clock)
	c.runs()
	c.delivers(first.ID, 1, engine.OutboundSent, "")
	c.pressID("v1|market|b-draft|" + d.ID)
	c.mustShow(c.T("campaign.left.capped"))
	c.find("lim|" + d.ID)
}
