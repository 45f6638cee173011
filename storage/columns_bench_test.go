package storage

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"testing"

	"kartka/engine/campaign"
	"kartka/engine/segment"
)

// millionColumns are the columns of a million members, a third of whom never came.
func millionColumns(b *testing.B) *columns {
	b.Helper()
	const members, today = 1_000_000, int64(20_500)
	random := rand.New(rand.NewPCG(1, 2))
	c := newColumns()
	var row columnRow
	at := func(name string) *int64 {
		for i, n := range columnNumbers {
			if n == name {
				return &row.numbers[i]
			}
		}
		panic(name)
	}
	for no := range int64(members) {
		row = columnRow{no: no, rev: 1, live: random.IntN(50) > 0, invited: random.IntN(10) == 0}
		*at("joined") = today - random.Int64N(1500)
		if visits := max(0, random.Int64N(30)-10); visits > 0 {
			*at("visits"), *at("visits_365"), *at("visits_90"), *at("visits_30") = visits, visits*2/3, visits/3, visits/10
			*at("spent"), *at("spent_365") = visits*random.Int64N(90_000), visits*random.Int64N(60_000)
			*at("last_day") = today - random.Int64N(400)
			*at("first_day") = *at("last_day") - random.Int64N(300)
			*at("balance") = random.Int64N(40_000)
		}
		row.texts = [len(columnTexts)]string{[]string{"", "female", "male"}[random.IntN(3)], []string{"uk", "en", "kk"}[random.IntN(3)], fmt.Sprint("tier ", random.IntN(4)),
			fmt.Sprint("city ", random.IntN(300)), fmt.Sprint("poster ", random.IntN(20)), []string{"", `["vip"]`, `["oat milk","vip"]`, `["regular"]`}[random.IntN(4)]}
		c.take(&row)
	}
	return c
}

// BenchmarkColumns counts segments of a million members whose columns are at hand.
func BenchmarkColumns(b *testing.B) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	c := millionColumns(b)
	runtime.GC()
	runtime.ReadMemStats(&after)
	f := segment.Fifths{Recency: [4]int64{20_180, 20_260, 20_340, 20_420}, Frequency: [4]int64{3, 6, 9, 12}, Value: [4]int64{50_000, 120_000, 220_000, 400_000}}
	for _, text := range []string{"everyone", "visits >= 2 and last_visit > 30d and balance > 0", "recency >= 4 and value >= 4", "rfm >= 400", "rhythm >= 2 and average > 50",
		`city in ("city 1", "city 2") and tag = vip and gender = female`, "visits = 1 or not (consent or language = uk) or spent(365d) between 10 and 1000"} {
		x, err := segment.Parse(text, segment.Grammar{Money: 2})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(text, func(b *testing.B) {
			n := 0
			for b.Loop() {
				n = c.members(x, 20_500, f).Count()
			}
			b.ReportMetric(float64(n), "members")
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MiB-kept")
		})
	}
	runtime.KeepAlive(c)
}

// BenchmarkFreeze sorts an audience of a good 200,000 among a million members whose columns are at hand, as it is when a broadcast begins.
func BenchmarkFreeze(b *testing.B) {
	c := millionColumns(b)
	today := segment.Day(20_500)
	everybody := c.members(segment.All{}, today, segment.Fifths{})
	x, err := segment.Parse("visits(90d) >= 3 and last_visit <= 400d and balance > 0", segment.Grammar{})
	if err != nil {
		b.Fatal(err)
	}
	to := 0
	for b.Loop() {
		matched := c.members(x, today, segment.Fifths{})
		c.members(segment.Cond{Fact: "consent"}, today, segment.Fifths{})
		c.members(segment.Reached(segment.Channels()...), today, segment.Fifths{})
		a := sortPlaces(matched, everybody, everybody, nil, func(no int64) bool { return campaign.Held("campaign", strconv.FormatInt(no, 10), 1000) })
		to = a.Sizes.To
	}
	b.ReportMetric(float64(to), "members")
}
