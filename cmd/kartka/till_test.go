package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"kartka/storage/storagetest"
)

// tillCall makes a call as a till and reads what comes back.
func tillCall(t *testing.T, method, url, key, idempotency, body string) (int, map[string]any) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+key)
	q.Header.Set("Content-Type", "application/json")
	if idempotency != "" {
		q.Header.Set("Idempotency-Key", idempotency)
	}
	got, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	raw, err := io.ReadAll(got.Body)
	answer := map[string]any{}
	if err != nil || json.Unmarshal(raw, &answer) != nil {
		t.Fatalf("%s %s answers %d %q, %v", method, url, got.StatusCode, raw, err)
	}
	return got.StatusCode, answer
}

func TestKeysOfTills(t *testing.T) {
	m := newWorld(t).mall(storagetest.SQLite(t))
	m.add("kava", speaks(t, "Кава", "UAH", "Europe/Kyiv", "uk"))
	m.add("murt", nil)
	till := func(args ...string) []string { return append([]string{"till"}, args...) }
	m.try(exitConfig, till(), "usage:")
	m.try(exitConfig, till("fly"), "usage:")
	m.try(exitConfig, till("add", "-name", "1"), "usage:")
	m.try(exitConfig, till("add", "-program", "kava"), "usage:")
	m.try(exitConfig, till("list", "-name", "1"), "usage:")
	m.try(exitConfig, till("revoke", "-program", "kava"), "usage:")
	m.try(exitConfig, till("add", "-program", "nobody", "-name", "1"), `no program "nobody"`)
	m.try(exitConfig, till("add", "-program", "kava", "-name", "1"), "-location must name one place", "there is none yet")
	environment(m.env).with(t, func(a *app) {
		p, err := a.store.ProgramBySlug(t.Context(), "kava")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"Поділ", "Вал"} {
			if _, err := a.engine.AddLocation(t.Context(), p.ID, "", name, ""); err != nil {
				t.Fatal(err)
			}
		}
	})
	m.try(exitConfig, till("add", "-program", "kava", "-name", "1"), "Поділ", "Вал")
	m.try(exitConfig, till("add", "-program", "kava", "-location", "Поділ", "-name", "a/b"), "no slash")
	shape := regexp.MustCompile(`kt_[0-9a-z]+_[0-9a-v]{52}`)
	var keys []string
	for range 2 {
		m.try(exitOK, till("add", "-program", "kava", "-location", "Поділ", "-name", "Каса 1"), "till Каса 1 at Поділ")
		keys = append(keys, shape.FindString(m.out.String()))
	}
	if keys[0] == "" || keys[0] == keys[1] {
		t.Errorf("the keys are %d and %d letters", len(keys[0]), len(keys[1]))
	}
	m.try(exitConfig, till("add", "-program", "kava", "-location", "Поділ", "-name", "Каса 1"), "two keys that work")
	m.try(exitOK, till("list"), "kava", "Поділ", "Каса 1", "yes")
	if out := m.out.String(); shape.MatchString(out) || strings.Count(out, "yes") != 2 {
		t.Errorf("the list is %s", out)
	}
	id := regexp.MustCompile(`(?m)^kava +Поділ +Каса 1 +(\S+)`).FindStringSubmatch(m.out.String())[1]
	m.try(exitOK, till("revoke", "-program", "kava", "-id", id), "key "+id+" of till Каса 1 is revoked")
	m.try(exitOK, till("list", "-program", "kava"), "revoked 20", "yes")
	m.try(exitOK, till("revoke", "-program", "kava", "-location", "Поділ", "-name", "Каса 1"), "is revoked")
	m.try(exitConfig, till("revoke", "-program", "kava", "-location", "Поділ", "-name", "Каса 1"), "no such key")
	m.try(exitConfig, till("revoke", "-program", "murt", "-id", id), "no such key")
}

