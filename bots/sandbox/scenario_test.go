package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"image"
	"image/png"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	tu "github.com/mymmrac/telego/telegoutil"
	"github.com/skip2/go-qrcode"

	"kartka/bots/sandbox"
	"kartka/bots/sandbox/telegram"
)

// event is an update as a bot of the scenario sees it, whatever library decoded it.
type event struct {
	Kind    string // message, press, member
	Chat    int64
	From    int64
	Lang    string
	Message int
	Text    string
	Command string // of the first entity, when it is a command
	Data    string
	Query   string
	Phone   string
	Owner   int64  // user id of a contact
	Origin  bool   // forwarded
	Photo   string // handle of the largest size
	Spans   string // formatting of the text or the caption
	Status  string
}

type key struct{ text, data, url, copy, app, style string }

// wire is a client library, reduced to what the scenario needs.
type wire interface {
	text(ctx context.Context, chat int64, html string, keys [][]key) (int, error)
	askPhone(ctx context.Context, chat int64, html, label, later string) error
	clearKeyboard(ctx context.Context, chat int64, html string) error
	photo(ctx context.Context, chat int64, data []byte, caption string, keys [][]key) (int, error)
	// photoAgain and editPhotoAgain show a photo by its handle, fileAddress tells where it can be read.
	photoAgain(ctx context.Context, chat int64, fileID, caption string) (int, error)
	editPhotoAgain(ctx context.Context, chat int64, message int, fileID, caption string) error
	fileAddress(ctx context.Context, fileID string) (string, error)
	document(ctx context.Context, chat int64, name string, data []byte) (fileID string, err error)
	documentAgain(ctx context.Context, chat int64, fileID string) error
	editText(ctx context.Context, chat int64, message int, html string, keys [][]key) error
	editCaption(ctx context.Context, chat int64, message int, caption string) error
	editPhoto(ctx context.Context, chat int64, message int, data []byte, caption string, keys [][]key) error
	editKeys(ctx context.Context, chat int64, message int, keys [][]key) error
	remove(ctx context.Context, chat int64, message int) error
	answer(ctx context.Context, query, text string, alert bool) error
	commands(ctx context.Context, lang, command, description string) error
	// menu puts a Mini App beside the input field of a chat, or of all with chat 0.
	menu(ctx context.Context, chat int64, text, page string) error
	// prepare keeps a message ready for a person to send.
	prepare(ctx context.Context, user int64, html string) (id string, err error)
	// run handles updates one after the other until the context ends.
	run(ctx context.Context, handle func(event))
}

// shopBot is a small bot that uses most of the API.
type shopBot struct {
	wire wire
	seen []event
	errs []error
	card int
}

func (b *shopBot) handle(ctx context.Context, e event) {
	b.seen = append(b.seen, e)
	if err := b.step(ctx, e); err != nil {
		b.errs = append(b.errs, fmt.Errorf("%+v: %w", e, err))
	}
}

var menu = [][]key{
	{{text: "Card", data: "card", style: "primary"}, {text: "Poster", data: "poster"}},
	{{text: "Number", copy: "4820 1177"}, {text: "Site", url: "https://example.com/shop"}},
	{{text: "Alert", data: "alert", style: "danger"}, {text: "App", app: "https://example.com/app/"}},
}

func (b *shopBot) step(ctx context.Context, e event) error {
	switch {
	case e.Kind == "member":
		return nil
	case e.Phone != "" && e.Owner == e.From && !e.Origin:
		return b.wire.clearKeyboard(ctx, e.Chat, "Thank you, <b>"+e.Phone+"</b>")
	case e.Phone != "":
		_, err := b.wire.text(ctx, e.Chat, "That is not your own number", nil)
		return err
	case e.Command == "/start":
		_, payload, _ := strings.Cut(e.Text, " ")
		_, err := b.wire.text(ctx, e.Chat, "Вітаємо ☕ 🎉 <b>&lt;"+payload+"&gt;</b>\n<i>lang</i> "+e.Lang, menu)
		return err
	case e.Command == "/phone":
		return b.wire.askPhone(ctx, e.Chat, "May I have your number?", "Share my number", "Later")
	case e.Command == "/delete":
		id, err := b.wire.text(ctx, e.Chat, "soon gone", nil)
		if err != nil {
			return err
		}
		return errors.Join(b.wire.remove(ctx, e.Chat, id), b.wire.remove(ctx, e.Chat, e.Message))
	case e.Kind == "press":
		return b.press(ctx, e)
	case e.Photo != "":
		return b.picture(ctx, e)
	default:
		_, err := b.wire.text(ctx, e.Chat, "You said <code>"+html.EscapeString(e.Text)+"</code>", nil)
		return err
	}
}

