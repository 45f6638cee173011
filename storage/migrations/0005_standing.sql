-- One row for what a member stands at. Account and member are one to one, and a sale changes both the balance and what visits come
-- to: the columns of standing move into account.

-- What a sale changes is in no index, so that PostgreSQL rewrites the row in place, in the room that its pages keep free. Questions
-- about many members walk over account_member.
ALTER TABLE account ADD COLUMN visits bigint NOT NULL DEFAULT 0; -- = Σ activity, as are spent and earned
ALTER TABLE account ADD COLUMN spent bigint NOT NULL DEFAULT 0; -- money and the worth of points, less discounts
ALTER TABLE account ADD COLUMN earned bigint NOT NULL DEFAULT 0; -- points for purchases: a tier may count them; they are no balance
ALTER TABLE account ADD COLUMN referrals bigint NOT NULL DEFAULT 0; -- friends whose purchase counted
ALTER TABLE account ADD COLUMN first_at timestamptz; -- visit, NULL: none yet
ALTER TABLE account ADD COLUMN last_at timestamptz;
ALTER TABLE account ADD COLUMN tier_since timestamptz;
ALTER TABLE account ADD COLUMN tier_until timestamptz; -- NULL: for ever
ALTER TABLE account ADD COLUMN tier_by_hand boolean NOT NULL DEFAULT false;
ALTER TABLE account ADD COLUMN tier_grace boolean NOT NULL DEFAULT false; -- tier_until has passed, the days of grace run
ALTER TABLE account ADD COLUMN tier_warned boolean NOT NULL DEFAULT false; -- the member has been told that it ends
ALTER TABLE account ADD COLUMN tier text NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN tags text NOT NULL DEFAULT ''; -- JSON list
ALTER TABLE account ADD COLUMN member_id text NOT NULL DEFAULT ''; -- whose member.account_id says this one; '' for nobody's
-- only: postgres
ALTER TABLE account ALTER COLUMN tier TYPE text COLLATE "C", ALTER COLUMN tags TYPE text COLLATE "C", ALTER COLUMN member_id TYPE text COLLATE "C";
-- end only

UPDATE account SET member_id = o.member_id, visits = o.visits, spent = o.spent, earned = o.earned, referrals = o.referrals,
	first_at = o.first_at, last_at = o.last_at, tier = o.tier, tier_since = o.tier_since, tier_until = o.tier_until,
	tier_by_hand = o.tier_by_hand, tier_grace = o.tier_grace, tier_warned = o.tier_warned, tags = o.tags
FROM (
	SELECT m.program_id, m.account_id, m.id AS member_id, COALESCE(s.visits, 0) AS visits, COALESCE(s.spent, 0) AS spent,
		COALESCE(s.earned, 0) AS earned, COALESCE(s.referrals, 0) AS referrals, s.first_at, s.last_at, COALESCE(s.tier, '') AS tier,
		s.tier_since, s.tier_until, COALESCE(s.tier_by_hand, false) AS tier_by_hand, COALESCE(s.tier_grace, false) AS tier_grace,
		COALESCE(s.tier_warned, false) AS tier_warned, COALESCE(s.tags, '') AS tags
	FROM member m LEFT JOIN standing s ON s.program_id = m.program_id AND s.member_id = m.id
) o
WHERE account.program_id = o.program_id AND account.id = o.account_id;

CREATE UNIQUE INDEX account_member ON account (program_id, member_id) WHERE member_id <> '';

DROP TABLE standing;
