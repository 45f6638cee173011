package talk

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

// Problem is an error in words for the person: what happened and what to do. Errors without words are told as a slip of
// ours, with nothing else.
func (v View) Problem(err error) string {
	var e *engine.Error
	if !errors.As(err, &e) {
		return v.T("error.internal")
	}
	key := "error." + e.ID
	if !v.P.Has(key) {
		return v.T("error.internal")
	}
	args := v.args(e.Args)
	if tier, ok := e.Args["Tier"].(string); ok {
		args["Name"] = v.Name("tier:"+tier, fmt.Sprint(e.Args["Name"]))
	}
	if every, ok := e.Args["Every"].(string); ok && every != "" {
		args["When"] = v.T("common.this." + every)
	}
	return v.T(v.fuller(key, args), args)
}

// Issue is a problem with a sale that did not stop it.
func (v View) Issue(i engine.Issue) string { return v.T("issue."+i.ID, v.args(i.Args)) }

// args formats numbers by their type.
func (v View) args(in map[string]any) locales.Args {
	out := make(locales.Args, len(in))
	for name, value := range in {
		switch value := value.(type) {
		case money.Points:
			out[name] = v.Points(value)
		case money.Amount:
			out[name] = v.Money(value)
		case float64: // a number that has been through JSON, as those of issues have in a session
			out[name] = v.P.Number(int64(value))
			switch name {
			case "Points":
				out[name] = v.Points(money.Points(value))
			case "Paid", "Payable", "Total", "Lines":
				out[name] = v.Money(money.Amount(value))
			}
		case string:
			out[name] = value
			if name == "From" {
				out[name] = v.Day(rules.Date(value))
			}
		default:
			out[name] = value
		}
	}
	return out
}

// Day is a day of the program's calendar in words, as Date writes it; "" for none.
func (v View) Day(d rules.Date) string {
	if !d.Valid() {
		return ""
	}
	return v.P.DateLong(d.Start(time.UTC), v.Local(v.Now))
}

// Name is what a thing of the settings is called in the person's language: "rule:ID", "tier:ID", "coupon:ID" and so on, as
// [rules.Reason] names it. It is text when the settings know no such thing any more.
func (v View) Name(of, text string) string {
	if of == "" {
		return text
	}
	return cmp.Or(v.Program.Settings.NameOf(of, string(v.P.Language())), text)
}

// Reasons puts the effects of a posting into words, one line each: what applied, "700 ₴ × 5 % = 35", then what gave way
// to something else, then what did not fit. Within each they keep their order.
func (v View) Reasons(effects []rules.Effect) []locales.Safe {
	return v.tell(effects, rules.Applied, rules.Skipped, rules.Inapplicable)
}

// Suggestions says what the guest or the cashier could still do, one line each: "12 ₴ more and +30 bonuses". How many points
// can be spent is not among them: an offer shows that by itself.
func (v View) Suggestions(effects []rules.Effect) []locales.Safe {
	return v.tell(slices.DeleteFunc(slices.Clone(effects), func(e rules.Effect) bool { return e.Rule == "redeem" }), rules.Suggested)
}

func (v View) tell(effects []rules.Effect, states ...rules.State) []locales.Safe {
	lines := make([]locales.Safe, 0, len(effects))
	for _, state := range states {
		for _, effect := range effects {
			if effect.State == state {
				lines = append(lines, v.Reason(effect.Reason))
			}
		}
	}
	return lines
}

// Reason puts one reason into words. What it speaks of is named in the person's language.
func (v View) Reason(r rules.Reason) locales.Safe {
	name := v.Name(r.Of, r.Text)
	args := locales.Args{"Text": name}
	for name, n := range r.Args {
		v.number(args, name, n)
	}
	if r.Of != "" && name != "" {
		args["Named"] = name
	}
	if rule := v.rule(r.Of); rule != nil {
		if every := rule.Limits.Every; every != rules.PeriodEver {
			args["When"] = v.T("common.this." + string(every))
		}
		if gift := v.gift(rule.Gives); gift != "" {
			args["Gift"] = gift
		}
	}
	return v.P.RichN(v.fuller("reasons."+r.ID, args), r.Args[rules.ArgCount], args)
}

// number formats a number of a reason by its name.
func (v View) number(args locales.Args, name string, n int64) {
	key := title(name)
	switch name {
	case rules.ArgPoints, rules.ArgMost:
		args[key] = v.Points(money.Points(n))
	case rules.ArgRate:
		args[key] = v.Percent(money.Rate(n))
	case rules.ArgTimes:
		args[key] = v.factor(money.Rate(n))
	case rules.ArgDays:
		args[key], args["InDays"] = v.P.Days(n), v.P.InDays(n)
	case rules.ArgBase, rules.ArgMoney, rules.ArgLimit, rules.ArgExcluded:
		args[key] = v.Money(money.Amount(n))
	case rules.ArgFrom, rules.ArgTo:
		args[key] = v.P.Time(time.Date(2000, time.January, 1, 0, int(n), 0, 0, time.UTC))
	default:
		args[key] = v.P.Number(n)
	}
}

// endings are what keys of messages end in that say more than the plain one, with the argument they are for: "limit_times" is
// "already given (limit 1)", "limit_times_with_period" is "already given today (limit 1)".
var endings = []struct{ arg, ending string }{
	{"Named", "_with_name"}, {"Points", "_with_points"}, {"When", "_with_period"}, {"Gift", "_with_gift"},
}

// fuller is the key of the message that says the most of what is known.
func (v View) fuller(key string, args locales.Args) string {
	for _, e := range endings {
		if _, known := args[e.arg]; known && v.P.Has(key+e.ending) {
			return key + e.ending
		}
	}
	return key
}

// rule returns the rule that a reason speaks of, nil when it speaks of something else or the rule is no more.
func (v View) rule(of string) *rules.Rule {
	id, found := strings.CutPrefix(of, "rule:")
	if !found {
		return nil
	}
	return v.Program.Settings.Rule(id)
}

// gift is what a rule gives in a few signs, "" when only its name can say it.
func (v View) gift(b rules.Benefit) string {
	switch b.Kind {
	case rules.GivesPoints:
		return "+" + v.Points(b.Points)
	case rules.GivesExtraRate:
		return "+" + v.Percent(b.Rate)
	case rules.GivesMultiply:
		return v.factor(b.Rate)
	case rules.GivesDiscount:
		return "−" + v.Percent(b.Rate)
	case rules.GivesMoneyOff:
		return "−" + v.Money(b.Amount)
	}
	return ""
}

// factor is a rate read as a factor: "×1,5".
func (v View) factor(r money.Rate) string {
	const decimals = 4 // of a basis point
	return "×" + v.P.Decimal(int64(r), decimals)
}

func title(name string) string {
	if name == "" {
		return name
	}
	return string(name[0]-'a'+'A') + name[1:]
}
