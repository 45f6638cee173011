package campaign

import "fmt"

// Problem says what is wrong with a plan: ID is a message of the catalogue under "campaign.problem.", Args its words. It tells the person who wrote it
// where to look.
type Problem struct {
	ID string
	// Warning says that the plan can be sent all the same.
	Warning bool
	// Variant counts from 0; -1 when it is about the plan.
	Variant int
	// Language is that of the text, "" when it is not about one.
	Language string
	// At is the place in the text, in characters from 0; -1 where there is no text.
	At int
	// Near is what stands there.
	Near string
	// Suggest is what could stand there, "" when there is no guess.
	Suggest string
	// Args are further words: "Max", "Least", "Button" (counted from 1), "Kind", "Field".
	Args map[string]any
}

func (p *Problem) Error() string {
	return fmt.Sprintf("campaign: %s (variant %d, language %q, at %d, near %q)", p.ID, p.Variant, p.Language, p.At, p.Near)
}

// The problems of a text with placeholders.
const (
	ProblemLong       = "long"       // more than may be: Max bytes
	ProblemUnreadable = "unreadable" // not text
	ProblemMany       = "crowded"    // more placeholders than may be: Max
	ProblemOpen       = "open"       // a placeholder that is not closed on its line, or goes on for more than Max characters
	ProblemField      = "field"      // no such placeholder
	ProblemMarkup     = "markup"     // formatting within a placeholder
	ProblemAttribute  = "attribute"  // a placeholder within a link's address
	ProblemForeign    = "foreign"    // a placeholder as other products write it
)

// The problems of a plan. Those marked w are warnings.
const (
	ProblemAudience         = "audience"          // nobody is chosen
	ProblemVariants         = "variants"          // none, or more than Max
	ProblemWeight           = "weight"            // not from 1 to Max
	ProblemText             = "text"              // no text in the shop's first language
	ProblemTextMissing      = "text_missing"      // w: none in another language of the shop: its readers get the first one's
	ProblemLanguage         = "language"          // nobody can be spoken to in this language
	ProblemFallback         = "fallback"          // w: what is not known of everybody, and nothing stands in for it: Field
	ProblemButtons          = "buttons"           // more than Max
	ProblemButtonKind       = "button_kind"       // no such button
	ProblemButtonTwice      = "button_twice"      // two that do the same
	ProblemLink             = "link"              // not the address of a page
	ProblemLinkPlain        = "link_plain"        // http without s
	ProblemLinkLogin        = "link_login"        // an address with a name or password in it
	ProblemLinkLong         = "link_long"         // longer than Max bytes
	ProblemLabelMissing     = "label_missing"     // a link without a label in the shop's first language
	ProblemLabelLong        = "label_long"        // longer than Max characters
	ProblemLabelPlaceholder = "label_placeholder" // labels are for everybody alike
	ProblemGiftKind         = "gift_kind"         // no such gift
	ProblemGiftPoints       = "gift_points"       // not from 1 to Max
	ProblemGiftCoupon       = "gift_coupon"       // the shop has no such coupon
	ProblemGiftAmount       = "gift_amount"       // not a sum, or more than the shop's certificates are worth: Max
	ProblemGiftCertificates = "gift_certificates" // the shop has no certificates
	ProblemGiftDays         = "gift_days"         // not from 0 to Max
	ProblemGiftNone         = "gift_none"         // the message speaks of a gift that there is not
	ProblemGiftNoCoupon     = "gift_no_coupon"    // a button for a coupon, and the gift is none
	ProblemGiftUntold       = "gift_untold"       // w: no text tells of the gift
	ProblemHoldout          = "holdout"           // not from 0 to Max basis points
	ProblemWindow           = "window"            // not from 1 to Max days
	ProblemBudgetNothing    = "budget_nothing"    // w: a bound of gifts, and no gift
	ProblemTrigger          = "trigger"           // nothing to wait for
	ProblemTriggerNumber    = "trigger_number"    // not from Least to Max
	ProblemTriggerDays      = "trigger_days"      // not from Least to Max days
	ProblemTriggerTime      = "trigger_time"      // no time of a day
	ProblemTriggerDelay     = "trigger_delay"     // not from 0 to Max days
	ProblemTriggerName      = "trigger_name"      // the shop has no such tier, card, coupon or event
	ProblemTriggerTag       = "trigger_tag"       // no tag: longer than Max characters, or not as tags are kept
	ProblemTriggerStaff     = "trigger_staff"     // nobody has that role
	ProblemTriggerNothing   = "trigger_nothing"   // it does nothing
	ProblemTriggerStamps    = "trigger_stamps"    // w: it never comes: the shop has no stamp cards
	ProblemTriggerTiers     = "trigger_tiers"     // w: nor levels
	ProblemTriggerCoupons   = "trigger_coupons"   // w: nor coupons
	ProblemTriggerFriends   = "trigger_friends"   // w: nor rewards for friends
	ProblemTriggerStars     = "trigger_stars"     // w: nor asks for marks
	ProblemTriggerBirthdays = "trigger_birthdays" // w: guests are not asked for their birthdays
	ProblemNumber           = "number"            // a number out of all bounds
	ProblemLarge            = "large"             // more than is kept: Max
	ProblemJSON             = "json"              // not the JSON of a plan
)

// problem is about the plan as a whole; args are names and values by turns.
func problem(id string, args ...any) *Problem {
	p := &Problem{ID: id, Variant: -1, At: -1}
	for i := 0; i+1 < len(args); i += 2 {
		if p.Args == nil {
			p.Args = map[string]any{}
		}
		p.Args[args[i].(string)] = args[i+1]
	}
	return p
}
