// Package storagetest gives tests the databases they run on: throw-away PostgreSQL and Redis servers on loopback,
// and SQLite files.
//
// [Postgres], [Redis] and [SQLite] return the URL of something empty that belongs to one test. PostgreSQL is
// started once per test process, and every test gets a database of its own on it; setting [EnvPostgres] to the URL
// of a running server (whose role may create databases) makes all packages share that one instead, which saves an
// initdb per package. [EnvRedis] does the same for Redis; tests that share a Redis keep apart by a key prefix.
//
// [StartPostgres] and [StartRedis] start a server for one test alone, which may crash it and start it again.
//
// A server binary that is not installed fails the test: nothing is skipped silently. For working without servers on
// a developer's own machine, and only there, [EnvSQLiteOnly] set to 1 turns that failure into a skip.
//
// Servers never outlive the test process. Beside each one sits a small watchdog process that waits for the test
// process to end, however it ends, then stops the server and removes its files.
//
// The package is imported by tests only, and needs a Unix system.
package storagetest

// The environment variables the package reads.
const (
	EnvPostgres   = "KARTKA_TEST_POSTGRES_URL" // a running PostgreSQL to create test databases on
	EnvRedis      = "KARTKA_TEST_REDIS_URL"    // a running Redis to use
	EnvSQLiteOnly = "KARTKA_TEST_SQLITE_ONLY"  // 1: skip what needs a server (local development only)
)
