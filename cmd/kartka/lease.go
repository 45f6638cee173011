package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/google/uuid"
)

// started tells this process from an earlier one with its number: in a container all are number 1.
var started = strconv.FormatInt(time.Now().UnixNano(), 36)

// newHolder names an instance in leases: "host/pid/start of the process/random".
func newHolder() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s/%d/%s/%s", strings.ReplaceAll(host, "/", "-"), os.Getpid(), started, uuid.NewString()[:8])
}

// releaseDead gives back the leases of processes of this host that are no more, so that an instance which was killed is
// succeeded at once instead of at the end of its leases. Fences make this safe even if one were wrongly taken for dead.
func (s *service) releaseDead(ctx context.Context) error {
	host, _, _ := strings.Cut(s.holder, "/")
	held, err := s.app.store.Leases(ctx)
	if err != nil {
		return fmt.Errorf("list leases: %w", err)
	}
	for name, holder := range held {
		parts := strings.Split(holder, "/")
		if len(parts) < 4 || parts[0] != host {
			continue
		}
		pid, err := strconv.Atoi(parts[1])
		if err != nil || (pid == os.Getpid() && parts[2] == started) || (pid != os.Getpid() && alive(pid)) {
			continue
		}
		if err := s.app.store.ReleaseLease(ctx, name, holder); err != nil {
			return fmt.Errorf("release lease of a dead process: %w", err)
		}
		s.app.logger.Info("lease of a dead process released", "lease", name, "pid", pid)
	}
	return nil
}

// How long a lease lasts without being renewed, and how often it is.
const (
	leaseTTL   = 15 * time.Second
	leaseRenew = 5 * time.Second
)

// alive reports whether a process of this host may still run.
func alive(pid int) bool {
	p, err := os.FindProcess(pid)
	return err == nil && !errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone)
}

// underLease runs work while this instance holds the named lease, again and again until ctx ends: of several instances one polls
// a bot and one runs the jobs. work must return soon after its context ends.
func (s *service) underLease(ctx context.Context, name string, work func(context.Context)) {
	ticker := time.NewTicker(leaseRenew)
	defer ticker.Stop()
	var shift *shift
	for {
		_, held, err := s.app.store.AcquireLease(ctx, name, s.holder, time.Now().UTC(), leaseTTL)
		if err != nil && ctx.Err() == nil {
			s.app.logger.Warn("renew lease", "lease", name, "error", err)
		}
		switch {
		case err != nil || !held:
			shift = shift.end()
		case shift == nil:
			shift = begin(ctx, work)
		}
		select {
		case <-ctx.Done():
			shift.end()
			s.release(ctx, name)
			return
		case <-ticker.C:
		}
	}
}

// release gives a lease back, so that another instance need not wait for its end.
func (s *service) release(ctx context.Context, name string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := s.app.store.ReleaseLease(ctx, name, s.holder); err != nil {
		s.app.logger.Warn("release lease", "lease", name, "error", err)
	}
}

// shift is work that goes on while a lease is held.
type shift struct {
	stop context.CancelFunc
	done chan struct{}
}

func begin(ctx context.Context, work func(context.Context)) *shift {
	ctx, stop := context.WithCancel(ctx)
	s := &shift{stop: stop, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		work(ctx)
	}()
	return s
}

// end stops the work and waits for it. It returns nil, the state of having none.
func (s *shift) end() *shift {
	if s != nil {
		s.stop()
		<-s.done
	}
	return nil
}
