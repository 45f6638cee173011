package miniapp

import (
	"cmp"
	"context"
	"net/http"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/locales"
	"kartka/miniapp/ui"
	"kartka/words"
)

// join offers a card to somebody who has none: what the programme gives, what is agreed to, and news apart from that.
func (a *App) join(w http.ResponseWriter, r *http.Request, v *visitor) error {
	s := v.Program.Settings
	page := ui.Join{Program: s.Name, Languages: v.languages("")}
	switch v.Program.State {
	case engine.ProgramActive:
		page.Offer = v.offer()
		page.Agree = v.W.T("app.join.agree", args{"Program": s.Name, "Button": v.plain("guest.consent.join.btn")})
	case engine.ProgramPaused:
		page.Closed = v.plain("guest.closed.paused", args{"Program": s.Name})
	default:
		page.Closed = v.plain("guest.closed.soon", args{"Program": s.Name})
	}
	if v.atCounter() {
		page.Staff = append(page.Staff, ui.MoreItem{Path: "scan/", Icon: "scan", Text: v.plain("guest.counter.btn")})
	}
	f, err := a.frame(r, v, "", "")
	if err != nil {
		return err
	}
	return a.show(w, r, v, f, page)
}

// mostStamps is how many stamp cards an offer tells of, and mostOffered how many levels.
const (
	mostStamps  = 3
	mostOffered = 5
)

// offer is what the programme gives, in its own numbers.
func (v *visitor) offer() []locales.Safe {
	s := v.Program.Settings
	var lines []locales.Safe
	add := func(key string, given ...args) {
		lines = append(lines, locales.Safe(ui.Plain(string(v.W.Rich(key, given...)))))
	}
	switch {
	case s.Welcome.Points > 0 && s.Welcome.WithPurchase:
		add("guest.card.welcome", args{"Points": v.W.Points(s.Welcome.Points)})
	case s.Welcome.Points > 0:
		add("guest.consent.welcome", args{"Points": v.W.Points(s.Welcome.Points)})
	}
	if s.Discount.Rate > 0 {
		add("guest.consent.discount", args{"Rate": v.W.Percent(s.Discount.Rate)})
	}
	switch {
	case s.Earn.Rate > 0 && s.Earn.MinCheck > 0:
		add("guest.consent.earn_from", args{"Rate": v.W.Percent(s.Earn.Rate), "Sum": v.W.Money(s.Earn.MinCheck)})
	case s.Earn.Rate > 0:
		add("guest.consent.earn", args{"Rate": v.W.Percent(s.Earn.Rate)})
	}
	if s.Redeem.Limit > 0 {
		one := money.Points(1)
		for range s.Unit.Decimals {
			one *= 10
		}
		add("guest.consent.spend", args{"Limit": v.W.Percent(s.Redeem.Limit), "One": v.W.Points(one), "Worth": v.W.Worth(one)})
	}
	switch {
	case !words.PointsOn(s):
	case s.Lots.Days > 0:
		add("guest.consent.days", args{"Days": v.W.P.Days(int64(s.Lots.Days))})
	case len(s.Lots.Until) == 0:
		add("guest.consent.forever")
	}
	if len(s.Tiers.List) > 0 {
		var names []string
		for _, t := range s.Tiers.List[:min(len(s.Tiers.List), mostOffered)] {
			names = append(names, words.CleanName(v.W.TierName(t.ID), 40))
		}
		add("guest.consent.tiers", args{"Tiers": v.W.P.List(names)})
	}
	cards := v.W.StampCards(&v.Standing)
	for _, c := range cards[:min(len(cards), mostStamps)] {
		add("guest.consent.stamps", args{"Name": words.CleanName(c.Name, 40), "Terms": v.W.StampTerms(*c.Card)})
	}
	return lines
}

// enrol makes the card. Whoever asks twice has one.
func (a *App) enrol(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if v.Member != nil {
		return a.done(w, r, v, "", "", a.card)
	}
	if v.Program.State != engine.ProgramActive {
		return a.join(w, r, v)
	}
	if err := a.know(r, v); err != nil {
		return err
	}
	from := parseStart(v.session.Start)
	in := engine.JoinInput{
		ProgramID: v.Program.ID, ContactID: v.Contact.ID, Name: words.CleanName(cmp.Or(v.session.Name, v.Contact.Name), 64), Language: string(v.Language()),
		Source: cmp.Or(from.Source, v.Contact.Source), InviteTag: from.Invite, Marketing: r.PostFormValue("news") == "yes",
		Channel: v.Contact.Address.Channel, Text: consentText,
	}
	var err error
	if in.LocationID, err = a.placeOf(r.Context(), v, from.Place); err != nil {
		return err
	}
	if v.Contact.Language == "" { // what the person has just read and agreed to stays the language, whatever the hint says later
		if err := a.Engine.SetLanguage(r.Context(), in.ProgramID, in.ContactID, in.Language); err != nil {
			return err
		}
	}
	joined, err := a.Engine.Join(r.Context(), in)
	if err != nil {
		return err
	}
	note := v.plain("guest.joined.title")
	if joined.Welcome > 0 && !joined.Existed {
		note += " " + v.plain("guest.joined.welcome", args{"Points": v.W.Points(joined.Welcome)})
	}
	return a.done(w, r, v, "", note, a.card)
}

// placeOf is the location of a link, "" where there is none of that code any more.
func (a *App) placeOf(ctx context.Context, v *visitor, code string) (string, error) {
	if code == "" {
		return "", nil
	}
	at, err := a.Engine.Store().LocationByCode(ctx, v.Program.ID, code)
	if err != nil && !engine.IsKind(err, engine.KindNotFound) {
		return "", err
	}
	return at.ID, nil
}
