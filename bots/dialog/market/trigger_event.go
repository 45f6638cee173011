package market

import (
	"slices"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/locales"
)

// tuning is what a trigger waits for while it is asked for, part by part.
type tuning struct {
	ID      string           `json:"id,omitempty"` // "" of one that is not made yet
	Version int64            `json:"version,omitempty"`
	On      campaign.Trigger `json:"on"`
	Part    string           `json:"part,omitempty"`  // that is asked for now
	Chain   bool             `json:"chain,omitempty"` // the next parts are asked for after it
}

// tuned is the tuning that the session is about; its part is "" when it is about none.
func tuned(v talk.View) tuning {
	if !v.Session.At(Flow, stepTune) {
		return tuning{}
	}
	return talk.Data[tuning](v.Session, Flow)
}

// The parts of what an event asks for. Each question is the same for every event that has it.
const (
	partBirthday   = "birthday" // days before it, or after
	partRhythm     = "rhythm"
	partReminder   = "reminder"    // days after a visit
	partBurning    = "burning"     // days before points end
	partTierEnding = "tier_ending" // days before a level ends
	partCoupon     = "coupon"      // days before a coupon ends
	partNumber     = "number"      // of the purchase
	partVisit      = "visit"
	partAmount     = "amount"
	partTier       = "tier"
	partKind       = "kind" // of a coupon
	partCard       = "card"
	partStamps     = "stamps"
	partStars      = "stars"
	partName       = "name" // of an event of the shop's own
	partDelay      = "delay"
	partMinute     = "minute"
)

// partsOf are what an event asks for, in the order in which it is asked. What the shop has none of is not asked.
func partsOf(v talk.View, on campaign.Event) []string {
	parts := map[campaign.Event][]string{
		campaign.EventPurchase:   {partNumber, partAmount, partDelay},
		campaign.EventTierUp:     {partTier, partDelay},
		campaign.EventStamps:     {partCard, partStamps, partDelay},
		campaign.EventRating:     {partStars, partDelay},
		campaign.EventCustom:     {partName, partDelay},
		campaign.EventBirthday:   {partBirthday, partMinute},
		campaign.EventSleeping:   {partRhythm, partMinute},
		campaign.EventReminder:   {partReminder, partVisit, partMinute},
		campaign.EventBurning:    {partBurning, partMinute},
		campaign.EventTierEnding: {partTier, partTierEnding, partMinute},
		campaign.EventCoupon:     {partKind, partCoupon, partMinute},
	}[on]
	if parts == nil {
		return []string{partDelay}
	}
	return slices.DeleteFunc(parts, func(part string) bool {
		return slices.Contains([]string{partTier, partKind, partCard}, part) && len(thingsOf(v, part)) == 0
	})
}

// usual is what a trigger waits for until somebody says otherwise.
func usual(on campaign.Event) campaign.Trigger {
	t := campaign.Trigger{On: on}
	if on.Calendar() {
		t.Minute = morning
	}
	switch on {
	case campaign.EventPurchase:
		t.Number = 1
	case campaign.EventRating:
		t.Number = 3
	case campaign.EventBirthday:
		t.Days = -3
	case campaign.EventSleeping:
		t.Number = 200
	case campaign.EventReminder, campaign.EventTierEnding:
		t.Days = 14
	case campaign.EventBurning:
		t.Days = 7
	case campaign.EventCoupon:
		t.Days = 3
	}
	return t
}

// eventList shows what there is to wait for: for a new trigger, or for one that waits for something else.
func eventList(v talk.View, id string) talk.Output {
	show := func(v talk.View, now campaign.Event) talk.Output {
		var rows [][]bots.Button
		for _, on := range campaign.Events() {
			label := v.T("triggers.event." + string(on))
			if on == now {
				label = "✓ " + label
			}
			rows = append(rows, talk.Row(button(label, actEvent, id+"."+string(on))))
		}
		leave := back(v, actTriggers, "")
		if id != "" {
			leave = back(v, actWaits, id)
		}
		return v.SayAnd(talk.Session{}, v.Screen(v.Rich("triggers.events.ask"), append(rows, leave)...))
	}
	if id == "" {
		return show(v, "")
	}
	return withTrigger(v, id, func(v talk.View, l loaded) talk.Output { return show(v, l.Plan.Trigger.On) })
}

// withTrigger reads a trigger that can be changed and goes on.
func withTrigger(v talk.View, id string, then func(talk.View, loaded) talk.Output) talk.Output {
	return withDraft(v, id, func(v talk.View, l loaded) talk.Output {
		if !isTrigger(l.Campaign) || l.Plan.Trigger == nil {
			return draftPage(v, id, "")
		}
		return then(v, l)
	})
}

// pressEvent begins to ask what an event needs.
func pressEvent(v talk.View, id string, on campaign.Event) talk.Output {
	if !slices.Contains(campaign.Events(), on) {
		return eventList(v, id)
	}
	parts := partsOf(v, on)
	t := tuning{ID: id, On: usual(on), Part: parts[0], Chain: true}
	if id == "" {
		return askPart(v, t, 0, "")
	}
	return withTrigger(v, id, func(v talk.View, l loaded) talk.Output {
		if l.Plan.Trigger.On == on { // what it was is where one begins
			t.On = *l.Plan.Trigger
		}
		t.On.Tag, t.On.Notify = l.Plan.Trigger.Tag, l.Plan.Trigger.Notify
		return askPart(v, t, 0, "")
	})
}

