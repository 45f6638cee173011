package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kartka/engine/campaign"
	"kartka/engine/rules"
)

// TriggerPreview says whom a trigger would reach on a day, and why not the others.
type TriggerPreview struct {
	Campaign Campaign
	Day      rules.Date
	// Known is false of what cannot be told ahead: it happens when it happens. Purchases of a day that has been are known.
	Known   bool
	Matched int // times that it would strike
	To      int // get what it says or does
	Held    int
	Again   int            // had it in this period already
	Left    map[string]int // by reason: no_consent, unreachable
	First   []TriggerReach // some of them
}

// TriggerReach is one member whom a trigger strikes.
type TriggerReach struct {
	MemberID string
	Card     string
	Period   string
	Due      time.Time // zero when nothing comes
	Why      string    // "" it comes; "held", "again", "no_consent", "unreachable"
}

// previewFirst is how many members are named.
const previewFirst = 20

// PreviewTriggers says whom each trigger that is not over would reach on the local day of an instant. It goes by what is known of members now, and nothing
// comes of it. How many messages a person had lately is looked at when one is sent.
func (e *Engine) PreviewTriggers(ctx context.Context, programID string, asOf time.Time) ([]TriggerPreview, error) {
	program, err := e.Program(ctx, programID)
	if err != nil {
		return nil, err
	}
	all, err := e.store.Campaigns(ctx, programID, CampaignDraft, CampaignRunning, CampaignPaused)
	if err != nil {
		return nil, fmt.Errorf("read campaigns: %w", err)
	}
	zones, err := e.zones(ctx, program)
	if err != nil {
		return nil, err
	}
	slices.Reverse(all)
	var previews []TriggerPreview
	for i := range all {
		if all[i].Kind != CampaignTrigger || all[i].Plan.Trigger == nil {
			continue
		}
		p, err := e.previewTrigger(ctx, program, zones, all[i], asOf)
		if err != nil {
			return nil, err
		}
		previews = append(previews, p)
	}
	return previews, nil
}

// PreviewTrigger is [Engine.PreviewTriggers] of one trigger, which need not be kept yet. An audience that cannot be asked for is a *segment.Problem.
func (e *Engine) PreviewTrigger(ctx context.Context, programID string, c Campaign, asOf time.Time) (TriggerPreview, error) {
	if c.Plan.Trigger == nil {
		return TriggerPreview{}, fail(KindNotFound, "campaign_not_found")
	}
	program, err := e.Program(ctx, programID)
	if err != nil {
		return TriggerPreview{}, err
	}
	zones, err := e.zones(ctx, program)
	if err != nil {
		return TriggerPreview{}, err
	}
	return e.previewTrigger(ctx, program, zones, c, asOf)
}

func (e *Engine) previewTrigger(ctx context.Context, program Program, zones []*time.Location, c Campaign, asOf time.Time) (TriggerPreview, error) {
	p := TriggerPreview{Campaign: c, Day: rules.DateOf(asOf, program.Settings.Zone), Left: map[string]int{}}
	c.Start = time.Time{} // as if it had always been on
	x, err := e.strikeExpr(ctx, &c)
	if err != nil {
		return p, fmt.Errorf("trigger %s: %w", c.ID, err)
	}
	s := Strike{Program: program, Expr: x, After: -1}
	switch {
	case c.Plan.Trigger.On.Calendar():
		err = e.previewDay(ctx, &c, &p, c.strikeOn(s, p.Day), c.dayComes(p.Day, zones))
	case c.Plan.Trigger.On == campaign.EventPurchase:
		err = e.previewPurchases(ctx, &c, &p, s)
	}
	if err != nil {
		return p, fmt.Errorf("trigger %s: %w", c.ID, err)
	}
	return p, nil
}

func (e *Engine) previewDay(ctx context.Context, c *Campaign, p *TriggerPreview, s Strike, comes time.Time) error {
	p.Known = true
	for {
		all, err := e.struck(ctx, s)
		if err != nil {
			return err
		}
		left := func(m *Struck, why string) { p.left(m.MemberID, why) }
		if err := e.preview(ctx, p, c.struckOn(s.Program, p.Day, all, comes, left)); err != nil {
			return err
		}
		if len(all) < s.Limit {
			return e.nameReached(ctx, p)
		}
		s.After = all[len(all)-1].No
	}
}

