package guest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/rules"
	"kartka/locales"
)

// watched is a store that knows a program and lets nothing be changed. It notes whether anybody tried.
type watched struct {
	engine.Store
	program engine.Program
	tried   bool
}

func (w *watched) Program(context.Context, string) (engine.Program, error) { return w.program, nil }
func (w *watched) Member(context.Context, string, string) (engine.Member, error) {
	return engine.Member{}, &engine.Error{Kind: engine.KindNotFound, ID: "member_not_found"}
}
func (w *watched) Glance(context.Context, string, engine.Look, time.Time) (engine.Glance, error) {
	return engine.Glance{}, &engine.Error{Kind: engine.KindNotFound, ID: "member_not_found"}
}
func (w *watched) Coupon(context.Context, string, string) (engine.Coupon, error) {
	return engine.Coupon{MemberID: "somebody else"}, nil
}
func (w *watched) InTx(context.Context, func(engine.Tx) error) error {
	w.tried = true
	return &engine.Error{Kind: engine.KindForbidden, ID: "not_allowed"}
}

// changes reports whether an output would change anything.
func changes(v talk.View, o talk.Output) bool {
	if o.Call == nil {
		return false
	}
	w := &watched{program: v.Program}
	o.Call.Run(context.Background(), engine.New(engine.Config{Store: w}), "key")(v)
	return w.tried
}

// TestDeedsNeedTheirScreen presses buttons that change something once right, and in every way wrong.
func TestDeedsNeedTheirScreen(t *testing.T) {
	v := press(regular(t, newCatalog(t), locales.UK), bots.SlotScreen)
	for _, deed := range []struct {
		action, step, arg string
		data              any
	}{
		{actBuy, stepReward, "cake", "cake"}, {actCancel2, stepCancel, cakeID, cakeID}, {actBorn, stepBorn, "1991-05-17", "1991-05-17"},
		{actGift, stepGive, "", giving{To: friendID, Points: 50}}, {actPart2, stepPart, contactID, contactID},
	} {
		right := v
		right.Session = talk.In(Flow, deed.step, deed.data).Marked("now")
		if o := Press(right, talk.Pressed{Flow: Flow, Action: deed.action, Arg: deed.arg, Mark: "now"}); !changes(right, o) {
			t.Errorf("%s: the right press changes nothing", deed.action)
		}
		for name, wrong := range map[string]struct {
			session talk.Session
			arg     string
			mark    string
		}{
			"old mark": {right.Session, deed.arg, "old"}, "no mark": {right.Session, deed.arg, ""}, "no session": {talk.Session{}, deed.arg, "now"},
			"another step": {talk.In(Flow, stepName, deed.data).Marked("now"), deed.arg, "now"}, "another flow": {talk.In("staff", deed.step, deed.data).Marked("now"), deed.arg, "now"},
			"another thing": {talk.In(Flow, deed.step, "other").Marked("now"), deed.arg, "now"},
		} {
			v.Session = wrong.session
			o := Press(v, talk.Pressed{Flow: Flow, Action: deed.action, Arg: wrong.arg, Mark: wrong.mark})
			if changes(v, o) {
				t.Errorf("%s, %s: something is changed", deed.action, name)
			}
			if o.Call == nil && (o.Say[0].Ack == nil || o.Say[0].Ack.Text == "") {
				t.Errorf("%s, %s: nothing tells that the screen is old", deed.action, name)
			}
		}
	}
}

func TestAnotherPersonsCouponIsNone(t *testing.T) {
	c := newCatalog(t)
	v := press(regular(t, c, locales.UK), bots.SlotScreen)
	for _, action := range []string{actCoupon, actCancel} {
		o := Press(v, talk.Pressed{Flow: Flow, Action: action, Arg: couponID})
		then := o.Call.Run(context.Background(), engine.New(engine.Config{Store: &watched{program: v.Program}}), "key")
		shown := then(v)
		if len(shown.Say) != 1 || shown.Say[0].Ack == nil || !shown.Say[0].Ack.Alert || !strings.Contains(shown.Say[0].Ack.Text, v.T("error.coupon_unknown")) {
			t.Errorf("%s: answered with %+v", action, shown.Say)
		}
	}
}

