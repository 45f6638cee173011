// Package segmenttest makes random expressions and members, for tests that compare what answers about them.
package segmenttest

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"kartka/engine/rules"
	"kartka/engine/segment"
)

// names are few, so that members and questions meet.
var names = []string{"a", "b", "vip", "кава", "it's 100% _good_", `back\slash`}

var cities = []string{"Київ", "львів", "New  York", "Алматы"}

// Name makes a name of a thing.
func Name() *rapid.Generator[string] { return rapid.SampledFrom(names) }

// Expr makes a valid expression in the form of [segment.Normal]. It asks everything that can be asked but for some facts.
func Expr(but ...string) *rapid.Generator[segment.Expr] {
	return rapid.Custom(func(t *rapid.T) segment.Expr { return segment.Normal(expr(t, 4, but)) })
}

func expr(t *rapid.T, deep int, but []string) segment.Expr {
	if deep == 0 || rapid.IntRange(0, 2).Draw(t, "leaf") == 0 {
		return Cond(t, but...)
	}
	parts := func() []segment.Expr {
		all := make([]segment.Expr, rapid.IntRange(0, 3).Draw(t, "parts"))
		for i := range all {
			all[i] = expr(t, deep-1, but)
		}
		return all
	}
	switch rapid.IntRange(0, 2).Draw(t, "form") {
	case 0:
		return segment.All(parts())
	case 1:
		return segment.Any(parts())
	}
	return segment.Not{X: expr(t, deep-1, but)}
}

// Cond makes one valid question, of any fact but some.
func Cond(t *rapid.T, but ...string) segment.Cond {
	facts := slices.DeleteFunc(segment.Facts(), func(f segment.Fact) bool { return slices.Contains(but, f.Name) })
	fact := rapid.SampledFrom(facts).Draw(t, "fact")
	c := segment.Cond{Fact: fact.Name}
	if fact.Of != segment.NoThing && (fact.Needs || rapid.Bool().Draw(t, "has argument")) {
		c.Of = nameOf(fact.Of).Draw(t, "argument")
	}
	if len(fact.Windows) > 0 {
		c.Days = rapid.SampledFrom(fact.Windows).Draw(t, "days")
	}
	if fact.Kind == segment.KindFlag {
		return c
	}
	c.Op = rapid.SampledFrom(fact.Ops()).Draw(t, "op")
	n := 1
	switch c.Op {
	case segment.OpBetween:
		n = 2
	case segment.OpIn:
		n = rapid.IntRange(1, 4).Draw(t, "values")
	}
	for range n {
		var v segment.Value
		if fact.Kind == segment.KindText {
			v.Text = textOf(fact).Draw(t, "text")
		} else {
			v.Number = numberOf(fact).Draw(t, "number")
		}
		c.Values = append(c.Values, v)
	}
	if n == 2 && c.Op == segment.OpBetween && c.Values[0].Number > c.Values[1].Number {
		c.Values[0], c.Values[1] = c.Values[1], c.Values[0]
	}
	return c
}

func nameOf(thing segment.Thing) *rapid.Generator[string] {
	if thing == segment.ThingChannel {
		return rapid.SampledFrom([]string{"telegram", "viber"})
	}
	return Name()
}

func textOf(fact segment.Fact) *rapid.Generator[string] {
	switch fact.Values {
	case segment.ThingGender:
		return rapid.SampledFrom([]string{"female", "male"})
	case segment.ThingLanguage:
		return rapid.SampledFrom([]string{"uk", "en", "kk"})
	}
	if fact.Name == "city" {
		return rapid.SampledFrom([]string{"Київ", "київ", "Львів", "New York", "Kyiv"})
	}
	return Name()
}

func numberOf(fact segment.Fact) *rapid.Generator[int64] {
	switch fact.Kind {
	case segment.KindDays:
		return rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(0, 400))
	case segment.KindYears:
		return rapid.Int64Range(0, 90)
	case segment.KindMoney, segment.KindPoints:
		return rapid.OneOf(rapid.Int64Range(0, 500), rapid.Int64Range(0, 500_000))
	case segment.KindRatio:
		return rapid.Int64Range(0, 500)
	}
	if fact.Name == "rfm" {
		return rapid.Int64Range(111, 555)
	}
	return rapid.Int64Range(0, 8)
}

// Today is the day on which members are as [Member] makes them.
var Today = segment.DayOf("2026-11-22")

