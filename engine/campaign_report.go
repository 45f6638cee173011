package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"kartka/engine/campaign"
	"kartka/engine/money"
)

// CampaignProgress says how far a campaign has come.
type CampaignProgress struct {
	Campaign Campaign
	To       int // who is to get it
	Sent     int // the messenger has taken it
	Failed   int // it was refused, or given up before it was tried
	Unknown  int // it may have arrived
	Waiting  int // to come
	Silent   int // of a trigger: it did something for them, and says nothing
	Gifts    int // what was given
	// Delivered and Read are what messengers tell; some tell neither.
	Delivered, Read, Clicked, Stopped int
	Reasons                           []ReasonCount // of Failed, most first
	Variants                          []VariantProgress
	Pace                              CampaignPace // of one that runs
}

// Done is how many are over, whatever came of it.
func (p *CampaignProgress) Done() int { return p.Sent + p.Failed + p.Unknown }

// ReasonCount counts messages that did not arrive for one reason: one of the constants Reason…, or "refused" by the messenger.
type ReasonCount struct {
	Reason string
	N      int
}

// VariantProgress is what became of one variant.
type VariantProgress struct {
	Sent, Clicked, Stopped int
}

// ReasonRefused stands for what a messenger refuses for good.
const ReasonRefused = "refused"

// CampaignProgress counts what has become of a campaign so far.
func (e *Engine) CampaignProgress(ctx context.Context, programID, id string) (CampaignProgress, error) {
	c, err := e.Campaign(ctx, programID, id)
	if err != nil {
		return CampaignProgress{}, err
	}
	p := CampaignProgress{Campaign: c, To: c.Sizes.To, Variants: make([]VariantProgress, len(c.Plan.Variants))}
	counts, err := e.store.DeliveryCounts(ctx, programID, id)
	if err != nil {
		return CampaignProgress{}, fmt.Errorf("count deliveries: %w", err)
	}
	reasons := map[string]int{}
	waiting, sending := 0, 0
	for _, n := range counts {
		p.Gifts, p.Delivered, p.Read = p.Gifts+n.Gifts, p.Delivered+n.Delivered, p.Read+n.Read
		p.Clicked, p.Stopped = p.Clicked+n.Clicked, p.Stopped+n.Stopped
		switch n.State {
		case OutboundSent:
			p.Sent += n.N
		case OutboundSending:
			sending, waiting = sending+n.N, waiting+n.N
		case OutboundUnknown:
			p.Unknown += n.N
		case OutboundQueued:
			waiting += n.N
		case OutboundFailed, OutboundDropped:
			if n.Reason == ReasonHeld {
				continue
			}
			if n.Reason == ReasonSilent {
				p.Silent += n.N
				continue
			}
			p.Failed += n.N
			reasons[reasonOf(n.Reason)] += n.N
		}
		if n.Variant >= 0 && n.Variant < len(p.Variants) {
			v := &p.Variants[n.Variant]
			v.Clicked, v.Stopped = v.Clicked+n.Clicked, v.Stopped+n.Stopped
			if n.State == OutboundSent {
				v.Sent += n.N
			}
		}
	}
	if rest := p.To - p.Done(); rest > 0 && c.Kind == CampaignBroadcast && !c.State.Open() && !c.StartedAt.IsZero() {
		p.Failed += rest
		reasons[c.unwritten()] += rest
	}
	for reason, n := range reasons {
		p.Reasons = append(p.Reasons, ReasonCount{reason, n})
	}
	slices.SortFunc(p.Reasons, func(a, b ReasonCount) int { return cmp.Or(b.N-a.N, strings.Compare(a.Reason, b.Reason)) })
	switch {
	case c.Kind == CampaignTrigger:
		p.Waiting = waiting
		p.To = p.Done() + waiting
	case c.State.Open():
		p.Waiting = max(0, p.To-p.Done())
	}
	if c.State == CampaignRunning {
		if p.Pace, err = e.pace(ctx, &c, p.Waiting, sending); err != nil {
			return CampaignProgress{}, err
		}
	}
	return p, nil
}

// unwritten is why members of the audience of a broadcast that is over have no delivery: it ended before theirs was written, or they left before that.
func (c *Campaign) unwritten() string {
	switch {
	case c.State == CampaignCancelled:
		return ReasonCancelled
	case c.Plan.Late(c.EndedAt):
		return ReasonLate
	}
	return ReasonGone
}

// reasonOf is the reason of a delivery as people are told it.
func reasonOf(reason string) string {
	known := []string{ReasonCancelled, ReasonLate, ReasonBlocked, ReasonNoConsent, ReasonUnreachable, ReasonCapped, ReasonGone, ReasonCard, ReasonGift, ReasonCame}
	switch {
	case slices.Contains(known, reason):
		return reason
	case reason == "erased":
		return ReasonGone
	case reason == ReasonOptedOut:
		return ReasonNoConsent
	}
	return ReasonRefused
}

