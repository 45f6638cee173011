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

// NoticeTransfer tells a guest that somebody gave points: Args are points and name, the giver's first one.
const NoticeTransfer NoticeKind = "transfer"

// counterTransfer counts the points that a member gives in a day.
const counterTransfer = "transfer"

// TransferInput gives points of one member to another.
type TransferInput struct {
	Key        string
	ProgramID  string
	FromMember string
	ToMember   string
	Points     money.Points // > 0, at most what is available
}

// Transfer gives points to another member. They keep their end, so that giving them to and fro never prolongs their life; a debt
// of the receiver is paid first. It writes a posting for each of the two and returns the giver's.
func (e *Engine) Transfer(ctx context.Context, in TransferInput) (Posted, error) {
	program, err := e.activeProgram(ctx, in.ProgramID)
	if err != nil {
		return Posted{}, err
	}
	switch {
	case in.Key == "":
		return Posted{}, fail(KindInvalid, "key_missing")
	case in.Points <= 0:
		return Posted{}, fail(KindInvalid, "points_zero")
	case in.FromMember == in.ToMember:
		return Posted{}, fail(KindInvalid, "transfer_self")
	}
	hash, err := hashOf(in)
	if err != nil {
		return Posted{}, err
	}
	var answer Posted
	keys := between{key: in.Key}
	err = e.write(ctx, Work{ProgramID: program.ID, MemberIDs: []string{in.FromMember, in.ToMember}, Whole: true, Now: e.Now,
		Keys:     []string{keys.keyOf(&side{end: "from"}), keys.keyOf(&side{end: "to"})},
		Standing: StandingQuery{NoStamps: true, NoCoupons: true, Counters: []rules.Counter{givenToday(program.Settings, e.Now())}},
		Run: func(tx Tx) (err error) {
			answer, err = e.transferIn(ctx, tx, program, in, hash)
			return err
		}})
	return answer, err
}

func (e *Engine) transferIn(ctx context.Context, tx Tx, program Program, in TransferInput, hash string) (Posted, error) {
	b := between{program: program, key: in.Key, hash: hash, kind: ledger.KindTransfer, now: e.Now()}
	from, to, err := lockTwo(ctx, tx, program.ID, in.FromMember, in.ToMember)
	if err != nil {
		return Posted{}, err
	}
	if old, err := known(ctx, tx, program.ID, b.keyOf(from)); err != nil {
		return Posted{}, err
	} else if old != nil {
		return replay(*old, hash)
	}
	if err := e.checkTransfer(ctx, tx, program, in.Points, from, to, b.now); err != nil {
		return Posted{}, err
	}
	var pieces []ledger.Lot
	if from.plan, pieces, err = from.account.Give(in.Points, b.now, e.newID); err != nil {
		return Posted{}, planError(err, &from.account, b.now)
	}
	if to.plan, err = to.account.Receive(pieces, b.now); err != nil {
		return Posted{}, planError(err, &to.account, b.now)
	}
	from.effects = transferred("transfer_out", -in.Points)
	to.effects = transferred("transfer_in", in.Points)
	for _, s := range []*side{from, to} {
		if err := e.postSide(ctx, tx, b, s); err != nil {
			return Posted{}, err
		}
	}
	use := rules.Use{Counter: givenToday(program.Settings, b.now), Times: 1, Points: in.Points, Last: b.now}
	if err := tx.AddUses(ctx, program.ID, from.member.ID, []rules.Use{use}); err != nil {
		return Posted{}, fmt.Errorf("count transfer: %w", err)
	}
	err = tx.Enqueue(ctx, e.notice(program.ID, "transfer:"+to.answer.PostingID, toMember(to.member.ID), Notice{
		Kind: NoticeTransfer, PostingID: to.answer.PostingID, Posted: &to.answer,
		Args: map[string]any{"points": int64(in.Points), "name": firstName(from.member.Name)}}))
	if err != nil {
		return Posted{}, fmt.Errorf("queue notice: %w", err)
	}
	return from.answer, nil
}

func transferred(id string, points money.Points) []rules.Effect {
	return []rules.Effect{{Rule: "transfer", State: rules.Applied, Points: int64(points), Reason: rules.Reason{
		ID: id, Args: map[string]int64{rules.ArgPoints: int64(max(points, -points))}}}}
}

