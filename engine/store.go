package engine

import (
	"context"
	"time"

	"kartka/engine/ledger"
	"kartka/engine/money"
)

// Store keeps everything. It is implemented by package storage for PostgreSQL and SQLite and proven by one conformance
// suite. Things that are not there are reported as an *Error of KindNotFound.
type Store interface {
	Reads
	// InTx runs fn in one transaction, which commits when fn returns nil. fn may run more than once, so it must not touch
	// anything but tx; reads inside see what it wrote.
	InTx(ctx context.Context, fn func(tx Tx) error) error
}

// Reads are the questions that need no transaction.
type Reads interface {
	ProgramReads
	PeopleReads
	LedgerReads
	MechanicReads
	RatingReads
	DueReads
	SegmentReads
	CampaignReads
}

// ProgramReads are about programs, their bots, places and staff.
type ProgramReads interface {
	Programs(ctx context.Context) ([]Program, error) // by slug
	Program(ctx context.Context, id string) (Program, error)
	ProgramBySlug(ctx context.Context, slug string) (Program, error)
	SettingsVersion(ctx context.Context, programID string, version int64) (SettingsVersion, error)
	// SettingsAt returns the version that was in force at an instant; before the first version, the first.
	SettingsAt(ctx context.Context, programID string, at time.Time) (SettingsVersion, error)
	Bots(ctx context.Context, programID string) ([]Bot, error) // "" = of all programs
	Locations(ctx context.Context, programID string) ([]Location, error)
	Location(ctx context.Context, programID, id string) (Location, error)
	LocationByCode(ctx context.Context, programID, code string) (Location, error)
	StaffList(ctx context.Context, programID string) ([]Staff, error)
	Staff(ctx context.Context, programID, id string) (Staff, error)
	InviteByHash(ctx context.Context, programID, tokenHash string) (Invite, error)
	Tills(ctx context.Context, programID string) ([]Till, error) // oldest first, with those whose key was revoked
	TillByHash(ctx context.Context, programID, keyHash string) (Till, error)
	AuditLog(ctx context.Context, programID string, limit int) ([]Audit, error) // newest first
}

// PeopleReads are about contacts and members.
type PeopleReads interface {
	// Person reads everything about an address in one round trip: contact, member, account, consents, staff, place. Without a
	// contact it returns KindNotFound. Program and Bot are left to the caller, who has them. The account may be read without its lots, and then
	// says what they come to at the instant, see [ledger.Account.Rest].
	Person(ctx context.Context, programID string, a Address, at time.Time) (Person, error)
	// People reads of many addresses of a bot, by user id, what Person reads of one, in a number of statements that does not grow with them. Who has no contact is
	// left out. What is changed meanwhile may be seen in one part of a person and not yet in another.
	People(ctx context.Context, programID, channel, sender string, users []string, at time.Time) (map[string]Person, error)
	// Glance reads a card with its balance at an instant, by whatever identifies the member. Nobody found is KindNotFound; who has left the
	// program is found as MemberErased. Outside of a transaction it is answered at once, however many ask and whatever else the database is busy
	// with; KindBusy says that too many wait for it.
	Glance(ctx context.Context, programID string, look Look, at time.Time) (Glance, error)
	Contact(ctx context.Context, programID, id string) (Contact, error)
	// ContactsOf returns the contacts of a member or, with memberID "", of a member of staff.
	ContactsOf(ctx context.Context, programID, memberID, staffID string) ([]Contact, error)
	Member(ctx context.Context, programID, id string) (Member, error)
	Holder(ctx context.Context, programID, id string) (Holder, error) // [Member] without anything personal, which takes less
	MemberByCard(ctx context.Context, programID, card string) (Member, error)
	MemberByToken(ctx context.Context, programID, token string) (Member, error)
	MemberByInviteTag(ctx context.Context, programID, tag string) (Member, error)
	// MembersByPhone returns all members with the number, proved ones first.
	MembersByPhone(ctx context.Context, programID string, phone Phone) ([]Member, error)
	Consents(ctx context.Context, programID, memberID string) ([]Consent, error) // oldest first
	Profile(ctx context.Context, programID, memberID string) (Profile, error)    // of who has told nothing, the zero Profile
	CountMembers(ctx context.Context, programID string) (int, error)
}

