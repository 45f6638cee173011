package staff

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
)

func TestUndoOffersTheSameGuest(t *testing.T) {
	v := viewOf(t, locales.UK)
	sale := engine.Posted{SaleID: idSale, MemberID: idMember, Total: 40000, Earned: 20, At: noon, Balance: enough(175)}
	done := posted(v, counter{Guest: oksana, Sum: 40000}, sale, nil)
	b, ok := buttonOf(done, actUndo)
	if !ok || b.ID != "v1|staff|undo|"+idSale {
		t.Fatalf("undo button %+v", b)
	}
	if out := press(t, v, done, actUndo); out.Call == nil {
		t.Fatal("undo calls nothing")
	}
	back := engine.Posted{SaleID: idSale, MemberID: idMember, Total: 40000, Revoked: 20, Balance: enough(155), At: noon}
	out := undone(after(v, done, pressed), back, nil)
	says(t, out, v.Rich("staff.undo.taken", locales.Args{"Points": v.Points(20)}))
	c := onCounter(after(v, out))
	if !out.Session.At(Flow, stepSale) || c.Guest.ID != idMember || c.Sum != 0 || c.Last != nil {
		t.Errorf("session %+v", out.Session)
	}
	if out = Text(after(v, out, typed("40"))); out.Call == nil {
		t.Error("the right sum is not taken")
	}
}

// TestUndoLeavesTheNextGuestAlone undoes an older sale while somebody else is at the counter.
func TestUndoLeavesTheNextGuestAlone(t *testing.T) {
	c := counter{Guest: guest{ID: idOther, Name: "Олег"}, Sum: 5000, Last: &last{Sale: idSale, Name: "Оксана", Sum: 40000, At: noon}}
	v := viewOf(t, locales.UK, at(stepSale, c), pressed)
	out := undone(v, engine.Posted{SaleID: idSale, MemberID: idMember, Total: 40000, Revoked: 20, Balance: enough(155)}, nil)
	got := onCounter(after(v, out))
	if !out.Session.At(Flow, stepSale) || out.Session.Mark != "now" || got.Guest.ID != idOther || got.Sum != 5000 || got.Last != nil {
		t.Errorf("session %+v", out.Session)
	}
	if out.Say[0].Slot != "" || out.Say[0].Ack == nil {
		t.Errorf("message %+v", out.Say[0])
	}
}

func TestUndoThatCannotBe(t *testing.T) {
	late := &engine.Error{Kind: engine.KindExpired, ID: "undo_too_late", Args: map[string]any{"Minutes": 5}}
	v := viewOf(t, locales.ES, pressed)
	out := undone(v, engine.Posted{}, late)
	if ack := out.Say[0].Ack; ack == nil || !ack.Alert || ack.Text != v.Problem(late) || out.Say[0].Text != "" {
		t.Errorf("message %+v", out.Say[0])
	}
	v = viewOf(t, locales.ES, command("undo", ""))
	says(t, undone(v, engine.Posted{}, late), bots.Escape(v.Problem(late)))
	says(t, undoFound(v, counter{}, "", &engine.Error{Kind: engine.KindNotFound, ID: "not_found"}), v.Rich("staff.undo.nothing"))
}

func TestHomeOffersUndoForAWhile(t *testing.T) {
	c := counter{Last: &last{Sale: idSale, Sum: 40000, At: noon}}
	for wait, want := range map[time.Duration]bool{time.Minute: true, 5 * time.Minute: false} {
		v := viewOf(t, locales.UK, at(stepHome, c))
		v.Now = noon.Add(wait)
		if _, got := buttonOf(homeShown(v, note{}, shop{}, nil), actUndo); got != want {
			t.Errorf("after %v undo is offered: %v", wait, got)
		}
	}
}

