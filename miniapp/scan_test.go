package miniapp_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/cardcode"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// desk is a shop with a cashier at the scanner and a guest.
type desk struct {
	*rig
	cashier, boss, anna *person
	staff               engine.Staff
	member              engine.Member
}

func newDesk(t *testing.T, change func(*rules.Settings)) *desk {
	d := &desk{rig: newRig(t, change)}
	d.cashier, d.boss = d.somebody(21, "Богдан", "en"), d.somebody(22, "Ірина", "en")
	d.staff = d.cashier.staff(engine.RoleCashier)
	d.boss.staff(engine.RoleOwner)
	d.anna, d.member = d.guest(11, "Anna", "en")
	return d
}

// qr is the code that the guest's page shows now.
func (d *desk) qr() string {
	key := cardcode.SessionKey([]byte(d.program.CardKey.Reveal()), cardcode.Alias(d.member.Card), d.Now())
	return "7" + d.member.Card + cardcode.TOTP(key[:], cardcode.Step(d.Now()))
}

// give puts points on the guest's card.
func (d *desk) give(points money.Points) {
	d.t.Helper()
	_, err := d.engine.Adjust(d.t.Context(), engine.AdjustInput{Key: fmt.Sprint("gift", d.Now(), points), ProgramID: d.program.ID, MemberID: d.member.ID, Points: points, Note: "test"})
	if err != nil {
		d.t.Fatal(err)
	}
}

// available is what the guest can spend.
func (d *desk) available() money.Points {
	d.t.Helper()
	g, err := d.engine.Glance(d.t.Context(), d.program.ID, engine.Look{Ident: engine.Ident{MemberID: d.member.ID}})
	if err != nil {
		d.t.Fatal(err)
	}
	return g.Balance.Available
}

// sales counts the guest's sales that stand.
func (d *desk) sales() int {
	d.t.Helper()
	all, err := d.store.SalesOf(d.t.Context(), d.program.ID, d.member.ID, 100)
	if err != nil {
		d.t.Fatal(err)
	}
	n := 0
	for _, s := range all {
		if s.ReturnedTotal < s.Total {
			n++
		}
	}
	return n
}

// field is the value of a hidden field of a page.
func (a answer) field(name string) string {
	a.t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(a.body)
	if m == nil {
		a.t.Fatalf("no field %s in: %s", name, a.text())
	}
	return m[1]
}

// found is the page of a guest found by a code.
func (d *desk) found(code string) answer {
	d.t.Helper()
	return d.cashier.post("scan/find", url.Values{"code": {code}}).want(http.StatusOK, "Sum of the check")
}

func TestScannerSells(t *testing.T) {
	d := newDesk(t, nil)
	d.cashier.open("scan/").want(http.StatusOK, "Scan the card", "Головна, 1")
	guest := d.found(d.qr())
	guest.want(http.StatusOK, "Anna", "is here", "0 bonuses", "Coffee card", "0/7")
	proof := guest.field("proof")
	d.cashier.post("scan/quote", url.Values{"proof": {proof}}).want(http.StatusOK).lacks("To pay")
	d.cashier.post("scan/quote", url.Values{"proof": {proof}, "sum": {"400,50"}}).want(http.StatusOK, "To pay 400.50 ₴", "Add +20", "Why so", "400.50 ₴ × 5% = 20 bonuses")
	d.cashier.post("scan/quote", url.Values{"proof": {proof}, "sum": {"nothing"}}).want(http.StatusOK, "I cannot read this sum")
	form := url.Values{"proof": {proof}, "sum": {"400,50"}, "do": {"add"}}
	receipt := d.cashier.post("scan/sell", form).want(http.StatusOK, "Take 400.50 ₴", "+20 bonuses", "Balance: 20 bonuses", "Undo", "Next guest")
	d.cashier.post("scan/sell", form).want(http.StatusOK, "Take 400.50 ₴") // a double tap
	if n := d.sales(); n != 1 {
		t.Fatalf("%d sales", n)
	}
	d.cashier.post("scan/sell", url.Values{"proof": {proof}, "sum": {"500"}}).want(http.StatusConflict)
	d.cashier.get("scan/receipt/"+receipt.field("sale")).want(http.StatusOK, "Take 400.50 ₴")
	d.cashier.get("scan/today").want(http.StatusOK, "400.50 ₴", "1 check", "20 bonuses")
	undo := url.Values{"sale": {receipt.field("sale")}, "key": {receipt.field("key")}}
	d.cashier.post("scan/undo", undo).want(http.StatusOK, "Undone: check 400.50 ₴", "Sum of the check")
	d.cashier.post("scan/undo", undo).want(http.StatusOK)
	if n := d.sales(); n != 0 || d.available() != 0 {
		t.Errorf("after undoing %d sales, %d points", n, d.available())
	}
}

