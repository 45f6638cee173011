package owner

import (
	"slices"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

// terms are the numbers an owner tunes with − and +.
type terms struct {
	Rate     money.Rate   `json:"rate,omitempty"`
	Limit    money.Rate   `json:"limit,omitempty"`
	Days     int          `json:"days,omitempty"` // 0 = for ever
	MinCheck money.Amount `json:"min_check,omitempty"`
}

func termsOf(s *rules.Settings) terms {
	return terms{Rate: s.Earn.Rate, Limit: s.Redeem.Limit, Days: s.Lots.Days, MinCheck: s.Earn.MinCheck}
}

// forever stands for points without end on the ladder of lifetimes.
const forever = 1 << 30

// tuned moves one of the terms a step along its ladder: "rate+", "limit-". It reports false for what is no such move, and the
// same terms when the end of the ladder is reached.
func (t terms) tuned(change string, check money.Amount, currency money.Currency) (terms, bool) {
	if len(change) < 2 {
		return t, false
	}
	up := change[len(change)-1] == '+'
	switch what := change[:len(change)-1]; {
	case !up && change[len(change)-1] != '-':
		return t, false
	case what == "rate":
		t.Rate = beside(rateLadder(), t.Rate, up)
	case what == "limit":
		t.Limit = beside(limitLadder(), t.Limit, up)
	case what == "days":
		days := t.Days
		if days == 0 {
			days = forever
		}
		if t.Days = beside([]int{14, 30, 45, 60, 90, 120, 180, 270, 365, 730, forever}, days, up); t.Days == forever {
			t.Days = 0
		}
	case what == "min":
		t.MinCheck = beside(sumLadder(check, currency, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10000), t.MinCheck, up)
	default:
		return t, false
	}
	return t, true
}

// rateLadder goes by half a percent up to 10 %, then by one up to 30 %.
func rateLadder() []money.Rate {
	var ladder []money.Rate
	for r := money.Rate(50); r <= 1000; r += 50 {
		ladder = append(ladder, r)
	}
	for r := money.Rate(1100); r <= 3000; r += 100 {
		ladder = append(ladder, r)
	}
	return ladder
}

// limitLadder goes by 5 % up to 95 %: a fiscal receipt may not be zero.
func limitLadder() []money.Rate {
	var ladder []money.Rate
	for r := money.Rate(500); r <= 9500; r += 500 {
		ladder = append(ladder, r)
	}
	return ladder
}

// sumLadder is nothing and then the sums people would name nearest to shares of a check.
func sumLadder(check money.Amount, currency money.Currency, shares ...money.Rate) []money.Amount {
	ladder := []money.Amount{0}
	for _, share := range shares {
		sum, err := money.Share(check, share, money.Down)
		if err != nil {
			break
		}
		ladder = append(ladder, rules.RoundSum(sum, currency))
	}
	return slices.Compact(ladder)
}

// beside is the rung above or below a value that may lie between two; at the ends the value itself.
func beside[N ~int | ~int64](ladder []N, value N, up bool) N {
	if up {
		for _, rung := range ladder {
			if rung > value {
				return rung
			}
		}
		return value
	}
	for _, rung := range slices.Backward(ladder) {
		if rung < value {
			return rung
		}
	}
	return value
}

// welcomeShares are the sizes of a welcome bonus, as shares of an average check.
func welcomeShares() []money.Rate { return []money.Rate{0, 500, 1000, 2000} }

// welcomePoints is a welcome bonus of a size: a whole number of points that people would name.
func welcomePoints(s *rules.Settings, check money.Amount, share money.Rate) money.Points {
	sum, err := money.Share(check, share, money.Down)
	if err != nil {
		return 0
	}
	points := s.Unit.PointsFor(sum)
	return money.Points(rules.RoundSum(money.Amount(points), money.Currency{Decimals: s.Unit.Decimals}))
}

// shopView is a view that prints by settings which are not in force yet.
func shopView(v talk.View, s *rules.Settings) talk.View {
	v.Program.Settings = s
	return v
}

// termLines tell the rules in a few lines, without examples.
func termLines(v talk.View, s *rules.Settings) bots.Rich {
	v = shopView(v, s)
	return talk.Lines(
		v.Rich("owner.terms.back", locales.Args{"Rate": v.Percent(s.Earn.Rate)}),
		minCheckLine(v, s), worthLine(v, s),
		v.Rich("owner.terms.limit", locales.Args{"Limit": v.Percent(s.Redeem.Limit)}),
		lifeLine(v, s), welcomeLine(v, s),
	)
}

// arithmetic tells the rules with what they do to an average check, what they cost, and what to think twice about.
func arithmetic(v talk.View, s *rules.Settings, check money.Amount) bots.Rich {
	v = shopView(v, s)
	cost, err := rules.CostOf(s, check, rules.UsualRedemption)
	if err != nil { // a check beyond any sum that can be typed
		return termLines(v, s)
	}
	most, err := money.Share(check, s.Redeem.Limit, money.Down)
	if err != nil {
		return termLines(v, s)
	}
	sum := v.Money(check)
	text := talk.Lines(
		v.Rich("owner.terms.back_example", locales.Args{"Rate": v.Percent(s.Earn.Rate), "Check": sum, "Points": v.Points(s.Unit.PointsFor(cost.Earned))}),
		minCheckLine(v, s), worthLine(v, s),
		v.Rich("owner.terms.limit_example", locales.Args{"Limit": v.Percent(s.Redeem.Limit), "Check": sum, "Most": v.Money(most)}),
		lifeLine(v, s),
	)
	return talk.Paragraphs(text, v.Rich("owner.terms.cost", locales.Args{
		"Check": sum, "Cost": v.Money(cost.PerCheck), "Share": v.Percent(cost.Effective), "Spent": v.Percent(cost.Redemption)}), warnings(v, s))
}

func minCheckLine(v talk.View, s *rules.Settings) bots.Rich {
	if s.Earn.MinCheck == 0 {
		return v.Rich("owner.terms.min_none")
	}
	return v.Rich("owner.terms.min", locales.Args{"Sum": v.Money(s.Earn.MinCheck)})
}

func worthLine(v talk.View, s *rules.Settings) bots.Rich {
	point, worth := wholePoint(s.Unit)
	return v.Rich("owner.terms.worth", locales.Args{"Point": v.Points(point), "Worth": v.Money(worth)})
}

// wholePoint is one whole point in its smallest steps, and what it pays for.
func wholePoint(u rules.Unit) (money.Points, money.Amount) {
	point, worth := money.Points(1), u.StepWorth
	for range u.Decimals {
		point, worth = point*10, worth*10
	}
	return point, worth
}

func lifeLine(v talk.View, s *rules.Settings) bots.Rich {
	if s.Lots.Days == 0 {
		return v.Rich("owner.terms.days_none")
	}
	return v.Rich("owner.terms.days", locales.Args{"Days": v.P.Days(int64(s.Lots.Days))})
}

func welcomeLine(v talk.View, s *rules.Settings) bots.Rich {
	if s.Welcome.Points == 0 {
		return v.Rich("owner.terms.welcome_none")
	}
	return v.Rich("owner.terms.welcome", locales.Args{"Points": v.Points(s.Welcome.Points)})
}

// warnings are what to think twice about, one line each.
func warnings(v talk.View, s *rules.Settings) bots.Rich { return talk.Lines(warningLines(v, s)...) }

func warningLines(v talk.View, s *rules.Settings) []bots.Rich {
	args := locales.Args{"Rate": v.Percent(s.Earn.Rate), "Limit": v.Percent(s.Redeem.Limit), "Days": v.P.Days(int64(s.Lots.Days))}
	if p, ok := rules.LookupPreset(s.Preset); ok {
		args["Usual"], args["Return"] = span(v, p.RateMin, p.RateMax), v.P.Days(int64(p.ReturnDays))
	}
	var texts []bots.Rich
	for _, w := range s.Warnings() {
		texts = append(texts, v.Rich("owner.warn."+string(w), args))
	}
	return texts
}

// newWarnings are those that settings bring which the ones in force do not have.
func newWarnings(v talk.View, now, next *rules.Settings) bots.Rich {
	known := warningLines(v, now)
	return talk.Lines(slices.DeleteFunc(warningLines(v, next), func(text bots.Rich) bool { return slices.Contains(known, text) })...)
}

// span prints a range of rates: "3–7 %".
func span(v talk.View, from, to money.Rate) string {
	if from == to {
		return v.Percent(to)
	}
	return v.P.Decimal(int64(from), 2) + "–" + v.Percent(to)
}

// tuners are the buttons under the terms.
func tuners(v talk.View) [][]choice {
	return [][]choice{
		{{text: v.T("owner.tune.rate_less.btn"), value: "rate-"}, {text: v.T("owner.tune.rate_more.btn"), value: "rate+"}},
		{{text: v.T("owner.tune.limit_less.btn"), value: "limit-"}, {text: v.T("owner.tune.limit_more.btn"), value: "limit+"}},
		{{text: v.T("owner.tune.days_less.btn"), value: "days-"}, {text: v.T("owner.tune.days_more.btn"), value: "days+"}},
		{{text: v.T("owner.tune.min_less.btn"), value: "min-"}, {text: v.T("owner.tune.min_more.btn"), value: "min+"}},
	}
}
