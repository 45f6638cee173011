package owner

import (
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

// maxName is the longest name of a shop or a place, in characters.
const maxName = 64

// cleanName makes a typed name fit to be shown, or says what is wrong with it.
func cleanName(v talk.View, text string) (name string, problem bots.Rich) {
	name = words.CleanName(text, utf8.RuneCountInString(text))
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return "", v.Rich("owner.name.empty")
	case n > maxName:
		return "", v.Rich("owner.name.long", locales.Args{"Length": n, "Limit": maxName})
	}
	return name, ""
}

// label is a name short enough for a button with a word beside it.
func label(name string) string { return words.CleanName(name, 18) }

func showName(v talk.View, d draft) (bots.Rich, [][]choice) {
	keep := proposedName(v, d)
	if keep == "" {
		return v.Rich("owner.setup.name.text"), nil
	}
	return v.Rich("owner.setup.name.text"), [][]choice{{{text: v.T("owner.setup.name.keep.btn", locales.Args{"Name": label(keep)}), value: valueKeep}}}
}

// proposedName is the name given before, else the one the operator made the program with.
func proposedName(v talk.View, d draft) string {
	if d.Name != "" {
		return d.Name
	}
	return words.CleanName(v.Program.Settings.Name, maxName)
}

func pressName(v talk.View, d draft, value string) (draft, move) {
	if d.Name = proposedName(v, d); value != valueKeep || d.Name == "" {
		return d, unknown
	}
	return d, onward
}

func typedName(v talk.View, d draft, text string) (draft, bots.Rich) {
	name, problem := cleanName(v, text)
	if problem == "" {
		d.Name = name
	}
	return d, problem
}

func showCurrency(v talk.View, _ draft) (bots.Rich, [][]choice) {
	var all []choice
	for _, code := range []string{"UAH", "KZT", "PLN", "EUR", "USD", "RUB", "MDL", "CZK", "GEL"} {
		all = append(all, choice{text: code, value: code})
	}
	return v.Rich("owner.setup.currency.text"), slices.Collect(slices.Chunk(all, 3))
}

func pressCurrency(_ talk.View, d draft, value string) (draft, move) {
	next, ok := d.inCurrency(value)
	if !ok {
		return d, unknown
	}
	return next, onward
}

func typedCurrency(v talk.View, d draft, text string) (draft, bots.Rich) {
	next, ok := d.inCurrency(strings.ToUpper(strings.TrimSpace(text)))
	if !ok {
		return d, v.Rich("owner.setup.currency.unknown")
	}
	return next, ""
}

// inCurrency chooses a currency. Its country's clock comes with it, and sums given in another one are forgotten.
func (d draft) inCurrency(code string) (draft, bool) {
	if _, err := money.LookupCurrency(code); err != nil {
		return d, false
	}
	if code != d.Currency {
		d.Zone, d.Check, d.terms = "", 0, terms{}
	}
	d.Currency = code
	if zones := zonesOf(code); len(zones) == 1 {
		d.Zone = zones[0].zone
	}
	return d, true
}

func showZone(v talk.View, d draft) (bots.Rich, [][]choice) {
	return v.Rich("owner.setup.zone.text"), zoneChoices(v, d.Currency)
}

func pressZone(_ talk.View, d draft, value string) (draft, move) {
	zone, ok := zoneOfButton(d.Currency, value)
	if !ok {
		return d, unknown
	}
	d.Zone = zone
	return d, onward
}

func typedZone(v talk.View, d draft, text string) (draft, bots.Rich) {
	zone, ok := typedZoneName(v, d.Currency, text)
	if !ok {
		return d, v.Rich("owner.zone.unknown")
	}
	d.Zone = zone
	return d, ""
}

