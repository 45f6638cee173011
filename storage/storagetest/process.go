package storagetest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// startTimeout bounds the start of a server. It is generous: a loaded machine is slow, and a hung one should still
// fail with the server's own log rather than with the timeout of go test.
const startTimeout = time.Minute

// process is one server process, its directory and its watchdog.
type process struct {
	dir      string // holds everything the server writes; removed by stop
	cmd      *exec.Cmd
	done     chan struct{} // closed when cmd has ended
	watchdog *exec.Cmd
	leash    io.Closer // the watchdog waits for this pipe to close
}

// newProcess makes the directory of a server and sets the watchdog beside it. The pid of the server is expected
// on the first line of pidFile, a path inside the directory.
func newProcess(name, pidFile string) (*process, error) {
	dir, err := os.MkdirTemp("", "kartka-"+name+"-")
	if err != nil {
		return nil, fmt.Errorf("make directory for %s: %w", name, err)
	}
	p := &process{dir: dir}
	if err := p.setWatchdog(filepath.Join(dir, pidFile)); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return p, nil
}

// setWatchdog starts a shell that reads from a pipe held by this process. The pipe reaches its end when this
// process is gone, by whatever cause; the shell then ends the server and removes its directory.
func (p *process) setWatchdog(pidFile string) error {
	const script = `
cat >/dev/null
pid=$(head -n 1 "$1" 2>/dev/null)
if [ -n "$pid" ]; then
	kill -QUIT "$pid" 2>/dev/null
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.2
	done
	kill -KILL "$pid" 2>/dev/null
fi
rm -rf "$2"
`
	p.watchdog = exec.Command("/bin/sh", "-c", script, "watchdog", pidFile, p.dir)
	// Its own process group: an interrupt typed at the terminal must not end it before its work is done.
	p.watchdog.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	leash, err := p.watchdog.StdinPipe()
	if err != nil {
		return fmt.Errorf("open watchdog pipe: %w", err)
	}
	p.leash = leash
	if err := p.watchdog.Start(); err != nil {
		return fmt.Errorf("start watchdog: %w", err)
	}
	return nil
}

// start runs the server and waits until ready answers without an error.
func (p *process) start(cmd *exec.Cmd, ready func(context.Context) error) error {
	logPath := filepath.Join(p.dir, "server.log")
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("open server log: %w", err)
	}
	defer log.Close()
	cmd.Dir, cmd.Stdout, cmd.Stderr = p.dir, log, log
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	done := make(chan struct{})
	go func() {
		_ = cmd.Wait() // a server ended by a signal reports an error; its log says more
		close(done)
	}()
	p.cmd, p.done = cmd, done

	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-done:
			return fmt.Errorf("%s ended while starting; its log:\n%s", cmd.Path, tail(logPath))
		case <-ctx.Done():
			p.signal(syscall.SIGKILL)
			return fmt.Errorf("%s was not ready within %s (%w); its log:\n%s", cmd.Path, startTimeout, err, tail(logPath))
		case <-tick.C:
		}
	}
}

// signal sends sig to the server and waits until it has ended; a server that takes longer than half a minute is
// killed. It does nothing when the server is not running.
func (p *process) signal(sig syscall.Signal) {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Signal(sig) // fails only when the process has already ended
	select {
	case <-p.done:
	case <-time.After(30 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
	p.cmd = nil
}

// close ends the server, removes its directory and dismisses the watchdog.
func (p *process) close() {
	p.signal(syscall.SIGQUIT)
	os.RemoveAll(p.dir)
	p.leash.Close()
	_ = p.watchdog.Wait()
}

// freePort returns a loopback port that was free a moment ago.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// serverUser returns the credential servers run under: nil for "as this process", another system user when this
// process is root, because PostgreSQL refuses to run as root.
func serverUser() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("read uid of %s: %w", name, err)
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("read gid of %s: %w", name, err)
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, fmt.Errorf("find a system user for servers: there is neither postgres nor nobody, and PostgreSQL refuses to run as root")
}

// findBinary looks for a program in PATH, then in the given glob patterns, the last match first (the newest
// version in Debian's layout).
func findBinary(name string, patterns ...string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	for _, pattern := range patterns {
		matches, _ := filepath.Glob(pattern) // the only error is a malformed pattern
		for i := len(matches) - 1; i >= 0; i-- {
			if info, err := os.Stat(matches[i]); err == nil && info.Mode()&0o111 != 0 {
				return matches[i], nil
			}
		}
	}
	return "", fmt.Errorf("%s is not installed: `make test` installs it (scripts/test-deps.sh)", name)
}

// tail returns the last lines of a log file, for messages.
func tail(path string) []byte {
	b, err := os.ReadFile(path)
	if err != nil {
		return []byte(err.Error())
	}
	const most = 4096
	return bytes.TrimSpace(b[max(0, len(b)-most):])
}

// needServer ends or skips a test that was about to use a server: a skip under EnvSQLiteOnly, otherwise nothing.
func needServer(t testing.TB) {
	t.Helper()
	if os.Getenv(EnvSQLiteOnly) == "1" {
		t.Skipf("%s=1: no servers for tests", EnvSQLiteOnly)
	}
}
