package ledger_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"kartka/engine/ledger"
	"kartka/engine/money"

	"pgregory.net/rapid"
)

var monday = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

func day(n int) time.Time { return monday.AddDate(0, 0, n) }

func lot(id string, points money.Points, expires time.Time) ledger.Lot {
	return ledger.Lot{ID: id, Points: points, Remaining: points, ActiveFrom: monday, EarnedAt: monday, ExpiresAt: expires, Kind: ledger.KindEarn}
}

func remaining(a ledger.Account) map[string]money.Points {
	m := map[string]money.Points{}
	for _, l := range a.Lots {
		m[l.ID] = l.Remaining
	}
	return m
}

// Hard case "expiring lots order": A100 expires 10 Jan, B50 expires 5 Jan; spend 60 → B0, A90.
func TestSoonestExpiringIsSpentFirst(t *testing.T) {
	a := ledger.Account{ID: "m", Lots: []ledger.Lot{lot("A", 100, day(10)), lot("B", 50, day(5))}}
	plan, err := a.Burn(60, monday)
	if err != nil {
		t.Fatal(err)
	}
	after := a.Apply(plan)
	if got := remaining(after); len(got) != 1 || got["A"] != 90 {
		t.Fatalf("left %v, want A 90 and nothing else", got)
	}
}

func TestTiesGoToEarlierEarnedThenLowerID(t *testing.T) {
	early := lot("z", 10, day(5))
	early.EarnedAt = monday.Add(-time.Hour)
	a := ledger.Account{Lots: []ledger.Lot{lot("b", 10, day(5)), lot("never", 10, time.Time{}), lot("a", 10, day(5)), early}}
	plan, err := a.Burn(31, monday)
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, m := range plan.Moves {
		order = append(order, fmt.Sprint(m.LotID, m.Points))
	}
	if got := fmt.Sprint(order); got != "[z-10 a-10 b-10 never-1]" {
		t.Fatalf("spent in order %s", got)
	}
}

// Hard case "balance collapse": +100 expiring t1; −100; +30 expiring t2; after t1 the balance is 30.
func TestSpentLotsDoNotExpireAgain(t *testing.T) {
	a := ledger.Account{Lots: []ledger.Lot{lot("1", 100, day(1))}}
	plan, err := a.Burn(100, monday)
	if err != nil {
		t.Fatal(err)
	}
	a = a.Apply(plan)
	plan, err = a.Credit(lot("2", 30, day(9)), ledger.ContraEarn)
	if err != nil {
		t.Fatal(err)
	}
	a = a.Apply(plan)
	if plan := a.Expire(day(1)); !plan.Empty() {
		t.Fatalf("expired %v of what was spent", plan.Moves)
	}
	if a.Balance() != 30 || a.Available(day(1)) != 30 {
		t.Fatalf("balance %d, available %d; want 30", a.Balance(), a.Available(day(1)))
	}
}

// Hard case "clawback when earned points are already spent": earn 35, spend 35, return → −35; next earn 50 → 15.
func TestDebtIsPaidByTheNextEarning(t *testing.T) {
	a := ledger.Account{}
	plan := a.Reverse(ledger.Return{Claw: 35, Own: []string{"gone"}, NewLotID: "g", GraceUntil: day(14)}, monday)
	a = a.Apply(plan)
	if a.Balance() != -35 || a.Debt != 35 || a.Available(monday) != 0 {
		t.Fatalf("balance %d, debt %d, available %d", a.Balance(), a.Debt, a.Available(monday))
	}
	plan, err := a.Credit(lot("next", 50, day(30)), ledger.ContraEarn)
	if err != nil {
		t.Fatal(err)
	}
	a = a.Apply(plan)
	if a.Balance() != 15 || a.Debt != 0 || a.Available(monday) != 15 {
		t.Fatalf("balance %d, debt %d, available %d; want 15, 0, 15", a.Balance(), a.Debt, a.Available(monday))
	}
}

func TestPoliciesOfClaw(t *testing.T) {
	pending := lot("sale", 20, day(60))
	pending.ActiveFrom = day(3)
	cases := []struct {
		name                      string
		policy                    ledger.Policy
		lots                      []ledger.Lot
		balance, debt, writtenOff money.Points
	}{
		{"debt takes all and owes the rest", ledger.PolicyDebt, []ledger.Lot{pending, lot("x", 10, day(9))}, -5, 5, 0},
		{"to zero writes the rest off", ledger.PolicyToZero, []ledger.Lot{pending, lot("x", 10, day(9))}, 0, 0, 5},
		{"pending only leaves what is active", ledger.PolicyPendingOnly, []ledger.Lot{pending, lot("x", 10, day(9))}, 10, 0, 15},
		{"pending only leaves an active lot of the sale", ledger.PolicyPendingOnly, []ledger.Lot{lot("sale", 20, day(60))}, 20, 0, 35},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a := ledger.Account{Lots: c.lots}
			plan := a.Reverse(ledger.Return{Claw: 35, Own: []string{"sale"}, NewLotID: "g", GraceUntil: day(14), Policy: c.policy}, monday)
			after := a.Apply(plan)
			if after.Balance() != c.balance || after.Debt != c.debt || plan.WrittenOff != c.writtenOff {
				t.Fatalf("balance %d, debt %d, written off %d; want %d, %d, %d", after.Balance(), after.Debt, plan.WrittenOff, c.balance, c.debt, c.writtenOff)
			}
		})
	}
}

