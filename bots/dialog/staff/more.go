package staff

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

// What a manager does for the guest on the counter.
const (
	formMenu    = ""
	formCoupon  = "coupon"  // which to give
	formTier    = "tier"    // which to assign
	formUntil   = "until"   // how long it holds
	formTags    = "tags"    // to add or take away
	formFields  = "fields"  // what the shop knows beside
	formField   = "field"   // one of these
	formAdjust  = "adjust"  // points by hand, with the reason
	formRestore = "restore" // ended points to give back
	formJoin    = "join"    // the other card is asked for
	formJoining = "joining" // what joining the two would mean
	formPart    = "part"    // a join to undo
	formSales   = "sales"   // which purchase
	formSale    = "sale"    // what to do with it
	formAmount  = "amount"  // the sum that comes back
	formLines   = "lines"   // the goods that come back
	formBack    = "back"    // what the return would mean
	formRevise  = "revise"  // the right sum of it
	formRevised = "revised" // before it is changed
	formAttach  = "attach"  // the number of a check without a card
	formAdopt   = "adopt"   // that check, before it goes on the card
)

// work is what a manager is doing for the guest on the counter.
type work struct {
	Form   string                `json:"form,omitempty"`
	Tier   string                `json:"tier,omitempty"`
	Tags   []string              `json:"tags,omitempty"` // on the screen
	Field  string                `json:"field,omitempty"`
	Other  guest                 `json:"other,omitzero"` // whose card becomes part of the guest's
	Merge  string                `json:"merge,omitempty"`
	Sales  []string              `json:"sales,omitempty"` // ids on the screen
	Sale   string                `json:"sale,omitempty"`
	Amount money.Amount          `json:"amount,omitempty"`
	Lines  []engine.ReversedLine `json:"lines,omitempty"`
	Goods  []rules.Line          `json:"goods,omitempty"` // of a check that is corrected
	Units  int                   `json:"units,omitempty"` // typed with its sum, for the first stamp card
}

func (w *work) at(form string) bool { return w != nil && w.Form == form }

// doing is the counter with a work at a form.
func (c counter) doing(form string, change ...func(*work)) counter {
	var w work
	if c.Work != nil {
		w = *c.Work
	}
	w.Form = form
	for _, f := range change {
		f(&w)
	}
	c.Work = &w
	return c
}

// file is what the menu of a guest tells.
type file struct {
	visit
	sales []engine.Sale
	merge *engine.Merge // the newest that can be undone
}

// joinedFor is how long joined cards can be parted.
const joinedFor = 30 * 24 * time.Hour

// more is the menu of what a manager can do for the guest on the counter.
func more(v talk.View, c counter, n note) talk.Output {
	c.Work = nil
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (f file, err error) {
		if f.visit, err = look(ctx, e, v, c.Guest.ID); err != nil {
			return f, err
		}
		sales, err := e.Store().SalesOf(ctx, v.Program.ID, c.Guest.ID, 3*salesShown)
		if err != nil {
			return f, fmt.Errorf("read sales: %w", err)
		}
		f.sales = standing(sales, 3)
		merges, err := e.Store().MergesOf(ctx, v.Program.ID, c.Guest.ID)
		if err != nil {
			return f, fmt.Errorf("read merges: %w", err)
		}
		i := slices.IndexFunc(merges, func(m engine.Merge) bool {
			return m.KeptID == c.Guest.ID && m.UndoneAt.IsZero() && v.Now.Sub(m.At) < joinedFor
		})
		if i >= 0 {
			f.merge = &merges[i]
		}
		return f, nil
	}, func(v talk.View, f file, err error) talk.Output { return moreShown(v, c, n, f, err) }))
}

func moreShown(v talk.View, c counter, n note, f file, err error) talk.Output {
	if err != nil {
		return stopped(v, c, err)
	}
	c = c.doing(formMenu, func(w *work) {
		*w = work{}
		if f.merge != nil {
			w.Merge = f.merge.ID
		}
	})
	s := v.Program.Settings
	var buttons []bots.Button
	add := func(there bool, key, form string) {
		if there {
			buttons = append(buttons, marked(v, key, actForm, form))
		}
	}
	add(len(s.Coupons) > 0, v.T("staff.btn.coupon"), formCoupon)
	add(len(s.Tiers.List) > 0, v.T("staff.btn.tier"), formTier)
	add(true, v.T("staff.btn.tags"), formTags)
	add(len(s.Fields) > 0, v.T("staff.btn.fields"), formFields)
	add(v.Owns() || s.Staff.AdjustMax > 0, v.T("staff.btn.adjust"), formAdjust)
	add(s.Lots.Days > 0 || len(s.Lots.Until) > 0, v.T("staff.btn.restore"), formRestore)
	add(true, v.T("staff.btn.return"), formSales)
	add(true, v.T("staff.btn.join"), formJoin)
	add(f.merge != nil, v.T("staff.btn.part"), formPart)
	rows := slices.Collect(slices.Chunk(buttons, 2))
	last := v.Rich("staff.more.no_sales")
	if len(f.sales) > 0 {
		out := []bots.Rich{v.Rich("staff.more.sales")}
		for _, sale := range f.sales {
			out = append(out, v.Rich("staff.more.sale", saleArgs(v, sale)))
		}
		last = talk.Lines(out...)
	}
	spent := v.Rich("staff.more.standing", locales.Args{"Checks": v.P.RichN("staff.today.checks", int64(f.standing.Visits)), "Sum": v.Money(f.standing.Spent)})
	body := talk.Paragraphs(talk.Lines(whoLine(v, c.Guest, f.visit), spent, tierLine(v, f.standing.Tier), visitLines(v, f.visit)), last)
	return shown(v, stepMore, c, n, body, append(rows, talk.Row(marked(v, v.T("common.back.btn"), actBack, ""), cancelButton(v)))...)
}

