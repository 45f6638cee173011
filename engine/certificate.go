package engine

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"kartka/engine/cardcode"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// SellCertificateInput is a gift certificate that a guest buys, or one of points that the shop gives away. Exactly one of Amount and
// Points is used.
type SellCertificateInput struct {
	Key       string
	ProgramID string
	StaffID   string // "" = the operator
	Amount    money.Amount
	Points    money.Points // by a manager or the owner
	MemberID  string       // whose card shows it; "" for a paper one
	SaleID    string       // the check it was paid with, "" when not recorded
	Days      int          // valid through this many days; 0 = as the program says; another term is for managers
	quiet     bool         // the member is told by whoever asks
}

// CertificateSold is a new certificate; its Code is to be shown or printed.
type CertificateSold struct {
	Certificate Certificate
	// Replayed is true when this is the remembered answer of an earlier call with the same key.
	Replayed bool
}

// certificateRule begins the rule of effects that speak of one certificate.
const certificateRule = "certificate:"

// SellCertificate makes a gift certificate. It is audited, and the member whose card shows it is told.
func (e *Engine) SellCertificate(ctx context.Context, in SellCertificateInput) (CertificateSold, error) {
	program, err := e.activeProgram(ctx, in.ProgramID)
	if err != nil {
		return CertificateSold{}, err
	}
	if in.Key == "" {
		return CertificateSold{}, fail(KindInvalid, "key_missing")
	}
	hash, err := hashOf(in)
	if err != nil {
		return CertificateSold{}, err
	}
	var sold CertificateSold
	err = e.inTxTwice(ctx, func(tx Tx) error {
		sold, err = e.sellCertificateIn(ctx, tx, program, in, hash)
		return err
	})
	return sold, err
}

func (e *Engine) sellCertificateIn(ctx context.Context, tx Tx, program Program, in SellCertificateInput, hash string) (CertificateSold, error) {
	if old, err := known(ctx, tx, program.ID, in.Key); err != nil {
		return CertificateSold{}, err
	} else if old != nil {
		return soldBefore(ctx, tx, *old, hash)
	}
	now := e.Now()
	if err := checkCertificate(ctx, tx, program.Settings, in); err != nil {
		return CertificateSold{}, err
	}
	if in.MemberID != "" {
		member, err := memberOf(ctx, tx, program.ID, in.MemberID)
		if err != nil {
			return CertificateSold{}, err
		}
		in.MemberID = member.ID
		if err := refuseState(member.State); err != nil {
			return CertificateSold{}, err
		}
	}
	days := in.Days
	if days == 0 {
		days = program.Settings.Gifts.Days
	}
	c := Certificate{ID: e.newID(), ProgramID: program.ID, Amount: in.Amount, Left: in.Amount, Points: in.Points, State: CertificateActive,
		MemberID: in.MemberID, SaleID: in.SaleID, StaffID: in.StaffID, IssuedAt: now, ExpiresAt: program.Settings.ExpiryAfter(now, days)}
	if err := e.insertCertificate(ctx, tx, &c); err != nil {
		return CertificateSold{}, err
	}
	return CertificateSold{Certificate: c}, e.recordCertificate(ctx, tx, program, c, in.Key, hash, in.quiet)
}

// soldBefore answers a key that has been used.
func soldBefore(ctx context.Context, reads MechanicReads, p Posting, hash string) (CertificateSold, error) {
	posted, err := replay(p, hash)
	if err != nil {
		return CertificateSold{}, err
	}
	id := ""
	if len(posted.Effects) > 0 {
		id = strings.TrimPrefix(posted.Effects[0].Rule, certificateRule)
	}
	c, err := reads.Certificate(ctx, p.ProgramID, id)
	if err != nil {
		return CertificateSold{}, fmt.Errorf("read certificate: %w", err)
	}
	return CertificateSold{Certificate: c, Replayed: true}, nil
}

