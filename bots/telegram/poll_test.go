package telegram_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"kartka/bots"
	"kartka/bots/telegram"
)

// polls scripts getUpdates: one answer after the other, then the run is over.
type polls struct {
	t       *testing.T
	api     *api
	answers []func(http.ResponseWriter)
	stop    context.CancelFunc
	mu      sync.Mutex
	offsets []string
	asked   []call
	pauses  []time.Duration
}

func updates(list ...string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		fmt.Fprintf(w, `{"ok":true,"result":[%s]}`, strings.Join(list, ","))
	}
}

func text(id int, user int) string {
	return fmt.Sprintf(`{"update_id":%d,"message":{"message_id":1,"date":1795255200,"from":{"id":%d},"chat":{"id":%d,"type":"private"},"text":"x"}}`, id, user, user)
}

// poll runs Poll against the script and returns its error.
func (p *polls) poll(in bots.Inbox, wake func(string), o telegram.PollOptions, change func(*telegram.Config)) error {
	ctx, cancel := context.WithCancel(p.t.Context())
	defer cancel()
	p.stop = cancel
	p.api.on(func(c call, w http.ResponseWriter) {
		if c.Method != "getUpdates" {
			accept(c, w)
			return
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.offsets = append(p.offsets, c.Params["offset"])
		p.asked = append(p.asked, c)
		if len(p.answers) == 0 {
			p.stop()
			io.WriteString(w, `{"ok":true,"result":[]}`)
			return
		}
		answer := p.answers[0]
		p.answers = p.answers[1:]
		answer(w)
	})
	o.Sleep = func(_ context.Context, d time.Duration) { p.pauses = append(p.pauses, d) }
	o.Jitter = func() float64 { return 0 }
	return newBot(p.t, p.api, change).Poll(ctx, in, wake, o)
}

func TestPoll(t *testing.T) {
	p := &polls{t: t, api: newAPI(t), answers: []func(http.ResponseWriter){
		updates(text(10, 1), text(11, 2)),
		updates(),
		updates(`{"update_id":12,"poll":{}}`, `{"update_id":13,"message":{"from":"nobody"}}`, `"junk"`, text(14, 1)),
	}}
	in := &inbox{}
	var woken []string
	if err := p.poll(in, func(key string) { woken = append(woken, key) }, telegram.PollOptions{}, nil); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(p.offsets, " "); got != "0 12 12 15" {
		t.Errorf("offsets %s", got)
	}
	if got := in.keys(); !strings.HasPrefix(got, "10.1795255200 11.1795255200 13 sha256.") || !strings.HasSuffix(got, " 14.1795255200") {
		t.Errorf("stored %s", got)
	}
	if got := strings.Join(woken, " "); got != "telegram:7012345678:1 telegram:7012345678:2 telegram:7012345678:1" {
		t.Errorf("woken %s", got)
	}
	params := p.asked[0].Params
	if params["allowed_updates"] != `["message","callback_query","my_chat_member"]` || params["timeout"] != "50" || params["limit"] != "100" {
		t.Errorf("asked %v", params)
	}
	if len(p.pauses) != 0 {
		t.Errorf("paused %v", p.pauses)
	}
}

// TestPollConfirmsOnlyWhatIsStored: while the inbox fails, the same updates are asked for again, with growing pauses.
func TestPollConfirmsOnlyWhatIsStored(t *testing.T) {
	batch := updates(text(10, 1))
	p := &polls{t: t, api: newAPI(t), answers: []func(http.ResponseWriter){batch, batch, batch}}
	in := &inbox{fail: 2}
	if err := p.poll(in, func(string) {}, telegram.PollOptions{}, nil); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(p.offsets, " "); got != "0 0 0 11" {
		t.Errorf("offsets %s", got)
	}
	if fmt.Sprint(p.pauses) != "[1s 2s]" {
		t.Errorf("pauses %v", p.pauses)
	}
	if in.keys() != "10.1795255200" {
		t.Errorf("stored %s", in.keys())
	}
}

// TestPollForgetsAnOldOffset: after an idle week Telegram may number updates from below the offset.
func TestPollForgetsAnOldOffset(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	idle := func(w http.ResponseWriter) {
		now = now.Add(25 * time.Hour)
		updates()(w)
	}
	p := &polls{t: t, api: newAPI(t), answers: []func(http.ResponseWriter){updates(text(41, 1)), idle, updates(text(7, 1))}}
	in := &inbox{}
	clock := func(c *telegram.Config) { c.Now = func() time.Time { return now } }
	if err := p.poll(in, func(string) {}, telegram.PollOptions{}, clock); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(p.offsets, " "); got != "0 42 0 8" {
		t.Errorf("offsets %s", got)
	}
}

// TestPollTroubles: every trouble is a pause and not an end, except a refused token.
func TestPollTroubles(t *testing.T) {
	refuse := func(code int, description, parameters string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { refuse(w, code, description, parameters) }
	}
	const otherPoller = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
	const webhookSet = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
	for _, tt := range []struct {
		name    string
		answer  func(http.ResponseWriter)
		o       telegram.PollOptions
		pause   time.Duration
		log     string
		deletes bool
	}{
		{name: "flood", answer: refuse(429, "Too Many Requests: retry after 5", `{"retry_after":5}`), pause: 5 * time.Second},
		{name: "flood without a time", answer: refuse(429, "Too Many Requests", ""), pause: time.Second},
		{name: "server error", answer: refuse(500, "Internal Server Error", ""), pause: time.Second},
		{name: "gateway page", answer: func(w http.ResponseWriter) { w.WriteHeader(502); io.WriteString(w, "<html>") }, pause: time.Second},
		{name: "reset", answer: func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, pause: time.Second},
		{name: "torn list", answer: func(w http.ResponseWriter) { io.WriteString(w, `{"ok":true,"result":{}}`) }, pause: time.Second},
		{name: "no numbers", answer: updates(`{"message":{}}`), pause: time.Second, log: "dead letter"},
		{name: "other poller", answer: refuse(409, otherPoller, ""), pause: 10 * time.Second, log: "polled by another process"},
		{name: "webhook", answer: refuse(409, webhookSet, ""), pause: 30 * time.Second, log: "has a webhook"},
		{name: "webhook deleted", answer: refuse(409, webhookSet, ""), o: telegram.PollOptions{DeleteWebhook: true}, pause: time.Second, log: "webhook deleted", deletes: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			logger, log := logTo()
			p := &polls{t: t, api: newAPI(t), answers: []func(http.ResponseWriter){tt.answer, updates(text(10, 1))}}
			in := &inbox{}
			if err := p.poll(in, func(string) {}, tt.o, func(c *telegram.Config) { c.Logger = logger }); err != nil {
				t.Fatal(err)
			}
			if len(p.pauses) != 1 || p.pauses[0] != tt.pause {
				t.Errorf("pauses %v, want %v", p.pauses, tt.pause)
			}
			if !strings.Contains(in.keys(), "10.1795255200") {
				t.Error("the update after the trouble was not stored")
			}
			if !strings.Contains(log.String(), tt.log) {
				t.Errorf("log lacks %q:\n%s", tt.log, log)
			}
			if got := strings.Contains(methods(p.api.took()), "deleteWebhook"); got != tt.deletes {
				t.Errorf("webhook deleted: %v", got)
			}
		})
	}
}