// TestStaleScreenIsToldOverTheCurrentOne follows an old button to a screen that has to be read.
func TestStaleScreenIsToldOverTheCurrentOne(t *testing.T) {
	v := press(regular(t, newCatalog(t), locales.UK), bots.SlotScreen)
	shown := outdated(v, func(v talk.View) talk.Output {
		return v.Call(talk.Do(func(context.Context, *engine.Engine, string) (int, error) { return 0, nil },
			func(v talk.View, _ int, err error) talk.Output { return rewarded(v, someRewards(), 0, err) }))
	}).Call.Run(context.Background(), nil, "key")(v)
	if len(shown.Say) != 1 || shown.Say[0].Ack.Text != v.T("guest.stale.toast") || buttonOf(shown, actReward) == "" {
		t.Errorf("an old button leads to %+v", shown.Say)
	}
}

func TestFriendIsFoundByCardOrProvedPhoneOnly(t *testing.T) {
	proved := engine.Member{ID: friendID, Card: "987654678", Proof: engine.ProofPlatform}
	typed := engine.Member{ID: friendID, Card: "987654678", Proof: engine.ProofTyped}
	for _, c := range []struct {
		text   string
		member engine.Member
		asked  bool
		found  bool
	}{
		{"123456786", engine.Member{ID: friendID, Card: "123456786"}, true, true}, // a card with a right check digit
		{"123 456 786", engine.Member{ID: friendID, Card: "123456786"}, true, true},
		{"+380671234567", proved, true, true}, {"0671234567", proved, true, true}, {"+380671234567", typed, true, false},
		{"123456786", typed, true, false}, // nine digits that are somebody's unproved phone
		{"482913", proved, false, false}, {"612345678901234567", proved, false, false}, {"https://t.me/kava_bot?start=c_AAAAAAAAAAAAAAAAAAAAAA", proved, false, false},
		{"hello", proved, false, false}, {"", proved, false, false},
	} {
		asked := false
		m, err := friendBy(c.text, func(string) (engine.Found, error) { asked = true; return engine.Found{Member: c.member}, nil })
		if asked != c.asked || (err == nil) != c.found || err == nil && m.ID != friendID {
			t.Errorf("%q: asked %v, found %v (%v)", c.text, asked, err == nil, err)
		}
	}
	broken := errors.New("broken")
	if _, err := friendBy("123456786", func(string) (engine.Found, error) { return engine.Found{}, broken }); !errors.Is(err, broken) {
		t.Errorf("the error is lost: %v", err)
	}
}

func TestGivingAsksTwiceAndGivesOnce(t *testing.T) {
	v := regular(t, newCatalog(t), locales.UK)
	o := give(v, "")
	v.Session = o.Session
	if o = Text(typed(v, "987654678")); o.Call == nil {
		t.Fatal("nobody is looked for")
	}
	o = friendFound(v, someFriend("Дана Ким"), nil)
	v.Session = o.Session
	if said := text(o); strings.Contains(said, "Дана") || strings.Contains(said, "Ким") || strings.Contains(said, "987654678") {
		t.Errorf("the friend is named in full: %s", said)
	}
	o = Text(typed(v, "50"))
	v.Session = o.Session
	yes := buttonOf(o, actGift)
	pressed := press(v, bots.SlotScreen)
	if o = pressID(t, pressed, yes); o.Call == nil {
		t.Fatal("the yes gives nothing")
	}
	done := given(pressed, giving{Points: 50}, engine.Posted{}, nil)
	pressed.Session = done.Session
	if o = pressID(t, pressed, yes); o.Call != nil {
		t.Error("a second tap gives again")
	}
	failed := given(pressed, giving{Points: 50}, engine.Posted{}, &engine.Error{Kind: engine.KindLimit, ID: "transfer_self"})
	if failed.Session.Flow != "" {
		t.Error("a refused gift leaves its question open")
	}
}