// CampaignReport says what a campaign came to.
type CampaignReport struct {
	CampaignProgress
	// Came, Visits and Revenue are of those who got the message, after it and within its days, whatever brought them. Of a trigger they are of all whom it was
	// for and who were not held out.
	Came    int
	Visits  int
	Revenue money.Amount
	Presses []PressCount
	// Proof compares all whom it was for with those who were held out, over the same days: from the first message until the days of the last are over. It is
	// what the campaign itself brought.
	Proof campaign.Proof
	Held  int
	// Contest says which variant does better, where there are several.
	Contest campaign.Contest
	// Until is when the days are over that count, Over whether they are.
	Until time.Time
	Over  bool
}

// CampaignReport reads what a campaign came to by now. Purchases count within the days of its plan.
func (e *Engine) CampaignReport(ctx context.Context, programID, id string) (CampaignReport, error) {
	progress, err := e.CampaignProgress(ctx, programID, id)
	if err != nil {
		return CampaignReport{}, err
	}
	c := &progress.Campaign
	r := CampaignReport{CampaignProgress: progress, Held: c.Sizes.Held}
	if r.Presses, err = e.store.PressCounts(ctx, programID, id); err != nil {
		return CampaignReport{}, fmt.Errorf("count presses: %w", err)
	}
	if c.Kind == CampaignTrigger {
		return r, e.triggerReport(ctx, &r)
	}
	if c.StartedAt.IsZero() {
		r.Proof.Reason = campaign.FewGot
		return r, nil
	}
	now := e.Now()
	last := now // while it goes on, and however long it rests, the last message is still to come
	if !c.EndedAt.IsZero() {
		last = c.EndedAt
	}
	r.Until = c.Attributed(last)
	r.Over = now.After(r.Until)
	got, err := e.store.BoughtAfter(ctx, programID, id, c.StartedAt, r.Until)
	if err != nil {
		return CampaignReport{}, fmt.Errorf("read purchases: %w", err)
	}
	for _, b := range got {
		r.Came++
		r.Visits += b.Visits
		r.Revenue += money.Amount(b.Revenue)
	}
	if r.Contest, err = e.contest(ctx, c, got); err != nil {
		return CampaignReport{}, err
	}
	r.Proof, err = e.proof(ctx, c, r.Until)
	return r, err
}

// contest compares the variants of a campaign by what those did who were told each. Who is told which is drawn, so that nothing else tells them apart.
func (e *Engine) contest(ctx context.Context, c *Campaign, bought []Bought) (campaign.Contest, error) {
	if len(c.Plan.Variants) < 2 {
		return campaign.Contest{}, nil
	}
	counts, err := e.store.VariantCounts(ctx, c.ProgramID, c.ID)
	if err != nil {
		return campaign.Contest{}, fmt.Errorf("count variants: %w", err)
	}
	arms := make([]campaign.Arm, len(c.Plan.Variants))
	for _, n := range counts {
		if n.Variant >= 0 && n.Variant < len(arms) {
			arms[n.Variant] = campaign.Arm{Reached: n.Reached, Pressed: n.Pressed, Group: campaign.Group{Members: n.Members}}
		}
	}
	for _, b := range bought {
		if b.Variant >= 0 && b.Variant < len(arms) {
			arms[b.Variant].Add(int64(b.Visits), money.Amount(b.Revenue))
		}
	}
	return campaign.CompareVariants(arms), nil
}

// proof compares everybody whom a campaign was for with those who were held out, over the same days.
func (e *Engine) proof(ctx context.Context, c *Campaign, until time.Time) (campaign.Proof, error) {
	to, err := e.store.AudienceHas(ctx, c.ProgramID, c.ID, false)
	if err != nil {
		return campaign.Proof{}, fmt.Errorf("read audience: %w", err)
	}
	heldOut, err := e.store.AudienceHas(ctx, c.ProgramID, c.ID, true)
	if err != nil {
		return campaign.Proof{}, fmt.Errorf("read audience: %w", err)
	}
	bought, err := e.store.BoughtBetween(ctx, c.ProgramID, c.StartedAt, until)
	if err != nil {
		return campaign.Proof{}, fmt.Errorf("read purchases: %w", err)
	}
	got, held := campaign.Group{Members: c.Sizes.To}, campaign.Group{Members: c.Sizes.Held}
	for _, b := range bought {
		switch {
		case to(b.No):
			got.Add(int64(b.Visits), money.Amount(b.Revenue))
		case heldOut(b.No):
			held.Add(int64(b.Visits), money.Amount(b.Revenue))
		}
	}
	return campaign.Compare(got, held), nil
}

// completeCampaign adds to a notice how far its campaign has come, and under "name" the name of whom it says that they did something. A campaign that is gone
// leaves it as it is.
func (e *Engine) completeCampaign(ctx context.Context, programID string, n *Notice) error {
	id, _ := n.Args["campaign"].(string)
	p, err := e.CampaignProgress(ctx, programID, id)
	if IsKind(err, KindNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	n.Campaign = &p
	by, _ := n.Args["by"].(string)
	if by == "" {
		return nil
	}
	staff, err := e.store.Staff(ctx, programID, by)
	if IsKind(err, KindNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read staff: %w", err)
	}
	n.Args["name"] = staff.Name
	return nil
}
