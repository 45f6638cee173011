package engine

import (
	"context"
	"fmt"
	"time"
)

// OrphanWithin is how long a return waits for its sale.
const OrphanWithin = 7 * 24 * time.Hour

// ReturnByReceipt returns a sale, or a part of it, by the till's own number. A return that arrives before its sale, as
// from a till that was offline, waits up to a week and is applied when the sale is recorded, in the same transaction: the answer
// then says Waiting.
func (e *Engine) ReturnByReceipt(ctx context.Context, locationID, till, business, receiptNo string, in ReverseInput) (answer Posted, waiting bool, err error) {
	if in.Key == "" || receiptNo == "" || business == "" {
		return Posted{}, false, fail(KindInvalid, "key_missing")
	}
	sale, err := e.store.SaleByReceipt(ctx, in.ProgramID, locationID, till, business, receiptNo)
	if err == nil {
		in.SaleID = sale.ID
		answer, err = e.Reverse(ctx, in)
		return answer, false, err
	}
	if !IsKind(err, KindNotFound) {
		return Posted{}, false, fmt.Errorf("find sale: %w", err)
	}
	if in.DryRun {
		return Posted{}, false, fail(KindNotFound, "receipt_unknown", "Receipt", receiptNo)
	}
	if err := checkReturnShape(in); err != nil {
		return Posted{}, false, err
	}
	o := Orphan{ID: e.newID(), ProgramID: in.ProgramID, LocationID: locationID, Till: till, Business: business, ReceiptNo: receiptNo,
		Key: in.Key, Input: in, At: e.Now()}
	err = e.store.InTx(ctx, func(tx Tx) error { return tx.InsertOrphan(ctx, o) })
	if err != nil && !IsKind(err, KindTaken) { // the same return again waits once
		return Posted{}, false, fmt.Errorf("keep return: %w", err)
	}
	return Posted{}, true, nil
}

// checkReturnShape refuses what no return can be, before it is kept to wait.
func checkReturnShape(in ReverseInput) error {
	if !in.All && len(in.Lines) == 0 && in.Amount <= 0 {
		return fail(KindInvalid, "return_nothing")
	}
	return nil
}

// applyOrphans makes the returns that have waited for this sale. One that does not fit it stays for people to look at and is
// named in the issues.
func (e *Engine) applyOrphans(ctx context.Context, tx Tx, d *deal) error {
	if d.sale.ReceiptNo == "" {
		return nil
	}
	waiting, err := tx.OrphansOf(ctx, d.sale.ProgramID, d.sale.LocationID, d.sale.Till, d.sale.Business, d.sale.ReceiptNo)
	if err != nil {
		return fmt.Errorf("look for returns: %w", err)
	}
	for _, o := range waiting {
		if d.now.Sub(o.At) > OrphanWithin {
			continue
		}
		in := o.Input
		in.SaleID, in.StaffID = d.record.ID, ""
		hash, err := hashOf(in)
		if err != nil {
			return err
		}
		if probe, err := tx.Sale(ctx, in.ProgramID, in.SaleID); err != nil {
			return fmt.Errorf("read sale: %w", err)
		} else if _, err := returnPart(&probe, in); err != nil {
			d.answer.Issues = append(d.answer.Issues, Issue{ID: "orphan_misfit", Args: map[string]any{"Receipt": o.ReceiptNo}})
			continue
		}
		if _, err := e.reverseIn(ctx, tx, in, hash); err != nil {
			return fmt.Errorf("apply waiting return: %w", err)
		}
		if err := tx.MatchOrphan(ctx, o.ProgramID, o.ID, d.now); err != nil {
			return fmt.Errorf("match return: %w", err)
		}
		d.answer.Issues = append(d.answer.Issues, Issue{ID: "orphan_applied", Args: map[string]any{"Receipt": o.ReceiptNo}})
	}
	return nil
}
