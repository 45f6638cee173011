package engine

import (
	"context"
	"fmt"
)

// Ident is what a member is found by: one of its fields is set.
type Ident struct {
	MemberID  string
	AccountID string
	Card      string // nine digits
	Token     string // of the card's deep link
	Phone     Phone
	Address   Address
}

// Look asks for a [Glance].
type Look struct {
	Ident
	Name bool // is wanted too: it is sealed, and has to be opened
}

// Glance is a card as one sees it first: whose it is, and what is on it. Of a member that became part of another it is the other's.
type Glance struct {
	MemberID  string
	AccountID string
	Card      string
	State     MemberState
	Tier      string // id, "" for none
	Name      string // as the person wants to be called, if it was asked for
	Balance   Balance
	// Others is how many further members have the phone by which this one was found, when it is not proved to belong to one of them.
	Others int
}

// Glance shows a card and what is on it now, by whatever identifies the member. It is what asks for a balance and for nothing else; who
// needs more of a person reads a [Person]. A member who has left is not found.
func (e *Engine) Glance(ctx context.Context, programID string, look Look) (Glance, error) {
	g, err := e.store.Glance(ctx, programID, look, e.Now())
	switch {
	case IsKind(err, KindNotFound), err == nil && g.State == MemberErased:
		return Glance{}, fail(KindNotFound, "guest_not_found")
	case err != nil:
		return Glance{}, fmt.Errorf("look at card: %w", err)
	}
	return g, nil
}
