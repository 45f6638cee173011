package locales

import (
	"strconv"
	"time"
)

// calendar is the words of dates. Weekdays are indexed by time.Weekday, months by time.Month.
type calendar struct {
	months        [13]string // standing alone: листопад
	monthsOf      [13]string // after a day: листопада
	weekdays      [7]string
	weekdaysShort [7]string
}

// readCalendar asks for every word by its key. In the messages Monday is 1 and Sunday 7.
func readCalendar(word func(key string) string) calendar {
	var c calendar
	for month := 1; month <= 12; month++ {
		n := strconv.Itoa(month)
		c.months[month] = word("calendar.month." + n)
		c.monthsOf[month] = word("calendar.month_of." + n)
	}
	for day := 1; day <= 7; day++ {
		n := strconv.Itoa(day)
		c.weekdays[day%7] = word("calendar.weekday." + n)
		c.weekdaysShort[day%7] = word("calendar.weekday_short." + n)
	}
	return c
}

// Date prints the day of t in t's location with its year: 21.11.2026, in English 21 Nov 2026.
func (p *Printer) Date(t time.Time) string {
	return t.Format(p.style.date)
}

// DateLong prints the day of t in words, «21 листопада», with the year unless it is that of now. Both are
// read in t's location.
func (p *Printer) DateLong(t, now time.Time) string {
	args := Args{"Day": strconv.Itoa(t.Day()), "Month": p.calendar.monthsOf[t.Month()]}
	if t.Year() == now.In(t.Location()).Year() {
		return p.T("calendar.date", args)
	}
	args["Year"] = strconv.Itoa(t.Year())
	return p.T("calendar.date_with_year", args)
}

// Time prints the hour and minute of t in its location on a 24-hour clock: 14:05.
func (p *Printer) Time(t time.Time) string {
	return t.Format("15:04")
}

// DateTime prints what Date and Time print: 21.11.2026, 14:05.
func (p *Printer) DateTime(t time.Time) string {
	return p.Date(t) + ", " + p.Time(t)
}

// Month names a month on its own: «листопад». It is "" for a month that is none.
func (p *Printer) Month(month time.Month) string {
	if month < time.January || month > time.December {
		return ""
	}
	return p.calendar.months[month]
}

// Weekday names a day of the week: «п’ятниця». It is "" for a weekday that is none.
func (p *Printer) Weekday(day time.Weekday) string {
	if day < time.Sunday || day > time.Saturday {
		return ""
	}
	return p.calendar.weekdays[day]
}

// WeekdayShort names a day of the week in two or three letters: «пт».
func (p *Printer) WeekdayShort(day time.Weekday) string {
	if day < time.Sunday || day > time.Saturday {
		return ""
	}
	return p.calendar.weekdaysShort[day]
}

// Days prints a number of days: «3 дні».
func (p *Printer) Days(n int64) string {
	return p.N("common.days", n)
}

// InDays prints when something is: «через 3 дні»; no days or fewer is «сьогодні», one day «завтра».
func (p *Printer) InDays(n int64) string {
	switch {
	case n <= 0:
		return p.T("common.today")
	case n == 1:
		return p.T("common.tomorrow")
	}
	return p.N("common.in_days", n)
}

// Hours prints a number of hours: «2 години».
func (p *Printer) Hours(n int64) string {
	return p.N("common.hours", n)
}

// InHours prints when something is: «через 2 години».
func (p *Printer) InHours(n int64) string {
	return p.N("common.in_hours", n)
}

// Minutes prints a number of minutes in the nominative: «1 хвилина».
func (p *Printer) Minutes(n int64) string {
	return p.N("common.minutes", n)
}

// InMinutes prints when something is: «через 1 хвилину».
func (p *Printer) InMinutes(n int64) string {
	return p.N("common.in_minutes", n)
}
