package market

import (
	"context"
	"errors"
	"slices"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/engine/segment"
	"kartka/locales"
	"kartka/words"
)

// What the buttons for a start say.
const (
	startNow     = "now"
	startHour    = "hour"
	startMorning = "morning"
)

// morning is when a broadcast begins that is sent tomorrow, in minutes of the day.
const morning = 10 * 60

// zones lists the time zones in which the shop's guests live.
func (s shop) zones(v talk.View) []*time.Location { return engine.Zones(v.Program.Settings, s.Places) }

// clock is a day and a time on the program's clock.
func clock(v talk.View, t time.Time) string {
	local := t.In(v.Program.Settings.Zone)
	return v.T("broadcast.clock", locales.Args{
		"Weekday": v.P.WeekdayShort(local.Weekday()), "Date": v.P.DateLong(local, v.Now.In(v.Program.Settings.Zone)), "Time": v.P.Time(local),
	})
}

// askWhen asks when a broadcast is to begin. What keeps it from being sent is told instead.
func askWhen(v talk.View, id string, about bots.Rich) talk.Output {
	return withDraft(v, id, func(v talk.View, l loaded) talk.Output {
		if isTrigger(l.Campaign) {
			return l.triggerDraft(v, about)
		}
		if !campaign.Ready(l.Found) || l.Unknown != nil || len(l.tooLong(v)) > 0 {
			return draftPage(v, id, v.Rich("broadcast.send.unready"))
		}
		d, mark := l.seen(), v.NewMark()
		rows := [][]bots.Button{
			{d.change(mark, v.T("broadcast.when.now.btn"), actStart, startNow), d.change(mark, v.T("broadcast.when.hour.btn"), actStart, startHour)},
			{d.change(mark, v.T("broadcast.when.morning.btn", locales.Args{"Time": v.P.Time(tomorrow(v))}), actStart, startMorning)},
		}
		text := v.Rich("broadcast.when.ask", locales.Args{"Now": clock(v, v.Now), "Example": momentExample(v)})
		if len(l.Shop.zones(v)) > 1 {
			zoned := d.change(mark, v.T("broadcast.when.zoned.btn"), actZoned, "1")
			said := v.Rich("broadcast.when.is_once")
			if l.Plan.Zoned {
				zoned = d.change(mark, v.T("broadcast.when.once.btn"), actZoned, "0")
				said = v.Rich("broadcast.when.is_zoned")
			}
			rows, text = append(rows, talk.Row(zoned)), talk.Paragraphs(text, said)
		}
		rows = append(rows, talk.Row(d.open(v.T("broadcast.until.btn"), actUntil)))
		return v.SayAnd(d.at(stepWhen, mark), v.Screen(talk.Paragraphs(about, text, untilLine(v, l.Plan)), append(rows, d.backTo(v, actDraft))...))
	})
}

// tomorrow is tomorrow morning on the program's clock.
func tomorrow(v talk.View) time.Time {
	zone := v.Program.Settings.Zone
	return campaign.At(rules.DateOf(v.Now.In(zone).AddDate(0, 0, 1), zone), morning, zone).In(zone)
}

// momentExample is how a day and a time can be typed: that of the day after tomorrow.
func momentExample(v talk.View) string {
	return v.Now.In(v.Program.Settings.Zone).AddDate(0, 0, 2).Format("02.01") + " 18:30"
}

func pressStart(v talk.View, d draft, start string) talk.Output {
	switch start {
	case startNow:
		d.Start = time.Time{}
	case startHour:
		d.Start = v.Now.Add(time.Hour).Truncate(time.Minute)
	case startMorning:
		d.Start = tomorrow(v).UTC()
	default:
		return staleDraft(v, d.ID)
	}
	return confirm(v, d, "")
}

// readWhen reads a typed day and time.
func readWhen(v talk.View, d draft, text string) talk.Output {
	at, ok := readMoment(v.Catalog, text, v.Now, v.Program.Settings.Zone)
	switch {
	case !ok:
		return broadcastAgain(v, v.Rich("broadcast.when.unread", locales.Args{"Example": momentExample(v)}))
	case at.Before(v.Now):
		return broadcastAgain(v, note(v, &engine.Error{Kind: engine.KindInvalid, ID: "campaign_start_past"}))
	}
	d.Start = at
	return confirm(v, d, "")
}

// pressZoned says whether the start is a time on each guest's own clock.
func pressZoned(v talk.View, d draft, zoned bool) talk.Output {
	return keep(v, d, func(now *engine.Campaign) { now.Plan.Zoned = zoned }, func(v talk.View, c engine.Campaign) talk.Output {
		return askWhen(v, c.ID, "")
	}, d.onPage)
}

