package telegram_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"kartka/bots/sandbox/telegram"
)

func article(text string) args {
	return args{"type": "article", "id": "1", "title": "Card", "input_message_content": args{"message_text": text, "parse_mode": "HTML"},
		"reply_markup": args{"inline_keyboard": []any{[]any{args{"text": "Join", "url": "https://t.me/kava_bot?start=i_ab"}}}}}
}

func TestPreparedMessage(t *testing.T) {
	w := newWorld(t)
	bob := w.person("Bob")
	var saved telegram.PreparedInlineMessage
	w.ok(json.Unmarshal(w.must("savePreparedInlineMessage", args{"user_id": w.anna, "result": article("Come to <b>Kava</b>"), "allow_user_chats": true}).Result, &saved))
	if saved.ID == "" || saved.ExpirationDate != morning.Add(time.Second+time.Hour).Unix() {
		t.Errorf("saved %+v", saved)
	}
	for range 2 { // as often as the person likes
		w.send(w.srv.SendPrepared(w.private(w.anna), bob, saved.ID))
	}
	w.transcript(bob, "Anna: (forwarded) Come to Kava [Join ↗]\nAnna: (forwarded) Come to Kava [Join ↗]")
	view, err := w.srv.View(w.private(bob), 0)
	w.ok(err)
	if m := view.Messages[0]; m.From != "other" || m.Forwarded != "Anna" || len(m.Entities) != 1 || m.Entities[0].Type != "bold" || view.Started {
		t.Errorf("Bob sees %+v", m)
	}
	w.send(w.srv.PassOn(w.private(w.anna), bob, "https://t.me/kava_bot?start=i_ab Come!"))
	if list := w.must("getUpdates", args{}).updates(t); len(list) != 0 {
		t.Errorf("the bot hears %s", texts(list))
	}

	for name, err := range map[string]error{
		"another's":   second(w.srv.SendPrepared(w.private(bob), w.anna, saved.ID)),
		"unknown":     second(w.srv.SendPrepared(w.private(w.anna), bob, "1")),
		"to nobody":   second(w.srv.SendPrepared(w.private(w.anna), 4040, saved.ID)),
		"of nothing":  second(w.srv.PassOn(w.private(w.anna), bob, " ")),
		"from nobody": second(w.srv.PassOn(w.private(4040), bob, "x")),
	} {
		if !errors.Is(err, telegram.ErrNotFound) && !errors.Is(err, telegram.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.clock.Advance(time.Hour + time.Second)
	if err := second(w.srv.SendPrepared(w.private(w.anna), bob, saved.ID)); !errors.Is(err, telegram.ErrNotFound) {
		t.Errorf("too late: %v", err)
	}
	w.ok(w.srv.Deactivate(bob))
	if err := second(w.srv.PassOn(w.private(w.anna), bob, "x")); !errors.Is(err, telegram.ErrInvalid) {
		t.Errorf("to somebody who is gone: %v", err)
	}
}

func second(_ int64, err error) error { return err }

func TestPreparedMessageRefused(t *testing.T) {
	w := newWorld(t)
	with := func(field string, value any) args {
		a := article("x")
		a[field] = value
		return args{"user_id": w.anna, "allow_user_chats": true, "result": a}
	}
	const bad = "Bad Request: "
	w.refused("savePreparedInlineMessage", args{"user_id": 4040, "result": article("x"), "allow_user_chats": true}, 400, bad+"user not found")
	w.refused("savePreparedInlineMessage", args{"user_id": w.anna, "result": "x", "allow_user_chats": true}, 400, bad+"can't parse inline query result: wrong JSON")
	w.refused("savePreparedInlineMessage", with("type", "photo"), 400, bad+"can't parse inline query result: Unsupported type specified")
	w.refused("savePreparedInlineMessage", with("id", ""), 400, bad+"RESULT_ID_INVALID")
	w.refused("savePreparedInlineMessage", with("title", ""), 400, bad+"ARTICLE_TITLE_EMPTY")
	w.refused("savePreparedInlineMessage", with("input_message_content", args{}), 400, bad+"message text is empty")
	w.refused("savePreparedInlineMessage", args{"user_id": w.anna, "result": article("x")}, 400, bad+"at least one chat type must be allowed")
}