// waitsPage shows what a trigger waits for, and its parts to be changed one by one.
func waitsPage(v talk.View, id string, about bots.Rich) talk.Output {
	return withTrigger(v, id, func(v talk.View, l loaded) talk.Output {
		d := l.seen()
		var parts []bots.Button
		for _, part := range partsOf(v, l.Plan.Trigger.On) {
			parts = append(parts, d.open(v.T("triggers.part."+partLabel(part)+".btn"), actPart, part))
		}
		rows := append(pairs(parts), talk.Row(d.open(v.T("triggers.event.other.btn"), actEvents)), d.backTo(v, actDraft))
		text := v.Rich("triggers.event.head", locales.Args{"When": v.Words().TriggerWhen(l.Plan.Trigger)})
		return v.SayAnd(d.at(stepDraft, v.NewMark()), v.Screen(talk.Paragraphs(about, text), rows...))
	})
}

// partLabel is under which name the button of a part is kept.
func partLabel(part string) string {
	switch part {
	case partBirthday, partReminder, partBurning, partTierEnding, partCoupon:
		return "days"
	case partVisit, partStamps:
		return "number"
	}
	return part
}

// pressPart asks for one part of what a trigger waits for.
func pressPart(v talk.View, id, part string) talk.Output {
	return withTrigger(v, id, func(v talk.View, l loaded) talk.Output {
		if !slices.Contains(partsOf(v, l.Plan.Trigger.On), part) {
			return waitsPage(v, id, "")
		}
		return askPart(v, tuning{ID: id, On: *l.Plan.Trigger, Part: part}, 0, "")
	})
}

// askPart asks for a part, on a page of what can be chosen.
func askPart(v talk.View, t tuning, page int, about bots.Rich) talk.Output {
	if !slices.Contains(partsOf(v, t.On.On), t.Part) {
		return eventList(v, t.ID)
	}
	show := func(v talk.View, t tuning) talk.Output {
		mark := v.NewMark()
		rows := choiceRows(v, t, page, mark)
		leave := back(v, actEvents, t.ID)
		if !t.Chain {
			leave = back(v, actWaits, t.ID)
		}
		text := talk.Paragraphs(about, v.Rich("triggers.ask."+t.Part))
		return v.SayAnd(talk.In(Flow, stepTune, t).Marked(mark), v.Screen(text, append(rows, leave)...))
	}
	if t.ID == "" {
		return show(v, t)
	}
	return withTrigger(v, t.ID, func(v talk.View, l loaded) talk.Output {
		t.Version = l.Version
		return show(v, t)
	})
}

// pressTuning answers a button of a question.
func pressTuning(v talk.View, t tuning, p talk.Pressed) talk.Output {
	if p.Action == actPage {
		return askPart(v, t, pageArg(p.Arg), "")
	}
	set, ok := chosen(v, t, p.Arg)
	if !ok {
		return askPart(v, t, 0, v.Rich("triggers.ask.choose"))
	}
	return tune(v, t, set)
}

// readTuning answers what is typed.
func readTuning(v talk.View, t tuning, text string) talk.Output {
	if t.Part == "" {
		return Triggers(v)
	}
	set, about := typedPart(v, t, text)
	if about != "" {
		return askPart(v, t, 0, about)
	}
	return tune(v, t, set)
}

// tune takes an answer, and asks for the next part. After the last one whom a new trigger is for is asked, and one that is there is changed. An answer out of bounds is
// told, and the question stays.
func tune(v talk.View, t tuning, set func(*campaign.Trigger)) talk.Output {
	next := t
	set(&next.On)
	if about := wrongPart(v, next); about != "" {
		return askPart(v, t, 0, about)
	}
	parts := partsOf(v, t.On.On)
	if i := slices.Index(parts, t.Part); t.Chain && i+1 < len(parts) {
		next.Part = parts[i+1]
		return askPart(v, next, 0, "")
	}
	if t.ID == "" {
		return pickWhom(v, next)
	}
	return keep(v, draft{ID: t.ID, Version: t.Version}, func(now *engine.Campaign) {
		before := now.Plan.Trigger
		on := next.On
		if before != nil {
			on.Tag, on.Notify = before.Tag, before.Notify
			if now.Name == triggerName(v, before) {
				now.Name = triggerName(v, &on)
			}
		}
		now.Plan.Trigger = &on
	}, func(v talk.View, c engine.Campaign) talk.Output {
		return waitsPage(v, c.ID, v.Rich("market.saved"))
	}, func(v talk.View, about bots.Rich) talk.Output { return askPart(v, t, 0, about) })
}

// wrongPart says what is wrong with the part that was answered, "" when nothing is. What is not answered yet is not looked at.
func wrongPart(v talk.View, t tuning) bots.Rich {
	ids := map[string]string{
		partRhythm: campaign.ProblemTriggerDays, partNumber: campaign.ProblemTriggerNumber, partVisit: campaign.ProblemTriggerNumber, partStamps: campaign.ProblemTriggerNumber,
		partStars: campaign.ProblemTriggerNumber, partAmount: campaign.ProblemNumber, partTier: campaign.ProblemTriggerName, partKind: campaign.ProblemTriggerName,
		partCard: campaign.ProblemTriggerName, partName: campaign.ProblemTriggerName, partDelay: campaign.ProblemTriggerDelay, partMinute: campaign.ProblemTriggerTime,
	}
	id := ids[t.Part]
	if partLabel(t.Part) == "days" {
		id = campaign.ProblemTriggerDays
	}
	for _, p := range (campaign.Plan{Trigger: &t.On, Window: 1}).Check(v.Program.Settings, nil) {
		if p.ID == id || p.ID == campaign.ProblemNumber || p.ID == campaign.ProblemLarge {
			return wrongPlan(v, &p, 1)
		}
	}
	return ""
}
