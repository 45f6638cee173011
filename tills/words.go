package tills

import (
	"kartka/engine"
	"kartka/engine/money"
	"kartka/locales"
)

// words are texts for whoever stands at a till.
type words struct {
	p       *locales.Printer
	catalog *locales.Catalog
	program engine.Program
}

// words are in the language that the till asks for, or else in the program's first.
func (a *api) words(c *caller) words {
	hints := []string{c.hint}
	if c.program.Settings != nil {
		hints = append(hints, c.program.Settings.Languages...)
	}
	return words{p: a.Catalog.Printer(locales.Resolve(hints...)), catalog: a.Catalog, program: c.program}
}

// own is a text of the interface.
func (w words) own(id string, args locales.Args) string { return w.p.T("till."+id, args) }

// refusal is a refusal of the engine in words.
func (w words) refusal(e *engine.Error) string {
	if key := "error." + e.ID; w.p.Has(key) {
		return w.p.T(key, w.args(e.Args))
	}
	return w.p.T("error.internal")
}

// issue is what was odd about a sale.
func (w words) issue(i engine.Issue) string { return w.p.T("issue."+i.ID, w.args(i.Args)) }

// args formats numbers by their type, and those that have been through JSON, as the numbers of remembered issues have, by their name.
func (w words) args(in map[string]any) locales.Args {
	out := make(locales.Args, len(in))
	for name, value := range in {
		switch value := value.(type) {
		case money.Points:
			out[name] = w.points(value)
		case money.Amount:
			out[name] = w.money(value)
		case float64:
			switch name {
			case "Points":
				out[name] = w.points(money.Points(value))
			case "Paid", "Payable", "Total", "Lines":
				out[name] = w.money(money.Amount(value))
			default:
				out[name] = int64(value)
			}
		default:
			out[name] = value
		}
	}
	return out
}

func (w words) points(p money.Points) string {
	if w.program.Settings == nil {
		return w.p.Number(int64(p))
	}
	unit := w.program.Settings.Unit
	return w.p.Points(int64(p), unit.Decimals, w.catalog.Unit(unit.Name))
}

func (w words) money(a money.Amount) string {
	if w.program.Settings == nil {
		return w.p.Number(int64(a))
	}
	return w.p.Money(int64(a), w.program.Settings.Currency.Code)
}
