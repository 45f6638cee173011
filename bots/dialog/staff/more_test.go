package staff

import (
	"slices"
	"strings"
	"testing"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

var forms = []string{formMenu, formCoupon, formTier, formUntil, formTags, formFields, formField, formAdjust, formRestore, formJoin, formJoining, formPart, formSales, formSale,
	formAmount, formLines, formBack, formRevise, formRevised, formAttach, formAdopt}

func manages(tb testing.TB, at ...func(*talk.View)) talk.View {
	tb.Helper()
	return viewOf(tb, locales.EN, append([]func(*talk.View){withMechanics, role(engine.RoleManager)}, at...)...)
}

// TestMoreIsForManagers presses everything of a manager as a cashier, on a session that a manager has left.
func TestMoreIsForManagers(t *testing.T) {
	for _, form := range forms {
		c := counter{Guest: oksana}.doing(form, func(w *work) { w.Sales, w.Sale, w.Merge, w.Tier = []string{idSale}, idSale, idMerge, "gold" })
		for _, p := range []talk.Pressed{{Action: actMore}, {Action: actForm, Arg: formSales}, {Action: actItem, Arg: "0"}, {Action: actItem, Arg: idSale}, {Action: actDo}} {
			v := viewOf(t, locales.EN, withMechanics, at(stepMore, c), pressed)
			p.Flow, p.Mark = Flow, "now"
			out := Press(v, p)
			if got := onCounter(talk.View{Session: out.Session}); out.Session.Step == stepMore && out.Call == nil || got.Receipt != nil {
				t.Errorf("%s at %q: %+v", p.Action, form, out.Session)
			}
		}
		if out := moreTyped(viewOf(t, locales.EN, withMechanics, at(stepMore, c), typed("talk")), c, "talk"); out.Session.Step == stepMore && out.Call == nil {
			t.Errorf("typed at %q: %+v", form, out.Session)
		}
	}
}

// TestFormsLeadBack follows Back from every form to the menu.
func TestFormsLeadBack(t *testing.T) {
	for _, form := range forms {
		steps := 0
		for at := form; at != formMenu; at = up(at) {
			if steps++; steps > 5 {
				t.Fatalf("%s leads nowhere", form)
			}
		}
		c := counter{Guest: oksana}.doing(form, func(w *work) { w.Tier = "gold" })
		v := manages(t, at(stepMore, c), pressed)
		if out := current(v, note{}); out.Call == nil && !out.Session.At(Flow, stepMore) {
			t.Errorf("%s is not shown again: %+v", form, out.Session)
		}
		if out := Press(v, talk.Pressed{Flow: Flow, Action: actBack, Mark: "now"}); out.Call == nil && len(out.Say) == 0 {
			t.Errorf("%s: Back does nothing", form)
		}
	}
}

// TestForgedFormsDoNothing tries buttons that a form does not have.
func TestForgedFormsDoNothing(t *testing.T) {
	tests := []struct {
		form string
		p    talk.Pressed
	}{
		{formMenu, talk.Pressed{Action: actForm, Arg: formPart}}, {formMenu, talk.Pressed{Action: actForm, Arg: formBack}}, {formMenu, talk.Pressed{Action: actForm, Arg: "x"}},
		{formCoupon, talk.Pressed{Action: actItem, Arg: "7"}}, {formCoupon, talk.Pressed{Action: actItem, Arg: "-1"}}, {formTier, talk.Pressed{Action: actItem, Arg: "bronze"}},
		{formUntil, talk.Pressed{Action: actItem, Arg: "9999"}}, {formTags, talk.Pressed{Action: actItem, Arg: "3"}}, {formSales, talk.Pressed{Action: actItem, Arg: idOther}},
		{formFields, talk.Pressed{Action: actItem, Arg: "allergy"}}, {formFields, talk.Pressed{Action: actItem, Arg: "horse"}}, {formFields, talk.Pressed{Action: actItem}},
		{formLines, talk.Pressed{Action: actForm, Arg: formBack}}, {formCoupon, talk.Pressed{Action: actDo}}, {formSale, talk.Pressed{Action: actDo}},
	}
	for _, tt := range tests {
		c := counter{Guest: oksana}.doing(tt.form, func(w *work) { w.Sales, w.Tier = []string{idSale}, "gold" })
		v := manages(t, at(stepMore, c), pressed)
		tt.p.Flow, tt.p.Mark = Flow, "now"
		out := Press(v, tt.p)
		if out.Call == nil && (len(out.Say) == 0 || out.Say[0].Ack == nil || out.Say[0].Ack.Text != v.T("staff.stale.toast")) {
			t.Errorf("%s %q at %s: %+v", tt.p.Action, tt.p.Arg, tt.form, out.Say)
		}
		if got := onCounter(talk.View{Session: out.Session}).Work; got == nil || got.Form != tt.form {
			t.Errorf("%s %q leads from %s to %+v", tt.p.Action, tt.p.Arg, tt.form, got)
		}
	}
}

// TestScanJoinsCards takes a scan for the other card while it is asked for, and for the next guest anywhere else.
func TestScanJoinsCards(t *testing.T) {
	c := counter{Guest: oksana}.doing(formJoin)
	out := Scan(manages(t, at(stepMore, c)), "tok3n")
	if out.Call == nil || !onCounter(talk.View{Session: out.Session}).Work.at(formJoin) {
		t.Fatalf("session %+v", out.Session)
	}
	out = otherFound(manages(t, at(stepMore, c)), c, engine.Found{Member: engine.Member{ID: idOther}}, nil)
	if out.Call == nil {
		t.Error("nothing is previewed")
	}
	out = otherFound(manages(t), c, engine.Found{}, refusedBy(engine.KindNotFound, "guest_not_found"))
	says(t, out, manages(t).Rich("error.guest_not_found"))
}

// TestStaffNotesFields takes choices by their buttons and texts by typing.
func TestStaffNotesFields(t *testing.T) {
	for _, tt := range []struct {
		field, text string
		calls       bool
	}{{"note", "always early", true}, {"note", "\u200b", false}, {"seat", "window", false}} {
		c := counter{Guest: oksana}.doing(formField, func(w *work) { w.Field = tt.field })
		if out := moreTyped(manages(t, at(stepMore, c)), c, tt.text); (out.Call != nil) != tt.calls || !out.Session.At(Flow, stepMore) {
			t.Errorf("%q typed at %s: %+v", tt.text, tt.field, out)
		}
	}
	for field, value := range map[string]string{"seat": "bar", "note": ""} {
		c := counter{Guest: oksana}.doing(formField, func(w *work) { w.Field = field })
		if out := Press(manages(t, at(stepMore, c), pressed), talk.Pressed{Flow: Flow, Action: actItem, Arg: value, Mark: "now"}); out.Call == nil {
			t.Errorf("%q pressed at %s is not taken", value, field)
		}
	}
}

func TestGoodsOfAReturnAreCounted(t *testing.T) {
	latte := engine.SaleLine{No: 1, Line: rules.Line{Name: "Latte", Quantity: 3000, Net: 27000}, ReturnedQty: 1000}
	ham := engine.SaleLine{No: 2, Line: rules.Line{Name: "Ham", Quantity: 350, Net: 7000}}
	c := counter{Guest: oksana}.doing(formLines, func(w *work) { w.Sale = idSale })
	var got []money.Quantity
	for range 4 {
		c = c.tapped(latte)
		got = append(got, c.Work.backOf(1))
	}
	if want := []money.Quantity{1000, 2000, 0, 1000}; !slices.Equal(got, want) {
		t.Errorf("taps count %v", got)
	}
	if c = c.tapped(ham); c.Work.backOf(2) != 350 {
		t.Errorf("weighed goods count %d", c.Work.backOf(2))
	}
	in := reversal(manages(t), c, "k")
	if in.All || in.Amount != 0 || len(in.Lines) != 2 || in.Undo {
		t.Errorf("the return is %+v", in)
	}
	if in := reversal(manages(t), c.doing(formBack, func(w *work) { w.Lines = nil }), "k"); !in.All {
		t.Errorf("all of it is %+v", in)
	}
}

// TestReturnEndsUndo forgets the sale that Undo would undo, once it has been returned.
func TestReturnEndsUndo(t *testing.T) {
	c := counter{Guest: oksana, Last: &last{Sale: idSale, Sum: 40000, At: noon}}.doing(formBack, func(w *work) { w.Sale = idSale })
	v := manages(t, at(stepMore, c), pressed)
	out := takenBack(v, c, engine.Posted{SaleID: idSale, Total: 40000, CashBack: 36000}, nil)
	says(t, out, v.Rich("staff.return.money", locales.Args{"Money": v.Money(36000)}))
	got := onCounter(after(v, out))
	if got.Last != nil || got.Guest.ID != idMember || got.Work != nil {
		t.Errorf("counter %+v", got)
	}
	if again := Press(after(v, out, pressed), talk.Pressed{Flow: Flow, Action: actDo, Mark: out.Session.Mark}); again.Call != nil && onCounter(talk.View{Session: again.Session}).Work != nil {
		t.Error("it is returned twice")
	}
}

func TestAdjustmentsNeedAReason(t *testing.T) {
	c := counter{Guest: oksana}.doing(formAdjust)
	for text, calls := range map[string]bool{"+50 spilt coffee": true, "50 spilt": true, "-20 wrong card": true, "−20 wrong card": true, "+50": false, "spilt": false, "0 x": false, "1e9 x": false} {
		if out := adjustTyped(manages(t), c, text); (out.Call != nil) != calls {
			t.Errorf("%q calls: %v", text, out.Call != nil)
		}
	}
	for text, calls := range map[string]bool{"50": true, "0": false, "-5": false, "all": false} {
		if out := restoreTyped(manages(t), c, text); (out.Call != nil) != calls {
			t.Errorf("%q calls: %v", text, out.Call != nil)
		}
	}
	if tags := splitTags(" vip, #office;\n x "); !slices.Equal(tags, []string{"vip", "office", "x"}) {
		t.Errorf("tags %v", tags)
	}
}

// TestBalanceIsWhatTheGuestSees tells what can be spent, and beside it what cannot be spent yet.
func TestBalanceIsWhatTheGuestSees(t *testing.T) {
	v := manages(t)
	waits := engine.Balance{Total: 192, Available: 162, Pending: 30}
	for _, part := range []bots.Rich{v.Rich("staff.receipt.balance", locales.Args{"Points": v.Points(162)}), v.Rich("staff.guest.pending", locales.Args{"Points": v.Points(30)})} {
		if text := balanceAfter(v, waits); !strings.Contains(string(text), string(part)) {
			t.Errorf("%q lacks %q", text, part)
		}
	}
	c := counter{Guest: oksana}.doing(formAdjust)
	out := balanced(v, c, formAdjust, engine.Posted{}, refusedBy(engine.KindInsufficient, "not_enough_points"))
	says(t, out, v.Rich("staff.adjust.short"))
}

// TestNoPointsNoWords keeps a program that gives discounts alone from speaking of points, unless some are left or owed.
func TestNoPointsNoWords(t *testing.T) {
	v := manages(t)
	v.Program.Settings = &rules.Settings{}
	if text := balanceLines(v, engine.Balance{}) + balanceAfter(v, engine.Balance{}) + plainLine(v, engine.Quote{}) + spendLines(v, counter{}, quotes{}); text != "" {
		t.Errorf("said %q", text)
	}
	if balanceAfter(v, engine.Balance{Total: -5, Debt: 5}) == "" {
		t.Error("a debt is kept quiet")
	}
}

// TestCorrectionKeepsStamps counts the units of a corrected check as before, unless others are typed.
func TestCorrectionKeepsStamps(t *testing.T) {
	v := manages(t)
	was := engine.Sale{Did: engine.Did{Stamps: []rules.StampChange{{Card: "coffee", Units: 6}, {Card: "gone", Units: 1}}}}
	tests := []struct {
		name string
		work work
		want []rules.Mark
	}{
		{"sum alone", work{Amount: 35000}, []rules.Mark{{Card: "coffee", Units: 6}}},
		{"units typed", work{Amount: 35000, Units: 2}, []rules.Mark{{Card: "coffee", Units: 2}}},
		{"goods typed", work{Amount: 35000, Goods: []rules.Line{{Category: "coffee", Net: 35000}}}, nil},
	}
	for _, tt := range tests {
		if got := marksOf(v, was, tt.work); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
	if difference(v, 0) != v.Rich("staff.return.no_money") || difference(v, -500) != v.Rich("staff.return.money", locales.Args{"Money": v.Money(500)}) {
		t.Error("the money of a correction is told wrong")
	}
}
