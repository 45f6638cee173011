package ledger_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"kartka/engine/ledger"
	"kartka/engine/money"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// twoViews is an account read whole, and the same read in part.
type twoViews struct {
	whole, part ledger.Account
	at          time.Time // when it was read
}

// drawViews draws an account whose lots begin and end on few days, so that many do so together.
func drawViews(t *rapid.T) twoViews {
	whole := ledger.Account{ID: "a"}
	days := rapid.IntRange(-3, 6)
	for i := range rapid.IntRange(0, 7).Draw(t, "lots") {
		l := lot(fmt.Sprint("lot", rapid.IntRange(0, 9).Draw(t, "id"), i), money.Points(rapid.Int64Range(1, 9).Draw(t, "points")), time.Time{})
		l.Remaining = money.Points(rapid.Int64Range(1, int64(l.Points)).Draw(t, "remaining"))
		l.EarnedAt = day(rapid.IntRange(-4, -3).Draw(t, "earned"))
		l.ActiveFrom = l.EarnedAt
		if rapid.IntRange(0, 2).Draw(t, "waits") == 0 {
			l.ActiveFrom = day(days.Draw(t, "active"))
		}
		if rapid.IntRange(0, 3).Draw(t, "ends") > 0 {
			l.ExpiresAt = day(days.Draw(t, "end"))
		}
		whole.Lots = append(whole.Lots, l)
	}
	if rapid.IntRange(0, 3).Draw(t, "in debt") == 0 {
		whole.Debt = money.Points(rapid.Int64Range(1, 9).Draw(t, "debt"))
	}
	if rapid.IntRange(0, 2).Draw(t, "held") == 0 {
		whole.Holds = []ledger.Hold{{ID: "h", Points: money.Points(rapid.Int64Range(1, 9).Draw(t, "hold")), ExpiresAt: day(days.Draw(t, "hold ends"))}}
	}
	v := twoViews{whole: whole, part: whole, at: drawInstant(t, "read at")}
	sum, ok := whole.Sum(v.at)
	if !ok {
		t.Fatal("a whole account does not know what it comes to")
	}
	first := inSpendOrder(whole.Lots)[:rapid.IntRange(0, len(whole.Lots)).Draw(t, "read")]
	v.part.Lots, v.part.Rest = slices.Clone(first), sum.Without(first, v.at)
	return v
}

// drawInstant draws a time at which something may begin or end, or one between.
func drawInstant(t *rapid.T, label string) time.Time {
	return day(rapid.IntRange(-5, 8).Draw(t, label)).Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, label+", hours")) * time.Hour)
}

func inSpendOrder(lots []ledger.Lot) []ledger.Lot {
	return slices.SortedFunc(slices.Values(lots), func(a, b ledger.Lot) int {
		never := func(l ledger.Lot) int {
			if l.ExpiresAt.IsZero() {
				return 1
			}
			return 0
		}
		return cmp.Or(cmp.Compare(never(a), never(b)), a.ExpiresAt.Compare(b.ExpiresAt), a.EarnedAt.Compare(b.EarnedAt), cmp.Compare(a.ID, b.ID))
	})
}

// plainSum is what lots come to, counted in the plainest way.
func plainSum(lots []ledger.Lot, now time.Time) (r ledger.Rest) {
	for _, l := range lots {
		r.Points += l.Remaining
		if l.Expired(now) {
			r.Ended += l.Remaining
			continue
		}
		if !l.Pending(now) {
			r.Active += l.Remaining
		}
		if l.ExpiresAt.IsZero() {
			continue
		}
		if r.Next.IsZero() || l.ExpiresAt.Before(r.Next) {
			r.Next, r.NextPoints = l.ExpiresAt, 0
		}
		if l.ExpiresAt.Equal(r.Next) {
			r.NextPoints += l.Remaining
		}
	}
	return r
}

// agree checks that an account read in part answers what the whole one does, or that it cannot.
func agree(t *rapid.T, what string, whole, part *ledger.Account, now time.Time) {
	t.Helper()
	if got, want := part.Balance(), whole.Balance(); got != want {
		t.Fatalf("%s: the balance is %d, not %d", what, got, want)
	}
	if got, want := part.Held(now), whole.Held(now); got != want || part.Debt != whole.Debt {
		t.Fatalf("%s: held is %d, debt %d, not %d, %d", what, got, part.Debt, want, whole.Debt)
	}
	sum, ok := part.Sum(now)
	if part.Whole() && !ok {
		t.Fatalf("%s: nothing is missing, and still it cannot say", what)
	}
	if !part.Rest.Holds(now) {
		if ok {
			t.Fatalf("%s: it says %+v at %s, by figures of another time", what, sum, now)
		}
		return
	}
	for _, q := range []struct {
		name string
		ask  func(*ledger.Account) money.Points
	}{
		{"active", func(a *ledger.Account) money.Points { return a.Active(now) }},
		{"pending", func(a *ledger.Account) money.Points { return a.Pending(now) }},
		{"ended", func(a *ledger.Account) money.Points { return a.Ended(now) }},
		{"available", func(a *ledger.Account) money.Points { return a.Available(now) }},
	} {
		if got, want := q.ask(part), q.ask(whole); got != want {
			t.Fatalf("%s: %s is %d, not %d", what, q.name, got, want)
		}
	}
	if !ok {
		return
	}
	at, points := part.Expiring(now)
	if wantAt, want := whole.Expiring(now); !at.Equal(wantAt) || points != want {
		t.Fatalf("%s: %d points end at %s, not %d at %s", what, points, at, want, wantAt)
	}
	if sum.Next.IsZero() && sum.NextPoints != 0 {
		t.Fatalf("%s: %d points end never", what, sum.NextPoints)
	}
	// The figures are right for as long as they say.
	for _, then := range []time.Time{now, sum.From, sum.Until.Add(-1), drawInstant(t, "later")} {
		if !sum.Holds(then) || then.IsZero() {
			continue
		}
		want := plainSum(whole.Lots, then)
		if want.From, want.Until = sum.From, sum.Until; want != sum {
			t.Fatalf("%s: at %s the lots come to\n%+v, not\n%+v", what, then, sum, want)
		}
	}
}

