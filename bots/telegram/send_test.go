package telegram_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"kartka/bots"
	"kartka/bots/telegram"

	"github.com/google/go-cmp/cmp"
)

// TestSendWire shows what goes over the wire for each thing a message can hold.
func TestSendWire(t *testing.T) {
	const noPreview = `{"is_disabled":true}`
	for _, tt := range []struct {
		name     string
		m        bots.Message
		previous string
		want     []call
		ref      string
	}{
		{
			name: "text", m: bots.Message{Text: "<b>120</b> &amp; «бали»"}, ref: "100",
			want: []call{{Method: "sendMessage", Params: map[string]string{
				"chat_id": "42", "text": "<b>120</b> &amp; «бали»", "parse_mode": "HTML", "link_preview_options": noPreview}}},
		},
		{
			name: "buttons", ref: "100",
			m: bots.Message{Text: "x", Buttons: [][]bots.Button{
				{{Text: "Так", ID: "v1|y", Style: bots.StyleSuccess}, {Text: "Ні", ID: "v1|n", Style: bots.StyleDanger}},
				{{Text: "Сайт", URL: "https://x.example/?a=1&b=2"}}, {{Text: "Код", Copy: "1234"}}}},
			want: []call{{Method: "sendMessage", Params: map[string]string{
				"chat_id": "42", "text": "x", "parse_mode": "HTML", "link_preview_options": noPreview,
				"reply_markup": `{"inline_keyboard":[[{"text":"Так","style":"success","callback_data":"v1|y"},` +
					`{"text":"Ні","style":"danger","callback_data":"v1|n"}],[{"text":"Сайт","url":"https://x.example/?a=1\u0026b=2"}],` +
					`[{"text":"Код","copy_text":{"text":"1234"}}]]}`}}},
		},
		{
			name: "mini app", ref: "100",
			m: bots.Message{Text: "x", Buttons: [][]bots.Button{{{Text: "Картка", App: "https://kava.example/app/kava/"}},
				{{Text: "Звідки-небудь", App: "http://kava.example/app/kava/"}}}},
			want: []call{{Method: "sendMessage", Params: map[string]string{
				"chat_id": "42", "text": "x", "parse_mode": "HTML", "link_preview_options": noPreview,
				"reply_markup": `{"inline_keyboard":[[{"text":"Картка","web_app":{"url":"https://kava.example/app/kava/"}}]]}`}}},
		},
		{
			name: "mini app in a group", ref: "100",
			m: bots.Message{Text: "x", ChatID: "-1001", Buttons: [][]bots.Button{{{Text: "Картка", App: "https://kava.example/app/kava/"}}}},
			want: []call{{Method: "sendMessage", Params: map[string]string{
				"chat_id": "-1001", "text": "x", "parse_mode": "HTML", "link_preview_options": noPreview,
				"reply_markup": `{"inline_keyboard":[[{"text":"Картка","url":"https://kava.example/app/kava/"}]]}`}}},
		},
		{
			name: "flags", m: bots.Message{Text: "x", Silent: true, NoForward: true, Celebrate: true}, ref: "100",
			want: []call{{Method: "sendMessage", Params: map[string]string{
				"chat_id": "42", "text": "x", "parse_mode": "HTML", "link_preview_options": noPreview,
				"disable_notification": "true", "protect_content": "true", "message_effect_id": "5046509860389126442"}}},
		},
		{
			name: "paid", m: bots.Message{Text: "x", Paid: true}, ref: "100",
			want: []call{{Method: "sendMessage", Params: map[string]string{
				"chat_id": "42", "text": "x", "parse_mode": "HTML", "link_preview_options": noPreview, "allow_paid_broadcast": "true"}}},
		},
		{
			name: "paid picture", m: bots.Message{Text: "x", Photo: &bots.Photo{PNG: []byte("png")}, Paid: true}, ref: "100",
			want: []call{{Method: "sendPhoto", Params: map[string]string{"chat_id": "42", "caption": "x", "parse_mode": "HTML", "allow_paid_broadcast": "true"},
				Files: map[string]string{"photo": "picture.png:png"}}},
		},
		{
			name: "group", m: bots.Message{Text: "x", ChatID: "-1001", Celebrate: true}, ref: "100",
			want: []call{{Method: "sendMessage", Params: map[string]string{
				"chat_id": "-1001", "text": "x", "parse_mode": "HTML", "link_preview_options": noPreview}}},
		},
		{
			name: "ask for the phone", ref: "100",
			m: bots.Message{Text: "x", Ask: &bots.Ask{Kind: bots.AskPhone, Label: "Поділитися", Options: []string{"Без номера"}, Hint: "Натисніть"}},
			want: []call{{Method: "sendMessage", Params: map[string]string{
				"chat_id": "42", "text": "x", "parse_mode": "HTML", "link_preview_options": noPreview,
				"reply_markup": `{"keyboard":[[{"text":"Поділитися","request_contact":true}],[{"text":"Без номера"}]],` +
					`"resize_keyboard":true,"one_time_keyboard":true,"input_field_placeholder":"Натисніть"}`}}},
		},
		{
			name: "ask for text", m: bots.Message{Text: "x", Ask: &bots.Ask{Kind: bots.AskText, Hint: "120,50"}}, ref: "100",
			want: []call{{Method: "sendMessage", Params: map[string]string{
				"chat_id": "42", "text": "x", "parse_mode": "HTML", "link_preview_options": noPreview,
				"reply_markup": `{"force_reply":true,"input_field_placeholder":"120,50"}`}}},
		},
		{
			name: "take the keyboard away", m: bots.Message{Text: "Дякуємо", ClearAsk: true}, ref: "100",
			want: []call{{Method: "sendMessage", Params: map[string]string{
				"chat_id": "42", "text": "Дякуємо", "parse_mode": "HTML", "link_preview_options": noPreview,
				"reply_markup": `{"remove_keyboard":true}`}}},
		},
		{
			name: "qr", m: bots.Message{Text: "x", Photo: &bots.Photo{QR: "https://t.me/b?start=c"}}, ref: "100",
			want: []call{{Method: "sendPhoto", Params: map[string]string{"chat_id": "42", "caption": "x", "parse_mode": "HTML"},
				Files: map[string]string{"photo": "picture.png:png of https://t.me/b?start=c"}}},
		},
		{
			name: "file", m: bots.Message{Text: "x", File: &bots.File{Name: "плакат.pdf", MIME: "application/pdf", Data: []byte("%PDF")}}, ref: "100",
			want: []call{{Method: "sendDocument", Params: map[string]string{"chat_id": "42", "caption": "x", "parse_mode": "HTML"},
				Files: map[string]string{"document": "плакат.pdf:%PDF"}}},
		},
		{
			name: "answer to a press", m: bots.Message{Ack: &bots.Ack{Query: "q1", Text: "Готово", Alert: true}},
			want: []call{{Method: "answerCallbackQuery", Params: map[string]string{"callback_query_id": "q1", "text": "Готово", "show_alert": "true"}}},
		},
		{
			name: "edit text", previous: "7", ref: "7",
			m: bots.Message{Slot: bots.SlotScreen, Text: "x", Ack: &bots.Ack{Query: "q1"}, Buttons: [][]bots.Button{{{Text: "A", ID: "v1|a"}}}},
			want: []call{
				{Method: "answerCallbackQuery", Params: map[string]string{"callback_query_id": "q1"}},
				{Method: "editMessageText", Params: map[string]string{"chat_id": "42", "message_id": "7", "text": "x", "parse_mode": "HTML",
					"link_preview_options": noPreview, "reply_markup": `{"inline_keyboard":[[{"text":"A","callback_data":"v1|a"}]]}`}}},
		},
		{
			name: "edit picture", previous: "7", ref: "7", m: bots.Message{Slot: bots.SlotCard, Text: "x", Photo: &bots.Photo{PNG: []byte("PNG")}},
			want: []call{{Method: "editMessageMedia",
				Params: map[string]string{"chat_id": "42", "message_id": "7",
					"media": `{"type":"photo","media":"attach://picture.png","caption":"x","parse_mode":"HTML"}`},
				Files: map[string]string{"picture.png": "picture.png:PNG"}}},
		},
		{
			name: "edit caption only", previous: "7", ref: "7",
			m:    bots.Message{Slot: bots.SlotCard, Text: "x", Photo: &bots.Photo{QR: "q", Keep: true}},
			want: []call{{Method: "editMessageCaption", Params: map[string]string{"chat_id": "42", "message_id": "7", "caption": "x", "parse_mode": "HTML"}}},
		},
		{
			name: "fresh", previous: "7", ref: "100", m: bots.Message{Slot: bots.SlotCard, Fresh: true, Text: "x", Photo: &bots.Photo{QR: "q", Keep: true}},
			want: []call{
				{Method: "sendPhoto", Params: map[string]string{"chat_id": "42", "caption": "x", "parse_mode": "HTML"},
					Files: map[string]string{"photo": "picture.png:png of q"}},
				{Method: "deleteMessage", Params: map[string]string{"chat_id": "42", "message_id": "7"}}},
		},
		{
			name: "an ask cannot be edited in", previous: "7", ref: "100",
			m: bots.Message{Slot: bots.SlotScreen, Text: "x", ClearAsk: true},
			want: []call{
				{Method: "sendMessage", Params: map[string]string{"chat_id": "42", "text": "x", "parse_mode": "HTML",
					"link_preview_options": noPreview, "reply_markup": `{"remove_keyboard":true}`}},
				{Method: "deleteMessage", Params: map[string]string{"chat_id": "42", "message_id": "7"}}},
		},
		{name: "only if shown, and it is not", m: bots.Message{Slot: bots.SlotCard, OnlyIfShown: true, Text: "x"}},
		{
			name: "only if shown, and it is", previous: "7", ref: "7", m: bots.Message{Slot: bots.SlotCard, OnlyIfShown: true, Text: "x"},
			want: []call{{Method: "editMessageText", Params: map[string]string{"chat_id": "42", "message_id": "7", "text": "x",
				"parse_mode": "HTML", "link_preview_options": noPreview}}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newAPI(t)
			d := deliver(tt.m)
			d.Previous = tt.previous
			receipt, err := newBot(t, a, nil).Send(t.Context(), d)
			if err != nil {
				t.Fatal(err)
			}
			for i := range tt.want {
				if tt.want[i].Files == nil {
					tt.want[i].Files = map[string]string{}
				}
			}
			if diff := cmp.Diff(tt.want, a.took()); diff != "" {
				t.Errorf("calls:\n%s", diff)
			}
			if receipt.Ref != tt.ref {
				t.Errorf("ref %q, want %q", receipt.Ref, tt.ref)
			}
		})
	}
}