func TestScannerSellsByGoods(t *testing.T) {
	d := newDesk(t, nil)
	proof := d.found(d.qr()).field("proof")
	form := url.Values{"proof": {proof}, "line": {"170.00|coffee|2"}, "sum": {"30"}}
	d.cashier.post("scan/quote", form).want(http.StatusOK, "To pay 200 ₴", "Coffee card")
	d.cashier.post("scan/sell", form).want(http.StatusOK, "Take 200 ₴")
	d.cashier.post("scan/find", url.Values{"code": {d.member.Card}}).want(http.StatusOK, "2/7")
	for _, line := range []string{"170|coffee", "170|beer|1", "170|coffee|0", "170|coffee|100", "|coffee|1", "-5|coffee|1"} {
		if got := d.cashier.post("scan/sell", url.Values{"proof": {proof}, "line": {line}}); got.status != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d", line, got.status)
		}
	}
	marked := d.found(d.member.Card).field("proof")
	d.cashier.post("scan/sell", url.Values{"proof": {marked}, "sum": {"90"}, "mark:coffee": {"3"}}).want(http.StatusOK)
	d.found(d.member.Card).want(http.StatusOK, "5/7")
}

// Points are spent at once by a guest whose live code was read, and otherwise with the guest's own tap.
func TestScannerSpends(t *testing.T) {
	d := newDesk(t, nil)
	d.give(100)
	first := d.qr()
	here := d.found(first).field("proof")
	d.cashier.post("scan/quote", url.Values{"proof": {here}, "sum": {"200"}, "redeem": {"1000"}}).want(http.StatusOK, "To pay 140 ₴", "−60, take 140 ₴")
	d.cashier.post("scan/sell", url.Values{"proof": {here}, "sum": {"200"}, "redeem": {"60"}, "do": {"spend"}}).want(http.StatusOK, "Take 140 ₴", "−60 bonuses")
	if got := d.available(); got != 47 {
		t.Fatalf("%d points are left", got)
	}
	// The proof of presence was for one sale: another one under it is another input under a used key.
	d.cashier.post("scan/sell", url.Values{"proof": {here}, "sum": {"100"}, "redeem": {"10"}, "do": {"spend"}}).want(http.StatusConflict)
	// The same code a second time, and the number of the card, find the guest and prove nothing.
	for _, code := range []string{first, d.member.Card, cardcode.Static([]byte(d.program.CardKey.Reveal()), cardcode.Alias(d.member.Card))} {
		page := d.found(code).lacks("is here")
		asked := d.cashier.post("scan/sell", url.Values{"proof": {page.field("proof")}, "sum": {"100"}, "redeem": {"10"}, "do": {"spend"}})
		asked.want(http.StatusOK, "The guest sees the question", "10 bonuses")
		hold := regexp.MustCompile(`scan/hold/([^/"]+)"`).FindStringSubmatch(asked.body)[1]
		d.cashier.post("scan/hold/"+hold+"/release", nil).want(http.StatusOK, "Cancelled. Nothing was spent")
	}
	if got := d.available(); got != 47 {
		t.Errorf("%d points are left", got)
	}
}

