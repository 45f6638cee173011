package campaign

import (
	"cmp"
	"slices"
	"time"

	"kartka/engine/rules"
)

// Cost is what a message through a channel costs the shop.
type Cost string

// The costs, cheapest first.
const (
	CostFree    Cost = "free"    // nothing
	CostSession Cost = "session" // nothing for a while after the person wrote, paid at other times
	CostPaid    Cost = "paid"
)

// Costs lists them, cheapest first.
func Costs() []Cost { return []Cost{CostFree, CostSession, CostPaid} }

// Channel is what a channel is chosen by.
type Channel struct {
	Cost Cost
	// Session is how long after the person wrote a message costs nothing, of CostSession.
	Session time.Duration
}

// Channels are all there are, by name. Nil: nothing is known of any, and each is as good as another.
type Channels map[string]Channel

// Way is how one person can be reached.
type Way struct {
	Channel string
	Seen    time.Time // when the person wrote last
	Closed  bool      // nobody sends there, or it was tried in vain
}

// Order returns the ways that a message to a person can take, by their places in the list, best first: those on channels that there are, and that are not closed.
// The channels of the program's own order come first. Of the others a cheaper one comes first where the program prefers that, as of an instant, then the one
// where the person wrote last; of two that are alike in all the first in the list.
func (c Channels) Order(ways []Way, by rules.Campaigns, now time.Time) []int {
	order := make([]int, 0, len(ways))
	for i := range ways {
		if _, known := c[ways[i].Channel]; !ways[i].Closed && (known || c == nil) {
			order = append(order, i)
		}
	}
	listed := func(w *Way) int {
		if at := slices.Index(by.Channels, w.Channel); at >= 0 {
			return at
		}
		return len(by.Channels)
	}
	price := func(w *Way) int {
		if by.Prefer != rules.PreferCheapest {
			return 0
		}
		return c.price(w, now)
	}
	slices.SortStableFunc(order, func(i, j int) int {
		a, b := &ways[i], &ways[j]
		return cmp.Or(cmp.Compare(listed(a), listed(b)), cmp.Compare(price(a), price(b)), b.Seen.Compare(a.Seen))
	})
	return order
}

// price compares what a message costs at an instant. A session that is open costs nothing now, but may be over before the message is there.
func (c Channels) price(w *Way, now time.Time) int {
	switch one := c[w.Channel]; {
	case one.Cost == CostFree:
		return 0
	case one.Cost == CostSession && now.Sub(w.Seen) < one.Session:
		return 1
	}
	return 2
}
