package staff

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/locales"
	"kartka/words"
)

// Text answers what the cashier types. What it means depends on what the screen asks for; a guest's number is understood
// everywhere and begins the next sale.
func Text(v talk.View) talk.Output {
	c, text := onCounter(v), strings.TrimSpace(v.Event.Text)
	if text == "" {
		return current(v, note{})
	}
	switch step(v) {
	case stepWait, stepCode:
		return prove(v, c, text)
	case stepPlace:
		return choosePlace(v, c, note{problem: v.Rich("staff.place.tap")})
	case stepSale, stepGiven, stepWhy:
		if c.Guest.ID != "" && !isGuest(v, text) {
			return summed(v, c, readSum(v, text), note{})
		}
	case stepEnter, stepPaper:
		if digits(text) == certificateDigits || !identifies(text, region(v)) {
			return enterCode(v, c, text)
		}
	case stepSell, stepSelling, stepCheck:
		return sellTyped(v, c, text)
	case stepMore:
		return moreTyped(v, c, text)
	case stepAmount:
		if !isGuest(v, text) {
			return amountTyped(v, c, text)
		}
	case stepWho:
		return whoTyped(v, c, text)
	}
	return line(v, text)
}

// whoTyped answers where a guest is awaited: with the guest, or with another sum.
func whoTyped(v talk.View, c counter, text string) talk.Output {
	who, rest := split(text, region(v))
	sum := readSum(v, text)
	switch {
	case who != "" && rest == "":
		return heard(v, who)
	case who != "" || !hasDigits(text) || isSum(v, text, sum):
		return line(v, text)
	}
	return heard(v, text)
}

// isSum reports whether a text without a guest is a sum, be it a possible one or not.
func isSum(v talk.View, text string, sum sumRead) bool { return sum.money && !isGuest(v, text) }

// line reads a whole line: a guest, a guest and a sum, or a sum whose guest is still to come.
func line(v talk.View, text string) talk.Output {
	c := fresh(v)
	who, rest := split(text, region(v))
	switch {
	case who != "" && rest != "":
		return quick(v, c, who, rest)
	case who != "":
		return identify(v, c, who)
	case !hasDigits(text):
		return home(v, note{})
	}
	sum := readSum(v, text)
	switch {
	case !isSum(v, text, sum):
		return identify(v, c, text)
	case sum.ok():
		return whoForm(v, c.with(v, sum), note{})
	case len(sum.readings) > 0:
		c.Typed = text // asked again when the guest is known
		return whoForm(v, c, note{})
	}
	return whoForm(v, c, note{problem: sum.problem})
}

// accrue is /accrue: everything in one line, or guided when something is missing.
func accrue(v talk.View) talk.Output {
	text := strings.TrimSpace(v.Event.Text)
	if text == "" {
		return whoForm(v, fresh(v), note{})
	}
	if who, _ := split(text, region(v)); who == "" && !isSum(v, text, readSum(v, text)) {
		return unread(v, text)
	}
	return line(v, text)
}

// unread answers a command whose line does not begin with anybody: the words without the last are looked up, so that a slip of the
// finger is told as one.
func unread(v talk.View, text string) talk.Output {
	words := strings.Fields(text)
	if len(words) > 1 {
		words = words[:len(words)-1]
	}
	return identify(v, fresh(v), strings.Join(words, " "))
}

// redeem is /redeem: guest, sum, and points or a word for as many as possible. It leads to the offer, so that the guest hears the
// numbers before points are spent.
func redeem(v talk.View) talk.Output {
	text := strings.TrimSpace(v.Event.Text)
	if text == "" {
		return whoForm(v, fresh(v), note{})
	}
	who, rest := split(text, region(v))
	if who == "" {
		return unread(v, text)
	}
	c := fresh(v)
	typed := strings.Fields(rest)
	if n := len(typed); n > 1 {
		most := strings.EqualFold(typed[n-1], "max") || strings.EqualFold(typed[n-1], v.T("staff.redeem.max"))
		points, err := money.Parse(typed[n-1], v.Program.Settings.Unit.Decimals)
		if !most && (err != nil || points == 0) {
			return shown(v, stepHome, c, note{problem: v.Rich("staff.amount.bad", locales.Args{"Typed": words.CleanName(typed[n-1], 20)})}, v.Rich("staff.usage.redeem"), talk.Row(homeButton(v)))
		}
		if !most {
			c.Points = money.Points(points)
		}
		rest = strings.Join(typed[:n-1], " ")
	}
	if sum := readSum(v, rest); sum.ok() {
		c = c.with(v, sum)
	} else {
		c.Typed = rest // asked again when the guest is known; "" asks for the sum
	}
	return identify(v, c, who)
}

