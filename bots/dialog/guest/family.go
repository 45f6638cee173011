package guest

import (
	"context"
	"slices"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

// sharingOn reports whether several people may hold one card.
func sharingOn(s *rules.Settings) bool { return s != nil && s.Sharing.People > 1 }

// family shows who holds the card.
func family(v talk.View) talk.Output { return readFamily(v, familyShown) }

func readFamily(v talk.View, then func(talk.View, []engine.SharePerson, error) talk.Output) talk.Output {
	programID, memberID := v.Program.ID, v.Member.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) ([]engine.SharePerson, error) {
		return e.Sharers(ctx, programID, memberID)
	}, then))
}

func familyShown(v talk.View, people []engine.SharePerson, err error) talk.Output {
	if err != nil {
		return problem(v, err)
	}
	if !sharingOn(v.Program.Settings) && len(people) < 2 {
		return settings(v)
	}
	owner := holdsByRight(people, v.Contact.ID)
	var lines []bots.Rich
	var rows [][]bots.Button
	for _, p := range people {
		key := "guest.family.person"
		switch {
		case p.Contact.ID == v.Contact.ID:
			key = "guest.family.you"
		case p.Owner:
			key = "guest.family.owner"
		case owner:
			rows = append(rows, talk.Row(button(v.T("guest.family.remove.btn", locales.Args{"Name": words.CleanName(personName(v, p.Contact), 12)}), actPart, p.Contact.ID)))
		}
		lines = append(lines, v.Rich(key, locales.Args{"Name": personName(v, p.Contact)}))
	}
	most := v.Program.Settings.Sharing.People
	about := v.Rich("guest.family.about", locales.Args{"Most": most})
	switch {
	case !owner:
		rows = append(rows, talk.Row(button(v.T("guest.family.leave.btn"), actPart, v.Contact.ID)))
	case len(people) < most:
		rows = append([][]bots.Button{talk.Row(button(v.T("guest.family.invite.btn"), actShare, ""))}, rows...)
	case len(people) >= most:
		about = v.Rich("guest.family.full", locales.Args{"Most": most})
	}
	rows = append(rows, talk.Row(button(v.T("guest.settings.btn"), actSettings, ""), cardButton(v)))
	return v.SayAnd(away(v), v.Screen(talk.Paragraphs(v.Rich("guest.family.title"), about, talk.Lines(lines...)), rows...))
}

func personName(v talk.View, c engine.Contact) string {
	if name := words.CleanName(c.Name, 40); name != "" {
		return name
	}
	return v.T("guest.family.nameless")
}

func holdsByRight(people []engine.SharePerson, contactID string) bool {
	return slices.ContainsFunc(people, func(p engine.SharePerson) bool { return p.Owner && p.Contact.ID == contactID })
}

// sharesOnly reports whether a person holds the card because somebody shared it.
func sharesOnly(people []engine.SharePerson, contactID string) bool {
	return slices.ContainsFunc(people, func(p engine.SharePerson) bool { return !p.Owner && p.Contact.ID == contactID })
}

// share makes an invitation to hold the card together. Repeating the deed makes another, which takes the place of the first.
func share(v talk.View) talk.Output {
	programID, memberID, contactID := v.Program.ID, v.Member.ID, v.Contact.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (engine.ShareInvited, error) {
		return e.ShareInvite(ctx, programID, memberID, contactID)
	}, shared))
}

// shared shows the invitation. It works once, for whoever opens the link first.
func shared(v talk.View, r engine.ShareInvited, err error) talk.Output {
	if err != nil {
		return problem(v, err)
	}
	link := v.DeepLink(talk.Link{Share: r.Token})
	row := talk.Row(bots.Button{Text: v.T("guest.invite.copy.btn"), Copy: link})
	if url := bots.ShareLink(bots.Channel(v.Bot.Channel), link, v.T("guest.family.message", locales.Args{"Program": v.Program.Settings.Name})); url != "" {
		row = append(talk.Row(bots.Button{Text: v.T("guest.invite.share.btn"), URL: url}), row...)
	}
	m := v.Screen(v.Rich("guest.family.link", locales.Args{"Link": link, "Until": v.P.DateTime(v.Local(r.Until))}), row,
		talk.Row(button(v.T("guest.family.btn"), actFamily, ""), cardButton(v)))
	m.Expires = r.Until
	return v.SayAnd(away(v), m)
}

// part asks whether to end somebody's share in the card, or the own.
func part(v talk.View, contactID string) talk.Output {
	return readFamily(v, func(v talk.View, people []engine.SharePerson, err error) talk.Output {
		return partAsked(v, people, contactID, err)
	})
}

func partAsked(v talk.View, people []engine.SharePerson, contactID string, err error) talk.Output {
	i := slices.IndexFunc(people, func(p engine.SharePerson) bool { return p.Contact.ID == contactID && !p.Owner })
	own := contactID == v.Contact.ID
	if err != nil || i < 0 || !own && !holdsByRight(people, v.Contact.ID) {
		return familyShown(v, people, err)
	}
	mark := v.NewMark()
	text := v.Rich("guest.family.remove.ask", locales.Args{"Name": personName(v, people[i].Contact)})
	if own {
		text = v.Rich("guest.family.leave.ask", locales.Args{"Program": v.Program.Settings.Name})
	}
	yes := talk.Button(v.T("guest.family.part.btn"), Flow, actPart2, contactID, mark)
	yes.Style = bots.StyleDanger
	return v.SayAnd(talk.In(Flow, stepPart, contactID).Marked(mark), v.Screen(text, talk.Row(yes, button(v.T("common.back.btn"), actFamily, ""))))
}

// parting ends the share. Ending it twice is ending it once.
func parting(v talk.View, p talk.Pressed) talk.Output {
	if !current(v, stepPart, p) || talk.Data[string](v.Session, Flow) != p.Arg {
		return outdated(v, family)
	}
	programID, memberID, by := v.Program.ID, v.Member.ID, v.Contact.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) ([]engine.SharePerson, error) {
		if err := e.EndShare(ctx, programID, memberID, by, p.Arg); err != nil {
			return nil, err
		}
		return e.Sharers(ctx, programID, memberID)
	}, parted))
}

// parted shows who is left. Whoever left has no card now, and the notice that comes says so.
func parted(v talk.View, people []engine.SharePerson, err error) talk.Output {
	switch {
	case err != nil:
		return left(v, problem(v, err))
	case v.Member == nil:
		return v.SayAnd(talk.Session{}, v.Screen(v.Rich("guest.family.left", locales.Args{"Program": v.Program.Settings.Name}), talk.Row(cardButton(v))))
	}
	return familyShown(v, people, nil)
}
