package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"kartka/bots"
	"kartka/engine"
	"kartka/engine/rules"
)

// What a bench is made of.
const (
	benchMembers = 1000
	benchRounds  = 5
)

// benchInFlight is how many sales are under way at once, in turn.
var benchInFlight = []int{1, 16, 64}

// runBench measures the database under sales: on a temporary file, or on a database of the operator's.
func runBench(ctx context.Context, c console, args []string) error {
	fs := flags(c, "bench")
	sales := fs.Int("sales", 1000, "how many sales are posted in each `round`")
	mine := fs.Bool("use-database", false, "run on KARTKA_DATABASE, which keeps what is written: use one that you throw away")
	if err := parse(fs, args, 0); err != nil {
		return err
	}
	if *sales < 1 {
		return fmt.Errorf("-sales must be at least 1: %w", errConfig)
	}
	env := c.env
	if !*mine {
		dir, err := os.MkdirTemp("", "kartka-bench-")
		if err != nil {
			return fmt.Errorf("make directory: %w", err)
		}
		defer os.RemoveAll(dir)
		env = func(name string) string {
			if name == envPrefix+"DATABASE" {
				return "sqlite:" + filepath.Join(dir, "kartka.db")
			}
			return ""
		}
	}
	cfg, err := loadConfig(env)
	if err != nil {
		return err
	}
	cfg.LogLevel = "warn"
	a, err := openApp(ctx, c, cfg, true)
	if err != nil {
		return err
	}
	defer a.close()
	b := &bench{app: a, sales: *sales}
	if err := b.open(ctx); err != nil {
		return err
	}
	bar := progress(c, "bench")
	rows, err := b.measure(ctx, func() { _ = bar.Add(1) })
	_ = bar.Finish()
	if err != nil {
		return err
	}
	return b.print(c.out, rows)
}

// bench is a shop whose guests do nothing but buy.
type bench struct {
	app     *app
	sales   int
	program engine.Program
	members []engine.Member
	next    atomic.Int64 // whose turn it is
}

// open makes a program with guests who can be written to, so that a sale does all it does in a shop: sale, entries, lot, receipt.
func (b *bench) open(ctx context.Context) error {
	settings, err := draftSettings("Bench", "UAH", "Europe/Kyiv")
	if err != nil {
		return err
	}
	settings.Earn.MinCheck, settings.Welcome = 0, rules.Welcome{}
	sender := b.app.engine.NewID()
	if b.program, err = b.app.engine.CreateProgram(ctx, "bench-"+sender[len(sender)-8:], settings, engine.ProgramActive); err != nil {
		return fmt.Errorf("make program: %w", err)
	}
	bot := engine.Bot{ProgramID: b.program.ID, Channel: string(bots.Telegram), Sender: sender, Username: "bench_bot", Token: randomSecret(), Secret: randomSecret()}
	if err := b.app.engine.AttachBot(ctx, bot); err != nil {
		return fmt.Errorf("connect bot: %w", err)
	}
	return b.app.store.InTx(ctx, func(tx engine.Tx) error {
		e := engine.New(engine.Config{Store: inPast{tx}, Codes: codes{b.app.shared}})
		b.members = b.members[:0]
		for n := range benchMembers {
			met, err := e.Meet(ctx, b.program, bot, engine.Contact{Name: "Guest", Address: engine.Address{Channel: bot.Channel, Sender: sender, UserID: fmt.Sprint(n)}})
			if err != nil {
				return fmt.Errorf("meet guest: %w", err)
			}
			joined, err := e.Join(ctx, engine.JoinInput{ProgramID: b.program.ID, ContactID: met.Contact.ID, Name: "Guest", Language: "en",
				Channel: bot.Channel, Text: "join-v1", Quiet: true})
			if err != nil {
				return fmt.Errorf("join: %w", err)
			}
			b.members = append(b.members, joined.Member)
		}
		return nil
	})
}

// benchRow is what was measured with so many in flight: a value for each round.
type benchRow struct {
	inFlight   int
	sale, bare []pace
}

// pace is one round: how many a second, and how long one took.
type pace struct {
	rate     float64
	p50, p99 time.Duration
}

