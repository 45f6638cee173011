package guest

import (
	"context"
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
	"kartka/words"
)

// askCode asks for a promo code or the code of a gift certificate, after saying what was wrong with the last one.
func askCode(v talk.View, wrong bots.Rich) talk.Output {
	return v.SayAnd(talk.In(Flow, stepEnter, nil), v.Screen(talk.Paragraphs(wrong, v.Rich("guest.enter.ask")),
		talk.Row(button(v.T("common.cancel.btn"), actOffers, ""))))
}

// codeCommand is /code, with the code behind it or without.
func codeCommand(v talk.View) talk.Output {
	if strings.TrimSpace(v.Event.Text) == "" {
		return askCode(v, "")
	}
	return enterCode(v)
}

// enterCode tries the code that was typed.
func enterCode(v talk.View) talk.Output {
	typed := strings.TrimSpace(v.Event.Text)
	if typed == "" {
		return askCode(v, v.Rich("guest.enter.empty"))
	}
	in := engine.EnterCodeInput{ProgramID: v.Program.ID, MemberID: v.Member.ID, Text: words.CleanName(typed, 64)}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, key string) (engine.CodeEntered, error) {
		in.Key = key
		return e.EnterCode(ctx, in)
	}, entered))
}

// entered says what a code gave. A code that does not work leaves the question open.
func entered(v talk.View, r engine.CodeEntered, err error) talk.Output {
	if err != nil {
		return askCode(v, v.Rich("guest.enter.wrong", locales.Args{"Problem": v.Problem(err)}))
	}
	var lines []bots.Rich
	row := talk.Row(button(v.T("guest.offers.btn"), actOffers, ""), cardButton(v))
	if r.Earned > 0 {
		lines = append(lines, v.Rich("guest.enter.points", locales.Args{"Points": v.Points(r.Earned)}))
		if day := endOf(v, r.Expires); day != "" {
			lines = append(lines, v.Rich("notice.sale.until", locales.Args{"Date": day}))
		}
	}
	if c := r.Coupon; c != nil {
		lines = append(lines, v.Rich("guest.enter.coupon", locales.Args{"Name": couponName(v, c.Kind)}))
		if day := endOf(v, c.Expires); day != "" {
			lines = append(lines, v.Rich("guest.coupon.until", locales.Args{"Date": day}))
		}
		row = talk.Row(button(v.T("guest.coupon.open.btn"), actCoupon, c.ID), cardButton(v))
	}
	if c := r.Certificate; c != nil && c.Points == 0 {
		lines = append(lines, v.Rich("guest.enter.certificate", locales.Args{"Left": v.Money(c.Left)}))
		if day := endOf(v, c.ExpiresAt); day != "" {
			lines = append(lines, v.Rich("guest.coupon.until", locales.Args{"Date": day}))
		}
	}
	return v.SayAnd(away(v), v.Screen(talk.Paragraphs(v.Rich("guest.enter.done"), talk.Lines(lines...)), row), refresh(v))
}
