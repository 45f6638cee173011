package engine

import (
	"context"
	"fmt"
)

// recipient names who a notice is for.
type recipient struct{ member, staff, contact string }

func toMember(id string) recipient  { return recipient{member: id} }
func toStaff(id string) recipient   { return recipient{staff: id} }
func toContact(id string) recipient { return recipient{contact: id} }

// notice makes a queued service notice. The key keeps it single whatever is repeated.
func (e *Engine) notice(programID, key string, to recipient, n Notice) Outbound {
	return Outbound{
		ID: e.newID(), ProgramID: programID, Key: "notice:" + key, MemberID: to.member, StaffID: to.staff, ContactID: to.contact,
		Lane: LaneInteractive, Purpose: string(PurposeService), Notice: &n, At: e.Now(),
	}
}

// Complete adds to a notice that was queued what its posting came to, or what is known of a rated sale, so that it can be put into words.
func (e *Engine) Complete(ctx context.Context, programID string, n *Notice) error {
	if n.Kind == NoticeLowRating {
		return e.completeLow(ctx, programID, n)
	}
	switch n.Kind {
	case NoticeTrigger:
		return e.completeTrigger(ctx, programID, n)
	case NoticeCampaignApprove, NoticeCampaignAnswer, NoticeCampaignOverdue, NoticeCampaignProgress, NoticeCampaignRests, NoticeCampaignDone:
		return e.completeCampaign(ctx, programID, n)
	}
	if n.Posted != nil || n.PostingID == "" || (n.Kind != NoticeSale && n.Kind != NoticeSpendDone) {
		return nil
	}
	p, err := e.store.Posting(ctx, programID, n.PostingID)
	if err != nil {
		return fmt.Errorf("read posting of notice: %w", err)
	}
	told, err := p.Told()
	if err != nil {
		return err
	}
	n.Posted = &told
	return nil
}
