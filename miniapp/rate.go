package miniapp

import (
	"cmp"
	"fmt"
	"maps"
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
	names, err := a.Engine.RatedNames(r.Context(), v.Program.ID)
	if err != nil {
		return err
	}
	page.All = tally(v, "", engine.MarksOf(sums))
	byDay := engine.MarksBy(sums, func(s engine.RatingSum) rules.Date { return s.Day })
	for _, day := range slices.Sorted(maps.Keys(byDay)) {
		page.Days = append(page.Days, tally(v, v.W.Day(day), byDay[day]))
	}
	page.Places = talliesOf(v, names, engine.MarksBy(sums, func(s engine.RatingSum) string { return s.LocationID }))
	page.People = talliesOf(v, names, engine.MarksBy(sums, func(s engine.RatingSum) string { return s.StaffID }))
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

// tally shows marks.
func tally(v *visitor, name string, marks engine.Marks) ui.Tally {
	t := ui.Tally{Name: name, Marks: marks.Total()}
	if t.Marks > 0 {
		t.Average = v.W.P.Decimal(marks.Tenths(), 1)
	}
	for i := len(marks) - 1; i >= 0; i-- {
		t.Bars = append(t.Bars, ui.Bar{Stars: i + 1, Count: marks[i], Of: t.Marks})
	}
	return t
}

// talliesOf shows marks by place or person, those with the most first; what has no name is left out.
func talliesOf(v *visitor, names map[string]string, by map[string]engine.Marks) []ui.Tally {
	var all []ui.Tally
	for _, id := range slices.Sorted(maps.Keys(by)) {
		if name := words.CleanName(names[id], 64); name != "" {
			all = append(all, tally(v, name, by[id]))
		}
	}
	slices.SortStableFunc(all, func(a, b ui.Tally) int { return cmp.Or(cmp.Compare(b.Marks, a.Marks), cmp.Compare(a.Name, b.Name)) })
	return all
}
