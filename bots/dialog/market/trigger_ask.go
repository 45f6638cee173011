package market

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine/campaign"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

// answer is something to choose for a part: what its button says, and what that sets.
type answer struct {
	Label string
	Set   func(*campaign.Trigger)
}

// What is offered; anything else can be typed.
var (
	offeredDays = map[string][]int{partBirthday: {-7, -3, -1, 0, 1}, partReminder: {7, 14, 30, 60}, partBurning: {3, 7, 14, 30}, partTierEnding: {7, 14, 30}, partCoupon: {1, 3, 7}}
	// offeredNumbers begin with what stands for any.
	offeredNumbers = map[string][]int64{partNumber: {0, 1, 2, 3, 5, 10}, partVisit: {0, 1, 2, 3}, partStamps: {0, 1, 3, 5}, partStars: {1, 2, 3, 4}}
	offeredRhythms = []int64{150, 200, 300}
	offeredAway    = []int{30, 60, 90}
	offeredDelays  = []time.Duration{0, 30 * time.Minute, time.Hour, 3 * time.Hour, 24 * time.Hour, 3 * 24 * time.Hour, 7 * 24 * time.Hour}
	offeredMinutes = []int{9 * 60, 10 * 60, 12 * 60, 15 * 60, 18 * 60, 20 * 60}
)

// answersOf lists what can be chosen for a part.
func answersOf(v talk.View, part string) (all []answer) {
	add := func(label string, set func(*campaign.Trigger)) { all = append(all, answer{label, set}) }
	switch part {
	case partRhythm:
		for _, n := range offeredRhythms {
			add(v.Words().Times(n), func(t *campaign.Trigger) { t.Number, t.Days = n, 0 })
		}
		for _, days := range offeredAway {
			add(v.P.Days(int64(days)), away(days))
		}
	case partNumber, partVisit, partStamps, partStars:
		for _, n := range offeredNumbers[part] {
			add(numberLabel(v, part, n), func(t *campaign.Trigger) { t.Number = n })
		}
	case partAmount:
		add(v.T("triggers.any.amount"), func(t *campaign.Trigger) { t.Amount = 0 })
	case partTier, partKind, partCard, partName:
		if part != partName {
			add(v.T("triggers.any."+part), func(t *campaign.Trigger) { t.Name = "" })
		}
		for _, n := range thingsOf(v, part) {
			add(n.Label, func(t *campaign.Trigger) { t.Name = n.ID })
		}
	case partDelay:
		for _, delay := range offeredDelays {
			label := v.T("triggers.any.delay")
			if delay > 0 {
				label = v.Words().Lasting(delay)
			}
			add(label, func(t *campaign.Trigger) { t.Delay = delay })
		}
	case partMinute:
		for _, minute := range offeredMinutes {
			add(v.P.Time(time.Date(2000, time.January, 1, 0, minute, 0, 0, time.UTC)), func(t *campaign.Trigger) { t.Minute = minute })
		}
	default:
		for _, days := range offeredDays[part] {
			add(daysLabel(v, part, days), func(t *campaign.Trigger) { t.Days = days })
		}
	}
	return all
}

func away(days int) func(*campaign.Trigger) {
	return func(t *campaign.Trigger) { t.Number, t.Days = 0, days }
}

func numberLabel(v talk.View, part string, n int64) string {
	switch {
	case part == partStars:
		return strings.Repeat("⭐", int(n))
	case n == 0:
		return v.T("triggers.any." + part)
	case part == partStamps:
		return v.P.Number(n)
	}
	return v.T("triggers.pick.no", locales.Args{"Number": n})
}

func daysLabel(v talk.View, part string, days int) string {
	args := locales.Args{"Days": v.P.Days(int64(max(days, -days)))}
	switch {
	case part != partBirthday:
		return v.P.Days(int64(days))
	case days < 0:
		return v.T("triggers.pick.before", args)
	case days > 0:
		return v.T("triggers.pick.after", args)
	}
	return v.T("triggers.pick.on_day")
}

// thing is something of the shop's that an event can be about.
type thing struct{ ID, Label string }

// thingsOf lists the shop's levels, kinds of coupons, stamp cards, or the events that its rules wait for.
func thingsOf(v talk.View, part string) (all []thing) {
	s := v.Program.Settings
	switch part {
	case partTier:
		for _, t := range s.Tiers.List {
			all = append(all, thing{t.ID, v.Words().TierName(t.ID)})
		}
	case partKind:
		for _, k := range s.Coupons {
			all = append(all, thing{k.ID, v.Words().CouponName(k.ID)})
		}
	case partCard:
		for _, c := range s.Stamps {
			all = append(all, thing{c.ID, v.Words().Name("stamps:"+c.ID, c.ID)})
		}
	case partName:
		for _, r := range s.Rules {
			if r.On == rules.TriggerEvent && !slices.Contains(all, thing{r.Event, r.Event}) {
				all = append(all, thing{r.Event, r.Event})
			}
		}
	}
	return all
}

