package segment_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kartka/engine/rules"
	"kartka/engine/segment"
	"kartka/engine/segment/segmenttest"
)

var today = segment.DayOf("2026-11-22")

// olena comes about every ten days and has not been there for twenty.
func olena() *segment.Member {
	return &segment.Member{
		Birthday: rules.Birthday{Year: 1990, Month: 11, Day: 24}, Gender: "female", Language: "uk", City: "Київ", Source: "flyer", Tags: []string{"vip", "oat milk"},
		Fields: map[string]string{"pet": "Dog"}, Joined: segment.DayOf("2026-05-01"), Consent: []string{"telegram"}, Reach: []string{"telegram", "viber"},
		Tier: "gold", Balance: 84, Burning: [3]int64{0, 30, 54}, Stamps: map[string]int64{"coffee": 6}, Coupons: map[string]int64{"birthday": 1, "dessert": 2},
		Visits: [4]int64{13, 1, 8, 13}, Spent: [4]int64{260000, 20000, 160000, 260000}, First: segment.DayOf("2026-07-05"), Last: segment.DayOf("2026-11-02"),
		Recency: 3, Frequency: 5, Value: 4, Goods: map[string]segment.Habit{"501": {Times: 9, Last: segment.DayOf("2026-11-02")}},
		Categories: map[string]segment.Habit{"coffee": {Times: 20, Last: segment.DayOf("2026-11-02")}}, Places: map[string]segment.Habit{"podil": {Times: 13, Last: segment.DayOf("2026-11-02")}},
		Referrals: 2, Rating: 4, Ratings: 3, Campaigns: map[string]segment.Touch{"spring": {Got: true, Clicked: true}}, Segments: map[string]bool{"friends": true},
	}
}

func TestMatch(t *testing.T) {
	asked := map[string]bool{}
	stranger := &segment.Member{Language: "uk", Joined: today, First: segment.NoDay, Last: segment.NoDay}
	for text, want := range map[string][2]bool{ // olena, stranger
		"everyone":                   {true, true},
		"not everyone":               {false, false},
		"gender = female":            {true, false},
		"gender != male":             {true, true},
		"age = 35":                   {true, false},
		"age < 35":                   {false, false},
		"not age < 35":               {true, true},
		"birthday <= 2d":             {true, false},
		"birthday < 2d":              {false, false},
		"birthday_ago = 363d":        {true, false},
		"city = київ":                {true, false},
		"tag = VIP":                  {true, false},
		"tag != vip":                 {false, true},
		`tag in (other, "Oat Milk")`: {true, false},
		`field(pet) = dog`:           {true, false},
		"joined = 0":                 {false, true},
		"consent":                    {true, false},
		"consent(viber)":             {false, false},
		"reachable(viber)":           {true, false},
		"tier != silver":             {true, true},
		"balance between 84 and 90":  {true, false},
		"burning(7d) = 0":            {true, true},
		"burning(14d) >= 30":         {true, false},
		"stamps(coffee) >= 6":        {true, false},
		"stamps(tea) = 0":            {true, true},
		"coupons = 3":                {true, false},
		"coupons(dessert) = 2":       {true, false},
		"visits(30d) = 1":            {true, false},
		"spent > 2599.99":            {true, false},
		"average = 200":              {true, false},
		"average >= 0":               {true, false},
		"last_visit = 20d":           {true, false},
		"last_visit > 0":             {true, false},
		"first_visit = 140d":         {true, false},
		"rhythm = 2":                 {true, false},
		"rhythm > 2":                 {false, false},
		"rfm = 354":                  {true, false},
		"recency <= 5":               {true, false},
		"bought(501) >= 9":           {true, false},
		"bought(501) = 0":            {false, true},
		"last_bought(501) = 20d":     {true, false},
		"category(coffee) > 5":       {true, false},
		"last_category(tea) < 99d":   {false, false},
		"place(podil) = 13":          {true, false},
		"referrals >= 1":             {true, false},
		"rating <= 4":                {true, false},
		"ratings = 0":                {false, true},
		"got(spring) and not read(spring) and clicked(spring) and not came(spring)": {true, false},
		"in(friends)":                 {true, false},
		"invited":                     {false, false},
		"language in (uk, kk)":        {true, true},
		"source = flyer":              {true, false},
		"frequency = 5 and value = 4": {true, false},
		"last_place(podil) > 7d":      {true, false},
	} {
		x, err := segment.Parse(text, hryvnias)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := [2]bool{segment.Match(x, olena(), today), segment.Match(x, stranger, today)}; got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
		for _, c := range segment.Conds(x) {
			asked[c.Fact] = true
		}
	}
	for _, f := range segment.Facts() {
		if !asked[f.Name] {
			t.Errorf("nothing asks %q", f.Name)
		}
	}
}

