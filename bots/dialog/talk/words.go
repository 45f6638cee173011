package talk

import (
	"time"

	"kartka/bots"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

// Words says things of the engine to the person as the view has them now. What follows are its sayings by their own names, in the markup
// of messages.
func (v View) Words() words.Words {
	return words.Words{P: v.P, Catalog: v.Catalog, Program: v.Program, Place: v.Place, Now: v.Now}
}

// T is a plain text of the catalogue.
func (v View) T(key string, args ...locales.Args) string { return v.P.T(key, args...) }

// Rich is a marked-up text of the catalogue, with escaped arguments.
func (v View) Rich(key string, args ...locales.Args) bots.Rich {
	return bots.Rich(v.P.Rich(key, args...))
}

// Points is [words.Words.Points].
func (v View) Points(p money.Points) string { return v.Words().Points(p) }

// PointsNumber is [words.Words.PointsNumber].
func (v View) PointsNumber(p money.Points) string { return v.Words().PointsNumber(p) }

// Money is [words.Words.Money].
func (v View) Money(a money.Amount) string { return v.Words().Money(a) }

// Percent is [words.Words.Percent].
func (v View) Percent(r money.Rate) string { return v.Words().Percent(r) }

// Local is [words.Words.Local].
func (v View) Local(t time.Time) time.Time { return v.Words().Local(t) }

// Date is [words.Words.Date].
func (v View) Date(t time.Time) string { return v.Words().Date(t) }

// LastDay is [words.Words.LastDay].
func (v View) LastDay(end time.Time) string { return v.Words().LastDay(end) }

// Day is [words.Words.Day].
func (v View) Day(d rules.Date) string { return v.Words().Day(d) }

// Name is [words.Words.Name].
func (v View) Name(of, text string) string { return v.Words().Name(of, text) }

// Problem is [words.Words.Problem].
func (v View) Problem(err error) string { return v.Words().Problem(err) }

// Issue is [words.Words.Issue].
func (v View) Issue(i engine.Issue) string { return v.Words().Issue(i) }

// Reason is [words.Words.Reason].
func (v View) Reason(r rules.Reason) locales.Safe { return v.Words().Reason(r) }

// Reasons is [words.Words.Reasons].
func (v View) Reasons(effects []rules.Effect) []locales.Safe { return v.Words().Reasons(effects) }

// Suggestions is [words.Words.Suggestions].
func (v View) Suggestions(effects []rules.Effect) []locales.Safe {
	return v.Words().Suggestions(effects)
}

// RuleTerms is [words.Words.RuleTerms].
func (v View) RuleTerms(r rules.Rule) bots.Rich { return bots.Rich(v.Words().RuleTerms(r)) }

// CouponTerms is [words.Words.CouponTerms].
func (v View) CouponTerms(k rules.CouponKind) bots.Rich { return bots.Rich(v.Words().CouponTerms(k)) }

// TierTerms is [words.Words.TierTerms].
func (v View) TierTerms(t rules.Tier) bots.Rich { return bots.Rich(v.Words().TierTerms(t)) }

// StampTerms is [words.Words.StampTerms].
func (v View) StampTerms(c rules.StampCard) bots.Rich { return bots.Rich(v.Words().StampTerms(c)) }

// RewardTerms is [words.Words.RewardTerms].
func (v View) RewardTerms(r rules.Reward) bots.Rich { return bots.Rich(v.Words().RewardTerms(r)) }

// CodeTerms is [words.Words.CodeTerms].
func (v View) CodeTerms(c rules.PromoCode) bots.Rich { return bots.Rich(v.Words().CodeTerms(c)) }

// ReferralTerms is [words.Words.ReferralTerms].
func (v View) ReferralTerms(r rules.Referral) bots.Rich {
	return bots.Rich(v.Words().ReferralTerms(r))
}

// PointsOn is [words.PointsOn].
func PointsOn(s *rules.Settings) bool { return words.PointsOn(s) }