// saleArgs describe a sale in one line.
func saleArgs(v talk.View, s engine.Sale) locales.Args {
	at := v.Local(s.OccurredAt)
	return locales.Args{"Date": v.Date(s.OccurredAt), "Time": v.P.Time(at), "Sum": v.Money(s.Total - s.ReturnedTotal)}
}

// tierLine says until when a tier is kept.
func tierLine(v talk.View, t rules.TierState) bots.Rich {
	name := tierName(v, t.ID)
	switch {
	case name == "":
		return ""
	case t.Until.IsZero():
		return v.Rich("staff.more.tier", locales.Args{"Tier": name})
	}
	return v.Rich("staff.more.tier_until", locales.Args{"Tier": name, "Date": v.LastDay(t.Until)})
}

// moreForm opens one of the forms.
func moreForm(v talk.View, c counter, form string, n note) talk.Output {
	switch form {
	case formCoupon:
		return couponForm(v, c, n)
	case formTier:
		return tierForm(v, c, n)
	case formUntil:
		return untilForm(v, c, n)
	case formTags:
		return tagsForm(v, c, n)
	case formFields:
		return fieldsForm(v, c, n)
	case formField:
		return fieldForm(v, c, n)
	case formAdjust, formRestore, formJoin, formAttach, formAmount, formRevise:
		return typeForm(v, c, form, n)
	case formJoining:
		return joinPreview(v, c, n)
	case formPart:
		return partForm(v, c, n)
	case formSales:
		return salesForm(v, c, n)
	case formSale:
		return saleForm(v, c, n)
	case formLines:
		return linesForm(v, c, n)
	case formBack:
		return dryRun(v, c, n)
	case formRevised:
		return reviseForm(v, c, n)
	case formAdopt:
		return adoptForm(v, c, n)
	}
	return more(v, c, n)
}

// typeForm asks for something that is typed.
func typeForm(v talk.View, c counter, form string, n note) talk.Output {
	var ask bots.Rich
	switch form {
	case formAdjust:
		ask = v.Rich("staff.adjust.ask")
	case formRestore:
		ask = v.Rich("staff.restore.ask", locales.Args{"Days": v.P.Days(restoredDays)})
	case formJoin:
		ask = v.Rich("staff.join.ask")
	case formAttach:
		ask = v.Rich("staff.attach.ask")
	case formAmount:
		ask = v.Rich("staff.return.ask")
	case formRevise:
		ask = talk.Lines(v.Rich("staff.revise.ask"), goodsHint(v))
	}
	return shown(v, stepMore, c.doing(form), n, talk.Paragraphs(guestLine(v, c.Guest), ask), backRow(v))
}

func backRow(v talk.View) []bots.Button {
	return talk.Row(marked(v, v.T("common.back.btn"), actBack, ""), cancelButton(v))
}

// up is the form that Back leads to.
func up(form string) string {
	switch form {
	case formUntil:
		return formTier
	case formField:
		return formFields
	case formJoining:
		return formJoin
	case formSale, formAttach:
		return formSales
	case formAmount, formLines, formBack, formRevise:
		return formSale
	case formRevised:
		return formRevise
	case formAdopt:
		return formAttach
	}
	return formMenu
}

// moreTyped takes what is typed at a form. A guest's number begins the next sale wherever nothing of the kind is asked for.
func moreTyped(v talk.View, c counter, text string) talk.Output {
	if !v.Manages() || c.Guest.ID == "" || c.Work == nil {
		return line(v, text)
	}
	switch c.Work.Form {
	case formTags:
		return setTags(v, c, func(tags []string) []string { return append(tags, splitTags(text)...) })
	case formField:
		return fieldTyped(v, c, text)
	case formAdjust:
		return adjustTyped(v, c, text)
	case formRestore:
		return restoreTyped(v, c, text)
	case formJoin:
		return joinTyped(v, c, text)
	case formAttach:
		return attachTyped(v, c, text)
	case formAmount:
		return amountBack(v, c, text)
	case formRevise:
		return reviseTyped(v, c, text)
	}
	return line(v, text)
}

func splitTags(text string) []string {
	var tags []string
	for tag := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ';' || r == '\n' || r == '#' }) {
		if tag = strings.TrimSpace(tag); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags
}
