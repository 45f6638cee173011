package staff

import (
	"context"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
	"kartka/words"
)

// joinTyped looks for the card that is to become part of the guest's.
func joinTyped(v talk.View, c counter, input string) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (engine.Found, error) {
		return e.Identify(ctx, v.Program.ID, v.Staff.ID, input)
	}, func(v talk.View, f engine.Found, err error) talk.Output { return otherFound(v, c, f, err) }))
}

func otherFound(v talk.View, c counter, f engine.Found, err error) talk.Output {
	switch {
	case err != nil:
		return typeForm(v, c, formJoin, trouble(v, err))
	case len(f.Others) > 0: // one phone, several cards: only a number tells which
		return typeForm(v, c, formJoin, note{problem: v.Rich("staff.join.several")})
	}
	return joinPreview(v, c.doing(formJoining, func(w *work) { w.Other = guestOf(f.Member) }), note{})
}

// joinPreview tells what joining the two cards would mean.
func joinPreview(v talk.View, c counter, n note) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (engine.MergePreview, error) {
		return e.PreviewMerge(ctx, v.Program.ID, c.Guest.ID, c.Work.Other.ID)
	}, func(v talk.View, p engine.MergePreview, err error) talk.Output { return previewed(v, c, n, p, err) }))
}

func previewed(v talk.View, c counter, n note, p engine.MergePreview, err error) talk.Output {
	if err != nil {
		return typeForm(v, c, formJoin, trouble(v, err))
	}
	args := locales.Args{"Keep": c.Guest.called(v), "KeepTail": c.Guest.tail(), "Gone": c.Work.Other.called(v), "GoneTail": c.Work.Other.tail(),
		"Points": v.Points(p.Points), "Balance": v.Points(p.Balance.Total), "Tier": tierName(v, p.Tier)}
	out := []bots.Rich{v.Rich("staff.join.points", args)}
	add := func(n int, text bots.Rich) {
		if n > 0 {
			out = append(out, text)
		}
	}
	add(p.Coupons, v.Rich("staff.join.coupons", locales.Args{"Count": p.Coupons}))
	add(p.Certificates, v.Rich("staff.join.certificates", locales.Args{"Count": p.Certificates}))
	add(p.Friends, v.Rich("staff.join.friends", locales.Args{"Count": p.Friends}))
	if p.Phone {
		out = append(out, v.Rich("staff.join.phone"))
	}
	out = append(out, v.Rich("staff.join.after", args))
	for _, s := range p.Stamps {
		if card := v.Program.Settings.StampCard(s.Card); card != nil {
			out = append(out, stampLine(v, s.Card, int64(s.Count), int64(words.StampGoal(card))))
		}
	}
	if tierName(v, p.Tier) != "" {
		out = append(out, v.Rich("staff.more.tier", args))
	}
	var issues []bots.Rich
	for _, i := range p.Issues {
		issues = append(issues, "❗ "+bots.Escape(v.Issue(i)))
	}
	return shown(v, stepMore, c.doing(formJoining), n, talk.Paragraphs(v.Rich("staff.join.head", args), talk.Lines(out...), talk.Lines(issues...), v.Rich("staff.join.undo")),
		talk.Row(primary(marked(v, v.T("staff.btn.join_yes"), actDo, ""))), backRow(v))
}

func join(v talk.View, c counter) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, key string) (engine.Posted, error) {
		return e.Merge(ctx, engine.MergeInput{Key: key, ProgramID: v.Program.ID, KeepID: c.Guest.ID, GoneID: c.Work.Other.ID, By: v.Staff.ID})
	}, func(v talk.View, p engine.Posted, err error) talk.Output {
		if err != nil {
			return typeForm(v, c, formJoin, trouble(v, err))
		}
		return more(v, c, note{good: v.Rich("staff.join.done", locales.Args{"Points": v.Points(p.Balance.Total)})})
	}))
}

// partForm asks before joined cards are parted.
func partForm(v talk.View, c counter, n note) talk.Output {
	return shown(v, stepMore, c.doing(formPart), n, talk.Paragraphs(guestLine(v, c.Guest), v.Rich("staff.part.ask")),
		talk.Row(primary(marked(v, v.T("staff.btn.part_yes"), actDo, ""))), backRow(v))
}

func part(v talk.View, c counter) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, key string) (engine.Posted, error) {
		return e.Unmerge(ctx, engine.UnmergeInput{Key: key, ProgramID: v.Program.ID, MergeID: c.Work.Merge, By: v.Staff.ID})
	}, func(v talk.View, p engine.Posted, err error) talk.Output {
		if err != nil {
			return more(v, c, trouble(v, err))
		}
		return more(v, c, note{good: v.Rich("staff.part.done", locales.Args{"Points": v.Points(p.Balance.Total)})})
	}))
}
