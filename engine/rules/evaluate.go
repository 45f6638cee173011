package rules

import (
	"errors"
	"fmt"
	"time"

	"kartka/engine/money"
)

// Line is one position of a check. A sale entered as a bare sum has one line without a name.
type Line struct {
	// Ref is what the till calls the line, for returns; "" is its place on the check, from 1.
	Ref      string         `json:"ref,omitempty"`
	SKU      string         `json:"sku,omitempty"`
	Name     string         `json:"name,omitempty"`
	Category string         `json:"category,omitempty"`
	Quantity money.Quantity `json:"quantity"`
	// Net is what the line costs after the shop's own discounts, before points.
	Net      money.Amount `json:"net"`
	NoEarn   bool         `json:"no_earn,omitempty"`
	NoRedeem bool         `json:"no_redeem,omitempty"`
}

// MaxLines is the most lines a check may have.
const MaxLines = 1000

// Input is everything a sale is judged by.
type Input struct {
	Settings   *Settings
	Lines      []Line
	OccurredAt time.Time
	// Known is false for a sale without a card: it earns and redeems nothing.
	Known bool
	// Available is what the member could spend now: active points without holds, zero while there is a debt.
	Available money.Points
	Debt      money.Points
	Balance   money.Points // all the member's points, for the cap on a balance
	// Redeem is how many points the guest wants to spend; RedeemMax asks for as many as allowed.
	Redeem    money.Points
	RedeemMax bool

	Member   *Standing      // nil: a member of whom nothing is known
	Zone     *time.Location // of the location; nil: the program's
	Location string         // its code
	Channel  string
	// Marks say how many units of a stamp card's goods are on a check entered as a bare sum.
	Marks []Mark
	// NoCoupons leaves activated coupons for another time.
	NoCoupons bool
	// Certificates pay in the order given, each as much as it holds, after discounts and points.
	Certificates []Certificate
	// Silent leaves Effects away, for whoever needs the numbers alone.
	Silent bool
}

// Mark is a number of units that a cashier reports for a stamp card.
type Mark struct {
	Card  string `json:"card"`
	Units int    `json:"units"`
}

// Certificate is a gift certificate that is to pay.
type Certificate struct {
	ID   string
	Left money.Amount
}

// LineResult is a line's share of what the sale did. Returns are computed from it, whatever the rules say by then.
type LineResult struct {
	Discount     money.Amount
	RedeemMoney  money.Amount
	RedeemPoints money.Points
	Certificate  money.Amount // paid by gift certificates
	Earn         money.Points
}

// Result is what a sale does.
type Result struct {
	Total       money.Amount // of the lines, before anything
	Discount    money.Amount
	RedeemLimit money.Points // most points this check can take from this member
	Redeem      money.Points
	RedeemMoney money.Amount
	Certificate money.Amount
	Payable     money.Amount // total less discounts, points and certificates
	Earn        money.Points // all of Lots
	EarnExpires time.Time    // of the base lot, or of the first; zero: never
	Lots        []EarnedLot
	Lines       []LineResult
	Stamps      []StampChange
	Coupons     []CouponUse      // that are used up
	Paid        []CertificateUse // by certificates
	Grants      []Grant          // coupons that are issued
	Uses        []Use            // that counters grow by
	Effects     []Effect
}

// EarnedLot is points of a sale that live together.
type EarnedLot struct {
	Rule       string // "earn" for the base, else the rule's id
	Points     money.Points
	ActiveFrom time.Time
	Expires    time.Time // zero: never
}

// StampChange is what a sale does to a stamp card. Count changes by Units − Rounds × Every, or to a round of Every − 1 where
// the free unit is handed out later (see stamp.go).
type StampChange struct {
	Card   string `json:"card"`
	Units  int    `json:"units"`  // counted on this check, the free ones included
	Free   int    `json:"free"`   // units given free on this check
	Delta  int    `json:"delta"`  // of the count
	Rounds int    `json:"rounds"` // completed
}

// CouponUse is a coupon that a sale uses up.
type CouponUse struct {
	ID     string       `json:"id"`
	Kind   string       `json:"kind"`
	Amount money.Amount `json:"amount,omitempty"` // taken off
	Points money.Points `json:"points,omitempty"` // earned
}

// CertificateUse is what a certificate pays.
type CertificateUse struct {
	ID     string       `json:"id"`
	Amount money.Amount `json:"amount"`
}

// Grant is a coupon that a sale or a trigger gives.
type Grant struct {
	Coupon string `json:"coupon"` // kind
	From   string `json:"from"`   // "rule:ID", "stamps:ID", "tier:ID", "reward:ID", "code:CODE", "staff"
}

// MaxTotal is the largest sum of a check, in minor units: sums times rates fit 64 bits with room to spare.
const MaxTotal money.Amount = 1_000_000_000_000

// maxMarked is the most units that one mark or one check counts for a stamp card. It keeps a slip of the finger from giving a
// lifetime of gifts.
const maxMarked = 1000

