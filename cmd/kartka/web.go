package main

import (
	"context"
	"fmt"
	"strings"

	"kartka/miniapp"
	"kartka/storage/kv"
	"kartka/storage/sqldb"
)

// cardsTopic is where instances tell each other whose cards have changed.
const cardsTopic = "cards"

// news passes on whose cards have changed, to this instance's pages and to those of others. It never makes the one who tells wait; when more is told
// than can be passed on, pages learn of it when they look next.
type news struct {
	shared kv.Store
	queue  chan string
}

// How many changes may wait, and how many go into a message.
const (
	newsQueue   = 4096
	newsMessage = 200
)

func newNews(shared kv.Store) *news {
	return &news{shared: shared, queue: make(chan string, newsQueue)}
}

// changed takes note of a change.
func (n *news) changed(programID, memberID string) {
	select {
	case n.queue <- miniapp.Watched(programID, memberID):
	default:
	}
}

// run passes changes on until ctx ends: what has gathered while the last message was on its way goes into the next.
func (n *news) run(ctx context.Context) {
	for {
		var lines []string
		select {
		case <-ctx.Done():
			return
		case line := <-n.queue:
			lines = append(lines, line)
		}
		for more := true; more && len(lines) < newsMessage; {
			select {
			case line := <-n.queue:
				lines = append(lines, line)
			default:
				more = false
			}
		}
		_ = n.shared.Publish(ctx, cardsTopic, strings.Join(lines, "\n")) // pages look for themselves now and then
	}
}

// watch receives what any instance tells.
func (n *news) watch(ctx context.Context) (<-chan string, error) {
	messages, err := n.shared.Subscribe(ctx, cardsTopic)
	if err != nil {
		return nil, fmt.Errorf("subscribe to changes of cards: %w", err)
	}
	changes := make(chan string)
	go func() {
		defer close(changes)
		for m := range messages {
			for line := range strings.SplitSeq(m.Payload, "\n") {
				select {
				case changes <- line:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	return changes, nil
}

// newWeb makes the pages of guests and staff.
func (s *service) newWeb() (*miniapp.App, error) {
	a := s.app
	oidc := miniapp.OIDC{Issuer: a.config.OIDCIssuer}
	var err error
	if oidc.Secrets, err = a.config.oidcSecrets(); err != nil {
		return nil, fmt.Errorf("KARTKA_TELEGRAM_OIDC_SECRETS: %w: %w", err, errConfig)
	}
	if a.base != "" {
		oidc.Callback = a.base + miniapp.CallbackPath
	}
	web, err := miniapp.New(miniapp.Config{
		Engine: a.engine, Catalog: a.catalog, Logger: a.logger, Watch: a.news.watch, Wrote: s.wakeSenders, Down: sqldb.Outage,
		Base: a.base, Secure: strings.HasPrefix(a.config.PublicURL, "https://"), OIDC: oidc,
	})
	if err != nil {
		return nil, fmt.Errorf("make the pages: %w", err)
	}
	return web, nil
}
