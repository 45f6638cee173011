package rules

import "kartka/engine/money"

// certificates pay what is left to pay, in the order given, and what each pays is spread by what is left of the lines (stage 6). They are a
// tender: points are earned on what they pay.
func (e *evaluation) certificates() error {
	for _, c := range e.in.Certificates {
		amount := min(c.Left, e.r.Payable)
		if amount <= 0 {
			continue
		}
		for i := range e.left {
			l := &e.r.Lines[i]
			e.work[i] = e.left[i] - l.RedeemMoney - l.Certificate
		}
		shares, err := e.split.amounts(amount, e.work)
		if err != nil {
			return err
		}
		for i, share := range shares {
			e.r.Lines[i].Certificate += money.Amount(share)
		}
		e.r.Certificate += amount
		e.r.Payable -= amount
		e.r.Paid = append(e.r.Paid, CertificateUse{ID: c.ID, Amount: amount})
		e.tell(Effect{Rule: "certificate", State: Applied}, subject{}, why("certificate_paid", number(argMoney, amount), number(argLimit, c.Left-amount)))
	}
	return nil
}
