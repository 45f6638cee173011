package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"kartka/bots/sandbox/telegram"
)

// Bodies of the requests. Each names its chat by the fields of who.
type (
	startBody struct {
		who
		Payload string `json:"payload,omitempty"`
	}
	textBody struct {
		who
		Text    string `json:"text"`
		HTML    bool   `json:"html,omitempty"` // the text is formatted
		ReplyTo int64  `json:"reply_to,omitempty"`
	}
	pictureBody struct {
		who
		telegram.Picture
	}
	forwardBody struct {
		who
		// From is the person's chat that the message is in; without it the one it goes to.
		From *chatOf `json:"from,omitempty"`
		ID   int64   `json:"message_id"`
	}
	chatOf struct {
		Bot  string `json:"bot,omitempty"`
		Chat int64  `json:"chat,omitempty"`
	}
	pressBody struct {
		who
		telegram.Pressing
	}
	labelBody struct {
		who
		Label string `json:"label"`
	}
	contactBody struct {
		who
		// Kind is "own", "foreign" (with Card) or "forwarded".
		Kind string         `json:"kind"`
		Card *telegram.Card `json:"card,omitempty"`
	}
	kindBody struct {
		who
		Kind string `json:"kind"`
	}
	groupBody struct {
		who
		Title string `json:"title"`
	}
	linkBody struct {
		User int64  `json:"user"`
		Link string `json:"link"`
	}
	scanBody struct {
		User int64 `json:"user"`
		// Text is what the code says; otherwise Message is the photo of a code on somebody's screen.
		Text    string    `json:"text,omitempty"`
		Message *scanFrom `json:"message,omitempty"`
	}
	scanFrom struct {
		who
		ID int64 `json:"message_id"`
	}
	appBody struct {
		who
		Page       string              `json:"page,omitempty"`
		Kind       telegram.LaunchKind `json:"kind,omitempty"`
		StartParam string              `json:"start_param,omitempty"`
		telegram.Look
	}
	passBody struct {
		who
		To   int64  `json:"to"`
		Text string `json:"text"`
	}
	preparedBody struct {
		who
		To int64  `json:"to"`
		ID string `json:"id"`
	}
	botBody struct {
		Bot string `json:"bot,omitempty"`
	}
	faultBody struct {
		Bot string `json:"bot,omitempty"`
		telegram.Fault
	}
	injectBody struct {
		Bot    string          `json:"bot,omitempty"`
		Update json.RawMessage `json:"update"`
		Queue  int64           `json:"queue,omitempty"`
	}
	duplicateBody struct {
		Bot      string `json:"bot,omitempty"`
		UpdateID int64  `json:"update_id,omitempty"`
	}
	releaseBody struct {
		Bot     string `json:"bot,omitempty"`
		Shuffle bool   `json:"shuffle,omitempty"`
	}
)

// Scanned is what a scan found and did.
type Scanned struct {
	Text string `json:"text"` // what the code says
	telegram.Pressed
}

