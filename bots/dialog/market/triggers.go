package market

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/locales"
	"kartka/words"
)

// The actions of triggers all begin with this, and so do the steps of their sessions. What a trigger says and gives is changed by the actions of broadcasts, and it is
// paused, cancelled and reported on as they are.
const triggerAction = "t-"

// Actions of buttons that open a screen. A trigger is named by its id, what else there is to say follows after a dot; a ready-made one is named by its own id.
const (
	actTriggers = "t-list"  // a page of the list
	actReadies  = "t-ready" // the ready-made ones
	actReadyOne = "t-one"   // one of them
	actChange   = "t-edit"  // of one that is on: asks whether to pause it
	actDry      = "t-dry"   // whom it would reach today
	actEvents   = "t-evs"   // what there is to wait for; for a new one without id
	actEvent    = "t-ev"    // .event: begins to ask what that needs
	actWaits    = "t-when"  // what it waits for, part by part
	actPart     = "t-part"  // .part: asks for one
	actTag      = "t-tag"
	actStaff    = "t-staff"
)

// Actions of buttons that change something: they carry the mark of their screen.
const (
	actReadyOn  = "t-start" // switches a ready-made one on
	actFirst    = "t-first" // makes a draft of it
	actOn       = "t-on"    // switches on what is written
	actChanged  = "t-pause" // pauses it to be changed
	actPage     = "t-page"  // of what can be chosen for a part
	actSet      = "t-set"   // a part
	actUntag    = "t-notag"
	actStaffSet = "t-tell" // .role
)

// The steps of triggers. At those that end in "?" something typed is waited for.
const (
	stepTune     = "t-tune?"
	stepTag      = "t-tag?"
	stepReadyOne = "t-one"
	stepChange   = "t-edit"
	stepStaff    = "t-staff"
)

func isTrigger(c engine.Campaign) bool { return c.Kind == engine.CampaignTrigger }

// Triggers lists what goes by itself.
func Triggers(v talk.View) talk.Output { return triggerList(v, 0, "") }

// pressTrigger answers the buttons of triggers.
func pressTrigger(v talk.View, p talk.Pressed) talk.Output {
	id, more := broadcastArg(p.Arg)
	switch p.Action {
	case actTriggers:
		return triggerList(v, pageArg(p.Arg), "")
	case actReadies:
		return readyTriggers(v, "")
	case actReadyOne:
		return readyTrigger(v, p.Arg, "")
	case actChange:
		return askChange(v, id)
	case actDry:
		return dryRun(v, id)
	case actEvents:
		return eventList(v, id)
	case actEvent:
		return pressEvent(v, id, campaign.Event(more[0]))
	case actWaits:
		return waitsPage(v, id, "")
	case actPart:
		return pressPart(v, id, more[0])
	case actTag:
		return askTag(v, draft{ID: id}, "")
	case actStaff:
		return staffPage(v, id)
	case actReadyOn, actFirst:
		return pressReady(v, p)
	}
	return changeTrigger(v, p, id, more[0])
}

// changeTrigger answers a button of the screen that is shown.
func changeTrigger(v talk.View, p talk.Pressed, id, more string) talk.Output {
	fresh := p.Mark != "" && p.Mark == v.Session.Mark
	d := talk.Data[draft](v.Session, v.Session.Flow)
	switch {
	case p.Action == actSet || p.Action == actPage:
		if t := tuned(v); fresh && t.Part != "" {
			return pressTuning(v, t, p)
		}
		return again(v, "").Toasted(v.T("owner.stale.toast"))
	case !fresh || d.ID != id || id == "":
		return staleTrigger(v, id)
	case p.Action == actOn && v.Session.At("", stepDraft):
		return switchOn(v, d)
	case p.Action == actChanged && v.Session.At("", stepChange):
		return pauseToChange(v, d)
	case p.Action == actUntag && v.Session.At(Flow, stepTag):
		return setTag(v, d, "")
	case p.Action == actStaffSet && v.Session.At("", stepStaff):
		return setStaff(v, d, more)
	}
	return staleTrigger(v, id)
}

// staleTrigger shows what is current of a trigger to whoever pressed a button of an older screen.
func staleTrigger(v talk.View, id string) talk.Output {
	if id == "" {
		return Triggers(v).Toasted(v.T("owner.stale.toast"))
	}
	return campaignPage(v, id, "").Toasted(v.T("owner.stale.toast"))
}

// triggerText answers what is typed while a screen of a trigger waits for it.
func triggerText(v talk.View) talk.Output {
	text := strings.TrimSpace(v.Event.Text)
	switch {
	case text == "": // a picture, a sticker
		return triggerAgain(v, v.Rich("broadcast.words"))
	case v.Session.Step == stepTag:
		return setTag(v, talk.Data[draft](v.Session, Flow), text)
	}
	return readTuning(v, tuned(v), text)
}

