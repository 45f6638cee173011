package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// NoticeParted tells a guest that a card that had become part of this one is a card of its own again.
const NoticeParted NoticeKind = "parted"

// unmergeDays is how long a merge can be undone.
const unmergeDays = 30

// UnmergeInput parts two members that were made one.
type UnmergeInput struct {
	Key       string
	ProgramID string
	MergeID   string
	By        string // a manager or an owner; "" = the operator
}

// Unmerge parts two members again, within thirty days. What was moved goes back:
//
//   - Points return to the lots they were in, as far as they have not ended since and were not taken back with a purchase of the
//     one that was gone. What has been spent or given away meanwhile is owed: it is taken from other available points of the one kept,
//     and becomes debt where there are none. A debt that came goes back; bonuses that were taken back because they count once are
//     given again.
//   - Stamps, coupons, certificates and people go back as far as they are still there. Counted purchases, friends, limits, tags, number
//     and birthday go back as they came; the tier too, unless the one kept has reached another since.
//   - What was bought since the merge, with its points, stays with the one kept.
//
// The answer is about the one that was kept.
func (e *Engine) Unmerge(ctx context.Context, in UnmergeInput) (Posted, error) {
	program, err := e.activeProgram(ctx, in.ProgramID)
	if err != nil {
		return Posted{}, err
	}
	if in.Key == "" {
		return Posted{}, fail(KindInvalid, "key_missing")
	}
	hash, err := hashOf(in)
	if err != nil {
		return Posted{}, err
	}
	var answer Posted
	err = e.inTxTwice(ctx, func(tx Tx) error {
		answer, err = e.unmergeIn(ctx, tx, program, in, hash)
		return err
	})
	if err == nil {
		e.changed(program.ID, answer.MemberID)
	}
	return answer, err
}

func (e *Engine) unmergeIn(ctx context.Context, tx Tx, program Program, in UnmergeInput, hash string) (Posted, error) {
	b := between{program: program, key: in.Key, hash: hash, kind: ledger.KindMerge, staffID: in.By, now: e.Now()}
	record, err := tx.Merge(ctx, program.ID, in.MergeID)
	if IsKind(err, KindNotFound) {
		return Posted{}, fail(KindNotFound, "merge_unknown")
	}
	if err != nil {
		return Posted{}, fmt.Errorf("read merge: %w", err)
	}
	keep, gone, err := lockTwo(ctx, tx, program.ID, record.KeptID, record.GoneID)
	if err != nil {
		return Posted{}, err
	}
	if old, err := known(ctx, tx, program.ID, b.keyOf(keep)); err != nil {
		return Posted{}, err
	} else if old != nil {
		return replay(*old, hash)
	}
	if record, err = tx.Merge(ctx, program.ID, in.MergeID); err != nil { // as it stands under the lock
		return Posted{}, fmt.Errorf("read merge: %w", err)
	}
	for _, s := range []*side{keep, gone} {
		if err := checkManager(ctx, tx, program.ID, in.By, s.member.ID); err != nil {
			return Posted{}, err
		}
	}
	if err := checkUnmerge(record, keep, gone, b.now); err != nil {
		return Posted{}, err
	}
	p := &partition{program: program, record: record, keep: keep, gone: gone, now: b.now}
	if err := e.planPartition(ctx, tx, p); err != nil {
		return Posted{}, err
	}
	for _, s := range []*side{keep, gone} {
		if err := e.postSide(ctx, tx, b, s); err != nil {
			return Posted{}, err
		}
	}
	if err := p.writeStanding(ctx, tx); err != nil {
		return Posted{}, err
	}
	if err := p.writeMoved(ctx, tx); err != nil {
		return Posted{}, err
	}
	return keep.answer, e.closeMerge(ctx, tx, p, in.By)
}

func checkUnmerge(record Merge, keep, gone *side, now time.Time) error {
	switch {
	case !record.UndoneAt.IsZero():
		return fail(KindConflict, "unmerge_done")
	case now.After(record.At.AddDate(0, 0, unmergeDays)):
		return fail(KindExpired, "unmerge_late", "Days", unmergeDays)
	case keep.member.State == MemberErased || gone.member.State == MemberErased:
		return fail(KindNotFound, "member_not_found")
	case keep.member.MergedInto != "" || gone.member.MergedInto != keep.member.ID: // it became part of yet another: that one first
		return fail(KindConflict, "unmerge_order")
	case keep.account.Held(now) > 0:
		return fail(KindConflict, "merge_in_sale")
	}
	return nil
}

