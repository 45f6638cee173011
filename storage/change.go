package storage

import (
	"fmt"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
)

// change is what a plan comes to.
type change struct {
	net     money.Points
	debt    money.Points // + more
	lots    []lotChange  // as they are first moved
	expires time.Time    // of the first lot opened
}

// lotChange is what becomes of one lot.
type lotChange struct {
	id      string
	points  money.Points // + more; of a new lot all it holds
	expired money.Points // of what left it, what expiry took
	opened  *ledger.Lot  // of the plan; nil when it was there before
}

// fewMoves is how many moves are searched through rather than indexed: most postings have one or two.
const fewMoves = 16

// changeOf sums up a plan. It refuses one whose moves do not come to the posting's points or to what its new lots hold, or have no
// account or no known contra: a database with all entries in one column checks none of that.
func changeOf(p engine.Posting, plan ledger.Plan) (change, error) {
	var c change
	var index map[string]int // of lots, by id
	if len(plan.Moves) > fewMoves {
		index = make(map[string]int, len(plan.Moves))
	}
	find := func(id string) int {
		if index != nil {
			if i, ok := index[id]; ok {
				return i
			}
			return -1
		}
		for i := range c.lots {
			if c.lots[i].id == id {
				return i
			}
		}
		return -1
	}
	for _, m := range plan.Moves {
		switch m.Contra {
		case ledger.ContraEarn, ledger.ContraBurn, ledger.ContraExpire, ledger.ContraAdjust, ledger.ContraDebt, ledger.ContraTransfer:
		default:
			return c, fmt.Errorf("%q is no contra", m.Contra)
		}
		c.net += m.Points
		if m.LotID == "" {
			c.debt -= m.Points
			continue
		}
		i := find(m.LotID)
		if i < 0 {
			i = len(c.lots)
			if c.lots == nil {
				c.lots = make([]lotChange, 0, len(plan.Moves))
			}
			c.lots = append(c.lots, lotChange{id: m.LotID})
			if index != nil {
				index[m.LotID] = i
			}
		}
		c.lots[i].points += m.Points
		if m.Contra == ledger.ContraExpire && m.Points < 0 { // ended points given back are a lot of their own
			c.lots[i].expired -= m.Points
		}
	}
	if c.net != p.Points {
		return c, fmt.Errorf("it says %d points, its moves come to %d", p.Points, c.net)
	}
	if p.AccountID == "" && len(plan.Moves) > 0 {
		return c, fmt.Errorf("it moves points of no account")
	}
	for i := range plan.NewLots {
		lot := &plan.NewLots[i]
		if i == 0 {
			c.expires = lot.ExpiresAt
		}
		var holds money.Points
		if at := find(lot.ID); at >= 0 {
			c.lots[at].opened, holds = lot, c.lots[at].points
		}
		if holds != lot.Remaining {
			return c, fmt.Errorf("lot %s begins with %d points, its moves come to %d", lot.ID, lot.Remaining, holds)
		}
	}
	return c, nil
}
