package miniapp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"kartka/engine"
	"kartka/locales"
	"kartka/miniapp/ui"
)

// paragraphs is a text of the chat in its paragraphs: the first is a title.
func (v *visitor) paragraphs(key string, given args) (title string, rest []locales.Safe) {
	title, _, _ = strings.Cut(v.plain(key, given), "\n")
	parts := strings.Split(strings.TrimSpace(string(v.W.Rich(key, given))), "\n\n")
	for _, p := range parts[1:] {
		rest = append(rest, locales.Safe(p))
	}
	return title, rest
}

// privacy says what is kept, why, and how to take it along or away. It can be read before joining.
func (a *App) privacy(w http.ResponseWriter, r *http.Request, v *visitor) error {
	s := v.Program.Settings
	page := ui.Privacy{Holder: v.Member != nil}
	page.Title, page.Text = v.paragraphs("guest.privacy.text", args{"Program": s.Name})
	if strings.HasPrefix(s.Links.Privacy, "https://") {
		page.Policy = s.Links.Privacy
	}
	if s.Links.Support != "" {
		page.Support = v.W.T("guest.support", args{"Support": s.Links.Support})
	}
	f, err := a.frame(r, v, "more", v.plain("guest.privacy.btn"))
	if err != nil {
		return err
	}
	f.Back, f.Script = v.base, "more.js"
	if v.Member != nil {
		f.Back += "more"
	}
	return a.show(w, r, v, f, page)
}

// data hands the guest everything that is kept, as a file.
func (a *App) data(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return a.sendData(w, r, v.Program, v.Member.ID)
}

func (a *App) sendData(w http.ResponseWriter, r *http.Request, program engine.Program, memberID string) error {
	x, err := a.Engine.ExportMember(r.Context(), program.ID, memberID)
	if err != nil {
		return err
	}
	body, err := json.MarshalIndent(x, "", "  ")
	if err != nil {
		return fmt.Errorf("encode export: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+dataName(program, a.Engine.Now())+`"`)
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(append(body, '\n')) // a reader who has gone away
	return nil
}

func dataName(p engine.Program, now time.Time) string {
	return p.Slug + "-" + now.In(p.Settings.Zone).Format(time.DateOnly) + ".json"
}

// dataLinkTime is how long the address of a guest's file is good for: the messenger asks the guest before it loads the file.
const dataLinkTime = 5 * time.Minute

// dataLink answers with an address at which the messenger, which has no session, can load the guest's file.
func (a *App) dataLink(w http.ResponseWriter, _ *http.Request, v *visitor) error {
	now := a.Engine.Now()
	body := v.Member.ID + "." + strconv.FormatInt(now.Add(dataLinkTime).Unix(), 36)
	out, err := json.Marshal(map[string]string{"url": v.base + "data/" + body + "." + dataMAC(v.Program, body), "file_name": dataName(v.Program, now)})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(out)
	return nil
}

func dataMAC(p engine.Program, body string) string {
	mac := hmac.New(sha256.New, []byte(p.CardKey.Reveal()))
	mac.Write([]byte("data-link-v1|" + body))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// download serves the file at such an address.
func (a *App) download(w http.ResponseWriter, r *http.Request) {
	program, err := a.shops.find(r.Context(), r.PathValue("shop"))
	if err == nil {
		memberID, fits := openDataLink(program, r.PathValue("token"), a.Engine.Now())
		if err = errGone; fits {
			w.Header().Set("Access-Control-Allow-Origin", "https://web.telegram.org") // the web client loads it by script
			w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
			err = a.sendData(w, r, program, memberID)
		}
	}
	if err != nil {
		a.refuse(w, r, nil, err)
	}
}

func openDataLink(p engine.Program, token string, now time.Time) (memberID string, ok bool) {
	at := strings.LastIndexByte(token, '.')
	if at < 0 || !hmac.Equal([]byte(token[at+1:]), []byte(dataMAC(p, token[:at]))) {
		return "", false
	}
	memberID, until, _ := strings.Cut(token[:at], ".")
	ends, err := strconv.ParseInt(until, 36, 64)
	return memberID, err == nil && now.Unix() < ends
}
