package miniapp

import (
	"net/http"

	"kartka/locales"
	"kartka/miniapp/ui"
	"kartka/words"
)

type args = locales.Args

// guestPages are what a guest may look at, by the path below the program's.
func (a *App) guestPages() map[string]act {
	return map[string]act{
		"rate/{sale}":  a.holders(a.rateForm),
		"{$}":          a.holders(a.card),
		"pulse":        a.holders(a.pulse),
		"history":      a.holders(a.history),
		"history/{id}": a.holders(a.why),

		"offers":             a.holders(a.offers),
		"coupon/{id}":        a.holders(a.coupon),
		"coupon/{id}/cancel": a.holders(a.askCancel),
		"rewards":            a.holders(a.rewards),
		"rewards/{id}":       a.holders(a.reward),
		"enter":              a.holders(a.enterCode),
		"tier":               a.holders(a.tier),

		"more":        a.holders(a.more),
		"invite":      a.holders(a.invite),
		"profile":     a.holders(a.profile),
		"settings":    a.holders(a.settings),
		"privacy":     a.privacy,
		"data":        a.holders(a.data),
		"delete":      a.holders(a.leave),
		"delete/sure": a.holders(a.leaveSure),
	}
}

// guestActs are what a guest may do.
func (a *App) guestActs() map[string]act {
	return map[string]act{
		"rate/{sale}": a.holders(a.rateGiven),
		"answer":      a.holders(a.answer),
		"code":        a.holders(a.code),

		"coupon/{id}/activate": a.holders(a.activate),
		"coupon/{id}/keep":     a.holders(a.keep),
		"coupon/{id}/cancel":   a.holders(a.cancel),
		"rewards/{id}":         a.holders(a.buy),
		"enter":                a.holders(a.useCode),

		"join":             a.enrol,
		"profile/name":     a.holders(a.rename),
		"profile/birthday": a.holders(a.setBirthday),
		"profile/about":    a.holders(a.setAbout),
		"language":         a.setLanguage,
		"settings/news":    a.holders(a.setNews),
		"settings/pause":   a.holders(a.pause),
		"data/link":        a.holders(a.dataLink),
		"delete":           a.holders(a.erase),
		"family/leave":     a.holders(a.part),
	}
}

// frame is what stands around a page of the guest: back is where ← leads, below the program's pages.
func (a *App) frame(r *http.Request, v *visitor, here, title string) (ui.Frame, error) {
	f := ui.Frame{Title: v.Program.Settings.Name, Program: v.Program.Settings.Name, Base: v.base, Notice: v.note}
	if title != "" {
		f.Title = title + " · " + f.Program
	}
	if v.Member == nil {
		return f, nil
	}
	var err error
	if f.Ask, err = a.ask(r, v); err != nil {
		return f, err
	}
	f.Seen = markOf(*v.cardState(), f.Ask)
	item := func(path, icon, key string) {
		f.Nav = append(f.Nav, ui.NavItem{Path: v.base + path, Icon: icon, Text: v.W.T(key), Here: path == here})
	}
	item("", "card", "app.nav.card")
	if words.OffersOn(v.Program.Settings) || len(v.Standing.Coupons) > 0 {
		item("offers", "gift", "app.nav.offers")
	}
	item("history", "clock", "app.nav.history")
	item("more", "menu", "app.nav.more")
	return f, nil
}

// wrote has the messages sent that a call has left.
func (a *App) wrote(v *visitor) {
	if a.Wrote != nil {
		a.Wrote(v.Program.ID)
	}
}
