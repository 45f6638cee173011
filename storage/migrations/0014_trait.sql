-- What segments ask about members. All of it follows from other tables and can be made anew from them; it is kept so that a million members are
-- counted with one look at one narrow table.

-- Told or set by hand; gone when the person is erased, as all of profile is.
ALTER TABLE profile ADD COLUMN gender text NOT NULL DEFAULT '' CHECK (gender IN ('', 'female', 'male'));
ALTER TABLE profile ADD COLUMN city text NOT NULL DEFAULT '';
ALTER TABLE profile ADD COLUMN fields text NOT NULL DEFAULT ''; -- JSON: what else the shop asks

-- One row for each member, for ever: a place is never another's. Days are numbers from 1970 on, 0 is none. Channels are bits. Free texts are in the
-- form in which they are compared.
CREATE TABLE trait (
	program_id text NOT NULL,
	member_id  text NOT NULL,
	no         bigint NOT NULL, -- place in audiences, from 0
	live       boolean NOT NULL, -- the card is in use and part of no other
	as_of      bigint NOT NULL, -- the day that windows look back from
	joined     bigint NOT NULL,
	first_day  bigint NOT NULL, -- of visits
	last_day   bigint NOT NULL,
	visits     bigint NOT NULL,
	visits_30  bigint NOT NULL,
	visits_90  bigint NOT NULL,
	visits_365 bigint NOT NULL,
	spent      bigint NOT NULL,
	spent_30   bigint NOT NULL,
	spent_90   bigint NOT NULL,
	spent_365  bigint NOT NULL,
	balance    bigint NOT NULL,
	burning_7  bigint NOT NULL,
	burning_14 bigint NOT NULL,
	burning_30 bigint NOT NULL,
	referrals  bigint NOT NULL,
	ratings    bigint NOT NULL,
	rating     smallint NOT NULL, -- stars given last, 0 none
	birth_year smallint NOT NULL, -- 0 not told
	consent    smallint NOT NULL,
	reach      smallint NOT NULL,
	invited    boolean NOT NULL,
	gender     text NOT NULL,
	language   text NOT NULL,
	tier       text NOT NULL,
	city       text NOT NULL,
	source     text NOT NULL,
	tags       text NOT NULL, -- JSON list
	PRIMARY KEY (program_id, member_id),
	UNIQUE (program_id, no)
)
WITH (fillfactor = 80);

-- What members have several of. A row that says nothing is not there.
CREATE TABLE trait_item (
	program_id text NOT NULL,
	kind       text NOT NULL CHECK (kind IN ('good', 'category', 'place', 'stamps', 'coupon', 'field')),
	of_what    text NOT NULL,
	member_id  text NOT NULL,
	n          bigint NOT NULL,
	day        bigint NOT NULL, -- the last, 0 none
	value      text NOT NULL, -- of a field
	PRIMARY KEY (program_id, kind, of_what, member_id)
);
CREATE INDEX trait_item_member ON trait_item (program_id, member_id);

-- Members about whom something has changed that no posting tells of.
CREATE TABLE trait_due (
	program_id text NOT NULL,
	member_id  text NOT NULL,
	PRIMARY KEY (program_id, member_id)
);

-- Everybody is due once.
INSERT INTO trait_due (program_id, member_id) SELECT program_id, id FROM member;

-- Groups of members that a program has named.
CREATE TABLE segment (
	program_id text NOT NULL REFERENCES program (id),
	id         text NOT NULL,
	name       text NOT NULL,
	folded     text NOT NULL, -- the name, as names are compared
	expr       text NOT NULL, -- JSON
	frozen     boolean NOT NULL, -- segment_member says who belongs to it
	size       bigint NOT NULL, -- of a frozen one, as it was made
	by_staff   text NOT NULL,
	at         timestamptz NOT NULL,
	PRIMARY KEY (program_id, id),
	UNIQUE (program_id, folded)
);
CREATE TABLE segment_member (
	program_id text NOT NULL,
	segment_id text NOT NULL,
	member_id  text NOT NULL,
	PRIMARY KEY (program_id, segment_id, member_id),
	FOREIGN KEY (program_id, segment_id) REFERENCES segment (program_id, id)
);
CREATE INDEX segment_member_member ON segment_member (program_id, member_id);

-- only: postgres
ALTER TABLE profile ALTER COLUMN gender TYPE text COLLATE "C", ALTER COLUMN city TYPE text COLLATE "C", ALTER COLUMN fields TYPE text COLLATE "C";
ALTER TABLE trait ALTER COLUMN program_id TYPE text COLLATE "C", ALTER COLUMN member_id TYPE text COLLATE "C", ALTER COLUMN gender TYPE text COLLATE "C",
	ALTER COLUMN language TYPE text COLLATE "C", ALTER COLUMN tier TYPE text COLLATE "C", ALTER COLUMN city TYPE text COLLATE "C",
	ALTER COLUMN source TYPE text COLLATE "C", ALTER COLUMN tags TYPE text COLLATE "C";
ALTER TABLE trait_item ALTER COLUMN program_id TYPE text COLLATE "C", ALTER COLUMN kind TYPE text COLLATE "C", ALTER COLUMN of_what TYPE text COLLATE "C",
	ALTER COLUMN member_id TYPE text COLLATE "C", ALTER COLUMN value TYPE text COLLATE "C";
ALTER TABLE trait_due ALTER COLUMN program_id TYPE text COLLATE "C", ALTER COLUMN member_id TYPE text COLLATE "C";
ALTER TABLE segment ALTER COLUMN program_id TYPE text COLLATE "C", ALTER COLUMN id TYPE text COLLATE "C", ALTER COLUMN name TYPE text COLLATE "C",
	ALTER COLUMN folded TYPE text COLLATE "C", ALTER COLUMN expr TYPE text COLLATE "C", ALTER COLUMN by_staff TYPE text COLLATE "C";
ALTER TABLE segment_member ALTER COLUMN program_id TYPE text COLLATE "C", ALTER COLUMN segment_id TYPE text COLLATE "C", ALTER COLUMN member_id TYPE text COLLATE "C";
-- end only
