package miniapp

import (
	"net/http"
	"testing"

	"kartka/engine"
)

// WebCookie is the cookie of a browser in which somebody has signed in.
func WebCookie(t testing.TB, a *App, program engine.Program, at engine.Address) *http.Cookie {
	t.Helper()
	s := newSession(program.ID, at, true, a.Engine.Now())
	token, err := s.seal(program)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Cookie{Name: a.cookieName(program.Slug), Value: token}
}
