package main

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"kartka/bots/sandbox/telegram"
	"kartka/storage/storagetest"
)

// Redis dies under load. Nobody at the counter notices: sales go on, and so do live codes, which this instance keeps by itself until
// Redis is back.
func TestRedisDiesUnderLoad(t *testing.T) {
	script, _ := newSeed(t)
	redis := storagetest.StartRedis(t)
	s := newStorm(newStage(newWorld(t), storagetest.SQLite(t), 4, 10), script)
	s.env["KARTKA_REDIS"] = redis.URL()
	s.hooks(true)
	var log logBook
	i := s.instance(&log)
	s.play(150)
	s.accrueByCode()
	s.strike = redis.Crash
	s.play(s.sent + 150)
	s.accrueByCode()
	if status, body := get(t, s.base()+"/readyz"); status != http.StatusOK || !strings.Contains(body, "down, serving from memory") {
		t.Errorf("/readyz without Redis: %d %s", status, body)
	}
	redis.Start()
	for began := time.Now(); ; {
		s.sent++
		s.guests[0].forge(1, "v1|guest|code") // needs shared state, even when the answer is that these were enough codes
		_, body := get(t, s.base()+"/readyz")
		if strings.Contains(body, `"redis":"ok"`) {
			break
		}
		if time.Since(began) > patience {
			t.Fatalf("Redis is not used again: %s", body)
		}
	}
	s.accrueByCode()
	s.play(s.sent + 50)
	s.calm()
	s.stop(i)
	s.check(0)
}

var liveCode = regexp.MustCompile(`\b(\d{3}) (\d{3})\b`)

// accrueByCode has a guest show a live code and a cashier type it.
func (s *storm) accrueByCode() {
	s.t.Helper()
	guest, cashier := s.guests[1+s.rand.IntN(len(s.guests)-1)], s.cashiers[0]
	seen := guest.codes()
	s.sent++
	s.press(guest.person, 0, "v1|guest|code")
	var code string
	_, err := guest.WaitFor(guest.ctx(), func(v telegram.ChatView) bool {
		for shown := range codesIn(v) {
			if !seen[shown] {
				code = shown
			}
		}
		return code != ""
	})
	guest.must(err)
	sum := s.newSum()
	s.sales[sum] = guest
	s.sent++
	s.write(cashier, fmt.Sprintf("/accrue %s %d.%02d", code, sum/100, sum%100))
	s.receipt(cashier, sum)
}

func (h *holder) codes() map[string]bool {
	h.t.Helper()
	v, err := h.Chat(h.ctx())
	h.must(err)
	return codesIn(v)
}

// codesIn finds the live codes in a chat.
func codesIn(v telegram.ChatView) map[string]bool {
	found := map[string]bool{}
	for _, m := range v.Messages {
		if parts := liveCode.FindStringSubmatch(plain(m.Text)); parts != nil && m.Protected {
			found[parts[1]+parts[2]] = true
		}
	}
	return found
}
