package segment

import "slices"

// Match reports whether an expression holds for a member today.
func Match(x Expr, m *Member, today Day) bool {
	switch x := x.(type) {
	case All:
		return !slices.ContainsFunc(x, func(part Expr) bool { return !Match(part, m, today) })
	case Any:
		return slices.ContainsFunc(x, func(part Expr) bool { return Match(part, m, today) })
	case Not:
		return !Match(x.X, m, today)
	case Cond:
		return m.answers(x, today)
	}
	return false
}

func (m *Member) answers(c Cond, today Day) bool {
	fact := FactOf(c.Fact)
	if fact == nil {
		return false
	}
	switch fact.Kind {
	case KindFlag:
		return m.flag(c)
	case KindText:
		return m.text(c)
	}
	n, known := m.number(c, today)
	return known && c.Holds(n)
}

func (m *Member) flag(c Cond) bool {
	channel := func(channels []string) bool {
		return c.Of == "" && len(channels) > 0 || slices.Contains(channels, c.Of)
	}
	switch c.Fact {
	case "consent":
		return channel(m.Consent)
	case "reachable":
		return channel(m.Reach)
	case "invited":
		return m.Invited
	case "got":
		return m.Campaigns[c.Of].Got
	case "read":
		return m.Campaigns[c.Of].Read
	case "clicked":
		return m.Campaigns[c.Of].Clicked
	case "came":
		return m.Campaigns[c.Of].Came
	case "in":
		return m.Segments[c.Of]
	}
	return false
}

// text compares what the member's texts are. What is not told is equal to nothing, and therefore != everything.
func (m *Member) text(c Cond) bool {
	var have []string
	switch c.Fact {
	case "tag":
		have = m.Tags
	case "gender":
		have = []string{m.Gender}
	case "language":
		have = []string{m.Language}
	case "city":
		have = []string{m.City}
	case "source":
		have = []string{m.Source}
	case "tier":
		have = []string{m.Tier}
	case "field":
		have = []string{m.Fields[c.Of]}
	}
	one := slices.ContainsFunc(c.Values, func(v Value) bool {
		return v.Text != "" && slices.ContainsFunc(have, func(text string) bool { return Fold(text) == Fold(v.Text) })
	})
	return one != (c.Op == OpIsNot)
}

func (m *Member) number(c Cond, today Day) (n int64, known bool) {
	habit := func(habits map[string]Habit) (int64, bool) {
		h, ok := habits[c.Of]
		if !ok {
			return 0, false
		}
		return h.Last.Since(today)
	}
	switch c.Fact {
	case "age":
		return age(m.Birthday, today)
	case "birthday":
		return untilBirthday(m.Birthday, today)
	case "birthday_ago":
		return sinceBirthday(m.Birthday, today)
	case "joined":
		return m.Joined.Since(today)
	case "balance":
		return m.Balance, true
	case "burning":
		return within(m.Burning[:], burningWindows, c.Days)
	case "stamps":
		return m.Stamps[c.Of], true
	case "coupons":
		return m.coupons(c.Of), true
	case "visits":
		return within(m.Visits[:], activeWindows, c.Days)
	case "spent":
		return within(m.Spent[:], activeWindows, c.Days)
	case "average":
		if m.Visits[0] <= 0 {
			return 0, false
		}
		return m.Spent[0] / m.Visits[0], true
	case "first_visit":
		return m.First.Since(today)
	case "last_visit":
		return m.Last.Since(today)
	case "rhythm":
		return m.rhythm(today)
	case "recency":
		return m.Recency, m.Recency > 0
	case "frequency":
		return m.Frequency, m.Frequency > 0
	case "value":
		return m.Value, m.Value > 0
	case "rfm":
		return 100*m.Recency + 10*m.Frequency + m.Value, m.Recency > 0
	case "bought":
		return m.Goods[c.Of].Times, true
	case "last_bought":
		return habit(m.Goods)
	case "category":
		return m.Categories[c.Of].Times, true
	case "last_category":
		return habit(m.Categories)
	case "place":
		return m.Places[c.Of].Times, true
	case "last_place":
		return habit(m.Places)
	case "referrals":
		return m.Referrals, true
	case "rating":
		return m.Rating, m.Rating > 0
	case "ratings":
		return m.Ratings, true
	}
	return 0, false
}

// within is the number of a span of days, unknown for one that is not kept.
func within(numbers []int64, spans []int, days int) (int64, bool) {
	i := slices.Index(spans, days)
	if i < 0 {
		return 0, false
	}
	return numbers[i], true
}

// coupons counts those of a kind, of all kinds without one.
func (m *Member) coupons(kind string) int64 {
	if kind != "" {
		return m.Coupons[kind]
	}
	var n int64
	for _, count := range m.Coupons {
		n += count
	}
	return n
}

// Holds reports whether a number is as the question wants it.
func (c Cond) Holds(n int64) bool {
	if len(c.Values) == 0 {
		return false
	}
	v := c.Values[0].Number
	switch c.Op {
	case OpIs:
		return n == v
	case OpIsNot:
		return n != v
	case OpLess:
		return n < v
	case OpAtMost:
		return n <= v
	case OpMore:
		return n > v
	case OpAtLeast:
		return n >= v
	case OpBetween:
		return len(c.Values) == 2 && v <= n && n <= c.Values[1].Number
	case OpIn:
		return slices.Contains(c.Values, Value{Number: n})
	}
	return false
}
