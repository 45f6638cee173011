package market

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"kartka/bots/dialog/talk"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

// limit is one of the bounds of messages to many.
type limit struct {
	name string
	// says what holds.
	says func(words.Words, rules.Campaigns) string
	// choices are the usual ones: what holds now, with this limit changed.
	choices func(now rules.Campaigns) []rules.Campaigns
	// key writes this limit as part of a button's id.
	key func(rules.Campaigns) string
	// label says what a choice is, on a button.
	label func(talk.View, rules.Campaigns) string
	// read takes what is typed. It is false when that cannot be read; whether it may be so the settings know.
	read func(text string, now rules.Campaigns) (rules.Campaigns, bool)
}

// limits are all of them in the order they are told.
func limits() []limit {
	return []limit{capLimit(), quietLimit(), approveLimit(), holdoutLimit(), windowLimit()}
}

func findLimit(name string) (limit, bool) {
	for _, l := range limits() {
		if l.name == name {
			return l, true
		}
	}
	return limit{}, false
}

// each makes choices of values.
func each[T any](now rules.Campaigns, set func(*rules.Campaigns, T), values ...T) []rules.Campaigns {
	var all []rules.Campaigns
	for _, value := range values {
		c := now
		set(&c, value)
		all = append(all, c)
	}
	return all
}

func capLimit() limit {
	return limit{
		name: "cap",
		says: words.Words.CampaignCap,
		choices: func(now rules.Campaigns) []rules.Campaigns {
			return each(now, func(c *rules.Campaigns, m rules.MessageCap) { c.Cap = m },
				rules.MessageCap{Messages: 1, Days: 7}, rules.MessageCap{Messages: 2, Days: 7}, rules.MessageCap{Messages: 3, Days: 7},
				rules.MessageCap{Messages: 4, Days: 30}, rules.MessageCap{})
		},
		key: func(c rules.Campaigns) string {
			if c.Cap.Messages == 0 {
				return "0"
			}
			return fmt.Sprintf("%d-%d", c.Cap.Messages, c.Cap.Days)
		},
		label: func(v talk.View, c rules.Campaigns) string {
			if c.Cap.Messages == 0 {
				return v.T("limits.cap.none.btn")
			}
			return v.T("limits.cap.choice.btn", locales.Args{"Messages": c.Cap.Messages, "Days": v.P.Days(int64(c.Cap.Days))})
		},
		read: func(text string, now rules.Campaigns) (rules.Campaigns, bool) {
			numbers, ok := numbersIn(text)
			switch {
			case !ok || len(numbers) > 2:
				return now, false
			case len(numbers) == 2:
				now.Cap.Days = numbers[1]
			case now.Cap.Days == 0:
				now.Cap.Days = rules.DefaultCampaigns().Cap.Days
			}
			if now.Cap.Messages = numbers[0]; now.Cap.Messages == 0 {
				now.Cap = rules.MessageCap{}
			}
			return now, true
		},
	}
}

func quietLimit() limit {
	return limit{
		name: "quiet",
		says: words.Words.CampaignQuiet,
		choices: func(now rules.Campaigns) []rules.Campaigns {
			const hour = 60
			return each(now, func(c *rules.Campaigns, q rules.QuietHours) { c.Quiet = q },
				rules.QuietHours{From: 20 * hour, To: 10 * hour}, rules.QuietHours{From: 21 * hour, To: 9 * hour}, rules.QuietHours{From: 21 * hour, To: 10 * hour},
				rules.QuietHours{From: 22 * hour, To: 8 * hour}, rules.QuietHours{})
		},
		key: func(c rules.Campaigns) string {
			if c.Quiet.From == c.Quiet.To {
				return "0"
			}
			return fmt.Sprintf("%d-%d", c.Quiet.From, c.Quiet.To)
		},
		label: func(v talk.View, c rules.Campaigns) string {
			if c.Quiet.From == c.Quiet.To {
				return v.T("limits.quiet.none.btn")
			}
			return v.Words().Span(c.Quiet.From, c.Quiet.To)
		},
		read: func(text string, now rules.Campaigns) (rules.Campaigns, bool) {
			var ok bool
			now.Quiet, ok = readSpan(text)
			return now, ok
		},
	}
}

