package miniapp

import (
	"net/http"
	"slices"

	"kartka/engine"
	"kartka/engine/rules"
	"kartka/miniapp/ui"
	"kartka/words"
)

// mostPromotions is how many promotions are told, and mostCertificates how many gift certificates.
const (
	mostPromotions   = 20
	mostCertificates = 20
)

// offers is everything a guest has or can get beside points.
func (a *App) offers(w http.ResponseWriter, r *http.Request, v *visitor) error {
	coupons, err := a.Engine.Coupons(r.Context(), v.Program.ID, v.Member.ID, false)
	if err != nil {
		return err
	}
	certificates, err := a.Engine.Certificates(r.Context(), v.Program.ID, v.Member.ID)
	if err != nil {
		return err
	}
	s := v.Program.Settings
	page := ui.Offers{Rewards: len(s.Rewards) > 0, Codes: codesOn(s)}
	slices.SortStableFunc(coupons, soonest)
	for _, c := range coupons {
		page.Coupons = append(page.Coupons, v.coupon(c))
	}
	for _, c := range v.W.StampCards(&v.Standing) {
		detail := ui.StampCard{Stamp: stampState(v.W, c), Terms: v.W.StampTerms(*c.Card)}
		if c.Done > 0 {
			detail.Done = v.W.P.Number(int64(c.Done))
		}
		page.Stamps = append(page.Stamps, detail)
	}
	for _, c := range certificates[:min(len(certificates), mostCertificates)] {
		page.Certificates = append(page.Certificates, ui.Certificate{Left: v.W.CertificateLeft(c), Until: v.until(c.ExpiresAt)})
	}
	now := v.W.Promotions(&v.Standing)
	for _, rule := range now[:min(len(now), mostPromotions)] {
		page.Promotions = append(page.Promotions, ui.Promotion{Name: words.CleanName(v.W.Name("rule:"+rule.ID, ""), 64), Terms: v.W.RuleTerms(rule)})
	}
	f, err := a.frame(r, v, "offers", v.W.T("app.offers.title"))
	if err != nil {
		return err
	}
	return a.show(w, r, v, f, page)
}

// soonest puts coupons that end first before the others.
func soonest(a, b engine.CouponItem) int {
	switch {
	case a.Expires.IsZero() && b.Expires.IsZero():
		return 0
	case a.Expires.IsZero():
		return 1
	case b.Expires.IsZero():
		return -1
	}
	return a.Expires.Compare(b.Expires)
}

// codesOn reports whether there are codes to enter: promo codes or gift certificates.
func codesOn(s *rules.Settings) bool { return len(s.Codes) > 0 || s.Gifts.On }

// enterCode asks for a code.
func (a *App) enterCode(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return a.askCode(w, r, v, http.StatusOK, "", "")
}

func (a *App) askCode(w http.ResponseWriter, r *http.Request, v *visitor, status int, typed, wrong string) error {
	if !codesOn(v.Program.Settings) {
		return errGone
	}
	f, err := a.frame(r, v, "offers", v.plain("guest.enter.btn"))
	if err != nil {
		return err
	}
	f.Back = v.base + "offers"
	return a.showAs(w, r, v, status, f, ui.EnterCode{Key: a.Engine.NewID(), Text: typed, Wrong: wrong})
}

// useCode tries the code that was typed.
func (a *App) useCode(w http.ResponseWriter, r *http.Request, v *visitor) error {
	key, err := v.keyOf(r)
	if err != nil {
		return err
	}
	typed := words.CleanName(r.PostFormValue("code"), 64)
	got, err := a.Engine.EnterCode(r.Context(), engine.EnterCodeInput{Key: key, ProgramID: v.Program.ID, MemberID: v.Member.ID, Text: typed})
	switch {
	case err != nil && a.status(err) >= http.StatusInternalServerError:
		return err
	case err != nil:
		return a.askCode(w, r, v, http.StatusUnprocessableEntity, typed, v.W.Problem(err))
	}
	note := v.plain("guest.enter.done")
	add := func(text string) { note += " " + text }
	if got.Earned > 0 {
		add(v.W.T("guest.enter.points", args{"Points": v.W.Points(got.Earned)}) + ".")
		if !got.Expires.IsZero() {
			add(v.W.T("notice.sale.until", args{"Date": v.W.LastDay(got.Expires)}) + ".")
		}
	}
	if c := got.Certificate; c != nil && c.Points == 0 {
		add(v.plain("guest.enter.certificate", args{"Left": v.W.Money(c.Left)}))
	}
	if c := got.Coupon; c != nil {
		r.SetPathValue("id", c.ID)
		return a.done(w, r, v, "coupon/"+c.ID, note, a.coupon)
	}
	return a.done(w, r, v, "offers", note, a.offers)
}
