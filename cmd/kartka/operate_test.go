package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"kartka/bots"
	"kartka/engine"
	"kartka/engine/rules"
	"kartka/storage/storagetest"
)

// counter is a shop to operate on: the program "shop" with a place, a cashier and a guest who has earned points that live ten days.
type counter struct {
	environment
	world   *world
	program engine.Program
	cashier engine.Staff
	guest   engine.Member
	earned  engine.Posted
}

func newCounter(t *testing.T, database string) *counter {
	t.Helper()
	w := newWorld(t)
	c := &counter{environment: shopEnvironment(t, database, w), world: w}
	c.migrate(t)
	c.with(t, func(a *app) {
		ctx := t.Context()
		settings, err := draftSettings("Shop", "UAH", "Europe/Kyiv")
		if err != nil {
			t.Fatal(err)
		}
		settings.Lots, settings.Welcome, settings.Earn.MinCheck = rules.Lots{Days: 10}, rules.Welcome{}, 0
		if c.program, err = a.newProgram(ctx, "shop", settings, engine.ProgramActive, engine.Secret(w.bot("shop_demo_bot").Token)); err != nil {
			t.Fatal(err)
		}
		place, err := a.engine.AddLocation(ctx, c.program.ID, "", "Counter", "")
		if err != nil {
			t.Fatal(err)
		}
		c.cashier = c.hire(t, a, engine.RoleCashier, place.ID, "Ira")
		joined, err := a.engine.Join(ctx, engine.JoinInput{ProgramID: c.program.ID, Name: "Olena", Language: "uk", Channel: "telegram", Text: "join-v1", Quiet: true})
		if err != nil {
			t.Fatal(err)
		}
		c.guest = joined.Member
		c.earned, err = a.engine.Post(ctx, engine.PostInput{Key: "first", Sale: engine.SaleInput{ProgramID: c.program.ID, MemberID: c.guest.ID,
			LocationID: place.ID, StaffID: c.cashier.ID, Sum: 100000, Source: "till"}})
		if err != nil || c.earned.Earned == 0 {
			t.Fatalf("earned %d: %v", c.earned.Earned, err)
		}
	})
	return c
}

// hire makes a member of staff.
func (c *counter) hire(t *testing.T, a *app, role engine.Role, place, name string) engine.Staff {
	t.Helper()
	own, err := a.store.Bots(t.Context(), c.program.ID)
	if err != nil || len(own) != 1 {
		t.Fatalf("bots: %v, %v", own, err)
	}
	known, err := a.engine.Meet(t.Context(), c.program, own[0], engine.Contact{Name: name, Locale: "uk",
		Address: engine.Address{Channel: own[0].Channel, Sender: own[0].Sender, UserID: name}})
	if err != nil {
		t.Fatal(err)
	}
	invited, err := a.engine.OperatorInvite(t.Context(), c.program.ID, role, place)
	if err != nil {
		t.Fatal(err)
	}
	staff, err := a.engine.AcceptInvite(t.Context(), c.program.ID, known.Contact.ID, invited.Token, "uk")
	if err != nil {
		t.Fatal(err)
	}
	return staff
}

// prints runs a subcommand and wants its exit code and, in what it prints, some texts.
func (e environment) prints(t *testing.T, args []string, code int, texts ...string) string {
	t.Helper()
	got, out, errs := e.command(t, args...)
	if got != code {
		t.Errorf("kartka %s: exit code %d, want %d: %s%s", strings.Join(args, " "), got, code, out, errs)
	}
	for _, text := range texts {
		if !strings.Contains(plain(out+errs), text) {
			t.Errorf("kartka %s does not print %q: %s%s", strings.Join(args, " "), text, out, errs)
		}
	}
	return out + errs
}

func TestMigrate(t *testing.T) {
	eachDatabase(t, func(t *testing.T, url string) {
		env := environment{"KARTKA_DATABASE": url, "KARTKA_KEY_PATH": filepath.Join(t.TempDir(), "new.key")}
		env.prints(t, []string{"verify"}, exitConfig, "no file "+env["KARTKA_KEY_PATH"], "-new-key")
		first := env.prints(t, []string{"migrate", "-new-key"}, exitOK, "schema version ")
		key, err := os.ReadFile(env["KARTKA_KEY_PATH"])
		if err != nil {
			t.Fatal(err)
		}
		again := env.prints(t, []string{"migrate", "-new-key"}, exitOK)
		if version := regexp.MustCompile(`schema version \d+`); version.FindString(again) != version.FindString(first) {
			t.Errorf("first %q, then %q", first, again)
		}
		if same, err := os.ReadFile(env["KARTKA_KEY_PATH"]); err != nil || string(same) != string(key) {
			t.Errorf("the key was replaced: %v", err)
		}
		env.with(t, func(a *app) {
			_, err := a.store.DB().Exec(t.Context(), "INSERT INTO schema_migration (version, name, sha256, applied_at) VALUES (999, 'tomorrow', 'x', $1)", time.Now())
			if err != nil {
				t.Fatal(err)
			}
		})
		env.prints(t, []string{"migrate"}, exitFailed, "newer than this program")
		for _, args := range [][]string{{"verify"}, {"jobs", "run"}, {"staff", "list", "x"}, {"program", "list"}} {
			env.prints(t, args, exitConfig, "schema 999")
		}
	})
}

