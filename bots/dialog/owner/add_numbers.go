package owner

import (
	"slices"
	"strconv"
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

// askPoints proposes points by shares of an average check.
func askPoints(name string, shares ...money.Rate) question {
	return question{name: name,
		propose: func(v talk.View, a addition) [][]choice {
			s := v.Program.Settings
			var all []choice
			for _, share := range shares {
				points := welcomePoints(s, a.Check, share)
				c := choice{text: v.T("owner.setup.welcome.btn", locales.Args{"Points": v.Points(points)}), value: money.Format(int64(points), s.Unit.Decimals)}
				if points > 0 && (len(all) == 0 || all[len(all)-1] != c) {
					all = append(all, c)
				}
			}
			return rowsOf(all...)
		},
		take: func(v talk.View, a addition, text string, _ bool) (addition, bots.Rich) {
			value, err := money.Parse(text, v.Program.Settings.Unit.Decimals)
			if err != nil || value <= 0 || value > 1_000_000_000 {
				return a, v.Rich("owner.add.points.wrong")
			}
			a.Points = money.Points(value)
			return a, ""
		},
	}
}

func askWindow() question {
	return question{name: "window",
		propose: func(v talk.View, _ addition) [][]choice {
			return rowsOf(choice{text: v.T("owner.add.window.day.btn"), value: "0"}, choice{text: v.T("owner.add.window.btn", locales.Args{"Days": v.P.Days(3)}), value: "3"},
				choice{text: v.T("owner.add.window.btn", locales.Args{"Days": v.P.Days(7)}), value: "7"})
		},
		take: func(v talk.View, a addition, text string, _ bool) (addition, bots.Rich) {
			n, err := strconv.Atoi(text)
			if err != nil || n < 0 || n > 30 {
				return a, v.Rich("owner.add.window.wrong")
			}
			a.Before, a.After = n, n
			return a, ""
		},
	}
}

// askThresholds proposes where gold and platinum begin: at 10 and 30, 20 and 60, 40 and 120 average checks a year.
func askThresholds() question {
	return question{name: "thresholds",
		propose: func(v talk.View, a addition) [][]choice {
			currency := v.Program.Settings.Currency
			var all []choice
			for _, checks := range []money.Amount{10, 20, 40} {
				gold, platinum := rules.RoundSum(a.Check*checks, currency), rules.RoundSum(a.Check*checks*3, currency)
				if gold <= 0 || platinum <= gold {
					continue
				}
				all = append(all, choice{text: v.Money(gold) + " / " + v.Money(platinum),
					value: money.Format(int64(gold), currency.Decimals) + "-" + money.Format(int64(platinum), currency.Decimals)})
			}
			return rowsOf(all...)
		},
		take: func(v talk.View, a addition, text string, _ bool) (addition, bots.Rich) {
			parts := numbersOf(text)
			if len(parts) != 2 {
				return a, v.Rich("owner.add.thresholds.wrong")
			}
			var from []money.Amount
			for _, part := range parts {
				sum, problem := typedSum(v, part, v.Program.Settings.Currency)
				if problem != "" {
					return a, problem
				}
				from = append(from, sum)
			}
			if from[0] >= from[1] {
				return a, v.Rich("owner.add.thresholds.wrong")
			}
			a.From = from
			return a, ""
		},
	}
}

// numbersOf splits typed numbers that stand apart by spaces, slashes, semicolons or hyphens.
func numbersOf(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" /;-–\u00a0\n", r) })
}

// askRates proposes rates around the base: the base in the middle, so that it pays for itself, or the base as the lowest.
func askRates() question {
	return question{name: "rates",
		propose: func(v talk.View, _ addition) [][]choice {
			base := v.Program.Settings.Earn.Rate
			step := max(50, min(200, base*2/5/50*50))
			var all []choice
			for _, low := range []money.Rate{max(50, base-step), max(50, base)} {
				rates := []money.Rate{low, low + step, low + 2*step}
				var values, texts []string
				for _, r := range rates {
					values, texts = append(values, money.Format(int64(r), 2)), append(texts, v.P.Decimal(int64(r), 2))
				}
				c := choice{text: strings.Join(texts, " / ") + "\u00a0%", value: strings.Join(values, "-")}
				if len(all) == 0 || all[0] != c {
					all = append(all, c)
				}
			}
			return rowsOf(all...)
		},
		take: func(v talk.View, a addition, text string, _ bool) (addition, bots.Rich) {
			parts := numbersOf(strings.ReplaceAll(text, "%", " "))
			var rates []money.Rate
			for _, part := range parts {
				rate, err := money.Parse(part, 2)
				if err != nil || rate < 1 || rate > 3000 {
					return a, v.Rich("owner.add.rates.wrong")
				}
				rates = append(rates, money.Rate(rate))
			}
			if len(rates) != 3 || !slices.IsSorted(rates) {
				return a, v.Rich("owner.add.rates.wrong")
			}
			a.Rates = rates
			return a, ""
		},
	}
}

func askGaps() question {
	return question{name: "gaps",
		propose: func(v talk.View, _ addition) [][]choice {
			var row []choice
			for _, gaps := range []money.Rate{15000, 20000, 30000} {
				row = append(row, choice{text: "×" + v.P.Points(int64(gaps), 4, nil), value: strconv.FormatInt(int64(gaps), 10)})
			}
			return [][]choice{row}
		},
		take: func(v talk.View, a addition, text string, pressed bool) (addition, bots.Rich) {
			gaps, err := strconv.ParseInt(text, 10, 64)
			if !pressed {
				gaps, err = money.Parse(strings.TrimLeft(text, "×xXхХ "), 4)
			}
			if err != nil || gaps < 11000 || gaps > 100000 {
				return a, v.Rich("owner.add.gaps.wrong")
			}
			a.Gaps = money.Rate(gaps)
			return a, ""
		},
	}
}

func askSum() question {
	return question{name: "sum",
		propose: func(v talk.View, a addition) [][]choice {
			currency := v.Program.Settings.Currency
			var all []choice
			for _, share := range []money.Rate{15000, 20000, 30000} {
				sum, err := money.Share(a.Check, share, money.Down)
				if err != nil {
					continue
				}
				if sum = rules.RoundSum(sum, currency); sum > 0 {
					all = append(all, choice{text: v.Money(sum), value: money.Format(int64(sum), currency.Decimals)})
				}
			}
			return rowsOf(slices.Compact(all)...)
		},
		take: func(v talk.View, a addition, text string, _ bool) (addition, bots.Rich) {
			sum, problem := typedSum(v, text, v.Program.Settings.Currency)
			if problem != "" {
				return a, problem
			}
			a.Sum = sum
			return a, ""
		},
	}
}
