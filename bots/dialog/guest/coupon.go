package guest

import (
	"context"
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

// openCoupons are the person's coupons that can still be used.
func openCoupons(v talk.View) int {
	n := 0
	for _, c := range v.Standing.Coupons {
		if isOpen(c, v) {
			n++
		}
	}
	return n
}

func isOpen(c rules.Coupon, v talk.View) bool { return v.Words().CouponOpen(c) }

// couponName is the name of a kind of coupons, or a word for one that the shop has given up.
func couponName(v talk.View, kind string) string {
	if name := words.CleanName(v.Name("coupon:"+kind, ""), 64); name != "" {
		return name
	}
	return v.Words().CouponName("")
}

func couponItem(v talk.View, c engine.CouponItem) bots.Rich {
	args := locales.Args{"Name": couponName(v, c.Coupon.Kind), "State": v.Words().CouponState(c), "Date": endOf(v, c.Expires)}
	if args["Date"] == "" {
		return v.Rich("guest.coupon.item", args)
	}
	return v.Rich("guest.coupon.item_until", args)
}

// coupon shows one coupon of the person.
func coupon(v talk.View, id string) talk.Output {
	programID, memberID, settings := v.Program.ID, v.Member.ID, v.Program.Settings
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (engine.CouponItem, error) {
		return ownCoupon(ctx, e.Store(), settings, programID, memberID, id)
	}, couponed))
}

// ownCoupon reads a coupon for its owner. Another person's is as good as none.
func ownCoupon(ctx context.Context, reads engine.MechanicReads, settings *rules.Settings, programID, memberID, id string) (engine.CouponItem, error) {
	c, err := reads.Coupon(ctx, programID, id)
	switch {
	case engine.IsKind(err, engine.KindNotFound), err == nil && c.MemberID != memberID:
		return engine.CouponItem{}, &engine.Error{Kind: engine.KindNotFound, ID: "coupon_unknown"}
	case err != nil:
		return engine.CouponItem{}, err
	}
	item := engine.CouponItem{Coupon: c}
	if item.Kind, item.Known = settings.CouponKind(c.Kind); !item.Known {
		item.Kind.ID = c.Kind
	}
	return item, nil
}

func couponed(v talk.View, c engine.CouponItem, err error) talk.Output {
	if err != nil {
		return problem(v, err)
	}
	return v.SayAnd(away(v), couponScreen(v, c, ""))
}

// couponScreen is a coupon with its terms and what can be done with it, below a note.
func couponScreen(v talk.View, c engine.CouponItem, note bots.Rich) bots.Message {
	var terms, ends bots.Rich
	if c.Known { // until when this one is good, and how it is got, is said below
		kind := c.Kind
		kind.Days, kind.ByHand = 0, false
		terms = v.CouponTerms(kind)
	}
	if day := endOf(v, c.Expires); day != "" {
		ends = v.Rich("guest.coupon.until", locales.Args{"Date": day})
	}
	title := v.Rich("guest.coupon.title", locales.Args{"Name": couponName(v, c.Coupon.Kind)})
	text := talk.Paragraphs(note, title, terms, talk.Lines(ends, couponAdvice(v, c)))
	back := talk.Row(button(v.T("guest.offers.btn"), actOffers, ""), cardButton(v))
	if !isOpen(c.Coupon.Coupon, v) || !c.Known {
		return v.Screen(text, back)
	}
	var rows [][]bots.Button
	switch {
	case c.Kind.ByHand:
	case c.State == rules.CouponIssued:
		on := button(v.T("guest.coupon.activate.btn"), actActivate, c.ID)
		on.Style = bots.StylePrimary
		rows = append(rows, talk.Row(on, button(v.T("guest.coupon.later.btn"), actOffers, "")))
	case !c.Kind.AtOnce:
		rows = append(rows, talk.Row(button(v.T("guest.coupon.keep.btn"), actDeactivate, c.ID)))
	}
	if strings.HasPrefix(c.Source, "reward:") {
		rows = append(rows, talk.Row(button(v.T("guest.reward.cancel.btn"), actCancel, c.ID)))
	}
	return v.Screen(text, append(rows, back)...)
}

// couponAdvice says in a sentence what the person does next with a coupon.
func couponAdvice(v talk.View, c engine.CouponItem) bots.Rich {
	switch {
	case !isOpen(c.Coupon.Coupon, v), !c.Known:
		return v.Rich("guest.coupon.closed", locales.Args{"State": v.Words().CouponState(c)})
	case c.Kind.ByHand:
		return v.Rich("guest.coupon.show")
	case c.State == rules.CouponIssued:
		return v.Rich("guest.coupon.waiting")
	}
	return v.Rich("guest.coupon.active")
}

// activate lets a coupon be applied by the next check that fits; deactivate keeps it for later. Either way once is as good as twice.
func activate(v talk.View, id string) talk.Output {
	return turn(v, id, "guest.coupon.on.toast", (*engine.Engine).ActivateCoupon)
}

func deactivate(v talk.View, id string) talk.Output {
	return turn(v, id, "guest.coupon.off.toast", (*engine.Engine).DeactivateCoupon)
}

func turn(v talk.View, id, done string, to func(e *engine.Engine, ctx context.Context, programID, memberID, couponID string) (engine.Coupon, error)) talk.Output {
	programID, memberID := v.Program.ID, v.Member.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (engine.Coupon, error) {
		return to(e, ctx, programID, memberID, id)
	}, func(v talk.View, c engine.Coupon, err error) talk.Output { return turned(v, c, done, err) }))
}

func turned(v talk.View, c engine.Coupon, done string, err error) talk.Output {
	if err != nil {
		return problem(v, err)
	}
	item := engine.CouponItem{Coupon: c}
	if item.Kind, item.Known = v.Program.Settings.CouponKind(c.Kind); !item.Known {
		item.Kind.ID = c.Kind
	}
	return v.SayAnd(away(v), toast(couponScreen(v, item, ""), v.T(done)))
}
