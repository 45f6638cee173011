package main

import (
	"fmt"
	"slices"

	"kartka/storage/sqldb"
)

// target is something that the bench compares: two scenarios of a bout, round by round, or one with a number.
type target struct {
	database sqldb.Dialect
	about    string
	bout     string
	of       string // scenario@in flight
	against  string // likewise; "" compares nothing: the value itself counts
	to       string // how the other one is called, after the number
	value    func(measured) (float64, bool)
	// goal is what the product promises, "" for what is merely told.
	goal  goal
	bound float64
}

// goal is the side of its bound on which a target is reached.
type goal string

const (
	atLeast goal = "≥"
	atMost  goal = "≤"
)

func rateOf(m measured) (float64, bool) { return m.Rate, m.Rate > 0 }
func p50Of(m measured) (float64, bool)  { return m.P50, m.P50 > 0 }
func p99Of(m measured) (float64, bool)  { return m.P99, m.P99 > 0 }

func cpuOf(m measured) (float64, bool) {
	if m.CPU == nil {
		return 0, false
	}
	return *m.CPU, *m.CPU > 0
}

// benchTargets are what the product is measured for, on each database.
var benchTargets = slices.Concat(postTargets, broadcastTargets(sqldb.Postgres), broadcastTargets(sqldb.SQLite))

// postTargets are mostly ratios within one run.
var postTargets = []target{
	{sqldb.Postgres, "postings at 64 in flight", "post 64", "post/uniform@64", "tpc-b@64", "× TPC-B at 64 clients", rateOf, atLeast, 5},
	{sqldb.Postgres, "postings at 256 in flight", "post 256", "post/uniform@256", "tpc-b@64", "× TPC-B at 64 clients", rateOf, atLeast, 8},
	{sqldb.Postgres, "postings on one account at 64 in flight", "post 64", "post/hot@64", "post/uniform@64", "× those on all accounts", rateOf, atLeast, 1},
	{sqldb.Postgres, "postings on one account at 256 in flight", "post 256", "post/hot@256", "post/uniform@256", "× those on all accounts", rateOf, atLeast, 1},
	{sqldb.Postgres, "p99 of postings at 64 in flight", "post 64", "post/uniform@64", "tpc-b@64", "× that of TPC-B at 64 clients", p99Of, atMost, 0.25},
	{sqldb.Postgres, "p50 of a posting alone", "post 1", "post/uniform@1", "tpc-b@1", "× that of a TPC-B transaction alone", p50Of, atMost, 1.5},
	{sqldb.Postgres, "processor time of a posting at 256 in flight", "post 256", "post/uniform@256", "tpc-b@64", "× that of a TPC-B transaction at 64 clients", cpuOf, atMost, 1.0 / 6},
	{sqldb.Postgres, "processor time of a posting at 256 in flight", "post 256", "post/uniform@256", "tpc-b@256", "× that of a TPC-B transaction at 256 clients", cpuOf, "", 0},
	{sqldb.Postgres, "postings over HTTP at 64 connections", "post 64", "http/sales@64", "tpc-b@64", "× TPC-B at 64 clients", rateOf, atLeast, 2.5},
	{sqldb.Postgres, "postings over HTTP at 256 connections", "post 256", "http/sales@256", "tpc-b@64", "× TPC-B at 64 clients", rateOf, atLeast, 4},
	{sqldb.Postgres, "postings over HTTP in batches of 500", "post 64", "http/batch@8", "tpc-b@64", "× TPC-B at 64 clients", rateOf, atLeast, 8},
	{sqldb.Postgres, "postings at 16 in flight", "post 16", "post/uniform@16", "tpc-b@8", "× TPC-B at 8 clients, where it is fastest", rateOf, "", 0},
	{sqldb.Postgres, "postings with 30 % spends at 64 in flight", "post 64", "post/uniform/spend@64", "tpc-b@64", "× TPC-B at 64 clients", rateOf, "", 0},
	{sqldb.Postgres, "postings at 64 in flight", "post 64", "post/uniform@64", "post/serial@64", "× one transaction for each", rateOf, "", 0},
	{sqldb.Postgres, "balances by member, one after another", "read 1", "balance/member@1", "select-only@1", "× SELECT-only with 1 client", rateOf, "", 0},
	{sqldb.Postgres, "balances by member at 8 in flight", "read 8", "balance/member@8", "select-only@8", "× SELECT-only at 8 clients", rateOf, "", 0},
	{sqldb.Postgres, "balances by member at 64 in flight", "read 64", "balance/member@64", "select-only@64", "× SELECT-only at 64 clients", rateOf, "", 0},
	{sqldb.Postgres, "counting a segment of three conditions", "segment", "segment/three@1", "segment/three/database@1", "× that of the database", p50Of, "", 0},
	{sqldb.Postgres, "p50 of a member's first screen", "read 1", "home@1", "select-only@1", "× that of SELECT-only with 1 client", p50Of, "", 0},

	{sqldb.SQLite, "postings at 64 in flight", "post 64", "post/uniform@64", "tpc-b@64", "× TPC-B at 64 clients", rateOf, atLeast, 3},
	{sqldb.SQLite, "postings at 64 in flight", "post 64", "post/uniform@64", "post/serial@64", "× one transaction for each", rateOf, atLeast, 2.5},
	{sqldb.SQLite, "postings over HTTP at 64 connections", "post 64", "http/sales@64", "tpc-b@64", "× TPC-B at 64 clients", rateOf, "", 0},
	{sqldb.SQLite, "postings over HTTP in batches of 500", "post 64", "http/batch@8", "bare@64", "× bare one-row transactions", rateOf, "", 0},
	{sqldb.SQLite, "balances by member, one after another", "read 1", "balance/member@1", "", "a second", rateOf, "", 0},
	{sqldb.SQLite, "balances by member at 8 in flight", "read 8", "balance/member@8", "", "a second", rateOf, "", 0},
	{sqldb.SQLite, "balances by member at 64 in flight", "read 64", "balance/member@64", "", "a second", rateOf, atLeast, 100_000},
	{sqldb.SQLite, "counting a segment of three conditions", "segment", "segment/three@1", "segment/three/database@1", "× that of the database", p50Of, "", 0},
	{sqldb.SQLite, "postings at 64 in flight", "post 64", "post/uniform@64", "bare@64", "× bare one-row transactions", rateOf, "", 0},
	{sqldb.SQLite, "postings on one account at 64 in flight", "post 64", "post/hot@64", "post/uniform@64", "× those on all accounts", rateOf, "", 0},
	{sqldb.SQLite, "postings with 30 % spends at 64 in flight", "post 64", "post/uniform/spend@64", "bare@64", "× bare one-row transactions", rateOf, "", 0},
}

