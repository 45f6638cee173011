package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kartka/engine/ledger"
	"kartka/engine/rules"
)

// ReviseInput is a recorded check as it should be: lines changed after it was closed, a card shown late, or another card.
type ReviseInput struct {
	Key       string
	ProgramID string
	SaleID    string
	Sale      SaleInput // the whole check as it is now; time, place and receipt stay those of the sale
	StaffID   string    // manager or owner; "" is the till or the operator
}

// How long a check can be changed, and a card shown after it was closed.
const (
	ReviseWithin = 30 * 24 * time.Hour
	AttachWithin = 72 * time.Hour
)

// Revise makes a recorded sale what it should have been. In one transaction what is left of it is taken back and the check as it
// is now is posted, by the rules and at the time of the sale: the books keep both, and the difference is what the member sees.
// A sale that moves to another card goes back on the first card and is posted on the second. A spend that the card
// cannot make any more becomes a debt, as the check has been paid already.
func (e *Engine) Revise(ctx context.Context, in ReviseInput) (Posted, error) {
	program, err := e.activeProgram(ctx, in.ProgramID)
	if err != nil {
		return Posted{}, err
	}
	if in.Key == "" {
		return Posted{}, fail(KindInvalid, "key_missing")
	}
	in.Sale.RedeemMax = false
	hashed := in
	hashed.Sale = in.Sale.hashed(program)
	hash, err := hashOf(hashed)
	if err != nil {
		return Posted{}, err
	}
	return e.revise(ctx, program, in, hash, false)
}

// AttachMember puts a card to a sale that was closed without one, within three days. What has come back of it meanwhile stays returned.
func (e *Engine) AttachMember(ctx context.Context, key, programID, saleID, memberID, staffID string) (Posted, error) {
	program, err := e.activeProgram(ctx, programID)
	if err != nil {
		return Posted{}, err
	}
	switch {
	case key == "":
		return Posted{}, fail(KindInvalid, "key_missing")
	case memberID == "":
		return Posted{}, fail(KindInvalid, "member_missing")
	}
	in := ReviseInput{Key: key, ProgramID: programID, SaleID: saleID, Sale: SaleInput{ProgramID: programID, MemberID: memberID}, StaffID: staffID}
	hash, err := hashOf(in)
	if err != nil {
		return Posted{}, err
	}
	return e.revise(ctx, program, in, hash, true)
}

// revise is Revise or, with attach, AttachMember: then of the check only the member is given.
func (e *Engine) revise(ctx context.Context, program Program, in ReviseInput, hash string, attach bool) (answer Posted, err error) {
	err = e.inTxTwice(ctx, func(tx Tx) error {
		answer, err = e.reviseIn(ctx, tx, program, in, hash, attach)
		return err
	})
	if err == nil {
		e.changed(program.ID, answer.MemberID)
	}
	return answer, err
}

// input is what is left of the check as it was handed in, coupons and marks aside.
func (s *Sale) input() SaleInput {
	in := SaleInput{ProgramID: s.ProgramID, MemberID: s.MemberID, Redeem: s.Redeemed - s.ReversedRedeem, Tenders: s.Tenders, Source: s.Source}
	for _, l := range s.Lines {
		line := l.Line
		line.Quantity, line.Net = l.Quantity-l.ReturnedQty, l.Net-l.ReturnedNet
		if line.Net > 0 || l.ReturnedQty == 0 {
			in.Lines = append(in.Lines, line)
		}
	}
	for _, use := range s.Did.Paid {
		in.Certificates = append(in.Certificates, use.ID)
	}
	return in
}

