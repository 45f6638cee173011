package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kartka/bots"
	"kartka/bots/sandbox/telegram"
	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

// mall is an instance with programs that were added on the command line, as an operator adds them.
type mall struct {
	*shop
	bots map[string]telegram.Bot // by slug
}

// mall makes the database of an instance that does not run yet.
func (w *world) mall(database string) *mall {
	w.t.Helper()
	m := &mall{bots: map[string]telegram.Bot{}, shop: &shop{world: w, out: &bytes.Buffer{}, env: map[string]string{
		"KARTKA_DATABASE": database, "KARTKA_KEY_PATH": filepath.Join(w.t.TempDir(), "test.key"), "KARTKA_LOG_LEVEL": "error",
		"KARTKA_TELEGRAM_API": w.server.URL + "/sandbox/telegram",
	}}}
	if code := m.kartka("migrate", "-new-key"); code != exitOK {
		w.t.Fatalf("migrate: %s", m.out)
	}
	return m
}

// add runs "kartka program add" with a bot of the slug's name; without settings the program waits for its owner.
func (m *mall) add(slug string, settings *rules.Settings) {
	m.t.Helper()
	m.bots[slug] = m.bot(slug + "_bot")
	args := []string{"program", "add", slug}
	if settings != nil {
		raw, err := json.Marshal(settings)
		if err != nil {
			m.t.Fatal(err)
		}
		args = append(args, "-settings", m.file(slug+".json", string(raw)))
	}
	m.env["KARTKA_BOT_TOKEN"] = m.bots[slug].Token
	defer delete(m.env, "KARTKA_BOT_TOKEN")
	if code := m.kartka(args...); code != exitOK {
		m.t.Fatalf("program add: %s", m.out)
	}
}

// file writes a file and returns its path.
func (m *mall) file(name, content string) string {
	m.t.Helper()
	path := filepath.Join(m.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		m.t.Fatal(err)
	}
	return path
}

// run starts the instance.
func (m *mall) run() {
	m.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		m.t.Fatal(err)
	}
	m.serve(listener)
}

