package telegram_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kartka/bots"
	"kartka/bots/telegram"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite golden files")

// reading is what became of one update: how it was filed, and what it was taken to mean.
type reading struct {
	Filed string      `json:"filed"` // "key user", "key dead: why", or "dropped"
	Event *bots.Event `json:"event,omitempty"`
	Error string      `json:"error,omitempty"`
}

// TestUpdateCorpus reads every update of the corpus, plain and odd: each is an event, ignored, dropped, or a dead
// letter, and is acknowledged in any case. The golden file is the list of decisions.
func TestUpdateCorpus(t *testing.T) {
	const golden = "testdata/updates.golden.json"
	files, err := filepath.Glob("testdata/updates/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("corpus: %v, %v", files, err)
	}
	b := newBot(t, newAPI(t), nil)
	readings := map[string]reading{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		readings[strings.TrimSuffix(filepath.Base(file), ".json")] = read(t, b, raw)
	}
	var now bytes.Buffer
	e := json.NewEncoder(&now)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(readings); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(golden, now.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	old, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(old), now.String()); diff != "" {
		t.Errorf("decisions differ (run with -update and read the diff):\n%s", diff)
	}
}

// read delivers an update by webhook and decodes what was stored.
func read(t *testing.T, b *telegram.Bot, raw []byte) reading {
	t.Helper()
	in := &inbox{}
	status, woken := post(t, b, in, raw)
	if status != http.StatusOK {
		t.Fatalf("answered %d to %.80q", status, raw)
	}
	if len(in.rows) == 0 {
		return reading{Filed: "dropped"}
	}
	row := in.rows[0]
	if !bytes.Equal(row.Body, raw) || row.Channel != bots.Telegram || row.Sender != "7012345678" || !row.At.Equal(testNow) {
		t.Errorf("row %+v", row)
	}
	event, err := telegram.Decode(row.Body, row.Sender, "kava_bot")
	r := reading{Filed: row.Key + " " + row.UserID}
	if row.UserID == "" {
		if row.Reason == "" || len(woken) > 0 {
			t.Errorf("dead letter without a reason, or woken: %+v, %v", row, woken)
		}
		r.Filed = row.Key + " dead: " + row.Reason
	} else if len(woken) != 1 || woken[0] != "telegram:7012345678:"+row.UserID {
		t.Errorf("woken %v for %s", woken, row.UserID)
	}
	if err != nil {
		r.Error = err.Error()
		return r
	}
	if event.From.UserID != row.UserID || event.Key != row.Key {
		t.Errorf("event of %q with key %q, row of %q with key %q", event.From.UserID, event.Key, row.UserID, row.Key)
	}
	event.From = bots.Address{}
	r.Event = &event
	return r
}

// post delivers one update as Telegram does.
func post(t *testing.T, b *telegram.Bot, in bots.Inbox, body []byte) (status int, woken []string) {
	t.Helper()
	h, err := b.WebhookHandler("s3cret", in, func(key string) { woken = append(woken, key) })
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/hook", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(telegram.SecretHeader, "s3cret")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, woken
}

// TestHugeUpdates: size and depth that no person produces are survived like anything else.
func TestHugeUpdates(t *testing.T) {
	b := newBot(t, newAPI(t), nil)
	wrap := func(extra string) []byte {
		return []byte(`{"update_id":1,"message":{"message_id":1,"date":1795255200,"from":{"id":42},"chat":{"id":42,"type":"private"},` + extra + `}}`)
	}
	deep := func(n int) string {
		return `"reply_to_message":` + strings.Repeat(`{"reply_to_message":`, n) + `1` + strings.Repeat(`}`, n)
	}
	for name, tt := range map[string]struct {
		raw   []byte
		filed string
		kind  bots.EventKind
	}{
		"long text":   {wrap(`"text":"` + strings.Repeat("ї", 400_000) + `"`), "1.1795255200 42", bots.EventText},
		"many fields": {wrap(`"sticker":{},"x":[` + strings.Repeat("0,", 300_000) + `0]`), "1.1795255200 42", bots.EventOther},
		"deep":        {wrap(deep(5000) + `,"text":"x"`), "1.1795255200 42", bots.EventText},
		"too deep":    {wrap(deep(12_000)), "dead: not an update", ""},
	} {
		r := read(t, b, tt.raw)
		if !strings.HasSuffix(r.Filed, tt.filed) {
			t.Errorf("%s: filed %q", name, r.Filed)
		}
		if tt.kind != "" && (r.Event == nil || r.Event.Kind != tt.kind) {
			t.Errorf("%s: %+v, %s", name, r.Event, r.Error)
		}
	}
}

