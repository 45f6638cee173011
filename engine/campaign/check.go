package campaign

import (
	"maps"
	"slices"
	"strings"
	"time"

	"kartka/engine/money"
	"kartka/engine/rules"
)

// Bounds of what can be sent.
const (
	MaxVariants = 4
	MaxWeight   = 100
	MaxButtons  = 4
	MaxLabel    = 40   // characters
	MaxURL      = 512  // bytes
	MaxHoldout  = 5000 // basis points
	MaxWindow   = 60   // days
	maxGiftDays = 3650
	maxPoints   = money.Points(1_000_000_000)
)

// Check reports everything that is wrong with a plan, and with warnings what may not be meant, in the order of its parts. words gives, by language, the
// names that placeholders have in it beside the English ones. How long a text may be is the channels' to say, and whether the audience exists
// the segments'. It is nil when there is nothing to say.
func (p Plan) Check(s *rules.Settings, words map[string]map[string]Field) []Problem {
	c := checker{plan: &p, shop: s, words: words, at: -1}
	if o := p.outsize(); o != nil {
		c.found = append(c.found, *o)
		return c.found
	}
	if p.Trigger != nil {
		c.trigger(p.Trigger)
	} else if p.Audience == nil {
		c.add(ProblemAudience)
	}
	if n := len(p.Variants); n == 0 && p.Trigger == nil || n > MaxVariants {
		c.add(ProblemVariants, "Max", MaxVariants)
	}
	told := false
	for i := range p.Variants {
		c.at = i
		told = c.variant(&p.Variants[i]) || told
	}
	c.at = -1
	c.gift(told)
	c.between(ProblemHoldout, p.Holdout, 0, MaxHoldout)
	c.between(ProblemWindow, p.Window, 1, MaxWindow)
	if p.Budget > 0 && p.Gift == nil {
		c.warn(ProblemBudgetNothing)
	}
	return c.found
}

// Ready reports whether a plan with such problems can be sent: they are all warnings.
func Ready(problems []Problem) bool {
	return !slices.ContainsFunc(problems, func(p Problem) bool { return !p.Warning })
}

type checker struct {
	plan  *Plan
	shop  *rules.Settings
	words map[string]map[string]Field
	at    int // the variant
	found []Problem
}

func (c *checker) add(id string, args ...any) *Problem {
	p := problem(id, args...)
	p.Variant = c.at
	c.found = append(c.found, *p)
	return &c.found[len(c.found)-1]
}

func (c *checker) warn(id string, args ...any) *Problem {
	p := c.add(id, args...)
	p.Warning = true
	return p
}

func (c *checker) between(id string, n, least, most int) {
	if n < least || n > most {
		c.add(id, "Least", least, "Max", most)
	}
}

// main is the shop's first language, in which everybody is spoken to who speaks none of its others.
func (c *checker) main() string {
	if len(c.shop.Languages) == 0 {
		return ""
	}
	return c.shop.Languages[0]
}

// variant checks one way to say it, and reports whether it tells of the gift.
func (c *checker) variant(v *Variant) (told bool) {
	c.between(ProblemWeight, v.Weight, 1, MaxWeight)
	c.languages(&v.Content)
	for _, language := range slices.Sorted(maps.Keys(v.Texts)) {
		told = c.text(language, v.Texts[language]) || told
	}
	return c.buttons(v.Buttons) || told
}

// languages checks that everybody gets a text in a language they were promised.
func (c *checker) languages(content *Content) {
	if !said(content.Texts[c.main()]) {
		c.add(ProblemText).Language = c.main()
	} else {
		for _, language := range c.shop.Languages { // of the first it is not missing
			if !said(content.Texts[language]) {
				c.warn(ProblemTextMissing).Language = language
			}
		}
	}
	for _, language := range slices.Sorted(maps.Keys(content.Texts)) {
		if !slices.Contains(rules.Languages(), language) {
			c.add(ProblemLanguage).Language = language
		}
	}
}

