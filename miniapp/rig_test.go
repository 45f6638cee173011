package miniapp_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	_ "time/tzdata"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/miniapp"
	"kartka/storage"
	"kartka/storage/kv"
	"kartka/storage/kv/kvtest"
	"kartka/storage/storagetest"
)

// rig is a shop with its pages, over a real database.
type rig struct {
	t       testing.TB
	store   *storage.Store
	engine  *engine.Engine
	program engine.Program
	place   engine.Location
	bot     engine.Bot
	app     *miniapp.App
	*clock
}

// clock is the time of a rig.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// pass lets time go by.
func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

var began = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

// botToken is made up, of the right shape.
const botToken = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"

// newRig opens a shop. change may make of its settings what a test needs; nil leaves those of rigSettings.
func newRig(t testing.TB, change func(*rules.Settings)) *rig {
	t.Helper()
	r := &rig{t: t, store: storagetest.Open(t, storagetest.SQLite(t)), clock: &clock{now: began}}
	r.engine = engine.New(engine.Config{Store: r.store, Codes: kvtest.Codes{Store: kv.NewMemory(r.Now, 10000)}, Now: r.Now})
	s := rigSettings(t)
	if change != nil {
		change(s)
	}
	var err error
	if r.program, err = r.engine.CreateProgram(t.Context(), "kava", s, engine.ProgramActive); err != nil {
		t.Fatal(err)
	}
	r.bot = engine.Bot{ProgramID: r.program.ID, Channel: "telegram", Sender: "110201543", Username: "kava_bot", Token: botToken}
	if err := r.engine.AttachBot(t.Context(), r.bot); err != nil {
		t.Fatal(err)
	}
	if r.place, err = r.engine.AddLocation(t.Context(), r.program.ID, "", "Головна, 1", ""); err != nil {
		t.Fatal(err)
	}
	r.app = r.serve()
	return r
}

// serve makes the web of the rig's engine.
func (r *rig) serve() *miniapp.App {
	r.t.Helper()
	catalog, err := locales.New()
	if err != nil {
		r.t.Fatal(err)
	}
	catalog.OnMissing = func(l locales.Language, key, arg string) { r.t.Errorf("text missing in %s: %s %s", l, key, arg) }
	app, err := miniapp.New(miniapp.Config{Engine: r.engine, Catalog: catalog, Logger: slog.New(slog.DiscardHandler), Secure: true})
	if err != nil {
		r.t.Fatal(err)
	}
	return app
}

// rigSettings are those of a shop that has one of everything, and speaks all languages.
func rigSettings(t testing.TB) *rules.Settings {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	preset, _ := rules.LookupPreset("horeca")
	var all []string
	for _, l := range locales.Languages() {
		all = append(all, string(l))
	}
	s := preset.Draft("Кава", money.Currency{Code: "UAH", Decimals: 2}, zone, all, 25000)
	half := money.Rate(5000)
	s.Welcome = rules.Welcome{}
	s.Earn.MinCheck, s.Earn.Rate = 0, 500
	s.Goods = []rules.Category{{ID: "coffee", Name: rules.Named("Coffee")}}
	s.Tiers = rules.Tiers{Basis: rules.TierBySpend, KeepDays: 365, GraceDays: 14, WarnDays: 14, Downgrade: rules.DowngradeStep, List: []rules.Tier{
		{ID: "silver", Name: rules.Named("Silver"), From: 100000, Rate: 500}, {ID: "gold", Name: rules.Named("Gold"), From: 500000, Rate: 700, Discount: 300, Limit: &half}}}
	s.Stamps = []rules.StampCard{{ID: "coffee", Name: rules.Named("Coffee card"), Every: 8, Goods: rules.Goods{Categories: []string{"coffee"}}, MaxPrice: 9000},
		{ID: "long", Name: rules.Named("Long card"), Every: 30, PerCheck: true, Points: 50}}
	s.Coupons = []rules.CouponKind{
		{ID: "ten", Name: rules.Named("Ten off"), Gives: rules.Benefit{Kind: rules.GivesDiscount, Rate: 1000}, Days: 30},
		{ID: "cake", Name: rules.Named("Cake"), Gives: rules.Benefit{Kind: rules.GivesFree, Amount: 9000}, Days: 10, ByHand: true},
		{ID: "mug", Name: rules.Named("Mug coupon"), Gives: rules.Benefit{Kind: rules.GivesFree, Amount: 9000}, ByHand: true}}
	s.Codes = []rules.PromoCode{{Code: "SPRING", Points: 70, ValidDays: 30}, {Code: "TENOFF", Coupon: "ten"}}
	s.Rewards = []rules.Reward{{ID: "mug", Name: rules.Named("A mug"), Cost: 100, Coupon: "mug"}, {ID: "dinner", Name: rules.Named("Dinner"), Cost: 500, Coupon: "mug"},
		{ID: "tasting", Name: rules.Named("Tasting"), Cost: 10, Coupon: "mug", Tiers: []string{"gold"}}}
	s.Gifts = rules.Certificates{On: true, Days: 365, Amounts: []money.Amount{50000}}
	s.Referral = rules.Referral{On: true, Inviter: 100, Friend: 50, MinCheck: 15000, Purchase: 1, HoldDays: 14, MaxPerMonth: 10}
	s.Transfer = rules.Transfer{On: true, Min: 10, PerDay: 500}
	s.Sharing = rules.Sharing{People: 3}
	s.Feedback.On = true
	s.Fields = []rules.Field{
		{ID: "pet", Name: rules.Named("Your pet"), Asked: true, Choices: []rules.Choice{{ID: "dog", Name: rules.Named("Doggy")}, {ID: "cat", Name: rules.Named("Kitty")}}},
		{ID: "allergy", Name: rules.Named("Allergy"), Asked: true}, {ID: "note", Name: rules.Named("Note of the shop")}}
	s.Rules = []rules.Rule{
		{ID: "happy", Name: rules.Named("Happy hours"), On: rules.TriggerSale, When: rules.Condition{Goods: rules.Goods{Categories: []string{"coffee"}}, Hours: rules.Hours{From: 480, To: 660}},
			Gives: rules.Benefit{Kind: rules.GivesMultiply, Rate: 20000}},
		{ID: "born", Name: rules.Named("Birthday"), On: rules.TriggerBirthday, When: rules.Condition{Birthday: rules.Window{Set: true, Before: 3, After: 3}},
			Gives: rules.Benefit{Kind: rules.GivesPoints, Points: 100}}}
	return &s
}

