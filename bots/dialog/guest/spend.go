package guest

import (
	"context"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
)

// confirm is the guest's yes to a spend. The engine keeps it to the guest's own hold, and to once.
func confirm(v talk.View, holdID string) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (engine.Posted, error) {
		return e.Confirm(ctx, v.Program.ID, holdID, v.Member.ID)
	}, confirmed))
}

func confirmed(v talk.View, r engine.Posted, err error) talk.Output {
	switch {
	case engine.IsKind(err, engine.KindNotFound): // somebody else's question, or none
		return v.Say(bots.Message{Ack: v.Ack()})
	case engine.IsKind(err, engine.KindExpired):
		return v.Say(answered(v, v.Rich("guest.spend.over"), cardButton(v)))
	case err != nil:
		return v.Say(answered(v, v.Rich("guest.spend.failed", locales.Args{"Problem": v.Problem(err)}), cardButton(v)))
	}
	return v.Say(answered(v, v.Rich("guest.spend.done", locales.Args{"Points": v.Points(r.Redeemed), "Sum": v.Money(r.Payable)}),
		cardButton(v), whyButton(v, r.PostingID)))
}

// deny is the guest's no. What became of the hold is read afterwards: a yes may have been faster.
func deny(v talk.View, holdID string) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (engine.HoldState, error) {
		if err := e.Deny(ctx, v.Program.ID, holdID, v.Member.ID); err != nil {
			return "", err
		}
		hold, err := e.Store().Hold(ctx, v.Program.ID, holdID)
		return hold.State, err
	}, denied))
}

func denied(v talk.View, state engine.HoldState, err error) talk.Output {
	switch {
	case err != nil: // somebody else's question, or none
		return v.Say(bots.Message{Ack: v.Ack()})
	case state == engine.HoldCommitted:
		return v.Say(answered(v, v.Rich("guest.spend.already"), cardButton(v)))
	case state == engine.HoldDenied:
		return v.Say(answered(v, v.Rich("guest.spend.denied"), cardButton(v)))
	}
	return v.Say(answered(v, v.Rich("guest.spend.over"), cardButton(v)))
}

// answered puts the end of a question in its place; pressed on an older message, it is told below.
func answered(v talk.View, text bots.Rich, row ...bots.Button) bots.Message {
	m := bots.Message{Text: text, Buttons: [][]bots.Button{row}, Ack: v.Ack()}
	if v.PressedOn(slotAsk) {
		m.Slot = slotAsk
	}
	return m
}

func whyButton(v talk.View, postingID string) bots.Button {
	return button(v.T("guest.why.btn"), actWhy, postingID)
}
