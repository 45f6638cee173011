package owner

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"kartka/bots/dialog/talk"
	"kartka/locales"
)

// city is a clock that is offered on a button. Its name is "owner.zone.<id>.btn" in the catalogue when it stands beside others.
type city struct{ id, zone string }

// zonesOf lists the clocks of the countries that pay in a currency; one means that nobody has to be asked. Kazakhstan has had one
// time since 1 March 2024. Source: IANA time zone database.
func zonesOf(currency string) []city {
	switch currency {
	case "UAH":
		return []city{{"kyiv", "Europe/Kyiv"}}
	case "KZT":
		return []city{{"almaty", "Asia/Almaty"}}
	case "PLN":
		return []city{{"warsaw", "Europe/Warsaw"}}
	case "MDL":
		return []city{{"chisinau", "Europe/Chisinau"}}
	case "CZK":
		return []city{{"prague", "Europe/Prague"}}
	case "RON":
		return []city{{"bucharest", "Europe/Bucharest"}}
	case "GBP":
		return []city{{"london", "Europe/London"}}
	case "GEL":
		return []city{{"tbilisi", "Asia/Tbilisi"}}
	case "EUR":
		return []city{{"madrid", "Europe/Madrid"}, {"canary", "Atlantic/Canary"}, {"lisbon", "Europe/Lisbon"}, {"dublin", "Europe/Dublin"},
			{"berlin", "Europe/Berlin"}, {"paris", "Europe/Paris"}, {"rome", "Europe/Rome"}, {"vilnius", "Europe/Vilnius"},
			{"riga", "Europe/Riga"}, {"tallinn", "Europe/Tallinn"}, {"helsinki", "Europe/Helsinki"}, {"athens", "Europe/Athens"}}
	case "USD":
		return []city{{"new_york", "America/New_York"}, {"chicago", "America/Chicago"}, {"denver", "America/Denver"}, {"los_angeles", "America/Los_Angeles"}}
	case "RUB":
		return []city{{"kaliningrad", "Europe/Kaliningrad"}, {"moscow", "Europe/Moscow"}, {"samara", "Europe/Samara"}, {"yekaterinburg", "Asia/Yekaterinburg"},
			{"omsk", "Asia/Omsk"}, {"novosibirsk", "Asia/Novosibirsk"}, {"irkutsk", "Asia/Irkutsk"}, {"vladivostok", "Asia/Vladivostok"}}
	}
	return nil
}

// zoneChoices are the buttons of the clocks of a currency, two in a row.
func zoneChoices(v talk.View, currency string) [][]choice {
	var all []choice
	for _, c := range zonesOf(currency) {
		all = append(all, choice{text: v.T("owner.zone." + c.id + ".btn"), value: c.id})
	}
	return slices.Collect(slices.Chunk(all, 2))
}

func zoneOfButton(currency, id string) (string, bool) {
	for _, c := range zonesOf(currency) {
		if c.id == id {
			return c.zone, true
		}
	}
	return "", false
}

// typedZoneName finds the clock a person means by the name of a city, in any of our languages, or by the name of a zone.
func typedZoneName(v talk.View, currency, text string) (string, bool) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > 64 {
		return "", false
	}
	for _, c := range zonesOf(currency) {
		for _, l := range locales.Languages() {
			key := "owner.zone." + c.id + ".btn"
			if p := v.Catalog.Printer(l); p.Has(key) && strings.EqualFold(p.T(key), text) {
				return c.zone, true
			}
		}
	}
	if strings.EqualFold(text, "UTC") {
		return "UTC", true
	}
	regions := []string{"Europe", "Asia", "America", "Atlantic", "Africa", "Australia", "Pacific", "Indian"}
	name := zoneSpelling(text)
	region, _, qualified := strings.Cut(name, "/")
	if qualified {
		regions = slices.DeleteFunc(regions, func(r string) bool { return r != region })
		_, name, _ = strings.Cut(name, "/")
	}
	for _, region := range regions {
		if z, err := time.LoadLocation(region + "/" + name); err == nil {
			return z.String(), true
		}
	}
	return "", false
}

// zoneSpelling writes a name as the time zone database does: "europe/new york" becomes "Europe/New_York".
func zoneSpelling(text string) string {
	start := true
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '_':
			start = true
			return '_'
		case r == '/' || r == '-':
			start = true
			return r
		case start:
			start = false
			return unicode.ToUpper(r)
		}
		return unicode.ToLower(r)
	}, text)
}
