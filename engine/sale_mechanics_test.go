package engine

import (
	"flag"
	"slices"
	"strconv"
	"testing"

	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"

	"pgregory.net/rapid"
)

// pureCases is how many checks the arithmetic of returns is held against, unless -rapid.checks says otherwise.
const pureCases = 10_000

func manyChecks(t *testing.T) {
	t.Helper()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if given {
		return
	}
	f := flag.Lookup("rapid.checks")
	before := f.Value.String()
	if err := f.Value.Set(strconv.Itoa(pureCases)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Value.Set(before); err != nil {
			t.Error(err)
		}
	})
}

// drawnSale draws a recorded check whose lines have shares of everything.
func drawnSale(t *rapid.T) Sale {
	upTo := func(name string, most int64) int64 { return rapid.Int64Range(0, max(0, most)).Draw(t, name) }
	var s Sale
	for no := range rapid.IntRange(1, 5).Draw(t, "lines") {
		l := SaleLine{No: no + 1, Line: rules.Line{Quantity: money.Quantity(1 + upTo("quantity", 7000)), Net: money.Amount(upTo("net", 1_000_000))}}
		l.Discount = money.Amount(upTo("discount", int64(l.Net)))
		l.RedeemMoney = money.Amount(upTo("by points", int64(l.Net-l.Discount)))
		l.Certificate = money.Amount(upTo("by certificate", int64(l.Net-l.Discount-l.RedeemMoney)))
		l.RedeemPoints, l.Earn = money.Points(upTo("spent", 5000)), money.Points(upTo("earned", 5000))
		s.Total, s.Discount = s.Total+l.Net, s.Discount+l.Discount
		s.Redeemed, s.RedeemMoney, s.Certificate, s.Earned = s.Redeemed+l.RedeemPoints, s.RedeemMoney+l.RedeemMoney, s.Certificate+l.Certificate, s.Earned+l.Earn
		s.Lines = append(s.Lines, l)
	}
	return s
}

// drawnReturn draws a part of what is left of a check: an amount, units of a line, or all.
func drawnReturn(t *rapid.T, s *Sale) ReverseInput {
	line := s.Lines[rapid.IntRange(0, len(s.Lines)-1).Draw(t, "line")]
	switch left := s.Total - s.ReturnedTotal; rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0, 1:
		if left > 0 {
			return ReverseInput{Amount: money.Amount(rapid.Int64Range(1, int64(left)).Draw(t, "amount"))}
		}
	case 2:
		if units := line.Quantity - line.ReturnedQty; units > 0 {
			return ReverseInput{Lines: []ReversedLine{{No: line.No, Quantity: money.Quantity(rapid.Int64Range(1, int64(units)).Draw(t, "units"))}}}
		}
	}
	return ReverseInput{All: true}
}

// However a check comes back, in the end all of it has, and on the way no part is negative and nothing comes back that was not there.
func TestPartsOfAReturnAddUp(t *testing.T) {
	manyChecks(t)
	rapid.Check(t, func(t *rapid.T) {
		s := drawnSale(t)
		var sum part
		for n := 0; s.ReturnedTotal < s.Total; n++ {
			in := ReverseInput{All: true}
			if n < 8 {
				in = drawnReturn(t, &s)
			}
			p, err := returnPart(&s, in)
			if err != nil {
				t.Fatalf("return %+v of %+v: %v", in, s, err)
			}
			if p.net < 0 || p.spent < 0 || p.cash < 0 || p.gift < 0 || p.earn < 0 || p.redeem < 0 {
				t.Fatalf("a negative part: %+v", p)
			}
			sum.add(p)
			s.ReturnedTotal += p.net
			for _, l := range s.Lines {
				if l.ReturnedNet > l.Net || l.ReturnedQty > l.Quantity || l.ReversedEarn > l.Earn || l.ReversedRedeem > l.RedeemPoints || l.ReturnedGift > l.Certificate {
					t.Fatalf("more came back than was sold: %+v", l)
				}
			}
			if left := stillSpent(&s); left != s.Total-s.Discount-sum.spent {
				t.Fatalf("%d still spent of %d, %d came back", left, s.Total-s.Discount, sum.spent)
			}
		}
		// Lines of nothing have no value that could come back in parts: what they have a share of comes with the rest, when all is asked for.
		for i := range s.Lines {
			sum.add(advance(&s.Lines[i], s.Lines[i].Quantity, s.Lines[i].Net))
		}
		whole := part{net: s.Total, spent: s.Total - s.Discount, cash: s.Paid(), gift: s.Certificate, earn: s.Earned, redeem: s.Redeemed}
		if sum != whole {
			t.Fatalf("parts come to %+v, the whole is %+v", sum, whole)
		}
	})
}

