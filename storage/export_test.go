package storage

import (
	"context"
	"slices"
	"strings"

	"kartka/engine"
	"kartka/engine/rules"
	"kartka/engine/segment"
)

// Statements whose plans are checked.
var (
	ClaimQuery      = claimQuery
	WaitingQuery    = waitingQuery
	TakeNotices     = takeNotices
	PersonQuery     = personQuery
	PeopleQuery     = peopleQuery
	BelongingsQuery = belongingsQuery
	OpenOfOne       = openOfOne
	OpenOfMany      = openOfMany
	AccountOfOne    = accountOfOne
	AccountOfMany   = accountOfMany
	StandingQuery   = standingQuery
	AwayQuery       = membersAway
	TierDueQuery    = membersWithTierDue
	HistoryQuery    = historyQuery + historyOrder
	MemberByCard    = memberByCard
	ByPhoneQuery    = membersByPhone

	NobodysPurchases = purchaseStream().nobodys
	TheirPurchases   = purchaseStream().theirs
	OpeningText      = openingQuery
	LastVisitText    = lastVisitQuery

	SalePostingsText = salePostingsQuery
	KnownReceipts    = knownReceipts
	VerifiedPostings = postingsOfAccounts
	ColumnsQuery     = columnsQuery
	NewerColumns     = newerColumns
)

// SegmentPlaces are the places of the members of a segment, in their order.
func SegmentPlaces(ctx context.Context, s *Store, p engine.Program, x segment.Expr, day rules.Date) ([]int64, error) {
	found, err := s.audienceBits(ctx, p, x, day)
	return slices.Collect(found.From(0)), err
}

// GlanceTexts are the statements that find cards by one kind of value.
type GlanceTexts struct{ One, Many, OneNamed, ManyNamed string }

// GlanceQueries returns the statements that find cards by a member, an account, a card, a token, a phone or an address.
func GlanceQueries(by string) GlanceTexts {
	q := glanceQueries[map[string]lookBy{"member": byMember, "account": byAccount, "card": byCard, "token": byToken, "phone": byPhone, "address": byAddress}[by]]
	return GlanceTexts{One: q[0][0], Many: q[0][1], OneNamed: q[1][0], ManyNamed: q[1][1]}
}

// Gatherer gathers questions whose values are texts; what is before the colon of a row named it.
type Gatherer = gatherer[string, string]

// NewGatherer makes one with so many statements at a time.
func NewGatherer(most int, read func(ctx context.Context, key string, values []string) ([]string, error)) *Gatherer {
	return newGatherer(most, func(row string) string { value, _, _ := strings.Cut(row, ":"); return value }, read)
}

// Ask asks for the rows that values name.
func Ask(ctx context.Context, g *Gatherer, key string, values ...string) ([]string, error) {
	return g.ask(ctx, key, values...)
}

// The bounds of questions.
const (
	AskTogether = askTogether
	AskWaiting  = askWaiting
	AskPatience = askPatience
)
