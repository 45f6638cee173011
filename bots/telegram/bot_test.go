package telegram_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"kartka/bots"
	"kartka/bots/telegram"
)

func TestTokenHidesItself(t *testing.T) {
	logger, log := logTo()
	nested := struct{ T telegram.Token }{testToken}
	logger.Info("token", "token", testToken, "nested", nested)
	slog.New(slog.NewJSONHandler(log, nil)).Info("token", "token", testToken, "nested", nested)
	encoded, err := json.Marshal(nested)
	if err != nil {
		t.Fatal(err)
	}
	printed := fmt.Sprintf("%v %s %q %x %d %+v %#v %v", testToken, testToken, testToken, testToken, testToken, nested, nested, &nested)
	for name, text := range map[string]string{"log": log.String(), "json": string(encoded), "print": printed} {
		if strings.Contains(text, secretPart) || strings.Contains(text, fmt.Sprintf("%x", secretPart)) {
			t.Errorf("%s shows the token: %s", name, text)
		}
		if !strings.Contains(text, "7012345678:***") {
			t.Errorf("%s does not tell which bot: %s", name, text)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for name, c := range map[string]telegram.Config{
		"no token":       {},
		"no colon":       {Token: "12345"},
		"no id":          {Token: ":AAH5YkoiEuPk8"},
		"spaces":         {Token: "123:AAH5 koiEuPk8"},
		"other scheme":   {Token: testToken, APIURL: "ftp://x"},
		"no host":        {Token: testToken, APIURL: "https://"},
		"not even a URL": {Token: testToken, APIURL: "%"},
	} {
		if _, err := telegram.New(c); err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), secretPart) {
			t.Errorf("%s: error shows the token: %v", name, err)
		}
	}
}

func TestMe(t *testing.T) {
	a := newAPI(t)
	b := newBot(t, a, nil)
	a.on(func(_ call, w http.ResponseWriter) {
		io.WriteString(w, `{"ok":true,"result":{"id":7012345678,"is_bot":true,"first_name":"Кава","username":"kava_bot",
			"has_main_web_app":true,"supports_inline_queries":true,"can_join_groups":false,"something_new":{}}}`)
	})
	got, err := b.Me(t.Context())
	want := telegram.Identity{ID: 7012345678, Username: "kava_bot", Name: "Кава", HasMainWebApp: true, SupportsInlineQueries: true}
	if err != nil || got != want {
		t.Errorf("Me = %+v, %v", got, err)
	}
	// From now on the bot knows which commands of a group are its own.
	ev, err := b.Decode([]byte(`{"update_id":1,"message":{"message_id":2,"date":3,"from":{"id":4},
		"chat":{"id":-5,"type":"group"},"text":"/start@Kava_Bot x"}}`))
	if err != nil || ev.Kind != bots.EventGroup {
		t.Errorf("Decode = %+v, %v", ev, err)
	}

	a.on(func(_ call, w http.ResponseWriter) { refuse(w, 401, "Unauthorized: invalid token specified", "") })
	var failed *bots.SendError
	if _, err := b.Me(t.Context()); !errors.As(err, &failed) || failed.Outcome != bots.Unauthorized {
		t.Errorf("with a refused token: %v", err)
	}
	a.on(func(_ call, w http.ResponseWriter) { io.WriteString(w, `{"ok":true,"result":true}`) })
	if _, err := b.Me(t.Context()); err == nil {
		t.Error("an answer without identity was accepted")
	}
}

func TestWebhookSettings(t *testing.T) {
	a := newAPI(t)
	b := newBot(t, a, nil)
	if err := b.SetWebhook(t.Context(), "https://x.example/hook", "s3cret"); err != nil {
		t.Fatal(err)
	}
	if err := b.DeleteWebhook(t.Context()); err != nil {
		t.Fatal(err)
	}
	calls := a.took()
	if methods(calls) != "setWebhook deleteWebhook" {
		t.Fatalf("calls: %s", methods(calls))
	}
	p := calls[0].Params
	if p["url"] != "https://x.example/hook" || p["secret_token"] != "s3cret" ||
		p["allowed_updates"] != `["message","callback_query","my_chat_member"]` {
		t.Errorf("setWebhook %v", p)
	}
	if _, drops := calls[1].Params["drop_pending_updates"]; drops {
		t.Error("waiting updates are thrown away")
	}
	if err := b.SetWebhook(t.Context(), "https://x.example/hook", ""); err == nil {
		t.Error("a webhook without secret was set")
	}
}

// TestErrorsHideTheToken: no failure shows the token, not even one of the transport.
func TestErrorsHideTheToken(t *testing.T) {
	logger, log := logTo()
	a := newAPI(t)
	b := newBot(t, a, func(c *telegram.Config) { c.Logger = logger })
	a.on(func(_ call, w http.ResponseWriter) {
		w.WriteHeader(502)
		io.WriteString(w, "<html>no such path /bot"+string(testToken)+"</html>")
	})
	var texts []string
	fails := func() {
		_, err := b.Me(t.Context())
		texts = append(texts, fmt.Sprintf("%v %+v %#v", err, err, errors.Unwrap(err)))
		_, err = b.Send(t.Context(), deliver(bots.Message{Text: "x", Ack: &bots.Ack{Query: "q"}}))
		texts = append(texts, fmt.Sprintf("%v %+v %#v", err, err, errors.Unwrap(err)))
	}
	fails()
	a.on(func(_ call, w http.ResponseWriter) { refuse(w, 400, "Bad Request: "+string(testToken), "") })
	fails()
	a.Close()
	fails()
	for _, text := range append(texts, log.String()) {
		if strings.Contains(text, secretPart) {
			t.Errorf("shows the token: %s", text)
		}
	}
}

func deliver(m bots.Message) bots.Delivery {
	return bots.Delivery{To: bots.Address{Channel: bots.Telegram, Sender: "7012345678", UserID: "42"}, Message: m}
}
