package rules

import (
	"slices"

	"kartka/engine/jsontext"
)

// State says what became of a rule.
type State string

// The states.
const (
	Applied      State = "applied"
	Inapplicable State = "inapplicable" // its condition does not hold
	Skipped      State = "skipped"      // it held, but another rule or a cap took precedence
	Suggested    State = "suggested"    // it would hold if the guest or the cashier did something
)

// Reason says why, as a message id of the catalogue (subject "reasons") and its numbers. Reasons are stored with
// the posting and rendered in the reader's language whenever somebody asks.
type Reason struct {
	ID   string           `json:"id"`
	Args map[string]int64 `json:"args,omitempty"` // money in minor units, points in steps, rates in basis points
	Text string           `json:"text,omitempty"` // a name to show, such as a line's
	// Of names a thing of the settings, "rule:ID", "tier:ID", "coupon:ID", "stamps:ID", "category:ID", whose name is shown in the reader's
	// language; Text is then its name in the program's first language, for when the thing is no more.
	Of string `json:"of,omitempty"`
}

// Effect is one rule's part in a result.
type Effect struct {
	Rule   string `json:"rule"`
	State  State  `json:"state"`
	Points int64  `json:"points,omitempty"` // steps earned (+) or redeemed (−)
	Amount int64  `json:"amount,omitempty"` // money taken off, in minor units
	Reason Reason `json:"reason"`
}

// AppendEffects adds effects to a text as JSON.
func AppendEffects(b []byte, effects []Effect) []byte {
	return jsontext.AppendList(b, effects, func(b []byte, f Effect) []byte {
		o := jsontext.Begin(b)
		o.String("rule", f.Rule)
		o.String("state", string(f.State))
		o.OmitInt("points", f.Points)
		o.OmitInt("amount", f.Amount)
		o.Value("reason", f.Reason.appendJSON)
		return o.End()
	})
}

func (r *Reason) appendJSON(b []byte) []byte {
	o := jsontext.Begin(b)
	o.String("id", r.ID)
	if len(r.Args) > 0 {
		o.Value("args", func(b []byte) []byte {
			var room [8]string
			names := room[:0]
			for name := range r.Args {
				names = append(names, name)
			}
			slices.Sort(names)
			args := jsontext.Begin(b)
			for _, name := range names {
				args.Int(name, r.Args[name])
			}
			return args.End()
		})
	}
	o.OmitString("text", r.Text)
	o.OmitString("of", r.Of)
	return o.End()
}

// Names of numbers in reasons. The renderer formats each by its name.
const (
	ArgBase   = "base"   // money
	ArgRate   = "rate"   // basis points
	ArgPoints = "points" // points
	ArgMoney  = "money"  // money
	ArgLimit  = "limit"  // money
	ArgDays   = "days"   // days
	ArgCount  = "count"  // a number of things: stamps, visits, units
	ArgOf     = "of"     // a number of things out of which ArgCount is
	ArgTimes  = "times"  // basis points read as a factor: 20000 is twice
	ArgMost   = "most"   // points: a bound on them
	ArgFrom   = "from"   // minutes after midnight
	ArgTo     = "to"     // minutes after midnight

	ArgExcluded = "excluded" // money, of goods that have no part
)
