package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"kartka/bots"
	"kartka/bots/telegram"
)

// chatsAtOnce are how many guests write at a time, in turn.
var chatsAtOnce = []int{1, 16}

// chat is an instance as "kartka serve" runs it, to which guests write. It hears by webhook and answers a messenger of ours.
type chat struct {
	bench  *bench
	shop   *service
	server *http.Server
	hook   string
	client *http.Client
	hush   context.CancelFunc
	spoken sync.WaitGroup
}

// chatBout is a bot turn from end to end: the webhook's request, stored; the dialog; the answer queued, claimed, and handed to the messenger.
// It comes before any posting, while nothing else is queued.
func (b *bench) chatBout() bout {
	var c *chat
	all := bout{name: "turn"}
	all.opens = append(all.opens, func(ctx context.Context) (func(context.Context) error, error) {
		var err error
		c, err = b.openChat(ctx)
		if err != nil {
			return nil, err
		}
		return c.close, nil
	})
	for _, n := range chatsAtOnce {
		all.scenarios = append(all.scenarios, scenario{name: "turn/balance", inFlight: n, members: b.members, measure: func(ctx context.Context, t turn) (measured, error) {
			return loop(ctx, t, n, b.meter, c.prepare(n))
		}}, scenario{name: "page/card", inFlight: n, members: b.members, measure: func(ctx context.Context, t turn) (measured, error) {
			return loop(ctx, t, n, b.meter, c.opening())
		}})
	}
	return all
}

func (b *bench) openChat(ctx context.Context) (*chat, error) {
	// A pace that never holds anything back: the platform's limits are not what is measured.
	const free = 1e6
	c := &chat{bench: b, shop: &service{app: b.app, pace: &bots.Pace{Reserve: free, Bulk: free, BulkCap: free, Chat: free, ChatRun: free, Group: free, GroupRun: free}}}
	if err := c.shop.prepare(ctx); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the webhook: %w", err)
	}
	c.server = &http.Server{Handler: c.shop.handler, ReadHeaderTimeout: 5 * time.Second}
	go c.server.Serve(l) // ends with close
	c.hook = "http://" + l.Addr().String() + c.shop.presences[0].hookPath()
	c.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	speaking, hush := context.WithCancel(context.WithoutCancel(ctx))
	c.hush = hush
	c.spoken.Go(func() { c.shop.outbox.Run(speaking) })
	return c, nil
}

// prepare has so many at a time told when they are answered, and returns what each of them does: write, and wait for the answer.
func (c *chat) prepare(n int) func(context.Context, *asker) error {
	answers := make([]chan struct{}, n)
	for i := range answers {
		answers[i] = make(chan struct{}, 1)
	}
	c.bench.post.tell(func(user int64) {
		select {
		case answers[int(user-firstUser)%n] <- struct{}{}:
		default: // an answer that came too late is nobody's any more
		}
	})
	return func(ctx context.Context, a *asker) error {
		// One of those with this asker's number, so that nobody else writes as the same guest meanwhile.
		user := firstUser + a.no + a.of*a.rand.IntN(c.bench.members/a.of)
		if err := c.write(ctx, int64(user), "/balance"); err != nil {
			return err
		}
		return answered(ctx, answers[a.no])
	}
}

// write delivers what a guest writes.
func (c *chat) write(ctx context.Context, user int64, text string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.hook, strings.NewReader(c.bench.post.command(user, text)))
	if err != nil {
		return fmt.Errorf("deliver: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(telegram.SecretHeader, c.bench.bot.Secret.Reveal())
	answer, err := c.client.Do(r)
	if err != nil {
		return fmt.Errorf("deliver: %w", err)
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return fmt.Errorf("deliver: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		return errors.New("delivery answered with " + strconv.Itoa(answer.StatusCode))
	}
	return nil
}

// close finishes what has been heard and stops.
func (c *chat) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	err := errors.Join(c.server.Shutdown(ctx), c.shop.desk.Drain(ctx), c.shop.outbox.Drain(ctx))
	c.hush()
	c.spoken.Wait()
	c.client.CloseIdleConnections()
	if err != nil {
		return fmt.Errorf("close the chat: %w", err)
	}
	return nil
}