// partition is the undoing of a merge on its way into the books.
type partition struct {
	program    Program
	record     Merge
	keep, gone *side
	now        time.Time
}

// planPartition plans the movement of points.
func (e *Engine) planPartition(ctx context.Context, tx Tx, p *partition) error {
	detail := p.record.Detail
	lost, err := p.lost(ctx, tx)
	if err != nil {
		return err
	}
	var owed, back []ledger.Owed
	ids := make([]string, 0, 2*len(detail.Lots))
	for _, lot := range detail.Lots {
		points := max(0, lot.Points-lost[lot.To])
		owed = append(owed, ledger.Owed{LotID: lot.To, Points: points})
		back = append(back, ledger.Owed{LotID: lot.From, Points: points})
		ids = append(ids, lot.From, lot.To)
	}
	lots, err := tx.Lots(ctx, p.program.ID, ids)
	if err != nil {
		return fmt.Errorf("read lots: %w", err)
	}
	settings := p.program.Settings
	life := func(points money.Points) ledger.Lot {
		return ledger.Lot{ID: e.newID(), Points: points, ActiveFrom: p.now, EarnedAt: p.now, Kind: ledger.KindMerge,
			ExpiresAt: settings.ExpiryAfter(p.now, settings.Lots.Days)}
	}
	p.keep.plan = p.keep.account.HandBack(owed, detail.Debt, life(0), p.now)
	p.gone.plan = p.gone.account.TakeBack(lots, back, detail.Debt, p.now).Then(ledger.Plan{Changed: prolonged(detail.Lots, lots)})
	moved := p.gone.plan.Net()
	for s, points := range map[*side]money.Points{p.gone: detail.Revoked - detail.RevokedKept, p.keep: detail.RevokedKept} {
		if points <= 0 {
			continue
		}
		after := s.account.Apply(s.plan)
		lot := life(points)
		if detail.RevokedFrom.After(p.now) {
			lot.ActiveFrom = detail.RevokedFrom
			lot.ExpiresAt = settings.ExpiryAfter(lot.ActiveFrom, settings.Lots.Days)
		}
		again, err := after.Credit(lot, ledger.ContraEarn)
		if err != nil {
			return planError(err, &after, p.now)
		}
		s.plan = s.plan.Then(again)
		s.effects = append(s.effects, rules.Effect{Rule: "merge", State: rules.Applied, Points: int64(points), Reason: rules.Reason{
			ID: "unmerge_bonus", Args: map[string]int64{rules.ArgPoints: int64(points)}}})
	}
	say := func(s *side, id string, points money.Points) {
		s.effects = append([]rules.Effect{{Rule: "merge", State: rules.Applied, Points: int64(points), Reason: rules.Reason{
			ID: id, Args: map[string]int64{rules.ArgPoints: int64(moved)}}}}, s.effects...)
	}
	say(p.keep, "unmerge_out", -moved)
	say(p.gone, "unmerge_in", moved)
	return nil
}

// prolonged gives the lots that points return to the ends that they have got meanwhile, where these are later.
func prolonged(moved []MovedLot, lots []ledger.Lot) []ledger.Change {
	at := make(map[string]ledger.Lot, len(lots))
	for _, l := range lots {
		at[l.ID] = l
	}
	var changes []ledger.Change
	for _, m := range moved {
		from, to := at[m.From], at[m.To]
		if !from.ExpiresAt.IsZero() && to.ExpiresAt.After(from.ExpiresAt) {
			changes = append(changes, ledger.Change{LotID: m.From, ExpiresAt: to.ExpiresAt})
		}
	}
	return changes
}

