package engine

import (
	"context"
	"time"

	"kartka/engine/money"
	"kartka/engine/rules"
)

// MechanicReads are questions about tiers, stamps, coupons, certificates and referrals.
type MechanicReads interface {
	// Standing reads what rules ask about a member, with one statement. A member who has done nothing has a zero standing.
	Standing(ctx context.Context, programID, memberID string, q StandingQuery) (rules.Standing, error)
	// Uses reads counters of the whole program; those without a row are left out.
	Uses(ctx context.Context, programID string, counters []rules.Counter) ([]rules.Use, error)
	Coupon(ctx context.Context, programID, id string) (Coupon, error)
	// CouponsOf returns a member's coupons, newest first: with open only the issued and activated ones.
	CouponsOf(ctx context.Context, programID, memberID string, open bool, limit int) ([]Coupon, error)
	Certificate(ctx context.Context, programID, id string) (Certificate, error)
	CertificateByCode(ctx context.Context, programID string, code Secret) (Certificate, error)
	CertificatesOf(ctx context.Context, programID, memberID string) ([]Certificate, error) // active ones, oldest first
	Referral(ctx context.Context, programID, friendID string) (Referral, error)
	// ReferralsOf returns the friends a member brought, newest first.
	ReferralsOf(ctx context.Context, programID, inviterID string, limit int) ([]Referral, error)
	Merge(ctx context.Context, programID, id string) (Merge, error)
	// MergesOf returns the merges a member was part of, newest first.
	MergesOf(ctx context.Context, programID, memberID string) ([]Merge, error)
	// NumberResting reports whether a phone was taken off a card and may not find or make another one before an instant.
	NumberResting(ctx context.Context, programID string, phone Phone, now time.Time) (bool, error)
	// OrphanOf returns the returns that wait for a sale, oldest first.
	OrphansOf(ctx context.Context, programID, locationID, till, business, receiptNo string) ([]Orphan, error)
	// SalesOf returns a member's sales, newest first, without lines.
	SalesOf(ctx context.Context, programID, memberID string, limit int) ([]Sale, error)
	// EachSale streams the sales that occurred in [from, to) with their lines, by member, then time, in bounded memory.
	EachSale(ctx context.Context, programID string, from, to time.Time, each func(Sale) error) error
	// EachPurchase streams like EachSale what rules ask about the past: of a sale its id, member, account, location, source, time, sums, points
	// and what was returned of them, and Did.Stamps; of a line the goods, quantity and sum, and what was returned. The rest is zero.
	EachPurchase(ctx context.Context, programID string, from, to time.Time, each func(Sale) error) error
	// Opening reads what an account held, and when its member last bought, before an instant. An account without a past is zero.
	Opening(ctx context.Context, programID, memberID, accountID string, at time.Time) (Opening, error)
}

// Opening is how a member stood before an instant.
type Opening struct {
	Balance   money.Points // less the debt
	Debt      money.Points
	LastVisit time.Time // zero: never
}

// RatingReads are questions about what guests think of their purchases.
type RatingReads interface {
	Rating(ctx context.Context, programID, saleID string) (Rating, error)
	// RatingsOf returns the ratings of a member's sales, and of those of whoever became part of this member, newest first.
	RatingsOf(ctx context.Context, programID, memberID string) ([]Rating, error)
	// RatingSums counts marks by day, location and staff, in this order, from a day to a day.
	RatingSums(ctx context.Context, programID string, from, to rules.Date) ([]RatingSum, error)
	// Ratings returns ratings with their sales, newest first; the limit is at least one.
	Ratings(ctx context.Context, programID string, q RatingQuery) ([]RatedSale, error)
}

