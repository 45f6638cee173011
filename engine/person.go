package engine

import (
	"encoding/json"
	"time"

	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// Address is where a person is reached: a user of one channel through one of the program's bots.
type Address struct {
	Channel string
	Sender  string
	UserID  string
}

// Contact is a person at an address. The same contact may hold a card, work here, or neither yet.
type Contact struct {
	ID        string
	ProgramID string
	Address   Address
	MemberID  string // "" until the person joins
	StaffID   string // "" unless the person works here
	Name      string // as the platform gives it
	Locale    string // the platform's hint of a language
	Language  string // chosen by the person, "" before
	Source    string // what brought the person: deep-link source, kept from the first visit
	BlockedAt time.Time
	// Session is where the person is in a conversation; its shape belongs to the dialogs.
	Session json.RawMessage
	// SessionVersion grows with every change: the optimistic lock of the conversation.
	SessionVersion int64
	// Slots holds the platform's references of living messages by slot name.
	Slots     map[string]string
	CreatedAt time.Time
}

// Member is a person in a program.
type Member struct {
	ID               string
	ProgramID        string
	AccountID        string
	Card             string // nine digits, cardcode.Alias
	Token            string // opaque, in the card's deep link
	Name             string // as the person wants to be called
	Phone            Phone  // "" when unknown
	Proof            Proof
	Language         string
	State            MemberState
	Source           string // acquisition, kept from joining
	InviterID        string // the member whose invitation brought this one
	InviteTag        string // own tag for inviting others
	JoinedAt         time.Time
	JoinedAtLocation string
	MergedInto       string // the member this one became part of, "" for one of its own
}

// Holder is a member as the ledger knows it, without anything personal: what decides whether a card works and whose points it spends.
type Holder struct {
	ProgramID  string
	ID         string
	AccountID  string
	State      MemberState
	InviterID  string // as of a [Member]
	JoinedAt   time.Time
	MergedInto string // as of a [Member]
}

// Holder is the member without anything personal.
func (m *Member) Holder() Holder {
	return Holder{ProgramID: m.ProgramID, ID: m.ID, AccountID: m.AccountID, State: m.State, InviterID: m.InviterID, JoinedAt: m.JoinedAt, MergedInto: m.MergedInto}
}

// MemberState says whether a card works.
type MemberState string

// The states of a member.
const (
	MemberActive  MemberState = "active"
	MemberPaused  MemberState = "paused"  // by the guest, who may lift it any time
	MemberBlocked MemberState = "blocked" // by the shop
	MemberErased  MemberState = "erased"  // left; only opaque sums remain
)

// Purpose is what a consent is for.
type Purpose string

// The purposes. Joining needs PurposeService; the rest is opt-in.
const (
	PurposeService   Purpose = "service"
	PurposeMarketing Purpose = "marketing"
)

// Consent is one act of giving or withdrawing. The ledger of consents is append-only; the last act counts.
type Consent struct {
	ID        string
	ProgramID string
	MemberID  string
	Channel   string
	Purpose   Purpose
	Given     bool
	Source    string // "join", "settings", "stop", "blocked"
	Text      string // id and version of the text the person saw
	Language  string
	At        time.Time
}

// Staff is a person who works for a program.
type Staff struct {
	ID         string
	ProgramID  string
	Role       Role
	Name       string
	Language   string
	LocationID string // remembered; "" when none is chosen
	InvitedBy  string
	Disabled   bool
	CreatedAt  time.Time
}

// Role is what a member of staff may do. Each role may do what the ones below it may.
type Role string

// The roles.
const (
	RoleOwner    Role = "owner"
	RoleManager  Role = "manager"
	RoleMarketer Role = "marketer"
	RoleCashier  Role = "cashier"
)

// Roles lists the roles in the order they are offered.
func Roles() []Role { return []Role{RoleCashier, RoleMarketer, RoleManager, RoleOwner} }

// AtCounter reports whether the role may serve guests.
func (r Role) AtCounter() bool { return r == RoleCashier || r == RoleManager || r == RoleOwner }

// Manages reports whether the role may change people and settings.
func (r Role) Manages() bool { return r == RoleManager || r == RoleOwner }

// Invite lets one person become staff, once.
type Invite struct {
	ID         string
	ProgramID  string
	TokenHash  string // the token itself is shown once and never kept
	Role       Role
	LocationID string
	CreatedBy  string // staff id; "" for the claim link of the first owner
	CreatedAt  time.Time
	ExpiresAt  time.Time
	UsedBy     string // staff id
	UsedAt     time.Time
}

// Person is everything about whoever writes to a bot, read in one round trip.
type Person struct {
	Program Program
	Bot     Bot
	Contact Contact
	Member  *Member // nil when not joined
	Account ledger.Account
	// Standing is the member's, without counters; Qualified is left 0.
	Standing rules.Standing
	Consent  map[Purpose]bool // on this contact's channel
	Staff    *Staff           // nil when not staff
	Place    *Location        // of Staff, nil when none
	Asked    Asked            // for a rating, as the member
}

// Balance is a member's points at an instant.
type Balance struct {
	Total     money.Points `json:"total"`     // Σ lots − debt; may be negative
	Available money.Points `json:"available"` // spendable now
	Pending   money.Points `json:"pending,omitempty"`
	Held      money.Points `json:"held,omitempty"`
	Debt      money.Points `json:"debt,omitempty"`
	// Next is when points end soonest, zero when never, and how many.
	Next       time.Time    `json:"next,omitzero"`
	NextPoints money.Points `json:"next_points,omitempty"`
}

// BalanceOf reads an account at an instant.
func BalanceOf(a *ledger.Account, now time.Time) Balance {
	b := Balance{Total: a.Balance(), Available: a.Available(now), Pending: a.Pending(now), Held: a.Held(now), Debt: a.Debt}
	b.Total -= a.Ended(now) // the daily run has not passed yet
	b.Next, b.NextPoints = a.Expiring(now)
	return b
}