func (s *Server) routes() []route {
	me := who{User: 1001, Bot: "kava_bot"}
	post := func(path, key string, example any, handle func(*http.Request) (any, error)) route {
		return route{http.MethodPost, apiBase + path, phrase(key), example, handle}
	}
	get := func(path, key, example string, handle func(*http.Request) (any, error)) route {
		return route{http.MethodGet, apiBase + path, phrase(key), example, handle}
	}
	return []route{
		post("/bots", "api_bots_new", telegram.BotSpec{Username: "kava_bot", Name: "Kava"}, action(func(in telegram.BotSpec) (any, error) {
			return s.telegram.CreateBot(in)
		})),
		get("/bots", "api_bots", "", func(*http.Request) (any, error) { return s.telegram.Bots(), nil }),
		post("/users", "api_users_new", telegram.Person{FirstName: "Anna", LanguageCode: "uk", Phone: "380501234567"},
			action(func(in telegram.Person) (any, error) { return s.telegram.CreatePerson(in) })),
		get("/users", "api_users", "", func(*http.Request) (any, error) { return s.telegram.People(), nil }),

		post("/start", "api_start", startBody{me, "table_5"}, action(s.start)),
		post("/text", "api_text", textBody{who: me, Text: "/balance"}, action(s.text)),
		post("/press", "api_press", pressBody{me, telegram.Pressing{Label: "Balance"}}, action(s.press)),
		post("/reply-button", "api_reply_button", labelBody{me, "Share my number"}, action(s.replyButton)),
		post("/contact", "api_contact", contactBody{who: me, Kind: "own"}, action(s.contact)),
		post("/attach", "api_attach", kindBody{me, "sticker"}, action(s.attach)),
		post("/picture", "api_picture", pictureBody{me, telegram.Picture{Data: tinyPicture, Caption: "<b>Menu</b>", HTML: true}}, action(s.picture)),
		post("/forward", "api_forward", forwardBody{who: me, From: &chatOf{Bot: "other_bot"}, ID: 7}, action(s.forward)),
		post("/block", "api_block", me, action(func(in who) (any, error) { return s.block(in, true) })),
		post("/unblock", "api_unblock", me, action(func(in who) (any, error) { return s.block(in, false) })),
		post("/clear", "api_clear", me, action(s.clear)),
		post("/deactivate", "api_deactivate", who{User: 1001}, action(func(in who) (any, error) {
			return finished(s.telegram.Deactivate(in.User))
		})),
		post("/groups", "api_groups", groupBody{me, "Staff"}, action(s.group)),
		post("/groups/join", "api_groups_join", who{User: 1002, Chat: -1002000000001}, action(func(in who) (any, error) {
			return finished(s.telegram.JoinGroup(in.User, in.Chat))
		})),
		post("/groups/remove-bot", "api_groups_remove", who{User: 1001, Bot: "kava_bot", Chat: -1002000000001}, action(s.removeBot)),
		post("/open-link", "api_open_link", linkBody{1001, "https://t.me/kava_bot?start=table_5"}, action(func(in linkBody) (any, error) {
			return s.telegram.OpenLink(in.User, in.Link)
		})),
		post("/scan", "api_scan", scanBody{User: 1002, Message: &scanFrom{me, 7}}, action(s.scan)),
		post("/open-app", "api_open_app", appBody{who: me, Page: "http://127.0.0.1:8080/app", Kind: telegram.LaunchMenu,
			Look: telegram.Look{Theme: "dark", Platform: "android"}}, action(s.openApp)),
		post("/send-prepared", "api_send_prepared", preparedBody{me, 1002, "4300000000000000001"}, action(s.sendPrepared)),
		post("/pass-on", "api_pass_on", passBody{me, 1002, "https://t.me/kava_bot?start=i_ab"}, action(s.passOn)),

		get("/chat", "api_chat", "?user=1001&bot=kava_bot&since=0&wait=25", s.chat),
		get("/watch", "api_watch", "?chat=1001:kava_bot&chat=1002:kava_bot&since=0&wait=25", s.watch),
		get("/transcript", "api_transcript", "?user=1001&bot=kava_bot", s.transcript),
		get("/commands", "api_commands", "?user=1001&bot=kava_bot", s.commands),
		get("/calls", "api_calls", "?since=0&method=sendMessage", s.calls),
		get("/pending", "api_pending", "?bot=kava_bot", s.pending),

		post("/faults", "api_faults", faultBody{"kava_bot", telegram.Fault{Method: "sendMessage", Kind: telegram.FaultHTML, Count: 2}}, action(s.fault)),
		post("/inject", "api_inject", injectBody{Bot: "kava_bot", Update: json.RawMessage(`{"new_kind":{}}`), Queue: 1001}, action(s.inject)),
		post("/duplicate", "api_duplicate", duplicateBody{"kava_bot", 100000001}, action(s.duplicate)),
		post("/hold", "api_hold", botBody{"kava_bot"}, action(s.hold)),
		post("/release", "api_release", releaseBody{"kava_bot", true}, action(s.release)),
		post("/flood", "api_flood", telegram.StrictFlood(), action(func(in telegram.Flood) (any, error) {
			s.telegram.SetFlood(in)
			return done, nil
		})),
	}
}

func (s *Server) start(in startBody) (any, error) {
	p, err := s.place(in.who)
	if err != nil {
		return nil, err
	}
	return sent(s.telegram.Start(p.User, p.Bot, in.Payload))
}

func (s *Server) text(in textBody) (any, error) {
	p, err := s.place(in.who)
	if err != nil {
		return nil, err
	}
	if in.HTML {
		return sent(s.telegram.SendFormatted(p, in.Text, in.ReplyTo))
	}
	return sent(s.telegram.SendText(p, in.Text, in.ReplyTo))
}

// tinyPicture is the example of a picture: one white dot.
var tinyPicture = []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")

func (s *Server) picture(in pictureBody) (any, error) {
	p, err := s.place(in.who)
	if err != nil {
		return nil, err
	}
	return sent(s.telegram.SendPicture(p, in.Picture))
}

func (s *Server) forward(in forwardBody) (any, error) {
	to, err := s.place(in.who)
	if err != nil {
		return nil, err
	}
	from := to
	if in.From != nil {
		if from, err = s.place(who{User: in.User, Bot: in.From.Bot, Chat: in.From.Chat}); err != nil {
			return nil, err
		}
	}
	return sent(s.telegram.Forward(to, from, in.ID))
}

func (s *Server) press(in pressBody) (any, error) {
	p, err := s.place(in.who)
	if err != nil {
		return nil, err
	}
	return s.telegram.Press(p, in.Pressing)
}

func (s *Server) replyButton(in labelBody) (any, error) {
	p, err := s.place(in.who)
	if err != nil {
		return nil, err
	}
	return s.telegram.PressReply(p, in.Label)
}

func (s *Server) contact(in contactBody) (any, error) {
	p, err := s.place(in.who)
	if err != nil {
		return nil, err
	}
	switch {
	case in.Kind == "own":
		return sent(s.telegram.ShareContact(p))
	case in.Kind == "forwarded":
		return sent(s.telegram.ForwardContact(p))
	case in.Kind == "foreign" && in.Card != nil:
		return sent(s.telegram.ShareForeignContact(p, *in.Card))
	}
	return nil, fmt.Errorf("share contact: %w: kind %q", telegram.ErrInvalid, in.Kind)
}

