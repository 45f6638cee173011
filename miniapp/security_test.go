package miniapp

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/rules"
	"kartka/miniapp/initdata"
)

func TestInitDataThatIsRefused(t *testing.T) {
	l := newLobby(t)
	l.guest(l.kava, "11")
	now := l.now()
	good := l.initData(kavaToken, "11", now)
	post := func(status int, data string) *httptest.ResponseRecorder {
		return l.want(status, "POST", "/app/kava/session", "to=", header("Authorization", "tma "+data))
	}
	post(http.StatusOK, good)
	post(http.StatusOK, l.initData(kavaToken, "11", now.Add(-initdata.MaxAge)))
	for name, data := range map[string]string{
		"nothing": "", "forged": strings.Replace(good, "Olena", "Alena", 1), "another user": strings.Replace(good, "11", "12", 1), "stale": l.initData(kavaToken, "11", now.Add(-initdata.MaxAge-time.Second)),
		"from the future": l.initData(kavaToken, "11", now.Add(initdata.MaxSkew+time.Second)), "of the bot of another shop": l.initData(otherToken, "11", now),
		"a key twice": good + "&auth_date=" + fmt.Sprint(now.Unix()), "a hash twice": good + "&hash=" + strings.Repeat("0", 64), "oversize": good + "&x=" + strings.Repeat("a", initdata.MaxLen),
		"without a hash": good[:strings.Index(good, "&hash")], "words": "hello", "signed with no token": l.initData("", "11", now),
	} {
		w := post(http.StatusUnauthorized, data)
		if w.Header().Get(tokenHeader) != "" || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s: gets a session", name)
		}
	}
	l.want(http.StatusUnauthorized, "POST", "/app/kava/session", "to=")
	l.want(http.StatusNotFound, "POST", "/app/nowhere/session", "to=", header("Authorization", "tma "+good))

	// The page that comes back is one of the shop's.
	for _, to := range []string{"//evil.example", "https://evil.example/", "../other/", "%2e%2e/other/", "session", "in/x\r\nX: y"} {
		w := l.do("POST", "/app/kava/session", url.Values{"to": {to}}.Encode(), header("Authorization", "tma "+good))
		if to := w.Header().Get("Location"); to != "" {
			t.Errorf("leads to %q", to)
		}
	}
}

