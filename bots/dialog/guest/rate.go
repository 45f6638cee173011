package guest

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/rules"
	"kartka/locales"
)

// slotRate holds the receipt whose stars were pressed last: it is edited to the thanks.
const slotRate = "rate"

// Actions of the buttons under a receipt that asks, and of what a receipt's link shows. Each names the purchase, see [purchase].
const (
	actRate  = "rate"  // arg: the purchase, "." and the stars
	actWrite = "write" // arg: the purchase
	actSkip  = "skip"  // arg: the purchase
)

// stepSay waits for a comment on a purchase; Data: saying.
const stepSay = "say"

// sayFor is how long the next text is taken for the comment.
const sayFor = 10 * time.Minute

// tokenMark begins the name of a purchase that is named by the token of its receipt.
const tokenMark = "+"

// purchase names a sale in a button: by its id for whose card it is on, by the token of its receipt, after a "+", for anybody else.
type purchase string

// saying is the purchase that the next text is a comment on.
type saying struct {
	Purchase purchase  `json:"purchase"`
	Until    time.Time `json:"until"`
	Receipt  bool      `json:"receipt,omitempty"` // the thanks stand under a receipt
}

// rated is a purchase with its mark.
type rated struct {
	engine.Rating
	// receipt is what the receipt under which the question stands says, nil where it stands by itself.
	receipt *engine.Notice
}

// asks reports whether a receipt asks how the purchase was: that is decided before it is put into words.
func asks(v talk.View, n engine.Notice) bool {
	return n.Kind == engine.NoticeSale && n.Posted != nil && n.Posted.SaleID != "" && v.Program.Settings.Feedback.On && v.Asked.SaleID == n.Posted.SaleID
}

func starRow(v talk.View, p purchase) []bots.Button {
	row := make([]bots.Button, rules.MostStars)
	for i := range row {
		n := strconv.Itoa(i + 1)
		row[i] = button(v.T("guest.rate.star.btn", locales.Args{"Stars": n}), actRate, string(p)+"."+n)
	}
	return row
}

func stars(n int) string { return strings.Repeat("⭐", min(max(n, 0), rules.MostStars)) }

// Lapsed leaves the question for a comment when its time is over, so that the text is heard as any other.
func Lapsed(v talk.View) talk.View {
	if v.Session.At(Flow, stepSay) && v.Now.After(talk.Data[saying](v.Session, Flow).Until) {
		v.Session = talk.Session{}
	}
	return v
}

// rate answers the buttons about a purchase. They are for those without a card, too, where a receipt's link has led them.
func rate(v talk.View, p talk.Pressed) talk.Output {
	name, mark, _ := strings.Cut(p.Arg, ".")
	what, stars := purchase(name), 0
	if p.Action == actRate {
		var err error
		if stars, err = strconv.Atoi(mark); err != nil || stars < 1 {
			return v.Say(bots.Message{Ack: v.Ack()})
		}
	}
	if v.Member == nil && !strings.HasPrefix(name, tokenMark) {
		return begin(v, joiningOf(v))
	}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (rated, error) {
		r, err := what.rate(ctx, e, v, stars, "")
		if err != nil {
			return rated{}, err
		}
		if ref := v.Event.Press.Ref; ref != "" && !v.PressedOn(bots.SlotScreen) {
			if err := e.SaveSlot(ctx, v.Program.ID, v.Contact.ID, slotRate, ref); err != nil {
				return rated{}, fmt.Errorf("remember receipt: %w", err)
			}
			return underReceipt(ctx, e, v, r)
		}
		return rated{Rating: r}, nil
	}, func(v talk.View, r rated, err error) talk.Output { return marked(v, p.Action, what, r, err) }))
}

