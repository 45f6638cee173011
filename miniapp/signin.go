package miniapp

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"kartka/engine"
	"kartka/miniapp/initdata"
	"kartka/miniapp/ui"
)

// telegram is the channel that Mini Apps belong to.
const telegram = "telegram"

// signIn exchanges what Telegram signed for a session, and answers with the page that was asked for, so that one round trip shows it. The
// form names the page ("to", an address below the program's) and the start parameter is in what was signed.
func (a *App) signIn(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), callTime)
	defer cancel()
	r = r.WithContext(ctx)
	program, err := a.shops.find(r.Context(), r.PathValue("shop"))
	if err != nil {
		a.refuse(w, r, nil, err)
		return
	}
	if err := readForm(r); err != nil {
		a.refuse(w, r, nil, err)
		return
	}
	s, err := a.bySigned(r, program)
	if err != nil {
		a.refuse(w, r, nil, err)
		return
	}
	a.sendSession(w, program, s)
	token, err := s.seal(program)
	if err != nil {
		a.refuse(w, r, nil, err)
		return
	}
	page, query, _ := strings.Cut(below(r.FormValue("to")), "?")
	next := r.Clone(r.Context())
	next.Method, next.Body = http.MethodGet, http.NoBody
	next.Header.Set("Authorization", "Bearer "+token)
	next.Header.Set("HX-Request", "true")
	next.URL.Path, next.URL.RawPath, next.URL.RawQuery = Path+program.Slug+"/"+page, "", query
	next.RequestURI = ""
	a.routes.ServeHTTP(w, next)
}

// bySigned checks initData against the program's bots. Only who it is comes from it.
func (a *App) bySigned(r *http.Request, program engine.Program) (session, error) {
	raw, ok := strings.CutPrefix(r.Header.Get("Authorization"), "tma ")
	if !ok {
		return session{}, errSignIn
	}
	bots, err := a.shops.bots(r.Context(), program.ID)
	if err != nil {
		return session{}, err
	}
	now := a.Engine.Now()
	for _, b := range bots {
		if b.Channel != telegram || b.Token == "" {
			continue
		}
		said, err := initdata.NewBot(b.Token.Reveal()).Check(raw, now)
		if err != nil {
			a.Logger.Debug("initData refused", "bot", b.Username, "error", err)
			continue
		}
		s := newSession(program.ID, engine.Address{Channel: telegram, Sender: b.Sender, UserID: strconv.FormatInt(said.User.ID, 10)}, false, now)
		s.Name = strings.TrimSpace(said.User.FirstName + " " + said.User.LastName)
		s.Locale, s.Start = said.User.LanguageCode, said.StartParam
		return s, nil
	}
	return session{}, errSignIn
}

// shell answers somebody who is not signed in with a page whose script signs in, and which says where to go when there is nothing to sign in
// with. It is the same for everybody, but for the language.
func (a *App) shell(w http.ResponseWriter, r *http.Request, program engine.Program) {
	v := a.passerBy(r, program)
	bots, err := a.shops.bots(r.Context(), program.ID)
	if err != nil {
		a.refuse(w, r, v, err)
		return
	}
	page := ui.Shell{}
	page.Open, page.Bot = botLink(bots)
	if a.issuer.signsIn(bots) != nil {
		page.SignIn = v.base + "login"
		if to := below(strings.TrimPrefix(r.URL.RequestURI(), v.base)); to != "" {
			page.SignIn += "?to=" + url.QueryEscape(to)
		}
	}
	var out bytes.Buffer
	f := v.outside()
	f.Shell = true
	if strings.HasPrefix(r.URL.Path, f.Base+"scan/") {
		f.Style, f.Scanner = "scan.css", true
	}
	if err := a.ui.Full(&out, v.Language(), f, page); err != nil {
		a.refuse(w, r, v, err)
		return
	}
	_ = a.send(w, r, v.Language(), http.StatusOK, out.Bytes())
}
