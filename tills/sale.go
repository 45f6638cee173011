package tills

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

// commitSale records a sale that has happened.
func (a *api) commitSale(ctx context.Context, c *caller, r *http.Request) (int, any, error) {
	own, err := idempotencyKey(r)
	if err != nil {
		return 0, nil, err
	}
	var in saleRequest
	if err := a.read(r, &in, mostNested); err != nil {
		return 0, nil, err
	}
	s, err := in.check()
	if err != nil {
		return 0, nil, err
	}
	s.key = c.key(own)
	if err := a.findBuyer(ctx, c, s); err != nil {
		return 0, nil, err
	}
	return a.post(ctx, c, s)
}

// sale is a sale of a till that has been read.
type sale struct {
	in     *saleRequest
	at     time.Time
	key    string // in the books
	member string
	issues []engine.Issue // met with so far
}

// note adds an issue.
func (s *sale) note(id string) { s.issues = append(s.issues, engine.Issue{ID: id}) }

// post records a sale.
func (a *api) post(ctx context.Context, c *caller, s *sale) (int, any, error) {
	fingerprint, err := fingerprintOf(s.in)
	if err != nil {
		return 0, nil, err
	}
	in := engine.PostInput{Key: s.key, Fact: true, Fingerprint: fingerprint, Issues: s.issues, Sale: engine.SaleInput{
		ProgramID: c.till.ProgramID, MemberID: s.member, LocationID: c.till.LocationID, Till: c.till.Name, ReceiptNo: s.in.ReceiptNo, Business: s.in.BusinessDate,
		Lines: linesOf(s.in.Lines), Sum: money.Amount(*s.in.Total), Currency: s.in.Currency, OccurredAt: s.at, Source: "till",
	}}
	points := s.tenders(&in.Sale)
	in.Sale.Redeem = c.program.Settings.Unit.PointsFor(points)
	if s.member == "" {
		in.Sale.Redeem = 0
	}
	posted, err := a.Engine.Post(ctx, in)
	if s.member != "" && s.withoutCard(err) {
		in.Sale.MemberID, in.Sale.Redeem, in.Issues = "", 0, s.issues
		posted, err = a.Engine.Post(ctx, in)
	}
	if err != nil {
		return 0, nil, fmt.Errorf("post sale: %w", err)
	}
	status := http.StatusCreated
	if posted.Replayed {
		status = http.StatusOK
	}
	return status, a.saleResult(c, posted), nil
}

// withoutCard reports whether a sale can only be recorded as nobody's, and notes why.
func (s *sale) withoutCard(err error) bool {
	switch {
	case engine.IsKind(err, engine.KindNotFound):
		s.note("customer_not_found")
	case engine.IsKind(err, engine.KindForbidden) && hasID(err, "card_blocked"):
		s.note("customer_blocked")
	case engine.IsKind(err, engine.KindForbidden) && hasID(err, "card_paused"):
		s.note("customer_paused")
	default:
		return false
	}
	return true
}

// tenders puts into the sale what was paid, and returns how much of it in points. Kinds that the engine does not tell apart are other money.
func (s *sale) tenders(into *engine.SaleInput) (points money.Amount) {
	if len(s.in.Tenders) > 0 {
		into.Tenders = make([]engine.Tender, len(s.in.Tenders))
	}
	for i, t := range s.in.Tenders {
		amount := money.Amount(*t.Amount)
		into.Tenders[i] = engine.Tender{Kind: tenderKinds[t.Kind], Amount: amount}
		if t.Kind == "points" {
			points += amount
		}
	}
	return points
}

// tenderKinds are the kinds of tenders of a till and those of the engine. A gift card here is the till's own.
var tenderKinds = map[string]engine.TenderKind{
	"cash": engine.TenderCash, "card": engine.TenderCard, "points": engine.TenderPoints, "gift_card": engine.TenderOther, "ewallet": engine.TenderOther,
	"house": engine.TenderHouse, "third_party": engine.TenderOther, "other": engine.TenderOther,
}

// lineKind is what the kind of a line says beside its own marks.
type lineKind struct{ noEarn, noRedeem bool }

