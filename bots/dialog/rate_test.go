package dialog_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kartka/bots"
	"kartka/bots/dialog"
	"kartka/bots/dialog/talk"
	"kartka/engine"
)

// sells posts a sale to a person of a kind, or to nobody's card.
func (w *town) sells(kind string) engine.Posted {
	w.t.Helper()
	in := engine.SaleInput{ProgramID: w.program.ID, Sum: 22000}
	if kind != "" {
		in.MemberID = w.view(kind, bots.Event{}, talk.Session{}).Member.ID
	}
	w.deeds++
	posted, err := w.engine.Post(w.t.Context(), engine.PostInput{Key: fmt.Sprint("sale", w.deeds), Sale: in})
	if err != nil {
		w.t.Fatal(err)
	}
	return posted
}

// receipt is what the outbox makes of the notice of a sale.
func (w *town) receipt(kind string, sale engine.Posted) bots.Message {
	w.t.Helper()
	v := w.view(kind, bots.Event{}, talk.Session{})
	n := engine.Notice{Kind: engine.NoticeSale, PostingID: sale.PostingID}
	if err := w.engine.Complete(w.t.Context(), w.program.ID, &n); err != nil {
		w.t.Fatal(err)
	}
	if err := w.engine.AskRating(w.t.Context(), &v.Person, &n); err != nil {
		w.t.Fatal(err)
	}
	return dialog.Notice(v, n)[0]
}

func (w *town) rating(sale engine.Posted) engine.Rating {
	w.t.Helper()
	r, err := w.engine.RatingOf(w.t.Context(), w.program.ID, sale.SaleID)
	if err != nil && !engine.IsKind(err, engine.KindNotFound) {
		w.t.Fatal(err)
	}
	return r
}

func said(o talk.Output) string {
	var all []string
	for _, m := range o.Say {
		all = append(all, bots.Plain(m.Text))
	}
	return strings.Join(all, "\n")
}

func TestAReceiptIsRatedInChat(t *testing.T) {
	w := newTown(t)
	sale := w.sells("guest")
	m := w.receipt("guest", sale)
	if len(m.Buttons[0]) != 5 || m.Buttons[0][1].ID != "v1|guest|rate|"+sale.SaleID+".2" {
		t.Fatalf("under the receipt are %+v", m.Buttons)
	}
	second := w.sells("guest")
	for _, row := range w.receipt("guest", second).Buttons {
		if strings.Contains(row[0].ID, "|rate|") {
			t.Error("the next receipt asks again")
		}
	}

	o := w.step(w.view("guest", press(m.Buttons[0][1].ID), talk.Session{}))
	if r := w.rating(sale); r.Stars != 2 || r.Via != engine.RatedInChat {
		t.Errorf("the rating is %+v", r)
	}
	if len(o.Say) != 1 || o.Say[0].Slot != "rate" || o.Say[0].Fresh || !strings.HasPrefix(bots.Plain(o.Say[0].Text), strings.Split(bots.Plain(m.Text), "\n")[0]) {
		t.Errorf("a press is answered with %+v", o.Say)
	}
	v := w.view("guest", bots.Event{Kind: bots.EventText, Text: "Холодна кава"}, o.Session)
	if v.Contact.Slots["rate"] != "77" {
		t.Errorf("what is edited is %q", v.Contact.Slots["rate"])
	}
	late := v
	late.Now = v.Now.Add(time.Hour)
	if o := w.step(late); w.rating(sale).Comment != "" || o.Session.Flow != "" {
		t.Errorf("an hour later a text is a comment: %s", said(o))
	}
	o = w.step(v)
	if w.rating(sale).Comment != "Холодна кава" || o.Session.Flow != "" || len(o.Say) != 2 || !o.Say[0].OnlyIfShown {
		t.Errorf("the comment is %q, answered with %+v", w.rating(sale).Comment, o.Say)
	}

	skip := w.step(w.view("guest", press("v1|guest|rate|"+second.SaleID+".5"), talk.Session{}))
	id := skip.Say[0].Buttons[0][0].ID
	if id != "v1|guest|skip|"+second.SaleID {
		t.Fatalf("a comment cannot be left out: %+v", skip.Say[0].Buttons)
	}
	if o = w.step(w.view("guest", press(id), skip.Session)); o.Session.Flow != "" || w.rating(second).Stars != 5 {
		t.Errorf("left out, the session is %+v", o.Session)
	}

	foreign := w.step(w.view("guest and cashier", press("v1|guest|rate|"+sale.SaleID+".5"), talk.Session{}))
	if w.rating(sale).Stars != 2 || len(foreign.Say) != 1 || foreign.Say[0].Ack == nil || !foreign.Say[0].Ack.Alert {
		t.Errorf("somebody else’s receipt: %+v", foreign.Say)
	}
}

