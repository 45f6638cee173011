package staff

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

// salesShown is how many purchases a list offers.
const salesShown = 8

// salesForm lists the guest's last purchases.
func salesForm(v talk.View, c counter, n note) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) ([]engine.Sale, error) {
		sales, err := e.Store().SalesOf(ctx, v.Program.ID, c.Guest.ID, 3*salesShown)
		if err != nil {
			return nil, fmt.Errorf("read sales: %w", err)
		}
		return sales, nil
	}, func(v talk.View, sales []engine.Sale, err error) talk.Output { return salesListed(v, c, n, sales, err) }))
}

// standing are the first sales of which something is left.
func standing(sales []engine.Sale, most int) []engine.Sale {
	left := slices.DeleteFunc(slices.Clone(sales), func(s engine.Sale) bool { return s.ReturnedTotal >= s.Total })
	return left[:min(len(left), most)]
}

func salesListed(v talk.View, c counter, n note, sales []engine.Sale, err error) talk.Output {
	if err != nil {
		return stopped(v, c, err)
	}
	sales = standing(sales, salesShown)
	var rows [][]bots.Button
	var ids []string
	for _, s := range sales {
		at := v.Local(s.OccurredAt)
		text := fmt.Sprintf("%s · %s", v.P.Date(at), v.Money(s.Total-s.ReturnedTotal))
		if sameDay(v, s) {
			text = fmt.Sprintf("%s · %s", v.P.Time(at), v.Money(s.Total-s.ReturnedTotal))
		}
		rows = append(rows, talk.Row(marked(v, text, actItem, s.ID)))
		ids = append(ids, s.ID)
	}
	ask := v.Rich("staff.sales.ask")
	if len(sales) == 0 {
		ask = v.Rich("staff.sales.none")
	}
	rows = append(rows, talk.Row(marked(v, v.T("staff.btn.attach"), actForm, formAttach)), backRow(v))
	return shown(v, stepMore, c.doing(formSales, func(w *work) { *w = work{Form: formSales, Merge: w.Merge, Sales: ids} }), n,
		talk.Paragraphs(guestLine(v, c.Guest), ask), rows...)
}

// sameDay reports whether a sale is of today.
func sameDay(v talk.View, s engine.Sale) bool {
	return rules.DateOf(s.OccurredAt, v.Local(v.Now).Location()) == rules.DateOf(v.Now, v.Local(v.Now).Location())
}

func saleChosen(v talk.View, c counter, id string) talk.Output {
	if !slices.Contains(c.Work.Sales, id) {
		return stale(v)
	}
	return saleForm(v, c.doing(formSale, func(w *work) { w.Sale = id }), note{})
}

// saleForm shows a purchase and what can be done with it.
func saleForm(v talk.View, c counter, n note) talk.Output {
	return withSale(v, c, func(v talk.View, s engine.Sale) talk.Output { return saleShown(v, c, n, s) })
}

// withSale reads the purchase at hand and goes on.
func withSale(v talk.View, c counter, then func(talk.View, engine.Sale) talk.Output) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (engine.Sale, error) {
		s, err := e.Store().Sale(ctx, v.Program.ID, c.Work.Sale)
		if err != nil {
			return s, fmt.Errorf("read sale: %w", err)
		}
		return s, nil
	}, func(v talk.View, s engine.Sale, err error) talk.Output {
		if err != nil {
			return more(v, c, trouble(v, err))
		}
		return then(v, s)
	}))
}

func saleShown(v talk.View, c counter, n note, s engine.Sale) talk.Output {
	c = c.doing(formSale, func(w *work) { w.Amount, w.Lines = 0, nil })
	left := s.Total - s.ReturnedTotal
	rows := talk.Column(marked(v, v.T("staff.btn.back_all", locales.Args{"Sum": v.Money(left)}), actForm, formBack))
	parts := talk.Row(marked(v, v.T("staff.btn.back_amount"), actForm, formAmount))
	if byLine(s) {
		parts = append(parts, marked(v, v.T("staff.btn.back_lines"), actForm, formLines))
	}
	rows = append(rows, parts)
	if sameDay(v, s) && s.ReturnedTotal == 0 {
		rows = append(rows, talk.Row(marked(v, v.T("staff.btn.revise"), actForm, formRevise)))
	}
	return shown(v, stepMore, c, n, talk.Paragraphs(guestLine(v, c.Guest), saleText(v, s), v.Rich("staff.return.what")), append(rows, backRow(v))...)
}

