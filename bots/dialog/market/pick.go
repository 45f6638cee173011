package market

import (
	"encoding/json"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/segment"
	"kartka/words"
)

// errand is what a segment is picked for. A conversation that needs one calls [pick] with an errand and is gone on with by the [purpose] of its name.
type errand struct {
	For string `json:"for"` // names a purpose
	// Kept is what the conversation wants back, unread by the picking: a draft of its own.
	Kept json.RawMessage `json:"kept,omitempty"`
}

// choice is a segment that somebody has picked.
type choice struct {
	Title string // what it is called, or means, in the person's language
	// Expr says who belongs to it. For a named segment it asks for membership, so that the segment can still be changed.
	Expr segment.Expr
}

// purpose is how a picking looks and where it leads.
type purpose struct {
	Ask    bots.Rich // what is picked, and what for
	Agreed bool      // everybody who agreed to news can be picked
	All    bool      // every guest can be: the choice has no expression then
	// Picked goes on with the choice, Left without any. Both get what the errand kept.
	Picked func(v talk.View, kept json.RawMessage, c choice) talk.Output
	Left   func(v talk.View, kept json.RawMessage) talk.Output
}

// purposeOf finds the purpose of an errand. It is false for one that this program does not know, or not any more.
func purposeOf(v talk.View, name string) (purpose, bool) {
	switch name {
	case actWith:
		return purpose{Ask: v.Rich("market.pick.with"), Agreed: true, Picked: narrowed, Left: unnarrowed}, true
	case actWithout:
		return purpose{Ask: v.Rich("market.pick.without"), Picked: narrowed, Left: unnarrowed}, true
	case purposeBroadcast:
		return broadcastPurpose(v), true
	case purposeTrigger:
		return triggerPurpose(v), true
	}
	return purpose{}, false
}

// pick has the person pick a segment: everybody who agreed, an own one, a ready-made one, or a sentence.
func pick(v talk.View, e errand) talk.Output {
	return pickList(v, form{Errand: &e}, 0, "")
}

// pickList shows a page of the own segments to pick from. What is typed meanwhile is a sentence.
func pickList(v talk.View, f form, page int, about bots.Rich) talk.Output {
	to, ok := f.purpose(v)
	if !ok {
		return Segments(v)
	}
	return withShelf(v, page, func(v talk.View, s shelf, err error) talk.Output {
		if err != nil {
			return v.Say(v.Alert(v.Problem(err)))
		}
		mark := v.NewMark()
		var rows [][]bots.Button
		if to.All {
			rows = append(rows, talk.Row(talk.Button(v.T("triggers.everybody.btn"), Flow, actEveryone, "", mark)))
		}
		if to.Agreed {
			rows = append(rows, talk.Row(talk.Button(v.T("market.agreed.btn"), Flow, actAgreed, "", mark)))
		}
		rows = append(rows, s.rows(v, actTake, actPick, mark)...)
		rows = append(rows, talk.Row(talk.Button(v.T("market.ready.btn"), Flow, actPicks, "", mark), talk.Button(v.T("market.write.btn"), Flow, actWrite, "", mark)),
			talk.Row(talk.Button(v.T("common.back.btn"), Flow, actLeave, "", mark)))
		text := talk.Paragraphs(about, to.Ask, s.lines(v), v.Rich("market.pick.text"))
		return v.SayAnd(talk.In(Flow, stepPick, form{Errand: f.Errand}).Marked(mark), v.Screen(text, rows...))
	})
}

func (f form) purpose(v talk.View) (purpose, bool) {
	if f.Errand == nil {
		return purpose{}, false
	}
	return purposeOf(v, f.Errand.For)
}