// lost is what the lots that came have lost since for reasons that are not the one kept's: their time was over, or a purchase of
// the one that was gone came back, or a bonus counted once.
func (p *partition) lost(ctx context.Context, tx Tx) (map[string]money.Points, error) {
	lost := make(map[string]money.Points, len(p.record.Detail.Lots))
	for _, lot := range p.record.Detail.Lots {
		ended, err := tx.LotExpired(ctx, p.program.ID, lot.To)
		if err != nil {
			return nil, fmt.Errorf("read lapsed points: %w", err)
		}
		lost[lot.To] = ended
	}
	err := eachPosting(ctx, tx, p.program.ID, p.keep.account.ID, func(item HistoryItem) (bool, error) {
		posting := item.Posting
		if posting.RecordedAt.Before(p.record.At) {
			return false, nil
		}
		own := posting.ID == p.record.ID || (item.Sale != nil && item.Sale.MemberID == p.gone.member.ID)
		if !own {
			return true, nil
		}
		entries, err := tx.Entries(ctx, p.program.ID, posting.ID)
		if err != nil {
			return false, fmt.Errorf("read entries: %w", err)
		}
		for _, e := range entries {
			if _, came := lost[e.LotID]; came && e.Contra == ledger.ContraEarn {
				lost[e.LotID] -= e.Points
			}
		}
		return true, nil
	})
	return lost, err
}

// writeStanding takes off the one kept what the merge added. The other has all of its own still, but for stamps that were used up.
func (p *partition) writeStanding(ctx context.Context, tx Tx) error {
	programID, keepID, goneID, detail := p.program.ID, p.keep.member.ID, p.gone.member.ID, p.record.Detail
	kept, err := tx.Standing(ctx, programID, keepID, StandingQuery{})
	if err != nil {
		return fmt.Errorf("read standing: %w", err)
	}
	went, err := tx.Standing(ctx, programID, goneID, StandingQuery{})
	if err != nil {
		return fmt.Errorf("read standing: %w", err)
	}
	for _, d := range detail.Days {
		if err := tx.AddActivity(ctx, d.activity(programID, keepID, -1)); err != nil {
			return fmt.Errorf("write activity: %w", err)
		}
	}
	if n := detail.Effective; n != 0 {
		if err := tx.AddActivity(ctx, Activity{ProgramID: programID, MemberID: keepID, Referrals: -n}); err != nil {
			return fmt.Errorf("write referrals: %w", err)
		}
	}
	for _, s := range detail.Stamps {
		have := 0
		if i := slices.IndexFunc(kept.Stamps, func(c rules.StampCount) bool { return c.Card == s.Card }); i >= 0 {
			have = kept.Stamps[i].Count
		}
		back := s.Count
		if back > 0 {
			back = min(back, max(0, have))
		}
		if err := tx.AddStamps(ctx, programID, keepID, s.Card, -back, -s.Done); err != nil {
			return fmt.Errorf("write stamps: %w", err)
		}
		if back == s.Count {
			continue
		}
		if err := tx.AddStamps(ctx, programID, goneID, s.Card, back-s.Count, 0); err != nil {
			return fmt.Errorf("write stamps: %w", err)
		}
	}
	if len(detail.Uses) > 0 {
		if err := tx.AddUses(ctx, programID, keepID, takenOff(detail.Uses)); err != nil {
			return fmt.Errorf("write counters: %w", err)
		}
	}
	if kept.Tier.ID == went.Tier.ID && kept.Tier.Since.Equal(went.Tier.Since) && kept.Tier != detail.Tier {
		if err := tx.SetTier(ctx, programID, keepID, detail.Tier); err != nil {
			return fmt.Errorf("write tier: %w", err)
		}
	}
	if len(detail.Tags) > 0 {
		tags := slices.DeleteFunc(slices.Clone(kept.Tags), func(tag string) bool { return slices.Contains(detail.Tags, tag) })
		if err := tx.SetTags(ctx, programID, keepID, tags); err != nil {
			return fmt.Errorf("write tags: %w", err)
		}
	}
	if detail.Birthday && kept.Birthday.String() == went.Birthday.String() {
		if err := tx.SetBirthday(ctx, programID, keepID, rules.Birthday{}); err != nil {
			return fmt.Errorf("write birthday: %w", err)
		}
	}
	return p.writeProfile(ctx, tx)
}