// lineKinds are the kinds of lines. What is no goods earns nothing; what is somebody else's money is not paid with points.
var lineKinds = map[string]lineKind{
	"": {}, "goods": {}, "service_charge": {}, "delivery": {},
	"tip": {noEarn: true, noRedeem: true}, "gift_card": {noEarn: true, noRedeem: true}, "deposit": {noEarn: true, noRedeem: true},
	"rounding": {noEarn: true},
}

// linesOf are lines as the engine has them. A line that the till calls by its place needs no name.
func linesOf(in []lineRequest) []rules.Line {
	out := make([]rules.Line, len(in))
	for i := range in {
		l := &in[i]
		kind := lineKinds[l.Kind]
		out[i] = rules.Line{Ref: l.LineID, SKU: l.SKU, Name: l.Name, Category: l.Category, Quantity: money.Quantity(*l.Qty), Net: money.Amount(*l.Net),
			NoEarn: l.NoEarn || kind.noEarn, NoRedeem: l.NoRedeem || kind.noRedeem}
		if l.LineID == strconv.Itoa(i+1) {
			out[i].Ref = ""
		}
	}
	return out
}

func (a *api) saleResult(c *caller, p engine.Posted) *saleResult {
	out := &saleResult{SaleID: p.SaleID, Status: "posted", Duplicate: p.Replayed, CustomerID: p.MemberID, Total: int64(p.Total), Discount: int64(p.Discount),
		Earned: int64(p.Earned), Redeemed: int64(p.Redeemed)}
	switch {
	case p.MemberID == "":
		out.Status = "anonymous"
	default:
		b := balanceOf(c.program, p.Balance)
		out.Balance = &b
	}
	if a.RatingLink != nil && c.program.Settings.Feedback.On {
		out.RatingURL = a.RatingLink(c.program, p.SaleID)
	}
	if len(p.Issues) == 0 {
		return out
	}
	if p.MemberID != "" {
		out.Status = "posted_with_issues"
	}
	w := a.texts(c)
	for _, i := range p.Issues {
		out.Issues = append(out.Issues, issueResult{Code: i.ID, Detail: w.Issue(i)})
	}
	return out
}

// How long texts may be, in characters.
const (
	mostShort = 64
	mostName  = 256
	leastKey  = 8
	mostKey   = 128
)

// check reads what a sale must have.
func (in *saleRequest) check() (*sale, error) {
	at, err := instant("occurred_at", in.OccurredAt)
	switch {
	case err != nil:
		return nil, err
	case !text(in.ReceiptNo, 1, mostShort):
		return nil, invalid("receipt_no")
	case !rules.Date(in.BusinessDate).Valid():
		return nil, invalid("business_date")
	case !text(in.CustomerID, 0, mostShort):
		return nil, invalid("customer_id")
	}
	basket := basketRequest{Currency: in.Currency, Lines: in.Lines, Total: in.Total}
	if err := basket.check(""); err != nil {
		return nil, err
	}
	if in.Tenders == nil {
		return nil, invalid("tenders")
	}
	for i, t := range in.Tenders {
		if _, ok := tenderKinds[t.Kind]; !ok || t.Amount == nil || *t.Amount < 0 {
			return nil, invalid("tenders." + strconv.Itoa(i))
		}
	}
	s := &sale{in: in, at: at}
	s.compare()
	return s, nil
}

// compare notes what does not fit together in a sale: it stands, and somebody should look.
func (s *sale) compare() {
	var lines money.Amount
	for _, l := range s.in.Lines {
		lines += money.Amount(*l.Net)
	}
	if total := money.Amount(*s.in.Total); len(s.in.Lines) > 0 && lines != total {
		s.issues = append(s.issues, engine.Issue{ID: "total_differs", Args: map[string]any{"Total": total, "Lines": lines}})
	}
	if s.in.POSProgrammePoints != 0 {
		s.note("double_earn")
	}
}

