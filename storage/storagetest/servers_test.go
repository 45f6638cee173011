package storagetest_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"kartka/storage/storagetest"
)

func TestPostgresDatabasesAreSeparate(t *testing.T) {
	ctx := t.Context()
	a, b := storagetest.Postgres(t), storagetest.Postgres(t)
	if a == b {
		t.Fatalf("two calls gave the same database %s", a)
	}
	for _, url := range []string{a, b} {
		conn := connect(t, url)
		if _, err := conn.Exec(ctx, "CREATE TABLE only_mine (id bigint)"); err != nil {
			t.Fatal(err)
		}
	}
}

// An acknowledged commit survives a crash of a durable server, and the URL stays good.
func TestPostgresCrash(t *testing.T) {
	ctx := t.Context()
	s := storagetest.StartPostgres(t, storagetest.PostgresOptions{Durable: true, Settings: map[string]string{"work_mem": "7MB"}})
	conn := connect(t, s.URL())
	var mem, fsync string
	if err := conn.QueryRow(ctx, "SELECT current_setting('work_mem'), current_setting('fsync')").Scan(&mem, &fsync); err != nil {
		t.Fatal(err)
	}
	if mem != "7MB" || fsync != "on" {
		t.Errorf("work_mem %s, fsync %s", mem, fsync)
	}
	if _, err := conn.Exec(ctx, "CREATE TABLE kept AS SELECT 42 AS n"); err != nil {
		t.Fatal(err)
	}
	s.Crash()
	if err := conn.Ping(ctx); err == nil {
		t.Fatal("the connection outlived the crash")
	}
	s.Start()
	var n int
	if err := connect(t, s.URL()).QueryRow(ctx, "SELECT n FROM kept").Scan(&n); err != nil || n != 42 {
		t.Fatalf("after the crash: %d, %v", n, err)
	}
}

func TestRedisCrash(t *testing.T) {
	ctx := t.Context()
	s := storagetest.StartRedis(t)
	opts, err := redis.ParseURL(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	opts.MaxRetries = -1
	c := redis.NewClient(opts)
	defer c.Close()
	if err := c.Set(ctx, "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	s.Crash()
	if err := c.Ping(ctx).Err(); err == nil {
		t.Fatal("a dead Redis answered")
	}
	s.Start()
	if n, err := c.Exists(ctx, "k").Result(); err != nil || n != 0 {
		t.Fatalf("after the restart: %d keys, %v", n, err)
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}
