package storage

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
)

// book is a member's account as the postings of a history leave it, one after the other.
type book struct {
	member        *engine.Member
	balance, debt money.Points
	transferred   money.Points // Σ moves from and to other members
	lots          []*bookLot   // in the order in which they were opened
	byID          map[string]*bookLot
	posted        map[string]bool // sales
	changes       []change        // of the postings
	at            time.Time       // of the last one
}

type bookLot struct {
	ledger.Lot
	expired money.Points // what expiry has taken
}

func newBook(h *History) *book {
	return &book{member: &h.Member, byID: map[string]*bookLot{}, posted: make(map[string]bool, len(h.Sales)), changes: make([]change, 0, len(h.Postings))}
}

// post carries out a posting.
func (b *book) post(p *Booked) error {
	switch {
	case p.ProgramID != b.member.ProgramID || p.MemberID != b.member.ID || p.AccountID != b.member.AccountID:
		return errors.New("it is another member's")
	case p.ID == "" || p.Key == "" || p.Hash == "":
		return errors.New("id, key and hash are needed")
	case p.RecordedAt.Before(b.at):
		return errors.New("it was recorded before the one it follows")
	case p.Earned < 0 || p.Burned < 0:
		return errors.New("what it earns or spends is below zero")
	}
	c, err := changeOf(p.Posting, p.Plan)
	if err != nil {
		return err
	}
	if err := b.checkContras(p.Plan.Moves); err != nil {
		return err
	}
	if err := b.moveLots(c); err != nil {
		return err
	}
	if err := b.changeLots(p.Plan.Changed); err != nil {
		return err
	}
	b.at = p.RecordedAt
	b.balance += c.net
	if b.debt += c.debt; b.debt < 0 {
		return fmt.Errorf("it leaves a debt of %d", b.debt)
	}
	if p.Balance != b.balance || p.Debt != b.debt {
		return fmt.Errorf("it says a balance of %d and a debt of %d, they come to %d and %d", p.Balance, p.Debt, b.balance, b.debt)
	}
	if p.Kind == ledger.KindSale {
		b.posted[p.SaleID] = true
	}
	b.changes = append(b.changes, c)
	return nil
}

// checkContras refuses moves between lots and debt that do not come to nothing, and counts those between members.
func (b *book) checkContras(moves []ledger.Move) error {
	var inner money.Points
	for _, m := range moves {
		switch m.Contra {
		case ledger.ContraDebt:
			inner += m.Points
		case ledger.ContraTransfer:
			b.transferred += m.Points
		}
	}
	if inner != 0 {
		return fmt.Errorf("what moves between lots and debt comes to %d instead of nothing", inner)
	}
	return nil
}

func (b *book) moveLots(c change) error {
	for _, l := range c.lots {
		known := b.byID[l.id]
		switch {
		case l.opened != nil && known != nil:
			return fmt.Errorf("it opens lot %s, which is there", l.id)
		case l.opened == nil && known == nil:
			return fmt.Errorf("it moves lot %s, which is not there", l.id)
		case l.opened != nil:
			known = &bookLot{Lot: *l.opened}
			known.Remaining = 0
			b.byID[l.id], b.lots = known, append(b.lots, known)
		}
		known.Remaining += l.points
		known.expired += l.expired
		if known.Points <= 0 || known.Remaining < 0 || known.Remaining > known.Points {
			return fmt.Errorf("it leaves %d of %d points in lot %s", known.Remaining, known.Points, l.id)
		}
	}
	return nil
}

func (b *book) changeLots(changes []ledger.Change) error {
	for _, c := range changes {
		lot := b.byID[c.LotID]
		if lot == nil {
			return fmt.Errorf("it changes lot %s, which is not there", c.LotID)
		}
		if !c.ActiveFrom.IsZero() {
			lot.ActiveFrom = c.ActiveFrom
		}
		if !c.ExpiresAt.IsZero() {
			lot.ExpiresAt = c.ExpiresAt
		}
	}
	return nil
}

// checkSales refuses sales that do not add up, or that no posting of the book has made.
func (b *book) checkSales(sales []engine.Sale) error {
	for i := range sales {
		if err := b.checkSale(&sales[i]); err != nil {
			return fmt.Errorf("sale %s: %w", sales[i].ID, err)
		}
		delete(b.posted, sales[i].ID)
	}
	for id := range b.posted {
		return fmt.Errorf("sale %s has a posting and is not there", cmp.Or(id, "without id"))
	}
	return nil
}

func (b *book) checkSale(s *engine.Sale) (err error) {
	switch {
	case s.ProgramID != b.member.ProgramID || s.MemberID != b.member.ID || s.AccountID != b.member.AccountID:
		return errors.New("it is another member's")
	case !b.posted[s.ID]:
		return errors.New("no posting has made it, or it is there twice")
	case s.LotID != "" && b.byID[s.LotID] == nil:
		return fmt.Errorf("it earned lot %s, which is not there", s.LotID)
	case min(s.Total, s.RedeemMoney, s.Discount, s.Certificate, s.ReturnedTotal) < 0 || min(s.Redeemed, s.Earned, s.ReversedEarn, s.ReversedRedeem, s.LapsedUsed) < 0:
		return errors.New("a sum of it is below zero")
	case s.ReturnedTotal > s.Total:
		return errors.New("more came back than was sold")
	}
	// The very comparison that verification makes.
	same := &verifier{found: func(d engine.Audited) { err = errors.Join(err, errors.New(d.Detail)) }}
	same.sale(s, s.Lines)
	return err
}
