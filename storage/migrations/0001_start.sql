-- The tables of Kartka, for PostgreSQL and SQLite.
--
-- Every key begins with program_id, so that the schema can be spread over machines by program. Global on purpose:
-- program, bot (a sender belongs to one program), lease and mark.
--
-- An absent text is '', an absent time is NULL. Ids are made by the program, times come from it, in UTC. Columns marked
-- "sealed" hold text encrypted under a key that is not in the database. Opaque JSON is kept as text: nothing is asked of it
-- here, it must come back byte for byte, and jsonb would refuse \u0000, which JSON allows.
--
-- Foreign keys stand where the parent row is locked anyway or rows are rare. Entries and lines have none: they are written
-- with their posting or sale by one function, a check per row would cost as much as the row, and verification finds strays.
-- Nor does a posting refer to its program by one, or a delivery to its bot: all would meet on that one row.

CREATE TABLE program (
	id         text NOT NULL PRIMARY KEY,
	slug       text NOT NULL UNIQUE,
	version    bigint NOT NULL CHECK (version >= 1), -- of program_settings, the current one
	card_key   text NOT NULL, -- sealed
	state      text NOT NULL CHECK (state IN ('setup', 'active', 'paused')),
	created_at timestamptz NOT NULL
);

-- Append-only.
CREATE TABLE program_settings (
	program_id text NOT NULL REFERENCES program (id),
	version    bigint NOT NULL CHECK (version >= 1),
	settings   text NOT NULL, -- JSON as a person would write it
	by_staff   text NOT NULL,
	at         timestamptz NOT NULL,
	PRIMARY KEY (program_id, version)
);

CREATE TABLE bot (
	channel    text NOT NULL,
	sender     text NOT NULL,
	program_id text NOT NULL REFERENCES program (id),
	username   text NOT NULL,
	token      text NOT NULL, -- sealed
	secret     text NOT NULL, -- sealed
	fence      bigint NOT NULL DEFAULT 0, -- of the newest sender: an older one claims nothing
	PRIMARY KEY (channel, sender)
);
CREATE INDEX bot_program ON bot (program_id);

CREATE TABLE location (
	program_id text NOT NULL REFERENCES program (id),
	id         text NOT NULL,
	name       text NOT NULL,
	code       text NOT NULL,
	zone       text NOT NULL,
	closed     boolean NOT NULL,
	created_at timestamptz NOT NULL,
	PRIMARY KEY (program_id, id)
);
CREATE UNIQUE INDEX location_code ON location (program_id, code) WHERE code <> '';

CREATE TABLE staff (
	program_id  text NOT NULL REFERENCES program (id),
	id          text NOT NULL,
	role        text NOT NULL CHECK (role IN ('owner', 'manager', 'marketer', 'cashier')),
	name        text NOT NULL, -- sealed
	language    text NOT NULL,
	location_id text NOT NULL,
	invited_by  text NOT NULL,
	disabled    boolean NOT NULL,
	created_at  timestamptz NOT NULL,
	PRIMARY KEY (program_id, id)
);

CREATE TABLE invite (
	program_id  text NOT NULL REFERENCES program (id),
	id          text NOT NULL,
	token_hash  text NOT NULL,
	role        text NOT NULL CHECK (role IN ('owner', 'manager', 'marketer', 'cashier')),
	location_id text NOT NULL,
	created_by  text NOT NULL,
	created_at  timestamptz NOT NULL,
	expires_at  timestamptz NOT NULL,
	used_by     text NOT NULL,
	used_at     timestamptz,
	PRIMARY KEY (program_id, id),
	UNIQUE (program_id, token_hash),
	CHECK ((used_by = '') = (used_at IS NULL))
);