// Member makes a member as of [Today].
func Member() *rapid.Generator[segment.Member] {
	return rapid.Custom(func(t *rapid.T) segment.Member {
		m := segment.Member{
			Gender:   rapid.SampledFrom([]string{"", "female", "male"}).Draw(t, "gender"),
			Language: rapid.SampledFrom([]string{"uk", "en", "kk"}).Draw(t, "language"),
			City:     rapid.SampledFrom(append([]string{""}, cities...)).Draw(t, "city"),
			Source:   rapid.SampledFrom(append([]string{""}, names...)).Draw(t, "source"),
			Tags:     rapid.SliceOfNDistinct(Name(), 0, 3, rapid.ID).Draw(t, "tags"),
			Fields:   rapid.MapOfN(Name(), Name(), 0, 2).Draw(t, "fields"),
			Joined:   day(t, "joined"),
			Tier:     rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "tier"),
			Balance:  rapid.Int64Range(-50, 1000).Draw(t, "balance"),
			First:    segment.NoDay, Last: segment.NoDay,
		}
		if m.Visits[0] = rapid.Int64Range(0, 6).Draw(t, "visits"); m.Visits[0] > 0 {
			m.First = day(t, "first")
			m.Last = min(Today, m.First+segment.Day(rapid.Int64Range(0, 300).Draw(t, "span")))
			m.Spent[0] = rapid.Int64Range(0, 100_000).Draw(t, "spent")
			for i, n := 1, m.Visits[0]; i < len(m.Visits); i++ {
				m.Visits[i] = rapid.Int64Range(0, n).Draw(t, "window")
				m.Spent[i] = rapid.Int64Range(0, m.Spent[0]).Draw(t, "spent in window")
			}
			m.Recency, m.Frequency, m.Value = rapid.Int64Range(1, 5).Draw(t, "r"), rapid.Int64Range(1, 5).Draw(t, "f"), rapid.Int64Range(1, 5).Draw(t, "m")
		}
		if rapid.Bool().Draw(t, "told") {
			m.Birthday = birthday(t)
		}
		for _, channel := range []string{"telegram", "viber"} {
			if rapid.Bool().Draw(t, "reached") {
				m.Reach = append(m.Reach, channel)
				if rapid.Bool().Draw(t, "agreed") {
					m.Consent = append(m.Consent, channel)
				}
			}
		}
		for i := range m.Burning {
			m.Burning[i] = rapid.Int64Range(0, 300).Draw(t, "burning")
		}
		habits := func() map[string]segment.Habit {
			return rapid.MapOfN(Name(), rapid.Custom(func(t *rapid.T) segment.Habit {
				return segment.Habit{Times: rapid.Int64Range(1, 8).Draw(t, "times"), Last: day(t, "last")}
			}), 0, 3).Draw(t, "habits")
		}
		m.Goods, m.Categories, m.Places = habits(), habits(), habits()
		m.Segments = rapid.MapOfN(Name(), rapid.Just(true), 0, 2).Draw(t, "segments")
		m.Stamps = rapid.MapOfN(Name(), rapid.Int64Range(-1, 8), 0, 2).Draw(t, "stamps")
		m.Coupons = rapid.MapOfN(Name(), rapid.Int64Range(1, 3), 0, 2).Draw(t, "coupons")
		m.Invited = rapid.Bool().Draw(t, "invited")
		m.Referrals = rapid.Int64Range(0, 4).Draw(t, "referrals")
		if m.Ratings = rapid.Int64Range(0, 2).Draw(t, "ratings"); m.Ratings > 0 {
			m.Rating = rapid.Int64Range(1, 5).Draw(t, "rating")
		}
		m.Campaigns = map[string]segment.Touch{}
		for _, id := range names {
			got := rapid.Bool().Draw(t, "got")
			m.Campaigns[id] = segment.Touch{Got: got, Read: got && rapid.Bool().Draw(t, "read"), Clicked: got && rapid.Bool().Draw(t, "clicked"), Came: got && rapid.Bool().Draw(t, "came")}
		}
		return m
	})
}

func day(t *rapid.T, what string) segment.Day {
	return Today - segment.Day(rapid.Int64Range(0, 500).Draw(t, what))
}

func birthday(t *rapid.T) rules.Birthday {
	at := time.Date(2000, 1, 1+rapid.IntRange(0, 365).Draw(t, "born"), 0, 0, 0, 0, time.UTC)
	b := rules.Birthday{Month: int(at.Month()), Day: at.Day()}
	if rapid.Bool().Draw(t, "with year") {
		b.Year = rapid.SampledFrom([]int{1936, 1988, 2000, 2008}).Draw(t, "year")
	}
	return b
}
