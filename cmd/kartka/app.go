package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"kartka/engine"
	"kartka/locales"
	"kartka/storage"
	"kartka/storage/kv"

	"github.com/redis/go-redis/v9"
)

// app is what every subcommand with a database stands on.
type app struct {
	config  config
	logger  *slog.Logger
	store   *storage.Store
	shared  kv.Store
	engine  *engine.Engine
	catalog *locales.Catalog
	news    *news
	// base is the address under which people reach our pages, without a slash at its end; "" when they cannot.
	base string
	// redisUp tells whether Redis answers; nil when it is not configured.
	redisUp func() bool
	redis   *redis.Client
}

// openApp opens database and shared state of a configuration. The schema must be current unless migrate is set.
func openApp(ctx context.Context, c console, cfg config, migrate bool) (*app, error) {
	a := &app{config: cfg, logger: cfg.logger(c), base: strings.TrimRight(cfg.PublicURL, "/")}
	sealer, err := openSealer(cfg)
	if err != nil {
		return nil, err
	}
	if a.catalog, err = locales.New(); err != nil {
		return nil, fmt.Errorf("read texts: %w", err)
	}
	a.catalog.OnMissing = func(l locales.Language, key, arg string) {
		a.logger.Warn("text missing", "language", string(l), "key", key, "argument", arg)
	}
	if a.store, err = storage.Open(ctx, cfg.Database, storage.Options{Sealer: sealer, Logger: a.logger}); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := a.schema(ctx, migrate); err != nil {
		a.close()
		return nil, err
	}
	if err := a.openShared(); err != nil {
		a.close()
		return nil, err
	}
	a.news = newNews(a.shared)
	a.engine = engine.New(engine.Config{Store: a.store, Codes: codes{a.shared}, Changed: a.news.changed, Channels: channels()})
	return a, nil
}

// openSealer reads the key that seals personal data, making a key file only beside an embedded database.
func openSealer(cfg config) (*storage.Sealer, error) {
	if cfg.Key != "" {
		s, err := storage.ParseKeyFile([]byte(cfg.Key.Reveal()))
		if err != nil {
			return nil, fmt.Errorf("KARTKA_KEY: %w: %w", err, errConfig)
		}
		return s, nil
	}
	path := cfg.keyPath()
	if _, err := os.Stat(path); missing(err) && cfg.KeyFile != "" {
		return nil, fmt.Errorf("KARTKA_KEY_PATH: no file %s; make one with \"kartka migrate -new-key\": %w", path, errConfig)
	}
	s, err := storage.LoadOrCreateKeyFile(path)
	if err != nil {
		return nil, fmt.Errorf("key file: %w: %w", err, errConfig)
	}
	return s, nil
}

// schema migrates, or checks that somebody has.
func (a *app) schema(ctx context.Context, migrate bool) error {
	if migrate {
		if _, err := a.store.Migrate(ctx); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		return nil
	}
	have, want, err := a.store.SchemaVersion(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if have != want {
		return fmt.Errorf("the database has schema %d, this program needs %d; run \"kartka migrate\": %w", have, want, errConfig)
	}
	return nil
}

// openShared connects to Redis with memory to fall back on, or uses memory alone.
func (a *app) openShared() error {
	const mostKeys = 1_000_000
	memory := kv.NewMemory(time.Now, mostKeys)
	if a.config.Redis == "" {
		a.shared = memory
		return nil
	}
	kv.LogRedis(a.logger)
	client, err := kv.OpenRedis(a.config.Redis.Reveal())
	if err != nil {
		return fmt.Errorf("KARTKA_REDIS: %w: %w", err, errConfig)
	}
	fallback := kv.NewFallback(kv.NewRedis(client, "kartka:"), memory, a.logger, time.Now)
	a.shared, a.redisUp, a.redis = fallback, fallback.Up, client
	return nil
}

func (a *app) close() {
	if a.redis != nil {
		if err := a.redis.Close(); err != nil {
			a.logger.Warn("close redis", "error", err)
		}
	}
	if a.store != nil {
		a.store.Close()
	}
}

// codes is the engine's view of shared state.
type codes struct{ kv.Store }

// PutOnce stores a value under a key that nobody has used within ttl.
func (c codes) PutOnce(ctx context.Context, key, value string, ttl time.Duration) (bool, error) {
	first, err := c.Once(ctx, key, ttl)
	if err != nil || !first {
		return false, err
	}
	return true, c.Set(ctx, key, value, ttl)
}

// Count counts within a window.
func (c codes) Count(ctx context.Context, key string, window time.Duration) (int, error) {
	n, err := c.Incr(ctx, key, window)
	return int(n), err
}

// withApp runs a short subcommand on an opened app.
func withApp(ctx context.Context, c console, migrate bool, run func(*app) error) error {
	cfg, err := loadConfig(c.env)
	if err != nil {
		return err
	}
	a, err := openApp(ctx, c, cfg, migrate)
	if err != nil {
		return err
	}
	defer a.close()
	return run(a)
}

// eachProgram runs something for one program by slug or, with "", for all.
func (a *app) eachProgram(ctx context.Context, slug string, run func(engine.Program) error) error {
	if slug != "" {
		p, err := a.store.ProgramBySlug(ctx, slug)
		if err != nil {
			return programError(slug, err)
		}
		return run(p)
	}
	programs, err := a.store.Programs(ctx)
	if err != nil {
		return fmt.Errorf("list programs: %w", err)
	}
	var failed []error
	for _, p := range programs {
		if err := run(p); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", p.Slug, err))
		}
	}
	return errors.Join(failed...)
}

func programError(slug string, err error) error {
	if engine.IsKind(err, engine.KindNotFound) {
		return fmt.Errorf("no program %q; \"kartka program list\" shows them: %w", slug, errConfig)
	}
	return fmt.Errorf("read program: %w", err)
}
