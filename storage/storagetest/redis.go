package storagetest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"github.com/redis/go-redis/v9"
)

// RedisServer is a Redis server that can be stopped and started again. Its methods are not safe for concurrent use.
type RedisServer struct {
	t    testing.TB
	proc *process
	port int
}

// sharedRedis is the Redis of this test process; see sharedPostgres.
var sharedRedis = sync.OnceValues(startRedis)

// Redis returns the URL of a running Redis. It is shared by the tests of the process, and under [EnvRedis] by whole
// test runs: a test keeps to keys and channels with a prefix of its own.
func Redis(t testing.TB) string {
	t.Helper()
	if url := os.Getenv(EnvRedis); url != "" {
		return url
	}
	needServer(t)
	s, err := sharedRedis()
	if err != nil {
		t.Fatalf("throw-away Redis: %v", err)
	}
	return s.URL()
}

// StartRedis starts a Redis for this test alone, stopped and removed when the test ends.
func StartRedis(t testing.TB) *RedisServer {
	t.Helper()
	needServer(t)
	s, err := startRedis()
	if err != nil {
		t.Fatalf("throw-away Redis: %v", err)
	}
	s.t = t
	t.Cleanup(s.proc.close)
	return s
}

// URL returns the URL of the server. It stays the same over Crash and Start.
func (s *RedisServer) URL() string { return fmt.Sprintf("redis://127.0.0.1:%d/0", s.port) }

// Crash kills the server. It keeps nothing on disk: it comes back empty.
func (s *RedisServer) Crash() {
	s.t.Helper()
	s.proc.signal(syscall.SIGKILL)
}

// Start starts the server again after Crash, on the same port, and returns when it answers.
func (s *RedisServer) Start() {
	s.t.Helper()
	if s.proc.cmd != nil {
		return
	}
	if err := s.start(); err != nil {
		s.t.Fatalf("start Redis again: %v", err)
	}
}

func startRedis() (*RedisServer, error) {
	p, err := newProcess("redis", "redis.pid")
	if err != nil {
		return nil, err
	}
	s := &RedisServer{proc: p}
	if s.port, err = freePort(); err == nil {
		err = s.start()
	}
	if err != nil {
		p.close()
		return nil, err
	}
	return s, nil
}

func (s *RedisServer) start() error {
	bin, err := findBinary("redis-server", "/usr/local/bin/redis-server", "/opt/homebrew/bin/redis-server")
	if err != nil {
		return err
	}
	cmd := exec.Command(bin, "--port", strconv.Itoa(s.port), "--bind", "127.0.0.1", "--dir", s.proc.dir,
		"--pidfile", s.proc.dir+"/redis.pid", "--save", "", "--appendonly", "no", "--databases", "16")
	return s.proc.start(cmd, func(ctx context.Context) error {
		c := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + strconv.Itoa(s.port), MaxRetries: -1})
		defer c.Close()
		return c.Ping(ctx).Err()
	})
}
