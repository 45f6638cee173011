package staff

import (
	"strings"
	"testing"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/locales"
	"kartka/words"
)

func advice(v talk.View, key, text string) bots.Rich {
	return v.Rich(key, locales.Args{"Typed": words.CleanName(text, 20), "Example": v.Money(1205), "Max": v.Money(v.Program.Settings.Staff.MaxCheck)})
}

// after is the view of the next deed after an output.
func after(v talk.View, out talk.Output, change ...func(*talk.View)) talk.View {
	v.Session = out.Session
	v.Event.Key += "+"
	v.Event.Press = nil
	for _, f := range change {
		f(&v)
	}
	return v
}

func says(t *testing.T, out talk.Output, want bots.Rich) {
	t.Helper()
	if out.Call != nil || len(out.Say) == 0 || !strings.Contains(string(out.Say[0].Text), string(want)) {
		t.Fatalf("says %+v, call %v; want %q", out.Say, out.Call != nil, want)
	}
}

func buttonOf(out talk.Output, action string) (bots.Button, bool) {
	for _, m := range out.Say {
		for _, row := range m.Buttons {
			for _, b := range row {
				if p, ok := talk.ParseID(b.ID); ok && p.Flow == Flow && p.Action == action {
					return b, true
				}
			}
		}
	}
	return bots.Button{}, false
}

// press answers a button that an output carries.
func press(t *testing.T, v talk.View, out talk.Output, action string) talk.Output {
	t.Helper()
	b, ok := buttonOf(out, action)
	if !ok {
		t.Fatalf("no button %s in %+v", action, out.Say)
	}
	p, _ := talk.ParseID(b.ID)
	return Press(after(v, out, pressed), p)
}

func offerOf(t *testing.T, v talk.View, c counter, available money.Points) talk.Output {
	t.Helper()
	return offered(v, c, note{}, reckoned(t, v, c, available, enough(available)), nil)
}

func TestSaleInTwoTaps(t *testing.T) {
	v := viewOf(t, locales.UK)
	out := found(v, counter{}, engine.Found{Member: engine.Member{ID: idMember, Name: "Оксана", State: engine.MemberActive, Card: "123456786"}}, nil)
	if out.Call == nil {
		t.Fatal("the guest is found and nothing is reckoned")
	}
	out = offerOf(t, v, counter{Guest: oksana}, 155)
	says(t, out, v.Rich("staff.sum.ask"))
	if out = Text(after(v, out, typed("400"))); out.Call == nil {
		t.Fatal("the sum is typed and nothing is reckoned")
	}
	out = offerOf(t, v, counter{Guest: oksana, Sum: 40000}, 155)
	b, _ := buttonOf(out, actAdd)
	if b.Style != bots.StylePrimary || !strings.Contains(b.Text, "+20") {
		t.Errorf("the first choice is %+v", b)
	}
	if b, _ := buttonOf(out, actSpend); !strings.Contains(b.Text, "120") || !strings.Contains(b.Text, "280") {
		t.Errorf("the other choice is %+v", b)
	}
	if out = press(t, v, out, actAdd); out.Call == nil {
		t.Fatal("Add calls nothing")
	}
	done := posted(after(v, out, pressed), onCounter(after(v, out)), engine.Posted{SaleID: idSale, MemberID: idMember, Total: 40000, Payable: 40000, Earned: 20, At: noon, Balance: enough(175)}, nil)
	says(t, done, "175")
	if !done.Session.At(Flow, stepReceipt) {
		t.Errorf("session is at %s", done.Session.Step)
	}
}

// TestSecondTapMakesNoSale presses a button of the offer once more when the receipt is shown already.
func TestSecondTapMakesNoSale(t *testing.T) {
	v := viewOf(t, locales.UK)
	shownOffer := offerOf(t, v, counter{Guest: oksana, Sum: 40000}, 155)
	done := posted(after(v, shownOffer, pressed), onCounter(after(v, shownOffer)), engine.Posted{SaleID: idSale, Total: 40000, Earned: 20, At: noon}, nil)
	for _, action := range []string{actAdd, actSpend, actOther, actChange, actCancel} {
		b, _ := buttonOf(shownOffer, action)
		p, _ := talk.ParseID(b.ID)
		again := Press(after(v, done, pressed), p)
		if again.Call != nil {
			t.Fatalf("%s of an old screen calls the engine", action)
		}
		if again.Say[0].Ack == nil || again.Say[0].Ack.Text != v.T("staff.done.toast") {
			t.Errorf("%s: toast %+v", action, again.Say[0].Ack)
		}
		says(t, again, receiptText(v, *onCounter(after(v, done)).Receipt))
	}
}

