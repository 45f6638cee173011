package guest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/locales"
)

// slots are the slots of the messages of an output, "" for an ordinary message.
func slots(o talk.Output) []string {
	var all []string
	for _, m := range o.Say {
		all = append(all, m.Slot)
	}
	return all
}

func text(o talk.Output) string {
	var all []string
	for _, m := range o.Say {
		all = append(all, bots.Plain(m.Text))
	}
	return strings.Join(all, "\n")
}

// TestJoiningTakesThreeTaps walks from the link to the card in Kazakh, with a hint in Russian.
func TestJoiningTakesThreeTaps(t *testing.T) {
	v := someone(t, newCatalog(t), "")
	v.Contact.Locale = "ru-KZ"
	o := Start(v, talk.Link{Place: "ab12cd", Source: "table4", Invite: "friend2345"})
	first := o.Say[0].Buttons[0][0]
	if p, _ := talk.ParseID(first.ID); p.Arg != "ru" {
		t.Errorf("the first language offered is %q, want the hinted one", p.Arg)
	}

	v.Session = o.Session
	v = press(v, bots.SlotScreen)
	o = pressID(t, v, talk.ID(Flow, actLanguage, "kk", "")) // tap 1
	if o.Call == nil {
		t.Fatal("the language is not remembered")
	}
	v.Contact.Language, v.P = "kk", v.Catalog.Printer(locales.KK)
	o = chosen(v, struct{}{}, nil)
	v.Session = o.Session
	if o.Say[0].Fresh {
		t.Error("the consent is not put in the place of the question")
	}

	o = pressID(t, v, buttonOf(o, actJoin)) // tap 2
	if o.Call == nil {
		t.Fatalf("joining was not asked for: %s", text(o))
	}
	if j := joiningOf(v); j.Place != "ab12cd" || j.Source != "table4" || j.Invite != "friend2345" || j.News {
		t.Errorf("the link was lost on the way: %+v", j)
	}
	member := guest(t, v.Catalog, locales.KK)
	member.Event, member.Contact.Slots, member.Member.Phone = v.Event, v.Contact.Slots, ""
	o = welcomed(member, engine.Joined{Welcome: 50}, nil)
	if want := []string{bots.SlotScreen, bots.SlotCard, ""}; !slices.Equal(slots(o), want) {
		t.Fatalf("said %q, want %q", slots(o), want)
	}
	if card := o.Say[1]; card.Photo == nil || card.Photo.QR != "https://t.me/kava_bot?start=c_tok3n" || !card.Celebrate {
		t.Errorf("the first card is %+v", card)
	}
	if ask := o.Say[2].Ask; ask == nil || ask.Kind != bots.AskPhone || len(ask.Options) != 1 {
		t.Errorf("the phone is not asked for: %+v", ask)
	}
	for i, m := range o.Say {
		if (m.Ack != nil) != (i == 0) {
			t.Errorf("message %d: the press is answered once, with the first message", i)
		}
	}
	member.Session = o.Session
	if o = Text(typed(member, "қазір емес ")); !o.Say[0].ClearAsk || o.Say[1].Slot != bots.SlotCard || o.Session.Flow != "" { // tap 3
		t.Errorf("skipping the phone leads to %s", text(o))
	}
	member.Session = askCode(member, "").Session // the keyboard is still up
	if o = Text(typed(member, "Қазір емес")); o.Call != nil || !o.Say[0].ClearAsk {
		t.Errorf("skipping the phone is taken for a code: %s", text(o))
	}
}

func TestWhoIsAskedForTheLanguage(t *testing.T) {
	c := newCatalog(t)
	for _, tt := range []struct {
		name, locale, chosen string
		shop                 []string
		asked                bool
	}{
		{name: "one language", locale: "de", shop: []string{"uk"}},
		{name: "hinted", locale: "uk-UA", shop: []string{"uk", "en"}},
		{name: "hint the shop does not speak", locale: "de", shop: []string{"uk", "en"}, asked: true},
		{name: "no hint", shop: []string{"uk", "en"}, asked: true},
		{name: "Kazakh shop", locale: "ru", shop: []string{"ru", "kk"}, asked: true},
		{name: "chosen before", locale: "ru", chosen: "kk", shop: []string{"ru", "kk"}},
	} {
		v := someone(t, c, locales.Language(tt.chosen))
		s := *v.Program.Settings
		s.Languages, v.Program.Settings = tt.shop, &s
		v.Contact.Locale = tt.locale
		o := Start(v, talk.Link{})
		if asked := buttonOf(o, actLanguage) != ""; asked != tt.asked {
			t.Errorf("%s: asked = %v, want %v", tt.name, asked, tt.asked)
		}
		if shown := buttonOf(o, actJoin) != ""; shown == tt.asked {
			t.Errorf("%s: the consent shown = %v", tt.name, shown)
		}
	}
}