// writeProfile takes what the merge added to the profile of the one kept off it, unless it has been told anew since.
func (p *partition) writeProfile(ctx context.Context, tx Tx) error {
	if len(p.record.Detail.Profile) == 0 {
		return nil
	}
	kept, err := tx.Profile(ctx, p.program.ID, p.keep.member.ID)
	if err != nil {
		return fmt.Errorf("read profile: %w", err)
	}
	went, err := tx.Profile(ctx, p.program.ID, p.gone.member.ID)
	if err != nil {
		return fmt.Errorf("read profile: %w", err)
	}
	if err := tx.SetProfile(ctx, p.program.ID, p.keep.member.ID, kept.taking(kept.sharing(p.record.Detail.Profile, went), Profile{})); err != nil {
		return fmt.Errorf("write profile: %w", err)
	}
	return nil
}

// writeMoved hands coupons, certificates, people, friends and the number back, as far as they are still there.
func (p *partition) writeMoved(ctx context.Context, tx Tx) error {
	programID, keep, gone, detail := p.program.ID, p.keep.member, p.gone.member, p.record.Detail
	var coupons []string
	for _, id := range detail.Coupons {
		c, err := tx.Coupon(ctx, programID, id)
		if err != nil {
			return fmt.Errorf("read coupon: %w", err)
		}
		if c.MemberID == keep.ID && (c.State == rules.CouponIssued || c.State == rules.CouponActivated) {
			coupons = append(coupons, id)
		}
	}
	if err := tx.MoveCoupons(ctx, programID, coupons, gone.ID); err != nil {
		return fmt.Errorf("move coupons: %w", err)
	}
	for _, id := range detail.Certificates {
		if err := moveCertificate(ctx, tx, programID, id, keep.ID, gone.ID); err != nil {
			return err
		}
	}
	if err := p.writePeople(ctx, tx); err != nil {
		return err
	}
	friends, err := tx.ReferralsOf(ctx, programID, keep.ID, mergedAtMost)
	if err != nil {
		return fmt.Errorf("read referrals: %w", err)
	}
	for _, r := range friends {
		if !slices.Contains(detail.Friends, r.FriendID) {
			continue
		}
		r.InviterID = gone.ID
		if err := tx.PutReferral(ctx, r); err != nil {
			return fmt.Errorf("move friend: %w", err)
		}
	}
	for _, r := range detail.Referrals {
		if err := tx.PutReferral(ctx, r); err != nil {
			return fmt.Errorf("restore referral: %w", err)
		}
	}
	return nil
}

// writePeople hands contacts and number back.
func (p *partition) writePeople(ctx context.Context, tx Tx) error {
	programID, keep, gone, detail := p.program.ID, p.keep.member, p.gone.member, p.record.Detail
	contacts, err := tx.ContactsOf(ctx, programID, keep.ID, "")
	if err != nil {
		return fmt.Errorf("read contacts: %w", err)
	}
	var back []string
	for _, c := range contacts {
		if slices.Contains(detail.Contacts, c.ID) {
			back = append(back, c.ID)
		}
	}
	if err := tx.MoveContacts(ctx, programID, back, gone.ID); err != nil {
		return fmt.Errorf("move contacts: %w", err)
	}
	if !detail.Phone || keep.Phone != gone.Phone {
		return nil
	}
	keep.Phone, keep.Proof = "", ProofNone
	if err := tx.UpdateMember(ctx, keep); err != nil {
		return fmt.Errorf("move number: %w", err)
	}
	return nil
}

// closeMerge marks the merge undone and tells both.
func (e *Engine) closeMerge(ctx context.Context, tx Tx, p *partition, by string) error {
	programID := p.program.ID
	p.record.UndoneAt = p.now
	if err := tx.UpdateMerge(ctx, p.record); err != nil {
		return fmt.Errorf("write merge: %w", err)
	}
	if err := tx.SetMergedInto(ctx, programID, p.gone.member.ID, ""); err != nil {
		return fmt.Errorf("part members: %w", err)
	}
	if err := tx.InsertAudit(ctx, e.audit(programID, by, "members_parted", p.keep.member.ID, map[string]any{
		"gone": p.gone.member.ID, "merge": p.record.ID})); err != nil {
		return fmt.Errorf("write audit: %w", err)
	}
	for _, s := range []*side{p.keep, p.gone} {
		err := tx.Enqueue(ctx, e.notice(programID, "parted:"+s.answer.PostingID, toMember(s.member.ID), Notice{
			Kind: NoticeParted, PostingID: s.answer.PostingID, Posted: &s.answer}))
		if err != nil {
			return fmt.Errorf("queue notice: %w", err)
		}
	}
	return nil
}