// TestForgedButtonsDoNothing tries actions that the current screen does not have, with the mark it has.
func TestForgedButtonsDoNothing(t *testing.T) {
	c := counter{Guest: oksana, Sum: 40000, Offer: 120, Limit: 120, Choice: []guest{oksana}}
	tests := []struct{ step, action, arg string }{
		{stepWho, actAdd, ""}, {stepWho, actSpend, ""}, {stepWait, actAdd, ""}, {stepAmount, actAdd, ""}, {stepReceipt, actSpend, ""},
		{stepPick, actPick, idOther}, {stepSale, actPick, idMember}, {stepWho, actAt, idPlace}, {stepSale, actSum, "-5"}, {stepSale, actSum, "1e9"},
		{stepSale, actSum, "0"}, {stepSale, actSum, "99999999999999"}, {stepWho, actSum, "100"}, {stepSale, actCode, ""}, {stepWho, actBack, ""},
		{stepSale, actPlain, idHold}, {stepSale, actAgain, idHold}, {stepSale, "nonsense", ""},
	}
	for _, tt := range tests {
		v := viewOf(t, locales.EN, at(tt.step, c), pressed)
		out := Press(v, talk.Pressed{Flow: Flow, Action: tt.action, Arg: tt.arg, Mark: "now"})
		got := onCounter(talk.View{Session: out.Session})
		if got.Receipt != nil || out.Session.Step == stepWait && tt.step != stepWait || got.Guest.ID == idOther {
			t.Errorf("%s at %s does something: %+v", tt.action, tt.step, out.Session)
		}
		if tt.action == actSum && tt.step == stepSale && (out.Call != nil && tt.arg != "1e9" || got.Sum != 0 && tt.arg != "1e9") {
			t.Errorf("the sum %s is taken", tt.arg)
		}
	}
}

func TestStalePressShowsTheCurrentScreen(t *testing.T) {
	v := viewOf(t, locales.PL, at(stepWho, counter{Sum: 12000}), pressed)
	out := Press(v, talk.Pressed{Flow: Flow, Action: actCancel, Mark: "old"})
	says(t, out, v.Rich("staff.who.sum", locales.Args{"Sum": v.Money(12000)}))
	if out.Say[0].Ack.Text != v.T("staff.stale.toast") || out.Say[0].Fresh {
		t.Errorf("message %+v", out.Say[0])
	}
}

func TestSpendNeedsTheGuest(t *testing.T) {
	c := counter{Guest: oksana, Sum: 40000, Offer: 120, Limit: 120}
	v := viewOf(t, locales.EN, at(stepSale, c), pressed)
	out := reserved(v, c, engine.Reserved{Hold: hold(idHold), Reachable: true}, nil)
	if !out.Session.At(Flow, stepWait) || onCounter(after(v, out)).Asked.Hold != idHold {
		t.Fatalf("session %+v", out.Session)
	}
	says(t, out, bots.Escape("280"))
	out = reserved(v, c, engine.Reserved{}, nil)
	if !out.Session.At(Flow, stepCode) {
		t.Fatalf("a guest without a chat: session %+v", out.Session)
	}
	says(t, out, v.Rich("staff.code.unreachable", locales.Args{"Name": "Оксана"}))
}

func TestLiveCodeEndsTheWaiting(t *testing.T) {
	c := counter{Guest: oksana, Sum: 40000, Offer: 120, Asked: &asked{Hold: idHold, Guest: oksana, Sum: 40000, Points: 120}}
	v := viewOf(t, locales.EN, at(stepWait, c), typed("123456"))
	sale := engine.Posted{SaleID: idSale, Total: 40000, Payable: 28000, Redeemed: 120, RedeemMoney: 12000, Earned: 14, At: noon}
	out := proved(v, c, "123456", proof{posted: &sale}, nil)
	says(t, out, v.Rich("staff.receipt.take", locales.Args{"Money": v.Money(28000)}))
	if onCounter(after(v, out)).Asked != nil {
		t.Error("the question is still open")
	}
	same := engine.Found{Member: engine.Member{ID: idMember, State: engine.MemberActive}}
	out = proved(v, c, "x", proof{found: same}, nil)
	says(t, out, v.Rich("staff.code.not_live"))
	if !out.Session.At(Flow, stepWait) {
		t.Errorf("session %+v", out.Session)
	}
	out = proved(v, c, "x", proof{}, refusedBy(engine.KindNotFound, "code_unknown"))
	says(t, out, bots.Escape(v.T("error.code_unknown")))

	v = viewOf(t, locales.EN, at(stepCode, c), typed("123456"))
	out = proved(v, c, "123456", proof{found: engine.Found{Member: engine.Member{ID: idOther, Name: "Ivan", State: engine.MemberActive}, Present: true}}, nil)
	says(t, out, v.Rich("staff.code.foreign", locales.Args{"Name": "Iv•••"}))
	if !out.Session.At(Flow, stepCode) {
		t.Errorf("session %+v", out.Session)
	}
}

