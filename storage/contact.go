package storage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
)

const contactColumns = `program_id, id, channel, sender, user_id, member_id, staff_id, name, locale, language, source, blocked_at,
	session, session_version, slots, created_at, seen_at`

const selectContact = `SELECT ` + contactColumns + ` FROM contact `

// seenContact is a contact with the time of its last visit, which the engine does not ask for.
type seenContact struct {
	engine.Contact
	seen time.Time
}

func (r reads) scanSeen(row pgx.Row) (c seenContact, err error) {
	var blocked *time.Time
	var session, slots string
	err = row.Scan(&c.ProgramID, &c.ID, &c.Address.Channel, &c.Address.Sender, &c.Address.UserID, &c.MemberID, &c.StaffID, &c.Name,
		&c.Locale, &c.Language, &c.Source, &blocked, &session, &c.SessionVersion, &slots, &c.CreatedAt, &c.seen)
	if err != nil {
		return c, err
	}
	c.BlockedAt, c.Session = timeOrZero(blocked), rawJSON(session)
	if err := decode("slots", slots, &c.Slots); err != nil {
		return c, err
	}
	c.Name, err = r.seal.openText(c.Name, placeContactName(c.ProgramID, c.ID))
	return c, err
}

func (r reads) scanContact(row pgx.Row) (engine.Contact, error) {
	c, err := r.scanSeen(row)
	return c.Contact, err
}

func placeContactName(programID, id string) []byte { return place("contact.name", programID, id) }

// Contact implements [engine.PeopleReads].
func (r reads) Contact(ctx context.Context, programID, id string) (engine.Contact, error) {
	return one(ctx, r.q, "contact", r.scanContact, selectContact+`WHERE program_id = $1 AND id = $2`, programID, id)
}

// ContactsOf implements [engine.PeopleReads], last seen first.
func (r reads) ContactsOf(ctx context.Context, programID, memberID, staffID string) ([]engine.Contact, error) {
	const order = ` ORDER BY seen_at DESC, id`
	switch {
	case memberID != "":
		return many(ctx, r.q, "contacts", r.scanContact, selectContact+`WHERE program_id = $1 AND member_id = $2 AND member_id <> ''`+order, programID, memberID)
	case staffID != "":
		return many(ctx, r.q, "contacts", r.scanContact, selectContact+`WHERE program_id = $1 AND staff_id = $2 AND staff_id <> ''`+order, programID, staffID)
	}
	return nil, nil
}

// seenEvery is how exactly the last visit is known: a visit sooner after another one writes nothing.
const seenEvery = time.Minute