func TestRestoredPointsGoHomeOrGetGrace(t *testing.T) {
	a := ledger.Account{Lots: []ledger.Lot{lot("soon", 10, day(2)), lot("later", 40, day(40))}}
	plan, err := a.Burn(30, monday)
	if err != nil {
		t.Fatal(err)
	}
	after := a.Apply(plan)
	back := after.Reverse(ledger.Return{Restore: 30, Taken: plan.Moves, NewLotID: "grace", GraceUntil: day(14), Closed: []ledger.Lot{lot("soon", 10, day(2))}}, monday)
	home := after.Apply(back)
	if got := remaining(home); got["later"] != 40 || got["grace"] != 10 || got["soon"] != 0 {
		t.Fatalf("restored to %v; want later 40, grace 10", got)
	}
	if home.Balance() != a.Balance() {
		t.Fatalf("balance %d, want %d", home.Balance(), a.Balance())
	}
}

func TestLapsedPointsAreNotTakenTwice(t *testing.T) {
	a := ledger.Account{Lots: []ledger.Lot{lot("other", 50, day(90))}}
	plan := a.Reverse(ledger.Return{Claw: 35, Lapsed: 30, Own: []string{"sale"}, NewLotID: "g", GraceUntil: day(14)}, monday)
	if plan.Net() != -5 || plan.Lapsed != 30 {
		t.Fatalf("took %d, lapsed %d; want −5 and 30", plan.Net(), plan.Lapsed)
	}
}

func TestHoldsKeepPointsFromOthers(t *testing.T) {
	a := ledger.Account{Lots: []ledger.Lot{lot("1", 100, day(9))}, Holds: []ledger.Hold{
		{ID: "h", Points: 80, CreatedAt: monday, ExpiresAt: monday.Add(time.Minute)}}}
	if _, err := a.Burn(30, monday); !errors.Is(err, ledger.ErrInsufficient) {
		t.Fatalf("spent held points: %v", err)
	}
	if _, err := a.Burn(30, monday.Add(time.Minute)); err != nil {
		t.Fatalf("an ended hold still holds: %v", err)
	}
	if plan := a.Expire(day(9).Add(time.Second)); plan.Net() != -100 {
		t.Fatalf("expired %d, want −100", plan.Net())
	}
	a.Holds[0].ExpiresAt = day(9).Add(time.Hour)
	if plan := a.Expire(day(9).Add(time.Second)); !plan.Empty() {
		t.Fatal("points promised to a till expired under it")
	}
}

func TestRefusals(t *testing.T) {
	a := ledger.Account{Lots: []ledger.Lot{lot("1", 10, day(9))}}
	if _, err := a.Burn(0, monday); !errors.Is(err, ledger.ErrNotPositive) {
		t.Errorf("burn of nothing: %v", err)
	}
	if _, err := a.Burn(-1, monday); !errors.Is(err, ledger.ErrNotPositive) {
		t.Errorf("negative burn: %v", err)
	}
	if _, err := a.Credit(lot("2", -1, day(9)), ledger.ContraEarn); !errors.Is(err, ledger.ErrNotPositive) {
		t.Errorf("negative credit: %v", err)
	}
	if _, err := a.Credit(lot("2", 1<<62, day(9)), ledger.ContraEarn); err != nil {
		t.Errorf("large credit: %v", err)
	}
	rich := ledger.Account{Lots: []ledger.Lot{lot("1", 1<<62, time.Time{})}}
	if _, err := rich.Credit(lot("2", 1<<62, day(9)), ledger.ContraEarn); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("overflowing credit: %v", err)
	}
}

// books keeps the entries a model account has had, to hold every plan against the laws.
type books struct {
	account ledger.Account
	lots    map[string]ledger.Lot // every lot there ever was
	byLot   map[string]money.Points
	contra  map[ledger.Contra]money.Points
	entries money.Points
	next    int
	now     time.Time
}

func (b *books) id() string {
	b.next++
	return fmt.Sprintf("lot%04d", b.next)
}

