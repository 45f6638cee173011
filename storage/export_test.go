package storage

// Statements whose plans are checked.
var (
	ClaimQuery    = claimQuery
	WaitingQuery  = waitingQuery
	TakeNotices   = takeNotices
	PersonQuery   = personQuery
	OpenOfOne     = openOfOne
	OpenOfMany    = openOfMany
	AccountOfOne  = accountOfOne
	AccountOfMany = accountOfMany
	StandingQuery = standingQuery
	AwayQuery     = membersAway
	TierDueQuery  = membersWithTierDue
	HistoryQuery  = historyQuery + historyOrder
	MemberByCard  = memberByCard
	ByPhoneQuery  = membersByPhone

	NobodysPurchases = purchaseStream().nobodys
	TheirPurchases   = purchaseStream().theirs
	OpeningText      = openingQuery
	LastVisitText    = lastVisitQuery

	SalePostingsText = salePostingsQuery
	SalesByReceipts  = salesByReceipts
	VerifiedPostings = postingsOfAccounts
)
