package campaign_test

import (
	"testing"
	"time"
	_ "time/tzdata" // facts of a fixed year, whatever the machine knows

	"pgregory.net/rapid"

	"kartka/engine/campaign"
	"kartka/engine/rules"
)

func zone(t interface{ Fatal(...any) }, name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

const (
	evening = 21 * 60
	morning = 10 * 60
)

func TestQuietEnd(t *testing.T) {
	night := campaign.Quiet{From: evening, To: morning}
	for _, c := range []struct {
		name  string
		quiet campaign.Quiet
		zone  string
		at    string
		want  string // "" for not quiet
	}{
		{"noon", night, "Europe/Kyiv", "2026-11-22T12:00:00+02:00", ""},
		{"the last moment of the day", night, "Europe/Kyiv", "2026-11-22T20:59:59+02:00", ""},
		{"as it begins", night, "Europe/Kyiv", "2026-11-22T21:00:00+02:00", "2026-11-23T10:00:00+02:00"},
		{"midnight", night, "Europe/Kyiv", "2026-11-23T00:00:00+02:00", "2026-11-23T10:00:00+02:00"},
		{"its last moment", night, "Europe/Kyiv", "2026-11-23T09:59:59+02:00", "2026-11-23T10:00:00+02:00"},
		{"as it ends", night, "Europe/Kyiv", "2026-11-23T10:00:00+02:00", ""},
		{"the instant, not the zone it is written in", night, "Asia/Almaty", "2026-11-22T18:00:00+02:00", "2026-11-23T10:00:00+05:00"},
		{"a lunch", campaign.Quiet{From: 12 * 60, To: 13 * 60}, "Europe/Warsaw", "2026-11-22T12:30:00+01:00", "2026-11-22T13:00:00+01:00"},
		{"never", campaign.Quiet{From: morning, To: morning}, "Europe/Warsaw", "2026-11-22T10:00:00+01:00", ""},
		{"midnight to midnight", campaign.Quiet{}, "Europe/Warsaw", "2026-11-22T00:00:00+01:00", ""},
		{"until the day's end", campaign.Quiet{From: evening, To: 24 * 60}, "Europe/Warsaw", "2026-11-22T22:00:00+01:00", "2026-11-23T00:00:00+01:00"},
		{"spring: a night an hour shorter", night, "Europe/Kyiv", "2026-03-28T21:00:00+02:00", "2026-03-29T10:00:00+03:00"},
		{"autumn: a night an hour longer", night, "Europe/Warsaw", "2026-10-24T21:00:00+02:00", "2026-10-25T10:00:00+01:00"},
		{"the Canaries", night, "Atlantic/Canary", "2026-03-28T22:00:00+00:00", "2026-03-29T10:00:00+01:00"},
		{"Almaty, whose clocks went back for good", night, "Asia/Almaty", "2024-02-29T22:00:00+06:00", "2024-03-01T10:00:00+05:00"},
		{"an end that is skipped", campaign.Quiet{From: 0, To: 3*60 + 30}, "Europe/Kyiv", "2026-03-29T01:00:00+02:00", "2026-03-29T04:00:00+03:00"},
		{"a beginning that is skipped", campaign.Quiet{From: 3*60 + 30, To: 5 * 60}, "Europe/Kyiv", "2026-03-29T04:00:00+03:00", "2026-03-29T05:00:00+03:00"},
		{"an end that comes twice", campaign.Quiet{From: 0, To: 3*60 + 30}, "Europe/Kyiv", "2026-10-25T03:10:00+03:00", "2026-10-25T03:30:00+03:00"},
		{"the second time", campaign.Quiet{From: 0, To: 3*60 + 30}, "Europe/Kyiv", "2026-10-25T03:10:00+02:00", "2026-10-25T03:30:00+02:00"},
		{"ended by the clocks", campaign.Quiet{From: 3*60 + 30, To: 5 * 60}, "Europe/Kyiv", "2026-10-25T03:40:00+03:00", "2026-10-25T03:00:00+02:00"},
		{"a whole day that was skipped", campaign.Quiet{From: morning, To: morning - 1}, "Pacific/Apia", "2011-12-29T23:00:00-10:00", "2011-12-31T09:59:00+14:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, c.at)
			if err != nil {
				t.Fatal(err)
			}
			got := c.quiet.End(at, zone(t, c.zone))
			if c.want == "" {
				if !got.IsZero() {
					t.Errorf("is quiet until %v", got)
				}
				return
			}
			want, err := time.Parse(time.RFC3339, c.want)
			if err != nil {
				t.Fatal(err)
			}
			if !got.Equal(want) {
				t.Errorf("got %v, want %v", got.In(want.Location()), c.want)
			}
		})
	}
}