// marked answers a mark, and what was pressed about a comment after it.
func marked(v talk.View, action string, what purchase, r rated, err error) talk.Output {
	switch {
	case err != nil:
		return unrated(v, err)
	case action == actSkip:
		return v.SayAnd(unsaid(v), thanks(v, r, what, ""))
	case r.Comment != "":
		return v.Say(thanks(v, r, what, ""))
	case action == actWrite || listens(v):
		next := saying{Purchase: what, Until: v.Now.Add(sayFor), Receipt: r.receipt != nil}
		return v.SayAnd(talk.In(Flow, stepSay, next), thanks(v, r, what, actSkip))
	}
	return v.Say(thanks(v, r, what, actWrite))
}

// unrated says why a mark or comment is not taken.
func unrated(v talk.View, err error) talk.Output {
	text := v.Problem(err)
	if v.Event.Press != nil {
		return v.Say(v.Alert(text))
	}
	return v.Say(v.Screen(bots.Escape(text), talk.Row(cardButton(v))))
}

// rate gives a mark and a comment; nothing of both reads the rating of the person's own purchase.
func (p purchase) rate(ctx context.Context, e *engine.Engine, v talk.View, stars int, comment string) (engine.Rating, error) {
	in := engine.RateInput{ProgramID: v.Program.ID, SaleID: string(p), Stars: stars, Comment: comment, Via: engine.RatedInChat}
	if token, ok := strings.CutPrefix(string(p), tokenMark); ok {
		sale, err := e.SaleOfRating(ctx, in.ProgramID, token)
		if err != nil {
			return engine.Rating{}, err
		}
		in.SaleID, in.Via = sale.ID, engine.RatedReceipt
		return e.Rate(ctx, in)
	}
	if in.MemberID = memberID(v); in.MemberID == "" {
		return engine.Rating{}, &engine.Error{Kind: engine.KindNotFound, ID: "rating_unknown"}
	}
	return e.Rate(ctx, in)
}

func memberID(v talk.View) string {
	if v.Member == nil {
		return ""
	}
	return v.Member.ID
}

// underReceipt reads what the receipt of the person's own purchase says. Whoever became part of another member since has no receipt to be shown.
func underReceipt(ctx context.Context, e *engine.Engine, v talk.View, r engine.Rating) (rated, error) {
	x, err := find(ctx, e.Store(), v.Program.ID, memberID(v), r.SaleID)
	switch {
	case engine.IsKind(err, engine.KindNotFound):
		return rated{Rating: r}, nil
	case err != nil:
		return rated{}, fmt.Errorf("read receipt: %w", err)
	}
	n := engine.Notice{Kind: engine.NoticeSale, PostingID: x.Item.Posting.ID, Args: map[string]any{"place": x.Item.Location}}
	return rated{Rating: r, receipt: &n}, e.Complete(ctx, v.Program.ID, &n)
}

// listens reports whether the next text may be taken for a comment without asking: not where somebody is in the middle of something else,
// and not of staff, who may be about to serve a guest.
func listens(v talk.View) bool {
	s := v.Session
	switch {
	case s.At(Flow, stepSay):
		return true
	case v.AtCounter():
		return false
	}
	return s.Flow == "" && s.Step == "" || s.Flow == Flow && v.Member != nil
}

// unsaid is the session when no comment is awaited any more.
func unsaid(v talk.View) talk.Session {
	if v.Session.At(Flow, stepSay) {
		return talk.Session{}
	}
	return v.Session
}

// thanks is what a mark is answered with, in the place of the question. With [actSkip] a few words are awaited, with [actWrite] they may be
// written on asking.
func thanks(v talk.View, r rated, what purchase, words string) bots.Message {
	low := v.Program.Settings.Feedback.IsLow(r.Stars)
	text, more := v.Rich("guest.rate.thanks", locales.Args{"Stars": stars(r.Stars)}), v.Rich("guest.rate.say")
	if low {
		text, more = v.Rich("guest.rate.sorry", locales.Args{"Stars": stars(r.Stars)}), v.Rich("guest.rate.say_low")
	}
	var rows [][]bots.Button
	switch words {
	case actSkip:
		text = talk.Lines(text, more)
		rows = append(rows, talk.Row(button(v.T("guest.rate.skip.btn"), actSkip, string(what))))
	case actWrite:
		rows = append(rows, talk.Row(button(v.T("guest.rate.write.btn"), actWrite, string(what))))
	}
	if r.receipt == nil || v.Member == nil {
		return v.Screen(text, append(rows, talk.Row(cardButton(v)))...)
	}
	receipt, last := worded(v, *r.receipt)
	return bots.Message{Slot: slotRate, Text: talk.Paragraphs(receipt, text), Buttons: append(rows, last...), Ack: v.Ack()}
}