// TestSendOutcomes maps every refusal of the platform into the closed set. The texts are the server's own.
func TestSendOutcomes(t *testing.T) {
	json := func(code int, description, parameters string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { refuse(w, code, description, parameters) }
	}
	html := func(code int, body string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { w.WriteHeader(code); io.WriteString(w, body) }
	}
	for _, tt := range []struct {
		name   string
		group  bool
		answer func(http.ResponseWriter)
		want   bots.Outcome
		wait   time.Duration
		whole  bool
	}{
		{name: "flood", answer: json(429, "Too Many Requests: retry after 7", `{"retry_after":7}`), want: bots.RetryAfter, wait: 7 * time.Second, whole: true},
		{name: "flood in a group", group: true, answer: json(429, "Too Many Requests: retry after 35", `{"retry_after":35}`), want: bots.RetryAfter, wait: 35 * time.Second},
		{name: "flood by header", answer: func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "9")
			refuse(w, 429, "Too Many Requests", "")
		}, want: bots.RetryAfter, wait: 9 * time.Second, whole: true},
		{name: "flood without a time", answer: json(429, "Too Many Requests", ""), want: bots.RetryAfter, whole: true},
		{name: "flood of a proxy", answer: html(429, "<html>slow down</html>"), want: bots.RetryAfter, whole: true},
		{name: "blocked", answer: json(403, "Forbidden: bot was blocked by the user", ""), want: bots.Blocked},
		{name: "deactivated", answer: json(403, "Forbidden: user is deactivated", ""), want: bots.Blocked},
		{name: "kicked from group", group: true, answer: json(403, "Forbidden: bot was kicked from the group chat", ""), want: bots.Blocked},
		{name: "kicked from supergroup", group: true, answer: json(403, "Forbidden: bot was kicked from the supergroup chat", ""), want: bots.Blocked},
		{name: "kicked from channel", group: true, answer: json(403, "Forbidden: bot was kicked from the channel chat", ""), want: bots.Blocked},
		{name: "group deleted", group: true, answer: json(403, "Forbidden: the group chat was deleted", ""), want: bots.Blocked},
		{name: "never started", answer: json(403, "Forbidden: bot can't initiate conversation with a user", ""), want: bots.Blocked},
		{name: "chat not found", answer: json(400, "Bad Request: chat not found", ""), want: bots.Blocked},
		{name: "peer invalid", answer: json(400, "Bad Request: PEER_ID_INVALID", ""), want: bots.Blocked},
		{name: "bad markup", answer: json(400, "Bad Request: can't parse entities: unsupported start tag", ""), want: bots.Invalid},
		{name: "too long", answer: json(400, "Bad Request: message is too long", ""), want: bots.Invalid},
		{name: "moved to nowhere", group: true, answer: json(400, "Bad Request: group chat was upgraded to a supergroup chat", ""), want: bots.Invalid},
		{name: "too large", answer: json(413, "Request Entity Too Large", ""), want: bots.Invalid},
		{name: "too large for a proxy", answer: html(413, "<html>413</html>"), want: bots.Invalid},
		{name: "bad token", answer: json(401, "Unauthorized: invalid token specified", ""), want: bots.Unauthorized},
		{name: "revoked token", answer: json(401, "Unauthorized", ""), want: bots.Unauthorized},
		{name: "unknown token", answer: json(404, "Not Found", ""), want: bots.Unauthorized},
		{name: "conflict", answer: json(409, "Conflict: terminated by setWebhook request", ""), want: bots.Unknown},
		{name: "server error", answer: json(500, "Internal Server Error", ""), want: bots.Unknown},
		{name: "gateway page", answer: html(502, "<html><h1>502 Bad Gateway</h1></html>"), want: bots.Unknown},
		{name: "page with 200", answer: html(200, "<html>captive portal</html>"), want: bots.Unknown},
		{name: "page with 404", answer: html(404, "not here"), want: bots.Unknown},
		{name: "torn answer", answer: func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "500")
			io.WriteString(w, `{"ok":true,`)
			panic(http.ErrAbortHandler)
		}, want: bots.Unknown},
		{name: "reset", answer: func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, want: bots.Unknown},
		{name: "no message in the answer", answer: html(200, `{"ok":true,"result":true}`), want: bots.Unknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newAPI(t)
			a.on(func(_ call, w http.ResponseWriter) { tt.answer(w) })
			m := bots.Message{Text: "x"}
			if tt.group {
				m.ChatID = "-1001"
			}
			_, err := newBot(t, a, nil).Send(t.Context(), deliver(m))
			var failed *bots.SendError
			if !errors.As(err, &failed) {
				t.Fatalf("Send = %v", err)
			}
			if failed.Outcome != tt.want || failed.Wait != tt.wait || failed.WholeBot != tt.whole {
				t.Errorf("%s, wait %v, whole bot %v; want %s, %v, %v", failed.Outcome, failed.Wait, failed.WholeBot, tt.want, tt.wait, tt.whole)
			}
			if n := len(a.took()); n != 1 {
				t.Errorf("%d calls, a refused message is tried once", n)
			}
		})
	}
}