// confirm says what would happen, and asks.
func confirm(v talk.View, d draft, about bots.Rich) talk.Output {
	return withRoutes(v, d.ID, func(v talk.View, l loaded) talk.Output {
		if isTrigger(l.Campaign) {
			return l.triggerDraft(v, about)
		}
		mark, start := v.NewMark(), d.Start
		d = l.seen()
		d.Start = start
		if l.Unknown != nil || l.Sizes.To == 0 {
			return draftPage(v, l.ID, talk.Lines(about, note(v, &engine.Error{Kind: engine.KindInvalid, ID: "audience_empty", Args: map[string]any{"Matched": l.Sizes.Matched}})))
		}
		if l.Plan.Late(d.begins(v)) || l.Plan.Until.Equal(d.begins(v)) {
			return askWhen(v, l.ID, note(v, &engine.Error{Kind: engine.KindInvalid, ID: "campaign_until_past"}))
		}
		begins := v.Rich("broadcast.confirm.now")
		if !start.IsZero() {
			begins = v.Rich("broadcast.confirm.at", locales.Args{"When": clock(v, start)})
			if l.Plan.Zoned && len(l.Shop.zones(v)) > 1 {
				begins = v.Rich("broadcast.confirm.zoned", locales.Args{"When": clock(v, start)})
			}
		}
		asleep := l.quietLines(v, start)
		lines := []bots.Rich{begins, asleep, v.Rich("broadcast.confirm.takes", locales.Args{"Long": lasting(v, max(time.Minute, l.takes(v)))}), l.endLine(v, start)}
		for _, channel := range l.Shop.Channels {
			if v.BulkOn(bots.Channel(channel)).Paid {
				lines = append(lines, v.Rich("broadcast.confirm.charged", locales.Args{"Channel": channelName(v, channel)}))
			}
		}
		if l.Plan.Gift != nil {
			lines = append(lines, costLine(v, l))
		}
		if above := v.Program.Settings.CampaignRules().ApproveAbove; above > 0 && l.Sizes.To > above {
			lines = append(lines, v.Rich("broadcast.confirm.second", locales.Args{"Count": above}))
		}
		send := d.change(mark, v.T("broadcast.confirm.btn"), actSend)
		send.Style = bots.StyleSuccess
		text := talk.Paragraphs(about, v.Rich("broadcast.confirm.head", locales.Args{"Name": words.CleanName(l.Name, maxDraftName)}), l.audienceLines(v), l.routeLines(v), talk.Lines(lines...))
		rows := [][]bots.Button{{send}, {d.open(v.T("broadcast.until.btn"), actUntil)}}
		if l.Sizes.Capped > 0 || asleep != "" {
			rows = append(rows, limitsRow(v, l.ID))
		}
		return v.SayAnd(d.at(stepSend, mark), v.Screen(text, append(rows, d.backTo(v, actWhen))...))
	})
}

// times says in which of the zones guests sleep at the start, when those in the last of these wake, and when the last of all are written to.
func (l loaded) times(v talk.View, start time.Time) (asleep []*time.Location, wake, last time.Time) {
	zones, quiet := l.Shop.zones(v), campaign.QuietOf(v.Program.Settings)
	if start.IsZero() {
		start = v.Now
	}
	for _, zone := range zones {
		at := start
		if wall := start.In(zones[0]); l.Plan.Zoned {
			at = campaign.At(rules.DateOf(start, zones[0]), wall.Hour()*60+wall.Minute(), zone)
		}
		if end := quiet.End(at, zone); !end.IsZero() {
			asleep, wake, at = append(asleep, zone), end.In(zone), end
		}
		if at.After(last) {
			last = at
		}
	}
	return asleep, wake, last
}

// quietLines say who sleeps at the start, and when they get the message instead; "" when nobody does.
func (l loaded) quietLines(v talk.View, start time.Time) bots.Rich {
	zones := l.Shop.zones(v)
	asleep, until, _ := l.times(v, start)
	if len(asleep) == 0 {
		return ""
	}
	args := locales.Args{"Time": v.P.Time(until), "When": clock(v, until)}
	switch {
	case len(zones) == 1:
		return bots.Rich(v.P.RichN("broadcast.confirm.asleep", int64(l.Sizes.To), args))
	case len(asleep) == len(zones):
		return v.Rich("broadcast.confirm.all_asleep", args)
	}
	var places []string
	for _, place := range l.Shop.Places {
		zone := engine.ZoneOf(v.Program.Settings, place.Zone)
		if slices.ContainsFunc(asleep, func(z *time.Location) bool { return z.String() == zone.String() }) {
			places = append(places, words.CleanName(place.Name, maxTitle))
		}
	}
	if len(places) == 0 { // those of no place
		places = []string{words.CleanName(v.Program.Settings.Name, maxTitle)}
	}
	args["Places"] = v.P.List(places)
	return v.Rich("broadcast.confirm.some_asleep", args)
}

