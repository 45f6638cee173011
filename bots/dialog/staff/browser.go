package staff

import (
	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/locales"
)

// scansInBrowser reports whether there is a scanner to open for this person.
func scansInBrowser(v talk.View) bool { return v.App != "" && v.AtCounter() }

// browser makes the link that opens the scanner in a browser.
func browser(v talk.View) talk.Output {
	if !scansInBrowser(v) {
		return stale(v)
	}
	return v.Login("scan/", browserShown)
}

// browserShown hands the link over in a message that cannot be forwarded: an edit would keep the freedom of the old one.
func browserShown(v talk.View, l talk.Login, err error) talk.Output {
	if err != nil {
		return stopped(v, onCounter(v), err)
	}
	m := screen(v, note{}, v.Rich("staff.browser.text", locales.Args{"Time": v.P.Time(v.Local(l.Until))}),
		talk.Row(primary(bots.Button{Text: v.T("staff.browser.open.btn"), URL: l.Link})),
		talk.Row(lasting(v.T("staff.browser.again.btn"), actBrowser, ""), homeButton(v)))
	m.Fresh, m.NoForward, m.Expires = true, true, l.Until
	return v.SayAnd(talk.In(Flow, stepHome, fresh(v)), m)
}
