-- Gift certificates, referrals, merged members, and returns that wait for their sale.

-- A gift certificate. Whoever knows the code may spend it, so it is sealed, and found by a keyed hash.
CREATE TABLE certificate (
	program_id text NOT NULL REFERENCES program (id),
	id         text NOT NULL,
	code       text NOT NULL, -- sealed
	code_index text NOT NULL, -- keyed hash of the code, to find it by
	amount     bigint NOT NULL CHECK (amount >= 0),
	remaining  bigint NOT NULL, -- Σ certificate_move
	points     bigint NOT NULL CHECK (points >= 0),
	state      text NOT NULL CHECK (state IN ('active', 'spent', 'expired', 'blocked')),
	member_id  text NOT NULL, -- '' for a paper one
	sale_id    text NOT NULL,
	staff_id   text NOT NULL,
	issued_at  timestamptz NOT NULL,
	expires_at timestamptz, -- NULL: never
	PRIMARY KEY (program_id, id),
	UNIQUE (program_id, code_index),
	CHECK (remaining >= 0 AND remaining <= amount)
);
CREATE INDEX certificate_member ON certificate (program_id, member_id) WHERE member_id <> '';
CREATE INDEX certificate_end ON certificate (program_id, expires_at) WHERE state = 'active';

-- Append-only: a line of a certificate's book.
CREATE TABLE certificate_move (
	program_id     text NOT NULL,
	id             text NOT NULL,
	certificate_id text NOT NULL,
	key            text NOT NULL,
	sale_id        text NOT NULL,
	amount         bigint NOT NULL,
	at             timestamptz NOT NULL,
	PRIMARY KEY (program_id, id),
	UNIQUE (program_id, key),
	FOREIGN KEY (program_id, certificate_id) REFERENCES certificate (program_id, id)
);
CREATE INDEX certificate_move_certificate ON certificate_move (program_id, certificate_id);

-- Who brought whom, and how far the reward has come. A friend was brought once.
CREATE TABLE referral (
	program_id     text NOT NULL,
	friend_id      text NOT NULL,
	inviter_id     text NOT NULL,
	state          text NOT NULL CHECK (state IN ('joined', 'pending', 'paid', 'reversed', 'refused')),
	sale_id        text NOT NULL, -- the purchase that counted
	inviter_points bigint NOT NULL CHECK (inviter_points >= 0),
	friend_points  bigint NOT NULL CHECK (friend_points >= 0),
	lot_id         text NOT NULL, -- of the inviter's reward
	suspect        boolean NOT NULL,
	due_at         timestamptz,
	at             timestamptz NOT NULL,
	PRIMARY KEY (program_id, friend_id),
	FOREIGN KEY (program_id, friend_id) REFERENCES member (program_id, id),
	FOREIGN KEY (program_id, inviter_id) REFERENCES member (program_id, id)
);
CREATE INDEX referral_inviter ON referral (program_id, inviter_id, at, friend_id);
CREATE INDEX referral_due ON referral (program_id, due_at) WHERE state = 'pending';

-- The member that this one became part of. It always names one that is part of no other; which merge made it so, and what
-- parts them again, is in merge_record.
ALTER TABLE member ADD COLUMN merged_into text NOT NULL DEFAULT '';
CREATE INDEX member_merged ON member (program_id, merged_into) WHERE merged_into <> '';

CREATE TABLE merge_record (
	program_id text NOT NULL,
	id         text NOT NULL,
	kept_id    text NOT NULL,
	gone_id    text NOT NULL,
	detail     text NOT NULL, -- JSON
	by_staff   text NOT NULL,
	at         timestamptz NOT NULL,
	undone_at  timestamptz,
	PRIMARY KEY (program_id, id),
	FOREIGN KEY (program_id, kept_id) REFERENCES member (program_id, id),
	FOREIGN KEY (program_id, gone_id) REFERENCES member (program_id, id)
);
CREATE INDEX merge_record_kept ON merge_record (program_id, kept_id);
CREATE INDEX merge_record_gone ON merge_record (program_id, gone_id);

-- A phone that was taken off a card and finds none for a while. It is kept, sealed, so that its hash can be made anew under
-- another key; the id is the hash it had at first.
CREATE TABLE resting_number (
	program_id  text NOT NULL,
	id          text NOT NULL,
	phone       text NOT NULL, -- sealed
	phone_index text NOT NULL,
	member_id   text NOT NULL, -- whose it was
	until       timestamptz NOT NULL,
	PRIMARY KEY (program_id, id),
	FOREIGN KEY (program_id, member_id) REFERENCES member (program_id, id)
);
CREATE INDEX resting_number_phone ON resting_number (program_id, phone_index);
CREATE INDEX resting_number_member ON resting_number (program_id, member_id);

-- A return that came before its sale.
CREATE TABLE orphan (
	program_id  text NOT NULL REFERENCES program (id),
	id          text NOT NULL,
	location_id text NOT NULL,
	till        text NOT NULL,
	business    text NOT NULL,
	receipt_no  text NOT NULL,
	key         text NOT NULL,
	input       text NOT NULL, -- JSON of the return
	at          timestamptz NOT NULL,
	matched_at  timestamptz,
	PRIMARY KEY (program_id, id),
	UNIQUE (program_id, key)
);
CREATE INDEX orphan_waiting ON orphan (program_id, location_id, till, business, receipt_no) WHERE matched_at IS NULL;

-- How far a periodic run of a program has come.
CREATE TABLE bookmark (
	program_id text NOT NULL REFERENCES program (id),
	name       text NOT NULL,
	value      text NOT NULL,
	PRIMARY KEY (program_id, name)
);

-- A member's purchases, and all purchases of a period by member.
CREATE INDEX sale_member ON sale (program_id, member_id, occurred_at, id);

-- only: postgres
CREATE TRIGGER certificate_move_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON certificate_move EXECUTE FUNCTION refuse_change();
-- end only
-- only: sqlite
CREATE TRIGGER certificate_move_no_update BEFORE UPDATE ON certificate_move BEGIN SELECT RAISE(ABORT, 'certificate_move is append-only'); END;
CREATE TRIGGER certificate_move_no_delete BEFORE DELETE ON certificate_move BEGIN SELECT RAISE(ABORT, 'certificate_move is append-only'); END;
-- end only
