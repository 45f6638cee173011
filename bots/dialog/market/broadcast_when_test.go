package market_test

import (
	"strings"
	"testing"

	"kartka/engine"
	"kartka/locales"
)

// A start on each guest's own clock can be chosen where there are several, and who sleeps then is told.
func TestSeveralClocks(t *testing.T) {
	c := newChat(t, locales.EN)
	if _, err := c.engine.AddLocation(t.Context(), c.program.ID, "", "Алмати", "Asia/Almaty"); err != nil {
		t.Fatal(err)
	}
	b := c.begins("Hello")
	c.press("b-when")
	c.mustShow(c.T("broadcast.when.is_once"))
	c.types("18:30") // 21:30 in Almaty
	c.mustShow("It is quiet hours then here: Алмати", "10:00 of their own time")
	c.press("b-when")
	c.press("b-zoned")
	c.mustShow(c.T("broadcast.when.is_zoned"))
	c.types("18:30")
	c.mustShow("on each guest’s own clock")
	c.mustNotShow("quiet hours")
	c.press("b-when")
	c.types("23:00")
	c.mustShow("Everybody has quiet hours then")
	c.press("b-send")
	if now := c.now(b.ID); !now.Plan.Zoned || now.State != engine.CampaignScheduled {
		t.Errorf("sent %+v", now)
	}
}

// Days and times are read as people of all six languages write them.
func TestMoments(t *testing.T) {
	c := newChat(t, locales.EN) // it is Monday, 2 March 2026, 11:30 in Kyiv
	b := c.begins("Hello")
	for typed, want := range map[string]string{
		"18:00": "Mon, 2 March, 18:00", "9:05": "Tue, 3 March, 09:05", "25.12 18:30": "Fri, 25 December, 18:30", "25.12 18.30": "Fri, 25 December, 18:30",
		"18:30 25.12.2026": "Fri, 25 December, 18:30", "2026-12-25 18:30": "Fri, 25 December, 18:30", "25/12/26, 18:30": "Fri, 25 December, 18:30",
		"1.02 10:00": "Mon, 1 February 2027, 10:00", "25 December at 18:30": "Fri, 25 December, 18:30", "December 25, 2026, 6:30 pm": "Fri, 25 December, 18:30",
		"12:15 am tomorrow": "Tue, 3 March, 00:15", "завтра о 10:00": "Tue, 3 March, 10:00", "завтра в 10:00": "Tue, 3 March, 10:00", "ертең сағат 10:00": "Tue, 3 March, 10:00",
		"jutro o 10:00": "Tue, 3 March, 10:00", "mañana a las 10:00": "Tue, 3 March, 10:00", "сьогодні 12:00": "Mon, 2 March, 12:00", "у п’ятницю о 18:00": "Fri, 6 March, 18:00",
		"в среду 18:00": "Wed, 4 March, 18:00", "Friday 18:00": "Fri, 6 March, 18:00", "fri 18:00": "Fri, 6 March, 18:00", "8 марта 9:00": "Sun, 8 March, 09:00",
		"8 березня 9:00": "Sun, 8 March, 09:00", "8 marca 9:00": "Sun, 8 March, 09:00", "el 8 de marzo a las 9:00": "Sun, 8 March, 09:00", "8 наурыз 9:00": "Sun, 8 March, 09:00",
		"Monday 11:00": "Mon, 9 March, 11:00", "monday 12:00": "Mon, 2 March, 12:00", "w piątek 18:00": "Fri, 6 March, 18:00", "29.03 03:30": "Sun, 29 March, 04:00",
	} {
		c.pressID("v1|market|b-when|" + b.ID)
		c.types(typed)
		c.mustShow(want, c.T("broadcast.confirm.btn"))
		if t.Failed() {
			t.Fatalf("%q is not read", typed)
		}
	}
	c.pressID("v1|market|b-when|" + b.ID)
	for _, typed := range []string{"soon", "25.13 10:00", "30.02 10:00", "24:00", "12:60", "tomorrow", "25.12", "10:00 11:00", "tomorrow friday 99", "1 1 1 10:00",
		"25.12.2026 25.12.2026 10:00", "10", "0.0 10:00", strings.Repeat("10:00 ", 20), "<b>10:00</b>", "31 April 10:00", "13:00 pm pm"} {
		c.types(typed)
		c.mustShow("no day and time I can read")
	}
	c.types("1.03.2026 10:00")
	c.mustShow(c.T("error.campaign_start_past"))
	c.types("1.12.2027 10:00")
	c.press("b-send")
	c.mustShow("more than a year ahead")
	c.types("12:00")
	c.days(1)
	c.press("b-send")
	c.mustShow(c.T("error.campaign_start_past"), "When shall it go?")
	if c.now(b.ID).State != engine.CampaignDraft {
		t.Error("sent too late")
	}
}
