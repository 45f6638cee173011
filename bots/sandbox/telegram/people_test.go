package telegram_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/skip2/go-qrcode"

	"kartka/bots/sandbox/telegram"
)

func TestPressMustBeAnsweredInTime(t *testing.T) {
	w := newWorld(t)
	keys := args{"inline_keyboard": [][]args{{{"text": "Go", "callback_data": "go"}}}}
	id := w.must("sendMessage", args{"chat_id": w.anna, "text": "menu", "reply_markup": keys}).message(t).MessageID
	first, err := w.srv.Press(w.private(w.anna), telegram.Pressing{Label: "Go"})
	w.ok(err)
	second, err := w.srv.Press(w.private(w.anna), telegram.Pressing{Message: id})
	w.ok(err)
	got := w.must("getUpdates", nil).updates(t)
	if texts(got) != "press go,press go" || got[0].Callback.Message.MessageID != id || got[0].Callback.Message.ReplyMarkup == nil {
		t.Fatalf("updates %s", texts(got))
	}
	w.clock.Advance(150 * time.Second)
	w.must("answerCallbackQuery", args{"callback_query_id": first.Query, "text": "in time"})
	w.clock.Advance(time.Second)
	w.refused("answerCallbackQuery", args{"callback_query_id": second.Query}, 400,
		"Bad Request: query is too old and response timeout expired or query ID is invalid")
	w.transcript(w.anna, "Anna: /start\nbot: menu [Go]\nbot → toast: in time")
}

func TestPressOnAMessageThatIsGone(t *testing.T) {
	w := newWorld(t)
	_, err := w.srv.Press(w.private(w.anna), telegram.Pressing{Message: 77, Data: "forged"})
	w.ok(err)
	raw := string(w.must("getUpdates", nil).Result)
	if !strings.Contains(raw, `"message_id":77,"date":0`) || strings.Contains(raw, `"text"`) {
		t.Errorf("an inaccessible message: %s", raw)
	}
	if _, err := w.srv.Press(w.private(w.anna), telegram.Pressing{Label: "Nowhere"}); !errors.Is(err, telegram.ErrNotFound) {
		t.Errorf("a button that is not there: %v", err)
	}
}

func TestBlocking(t *testing.T) {
	w := newWorld(t)
	id := w.must("sendMessage", args{"chat_id": w.anna, "text": "hello"}).message(t).MessageID
	w.ok(w.srv.Block(w.anna, w.bot.ID, true))
	w.ok(w.srv.Block(w.anna, w.bot.ID, true)) // changes nothing, tells nothing
	for method, params := range map[string]args{
		"sendMessage": {"chat_id": w.anna, "text": "x"}, "sendChatAction": {"chat_id": w.anna, "action": "typing"},
		"editMessageText": {"chat_id": w.anna, "message_id": id, "text": "y"},
	} {
		w.refused(method, params, 403, "Forbidden: bot was blocked by the user")
	}
	if _, err := w.srv.SendText(w.private(w.anna), "hello?", 0); !errors.Is(err, telegram.ErrInvalid) {
		t.Errorf("writing to a blocked bot: %v", err)
	}
	w.send(w.srv.Start(w.anna, w.bot.ID, "back"))
	if got := texts(w.must("getUpdates", nil).updates(t)); got != "kicked,member,/start back" {
		t.Errorf("the bot heard %q", got)
	}
	w.must("sendMessage", args{"chat_id": w.anna, "text": "x"})
	w.ok(w.srv.Deactivate(w.anna))
	w.refused("sendMessage", args{"chat_id": w.anna, "text": "x"}, 403, "Forbidden: user is deactivated")
}

