package owner

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

const stepFile = "file"

// pasted is a file of settings that the owner has sent as text, in one message or several.
type pasted struct {
	Version int64  `json:"version"` // of the settings in force when it was begun
	Text    string `json:"text,omitempty"`
	Ready   bool   `json:"ready,omitempty"` // it is whole and can be put in force
}

const (
	// maxPasted bounds a file in a session: some three hundred rules.
	maxPasted = 100_000
	// maxProblems is how many problems one screen tells.
	maxProblems = 12
)

// pressFile offers the settings as a file, and waits for one.
func pressFile(v talk.View, _ talk.Pressed) talk.Output {
	return v.WithProgram(func(v talk.View) talk.Output {
		return drawFile(v, pasted{Version: v.Program.Version}, v.NewMark(), "")
	})
}

func drawFile(v talk.View, f pasted, mark string, about bots.Rich) talk.Output {
	return v.SayAnd(talk.In(Flow, stepFile, f).Marked(mark), v.Screen(talk.Paragraphs(about, v.Rich("owner.file.text")),
		talk.Row(button(v.T("owner.file.get.btn"), "getfile", "")), back(v, "parts", "")))
}

// sendFile sends the settings in force as a document.
func sendFile(v talk.View, _ talk.Pressed) talk.Output {
	return v.WithProgram(func(v talk.View) talk.Output {
		raw, err := json.Marshal(v.Program.Settings)
		if err != nil {
			return v.Say(v.Alert(v.Problem(err)))
		}
		var indented bytes.Buffer
		if err := json.Indent(&indented, raw, "", "  "); err != nil {
			return v.Say(v.Alert(v.Problem(err)))
		}
		document := bots.Message{Text: v.Rich("owner.file.caption", locales.Args{"Shop": v.Program.Settings.Name}), Ack: v.Ack(),
			File:    &bots.File{Name: v.Program.Slug + "-settings.json", MIME: "application/json", Data: append(indented.Bytes(), '\n')},
			Buttons: [][]bots.Button{talk.Row(button(v.T("owner.file.btn"), "file", ""))}}
		return v.Say(document)
	})
}

// textFile takes settings as text. A text that breaks off is gone on with: messengers cut long ones in pieces.
func textFile(v talk.View) talk.Output {
	f := talk.Data[pasted](v.Session, Flow)
	if f.Ready { // what is typed now is another one
		f = pasted{Version: f.Version}
	}
	if strings.TrimSpace(v.Event.Text) == "" { // a document, which no channel hands over, or a sticker
		return drawFile(v, f, v.NewMark(), v.Rich("owner.file.document"))
	}
	f.Text += v.Event.Text
	if len(f.Text) > maxPasted {
		return drawFile(v, pasted{Version: f.Version}, v.NewMark(), v.Rich("owner.file.long"))
	}
	if goesOn(f.Text) {
		return drawFile(v, f, v.NewMark(), v.Rich("owner.file.part", locales.Args{"Length": utf8.RuneCountInString(f.Text)}))
	}
	return v.WithProgram(func(v talk.View) talk.Output {
		next, err := rules.ParseSettings([]byte(f.Text))
		if err != nil {
			return drawFile(v, pasted{Version: v.Program.Version}, v.NewMark(), problemLines(v, err))
		}
		f.Version = v.Program.Version
		return drawReady(v, f, next)
	})
}

// goesOn reports whether a text is the beginning of JSON that has not ended yet.
func goesOn(text string) bool {
	if !strings.HasPrefix(strings.TrimSpace(text), "{") {
		return false
	}
	var syntax *json.SyntaxError
	err := json.Unmarshal([]byte(text), new(any))
	return errors.As(err, &syntax) && syntax.Offset >= int64(len(text)) && strings.HasPrefix(syntax.Error(), "unexpected end")
}

// problemLines tells what is wrong with settings, a line for each problem with its field.
func problemLines(v talk.View, err error) bots.Rich {
	var problems rules.Problems
	if !errors.As(err, &problems) {
		return v.Rich("owner.file.wrong")
	}
	lines := []bots.Rich{bots.Rich(v.P.RichN("owner.file.problems", int64(len(problems))))}
	for i, p := range problems {
		if i == maxProblems {
			lines = append(lines, v.Rich("owner.file.more", locales.Args{"More": len(problems) - i}))
			break
		}
		lines = append(lines, v.Rich("owner.file.problem", locales.Args{"Field": words.CleanName(p.Field, 80), "Text": words.CleanName(p.Text, 160)}))
	}
	return talk.Lines(lines...)
}

// drawReady tells what settings would change, and asks whether to put them in force.
func drawReady(v talk.View, f pasted, next *rules.Settings) talk.Output {
	now := v.Program.Settings
	switch {
	case talk.SameSettings(now, next):
		return drawFile(v, pasted{Version: f.Version}, v.NewMark(), v.Rich("owner.file.same"))
	case now.Currency != next.Currency || now.Unit.Decimals != next.Unit.Decimals || now.Unit.StepWorth != next.Unit.StepWorth:
		return drawFile(v, pasted{Version: f.Version}, v.NewMark(), note(v, &engine.Error{Kind: engine.KindForbidden, ID: "unit_fixed"}))
	}
	f.Ready = true
	mark := v.NewMark()
	apply := talk.Button(v.T("owner.file.apply.btn"), Flow, "setfile", "", mark)
	apply.Style = bots.StyleSuccess
	text := talk.Paragraphs(v.Rich("owner.file.ready"), differences(v, now, next), newWarnings(v, now, next), v.Rich("owner.rules.apply.text"))
	return v.SayAnd(talk.In(Flow, stepFile, f).Marked(mark), v.Screen(text, talk.Row(apply), back(v, "file", "")))
}

// applyFile puts the pasted settings in force.
func applyFile(v talk.View, p talk.Pressed) talk.Output {
	f := talk.Data[pasted](v.Session, Flow)
	if !v.Session.At(Flow, stepFile) || p.Mark == "" || p.Mark != v.Session.Mark || !f.Ready {
		return stale(v, pressFile(v, p))
	}
	next, err := rules.ParseSettings([]byte(f.Text))
	if err != nil { // rules have become stricter since it was read
		return drawFile(v, pasted{Version: f.Version}, v.NewMark(), problemLines(v, err))
	}
	return v.ChangeSettings(f.Version, next, func(v talk.View, err error) talk.Output {
		switch {
		case engine.IsKind(err, engine.KindConflict):
			return showPartsWith(v, v.Rich("owner.rules.changed"))
		case err != nil:
			return drawFile(v, pasted{Version: f.Version}, v.NewMark(), note(v, err))
		}
		return showPartsWith(v, v.Rich("owner.file.applied"))
	})
}
