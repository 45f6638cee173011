package miniapp

import "strings"

// start is what a Mini App was opened with: the payload of a link, as chats have it too. It is a chain of parts joined by "--", each a letter, "_" and a
// value: "l_ab12cd--q_table4" is a poster at a location on table 4.
type start struct {
	Invite string // i_: tag of the member who invites
	Place  string // l_: code of a location
	Source string // q_: free attribution, such as a table or a campaign
}

// longestStart bounds what is looked at.
const longestStart = 64

// parseStart reads a payload; parts it does not know are ignored. Tokens, which may hold "--" themselves, stand alone in theirs.
func parseStart(payload string) start {
	var s start
	for _, alone := range []string{"c_", "s_", "h_", "r_"} {
		if len(payload) > longestStart || strings.HasPrefix(payload, alone) {
			return s
		}
	}
	for part := range strings.SplitSeq(payload, "--") {
		key, value, ok := strings.Cut(part, "_")
		switch {
		case !ok || value == "":
		case key == "i":
			s.Invite = value
		case key == "l":
			s.Place = value
		case key == "q":
			s.Source = value
		}
	}
	return s
}
