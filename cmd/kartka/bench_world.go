package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"kartka/bots"
	"kartka/engine"
	"kartka/storage"
	"kartka/storage/sqldb"
)

// benchHost is what all shops of a run share: the server, and what it is compared with.
type benchHost struct {
	options  benchOptions
	console  console
	dialect  sqldb.Dialect
	inFlight []int
	dir      string
	cluster  *cluster  // nil unless started for the bench
	server   *dbServer // nil without one
	ref      *pgbench  // nil without a server
	meter    meter     // of the processes that serve the product
	sizes    []*bench  // from few members to many
}

// bench is a shop of some size, in a database of its own, whose guests do nothing but buy and look.
type bench struct {
	*benchHost
	members int
	name    string // of the product's database on the server
	post    *messenger
	app     *app
	// serial posts every sale in a transaction of its own.
	serial  *engine.Engine
	program engine.Program
	bot     engine.Bot
	place   engine.Location
	tillKey engine.Secret
	past    benchPast
	hot     atomic.Int64 // how many accounts have been the hot one
	about   benchAbout
}

// benchAbout is what was measured on what: the first lines of the JSON output, one for each size.
type benchAbout struct {
	Kind       string `json:"kind"` // "run"
	Version    string `json:"version"`
	Go         string `json:"go"`
	Database   string `json:"database"`
	Reference  string `json:"reference,omitempty"`
	Processors int    `json:"processors"`
	Memory     int64  `json:"memory_bytes,omitempty"`
	Members    int    `json:"members"`
	Bytes      int64  `json:"database_bytes"` // after loading
	// LoadSeconds is how long making and loading the members took.
	LoadSeconds float64  `json:"load_seconds"`
	Rounds      int      `json:"rounds"`
	WarmUps     int      `json:"warm_up_rounds"`
	Seconds     float64  `json:"seconds"`
	Seed        uint64   `json:"seed"`
	Notes       []string `json:"notes,omitempty"`
}

// openBench makes the databases and loads them. When it fails nothing is left.
func openBench(ctx context.Context, c console, o benchOptions) (h *benchHost, err error) {
	h = &benchHost{options: o, console: c, dialect: o.dialect(), inFlight: benchInFlight}
	if o.quick {
		h.inFlight = benchInFlight[:2]
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close(ctx))
		}
	}()
	if h.dir, err = os.MkdirTemp(o.dir, "kartka-bench-"); err != nil {
		return h, fmt.Errorf("make directory for the bench: %w: %w", err, errConfig)
	}
	if o.hasServer() {
		if err := h.openServer(ctx); err != nil {
			return h, err
		}
	}
	for _, members := range o.members {
		b := &bench{benchHost: h, members: members}
		h.sizes = append(h.sizes, b)
		if err := b.open(ctx); err != nil {
			return h, err
		}
	}
	return h, nil
}

// open makes the shop and loads it.
func (b *bench) open(ctx context.Context) error {
	if b.dialect == sqldb.Postgres {
		b.name = benchDatabase()
		if err := b.server.create(ctx, b.name); err != nil {
			return err
		}
	}
	if err := b.openApp(ctx); err != nil {
		return err
	}
	if err := b.openShop(ctx); err != nil {
		return err
	}
	return b.describe(ctx)
}

// openServer starts or finds the server, and fills the database of the reference.
func (h *benchHost) openServer(ctx context.Context) (err error) {
	url := h.options.postgres
	if h.options.startPostgres {
		if h.cluster, err = startCluster(ctx, h.options.dir); err != nil {
			return err
		}
		url = h.cluster.url()
	}
	if h.server, err = openServer(ctx, url, connectionsFor(slices.Max(h.inFlight), len(h.options.members)+1)); err != nil {
		return err
	}
	reference := benchDatabase() + "_ref"
	if err := h.server.create(ctx, reference); err != nil {
		return err
	}
	if h.ref, err = newPgbench(h.server.url(reference), h.dir); err != nil {
		return err
	}
	if h.ref.meter, err = h.server.meter(ctx, reference); err != nil {
		return err
	}
	fmt.Fprintf(h.console.err, "filling pgbench's tables at scale %d\n", h.options.scale)
	if err := h.ref.fill(ctx, h.options.scale); err != nil {
		return err
	}
	if h.dialect == sqldb.Postgres {
		h.meter = h.ref.meter
	}
	return nil
}

// database is the URL of the product's database.
func (b *bench) database() string {
	if b.dialect == sqldb.Postgres {
		return b.server.url(b.name)
	}
	return "sqlite:" + b.file()
}

func (b *bench) file() string { return filepath.Join(b.dir, fmt.Sprintf("kartka-%d.db", b.members)) }

