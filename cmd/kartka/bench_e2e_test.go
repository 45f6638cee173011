package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"kartka/storage/storagetest"
)

// output is what a bench wrote, line by line of its JSON.
type output struct {
	about    benchAbout
	abouts   []benchAbout // of each size, the last of which is about
	rounds   []measured
	verdicts []verdict
}

func readBench(t *testing.T, text string) (o output) {
	t.Helper()
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var kind struct{ Kind string }
		var err error
		raw := lines.Bytes()
		if err = json.Unmarshal(raw, &kind); err == nil {
			switch kind.Kind {
			case "run":
				o.about = benchAbout{}
				err = json.Unmarshal(raw, &o.about)
				o.abouts = append(o.abouts, o.about)
			case "round":
				o.rounds = append(o.rounds, measured{})
				err = json.Unmarshal(raw, &o.rounds[len(o.rounds)-1])
			case "target":
				o.verdicts = append(o.verdicts, verdict{})
				err = json.Unmarshal(raw, &o.verdicts[len(o.verdicts)-1])
			default:
				t.Errorf("a line of unknown kind: %s", raw)
			}
		}
		if err != nil {
			t.Fatalf("%v: %s", err, raw)
		}
	}
	return o
}

// works fails unless every measurement did something, and nothing but it.
func (o output) works(t *testing.T, keys ...string) {
	t.Helper()
	seen := map[string]bool{}
	for _, m := range o.rounds {
		seen[m.Bout+" "+m.key()] = true
		if m.Done == 0 || m.Rate <= 0 || m.P50 <= 0 || m.P99 < m.P50 || m.P999 < m.P99 || m.Errors > 0 {
			t.Errorf("%+v", m)
		}
		if m.CPU == nil || *m.CPU < 0 || *m.CPUProcess+*m.CPUServer > *m.CPU+0.02 {
			t.Errorf("processor time of %s: %+v", m.key(), m)
		}
		if spends := strings.HasSuffix(m.Scenario, "/spend"); !spends && m.Refused > 0 {
			t.Errorf("%s: %d refused", m.key(), m.Refused)
		}
	}
	for _, key := range keys {
		if !seen[key] {
			t.Errorf("%s is not measured", key)
		}
	}
}

func TestBenchOnATemporaryFile(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	code, out, errs := environment{}.command(t, "bench", "-quick", "-json", "-")
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	o := readBench(t, out)
	o.works(t, "read 64 balance/member@64", "read 8 balance/member@8", "read 1 balance/card@1", "read 1 balance/address@1", "read 64 balance/phone@64", "read 1 home@1", "read 1 quote@1", "turn turn/balance@1", "turn page/card@1", "turn turn/balance@16", "turn page/card@16",
		"picture qr@1", "segment segment/everyone@1", "segment segment/three@1", "segment segment/rfm@1", "segment segment/few@1",
		"segment segment/everyone/database@1", "segment segment/three/database@1", "post 1 post/uniform@1", "post 16 post/uniform@16", "post 16 post/hot@16", "post 16 post/uniform/spend@16",
		"post 16 post/hot/spend@16", "post 16 post/serial@16", "post 16 bare@16", "post 1 http/sales@1", "post 16 http/sales@16", "post 16 http/batch@2",
		"broadcast broadcast/free@1", "broadcast broadcast/paid@1", "trigger trigger/day/all@1", "trigger trigger/day/none@1", "trigger trigger/sale@4")
	if o.about.Database != "SQLite" || o.about.Members != 200 || o.about.Bytes < 1<<16 || len(o.about.Notes) < 2 {
		t.Errorf("%+v", o.about)
	}
	for _, want := range []string{
		"SQLite, 200 members",
		"postings at 64 in flight: not measured (not part of this run); target ≥ 3 × TPC-B at 64 clients",
		"a quick run: its numbers mean nothing",
	} {
		if !strings.Contains(errs, want) {
			t.Errorf("the table lacks %q:\n%s", want, errs)
		}
	}
	if !regexp.MustCompile(`(?m)^balances by member at 64 in flight: [\d,.]+ \[[\d,.]+–[\d,.]+\] a second; target ≥ 100,000: (not )?reached$`).MatchString(errs) {
		t.Errorf("no verdict on reads:\n%s", errs)
	}
	if !regexp.MustCompile(`(?m)^ +post 16  +post/uniform +16 .* [µm]s .*–  +0$`).MatchString(errs) {
		t.Errorf("no row of postings:\n%s", errs)
	}
	nothingLeft(t)
}

