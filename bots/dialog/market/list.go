package market

import (
	"context"
	"strconv"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/segment"
	"kartka/locales"
	"kartka/words"
)

// perPage is how many segments one screen shows and counts.
const perPage = 8

// Segments lists the segments that the program has named.
func Segments(v talk.View) talk.Output { return listed(v, 0) }

func pageArg(arg string) int {
	page, err := strconv.Atoi(arg)
	if err != nil {
		return 0
	}
	return page
}

// pageOf finds the bounds of a page that exists.
func pageOf(items, wanted int) (from, to, page, pages int) {
	pages = max(1, (items+perPage-1)/perPage)
	page = min(max(wanted, 0), pages-1)
	from = page * perPage
	return from, min(from+perPage, items), page, pages
}

// shelf is a page of the own segments with their sizes.
type shelf struct {
	Shop        shop
	From, To    int
	Page, Pages int
	Sizes       []size // of those on the page
}

// withShelf reads a page and goes on. The number of members of a frozen segment is as it was made.
func withShelf(v talk.View, page int, then func(talk.View, shelf, error) talk.Output) talk.Output {
	program := v.Program.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (s shelf, err error) {
		if s.Shop, err = readShop(ctx, e, program); err != nil {
			return s, err
		}
		s.From, s.To, s.Page, s.Pages = pageOf(len(s.Shop.Own), page)
		for _, own := range s.Shop.Own[s.From:s.To] {
			n := size{All: own.Size}
			if !own.Frozen {
				n.All, err = e.CountSegment(ctx, program, own.Expr)
				if n.Problem, err = problemOf(err); err != nil {
					return s, err
				}
			}
			s.Sizes = append(s.Sizes, n)
		}
		return s, nil
	}, then))
}

// lines are the segments of the page with their sizes.
func (s shelf) lines(v talk.View) bots.Rich {
	var lines []bots.Rich
	for i, own := range s.Shop.Own[s.From:s.To] {
		key, args := "market.list.line", locales.Args{"Name": words.CleanName(own.Name, maxTitle), "Count": s.Sizes[i].All}
		switch {
		case own.Frozen:
			key, args["Date"] = "market.list.frozen", v.Date(own.At)
		case s.Sizes[i].Problem != nil:
			key = "market.list.unknown"
		}
		lines = append(lines, v.Rich(key, args))
	}
	return talk.Lines(lines...)
}

// rows are a button for each segment of the page, and the way to other pages. mark is that of a form that they belong to, "" none.
func (s shelf) rows(v talk.View, open, turn, mark string) [][]bots.Button {
	var rows [][]bots.Button
	for _, own := range s.Shop.Own[s.From:s.To] {
		name := words.CleanName(own.Name, 28)
		if own.Frozen {
			name = "🧊 " + words.CleanName(own.Name, 25)
		}
		rows = append(rows, talk.Row(talk.Button(name, Flow, open, own.ID, mark)))
	}
	return append(rows, arrows(s.Page, s.Pages, func(text string, page int) bots.Button {
		return talk.Button(text, Flow, turn, strconv.Itoa(page), mark)
	})...)
}

// arrows lead to the other pages of a list, if there are any.
func arrows(page, pages int, turn func(text string, page int) bots.Button) [][]bots.Button {
	var row []bots.Button
	if page > 0 {
		row = append(row, turn("←", page-1))
	}
	if page < pages-1 {
		row = append(row, turn("→", page+1))
	}
	if row == nil {
		return nil
	}
	return [][]bots.Button{row}
}

func listed(v talk.View, page int) talk.Output { return listedWith(v, page, "") }

// listedWith shows a page of the own segments under a note.
func listedWith(v talk.View, page int, about bots.Rich) talk.Output {
	return withShelf(v, page, func(v talk.View, s shelf, err error) talk.Output {
		if err != nil {
			return v.SayAnd(talk.Session{}, v.Screen(note(v, err), talk.Row(button(v.T("owner.home.again.btn"), actList, ""))))
		}
		text := talk.Paragraphs(about, v.Rich("market.list.head"), v.Rich("market.list.none"))
		if len(s.Shop.Own) > 0 {
			text = talk.Paragraphs(about, v.Rich("market.list.head"), s.lines(v))
		}
		rows := append(s.rows(v, actSegment, actList, ""),
			talk.Row(button(v.T("market.ready.btn"), actReady, ""), button(v.T("market.write.btn"), actWrite, "")))
		home := talk.Row(shopButton(v))
		if !v.Manages() {
			home = talk.Row(button(v.T("market.home.btn"), actHome, ""))
		}
		return v.SayAnd(talk.Session{}, v.Screen(text, append(rows, home)...))
	})
}

// readyLines tell of the ready-made segments, each with what it is for.
func readyLines(v talk.View) bots.Rich {
	var lines []bots.Rich
	for _, r := range segment.ReadyMade() {
		name, about := v.Words().ReadySegment(r.ID)
		lines = append(lines, v.Rich("market.ready.line", locales.Args{"Name": name, "About": about}))
	}
	return talk.Lines(lines...)
}

// readyRows are a button for each ready-made segment, two in a row where they fit.
func readyRows(v talk.View, open, mark string) [][]bots.Button {
	const half = 17
	var rows [][]bots.Button
	wide := true
	for _, r := range segment.ReadyMade() {
		name, _ := v.Words().ReadySegment(r.ID)
		b := talk.Button(name, Flow, open, engine.ReadySegment(r), mark)
		narrow := bots.UTF16Len(name) <= half
		if last := len(rows) - 1; !wide && narrow {
			rows[last] = append(rows[last], b)
			wide = true
			continue
		}
		rows, wide = append(rows, talk.Row(b)), !narrow
	}
	return rows
}

// readyList shows the segments that every program has.
func readyList(v talk.View) talk.Output {
	text := talk.Paragraphs(v.Rich("market.ready.head"), readyLines(v))
	return v.SayAnd(talk.Session{}, v.Screen(text, append(readyRows(v, actSegment, ""), back(v, actList, ""))...))
}