// programOf reads a program by its slug.
func (m *mall) programOf(t *testing.T, slug string) engine.Program {
	t.Helper()
	p, err := m.service.app.store.ProgramBySlug(t.Context(), slug)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// speaks are settings of a shop that gives 100 bonuses for joining, 5 % of every check, and takes bonuses for half of one.
func speaks(t *testing.T, name, currency, zone string, languages ...string) *rules.Settings {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	cur, err := money.LookupCurrency(currency)
	if err != nil {
		t.Fatal(err)
	}
	preset, _ := rules.LookupPreset("horeca")
	s := preset.Draft(name, cur, loc, languages, 20000)
	s.Earn.Rate, s.Earn.MinCheck, s.Redeem.Limit, s.Unit.StepWorth = 500, 0, 5000, 100
	s.Welcome = rules.Welcome{Points: 100}
	s.Staff.MaxCheck, s.Staff.SameCardDaily = 10_000_000, 0
	return &s
}

// allLanguages are the languages of the catalogue as settings name them.
func allLanguages() []string {
	var all []string
	for _, l := range locales.Languages() {
		all = append(all, string(l))
	}
	return all
}

// scene is what one test does with one program, with people who speak one language.
type scene struct {
	*mall
	t       *testing.T
	slug    string
	program engine.Program
	lang    locales.Language
	p       *locales.Printer
	people  int
	calls   int // how many calls of the bots have been looked at
}

func (m *mall) scene(t *testing.T, slug string, lang locales.Language) *scene {
	t.Helper()
	return &scene{mall: m, t: t, slug: slug, program: m.programOf(t, slug), lang: lang, p: m.service.app.catalog.Printer(lang)}
}

// eachLanguage plays a scene in every language at the same time.
func (m *mall) eachLanguage(t *testing.T, slug string, play func(s *scene)) {
	t.Run("languages", func(t *testing.T) {
		for _, l := range locales.Languages() {
			t.Run(string(l), func(t *testing.T) {
				t.Parallel()
				play(m.scene(t, slug, l))
			})
		}
	})
}

// says is what a text of the catalogue looks like on a screen, as far as tests can type it.
func (s *scene) says(key string, args ...locales.Args) string { return plain(s.p.T(key, args...)) }

func (s *scene) points(n money.Points) string {
	return s.p.Points(int64(n), s.program.Settings.Unit.Decimals, s.service.app.catalog.Unit(s.program.Settings.Unit.Name))
}

func (s *scene) money(a money.Amount) string {
	return s.p.Money(int64(a), s.program.Settings.Currency.Code)
}

// someone comes to the program's bot for the first time.
func (s *scene) someone() *person {
	s.t.Helper()
	s.people++
	p, err := s.driver.NewUser(s.t.Context(), telegram.Person{
		FirstName: fmt.Sprintf("%s-%d", s.lang, s.people), LanguageCode: string(s.lang), Phone: s.newPhone(),
	}, s.bots[s.slug].Username)
	if err != nil {
		s.t.Fatal(err)
	}
	return &person{Phone: p, t: s.t}
}

// newPhone is a number of nobody else: one of Kyiv that depends on the language and on how many have come.
func (s *scene) newPhone() string {
	for i, l := range locales.Languages() {
		if l == s.lang {
			return fmt.Sprintf("380%d%07d", 50, (i+1)*100000+s.people)
		}
	}
	return ""
}

// cardholder is a guest with a card.
type cardholder struct {
	*person
	card   shown
	member engine.Member
}

// guest joins.
func (s *scene) guest() *cardholder {
	s.t.Helper()
	return s.joins(s.someone())
}

func (s *scene) joins(p *person) *cardholder {
	s.t.Helper()
	p.start("")
	if slices.Contains(s.program.Settings.Languages, string(locales.KK)) { // then the language is asked for
		p.tap("v1|guest|lang|" + string(s.lang))
	}
	p.tap("v1|guest|join")
	g := &cardholder{person: p, card: p.card()}
	var err error
	if g.member, err = s.service.app.store.MemberByCard(s.t.Context(), s.program.ID, g.card.number); err != nil {
		s.t.Fatal(err)
	}
	if s.known(p).Staff == nil { // the last thing said to a new guest: what follows is not mixed up with it
		p.sees(s.says("guest.phone.ask"))
	}
	return g
}

// cashier comes to work here.
func (s *scene) cashier() *person { return s.hired(engine.RoleCashier) }

func (s *scene) hired(role engine.Role) *person {
	s.t.Helper()
	p := s.someone()
	s.hires(p, role)
	return p
}

func (s *scene) hires(p *person, role engine.Role) {
	s.t.Helper()
	p.start("s_" + s.invitation(role).Token)
	p.sees(s.says("staff.joined.head", locales.Args{"Shop": s.program.Settings.Name, "Role": s.p.T("owner.role." + string(role) + ".name")}))
}

func (s *scene) invitation(role engine.Role) engine.Invited {
	s.t.Helper()
	invited, err := s.service.app.engine.OperatorInvite(s.t.Context(), s.program.ID, role, "")
	if err != nil {
		s.t.Fatal(err)
	}
	return invited
}

// known reads everything the program knows of somebody.
func (s *scene) known(p *person) engine.Person {
	s.t.Helper()
	known, err := s.service.app.store.Person(s.t.Context(), s.program.ID, engine.Address{
		Channel: string(bots.Telegram), Sender: strconv.FormatInt(s.bots[s.slug].ID, 10), UserID: strconv.FormatInt(p.User(), 10)}, s.service.app.engine.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	return known
}

// account is where a guest's points are.
func (s *scene) account(g *cardholder) ledger.Account {
	s.t.Helper()
	a, err := s.service.app.store.Account(s.t.Context(), s.program.ID, g.member.AccountID)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// history is every posting of a guest, newest first.
func (s *scene) history(g *cardholder) []engine.HistoryItem {
	s.t.Helper()
	items, err := s.service.app.store.History(s.t.Context(), s.program.ID, g.member.AccountID, "", 100)
	if err != nil {
		s.t.Fatal(err)
	}
	return items
}

// posts checks that a deed posts so many times on a guest's account, and returns the newest posting.
func (s *scene) posts(times int, g *cardholder, what string, deed func()) engine.Posting {
	s.t.Helper()
	before := s.history(g)
	deed()
	after := s.history(g)
	if got := len(after) - len(before); got != times {
		s.t.Errorf("%s: %d postings, want %d", what, got, times)
	}
	if len(after) == 0 {
		return engine.Posting{}
	}
	return after[0].Posting
}

// version is how much has happened in a chat so far.
func (s *scene) version(p *person) uint64 {
	s.t.Helper()
	v, err := p.Chat(p.ctx())
	p.must(err)
	return v.Version
}

// hears waits until a message that came or changed after a version holds all the texts.
func (s *scene) hears(p *person, after uint64, texts ...string) telegram.MessageView {
	s.t.Helper()
	var found telegram.MessageView
	_, err := p.WaitFor(p.ctx(), func(v telegram.ChatView) bool {
		for _, m := range v.Messages {
			if m.From == "bot" && !m.Deleted && m.Version > after && holds(plain(m.Text), texts) {
				found = m
				return true
			}
		}
		return false
	})
	if err != nil {
		transcript, _ := p.Transcript(s.t.Context())
		s.t.Fatalf("nobody says %q: %v\n%s", texts, err, transcript)
	}
	return found
}

func holds(text string, all []string) bool {
	for _, part := range all {
		if !strings.Contains(text, plain(part)) {
			return false
		}
	}
	return true
}

// answers checks that a typed text is answered in words that hold all the given texts.
func (s *scene) answers(p *person, typed string, texts ...string) telegram.MessageView {
	s.t.Helper()
	before := s.version(p)
	p.say(typed)
	return s.hears(p, before, texts...)
}

// refuses checks that a press is answered over the chat with the text of a key, and with nothing else.
func (s *scene) refuses(p *person, data, text string) {
	s.t.Helper()
	s.silent(p, fmt.Sprintf("press of %s", data), func() {
		if got := p.forge(0, data); plain(got.Text) != text {
			s.t.Errorf("press of %s is answered %q, want %q", data, got.Text, text)
		}
	})
}

// silent checks that a deed makes the bot write nothing to the person. A question for help after it stands behind everything that
// the deed might have led to.
func (s *scene) silent(p *person, what string, deed func()) {
	s.t.Helper()
	s.sentTo(p)
	deed()
	s.answers(p, "/help", s.says("guest.help.title", locales.Args{"Program": s.program.Settings.Name}))
	if sent := s.sentTo(p); len(sent) != 1 {
		s.t.Errorf("%s: besides help the bot says %q", what, sent)
	}
}

// sentTo returns what was written into somebody's private chat, sent or edited, since it was last asked for.
func (s *scene) sentTo(p *person) []string {
	s.t.Helper()
	calls, err := s.driver.Calls(s.t.Context(), s.calls, "")
	if err != nil {
		s.t.Fatal(err)
	}
	var sent []string
	for _, c := range calls {
		s.calls = c.N
		if c.Params["chat_id"] == strconv.FormatInt(p.User(), 10) && !strings.HasPrefix(c.Method, "delete") {
			sent = append(sent, c.Method+": "+c.Params["text"]+c.Params["caption"])
		}
	}
	return sent
}

// rawText finds what no person may ever read: keys, formatting slips, templates.
var rawText = regexp.MustCompile(`\[[a-z]+(\.[a-z0-9_]+)+\]|%!|\{\{|\}\}|<no value>`)

// readable checks every message, button, toast and command menu that any bot of the world has ever sent.
func (w *world) readable() {
	w.t.Helper()
	calls, err := w.driver.Calls(w.t.Context(), 0, "")
	if err != nil {
		w.t.Fatal(err)
	}
	if len(calls) == 0 || calls[0].N != 1 {
		w.t.Fatalf("the first calls are forgotten: %d are left", len(calls))
	}
	for _, c := range calls {
		for name, value := range c.Params {
			if raw := rawText.FindString(value); raw != "" {
				w.t.Errorf("%s says %q in %s: %s", c.Method, raw, name, value)
			}
		}
	}
}

// balanced recomputes every balance of a program from its entries.
func (m *mall) balanced(slug string) engine.Verified {
	m.t.Helper()
	sum, err := m.service.app.store.Verify(m.t.Context(), m.programOf(m.t, slug).ID, func(int) {}, func(d engine.Audited) {
		m.t.Errorf("%s: %s %s: %s", slug, d.Check, d.ID, d.Detail)
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return sum
}

// until waits for something that shows in no chat.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	late := time.After(patience)
	for !done() {
		select {
		case <-look.C:
		case <-late:
			stacks := make([]byte, 1<<20)
			t.Fatalf("%s: not in %v\n%s", what, patience, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

// spoken waits until everything that was to be sent has been sent or dropped.
func (m *mall) spoken(t *testing.T) {
	t.Helper()
	until(t, "the queue empties", func() bool {
		depth, err := m.service.app.store.OutboundDepth(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return depth[engine.LaneInteractive]+depth[engine.LaneBulk] == 0
	})
}
