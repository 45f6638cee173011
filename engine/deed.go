package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// deed is an act on one member that is not a sale and does more than move points, or moves none: a coupon given, a code entered, a
// reward bought. Like a [change] it is written as one posting, which remembers its key, its input and its answer; unlike one, it
// is written even when no points move.
type deed struct {
	key      string
	input    any // hashed; it holds no secret in clear
	program  Program
	memberID string
	staffID  string
	kind     ledger.Kind
	reverses string
	note     string
	// do looks at what is locked, changes what is not the account, and fills in the doing. An error leaves nothing changed.
	do func(Tx, *doing) error
}

// doing is a deed as it is done, under the lock of the member's account.
type doing struct {
	postingID string
	kind      ledger.Kind // the deed's; what it turns out to be may be another
	member    Member
	account   ledger.Account
	now       time.Time
	plan      ledger.Plan
	// answer is completed with posting, member, balance and time.
	answer Posted
	// tell is for the guest, nil when the guest is who acts and sees the answer.
	tell *Notice
}

// perform writes a deed in one transaction, or answers from memory when the key has been used.
func (e *Engine) perform(ctx context.Context, d deed) (Posted, error) {
	if d.key == "" {
		return Posted{}, fail(KindInvalid, "key_missing")
	}
	hash, err := hashOf(d.input)
	if err != nil {
		return Posted{}, err
	}
	var answer Posted
	work := e.workOn(d.program.ID, d.memberID, d.staffID, d.key)
	work.Run = func(tx Tx) (err error) {
		answer, err = e.performIn(ctx, tx, d, hash)
		return err
	}
	err = e.write(ctx, work)
	return answer, err
}

func (e *Engine) performIn(ctx context.Context, tx Tx, d deed, hash string) (Posted, error) {
	member, account, err := lockMember(ctx, tx, d.program.ID, d.memberID)
	if err != nil {
		return Posted{}, err
	}
	if old, err := known(ctx, tx, d.program.ID, d.key); err != nil {
		return Posted{}, err
	} else if old != nil {
		return replay(*old, hash)
	}
	s := doing{postingID: e.newID(), kind: d.kind, account: account, now: e.Now()}
	if member != nil {
		s.member = *member
		if err := refuseState(s.member.State); err != nil {
			return Posted{}, err
		}
	}
	if err := d.do(tx, &s); err != nil {
		return Posted{}, err
	}
	after := s.account.Apply(s.plan)
	s.answer.PostingID, s.answer.MemberID, s.answer.At = s.postingID, s.member.ID, s.now
	s.answer.Balance = BalanceOf(&after, s.now)
	posting := Posting{
		ID: s.postingID, ProgramID: d.program.ID, Kind: s.kind, Key: d.key, Hash: hash, MemberID: s.member.ID, AccountID: s.account.ID,
		ReversesID: d.reverses, StaffID: d.staffID, Version: d.program.Version, Points: s.plan.Net(), Earned: s.answer.Earned,
		Burned: s.answer.Redeemed, Debt: after.Debt, Balance: after.Balance(), Reasons: s.answer.Effects, Note: d.note,
		OccurredAt: s.now, RecordedAt: s.now,
	}
	if posting.Answer, err = json.Marshal(s.answer); err != nil {
		return Posted{}, fmt.Errorf("remember answer: %w", err)
	}
	if err := tx.InsertPosting(ctx, posting, s.plan); err != nil {
		return Posted{}, fmt.Errorf("write posting: %w", err)
	}
	if s.tell == nil || s.member.ID == "" {
		return s.answer, nil
	}
	s.tell.PostingID, s.tell.Posted = s.postingID, &s.answer
	if err := tx.Enqueue(ctx, e.notice(d.program.ID, string(s.tell.Kind)+":"+s.postingID, toMember(s.member.ID), *s.tell)); err != nil {
		return Posted{}, fmt.Errorf("queue notice: %w", err)
	}
	return s.answer, nil
}

// credit plans points of a deed, given as those of a purchase are: they pay a debt first.
func (s *doing) credit(lotID string, kind ledger.Kind, points money.Points, expires time.Time) error {
	plan, err := s.account.Credit(ledger.Lot{ID: lotID, Points: points, ActiveFrom: s.now, EarnedAt: s.now, ExpiresAt: expires, Kind: kind}, ledger.ContraEarn)
	if err != nil {
		return planError(err, &s.account, s.now)
	}
	s.plan = plan
	s.answer.Earned, s.answer.Expires = points, expires
	return nil
}

// grant issues coupons in a deed. What the program's settings do not allow is an error.
func (e *Engine) grant(ctx context.Context, tx Tx, program Program, s *doing, g rules.Grant, staffID, id string) (Coupon, error) {
	standing, err := tx.Standing(ctx, program.ID, s.member.ID, StandingQuery{})
	if err != nil {
		return Coupon{}, fmt.Errorf("read standing: %w", err)
	}
	issued, skipped := e.couponsFor(program.Settings, s.member.ID, standing.Coupons, []rules.Grant{g}, s.now, staffID)
	if len(issued) == 0 {
		reason := skipped[0].Reason
		return Coupon{}, fail(KindLimit, reason.ID, "Name", reason.Text, "Max", reason.Args[rules.ArgCount])
	}
	coupon := issued[0]
	coupon.ProgramID = program.ID
	if id != "" {
		coupon.ID = id
	}
	if err := tx.InsertCoupons(ctx, coupon); err != nil {
		return Coupon{}, fmt.Errorf("write coupon: %w", err)
	}
	s.answer.Coupons = append(s.answer.Coupons, coupon.ID)
	return coupon, nil
}

// serving makes sure that a person works here, may serve guests (or manages, where asked for), and does not serve the own card. The
// operator, who is no staff, may.
func serving(ctx context.Context, tx Tx, programID, staffID, memberID string, manages bool) (Staff, error) {
	if staffID == "" {
		return Staff{Role: RoleOwner}, nil
	}
	staff, err := tx.Staff(ctx, programID, staffID)
	if err != nil {
		return Staff{}, fmt.Errorf("read staff: %w", err)
	}
	if staff.Disabled || !staff.Role.AtCounter() {
		return Staff{}, fail(KindForbidden, "not_staff")
	}
	if manages && !staff.Role.Manages() {
		return Staff{}, fail(KindForbidden, "not_allowed")
	}
	if memberID == "" {
		return staff, nil
	}
	return staff, refuseOwnCard(ctx, tx, programID, staffID, memberID)
}