func TestNewsIsATickOfItsOwn(t *testing.T) {
	v := someone(t, newCatalog(t), locales.UK)
	o := Start(v, talk.Link{})
	mark := o.Session.Mark
	v.Session = o.Session
	v = press(v, bots.SlotScreen)
	for range 2 { // a double tap ticks once
		o = pressID(t, v, talk.ID(Flow, actNews, "on", ""))
		v.Session = o.Session
	}
	if !joiningOf(v).News || v.Session.Mark != mark || o.Call != nil {
		t.Errorf("after two taps: news %v, mark %q, want true, %q", joiningOf(v).News, v.Session.Mark, mark)
	}
	o = pressID(t, v, talk.ID(Flow, actNews, "off", ""))
	v.Session = o.Session
	if joiningOf(v).News {
		t.Error("the tick does not come off")
	}
	if o = pressID(t, v, talk.ID(Flow, actNews, "maybe", "")); o.Call != nil || !o.Say[0].Empty() {
		t.Error("a forged choice had an effect")
	}
}

func TestNobodyJoinsByAStaleOrForgedButton(t *testing.T) {
	v := press(someone(t, newCatalog(t), locales.UK), bots.SlotScreen)
	for _, session := range []talk.Session{{}, talk.In(Flow, stepJoin, joining{}).Marked("now"), talk.In("staff", stepJoin, joining{}).Marked("old")} {
		for _, mark := range []string{"old", ""} {
			v.Session = session
			o := Press(v, talk.Pressed{Flow: Flow, Action: actJoin, Mark: mark})
			if o.Call != nil {
				t.Errorf("session %+v, mark %q: joined", session, mark)
			}
			if buttonOf(o, actJoin) == "" || o.Say[0].Ack == nil || o.Say[0].Ack.Text == "" {
				t.Errorf("session %+v, mark %q: the current screen and a toast are not shown", session, mark)
			}
		}
	}
}

func TestLinksOfAMemberChangeNothing(t *testing.T) {
	c := newCatalog(t)
	v := guest(t, c, locales.UK)
	plain := text(Home(v))
	for _, l := range []talk.Link{{}, {Card: "tok3n"}, {Invite: "friend2345", Place: "ab12cd", Source: "table4"}} {
		if o := Start(v, l); text(o) != plain || o.Call != nil {
			t.Errorf("%+v leads to %s", l, text(o))
		}
	}
	if o := Start(v, talk.Link{Card: "other"}); !strings.HasSuffix(text(o), plain) || text(o) == plain || strings.Contains(o.Say[0].Photo.QR, "other") {
		t.Errorf("somebody else's card leads to %s", text(o))
	}
}

func TestOnlyTheOwnContactIsKept(t *testing.T) {
	v := guest(t, newCatalog(t), locales.UK)
	v.Event = bots.Event{Kind: bots.EventContact, Contact: &bots.Contact{Phone: "380671234567"}}
	if o := Contact(v); o.Call != nil || o.Say[0].Ask == nil {
		t.Error("a foreign contact was taken")
	}
	v.Event.Contact.Own = true
	if o := Contact(v); o.Call == nil {
		t.Error("the own contact was not taken")
	}
	v.Member = nil
	if o := Contact(v); o.Call != nil || buttonOf(o, actJoin) == "" {
		t.Error("a contact without a card does not lead to the consent")
	}
}

func TestLeavingNeedsTwoAnswersInARow(t *testing.T) {
	v := press(guest(t, newCatalog(t), locales.UK), bots.SlotScreen)
	first := leave(v)
	if !strings.Contains(text(first), "1\u00a0340") {
		t.Errorf("what is lost is not named: %s", text(first))
	}
	next := buttonOf(first, actDelete2)
	if o := pressID(t, v, next); o.Call != nil || buttonOf(o, actErase) != "" {
		t.Error("the second question came without the first")
	}
	v.Session = first.Session
	v.Event.Key = "update-9"
	second := pressID(t, v, next)
	gone := buttonOf(second, actErase)
	if o := pressID(t, v, gone); o.Call != nil {
		t.Error("erased before the second question was stored")
	}
	home := v
	home.Session = second.Session
	away := Home(home)
	home.Session = away.Session
	if o := pressID(t, home, gone); o.Call != nil {
		t.Error("erased after the person turned away")
	}
	v.Session = second.Session
	if o := pressID(t, v, gone); o.Call == nil {
		t.Error("two answers do not erase")
	}
}