// TestOlderAnswerIsNotTheLastSale keeps Undo on the newest sale when an older question turns out to have been confirmed.
func TestOlderAnswerIsNotTheLastSale(t *testing.T) {
	c := counter{Asked: &asked{Hold: idHold, Guest: oksana}, Last: &last{Sale: "newer", At: noon}}
	v := viewOf(t, locales.UK, at(stepHome, c))
	out := homeShown(v, note{}, shop{answer: &engine.Posted{SaleID: idSale, At: noon.Add(-time.Second)}}, nil)
	if got := onCounter(after(v, out)); got.Asked != nil || got.Last.Sale != "newer" {
		t.Errorf("counter %+v", got)
	}
}

// TestConfirmedSaleIsKnownAtHome learns of a sale that the guest confirmed while nobody looked.
func TestConfirmedSaleIsKnownAtHome(t *testing.T) {
	c := counter{Asked: &asked{Hold: idHold, Guest: oksana, Sum: 40000, Points: 120}}
	v := viewOf(t, locales.UK, at(stepWait, c), pressed)
	out := homeShown(v, note{}, shop{answer: &engine.Posted{SaleID: idSale, Total: 40000, At: noon}}, nil)
	got := onCounter(after(v, out))
	if got.Asked != nil || got.Last == nil || got.Last.Sale != idSale || got.Last.Name != "Оксана" {
		t.Errorf("counter %+v", got)
	}
}

func TestAnswers(t *testing.T) {
	c := counter{Guest: oksana, Sum: 40000, Offer: 120, Asked: &asked{Hold: idHold, Guest: oksana, Sum: 40000, Points: 120}}
	v := viewOf(t, locales.UK, at(stepWait, c))
	sale := engine.Posted{SaleID: idSale, Total: 40000, Payable: 28000, Redeemed: 120, RedeemMoney: 12000, Earned: 14, At: noon, Balance: enough(49)}
	m := Notice(v, engine.Notice{Kind: engine.NoticeSpendDone, HoldID: idHold, Posted: &sale})[0]
	if m.Slot != bots.SlotScreen || !m.Fresh || m.Purpose != bots.PurposeService {
		t.Errorf("message %+v", m)
	}
	if first, _, _ := strings.Cut(string(m.Text), "\n"); !strings.Contains(first, "280") {
		t.Errorf("the money to take is not in the first line: %s", m.Text)
	}
	for _, kind := range []engine.NoticeKind{engine.NoticeSpendDenied, engine.NoticeSpendLate} {
		out := talk.Output{Session: v.Session, Say: Notice(v, engine.Notice{Kind: kind, HoldID: idHold})}
		for _, action := range []string{actPlain, actAgain} {
			if next := press(t, v, out, action); next.Call == nil {
				t.Errorf("%s after %s does nothing", action, kind)
			}
		}
		elsewhere := Notice(v, engine.Notice{Kind: kind, HoldID: "another", Args: fromJSON(t, map[string]any{"points": int64(70)})})[0]
		if elsewhere.Slot != "" || !strings.Contains(string(elsewhere.Text), "70") || strings.Contains(string(elsewhere.Text), "Оксана") {
			t.Errorf("%s of another sale: %+v", kind, elsewhere)
		}
	}
	if got := Notice(v, engine.Notice{Kind: engine.NoticeSpendDone}); got != nil {
		t.Errorf("an answer without a sale says %+v", got)
	}
}

// TestGuestWasFaster cancels a question that the guest has just confirmed: the sale stands, and is shown.
func TestGuestWasFaster(t *testing.T) {
	c := counter{Guest: oksana, Sum: 40000, Offer: 120, Asked: &asked{Hold: idHold, Guest: oksana, Sum: 40000, Points: 120}}
	v := viewOf(t, locales.UK, at(stepWait, c), pressed)
	sale := engine.Posted{SaleID: idSale, Total: 40000, Payable: 28000, Redeemed: 120, At: noon}
	out := settled(v, c, &sale, nil, func(talk.View) talk.Output { t.Fatal("the sale is made twice"); return talk.Output{} })
	says(t, out, v.Rich("staff.receipt.take", locales.Args{"Money": v.Money(28000)}))
	if out.Say[0].Ack.Text != v.T("staff.receipt.confirmed.toast") || onCounter(after(v, out)).Asked != nil {
		t.Errorf("output %+v", out)
	}
}