// Counters and stamps come back by value, in parts of any size, and in the end to the last one.
func TestCountersComeBack(t *testing.T) {
	manyChecks(t)
	rapid.Check(t, func(t *rapid.T) {
		whole := money.Amount(rapid.Int64Range(1, 1_000_000_000).Draw(t, "total"))
		n := func(name string) int64 { return rapid.Int64Range(0, 1_000_000).Draw(t, name) }
		use := rules.Use{Counter: rules.Counter{Of: "rule:r"}, Times: 1, Points: money.Points(n("points")), Amount: money.Amount(n("amount"))}
		delta := rapid.Int64Range(-20, 20).Draw(t, "stamps")
		left, stamps := use, delta
		for at := money.Amount(0); at < whole; {
			next := money.Amount(rapid.Int64Range(int64(at)+1, int64(whole)).Draw(t, "part"))
			for _, b := range usesBack([]rules.Use{use}, at, next, whole, next == whole) {
				left.Times, left.Points, left.Amount = left.Times+b.Times, left.Points+b.Points, left.Amount+b.Amount
			}
			stamps -= upTo(delta, int64(next), int64(whole)) - upTo(delta, int64(at), int64(whole))
			at = next
			if left.Points < 0 || left.Amount < 0 || left.Times < 0 || (at < whole) != (left.Times == 1) {
				t.Fatalf("after %d of %d: %+v", at, whole, left)
			}
		}
		if left.Points != 0 || left.Amount != 0 || left.Times != 0 || stamps != 0 {
			t.Fatalf("left over: %+v, %d stamps", left, stamps)
		}
	})
}

// What is still taken of a spend after some of it came back is what was taken first.
func TestStillTaken(t *testing.T) {
	manyChecks(t)
	rapid.Check(t, func(t *rapid.T) {
		var entries []Entry
		var taken money.Points
		for i := range rapid.IntRange(0, 6).Draw(t, "lots") {
			points := money.Points(rapid.Int64Range(1, 1000).Draw(t, "points"))
			entries = append(entries, Entry{LotID: strconv.Itoa(i), Points: -points, Contra: ledger.ContraBurn}, Entry{LotID: "earned", Points: 5, Contra: ledger.ContraEarn})
			taken += points
		}
		restored := money.Points(rapid.Int64Range(0, int64(taken)).Draw(t, "restored"))
		left := stillTaken(entries, restored)
		var sum money.Points
		for i, m := range left {
			sum -= m.Points
			if m.LotID != strconv.Itoa(i) || m.Points >= 0 || (i < len(left)-1 && m.Points != entries[2*i].Points) {
				t.Fatalf("left %+v", left)
			}
		}
		if sum != taken-restored {
			t.Fatalf("%d still taken of %d, %d came back", sum, taken, restored)
		}
	})
}

// Coupons that a corrected check gives again are those it gave: never more, never others.
func TestNoCouponIsGivenTwice(t *testing.T) {
	manyChecks(t)
	kinds := rapid.SampledFrom([]string{"a", "b", "c"})
	rapid.Check(t, func(t *rapid.T) {
		d := &deal{scene: &scene{}}
		gave := map[string]int{}
		for i := range rapid.IntRange(0, 4).Draw(t, "gave") {
			kind := kinds.Draw(t, "kind")
			d.given = append(d.given, Coupon{Coupon: rules.Coupon{ID: strconv.Itoa(i), Kind: kind, State: rules.CouponApplied}, Source: "rule:" + kind})
			gave[kind]++
		}
		var grants []rules.Grant
		gives := map[string]int{}
		for range rapid.IntRange(0, 4).Draw(t, "gives") {
			kind := kinds.Draw(t, "kind")
			grants = append(grants, rules.Grant{Coupon: kind, From: "rule:" + kind})
			gives[kind]++
		}
		before := slices.Clone(grants)
		fresh := map[string]int{}
		for _, g := range d.notGiven(grants) {
			fresh[g.Coupon]++
		}
		for _, kind := range []string{"a", "b", "c"} {
			if want := max(0, gives[kind]-gave[kind]); fresh[kind] != want {
				t.Fatalf("%s: gave %d, gives %d, new %d", kind, gave[kind], gives[kind], fresh[kind])
			}
		}
		if len(d.did.Granted)+len(d.over) != len(d.given) || !slices.Equal(before, grants) {
			t.Fatalf("kept %v, over %v of %d", d.did.Granted, d.over, len(d.given))
		}
	})
}
