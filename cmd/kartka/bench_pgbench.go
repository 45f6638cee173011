package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The scripts of pgbench that are references.
const (
	tpcB       = "tpcb-like"
	selectOnly = "select-only"
)

// pgbench is PostgreSQL's own benchmark on a database of its own.
type pgbench struct {
	path     string
	database string   // its URL, without a password
	env      []string // with the password
	dir      string   // for its logs
	meter    meter
}

// newPgbench finds the program. The URL is one that pgx understands; what only pgx knows is taken out, and the password goes through the
// environment, where other users of the machine cannot read it.
func newPgbench(database, dir string) (*pgbench, error) {
	path, err := tool("pgbench", toolPlaces)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(database)
	if err != nil {
		return nil, errors.New("read URL of the reference's database") // it may hold a password
	}
	p := &pgbench{path: path, dir: dir, env: os.Environ()}
	query := u.Query()
	password := query.Get("password")
	for name := range query {
		if strings.HasPrefix(name, "pool_") || slices.Contains([]string{"password", "default_query_exec_mode", "statement_cache_capacity", "description_cache_capacity"}, name) {
			query.Del(name)
		}
	}
	u.RawQuery = query.Encode()
	if own, ok := u.User.Password(); ok {
		u.User, password = url.User(u.User.Username()), own
	}
	if password != "" {
		p.env = append(p.env, "PGPASSWORD="+password)
	}
	p.database = u.String()
	return p, nil
}

// fill makes its tables, 100,000 accounts for each unit of the scale.
func (p *pgbench) fill(ctx context.Context, scale int) error {
	cmd := p.command(ctx, "-i", "-q", "-s", strconv.Itoa(scale), p.database)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("fill the reference's database: %w", stopped(ctx, err, out))
	}
	return nil
}

func (p *pgbench) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, p.path, args...)
	cmd.Env, cmd.Dir = p.env, p.dir
	apart(cmd)
	return cmd
}

// stopped explains why a command ended.
func stopped(ctx context.Context, err error, said []byte) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("%w\n%s", err, bytes.TrimSpace(said[max(0, len(said)-2048):]))
}

// pgbenchLead is how long pgbench runs before it is looked at: connections are open and statements prepared by then. It says so with its
// first report, which comes after whole seconds.
const pgbenchLead = time.Second

// measure runs a script with so many clients for a time. Transactions, their times and the processor are looked at within one window in the
// middle of pgbench's run, so that opening connections, which is dear, does not count against it.
func (p *pgbench) measure(ctx context.Context, script string, clients int, length time.Duration) (m measured, err error) {
	dir, err := os.MkdirTemp(p.dir, "pgbench-")
	if err != nil {
		return m, fmt.Errorf("make directory for pgbench: %w", err)
	}
	defer os.RemoveAll(dir)
	runs := int(math.Ceil((pgbenchLead + length).Seconds())) + 1
	cmd := p.command(ctx, "-M", "prepared", "-b", script, "-c", strconv.Itoa(clients), "-j", strconv.Itoa(min(clients, processors())),
		"-T", strconv.Itoa(runs), "-P", strconv.Itoa(int(pgbenchLead.Seconds())), "-l", "--log-prefix", filepath.Join(dir, "log"), p.database)
	said, err := cmd.StderrPipe()
	if err != nil {
		return m, fmt.Errorf("open pipe to pgbench: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return m, fmt.Errorf("start pgbench: %w", err)
	}
	heard := listenTo(said)
	w, whole := p.watch(heard, cmd.Process.Pid, length)
	<-heard.ended
	if err := cmd.Wait(); err != nil {
		return m, fmt.Errorf("pgbench: %w", stopped(ctx, err, heard.text.Bytes()))
	}
	if !whole {
		return m, fmt.Errorf("pgbench ended before its time:\n%s", bytes.TrimSpace(heard.text.Bytes()))
	}
	var h histogram
	if err := readLogs(dir, w, &h); err != nil {
		return m, err
	}
	m.count(&h, w.to.Sub(w.from))
	m.charge(w.used)
	return m, nil
}

// window is a part of a run, and the processor time within it.
type window struct {
	from, to time.Time
	used     usage
}

// watch looks at pgbench from its first report on; whole is false when it ended before the time was over.
func (p *pgbench) watch(heard *hearing, pid int, length time.Duration) (w window, whole bool) {
	select {
	case <-heard.reported:
	case <-heard.ended:
		return w, false
	}
	before := p.meter.readOf(pid)
	w.from = time.Now()
	over := time.NewTimer(length)
	defer over.Stop()
	select {
	case <-over.C:
	case <-heard.ended:
		return w, false
	}
	w.to = time.Now()
	w.used = p.meter.readOf(pid).since(before)
	return w, true
}

// hearing is what pgbench says on its way.
type hearing struct {
	reported chan struct{} // closed by the first report
	ended    chan struct{} // closed when it says nothing more
	text     bytes.Buffer  // everything but reports, to be read when it has ended
}

func listenTo(said io.Reader) *hearing {
	h := &hearing{reported: make(chan struct{}), ended: make(chan struct{})}
	go func() {
		defer close(h.ended)
		reports := 0
		for lines := bufio.NewScanner(said); lines.Scan(); {
			if !bytes.HasPrefix(lines.Bytes(), []byte("progress: ")) {
				h.text.Write(append(lines.Bytes(), '\n'))
				continue
			}
			if reports++; reports == 1 {
				close(h.reported)
			}
		}
	}()
	return h
}

// readLogs counts the transactions that ended within the window: pgbench writes a file for each of its threads.
func readLogs(dir string, w window, into *histogram) error {
	files, err := filepath.Glob(filepath.Join(dir, "log.*"))
	if err != nil || len(files) == 0 {
		return errors.Join(errors.New("pgbench has written no log"), err)
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return fmt.Errorf("read log of pgbench: %w", err)
		}
		err = readLog(f, w, into)
		f.Close()
		if err != nil {
			return fmt.Errorf("read log of pgbench: %w", err)
		}
	}
	return nil
}

// readLog reads one of them. A line is: client, number of the transaction, microseconds or "failed", script, and when it ended in seconds
// and microseconds of the Unix epoch (pgbench, "Per-Transaction Logging").
func readLog(r io.Reader, w window, into *histogram) error {
	from, to := w.from.UnixMicro(), w.to.UnixMicro()
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 6 {
			return fmt.Errorf("line %q has too few fields", lines.Text())
		}
		seconds, err1 := strconv.ParseInt(fields[4], 10, 64)
		micros, err2 := strconv.ParseInt(fields[5], 10, 64)
		if err := errors.Join(err1, err2); err != nil {
			return fmt.Errorf("line %q: %w", lines.Text(), err)
		}
		if ended := seconds*1e6 + micros; ended < from || ended >= to || fields[2] == "failed" {
			continue
		}
		took, err := strconv.ParseInt(fields[2], 10, 64)
		if err != nil {
			return fmt.Errorf("line %q: %w", lines.Text(), err)
		}
		into.add(time.Duration(took) * time.Microsecond)
	}
	return lines.Err()
}
