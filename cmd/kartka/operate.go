package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"text/tabwriter"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/storage"

	"github.com/schollz/progressbar/v3"
)

// runMigrate brings the schema up to date.
func runMigrate(ctx context.Context, c console, args []string) error {
	fs := flags(c, "migrate")
	newKey := fs.Bool("new-key", false, "make the key file named by KARTKA_KEY_PATH when it is missing")
	if err := parse(fs, args, 0); err != nil {
		return err
	}
	cfg, err := loadConfig(c.env)
	if err != nil {
		return err
	}
	if *newKey && cfg.KeyFile != "" {
		if _, err := storage.LoadOrCreateKeyFile(cfg.KeyFile); err != nil {
			return fmt.Errorf("make key file: %w: %w", err, errConfig)
		}
	}
	a, err := openApp(ctx, c, cfg, true)
	if err != nil {
		return err
	}
	defer a.close()
	have, _, err := a.store.SchemaVersion(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	fmt.Fprintf(c.out, "schema version %d\n", have)
	return nil
}

// runVerify recomputes every balance.
func runVerify(ctx context.Context, c console, args []string) error {
	fs := flags(c, "verify")
	slug := fs.String("program", "", "only the program with this `slug`")
	if err := parse(fs, args, 0); err != nil {
		return err
	}
	return withApp(ctx, c, false, func(a *app) error {
		differences := 0
		err := a.eachProgram(ctx, *slug, func(p engine.Program) error {
			found, err := a.verifyProgram(ctx, c, p)
			differences += found
			return err
		})
		if err == nil && differences > 0 {
			err = fmt.Errorf("%d differences", differences)
		}
		return err
	})
}

func (a *app) verifyProgram(ctx context.Context, c console, p engine.Program) (differences int, err error) {
	size, err := a.store.VerifySize(ctx, p.ID)
	if err != nil {
		return 0, fmt.Errorf("verify: %w", err)
	}
	bar := newGauge(c, "verify "+p.Slug, int64(size))
	sum, err := a.store.Verify(ctx, p.ID, bar.set, func(d engine.Audited) {
		differences++
		fmt.Fprintf(c.out, "%s: %s %s: %s\n", p.Slug, d.Check, d.ID, d.Detail)
	})
	bar.finish()
	if err != nil {
		return differences, fmt.Errorf("verify: %w", err)
	}
	fmt.Fprintf(c.out, "%s: %d accounts, %d lots, %d postings, %d entries, %d sales; balances sum to %s; %d differences\n",
		p.Slug, sum.Accounts, sum.Lots, sum.Postings, sum.Entries, sum.Sales, p.Unit(sum.Balance), differences)
	return differences, nil
}

// progress is a bar on a terminal and nothing elsewhere.
func progress(c console, what string) *progressbar.ProgressBar {
	var w io.Writer = io.Discard
	if f, ok := terminal(c); ok {
		w = f
	}
	// The spinner turns when something is drawn: turning by itself it reads the bar's state without its lock.
	return progressbar.NewOptions(-1, progressbar.OptionSetSpinnerChangeInterval(0), progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionThrottle(200*time.Millisecond), progressbar.OptionClearOnFinish())
}

// runJobs runs what is due.
func runJobs(ctx context.Context, c console, args []string) error {
	if len(args) == 0 || args[0] != "run" {
		return fmt.Errorf("usage: kartka jobs run [-as-of 2026-12-31T09:00:00+02:00] [-program SLUG]: %w", errConfig)
	}
	fs := flags(c, "jobs run")
	asOf := fs.String("as-of", "", "instant (RFC 3339) or day (2026-12-31, its end in each program's zone) to act as if it were; default now")
	slug := fs.String("program", "", "only the program with this `slug`")
	if err := parse(fs, args[1:], 0); err != nil {
		return err
	}
	return withApp(ctx, c, false, func(a *app) error {
		return a.eachProgram(ctx, *slug, func(p engine.Program) error {
			at, err := instant(*asOf, p)
			if err != nil {
				return err
			}
			holds, err := a.engine.ExpireHolds(ctx, p.ID, at)
			if err != nil {
				return err
			}
			report, err := a.daily(ctx, c, p, at)
			fmt.Fprintf(c.out, "%s: as of %s %d holds released, %s\n", p.Slug, at.In(p.Settings.Zone).Format(time.RFC3339), holds, daysDone(report))
			for _, line := range dailyLines(p, report) {
				fmt.Fprintf(c.out, "%s: %s\n", p.Slug, line)
			}
			if err != nil {
				return fmt.Errorf("daily run: %w", err)
			}
			return nil
		})
	})
}

// instant reads the -as-of of jobs.
func instant(text string, p engine.Program) (time.Time, error) {
	if text == "" {
		return time.Now().UTC(), nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UTC(), nil
	}
	day, err := time.ParseInLocation(time.DateOnly, text, p.Settings.Zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("-as-of %q is neither 2026-12-31 nor 2026-12-31T09:00:00+02:00: %w", text, errConfig)
	}
	return day.AddDate(0, 0, 1).UTC(), nil
}

// runStaff lists people, makes claim links and ends access.
func runStaff(ctx context.Context, c console, args []string) error {
	const usage = `usage:
  kartka staff list SLUG
  kartka staff claim SLUG           a one-time link that makes its user an owner
  kartka staff dismiss SLUG ID      end a person's access at once`
	if len(args) < 2 || (args[0] == "dismiss") != (len(args) == 3) || len(args) > 3 {
		return fmt.Errorf("%s\n%w", usage, errConfig)
	}
	return withApp(ctx, c, false, func(a *app) error {
		p, err := a.store.ProgramBySlug(ctx, args[1])
		if err != nil {
			return programError(args[1], err)
		}
		switch args[0] {
		case "list":
			return listStaff(ctx, c, a, p)
		case "claim":
			return a.printClaim(ctx, c.out, p)
		case "dismiss":
			return a.engine.DismissStaff(ctx, p.ID, "", args[2])
		}
		return fmt.Errorf("%s\n%w", usage, errConfig)
	})
}

func listStaff(ctx context.Context, c console, a *app, p engine.Program) error {
	staff, err := a.store.StaffList(ctx, p.ID)
	if err != nil {
		return fmt.Errorf("list staff: %w", err)
	}
	table := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tROLE\tNAME\tSINCE\tACCESS")
	for _, s := range staff {
		access := "yes"
		if s.Disabled {
			access = "ended"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", s.ID, s.Role, s.Name, s.CreatedAt.Format(time.DateOnly), access)
	}
	return table.Flush()
}

// printClaim prints a one-time link that makes whoever opens it an owner, one for each bot of the program.
func (a *app) printClaim(ctx context.Context, w io.Writer, p engine.Program) error {
	bot, err := a.store.Bots(ctx, p.ID)
	if err != nil {
		return fmt.Errorf("list bots: %w", err)
	}
	if len(bot) == 0 {
		return errors.New("the program has no bot yet")
	}
	invited, err := a.engine.ClaimLink(ctx, p.ID)
	if err != nil {
		return fmt.Errorf("make claim link: %w", err)
	}
	link := bots.DeepLink(bots.Channel(bot[0].Channel), bot[0].Username, talk.Link{Staff: invited.Token}.Payload())
	fmt.Fprintf(w, "Open this link once to become the owner of %s (valid until %s):\n%s\n", p.Settings.Name, invited.Invite.ExpiresAt.Format(time.DateOnly), link)
	return nil
}

// runBackup copies an embedded database.
func runBackup(ctx context.Context, c console, args []string) error {
	fs := flags(c, "backup")
	if err := parse(fs, args, 1); err != nil {
		return err
	}
	if fs.NArg() != 1 {
		return fmt.Errorf("usage: kartka backup FILE: %w", errConfig)
	}
	return withApp(ctx, c, false, func(a *app) error {
		if err := a.store.Backup(ctx, fs.Arg(0)); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "%s holds a consistent copy; keep it together with %s\n", fs.Arg(0), a.config.keyPath())
		return nil
	})
}

// runHealth asks a running instance.
func runHealth(ctx context.Context, c console, args []string) error {
	fs := flags(c, "health")
	at := fs.String("url", "", "address of the instance; default from KARTKA_LISTEN")
	if err := parse(fs, args, 0); err != nil {
		return err
	}
	if *at == "" {
		cfg, err := loadConfig(c.env)
		if err != nil {
			return err
		}
		*at = "http://" + localAddress(cfg.Listen)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, *at+"/readyz", nil)
	if err != nil {
		return fmt.Errorf("%w: %w", err, errConfig)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask instance: %w", err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	fmt.Fprintf(c.out, "%s", body)
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", resp.Status)
	}
	return nil
}

// version is set by the linker in releases.
var version = ""

// runVersion prints the version.
func runVersion(_ context.Context, c console, args []string) error {
	if err := parse(flags(c, "version"), args, 0); err != nil {
		return err
	}
	info, _ := debug.ReadBuildInfo()
	fmt.Fprintf(c.out, "kartka %s (%s)\n", orDefault(version, "development"), info.GoVersion)
	return nil
}
