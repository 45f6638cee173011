-- What has changed in the rows of members since somebody looked: writers take turns, and each writes a larger number. Whoever keeps the columns in memory
-- reads only what is newer than what it has. Rows that were there before are older than anything.
ALTER TABLE trait ADD COLUMN rev bigint NOT NULL DEFAULT 0;
CREATE INDEX trait_rev ON trait (program_id, rev);
