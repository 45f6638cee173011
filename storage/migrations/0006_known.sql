-- What the open lots of an account come to, so that a sale need not read them: right from known_from until known_until, between
-- which none of them begins or ends. Σ remaining is balance + debt.

ALTER TABLE account ADD COLUMN known_active bigint NOT NULL DEFAULT 0; -- neither pending nor ended
ALTER TABLE account ADD COLUMN known_ended bigint NOT NULL DEFAULT 0; -- over and not yet written off
ALTER TABLE account ADD COLUMN known_next timestamptz; -- when the first of the others ends
ALTER TABLE account ADD COLUMN known_next_points bigint NOT NULL DEFAULT 0; -- how many end then
ALTER TABLE account ADD COLUMN known_from timestamptz; -- NULL: since ever
ALTER TABLE account ADD COLUMN known_until timestamptz; -- NULL: for ever; 1970: nothing is known

UPDATE account SET known_until = '1970-01-01T00:00:00.000000Z' WHERE balance + debt <> 0;
