package engine

import (
	"time"

	"kartka/engine/money"
	"kartka/engine/rules"
)

// StandingQuery says which parts of a member's standing are wanted.
type StandingQuery struct {
	// Since is the first local day that counts towards a tier; "" asks for the whole life.
	Since    rules.Date
	Basis    rules.TierBasis // what Qualified counts; "" leaves it 0
	Counters []rules.Counter // the uses wanted; those without a row are left out of the answer
	// NoStamps, NoCoupons and NoBirthday say that stamps, open coupons and the birthday are not wanted; the answer may leave them out.
	NoStamps, NoCoupons, NoBirthday bool
}

// Activity is what one sale, or a return of one, changes of a member's standing. Returns carry negative numbers.
type Activity struct {
	ProgramID string
	MemberID  string
	Day       rules.Date // business day of the sale
	Visits    int
	Spent     money.Amount
	Earned    money.Points
	Referrals int
	At        time.Time // of the visit, for the first and the last one; zero leaves them alone
	// Counted says that the posting of the sale has what the day came to. Where tiers look back over days, they are kept apart from
	// the postings, which may be many.
	Counted bool
}

// Coupon is a coupon as it is kept.
type Coupon struct {
	rules.Coupon
	ProgramID string
	MemberID  string
	Source    string // rules.Grant.From
	SaleID    string // the sale it was applied to, "" before
	Reissued  bool   // it came back with a return: it does so once
	IssuedAt  time.Time
	UsedAt    time.Time
	StaffID   string // who gave it, or who handed over what it gives
}

// CertificateState says whether a gift certificate works.
type CertificateState string

// The states of a certificate.
const (
	CertificateActive  CertificateState = "active"
	CertificateSpent   CertificateState = "spent" // nothing is left
	CertificateExpired CertificateState = "expired"
	CertificateBlocked CertificateState = "blocked" // by the shop
)

// Certificate is a gift certificate of money, which pays in parts, or of points, which are claimed at once.
type Certificate struct {
	ID        string
	ProgramID string
	Code      Secret // twelve digits; who knows it may spend it
	Amount    money.Amount
	Left      money.Amount
	Points    money.Points // instead of Amount
	State     CertificateState
	MemberID  string // whose card shows it; "" for a paper one
	SaleID    string // that it was sold with
	StaffID   string
	IssuedAt  time.Time
	ExpiresAt time.Time // zero: never
}

// CertificateMove is an append-only line of a certificate: issue, use, return, end. Their sum is what is left.
type CertificateMove struct {
	ID            string
	ProgramID     string
	CertificateID string
	Key           string // unique in the program
	SaleID        string
	Amount        money.Amount // + issued or given back, − spent or ended
	At            time.Time
}

// ReferralState says how far the reward for a friend has come.
type ReferralState string

// The states of a referral.
const (
	ReferralJoined   ReferralState = "joined"   // no purchase that counts yet
	ReferralPending  ReferralState = "pending"  // rewards wait for the return window to pass
	ReferralPaid     ReferralState = "paid"     // it has passed: the friend is an effective one
	ReferralReversed ReferralState = "reversed" // the purchase came back
	ReferralRefused  ReferralState = "refused"  // over the cap
)

// Referral is a friend that a member brought.
type Referral struct {
	ProgramID string
	FriendID  string
	InviterID string
	State     ReferralState
	SaleID    string // the purchase that counted
	Inviter   money.Points
	Friend    money.Points
	LotID     string // of the inviter's reward
	Suspect   bool   // inviter and friend were at the same till at almost the same time
	DueAt     time.Time
	At        time.Time
}

// Merge is the record of two members made one, with all that is needed to part them again.
type Merge struct {
	ID        string
	ProgramID string
	KeptID    string
	GoneID    string
	Detail    MergeDetail
	By        string // staff id, "" for the operator or the members themselves
	At        time.Time
	UndoneAt  time.Time
}

