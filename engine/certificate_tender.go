package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"kartka/engine/cardcode"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// certificateDigits is the length of a certificate's code: eleven random digits and a check digit.
const certificateDigits = 12

// certificateCode reads a code as people type it, in groups or not; ok is false when it cannot be one.
func certificateCode(text string) (code Secret, ok bool) {
	digits := strings.Map(func(r rune) rune {
		if isSeparator(r) {
			return -1
		}
		return r
	}, text)
	if len(digits) != certificateDigits || strings.Trim(digits, "0123456789") != "" || cardcode.Damm(digits) != '0' {
		return "", false
	}
	return Secret(digits), true
}

// findCertificate reads the certificate behind a code as people type it, or behind its id, as a screen that shows it names it.
func findCertificate(ctx context.Context, reads MechanicReads, programID, text string) (Certificate, error) {
	var c Certificate
	var err error
	if code, ok := certificateCode(text); ok {
		c, err = reads.CertificateByCode(ctx, programID, code)
	} else {
		c, err = reads.Certificate(ctx, programID, text)
	}
	if IsKind(err, KindNotFound) {
		return Certificate{}, fail(KindNotFound, "certificate_unknown")
	}
	if err != nil {
		return Certificate{}, fmt.Errorf("find certificate: %w", err)
	}
	return c, nil
}

// alive says why a certificate cannot be used at an instant, nil when it can.
func alive(c Certificate, at time.Time) error {
	switch {
	case c.State == CertificateBlocked:
		return fail(KindForbidden, "certificate_blocked")
	case c.State == CertificateExpired, !c.ExpiresAt.IsZero() && !c.ExpiresAt.After(at):
		return fail(KindExpired, "certificate_expired")
	case c.State == CertificateSpent:
		return fail(KindInsufficient, "certificate_empty")
	}
	return nil
}

// usable says why a certificate cannot pay for a check at an instant, nil when it can.
func usable(c Certificate, at time.Time) error {
	if err := alive(c, at); err != nil {
		return err
	}
	switch {
	case c.Points > 0:
		return fail(KindInvalid, "certificate_of_points")
	case c.Left <= 0:
		return fail(KindInsufficient, "certificate_empty")
	}
	return nil
}

// payWith locks the certificates that are to pay for a check and returns them in the order of their codes, each once. Call it
// after the account and the counters are locked. One that is not known, ended, blocked or empty fails the call.
func (e *Engine) payWith(ctx context.Context, tx Tx, programID string, codes []string, at time.Time) ([]rules.Certificate, error) {
	var order []string
	for _, code := range codes {
		c, err := findCertificate(ctx, tx, programID, code)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(order, c.ID) {
			order = append(order, c.ID)
		}
	}
	locked, err := lockCertificates(ctx, tx, programID, order)
	if err != nil {
		return nil, err
	}
	paying := make([]rules.Certificate, 0, len(order))
	for _, id := range order {
		c := locked[id]
		if err := usable(*c, at); err != nil {
			return nil, err
		}
		paying = append(paying, rules.Certificate{ID: c.ID, Left: c.Left})
	}
	return paying, nil
}

// lockCertificates locks certificates in id order, whatever the order they are wanted in, so that two tills never wait for each
// other.
func lockCertificates(ctx context.Context, tx Tx, programID string, ids []string) (map[string]*Certificate, error) {
	locked := make(map[string]*Certificate, len(ids))
	for _, id := range slices.Sorted(slices.Values(ids)) {
		if locked[id] != nil {
			continue
		}
		c, err := tx.LockCertificate(ctx, programID, id)
		if err != nil {
			return nil, fmt.Errorf("lock certificate: %w", err)
		}
		locked[id] = &c
	}
	return locked, nil
}

