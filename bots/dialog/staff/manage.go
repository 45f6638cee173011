package staff

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

// couponForm offers the kinds of coupons.
func couponForm(v talk.View, c counter, n note) talk.Output {
	var rows [][]bots.Button
	for i, kind := range v.Program.Settings.Coupons[:min(len(v.Program.Settings.Coupons), 12)] {
		rows = append(rows, talk.Row(marked(v, words.CleanName(v.Name("coupon:"+kind.ID, kind.ID), 30), actItem, strconv.Itoa(i))))
	}
	return shown(v, stepMore, c.doing(formCoupon), n, talk.Paragraphs(guestLine(v, c.Guest), v.Rich("staff.coupon.ask")), append(rows, backRow(v))...)
}

func giveCoupon(v talk.View, c counter, arg string) talk.Output {
	i, err := strconv.Atoi(arg)
	if err != nil || i < 0 || i >= len(v.Program.Settings.Coupons) {
		return stale(v)
	}
	kind := v.Program.Settings.Coupons[i].ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, key string) (engine.CouponGiven, error) {
		return e.GiveCoupon(ctx, engine.GiveCouponInput{Key: key, ProgramID: v.Program.ID, MemberID: c.Guest.ID, Coupon: kind, StaffID: v.Staff.ID})
	}, func(v talk.View, given engine.CouponGiven, err error) talk.Output {
		return couponGiven(v, c, given, err)
	}))
}

func couponGiven(v talk.View, c counter, given engine.CouponGiven, err error) talk.Output {
	if err != nil {
		return couponForm(v, c, trouble(v, err))
	}
	return more(v, c, note{good: v.Rich("staff.coupon.given", locales.Args{"Coupon": v.Name("coupon:"+given.Coupon.Kind, given.Coupon.Kind)})})
}

// earnedTier is the button that ends a tier assigned by hand.
const earnedTier = "-"

// tierForm offers the tiers.
func tierForm(v talk.View, c counter, n note) talk.Output {
	var rows [][]bots.Button
	for _, tier := range v.Program.Settings.Tiers.List[:min(len(v.Program.Settings.Tiers.List), 12)] {
		rows = append(rows, talk.Row(marked(v, words.CleanName(v.Name("tier:"+tier.ID, tier.ID), 30), actItem, tier.ID)))
	}
	rows = append(rows, talk.Row(marked(v, v.T("staff.btn.earned"), actItem, earnedTier)))
	return shown(v, stepMore, c.doing(formTier), n, talk.Paragraphs(guestLine(v, c.Guest), v.Rich("staff.tier.ask")), append(rows, backRow(v))...)
}

func tierChosen(v talk.View, c counter, id string) talk.Output {
	switch {
	case id == earnedTier:
		return assignTier(v, c, "", time.Time{})
	case v.Program.Settings.Tier(id) == nil:
		return stale(v)
	}
	return untilForm(v, c.doing(formUntil, func(w *work) { w.Tier = id }), note{})
}

// terms are how long a tier by hand can hold, in days; 0 is for ever.
var terms = [...]int{30, 90, 365, 0}

func untilForm(v talk.View, c counter, n note) talk.Output {
	var buttons []bots.Button
	for _, days := range terms {
		text := v.T("staff.btn.for_ever")
		if days > 0 {
			text = v.P.Days(int64(days))
		}
		buttons = append(buttons, marked(v, text, actItem, strconv.Itoa(days)))
	}
	ask := v.Rich("staff.tier.until", locales.Args{"Tier": tierName(v, c.Work.Tier)})
	return shown(v, stepMore, c.doing(formUntil), n, talk.Paragraphs(guestLine(v, c.Guest), ask), buttons[:2], buttons[2:], backRow(v))
}

func untilChosen(v talk.View, c counter, arg string) talk.Output {
	days, err := strconv.Atoi(arg)
	if err != nil || !slices.Contains(terms[:], days) || v.Program.Settings.Tier(c.Work.Tier) == nil {
		return stale(v)
	}
	return assignTier(v, c, c.Work.Tier, v.Program.Settings.ExpiryAfter(v.Now, days))
}

func assignTier(v talk.View, c counter, id string, until time.Time) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, key string) (rules.TierState, error) {
		return e.AssignTier(ctx, engine.TierInput{Key: key, ProgramID: v.Program.ID, MemberID: c.Guest.ID, TierID: id, Until: until, StaffID: v.Staff.ID})
	}, func(v talk.View, t rules.TierState, err error) talk.Output { return tierAssigned(v, c, t, err) }))
}

func tierAssigned(v talk.View, c counter, t rules.TierState, err error) talk.Output {
	if err != nil {
		return tierForm(v, c, trouble(v, err))
	}
	if done := tierLine(v, t); done != "" {
		return more(v, c, note{good: done})
	}
	return more(v, c, note{good: v.Rich("staff.tier.none")})
}

