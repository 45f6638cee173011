package market

import (
	"context"
	"slices"
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/locales"
)

// readyTriggers lists the ready-made ones, and says which of them the shop has.
func readyTriggers(v talk.View, about bots.Rich) talk.Output {
	return withTriggers(v, 0, func(v talk.View, l triggers) talk.Output {
		text := talk.Paragraphs(about, v.Rich("triggers.ready.head"), l.readyLines(v))
		return v.SayAnd(talk.Session{}, v.Screen(text, append(readyTriggerRows(v), back(v, actTriggers, ""))...))
	})
}

// readyLines say of each ready-made trigger in a line what it is for.
func (l triggers) readyLines(v talk.View) bots.Rich {
	var lines []bots.Rich
	for _, r := range campaign.ReadyTriggers() {
		name, about := v.Words().ReadyTrigger(r.ID)
		args := locales.Args{"Name": name, "About": about}
		key := "triggers.ready.line"
		if c, ok := l.made(v, r.ID); ok {
			key, args["Icon"], args["State"] = "triggers.ready.made", iconFor(c), stateOf(v, c)
		}
		lines = append(lines, v.Rich(key, args))
	}
	return talk.Lines(lines...)
}

func readyTriggerRows(v talk.View) [][]bots.Button {
	var rows [][]bots.Button
	for _, r := range campaign.ReadyTriggers() {
		name, _ := v.Words().ReadyTrigger(r.ID)
		rows = append(rows, talk.Row(button(name, actReadyOne, r.ID)))
	}
	return rows
}

// readyTrigger shows what a ready-made trigger says, when and to whom, and whom it would reach today. One that the shop has is shown as it is there.
func readyTrigger(v talk.View, ready string, about bots.Rich) talk.Output {
	program := v.Program.ID
	if !isReadyTrigger(ready) {
		return readyTriggers(v, note(v, &engine.Error{Kind: engine.KindNotFound, ID: "campaign_not_found"}))
	}
	name, use := v.Words().ReadyTrigger(ready)
	texts := v.Words().ReadyTriggerTexts(ready)
	type shown struct {
		There bool
		dry
	}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (s shown, err error) {
		c, err := e.Campaign(ctx, program, engine.ReadyTriggerID(program, ready))
		if s.There = err == nil && c.State.Open(); s.There {
			s.Campaign = c
			return s, nil
		}
		if err != nil && !engine.IsKind(err, engine.KindNotFound) {
			return s, err
		}
		if c, err = e.ReadyTrigger(program, ready, name, texts); err != nil {
			return s, err
		}
		s.dry, err = readDry(ctx, e, program, c)
		return s, err
	}, func(v talk.View, s shown, err error) talk.Output {
		switch {
		case err != nil:
			return triggerList(v, 0, note(v, err))
		case s.There:
			return campaignPage(v, s.Campaign.ID, about)
		}
		l := loaded{Campaign: s.Campaign, Found: s.Campaign.Plan.Check(v.Program.Settings, nil)}
		never := slices.ContainsFunc(l.Found, neverComes)
		text := talk.Paragraphs(about, v.Rich("market.page.ready", locales.Args{"Name": name, "About": use}),
			talk.Lines(append([]bots.Rich{l.waitsLine(v), v.Rich("triggers.page.everybody")}, append(l.doesLines(v), l.moreLines(v)...)...)...), l.problemLines(v))
		mark := v.NewMark()
		var rows [][]bots.Button
		if !never {
			text = talk.Paragraphs(text, s.lines(v))
			on := talk.Button(v.T("triggers.on.btn"), Flow, actReadyOn, ready, mark)
			on.Style = bots.StyleSuccess
			rows = [][]bots.Button{{on}, {talk.Button(v.T("triggers.first.btn"), Flow, actFirst, ready, mark)}}
		}
		screen := v.Screen(text, append(rows, back(v, actReadies, ""))...)
		screen.Fresh = true // below the message
		var said []bots.Message
		if m, ok := sample(v, s.Campaign, 0, string(v.Language())); ok {
			said = append(said, fitHere(v, m))
		}
		return v.SayAnd(talk.In("", stepReadyOne, ready).Marked(mark), append(said, screen)...)
	}))
}

func isReadyTrigger(id string) bool {
	return slices.ContainsFunc(campaign.ReadyTriggers(), func(r campaign.ReadyTrigger) bool { return r.ID == id })
}

// neverComes reports whether a problem says that the shop lacks what a trigger waits for.
func neverComes(p campaign.Problem) bool {
	return p.Warning && strings.HasPrefix(p.ID, "trigger_") && p.ID != campaign.ProblemTriggerBirthdays
}

// pressReady switches a ready-made trigger on, or makes a draft of it that is changed first. Pressed or handled again, there is one.
func pressReady(v talk.View, p talk.Pressed) talk.Output {
	if !meant(v, p, stepReadyOne) {
		return readyTrigger(v, p.Arg, "").Toasted(v.T("owner.stale.toast"))
	}
	program, staff := v.Program.ID, v.Staff.ID
	name, _ := v.Words().ReadyTrigger(p.Arg)
	texts := v.Words().ReadyTriggerTexts(p.Arg)
	start, about := (*engine.Engine).StartReadyTrigger, v.Rich("triggers.on.done")
	if p.Action == actFirst {
		start, about = (*engine.Engine).DraftReadyTrigger, ""
	}
	type started struct {
		engine.Campaign
		planFault
	}
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (s started, err error) {
		s.Campaign, err = start(e, ctx, program, p.Arg, name, texts, staff)
		s.planFault, err = planFaultOf(err)
		return s, err
	}, func(v talk.View, s started, err error) talk.Output {
		switch {
		case err != nil:
			return readyTriggers(v, note(v, err))
		case s.any():
			return readyTriggers(v, s.note(v))
		}
		return campaignPage(v, s.ID, about)
	}))
}