// LedgerReads are about points and sales.
type LedgerReads interface {
	// Account reads open lots, debt and open holds.
	Account(ctx context.Context, programID, accountID string) (ledger.Account, error)
	AccountOwner(ctx context.Context, programID, accountID string) (memberID string, err error)
	PostingByKey(ctx context.Context, programID, key string) (Posting, error)
	Posting(ctx context.Context, programID, id string) (Posting, error)
	Entries(ctx context.Context, programID, postingID string) ([]Entry, error) // by No
	Lots(ctx context.Context, programID string, ids []string) ([]ledger.Lot, error)
	// LotExpired sums what expiry has taken from a lot, as a positive number.
	LotExpired(ctx context.Context, programID, lotID string) (money.Points, error)
	Sale(ctx context.Context, programID, id string) (Sale, error) // with lines and tenders
	SaleByReceipt(ctx context.Context, programID, locationID, till, business, receiptNo string) (Sale, error)
	// SalePostings returns the postings of a sale and of its returns, oldest first.
	SalePostings(ctx context.Context, programID, saleID string) ([]Posting, error)
	Hold(ctx context.Context, programID, id string) (Hold, error)
	HoldByKey(ctx context.Context, programID, key string) (Hold, error)
	// History returns an account's postings, newest first, at most limit, before the posting with the given id ("" = from
	// the newest). Postings are ordered by recorded time and id.
	History(ctx context.Context, programID, accountID, before string, limit int) ([]HistoryItem, error)
	// LastSale returns the id of the sale a member of staff recorded last.
	LastSale(ctx context.Context, programID, staffID string) (saleID string, err error)
	// DayTotals sums the checks recorded in [from, to). Empty ids mean everybody and everywhere.
	DayTotals(ctx context.Context, programID, staffID, locationID string, from, to time.Time) (Totals, error)
	// CountSales counts sales not fully returned of a member of staff in [from, to); with memberID only those on that card.
	CountSales(ctx context.Context, programID, staffID, memberID string, from, to time.Time) (int, error)
	// AccountsWithExpired returns accounts with lots that ended by the instant, after the one with the given id, in id order.
	AccountsWithExpired(ctx context.Context, programID string, by time.Time, after string, limit int) ([]Ended, error)
	// HoldsToExpire returns open holds whose time ended by the instant.
	HoldsToExpire(ctx context.Context, programID string, by time.Time, limit int) ([]Hold, error)
}

// Tx is a transaction: every question, and every change.
type Tx interface {
	Reads
	ProgramWrites
	PeopleWrites
	LedgerWrites
	MechanicWrites
	RatingWrites
	MessageWrites
	SegmentWrites
	CampaignWrites
}

// ProgramWrites change programs. Insert fails with KindTaken when the thing is there, Update with KindNotFound when not.
type ProgramWrites interface {
	InsertProgram(ctx context.Context, p Program) error // with its first settings version
	// UpdateProgram changes slug, state, card key, and the current settings version (which InsertSettings made).
	UpdateProgram(ctx context.Context, p Program) error
	InsertSettings(ctx context.Context, v SettingsVersion) error
	PutBot(ctx context.Context, b Bot) error // by program, channel and sender; a sender belongs to one program only (KindTaken)
	InsertLocation(ctx context.Context, l Location) error
	UpdateLocation(ctx context.Context, l Location) error
	InsertStaff(ctx context.Context, s Staff) error
	UpdateStaff(ctx context.Context, s Staff) error
	InsertInvite(ctx context.Context, i Invite) error
	// UseInvite marks an unused invite as used; KindExpired when it was used or its time is over.
	UseInvite(ctx context.Context, programID, id, staffID string, now time.Time) error
	InsertTill(ctx context.Context, t Till) error
	RevokeTill(ctx context.Context, programID, id string, at time.Time) error // a key that was revoked stays so from then
	InsertAudit(ctx context.Context, a Audit) error
}

// PeopleWrites change contacts and members.
type PeopleWrites interface {
	// TouchContact returns the contact of an address, making it when there is none (id is used then), and keeps name and
	// locale hint fresh. Source is kept from the first visit.
	TouchContact(ctx context.Context, c Contact) (Contact, error)
	// LinkContact sets member and staff of a contact.
	LinkContact(ctx context.Context, programID, contactID, memberID, staffID string) error
	SetLanguage(ctx context.Context, programID, contactID, language string) error    // of the contact, its member and its staff
	SetBlocked(ctx context.Context, programID, contactID string, at time.Time) error // zero: reachable again
	// SaveSession stores a conversation if its version is still the given one, and increments it; KindConflict otherwise.
	SaveSession(ctx context.Context, programID, contactID string, session []byte, version int64) error
	SaveSlot(ctx context.Context, programID, contactID, slot, ref string) error // "" forgets it
	InsertMember(ctx context.Context, m Member) error                           // with an empty account; KindTaken when card, token or tag is used
	UpdateMember(ctx context.Context, m Member) error                           // name, phone, proof, language, state
	SetProfile(ctx context.Context, programID, memberID string, p Profile) error
	InsertConsent(ctx context.Context, c Consent) error
	// EraseMember removes everything personal: name, phone, contacts with their sessions, queued messages, the numbers of the
	// card. The member row stays as MemberErased so that sums keep their owner.
	EraseMember(ctx context.Context, programID, memberID string, now time.Time) error
}

