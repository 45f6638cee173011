package owner

import (
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

// Notice tells whoever runs the shop of a bad mark.
func Notice(v talk.View, n engine.Notice) []bots.Message {
	if n.Kind != engine.NoticeLowRating || !v.Manages() {
		return nil
	}
	r := engine.RatedSale{Total: money.Amount(number(n.Args["sum"])), Name: word(n.Args["name"]), Place: word(n.Args["place"]), Staff: word(n.Args["staff"])}
	r.Stars, r.Comment = int(number(n.Args["stars"])), word(n.Args["comment"])
	said := quote(v, r.Comment, engine.RatingComment)
	if said == "" {
		said = v.Rich("owner.feedback.silent")
	}
	text := talk.Paragraphs(v.Rich("owner.feedback.low", locales.Args{"Stars": stars(r.Stars)}), ratedBy(v, r), said)
	return []bots.Message{{Purpose: bots.PurposeService, Text: text, Buttons: talk.Column(button(v.T("owner.part.feedback.btn"), "feedback", ""))}}
}

// ratedBy says whose mark it is, and where and by whom the guest was served.
func ratedBy(v talk.View, r engine.RatedSale) bots.Rich {
	args := locales.Args{"Name": words.CleanName(r.Name, 40), "Sum": v.Money(r.Total)}
	who := v.Rich("owner.feedback.guest", args)
	if args["Name"] == "" {
		who = v.Rich("owner.feedback.stranger", args)
	}
	var place, staff bots.Rich
	if name := words.CleanName(r.Place, 64); name != "" {
		place = v.Rich("notice.place", locales.Args{"Place": name})
	}
	if name := words.CleanName(r.Staff, 40); name != "" {
		staff = v.Rich("owner.feedback.served", locales.Args{"Name": name})
	}
	return talk.Lines(who, place, staff)
}

// quote is a comment, cut to a number of characters.
func quote(v talk.View, comment string, most int) bots.Rich {
	runes := []rune(strings.TrimSpace(comment))
	if len(runes) == 0 {
		return ""
	}
	if len(runes) > most {
		runes = append(runes[:most-1:most-1], '…')
	}
	return v.Rich("owner.feedback.quote", locales.Args{"Comment": string(runes)})
}

// stars draws a mark.
func stars(n int) string { return strings.Repeat("⭐", min(max(n, 1), rules.MostStars)) }

func word(value any) string {
	s, _ := value.(string)
	return s
}

// number reads an integer that may have been through JSON.
func number(value any) int64 {
	switch n := value.(type) {
	case int64:
		return n
	case float64:
		return int64(n)
	}
	return 0
}