// picture sends a picture back by its handle, and then instead of itself with another caption. A handle of nobody is refused.
func (b *shopBot) picture(ctx context.Context, e event) error {
	if _, err := b.wire.photoAgain(ctx, e.Chat, e.Photo+"x", "never"); err == nil || !strings.Contains(err.Error(), "wrong file identifier/HTTP URL specified") {
		return fmt.Errorf("a forged handle: %w", err)
	}
	address, err := b.wire.fileAddress(ctx, e.Photo)
	if err != nil {
		return err
	}
	client := plainClient()
	defer client.CloseIdleConnections()
	resp, err := client.Get(address)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	read, format, err := image.DecodeConfig(resp.Body)
	if err != nil {
		return err
	}
	id, err := b.wire.photoAgain(ctx, e.Chat, e.Photo, "again")
	if err != nil {
		return err
	}
	return b.wire.editPhotoAgain(ctx, e.Chat, id, e.Photo, fmt.Sprintf("%s of %d × %d", format, read.Width, read.Height))
}

func (b *shopBot) press(ctx context.Context, e event) error {
	back := [][]key{{{text: "Refresh", data: "refresh"}, {text: "Hide", data: "hide"}}}
	switch e.Data {
	case "card":
		var err error
		b.card, err = b.wire.photo(ctx, e.Chat, code("https://t.me/scenario_bot?start=c_1"), "Your <b>card</b>", back)
		return errors.Join(err, b.wire.answer(ctx, e.Query, "Here it is", false))
	case "refresh":
		return errors.Join(
			b.wire.editPhoto(ctx, e.Chat, b.card, code("https://t.me/scenario_bot?start=c_2"), "Your card, again", back),
			b.wire.editCaption(ctx, e.Chat, b.card, "Balance: <b>120</b>"),
			b.wire.editKeys(ctx, e.Chat, b.card, back), b.wire.answer(ctx, e.Query, "", false))
	case "hide":
		return errors.Join(b.wire.remove(ctx, e.Chat, b.card), b.wire.answer(ctx, e.Query, "", false))
	case "poster":
		id, err := b.wire.document(ctx, e.Chat, "poster.pdf", []byte("%PDF-1.7 poster"))
		return errors.Join(err, b.wire.documentAgain(ctx, e.Chat, id), b.wire.answer(ctx, e.Query, "", false))
	case "alert":
		return errors.Join(b.wire.editText(ctx, e.Chat, e.Message, "Changed <u>text</u>", menu),
			b.wire.answer(ctx, e.Query, "Think twice", true))
	}
	return b.wire.answer(ctx, e.Query, "?", false)
}

func code(text string) []byte {
	picture, err := qrcode.Encode(text, qrcode.Medium, 256)
	if err != nil {
		return nil
	}
	return picture
}

// outcome is what the scenario leaves behind.
type outcome struct {
	Transcript string
	Events     []event
	Commands   []telegram.BotCommand
	Scanned    string
	Menus      []telegram.MenuButton // Anna's and Bob's
	Opened     []string              // pages of Mini Apps, from the button and from the menu
}

