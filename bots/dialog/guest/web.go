package guest

import (
	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/locales"
)

// webOn reports whether the card can be opened in a browser.
func webOn(v talk.View) bool { return v.App != "" }

// web makes the link that opens the card in a browser, for phones that show no Mini App.
func web(v talk.View) talk.Output {
	if !webOn(v) {
		return Home(v)
	}
	return v.Login("", webShown)
}

// webShown hands the link over in a message that cannot be forwarded.
func webShown(v talk.View, l talk.Login, err error) talk.Output {
	if err != nil {
		return problem(v, err)
	}
	open := bots.Button{Text: v.T("guest.web.open.btn"), URL: l.Link, Style: bots.StylePrimary}
	m := v.Screen(v.Rich("guest.web.text", locales.Args{"Time": v.P.Time(v.Local(l.Until))}),
		talk.Row(open), talk.Row(button(v.T("guest.web.again.btn"), actWeb, ""), cardButton(v)))
	m.Fresh, m.NoForward, m.Expires = true, true, l.Until
	return v.SayAnd(away(v), m)
}
