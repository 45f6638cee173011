package ledger_test

import (
	"testing"
	"time"

	"kartka/engine/ledger"
	"kartka/engine/money"
)

func TestExtendOnlyProlongs(t *testing.T) {
	a := ledger.Account{Lots: []ledger.Lot{lot("soon", 10, day(5)), lot("late", 10, day(50)), lot("never", 10, time.Time{}), lot("ended", 10, monday),
		lot("other", 10, day(6))}}
	plan := a.Extend(day(30), monday, func(l ledger.Lot) bool { return l.ID != "other" })
	if plan.Empty() || plan.Net() != 0 {
		t.Fatalf("plan %+v", plan)
	}
	ends := map[string]time.Time{"soon": day(30), "late": day(50), "never": {}, "ended": monday, "other": day(6)}
	after := a.Apply(plan)
	for _, l := range after.Lots {
		if !l.ExpiresAt.Equal(ends[l.ID]) {
			t.Errorf("%s ends on %s, want %s", l.ID, l.ExpiresAt, ends[l.ID])
		}
	}
	if len(after.Lots) != len(a.Lots) || after.Balance() != a.Balance() {
		t.Errorf("changed the points: %+v", after.Lots)
	}
}

func TestRestoredPointsAreALotOfTheirOwn(t *testing.T) {
	ended := lot("ended", 40, monday)
	ended.EarnedAt = monday.AddDate(0, 0, -90)
	a := ledger.Account{Debt: 5}
	plan := a.Restore([]ledger.Lot{ended}, 30, day(14), "r", monday)
	after := a.Apply(plan)
	if after.Balance() != 25 || after.Debt != 0 || len(after.Lots) != 1 {
		t.Fatalf("after %+v", after)
	}
	if l := after.Lots[0]; l.Kind != ledger.KindRestore || !l.ExpiresAt.Equal(day(14)) || !l.EarnedAt.Equal(ended.EarnedAt) {
		t.Errorf("restored %+v", l)
	}
	if plan.Moves[0].Contra != ledger.ContraExpire {
		t.Errorf("restored from %s", plan.Moves[0].Contra)
	}
	if !a.Restore(nil, 0, day(14), "r", monday).Empty() {
		t.Error("restored nothing as something")
	}
}

func TestWhatBecomesSpendableAndWhatEnds(t *testing.T) {
	pending := lot("pending", 10, day(30))
	pending.ActiveFrom = day(2)
	never := lot("stillborn", 100, day(1))
	never.ActiveFrom = day(2)
	a := ledger.Account{Lots: []ledger.Lot{pending, never, lot("soon", 5, day(2)), lot("later", 7, day(3)), lot("forever", 9, time.Time{})}}
	for name, c := range map[string]struct{ got, want money.Points }{
		"activating on day 2":   {a.Activating(day(1), day(2)), 10},
		"activating from day 2": {a.Activating(day(2), day(3)), 0},
		"ending on day 2":       {a.Ending(day(1), day(2)), 5},
		"ending on days 1 to 3": {a.Ending(monday, day(3)), 112},
		"ending after all have": {a.Ending(day(30), day(90)), 0},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", name, c.got, c.want)
		}
	}
}

// The lots of a sale are taken back pending ones first, then the rest, then other lots; one may come before all of them.
func TestOrderOfClaw(t *testing.T) {
	pending := lot("own pending", 10, day(60))
	pending.ActiveFrom = day(3)
	a := ledger.Account{Lots: []ledger.Lot{lot("other", 10, day(1)), lot("own late", 10, day(9)), lot("own soon", 10, day(5)), pending}}
	for first, order := range map[string][]string{
		"":         {"own pending", "own soon", "own late", "other", ""},
		"own late": {"own late", "own pending", "own soon", "other", ""},
	} {
		for claw := money.Points(5); claw <= 45; claw += 10 {
			plan := a.Reverse(ledger.Return{Claw: claw, Own: []string{"own late", "own pending", "own soon"}, First: first, NewLotID: "g", GraceUntil: day(14)}, monday)
			for i, m := range plan.Moves {
				if m.LotID != order[i] || (m.Points != -10 && i != len(plan.Moves)-1) {
					t.Errorf("taking %d back, first of %q: move %d is %+v, want of %q", claw, first, i, m, order[i])
				}
			}
			if len(plan.Moves) != int(claw+5)/10 {
				t.Errorf("taking %d back, first of %q: %d moves", claw, first, len(plan.Moves))
			}
		}
	}
}

func TestPointsReturnFromAnAccountThatWasMerged(t *testing.T) {
	long, short := lot("long", 30, day(40)), lot("short", 30, day(3))
	a := ledger.Account{}
	plan := a.Reverse(ledger.Return{Restore: 60, Taken: []ledger.Move{{LotID: "short", Points: -30}, {LotID: "long", Points: -30}},
		Elsewhere: []ledger.Lot{long, short}, IDs: numbered("new"), NewLotID: "grace", GraceUntil: day(14)}, monday)
	after := a.Apply(plan)
	if got := remaining(after); len(got) != 2 || got["new1"] != 30 || got["grace"] != 30 {
		t.Fatalf("came back as %v", got)
	}
	for _, l := range after.Lots {
		if l.ID == "new1" && !l.ExpiresAt.Equal(day(40)) {
			t.Errorf("ends on %s", l.ExpiresAt)
		}
	}
}