func TestSessionsThatAreRefused(t *testing.T) {
	l := newLobby(t)
	_, contact := l.guest(l.kava, "11")
	l.guest(l.other, "11")
	token := l.session(l.kava, kavaToken, "11")
	pulse := func(status int, slug string, change ...func(*http.Request)) {
		t.Helper()
		l.want(status, "GET", "/app/"+slug+"/pulse", "", append(change, header("HX-Request", "true"))...)
	}
	pulse(http.StatusOK, "kava", bearer(token))
	pulse(http.StatusUnauthorized, "other", bearer(token))

	body, mac, _ := strings.Cut(token, ".")
	said, err := base64.RawURLEncoding.DecodeString(body)
	l.must(err)
	mine := func(change func(*session)) string {
		s := newSession(l.kava.ID, contact.Address, false, l.now())
		change(&s)
		sealed, err := s.seal(l.kava)
		l.must(err)
		return sealed
	}
	foreign, err := (&session{Program: l.kava.ID, Channel: telegram, Sender: kavaBot, User: "11", Began: l.now().Unix(), Ends: l.now().Add(time.Hour).Unix()}).seal(l.other)
	l.must(err)
	login, err := seal(l.kava, "web-login-v1", newSession(l.kava.ID, contact.Address, false, l.now()))
	l.must(err)
	for name, bad := range map[string]string{
		"nothing": "", "a dot": ".", "no seal": body + ".", "another user": base64.RawURLEncoding.EncodeToString(bytes.Replace(said, []byte(`"u":"11"`), []byte(`"u":"12"`), 1)) + "." + mac,
		"a letter more": token + "A", "the seal of another shop": foreign, "the seal of another purpose": login, "oversize": strings.Repeat("a", 100_000),
		"another shop's words": mine(func(s *session) { s.Program = l.other.ID }), "over": mine(func(s *session) { s.Ends = l.now().Unix() }),
		"from the future": mine(func(s *session) { s.Began = l.now().Add(time.Hour).Unix() }), "a browser's": mine(func(s *session) { s.Web = true }),
		"of no bot": mine(func(s *session) { s.Sender = otherBot }), "of another channel": mine(func(s *session) { s.Channel = "viber" }),
	} {
		w := l.do("GET", "/app/kava/pulse", "", bearer(bad))
		if w.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	pulse(http.StatusOK, "kava", bearer(mine(func(*session) {})))
	pulse(http.StatusUnauthorized, "kava", header("Authorization", "Basic "+token))

	// A Mini App's session is none in a cookie, and where cookies have their prefix another name counts for nothing.
	web := mine(func(s *session) { s.Web = true })
	cookie := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.AddCookie(&http.Cookie{Name: name, Value: value}) }
	}
	pulse(http.StatusOK, "kava", cookie(hostCookie+"kava", web))
	pulse(http.StatusUnauthorized, "kava", cookie(hostCookie+"kava", token))
	pulse(http.StatusUnauthorized, "kava", cookie(plainCookie+"kava", web))
	pulse(http.StatusUnauthorized, "other", cookie(hostCookie+"other", web))
	pulse(http.StatusUnauthorized, "kava", cookie(hostCookie+"kava", web), header("Authorization", "Bearer x"))

	l.pass(appIdle)
	pulse(http.StatusUnauthorized, "kava", bearer(token))
}

// A session goes on as long as it is used, and not longer than its longest.
func TestSessionsSlide(t *testing.T) {
	for _, c := range []struct {
		name          string
		idle, longest time.Duration
		web           bool
	}{{"mini app", appIdle, appLongest, false}, {"browser", webIdle, webLongest, true}} {
		t.Run(c.name, func(t *testing.T) {
			l := newLobby(t)
			_, contact := l.guest(l.kava, "11")
			began := l.now()
			carry := bearer(l.session(l.kava, kavaToken, "11"))
			if c.web {
				carry = with(l.browser(l.kava, contact))
			}
			next := func(w *httptest.ResponseRecorder) bool {
				switch {
				case !c.web && w.Header().Get(tokenHeader) != "":
					carry = bearer(w.Header().Get(tokenHeader))
				case c.web && len(w.Result().Cookies()) > 0:
					if age := w.Result().Cookies()[0].MaxAge; age <= 0 || age > int(c.idle/time.Second) {
						t.Errorf("the cookie lives %d seconds", age)
					}
					carry = with(w)
				default:
					return false
				}
				return true
			}
			l.pass(c.idle / 4)
			if next(l.want(http.StatusOK, "GET", "/app/kava/pulse", "", carry)) {
				t.Error("a fresh session is renewed")
			}
			renewed := 0
			for status := http.StatusOK; status == http.StatusOK; {
				l.pass(c.idle/4 + time.Second)
				w := l.do("GET", "/app/kava/pulse", "", carry, header("HX-Request", "true"))
				if status = w.Code; next(w) {
					renewed++
				}
			}
			if lived := l.now().Sub(began); renewed < int(c.longest/c.idle) || lived < c.longest-c.idle || lived > c.longest+c.idle/4+time.Second {
				t.Errorf("a session that is used lives %v and is renewed %d times", lived, renewed)
			}
		})
	}
}

