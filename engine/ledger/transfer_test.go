package ledger_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"kartka/engine/ledger"
	"kartka/engine/money"
)

// numbered returns a source of lot ids.
func numbered(prefix string) func() string {
	n := 0
	return func() string {
		n++
		return fmt.Sprintf("%s%d", prefix, n)
	}
}

func TestGivenPointsKeepTheirEnd(t *testing.T) {
	giver := ledger.Account{Lots: []ledger.Lot{lot("later", 50, day(20)), lot("soon", 30, day(5))}}
	plan, pieces, err := giver.Give(40, monday.Add(time.Hour), numbered("p"))
	if err != nil {
		t.Fatal(err)
	}
	taker := ledger.Account{Debt: 10}
	received, err := taker.Receive(pieces, monday.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	giver, taker = giver.Apply(plan), taker.Apply(received)
	if got := remaining(giver); len(got) != 1 || got["later"] != 40 {
		t.Errorf("the giver is left with %v", got)
	}
	if got := remaining(taker); got["p1"] != 20 || got["p2"] != 10 || taker.Debt != 0 {
		t.Errorf("the receiver has %v, debt %d; want 20 and 10 after paying 10", got, taker.Debt)
	}
	for _, l := range taker.Lots {
		want := map[string]time.Time{"p1": day(5), "p2": day(20)}[l.ID]
		if !l.ExpiresAt.Equal(want) || l.Kind != ledger.KindTransfer || l.SaleID != "" || !l.EarnedAt.Equal(monday) {
			t.Errorf("received %+v, which should end on %s", l, want)
		}
	}
	if plan.Net()+received.Net() != 0 {
		t.Errorf("%d points came of nothing", plan.Net()+received.Net())
	}
}

func TestWhatCannotBeGiven(t *testing.T) {
	pending := lot("pending", 50, day(20))
	pending.ActiveFrom = day(2)
	held := []ledger.Hold{{ID: "h", Points: 20, ExpiresAt: day(1)}}
	cases := map[string]struct {
		account ledger.Account
		points  money.Points
		err     error
	}{
		"nothing":            {ledger.Account{Lots: []ledger.Lot{lot("a", 30, day(5))}}, 0, ledger.ErrNotPositive},
		"less":               {ledger.Account{Lots: []ledger.Lot{lot("a", 30, day(5))}}, -1, ledger.ErrNotPositive},
		"more than is":       {ledger.Account{Lots: []ledger.Lot{lot("a", 30, day(5))}}, 31, ledger.ErrInsufficient},
		"pending":            {ledger.Account{Lots: []ledger.Lot{pending}}, 1, ledger.ErrInsufficient},
		"ended":              {ledger.Account{Lots: []ledger.Lot{lot("a", 30, monday)}}, 1, ledger.ErrInsufficient},
		"promised to a till": {ledger.Account{Lots: []ledger.Lot{lot("a", 30, day(5))}, Holds: held}, 11, ledger.ErrInsufficient},
		"with a debt":        {ledger.Account{Debt: 1, Lots: []ledger.Lot{pending}}, 1, ledger.ErrInsufficient},
	}
	for name, c := range cases {
		if _, _, err := c.account.Give(c.points, monday, numbered("p")); !errors.Is(err, c.err) {
			t.Errorf("%s: %v, want %v", name, err, c.err)
		}
	}
	full := ledger.Account{Lots: []ledger.Lot{lot("a", 1<<62, day(5))}}
	if _, err := full.Receive([]ledger.Lot{lot("p", 1<<62, day(5))}, monday); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("more than fits: %v", err)
	}
}