// Commands that only look do not change the schema behind the operator's back.
func TestCommandsThatLookDoNotMigrate(t *testing.T) {
	env := environment{"KARTKA_DATABASE": storagetest.SQLite(t)}
	for _, args := range [][]string{{"verify"}, {"jobs", "run"}, {"staff", "list", "x"}, {"program", "list"}} {
		env.prints(t, args, exitConfig, `run "kartka migrate"`)
	}
	env.prints(t, []string{"migrate"}, exitOK)
	env.prints(t, []string{"verify"}, exitOK)
}

func TestVerifyNamesADifference(t *testing.T) {
	eachDatabase(t, func(t *testing.T, url string) {
		c := newCounter(t, url)
		c.prints(t, []string{"verify"}, exitOK, "shop: 1 accounts", "1 sales", "; 0 differences")
		c.with(t, func(a *app) {
			if _, err := a.store.DB().Exec(t.Context(), "UPDATE account SET balance = balance + 7 WHERE id = $1", c.guest.AccountID); err != nil {
				t.Fatal(err)
			}
		})
		c.prints(t, []string{"verify"}, exitFailed, c.guest.AccountID, "shop: account_entries", "differences")
		c.prints(t, []string{"verify", "-program", "shop"}, exitFailed, c.guest.AccountID)
		c.prints(t, []string{"verify", "-program", "nobody"}, exitConfig, `no program "nobody"`)
	})
}

// A day means its end in the program's zone, an instant itself; running again changes nothing.
func TestJobsAsOf(t *testing.T) {
	eachDatabase(t, func(t *testing.T, url string) {
		c := newCounter(t, url)
		zone, end := c.program.Settings.Zone, c.earned.Expires
		if local := end.In(zone); end.IsZero() || local.Format(time.TimeOnly) != "00:00:00" {
			t.Fatalf("points end at %s", end)
		}
		last := end.Add(-time.Second).In(zone).Format(time.DateOnly)
		points := plain(c.program.Unit(c.earned.Earned))
		none, all := "0 points of 0 members expired", points+" points of 1 members expired"
		for _, run := range []struct{ asOf, want string }{
			{end.Add(-time.Second).UTC().Format(time.RFC3339), none},
			{end.AddDate(0, 0, -1).Add(-time.Second).In(zone).Format(time.DateOnly), none},
			{last, all},
			{last, none},
			{end.AddDate(1, 0, 0).In(time.FixedZone("", 3*3600)).Format(time.RFC3339), none},
		} {
			c.prints(t, []string{"jobs", "run", "-as-of", run.asOf, "-program", "shop"}, exitOK, "shop: as of ", run.want)
		}
		c.prints(t, []string{"verify"}, exitOK, " 0 differences")
	})
}

func TestJobsAsOfAnInstant(t *testing.T) {
	c := newCounter(t, storagetest.SQLite(t))
	end := c.earned.Expires.In(time.FixedZone("", -7*3600)).Format(time.RFC3339)
	c.prints(t, []string{"jobs", "run", "-as-of", end}, exitOK, "points of 1 members expired")
}

func TestJobsReleaseHolds(t *testing.T) {
	c := newCounter(t, storagetest.SQLite(t))
	c.with(t, func(a *app) {
		_, err := a.engine.Reserve(t.Context(), engine.ReserveInput{Key: "hold", Sale: engine.SaleInput{ProgramID: c.program.ID, MemberID: c.guest.ID,
			StaffID: c.cashier.ID, Sum: 100000, Redeem: c.earned.Earned, Source: "till"}})
		if err != nil {
			t.Fatal(err)
		}
	})
	c.prints(t, []string{"jobs", "run"}, exitOK, " 0 holds released")
	later := time.Now().Add(time.Hour).Format(time.RFC3339)
	c.prints(t, []string{"jobs", "run", "-as-of", later}, exitOK, " 1 holds released")
	c.prints(t, []string{"jobs", "run", "-as-of", later}, exitOK, " 0 holds released")
}

