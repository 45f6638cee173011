package ledger_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"kartka/engine/ledger"
	"kartka/engine/money"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// shop is a program with several accounts, each with its books.
type shop struct {
	now   time.Time
	made  int
	books []*books
}

func newShop(accounts int) *shop {
	s := &shop{now: monday}
	for range accounts {
		s.books = append(s.books, &books{lots: map[string]ledger.Lot{}, byLot: map[string]money.Points{}, contra: map[ledger.Contra]money.Points{}, now: monday})
	}
	return s
}

func (s *shop) id() string {
	s.made++
	return fmt.Sprintf("lot%05d", s.made)
}

func (s *shop) pick(t *rapid.T, label string) *books {
	return rapid.SampledFrom(s.books).Draw(t, label)
}

// two picks different accounts.
func (s *shop) two(t *rapid.T) (from, to *books) {
	i := rapid.IntRange(0, len(s.books)-1).Draw(t, "from")
	step := rapid.IntRange(1, len(s.books)-1).Draw(t, "to")
	return s.books[i], s.books[(i+step)%len(s.books)]
}

// pay posts both sides of a transfer and holds them against each other.
func (s *shop) pay(t *rapid.T, from, to *books, out, in ledger.Plan) {
	t.Helper()
	before := from.account.Balance() + to.account.Balance()
	from.post(t, out)
	to.post(t, in)
	if got := from.account.Balance() + to.account.Balance(); got != before || out.Net()+in.Net() != 0 {
		t.Fatalf("a transfer made %d points", out.Net()+in.Net())
	}
	var between money.Points
	for _, b := range s.books {
		between += b.contra[ledger.ContraTransfer]
	}
	if between != 0 {
		t.Fatalf("transfers of the program sum to %d", between)
	}
}

// draw makes a lot with a life of its own.
func (s *shop) draw(t *rapid.T) ledger.Lot {
	l := lot(s.id(), money.Points(rapid.Int64Range(1, 300).Draw(t, "points")), time.Time{})
	l.EarnedAt, l.ActiveFrom = s.now, s.now.AddDate(0, 0, rapid.IntRange(0, 4).Draw(t, "pending"))
	if days := rapid.IntRange(0, 40).Draw(t, "days"); days > 0 {
		l.ExpiresAt = s.now.AddDate(0, 0, days)
	}
	return l
}

// noneLater fails when a piece ends later than any lot it can have come from.
func noneLater(t *rapid.T, giver ledger.Account, out ledger.Plan, pieces []ledger.Lot) {
	t.Helper()
	for i, piece := range pieces {
		j := slices.IndexFunc(giver.Lots, func(l ledger.Lot) bool { return l.ID == out.Moves[i].LotID })
		if source := giver.Lots[j]; !piece.ExpiresAt.Equal(source.ExpiresAt) || piece.Points != -out.Moves[i].Points {
			t.Fatalf("%+v came of %+v", piece, source)
		}
	}
}

// parting is a merge that can be undone.
type parting struct {
	from, to *books
	back     []ledger.Owed // of the lots of from
	owed     []ledger.Owed // of the lots of to
	debt     money.Points
}

func TestLawsHoldBetweenAccounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newShop(3)
		var merges []parting
		t.Repeat(map[string]func(*rapid.T){
			"earn": func(t *rapid.T) {
				b := s.pick(t, "who")
				plan, err := b.account.Credit(s.draw(t), ledger.ContraEarn)
				if err != nil {
					t.Fatal(err)
				}
				b.post(t, plan)
			},
			"spend what may not be there": func(t *rapid.T) {
				b := s.pick(t, "who")
				plan, err := b.account.Overdraw(money.Points(rapid.Int64Range(1, 200).Draw(t, "points")), s.now)
				if err != nil {
					t.Fatal(err)
				}
				b.post(t, plan)
			},
			"hold": func(t *rapid.T) {
				b := s.pick(t, "who")
				if available := b.account.Available(s.now); available > 0 {
					points := money.Points(rapid.Int64Range(1, int64(available)).Draw(t, "points"))
					b.account.Holds = append(b.account.Holds, ledger.Hold{ID: s.id(), Points: points, CreatedAt: s.now, ExpiresAt: s.now.AddDate(0, 0, 1)})
				}
			},
			"return": func(t *rapid.T) {
				b := s.pick(t, "who")
				var own []string
				for _, l := range b.account.Lots {
					if rapid.Bool().Draw(t, "own") {
						own = append(own, l.ID)
					}
				}
				policy := rapid.SampledFrom([]ledger.Policy{ledger.PolicyDebt, ledger.PolicyToZero, ledger.PolicyPendingOnly}).Draw(t, "policy")
				b.post(t, b.account.Reverse(ledger.Return{Claw: money.Points(rapid.Int64Range(1, 200).Draw(t, "claw")), Own: own, Policy: policy,
					NewLotID: s.id(), GraceUntil: s.now.AddDate(0, 0, 14)}, s.now))
			},
			"give": func(t *rapid.T) {
				from, to := s.two(t)
				points := money.Points(rapid.Int64Range(1, 300).Draw(t, "points"))
				available := from.account.Available(s.now)
				out, pieces, err := from.account.Give(points, s.now, s.id)
				if (err != nil) != (points > available) {
					t.Fatalf("gave %d of %d: %v", points, available, err)
				}
				if err != nil {
					return
				}
				noneLater(t, from.account, out, pieces)
				in, err := to.account.Receive(pieces, s.now)
				if err != nil {
					t.Fatal(err)
				}
				s.pay(t, from, to, out, in)
			},
			"merge": func(t *rapid.T) {
				from, to := s.two(t)
				from.account.Holds = nil
				out, pieces, debt := from.account.GiveAll(s.id)
				noneLater(t, from.account, out, pieces)
				in, err := to.account.Absorb(pieces, debt, s.now)
				if err != nil {
					t.Fatal(err)
				}
				m := parting{from: from, to: to, debt: debt}
				for i, piece := range pieces {
					m.back = append(m.back, ledger.Owed{LotID: out.Moves[i].LotID, Points: piece.Points})
					m.owed = append(m.owed, ledger.Owed{LotID: piece.ID, Points: piece.Points})
				}
				merges = append(merges, m)
				s.pay(t, from, to, out, in)
				if len(from.account.Lots) != 0 || from.account.Debt != 0 {
					t.Fatalf("something stayed behind: %+v", from.account)
				}
			},
			"part": func(t *rapid.T) {
				if len(merges) == 0 {
					t.Skip("nothing was merged")
				}
				m := merges[len(merges)-1] // the last one first, as parting always goes
				merges = merges[:len(merges)-1]
				credit := lot(s.id(), 0, s.now.AddDate(0, 0, 30))
				var closed []ledger.Lot
				for _, o := range m.back {
					closed = append(closed, m.from.lots[o.LotID])
				}
				s.pay(t, m.to, m.from, m.to.account.HandBack(m.owed, m.debt, credit, s.now), m.from.account.TakeBack(closed, m.back, m.debt, s.now))
			},
			"prolong": func(t *rapid.T) {
				b := s.pick(t, "who")
				until := s.now.AddDate(0, 0, rapid.IntRange(0, 60).Draw(t, "days"))
				before := b.account.Lots
				plan := b.account.Extend(until, s.now, nil)
				b.post(t, plan)
				for i, l := range b.account.Lots {
					if l.ExpiresAt.Before(before[i].ExpiresAt) || l.ExpiresAt.IsZero() != before[i].ExpiresAt.IsZero() {
						t.Fatalf("the end of %+v came nearer", before[i])
					}
				}
			},
			"restore": func(t *rapid.T) {
				b := s.pick(t, "who")
				b.post(t, b.account.Restore(nil, money.Points(rapid.Int64Range(0, 90).Draw(t, "points")), s.now.AddDate(0, 0, 9), s.id(), s.now))
			},
			"days pass": func(t *rapid.T) {
				from := s.now
				s.now = s.now.AddDate(0, 0, rapid.IntRange(1, 15).Draw(t, "days"))
				for _, b := range s.books {
					b.now, b.account.Holds = s.now, nil
					ended, ending := b.account.Expire(from), b.account.Ending(from, s.now)
					plan := b.account.Expire(s.now)
					if -plan.Net() != ending-ended.Net() {
						t.Fatalf("%d points ended, %d were to end and %d had ended", -plan.Net(), ending, -ended.Net())
					}
					b.post(t, plan)
				}
			},
		})
	})
}

