package staff

import (
	"context"
	"fmt"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

// giveButton hands over what a coupon is for. It stands on receipts too, so it carries the coupon's id.
func giveButton(v talk.View, g gift) bots.Button {
	name := words.CleanName(v.Name("coupon:"+g.Kind, g.Kind), 18)
	return lasting(v.T("staff.btn.give", locales.Args{"Name": name}), actGive, g.ID)
}

// awaited is a coupon that is to be handed over, with whose it is.
type awaited struct {
	coupon engine.Coupon
	member engine.Member
}

// give asks whether to hand a coupon's gift over. The guest comes to the counter with it.
func give(v talk.View, c counter, couponID string) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (a awaited, err error) {
		if a.coupon, err = e.Store().Coupon(ctx, v.Program.ID, couponID); err != nil {
			return a, fmt.Errorf("read coupon: %w", err)
		}
		if a.member, err = e.Store().Member(ctx, v.Program.ID, a.coupon.MemberID); err != nil {
			return a, fmt.Errorf("read member: %w", err)
		}
		return a, nil
	}, func(v talk.View, a awaited, err error) talk.Output { return awaitedShown(v, c, a, err) }))
}

func awaitedShown(v talk.View, c counter, a awaited, err error) talk.Output {
	kind, known := v.Program.Settings.CouponKind(a.coupon.Kind)
	over := a.coupon.State != rules.CouponIssued && a.coupon.State != rules.CouponActivated || !a.coupon.Expires.IsZero() && !a.coupon.Expires.After(v.Now)
	switch {
	case err == nil && (!known || !kind.ByHand):
		err = refusal(engine.KindInvalid, "coupon_needs_check")
	case err == nil && a.coupon.State == rules.CouponApplied:
		err = refusal(engine.KindExpired, "coupon_used")
	case err == nil && over:
		err = refusal(engine.KindExpired, "coupon_over")
	}
	if err != nil {
		if v.Event.Press != nil {
			return v.Say(v.Alert(v.Problem(err)))
		}
		return stopped(v, c, err)
	}
	// Only a check that is still being made goes on afterwards: one that is recorded, or asked about, must not be made again.
	if c.Guest.ID != a.member.ID || step(v) != stepSale {
		c = c.cleared()
		c.Guest = guestOf(a.member)
	}
	c.Gift = &gift{ID: a.coupon.ID, Kind: a.coupon.Kind}
	return giftForm(v, c, note{})
}

func giftForm(v talk.View, c counter, n note) talk.Output {
	body := v.Rich("staff.gift.ask", locales.Args{"Gift": c.Gift.called(v), "Name": c.Guest.called(v)})
	return shown(v, stepGift, c, n, body,
		talk.Row(primary(marked(v, v.T("staff.btn.given"), actGiven, ""))),
		talk.Row(marked(v, v.T("common.back.btn"), actBack, ""), cancelButton(v)))
}

func (g gift) called(v talk.View) string { return v.Name("coupon:"+g.Kind, g.Kind) }

// handOver records that the guest has got it.
func handOver(v talk.View, c counter) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, key string) (engine.Posted, error) {
		return e.HandOver(ctx, engine.HandOverInput{Key: key, ProgramID: v.Program.ID, MemberID: c.Guest.ID, CouponID: c.Gift.ID, StaffID: v.Staff.ID})
	}, func(v talk.View, p engine.Posted, err error) talk.Output { return handedOver(v, c, p, err) }))
}

func handedOver(v talk.View, c counter, p engine.Posted, err error) talk.Output {
	if err != nil {
		c.Gift = nil
		return offer(v, c, trouble(v, err))
	}
	c.Gift.Posting = p.PostingID
	return givenScreen(v, c, note{})
}

// givenScreen says that it is done. A check typed before goes on from here, and a new one can be typed at once.
func givenScreen(v talk.View, c counter, n note) talk.Output {
	head := v.Rich("staff.gift.done", locales.Args{"Gift": c.Gift.called(v), "Name": c.Guest.called(v)})
	hint := v.Rich("staff.gift.next")
	var rows [][]bots.Button
	if c.Sum > 0 {
		hint = ""
		rows = talk.Column(primary(marked(v, v.T("staff.btn.check", locales.Args{"Sum": v.Money(c.Sum)}), actBack, "")))
	}
	last := talk.Row(nextButton(v))
	if v.Program.Settings.Staff.UndoMinutes > 0 {
		last = talk.Row(lasting(v.T("staff.btn.undo"), actUngive, c.Gift.Posting), nextButton(v))
	}
	return shown(v, stepGiven, c, n, talk.Paragraphs(head, hint), append(rows, last)...)
}

// ungive takes a hand-over back. The engine decides whether this person may, still.
func ungive(v talk.View, c counter, postingID string) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, key string) (engine.Posted, error) {
		return e.UndoHandOver(ctx, engine.UndoHandOverInput{Key: key, ProgramID: v.Program.ID, PostingID: postingID, StaffID: v.Staff.ID})
	}, func(v talk.View, p engine.Posted, err error) talk.Output { return ungiven(v, c, p, err) }))
}

func ungiven(v talk.View, c counter, p engine.Posted, err error) talk.Output {
	if err != nil {
		if v.Event.Press != nil {
			return v.Say(v.Alert(v.Problem(err)))
		}
		return stopped(v, c, err)
	}
	if c.Guest.ID != "" && c.Guest.ID == p.MemberID && c.Gift != nil {
		c.Gift = nil
		return offer(v, c, note{good: v.Rich("staff.gift.undone")})
	}
	return v.SayAnd(v.Session, bots.Message{Text: v.Rich("staff.gift.undone"), Buttons: talk.Column(homeButton(v)), Ack: v.Ack()})
}