func TestJobsRefuse(t *testing.T) {
	c := newCounter(t, storagetest.SQLite(t))
	for _, asOf := range []string{"tomorrow", "2026-02-30", "31.12.2026", "2026-12-31T09:00:00", "1798700400"} {
		c.prints(t, []string{"jobs", "run", "-as-of", asOf}, exitConfig, asOf, "2026-12-31T09:00:00+02:00")
	}
	c.prints(t, []string{"jobs", "run", "-program", "nobody"}, exitConfig, `no program "nobody"`)
}

func TestStaffCommands(t *testing.T) {
	c := newCounter(t, storagetest.SQLite(t))
	c.prints(t, []string{"staff", "list", "shop"}, exitOK, "ROLE", c.cashier.ID, "cashier", "Ira", "yes")
	claim := c.prints(t, []string{"staff", "claim", "shop"}, exitOK, "owner of Shop", "https://t.me/shop_demo_bot?start=s_")
	if other := c.prints(t, []string{"staff", "claim", "shop"}, exitOK); other == claim {
		t.Error("two claim links are the same")
	}
	c.prints(t, []string{"staff", "dismiss", "shop", c.cashier.ID}, exitOK)
	c.prints(t, []string{"staff", "list", "shop"}, exitOK, "ended")
	c.prints(t, []string{"staff", "dismiss", "shop", c.cashier.ID}, exitOK)
	c.prints(t, []string{"staff", "dismiss", "shop", "nobody"}, exitFailed, "staff")
	c.prints(t, []string{"staff", "hire", "shop"}, exitConfig, "usage")
	for _, verb := range []string{"list", "claim"} {
		c.prints(t, []string{"staff", verb, "nobody"}, exitConfig, `no program "nobody"`)
	}
}

// The operator can dismiss an owner, whom nobody in the shop can.
func TestStaffDismissOwner(t *testing.T) {
	c := newCounter(t, storagetest.SQLite(t))
	var owner engine.Staff
	c.with(t, func(a *app) { owner = c.hire(t, a, engine.RoleOwner, "", "Boss") })
	c.prints(t, []string{"staff", "dismiss", "shop", owner.ID}, exitOK)
	c.with(t, func(a *app) {
		if s, err := a.store.Staff(t.Context(), c.program.ID, owner.ID); err != nil || !s.Disabled {
			t.Errorf("%+v, %v", s, err)
		}
	})
}

func TestDoctorFindsNothing(t *testing.T) {
	eachDatabase(t, func(t *testing.T, url string) {
		c := newCounter(t, url)
		out := c.prints(t, []string{"doctor"}, exitOK, "ok   configuration", "ok   database", "ok   outbox", "ok   redis", "@shop_demo_bot answers", "long polling")
		if strings.Contains(out, "BAD") {
			t.Errorf("%s", out)
		}
		c.environment["KARTKA_PUBLIC_URL"] = "https://shop.example"
		c.prints(t, []string{"doctor"}, exitOK, "by webhooks to https://shop.example")
	})
}