var zones = []string{"Europe/Kyiv", "Europe/Warsaw", "Europe/Madrid", "Atlantic/Canary", "Asia/Almaty", "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago", "UTC", "Pacific/Apia"}

// drawNear is an instant, often near one at which clocks are moved.
func drawNear(t *rapid.T, z *time.Location) time.Time {
	at := time.Unix(rapid.Int64Range(1_300_000_000, 1_900_000_000).Draw(t, "at"), rapid.Int64Range(0, 1e9-1).Draw(t, "ns"))
	if _, shift := at.In(z).ZoneBounds(); !shift.IsZero() && rapid.Bool().Draw(t, "near") {
		at = shift.Add(time.Duration(rapid.Int64Range(-2*86400, 86400).Draw(t, "off")) * time.Second)
	}
	return at
}

// The end is not quiet, and each minute before it is.
func TestQuietEndIsTheFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := zone(t, rapid.SampledFrom(zones).Draw(t, "zone"))
		q := campaign.Quiet{From: rapid.IntRange(0, 1439).Draw(t, "from"), To: rapid.IntRange(0, 1439).Draw(t, "to")}
		at := drawNear(t, z)
		quiet := func(t time.Time) bool {
			local := t.In(z)
			minute := local.Hour()*60 + local.Minute()
			if q.From <= q.To {
				return q.From <= minute && minute < q.To
			}
			return minute >= q.From || minute < q.To
		}
		end := q.End(at, z)
		if end.IsZero() {
			if quiet(at) {
				t.Fatalf("%v is quiet", at.In(z))
			}
			return
		}
		if quiet(end) || !end.After(at) || end.Sub(at) > 49*time.Hour {
			t.Fatalf("from %v until %v", at.In(z), end.In(z))
		}
		for m := at; m.Before(end); m = m.Truncate(time.Minute).Add(time.Minute) {
			if !quiet(m) {
				t.Fatalf("from %v until %v: %v is not quiet", at.In(z), end.In(z), m.In(z))
			}
		}
	})
}