// TestNextGuestWhileWaiting begins another sale and keeps the question, so that its answer still finds its words.
func TestNextGuestWhileWaiting(t *testing.T) {
	c := counter{Guest: oksana, Sum: 40000, Offer: 120, Asked: &asked{Hold: idHold, Guest: oksana, Sum: 40000, Points: 120}}
	v := viewOf(t, locales.EN, at(stepWait, c), typed("654321"))
	out := proved(v, c, "654321", proof{found: engine.Found{Member: engine.Member{ID: idOther, State: engine.MemberActive}, Present: true}}, nil)
	if out.Call == nil {
		t.Fatal("the next guest is not served")
	}
	next := offerOf(t, v, counter{Guest: guest{ID: idOther}, Asked: c.Asked}, 10)
	m := Notice(after(v, next), engine.Notice{Kind: engine.NoticeSpendDenied, HoldID: idHold})
	if m[0].Slot != "" || !strings.Contains(string(m[0].Text), "Оксана") {
		t.Errorf("the answer is %+v", m[0])
	}
}

func TestLiveCodeCountsForAWhile(t *testing.T) {
	v := viewOf(t, locales.EN)
	member := engine.Member{ID: idMember, State: engine.MemberActive}
	out := found(v, counter{}, engine.Found{Member: member, Present: true}, nil)
	if out.Call == nil {
		t.Fatal("nothing is reckoned")
	}
	g := guest{ID: idMember, Present: noon.Add(presentFor)}
	for wait, direct := range map[time.Duration]bool{0: true, presentFor - time.Second: true, presentFor: false} {
		later := v
		later.Now = noon.Add(wait)
		if got := g.Present.After(later.Now); got != direct {
			t.Errorf("after %v the guest is present: %v", wait, got)
		}
	}
}

func TestSomebodyWasFaster(t *testing.T) {
	c := counter{Guest: oksana, Sum: 40000, Points: 100, Offer: 100, Limit: 120}
	v := viewOf(t, locales.UK, at(stepSale, c), pressed)
	out := posted(v, c, engine.Posted{}, refusedBy(engine.KindInsufficient, "not_enough_points"))
	if out.Call == nil {
		t.Fatal("the check is not reckoned anew")
	}
	c.Points = 0
	out = offered(v, c, note{problem: v.Rich("staff.offer.changed")}, reckoned(t, v, c, 30, enough(30)), nil)
	says(t, out, v.Rich("staff.offer.changed"))
	if got := onCounter(after(v, out)); got.Offer != 30 {
		t.Errorf("offers %d", got.Offer)
	}
	limit := &engine.Error{Kind: engine.KindLimit, ID: "staff_daily_limit", Args: map[string]any{"Max": 500}}
	out = posted(v, c, engine.Posted{}, limit)
	says(t, out, bots.Escape(v.Problem(limit)))
	if got := onCounter(after(v, out)); got.Guest.ID != "" || !out.Session.At(Flow, stepHome) {
		t.Errorf("session %+v", out.Session)
	}
}

func TestChosenAmount(t *testing.T) {
	c := counter{Guest: oksana, Sum: 40000, Offer: 120, Limit: 120}
	for text, key := range map[string]string{"121": "staff.amount.over", "1e9": "staff.amount.bad", "-5": "staff.amount.bad", "0": "staff.amount.bad",
		"99999999999": "", "☕": "staff.amount.bad", "10,5": "staff.amount.bad"} {
		v := viewOf(t, locales.EN, at(stepAmount, c), typed(text))
		out := Text(v)
		if key == "" { // too long for anything but a phone
			if out.Call == nil {
				t.Errorf("%q is not looked up", text)
			}
			continue
		}
		says(t, out, v.Rich(key, locales.Args{"Typed": text, "Points": v.Points(121), "Limit": v.Points(120)}))
		if !out.Session.At(Flow, stepAmount) {
			t.Errorf("%q leads to %s", text, out.Session.Step)
		}
	}
	v := viewOf(t, locales.EN, at(stepAmount, c), typed("50"))
	if out := Text(v); out.Call == nil {
		t.Error("50 is not reckoned")
	}
	c.Points = 50
	out := offerOf(t, v, c, 155)
	if b, _ := buttonOf(out, actSpend); !strings.Contains(b.Text, "50") || !strings.Contains(b.Text, "350") {
		t.Errorf("button %+v", b)
	}
	refused := reckoned(t, v, counter{Sum: c.Sum}, 30, enough(30))
	refused.refused = refusedBy(engine.KindInsufficient, "not_enough_points")
	out = offered(v, c, note{}, refused, nil)
	says(t, out, v.Rich("staff.amount.over", locales.Args{"Points": v.Points(50), "Limit": v.Points(30)}))
}

func hold(id string) (h engine.Hold) {
	h.ID = id
	return h
}
