package miniapp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"kartka/engine"
	"kartka/locales"
	"kartka/miniapp/ui"
	"kartka/words"
)

// visitor is whoever makes a call, as they are at this moment.
type visitor struct {
	engine.Person
	W       words.Words
	session session
	base    string        // of the program's pages, ends with a slash
	note    ui.Note       // what the visitor has just done, for the next page
	state   *ui.CardState // see cardState
}

// Language is the visitor's.
func (v *visitor) Language() locales.Language { return v.W.P.Language() }

// atCounter reports whether the visitor may serve guests now.
func (v *visitor) atCounter() bool {
	return v.Staff != nil && !v.Staff.Disabled && v.Staff.Role.AtCounter()
}

// manages reports whether the visitor may see what others did.
func (v *visitor) manages() bool {
	return v.Staff != nil && !v.Staff.Disabled && v.Staff.Role.Manages()
}

// What keeps a visitor out. They are told apart by their status; the words are in the catalogue.
var (
	errSignIn = errors.New("miniapp: nobody is signed in")
	errStaff  = errors.New("miniapp: for staff only")
	errNoCard = errors.New("miniapp: without a card")
	errGone   = errors.New("miniapp: no such page")
	// errCrossed is about a call that another site has made a browser send.
	errCrossed = errors.New("miniapp: from another site")
)

// visit finds out who makes a call. Without a valid session it is errSignIn.
func (a *App) visit(ctx context.Context, r *http.Request, program engine.Program) (*visitor, error) {
	token, web, ok := a.tokenOf(r, program.Slug)
	if !ok {
		return nil, errSignIn
	}
	s, err := openSession(program, token, web, a.Engine.Now())
	if err != nil {
		return nil, errSignIn
	}
	return a.meet(ctx, program, s)
}

// meet reads everything about the person of a session.
func (a *App) meet(ctx context.Context, program engine.Program, s session) (*visitor, error) {
	bot, err := a.shops.bot(ctx, program.ID, s.Channel, s.Sender)
	if err != nil {
		return nil, err
	}
	person, err := a.Engine.PersonAt(ctx, program, bot, s.address())
	switch {
	case engine.IsKind(err, engine.KindNotFound):
		person = engine.Person{Program: program, Bot: bot, Contact: engine.Contact{ProgramID: program.ID, Address: s.address(), Name: s.Name, Locale: s.Locale}}
	case err != nil:
		return nil, err
	}
	if person.Member != nil && person.Member.State == engine.MemberErased {
		person.Member = nil
	}
	language := words.Language(person.Contact.Language, person.Contact.Locale, program.Settings.Languages)
	return &visitor{Person: person, session: s, base: Path + program.Slug + "/",
		W: words.New(a.Catalog, language, program, person.Place, a.Engine.Now())}, nil
}

// cookieName is the cookie of a program's sessions. Those with the prefix are kept to this host and to https by browsers themselves.
func (a *App) cookieName(slug string) string {
	if a.Secure {
		return hostCookie + slug
	}
	return plainCookie + slug
}

const (
	hostCookie  = "__Host-kartka-"
	plainCookie = "kartka-"
	tokenHeader = "Kartka-Session" // of answers: the session goes on under this token
)

// tokenOf is the token that a call carries: as a bearer, or else in the cookie of the program. Where cookies have the prefix, one without it
// counts for nothing: a neighbouring host could have set it.
func (a *App) tokenOf(r *http.Request, slug string) (token string, web, ok bool) {
	if header := r.Header.Get("Authorization"); header != "" {
		token, ok = strings.CutPrefix(header, "Bearer ")
		return token, false, ok
	}
	if c, err := r.Cookie(a.cookieName(slug)); err == nil {
		return c.Value, true, true
	}
	return "", false, false
}

// renew sends the visitor's session on when half of it is over.
func (a *App) renew(w http.ResponseWriter, v *visitor) {
	now := a.Engine.Now()
	if !v.session.worn(now) {
		return
	}
	v.session.prolong(now)
	a.sendSession(w, v.Program, v.session)
}

// sendSession gives a session to whoever made the call: to a page's memory, or as a cookie.
func (a *App) sendSession(w http.ResponseWriter, program engine.Program, s session) {
	token, err := s.seal(program)
	if err != nil {
		a.Logger.Error("seal session", "error", err)
		return
	}
	if !s.Web {
		w.Header().Set(tokenHeader, token)
		return
	}
	http.SetCookie(w, a.cookie(a.cookieName(program.Slug), token, int(time.Unix(s.Ends, 0).Sub(a.Engine.Now())/time.Second)))
}

// cookie is one that no script reads and no other site sends along with what it posts; it lives so many seconds, and with less than none ends at once.
func (a *App) cookie(name, value string, seconds int) *http.Cookie {
	return &http.Cookie{Name: name, Value: value, Path: "/", Secure: a.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: seconds}
}

// bot finds a program's bot.
func (s *shops) bot(ctx context.Context, programID, channel, sender string) (engine.Bot, error) {
	all, err := s.bots(ctx, programID)
	if err != nil {
		return engine.Bot{}, err
	}
	for _, b := range all {
		if b.Channel == channel && b.Sender == sender {
			return b, nil
		}
	}
	return engine.Bot{}, errSignIn // the bot it was opened from is the program's no more
}

// bots are a program's, remembered for a moment.
func (s *shops) bots(ctx context.Context, programID string) ([]engine.Bot, error) {
	now := s.engine.Now()
	s.mu.Lock()
	was, ok := s.presences[programID]
	s.mu.Unlock()
	if ok && was.until.After(now) {
		return was.bots, nil
	}
	all, err := s.engine.Store().Bots(ctx, programID)
	if err != nil {
		return nil, fmt.Errorf("read bots: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.presences) >= mostShops {
		clear(s.presences)
	}
	s.presences[programID] = presences{bots: all, until: now.Add(shopKept)}
	return all, nil
}
