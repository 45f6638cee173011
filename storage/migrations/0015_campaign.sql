-- Messages to many. A campaign says what is told to whom; a delivery is what became of it for one person.
CREATE TABLE campaign (
	program_id  text NOT NULL REFERENCES program (id),
	id          text NOT NULL,
	kind        text NOT NULL CHECK (kind IN ('broadcast', 'trigger')),
	name        text NOT NULL,
	state       text NOT NULL CHECK (state IN ('draft', 'waiting', 'scheduled', 'overdue', 'running', 'paused', 'done', 'cancelled')),
	why         text NOT NULL, -- it rests: by whom or what
	plan        text NOT NULL, -- JSON: what was decided
	start_at    timestamptz,   -- NULL: as soon as it may
	version     bigint NOT NULL,
	by_staff    text NOT NULL,
	approved_by text NOT NULL,
	made_at     timestamptz NOT NULL,
	started_at  timestamptz,
	ended_at    timestamptz,
	sizes       text NOT NULL,   -- JSON: how many the audience was, and how many were left out for what
	fed         bigint NOT NULL, -- the place up to which deliveries are written
	PRIMARY KEY (program_id, id)
);
CREATE INDEX campaign_live ON campaign (program_id, state) WHERE state IN ('scheduled', 'overdue', 'running', 'paused');

-- Who a broadcast goes to, and who is held out of it: a set of places of trait, as it was when the broadcast began. Each set is one row,
-- however many they are.
CREATE TABLE campaign_audience (
	program_id  text NOT NULL,
	campaign_id text NOT NULL,
	part        text NOT NULL CHECK (part IN ('to', 'held')),
	places      bytea NOT NULL,
	PRIMARY KEY (program_id, campaign_id, part),
	FOREIGN KEY (program_id, campaign_id) REFERENCES campaign (program_id, id)
);

-- One row for each person and period of a campaign, written before anything is sent. A broadcast has no periods.
CREATE TABLE delivery (
	program_id   text NOT NULL,
	campaign_id  text NOT NULL,
	period       text NOT NULL,
	no           bigint NOT NULL, -- place of trait
	member_id    text NOT NULL,
	contact_id   text NOT NULL,
	channel      text NOT NULL,
	sender       text NOT NULL,
	user_id      text NOT NULL, -- '' once it is over
	variant      bigint NOT NULL,
	state        text NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'unknown', 'dropped')),
	tries        bigint NOT NULL,
	fence        bigint NOT NULL,
	wait_until   timestamptz,
	sent_at      timestamptz, -- and those that may have been
	until_at     timestamptz, -- what the person does before is put down to it
	delivered_at timestamptz,
	read_at      timestamptz,
	clicked_at   timestamptz,
	stopped_at   timestamptz, -- the person wants no more of the kind
	gift         text NOT NULL, -- the posting that gave what the campaign gives
	ref          text NOT NULL,
	reason       text NOT NULL,
	PRIMARY KEY (program_id, campaign_id, period, no)
)
WITH (fillfactor = 70);
CREATE INDEX delivery_open ON delivery (program_id, campaign_id, channel, sender, no, period) WHERE state IN ('queued', 'sending');
CREATE INDEX delivery_sending ON delivery (program_id, channel, sender) WHERE state = 'sending';
CREATE INDEX delivery_sent ON delivery (program_id, no, sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX delivery_member ON delivery (program_id, member_id, campaign_id);

-- Which button of a campaign a person has pressed, and how often.
CREATE TABLE campaign_press (
	program_id  text NOT NULL,
	campaign_id text NOT NULL,
	button      bigint NOT NULL, -- of the variant the person got, from 0
	no          bigint NOT NULL,
	n           bigint NOT NULL,
	first_at    timestamptz NOT NULL,
	PRIMARY KEY (program_id, campaign_id, button, no)
);

-- only: postgres
ALTER TABLE campaign ALTER COLUMN program_id TYPE text COLLATE "C", ALTER COLUMN id TYPE text COLLATE "C", ALTER COLUMN kind TYPE text COLLATE "C",
	ALTER COLUMN name TYPE text COLLATE "C", ALTER COLUMN state TYPE text COLLATE "C", ALTER COLUMN why TYPE text COLLATE "C",
	ALTER COLUMN plan TYPE text COLLATE "C", ALTER COLUMN by_staff TYPE text COLLATE "C", ALTER COLUMN approved_by TYPE text COLLATE "C",
	ALTER COLUMN sizes TYPE text COLLATE "C";
ALTER TABLE campaign_audience ALTER COLUMN program_id TYPE text COLLATE "C", ALTER COLUMN campaign_id TYPE text COLLATE "C", ALTER COLUMN part TYPE text COLLATE "C";
ALTER TABLE delivery ALTER COLUMN program_id TYPE text COLLATE "C", ALTER COLUMN campaign_id TYPE text COLLATE "C", ALTER COLUMN period TYPE text COLLATE "C",
	ALTER COLUMN member_id TYPE text COLLATE "C", ALTER COLUMN contact_id TYPE text COLLATE "C", ALTER COLUMN channel TYPE text COLLATE "C",
	ALTER COLUMN sender TYPE text COLLATE "C", ALTER COLUMN user_id TYPE text COLLATE "C", ALTER COLUMN state TYPE text COLLATE "C",
	ALTER COLUMN gift TYPE text COLLATE "C", ALTER COLUMN ref TYPE text COLLATE "C", ALTER COLUMN reason TYPE text COLLATE "C";
ALTER TABLE campaign_press ALTER COLUMN program_id TYPE text COLLATE "C", ALTER COLUMN campaign_id TYPE text COLLATE "C";
-- end only
