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
)

// reviseTyped takes the check as it should have been.
func reviseTyped(v talk.View, c counter, text string) talk.Output {
	sum := readSum(v, text)
	if !sum.ok() {
		return typeForm(v, c, formRevise, note{problem: sum.problem})
	}
	return reviseForm(v, c.doing(formRevised, func(w *work) { w.Amount, w.Goods, w.Units = sum.amount, sum.lines, sum.units }), note{})
}

func reviseForm(v talk.View, c counter, n note) talk.Output {
	return withSale(v, c, func(v talk.View, s engine.Sale) talk.Output { return reviseShown(v, c, n, s) })
}

func reviseShown(v talk.View, c counter, n note, s engine.Sale) talk.Output {
	goods := counter{tab: tab{Lines: c.Work.Goods}}
	body := talk.Paragraphs(guestLine(v, c.Guest),
		talk.Lines(v.Rich("staff.revise.confirm", locales.Args{"Was": v.Money(s.Total), "Sum": v.Money(c.Work.Amount)}), lineLines(v, goods)), v.Rich("staff.revise.anew"))
	return shown(v, stepMore, c.doing(formRevised), n, body, talk.Row(primary(marked(v, v.T("staff.btn.revise_yes"), actDo, ""))), backRow(v))
}

// revision is a changed sale with what it was before.
type revision struct {
	was    engine.Sale
	posted engine.Posted
}

func revise(v talk.View, c counter) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, key string) (r revision, err error) {
		if r.was, err = e.Store().Sale(ctx, v.Program.ID, c.Work.Sale); err != nil {
			return r, fmt.Errorf("read sale: %w", err)
		}
		in := engine.SaleInput{ProgramID: v.Program.ID, MemberID: c.Guest.ID, Sum: c.Work.Amount, Lines: c.Work.Goods, Redeem: r.was.Redeemed, Source: r.was.Source,
			Marks: marksOf(v, r.was, *c.Work)}
		for _, paid := range r.was.Did.Paid {
			code, err := codeOf(ctx, e, v, paid.ID)
			if err != nil {
				return r, err
			}
			in.Certificates = append(in.Certificates, code)
		}
		r.posted, err = e.Revise(ctx, engine.ReviseInput{Key: key, ProgramID: v.Program.ID, SaleID: r.was.ID, Sale: in, StaffID: v.Staff.ID})
		return r, err
	}, func(v talk.View, r revision, err error) talk.Output { return revised(v, c, r, err) }))
}

// marksOf are the units of a corrected check: those typed with the sum, else those of before. Typed goods count by themselves.
func marksOf(v talk.View, was engine.Sale, w work) []rules.Mark {
	cards := unitCards(v)
	var marks []rules.Mark
	switch {
	case len(w.Goods) > 0:
	case w.Units > 0 && len(cards) > 0:
		marks = append(marks, rules.Mark{Card: cards[0].ID, Units: w.Units})
	default:
		for _, s := range was.Did.Stamps {
			if s.Units > 0 && slices.ContainsFunc(cards, func(c rules.StampCard) bool { return c.ID == s.Card }) {
				marks = append(marks, rules.Mark{Card: s.Card, Units: s.Units})
			}
		}
	}
	return marks
}

// difference says what money changes hands when a check that was paid comes to another sum.
func difference(v talk.View, more money.Amount) bots.Rich {
	switch {
	case more > 0:
		return v.Rich("staff.revise.take", locales.Args{"Money": v.Money(more)})
	case more < 0:
		return v.Rich("staff.return.money", locales.Args{"Money": v.Money(-more)})
	}
	return v.Rich("staff.return.no_money")
}

func revised(v talk.View, c counter, r revision, err error) talk.Output {
	if err != nil {
		return saleForm(v, c, trouble(v, err))
	}
	head := difference(v, r.posted.Payable-r.was.Paid())
	next := c.cleared()
	next.Guest = c.Guest
	var issues []bots.Rich
	for _, i := range r.posted.Issues {
		issues = append(issues, "❗ "+bots.Escape(v.Issue(i)))
	}
	body := talk.Paragraphs(
		talk.Lines(v.Rich("staff.revise.done", locales.Args{"Was": v.Money(r.was.Total), "Sum": v.Money(r.posted.Total)}), head),
		balanceAfter(v, r.posted.Balance), extraLines(v, r.posted), talk.Lines(issues...))
	return shown(v, stepGiven, next, note{}, body, talk.Row(marked(v, v.T("staff.btn.back_to", locales.Args{"Name": c.Guest.called(v)}), actBack, "")), talk.Row(nextButton(v)))
}