// TestDecodeWithoutUsername: as long as the bot does not know its name, no command of a group is its own.
func TestDecodeWithoutUsername(t *testing.T) {
	raw := []byte(`{"update_id":1,"message":{"message_id":2,"date":3,"from":{"id":4},"chat":{"id":-5,"type":"group"},"text":"/start@"}}`)
	ev, err := telegram.Decode(raw, "1", "")
	if err != nil || ev.Kind != bots.EventIgnored || ev.ChatID != "-5" {
		t.Errorf("%+v, %v", ev, err)
	}
}

// TestKeysOutliveRestartedNumbers: Telegram may begin its numbers anew; another update with the same number is
// another delivery, the same one delivered twice is not.
func TestKeysOutliveRestartedNumbers(t *testing.T) {
	b := newBot(t, newAPI(t), nil)
	in := &inbox{}
	for _, date := range []int{1795255200, 1795255200, 1800000000} {
		post(t, b, in, fmt.Appendf(nil, `{"update_id":1,"message":{"message_id":2,"date":%d,"from":{"id":4},"text":"x"}}`, date))
	}
	for _, query := range []string{"q1", "q2", "q1"} {
		post(t, b, in, fmt.Appendf(nil, `{"update_id":1,"callback_query":{"id":%q,"from":{"id":4},"data":"x"}}`, query))
	}
	if got := in.keys(); got != "1.1795255200 1.1800000000 1.q1 1.q2" {
		t.Errorf("keys %s", got)
	}
}

// FuzzDecode: no bytes panic, and what is filed under a person decodes to an event of that person or to an error.
func FuzzDecode(f *testing.F) {
	files, _ := filepath.Glob("testdata/updates/*.json")
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		ev, err := telegram.Decode(raw, "7012345678", "kava_bot")
		if err != nil {
			return
		}
		if ev.Kind == "" || ev.Key == "" {
			t.Fatalf("event without kind or key: %+v", ev)
		}
		if ev.Kind != bots.EventIgnored && (ev.From.UserID == "" || ev.From.UserID[0] == '-') {
			t.Fatalf("event of nobody: %+v", ev)
		}
		if strings.Contains(ev.Text+ev.Name+ev.Payload+ev.Locale, "\x00") {
			t.Fatalf("NUL character: %+v", ev)
		}
		if err := bots.Validate(ev.Rich); err != nil {
			t.Fatalf("malformed text: %v in %s", err, ev.Rich)
		}
		if ev.Kind == bots.EventText && bots.Plain(ev.Rich) != ev.Text {
			t.Fatalf("%s does not say %q", ev.Rich, ev.Text)
		}
		if ev.Photo != nil {
			if ref, err := bots.ParsePhotoRef(ev.Photo.String()); err != nil || !ref.Owned(bots.Telegram, "7012345678") {
				t.Fatalf("picture %+v: %v", ev.Photo, err)
			}
		}
		again, err := telegram.Decode(raw, "7012345678", "kava_bot")
		if diff := cmp.Diff(ev, again); diff != "" || err != nil {
			t.Fatalf("not deterministic: %v\n%s", err, diff)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	raw, err := os.ReadFile("testdata/updates/press.json")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := telegram.Decode(raw, "1", "kava_bot"); err != nil {
			b.Fatal(err)
		}
	}
}