// Errors of Evaluate. ErrOverLimit comes with a Result whose RedeemLimit says how much would do; with any other the Result is empty.
var (
	ErrNoLines   = errors.New("rules: a sale has no lines")
	ErrManyLines = fmt.Errorf("rules: a sale has more than %d lines", MaxLines)
	ErrLine      = errors.New("rules: a line has a negative sum or quantity")
	ErrMark      = fmt.Errorf("rules: a mark has less than 0 or more than %d units", maxMarked)
	ErrOverLimit = errors.New("rules: more points than this check can take")
	// ErrTooLarge is also a money.ErrOverflow.
	ErrTooLarge = fmt.Errorf("rules: a sum or a number of points is too large: %w", money.ErrOverflow)
)

// Evaluate says what a sale does under the settings. It reads nothing else and changes nothing. The stages and what happens where
// rules meet are described in the package comment.
func Evaluate(in Input) (Result, error) {
	e := evaluation{in: &in, s: in.Settings, scratch: takeScratch()}
	e.split = &e.scratch.split
	defer e.scratch.giveBack()
	if err := e.check(); err != nil {
		return Result{}, err
	}
	if !in.Known {
		e.tell(Effect{Rule: "earn", State: Inapplicable}, subject{}, why("no_card"))
		if err := e.certificates(); err != nil {
			return Result{}, err
		}
		return e.r, nil
	}
	e.match()
	for _, stage := range [...]func(*evaluation) error{
		(*evaluation).baseDiscount, (*evaluation).promotionalDiscounts, (*evaluation).redeem, (*evaluation).certificates,
		(*evaluation).earn, (*evaluation).stamps, (*evaluation).grants,
	} {
		if err := stage(&e); err != nil {
			return e.refused(err), err
		}
	}
	e.uses()
	e.explain()
	return e.r, nil
}

// evaluation is a sale while it is judged: what the stages hand on to one another.
type evaluation struct {
	in *Input
	s  *Settings
	r  Result

	left  []money.Amount // of each line, after discounts so far
	goods basket
	// Moment and member, as conditions ask about them.
	zone     *time.Location
	day      Date
	weekday  time.Weekday
	minute   int
	tier     *Tier
	purchase int // the member's how manieth this is; 0: not known
	keys     [6]string

	offers  []*offer // in the order of the package comment
	scratch *scratch // that they and other working parts live in
	alone   *offer   // a coupon that suffers nothing beside it
	split   *splitter
	work    []money.Amount // scratch, one per line
	picked  []int64        // units of each line that a discount is about to make free
	order   []int          // scratch
	words   words
}

// check refuses what no sale may be (stage 0) and lays out the result.
func (e *evaluation) check() error {
	lines := e.in.Lines
	switch {
	case len(lines) == 0:
		return ErrNoLines
	case len(lines) > MaxLines:
		return ErrManyLines
	}
	for i := range lines {
		if lines[i].Net < 0 || lines[i].Quantity < 0 {
			return ErrLine
		}
		if lines[i].Net > MaxTotal-e.r.Total {
			return ErrTooLarge
		}
		e.r.Total += lines[i].Net
	}
	for _, m := range e.in.Marks {
		if m.Units < 0 || m.Units > maxMarked {
			return ErrMark
		}
	}
	e.r.Payable = e.r.Total
	e.r.Lines = make([]LineResult, len(lines))
	amounts := make([]money.Amount, 2*len(lines))
	e.left, e.work = amounts[:len(lines):len(lines)], amounts[len(lines):]
	for i := range lines {
		e.left[i] = lines[i].Net
	}
	return nil
}

// refused is what a sale that cannot be made as asked is answered with: nothing of it is done.
func (e *evaluation) refused(err error) Result {
	if !errors.Is(err, ErrOverLimit) {
		return Result{}
	}
	effects := e.r.Effects[:0:0]
	for _, effect := range e.r.Effects {
		if effect.Rule == "redeem" {
			effects = append(effects, effect)
		}
	}
	return Result{Total: e.r.Total, Payable: e.r.Total, RedeemLimit: e.r.RedeemLimit,
		Lines: make([]LineResult, len(e.in.Lines)), Effects: effects}
}

// ExpiryAfter returns the instant at which something valid through the given number of days after t ends: the local
// midnight that closes the day. Zero days mean never.
func (s *Settings) ExpiryAfter(t time.Time, days int) time.Time {
	if days == 0 {
		return time.Time{}
	}
	y, m, d := t.In(s.Zone).Date()
	return startOfDay(y, m, d+days+1, s.Zone)
}

// Day returns the local day that holds t as the half-open interval of instants.
func (s *Settings) Day(t time.Time) (from, to time.Time) {
	y, m, d := t.In(s.Zone).Date()
	return startOfDay(y, m, d, s.Zone), startOfDay(y, m, d+1, s.Zone)
}