func TestScannerAsksTheGuest(t *testing.T) {
	d := newDesk(t, nil)
	d.give(400)
	ask := func() (hold, proof string) {
		t.Helper()
		page := d.found(d.member.Card)
		asked := d.cashier.post("scan/sell", url.Values{"proof": {page.field("proof")}, "sum": {"200"}, "redeem": {"50"}, "do": {"ask"}}).want(http.StatusOK, "Anna: 50 bonuses")
		return regexp.MustCompile(`scan/hold/([^/"]+)"`).FindStringSubmatch(asked.body)[1], asked.field("proof")
	}
	hold, _ := ask()
	d.anna.open("").want(http.StatusOK, "Spend 50 bonuses?", "Check: 200 ₴. Left to pay: 150 ₴")
	d.anna.get("pulse").want(http.StatusOK, "Spend 50 bonuses?")
	d.anna.post("answer", url.Values{"hold": {hold}, "answer": {"yes"}}).want(http.StatusOK, "Done: 50 bonuses spent, left to pay 150 ₴")
	d.anna.post("answer", url.Values{"hold": {hold}, "answer": {"yes"}}).want(http.StatusOK)
	d.cashier.get("scan/hold/"+hold).want(http.StatusOK, "Take 150 ₴", "−50 bonuses")
	if got := d.available(); got != 357 {
		t.Fatalf("%d points are left", got)
	}
	hold, _ = ask()
	d.anna.post("answer", url.Values{"hold": {hold}, "answer": {"no"}}).want(http.StatusOK, "nothing was spent")
	d.cashier.get("scan/hold/"+hold).want(http.StatusOK, "does not want to spend now", "Sum of the check")

	hold, proof := ask()
	other, _ := d.guest(12, "Olha", "en")
	theirs, _, err := d.engine.IssueCode(t.Context(), d.program.ID, other.met().Member.ID)
	if err != nil {
		t.Fatal(err)
	}
	prove := func(code string) answer {
		return d.cashier.post("scan/hold/"+hold+"/code", url.Values{"code": {code}, "proof": {proof}})
	}
	prove(theirs).want(http.StatusOK, "That is another guest’s code")
	prove(d.member.Card).want(http.StatusOK, "does not show that the guest is here")
	prove("7" + d.member.Card + "00000000").want(http.StatusOK)
	own, _, err := d.engine.IssueCode(t.Context(), d.program.ID, d.member.ID)
	if err != nil {
		t.Fatal(err)
	}
	prove(own).want(http.StatusOK, "Take 150 ₴")

	hold, _ = ask()
	d.pass(10 * time.Minute)
	d.cashier.get("scan/hold/"+hold).want(http.StatusOK, "There was no answer in time")
	d.boss.get("scan/hold/" + hold).want(http.StatusNotFound) // another cashier's question
}

// A screenshot of the code is worth nothing once its time is over, and a mistyped or foreign one says what is wrong.
func TestScannerRefusesCodes(t *testing.T) {
	d := newDesk(t, nil)
	seen := d.qr()
	d.pass(91 * time.Second)
	find := func(code string) answer { return d.cashier.post("scan/find", url.Values{"code": {code}}) }
	find(seen).want(http.StatusUnprocessableEntity)
	for _, code := range []string{"", "000000001", "no such thing", "7" + d.member.Card + "12345678", "6" + d.member.Card + "12345678", "999999", "+380501112233", strings.Repeat("1", 300)} {
		got := find(code).want(http.StatusUnprocessableEntity, "Scan the card")
		if !strings.Contains(got.body, `role="alert"`) {
			t.Errorf("%q: nothing says what is wrong", code)
		}
	}
	own, _ := d.cashier.rig.engine.Join(t.Context(), engine.JoinInput{ProgramID: d.program.ID, ContactID: d.cashier.met().Contact.ID, Name: "Богдан", Language: "en", Channel: "telegram", Text: "join-v1"})
	find(own.Member.Card).want(http.StatusUnprocessableEntity, "This is your own card")
}