// say takes what was typed for the comment.
func say(v talk.View) talk.Output {
	d, typed := talk.Data[saying](v.Session, Flow), strings.TrimSpace(v.Event.Text)
	if typed == "" {
		return v.Say(v.Screen(v.Rich("guest.rate.words", locales.Args{"Max": engine.RatingComment}),
			talk.Row(button(v.T("guest.rate.skip.btn"), actSkip, string(d.Purchase)))))
	}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (rated, error) {
		r, err := d.Purchase.rate(ctx, e, v, 0, typed)
		if err != nil || !d.Receipt {
			return rated{Rating: r}, err
		}
		return underReceipt(ctx, e, v, r)
	}, func(v talk.View, r rated, err error) talk.Output { return commented(v, d.Purchase, r, err) }))
}

// commented answers a comment, and takes the question for it off the receipt.
func commented(v talk.View, what purchase, r rated, err error) talk.Output {
	switch {
	case engine.IsKind(err, engine.KindInvalid): // too long: the next text may be shorter
		return unrated(v, err)
	case err != nil:
		v.Session = talk.Session{}
		return unrated(v, err)
	}
	said := []bots.Message{v.Screen(v.Rich("guest.rate.done"), talk.Row(cardButton(v)))}
	if r.receipt != nil {
		m := thanks(v, r, what, "")
		m.OnlyIfShown, m.Silent = true, true
		said = append([]bots.Message{m}, said...)
	}
	return v.SayAnd(talk.Session{}, said...)
}

// visited is a purchase that a receipt's link leads to.
type visited struct {
	sale  engine.Sale
	stars int // of the mark it has, 0 for none
	place string
}

// rateLink asks how the purchase of a receipt was, also somebody without a card.
func rateLink(v talk.View, token string) talk.Output {
	programID := v.Program.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (visited, error) {
		sale, err := e.SaleOfRating(ctx, programID, token)
		if err != nil {
			return visited{}, err
		}
		if !v.Program.Settings.Feedback.On {
			return visited{}, &engine.Error{Kind: engine.KindForbidden, ID: "rating_off"}
		}
		o := visited{sale: sale}
		r, err := e.RatingOf(ctx, programID, sale.ID)
		if err != nil && !engine.IsKind(err, engine.KindNotFound) {
			return o, err
		}
		o.stars = r.Stars
		at, err := e.Store().Location(ctx, programID, sale.LocationID)
		if err != nil && !engine.IsKind(err, engine.KindNotFound) {
			return o, fmt.Errorf("read location: %w", err)
		}
		o.place = at.Name
		return o, nil
	}, func(v talk.View, o visited, err error) talk.Output { return linked(v, o, token, err) }))
}

func linked(v talk.View, o visited, token string, err error) talk.Output {
	if err != nil {
		return unrated(v, err)
	}
	var at, given bots.Rich
	if o.place != "" {
		at = v.Rich("notice.place", locales.Args{"Place": o.place})
	}
	if o.stars > 0 {
		given = v.Rich("guest.rate.given", locales.Args{"Stars": stars(o.stars)})
	}
	text := talk.Paragraphs(v.Rich("guest.rate.link", locales.Args{"Date": v.Date(o.sale.OccurredAt)}),
		talk.Lines(v.Rich("notice.sale.plain", locales.Args{"Sum": v.Money(o.sale.Total)}), at), given)
	return v.Say(v.Screen(text, starRow(v, purchase(tokenMark+token)), talk.Row(cardButton(v))))
}
