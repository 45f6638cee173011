package segment

import "slices"

// Kind is what a fact's values are.
type Kind uint8

// The kinds. Numbers are whole: money in minor units, points in steps, ratios in hundredths.
const (
	KindFlag   Kind = iota + 1 // holds or not, stands alone
	KindText                   // compared by = != in
	KindNumber                 // a count
	KindMoney
	KindPoints
	KindDays  // how long ago, or until
	KindYears // of age
	KindRatio
)

// Number reports whether values of the kind are numbers.
func (k Kind) Number() bool { return k >= KindNumber }

// Thing is what the argument of a fact, or its values, name.
type Thing string

// The things. Names are resolved by [Check].
const (
	NoThing       Thing = ""
	ThingTier     Thing = "tier"
	ThingCard     Thing = "stamps"   // a stamp card
	ThingCoupon   Thing = "coupon"   // a kind of coupon
	ThingGood     Thing = "good"     // a line's article number, or its name where it has none
	ThingCategory Thing = "category" // of goods
	ThingPlace    Thing = "place"    // a location
	ThingCampaign Thing = "campaign"
	ThingSegment  Thing = "segment"
	ThingChannel  Thing = "channel" // a messenger
	ThingField    Thing = "field"   // a field that the shop has added to profiles
	ThingChoice   Thing = "choice"  // a value of a field that has choices
	ThingLanguage Thing = "language"
	ThingGender   Thing = "gender"
)

// Fact is something that is known of members.
type Fact struct {
	Name string
	Kind Kind
	// Of says what the argument names; Needs, that it must be there.
	Of    Thing
	Needs bool
	// Windows are the spans of days the fact is known for besides a whole life; 0 among them is the whole life, which needs no argument.
	Windows []int
	// Values says what a text is a name of; NoThing is free text.
	Values Thing
}

// The spans that statistics are kept for.
var (
	activeWindows  = []int{0, 30, 90, 365}
	burningWindows = []int{7, 14, 30}
)

// facts is everything that can be asked, by the groups in which it is offered.
var facts = []Fact{
	// Who it is.
	{Name: "gender", Kind: KindText, Values: ThingGender},
	{Name: "age", Kind: KindYears},
	{Name: "birthday", Kind: KindDays},     // days until the next, 0 today
	{Name: "birthday_ago", Kind: KindDays}, // days since the last, 0 today
	{Name: "language", Kind: KindText, Values: ThingLanguage},
	{Name: "city", Kind: KindText},
	{Name: "tag", Kind: KindText}, // = one of the member's tags
	{Name: "field", Kind: KindText, Of: ThingField, Needs: true},
	{Name: "source", Kind: KindText},
	{Name: "joined", Kind: KindDays},

	// How they are reached.
	{Name: "consent", Kind: KindFlag, Of: ThingChannel},
	{Name: "reachable", Kind: KindFlag, Of: ThingChannel},

	// What is on the card.
	{Name: "tier", Kind: KindText, Values: ThingTier},
	{Name: "balance", Kind: KindPoints},
	{Name: "burning", Kind: KindPoints, Windows: burningWindows},
	{Name: "stamps", Kind: KindNumber, Of: ThingCard, Needs: true},
	{Name: "coupons", Kind: KindNumber, Of: ThingCoupon},

	// What they do.
	{Name: "visits", Kind: KindNumber, Windows: activeWindows},
	{Name: "spent", Kind: KindMoney, Windows: activeWindows},
	{Name: "average", Kind: KindMoney},
	{Name: "first_visit", Kind: KindDays},
	{Name: "last_visit", Kind: KindDays},
	{Name: "rhythm", Kind: KindRatio}, // days since the last visit ÷ the own mean gap
	{Name: "recency", Kind: KindNumber},
	{Name: "frequency", Kind: KindNumber},
	{Name: "value", Kind: KindNumber},
	{Name: "rfm", Kind: KindNumber}, // the three as one number, 111 to 555
	{Name: "bought", Kind: KindNumber, Of: ThingGood, Needs: true},
	{Name: "last_bought", Kind: KindDays, Of: ThingGood, Needs: true},
	{Name: "category", Kind: KindNumber, Of: ThingCategory, Needs: true},
	{Name: "last_category", Kind: KindDays, Of: ThingCategory, Needs: true},
	{Name: "place", Kind: KindNumber, Of: ThingPlace, Needs: true},
	{Name: "last_place", Kind: KindDays, Of: ThingPlace, Needs: true},

	// What they say, and whom they bring.
	{Name: "referrals", Kind: KindNumber},
	{Name: "invited", Kind: KindFlag},
	{Name: "rating", Kind: KindNumber}, // stars given last
	{Name: "ratings", Kind: KindNumber},

	// What campaigns did.
	{Name: "got", Kind: KindFlag, Of: ThingCampaign, Needs: true},
	{Name: "read", Kind: KindFlag, Of: ThingCampaign, Needs: true},
	{Name: "clicked", Kind: KindFlag, Of: ThingCampaign, Needs: true},
	{Name: "came", Kind: KindFlag, Of: ThingCampaign, Needs: true},
	{Name: "in", Kind: KindFlag, Of: ThingSegment, Needs: true},
}

// channels are the messengers and the like that members may be reached by. The storage keeps their places in this list: new ones come last.
var channels = []string{"telegram", "viber", "whatsapp", "sms", "email", "wallet"}

// Channels lists what members may be reached by. A channel keeps its place in the list for ever.
func Channels() []string { return slices.Clone(channels) }

var byName = func() map[string]*Fact {
	m := make(map[string]*Fact, len(facts))
	for i := range facts {
		m[facts[i].Name] = &facts[i]
	}
	return m
}()

// Facts lists everything that can be asked, in the order in which it is offered.
func Facts() []Fact { return slices.Clone(facts) }

// FactOf finds a fact by its name, nil when there is none.
func FactOf(name string) *Fact { return byName[name] }

// Ops are the comparisons a fact takes, none for a flag.
func (f *Fact) Ops() []Op {
	switch {
	case f.Kind == KindFlag:
		return nil
	case f.Kind == KindText:
		return []Op{OpIs, OpIsNot, OpIn}
	}
	return []Op{OpIs, OpIsNot, OpLess, OpAtMost, OpMore, OpAtLeast, OpBetween, OpIn}
}
