package market

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/engine/campaign"
	"kartka/locales"
	"kartka/words"
)

// maxExcerpt is how many characters of a text are shown where it is asked for anew.
const maxExcerpt = 300

// askText asks for a message in one language. What is typed is it, and what is passed on.
func askText(v talk.View, d draft, about bots.Rich) talk.Output {
	return withDraft(v, d.ID, func(v talk.View, l loaded) talk.Output {
		d.Version, d.Variant = l.Version, min(d.Variant, max(0, len(l.Plan.Variants)-1))
		if !slices.Contains(l.languages(v), d.Language) {
			d.Language = mainLanguage(v)
		}
		said := written(&l.Campaign, d.Variant)
		mark := v.NewMark()
		place := v.Words().CampaignPlace(&campaign.Problem{Variant: d.Variant, Language: d.Language}, len(l.Plan.Variants))
		parts := []bots.Rich{about, v.Rich("broadcast.text.head", locales.Args{"Place": place})}
		text, _ := said.In()
		if text == "" && d.Variant == 0 {
			parts = append(parts, l.audienceLines(v))
		}
		parts = append(parts, v.Rich("broadcast.text.ask"))
		if has(*said, d.Language) {
			now := words.CleanName(bots.Plain(bots.Rich(said.Texts[d.Language])), maxExcerpt)
			parts = append(parts, v.Rich("broadcast.text.now", locales.Args{"Text": now}))
		}
		if about == "" {
			parts = append(parts, fieldLines(v))
		}
		rows := variantRow(v, d, len(l.Plan.Variants), actText, d.Language)
		if said.Picture != "" {
			rows = append(rows, talk.Row(d.change(mark, v.T("broadcast.unpicture.btn"), actUnpicture)))
		}
		if isTrigger(l.Campaign) && len(l.Campaign.Plan.Variants) == 1 && text != "" {
			rows = append(rows, talk.Row(d.change(mark, v.T("triggers.silent.btn"), actUnvariant, "0")))
		}
		return v.SayAnd(d.at(stepText, mark), v.Screen(talk.Paragraphs(parts...), append(rows, d.backTo(v, actDraft))...))
	})
}

// fieldLines tell what can be put in, in the person's words.
func fieldLines(v talk.View) bots.Rich {
	lines := []bots.Rich{v.Rich("broadcast.text.fields")}
	for _, f := range campaign.Fields() {
		word, shows := v.Words().CampaignField(f)
		lines = append(lines, v.Rich("broadcast.text.field", locales.Args{"Written": word, "Shows": shows}))
	}
	return talk.Lines(lines...)
}

// variantRow leads to the same screen of another variant, when there are several.
func variantRow(v talk.View, d draft, variants int, action string, more ...string) [][]bots.Button {
	if variants < 2 {
		return nil
	}
	var row []bots.Button
	for i := range variants {
		label := words.CampaignVariant(i)
		if i == d.Variant {
			label = "✓ " + label
		}
		row = append(row, d.open(label, action, append([]string{strconv.Itoa(i)}, more...)...))
	}
	return [][]bots.Button{row}
}

// heard is what became of a message that somebody wrote.
type heard struct {
	Problem *campaign.Problem
	Long    []long
	kept
}

