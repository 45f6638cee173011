package engine

import (
	"context"
	"fmt"
	"slices"

	"kartka/engine/ledger"
)

// partOf is the lots that a member's points have become: by merges that are not undone, all the way to the one that is kept.
type partOf map[string]string

// lotsMoved follows a member that became part of another, and says what its lots are called there. For a member of its own it is
// empty. The return of a sale made before the merge is written on the account of the one kept, and needs it.
func lotsMoved(ctx context.Context, reads MechanicReads, programID, memberID string) (partOf, error) {
	moved := partOf{}
	for range maxMerges * maxMerges { // no chain is longer, and a circle cannot be
		merges, err := reads.MergesOf(ctx, programID, memberID)
		if err != nil {
			return nil, fmt.Errorf("read merges: %w", err)
		}
		next := ""
		for _, r := range merges {
			if r.GoneID != memberID || !r.UndoneAt.IsZero() {
				continue
			}
			next = r.KeptID
			step := make(partOf, len(r.Detail.Lots))
			for _, lot := range r.Detail.Lots {
				step[lot.From] = lot.To
			}
			for from, to := range moved {
				if further, ok := step[to]; ok {
					moved[from] = further
				}
			}
			for from, to := range step {
				if _, known := moved[from]; !known {
					moved[from] = to
				}
			}
		}
		if next == "" {
			return moved, nil
		}
		memberID = next
	}
	return moved, nil
}

// of is the name a lot has now.
func (p partOf) of(lotID string) string {
	if to, ok := p[lotID]; ok {
		return to
	}
	return lotID
}

// names lists every name a lot has had, its own first: what ended before a merge is on record under the older one.
func (p partOf) names(lotID string) []string {
	names := []string{lotID}
	for from, to := range p {
		if to == lotID {
			names = append(names, from)
		}
	}
	slices.Sort(names[1:])
	return names
}

// moves names the lots of moves as they are called now.
func (p partOf) moves(moves []ledger.Move) []ledger.Move {
	if p == nil {
		return moves
	}
	named := slices.Clone(moves)
	for i := range named {
		named[i].LotID = p.of(named[i].LotID)
	}
	return named
}

// split sorts lots that have nothing left into those of the account of the one kept and those that stayed behind with the one that is
// gone: to these points return as new lots.
func (p partOf) split(closed []ledger.Lot) (here, elsewhere []ledger.Lot) {
	if p == nil {
		return closed, nil
	}
	for _, lot := range closed {
		if len(p.names(lot.ID)) > 1 {
			here = append(here, lot)
		} else {
			elsewhere = append(elsewhere, lot)
		}
	}
	return here, elsewhere
}

// saleAtHome returns a sale as it is seen from the account that its member has become part of: with member, account and lots as they
// are called there. For the sale of a member of its own it is the sale itself, and moved is nil. What it returns is for reckoning; the
// record keeps who bought.
func saleAtHome(ctx context.Context, reads Reads, s Sale) (home Sale, moved partOf, err error) {
	if s.MemberID == "" {
		return s, nil, nil
	}
	member, err := memberOf(ctx, reads, s.ProgramID, s.MemberID)
	if err != nil || member.ID == s.MemberID {
		return s, nil, err
	}
	if moved, err = lotsMoved(ctx, reads, s.ProgramID, s.MemberID); err != nil {
		return s, nil, err
	}
	s.MemberID, s.AccountID = member.ID, member.AccountID
	s.LotID, s.Did.FriendLot = moved.of(s.LotID), moved.of(s.Did.FriendLot)
	s.Did.Lots = slices.Clone(s.Did.Lots)
	for i := range s.Did.Lots {
		s.Did.Lots[i] = moved.of(s.Did.Lots[i])
	}
	return s, moved, nil
}
