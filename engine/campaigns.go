package engine

import (
	"context"
	"time"

	"kartka/engine/campaign"
	"kartka/engine/rules"
	"kartka/engine/segment"
)

// Campaign is something a program tells many of its members: a broadcast once, a trigger whenever something happens to one of them.
type Campaign struct {
	ID        string
	ProgramID string
	Kind      CampaignKind
	Name      string
	State     CampaignState
	// Why says what it rests for, see the constants Why….
	Why  string
	Plan campaign.Plan
	// Start is when a broadcast is to begin; zero: as soon as it may. Where each member's own zone counts, it is the wall time of the program's zone. A
	// trigger looks only at what happens from then on: it is when it was switched on, or went on.
	Start time.Time
	// Version grows with every change: whoever changes an older one is told so.
	Version    int64
	By         string // staff id of who made it, and then of who sent it; "" the operator
	ApprovedBy string // staff id of the second person
	MadeAt     time.Time
	StartedAt  time.Time
	EndedAt    time.Time
	Sizes      AudienceSizes
	Fed        int64 // the place up to which deliveries are written
}

// CampaignKind tells broadcasts from triggers.
type CampaignKind string

// The kinds of campaigns.
const (
	CampaignBroadcast CampaignKind = "broadcast"
	CampaignTrigger   CampaignKind = "trigger"
)

// CampaignState says where a campaign is in its life.
type CampaignState string

// The states of campaigns.
const (
	CampaignDraft     CampaignState = "draft"
	CampaignWaiting   CampaignState = "waiting"   // for a second person to approve it
	CampaignScheduled CampaignState = "scheduled" // it starts by itself
	CampaignOverdue   CampaignState = "overdue"   // it should have started more than an hour ago: somebody is asked
	CampaignRunning   CampaignState = "running"
	CampaignPaused    CampaignState = "paused"
	CampaignDone      CampaignState = "done"
	CampaignCancelled CampaignState = "cancelled"
)

// Why a campaign rests.
const (
	WhyStaff   = "staff"   // somebody paused it
	WhyBudget  = "budget"  // what it may give away is given
	WhyMoved   = "moved"   // the database was copied or restored: the original may be sending
	WhyBroken  = "broken"  // what it needs is gone: a segment, a coupon
	WhyRefused = "refused" // the second person did not approve
)

// Open reports whether a campaign may still tell somebody something.
func (s CampaignState) Open() bool { return s != CampaignDone && s != CampaignCancelled }

// AudienceSizes says how many members an audience had when it was frozen, and how many of them were left out for what. Each member counts once,
// under the first reason that holds.
type AudienceSizes struct {
	Matched     int `json:"matched"`
	NoConsent   int `json:"no_consent,omitempty"`  // they did not agree to such messages
	Unreachable int `json:"unreachable,omitempty"` // they agreed, and no channel reaches them any more
	Capped      int `json:"capped,omitempty"`      // they had as many messages as one may have for now
	Held        int `json:"held,omitempty"`        // left without the message, to see what it is worth
	To          int `json:"to"`                    // who gets it
}

// Delivery is what becomes of a campaign for one person.
type Delivery struct {
	ProgramID  string
	CampaignID string
	Period     string // of a trigger; "" of a broadcast
	No         int64  // the member's place in audiences
	MemberID   string
	ContactID  string
	Address    Address
	Variant    int
	State      OutboundState
	Tries      int   // how often it was claimed; with Fence it names one claim
	Fence      int64 // token of the sender that claimed it
	Wait       time.Time
	SentAt     time.Time // when it was sent, or may have been
	Until      time.Time // what the person does before is put down to it
	Gift       string    // the posting that gave what the campaign gives
	Ref        string
	Reason     string
	Due        time.Time // of a trigger: when it is to come
	Tried      []string  // contacts through which it could not go before this one
	Acts       bool      // what the trigger does beside writing is still to come, and the message after it
	// Recent is how many messages of campaigns the person had within the days of the cap, as of the claim. It is not stored.
	Recent int
}

// Recipient is a member of a frozen audience, and how the member can be reached.
type Recipient struct {
	No       int64
	MemberID string
	Zone     string // of the place where the member joined, "" the program's
	Ways     []Way  // as of [CampaignReads]
}

// Way is how a member can be reached.
type Way struct {
	ContactID string
	Address   Address
	Seen      time.Time // when the member wrote there last
}

// DeliveryCount counts deliveries of a campaign that are alike.
type DeliveryCount struct {
	Variant   int
	State     OutboundState
	Reason    string
	N         int
	Gifts     int
	Delivered int
	Read      int
	Clicked   int
	Stopped   int
}

// PressCount counts who pressed a button of a campaign.
type PressCount struct {
	Button  int
	People  int
	Presses int
}

// VariantCount counts members by the variant they were told, each once. Who was told several, since a trigger was changed meanwhile, counts under the first of
// them.
type VariantCount struct {
	Variant int
	Members int // whose purchases count, see Bought
	Reached int // whom a message was sent to
	Pressed int // who of these pressed a button of it
}

// Bought is what one member bought within a time.
type Bought struct {
	No      int64
	Variant int // that the member was told, of purchases that are put down to a campaign
	Visits  int
	Revenue int64 // minor units, what was returned is taken off
}

