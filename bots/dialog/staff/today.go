package staff

import (
	"context"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
)

// day is the totals of today that the person may see.
type day struct {
	own       engine.Totals
	here, all *engine.Totals // for managers; here when a place is known
}

// today tells what the day has brought: everybody the own, managers also the place's and the whole.
func today(v talk.View) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (d day, err error) {
		if d.own, err = e.Today(ctx, v.Program.ID, v.Staff.ID, ""); err != nil || !v.Manages() {
			return d, err
		}
		if at := place(v); at != nil {
			here, err := e.Today(ctx, v.Program.ID, "", at.ID)
			if err != nil {
				return d, err
			}
			d.here = &here
		}
		all, err := e.Today(ctx, v.Program.ID, "", "")
		d.all = &all
		return d, err
	}, todayShown))
}

func todayShown(v talk.View, d day, err error) talk.Output {
	if err != nil {
		return stopped(v, onCounter(v), err)
	}
	parts := []bots.Rich{
		v.Rich("staff.today.head", locales.Args{"Date": v.Date(v.Now)}),
		talk.Lines(v.Rich("staff.today.own"), totals(v, d.own)),
	}
	if at := place(v); d.here != nil && at != nil {
		parts = append(parts, talk.Lines(v.Rich("staff.home.place", locales.Args{"Place": at.Name}), totals(v, *d.here)))
	}
	if d.all != nil {
		parts = append(parts, talk.Lines(v.Rich("staff.today.all"), totals(v, *d.all)))
	}
	m := screen(v, note{}, talk.Paragraphs(parts...), talk.Row(homeButton(v)))
	return v.SayAnd(talk.In(Flow, stepHome, fresh(v)), m)
}

func totals(v talk.View, t engine.Totals) bots.Rich {
	if t.Sales == 0 && t.Returns == 0 && t.New == 0 {
		return v.Rich("staff.home.quiet")
	}
	out := []bots.Rich{
		v.Rich("staff.today.sales", locales.Args{"Checks": v.P.RichN("staff.today.checks", int64(t.Sales)), "Sum": v.Money(t.Amount)}),
		v.Rich("staff.today.points", locales.Args{"Earned": v.PointsNumber(t.Earned), "Spent": v.PointsNumber(t.Burned)}),
	}
	if t.Returns > 0 {
		out = append(out, v.Rich("staff.today.returns", locales.Args{"Count": t.Returns}))
	}
	return talk.Lines(append(out, v.Rich("staff.today.new", locales.Args{"Count": t.New}))...)
}