// The instance takes sales from tills beside the bot, tells the guest, and counts them.
func TestTillsAtAnInstance(t *testing.T) {
	eachDatabase(t, func(t *testing.T, url string) {
		w := newWorld(t)
		env := shopEnvironment(t, url, w)
		env["KARTKA_TELEGRAM_TOKEN"], env["KARTKA_METRICS_TOKEN"], env["KARTKA_LOG_LEVEL"] = w.bot("till_coffee_bot").Token, "metrics-token", "info"
		env.migrate(t)
		s := env.serve(t)
		var key string
		env.with(t, func(a *app) {
			p, err := a.store.ProgramBySlug(t.Context(), "main")
			if err != nil {
				t.Fatal(err)
			}
			place, err := a.engine.AddLocation(t.Context(), p.ID, "", "Counter", "")
			if err != nil {
				t.Fatal(err)
			}
			_, secret, err := a.engine.AddTill(t.Context(), p.ID, place.ID, "1")
			if err != nil {
				t.Fatal(err)
			}
			key = secret.Reveal()
		})
		at := "http://" + env["KARTKA_LISTEN"]
		status, answer := tillCall(t, http.MethodGet, at+"/till/v1/hello", key, "", "")
		if status != http.StatusOK || answer["till_id"] != "1" || answer["currency"] != "UAH" {
			t.Errorf("hello: %d %v", status, answer)
		}
		sale := `{"receipt_no":"R/1","business_date":"2026-03-02","occurred_at":"2026-03-02T12:00:00+02:00","currency":"UAH","lines":[],"total":10000,"tenders":[]}`
		status, answer = tillCall(t, http.MethodPost, at+"/till/v1/sales", key, "sale-0001", sale)
		if status != http.StatusForbidden || answer["code"] != "programme_not_active" { // its owner has not opened it yet
			t.Errorf("a sale: %d %v", status, answer)
		}
		if status, answer = tillCall(t, http.MethodGet, at+"/till/v1/nothing", key, "", ""); status != http.StatusNotFound || answer["code"] != "not_found" {
			t.Errorf("nothing: %d %v", status, answer)
		}
		if code, body := get(t, at+"/till/v1/openapi.yaml"); code != http.StatusOK || !strings.Contains(body, "openapi: 3.0.3") {
			t.Errorf("the contract: %d %.60q", code, body)
		}
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Authorization", "Bearer metrics-token")
		got, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		defer got.Body.Close()
		raw, _ := io.ReadAll(got.Body)
		for _, want := range []string{`kartka_till_seconds_count{operation="hello",status="200"} 1`, `kartka_till_seconds_count{operation="commitSale",status="403"} 1`} {
			if !strings.Contains(string(raw), want) {
				t.Errorf("the metrics lack %s", want)
			}
		}
		s.end()
	})
}

// A till of the demo works as the documentation says, and what it sells reaches the guest's card.
func TestTillOfTheDemo(t *testing.T) {
	line, end := playDemo(t, t.TempDir())
	info := readDemoLine(t, line)
	status, hello := tillCall(t, http.MethodGet, info.TillURL+"/hello", info.TillKey, "", "")
	if status != http.StatusOK || hello["programme"] == "" {
		t.Fatalf("hello: %d %v", status, hello)
	}
	sale := fmt.Sprintf(`{"receipt_no":"1","business_date":"%.10s","occurred_at":"%s","currency":"UAH","lines":[{"line_id":"1","name":"Капучино","category":"кава","qty":1000,"net":7500}],
		"total":7500,"tenders":[{"kind":"card","amount":7500}]}`, hello["server_time"], hello["server_time"])
	status, sold := tillCall(t, http.MethodPost, info.TillURL+"/sales", info.TillKey, "demo-sale-1", sale)
	if status != http.StatusCreated || sold["status"] != "anonymous" || sold["total"] != 7500.0 {
		t.Errorf("a sale: %d %v", status, sold)
	}
	link, _ := sold["rating_url"].(string)
	if !strings.Contains(link, "/app/") {
		t.Errorf("nothing to print for whoever wants to say how it was: %v", sold)
	} else if code, body := get(t, link); code != http.StatusOK || !strings.Contains(body, `name="stars"`) {
		t.Errorf("what is printed leads to: %d %s", code, body)
	}
	batch := `{"items":[{"seq":1,"idempotency_key":"demo-sale-1","op":"sale","body":` + sale + `},{"seq":2,"idempotency_key":"demo-void-1","op":"void","target":"` + sold["sale_id"].(string) + `"}]}`
	status, uploaded := tillCall(t, http.MethodPost, info.TillURL+"/batches", info.TillKey, "", batch)
	if results, _ := uploaded["results"].([]any); status != http.StatusOK || len(results) != 2 || results[1].(map[string]any)["status"] != 200.0 {
		t.Errorf("a batch: %d %v", status, uploaded)
	}
	if err := end(); err != nil {
		t.Error(err)
	}
}