// Whoever is dismissed is out at the next call, whatever the session says; so is a guest who has left.
func TestSessionsGiveNoRights(t *testing.T) {
	l := newLobby(t)
	routes := http.NewServeMux()
	routes.Handle("GET "+Path+"{shop}/counter", l.app.forAll(staffOnly(func(w http.ResponseWriter, _ *http.Request, v *visitor) error {
		_, err := fmt.Fprint(w, v.Staff.Role)
		return err
	})))
	counter := func(status int, change ...func(*http.Request)) {
		t.Helper()
		w := httptest.NewRecorder()
		routes.ServeHTTP(w, l.request("GET", "/app/kava/counter", "", change...))
		if w.Code != status {
			t.Errorf("%d, want %d: %s", w.Code, status, w.Body)
		}
	}
	staff, contact := l.hire(l.kava, "12", engine.RoleCashier)
	carry := bearer(l.session(l.kava, kavaToken, "12"))
	web := with(l.browser(l.kava, contact))
	counter(http.StatusOK, carry)
	counter(http.StatusOK, web)
	l.must(l.engine.DismissStaff(t.Context(), l.kava.ID, "", staff.ID))
	counter(http.StatusForbidden, carry)
	counter(http.StatusForbidden, web)
	l.guest(l.kava, "11")
	counter(http.StatusForbidden, bearer(l.session(l.kava, kavaToken, "11")))
	l.hire(l.kava, "13", engine.RoleMarketer)
	counter(http.StatusForbidden, bearer(l.session(l.kava, kavaToken, "13")))
}

// What other sites have a browser send with our cookie changes nothing. A token of its own no other site has.
func TestCrossSiteCalls(t *testing.T) {
	l := newLobby(t)
	_, contact := l.guest(l.kava, "11")
	cookie, token := with(l.browser(l.kava, contact)), l.session(l.kava, kavaToken, "11")
	for _, c := range []struct {
		name   string
		change []func(*http.Request)
		ok     bool
	}{
		{"same origin", []func(*http.Request){header("Sec-Fetch-Site", "same-origin")}, true},
		{"typed", []func(*http.Request){header("Sec-Fetch-Site", "none")}, true},
		{"an old browser", []func(*http.Request){header("Origin", "https://kava.example")}, true},
		{"no browser", nil, true},
		{"another site", []func(*http.Request){header("Sec-Fetch-Site", "cross-site"), header("Origin", "https://evil.example")}, false},
		{"a neighbour", []func(*http.Request){header("Sec-Fetch-Site", "same-site"), header("Origin", "https://evil.kava.example")}, false},
		{"another site in an old browser", []func(*http.Request){header("Origin", "https://evil.example")}, false},
		{"a frame without an origin", []func(*http.Request){header("Origin", "null")}, false},
	} {
		for path, status := range map[string]int{"code": http.StatusOK, "out": http.StatusSeeOther, "in/x": http.StatusGone} {
			if !c.ok {
				status = http.StatusForbidden
			}
			w := l.want(status, "POST", "/app/kava/"+path, "x=1", append(c.change, cookie)...)
			if !c.ok && (w.Header().Get("Set-Cookie") != "" || !strings.Contains(w.Body.String(), "another site")) {
				t.Errorf("%s: %s", c.name, w.Body)
			}
		}
		l.want(http.StatusOK, "POST", "/app/kava/code", "x=1", append(c.change, bearer(token))...)
		l.pass(15 * time.Minute) // codes are limited
		token = l.session(l.kava, kavaToken, "11")
	}
}

// No call asks for leave to be made from elsewhere, and none is answered in another way than it was meant for.
func TestMethods(t *testing.T) {
	l := newLobby(t)
	_, contact := l.guest(l.kava, "11")
	cookie := with(l.browser(l.kava, contact))
	for _, path := range []string{"/app/kava/", "/app/kava/code", "/app/kava/answer", "/app/kava/session", "/app/kava/out", "/app/kava/in/x", "/app/kava/login", "/app/oidc", "/app/kava/live"} {
		for _, method := range []string{"OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "get"} {
			w := l.do(method, path, "", cookie, header("Access-Control-Request-Method", "POST"), header("Origin", "https://kava.example"))
			if w.Code != http.StatusNotFound && w.Code != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: %d", method, path, w.Code)
			}
		}
	}
	for _, path := range []string{"code", "answer", "session", "out"} {
		l.want(http.StatusNotFound, "GET", "/app/kava/"+path, "", cookie)
	}
	l.want(http.StatusOK, "HEAD", "/app/kava/", "", cookie)
	l.want(http.StatusOK, "HEAD", "/app/kava/live", "", cookie) // and no stream behind it
	l.want(http.StatusMethodNotAllowed, "POST", AssetsPath+l.app.ui.Assets.Version()+"/app.js", "x=1")
}