func TestReplyKeyboard(t *testing.T) {
	w := newWorld(t)
	place := w.private(w.anna)
	w.must("sendMessage", args{"chat_id": w.anna, "text": "Your number?", "reply_markup": args{
		"keyboard": []any{[]any{args{"text": "Share", "request_contact": true}}, []any{"Later"}}, "one_time_keyboard": true, "input_field_placeholder": "+380"}})
	view, err := w.srv.View(place, 0)
	w.ok(err)
	if view.Keyboard == nil || view.Hint != "+380" {
		t.Fatalf("no keyboard: %+v", view)
	}
	if _, err := w.srv.PressReply(place, "Never"); !errors.Is(err, telegram.ErrNotFound) {
		t.Errorf("a button that is not there: %v", err)
	}
	_, err = w.srv.PressReply(place, "Share")
	w.ok(err)
	if _, err := w.srv.PressReply(place, "Later"); !errors.Is(err, telegram.ErrNotFound) {
		t.Errorf("a one-time keyboard was used twice: %v", err)
	}
	w.must("sendMessage", args{"chat_id": w.anna, "text": "Menu", "reply_markup": args{"keyboard": []any{[]any{"Card"}}}})
	_, err = w.srv.PressReply(place, "Card")
	w.ok(err)
	w.must("sendMessage", args{"chat_id": w.anna, "text": "Gone", "reply_markup": args{"remove_keyboard": true}})
	w.send(w.srv.ShareForeignContact(place, telegram.Card{Phone: "48600700800", FirstName: "Ola"}))
	w.send(w.srv.ForwardContact(place))

	got := w.must("getUpdates", nil).updates(t)
	own, foreign, forwarded := got[0].Message, got[2].Message, got[3].Message
	if own.Contact.UserID != w.anna || own.Contact.PhoneNumber != "380501112233" || own.ForwardOrigin != nil {
		t.Errorf("own contact %+v", own)
	}
	if foreign.Contact.UserID == w.anna || foreign.ForwardOrigin != nil {
		t.Errorf("foreign contact %+v", foreign)
	}
	if forwarded.Contact.UserID != w.anna || forwarded.ForwardOrigin == nil {
		t.Errorf("forwarded contact %+v", forwarded)
	}
	if got[1].Message.Text != "Card" {
		t.Errorf("pressed %q", got[1].Message.Text)
	}
	if view, err := w.srv.View(place, 0); err != nil || view.Keyboard != nil {
		t.Errorf("the keyboard is still there: %+v, %v", view.Keyboard, err)
	}
}

func TestGroups(t *testing.T) {
	w := newWorld(t)
	group, err := w.srv.CreateGroup(w.anna, w.bot.ID, "Staff")
	w.ok(err)
	bob := w.person("Bob")
	w.ok(w.srv.JoinGroup(bob, group))
	here := telegram.Place{User: bob, Chat: group}
	id := w.must("sendMessage", args{"chat_id": group, "text": "Hello all"}).message(t).MessageID
	w.send(w.srv.SendText(here, "small talk", 0))
	w.send(w.srv.SendText(here, "/today", 0))
	w.send(w.srv.SendText(here, "/today@other_bot", 0))
	w.send(w.srv.SendText(here, "/today@kava_bot now", 0))
	w.send(w.srv.SendText(here, "to you", id))
	w.ok(w.srv.RemoveBot(telegram.Place{User: w.anna, Bot: w.bot.ID, Chat: group}))
	// Joining is announced by a change of membership and a service message each.
	if got := texts(w.must("getUpdates", nil).updates(t)); got != "member,,,/today,/today@kava_bot now,to you,kicked" {
		t.Errorf("the bot heard %q", got)
	}
	w.refused("sendMessage", args{"chat_id": group, "text": "x"}, 403, "Forbidden: bot was kicked from the supergroup chat")
	if _, err := w.srv.SendText(telegram.Place{User: w.person("Eve"), Chat: group}, "let me in", 0); !errors.Is(err, telegram.ErrNotFound) {
		t.Errorf("a stranger wrote into the group: %v", err)
	}
}

func TestScanning(t *testing.T) {
	w := newWorld(t)
	picture, err := qrcode.Encode("https://t.me/kava_bot?start=c_42", qrcode.Medium, 512)
	w.ok(err)
	id := w.sendFile(t, "sendPhoto", "photo", "card.png", picture).message(t).MessageID
	text, err := w.srv.ReadCode(w.private(w.anna), id)
	if err != nil || text != "https://t.me/kava_bot?start=c_42" {
		t.Fatalf("read %q, %v", text, err)
	}
	cashier := w.person("Cashier")
	_, err = w.srv.OpenLink(cashier, text)
	w.ok(err)
	w.transcript(cashier, "Cashier: /start c_42")
	plain := w.sendFile(t, "sendPhoto", "photo", "plain.png", picture[:0:0]).Description
	if plain == "" {
		t.Error("an empty photo was accepted")
	}
	if pressed, err := w.srv.OpenLink(cashier, "https://example.com/"); err != nil || pressed.URL != "https://example.com/" {
		t.Errorf("a foreign link: %+v, %v", pressed, err)
	}
}

