package miniapp

import (
	"fmt"
	"net/http"
	"strings"

	"kartka/engine"
	"kartka/miniapp/ui"
	"kartka/words"
)

// scanPages are what staff may look at, by the path below the program's.
func (a *App) scanPages() map[string]act {
	return map[string]act{
		"scan/{$}":          a.scanHome,
		"scan/today":        a.scanToday,
		"scan/place":        a.scanPlaces,
		"scan/returns":      a.scanReturns,
		"scan/hold/{hold}":  a.scanHold,
		"scan/receipt/{id}": a.scanReceipt,
		"scan/feedback":     a.scanFeedback,
	}
}

// scanActs are what staff may do.
func (a *App) scanActs() map[string]act {
	return map[string]act{
		"scan/find":                a.scanFind,
		"scan/pick":                a.scanPick,
		"scan/quote":               a.scanQuote,
		"scan/sell":                a.scanSell,
		"scan/hold/{hold}/code":    a.scanHoldCode,
		"scan/hold/{hold}/release": a.scanHoldRelease,
		"scan/hand":                a.scanHand,
		"scan/undo":                a.scanUndo,
		"scan/returns":             a.scanReturnFind,
		"scan/return":              a.scanReturn,
		"scan/place":               a.scanPlaceSet,
		"scan/sync":                a.scanSync,
	}
}

// scanFrame is what stands around a page of the scanner.
func (a *App) scanFrame(v *visitor, here string) ui.Frame {
	f := ui.Frame{Title: v.W.T("scan.title") + " · " + v.Program.Settings.Name, Program: v.Program.Settings.Name, Base: v.base, Script: "scan.js", Style: "scan.css", Scanner: true}
	item := func(path, icon, key string) {
		f.Nav = append(f.Nav, ui.NavItem{Path: v.base + path, Icon: icon, Text: v.W.T(key), Here: path == here})
	}
	item("scan/", "scan", "scan.nav.scan")
	item("scan/today", "clock", "scan.nav.today")
	item("scan/returns", "undo", "scan.nav.returns")
	item("", "card", "scan.nav.card")
	return f
}

// scanHome is where the next guest is found. It holds no guest's data: a browser may keep it for times without a network.
func (a *App) scanHome(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if v.Staff.LocationID == "" {
		places, err := a.openPlaces(r, v)
		if err != nil {
			return err
		}
		if len(places) > 0 {
			return a.scanPlaces(w, r, v)
		}
	}
	return a.scanShow(w, r, v, "")
}

// scanShow is the scanner with what went wrong, "" nothing.
func (a *App) scanShow(w http.ResponseWriter, r *http.Request, v *visitor, wrong string) error {
	f := a.scanFrame(v, "scan/")
	page := ui.Scan{Shop: v.Program.Settings.Name, Staff: words.CleanName(v.Staff.Name, 40), Wrong: wrong, Typed: words.CleanName(r.FormValue("code"), 64),
		Decimals: v.Program.Settings.Currency.Decimals, Currency: v.W.P.Money(0, v.Program.Settings.Currency.Code)}
	page.Currency = strings.TrimSpace(strings.Trim(page.Currency, "0.,"))
	if v.Place != nil {
		page.Place = words.CleanName(v.Place.Name, 64)
	}
	status := http.StatusOK
	if wrong != "" {
		status = http.StatusUnprocessableEntity
	}
	return a.showAs(w, r, v, status, f, page)
}

// scanToday is what the day has come to.
func (a *App) scanToday(w http.ResponseWriter, r *http.Request, v *visitor) error {
	own, err := a.Engine.Today(r.Context(), v.Program.ID, v.Staff.ID, "")
	if err != nil {
		return err
	}
	page := ui.Today{Manager: v.manages(), SignOut: v.session.Web, Date: v.W.Date(v.W.Now), Own: a.totals(v, own)}
	if v.manages() {
		all, err := a.Engine.Today(r.Context(), v.Program.ID, "", "")
		if err != nil {
			return err
		}
		whole := a.totals(v, all)
		page.All = &whole
	}
	last, err := a.Engine.Store().LastSale(r.Context(), v.Program.ID, v.Staff.ID)
	if err != nil && !engine.IsKind(err, engine.KindNotFound) {
		return fmt.Errorf("read last sale: %w", err)
	}
	page.Last = last
	return a.show(w, r, v, a.scanFrame(v, "scan/today"), page)
}

func (a *App) totals(v *visitor, t engine.Totals) ui.Totals {
	return ui.Totals{Checks: v.W.P.N("staff.today.checks", int64(t.Sales)), Sum: v.W.Money(t.Amount), Earned: v.W.Points(t.Earned), Burned: v.W.Points(t.Burned),
		Returns: t.Returns, New: t.New, Guests: t.Members}
}

func (a *App) openPlaces(r *http.Request, v *visitor) ([]engine.Location, error) {
	all, err := a.Engine.Store().Locations(r.Context(), v.Program.ID)
	if err != nil {
		return nil, fmt.Errorf("read locations: %w", err)
	}
	var open []engine.Location
	for _, l := range all {
		if !l.Closed {
			open = append(open, l)
		}
	}
	return open, nil
}

// scanPlaces asks where the person works.
func (a *App) scanPlaces(w http.ResponseWriter, r *http.Request, v *visitor) error {
	open, err := a.openPlaces(r, v)
	if err != nil {
		return err
	}
	page := ui.Places{}
	for _, l := range open {
		page.List = append(page.List, ui.Place{ID: l.ID, Name: words.CleanName(l.Name, 64), Here: l.ID == v.Staff.LocationID})
	}
	f := a.scanFrame(v, "scan/")
	f.Back = v.base + "scan/"
	return a.show(w, r, v, f, page)
}

// scanPlaceSet remembers where the person works.
func (a *App) scanPlaceSet(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if _, err := a.Engine.SetPlace(r.Context(), v.Program.ID, v.Staff.ID, r.FormValue("place")); err != nil {
		return err
	}
	again, err := a.meet(r.Context(), v.Program, v.session)
	if err != nil {
		return err
	}
	return a.scanShow(w, r, again, "")
}
