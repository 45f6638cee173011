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
	out := http.NewResponseController(w)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy that buffers would keep the news
	over := time.NewTimer(min(liveTime, time.Unix(v.session.Ends, 0).Sub(a.Engine.Now())))
	defer over.Stop()
	look, beat := time.NewTicker(a.campaignEvery), time.NewTicker(liveBeat)
	defer look.Stop()
	defer beat.Stop()
	told, say := []byte(nil), "retry: 2000\n\n"
	for {
		if !bytes.Equal(now, told) || !open {
			told = now
			if !open {
				say += "event: end\n"
			}
			say += "data: " + string(now) + "\n\n"
		}
		if say != "" {
			if _, err := w.Write([]byte(say)); err != nil {
				return nil // the page was closed
			}
			if err := out.Flush(); err != nil || !open {
				return nil
			}
		}
		say = ""
		select {
		case <-r.Context().Done():
			return nil
		case <-a.closing:
			return nil
		case <-over.C:
			return nil
		case <-look.C:
			if now, open, err = a.campaignNow(r.Context(), v, id); err != nil {
				return nil // the page asks again, and is told what is wrong
			}
		case <-beat.C:
			if still, err := a.meet(r.Context(), v.Program, v.session); err != nil || !still.markets() {
				return nil
			}
			say = ": here\n\n"
		}
	}
}
