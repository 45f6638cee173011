package segment

// Ready is a segment that every program has. Its name and what it is for are in the catalogue under "segment.ready.".
type Ready struct {
	ID   string
	Expr Expr
}

// readyText writes the ready-made segments in the language itself. Their money and points are none, so that they mean the same in every
// program.
var readyText = []struct{ id, text string }{
	{"new", "joined <= 30d"},
	{"regular", "visits(90d) >= 3 and not rhythm >= 2"},
	{"sleeping", "visits >= 1 and last_visit > 60d"},
	{"at_risk", "rhythm >= 2 and last_visit <= 180d"},
	{"lost", "last_visit > 180d"},
	{"vip", "rfm in (555, 554, 545, 455)"},
	{"once", "visits = 1"},
	{"never", "visits = 0"},
	{"referrers", "referrals >= 1"},
	{"birthday", "birthday <= 7d"},
	{"burning", "burning(14d) > 0"},
	{"unhappy", "rating <= 3"},
}

var ready = func() []Ready {
	all := make([]Ready, len(readyText))
	for i, r := range readyText {
		x, err := Parse(r.text, Grammar{})
		if err != nil {
			panic(err) // at start: a test parses them all
		}
		all[i] = Ready{ID: r.id, Expr: x}
	}
	return all
}()

// ReadyMade lists the ready-made segments in the order in which they are offered.
func ReadyMade() []Ready { return append([]Ready(nil), ready...) }

// Reached is who agreed to messages on one of some channels that reaches them.
func Reached(channels ...string) Expr {
	var one Any
	for _, c := range channels {
		one = append(one, All{Cond{Fact: "consent", Of: c}, Cond{Fact: "reachable", Of: c}})
	}
	return Normal(one)
}