func TestDeepLinks(t *testing.T) {
	for text, want := range map[string]telegram.DeepLink{
		"https://t.me/kava_bot?start=c_1":           {Bot: "kava_bot", Kind: "start", Payload: "c_1"},
		"t.me/kava_bot":                             {Bot: "kava_bot"},
		"http://telegram.me/kava_bot?startgroup=x":  {Bot: "kava_bot", Kind: "startgroup", Payload: "x"},
		"tg://resolve?domain=kava_bot&start=a-b":    {Bot: "kava_bot", Kind: "start", Payload: "a-b"},
		"https://t.me/kava_bot/app?startapp=seg_42": {Bot: "kava_bot", Kind: "startapp", Payload: "seg_42"},
	} {
		if got, ok := telegram.ParseDeepLink(text); !ok || got != want {
			t.Errorf("%s: %+v, %v", text, got, ok)
		}
	}
	for _, text := range []string{
		"", "https://example.com/kava_bot?start=1", "https://t.me/", "https://t.me/kava_bot?start=no+blanks",
		"https://t.me/kava_bot?start=" + strings.Repeat("a", 65), "\x00",
	} {
		if got, ok := telegram.ParseDeepLink(text); ok {
			t.Errorf("%q was taken for %+v", text, got)
		}
	}
	w := newWorld(t)
	if _, err := w.srv.Start(w.anna, w.bot.ID, "no blanks"); !errors.Is(err, telegram.ErrInvalid) {
		t.Errorf("a bad payload: %v", err)
	}
}

func TestClearedChat(t *testing.T) {
	w := newWorld(t)
	id := w.must("sendMessage", args{"chat_id": w.anna, "text": "before"}).message(t).MessageID
	w.ok(w.srv.ClearChat(w.anna, w.bot.ID))
	w.must("editMessageText", args{"chat_id": w.anna, "message_id": id, "text": "edited unseen"})
	w.must("sendMessage", args{"chat_id": w.anna, "text": "after"})
	view, err := w.srv.View(w.private(w.anna), 0)
	w.ok(err)
	if len(view.Messages) != 1 || view.Messages[0].Text != "after" {
		t.Errorf("the person sees %+v", view.Messages)
	}
}

func TestSnapshot(t *testing.T) {
	w := newWorld(t)
	sent := w.sendFile(t, "sendPhoto", "photo", "p.png", picture(t, 64, 64)).message(t)
	w.send(w.srv.SendText(w.private(w.anna), "remember me", 0))
	data, err := w.srv.Snapshot()
	w.ok(err)
	before, err := w.srv.Transcript(w.private(w.anna))
	w.ok(err)

	again := newWorld(t)
	again.ok(again.srv.Restore(data))
	again.bot = w.bot
	again.transcript(w.anna, before)
	again.clock.Advance(time.Second)
	if got := texts(again.must("getUpdates", nil).updates(t)); got != "remember me" {
		t.Errorf("pending updates: %q", got)
	}
	next := again.must("sendPhoto", args{"chat_id": w.anna, "photo": sent.Photo[0].FileID}).message(t)
	if next.MessageID != sent.MessageID+2 {
		t.Errorf("message id %d after %d", next.MessageID, sent.MessageID)
	}
	if err := again.srv.Restore([]byte("{")); err == nil {
		t.Error("half a snapshot was restored")
	}
}

func TestInvalidPeople(t *testing.T) {
	w := newWorld(t)
	for name, p := range map[string]telegram.Person{"no name": {}, "taken": {ID: w.anna, FirstName: "A"}, "a bot's id": {ID: w.bot.ID, FirstName: "A"}} {
		if _, err := w.srv.CreatePerson(p); !errors.Is(err, telegram.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, b := range map[string]telegram.BotSpec{"no bot at the end": {Username: "kava"}, "bad token": {Username: "new_bot", Token: "1:2"},
		"another token": {Username: "kava_bot", Token: "7:" + strings.Repeat("b", 35)}} {
		if _, err := w.srv.CreateBot(b); !errors.Is(err, telegram.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.srv.View(telegram.Place{User: 5, Bot: w.bot.ID}, 0); !errors.Is(err, telegram.ErrNotFound) {
		t.Errorf("a chat of nobody: %v", err)
	}
	if text := fmt.Sprint(w.srv.Attach(w.private(w.anna), "whale")); !strings.Contains(text, "invalid") {
		t.Errorf("attached a whale: %s", text)
	}
}
