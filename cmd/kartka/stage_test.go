package main

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"kartka/bots"
	"kartka/bots/sandbox/telegram"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/storage/sqldb"
)

// stage is a shop with its people, made through the engine before any instance runs: an open program, a place, cashiers who have
// accepted, guests who have joined. Nobody has written to the bot yet.
type stage struct {
	*world
	env      map[string]string
	bot      telegram.Bot
	program  engine.Program
	hook     string // path of the webhook
	secret   string // of the webhook
	cashiers []*person
	guests   []*holder
}

// holder is a guest with a card.
type holder struct {
	*person
	card string
}

// stageRate is what a stage's guests earn, in percent; one point is a kopiyka, rounded down.
const stageRate = 5

// newStage makes a shop on an empty database.
func newStage(w *world, database string, cashiers, guests int) *stage {
	t := w.t
	t.Helper()
	s := &stage{world: w, bot: w.bot("storm_coffee_bot"), env: map[string]string{
		"KARTKA_DATABASE": database, "KARTKA_KEY_PATH": filepath.Join(t.TempDir(), "stage.key"), "KARTKA_LOG_LEVEL": "warn",
		"KARTKA_TELEGRAM_API": w.server.URL + "/sandbox/telegram", "KARTKA_LISTEN": freeAddress(t),
	}}
	if code := run(t.Context(), s.console(), []string{"migrate", "-new-key"}); code != exitOK {
		t.Fatalf("migrate: exit code %d", code)
	}
	s.with(func(a *app) { s.open(a, cashiers, guests) })
	return s
}

// console is the stage's environment for subcommands; what they print goes into the test's log.
func (s *stage) console() console {
	return console{out: testLog{s.t}, err: testLog{s.t}, env: func(name string) string { return s.env[name] }}
}

// with opens the database beside the instances that may be running.
func (s *stage) with(do func(*app)) {
	s.t.Helper()
	cons := s.console()
	cfg, err := loadConfig(cons.env)
	if err != nil {
		s.t.Fatal(err)
	}
	a, err := openApp(context.Background(), cons, cfg, false)
	if err != nil {
		s.t.Fatal(err)
	}
	defer a.close()
	do(a)
}

func (s *stage) open(a *app, cashiers, guests int) {
	t, ctx := s.t, s.t.Context()
	t.Helper()
	settings, err := draftSettings("Storm Coffee", "UAH", "Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	settings.Unit = rules.Unit{Name: settings.Unit.Name, Decimals: 2, StepWorth: 1}
	settings.Earn = rules.Earn{Rate: stageRate * 100, Rounding: money.Down, Basis: rules.BasisPaid}
	settings.Welcome = rules.Welcome{}
	settings.Campaigns = &rules.Campaigns{WindowDays: 7} // at any hour, to everybody
	settings.Staff = rules.StaffLimits{UndoMinutes: 60, HoldSeconds: 600}
	if s.program, err = a.newProgram(ctx, "storm", settings, engine.ProgramActive, engine.Secret(s.bot.Token)); err != nil {
		t.Fatal(err)
	}
	own, err := a.store.Bots(ctx, s.program.ID)
	if err != nil || len(own) != 1 {
		t.Fatalf("bots: %v, %v", own, err)
	}
	s.secret, s.hook = own[0].Secret.Reveal(), (&presence{bot: own[0]}).hookPath()
	place, err := a.engine.AddLocation(ctx, s.program.ID, "", "Main street 1", "")
	if err != nil {
		t.Fatal(err)
	}
	for n := range cashiers {
		p, contact := s.meet(a, own[0], fmt.Sprintf("Cashier%d", n))
		invited, err := a.engine.OperatorInvite(ctx, s.program.ID, engine.RoleCashier, place.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.engine.AcceptInvite(ctx, s.program.ID, contact.ID, invited.Token, "en"); err != nil {
			t.Fatal(err)
		}
		s.cashiers = append(s.cashiers, p)
	}
	for n := range guests {
		p, contact := s.meet(a, own[0], fmt.Sprintf("Guest%d", n))
		j, err := a.engine.Join(ctx, engine.JoinInput{ProgramID: s.program.ID, ContactID: contact.ID, Name: contact.Name, Language: "en",
			Channel: string(bots.Telegram), Text: "join-v1", Quiet: true})
		if err != nil {
			t.Fatal(err)
		}
		s.guests = append(s.guests, &holder{person: p, card: j.Member.Card})
	}
}

// meet makes a person with a phone whom the program knows.
func (s *stage) meet(a *app, bot engine.Bot, name string) (*person, engine.Contact) {
	s.t.Helper()
	p := s.person(name, "en", "", s.bot.Username)
	known, err := a.engine.Meet(s.t.Context(), s.program, bot, engine.Contact{Name: name, Locale: "en",
		Address: engine.Address{Channel: bot.Channel, Sender: bot.Sender, UserID: fmt.Sprint(p.User())}})
	if err != nil {
		s.t.Fatal(err)
	}
	return p, known.Contact
}

// hooks has the messenger deliver to instances started from now on; without, they poll.
func (s *stage) hooks(on bool) {
	delete(s.env, "KARTKA_PUBLIC_URL")
	if on {
		s.env["KARTKA_PUBLIC_URL"] = s.base()
	}
}

// instance starts an instance on the stage and waits until it can be reached.
func (s *stage) instance(log *logBook) *instance {
	s.t.Helper()
	i := startInstance(s.t, s.env, log)
	i.awaitReachable(s.t)
	return i
}

// stop stops an instance gracefully.
func (s *stage) stop(i *instance) {
	s.t.Helper()
	if code := i.terminate(s.t); code != exitOK {
		s.t.Errorf("exit code %d after SIGTERM; the log:\n%s", code, i.log)
	}
	i.log.noPanics(s.t)
}

// base is the address of the instance.
func (s *stage) base() string { return "http://" + s.env["KARTKA_LISTEN"] }

// everybody presses Start, so that the bot may write to them. It returns how many did.
func (s *stage) everybodyStarts() int {
	s.t.Helper()
	for _, p := range s.cashiers {
		p.start("")
	}
	for _, g := range s.guests {
		g.start("")
	}
	return len(s.cashiers) + len(s.guests)
}

// settled waits, person after person, until the bot has answered everything they have written so far. Cashiers come first: what
// they do is told to guests. It asks each a last question that is asked nowhere else; it works once.
func (s *stage) settled() {
	s.t.Helper()
	for _, p := range s.cashiers {
		p.say("/today")
	}
	for _, p := range s.cashiers {
		p.sees("📊 Today")
	}
	for _, g := range s.guests {
		g.say("/privacy")
	}
	for _, g := range s.guests {
		g.sees(lastAnswer)
	}
}

// lastAnswer is how the answer to /privacy begins.
const lastAnswer = "🔒 Your data at"

// ask runs a query that answers one number, beside the instances that may be running.
func (s *stage) ask(sql string) (n int, err error) {
	ctx := context.Background()
	db, err := sqldb.Open(ctx, s.env["KARTKA_DATABASE"])
	if err != nil {
		return 0, err
	}
	defer db.Close()
	if err := db.QueryRow(ctx, sql).Scan(&n); err != nil {
		return 0, fmt.Errorf("%s: %w", sql, err)
	}
	return n, nil
}

// count is ask in a test's own goroutine.
func (s *stage) count(sql string) int {
	s.t.Helper()
	n, err := s.ask(sql)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// count runs a query that answers one number.
func count(t *testing.T, db sqldb.DB, sql string, args ...any) int {
	t.Helper()
	var n int
	if err := db.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}
