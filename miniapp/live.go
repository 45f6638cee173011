package miniapp

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"net/http"
	"strconv"
	"sync"
	"time"

	"kartka/engine"
	"kartka/miniapp/ui"
)

// Watched is the message that says that a member's card has changed, see [Config.Watch].
func Watched(programID, memberID string) string { return programID + " " + memberID }

// hub passes changes to the open pages that show the card.
type hub struct {
	mu       sync.Mutex
	watching map[string]map[chan struct{}]struct{} // by what Watched writes
}

func newHub() *hub { return &hub{watching: map[string]map[chan struct{}]struct{}{}} }

// mostPages is how many pages may show one card at a time.
const mostPages = 64

// watch returns a channel that holds at most one word of changes, and what ends it; nil when too many watch the card already.
func (h *hub) watch(programID, memberID string) (changes chan struct{}, end func()) {
	of, changes := Watched(programID, memberID), make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.watching[of]) >= mostPages {
		return nil, func() {}
	}
	if h.watching[of] == nil {
		h.watching[of] = make(map[chan struct{}]struct{}, 1)
	}
	h.watching[of][changes] = struct{}{}
	return changes, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.watching[of], changes)
		if len(h.watching[of]) == 0 {
			delete(h.watching, of)
		}
	}
}

func (h *hub) changed(of string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for changes := range h.watching[of] {
		tell(changes)
	}
}

// refreshAll has every page look for itself.
func (h *hub) refreshAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, pages := range h.watching {
		for changes := range pages {
			tell(changes)
		}
	}
}

func tell(changes chan struct{}) {
	select {
	case changes <- struct{}{}:
	default: // it will look anyway
	}
}

// How long a stream is kept open, and how often it says that it is. Streams end with the session at the latest, and before, so that it is looked at
// again.
const (
	liveTime = 10 * time.Minute
	liveBeat = 25 * time.Second
)

// seenHeader is what a page says of the card it shows, with the mark that came with it: [ui.Frame.Seen], or this header of a pulse.
const seenHeader = "Kartka-Seen"

// markOf is a mark of what the pieces of a page say that a sale may move. The seconds left to answer a question are none of it: they always pass.
func markOf(state ui.CardState, ask ui.Ask) string {
	hash := fnv.New64a()
	// Plain values: they can be written, and a hash takes everything.
	_ = json.NewEncoder(hash).Encode(struct {
		State ui.CardState
		Ask   string
	}{state, ask.ID})
	return strconv.FormatUint(hash.Sum64(), 36)
}

// behind reports whether the card is not any more as a page has it that gives a mark; without one it is not asked.
func (a *App) behind(r *http.Request, v *visitor) (bool, error) {
	seen := r.Header.Get(seenHeader)
	if seen == "" {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(r.Context(), callTime)
	defer cancel()
	now, err := a.meet(ctx, v.Program, v.session)
	if err != nil {
		return false, err
	}
	if now.Member == nil {
		return false, errNoCard
	}
	ask, err := a.ask(r.WithContext(ctx), now)
	if err != nil {
		return false, err
	}
	return markOf(*now.cardState(), ask) != seen, nil
}

const changedEvent = "event: card\ndata: changed\n\n"

// live tells a page each time its card has changed, as server-sent events, and at once if it has changed since the page was written. The page then
// asks for what it shows.
func (a *App) live(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if v.Member == nil {
		return errNoCard
	}
	if r.Method == http.MethodHead {
		return nil
	}
	changes, end := a.hub.watch(v.Program.ID, v.Member.ID)
	if changes == nil {
		return &engine.Error{Kind: engine.KindBusy, ID: "busy"}
	}
	defer end()
	late, err := a.behind(r, v) // after the watch has begun, so that nothing falls between the two
	if err != nil {
		return err
	}
	say := ""
	if late {
		say = changedEvent
	}
	sendEvents(a, w, r, v, say, true, changes, func() (string, bool) { return changedEvent, true }, func() bool { return true })
	return nil
}

// sendEvents answers with server-sent events: what is to be said at once, and what next says whenever there is news, until it says that there is no more, the time of
// a stream is over, the page is closed or still does not hold any longer.
func sendEvents[T any](a *App, w http.ResponseWriter, r *http.Request, v *visitor, say string, more bool, news <-chan T, next func() (say string, more bool), still func() bool) {
	out := http.NewResponseController(w)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy that buffers would keep the news
	over := time.NewTimer(min(liveTime, time.Unix(v.session.Ends, 0).Sub(a.Engine.Now())))
	defer over.Stop()
	beat := time.NewTicker(liveBeat)
	defer beat.Stop()
	say = "retry: 2000\n\n" + say
	for {
		if say != "" {
			if _, err := w.Write([]byte(say)); err != nil {
				return // the page was closed
			}
			if err := out.Flush(); err != nil {
				return
			}
		}
		if !more {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-a.closing:
			return
		case <-over.C:
			return
		case <-news:
			say, more = next()
		case <-beat.C:
			if !still() {
				return
			}
			say = ": here\n\n"
		}
	}
}
