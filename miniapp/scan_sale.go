package miniapp

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/miniapp/ui"
	"kartka/words"
)

// scannerTill is what the books call the scanner where tills have a name.
const scannerTill = "scanner"

// receiptLetters write receipt numbers: no letter looks like a digit, and none is lost over the telephone.
var receiptLetters = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// receiptNo is the number of a check that the scanner made under a key: eight signs, "7K3F9QXM".
func receiptNo(key string) string {
	sum := sha256.Sum256([]byte("receipt|" + key))
	return receiptLetters.EncodeToString(sum[:5])
}

// groupedReceipt writes a receipt number as it is read aloud.
func groupedReceipt(no string) string {
	if len(no) != 8 {
		return no
	}
	return no[:4] + "-" + no[4:]
}

// points reads how many points are to be spent.
func points(v *visitor, text string) (money.Points, error) {
	if strings.TrimSpace(text) == "" {
		return 0, nil
	}
	value, err := money.Parse(text, v.Program.Settings.Unit.Decimals)
	if err != nil || value < 0 {
		return 0, &engine.Error{Kind: engine.KindInvalid, ID: "reserve_invalid", Err: err}
	}
	return money.Points(value), nil
}

// scanQuote shows what the check on the scanner would do, at each change of it.
func (a *App) scanQuote(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := a.openProof(v, r.FormValue("proof"))
	if err != nil {
		return err
	}
	page := ui.Quote{Present: f.Present}
	sale, err := a.saleOf(r, v, f)
	if err == nil && sale.Sum == 0 && len(sale.Lines) == 0 {
		return a.bare(w, r, v, page)
	}
	if err == nil {
		err = a.quoteInto(r, v, sale, &page)
	}
	var refused *engine.Error
	if errors.As(err, &refused) {
		page.Wrong, err = v.W.Problem(err), nil
	}
	if err != nil {
		return err
	}
	return a.bare(w, r, v, page)
}

// quoteInto judges a check both ways: paid with money, and with as many points as the slider says.
func (a *App) quoteInto(r *http.Request, v *visitor, sale engine.SaleInput, page *ui.Quote) error {
	plain, err := a.Engine.Quote(r.Context(), sale)
	if err != nil {
		return err
	}
	redeem, err := points(v, r.FormValue("redeem"))
	if err != nil {
		return err
	}
	shown := plain
	redeem = min(redeem, plain.RedeemLimit)
	if redeem > 0 {
		sale.Redeem = redeem
		if shown, err = a.Engine.Quote(r.Context(), sale); err != nil {
			return err
		}
	}
	page.Ready, page.Limit, page.Redeem = true, int64(plain.RedeemLimit), int64(redeem)
	page.Payable, page.Total = v.W.Money(shown.Payable), v.W.Money(shown.Total)
	page.Cut = shown.Payable != shown.Total
	page.Earn = v.W.PointsNumber(shown.Earn)
	page.Earns = shown.Earn > 0
	page.Spend, page.Most = v.W.Points(redeem), v.W.Points(plain.RedeemLimit)
	page.SpendNumber = v.W.PointsNumber(redeem)
	if plain.RedeemLimit == 0 {
		page.NoSpend = why(v, plain.Effects, "redeem")
	}
	if shown.Earn == 0 && words.PointsOn(v.Program.Settings) {
		page.NoEarn = why(v, shown.Effects, "earn")
	}
	page.Reasons, page.Say = v.W.Reasons(shown.Effects), v.W.Suggestions(beyondGifts(shown.Effects))
	page.Coupons, page.Later = len(shown.Coupons) > 0, sale.NoCoupons
	return nil
}

// beyondGifts leaves out what the page of the guest has a button for already: a coupon to hand over.
func beyondGifts(effects []rules.Effect) []rules.Effect {
	return slices.DeleteFunc(slices.Clone(effects), func(e rules.Effect) bool { return e.Reason.ID == "coupon_by_hand" })
}

// why is why a rule does nothing, "" when it does something or could.
func why(v *visitor, effects []rules.Effect, rule string) locales.Safe {
	for _, e := range effects {
		if e.Rule == rule && e.State == rules.Inapplicable {
			return v.W.Reason(e.Reason)
		}
	}
	return ""
}

// scanSell makes the sale of the form: paid with money, with points of a guest who is there, or with points that the guest is asked for.
func (a *App) scanSell(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := a.openProof(v, r.FormValue("proof"))
	if err != nil {
		return err
	}
	sale, err := a.saleOf(r, v, f)
	if err != nil {
		return err
	}
	redeem, err := points(v, r.FormValue("redeem"))
	if err != nil {
		return err
	}
	switch r.FormValue("do") {
	case "ask":
		return a.scanAsk(w, r, v, f, sale, redeem)
	case "spend":
		if !f.Present {
			return a.scanAsk(w, r, v, f, sale, redeem)
		}
		sale.Redeem = redeem
	}
	return a.post(w, r, v, f.Key, f.Key, sale)
}

// post records a sale under a key; the receipt has the number of the proof's key.
func (a *App) post(w http.ResponseWriter, r *http.Request, v *visitor, key, receipt string, sale engine.SaleInput) error {
	sale.Till, sale.ReceiptNo = scannerTill, receiptNo(receipt)
	p, err := a.Engine.Post(r.Context(), engine.PostInput{Key: "scan:" + key, Sale: sale})
	if err != nil {
		return err
	}
	a.wrote(v)
	return a.showReceipt(w, r, v, p.SaleID, p)
}