// TouchContact implements [engine.PeopleWrites]. CreatedAt is taken as the time of the visit.
func (w *writes) TouchContact(ctx context.Context, c engine.Contact) (engine.Contact, error) {
	a := c.Address
	const byAddress = selectContact + `WHERE program_id = $1 AND channel = $2 AND sender = $3 AND user_id = $4`
	known, err := one(ctx, w.q, "contact", w.scanSeen, byAddress, c.ProgramID, a.Channel, a.Sender, a.UserID)
	if engine.IsKind(err, engine.KindNotFound) {
		// Another transaction may make the same contact now; then its row is read.
		_, err = exec(ctx, w.q, "insert contact", `INSERT INTO contact (`+contactColumns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16)
			ON CONFLICT (program_id, channel, sender, user_id) DO NOTHING`,
			c.ProgramID, c.ID, a.Channel, a.Sender, a.UserID, c.MemberID, c.StaffID, w.seal.sealText(c.Name, placeContactName(c.ProgramID, c.ID)),
			c.Locale, c.Language, c.Source, nullable(c.BlockedAt), string(c.Session), c.SessionVersion, "", c.CreatedAt)
		if err != nil {
			return engine.Contact{}, err
		}
		known, err = one(ctx, w.q, "contact", w.scanSeen, byAddress, c.ProgramID, a.Channel, a.Sender, a.UserID)
	}
	if err != nil {
		return engine.Contact{}, err
	}
	fresh := known
	fresh.Name, fresh.Locale = c.Name, c.Locale
	if c.CreatedAt.Sub(known.seen) >= seenEvery {
		fresh.seen = c.CreatedAt
	}
	if fresh.Name == known.Name && fresh.Locale == known.Locale && fresh.seen.Equal(known.seen) {
		return known.Contact, nil
	}
	return fresh.Contact, update(ctx, w.q, "contact", `UPDATE contact SET name = $3, locale = $4, seen_at = $5 WHERE program_id = $1 AND id = $2`,
		known.ProgramID, known.ID, w.seal.sealText(fresh.Name, placeContactName(known.ProgramID, known.ID)), fresh.Locale, fresh.seen)
}

// LinkContact implements [engine.PeopleWrites].
func (w *writes) LinkContact(ctx context.Context, programID, contactID, memberID, staffID string) error {
	var before string
	err := w.q.QueryRow(ctx, `SELECT member_id FROM contact WHERE program_id = $1 AND id = $2`, programID, contactID).Scan(&before)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("read contact: %w", err)
	}
	err = update(ctx, w.q, "contact", `UPDATE contact SET member_id = $3, staff_id = $4 WHERE program_id = $1 AND id = $2`,
		programID, contactID, memberID, staffID)
	if err != nil || before == memberID {
		return err
	}
	return w.touch(ctx, programID, before, memberID)
}

// SetLanguage implements [engine.PeopleWrites].
func (w *writes) SetLanguage(ctx context.Context, programID, contactID, language string) error {
	var memberID, staffID string
	err := w.q.QueryRow(ctx, `UPDATE contact SET language = $3 WHERE program_id = $1 AND id = $2 RETURNING member_id, staff_id`,
		programID, contactID, language).Scan(&memberID, &staffID)
	if errors.Is(err, pgx.ErrNoRows) {
		return notFound("contact")
	}
	if err != nil {
		return fmt.Errorf("set language: %w", err)
	}
	if memberID != "" {
		if err := update(ctx, w.q, "member", `UPDATE member SET language = $3 WHERE program_id = $1 AND id = $2`, programID, memberID, language); err != nil {
			return err
		}
		if err := w.touch(ctx, programID, memberID); err != nil {
			return err
		}
	}
	if staffID != "" {
		return update(ctx, w.q, "staff", `UPDATE staff SET language = $3 WHERE program_id = $1 AND id = $2`, programID, staffID, language)
	}
	return nil
}

// SetBlocked implements [engine.PeopleWrites].
func (w *writes) SetBlocked(ctx context.Context, programID, contactID string, at time.Time) error {
	var memberID string
	err := w.q.QueryRow(ctx, `UPDATE contact SET blocked_at = $3 WHERE program_id = $1 AND id = $2 RETURNING member_id`, programID, contactID, nullable(at)).Scan(&memberID)
	if errors.Is(err, pgx.ErrNoRows) {
		return notFound("contact")
	}
	if err != nil {
		return fmt.Errorf("set blocked: %w", err)
	}
	return w.touch(ctx, programID, memberID)
}

// SaveSession implements [engine.PeopleWrites]. A contact that is gone keeps no session, and that is no error: the person
// has been erased in the course of this very turn, whose last words must still go out.
func (w *writes) SaveSession(ctx context.Context, programID, contactID string, session []byte, version int64) error {
	n, err := exec(ctx, w.q, "save session", `UPDATE contact SET session = $3, session_version = session_version + 1
		WHERE program_id = $1 AND id = $2 AND session_version = $4`, programID, contactID, string(session), version)
	if err != nil || n > 0 {
		return err
	}
	err = goneOr(ctx, w.q, conflict("session"), "contact", `SELECT 1 FROM contact WHERE program_id = $1 AND id = $2`, programID, contactID)
	if engine.IsKind(err, engine.KindNotFound) {
		return nil
	}
	return err
}

// SaveSlot implements [engine.PeopleWrites].
func (w *writes) SaveSlot(ctx context.Context, programID, contactID, slot, ref string) error {
	var text string
	err := w.q.QueryRow(ctx, `SELECT slots FROM contact WHERE program_id = $1 AND id = $2 FOR UPDATE`, programID, contactID).Scan(&text)
	if errors.Is(err, pgx.ErrNoRows) {
		return notFound("contact")
	}
	if err != nil {
		return fmt.Errorf("read slots: %w", err)
	}
	slots := map[string]string{}
	if err := decode("slots", text, &slots); err != nil {
		return err
	}
	if slots[slot] == ref {
		return nil
	}
	if slots[slot] = ref; ref == "" {
		delete(slots, slot)
	}
	if text, err = encode("slots", slots); err != nil {
		return err
	}
	return update(ctx, w.q, "contact", `UPDATE contact SET slots = $3 WHERE program_id = $1 AND id = $2`, programID, contactID, text)
}
