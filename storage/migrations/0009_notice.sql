-- Messages to members and to staff whose contact is still to be looked up: many in a row, all of one lane. The next claim of the lane
-- turns them into messages of the outbox.

CREATE TABLE notice (
	program_id text NOT NULL,
	lane       text NOT NULL CHECK (lane IN ('interactive', 'bulk')),
	at         timestamptz NOT NULL, -- when the first of them was queued, and its id
	id         text NOT NULL,
	n          bigint NOT NULL, -- how many they are
	body       text NOT NULL, -- JSON: one after another
	PRIMARY KEY (program_id, lane, at, id)
);
-- only: postgres
ALTER TABLE notice ALTER COLUMN program_id TYPE text COLLATE "C", ALTER COLUMN lane TYPE text COLLATE "C", ALTER COLUMN id TYPE text COLLATE "C",
	ALTER COLUMN body TYPE text COLLATE "C";
-- end only
