package engine

import (
	"context"
	"time"
)

// Grouper is what a [Store] can do beside: write changes of many callers together. It is optional.
type Grouper interface {
	// InGroup is [Store.InTx] for a change that asks for little: those that arrive while others are being written form a group, which is read,
	// run in the order of arrival and written with a few statements and one commit. What it answers, and what is in the store afterwards, is what
	// InTx would have answered and left. When ctx ends before the work's turn has come, it is not done; after that the caller gets what became of
	// it. KindBusy means that too many are waiting, and nothing was done.
	InGroup(ctx context.Context, w Work) error
	// InGroups is InGroup for many works of one caller, and answers each in its place. Works on the same first member are done in their order,
	// but that those which need a transaction of their own come last.
	InGroups(ctx context.Context, works []Work) []error
}

// Work is a change of value that may be written together with others: what it is going to ask for, so that this is read for all of them
// at once, and the change itself. What is announced makes it fast and nothing else: Run may ask for whatever it likes.
type Work struct {
	ProgramID string
	// MemberIDs are whose accounts are locked, the one that the work is about first. A work without any locks nothing.
	MemberIDs []string
	// Spends says that points may be taken, so that lots are read in the order they are spent.
	Spends bool
	// Whole says that all open lots of the members are asked for.
	Whole bool
	// NoNames says that the members are asked for as holders only.
	NoNames bool
	// Now is the clock by which the accounts are looked at when the work's turn has come.
	Now func() time.Time

	Keys       []string // of postings
	HoldIDs    []string // of these members
	HoldKeys   []string
	SaleIDs    []string // which are locked before the accounts
	Receipt    Receipt
	LocationID string
	StaffID    string
	Standing   StandingQuery // of the first member
	Referral   bool          // whether somebody brought the first member

	// Run makes the change, on a state in which every work written before it has happened. It may run more than once and must touch nothing
	// but tx. An error leaves nothing changed.
	Run func(tx Tx) error
}

// Receipt is the natural key of a sale.
type Receipt struct {
	LocationID, Till, Business, No string
}
