package rules

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"kartka/engine/money"
)

// scale is how many decimals the sums and the points of a program have, which its JSON is written with.
type scale struct{ money, points int }

// amount, point and rate write numbers as people do. The some… forms leave a zero out.
func (c scale) amount(a money.Amount) string { return money.Format(int64(a), c.money) }
func (c scale) point(p money.Points) string  { return money.Format(int64(p), c.points) }

func (c scale) someAmount(a money.Amount) string {
	if a == 0 {
		return ""
	}
	return c.amount(a)
}

func (c scale) somePoints(p money.Points) string {
	if p == 0 {
		return ""
	}
	return c.point(p)
}

func someRate(r money.Rate) string {
	if r == 0 {
		return ""
	}
	return formatRate(r)
}

// boundRate writes a rate whose absence says something else than zero.
func boundRate(r *money.Rate) string {
	if r == nil {
		return ""
	}
	return formatRate(*r)
}

func formatRate(r money.Rate) string {
	text := money.Format(int64(r), 2)
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(text, "0")
	}
	return text + "%"
}

// formatFactor writes a factor in basis points as "x2" or "x1.5".
func formatFactor(r money.Rate) string {
	text := money.Format(int64(r), 4)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(text, "0")
	}
	return "x" + text
}

func someFactor(r money.Rate) string {
	if r == 0 {
		return ""
	}
	return formatFactor(r)
}

// reader turns texts into numbers and gathers what is wrong with them. The first argument of its methods is the path of the field.
// An empty text is zero.
type reader struct {
	scale
	problems Problems
}

func (r *reader) plain(at, text string, decimals int) int64 {
	if text == "" {
		return 0
	}
	v, err := money.ParsePlain(text, decimals)
	if err != nil {
		if decimals == 0 {
			r.problems.add(at, "%q is not a whole number; write it as \"250\"", text)
		} else {
			r.problems.add(at, "%q is not a number with at most %d decimals; write it as \"250\" or \"12.50\"", text, decimals)
		}
	}
	return v
}

func (r *reader) amount(at, text string) money.Amount {
	return money.Amount(r.plain(at, text, r.money))
}

func (r *reader) point(at, text string) money.Points {
	return money.Points(r.plain(at, text, r.points))
}

func (r *reader) rate(at, text string) money.Rate {
	v, err := parseRate(text)
	if err != nil {
		r.problems.add(at, "%q is not a percentage; write it as \"5%%\" or \"2.5%%\"", text)
	}
	return v
}

func (r *reader) boundRate(at, text string) *money.Rate {
	if text == "" {
		return nil
	}
	v := r.rate(at, text)
	return &v
}

func (r *reader) factor(at, text string) money.Rate {
	if text == "" {
		return 0
	}
	body, found := strings.CutPrefix(text, "x")
	v, err := money.ParsePlain(body, 4)
	if !found || err != nil {
		r.problems.add(at, "%q is not a factor; write it as \"x2\" or \"x1.5\"", text)
		return 0
	}
	return money.Rate(v)
}

func parseRate(text string) (money.Rate, error) {
	if text == "" {
		return 0, nil
	}
	body, found := strings.CutSuffix(text, "%")
	if !found {
		return 0, fmt.Errorf("%q has no percent sign", text)
	}
	v, err := money.ParsePlain(strings.TrimSpace(body), 2)
	return money.Rate(v), err
}

// dayMinutes is how many minutes a day of 24 hours has.
const dayMinutes = 24 * 60

func formatHours(h Hours) string {
	if h == (Hours{}) {
		return ""
	}
	return fmt.Sprintf("%02d:%02d-%02d:%02d", h.From/60, h.From%60, h.To/60, h.To%60)
}

func (r *reader) hours(at, text string) Hours {
	if text == "" {
		return Hours{}
	}
	from, to, found := strings.Cut(text, "-")
	h := Hours{From: minuteOf(from), To: minuteOf(to)}
	if !found || h.From < 0 || h.From == dayMinutes || h.To < 0 {
		r.problems.add(at, "%q is not a span of hours; write it as \"08:00-11:00\"", text)
		return Hours{}
	}
	return h
}

// minuteOf reads "08:30", or gives −1. "24:00" is the end of the day.
func minuteOf(text string) int {
	if text == "24:00" {
		return dayMinutes
	}
	t, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		return -1
	}
	return t.Hour()*60 + t.Minute()
}

// weekdays are the days of the week as the JSON names them, by number of [time.Weekday].
var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func formatWeekdays(days []time.Weekday) []string {
	var names []string
	for _, d := range days {
		if d < 0 || int(d) >= len(weekdays) {
			names = append(names, "?")
			continue
		}
		names = append(names, weekdays[d])
	}
	return names
}

func (r *reader) weekdays(at string, names []string) []time.Weekday {
	var days []time.Weekday
	for _, name := range names {
		d := slices.Index(weekdays, name)
		if d < 0 {
			r.problems.add(at, "has %q; use mon, tue, wed, thu, fri, sat and sun", name)
			continue
		}
		days = append(days, time.Weekday(d))
	}
	return days
}

// nameFile is the JSON shape of a [Name]: a text, or an object of texts by language.
type nameFile Name

// MarshalJSON writes a name that serves all languages as a plain text.
func (n nameFile) MarshalJSON() ([]byte, error) {
	if text, found := n[""]; found && len(n) == 1 {
		return json.Marshal(text)
	}
	return json.Marshal(map[string]string(n))
}

// UnmarshalJSON reads both forms. What is neither has been reported by [shape] and leaves the name empty.
func (n *nameFile) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*n = nameFile{"": text}
		return nil
	}
	var texts map[string]string
	if json.Unmarshal(data, &texts) == nil {
		*n = texts
	}
	return nil
}

// entry is the path of a member of a list: by its id where it has a plain one, else by its place.
func entry(list, id string, i int) string {
	if id == "" || len(id) > maxPlainID || strings.ContainsAny(id, "[]\"") || !isPlain(id) {
		return fmt.Sprintf("%s[%d]", list, i)
	}
	return list + "[" + id + "]"
}

const maxPlainID = 128 // bytes
