package staff

import (
	"slices"

	"kartka/bots/dialog/talk"
	"kartka/words"
)

// back leads one screen up.
func back(v talk.View, c counter) talk.Output {
	switch at := step(v); {
	case at == stepMore && c.Guest.ID != "" && v.Manages() && c.Work != nil && c.Work.Form != formMenu:
		return moreForm(v, c, up(c.Work.Form), note{})
	case at == stepSelling && c.Sell != nil, at == stepCheck && c.Sell != nil:
		return sellForm(v, c, note{})
	case c.Guest.ID == "":
	case at == stepAmount, at == stepCode, at == stepWhy, at == stepGift, at == stepGiven, at == stepEnter, at == stepPaper, at == stepMore:
		return offer(v, c, note{})
	}
	return stale(v)
}

// pressBeside answers the buttons that stand beside the sale itself.
func pressBeside(v talk.View, c counter, p talk.Pressed) talk.Output {
	at := step(v)
	served, selling := at == stepSale && c.Guest.ID != "", at == stepSale && c.Guest.ID != "" && c.Sum > 0
	switch {
	case p.Action == actMark && selling && len(c.Lines) == 0:
		return markTapped(v, c, p.Arg)
	case p.Action == actCoupons && selling:
		c.NoCoupons = !c.NoCoupons
		c.Offer, c.Limit = 0, 0
		return offer(v, c, note{})
	case p.Action == actWhy && selling:
		return why(v, c, note{})
	case p.Action == actGiven && at == stepGift && c.Gift != nil:
		return handOver(v, c)
	case p.Action == actEnter && served && words.CodesOn(v.Program.Settings):
		return enterForm(v, c, note{})
	case p.Action == actPay && (selling || at == stepPaper && c.Guest.ID != ""):
		return payWith(v, c, p.Arg)
	case p.Action == actKeep && at == stepPaper && c.Guest.ID != "":
		return keepPaper(v, c, p.Arg)
	case p.Action == actSold && at == stepSelling && c.Sell != nil:
		return sellNow(v, c)
	case p.Action == actOnCard && at == stepSelling && c.Sell != nil && c.Sell.Guest.ID != "":
		s := *c.Sell
		s.OnCard = !s.OnCard
		c.Sell = &s
		return sellingForm(v, c, note{})
	case p.Action == actBlock && at == stepCheck && c.Sell != nil && v.Manages():
		return block(v, c)
	case p.Action == actMore && served && v.Manages():
		return more(v, c, note{})
	case at == stepMore && c.Guest.ID != "" && c.Work != nil && v.Manages():
		return pressMore(v, c, p)
	}
	return stale(v)
}

// pressMore answers the buttons of what a manager does for the guest.
func pressMore(v talk.View, c counter, p talk.Pressed) talk.Output {
	switch p.Action {
	case actForm:
		if leadsTo(c.Work, p.Arg) {
			return moreForm(v, c, p.Arg, note{})
		}
	case actItem:
		switch c.Work.Form {
		case formCoupon:
			return giveCoupon(v, c, p.Arg)
		case formTier:
			return tierChosen(v, c, p.Arg)
		case formUntil:
			return untilChosen(v, c, p.Arg)
		case formTags:
			return tagDropped(v, c, p.Arg)
		case formFields:
			return fieldChosen(v, c, p.Arg)
		case formField:
			return noteField(v, c, p.Arg)
		case formSales:
			return saleChosen(v, c, p.Arg)
		case formLines:
			return lineTapped(v, c, p.Arg)
		}
	case actDo:
		switch c.Work.Form {
		case formJoining:
			return join(v, c)
		case formPart:
			return part(v, c)
		case formBack:
			return takeSaleBack(v, c)
		case formRevised:
			return revise(v, c)
		case formAdopt:
			return attach(v, c)
		}
	}
	return stale(v)
}

// leadsTo reports whether a form has a button to another.
func leadsTo(w *work, form string) bool {
	switch w.Form {
	case formMenu:
		return slices.Contains([]string{formCoupon, formTier, formTags, formFields, formAdjust, formRestore, formSales, formJoin}, form) || form == formPart && w.Merge != ""
	case formSales:
		return form == formAttach
	case formSale:
		return slices.Contains([]string{formBack, formAmount, formLines, formRevise}, form)
	case formLines:
		return form == formBack && len(w.Lines) > 0
	}
	return false
}

// currentBeside shows the screens beside the sale again.
func currentBeside(v talk.View, c counter, n note) talk.Output {
	switch at := step(v); {
	case at == stepSell && c.Sell != nil:
		return sellForm(v, c, n)
	case at == stepSelling && c.Sell != nil:
		return sellingForm(v, c, n)
	case at == stepCheck && c.Sell != nil && c.Sell.Sure:
		return blockForm(v, c, n)
	case at == stepCheck && c.Sell != nil:
		return lookAgain(v, c, n)
	case c.Guest.ID == "":
	case at == stepWhy:
		return why(v, c, n)
	case at == stepGift && c.Gift != nil:
		return giftForm(v, c, n)
	case at == stepGiven && c.Gift != nil:
		return givenScreen(v, c, n)
	case at == stepGiven, at == stepPaper, at == stepGift:
		return offer(v, c, n)
	case at == stepEnter:
		return enterForm(v, c, n)
	case at == stepMore && v.Manages() && c.Work != nil:
		return moreForm(v, c, c.Work.Form, n)
	}
	return home(v, n)
}
