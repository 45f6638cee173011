package storage

// Statements whose plans are checked.
var (
	ClaimQuery   = claimQuery
	PersonQuery  = personQuery
	OpenOfOne    = openOfOne
	OpenOfMany   = openOfMany
	HistoryQuery = historyQuery + historyOrder
)