// Ways of asking the same agree.
func TestMatchIsConsistent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := segmenttest.Member().Draw(t, "member")
		c := segmenttest.Cond(t)
		plain := segment.Match(c, &m, segmenttest.Today)
		other := c
		switch c.Op {
		case segment.OpIs:
			other.Op = segment.OpIn
		case segment.OpIn:
			if len(c.Values) == 1 {
				other.Op = segment.OpIs
			}
		case segment.OpBetween:
			low, high := c, c
			low.Op, low.Values = segment.OpAtLeast, c.Values[:1]
			high.Op, high.Values = segment.OpAtMost, c.Values[1:]
			if got := segment.Match(segment.All{low, high}, &m, segmenttest.Today); got != plain {
				t.Fatalf("%v is %v, both its ends %v", c, plain, got)
			}
		}
		if got := segment.Match(other, &m, segmenttest.Today); got != plain {
			t.Fatalf("%v is %v, and %v is %v", c, plain, other, got)
		}
	})
}

// Of somebody of whom nothing is known nothing holds but what says so, and a question that nobody could have written holds for nobody.
func TestMatchOfNothing(t *testing.T) {
	nobody := &segment.Member{}
	for text, want := range map[string]bool{"last_visit > 180d": false, "joined >= 0": false, "first_visit >= 0": false, "visits = 0": true, "age != 35": false,
		"age not in (35)": true, "city != Київ": true} {
		x, err := segment.Parse(text, hryvnias)
		if err != nil {
			t.Fatal(err)
		}
		if got := segment.Match(x, nobody, today); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
	for _, c := range []segment.Cond{{Fact: "visits", Days: 91, Op: segment.OpAtLeast, Values: []segment.Value{{}}}, {Fact: "visits", Op: segment.OpAtLeast}, {Fact: "wisits"}, {}} {
		if segment.Match(c, nobody, today) {
			t.Errorf("%+v holds", c)
		}
	}
}

// What the storage asks of days of the year is what Match asks of birthdays.
func TestBirthdaysAgreeWithMatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := segment.DayOf("2023-01-01") + segment.Day(rapid.Int64Range(0, 3000).Draw(t, "today"))
		m := segmenttest.Member().Filter(func(m segment.Member) bool { return m.Birthday.Known() }).Draw(t, "member")
		c := segment.Cond{Fact: rapid.SampledFrom([]string{"birthday", "birthday_ago"}).Draw(t, "fact"), Op: segment.OpBetween,
			Values: []segment.Value{{Number: rapid.Int64Range(0, 20).Draw(t, "from")}, {Number: rapid.Int64Range(20, 366).Draw(t, "to")}}}
		born := m.Birthday.String()
		if m.Birthday.Year != 0 {
			born = born[len("2000-"):]
		}
		if got, want := slices.Contains(segment.Birthdays(c, day), born), segment.Match(c, &m, day); got != want {
			t.Fatalf("born on %s, %v on %s: the list says %v, the match %v", born, c, day.Date(), got, want)
		}
		if m.Birthday.Year == 0 {
			return
		}
		years := int64(yearOf(day) - m.Birthday.Year)
		if !slices.Contains(segment.Turned(day), born) {
			years--
		}
		is := segment.Cond{Fact: "age", Op: segment.OpIs, Values: []segment.Value{{Number: max(0, years)}}}
		if !segment.Match(is, &m, day) {
			t.Fatalf("born on %v, on %s not %d", m.Birthday, day.Date(), years)
		}
	})
}

func yearOf(d segment.Day) (year int) {
	for _, c := range d.Date()[:4] {
		year = 10*year + int(c-'0')
	}
	return year
}

// known is a program with one of each thing.
type known map[string]string

func (k known) Resolve(thing segment.Thing, name string) (string, bool) {
	id, ok := k[string(thing)+":"+segment.Fold(name)]
	return id, ok
}

func TestCheck(t *testing.T) {
	program := known{"tier:золото": "gold", "tier:gold": "gold", "stamps:кожна восьма": "coffee", "gender:female": "female"}
	for text, want := range map[string]string{
		`tier = "Золото" and stamps("Кожна восьма") >= 6`: `tier = "gold" and stamps("coffee") >= 6`,
		`not (tier in (gold, "Золото"))`:                  `not tier in ("gold", "gold")`,
		"gender = female":                                 `gender = "female"`,
		"city = gold":                                     `city = "gold"`,
		"tier = platinum":                                 "segment: unknown (platinum)",
		"in(lost)":                                        "segment: unknown (lost)",
		"gender = other":                                  "segment: unknown (other)",
	} {
		x, err := segment.Parse(text, hryvnias)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got := ""
		if x, err = segment.Check(x, program); err != nil {
			got = err.Error()
		} else {
			got = segment.Format(x, hryvnias, nil)
		}
		if got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", text, got, want)
		}
	}
}

func TestReadyMade(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range segment.ReadyMade() {
		if _, err := segment.Check(r.Expr, known{}); err != nil || seen[r.ID] {
			t.Errorf("%s: %v", r.ID, err)
		}
		seen[r.ID] = true
	}
	for _, id := range []string{"new", "regular", "sleeping", "vip", "referrers", "birthday", "at_risk", "burning"} {
		if !seen[id] {
			t.Errorf("there is no segment %q", id)
		}
	}
}
