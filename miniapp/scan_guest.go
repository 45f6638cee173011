package miniapp

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/miniapp/ui"
	"kartka/words"
)

// scanFind finds the guest behind what was scanned or typed.
func (a *App) scanFind(w http.ResponseWriter, r *http.Request, v *visitor) error {
	found, err := a.Engine.Identify(r.Context(), v.Program.ID, v.Staff.ID, r.FormValue("code"))
	var refused *engine.Error
	if errors.As(err, &refused) {
		return a.scanShow(w, r, v, v.W.Problem(err))
	}
	if err != nil {
		return err
	}
	if len(found.Others) > 0 {
		page := ui.Pick{}
		for _, m := range append([]engine.Member{found.Member}, found.Others...) {
			page.List = append(page.List, ui.Choice{Proof: a.newProof(v, m.ID, false).seal(v.Program), Name: masked(m.Name), Tail: tail(m.Card)})
		}
		return a.show(w, r, v, a.scanFrame(v, "scan/"), page)
	}
	return a.scanGuest(w, r, v, a.newProof(v, found.Member.ID, found.Present), ui.Note{})
}

// scanPick goes on with one of several guests with the same phone, or with a guest for another sale.
func (a *App) scanPick(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := a.openProof(v, r.FormValue("proof"))
	if err != nil {
		return err
	}
	return a.scanGuest(w, r, v, f, ui.Note{})
}

// masked shows a name by its beginning only: it is not known yet who asks.
func masked(name string) string {
	letters := []rune(words.CleanName(name, 40))
	if len(letters) < 3 {
		return string(letters)
	}
	return string(letters[:2]) + "…"
}

// tail is the last three digits of a card, for telling cards apart.
func tail(card string) string { return card[max(0, len(card)-3):] }

// guestOf reads the guest of a proof; who is part of another card is that other one.
func (a *App) guestOf(r *http.Request, v *visitor, f proof) (engine.Member, engine.Glance, error) {
	g, err := a.Engine.Glance(r.Context(), v.Program.ID, engine.Look{Ident: engine.Ident{MemberID: f.Member}})
	if err != nil {
		return engine.Member{}, g, err
	}
	m, err := a.Engine.Store().Member(r.Context(), v.Program.ID, g.MemberID)
	if err != nil {
		return m, g, fmt.Errorf("read guest: %w", err)
	}
	return m, g, nil
}

// scanGuest shows the guest and asks for the sum.
func (a *App) scanGuest(w http.ResponseWriter, r *http.Request, v *visitor, f proof, note ui.Note) error {
	m, card, err := a.guestOf(r, v, f)
	if err != nil {
		return err
	}
	switch {
	case m.State == engine.MemberPaused:
		return a.scanShow(w, r, v, v.W.Problem(&engine.Error{Kind: engine.KindForbidden, ID: "card_paused"}))
	case m.State == engine.MemberBlocked:
		return a.scanShow(w, r, v, v.W.Problem(&engine.Error{Kind: engine.KindForbidden, ID: "card_blocked"}))
	case v.Member != nil && v.Member.ID == m.ID:
		return a.scanShow(w, r, v, v.W.Problem(&engine.Error{Kind: engine.KindForbidden, ID: "own_card"}))
	}
	standing, err := a.Engine.Store().Standing(r.Context(), v.Program.ID, m.ID, engine.StandingQuery{})
	if err != nil {
		return fmt.Errorf("read standing: %w", err)
	}
	sales, err := a.Engine.Store().SalesOf(r.Context(), v.Program.ID, m.ID, 3)
	if err != nil {
		return fmt.Errorf("read sales: %w", err)
	}
	page := ui.Guest{
		Proof: f.seal(v.Program), Present: f.Present, Name: words.CleanName(m.Name, 40), Tail: tail(m.Card), Tier: v.W.TierName(standing.Tier.ID),
		Balance: v.W.Points(card.Balance.Available), Worth: v.W.Worth(card.Balance.Available), HasPoints: words.PointsOn(v.Program.Settings) || card.Balance.Total != 0,
		Decimals: v.Program.Settings.Currency.Decimals, Sign: currencySign(v),
	}
	page.Spendable = card.Balance.Available > 0 && v.Program.Settings.Redeem.Limit > 0
	if card.Balance.Debt > 0 {
		page.Debt = v.W.T("scan.guest.debt", args{"Points": v.W.Points(card.Balance.Debt)})
	}
	for _, c := range v.W.StampCards(&standing) {
		page.Stamps = append(page.Stamps, stampState(v.W, c))
		if !c.Card.PerCheck {
			page.Marks = append(page.Marks, ui.Mark{Card: c.Card.ID, Name: c.Name})
		}
	}
	a.guestCoupons(v, &page, &standing)
	if page.Papers, err = a.guestCertificates(r, v, m.ID); err != nil {
		return err
	}
	page.Note = guestNote(v, &standing)
	for _, s := range sales {
		page.Visits = append(page.Visits, v.W.Date(s.OccurredAt)+" · "+v.W.Money(s.Total))
	}
	for _, c := range v.Program.Settings.Goods {
		page.Menu = append(page.Menu, ui.Good{ID: c.ID, Name: v.W.Name("category:"+c.ID, c.ID)})
	}
	frame := a.scanFrame(v, "scan/")
	frame.Back, frame.Notice = v.base+"scan/", note
	return a.show(w, r, v, frame, page)
}

