package storage

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kartka/engine/segment"
)

// An expression becomes a condition on rows of the table trait, called t. Names of columns come from tables below, and everything that a
// person wrote goes into arguments: there is no way from one into the other.
//
// SQL has three truth values and the language two. So no column is NULL, and what is not known is asked first: "t.last_day > 0 AND …".

// channelBits are the places of channels in trait.consent and trait.reach.
var channelBits = func() map[string]int64 {
	bits := map[string]int64{}
	for place, name := range segment.Channels() {
		bits[name] = 1 << place
	}
	return bits
}()

// compiled is a condition and its arguments; the first argument is the program.
type compiled struct {
	where strings.Builder
	args  []any
	today segment.Day
	cells segment.Fifths
	born  func(days []string) []string // indexes to find birthdays by
}

// arg adds an argument and returns its placeholder.
func (c *compiled) arg(v any) string {
	c.args = append(c.args, v)
	return "$" + strconv.Itoa(len(c.args))
}

func (c *compiled) write(parts ...string) {
	for _, part := range parts {
		c.where.WriteString(part)
	}
}

const (
	always = "1 = 1"
	never  = "1 = 0"
)

func (c *compiled) expr(x segment.Expr) error {
	switch x := x.(type) {
	case segment.All:
		return c.joined(x, " AND ", always)
	case segment.Any:
		return c.joined(x, " OR ", never)
	case segment.Not:
		c.write("NOT ")
		return c.expr(x.X)
	case segment.Cond:
		c.write("(")
		defer c.write(")")
		return c.cond(x)
	}
	return fmt.Errorf("compile segment: no expression %T", x)
}

func (c *compiled) joined(parts []segment.Expr, by, empty string) error {
	c.write("(")
	if len(parts) == 0 {
		c.write(empty)
	}
	for i, part := range parts {
		if i > 0 {
			c.write(by)
		}
		if err := c.expr(part); err != nil {
			return err
		}
	}
	c.write(")")
	return nil
}

// column is a number that a member has one of.
type column struct {
	name  string // or an expression of columns
	known string // when it is known; "" always
}

// numbers are the columns of facts, by name and window.
var numbers = map[string]map[int]column{
	"balance":   {0: {name: "t.balance"}},
	"burning":   {7: {name: "t.burning_7"}, 14: {name: "t.burning_14"}, 30: {name: "t.burning_30"}},
	"visits":    {0: {name: "t.visits"}, 30: {name: "t.visits_30"}, 90: {name: "t.visits_90"}, 365: {name: "t.visits_365"}},
	"spent":     {0: {name: "t.spent"}, 30: {name: "t.spent_30"}, 90: {name: "t.spent_90"}, 365: {name: "t.spent_365"}},
	"average":   {0: {"(t.spent / CASE WHEN t.visits > 0 THEN t.visits ELSE 1 END)", "t.visits > 0"}},
	"referrals": {0: {name: "t.referrals"}},
	"rating":    {0: {"t.rating", "t.rating > 0"}},
	"ratings":   {0: {name: "t.ratings"}},
}

// days are the columns of facts that say how long ago something was.
var days = map[string]string{"joined": "t.joined", "first_visit": "t.first_day", "last_visit": "t.last_day"}

// texts are the columns of facts that are compared as texts.
var texts = map[string]string{"gender": "t.gender", "language": "t.language", "city": "t.city", "source": "t.source", "tier": "t.tier"}

// items are the kinds of what members have several of. A day is asked where last is set, otherwise how many.
var items = map[string]struct {
	kind string
	last bool
}{
	"stamps": {kind: "stamps"}, "coupons": {kind: "coupon"}, "bought": {kind: "good"}, "last_bought": {"good", true},
	"category": {kind: "category"}, "last_category": {"category", true}, "place": {kind: "place"}, "last_place": {"place", true},
}