// An account read in part answers what the whole one would have answered, or says that it cannot. It never answers anything else, whatever
// is done to it and whenever it is asked.
func TestReadInPart(t *testing.T) {
	answered, declined := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		v := drawViews(t)
		agree(t, "as it was read", &v.whole, &v.part, v.at)
		now := v.at
		for range rapid.IntRange(0, 4).Draw(t, "deeds") {
			if rapid.IntRange(0, 3).Draw(t, "passes") == 0 {
				now = drawInstant(t, "now")
			}
			points := money.Points(rapid.Int64Range(-1, 25).Draw(t, "sum"))
			what := rapid.SampledFrom([]string{"credit", "burn", "debit", "overdraw"}).Draw(t, "deed")
			fresh := lot(fmt.Sprint("new", rapid.IntRange(0, 1000).Draw(t, "new id")), points, time.Time{})
			fresh.EarnedAt, fresh.ActiveFrom = now, now.AddDate(0, 0, rapid.IntRange(0, 2).Draw(t, "pending"))
			if days := rapid.IntRange(0, 4).Draw(t, "days"); days > 0 {
				fresh.ExpiresAt = fresh.ActiveFrom.AddDate(0, 0, days)
			}
			plan := func(a *ledger.Account) (ledger.Plan, error) {
				switch what {
				case "credit":
					return a.Credit(fresh, ledger.ContraEarn)
				case "burn":
					return a.Burn(points, now)
				case "debit":
					return a.Debit(points, now)
				}
				return a.Overdraw(points, now)
			}
			if slices.ContainsFunc(v.whole.Lots, func(l ledger.Lot) bool { return l.ID == fresh.ID }) {
				continue
			}
			whole, wholeErr := plan(&v.whole)
			part, partErr := plan(&v.part)
			if errors.Is(partErr, ledger.ErrPartial) {
				if v.part.Whole() {
					t.Fatalf("%s of %d: nothing is missing, and still it cannot say", what, points)
				}
				declined++
				return
			}
			if diff := gocmp.Diff(whole, part); wholeErr != partErr || diff != "" {
				t.Fatalf("%s of %d: %v, in part %v\n%s", what, points, wholeErr, partErr, diff)
			}
			if answered++; wholeErr != nil {
				continue
			}
			v.whole, v.part = v.whole.Apply(whole), v.part.Apply(part)
			agree(t, fmt.Sprintf("after %s of %d", what, points), &v.whole, &v.part, now)
		}
		agree(t, "at another time", &v.whole, &v.part, drawInstant(t, "asked at"))
	})
	if answered < declined {
		t.Errorf("%d questions were answered and %d not", answered, declined)
	}
}

// What was read first is what is spent first: most spending needs nothing else.
func TestReadInPartSpends(t *testing.T) {
	a := ledger.Account{Lots: []ledger.Lot{lot("a", 5, day(1)), lot("b", 5, day(2)), lot("c", 5, day(2)), lot("d", 5, time.Time{})}}
	sum, _ := a.Sum(monday)
	for _, c := range []struct {
		read   int
		points money.Points
		err    error
		known  bool // what ends next, after it
	}{
		{0, 1, ledger.ErrPartial, false}, {1, 5, nil, false}, {1, 6, ledger.ErrPartial, false}, {1, 4, nil, false}, {2, 4, nil, true}, {2, 9, nil, false}, {2, 10, nil, false},
		{3, 15, nil, false}, {3, 16, ledger.ErrPartial, false}, {4, 20, nil, true}, {4, 21, ledger.ErrInsufficient, false}, {1, 21, ledger.ErrInsufficient, false},
	} {
		part := ledger.Account{Lots: a.Lots[:c.read], Rest: sum.Without(a.Lots[:c.read], monday)}
		plan, err := part.Burn(c.points, monday)
		if err != c.err {
			t.Errorf("%d read, %d spent: %v", c.read, c.points, err)
		}
		if err != nil {
			continue
		}
		after := part.Apply(plan)
		if _, known := after.Sum(monday); known != c.known {
			t.Errorf("%d read, %d spent: what ends next is known: %v", c.read, c.points, known)
		}
		if _, err := part.Burn(1, day(1)); c.read < 4 && err != ledger.ErrPartial {
			t.Errorf("%d read: spent at a time for which nothing is known: %v", c.read, err)
		}
	}
}
