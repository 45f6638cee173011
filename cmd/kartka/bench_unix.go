//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// processTime is the processor time that this process has used; ok is false where the system does not tell.
func processTime() (used time.Duration, ok bool) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, false
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), true
}

// apart keeps a command out of this process's group: what is typed at the terminal to end the bench must not end its servers before it
// has finished with them.
func apart(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
}

// lesser is a system user to run a server as.
type lesser struct {
	name     string
	uid, gid int
}

// lesserUser returns who PostgreSQL is to run as: nil for the user of this process, another one when that is root, which PostgreSQL
// refuses.
func lesserUser() (*lesser, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.Atoi(u.Uid)
		if err != nil {
			return nil, fmt.Errorf("read user id of %s: %w", name, err)
		}
		gid, err := strconv.Atoi(u.Gid)
		if err != nil {
			return nil, fmt.Errorf("read group id of %s: %w", name, err)
		}
		return &lesser{name, uid, gid}, nil
	}
	return nil, fmt.Errorf("PostgreSQL does not run as root, and there is neither a user postgres nor nobody; run this as another user: %w", errConfig)
}

// as runs a command as another user.
func (l *lesser) as(cmd *exec.Cmd) {
	if l == nil {
		return
	}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(l.uid), Gid: uint32(l.gid)}
}

// own gives a directory to the user, who must be able to get there.
func (l *lesser) own(dir string) error {
	if l == nil {
		return nil
	}
	for up := filepath.Dir(dir); ; up = filepath.Dir(up) {
		info, err := os.Stat(up)
		if err != nil {
			return fmt.Errorf("look at the directory of PostgreSQL: %w", err)
		}
		if info.Mode()&0o001 == 0 {
			return fmt.Errorf("PostgreSQL runs as %s, who may not enter %s: choose another place with -dir: %w", l.name, up, errConfig)
		}
		if up == filepath.Dir(up) {
			break
		}
	}
	if err := os.Chown(dir, l.uid, l.gid); err != nil {
		return fmt.Errorf("give directory to the server's user: %w", err)
	}
	return nil
}

// endNow asks a PostgreSQL server to end at once: nothing of it is needed again.
func endNow(p *os.Process) error { return p.Signal(syscall.SIGQUIT) }
