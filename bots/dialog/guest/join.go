package guest

import (
	"cmp"
	"context"
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/locales"
	"kartka/words"
)

// consentText is the version of the words a person agrees to. It changes with their meaning.
const consentText = "join-v1"

// joining is what is known of a person who is about to join.
type joining struct {
	Place   string `json:"place,omitempty"`
	Invite  string `json:"invite,omitempty"`
	Source  string `json:"source,omitempty"`
	News    bool   `json:"news,omitempty"`
	Foreign bool   `json:"foreign,omitempty"` // came by somebody else's card
	Share   string `json:"share,omitempty"`   // token of an invitation to hold a card together
}

func joiningOf(v talk.View) joining {
	if !v.Session.At(Flow, stepJoin) {
		return joining{}
	}
	return talk.Data[joining](v.Session, Flow)
}

// follow adds what a link says; a later link wins.
func (j joining) follow(l talk.Link) joining {
	j.Place = cmp.Or(l.Place, j.Place)
	j.Invite = cmp.Or(l.Invite, j.Invite)
	j.Source = cmp.Or(l.Source, j.Source)
	j.Foreign = l.Card != ""
	if l != (talk.Link{}) {
		j.Share = l.Share
	}
	return j
}

// Start answers the opening of the bot, with a link or without. A link of whoever has a card changes nothing any more.
func Start(v talk.View, l talk.Link) talk.Output {
	if l.Rate != "" {
		return rateLink(v, l.Rate)
	}
	if v.Member == nil {
		return begin(v, joiningOf(v).follow(l))
	}
	var note bots.Rich
	if l.Card != "" && l.Card != v.Member.Token {
		note = v.Rich("guest.card.foreign")
	}
	if l.Share != "" {
		note = v.Rich("guest.family.has_card")
		if strings.HasPrefix(l.Share, v.Member.InviteTag) {
			note = v.Rich("guest.family.own_link")
		}
	}
	return v.SayAnd(away(v), card(v, note))
}

// begin asks for the language if it must, and then for the consent.
func begin(v talk.View, j joining) talk.Output {
	if !active(v) {
		return Closed(v)
	}
	if mustChoose(v) {
		v.Session = talk.In(Flow, stepJoin, j)
		return languages(v)
	}
	return consent(v, j)
}

// consent is the screen on which a person joins: what the programme gives, what is agreed to, and news apart from that.
func consent(v talk.View, j joining) talk.Output {
	mark := v.NewMark()
	if v.Event.Press != nil && v.Session.At(Flow, stepJoin) {
		mark = cmp.Or(v.Session.Mark, mark) // a tick edits the screen; a tap that crosses it is still good
	}
	if j.Share != "" {
		return sharedConsent(v, j, mark)
	}
	program := locales.Args{"Program": v.Program.Settings.Name}
	var foreign bots.Rich
	if j.Foreign {
		foreign = v.Rich("guest.consent.foreign")
	}
	label := v.T("guest.consent.join.btn")
	agree := v.Rich("guest.consent.agree", program, locales.Args{"Button": label})
	text := talk.Paragraphs(foreign, v.Rich("guest.consent.hello", program), offer(v), agree)

	tick := button(v.T("guest.consent.news_off.btn"), actNews, "on")
	if j.News {
		tick = button(v.T("guest.consent.news_on.btn"), actNews, "off")
	}
	primary := talk.Button(label, Flow, actJoin, "", mark)
	primary.Style = bots.StylePrimary
	more := talk.Row(button(v.T("guest.privacy.btn"), actPrivacy, ""))
	if len(v.Program.Settings.Languages) > 1 {
		more = append(more, button(v.T("guest.language.btn"), actLanguages, ""))
	}
	rows := append(talk.Column(tick, primary), more)
	rows = append(rows, staffRow(v)...)
	return v.SayAnd(talk.In(Flow, stepJoin, j).Marked(mark), v.Screen(text, rows...))
}

// offer is what the programme gives, in its own numbers.
func offer(v talk.View) bots.Rich {
	s := v.Program.Settings
	var welcome, earn, spend, life, discount, tiers bots.Rich
	switch {
	case s.Welcome.Points > 0 && s.Welcome.WithPurchase:
		welcome = v.Rich("guest.card.welcome", locales.Args{"Points": v.Points(s.Welcome.Points)})
	case s.Welcome.Points > 0:
		welcome = v.Rich("guest.consent.welcome", locales.Args{"Points": v.Points(s.Welcome.Points)})
	}
	switch {
	case s.Earn.Rate > 0 && s.Earn.MinCheck > 0:
		earn = v.Rich("guest.consent.earn_from", locales.Args{"Rate": v.Percent(s.Earn.Rate), "Sum": v.Money(s.Earn.MinCheck)})
	case s.Earn.Rate > 0:
		earn = v.Rich("guest.consent.earn", locales.Args{"Rate": v.Percent(s.Earn.Rate)})
	}
	if s.Redeem.Limit > 0 {
		one := money.Points(1)
		for range s.Unit.Decimals {
			one *= 10
		}
		spend = v.Rich("guest.consent.spend", locales.Args{"Limit": v.Percent(s.Redeem.Limit), "One": v.Points(one), "Worth": worth(v, one)})
	}
	switch {
	case !talk.PointsOn(s):
	case s.Lots.Days > 0:
		life = v.Rich("guest.consent.days", locales.Args{"Days": v.P.Days(int64(s.Lots.Days))})
	case len(s.Lots.Until) == 0:
		life = v.Rich("guest.consent.forever")
	}
	if s.Discount.Rate > 0 {
		discount = v.Rich("guest.consent.discount", locales.Args{"Rate": v.Percent(s.Discount.Rate)})
	}
	if tiersOn(s) {
		var names []string
		for _, t := range s.Tiers.List[:min(len(s.Tiers.List), 5)] {
			names = append(names, tierName(v, t.ID))
		}
		tiers = v.Rich("guest.consent.tiers", locales.Args{"Tiers": v.P.List(names)})
	}
	return talk.Lines(welcome, discount, earn, spend, life, tiers, stampOffer(v))
}

