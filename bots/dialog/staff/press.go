package staff

import (
	"errors"
	"slices"
	"strconv"

	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
)

// Actions of buttons that work wherever they stand.
const (
	actHome   = "home"
	actToday  = "today"
	actPlace  = "place"  // choose another place
	actUndo   = "undo"   // a sale
	actPlain  = "plain"  // record without points what a hold was asked for
	actAgain  = "again"  // ask the guest of a hold again
	actGive   = "give"   // a coupon whose gift is handed over
	actUngive = "ungive" // the posting of a hand-over, to take it back

	actBrowser = "browser" // the scanner in a browser
)

// Actions of buttons that belong to one screen.
const (
	actPick   = "pick" // a member
	actAt     = "at"   // a location
	actSum    = "sum"  // one reading of an ambiguous sum
	actAdd    = "add"
	actSpend  = "spend"
	actOther  = "other"
	actChange = "change"
	actCode   = "code"
	actBack   = "back"
	actCancel = "cancel"

	actMark    = "mark"    // units for a stamp card
	actCoupons = "coupons" // leave coupons for another time, or take them after all
	actWhy     = "why"
	actGiven   = "given"  // the gift has been handed over
	actEnter   = "enter"  // a code of the guest
	actPay     = "pay"    // with a certificate
	actKeep    = "keep"   // a certificate on the guest's card
	actSold    = "sold"   // the money for a certificate has been taken
	actOnCard  = "oncard" // where a certificate goes
	actBlock   = "block"  // a certificate

	actMore = "more" // what a manager does
	actForm = "form"
	actItem = "item"
	actDo   = "do"
)

// Press answers a button of the counter. A button of a screen that is not current any more changes nothing: the current screen
// is shown again.
func Press(v talk.View, p talk.Pressed) talk.Output {
	c := onCounter(v)
	switch p.Action {
	case actHome:
		return home(v, note{})
	case actToday:
		return today(v)
	case actPlace:
		return choosePlace(v, c.cleared(), note{})
	case actUndo:
		return undo(v, p.Arg)
	case actGive:
		return give(v, c, p.Arg)
	case actBrowser:
		return browser(v)
	case actUngive:
		return ungive(v, c, p.Arg)
	case actPlain, actAgain:
		if c.Asked == nil || c.Asked.Hold != p.Arg {
			return stale(v)
		}
		if p.Action == actPlain {
			return withoutPoints(v, c)
		}
		return askAgain(v, c)
	}
	if p.Mark == "" || v.Session.Flow != Flow || p.Mark != v.Session.Mark {
		return stale(v)
	}
	return pressMarked(v, c, p)
}

// pressMarked answers a button of the current screen. What the screen does not have is answered like a stale one.
func pressMarked(v talk.View, c counter, p talk.Pressed) talk.Output {
	selling := step(v) == stepSale && c.Sum > 0
	switch p.Action {
	case actCancel:
		return cancel(v, c)
	case actPick:
		if i := slices.IndexFunc(c.Choice, func(g guest) bool { return g.ID == p.Arg }); step(v) == stepPick && i >= 0 {
			return picked(v, c, c.Choice[i])
		}
	case actAt:
		if step(v) == stepPlace {
			return placeChosen(v, c, p.Arg)
		}
	case actSum:
		sum, err := strconv.ParseInt(p.Arg, 10, 64)
		switch {
		case err == nil && step(v) == stepSale && c.Guest.ID != "":
			return summed(v, c, reading(v, money.Amount(sum)), note{})
		case err == nil && step(v) == stepSell && c.Sell != nil:
			return sellAmount(v, c, money.Amount(sum))
		}
	case actAdd:
		if selling || step(v) == stepCode {
			return add(v, c)
		}
	case actSpend:
		if selling && c.Offer > 0 {
			return spend(v, c)
		}
	case actOther:
		if selling && c.Limit > 0 {
			return amountForm(v, c, note{})
		}
	case actChange:
		if selling {
			c.Sum, c.Points, c.Lines = 0, 0, nil
			return offer(v, c, note{})
		}
	case actCode:
		if step(v) == stepWait && c.Asked != nil {
			return codeInstead(v, c)
		}
	case actBack:
		return back(v, c)
	default:
		return pressBeside(v, c, p)
	}
	return stale(v)
}

// stale answers a press that means nothing any more with the screen that is current.
func stale(v talk.View) talk.Output {
	if step(v) == stepReceipt {
		return current(v, note{toast: v.T("staff.done.toast")})
	}
	return current(v, note{toast: v.T("staff.stale.toast")})
}

// current shows the screen of the present step again.
func current(v talk.View, n note) talk.Output {
	c := onCounter(v)
	switch step(v) {
	case stepWho:
		return whoForm(v, c, n)
	case stepPick:
		return pickForm(v, c, n)
	case stepPlace:
		return choosePlace(v, c, n)
	case stepSale:
		return offer(v, c, n)
	case stepAmount:
		return amountForm(v, c, n)
	case stepWait:
		if c.Asked != nil {
			return waitScreen(v, c, n)
		}
	case stepCode:
		return codeForm(v, c, n)
	case stepReceipt:
		if c.Receipt != nil {
			return receiptShown(v, c, n)
		}
	}
	return currentBeside(v, c, n)
}

// cancel leaves a sale. A question that is open is taken back, unless the guest has said yes already.
func cancel(v talk.View, c counter) talk.Output {
	if step(v) != stepWait || c.Asked == nil {
		return home(v, note{})
	}
	return settle(v, c, func(v talk.View) talk.Output {
		c := onCounter(v)
		c.Asked = nil
		v.Session = talk.In(Flow, stepHome, c.cleared())
		return home(v, note{toast: v.T("staff.wait.cancelled.toast")})
	})
}

// isID reports whether an error has an id of the engine.
func isID(err error, id string) bool { return id != "" && errorID(err) == id }

// errorID is the engine's id of an error, "" of any other error.
func errorID(err error) string {
	var e *engine.Error
	if errors.As(err, &e) {
		return e.ID
	}
	return ""
}