// TestSendNotReached: what never left is told apart from what may have arrived.
func TestSendNotReached(t *testing.T) {
	a := newAPI(t)
	b := newBot(t, a, nil)
	a.Close()
	var failed *bots.SendError
	if _, err := b.Send(t.Context(), deliver(bots.Message{Text: "x"})); !errors.As(err, &failed) || failed.Outcome != bots.RetryAfter {
		t.Errorf("server away: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Send(ctx, deliver(bots.Message{Text: "x"})); !errors.As(err, &failed) || failed.Outcome != bots.RetryAfter || !errors.Is(err, context.Canceled) {
		t.Errorf("context ended before: %v", err)
	}
}

func TestSendHasADeadline(t *testing.T) {
	a := newAPI(t)
	release := make(chan struct{})
	a.on(func(call, http.ResponseWriter) { <-release })
	t.Cleanup(func() { close(release) })
	b := newBot(t, a, func(c *telegram.Config) { c.CallTimeout = 20 * time.Millisecond })
	var failed *bots.SendError
	if _, err := b.Send(t.Context(), deliver(bots.Message{Text: "x"})); !errors.As(err, &failed) ||
		failed.Outcome != bots.Unknown || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Send = %v", err)
	}
}

// TestSendSecondTries: what Telegram refuses for a reason that another call can mend.
func TestSendSecondTries(t *testing.T) {
	bad := func(description string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { refuse(w, 400, "Bad Request: "+description, "") }
	}
	const unchanged = "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message"
	screen := bots.Message{Slot: bots.SlotScreen, Text: "x"}
	shown := bots.Message{Slot: bots.SlotScreen, Text: "x", OnlyIfShown: true}
	for _, tt := range []struct {
		name     string
		m        bots.Message
		previous string
		refuse   map[string]func(http.ResponseWriter) // by method
		calls    string
		ref      string
		outcome  bots.Outcome
	}{
		{name: "unchanged", m: screen, previous: "7", refuse: map[string]func(http.ResponseWriter){"editMessageText": bad(unchanged)},
			calls: "editMessageText", ref: "7"},
		{name: "edited message is gone", m: screen, previous: "7",
			refuse: map[string]func(http.ResponseWriter){"editMessageText": bad("message to edit not found")},
			calls:  "editMessageText sendMessage", ref: "100"},
		{name: "edited message is too old", m: screen, previous: "7",
			refuse: map[string]func(http.ResponseWriter){"editMessageText": bad("message can't be edited")},
			calls:  "editMessageText sendMessage deleteMessage", ref: "100"},
		{name: "edited message is a photo", m: screen, previous: "7",
			refuse: map[string]func(http.ResponseWriter){"editMessageText": bad("there is no text in the message to edit"),
				"deleteMessage": bad("message can't be deleted for everyone")},
			calls: "editMessageText sendMessage deleteMessage", ref: "100"},
		{name: "edit and send are both refused", m: screen, previous: "7",
			refuse: map[string]func(http.ResponseWriter){"editMessageText": bad("can't parse entities"), "sendMessage": bad("can't parse entities")},
			calls:  "editMessageText sendMessage", outcome: bots.Invalid},
		{name: "edit after a block", m: screen, previous: "7",
			refuse: map[string]func(http.ResponseWriter){"editMessageText": func(w http.ResponseWriter) { refuse(w, 403, "Forbidden: bot was blocked by the user", "") }},
			calls:  "editMessageText", outcome: bots.Blocked},
		{name: "edit flooded", m: screen, previous: "7",
			refuse: map[string]func(http.ResponseWriter){"editMessageText": func(w http.ResponseWriter) { refuse(w, 429, "Too Many Requests", `{"retry_after":3}`) }},
			calls:  "editMessageText", outcome: bots.RetryAfter},
		{name: "refresh of a gone message", m: shown, previous: "7",
			refuse: map[string]func(http.ResponseWriter){"editMessageText": bad("message to edit not found")}, calls: "editMessageText"},
		{name: "refresh unchanged", m: shown, previous: "7",
			refuse: map[string]func(http.ResponseWriter){"editMessageText": bad(unchanged)}, calls: "editMessageText", ref: "7"},
		{name: "refresh refused", m: shown, previous: "7",
			refuse: map[string]func(http.ResponseWriter){"editMessageText": bad("can't parse entities")}, calls: "editMessageText", outcome: bots.Invalid},
		{name: "effect refused", m: bots.Message{Text: "x", Celebrate: true},
			refuse: map[string]func(http.ResponseWriter){"message_effect_id": bad("EFFECT_ID_INVALID")},
			calls:  "sendMessage sendMessage", ref: "100"},
		{name: "old press", m: bots.Message{Text: "x", Ack: &bots.Ack{Query: "q"}},
			refuse: map[string]func(http.ResponseWriter){"answerCallbackQuery": bad("query is too old and response timeout expired or query ID is invalid")},
			calls:  "answerCallbackQuery sendMessage", ref: "100"},
		{name: "old press and nothing else", m: bots.Message{Ack: &bots.Ack{Query: "q"}},
			refuse: map[string]func(http.ResponseWriter){"answerCallbackQuery": bad("query is too old and response timeout expired or query ID is invalid")},
			calls:  "answerCallbackQuery"},
		{name: "flooded press and nothing else", m: bots.Message{Ack: &bots.Ack{Query: "q"}},
			refuse: map[string]func(http.ResponseWriter){"answerCallbackQuery": func(w http.ResponseWriter) { refuse(w, 429, "Too Many Requests", "") }},
			calls:  "answerCallbackQuery", outcome: bots.RetryAfter},
		{name: "odd previous", m: screen, previous: "not a number", calls: "sendMessage", ref: "100"},
		{name: "keyboard removal without a text", m: bots.Message{ClearAsk: true}, outcome: bots.Invalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newAPI(t)
			a.on(func(c call, w http.ResponseWriter) {
				answer := tt.refuse[c.Method]
				if c.Params["message_effect_id"] != "" {
					answer = tt.refuse["message_effect_id"]
				}
				if answer == nil {
					accept(c, w)
					return
				}
				answer(w)
			})
			d := deliver(tt.m)
			d.Previous = tt.previous
			receipt, err := newBot(t, a, nil).Send(t.Context(), d)
			if got := methods(a.took()); got != tt.calls {
				t.Errorf("calls %q, want %q", got, tt.calls)
			}
			var failed *bots.SendError
			if tt.outcome != "" && (!errors.As(err, &failed) || failed.Outcome != tt.outcome) || tt.outcome == "" && err != nil {
				t.Errorf("error %v, want %q", err, tt.outcome)
			}
			if receipt.Ref != tt.ref {
				t.Errorf("ref %q, want %q", receipt.Ref, tt.ref)
			}
		})
	}
}

