package engine

import (
	"encoding/json"
	"time"
)

// Inbound is one delivery of a messenger, kept until it has been handled.
type Inbound struct {
	ID        string
	ProgramID string
	Address   Address // UserID "" when not even that could be read
	Key       string  // unique per channel and sender
	Order     int64
	At        time.Time
	Body      []byte
	State     InboundState
	Attempts  int
	Reason    string
}

// InboundState says what became of a delivery.
type InboundState string

// The states of inbound deliveries.
const (
	InboundNew  InboundState = "new"
	InboundDone InboundState = "done"
	InboundDead InboundState = "dead" // cannot be handled; kept for the operator
)

// Outbound is one message on its way to a contact, or a notice to be put into words for a person.
type Outbound struct {
	ID        string
	ProgramID string
	// ContactID is who gets it. A notice to a member or to staff names no contact when it is written: the store fills
	// in the contact that can be reached before the notice is claimed, and drops it when there is none.
	ContactID string
	Address   Address
	MemberID  string
	StaffID   string
	Key       string // unique in the program: writing the same message twice keeps one
	Lane      Lane
	Purpose   string
	// Message is the neutral message (the dialogs' JSON); nil when Notice says what to tell.
	Message json.RawMessage
	Notice  *Notice
	Wait    time.Time // not before
	Expires time.Time // not after; zero: never
	State   OutboundState
	Tries   int   // how often it was claimed; with Fence it names one claim
	Fence   int64 // token of the sender that claimed it
	Ref     string
	Reason  string
	At      time.Time
}

// Lane keeps answers from waiting behind broadcasts.
type Lane string

// The lanes.
const (
	LaneInteractive Lane = "interactive"
	LaneBulk        Lane = "bulk"
	LaneCampaign    Lane = "campaign" // deliveries of campaigns; messages have no such lane
)

// OutboundState says what became of a message.
type OutboundState string

// The states of outbound messages.
const (
	OutboundQueued  OutboundState = "queued"
	OutboundSending OutboundState = "sending" // claimed; the answer decides
	OutboundSent    OutboundState = "sent"
	OutboundFailed  OutboundState = "failed"  // refused for good
	OutboundUnknown OutboundState = "unknown" // may have been delivered
	OutboundDropped OutboundState = "dropped" // late, blocked or without consent: never tried
)

// Notice is something the engine has to tell a person. It is put into words when it is sent, in the language and with
// the numbers of that moment.
type Notice struct {
	Kind NoticeKind     `json:"kind"`
	Args map[string]any `json:"args,omitempty"`
	// Posting is what it is about, for "why".
	PostingID string `json:"posting_id,omitempty"`
	HoldID    string `json:"hold_id,omitempty"`
	// Posted is what the posting came to. A queued notice of a sale leaves it out, the posting has it: see [Engine.Complete].
	Posted *Posted `json:"posted,omitempty"`
	// Campaign is how far the campaign has come that it is about, as of the moment when it is put into words.
	Campaign *CampaignProgress `json:"-"`
}

// NoticeKind names a notice. Its texts are under "notice." in the catalogue.
type NoticeKind string

// The notices.
const (
	NoticeSale        NoticeKind = "sale"         // to the guest: earned, spent, balance
	NoticeReturn      NoticeKind = "return"       // to the guest
	NoticeAdjust      NoticeKind = "adjust"       // to the guest
	NoticeWelcome     NoticeKind = "welcome"      // to the guest: the welcome bonus
	NoticeExpired     NoticeKind = "expired"      // to the guest: points have ended
	NoticeSpendAsk    NoticeKind = "spend_ask"    // to the guest: confirm a spend
	NoticeSpendDone   NoticeKind = "spend_done"   // to the cashier: confirmed, take the money
	NoticeSpendDenied NoticeKind = "spend_denied" // to the cashier
	NoticeSpendLate   NoticeKind = "spend_late"   // to the cashier: no answer
	NoticeSpendClosed NoticeKind = "spend_closed" // to the guest: the question is over
	NoticeStaffJoined NoticeKind = "staff_joined" // to whoever invited
	NoticeStaffLeft   NoticeKind = "staff_left"   // to the person whose access ended
	NoticeFriend      NoticeKind = "friend"       // to the inviter: a friend joined
	NoticeReferral    NoticeKind = "referral"     // to the inviter: the friend's purchase pays a reward
	NoticeCoupon      NoticeKind = "coupon"       // to the guest: a coupon was given
	NoticeCouponUsed  NoticeKind = "coupon_used"  // to the guest: what a coupon gives was handed over
	NoticeCouponBack  NoticeKind = "coupon_back"  // to the guest: that was a mistake, the coupon is there again
	NoticeReward      NoticeKind = "reward"       // to the guest: staff has bought a reward with the guest's points
	NoticeRewardBack  NoticeKind = "reward_back"  // to the guest: staff has taken it back, the points are there again
	NoticeGift        NoticeKind = "gift"         // to the guest: points or a gift certificate came on the card

	// To the guest, from the life of the program by the calendar.
	NoticeActivated    NoticeKind = "activated"     // waiting points can be spent now: points, until
	NoticeBonus        NoticeKind = "bonus"         // a rule gave points or a coupon: trigger, rule, points, until, coupon
	NoticeTierUp       NoticeKind = "tier_up"       // tier, until
	NoticeTierDown     NoticeKind = "tier_down"     // tier ("" none), until, before
	NoticeTierWarning  NoticeKind = "tier_warning"  // the tier ends: tier, until, missing, basis
	NoticeEnding       NoticeKind = "ending"        // points end soon: points, until, rescue (days to keep them on asking, 0: cannot)
	NoticeCouponEnding NoticeKind = "coupon_ending" // coupon, coupon_id, until

	// To staff, about campaigns; each has campaign.
	NoticeCampaignApprove  NoticeKind = "campaign_approve"  // a second person is asked: by
	NoticeCampaignAnswer   NoticeKind = "campaign_answer"   // to the author: yes, by
	NoticeCampaignOverdue  NoticeKind = "campaign_overdue"  // to the author: it should have started at start
	NoticeCampaignProgress NoticeKind = "campaign_progress" // to the author: first
	NoticeCampaignRests    NoticeKind = "campaign_rests"    // to the author and the owners: it does not go on by itself
	NoticeCampaignDone     NoticeKind = "campaign_done"     // to the author
	NoticeTrigger          NoticeKind = "trigger"           // to those whom it is to tell: trigger, event, member
)

// Audit is one act of staff or operator on the program itself.
type Audit struct {
	ID        string
	ProgramID string
	StaffID   string // "" for the command line
	Act       string // "settings.change", "staff.invite", …
	Subject   string // opaque id
	Detail    map[string]any
	At        time.Time
}
