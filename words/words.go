package words

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
func (w Words) Problem(err error) string {
	var e *engine.Error
	if !errors.As(err, &e) {
		return w.T("error.internal")
	}
	key := "error." + e.ID
	if !w.P.Has(key) {
		return w.T("error.internal")
	}
	args := w.args(e.Args)
	if tier, ok := e.Args["Tier"].(string); ok {
		args["Name"] = w.Name("tier:"+tier, fmt.Sprint(e.Args["Name"]))
	}
	if every, ok := e.Args["Every"].(string); ok && every != "" {
		args["When"] = w.T("common.this." + every)
	}
	return w.T(w.fuller(key, args), args)
}

// Issue is a problem with a sale that did not stop it.
func (w Words) Issue(i engine.Issue) string { return w.T("issue."+i.ID, w.args(i.Args)) }

// args formats numbers by their type.
func (w Words) args(in map[string]any) locales.Args {
	out := make(locales.Args, len(in))
	for name, value := range in {
		switch value := value.(type) {
		case money.Points:
			out[name] = w.Points(value)
		case money.Amount:
			out[name] = w.Money(value)
		case float64: // a number that has been through JSON, as those of issues have in a session
			out[name] = w.P.Number(int64(value))
			switch name {
			case "Points":
				out[name] = w.Points(money.Points(value))
			case "Paid", "Payable", "Total", "Lines":
				out[name] = w.Money(money.Amount(value))
			}
		case string:
			out[name] = value
			if name == "From" {
				out[name] = w.Day(rules.Date(value))
			}
		default:
			out[name] = value
		}
	}
	return out
}

// Day is a day of the program's calendar in words, as Date writes it; "" for none.
func (w Words) Day(d rules.Date) string {
	if !d.Valid() {
		return ""
	}
	return w.P.DateLong(d.Start(time.UTC), w.Local(w.Now))
}

// Name is what a thing of the settings is called in the person's language: "rule:ID", "tier:ID", "coupon:ID" and so on, as
// [rules.Reason] names it. It is text when the settings know no such thing any more.
func (w Words) Name(of, text string) string {
	if of == "" || w.Program.Settings == nil {
		return text
	}
	return cmp.Or(w.Program.Settings.NameOf(of, string(w.P.Language())), text)
}

// FieldValue is what a member's value of a field is called in the person's language.
func (w Words) FieldValue(field, value string) string {
	if w.Program.Settings == nil {
		return value
	}
	return w.Program.Settings.FieldValue(field, value, string(w.P.Language()))
}

// Reasons puts the effects of a posting into words, one line each: what applied, "700 ₴ × 5 % = 35", then what gave way
// to something else, then what did not fit. Within each they keep their order.
func (w Words) Reasons(effects []rules.Effect) []locales.Safe {
	return w.tell(effects, rules.Applied, rules.Skipped, rules.Inapplicable)
}

// Suggestions says what the guest or the cashier could still do, one line each: "12 ₴ more and +30 bonuses". How many points
// can be spent is not among them: an offer shows that by itself.
func (w Words) Suggestions(effects []rules.Effect) []locales.Safe {
	return w.tell(slices.DeleteFunc(slices.Clone(effects), func(e rules.Effect) bool { return e.Rule == "redeem" }), rules.Suggested)
}

func (w Words) tell(effects []rules.Effect, states ...rules.State) []locales.Safe {
	lines := make([]locales.Safe, 0, len(effects))
	for _, state := range states {
		for _, effect := range effects {
			if effect.State == state {
				lines = append(lines, w.Reason(effect.Reason))
			}
		}
	}
	return lines
}

// Reason puts one reason into words. What it speaks of is named in the person's language.
func (w Words) Reason(r rules.Reason) locales.Safe {
	name := w.Name(r.Of, r.Text)
	args := locales.Args{"Text": name}
	for name, n := range r.Args {
		w.number(args, name, n)
	}
	if r.Of != "" && name != "" {
		args["Named"] = name
	}
	if rule := w.rule(r.Of); rule != nil {
		if every := rule.Limits.Every; every != rules.PeriodEver {
			args["When"] = w.T("common.this." + string(every))
		}
		if gift := w.gift(rule.Gives); gift != "" {
			args["Gift"] = gift
		}
	}
	return w.P.RichN(w.fuller("reasons."+r.ID, args), r.Args[rules.ArgCount], args)
}

// number formats a number of a reason by its name.
func (w Words) number(args locales.Args, name string, n int64) {
	key := title(name)
	switch name {
	case rules.ArgPoints, rules.ArgMost:
		args[key] = w.Points(money.Points(n))
	case rules.ArgRate:
		args[key] = w.Percent(money.Rate(n))
	case rules.ArgTimes:
		args[key] = w.factor(money.Rate(n))
	case rules.ArgDays:
		args[key], args["InDays"] = w.P.Days(n), w.P.InDays(n)
	case rules.ArgBase, rules.ArgMoney, rules.ArgLimit, rules.ArgExcluded:
		args[key] = w.Money(money.Amount(n))
	case rules.ArgFrom, rules.ArgTo:
		args[key] = w.P.Time(time.Date(2000, time.January, 1, 0, int(n), 0, 0, time.UTC))
	default:
		args[key] = w.P.Number(n)
	}
}

// endings are what keys of messages end in that say more than the plain one, with the argument they are for: "limit_times" is
// "already given (limit 1)", "limit_times_with_period" is "already given today (limit 1)".
var endings = []struct{ arg, ending string }{
	{"Named", "_with_name"}, {"Points", "_with_points"}, {"When", "_with_period"}, {"Gift", "_with_gift"},
}

// fuller is the key of the message that says the most of what is known.
func (w Words) fuller(key string, args locales.Args) string {
	for _, e := range endings {
		if _, known := args[e.arg]; known && w.P.Has(key+e.ending) {
			return key + e.ending
		}
	}
	return key
}

// rule returns the rule that a reason speaks of, nil when it speaks of something else or the rule is no more.
func (w Words) rule(of string) *rules.Rule {
	id, found := strings.CutPrefix(of, "rule:")
	if !found || w.Program.Settings == nil {
		return nil
	}
	return w.Program.Settings.Rule(id)
}

// gift is what a rule gives in a few signs, "" when only its name can say it.
func (w Words) gift(b rules.Benefit) string {
	switch b.Kind {
	case rules.GivesPoints:
		return "+" + w.Points(b.Points)
	case rules.GivesExtraRate:
		return "+" + w.Percent(b.Rate)
	case rules.GivesMultiply:
		return w.factor(b.Rate)
	case rules.GivesDiscount:
		return "−" + w.Percent(b.Rate)
	case rules.GivesMoneyOff:
		return "−" + w.Money(b.Amount)
	}
	return ""
}

// factor is a rate read as a factor: "×1,5".
func (w Words) factor(r money.Rate) string {
	const decimals = 4 // of a basis point
	return "×" + w.P.Decimal(int64(r), decimals)
}

func title(name string) string {
	if name == "" {
		return name
	}
	return string(name[0]-'a'+'A') + name[1:]
}
