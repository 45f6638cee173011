package staff

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
)

// attachTyped looks for a check of the last days that was closed without a card, by the number on it.
func attachTyped(v talk.View, c counter, text string) talk.Output {
	number := strings.TrimPrefix(strings.TrimSpace(text), "№")
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) ([]engine.Sale, error) {
		return cardless(ctx, e, v, strings.TrimSpace(number))
	}, func(v talk.View, sales []engine.Sale, err error) talk.Output { return cardlessFound(v, c, sales, err) }))
}

// cardless finds checks by their number, here first.
func cardless(ctx context.Context, e *engine.Engine, v talk.View, number string) ([]engine.Sale, error) {
	var here, elsewhere []engine.Sale
	err := e.Store().EachSale(ctx, v.Program.ID, v.Now.Add(-engine.AttachWithin), v.Now.Add(time.Second), func(s engine.Sale) error {
		switch {
		case s.MemberID != "" || s.ReceiptNo != number || number == "":
		case place(v) != nil && s.LocationID == place(v).ID:
			here = append(here, s)
		default:
			elsewhere = append(elsewhere, s)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for check: %w", err)
	}
	return append(here, elsewhere...), nil
}

func cardlessFound(v talk.View, c counter, sales []engine.Sale, err error) talk.Output {
	switch {
	case err != nil:
		return stopped(v, c, err)
	case len(sales) == 0:
		return typeForm(v, c, formAttach, note{problem: v.Rich("staff.attach.unknown")})
	}
	sale := sales[0]
	return adoptForm(v, c.doing(formAdopt, func(w *work) { w.Sale, w.Amount = sale.ID, sale.Total }), note{})
}

func adoptForm(v talk.View, c counter, n note) talk.Output {
	body := v.Rich("staff.attach.confirm", locales.Args{"Sum": v.Money(c.Work.Amount), "Name": c.Guest.called(v)})
	return shown(v, stepMore, c, n, body, talk.Row(primary(marked(v, v.T("staff.btn.attach_yes"), actDo, ""))), backRow(v))
}

func attach(v talk.View, c counter) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, key string) (engine.Posted, error) {
		return e.AttachMember(ctx, key, v.Program.ID, c.Work.Sale, c.Guest.ID, v.Staff.ID)
	}, func(v talk.View, p engine.Posted, err error) talk.Output {
		if err != nil {
			return typeForm(v, c, formAttach, trouble(v, err))
		}
		return attached(v, c, p)
	}))
}

func attached(v talk.View, c counter, p engine.Posted) talk.Output {
	args := locales.Args{"Sum": v.Money(p.Total), "Points": v.Points(p.Earned)}
	done := v.Rich("staff.attach.done", args)
	if p.Earned > 0 {
		done = v.Rich("staff.attach.done_points", args)
	}
	if p.Payable != p.Total { // the card has a discount that the check did not
		done = talk.Lines(done, difference(v, p.Payable-p.Total))
	}
	return more(v, c, note{good: done})
}
