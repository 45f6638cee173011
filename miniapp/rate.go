package miniapp

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"kartka/engine"
	"kartka/engine/rules"
	"kartka/miniapp/ui"
	"kartka/qr"
	"kartka/words"
)

// rateForm asks a guest how one of the own purchases was.
func (a *App) rateForm(w http.ResponseWriter, r *http.Request, v *visitor) error {
	sale, err := a.ownSale(r, v)
	if err != nil {
		return err
	}
	return a.rateShown(w, r, v, sale, "rate/"+sale.ID, nil)
}

// rateGiven takes the guest's mark and words.
func (a *App) rateGiven(w http.ResponseWriter, r *http.Request, v *visitor) error {
	sale, err := a.ownSale(r, v)
	if err != nil {
		return err
	}
	return a.rate(w, r, v, sale, "rate/"+sale.ID, engine.RateInput{MemberID: v.Member.ID, Via: engine.RatedInApp})
}

// ownSale is a purchase of the visitor.
func (a *App) ownSale(r *http.Request, v *visitor) (engine.Sale, error) {
	sale, err := a.Engine.Store().Sale(r.Context(), v.Program.ID, r.PathValue("sale"))
	if err != nil {
		return sale, err
	}
	if sale.AccountID != v.Member.AccountID {
		return sale, errGone
	}
	return sale, nil
}

// opinionForm asks whoever holds a receipt. Nobody has to sign in for it: the address is the receipt's own.
func (a *App) opinionForm(w http.ResponseWriter, r *http.Request, v *visitor) error {
	sale, err := a.Engine.SaleOfRating(r.Context(), v.Program.ID, r.PathValue("token"))
	if err != nil {
		return err
	}
	return a.rateShown(w, r, v, sale, "r/"+r.PathValue("token"), nil)
}

// opinionGiven takes the mark of whoever holds a receipt.
func (a *App) opinionGiven(w http.ResponseWriter, r *http.Request, v *visitor) error {
	sale, err := a.Engine.SaleOfRating(r.Context(), v.Program.ID, r.PathValue("token"))
	if err != nil {
		return err
	}
	return a.rate(w, r, v, sale, "r/"+r.PathValue("token"), engine.RateInput{Via: engine.RatedReceipt})
}

// rate gives the mark of a form. Sent again it is given once.
func (a *App) rate(w http.ResponseWriter, r *http.Request, v *visitor, sale engine.Sale, path string, in engine.RateInput) error {
	in.ProgramID, in.SaleID, in.Comment = v.Program.ID, sale.ID, r.PostFormValue("comment")
	in.Stars, _ = strconv.Atoi(r.PostFormValue("stars")) // what is no number is no mark, and told so
	rating, err := a.Engine.Rate(r.Context(), in)
	if a.told(err) {
		return a.rateShown(w, r, v, sale, path, err)
	}
	if err != nil {
		return err
	}
	a.wrote(v)
	low := rating.Stars <= cmp.Or(v.Program.Settings.Feedback.Low, rules.DefaultFeedback().Low)
	f, err := a.rateFrame(r, v)
	if err != nil {
		return err
	}
	return a.show(w, r, v, f, ui.Rated{Stars: rating.Stars, Low: low, Home: v.Member != nil})
}

func (a *App) rateFrame(r *http.Request, v *visitor) (ui.Frame, error) {
	if v.Member == nil {
		return v.outside(), nil
	}
	f, err := a.frame(r, v, "history", v.W.T("app.receipt.rate.btn"))
	f.Back = v.base + "history"
	return f, err
}

func (a *App) rateShown(w http.ResponseWriter, r *http.Request, v *visitor, sale engine.Sale, path string, wrong error) error {
	page := ui.Rate{Action: path, Program: v.Program.Settings.Name, When: v.W.Date(sale.OccurredAt), Sum: v.W.Money(sale.Total), Comment: r.PostFormValue("comment"), Max: engine.RatingComment}
	if sale.LocationID != "" {
		place, err := a.Engine.Store().Location(r.Context(), v.Program.ID, sale.LocationID)
		if err != nil && !engine.IsKind(err, engine.KindNotFound) {
			return fmt.Errorf("read location: %w", err)
		}
		page.Place = words.CleanName(place.Name, 64)
	}
	chosen, _ := strconv.Atoi(r.PostFormValue("stars"))
	if rating, err := a.Engine.RatingOf(r.Context(), v.Program.ID, sale.ID); err == nil && wrong == nil {
		chosen, page.Comment = rating.Stars, rating.Comment
	} else if err != nil && !engine.IsKind(err, engine.KindNotFound) {
		return err
	}
	for n := 1; n <= rules.MostStars; n++ {
		page.Stars = append(page.Stars, ui.Star{Value: n, Chosen: n == chosen})
	}
	status := http.StatusOK
	if wrong != nil {
		page.Wrong, status = v.W.Problem(wrong), http.StatusUnprocessableEntity
	}
	f, err := a.rateFrame(r, v)
	if err != nil {
		return err
	}
	return a.showAs(w, r, v, status, f, page)
}

// RatingLink is the address under which a guest, or whoever has the receipt, says how it was; "" where this server has no address of its own.
func (a *App) RatingLink(program engine.Program, saleID string) string {
	token := a.Engine.RatingToken(program, saleID)
	if a.Base == "" || token == "" {
		return ""
	}
	return a.Base + Path + program.Slug + "/r/" + token
}

