package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kartka/engine"
	"kartka/storage/storagetest"
)

// smallDemo is the share of the demo's guests that a test makes.
const smallDemo = 40

// playDemo runs a small demo in a directory and returns its first line and what ends it.
func playDemo(t *testing.T, dir string) (line []byte, end func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	read, stdout := io.Pipe()
	d := &demo{dir: dir, keep: true, listen: "127.0.0.1:0", json: true, scale: smallDemo}
	done := make(chan error, 1)
	go func() {
		err := d.run(ctx, console{out: stdout, err: testLog{t}, env: environment{"KARTKA_LOG_LEVEL": "error"}.get})
		stdout.Close()
		done <- err
	}()
	end = func() error {
		cancel()
		err := <-done
		done <- err
		return err
	}
	t.Cleanup(func() { _ = end() })
	line, err := bufio.NewReader(read).ReadBytes('\n')
	if err != nil {
		t.Fatalf("the demo says %q: %v, %v", line, err, end())
	}
	go func() { _, _ = io.Copy(io.Discard, read) }()
	return line, end
}

// readDemoLine reads the first line of "demo -json", whose fields are promised to scripts.
func readDemoLine(t *testing.T, line []byte) demoInfo {
	t.Helper()
	var info demoInfo
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&info); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	var fields map[string]any
	if err := json.Unmarshal(line, &fields); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"url", "sandbox_url", "telegram_api", "sandbox_api", "bot_token", "bot_username", "till_url", "till_key", "owner_link", "staff_link", "guest_link", "database", "members"} {
		if v, ok := fields[name]; !ok || v == "" || v == 0.0 {
			t.Errorf("%s is %v", name, v)
		}
	}
	return info
}

func TestDemoForScripts(t *testing.T) {
	dir := t.TempDir()
	line, end := playDemo(t, dir)
	info := readDemoLine(t, line)
	for url, want := range map[string]string{
		info.URL: "<html", info.SandboxURL: "<html", info.SandboxAPI: "/sandbox/api/telegram/", info.URL + "/readyz": `"database":"ok"`,
		info.TelegramAPI + "/bot" + info.BotToken + "/getMe": `"username":"` + info.BotUsername + `"`,
	} {
		if code, body := get(t, url); code != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d %.200q, want %s", url, code, body, want)
		}
	}
	for _, link := range []string{info.GuestLink, info.StaffLink, info.OwnerLink} {
		if !strings.HasPrefix(link, "https://t.me/"+info.BotUsername+"?start=") {
			t.Errorf("the link is %s", link)
		}
	}
	if err := end(); err != nil {
		t.Fatalf("the demo ends with %v", err)
	}
	kept := environment{"KARTKA_DATABASE": info.Database}
	kept.prints(t, []string{"verify"}, exitOK, "kava: ", "murt: ", "; 0 differences")
	kept.with(t, func(a *app) {
		sales := count(t, a.store.DB(), "SELECT count(*) FROM every_sale")
		members := count(t, a.store.DB(), "SELECT count(*) FROM member")
		if members != info.Members || sales < 5*members {
			t.Errorf("%d members of %d, %d sales", members, info.Members, sales)
		}
		if on := count(t, a.store.DB(), "SELECT count(*) FROM campaign WHERE kind = 'trigger' AND state = 'running'"); on != 3 {
			t.Errorf("%d triggers are on", on)
		}
	})

	line, end = playDemo(t, dir)
	again := readDemoLine(t, line)
	if again.BotToken != info.BotToken || again.Members != info.Members || again.GuestLink != info.GuestLink {
		t.Errorf("on the same directory: %+v, then %+v", info, again)
	}
	if err := end(); err != nil {
		t.Errorf("the second demo ends with %v", err)
	}
}