// readMessage takes a message that was written or passed on. Whatever is wrong with it, the screen stays and says so, and what was there before stays too.
func readMessage(v talk.View, d draft) talk.Output {
	rich := v.Event.Rich
	if rich == "" {
		rich = bots.Escape(v.Event.Text)
	}
	rich = bots.Rich(strings.TrimSpace(string(rich)))
	lost := lostLines(v)
	if rich == "" && v.Event.Photo == nil {
		return broadcastAgain(v, talk.Lines(v.Rich("broadcast.text.nothing"), lost))
	}
	names := v.Words().CampaignFields(d.Language)
	for name, field := range v.Words().CampaignFields(string(v.Language())) {
		names[name] = field
	}
	template, err := campaign.ParseTemplate(string(rich), names)
	if problem := (*campaign.Problem)(nil); errors.As(err, &problem) {
		problem.Variant = -1
		return broadcastAgain(v, talk.Paragraphs(talk.Lines(wrongPlan(v, problem, 1), whereInText(rich, problem)), lost))
	}
	picture := ""
	if v.Event.Photo != nil {
		picture = v.Event.Photo.String()
	}
	write := func(now *engine.Campaign) {
		c := written(now, d.Variant)
		if rich != "" {
			if c.Texts == nil {
				c.Texts = map[string]string{}
			}
			c.Texts[d.Language] = template.String()
		}
		if picture != "" {
			c.Picture = picture
		}
	}
	program, staff := v.Program.ID, v.Staff.ID
	return v.Call(talk.Do(func(ctx context.Context, e *engine.Engine, _ string) (h heard, err error) {
		s, err := readShop(ctx, e, program)
		if err != nil {
			return h, err
		}
		now, err := e.Campaign(ctx, program, d.ID)
		if err != nil {
			return h, err
		}
		if write(&now); rich != "" {
			if h.Long = longIn(v, now, s.Channels, d.Variant, d.Language); h.Long != nil {
				return h, nil
			}
		}
		h.Campaign, err = changeDraft(ctx, e, program, staff, d, write)
		if errors.As(err, &h.Problem) {
			err = nil
		}
		return h, err
	}, func(v talk.View, h heard, err error) talk.Output {
		switch {
		case engine.IsKind(err, engine.KindNotFound):
			return broadcastGone(v, note(v, err))
		case err != nil:
			return broadcastAgain(v, note(v, err))
		case h.Problem != nil:
			return broadcastAgain(v, wrongPlan(v, h.Problem, 1))
		case h.Long != nil:
			return broadcastAgain(v, talk.Paragraphs(longLines(v, h.Long, 1), lost))
		}
		return draftPage(v, d.ID, talk.Paragraphs(v.Rich("market.saved"), lost))
	}))
}

// lostLines say what of a message cannot be sent on, "" when nothing is lost.
func lostLines(v talk.View) bots.Rich {
	if len(v.Event.Lost) == 0 {
		return ""
	}
	lines := []bots.Rich{v.Rich("broadcast.text.lost")}
	for _, loss := range v.Event.Lost {
		key := "broadcast.lost." + loss.What
		if !v.P.Has(key) {
			key = "broadcast.lost.something"
		}
		lines = append(lines, "• "+v.Rich(key))
	}
	return talk.Lines(lines...)
}

// here marks a place in a text: a character that nobody types, from Unicode's first private use area.
const here = "\uE000"

// whereInText shows the place of a mistake within what was written, "" when it is not in what one sees.
func whereInText(rich bots.Rich, p *campaign.Problem) bots.Rich {
	typed := []rune(string(rich))
	if p.At < 0 || p.At > len(typed) || p.ID == campaign.ProblemLong || p.ID == campaign.ProblemMany || strings.Contains(string(rich), here) {
		return ""
	}
	seen := []rune(bots.Plain(bots.Rich(string(typed[:p.At]) + here + string(typed[p.At:]))))
	at := slices.Index(seen, []rune(here)[0])
	if at < 0 {
		return ""
	}
	before, after := seen[:at], seen[at+1:]
	shown := "👉" + string(after[:min(len(after), aroundWrong)])
	if len(after) > aroundWrong {
		shown += "…"
	}
	shown = string(before[max(0, at-aroundWrong):]) + shown
	if at > aroundWrong {
		shown = "…" + shown
	}
	return "<code>" + bots.Escape(words.CleanName(shown, 2*aroundWrong+3)) + "</code>"
}

// long is a text that a messenger cuts off.
type long struct {
	Variant  int
	Language string
	Channel  string
	Max      int // what fits
	Over     int // how much more there is
	Caption  bool
}

