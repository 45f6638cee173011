package miniapp

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/miniapp/ui"
	"kartka/words"
)

// scanReceipt shows a sale of this member of staff, or to a manager any.
func (a *App) scanReceipt(w http.ResponseWriter, r *http.Request, v *visitor) error {
	p, err := a.saleTold(r, v, r.PathValue("id"))
	if err != nil {
		return err
	}
	return a.showReceipt(w, r, v, p.SaleID, p)
}

// saleTold reads what a sale came to when it was made.
func (a *App) saleTold(r *http.Request, v *visitor, saleID string) (engine.Posted, error) {
	sale, err := a.Engine.Store().Sale(r.Context(), v.Program.ID, saleID)
	if err != nil {
		return engine.Posted{}, err
	}
	if sale.StaffID != v.Staff.ID && !v.manages() {
		return engine.Posted{}, errGone
	}
	postings, err := a.Engine.Store().SalePostings(r.Context(), v.Program.ID, saleID)
	if err != nil || len(postings) == 0 {
		return engine.Posted{}, fmt.Errorf("read postings of sale: %w", err)
	}
	return postings[0].Told()
}

// showReceipt shows what to take and what was given, what can be handed over, and how to take it back.
func (a *App) showReceipt(w http.ResponseWriter, r *http.Request, v *visitor, saleID string, p engine.Posted) error {
	sale, err := a.Engine.Store().Sale(r.Context(), v.Program.ID, saleID)
	if err != nil {
		return err
	}
	m, err := a.Engine.Store().Member(r.Context(), v.Program.ID, p.MemberID)
	if err != nil && !engine.IsKind(err, engine.KindNotFound) {
		return fmt.Errorf("read guest: %w", err)
	}
	page := ui.Receipt{
		Sale: saleID, Name: words.CleanName(m.Name, 40), Take: v.W.Money(p.Payable), Free: p.Payable == 0, Sum: v.W.Money(p.Total), Time: clockOf(v, p.At),
		No: groupedReceipt(sale.ReceiptNo), HasPoints: words.PointsOn(v.Program.Settings), Balance: v.W.Points(p.Balance.Available), Key: a.Engine.NewID(),
	}
	if p.Earned > 0 {
		page.Earned = "+" + v.W.Points(p.Earned)
	}
	if p.Redeemed > 0 {
		page.Spent = "−" + v.W.Points(p.Redeemed)
	}
	if p.Discount > 0 {
		page.Discount = "−" + v.W.Money(p.Discount)
	}
	if p.Tier != "" {
		page.Tier = v.W.TierName(p.Tier)
	}
	for _, i := range p.Issues {
		page.Issues = append(page.Issues, v.W.Issue(i))
	}
	page.Reasons = v.W.Reasons(p.Effects)
	if page.Gifts, err = a.receiptGifts(r, v, p); err != nil {
		return err
	}
	undo := time.Duration(v.Program.Settings.Staff.UndoMinutes) * time.Minute
	if left := undo - a.Engine.Now().Sub(sale.RecordedAt); left > 0 && sale.ReturnedTotal == 0 && sale.StaffID == v.Staff.ID {
		page.Undo = int(left / time.Second)
	}
	page.Back = v.manages() && sale.ReturnedTotal < sale.Total || page.Undo > 0
	if sale.MemberID != "" && sale.StaffID == v.Staff.ID {
		page.Again = a.again(v, sale.MemberID).seal(v.Program)
	}
	if v.Program.Settings.Feedback.On && sale.ReturnedTotal == 0 {
		if page.Rate, err = a.ratePicture(v, saleID); err != nil {
			return err
		}
	}
	return a.show(w, r, v, a.scanFrame(v, "scan/"), page)
}

// receiptGifts are coupons that the sale gave and that are handed over at once.
func (a *App) receiptGifts(r *http.Request, v *visitor, p engine.Posted) ([]ui.Gift, error) {
	var gifts []ui.Gift
	for _, id := range p.Coupons {
		c, err := a.Engine.Store().Coupon(r.Context(), v.Program.ID, id)
		if err != nil {
			return nil, fmt.Errorf("read coupon: %w", err)
		}
		if kind, known := v.Program.Settings.CouponKind(c.Kind); known && kind.ByHand && v.W.CouponOpen(c.Coupon) {
			gifts = append(gifts, ui.Gift{Coupon: c.ID, Name: v.W.CouponName(c.Kind), Key: a.Engine.NewID()})
		}
	}
	return gifts, nil
}

