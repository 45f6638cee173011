-- What a program knows of a member beside the points: visits, tiers, stamps, coupons, how often a limit has been used.
--
-- A member's rows are written under the lock of the member's account, so nothing here is locked twice. The counters of a whole
-- program are locked row by row. Who a member is stays in profile: the birthday is sealed there.

-- What an upsert of a sale changes is in no index, so that PostgreSQL rewrites the row in place. Questions about many
-- members walk over the key.
CREATE TABLE standing (
	program_id   text NOT NULL,
	member_id    text NOT NULL,
	visits       bigint NOT NULL DEFAULT 0, -- = Σ activity, as are spent and earned
	spent        bigint NOT NULL DEFAULT 0,
	earned       bigint NOT NULL DEFAULT 0,
	referrals    bigint NOT NULL DEFAULT 0,
	first_at     timestamptz,
	last_at      timestamptz,
	tier         text NOT NULL DEFAULT '',
	tier_since   timestamptz,
	tier_until   timestamptz, -- NULL: for ever
	tier_by_hand boolean NOT NULL DEFAULT false,
	tier_grace   boolean NOT NULL DEFAULT false,
	tier_warned  boolean NOT NULL DEFAULT false,
	tags         text NOT NULL DEFAULT '', -- JSON list
	PRIMARY KEY (program_id, member_id),
	FOREIGN KEY (program_id, member_id) REFERENCES member (program_id, id)
)
WITH (fillfactor = 80);

-- The same by business day, for tiers that look at a window of days.
CREATE TABLE activity (
	program_id text NOT NULL,
	member_id  text NOT NULL,
	day        text NOT NULL, -- YYYY-MM-DD
	visits     bigint NOT NULL,
	spent      bigint NOT NULL,
	earned     bigint NOT NULL,
	PRIMARY KEY (program_id, member_id, day)
);

CREATE TABLE stamp (
	program_id text NOT NULL,
	member_id  text NOT NULL,
	card       text NOT NULL,
	count      bigint NOT NULL, -- below zero after returns
	done       bigint NOT NULL, -- rounds
	PRIMARY KEY (program_id, member_id, card)
)
WITH (fillfactor = 85);

-- How often a limit has been used in a period; member_id is '' for all members together.
CREATE TABLE counter (
	program_id text NOT NULL,
	member_id  text NOT NULL,
	of_what    text NOT NULL,
	period     text NOT NULL,
	times      bigint NOT NULL,
	points     bigint NOT NULL,
	amount     bigint NOT NULL,
	last_at    timestamptz,
	PRIMARY KEY (program_id, member_id, of_what, period)
)
WITH (fillfactor = 80);

CREATE TABLE coupon (
	program_id  text NOT NULL,
	id          text NOT NULL,
	member_id   text NOT NULL,
	kind        text NOT NULL,
	state       text NOT NULL CHECK (state IN ('issued', 'activated', 'applied', 'expired', 'revoked')),
	active_from timestamptz NOT NULL,
	expires_at  timestamptz, -- NULL: never
	source      text NOT NULL,
	sale_id     text NOT NULL,
	reissued    boolean NOT NULL,
	issued_at   timestamptz NOT NULL,
	used_at     timestamptz,
	staff_id    text NOT NULL,
	PRIMARY KEY (program_id, id),
	FOREIGN KEY (program_id, member_id) REFERENCES member (program_id, id)
);
CREATE INDEX coupon_member ON coupon (program_id, member_id, state);
CREATE INDEX coupon_due ON coupon (program_id, expires_at) WHERE state IN ('issued', 'activated');

ALTER TABLE sale ADD COLUMN discount bigint NOT NULL DEFAULT 0 CHECK (discount >= 0);
ALTER TABLE sale ADD COLUMN certificate bigint NOT NULL DEFAULT 0 CHECK (certificate >= 0); -- paid by gift certificates
ALTER TABLE sale ADD COLUMN did text NOT NULL DEFAULT ''; -- JSON
ALTER TABLE sale ADD COLUMN revision bigint NOT NULL DEFAULT 0;
ALTER TABLE sale_line ADD COLUMN discount bigint NOT NULL DEFAULT 0;
ALTER TABLE sale_line ADD COLUMN certificate bigint NOT NULL DEFAULT 0;
ALTER TABLE sale_line ADD COLUMN returned_gift bigint NOT NULL DEFAULT 0 CHECK (returned_gift >= 0);