-- Append-only. Details name things by opaque ids.
CREATE TABLE audit (
	program_id text NOT NULL REFERENCES program (id),
	id         text NOT NULL,
	staff_id   text NOT NULL,
	act        text NOT NULL,
	subject    text NOT NULL,
	detail     text NOT NULL, -- JSON
	at         timestamptz NOT NULL,
	PRIMARY KEY (program_id, id)
);
CREATE INDEX audit_time ON audit (program_id, at, id);

-- A person at an address of a messenger, and where the conversation stands.
CREATE TABLE contact (
	program_id      text NOT NULL REFERENCES program (id),
	id              text NOT NULL,
	channel         text NOT NULL,
	sender          text NOT NULL,
	user_id         text NOT NULL,
	member_id       text NOT NULL,
	staff_id        text NOT NULL,
	name            text NOT NULL, -- sealed
	locale          text NOT NULL,
	language        text NOT NULL,
	source          text NOT NULL,
	blocked_at      timestamptz,
	session         text NOT NULL, -- JSON of the dialogs
	session_version bigint NOT NULL,
	slots           text NOT NULL, -- JSON: slot → reference of the living message
	created_at      timestamptz NOT NULL,
	seen_at         timestamptz NOT NULL, -- to the minute
	PRIMARY KEY (program_id, id),
	UNIQUE (program_id, channel, sender, user_id)
)
WITH (fillfactor = 80);
CREATE INDEX contact_member ON contact (program_id, member_id) WHERE member_id <> '';
CREATE INDEX contact_staff ON contact (program_id, staff_id) WHERE staff_id <> '';

CREATE TABLE member (
	program_id         text NOT NULL REFERENCES program (id),
	id                 text NOT NULL,
	account_id         text NOT NULL,
	card               text NOT NULL,
	token              text NOT NULL,
	invite_tag         text NOT NULL,
	language           text NOT NULL,
	state              text NOT NULL CHECK (state IN ('active', 'blocked', 'erased')),
	source             text NOT NULL,
	inviter_id         text NOT NULL,
	joined_at          timestamptz NOT NULL,
	joined_at_location text NOT NULL,
	PRIMARY KEY (program_id, id),
	UNIQUE (program_id, account_id)
);
CREATE UNIQUE INDEX member_card ON member (program_id, card) WHERE card <> '';
CREATE UNIQUE INDEX member_token ON member (program_id, token) WHERE token <> '';
CREATE UNIQUE INDEX member_invite_tag ON member (program_id, invite_tag) WHERE invite_tag <> '';
CREATE INDEX member_joined ON member (program_id, joined_at);

-- Who a member is: the one table that knows. Erasing a person deletes the row.
CREATE TABLE profile (
	program_id  text NOT NULL,
	member_id   text NOT NULL,
	name        text NOT NULL, -- sealed
	phone       text NOT NULL, -- sealed
	phone_index text NOT NULL, -- keyed hash of the number, to find it by
	proof       text NOT NULL CHECK (proof IN ('', 'typed', 'platform', 'otp')),
	PRIMARY KEY (program_id, member_id),
	FOREIGN KEY (program_id, member_id) REFERENCES member (program_id, id)
);
CREATE INDEX profile_phone ON profile (program_id, phone_index) WHERE phone_index <> '';

-- Append-only: the last act for a purpose and channel counts.
CREATE TABLE consent (
	program_id text NOT NULL,
	id         text NOT NULL,
	member_id  text NOT NULL,
	channel    text NOT NULL,
	purpose    text NOT NULL CHECK (purpose IN ('service', 'marketing')),
	given      boolean NOT NULL,
	source     text NOT NULL,
	text_id    text NOT NULL, -- id and version of the text that was shown
	language   text NOT NULL,
	at         timestamptz NOT NULL,
	PRIMARY KEY (program_id, id),
	FOREIGN KEY (program_id, member_id) REFERENCES member (program_id, id)
);
CREATE INDEX consent_member ON consent (program_id, member_id, at, id);