func TestBenchOfSeveralSizes(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	code, out, errs := environment{}.command(t, "bench", "-quick", "-members", "150,60,150", "-json", "-")
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	o := readBench(t, out)
	o.works(t, "read 8 balance/member@8", "read 1 home@1", "post 16 post/uniform@16", "post 16 post/hot@16", "post 16 bare@16")
	if len(o.abouts) != 2 || o.abouts[0].Members != 60 || o.abouts[1].Members != 150 || o.abouts[0].Bytes >= o.abouts[1].Bytes || o.about.LoadSeconds <= 0 {
		t.Errorf("%+v", o.abouts)
	}
	for i, m := range o.rounds {
		if want := []int{60, 150}[i%2]; m.Members != want { // by turns
			t.Errorf("measurement %d, %s, is on %d members", i, m.key(), m.Members)
		}
	}
	for _, want := range []string{
		`(?m)^ +60 .* KiB +[\d.]+ s +[\d,.]+$`,
		`(?m)^ +post 16 +post/uniform +16 +60 .* +–  +–  +–  +0$`,
		`(?m)^ +post 16 +post/uniform +16 +150 .* [µm]s  +[\d.]+ \[[\d.]+–[\d.]+\]  +[\d.]+ \[.*\]  +[\d.]+ \[.*\]  +0$`,
	} {
		if !regexp.MustCompile(want).MatchString(errs) {
			t.Errorf("the table has no line like %s:\n%s", want, errs)
		}
	}
	nothingLeft(t)
}

