package engine

import (
	"context"
	"fmt"

	"kartka/engine/rules"
)

// writeMerge stores everything of a merge but the two postings. Both accounts are locked.
func (e *Engine) writeMerge(ctx context.Context, tx Tx, m *merging) error {
	programID, keep, gone := m.program.ID, m.keep.member, m.gone.member
	if err := e.writeMergedStanding(ctx, tx, m); err != nil {
		return err
	}
	if err := m.writeMoved(ctx, tx); err != nil {
		return err
	}
	if err := e.writeMergedPeople(ctx, tx, m); err != nil {
		return err
	}
	record := Merge{ID: m.keep.answer.PostingID, ProgramID: programID, KeptID: keep.ID, GoneID: gone.ID, Detail: m.detail, By: m.by, At: m.now}
	if err := tx.InsertMerge(ctx, record); err != nil {
		return fmt.Errorf("write merge: %w", err)
	}
	if err := tx.SetMergedInto(ctx, programID, gone.ID, keep.ID); err != nil {
		return fmt.Errorf("point to member kept: %w", err)
	}
	if err := tx.InsertAudit(ctx, e.audit(programID, m.by, "members_merged", keep.ID, map[string]any{"gone": gone.ID, "merge": record.ID})); err != nil {
		return fmt.Errorf("write audit: %w", err)
	}
	came := -m.gone.plan.Net()
	err := tx.Enqueue(ctx, e.notice(programID, "merged:"+record.ID, toMember(keep.ID), Notice{
		Kind: NoticeMerged, PostingID: record.ID, Posted: &m.keep.answer, Args: map[string]any{"points": int64(came)}}))
	if err != nil {
		return fmt.Errorf("queue notice: %w", err)
	}
	return nil
}

// writeMergedStanding adds what the one that is gone has done to the one kept. The rows of the one that is gone stay as they are, for
// the case that the two are parted.
func (e *Engine) writeMergedStanding(ctx context.Context, tx Tx, m *merging) error {
	programID, keepID := m.program.ID, m.keep.member.ID
	for i, d := range m.detail.Days {
		a := d.activity(programID, keepID, 1)
		if a.At = m.went.FirstVisit; i == len(m.detail.Days)-1 {
			a.At = m.went.LastVisit
		}
		if err := tx.AddActivity(ctx, a); err != nil {
			return fmt.Errorf("write activity: %w", err)
		}
	}
	if n := m.detail.Effective; n != 0 {
		if err := tx.AddActivity(ctx, Activity{ProgramID: programID, MemberID: keepID, Referrals: n}); err != nil {
			return fmt.Errorf("write referrals: %w", err)
		}
	}
	for _, s := range m.detail.Stamps {
		if err := tx.AddStamps(ctx, programID, keepID, s.Card, s.Count, s.Done); err != nil {
			return fmt.Errorf("write stamps: %w", err)
		}
	}
	if len(m.detail.Uses) > 0 {
		if err := tx.AddUses(ctx, programID, keepID, m.detail.Uses); err != nil {
			return fmt.Errorf("write counters: %w", err)
		}
	}
	if m.tier != m.kept.Tier {
		if err := tx.SetTier(ctx, programID, keepID, m.tier); err != nil {
			return fmt.Errorf("write tier: %w", err)
		}
	}
	if len(m.detail.Tags) > 0 {
		if err := tx.SetTags(ctx, programID, keepID, m.tags); err != nil {
			return fmt.Errorf("write tags: %w", err)
		}
	}
	if m.detail.Birthday {
		if err := tx.SetBirthday(ctx, programID, keepID, m.went.Birthday); err != nil {
			return fmt.Errorf("write birthday: %w", err)
		}
	}
	if len(m.detail.Profile) > 0 {
		if err := tx.SetProfile(ctx, programID, keepID, m.keptProfile.taking(m.detail.Profile, m.wentProfile)); err != nil {
			return fmt.Errorf("write profile: %w", err)
		}
	}
	return nil
}

// activity is the day as it is added to a member's standing (sign 1) or taken off (sign −1).
func (d MovedDay) activity(programID, memberID string, sign int) Activity {
	a := Activity{ProgramID: programID, MemberID: memberID, Day: d.Day, Visits: d.Visits, Spent: d.Spent, Earned: d.Earned}
	if sign < 0 {
		a.Visits, a.Spent, a.Earned = -a.Visits, -a.Spent, -a.Earned
	}
	return a
}

// writeMoved hands over coupons, certificates and friends.
func (m *merging) writeMoved(ctx context.Context, tx Tx) error {
	programID, keepID := m.program.ID, m.keep.member.ID
	if err := tx.MoveCoupons(ctx, programID, m.detail.Coupons, keepID); err != nil {
		return fmt.Errorf("move coupons: %w", err)
	}
	for _, id := range m.detail.Certificates {
		if err := moveCertificate(ctx, tx, programID, id, m.gone.member.ID, keepID); err != nil {
			return err
		}
	}
	for _, r := range m.friends {
		r.InviterID = keepID
		if err := tx.PutReferral(ctx, r); err != nil {
			return fmt.Errorf("move friend: %w", err)
		}
	}
	for _, r := range m.detail.Referrals {
		if r.State == ReferralJoined {
			r.State = ReferralRefused
		} else {
			r.State = ReferralReversed
		}
		r.At = m.now
		if err := tx.PutReferral(ctx, r); err != nil {
			return fmt.Errorf("revoke referral: %w", err)
		}
	}
	return nil
}

// moveCertificate gives a gift certificate to another member, if it still belongs to the one it is taken from.
func moveCertificate(ctx context.Context, tx Tx, programID, id, from, to string) error {
	c, err := tx.LockCertificate(ctx, programID, id)
	if err != nil {
		return fmt.Errorf("lock certificate: %w", err)
	}
	if c.MemberID != from {
		return nil
	}
	c.MemberID = to
	if err := tx.UpdateCertificate(ctx, c); err != nil {
		return fmt.Errorf("move certificate: %w", err)
	}
	return nil
}

// writeMergedPeople hands over contacts with their consents, and the number when the one kept has none. The one that is gone keeps
// its copy of name and number, by which the two can be parted; whoever erases the one kept erases these too.
func (e *Engine) writeMergedPeople(ctx context.Context, tx Tx, m *merging) error {
	programID, keep := m.program.ID, m.keep.member
	if err := tx.MoveContacts(ctx, programID, m.detail.Contacts, keep.ID); err != nil {
		return fmt.Errorf("move contacts: %w", err)
	}
	for _, c := range m.consents {
		c.ID, c.MemberID, c.Source, c.At = e.newID(), keep.ID, "merge", m.now
		if err := tx.InsertConsent(ctx, c); err != nil {
			return fmt.Errorf("write consent: %w", err)
		}
	}
	if !m.detail.Phone {
		return nil
	}
	keep.Phone, keep.Proof = m.gone.member.Phone, m.gone.member.Proof
	if err := tx.UpdateMember(ctx, keep); err != nil {
		return fmt.Errorf("move number: %w", err)
	}
	return nil
}

// takenOff is what undoes an addition to counters.
func takenOff(uses []rules.Use) []rules.Use {
	off := make([]rules.Use, len(uses))
	for i, u := range uses {
		off[i] = rules.Use{Counter: u.Counter, Times: -u.Times, Points: -u.Points, Amount: -u.Amount}
	}
	return off
}