func TestAddressesThatLeadNowhere(t *testing.T) {
	l := newLobby(t)
	version := l.app.ui.Assets.Version()
	for _, path := range []string{
		AssetsPath, AssetsPath + version + "/", AssetsPath + version + "/vendor/", AssetsPath + version + "/vendor/LICENSE", AssetsPath + version + "/../ui.go", AssetsPath + version + "/%2e%2e/ui.go",
		AssetsPath + version + "/..%2fui.go", AssetsPath + version + "/..%5cui.go", AssetsPath + version + "//etc/passwd", AssetsPath + "x/app.js", AssetsPath + version + "/app.js%00.css", AssetsPath + version + "/APP.JS",
		"/app/", "/app/nowhere/", "/app/kava/nowhere", "/app/kava/../other/", "/app/%2e%2e/app/kava/", "/app/kava%2f..%2fother/", "/app//evil.example/", "/app/kava//evil.example", "/app/%2f%2fevil.example", "/app/" + strings.Repeat("k", 5000) + "/",
	} {
		u, err := url.ParseRequestURI(path)
		l.must(err)
		w := l.do("GET", "/", "", func(to *http.Request) { to.URL, to.RequestURI = u, path })
		switch to := w.Header().Get("Location"); {
		case w.Code >= 300 && w.Code < 400:
			if !strings.HasPrefix(to, "/app/") && !strings.HasPrefix(to, AssetsPath) && to != "/assets/" {
				t.Errorf("%s leads to %s", path, to)
			}
		case w.Code != http.StatusNotFound:
			t.Errorf("%s: %d", path, w.Code)
		}
		if strings.Contains(w.Body.String(), "package ui") || strings.Contains(w.Body.String(), "root:") {
			t.Errorf("%s: %s", path, w.Body)
		}
	}
	w := l.want(http.StatusMovedPermanently, "GET", "/app/kava", "")
	if to := w.Header().Get("Location"); to != "/app/kava/" {
		t.Errorf("leads to %s", to)
	}
}

// A body that is too long, or no form, is refused and not taken for an empty one.
func TestBodies(t *testing.T) {
	l := newLobby(t)
	_, contact := l.guest(l.kava, "11")
	cookie := with(l.browser(l.kava, contact))
	long := "answer=yes&hold=x&x=" + strings.Repeat("a", maxBody)
	for _, path := range []string{"answer", "code", "session", "out", "in/x"} {
		w := l.want(http.StatusRequestEntityTooLarge, "POST", "/app/kava/"+path, long, cookie)
		if !strings.Contains(w.Body.String(), "too long") || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s says %s", path, w.Body)
		}
		l.want(http.StatusUnprocessableEntity, "POST", "/app/kava/"+path, "hold=%zz", cookie)
	}
	l.want(http.StatusUnauthorized, "GET", "/app/kava/pulse", "", header("HX-Request", "true"), func(r *http.Request) {
		for i := range 1000 {
			r.AddCookie(&http.Cookie{Name: fmt.Sprintf("c%d", i), Value: strings.Repeat("x", 50)})
		}
	})
}

