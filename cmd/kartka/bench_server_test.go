package main

import (
	"errors"
	"strings"
	"testing"

	"kartka/storage/storagetest"

	"github.com/jackc/pgx/v5"
)

func TestOnlyDurableServersAreMeasured(t *testing.T) {
	on := map[string]string{"fsync": "on", "synchronous_commit": "remote_apply", "full_page_writes": "on"}
	if err := durable(on); err != nil {
		t.Error(err)
	}
	for name := range on {
		off := map[string]string{"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", name: "off"}
		if err := durable(off); !errors.Is(err, errConfig) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s = off: %v", name, err)
		}
	}
	if err := enough(20, 20); err != nil {
		t.Error(err)
	}
	if err := enough(19, 20); !errors.Is(err, errConfig) || !strings.Contains(err.Error(), "max_connections") {
		t.Errorf("%v", err)
	}
}

func TestServerURLs(t *testing.T) {
	for _, bad := range []string{"sqlite:x", "postgres://me:pass word\x7f@h/d", ""} {
		if _, err := openServer(t.Context(), bad, 1); !errors.Is(err, errConfig) || strings.Contains(err.Error(), "word") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// A database that somebody has is neither used nor dropped; one of the bench's own is dropped whoever is connected to it.
func TestServerTouchesItsOwnDatabasesOnly(t *testing.T) {
	ctx := t.Context()
	base := storagetest.StartPostgres(t, storagetest.PostgresOptions{Durable: true}).URL()
	theirs, err := openServer(ctx, base, 1)
	if err != nil {
		t.Fatal(err)
	}
	if theirs.version == "" {
		t.Error("no version")
	}
	if _, err := openServer(ctx, base+"&synchronous_commit=off", 1); !errors.Is(err, errConfig) || !strings.Contains(err.Error(), "synchronous_commit") {
		t.Errorf("a server that is not durable: %v", err)
	}
	if _, err := openServer(ctx, base, 10_000); !errors.Is(err, errConfig) || !strings.Contains(err.Error(), "max_connections") {
		t.Errorf("a server with few connections: %v", err)
	}
	if err := theirs.create(ctx, "kartka_bench_theirs"); err != nil {
		t.Fatal(err)
	}
	ours, err := openServer(ctx, base, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := ours.create(ctx, "kartka_bench_theirs"); !errors.Is(err, errConfig) || !strings.Contains(err.Error(), "already") {
		t.Errorf("%v", err)
	}
	if err := ours.create(ctx, "kartka_bench_ours"); err != nil {
		t.Fatal(err)
	}
	m, err := ours.meter(ctx, "kartka_bench_ours")
	if u := m.read(); err != nil || m.server == 0 || u.server == nil || *u.server <= 0 || u.sum() == nil {
		t.Errorf("the server on this machine is not seen: %+v, %+v, %v", m, u, err)
	}
	if bytes, err := ours.size(ctx, "kartka_bench_ours"); err != nil || bytes < 1<<20 {
		t.Errorf("%d bytes, %v", bytes, err)
	}
	lingering, err := pgx.Connect(ctx, ours.url("kartka_bench_ours"))
	if err != nil {
		t.Fatal(err)
	}
	defer lingering.Close(ctx)
	if err := ours.drop(ctx); err != nil {
		t.Fatal(err)
	}
	if left := benchDatabases(t, ours); len(left) != 1 || left[0] != "kartka_bench_theirs" {
		t.Errorf("left: %q", left)
	}
}

// benchDatabases lists those with a name of the bench's.
func benchDatabases(t *testing.T, s *dbServer) (names []string) {
	t.Helper()
	err := s.use(t.Context(), "", func(conn *pgx.Conn) error {
		rows, err := conn.Query(t.Context(), `SELECT datname FROM pg_database WHERE starts_with(datname, 'kartka_bench_') ORDER BY datname`)
		if err != nil {
			return err
		}
		names, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
