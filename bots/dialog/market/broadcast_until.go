package market

import (
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/engine/rules"
	"kartka/locales"
)

// endDays are the days, from that of the start on, at whose end it can be too late to send.
var endDays = []int{0, 1, 2, 7}

// endOf is the last minute of a day on the program's clock.
func endOf(v talk.View, day rules.Date) time.Time {
	return campaign.At(day, 24*60-1, v.Program.Settings.Zone)
}

// begins is when a broadcast begins that is to start then.
func (d draft) begins(v talk.View) time.Time {
	if d.Start.After(v.Now) {
		return d.Start
	}
	return v.Now
}

// untilLine says when it is too late to send, "" when it never is.
func untilLine(v talk.View, p campaign.Plan) bots.Rich {
	if p.Until.IsZero() {
		return ""
	}
	return v.Rich("broadcast.until.line", locales.Args{"When": clock(v, p.Until)})
}

// pressUntil asks when it is too late to send. From the last question it keeps in mind when the broadcast is to begin, and leads back there.
func pressUntil(v talk.View, id string) talk.Output {
	d := drafted(v)
	if d.ID != id {
		d = draft{ID: id}
	}
	d.Last = v.Session.At("", stepSend)
	return askUntil(v, d, "")
}

func askUntil(v talk.View, d draft, about bots.Rich) talk.Output {
	return withDraft(v, d.ID, func(v talk.View, l loaded) talk.Output {
		if isTrigger(l.Campaign) {
			return draftPage(v, d.ID, "")
		}
		d.Version = l.Version
		mark, first := v.NewMark(), rules.DateOf(d.begins(v), v.Program.Settings.Zone)
		var rows [][]bots.Button
		for _, after := range endDays {
			if end := endOf(v, first.Add(after)); end.After(d.begins(v)) {
				label := clock(v, end)
				if end.Equal(l.Plan.Until) {
					label = "✓ " + label
				}
				rows = append(rows, talk.Row(d.change(mark, label, actEnd, string(first.Add(after)))))
			}
		}
		if !l.Plan.Until.IsZero() {
			rows = append(rows, talk.Row(d.change(mark, v.T("broadcast.until.never.btn"), actEnd)))
		}
		text := talk.Paragraphs(about, v.Rich("broadcast.until.ask", locales.Args{"Example": momentExample(v)}), untilLine(v, l.Plan))
		return v.SayAnd(d.at(stepUntil, mark), v.Screen(text, append(rows, d.backTo(v, actWhen))...))
	})
}

// pressEnd takes the end of a day.
func pressEnd(v talk.View, d draft, day string) talk.Output {
	if !v.Session.At(Flow, stepUntil) {
		return staleDraft(v, d.ID)
	}
	if day == "" {
		return end(v, d, time.Time{})
	}
	if !rules.Date(day).Valid() {
		return staleDraft(v, d.ID)
	}
	return end(v, d, endOf(v, rules.Date(day)))
}

// readUntil reads a typed day and time; of a day alone it is the end.
func readUntil(v talk.View, d draft, text string) talk.Output {
	at, ok := readMoment(v.Catalog, text, v.Now, v.Program.Settings.Zone)
	if !ok {
		at, ok = readMoment(v.Catalog, text+" 23:59", v.Now, v.Program.Settings.Zone)
	}
	if !ok {
		return broadcastAgain(v, v.Rich("broadcast.when.unread", locales.Args{"Example": momentExample(v)}))
	}
	return end(v, d, at)
}

// end keeps when it is too late to send, and goes on to where it was asked from.
func end(v talk.View, d draft, until time.Time) talk.Output {
	if !until.IsZero() && !until.After(d.begins(v)) {
		return broadcastAgain(v, note(v, &engine.Error{Kind: engine.KindInvalid, ID: "campaign_until_past"}))
	}
	return keep(v, d, func(now *engine.Campaign) { now.Plan.Until = until }, func(v talk.View, c engine.Campaign) talk.Output {
		if d.Last {
			return confirm(v, draft{ID: c.ID, Start: d.Start}, "")
		}
		return askWhen(v, c.ID, "")
	}, broadcastAgain)
}