// answersPerPage is how many answers a question shows at a time.
const answersPerPage = 10

// choiceRows are buttons for what can be chosen: two in a row where all of them are short. What is chosen now is marked.
func choiceRows(v talk.View, t tuning, page int, mark string) [][]bots.Button {
	all := answersOf(v, t.Part)
	pages := max(1, (len(all)+answersPerPage-1)/answersPerPage)
	page = min(max(page, 0), pages-1)
	short := true
	var buttons []bots.Button
	for i := page * answersPerPage; i < min(len(all), (page+1)*answersPerPage); i++ {
		label := words.CleanName(all[i].Label, 30)
		after := t.On
		if all[i].Set(&after); after == t.On && t.ID != "" {
			label = "✓ " + label
		}
		short = short && bots.UTF16Len(label) <= 16
		buttons = append(buttons, talk.Button(label, Flow, actSet, strconv.Itoa(i), mark))
	}
	rows := talk.Column(buttons...)
	if short {
		rows = pairs(buttons)
	}
	return append(rows, arrows(page, pages, func(text string, page int) bots.Button {
		return talk.Button(text, Flow, actPage, strconv.Itoa(page), mark)
	})...)
}

// chosen finds the answer of a button.
func chosen(v talk.View, t tuning, arg string) (func(*campaign.Trigger), bool) {
	all := answersOf(v, t.Part)
	i, err := strconv.Atoi(arg)
	if err != nil || i < 0 || i >= len(all) {
		return nil, false
	}
	return all[i].Set, true
}

// typedPart reads what was typed for a part. What cannot be read is told.
func typedPart(v talk.View, t tuning, text string) (set func(*campaign.Trigger), about bots.Rich) {
	switch t.Part {
	case partTier, partKind, partCard:
		for _, n := range thingsOf(v, t.Part) {
			if strings.EqualFold(n.Label, text) {
				return func(t *campaign.Trigger) { t.Name = n.ID }, ""
			}
		}
		return nil, v.Rich("triggers.ask.choose")
	case partName:
		return func(t *campaign.Trigger) { t.Name = text }, ""
	case partMinute:
		minute, ok := minuteTyped(text)
		if !ok {
			return nil, wrongPlan(v, &campaign.Problem{ID: campaign.ProblemTriggerTime, Variant: -1}, 1)
		}
		return func(t *campaign.Trigger) { t.Minute = minute }, ""
	case partAmount:
		sum, err := money.Parse(text, v.Program.Settings.Currency.Decimals)
		if errors.Is(err, money.ErrAmbiguous) {
			return nil, v.Rich("broadcast.number.ambiguous")
		}
		if err != nil {
			return nil, v.Rich("broadcast.number.wrong")
		}
		return func(t *campaign.Trigger) { t.Amount = money.Amount(sum) }, ""
	}
	rest, negative := text, false
	if t.Part == partBirthday {
		rest = strings.TrimLeft(text, "-−–")
		negative = rest != text
	}
	n, ok := wholeTyped(rest)
	switch {
	case !ok:
		return nil, v.Rich("broadcast.number.wrong")
	case t.Part == partRhythm:
		return away(n), ""
	case t.Part == partDelay:
		hours := min(n, int(2*campaign.MaxTriggerDelay/time.Hour)) // more is too long, too
		return func(t *campaign.Trigger) { t.Delay = time.Duration(hours) * time.Hour }, ""
	case t.Part == partBirthday && !negative:
		return func(t *campaign.Trigger) { t.Days = -n }, ""
	case partLabel(t.Part) == "days":
		return func(t *campaign.Trigger) { t.Days = n }, ""
	}
	return func(t *campaign.Trigger) { t.Number = int64(n) }, ""
}

// minuteTyped reads a time of the day: "18:30", "9.00", "18".
func minuteTyped(text string) (int, bool) {
	if p := clockTime.FindStringSubmatch(text); p != nil {
		return number(p[1])*60 + number(p[2]), number(p[1]) < 24 && number(p[2]) < 60
	}
	hour, err := strconv.Atoi(text)
	return hour * 60, err == nil && hour >= 0 && hour < 24
}