// checkCertificate decides whether this person may make this certificate.
func checkCertificate(ctx context.Context, tx Tx, settings *rules.Settings, in SellCertificateInput) error {
	staff, err := serving(ctx, tx, in.ProgramID, in.StaffID, in.MemberID, in.Points > 0)
	if err != nil {
		return err
	}
	gifts := settings.Gifts
	switch {
	case !gifts.On:
		return fail(KindForbidden, "certificates_off")
	case in.Amount < 0 || in.Points < 0 || (in.Amount > 0) == (in.Points > 0):
		return fail(KindInvalid, "certificate_amount")
	case in.Amount > 0 && !sellable(gifts, in.Amount):
		return fail(KindLimit, "certificate_amount_not_sold", "Max", gifts.Max)
	case in.Points > 0 && staff.Role != RoleOwner && in.Points > settings.Staff.AdjustMax:
		return fail(KindLimit, "adjust_limit", "Limit", settings.Staff.AdjustMax)
	case in.Days < 0 || in.Days > maxCertificateDays:
		return fail(KindInvalid, "certificate_days", "Max", maxCertificateDays)
	case in.Days != 0 && in.Days != gifts.Days && !staff.Role.Manages():
		return fail(KindForbidden, "not_allowed")
	}
	return nil
}

const maxCertificateDays = 3660 // ten years

// sellable reports whether certificates of an amount are sold: one of the amounts offered, or any other up to the largest.
func sellable(gifts rules.Certificates, amount money.Amount) bool {
	return slices.Contains(gifts.Amounts, amount) || amount <= gifts.Max
}

// insertCertificate draws codes until one is free.
func (e *Engine) insertCertificate(ctx context.Context, tx Tx, c *Certificate) error {
	for range 5 {
		c.Code = e.newCertificateCode()
		err := tx.InsertCertificate(ctx, *c)
		if err == nil {
			return nil
		}
		if !IsKind(err, KindTaken) {
			return fmt.Errorf("write certificate: %w", err)
		}
	}
	return fmt.Errorf("write certificate %s: no free code found", c.ID)
}

// newCertificateCode draws eleven digits and adds their check digit.
func (e *Engine) newCertificateCode() Secret {
	var b [8]byte
	e.random(b[:])
	digits := fmt.Sprintf("%011d", binary.BigEndian.Uint64(b[:])%100_000_000_000)
	return Secret(digits + string(cardcode.Damm(digits)))
}

// recordCertificate writes what belongs to a new certificate: its first movement, the record of the key, the audit, and the notice unless it is quiet.
func (e *Engine) recordCertificate(ctx context.Context, tx Tx, program Program, c Certificate, key, hash string, quiet bool) error {
	if c.Amount > 0 {
		err := tx.InsertCertificateMove(ctx, CertificateMove{ID: e.newID(), ProgramID: c.ProgramID, CertificateID: c.ID,
			Key: "issue:" + c.ID, SaleID: c.SaleID, Amount: c.Amount, At: c.IssuedAt})
		if err != nil {
			return fmt.Errorf("write movement of certificate: %w", err)
		}
	}
	effects := []rules.Effect{{Rule: certificateRule + c.ID, State: rules.Applied, Reason: certificateReason("certificate_sold", c)}}
	posting := Posting{ID: e.newID(), ProgramID: c.ProgramID, Kind: ledger.KindGift, Key: key, Hash: hash, StaffID: c.StaffID,
		Version: program.Version, Reasons: effects, OccurredAt: c.IssuedAt, RecordedAt: c.IssuedAt}
	var err error
	if posting.Answer, err = json.Marshal(Posted{PostingID: posting.ID, At: c.IssuedAt, Effects: effects}); err != nil {
		return fmt.Errorf("remember answer: %w", err)
	}
	if err := tx.InsertPosting(ctx, posting, ledger.Plan{}); err != nil {
		return fmt.Errorf("write posting: %w", err)
	}
	err = tx.InsertAudit(ctx, e.audit(c.ProgramID, c.StaffID, "certificate_sold", c.ID, map[string]any{
		"amount": int64(c.Amount), "points": int64(c.Points), "member": c.MemberID}))
	if err != nil || c.MemberID == "" || quiet {
		return err
	}
	err = tx.Enqueue(ctx, e.notice(c.ProgramID, "certificate:"+c.ID, toMember(c.MemberID), Notice{
		Kind: NoticeGift, PostingID: posting.ID, Args: certificateArgs(program.Settings, c)}))
	if err != nil {
		return fmt.Errorf("queue notice: %w", err)
	}
	return nil
}

