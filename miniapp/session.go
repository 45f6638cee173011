package miniapp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"kartka/engine"
)

// How long sessions live: that of a Mini App for as long as the page is used, but not longer than a shift; that of a browser for as long as it is
// used every few days. Each call renews what is past half its time.
const (
	appIdle    = time.Hour
	appLongest = 14 * time.Hour
	webIdle    = 3 * 24 * time.Hour
	webLongest = 30 * 24 * time.Hour
)

// session says who somebody is. It is carried by the page or its cookie, sealed under a key of the program, so that no instance keeps it.
type session struct {
	Program string `json:"p"`
	Channel string `json:"c"`
	Sender  string `json:"b"`
	User    string `json:"u"`
	Name    string `json:"n,omitempty"` // as the platform gave it, of somebody without a contact
	Locale  string `json:"l,omitempty"`
	Start   string `json:"s,omitempty"` // what the Mini App was opened with
	Web     bool   `json:"w,omitempty"` // of a browser, kept in a cookie
	Began   int64  `json:"t"`           // Unix seconds
	Ends    int64  `json:"e"`
}

func (s *session) address() engine.Address {
	return engine.Address{Channel: s.Channel, Sender: s.Sender, UserID: s.User}
}

// newSession begins a session.
func newSession(programID string, a engine.Address, web bool, now time.Time) session {
	s := session{Program: programID, Channel: a.Channel, Sender: a.Sender, User: a.UserID, Web: web, Began: now.Unix()}
	s.prolong(now)
	return s
}

// prolong has the session end an idle time from now, within its longest.
func (s *session) prolong(now time.Time) {
	idle, longest := appIdle, appLongest
	if s.Web {
		idle, longest = webIdle, webLongest
	}
	s.Ends = min(now.Add(idle).Unix(), time.Unix(s.Began, 0).Add(longest).Unix())
}

// worn reports whether half of the session's idle time is over and more can be had.
func (s *session) worn(now time.Time) bool {
	next := *s
	next.prolong(now)
	idle := appIdle
	if s.Web {
		idle = webIdle
	}
	return next.Ends-s.Ends > int64(idle/time.Second)/2
}

// errSession says that a token is no session of this program, or not any more.
var errSession = errors.New("miniapp: not a session")

// maxToken bounds what is looked at.
const maxToken = 1024

// sessionPurpose separates sessions from everything else that is sealed under a program's key.
const sessionPurpose = "web-session-v1"

// seal writes something as a token: what it says and a MAC, both in base64url. A token of one purpose or program is none of another.
func seal(p engine.Program, purpose string, what any) (string, error) {
	said, err := json.Marshal(what)
	if err != nil {
		return "", err
	}
	body := base64.RawURLEncoding.EncodeToString(said)
	return body + "." + base64.RawURLEncoding.EncodeToString(sealMAC(p, purpose, body)), nil
}

func sealMAC(p engine.Program, purpose, body string) []byte {
	key := hmac.New(sha256.New, []byte(p.CardKey.Reveal()))
	key.Write([]byte(purpose))
	mac := hmac.New(sha256.New, key.Sum(nil))
	mac.Write([]byte(body))
	return mac.Sum(nil)
}

// errSeal says that a token was not sealed by the program for the purpose.
var errSeal = errors.New("miniapp: not our seal")

// unseal reads a token of [seal]. Nothing is read before the MAC is right. Errors: errSeal.
func unseal(p engine.Program, purpose, token string, into any) error {
	body, mac, ok := strings.Cut(token, ".")
	given, err := base64.RawURLEncoding.Strict().DecodeString(mac)
	if !ok || err != nil || len(token) > maxToken || !hmac.Equal(given, sealMAC(p, purpose, body)) {
		return errSeal
	}
	said, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil || json.Unmarshal(said, into) != nil {
		return errSeal
	}
	return nil
}

// seal writes a session as a token.
func (s *session) seal(p engine.Program) (string, error) { return seal(p, sessionPurpose, s) }

// openSession reads a token of a program. Errors: errSession.
func openSession(p engine.Program, token string, web bool, now time.Time) (session, error) {
	var s session
	if unseal(p, sessionPurpose, token, &s) != nil || s.Program != p.ID || s.Web != web || s.Ends <= now.Unix() || s.Began > now.Add(time.Minute).Unix() {
		return session{}, errSession
	}
	return s, nil
}