func TestScannerReturns(t *testing.T) {
	d := newDesk(t, nil)
	sell := func(form url.Values) (no, sale string) {
		t.Helper()
		form.Set("proof", d.found(d.member.Card).field("proof"))
		receipt := d.cashier.post("scan/sell", form).want(http.StatusOK)
		return regexp.MustCompile(`№ ([0-9A-Z-]+)`).FindStringSubmatch(receipt.text())[1], receipt.field("sale")
	}
	no, _ := sell(url.Values{"line": {"170.00|coffee|2"}, "sum": {"30"}})
	d.pass(26 * time.Hour)
	found := d.boss.post("scan/returns", url.Values{"no": {strings.ToLower(strings.ReplaceAll(no, "-", " "))}}).want(http.StatusOK, "Check "+no, "Everything: 200 ₴", "Coffee · 170 ₴")
	form := url.Values{"sale": {found.field("sale")}, "key": {found.field("key")}, "back": {"1"}, "units:1": {"1"}, "do": {"try"}}
	d.boss.post("scan/return", form).want(http.StatusOK, "Give back 85 ₴", "Return it")
	if d.available() != 10 {
		t.Errorf("asking has changed the balance: %d", d.available())
	}
	form.Set("do", "yes")
	d.boss.post("scan/return", form).want(http.StatusOK, "Give back 85 ₴", "Taken from the card: 4 bonuses")
	d.boss.post("scan/return", form).want(http.StatusOK, "Give back 85 ₴") // a double tap
	again := d.boss.post("scan/returns", url.Values{"no": {no}}).want(http.StatusOK, "Everything: 115 ₴")
	form = url.Values{"sale": {again.field("sale")}, "key": {again.field("key")}, "what": {"amount"}, "amount": {"500"}, "do": {"yes"}}
	d.boss.post("scan/return", form).want(http.StatusUnprocessableEntity)
	form.Set("amount", "15")
	d.boss.post("scan/return", form).want(http.StatusOK, "Give back 15 ₴")
	rest := d.boss.post("scan/returns", url.Values{"no": {no}}).want(http.StatusOK, "Everything: 100 ₴")
	d.boss.post("scan/return", url.Values{"sale": {rest.field("sale")}, "key": {rest.field("key")}, "what": {"all"}, "do": {"yes"}}).want(http.StatusOK)
	d.boss.post("scan/returns", url.Values{"no": {no}}).want(http.StatusOK, "All of it has been returned")
	if d.available() != 0 {
		t.Errorf("%d points are left", d.available())
	}
	for no, want := range map[string]string{"": "Type the number", "0000-0000": "No check 0000-0000", strings.Repeat("A", 200): "No check"} {
		d.boss.post("scan/returns", url.Values{"no": {no}}).want(http.StatusUnprocessableEntity, want)
	}
}

func TestScannerHandsOver(t *testing.T) {
	d := newDesk(t, nil)
	given, err := d.engine.GiveCoupon(t.Context(), engine.GiveCouponInput{Key: "cake", ProgramID: d.program.ID, MemberID: d.member.ID, Coupon: "cake"})
	if err != nil {
		t.Fatal(err)
	}
	page := d.found(d.qr()).want(http.StatusOK, "Hand over: Cake")
	form := url.Values{"coupon": {given.Coupon.ID}, "key": {page.field("key")}}
	d.cashier.post("scan/hand", form).want(http.StatusOK, "Handed over: Cake").lacks("Hand over: Cake")
	d.cashier.post("scan/hand", form).want(http.StatusOK)
	d.cashier.post("scan/hand", url.Values{"coupon": {given.Coupon.ID}, "key": {"another"}}).want(http.StatusUnprocessableEntity, "already")
}

// sync sends what a scanner kept.
func (d *desk) sync(items ...map[string]any) (status int, out []map[string]string) {
	d.t.Helper()
	if d.cashier.token == "" {
		d.cashier.open("scan/")
	}
	body, err := json.Marshal(map[string]any{"items": items})
	if err != nil {
		d.t.Fatal(err)
	}
	q := httptest.NewRequest(http.MethodPost, base+"scan/sync", strings.NewReader(string(body)))
	q.Header.Set("Authorization", "Bearer "+d.cashier.token)
	q.Header.Set("HX-Request", "true")
	got := d.do(q)
	var answer struct {
		Items []map[string]string `json:"items"`
	}
	if got.status == http.StatusOK {
		if err := json.Unmarshal([]byte(got.body), &answer); err != nil {
			d.t.Fatal(err)
		}
	}
	return got.status, answer.Items
}

