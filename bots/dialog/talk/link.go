package talk

import (
	"strings"

	"kartka/bots"
)

// Link is what a deep link says. Its payload is a chain of parts joined by "--", each a letter, "_" and a value:
// "l_ab12cd--q_table4" is a poster at a location on table 4.
type Link struct {
	Card   string // c_: token of a card, scanned by staff
	Staff  string // s_: token of an invitation or of the owner's claim
	Share  string // h_: token of an invitation to hold a card together
	Rate   string // r_: token of a receipt, to rate the purchase
	Invite string // i_: tag of the member who invites
	Place  string // l_: code of a location
	Source string // q_: free attribution, such as a table or a campaign
}

// ParseLink reads a payload; parts it does not know are ignored.
func ParseLink(payload string) Link {
	var l Link
	if len(payload) > 64 {
		return l
	}
	// Random tokens may hold "--" themselves: they stand alone in their payload.
	if token, ok := strings.CutPrefix(payload, "c_"); ok {
		return Link{Card: token}
	}
	if token, ok := strings.CutPrefix(payload, "s_"); ok {
		return Link{Staff: token}
	}
	if token, ok := strings.CutPrefix(payload, "h_"); ok {
		return Link{Share: token}
	}
	if token, ok := strings.CutPrefix(payload, "r_"); ok {
		return Link{Rate: token}
	}
	for part := range strings.SplitSeq(payload, "--") {
		key, value, ok := strings.Cut(part, "_")
		if !ok || value == "" {
			continue
		}
		switch key {
		case "i":
			l.Invite = value
		case "l":
			l.Place = value
		case "q":
			l.Source = value
		}
	}
	return l
}

// Payload writes a link as a payload.
func (l Link) Payload() string {
	switch {
	case l.Card != "":
		return "c_" + l.Card
	case l.Staff != "":
		return "s_" + l.Staff
	case l.Share != "":
		return "h_" + l.Share
	case l.Rate != "":
		return "r_" + l.Rate
	}
	var parts []string
	for _, p := range []struct{ key, value string }{{"l_", l.Place}, {"i_", l.Invite}, {"q_", l.Source}} {
		if p.value != "" {
			parts = append(parts, p.key+p.value)
		}
	}
	return strings.Join(parts, "--")
}

// DeepLink is the address that opens the person's bot with a link.
func (v View) DeepLink(l Link) string {
	return bots.DeepLink(bots.Channel(v.Bot.Channel), v.Bot.Username, l.Payload())
}