func TestPollStopsWhenTheTokenIsRefused(t *testing.T) {
	p := &polls{t: t, api: newAPI(t), answers: []func(http.ResponseWriter){
		func(w http.ResponseWriter) { refuse(w, 401, "Unauthorized", "") }}}
	var failed *bots.SendError
	if err := p.poll(&inbox{}, func(string) {}, telegram.PollOptions{}, nil); !errors.As(err, &failed) || failed.Outcome != bots.Unauthorized {
		t.Errorf("Poll = %v", err)
	}
}

// TestPollEndsPromptly: a long poll under way does not hold up the end.
func TestPollEndsPromptly(t *testing.T) {
	a := newAPI(t)
	ctx, cancel := context.WithCancel(t.Context())
	release := make(chan struct{})
	a.on(func(call, http.ResponseWriter) {
		cancel()
		<-release
	})
	t.Cleanup(func() { close(release) })
	if err := newBot(t, a, nil).Poll(ctx, &inbox{}, func(string) {}, telegram.PollOptions{}); err != nil {
		t.Errorf("Poll = %v", err)
	}
}

// TestPollSleepsForReal: the default pause ends with the context.
func TestPollSleepsForReal(t *testing.T) {
	a := newAPI(t)
	ctx, cancel := context.WithCancel(t.Context())
	a.on(func(_ call, w http.ResponseWriter) {
		refuse(w, 429, "Too Many Requests", `{"retry_after":`+strconv.Itoa(3600)+`}`)
	})
	logged := make(chan struct{})
	logger, _ := logTo()
	done := make(chan error)
	go func() {
		done <- newBot(t, a, func(c *telegram.Config) { c.Logger = logger }).Poll(ctx, &inbox{}, func(string) {}, telegram.PollOptions{
			Jitter: func() float64 { close(logged); return 0 }, // the pause is about to begin
		})
	}()
	<-logged
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Poll = %v", err)
	}
}