// TestSendFollowsAMovedGroup: a group that became a supergroup is written to under its new id, which is reported.
func TestSendFollowsAMovedGroup(t *testing.T) {
	a := newAPI(t)
	a.on(func(c call, w http.ResponseWriter) {
		if c.Params["chat_id"] == "-5" {
			refuse(w, 400, "Bad Request: group chat was upgraded to a supergroup chat", `{"migrate_to_chat_id":-1005}`)
			return
		}
		accept(c, w)
	})
	receipt, err := newBot(t, a, nil).Send(t.Context(), deliver(bots.Message{Text: "x", ChatID: "-5"}))
	if err != nil || receipt.Ref != "100" || receipt.MovedTo != "-1005" {
		t.Errorf("receipt %+v, %v", receipt, err)
	}
}

// TestSendSurvivesNewAnswers: a message that was accepted is sent, whatever else the answer holds.
func TestSendSurvivesNewAnswers(t *testing.T) {
	a := newAPI(t)
	a.on(func(_ call, w http.ResponseWriter) {
		io.WriteString(w, `{"ok":true,"result":{"message_id":55,"date":"soon","forward_origin":{"type":"hologram"},"reply_to_message":7}}`)
	})
	receipt, err := newBot(t, a, nil).Send(t.Context(), deliver(bots.Message{Text: "x"}))
	if err != nil || receipt.Ref != "55" {
		t.Errorf("receipt %+v, %v", receipt, err)
	}
}

