package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"kartka/engine/campaign"
	"kartka/engine/ledger"
	"kartka/engine/rules"
)

// EventInput is something a member did that the shop or a till reports by name: a review left, a survey filled in.
type EventInput struct {
	Key       string
	ProgramID string
	MemberID  string
	Event     string // name, as rules have it
	StaffID   string // "" = a till or the operator
	// LocationID and Source say where it happened, for rules that ask: see [SaleInput].
	LocationID string
	Source     string
}

// Event sets off the rules that wait for an event, all of them in one posting. What they give is in the answer; where limits let none
// of them give anything the answer says why, has no posting, and no value is stored. Triggers that wait for the event are told of it, once for each key.
// An event that neither a rule nor a running trigger waits for is KindNotFound.
func (e *Engine) Event(ctx context.Context, in EventInput) (Posted, error) {
	program, err := e.activeProgram(ctx, in.ProgramID)
	if err != nil {
		return Posted{}, err
	}
	if in.Key == "" {
		return Posted{}, fail(KindInvalid, "key_missing")
	}
	in.Event = strings.TrimSpace(in.Event)
	hash, err := hashOf(in)
	if err != nil {
		return Posted{}, err
	}
	var answer Posted
	work := e.workOn(program.ID, in.MemberID, in.StaffID, in.Key)
	work.LocationID = in.LocationID
	work.Run = func(tx Tx) (err error) {
		answer, err = e.eventIn(ctx, tx, program, in, hash)
		return err
	}
	err = e.write(ctx, work)
	return answer, err
}

func (e *Engine) eventIn(ctx context.Context, tx Tx, program Program, in EventInput, hash string) (Posted, error) {
	member, account, err := lockMember(ctx, tx, program.ID, in.MemberID)
	if err != nil {
		return Posted{}, err
	}
	if old, err := known(ctx, tx, program.ID, in.Key); err != nil {
		return Posted{}, err
	} else if old != nil {
		return replay(*old, hash)
	}
	switch {
	case member == nil:
		return Posted{}, fail(KindNotFound, "member_not_found")
	case member.State != MemberActive:
		return Posted{}, refuseState(member.State)
	}
	if in.StaffID != "" {
		holder := member.Holder()
		if err := checkStaff(ctx, tx, SaleInput{ProgramID: program.ID, StaffID: in.StaffID}, &holder); err != nil {
			return Posted{}, err
		}
	}
	now := e.Now()
	due := triggered(program.Settings, rules.TriggerEvent, in.Event, now)
	told, err := e.tellTriggers(ctx, tx, member.ID, in, now)
	switch {
	case err != nil:
		return Posted{}, err
	case len(due) == 0 && told:
		return Posted{MemberID: member.ID, Balance: BalanceOf(&account, now), At: now}, nil
	case len(due) == 0:
		return Posted{}, fail(KindNotFound, "event_unknown", "Event", in.Event)
	}
	place, err := placeOf(ctx, tx, program.ID, in.LocationID)
	if err != nil {
		return Posted{}, err
	}
	a := award{program: program, member: *member, account: account, rules: due, key: in.Key, hash: hash, staffID: in.StaffID,
		place: place, channel: in.Source, at: now}
	if err := a.readStanding(ctx, tx); err != nil {
		return Posted{}, err
	}
	answer, err := e.award(ctx, tx, &a)
	if err != nil || answer.PostingID == "" {
		return answer, err
	}
	if err := tx.Enqueue(ctx, e.awardNotice(&a, answer)); err != nil {
		return Posted{}, fmt.Errorf("queue notice: %w", err)
	}
	return answer, nil
}

// tellTriggers notes an event for the triggers that wait for it, and reports whether there are any.
func (e *Engine) tellTriggers(ctx context.Context, tx Tx, memberID string, in EventInput, now time.Time) (told bool, err error) {
	running, err := tx.Campaigns(ctx, in.ProgramID, CampaignRunning)
	if err != nil {
		return false, fmt.Errorf("read campaigns: %w", err)
	}
	waits := func(c Campaign) bool {
		on := c.Plan.Trigger
		return on != nil && on.On == campaign.EventCustom && on.Name == in.Event
	}
	if !slices.ContainsFunc(running, waits) {
		return false, nil
	}
	sum := sha256.Sum256([]byte(in.Key))
	return true, happened(ctx, tx, in.ProgramID, memberID, campaign.Happening{Event: campaign.EventCustom, ID: hex.EncodeToString(sum[:16]), Name: in.Event, At: now})
}

// joinRules gives a new member what rules promise for joining, in the transaction of the joining itself. The account is as it stands after
// the welcome.
func (e *Engine) joinRules(ctx context.Context, tx Tx, program Program, m Member, account ledger.Account, channel string, at time.Time) (Posted, *Outbound, error) {
	due := triggered(program.Settings, rules.TriggerJoin, "", at)
	if len(due) == 0 {
		return Posted{}, nil, nil
	}
	place, err := placeOf(ctx, tx, program.ID, m.JoinedAtLocation)
	if err != nil {
		return Posted{}, nil, err
	}
	key := "join:" + m.ID
	a := award{program: program, member: m, account: account, standing: rules.Standing{JoinedAt: m.JoinedAt}, rules: due, key: key, hash: key,
		place: place, channel: channel, at: at}
	answer, err := e.award(ctx, tx, &a)
	if err != nil || answer.PostingID == "" {
		return answer, nil, err
	}
	notice := e.awardNotice(&a, answer)
	return answer, &notice, nil
}

func placeOf(ctx context.Context, reads ProgramReads, programID, locationID string) (*Location, error) {
	if locationID == "" {
		return nil, nil
	}
	place, err := reads.Location(ctx, programID, locationID)
	if err != nil {
		return nil, fmt.Errorf("read location: %w", err)
	}
	return &place, nil
}

// triggered lists the rules of a trigger that are in force on the local day of an instant.
func triggered(settings *rules.Settings, on rules.Trigger, event string, at time.Time) []*rules.Rule {
	day := rules.DateOf(at, settings.Zone)
	var due []*rules.Rule
	for i := range settings.Rules {
		if r := &settings.Rules[i]; r.On == on && r.Event == event && inForce(r, day) {
			due = append(due, r)
		}
	}
	return due
}

// inForce reports whether a rule is switched on and within its dates.
func inForce(r *rules.Rule, day rules.Date) bool {
	return !r.Paused && (r.From == "" || r.From <= day) && (r.To == "" || day <= r.To)
}
