package rules

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"kartka/engine/money"
)

// Problem is one thing wrong with settings: the field by its path in the JSON, such as "rules[happy-hours].gives.rate", and how to
// mend it. Members of a list are named by their id, or by their place from 0 where they have none that can be shown.
type Problem struct {
	Field string
	Text  string
}

// Problems is the error of settings that cannot be used.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Field + " " + problem.Text
	}
	return strings.Join(lines, "\n")
}

func (p *Problems) add(field, format string, args ...any) {
	*p = append(*p, Problem{Field: field, Text: fmt.Sprintf(format, args...)})
}

// with adds the problems that are not mere consequences of those already known: a field that could not be read is not to be
// reported as missing too.
func (p Problems) with(more Problems) Problems {
	known := p
	for _, m := range more {
		if !slices.ContainsFunc(known, func(k Problem) bool { return within(m.Field, k.Field) || within(k.Field, m.Field) }) {
			p = append(p, m)
		}
	}
	return p
}

// within reports whether a path is another one or leads into it.
func within(path, other string) bool {
	rest, found := strings.CutPrefix(path, other)
	return found && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// languages that a program may speak; the texts are in package locales.
var languages = []string{"en", "uk", "ru", "kk", "pl", "es"}

// Languages lists the languages that a program may speak, and in which anybody may be spoken to.
func Languages() []string { return slices.Clone(languages) }

// Bounds beyond which a setting is a slip of the finger, not a decision.
const (
	maxEarnRate = 50 * money.Whole / 100
	maxFactor   = 10 * money.Whole
	maxDays     = 3650
	maxPoints   = money.Points(1_000_000_000)
	maxBudget   = money.Points(1_000_000_000_000)
	maxSum      = MaxTotal
	maxWorth    = money.Amount(1_000_000_000)
	maxTimes    = 1_000_000
	maxNameLen  = 64 // characters
)

// Sizes of lists, so that a sale is judged in bounded time. What is beyond them is not looked at.
const (
	maxCategories   = 200
	maxSKUs         = 5000 // of all categories
	maxRules        = 500
	maxTiers        = 50
	maxStamps       = 50
	maxCoupons      = 200
	maxCodes        = 500
	maxRewards      = 200
	maxUntil        = 12
	maxAmounts      = 20
	maxFields       = 10
	maxFieldChoices = 20   // of a field: each is a button
	maxChosen       = 1000 // members of a list within a condition
)

// checker gathers problems and knows what may be referred to.
type checker struct {
	s                 *Settings
	scale             scale
	problems          Problems
	categories, tiers map[string]bool
}

// Validate checks the settings as a whole and returns Problems with everything that is wrong, or nil.
func (s *Settings) Validate() error {
	if p := s.problems(); len(p) > 0 {
		return p
	}
	return nil
}

func (s *Settings) problems() Problems {
	c := &checker{
		s: s, scale: scale{money: s.Currency.Decimals, points: s.Unit.Decimals},
		categories: make(map[string]bool, len(s.Goods)), tiers: make(map[string]bool, len(s.Tiers.List)),
	}
	for _, v := range s.Goods {
		c.categories[v.ID] = true
	}
	for _, v := range s.Tiers.List {
		c.tiers[v.ID] = true
	}
	c.program()
	c.earning()
	c.spending()
	c.lots()
	c.goods()
	c.rules()
	c.tierScheme()
	c.stamps()
	c.coupons()
	c.codes()
	c.rewards()
	c.certificates()
	c.referral()
	c.between("transfer.min", s.Transfer.Min, 0, maxPoints)
	c.between("transfer.per_day", s.Transfer.PerDay, 0, maxPoints)
	if s.Transfer.PerDay > 0 && s.Transfer.PerDay < s.Transfer.Min {
		c.problems.add("transfer.per_day", "is less than transfer.min, so that nothing can be given; raise it")
	}
	between(&c.problems, "sharing.people", s.Sharing.People, 0, 10, nil)
	c.feedback()
	c.fields()
	c.campaigns()
	c.counter()
	return c.problems
}

// program checks who the program is and what its points are.
func (c *checker) program() {
	s, p := c.s, &c.problems
	if n := utf8.RuneCountInString(s.Name); n < 1 || n > maxNameLen {
		p.add("name", "must have 1 to 64 characters")
	}
	if s.Currency.Code == "" {
		p.add("currency", "is missing; use an ISO code such as UAH")
	}
	if s.Zone == nil {
		p.add("time_zone", "is missing; use a name such as Europe/Kyiv")
	}
	validateLanguages(p, s.Languages)
	if s.Unit.Name == "" {
		p.add("unit.name", "is missing; use bonus, point or bean")
	}
	switch {
	case s.Unit.StepWorth < 1:
		p.add("unit.worth", "must be more than zero; most shops use 1 point = 1 of the currency")
	case s.Unit.StepWorth > maxWorth:
		p.add("unit.worth", "is too much for a point; most shops use 1 point = 1 of the currency")
	}
	if s.Links.Privacy != "" {
		if u, err := url.Parse(s.Links.Privacy); err != nil || u.Scheme != "https" || u.Host == "" {
			p.add("links.privacy", "must be an https:// address")
		}
	}
	if utf8.RuneCountInString(s.Links.Support) > 200 {
		p.add("links.support", "must have at most 200 characters")
	}
}

// counter checks what staff may do and what returns do.
func (c *checker) counter() {
	s, p := c.s, &c.problems
	if !slices.Contains([]ReturnPolicy{ReturnDebt, ReturnToZero, ReturnPendingOnly}, s.Returns.Policy) {
		p.add("returns.policy", "is %q; use debt, to_zero or pending_only", s.Returns.Policy)
	}
	notNegative(p, "staff.max_check", int64(s.Staff.MaxCheck))
	notNegative(p, "staff.sales_per_day", int64(s.Staff.SalesPerDay))
	notNegative(p, "staff.same_card_per_day", int64(s.Staff.SameCardDaily))
	c.between("staff.adjust_max", s.Staff.AdjustMax, 0, maxPoints)
	between(p, "staff.undo_minutes", s.Staff.UndoMinutes, 0, 24*60, nil)
	between(p, "staff.hold_seconds", s.Staff.HoldSeconds, 15, 600, nil)
}

func validateLanguages(p *Problems, chosen []string) {
	if len(chosen) == 0 {
		p.add("languages", "is empty; name at least one of %s", strings.Join(languages, ", "))
	}
	seen := map[string]bool{}
	for _, l := range chosen {
		if !slices.Contains(languages, l) {
			p.add("languages", "has %q; use %s", l, strings.Join(languages, ", "))
		}
		if seen[l] {
			p.add("languages", "has %q twice", l)
		}
		seen[l] = true
	}
}

func notNegative(p *Problems, field string, v int64) {
	if v < 0 {
		p.add(field, "is negative; use 0 to turn it off")
	}
}

func between[N ~int | ~int64](p *Problems, field string, v, low, high N, show func(N) string) {
	if v >= low && v <= high {
		return
	}
	if show == nil {
		show = func(n N) string { return fmt.Sprint(int64(n)) }
	}
	p.add(field, "is %s; use %s to %s", show(v), show(low), show(high))
}

// between, sum and rate are the bounds of points, money and rates, told as the JSON writes them.
func (c *checker) between(field string, v, low, high money.Points) {
	between(&c.problems, field, v, low, high, c.scale.point)
}

func (c *checker) sum(field string, v money.Amount) {
	between(&c.problems, field, v, 0, maxSum, c.scale.amount)
}

func (c *checker) rate(field string, v, low, high money.Rate) {
	between(&c.problems, field, v, low, high, formatRate)
}

func (c *checker) days(field string, v int) {
	between(&c.problems, field, v, 0, maxDays, nil)
}

// size reports a list that is too long.
func (c *checker) size(field string, n, most int) {
	if n > most {
		c.problems.add(field, "has %d entries; use at most %d", n, most)
	}
}

// dates checks the first and the last day of something.
func (c *checker) dates(at string, from, to Date) {
	if from != "" && !from.Valid() {
		c.problems.add(at+".from", "%q is not a day of the calendar; write it as \"2026-12-31\"", from)
		return
	}
	if to != "" && !to.Valid() {
		c.problems.add(at+".to", "%q is not a day of the calendar; write it as \"2026-12-31\"", to)
		return
	}
	if from != "" && to != "" && from > to {
		c.problems.add(at+".to", "is %s, before from, %s; swap them", to, from)
	}
}

// names keeps the ids of a list and reports those without shape and those used twice.
type names struct {
	list  string
	seen  map[string]bool
	taken []string // ids that mean something else
}

func (n *names) check(p *Problems, at string, i int, id string) {
	if !isID(id) {
		p.add(at+".id", "is %q; use 1 to 40 small letters, digits and hyphens", id)
	}
	if slices.Contains(n.taken, id) {
		p.add(at+".id", "is %q, which Kartka uses itself; choose another", id)
	}
	if n.seen[id] && id != "" {
		p.add(fmt.Sprintf("%s[%d].id", n.list, i), "is %q, as of an entry before it; choose another", id)
	}
	if n.seen == nil {
		n.seen = map[string]bool{}
	}
	n.seen[id] = true
}

// name checks what guests see of a thing.
func (c *checker) name(at string, n Name) {
	at += ".name"
	if len(n) == 0 {
		c.problems.add(at, "is missing; guests and staff see it")
		return
	}
	for _, language := range slices.Sorted(maps.Keys(n)) {
		field := at
		if language != "" {
			field += "." + language
			if !slices.Contains(languages, language) {
				c.problems.add(at, "has the language %q; use %s", language, strings.Join(languages, ", "))
				continue
			}
		}
		text := n[language]
		if count := utf8.RuneCountInString(text); count < 1 || count > maxNameLen || !isPlain(text) {
			c.problems.add(field, "must have 1 to 64 characters, without spaces around them and on one line")
		}
	}
}

// isID reports whether a text may be the id of a rule, tier, card, coupon or reward.
func isID(text string) bool {
	return len(text) <= 40 && made(text, "abcdefghijklmnopqrstuvwxyz0123456789-")
}

// isPlain reports whether a text is one line that shows as it is written.
func isPlain(text string) bool {
	return text != "" && utf8.ValidString(text) && strings.TrimSpace(text) == text && !strings.ContainsFunc(text, unicode.IsControl)
}

// made reports whether a text has characters, and only these.
func made(text, of string) bool { return text != "" && strings.Trim(text, of) == "" }
