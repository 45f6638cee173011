package locales

import (
	"cmp"
	"strings"
)

// UnitForms are the forms of a unit's name that stand after a number: 1 бонус, 2 бонуси, 5 бонусів,
// 1,5 бонуса. A language uses some of them, as UnitNames.Missing tells; Spanish keeps its preposition in
// Many: 1 000 000 de puntos.
type UnitForms struct {
	One   string `json:"one,omitempty"`
	Few   string `json:"few,omitempty"`
	Many  string `json:"many,omitempty"`
	Other string `json:"other,omitempty"`
}

// UnitNames names a program's point unit in its languages.
type UnitNames map[Language]UnitForms

// Missing lists the forms that the given languages need and the names lack, as "uk.few". It lists nothing
// when the names are complete.
func (u UnitNames) Missing(langs ...Language) []string {
	var missing []string
	for _, lang := range langs {
		for _, f := range lang.forms() {
			if strings.TrimSpace(u[lang].form(f)) == "" {
				missing = append(missing, string(lang)+"."+f.String())
			}
		}
	}
	return missing
}

func (u UnitForms) form(f form) string {
	switch f {
	case one:
		return u.One
	case few:
		return u.Few
	case many:
		return u.Many
	}
	return u.Other
}

// Points prints n smallest steps of a unit that is divided into 10^decimals steps: "5 бонусів", "1,5 бонуса".
// A form or language that the names lack is replaced by the nearest they have; without any name only the
// number is printed.
func (p *Printer) Points(n int64, decimals int, names UnitNames) string {
	value, decimals := trimZeros(n, decimals)
	f := p.lang.formOf(abs(value)/pow10(decimals), decimals > 0)
	name := names.nearest(p.lang, f)
	b := p.appendFixed(make([]byte, 0, 48), value, decimals)
	if name == "" {
		return string(b)
	}
	b = append(b, nbsp...)
	return string(append(b, name...))
}

// nearest returns the name in the language, else in the first language of the menu that has one.
func (u UnitNames) nearest(lang Language, f form) string {
	if name := u[lang].nearest(f); name != "" {
		return name
	}
	for _, lang := range Languages() {
		if name := u[lang].nearest(f); name != "" {
			return name
		}
	}
	return ""
}

func (u UnitForms) nearest(f form) string {
	return cmp.Or(u.form(f), u.Other, u.Many, u.Few, u.One)
}

// readUnits collects the ready-made units from the messages of the subject units.
func readUnits(messages map[Language]map[string]*message) map[string]UnitNames {
	units := make(map[string]UnitNames)
	for _, lang := range Languages() {
		for id, m := range messages[lang] {
			name, ok := strings.CutPrefix(id, "units.")
			if !ok {
				continue
			}
			if units[name] == nil {
				units[name] = make(UnitNames)
			}
			units[name][lang] = UnitForms{
				One: m.literal(one), Few: m.literal(few), Many: m.literal(many), Other: m.literal(other),
			}
		}
	}
	return units
}

// literal is the text of exactly this form, "" when the message has none.
func (m *message) literal(f form) string {
	if m.forms[f] == nil || len(m.forms[f].plain) == 0 {
		return ""
	}
	return m.forms[f].plain[0].literal
}