// Ids of somebody else's are answered as if there were nothing behind them.
func TestIdsOfOthers(t *testing.T) {
	l := newLobby(t)
	hold := func(p engine.Program, user string) string {
		t.Helper()
		m, contact := l.guest(p, user)
		_, err := l.engine.Adjust(t.Context(), engine.AdjustInput{Key: "gift" + user + p.ID, ProgramID: p.ID, MemberID: m.ID, Points: 5000, Note: "test"})
		l.must(err)
		r, err := l.engine.Reserve(t.Context(), engine.ReserveInput{Key: "r" + user + p.ID, Asker: contact.ID, Ask: true,
			Sale: engine.SaleInput{ProgramID: p.ID, MemberID: m.ID, Sum: 40000, Redeem: 10}})
		l.must(err)
		return r.Hold.ID
	}
	own, neighbour, abroad := hold(l.kava, "11"), hold(l.kava, "21"), hold(l.other, "31")
	carry := bearer(l.session(l.kava, kavaToken, "11"))
	for name, id := range map[string]string{"a neighbour's": neighbour, "another shop's": abroad, "nobody's": l.engine.NewID(), "words": "' OR 1=1 --", "nothing": "", "long": strings.Repeat("x", 10_000)} {
		for _, answer := range []string{"yes", "no"} {
			w := l.do("POST", "/app/kava/answer", url.Values{"hold": {id}, "answer": {answer}}.Encode(), carry)
			if w.Code != http.StatusNotFound {
				t.Errorf("%s: %d, %s", name, w.Code, w.Body)
			}
		}
	}
	for id, program := range map[string]engine.Program{own: l.kava, neighbour: l.kava, abroad: l.other} {
		if h, err := l.store.Hold(t.Context(), program.ID, id); err != nil || !h.State.Open() {
			t.Errorf("a hold is %s now, %v", h.State, err)
		}
	}
	l.want(http.StatusOK, "POST", "/app/kava/answer", url.Values{"hold": {own}, "answer": {"no"}}.Encode(), carry)
}

// Pages below an id are of whoever it belongs to: for all others nothing is there.
func TestPagesOfOthers(t *testing.T) {
	l := newLobby(t)
	l.guest(l.kava, "11")
	carry := bearer(l.session(l.kava, kavaToken, "11"))
	for _, other := range []struct {
		program engine.Program
		user    string
	}{{l.kava, "21"}, {l.other, "31"}} {
		owner, _ := l.hire(other.program, "9"+other.user, engine.RoleOwner)
		settings := *other.program.Settings
		settings.Coupons = []rules.CouponKind{{ID: "cake", Name: rules.Named("Cake"), Days: 7, Gives: rules.Benefit{Kind: rules.GivesFree}, ByHand: true}}
		_, err := l.engine.ChangeSettings(t.Context(), other.program.ID, owner.ID, other.program.Version, &settings)
		l.must(err)
		l.pass(3 * time.Second)
		m, _ := l.guest(other.program, other.user)
		given, err := l.engine.GiveCoupon(t.Context(), engine.GiveCouponInput{Key: "c" + other.user, ProgramID: other.program.ID, MemberID: m.ID, Coupon: "cake"})
		l.must(err)
		posted, err := l.engine.Adjust(t.Context(), engine.AdjustInput{Key: "a" + other.user, ProgramID: other.program.ID, MemberID: m.ID, Points: 100, Note: "test"})
		l.must(err)
		for _, call := range []string{"GET coupon/" + given.Coupon.ID, "GET coupon/" + given.Coupon.ID + "/cancel", "POST coupon/" + given.Coupon.ID + "/activate", "POST coupon/" + given.Coupon.ID + "/keep",
			"POST coupon/" + given.Coupon.ID + "/cancel", "GET history/" + posted.PostingID} {
			method, path, _ := strings.Cut(call, " ")
			body := ""
			if method == "POST" {
				body = "key=" + l.engine.NewID()
			}
			if w := l.want(http.StatusNotFound, method, "/app/kava/"+path, body, carry); strings.Contains(w.Body.String(), "Cake") {
				t.Errorf("%s tells what it is: %s", call, w.Body)
			}
		}
		if c, err := l.store.Coupon(t.Context(), other.program.ID, given.Coupon.ID); err != nil || c.State != given.Coupon.State {
			t.Errorf("the coupon is %s now, %v", c.State, err)
		}
	}
}

