package market

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/segment"
	"kartka/locales"
	"kartka/words"
)

// How much of an expression a screen shows, in characters.
const (
	maxLine     = 300
	maxExplain  = 1500
	maxSentence = 1000
	maxChanged  = 3000 // of a sentence that stands alone
	maxCopied   = 256  // of a button that copies
	aroundWrong = 60   // on each side of a mistake
)

// pressWrite asks for a sentence: for an own segment named by the button, for the errand that is being run, or for a new one.
func pressWrite(v talk.View, p talk.Pressed) talk.Output {
	if f, ok := current(v, p); ok && f.Errand != nil {
		return askSentence(v, form{Errand: f.Errand}, "")
	}
	return askSentence(v, form{Of: p.Arg}, "")
}

// askSentence asks whom the person means.
func askSentence(v talk.View, f form, about bots.Rich) talk.Output {
	return withShop(v, func(v talk.View, s shop) talk.Output {
		mark := v.NewMark()
		rows := [][]bots.Button{{button(v.T("market.facts.btn"), actFacts, "")}}
		leave := back(v, actList, "")
		if f.Errand != nil {
			leave = talk.Row(talk.Button(v.T("common.back.btn"), Flow, actPick, "", mark))
		}
		text := talk.Paragraphs(about, v.Rich("market.write.text"))
		own, found := s.own(f.Of)
		switch {
		case found:
			sentence := s.sentence(v, own.Expr)
			text = talk.Paragraphs(about, v.Rich("market.write.change", locales.Args{"Name": s.title(v, own.ID)}), code(v, sentence, maxChanged))
			rows = append(rows, copies(v, sentence)...)
			leave = back(v, actSegment, own.ID)
		case about == "":
			text = talk.Paragraphs(text, v.Rich("market.write.examples"), examples(v))
		}
		if !found {
			f.Of = ""
		}
		return v.SayAnd(talk.In(Flow, stepWrite, f).Marked(mark), v.Screen(text, append(rows, leave)...))
	})
}

// exampleTexts are sentences that show what there is: a count in a span, a text and a negation, one of two.
var exampleTexts = []string{"visits(90d) >= 3 and last_visit > 30d", "birthday <= 7d and not tag = vip", "burning(14d) > 0 or in(sleeping)"}

// examples are sentences in the person's language, each with what it means.
func examples(v talk.View) bots.Rich {
	var list []bots.Rich
	for _, text := range exampleTexts {
		x, err := segment.Parse(text, segment.Grammar{})
		if err != nil {
			continue
		}
		if x, err = segment.Check(x, readyIDs{}); err != nil {
			continue
		}
		list = append(list, talk.Lines(code(v, shop{}.sentence(v, x), maxSentence), bots.Escape(v.Words().Segment(x, shop{}.names(v)))))
	}
	return talk.Paragraphs(list...)
}

// readyIDs resolves the ids of ready-made segments as people write them, and leaves all else as it is.
type readyIDs struct{}

// Resolve implements [segment.Known].
func (readyIDs) Resolve(thing segment.Thing, name string) (string, bool) {
	if thing == segment.ThingSegment {
		return engine.ReadySegment(segment.Ready{ID: name}), true
	}
	return name, true
}

// spoken resolves the names that ready-made segments have in the person's language, unless an own segment has the name; all else is left as it is.
type spoken struct {
	v talk.View
	s shop
}

// Resolve implements [segment.Known].
func (n spoken) Resolve(thing segment.Thing, name string) (string, bool) {
	if thing != segment.ThingSegment || n.s.named(name) {
		return name, true
	}
	for _, r := range segment.ReadyMade() {
		if title, _ := n.v.Words().ReadySegment(r.ID); segment.Fold(title) == segment.Fold(name) {
			return engine.ReadySegment(r), true
		}
	}
	return name, true
}

// named reports whether an own segment has the name.
func (s shop) named(name string) bool {
	return slices.ContainsFunc(s.Own, func(o engine.Segment) bool { return segment.Fold(o.Name) == segment.Fold(name) })
}

// sentence writes an expression so that the person can change it and send it back.
func (s shop) sentence(v talk.View, x segment.Expr) string {
	names := s.names(v)
	return v.Words().SegmentSentence(x, func(thing segment.Thing, id string) string {
		if own, ok := s.own(id); ok && thing == segment.ThingSegment {
			return own.Name
		}
		name := names(thing, id)
		if thing == segment.ThingSegment && s.named(name) {
			return id // an own one has the name of this ready-made one
		}
		return name
	})
}

// reading is what became of a sentence.
type reading struct {
	Expr    segment.Expr
	Problem *segment.Problem
}

// readSentence reads what the person typed. Whatever is wrong with it, the screen stays and says so: nothing that was there before is lost.
func readSentence(v talk.View, f form) talk.Output {
	text := strings.TrimSpace(v.Event.Text)
	if text == "" { // a picture, a sticker
		return again(v, v.Rich("market.write.words"))
	}
	program, grammar := v.Program.ID, v.Words().SegmentGrammar()
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (r reading, err error) {
		s, err := readShop(ctx, e, program)
		if err != nil {
			return r, err
		}
		if r.Expr, err = segment.Parse(text, grammar); err == nil {
			r.Expr, err = segment.Check(r.Expr, spoken{v, s})
		}
		if err == nil {
			r.Expr, err = e.CheckSegment(ctx, program, r.Expr)
		}
		r.Problem, err = problemOf(err)
		return r, err
	}, func(v talk.View, r reading, err error) talk.Output {
		switch {
		case err != nil:
			return again(v, note(v, err))
		case r.Problem != nil:
			return again(v, talk.Lines(wrong(v, r.Problem), where(v, text, r.Problem)))
		}
		return showSentence(v, form{Of: f.Of, Errand: f.Errand}.with(r.Expr), "")
	}))
}