func (c *compiled) cond(q segment.Cond) error {
	if column, ok := numbers[q.Fact][q.Days]; ok {
		c.number(column, q)
		return nil
	}
	if name, ok := days[q.Fact]; ok {
		c.number(column{c.ago(name), name + " > 0"}, q)
		return nil
	}
	if name, ok := texts[q.Fact]; ok {
		c.text(name, q)
		return nil
	}
	if _, ok := items[q.Fact]; ok {
		c.item(q)
		return nil
	}
	switch q.Fact {
	case "consent":
		c.channel("t.consent", q.Of)
	case "reachable":
		c.channel("t.reach", q.Of)
	case "invited":
		c.write("t.invited")
	case "tag":
		c.tag(q)
	case "field":
		c.field(q)
	case "birthday", "birthday_ago":
		c.bornOn(segment.Birthdays(q, c.today))
	case "age":
		c.age(q)
	case "in":
		c.write("EXISTS (SELECT 1 FROM segment_member f WHERE f.program_id = $1 AND f.segment_id = ", c.arg(q.Of), " AND f.member_id = t.member_id)")
	case "got", "read", "clicked", "came":
		c.touched(q)
	case "rhythm":
		c.rhythm(q)
	case "recency", "frequency", "value", "rfm":
		c.cell(q)
	default:
		return fmt.Errorf("compile segment: nothing is known of %q", q.Fact)
	}
	return nil
}

// number compares a number where it is known.
func (c *compiled) number(n column, q segment.Cond) {
	if n.known != "" {
		c.write(n.known, " AND ")
	}
	value := func(i int) string { return c.arg(q.Values[i].Number) }
	switch q.Op {
	case segment.OpBetween:
		c.write(n.name, " BETWEEN ", value(0), " AND ", value(1))
	case segment.OpIn:
		all := make([]int64, len(q.Values))
		for i, v := range q.Values {
			all[i] = v.Number
		}
		c.write(n.name, " = ANY(", c.arg(all), ")")
	default:
		c.write(n.name, " ", operators[q.Op], " ", value(0))
	}
}

var operators = map[segment.Op]string{
	segment.OpIs: "=", segment.OpIsNot: "<>", segment.OpLess: "<", segment.OpAtMost: "<=", segment.OpMore: ">", segment.OpAtLeast: ">=",
}

// ago is how many days ago a day was; one to come was today.
func (c *compiled) ago(day string) string {
	today := c.arg(int64(c.today))
	return "CASE WHEN " + day + " < " + today + " THEN " + today + " - " + day + " ELSE 0 END"
}

func (c *compiled) text(name string, q segment.Cond) {
	all := make([]string, len(q.Values))
	for i, v := range q.Values {
		all[i] = segment.Fold(v.Text)
	}
	if q.Op == segment.OpIsNot {
		c.write("NOT ")
	}
	if len(all) == 1 {
		c.write(name, " = ", c.arg(all[0]))
		return
	}
	c.write(name, " = ANY(", c.arg(all), ")")
}

func (c *compiled) channel(name, channel string) {
	if channel == "" {
		c.write(name, " <> 0")
		return
	}
	c.write("(", name, " & ", c.arg(channelBits[channel]), ") <> 0")
}

// tag looks for a tag in the JSON list of a row. Tags hold no quotation mark that would have to be written otherwise there than here.
func (c *compiled) tag(q segment.Cond) {
	if q.Op == segment.OpIsNot {
		c.write("NOT ")
	}
	c.write("(")
	for i, v := range q.Values {
		if i > 0 {
			c.write(" OR ")
		}
		text, err := encode("tag", segment.Fold(v.Text))
		if err != nil {
			c.write(never)
			continue
		}
		c.write("t.tags LIKE ", c.arg("%"+likeEscaper.Replace(text)+"%"), " ESCAPE '!'")
	}
	c.write(")")
}

var likeEscaper = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// itemsOf begins a question whether the member has items of a kind.
func (c *compiled) itemsOf(kind, of string) {
	c.write("EXISTS (SELECT 1 FROM trait_item i WHERE i.program_id = $1 AND i.kind = ", c.arg(kind), " AND i.member_id = t.member_id")
	if of != "" {
		c.write(" AND i.of_what = ", c.arg(of))
	}
}