// scanHand marks a gift as handed over.
func (a *App) scanHand(w http.ResponseWriter, r *http.Request, v *visitor) error {
	c, err := a.Engine.Store().Coupon(r.Context(), v.Program.ID, r.FormValue("coupon"))
	if err != nil {
		return err
	}
	_, err = a.Engine.HandOver(r.Context(), engine.HandOverInput{Key: "scan:hand:" + v.Staff.ID + ":" + r.FormValue("key"), ProgramID: v.Program.ID, MemberID: c.MemberID, CouponID: c.ID, StaffID: v.Staff.ID})
	if err != nil {
		return err
	}
	a.wrote(v)
	note := ui.Note{Text: v.W.T("scan.gift.given", args{"Name": v.W.CouponName(c.Kind)})}
	return a.scanGuest(w, r, v, a.again(v, c.MemberID), note)
}

// scanUndo takes a slip back.
func (a *App) scanUndo(w http.ResponseWriter, r *http.Request, v *visitor) error {
	p, err := a.Engine.Reverse(r.Context(), engine.ReverseInput{Key: "scan:undo:" + v.Staff.ID + ":" + r.FormValue("key"), ProgramID: v.Program.ID, SaleID: r.FormValue("sale"),
		All: true, Undo: true, StaffID: v.Staff.ID})
	if err != nil {
		return err
	}
	a.wrote(v)
	note := ui.Note{Text: v.W.T("scan.undone", args{"Sum": v.W.Money(p.Total)})}
	if p.MemberID == "" {
		return a.scanShow(w, r, v, "")
	}
	return a.scanGuest(w, r, v, a.again(v, p.MemberID), note)
}

// scanReturns asks for the number of a receipt.
func (a *App) scanReturns(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return a.returnsShown(w, r, v, "")
}

func (a *App) returnsShown(w http.ResponseWriter, r *http.Request, v *visitor, wrong string) error {
	status := http.StatusOK
	if wrong != "" {
		status = http.StatusUnprocessableEntity
	}
	return a.showAs(w, r, v, status, a.scanFrame(v, "scan/returns"), ui.Returns{Wrong: wrong, Typed: words.CleanName(r.FormValue("no"), 32)})
}

// How far back a receipt is looked for, and at how many places.
const (
	returnDays   = 35
	returnPlaces = 8
)

// scanReturnFind finds a check by the number on its receipt.
func (a *App) scanReturnFind(w http.ResponseWriter, r *http.Request, v *visitor) error {
	no := plainReceipt(r.FormValue("no"))
	if no == "" {
		return a.returnsShown(w, r, v, v.W.T("scan.return.type"))
	}
	sale, err := a.saleByNo(r, v, no)
	if engine.IsKind(err, engine.KindNotFound) {
		return a.returnsShown(w, r, v, v.W.T("scan.return.unknown", args{"No": groupedReceipt(no)}))
	}
	if err != nil {
		return err
	}
	return a.returnForm(w, r, v, sale, "", nil)
}

// plainReceipt is a receipt number without what people add, and with the letters for the signs that look like others.
func plainReceipt(text string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == 'O' || c == 'О' || c == 'о' || c == 'o':
			return '0'
		case c == 'I' || c == 'L' || c == 'i' || c == 'l' || c == 'І' || c == 'і':
			return '1'
		case c >= 'a' && c <= 'z':
			return c - 'a' + 'A'
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z':
			return c
		}
		return -1
	}, text[:min(len(text), 64)])
}

// saleByNo looks a receipt of the scanner up: at the own place first, the newest days first.
func (a *App) saleByNo(r *http.Request, v *visitor, no string) (engine.Sale, error) {
	places, err := a.openPlaces(r, v)
	if err != nil {
		return engine.Sale{}, err
	}
	ids := []string{v.Staff.LocationID}
	for _, l := range places[:min(len(places), returnPlaces)] {
		if !slices.Contains(ids, l.ID) {
			ids = append(ids, l.ID)
		}
	}
	today := rules.DateOf(v.W.Now, v.W.Local(v.W.Now).Location())
	for _, place := range ids {
		for back := range returnDays {
			sale, err := a.Engine.Store().SaleByReceipt(r.Context(), v.Program.ID, place, scannerTill, string(today.Add(-back)), no)
			if !engine.IsKind(err, engine.KindNotFound) {
				return sale, err
			}
		}
	}
	return engine.Sale{}, &engine.Error{Kind: engine.KindNotFound, ID: "receipt_unknown", Args: map[string]any{"Receipt": no}}
}

