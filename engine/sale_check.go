package engine

import (
	"context"
	"fmt"
	"time"

	"kartka/engine/money"
	"kartka/engine/rules"
)

// sameReceipt finds a sale with the same natural key: the same content is answered from it, other content is a conflict.
func sameReceipt(ctx context.Context, tx Tx, sale SaleInput) (Posted, bool, error) {
	if sale.ReceiptNo == "" {
		return Posted{}, false, nil
	}
	old, err := tx.SaleByReceipt(ctx, sale.ProgramID, sale.LocationID, sale.Till, sale.Business, sale.ReceiptNo)
	if IsKind(err, KindNotFound) {
		return Posted{}, false, nil
	}
	if err != nil {
		return Posted{}, false, fmt.Errorf("look receipt up: %w", err)
	}
	var total money.Amount
	for _, line := range sale.lines() {
		total += line.Net
	}
	if old.MemberID != "" {
		buyer, err := holderOf(ctx, tx, sale.ProgramID, old.MemberID)
		if err != nil {
			return Posted{}, true, err
		}
		old.MemberID = buyer.ID
	}
	if old.MemberID != sale.MemberID || old.Total != total || old.Redeemed != sale.Redeem {
		return Posted{}, true, fail(KindConflict, "receipt_reused", "Receipt", sale.ReceiptNo)
	}
	postings, err := tx.SalePostings(ctx, sale.ProgramID, old.ID)
	if err != nil || len(postings) == 0 {
		return Posted{}, true, fmt.Errorf("read postings of receipt: %w", err)
	}
	answer, err := replay(postings[0], postings[0].Hash)
	answer.Issues = append(answer.Issues, Issue{ID: "duplicate_receipt"})
	return answer, true, err
}

// checkSale refuses what no sale may do, and what this member of staff may not do any more today.
func checkSale(ctx context.Context, tx Tx, settings *rules.Settings, sale SaleInput, member *Holder, now time.Time, fact bool) error {
	var total money.Amount
	for _, line := range sale.lines() {
		if line.Net < 0 || total+line.Net < total {
			return fail(KindInvalid, "sum_invalid")
		}
		total += line.Net
	}
	if total == 0 && !fact {
		return fail(KindInvalid, "sum_zero")
	}
	if sale.Currency != "" && sale.Currency != settings.Currency.Code {
		return fail(KindInvalid, "currency_mismatch", "Currency", sale.Currency, "Want", settings.Currency.Code)
	}
	for _, t := range sale.Tenders {
		if t.Amount < 0 {
			return fail(KindInvalid, "sum_invalid")
		}
	}
	if member != nil {
		if err := refuseState(member.State); err != nil {
			return err
		}
	}
	if member == nil && sale.Redeem > 0 {
		return fail(KindInvalid, "member_missing")
	}
	if sale.StaffID == "" {
		return nil
	}
	limits := settings.Staff
	if limits.MaxCheck > 0 && total > limits.MaxCheck {
		return fail(KindLimit, "check_too_large", "Max", limits.MaxCheck)
	}
	if err := checkStaff(ctx, tx, sale, member); err != nil {
		return err
	}
	from, to := settings.Day(now)
	if limits.SalesPerDay > 0 {
		n, err := tx.CountSales(ctx, sale.ProgramID, sale.StaffID, "", from, to)
		if err != nil {
			return fmt.Errorf("count sales: %w", err)
		}
		if n >= limits.SalesPerDay {
			return fail(KindLimit, "staff_daily_limit", "Max", limits.SalesPerDay)
		}
	}
	if limits.SameCardDaily > 0 && member != nil {
		n, err := tx.CountSales(ctx, sale.ProgramID, sale.StaffID, member.ID, from, to)
		if err != nil {
			return fmt.Errorf("count sales on card: %w", err)
		}
		if n >= limits.SameCardDaily {
			return fail(KindLimit, "card_daily_limit", "Max", limits.SameCardDaily)
		}
	}
	return nil
}

// compareTenders tells when what the till says was paid with money is not what was to be paid: the sale stands, somebody should
// look. A check on the house, and one without tenders, is not compared.
func (d *deal) compareTenders() {
	if len(d.sale.Tenders) == 0 || onTheHouse(d.sale.Tenders) {
		return
	}
	var paid money.Amount
	for _, t := range d.sale.Tenders {
		if t.Kind == TenderPoints || t.Kind == TenderGift {
			continue // the engine's own account of these counts
		}
		if paid += t.Amount; paid < 0 {
			return // beyond what money can count, and far from any check
		}
	}
	if paid != d.quote.Payable {
		d.issues = append(d.issues, Issue{ID: "tenders_differ", Args: map[string]any{"Paid": paid, "Payable": d.quote.Payable}})
	}
}

// checkStaff makes sure that the person still works here, may serve guests, and does not serve the own card.
func checkStaff(ctx context.Context, tx Tx, sale SaleInput, member *Holder) error {
	staff, err := tx.Staff(ctx, sale.ProgramID, sale.StaffID)
	if err != nil {
		return fmt.Errorf("read staff: %w", err)
	}
	if staff.Disabled || !staff.Role.AtCounter() {
		return fail(KindForbidden, "not_staff")
	}
	if member == nil {
		return nil
	}
	return refuseOwnCard(ctx, tx, sale.ProgramID, sale.StaffID, member.ID)
}

func refuseOwnCard(ctx context.Context, reads PeopleReads, programID, staffID, memberID string) error {
	contacts, err := reads.ContactsOf(ctx, programID, "", staffID)
	if err != nil {
		return fmt.Errorf("read contacts of staff: %w", err)
	}
	for _, c := range contacts {
		if c.MemberID == memberID {
			return fail(KindForbidden, "own_card")
		}
	}
	return nil
}
