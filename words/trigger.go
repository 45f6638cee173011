package words

import (
	"strings"
	"time"

	"kartka/engine/campaign"
	"kartka/engine/rules"
	"kartka/engine/segment"
	"kartka/locales"
)

// ReadyTrigger is what a ready-made trigger is called, and in one line when it comes.
func (w Words) ReadyTrigger(id string) (name, about string) {
	return w.T("trigger.ready." + id + ".name"), w.T("trigger.ready." + id + ".about")
}

// ReadyTriggerTexts is what a ready-made trigger says, by language, in those that the program speaks. Placeholders have their English names.
func (w Words) ReadyTriggerTexts(id string) map[string]string {
	texts := map[string]string{}
	if w.Program.Settings == nil {
		return texts
	}
	for _, language := range w.Program.Settings.Languages {
		if l, ok := locales.Parse(language); ok {
			texts[language] = w.Catalog.Printer(l).T("trigger.ready." + id + ".text")
		}
	}
	return texts
}

// TriggerEvent says in a line what a trigger waits for, without the hour and the delay. Of a level, a card or a coupon that is no more it says the kind alone.
func (w Words) TriggerEvent(t *campaign.Trigger) string {
	args := locales.Args{"Days": w.P.Days(int64(max(t.Days, -t.Days))), "Number": w.P.Number(t.Number), "Name": CleanName(t.Name, segment.MaxName)}
	named := func(key, name string) string {
		if name == "" {
			return w.T(key, args)
		}
		args["Name"] = name
		return w.T(key+"_of", args)
	}
	switch t.On {
	case campaign.EventPurchase:
		return w.purchase(t, args)
	case campaign.EventTierUp, campaign.EventTierEnding:
		return named("triggers.when."+string(t.On), w.TierName(t.Name))
	case campaign.EventCoupon:
		name := ""
		if t.Name != "" {
			name = w.CouponName(t.Name)
		}
		return named("triggers.when.coupon", name)
	case campaign.EventStamps:
		key := "triggers.when.stamps"
		if t.Number == 0 {
			key += "_left"
		}
		return named(key, w.Name("stamps:"+t.Name, ""))
	case campaign.EventRating:
		args["Stars"] = strings.Repeat("⭐", int(max(0, min(t.Number, rules.MostStars))))
		return w.T("triggers.when.rating", args)
	case campaign.EventBirthday:
		switch {
		case t.Days < 0:
			return w.T("triggers.when.birthday_before", args)
		case t.Days > 0:
			return w.T("triggers.when.birthday_after", args)
		}
	case campaign.EventSleeping:
		if t.Number == 0 {
			return w.T("triggers.when.sleeping_days", args)
		}
		args["Times"] = w.Times(t.Number)
	case campaign.EventReminder:
		switch {
		case t.Number == 1:
			return w.T("triggers.when.reminder_first", args)
		case t.Number > 1:
			return w.T("triggers.when.reminder_no", args)
		}
	}
	if !w.P.Has("triggers.when." + string(t.On)) {
		return w.T("error.internal")
	}
	return w.T("triggers.when."+string(t.On), args)
}

// purchase says which purchases are waited for.
func (w Words) purchase(t *campaign.Trigger, args locales.Args) string {
	key := "triggers.when.purchase"
	switch {
	case t.Number == 1:
		key += "_first"
	case t.Number > 1:
		key += "_no"
	}
	when := w.T(key, args)
	if t.Amount > 0 {
		return w.T("triggers.when.amount", locales.Args{"When": when, "Sum": w.Money(t.Amount)})
	}
	return when
}

// Times is a number of hundredths as one says it: "×1.5".
func (w Words) Times(hundredths int64) string {
	switch {
	case hundredths%100 == 0:
		return "×" + w.P.Number(hundredths/100)
	case hundredths%10 == 0:
		return "×" + w.P.Decimal(hundredths/10, 1)
	}
	return "×" + w.P.Decimal(hundredths, 2)
}

// TriggerWhen says what a trigger waits for and when it comes: an hour of the day, or how long after.
func (w Words) TriggerWhen(t *campaign.Trigger) string {
	when := w.TriggerEvent(t)
	switch {
	case t.On.Calendar():
		at := time.Date(2000, time.January, 1, 0, t.Minute, 0, 0, time.UTC)
		return w.T("triggers.when.at", locales.Args{"When": when, "Time": w.P.Time(at)})
	case t.Delay > 0:
		return w.T("triggers.when.later", locales.Args{"When": when, "Delay": w.Lasting(t.Delay)})
	}
	return when
}

// Lasting is how long something takes, in the largest unit that says it whole.
func (w Words) Lasting(d time.Duration) string {
	switch {
	case d >= 24*time.Hour && d%(24*time.Hour) == 0:
		return w.P.Days(int64(d / (24 * time.Hour)))
	case d >= time.Hour && d%time.Hour == 0:
		return w.P.Hours(int64(d / time.Hour))
	}
	return w.P.Minutes(int64(d / time.Minute))
}
