package talk

import (
	"errors"
	"fmt"

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
	return v.T(key, v.args(e.Args))
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
			if name == "Points" {
				out[name] = v.Points(money.Points(value))
			}
		default:
			out[name] = value
		}
	}
	return out
}

// Reasons puts the effects of a posting into words, one line each: "700 ₴ × 5 % = 35".
func (v View) Reasons(effects []rules.Effect) []locales.Safe {
	lines := make([]locales.Safe, 0, len(effects))
	for _, effect := range effects {
		if effect.State != rules.Applied && effect.State != rules.Inapplicable && effect.State != rules.Skipped {
			continue
		}
		lines = append(lines, v.Reason(effect.Reason))
	}
	return lines
}

// Reason puts one reason into words.
func (v View) Reason(r rules.Reason) locales.Safe {
	args := locales.Args{"Text": r.Text}
	for name, n := range r.Args {
		switch name {
		case rules.ArgPoints:
			args["Points"] = v.Points(money.Points(n))
		case rules.ArgRate:
			args["Rate"] = v.Percent(money.Rate(n))
		case rules.ArgDays:
			args["Days"] = v.P.Days(n)
		case rules.ArgBase, rules.ArgMoney, rules.ArgLimit, "excluded":
			args[title(name)] = v.Money(money.Amount(n))
		default:
			args[title(name)] = fmt.Sprint(n)
		}
	}
	return v.P.Rich("reasons."+r.ID, args)
}

func title(name string) string {
	if name == "" {
		return name
	}
	return string(name[0]-'a'+'A') + name[1:]
}