// previewPurchases goes by the purchases of the day.
func (e *Engine) previewPurchases(ctx context.Context, c *Campaign, p *TriggerPreview, s Strike) error {
	zone := s.Program.Settings.Zone
	from, to := p.Day.Start(zone), p.Day.Add(1).Start(zone)
	by, accounts := map[string][]campaign.Happening{}, []string{}
	var members []string
	err := e.store.EachSale(ctx, s.Program.ID, from, to, func(sale Sale) error {
		if sale.MemberID == "" || sale.Total > 0 && sale.ReturnedTotal >= sale.Total {
			return nil
		}
		if by[sale.MemberID] == nil {
			members, accounts = append(members, sale.MemberID), append(accounts, sale.AccountID)
		}
		by[sale.MemberID] = append(by[sale.MemberID], campaign.Happening{Event: campaign.EventPurchase, ID: sale.ID, At: sale.OccurredAt, Amount: sale.Total - sale.Discount})
		return nil
	})
	if err != nil {
		return fmt.Errorf("read sales: %w", err)
	}
	p.Known = len(members) > 0 || to.Before(e.Now())
	s.Day = p.Day
	for len(members) > 0 {
		n := min(len(members), strikeBatch)
		s.Members, s.Limit = members[:n], n
		purchases, err := e.store.PurchasesOf(ctx, s.Program.ID, members[:n], accounts[:n])
		if err != nil {
			return fmt.Errorf("read purchases: %w", err)
		}
		struck, err := e.struck(ctx, s)
		if err != nil {
			return err
		}
		var all []Delivery
		for i := range struck {
			m := &struck[i]
			for _, h := range by[m.MemberID] {
				if at, found := slices.BinarySearch(purchases[m.MemberID], h.ID); found {
					h.Number = int64(at) + 1
				}
				if !c.Plan.Trigger.Strikes(h) {
					continue
				}
				at := h.At.Add(c.Plan.Trigger.Delay)
				if d, why := c.comes(s.Program, m, c.Plan.Trigger.Period(h), at, at); why != "" {
					p.left(m.MemberID, why)
				} else {
					all = append(all, d)
				}
			}
		}
		if err := e.preview(ctx, p, all); err != nil {
			return err
		}
		members, accounts = members[n:], accounts[n:]
	}
	return e.nameReached(ctx, p)
}

func (p *TriggerPreview) left(memberID, why string) {
	p.Matched++
	p.Left[why]++
	p.reach(TriggerReach{MemberID: memberID, Why: why})
}

func (p *TriggerPreview) reach(r TriggerReach) {
	if len(p.First) < previewFirst {
		p.First = append(p.First, r)
	}
}

// preview counts what would be written.
func (e *Engine) preview(ctx context.Context, p *TriggerPreview, all []Delivery) error {
	fresh, err := e.store.NewDeliveries(ctx, all)
	if err != nil {
		return fmt.Errorf("read deliveries: %w", err)
	}
	type key struct {
		period string
		no     int64
	}
	isNew := map[key]bool{}
	for i := range fresh {
		isNew[key{fresh[i].Period, fresh[i].No}] = true
	}
	for i := range all {
		d := &all[i]
		r := TriggerReach{MemberID: d.MemberID, Period: d.Period, Due: d.Due}
		p.Matched++
		switch {
		case !isNew[key{d.Period, d.No}]:
			p.Again++
			r.Why = "again"
		case d.Reason == ReasonHeld:
			p.Held++
			r.Why = ReasonHeld
		default:
			p.To++
		}
		if r.Why != "" {
			r.Due = time.Time{}
		}
		p.reach(r)
	}
	return nil
}

// nameReached adds the numbers of cards.
func (e *Engine) nameReached(ctx context.Context, p *TriggerPreview) error {
	for i := range p.First {
		m, err := e.store.Member(ctx, p.Campaign.ProgramID, p.First[i].MemberID)
		if err != nil {
			return fmt.Errorf("read member: %w", err)
		}
		p.First[i].Card = m.Card
	}
	return nil
}
