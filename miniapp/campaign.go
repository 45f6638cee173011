package miniapp

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"kartka/engine"
)

// follow leads on from a link of a campaign's message, and counts the click. Where it leads is the campaign's to say, never the address's. Whoever only looks
// where it leads (HEAD), as programs that draw previews do, is led there too and is not counted.
func (a *App) follow(w http.ResponseWriter, r *http.Request, v *visitor) error {
	lead := a.Engine.Click
	if r.Method == http.MethodHead {
		lead = a.Engine.ClickLeads
	}
	to, err := lead(r.Context(), v.Program.ID, r.PathValue("token"))
	if err != nil {
		return err
	}
	at, err := url.Parse(to)
	if err != nil {
		return fmt.Errorf("lead on from a campaign: %w", err)
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("Location", at.String())
	w.WriteHeader(http.StatusFound)
	return nil
}

// markets reports whether the visitor may speak to many guests at once.
func (v *visitor) markets() bool {
	return v.Staff != nil && !v.Staff.Disabled && (v.Staff.Role.Manages() || v.Staff.Role == engine.RoleMarketer)
}

// campaignNow is how far a campaign is, as a page is told it.
type campaignNow struct {
	State     engine.CampaignState `json:"state"`
	Why       string               `json:"why,omitempty"` // of one that rests
	To        int                  `json:"to"`
	Sent      int                  `json:"sent"`
	Failed    int                  `json:"failed"`
	Unknown   int                  `json:"unknown"`
	Waiting   int                  `json:"waiting"`
	Later     int                  `json:"later"` // of those waiting, until quiet hours are over
	Delivered int                  `json:"delivered"`
	Read      int                  `json:"read"`
	Clicked   int                  `json:"clicked"`
	Stopped   int                  `json:"stopped"`
	Gifts     int                  `json:"gifts"`
	PerMinute int                  `json:"per_minute"`
	Seconds   int                  `json:"seconds_left,omitempty"` // 0: nobody knows
}

func (a *App) campaignNow(ctx context.Context, v *visitor, id string) (now []byte, open bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	p, err := a.Engine.CampaignProgress(ctx, v.Program.ID, id)
	if err != nil {
		return nil, false, err
	}
	now, err = json.Marshal(campaignNow{
		State: p.Campaign.State, Why: p.Campaign.Why, To: p.To, Sent: p.Sent, Failed: p.Failed, Unknown: p.Unknown, Waiting: p.Waiting, Later: p.Pace.Later,
		Delivered: p.Delivered, Read: p.Read, Clicked: p.Clicked, Stopped: p.Stopped, Gifts: p.Gifts, PerMinute: p.Pace.PerMinute,
		Seconds: int((p.Pace.Left + time.Second - 1) / time.Second),
	})
	return now, p.Campaign.State.Open(), err
}

// campaignEvery is how often it is looked how far a campaign is.
const campaignEvery = 2 * time.Second

// liveCampaign tells whoever may send how far a campaign is, as server-sent events: at once and whenever that changes. The last one, of a campaign that is
// over, is called "end": there is nothing to come back for.
func (a *App) liveCampaign(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if !v.markets() {
		return errStaff
	}
	id := r.PathValue("id")
	now, open, err := a.campaignNow(r.Context(), v, id)
	if err != nil || r.Method == http.MethodHead {
		return err
	}
	watching, end := a.hub.watch(v.Program.ID, "campaign "+id) // to count who does
	if watching == nil {
		return &engine.Error{Kind: engine.KindBusy, ID: "busy"}
	}
	defer end()
	look := time.NewTicker(a.campaignEvery)
	defer look.Stop()
	told := now
	sendEvents(a, w, r, v, campaignEvent(now, open), open, look.C, func() (string, bool) {
		now, open, err := a.campaignNow(r.Context(), v, id)
		if err != nil {
			return "", false // the page asks again, and is told what is wrong
		}
		if bytes.Equal(now, told) && open {
			return "", true
		}
		told = now
		return campaignEvent(now, open), open
	}, func() bool {
		still, err := a.meet(r.Context(), v.Program, v.session)
		return err == nil && still.markets()
	})
	return nil
}

// campaignEvent is how far a campaign is, as an event.
func campaignEvent(now []byte, open bool) string {
	if !open {
		return "event: end\ndata: " + string(now) + "\n\n"
	}
	return "data: " + string(now) + "\n\n"
}