func TestDoctorFinds(t *testing.T) {
	t.Run("no schema", func(t *testing.T) {
		environment{"KARTKA_DATABASE": storagetest.SQLite(t)}.prints(t, []string{"doctor"}, exitFailed, "BAD  database", "kartka migrate")
	})
	t.Run("no database", func(t *testing.T) {
		env := environment{"KARTKA_DATABASE": "postgres://kartka:hunter2@" + freeAddress(t) + "/kartka?sslmode=disable", "KARTKA_KEY_PATH": filepath.Join(t.TempDir(), "a.key")}
		env.command(t, "migrate", "-new-key")
		if out := env.prints(t, []string{"doctor"}, exitFailed, "BAD  database"); strings.Contains(out, "hunter2") {
			t.Errorf("the password is told: %s", out)
		}
	})
	t.Run("no program", func(t *testing.T) {
		env := environment{"KARTKA_DATABASE": storagetest.SQLite(t)}
		env.prints(t, []string{"migrate"}, exitOK)
		env.prints(t, []string{"doctor"}, exitFailed, "BAD  programs", "kartka program add")
	})
	t.Run("no key", func(t *testing.T) {
		env := environment{"KARTKA_DATABASE": storagetest.SQLite(t), "KARTKA_KEY_PATH": filepath.Join(t.TempDir(), "gone.key")}
		env.prints(t, []string{"doctor"}, exitFailed, "gone.key")
	})
	t.Run("no Redis", func(t *testing.T) {
		c := newCounter(t, storagetest.SQLite(t))
		c.environment["KARTKA_REDIS"] = "redis://:hunter2@" + freeAddress(t) + "/0"
		if out := c.prints(t, []string{"doctor"}, exitFailed, "BAD  redis", "memory"); strings.Contains(out, "hunter2") {
			t.Errorf("the password is told: %s", out)
		}
	})
	t.Run("no Bot API", func(t *testing.T) {
		c := newCounter(t, storagetest.SQLite(t))
		c.environment["KARTKA_TELEGRAM_API"] = "http://" + freeAddress(t)
		bot := theBot(t, c.environment)
		if out := c.prints(t, []string{"doctor"}, exitFailed, "BAD  shop", "does not answer"); strings.Contains(out, bot.Token.Reveal()) {
			t.Errorf("the token is told: %s", out)
		}
	})
	t.Run("token refused", func(t *testing.T) {
		c := newCounter(t, storagetest.SQLite(t))
		bot := theBot(t, c.environment)
		id, _, _ := strings.Cut(bot.Token.Reveal(), ":")
		bot.Token = engine.Secret(id + ":" + strings.Repeat("x", 35))
		c.with(t, func(a *app) {
			if err := a.engine.AttachBot(t.Context(), bot); err != nil {
				t.Fatal(err)
			}
		})
		c.prints(t, []string{"doctor"}, exitFailed, "BAD  shop", "Unauthorized")
	})
	t.Run("dead letters", func(t *testing.T) {
		c := newCounter(t, storagetest.SQLite(t))
		bot := theBot(t, c.environment)
		c.with(t, func(a *app) {
			_, err := a.store.Accept(t.Context(), []engine.Inbound{{ID: a.engine.NewID(), ProgramID: c.program.ID, Key: "1", At: time.Now().UTC(), Body: []byte("{}"),
				Address: engine.Address{Channel: string(bots.Telegram), Sender: bot.Sender}, State: engine.InboundDead, Reason: "nobody wrote this"}})
			if err != nil {
				t.Fatal(err)
			}
		})
		c.prints(t, []string{"doctor"}, exitFailed, "BAD  shop", "1 deliveries", "nobody wrote this")
	})
}

// A copy taken while the shop is in use is a whole database.
func TestBackup(t *testing.T) {
	c := newCounter(t, storagetest.SQLite(t))
	c.environment["KARTKA_TELEGRAM_TOKEN"], c.environment["KARTKA_LOG_LEVEL"] = theBot(t, c.environment).Token.Reveal(), "info"
	c.serve(t)
	file := filepath.Join(t.TempDir(), "copy.db")
	c.prints(t, []string{"backup", file}, exitOK, file, c.environment["KARTKA_KEY_PATH"])
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	c.prints(t, []string{"backup", file}, exitFailed, "exists")

	restored := environment{"KARTKA_DATABASE": "sqlite:" + file, "KARTKA_KEY_PATH": c.environment["KARTKA_KEY_PATH"]}
	restored.prints(t, []string{"verify"}, exitOK, "shop: 1 accounts", " 0 differences")
	restored.with(t, func(a *app) {
		m, err := a.store.MemberByCard(t.Context(), c.program.ID, c.guest.Card)
		if err != nil || m.Name != "Olena" {
			t.Errorf("%+v, %v", m, err)
		}
	})
}

func TestBackupOfPostgreSQLIsPostgreSQLs(t *testing.T) {
	c := newCounter(t, storagetest.Postgres(t))
	c.prints(t, []string{"backup", filepath.Join(t.TempDir(), "copy.db")}, exitFailed, "pg_dump")
}

func TestHealthOfARunningInstance(t *testing.T) {
	c := newCounter(t, storagetest.SQLite(t))
	c.environment["KARTKA_LOG_LEVEL"] = "info"
	s := c.serve(t)
	c.prints(t, []string{"health"}, exitOK, `"database":"ok"`)
	c.prints(t, []string{"health", "-url", "http://" + c.environment["KARTKA_LISTEN"]}, exitOK, `"database":"ok"`)
	c.prints(t, []string{"health", "-url", "http://a b"}, exitConfig)
	if code := s.end(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	c.prints(t, []string{"health"}, exitFailed, "ask instance")
}

func TestHealthOfAnInstanceThatIsNotReady(t *testing.T) {
	unready := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			t.Errorf("asked for %s", r.URL)
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintln(w, `{"database":"no answer"}`)
	}))
	defer unready.Close()
	environment{}.prints(t, []string{"health", "-url", unready.URL}, exitFailed, "no answer", "not ready", "503")
}