// CampaignReads are about campaigns and what became of them.
type CampaignReads interface {
	// Campaigns lists campaigns in any of the states, all with none; newest first.
	Campaigns(ctx context.Context, programID string, states ...CampaignState) ([]Campaign, error)
	Campaign(ctx context.Context, programID, id string) (Campaign, error)
	DeliveryCounts(ctx context.Context, programID, campaignID string) ([]DeliveryCount, error)
	PressCounts(ctx context.Context, programID, campaignID string) ([]PressCount, error)
	// VariantCounts counts the members whom a campaign was for and who were not held out, by variants.
	VariantCounts(ctx context.Context, programID, campaignID string) ([]VariantCount, error)
	// PendingDeliveries counts the deliveries of a campaign that wait and are due, and all that are not over.
	PendingDeliveries(ctx context.Context, programID, campaignID string, now time.Time) (due, all int, err error)
	// SentSince counts the messages of a campaign that went out, or may have, from an instant on.
	SentSince(ctx context.Context, programID, campaignID string, since time.Time) (int, error)
	// CountGifts counts the deliveries that give something, have given it, or will.
	CountGifts(ctx context.Context, programID, campaignID string) (int, error)
	// DeliveryOf is the newest delivery of a campaign to a member. KindNotFound when there is none.
	DeliveryOf(ctx context.Context, programID, campaignID, memberID string) (Delivery, error)
	// DeliveryAt is the newest delivery of a campaign to the member at a place.
	DeliveryAt(ctx context.Context, programID, campaignID string, no int64) (Delivery, error)
	// AudienceHas reports which places are in a part of a frozen audience: those it goes to, or those held out.
	AudienceHas(ctx context.Context, programID, campaignID string, held bool) (func(no int64) bool, error)
	// BoughtBetween sums what members bought in [from, to), those who bought nothing left out.
	BoughtBetween(ctx context.Context, programID string, from, to time.Time) ([]Bought, error)
	// BoughtWithin sums what members bought in the times of a trigger's deliveries to them, each sale once: of those who were held out, or of the others.
	// members is how many there are of these.
	BoughtWithin(ctx context.Context, programID, campaignID string, from time.Time, held bool) (members int, bought []Bought, err error)
	// Ways reads how members can be reached: the contacts on channels they agreed to that are not blocked, by member; the one seen last comes first.
	Ways(ctx context.Context, programID string, memberIDs []string) (map[string][]Way, error)
	TriggerReads
	// BoughtAfter sums what members bought after a campaign's message to them and within its days, in [from, to) at most.
	BoughtAfter(ctx context.Context, programID, campaignID string, from, to time.Time) ([]Bought, error)
}

// CampaignWrites change campaigns.
type CampaignWrites interface {
	// PutCampaign writes a campaign whose version is one more than that of the one that is there, or 1. Otherwise it has changed meanwhile: KindConflict.
	PutCampaign(ctx context.Context, c Campaign) error
	DeleteCampaign(ctx context.Context, programID, id string) error // one that has told nobody anything: KindConflict else
	// LockCampaign reads a campaign and holds it until the transaction ends.
	LockCampaign(ctx context.Context, programID, id string) (Campaign, error)
	// PutAudience writes down who the audience of a campaign is.
	PutAudience(ctx context.Context, programID, campaignID string, a FrozenAudience) error
	// AudienceAfter reads the members of a frozen audience whose places come after one, in their order. Of members that have no way left, the ways are empty.
	AudienceAfter(ctx context.Context, programID, campaignID string, after int64, limit int) ([]Recipient, error)
	// InsertDeliveries writes deliveries; one that is there already stays.
	InsertDeliveries(ctx context.Context, all []Delivery) error
	// ReopenDeliveries has deliveries of a state tried again: those of a person who asks for it knowing that some come twice. It returns how many.
	ReopenDeliveries(ctx context.Context, programID, campaignID string, state OutboundState) (int, error)
	// EndDeliveries gives up what is still queued, for a reason, and returns how many.
	EndDeliveries(ctx context.Context, programID, campaignID, reason string) (int, error)
	TriggerWrites
	// NotePress counts a press of a button, and marks the delivery as clicked or, with stop, as the one that was one too many.
	NotePress(ctx context.Context, d Delivery, button int, stop bool, at time.Time) error
}

// Freeze asks who an audience is.
type Freeze struct {
	Program Program
	Expr    segment.Expr // with other segments in their place
	Day     rules.Date
	Held    func(no int64) bool // whether the member at a place is held out
	Cap     int                 // messages; 0: none
	Since   time.Time           // they count from here
	// Channels are those that carry such messages.
	Channels []string
}

// FrozenAudience is who an audience was at a moment. The sets are written as the store keeps them.
type FrozenAudience struct {
	Sizes    AudienceSizes
	To, Held []byte
}

// Deliveries is the mail of campaigns, used by senders. Only those of running campaigns are claimed.
type Deliveries interface {
	// ClaimDeliveries takes queued deliveries of a bot that are due, in the order of places from one on, and marks them sending under the fencing token. A
	// sender that has been replaced claims nothing. since is from when on Recent counts; zero: it does not.
	ClaimDeliveries(ctx context.Context, q DeliveryClaim) ([]Delivery, error)
	// SettleDeliveries stores the outcomes of claimed deliveries: sent, failed, unknown, dropped, or queued again with a time to wait, to the same contact or
	// to another one whose sender claims it next. One whose claim is over is passed over.
	SettleDeliveries(ctx context.Context, all []Delivery) error
	// LostDeliveries are those that a sender with a lower fence left in sending.
	LostDeliveries(ctx context.Context, programID, channel, sender string, fence int64) ([]Delivery, error)
	// RecoverDeliveries settles what a sender with a lower fence left in sending as unknown, and returns how many they were. given are those of which is known
	// what they gave.
	RecoverDeliveries(ctx context.Context, programID, channel, sender string, fence int64, now time.Time, given []Delivery) (int, error)
}

// DeliveryClaim says what is claimed.
type DeliveryClaim struct {
	ProgramID, CampaignID string
	Channel, Sender       string
	Now                   time.Time
	Fence                 int64
	After                 int64 // the place before the first; -1: from the beginning
	Limit                 int
	Since                 time.Time
}
