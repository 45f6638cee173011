package talk

import (
	"slices"
	"strings"
	"time"

	"kartka/engine/rules"
	"kartka/locales"
)

// occasion is what sets a rule off that is not a purchase. A birthday and an absence are told by their own conditions, an event by
// the name of the rule.
func (v View) occasion(on rules.Trigger) []string {
	if on != rules.TriggerJoin {
		return nil
	}
	return []string{v.T("terms.when.join")}
}

// condition is everything that must hold for a benefit, each in a few words.
func (v View) condition(w rules.Condition, b rules.Benefit) []string {
	when := v.goods(w.Goods)
	if b.Kind == rules.GivesFree && b.Amount > 0 {
		when = append(when, v.T("terms.up_to", locales.Args{"Sum": v.Money(b.Amount)}))
	}
	if w.MinUnits > 0 {
		when = append(when, v.P.N("terms.when.units", int64(w.MinUnits)))
	}
	when = append(when, v.clock(w.Weekdays, w.Hours)...)
	if w.MinCheck > 0 {
		when = append(when, v.T("terms.when.check", locales.Args{"Sum": v.Money(w.MinCheck)}))
	}
	when = append(when, v.who(w)...)
	when = append(when, v.where(w)...)
	return when
}

// goods names the goods a condition is about. Goods known by their SKU alone have no name for people.
func (v View) goods(g rules.Goods) []string {
	var when []string
	only := v.categories(g.Categories)
	switch {
	case len(only) > 0:
		when = append(when, v.P.List(only))
	case len(g.Categories)+len(g.SKUs) > 0:
		when = append(when, v.T("terms.goods.some"))
	}
	except := v.categories(g.Except)
	switch {
	case len(except) > 0:
		when = append(when, v.T("terms.goods.except", locales.Args{"Goods": v.P.List(except)}))
	case len(g.Except) > 0:
		when = append(when, v.T("terms.goods.not_all"))
	}
	return when
}

func (v View) categories(ids []string) []string {
	var names []string
	for _, id := range ids {
		if name := v.Name("category:"+id, ""); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// clock is the days of the week and the hours: "Mon–Fri 8:00–11:00".
func (v View) clock(days []time.Weekday, hours rules.Hours) []string {
	var texts []string
	if week := v.weekdays(days); week != "" {
		texts = append(texts, week)
	}
	if hours != (rules.Hours{}) {
		at := func(minutes int) string {
			return v.P.Time(time.Date(2000, time.January, 1, 0, minutes, 0, 0, time.UTC))
		}
		texts = append(texts, at(hours.From)+"–"+at(hours.To))
	}
	if len(texts) == 0 {
		return nil
	}
	return []string{strings.Join(texts, "\u00a0")}
}

// weekdays writes days from Monday on, three or more in a row as a span; all seven are not worth a word.
func (v View) weekdays(days []time.Weekday) string {
	var on [7]bool
	for _, d := range days {
		on[(int(d)+6)%7] = true
	}
	name := func(i int) string { return v.P.WeekdayShort(time.Weekday((i + 1) % 7)) }
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
func (v View) who(w rules.Condition) []string {
	when := v.tiers(w.Tiers)
	if len(w.Tags)+len(w.NotTags) > 0 {
		when = append(when, v.T("terms.when.chosen"))
	}
	switch {
	case w.Purchase == 1:
		when = append(when, v.T("terms.when.first"))
	case w.Purchase == 2:
		when = append(when, v.T("terms.when.second"))
	case w.Purchase > 2:
		when = append(when, v.T("terms.when.nth", locales.Args{"N": w.Purchase}))
	}
	if w.EveryNth > 0 {
		when = append(when, v.P.N("terms.when.every", int64(w.EveryNth)))
	}
	if w.JoinedDays > 0 {
		when = append(when, v.T("terms.when.joined", v.days(w.JoinedDays)))
	}
	if w.Birthday.Set {
		when = append(when, v.birthday(w.Birthday))
	}
	switch {
	case w.Absent.Gaps > 0:
		when = append(when, v.T("terms.when.absent.rhythm"))
	case w.Absent.Days > 0:
		when = append(when, v.T("terms.when.absent.days", v.days(w.Absent.Days)))
	}
	return when
}

func (v View) tiers(ids []string) []string {
	if len(ids) == 0 {
		return nil
	}
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = v.Name("tier:"+id, id)
	}
	return []string{v.T("terms.when.tiers", locales.Args{"Tiers": v.P.List(names)})}
}

func (v View) birthday(w rules.Window) string {
	before, after := v.P.Days(int64(w.Before)), v.P.Days(int64(w.After))
	switch {
	case w.Before > 0 && w.After > 0:
		return v.T("terms.when.birthday.around", locales.Args{"Before": before, "After": after})
	case w.Before > 0:
		return v.T("terms.when.birthday.before", locales.Args{"Days": before})
	case w.After > 0:
		return v.T("terms.when.birthday.after", locales.Args{"Days": after})
	}
	return v.T("terms.when.birthday.day")
}

// where is the places and the ways of a sale.
func (v View) where(w rules.Condition) []string {
	var when []string
	switch {
	case len(w.Locations) == 0:
	case v.Place != nil && slices.Equal(w.Locations, []string{v.Place.Code}):
		when = append(when, v.T("terms.when.place", locales.Args{"Place": v.Place.Name}))
	default:
		when = append(when, v.T("terms.when.places"))
	}
	if len(w.Channels) > 0 {
		names := make([]string, len(w.Channels))
		for i, channel := range w.Channels {
			names[i] = channel
			if key := "terms.channel." + channel; v.P.Has(key) {
				names[i] = v.T(key)
			}
		}
		when = append(when, v.T("terms.when.channels", locales.Args{"Channels": v.P.List(names)}))
	}
	return when
}

// limits is how often and how much.
func (v View) limits(l rules.Limits) []string {
	var when []string
	period := string(l.Every)
	if l.Every == rules.PeriodEver {
		period = "ever"
	}
	switch {
	case l.Times == 1:
		when = append(when, v.T("terms.once."+period))
	case l.Times > 1:
		when = append(when, v.P.N("terms.times."+period, int64(l.Times)))
	}
	if l.CooldownDays > 0 {
		when = append(when, v.T("terms.limit.cooldown", v.days(l.CooldownDays)))
	}
	if l.PerSale > 0 {
		when = append(when, v.T("terms.limit.sale", locales.Args{"Points": v.Points(l.PerSale)}))
	}
	if l.TotalTimes > 0 || l.Budget > 0 || l.BudgetMoney > 0 {
		when = append(when, v.T("terms.limit.total"))
	}
	return when
}

// span is the first and the last day.
func (v View) span(from, to rules.Date) []string {
	first, last := v.Day(from), v.Day(to)
	switch {
	case first != "" && last != "":
		return []string{v.T("terms.span.both", locales.Args{"From": first, "To": last})}
	case first != "":
		return []string{v.T("terms.span.from", locales.Args{"From": first})}
	case last != "":
		return []string{v.T("terms.span.to", locales.Args{"To": last})}
	}
	return nil
}