// pressPick answers the buttons of a picking.
func pressPick(v talk.View, p talk.Pressed) talk.Output {
	f, fresh := current(v, p)
	to, ok := f.purpose(v)
	switch {
	case !fresh || !ok:
		return stale(v)
	case p.Action == actLeave:
		return to.Left(v, f.Errand.Kept)
	case p.Action == actPick:
		return pickList(v, f, pageArg(p.Arg), "")
	case p.Action == actPicks:
		return pickReady(v, f, to)
	case p.Action == actAgreed && !to.Agreed, p.Action == actEveryone && !to.All:
		return stale(v)
	case p.Action == actEveryone:
		return to.Picked(v, f.Errand.Kept, choice{})
	}
	x, written := f.expr()
	return withShop(v, func(v talk.View, s shop) talk.Output {
		title := s.title(v, p.Arg)
		switch {
		case p.Action == actAgreed:
			return to.Picked(v, f.Errand.Kept, choice{Title: v.T("market.agreed.title"), Expr: s.agreed()})
		case p.Arg == "" && written:
			return to.Picked(v, f.Errand.Kept, choice{Title: words.CleanName(v.Words().Segment(x, s.names(v)), 2*maxTitle), Expr: x})
		case title == "":
			return pickList(v, f, 0, note(v, &engine.Error{Kind: engine.KindNotFound, ID: "segment_not_found"}))
		}
		return to.Picked(v, f.Errand.Kept, choice{Title: title, Expr: member(p.Arg)})
	})
}

// pickReady shows the ready-made segments to pick from.
func pickReady(v talk.View, f form, to purpose) talk.Output {
	mark := v.NewMark()
	rows := append(readyRows(v, actTake, mark), talk.Row(talk.Button(v.T("common.back.btn"), Flow, actPick, "", mark)))
	return v.SayAnd(talk.In(Flow, stepPick, form{Errand: f.Errand}).Marked(mark), v.Screen(talk.Paragraphs(to.Ask, readyLines(v)), rows...))
}

// narrowing is the errand of making a segment smaller: only those who also belong to another one, or only those who do not.
type narrowing struct {
	Expr    json.RawMessage `json:"expr"`
	Of      string          `json:"of,omitempty"`   // the own segment that is changed
	From    string          `json:"from,omitempty"` // the segment whose page led here
	Without bool            `json:"without,omitempty"`
}

// pressNarrow begins it, from the page of a segment or from a sentence.
func pressNarrow(v talk.View, p talk.Pressed) talk.Output {
	n := narrowing{Expr: encode(member(p.Arg)), From: p.Arg, Without: p.Action == actWithout}
	if p.Arg == "" {
		f, ok := current(v, p)
		if _, written := f.expr(); !ok || !written || !v.Session.At(Flow, stepSentence) || f.Errand != nil {
			return stale(v)
		}
		n.Expr, n.Of = f.Expr, f.Of
	}
	kept, err := json.Marshal(n)
	if err != nil {
		return v.Say(v.Alert(v.Problem(err)))
	}
	return withShop(v, func(v talk.View, s shop) talk.Output {
		if n.From != "" && s.title(v, n.From) == "" {
			return segmentPage(v, n.From, "")
		}
		return pick(v, errand{For: p.Action, Kept: kept})
	})
}

func narrowingOf(kept json.RawMessage) (n narrowing) {
	if json.Unmarshal(kept, &n) != nil {
		return narrowing{}
	}
	return n
}

// narrowed shows the smaller segment as a sentence that can be saved.
func narrowed(v talk.View, kept json.RawMessage, c choice) talk.Output {
	n := narrowingOf(kept)
	base := form{Expr: n.Expr, Of: n.Of}
	x, ok := base.expr()
	if !ok {
		return Segments(v)
	}
	sign, smaller := bots.Rich("➕ "), base.with(both(x, c.Expr))
	if n.Without {
		sign, smaller = "➖ ", base.with(both(x, segment.Not{X: c.Expr}))
	}
	if _, fits := smaller.expr(); !fits {
		return showSentence(v, base, v.Rich("market.narrow.long"))
	}
	return showSentence(v, smaller, sign+bots.Escape(c.Title))
}

// both holds when two expressions do.
func both(a, b segment.Expr) segment.Expr {
	var all segment.All
	for _, x := range []segment.Expr{a, b} {
		if parts, several := x.(segment.All); several {
			all = append(all, parts...)
		} else {
			all = append(all, x)
		}
	}
	return all
}

// unnarrowed leads back to what was to be made smaller.
func unnarrowed(v talk.View, kept json.RawMessage) talk.Output {
	n := narrowingOf(kept)
	if n.From != "" {
		return segmentPage(v, n.From, "")
	}
	return showSentence(v, form{Expr: n.Expr, Of: n.Of}, "")
}
