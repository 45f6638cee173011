package segment

import "kartka/engine/rules"

// Member is everything that can be asked about one member, as of a day. Money is in minor units, points in steps. Maps may be nil.
type Member struct {
	Birthday rules.Birthday
	Gender   string // "female", "male", "" not told
	Language string
	City     string
	Source   string
	Tags     []string
	Fields   map[string]string // by [Key]
	Joined   Day

	// Consent and Reach list the channels on which the member agreed to marketing, and those on which a message reaches them whatever it is.
	Consent []string
	Reach   []string

	Tier    string
	Balance int64
	Burning [3]int64         // within each of the spans that are kept: 7, 14 and 30 days
	Stamps  map[string]int64 // by card
	Coupons map[string]int64 // that can be used or activated, by kind

	Visits [4]int64 // in the whole life, in the last 30, 90 and 365 days
	Spent  [4]int64
	First  Day // visit
	Last   Day
	// Recency, Frequency and Value are 1 (the worst fifth of the program's guests) to 5, 0 for who never came.
	Recency, Frequency, Value int64

	Goods      map[string]Habit // by article
	Categories map[string]Habit
	Places     map[string]Habit // visits

	Referrals int64
	Invited   bool
	Rating    int64 // stars given last, 0 none
	Ratings   int64

	Campaigns map[string]Touch
	Segments  map[string]bool // membership of those that are asked about
}

// Habit is how often something was bought, or a place visited, and when last.
type Habit struct {
	Times int64
	Last  Day
}

// Touch is what a campaign came to with one member.
type Touch struct{ Got, Read, Clicked, Came bool }

// RhythmVisits is from how many visits on a member has a rhythm.
const RhythmVisits = 3

// rhythm is the days since the last visit divided by the own mean gap, in hundredths and rounded down. Whoever came several times on one day
// alone has none.
func (m *Member) rhythm(today Day) (int64, bool) {
	since, ok := m.Last.Since(today)
	span := int64(m.Last - m.First)
	if !ok || m.First <= 0 || m.Visits[0] < RhythmVisits || span <= 0 {
		return 0, false
	}
	return 100 * since * (m.Visits[0] - 1) / span, true
}