// wrong says what is wrong with an expression.
func wrong(v talk.View, p *segment.Problem) bots.Rich {
	return "❗ " + bots.Escape(v.Words().SegmentProblem(p))
}

// where shows the place of a mistake within what was typed, "" when there is none.
func where(v talk.View, text string, p *segment.Problem) bots.Rich {
	typed, at := []rune(text), p.At
	if at < 0 { // a name that the shop does not have
		at = wordAt(typed, []rune(p.Near))
	}
	if at < 0 || p.ID == segment.ProblemLong {
		return ""
	}
	at = min(at, len(typed))
	from, to := max(0, at-aroundWrong), min(len(typed), at+aroundWrong)
	shown := string(typed[from:at]) + "👉" + string(typed[at:to])
	if from > 0 {
		shown = "…" + shown
	}
	if to < len(typed) {
		shown += "…"
	}
	return "<code>" + bots.Escape(words.CleanName(shown, 2*aroundWrong+3)) + "</code>"
}

// wordAt finds a name that stands by itself, -1 when it does not.
func wordAt(text, name []rune) int {
	within := func(i int) bool {
		return 0 <= i && i < len(text) && (unicode.IsLetter(text[i]) || unicode.IsDigit(text[i]) || text[i] == '_')
	}
	for at := range text {
		end := at + len(name)
		if len(name) > 0 && end <= len(text) && strings.EqualFold(string(text[at:end]), string(name)) && !within(at-1) && !within(end) {
			return at
		}
	}
	return -1
}

// code is a sentence as it was written, if it is not too long to be shown.
func code(v talk.View, sentence string, most int) bots.Rich {
	if utf8.RuneCountInString(sentence) > most {
		return v.Rich("market.sentence.long")
	}
	return "<code>" + bots.Escape(sentence) + "</code>"
}

// copies is the button that copies a sentence, none for a long one.
func copies(v talk.View, sentence string) [][]bots.Button {
	if bots.UTF16Len(sentence) > maxCopied {
		return nil
	}
	return [][]bots.Button{{{Text: v.T("market.copy.btn"), Copy: sentence}}}
}

// sized is what is needed to show an expression.
type sized struct {
	Shop shop
	Size size
}

// withSize measures an expression and goes on.
func withSize(v talk.View, x segment.Expr, then func(talk.View, sized) talk.Output) talk.Output {
	program := v.Program.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (s sized, err error) {
		if s.Shop, err = readShop(ctx, e, program); err != nil {
			return s, err
		}
		s.Size, err = s.Shop.measure(ctx, e, program, x)
		return s, err
	}, func(v talk.View, s sized, err error) talk.Output {
		if err != nil {
			return v.Say(v.Alert(v.Problem(err)))
		}
		return then(v, s)
	}))
}

// showSentence shows what has been read: whom it means, how many they are, and what can be done with it.
func showSentence(v talk.View, f form, about bots.Rich) talk.Output {
	x, ok := f.expr()
	if !ok {
		return Segments(v)
	}
	return withSize(v, x, func(v talk.View, s sized) talk.Output {
		mark := v.NewMark()
		marked := func(key, action string) bots.Button { return talk.Button(v.T(key), Flow, action, "", mark) }
		own, changes := s.Shop.own(f.Of)
		if !changes {
			f.Of = ""
		}
		head, leave := v.Rich("market.sentence.new"), back(v, actList, "")
		rows := [][]bots.Button{{marked("market.save.btn", actSave), marked("market.count.btn", actCount)}}
		switch {
		case f.Errand != nil:
			head, leave = v.Rich("market.sentence.pick"), talk.Row(marked("common.back.btn", actPick))
			rows = [][]bots.Button{{marked("market.take.btn", actTake)}}
		case changes:
			head, leave = v.Rich("market.sentence.change", locales.Args{"Name": s.Shop.title(v, own.ID)}), back(v, actSegment, own.ID)
		}
		if f.Errand == nil {
			rows = append(rows, talk.Row(marked("market.with.btn", actWith), marked("market.without.btn", actWithout)), talk.Row(marked("market.keep.btn", actKeep)))
		}
		sentence := s.Shop.sentence(v, x)
		text := talk.Paragraphs(about, head, s.Shop.explained(v, x), s.Size.lines(v), talk.Lines(v.Rich("market.sentence.again"), code(v, sentence, maxSentence)))
		rows = append(rows, copies(v, sentence)...)
		return v.SayAnd(talk.In(Flow, stepSentence, form{Expr: f.Expr, Of: f.Of, Errand: f.Errand}).Marked(mark), v.Screen(text, append(rows, leave)...))
	})
}

// explained says in words whom an expression means, a condition a line, as far as there is room.
func (s shop) explained(v talk.View, x segment.Expr) bots.Rich {
	all := v.Words().SegmentLines(x, s.names(v))
	if len(all) == 1 {
		return "👤 " + bots.Escape(words.CleanName(all[0].Text, maxExplain))
	}
	var lines []bots.Rich
	room := maxExplain
	for i, line := range all {
		text := words.CleanName(line.Text, maxLine)
		if room -= utf8.RuneCountInString(text); room < 0 {
			lines = append(lines, bots.Rich(v.P.RichN("market.means.more", int64(len(all)-i))))
			break
		}
		switch line.Depth {
		case 0:
			lines = append(lines, "👤 "+bots.Escape(text))
		default:
			lines = append(lines, bots.Rich(strings.Repeat("\u2003", line.Depth-1))+"• "+bots.Escape(text))
		}
	}
	return talk.Lines(lines...)
}
