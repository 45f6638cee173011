package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kartka/bots/sandbox/telegram"
	"kartka/locales"
)

// The main job, over HTTP from one end to the other: an owner claims the shop and answers the wizard, invites a cashier, a guest
// joins in Kazakh, earns by command and by scan, complains, spends with one tap, a slip is undone, points expire, and the books balance.
func TestTheMainJob(t *testing.T) {
	for _, way := range []struct {
		name  string
		hooks bool
	}{{"polling", false}, {"webhooks", true}} {
		t.Run(way.name, func(t *testing.T) {
			eachDatabase(t, func(t *testing.T, url string) { mainJob(t, url, way.hooks) })
		})
	}
}

func mainJob(t *testing.T, database string, hooks bool) {
	w := newWorld(t)
	bot := w.bot("dala_coffee_bot")
	s := w.open(database, bot.Token, hooks)

	owner := w.person("Айгерім", "ru", "77010000001", bot.Username)
	owner.follow(s.claim())
	owner.button("v1|owner|w|name.")
	owner.say("Дала кофе")
	owner.tap("v1|owner|w|currency.KZT")
	if answer, button := owner.findStep("zone."); button != "" {
		owner.forge(answer, button)
	}
	owner.tap("v1|owner|w|languages.kk")
	owner.tap("v1|owner|w|languages.done")
	owner.tap("v1|owner|w|preset.horeca")
	owner.button("v1|owner|w|check.")
	owner.say("2 500")
	owner.sees("5 %")
	owner.tap("v1|owner|w|terms.good")
	owner.tap("v1|owner|w|welcome.")
	owner.button("v1|owner|w|place.")
	owner.say("Абай даңғылы 10")
	owner.tap("v1|owner|w|summary.open")
	owner.button("v1|owner|invite")
	if p := s.program(); p.State != "active" || p.Settings.Currency.Code != "KZT" || p.Settings.Name != "Дала кофе" {
		t.Fatalf("the shop is %+v", p)
	}

	invite := owner.invite()
	cashier := w.person("Ерлан", "kk", "77010000002", bot.Username)
	cashier.follow(invite)
	cashier.sees("Дала кофе")

	guest := w.person("Дәулет", "kk", "77010000003", bot.Username)
	guest.start("q_table4")
	for _, button := range []string{"v1|guest|lang|kk", "v1|guest|join"} {
		guest.tap(button)
	}
	card := guest.card()
	if guest.taps > 3 {
		t.Errorf("the card took %d taps", guest.taps)
	}
	guest.must(guest.ShareContact(guest.ctx()))
	guest.sees("•• 00 03")

	cashier.say("/accrue " + card.number + " 5000")
	cashier.button("v1|staff|undo|")
	guest.sees("250")
	guest.tap("v1|guest|rate|")
	owner.button("v1|owner|feedback")
	guest.say("Кофе суық болды")
	owner.sees("Кофе суық болды")

	_, err := cashier.Scan(cashier.ctx(), guest.Phone)
	cashier.must(err)
	cashier.sees("Дәулет")
	cashier.say("3000")
	cashier.tap("v1|staff|add")
	cashier.button("v1|staff|undo|")
	balance := s.balanceOf(card.number)

	_, err = cashier.Scan(cashier.ctx(), guest.Phone)
	cashier.must(err)
	cashier.say("2000")
	cashier.tap("v1|staff|spend")
	guest.tap("v1|guest|yes|")
	cashier.sees("1 600 ₸")
	if after := s.balanceOf(card.number); balance != 400 || after != 80 {
		t.Errorf("of 400 all are spent on a check of 2000 and 5 %% of the rest earned: %d, then %d", balance, after)
	}

	cashier.menuHas("accrue", s.service.app.catalog.Printer(locales.KK).T("staff.cmd.accrue"))
	guest.menuHas("card", s.service.app.catalog.Printer(locales.KK).T("commands.card"))

	cashier.tap("v1|staff|undo|")
	cashier.gone("v1|staff|undo|")
	if after := s.balanceOf(card.number); after != balance {
		t.Errorf("after the undo: %d, want %d", after, balance)
	}

	s.stop()
	if code := s.kartka("jobs", "run", "-as-of", time.Now().AddDate(1, 0, 0).Format(time.DateOnly)); code != 0 {
		t.Fatalf("jobs: %s", s.out)
	}
	if got := s.offlineBalance(card.number); got != 0 {
		t.Errorf("a year later the balance is %d", got)
	}
	if code := s.kartka("verify"); code != 0 || !strings.Contains(s.out.String(), " 0 differences") {
		t.Errorf("verify: %s", s.out)
	}
}

