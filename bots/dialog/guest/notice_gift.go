package guest

import (
	"context"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

// last says until when the points of a notice are good, lasts the same of one thing: a coupon, a certificate. Both are "" when that is
// not said.
func last(v talk.View, n engine.Notice) bots.Rich { return until(v, n, "notice.sale.until") }

func lasts(v talk.View, n engine.Notice) bots.Rich { return until(v, n, "guest.coupon.until") }

func until(v talk.View, n engine.Notice, key string) bots.Rich {
	if day := v.Day(rules.Date(word(n.Args["until"]))); day != "" {
		return v.Rich(key, locales.Args{"Date": day})
	}
	return ""
}

// bonus is what a rule gave by itself: for joining, a birthday, an absence, an event.
func bonus(v talk.View, n engine.Notice, points money.Points) bots.Rich {
	title := v.Rich("notice.bonus.event", locales.Args{"Name": v.Name("rule:"+word(n.Args["rule"]), "")})
	switch rules.Trigger(word(n.Args["trigger"])) {
	case rules.TriggerJoin:
		title = v.Rich("notice.bonus.join")
	case rules.TriggerBirthday:
		title = v.Rich("notice.bonus.birthday")
	case rules.TriggerAbsence:
		title = v.Rich("notice.bonus.absence")
	}
	var gift, coupon bots.Rich
	if points > 0 {
		gift = v.Rich("notice.bonus.points", locales.Args{"Points": v.Points(points)})
	}
	if kind := word(n.Args["coupon"]); kind != "" {
		coupon = v.Rich("notice.bonus.coupon", locales.Args{"Name": couponName(v, kind)})
	}
	return talk.Lines(title, gift, coupon, last(v, n))
}

// gifted is a code or a gift certificate that came on the card.
func gifted(v talk.View, n engine.Notice) bots.Rich {
	points, sum := money.Points(number(n.Args["points"])), money.Amount(number(n.Args["money"]))
	holds := v.Money(sum)
	if points > 0 {
		holds = v.Points(points)
	}
	text := v.Rich("notice.gift.certificate", locales.Args{"Holds": holds})
	switch {
	case word(n.Args["code"]) != "":
		text = v.Rich("notice.gift.code", locales.Args{"Code": word(n.Args["code"]), "Points": v.Points(points)})
	case n.Posted != nil && n.Posted.Earned > 0:
		text = v.Rich("notice.gift.points", locales.Args{"Points": v.Points(n.Posted.Earned)})
	default:
		return talk.Lines(text, lasts(v, n))
	}
	return talk.Lines(text, last(v, n))
}

// referred is the reward for a friend's purchase, which waits for the return window to pass.
func referred(v talk.View, name string, points money.Points) bots.Rich {
	args := locales.Args{"Name": name, "Points": v.Points(points)}
	text := v.Rich("notice.referral.someone", args)
	if name != "" {
		text = v.Rich("notice.referral.named", args)
	}
	if days := v.Program.Settings.Referral.HoldDays; days > 0 {
		text = talk.Lines(text, v.Rich("notice.referral.wait", locales.Args{"InDays": v.P.InDays(int64(days))}))
	}
	return text
}

// right says what happened to rights of the person beside points: coupons, rewards, tiers, and points that end soon. It is nil for a notice of
// another kind.
func right(v talk.View, n engine.Notice) []bots.Message {
	name := couponName(v, word(n.Args["coupon"]))
	args := locales.Args{"Name": name, "Points": v.Points(money.Points(number(n.Args["points"]))), "Date": v.Day(rules.Date(word(n.Args["until"])))}
	back := talk.Row(cardButton(v))
	one := func(text bots.Rich, rows ...[]bots.Button) []bots.Message {
		return []bots.Message{plain(text, rows...)}
	}
	switch n.Kind {
	case engine.NoticeCoupon:
		return one(talk.Lines(v.Rich("notice.coupon.given", args), lasts(v, n)), couponRow(v, n))
	case engine.NoticeCouponBack:
		return one(v.Rich("notice.coupon.back", args), talk.Row(button(v.T("guest.offers.btn"), actOffers, ""), cardButton(v)))
	case engine.NoticeCouponEnding:
		return one(v.Rich("notice.coupon.ending", args), couponRow(v, n))
	case engine.NoticeCouponUsed:
		return one(v.Rich("notice.coupon.used", args), back)
	case engine.NoticeReward, engine.NoticeRewardBack:
		return reworded(v, n)
	case engine.NoticeTierUp:
		return one(tierUp(v, n), talk.Row(button(v.T("guest.tier.btn"), actTier, ""), cardButton(v)))
	case engine.NoticeTierDown:
		return one(tierDown(v, n), talk.Row(button(v.T("guest.tier.btn"), actTier, ""), cardButton(v)))
	case engine.NoticeTierWarning:
		return one(tierWarning(v, n), talk.Row(button(v.T("guest.tier.btn"), actTier, ""), cardButton(v)))
	case engine.NoticeEnding:
		return ending(v, n)
	}
	return nil
}

// reworded is a reward that staff has bought with the person's points, or taken back.
func reworded(v talk.View, n engine.Notice) []bots.Message {
	args := locales.Args{"Name": v.Name("reward:"+word(n.Args["reward"]), word(n.Args["name"])), "Points": v.Points(money.Points(number(n.Args["points"])))}
	text, row := v.Rich("notice.reward.back", args), talk.Row(cardButton(v))
	if n.Kind == engine.NoticeReward {
		text, row = talk.Lines(v.Rich("notice.reward.bought", args), lasts(v, n)), couponRow(v, n)
	}
	return []bots.Message{plain(talk.Paragraphs(text, balanceLine(v)), row)}
}

// couponRow leads to the coupon of a notice, or to all of them.
func couponRow(v talk.View, n engine.Notice) []bots.Button {
	id := word(n.Args["coupon_id"])
	if id == "" && n.Posted != nil && len(n.Posted.Coupons) > 0 {
		id = n.Posted.Coupons[0]
	}
	if id == "" {
		return talk.Row(button(v.T("guest.offers.btn"), actOffers, ""), cardButton(v))
	}
	return talk.Row(button(v.T("guest.coupon.open.btn"), actCoupon, id), cardButton(v))
}

// noticeRows are the rows above the usual one: what a notice about points leads to.
func noticeRows(v talk.View, n engine.Notice) [][]bots.Button {
	switch {
	case n.Kind == engine.NoticeBonus && word(n.Args["coupon_id"]) != "":
		return talk.Column(button(v.T("guest.coupon.open.btn"), actCoupon, word(n.Args["coupon_id"])))
	case n.Kind == engine.NoticeReferral:
		return talk.Column(button(v.T("guest.invite.btn"), actInvite, ""))
	case n.Kind == engine.NoticeSale && n.Posted != nil && len(newCoupons(v, n.Posted.Coupons)) > 0:
		return talk.Column(button(v.T("guest.offers.btn"), actOffers, ""))
	}
	return nil
}

func tierUp(v talk.View, n engine.Notice) bots.Rich {
	id := word(n.Args["tier"])
	lines := []bots.Rich{v.Rich("notice.tier.up", locales.Args{"Tier": tierName(v, id)}), tierUntil(v, n)}
	if t := v.Program.Settings.Tier(id); t != nil {
		if rate := max(t.Rate, v.Program.Settings.Earn.Rate); rate > 0 {
			lines = append(lines, v.Rich("notice.tier.rate", locales.Args{"Rate": v.Percent(rate)}))
		}
		if off := max(t.Discount, v.Program.Settings.Discount.Rate); off > 0 {
			lines = append(lines, v.Rich("notice.tier.discount", locales.Args{"Rate": v.Percent(off)}))
		}
		if t.Limit != nil {
			lines = append(lines, v.Rich("notice.tier.limit", locales.Args{"Rate": v.Percent(*t.Limit)}))
		}
	}
	return talk.Lines(lines...)
}

func tierDown(v talk.View, n engine.Notice) bots.Rich {
	before := word(n.Args["before"])
	switch id := word(n.Args["tier"]); {
	case id != "":
		return talk.Lines(v.Rich("notice.tier.down", locales.Args{"Tier": tierName(v, id)}), tierUntil(v, n))
	case before != "" && tierName(v, before) != "":
		return v.Rich("notice.tier.none", locales.Args{"Before": tierName(v, before)})
	}
	return v.Rich("notice.tier.over")
}

func tierWarning(v talk.View, n engine.Notice) bots.Rich {
	text := v.Rich("notice.tier.warning", locales.Args{"Tier": tierName(v, word(n.Args["tier"])), "Date": v.Day(rules.Date(word(n.Args["until"])))})
	missing := number(n.Args["missing"])
	if missing <= 0 {
		return text
	}
	return talk.Lines(text, v.Rich("notice.tier.missing", locales.Args{"Missing": v.Words().CountedBy(rules.TierBasis(word(n.Args["basis"])), missing)}))
}

func tierUntil(v talk.View, n engine.Notice) bots.Rich { return until(v, n, "notice.tier.until") }

// ending tells of points that end soon, with what can be done about it: keep them, where the program lets a guest, or give them away.
func ending(v talk.View, n engine.Notice) []bots.Message {
	points, days := money.Points(number(n.Args["points"])), number(n.Args["rescue"])
	text := v.Rich("notice.ending.text", locales.Args{"Points": v.Points(points), "Date": v.Day(rules.Date(word(n.Args["until"])))})
	var row []bots.Button
	if days > 0 {
		text = talk.Lines(text, v.Rich("notice.ending.rescue", locales.Args{"Days": v.P.Days(days)}))
		save := button(v.T("notice.ending.keep.btn"), actKeep, "")
		save.Style = bots.StyleSuccess
		row = append(row, save)
	}
	if givingOn(v.Program.Settings) {
		row = append(row, button(v.T("guest.give.btn"), actGive, ""))
	}
	rows := [][]bots.Button{talk.Row(cardButton(v))}
	if len(row) > 0 {
		rows = append([][]bots.Button{row}, rows...)
	}
	return []bots.Message{plain(text, rows...)}
}

// keep lets points that end soon live longer, each once: a second press finds nothing to keep.
func keep(v talk.View) talk.Output {
	programID, memberID := v.Program.ID, v.Member.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, key string) (engine.Rescued, error) {
		return e.Rescue(ctx, key, programID, memberID)
	}, kept))
}

func kept(v talk.View, r engine.Rescued, err error) talk.Output {
	if err != nil {
		return problem(v, err)
	}
	return v.SayAnd(away(v), v.Screen(v.Rich("notice.ending.kept", locales.Args{"Points": v.Points(r.Points), "Date": v.LastDay(r.Until)}),
		talk.Row(cardButton(v), button(v.T("guest.history.btn"), actHistory, ""))), refresh(v))
}