func TestLines(t *testing.T) {
	tests := []struct {
		name   string
		deed   func(*talk.View)
		state  func(*talk.View)
		calls  bool
		step   string
		sum    int64
		typed  string
		points int64
	}{
		{name: "guided", deed: command("accrue", ""), step: stepWho},
		{name: "sum first", deed: typed("250"), step: stepWho, sum: 25000},
		{name: "sum first by command", deed: command("accrue", "250,50"), step: stepWho, sum: 25050},
		{name: "unclear sum first", deed: typed("1,200"), step: stepWho, typed: "1,200"},
		{name: "another sum", deed: typed("300"), state: at(stepWho, counter{Sum: 25000}), step: stepWho, sum: 30000},
		{name: "impossible sum", deed: typed("-5"), step: stepWho},
		{name: "one line", deed: command("accrue", "0671234567 250"), calls: true, step: ""},
		{name: "one typed line", deed: typed("123456 250"), calls: true},
		{name: "guest", deed: typed("067 123 45 67"), calls: true},
		{name: "guest after sum", deed: typed("067 123 45 67"), state: at(stepWho, counter{Sum: 25000}), calls: true, step: stepWho, sum: 25000},
		{name: "next guest instead of a sum", deed: typed("067 123 45 67"), state: at(stepSale, counter{Guest: oksana}), calls: true},
		{name: "talk", deed: typed("привіт"), calls: true},
		{name: "sticker", deed: typed(""), calls: true},
		{name: "bad points", deed: command("redeem", "0671234567 400 1e9"), step: stepHome},
		{name: "no guest", deed: command("accrue", "nobody 250"), calls: true},
		{name: "place by text", deed: typed("Хрещатик"), state: at(stepPlace, counter{}), calls: true, step: stepPlace},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := viewOf(t, locales.UK)
			if tt.state != nil {
				tt.state(&v)
			}
			tt.deed(&v)
			out := Text(v)
			if v.Event.Kind == bots.EventCommand {
				for _, c := range Commands() {
					if c.Name == v.Event.Command {
						out = c.Handle(v)
					}
				}
			}
			c := onCounter(after(v, out))
			if (out.Call != nil) != tt.calls {
				t.Fatalf("calls the engine: %v, says %+v", out.Call != nil, out.Say)
			}
			if !tt.calls && (!out.Session.At(Flow, tt.step) || int64(c.Sum) != tt.sum || c.Typed != tt.typed) {
				t.Errorf("session %+v", out.Session)
			}
		})
	}
}

func TestUnclearSumIsAskedWhenTheGuestIsKnown(t *testing.T) {
	v := viewOf(t, locales.EN, at(stepWho, counter{Typed: "1,200"}))
	out := offer(v, counter{Guest: oksana, Typed: "1,200"}, note{})
	rows := out.Say[0].Buttons
	if len(rows) != 2 || len(rows[0]) != 2 || rows[0][0].ID == rows[0][1].ID {
		t.Fatalf("buttons %+v", rows)
	}
	if out = press(t, v, out, actSum); out.Call == nil {
		t.Error("the reading is not taken")
	}
}

func TestOnlyStaffMayUseCommands(t *testing.T) {
	for _, c := range Commands() {
		for _, change := range []func(*talk.View){func(v *talk.View) { v.Staff = nil }, role(engine.RoleMarketer),
			func(v *talk.View) { v.Staff = &engine.Staff{Role: engine.RoleOwner, Disabled: true} }} {
			if c.May == nil || c.May(viewOf(t, locales.EN, change)) {
				t.Errorf("/%s is for everybody", c.Name)
			}
		}
		if !c.May(viewOf(t, locales.EN, withMechanics, inApp)) {
			t.Errorf("/%s is not for a cashier", c.Name)
		}
		if c.May(viewOf(t, locales.EN)) == (c.Name == "certificate" || c.Name == "scanner") {
			t.Errorf("/%s in a shop without gift certificates and a Mini App", c.Name)
		}
	}
}

func fromJSON(t *testing.T, in map[string]any) (out map[string]any) {
	t.Helper()
	raw, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