// item asks about one of several things. Who has none has 0 of it, and no last day.
func (c *compiled) item(q segment.Cond) {
	what := items[q.Fact]
	switch {
	case what.last:
		c.itemsOf(what.kind, q.Of)
		c.write(" AND ")
		c.number(column{c.ago("i.day"), "i.day > 0"}, q)
		c.write(")")
	case q.Of == "":
		c.number(column{name: "COALESCE((SELECT CAST(sum(i.n) AS bigint) FROM trait_item i WHERE i.program_id = $1 AND i.kind = " + c.arg(what.kind) +
			" AND i.member_id = t.member_id), 0)"}, q)
	case q.Holds(0):
		// Most have none: those are sought who have another number than one that holds.
		c.write("NOT ")
		c.itemsOf(what.kind, q.Of)
		c.write(" AND NOT (")
		c.number(column{name: "i.n"}, q)
		c.write("))")
	default:
		c.itemsOf(what.kind, q.Of)
		c.write(" AND ")
		c.number(column{name: "i.n"}, q)
		c.write(")")
	}
}

func (c *compiled) field(q segment.Cond) {
	if q.Op == segment.OpIsNot {
		c.write("NOT ")
	}
	c.itemsOf("field", q.Of)
	c.write(" AND ")
	c.text("i.value", segment.Cond{Op: segment.OpIn, Values: q.Values})
	c.write(")")
}

// bornOn asks whether the birthday is one of some days of the year.
func (c *compiled) bornOn(days []string) {
	c.write("t.member_id IN (SELECT p.member_id FROM profile p WHERE p.program_id = $1 AND p.birthday_index = ANY(", c.arg(c.born(days)), ") AND p.birthday_index <> '')")
}

func (c *compiled) age(q segment.Cond) {
	year := c.arg(int64(c.today.Year()))
	var turned compiled
	turned.args, turned.born = c.args, c.born
	turned.bornOn(segment.Turned(c.today))
	c.args = turned.args
	years := "(" + year + " - t.birth_year - CASE WHEN " + turned.where.String() + " THEN 0 ELSE 1 END)"
	c.number(column{"CASE WHEN " + years + " < 0 THEN 0 ELSE " + years + " END", "t.birth_year > 0"}, q)
}

func (c *compiled) rhythm(q segment.Cond) {
	gap := "CASE WHEN t.last_day > t.first_day THEN t.last_day - t.first_day ELSE 1 END"
	c.number(column{"(100 * (" + c.ago("t.last_day") + ") * (t.visits - 1) / (" + gap + "))",
		fmt.Sprintf("t.visits >= %d AND t.first_day > 0 AND t.last_day > t.first_day", segment.RhythmVisits)}, q)
}

// cell asks in which fifth of the program's guests a member is.
func (c *compiled) cell(q segment.Cond) {
	fifth := func(name string, bounds [4]int64) string {
		sum := "1"
		for _, bound := range bounds {
			sum += " + CASE WHEN " + name + " >= " + c.arg(bound) + " THEN 1 ELSE 0 END"
		}
		return "(" + sum + ")"
	}
	if !c.cells.Known() {
		c.write(never)
		return
	}
	var n string
	switch q.Fact {
	case "recency":
		n = fifth("t.last_day", c.cells.Recency)
	case "frequency":
		n = fifth("t.visits_365", c.cells.Frequency)
	case "value":
		n = fifth("t.spent_365", c.cells.Value)
	default:
		n = "(100 * " + fifth("t.last_day", c.cells.Recency) + " + 10 * " + fifth("t.visits_365", c.cells.Frequency) + " + " + fifth("t.spent_365", c.cells.Value) + ")"
	}
	c.number(column{n, "t.last_day > 0"}, q)
}

// channelsOf lists the channels of bits, in the order of their names.
func channelsOf(bits int64) (channels []string) {
	for name, bit := range channelBits {
		if bits&bit != 0 {
			channels = append(channels, name)
		}
	}
	slices.Sort(channels)
	return channels
}