// LedgerWrites change value. The engine calls LockAccounts first and writes only what it planned on the locked state.
type LedgerWrites interface {
	// LockAccounts locks accounts in id order and reads them with open lots and open holds.
	LockAccounts(ctx context.Context, programID string, ids ...string) ([]ledger.Account, error)
	// LockForSale is LockAccounts for crediting and, when it spends, for spending at an instant: the accounts may be read in part, see
	// [ledger.Account.Rest]. An operation that needs more fails with [ledger.ErrPartial]; returned from a [Work] it has the work done again on
	// whole accounts.
	LockForSale(ctx context.Context, programID string, at time.Time, spends bool, ids ...string) ([]ledger.Account, error)
	// InsertPosting writes a posting with its entries and new lots and applies the moves to lots and to the account's debt and
	// balance. KindTaken means the key exists: the caller reads it and answers from it.
	InsertPosting(ctx context.Context, p Posting, plan ledger.Plan) error
	// InsertSale writes a sale, with lines and tenders, together with the posting that makes it, which has the sale's id and says the same
	// of it. KindTaken when the key or the natural key exists.
	InsertSale(ctx context.Context, s Sale, p Posting, plan ledger.Plan) error
	// UpdateSaleReturned stores what has been returned of a sale and of its lines.
	UpdateSaleReturned(ctx context.Context, s Sale) error
	InsertHold(ctx context.Context, h Hold) error // KindTaken when the key exists
	// SetHoldState moves a hold from one of the given states; KindConflict when it is in none of them.
	SetHoldState(ctx context.Context, programID, id string, to HoldState, from ...HoldState) error
}

// MessageWrites queue what is to be said and settle what has been heard.
type MessageWrites interface {
	// Enqueue writes messages and notices; of those with the same key one is sent. What names a member or staff and no contact may wait
	// where its contact is looked up later: see Outbound.
	Enqueue(ctx context.Context, out ...Outbound) error
	// SettleInbound marks a delivery done or dead; KindConflict when it is not new any more.
	SettleInbound(ctx context.Context, programID, id string, state InboundState, reason string) error
}

// Messages is the mail of the messengers, used by the edges: ingest, mailboxes, senders.
type Messages interface {
	// Accept stores new deliveries and returns the ids of those that were new, in their order.
	Accept(ctx context.Context, in []Inbound) (newIDs []string, err error)
	// PendingInbound returns the oldest new deliveries of a person, by order and id.
	PendingInbound(ctx context.Context, a Address, limit int) ([]Inbound, error)
	// PendingPeople returns the addresses that have new deliveries, longest waiting first.
	PendingPeople(ctx context.Context, limit int) ([]Address, error)
	// RetryInbound counts a failed attempt and returns how many there were.
	RetryInbound(ctx context.Context, programID, id, reason string) (attempts int, err error)
	DeadInbound(ctx context.Context, programID string, limit int) ([]Inbound, error) // newest first

	// ClaimOutbound takes queued messages of a bot that are due, oldest first and at most one per person whose earlier messages
	// are settled, and marks them sending under the fencing token. It first looks up the contacts of
	// notices, and leaves what is younger than one that still has none.
	ClaimOutbound(ctx context.Context, programID, channel, sender string, lane Lane, now time.Time, fence int64, limit int) ([]Outbound, error)
	// SettleOutbound stores the outcome of a claimed message: sent, failed, unknown, dropped, or queued again with a time to
	// wait. Fence and Tries, as ClaimOutbound gave them, name the claim that it is of: KindConflict, and nothing changes, when that
	// claim is over, even if the message was claimed again since. With a slot, the reference is remembered too.
	SettleOutbound(ctx context.Context, o Outbound, slot string) error
	// RecoverOutbound settles what a sender with a lower fence left in sending: replies and service messages are queued again,
	// five times at most, and then become unknown as marketing does at once. It returns how many of each.
	RecoverOutbound(ctx context.Context, programID, channel, sender string, fence int64) (requeued, unknown int, err error)
	// OutboundDepth counts queued and sending messages per lane, among them notices of which it is not known yet whether anybody can be reached.
	OutboundDepth(ctx context.Context) (map[Lane]int, error)

	// AcquireLease takes or renews a named lease for the holder until now+ttl. It returns ok=false while another holder has it.
	// The fence grows with every change of holder.
	AcquireLease(ctx context.Context, name, holder string, now time.Time, ttl time.Duration) (fence int64, ok bool, err error)
	ReleaseLease(ctx context.Context, name, holder string) error
	// Leases returns who holds which lease, by name; free ones are left out.
	Leases(ctx context.Context) (map[string]string, error)

	// Mark and SetMark keep small facts, such as the hash of a bot profile last written to a platform.
	Mark(ctx context.Context, key string) (string, error) // "" when absent
	SetMark(ctx context.Context, key, value string) error
}

// Audited is a difference that verification found.
type Audited struct {
	Check  string // which law is broken
	ID     string // of the account, lot or posting
	Detail string
}

// Verifier recomputes balances from what cannot change.
type Verifier interface {
	// Verify streams through a program and reports every difference: accounts ≠ Σ entries, lots ≠ Σ their entries, balance ≠
	// Σ lots − debt, postings ≠ Σ their entries, program ≠ 0, points below zero, sales whose lines do not add up.
	// progress is called with how many things are done, now and then; which things these are the store says.
	Verify(ctx context.Context, programID string, progress func(done int), found func(Audited)) (Verified, error)
}

// Verified is what was looked at.
type Verified struct {
	Accounts, Lots, Postings, Entries, Sales int
	Balance                                  money.Points // Σ of members' balances
}
