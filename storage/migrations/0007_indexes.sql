-- Lots are found in the order in which they are spent, however many of them end on one day.

DROP INDEX lot_open;
CREATE INDEX lot_open ON lot (program_id, account_id, expires_at, earned_at) WHERE open;

-- The queue of messages is found with fewer columns: each of them is compared at every step down the index, for every message written.
-- A sender belongs to one channel, and a person has few messages on their way.

DROP INDEX outbox_queue;
DROP INDEX outbox_person;
CREATE INDEX outbox_queue ON outbox (program_id, sender, lane, at, id) WHERE state = 'queued';
CREATE INDEX outbox_person ON outbox (program_id, user_id, at) WHERE state IN ('queued', 'sending');
