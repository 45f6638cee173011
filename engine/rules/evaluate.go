package rules

import (
	"errors"
	"fmt"
	"time"

	"kartka/engine/money"
)

// Line is one position of a check. A sale entered as a bare sum has one line without a name.
type Line struct {
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
	// Redeem is how many points the guest wants to spend; RedeemMax asks for as many as allowed.
	Redeem    money.Points
	RedeemMax bool
}

// LineResult is a line's share of what the sale did. Returns are computed from it, whatever the rules say by then.
type LineResult struct {
	RedeemMoney  money.Amount
	RedeemPoints money.Points
	Earn         money.Points
}

// Result is what a sale does.
type Result struct {
	Total       money.Amount
	RedeemLimit money.Points // most points this check can take from this member
	Redeem      money.Points
	RedeemMoney money.Amount
	Payable     money.Amount // total less what points pay for
	Earn        money.Points
	EarnExpires time.Time // zero: never
	Lines       []LineResult
	Effects     []Effect
}

// Errors of Evaluate. ErrOverLimit comes with a Result whose RedeemLimit says how much would do.
var (
	ErrNoLines   = errors.New("rules: a sale has no lines")
	ErrManyLines = fmt.Errorf("rules: a sale has more than %d lines", MaxLines)
	ErrLine      = errors.New("rules: a line has a negative sum or quantity")
	ErrOverLimit = errors.New("rules: more points than this check can take")
)

// Evaluate says what a sale does under the settings. It reads nothing else and changes nothing.
func Evaluate(in Input) (Result, error) {
	r := Result{Lines: make([]LineResult, len(in.Lines)), Effects: make([]Effect, 0, 4)}
	if len(in.Lines) == 0 {
		return r, ErrNoLines
	}
	if len(in.Lines) > MaxLines {
		return r, ErrManyLines
	}
	for _, line := range in.Lines {
		if line.Net < 0 || line.Quantity < 0 {
			return r, ErrLine
		}
		total, err := money.Add(r.Total, line.Net)
		if err != nil {
			return r, err
		}
		r.Total = total
	}
	r.Payable = r.Total
	if !in.Known {
		r.Effects = append(r.Effects, Effect{Rule: "earn", State: Inapplicable, Reason: Reason{ID: "no_card"}})
		return r, nil
	}
	if err := redeem(in, &r); err != nil {
		return r, err
	}
	return r, earn(in, &r)
}

// ExpiryAfter returns the instant at which something valid through the given number of days after t ends: the local
// midnight that closes the day. Zero days mean never.
func (s *Settings) ExpiryAfter(t time.Time, days int) time.Time {
	if days == 0 {
		return time.Time{}
	}
	y, m, d := t.In(s.Zone).Date()
	return time.Date(y, m, d+days+1, 0, 0, 0, 0, s.Zone).UTC()
}

// Day returns the local day that holds t as the half-open interval of instants.
func (s *Settings) Day(t time.Time) (from, to time.Time) {
	y, m, d := t.In(s.Zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, s.Zone).UTC(), time.Date(y, m, d+1, 0, 0, 0, 0, s.Zone).UTC()
}
