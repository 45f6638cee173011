package rules

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Bounds of birthdays that pay.
const (
	birthdayEvery   = 365 // days from one gift to the next
	birthdaySettled = 60  // a change so many days before the birthday, or later, does not pay
	oldestBirthday  = 1900
)

// ErrBirthday is returned for a text that is no birthday.
var ErrBirthday = errors.New("rules: not a birthday")

// ParseBirthday reads a birthday as it is stored ("1990-12-31", "12-31") or as people write it, the day first, with dots, slashes
// or spaces ("31.12.1990", "31/12"). The year may be left out. It refuses days that do not exist and days after today.
func ParseBirthday(text string, today Date) (Birthday, error) {
	text = strings.Trim(strings.TrimSpace(text), ".")
	fields := strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune("-./ ", c) })
	numbers := make([]int, 0, 3)
	for _, f := range fields {
		n, err := strconv.ParseUint(f, 10, 16)
		if err != nil || len(numbers) == 3 {
			return Birthday{}, ErrBirthday
		}
		numbers = append(numbers, int(n))
	}
	if len(numbers) < 2 {
		return Birthday{}, ErrBirthday
	}
	var b Birthday
	switch iso := strings.Contains(text, "-"); {
	case iso && len(numbers) == 3:
		b = Birthday{Year: numbers[0], Month: numbers[1], Day: numbers[2]}
	case iso:
		b = Birthday{Month: numbers[0], Day: numbers[1]}
	default:
		b = Birthday{Day: numbers[0], Month: numbers[1]}
		if len(numbers) == 3 {
			b.Year = numbers[2]
		}
	}
	if len(numbers) == 3 && b.Year == 0 || !b.Valid(today) {
		return Birthday{}, ErrBirthday
	}
	return b, nil
}

// Valid reports whether the day exists, its year is untold or one of 1900 to now, and it is not to come.
func (b Birthday) Valid(today Date) bool {
	if !validDay(b.Year, b.Month, b.Day) {
		return false
	}
	return b.Year == 0 || b.Year >= oldestBirthday && Date(b.String()) <= today
}

// String writes the birthday as "1990-12-31", or "12-31" without a year, or "" when it is not told.
func (b Birthday) String() string {
	switch {
	case !b.Known():
		return ""
	case b.Year == 0:
		return fmt.Sprintf("%02d-%02d", b.Month, b.Day)
	}
	return fmt.Sprintf("%04d-%02d-%02d", b.Year, b.Month, b.Day)
}

// On returns the day the birthday is celebrated in a year: one of 29 February on the 28th where there is no 29th. It is "" when
// the birthday is not told.
func (b Birthday) On(year int) Date {
	if !b.Known() {
		return ""
	}
	return Date(dayOfYear(year, b.Month, b.Day).Format(time.DateOnly))
}

// Next returns the first birthday that is not before a day, or "" when the birthday is not told.
func (b Birthday) Next(from Date) Date {
	year := from.year()
	if day := b.On(year); day >= from {
		return day
	}
	return b.On(year + 1)
}

// Within reports whether a day lies in the window around a birthday. The zero Window is the day itself. A birthday that
// is not told has no window.
func (b Birthday) Within(w Window, day Date) bool { return b.near(w, day) != "" }

// near returns the birthday whose window holds a day, or "".
func (b Birthday) near(w Window, day Date) Date {
	at, err := time.Parse(time.DateOnly, string(day))
	if !b.Known() || err != nil {
		return ""
	}
	for _, year := range [...]int{at.Year(), at.Year() + 1, at.Year() - 1} {
		on := dayOfYear(year, b.Month, b.Day)
		if !at.Before(on.AddDate(0, 0, -w.Before)) && !at.After(on.AddDate(0, 0, w.After)) {
			return Date(on.Format(time.DateOnly))
		}
	}
	return ""
}

func (d Date) year() int {
	if len(d) < 4 {
		return 0
	}
	year, _ := strconv.Atoi(string(d[:4]))
	return year
}

// BornOn lists the birthdays, as "12-31", that are celebrated on a day: on 28 February of common years two.
func BornOn(day Date) []string {
	if !day.Valid() {
		return nil
	}
	days := []string{string(day[5:])}
	if days[0] == "02-28" && !leap(day.year()) {
		days = append(days, "02-29")
	}
	return days
}

// AsksBirthday reports whether anything that a sale is judged by depends on the member's birthday.
func (s *Settings) AsksBirthday() bool {
	return slices.ContainsFunc(s.Rules, func(r Rule) bool { return r.On == TriggerSale && r.When.Birthday.Set }) ||
		slices.ContainsFunc(s.Coupons, func(k CouponKind) bool { return k.When.Birthday.Set })
}

// BirthdayHolds reports whether a day lies in the window around a member's birthday, and that birthday counts: one that was
// changed in the 60 days before it, or after, does not.
func (s *Settings) BirthdayHolds(w Window, b Birthday, day Date) (ok bool, why Reason) {
	if !b.Known() {
		return false, Reason{ID: "birthday_unknown"}
	}
	on := b.near(w, day)
	if on == "" {
		return false, Reason{ID: "birthday_not_now"}
	}
	if !b.ChangedAt.IsZero() && DateOf(b.ChangedAt, s.Zone).Add(birthdaySettled) >= on {
		return false, Reason{ID: "birthday_changed", Args: map[string]int64{ArgDays: birthdaySettled}}
	}
	return true, Reason{}
}

// BirthdayDue decides whether a member gets the gift of a birthday rule on a local day. last is when the member last got it, zero for
// never. Besides [Settings.BirthdayHolds] the member must have bought something once, and 365 days must have passed since the
// last gift, whatever the calendar year.
func (s *Settings) BirthdayDue(r Rule, m *Standing, last time.Time, day Date) (ok bool, why Reason) {
	if m == nil {
		return false, Reason{ID: "birthday_unknown"}
	}
	if ok, why := s.BirthdayHolds(r.When.Birthday, m.Birthday, day); !ok {
		return false, why
	}
	if m.Visits < 1 {
		return false, Reason{ID: "birthday_no_purchase"}
	}
	if !last.IsZero() && day < DateOf(last, s.Zone).Add(birthdayEvery) {
		return false, Reason{ID: "birthday_recent", Args: map[string]int64{ArgDays: birthdayEvery}}
	}
	return true, Reason{}
}
