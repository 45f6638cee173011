package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"kartka/storage/sqldb"
)

// What a bench is made of, unless it is told otherwise.
const (
	benchRounds          = 5
	benchSeconds         = 5.0
	benchScale           = 100 // of pgbench: ten million accounts
	benchMembersPostgres = 100_000
	benchMembersSQLite   = 20_000
	fewestBenchMembers   = 50
	mostBenchSizes       = 5
)

// benchSizeScenarios is what shops of several sizes are compared by, unless -scenario says otherwise.
var benchSizeScenarios = regexp.MustCompile(`^(post/(uniform|uniform/spend|hot)|balance/member|home)@`)

// benchInFlight is how many postings are under way at once, bout by bout.
var benchInFlight = []int{1, 16, 64, 256}

// benchOptions is what the command line says.
type benchOptions struct {
	postgres      string
	startPostgres bool
	sqlite        bool
	dir           string
	members       []int // from few to many
	scale         int
	rounds        int
	seconds       float64
	seed          uint64
	only          *regexp.Regexp // nil: everything
	json          string
	quick         bool
	guests        int // of a broadcast, 0 as many as suit its pace
}

// length is how long one measurement takes.
func (o *benchOptions) length() time.Duration { return time.Duration(o.seconds * float64(time.Second)) }

// dialect is the database that the product is measured on.
func (o *benchOptions) dialect() sqldb.Dialect {
	if !o.sqlite && o.hasServer() {
		return sqldb.Postgres
	}
	return sqldb.SQLite
}

func (o *benchOptions) hasServer() bool { return o.startPostgres || o.postgres != "" }

// warmUps is how many rounds come first and do not count.
func (o *benchOptions) warmUps() int {
	if o.quick {
		return 0
	}
	return 1
}

// benchFlags reads the command line.
func benchFlags(c console, args []string) (o benchOptions, err error) {
	fs := flags(c, "bench")
	fs.StringVar(&o.postgres, "postgres", "", "measure on the PostgreSQL server at this `URL`, in databases kartka_bench_… that are made and dropped again")
	fs.BoolVar(&o.startPostgres, "start-postgres", false, "measure on a PostgreSQL server that is started for it, with full durability, and removed again")
	fs.BoolVar(&o.sqlite, "sqlite", false, "measure the embedded database although there is a server: pgbench on that server is then what it is compared with")
	fs.StringVar(&o.dir, "dir", "", "the `directory` in which temporary databases are made, on the disk that is to be measured")
	fs.Func("members", fmt.Sprintf("how many members there are; a `list` such as 10000,100000,1000000 compares shops of these sizes; default %d on PostgreSQL, %d on SQLite",
		benchMembersPostgres, benchMembersSQLite), o.readMembers)
	fs.IntVar(&o.scale, "scale", benchScale, "of pgbench's tables: 100,000 accounts for each")
	fs.IntVar(&o.rounds, "rounds", benchRounds, "how often each scenario is measured, in turn with what it is compared with; one more, before, is not counted")
	fs.Float64Var(&o.seconds, "seconds", benchSeconds, "how long each measurement takes")
	fs.Uint64Var(&o.seed, "seed", 1, "of chance: which members buy, for how much, and who spends")
	only := fs.String("scenario", "", "measure only scenarios whose name, such as post/uniform@64, matches this `pattern`, with what they are compared with")
	fs.StringVar(&o.json, "json", "", "write every measurement as a line of JSON to this `file`; - is standard output, and the table then goes to standard error")
	fs.IntVar(&o.guests, "broadcast-guests", 0, fmt.Sprintf("how many guests there are for broadcasts and triggers; default %d at the free pace, %d at the paid one", broadcastPaces[0].guests, broadcastPaces[1].guests))
	fs.BoolVar(&o.quick, "quick", false, "see in a few seconds whether everything works; the numbers mean nothing")
	if err := parse(fs, args, 0); err != nil {
		return o, err
	}
	o.presets(fs)
	if *only != "" {
		if o.only, err = regexp.Compile(*only); err != nil {
			return o, fmt.Errorf("-scenario is no regular expression: %w: %w", err, errConfig)
		}
	}
	if *only == "" && len(o.members) > 1 {
		o.only = benchSizeScenarios
	}
	if o.dir != "" { // servers run in directories of their own
		if o.dir, err = filepath.Abs(o.dir); err != nil {
			return o, fmt.Errorf("-dir: %w: %w", err, errConfig)
		}
	}
	return o, o.check()
}

