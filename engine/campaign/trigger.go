package campaign

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/engine/segment"
)

// Event is what a trigger waits for.
type Event string

// The events. Those of the first list are found on the calendar, once on each local day, the others happen at an instant.
const (
	EventBirthday   Event = "birthday"    // Days after the birthday, before it when they are less than zero
	EventSleeping   Event = "sleeping"    // the own rhythm is exceeded by Number hundredths, or, when that is 0, the last visit was Days ago
	EventReminder   Event = "reminder"    // the last visit was Days ago, and was the one with that Number (0 any)
	EventBurning    Event = "burning"     // points end in Days
	EventTierEnding Event = "tier_ending" // the term of a tier (Name, "" any) ends in Days
	EventCoupon     Event = "coupon"      // a coupon of a kind (Name, "" any) ends in Days

	EventJoined       Event = "joined"
	EventPurchase     Event = "purchase"      // the one with that Number (0 any), of Amount or more
	EventTierUp       Event = "tier_up"       // to the tier Name ("" any)
	EventStamps       Event = "stamps"        // a card (Name) has Number stamps, or, when that is 0, all but one
	EventFriendJoined Event = "friend_joined" // by the member's invitation
	EventFriendPaid   Event = "friend_paid"   // a friend's purchase brought the member a reward
	EventRating       Event = "rating"        // of Number stars or fewer
	EventCustom       Event = "event"         // what a till or the shop calls Name
)

var (
	calendarEvents = []Event{EventBirthday, EventSleeping, EventReminder, EventBurning, EventTierEnding, EventCoupon}
	instantEvents  = []Event{EventJoined, EventPurchase, EventTierUp, EventStamps, EventFriendJoined, EventFriendPaid, EventRating, EventCustom}
)

// Events lists all events in the order in which they are offered.
func Events() []Event { return append(slices.Clone(instantEvents), calendarEvents...) }

// Calendar reports whether an event is found by going through a day.
func (e Event) Calendar() bool { return slices.Contains(calendarEvents, e) }

// NotifyManagers stands in [Trigger.Notify] for owners and managers together.
const NotifyManagers = "managers"

// Trigger is what a plan waits for, and what it does beside its message and its gift. Which of the fields an event asks for is said with the event.
type Trigger struct {
	On     Event        `json:"on"`
	Name   string       `json:"name,omitempty"`
	Number int64        `json:"number,omitempty"`
	Amount money.Amount `json:"amount,omitempty"`
	Days   int          `json:"days,omitempty"`
	// Minute is when on the member's local day an event of the calendar comes, counted from midnight on the clock on the wall.
	Minute int `json:"minute,omitempty"`
	// Delay is how long after an event that happens at an instant.
	Delay time.Duration `json:"delay,omitempty"`
	// Tag is put on the member's card, "" none.
	Tag string `json:"tag,omitempty"`
	// Notify is which staff are told: a role, or [NotifyManagers]; "" nobody.
	Notify string `json:"notify,omitempty"`
}

// Happening is something that happened to a member at an instant.
type Happening struct {
	Event  Event
	ID     string // of the posting, sale, friend or report: the same however often it is told
	At     time.Time
	Name   string       // the tier reached, the stamp card, the event
	Number int64        // which purchase it is (0 not known); the stars; the stamps that are on the card now
	Before int64        // the stamps that were
	Full   int64        // the stamps that the card asks for
	Amount money.Amount // of a purchase
}

// Strikes reports whether a happening is what the trigger waits for.
func (t *Trigger) Strikes(h Happening) bool {
	if t.On != h.Event || t.Name != "" && t.Name != h.Name {
		return false
	}
	switch t.On {
	case EventPurchase:
		return h.Amount >= t.Amount && (t.Number == 0 || t.Number == h.Number)
	case EventStamps:
		target := t.Number
		if target == 0 {
			target = h.Full - 1
		}
		return h.Before < target && target <= h.Number
	case EventRating:
		return h.Number <= t.Number
	}
	return true
}

// Period says what of a member's life a happening belongs to: the trigger fires once in it, whatever is repeated. Joining has one, and so has
// the purchase of a number ("1", "2"). Any purchase, stamps, and the purchase of a friend have that of their posting, a tier and an event that of their
// report, a friend who joined that of the friend, and a mark that of its sale, which is the same when the guest changes the mind.
func (t *Trigger) Period(h Happening) string {
	switch {
	case t.On == EventJoined:
		return string(EventJoined)
	case t.On == EventPurchase && t.Number > 0:
		return strconv.FormatInt(t.Number, 10)
	}
	return h.ID
}

// DayPeriod is the period of an event of the calendar, found on a day: the year of the birthday, the day of the last visit, or the last day on
// which points, tier or coupon are good.
func (t *Trigger) DayPeriod(day rules.Date, lastVisit segment.Day) string {
	switch t.On {
	case EventBirthday:
		return string(day.Add(-t.Days))[:len("2006")]
	case EventSleeping, EventReminder:
		return string(lastVisit.Date())
	}
	return string(day.Add(t.Days - 1))
}