func (e *Engine) reviseIn(ctx context.Context, tx Tx, program Program, in ReviseInput, hash string, attach bool) (Posted, error) {
	r := &giveBack{in: ReverseInput{Key: in.Key + ":back", ProgramID: in.ProgramID, SaleID: in.SaleID, All: true, StaffID: in.StaffID},
		revising: true, now: e.Now()}
	r.with = func() ([]string, error) { return accountsTo(ctx, tx, r.sale, in.Sale.MemberID) }
	d := &deal{scene: &scene{now: r.now}, program: program, hash: hash}
	if err := r.lock(ctx, tx); err != nil {
		return Posted{}, err
	}
	if old, err := known(ctx, tx, in.ProgramID, in.Key); err != nil {
		return Posted{}, err
	} else if old != nil {
		return replay(*old, hash)
	}
	version, err := tx.SettingsVersion(ctx, in.ProgramID, r.sale.Version)
	if err != nil {
		return Posted{}, fmt.Errorf("read settings of sale: %w", err)
	}
	r.settings, d.settings, d.version = version.Settings, version.Settings, version.Version
	if err := e.checkRevise(ctx, tx, in, r, attach); err != nil {
		return Posted{}, err
	}
	if attach {
		memberID := in.Sale.MemberID
		in.Sale = r.sale.input()
		in.Sale.MemberID = memberID
	}
	d.in, d.sale, d.revision = PostInput{Key: in.Key, Sale: in.Sale, Fact: true}, in.Sale, r.sale.Revision+1
	d.sale.OccurredAt = r.sale.OccurredAt
	if err := d.lockUses(ctx, tx, &d.sale); err != nil { // before any certificate, as a sale does
		return Posted{}, err
	}
	if r.sale.Total > r.sale.ReturnedTotal {
		if _, err := e.reverseSale(ctx, tx, r, hash+":back"); err != nil {
			return Posted{}, err
		}
		if err := tx.UpdateSaleReturned(ctx, r.sale); err != nil {
			return Posted{}, fmt.Errorf("write return: %w", err)
		}
	}
	old := r.sale
	d.sale.OccurredAt, d.sale.Business, d.sale.LocationID, d.sale.Till = old.OccurredAt, old.Business, old.LocationID, old.Till
	d.sale.ReceiptNo, d.sale.Source, d.sale.StaffID, d.sale.ProgramID = old.ReceiptNo, old.Source, old.StaffID, old.ProgramID
	if err := d.lock(ctx, tx); err != nil {
		return Posted{}, err
	}
	if err := d.atPlace(ctx, tx, &d.sale); err != nil {
		return Posted{}, err
	}
	staffless := d.sale
	staffless.StaffID = "" // the limits of whoever sold it were held then
	if err := checkSale(ctx, tx, d.settings, staffless, d.member, d.now, true); err != nil {
		return Posted{}, err
	}
	if err := e.postAnew(ctx, tx, d, r); err != nil {
		return Posted{}, err
	}
	err = tx.InsertAudit(ctx, e.audit(in.ProgramID, in.StaffID, "sale_revised", old.ID, map[string]any{
		"revision": d.record.Revision, "total": int64(d.record.Total), "was": int64(old.Total), "card_changed": old.MemberID != d.record.MemberID}))
	if err != nil {
		return Posted{}, fmt.Errorf("write audit: %w", err)
	}
	return d.answer, e.tellRevised(ctx, tx, d, old)
}

// postAnew judges the check as it is now, after what was left of it has been taken back, and writes it as the newest revision of the sale.
func (e *Engine) postAnew(ctx context.Context, tx Tx, d *deal, r *giveBack) error {
	if err := d.goOn(ctx, tx, r); err != nil {
		return err
	}
	if err := e.judge(ctx, tx, d); err != nil {
		return err
	}
	d.record.ID = r.sale.ID
	if err := e.plan(d); err != nil {
		return err
	}
	if err := e.record(d, ledger.KindRevise); err != nil {
		return err
	}
	d.record.Revision, d.record.RecordedAt = d.revision, r.sale.RecordedAt
	if d.kept > 0 { // points that have ended are its own again, as far as it earns them again
		d.record.LapsedUsed = r.sale.LapsedUsed - min(r.sale.LapsedUsed-r.before.LapsedUsed, d.record.Earned)
	}
	d.posting.StaffID = r.in.StaffID
	rewrite := func(ctx context.Context, s Sale, p Posting, plan ledger.Plan) error {
		if err := tx.ReviseSale(ctx, s); err != nil {
			return err
		}
		return tx.InsertPosting(ctx, p, plan)
	}
	if err := e.writeSale(ctx, tx, d, rewrite); err != nil {
		return err
	}
	return revoke(ctx, tx, r.in.ProgramID, d.over)
}

