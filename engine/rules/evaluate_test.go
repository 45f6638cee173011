package rules_test

import (
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"kartka/engine/money"
	"kartka/engine/rules"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// The shop of these tests: hryvnias, a point is worth a hryvnia and has hundredths, so that 3500 is 35 of either.

// cup is some pieces of goods of one price: "coffee" is both category and SKU.
func cup(category string, pieces int, each money.Amount) rules.Line {
	return rules.Line{SKU: category, Name: category, Category: category, Quantity: money.Quantity(pieces) * 1000, Net: money.Amount(pieces) * each}
}

// judge evaluates the sale of a card holder and sees that the result keeps the laws of every result.
func judge(t fataler, in rules.Input) rules.Result {
	t.Helper()
	in.Known = true
	if in.OccurredAt.IsZero() {
		in.OccurredAt = noon
	}
	if in.Member == nil {
		in.Member = &rules.Standing{Visits: 4}
	}
	r, err := rules.Evaluate(in)
	if err != nil {
		t.Fatal(err)
	}
	if broken := lawBroken(in, r); broken != "" {
		t.Fatal(broken)
	}
	return r
}

// lawBroken says which law of every result one does not keep, or "".
func lawBroken(in rules.Input, r rules.Result) string {
	var total, discount, redeem, gift, paid, off money.Amount
	var points, earn, lots, told money.Points
	for i, l := range r.Lines {
		net := in.Lines[i].Net
		total += net
		discount, redeem, gift = discount+l.Discount, redeem+l.RedeemMoney, gift+l.Certificate
		points, earn = points+l.RedeemPoints, earn+l.Earn
		if l.Discount < 0 || l.RedeemMoney < 0 || l.RedeemPoints < 0 || l.Certificate < 0 || l.Earn < 0 {
			return fmt.Sprintf("line %d has a negative share: %+v", i, l)
		}
		if l.Discount+l.RedeemMoney+l.Certificate > net {
			return fmt.Sprintf("line %d of %d gives more than it is: %+v", i, net, l)
		}
		if in.Lines[i].NoEarn && l.Earn != 0 || in.Lines[i].NoRedeem && l.RedeemMoney != 0 {
			return fmt.Sprintf("line %d is excluded and takes part: %+v", i, l)
		}
	}
	for _, lot := range r.Lots {
		if lot.Points <= 0 {
			return fmt.Sprintf("lot %+v", lot)
		}
		lots += lot.Points
	}
	for _, c := range r.Paid {
		paid += c.Amount
	}
	for _, e := range r.Effects {
		if e.Rule == "" || e.Reason.ID == "" || e.State == "" {
			return fmt.Sprintf("effect %+v says too little", e)
		}
		off += money.Amount(e.Amount)
		told += max(0, money.Points(e.Points))
	}
	switch {
	case total != r.Total || r.Payable != r.Total-r.Discount-r.RedeemMoney-r.Certificate || r.Payable < 0:
		return fmt.Sprintf("sums of %+v", r)
	case discount != r.Discount || redeem != r.RedeemMoney || gift != r.Certificate || points != r.Redeem || earn != r.Earn:
		return fmt.Sprintf("lines come to discount %d, points %d worth %d, certificates %d, earned %d of %+v", discount, points, redeem, gift, earn, r)
	case lots != r.Earn || paid != r.Certificate:
		return fmt.Sprintf("lots of %d, certificates of %d: %+v", lots, paid, r)
	case r.Redeem > r.RedeemLimit || r.RedeemLimit > max(0, in.Available):
		return fmt.Sprintf("spends %d of at most %d, %d are there", r.Redeem, r.RedeemLimit, in.Available)
	case !in.Silent && (off != r.Discount || told != r.Earn):
		return fmt.Sprintf("effects come to −%d and +%d of %+v", off, told, r)
	}
	return ""
}

// effect finds what a result tells of a rule with a reason.
func effect(t fataler, r rules.Result, rule, id string) rules.Effect {
	t.Helper()
	for _, e := range r.Effects {
		if e.Rule == rule && e.Reason.ID == id {
			return e
		}
	}
	t.Fatal(fmt.Sprintf("nothing tells %s of %s: %+v", id, rule, r.Effects))
	return rules.Effect{}
}

// tells sees that a result tells of a rule, with these numbers: name, value, name, value.
func tells(t fataler, r rules.Result, rule string, state rules.State, id string, numbers ...any) {
	t.Helper()
	e := effect(t, r, rule, id)
	want := map[string]int64{}
	for i := 0; i < len(numbers); i += 2 {
		want[numbers[i].(string)] = int64(numbers[i+1].(int))
	}
	if e.State != state || !maps.Equal(e.Reason.Args, want) && len(want)+len(e.Reason.Args) > 0 {
		t.Fatal(fmt.Sprintf("%s of %s is %s with %v, want %s with %v", id, rule, e.State, e.Reason.Args, state, want))
	}
}

func comes(t fataler, r rules.Result, discount money.Amount, earn money.Points) {
	t.Helper()
	if r.Discount != discount || r.Earn != earn {
		t.Fatal(fmt.Sprintf("discount %d, earned %d; want %d, %d\n%+v", r.Discount, r.Earn, discount, earn, r.Effects))
	}
}

// plainly is the base program alone, as it was before there were other mechanics: what Evaluate must still say bit for bit.
func plainly(in rules.Input) (r rules.Result, err error) {
	s := in.Settings
	r.Lines = make([]rules.LineResult, len(in.Lines))
	tell := func(rule string, state rules.State, points money.Points, id string, args map[string]int64) {
		r.Effects = append(r.Effects, rules.Effect{Rule: rule, State: state, Points: int64(points), Reason: rules.Reason{ID: id, Args: args}})
	}
	var redeemable, base, excluded money.Amount
	weights := make([]money.Amount, len(in.Lines))
	for i, l := range in.Lines {
		r.Total += l.Net
		if !l.NoRedeem {
			weights[i] = l.Net
			redeemable += l.Net
		}
	}
	most, err := money.Share(redeemable, s.Redeem.Limit, money.Down)
	if err != nil {
		return r, err
	}
	state, id, args := rules.Inapplicable, "redeem_off", map[string]int64(nil)
	switch {
	case in.Debt > 0:
		most, id, args = 0, "redeem_debt", map[string]int64{"points": int64(in.Debt)}
	case s.Redeem.Limit == 0:
	case r.Total < s.Redeem.MinCheck:
		most, id, args = 0, "redeem_min_check", map[string]int64{"money": int64(s.Redeem.MinCheck)}
	case in.Available < s.Redeem.MinPoints:
		most, id, args = 0, "redeem_min_points", map[string]int64{"points": int64(s.Redeem.MinPoints)}
	default:
		most = max(0, min(most, r.Total-s.Redeem.MinPayable))
		state, id = rules.Suggested, "redeem_limit"
		args = map[string]int64{"base": int64(redeemable), "rate": int64(s.Redeem.Limit), "limit": int64(most)}
	}
	r.RedeemLimit = max(0, min(in.Available, s.Unit.PointsFor(most)))
	r.Payable = r.Total
	wanted := in.Redeem
	if in.RedeemMax {
		wanted = r.RedeemLimit
	}
	if wanted <= 0 || wanted > r.RedeemLimit {
		tell("redeem", state, 0, id, args)
		if wanted != 0 {
			return r, rules.ErrOverLimit
		}
	} else {
		r.Redeem = wanted
		if r.RedeemMoney, err = s.Unit.Money(wanted); err != nil {
			return r, err
		}
		r.Payable -= r.RedeemMoney
		sums, err := money.Split(r.RedeemMoney, weights)
		if err != nil {
			return r, err
		}
		points, err := money.Split(r.Redeem, weights)
		if err != nil {
			return r, err
		}
		for i := range r.Lines {
			r.Lines[i].RedeemMoney, r.Lines[i].RedeemPoints = sums[i], points[i]
		}
		tell("redeem", rules.Applied, -wanted, "redeemed", map[string]int64{"points": int64(wanted), "money": int64(r.RedeemMoney)})
	}
	for i, l := range in.Lines {
		weights[i] = 0
		if l.NoEarn {
			excluded += l.Net
			continue
		}
		weights[i] = l.Net
		if s.Earn.Basis == rules.BasisPaid {
			weights[i] -= r.Lines[i].RedeemMoney
		}
		base += weights[i]
	}
	if s.Earn.Rate == 0 {
		tell("earn", rules.Inapplicable, 0, "earn_off", nil)
		return r, nil
	}
	if r.Total < s.Earn.MinCheck {
		tell("earn", rules.Inapplicable, 0, "earn_min_check", map[string]int64{"money": int64(s.Earn.MinCheck)})
		return r, nil
	}
	earned, err := money.MulDiv(int64(base), int64(s.Earn.Rate), int64(money.Whole)*int64(s.Unit.StepWorth), s.Earn.Rounding)
	if err != nil {
		return r, err
	}
	if earned == 0 {
		tell("earn", rules.Inapplicable, 0, "earn_too_small", map[string]int64{"base": int64(base), "rate": int64(s.Earn.Rate)})
		return r, nil
	}
	r.Earn, r.EarnExpires = money.Points(earned), s.ExpiryAfter(in.OccurredAt, s.Lots.Days)
	shares, err := money.Split(r.Earn, weights)
	if err != nil {
		return r, err
	}
	for i := range r.Lines {
		r.Lines[i].Earn = shares[i]
	}
	id, args = "earned", map[string]int64{"base": int64(base), "rate": int64(s.Earn.Rate), "points": earned}
	if excluded > 0 {
		id, args["excluded"] = "earned_excluded", int64(excluded)
	}
	tell("earn", rules.Applied, r.Earn, id, args)
	return r, nil
}

func TestWithoutMechanicsNothingHasChanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := hundredths(t, money.Rate(rapid.Int64Range(0, 5000).Draw(t, "rate")), money.Rate(rapid.Int64Range(0, 10000).Draw(t, "limit")))
		s.Unit.StepWorth = money.Amount(rapid.SampledFrom([]int64{1, 7, 10, 100}).Draw(t, "worth"))
		s.Earn.Rounding = rapid.SampledFrom([]money.Rounding{money.Down, money.HalfUp, money.Up}).Draw(t, "rounding")
		s.Earn.Basis = rapid.SampledFrom([]rules.Basis{rules.BasisPaid, rules.BasisTotal}).Draw(t, "basis")
		s.Earn.MinCheck = money.Amount(rapid.SampledFrom([]int64{0, 0, 5000}).Draw(t, "min check"))
		s.Redeem.MinCheck = money.Amount(rapid.SampledFrom([]int64{0, 0, 5000}).Draw(t, "redeem min check"))
		s.Redeem.MinPoints = money.Points(rapid.SampledFrom([]int64{0, 0, 5000}).Draw(t, "min points"))
		s.Redeem.MinPayable = money.Amount(rapid.SampledFrom([]int64{0, 1, 5000}).Draw(t, "min payable"))
		in := rules.Input{Settings: s, Known: true, OccurredAt: noon, Available: money.Points(rapid.Int64Range(0, 30000).Draw(t, "available"))}
		switch rapid.IntRange(0, 3).Draw(t, "spend") {
		case 0:
			in.RedeemMax = true
		case 1:
			in.Redeem = money.Points(rapid.Int64Range(-1, 2000).Draw(t, "points"))
		case 2:
			in.Debt, in.Available = 100, 0
		}
		for range rapid.IntRange(1, 6).Draw(t, "lines") {
			in.Lines = append(in.Lines, rules.Line{Name: "x", SKU: "y", Category: "z", Net: money.Amount(rapid.Int64Range(0, 20000).Draw(t, "net")),
				Quantity: money.Quantity(rapid.Int64Range(0, 3000).Draw(t, "quantity")), NoEarn: rapid.Bool().Draw(t, "no earn"), NoRedeem: rapid.Bool().Draw(t, "no redeem")})
		}
		want, wantErr := plainly(in)
		got, err := rules.Evaluate(in)
		if !errors.Is(err, wantErr) {
			t.Fatalf("%v, want %v", err, wantErr)
		}
		if err == nil && want.Earn > 0 {
			want.Lots = []rules.EarnedLot{{Rule: "earn", Points: want.Earn, ActiveFrom: noon, Expires: want.EarnExpires}}
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestTooLarge(t *testing.T) {
	s := hundredths(t, 500, 3000)
	largest := rules.Input{Settings: s, Known: true, OccurredAt: noon, Lines: []rules.Line{line(rules.MaxTotal - 1), line(1)}}
	if r := judge(t, largest); r.Earn != 50_000_000_000 {
		t.Errorf("the largest check earns %d", r.Earn)
	}
	over := largest
	over.Lines = []rules.Line{line(rules.MaxTotal), line(1)}
	marks := largest
	marks.Marks = []rules.Mark{{Card: "coffee", Units: 1001}}
	wild := *s
	wild.Rules = []rules.Rule{{ID: "a", On: rules.TriggerSale, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 1 << 62}}}
	silly := largest
	silly.Settings = &wild
	for name, c := range map[string]struct {
		in   rules.Input
		want error
	}{
		"a kopeck too much": {over, rules.ErrTooLarge}, "too many marks": {marks, rules.ErrMark}, "points that do not fit": {silly, rules.ErrTooLarge},
	} {
		r, err := rules.Evaluate(c.in)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if !cmp.Equal(r, rules.Result{}) {
			t.Errorf("%s: something is half applied: %+v", name, r)
		}
	}
}

func TestASaleWithoutACard(t *testing.T) {
	s := hundredths(t, 500, 3000)
	s.Discount.Rate = 1000
	s.Rules = []rules.Rule{{ID: "a", On: rules.TriggerSale, Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 100}}}
	r, err := rules.Evaluate(rules.Input{Settings: s, OccurredAt: noon, Lines: []rules.Line{line(10000)},
		Certificates: []rules.Certificate{{ID: "c", Left: 4000}}})
	if err != nil {
		t.Fatal(err)
	}
	comes(t, r, 0, 0)
	if r.Payable != 6000 || r.Certificate != 4000 || len(r.Effects) != 2 {
		t.Fatalf("a certificate pays without a card: %+v", r)
	}
	tells(t, r, "earn", rules.Inapplicable, "no_card")
}

func TestSilence(t *testing.T) {
	in := busyShop(t)
	loud := judge(t, in)
	in.Silent = true
	quiet := judge(t, in)
	if len(quiet.Effects) != 0 || len(loud.Effects) < 50 {
		t.Fatalf("%d and %d effects", len(quiet.Effects), len(loud.Effects))
	}
	loud.Effects = nil
	if diff := cmp.Diff(loud, quiet); diff != "" {
		t.Fatal(diff)
	}
}

// at is an instant by a clock in Kyiv.
func at(t fataler, text string) time.Time {
	t.Helper()
	v, err := time.ParseInLocation("2006-01-02 15:04", text, zone(t, "Europe/Kyiv"))
	if err != nil {
		t.Fatal(err)
	}
	return v
}