func givenToday(s *rules.Settings, now time.Time) rules.Counter {
	return rules.Counter{Of: counterTransfer, Period: s.PeriodKey(rules.PeriodDay, now)}
}

// checkTransfer decides whether the program lets this member give that member so many points now.
func (e *Engine) checkTransfer(ctx context.Context, tx Tx, program Program, points money.Points, from, to *side, now time.Time) error {
	limits := program.Settings.Transfer
	if !limits.On {
		return fail(KindForbidden, "transfer_off")
	}
	for _, s := range []*side{from, to} {
		switch {
		case s.member.State == MemberErased:
			return fail(KindNotFound, "member_not_found")
		case s.member.State != MemberActive:
			return refuseState(s.member.State)
		case s.member.MergedInto != "":
			return fail(KindForbidden, "card_merged")
		}
	}
	if points < limits.Min {
		return fail(KindLimit, "transfer_min", "Min", limits.Min)
	}
	if from.account.Debt > 0 {
		return fail(KindInsufficient, "transfer_debt", "Debt", from.account.Debt)
	}
	if limits.PerDay == 0 {
		return nil
	}
	today := givenToday(program.Settings, now)
	standing, err := tx.Standing(ctx, program.ID, from.member.ID, StandingQuery{Counters: []rules.Counter{today}})
	if err != nil {
		return fmt.Errorf("read standing: %w", err)
	}
	if left := limits.PerDay - standing.Use(today).Points; points > left {
		return fail(KindLimit, "transfer_day", "Max", limits.PerDay, "Left", max(left, 0))
	}
	return nil
}

// between is what the two postings of a movement between members have in common.
type between struct {
	program Program
	key     string // of the caller; each posting has a key derived from it
	hash    string
	kind    ledger.Kind
	staffID string
	now     time.Time
}

// side is one of the two members of such a movement.
type side struct {
	end     string // "from" or "to"
	member  Member
	account ledger.Account // locked
	plan    ledger.Plan
	effects []rules.Effect
	answer  Posted
}

func (b between) keyOf(s *side) string { return b.key + ":" + s.end }

// lockTwo locks the accounts of two members and reads both as they are then.
func lockTwo(ctx context.Context, tx Tx, programID, fromID, toID string) (from, to *side, err error) {
	from, to = &side{end: "from"}, &side{end: "to"}
	ids := map[*side]string{from: fromID, to: toID}
	read := func() error {
		for s, id := range ids {
			if s.member, err = tx.Member(ctx, programID, id); err != nil {
				if IsKind(err, KindNotFound) {
					return fail(KindNotFound, "member_not_found")
				}
				return fmt.Errorf("read member: %w", err)
			}
		}
		return nil
	}
	if err := read(); err != nil {
		return nil, nil, err
	}
	accounts, err := tx.LockAccounts(ctx, programID, from.member.AccountID, to.member.AccountID)
	if err != nil {
		return nil, nil, fmt.Errorf("lock accounts: %w", err)
	}
	for _, s := range []*side{from, to} {
		for _, a := range accounts {
			if a.ID == s.member.AccountID {
				s.account = a
			}
		}
	}
	return from, to, read()
}

// postSide writes one of the two postings and completes its answer.
func (e *Engine) postSide(ctx context.Context, tx Tx, b between, s *side) error {
	after := s.account.Apply(s.plan)
	s.answer.PostingID, s.answer.MemberID, s.answer.At = e.newID(), s.member.ID, b.now
	s.answer.Balance, s.answer.Effects = BalanceOf(&after, b.now), s.effects
	remembered, err := json.Marshal(s.answer)
	if err != nil {
		return fmt.Errorf("remember answer: %w", err)
	}
	posting := Posting{
		ID: s.answer.PostingID, ProgramID: b.program.ID, Kind: b.kind, Key: b.keyOf(s), Hash: b.hash, MemberID: s.member.ID,
		AccountID: s.account.ID, StaffID: b.staffID, Version: b.program.Version, Points: s.plan.Net(), Debt: after.Debt,
		Balance: after.Balance(), Reasons: s.effects, Answer: remembered, OccurredAt: b.now, RecordedAt: b.now,
	}
	if err := tx.InsertPosting(ctx, posting, s.plan); err != nil {
		return fmt.Errorf("write posting: %w", err)
	}
	return nil
}