// play runs the scenario: one person goes through everything a shop's bot does.
func play(t *testing.T, connect func(t *testing.T, base, token string) wire) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	server := sandbox.New(sandbox.Config{Seed: "scenario"})
	web := httptest.NewServer(server)
	defer web.Close()
	defer server.Close()

	driver := sandbox.NewDriver(web.URL, web.Client())
	account, err := driver.CreateBot(ctx, telegram.BotSpec{Username: "scenario_bot", Name: "Scenario"})
	check(t, err)
	b := &shopBot{wire: connect(t, web.URL+"/sandbox/telegram", account.Token)}
	check(t, b.wire.commands(ctx, "", "balance", "My balance"))
	check(t, b.wire.commands(ctx, "uk", "balance", "Мій баланс"))
	check(t, b.wire.menu(ctx, 0, "Картка", "https://example.com/app/"))

	running, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		b.wire.run(running, func(e event) { b.handle(ctx, e) }) // what is being handled ends well
	}()

	anna, err := driver.NewUser(ctx, telegram.Person{FirstName: "Анна", LastName: "A+B 50%", LanguageCode: "uk", Phone: "380501112233"}, "")
	check(t, err)
	answered := func(label string) {
		t.Helper()
		pressed, err := anna.Press(ctx, label)
		check(t, err)
		_, err = anna.WaitAnswer(ctx, pressed.Query)
		check(t, err)
	}
	check(t, anna.Start(ctx, "table_5"))
	waitText(t, ctx, anna, "Вітаємо")
	answered("Card")
	bob, err := driver.NewUser(ctx, telegram.Person{FirstName: "Bob"}, "")
	check(t, err)
	scanned, err := bob.Scan(ctx, anna)
	check(t, err)
	waitText(t, ctx, bob, "c_1")
	answered("Refresh")
	answered("Hide")
	answered("Poster")
	answered("Alert")
	forged, err := anna.PressButton(ctx, telegram.Pressing{Message: 4040, Data: "v1|forged"})
	check(t, err)
	_, err = anna.WaitAnswer(ctx, forged.Query)
	check(t, err)
	copied, err := anna.Press(ctx, "Number")
	check(t, err)
	if copied.Copied != "4820 1177" {
		t.Errorf("copied %q", copied.Copied)
	}
	say := func(text, answer string) {
		t.Helper()
		_, err := anna.Text(ctx, text)
		check(t, err)
		waitText(t, ctx, anna, answer)
	}
	say("/phone", "May I have")
	check(t, anna.ShareForeignContact(ctx, telegram.Card{Phone: "48600700800", FirstName: "Ola", UserID: 77}))
	waitText(t, ctx, anna, "not your own")
	check(t, anna.ForwardContact(ctx))
	_, err = anna.WaitFor(ctx, func(v telegram.ChatView) bool {
		return strings.Count(fmt.Sprint(v.Messages), "not your own") == 2
	})
	check(t, err)
	_, err = anna.Press(ctx, "Share my number")
	check(t, err)
	waitText(t, ctx, anna, "Thank you")
	say("кава & торт <3 👍🏽 120,50", "You said")
	for _, kind := range []string{"photo", "sticker", "voice", "location"} {
		before := seen(t, ctx, anna)
		check(t, anna.Attach(ctx, kind))
		_, err = anna.WaitFor(ctx, func(v telegram.ChatView) bool { return len(v.Messages) == before+2 })
		check(t, err)
	}
	_, err = anna.Formatted(ctx, `<b>жирний <i>і похилий</i></b> <a href="https://example.com/a">тут</a>`)
	check(t, err)
	waitText(t, ctx, anna, "похилий")
	menu, err := anna.Picture(ctx, telegram.Picture{Data: blankPNG(t, 640, 400), Caption: "<b>Меню</b> дня", HTML: true})
	check(t, err)
	waitText(t, ctx, anna, "png of 640 × 400")
	before := seen(t, ctx, anna)
	_, err = anna.Forward(ctx, anna, menu)
	check(t, err)
	_, err = anna.WaitFor(ctx, func(v telegram.ChatView) bool {
		return len(v.Messages) == before+2 && v.Messages[before+1].Edits == 1
	})
	check(t, err)
	check(t, anna.Block(ctx))
	check(t, anna.Start(ctx, ""))
	waitText(t, ctx, anna, "<>")
	_, err = anna.Text(ctx, "/delete")
	check(t, err)
	_, err = anna.WaitFor(ctx, func(telegram.ChatView) bool { // what is deleted is not in the view
		text, err := anna.Transcript(ctx)
		return err == nil && strings.Contains(text, "(deleted) /delete") && strings.Contains(text, "(deleted) soon gone")
	})
	check(t, err)

	opened := openApps(t, ctx, b.wire, account.Token, anna)
	invitation, err := b.wire.prepare(ctx, anna.User(), "Come to <b>us</b>: t.me/scenario_bot?start=i_1")
	check(t, err)
	check(t, anna.SendPrepared(ctx, bob, invitation))
	_, err = bob.WaitFor(ctx, func(v telegram.ChatView) bool {
		return strings.Contains(v.Messages[len(v.Messages)-1].Text, "Come to us")
	})
	check(t, err)
	others, err := bob.Chat(ctx)
	check(t, err)

	text, err := anna.Transcript(ctx)
	check(t, err)
	view, err := anna.Chat(ctx)
	check(t, err)
	stop()
	<-ended
	for _, err := range b.errs {
		t.Errorf("bot: %v", err)
	}
	for i := range b.seen {
		b.seen[i].Query = "" // a number of no meaning
	}
	return outcome{text, b.seen, view.Commands, scanned.Text, []telegram.MenuButton{*view.Menu, *others.Menu}, opened}
}

