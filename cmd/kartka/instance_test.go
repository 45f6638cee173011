package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// instanceEnv turns the test binary into an instance of the service, so that a test has a process to kill. It is what "kartka serve"
// does, but for two things that only tests want: it paces nothing, as the emulated messenger has no limits, and it ends when its
// standard input does, so that it never outlives the test.
const instanceEnv = "KARTKA_TEST_INSTANCE"

// bulkEnv is how many messages of broadcasts an instance sends a second: how many are under way at a time follows from it.
const bulkEnv = "KARTKA_TEST_BULK"

func TestMain(m *testing.M) {
	if os.Getenv(instanceEnv) == "" {
		code := m.Run()
		endStand()
		os.Exit(code)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(exitFailed)
	}()
	if err := serveInstance(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "instance:", err)
		os.Exit(exitFailed)
	}
	os.Exit(exitOK)
}

// serveInstance serves until ctx ends. It prints a line when it can be reached.
func serveInstance(ctx context.Context) error {
	cons := console{out: os.Stdout, err: os.Stderr, env: os.Getenv}
	cfg, err := loadConfig(cons.env)
	if err != nil {
		return err
	}
	a, err := openApp(ctx, cons, cfg, true)
	if err != nil {
		return err
	}
	defer a.close()
	pace := fast
	if rate, err := strconv.ParseFloat(os.Getenv(bulkEnv), 64); err == nil {
		pace.Bulk, pace.BulkCap = rate, rate
	}
	s := &service{app: a, pace: &pace}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return err
	}
	fmt.Println("reachable")
	return s.run(ctx, listener)
}

// instance is a process that serves a shop.
type instance struct {
	cmd       *exec.Cmd
	leash     io.Closer
	log       *logBook
	reachable chan struct{} // closed when it can be reached
	ended     chan struct{} // closed when the process is gone
}

// startInstance starts an instance with the given settings of the environment. Its log goes into the book, which may be shared.
func startInstance(t *testing.T, env map[string]string, log *logBook) *instance {
	t.Helper()
	i, err := launch(env, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(i.kill)
	return i
}

func launch(env map[string]string, log *logBook) (*instance, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	i := &instance{cmd: exec.Command(exe), log: log, ended: make(chan struct{}), reachable: make(chan struct{})}
	i.cmd.Env = append(os.Environ(), instanceEnv+"=1")
	for name, value := range env {
		i.cmd.Env = append(i.cmd.Env, name+"="+value)
	}
	i.cmd.Stderr = log
	out, err := i.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if i.leash, err = i.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := i.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		if lines := bufio.NewScanner(out); lines.Scan() {
			close(i.reachable)
		}
		_, _ = io.Copy(io.Discard, out)
		_ = i.cmd.Wait() // how it ended is in the process state
		close(i.ended)
	}()
	return i, nil
}

// awaitReachable waits until the instance can be reached.
func (i *instance) awaitReachable(t *testing.T) {
	t.Helper()
	select {
	case <-i.reachable:
	case <-i.ended:
		t.Fatalf("the instance ended while it started; its log:\n%s", i.log)
	}
}

// kill ends the process as a power cut does, and waits until it is gone.
func (i *instance) kill() {
	_ = i.cmd.Process.Kill() // fails only when it has ended already
	<-i.ended
	_ = i.leash.Close()
}

// terminate asks the process to end, waits for it, and returns its exit code.
func (i *instance) terminate(t *testing.T) int {
	t.Helper()
	if err := i.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	<-i.ended
	return i.cmd.ProcessState.ExitCode()
}

// logBook keeps what instances log. It is safe for concurrent use.
type logBook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (b *logBook) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// String returns the log so far.
func (b *logBook) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// has returns the lines with a text.
func (b *logBook) has(text string) []string {
	var found []string
	for line := range strings.Lines(b.String()) {
		if strings.Contains(line, text) {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found
}

// noPanics reports every panic that was logged.
func (b *logBook) noPanics(t *testing.T) {
	t.Helper()
	for _, line := range b.has("panic") {
		t.Errorf("panicked: %s", line)
	}
}

// get asks an address and returns the status, 0 when nobody answered, and the body.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, string(body)
}

// freeAddress is a loopback address nobody listens on at the moment.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
