-- A sale is kept in the row of the posting that makes it, which knows most of it already, until it is corrected: then it becomes a row
-- of sale, which changes, while the posting stays as it was. Sales from before stay where they are. A view has all of them.

ALTER TABLE posting ADD COLUMN sold boolean NOT NULL DEFAULT false; -- it is a sale as it was made; the only column that changes
ALTER TABLE posting ADD COLUMN counted boolean NOT NULL DEFAULT false; -- it is one visit of its business day, and activity has no row of it
ALTER TABLE posting ADD COLUMN till text NOT NULL DEFAULT '';
ALTER TABLE posting ADD COLUMN receipt_no text NOT NULL DEFAULT '';
ALTER TABLE posting ADD COLUMN business text NOT NULL DEFAULT ''; -- YYYY-MM-DD
ALTER TABLE posting ADD COLUMN source text NOT NULL DEFAULT '';
ALTER TABLE posting ADD COLUMN currency text NOT NULL DEFAULT '';
ALTER TABLE posting ADD COLUMN total bigint NOT NULL DEFAULT 0;
ALTER TABLE posting ADD COLUMN redeem_money bigint NOT NULL DEFAULT 0;
ALTER TABLE posting ADD COLUMN discount bigint NOT NULL DEFAULT 0;
ALTER TABLE posting ADD COLUMN certificate bigint NOT NULL DEFAULT 0; -- paid by gift certificates
ALTER TABLE posting ADD COLUMN lot_id text NOT NULL DEFAULT '';
ALTER TABLE posting ADD COLUMN did text NOT NULL DEFAULT ''; -- JSON
ALTER TABLE posting ADD COLUMN lines text NOT NULL DEFAULT ''; -- JSON
ALTER TABLE posting ADD COLUMN tenders text NOT NULL DEFAULT ''; -- JSON
-- only: postgres
ALTER TABLE posting ALTER COLUMN till TYPE text COLLATE "C", ALTER COLUMN receipt_no TYPE text COLLATE "C", ALTER COLUMN business TYPE text COLLATE "C",
	ALTER COLUMN source TYPE text COLLATE "C", ALTER COLUMN currency TYPE text COLLATE "C", ALTER COLUMN lot_id TYPE text COLLATE "C",
	ALTER COLUMN did TYPE text COLLATE "C", ALTER COLUMN lines TYPE text COLLATE "C", ALTER COLUMN tenders TYPE text COLLATE "C";
-- end only

CREATE VIEW every_sale AS
SELECT program_id, id, member_id, account_id, location_id, till, staff_id, receipt_no, business, source, currency, version, total,
	burned AS redeemed, redeem_money, earned, lot_id, occurred_at, recorded_at, CAST(0 AS bigint) AS returned_total,
	CAST(0 AS bigint) AS reversed_earn, CAST(0 AS bigint) AS reversed_redeem, CAST(0 AS bigint) AS lapsed_used, discount, certificate, did,
	CAST(0 AS bigint) AS revision, lines, tenders
FROM posting WHERE sold
UNION ALL
SELECT program_id, id, member_id, account_id, location_id, till, staff_id, receipt_no, business, source, currency, version, total,
	redeemed, redeem_money, earned, lot_id, occurred_at, recorded_at, returned_total,
	reversed_earn, reversed_redeem, lapsed_used, discount, certificate, did,
	revision, lines, tenders
FROM sale;

-- The natural key: a till that sends a receipt twice, years apart even, has one sale. It stays with the posting of a corrected one.
CREATE UNIQUE INDEX posting_receipt ON posting (program_id, location_id, till, business, receipt_no) WHERE receipt_no <> '';
CREATE INDEX posting_staff ON posting (program_id, staff_id, recorded_at) WHERE sold AND staff_id <> '';
CREATE INDEX posting_nobody ON posting (program_id, occurred_at, id) WHERE sold AND account_id = ''; -- sales without a card

-- only: postgres
CREATE INDEX posting_time ON posting USING brin (recorded_at) WITH (pages_per_range = 32, autosummarize = on);

DROP TRIGGER posting_append_only ON posting;
CREATE TRIGGER posting_append_only BEFORE DELETE OR TRUNCATE OR UPDATE OF program_id, id, kind, key, hash, member_id, account_id, sale_id, reverses_id,
	staff_id, location_id, version, points, earned, burned, debt, balance, expires_at, reasons, note, answer, occurred_at, recorded_at, moves, counted,
	till, receipt_no, business, source, currency, total, redeem_money, discount, certificate, lot_id, did, lines, tenders
	ON posting EXECUTE FUNCTION refuse_change();
-- end only
-- only: sqlite
CREATE INDEX posting_time ON posting (program_id, recorded_at) WHERE sold;

DROP TRIGGER posting_no_update;
CREATE TRIGGER posting_no_update BEFORE UPDATE OF program_id, id, kind, key, hash, member_id, account_id, sale_id, reverses_id,
	staff_id, location_id, version, points, earned, burned, debt, balance, expires_at, reasons, note, answer, occurred_at, recorded_at, moves, counted,
	till, receipt_no, business, source, currency, total, redeem_money, discount, certificate, lot_id, did, lines, tenders
	ON posting BEGIN SELECT RAISE(ABORT, 'posting is append-only'); END;
-- end only