// openApps opens the Mini App by the button of a message and by that beside the input field, which becomes Anna's own.
func openApps(t *testing.T, ctx context.Context, w wire, token string, anna *sandbox.Phone) (pages []string) {
	t.Helper()
	pressed, err := anna.Press(ctx, "App")
	check(t, err)
	check(t, w.menu(ctx, anna.User(), "Scanner", "https://example.com/app/scan/"))
	for _, page := range []string{pressed.WebApp, ""} {
		launch, err := anna.OpenApp(ctx, page, telegram.LaunchMenu, "", telegram.Look{Theme: "dark"})
		check(t, err)
		values, err := tu.ValidateWebAppData(token, launch.InitData)
		check(t, err)
		if !strings.Contains(values.Get("user"), fmt.Sprint(anna.User())) {
			t.Errorf("the Mini App is opened by %s", values.Get("user"))
		}
		address, _, _ := strings.Cut(launch.URL, "#")
		pages = append(pages, address)
	}
	return pages
}

func TestLibrariesSeeTheSameWorld(t *testing.T) {
	first := play(t, connectGoTelegram)
	second := play(t, connectTelego)
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("go-telegram/bot (-) and telego (+) differ:\n%s", diff)
	}
	if diff := cmp.Diff(scenarioTranscript, first.Transcript); diff != "" {
		t.Errorf("transcript (-want +got):\n%s", diff)
	}
	if want := []telegram.BotCommand{{Command: "balance", Description: "Мій баланс"}}; !cmp.Equal(want, first.Commands) {
		t.Errorf("commands %v", first.Commands)
	}
	if want := []string{"https://example.com/app/", "https://example.com/app/scan/"}; !cmp.Equal(want, first.Opened) {
		t.Errorf("opened %q", first.Opened)
	}
	own := telegram.MenuButton{Type: "web_app", Text: "Scanner", WebApp: &telegram.WebApp{URL: "https://example.com/app/scan/"}}
	all := telegram.MenuButton{Type: "web_app", Text: "Картка", WebApp: &telegram.WebApp{URL: "https://example.com/app/"}}
	if want := []telegram.MenuButton{own, all}; !cmp.Equal(want, first.Menus) {
		t.Errorf("menu buttons %+v", first.Menus)
	}
	if first.Scanned != "https://t.me/scenario_bot?start=c_1" {
		t.Errorf("scanned %q", first.Scanned)
	}
}

const scenarioTranscript = `Анна: /start table_5
bot: (edited) Changed text [Card | Poster] [Number ⧉ | Site ↗] [Alert | App ▣]
bot: (deleted) (edited) (protected) (photo) Balance: 120 [Refresh | Hide]
bot → toast: Here it is
bot: (document poster.pdf)
bot: (document poster.pdf) again
bot → alert: Think twice
bot → toast: ?
Анна: /phone
bot: May I have your number?
Анна: (contact) Ola 48600700800
bot: That is not your own number
Анна: (forwarded) (contact) Анна 380501112233
bot: That is not your own number
Анна: (contact) Анна 380501112233
bot: Thank you, 380501112233
Анна: кава & торт <3 👍🏽 120,50
bot: You said кава & торт <3 👍🏽 120,50
Анна: (photo)
bot: (edited) (photo) png of 96 × 96
Анна: (sticker)
bot: You said
Анна: (voice)
bot: You said
Анна: (location)
bot: You said
Анна: жирний і похилий тут
bot: You said жирний і похилий тут
Анна: (photo) Меню дня
bot: (edited) (photo) png of 640 × 400
Анна: (forwarded) (photo) Меню дня
bot: (edited) (photo) png of 640 × 400
Анна: /start
bot: Вітаємо ☕ 🎉 <> ⏎ lang uk [Card | Poster] [Number ⧉ | Site ↗] [Alert | App ▣]
Анна: (deleted) /delete
bot: (deleted) soon gone
`

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func waitText(t *testing.T, ctx context.Context, p *sandbox.Phone, text string) {
	t.Helper()
	_, err := p.WaitText(ctx, text)
	check(t, err)
}

func seen(t *testing.T, ctx context.Context, p *sandbox.Phone) int {
	t.Helper()
	messages, err := p.Messages(ctx)
	check(t, err)
	return len(messages)
}

func blankPNG(t *testing.T, width, height int) []byte {
	t.Helper()
	var buf bytes.Buffer
	check(t, png.Encode(&buf, image.NewGray(image.Rect(0, 0, width, height))))
	return buf.Bytes()
}
