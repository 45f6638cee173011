package guest

import (
	"context"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/locales"
	"kartka/words"
)

// rewards shows what points buy. arg is the number of the reward a page begins with.
func rewards(v talk.View, arg string) talk.Output {
	from := firstOf(arg)
	return readRewards(v, func(v talk.View, list []engine.RewardOffer, err error) talk.Output {
		return rewarded(v, list, from, err)
	})
}

func readRewards(v talk.View, then func(talk.View, []engine.RewardOffer, error) talk.Output) talk.Output {
	programID, memberID := v.Program.ID, v.Member.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) ([]engine.RewardOffer, error) {
		return e.Rewards(ctx, programID, memberID)
	}, then))
}

func rewarded(v talk.View, list []engine.RewardOffer, from int, err error) talk.Output {
	if err != nil {
		return problem(v, err)
	}
	back := talk.Row(button(v.T("guest.offers.btn"), actOffers, ""), cardButton(v))
	title := talk.Lines(v.Rich("guest.reward.title"), v.Rich("guest.reward.have", locales.Args{"Points": v.Points(v.Balance().Available)}))
	if len(list) == 0 {
		return v.SayAnd(away(v), v.Screen(talk.Paragraphs(title, v.Rich("guest.reward.empty")), back))
	}
	shown, turn := paging(v, list, from, actRewards)
	var lines []bots.Rich
	var rows [][]bots.Button
	for _, offer := range shown {
		lines = append(lines, rewardItem(v, offer))
		if offer.Why == nil {
			rows = append(rows, talk.Row(button("🛍 "+label(rewardName(v, offer.ID)), actReward, offer.ID)))
		}
	}
	if len(turn) > 0 {
		rows = append(rows, turn)
	}
	return v.SayAnd(away(v), v.Screen(talk.Paragraphs(title, talk.Lines(lines...)), append(rows, back)...))
}

func rewardName(v talk.View, id string) string { return words.CleanName(v.Name("reward:"+id, ""), 64) }

// rewardItem is a reward with its cost and, where it cannot be had now, what is in the way.
func rewardItem(v talk.View, offer engine.RewardOffer) bots.Rich {
	args := locales.Args{"Name": rewardName(v, offer.ID), "Cost": v.Points(offer.Cost)}
	if offer.Why == nil {
		return v.Rich("guest.reward.item", args)
	}
	args["Why"] = v.Problem(offer.Why)
	if missing, ok := offer.Why.Args["Missing"].(money.Points); ok {
		args["Why"] = v.T("guest.reward.missing", locales.Args{"Points": v.Points(missing)})
	}
	return v.Rich("guest.reward.not_yet", args)
}

// askReward asks whether to spend points on a reward. The mark ties the answer to what was asked.
func askReward(v talk.View, id string) talk.Output {
	reward := v.Program.Settings.Reward(id)
	if reward == nil || reward.Paused {
		return outdated(v, func(v talk.View) talk.Output { return rewards(v, "") })
	}
	left := v.Balance().Available - reward.Cost
	if left < 0 {
		return outdated(v, func(v talk.View) talk.Output { return rewards(v, "") })
	}
	mark := v.NewMark()
	text := v.Rich("guest.reward.ask", locales.Args{"Name": rewardName(v, id), "Cost": v.Points(reward.Cost), "Left": v.Points(left)})
	var terms bots.Rich
	if kind, known := v.Program.Settings.CouponKind(reward.Coupon); known {
		terms = v.CouponTerms(kind)
	}
	yes := talk.Button(v.T("guest.reward.buy.btn"), Flow, actBuy, id, mark)
	yes.Style = bots.StylePrimary
	return v.SayAnd(talk.In(Flow, stepReward, id).Marked(mark), v.Screen(talk.Paragraphs(text, terms),
		talk.Row(yes, button(v.T("guest.coupon.later.btn"), actRewards, ""))))
}

// buy is the person's yes. The same deed handled twice buys once, and a second tap is of a screen that is no more.
func buy(v talk.View, p talk.Pressed) talk.Output {
	if !current(v, stepReward, p) || talk.Data[string](v.Session, Flow) != p.Arg {
		return outdated(v, func(v talk.View) talk.Output { return rewards(v, "") })
	}
	in := engine.BuyRewardInput{ProgramID: v.Program.ID, MemberID: v.Member.ID, RewardID: p.Arg}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, key string) (engine.CouponGiven, error) {
		in.Key = key
		return e.BuyReward(ctx, in)
	}, bought))
}