func TestBenchOnAServer(t *testing.T) {
	base := storagetest.StartPostgres(t, storagetest.PostgresOptions{Durable: true}).URL()
	file := filepath.Join(t.TempDir(), "bench.jsonl")
	code, out, errs := environment{}.command(t, "bench", "-quick", "-seconds", "0.5", "-postgres", base, "-json", file, "-scenario", "post/(uniform|hot)@1$|balance/member@1")
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	o := readBench(t, string(raw))
	o.works(t, "post 1 tpc-b@1", "post 1 post/uniform@1", "post 1 post/hot@1", "post 1 post/serial@1", "read 1 select-only@1", "read 1 balance/member@1")
	if len(o.rounds) != 6 {
		t.Errorf("%d measurements: more was measured than was asked for", len(o.rounds))
	}
	if !strings.HasPrefix(o.about.Database, "PostgreSQL ") || !strings.HasPrefix(o.about.Reference, "pgbench at scale 1 on PostgreSQL ") {
		t.Errorf("%+v", o.about)
	}
	if !regexp.MustCompile(`(?m)^p50 of a posting alone: \d.* × that of a TPC-B transaction alone; target ≤ 1.5: (not )?reached$`).MatchString(out) {
		t.Errorf("no verdict on a posting alone:\n%s", out)
	}
	if !strings.Contains(out, "postings over HTTP in batches of 500: not measured (") {
		t.Errorf("a target without a measurement is hidden:\n%s", out)
	}
	s, err := openServer(t.Context(), base, 1)
	if err != nil {
		t.Fatal(err)
	}
	if left := benchDatabases(t, s); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// A broadcast goes to all guests of a shop of its own, once, and is compared with what the messenger allows. Triggers have such a shop, too.
func TestBenchTellsGuests(t *testing.T) {
	base := storagetest.StartPostgres(t, storagetest.PostgresOptions{Durable: true}).URL()
	t.Setenv("TMPDIR", t.TempDir())
	code, out, errs := environment{}.command(t, "bench", "-quick", "-rounds", "3", "-postgres", base, "-json", "-", "-scenario", "^(broadcast|trigger/day)", "-broadcast-guests", "45")
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	o := readBench(t, out)
	o.works(t, "broadcast broadcast/free@1", "broadcast broadcast/paid@1", "trigger trigger/day/all@1", "trigger trigger/day/none@1")
	if len(o.rounds) != 4 {
		t.Errorf("%d measurements", len(o.rounds))
	}
	for _, m := range o.rounds {
		if m.Bout == "broadcast" && (m.Done != 45 || m.Answered == 0 || m.Allowed <= 0) || m.Members != 0 {
			t.Errorf("%+v", m)
		}
	}
	for _, want := range []string{
		`(?m)^a broadcast at the paid pace: [\d.,]+ \[.*\] % of the rate that is allowed; target ≥ 98: (not )?reached$`,
		`(?m)^a broadcast at the free pace, refused for being too much: 0.00 \[0.00–0.00\] % of all that was sent; target ≤ 0.1: reached$`,
		`(?m)^a broadcast at the free pace, p99 of answers meanwhile: [\d.]+ \[.*\] ms; target ≤ 300: (not )?reached$`,
	} {
		if !regexp.MustCompile(want).MatchString(errs) {
			t.Errorf("there is no line like %s:\n%s", want, errs)
		}
	}
	s, err := openServer(t.Context(), base, 1)
	if err != nil {
		t.Fatal(err)
	}
	if left := benchDatabases(t, s); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	nothingLeft(t)
}

// interrupter ends a command as somebody at the terminal would, as soon as it says something.
type interrupter struct {
	strings.Builder
	at   string
	stop context.CancelFunc
}

func (i *interrupter) Write(p []byte) (int, error) {
	n, err := i.Builder.Write(p)
	if strings.Contains(i.String(), i.at) {
		i.stop()
	}
	return n, err
}

// A server that is started for the bench is as durable as one in production, and gone afterwards.
func TestBenchStartsAServer(t *testing.T) {
	t.Setenv("TMPDIR", openDirectory(t))
	c, err := startCluster(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openServer(t.Context(), c.url(), connectionsFor(256, 1)); err != nil {
		t.Error(err)
	}
	c.stop()
	if _, err := openServer(t.Context(), c.url(), 1); err == nil {
		t.Error("the server still answers")
	}
	code, out, errs := environment{}.command(t, "bench", "-quick", "-start-postgres", "-sqlite", "-scenario", "post/uniform@1$")
	if code != exitOK || !strings.Contains(out, "beside pgbench at scale 1 on PostgreSQL") || !regexp.MustCompile(`(?m)^ +post 1 +tpc-b .* [µm]s  +–  +0$`).MatchString(out) {
		t.Errorf("exit code %d: %s\n%s", code, errs, out)
	}
	nothingLeft(t)
}

// openDirectory is a directory for temporary files that other users may enter, too: as root, a server runs as somebody else.
func openDirectory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "kartka-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func nothingLeft(t *testing.T) {
	t.Helper()
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestBenchCleansUpWhenInterrupted(t *testing.T) {
	t.Setenv("TMPDIR", openDirectory(t))
	const filling = "filling pgbench's tables"
	interrupted := func(args ...string) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		errs := &interrupter{at: filling, stop: stop}
		if code := run(ctx, console{out: io.Discard, err: errs, env: environment{}.get}, append([]string{"bench", "-scale", "50"}, args...)); code != exitFailed {
			t.Errorf("%v: exit code %d: %s", args, code, errs)
		}
		if !strings.Contains(errs.String(), filling) || !strings.Contains(errs.String(), context.Canceled.Error()) {
			t.Errorf("%v: %s", args, errs)
		}
		nothingLeft(t)
	}
	interrupted("-start-postgres")

	base := storagetest.StartPostgres(t, storagetest.PostgresOptions{Durable: true}).URL()
	t.Setenv("TMPDIR", openDirectory(t)) // the one before holds that server's files now
	interrupted("-postgres", base)
	server, err := openServer(t.Context(), base, 1)
	if err != nil {
		t.Fatal(err)
	}
	if left := benchDatabases(t, server); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestBenchRefusesWhatMakesNoSense(t *testing.T) {
	for _, c := range []struct {
		want string
		args []string
	}{
		{"not both", []string{"-postgres", "postgres://127.0.0.1/x", "-start-postgres"}},
		{"-sqlite", []string{"-sqlite"}},
		{"-members", []string{"-members", "10"}},
		{"-members", []string{"-members", "100,10"}},
		{"no number of members", []string{"-members", "100,many"}},
		{"sizes at most", []string{"-members", "61,62,63,64,65,66"}},
		{"-rounds", []string{"-rounds", "0"}},
		{"-scale", []string{"-scale", "0"}},
		{"-seconds", []string{"-seconds", "0"}},
		{"-broadcast-guests", []string{"-broadcast-guests", "-1"}},
		{"-scenario", []string{"-scenario", "("}},
		{"matches nothing", []string{"-quick", "-scenario", "tea"}},
		{"-json", []string{"-json", "/nowhere/at/all"}},
		{"-postgres needs", []string{"-postgres", "mysql://x"}},
		{"directory", []string{"-dir", "/nowhere/at/all"}},
	} {
		environment{}.prints(t, append([]string{"bench"}, c.args...), exitConfig, c.want)
	}
}
