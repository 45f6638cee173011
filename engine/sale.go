package engine

import (
	"time"

	"kartka/engine/money"
	"kartka/engine/rules"
)

// TenderKind is what a part of a check is paid with.
type TenderKind string

// The kinds of tenders.
const (
	TenderCash   TenderKind = "cash"
	TenderCard   TenderKind = "card"
	TenderPoints TenderKind = "points"
	TenderOther  TenderKind = "other"
	TenderGift   TenderKind = "gift"  // a gift certificate
	TenderHouse  TenderKind = "house" // on the house: earns nothing
)

// Tender is a part of what was paid.
type Tender struct {
	Kind   TenderKind   `json:"kind"`
	Amount money.Amount `json:"amount"`
}

// SaleInput is a check as a till, a scanner or a cashier hands it in.
type SaleInput struct {
	ProgramID  string       `json:"program_id"`
	MemberID   string       `json:"member_id,omitempty"` // "" for a sale without a card
	LocationID string       `json:"location_id,omitempty"`
	Till       string       `json:"till,omitempty"`
	StaffID    string       `json:"staff_id,omitempty"`
	ReceiptNo  string       `json:"receipt_no,omitempty"`    // the till's own number; with it the sale has a natural key
	Business   string       `json:"business_date,omitempty"` // YYYY-MM-DD; "" = the location's day of OccurredAt
	Lines      []rules.Line `json:"lines,omitempty"`         // "" = one line of Sum
	Sum        money.Amount `json:"sum,omitempty"`           // used when Lines is empty
	Currency   string       `json:"currency,omitempty"`      // "" = the program's; another one is refused
	Tenders    []Tender     `json:"tenders,omitempty"`       // what was paid with money, to be compared; points are Redeem
	Redeem     money.Points `json:"redeem,omitempty"`
	RedeemMax  bool         `json:"redeem_max,omitempty"` // quotes only
	OccurredAt time.Time    `json:"occurred_at"`          // at the till; zero = now
	Source     string       `json:"source,omitempty"`     // "bot", "scanner", "till", "import", "demo"
	// Marks report units for stamp cards on a check entered as a bare sum.
	Marks []rules.Mark `json:"marks,omitempty"`
	// NoCoupons leaves activated coupons for another time.
	NoCoupons bool `json:"no_coupons,omitempty"`
	// Certificates are codes or ids of gift certificates that pay, in this order.
	Certificates []string `json:"certificates,omitempty"`
}

// hashed is the input as its fingerprint is taken: codes of certificates could be guessed from a hash of them.
func (in *SaleInput) hashed(program Program) SaleInput {
	out := *in
	out.Certificates = make([]string, len(in.Certificates))
	for i, code := range in.Certificates {
		out.Certificates[i] = fingerprint(program, code)
	}
	return out
}

// Sale is a recorded check.
type Sale struct {
	ID          string
	ProgramID   string
	MemberID    string
	AccountID   string
	LocationID  string
	Till        string
	StaffID     string
	ReceiptNo   string
	Business    string
	Source      string
	Currency    string
	Version     int64 // of the settings it was made under
	Total       money.Amount
	Redeemed    money.Points
	RedeemMoney money.Amount
	Discount    money.Amount
	Certificate money.Amount // paid by gift certificates
	Earned      money.Points
	LotID       string // of the base points; Did.Lots has all
	Did         Did
	Revision    int // 0 as first recorded
	Lines       []SaleLine
	Tenders     []Tender
	OccurredAt  time.Time
	RecordedAt  time.Time
	// Returned so far.
	ReturnedTotal  money.Amount
	ReversedEarn   money.Points
	ReversedRedeem money.Points
	LapsedUsed     money.Points
}

// Paid is what was to be paid with money.
func (s *Sale) Paid() money.Amount {
	return s.Total - s.Discount - s.RedeemMoney - s.Certificate
}

// SaleLine is a line with its share of what the sale did and what has been returned of it.
type SaleLine struct {
	No int
	rules.Line
	rules.LineResult
	ReturnedQty    money.Quantity
	ReturnedNet    money.Amount
	ReturnedCash   money.Amount
	ReturnedGift   money.Amount // back to gift certificates
	ReversedEarn   money.Points
	ReversedRedeem money.Points
}

// Issue is a problem with a sale that did not stop it: a sale is a fact.
type Issue struct {
	ID   string         `json:"id"` // message id under "issue."
	Args map[string]any `json:"args,omitempty"`
}

// Quote is what a sale would do. Nothing is stored.
type Quote struct {
	rules.Result
	Version int64
	Before  Balance
	Tier    string // held before the sale, "" none
	// EarnIfMax and PayableIfMax are for the other choice: spending as much as allowed.
	EarnIfMax    money.Points
	PayableIfMax money.Amount
}