// sorted is an account with its lots in a fixed order, because their order means nothing.
func sorted(a ledger.Account) ledger.Account {
	a.Lots = slices.Clone(a.Lots)
	slices.SortFunc(a.Lots, func(x, y ledger.Lot) int { return cmp.Compare(x.ID, y.ID) })
	return a
}

// One joined plan does what its parts do one after the other, whatever they do to each other's lots.
func TestJoinedPlansDoWhatTheirPartsDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newShop(1)
		history := map[string]ledger.Lot{} // every lot as it stood last
		remember := func(a ledger.Account) {
			for _, l := range a.Lots {
				history[l.ID] = l
			}
		}
		var start ledger.Account
		for range rapid.IntRange(0, 4).Draw(t, "lots") {
			l := s.draw(t)
			start.Lots = append(start.Lots, l)
		}
		if len(start.Lots) == 0 {
			start.Debt = money.Points(rapid.Int64Range(0, 50).Draw(t, "debt"))
		}
		remember(start)
		step := start
		var joined ledger.Plan
		var taken []ledger.Move
		for range rapid.IntRange(1, 8).Draw(t, "operations") {
			plan := drawPlan(t, s, step, history, taken)
			for _, m := range plan.Moves {
				if m.Contra == ledger.ContraBurn && m.Points < 0 {
					taken = append(taken, m)
				}
			}
			joined = joined.Then(plan)
			step = step.Apply(plan)
			remember(step)
			for _, l := range plan.NewLots {
				if _, ok := history[l.ID]; !ok {
					history[l.ID] = l
				}
			}
		}
		if diff := gocmp.Diff(sorted(step), sorted(start.Apply(joined))); diff != "" {
			t.Fatalf("one by one (-) and joined (+):\n%s", diff)
		}
		// What the store is told about a new lot must be what its moves come to.
		for _, l := range joined.NewLots {
			var sum money.Points
			for _, m := range joined.Moves {
				if m.LotID == l.ID {
					sum += m.Points
				}
			}
			if sum != l.Remaining {
				t.Fatalf("lot %s begins with %d, its moves come to %d", l.ID, l.Remaining, sum)
			}
		}
	})
}

// drawPlan plans any operation there is on an account as it stands.
func drawPlan(t *rapid.T, s *shop, a ledger.Account, history map[string]ledger.Lot, taken []ledger.Move) ledger.Plan {
	t.Helper()
	var plan ledger.Plan
	var err error
	points := money.Points(rapid.Int64Range(1, 400).Draw(t, "points"))
	switch rapid.IntRange(0, 8).Draw(t, "operation") {
	case 0:
		plan, err = a.Credit(s.draw(t), ledger.ContraEarn)
	case 1:
		if available := a.Available(s.now); available > 0 {
			plan, err = a.Burn(min(points, available), s.now)
		}
	case 2:
		plan, err = a.Overdraw(points, s.now)
	case 3:
		r := ledger.Return{Claw: points, Taken: taken, NewLotID: s.id(), GraceUntil: s.now.AddDate(0, 0, 7)}
		for _, m := range taken {
			r.Restore -= m.Points
			closed := func(l ledger.Lot) bool { return l.ID == m.LotID }
			if l, ok := history[m.LotID]; ok && !slices.ContainsFunc(a.Lots, closed) && !slices.ContainsFunc(r.Closed, closed) {
				r.Closed = append(r.Closed, l)
			}
		}
		plan = a.Reverse(r, s.now)
	case 4:
		plan = a.Expire(s.now)
	case 5:
		plan = a.Extend(s.now.AddDate(0, 0, int(points/10)), s.now, nil)
	case 6:
		plan = a.Restore(nil, points, s.now.AddDate(0, 0, 9), s.id(), s.now)
	case 7:
		if available := a.Available(s.now); available > 0 {
			plan, _, err = a.Give(min(points, available), s.now, s.id)
		}
	case 8:
		plan, err = a.Absorb([]ledger.Lot{s.draw(t)}, points/2, s.now)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.now = s.now.AddDate(0, 0, rapid.IntRange(0, 3).Draw(t, "days"))
	return plan
}