func TestAt(t *testing.T) {
	for _, c := range []struct {
		zone   string
		day    rules.Date
		minute int
		want   string
	}{
		{"Europe/Kyiv", "2026-11-22", morning, "2026-11-22T10:00:00+02:00"},
		{"Europe/Kyiv", "2026-03-29", morning, "2026-03-29T10:00:00+03:00"},
		{"Europe/Kyiv", "2026-03-29", 3*60 + 30, "2026-03-29T04:00:00+03:00"}, // skipped
		{"Europe/Kyiv", "2026-03-29", 3*60 - 1, "2026-03-29T02:59:00+02:00"},
		{"Europe/Kyiv", "2026-10-25", 3*60 + 30, "2026-10-25T03:30:00+03:00"}, // twice: the first
		{"Europe/Kyiv", "2026-10-25", 4 * 60, "2026-10-25T04:00:00+02:00"},
		{"Europe/Warsaw", "2026-03-29", 2 * 60, "2026-03-29T03:00:00+02:00"},
		{"Europe/Warsaw", "2026-10-25", 2*60 + 59, "2026-10-25T02:59:00+02:00"},
		{"Europe/Madrid", "2026-10-25", 2*60 + 30, "2026-10-25T02:30:00+02:00"},
		{"Europe/Madrid", "2026-10-25", 3 * 60, "2026-10-25T03:00:00+01:00"},
		{"Atlantic/Canary", "2026-03-29", 1*60 + 15, "2026-03-29T02:00:00+01:00"},
		{"Asia/Almaty", "2024-02-29", 23*60 + 30, "2024-02-29T23:30:00+06:00"}, // a day of 25 hours
		{"Asia/Almaty", "2024-03-01", 0, "2024-03-01T00:00:00+05:00"},
		{"Pacific/Apia", "2011-12-30", 12 * 60, "2011-12-31T00:00:00+14:00"}, // a day that never was
	} {
		want, err := time.Parse(time.RFC3339, c.want)
		if err != nil {
			t.Fatal(err)
		}
		if got := campaign.At(c.day, c.minute, zone(t, c.zone)); !got.Equal(want) {
			t.Errorf("%s %s at %d: got %v, want %s", c.zone, c.day, c.minute, got.In(want.Location()), c.want)
		}
	}
	for _, c := range []struct {
		day    rules.Date
		minute int
	}{{"2026-02-30", 0}, {"", 0}, {"2026-11-22", -1}, {"2026-11-22", 1440}} {
		if got := campaign.At(c.day, c.minute, time.UTC); !got.IsZero() {
			t.Errorf("%s at %d: %v", c.day, c.minute, got)
		}
	}
}

// A day in a zone is as long as the facts say.
func TestAtKnowsTheLengthOfDays(t *testing.T) {
	for _, c := range []struct {
		zone  string
		day   rules.Date
		hours float64
	}{
		{"Europe/Kyiv", "2026-03-29", 23}, {"Europe/Kyiv", "2026-10-25", 25}, {"Europe/Warsaw", "2026-03-29", 23}, {"Europe/Warsaw", "2026-10-25", 25},
		{"Europe/Madrid", "2026-10-25", 25}, {"Atlantic/Canary", "2026-03-29", 23}, {"Asia/Almaty", "2024-02-29", 25}, {"Asia/Almaty", "2026-03-29", 24},
	} {
		z := zone(t, c.zone)
		if got := campaign.At(c.day.Add(1), 0, z).Sub(campaign.At(c.day, 0, z)).Hours(); got != c.hours {
			t.Errorf("%s %s: %v hours, want %v", c.zone, c.day, got, c.hours)
		}
	}
}

// What the clock shows at the instant is what was asked, or the first thing after a skip; and it never showed that before.
func TestAtIsTheFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := zone(t, rapid.SampledFrom(zones).Draw(t, "zone"))
		day, minute := rules.DateOf(drawNear(t, z), z), rapid.IntRange(0, 1439).Draw(t, "minute")
		got := campaign.At(day, minute, z)
		wanted, err := time.Parse(time.DateOnly, string(day))
		if err != nil {
			t.Fatal(err)
		}
		wanted = wanted.Add(time.Duration(minute) * time.Minute)
		shown := func(at time.Time) time.Time {
			local := at.In(z)
			return time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), local.Nanosecond(), time.UTC)
		}
		if shown(got).Before(wanted) {
			t.Fatalf("%v comes before %s %d", got.In(z), day, minute)
		}
		for n := 1; n <= 26*60; n++ {
			if before := got.Add(time.Duration(-n) * time.Minute); !shown(before).Before(wanted) {
				t.Fatalf("%s %d: %v is later than %v", day, minute, got.In(z), before.In(z))
			}
		}
	})
}

func TestQuietOf(t *testing.T) {
	if got, want := campaign.QuietOf(&rules.Settings{}), (campaign.Quiet{From: evening, To: morning}); got != want {
		t.Errorf("as usual: %v, want %v", got, want)
	}
	if got := campaign.QuietOf(&rules.Settings{Campaigns: &rules.Campaigns{}}); !got.End(time.Unix(0, 0), time.UTC).IsZero() {
		t.Errorf("never: %v", got)
	}
}
