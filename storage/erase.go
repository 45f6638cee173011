package storage

import (
	"context"
	"time"

	"kartka/engine"
)

// EraseMember implements [engine.PeopleWrites]. What goes:
//
//   - the profile, with name, phone, birthday and their indexes, gender, city and fields; the numbers of the card; language; tags
//   - the member's contacts with their sessions and slots. One that also belongs to a member of staff keeps the address,
//     which the work needs, and loses what was said so far.
//   - comments on purchases; the marks stay
//   - coupons that have not been used: they are revoked
//   - messages that wait for those contacts or for the member, and what is left of their unhandled or dead deliveries
//   - the numbers taken off the card that still rest; gift certificates are then nobody's, and work for whoever has the code
//   - what the records of merges tell beside who and when: there is nothing to part any more
//   - all the same of the members that were merged into this one
//
// What stays names nobody: the member's id, acquisition source and dates, consents, postings, sales, referrals, and how much was
// counted: visits, stamps, limits. Deliveries that have not been handled yet stay until they are, so that whatever the person
// wrote last is answered; their handling strips them. Erasing again changes nothing.
func (w *writes) EraseMember(ctx context.Context, programID, memberID string, now time.Time) error {
	if err := w.lockMember(ctx, programID, memberID); err != nil { // from here on none is merged into it
		return err
	}
	merged, err := many(ctx, w.q, "merged members", scanText, `SELECT id FROM member WHERE program_id = $1 AND merged_into = $2 AND merged_into <> '' ORDER BY id`,
		programID, memberID)
	if err != nil {
		return err
	}
	everyone := append(merged, memberID)
	for _, id := range everyone {
		if err := w.eraseMember(ctx, programID, id); err != nil {
			return err
		}
	}
	return w.eraseTraits(ctx, programID, everyone...)
}

// eraseMember erases one row of a person.
func (w *writes) eraseMember(ctx context.Context, programID, memberID string) error {
	if err := w.lockMember(ctx, programID, memberID); err != nil {
		return err
	}
	if err := w.eraseNotices(ctx, programID, memberID); err != nil { // before the outbox, where they go
		return err
	}
	contacts, err := w.ContactsOf(ctx, programID, memberID, "")
	if err != nil {
		return err
	}
	for _, c := range contacts {
		if err := w.eraseContact(ctx, c); err != nil {
			return err
		}
	}
	// A notice may still be on its way to a contact that was unlinked since.
	_, err = exec(ctx, w.q, "drop messages", `UPDATE outbox SET state = 'dropped', reason = 'erased', message = '', notice = '', user_id = ''
		WHERE program_id = $1 AND member_id = $2 AND member_id <> '' AND state IN ('queued', 'sending')`, programID, memberID)
	if err != nil {
		return err
	}
	if err := w.deleteProfile(ctx, programID, memberID); err != nil {
		return err
	}
	if err := w.eraseStanding(ctx, programID, memberID); err != nil {
		return err
	}
	if err := w.eraseComments(ctx, programID, memberID); err != nil {
		return err
	}
	if err := w.eraseDeliveries(ctx, programID, memberID); err != nil {
		return err
	}
	_, err = exec(ctx, w.q, "give up certificates", `UPDATE certificate SET member_id = '' WHERE program_id = $1 AND member_id = $2 AND member_id <> ''`,
		programID, memberID)
	if err != nil {
		return err
	}
	_, err = exec(ctx, w.q, "forget resting numbers", `DELETE FROM resting_number WHERE program_id = $1 AND member_id = $2`, programID, memberID)
	if err != nil {
		return err
	}
	_, err = exec(ctx, w.q, "strip merges", `UPDATE merge_record SET detail = '' WHERE program_id = $1 AND (kept_id = $2 OR gone_id = $2)`, programID, memberID)
	if err != nil {
		return err
	}
	err = update(ctx, w.q, "member", `UPDATE member SET state = 'erased', card = '', token = '', invite_tag = '', language = ''
		WHERE program_id = $1 AND id = $2`, programID, memberID)
	if err != nil {
		return err
	}
	return w.tellAccounts(ctx, programID, memberID)
}

func (w *writes) eraseContact(ctx context.Context, c engine.Contact) error {
	a := c.Address
	_, err := exec(ctx, w.q, "drop messages", `UPDATE outbox SET state = 'dropped', reason = 'erased', message = '', notice = '', user_id = ''
		WHERE program_id = $1 AND channel = $2 AND sender = $3 AND user_id = $4 AND state IN ('queued', 'sending')`,
		c.ProgramID, a.Channel, a.Sender, a.UserID)
	if err != nil {
		return err
	}
	_, err = exec(ctx, w.q, "strip dead deliveries", `UPDATE inbox SET user_id = '', key = '', body = $5, reason = 'erased'
		WHERE program_id = $1 AND channel = $2 AND sender = $3 AND user_id = $4 AND state = 'dead'`,
		c.ProgramID, a.Channel, a.Sender, a.UserID, []byte{})
	if err != nil {
		return err
	}
	if c.StaffID != "" {
		return update(ctx, w.q, "contact", `UPDATE contact SET member_id = '', session = '', slots = '', source = ''
			WHERE program_id = $1 AND id = $2`, c.ProgramID, c.ID)
	}
	_, err = exec(ctx, w.q, "delete contact", `DELETE FROM contact WHERE program_id = $1 AND id = $2`, c.ProgramID, c.ID)
	return err
}