// person is somebody with a Mini App, or a browser.
type person struct {
	*rig
	id    int64
	name  string
	lang  string // the platform's hint
	start string // start_param
	token string // the session
}

// somebody is a person who has not opened anything yet.
func (r *rig) somebody(id int64, name, lang string) *person {
	return &person{rig: r, id: id, name: name, lang: lang}
}

// guest is a person with a card.
func (r *rig) guest(id int64, name, lang string) (*person, engine.Member) {
	r.t.Helper()
	p := r.somebody(id, name, lang)
	known := p.met()
	j, err := r.engine.Join(r.t.Context(), engine.JoinInput{ProgramID: r.program.ID, ContactID: known.Contact.ID, Name: name, Language: lang, Channel: "telegram", Text: "join-v1"})
	if err != nil {
		r.t.Fatal(err)
	}
	return p, j.Member
}

// met lets the bot know a person.
func (p *person) met() engine.Person {
	p.t.Helper()
	known, err := p.engine.Meet(p.t.Context(), p.program, p.bot, engine.Contact{Address: p.address(), Name: p.name, Locale: p.lang})
	if err != nil {
		p.t.Fatal(err)
	}
	return known
}

func (p *person) address() engine.Address {
	return engine.Address{Channel: "telegram", Sender: p.bot.Sender, UserID: fmt.Sprint(p.id)}
}

// staff makes the person work here.
func (p *person) staff(role engine.Role) engine.Staff {
	p.t.Helper()
	invited, err := p.engine.OperatorInvite(p.t.Context(), p.program.ID, role, p.place.ID)
	if err != nil {
		p.t.Fatal(err)
	}
	s, err := p.engine.AcceptInvite(p.t.Context(), p.program.ID, p.met().Contact.ID, invited.Token, p.lang)
	if err != nil {
		p.t.Fatal(err)
	}
	return s
}

// initData is what Telegram signs for the person.
func (p *person) initData(token string) string {
	user, err := json.Marshal(map[string]any{"id": p.id, "first_name": p.name, "language_code": p.lang, "allows_write_to_pm": true})
	if err != nil {
		p.t.Fatal(err)
	}
	fields := map[string]string{"query_id": "AAHdF6IQAAAAAN0XohDhrOrc", "user": string(user), "auth_date": fmt.Sprint(p.Now().Unix())}
	if p.start != "" {
		fields["start_param"] = p.start
	}
	var lines, pairs []string
	for name, value := range fields {
		lines = append(lines, name+"="+value)
		pairs = append(pairs, name+"="+strings.ReplaceAll(url.QueryEscape(value), "+", "%20"))
	}
	slices.Sort(lines)
	secret := hmac.New(sha256.New, []byte("WebAppData"))
	secret.Write([]byte(token))
	mac := hmac.New(sha256.New, secret.Sum(nil))
	mac.Write([]byte(strings.Join(lines, "\n")))
	return strings.Join(pairs, "&") + "&hash=" + hex.EncodeToString(mac.Sum(nil))
}

// answer is what a call came to.
type answer struct {
	t      testing.TB
	status int
	header http.Header
	body   string
}

func (r *rig) do(q *http.Request) answer {
	out := httptest.NewRecorder()
	r.app.ServeHTTP(out, q)
	return answer{t: r.t, status: out.Code, header: out.Result().Header, body: out.Body.String()}
}

// base is the address of the shop's pages.
const base = "/app/kava/"

// open opens the Mini App at a page as Telegram does, and keeps the session.
func (p *person) open(page string) answer {
	p.t.Helper()
	q := request(http.MethodPost, base+"session", url.Values{"to": {page}})
	q.Header.Set("Authorization", "tma "+p.initData(botToken))
	got := p.do(q)
	p.keep(got)
	return got
}