// findStep looks whether the wizard asks a step now.
func (p *person) findStep(step string) (message int64, data string) {
	p.t.Helper()
	v, err := p.WaitFor(p.ctx(), func(v telegram.ChatView) bool {
		_, zone := findButton(v, "v1|owner|w|zone.")
		_, languages := findButton(v, "v1|owner|w|languages.")
		return zone != "" || languages != ""
	})
	p.must(err)
	return findButton(v, "v1|owner|w|"+step)
}

// menuHas makes sure that the person's menu offers a command, in the person's language.
func (p *person) menuHas(command, about string) {
	p.t.Helper()
	_, err := p.WaitFor(p.ctx(), func(v telegram.ChatView) bool {
		return slices.ContainsFunc(v.Commands, func(c telegram.BotCommand) bool { return c.Command == command && c.Description == about })
	})
	p.must(err)
}

// gone waits until no button is left whose id begins so.
func (p *person) gone(prefix string) {
	p.t.Helper()
	_, err := p.WaitFor(p.ctx(), func(v telegram.ChatView) bool {
		_, data := findButton(v, prefix)
		return data == ""
	})
	p.must(err)
}

// invite makes an invitation for a cashier and returns its link.
func (p *person) invite() string {
	p.t.Helper()
	p.tap("v1|owner|invite")
	p.tap("v1|owner|invite|cashier")
	if _, data := p.maybe("v1|owner|invite|cashier."); data != "" {
		p.tap("v1|owner|invite|cashier.")
	}
	m := p.sees("?start=s_")
	_, token, _ := strings.Cut(m.Text, "?start=")
	token = strings.Fields(token)[0]
	return "https://t.me/" + "dala_coffee_bot?start=" + token
}

// maybe looks for a button without waiting.
func (p *person) maybe(prefix string) (int64, string) {
	p.t.Helper()
	v, err := p.Chat(p.ctx())
	p.must(err)
	return findButton(v, prefix)
}

// shown is a card as it is in the chat.
type shown struct{ number, link string }

// card waits for the card: a photo with a QR code and a number to read aloud.
func (p *person) card() shown {
	p.t.Helper()
	var card shown
	_, err := p.WaitFor(p.ctx(), func(v telegram.ChatView) bool {
		for _, m := range v.Messages {
			if m.Photo != nil && !m.Deleted {
				card = shown{number: cardNumber.FindString(plain(m.Text)), link: m.Photo.Code}
			}
		}
		return card.number != ""
	})
	p.must(err)
	if !strings.Contains(card.link, "?start=c_") {
		p.t.Errorf("the QR says %q", card.link)
	}
	card.number = strings.ReplaceAll(card.number, " ", "")
	return card
}

var cardNumber = regexp.MustCompile(`\b\d{3} \d{3} \d{3}\b`)

// balanceOf reads a card's balance in the smallest step.
func (s *shop) balanceOf(card string) int64 {
	s.t.Helper()
	return balanceIn(s.t, s.service.app, card)
}

func balanceIn(t *testing.T, a *app, card string) int64 {
	t.Helper()
	programs, err := a.store.Programs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m, err := a.store.MemberByCard(t.Context(), programs[0].ID, card)
	if err != nil {
		t.Fatal(err)
	}
	account, err := a.store.Account(t.Context(), programs[0].ID, m.AccountID)
	if err != nil {
		t.Fatal(err)
	}
	return int64(account.Balance())
}

// offlineBalance reads a balance of a shop that is not running.
func (s *shop) offlineBalance(card string) int64 {
	s.t.Helper()
	cons := console{out: s.out, err: testLog{s.t}, env: s.getenv}
	cfg, err := loadConfig(cons.env)
	if err != nil {
		s.t.Fatal(err)
	}
	a, err := openApp(s.t.Context(), cons, cfg, false)
	if err != nil {
		s.t.Fatal(err)
	}
	defer a.close()
	return balanceIn(s.t, a, card)
}
