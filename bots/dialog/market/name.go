package market

import (
	"context"
	"strings"
	"unicode/utf8"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/segment"
	"kartka/locales"
	"kartka/words"
)

// pressSave keeps what is shown: a ready-made segment under a name of its own, a sentence under a name, a changed segment at once.
func pressSave(v talk.View, p talk.Pressed) talk.Output {
	if r, ok := readyOf(p.Arg); ok {
		name, _ := v.Words().ReadySegment(r.ID)
		return askName(v, form{From: p.Arg, Name: name}.with(r.Expr), "")
	}
	f, ok := current(v, p)
	if !ok || !v.Session.At(Flow, stepSentence) || f.Errand != nil {
		return stale(v)
	}
	if f.Of != "" {
		return save(v, f, "")
	}
	return askName(v, form{Expr: f.Expr}, "")
}

// pressKeep asks for the name of a segment of those who belong to another now. That one stays as it is.
func pressKeep(v talk.View, p talk.Pressed) talk.Output {
	f, ok := current(v, p)
	written := p.Arg == ""
	if written && (!ok || !v.Session.At(Flow, stepSentence)) {
		return stale(v)
	}
	return withShop(v, func(v talk.View, s shop) talk.Output {
		title := s.title(v, p.Arg)
		kept := form{From: p.Arg, Keep: true}
		own, isOwn := s.own(p.Arg)
		r, isReady := readyOf(p.Arg)
		switch {
		case written:
			kept.Expr, kept.Of, title = f.Expr, f.Of, v.T("market.keep.guests")
		case isOwn:
			kept = kept.with(own.Expr)
		case isReady:
			kept = kept.with(r.Expr)
		default:
			return segmentPage(v, p.Arg, "")
		}
		day := v.T("market.keep.name", locales.Args{"Name": "", "Date": v.Date(v.Now)})
		kept.Name = v.T("market.keep.name", locales.Args{"Name": words.CleanName(title, maxTitle-utf8.RuneCountInString(day)), "Date": v.Date(v.Now)})
		return askName(v, kept, "")
	})
}

// pressRename asks for another name of an own segment.
func pressRename(v talk.View, p talk.Pressed) talk.Output {
	return withShop(v, func(v talk.View, s shop) talk.Output {
		own, ok := s.own(p.Arg)
		if !ok {
			return segmentPage(v, p.Arg, "")
		}
		return askName(v, form{Of: own.ID, From: own.ID}, "")
	})
}

// askName asks what a segment is to be called.
func askName(v talk.View, f form, about bots.Rich) talk.Output {
	return withShop(v, func(v talk.View, s shop) talk.Output {
		mark := v.NewMark()
		text := v.Rich("market.name.save")
		switch {
		case f.Keep:
			text = v.Rich("market.name.keep")
		case f.Expr == nil:
			text = v.Rich("market.name.rename", locales.Args{"Name": s.title(v, f.Of)})
		}
		var rows [][]bots.Button
		if name := proposed(f.Name); name != "" && !s.named(name) {
			text = talk.Paragraphs(text, v.Rich("market.name.proposed", locales.Args{"Name": name}))
			rows = append(rows, talk.Row(talk.Button(v.T("market.name.btn"), Flow, actName, "", mark)))
		}
		leave := back(v, actSegment, f.From)
		if f.From == "" {
			leave = talk.Row(talk.Button(v.T("common.back.btn"), Flow, actSentence, "", mark))
		}
		return v.SayAnd(talk.In(Flow, stepName, f).Marked(mark), v.Screen(talk.Paragraphs(about, text), append(rows, leave)...))
	})
}

// proposed is a name that the engine takes.
func proposed(name string) string {
	return words.CleanName(strings.ReplaceAll(name, `"`, ""), maxTitle)
}

// pressName takes the name that was proposed.
func pressName(v talk.View, p talk.Pressed) talk.Output {
	f, ok := current(v, p)
	if !ok || !v.Session.At(Flow, stepName) || f.Name == "" {
		return stale(v)
	}
	return named(v, f, proposed(f.Name))
}

// pressSentence leads back from the name to what is to be named.
func pressSentence(v talk.View, p talk.Pressed) talk.Output {
	f, ok := current(v, p)
	if !ok || !v.Session.At(Flow, stepName) {
		return stale(v)
	}
	return showSentence(v, form{Expr: f.Expr, Of: f.Of}, "")
}

// named saves what a form has under a name.
func named(v talk.View, f form, text string) talk.Output {
	name := words.CleanName(text, utf8.RuneCountInString(text))
	if name == "" {
		return again(v, v.Rich("market.name.empty"))
	}
	return save(v, f, name)
}

// saved is what became of a segment.
type saved struct {
	Segment engine.Segment
	Problem *segment.Problem
}

// save makes a new segment of a form, or changes the one that it is of: its expression when there is one, else its name. Handled again, it makes no
// second one.
func save(v talk.View, f form, name string) talk.Output {
	in := engine.SaveSegmentInput{ProgramID: v.Program.ID, StaffID: v.Staff.ID, Name: name, Freeze: f.Keep}
	if f.Expr != nil {
		x, ok := f.expr()
		if !ok {
			return Segments(v)
		}
		in.Expr = x
	}
	changes := f.Of != "" && !f.Keep
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, key string) (r saved, err error) {
		in := in
		in.Key = key
		if changes {
			shop, err := readShop(ctx, e, in.ProgramID)
			if err != nil {
				return r, err
			}
			own, ok := shop.own(f.Of)
			if !ok {
				return r, &engine.Error{Kind: engine.KindNotFound, ID: "segment_not_found"}
			}
			in.ID = own.ID
			if name == "" {
				in.Name = own.Name
			} else {
				in.Expr = own.Expr
			}
		}
		r.Segment, err = e.SaveSegment(ctx, in)
		r.Problem, err = problemOf(err)
		return r, err
	}, func(v talk.View, r saved, err error) talk.Output {
		switch {
		case engine.IsKind(err, engine.KindNotFound):
			return listedWith(v, 0, note(v, err))
		case err != nil:
			return again(v, note(v, err))
		case r.Problem != nil:
			return again(v, wrong(v, r.Problem))
		}
		return segmentPage(v, r.Segment.ID, v.Rich("market.saved"))
	}))
}
