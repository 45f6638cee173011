package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kartka/engine/campaign"
	"kartka/engine/rules"
	"kartka/engine/segment"
)

// OpenedDelivery says what is to be done with a delivery at the moment of sending.
type OpenedDelivery struct {
	Drop string    // a reason not to send it at all
	Wait time.Time // not before
	Gift *CampaignGift
}

// OpenDelivery decides at the last moment whether a claimed delivery may be sent to the person who is there now, and gives what the campaign gives: before the
// message that tells of it, and once however often that is tried. The quiet hours are those of this moment, consent and card those of when p was read, and the cap
// of messages that of the claim.
func (e *Engine) OpenDelivery(ctx context.Context, c *Campaign, d *Delivery, p *Person) (OpenedDelivery, error) {
	now := e.Now()
	settings := p.Program.Settings
	switch {
	case c.Kind == CampaignTrigger && !d.Due.IsZero() && now.After(d.Due.Add(campaign.Late)):
		return OpenedDelivery{Drop: ReasonLate}, nil
	case c.Plan.Late(now):
		return OpenedDelivery{Drop: ReasonLate}, nil
	case !p.Contact.BlockedAt.IsZero():
		return OpenedDelivery{Drop: ReasonBlocked}, nil
	case p.Member == nil || p.Member.State == MemberErased:
		return OpenedDelivery{Drop: ReasonGone}, nil
	case p.Member.State == MemberBlocked:
		return OpenedDelivery{Drop: ReasonCard}, nil
	case !p.Consent[PurposeMarketing]:
		return OpenedDelivery{Drop: ReasonNoConsent}, nil
	case settings.CampaignRules().Cap.Messages > 0 && d.Recent >= settings.CampaignRules().Cap.Messages:
		return OpenedDelivery{Drop: ReasonCapped}, nil
	}
	zone := settings.Zone
	if place := p.Member.JoinedAtLocation; place != "" {
		l, err := e.place(ctx, p.Program.ID, place)
		if err != nil {
			return OpenedDelivery{}, err
		}
		if l != nil {
			zone = ZoneOf(settings, l.Zone)
		}
	}
	if awake := campaign.QuietOf(settings).End(now, zone); !awake.IsZero() {
		return OpenedDelivery{Wait: awake}, nil
	}
	if came, err := e.cameBefore(ctx, c, d, p); err != nil || came {
		return OpenedDelivery{Drop: ReasonCame}, err
	}
	if c.Plan.Gift == nil {
		return OpenedDelivery{}, nil
	}
	gift, err := e.giveGift(ctx, p.Program, c, d)
	var refused *Error
	if errors.As(err, &refused) && refused.Kind != KindBusy && refused.Kind != KindTaken {
		return OpenedDelivery{Drop: ReasonGift}, nil
	}
	if err != nil {
		return OpenedDelivery{}, err
	}
	d.Gift = gift.PostingID
	return OpenedDelivery{Gift: &gift}, nil
}

// cameBefore reports whether a member whom a trigger is to ask back has come since it was found out.
func (e *Engine) cameBefore(ctx context.Context, c *Campaign, d *Delivery, p *Person) (bool, error) {
	on := c.Plan.Trigger
	if c.Kind != CampaignTrigger || on == nil || on.On != campaign.EventSleeping && on.On != campaign.EventReminder {
		return false, nil
	}
	standing, err := e.store.Standing(ctx, c.ProgramID, p.Member.ID, StandingQuery{})
	if err != nil {
		return false, fmt.Errorf("read standing: %w", err)
	}
	return string(rules.DateOf(standing.LastVisit, p.Program.Settings.Zone)) > d.Period, nil
}

// Attributed is until when what a person does is put down to a message sent now.
func (c *Campaign) Attributed(sent time.Time) time.Time {
	return sent.Add(time.Duration(max(1, c.Plan.Window)) * 24 * time.Hour)
}

// RecentSince is from when on messages of campaigns count towards what a person may get; zero when there is no cap.
func (e *Engine) RecentSince(p Program) time.Time { return capSince(p.Settings, e.Now()) }

// broken reports whether an error says that what a plan speaks of is not there any more: a segment, a coupon, a language.
func broken(err error) bool {
	var gone *segment.Problem
	var wrong *campaign.Problem
	return errors.As(err, &gone) || errors.As(err, &wrong)
}