func bought(v talk.View, r engine.CouponGiven, err error) talk.Output {
	if err != nil {
		return left(v, problem(v, err))
	}
	item := engine.CouponItem{Coupon: r.Coupon}
	if item.Kind, item.Known = v.Program.Settings.CouponKind(r.Coupon.Kind); !item.Known {
		item.Kind.ID = r.Coupon.Kind
	}
	note := v.Rich("guest.reward.done", locales.Args{"Points": v.Points(r.Redeemed)})
	return v.SayAnd(away(v), couponScreen(v, item, note), refresh(v))
}

// askCancel asks whether to give an unused reward back.
func askCancel(v talk.View, id string) talk.Output {
	programID, memberID, settings := v.Program.ID, v.Member.ID, v.Program.Settings
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (engine.CouponItem, error) {
		return ownCoupon(ctx, e.Store(), settings, programID, memberID, id)
	}, cancelAsked))
}

func cancelAsked(v talk.View, c engine.CouponItem, err error) talk.Output {
	switch {
	case err != nil:
		return problem(v, err)
	case !isOpen(c.Coupon.Coupon, v):
		return v.SayAnd(away(v), couponScreen(v, c, ""))
	}
	mark := v.NewMark()
	return v.SayAnd(talk.In(Flow, stepCancel, c.ID).Marked(mark), v.Screen(
		v.Rich("guest.reward.cancel.ask", locales.Args{"Name": couponName(v, c.Coupon.Kind)}),
		talk.Row(talk.Button(v.T("guest.reward.cancel.yes.btn"), Flow, actCancel2, c.ID, mark), button(v.T("common.back.btn"), actCoupon, c.ID))))
}

func cancelReward(v talk.View, p talk.Pressed) talk.Output {
	if !current(v, stepCancel, p) || talk.Data[string](v.Session, Flow) != p.Arg {
		return outdated(v, func(v talk.View) talk.Output { return coupon(v, p.Arg) })
	}
	in := engine.CancelRewardInput{ProgramID: v.Program.ID, MemberID: v.Member.ID, CouponID: p.Arg}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, key string) (engine.Posted, error) {
		in.Key = key
		return e.CancelReward(ctx, in)
	}, cancelled))
}

func cancelled(v talk.View, r engine.Posted, err error) talk.Output {
	if err != nil {
		return left(v, problem(v, err))
	}
	return v.SayAnd(away(v), v.Screen(v.Rich("guest.reward.cancelled", locales.Args{"Points": v.Points(r.Restored)}),
		talk.Row(button(v.T("guest.reward.btn"), actRewards, ""), cardButton(v))), refresh(v))
}

// current reports whether a marked button is of the screen that the session is at.
func current(v talk.View, step string, p talk.Pressed) bool {
	return v.Session.At(Flow, step) && p.Mark != "" && p.Mark == v.Session.Mark
}

// left ends the form whose deed was refused.
func left(v talk.View, o talk.Output) talk.Output {
	o.Session = away(v)
	return o
}

// outdated answers a button of a screen that is not the current one any more with the current one, which may have to be read.
func outdated(v talk.View, show func(talk.View) talk.Output) talk.Output {
	o := show(v)
	if o.Call == nil {
		return stale(v, o)
	}
	run := o.Call.Run
	o.Call = &talk.Call{Run: func(ctx context.Context, e *engine.Engine, key string) func(talk.View) talk.Output {
		then := run(ctx, e, key)
		return func(v talk.View) talk.Output {
			shown := then(v)
			if shown.Fail != nil || shown.Call != nil || alerts(shown) {
				return shown
			}
			return stale(v, shown)
		}
	}}
	return o
}

// alerts reports whether an output tells of an error over the chat, which no toast may cover.
func alerts(o talk.Output) bool {
	for _, m := range o.Say {
		if m.Ack != nil && m.Ack.Alert {
			return true
		}
	}
	return false
}