// stampOffer tells of the stamp cards.
func stampOffer(v talk.View) bots.Rich {
	var lines []bots.Rich
	for _, c := range stampCards(v) {
		if len(lines) == mostStamps {
			break
		}
		lines = append(lines, v.Rich("guest.consent.stamps", locales.Args{
			"Name": words.CleanName(c.Name, 40), "Terms": locales.Safe(v.StampTerms(*c.Card))}))
	}
	return talk.Lines(lines...)
}

// join makes the card. The mark says that the person saw the current consent.
func join(v talk.View, p talk.Pressed) talk.Output {
	current := v.Session.At(Flow, stepJoin) && p.Mark != "" && p.Mark == v.Session.Mark
	switch {
	case !current && v.Member != nil:
		return Home(v)
	case !current:
		return stale(v, begin(v, joiningOf(v)))
	}
	// Who has a card here joined by this very deed, before a crash: the answer is still owed.
	j := joiningOf(v)
	if j.Share != "" {
		return joinShared(v, j)
	}
	in := engine.JoinInput{
		ProgramID: v.Program.ID, ContactID: v.Contact.ID, Name: words.CleanName(cmp.Or(v.Event.Name, v.Contact.Name), 64),
		Language: string(v.Language()), Source: cmp.Or(j.Source, v.Contact.Source), InviteTag: j.Invite, Marketing: j.News,
		Channel: v.Contact.Address.Channel, Text: consentText,
	}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (engine.Joined, error) {
		return enrol(ctx, e, in, j.Place, v.Contact.Language == "")
	}, welcomed))
}

// enrol joins, at the place of the link if there is such a place. Asking again gives the same card.
func enrol(ctx context.Context, e *engine.Engine, in engine.JoinInput, place string, keepLanguage bool) (engine.Joined, error) {
	if place != "" {
		at, err := e.Store().LocationByCode(ctx, in.ProgramID, place)
		switch {
		case err == nil:
			in.LocationID = at.ID
		case !engine.IsKind(err, engine.KindNotFound):
			return engine.Joined{}, err
		}
	}
	if keepLanguage { // what the person has just read and agreed to stays the language, whatever the hint says later
		if err := e.SetLanguage(ctx, in.ProgramID, in.ContactID, in.Language); err != nil {
			return engine.Joined{}, err
		}
	}
	return e.Join(ctx, in)
}

// welcomed shows the new card at once and then asks for the phone. Staff are not asked: their next line is for the counter.
func welcomed(v talk.View, r engine.Joined, err error) talk.Output {
	if err != nil || v.Member == nil {
		return problem(v, err)
	}
	receipt := v.Rich("guest.joined.news_off")
	if v.Consent[engine.PurposeMarketing] {
		receipt = v.Rich("guest.joined.news_on")
	}
	note := v.Rich("guest.joined.title")
	if r.Welcome > 0 && !r.Existed {
		note = talk.Lines(note, v.Rich("guest.joined.welcome", locales.Args{"Points": v.Points(r.Welcome)}))
	}
	first := card(v, note)
	first.Fresh, first.Celebrate, first.Ack = true, !r.Existed, nil
	say := []bots.Message{
		v.Screen(receipt, talk.Row(button(v.T("guest.settings.btn"), actSettings, ""), button(v.T("guest.privacy.btn"), actPrivacy, ""))),
		first,
	}
	if v.Member.Phone != "" || v.Staff != nil {
		return v.SayAnd(talk.Session{}, say...)
	}
	ask := askPhone(v, v.Rich("guest.phone.ask"))
	for i := range ask.Say {
		ask.Say[i].Ack = nil
	}
	return v.SayAnd(ask.Session, append(say, ask.Say...)...)
}

// news switches the consent to marketing: on the consent screen before joining, in the settings after it.
func news(v talk.View, p talk.Pressed) talk.Output {
	on := p.Arg == "on"
	if !on && p.Arg != "off" {
		return v.Say(bots.Message{Ack: v.Ack()})
	}
	if v.Member != nil {
		return setNews(v, on, "settings", newsSet)
	}
	j := joiningOf(v)
	if !v.Session.At(Flow, stepJoin) || mustChoose(v) || !active(v) {
		return stale(v, begin(v, j))
	}
	j.News = on
	return consent(v, j)
}
