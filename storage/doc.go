// Package storage keeps everything, on PostgreSQL or in a SQLite file: it implements [engine.Store], [engine.Messages] and
// [engine.Verifier] with one text of SQL for both. The conformance suite that both pass is package storagetest.
//
// # What is kept how
//
//   - program_settings, posting, consent, audit and certificate_move are append-only: triggers refuse UPDATE and DELETE.
//   - A posting carries its entries, a sale its lines and tenders, as JSON in a column of its own row: they are written and read
//     together, and a row of their own each would cost more than they do. The formats are in moves.go and lines.go.
//   - The posting that makes a sale has the sale's id, and is the sale's row too until the sale is corrected: then the sale becomes a row of
//     its own, which changes, while the posting stays. The view every_sale has all of them as they are now.
//   - An account row carries its balance and debt, a lot row what remains of it. Both are derived: [Store.Verify]
//     recomputes them from entries. Used-up lots leave the index by which accounts are loaded.
//   - The account row also says whose it is and what the member's visits come to, with tier and tags, so that a sale changes one
//     row. The same visits are found by day: in the posting of the sale, or in activity where tiers look back over days, and for what
//     was corrected or merged. [Store.Verify] compares the two. They, stamps and a member's own counters are written under the lock of the account.
//   - What is left of a gift certificate is Σ certificate_move. Merged members keep their rows and numbers and point straight
//     at the one that is kept; the records of merges know how to part them.
//   - Personal data is in profile, and beside it in contact and staff, which need a name to speak to, and for a while in
//     resting_number; what guests wrote about their purchases is in rating until they leave. Names, phones, birthdays and secrets, codes of gift certificates among them, are sealed ([Sealer]);
//     phones, birthdays and codes are found by a keyed index. Deliveries and messages lose text and address once they are settled. Consents,
//     postings and sales know opaque ids only, so erasing a person leaves the sums.
//   - A message to a member or staff waits in notice, with others in one row, until a sender of the program looks for messages; then its
//     contact is looked up and it moves to outbox. The format is in notice.go.
//   - Every key begins with program_id but those of program, bot, lease and mark.
//   - Times are UTC with microseconds, an absent one is NULL; an absent text is ”.
//
// # SQL
//
// Statements are written in the subset that both databases read alike:
//
//	write                                            not
//	$1; CAST($1 AS text)                             $1::text
//	times passed from Go                             now(), interval, CAST(x AS timestamptz)
//	= ANY($1) with a slice                           unnest, <> ALL, arrays in columns
//	INSERT … ON CONFLICT DO NOTHING, and the number  a unique violation to be caught: it would spoil
//	  of rows                                          the transaction on PostgreSQL
//	INSERT … ON CONFLICT (…) DO UPDATE … WHERE …     ON CONFLICT ON CONSTRAINT, MERGE
//	  RETURNING x
//	WITH … UPDATE … FROM …, RETURNING own columns    INSERT, UPDATE or DELETE inside WITH
//	SELECT … ORDER BY id FOR UPDATE before a change  read, compute, write without a lock
//	UPDATE … SET n = n + $1 WHERE state = $2         the same in two statements
//	(a, b) < ($1, $2) pages                          OFFSET
//	UNION ALL of typed columns, the first branch     json_agg, json_group_array
//	  with a type for each
//	CAST(COALESCE(sum(x), 0) AS bigint)              sum(x): numeric on PostgreSQL
//	CASE WHEN flag THEN 1 ELSE 0 END                 CAST(flag AS bigint)
//	a literal in the predicate of a partial index    a parameter there: the index is not used
//
// Nothing is written twice but one question, what tells this database from a copy of it: a file and a cluster have nothing in common there. The schema differs in its triggers, and on
// PostgreSQL in this: every text column has COLLATE "C", which is how SQLite compares; lots and holds refer to their account by no
// foreign key; sales are found by the time they were recorded through a BRIN.
package storage
