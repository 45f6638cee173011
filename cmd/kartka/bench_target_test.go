package main

import (
	"strings"
	"testing"

	"kartka/storage/sqldb"
)

// rounded up rounds of two scenarios, with the given rates.
func rates(of, against []float64) (rounds []measured) {
	for i, rate := range of {
		rounds = append(rounds, measured{Bout: "post 64", Scenario: "post/uniform", InFlight: 64, Round: i + 1, Rate: rate},
			measured{Bout: "post 256", Scenario: "post/uniform", InFlight: 64, Round: i + 1, Rate: 1e9}) // of another bout: not to be used
	}
	for i := len(against) - 1; i >= 0; i-- {
		rounds = append(rounds, measured{Bout: "post 64", Scenario: "tpc-b", InFlight: 64, Round: i + 1, Rate: against[i]})
	}
	return rounds
}

func TestVerdicts(t *testing.T) {
	more := target{about: "postings", bout: "post 64", of: "post/uniform@64", against: "tpc-b@64", to: "× TPC-B", value: rateOf, goal: atLeast, bound: 5}
	less, told, alone := more, more, more
	less.goal, less.bound = atMost, 0.25
	told.goal, told.bound = "", 0
	alone.against, alone.to, alone.bound = "", "a second", 100_000
	for _, c := range []struct {
		name   string
		target target
		rounds []measured
		want   string
	}{
		// The median of the ratios, not the ratio of the medians, which would be 2.
		{"pairs by round", told, rates([]float64{100, 20, 30}, []float64{10, 1, 15}), "postings: 10.0 [2.00–20.0] × TPC-B"},
		{"reached", more, rates([]float64{50, 60, 40}, []float64{10, 10, 10}), "postings: 5.00 [4.00–6.00] × TPC-B; target ≥ 5: reached"},
		{"not reached", more, rates([]float64{49, 60, 40}, []float64{10, 10, 10}), "postings: 4.90 [4.00–6.00] × TPC-B; target ≥ 5: not reached"},
		{"at most: reached", less, rates([]float64{1}, []float64{4}), "postings: 0.25 [0.25–0.25] × TPC-B; target ≤ 0.25: reached"},
		{"at most: not reached", less, rates([]float64{3}, []float64{4}), "postings: 0.75 [0.75–0.75] × TPC-B; target ≤ 0.25: not reached"},
		{"a number", alone, rates([]float64{123456}, nil), "postings: 123,456 [123,456–123,456] a second; target ≥ 100,000: reached"},
		{"left out", more, rates([]float64{50}, nil), "postings: not measured (not part of this run); target ≥ 5 × TPC-B"},
		{"nothing done", more, rates([]float64{50}, []float64{0}), "postings: not measured (not part of this run); target ≥ 5 × TPC-B"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.target.judge(c.rounds).String(); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

// A target that names what no run measures would be reported as left out for ever.
func TestTargetsNameScenariosThatAreRun(t *testing.T) {
	for _, dialect := range []sqldb.Dialect{sqldb.Postgres, sqldb.SQLite} {
		b := &bench{benchHost: &benchHost{dialect: dialect, ref: &pgbench{}, inFlight: benchInFlight}}
		run := map[string]bool{}
		for _, bout := range b.bouts() {
			for _, s := range bout.scenarios {
				key := bout.name + " " + s.key()
				if run[key] {
					t.Errorf("%s: %s is there twice", dialect, key)
				}
				run[key] = true
			}
		}
		for _, target := range benchTargets {
			if target.database != dialect {
				continue
			}
			for _, side := range []string{target.of, target.against} {
				if side != "" && !run[target.bout+" "+side] {
					t.Errorf("%s: %q compares %s of %q, which nobody measures", dialect, target.about, side, target.bout)
				}
			}
		}
	}
}

func TestProcessorTimeIsComparedWhereItIsSeen(t *testing.T) {
	ten, two := 10.0, 2.0
	rounds := []measured{
		{Bout: "b", Scenario: "x", InFlight: 1, Round: 1, CPU: &two}, {Bout: "b", Scenario: "y", InFlight: 1, Round: 1, CPU: &ten},
		{Bout: "b", Scenario: "x", InFlight: 1, Round: 2}, {Bout: "b", Scenario: "y", InFlight: 1, Round: 2, CPU: &ten},
	}
	v := target{about: "processor time", bout: "b", of: "x@1", against: "y@1", to: "× y", value: cpuOf}.judge(rounds)
	if got := v.String(); !strings.Contains(got, "0.20 [0.20–0.20] × y") {
		t.Error(got)
	}
}