// ratePicture is the QR code of [App.RatingLink], nothing where there is none.
func (a *App) ratePicture(v *visitor, saleID string) (ui.Picture, error) {
	link := a.RatingLink(v.Program, saleID)
	if link == "" {
		return ui.Picture{}, nil
	}
	code, err := qr.Encode(link, qr.Medium)
	if err != nil {
		return ui.Picture{}, err
	}
	return ui.Picture{Text: link, Size: code.Side(), Path: code.Path()}, nil
}

// The periods of the report, in days, and how many opinions a page of it shows.
var ratingPeriods = []int{1, 7, 30}

const opinionsShown = 20

// scanFeedback shows managers what guests say: by place and person, and their words.
func (a *App) scanFeedback(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if !v.manages() {
		return errStaff
	}
	days, _ := strconv.Atoi(r.FormValue("days"))
	if !slices.Contains(ratingPeriods, days) {
		days = 7
	}
	from, to := v.Program.Settings.Day(a.Engine.Now())
	sums, err := a.Engine.RatingDays(r.Context(), v.Program.ID, from.AddDate(0, 0, 1-days), to)
	if err != nil {
		return err
	}
	page := ui.Feedback{Off: !v.Program.Settings.Feedback.On}
	for _, n := range ratingPeriods {
		page.Periods = append(page.Periods, ui.Period{Days: n, Text: periodName(v, n), Here: n == days})
	}
	names, err := a.namesOf(r, v)
	if err != nil {
		return err
	}
	page.All = tally(v, "", sums)
	page.Days = tallies(v, sums, func(s engine.RatingSum) string { return string(s.Day) }, func(id string) string { return v.W.Day(rules.Date(id)) })
	page.Places = tallies(v, sums, func(s engine.RatingSum) string { return s.LocationID }, func(id string) string { return names[id] })
	page.People = tallies(v, sums, func(s engine.RatingSum) string { return s.StaffID }, func(id string) string { return names[id] })
	low, err := a.Engine.Ratings(r.Context(), v.Program.ID, engine.RatingQuery{Before: r.FormValue("before"), Limit: opinionsShown + 1})
	if err != nil {
		return err
	}
	for _, o := range low[:min(len(low), opinionsShown)] {
		page.Opinions = append(page.Opinions, ui.Opinion{Stars: o.Stars, Comment: o.Comment, When: v.W.Date(o.OccurredAt), Sum: v.W.Money(o.Total),
			Name: words.CleanName(o.Name, 40), Place: words.CleanName(o.Place, 40), Staff: words.CleanName(o.Staff, 40)})
	}
	if len(low) > opinionsShown {
		page.Older = fmt.Sprintf("scan/feedback?days=%d&before=%s", days, low[opinionsShown-1].ID)
	}
	f := a.scanFrame(v, "scan/today")
	f.Back = v.base + "scan/today"
	return a.show(w, r, v, f, page)
}

func periodName(v *visitor, days int) string {
	switch days {
	case 1:
		return v.W.T("owner.feedback.today.btn")
	case 30:
		return v.W.T("owner.feedback.month.btn")
	}
	return v.W.T("owner.feedback.week.btn")
}

// namesOf are what places and people are called, also those that are no more.
func (a *App) namesOf(r *http.Request, v *visitor) (map[string]string, error) {
	names := map[string]string{}
	places, err := a.Engine.Store().Locations(r.Context(), v.Program.ID)
	if err != nil {
		return nil, fmt.Errorf("read locations: %w", err)
	}
	for _, l := range places {
		names[l.ID] = words.CleanName(l.Name, 64)
	}
	people, err := a.Engine.Store().StaffList(r.Context(), v.Program.ID)
	if err != nil {
		return nil, fmt.Errorf("read staff: %w", err)
	}
	for _, s := range people {
		names[s.ID] = words.CleanName(s.Name, 40)
	}
	return names, nil
}

// tally counts marks.
func tally(v *visitor, name string, sums []engine.RatingSum) ui.Tally {
	t := ui.Tally{Name: name}
	var stars, marks int64
	counts := [rules.MostStars]int{}
	for _, s := range sums {
		for i, n := range s.Counts {
			counts[i] += n
			stars += int64(n) * int64(i+1)
			marks += int64(n)
		}
	}
	t.Marks = int(marks)
	if marks > 0 {
		t.Average = v.W.P.Decimal((stars*10+marks/2)/marks, 1)
	}
	for i := len(counts) - 1; i >= 0; i-- {
		t.Bars = append(t.Bars, ui.Bar{Stars: i + 1, Count: counts[i], Of: int(marks)})
	}
	return t
}

// tallies counts marks by something, in the order of their names; what has no name is left out.
func tallies(v *visitor, sums []engine.RatingSum, by func(engine.RatingSum) string, called func(string) string) []ui.Tally {
	groups := map[string][]engine.RatingSum{}
	var ids []string
	for _, s := range sums {
		id := by(s)
		if groups[id] == nil {
			ids = append(ids, id)
		}
		groups[id] = append(groups[id], s)
	}
	slices.Sort(ids)
	var all []ui.Tally
	for _, id := range ids {
		if name := called(id); name != "" {
			all = append(all, tally(v, name, groups[id]))
		}
	}
	return all
}