// longIn lists the messengers for which a text, as the person's own card would read it, is too long.
func longIn(v talk.View, c engine.Campaign, channels []string, variant int, language string) (all []long) {
	m, ok := sample(v, c, variant, language)
	if !ok {
		return nil
	}
	for _, channel := range channels {
		can, known := bots.CapabilitiesOf(bots.Channel(channel))
		if !known {
			continue
		}
		l := long{Variant: variant, Language: language, Channel: channel, Max: can.TextUnits}
		if m.Photo != nil && can.Photo {
			l.Max, l.Caption = can.CaptionUnits, true
		}
		if l.Over = bots.Units(m.Text, can.Markup) - l.Max; l.Over > 0 {
			all = append(all, l)
		}
	}
	return all
}

// longLines say what is too long, by how much, and what to do.
func longLines(v talk.View, all []long, variants int) bots.Rich {
	var lines []bots.Rich
	for _, l := range all {
		key := "broadcast.long.text"
		if l.Caption {
			key = "broadcast.long.caption"
		}
		said := v.T(key, locales.Args{"Channel": channelName(v, l.Channel), "Max": l.Max, "Over": l.Over})
		place := v.Words().CampaignPlace(&campaign.Problem{Variant: l.Variant, Language: l.Language}, variants)
		lines = append(lines, "❗ "+v.Rich("broadcast.problem.at", locales.Args{"Place": capital(place), "Problem": said}))
	}
	return talk.Lines(lines...)
}

// tooLong lists the texts that connected messengers cut off: a message is sent whole or not at all.
func (l loaded) tooLong(v talk.View) []bots.Rich {
	var lines []bots.Rich
	for i, variant := range l.Plan.Variants {
		for _, language := range l.languages(v) {
			if has(variant.Content, language) {
				if all := longIn(v, l.Campaign, l.Shop.Channels, i, language); all != nil {
					lines = append(lines, longLines(v, all, len(l.Plan.Variants)))
				}
			}
		}
	}
	return lines
}

// unpicture takes the picture away.
func unpicture(v talk.View, d draft) talk.Output {
	return keep(v, d, func(now *engine.Campaign) {
		if c := content(now, d.Variant); c != nil {
			c.Picture = ""
		}
	}, func(v talk.View, c engine.Campaign) talk.Output {
		return draftPage(v, c.ID, "").Toasted(v.T("broadcast.saved.toast"))
	}, d.onPage)
}

// languageList shows in which languages there is a text.
func languageList(v talk.View, id string, variant int, about bots.Rich) talk.Output {
	return withDraft(v, id, func(v talk.View, l loaded) talk.Output {
		d, mark := l.seen(), v.NewMark()
		d.Variant = min(variant, max(0, len(l.Plan.Variants)-1))
		at := strconv.Itoa(d.Variant)
		rows := variantRow(v, d, len(l.Plan.Variants), actLanguages)
		for _, language := range l.languages(v) {
			c := content(&l.Campaign, d.Variant)
			if c == nil || !has(*c, language) {
				rows = append(rows, talk.Row(d.open("➕ "+languageName(v, language), actText, at, language)))
				continue
			}
			rows = append(rows, talk.Row(d.open("📝 "+languageName(v, language), actText, at, language),
				d.change(mark, v.T("broadcast.untext.btn"), actUntext, at, language)))
		}
		text := talk.Paragraphs(about, v.Rich("broadcast.languages.ask", locales.Args{"Main": languageName(v, mainLanguage(v))}), talk.Lines(l.textLines(v)...))
		return v.SayAnd(d.at(stepDraft, mark), v.Screen(text, append(rows, d.backTo(v, actDraft))...))
	})
}

// untext takes the text in a language away.
func untext(v talk.View, d draft, variant int, language string) talk.Output {
	return keep(v, d, func(now *engine.Campaign) {
		if c := content(now, variant); c != nil {
			delete(c.Texts, language)
		}
	}, func(v talk.View, c engine.Campaign) talk.Output {
		return languageList(v, c.ID, variant, "").Toasted(v.T("broadcast.saved.toast"))
	}, d.onPage)
}
