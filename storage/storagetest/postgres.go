package storagetest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// PostgresOptions says how a server of one's own is run.
type PostgresOptions struct {
	// Durable leaves fsync, synchronous_commit and full_page_writes on, as in production. Without it the server
	// loses the last moments in a crash, also of its own processes alone.
	Durable bool
	// Settings are further server settings, such as {"max_connections": "200"}.
	Settings map[string]string
}

// Server is a PostgreSQL server that can be crashed and started again. Its methods are not safe for concurrent use.
type Server struct {
	t    testing.TB
	opts PostgresOptions
	proc *process
	port int
}

// sharedPostgres is the server of this test process. It is the one piece of package state: tests of a package run in
// one process and share it, and the watchdog ends it with the process. It keeps the server itself, not its URL only:
// were the server to become garbage, the watchdog's pipe would be closed with it.
var sharedPostgres = sync.OnceValues(func() (*Server, error) { return startPostgres(PostgresOptions{}) })

// Postgres returns the URL of a fresh, empty database, which is dropped when the test ends.
func Postgres(t testing.TB) string {
	t.Helper()
	base := os.Getenv(EnvPostgres)
	if base == "" {
		needServer(t)
		s, err := sharedPostgres()
		if err != nil {
			t.Fatalf("throw-away PostgreSQL: %v", err)
		}
		base = s.URL()
	}
	name := "kartka_test_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	if err := onPostgres(base, "CREATE DATABASE "+name); err != nil {
		t.Fatalf("create test database: %v", err)
	}
	t.Cleanup(func() {
		if err := onPostgres(base, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop test database: %v", err)
		}
	})
	u, err := url.Parse(base)
	if err != nil {
		t.Fatalf("parse server URL: %v", err)
	}
	u.Path = "/" + name
	return u.String()
}

// StartPostgres starts a server for this test alone, stopped and removed when the test ends. It ignores
// [EnvPostgres], so that the test may crash it.
func StartPostgres(t testing.TB, opts PostgresOptions) *Server {
	t.Helper()
	needServer(t)
	s, err := startPostgres(opts)
	if err != nil {
		t.Fatalf("throw-away PostgreSQL: %v", err)
	}
	s.t = t
	t.Cleanup(s.proc.close)
	return s
}

// URL returns the URL of the database "postgres" on the server, as a superuser. It stays the same over Crash and Start.
func (s *Server) URL() string {
	return fmt.Sprintf("postgres://kartka@127.0.0.1:%d/postgres?sslmode=disable", s.port)
}

// Crash ends the server at once, as `pg_ctl stop -m immediate` does: without a checkpoint, cutting every connection.
// The next start recovers from the write-ahead log.
func (s *Server) Crash() {
	s.t.Helper()
	s.proc.signal(syscall.SIGQUIT)
}

// Stop shuts the server down cleanly, rolling back what is open.
func (s *Server) Stop() {
	s.t.Helper()
	s.proc.signal(syscall.SIGINT)
}

// Start starts the server after Crash or Stop, on the same port and data, and returns when it answers.
func (s *Server) Start() {
	s.t.Helper()
	if s.proc.cmd != nil {
		return
	}
	if err := s.start(); err != nil {
		s.t.Fatalf("start PostgreSQL again: %v", err)
	}
}

func startPostgres(opts PostgresOptions) (*Server, error) {
	initdb, err := postgresBinary("initdb")
	if err != nil {
		return nil, err
	}
	cred, err := serverUser()
	if err != nil {
		return nil, err
	}
	p, err := newProcess("postgres", "data/postmaster.pid")
	if err != nil {
		return nil, err
	}
	s := &Server{opts: opts, proc: p}
	if err := s.init(initdb, cred); err != nil {
		p.close()
		return nil, err
	}
	if err := s.start(); err != nil {
		p.close()
		return nil, err
	}
	return s, nil
}

func (s *Server) init(initdb string, cred *syscall.Credential) error {
	if cred != nil {
		if err := os.Chown(s.proc.dir, int(cred.Uid), int(cred.Gid)); err != nil {
			return fmt.Errorf("give directory to the server's user: %w", err)
		}
	}
	// C.UTF-8 rather than the machine's locale: the same order and the same lower() everywhere.
	cmd := exec.Command(initdb, "--pgdata", filepath.Join(s.proc.dir, "data"), "--username", "kartka",
		"--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync")
	cmd.Dir = s.proc.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: cred}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	s.port = port
	return nil
}

func (s *Server) start() error {
	postgres, err := postgresBinary("postgres")
	if err != nil {
		return err
	}
	cred, err := serverUser()
	if err != nil {
		return err
	}
	args := []string{
		"-D", filepath.Join(s.proc.dir, "data"), "-p", strconv.Itoa(s.port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
		"-c", "max_connections=300", "-c", "shared_buffers=64MB",
		"-c", "deadlock_timeout=20ms", // a test that makes deadlocks should not wait a second for each
	}
	if !s.opts.Durable {
		args = append(args, "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
	}
	for k, v := range s.opts.Settings {
		args = append(args, "-c", k+"="+v)
	}
	cmd := exec.Command(postgres, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: cred}
	return s.proc.start(cmd, func(ctx context.Context) error {
		conn, err := pgx.Connect(ctx, s.URL())
		if err != nil {
			return err
		}
		return conn.Close(ctx)
	})
}

func postgresBinary(name string) (string, error) {
	return findBinary(name, "/usr/lib/postgresql/*/bin/"+name, "/usr/pgsql-*/bin/"+name, "/opt/homebrew/opt/postgresql@*/bin/"+name)
}

// onPostgres runs one statement on a connection of its own.
func onPostgres(url, sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, sql)
	return err
}
