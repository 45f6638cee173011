package miniapp

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"kartka/engine"
	"kartka/miniapp/ui"
	"kartka/words"
)

// doorActs are what somebody may do who is not signed in, or not any more, by method and path below the program's.
func (a *App) doorActs() map[string]act {
	return map[string]act{
		"GET in/{token}":  a.doorway,
		"POST in/{token}": a.enter,
		"POST out":        a.signOut,
		"GET login":       a.login,
		"GET r/{token}":   a.opinionForm,
		"POST r/{token}":  a.opinionGiven,
		"GET go/{token}":  a.follow,
	}
}

// forAnybody serves whoever comes: the visitor is nobody in particular.
func (a *App) forAnybody(do act) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), callTime)
		defer cancel()
		r = r.WithContext(ctx)
		program, err := a.shops.find(ctx, r.PathValue("shop"))
		if err != nil {
			a.refuse(w, r, nil, err)
			return
		}
		v := a.passerBy(r, program)
		err = readForm(r)
		if err == nil {
			err = do(w, r, v)
		}
		if err != nil {
			a.refuse(w, r, v, err)
		}
	})
}

// passerBy is somebody of whom only the language is known.
func (a *App) passerBy(r *http.Request, program engine.Program) *visitor {
	l := words.Language("", r.Header.Get("Accept-Language"), program.Settings.Languages)
	return &visitor{Person: engine.Person{Program: program}, W: words.New(a.Catalog, l, program, nil, a.Engine.Now()), base: Path + program.Slug + "/"}
}

// doorway is where a one-time link of the bot leads. It asks for a press of a button, so that whoever only looks at links, such as a messenger that
// draws previews, does not use them up. The link itself is not looked at before.
func (a *App) doorway(w http.ResponseWriter, r *http.Request, v *visitor) error {
	action := v.base + "in/" + url.PathEscape(r.PathValue("token"))
	if to := r.URL.Query().Get("to"); to != "" {
		action += "?to=" + url.QueryEscape(below(to))
	}
	w.Header().Set("X-Robots-Tag", "noindex, nofollow")
	return a.show(w, r, v, v.outside(), ui.Doorway{Action: action, Program: v.Program.Settings.Name})
}

// enter uses up a one-time link and signs the browser in.
func (a *App) enter(w http.ResponseWriter, r *http.Request, v *visitor) error {
	contactID, err := a.Engine.TakeLogin(r.Context(), v.Program.ID, r.PathValue("token"))
	if engine.IsKind(err, engine.KindExpired) {
		return a.sendAway(w, r, v, http.StatusGone, ui.Outside{Title: v.W.T("app.in.over"), Text: v.W.Problem(err), Hint: v.W.T("app.outside.link")})
	}
	if err != nil {
		return err
	}
	contact, err := a.Engine.Store().Contact(r.Context(), v.Program.ID, contactID)
	if err != nil {
		return err
	}
	a.sendSession(w, v.Program, newSession(v.Program.ID, contact.Address, true, a.Engine.Now()))
	a.goTo(w, r, v.base+below(r.FormValue("to")))
	return nil
}

// signOut signs the browser out.
func (a *App) signOut(w http.ResponseWriter, r *http.Request, v *visitor) error {
	http.SetCookie(w, a.cookie(a.cookieName(v.Program.Slug), "", -1))
	a.goTo(w, r, v.base)
	return nil
}

// goTo leads a browser to a page of ours after what it has sent.
func (a *App) goTo(w http.ResponseWriter, _ *http.Request, to string) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}

// sendAway tells somebody who cannot come in why, and leads to the bot.
func (a *App) sendAway(w http.ResponseWriter, r *http.Request, v *visitor, status int, page ui.Outside) error {
	bots, err := a.shops.bots(r.Context(), v.Program.ID)
	if err != nil {
		return err
	}
	page.Open, page.Bot = botLink(bots)
	return a.showAs(w, r, v, status, v.outside(), page)
}

// outside is the frame of a page for somebody who is not signed in.
func (v *visitor) outside() ui.Frame {
	return ui.Frame{Title: v.Program.Settings.Name, Program: v.Program.Settings.Name, Base: v.base}
}

// botLink is where a program's bot is found and what it is called, "" when there is none.
func botLink(bots []engine.Bot) (link, name string) {
	for _, b := range bots {
		if b.Channel == telegram && b.Username != "" {
			link, name = "https://t.me/"+b.Username, "@"+b.Username
		}
	}
	return link, name
}

// maxTo is the longest address of a page that a call may name.
const maxTo = 200

// below is the address of a page below a program's, as a call names it, "" for anything that is none: what leads elsewhere, or is written in a way
// that browsers and servers read differently.
func below(to string) string {
	page, query, _ := strings.Cut(to, "?")
	if len(to) > maxTo || strings.Trim(page, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./") != "" {
		return ""
	}
	segments := strings.Split(page, "/")
	for i, s := range segments {
		if s == "." || s == ".." || s == "" && i < len(segments)-1 {
			return ""
		}
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return ""
	}
	if query = values.Encode(); query != "" {
		page += "?" + query
	}
	return page
}
