package words

import (
	"slices"
	"strings"
	"time"

	"kartka/engine/rules"
	"kartka/locales"
)

// occasion is what sets a rule off that is not a purchase. A birthday and an absence are told by their own conditions, an event by
// the name of the rule.
func (w Words) occasion(on rules.Trigger) []string {
	if on != rules.TriggerJoin {
		return nil
	}
	return []string{w.T("terms.when.join")}
}

// condition is everything that must hold for a benefit, each in a few words.
func (w Words) condition(c rules.Condition, b rules.Benefit) []string {
	when := w.goods(c.Goods)
	if b.Kind == rules.GivesFree && b.Amount > 0 {
		when = append(when, w.T("terms.up_to", locales.Args{"Sum": w.Money(b.Amount)}))
	}
	if c.MinUnits > 0 {
		when = append(when, w.P.N("terms.when.units", int64(c.MinUnits)))
	}
	when = append(when, w.clock(c.Weekdays, c.Hours)...)
	if c.MinCheck > 0 {
		when = append(when, w.T("terms.when.check", locales.Args{"Sum": w.Money(c.MinCheck)}))
	}
	when = append(when, w.who(c)...)
	when = append(when, w.where(c)...)
	return when
}

// goods names the goods a condition is about. Goods known by their SKU alone have no name for people.
func (w Words) goods(g rules.Goods) []string {
	var when []string
	only := w.categories(g.Categories)
	switch {
	case len(only) > 0:
		when = append(when, w.P.List(only))
	case len(g.Categories)+len(g.SKUs) > 0:
		when = append(when, w.T("terms.goods.some"))
	}
	except := w.categories(g.Except)
	switch {
	case len(except) > 0:
		when = append(when, w.T("terms.goods.except", locales.Args{"Goods": w.P.List(except)}))
	case len(g.Except) > 0:
		when = append(when, w.T("terms.goods.not_all"))
	}
	return when
}

func (w Words) categories(ids []string) []string {
	var names []string
	for _, id := range ids {
		if name := w.Name("category:"+id, ""); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// clock is the days of the week and the hours: "Mon–Fri 8:00–11:00".
func (w Words) clock(days []time.Weekday, hours rules.Hours) []string {
	var texts []string
	if week := w.weekdays(days); week != "" {
		texts = append(texts, week)
	}
	if hours != (rules.Hours{}) {
		texts = append(texts, w.Span(hours.From, hours.To))
	}
	if len(texts) == 0 {
		return nil
	}
	return []string{strings.Join(texts, "\u00a0")}
}

// weekdays writes days from Monday on, three or more in a row as a span; all seven are not worth a word.
func (w Words) weekdays(days []time.Weekday) string {
	var on [7]bool
	for _, d := range days {
		on[(int(d)+6)%7] = true
	}
	name := func(i int) string { return w.P.WeekdayShort(time.Weekday((i + 1) % 7)) }
	var texts []string
	for i := 0; i < len(on); i++ {
		last := i
		for last+1 < len(on) && on[i] && on[last+1] {
			last++
		}
		switch {
		case !on[i]:
		case last == len(on)-1 && i == 0:
			return ""
		case last-i >= 2:
			texts = append(texts, name(i)+"–"+name(last))
			i = last
		default:
			texts = append(texts, name(i))
		}
	}
	return strings.Join(texts, ", ")
}

// who is the guests a condition is about, and which of their purchases.
func (w Words) who(c rules.Condition) []string {
	when := w.tiers(c.Tiers)
	if len(c.Tags)+len(c.NotTags) > 0 {
		when = append(when, w.T("terms.when.chosen"))
	}
	switch {
	case c.Purchase == 1:
		when = append(when, w.T("terms.when.first"))
	case c.Purchase == 2:
		when = append(when, w.T("terms.when.second"))
	case c.Purchase > 2:
		when = append(when, w.T("terms.when.nth", locales.Args{"N": c.Purchase}))
	}
	if c.EveryNth > 0 {
		when = append(when, w.P.N("terms.when.every", int64(c.EveryNth)))
	}
	if c.JoinedDays > 0 {
		when = append(when, w.T("terms.when.joined", w.days(c.JoinedDays)))
	}
	if c.Birthday.Set {
		when = append(when, w.birthday(c.Birthday))
	}
	switch {
	case c.Absent.Gaps > 0:
		when = append(when, w.T("terms.when.absent.rhythm"))
	case c.Absent.Days > 0:
		when = append(when, w.T("terms.when.absent.days", w.days(c.Absent.Days)))
	}
	return when
}

func (w Words) tiers(ids []string) []string {
	if len(ids) == 0 {
		return nil
	}
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = w.Name("tier:"+id, id)
	}
	return []string{w.T("terms.when.tiers", locales.Args{"Tiers": w.P.List(names)})}
}

func (w Words) birthday(b rules.Window) string {
	before, after := w.P.Days(int64(b.Before)), w.P.Days(int64(b.After))
	switch {
	case b.Before > 0 && b.After > 0:
		return w.T("terms.when.birthday.around", locales.Args{"Before": before, "After": after})
	case b.Before > 0:
		return w.T("terms.when.birthday.before", locales.Args{"Days": before})
	case b.After > 0:
		return w.T("terms.when.birthday.after", locales.Args{"Days": after})
	}
	return w.T("terms.when.birthday.day")
}

// where is the places and the ways of a sale.
func (w Words) where(c rules.Condition) []string {
	var when []string
	switch {
	case len(c.Locations) == 0:
	case w.Place != nil && slices.Equal(c.Locations, []string{w.Place.Code}):
		when = append(when, w.T("terms.when.place", locales.Args{"Place": w.Place.Name}))
	default:
		when = append(when, w.T("terms.when.places"))
	}
	if len(c.Channels) > 0 {
		names := make([]string, len(c.Channels))
		for i, channel := range c.Channels {
			names[i] = channel
			if key := "terms.channel." + channel; w.P.Has(key) {
				names[i] = w.T(key)
			}
		}
		when = append(when, w.T("terms.when.channels", locales.Args{"Channels": w.P.List(names)}))
	}
	return when
}

// limits is how often and how much.
func (w Words) limits(l rules.Limits) []string {
	var when []string
	period := string(l.Every)
	if l.Every == rules.PeriodEver {
		period = "ever"
	}
	switch {
	case l.Times == 1:
		when = append(when, w.T("terms.once."+period))
	case l.Times > 1:
		when = append(when, w.P.N("terms.times."+period, int64(l.Times)))
	}
	if l.CooldownDays > 0 {
		when = append(when, w.T("terms.limit.cooldown", w.days(l.CooldownDays)))
	}
	if l.PerSale > 0 {
		when = append(when, w.T("terms.limit.sale", locales.Args{"Points": w.Points(l.PerSale)}))
	}
	if l.TotalTimes > 0 || l.Budget > 0 || l.BudgetMoney > 0 {
		when = append(when, w.T("terms.limit.total"))
	}
	return when
}

// span is the first and the last day.
func (w Words) span(from, to rules.Date) []string {
	first, last := w.Day(from), w.Day(to)
	switch {
	case first != "" && last != "":
		return []string{w.T("terms.span.both", locales.Args{"From": first, "To": last})}
	case first != "":
		return []string{w.T("terms.span.from", locales.Args{"From": first})}
	case last != "":
		return []string{w.T("terms.span.to", locales.Args{"To": last})}
	}
	return nil
}
