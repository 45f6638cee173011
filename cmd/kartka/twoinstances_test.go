package main

import (
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"kartka/storage/storagetest"
)

// Two instances serve one bot on one database. Delivered to by turns, they answer everything once; polling, only one of them asks.
// When that one is killed the other takes over.
func TestTwoInstances(t *testing.T) {
	script, _ := newSeed(t)
	w := newWorld(t)
	s := newStorm(newStage(w, storagetest.Postgres(t), 6, 20), script)
	balancer := newBalancer(t)
	var book logBook
	pair := func() (pair [2]*instance) {
		for n := range pair {
			pair[n] = startInstance(t, balancer.behind(n, s.env), &book)
			pair[n].awaitReachable(t)
		}
		return pair
	}

	s.env["KARTKA_PUBLIC_URL"] = balancer.url
	both := pair()
	s.play(150)
	s.sent += s.heard()
	for _, i := range both {
		s.stop(i)
	}
	for n := range balancer.served {
		if balancer.served[n].Load() == 0 {
			t.Errorf("instance %d was never delivered to", n)
		}
	}

	s.hooks(false)
	both = pair()
	s.play(s.sent + 150)
	s.once()
	polls, err := s.driver.Calls(t.Context(), 0, "getUpdates")
	s.must(err)
	for _, c := range polls {
		if strings.Contains(c.Error, "terminated by other") {
			t.Error("both have polled at once")
		}
	}
	poller, heir := both[0], both[1]
	if s.holderOf("poll:") == heir.cmd.Process.Pid {
		poller, heir = heir, poller
	}
	poller.kill()
	s.play(s.sent + 50)
	s.calm()
	s.stop(heir)
	s.check(1)
}

// once makes sure that nothing was told twice. A message may be claimed twice: a stopped instance puts back what it has not begun.
func (s *storm) once() {
	s.t.Helper()
	s.readCalls()
	for sum, times := range s.told {
		if times != 1 {
			s.t.Errorf("the receipt of %d was shown %d times", sum, times)
		}
	}
}

// holderOf is the process that holds a lease.
func (s *stage) holderOf(lease string) (pid int) {
	s.t.Helper()
	s.with(func(a *app) {
		held, err := a.store.Leases(s.t.Context())
		if err != nil {
			s.t.Fatal(err)
		}
		for name, holder := range maps.All(held) {
			if parts := strings.Split(holder, "/"); strings.HasPrefix(name, lease) && len(parts) > 1 {
				pid, _ = strconv.Atoi(parts[1])
			}
		}
	})
	return pid
}

// balancer sends requests to two instances by turns.
type balancer struct {
	url    string
	addr   [2]string
	served [2]atomic.Int64
	turn   atomic.Int64
}

func newBalancer(t *testing.T) *balancer {
	t.Helper()
	b := &balancer{addr: [2]string{freeAddress(t), freeAddress(t)}}
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	b.url = server.URL
	return b
}

// behind is the environment of one of the instances.
func (b *balancer) behind(n int, env map[string]string) map[string]string {
	own := maps.Clone(env)
	own["KARTKA_LISTEN"] = b.addr[n]
	return own
}

// ServeHTTP implements http.Handler.
func (b *balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := b.turn.Add(1) % 2
	b.served[n].Add(1)
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: b.addr[n]})
	proxy.ErrorLog = log.New(io.Discard, "", 0) // a dead instance is what the test is about
	proxy.ServeHTTP(w, r)
}