// Condition is what must be true of a member, beside the audience, for an event of the calendar to be on a day. Of what ends, it is everybody: the
// books say whose it is.
func (t *Trigger) Condition() segment.Expr {
	is := func(fact string, op segment.Op, n int64) segment.Expr {
		return segment.Cond{Fact: fact, Op: op, Values: []segment.Value{{Number: n}}}
	}
	switch t.On {
	case EventBirthday:
		if t.Days > 0 {
			return is("birthday_ago", segment.OpIs, int64(t.Days))
		}
		return is("birthday", segment.OpIs, int64(-t.Days))
	case EventSleeping:
		if t.Number > 0 {
			return is("rhythm", segment.OpAtLeast, t.Number)
		}
		return is("last_visit", segment.OpIs, int64(t.Days))
	case EventReminder:
		away := is("last_visit", segment.OpIs, int64(t.Days))
		if t.Number > 0 {
			return segment.All{away, is("visits", segment.OpIs, t.Number)}
		}
		return away
	}
	return segment.All{}
}

// Begins reports whether the condition begins to hold on a day for a member with such visits: the trigger is not for who was sleeping before.
func (t *Trigger) Begins(m *segment.Member, day segment.Day) bool {
	return t.On != EventSleeping || t.Number == 0 || !segment.Match(t.Condition(), m, day-1)
}

// Late is how long after its time something that a trigger does is worth doing.
const Late = 24 * time.Hour

// Bounds of triggers.
const (
	MaxTriggerDelay = 30 * 24 * time.Hour
	maxTriggerDays  = 365
	maxTriggerTag   = 32 // characters
	maxRhythm       = 10_000
	maxCount        = 1000
)

// acts reports whether a plan does something beside writing to the member.
func (p *Plan) acts() bool {
	return p.Gift != nil || p.Trigger != nil && (p.Trigger.Tag != "" || p.Trigger.Notify != "")
}

// Acts reports whether a trigger does something beside writing to the member: a gift, a tag, a word to staff. That is done for everybody whom it is for,
// whether a message reaches them or not.
func (p Plan) Acts() bool { return p.Trigger != nil && p.acts() }

// trigger checks what a plan waits for.
func (c *checker) trigger(t *Trigger) {
	if !slices.Contains(Events(), t.On) {
		c.add(ProblemTrigger).Near = string(t.On)
		return
	}
	c.triggerNumber(t)
	c.triggerName(t)
	if t.Amount < 0 || t.Amount > rules.MaxTotal {
		c.add(ProblemNumber)
	}
	if t.On.Calendar() {
		if t.Minute < 0 || t.Minute >= minutesPerDay {
			c.add(ProblemTriggerTime)
		}
	} else if t.Delay < 0 || t.Delay > MaxTriggerDelay {
		c.add(ProblemTriggerDelay, "Max", int(MaxTriggerDelay/(24*time.Hour)))
	}
	if n := utf8.RuneCountInString(t.Tag); n > maxTriggerTag || t.Tag != strings.ToLower(strings.TrimSpace(t.Tag)) || strings.ContainsFunc(t.Tag, unicode.IsControl) {
		c.add(ProblemTriggerTag, "Max", maxTriggerTag).Near = t.Tag
	}
	if !slices.Contains([]string{"", NotifyManagers, "owner", "manager", "marketer", "cashier"}, t.Notify) {
		c.add(ProblemTriggerStaff).Near = t.Notify
	}
	if len(c.plan.Variants) == 0 && !c.plan.acts() {
		c.add(ProblemTriggerNothing)
	}
	if never := t.never(c.shop); never != "" {
		c.warn(never)
	}
	if t.On == EventBirthday && !c.shop.Birthdays() {
		c.warn(ProblemTriggerBirthdays)
	}
}

// never is what the shop lacks for an event to come at all, "" nothing that can be told.
func (t *Trigger) never(s *rules.Settings) string {
	switch t.On {
	case EventStamps:
		if len(s.Stamps) == 0 {
			return ProblemTriggerStamps
		}
	case EventTierUp, EventTierEnding:
		if len(s.Tiers.List) == 0 {
			return ProblemTriggerTiers
		}
	case EventCoupon:
		if len(s.Coupons) == 0 {
			return ProblemTriggerCoupons
		}
	case EventFriendPaid:
		if !s.Referral.On {
			return ProblemTriggerFriends
		}
	case EventRating:
		if !s.Feedback.On {
			return ProblemTriggerStars
		}
	}
	return ""
}

func (c *checker) triggerNumber(t *Trigger) {
	days := func(least, most int) { c.between(ProblemTriggerDays, t.Days, least, most) }
	number := func(least, most int) {
		if t.Number < int64(least) || t.Number > int64(most) {
			c.add(ProblemTriggerNumber, "Least", least, "Max", most)
		}
	}
	switch t.On {
	case EventBirthday:
		days(-60, 60)
	case EventSleeping:
		if t.Number != 0 {
			number(100, maxRhythm)
		} else {
			days(1, maxTriggerDays)
		}
	case EventReminder:
		days(1, maxTriggerDays)
		number(0, maxCount)
	case EventBurning, EventTierEnding, EventCoupon:
		days(1, maxTriggerDays)
	case EventPurchase, EventStamps:
		number(0, maxCount)
	case EventRating:
		number(1, rules.MostStars)
	}
}

func (c *checker) triggerName(t *Trigger) {
	known := true
	switch t.On {
	case EventTierUp, EventTierEnding:
		known = t.Name == "" || c.shop.Tier(t.Name) != nil
	case EventCoupon:
		_, known = c.shop.CouponKind(t.Name)
		known = known || t.Name == ""
	case EventStamps:
		known = t.Name == "" || c.shop.StampCard(t.Name) != nil
	case EventCustom:
		known = t.Name != "" && t.Name == strings.TrimSpace(t.Name) && len(t.Name) <= maxTitle
	default:
		known = t.Name == ""
	}
	if !known {
		c.add(ProblemTriggerName).Near = t.Name
	}
}