// text checks one text, and reports whether it tells of the gift.
func (c *checker) text(language, text string) (told bool) {
	t, err := ParseTemplate(text, c.words[language])
	if err != nil {
		p := *err.(*Problem) // which is what it says
		p.Variant, p.Language = c.at, language
		c.found = append(c.found, p)
		return true // what is not readable is not said to be silent
	}
	for _, field := range t.Fields() {
		if field != FieldGift && field != FieldGiftUntil {
			continue
		}
		if told = true; c.plan.Gift == nil {
			c.add(ProblemGiftNone).Language = language
			break
		}
	}
	for _, field := range t.bare() {
		if !field.Certain() && !(field == FieldGiftUntil && c.plan.Gift == nil) {
			p := c.warn(ProblemFallback, "Field", string(field))
			p.Language, p.Near = language, written(string(field), "", false)
		}
	}
	return told
}

// buttons checks the buttons of a variant, and reports whether one of them is about the gift.
func (c *checker) buttons(buttons []Button) (told bool) {
	if len(buttons) > MaxButtons {
		c.add(ProblemButtons, "Max", MaxButtons)
	}
	met := map[ButtonKind]bool{}
	for i, b := range buttons {
		number := i + 1
		switch {
		case !slices.Contains(ButtonKinds(), b.Kind):
			c.add(ProblemButtonKind, "Button", number).Near = string(b.Kind)
			continue
		case b.Kind == ButtonLink:
			c.link(b, number)
		case met[b.Kind]:
			c.add(ProblemButtonTwice, "Button", number, "Kind", string(b.Kind))
		}
		met[b.Kind] = true
		if b.Kind == ButtonCoupon {
			switch g := c.plan.Gift; {
			case g == nil:
				c.add(ProblemGiftNone, "Button", number)
			case g.Kind != GiftCoupon:
				c.add(ProblemGiftNoCoupon, "Button", number)
			}
		}
		c.labels(b, number)
	}
	return met[ButtonCoupon]
}

func (c *checker) link(b Button, number int) {
	if id := linkProblem(b.URL); id != "" {
		c.add(id, "Button", number, "Max", MaxURL).Near = b.URL
	}
	if strings.TrimSpace(b.Labels[c.main()]) == "" {
		c.add(ProblemLabelMissing, "Button", number).Language = c.main()
	}
}

func (c *checker) labels(b Button, number int) {
	for _, language := range slices.Sorted(maps.Keys(b.Labels)) {
		label := strings.TrimSpace(b.Labels[language])
		id := ""
		switch t, err := ParseTemplate(label, c.words[language]); {
		case !slices.Contains(rules.Languages(), language):
			id = ProblemLanguage
		case label == "" && (b.Kind != ButtonLink || language != c.main()):
			id = ProblemLabelMissing
		case len([]rune(label)) > MaxLabel:
			id = ProblemLabelLong
		case err != nil || len(t.Fields()) > 0:
			id = ProblemLabelPlaceholder
		default:
			continue
		}
		p := c.add(id, "Button", number, "Max", MaxLabel)
		p.Language, p.Near = language, label
	}
}

// gift checks what the campaign gives. told says that some message speaks of it.
func (c *checker) gift(told bool) {
	g := c.plan.Gift
	if g == nil {
		return
	}
	switch g.Kind {
	case GiftPoints:
		if g.Points < 1 || g.Points > maxPoints {
			c.add(ProblemGiftPoints, "Max", int64(maxPoints))
		}
	case GiftCoupon:
		if _, has := c.shop.CouponKind(g.Coupon); !has {
			c.add(ProblemGiftCoupon).Near = g.Coupon
		}
	case GiftCertificate:
		most := c.shop.Gifts.Max
		if most == 0 {
			most = rules.MaxTotal
		}
		switch {
		case !c.shop.Gifts.On:
			c.add(ProblemGiftCertificates)
		case g.Amount < 1 || g.Amount > most:
			c.add(ProblemGiftAmount, "Max", int64(most))
		}
	default:
		c.add(ProblemGiftKind).Near = string(g.Kind)
		return
	}
	c.between(ProblemGiftDays, g.Days, 0, maxGiftDays)
	if !told && len(c.plan.Variants) > 0 {
		c.warn(ProblemGiftUntold)
	}
}

// Late reports whether it is too late to send.
func (p Plan) Late(now time.Time) bool { return !p.Until.IsZero() && now.After(p.Until) }
