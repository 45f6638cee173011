package storage

import (
	"context"
	"runtime"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
)

// What is asked about one member goes through connections of its own, so that it is answered although a report or a slow writer has all the
// others. In a transaction the same questions are asked of the transaction.

// keyReaders is how many connections they are: what is asked for is in memory, and the processors are all there is to wait for.
func keyReaders() int { return max(4, 2*runtime.GOMAXPROCS(0)) }

func (s *Store) keyed() reads { return reads{q: textGuard{s.byKey}, seal: s.seal} }

// Person implements [engine.PeopleReads].
func (s *Store) Person(ctx context.Context, programID string, a engine.Address, at time.Time) (engine.Person, error) {
	return s.keyed().Person(ctx, programID, a, at)
}

// People implements [engine.PeopleReads].
func (s *Store) People(ctx context.Context, programID, channel, sender string, users []string, at time.Time) (map[string]engine.Person, error) {
	return s.keyed().People(ctx, programID, channel, sender, users, at)
}

// Member implements [engine.PeopleReads].
func (s *Store) Member(ctx context.Context, programID, id string) (engine.Member, error) {
	return s.keyed().Member(ctx, programID, id)
}

// MemberByCard implements [engine.PeopleReads].
func (s *Store) MemberByCard(ctx context.Context, programID, card string) (engine.Member, error) {
	return s.keyed().MemberByCard(ctx, programID, card)
}

// MemberByToken implements [engine.PeopleReads].
func (s *Store) MemberByToken(ctx context.Context, programID, token string) (engine.Member, error) {
	return s.keyed().MemberByToken(ctx, programID, token)
}

// MembersByPhone implements [engine.PeopleReads].
func (s *Store) MembersByPhone(ctx context.Context, programID string, phone engine.Phone) ([]engine.Member, error) {
	return s.keyed().MembersByPhone(ctx, programID, phone)
}

// Account implements [engine.LedgerReads].
func (s *Store) Account(ctx context.Context, programID, accountID string) (ledger.Account, error) {
	return s.keyed().Account(ctx, programID, accountID)
}
