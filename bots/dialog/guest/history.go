package guest

import (
	"context"
	"strconv"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
	"kartka/words"
)

// balance says in one text what there is, what waits, and what ends next.
func balance(v talk.View) talk.Output {
	b := v.Balance()
	title := v.Rich("guest.balance.title", locales.Args{"Points": v.Points(b.Available), "Worth": worth(v, b.Available)})
	more := details(v, b)
	if b.Next.IsZero() {
		more = talk.Lines(v.Rich("guest.balance.forever"), more)
	}
	return v.SayAnd(away(v), v.Screen(talk.Paragraphs(title, more),
		talk.Row(cardButton(v), button(v.T("guest.history.btn"), actHistory, ""))))
}

// pageSize is how many postings a page of the history shows.
const pageSize = 5

// page is a page of the history.
type page struct {
	Items []engine.HistoryItem
	Older bool // there is more after it
	Newer bool // and before it
}

// history shows the page that begins before a posting, or the newest.
func history(v talk.View, before string) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (page, error) {
		items, err := e.History(ctx, v.Program.ID, v.Member.AccountID, before, pageSize+1)
		return cutPage(items, before != ""), err
	}, paged))
}

func cutPage(items []engine.HistoryItem, newer bool) page {
	return page{Items: items[:min(len(items), pageSize)], Older: len(items) > pageSize, Newer: newer}
}

// newer shows the page that ends with the posting after the given one.
func newer(v talk.View, after string) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (page, error) {
		return pageAfter(func(before string, limit int) ([]engine.HistoryItem, error) {
			return e.History(ctx, v.Program.ID, v.Member.AccountID, before, limit)
		}, after)
	}, paged))
}

// pageAfter walks from the newest posting to the given one and returns the page right above it. A posting that is not there
// leads to the newest page.
func pageAfter(read func(before string, limit int) ([]engine.HistoryItem, error), after string) (page, error) {
	const batch = 100
	var seen []engine.HistoryItem
	before := ""
	for {
		items, err := read(before, batch)
		if err != nil {
			return page{}, err
		}
		for i, item := range items {
			if item.Posting.ID == after {
				seen = append(seen, items[:i]...)
				from := max(0, len(seen)-pageSize)
				return page{Items: seen[from:], Older: true, Newer: from > 0}, nil
			}
		}
		seen = append(seen, items...)
		if len(items) < batch {
			return cutPage(seen, false), nil
		}
		before = items[len(items)-1].Posting.ID
	}
}

func paged(v talk.View, p page, err error) talk.Output {
	if err != nil {
		return problem(v, err)
	}
	if len(p.Items) == 0 {
		return v.SayAnd(away(v), v.Screen(v.Rich("guest.history.empty"), talk.Row(cardButton(v), helpButton(v))))
	}
	var items []bots.Rich
	var numbers []bots.Button
	for i, item := range p.Items {
		no := strconv.Itoa(i + 1)
		key := "guest.history.item"
		if words.Pointless(item.Posting) {
			key = "guest.history.item_plain"
		}
		items = append(items, v.Rich(key, locales.Args{"No": no, "Date": v.Date(item.Posting.OccurredAt),
			"Change": change(v, item.Posting), "What": what(v, item)}))
		numbers = append(numbers, button(no, actWhy, item.Posting.ID))
	}
	var turn []bots.Button
	if p.Older {
		turn = append(turn, button(v.T("guest.history.older.btn"), actHistory, p.Items[len(p.Items)-1].Posting.ID))
	}
	if p.Newer {
		turn = append(turn, button(v.T("guest.history.newer.btn"), actNewer, p.Items[0].Posting.ID))
	}
	rows := [][]bots.Button{numbers}
	if len(turn) > 0 {
		rows = append(rows, turn)
	}
	rows = append(rows, talk.Row(button(v.T("common.back.btn"), actHome, "")))
	text := talk.Paragraphs(v.Rich("guest.history.title"), talk.Paragraphs(items...), v.Rich("guest.history.ask"))
	return v.SayAnd(away(v), v.Screen(text, rows...))
}

// change is what a posting did to the balance: "−120 +14", "+20", "0".
func change(v talk.View, p engine.Posting) string { return v.Words().Change(p) }

// what is what a posting was about, with its place.
func what(v talk.View, item engine.HistoryItem) string {
	w := v.Words()
	return w.WhatOf(item, words.CleanName(w.Subject(item.Posting), 64))
}
