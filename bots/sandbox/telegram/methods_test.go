package telegram_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kartka/bots/sandbox/telegram"
)

// The words are those of the official server (tdlib/telegram-bot-api, Client.cpp and WebhookActor.cpp).
func TestRefusals(t *testing.T) {
	w := newWorld(t)
	text := w.must("sendMessage", args{"chat_id": w.anna, "text": "hello"}).message(t).MessageID
	photo := w.must("sendPhoto", args{"chat_id": w.anna, "photo": w.upload(t)}).message(t).MessageID
	asked := w.must("sendMessage", args{"chat_id": w.anna, "text": "?", "reply_markup": args{"keyboard": [][]string{{"A"}}}}).message(t).MessageID
	hers := w.send(w.srv.SendText(w.private(w.anna), "mine", 0))
	stranger := w.person("Stranger")
	button := func(b args) args { return args{"inline_keyboard": [][]args{{b}}} }
	long := strings.Repeat("ї", 4097)

	for _, c := range []struct {
		method string
		params args
		code   int
		want   string
	}{
		{"noSuchMethod", nil, 404, "Not Found: method not found"},
		{"sendMessage", args{"text": "x"}, 400, "Bad Request: chat_id is empty"},
		{"sendMessage", args{"chat_id": w.anna}, 400, "Bad Request: message text is empty"},
		{"sendMessage", args{"chat_id": w.anna, "text": " \n "}, 400, "Bad Request: message text is empty"},
		{"sendMessage", args{"chat_id": 424242, "text": "x"}, 400, "Bad Request: chat not found"},
		{"sendMessage", args{"chat_id": "@nobody", "text": "x"}, 400, "Bad Request: chat not found"},
		{"sendMessage", args{"chat_id": stranger, "text": "x"}, 400, "Bad Request: chat not found"},
		{"sendMessage", args{"chat_id": w.anna, "text": long}, 400, "Bad Request: message is too long"},
		{"sendMessage", args{"chat_id": w.anna, "text": strings.Repeat("😀", 2049)}, 400, "Bad Request: message is too long"},
		{"sendPhoto", args{"chat_id": w.anna, "photo": w.upload(t), "caption": strings.Repeat("a", 1025)}, 400, "Bad Request: message caption is too long"},
		{"sendMessage", args{"chat_id": w.anna, "text": "<b>x", "parse_mode": "HTML"}, 400, `Bad Request: can't parse entities: Can't find end tag corresponding to start tag "b"`},
		{"sendMessage", args{"chat_id": w.anna, "text": "x", "parse_mode": "Word"}, 400, "Bad Request: unsupported parse_mode"},
		{"sendMessage", args{"chat_id": w.anna, "text": "x", "reply_markup": "{"}, 400, "Bad Request: can't parse reply keyboard markup JSON object"},
		{"sendMessage", args{"chat_id": w.anna, "text": "x", "reply_markup": "[]"}, 400, "Bad Request: object expected as reply markup"},
		{"sendMessage", args{"chat_id": w.anna, "text": "x", "reply_markup": args{"inline_keyboard": []int{1}}}, 400, `Bad Request: field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays`},
		{"sendMessage", args{"chat_id": w.anna, "text": "x", "reply_markup": button(args{"text": "only text"})}, 400, "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"},
		{"sendMessage", args{"chat_id": w.anna, "text": "x", "reply_markup": button(args{"text": "b", "callback_data": strings.Repeat("ї", 33)})}, 400, "Bad Request: BUTTON_DATA_INVALID"},
		{"sendMessage", args{"chat_id": w.anna, "text": "x", "reply_markup": button(args{"text": "b", "url": "ftp://example.com"})}, 400, "Bad Request: inline keyboard button URL 'ftp://example.com' is invalid: Unsupported URL protocol"},
		{"sendMessage", args{"chat_id": w.anna, "text": "x", "reply_markup": button(args{"text": "b", "url": "http://localhost/x"})}, 400, "Bad Request: inline keyboard button URL 'http://localhost/x' is invalid: Wrong HTTP URL"},
		{"sendMessage", args{"chat_id": w.anna, "text": "x", "reply_markup": button(args{"text": "b", "web_app": args{"url": "http://example.com"}})}, 400, "Bad Request: inline keyboard button Web App URL 'http://example.com' is invalid: Only HTTPS links are allowed"},
		{"sendMessage", args{"chat_id": w.anna, "text": "x", "reply_parameters": args{"message_id": 999}}, 400, "Bad Request: message to be replied not found"},
		{"editMessageText", args{"chat_id": w.anna, "message_id": text, "text": "hello"}, 400, "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message"},
		{"editMessageText", args{"chat_id": w.anna, "message_id": 999, "text": "x"}, 400, "Bad Request: message to edit not found"},
		{"editMessageText", args{"chat_id": w.anna, "text": "x"}, 400, "Bad Request: message identifier is not specified"},
		{"editMessageText", args{"chat_id": w.anna, "message_id": hers, "text": "x"}, 400, "Bad Request: message can't be edited"},
		{"editMessageText", args{"chat_id": w.anna, "message_id": asked, "text": "x"}, 400, "Bad Request: message can't be edited"},
		{"editMessageText", args{"chat_id": w.anna, "message_id": photo, "text": "x"}, 400, "Bad Request: there is no text in the message to edit"},
		{"editMessageCaption", args{"chat_id": w.anna, "message_id": text, "caption": "x"}, 400, "Bad Request: there is no caption in the message to edit"},
		{"editMessageReplyMarkup", args{"chat_id": w.anna, "message_id": text, "reply_markup": args{"remove_keyboard": true}}, 400, "Bad Request: inline keyboard expected"},
		{"editMessageMedia", args{"chat_id": w.anna, "message_id": photo, "media": args{"type": "photo", "media": "attach://none"}}, 400, "Bad Request: there is no photo in the request"},
		{"deleteMessage", args{"chat_id": w.anna, "message_id": 999}, 400, "Bad Request: message to delete not found"},
		{"sendPhoto", args{"chat_id": w.anna}, 400, "Bad Request: there is no photo in the request"},
		{"sendPhoto", args{"chat_id": w.anna, "photo": "nonsense"}, 400, "Bad Request: wrong file identifier/HTTP URL specified"},
		{"sendPhoto", args{"chat_id": w.anna, "photo": "https://example.com/a.png"}, 400, "Bad Request: failed to get HTTP URL content"},
		{"sendDocument", args{"chat_id": w.anna, "document": w.upload(t)}, 400, "Bad Request: can't use file of type Photo as Document"},
		{"sendChatAction", args{"chat_id": w.anna, "action": "dance"}, 400, "Bad Request: wrong parameter action in request"},
		{"answerCallbackQuery", args{"callback_query_id": "1"}, 400, "Bad Request: query is too old and response timeout expired or query ID is invalid"},
		{"setMyCommands", args{"commands": []args{{"command": "UP", "description": "x"}}}, 400, "Bad Request: BOT_COMMAND_INVALID"},
		{"setWebhook", args{"url": "http://example.com/hook"}, 400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"},
		{"setWebhook", args{"url": "http://127.0.0.1:1/", "secret_token": "no spaces"}, 400, "Bad Request: secret token contains unallowed characters"},
		{"getFile", args{"file_id": "nonsense"}, 400, "Bad Request: invalid file_id"},
	} {
		t.Run(c.method+" "+c.want[:min(len(c.want), 50)], func(t *testing.T) {
			w.t = t
			w.refused(c.method, c.params, c.code, c.want)
		})
	}
}

func TestTokens(t *testing.T) {
	w := newWorld(t)
	for token, want := range map[string]string{
		"": "Unauthorized: invalid token specified", "1:short": "Unauthorized: invalid token specified",
		"1:" + strings.Repeat("a", 35): "Unauthorized",
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.web.URL+"/bot"+token+"/getMe", nil)
		w.ok(err)
		if a, err := w.do(req); err != nil || a.Code != 401 || a.Description != want {
			t.Errorf("token %q: %d %q, %v", token, a.Code, a.Description, err)
		}
	}
	again, err := w.srv.CreateBot(telegram.BotSpec{Username: "kava_bot"})
	if err != nil || again.Token != w.bot.Token {
		t.Errorf("the same bot came back as %v, %v", again, err)
	}
	other := telegram.New(telegram.Config{Seed: "test"})
	defer other.Close()
	same, err := other.CreateBot(telegram.BotSpec{Username: "kava_bot"})
	if err != nil || same.Token != w.bot.Token {
		t.Errorf("a seed must make tokens repeatable: %v, %v", same, err)
	}
}