// What was sold without a network is recorded once, by the time it was sold at, and only if the code was right then.
func TestScannerSendsWhatItKept(t *testing.T) {
	d := newDesk(t, nil)
	at, code := d.Now(), d.qr()
	item := func(n int, code, sum string, at time.Time) map[string]any {
		return map[string]any{"key": fmt.Sprintf("00000000-0000-4000-8000-%012d", n), "code": code, "sum": sum, "at": at.UnixMilli()}
	}
	d.pass(3 * time.Hour)
	kept := item(1, code, "200", at)
	status, out := d.sync(kept, item(2, "000000000", "100", at), item(3, d.member.Card, "100", at), item(4, code, "abc", at), item(5, code, "50", d.Now().Add(time.Hour)),
		item(6, code, "50", at.Add(-8*24*time.Hour)), item(7, code, "50", at.Add(10*time.Minute)), map[string]any{"key": "x", "code": code, "sum": "10", "at": at.UnixMilli()})
	if status != http.StatusOK || len(out) != 8 {
		t.Fatalf("status %d, %v", status, out)
	}
	for i, want := range []string{"done", "refused", "done", "refused", "refused", "refused", "refused", "refused"} {
		if out[i]["state"] != want || out[i]["text"] == "" {
			t.Errorf("item %d: %v, want %s", i+1, out[i], want)
		}
	}
	if !strings.HasPrefix(out[0]["text"], "A kept check is recorded: +10") || d.available() != 15 {
		t.Errorf("%v, %d points", out[0], d.available())
	}
	_, again := d.sync(kept)
	if again[0]["sale"] != out[0]["sale"] || again[0]["state"] != "done" || d.available() != 15 {
		t.Errorf("sent again: %v after %v, %d points", again, out[0], d.available())
	}
	sale, err := d.store.Sale(t.Context(), d.program.ID, out[0]["sale"])
	if err != nil || !sale.OccurredAt.Equal(at) || sale.StaffID != d.staff.ID || sale.LocationID != d.place.ID {
		t.Errorf("%+v, %v", sale, err)
	}
	many := make([]map[string]any, 51)
	for i := range many {
		many[i] = item(100+i, code, "1", at)
	}
	if status, _ := d.sync(many...); status != http.StatusUnprocessableEntity {
		t.Errorf("51 at a time: %d", status)
	}
}

// Nobody but those at the counter sees any of it, and who has left is out at the next call.
func TestScannerIsForStaff(t *testing.T) {
	d := newDesk(t, nil)
	proof := d.found(d.qr()).field("proof")
	marketer := d.somebody(23, "Марта", "en")
	marketer.staff(engine.RoleMarketer)
	pages := []string{"scan/", "scan/today", "scan/place", "scan/returns", "scan/hold/x", "scan/receipt/x", "scan/feedback"}
	acts := []string{"scan/find", "scan/pick", "scan/quote", "scan/sell", "scan/hold/x/code", "scan/hold/x/release", "scan/hand", "scan/undo", "scan/returns", "scan/return", "scan/place", "scan/sync"}
	out := func(p *person) {
		t.Helper()
		for _, page := range pages {
			p.get(page).want(http.StatusForbidden)
		}
		for _, act := range acts {
			p.post(act, url.Values{"proof": {proof}, "sum": {"100"}}).want(http.StatusForbidden)
		}
	}
	out(d.anna)
	out(marketer)
	d.boss.post("scan/sell", url.Values{"proof": {proof}, "sum": {"100"}}).want(http.StatusUnprocessableEntity) // it is the other's guest
	d.cashier.post("scan/sell", url.Values{"proof": {proof + "x"}, "sum": {"100"}}).want(http.StatusUnprocessableEntity)
	d.cashier.get("scan/feedback").want(http.StatusForbidden) // for managers
	if err := d.engine.DismissStaff(t.Context(), d.program.ID, d.boss.met().Staff.ID, d.staff.ID); err != nil {
		t.Fatal(err)
	}
	out(d.cashier)
	if d.sales() != 0 {
		t.Error("a sale was made")
	}
}

