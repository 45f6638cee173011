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

// NoticeMerged tells a guest that another card of theirs became part of this one: Args are points, what came over.
const NoticeMerged NoticeKind = "merged"

// maxMerges is how many members may become part of one.
const maxMerges = 5

// MergeInput makes two members one.
type MergeInput struct {
	Key       string
	ProgramID string
	KeepID    string // stays
	GoneID    string // becomes part of it; its card, link, invitations and number find the one kept from then on
	By        string // a manager or an owner; "" = the operator, or the members themselves
}

// MergePreview is what a merge would do. Nothing is stored.
type MergePreview struct {
	Keep, Gone   Member
	Points       money.Points // that come over; a debt is negative
	Revoked      money.Points // of bonuses that both had and that count once
	Balance      Balance      // of the one kept, afterwards
	Tier         string       // so are these
	Stamps       []rules.StampCount
	Visits       int
	Spent        money.Amount
	Coupons      int // that come over
	Certificates int
	Contacts     int
	Friends      int
	Phone        bool // the number comes too
	// Issues are what somebody should look at before: "merge_two_phones", "merge_self_referral", "merge_bonus_once".
	Issues []Issue
}

// PreviewMerge shows what a merge would do, or why it is refused.
func (e *Engine) PreviewMerge(ctx context.Context, programID, keepID, goneID string) (MergePreview, error) {
	program, err := e.activeProgram(ctx, programID)
	if err != nil {
		return MergePreview{}, err
	}
	keep, gone := &side{end: "to"}, &side{end: "from"}
	for s, id := range map[*side]string{keep: keepID, gone: goneID} {
		if s.member, err = e.store.Member(ctx, programID, id); err != nil {
			return MergePreview{}, fmt.Errorf("read member: %w", err)
		}
		if s.account, err = e.store.Account(ctx, programID, s.member.AccountID); err != nil {
			return MergePreview{}, fmt.Errorf("read account: %w", err)
		}
	}
	m := &merging{program: program, keep: keep, gone: gone, now: e.Now()}
	if err := e.planMerge(ctx, e.store, m); err != nil {
		return MergePreview{}, err
	}
	return m.preview(), nil
}

// Merge makes two members one. Points move with their ends and what is pending stays so, debts are taken over; stamps add up, never to
// more than one gift beyond what the one kept had; open coupons, certificates, people, friends and counted purchases go over; the higher
// tier stays; a bonus that is given once and that both had is taken back once; a friend who turns out to be the same person
// brings nothing. At most five members become part of one, and [Engine.Unmerge] parts them within thirty days.
//
// The answer is about the one kept; its PostingID is the id of the merge.
func (e *Engine) Merge(ctx context.Context, in MergeInput) (Posted, error) {
	program, err := e.activeProgram(ctx, in.ProgramID)
	if err != nil {
		return Posted{}, err
	}
	switch {
	case in.Key == "":
		return Posted{}, fail(KindInvalid, "key_missing")
	case in.KeepID == in.GoneID:
		return Posted{}, fail(KindInvalid, "merge_self")
	}
	hash, err := hashOf(in)
	if err != nil {
		return Posted{}, err
	}
	var answer Posted
	err = e.inTxTwice(ctx, func(tx Tx) error {
		answer, err = e.mergeIn(ctx, tx, program, in, hash)
		return err
	})
	if err == nil {
		e.changed(program.ID, in.KeepID, in.GoneID)
	}
	return answer, err
}

func (e *Engine) mergeIn(ctx context.Context, tx Tx, program Program, in MergeInput, hash string) (Posted, error) {
	b := between{program: program, key: in.Key, hash: hash, kind: ledger.KindMerge, staffID: in.By, now: e.Now()}
	gone, keep, err := lockTwo(ctx, tx, program.ID, in.GoneID, in.KeepID)
	if err != nil {
		return Posted{}, err
	}
	if old, err := known(ctx, tx, program.ID, b.keyOf(keep)); err != nil {
		return Posted{}, err
	} else if old != nil {
		return replay(*old, hash)
	}
	for _, s := range []*side{gone, keep} {
		if err := checkManager(ctx, tx, program.ID, in.By, s.member.ID); err != nil {
			return Posted{}, err
		}
	}
	m := &merging{program: program, keep: keep, gone: gone, by: in.By, now: b.now}
	if err := e.planMerge(ctx, tx, m); err != nil {
		return Posted{}, err
	}
	for _, s := range []*side{gone, keep} {
		if err := e.postSide(ctx, tx, b, s); err != nil {
			return Posted{}, err
		}
	}
	return keep.answer, e.writeMerge(ctx, tx, m)
}

