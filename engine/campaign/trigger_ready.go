package campaign

import "maps"

// ReadyTrigger is a trigger that every program can switch on. Its name, what it is for and what it says are in the catalogue under "trigger.ready.".
type ReadyTrigger struct {
	ID      string
	Trigger Trigger
	Buttons []ButtonKind
}

// ready lists them. Ten in the morning is late enough for those who sleep long, and early enough to plan the day.
var ready = []ReadyTrigger{
	{ID: "welcome", Trigger: Trigger{On: EventPurchase, Number: 1}, Buttons: []ButtonKind{ButtonCard}},
	{ID: "second", Trigger: Trigger{On: EventReminder, Number: 1, Days: 14, Minute: 10 * 60}, Buttons: []ButtonKind{ButtonCard}},
	{ID: "tenth", Trigger: Trigger{On: EventPurchase, Number: 10}, Buttons: []ButtonKind{ButtonCard}},
	{ID: "birthday", Trigger: Trigger{On: EventBirthday, Days: -3, Minute: 10 * 60}, Buttons: []ButtonKind{ButtonCard}},
	{ID: "sleeping", Trigger: Trigger{On: EventSleeping, Number: 200, Minute: 10 * 60}, Buttons: []ButtonKind{ButtonCard}},
	{ID: "burning", Trigger: Trigger{On: EventBurning, Days: 7, Minute: 10 * 60}, Buttons: []ButtonKind{ButtonCard}},
	{ID: "tier", Trigger: Trigger{On: EventTierEnding, Days: 14, Minute: 10 * 60}, Buttons: []ButtonKind{ButtonCard}},
	{ID: "stamp", Trigger: Trigger{On: EventStamps}, Buttons: []ButtonKind{ButtonCard}},
	{ID: "sorry", Trigger: Trigger{On: EventRating, Number: 3, Notify: NotifyManagers}},
	{ID: "friend", Trigger: Trigger{On: EventFriendJoined}, Buttons: []ButtonKind{ButtonCard}},
}

// ReadyTriggers lists the ready-made triggers in the order in which they are offered.
func ReadyTriggers() []ReadyTrigger { return append([]ReadyTrigger(nil), ready...) }

// ReadyHoldout and ReadyWindow are how a ready-made trigger is proven: by a tenth who get nothing, over two weeks.
const (
	ReadyHoldout = 1000
	ReadyWindow  = 14
)

// Plan is the trigger's plan with the texts it says, by language. Whoever wants less of anybody's news gets none of it: each message has the button for that.
func (r ReadyTrigger) Plan(title string, texts map[string]string) Plan {
	on := r.Trigger
	p := Plan{Title: title, Trigger: &on, Holdout: ReadyHoldout, Window: ReadyWindow}
	v := Variant{Weight: 1, Content: Content{Texts: maps.Clone(texts)}}
	for _, kind := range append(r.Buttons[:len(r.Buttons):len(r.Buttons)], ButtonStop) {
		v.Buttons = append(v.Buttons, Button{Kind: kind})
	}
	p.Variants = []Variant{v}
	return p
}