// instant is a sale made from one line, or as far as it went.
type instant struct {
	found engine.Found
	// posted is nil when something must be asked first: whose card, where, or whether the guest's card may be used at all.
	posted *engine.Posted
	gifts  []gift // that it gave, to be handed over
	// refused is why the sale itself was not made.
	refused error
}

// quick makes the sale of one line at once when nothing is left to ask.
func quick(v talk.View, c counter, who, typed string) talk.Output {
	sum := readSum(v, typed)
	if !sum.ok() {
		c.Typed = typed
		return identify(v, c, who)
	}
	c = c.with(v, sum)
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, key string) (instant, error) {
		return postNow(ctx, e, v, c, who, key)
	}, func(v talk.View, i instant, err error) talk.Output { return quickDone(v, c, i, err) }))
}

func postNow(ctx context.Context, e *engine.Engine, v talk.View, c counter, who, key string) (i instant, err error) {
	// The deed may be handled again after a crash, when the live code it was made with is used up.
	if i.posted, err = posting(ctx, e, v.Program.ID, key); err != nil {
		return i, err
	} else if i.posted != nil {
		if i.found.Member, err = e.Store().Member(ctx, v.Program.ID, i.posted.MemberID); err != nil {
			return i, fmt.Errorf("read member: %w", err)
		}
		i.gifts, err = giftsOf(ctx, e, v, *i.posted)
		return i, err
	}
	if i.found, err = e.Identify(ctx, v.Program.ID, v.Staff.ID, who); err != nil {
		return i, err
	}
	own := v.Member != nil && v.Member.ID == i.found.Member.ID
	if own || len(i.found.Others) > 0 || i.found.Member.State != engine.MemberActive {
		return i, nil
	}
	at, choice, err := seat(ctx, e, v)
	if err != nil || len(choice) > 0 {
		return i, err
	}
	c.Guest = guestOf(i.found.Member)
	in, err := check(ctx, e, v, c, 0)
	if err != nil {
		return i, err
	}
	in.LocationID = at
	answer, err := e.Post(ctx, engine.PostInput{Key: key, Sale: in})
	if err != nil {
		i.refused = err
		return i, onlyWordless(err)
	}
	i.posted = &answer
	i.gifts, err = giftsOf(ctx, e, v, answer)
	return i, err
}

func quickDone(v talk.View, c counter, i instant, err error) talk.Output {
	if err != nil || (i.posted == nil && i.refused == nil) {
		return found(v, c, i.found, err)
	}
	c.Guest = guestOf(i.found.Member)
	if i.found.Present {
		c.Guest.Present = v.Now.Add(presentFor)
	}
	if i.refused != nil {
		return posted(v, c, engine.Posted{}, i.refused)
	}
	return recorded(v, c, sold{*i.posted, i.gifts}, nil)
}

// posting reads what was answered to a key, nil when the key has not been used.
func posting(ctx context.Context, e *engine.Engine, programID, key string) (*engine.Posted, error) {
	p, err := e.Store().PostingByKey(ctx, programID, key)
	switch {
	case engine.IsKind(err, engine.KindNotFound):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("look key up: %w", err)
	}
	answer, err := p.Told()
	return &answer, err
}

// onlyWordless lets through what stops the turn: errors without words for people.
func onlyWordless(err error) error {
	var words *engine.Error
	if errors.As(err, &words) {
		return nil
	}
	return err
}
