package owner

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

// rowsOf puts each choice in a row of its own.
func rowsOf(choices ...choice) [][]choice {
	var rows [][]choice
	for _, c := range choices {
		rows = append(rows, []choice{c})
	}
	return rows
}

func askEvery() question {
	return question{name: "every",
		propose: func(v talk.View, _ addition) [][]choice {
			var row []choice
			for _, n := range []int{6, 8, 10} {
				row = append(row, choice{text: v.T("owner.add.every.btn", locales.Args{"Paid": n - 1}), value: strconv.Itoa(n)})
			}
			return [][]choice{row}
		},
		take: func(v talk.View, a addition, text string, _ bool) (addition, bots.Rich) {
			n, err := strconv.Atoi(text)
			if err != nil || n < 2 || n > 100 {
				return a, v.Rich("owner.add.every.wrong")
			}
			a.Every = n
			return a, ""
		},
	}
}

const (
	eachCheck     = "check"
	mostProposals = 6
	maxGoods      = 30 // characters of goods that are typed
	maxGoodsID    = 64 // bytes of the id they become
)

func askGoods() question {
	return question{name: "goods",
		propose: func(v talk.View, _ addition) [][]choice {
			var all []choice
			for i, c := range v.Program.Settings.Goods[:min(len(v.Program.Settings.Goods), mostProposals)] {
				all = append(all, choice{text: words.CleanName(v.Name("category:"+c.ID, c.ID), 24), value: strconv.Itoa(i)})
			}
			return rowsOf(append(all, choice{text: v.T("owner.add.goods.check.btn"), value: eachCheck})...)
		},
		take: func(v talk.View, a addition, text string, pressed bool) (addition, bots.Rich) {
			a.Category, a.Goods = "", ""
			goods := v.Program.Settings.Goods
			if pressed {
				if text == eachCheck {
					return a, ""
				}
				i, err := strconv.Atoi(text)
				if err != nil || i < 0 || i >= len(goods) {
					return a, v.Rich("owner.use_buttons")
				}
				a.Category = goods[i].ID
				return a, ""
			}
			name, problem := cleanName(v, text)
			if problem != "" {
				return a, problem
			}
			for _, c := range goods {
				if strings.EqualFold(name, c.ID) || strings.EqualFold(name, v.Name("category:"+c.ID, c.ID)) {
					a.Category = c.ID
					return a, ""
				}
			}
			if n := utf8.RuneCountInString(name); n > maxGoods || len(name) > maxGoodsID {
				return a, v.Rich("owner.name.long", locales.Args{"Length": n, "Limit": maxGoods})
			}
			a.Goods = name
			return a, ""
		},
	}
}

func weekOf(value string) ([]time.Weekday, bool) {
	switch value {
	case "workdays":
		return []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}, true
	case "weekend":
		return []time.Weekday{time.Saturday, time.Sunday}, true
	case "all":
		return nil, true
	}
	return nil, false
}

func askDays() question {
	return question{name: "days",
		propose: func(v talk.View, _ addition) [][]choice {
			return rowsOf(choice{text: v.T("owner.add.days.workdays.btn"), value: "workdays"}, choice{text: v.T("owner.add.days.weekend.btn"), value: "weekend"},
				choice{text: v.T("owner.add.days.all.btn"), value: "all"})
		},
		take: func(v talk.View, a addition, text string, _ bool) (addition, bots.Rich) {
			days, ok := weekOf(text)
			if !ok {
				return a, v.Rich("owner.use_buttons")
			}
			a.Days = days
			return a, ""
		},
	}
}

func askHours() question {
	return question{name: "hours",
		propose: func(talk.View, addition) [][]choice {
			return [][]choice{{{text: "08:00–11:00", value: "8:00-11:00"}, {text: "14:00–17:00", value: "14:00-17:00"}}, {{text: "19:00–22:00", value: "19:00-22:00"}}}
		},
		take: func(v talk.View, a addition, text string, _ bool) (addition, bots.Rich) {
			hours, ok := parseHours(text)
			if !ok {
				return a, v.Rich("owner.add.hours.wrong")
			}
			a.Hours = hours
			return a, ""
		},
	}
}

// parseHours reads "14:00-17:00", "14–17" and the like.
func parseHours(text string) (rules.Hours, bool) {
	parts := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("-–— \u00a0", r) })
	if len(parts) != 2 {
		return rules.Hours{}, false
	}
	var minutes [2]int
	for i, part := range parts {
		hour, minute, _ := strings.Cut(strings.ReplaceAll(part, ".", ":"), ":")
		h, err := strconv.Atoi(hour)
		if err != nil || h < 0 || h > 24 {
			return rules.Hours{}, false
		}
		m := 0
		if minute != "" {
			if m, err = strconv.Atoi(minute); err != nil || m < 0 || m > 59 {
				return rules.Hours{}, false
			}
		}
		minutes[i] = h*60 + m
	}
	hours := rules.Hours{From: minutes[0] % (24 * 60), To: minutes[1]}
	return hours, hours.To <= 24*60 && hours.From != hours.To
}

// boosts are what happy hours can give.
func boosts() map[string]rules.Benefit {
	return map[string]rules.Benefit{
		"x2": {Kind: rules.GivesMultiply, Rate: 2 * money.Whole}, "x3": {Kind: rules.GivesMultiply, Rate: 3 * money.Whole},
		"+5": {Kind: rules.GivesExtraRate, Rate: 500}, "+10": {Kind: rules.GivesExtraRate, Rate: 1000},
	}
}

func askBoost() question {
	return question{name: "boost",
		propose: func(v talk.View, _ addition) [][]choice {
			return [][]choice{{{text: "×2", value: "x2"}, {text: "×3", value: "x3"}}, {{text: "+" + v.Percent(500), value: "+5"}, {text: "+" + v.Percent(1000), value: "+10"}}}
		},
		take: func(v talk.View, a addition, text string, _ bool) (addition, bots.Rich) {
			gives, ok := boosts()[strings.NewReplacer("×", "x", "х", "x", " ", "", "%", "").Replace(strings.ToLower(text))]
			if !ok {
				return a, v.Rich("owner.use_buttons")
			}
			a.Gives = gives
			return a, ""
		},
	}
}
