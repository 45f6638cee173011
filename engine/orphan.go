package engine

import (
	"context"
	"fmt"
	"slices"
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
	in.SaleID = ""
	o := Orphan{ID: e.newID(), ProgramID: in.ProgramID, LocationID: locationID, Till: till, Business: business, ReceiptNo: receiptNo,
		Key: in.Key, Input: in, At: e.Now()}
	err = e.store.InTx(ctx, func(tx Tx) error {
		if err := mayReturn(ctx, tx, in); err != nil {
			return err
		}
		if sale, err = tx.SaleByReceipt(ctx, in.ProgramID, locationID, till, business, receiptNo); !IsKind(err, KindNotFound) {
			return err // it has come meanwhile
		}
		return tx.InsertOrphan(ctx, o)
	})
	switch {
	case err == nil && sale.ID != "":
		in.SaleID = sale.ID
		answer, err = e.Reverse(ctx, in)
		return answer, false, err
	case err != nil && !IsKind(err, KindTaken): // the same return again waits once
		return Posted{}, false, fmt.Errorf("keep return: %w", err)
	}
	return Posted{}, true, nil
}

// mayReturn refuses a return that is kept to wait from somebody who could not make it at once.
func mayReturn(ctx context.Context, tx Tx, in ReverseInput) error {
	in.Undo = false // nobody undoes what has not been done
	return checkReverse(ctx, tx, nil, in, Sale{}, time.Time{})
}

// checkReturnShape refuses what no return can be, before it is kept to wait.
func checkReturnShape(in ReverseInput) error {
	if !in.All && len(in.Lines) == 0 && in.Amount <= 0 {
		return fail(KindInvalid, "return_nothing")
	}
	return nil
}

// findOrphans finds the returns that have waited for this sale, before it is written: they are part of its answer. One that does not fit
// stays for people to look at and is named in the issues.
func (e *Engine) findOrphans(ctx context.Context, tx Tx, d *deal) error {
	if d.sale.ReceiptNo == "" {
		return nil
	}
	waiting, err := tx.OrphansOf(ctx, d.sale.ProgramID, d.sale.LocationID, d.sale.Till, d.sale.Business, d.sale.ReceiptNo)
	if err != nil {
		return fmt.Errorf("look for returns: %w", err)
	}
	rest := d.record
	for _, o := range waiting {
		if d.now.Sub(o.At) > OrphanWithin {
			continue
		}
		issue := Issue{ID: "orphan_misfit", Args: map[string]any{"Receipt": o.ReceiptNo}}
		after := rest
		after.Lines = slices.Clone(rest.Lines)
		part, err := returnPart(&after, o.Input)
		if err == nil {
			used, err := known(ctx, tx, o.ProgramID, o.Key)
			if err != nil {
				return err
			}
			if used == nil && o.Key != d.in.Key { // else its key belongs to something else
				after.ReturnedTotal += part.net
				rest, issue.ID = after, "orphan_applied"
				d.waiting = append(d.waiting, o)
			}
		}
		d.answer.Issues = append(d.answer.Issues, issue)
	}
	return nil
}

// applyOrphans makes the returns that have waited for this sale.
func (e *Engine) applyOrphans(ctx context.Context, tx Tx, d *deal) error {
	for _, o := range d.waiting {
		in := o.Input
		in.SaleID = d.record.ID
		hash, err := hashOf(in) // as that of the same return when it comes again
		if err != nil {
			return err
		}
		in.StaffID = "" // who returned it was looked at then
		if _, err := e.reverseIn(ctx, tx, in, hash); err != nil {
			return fmt.Errorf("apply waiting return: %w", err)
		}
		if err := tx.MatchOrphan(ctx, o.ProgramID, o.ID, d.now); err != nil {
			return fmt.Errorf("match return: %w", err)
		}
	}
	return nil
}
