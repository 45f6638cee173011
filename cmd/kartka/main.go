// Command kartka is the whole product in one binary: a loyalty service that lives in the messenger.
//
// The subcommands are listed by "kartka help". This is the only package that sees storage, bots and engine together: it reads the
// configuration, wires the parts, and shuts them down in order.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // zones do not depend on the machine
)

// Exit codes. Usage and configuration errors are EX_CONFIG of sysexits.h, so that a service manager does not try again.
const (
	exitOK     = 0
	exitFailed = 1
	exitConfig = 78
)

// errConfig marks errors that only a change of configuration or arguments mends.
var errConfig = errors.New("configuration")

// console is where a subcommand writes and what it reads its configuration from.
type console struct {
	out, err io.Writer
	env      func(string) string
}

// command is one subcommand.
type command struct {
	name, usage, about string
	run                func(ctx context.Context, c console, args []string) error
}

func commands() []command {
	return []command{
		{"demo", "[-listen ADDR] [-data DIR] [-json]", "a seeded café and a barbershop with a messenger to play in", runDemo},
		{"serve", "", "run the shop: configured by KARTKA_* variables or a TOML file", runServe},
		{"config", "", "print the configuration in force, secrets redacted", runConfig},
		{"migrate", "", "bring the database schema up to date", runMigrate},
		{"program", "add|list|get|set|validate|draft|schema …", "programs and their settings", runProgram},
		{"backtest", "-program SLUG -settings FILE [-days N] [-json]", "replay real sales under a draft of the settings, beside those in force", runBacktest},
		{"staff", "list|claim|dismiss …", "people who work in a program", runStaff},
		{"till", "add|list|revoke …", "keys of the tills that hand sales in over HTTP", runTill},
		{"jobs", "run [-as-of TIME] [-program SLUG]", "the daily run and the end of holds, now or as of another instant", runJobs},
		{"triggers", "[-as-of TIME] [-program SLUG]", "whom each trigger would reach on a day, and why not the others; writes nothing", runTriggers},
		{"verify", "[-program SLUG]", "recompute every balance from entries and lots; exit 1 on any difference", runVerify},
		{"doctor", "", "check the configuration, the database, Redis and the bots", runDoctor},
		{"backup", "FILE", "write a consistent copy of an embedded database", runBackup},
		{"bench", "[-start-postgres | -postgres URL] [-scenario PATTERN] [-json FILE] …", "measure postings and reads beside pgbench or bare transactions", runBench},
		{"health", "[-url URL]", "ask a running instance whether it is ready; for containers", runHealth},
		{"version", "", "print the version", runVersion},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, console{out: os.Stdout, err: os.Stderr, env: os.Getenv}, os.Args[1:]))
}

// run is main without the process around it.
func run(ctx context.Context, c console, args []string) int {
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		help(c.out)
		return exitOK
	}
	for _, cmd := range commands() {
		if cmd.name != args[0] {
			continue
		}
		err := cmd.run(ctx, c, args[1:])
		switch {
		case err == nil, errors.Is(err, flag.ErrHelp):
			return exitOK
		case errors.Is(err, errConfig):
			fmt.Fprintln(c.err, "kartka "+cmd.name+": "+strings.TrimRight(strings.TrimSuffix(err.Error(), errConfig.Error()), ": \n"))
			return exitConfig
		}
		fmt.Fprintln(c.err, "kartka "+cmd.name+":", err)
		return exitFailed
	}
	fmt.Fprintf(c.err, "kartka: no command %q; \"kartka help\" lists them\n", args[0])
	return exitConfig
}

func help(w io.Writer) {
	fmt.Fprintln(w, "Kartka is a loyalty service that lives in the messenger.\n\nUsage: kartka COMMAND [arguments]")
	fmt.Fprintln(w)
	for _, cmd := range commands() {
		fmt.Fprintf(w, "  %-9s %s\n", cmd.name, cmd.about)
	}
	fmt.Fprintln(w, "\nThe demo needs nothing: kartka demo")
}

// flags makes the flag set of a subcommand; errors are reported by the caller.
func flags(c console, name string) *flag.FlagSet {
	fs := flag.NewFlagSet("kartka "+name, flag.ContinueOnError)
	fs.SetOutput(c.err)
	return fs
}

// parse reads flags and refuses what is left over beyond the given number of arguments.
func parse(fs *flag.FlagSet, args []string, most int) error {
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return fmt.Errorf("%w: %w", err, errConfig)
	}
	if fs.NArg() > most {
		return fmt.Errorf("unexpected argument %q: %w", fs.Arg(most), errConfig)
	}
	return nil
}
