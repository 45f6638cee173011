package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// cluster is a PostgreSQL server of our own on loopback, which ends with this process. It is as durable as one in production.
type cluster struct {
	dir     string
	port    int
	process *os.Process
	ended   chan struct{}
	guard   *exec.Cmd
	leash   io.Closer // the guard waits for this pipe to close
}

// startCluster makes and starts a server with everything it writes in a new directory under dir ("": the system's for temporary files), and
// returns when it answers. When it fails, or ctx ends before, nothing is left.
func startCluster(ctx context.Context, dir string) (*cluster, error) {
	initdb, err := tool("initdb", toolPlaces)
	if err != nil {
		return nil, err
	}
	postgres, err := tool("postgres", toolPlaces)
	if err != nil {
		return nil, err
	}
	runAs, err := lesserUser()
	if err != nil {
		return nil, err
	}
	c := &cluster{}
	if err := c.create(ctx, dir, initdb, runAs); err != nil {
		c.stop()
		return nil, err
	}
	if err := c.start(ctx, postgres, runAs); err != nil {
		c.stop()
		return nil, err
	}
	return c, nil
}

// create makes the directory with the server's files.
func (c *cluster) create(ctx context.Context, dir, initdb string, runAs *lesser) (err error) {
	if c.dir, err = os.MkdirTemp(dir, "kartka-bench-postgres-"); err != nil {
		return fmt.Errorf("make directory for PostgreSQL: %w: %w", err, errConfig)
	}
	if err := c.setGuard(); err != nil {
		return err
	}
	if err := runAs.own(c.dir); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, initdb, "--pgdata", c.data(), "--username", "kartka", "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8")
	cmd.Dir = c.dir
	apart(cmd)
	runAs.as(cmd)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make PostgreSQL cluster: %w", stopped(ctx, err, out))
	}
	c.port, err = freeLoopbackPort()
	return err
}

func (c *cluster) data() string { return filepath.Join(c.dir, "data") }

func (c *cluster) log() string { return filepath.Join(c.dir, "server.log") }

// url is the server's first database, as a superuser.
func (c *cluster) url() string {
	return fmt.Sprintf("postgres://kartka@127.0.0.1:%d/postgres?sslmode=disable", c.port)
}

// clusterSettings are those that a careful operator would make on a machine of its own, and full durability, which is PostgreSQL's default
// and written down here so that nothing can change it unseen.
func clusterSettings(memory int64) map[string]string {
	settings := map[string]string{
		"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on",
		"max_wal_size": "16GB", "max_connections": strconv.Itoa(connectionsFor(slices.Max(benchInFlight), mostBenchSizes) + 10), "listen_addresses": "127.0.0.1", "unix_socket_directories": "",
	}
	if memory > 0 {
		settings["shared_buffers"] = fmt.Sprintf("%dMB", max(memory/4>>20, 128))
	}
	return settings
}

// start runs the server and waits until it answers.
func (c *cluster) start(ctx context.Context, postgres string, runAs *lesser) error {
	args := []string{"-D", c.data(), "-p", strconv.Itoa(c.port)}
	memory, _ := machineMemory() // unknown: PostgreSQL's own default
	for name, value := range clusterSettings(memory) {
		args = append(args, "-c", name+"="+value)
	}
	log, err := os.OpenFile(c.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open log of PostgreSQL: %w", err)
	}
	defer log.Close()
	cmd := exec.Command(postgres, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.dir, log, log
	apart(cmd)
	runAs.as(cmd)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	ended := make(chan struct{})
	c.process, c.ended = cmd.Process, ended
	go func() {
		_ = cmd.Wait() // one that is ended reports an error; its log says more
		close(ended)
	}()
	return c.wait(ctx)
}

// wait returns when the server answers.
func (c *cluster) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, c.url())
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-c.ended:
			return fmt.Errorf("PostgreSQL ended while it started; its log:\n%s", lastOf(c.log()))
		case <-ctx.Done():
			return fmt.Errorf("wait for PostgreSQL: %w; its log:\n%s", errors.Join(ctx.Err(), err), lastOf(c.log()))
		case <-tick.C:
		}
	}
}

// setGuard starts a shell that reads from a pipe of ours. The pipe ends with this process, however that ends; the shell then ends the
// server and removes its directory.
func (c *cluster) setGuard() error {
	const script = `cat >/dev/null
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
if [ -n "$pid" ]; then
	kill -QUIT "$pid" 2>/dev/null
	tries=50
	while [ $tries -gt 0 ] && kill -0 "$pid" 2>/dev/null; do
		sleep 0.1
		tries=$((tries - 1))
	done
	kill -KILL "$pid" 2>/dev/null
fi
rm -rf "$1"
`
	c.guard = exec.Command("/bin/sh", "-c", script, "kartka-bench-guard", c.dir)
	apart(c.guard)
	leash, err := c.guard.StdinPipe()
	if err != nil {
		return fmt.Errorf("open pipe to the server's guard: %w", err)
	}
	if err := c.guard.Start(); err != nil {
		return fmt.Errorf("start the server's guard: %w", err)
	}
	c.leash = leash
	return nil
}

// stop ends the server and removes everything of it.
func (c *cluster) stop() {
	if c.process != nil {
		_ = endNow(c.process) // fails only when it has ended already
		select {
		case <-c.ended:
		case <-time.After(30 * time.Second):
			_ = c.process.Kill()
			<-c.ended
		}
	}
	if c.dir != "" {
		os.RemoveAll(c.dir)
	}
	if c.leash != nil {
		c.leash.Close()
		_ = c.guard.Wait() // it has nothing left to do, and fails at that
	}
}

// freeLoopbackPort returns a port that was free a moment ago.
func freeLoopbackPort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// lastOf returns the end of a log, for messages.
func lastOf(path string) []byte {
	raw, err := os.ReadFile(path)
	if err != nil {
		return []byte(err.Error())
	}
	return bytes.TrimSpace(raw[max(0, len(raw)-4096):])
}
