package miniapp

import (
	"net/http"

	"kartka/miniapp/ui"
)

// more leads to everything that has no tab of its own.
func (a *App) more(w http.ResponseWriter, r *http.Request, v *visitor) error {
	s := v.Program.Settings
	page := ui.More{}
	item := func(path, icon, text string) {
		page.Items = append(page.Items, ui.MoreItem{Path: path, Icon: icon, Text: text})
	}
	item("invite", "users", v.plain("guest.invite.btn"))
	if len(s.Tiers.List) > 0 {
		item("tier", "medal", v.plain("guest.tier.btn"))
	}
	item("profile", "user", v.W.T("app.profile.title"))
	item("settings", "bell", v.plain("guest.settings.btn"))
	chat := chatLink(v.Bot, "") // what is done with others is done in the chat, where they are
	inChat := func(icon, key, command string) {
		page.Items = append(page.Items, ui.MoreItem{Path: chat, Icon: icon, Text: v.plain(key), Hint: v.W.T("app.more.chat", args{"Command": "/" + command})})
	}
	if s.Sharing.People > 1 {
		inChat("users", "guest.family.btn", "family")
	}
	if s.Transfer.On {
		inChat("gift", "guest.give.btn", "give")
	}
	item("privacy", "lock", v.plain("guest.privacy.btn"))
	if v.atCounter() {
		page.Staff = append(page.Staff, ui.MoreItem{Path: "scan/", Icon: "scan", Text: v.plain("guest.counter.btn")})
	}
	if v.manages() && s.Feedback.On {
		page.Staff = append(page.Staff, ui.MoreItem{Path: "scan/feedback", Icon: "star", Text: v.W.T("app.more.feedback")})
	}
	if s.Links.Support != "" {
		page.Support = v.W.T("guest.support", args{"Support": s.Links.Support})
	}
	f, err := a.frame(r, v, "more", v.W.T("app.nav.more"))
	if err != nil {
		return err
	}
	page.SignOut = v.session.Web
	f.Script = "more.js"
	return a.show(w, r, v, f, page)
}