ALTER TABLE profile ADD COLUMN birthday text NOT NULL DEFAULT ''; -- sealed
ALTER TABLE profile ADD COLUMN birthday_index text NOT NULL DEFAULT ''; -- keyed hash of month and day, to find it by
ALTER TABLE profile ADD COLUMN birthday_changed_at timestamptz;
CREATE INDEX profile_birthday ON profile (program_id, birthday_index) WHERE birthday_index <> '';

-- Lots that wait before they can be spent.
CREATE INDEX lot_pending ON lot (program_id, active_from) WHERE open AND active_from > earned_at;

-- Points between members, gift certificates and checks on the house: the lists of what is allowed grow. SQLite cannot change a
-- list of a column, so its tables are made anew.

-- only: postgres
ALTER TABLE entry DROP CONSTRAINT entry_contra_check;
ALTER TABLE entry ADD CONSTRAINT entry_contra_check CHECK (contra IN ('earn', 'burn', 'expire', 'adjust', 'debt', 'transfer'));
ALTER TABLE sale_tender DROP CONSTRAINT sale_tender_kind_check;
ALTER TABLE sale_tender ADD CONSTRAINT sale_tender_kind_check CHECK (kind IN ('cash', 'card', 'points', 'other', 'gift', 'house'));
-- end only
-- only: sqlite
CREATE TABLE entry_wider (
	program_id text NOT NULL,
	posting_id text NOT NULL,
	no         bigint NOT NULL,
	lot_id     text NOT NULL, -- '' for the debt
	points     bigint NOT NULL,
	contra     text NOT NULL CHECK (contra IN ('earn', 'burn', 'expire', 'adjust', 'debt', 'transfer')),
	PRIMARY KEY (program_id, posting_id, no)
);
INSERT INTO entry_wider SELECT program_id, posting_id, no, lot_id, points, contra FROM entry ORDER BY rowid;
DROP TABLE entry;
ALTER TABLE entry_wider RENAME TO entry;
CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'entry is append-only'); END;
CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'entry is append-only'); END;
CREATE TABLE sale_tender_wider (
	program_id text NOT NULL,
	sale_id    text NOT NULL,
	no         bigint NOT NULL,
	kind       text NOT NULL CHECK (kind IN ('cash', 'card', 'points', 'other', 'gift', 'house')),
	amount     bigint NOT NULL,
	PRIMARY KEY (program_id, sale_id, no)
);
INSERT INTO sale_tender_wider SELECT program_id, sale_id, no, kind, amount FROM sale_tender ORDER BY rowid;
DROP TABLE sale_tender;
ALTER TABLE sale_tender_wider RENAME TO sale_tender;
-- end only

-- What sales so far have come to, as if each had been counted when it was made: with a card, less what was returned, and those
-- returned in full not at all.
INSERT INTO activity (program_id, member_id, day, visits, spent, earned)
SELECT s.program_id, s.member_id, s.business, count(*), CAST(sum(s.total - s.returned_total) AS bigint), CAST(sum(s.earned - s.reversed_earn) AS bigint)
FROM sale s JOIN member m ON m.program_id = s.program_id AND m.id = s.member_id
WHERE s.returned_total < s.total OR s.total = 0
GROUP BY s.program_id, s.member_id, s.business;

INSERT INTO standing (program_id, member_id, visits, spent, earned, first_at, last_at)
SELECT s.program_id, s.member_id, count(*), CAST(sum(s.total - s.returned_total) AS bigint), CAST(sum(s.earned - s.reversed_earn) AS bigint),
	min(s.occurred_at), max(s.occurred_at)
FROM sale s JOIN member m ON m.program_id = s.program_id AND m.id = s.member_id
WHERE s.returned_total < s.total OR s.total = 0
GROUP BY s.program_id, s.member_id;
