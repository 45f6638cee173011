package telegram

import (
	"math"
	"strconv"
	"time"
)

// Rate is a token bucket: N messages per Per, at most Burst at once. The zero value sets no limit.
type Rate struct {
	N     int           `json:"n"`
	Per   time.Duration `json:"per"`
	Burst int           `json:"burst"`
}

// Flood is the table of limits. The real limits are not published; the platform's FAQ names the orders of magnitude
// of [StrictFlood] (core.telegram.org/bots/faq).
type Flood struct {
	// Chat limits messages and edits in one private chat.
	Chat Rate `json:"chat"`
	// Group limits messages and edits in one group.
	Group Rate `json:"group"`
	// Bulk limits messages of one bot to chats that have not written to it within ReplyWindow.
	Bulk        Rate          `json:"bulk"`
	ReplyWindow time.Duration `json:"reply_window"`
	// Paid takes the place of Bulk for messages sent with allow_paid_broadcast.
	Paid Rate `json:"paid"`
}

// StrictFlood returns limits as the FAQ tells them: a message a second per chat with short bursts, 30 a second in
// bulk, 20 a minute per group, 1000 a second when paid.
func StrictFlood() Flood {
	return Flood{
		Chat:        Rate{N: 1, Per: time.Second, Burst: 3},
		Group:       Rate{N: 20, Per: time.Minute, Burst: 20},
		Bulk:        Rate{N: 30, Per: time.Second, Burst: 30},
		ReplyWindow: time.Minute,
		Paid:        Rate{N: 1000, Per: time.Second, Burst: 1000},
	}
}

type bucket struct {
	tokens float64
	at     time.Time
}

// SetFlood replaces the limits.
func (s *Server) SetFlood(f Flood) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flood = f
	for _, b := range s.state.Bots {
		clear(b.run.buckets)
	}
}

// throttle takes a token from every bucket a message or an edit needs, or from none and refuses.
func (c *call) throttle(ch *chat, message bool) error {
	type need struct {
		name string
		rate Rate
	}
	var needs []need
	if ch.private() {
		needs = append(needs, need{"chat " + strconv.FormatInt(ch.ID, 10), c.flood.Chat})
	} else {
		needs = append(needs, need{"chat " + strconv.FormatInt(ch.ID, 10), c.flood.Group})
	}
	if message {
		heard, ever := c.bot.run.heard[ch.ID]
		switch {
		case c.p.flag("allow_paid_broadcast"):
			needs = append(needs, need{"paid", c.flood.Paid})
		case !ever || c.now.Sub(heard) > c.flood.ReplyWindow:
			needs = append(needs, need{"bulk", c.flood.Bulk})
		}
	}
	wait := 0.0
	for _, n := range needs {
		wait = max(wait, c.bot.run.missing(n.name, n.rate, c.now))
	}
	if wait > 0 {
		return tooManyRequests(max(1, int(math.Ceil(wait))))
	}
	for _, n := range needs {
		if n.rate.N > 0 {
			c.bot.run.buckets[n.name].tokens--
		}
	}
	return nil
}

// missing refills a bucket and returns the seconds until it has a token.
func (r *runtime) missing(name string, rate Rate, now time.Time) float64 {
	if rate.N <= 0 {
		return 0
	}
	b := r.buckets[name]
	if b == nil {
		b = &bucket{tokens: float64(max(rate.Burst, 1)), at: now}
		r.buckets[name] = b
	}
	perSecond := float64(rate.N) / rate.Per.Seconds()
	b.tokens = min(float64(max(rate.Burst, 1)), b.tokens+now.Sub(b.at).Seconds()*perSecond)
	b.at = now
	// Rounding must not refuse at the very moment retry_after named.
	if b.tokens >= 1-1e-9 {
		return 0
	}
	return (1 - b.tokens) / perSecond
}
