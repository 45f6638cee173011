package engine

import (
	"encoding/json"
	"fmt"
	"time"

	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// Posting is one recorded change of value. It is the record of its idempotency key, and it is never changed.
type Posting struct {
	ID         string
	ProgramID  string
	Kind       ledger.Kind
	Key        string // unique in the program for ever
	Hash       string // of the input: the same key with another hash is a conflict
	MemberID   string
	AccountID  string
	SaleID     string
	ReversesID string // the posting a return reverses
	StaffID    string
	LocationID string
	Version    int64        // of the settings it was computed under
	Points     money.Points // net change of the balance
	Earned     money.Points // ≥ 0, credited
	Burned     money.Points // ≥ 0, spent
	Debt       money.Points // of the account after it
	Balance    money.Points // of the account after it
	Reasons    []rules.Effect
	Note       string // by staff, with a manual adjustment
	OccurredAt time.Time
	RecordedAt time.Time
	// Counted says of the posting of a sale that it is the visit of its business day: [Activity.Counted] leaves the day to it.
	Counted bool
	// Answer is what the caller was told, to be told again when the key comes again.
	Answer json.RawMessage
}

// Told is what the caller was told when the posting was made.
func (p *Posting) Told() (Posted, error) {
	var answer Posted
	if err := json.Unmarshal(p.Answer, &answer); err != nil {
		return Posted{}, fmt.Errorf("read remembered answer: %w", err)
	}
	if answer.Effects == nil {
		answer.Effects = p.Reasons // kept once
	}
	if answer.PostingID == "" {
		answer.PostingID, answer.SaleID, answer.MemberID, answer.At = p.ID, p.SaleID, p.MemberID, p.RecordedAt
	}
	return answer, nil
}

// withoutPosting is the answer of a sale without what its posting says anyway: [Posting.Told] has all of it.
func (a Posted) withoutPosting() Posted {
	a.Effects, a.PostingID, a.SaleID, a.MemberID, a.At = nil, "", "", "", time.Time{}
	return a
}

// Entry is one immutable line of the ledger: a change of one lot, or of the debt when LotID is "".
type Entry struct {
	PostingID string
	No        int
	AccountID string
	LotID     string
	Points    money.Points
	Contra    ledger.Contra
}

// Posted is the answer of every call that changes value.
type Posted struct {
	PostingID   string       `json:"posting_id,omitempty"`
	SaleID      string       `json:"sale_id,omitempty"`
	MemberID    string       `json:"member_id,omitempty"`
	Total       money.Amount `json:"total,omitempty"`
	Payable     money.Amount `json:"payable,omitempty"`
	Discount    money.Amount `json:"discount,omitempty"`
	Certificate money.Amount `json:"certificate,omitempty"` // paid by gift certificates
	Redeemed    money.Points `json:"redeemed,omitempty"`
	RedeemMoney money.Amount `json:"redeem_money,omitempty"`
	Earned      money.Points `json:"earned,omitempty"`
	Expires     time.Time    `json:"expires,omitzero"` // of what was earned
	// Of returns.
	Restored money.Points `json:"restored,omitempty"`
	Revoked  money.Points `json:"revoked,omitempty"`
	CashBack money.Amount `json:"cash_back,omitempty"`
	GiftBack money.Amount `json:"gift_back,omitempty"` // back to gift certificates

	Tier    string              `json:"tier,omitempty"` // reached by this sale
	Stamps  []rules.StampChange `json:"stamps,omitempty"`
	Coupons []string            `json:"coupons,omitempty"` // issued by this call

	Balance Balance        `json:"balance"`
	Effects []rules.Effect `json:"effects,omitempty"`
	Issues  []Issue        `json:"issues,omitempty"`
	At      time.Time      `json:"at,omitzero"`
	// Replayed is true when this is the remembered answer of an earlier call with the same key.
	Replayed bool `json:"-"`
}

// HoldState says what became of a hold.
type HoldState string

// The states of a hold.
const (
	HoldAsking    HoldState = "asking"    // the guest has not answered yet
	HoldHeld      HoldState = "held"      // promised to a till
	HoldCommitted HoldState = "committed" // became a sale
	HoldReleased  HoldState = "released"  // given up
	HoldDenied    HoldState = "denied"    // by the guest
	HoldExpired   HoldState = "expired"
)

// Open reports whether the hold may still become a sale.
func (s HoldState) Open() bool { return s == HoldAsking || s == HoldHeld }

// Hold is points kept aside for a sale that is about to happen.
type Hold struct {
	ledger.Hold
	ProgramID string
	MemberID  string
	AccountID string
	State     HoldState
	Draft     SaleInput // the sale it is for
	Key       string
	Hash      string
	// Asker is the contact of the cashier who waits for the guest's answer, "" when nobody waits in a chat.
	Asker string
}

// HistoryItem is a posting as its owner reads it.
type HistoryItem struct {
	Posting  Posting
	Sale     *Sale // without lines; nil when the posting is not about a sale
	Location string
	Expires  time.Time // of the lot it made, zero when none or never
}

// Totals is what the checks of a day came to, of one member of staff, a location, or all. What has been returned of them is taken
// off, and a check returned in full does not count.
type Totals struct {
	Sales   int
	Returns int // made in the day, of whatever check
	Amount  money.Amount
	Earned  money.Points
	Burned  money.Points
	Members int // different cards
	New     int // joined that day; of a member of staff: and were served by this person
}
