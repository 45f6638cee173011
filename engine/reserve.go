package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kartka/engine/ledger"
)

// ReserveInput asks to keep points aside for a sale that is about to be paid.
type ReserveInput struct {
	Key  string
	Sale SaleInput // Redeem > 0
	// Ask has the guest confirm in the guest's own chat; Asker is the cashier's contact that waits for the answer.
	Ask   bool
	Asker string
	TTL   time.Duration // 0 = the program's
	// Page says that a guest without a chat that works is asked all the same: the card may be open on a page.
	Page bool `json:",omitempty"`
}

// Reserved is the answer of Reserve.
type Reserved struct {
	Hold  Hold
	Quote Quote
	// Reachable is false when the guest cannot be asked: there is no chat with the guest that works.
	Reachable bool
}

// Reserve holds points for a sale. Of two tills that want the same points exactly one gets them.
func (e *Engine) Reserve(ctx context.Context, in ReserveInput) (Reserved, error) {
	program, err := e.activeProgram(ctx, in.Sale.ProgramID)
	if err != nil {
		return Reserved{}, err
	}
	if in.Key == "" || in.Sale.Redeem <= 0 || in.Sale.MemberID == "" {
		return Reserved{}, fail(KindInvalid, "reserve_invalid")
	}
	hashed := in
	hashed.Sale = in.Sale.hashed(program)
	hash, err := hashOf(hashed)
	if err != nil {
		return Reserved{}, err
	}
	var answer Reserved
	work := e.saleWork(program, PostInput{Sale: in.Sale})
	work.Whole, work.Keys, work.Referral, work.NoNames, work.HoldKeys = true, nil, false, false, []string{in.Key}
	work.Run = func(tx Tx) (err error) {
		answer, err = e.reserveIn(ctx, tx, program, in, hash)
		return err
	}
	err = e.write(ctx, work)
	return answer, err
}

func (e *Engine) reserveIn(ctx context.Context, tx Tx, program Program, in ReserveInput, hash string) (Reserved, error) {
	s := &scene{now: e.Now()}
	sale, now := in.Sale, s.now
	member, account, err := lockMember(ctx, tx, sale.ProgramID, sale.MemberID)
	if err != nil {
		return Reserved{}, err
	}
	holder := member.Holder()
	s.member, s.account, sale.MemberID = &holder, account, member.ID
	contacts, err := tx.ContactsOf(ctx, sale.ProgramID, member.ID, "")
	if err != nil {
		return Reserved{}, fmt.Errorf("read contacts: %w", err)
	}
	reachable := false
	for _, c := range contacts {
		reachable = reachable || c.BlockedAt.IsZero()
	}
	old, err := tx.HoldByKey(ctx, sale.ProgramID, in.Key)
	if err == nil {
		if old.Hash != hash {
			return Reserved{}, fail(KindConflict, "key_reused")
		}
		return Reserved{Hold: old, Reachable: reachable}, nil
	} else if !IsKind(err, KindNotFound) {
		return Reserved{}, fmt.Errorf("look hold up: %w", err)
	}
	if s.settings, s.version, err = e.settingsFor(ctx, tx, program, &sale, now); err != nil {
		return Reserved{}, err
	}
	if err := s.atPlace(ctx, tx, &sale); err != nil {
		return Reserved{}, err
	}
	if err := checkSale(ctx, tx, s.settings, sale, s.member, now, false); err != nil {
		return Reserved{}, err
	}
	if err := s.readStanding(ctx, tx, &sale); err != nil {
		return Reserved{}, err
	}
	if s.certificates, err = e.lookAtCertificates(ctx, tx, sale); err != nil {
		return Reserved{}, err
	}
	q, err := s.quote(&sale)
	if err != nil {
		return Reserved{}, err
	}
	sale.Certificates = nil // the draft is kept: it names certificates by their ids, not by their codes
	for _, c := range s.certificates {
		sale.Certificates = append(sale.Certificates, c.ID)
	}
	ttl := in.TTL
	if ttl == 0 {
		ttl = time.Duration(s.settings.Staff.HoldSeconds) * time.Second
	}
	hold := Hold{
		Hold:      ledger.Hold{ID: e.newID(), Points: sale.Redeem, CreatedAt: now, ExpiresAt: now.Add(ttl)},
		ProgramID: sale.ProgramID, MemberID: sale.MemberID, AccountID: account.ID, State: HoldHeld,
		Draft: sale, Key: in.Key, Hash: hash, Asker: in.Asker,
	}
	if in.Ask {
		if !reachable && !in.Page {
			return Reserved{Quote: q}, nil
		}
		hold.State = HoldAsking
	}
	if err := tx.InsertHold(ctx, hold); err != nil {
		return Reserved{}, fmt.Errorf("write hold: %w", err)
	}
	if in.Ask {
		ask := e.notice(sale.ProgramID, "ask:"+hold.ID, toMember(sale.MemberID), Notice{Kind: NoticeSpendAsk, HoldID: hold.ID, Args: map[string]any{
			"points": int64(sale.Redeem), "total": int64(q.Total), "payable": int64(q.Payable), "place": s.placeName()}})
		ask.Expires = hold.ExpiresAt
		if err := tx.Enqueue(ctx, ask); err != nil {
			return Reserved{}, fmt.Errorf("queue question: %w", err)
		}
	}
	return Reserved{Hold: hold, Quote: q, Reachable: reachable}, nil
}

