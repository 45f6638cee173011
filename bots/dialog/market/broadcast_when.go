package market

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"kartka/engine/campaign"
	"kartka/engine/rules"
	"kartka/locales"
)

var (
	clockTime = regexp.MustCompile(`^(\d{1,2})[:.h](\d{2})$`)
	fullDay   = regexp.MustCompile(`^(\d{4})[-.](\d{1,2})[-.](\d{1,2})$`)
	usualDay  = regexp.MustCompile(`^(\d{1,2})[./](\d{1,2})(?:[./](\d{4}|\d{2}))?$`)
)

// moment is what of a day and a time has been read so far.
type moment struct {
	year, month, day int
	weekday          int // 1 + time.Weekday, 0 for none
	ahead            int // days from today, with near
	near             bool
	minute           int // of the day, -1 for none
}

// readMoment reads a day and a time as somebody types them, in the zone: "18:00", "25.12 18:00", "2026-12-25 18:00", "25 December 2026, at 18:00", "tomorrow 9:30",
// "Friday 18:00", in any of the languages. A time without a day is the next such; a day without a year is too. It is false for anything else.
func readMoment(catalog *locales.Catalog, text string, now time.Time, zone *time.Location) (time.Time, bool) {
	m := moment{minute: -1}
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == ';' })
	if len(words) == 0 || len(words) > 8 {
		return time.Time{}, false
	}
	for i, word := range words {
		if !m.read(catalog, strings.TrimRight(word, "."), i == len(words)-1 && i > 0 && m.dated()) {
			return time.Time{}, false
		}
	}
	local := now.In(zone)
	today := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
	var date time.Time
	switch {
	case m.minute < 0:
		return time.Time{}, false
	case m.near:
		date = today.AddDate(0, 0, m.ahead)
	case m.weekday > 0:
		date = today.AddDate(0, 0, (m.weekday-1-int(today.Weekday())+7)%7)
		if date.Equal(today) && m.minute <= local.Hour()*60+local.Minute() {
			date = date.AddDate(0, 0, 7)
		}
	case m.day > 0:
		year := m.year
		if year == 0 {
			year = today.Year()
		}
		date = time.Date(year, time.Month(m.month), m.day, 0, 0, 0, 0, time.UTC)
		if date.Day() != m.day || m.month < 1 || m.month > 12 {
			return time.Time{}, false
		}
		if m.year == 0 && date.Before(today) {
			date = date.AddDate(1, 0, 0)
		}
	default:
		if date = today; m.minute <= local.Hour()*60+local.Minute() {
			date = date.AddDate(0, 0, 1)
		}
	}
	at := campaign.At(rules.Date(date.Format(time.DateOnly)), m.minute, zone)
	return at, !at.IsZero()
}

// dated reports whether a day has been read.
func (m *moment) dated() bool { return m.near || m.weekday > 0 || m.month > 0 }

// read takes one word. After a day the last word may be a time with a point: "25.12 18.30".
func (m *moment) read(catalog *locales.Catalog, word string, afterDay bool) bool {
	if p := clockTime.FindStringSubmatch(word); p != nil && m.minute < 0 && (afterDay || !strings.Contains(word, ".")) {
		hour, minute := number(p[1]), number(p[2])
		m.minute = hour*60 + minute
		return hour < 24 && minute < 60
	}
	if p := fullDay.FindStringSubmatch(word); p != nil && !m.dated() {
		m.year, m.month, m.day = number(p[1]), number(p[2]), number(p[3])
		return m.month > 0 && m.day > 0
	}
	if p := usualDay.FindStringSubmatch(word); p != nil && !m.dated() {
		m.day, m.month, m.year = number(p[1]), number(p[2]), number(p[3])
		if len(p[3]) == 2 {
			m.year += 2000
		}
		return m.month > 0 && m.day > 0
	}
	if n, err := strconv.Atoi(word); err == nil {
		switch {
		case n >= 1 && n <= 31 && len(word) <= 2 && m.day == 0:
			m.day = n
			return true
		case n >= 2000 && n <= 2999 && m.year == 0:
			m.year = n
			return true
		}
		return false
	}
	if half := word == "am" || word == "pm"; half && m.minute >= 0 && m.minute < 13*60 {
		m.minute %= 12 * 60
		if word == "pm" {
			m.minute += 12 * 60
		}
		return true
	}
	return m.named(catalog, word) || idle(catalog, word)
}

// named takes a word that names a day or a month.
func (m *moment) named(catalog *locales.Catalog, word string) bool {
	for _, l := range locales.Languages() {
		p := catalog.Printer(l)
		switch word {
		case strings.ToLower(p.T("common.today")):
			m.near, m.ahead = true, 0
			return true
		case strings.ToLower(p.T("common.tomorrow")):
			m.near, m.ahead = true, 1
			return true
		}
		for month := time.January; month <= time.December; month++ {
			of := p.T("calendar.month_of." + strconv.Itoa(int(month)))
			if m.month == 0 && (word == strings.ToLower(of) || word == strings.ToLower(p.Month(month)) || begins(word, of)) {
				m.month = int(month)
				return m.day == 0 || !m.near
			}
		}
		for day := time.Sunday; day <= time.Saturday; day++ {
			if m.weekday == 0 && (word == strings.ToLower(p.Weekday(day)) || word == strings.ToLower(p.WeekdayShort(day)) || begins(word, p.Weekday(day))) {
				m.weekday = 1 + int(day)
				return true
			}
		}
	}
	return false
}

// begins reports whether a word is the beginning of a name or is it but for its ending, as names are bent: «п’ятницю» for «п’ятниця».
func begins(word, name string) bool {
	const least = 4
	name = strings.ToLower(name)
	letters, all := utf8.RuneCountInString(word), utf8.RuneCountInString(name)
	if letters < least || letters > all+1 {
		return false
	}
	stem := []rune(name)[:min(letters, max(least, all-1))]
	return slices.Equal([]rune(word)[:len(stem)], stem)
}

// idle reports whether a word says nothing by itself: "at", "о", "de".
func idle(catalog *locales.Catalog, word string) bool {
	for _, l := range locales.Languages() {
		if slices.Contains(strings.Fields(catalog.Printer(l).T("broadcast.when.idle")), word) {
			return true
		}
	}
	return false
}