// spendCertificates takes what a sale has paid with certificates off them. The key is the sale's.
func (e *Engine) spendCertificates(ctx context.Context, tx Tx, programID, saleID, key string, paid []rules.CertificateUse, at time.Time) error {
	locked, err := lockCertificates(ctx, tx, programID, certificateIDs(paid))
	if err != nil {
		return err
	}
	for _, use := range paid {
		if use.Amount == 0 {
			continue
		}
		c := locked[use.ID]
		if use.Amount < 0 || use.Amount > c.Left {
			return fail(KindInsufficient, "certificate_empty")
		}
		c.Left -= use.Amount
		if c.Left == 0 {
			c.State = CertificateSpent
		}
		if err := e.moveCertificate(ctx, tx, *c, saleID, key, -use.Amount, at); err != nil {
			return err
		}
	}
	return nil
}

// returnToCertificates gives an amount of a sale back to the certificates that paid for it, first used last. Paid is what each paid;
// what earlier returns gave back is read from the sale, which must not have been written for this return yet. A blocked
// certificate gets its money and stays blocked. One that has ended, or has less than the grace time left, lives on for the grace
// time, with all it holds. The key is the return's.
func (e *Engine) returnToCertificates(ctx context.Context, tx Tx, programID, saleID, key string, paid []rules.CertificateUse, amount money.Amount, at time.Time) error {
	if amount <= 0 {
		return nil
	}
	program, err := tx.Program(ctx, programID)
	if err != nil {
		return fmt.Errorf("read program: %w", err)
	}
	grace := program.Settings.ExpiryAfter(at, max(program.Settings.Lots.GraceDays, 1))
	locked, err := lockCertificates(ctx, tx, programID, certificateIDs(paid))
	if err != nil {
		return err
	}
	// Read under these locks: a sale without a card has no account whose lock would keep two returns of it apart.
	sale, err := tx.Sale(ctx, programID, saleID)
	if err != nil {
		return fmt.Errorf("read sale: %w", err)
	}
	for _, line := range sale.Lines {
		paid = stillPaid(paid, line.ReturnedGift)
	}
	for _, use := range slices.Backward(paid) {
		c := locked[use.ID]
		back := min(amount, use.Amount)
		if back <= 0 {
			continue
		}
		amount -= back
		c.Left += back
		if c.State != CertificateBlocked {
			c.State = CertificateActive
		}
		if !c.ExpiresAt.IsZero() && c.ExpiresAt.Before(grace) {
			c.ExpiresAt = grace
		}
		if err := e.moveCertificate(ctx, tx, *c, saleID, key, back, at); err != nil {
			return err
		}
	}
	if amount > 0 { // another return was faster
		return fail(KindConflict, "changed_meanwhile")
	}
	return nil
}

// stillPaid is what certificates still have in a sale after an amount has been given back: it went to the last used first.
func stillPaid(paid []rules.CertificateUse, returned money.Amount) []rules.CertificateUse {
	left := slices.Clone(paid)
	for i := len(left) - 1; i >= 0 && returned > 0; i-- {
		back := min(returned, left[i].Amount)
		left[i].Amount -= back
		returned -= back
	}
	return slices.DeleteFunc(left, func(u rules.CertificateUse) bool { return u.Amount == 0 })
}

// moveCertificate writes a certificate as it is after a movement, and the movement.
func (e *Engine) moveCertificate(ctx context.Context, tx Tx, c Certificate, saleID, key string, amount money.Amount, at time.Time) error {
	if err := tx.UpdateCertificate(ctx, c); err != nil {
		return fmt.Errorf("write certificate: %w", err)
	}
	err := tx.InsertCertificateMove(ctx, CertificateMove{ID: e.newID(), ProgramID: c.ProgramID, CertificateID: c.ID,
		Key: key + ":" + c.ID, SaleID: saleID, Amount: amount, At: at})
	if err != nil {
		return fmt.Errorf("write movement of certificate: %w", err)
	}
	return nil
}

func certificateIDs(paid []rules.CertificateUse) []string {
	ids := make([]string, len(paid))
	for i, use := range paid {
		ids[i] = use.ID
	}
	return ids
}
