package campaign

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"kartka/engine/segment"
)

// Field is what a placeholder stands for.
type Field string

// The fields.
const (
	FieldName         Field = "name"          // the guest's
	FieldShop         Field = "shop"          // the shop's name
	FieldBalance      Field = "balance"       // points that can be spent, with their unit
	FieldCard         Field = "card"          // the card's number
	FieldTier         Field = "tier"          // the level's name
	FieldBurning      Field = "burning"       // points that end next, with their unit
	FieldBurningUntil Field = "burning_until" // the last day on which those are good
	FieldGift         Field = "gift"          // what the campaign gives, in words
	FieldGiftUntil    Field = "gift_until"    // the last day on which that is good
	FieldVisits       Field = "visits"        // how often the guest came
	FieldFriendLink   Field = "friend_link"   // the link with which the guest invites others
)

var fields = []Field{
	FieldName, FieldShop, FieldBalance, FieldCard, FieldTier, FieldBurning, FieldBurningUntil, FieldGift, FieldGiftUntil, FieldVisits, FieldFriendLink,
}

// Fields lists all fields in the order in which they are offered.
func Fields() []Field { return slices.Clone(fields) }

// Certain reports whether a field is known of every member who gets the message; where it is not, a placeholder wants a fallback.
func (f Field) Certain() bool {
	switch f {
	case FieldName, FieldTier, FieldBurning, FieldBurningUntil, FieldGiftUntil:
		return false
	}
	return true
}

// elsewhere are names that other products give to fields.
var elsewhere = map[string]Field{
	"first_name": FieldName, "firstname": FieldName, "fname": FieldName, "last_name": FieldName, "full_name": FieldName, "user_name": FieldName,
	"username": FieldName, "user": FieldName, "client": FieldName, "customer": FieldName, "guest": FieldName, "contact": FieldName,
	"points": FieldBalance, "bonus": FieldBalance, "bonuses": FieldBalance, "point_balance": FieldBalance,
	"level": FieldTier, "status": FieldTier, "company": FieldShop, "store": FieldShop, "brand": FieldShop, "card_number": FieldCard,
	"expiring": FieldBurning, "expires": FieldBurningUntil, "expiry": FieldBurningUntil, "coupon": FieldGift, "present": FieldGift,
	"link": FieldFriendLink, "invite_link": FieldFriendLink, "referral_link": FieldFriendLink, "referral": FieldFriendLink,
}

// foldName brings a placeholder's name into the form in which names are compared: lower case, "_" for spaces and hyphens, no apostrophes, of which
// keyboards make many kinds.
func foldName(name string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case strings.ContainsRune("'’ʼ‘`′´", c):
			return -1
		case c == '-' || unicode.IsSpace(c):
			return '_'
		}
		return unicode.ToLower(c)
	}, strings.TrimSpace(name))
}

// names is how fields may be written, folded: in one's own language, and always in English.
type names map[string]named

// named is a field and how its name is written.
type named struct {
	field Field
	as    string
}

func namesOf(words map[string]Field) names {
	n := make(names, len(words)+len(fields))
	for word, field := range words {
		if slices.Contains(fields, field) {
			n[foldName(word)] = named{field, word}
		}
	}
	for _, field := range fields {
		n[string(field)] = named{field, string(field)}
	}
	return n
}

// closest is the name that somebody most likely meant, "" when nothing is like it.
func (n names) closest(wrote string) string {
	name := foldName(wrote)
	if own, known := n[name]; known {
		return own.as
	}
	if field, known := elsewhere[name]; known {
		return string(field)
	}
	return n[segment.Closest(name, slices.Sorted(maps.Keys(n)))].as
}
