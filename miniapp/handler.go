package miniapp

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"kartka/engine"
	"kartka/locales"
	"kartka/miniapp/ui"
	"kartka/words"
)

// callTime is how long a call may take; a person gives up sooner.
const callTime = 15 * time.Second

// maxBody bounds what a call may bring.
const maxBody = 256 << 10

// act is a call of somebody who is signed in. What it returns as an error is told to the visitor.
type act func(w http.ResponseWriter, r *http.Request, v *visitor) error

// handler puts the routes together.
func (a *App) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+ui.AssetsPath, a.ui.Assets)
	shop := Path + "{shop}/"
	mux.HandleFunc("GET "+strings.TrimSuffix(shop, "/"), func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Path+"/", http.StatusMovedPermanently)
	})
	mux.HandleFunc("POST "+shop+"session", a.signIn)
	for call, do := range a.doorActs() {
		method, path, _ := strings.Cut(call, " ")
		mux.Handle(method+" "+shop+path, a.forAnybody(do))
	}
	mux.HandleFunc("GET "+CallbackPath, a.callback)
	for path, page := range a.guestPages() {
		mux.Handle("GET "+shop+path, a.forAll(page))
	}
	for path, do := range a.guestActs() {
		mux.Handle("POST "+shop+path, a.forAll(do))
	}
	for path, page := range a.scanPages() {
		mux.Handle("GET "+shop+path, a.forAll(staffOnly(page)))
	}
	for path, do := range a.scanActs() {
		mux.Handle("POST "+shop+path, a.forAll(staffOnly(do)))
	}
	mux.HandleFunc("GET "+shop+"scan/sw.js", a.scanWorker)
	mux.HandleFunc("GET "+shop+"scan/app.webmanifest", a.scanManifest)
	mux.Handle("GET "+shop+"live", a.streaming(a.live))
	mux.Handle("GET "+shop+"live/campaign/{id}", a.streaming(a.liveCampaign))
	mux.HandleFunc("GET "+shop+"data/{token}", a.download)
	mux.Handle(Path, http.HandlerFunc(a.missing))
	return guarded(a.ownOnly(mux))
}

// ownOnly keeps out what other sites have a browser send along with our cookie. A call with a token of its own needs no such guard: no site can make
// one but ours, and its cookie is not looked at.
func (a *App) ownOnly(next http.Handler) http.Handler {
	crossed := http.NewCrossOriginProtection()
	crossed.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a.refuse(w, r, nil, errCrossed) }))
	cookies := crossed.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			next.ServeHTTP(w, r)
			return
		}
		cookies.ServeHTTP(w, r)
	})
}

// What pages may do. They may be in a frame of this server and of Telegram's web clients. WebAssembly is for the decoder of the scanner, which somebody can
// come to from any page without another being loaded; it opens no way to scripts of others.
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; " +
	"worker-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'self' https://web.telegram.org"

// assetPolicy is that of the files: of each alone, should it ever be a page or a worker. It goes with every file of the first load, so it is short.
const assetPolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"

// guarded puts on every answer what keeps others out of it.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if strings.HasPrefix(r.URL.Path, ui.AssetsPath) {
			h.Set("Content-Security-Policy", assetPolicy)
		} else {
			h.Set("Content-Security-Policy", policy)
			h.Set("Referrer-Policy", "no-referrer")
			h.Set("Permissions-Policy", "camera=(self), geolocation=(), microphone=()")
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// forAll serves whoever is signed in, with or without a card.
func (a *App) forAll(do act) http.Handler {
	timed := a.streaming(do)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), callTime)
		defer cancel()
		timed.ServeHTTP(w, r.WithContext(ctx))
	})
}

// streaming is forAll for answers that take as long as they take.
func (a *App) streaming(do act) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		program, err := a.shops.find(r.Context(), r.PathValue("shop"))
		if err != nil {
			a.refuse(w, r, nil, err)
			return
		}
		if err := readForm(r); err != nil {
			a.refuse(w, r, a.passerBy(r, program), err)
			return
		}
		v, err := a.visit(r.Context(), r, program)
		if errors.Is(err, errSignIn) && r.Method == http.MethodGet && !partial(r) {
			a.shell(w, r, program)
			return
		}
		if err == nil {
			a.renew(w, v)
			err = do(w, r, v)
		}
		if err != nil {
			a.refuse(w, r, v, err)
		}
	})
}

// staffOnly lets those in who may serve guests now; who may not any more is kept out at once.
func staffOnly(do act) act {
	return func(w http.ResponseWriter, r *http.Request, v *visitor) error {
		if !v.atCounter() {
			return errStaff
		}
		return do(w, r, v)
	}
}

// holders lets those in who have a card; others are led to joining.
func (a *App) holders(do act) act {
	return func(w http.ResponseWriter, r *http.Request, v *visitor) error {
		switch {
		case v.Member != nil:
			return do(w, r, v)
		case r.Method == http.MethodGet:
			return a.join(w, r, v)
		}
		return errNoCard
	}
}

// partial reports whether a page that is there already asks, rather than a person who opens an address.
func partial(r *http.Request) bool {
	return r.Header.Get("HX-Request") != "" && r.Header.Get("HX-History-Restore-Request") == "" || r.Header.Get("Authorization") != ""
}