// check reads what a basket must have; at is where it stands in the body.
func (b *basketRequest) check(at string) error {
	switch {
	case len(b.Currency) != 3:
		return invalid(at + "currency")
	case b.Lines == nil || len(b.Lines) > rules.MaxLines:
		return invalid(at + "lines")
	case b.Total == nil || *b.Total < 0:
		return invalid(at + "total")
	}
	for i := range b.Lines {
		l := &b.Lines[i]
		field := ""
		_, known := lineKinds[l.Kind]
		switch {
		case !text(l.LineID, 1, mostShort), slices.ContainsFunc(b.Lines[:i], func(o lineRequest) bool { return o.LineID == l.LineID }):
			field = "line_id"
		case l.Qty == nil || *l.Qty < 0:
			field = "qty"
		case l.Net == nil || *l.Net < 0:
			field = "net"
		case !known:
			field = "kind"
		case !text(l.SKU, 0, mostShort):
			field = "sku"
		case !text(l.Category, 0, mostShort):
			field = "category"
		case !text(l.Name, 0, mostName):
			field = "name"
		}
		if field != "" {
			return invalid(at + "lines." + strconv.Itoa(i) + "." + field)
		}
	}
	return nil
}

// text reports whether a text has so many characters, and none that cannot be kept.
func text(s string, least, most int) bool {
	if len(s) < least || len(s) > most && utf8.RuneCountInString(s) > most {
		return false
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			return false
		}
	}
	return true
}

func instant(field, s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.Year() < 1970 || t.Year() > 9999 {
		return time.Time{}, invalid(field)
	}
	return t.UTC(), nil
}

// idempotencyKey reads the till's own key of a call.
func idempotencyKey(r *http.Request) (string, error) {
	key := r.Header.Get(keyHeader)
	if !isKey(key) {
		return "", keyMissing
	}
	return key, nil
}

const keyHeader = "Idempotency-Key"

var keyMissing = &failure{code: "validation_failed", status: http.StatusBadRequest, text: "key_missing", args: locales.Args{"Header": keyHeader}, field: keyHeader}

func isKey(key string) bool {
	if len(key) < leastKey || len(key) > mostKey {
		return false
	}
	for i := range len(key) {
		if key[i] <= ' ' || key[i] > '~' {
			return false
		}
	}
	return true
}

// fingerprintOf tells a sale from every other. What does not belong to it, as spaces, the order of fields and fields that are not known, makes no other.
func fingerprintOf(in *saleRequest) (string, error) {
	canonical, err := json.Marshal(in)
	if err != nil {
		return "", fmt.Errorf("fingerprint of sale: %w", err)
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:16]), nil
}

// findSales finds a sale by its receipt number and business date: of this till, or of another one that is named.
func (a *api) findSales(ctx context.Context, c *caller, r *http.Request) (int, any, error) {
	q := r.URL.Query()
	no, day := q.Get("receipt_no"), q.Get("business_date")
	if !text(no, 1, mostShort) {
		return 0, nil, invalid("receipt_no")
	}
	if !rules.Date(day).Valid() {
		return 0, nil, invalid("business_date")
	}
	store, till := c.till.LocationID, c.till.Name
	if q.Has("store_id") {
		store = q.Get("store_id")
	}
	if q.Has("till_id") {
		till = q.Get("till_id")
	}
	found := &salesFound{Items: []saleRecord{}}
	s, err := a.Engine.Store().SaleByReceipt(ctx, c.till.ProgramID, store, till, day, no)
	switch {
	case engine.IsKind(err, engine.KindNotFound):
	case err != nil:
		return 0, nil, fmt.Errorf("find sale: %w", err)
	default:
		found.Items = append(found.Items, recordOf(s))
	}
	return http.StatusOK, found, nil
}

func recordOf(s engine.Sale) saleRecord {
	return saleRecord{SaleID: s.ID, StoreID: s.LocationID, TillID: s.Till, BusinessDate: s.Business, ReceiptNo: s.ReceiptNo,
		OccurredAt: s.OccurredAt.Format(time.RFC3339Nano), Revision: s.Revision, CustomerID: s.MemberID, Currency: s.Currency, Total: int64(s.Total),
		Discount: int64(s.Discount), Earned: int64(s.Earned), Redeemed: int64(s.Redeemed), Returned: int64(s.ReturnedTotal)}
}
