package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// usage is processor time: of the process that asks and of the database server's processes. What cannot be seen is nil.
type usage struct{ process, server *time.Duration }

// since is what was used after an earlier look.
func (u usage) since(before usage) usage {
	less := func(now, then *time.Duration) *time.Duration {
		if now == nil || then == nil {
			return nil
		}
		d := *now - *then
		return &d
	}
	return usage{process: less(u.process, before.process), server: less(u.server, before.server)}
}

// sum is everything, or nil when a part of it cannot be seen.
func (u usage) sum() *time.Duration {
	if u.process == nil || u.server == nil {
		return nil
	}
	d := *u.process + *u.server
	return &d
}

// meter reads processor time. The zero value has no server: there is nothing to add to the process's own time.
type meter struct {
	// server is the first process of the PostgreSQL server, 0 without a server.
	server int
	// hidden says that there is a server whose processes cannot be seen from here.
	hidden bool
}

// read looks at this process and the server.
func (m meter) read() usage { return m.readWith(processTime()) }

// readOf looks at another process instead of this one.
func (m meter) readOf(pid int) usage {
	process, err := procTime(pid)
	return m.readWith(process, err == nil)
}

func (m meter) readWith(process time.Duration, ok bool) (u usage) {
	if ok {
		u.process = &process
	}
	switch {
	case m.hidden:
	case m.server == 0:
		u.server = new(time.Duration)
	default:
		if all, err := procFamilyTime(m.server); err == nil {
			u.server = &all
		}
	}
	return u
}

// A processor's time in /proc is counted in hundredths of a second, whatever the kernel's own clock is.
const procTick = 10 * time.Millisecond

var errNotProc = errors.New("not a line of /proc/PID/stat")

// procStat is what a line of /proc/PID/stat says: proc_pid_stat(5).
type procStat struct {
	parent int
	// used is the processor time of the process and of its children that have ended.
	used time.Duration
}

// parseProcStat reads the line. The program's name, second and in brackets, may hold anything, brackets and spaces too.
func parseProcStat(line string) (procStat, error) {
	end := strings.LastIndexByte(line, ')')
	if end < 0 {
		return procStat{}, errNotProc
	}
	const parent, utime, cstime = 1, 11, 14 // counted from the field after the name
	fields := strings.Fields(line[end+1:])
	if len(fields) <= cstime {
		return procStat{}, errNotProc
	}
	var s procStat
	var err error
	if s.parent, err = strconv.Atoi(fields[parent]); err != nil {
		return procStat{}, errNotProc
	}
	for _, field := range fields[utime : cstime+1] {
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return procStat{}, errNotProc
		}
		s.used += time.Duration(ticks) * procTick
	}
	return s, nil
}

func readProcStat(pid int) (procStat, error) {
	raw, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return procStat{}, fmt.Errorf("read processor time: %w", err)
	}
	return parseProcStat(string(raw))
}

func procTime(pid int) (time.Duration, error) {
	s, err := readProcStat(pid)
	return s.used, err
}

// procFamilyTime adds up a process and its children. PostgreSQL's processes are all children of the first one, which also keeps the time
// of those that have ended.
func procFamilyTime(pid int) (time.Duration, error) {
	first, err := readProcStat(pid)
	if err != nil {
		return 0, err
	}
	all, err := os.ReadDir("/proc")
	if err != nil {
		return 0, fmt.Errorf("list processes: %w", err)
	}
	sum := first.used
	for _, entry := range all {
		child, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if s, err := readProcStat(child); err == nil && s.parent == pid { // one that has ended meanwhile is in its parent's next time
			sum += s.used
		}
	}
	return sum, nil
}

// serverProcess finds the first process of a PostgreSQL server by one of its backends, when both are on this machine and can be seen. The
// backend's title names its database, which no other process's does.
func serverProcess(backend int, database string) (int, bool) {
	title, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(backend), "cmdline"))
	if err != nil || !strings.Contains(string(title), database) {
		return 0, false
	}
	s, err := readProcStat(backend)
	return s.parent, err == nil && s.parent > 1
}