func TestAScreenIsEditedOnlyWhereItIsPressed(t *testing.T) {
	v := guest(t, newCatalog(t), locales.UK)
	for _, tt := range []struct {
		slot                    string
		freshScreen, freshOfOwn bool
	}{{bots.SlotCard, true, false}, {bots.SlotScreen, false, true}, {slotAsk, true, true}} {
		pressed := press(v, tt.slot)
		if got := settings(pressed).Say[0].Fresh; got != tt.freshScreen {
			t.Errorf("pressed on %s: the screen is fresh = %v", tt.slot, got)
		}
		if got := Home(pressed).Say[0].Fresh; got != tt.freshOfOwn {
			t.Errorf("pressed on %s: the card is fresh = %v", tt.slot, got)
		}
	}
	if !settings(typed(v, "/settings")).Say[0].Fresh {
		t.Error("a typed command does not bring the screen down")
	}
}

func TestOtherConversationsAreLeftAlone(t *testing.T) {
	v := press(guest(t, newCatalog(t), locales.UK), slotAsk)
	v.Session = talk.In("staff", "sum", 1).Marked("m")
	for name, o := range map[string]talk.Output{
		"yes": confirmed(v, engine.Posted{}, nil), "why": told(v, saleExplained(), nil), "home": Home(v), "settings": settings(v),
	} {
		if o.Session.Flow != "staff" || o.Session.Mark != "m" {
			t.Errorf("%s ended the staff's own conversation: %+v", name, o.Session)
		}
	}
}

func TestSomebodyElsesQuestionIsMet(t *testing.T) {
	v := press(guest(t, newCatalog(t), locales.UK), slotAsk)
	missing := &engine.Error{Kind: engine.KindNotFound, ID: "hold_not_found"}
	for name, o := range map[string]talk.Output{"yes": confirmed(v, engine.Posted{}, missing), "no": denied(v, "", missing)} {
		if len(o.Say) != 1 || !o.Say[0].Empty() || o.Say[0].Ack == nil || o.Say[0].Ack.Text != "" {
			t.Errorf("%s: answered with %+v", name, o.Say)
		}
	}
}

func TestQuestionsThatAreOverAskNothing(t *testing.T) {
	v := guest(t, newCatalog(t), locales.UK)
	n := engine.Notice{Kind: engine.NoticeSpendAsk, HoldID: holdID, Args: map[string]any{"points": 5.0}}
	if said := Notice(v, n); said != nil {
		t.Errorf("a hold that is gone asks %v", said)
	}
	v.Account.Holds = []ledger.Hold{{ID: holdID, ExpiresAt: testNow}}
	if said := Notice(v, n); said != nil {
		t.Errorf("a hold that has ended asks %v", said)
	}
	v.Account.Holds = []ledger.Hold{{ID: "newer", ExpiresAt: testNow.Add(time.Second)}}
	if said := Notice(v, engine.Notice{Kind: engine.NoticeSpendClosed, HoldID: holdID}); said != nil {
		t.Errorf("the end of an older question overwrites the open one: %v", said)
	}
	v.Member = nil
	if said := Notice(v, engine.Notice{Kind: engine.NoticeFriend}); said != nil {
		t.Errorf("whoever left is told %v", said)
	}
}

func TestEverybodyWithoutACardIsOfferedOne(t *testing.T) {
	v := someone(t, newCatalog(t), locales.UK)
	for _, c := range Commands() {
		o := c.Handle(v)
		if o.Call != nil || len(o.Say) == 0 {
			t.Errorf("/%s: %+v", c.Name, o)
		}
	}
	for _, action := range []string{actCode, actWhy, actYes, actErase, actSettings, "unknown"} {
		if o := Press(press(v, ""), talk.Pressed{Flow: Flow, Action: action}); o.Call != nil || buttonOf(o, actJoin) == "" {
			t.Errorf("%s without a card: %s", action, text(o))
		}
	}
}

func TestCommandsHaveWords(t *testing.T) {
	c := newCatalog(t)
	for _, command := range Commands() {
		for _, lang := range locales.Languages() {
			if !c.Printer(lang).Has("commands." + command.Name) {
				t.Errorf("%s: /%s has no description", lang, command.Name)
			}
		}
	}
}