// show answers with a page.
func (a *App) show(w http.ResponseWriter, r *http.Request, v *visitor, f ui.Frame, p ui.Page) error {
	return a.showAs(w, r, v, http.StatusOK, f, p)
}

func (a *App) showAs(w http.ResponseWriter, r *http.Request, v *visitor, status int, f ui.Frame, p ui.Page) error {
	var out bytes.Buffer
	render := a.ui.Full
	if partial(r) {
		render = a.ui.Part
	}
	if err := render(&out, v.Language(), f, p); err != nil {
		return err
	}
	return a.send(w, r, v.Language(), status, out.Bytes())
}

// bare answers with pieces that scripts put into a page.
func (a *App) bare(w http.ResponseWriter, r *http.Request, v *visitor, p ui.Page) error {
	var out bytes.Buffer
	if err := a.ui.Bare(&out, v.Language(), p); err != nil {
		return err
	}
	return a.send(w, r, v.Language(), http.StatusOK, out.Bytes())
}

// zippers are kept: making one costs more than using it.
var zippers = sync.Pool{New: func() any { z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed); return z }}

// send writes HTML, compressed where it pays.
func (a *App) send(w http.ResponseWriter, r *http.Request, l locales.Language, status int, body []byte) error {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", string(l))
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Accept-Encoding, Accept-Language, HX-Request")
	if len(body) < 1024 || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.WriteHeader(status)
		_, _ = w.Write(body) // a reader who has gone away
		return nil
	}
	h.Set("Content-Encoding", "gzip")
	w.WriteHeader(status)
	z := zippers.Get().(*gzip.Writer)
	defer zippers.Put(z)
	z.Reset(w)
	_, _ = z.Write(body)
	_ = z.Close()
	return nil
}

// status is that of an error: what the visitor can do about it.
func (a *App) status(err error) int {
	var e *engine.Error
	switch {
	case errors.Is(err, errSignIn):
		return http.StatusUnauthorized
	case errors.Is(err, errStaff), errors.Is(err, errNoCard), errors.Is(err, errCrossed):
		return http.StatusForbidden
	case errors.Is(err, errGone):
		return http.StatusNotFound
	case errors.Is(err, errLogin):
		return http.StatusBadRequest
	case errors.Is(err, errForm):
		return http.StatusUnprocessableEntity
	case errors.As(err, new(*http.MaxBytesError)):
		return http.StatusRequestEntityTooLarge
	case a.Down != nil && a.Down(err), engine.IsKind(err, engine.KindBusy), errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable
	case !errors.As(err, &e):
		return http.StatusInternalServerError
	}
	switch e.Kind {
	case engine.KindNotFound:
		return http.StatusNotFound
	case engine.KindForbidden:
		return http.StatusForbidden
	case engine.KindConflict, engine.KindTaken:
		return http.StatusConflict
	}
	return http.StatusUnprocessableEntity
}

// refuse tells an error in the visitor's language: as a page to a person, as a line to a page.
func (a *App) refuse(w http.ResponseWriter, r *http.Request, v *visitor, err error) {
	status := a.status(err)
	if status >= http.StatusInternalServerError && !errors.Is(r.Context().Err(), context.Canceled) {
		a.Logger.Error("page", "path", r.Pattern, "error", err)
	}
	said := words.Words{P: a.Catalog.Printer(locales.Resolve(r.Header.Get("Accept-Language"))), Catalog: a.Catalog}
	f := ui.Frame{}
	if v != nil {
		said, f.Base, f.Program = v.W, v.base, v.Program.Settings.Name
	}
	page := ui.Problem{Text: problem(said, status, err)}
	f.Title = page.Text
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "2")
	}
	var out bytes.Buffer
	render := a.ui.Full
	if partial(r) {
		render = func(to io.Writer, l locales.Language, _ ui.Frame, p ui.Page) error { return a.ui.Bare(to, l, p) }
	}
	if err := render(&out, said.P.Language(), f, page); err != nil {
		a.Logger.Error("render problem", "error", err)
		http.Error(w, page.Text, status)
		return
	}
	_ = a.send(w, r, said.P.Language(), status, out.Bytes())
}

// told reports whether an error has words for people.
func (a *App) told(err error) bool { return errors.As(err, new(*engine.Error)) }

// problem puts an error into words: what happened and what to do.
func problem(w words.Words, status int, err error) string {
	switch {
	case errors.Is(err, errSignIn):
		return w.T("app.problem.sign_in")
	case errors.Is(err, errStaff):
		return w.T("app.problem.staff")
	case errors.Is(err, errNoCard):
		return w.T("app.problem.no_card")
	case errors.Is(err, errCrossed):
		return w.T("app.problem.crossed")
	case errors.Is(err, errGone):
		return w.T("app.problem.gone")
	case errors.Is(err, errLogin):
		return w.T("app.login.again")
	case errors.Is(err, errForm):
		return w.T("app.problem.form")
	case status == http.StatusRequestEntityTooLarge:
		return w.T("app.problem.too_long")
	case status == http.StatusServiceUnavailable:
		return w.T("app.problem.busy")
	}
	return w.Problem(err)
}

// missing answers for addresses that lead nowhere.
func (a *App) missing(w http.ResponseWriter, r *http.Request) { a.refuse(w, r, nil, errGone) }
