package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kartka/bots/telegram"
)

// The corpus of updates lives with the adapter, as does the list of what becomes of each.
const (
	corpusFiles     = "../../bots/telegram/testdata/updates/*.json"
	corpusDecisions = "../../bots/telegram/testdata/updates.golden.json"
)

// Odd updates, the platform's own published examples among them, come to a running shop by every way there is. None stalls it: after
// them a guest is answered, what nobody can read is put aside where the operator sees it, and nothing panics.
func TestOddUpdates(t *testing.T) {
	corpus := readCorpus(t)
	for _, hooks := range []bool{true, false} {
		t.Run(map[bool]string{true: "webhooks", false: "polling"}[hooks], func(t *testing.T) {
			eachDatabase(t, func(t *testing.T, database string) { oddUpdates(t, database, hooks, corpus) })
		})
	}
}

func oddUpdates(t *testing.T, database string, hooks bool, corpus map[string][]byte) {
	s := newStage(newWorld(t), database, 1, 1)
	s.hooks(hooks)
	var log logBook
	i := s.instance(&log)
	s.everybodyStarts()
	for range 2 { // the second time they are known
		for name, raw := range corpus {
			if status := s.deliver(raw, nil); status != http.StatusOK {
				t.Errorf("%s was answered %d", name, status)
			}
		}
	}
	injected := 0
	for _, raw := range corpus {
		if _, err := s.driver.Inject(t.Context(), s.bot.Username, raw, 0); err == nil {
			injected++
		}
	}
	if injected < len(corpus)/2 {
		t.Errorf("only %d of %d could be sent by the messenger itself", injected, len(corpus))
	}
	s.heard()
	if status, body := get(t, s.base()+"/readyz"); status != http.StatusOK {
		t.Errorf("/readyz: %d %s", status, body)
	}
	s.guests[0].say("/privacy")
	s.guests[0].sees(lastAnswer)

	kept, dead := corpusOutcome(t)
	if n := s.count(`SELECT count(*) FROM inbox WHERE state = 'dead'`); n < dead {
		t.Errorf("%d dead letters, of the deliveries alone there are %d", n, dead)
	}
	if n := s.count(`SELECT count(*) FROM inbox`); n < kept {
		t.Errorf("%d updates kept, of the deliveries alone there are %d", n, kept)
	}
	var out strings.Builder
	cons := s.console()
	cons.out = &out
	code := run(t.Context(), cons, []string{"doctor"})
	if code != exitFailed || !strings.Contains(out.String(), "deliveries could not be handled") {
		t.Errorf("doctor: exit code %d\n%s", code, &out)
	}
	s.stop(i)
}

// heard waits until nothing is unheard, by asking for one more answer as long as something is. It returns how often it asked.
func (s *stage) heard() (asked int) {
	s.t.Helper()
	for began := time.Now(); ; asked++ {
		pending, err := s.driver.Pending(s.t.Context(), s.bot.Username)
		if err != nil {
			s.t.Fatal(err)
		}
		unheard := s.count(`SELECT count(*) FROM inbox WHERE state = 'new'`)
		if pending == 0 && unheard == 0 {
			return asked
		}
		if time.Since(began) > patience {
			s.t.Fatalf("%d updates are not fetched, %d unheard", pending, unheard)
		}
		s.guests[0].forge(1, "v1|guest|balance")
	}
}

// deliver posts an update as the messenger does and returns the status. change, when given, makes it something else.
func (s *stage) deliver(body []byte, change func(*http.Request)) int {
	s.t.Helper()
	resp := s.request(body, change)
	return resp.StatusCode
}

func (s *stage) request(body []byte, change func(*http.Request)) *http.Response {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.base()+s.hook, bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(telegram.SecretHeader, s.secret)
	if change != nil {
		change(req)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		s.t.Fatal(err)
	}
	return resp
}

func readCorpus(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(corpusFiles)
	if err != nil || len(files) < 50 {
		t.Fatalf("corpus: %d files, %v", len(files), err)
	}
	corpus := map[string][]byte{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		corpus[filepath.Base(file)] = raw
	}
	return corpus
}

// corpusOutcome is how many updates of the corpus are kept, by their keys, and how many of these end as dead letters.
func corpusOutcome(t *testing.T) (kept, dead int) {
	t.Helper()
	raw, err := os.ReadFile(corpusDecisions)
	if err != nil {
		t.Fatal(err)
	}
	var decisions map[string]struct{ Filed, Error string }
	if err := json.Unmarshal(raw, &decisions); err != nil {
		t.Fatal(fmt.Errorf("read decisions: %w", err))
	}
	seen := map[string]bool{}
	for _, d := range decisions {
		key, fate, keeps := strings.Cut(d.Filed, " ")
		if !keeps || seen[key] {
			continue
		}
		seen[key] = true
		if kept++; strings.HasPrefix(fate, "dead") || d.Error != "" {
			dead++
		}
	}
	return kept, dead
}