func TestSendRefusesWhatItCannot(t *testing.T) {
	a := newAPI(t)
	for name, d := range map[string]bots.Delivery{
		"no chat":         {Message: bots.Message{Text: "x"}},
		"name as chat":    deliver(bots.Message{Text: "x", ChatID: "@channel"}),
		"empty photo":     deliver(bots.Message{Text: "x", Photo: &bots.Photo{}}),
		"undrawable":      deliver(bots.Message{Text: "x", Photo: &bots.Photo{QR: "bad"}}),
		"edit undrawable": {To: deliver(bots.Message{}).To, Previous: "7", Message: bots.Message{Slot: "card", OnlyIfShown: true, Photo: &bots.Photo{QR: "bad"}}},
	} {
		b := newBot(t, a, func(c *telegram.Config) {
			c.Draw = func(bots.Photo) ([]byte, error) { return nil, errors.New("too long for a QR code") }
		})
		var failed *bots.SendError
		if _, err := b.Send(t.Context(), d); !errors.As(err, &failed) || failed.Outcome != bots.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if calls := a.took(); len(calls) > 0 {
		t.Errorf("called %s", methods(calls))
	}
}

func TestSendReportsLoss(t *testing.T) {
	a := newAPI(t)
	m := bots.Message{Text: bots.Rich(strings.Repeat("слово ", 900)), Buttons: [][]bots.Button{{{Text: "x", ID: strings.Repeat("i", 65)}}}}
	receipt, err := newBot(t, a, nil).Send(t.Context(), deliver(m))
	if err != nil || fmt.Sprint(receipt.Loss) != "[{buttons id too long} {text shortened}]" {
		t.Errorf("loss %v, %v", receipt.Loss, err)
	}
	if n := bots.UTF16Len(a.took()[0].Params["text"]); n > 4096 {
		t.Errorf("text of %d units", n)
	}
}

// TestPace holds the numbers to what Telegram states: 30 a second in all, one to a person, 20 a minute to a group.
func TestPace(t *testing.T) {
	p := telegram.Pace(false, nil)
	if p.Bulk > p.BulkCap || p.Chat != 1 || // answers are within the bulk rate, not beside it
		p.Group*60 != 20 || p.BulkCap > 30 {
		t.Errorf("pace %+v", p)
	}
	if can, _ := bots.CapabilitiesOf(bots.Telegram); float64(can.Bulk) != math.Floor(p.Bulk) {
		t.Errorf("people are told of %d a second, and it is %v", can.Bulk, p.Bulk)
	}
	if paid := telegram.Pace(true, nil); paid.BulkCap <= p.BulkCap || paid.BulkCap > 1000 {
		t.Errorf("paid pace %+v", paid)
	}
	if !p.IsGroup("-1001") || p.IsGroup("42") {
		t.Error("groups and people are mixed up")
	}
}
