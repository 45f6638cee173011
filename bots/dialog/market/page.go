package market

import (
	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
)

// segmentPage shows a segment: whom it means, how many they are now, and what can be done with it.
func segmentPage(v talk.View, id string, about bots.Rich) talk.Output {
	return withSize(v, member(id), func(v talk.View, s sized) talk.Output {
		if _, ok := readyOf(id); ok {
			return showReady(v, s, id, about)
		}
		own, ok := s.Shop.own(id)
		if !ok {
			return listedWith(v, 0, note(v, &engine.Error{Kind: engine.KindNotFound, ID: "segment_not_found"}))
		}
		return showOwn(v, s, own, about)
	})
}

// pressCount counts what is shown again. A toast says so: the number may be the same.
func pressCount(v talk.View, p talk.Pressed) talk.Output {
	page := segmentPage(v, p.Arg, "")
	if p.Arg == "" {
		if _, ok := current(v, p); !ok {
			return stale(v)
		}
		page = again(v, "")
	}
	return page.Toasted(v.T("market.counted.toast"))
}

func showReady(v talk.View, s sized, id string, about bots.Rich) talk.Output {
	r, _ := readyOf(id)
	name, use := v.Words().ReadySegment(r.ID)
	text := talk.Paragraphs(about, v.Rich("market.page.ready", locales.Args{"Name": name, "About": use}), s.Shop.explained(v, r.Expr), s.Size.lines(v))
	rows := [][]bots.Button{
		talk.Row(button(v.T("market.save.btn"), actSave, id), button(v.T("market.count.btn"), actCount, id)),
		narrowRow(v, id),
		talk.Row(button(v.T("market.keep.btn"), actKeep, id)),
	}
	return v.SayAnd(talk.Session{}, v.Screen(text, append(rows, back(v, actReady, ""))...))
}

func showOwn(v talk.View, s sized, own engine.Segment, about bots.Rich) talk.Output {
	args := locales.Args{"Name": s.Shop.title(v, own.ID), "Date": v.Date(own.At), "Count": own.Size}
	count, rename := button(v.T("market.count.btn"), actCount, own.ID), button(v.T("market.rename.btn"), actRename, own.ID)
	parts := []bots.Rich{about, v.Rich("market.page.own", args), s.Shop.explained(v, own.Expr), s.Size.lines(v)}
	rows := [][]bots.Button{
		{count, button(v.T("market.change.btn"), actWrite, own.ID)},
		narrowRow(v, own.ID),
		{rename, button(v.T("market.delete.btn"), actDelete, own.ID)},
		{button(v.T("market.keep.btn"), actKeep, own.ID)},
	}
	if own.Frozen {
		parts = []bots.Rich{about, talk.Lines(v.Rich("market.page.frozen", args), v.Rich("market.page.kept", args)), s.Shop.explained(v, own.Expr), s.Size.lines(v)}
		rows = [][]bots.Button{{count}, narrowRow(v, own.ID), {rename, button(v.T("market.delete.btn"), actDelete, own.ID)}}
	}
	return v.SayAnd(talk.Session{}, v.Screen(talk.Paragraphs(parts...), append(rows, back(v, actList, ""))...))
}

// narrowRow leads to a segment of those among these who also belong to another, or do not.
func narrowRow(v talk.View, id string) []bots.Button {
	return talk.Row(button(v.T("market.with.btn"), actWith, id), button(v.T("market.without.btn"), actWithout, id))
}
