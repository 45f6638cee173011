package guest

import (
	"context"
	"strings"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

// tiersOn reports whether the program has a status scheme.
func tiersOn(s *rules.Settings) bool { return s != nil && len(s.Tiers.List) > 0 }

// tierLine is the card's line about the status, or about the discount of a program without one. Progress is told where all that a
// member ever did counts: what counts in a window has to be read, and the tier's own screen does.
func tierLine(v talk.View) bots.Rich {
	s := v.Program.Settings
	if !tiersOn(s) {
		if s.Discount.Rate > 0 {
			return v.Rich("guest.card.discount", locales.Args{"Rate": v.Percent(s.Discount.Rate)})
		}
		return ""
	}
	var line bots.Rich
	if held := s.Tier(v.Standing.Tier.ID); held != nil {
		args := locales.Args{"Tier": tierName(v, held.ID), "Benefit": v.Words().Benefit(held)}
		if line = v.Rich("guest.tier.bare", args); args["Benefit"] != "" {
			line = v.Rich("guest.tier.line", args)
		}
	}
	if s.TierWindow(v.Now) != "" {
		return line
	}
	standing := v.Standing
	standing.Qualified = words.Lifelong(&standing, s.Tiers.Basis)
	next, missing := s.ToNextTier(&standing)
	switch {
	case next == nil || missing <= 0:
		return line
	case line == "":
		return v.Rich("guest.tier.first", locales.Args{"Missing": counted(v, missing), "Next": tierName(v, next.ID)})
	}
	return v.Rich("guest.tier.next", locales.Args{"Line": locales.Safe(line), "Missing": counted(v, missing), "Next": tierName(v, next.ID)})
}

func tierName(v talk.View, id string) string { return words.CleanName(v.Words().TierName(id), 40) }

// counted is an amount of what the scheme counts, with its unit.
func counted(v talk.View, n int64) string { return v.Words().Counted(n) }

// tier shows the scheme and where the person stands in it.
func tier(v talk.View) talk.Output {
	programID, memberID, s := v.Program.ID, v.Member.ID, v.Program.Settings
	query := engine.StandingQuery{Since: s.TierWindow(v.Now), Basis: s.Tiers.Basis}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (rules.Standing, error) {
		return e.Store().Standing(ctx, programID, memberID, query)
	}, tiered))
}

func tiered(v talk.View, m rules.Standing, err error) talk.Output {
	if err != nil {
		return problem(v, err)
	}
	s := v.Program.Settings
	if !tiersOn(s) { // switched off while the button stood there
		return Home(v)
	}
	title := v.Rich("guest.tier.none")
	if held := s.Tier(m.Tier.ID); held != nil {
		title = v.Rich("guest.tier.title", locales.Args{"Tier": tierName(v, held.ID)})
	}
	text := talk.Paragraphs(talk.Lines(title, term(v, &m)), progress(v, &m), tierList(v, m.Tier.ID))
	row := talk.Row(cardButton(v))
	if s.Tiers.Basis == rules.TierByReferrals {
		row = append(row, button(v.T("guest.invite.btn"), actInvite, ""))
	}
	return v.SayAnd(away(v), v.Screen(text, row))
}

// term says how long the tier is the person's, and what keeps it.
func term(v talk.View, m *rules.Standing) bots.Rich {
	s, held := v.Program.Settings, m.Tier
	own := s.Tier(held.ID)
	if own == nil {
		return ""
	}
	if held.Until.IsZero() {
		return v.Rich("guest.tier.forever")
	}
	missing := own.From - m.Qualified
	if held.Grace {
		args := locales.Args{"Date": v.LastDay(s.GraceEnd(held)), "Missing": counted(v, max(0, missing))}
		if missing <= 0 {
			return v.Rich("guest.tier.until", args)
		}
		return v.Rich("guest.tier.grace", args)
	}
	until := v.Rich("guest.tier.until", locales.Args{"Date": v.LastDay(held.Until)})
	if missing > 0 && s.Tiers.Downgrade != rules.DowngradeNone && !held.ByHand {
		return talk.Lines(until, v.Rich("guest.tier.keep", locales.Args{"Missing": counted(v, missing)}))
	}
	return until
}

// progress is the way to the next tier, as a bar and in words.
func progress(v talk.View, m *rules.Standing) bots.Rich {
	next, missing := v.Program.Settings.ToNextTier(m)
	switch {
	case next == nil:
		return v.Rich("guest.tier.top")
	case missing <= 0: // held lower by hand
		return ""
	}
	const length = 10
	have := max(0, m.Qualified)
	full := int(have * length / max(1, next.From))
	if next.From > 1<<58 { // no product of it fits
		full = 0
	}
	full = min(max(0, full), length-1)
	bar := strings.Repeat("▰", full) + strings.Repeat("▱", length-full)
	return talk.Lines(
		v.Rich("guest.tier.bar", locales.Args{"Bar": bar, "Have": v.Words().Bare(have), "From": counted(v, next.From)}),
		v.Rich("guest.tier.missing", locales.Args{"Missing": counted(v, missing), "Next": tierName(v, next.ID)}))
}

// mostTiers is how many tiers the screen lists: those around the person's own.
const mostTiers = 12

func tierList(v talk.View, held string) bots.Rich {
	list := v.Program.Settings.Tiers.List
	own := -1
	for i := range list {
		if list[i].ID == held {
			own = i
		}
	}
	from := min(max(0, own-mostTiers/2), max(0, len(list)-mostTiers))
	var lines []bots.Rich
	for i := from; i < min(len(list), from+mostTiers); i++ {
		t := &list[i]
		args := locales.Args{"Tier": tierName(v, t.ID), "Terms": locales.Safe(v.TierTerms(*t))}
		if i == own {
			lines = append(lines, v.Rich("guest.tier.own", args))
		} else {
			lines = append(lines, v.Rich("guest.tier.item", args))
		}
	}
	return talk.Lines(lines...)
}

// endOf is the last day before an instant in words, "" for one that never comes.
func endOf(v talk.View, end time.Time) string { return v.Words().EndOf(end) }