func showLanguages(v talk.View, d draft) (bots.Rich, [][]choice) {
	var all []choice
	for _, l := range locales.Languages() {
		text := l.Name()
		if slices.Contains(d.Languages, string(l)) {
			text = "✅ " + text
		}
		all = append(all, choice{text: text, value: string(l)})
	}
	rows := slices.Collect(slices.Chunk(all, 2))
	if len(d.Languages) == 0 {
		return talk.Paragraphs(v.Rich("owner.setup.languages.text"), v.Rich("owner.setup.languages.none")), rows
	}
	main := v.Rich("owner.setup.languages.main", locales.Args{"Language": locales.Language(d.Languages[0]).Name()})
	return talk.Paragraphs(v.Rich("owner.setup.languages.text"), main),
		append(rows, []choice{{text: v.T("common.done.btn"), value: "done", style: bots.StylePrimary}})
}

func pressLanguages(_ talk.View, d draft, value string) (draft, move) {
	if value == "done" && len(d.Languages) > 0 {
		return d, onward
	}
	if _, ok := locales.Parse(value); !ok {
		return d, unknown
	}
	if i := slices.Index(d.Languages, value); i >= 0 {
		d.Languages = slices.Delete(slices.Clone(d.Languages), i, i+1)
	} else {
		d.Languages = append(slices.Clone(d.Languages), value)
	}
	return d, stay
}

func showPreset(v talk.View, _ draft) (bots.Rich, [][]choice) {
	var all []choice
	for _, p := range rules.Presets() {
		all = append(all, choice{text: v.T("owner.preset." + p.ID + ".btn"), value: p.ID})
	}
	return v.Rich("owner.setup.preset.text"), slices.Collect(slices.Chunk(all, 2))
}

func pressPreset(_ talk.View, d draft, value string) (draft, move) {
	if _, ok := rules.LookupPreset(value); !ok {
		return d, unknown
	}
	if value != d.Preset {
		d.terms = terms{}
	}
	d.Preset = value
	return d, onward
}

func showCheck(v talk.View, d draft) (bots.Rich, [][]choice) {
	text := v.Rich("owner.setup.check.text", locales.Args{"Currency": d.Currency})
	if d.Check == 0 {
		return text, nil
	}
	keep := v.T("owner.setup.check.keep.btn", locales.Args{"Sum": v.P.Money(int64(d.Check), d.Currency)})
	return text, [][]choice{{{text: keep, value: valueKeep}}}
}

func pressCheck(_ talk.View, d draft, value string) (draft, move) {
	if value != valueKeep || d.Check == 0 {
		return d, unknown
	}
	return d.withTerms(), onward
}

func typedCheck(v talk.View, d draft, text string) (draft, bots.Rich) {
	sum, problem := typedSum(v, text, d.currency())
	if problem != "" {
		return d, problem
	}
	if sum != d.Check {
		d.terms = terms{}
	}
	d.Check = sum
	return d.withTerms(), ""
}

// withTerms fills the terms with what the industry usually does, unless the owner has already changed them.
func (d draft) withTerms() draft {
	if d.terms == (terms{}) {
		s := d.preset().Draft(d.Name, d.currency(), nil, nil, d.Check)
		d.terms = termsOf(&s)
	}
	return d
}

// typedSum reads a sum of money that is more than zero, or says what to type instead. A currency written beside it is left out.
func typedSum(v talk.View, text string, currency money.Currency) (money.Amount, bots.Rich) {
	beside := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsSpace(r) || unicode.Is(unicode.Sc, r) }
	bare := strings.TrimRightFunc(strings.TrimLeftFunc(text, beside), func(r rune) bool { return beside(r) || r == '.' })
	value, err := money.Parse(bare, currency.Decimals)
	switch {
	case errors.Is(err, money.ErrNegative):
		return 0, v.Rich("owner.sum.negative")
	case errors.Is(err, money.ErrTooLarge):
		return 0, v.Rich("owner.sum.large")
	case errors.Is(err, money.ErrTooPrecise):
		return 0, v.Rich("owner.sum.precise")
	case errors.Is(err, money.ErrAmbiguous):
		return 0, v.Rich("owner.sum.ambiguous")
	case err != nil:
		return 0, v.Rich("owner.sum.not_a_number")
	case value == 0:
		return 0, v.Rich("owner.sum.nothing")
	}
	return money.Amount(value), ""
}