// tagsForm shows the tags of the guest, each to be taken away, and asks for more.
func tagsForm(v talk.View, c counter, n note) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (visit, error) {
		return look(ctx, e, v, c.Guest.ID)
	}, func(v talk.View, w visit, err error) talk.Output { return tagsShown(v, c, n, w, err) }))
}

func tagsShown(v talk.View, c counter, n note, w visit, err error) talk.Output {
	if err != nil {
		return stopped(v, c, err)
	}
	tags := w.standing.Tags
	var buttons []bots.Button
	for i, tag := range tags {
		buttons = append(buttons, marked(v, "✕ "+words.CleanName(tag, 14), actItem, strconv.Itoa(i)))
	}
	ask := v.Rich("staff.tags.ask")
	if len(tags) > 0 {
		ask = v.Rich("staff.tags.ask_more")
	}
	rows := append(slices.Collect(slices.Chunk(buttons, 2)), backRow(v))
	return shown(v, stepMore, c.doing(formTags, func(w *work) { w.Tags = tags }), n, talk.Paragraphs(guestLine(v, c.Guest), ask), rows...)
}

func tagDropped(v talk.View, c counter, arg string) talk.Output {
	i, err := strconv.Atoi(arg)
	if err != nil || i < 0 || i >= len(c.Work.Tags) {
		return stale(v)
	}
	return setTags(v, c, func(tags []string) []string {
		return slices.DeleteFunc(slices.Clone(tags), func(t string) bool { return t == c.Work.Tags[i] })
	})
}

func setTags(v talk.View, c counter, change func([]string) []string) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (w visit, err error) {
		if w, err = look(ctx, e, v, c.Guest.ID); err != nil {
			return w, err
		}
		w.standing.Tags, err = e.SetTags(ctx, engine.TagsInput{ProgramID: v.Program.ID, MemberID: c.Guest.ID, Tags: change(w.standing.Tags), StaffID: v.Staff.ID})
		return w, err
	}, func(v talk.View, w visit, err error) talk.Output {
		if err != nil {
			return tagsForm(v, c, trouble(v, err))
		}
		return tagsShown(v, c, note{good: v.Rich("staff.tags.done")}, w, nil)
	}))
}

// adjustTyped takes "+50 why" and "-20 why".
func adjustTyped(v talk.View, c counter, text string) talk.Output {
	number, why, _ := strings.Cut(strings.TrimSpace(text), " ")
	minus := strings.TrimLeft(number, "-−–")
	value, err := money.Parse(strings.TrimPrefix(minus, "+"), v.Program.Settings.Unit.Decimals)
	points := money.Points(value)
	if minus != number {
		points = -points
	}
	switch why = strings.TrimSpace(why); {
	case err != nil || points == 0:
		return typeForm(v, c, formAdjust, note{problem: v.Rich("staff.adjust.bad", locales.Args{"Typed": words.CleanName(text, 20)})})
	case why == "":
		return typeForm(v, c, formAdjust, note{problem: v.Rich("staff.adjust.why")})
	}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, key string) (engine.Posted, error) {
		return e.Adjust(ctx, engine.AdjustInput{Key: key, ProgramID: v.Program.ID, MemberID: c.Guest.ID, Points: points, StaffID: v.Staff.ID, Note: why})
	}, func(v talk.View, p engine.Posted, err error) talk.Output { return balanced(v, c, formAdjust, p, err) }))
}

// restoredDays is how long ended points live that are given back at the counter.
const restoredDays = 30

func restoreTyped(v talk.View, c counter, text string) talk.Output {
	value, err := money.Parse(strings.TrimSpace(text), v.Program.Settings.Unit.Decimals)
	if err != nil || value <= 0 {
		return typeForm(v, c, formRestore, note{problem: v.Rich("staff.restore.bad", locales.Args{"Typed": words.CleanName(text, 20)})})
	}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, key string) (engine.Posted, error) {
		return e.Reinstate(ctx, engine.ReinstateInput{Key: key, ProgramID: v.Program.ID, MemberID: c.Guest.ID, Points: money.Points(value), Days: restoredDays, StaffID: v.Staff.ID})
	}, func(v talk.View, p engine.Posted, err error) talk.Output { return balanced(v, c, formRestore, p, err) }))
}

// balanced tells the new balance after points were changed by hand.
func balanced(v talk.View, c counter, form string, p engine.Posted, err error) talk.Output {
	var refused *engine.Error
	switch {
	case errors.As(err, &refused) && refused.ID == "not_enough_points": // the general text speaks of a check
		return typeForm(v, c, form, note{problem: v.Rich("staff.adjust.short")})
	case err != nil:
		return typeForm(v, c, form, trouble(v, err))
	}
	return more(v, c, note{good: balanceAfter(v, p.Balance)})
}
