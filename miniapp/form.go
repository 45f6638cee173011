package miniapp

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"kartka/miniapp/ui"
)

// errForm says that a form cannot be read, or was sent without what the page had put into it.
var errForm = errors.New("miniapp: the form is not complete")

// readForm reads the form that a call brings, if it is one. What cannot be read is refused as errForm, rather than taken for a form with nothing in it.
func readForm(r *http.Request) error {
	if r.Method != http.MethodPost {
		return nil
	}
	err := r.ParseForm()
	if err == nil || errors.As(err, new(*http.MaxBytesError)) {
		return err
	}
	return fmt.Errorf("%w: %w", errForm, err)
}

// longestKey bounds what a page may send as its key: one of ours has 26 letters.
const longestKey = 64

// keyOf is the idempotency key that a form carries, made the member's own, so that nobody's key meets another's. Errors: errForm.
func (v *visitor) keyOf(r *http.Request) (string, error) {
	key := r.PostFormValue("key")
	wrong := func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-'
	}
	if key == "" || len(key) > longestKey || strings.ContainsFunc(key, wrong) || v.Member == nil {
		return "", errForm
	}
	return "app:" + v.Member.ID + ":" + key, nil
}

// done answers a deed with the page that is to be seen next, read anew, with a note above it. to is its address below the program's pages. A
// browser without scripts is sent there.
func (a *App) done(w http.ResponseWriter, r *http.Request, v *visitor, to, note string, show act) error {
	a.wrote(v)
	if !partial(r) {
		http.Redirect(w, r, v.base+to, http.StatusSeeOther)
		return nil
	}
	next, err := a.meet(r.Context(), v.Program, v.session)
	if err != nil {
		return err
	}
	next.note = ui.Note{Text: note}
	w.Header().Set("HX-Push-Url", v.base+to)
	return show(w, r, next)
}

// plain is a text of the chat as a page shows it: without its markup and the sign before it.
func (v *visitor) plain(key string, given ...args) string { return ui.Plain(v.W.T(key, given...)) }
