package telegram_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"testing"

	"kartka/bots"
	sandbox "kartka/bots/sandbox/telegram"
	"kartka/bots/telegram"

	"github.com/google/go-cmp/cmp"
)

// stage is the emulated platform with one bot of ours, one of somebody else, and a marketer who talks to both.
type stage struct {
	t         *testing.T
	platform  *sandbox.Server
	bot       *telegram.Bot
	other     *telegram.Bot
	ours      sandbox.Bot
	theirs    sandbox.Bot
	tokens    map[*telegram.Bot]string
	base      string
	marketer  int64
	recipient []int64
}

func newStage(t *testing.T, recipients int) *stage {
	t.Helper()
	s := &stage{t: t, platform: sandbox.New(sandbox.Config{Seed: "messages"}), tokens: map[*telegram.Bot]string{}}
	web := httptest.NewServer(s.platform)
	t.Cleanup(web.Close)
	t.Cleanup(s.platform.Close)
	s.base = web.URL
	connect := func(username string) (*telegram.Bot, sandbox.Bot) {
		account, err := s.platform.CreateBot(sandbox.BotSpec{Username: username, Name: username})
		s.ok(err)
		b, err := telegram.New(telegram.Config{Token: telegram.Token(account.Token), APIURL: web.URL})
		s.ok(err)
		s.tokens[b] = account.Token
		return b, account
	}
	s.bot, s.ours = connect("kava_bot")
	s.other, s.theirs = connect("other_bot")
	for i := range recipients + 1 {
		who, err := s.platform.CreatePerson(sandbox.Person{FirstName: fmt.Sprint("P", i)})
		s.ok(err)
		for _, b := range []sandbox.Bot{s.ours, s.theirs} {
			_, err = s.platform.Start(who.ID, b.ID, "")
			s.ok(err)
		}
		s.recipient = append(s.recipient, who.ID)
	}
	s.marketer, s.recipient = s.recipient[0], s.recipient[1:]
	return s
}

func (s *stage) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) chat(user int64) sandbox.Place { return sandbox.Place{User: user, Bot: s.ours.ID} }

// hears decodes the newest update of a bot.
func (s *stage) hears(b *telegram.Bot) bots.Event {
	s.t.Helper()
	resp, err := http.Get(s.base + "/bot" + s.tokens[b] + "/getUpdates?offset=-1")
	s.ok(err)
	defer resp.Body.Close()
	var out struct {
		Result []json.RawMessage `json:"result"`
	}
	s.ok(json.NewDecoder(resp.Body).Decode(&out))
	ev, err := b.Decode(out.Result[len(out.Result)-1])
	s.ok(err)
	return ev
}

// say sends a message of b to a person.
func (s *stage) say(b *telegram.Bot, user int64, m bots.Message) error {
	_, err := b.Send(s.t.Context(), bots.Delivery{
		To: bots.Address{Channel: bots.Telegram, Sender: b.ID(), UserID: fmt.Sprint(user)}, Message: m,
	})
	return err
}

// shows is the newest message on a person's screen.
func (s *stage) shows(user int64) sandbox.MessageView {
	s.t.Helper()
	view, err := s.platform.View(s.chat(user), 0)
	s.ok(err)
	return view.Messages[len(view.Messages)-1]
}