// takes is about how long the bots need to send to everybody.
func (l loaded) takes(v talk.View) time.Duration {
	rate := 0
	for _, channel := range l.Shop.Channels {
		if own := v.BulkOn(bots.Channel(channel)).PerSecond; own > 0 && (rate == 0 || own < rate) {
			rate = own
		}
	}
	return time.Duration(l.Sizes.To) * time.Second / time.Duration(max(1, rate))
}

// endLine says when it is too late to send, and when the last would get it if that is later; "" when it never is.
func (l loaded) endLine(v talk.View, start time.Time) bots.Rich {
	if l.Plan.Until.IsZero() {
		return ""
	}
	_, _, last := l.times(v, start)
	if last = last.Add(l.takes(v)); last.After(l.Plan.Until) {
		return talk.Lines(untilLine(v, l.Plan), v.Rich("broadcast.until.soon", locales.Args{"When": clock(v, last)}))
	}
	return untilLine(v, l.Plan)
}

// costLine says what the gifts come to when everybody gets one.
func costLine(v talk.View, l loaded) bots.Rich {
	n, gift := int64(l.Sizes.To), l.Plan.Gift
	if l.Plan.Budget > 0 {
		n = min(n, int64(l.Plan.Budget))
	}
	args := locales.Args{"Gift": v.Words().CampaignGift(gift), "Count": n}
	switch gift.Kind {
	case campaign.GiftPoints:
		if all, err := money.MulDiv(int64(gift.Points), n, 1, money.Down); err == nil {
			args["All"], args["Worth"] = v.Points(money.Points(all)), v.Words().Worth(money.Points(all))
			return v.Rich("broadcast.confirm.points", args)
		}
	case campaign.GiftCertificate:
		if all, err := money.MulDiv(int64(gift.Amount), n, 1, money.Down); err == nil {
			args["All"] = v.Money(money.Amount(all))
			return v.Rich("broadcast.confirm.certificates", args)
		}
	}
	return v.Rich("broadcast.confirm.gifts", args)
}

// pressSend sends. Pressed or handled again, it has been sent once.
func pressSend(v talk.View, d draft) talk.Output {
	program, staff := v.Program.ID, v.Staff.ID
	type sent struct {
		engine.Campaign
		Problem *campaign.Problem
		Segment *segment.Problem
	}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (s sent, err error) {
		s.Campaign, err = e.SendBroadcast(ctx, engine.SendBroadcastInput{ProgramID: program, ID: d.ID, Version: d.Version, Start: d.Start, StaffID: staff})
		if engine.IsKind(err, engine.KindConflict) {
			if now, read := e.Campaign(ctx, program, d.ID); read == nil && now.State != engine.CampaignDraft && now.Start.Equal(d.Start) {
				s.Campaign, err = now, nil // it has been sent just so
			}
		}
		if errors.As(err, &s.Problem) || errors.As(err, &s.Segment) {
			err = nil
		}
		return s, err
	}, func(v talk.View, s sent, err error) talk.Output {
		switch {
		case engine.IsKind(err, engine.KindNotFound):
			return broadcastGone(v, note(v, err))
		case engine.IsKind(err, engine.KindConflict):
			return campaignPage(v, d.ID, note(v, err))
		case err != nil && d.Start.IsZero():
			return draftPage(v, d.ID, note(v, err))
		case err != nil:
			return askWhen(v, d.ID, note(v, err))
		case s.Problem != nil:
			return draftPage(v, d.ID, wrongPlan(v, s.Problem, 1))
		case s.Segment != nil:
			return draftPage(v, d.ID, wrong(v, s.Segment))
		}
		about := v.Rich("broadcast.sent.now")
		switch {
		case s.State == engine.CampaignWaiting:
			about = v.Rich("broadcast.sent.waiting")
		case !s.Start.IsZero():
			about = v.Rich("broadcast.sent.at", locales.Args{"When": clock(v, s.Start)})
		}
		return campaignPage(v, d.ID, about)
	}))
}