// Every way of passing parameters that the official server knows.
func TestTransports(t *testing.T) {
	w := newWorld(t)
	form := url.Values{"chat_id": {fmt.Sprint(w.anna)}, "text": {"Привіт & <b>"}}
	object := fmt.Sprintf(`{"chat_id":%d,"text":"Привіт & <b>","reply_markup":null}`, w.anna)
	var parts bytes.Buffer
	mw := multipart.NewWriter(&parts)
	w.ok(mw.WriteField("chat_id", fmt.Sprint(w.anna)))
	w.ok(mw.WriteField("text", "Привіт & <b>"))
	w.ok(mw.Close())

	for name, c := range map[string]struct{ method, path, kind, body string }{
		"query":      {"GET", "sendMessage?" + form.Encode(), "", ""},
		"urlencoded": {"POST", "SENDMESSAGE", "application/x-www-form-urlencoded", form.Encode()},
		"json":       {"POST", "sendmessage", "application/json; charset=utf-8", object},
		"multipart":  {"POST", "sendMessage", mw.FormDataContentType(), parts.String()},
		"mixed":      {"POST", "sendMessage?text=" + url.QueryEscape("Привіт & <b>"), "application/json", fmt.Sprintf(`{"chat_id":"%d"}`, w.anna)},
	} {
		// A reader of unknown length makes the client send chunks.
		req, err := http.NewRequestWithContext(t.Context(), c.method, w.url(c.path), io.MultiReader(strings.NewReader(c.body)))
		w.ok(err)
		req.Header.Set("Content-Type", c.kind)
		a, err := w.do(req)
		if err != nil || !a.OK || a.message(t).Text != "Привіт & <b>" {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
	for name, body := range map[string][2]string{
		"null": {"application/json", "null"}, "nothing": {"application/json", ""}, "no parts": {mw.FormDataContentType(), ""}, "no type": {"", "ignored"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url("getMe"), strings.NewReader(body[1]))
		w.ok(err)
		req.Header.Set("Content-Type", body[0])
		if a, err := w.do(req); err != nil || !a.OK || !strings.Contains(string(a.Result), `"is_bot":true`) {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url("getMe"), strings.NewReader(`[1]`))
	w.ok(err)
	req.Header.Set("Content-Type", "application/json")
	if a, err := w.do(req); err != nil || a.Code != 400 {
		t.Errorf("an array as body: %+v, %v", a, err)
	}
}

func TestEditing(t *testing.T) {
	w := newWorld(t)
	keys := args{"inline_keyboard": [][]args{{{"text": "Go", "callback_data": "go"}}}}
	id := w.must("sendMessage", args{"chat_id": w.anna, "text": "one", "reply_markup": keys}).message(t).MessageID
	edited := w.must("editMessageText", args{"chat_id": w.anna, "message_id": id, "text": "<b>two</b>", "parse_mode": "HTML"}).message(t)
	if edited.EditDate == 0 || edited.ReplyMarkup != nil || len(edited.Entities) != 1 {
		t.Errorf("an edit without a keyboard takes the keyboard away: %+v", edited)
	}
	w.refused("editMessageText", args{"chat_id": w.anna, "message_id": id, "text": "<b>two</b>", "parse_mode": "HTML", "reply_markup": args{"inline_keyboard": [][]args{}}}, 400,
		"Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message")
	w.must("editMessageReplyMarkup", args{"chat_id": w.anna, "message_id": id, "reply_markup": keys})
	w.must("editMessageMedia", args{"chat_id": w.anna, "message_id": id, "media": args{"type": "photo", "media": w.upload(t), "caption": "now a photo"}, "reply_markup": keys})
	w.must("pinChatMessage", args{"chat_id": w.anna, "message_id": id})
	copied := w.must("copyMessage", args{"chat_id": w.anna, "from_chat_id": w.anna, "message_id": id, "caption": "copy"})
	if !strings.Contains(string(copied.Result), "message_id") {
		t.Errorf("copyMessage: %s", copied.Result)
	}
	w.must("forwardMessage", args{"chat_id": w.anna, "from_chat_id": w.anna, "message_id": id})
	w.must("sendMessage", args{"chat_id": w.anna, "text": "secret", "protect_content": true, "message_effect_id": "5046509860389126442"})
	w.transcript(w.anna, `Anna: /start
bot: (edited) (pinned) (photo) now a photo [Go]
bot: (deleted) (photo)
bot: (photo) copy
bot: (forwarded) (photo) now a photo
bot: (protected) secret`)

	w.clock.Advance(49 * time.Hour)
	w.refused("deleteMessage", args{"chat_id": w.anna, "message_id": id}, 400, "Bad Request: message can't be deleted for everyone")
	w.must("deleteMessages", args{"chat_id": w.anna, "message_ids": []int64{id, 999}})
	if got := w.must("unpinAllChatMessages", args{"chat_id": w.anna}); string(got.Result) != "true" {
		t.Errorf("unpinAllChatMessages: %s", got.Result)
	}
}

func TestFiles(t *testing.T) {
	w := newWorld(t)
	sent := w.sendFile(t, "sendPhoto", "photo", "card.png", picture(t, 640, 400)).message(t)
	if n := len(sent.Photo); n != 3 || sent.Photo[n-1].Width != 640 || sent.Photo[0].Width != 90 || sent.Photo[0].Height != 56 {
		t.Fatalf("sizes %+v", sent.Photo)
	}
	again := w.must("sendPhoto", args{"chat_id": w.anna, "photo": sent.Photo[0].FileID}).message(t)
	if again.Photo[2].FileID != sent.Photo[2].FileID {
		t.Errorf("a photo sent by its id became another one")
	}
	doc := w.sendFile(t, "sendDocument", "document", "poster.pdf", []byte("%PDF-1.7 ...")).message(t)
	if d := doc.Document; d.FileName != "poster.pdf" || d.MimeType != "application/pdf" || d.FileSize != 12 {
		t.Errorf("document %+v", d)
	}
	info := w.must("getFile", args{"file_id": doc.Document.FileID})
	if !strings.Contains(string(info.Result), `"file_path":"documents/file_2.pdf"`) {
		t.Errorf("getFile: %s", info.Result)
	}
	resp, err := w.web.Client().Get(w.web.URL + "/file/bot" + w.bot.Token + "/documents/file_2.pdf")
	w.ok(err)
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); string(body) != "%PDF-1.7 ..." {
		t.Errorf("downloaded %q", body)
	}
	// Ids belong to the bot that got them.
	other, err := w.srv.CreateBot(telegram.BotSpec{Username: "other_bot"})
	w.ok(err)
	w.send(w.srv.Start(w.anna, other.ID, ""))
	w.bot = other
	w.refused("sendPhoto", args{"chat_id": w.anna, "photo": sent.Photo[0].FileID}, 400, "Bad Request: wrong file identifier/HTTP URL specified")
	if a := w.sendFile(t, "sendPhoto", "photo", "a.png", []byte("no picture")); a.Description != "Bad Request: IMAGE_PROCESS_FAILED" {
		t.Errorf("a broken picture: %q", a.Description)
	}
	if a := w.sendFile(t, "sendPhoto", "photo", "a.png", picture(t, 2100, 100)); a.Description != "Bad Request: PHOTO_INVALID_DIMENSIONS" {
		t.Errorf("a strip: %q", a.Description)
	}
	if a := w.sendFile(t, "sendDocument", "document", "a.txt", nil); a.Description != "Bad Request: file must be non-empty" {
		t.Errorf("an empty file: %q", a.Description)
	}
}

func TestProfile(t *testing.T) {
	w := newWorld(t)
	w.must("setMyCommands", args{"commands": []args{{"command": "start", "description": "Start"}}})
	w.must("setMyCommands", args{"commands": []args{{"command": "balance", "description": "Баланс"}}, "language_code": "uk", "scope": args{"type": "all_private_chats"}})
	w.must("setMyCommands", args{"commands": []args{{"command": "accrue", "description": "Accrue"}}, "scope": args{"type": "chat", "chat_id": w.anna}})
	w.must("setMyDescription", args{"description": "Card in the messenger"})
	w.must("setMyDescription", args{"description": "Картка в месенджері", "language_code": "uk"})
	w.must("setMyShortDescription", args{"short_description": "Card"})
	w.must("setMyName", args{"name": "Кава", "language_code": "uk"})
	w.must("setChatMenuButton", args{"menu_button": args{"type": "web_app", "text": "Card", "web_app": args{"url": "https://example.com/app"}}})
	w.must("setChatMenuButton", args{"chat_id": w.anna, "menu_button": args{"type": "commands"}})

	bob, err := w.srv.CreatePerson(telegram.Person{FirstName: "Bob", LanguageCode: "de"})
	w.ok(err)
	see := func(user int64, command, about, name, menu string) {
		t.Helper()
		v, err := w.srv.View(w.private(user), 0)
		w.ok(err)
		if len(v.Commands) != 1 || v.Commands[0].Command != command || v.About != about || v.Title != name || v.Menu.Type != menu {
			t.Errorf("user %d sees %v, %q, %q, %+v", user, v.Commands, v.About, v.Title, v.Menu)
		}
	}
	see(w.anna, "accrue", "Картка в месенджері", "Кава", "commands")
	see(bob.ID, "start", "Card in the messenger", "Kava", "web_app")
	w.must("deleteMyCommands", args{"scope": args{"type": "chat", "chat_id": w.anna}})
	see(w.anna, "balance", "Картка в месенджері", "Кава", "commands")

	for method, want := range map[string]string{
		"getMyCommands": `[{"command":"start","description":"Start"}]`, "getMyName": `{"name":"Kava"}`,
		"getMyDescription": `{"description":"Card in the messenger"}`, "getMyShortDescription": `{"short_description":"Card"}`,
		"getChatMenuButton": `{"type":"web_app","text":"Card","web_app":{"url":"https://example.com/app"}}`,
	} {
		if got := w.must(method, nil); string(got.Result) != want {
			t.Errorf("%s: %s, want %s", method, got.Result, want)
		}
	}
}

// upload sends a picture and returns an id to send it again by.
func (w *world) upload(t *testing.T) string {
	t.Helper()
	m := w.sendFile(t, "sendPhoto", "photo", "p.png", picture(t, 100, 100)).message(t)
	w.must("deleteMessage", args{"chat_id": w.anna, "message_id": m.MessageID})
	return m.Photo[0].FileID
}

func (w *world) sendFile(t *testing.T, method, field, name string, data []byte) answer {
	t.Helper()
	var body bytes.Buffer
	mw := multipart.NewWriter(&body)
	w.ok(mw.WriteField("chat_id", fmt.Sprint(w.anna)))
	part, err := mw.CreateFormFile(field, name)
	w.ok(err)
	_, err = part.Write(data)
	w.ok(err)
	w.ok(mw.Close())
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url(method), &body)
	w.ok(err)
	req.Header.Set("Content-Type", mw.FormDataContentType())
	a, err := w.do(req)
	w.ok(err)
	return a
}

func picture(t *testing.T, width, height int) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := png.Encode(&buf, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}