// openApp opens the product on its database, with a messenger of ours.
func (b *bench) openApp(ctx context.Context) (err error) {
	if b.post, err = startMessenger(); err != nil {
		return err
	}
	key := filepath.Join(b.dir, "bench.key")
	if _, err := storage.LoadOrCreateKeyFile(key); err != nil {
		return fmt.Errorf("make key: %w", err)
	}
	settings := map[string]string{"DATABASE": b.database(), "KEY_PATH": key, "LOG_LEVEL": "error", "TELEGRAM_API": b.post.url(), "PUBLIC_URL": "https://bench.example"}
	cfg, err := loadConfig(func(name string) string { return settings[strings.TrimPrefix(name, envPrefix)] })
	if err != nil {
		return err
	}
	if b.app, err = openApp(ctx, b.console, cfg, true); err != nil {
		return err
	}
	b.serial = engine.New(engine.Config{Store: b.app.store, Codes: codes{b.app.shared}, Serial: true})
	return nil
}

// openShop makes a program with guests who can be written to, so that a sale does all it does in a shop.
func (b *bench) openShop(ctx context.Context) error {
	settings, err := draftSettings("Bench", "UAH", "Europe/Kyiv")
	if err != nil {
		return err
	}
	settings.Earn.MinCheck, settings.Lots.Days = 0, historyLots
	if b.program, err = b.app.engine.CreateProgram(ctx, "bench", settings, engine.ProgramActive); err != nil {
		return fmt.Errorf("make program: %w", err)
	}
	b.bot = engine.Bot{ProgramID: b.program.ID, Channel: string(bots.Telegram), Sender: messengerBot, Username: "bench_bot", Token: messengerToken(), Secret: randomSecret()}
	if err := b.app.engine.AttachBot(ctx, b.bot); err != nil {
		return fmt.Errorf("connect bot: %w", err)
	}
	if b.place, err = b.app.engine.AddLocation(ctx, b.program.ID, "", "Counter", ""); err != nil {
		return fmt.Errorf("add location: %w", err)
	}
	if err := b.openTill(ctx); err != nil {
		return err
	}
	b.past = benchPast{seed: b.options.seed, end: b.app.engine.Now(), program: b.program, bot: b.bot, place: b.place}
	return b.load(ctx)
}

// abouts says of each size what is measured on what.
func (h *benchHost) abouts() (all []benchAbout) {
	for _, b := range h.sizes {
		all = append(all, b.about)
	}
	return all
}

// describe says what is measured on what.
func (b *bench) describe(ctx context.Context) (err error) {
	o := b.options
	memory, _ := machineMemory()
	b.about = benchAbout{LoadSeconds: b.about.LoadSeconds, Kind: "run", Version: orDefault(version, "development"), Go: runtime.Version(), Database: "SQLite", Processors: processors(), Memory: memory,
		Members: b.members, Rounds: o.rounds, WarmUps: o.warmUps(), Seconds: o.seconds, Seed: o.seed}
	note := func(text string) { b.about.Notes = append(b.about.Notes, text) }
	if b.server != nil {
		b.about.Reference = fmt.Sprintf("pgbench at scale %d on PostgreSQL %s", o.scale, b.server.version)
	}
	if b.dialect == sqldb.Postgres {
		b.about.Database = "PostgreSQL " + b.server.version
		b.about.Bytes, err = b.server.size(ctx, b.name)
	} else {
		b.about.Bytes, err = fileSize(b.file(), b.file()+"-wal")
		if b.server == nil {
			note("the targets on PostgreSQL and those against TPC-B need a server: -start-postgres or -postgres")
		}
	}
	if err != nil {
		return err
	}
	if b.server != nil && b.ref.meter.hidden {
		note("the server's processes cannot be seen from here: its processor time is left out")
	}
	if (b.dialect == sqldb.SQLite || b.cluster != nil) && inMemory(b.dir) {
		note("the databases are in a file system in memory, where nothing is durable: -dir puts them onto a disk")
	}
	if o.quick {
		note("this was a quick run: its numbers mean nothing")
	}
	return nil
}

// fileSize adds files up; what is not there is empty.
func fileSize(paths ...string) (bytes int64, err error) {
	for _, path := range paths {
		info, err := os.Stat(path)
		if missing(err) {
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("ask how large the database is: %w", err)
		}
		bytes += info.Size()
	}
	return bytes, nil
}

// close removes everything that was made.
func (h *benchHost) close(ctx context.Context) error {
	var failed []error
	for _, b := range h.sizes {
		if b.app != nil {
			b.app.close()
		}
		if b.post != nil {
			failed = append(failed, b.post.close())
		}
	}
	if h.cluster != nil { // its databases go with it
		h.cluster.stop()
	} else if h.server != nil {
		failed = append(failed, h.server.drop(ctx))
	}
	if h.dir != "" {
		failed = append(failed, os.RemoveAll(h.dir))
	}
	return errors.Join(failed...)
}
