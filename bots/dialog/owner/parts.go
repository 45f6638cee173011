package owner

import (
	"strconv"
	"strings"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

// part is a section of the settings that has a screen of its own.
type part struct {
	name string
	// text says what is set, without items; "" when nothing is.
	text func(talk.View, *rules.Settings) bots.Rich
	// items are the things of the section that have names, with their terms; nil when it has none.
	items func(talk.View, *rules.Settings) []item
	// changed is where the section's screen leads whoever wants to change it.
	changed way
}

// way is how a section is changed.
type way int

const (
	byFile    way = iota // in the file of the settings
	byNumbers            // with the buttons of the base rules
	byAdding             // by a ready-made mechanic
	byLimits             // on the marketer's screen of limits
)

// item is a thing of the settings with a name: a promotion, a stamp card, a tier, a code.
type item struct {
	name   string
	terms  bots.Rich
	flips  string // the kind of thing that can be paused, "" when it cannot
	index  int    // its place in the list of its kind
	paused bool
}

// parts are the sections in the order they are shown.
func parts() []part {
	return []part{
		{name: "base", text: baseText, changed: byNumbers},
		{name: "discount", text: discountText},
		{name: "tiers", text: tiersText, items: tierItems, changed: byAdding},
		{name: "promos", items: ruleItems, changed: byAdding},
		{name: "stamps", items: stampItems, changed: byAdding},
		{name: "coupons", items: couponItems},
		{name: "rewards", items: rewardItems},
		{name: "gifts", text: giftsText, items: giftItems},
		{name: "friends", text: friendsText, items: friendItems, changed: byAdding},
		{name: "feedback", items: feedbackItems},
		{name: "news", text: newsText, changed: byLimits},
		{name: "expiry", text: expiryText},
		{name: "limits", text: limitsText},
	}
}

func findPart(name string) (part, bool) {
	for _, p := range parts() {
		if p.name == name {
			return p, true
		}
	}
	return part{}, false
}

func (p part) itemsOf(v talk.View) []item {
	if p.items == nil {
		return nil
	}
	return p.items(v, v.Program.Settings)
}

func (p part) textOf(v talk.View) bots.Rich {
	if p.text == nil {
		return ""
	}
	return p.text(v, v.Program.Settings)
}

// hasMechanics reports whether a shop has anything that gives beside base accrual, spending and expiry.
func hasMechanics(v talk.View) bool {
	for _, p := range parts() {
		if p.name != "base" && p.name != "feedback" && p.name != "news" && p.name != "expiry" && p.name != "limits" && (p.textOf(v) != "" || len(p.itemsOf(v)) > 0) {
			return true
		}
	}
	return false
}

// rulesRow leads from the base rules to everything else. Only a shop with mechanics has anything else to look at.
func rulesRow(v talk.View) []bots.Button {
	add := button(v.T("owner.add.btn"), "add", "")
	if !hasMechanics(v) {
		return talk.Row(add)
	}
	return talk.Row(button(v.T("owner.parts.btn"), "parts", ""), add)
}

func pressParts(v talk.View, _ talk.Pressed) talk.Output { return showPartsWith(v, "") }

// showPartsWith lists the sections, with a word about why.
func showPartsWith(v talk.View, about bots.Rich) talk.Output {
	return v.WithProgram(func(v talk.View) talk.Output {
		var lines []bots.Rich
		var buttons []bots.Button
		for _, p := range parts() {
			title := v.T("owner.part." + p.name + ".title")
			lines = append(lines, v.Rich("owner.parts.line", locales.Args{"Part": title, "State": p.state(v)}))
			buttons = append(buttons, button(v.T("owner.part."+p.name+".btn"), "part", p.name))
		}
		text := talk.Paragraphs(about, v.Rich("owner.parts.text", locales.Args{"Shop": v.Program.Settings.Name}), talk.Lines(lines...))
		rows := paired(buttons)
		rows = append(rows, talk.Row(button(v.T("owner.add.btn"), "add", ""), button(v.T("owner.file.btn"), "file", "")), back(v, "rules", ""))
		return v.SayAnd(talk.Session{}, v.Screen(text, rows...))
	})
}

// paired puts buttons side by side in twos.
func paired(buttons []bots.Button) [][]bots.Button {
	var rows [][]bots.Button
	for len(buttons) > 2 {
		rows, buttons = append(rows, buttons[:2:2]), buttons[2:]
	}
	return append(rows, buttons)
}

// state says in a few words whether a section is in use.
func (p part) state(v talk.View) string {
	all := p.itemsOf(v)
	on := 0
	for _, i := range all {
		if !i.paused {
			on++
		}
	}
	switch {
	case len(all) > on && on == 0:
		return v.T("owner.parts.paused", locales.Args{"Paused": len(all)})
	case len(all) > on:
		return v.T("owner.parts.some", locales.Args{"On": on, "Paused": len(all) - on})
	case on > 0:
		return v.T("owner.parts.count", locales.Args{"On": on})
	case p.textOf(v) != "":
		return v.T("owner.parts.on")
	}
	return v.T("owner.parts.off")
}

const stepPart = "part"

// partShown is which section is on the screen, and of which version.
type partShown struct {
	Version int64  `json:"version"`
	Part    string `json:"part"`
	Page    int    `json:"page,omitempty"`
}

// perPart is how many items one screen shows: their terms may be long.
const perPart = 8

func pressPart(v talk.View, p talk.Pressed) talk.Output {
	name, page, _ := strings.Cut(p.Arg, ".")
	no, err := strconv.Atoi(page)
	if err != nil {
		no = 0
	}
	return showPart(v, name, no, "")
}

// showPart shows a section as it is in force now.
func showPart(v talk.View, name string, page int, about bots.Rich) talk.Output {
	return v.WithProgram(func(v talk.View) talk.Output {
		p, known := findPart(name)
		if !known {
			return showPartsWith(v, about)
		}
		return drawPart(v, p, page, about)
	})
}

func drawPart(v talk.View, p part, page int, about bots.Rich) talk.Output {
	all := p.itemsOf(v)
	pages := max(1, (len(all)+perPart-1)/perPart)
	page = min(max(page, 0), pages-1)
	shown := all[page*perPart : min(len(all), (page+1)*perPart)]
	mark := v.NewMark()
	text := p.textOf(v)
	var lines []bots.Rich
	var rows [][]bots.Button
	for _, i := range shown {
		lines = append(lines, itemLine(v, i))
		if i.flips == "" {
			continue
		}
		label := v.T("owner.part.pause.btn", locales.Args{"Name": words.CleanName(i.name, 24)})
		if i.paused {
			label = v.T("owner.part.resume.btn", locales.Args{"Name": words.CleanName(i.name, 24)})
		}
		rows = append(rows, talk.Row(talk.Button(label, Flow, "flip", i.flips+"."+strconv.Itoa(i.index), mark)))
	}
	if text == "" && len(all) == 0 {
		text = v.Rich("owner.part." + p.name + ".off")
	}
	if page+1 < pages {
		rows = append(rows, talk.Row(button(v.T("owner.part.more.btn"), "part", p.name+"."+strconv.Itoa(page+1))))
	}
	switch p.changed {
	case byNumbers:
		rows = append(rows, talk.Row(button(v.T("owner.part.tune.btn"), "rules", "")))
	case byAdding:
		rows = append(rows, talk.Row(button(v.T("owner.add.btn"), "add", "")))
	case byLimits:
		rows = append(rows, talk.Row(talk.Button(v.T("owner.part.tune.btn"), "market", "lim", "", "")))
	default:
		rows = append(rows, talk.Row(button(v.T("owner.file.btn"), "file", "")))
	}
	if page > 0 {
		rows = append(rows, back(v, "part", p.name+"."+strconv.Itoa(page-1)))
	} else {
		rows = append(rows, back(v, "parts", ""))
	}
	title := v.Rich("owner.part.head", locales.Args{"Part": v.T("owner.part." + p.name + ".title")})
	state := partShown{Version: v.Program.Version, Part: p.name, Page: page}
	return v.SayAnd(aside(stepPart, state).Marked(mark), v.Screen(talk.Paragraphs(about, title, text, talk.Paragraphs(lines...)), rows...))
}

// itemLine is a thing with its terms.
func itemLine(v talk.View, i item) bots.Rich {
	key := "owner.part.item.running"
	if i.paused {
		key = "owner.part.item.paused"
	}
	if i.flips == "" {
		key = "owner.part.item.plain"
	}
	return talk.Lines(v.Rich(key, locales.Args{"Name": i.name}), i.terms)
}
