package staff

import (
	"context"
	"fmt"
	"slices"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

// add records the check on the counter, all paid with money.
func add(v talk.View, c counter) talk.Output { return record(v, c, 0) }

// spend spends the offered points: at once when a live code has shown that the guest is here, else after the guest's own tap.
func spend(v talk.View, c counter) talk.Output {
	if c.Guest.Present.After(v.Now) {
		return record(v, c, c.Offer)
	}
	return ask(v, c)
}

// sold is a sale that has been made, with what it gave to be handed over.
type sold struct {
	posted engine.Posted
	gifts  []gift
}

func record(v talk.View, c counter, redeem money.Points) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, key string) (s sold, err error) {
		sale, err := check(ctx, e, v, c, redeem)
		if err != nil {
			return s, err
		}
		if s.posted, err = e.Post(ctx, engine.PostInput{Key: key, Sale: sale}); err != nil {
			return s, err
		}
		s.gifts, err = giftsOf(ctx, e, v, s.posted)
		return s, err
	}, func(v talk.View, s sold, err error) talk.Output { return recorded(v, c, s, err) }))
}

// giftsOf finds among the coupons that a sale gave those that can be handed over at once.
func giftsOf(ctx context.Context, e *engine.Engine, v talk.View, p engine.Posted) ([]gift, error) {
	var found []gift
	for _, id := range p.Coupons {
		coupon, err := e.Store().Coupon(ctx, v.Program.ID, id)
		if err != nil {
			return nil, fmt.Errorf("read coupon: %w", err)
		}
		if kind, known := v.Program.Settings.CouponKind(coupon.Kind); known && kind.ByHand {
			found = append(found, gift{ID: coupon.ID, Kind: coupon.Kind})
		}
	}
	return found, nil
}

func recorded(v talk.View, c counter, s sold, err error) talk.Output {
	if err != nil {
		return refused(v, c, err)
	}
	return receiptShown(v, c.made(s.posted, c.Guest.Name, s.gifts).at(v), note{})
}

func posted(v talk.View, c counter, p engine.Posted, err error) talk.Output {
	return recorded(v, c, sold{posted: p}, err)
}

// refused tells why a sale was not made. When somebody else was faster with the points, the check is reckoned anew; a check that
// is too large is asked for again; anything else ends this sale.
func refused(v talk.View, c counter, err error) talk.Output {
	switch {
	case engine.IsKind(err, engine.KindInsufficient) || isID(err, "over_limit"):
		c.Points = 0
		return offer(v, c, note{problem: v.Rich("staff.offer.changed")})
	case isID(err, "check_too_large") || isID(err, "sum_zero") || isID(err, "sum_too_large") || isID(err, "sum_invalid"):
		return summed(v, c, sumRead{problem: bots.Escape(v.Problem(err))}, note{})
	case len(c.Pays) > 0 && isCertificate(err):
		c.Pays = nil
		return offer(v, c, trouble(v, err))
	}
	return stopped(v, c, err)
}

// made puts a sale on the counter as its receipt and as what Undo would undo.
func (c counter) made(p engine.Posted, name string, gifts []gift) counter {
	p.Effects = slices.DeleteFunc(slices.Clone(p.Effects), func(e rules.Effect) bool { return !onReceipt(e) })
	c.Receipt = &receipt{Name: name, Posted: p, Gifts: gifts}
	c.Last = lastOf(p, name)
	return c
}

func lastOf(p engine.Posted, name string) *last {
	return &last{Sale: p.SaleID, Name: name, Sum: p.Total, At: p.At}
}

// at notes on the receipt where it was made.
func (c counter) at(v talk.View) counter {
	if at := place(v); at != nil {
		c.Receipt.Place = words.CleanName(at.Name, 64)
	}
	return c
}

func receiptShown(v talk.View, c counter, n note) talk.Output {
	var rows [][]bots.Button
	for _, g := range c.Receipt.Gifts {
		rows = append(rows, talk.Row(giveButton(v, g)))
	}
	return shown(v, stepReceipt, c, n, receiptText(v, *c.Receipt), append(rows, receiptButtons(v, c.Receipt.Posted.SaleID)...)...)
}

// receiptText begins with what to do now: the money to take when it is not the sum of the check, else the good news to tell.
func receiptText(v talk.View, r receipt) bots.Rich {
	p, g := r.Posted, guest{Name: r.Name}
	args := locales.Args{"Name": g.called(v), "Earned": v.Points(p.Earned), "Spent": v.Points(p.Redeemed)}
	less := p.Redeemed > 0 || p.Discount > 0 || p.Certificate > 0
	var head, moves bots.Rich
	switch {
	case less && p.Payable == 0:
		head = v.Rich("staff.receipt.covered")
	case less:
		head = v.Rich("staff.receipt.take", locales.Args{"Money": v.Money(p.Payable)})
	case p.Earned > 0:
		head = v.Rich("staff.receipt.earned", args)
	default:
		head = v.Rich("staff.receipt.plain", args)
	}
	switch {
	case p.Redeemed > 0 && p.Earned > 0:
		moves = v.Rich("staff.receipt.spent_and_earned", args)
	case p.Redeemed > 0:
		moves = v.Rich("staff.receipt.spent", args)
	case less && p.Earned > 0:
		moves = v.Rich("staff.receipt.got", args)
	}
	var issues []bots.Rich
	for _, i := range p.Issues {
		issues = append(issues, "❗ "+bots.Escape(v.Issue(i)))
	}
	sale := locales.Args{"Sum": v.Money(p.Total), "Time": v.P.Time(v.Local(p.At)), "Place": r.Place}
	foot := v.Rich("staff.receipt.foot", sale)
	if r.Place != "" {
		foot = v.Rich("staff.receipt.foot_place", sale)
	}
	return talk.Paragraphs(talk.Lines(head, moves, balanceAfter(v, p.Balance)), extraLines(v, p), talk.Lines(issues...), foot)
}

func receiptButtons(v talk.View, saleID string) [][]bots.Button {
	if v.Program.Settings.Staff.UndoMinutes == 0 || saleID == "" {
		return talk.Column(nextButton(v))
	}
	return [][]bots.Button{talk.Row(undoButton(saleID, v.T("staff.btn.undo")), nextButton(v))}
}

func undoButton(saleID, text string) bots.Button { return lasting(text, actUndo, saleID) }
