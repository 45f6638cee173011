// Package kv keeps short-lived state that the instances of a program share: once-keys, live codes, counters, rate
// limits, leases and small messages.
//
// Nothing in it is the truth about anything. Whatever must not be lost is in the database; losing all of a [Store]
// costs at most a repeated message, a limit that begins anew or a code that must be shown again. That is what allows
// Redis to be optional: [Memory] serves one instance, [Redis] serves several, and [Fallback] serves from memory
// while Redis is away, so that the counter never waits for it.
package kv

import (
	"context"
	"errors"
	"time"
)

// Store is short-lived shared state. It is safe for concurrent use; every operation happens at once or not at all,
// whichever instance calls it. The kinds of state do not meet: a once-key, a value, a counter, a limit and a lease may
// bear the same name.
//
// Durations are kept to the millisecond. A duration that is not positive is an error.
type Store interface {
	// Once tells whether this is the first call with key within ttl of the first one.
	Once(ctx context.Context, key string, ttl time.Duration) (first bool, err error)

	// Set stores a value until ttl has passed, in place of what was there.
	Set(ctx context.Context, key, value string, ttl time.Duration) error
	// Get returns a value, and whether there is one.
	Get(ctx context.Context, key string) (value string, ok bool, err error)
	// Take returns a value, if there is one, and deletes it: of several callers one gets it.
	Take(ctx context.Context, key string) (value string, ok bool, err error)
	// Delete deletes a value. It is no error when there is none.
	Delete(ctx context.Context, key string) error

	// Incr adds one to a counter and returns the sum. The counter begins anew when window has passed since its first
	// increment; later increments do not prolong it.
	Incr(ctx context.Context, key string, window time.Duration) (n int64, err error)

	// Allow tells whether one more event fits the limit. When it does not, wait says how long until it would,
	// and the event does not count.
	Allow(ctx context.Context, key string, limit Limit) (ok bool, wait time.Duration, err error)

	// Acquire gives a lease to owner for ttl if nobody else holds it; for the owner who holds it already it is prolonged.
	Acquire(ctx context.Context, key, owner string, ttl time.Duration) (held bool, err error)
	// Release gives a lease back if owner holds it.
	Release(ctx context.Context, key, owner string) error

	// Publish sends a small message to those subscribed to the topic at this moment, on every instance. It is sent at
	// most once and stored nowhere.
	Publish(ctx context.Context, topic, payload string) error
	// Subscribe receives what is published to the topics from now on, until ctx ends; then the channel is closed. A
	// subscriber that does not keep up loses messages rather than holding up the others.
	Subscribe(ctx context.Context, topics ...string) (<-chan Message, error)
}

// Message is something published.
type Message struct {
	Topic   string
	Payload string
}

// Limit is a token bucket: Burst events at once, and one more every Every after that. Thirty in a second with up to
// five at once is Limit{Burst: 5, Every: time.Second / 30}. Every is kept to the microsecond.
type Limit struct {
	Burst int
	Every time.Duration
}

// subscriberBuffer is the number of messages a subscriber may lag behind.
const subscriberBuffer = 256

var (
	errTTL   = errors.New("the duration must be at least a millisecond")
	errLimit = errors.New("a limit needs a burst of at least one and at least a microsecond between events")
	errTopic = errors.New("there is no topic to subscribe to")
)

func checkTTL(d time.Duration) error {
	if d < time.Millisecond {
		return errTTL
	}
	return nil
}

func checkLimit(l Limit) error {
	if l.Burst < 1 || l.Every < time.Microsecond {
		return errLimit
	}
	return nil
}
