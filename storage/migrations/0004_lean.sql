-- Fewer and narrower rows: a posting carries its entries, a sale its lines and tenders. Each column of JSON is written and read
-- by one piece of code, which documents it; nothing is asked of it here.
--
-- On PostgreSQL every posting and sale is written anew, and every index of a text column is built anew.

ALTER TABLE posting ADD COLUMN moves text NOT NULL DEFAULT ''; -- JSON: the entries, in their order
ALTER TABLE sale ADD COLUMN lines text NOT NULL DEFAULT ''; -- JSON: with what has been returned of each
ALTER TABLE sale ADD COLUMN tenders text NOT NULL DEFAULT ''; -- JSON

-- Postings are append-only, so the trigger steps aside while what is known of them already is moved to another place.

-- only: postgres
ALTER TABLE posting DISABLE TRIGGER posting_append_only;
UPDATE posting SET moves = e.moves
FROM (
	SELECT program_id, posting_id, '[' || string_agg('[' || to_json(lot_id)::text || ',' || points || ',"' || contra || '"]', ',' ORDER BY no) || ']' AS moves
	FROM entry GROUP BY program_id, posting_id
) e
WHERE e.program_id = posting.program_id AND e.posting_id = posting.id;
ALTER TABLE posting ENABLE TRIGGER posting_append_only;

UPDATE sale SET lines = l.lines
FROM (
	SELECT program_id, sale_id, '[' || string_agg(json_strip_nulls(json_build_object(
			'no', CASE WHEN no <> place THEN no END,
			's', NULLIF(sku, ''), 't', NULLIF(name, ''), 'c', NULLIF(category, ''), 'q', NULLIF(quantity, 0), 'n', NULLIF(net, 0),
			'xe', CASE WHEN no_earn THEN 1 END, 'xr', CASE WHEN no_redeem THEN 1 END,
			'd', NULLIF(discount, 0), 'm', NULLIF(redeem_money, 0), 'p', NULLIF(redeem_points, 0), 'g', NULLIF(certificate, 0), 'e', NULLIF(earn, 0),
			'rq', NULLIF(returned_qty, 0), 'rn', NULLIF(returned_net, 0), 'rc', NULLIF(returned_cash, 0), 'rg', NULLIF(returned_gift, 0),
			're', NULLIF(reversed_earn, 0), 'rp', NULLIF(reversed_redeem, 0)))::text, ',' ORDER BY no) || ']' AS lines
	FROM (SELECT *, row_number() OVER (PARTITION BY program_id, sale_id ORDER BY no) AS place FROM sale_line) placed
	GROUP BY program_id, sale_id
) l
WHERE l.program_id = sale.program_id AND l.sale_id = sale.id;
-- end only
-- only: sqlite
DROP TRIGGER posting_no_update;
UPDATE posting SET moves = e.moves
FROM (
	SELECT program_id, posting_id, '[' || string_agg('[' || json_quote(lot_id) || ',' || points || ',"' || contra || '"]', ',' ORDER BY no) || ']' AS moves
	FROM entry GROUP BY program_id, posting_id
) e
WHERE e.program_id = posting.program_id AND e.posting_id = posting.id;
CREATE TRIGGER posting_no_update BEFORE UPDATE ON posting BEGIN SELECT RAISE(ABORT, 'posting is append-only'); END;

UPDATE sale SET lines = l.lines
FROM (
	SELECT program_id, sale_id, '[' || string_agg(json_patch('{}', json_object(
			'no', CASE WHEN no <> place THEN no END,
			's', NULLIF(sku, ''), 't', NULLIF(name, ''), 'c', NULLIF(category, ''), 'q', NULLIF(quantity, 0), 'n', NULLIF(net, 0),
			'xe', NULLIF(no_earn, 0), 'xr', NULLIF(no_redeem, 0),
			'd', NULLIF(discount, 0), 'm', NULLIF(redeem_money, 0), 'p', NULLIF(redeem_points, 0), 'g', NULLIF(certificate, 0), 'e', NULLIF(earn, 0),
			'rq', NULLIF(returned_qty, 0), 'rn', NULLIF(returned_net, 0), 'rc', NULLIF(returned_cash, 0), 'rg', NULLIF(returned_gift, 0),
			're', NULLIF(reversed_earn, 0), 'rp', NULLIF(reversed_redeem, 0))), ',' ORDER BY no) || ']' AS lines
	FROM (SELECT *, row_number() OVER (PARTITION BY program_id, sale_id ORDER BY no) AS place FROM sale_line) placed
	GROUP BY program_id, sale_id
) l
WHERE l.program_id = sale.program_id AND l.sale_id = sale.id;
-- end only

UPDATE sale SET tenders = t.tenders
FROM (
	SELECT program_id, sale_id, '[' || string_agg('["' || kind || '",' || amount || ']', ',' ORDER BY no) || ']' AS tenders
	FROM sale_tender GROUP BY program_id, sale_id
) t
WHERE t.program_id = sale.program_id AND t.sale_id = sale.id;

DROP TABLE entry;
DROP TABLE sale_line;
DROP TABLE sale_tender;

-- only: postgres

-- A lot or a hold is written under the lock of its account, so a check per row finds nothing; verification looks for strays.
ALTER TABLE lot DROP CONSTRAINT lot_program_id_account_id_fkey;
ALTER TABLE hold DROP CONSTRAINT hold_program_id_account_id_fkey;

-- Ids and texts are compared byte by byte, as SQLite and the program compare them: one order everywhere, and the locale is not
-- asked each time an index is searched. A column that is added later says COLLATE "C" itself. The list of migrations stays as it is:
-- whoever runs this has statements prepared on it.
DO $$
DECLARE
	t record;
BEGIN
	FOR t IN
		SELECT c.oid::regclass AS name, string_agg(format('ALTER COLUMN %I TYPE text COLLATE "C"', a.attname), ', ' ORDER BY a.attnum) AS changes
		FROM pg_class c
		JOIN pg_namespace n ON n.oid = c.relnamespace
		JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE n.nspname = current_schema() AND c.relkind = 'r' AND c.relname <> 'schema_migration'
			AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'text'::regtype
		GROUP BY c.oid
	LOOP
		EXECUTE format('ALTER TABLE %s %s', t.name, t.changes);
	END LOOP;
END
$$;

-- Sales are recorded in the order of time: ranges of pages tell apart what lies in a day, and an insert adds to no tree.
DROP INDEX sale_time;
CREATE INDEX sale_time ON sale USING brin (recorded_at) WITH (pages_per_range = 32, autosummarize = on);
-- end only

-- The posting that makes a sale has the sale's id and is found by it. Those that follow are few, and so are those from before.
DROP INDEX posting_sale;
CREATE INDEX posting_sale ON posting (program_id, sale_id) WHERE sale_id <> '' AND sale_id <> id;
