package staff

import (
	"strings"
	"testing"

	"kartka/bots"
	"kartka/engine"
	"kartka/locales"
)

func TestNobodyStaysAfterAFailedSearch(t *testing.T) {
	c := counter{Guest: oksana, Sum: 40000}
	v := viewOf(t, locales.UK, at(stepSale, c), typed("0671234567"))
	out := found(v, c.cleared(), engine.Found{}, refusedBy(engine.KindNotFound, "guest_not_found"))
	says(t, out, bots.Escape(v.T("error.guest_not_found")))
	if got := onCounter(after(v, out)); got.Guest.ID != "" || got.Sum != 0 {
		t.Errorf("left on the counter: %+v", got)
	}
}

// TestCertificateInsteadOfGuest pays with a certificate whose code is typed right into the sale, and looks it up elsewhere.
func TestCertificateInsteadOfGuest(t *testing.T) {
	paper := engine.Certificate{ID: idCertificate, Amount: 50000, Left: 30000, State: engine.CertificateActive}
	sale := counter{Guest: oksana, Sum: 40000}
	v := viewOf(t, locales.UK, withMechanics, at(stepSale, sale), typed("2389 1198 0550"))
	out := paperShown(v, fresh(v), paper)
	if !out.Session.At(Flow, stepPaper) || onCounter(after(v, out)).Sum != sale.Sum {
		t.Errorf("the sale is gone: step %s", out.Session.Step)
	}
	v = viewOf(t, locales.UK, withMechanics, at(stepHome, counter{}), typed("2389 1198 0550"))
	if out = paperShown(v, fresh(v), paper); !out.Session.At(Flow, stepCheck) {
		t.Errorf("the certificate is not shown: step %s", out.Session.Step)
	}
}

func TestOwnAndBlockedCards(t *testing.T) {
	v := viewOf(t, locales.UK)
	out := found(v, counter{}, engine.Found{Member: engine.Member{ID: idOwn, State: engine.MemberActive}}, nil)
	says(t, out, bots.Escape(v.T("error.own_card")))
	out = found(v, counter{}, engine.Found{Member: engine.Member{ID: idMember, State: engine.MemberBlocked}}, nil)
	says(t, out, bots.Escape(v.T("error.card_blocked")))
	out = found(v, counter{}, engine.Found{Member: engine.Member{ID: idMember, State: engine.MemberPaused}}, nil)
	says(t, out, bots.Escape(v.T("error.card_paused")))
}

func TestSharedPhone(t *testing.T) {
	v := viewOf(t, locales.UK)
	member := func(id, name, card string) engine.Member {
		return engine.Member{ID: id, Name: name, Card: card, State: engine.MemberActive}
	}
	f := engine.Found{Member: member(idMember, "Оксана", "123456786"), Others: []engine.Member{member(idOther, "Олег", "234567891"),
		{ID: "gone", State: engine.MemberBlocked}}}
	out := found(v, counter{Sum: 12000}, f, nil)
	if !out.Session.At(Flow, stepPick) || len(out.Say[0].Buttons) != 3 {
		t.Fatalf("session %s, buttons %v", out.Session.Step, out.Say[0].Buttons)
	}
	if text := out.Say[0].Buttons[0][0].Text; strings.Contains(text, "Оксана") || !strings.Contains(text, "786") {
		t.Errorf("the card is offered as %q", text)
	}
	if out = press(t, v, out, actPick); out.Call == nil {
		t.Error("picking a card leads nowhere")
	}
}

func TestPlaceFirst(t *testing.T) {
	v := viewOf(t, locales.UK, nowhere)
	c := counter{Guest: oksana, Sum: 12000}
	out := placesShown(v, c, note{}, places)
	if !out.Session.At(Flow, stepPlace) || onCounter(after(v, out)).Guest.ID != idMember {
		t.Fatalf("session %+v", out.Session)
	}
	if out = press(t, v, out, actAt); out.Call == nil {
		t.Fatal("the place is not remembered")
	}
	v.Place = &places[0]
	if out = placed(v, c, true, nil); out.Call == nil {
		t.Error("the sale does not go on")
	}
	if out = placed(v, counter{Sum: 12000}, true, nil); !out.Session.At(Flow, stepWho) {
		t.Errorf("session %+v", out.Session)
	}
	closed := places[0]
	closed.Closed = true
	v.Place = &closed
	if place(v) != nil {
		t.Error("a closed place is still worked at")
	}
}