// readMembers reads the list of sizes.
func (o *benchOptions) readMembers(list string) error {
	o.members = nil // the last one said counts
	for text := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil {
			return fmt.Errorf("%q is no number of members", text)
		}
		o.members = append(o.members, n)
	}
	slices.Sort(o.members)
	o.members = slices.Compact(o.members)
	return nil
}

// presets fills in what was not said.
func (o *benchOptions) presets(fs *flag.FlagSet) {
	said := map[string]bool{}
	fs.Visit(func(f *flag.Flag) { said[f.Name] = true })
	if !said["members"] {
		o.members = []int{benchMembersSQLite}
		if o.dialect() == sqldb.Postgres {
			o.members = []int{benchMembersPostgres}
		}
	}
	if !o.quick {
		return
	}
	if !said["members"] {
		o.members = []int{4 * fewestBenchMembers}
	}
	if !said["scale"] {
		o.scale = 1
	}
	if !said["rounds"] {
		o.rounds = 1
	}
	if !said["seconds"] {
		o.seconds = 0.1
	}
}

func (o *benchOptions) check() error {
	switch {
	case o.postgres != "" && o.startPostgres:
		return fmt.Errorf("use -postgres or -start-postgres, not both: %w", errConfig)
	case o.sqlite && !o.hasServer():
		return fmt.Errorf("-sqlite chooses between two databases, but there is no server; leave it out, or add -start-postgres to compare with pgbench: %w", errConfig)
	case o.members[0] < fewestBenchMembers:
		return fmt.Errorf("-members must be at least %d: %w", fewestBenchMembers, errConfig)
	case len(o.members) > mostBenchSizes:
		return fmt.Errorf("-members must be %d sizes at most: %w", mostBenchSizes, errConfig)
	case o.scale < 1 || o.rounds < 1:
		return fmt.Errorf("-scale and -rounds must be at least 1: %w", errConfig)
	case o.guests < 0 || o.guests > mostBroadcastGuests:
		return fmt.Errorf("-broadcast-guests must be %d at most: %w", mostBroadcastGuests, errConfig)
	case o.seconds < 0.01 || o.seconds > 3600:
		return fmt.Errorf("-seconds must be between 0.01 and 3600: %w", errConfig)
	}
	return nil
}

// runBench measures postings and reads on a database of its own, beside what they are compared with.
func runBench(ctx context.Context, c console, args []string) (err error) {
	o, err := benchFlags(c, args)
	if err != nil {
		return err
	}
	tuneCollector(c.env) // as serve does
	lines, table, err := benchOutputs(c, o.json)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lines.Close()) }()
	h, err := openBench(ctx, c, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close(ctx)) }()
	for _, b := range h.sizes {
		if err := writeLine(lines, b.about); err != nil {
			return err
		}
	}
	rounds, err := h.run(ctx, lines)
	if err != nil {
		return err
	}
	if len(h.sizes) > 1 {
		err = printSizes(table, h.abouts(), rounds)
	} else {
		err = conclude(lines, table, h.sizes[0], rounds)
	}
	if err != nil {
		return err
	}
	return failures(rounds)
}

// conclude writes what the rounds on one shop come to.
func conclude(lines, table io.Writer, b *bench, rounds []measured) error {
	verdicts := judge(b.dialect, rounds)
	for _, v := range verdicts {
		if err := writeLine(lines, v); err != nil {
			return err
		}
	}
	return printBench(table, b.about, rounds, verdicts)
}

// judge compares what the bench measured on a database with the targets for it.
func judge(dialect sqldb.Dialect, rounds []measured) (all []verdict) {
	for _, t := range benchTargets {
		if t.database == dialect {
			all = append(all, t.judge(rounds))
		}
	}
	return all
}

// failures is an error when something that was measured did not work: its numbers are those of something else.
func failures(rounds []measured) error {
	var failed uint64
	first := ""
	for _, m := range rounds {
		if failed += m.Errors; first == "" && m.Errors > 0 {
			first = m.key() + ": " + m.FirstError
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d operations failed, the first of them in %s", failed, first)
	}
	return nil
}

// benchOutputs says where the JSON lines go, and where the table.
func benchOutputs(c console, path string) (lines io.WriteCloser, table io.Writer, err error) {
	switch path {
	case "":
		return keepOpen{io.Discard}, c.out, nil
	case "-":
		return keepOpen{c.out}, c.err, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, nil, fmt.Errorf("-json: %w: %w", err, errConfig)
	}
	return f, c.out, nil
}

// keepOpen is a writer that is not ours to close.
type keepOpen struct{ io.Writer }

func (keepOpen) Close() error { return nil }