// verdict is what became of a target, a line of the JSON output.
type verdict struct {
	Kind    string  `json:"kind"` // "target"
	About   string  `json:"about"`
	To      string  `json:"to"`
	Goal    goal    `json:"goal,omitempty"`
	Bound   float64 `json:"bound,omitempty"`
	Median  float64 `json:"median,omitempty"`
	Least   float64 `json:"least,omitempty"`
	Most    float64 `json:"most,omitempty"`
	Verdict string  `json:"verdict"` // "reached", "not reached", "not measured", or "" without a goal
	Why     string  `json:"why,omitempty"`
}

// The verdicts. The median decides.
const (
	reached     = "reached"
	notReached  = "not reached"
	notMeasured = "not measured"
)

// judge compares the rounds of a run. Both sides of a ratio are of the same round.
func (t target) judge(rounds []measured) verdict {
	v := verdict{Kind: "target", About: t.about, To: t.to, Goal: t.goal, Bound: t.bound, Verdict: notMeasured}
	s, ok := spreadOf(t.values(rounds))
	if !ok {
		v.Why = "not part of this run"
		return v
	}
	v.Median, v.Least, v.Most, v.Verdict = s.median, s.least, s.most, ""
	switch {
	case t.goal == atLeast && s.median >= t.bound, t.goal == atMost && s.median <= t.bound:
		v.Verdict = reached
	case t.goal != "":
		v.Verdict = notReached
	}
	return v
}

func (t target) values(rounds []measured) (values []float64) {
	type side struct{ of, against *measured }
	sides := map[int]side{}
	for i := range rounds {
		m := &rounds[i]
		if m.Bout != t.bout {
			continue
		}
		s := sides[m.Round]
		switch m.key() {
		case t.of:
			s.of = m
		case t.against:
			s.against = m
		}
		sides[m.Round] = s
	}
	for _, s := range sides {
		if s.of == nil || t.against != "" && s.against == nil {
			continue
		}
		v, ok := t.value(*s.of)
		if t.against != "" && ok {
			var base float64
			if base, ok = t.value(*s.against); ok {
				v /= base
			}
		}
		if ok {
			values = append(values, v)
		}
	}
	return values
}

// String is the verdict as a line for people.
func (v verdict) String() string {
	line := v.About + ": "
	if v.Verdict == notMeasured {
		line += notMeasured + " (" + v.Why + ")"
		if v.Goal != "" {
			line += fmt.Sprintf("; target %s %s %s", v.Goal, bound(v.Bound), v.To)
		}
		return line
	}
	line += fmt.Sprintf("%s %s", spread{v.Median, v.Least, v.Most}, v.To)
	if v.Goal == "" {
		return line
	}
	return line + fmt.Sprintf("; target %s %s: %s", v.Goal, bound(v.Bound), v.Verdict)
}

// bound writes the number of a target without digits that say nothing: 5, 2.5, 0.17, 100,000.
func bound(v float64) string {
	if v == float64(int64(v)) {
		return thousands(int64(v))
	}
	return fmt.Sprintf("%.2g", v)
}
