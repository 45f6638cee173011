-- What a sale asks of the member is kept with the account too, so that it reads one row where it read three. Whatever changes a member
-- changes both.

ALTER TABLE account ADD COLUMN holder_state text NOT NULL DEFAULT 'active'; -- member.state
ALTER TABLE account ADD COLUMN inviter_id text NOT NULL DEFAULT ''; -- member.inviter_id
ALTER TABLE account ADD COLUMN joined_at timestamptz; -- member.joined_at, NULL: the account is nobody's
ALTER TABLE account ADD COLUMN merged_into text NOT NULL DEFAULT ''; -- member.merged_into
-- only: postgres
ALTER TABLE account ALTER COLUMN holder_state TYPE text COLLATE "C", ALTER COLUMN inviter_id TYPE text COLLATE "C", ALTER COLUMN merged_into TYPE text COLLATE "C";
-- end only

UPDATE account SET holder_state = m.state, inviter_id = m.inviter_id, joined_at = m.joined_at, merged_into = m.merged_into
FROM member m WHERE m.program_id = account.program_id AND m.account_id = account.id;

-- The columns that tell receipts apart come first: the others are the same for most of those that they are compared with.
DROP INDEX posting_receipt;
CREATE UNIQUE INDEX posting_receipt ON posting (program_id, business, receipt_no, till, location_id) WHERE receipt_no <> '';

-- only: postgres
-- A body is gone in a second: to make it smaller takes longer than to write it.
ALTER TABLE notice ALTER COLUMN body SET STORAGE EXTERNAL;
-- end only