func (p *person) keep(a answer) {
	if token := a.header.Get("Kartka-Session"); token != "" {
		p.token = token
	}
}

// get asks for a page, as a link within the pages does.
func (p *person) get(page string) answer {
	p.t.Helper()
	return p.call(http.MethodGet, page, nil)
}

// post sends a form, as a button of the pages does.
func (p *person) post(page string, form url.Values) answer {
	p.t.Helper()
	return p.call(http.MethodPost, page, form)
}

func (p *person) call(method, page string, form url.Values) answer {
	p.t.Helper()
	if p.token == "" {
		p.open("")
	}
	q := request(method, base+page, form)
	q.Header.Set("HX-Request", "true")
	q.Header.Set("Authorization", "Bearer "+p.token)
	got := p.do(q)
	p.keep(got)
	return got
}

// request is a call as it comes in.
func request(method, path string, form url.Values) *http.Request {
	q := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return q
}

// browse opens a page in a browser that has a cookie and runs no scripts, submit sends a form there.
func (p *person) browse(page string) answer {
	p.t.Helper()
	return p.web(request(http.MethodGet, base+page, nil))
}

func (p *person) submit(page string, form url.Values) answer {
	p.t.Helper()
	return p.web(request(http.MethodPost, base+page, form))
}

func (p *person) web(q *http.Request) answer {
	p.t.Helper()
	q.AddCookie(miniapp.WebCookie(p.t, p.app, p.program, p.address()))
	return p.do(q)
}

// want stops a test whose call came to something else.
func (a answer) want(status int, texts ...string) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d: %s", a.status, status, a.text())
	}
	text := a.text()
	for _, want := range texts {
		if !strings.Contains(text, want) {
			a.t.Errorf("no %q in: %s", want, text)
		}
	}
	return a
}

// lacks fails a test whose call says what it should not.
func (a answer) lacks(texts ...string) answer {
	a.t.Helper()
	text := a.text()
	for _, not := range texts {
		if strings.Contains(text, not) {
			a.t.Errorf("%q in: %s", not, text)
		}
	}
	return a
}

var (
	tags   = regexp.MustCompile(`(?s)<[^>]*>`)
	spaces = regexp.MustCompile(`[\s\x{a0}]+`)
)

// text is what a page says, on one line.
func (a answer) text() string {
	return strings.TrimSpace(spaces.ReplaceAllString(html.UnescapeString(tags.ReplaceAllString(a.body, " ")), " "))
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// form is what the hidden fields of a page's form to an address hold.
func (a answer) form(action string) url.Values {
	a.t.Helper()
	_, after, found := strings.Cut(a.body, `action="`+action+`"`)
	if !found {
		a.t.Fatalf("no form to %s in: %s", action, a.body)
	}
	inside, _, _ := strings.Cut(after, "</form>")
	form := url.Values{}
	for _, field := range hidden.FindAllStringSubmatch(inside, -1) {
		form.Set(html.UnescapeString(field[1]), html.UnescapeString(field[2]))
	}
	return form
}

// with adds fields to a form.
func with(form url.Values, pairs ...string) url.Values {
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

// give puts points on a card.
func (r *rig) give(m engine.Member, points money.Points) {
	r.t.Helper()
	_, err := r.engine.Adjust(r.t.Context(), engine.AdjustInput{Key: r.engine.NewID(), ProgramID: r.program.ID, MemberID: m.ID, Points: points, Note: "test"})
	if err != nil {
		r.t.Fatal(err)
	}
}

// coupon gives a member a coupon by hand.
func (r *rig) coupon(m engine.Member, kind string) engine.Coupon {
	r.t.Helper()
	given, err := r.engine.GiveCoupon(r.t.Context(), engine.GiveCouponInput{Key: r.engine.NewID(), ProgramID: r.program.ID, MemberID: m.ID, Coupon: kind})
	if err != nil {
		r.t.Fatal(err)
	}
	return given.Coupon
}

// coupons are a member's of a kind that can still be used.
func (r *rig) coupons(m engine.Member, kind string) []engine.CouponItem {
	r.t.Helper()
	all, err := r.engine.Coupons(r.t.Context(), r.program.ID, m.ID, false)
	if err != nil {
		r.t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(c engine.CouponItem) bool { return c.Coupon.Kind != kind })
}

// sell records a check of a member.
func (r *rig) sell(m engine.Member, sale engine.SaleInput) engine.Posted {
	r.t.Helper()
	sale.ProgramID, sale.MemberID, sale.LocationID = r.program.ID, m.ID, r.place.ID
	posted, err := r.engine.Post(r.t.Context(), engine.PostInput{Key: r.engine.NewID(), Sale: sale})
	if err != nil {
		r.t.Fatal(err)
	}
	return posted
}

func (r *rig) balance(m engine.Member) engine.Balance {
	r.t.Helper()
	a, err := r.store.Account(r.t.Context(), r.program.ID, m.AccountID)
	if err != nil {
		r.t.Fatal(err)
	}
	return engine.BalanceOf(&a, r.Now())
}