CREATE TABLE account (
	program_id text NOT NULL,
	id         text NOT NULL,
	balance    bigint NOT NULL, -- Σ entries = Σ lots' remaining − debt
	debt       bigint NOT NULL CHECK (debt >= 0),
	PRIMARY KEY (program_id, id),
	CHECK (balance >= -debt)
)
WITH (fillfactor = 80);

-- "open" rather than "remaining > 0" in the index: spending a part of a lot then changes no indexed column, and
-- PostgreSQL rewrites the row in place.
CREATE TABLE lot (
	program_id  text NOT NULL,
	id          text NOT NULL,
	account_id  text NOT NULL,
	kind        text NOT NULL,
	points      bigint NOT NULL CHECK (points > 0), -- as earned
	remaining   bigint NOT NULL,
	expired     bigint NOT NULL DEFAULT 0 CHECK (expired >= 0), -- what expiry has taken
	active_from timestamptz NOT NULL,
	expires_at  timestamptz, -- NULL: never
	earned_at   timestamptz NOT NULL,
	sale_id     text NOT NULL,
	open        boolean GENERATED ALWAYS AS (remaining > 0) STORED,
	PRIMARY KEY (program_id, id),
	FOREIGN KEY (program_id, account_id) REFERENCES account (program_id, id),
	CHECK (remaining >= 0 AND remaining <= points)
)
WITH (fillfactor = 85);
CREATE INDEX lot_open ON lot (program_id, account_id, expires_at) WHERE open;

-- Append-only: one change of value, and the record of its idempotency key, for ever.
CREATE TABLE posting (
	program_id  text NOT NULL,
	id          text NOT NULL,
	kind        text NOT NULL,
	key         text NOT NULL,
	hash        text NOT NULL,
	member_id   text NOT NULL,
	account_id  text NOT NULL, -- '' for a sale without a card
	sale_id     text NOT NULL,
	reverses_id text NOT NULL,
	staff_id    text NOT NULL,
	location_id text NOT NULL,
	version     bigint NOT NULL, -- of the settings
	points      bigint NOT NULL, -- net; Σ entries
	earned      bigint NOT NULL CHECK (earned >= 0),
	burned      bigint NOT NULL CHECK (burned >= 0),
	debt        bigint NOT NULL CHECK (debt >= 0), -- of the account after it
	balance     bigint NOT NULL, -- of the account after it
	expires_at  timestamptz, -- of the lot it made
	reasons     text NOT NULL, -- JSON
	note        text NOT NULL,
	answer      text NOT NULL, -- JSON
	occurred_at timestamptz NOT NULL,
	recorded_at timestamptz NOT NULL,
	PRIMARY KEY (program_id, id),
	UNIQUE (program_id, key)
);
CREATE INDEX posting_account ON posting (program_id, account_id, recorded_at, id) WHERE account_id <> '';
CREATE INDEX posting_sale ON posting (program_id, sale_id) WHERE sale_id <> '';
CREATE INDEX posting_return ON posting (program_id, recorded_at) WHERE kind = 'reverse';

-- Append-only: one line of a posting. The account is the posting's.
CREATE TABLE entry (
	program_id text NOT NULL,
	posting_id text NOT NULL,
	no         bigint NOT NULL,
	lot_id     text NOT NULL, -- '' for the debt
	points     bigint NOT NULL,
	contra     text NOT NULL CHECK (contra IN ('earn', 'burn', 'expire', 'adjust', 'debt')),
	PRIMARY KEY (program_id, posting_id, no)
);

