package miniapp

import (
	"context"
	"net/http"
	"strings"
	"time"

	"kartka/engine"
	"kartka/engine/rules"
	"kartka/miniapp/ui"
	"kartka/words"
)

// until is the last day of something in a sentence, "" for what never ends.
func (v *visitor) until(end time.Time) string {
	if end.IsZero() {
		return ""
	}
	return v.W.T("guest.coupon.until", args{"Date": v.W.LastDay(end)})
}

// coupon is a coupon as its owner sees it.
func (v *visitor) coupon(c engine.CouponItem) ui.OwnCoupon {
	own := ui.OwnCoupon{Path: "coupon/" + c.ID, Name: words.CleanName(v.W.CouponName(c.Coupon.Kind), 64), Until: v.until(c.Expires)}
	if c.Known { // until when this one is good, and how it is got, is said apart
		kind := c.Kind
		kind.Days, kind.ByHand = 0, false
		own.Terms = v.W.CouponTerms(kind)
	}
	open := v.W.CouponOpen(c.Coupon.Coupon) && c.Known
	switch {
	case !open:
		own.Advice = v.W.T("guest.coupon.closed", args{"State": v.W.CouponState(c)})
	case c.Kind.ByHand:
		own.Advice = v.W.T("guest.coupon.show")
	case c.State == rules.CouponIssued:
		own.Advice, own.CanActivate = v.W.T("guest.coupon.waiting"), true
	default:
		own.Advice, own.Active, own.CanKeep = v.plain("guest.coupon.active"), true, !c.Kind.AtOnce
	}
	own.CanCancel = open && strings.HasPrefix(c.Source, "reward:")
	return own
}

// ownCoupon reads a coupon of the visitor. Another person's is as good as none.
func (a *App) ownCoupon(ctx context.Context, v *visitor, id string) (engine.CouponItem, error) {
	c, err := a.Engine.Store().Coupon(ctx, v.Program.ID, id)
	switch {
	case engine.IsKind(err, engine.KindNotFound), err == nil && c.MemberID != v.Member.ID:
		return engine.CouponItem{}, &engine.Error{Kind: engine.KindNotFound, ID: "coupon_unknown"}
	case err != nil:
		return engine.CouponItem{}, err
	}
	item := engine.CouponItem{Coupon: c}
	if item.Kind, item.Known = v.Program.Settings.CouponKind(c.Kind); !item.Known {
		item.Kind.ID = c.Kind
	}
	return item, nil
}

// coupon shows one coupon.
func (a *App) coupon(w http.ResponseWriter, r *http.Request, v *visitor) error {
	c, err := a.ownCoupon(r.Context(), v, r.PathValue("id"))
	if err != nil {
		return err
	}
	page := ui.CouponPage{Coupon: v.coupon(c)}
	f, err := a.frame(r, v, "offers", page.Coupon.Name)
	if err != nil {
		return err
	}
	f.Back = v.base + "offers"
	return a.show(w, r, v, f, page)
}

// activate lets a coupon be applied by the next check that fits; keep leaves it for later. Either way once is as good as twice.
func (a *App) activate(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return a.turn(w, r, v, "guest.coupon.on.toast", a.Engine.ActivateCoupon)
}

func (a *App) keep(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return a.turn(w, r, v, "guest.coupon.off.toast", a.Engine.DeactivateCoupon)
}

func (a *App) turn(w http.ResponseWriter, r *http.Request, v *visitor, note string,
	to func(ctx context.Context, programID, memberID, couponID string) (engine.Coupon, error)) error {
	if _, err := to(r.Context(), v.Program.ID, v.Member.ID, r.PathValue("id")); err != nil {
		return err
	}
	return a.done(w, r, v, "offers", v.W.T(note), a.offers)
}

// askCancel asks whether to give a bought coupon back.
func (a *App) askCancel(w http.ResponseWriter, r *http.Request, v *visitor) error {
	c, err := a.ownCoupon(r.Context(), v, r.PathValue("id"))
	if err != nil {
		return err
	}
	own := v.coupon(c)
	if !own.CanCancel {
		return a.coupon(w, r, v)
	}
	f, err := a.frame(r, v, "offers", own.Name)
	if err != nil {
		return err
	}
	f.Back = v.base + own.Path
	return a.show(w, r, v, f, ui.CouponCancel{Key: a.Engine.NewID(), Path: own.Path, Text: v.plain("guest.reward.cancel.ask", args{"Name": own.Name})})
}

// cancel gives it back.
func (a *App) cancel(w http.ResponseWriter, r *http.Request, v *visitor) error {
	key, err := v.keyOf(r)
	if err != nil {
		return err
	}
	got, err := a.Engine.CancelReward(r.Context(), engine.CancelRewardInput{Key: key, ProgramID: v.Program.ID, MemberID: v.Member.ID, CouponID: r.PathValue("id")})
	if err != nil {
		return err
	}
	return a.done(w, r, v, "rewards", v.plain("guest.reward.cancelled", args{"Points": v.W.Points(got.Restored)}), a.rewards)
}
