package telegram_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/go-telegram/bot/models"
	"github.com/mymmrac/telego"

	"kartka/bots/sandbox/telegram"
)

// Every update the emulator makes must mean the same to two independent libraries: what either of them decodes
// contains every field that was sent, with its value.
func TestUpdatesDecodeInBothLibraries(t *testing.T) {
	w := newWorld(t)
	place := w.private(w.anna)
	keys := args{"inline_keyboard": [][]args{{
		{"text": "Go", "callback_data": "go", "style": "primary"}, {"text": "Site", "url": "https://example.com/"},
		{"text": "Copy", "copy_text": args{"text": "4820"}}, {"text": "App", "web_app": args{"url": "https://example.com/app"}},
	}}}
	id := w.must("sendMessage", args{"chat_id": w.anna, "text": "<b>menu</b> <a href='https://example.com/x'>link</a>", "parse_mode": "HTML", "reply_markup": keys, "protect_content": true}).message(t).MessageID
	photo := w.sendFile(t, "sendPhoto", "photo", "p.png", picture(t, 400, 300)).message(t)
	doc := w.sendFile(t, "sendDocument", "document", "d.pdf", []byte("%PDF")).message(t)

	w.send(w.srv.SendText(place, "/start@kava_bot payload https://t.me/x @anna_k #tag 😀", 0))
	w.send(w.srv.SendText(place, "an answer", id))
	for _, m := range []int64{id, photo.MessageID, doc.MessageID, 999} {
		_, err := w.srv.Press(place, telegram.Pressing{Message: m, Data: "v1|x"})
		w.ok(err)
	}
	w.send(w.srv.ShareContact(place))
	w.send(w.srv.ForwardContact(place))
	w.send(w.srv.ShareForeignContact(place, telegram.Card{Phone: "1", FirstName: "X"}))
	for _, kind := range []string{"photo", "sticker", "voice", "location"} {
		w.send(w.srv.Attach(place, kind))
	}
	w.send(w.srv.SendFormatted(place, `<b>a <i>b</i></b> <tg-spoiler>c</tg-spoiler> <tg-emoji emoji-id="5368324170671202286">☕</tg-emoji> <pre><code class="language-go">d</code></pre> <blockquote>e</blockquote>`, 0))
	w.send(w.srv.SendPicture(place, telegram.Picture{Data: picture(t, 1600, 900), Caption: "<u>menu</u>", HTML: true, Spoiler: true, Album: "a1"}))
	w.send(w.srv.SendPicture(place, telegram.Picture{Data: picture(t, 10, 10), Name: "menu.png"}))
	w.send(w.srv.Forward(place, place, photo.MessageID))
	w.ok(w.srv.Block(w.anna, w.bot.ID, true))
	w.ok(w.srv.Block(w.anna, w.bot.ID, false))
	group, err := w.srv.CreateGroup(w.anna, w.bot.ID, "Staff")
	w.ok(err)
	w.send(w.srv.SendText(telegram.Place{User: w.anna, Chat: group}, "/today", 0))
	w.ok(w.srv.RemoveBot(telegram.Place{User: w.anna, Bot: w.bot.ID, Chat: group}))

	var raw []json.RawMessage
	w.ok(json.Unmarshal(w.must("getUpdates", nil).Result, &raw))
	if len(raw) != 23 {
		t.Fatalf("%d updates", len(raw))
	}
	for _, sent := range raw {
		var first models.Update
		var second telego.Update
		compare(t, "go-telegram/bot", sent, &first)
		compare(t, "telego", sent, &second)
	}
}

func compare(t *testing.T, library string, sent json.RawMessage, decoded any) {
	t.Helper()
	if err := json.Unmarshal(sent, decoded); err != nil {
		t.Errorf("%s: decode %s: %v", library, sent, err)
		return
	}
	back, err := json.Marshal(decoded)
	if err != nil {
		t.Errorf("%s: encode: %v", library, err)
		return
	}
	var want, got any
	if err := json.Unmarshal(sent, &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(back, &got); err != nil {
		t.Fatal(err)
	}
	contains(t, library, "update", want, got)
}

// contains checks that got has everything want has. Zero values may be left out.
func contains(t *testing.T, library, path string, want, got any) {
	t.Helper()
	switch want := want.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			t.Errorf("%s: %s is lost: %v", library, path, want)
			return
		}
		for name, value := range want {
			contains(t, library, path+"."+name, value, object[name])
		}
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			t.Errorf("%s: %s is %v, sent %v", library, path, got, want)
			return
		}
		for i := range want {
			contains(t, library, fmt.Sprintf("%s[%d]", path, i), want[i], list[i])
		}
	default:
		if got != want && !(got == nil && (want == false || want == 0.0 || want == "")) {
			t.Errorf("%s: %s is %v, sent %v", library, path, got, want)
		}
	}
}
