// Package market is the conversation with whoever speaks to many guests at once: marketers, managers and owners. They name whom they mean, see how many
// these are and how many of them may be written to.
//
// Screens that wait for typed text keep their session under [Flow]. Screens made of buttons alone leave it empty: what an owner types meanwhile is still
// for the counter.
package market

import (
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
)

// Flow is the name of this conversation in sessions and button ids.
const Flow = "market"

// Actions of buttons. A segment is named by its id, a ready-made one by that of [engine.ReadySegment].
const (
	actHome     = "home"
	actList     = "list"     // a page of the own segments
	actReady    = "ready"    // the ready-made ones
	actSegment  = "seg"      // one of either
	actCount    = "count"    // the same, counted again
	actWrite    = "write"    // a sentence; of an own segment: another one
	actFacts    = "facts"    // what can be asked
	actAgain    = "again"    // the form as it stands
	actSave     = "save"     // under a name; a changed own segment at once
	actKeep     = "keep"     // as it is now, under a name
	actRename   = "rename"   // an own one
	actName     = "name"     // the name that is proposed
	actSentence = "sentence" // back from the name to what is named
	actDelete   = "delete"   // asks
	actDeleted  = "deleted"  // does
	actWith     = "with"     // only those who also belong to another
	actWithout  = "without"  // only those who do not
	actPick     = "pick"     // a page of the own segments, to pick one
	actPicks    = "picks"    // the ready-made ones, to pick one
	actTake     = "take"     // this one is picked
	actAgreed   = "agreed"   // everybody who agreed to news is
	actEveryone = "everyone" // every guest is
	actLeave    = "leave"    // none is
)

// Commands are what this conversation adds to the menu.
func Commands() []talk.Command {
	return talk.Menu("market.cmd.",
		talk.Command{Name: "broadcast", May: talk.View.Markets, Handle: Broadcast},
		talk.Command{Name: "campaigns", May: talk.View.Markets, Handle: Campaigns},
		talk.Command{Name: "report", May: talk.View.Markets, Handle: Report},
		talk.Command{Name: "triggers", May: talk.View.Markets, Handle: Triggers},
		talk.Command{Name: "segments", May: talk.View.Markets, Handle: Segments})
}

// Press answers a pressed button of this flow.
func Press(v talk.View, p talk.Pressed) talk.Output {
	if !v.Markets() {
		return v.Say(v.Alert(v.Problem(&engine.Error{Kind: engine.KindForbidden, ID: "not_allowed"})))
	}
	switch {
	case strings.HasPrefix(p.Action, broadcastAction):
		return pressBroadcast(v, p)
	case strings.HasPrefix(p.Action, triggerAction):
		return pressTrigger(v, p)
	}
	switch p.Action {
	case actHome:
		return Home(v)
	case actList:
		return listed(v, pageArg(p.Arg))
	case actReady:
		return readyList(v)
	case actSegment:
		return segmentPage(v, p.Arg, "")
	case actCount:
		return pressCount(v, p)
	case actWrite:
		return pressWrite(v, p)
	case actFacts:
		return factList(v)
	case actAgain:
		return pressAgain(v, p)
	case actSave:
		return pressSave(v, p)
	case actKeep:
		return pressKeep(v, p)
	case actRename:
		return pressRename(v, p)
	case actName:
		return pressName(v, p)
	case actSentence:
		return pressSentence(v, p)
	case actDelete:
		return askDelete(v, p.Arg)
	case actDeleted:
		return pressDelete(v, p)
	case actWith, actWithout:
		return pressNarrow(v, p)
	case actPick, actPicks, actTake, actAgreed, actEveryone, actLeave:
		return pressPick(v, p)
	case actLimits, actLimit, actBound:
		return pressLimits(v, p)
	}
	if out, ok := pressCampaign(v, p); ok {
		return out
	}
	return Segments(v)
}

// Text answers typed text while a screen of this flow waits for some.
func Text(v talk.View) talk.Output {
	if drafted(v).ID != "" {
		return broadcastText(v)
	}
	if strings.HasPrefix(v.Session.Step, triggerAction) {
		return triggerText(v)
	}
	f := talk.Data[form](v.Session, Flow)
	switch v.Session.Step {
	case stepWrite, stepSentence, stepPick:
		return readSentence(v, f)
	case stepName:
		return named(v, f, v.Event.Text)
	case stepBudget:
		return budgetTyped(v, v.Event.Text)
	case stepLimit:
		return limitTyped(v, v.Event.Text)
	}
	return Segments(v)
}

// Contact answers a shared contact: nothing here needs one, so the screen is shown again with a word about it.
func Contact(v talk.View) talk.Output { return again(v, v.Rich("owner.no_contact")) }

// again shows the screen that the session is at once more.
func again(v talk.View, about bots.Rich) talk.Output {
	if drafted(v).ID != "" {
		return broadcastAgain(v, about)
	}
	if strings.HasPrefix(v.Session.Step, triggerAction) {
		return triggerAgain(v, about)
	}
	f := talk.Data[form](v.Session, Flow)
	switch {
	case v.Session.At(Flow, stepWrite):
		return askSentence(v, f, about)
	case v.Session.At(Flow, stepSentence):
		return showSentence(v, f, about)
	case v.Session.At(Flow, stepName):
		return askName(v, f, about)
	case v.Session.At(Flow, stepPick):
		return pickList(v, f, 0, about)
	case v.Session.At(Flow, stepBudget):
		return askBudget(v, talk.Data[string](v.Session, Flow), about)
	case v.Session.At(Flow, stepLimit):
		return askLimit(v, talk.Data[asked](v.Session, Flow), about)
	}
	return Segments(v)
}

func pressAgain(v talk.View, p talk.Pressed) talk.Output {
	if _, ok := current(v, p); !ok {
		return stale(v)
	}
	return again(v, "")
}

// current is the form that a button belongs to, if its screen is the one that is shown.
func current(v talk.View, p talk.Pressed) (form, bool) {
	ok := p.Mark != "" && p.Mark == v.Session.Mark && v.Session.Flow == Flow
	return talk.Data[form](v.Session, Flow), ok
}

// stale shows the current screen to whoever pressed a button of an older one, and says so.
func stale(v talk.View) talk.Output { return again(v, "").Toasted(v.T("owner.stale.toast")) }

// button makes a button of this flow without a mark.
func button(text, action, arg string) bots.Button { return talk.Button(text, Flow, action, arg, "") }

// back leads to another screen of this flow.
func back(v talk.View, action, arg string) []bots.Button {
	return talk.Row(button(v.T("common.back.btn"), action, arg))
}

// note puts an error into words above a screen.
func note(v talk.View, err error) bots.Rich { return "❗ " + bots.Escape(v.Problem(err)) }
