-- Triggers: campaigns that wait for something to happen to a member.

ALTER TABLE delivery ADD COLUMN due_at timestamptz; -- of a trigger: when it is to come
ALTER TABLE delivery ADD COLUMN acts boolean NOT NULL DEFAULT FALSE; -- a gift, a tag or a word to staff is still to come, before the message
CREATE INDEX delivery_acts ON delivery (program_id, campaign_id, due_at) WHERE acts;

-- What happened to members that no posting tells of, until triggers have looked at it. The id says what it was and to what, so that it is there once.
CREATE TABLE happening (
	program_id text NOT NULL,
	id         text NOT NULL,
	member_id  text NOT NULL,
	event      text NOT NULL,
	of_what    text NOT NULL,
	name       text NOT NULL,
	number     bigint NOT NULL,
	at         timestamptz NOT NULL,
	PRIMARY KEY (program_id, id)
);

-- only: postgres
ALTER TABLE happening ALTER COLUMN program_id TYPE text COLLATE "C", ALTER COLUMN id TYPE text COLLATE "C", ALTER COLUMN member_id TYPE text COLLATE "C",
	ALTER COLUMN event TYPE text COLLATE "C", ALTER COLUMN of_what TYPE text COLLATE "C", ALTER COLUMN name TYPE text COLLATE "C";
-- end only
