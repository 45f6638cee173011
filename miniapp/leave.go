package miniapp

import (
	"net/http"
	"slices"

	"kartka/engine"
	"kartka/miniapp/ui"
)

// leave is the first question of leaving: it names what will be lost. leaveSure is the last.
func (a *App) leave(w http.ResponseWriter, r *http.Request, v *visitor) error {
	page := ui.Leave{}
	shared, err := a.sharesOnly(r, v)
	switch {
	case err != nil:
		return err
	case shared: // who holds a card on somebody's invitation leaves it instead
		page.Title, page.Shared = v.plain("guest.family.leave.btn"), v.W.T("guest.family.leave.ask", args{"Program": v.Program.Settings.Name})
	default:
		page.Title, page.Text = v.paragraphs("guest.delete.text", args{"Program": v.Program.Settings.Name, "Points": v.losing()})
	}
	return a.showLeave(w, r, v, page)
}

func (a *App) leaveSure(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if shared, err := a.sharesOnly(r, v); err != nil || shared {
		return errOr(err, errGone)
	}
	return a.showLeave(w, r, v, ui.Leave{Title: v.plain("guest.settings.delete.btn"), Last: v.plain("guest.delete.sure", args{"Points": v.losing()})})
}

func errOr(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

func (a *App) showLeave(w http.ResponseWriter, r *http.Request, v *visitor, page ui.Leave) error {
	f, err := a.frame(r, v, "more", page.Title)
	if err != nil {
		return err
	}
	f.Back, f.Script = v.base+"settings", "more.js"
	return a.show(w, r, v, f, page)
}

// losing is everything on the card, spendable or not yet.
func (v *visitor) losing() string {
	return v.W.Points(max(0, engine.BalanceOf(&v.Account, v.W.Now).Total))
}

// sharesOnly reports whether the visitor holds the card because somebody shared it.
func (a *App) sharesOnly(r *http.Request, v *visitor) (bool, error) {
	people, err := a.Engine.Sharers(r.Context(), v.Program.ID, v.Member.ID)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(people, func(p engine.SharePerson) bool { return !p.Owner && p.Contact.ID == v.Contact.ID }), nil
}

// part ends the visitor's share in somebody's card: the card and its points stay with the others.
func (a *App) part(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if err := a.Engine.EndShare(r.Context(), v.Program.ID, v.Member.ID, v.Contact.ID, v.Contact.ID); err != nil {
		return err
	}
	return a.done(w, r, v, "", v.plain("guest.family.left", args{"Program": v.Program.Settings.Name}), a.join)
}

// erase removes the guest, who has been asked twice, and says farewell.
func (a *App) erase(w http.ResponseWriter, r *http.Request, v *visitor) error {
	shared, err := a.sharesOnly(r, v)
	switch {
	case err != nil:
		return err
	case shared:
		return &engine.Error{Kind: engine.KindForbidden, ID: "share_not_owner"}
	case r.PostFormValue("sure") != "yes":
		return errForm
	}
	if err := a.Engine.Erase(r.Context(), v.Program.ID, v.Member.ID); err != nil {
		return err
	}
	a.wrote(v)
	page := ui.Farewell{}
	page.Title, page.Text = v.W.T("app.farewell.title"), v.W.T("app.farewell.text", args{"Program": v.Program.Settings.Name})
	v.Member = nil
	f, err := a.frame(r, v, "", page.Title)
	if err != nil {
		return err
	}
	w.Header().Set("HX-Push-Url", v.base)
	return a.show(w, r, v, f, page)
}