// DueReads find whom the daily run concerns. Each returns ids after the given one, in id order, at most limit.
type DueReads interface {
	// MembersBornOn finds members by their birthday, given as "12-31".
	MembersBornOn(ctx context.Context, programID string, days []string, after string, limit int) ([]string, error)
	// MembersAway finds members whose last visit is before an instant and not before another.
	MembersAway(ctx context.Context, programID string, from, before time.Time, after string, limit int) ([]string, error)
	// MembersWithTierDue finds members whose tier's term ends by an instant.
	MembersWithTierDue(ctx context.Context, programID string, by time.Time, after string, limit int) ([]string, error)
	// AccountsWithLots finds accounts with open lots that become active (activating) or end in (from, to].
	AccountsWithLots(ctx context.Context, programID string, activating bool, from, to time.Time, after string, limit int) ([]string, error)
	CouponsDue(ctx context.Context, programID string, by time.Time, after string, limit int) ([]Coupon, error)
	CertificatesDue(ctx context.Context, programID string, by time.Time, after string, limit int) ([]Certificate, error)
	ReferralsDue(ctx context.Context, programID string, by time.Time, after string, limit int) ([]Referral, error) // pending, by friend
	// Bookmark reads a remembered text of a program, "" when there is none: how far a periodic run has come.
	Bookmark(ctx context.Context, programID, name string) (string, error)
}

// MechanicWrites change what MechanicReads read. Whoever changes a member's standing, stamps, coupons or own counters holds the lock of
// the member's account.
type MechanicWrites interface {
	AddActivity(ctx context.Context, a Activity) error
	SetTier(ctx context.Context, programID, memberID string, t rules.TierState) error
	SetTags(ctx context.Context, programID, memberID string, tags []string) error
	SetBirthday(ctx context.Context, programID, memberID string, b rules.Birthday) error
	AddStamps(ctx context.Context, programID, memberID, card string, delta, rounds int) error
	// LockUses locks counters of the whole program, making rows for new ones, and reads them. Call it after LockAccounts.
	LockUses(ctx context.Context, programID string, counters []rules.Counter) ([]rules.Use, error)
	// AddUses adds to counters, a member's or, where Counter.All is set, the program's. Negative numbers take off.
	AddUses(ctx context.Context, programID, memberID string, uses []rules.Use) error
	InsertCoupons(ctx context.Context, coupons ...Coupon) error
	// UpdateCoupon writes state, term, sale and marks of a coupon that is in one of the given states; KindConflict when it is not.
	UpdateCoupon(ctx context.Context, c Coupon, from ...rules.CouponState) error
	InsertCertificate(ctx context.Context, c Certificate) error // KindTaken when the code exists
	// LockCertificate reads a certificate and keeps others from it until the transaction ends.
	LockCertificate(ctx context.Context, programID, id string) (Certificate, error)
	UpdateCertificate(ctx context.Context, c Certificate) error // left, state, member, end (a return gives an ended one grace time)
	// InsertCertificateMove is KindTaken when the key exists.
	InsertCertificateMove(ctx context.Context, m CertificateMove) error
	PutReferral(ctx context.Context, r Referral) error
	InsertMerge(ctx context.Context, m Merge) error
	UpdateMerge(ctx context.Context, m Merge) error // UndoneAt
	// SetMergedInto points a member that is no more to the one kept; "" parts them. Card, token, tag and phone of a merged member find the
	// one kept.
	SetMergedInto(ctx context.Context, programID, memberID, keptID string) error
	// MoveCoupons and MoveContacts give what the ids name to another member.
	MoveCoupons(ctx context.Context, programID string, ids []string, toMember string) error
	MoveContacts(ctx context.Context, programID string, ids []string, toMember string) error
	// RestNumber takes a phone out of use until an instant.
	RestNumber(ctx context.Context, programID string, phone Phone, memberID string, until time.Time) error
	InsertOrphan(ctx context.Context, o Orphan) error // KindTaken when the key exists
	MatchOrphan(ctx context.Context, programID, id string, at time.Time) error
	// ReviseSale rewrites a sale and its lines as its newest revision says; entries and postings are never rewritten.
	ReviseSale(ctx context.Context, s Sale) error
	SetBookmark(ctx context.Context, programID, name, value string) error
}

// RatingWrites change what RatingReads read.
type RatingWrites interface {
	// PutRating writes the rating of a sale. Of one that is there it changes stars, comment and ChangedAt.
	PutRating(ctx context.Context, r Rating) error
	// SetAsked notes when a member was asked for a rating or gave one; KindConflict when that was noted after the given instant.
	SetAsked(ctx context.Context, programID, memberID string, a Asked, since time.Time) error
}
