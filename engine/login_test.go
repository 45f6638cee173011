package engine_test

import (
	"testing"
	"time"

	"kartka/engine"
	"kartka/storage/kv"
	"kartka/storage/kv/kvtest"
	"kartka/storage/storagetest"
)

func TestLogins(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	memory := kv.NewMemory(clock, 1000)
	e := engine.New(engine.Config{Store: storagetest.Open(t, storagetest.SQLite(t)), Codes: kvtest.Codes{Store: memory}, Now: clock})
	issue := func(program, contact string) string {
		t.Helper()
		token, until, err := e.IssueLogin(t.Context(), program, contact)
		if err != nil || len(token) != 22 || !until.Equal(now.Add(engine.LoginTTL)) {
			t.Fatalf("a link of %q until %v, %v", token, until, err)
		}
		return token
	}
	take := func(program, token, want string) {
		t.Helper()
		got, err := e.TakeLogin(t.Context(), program, token)
		if want == "" {
			wantError(t, token, err, "login_over")
			want = got
		}
		if want == "" && err == nil || got != want || got != "" && err != nil {
			t.Errorf("the link is of %q, %v; want %q", got, err, want)
		}
	}

	first, second := issue("p", "anna"), issue("p", "anna")
	if first == second {
		t.Fatal("two links are one")
	}
	take("other", first, "") // of another program
	take("p", first, "anna")
	take("p", first, "") // once
	take("p", "", "")
	take("p", "AAAAAAAAAAAAAAAAAAAAAA", "")
	if _, ok, err := memory.Get(t.Context(), "login:p:"+second); ok || err != nil {
		t.Errorf("the token itself is kept, %v", err)
	}
	now = now.Add(engine.LoginTTL)
	take("p", second, "") // too late

	for range 8 {
		issue("p", "anna")
	}
	_, _, err := e.IssueLogin(t.Context(), "p", "anna")
	wantError(t, "the eleventh within an hour", err, "too_many_logins")
	issue("p", "ben")
	now = now.Add(time.Hour)
	take("p", issue("p", "anna"), "anna")
}