// merging is a merge on its way into the books.
type merging struct {
	program    Program
	keep, gone *side
	by         string
	now        time.Time

	kept, went   rules.Standing // of the two
	keptProfile  Profile
	wentProfile  Profile
	detail       MergeDetail
	stamps       []rules.StampCount // of the one kept, afterwards
	tier         rules.TierState    // so is this
	tags         []string
	coupons      []Coupon
	certificates []Certificate
	contacts     []Contact
	consents     []Consent
	friends      []Referral
	revocations  []revocation
	after        ledger.Account // of the one kept
	issues       []Issue
}

// revocation is a bonus that counts once and has been given twice.
type revocation struct {
	rule   string
	points money.Points
	lots   []string // that it made, as the account of the one kept names them
	lapsed money.Points
}

// planMerge reads what there is and decides what goes over. It changes nothing.
func (e *Engine) planMerge(ctx context.Context, reads Reads, m *merging) error {
	if err := m.check(ctx, reads); err != nil {
		return err
	}
	if err := m.readStandings(ctx, reads); err != nil {
		return err
	}
	var err error
	programID, goneID := m.program.ID, m.gone.member.ID
	if m.coupons, err = reads.CouponsOf(ctx, programID, goneID, true, mergedAtMost); err != nil {
		return fmt.Errorf("read coupons: %w", err)
	}
	if m.certificates, err = reads.CertificatesOf(ctx, programID, goneID); err != nil {
		return fmt.Errorf("read certificates: %w", err)
	}
	if m.contacts, err = reads.ContactsOf(ctx, programID, goneID, ""); err != nil {
		return fmt.Errorf("read contacts: %w", err)
	}
	if err := m.planConsents(ctx, reads); err != nil {
		return err
	}
	for _, c := range m.coupons {
		m.detail.Coupons = append(m.detail.Coupons, c.ID)
	}
	for _, c := range m.certificates {
		m.detail.Certificates = append(m.detail.Certificates, c.ID)
	}
	for _, c := range m.contacts {
		m.detail.Contacts = append(m.detail.Contacts, c.ID)
	}
	out, pieces, debt := m.gone.account.GiveAll(e.newID)
	in, err := m.keep.account.Absorb(pieces, debt, m.now)
	if err != nil {
		return planError(err, &m.keep.account, m.now)
	}
	m.gone.plan, m.keep.plan, m.detail.Debt = out, in, debt
	for i, piece := range pieces {
		m.detail.Lots = append(m.detail.Lots, MovedLot{From: out.Moves[i].LotID, To: piece.ID, Points: piece.Points})
	}
	if err := m.planReferrals(ctx, reads); err != nil {
		return err
	}
	if err := m.findTwice(ctx, reads); err != nil {
		return err
	}
	m.planRevocations(e)
	m.planStanding()
	m.explain()
	return nil
}

// mergedAtMost is how many coupons and friends go over in a merge.
const mergedAtMost = 1000