// triggerAgain shows the screen that waits for something typed once more.
func triggerAgain(v talk.View, about bots.Rich) talk.Output {
	if v.Session.Step == stepTag {
		return askTag(v, talk.Data[draft](v.Session, Flow), about)
	}
	if t := tuned(v); t.Part != "" {
		return askPart(v, t, 0, about)
	}
	return triggerList(v, 0, about)
}

// sentOver is the time over which the list counts messages.
const sentOver = 30 * 24 * time.Hour

// triggers are a page of the list: those that run first, those that are over last.
type triggers struct {
	All         []engine.Campaign
	From, To    int
	Page, Pages int
	Sent        []int // within the last days, of those on the page
}

func readTriggers(ctx context.Context, e *engine.Engine, program string, page int) (l triggers, err error) {
	if l.All, err = e.Campaigns(ctx, program); err != nil {
		return l, err
	}
	l.All = slices.DeleteFunc(l.All, func(c engine.Campaign) bool { return !isTrigger(c) || c.Plan.Trigger == nil })
	order := []engine.CampaignState{engine.CampaignRunning, engine.CampaignPaused, engine.CampaignDraft}
	place := func(c engine.Campaign) int {
		if i := slices.Index(order, c.State); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortStableFunc(l.All, func(a, b engine.Campaign) int { return place(a) - place(b) })
	l.From, l.To, l.Page, l.Pages = pageOf(len(l.All), page)
	for _, c := range l.All[l.From:l.To] {
		n, err := e.Store().SentSince(ctx, program, c.ID, e.Now().Add(-sentOver))
		if err != nil {
			return l, fmt.Errorf("count messages: %w", err)
		}
		l.Sent = append(l.Sent, n)
	}
	return l, nil
}

// withTriggers reads a page of the list and goes on.
func withTriggers(v talk.View, page int, then func(talk.View, triggers) talk.Output) talk.Output {
	program := v.Program.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (triggers, error) {
		return readTriggers(ctx, e, program, page)
	}, func(v talk.View, l triggers, err error) talk.Output {
		if err != nil {
			return v.SayAnd(talk.Session{}, v.Screen(note(v, err), talk.Row(button(v.T("owner.home.again.btn"), actTriggers, ""))))
		}
		return then(v, l)
	}))
}

// triggerList shows a page of the triggers under a note. Where there are none it offers the ready-made ones.
func triggerList(v talk.View, page int, about bots.Rich) talk.Output {
	return withTriggers(v, page, func(v talk.View, l triggers) talk.Output {
		fresh := button(v.T("triggers.new.btn"), actEvents, "")
		home := talk.Row(button(v.T("campaigns.btn"), actCampaigns, ""), button(v.T("market.home.btn"), actHome, ""))
		if len(l.All) == 0 {
			text := talk.Paragraphs(about, v.Rich("triggers.title"), v.Rich("triggers.none"), l.readyLines(v))
			return v.SayAnd(talk.Session{}, v.Screen(text, append(readyTriggerRows(v), talk.Row(fresh), home)...))
		}
		text := talk.Paragraphs(append([]bots.Rich{about, v.Rich("triggers.title")}, l.lines(v)...)...)
		rows := append(l.rows(v), talk.Row(button(v.T("triggers.ready.btn"), actReadies, "")), talk.Row(fresh), home)
		return v.SayAnd(talk.Session{}, v.Screen(text, rows...))
	})
}

func (l triggers) lines(v talk.View) []bots.Rich {
	var lines []bots.Rich
	for i, c := range l.All[l.From:l.To] {
		line := v.Rich("triggers.line", locales.Args{"No": l.From + i + 1, "Icon": iconFor(c), "Name": called(c), "State": stateOf(v, c)})
		if when := v.Words().TriggerWhen(c.Plan.Trigger); when != called(c) {
			line = talk.Lines(line, bots.Escape(when))
		}
		if !c.StartedAt.IsZero() {
			line = talk.Lines(line, bots.Rich(v.P.RichN("triggers.sent", int64(l.Sent[i]))))
		}
		lines = append(lines, line)
	}
	return lines
}

func (l triggers) rows(v talk.View) [][]bots.Button {
	var rows [][]bots.Button
	for _, c := range l.All[l.From:l.To] {
		rows = append(rows, talk.Row(button(iconFor(c)+" "+words.CleanName(c.Name, 26), actCampaign, c.ID)))
	}
	return append(rows, arrows(l.Page, l.Pages, func(text string, page int) bots.Button { return button(text, actTriggers, strconv.Itoa(page)) })...)
}

// made finds the trigger that has been made of a ready-made one and is not over.
func (l triggers) made(v talk.View, ready string) (engine.Campaign, bool) {
	id := engine.ReadyTriggerID(v.Program.ID, ready)
	i := slices.IndexFunc(l.All, func(c engine.Campaign) bool { return c.ID == id && c.State.Open() })
	if i < 0 {
		return engine.Campaign{}, false
	}
	return l.All[i], true
}