-- A check. What has been returned of it is the only thing that changes.
CREATE TABLE sale (
	program_id      text NOT NULL,
	id              text NOT NULL,
	member_id       text NOT NULL,
	account_id      text NOT NULL,
	location_id     text NOT NULL,
	till            text NOT NULL,
	staff_id        text NOT NULL,
	receipt_no      text NOT NULL,
	business        text NOT NULL, -- YYYY-MM-DD
	source          text NOT NULL,
	currency        text NOT NULL,
	version         bigint NOT NULL,
	total           bigint NOT NULL CHECK (total >= 0),
	redeemed        bigint NOT NULL CHECK (redeemed >= 0),
	redeem_money    bigint NOT NULL CHECK (redeem_money >= 0),
	earned          bigint NOT NULL CHECK (earned >= 0),
	lot_id          text NOT NULL,
	occurred_at     timestamptz NOT NULL,
	recorded_at     timestamptz NOT NULL,
	returned_total  bigint NOT NULL CHECK (returned_total >= 0 AND returned_total <= total),
	reversed_earn   bigint NOT NULL CHECK (reversed_earn >= 0),
	reversed_redeem bigint NOT NULL CHECK (reversed_redeem >= 0),
	lapsed_used     bigint NOT NULL CHECK (lapsed_used >= 0),
	PRIMARY KEY (program_id, id)
);
-- The natural key: a till that sends a receipt twice, years apart even, has one sale.
CREATE UNIQUE INDEX sale_receipt ON sale (program_id, location_id, till, business, receipt_no) WHERE receipt_no <> '';
CREATE INDEX sale_time ON sale (program_id, recorded_at);
CREATE INDEX sale_staff ON sale (program_id, staff_id, recorded_at) WHERE staff_id <> '';

CREATE TABLE sale_line (
	program_id      text NOT NULL,
	sale_id         text NOT NULL,
	no              bigint NOT NULL,
	sku             text NOT NULL,
	name            text NOT NULL,
	category        text NOT NULL,
	quantity        bigint NOT NULL,
	net             bigint NOT NULL,
	no_earn         boolean NOT NULL,
	no_redeem       boolean NOT NULL,
	redeem_money    bigint NOT NULL,
	redeem_points   bigint NOT NULL,
	earn            bigint NOT NULL,
	returned_qty    bigint NOT NULL CHECK (returned_qty >= 0),
	returned_net    bigint NOT NULL CHECK (returned_net >= 0),
	returned_cash   bigint NOT NULL CHECK (returned_cash >= 0),
	reversed_earn   bigint NOT NULL CHECK (reversed_earn >= 0),
	reversed_redeem bigint NOT NULL CHECK (reversed_redeem >= 0),
	PRIMARY KEY (program_id, sale_id, no)
);

CREATE TABLE sale_tender (
	program_id text NOT NULL,
	sale_id    text NOT NULL,
	no         bigint NOT NULL,
	kind       text NOT NULL CHECK (kind IN ('cash', 'card', 'points', 'other')),
	amount     bigint NOT NULL,
	PRIMARY KEY (program_id, sale_id, no)
);

CREATE TABLE hold (
	program_id text NOT NULL,
	id         text NOT NULL,
	account_id text NOT NULL,
	member_id  text NOT NULL,
	points     bigint NOT NULL CHECK (points > 0),
	state      text NOT NULL CHECK (state IN ('asking', 'held', 'committed', 'released', 'denied', 'expired')),
	draft      text NOT NULL, -- JSON of the sale it is for
	key        text NOT NULL,
	hash       text NOT NULL,
	asker      text NOT NULL,
	created_at timestamptz NOT NULL,
	expires_at timestamptz NOT NULL,
	PRIMARY KEY (program_id, id),
	UNIQUE (program_id, key),
	FOREIGN KEY (program_id, account_id) REFERENCES account (program_id, id)
);
CREATE INDEX hold_open ON hold (program_id, account_id) WHERE state IN ('asking', 'held');
CREATE INDEX hold_end ON hold (program_id, expires_at) WHERE state IN ('asking', 'held');

