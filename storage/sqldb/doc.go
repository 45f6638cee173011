// Package sqldb is the database as the rest of storage sees it: pgx's own shape, over PostgreSQL and over SQLite.
//
// [Open] returns a [DB]. For PostgreSQL it is a *pgxpool.Pool, unchanged. For SQLite it is an adapter that speaks pgx
// types, so that pgx.BeginFunc, pgx.CollectRows, pgx.RowToStructByName, pgx.NamedArgs, pgx.ErrNoRows and the codes of
// *pgconn.PgError mean the same on both, and SQL is written once.
//
// # What the SQLite adapter does
//
//   - It rewrites a small part of the statement: $N, = ANY($N), FOR UPDATE and its relatives, column types of DDL.
//     Literals and comments are left alone.
//   - It stores a time as fixed-width UTC text with microseconds (text order is time order), a boolean as 0 or 1, and
//     a map, struct or slice as JSON text, and scans them back by the type of the destination.
//   - It is as strict as PostgreSQL: STRICT tables; after an error in a transaction every statement answers 25P02
//     and Commit returns pgx.ErrTxCommitRollback; a statement while rows are open answers "conn busy"; the number
//     of arguments must be right; LIKE minds the case; foreign keys are enforced; lower and upper know Unicode.
//   - It has one writer, and readers that see the last commit. A transaction takes the writer when it begins, so
//     transactions that write never meet and FOR UPDATE has nothing left to do. Beginning a second transaction while
//     holding the first therefore waits for ever, or until the context ends: use the transaction's own Begin.
//     A read-only transaction ([ReadTx]) takes a reader instead and sees one snapshot.
//   - What has no meaning on SQLite (CopyFrom, Prepare, large objects) answers with an error that says so.
//     Conn returns nil: there is no pgx connection.
//   - Values and RowToMap give what SQLite stores (int64, float64, string, []byte, nil); only Scan knows types.
//
// # The portable subset
//
//	write                                             not
//	$1 or @name; CAST($1 AS bigint)                   $1::bigint
//	a time passed from Go                             now(), interval, extract, CURRENT_TIMESTAMP
//	text, bigint, smallint, boolean, bytea,           numeric, date, arrays, IDENTITY, sequences;
//	  timestamptz, jsonb, uuid columns                  CAST(x AS timestamptz, jsonb, boolean or numeric)
//	CAST($1 AS text) IS NULL OR x = $1                $1 IS NULL OR x = $1
//	= ANY($1) with a Go slice                         unnest, <> ALL, @>, ?, jsonb_array_elements
//	attrs->>'k', CAST(attrs->>'k' AS bigint)          jsonpath, ->> of a number without CAST
//	INSERT … ON CONFLICT (cols) DO UPDATE             ON CONFLICT ON CONSTRAINT, MERGE
//	  SET x = excluded.x RETURNING x                    (INSERT … SELECT … WHERE true ON CONFLICT …)
//	two statements in one transaction                 INSERT, UPDATE or DELETE inside WITH
//	UPDATE t SET … FROM (…) s WHERE …                 RETURNING s.x, DELETE … USING
//	row_number() OVER, FILTER, WITH RECURSIVE,        DISTINCT ON, LATERAL, greatest, generate_series, ILIKE
//	  (a, b) < ($1, $2), NULLS LAST, IS NOT DISTINCT
//	  FROM, string_agg, EXISTS
//	lower(x) LIKE lower($1)                           ORDER BY that depends on a collation
//	CAST(COALESCE(sum(x), 0) AS bigint)               numeric and floating point
//	true, false                                       1 and 0 for booleans
//	UPDATE … SET n = n - $2                           read, compute, write without a lock
//	  WHERE id = $1 AND n >= $2 RETURNING n
//	INSERT … VALUES (…), (…) ([BulkInsert])           WITH v AS (VALUES …) over parameters
//
// Whatever must differ asks [DialectOf], or stands between `-- only:` lines of a migration ([Migrate]).
package sqldb
