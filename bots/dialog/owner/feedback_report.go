package owner

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

// The periods of the report, in days, the usual one in the middle.
const (
	feedbackToday = 1
	feedbackWeek  = 7
	feedbackMonth = 30
)

// How much of the marks a screen shows.
const (
	mostGroups   = 8   // places or people
	latestLow    = 3   // low marks in the report
	lowPerPage   = 5   // low marks on a page of their own
	quotedInList = 300 // characters of a comment
	barLength    = 10
)

// marks are the marks of a period with what is needed to tell of them.
type marks struct {
	Names map[string]string // of places and people, also of who left
	Sums  []engine.RatingSum
	Low   []engine.RatedSale
	Older bool // there are more low ones
}

// Feedback shows what guests said in the last days.
func Feedback(v talk.View) talk.Output { return feedbackOf(v, feedbackWeek) }

func pressFeedback(v talk.View, p talk.Pressed) talk.Output {
	days, err := strconv.Atoi(p.Arg)
	if err != nil || days != feedbackToday && days != feedbackMonth {
		days = feedbackWeek
	}
	return feedbackOf(v, days)
}

// lowOf is the highest mark that counts as low, also where nobody is asked any more.
func lowOf(s *rules.Settings) int { return cmp.Or(s.Feedback.Low, rules.DefaultFeedback().Low) }

func feedbackOf(v talk.View, days int) talk.Output {
	program, settings := v.Program.ID, v.Program.Settings
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (m marks, err error) {
		from, to := settings.Day(e.Now())
		if m.Sums, err = e.RatingDays(ctx, program, from.AddDate(0, 0, 1-days), to); err != nil {
			return m, err
		}
		if m.Low, err = e.Ratings(ctx, program, engine.RatingQuery{MostStars: lowOf(settings), Limit: latestLow + 1}); err != nil {
			return m, err
		}
		m.Older = len(m.Low) > latestLow
		m.Low = m.Low[:min(len(m.Low), latestLow)]
		m.Names, err = e.RatedNames(ctx, program)
		return m, err
	}, func(v talk.View, m marks, err error) talk.Output { return showFeedback(v, m, days, err) }))
}

func showFeedback(v talk.View, m marks, days int, err error) talk.Output {
	if err != nil {
		return v.SayAnd(talk.Session{}, v.Screen(note(v, err), back(v, "home", "")))
	}
	title := "owner.feedback.week.title"
	switch days {
	case feedbackToday:
		title = "owner.feedback.today.title"
	case feedbackMonth:
		title = "owner.feedback.month.title"
	}
	parts := []bots.Rich{v.Rich(title), v.Rich("owner.feedback.none")}
	if all := engine.MarksOf(m.Sums); all.Total() > 0 {
		parts[1] = talk.Lines(v.Rich("owner.feedback.average", locales.Args{"Average": average(v, all), "Marks": marksOf(v, all)}), bars(v, all))
		if days == feedbackWeek {
			parts = append(parts, m.byDay(v))
		}
		parts = append(parts,
			m.by(v, v.Rich("owner.feedback.places"), func(s engine.RatingSum) string { return s.LocationID }),
			m.by(v, v.Rich("owner.feedback.people"), func(s engine.RatingSum) string { return s.StaffID }))
	}
	if len(m.Low) > 0 {
		parts = append(parts, v.Rich("owner.feedback.lows.title"), lows(v, m.Low))
	}
	if !v.Program.Settings.Feedback.On {
		parts = append(parts, v.Rich("owner.feedback.off"))
	}
	var periods []bots.Button
	for _, period := range []struct {
		days int
		text string
	}{{feedbackToday, v.T("owner.feedback.today.btn")}, {feedbackWeek, v.T("owner.feedback.week.btn")}, {feedbackMonth, v.T("owner.feedback.month.btn")}} {
		b := button(period.text, "feedback", strconv.Itoa(period.days))
		if period.days == days {
			b.Style = bots.StylePrimary
		}
		periods = append(periods, b)
	}
	rows := [][]bots.Button{periods}
	if m.Older {
		rows = append(rows, talk.Row(button(v.T("owner.feedback.lows.btn"), "lowmarks", "")))
	}
	if v.Owns() {
		rows = append(rows, talk.Row(button(v.T("owner.feedback.rules.btn"), "part", "feedback")))
	}
	return v.SayAnd(talk.Session{}, v.Screen(talk.Paragraphs(parts...), append(rows, back(v, "home", ""))...))
}