func TestAnAccountBecomesPartOfAnother(t *testing.T) {
	pending, ended := lot("pending", 50, day(20)), lot("ended", 7, monday)
	pending.ActiveFrom, pending.SaleID = day(2), "sale"
	gone := ledger.Account{Debt: 20, Lots: []ledger.Lot{pending, ended}}
	kept := ledger.Account{Debt: 5, Lots: nil}
	out, pieces, debt := gone.GiveAll(numbered("p"))
	in, err := kept.Absorb(pieces, debt, monday)
	if err != nil {
		t.Fatal(err)
	}
	before := gone.Balance() + kept.Balance()
	gone, kept = gone.Apply(out), kept.Apply(in)
	if len(gone.Lots) != 0 || gone.Debt != 0 || kept.Balance() != before {
		t.Fatalf("left %+v, kept %+v", gone, kept)
	}
	if got := remaining(kept); got["p1"] != 7 || got["p2"] != 25 || kept.Debt != 0 {
		t.Errorf("kept %v, debt %d; what has ended pays nothing, the pending lot pays 25", got, kept.Debt)
	}
	for _, l := range kept.Lots {
		if l.ID == "p2" && (!l.ActiveFrom.Equal(day(2)) || l.SaleID != "sale" || l.Kind != ledger.KindEarn) {
			t.Errorf("the pending lot came as %+v", l)
		}
	}
}

func TestADebtThatComesLeavesHeldPointsAlone(t *testing.T) {
	kept := ledger.Account{Lots: []ledger.Lot{lot("a", 30, day(5))}, Holds: []ledger.Hold{{ID: "h", Points: 20, ExpiresAt: day(1)}}}
	in, err := kept.Absorb(nil, 25, monday)
	if err != nil {
		t.Fatal(err)
	}
	if kept = kept.Apply(in); kept.Debt != 15 || kept.Active(monday) != 20 {
		t.Errorf("debt %d, active %d; want 15 and the 20 that a till was promised", kept.Debt, kept.Active(monday))
	}
}

func TestPartingAgain(t *testing.T) {
	cases := []struct {
		name              string
		kept              ledger.Account
		owed, debt        money.Points // of the lot "to"
		balance, keptDebt money.Points // of the one kept, afterwards
		credit            money.Points
		goneBalance       money.Points
	}{
		{"all is there", ledger.Account{Lots: []ledger.Lot{lot("to", 50, day(9)), lot("own", 10, day(9))}}, 50, 0, 10, 0, 0, 50},
		{"a part is spent and other points pay", ledger.Account{Lots: []ledger.Lot{lot("to", 20, day(9)), lot("own", 40, day(9))}}, 50, 0, 10, 0, 0, 50},
		{"a part is spent and is owed", ledger.Account{Lots: []ledger.Lot{lot("to", 20, day(9)), lot("own", 10, day(9))}}, 50, 0, -20, 20, 0, 50},
		{"a debt that came goes back", ledger.Account{Debt: 15}, 0, 15, 0, 0, 0, -15},
		{"a debt that was paid comes back as points", ledger.Account{Debt: 5}, 0, 15, 10, 0, 10, -15},
		{"the debt was paid from the lot that came with it", ledger.Account{Lots: []ledger.Lot{lot("to", 30, day(9))}}, 50, 20, 0, 0, 0, 30},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			credit := lot("credit", 0, day(30))
			out := c.kept.HandBack([]ledger.Owed{{LotID: "to", Points: c.owed}}, c.debt, credit, monday)
			kept := c.kept.Apply(out)
			if kept.Balance() != c.balance || kept.Debt != c.keptDebt || remaining(kept)["credit"] != c.credit {
				t.Errorf("kept %d, debt %d, credit %d; want %d, %d, %d", kept.Balance(), kept.Debt, remaining(kept)["credit"], c.balance, c.keptDebt, c.credit)
			}
			home := lot("from", 60, day(9))
			home.Remaining = 0
			gone := ledger.Account{}
			in := gone.TakeBack([]ledger.Lot{home}, []ledger.Owed{{LotID: "from", Points: c.owed}}, c.debt, monday)
			gone = gone.Apply(in)
			if gone.Balance() != c.goneBalance || out.Net()+in.Net() != 0 {
				t.Errorf("the other has %d, want %d; together they changed by %d", gone.Balance(), c.goneBalance, out.Net()+in.Net())
			}
		})
	}
}