// post applies a plan and checks every law.
func (b *books) post(t *rapid.T, plan ledger.Plan) {
	t.Helper()
	before := b.account.Balance()
	for _, l := range plan.NewLots {
		b.lots[l.ID] = l
	}
	for _, m := range plan.Moves {
		b.byLot[m.LotID] += m.Points
		b.contra[m.Contra] -= m.Points
		b.entries += m.Points
	}
	b.account = b.account.Apply(plan)
	if got := b.account.Balance(); got != before+plan.Net() || got != b.entries {
		t.Fatalf("balance %d, entries %d, before %d, net %d", got, b.entries, before, plan.Net())
	}
	var contra money.Points
	for _, c := range b.contra {
		contra += c
	}
	if contra+b.account.Balance() != 0 {
		t.Fatalf("program sums to %d", contra+b.account.Balance())
	}
	if b.contra[ledger.ContraDebt] != 0 {
		t.Fatalf("debt moves sum to %d", b.contra[ledger.ContraDebt])
	}
	if b.account.Debt != -b.byLot[""] || b.account.Debt < 0 {
		t.Fatalf("debt %d, entries say %d", b.account.Debt, -b.byLot[""])
	}
	for _, l := range b.account.Lots {
		if l.Remaining < 0 || l.Remaining != b.byLot[l.ID] {
			t.Fatalf("lot %s holds %d, entries say %d", l.ID, l.Remaining, b.byLot[l.ID])
		}
	}
	if b.account.Available(b.now) < 0 || (b.account.Debt > 0 && b.account.Available(b.now) > 0) {
		t.Fatalf("available %d with a debt of %d", b.account.Available(b.now), b.account.Debt)
	}
}

// spend is a sale's burn, to be returned in parts.
type spend struct {
	points, back money.Points
	moves        []ledger.Move
	earnLot      string
	earned, claw money.Points
}

func TestLawsHoldOverAnyHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := &books{lots: map[string]ledger.Lot{}, byLot: map[string]money.Points{}, contra: map[ledger.Contra]money.Points{}, now: monday}
		var spends []*spend
		policy := rapid.SampledFrom([]ledger.Policy{ledger.PolicyDebt, ledger.PolicyToZero, ledger.PolicyPendingOnly}).Draw(t, "policy")
		t.Repeat(map[string]func(*rapid.T){
			"earn": func(t *rapid.T) {
				l := lot(b.id(), money.Points(rapid.Int64Range(1, 1000).Draw(t, "points")), b.now.AddDate(0, 0, rapid.IntRange(1, 60).Draw(t, "days")))
				l.EarnedAt, l.ActiveFrom = b.now, b.now.AddDate(0, 0, rapid.IntRange(0, 3).Draw(t, "pending"))
				plan, err := b.account.Credit(l, ledger.ContraEarn)
				if err != nil {
					t.Fatal(err)
				}
				b.post(t, plan)
				spends = append(spends, &spend{earnLot: l.ID, earned: l.Points})
			},
			"burn": func(t *rapid.T) {
				available := b.account.Available(b.now)
				points := money.Points(rapid.Int64Range(1, 1200).Draw(t, "points"))
				plan, err := b.account.Burn(points, b.now)
				if points > available {
					if !errors.Is(err, ledger.ErrInsufficient) {
						t.Fatalf("spent %d of %d: %v", points, available, err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				b.post(t, plan)
				spends = append(spends, &spend{points: points, moves: plan.Moves})
			},
			"overdraw": func(t *rapid.T) {
				points := money.Points(rapid.Int64Range(1, 50).Draw(t, "points"))
				plan, err := b.account.Overdraw(points, b.now)
				if err != nil {
					t.Fatal(err)
				}
				b.post(t, plan)
				spends = append(spends, &spend{points: points, moves: plan.Moves})
			},
			"return a part": func(t *rapid.T) {
				if len(spends) == 0 {
					t.Skip("nothing to return")
				}
				s := rapid.SampledFrom(spends).Draw(t, "spend")
				r := ledger.Return{Policy: policy, NewLotID: b.id(), GraceUntil: b.now.AddDate(0, 0, 14), Own: []string{s.earnLot}}
				r.Restore = money.Points(rapid.Int64Range(0, int64(s.points-s.back)).Draw(t, "restore"))
				r.Claw = money.Points(rapid.Int64Range(0, int64(s.earned-s.claw)).Draw(t, "claw"))
				left := s.points - s.back
				for _, m := range s.moves { // what earlier parts restored is cut from the end
					if left <= 0 {
						break
					}
					m.Points = max(m.Points, -left)
					left += m.Points
					r.Taken = append(r.Taken, m)
					if closed, ok := b.lots[m.LotID]; ok {
						r.Closed = append(r.Closed, closed)
					}
				}
				plan := b.account.Reverse(r, b.now)
				if got, want := plan.Net(), r.Restore-r.Claw+plan.WrittenOff+plan.Lapsed; got != want {
					t.Fatalf("return of +%d −%d changed the balance by %d (written off %d)", r.Restore, r.Claw, got, plan.WrittenOff)
				}
				b.post(t, plan)
				s.back += r.Restore
				s.claw += r.Claw
			},
			"days pass": func(t *rapid.T) {
				b.now = b.now.AddDate(0, 0, rapid.IntRange(1, 20).Draw(t, "days"))
				b.post(t, b.account.Expire(b.now))
				if !b.account.Expire(b.now).Empty() {
					t.Fatal("expired twice")
				}
			},
			"leave": func(t *rapid.T) {
				if rapid.IntRange(0, 30).Draw(t, "luck") > 0 {
					t.Skip("stays")
				}
				b.post(t, b.account.Forfeit())
				if b.account.Balance() != 0 || b.account.Debt != 0 {
					t.Fatalf("left with %d, debt %d", b.account.Balance(), b.account.Debt)
				}
			},
		})
	})
}
