-- A guest may pause the own card: the list of a member's states grows. SQLite cannot change the list of a column, so the column is made anew.

-- only: postgres
ALTER TABLE member DROP CONSTRAINT member_state_check;
ALTER TABLE member ADD CONSTRAINT member_state_check CHECK (state IN ('active', 'paused', 'blocked', 'erased'));
-- end only
-- only: sqlite
ALTER TABLE member ADD COLUMN state_wider text NOT NULL DEFAULT 'active' CHECK (state_wider IN ('active', 'paused', 'blocked', 'erased'));
UPDATE member SET state_wider = state;
ALTER TABLE member DROP COLUMN state;
ALTER TABLE member RENAME COLUMN state_wider TO state;
-- end only
