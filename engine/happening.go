package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"kartka/engine/campaign"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/engine/segment"
)

// Happened is something that happened to a member and that no posting tells of. It is kept until triggers have looked at it.
type Happened struct {
	ProgramID string
	MemberID  string
	campaign.Happening
}

// Key is what a happening is known by: told twice it is there once.
func (h *Happened) Key() string { return string(h.Event) + ":" + h.ID }

// Followed is a posting as triggers look at it.
type Followed struct {
	ID         string
	Kind       ledger.Kind
	MemberID   string
	AccountID  string
	Amount     money.Amount // of a sale, what its discounts left
	Answer     json.RawMessage
	OccurredAt time.Time
	RecordedAt time.Time
}

// Ending is what of a member ends.
type Ending string

// What ends.
const (
	EndsNothing Ending = ""
	EndsPoints  Ending = "points"
	EndsTier    Ending = "tier"   // Name, "" any
	EndsCoupon  Ending = "coupon" // Name, "" of any kind
)

// Strike asks whom of a program a trigger is for.
type Strike struct {
	Program Program
	Expr    segment.Expr // with other segments in their place
	Day     rules.Date
	Members []string // only these; nil: everybody
	// Ends asks further for whose something ends after From and by To.
	Ends     Ending
	Name     string
	From, To time.Time
	After    int64 // the place before the first; -1: from the beginning
	Limit    int
}

// Struck is a member whom a trigger is for.
type Struck struct {
	Recipient
	Agreed      bool // to messages, in some messenger
	First, Last segment.Day
	Visits      int64
}

// TriggerReads are about what triggers wait for.
type TriggerReads interface {
	// Happenings lists what happened and was not looked at yet, oldest first.
	Happenings(ctx context.Context, programID string, limit int) ([]Happened, error)
	// PostingsAfter lists postings after one, by id.
	PostingsAfter(ctx context.Context, programID, after string, limit int) ([]Followed, error)
	// LastPosting is the newest posting recorded before an instant, "" when there is none.
	LastPosting(ctx context.Context, programID string, before time.Time) (string, error)
	// PurchasesOf lists the sales of members, by id, those returned in full left out.
	PurchasesOf(ctx context.Context, programID string, members, accounts []string) (map[string][]string, error)
	// StampsOf reads how many stamps members have on which cards.
	StampsOf(ctx context.Context, programID string, members []string) (map[string]map[string]int64, error)
	// Struck lists members by their places.
	Struck(ctx context.Context, q Strike) ([]Struck, error)
	// NewDeliveries keeps of deliveries of one campaign those that are not there yet, each once.
	NewDeliveries(ctx context.Context, all []Delivery) ([]Delivery, error)
	// DeliveriesToAct lists deliveries whose time has come, and of which more is to be done than to write.
	DeliveriesToAct(ctx context.Context, programID, campaignID string, now time.Time, limit int) ([]Delivery, error)
}

// TriggerWrites keep what triggers did.
type TriggerWrites interface {
	// NoteHappening keeps what happened until triggers have looked at it. Told again, it has the number and the time that were told last.
	NoteHappening(ctx context.Context, h Happened) error
	// ForgetHappenings has triggers look at these no more. One that has another number by now, as a mark that was changed, stays.
	ForgetHappenings(ctx context.Context, all []Happened) error
	// SettleActs stores that all is done but to write, with gift, state and reason. One that is settled stays as it is.
	SettleActs(ctx context.Context, all []Delivery) error
	// EndActs has nothing more done of a campaign.
	EndActs(ctx context.Context, programID, campaignID string) error
}

// happened notes for triggers what happened to a member.
func happened(ctx context.Context, tx Tx, programID, memberID string, h campaign.Happening) error {
	if err := tx.NoteHappening(ctx, Happened{ProgramID: programID, MemberID: memberID, Happening: h}); err != nil {
		return fmt.Errorf("note what happened: %w", err)
	}
	return nil
}

// roseTo notes that a member has reached a tier.
func roseTo(ctx context.Context, tx Tx, programID, memberID, tier string, at time.Time) error {
	return happened(ctx, tx, programID, memberID, campaign.Happening{Event: campaign.EventTierUp, ID: memberID + ":" + at.UTC().Format("20060102T150405.000000") + ":" + tier,
		Name: tier, At: at})
}