// returnForm shows a check and what can come back of it; with a try, what that would mean.
func (a *App) returnForm(w http.ResponseWriter, r *http.Request, v *visitor, sale engine.Sale, wrong string, try *engine.Posted) error {
	page := ui.Return{Sale: sale.ID, No: groupedReceipt(sale.ReceiptNo), Sum: v.W.Money(sale.Total), When: v.W.Date(sale.OccurredAt) + ", " + clockOf(v, sale.OccurredAt),
		Left: v.W.Money(sale.Total - sale.ReturnedTotal), Over: sale.ReturnedTotal >= sale.Total, Key: a.Engine.NewID(), Wrong: wrong, Typed: r.FormValue("amount"), All: r.FormValue("what") != "amount" && len(r.Form["back"]) == 0}
	for _, l := range sale.Lines {
		if l.Name == "" || l.Quantity <= l.ReturnedQty {
			continue
		}
		left := (l.Quantity - l.ReturnedQty) / 1000
		page.Lines = append(page.Lines, ui.BackLine{No: l.No, Name: l.Name, Sum: v.W.Money(l.Net - l.ReturnedNet), Units: int(max(left, 1)),
			Chosen: slices.Contains(r.Form["back"], fmt.Sprint(l.No))})
	}
	if try != nil {
		page.Try = true
		page.Cash, page.Restored, page.Revoked = v.W.Money(try.CashBack), v.W.Points(try.Restored), v.W.Points(try.Revoked)
		page.HasRestored, page.HasRevoked = try.Restored > 0, try.Revoked > 0
	}
	status := http.StatusOK
	if wrong != "" {
		status = http.StatusUnprocessableEntity
	}
	f := a.scanFrame(v, "scan/returns")
	f.Back = v.base + "scan/returns"
	return a.showAs(w, r, v, status, f, page)
}

// scanReturn says what a return would mean and, asked again, makes it.
func (a *App) scanReturn(w http.ResponseWriter, r *http.Request, v *visitor) error {
	sale, err := a.Engine.Store().Sale(r.Context(), v.Program.ID, r.FormValue("sale"))
	if err != nil {
		return err
	}
	in := engine.ReverseInput{Key: "scan:return:" + v.Staff.ID + ":" + r.FormValue("key"), ProgramID: v.Program.ID, SaleID: sale.ID, StaffID: v.Staff.ID, DryRun: r.FormValue("do") != "yes"}
	switch {
	case r.FormValue("what") == "amount":
		amount, err := readSum(v, r.FormValue("amount"))
		if err != nil {
			return a.returnForm(w, r, v, sale, v.W.Problem(err), nil)
		}
		in.Amount = amount
	case len(r.Form["back"]) > 0:
		for _, l := range sale.Lines {
			if slices.Contains(r.Form["back"], fmt.Sprint(l.No)) {
				in.Lines = append(in.Lines, engine.ReversedLine{No: l.No, Quantity: units(r, l)})
			}
		}
	default:
		in.All = true
	}
	p, err := a.Engine.Reverse(r.Context(), in)
	if a.told(err) {
		return a.returnForm(w, r, v, sale, v.W.Problem(err), nil)
	}
	if err != nil {
		return err
	}
	if in.DryRun {
		return a.returnForm(w, r, v, sale, "", &p)
	}
	a.wrote(v)
	page := ui.Returned{Cash: v.W.Money(p.CashBack), HasCash: p.CashBack > 0, Sum: v.W.Money(p.Total), HasRestored: p.Restored > 0, Restored: v.W.Points(p.Restored),
		HasRevoked: p.Revoked > 0, Revoked: v.W.Points(p.Revoked)}
	return a.show(w, r, v, a.scanFrame(v, "scan/returns"), page)
}

// units is how many of a line come back: as many as were typed, all of what is weighed.
func units(r *http.Request, l engine.SaleLine) money.Quantity {
	left := l.Quantity - l.ReturnedQty
	var n int64
	if _, err := fmt.Sscan(r.FormValue(fmt.Sprintf("units:%d", l.No)), &n); err != nil || n < 1 || left%1000 != 0 || n*1000 > int64(left) {
		return left
	}
	return money.Quantity(n * 1000)
}
