package guest

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/cardcode"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

// giving is a gift of points on its way: to whom, and how many.
type giving struct {
	To     string       `json:"to,omitempty"`   // member
	Name   string       `json:"name,omitempty"` // masked
	Points money.Points `json:"points,omitempty"`
}

func givingOn(s *rules.Settings) bool { return s != nil && s.Transfer.On }

// give asks who is to get points, after saying what was wrong with the last answer.
func give(v talk.View, wrong bots.Rich) talk.Output {
	if !givingOn(v.Program.Settings) {
		return Home(v)
	}
	available := v.Balance().Available
	if available <= 0 {
		return v.SayAnd(away(v), v.Screen(v.Rich("guest.give.empty"), talk.Row(cardButton(v), button(v.T("guest.history.btn"), actHistory, ""))))
	}
	return v.SayAnd(talk.In(Flow, stepGiveTo, nil), v.Screen(talk.Paragraphs(wrong, v.Rich("guest.give.ask", locales.Args{"Points": v.Points(available)})),
		talk.Row(button(v.T("common.cancel.btn"), actHome, ""))))
}

// giveCommand is /give, with the friend's card or phone behind it or without.
func giveCommand(v talk.View) talk.Output {
	if strings.TrimSpace(v.Event.Text) == "" || v.Balance().Available <= 0 {
		return give(v, "")
	}
	return findFriend(v)
}

// findFriend looks a friend up by what was typed.
func findFriend(v talk.View) talk.Output {
	programID, memberID, typed := v.Program.ID, v.Member.ID, v.Event.Text
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (engine.Member, error) {
		return friendBy(typed, func(text string) (engine.Found, error) {
			return e.Identify(ctx, programID, "guest:"+memberID, text)
		})
	}, friendFound))
}

// friendBy finds a member by a card number or a phone that is proved to be the member's own. Nothing else finds anybody here: live codes
// and links are a cashier's matter, and using one up would be a mischief.
func friendBy(typed string, identify func(string) (engine.Found, error)) (engine.Member, error) {
	unknown := &engine.Error{Kind: engine.KindNotFound, ID: "guest_not_found"}
	scan, err := cardcode.Parse(typed)
	phone := scan.MayBePhone()
	if scan.Kind != cardcode.KindCard && !phone || err != nil && !(errors.Is(err, cardcode.ErrMistyped) && phone) {
		return engine.Member{}, unknown
	}
	found, err := identify(typed)
	if err != nil {
		return engine.Member{}, err
	}
	m := found.Member
	byCard := scan.Kind == cardcode.KindCard && m.Card == scan.Text
	if proved := m.Proof == engine.ProofPlatform || m.Proof == engine.ProofOTP; !byCard && !proved {
		return engine.Member{}, unknown
	}
	return m, nil
}

func friendFound(v talk.View, m engine.Member, err error) talk.Output {
	switch {
	case engine.IsKind(err, engine.KindNotFound), engine.IsKind(err, engine.KindInvalid), err == nil && m.State != engine.MemberActive:
		return give(v, v.Rich("guest.give.unknown"))
	case err != nil:
		return give(v, bots.Escape(v.Problem(err)))
	case m.ID == v.Member.ID:
		return give(v, v.Rich("guest.give.self"))
	}
	return askGift(v, giving{To: m.ID, Name: masked(v, m)}, "")
}

// masked is enough of a name for whoever knows the person, and no more: the first letter and the end of the card number.
func masked(v talk.View, m engine.Member) string {
	name := words.CleanName(m.Name, 64)
	first, size := utf8.DecodeRuneInString(name)
	if size == 0 {
		return v.T("guest.give.nameless", locales.Args{"End": m.Card[max(0, len(m.Card)-3):]})
	}
	return v.T("guest.give.masked", locales.Args{"First": string(first), "End": m.Card[max(0, len(m.Card)-3):]})
}

func askGift(v talk.View, g giving, wrong bots.Rich) talk.Output {
	text := v.Rich("guest.give.how_many", locales.Args{"Name": g.Name, "Points": v.Points(v.Balance().Available)})
	return v.SayAnd(talk.In(Flow, stepGiveHow, g), v.Screen(talk.Paragraphs(wrong, text),
		talk.Row(button(v.T("guest.give.change.btn"), actGive, ""), button(v.T("common.cancel.btn"), actHome, ""))))
}

// readGift reads how many points are to be given and repeats the whole before anything moves.
func readGift(v talk.View) talk.Output {
	g := talk.Data[giving](v.Session, Flow)
	if g.To == "" {
		return give(v, "")
	}
	value, err := money.Parse(v.Event.Text, v.Program.Settings.Unit.Decimals)
	points, available := money.Points(value), v.Balance().Available
	switch {
	case err != nil || points <= 0:
		return askGift(v, g, v.Rich("guest.give.not_number"))
	case points > available:
		return askGift(v, g, v.Rich("guest.give.too_many", locales.Args{"Points": v.Points(available)}))
	case points < v.Program.Settings.Transfer.Min:
		return askGift(v, g, v.Rich("guest.give.too_few", locales.Args{"Points": v.Points(v.Program.Settings.Transfer.Min)}))
	}
	g.Points = points
	mark := v.NewMark()
	yes := talk.Button(v.T("guest.give.yes.btn"), Flow, actGift, "", mark)
	yes.Style = bots.StylePrimary
	return v.SayAnd(talk.In(Flow, stepGive, g).Marked(mark), v.Screen(
		v.Rich("guest.give.sure", locales.Args{"Points": v.Points(points), "Name": g.Name, "Left": v.Points(available - points)}),
		talk.Row(yes, button(v.T("common.cancel.btn"), actHome, ""))))
}

// gift gives the points: once, whatever is tapped twice.
func gift(v talk.View, p talk.Pressed) talk.Output {
	g := talk.Data[giving](v.Session, Flow)
	if !current(v, stepGive, p) || g.To == "" {
		return stale(v, give(v, ""))
	}
	in := engine.TransferInput{ProgramID: v.Program.ID, FromMember: v.Member.ID, ToMember: g.To, Points: g.Points}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, key string) (engine.Posted, error) {
		in.Key = key
		return e.Transfer(ctx, in)
	}, func(v talk.View, r engine.Posted, err error) talk.Output { return given(v, g, r, err) }))
}

func given(v talk.View, g giving, r engine.Posted, err error) talk.Output {
	if err != nil {
		return left(v, problem(v, err))
	}
	return v.SayAnd(away(v), v.Screen(v.Rich("guest.give.done", locales.Args{"Points": v.Points(g.Points), "Name": g.Name,
		"Left": v.Points(r.Balance.Available)}), talk.Row(cardButton(v), button(v.T("guest.history.btn"), actHistory, ""))), refresh(v))
}