// byLine reports whether the goods of a sale can be told apart.
func byLine(s engine.Sale) bool {
	return slices.ContainsFunc(s.Lines, func(l engine.SaleLine) bool { return l.Name != "" }) &&
		(len(s.Lines) > 1 || s.Lines[0].Quantity > 1000)
}

// saleText tells a purchase as it is in the books.
func saleText(v talk.View, s engine.Sale) bots.Rich {
	at := v.Local(s.OccurredAt)
	args := locales.Args{"Date": v.Date(s.OccurredAt), "Time": v.P.Time(at), "Sum": v.Money(s.Total)}
	out := []bots.Rich{v.Rich("staff.sale.head", args)}
	for _, l := range s.Lines[:min(len(s.Lines), 10)] {
		if l.Name != "" {
			out = append(out, v.Rich("staff.goods.line", locales.Args{"Name": l.Name, "Sum": v.Money(l.Net)}))
		}
	}
	if s.Discount > 0 {
		out = append(out, v.Rich("staff.offer.discount", locales.Args{"Money": v.Money(s.Discount)}))
	}
	if s.Certificate > 0 {
		out = append(out, v.Rich("staff.offer.certificate", locales.Args{"Money": v.Money(s.Certificate)}))
	}
	points := locales.Args{"Spent": v.Points(s.Redeemed), "Earned": v.Points(s.Earned)}
	switch {
	case s.Redeemed > 0 && s.Earned > 0:
		out = append(out, v.Rich("staff.sale.points", points))
	case s.Redeemed > 0:
		out = append(out, v.Rich("staff.sale.spent", points))
	case s.Earned > 0:
		out = append(out, v.Rich("staff.sale.earned", points))
	}
	if s.ReturnedTotal > 0 {
		out = append(out, v.Rich("staff.sale.returned", locales.Args{"Sum": v.Money(s.ReturnedTotal)}))
	}
	return talk.Lines(out...)
}

// amountBack takes the sum that comes back.
func amountBack(v talk.View, c counter, text string) talk.Output {
	sum := readPlain(v, text)
	if !sum.ok() {
		return typeForm(v, c, formAmount, note{problem: sum.problem})
	}
	return dryRun(v, c.doing(formBack, func(w *work) { w.Amount, w.Lines = sum.amount, nil }), note{})
}

// linesForm lets goods be tapped that come back: each tap is one more unit, after the last none.
func linesForm(v talk.View, c counter, n note) talk.Output {
	return withSale(v, c, func(v talk.View, s engine.Sale) talk.Output { return linesShown(v, c, n, s) })
}

func linesShown(v talk.View, c counter, n note, s engine.Sale) talk.Output {
	var rows [][]bots.Button
	for _, l := range s.Lines {
		left := l.Quantity - l.ReturnedQty
		if left <= 0 || len(rows) == 20 {
			continue
		}
		name := l.Name
		if name == "" {
			name = v.T("staff.goods.rest")
		}
		text := words.CleanName(name, 16) + " · " + v.Money(l.Net)
		if back := c.Work.backOf(l.No); back > 0 {
			text = "✅ " + v.P.Number(max(1, int64(back/1000))) + " · " + words.CleanName(name, 16)
		}
		rows = append(rows, talk.Row(marked(v, text, actItem, strconv.Itoa(l.No))))
	}
	if len(c.Work.Lines) > 0 {
		rows = append(rows, talk.Row(primary(marked(v, v.T("staff.btn.reckon"), actForm, formBack))))
	}
	return shown(v, stepMore, c.doing(formLines), n, talk.Paragraphs(saleText(v, s), v.Rich("staff.return.tap")), append(rows, backRow(v))...)
}

// backOf is how much of a line comes back.
func (w *work) backOf(no int) money.Quantity {
	for _, l := range w.Lines {
		if l.No == no {
			return l.Quantity
		}
	}
	return 0
}

