package telegram_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"kartka/bots/sandbox/telegram"

	"github.com/google/go-cmp/cmp"
)

// heard is the message of the newest update.
func (w *world) heard() telegram.Message {
	w.t.Helper()
	list := w.must("getUpdates", nil).updates(w.t)
	if len(list) == 0 || list[len(list)-1].Message == nil {
		w.t.Fatalf("no message in %+v", list)
	}
	m := *list[len(list)-1].Message
	w.confirm()
	return m
}

// download reads a file by its handle, as a bot does.
func (w *world) download(id string) []byte {
	w.t.Helper()
	var info struct {
		Path string `json:"file_path"`
		Size int    `json:"file_size"`
	}
	w.ok(json.Unmarshal(w.must("getFile", args{"file_id": id}).Result, &info))
	resp, err := w.web.Client().Get(w.web.URL + "/file/bot" + w.bot.Token + "/" + info.Path)
	w.ok(err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	w.ok(err)
	if resp.StatusCode != 200 || len(data) != info.Size {
		w.t.Errorf("file %s: %d, %d of %d bytes", info.Path, resp.StatusCode, len(data), info.Size)
	}
	return data
}

func TestPeopleFormatTheirTexts(t *testing.T) {
	w := newWorld(t)
	w.send(w.srv.SendFormatted(w.private(w.anna), `<b>Кава</b> 👍🏽 <i><u>до</u> 9</i> <a href="https://kava.example/x">тут</a> <tg-spoiler>ні</tg-spoiler> <tg-emoji emoji-id="5368324170671202286">☕</tg-emoji> @kava_bot`, 0))
	m := w.heard()
	want := []telegram.Entity{
		{Type: "bold", Offset: 0, Length: 4}, {Type: "italic", Offset: 10, Length: 4}, {Type: "underline", Offset: 10, Length: 2},
		{Type: "text_link", Offset: 15, Length: 3, URL: "https://kava.example/x"}, {Type: "spoiler", Offset: 19, Length: 2},
		{Type: "custom_emoji", Offset: 22, Length: 1, CustomEmojiID: "5368324170671202286"}, {Type: "mention", Offset: 24, Length: 9},
	}
	if diff := cmp.Diff(want, m.Entities); diff != "" || m.Text != "Кава 👍🏽 до 9 тут ні ☕ @kava_bot" {
		t.Errorf("%q\n%s", m.Text, diff)
	}
	for _, bad := range []string{"<b>open", "<blink>x</blink>", "  "} {
		if _, err := w.srv.SendFormatted(w.private(w.anna), bad, 0); !errors.Is(err, telegram.ErrInvalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestPeopleSendPictures(t *testing.T) {
	w := newWorld(t)
	png := picture(t, 1600, 900)
	w.send(w.srv.SendPicture(w.private(w.anna), telegram.Picture{Data: png, Caption: "<b>Меню</b>", HTML: true, Spoiler: true, Album: "a1"}))
	m := w.heard()
	largest := m.Photo[len(m.Photo)-1]
	if len(m.Photo) != 4 || largest.Width != 1280 || largest.Height != 720 || m.Caption != "Меню" || len(m.CaptionEntities) != 1 ||
		!m.HasMediaSpoiler || m.MediaGroupID != "a1" || m.ForwardOrigin != nil {
		t.Errorf("the bot hears %+v", m)
	}
	if !bytes.Equal(w.download(largest.FileID), png) {
		t.Error("the bot reads another picture than was sent")
	}
	// By its handle it goes to others, and into a message that is there, and everybody sees it.
	bob := w.person("Bob")
	w.send(w.srv.Start(bob, w.bot.ID, ""))
	w.must("sendPhoto", args{"chat_id": bob, "photo": largest.FileID, "caption": "Меню"})
	text := w.must("sendMessage", args{"chat_id": bob, "text": "soon"}).message(t).MessageID
	w.must("editMessageMedia", args{"chat_id": bob, "message_id": text, "media": args{"type": "photo", "media": largest.FileID}})
	view, err := w.srv.View(w.private(bob), 0)
	w.ok(err)
	for _, shown := range view.Messages[len(view.Messages)-2:] {
		if f, ok := w.srv.File(shown.Photo.File); !ok || !bytes.Equal(f.Data, png) {
			t.Errorf("Bob sees %+v", shown)
		}
	}
	w.refused("editMessageMedia", args{"chat_id": bob, "message_id": text, "media": args{"type": "photo", "media": "AgACAgIAAxkBnonsense"}}, 400,
		"Bad Request: wrong file identifier/HTTP URL specified")

	w.send(w.srv.SendPicture(w.private(w.anna), telegram.Picture{Data: png, Name: "menu.png"}))
	if m = w.heard(); m.Document == nil || m.Photo != nil || m.Document.MimeType != "image/png" || m.Document.FileName != "menu.png" {
		t.Errorf("a picture as a file is %+v", m)
	}
	w.refused("sendPhoto", args{"chat_id": bob, "photo": m.Document.FileID}, 400, "Bad Request: can't use file of type Document as Photo")
	for name, bad := range map[string]telegram.Picture{
		"no picture": {Data: []byte("text")}, "nothing": {}, "a strip": {Data: picture(t, 2100, 100)},
		"broken caption": {Data: png, Caption: "<b>", HTML: true}, "long caption": {Data: png, Caption: strings.Repeat("ї", 1025)},
	} {
		if _, err := w.srv.SendPicture(w.private(w.anna), bad); !errors.Is(err, telegram.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPeopleForward(t *testing.T) {
	w := newWorld(t)
	first := w.bot
	other, err := w.srv.CreateBot(telegram.BotSpec{Username: "other_bot", Name: "Other"})
	w.ok(err)
	w.send(w.srv.Start(w.anna, other.ID, ""))
	here := w.private(w.anna)
	there := telegram.Place{User: w.anna, Bot: other.ID}

	links := args{"inline_keyboard": [][]args{{{"text": "Site", "url": "https://kava.example/"}}}}
	presses := args{"inline_keyboard": [][]args{{{"text": "Site", "url": "https://kava.example/"}, {"text": "Go", "callback_data": "go"}}}}
	sent := w.must("sendMessage", args{"chat_id": w.anna, "text": "<b>News</b>", "parse_mode": "HTML", "reply_markup": links}).message(t)
	w.send(w.srv.Forward(here, here, sent.MessageID))
	if m := w.heard(); m.Text != "News" || len(m.Entities) != 1 || m.ForwardOrigin == nil || m.ForwardOrigin.SenderUser.ID != first.ID || m.ReplyMarkup == nil || m.From.ID != w.anna {
		t.Errorf("forwarded text %+v", m)
	}
	sent = w.must("sendMessage", args{"chat_id": w.anna, "text": "Choose", "reply_markup": presses}).message(t)
	w.send(w.srv.Forward(here, here, sent.MessageID))
	if m := w.heard(); m.ReplyMarkup != nil {
		t.Errorf("buttons that answer to a bot went along: %+v", m.ReplyMarkup)
	}

	photo := w.sendFile(t, "sendPhoto", "photo", "p.png", picture(t, 640, 400)).message(t)
	w.send(w.srv.Forward(there, here, photo.MessageID))
	w.bot = other
	m := w.heard()
	if m.Photo[2].FileID == photo.Photo[2].FileID || m.Photo[2].FileUniqueID != photo.Photo[2].FileUniqueID {
		t.Errorf("another bot knows the picture as %+v, the first as %+v", m.Photo[2], photo.Photo[2])
	}
	w.refused("sendPhoto", args{"chat_id": w.anna, "photo": photo.Photo[2].FileID}, 400, "Bad Request: wrong file identifier/HTTP URL specified")
	w.must("sendPhoto", args{"chat_id": w.anna, "photo": m.Photo[2].FileID})
	w.send(w.srv.Forward(there, here, photo.MessageID))
	again := w.heard()
	if again.Photo[2].FileID != m.Photo[2].FileID {
		t.Error("the same picture, forwarded again, is another one")
	}
	// What is forwarded on still says who wrote it.
	w.send(w.srv.Forward(here, there, again.MessageID))
	w.bot = first
	if m = w.heard(); m.ForwardOrigin.SenderUser.ID != first.ID || m.Photo[2].FileID != photo.Photo[2].FileID {
		t.Errorf("forwarded back: %+v", m)
	}

	secret := w.must("sendMessage", args{"chat_id": w.anna, "text": "code", "protect_content": true}).message(t)
	for name, c := range map[string]struct {
		from telegram.Place
		id   int64
		want error
	}{
		"protected": {here, secret.MessageID, telegram.ErrInvalid}, "not there": {here, 999, telegram.ErrNotFound},
		"somebody else's": {w.private(w.person("Bob")), sent.MessageID, telegram.ErrInvalid},
	} {
		if _, err := w.srv.Forward(here, c.from, c.id); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A snapshot keeps which files are the same.
	saved, err := w.srv.Snapshot()
	w.ok(err)
	w.ok(w.srv.Restore(saved))
	w.send(w.srv.Forward(there, here, photo.MessageID))
	w.bot = other
	if m = w.heard(); m.Photo[2].FileID != again.Photo[2].FileID {
		t.Errorf("after a restart the picture is %+v", m.Photo[2])
	}
}