// guestCoupons are the coupons that the next check uses, and the gifts that are handed over.
func (a *App) guestCoupons(v *visitor, page *ui.Guest, standing *rules.Standing) {
	for _, c := range standing.Coupons {
		kind, known := v.Program.Settings.CouponKind(c.Kind)
		if !known || !v.W.CouponOpen(c) {
			continue
		}
		name := v.W.CouponName(c.Kind)
		switch {
		case kind.ByHand:
			page.Gifts = append(page.Gifts, ui.Gift{Coupon: c.ID, Name: name, Key: a.Engine.NewID()})
		case c.State == rules.CouponActivated:
			page.Coupons = append(page.Coupons, name)
		}
	}
}

// guestCertificates are the gift certificates on the card that can pay.
func (a *App) guestCertificates(r *http.Request, v *visitor, memberID string) ([]ui.Paper, error) {
	if !v.Program.Settings.Gifts.On {
		return nil, nil
	}
	all, err := a.Engine.Certificates(r.Context(), v.Program.ID, memberID)
	if err != nil {
		return nil, err
	}
	var papers []ui.Paper
	for _, c := range all {
		if c.Left > 0 && c.Points == 0 && c.State == engine.CertificateActive {
			papers = append(papers, ui.Paper{ID: c.ID, Left: v.W.Money(c.Left)})
		}
	}
	return papers, nil
}

// guestNote is what else there is to know: a birthday near, and the shop's own tags.
func guestNote(v *visitor, standing *rules.Standing) string {
	var lines []string
	if day := v.W.BirthdayNear(standing.Birthday); day != "" {
		lines = append(lines, v.W.T("scan.guest.birthday", args{"Date": day}))
	}
	if len(standing.Tags) > 0 {
		lines = append(lines, strings.Join(standing.Tags, ", "))
	}
	return strings.Join(lines, " · ")
}

// currencySign is what stands beside sums.
func currencySign(v *visitor) string {
	return strings.TrimSpace(strings.Trim(v.W.Money(0), "0.,"))
}

// What a check on the scanner may be made of.
const (
	mostLines = 60
	mostUnits = 99
)

// saleOf reads the check of the form: lines from the menu and what is left as a bare sum, units for stamp cards, certificates.
func (a *App) saleOf(r *http.Request, v *visitor, f proof) (engine.SaleInput, error) {
	in := engine.SaleInput{ProgramID: v.Program.ID, MemberID: f.Member, StaffID: v.Staff.ID, LocationID: v.Staff.LocationID, Source: "scanner",
		NoCoupons: r.FormValue("nocoupons") != ""}
	var err error
	if text := r.FormValue("sum"); strings.TrimSpace(text) != "" {
		if in.Sum, err = readSum(v, text); err != nil {
			return in, err
		}
	}
	if len(r.Form["line"]) > mostLines {
		return in, &engine.Error{Kind: engine.KindInvalid, ID: "sale_many_lines", Args: map[string]any{"Max": mostLines}}
	}
	for _, text := range r.Form["line"] {
		line, err := readLine(v, text)
		if err != nil {
			return in, err
		}
		in.Lines = append(in.Lines, line)
	}
	if len(in.Lines) > 0 && in.Sum > 0 {
		in.Lines = append(in.Lines, rules.Line{Quantity: 1000, Net: in.Sum})
	}
	if len(in.Lines) > 0 {
		in.Sum = 0
	}
	for name, values := range r.Form {
		card, ok := strings.CutPrefix(name, "mark:")
		if units, err := strconv.Atoi(values[0]); ok && err == nil && units > 0 && units <= mostUnits && len(in.Lines) == 0 {
			in.Marks = append(in.Marks, rules.Mark{Card: card, Units: units})
		}
	}
	slices.SortFunc(in.Marks, func(a, b rules.Mark) int { return strings.Compare(a.Card, b.Card) })
	for _, id := range r.Form["paper"] {
		c, err := a.Engine.Store().Certificate(r.Context(), v.Program.ID, id)
		if err != nil {
			return in, err
		}
		if c.MemberID != f.Member {
			return in, &engine.Error{Kind: engine.KindNotFound, ID: "certificate_unknown"}
		}
		in.Certificates = append(in.Certificates, c.ID)
	}
	return in, nil
}

// readSum reads a sum as it was typed.
func readSum(v *visitor, text string) (money.Amount, error) {
	value, err := money.Parse(text, v.Program.Settings.Currency.Decimals)
	switch {
	case errors.Is(err, money.ErrTooLarge):
		return 0, &engine.Error{Kind: engine.KindInvalid, ID: "sum_too_large", Err: err}
	case err != nil || value < 0:
		return 0, &engine.Error{Kind: engine.KindInvalid, ID: "sum_invalid", Err: err}
	}
	return money.Amount(value), nil
}

// readLine reads "SUM|CATEGORY|UNITS" of the menu; the sum is that of all units.
func readLine(v *visitor, text string) (rules.Line, error) {
	parts := strings.Split(text, "|")
	if len(parts) != 3 {
		return rules.Line{}, errForm
	}
	sum, err := readSum(v, parts[0])
	if err != nil {
		return rules.Line{}, err
	}
	units, err := strconv.Atoi(parts[2])
	if err != nil || units < 1 || units > mostUnits || v.Program.Settings.Category(parts[1]) == nil {
		return rules.Line{}, errForm
	}
	return rules.Line{Quantity: money.Quantity(1000 * units), Net: sum, Category: parts[1], Name: v.W.Name("category:"+parts[1], parts[1])}, nil
}

// clockOf is the wall clock of the place.
func clockOf(v *visitor, t time.Time) string { return v.W.P.Time(v.W.Local(t)) }