// MergeDetail is what a merge moved. Nothing in it is personal.
type MergeDetail struct {
	Lots    []MovedLot   `json:"lots,omitempty"`
	Debt    money.Points `json:"debt,omitempty"`
	Revoked money.Points `json:"revoked,omitempty"` // bonuses that both had and count once
	// RevokedFrom is when the last of them would have become active, zero when all were: given back, they wait till then again.
	RevokedFrom time.Time `json:"revoked_from,omitzero"`
	// RevokedKept is the part of Revoked that did not come out of lots of the one that is gone.
	RevokedKept  money.Points       `json:"revoked_kept,omitempty"`
	Stamps       []rules.StampCount `json:"stamps,omitempty"`
	Coupons      []string           `json:"coupons,omitempty"`
	Certificates []string           `json:"certificates,omitempty"`
	Contacts     []string           `json:"contacts,omitempty"`
	Friends      []string           `json:"friends,omitempty"`
	Referrals    []Referral         `json:"referrals,omitempty"` // between the two, as they were
	Tier         rules.TierState    `json:"tier,omitzero"`       // of the one kept, before
	Days         []MovedDay         `json:"days,omitempty"`      // visits, money and points that were added
	Effective    int                `json:"effective,omitempty"` // friends that count, added
	Uses         []rules.Use        `json:"uses,omitempty"`      // of counters, added
	Tags         []string           `json:"tags,omitempty"`      // that the one kept did not have
	Phone        bool               `json:"phone,omitempty"`     // the number went with it
	Birthday     bool               `json:"birthday,omitempty"`  // so did the birthday
	Profile      []string           `json:"profile,omitempty"`   // and what is named of the profile, that the one kept did not have
}

// MovedDay is activity that was added to a member as that of one day.
type MovedDay struct {
	Day    rules.Date   `json:"day"`
	Visits int          `json:"visits,omitempty"`
	Spent  money.Amount `json:"spent,omitempty"`
	Earned money.Points `json:"earned,omitempty"`
}

// MovedLot is a lot that went over to another account.
type MovedLot struct {
	From   string       `json:"from"` // lot ids
	To     string       `json:"to"`
	Points money.Points `json:"points"`
}

// Orphan is a return whose sale is not known (yet): it is applied when the sale arrives.
type Orphan struct {
	ID         string
	ProgramID  string
	LocationID string
	Till       string
	Business   string
	ReceiptNo  string
	Key        string
	Input      ReverseInput
	At         time.Time
	MatchedAt  time.Time
}

// Did is what a sale did beside moving points of its own account. It is kept with the sale, for its return.
type Did struct {
	Lots     []string               `json:"lots,omitempty"` // that it made
	Stamps   []rules.StampChange    `json:"stamps,omitempty"`
	Coupons  []rules.CouponUse      `json:"coupons,omitempty"`
	Paid     []rules.CertificateUse `json:"paid,omitempty"`
	Granted  []string               `json:"granted,omitempty"` // coupons it issued
	Prizes   []string               `json:"prizes,omitempty"`  // coupons of a tier reached with it: no return takes them
	Uses     []rules.Use            `json:"uses,omitempty"`
	Referral string                 `json:"referral,omitempty"` // friend whose reward it set off
	// FriendLot is the friend's own reward, on the account of the sale.
	FriendLot string         `json:"friend_lot,omitempty"`
	Upline    []UplineReward `json:"upline,omitempty"`
	Before    Before         `json:"before,omitzero"`
}

// Before is what a sale found of its member and has changed itself: by this it is judged again when the check is corrected.
type Before struct {
	Tier string `json:"tier,omitempty"`
	// Held is the whole state of the tier before a sale that raised it to Reached: a slip that is undone gives it back.
	Held      *rules.TierState `json:"held,omitempty"`
	Reached   string           `json:"reached,omitempty"`
	Visits    int              `json:"visits,omitempty"`
	LastVisit time.Time        `json:"last_visit,omitzero"` // kept where rules ask how long the member has been away
	// Gave is when rules that rest between two times had given something before; only of those that the sale used.
	Gave map[string]time.Time `json:"gave,omitempty"`
}

// UplineReward is a share of a sale that went to whoever brought its guest.
type UplineReward struct {
	MemberID  string       `json:"member_id"`
	AccountID string       `json:"account_id"`
	LotID     string       `json:"lot_id"`
	Points    money.Points `json:"points"`
}