// A demo that was killed is taken up again: the chats are kept once they are made, and not only at the end.
func TestDemoThatWasKilled(t *testing.T) {
	dir := t.TempDir()
	line, end := playDemo(t, dir)
	first := readDemoLine(t, line)
	chats := filepath.Join(dir, "chats.json")
	kept, err := os.ReadFile(chats)
	if err != nil {
		t.Fatal(err)
	}
	if err := end(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(chats, kept, 0o600); err != nil {
		t.Fatal(err)
	}
	line, end = playDemo(t, dir)
	if again := readDemoLine(t, line); again.BotToken != first.BotToken || again.Members != first.Members {
		t.Errorf("%+v, then %+v", first, again)
	}
	if err := end(); err != nil {
		t.Error(err)
	}
}

func TestDemoCannotUseItsDirectory(t *testing.T) {
	file := write(t, "file", "")
	d := &demo{dir: filepath.Join(file, "below"), keep: true, listen: "127.0.0.1:0", scale: smallDemo}
	err := d.run(t.Context(), console{out: io.Discard, err: testLog{t}, env: environment{}.get})
	if err == nil || !strings.Contains(err.Error(), errConfig.Error()) {
		t.Errorf("%v", err)
	}
}

// The same seed at the same instant makes the same past, to the last card and point.
func TestTheDemosPastIsAlwaysTheSame(t *testing.T) {
	at := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	first, second := past(t, at, smallDemo), past(t, at, smallDemo)
	if first != second {
		t.Errorf("the same instant makes\n%s\nand\n%s", first, second)
	}
	if cards := strings.Count(first, "\n"); cards < 40 {
		t.Errorf("the past is only\n%s", first)
	}
}

// The café's half year has had one of each mechanic, so that whoever looks finds it; the barbershop has lived by discounts alone.
func TestTheDemosPastHasEveryMechanic(t *testing.T) {
	cafe, barbershop, found := strings.Cut(past(t, time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC), 8), `["murt"`)
	if !found {
		t.Fatalf("there is no barbershop in\n%s", cafe)
	}
	for _, what := range []string{"tier silver", "tier gold", "stamps coffee-8", "stamps breakfasts", "coupon minus-30 applied", "coupon minus-30 expired",
		"coupon come-back", "coupon coffee applied", "coupon dessert applied", "posting welcome", "posting code", "posting bonus", "posting reward", "posting coupon",
		"posting referral", "posting transfer", "posting reverse", "posting expire", "certificate", "referral paid", "use rule:happy-morning", "use rule:dessert-weeks", "use rule:birthday", "use rule:we-miss-you", "rating 1", "rating 3", "rating 5", "comment 1", "comment 5"} {
		if !strings.Contains(cafe, `"`+what) {
			t.Errorf("the café has no %q:\n%.3000s", what, cafe)
		}
	}
	for _, what := range []string{"tier regular", "tier friend", "stamps visits-6", "coupon shave applied", "posting sale", "rating 5", "comment 5"} {
		if !strings.Contains(barbershop, `"`+what) {
			t.Errorf("the barbershop has no %q:\n%.1000s", what, barbershop)
		}
	}
	if strings.Contains(barbershop, `"posting welcome`) {
		t.Errorf("the barbershop gives points:\n%.1000s", barbershop)
	}
}

// lived counts what came of the mechanics of a program, as "what: how many".
func lived(t *testing.T, a *app, programID string) map[string]int {
	t.Helper()
	counts := make(map[string]int)
	for what, sql := range map[string]string{
		"posting":     "SELECT kind, count(*) FROM posting WHERE program_id = $1 GROUP BY kind",
		"tier":        "SELECT tier, count(*) FROM account WHERE program_id = $1 AND tier <> '' GROUP BY tier",
		"stamps":      "SELECT card, sum(done) FROM stamp WHERE program_id = $1 AND done > 0 GROUP BY card",
		"coupon":      "SELECT kind || ' ' || state, count(*) FROM coupon WHERE program_id = $1 GROUP BY kind, state",
		"certificate": "SELECT state, count(*) FROM certificate WHERE program_id = $1 GROUP BY state",
		"referral":    "SELECT state, count(*) FROM referral WHERE program_id = $1 GROUP BY state",
		"rating":      "SELECT CAST(stars AS text), count(*) FROM rating WHERE program_id = $1 GROUP BY stars",
		"comment":     "SELECT CAST(stars AS text), count(*) FROM rating WHERE program_id = $1 AND comment <> '' GROUP BY stars",
		"use":         "SELECT of_what, sum(times) FROM counter WHERE program_id = $1 GROUP BY of_what",
	} {
		rows, err := a.store.DB().Query(t.Context(), sql, programID)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		for rows.Next() {
			var name string
			var n int
			if err := rows.Scan(&name, &n); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			counts[what+" "+name] = n
		}
		rows.Close()
		if err := rows.Err(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	return counts
}

// past makes the demo's shops at an instant, with one of so many guests, and sums them up.
func past(t *testing.T, at time.Time, scale int) string {
	t.Helper()
	var sum strings.Builder
	environment := environment{"KARTKA_DATABASE": storagetest.SQLite(t)}
	environment.prints(t, []string{"migrate"}, exitOK)
	environment.with(t, func(a *app) {
		venues, err := demoVenues(at)
		if err != nil {
			t.Fatal(err)
		}
		s := &seeder{store: a.store, rand: rand.New(rand.NewPCG(2026, 11)), done: func() {}}
		for _, v := range venues {
			v.members /= scale
			p, err := s.play(t.Context(), v, codes{a.shared}, at)
			if err != nil {
				t.Fatal(err)
			}
			totals, err := a.store.Verify(t.Context(), p.ID, nil, func(d engine.Audited) { t.Errorf("%+v", d) })
			if err != nil {
				t.Fatal(err)
			}
			day, err := a.store.DayTotals(t.Context(), p.ID, "", "", at.AddDate(-1, 0, 0), at.AddDate(0, 0, 1))
			if err != nil {
				t.Fatal(err)
			}
			cards, err := a.store.DB().Query(t.Context(), "SELECT m.card, a.balance FROM member m JOIN account a ON a.program_id = m.program_id AND a.id = m.account_id WHERE m.program_id = $1 ORDER BY m.id", p.ID)
			if err != nil {
				t.Fatal(err)
			}
			defer cards.Close()
			if err := json.NewEncoder(&sum).Encode([]any{p.Slug, totals, day, lived(t, a, p.ID)}); err != nil {
				t.Fatal(err)
			}
			for cards.Next() {
				var card string
				var balance int64
				if err := cards.Scan(&card, &balance); err != nil {
					t.Fatal(err)
				}
				_ = json.NewEncoder(&sum).Encode([]any{card, balance})
			}
			if err := cards.Err(); err != nil {
				t.Fatal(err)
			}
		}
	})
	return sum.String()
}