// lineTapped counts one unit more of a line, and none after the last. What is weighed comes back whole.
func lineTapped(v talk.View, c counter, arg string) talk.Output {
	no, err := strconv.Atoi(arg)
	if err != nil {
		return stale(v)
	}
	return withSale(v, c, func(v talk.View, s engine.Sale) talk.Output {
		i := slices.IndexFunc(s.Lines, func(l engine.SaleLine) bool { return l.No == no && l.Quantity > l.ReturnedQty })
		if i < 0 {
			return linesShown(v, c, note{}, s)
		}
		return linesShown(v, c.tapped(s.Lines[i]), note{}, s)
	})
}

func (c counter) tapped(l engine.SaleLine) counter {
	left := l.Quantity - l.ReturnedQty
	step := left
	if left%1000 == 0 {
		step = 1000
	}
	next := c.Work.backOf(l.No) + step
	return c.doing(formLines, func(w *work) {
		w.Lines = slices.DeleteFunc(slices.Clone(w.Lines), func(r engine.ReversedLine) bool { return r.No == l.No })
		if next <= left {
			w.Lines = append(w.Lines, engine.ReversedLine{No: l.No, Quantity: next})
		}
		w.Amount = 0
	})
}

// reversal is the return at hand.
func reversal(v talk.View, c counter, key string) engine.ReverseInput {
	return engine.ReverseInput{Key: key, ProgramID: v.Program.ID, SaleID: c.Work.Sale, StaffID: v.Staff.ID,
		Lines: c.Work.Lines, Amount: c.Work.Amount, All: len(c.Work.Lines) == 0 && c.Work.Amount == 0}
}

// dryRun tells what a return would mean, before it is made.
func dryRun(v talk.View, c counter, n note) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, key string) (engine.Posted, error) {
		in := reversal(v, c, key)
		in.DryRun = true
		return e.Reverse(ctx, in)
	}, func(v talk.View, p engine.Posted, err error) talk.Output { return dryRunShown(v, c, n, p, err) }))
}

func dryRunShown(v talk.View, c counter, n note, p engine.Posted, err error) talk.Output {
	if err != nil {
		if c.Work.Amount > 0 {
			return typeForm(v, c, formAmount, trouble(v, err))
		}
		return saleForm(v, c, trouble(v, err))
	}
	return shown(v, stepMore, c.doing(formBack), n, talk.Paragraphs(v.Rich("staff.return.would", locales.Args{"Sum": v.Money(p.Total), "Name": c.Guest.called(v)}), backText(v, p)),
		talk.Row(primary(marked(v, v.T("staff.btn.back_yes"), actDo, ""))), backRow(v))
}

// backText begins with the money to give back.
func backText(v talk.View, p engine.Posted) bots.Rich {
	head := v.Rich("staff.return.no_money")
	if p.CashBack > 0 {
		head = v.Rich("staff.return.money", locales.Args{"Money": v.Money(p.CashBack)})
	}
	return talk.Lines(head, undoLines(v, p), balanceAfter(v, p.Balance))
}

// takeSaleBack makes the return.
func takeSaleBack(v talk.View, c counter) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, key string) (engine.Posted, error) {
		return e.Reverse(ctx, reversal(v, c, key))
	}, func(v talk.View, p engine.Posted, err error) talk.Output { return takenBack(v, c, p, err) }))
}

func takenBack(v talk.View, c counter, p engine.Posted, err error) talk.Output {
	if err != nil {
		return saleForm(v, c, trouble(v, err))
	}
	g := c.Guest
	next := c.cleared()
	if next.Last != nil && next.Last.Sale == p.SaleID {
		next.Last = nil
	}
	next.Guest = g
	body := talk.Paragraphs(v.Rich("staff.return.done", locales.Args{"Sum": v.Money(p.Total), "Name": g.called(v)}), backText(v, p))
	return shown(v, stepGiven, next, note{}, body, talk.Row(marked(v, v.T("staff.btn.back_to", locales.Args{"Name": g.called(v)}), actBack, "")), talk.Row(nextButton(v)))
}
