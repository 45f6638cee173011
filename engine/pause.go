package engine

import (
	"context"
	"fmt"
)

// refuseState says why a card in a state neither earns nor spends, nil when it does. A card that its guest has paused is told from one that the
// shop has blocked: the one needs a tap of the guest, the other a manager.
func refuseState(s MemberState) error {
	switch s {
	case MemberActive:
		return nil
	case MemberPaused:
		return fail(KindForbidden, "card_paused")
	}
	return fail(KindForbidden, "card_blocked")
}

// PauseCard stops a guest's own card, say because the phone is lost, or with on=false lets it work again. While it is paused nothing is earned or
// spent; points keep their ends. Doing it twice is doing it once, so that no key is needed. A card the shop has blocked stays so: card_blocked
// (KindForbidden). Whoever has left is member_not_found (KindNotFound).
func (e *Engine) PauseCard(ctx context.Context, programID, memberID string, on bool) error {
	to := MemberActive
	if on {
		to = MemberPaused
	}
	var member *Member
	err := e.store.InTx(ctx, func(tx Tx) (err error) {
		member, _, err = lockMember(ctx, tx, programID, memberID)
		switch {
		case err != nil:
			return err
		case member == nil, member.State == MemberErased:
			return fail(KindNotFound, "member_not_found")
		case member.State == to:
			return nil
		case member.State == MemberBlocked:
			return fail(KindForbidden, "card_blocked")
		}
		member.State = to
		if err := tx.UpdateMember(ctx, *member); err != nil {
			return fmt.Errorf("write member: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	e.changed(programID, member.ID)
	return nil
}
