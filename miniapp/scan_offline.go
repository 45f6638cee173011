package miniapp

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"kartka/engine"
)

// kept is a sale that the scanner kept while it had no network: whose code was read, how much, and when. Nothing is spent with it.
type kept struct {
	Key  string `json:"key"`  // made on the phone; the same each time it is sent
	Code string `json:"code"` // as it was scanned or typed
	Sum  string `json:"sum"`
	At   int64  `json:"at"` // Unix milliseconds, by the phone's clock set right by the server's
}

// settled is what became of one: done for good, refused for good with the reason, or to be sent again.
type settled struct {
	Key   string `json:"key"`
	State string `json:"state"` // "done", "refused", "later"
	Text  string `json:"text"`
	Sale  string `json:"sale,omitempty"`
}

// How many are taken at a time, and how old they may be.
const (
	mostKept = 50
	keptAge  = 7 * 24 * time.Hour
)

// scanSync records sales that were kept. Each is judged for itself, by the rules and the moment it was made in; sent again it is recorded once.
func (a *App) scanSync(w http.ResponseWriter, r *http.Request, v *visitor) error {
	var in struct {
		Items []kept `json:"items"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || len(in.Items) > mostKept {
		if tooLong := new(http.MaxBytesError); errors.As(err, &tooLong) {
			return err
		}
		return errForm
	}
	out := struct {
		Items []settled `json:"items"`
	}{Items: []settled{}}
	for _, item := range in.Items {
		out.Items = append(out.Items, a.settle(r, v, item))
	}
	a.wrote(v)
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	return json.NewEncoder(w).Encode(out)
}

// settle records one kept sale.
func (a *App) settle(r *http.Request, v *visitor, item kept) settled {
	out := settled{Key: item.Key, State: "refused"}
	at := time.UnixMilli(item.At).UTC()
	now := a.Engine.Now()
	if len(item.Key) < 16 || len(item.Key) > 64 || strings.Trim(item.Key, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || at.After(now.Add(10*time.Minute)) || now.Sub(at) > keptAge {
		out.Text = v.W.T("scan.kept.odd")
		return out
	}
	sum, err := readSum(v, item.Sum)
	if err == nil {
		out, err = a.recordKept(r, v, item, engine.SaleInput{ProgramID: v.Program.ID, StaffID: v.Staff.ID, LocationID: v.Staff.LocationID, Source: "scanner", Sum: sum, OccurredAt: at})
	}
	var refused *engine.Error
	switch {
	case err == nil:
	case a.status(err) == http.StatusServiceUnavailable || !errors.As(err, &refused) || refused.Kind == engine.KindLimit:
		out.State, out.Text = "later", v.W.T("app.problem.busy")
		a.Logger.Warn("record kept sale", "error", err)
	default:
		out.State, out.Text = "refused", v.W.Problem(err)
	}
	return out
}

func (a *App) recordKept(r *http.Request, v *visitor, item kept, sale engine.SaleInput) (settled, error) {
	out := settled{Key: item.Key}
	key := "scan:kept:" + v.Staff.ID + ":" + item.Key
	if known, err := a.Engine.Store().PostingByKey(r.Context(), v.Program.ID, key); err == nil { // a code that was good once is not asked for twice
		out.State, out.Sale, out.Text = "done", known.SaleID, v.W.T("scan.kept.done", args{"Points": v.W.Points(known.Earned)})
		return out, nil
	} else if !engine.IsKind(err, engine.KindNotFound) {
		return out, err
	}
	found, err := a.Engine.IdentifyPast(r.Context(), v.Program.ID, v.Staff.ID, item.Code, sale.OccurredAt)
	if err != nil {
		return out, err
	}
	if len(found.Others) > 0 {
		return settled{Key: item.Key, State: "refused", Text: v.W.T("scan.kept.several")}, nil
	}
	sale.MemberID, sale.Till, sale.ReceiptNo = found.Member.ID, scannerTill, receiptNo(v.Staff.ID+item.Key)
	p, err := a.Engine.Post(r.Context(), engine.PostInput{Key: key, Sale: sale})
	if err != nil {
		return out, err
	}
	out.State, out.Sale, out.Text = "done", p.SaleID, v.W.T("scan.kept.done", args{"Points": v.W.Points(p.Earned)})
	return out, nil
}
