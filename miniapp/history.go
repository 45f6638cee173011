package miniapp

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/miniapp/ui"
	"kartka/words"
)

// historyPage is how many postings a page of the history shows.
const historyPage = 20

// history shows what has moved on the card, newest first.
func (a *App) history(w http.ResponseWriter, r *http.Request, v *visitor) error {
	before := r.URL.Query().Get("before")
	items, err := a.Engine.History(r.Context(), v.Program.ID, v.Member.AccountID, before, historyPage+1)
	if err != nil {
		return err
	}
	page := ui.History{}
	if len(items) > historyPage {
		items = items[:historyPage]
		page.Older = "history?before=" + items[historyPage-1].Posting.ID
	}
	for _, item := range items {
		line := ui.Move{Path: "history/" + item.Posting.ID, What: v.what(item), When: v.when(item.Posting)}
		line.Change, line.Sign = v.change(item.Posting)
		page.Moves = append(page.Moves, line)
	}
	f, err := a.frame(r, v, "history", v.W.T("app.nav.history"))
	if err != nil {
		return err
	}
	if before != "" {
		f.Back = v.base + "history"
	}
	return a.show(w, r, v, f, page)
}

func (v *visitor) what(item engine.HistoryItem) string {
	return v.W.WhatOf(item, words.CleanName(v.W.Subject(item.Posting), 64))
}

func (v *visitor) when(p engine.Posting) string {
	return v.W.Date(p.OccurredAt) + ", " + v.W.P.Time(v.W.Local(p.OccurredAt))
}

// change is what a posting did to the balance, and which way it went; "" where it was not about points.
func (v *visitor) change(p engine.Posting) (text, sign string) {
	switch {
	case words.Pointless(p):
		return "", ""
	case p.Points > 0:
		sign = "plus"
	case p.Points < 0:
		sign = "minus"
	}
	return v.W.Change(p), sign
}

// mostReasons is how many reasons are told: a shop may have hundreds of rules that did not hold.
const mostReasons = 24

// why explains one posting of the visitor.
func (a *App) why(w http.ResponseWriter, r *http.Request, v *visitor) error {
	item, err := a.ownPosting(r.Context(), v, r.PathValue("id"))
	if err != nil {
		return err
	}
	p := item.Posting
	var told engine.Posted
	if json.Unmarshal(p.Answer, &told) != nil { // of a very old version: its reasons are told alone
		told = engine.Posted{}
	}
	page := ui.Why{What: v.what(item), When: v.when(p), Version: strconv.FormatInt(p.Version, 10)}
	page.Change, page.Sign = v.change(p)
	given := slices.Compact(v.W.Reasons(p.Reasons)) // what was applied comes first
	page.Reasons = given[:min(len(given), mostReasons)]
	page.More = len(given) - len(page.Reasons)
	if p.Kind == ledger.KindReverse && told.GiftBack > 0 {
		page.Notes = append(page.Notes, v.plain("notice.return.certificate", args{"Sum": v.W.Money(told.GiftBack)}))
	}
	if p.Kind == ledger.KindReverse && told.CashBack > 0 {
		page.Notes = append(page.Notes, v.plain("guest.why.cash", args{"Sum": v.W.Money(told.CashBack)}))
	}
	switch {
	case p.Earned == 0:
	case !told.Expires.IsZero():
		page.Notes = append(page.Notes, v.W.T("guest.why.until", args{"Date": v.W.LastDay(told.Expires)}))
	case p.Kind == ledger.KindSale && p.SaleID != "":
		page.Notes = append(page.Notes, v.W.T("guest.why.forever"))
	}
	if words.PointsOn(v.Program.Settings) || p.Balance != 0 {
		page.Notes = append(page.Notes, v.W.T("app.why.balance", args{"Points": v.W.Points(p.Balance)}))
	}
	if item.Sale != nil && (p.Kind == ledger.KindSale || p.Kind == ledger.KindRevise) {
		v.receipt(&page, item.Sale)
		if page.Rate, page.Stars, err = a.rateable(r.Context(), v, item.Sale); err != nil {
			return err
		}
	}
	f, err := a.frame(r, v, "history", v.W.T("app.nav.history"))
	if err != nil {
		return err
	}
	f.Back = v.base + "history"
	return a.show(w, r, v, f, page)
}

