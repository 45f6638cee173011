package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"kartka/engine/campaign"
	"kartka/engine/rules"
	"kartka/engine/segment"
)

// triggerDays is how many days are gone through at most of those that were missed. All but the last are too late to do anything about: they are written down as
// such.
const triggerDays = 7

// dayMark is how far a trigger has come with the calendar: all before the day is done, and of the day what is up to the place.
type dayMark struct {
	Day rules.Date `json:"day"`
	No  int64      `json:"no"`
}

func dayBookmark(c *Campaign) string { return "trigger:" + c.ID }

func readDayMark(text string) (m dayMark, err error) {
	if text == "" {
		return m, nil
	}
	if err = json.Unmarshal([]byte(text), &m); err != nil {
		return m, fmt.Errorf("read how far a trigger has come: %w", err)
	}
	return m, nil
}

// days goes through the days whose time has come.
func (r *triggerRun) days(ctx context.Context, c *Campaign) error {
	zones, err := r.engine.zones(ctx, r.program)
	if err != nil {
		return err
	}
	text, err := r.engine.store.Bookmark(ctx, c.ProgramID, dayBookmark(c))
	if err != nil {
		return fmt.Errorf("read how far a trigger has come: %w", err)
	}
	mark, err := readDayMark(text)
	if err != nil {
		return err
	}
	today := rules.DateOf(r.now, r.program.Settings.Zone)
	// A zone may be a day ahead, or behind.
	if first := max(rules.DateOf(c.Start, r.program.Settings.Zone).Add(-1), today.Add(1-triggerDays)); mark.Day < first {
		mark = dayMark{first, -1}
	}
	var strike *Strike
	for ; mark.Day <= today.Add(1); mark = (dayMark{mark.Day.Add(1), -1}) {
		if c.dayComes(mark.Day, zones).After(r.now) {
			return nil
		}
		if strike == nil {
			s, ok, err := r.expr(ctx, c)
			if err != nil || !ok {
				return err
			}
			strike = &s
		}
		if text, err = r.day(ctx, c, *strike, mark, text); err != nil {
			return err
		}
		if c.State != CampaignRunning {
			return nil
		}
	}
	return nil
}

// dayComes is when the time of a day comes for those of whom it comes first.
func (c *Campaign) dayComes(day rules.Date, zones []*time.Location) (first time.Time) {
	for _, zone := range zones {
		if at := campaign.At(day, c.Plan.Trigger.Minute, zone); first.IsZero() || at.Before(first) {
			first = at
		}
	}
	return first
}

// strikeOn is whom a trigger is for on a day.
func (c *Campaign) strikeOn(s Strike, day rules.Date) Strike {
	on, zone := c.Plan.Trigger, s.Program.Settings
	s.Day, s.Limit, s.Name = day, strikeBatch, on.Name
	switch on.On {
	case campaign.EventBurning:
		s.Ends = EndsPoints
	case campaign.EventTierEnding:
		s.Ends = EndsTier
	case campaign.EventCoupon:
		s.Ends = EndsCoupon
	default:
		return s
	}
	// Noon exists on every day, midnight does not.
	begins := func(day rules.Date) time.Time {
		return zone.PeriodStart(rules.PeriodDay, day.Start(zone.Zone).Add(12*time.Hour))
	}
	s.From, s.To = begins(day.Add(on.Days-1)), begins(day.Add(on.Days))
	return s
}

// struckOn makes deliveries of those for whom the event is on a day. Whoever gets none, and why, is told to passed.
func (c *Campaign) struckOn(program Program, day rules.Date, all []Struck, now time.Time, passed func(*Struck, string)) (deliveries []Delivery) {
	on := c.Plan.Trigger
	for i := range all {
		s := &all[i]
		m := segment.Member{Visits: [4]int64{s.Visits}, First: s.First, Last: s.Last}
		at := campaign.At(day, on.Minute, ZoneOf(program.Settings, s.Zone))
		if at.Before(c.Start) || !on.Begins(&m, segment.DayOf(day)) {
			continue
		}
		d, why := c.comes(program, s, on.DayPeriod(day, s.Last), at, now)
		if why != "" {
			passed(s, why)
			continue
		}
		deliveries = append(deliveries, d)
	}
	return deliveries
}

// day goes through a day from a place on, page by page, and returns the bookmark it leaves.
func (r *triggerRun) day(ctx context.Context, c *Campaign, s Strike, mark dayMark, text string) (string, error) {
	s = c.strikeOn(s, mark.Day)
	for {
		s.After = mark.No
		all, err := r.engine.struck(ctx, s)
		if err != nil {
			return text, err
		}
		over := len(all) < s.Limit
		next := dayMark{mark.Day.Add(1), -1}
		if !over {
			next = dayMark{mark.Day, all[len(all)-1].No}
		}
		raw, err := json.Marshal(next)
		if err != nil {
			return text, fmt.Errorf("remember how far a trigger has come: %w", err)
		}
		deliveries := c.struckOn(r.program, mark.Day, all, r.now, func(*Struck, string) {})
		n, spent := 0, false
		err = r.engine.store.InTx(ctx, func(tx Tx) (err error) {
			if err := r.hold(ctx, tx, c); err != nil {
				return err
			}
			now, err := tx.Bookmark(ctx, c.ProgramID, dayBookmark(c))
			if err != nil {
				return fmt.Errorf("read how far a trigger has come: %w", err)
			}
			if now != text {
				return errOvertaken
			}
			if n, spent, err = r.write(ctx, tx, c, deliveries); err != nil {
				return err
			}
			if err := tx.SetBookmark(ctx, c.ProgramID, dayBookmark(c), string(raw)); err != nil {
				return fmt.Errorf("remember how far a trigger has come: %w", err)
			}
			return nil
		})
		if err != nil {
			return text, err
		}
		r.done.Written += n
		text, mark = string(raw), next
		if spent {
			c.State = CampaignPaused
			r.done.Rested++
		}
		if over || spent {
			return text, nil
		}
	}
}
