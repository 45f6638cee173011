package kv

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

var _ Store = (*Redis)(nil)

// Redis is a [Store] on a Redis server, shared by everyone who uses the same prefix. Time is the server's.
type Redis struct {
	client *redis.Client
	prefix string
}

// NewRedis makes a store on a client, which it does not close. Every key and channel begins with the prefix.
func NewRedis(client *redis.Client, prefix string) *Redis {
	return &Redis{client: client, prefix: prefix}
}

// OpenRedis makes a client for a URL such as redis://:password@host:6379/0 or rediss://… with timeouts that suit a
// [Fallback]: an operation on a server that does not answer is given up after a quarter of a second. It does not
// connect. No error contains the password.
func OpenRedis(url string) (*redis.Client, error) {
	opts, err := redis.ParseURL(url)
	if err != nil {
		return nil, errors.New("open Redis: the URL must look like redis://user:password@host:6379/0")
	}
	const patience = 250 * time.Millisecond
	opts.DialTimeout, opts.ReadTimeout, opts.WriteTimeout = patience, patience, patience
	opts.MaxRetries = -1 // Incr and Take must not run twice
	opts.DialerRetries = 1
	opts.ContextTimeoutEnabled = true
	return redis.NewClient(opts), nil
}

// LogRedis sends what the Redis client says by itself, such as a line for every failed dial, to log at the debug level.
// The client has one logger for the whole process and writes to stderr by default: a program calls this once, at
// its start. What matters to an operator is logged by [Fallback].
func LogRedis(log *slog.Logger) { redis.SetLogger(redisLog{log}) }

type redisLog struct{ log *slog.Logger }

func (l redisLog) Printf(ctx context.Context, format string, args ...any) {
	l.log.DebugContext(ctx, "redis client", "detail", fmt.Sprintf(format, args...))
}

// key writes the key of one kind of state; the letters are those of Memory.
func (r *Redis) key(kind byte, name string) string { return r.prefix + string(kind) + ":" + name }

// Once implements [Store].
func (r *Redis) Once(ctx context.Context, key string, ttl time.Duration) (bool, error) {
	if err := begin(ctx, checkTTL(ttl)); err != nil {
		return false, err
	}
	err := r.client.SetArgs(ctx, r.key('o', key), "1", redis.SetArgs{Mode: "NX", TTL: millis(ttl)}).Err()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("set once-key: %w", err)
	}
	return true, nil
}

// Set implements [Store].
func (r *Redis) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	if err := begin(ctx, checkTTL(ttl)); err != nil {
		return err
	}
	if err := r.client.Set(ctx, r.key('v', key), value, millis(ttl)).Err(); err != nil {
		return fmt.Errorf("set value: %w", err)
	}
	return nil
}

// Get implements [Store].
func (r *Redis) Get(ctx context.Context, key string) (string, bool, error) {
	return found(r.client.Get(ctx, r.key('v', key)).Result())
}

// Take implements [Store].
func (r *Redis) Take(ctx context.Context, key string) (string, bool, error) {
	return found(r.client.GetDel(ctx, r.key('v', key)).Result())
}

func found(v string, err error) (string, bool, error) {
	if errors.Is(err, redis.Nil) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("get value: %w", err)
	}
	return v, true, nil
}

// Delete implements [Store].
func (r *Redis) Delete(ctx context.Context, key string) error {
	if err := r.client.Del(ctx, r.key('v', key)).Err(); err != nil {
		return fmt.Errorf("delete value: %w", err)
	}
	return nil
}

// scripts are immutable: a text and its SHA-1, by which the server knows it.
var (
	incrScript = redis.NewScript(`
local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return n`)

	// The value is the moment at which the bucket is full again, in microseconds; see Memory.Allow.
	allowScript = redis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local burst, every = tonumber(ARGV[1]), tonumber(ARGV[2])
local filled = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now) + every
local wait = filled - now - burst * every
if wait > 0 then return wait end
redis.call('SET', KEYS[1], string.format('%.0f', filled), 'PX', math.ceil((filled - now) / 1000))
return 0`)

	acquireScript = redis.NewScript(`
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`)

	releaseScript = redis.NewScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0`)
)

// Incr implements [Store].
func (r *Redis) Incr(ctx context.Context, key string, window time.Duration) (int64, error) {
	if err := begin(ctx, checkTTL(window)); err != nil {
		return 0, err
	}
	n, err := incrScript.Run(ctx, r.client, []string{r.key('c', key)}, window.Milliseconds()).Int64()
	if err != nil {
		return 0, fmt.Errorf("increment counter: %w", err)
	}
	return n, nil
}

// Allow implements [Store].
func (r *Redis) Allow(ctx context.Context, key string, limit Limit) (bool, time.Duration, error) {
	if err := begin(ctx, checkLimit(limit)); err != nil {
		return false, 0, err
	}
	wait, err := allowScript.Run(ctx, r.client, []string{r.key('b', key)}, limit.Burst, limit.Every.Microseconds()).Int64()
	if err != nil {
		return false, 0, fmt.Errorf("ask limit: %w", err)
	}
	return wait == 0, time.Duration(wait) * time.Microsecond, nil
}

// Acquire implements [Store].
func (r *Redis) Acquire(ctx context.Context, key, owner string, ttl time.Duration) (bool, error) {
	if err := begin(ctx, checkTTL(ttl)); err != nil {
		return false, err
	}
	n, err := acquireScript.Run(ctx, r.client, []string{r.key('l', key)}, owner, ttl.Milliseconds()).Int64()
	if err != nil {
		return false, fmt.Errorf("acquire lease: %w", err)
	}
	return n == 1, nil
}

// Release implements [Store].
func (r *Redis) Release(ctx context.Context, key, owner string) error {
	if err := releaseScript.Run(ctx, r.client, []string{r.key('l', key)}, owner).Err(); err != nil {
		return fmt.Errorf("release lease: %w", err)
	}
	return nil
}

// Publish implements [Store].
func (r *Redis) Publish(ctx context.Context, topic, payload string) error {
	if err := r.client.Publish(ctx, r.key('p', topic), payload).Err(); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return nil
}

// confirmWithin bounds the wait for the server's word that a subscription stands.
const confirmWithin = time.Second

// Subscribe implements [Store]. When the connection breaks it is made again and the topics are subscribed to anew;
// what is published meanwhile is lost.
func (r *Redis) Subscribe(ctx context.Context, topics ...string) (<-chan Message, error) {
	if len(topics) == 0 {
		return nil, errTopic
	}
	channels := make([]string, len(topics))
	for i, t := range topics {
		channels[i] = r.key('p', t)
	}
	sub := r.client.Subscribe(ctx, channels...)
	// The server confirms every channel; before that messages would be missed.
	for range channels {
		if _, err := sub.ReceiveTimeout(ctx, confirmWithin); err != nil {
			_ = sub.Close() // the error that matters is the first one
			return nil, fmt.Errorf("subscribe: %w", err)
		}
	}
	in := sub.Channel(redis.WithChannelSize(subscriberBuffer))
	out := make(chan Message)
	strip := len(r.key('p', ""))
	go func() {
		defer close(out)
		defer sub.Close()
		for {
			select {
			case <-ctx.Done():
				return
			case msg, ok := <-in:
				if !ok {
					return
				}
				select {
				case out <- Message{strings.Clone(msg.Channel[strip:]), msg.Payload}:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	return out, nil
}

// millis rounds a duration to what Redis keeps; go-redis would warn about more.
func millis(d time.Duration) time.Duration { return d.Truncate(time.Millisecond) }