// ownPosting reads a posting of the visitor with its sale and place. Another person's is as good as none.
func (a *App) ownPosting(ctx context.Context, v *visitor, id string) (engine.HistoryItem, error) {
	reads := a.Engine.Store()
	p, err := reads.Posting(ctx, v.Program.ID, id)
	switch {
	case engine.IsKind(err, engine.KindNotFound), err == nil && p.AccountID != v.Member.AccountID:
		return engine.HistoryItem{}, errGone
	case err != nil:
		return engine.HistoryItem{}, err
	}
	item := engine.HistoryItem{Posting: p}
	if p.LocationID != "" {
		place, err := reads.Location(ctx, v.Program.ID, p.LocationID)
		if err != nil && !engine.IsKind(err, engine.KindNotFound) {
			return item, err
		}
		item.Location = place.Name
	}
	if p.SaleID != "" {
		sale, err := reads.Sale(ctx, v.Program.ID, p.SaleID)
		if err != nil && !engine.IsKind(err, engine.KindNotFound) {
			return item, err
		}
		if err == nil {
			item.Sale = &sale
		}
	}
	return item, nil
}

// receipt tells of a check: what was bought where the till said so, and how the sum came about.
func (v *visitor) receipt(page *ui.Why, sale *engine.Sale) {
	for _, line := range sale.Lines {
		name := words.CleanName(line.Name, 64)
		if name == "" {
			continue
		}
		bought := ui.Bought{Name: name, Sum: v.W.Money(line.Net)}
		if line.Quantity != 0 && line.Quantity != oneThing {
			bought.Times = "× " + v.W.P.Decimal(int64(line.Quantity), 3)
		}
		if line.Earn > 0 {
			bought.Earned = "+" + v.W.Points(line.Earn)
		}
		page.Bought = append(page.Bought, bought)
	}
	sum := func(key string, amount money.Amount) {
		if amount != 0 {
			page.Sums = append(page.Sums, ui.Sum{Name: v.W.T(key), Value: v.W.Money(amount)})
		}
	}
	sum("app.receipt.total", sale.Total)
	sum("app.receipt.discount", -sale.Discount)
	sum("app.receipt.points", -sale.RedeemMoney)
	sum("app.receipt.certificate", -sale.Certificate)
	if paid := sale.Paid(); paid != sale.Total {
		page.Sums = append(page.Sums, ui.Sum{Name: v.W.T("app.receipt.paid"), Value: v.W.Money(paid)})
	}
	sum("app.receipt.returned", -sale.ReturnedTotal)
}

// oneThing is a quantity of one, which is not worth saying.
const oneThing = money.Quantity(1000)

// rateable is where a sale can be rated, "" when it cannot any more, and the mark it has, 0 none.
func (a *App) rateable(ctx context.Context, v *visitor, sale *engine.Sale) (path string, stars int, err error) {
	if !v.Program.Settings.Feedback.On || sale.Total > 0 && sale.ReturnedTotal >= sale.Total {
		return "", 0, nil
	}
	rating, err := a.Engine.RatingOf(ctx, v.Program.ID, sale.ID)
	open := v.W.Now.Sub(sale.RecordedAt) <= engine.RatingFor
	switch {
	case err == nil:
		stars, open = rating.Stars, v.W.Now.Sub(rating.At) <= engine.RatingChanges
	case !engine.IsKind(err, engine.KindNotFound):
		return "", 0, err
	}
	if open {
		path = "rate/" + sale.ID
	}
	return path, stars, nil
}
