package main

import (
	"strings"
	"testing"
)

func TestTableForPeople(t *testing.T) {
	cpu := 87.5
	about := benchAbout{Database: "PostgreSQL 15.18", Reference: "pgbench at scale 100 on PostgreSQL 15.18", Processors: 2, Memory: 25 << 30, Go: "go1.26.8",
		Members: 100_000, Bytes: 150_000 << 10, Rounds: 2, WarmUps: 1, Seconds: 5, Seed: 1, Notes: []string{"a remark"}}
	rounds := []measured{
		{Bout: "post 64", Scenario: "tpc-b", InFlight: 64, Round: 1, Done: 10, Rate: 2000, P50: 26000, P99: 121000, P999: 150000},
		{Bout: "post 64", Scenario: "post/uniform/spend", InFlight: 64, Round: 1, Done: 60, Rate: 10000, P50: 550, P99: 1430, P999: 20000, CPU: &cpu, Refused: 20},
		{Bout: "post 64", Scenario: "tpc-b", InFlight: 64, Round: 2, Done: 10, Rate: 2200, P50: 24000, P99: 101000, P999: 130000},
		{Bout: "post 64", Scenario: "post/uniform/spend", InFlight: 64, Round: 2, Done: 15, Rate: 12000, P50: 450, P99: 1230, P999: 18000, CPU: &cpu, Errors: 5},
	}
	verdicts := []verdict{{About: "postings", To: "× TPC-B", Goal: atLeast, Bound: 5, Median: 5.4, Least: 5.1, Most: 5.9, Verdict: reached},
		{About: "reads", To: "a second", Goal: atLeast, Bound: 100_000, Verdict: notMeasured, Why: "not part of this run"},
		{About: "something told", To: "× TPC-B", Verdict: notMeasured, Why: "not part of this run"},
		{About: "something else told", To: "× TPC-B", Median: 2, Least: 1, Most: 3}}
	var got strings.Builder
	if err := printBench(&got, about, rounds, verdicts); err != nil {
		t.Fatal(err)
	}
	const want = `PostgreSQL 15.18, 100,000 members, 1.50 KiB a member, 2 processors, 25.0 GiB, go1.26.8
beside pgbench at scale 100 on PostgreSQL 15.18
medians [least–most] of 2 rounds of 5 s, after 1 that do not count; seed 1
note: a remark

postings: 5.40 [5.10–5.90] × TPC-B; target ≥ 5: reached
reads: not measured (not part of this run); target ≥ 100,000 a second
something else told: 2.00 [1.00–3.00] × TPC-B

     bout            scenario  in flight                a second      p50      p99    p99.9  processor  refused  failed
  post 64               tpc-b         64     2,100 [2,000–2,200]  25.0 ms   111 ms   140 ms          –        –       0
  post 64  post/uniform/spend         64  11,000 [10,000–12,000]   500 µs  1.33 ms  19.0 ms    87.5 µs   20.0 %       5
`
	if got.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", got.String(), want)
	}
}

func TestTableOfSizes(t *testing.T) {
	cpu, more := 80.0, 100.0
	about := benchAbout{Database: "PostgreSQL 15.18", Reference: "pgbench", Processors: 2, Go: "go1.26.8", Members: 10_000, Bytes: 310 << 20, LoadSeconds: 8, Rounds: 2, WarmUps: 1, Seconds: 5,
		Seed: 1, Notes: []string{"a remark"}}
	large := about
	large.Members, large.Bytes, large.LoadSeconds = 100_000, 3100<<20, 100
	rounds := []measured{
		{Bout: "post 64", Scenario: "tpc-b", InFlight: 64, Round: 1, Rate: 2000, P50: 26000, P99: 121000},
		{Bout: "post 64", Scenario: "post/hot", InFlight: 64, Round: 1, Members: 10_000, Rate: 10000, P50: 500, P99: 1000, CPU: &cpu},
		{Bout: "post 64", Scenario: "post/hot", InFlight: 64, Round: 1, Members: 100_000, Rate: 9000, P50: 600, P99: 900, CPU: &more},
		{Bout: "post 64", Scenario: "tpc-b", InFlight: 64, Round: 2, Rate: 2200, P50: 24000, P99: 101000},
		{Bout: "post 64", Scenario: "post/hot", InFlight: 64, Round: 2, Members: 10_000, Rate: 5000, P50: 1000, P99: 2000, CPU: &cpu},
		{Bout: "post 64", Scenario: "post/hot", InFlight: 64, Round: 2, Members: 100_000, Rate: 5000, P50: 1000, P99: 2000, Errors: 3},
	}
	var got strings.Builder
	if err := printSizes(&got, []benchAbout{about, large}, rounds); err != nil {
		t.Fatal(err)
	}
	const want = `PostgreSQL 15.18, 2 processors, go1.26.8
beside pgbench
medians [least–most] of 2 rounds of 5 s, after 1 that do not count; seed 1
note: a remark

  members  database  a member  loaded in  members a second
   10,000   310 MiB  31.7 KiB     8.00 s             1,250
  100,000  3.03 GiB  31.7 KiB      100 s             1,000

     bout  scenario  in flight  members              a second      p50      p99  processor             × p50             × p99       × processor  failed
  post 64     tpc-b         64        –   2,100 [2,000–2,200]  25.0 ms   111 ms          –                 –                 –                 –       0
  post 64  post/hot         64   10,000  7,500 [5,000–10,000]   750 µs  1.50 ms    80.0 µs                 –                 –                 –       0
  post 64  post/hot         64  100,000   7,000 [5,000–9,000]   800 µs  1.45 ms     100 µs  1.10 [1.00–1.20]  0.95 [0.90–1.00]  1.25 [1.25–1.25]       3
`
	if got.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", got.String(), want)
	}
}

func TestFailuresAreNotHidden(t *testing.T) {
	if err := failures([]measured{{Scenario: "a"}, {Scenario: "b"}}); err != nil {
		t.Error(err)
	}
	err := failures([]measured{{Scenario: "a", InFlight: 1}, {Scenario: "b", InFlight: 2, Errors: 3, FirstError: "gone"}, {Errors: 4, FirstError: "later"}})
	if err == nil || err.Error() != "7 operations failed, the first of them in b@2: gone" {
		t.Errorf("%v", err)
	}
}