// measure runs the rounds. Sales and bare transactions take turns, so that whatever else the machine does weighs on both alike.
func (b *bench) measure(ctx context.Context, done func()) ([]benchRow, error) {
	var rows []benchRow
	for _, inFlight := range benchInFlight {
		row := benchRow{inFlight: inFlight}
		for range benchRounds {
			bare, err := b.round(ctx, inFlight, b.touch)
			if err != nil {
				return nil, fmt.Errorf("bare transactions: %w", err)
			}
			done()
			sale, err := b.round(ctx, inFlight, b.sell)
			if err != nil {
				return nil, fmt.Errorf("sales: %w", err)
			}
			done()
			row.bare, row.sale = append(row.bare, bare), append(row.sale, sale)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// round does something as often as there are sales in a round, so many at a time.
func (b *bench) round(ctx context.Context, inFlight int, do func(context.Context) error) (pace, error) {
	took := make([]time.Duration, b.sales)
	failed := make([]error, inFlight)
	var next atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for worker := range inFlight {
		all.Go(func() {
			for failed[worker] == nil {
				n := int(next.Add(1)) - 1
				if n >= b.sales {
					return
				}
				from := time.Now()
				failed[worker] = do(ctx)
				took[n] = time.Since(from)
			}
		})
	}
	all.Wait()
	elapsed := time.Since(began)
	slices.Sort(took)
	at := func(percent int) time.Duration { return took[(len(took)-1)*percent/100] }
	return pace{rate: float64(b.sales) / elapsed.Seconds(), p50: at(50), p99: at(99)}, errors.Join(failed...)
}

// sell posts a sale of the next guest.
func (b *bench) sell(ctx context.Context) error {
	m := b.members[b.next.Add(1)%benchMembers]
	_, err := b.app.engine.Post(ctx, engine.PostInput{Key: b.app.engine.NewID(), Sale: engine.SaleInput{ProgramID: b.program.ID, MemberID: m.ID, Sum: 25000, Source: "bench"}})
	return err
}

// touch writes one small row in a transaction of its own: the least that any durable change costs on this database.
func (b *bench) touch(ctx context.Context) error {
	n := b.next.Add(1)
	return b.app.store.SetMark(ctx, fmt.Sprintf("bench:%s:%d", b.program.ID, n%benchMembers), fmt.Sprint(n))
}

// print writes the table: medians of the rounds, and of what a sale costs in bare transactions also the spread.
func (b *bench) print(w io.Writer, rows []benchRow) error {
	fmt.Fprintf(w, "%s: %d rounds of %d sales of %d guests, each beside as many bare one-row transactions; medians\n\n",
		b.app.store.Dialect(), benchRounds, b.sales, benchMembers)
	table := tabwriter.NewWriter(w, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "in flight\tsales/s\tp50\tp99\tbare/s\tp50\tp99\tbare/s : sales/s\t")
	for _, r := range rows {
		ratio := make([]float64, len(r.sale))
		for i := range ratio {
			ratio[i] = r.bare[i].rate / r.sale[i].rate
		}
		slices.Sort(ratio)
		sale, bare := middle(r.sale), middle(r.bare)
		fmt.Fprintf(table, "%d\t%.0f\t%s\t%s\t%.0f\t%s\t%s\t%.1f [%.1f–%.1f]\t\n", r.inFlight, sale.rate, short(sale.p50), short(sale.p99),
			bare.rate, short(bare.p50), short(bare.p99), ratio[len(ratio)/2], ratio[0], ratio[len(ratio)-1])
	}
	return table.Flush()
}

// middle is the median of each value of the rounds.
func middle(rounds []pace) pace {
	var rate []float64
	var p50, p99 []time.Duration
	for _, r := range rounds {
		rate, p50, p99 = append(rate, r.rate), append(p50, r.p50), append(p99, r.p99)
	}
	return pace{rate: median(rate), p50: median(p50), p99: median(p99)}
}

func median[T float64 | time.Duration](values []T) T {
	slices.Sort(values)
	return values[len(values)/2]
}

// short is a duration to two or three digits.
func short(d time.Duration) string {
	if d < time.Millisecond {
		return d.Round(time.Microsecond).String()
	}
	return d.Round(10 * time.Microsecond).String()
}