// pressLow shows low marks from one on, newest first.
func pressLow(v talk.View, p talk.Pressed) talk.Output {
	program, most := v.Program.ID, lowOf(v.Program.Settings)
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (m marks, err error) {
		m.Low, err = e.Ratings(ctx, program, engine.RatingQuery{MostStars: most, Before: p.Arg, Limit: lowPerPage + 1})
		m.Older = len(m.Low) > lowPerPage
		m.Low = m.Low[:min(len(m.Low), lowPerPage)]
		return m, err
	}, func(v talk.View, m marks, err error) talk.Output {
		if err != nil {
			return v.SayAnd(talk.Session{}, v.Screen(note(v, err), back(v, "feedback", "")))
		}
		text := v.Rich("owner.feedback.none")
		if len(m.Low) > 0 {
			text = lows(v, m.Low)
		}
		var rows [][]bots.Button
		if m.Older {
			rows = append(rows, talk.Row(button(v.T("owner.feedback.older.btn"), "lowmarks", m.Low[len(m.Low)-1].ID)))
		}
		return v.SayAnd(talk.Session{}, v.Screen(talk.Paragraphs(v.Rich("owner.feedback.lows.title"), text), append(rows, back(v, "feedback", ""))...))
	}))
}

// lows lists marks with their comments.
func lows(v talk.View, list []engine.RatedSale) bots.Rich {
	var items []bots.Rich
	for _, r := range list {
		head := v.Rich("owner.feedback.item", locales.Args{"Stars": stars(r.Stars), "Date": v.Date(r.At)})
		items = append(items, talk.Lines(head, ratedBy(v, r), quote(v, r.Comment, quotedInList)))
	}
	return talk.Paragraphs(items...)
}

// average is the average mark with one decimal, half up.
func average(v talk.View, c engine.Marks) string { return v.P.Decimal(c.Tenths(), 1) }

func marksOf(v talk.View, c engine.Marks) locales.Safe {
	return v.P.RichN("owner.feedback.marks", int64(c.Total()))
}

// bars draws how many marks there are of each kind, the best first; the longest bar is of the most.
func bars(v talk.View, c engine.Marks) bots.Rich {
	var lines []bots.Rich
	most := slices.Max(c[:])
	for i := len(c) - 1; i >= 0; i-- {
		bar := strings.Repeat("▇", (c[i]*barLength+most-1)/most)
		lines = append(lines, v.Rich("owner.feedback.bar", locales.Args{"Stars": i + 1, "Bar": cmp.Or(bar, "·"), "Count": c[i]}))
	}
	return talk.Lines(lines...)
}

// byDay is a line for each day that has marks.
func (m marks) byDay(v talk.View) bots.Rich {
	var lines []bots.Rich
	for from := 0; from < len(m.Sums); {
		to := from + 1
		for to < len(m.Sums) && m.Sums[to].Day == m.Sums[from].Day {
			to++
		}
		lines = append(lines, countLineOf(v, v.Day(m.Sums[from].Day), engine.MarksOf(m.Sums[from:to])))
		from = to
	}
	if len(lines) < 2 {
		return ""
	}
	return talk.Lines(append([]bots.Rich{v.Rich("owner.feedback.days")}, lines...)...)
}

// by is a line for each place or person with marks, those with the most first. What has no name is left out, and a single one says nothing new.
func (m marks) by(v talk.View, title bots.Rich, id func(engine.RatingSum) string) bots.Rich {
	name := func(id string) string { return words.CleanName(m.Names[id], 64) }
	groups := engine.MarksBy(m.Sums, id)
	ids := make([]string, 0, len(groups))
	for id := range groups {
		if name(id) != "" {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 || len(groups) < 2 {
		return ""
	}
	slices.SortFunc(ids, func(a, b string) int {
		return cmp.Or(cmp.Compare(groups[b].Total(), groups[a].Total()), cmp.Compare(name(a), name(b)), cmp.Compare(a, b))
	})
	lines := []bots.Rich{title}
	for _, id := range ids[:min(len(ids), mostGroups)] {
		lines = append(lines, countLineOf(v, name(id), groups[id]))
	}
	return talk.Lines(lines...)
}

func countLineOf(v talk.View, name string, c engine.Marks) bots.Rich {
	return v.Rich("owner.feedback.line", locales.Args{"Name": name, "Average": average(v, c), "Marks": marksOf(v, c)})
}