// certificateReason is a reason that speaks of a certificate: of its money or its points.
func certificateReason(id string, c Certificate) rules.Reason {
	if c.Points > 0 {
		return rules.Reason{ID: id, Args: map[string]int64{rules.ArgPoints: int64(c.Points)}}
	}
	return rules.Reason{ID: id, Args: map[string]int64{rules.ArgMoney: int64(c.Left)}}
}

// certificateArgs is what a notice says of a certificate: what it holds and the last day it is good for ("" for ever).
func certificateArgs(settings *rules.Settings, c Certificate) map[string]any {
	until := ""
	if !c.ExpiresAt.IsZero() {
		until = string(lastDay(c.ExpiresAt, settings.Zone))
	}
	return map[string]any{"certificate": c.ID, "money": int64(c.Left), "points": int64(c.Points), "until": until}
}

// ClaimCertificate gives a member what a gift certificate holds: points are credited at once, a certificate of money is put on the
// member's card and pays from there. Errors: certificate_unknown, certificate_expired, certificate_blocked, certificate_empty,
// certificate_taken (it is on another card), certificate_yours (it is on this one), too_many_entered.
func (e *Engine) ClaimCertificate(ctx context.Context, in EnterCodeInput) (CodeEntered, error) {
	program, err := e.activeProgram(ctx, in.ProgramID)
	if err != nil {
		return CodeEntered{}, err
	}
	return e.enter(ctx, program, in, func(tx Tx, s *doing, code string) error { return e.claim(ctx, tx, program, s, code) })
}

// claim is ClaimCertificate in a deed.
func (e *Engine) claim(ctx context.Context, tx Tx, program Program, s *doing, code string) error {
	c, err := findCertificate(ctx, tx, program.ID, code)
	if err != nil {
		return err
	}
	if c, err = tx.LockCertificate(ctx, program.ID, c.ID); err != nil {
		return fmt.Errorf("lock certificate: %w", err)
	}
	if err := alive(c, s.now); err != nil {
		return err
	}
	if c.MemberID != "" {
		holder, err := memberOf(ctx, tx, program.ID, c.MemberID)
		if err != nil {
			return err
		}
		c.MemberID = holder.ID
	}
	s.kind = ledger.KindGift
	reason := certificateReason("certificate_on_card", c)
	switch {
	case c.MemberID != "" && c.MemberID != s.member.ID:
		return fail(KindTaken, "certificate_taken")
	case c.Points > 0:
		standing, err := tx.Standing(ctx, program.ID, s.member.ID, StandingQuery{})
		if err != nil {
			return fmt.Errorf("read standing: %w", err)
		}
		_, expires := program.Settings.LotLife(s.now, 0, 0, program.Settings.Tier(standing.Tier.ID))
		if err := s.credit(e.newID(), ledger.KindGift, c.Points, expires); err != nil {
			return err
		}
		c.State = CertificateSpent
		reason = certificateReason("certificate_points", c)
	case c.MemberID == s.member.ID:
		return fail(KindConflict, "certificate_yours", "Left", c.Left)
	}
	c.MemberID = s.member.ID
	if err := tx.UpdateCertificate(ctx, c); err != nil {
		return fmt.Errorf("write certificate: %w", err)
	}
	s.answer.Effects = []rules.Effect{{Rule: certificateRule + c.ID, State: rules.Applied, Points: int64(c.Points), Reason: reason}}
	s.tell = &Notice{Kind: NoticeGift, Args: certificateArgs(program.Settings, c)}
	return nil
}

