package engine

import (
	"context"
	"fmt"
	"time"
)

// NoticePhone tells a guest that the number of the card was changed: Args is phone, the new number with its middle hidden.
const NoticePhone NoticeKind = "phone_changed"

// NumberRests is how long a number that was taken off a card identifies nobody, so that whoever gets it from the operator next
// inherits nothing.
const NumberRests = 90 * 24 * time.Hour

// ChangePhone gives a member another number, which the platform or a one-time code has proved. The member, the card and the
// points stay what they are: a number only finds them. The old number, if it was proved, rests for ninety days. The same
// number again changes nothing but a better proof.
func (e *Engine) ChangePhone(ctx context.Context, programID, memberID, raw string, proof Proof) (Member, error) {
	program, err := e.activeProgram(ctx, programID)
	if err != nil {
		return Member{}, err
	}
	if proof != ProofPlatform && proof != ProofOTP {
		return Member{}, fail(KindForbidden, "phone_unproved")
	}
	phone, err := NormalisePhone(plus(raw), Region(program.Settings.Currency.Code, program.Settings.Zone.String()))
	if err != nil {
		return Member{}, &Error{Kind: KindInvalid, ID: "phone_invalid", Err: err}
	}
	var member Member
	err = e.store.InTx(ctx, func(tx Tx) error {
		m, _, err := lockMember(ctx, tx, programID, memberID)
		if err != nil {
			return err
		}
		if m == nil || m.State == MemberErased {
			return fail(KindNotFound, "member_not_found")
		}
		member, err = e.changePhoneIn(ctx, tx, *m, phone, proof)
		return err
	})
	return member, err
}

func (e *Engine) changePhoneIn(ctx context.Context, tx Tx, m Member, phone Phone, proof Proof) (Member, error) {
	now, old, proved := e.Now(), m.Phone, identifies(m)
	if old == phone && proved {
		return m, nil
	}
	if err := refusePhoneTaken(ctx, tx, m.ProgramID, m.ID, phone); err != nil {
		return m, err
	}
	if old != phone {
		if err := refuseResting(ctx, tx, m.ProgramID, phone, now); err != nil {
			return m, err
		}
	}
	m.Phone, m.Proof = phone, proof
	if err := tx.UpdateMember(ctx, m); err != nil {
		return m, fmt.Errorf("write number: %w", err)
	}
	if old == "" || old == phone {
		return m, nil
	}
	if err := forgetNumber(ctx, tx, m, old); err != nil {
		return m, err
	}
	if proved {
		if err := tx.RestNumber(ctx, m.ProgramID, old, m.ID, now.Add(NumberRests)); err != nil {
			return m, fmt.Errorf("rest number: %w", err)
		}
	}
	if err := tx.InsertAudit(ctx, e.audit(m.ProgramID, "", "phone_changed", m.ID, nil)); err != nil {
		return m, fmt.Errorf("write audit: %w", err)
	}
	err := tx.Enqueue(ctx, e.notice(m.ProgramID, "phone:"+e.newID(), toMember(m.ID), Notice{Kind: NoticePhone, Args: map[string]any{"phone": phone.String()}}))
	if err != nil {
		return m, fmt.Errorf("queue notice: %w", err)
	}
	return m, nil
}

// forgetNumber takes a number off the members that became part of one: it would go on finding the one kept.
func forgetNumber(ctx context.Context, tx Tx, keep Member, phone Phone) error {
	merges, err := tx.MergesOf(ctx, keep.ProgramID, keep.ID)
	if err != nil {
		return fmt.Errorf("read merges: %w", err)
	}
	for _, r := range merges {
		if r.KeptID != keep.ID || !r.UndoneAt.IsZero() {
			continue
		}
		part, err := tx.Member(ctx, keep.ProgramID, r.GoneID)
		if err != nil {
			return fmt.Errorf("read merged member: %w", err)
		}
		if part.Phone != phone {
			continue
		}
		part.Phone, part.Proof = "", ProofNone
		if err := tx.UpdateMember(ctx, part); err != nil {
			return fmt.Errorf("forget number: %w", err)
		}
	}
	return nil
}

// refuseResting makes sure that a number was not taken off a card a short time ago.
func refuseResting(ctx context.Context, reads MechanicReads, programID string, phone Phone, now time.Time) error {
	resting, err := reads.NumberResting(ctx, programID, phone, now)
	if err != nil {
		return fmt.Errorf("look resting number up: %w", err)
	}
	if resting {
		return fail(KindTaken, "phone_resting")
	}
	return nil
}
