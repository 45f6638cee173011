package campaign

import (
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"

	"kartka/engine/money"
	"kartka/engine/segment"
)

// Plan is all that a marketer decides about a broadcast or a trigger. Until it is checked it may be anything: a draft is kept as it is.
type Plan struct {
	// Title is what the audience was called when it was picked.
	Title string
	// Audience is whom it is for, nil while that is not decided.
	Audience segment.Expr
	Variants []Variant
	// Gift is what everybody gets with the message, nil nothing.
	Gift *Gift
	// Budget is how many gifts there are at most, 0 any number.
	Budget int
	// Holdout is the share, in basis points, of the audience that gets nothing, to compare with.
	Holdout int
	// Window is how many days after the message a purchase counts as its doing.
	Window int
	// Zoned says that the start is a wall time, which comes for each member in the zone they live in.
	Zoned bool
	// Until is when it is too late to send, zero never.
	Until time.Time
	// Trigger is what the plan waits for, nil for a broadcast. Its audience is then who of those it happens to it is for, nil everybody.
	Trigger *Trigger
}

// Variant is one way to say it. Of the members who get a message each variant gets a share as large as its weight among all weights.
type Variant struct {
	Weight int `json:"weight,omitempty"`
	Content
}

// GiftKind is what a campaign gives.
type GiftKind string

// The kinds of gifts.
const (
	GiftPoints      GiftKind = "points"
	GiftCoupon      GiftKind = "coupon"
	GiftCertificate GiftKind = "certificate"
)

// Gift is what a campaign gives to each member who gets its message.
type Gift struct {
	Kind   GiftKind     `json:"kind"`
	Points money.Points `json:"points,omitempty"` // of GiftPoints
	Coupon string       `json:"coupon,omitempty"` // of GiftCoupon: the id of its kind
	Amount money.Amount `json:"amount,omitempty"` // of GiftCertificate
	// Days is how long points or a certificate are good, 0 as long as the program's are. A coupon's days are those of its kind.
	Days int `json:"days,omitempty"`
}

// Bounds of a plan that is kept. What goes beyond is refused, however it comes.
const (
	MaxPlan    = 1 << 20 // bytes of its JSON
	MaxText    = 16384   // bytes of one text
	maxTitle   = 300     // characters
	maxPicture = 512     // bytes
	maxParts   = 16      // variants, buttons of one, or languages of a text
	maxNumber  = 1_000_000_000_000
)

// planFile is a plan as JSON.
type planFile struct {
	Title    string          `json:"title,omitempty"`
	Audience json.RawMessage `json:"audience,omitempty"`
	Variants []Variant       `json:"variants,omitempty"`
	Gift     *Gift           `json:"gift,omitempty"`
	Budget   int             `json:"budget,omitempty"`
	Holdout  int             `json:"holdout,omitempty"`
	Window   int             `json:"window,omitempty"`
	Zoned    bool            `json:"zoned,omitempty"`
	Until    time.Time       `json:"until,omitzero"`
	Trigger  *Trigger        `json:"trigger,omitempty"`
}

// MarshalJSON writes the plan as it is kept. What could not be read again is refused with a *Problem, so that nothing is kept that is lost.
func (p Plan) MarshalJSON() ([]byte, error) {
	if problem := p.outsize(); problem != nil {
		return nil, problem
	}
	f := planFile{
		Title: p.Title, Variants: p.Variants, Gift: p.Gift, Budget: p.Budget, Holdout: p.Holdout, Window: p.Window, Zoned: p.Zoned, Until: p.Until.UTC(),
		Trigger: p.Trigger,
	}
	if p.Audience != nil {
		audience, err := segment.Encode(p.Audience)
		if err != nil {
			return nil, fmt.Errorf("encode plan: %w", err)
		}
		f.Audience = audience
	}
	return json.Marshal(f)
}

// UnmarshalJSON reads a plan as MarshalJSON writes it. What it does not know it leaves out; what is out of bounds it refuses, with a *Problem or,
// of the audience, a *segment.Problem. It does not say whether the plan can be sent: [Plan.Check] does.
func (p *Plan) UnmarshalJSON(raw []byte) error {
	if len(raw) > MaxPlan {
		return problem(ProblemLarge, "Max", MaxPlan)
	}
	var f planFile
	if err := json.Unmarshal(raw, &f); err != nil {
		return problem(ProblemJSON)
	}
	read := Plan{
		Title: f.Title, Variants: f.Variants, Gift: f.Gift, Budget: f.Budget, Holdout: f.Holdout, Window: f.Window, Zoned: f.Zoned, Until: f.Until.UTC(),
		Trigger: f.Trigger,
	}
	if len(f.Audience) > 0 && string(f.Audience) != "null" {
		var err error
		if read.Audience, err = segment.Decode(f.Audience); err != nil {
			return err
		}
	}
	if problem := read.outsize(); problem != nil {
		return problem
	}
	*p = read
	return nil
}

// outsize reports what of a plan is more than is kept.
func (p Plan) outsize() *Problem {
	numbers := []int64{int64(p.Budget), int64(p.Holdout), int64(p.Window)}
	if g := p.Gift; g != nil {
		numbers = append(numbers, int64(g.Points), int64(g.Amount), int64(g.Days))
		if len(g.Coupon) > maxTitle || len(g.Kind) > maxTitle {
			return problem(ProblemLarge, "Max", maxTitle)
		}
	}
	if t := p.Trigger; t != nil {
		numbers = append(numbers, t.Number, int64(t.Amount), int64(max(t.Days, -t.Days)), int64(t.Minute), int64(t.Delay/time.Minute))
		if len(t.On) > maxTitle || len(t.Name) > maxTitle || len(t.Tag) > maxTitle || len(t.Notify) > maxTitle {
			return problem(ProblemLarge, "Max", maxTitle)
		}
	}
	if utf8.RuneCountInString(p.Title) > maxTitle {
		return problem(ProblemLarge, "Max", maxTitle)
	}
	if len(p.Variants) > maxParts {
		return problem(ProblemLarge, "Max", maxParts)
	}
	if y := p.Until.Year(); y > 9999 || y < 1 {
		return problem(ProblemNumber)
	}
	for i, v := range p.Variants {
		numbers = append(numbers, int64(v.Weight))
		if problem := v.outsize(); problem != nil {
			problem.Variant = i
			return problem
		}
	}
	for _, n := range numbers {
		if n < 0 || n > maxNumber {
			return problem(ProblemNumber, "Max", int64(maxNumber))
		}
	}
	return nil
}

func (c Content) outsize() *Problem {
	if len(c.Texts) > maxParts || len(c.Buttons) > maxParts {
		return problem(ProblemLarge, "Max", maxParts)
	}
	if len(c.Picture) > maxPicture {
		return problem(ProblemLarge, "Max", maxPicture)
	}
	for language, text := range c.Texts {
		if len(language) > maxParts || len(text) > MaxText {
			return problem(ProblemLong, "Max", MaxText)
		}
	}
	for _, b := range c.Buttons {
		if len(b.Labels) > maxParts || len(b.Kind) > maxParts || len(b.URL) > 4*MaxURL {
			return problem(ProblemLarge, "Max", maxParts)
		}
		for language, label := range b.Labels {
			if len(language) > maxParts || len(label) > 16*MaxLabel {
				return problem(ProblemLabelLong, "Max", MaxLabel)
			}
		}
	}
	return nil
}