// check refuses what no merge may do.
func (m *merging) check(ctx context.Context, reads Reads) error {
	if m.keep.member.ID == m.gone.member.ID {
		return fail(KindInvalid, "merge_self")
	}
	for _, s := range []*side{m.keep, m.gone} {
		switch {
		case s.member.State == MemberErased:
			return fail(KindNotFound, "member_not_found")
		case s.member.MergedInto != "":
			return fail(KindConflict, "merge_already")
		case s.member.State != MemberActive:
			return refuseState(s.member.State)
		}
	}
	if m.gone.account.Held(m.now) > 0 {
		return fail(KindConflict, "merge_in_sale")
	}
	merges, err := reads.MergesOf(ctx, m.program.ID, m.keep.member.ID)
	if err != nil {
		return fmt.Errorf("read merges: %w", err)
	}
	merges = slices.DeleteFunc(merges, func(r Merge) bool { return r.KeptID != m.keep.member.ID || !r.UndoneAt.IsZero() })
	if len(merges) >= maxMerges {
		return fail(KindLimit, "merge_too_many", "Max", maxMerges)
	}
	return nil
}

// planRevocations takes back from the one kept what counts once. What is spent of it already becomes a debt where the program
// knows debts, and is written off elsewhere.
func (m *merging) planRevocations(e *Engine) {
	settings := m.program.Settings
	policy := policyOf(settings)
	if policy == ledger.PolicyPendingOnly { // it is about what is not earned yet: here nothing of the bonus was
		policy = ledger.PolicyToZero
	}
	came := make([]string, len(m.detail.Lots))
	for i, lot := range m.detail.Lots {
		came[i] = lot.To
	}
	m.after = m.keep.account.Apply(m.keep.plan)
	for _, r := range m.revocations {
		back := m.after.Reverse(ledger.Return{Claw: r.points, Own: r.lots, Lapsed: r.lapsed, Policy: policy, NewLotID: e.newID()}, m.now)
		for _, move := range back.Moves {
			if move.Contra != ledger.ContraEarn {
				continue
			}
			m.detail.Revoked -= move.Points
			if i := slices.IndexFunc(m.after.Lots, func(l ledger.Lot) bool { return l.ID == move.LotID }); i >= 0 && m.after.Lots[i].Pending(m.now) &&
				m.after.Lots[i].ActiveFrom.After(m.detail.RevokedFrom) {
				m.detail.RevokedFrom = m.after.Lots[i].ActiveFrom
			}
			if !slices.Contains(came, move.LotID) {
				m.detail.RevokedKept -= move.Points
			}
		}
		m.keep.plan = m.keep.plan.Then(back)
		m.after = m.after.Apply(back)
		if taken := -back.Net(); taken > 0 {
			m.keep.effects = append(m.keep.effects, rules.Effect{Rule: r.rule, State: rules.Applied, Points: -int64(taken), Reason: rules.Reason{
				ID: "merge_once", Of: r.rule, Text: settings.NameOf(r.rule, settings.Languages[0]), Args: map[string]int64{rules.ArgPoints: int64(taken)}}})
		}
	}
	if m.detail.Revoked > 0 {
		m.issues = append(m.issues, Issue{ID: "merge_bonus_once", Args: map[string]any{"Points": m.detail.Revoked}})
	}
}

// explain writes the reasons of the two postings.
func (m *merging) explain() {
	came := -m.gone.plan.Net()
	say := func(id string, points money.Points) rules.Effect {
		return rules.Effect{Rule: "merge", State: rules.Applied, Points: int64(points), Reason: rules.Reason{
			ID: id, Args: map[string]int64{rules.ArgPoints: int64(came)}}}
	}
	m.gone.effects = []rules.Effect{say("merge_out", -came)}
	m.keep.effects = append([]rules.Effect{say("merge_in", came)}, m.keep.effects...)
}

// preview is the merge as it is shown.
func (m *merging) preview() MergePreview {
	p := MergePreview{
		Keep: m.keep.member, Gone: m.gone.member, Points: -m.gone.plan.Net(), Revoked: m.detail.Revoked, Balance: BalanceOf(&m.after, m.now),
		Tier: m.tier.ID, Stamps: m.stamps, Visits: m.kept.Visits, Spent: m.kept.Spent, Coupons: len(m.coupons), Certificates: len(m.certificates),
		Contacts: len(m.contacts), Friends: len(m.friends), Phone: m.detail.Phone, Issues: m.issues,
	}
	for _, d := range m.detail.Days {
		p.Visits += d.Visits
		p.Spent += d.Spent
	}
	return p
}