// What goes wrong inside is told in general, and logged without anybody's data.
func TestErrorsTellNothing(t *testing.T) {
	l := newLobby(t)
	member, contact := l.guest(l.kava, "11")
	cookie, data := with(l.browser(l.kava, contact)), l.initData(kavaToken, "11", l.now())
	bad := l.initData(otherToken, "11", l.now())
	link := l.login(l.kava, contact)
	token := l.session(l.kava, kavaToken, "11")
	l.want(http.StatusOK, "GET", link, "")
	l.want(http.StatusSeeOther, "POST", link, "")
	l.want(http.StatusGone, "POST", link, "")
	l.want(http.StatusUnauthorized, "POST", "/app/kava/session", "to=", header("Authorization", "tma "+bad))
	l.want(http.StatusOK, "GET", "/app/kava/", "", cookie)
	l.want(http.StatusOK, "POST", "/app/kava/code", "x=1", cookie)
	l.want(http.StatusNotFound, "POST", "/app/kava/answer", "hold=x&answer=yes", cookie)
	l.want(http.StatusNotFound, "GET", "/app/kava/%3Cscript%3Ealert(1)", "", cookie)
	again := l.login(l.kava, contact)

	l.store.Close()
	l.pass(time.Minute)
	for path, method := range map[string]string{"": "GET", "pulse": "GET", "code": "POST", strings.TrimPrefix(again, "/app/kava/"): "POST"} {
		w := l.do(method, "/app/kava/"+path, "", cookie)
		if w.Code < 500 {
			t.Errorf("%s: %d without a database", path, w.Code)
		}
		for _, leak := range []string{"sql", "SELECT", "closed", ".go:", "/tmp", "goroutine", "engine:", "miniapp:"} {
			if strings.Contains(w.Body.String(), leak) {
				t.Errorf("%s tells %q: %s", path, leak, w.Body)
			}
		}
	}

	logged := l.logged.String()
	if !strings.Contains(logged, "initData refused") || !strings.Contains(logged, "msg=page") {
		t.Errorf("nothing was logged that this test could look at: %s", logged)
	}
	for name, secret := range map[string]string{
		"session": token, "part of the session": strings.Split(token, ".")[1], "initData": data, "hash of initData": data[strings.Index(data, "hash=")+5:][:64], "refused initData": bad[strings.Index(bad, "hash=")+5:][:64],
		"link": strings.TrimPrefix(link, "/app/kava/in/"), "later link": strings.TrimPrefix(again, "/app/kava/in/"), "bot": kavaToken[5:], "name": "Olena", "last name": "Tester", "phone": "380501112211", "card": member.Card,
		"key": l.kava.CardKey.Reveal(), "name of the messenger": "Person 11",
	} {
		if secret == "" || strings.Contains(logged, secret) {
			t.Errorf("the log has the %s: %s", name, logged)
		}
	}
}

// Where pages are reached without TLS, on one's own machine, cookies have no prefix that browsers would refuse.
func TestCookiesWithoutTLS(t *testing.T) {
	l := newLobby(t, func(c *Config) { c.Secure = false })
	_, contact := l.guest(l.kava, "11")
	w := l.browser(l.kava, contact)
	if c := w.Result().Cookies()[0]; c.Name != "kartka-kava" || c.Secure || c.MaxAge != int(webIdle/time.Second) {
		t.Errorf("the cookie is %s", c.Raw)
	}
	l.want(http.StatusOK, "GET", "/app/kava/pulse", "", with(w), header("HX-Request", "true"))

	secure := newLobby(t)
	_, contact = secure.guest(secure.kava, "11")
	if c := secure.browser(secure.kava, contact).Result().Cookies()[0]; c.Name != "__Host-kartka-kava" || !c.Secure || c.MaxAge != int(webIdle/time.Second) {
		t.Errorf("the cookie is %s", c.Raw)
	}
}
