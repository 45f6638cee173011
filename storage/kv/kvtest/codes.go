package kvtest

import (
	"context"
	"time"

	"kartka/storage/kv"
)

// Codes lets an engine under test keep its codes in a store.
type Codes struct{ kv.Store }

// PutOnce stores a value unless the key is taken.
func (c Codes) PutOnce(ctx context.Context, key, value string, ttl time.Duration) (bool, error) {
	first, err := c.Once(ctx, key, ttl)
	if err != nil || !first {
		return false, err
	}
	return true, c.Set(ctx, key, value, ttl)
}

// Count adds one to a counter that starts anew every window.
func (c Codes) Count(ctx context.Context, key string, window time.Duration) (int, error) {
	n, err := c.Incr(ctx, key, window)
	return int(n), err
}
