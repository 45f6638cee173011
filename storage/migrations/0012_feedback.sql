-- What guests think of their purchases: one row for each sale that was rated. Place and person are the sale's, kept here too so that marks are
-- counted without reading sales.

CREATE TABLE rating (
	program_id  text NOT NULL REFERENCES program (id),
	sale_id     text NOT NULL,
	id          text NOT NULL,
	member_id   text NOT NULL, -- '' for a sale without a card
	location_id text NOT NULL,
	staff_id    text NOT NULL,
	stars       bigint NOT NULL CHECK (stars BETWEEN 1 AND 5),
	comment     text NOT NULL, -- '' when there is none, or whoever wrote it has left
	via         text NOT NULL CHECK (via IN ('chat', 'app', 'receipt')),
	day         text NOT NULL, -- of at, in the program's zone
	at          timestamptz NOT NULL,
	changed_at  timestamptz NOT NULL,
	PRIMARY KEY (program_id, sale_id),
	UNIQUE (program_id, id)
);
CREATE INDEX rating_day ON rating (program_id, day, location_id, staff_id, stars);
CREATE INDEX rating_time ON rating (program_id, at, id);
CREATE INDEX rating_member ON rating (program_id, member_id) WHERE member_id <> '';

-- When a guest was last asked to rate a sale, or rated one. It is read where a receipt is put into words, not by a sale.
ALTER TABLE member ADD COLUMN asked_at timestamptz; -- NULL: never
ALTER TABLE member ADD COLUMN asked_sale text NOT NULL DEFAULT '';

-- only: postgres
ALTER TABLE rating ALTER COLUMN program_id TYPE text COLLATE "C", ALTER COLUMN sale_id TYPE text COLLATE "C", ALTER COLUMN id TYPE text COLLATE "C",
	ALTER COLUMN member_id TYPE text COLLATE "C", ALTER COLUMN location_id TYPE text COLLATE "C", ALTER COLUMN staff_id TYPE text COLLATE "C",
	ALTER COLUMN comment TYPE text COLLATE "C", ALTER COLUMN via TYPE text COLLATE "C", ALTER COLUMN day TYPE text COLLATE "C";
ALTER TABLE member ALTER COLUMN asked_sale TYPE text COLLATE "C";
-- end only