func TestACommentIsNotTakenFromWhoeverServes(t *testing.T) {
	w := newTown(t)
	sale := w.sells("guest and cashier")
	o := w.step(w.view("guest and cashier", press("v1|guest|rate|"+sale.SaleID+".4"), talk.Session{}))
	if w.rating(sale).Stars != 4 || o.Session.Flow != "" {
		t.Fatalf("a cashier who rates is at %+v", o.Session)
	}
	write := o.Say[0].Buttons[0][0].ID
	o = w.step(w.view("guest and cashier", press(write), talk.Session{}))
	if !o.Session.At("guest", "say") {
		t.Fatalf("%s leads to %+v", write, o.Session)
	}
	v := w.view("guest and cashier", bots.Event{Kind: bots.EventText, Text: "250"}, o.Session)
	v.Now = v.Now.Add(11 * time.Minute)
	if o := w.step(v); o.Session.Flow != "staff" || w.rating(sale).Comment != "" {
		t.Errorf("a sum after ten minutes leads to %+v", o.Session)
	}
}

func TestAReceiptsLinkAsksAnybody(t *testing.T) {
	w := newTown(t)
	sale := w.sells("")
	token := w.engine.RatingToken(w.program, sale.SaleID)
	link := talk.Link{Rate: token}.Payload()
	if len(link) > 64 || talk.ParseLink(link).Rate != token {
		t.Fatalf("the payload is %q", link)
	}
	for _, kind := range []string{"new", "guest", "owner"} {
		o := w.step(w.view(kind, bots.Event{Kind: bots.EventStart, Payload: link}, talk.Session{}))
		star := o.Say[0].Buttons[0]
		if len(star) != 5 {
			t.Fatalf("%s: the link leads to %s", kind, said(o))
		}
		o = w.step(w.view(kind, press(star[4].ID), talk.Session{}))
		if r := w.rating(sale); r.Stars != 5 || r.Via != engine.RatedReceipt || r.MemberID != "" {
			t.Errorf("%s: the rating is %+v", kind, r)
		}
		if kind == "owner" {
			continue
		}
		if !o.Session.At("guest", "say") {
			t.Fatalf("%s: no words are asked for: %s", kind, said(o))
		}
		if kind == "new" {
			w.step(w.view(kind, press("v1|guest|skip|+"+token), o.Session))
			continue
		}
		w.step(w.view(kind, bots.Event{Kind: bots.EventText, Text: "Дякую!"}, o.Session))
		if r := w.rating(sale); r.Comment != "Дякую!" {
			t.Errorf("%s: the comment is %q", kind, r.Comment)
		}
	}
	o := w.step(w.view("new", bots.Event{Kind: bots.EventStart, Payload: "r_" + strings.Repeat("A", 32)}, talk.Session{}))
	if len(o.Say) != 1 || len(o.Say[0].Buttons) != 1 {
		t.Errorf("a forged link leads to %+v", o.Say)
	}
}
