package staff

import (
	"context"
	"fmt"

	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
)

// proof is what was typed or scanned while a guest is being waited for, and what it led to.
type proof struct {
	over    bool // the question is closed: what was typed begins something new
	found   engine.Found
	posted  *engine.Posted
	gifts   []gift // that the sale gave, to be handed over
	refused error  // why the sale was not made
}

// prove takes what is typed while a guest is waited for: the guest's live code ends the waiting with the sale, the number of
// somebody else begins the next sale.
func prove(v talk.View, c counter, text string) talk.Output {
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, key string) (proof, error) {
		return tryProof(ctx, e, v, c, text, key)
	}, func(v talk.View, p proof, err error) talk.Output { return proved(v, c, text, p, err) }))
}

func tryProof(ctx context.Context, e *engine.Engine, v talk.View, c counter, text, key string) (p proof, err error) {
	// The deed may be handled again after a crash, when the code is used up.
	if p.posted, err = posting(ctx, e, v.Program.ID, key); err != nil {
		return p, err
	} else if p.posted != nil {
		p.gifts, err = giftsOf(ctx, e, v, *p.posted)
		return p, err
	}
	waiting := step(v) == stepWait && c.Asked != nil
	if waiting {
		hold, err := e.Store().Hold(ctx, v.Program.ID, c.Asked.Hold)
		if err != nil {
			return p, fmt.Errorf("read hold: %w", err)
		}
		if p.over = !hold.State.Open(); p.over {
			return p, nil
		}
	}
	if p.found, err = e.Identify(ctx, v.Program.ID, v.Staff.ID, text); err != nil {
		return p, err
	}
	if p.found.Member.ID != c.Guest.ID || !p.found.Present {
		return p, nil
	}
	if waiting {
		if p.posted, err = takeBack(ctx, e, v.Program.ID, c.Asked.Hold); err != nil || p.posted != nil {
			return p, err
		}
	}
	if waiting {
		c = c.unasked()
	}
	sale, err := check(ctx, e, v, c, c.Offer)
	if err != nil {
		return p, err
	}
	answer, err := e.Post(ctx, engine.PostInput{Key: key, Sale: sale})
	if err != nil {
		p.refused = err
		return p, onlyWordless(err)
	}
	p.posted = &answer
	p.gifts, err = giftsOf(ctx, e, v, answer)
	return p, err
}

func proved(v talk.View, c counter, text string, p proof, err error) talk.Output {
	form := codeForm
	if step(v) == stepWait && c.Asked != nil {
		form = waitScreen
	}
	switch {
	case err != nil:
		return form(v, c, trouble(v, err))
	case p.over:
		v.Session = talk.In(Flow, stepHome, c.cleared())
		return line(v, text)
	case p.posted != nil:
		c.Asked = nil
		return recorded(v, c, sold{*p.posted, p.gifts}, nil)
	case p.refused != nil:
		c.Asked = nil
		c.Guest.Present = v.Now.Add(presentFor) // the code was good, the check was not
		return refused(v, c, p.refused)
	case p.found.Member.ID == c.Guest.ID:
		return form(v, c, note{problem: v.Rich("staff.code.not_live")})
	case step(v) == stepCode:
		return form(v, c, note{problem: v.Rich("staff.code.foreign", locales.Args{"Name": guestOf(p.found.Member).masked(v)})})
	}
	return found(v, c.cleared(), p.found, nil) // the next guest; the question stays open
}