func TestScannerSpeaksAllLanguages(t *testing.T) {
	for _, l := range []string{"en", "uk", "ru", "kk", "pl", "es"} {
		r := newRig(t, nil)
		boss := r.somebody(21, "Ірина", l)
		boss.staff(engine.RoleOwner)
		_, member := r.guest(11, "Anna", l)
		check := func(name string, a answer, status int) answer {
			t.Helper()
			a.want(status)
			if strings.Contains(a.text(), "[scan.") || strings.Contains(a.text(), "[app.") || strings.Contains(a.body, "ZgotmplZ") {
				t.Errorf("%s in %s: %s", name, l, a.text())
			}
			return a
		}
		for _, page := range []string{"scan/", "scan/today", "scan/place", "scan/returns", "scan/feedback"} {
			check(page, boss.get(page), http.StatusOK)
		}
		guest := check("guest", boss.post("scan/find", url.Values{"code": {member.Card}}), http.StatusOK)
		check("quote", boss.post("scan/quote", url.Values{"proof": {guest.field("proof")}, "sum": {"100"}}), http.StatusOK)
		receipt := check("receipt", boss.post("scan/sell", url.Values{"proof": {guest.field("proof")}, "sum": {"100"}}), http.StatusOK)
		no := regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}`).FindString(receipt.text())
		check("return", boss.post("scan/returns", url.Values{"no": {no}}), http.StatusOK)
		check("unknown", boss.post("scan/find", url.Values{"code": {"000000000"}}), http.StatusUnprocessableEntity)
	}
}

func TestRatings(t *testing.T) {
	d := newDesk(t, func(s *rules.Settings) { s.Feedback = rules.Feedback{On: true, Low: 3, AskDays: 7} })
	receipt := d.cashier.post("scan/sell", url.Values{"proof": {d.found(d.qr()).field("proof")}, "sum": {"100"}}).want(http.StatusOK)
	sale := receipt.field("sale")
	page := d.anna.get("rate/"+sale).want(http.StatusOK, "How was it at Кава?", "100 ₴", "Головна, 1")
	if strings.Contains(page.body, " checked") {
		t.Error("a mark is chosen already")
	}
	d.anna.post("rate/"+sale, url.Values{"comment": {"Cold"}}).want(http.StatusUnprocessableEntity, "Please choose 1 to 5 stars", "Cold")
	d.anna.post("rate/"+sale, url.Values{"stars": {"6"}}).want(http.StatusUnprocessableEntity)
	d.anna.post("rate/"+sale, url.Values{"stars": {"2"}, "comment": {"Cold <b>coffee</b>"}}).want(http.StatusOK, "We are sorry it was not better")
	if page := d.anna.get("rate/" + sale); !strings.Contains(page.body, `value="2" required checked`) || !strings.Contains(page.text(), "Cold <b>coffee</b>") {
		t.Errorf("the mark is forgotten: %s", page.body)
	}
	other, _ := d.guest(12, "Olha", "en")
	other.get("rate/" + sale).want(http.StatusNotFound)
	other.post("rate/"+sale, url.Values{"stars": {"5"}}).want(http.StatusNotFound)

	token := d.engine.RatingToken(d.program, sale)
	stranger := func(method, path string, form url.Values) answer {
		q := request(method, base+path, form)
		q.Header.Set("Accept-Language", "en")
		return d.do(q)
	}
	stranger(http.MethodGet, "r/"+token, nil).want(http.StatusOK, "How was it at Кава?")
	stranger(http.MethodPost, "r/"+token, url.Values{"stars": {"5"}}).want(http.StatusOK, "Thank you!")
	for _, forged := range []string{"x", token[:len(token)-1] + "A", strings.Repeat("A", 32), strings.Repeat("A", 500)} {
		if forged == token {
			continue
		}
		stranger(http.MethodGet, "r/"+forged, nil).want(http.StatusNotFound)
		stranger(http.MethodPost, "r/"+forged, url.Values{"stars": {"1"}}).want(http.StatusNotFound)
	}
	d.boss.get("scan/feedback").want(http.StatusOK, "1 mark", "Головна, 1", "Богдан", "Cold <b>coffee</b>")
	d.boss.get("scan/feedback?days=1").want(http.StatusOK, "1 mark")
	d.boss.get("scan/feedback?days=-9&before=zzz")
	d.pass(15 * 24 * time.Hour)
	d.anna.open("")
	d.anna.post("rate/"+sale, url.Values{"stars": {"1"}}).want(http.StatusUnprocessableEntity)
}

// A name that hides letters, or stacks marks over the lines beside it, is shown without them, however it came into the books.
func TestScannerShowsCleanNames(t *testing.T) {
	d := newDesk(t, nil)
	_, m := d.guest(12, "An\u200bna\u2060 Z\u0300\u0301\u0302\u0303\u0304\u202eoe", "en")
	page := d.cashier.post("scan/find", url.Values{"code": {m.Card}}).want(http.StatusOK, "Anna Z\u0300\u0301oe")
	page.lacks("\u200b", "\u2060", "\u202e", "\u0302")
	_, m = d.guest(13, "\u200b\u2060\u202e", "en")
	d.cashier.post("scan/find", url.Values{"code": {m.Card}}).want(http.StatusOK).lacks("\u200b", "\u2060", "\u202e")
}

// A shop may give points otherwise than for each check: its cashiers see the balance from the first, as its guests do.
func TestScannerShowsPointsThatComeOtherwise(t *testing.T) {
	none := func(s *rules.Settings) {
		s.Earn.Rate, s.Earn.PerVisit, s.Redeem.Limit, s.Welcome, s.Rewards, s.Rules, s.Tiers, s.Stamps = 0, 0, 0, rules.Welcome{}, nil, nil, rules.Tiers{}, nil
		s.Referral, s.Codes, s.Transfer = rules.Referral{}, nil, rules.Transfer{}
	}
	for _, c := range []struct {
		name   string
		shop   func(*rules.Settings)
		points bool
	}{
		{"no points at all", func(*rules.Settings) {}, false},
		{"welcome", func(s *rules.Settings) { s.Welcome = rules.Welcome{Points: 50, WithPurchase: true} }, true},
		{"tiers", func(s *rules.Settings) {
			s.Tiers = rules.Tiers{Basis: rules.TierBySpend, KeepDays: 365, GraceDays: 14, WarnDays: 14, Downgrade: rules.DowngradeStep,
				List: []rules.Tier{{ID: "silver", Name: rules.Named("Silver"), From: 100000, Rate: 500}}}
		}, true},
		{"rewards", func(s *rules.Settings) {
			s.Rewards = []rules.Reward{{ID: "mug", Name: rules.Named("A mug"), Cost: 100, Coupon: "mug"}}
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, func(s *rules.Settings) { none(s); c.shop(s) })
			found := d.found(d.qr())
			sold := d.cashier.post("scan/sell", url.Values{"proof": {found.field("proof")}, "sum": {"100"}, "do": {"add"}}).want(http.StatusOK, "100 ₴")
			guest := d.anna.get("").want(http.StatusOK)
			if !c.points {
				found.lacks("bonus")
				sold.lacks("Balance")
				guest.lacks("bonus")
				return
			}
			found.want(http.StatusOK, "0 bonuses")
			sold.want(http.StatusOK, "Balance:")
			guest.want(http.StatusOK, "bonuses")
		})
	}
}

// Places and people with the most marks come first, whoever was there first.
func TestFeedbackBeginsWithTheMostMarks(t *testing.T) {
	d := newDesk(t, nil)
	late := d.somebody(23, "Ярина", "en").staff(engine.RoleCashier)
	for i, server := range []engine.Staff{d.staff, late, late} {
		sold := d.sell(d.member, engine.SaleInput{StaffID: server.ID, Sum: 10000})
		if _, err := d.engine.Rate(t.Context(), engine.RateInput{ProgramID: d.program.ID, SaleID: sold.SaleID, MemberID: d.member.ID, Stars: 3 + i, Via: engine.RatedInApp}); err != nil {
			t.Fatal(err)
		}
	}
	page := d.boss.get("scan/feedback").want(http.StatusOK, "3 marks", "4.5 · 2 marks", "3 · 1 mark")
	if before, _, found := strings.Cut(page.body, "Ярина"); !found || strings.Contains(before, "Богдан") {
		t.Errorf("the order is another: %s", page.text())
	}
}