// accountsTo lists the accounts that a sale moves which goes to a member: the member's, and those of whoever brought the member.
func accountsTo(ctx context.Context, tx Tx, sale Sale, memberID string) ([]string, error) {
	if memberID == "" {
		return nil, nil
	}
	member, err := holderOf(ctx, tx, sale.ProgramID, memberID)
	if err != nil {
		return nil, err
	}
	version, err := tx.SettingsVersion(ctx, sale.ProgramID, sale.Version)
	if err != nil {
		return nil, fmt.Errorf("read settings of sale: %w", err)
	}
	var up upline
	if err := up.walk(ctx, tx, version.Settings, member); err != nil {
		return nil, err
	}
	return append(up.accountIDs(), member.AccountID), nil
}

// goOn takes over what a corrected sale keeps of the one it was: on the same card, what it found of the member, the points that could not be
// taken back, the coupons it gave, and a friend's reward that is final. On another card the coupons are taken back.
func (d *deal) goOn(ctx context.Context, tx Tx, r *giveBack) error {
	did := &r.sale.Did
	if d.member == nil || d.member.ID != r.home.MemberID {
		return revoke(ctx, tx, r.sale.ProgramID, did.Granted)
	}
	d.was, d.used = &did.Before, did.Uses
	d.did.Prizes = slices.Clone(did.Prizes)
	if d.kept = r.kept; d.kept > 0 {
		d.did.Lots = slices.Clone(ownLots(r.home))
	}
	for _, id := range did.Granted {
		c, err := tx.Coupon(ctx, r.sale.ProgramID, id)
		if err != nil {
			return fmt.Errorf("read coupon: %w", err)
		}
		if c.State != rules.CouponRevoked {
			d.given = append(d.given, c)
		}
	}
	if r.referral == nil {
		d.did.Referral, d.did.FriendLot = did.Referral, did.FriendLot
	}
	return nil
}

// asThen makes the standing of a sale that is judged again what it was before it.
func (d *deal) asThen() {
	if d.was == nil {
		return
	}
	d.standing.Tier.ID, d.standing.Visits = d.was.Tier, d.was.Visits
	if asksAbsence(d.settings) {
		d.standing.LastVisit = d.was.LastVisit
	}
	for i := range d.standing.Uses {
		u := &d.standing.Uses[i]
		if !u.All && u.Period == forEver && slices.ContainsFunc(d.used, func(v rules.Use) bool { return v.Counter == u.Counter }) {
			u.Last = d.was.Gave[u.Of]
		}
	}
	d.standing.Coupons = slices.DeleteFunc(d.standing.Coupons, func(c rules.Coupon) bool {
		return slices.Contains(d.did.Prizes, c.ID) || slices.ContainsFunc(d.given, func(g Coupon) bool { return g.ID == c.ID })
	})
}

// notGiven leaves the coupons out that the sale has given already, used or not: these stay its own. Those it gives no more are over.
func (d *deal) notGiven(grants []rules.Grant) []rules.Grant {
	left := slices.Clone(grants)
	for _, c := range d.given {
		i := slices.IndexFunc(left, func(g rules.Grant) bool { return g.Coupon == c.Kind && g.From == c.Source })
		if i < 0 {
			d.over = append(d.over, c.ID)
			continue
		}
		left = slices.Delete(left, i, i+1)
		d.did.Granted = append(d.did.Granted, c.ID)
		if c.State == rules.CouponIssued || c.State == rules.CouponActivated {
			d.standing.Coupons = append(d.standing.Coupons, c.Coupon)
		}
	}
	return left
}

