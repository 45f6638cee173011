package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// connectionsFor is how many connections a server must have free: those of pgbench's clients, those of each shop's engine, which stay open
// beside them and beside one at a time of a shop of a scenario's own, some of them for questions by key, and some to look and to clean up with.
func connectionsFor(clients, shops int) int {
	return clients + shops*(max(8, 2*processors())+max(4, 2*processors())+4) + 4
}

// dbServer is a PostgreSQL server on which the bench makes databases of its own. It touches no other.
type dbServer struct {
	base    *url.URL
	version string
	made    []string
}

// openServer looks at a server, and refuses one that is not durable, because its numbers would mean nothing, or that allows too few
// connections.
func openServer(ctx context.Context, base string, connections int) (*dbServer, error) {
	u, err := url.Parse(base)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		return nil, fmt.Errorf("-postgres needs a URL such as postgres://user@127.0.0.1:5432/postgres: %w", errConfig) // it may hold a password
	}
	s := &dbServer{base: u}
	return s, s.use(ctx, "", func(conn *pgx.Conn) error {
		settings := map[string]string{}
		for _, name := range []string{"server_version", "fsync", "synchronous_commit", "full_page_writes"} {
			var value string
			if err := conn.QueryRow(ctx, "SHOW "+name).Scan(&value); err != nil {
				return fmt.Errorf("read setting %s of PostgreSQL: %w", name, err)
			}
			settings[name] = value
		}
		var free int
		const unused = `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
			- (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::int`
		if err := conn.QueryRow(ctx, unused).Scan(&free); err != nil {
			return fmt.Errorf("count connections of PostgreSQL: %w", err)
		}
		s.version, _, _ = strings.Cut(settings["server_version"], " ")
		return errors.Join(durable(settings), enough(free, connections))
	})
}

// durable refuses settings under which a commit may be lost.
func durable(settings map[string]string) error {
	for _, name := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		if settings[name] == "off" {
			return fmt.Errorf("the server runs with %s = off: what it acknowledges may be lost, and the bench measures nothing less than durable: %w", name, errConfig)
		}
	}
	return nil
}

func enough(free, need int) error {
	if free < need {
		return fmt.Errorf("the server has %d free connections, %d are needed: raise max_connections by %d at least: %w", free, need, need-free, errConfig)
	}
	return nil
}

// use runs something on a connection to a database, "" for the one of the server's URL.
func (s *dbServer) use(ctx context.Context, database string, run func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, s.url(database))
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err) // pgx leaves the password out
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return run(conn)
}

// url is the address of a database on the server.
func (s *dbServer) url(database string) string {
	if database == "" {
		return s.base.String()
	}
	u := *s.base
	u.Path = "/" + database
	query := u.Query()
	query.Del("dbname")
	query.Del("database")
	u.RawQuery = query.Encode()
	return u.String()
}

// benchDatabase makes up a name that nobody has.
func benchDatabase() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return "kartka_bench_" + hex.EncodeToString(b[:])
}

// create makes a database that was not there.
func (s *dbServer) create(ctx context.Context, name string) error {
	return s.use(ctx, "", func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
		var pg *pgconn.PgError
		switch {
		case errors.As(err, &pg) && pg.Code == "42P04":
			return fmt.Errorf("there is a database %s already, and the bench touches none that it has not made: %w", name, errConfig)
		case errors.As(err, &pg) && pg.Code == "42501":
			return fmt.Errorf("the role of -postgres may not make databases: ALTER ROLE … CREATEDB: %w", errConfig)
		case err != nil:
			return fmt.Errorf("make database %s: %w", name, err)
		}
		s.made = append(s.made, name)
		return nil
	})
}

// drop removes the databases that create made. It works although ctx has ended.
func (s *dbServer) drop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	var failed []error
	for _, name := range s.made {
		err := s.use(ctx, "", func(conn *pgx.Conn) error {
			_, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)")
			return err
		})
		if err != nil {
			failed = append(failed, fmt.Errorf("drop database %s, which is left on the server: %w", name, err))
		}
	}
	s.made = nil
	return errors.Join(failed...)
}

// meter finds the server's processes, if they can be seen from here.
func (s *dbServer) meter(ctx context.Context, database string) (meter, error) {
	m := meter{hidden: true}
	err := s.use(ctx, database, func(conn *pgx.Conn) error {
		if first, ok := serverProcess(int(conn.PgConn().PID()), database); ok {
			m = meter{server: first}
		}
		return nil
	})
	return m, err
}

// size is how many bytes a database takes on disk.
func (s *dbServer) size(ctx context.Context, database string) (bytes int64, err error) {
	err = s.use(ctx, database, func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, "SELECT pg_database_size(current_database())").Scan(&bytes)
	})
	if err != nil {
		return 0, fmt.Errorf("ask how large the database is: %w", err)
	}
	return bytes, nil
}