-- A delivery of a messenger. Once handled nothing of it stays but the fingerprint that tells a repetition.
CREATE TABLE inbox (
	program_id  text NOT NULL,
	id          text NOT NULL,
	channel     text NOT NULL,
	sender      text NOT NULL,
	user_id     text NOT NULL,
	fingerprint text NOT NULL, -- of key
	key         text NOT NULL,
	ord         bigint NOT NULL,
	at          timestamptz NOT NULL,
	body        bytea NOT NULL,
	state       text NOT NULL CHECK (state IN ('new', 'done', 'dead')),
	attempts    bigint NOT NULL,
	reason      text NOT NULL,
	PRIMARY KEY (program_id, id),
	UNIQUE (program_id, channel, sender, fingerprint)
);
CREATE INDEX inbox_new ON inbox (program_id, channel, sender, user_id, ord, id) WHERE state = 'new';
CREATE INDEX inbox_dead ON inbox (program_id, at, id) WHERE state = 'dead';

-- A message on its way. Once settled nothing of it stays but what became of it.
CREATE TABLE outbox (
	program_id text NOT NULL,
	id         text NOT NULL,
	channel    text NOT NULL,
	sender     text NOT NULL,
	user_id    text NOT NULL,
	contact_id text NOT NULL,
	member_id  text NOT NULL,
	staff_id   text NOT NULL,
	key        text NOT NULL,
	lane       text NOT NULL CHECK (lane IN ('interactive', 'bulk')),
	purpose    text NOT NULL,
	message    text NOT NULL, -- JSON of the dialogs; '' when notice says what to tell
	notice     text NOT NULL, -- JSON
	wait_until timestamptz,
	expires_at timestamptz,
	state      text NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'unknown', 'dropped')),
	tries      bigint NOT NULL,
	recovered  bigint NOT NULL DEFAULT 0, -- how often it was queued again because its sender was lost
	fence      bigint NOT NULL,
	ref        text NOT NULL,
	reason     text NOT NULL,
	at         timestamptz NOT NULL,
	PRIMARY KEY (program_id, id),
	UNIQUE (program_id, key)
)
WITH (fillfactor = 80);
CREATE INDEX outbox_queue ON outbox (program_id, channel, sender, lane, at, id) WHERE state = 'queued';
CREATE INDEX outbox_person ON outbox (program_id, channel, sender, user_id, lane, at, id) WHERE state IN ('queued', 'sending');

CREATE TABLE lease (
	name       text NOT NULL PRIMARY KEY,
	holder     text NOT NULL,
	fence      bigint NOT NULL,
	expires_at timestamptz NOT NULL
);

CREATE TABLE mark (
	key   text NOT NULL PRIMARY KEY,
	value text NOT NULL
);

-- What is written in the books stays written.

-- only: postgres
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER program_settings_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON program_settings EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit EXECUTE FUNCTION refuse_change();
CREATE TRIGGER consent_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON consent EXECUTE FUNCTION refuse_change();
CREATE TRIGGER posting_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON posting EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entry EXECUTE FUNCTION refuse_change();
-- end only
-- only: sqlite
CREATE TRIGGER program_settings_no_update BEFORE UPDATE ON program_settings BEGIN SELECT RAISE(ABORT, 'program_settings is append-only'); END;
CREATE TRIGGER program_settings_no_delete BEFORE DELETE ON program_settings BEGIN SELECT RAISE(ABORT, 'program_settings is append-only'); END;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER consent_no_update BEFORE UPDATE ON consent BEGIN SELECT RAISE(ABORT, 'consent is append-only'); END;
CREATE TRIGGER consent_no_delete BEFORE DELETE ON consent BEGIN SELECT RAISE(ABORT, 'consent is append-only'); END;
CREATE TRIGGER posting_no_update BEFORE UPDATE ON posting BEGIN SELECT RAISE(ABORT, 'posting is append-only'); END;
CREATE TRIGGER posting_no_delete BEFORE DELETE ON posting BEGIN SELECT RAISE(ABORT, 'posting is append-only'); END;
CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'entry is append-only'); END;
CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'entry is append-only'); END;
-- end only