// checkRevise decides whether this person may change this sale now.
func (e *Engine) checkRevise(ctx context.Context, tx Tx, in ReviseInput, r *giveBack, attach bool) error {
	if attach {
		switch {
		case r.sale.MemberID != "" && r.sale.MemberID != in.Sale.MemberID && r.home.MemberID != in.Sale.MemberID:
			return fail(KindConflict, "sale_has_card")
		case r.now.Sub(r.sale.OccurredAt) > AttachWithin:
			return fail(KindExpired, "attach_too_late", "Days", int(AttachWithin.Hours()/24))
		case r.sale.Total > 0 && r.whole():
			return fail(KindConflict, "already_returned")
		}
	}
	if r.now.Sub(r.sale.OccurredAt) > ReviseWithin {
		return fail(KindExpired, "revise_too_late", "Days", int(ReviseWithin.Hours()/24))
	}
	if in.StaffID == "" {
		return r.refuseSpent(ctx, tx, in.Sale.MemberID)
	}
	staff, err := tx.Staff(ctx, in.ProgramID, in.StaffID)
	if err != nil {
		return fmt.Errorf("read staff: %w", err)
	}
	if staff.Disabled || !staff.Role.AtCounter() {
		return fail(KindForbidden, "not_staff")
	}
	// A cashier may put a card to a check that had none; everything else is a manager's.
	if !staff.Role.Manages() && !attach {
		return fail(KindForbidden, "return_needs_manager")
	}
	if in.Sale.MemberID == "" {
		return nil
	}
	return refuseOwnCard(ctx, tx, in.ProgramID, in.StaffID, in.Sale.MemberID)
}

// refuseSpent leaves it to a manager to move a check to another card when its points have been spent: the first card would owe them.
func (r *giveBack) refuseSpent(ctx context.Context, tx Tx, toID string) error {
	if r.home.MemberID == "" || r.whole() {
		return nil
	}
	if toID != "" {
		to, err := memberOf(ctx, tx, r.sale.ProgramID, toID)
		if err != nil || to.ID == r.home.MemberID {
			return err
		}
	}
	there := -r.sale.LapsedUsed // counted by earlier returns
	for _, id := range ownLots(r.home) {
		for _, name := range r.moved.names(id) {
			ended, err := tx.LotExpired(ctx, r.sale.ProgramID, name)
			if err != nil {
				return fmt.Errorf("read lapsed points: %w", err)
			}
			there += ended
		}
		if i := slices.IndexFunc(r.account.Lots, func(l ledger.Lot) bool { return l.ID == id }); i >= 0 {
			there += r.account.Lots[i].Remaining
		}
	}
	if there < r.sale.Earned-r.sale.ReversedEarn {
		return fail(KindForbidden, "return_needs_manager")
	}
	return nil
}

// tellRevised tells the member, and the one whose card the sale is off.
func (e *Engine) tellRevised(ctx context.Context, tx Tx, d *deal, old Sale) error {
	if err := e.tellSale(ctx, tx, d); err != nil {
		return err
	}
	if old.MemberID == "" || old.MemberID == d.record.MemberID || quiet(old.Source) {
		return nil
	}
	account, err := tx.Account(ctx, old.ProgramID, old.AccountID)
	if err != nil {
		return fmt.Errorf("read account: %w", err)
	}
	answer := Posted{PostingID: d.answer.PostingID, SaleID: old.ID, MemberID: old.MemberID, Total: old.Total, Restored: old.Redeemed, Revoked: old.Earned,
		Balance: BalanceOf(&account, d.now), At: d.now}
	return tx.Enqueue(ctx, e.notice(old.ProgramID, "return:"+d.answer.PostingID, toMember(old.MemberID), Notice{
		Kind: NoticeReturn, PostingID: d.answer.PostingID, Posted: &answer, Args: map[string]any{"undo": true}}))
}
