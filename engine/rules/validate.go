package rules

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"kartka/engine/money"
)

// Problem is one thing wrong with settings: the field as it is named in the JSON, and how to mend it.
type Problem struct {
	Field string
	Text  string
}

// Problems is the error of settings that cannot be used.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Field + " " + problem.Text
	}
	return strings.Join(lines, "\n")
}

func (p *Problems) add(field, format string, args ...any) {
	*p = append(*p, Problem{Field: field, Text: fmt.Sprintf(format, args...)})
}

// languages that a program may speak; the texts are in package locales.
var languages = []string{"en", "uk", "ru", "kk", "pl", "es"}

// Bounds beyond which a setting is a slip of the finger, not a decision.
const (
	maxEarnRate = 50 * money.Whole / 100
	maxDays     = 3650
	maxPoints   = money.Points(1_000_000_000)
)

// Validate checks the settings as a whole and returns Problems with everything that is wrong, or nil.
func (s *Settings) Validate() error {
	var p Problems
	if n := utf8.RuneCountInString(s.Name); n < 1 || n > 64 {
		p.add("name", "must have 1 to 64 characters")
	}
	if s.Currency.Code == "" {
		p.add("currency", "is missing; use an ISO code such as UAH")
	}
	if s.Zone == nil {
		p.add("time_zone", "is missing; use a name such as Europe/Kyiv")
	}
	validateLanguages(&p, s.Languages)
	if s.Unit.Name == "" {
		p.add("unit.name", "is missing; use bonus, point or bean")
	}
	if s.Unit.StepWorth < 1 {
		p.add("unit.worth", "must be more than zero; most shops use 1 point = 1 of the currency")
	}
	between(&p, "earn.rate", s.Earn.Rate, 0, maxEarnRate, formatRate)
	notNegative(&p, "earn.min_check", int64(s.Earn.MinCheck))
	if !s.Earn.Rounding.Valid() {
		p.add("earn.rounding", "is %q; use down, half_up or up", s.Earn.Rounding)
	}
	if s.Earn.Basis != BasisPaid && s.Earn.Basis != BasisTotal {
		p.add("earn.basis", "is %q; use paid_cash or before_points", s.Earn.Basis)
	}
	between(&p, "redeem.limit", s.Redeem.Limit, 0, money.Whole, formatRate)
	notNegative(&p, "redeem.min_check", int64(s.Redeem.MinCheck))
	notNegative(&p, "redeem.min_payable", int64(s.Redeem.MinPayable))
	between(&p, "redeem.min_points", s.Redeem.MinPoints, 0, maxPoints, nil)
	between(&p, "points.valid_days", s.Lots.Days, 0, maxDays, nil)
	between(&p, "points.grace_days", s.Lots.GraceDays, 0, 365, nil)
	between(&p, "welcome.points", s.Welcome.Points, 0, maxPoints, nil)
	between(&p, "welcome.valid_days", s.Welcome.Days, 0, maxDays, nil)
	if !slices.Contains([]ReturnPolicy{ReturnDebt, ReturnToZero, ReturnPendingOnly}, s.Returns.Policy) {
		p.add("returns.policy", "is %q; use debt, to_zero or pending_only", s.Returns.Policy)
	}
	notNegative(&p, "staff.max_check", int64(s.Staff.MaxCheck))
	notNegative(&p, "staff.sales_per_day", int64(s.Staff.SalesPerDay))
	notNegative(&p, "staff.same_card_per_day", int64(s.Staff.SameCardDaily))
	between(&p, "staff.adjust_max", s.Staff.AdjustMax, 0, maxPoints, nil)
	between(&p, "staff.undo_minutes", s.Staff.UndoMinutes, 0, 24*60, nil)
	between(&p, "staff.hold_seconds", s.Staff.HoldSeconds, 15, 600, nil)
	if s.Links.Privacy != "" {
		if u, err := url.Parse(s.Links.Privacy); err != nil || u.Scheme != "https" || u.Host == "" {
			p.add("links.privacy", "must be an https:// address")
		}
	}
	if utf8.RuneCountInString(s.Links.Support) > 200 {
		p.add("links.support", "must have at most 200 characters")
	}
	if len(p) > 0 {
		return p
	}
	return nil
}

func validateLanguages(p *Problems, chosen []string) {
	if len(chosen) == 0 {
		p.add("languages", "is empty; name at least one of %s", strings.Join(languages, ", "))
	}
	seen := map[string]bool{}
	for _, l := range chosen {
		if !slices.Contains(languages, l) {
			p.add("languages", "has %q; use %s", l, strings.Join(languages, ", "))
		}
		if seen[l] {
			p.add("languages", "has %q twice", l)
		}
		seen[l] = true
	}
}

func notNegative(p *Problems, field string, v int64) {
	if v < 0 {
		p.add(field, "is negative; use 0 to turn it off")
	}
}

func between[N ~int | ~int64](p *Problems, field string, v, low, high N, show func(N) string) {
	if v >= low && v <= high {
		return
	}
	if show == nil {
		show = func(n N) string { return fmt.Sprint(int64(n)) }
	}
	p.add(field, "is %s; use %s to %s", show(v), show(low), show(high))
}
