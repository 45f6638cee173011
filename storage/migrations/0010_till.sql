-- Keys of tills. A till is a name at a location; it has as many rows as it has been given keys, and each key may be revoked by itself. A key is kept as
-- its hash.

CREATE TABLE till (
	program_id  text NOT NULL REFERENCES program (id),
	id          text NOT NULL,
	location_id text NOT NULL,
	name        text NOT NULL, -- as in sale.till
	key_hash    text NOT NULL,
	created_at  timestamptz NOT NULL,
	revoked_at  timestamptz, -- NULL: the key works
	PRIMARY KEY (program_id, id),
	UNIQUE (program_id, key_hash),
	FOREIGN KEY (program_id, location_id) REFERENCES location (program_id, id)
);
-- only: postgres
ALTER TABLE till ALTER COLUMN program_id TYPE text COLLATE "C", ALTER COLUMN id TYPE text COLLATE "C", ALTER COLUMN location_id TYPE text COLLATE "C",
	ALTER COLUMN name TYPE text COLLATE "C", ALTER COLUMN key_hash TYPE text COLLATE "C";
-- end only