func approveLimit() limit {
	return limit{
		name: "approve",
		says: words.Words.CampaignApproval,
		choices: func(now rules.Campaigns) []rules.Campaigns {
			return each(now, func(c *rules.Campaigns, n int) { c.ApproveAbove = n }, 100, 500, 1000, 5000, 0)
		},
		key: func(c rules.Campaigns) string { return strconv.Itoa(c.ApproveAbove) },
		label: func(v talk.View, c rules.Campaigns) string {
			if c.ApproveAbove == 0 {
				return v.T("limits.approve.none.btn")
			}
			return v.P.Number(int64(c.ApproveAbove))
		},
		read: func(text string, now rules.Campaigns) (rules.Campaigns, bool) {
			var ok bool
			now.ApproveAbove, ok = wholeTyped(text)
			return now, ok
		},
	}
}

func holdoutLimit() limit {
	return limit{
		name: "holdout",
		says: words.Words.CampaignHoldout,
		choices: func(now rules.Campaigns) []rules.Campaigns {
			return each(now, func(c *rules.Campaigns, r money.Rate) { c.Holdout = r }, 500, 1000, 2000, 0)
		},
		key: func(c rules.Campaigns) string { return strconv.Itoa(int(c.Holdout)) },
		label: func(v talk.View, c rules.Campaigns) string {
			if c.Holdout == 0 {
				return v.T("limits.holdout.none.btn")
			}
			return v.Percent(c.Holdout)
		},
		read: func(text string, now rules.Campaigns) (rules.Campaigns, bool) {
			share, err := money.Parse(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "%")), 2)
			now.Holdout = money.Rate(share)
			return now, err == nil
		},
	}
}

func windowLimit() limit {
	return limit{
		name: "window",
		says: words.Words.CampaignWindow,
		choices: func(now rules.Campaigns) []rules.Campaigns {
			return each(now, func(c *rules.Campaigns, n int) { c.WindowDays = n }, 3, 7, 14, 30)
		},
		key:   func(c rules.Campaigns) string { return strconv.Itoa(c.WindowDays) },
		label: func(v talk.View, c rules.Campaigns) string { return v.P.Days(int64(c.WindowDays)) },
		read: func(text string, now rules.Campaigns) (rules.Campaigns, bool) {
			numbers, ok := numbersIn(text)
			if !ok || len(numbers) != 1 {
				return now, false
			}
			now.WindowDays = numbers[0]
			return now, true
		},
	}
}

var (
	wholeNumber = regexp.MustCompile(`[0-9]+`)
	notWhole    = regexp.MustCompile(`^[-−+]|[0-9][.,][0-9]`)
	typedHour   = regexp.MustCompile(`([0-9]+)(?:[:.]([0-9]{2}))?(?: ?(am|pm))?`)
)

// numbersIn reads the whole numbers of a text, "3 in 7 days". It is false when there are none, or one is not whole.
func numbersIn(text string) (numbers []int, ok bool) {
	if notWhole.MatchString(strings.TrimSpace(text)) {
		return nil, false
	}
	for _, digits := range wholeNumber.FindAllString(text, -1) {
		n, err := strconv.Atoi(digits)
		if err != nil {
			return nil, false
		}
		numbers = append(numbers, n)
	}
	return numbers, len(numbers) > 0
}

// readSpan reads from when to when, as people write it: "21-10", "21:00–10:00", "from 9 pm to 10 am". It is false for anything else, and when one hour is the other.
func readSpan(text string) (rules.QuietHours, bool) {
	found := typedHour.FindAllStringSubmatch(strings.ToLower(text), -1)
	if len(found) != 2 {
		return rules.QuietHours{}, false
	}
	var minutes [2]int
	for i, parts := range found {
		hour, err := strconv.Atoi(parts[1])
		minute := number(parts[2])
		if half := parts[3]; half != "" && (hour < 1 || hour > 12) {
			return rules.QuietHours{}, false
		} else if half != "" {
			if hour %= 12; half == "pm" {
				hour += 12
			}
		}
		if err != nil || hour > 24 || minute > 59 || hour == 24 && minute > 0 {
			return rules.QuietHours{}, false
		}
		minutes[i] = (hour%24)*60 + minute
	}
	return rules.QuietHours{From: minutes[0], To: minutes[1]}, minutes[0] != minutes[1]
}
