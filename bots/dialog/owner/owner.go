// Package owner is the conversation with whoever runs a shop: the wizard that opens it, its rules, its people, its places and
// the poster for the counter.
//
// Screens that wait for typed text keep their session under [Flow]. Screens made of buttons alone keep it aside, under no
// flow: what an owner types meanwhile is still for the counter.
package owner

import (
	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
)

// Flow is the name of this conversation in sessions and button ids.
const Flow = "owner"

// Commands are what owners and managers can type.
func Commands() []talk.Command {
	owns := func(v talk.View) bool { return v.Owns() }
	manages := func(v talk.View) bool { return v.Manages() }
	works := func(v talk.View) bool { return v.Staff != nil && !v.Staff.Disabled }
	return talk.Menu("owner.cmd.",
		talk.Command{Name: "shop", May: works, Handle: Home},
		talk.Command{Name: "rules", May: owns, Handle: opened(Rules)},
		talk.Command{Name: "staff", May: manages, Handle: opened(func(v talk.View) talk.Output { return staffList(v, 0) })},
		talk.Command{Name: "feedback", May: manages, Handle: opened(Feedback)},
		talk.Command{Name: "places", May: manages, Handle: opened(places)},
		talk.Command{Name: "poster", May: talk.View.Markets, Handle: opened(func(v talk.View) talk.Output { return posterChoice(v, "") })},
		talk.Command{Name: "setup", May: owns, Hidden: true, Handle: Begin},
	)
}

// Press answers a pressed button of this flow.
func Press(v talk.View, p talk.Pressed) talk.Output {
	if settingUp(v) {
		return pressInSetup(v, p)
	}
	var may bool
	var handle func(talk.View, talk.Pressed) talk.Output
	switch p.Action {
	case "rules":
		may, handle = v.Owns(), func(v talk.View, _ talk.Pressed) talk.Output { return Rules(v) }
	case "tune":
		may, handle = v.Owns(), pressRules
	case "parts":
		may, handle = v.Owns(), pressParts
	case "part":
		may, handle = v.Owns(), pressPart
	case "flip":
		may, handle = v.Owns(), askFlip
	case "setflip":
		may, handle = v.Owns(), pressFlip
	case "add":
		may, handle = v.Owns(), pressAdd
	case "answer":
		may, handle = v.Owns(), pressAnswer
	case "file":
		may, handle = v.Owns(), pressFile
	case "getfile":
		may, handle = v.Owns(), sendFile
	case "setfile":
		may, handle = v.Owns(), applyFile
	case "state":
		may, handle = v.Owns(), askState
	case "setstate":
		may, handle = v.Owns(), pressState
	case "staff":
		may, handle = v.Manages(), pressStaff
	case "person":
		may, handle = v.Manages(), pressPerson
	case "dismiss":
		may, handle = v.Manages(), pressDismiss
	case "invite":
		may, handle = v.Manages(), pressInvite
	case "places":
		may, handle = v.Manages(), func(v talk.View, _ talk.Pressed) talk.Output { return places(v) }
	case "place":
		may, handle = v.Manages(), pressPlace
	case "newplace":
		may, handle = v.Manages(), pressNewPlace
	case "feedback":
		may, handle = v.Manages(), pressFeedback
	case "lowmarks":
		may, handle = v.Manages(), pressLow
	case "poster":
		may, handle = v.Markets(), pressPoster
	case "print":
		may, handle = v.Markets(), pressPrint
	case "table":
		may, handle = v.Markets(), pressTable
	default:
		return Home(v)
	}
	if !may {
		return v.Say(v.Alert(v.Problem(&engine.Error{Kind: engine.KindForbidden, ID: "not_allowed"})))
	}
	return handle(v, p)
}

// Text answers typed text while a screen of this flow waits for some.
func Text(v talk.View) talk.Output {
	if settingUp(v) {
		return textInSetup(v)
	}
	switch {
	case v.Session.At(Flow, stepNewPlace) && v.Manages():
		return textNewPlace(v)
	case v.Session.At(Flow, stepTable) && v.Markets():
		return textTable(v)
	case v.Session.At(Flow, stepAdd) && v.Owns():
		return textAnswer(v, "")
	case v.Session.At(Flow, stepFile) && v.Owns():
		return textFile(v)
	}
	return Home(v)
}

// Contact answers a shared contact: nothing here needs one, so the screen is shown again with a word about it.
func Contact(v talk.View) talk.Output {
	note := v.Rich("owner.no_contact")
	if settingUp(v) && v.Owns() {
		if s, d, ok := current(v.Session); ok {
			return redraw(v, s, d, note)
		}
		return Begin(v)
	}
	switch {
	case v.Session.At(Flow, stepNewPlace):
		return askNewPlace(v, talk.Data[newPlace](v.Session, Flow), note)
	case v.Session.At(Flow, stepTable):
		return askTable(v, talk.Data[tablePoster](v.Session, Flow), note)
	case v.Session.At(Flow, stepAdd) && v.Owns():
		return textAnswer(v, note)
	case v.Session.At(Flow, stepFile) && v.Owns():
		return drawFile(v, talk.Data[pasted](v.Session, Flow), v.Session.Mark, note)
	}
	return Home(v)
}

func settingUp(v talk.View) bool { return v.Program.State == engine.ProgramSetup }

// opened leads whoever asks too early back to the wizard.
func opened(handle func(talk.View) talk.Output) func(talk.View) talk.Output {
	return func(v talk.View) talk.Output {
		if settingUp(v) {
			return Begin(v)
		}
		return handle(v)
	}
}

// aside is the session of a screen of buttons: it holds the screen's data and leaves typed text alone.
func aside(step string, data any) talk.Session { return talk.In("", step, data) }

// asideData reads what aside has stored, if the mark is that of its screen.
func asideData[T any](v talk.View, step string, p talk.Pressed) (data T, ok bool) {
	if p.Mark == "" || p.Mark != v.Session.Mark || !v.Session.At("", step) {
		return data, false
	}
	return talk.Data[T](v.Session, ""), true
}

// stale shows the current screen to whoever pressed a button of an older one, and says so.
func stale(v talk.View, screen talk.Output) talk.Output {
	return screen.Toasted(v.T("owner.stale.toast"))
}

// button makes a button of this flow without a mark.
func button(text, action, arg string) bots.Button { return talk.Button(text, Flow, action, arg, "") }

// back leads to another screen of this flow.
func back(v talk.View, action, arg string) []bots.Button {
	return talk.Row(button(v.T("common.back.btn"), action, arg))
}

// note puts an error into words above a screen.
func note(v talk.View, err error) bots.Rich { return bots.Escape(v.Problem(err)) }