func TestBirthdayIsRepeatedBeforeItIsKept(t *testing.T) {
	v := regular(t, newCatalog(t), locales.UK)
	v.Standing.Birthday = rules.Birthday{}
	v.Session = birthday(v).Session
	for text, want := range map[string]string{"17.05.1990": "1990-05-17", "17.05": "05-17", "17 05": "05-17", "2.1": "01-02"} {
		o := Text(typed(v, text))
		if p, _ := talk.ParseID(buttonOf(o, actBorn)); p.Arg != want || p.Mark == "" || p.Mark != o.Session.Mark {
			t.Errorf("%q is read as %q", text, p.Arg)
		}
	}
	for _, text := range []string{"31.02", "17.05.2990", "x", "", "17"} {
		if o := Text(typed(v, text)); buttonOf(o, actBorn) != "" || !o.Session.At(Flow, stepBirthday) {
			t.Errorf("%q is taken for a birthday", text)
		}
	}
	v.Standing.Birthday = rules.Birthday{Month: 5, Day: 17, ChangedAt: testNow}
	if o := birthday(v); o.Session.Flow != "" {
		t.Error("a birthday that is fixed is asked for")
	}
}

func TestInvitationToASharedCard(t *testing.T) {
	v := press(someone(t, newCatalog(t), locales.UK), bots.SlotScreen)
	everything(v.Program.Settings)
	o := Start(v, talk.Link{Share: "abcdefghjkSECRET"})
	v.Session = o.Session
	if joiningOf(v).Share != "abcdefghjkSECRET" || buttonOf(o, actOwn) == "" || buttonOf(o, actNews) != "" {
		t.Fatalf("the invitation leads to %s", text(o))
	}
	if joined := pressID(t, v, buttonOf(o, actJoin)); joined.Call == nil {
		t.Error("the invitation cannot be accepted")
	}
	if o := Press(v, talk.Pressed{Flow: Flow, Action: actJoin, Mark: "old"}); o.Call != nil {
		t.Error("the invitation is accepted by an old button")
	}
	own := pressID(t, v, buttonOf(o, actOwn))
	v.Session = own.Session
	if joiningOf(v).Share != "" || buttonOf(own, actNews) == "" {
		t.Errorf("an own card leads to %s", text(own))
	}
	v.Session = o.Session
	v.Session = Start(v, talk.Link{Place: "ab12cd"}).Session
	if joiningOf(v).Share != "" {
		t.Error("a later link does not win")
	}
}

func TestAGuestTellsOnlyWhatIsAsked(t *testing.T) {
	v := press(regular(t, newCatalog(t), locales.EN), bots.SlotScreen)
	screen := aboutShown(v, somebodyTold(), nil)
	if shown := text(screen); strings.Contains(shown, "Note of the shop") || strings.Contains(shown, "secret") || strings.Contains(shown, "horse") {
		t.Errorf("a guest is shown %s", shown)
	}
	for _, what := range []string{aboutGender, aboutCity, aboutField + "pet", aboutField + "allergy"} {
		o := Press(v, talk.Pressed{Flow: Flow, Action: actTell, Arg: what})
		asking := v
		asking.Session = o.Session
		if !o.Session.At(Flow, stepAbout) || buttonOf(o, actTold) == "" {
			t.Errorf("%s is asked with %s", what, text(o))
		}
		if back := pressID(t, asking, buttonOf(o, actTold)); back.Call == nil {
			t.Errorf("an answer to %s is not taken", what)
		}
		if old := Press(asking, talk.Pressed{Flow: Flow, Action: actTold, Arg: "female", Mark: "old"}); !old.Session.At(Flow, stepAbout) {
			t.Errorf("an answer to %s of an old screen is taken", what)
		}
		answer := Text(typed(asking, "Київ"))
		if byButton := what == aboutGender || what == aboutField+"pet"; (answer.Call == nil) != byButton {
			t.Errorf("typed at %s: %s", what, text(answer))
		}
	}
	for _, what := range []string{aboutField + "note", aboutField + "horse", "name", ""} {
		if o := Press(v, talk.Pressed{Flow: Flow, Action: actTell, Arg: what}); o.Session.At(Flow, stepAbout) {
			t.Errorf("%q is asked", what)
		}
	}
}