// Confirm is the guest's yes: the spend becomes a sale. Confirming twice answers the same.
func (e *Engine) Confirm(ctx context.Context, programID, holdID, memberID string) (Posted, error) {
	hold, err := e.ownHold(ctx, programID, holdID, memberID)
	if err != nil {
		return Posted{}, err
	}
	switch {
	case hold.State == HoldCommitted:
	case !hold.State.Open() || !hold.Live(e.Now()):
		return Posted{}, fail(KindExpired, "hold_over")
	}
	return e.Post(ctx, PostInput{Key: "hold:" + holdID, Sale: hold.Draft, HoldID: holdID})
}

// Deny is the guest's no.
func (e *Engine) Deny(ctx context.Context, programID, holdID, memberID string) error {
	hold, err := e.ownHold(ctx, programID, holdID, memberID)
	if err != nil {
		return err
	}
	return e.closeHold(ctx, hold, HoldDenied, NoticeSpendDenied)
}

// Release gives a hold up on the till's side. The guest's question, if one is open, is closed.
func (e *Engine) Release(ctx context.Context, programID, holdID string) error {
	hold, err := e.store.Hold(ctx, programID, holdID)
	if err != nil {
		return fmt.Errorf("read hold: %w", err)
	}
	return e.closeHold(ctx, hold, HoldReleased, NoticeSpendClosed)
}

// ExpireHolds closes holds whose time is over by the instant and tells whoever waits. It returns how many.
func (e *Engine) ExpireHolds(ctx context.Context, programID string, by time.Time) (int, error) {
	const batch = 200
	done := 0
	for {
		holds, err := e.store.HoldsToExpire(ctx, programID, by, batch)
		if err != nil {
			return done, fmt.Errorf("find ended holds: %w", err)
		}
		works := make([]Work, len(holds))
		for i, hold := range holds {
			works[i] = e.closing(ctx, hold, HoldExpired, NoticeSpendLate)
		}
		errs := e.writeAll(ctx, works)
		for _, err := range errs {
			if err == nil {
				done++
			}
		}
		if err := errors.Join(errs...); err != nil || len(holds) < batch {
			return done, err
		}
	}
}

func (e *Engine) ownHold(ctx context.Context, programID, holdID, memberID string) (Hold, error) {
	hold, err := e.store.Hold(ctx, programID, holdID)
	if err != nil {
		return Hold{}, fmt.Errorf("read hold: %w", err)
	}
	if hold.MemberID != memberID {
		return Hold{}, fail(KindNotFound, "hold_not_found")
	}
	return hold, nil
}

// closeHold moves an open hold to its end. A hold that has ended otherwise is left as it is.
func (e *Engine) closeHold(ctx context.Context, hold Hold, to HoldState, kind NoticeKind) error {
	return e.write(ctx, e.closing(ctx, hold, to, kind))
}

// closing is the work of closeHold.
func (e *Engine) closing(ctx context.Context, hold Hold, to HoldState, kind NoticeKind) Work {
	w := Work{ProgramID: hold.ProgramID, MemberIDs: []string{hold.MemberID}, HoldIDs: []string{hold.ID}, Now: e.Now, Standing: StandingQuery{NoStamps: true, NoCoupons: true}}
	w.Run = func(tx Tx) error {
		// The lots do not matter.
		if _, err := tx.LockForSale(ctx, hold.ProgramID, e.Now(), false, hold.AccountID); err != nil {
			return fmt.Errorf("lock account: %w", err)
		}
		err := tx.SetHoldState(ctx, hold.ProgramID, hold.ID, to, HoldAsking, HoldHeld)
		if IsKind(err, KindConflict) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("close hold: %w", err)
		}
		if hold.State != HoldAsking {
			return nil
		}
		member, err := tx.Member(ctx, hold.ProgramID, hold.MemberID)
		if err != nil {
			return fmt.Errorf("read member: %w", err)
		}
		var out []Outbound
		notice := Notice{Kind: kind, HoldID: hold.ID, Args: map[string]any{"points": int64(hold.Points), "name": member.Name}}
		if to != HoldReleased && hold.Asker != "" {
			out = append(out, e.notice(hold.ProgramID, "asked:"+hold.ID, toContact(hold.Asker), notice))
		}
		if to != HoldDenied {
			notice.Kind = NoticeSpendClosed
			out = append(out, e.notice(hold.ProgramID, "closed:"+hold.ID, toMember(hold.MemberID), notice))
		}
		return tx.Enqueue(ctx, out...)
	}
	return w
}
