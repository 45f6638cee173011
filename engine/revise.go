package engine

import (
	"context"
	"fmt"
	"time"

	"kartka/engine/ledger"
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
	var answer Posted
	run := func(tx Tx) error {
		answer, err = e.reviseIn(ctx, tx, program, in, hash)
		return err
	}
	err = e.store.InTx(ctx, run)
	if IsKind(err, KindTaken) {
		err = e.store.InTx(ctx, run)
	}
	return answer, err
}

// AttachMember puts a card to a sale that was closed without one, within three days.
func (e *Engine) AttachMember(ctx context.Context, key, programID, saleID, memberID, staffID string) (Posted, error) {
	sale, err := e.store.Sale(ctx, programID, saleID)
	if err != nil {
		return Posted{}, fmt.Errorf("read sale: %w", err)
	}
	if sale.MemberID != "" && sale.MemberID != memberID {
		return Posted{}, fail(KindConflict, "sale_has_card")
	}
	if e.Now().Sub(sale.OccurredAt) > AttachWithin {
		return Posted{}, fail(KindExpired, "attach_too_late", "Days", int(AttachWithin.Hours()/24))
	}
	target := sale.input()
	target.MemberID = memberID
	return e.Revise(ctx, ReviseInput{Key: key, ProgramID: programID, SaleID: saleID, Sale: target, StaffID: staffID})
}

// input is the check as it was handed in, coupons and marks aside.
func (s *Sale) input() SaleInput {
	in := SaleInput{ProgramID: s.ProgramID, MemberID: s.MemberID, Redeem: s.Redeemed, Tenders: s.Tenders, Source: s.Source}
	for _, line := range s.Lines {
		in.Lines = append(in.Lines, line.Line)
	}
	return in
}

func (e *Engine) reviseIn(ctx context.Context, tx Tx, program Program, in ReviseInput, hash string) (Posted, error) {
	r := &giveBack{in: ReverseInput{Key: in.Key + ":back", ProgramID: in.ProgramID, SaleID: in.SaleID, All: true, StaffID: in.StaffID}, now: e.Now()}
	d := &deal{scene: &scene{now: r.now}, program: program, hash: hash,
		in: PostInput{Key: in.Key, Sale: in.Sale, Fact: true}, sale: in.Sale}
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
	if err := e.checkRevise(ctx, tx, in, r); err != nil {
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
	if err := e.judge(ctx, tx, d); err != nil {
		return Posted{}, err
	}
	d.record.ID = old.ID
	if err := e.plan(d); err != nil {
		return Posted{}, err
	}
	if err := e.record(d, ledger.KindRevise); err != nil {
		return Posted{}, err
	}
	d.record.Revision, d.record.RecordedAt = old.Revision+1, old.RecordedAt
	d.posting.StaffID = in.StaffID
	if err := e.write(ctx, tx, d, tx.ReviseSale); err != nil {
		return Posted{}, err
	}
	err = tx.InsertAudit(ctx, e.audit(in.ProgramID, in.StaffID, "sale_revised", old.ID, map[string]any{
		"revision": d.record.Revision, "total": int64(d.record.Total), "was": int64(old.Total), "card_changed": old.MemberID != d.record.MemberID}))
	if err != nil {
		return Posted{}, fmt.Errorf("write audit: %w", err)
	}
	return d.answer, e.tellRevised(ctx, tx, d, old)
}

// checkRevise decides whether this person may change this sale now.
func (e *Engine) checkRevise(ctx context.Context, tx Tx, in ReviseInput, r *giveBack) error {
	if r.now.Sub(r.sale.OccurredAt) > ReviseWithin {
		return fail(KindExpired, "revise_too_late", "Days", int(ReviseWithin.Hours()/24))
	}
	if in.StaffID == "" {
		return nil
	}
	staff, err := tx.Staff(ctx, in.ProgramID, in.StaffID)
	if err != nil {
		return fmt.Errorf("read staff: %w", err)
	}
	if staff.Disabled || !staff.Role.AtCounter() {
		return fail(KindForbidden, "not_staff")
	}
	// A cashier may put a card to a check that had none; everything else is a manager's.
	if !staff.Role.Manages() && r.sale.MemberID != "" {
		return fail(KindForbidden, "return_needs_manager")
	}
	if in.Sale.MemberID == "" {
		return nil
	}
	return refuseOwnCard(ctx, tx, in.ProgramID, in.StaffID, in.Sale.MemberID)
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