// Certificates lists the gift certificates on a member's card that still hold something, oldest first.
func (e *Engine) Certificates(ctx context.Context, programID, memberID string) ([]Certificate, error) {
	member, err := memberOf(ctx, e.store, programID, memberID)
	if err != nil {
		return nil, err
	}
	all, err := e.store.CertificatesOf(ctx, programID, member.ID)
	if err != nil {
		return nil, fmt.Errorf("read certificates: %w", err)
	}
	now := e.Now()
	return slices.DeleteFunc(all, func(c Certificate) bool { return alive(c, now) != nil }), nil
}

// FindCertificate tells a cashier what a certificate holds, until when, and its state: one whose time is over is CertificateExpired
// even before the daily run has ended it.
func (e *Engine) FindCertificate(ctx context.Context, programID, staffID, text string) (Certificate, error) {
	if err := e.limit(ctx, "lookup:"+programID+":"+staffID, lookups, lookupWindow, "too_many_lookups"); err != nil {
		return Certificate{}, err
	}
	c, err := findCertificate(ctx, e.store, programID, text)
	if err != nil {
		return Certificate{}, err
	}
	if c.State == CertificateActive && IsKind(alive(c, e.Now()), KindExpired) {
		c.State = CertificateExpired
	}
	return c, nil
}

// BlockCertificate keeps a certificate from being used: lost, stolen, sold by mistake. A manager, the owner or the operator (no
// staff) does it, with a note that the audit keeps. Doing it twice is doing it once.
func (e *Engine) BlockCertificate(ctx context.Context, programID, staffID, certificateID, note string) (Certificate, error) {
	return e.setBlocked(ctx, programID, staffID, certificateID, note, "certificate_blocked", func(c *Certificate) error {
		switch {
		case c.State == CertificateExpired:
			return fail(KindExpired, "certificate_expired")
		case c.State == CertificateSpent && c.Points > 0:
			return fail(KindInsufficient, "certificate_empty")
		}
		c.State = CertificateBlocked // a spent one of money too: returns may fill it again
		return nil
	})
}

// UnblockCertificate lets a blocked certificate be used again. Its term has gone on.
func (e *Engine) UnblockCertificate(ctx context.Context, programID, staffID, certificateID, note string) (Certificate, error) {
	return e.setBlocked(ctx, programID, staffID, certificateID, note, "certificate_unblocked", func(c *Certificate) error {
		if c.State != CertificateBlocked {
			return nil
		}
		c.State = CertificateActive
		if c.Points == 0 && c.Left == 0 {
			c.State = CertificateSpent
		}
		return nil
	})
}

func (e *Engine) setBlocked(ctx context.Context, programID, staffID, certificateID, note, act string, set func(*Certificate) error) (Certificate, error) {
	if note = strings.TrimSpace(note); utf8.RuneCountInString(note) > 200 {
		return Certificate{}, fail(KindInvalid, "note_too_long", "Max", 200)
	}
	var c Certificate
	err := e.store.InTx(ctx, func(tx Tx) error {
		if _, err := serving(ctx, tx, programID, staffID, "", true); err != nil {
			return err
		}
		var err error
		if c, err = tx.LockCertificate(ctx, programID, certificateID); err != nil {
			return fmt.Errorf("lock certificate: %w", err)
		}
		before := c.State
		if err := set(&c); err != nil || c.State == before {
			return err
		}
		if err := tx.UpdateCertificate(ctx, c); err != nil {
			return fmt.Errorf("write certificate: %w", err)
		}
		return tx.InsertAudit(ctx, e.audit(programID, staffID, act, c.ID, map[string]any{"note": note}))
	})
	if err != nil {
		return Certificate{}, err
	}
	return c, nil
}