func drawing(t *testing.T, width, height int) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := png.Encode(&buf, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// TestMessageTravelsWhole: what a marketer writes or forwards is what a guest sees, with nothing uploaded.
func TestMessageTravelsWhole(t *testing.T) {
	s := newStage(t, 1)
	guest := s.recipient[0]
	menu := drawing(t, 1500, 900)

	_, err := s.platform.SendFormatted(s.chat(s.marketer), `<b>Знижка <i>20 %</i></b> &lt;лише&gt; 👍🏽 <a href="https://kava.example/?a=1&amp;b=2">тут</a>, <s>120</s> <code>KAVA</code>`, 0)
	s.ok(err)
	text := s.hears(s.bot)
	if text.Kind != bots.EventText || len(text.Lost) > 0 || text.Forwarded {
		t.Fatalf("heard %+v", text)
	}
	s.ok(s.say(s.bot, guest, bots.Message{Text: text.Rich}))
	if want, got := s.shows(s.marketer), s.shows(guest); got.Text != want.Text || !cmp.Equal(got.Entities, want.Entities) {
		t.Errorf("the guest sees %q %+v, the marketer wrote %q %+v", got.Text, got.Entities, want.Text, want.Entities)
	}

	id, err := s.platform.SendPicture(s.chat(s.marketer), sandbox.Picture{Data: menu, Caption: "<b>Меню</b> дня", HTML: true})
	s.ok(err)
	post := s.hears(s.bot)
	if post.Kind != bots.EventOther || post.Rich != "<b>Меню</b> дня" || post.Photo == nil || post.Photo.Width != 1280 || post.Photo.Height != 768 {
		t.Fatalf("heard %+v", post)
	}
	s.ok(s.say(s.bot, guest, bots.Message{Text: post.Rich, Photo: &bots.Photo{Ref: post.Photo.String()}}))
	shown := s.shows(guest)
	if f, ok := s.platform.File(shown.Photo.File); !ok || !bytes.Equal(f.Data, menu) || shown.Text != "Меню дня" || shown.From != "bot" {
		t.Errorf("the guest sees %+v", shown)
	}
	if data, err := s.bot.Fetch(t.Context(), *post.Photo, int64(len(menu))); err != nil || !bytes.Equal(data, menu) {
		t.Errorf("fetched %d bytes of %d, %v", len(data), len(menu), err)
	}
	if _, err := s.bot.Fetch(t.Context(), *post.Photo, int64(len(menu))-1); !errors.Is(err, bots.ErrTooLarge) {
		t.Errorf("fetched more than asked for: %v", err)
	}

	// Forwarded to the other bot it is the same picture by another handle, and neither can use the other's.
	_, err = s.platform.Forward(sandbox.Place{User: s.marketer, Bot: s.theirs.ID}, s.chat(s.marketer), id)
	s.ok(err)
	passed := s.hears(s.other)
	if !passed.Forwarded || passed.Photo.Unique != post.Photo.Unique || passed.Photo.ID == post.Photo.ID || passed.Rich != post.Rich {
		t.Errorf("passed on: %+v", passed)
	}
	var failed *bots.SendError
	stolen := bots.PhotoRef{Channel: bots.Telegram, Sender: s.bot.ID(), ID: passed.Photo.ID}
	if err := s.say(s.bot, guest, bots.Message{Photo: &bots.Photo{Ref: stolen.String()}}); !errors.As(err, &failed) || failed.Outcome != bots.Invalid {
		t.Errorf("sent by another bot's handle: %v", err)
	}
	if _, err := s.bot.Fetch(t.Context(), stolen, 1<<20); !errors.As(err, &failed) || failed.Outcome != bots.Invalid {
		t.Errorf("fetched by another bot's handle: %v", err)
	}
	s.ok(s.say(s.bot, guest, bots.Message{Photo: &bots.Photo{Ref: stolen.String(), PNG: menu}}))
}

// TestBroadcastUploadsOnce: the platform gets the bytes of a shared picture once, and everybody sees it.
func TestBroadcastUploadsOnce(t *testing.T) {
	s := newStage(t, 20)
	menu := drawing(t, 640, 400)
	for _, guest := range s.recipient {
		s.ok(s.say(s.bot, guest, bots.Message{Text: "Меню", Photo: &bots.Photo{PNG: menu, Shared: true}, Paid: true}))
		if shown := s.shows(guest); shown.Photo == nil || shown.Text != "Меню" {
			t.Errorf("guest %d sees %+v", guest, shown)
		}
	}
	uploads := 0
	for _, c := range s.platform.Calls(0, "sendPhoto") {
		if c.Error != "" || c.Params["allow_paid_broadcast"] != "true" {
			t.Errorf("call %+v", c)
		}
		if c.Params["photo"] == fmt.Sprintf("file picture.png, %d bytes", len(menu)) {
			uploads++
		}
	}
	if uploads != 1 {
		t.Errorf("uploaded %d times", uploads)
	}
}