// scanAsk keeps the points aside and asks the guest, in the chat and in the open Mini App.
func (a *App) scanAsk(w http.ResponseWriter, r *http.Request, v *visitor, f proof, sale engine.SaleInput, redeem money.Points) error {
	sale.Redeem = redeem
	sale.Till, sale.ReceiptNo = scannerTill, receiptNo(f.Key)
	key := "scan:ask:" + f.Key + ":" + fmt.Sprint(r.FormValue("try"))
	reserved, err := a.Engine.Reserve(r.Context(), engine.ReserveInput{Key: key, Sale: sale, Ask: true, Page: true})
	if err != nil {
		return err
	}
	a.wrote(v)
	if !reserved.Reachable {
		return a.scanHoldPage(w, r, v, reserved.Hold, f, v.W.T("scan.wait.unreachable"))
	}
	return a.scanHoldPage(w, r, v, reserved.Hold, f, "")
}

// scanHoldPage shows that the guest is asked, with the other way to prove that the guest agrees.
func (a *App) scanHoldPage(w http.ResponseWriter, r *http.Request, v *visitor, h engine.Hold, f proof, wrong string) error {
	m, _, err := a.guestOf(r, v, f)
	if err != nil {
		return err
	}
	page := ui.Wait{Hold: h.ID, Proof: f.seal(v.Program), Name: words.CleanName(m.Name, 40), Points: v.W.Points(h.Draft.Redeem), Wrong: wrong}
	if h.ID != "" {
		page.Seconds = max(1, int(h.ExpiresAt.Sub(a.Engine.Now())/time.Second))
	}
	return a.show(w, r, v, a.scanFrame(v, "scan/"), page)
}

// waitTime is how long a page waits for the guest's answer at a time.
const waitTime = 10 * time.Second

// scanHold waits for the guest's answer. While there is none it is 204, and the page asks again.
func (a *App) scanHold(w http.ResponseWriter, r *http.Request, v *visitor) error {
	hold, err := a.ownHold(r, v)
	if err != nil {
		return err
	}
	changes, end := a.hub.watch(v.Program.ID, hold.MemberID)
	defer end()
	late := time.NewTimer(waitTime)
	defer late.Stop()
	for {
		if hold, err = a.ownHold(r, v); err != nil {
			return err
		}
		if hold.State != engine.HoldAsking || !hold.Live(a.Engine.Now()) {
			return a.holdSettled(w, r, v, hold)
		}
		select {
		case <-changes:
		case <-late.C:
			w.WriteHeader(http.StatusNoContent)
			return nil
		case <-a.closing:
			w.WriteHeader(http.StatusNoContent)
			return nil
		case <-r.Context().Done():
			return nil
		}
	}
}

// ownHold reads a hold that this member of staff asked for.
func (a *App) ownHold(r *http.Request, v *visitor) (engine.Hold, error) {
	hold, err := a.Engine.Store().Hold(r.Context(), v.Program.ID, r.PathValue("hold"))
	if err != nil {
		return hold, err
	}
	if hold.Draft.StaffID != v.Staff.ID {
		return hold, &engine.Error{Kind: engine.KindNotFound, ID: "hold_not_found"}
	}
	return hold, nil
}

// holdSettled shows what became of the question.
func (a *App) holdSettled(w http.ResponseWriter, r *http.Request, v *visitor, hold engine.Hold) error {
	if hold.State == engine.HoldCommitted {
		posting, err := a.Engine.Store().PostingByKey(r.Context(), v.Program.ID, "hold:"+hold.ID)
		if err != nil {
			return fmt.Errorf("read posting of hold: %w", err)
		}
		p, err := posting.Told()
		if err != nil {
			return err
		}
		return a.showReceipt(w, r, v, p.SaleID, p)
	}
	note := ui.Note{Text: v.W.T("scan.wait.late"), Bad: true}
	if hold.State == engine.HoldDenied {
		note.Text = v.W.T("scan.wait.denied")
	}
	return a.scanGuest(w, r, v, a.again(v, hold.MemberID), note)
}

// scanHoldRelease gives the question up and goes back to the check.
func (a *App) scanHoldRelease(w http.ResponseWriter, r *http.Request, v *visitor) error {
	hold, err := a.ownHold(r, v)
	if err != nil {
		return err
	}
	if err := a.Engine.Release(r.Context(), v.Program.ID, hold.ID); err != nil {
		return err
	}
	a.wrote(v)
	if hold, err = a.ownHold(r, v); err != nil {
		return err
	}
	if hold.State == engine.HoldCommitted { // the guest was faster
		return a.holdSettled(w, r, v, hold)
	}
	return a.scanGuest(w, r, v, a.again(v, hold.MemberID), ui.Note{Text: v.W.T("scan.wait.released")})
}

// scanHoldCode makes the sale with a live code, or with the code of the card, instead of the guest's tap.
func (a *App) scanHoldCode(w http.ResponseWriter, r *http.Request, v *visitor) error {
	hold, err := a.ownHold(r, v)
	if err != nil {
		return err
	}
	f, err := a.openProof(v, r.FormValue("proof"))
	if err != nil {
		return err
	}
	found, err := a.Engine.Identify(r.Context(), v.Program.ID, v.Staff.ID, r.FormValue("code"))
	var refused *engine.Error
	switch {
	case errors.As(err, &refused):
		return a.scanHoldPage(w, r, v, hold, f, v.W.Problem(err))
	case err != nil:
		return err
	case found.Member.ID != hold.MemberID:
		return a.scanHoldPage(w, r, v, hold, f, v.W.T("scan.wait.foreign"))
	case !found.Present:
		return a.scanHoldPage(w, r, v, hold, f, v.W.T("scan.wait.not_live"))
	}
	p, err := a.Engine.Confirm(r.Context(), v.Program.ID, hold.ID, hold.MemberID)
	if err != nil {
		return err
	}
	a.wrote(v)
	return a.showReceipt(w, r, v, p.SaleID, p)
}
