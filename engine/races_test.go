package engine_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/money"

	"github.com/anishathalye/porcupine"
)

// at runs n calls at once and returns their errors.
func at(n int, call func(i int) error) []error {
	errs := make([]error, n)
	var start, done sync.WaitGroup
	start.Add(1)
	for i := range n {
		done.Go(func() {
			start.Wait()
			errs[i] = call(i)
		})
	}
	start.Done()
	done.Wait()
	return errs
}

func (w *world) give(t *testing.T, p engine.Program, m engine.Member, points money.Points) {
	t.Helper()
	_, err := w.engine.Adjust(t.Context(), engine.AdjustInput{Key: "give:" + m.ID, ProgramID: p.ID, MemberID: m.ID, Points: points, Note: "test"})
	if err != nil {
		t.Fatal(err)
	}
}

// Hard case "two tills at once": twenty spends of 100 from 100, exactly one wins.
func TestOfTwentySpendsOneWins(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.draft(t))
		m := w.join(t, p, engine.JoinInput{})
		w.give(t, p, m, 100)
		won := 0
		for _, err := range at(20, func(i int) error {
			_, err := w.engine.Post(context.Background(), engine.PostInput{Key: fmt.Sprint("spend", i), Sale: engine.SaleInput{
				ProgramID: p.ID, MemberID: m.ID, Sum: 100000, Redeem: 100}})
			return err
		}) {
			switch {
			case err == nil:
				won++
			case !engine.IsKind(err, engine.KindInsufficient):
				t.Errorf("loser: %v", err)
			}
		}
		if won != 1 {
			t.Errorf("%d spends won", won)
		}
		w.verify(t, p)
	})
}

func TestOfTwentyCallsWithOneKeyOneActs(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.draft(t))
		m := w.join(t, p, engine.JoinInput{})
		answers := make([]engine.Posted, 20)
		for _, err := range at(20, func(i int) (err error) {
			answers[i], err = w.engine.Post(context.Background(), engine.PostInput{Key: "once", Sale: engine.SaleInput{ProgramID: p.ID, MemberID: m.ID, Sum: 20000}})
			return err
		}) {
			if err != nil {
				t.Errorf("call: %v", err)
			}
		}
		fresh := 0
		for _, a := range answers {
			if a.SaleID != answers[0].SaleID || a.Earned != 10 {
				t.Errorf("answers differ: %+v", a)
			}
			if !a.Replayed {
				fresh++
			}
		}
		if fresh != 1 {
			t.Errorf("%d calls acted", fresh)
		}
		if b := w.balance(t, p, m); b.Total != 10 {
			t.Errorf("balance %d", b.Total)
		}
	})
}

func TestTwoHoldsOnOnePurse(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.draft(t))
		m := w.join(t, p, engine.JoinInput{})
		w.give(t, p, m, 100)
		holds := make([]engine.Reserved, 8)
		won := 0
		for i, err := range at(8, func(i int) (err error) {
			holds[i], err = w.engine.Reserve(context.Background(), engine.ReserveInput{Key: fmt.Sprint("hold", i), Sale: engine.SaleInput{ProgramID: p.ID, MemberID: m.ID, Sum: 100000, Redeem: 60}})
			return err
		}) {
			if err == nil {
				won++
				posted, err := w.engine.Confirm(t.Context(), p.ID, holds[i].Hold.ID, m.ID)
				if err != nil || posted.Redeemed != 60 {
					t.Errorf("confirm: %+v, %v", posted, err)
				}
				again, err := w.engine.Confirm(t.Context(), p.ID, holds[i].Hold.ID, m.ID)
				if err != nil || again.SaleID != posted.SaleID || !again.Replayed {
					t.Errorf("second confirm: %+v, %v", again, err)
				}
			} else if !engine.IsKind(err, engine.KindInsufficient) {
				t.Errorf("loser: %v", err)
			}
		}
		if won != 1 {
			t.Errorf("%d holds of 60 on 100 points", won)
		}
		w.verify(t, p)
	})
}

// account is the sequential meaning of one purse, for the checker of linearizability.
type purseOp struct {
	kind   string
	points money.Points
}

var purse = porcupine.Model{
	Init: func() any { return money.Points(0) },
	Step: func(state, input, output any) (bool, any) {
		balance, op, ok := state.(money.Points), input.(purseOp), output.(money.Points)
		switch op.kind {
		case "read":
			return ok == balance, balance
		case "give":
			return true, balance + op.points
		}
		if ok == 1 {
			return balance >= op.points, balance - op.points
		}
		return balance < op.points, balance
	},
}

// No interleaving of tills spends more than there is, and every reading fits one order of events.
func TestPurseIsLinearizable(t *testing.T) {
	each(t, func(t *testing.T, open func(*testing.T) *world) {
		w := open(t)
		p := w.newProgram(t, w.draft(t))
		m := w.join(t, p, engine.JoinInput{})
		began := time.Now()
		var mu sync.Mutex
		var history []porcupine.Operation
		at(6, func(till int) error {
			chance := rand.New(rand.NewPCG(uint64(till), 7))
			for i := range 25 {
				op := purseOp{kind: []string{"give", "spend", "spend", "read"}[chance.IntN(4)], points: money.Points(1 + chance.IntN(40))}
				call := time.Since(began).Nanoseconds()
				var out money.Points
				var err error
				key := fmt.Sprintf("op-%d-%d", till, i)
				switch op.kind {
				case "give":
					_, err = w.engine.Adjust(context.Background(), engine.AdjustInput{Key: key, ProgramID: p.ID, MemberID: m.ID, Points: op.points, Note: "n"})
				case "spend":
					_, err = w.engine.Adjust(context.Background(), engine.AdjustInput{Key: key, ProgramID: p.ID, MemberID: m.ID, Points: -op.points, Note: "n"})
					if err == nil {
						out = 1
					} else if engine.IsKind(err, engine.KindInsufficient) {
						err = nil
					}
				case "read":
					a, readErr := w.store.Account(context.Background(), p.ID, m.AccountID)
					out, err = a.Available(w.engine.Now()), readErr
				}
				if err != nil {
					t.Errorf("%s: %v", op.kind, err)
				}
				mu.Lock()
				history = append(history, porcupine.Operation{ClientId: till, Input: op, Output: out, Call: call, Return: time.Since(began).Nanoseconds()})
				mu.Unlock()
			}
			return nil
		})
		if result := porcupine.CheckOperationsTimeout(purse, history, 30*time.Second); result != porcupine.Ok {
			t.Errorf("history of %d operations: %v", len(history), result)
		}
		w.verify(t, p)
	})
}
