package miniapp

import (
	"fmt"
	"net/http"
	"slices"

	"kartka/engine"
	"kartka/locales"
	"kartka/miniapp/ui"
)

// consentText is the version of the words a person agrees to on these pages. It changes with their meaning.
const consentText = "app-join-v1"

// settings is what the guest decides: language, messages, and what becomes of the card.
func (a *App) settings(w http.ResponseWriter, r *http.Request, v *visitor) error {
	page := ui.Settings{Languages: v.languages("settings"), CanPause: v.Member.State != engine.MemberBlocked, Paused: v.Member.State == engine.MemberPaused}
	channels, err := a.channels(r, v)
	if err != nil {
		return err
	}
	for _, c := range channels {
		name := c.name
		if key := "app.channel." + c.name; v.W.P.Has(key) {
			name = v.W.T(key)
		}
		page.Channels = append(page.Channels, ui.Channel{ID: c.name, Name: name, News: c.news})
	}
	f, err := a.frame(r, v, "more", v.plain("guest.settings.btn"))
	if err != nil {
		return err
	}
	f.Back, f.Script = v.base+"more", "more.js"
	return a.show(w, r, v, f, page)
}

// languages are those of the shop, and the visitor's. to is the page that follows the choice.
func (v *visitor) languages(to string) ui.Languages {
	all := []locales.Language{}
	for _, tag := range v.Program.Settings.Languages {
		if l, ok := locales.Parse(tag); ok && !slices.Contains(all, l) {
			all = append(all, l)
		}
	}
	if !slices.Contains(all, v.Language()) {
		all = append(all, v.Language())
	}
	list := ui.Languages{To: to}
	if len(all) > 1 {
		for _, l := range all {
			list.List = append(list.List, ui.Option{Value: string(l), Text: l.Name(), On: l == v.Language()})
		}
	}
	return list
}

// setLanguage remembers a language of the shop, of whoever has a card or is about to get one.
func (a *App) setLanguage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	l, ok := locales.Parse(r.PostFormValue("language"))
	if !ok || !slices.Contains(v.Program.Settings.Languages, string(l)) && l != v.Language() {
		return errForm
	}
	if err := a.know(r, v); err != nil {
		return err
	}
	if err := a.Engine.SetLanguage(r.Context(), v.Program.ID, v.Contact.ID, string(l)); err != nil {
		return err
	}
	to, show := "", a.join
	switch {
	case v.Member != nil && r.PostFormValue("to") == "settings":
		to, show = "settings", a.settings
	case v.Member != nil:
		show = a.card
	}
	return a.done(w, r, v, to, a.Catalog.Printer(l).T("guest.language.done.toast"), show)
}

// know makes a contact of a visitor whom the bot has not met yet.
func (a *App) know(r *http.Request, v *visitor) error {
	if v.Contact.ID != "" {
		return nil
	}
	c := v.Contact
	c.Source = parseStart(v.session.Start).Source
	known, err := a.Engine.Meet(r.Context(), v.Program, v.Bot, c)
	if err != nil {
		return fmt.Errorf("meet visitor: %w", err)
	}
	v.Person = known
	return nil
}

// channel is a messenger in which the guest can be reached.
type channel struct {
	name string
	news bool // news and offers may be sent there
}

// channels are the messengers the guest wrote from, with what may be sent there.
func (a *App) channels(r *http.Request, v *visitor) ([]channel, error) {
	reads := a.Engine.Store()
	contacts, err := reads.ContactsOf(r.Context(), v.Program.ID, v.Member.ID, "")
	if err != nil {
		return nil, fmt.Errorf("read contacts: %w", err)
	}
	consents, err := reads.Consents(r.Context(), v.Program.ID, v.Member.ID)
	if err != nil {
		return nil, fmt.Errorf("read consents: %w", err)
	}
	news := map[string]bool{}
	for _, c := range consents { // the last act counts
		if c.Purpose == engine.PurposeMarketing {
			news[c.Channel] = c.Given
		}
	}
	var all []channel
	for _, c := range contacts {
		name := c.Address.Channel
		if !slices.ContainsFunc(all, func(has channel) bool { return has.name == name }) {
			all = append(all, channel{name: name, news: news[name]})
		}
	}
	return all, nil
}

// setNews records the choice about news and offers on a channel. A choice that is in force already is not recorded again.
func (a *App) setNews(w http.ResponseWriter, r *http.Request, v *visitor) error {
	channels, err := a.channels(r, v)
	if err != nil {
		return err
	}
	name, on := r.PostFormValue("channel"), r.PostFormValue("on") == "yes"
	i := slices.IndexFunc(channels, func(c channel) bool { return c.name == name })
	if i < 0 {
		return errForm
	}
	if channels[i].news != on {
		err := a.Engine.SetConsent(r.Context(), engine.Consent{ProgramID: v.Program.ID, MemberID: v.Member.ID, Channel: name, Purpose: engine.PurposeMarketing,
			Given: on, Source: "settings", Text: consentText, Language: string(v.Language())})
		if err != nil {
			return err
		}
	}
	note := v.W.T("guest.news_off.toast")
	if on {
		note = v.W.T("guest.news_on.toast")
	}
	return a.done(w, r, v, "settings", note, a.settings)
}

// pause stops the guest's own card, or lets it work again. Either way once is as good as twice.
func (a *App) pause(w http.ResponseWriter, r *http.Request, v *visitor) error {
	on := r.PostFormValue("on") == "yes"
	if err := a.Engine.PauseCard(r.Context(), v.Program.ID, v.Member.ID, on); err != nil {
		return err
	}
	note := v.W.T("guest.pause.off.toast")
	if on {
		note = v.W.T("guest.pause.on.toast")
	}
	if r.PostFormValue("to") == "settings" {
		return a.done(w, r, v, "settings", note, a.settings)
	}
	return a.done(w, r, v, "", note, a.card)
}
