package campaign_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kartka/engine/campaign"
	"kartka/engine/rules"
)

// channels are those of these tests. A pigeon is a channel that nobody has thought of: it has its row, and nothing else knows it.
var channels = campaign.Channels{
	"telegram": {Cost: campaign.CostFree}, "viber": {Cost: campaign.CostSession, Session: 24 * time.Hour}, "whatsapp": {Cost: campaign.CostPaid},
	"pigeon": {Cost: campaign.CostFree},
}

func TestChannelsOrder(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	way := func(channel string, ago time.Duration) campaign.Way {
		return campaign.Way{Channel: channel, Seen: now.Add(-ago)}
	}
	closed := func(w campaign.Way) campaign.Way {
		w.Closed = true
		return w
	}
	day, hour := 24*time.Hour, time.Hour
	last, cheapest := rules.Campaigns{}, rules.Campaigns{Prefer: rules.PreferCheapest}
	for _, c := range []struct {
		name string
		by   rules.Campaigns
		ways []campaign.Way
		want []int
	}{
		{"nothing", last, nil, nil},
		{"the last conversation", last, []campaign.Way{way("telegram", day), way("whatsapp", hour), way("viber", 2*hour)}, []int{1, 2, 0}},
		{"alike: as listed", last, []campaign.Way{way("viber", day), way("telegram", day)}, []int{0, 1}},
		{"closed ones are none", last, []campaign.Way{closed(way("telegram", hour)), way("viber", day)}, []int{1}},
		{"a channel that there is not is none", cheapest, []campaign.Way{way("fax", hour), way("viber", day)}, []int{1}},
		{"the cheapest", cheapest, []campaign.Way{way("whatsapp", hour), way("viber", 30*day), way("telegram", 300*day)}, []int{2, 0, 1}},
		{"an open session is cheap", cheapest, []campaign.Way{way("whatsapp", hour), way("viber", 23*hour), way("telegram", 300*day)}, []int{2, 1, 0}},
		{"one that is over is not", cheapest, []campaign.Way{way("whatsapp", hour), way("viber", day)}, []int{0, 1}},
		{"two that are free", cheapest, []campaign.Way{way("telegram", day), way("pigeon", hour), way("telegram", 2*hour)}, []int{1, 2, 0}},
		{"the shop's order", rules.Campaigns{Channels: []string{"whatsapp", "pigeon"}, Prefer: rules.PreferCheapest},
			[]campaign.Way{way("viber", 2*day), way("telegram", 3*day), way("pigeon", hour), way("whatsapp", 9*day), way("whatsapp", 8*day)}, []int{4, 3, 2, 1, 0}},
		{"an order of what there is not", rules.Campaigns{Channels: []string{"fax", "viber"}}, []campaign.Way{way("telegram", hour), way("viber", day)}, []int{1, 0}},
	} {
		if got := channels.Order(c.ways, c.by, now); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if got := campaign.Channels(nil).Order([]campaign.Way{way("fax", day), closed(way("viber", 0)), way("telegram", hour)}, cheapest, now); !slices.Equal(got, []int{2, 0}) {
		t.Errorf("of nothing is known: %v", got)
	}
}

// Every open way is there once, whatever the order; a free one never comes after one that is paid when the cheapest is asked for.
func TestChannelsOrderLaws(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	names := []string{"telegram", "viber", "whatsapp", "pigeon", "fax"}
	rapid.Check(t, func(t *rapid.T) {
		ways := make([]campaign.Way, rapid.IntRange(0, 8).Draw(t, "ways"))
		open := 0
		for i := range ways {
			ways[i] = campaign.Way{Channel: rapid.SampledFrom(names).Draw(t, "channel"), Closed: rapid.Bool().Draw(t, "closed"),
				Seen: now.Add(-time.Duration(rapid.IntRange(0, 72).Draw(t, "hours")) * time.Hour)}
			if !ways[i].Closed && ways[i].Channel != "fax" {
				open++
			}
		}
		by := rules.Campaigns{Prefer: rapid.SampledFrom(rules.Preferences()).Draw(t, "prefer")}
		got := channels.Order(ways, by, now)
		sorted := slices.Clone(got)
		slices.Sort(sorted)
		if len(slices.Compact(sorted)) != open || len(got) != open {
			t.Fatalf("%v of %v", got, ways)
		}
		for k := 1; k < len(got); k++ {
			before, after := ways[got[k-1]], ways[got[k]]
			switch free := channels[after.Channel].Cost == campaign.CostFree; {
			case by.Prefer == rules.PreferLast && before.Seen.Before(after.Seen):
				t.Fatalf("the last comes later: %v", ways)
			case by.Prefer == rules.PreferCheapest && free && channels[before.Channel].Cost != campaign.CostFree:
				t.Fatalf("a free one comes later: %v", ways)
			}
		}
	})
}