func (s *Server) attach(in kindBody) (any, error) {
	p, err := s.place(in.who)
	if err != nil {
		return nil, err
	}
	return sent(s.telegram.Attach(p, in.Kind))
}

func (s *Server) block(in who, blocked bool) (any, error) {
	p, err := s.place(in)
	if err != nil {
		return nil, err
	}
	return finished(s.telegram.Block(p.User, p.Bot, blocked))
}

func (s *Server) clear(in who) (any, error) {
	p, err := s.place(in)
	if err != nil {
		return nil, err
	}
	return finished(s.telegram.ClearChat(p.User, p.Bot))
}

func (s *Server) group(in groupBody) (any, error) {
	p, err := s.place(in.who)
	if err != nil {
		return nil, err
	}
	id, err := s.telegram.CreateGroup(p.User, p.Bot, in.Title)
	return struct {
		Chat int64 `json:"chat"`
	}{id}, err
}

func (s *Server) removeBot(in who) (any, error) {
	p, err := s.place(in)
	if err != nil {
		return nil, err
	}
	return finished(s.telegram.RemoveBot(p))
}

// scan points the person's camera at a code and follows what it says.
func (s *Server) scan(in scanBody) (any, error) {
	found := in.Text
	if in.Message != nil {
		p, err := s.place(in.Message.who)
		if err != nil {
			return nil, err
		}
		if found, err = s.telegram.ReadCode(p, in.Message.ID); err != nil {
			return nil, err
		}
	}
	if found == "" {
		return nil, fmt.Errorf("scan: %w: nothing to scan", telegram.ErrInvalid)
	}
	pressed, err := s.telegram.OpenLink(in.User, found)
	return Scanned{found, pressed}, err
}

func (s *Server) openApp(in appBody) (any, error) {
	p, err := s.place(in.who)
	if err != nil {
		return nil, err
	}
	return s.telegram.OpenApp(p.User, p.Bot, in.Page, in.Kind, in.StartParam, in.Look)
}

func (s *Server) sendPrepared(in preparedBody) (any, error) {
	p, err := s.place(in.who)
	if err != nil {
		return nil, err
	}
	return sent(s.telegram.SendPrepared(p, in.To, in.ID))
}

func (s *Server) passOn(in passBody) (any, error) {
	p, err := s.place(in.who)
	if err != nil {
		return nil, err
	}
	return sent(s.telegram.PassOn(p, in.To, in.Text))
}

func (s *Server) transcript(r *http.Request) (any, error) {
	p, _, _, err := s.query(r)
	if err != nil {
		return nil, err
	}
	lines, err := s.telegram.Transcript(p)
	return struct {
		Text string `json:"text"`
	}{lines}, err
}

func (s *Server) commands(r *http.Request) (any, error) {
	p, _, _, err := s.query(r)
	if err != nil {
		return nil, err
	}
	view, err := s.telegram.View(p, 0)
	return view.Commands, err
}

func (s *Server) calls(r *http.Request) (any, error) {
	q := r.URL.Query()
	since, err := strconv.Atoi(q.Get("since"))
	if err != nil && q.Get("since") != "" {
		return nil, fmt.Errorf("read request: %w: since", telegram.ErrInvalid)
	}
	return s.telegram.Calls(since, q.Get("method")), nil
}

func (s *Server) pending(r *http.Request) (any, error) {
	b, err := s.telegram.FindBot(r.URL.Query().Get("bot"))
	if err != nil {
		return nil, err
	}
	n, err := s.telegram.PendingUpdates(b.ID)
	return struct {
		Pending int `json:"pending"`
	}{n}, err
}

func (s *Server) fault(in faultBody) (any, error) {
	b, err := s.telegram.FindBot(in.Bot)
	if err != nil {
		return nil, err
	}
	return finished(s.telegram.Break(b.ID, in.Fault))
}

func (s *Server) inject(in injectBody) (any, error) {
	b, err := s.telegram.FindBot(in.Bot)
	if err != nil {
		return nil, err
	}
	id, err := s.telegram.Inject(b.ID, in.Update, in.Queue)
	return struct {
		UpdateID int64 `json:"update_id"`
	}{id}, err
}

func (s *Server) duplicate(in duplicateBody) (any, error) {
	b, err := s.telegram.FindBot(in.Bot)
	if err != nil {
		return nil, err
	}
	return finished(s.telegram.Duplicate(b.ID, in.UpdateID))
}

func (s *Server) hold(in botBody) (any, error) {
	b, err := s.telegram.FindBot(in.Bot)
	if err != nil {
		return nil, err
	}
	return finished(s.telegram.Hold(b.ID))
}

func (s *Server) release(in releaseBody) (any, error) {
	b, err := s.telegram.FindBot(in.Bot)
	if err != nil {
		return nil, err
	}
	return finished(s.telegram.Release(b.ID, in.Shuffle))
}
