package miniapp_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/rules"
	"kartka/locales"
)

// cardOf is the card of a person, nil when there is none.
func (p *person) cardOf() *engine.Member {
	p.t.Helper()
	known, err := p.engine.PersonAt(p.t.Context(), p.program, p.bot, p.address())
	switch {
	case engine.IsKind(err, engine.KindNotFound):
		return nil
	case err != nil:
		p.t.Fatal(err)
	}
	return known.Member
}

func TestJoin(t *testing.T) {
	r := newRig(t, func(s *rules.Settings) { s.Welcome = rules.Welcome{Points: 30, Days: 30} })
	_, inviter := r.guest(1, "Anna", "en")
	bohdan := r.somebody(2, "Bohdan <b>Coval</b>", "en")
	bohdan.start = "l_" + r.place.Code + "--i_" + inviter.InviteTag + "--q_table4"
	offered := bohdan.open("offers").want(http.StatusOK, "30 bonuses on the card at once", "5% of every check comes back", "levels that give more: Silver and Gold", "Coffee card",
		"News and offers", "By tapping “Get my card” you agree that Кава").lacks("History").checked()
	if !strings.Contains(offered.body, `<input id="news" type="checkbox" name="news" value="yes">`) {
		t.Error("there is no box for news, or it is ticked already")
	}
	if bohdan.cardOf() != nil {
		t.Fatal("looking at the offer has made a card")
	}
	bohdan.post("join", url.Values{"news": {"yes"}}).want(http.StatusOK, "Done, the card is yours! Welcome gift: 30 bonuses", "30 bonuses", "№").checked()
	bohdan.post("join", url.Values{"news": {"yes"}}).want(http.StatusOK, "№").lacks("Welcome gift")
	m := bohdan.cardOf()
	if m == nil || m.InviterID != inviter.ID || m.Source != "table4" || m.JoinedAtLocation != r.place.ID || m.Language != "en" || m.Name != "Bohdan <b>Coval</b>" {
		t.Fatalf("%+v", m)
	}
	if b := r.balance(*m); b.Total != 30 {
		t.Errorf("%d points after joining twice, want 30", b.Total)
	}
	known := bohdan.met()
	if !known.Consent[engine.PurposeMarketing] || !known.Consent[engine.PurposeService] {
		t.Errorf("consents: %v", known.Consent)
	}

	vira := r.somebody(3, "Vira", "en")
	vira.start = "l_nowhere--i_nobody"
	vira.open("")
	vira.post("join", nil).want(http.StatusOK, "Done, the card is yours!")
	if known := vira.met(); known.Consent[engine.PurposeMarketing] || known.Member.InviterID != "" {
		t.Errorf("an empty box gave %v, an unknown link %q", known.Consent, known.Member.InviterID)
	}
}

func TestJoinInSixLanguages(t *testing.T) {
	r := newRig(t, nil)
	for i, l := range locales.Languages() {
		p := r.somebody(int64(10+i), "Somebody", string(l))
		p.open("").want(http.StatusOK).checked()
		p.get("privacy").want(http.StatusOK).checked()
		p.browse("").want(http.StatusOK).checked()
	}
	// The language is chosen first, and stays.
	p := r.somebody(20, "Somebody", "en")
	p.open("").want(http.StatusOK, "Get my card")
	p.post("language", url.Values{"language": {"kk"}}).want(http.StatusOK, "Енді қазақша сөйлесеміз", "Бонус картаңыз телефоныңызда").checked()
	p.post("join", nil).want(http.StatusOK)
	if m := p.cardOf(); m == nil || m.Language != "kk" {
		t.Errorf("%+v", m)
	}
}

func TestJoinWhenClosed(t *testing.T) {
	r := newRig(t, nil)
	p := r.somebody(2, "Bohdan", "en")
	if err := r.engine.SetState(t.Context(), r.program.ID, "", engine.ProgramPaused); err != nil {
		t.Fatal(err)
	}
	r.pass(time.Minute) // what is remembered of the program is over
	p.open("").want(http.StatusOK, "gives out no new cards just now").lacks("Get my card").checked()
	p.post("join", nil).want(http.StatusOK, "gives out no new cards just now")
	if p.cardOf() != nil {
		t.Error("a card was made")
	}
}
