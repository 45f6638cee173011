package segment

import (
	"time"

	"kartka/engine/rules"
)

// Day is a calendar day as a number: days since 1 January 1970. The zero Day is none.
type Day int64

// NoDay stands for a day that is not known or never was.
const NoDay Day = 0

const secondsPerDay = 24 * 60 * 60

// DayOf is the number of a calendar day, NoDay when there is none.
func DayOf(date rules.Date) Day {
	at, err := time.Parse(time.DateOnly, string(date))
	if err != nil || at.Year() < 1970 {
		return NoDay
	}
	return Day(at.Unix() / secondsPerDay) // of 1 January 1970 it is none: nobody bought coffee then
}

// DayAt is the local calendar day of an instant, NoDay of the zero time.
func DayAt(at time.Time, zone *time.Location) Day {
	if at.IsZero() {
		return NoDay
	}
	return DayOf(rules.DateOf(at, zone))
}

// Date is the calendar day.
func (d Day) Date() rules.Date {
	if d <= 0 {
		return ""
	}
	return rules.Date(d.time().Format(time.DateOnly))
}

func (d Day) time() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

// Since is how many days ago a day was, false when it is none. A day to come was 0 days ago.
func (d Day) Since(today Day) (int64, bool) {
	if d <= 0 {
		return 0, false
	}
	return max(0, int64(today-d)), true
}

// untilBirthday is how many days there are until the next birthday, 0 on it.
func untilBirthday(b rules.Birthday, today Day) (int64, bool) {
	if !b.Known() {
		return 0, false
	}
	return int64(DayOf(b.Next(today.Date())) - today), true
}

// sinceBirthday is how many days have passed since the last birthday, 0 on it.
func sinceBirthday(b rules.Birthday, today Day) (int64, bool) {
	if !b.Known() {
		return 0, false
	}
	year := today.Year()
	on := DayOf(b.On(year))
	if on > today {
		on = DayOf(b.On(year - 1))
	}
	return int64(today - on), true
}

// age is how many years old somebody is.
func age(b rules.Birthday, today Day) (int64, bool) {
	if !b.Known() || b.Year == 0 {
		return 0, false
	}
	year := today.Year()
	years := year - b.Year
	if DayOf(b.On(year)) > today {
		years--
	}
	return int64(max(0, years)), true
}

// Birthdays lists the days of the year, as "12-31", on which somebody is born for whom a question about "birthday" or "birthday_ago"
// holds today.
func Birthdays(c Cond, today Day) []string {
	distance := untilBirthday
	if c.Fact == "birthday_ago" {
		distance = sinceBirthday
	}
	var days []string
	eachBirthday(func(b rules.Birthday) {
		if n, ok := distance(b, today); ok && c.Holds(n) {
			days = append(days, b.String())
		}
	})
	return days
}

// Turned lists the days of the year, as "12-31", of the birthdays that have been this year, today's among them: who is born on one of them is as many
// years old as have passed since the year of birth, everybody else one less.
func Turned(today Day) []string {
	year := today.Year()
	var days []string
	eachBirthday(func(b rules.Birthday) {
		if DayOf(b.On(year)) <= today {
			days = append(days, b.String())
		}
	})
	return days
}

// eachBirthday visits the 366 days of a leap year.
func eachBirthday(do func(rules.Birthday)) {
	const leapYear = 2000
	for at := time.Date(leapYear, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() == leapYear; at = at.AddDate(0, 0, 1) {
		do(rules.Birthday{Month: int(at.Month()), Day: at.Day()})
	}
}

// Year is the calendar year.
func (d Day) Year() int { return d.time().Year() }

// Start is the instant at which a local day begins, so many days later.
func (d Day) Start(zone *time.Location, later int) time.Time {
	day := (d + Day(later)).time()
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone)
}
