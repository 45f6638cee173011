package guest

import (
	"context"
	"slices"
	"strconv"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

// offersPage is how many coupons, or rewards, a page shows; mostTerms how many promotions are told.
const (
	offersPage = 6
	mostTerms  = 6
)

func rewardsOn(s *rules.Settings) bool { return s != nil && len(s.Rewards) > 0 }

// held is what a person has beside points.
type held struct {
	Coupons      []engine.CouponItem
	Certificates []engine.Certificate
}

// offers shows everything a person has or can get beside points. arg is the number of the coupon a page begins with.
func offers(v talk.View, arg string) talk.Output {
	programID, memberID := v.Program.ID, v.Member.ID
	from := firstOf(arg)
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (held, error) {
		coupons, err := e.Coupons(ctx, programID, memberID, false)
		if err != nil {
			return held{}, err
		}
		certificates, err := e.Certificates(ctx, programID, memberID)
		return held{Coupons: coupons, Certificates: certificates}, err
	}, func(v talk.View, h held, err error) talk.Output { return offered(v, h, from, err) }))
}

func firstOf(arg string) int {
	from, err := strconv.Atoi(arg)
	if err != nil || from < 0 || from > 10_000 {
		return 0
	}
	return from
}

func offered(v talk.View, h held, from int, err error) talk.Output {
	if err != nil {
		return problem(v, err)
	}
	slices.SortStableFunc(h.Coupons, func(a, b engine.CouponItem) int { // those that end first, first
		switch {
		case a.Expires.IsZero() && b.Expires.IsZero():
			return 0
		case a.Expires.IsZero():
			return 1
		case b.Expires.IsZero():
			return -1
		}
		return a.Expires.Compare(b.Expires)
	})
	shown, turn := paging(v, h.Coupons, from, actOffers)
	var coupons, stamps, certificates []bots.Rich
	var rows [][]bots.Button
	for _, c := range shown {
		coupons = append(coupons, couponItem(v, c))
		rows = append(rows, talk.Row(button("🎟 "+label(couponName(v, c.Coupon.Kind)), actCoupon, c.ID)))
	}
	if len(turn) > 0 {
		rows = append(rows, turn)
	}
	for _, c := range stampCards(v) {
		if len(stamps) < offersPage {
			stamps = append(stamps, stampDetail(v, c))
		}
	}
	for _, c := range h.Certificates {
		if len(certificates) < offersPage {
			certificates = append(certificates, certificateItem(v, c))
		}
	}
	text := talk.Paragraphs(v.Rich("guest.offers.title"),
		section(v.Rich("guest.offers.coupons"), talk.Lines, coupons), section(v.Rich("guest.offers.stamps"), talk.Lines, stamps),
		section(v.Rich("guest.offers.certificates"), talk.Lines, certificates), promotions(v))
	if len(h.Coupons) == 0 && len(stamps) == 0 && len(certificates) == 0 && promotions(v) == "" {
		text = talk.Paragraphs(v.Rich("guest.offers.title"), v.Rich("guest.offers.empty"))
	}
	return v.SayAnd(away(v), v.Screen(text, append(rows, offerRows(v)...)...))
}

// section puts a heading over its lines; without lines there is none.
func section(title bots.Rich, under func(...bots.Rich) bots.Rich, lines []bots.Rich) bots.Rich {
	if len(lines) == 0 {
		return ""
	}
	return talk.Lines(title, under(lines...))
}

// offerRows lead on to what can be got, and back.
func offerRows(v talk.View) [][]bots.Button {
	var row []bots.Button
	if rewardsOn(v.Program.Settings) {
		row = append(row, button(v.T("guest.reward.btn"), actRewards, ""))
	}
	if words.CodesOn(v.Program.Settings) {
		row = append(row, button(v.T("guest.enter.btn"), actEnter, ""))
	}
	rows := [][]bots.Button{talk.Row(cardButton(v))}
	if len(row) > 0 {
		rows = append([][]bots.Button{row}, rows...)
	}
	return rows
}

// paging cuts the page that begins with an item out of a list, with the buttons that turn it.
func paging[T any](v talk.View, items []T, from int, action string) (shown []T, turn []bots.Button) {
	from = min(from, max(0, len(items)-1)) / offersPage * offersPage
	shown = items[from:min(len(items), from+offersPage)]
	if from > 0 {
		turn = append(turn, button(v.T("guest.offers.before.btn"), action, strconv.Itoa(from-offersPage)))
	}
	if from+offersPage < len(items) {
		turn = append(turn, button(v.T("guest.offers.after.btn"), action, strconv.Itoa(from+offersPage)))
	}
	return shown, turn
}

// label makes a name fit a button, beside a sign.
func label(name string) string { return words.CleanName(name, 24) }

// promotions are the shop's rules that are in force today, in words, the most important first.
func promotions(v talk.View) bots.Rich {
	now := v.Words().Promotions(&v.Standing)
	var lines []bots.Rich
	for _, r := range now[:min(len(now), mostTerms)] {
		lines = append(lines, v.Rich("guest.offers.promotion", locales.Args{
			"Name": words.CleanName(v.Name("rule:"+r.ID, ""), 64), "Terms": locales.Safe(v.RuleTerms(r))}))
	}
	return section(v.Rich("guest.offers.promotions"), talk.Lines, lines)
}

func certificateItem(v talk.View, c engine.Certificate) bots.Rich {
	left := v.Words().CertificateLeft(c)
	if day := endOf(v, c.ExpiresAt); day != "" {
		return v.Rich("guest.certificate.until", locales.Args{"Left": left, "Date": day})
	}
	return v.Rich("guest.certificate.item", locales.Args{"Left": left})
}
