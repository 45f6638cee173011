package engine

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode"

	"kartka/engine/ledger"
	"kartka/engine/rules"
)

// EnterCodeInput is a code that a guest has typed, or told a cashier.
type EnterCodeInput struct {
	Key       string
	ProgramID string
	MemberID  string
	Text      string // as it was typed
	StaffID   string // who typed it for the guest; "" = the guest
}

// CodeEntered is what a code gave: points (Earned, Expires), a coupon, or a gift certificate. The certificate's points are Earned;
// one of money is now on the member's card.
type CodeEntered struct {
	Posted
	Code        string // the promo code as the settings have it, "" for a gift certificate
	Coupon      *Coupon
	Certificate *Certificate
}

// How many codes a member may enter: right ones count too, or guessing would go on behind the wrong ones.
const (
	enteredCodes      = 10
	enteredCodeWindow = time.Hour
)

// EnterCode gives a member what a promo code or a gift certificate is good for. Spaces, dashes, case and Cyrillic letters that look
// like Latin ones make no difference. Errors: code_unknown, code_not_yet, code_over, code_used (by this member, as often as allowed),
// code_used_up (by all), code_new_only, too_many_entered (more than ten in an hour), those of [Engine.ClaimCertificate], and
// coupon_open_limit when the member has as many coupons of the kind as it allows.
func (e *Engine) EnterCode(ctx context.Context, in EnterCodeInput) (CodeEntered, error) {
	program, err := e.activeProgram(ctx, in.ProgramID)
	if err != nil {
		return CodeEntered{}, err
	}
	return e.enter(ctx, program, in, func(tx Tx, s *doing, code string) error {
		if promo := program.Settings.Code(code); promo != nil {
			return e.usePromo(ctx, tx, program, s, promo)
		}
		if _, ok := certificateCode(code); !ok {
			return fail(KindNotFound, "code_unknown")
		}
		err := e.claim(ctx, tx, program, s, code)
		if IsKind(err, KindNotFound) {
			return fail(KindNotFound, "code_unknown")
		}
		return err
	})
}

// enter is what entering a promo code and claiming a certificate have in common.
func (e *Engine) enter(ctx context.Context, program Program, in EnterCodeInput, use func(tx Tx, s *doing, code string) error) (CodeEntered, error) {
	if in.MemberID == "" {
		return CodeEntered{}, fail(KindInvalid, "member_missing")
	}
	code := plainCode(in.Text)
	if code == "" {
		return CodeEntered{}, fail(KindInvalid, "code_empty")
	}
	if err := e.limitCodes(ctx, in); err != nil {
		return CodeEntered{}, err
	}
	// A certificate's code is as good as money, and short enough to be guessed from a bare hash of it.
	hashed := in
	hashed.Text = fingerprint(program, code)
	posted, err := e.perform(ctx, deed{
		key: in.Key, input: hashed, program: program, memberID: in.MemberID, staffID: in.StaffID, kind: ledger.KindCode,
		do: func(tx Tx, s *doing) error {
			if _, err := serving(ctx, tx, in.ProgramID, in.StaffID, s.member.ID, false); err != nil {
				return err
			}
			if err := use(tx, s, code); err != nil {
				return err
			}
			if in.StaffID == "" {
				s.tell = nil
			}
			return nil
		},
	})
	if err != nil {
		return CodeEntered{}, err
	}
	return e.entered(ctx, program, posted)
}

// limitCodes bounds guessing. A repeated call of a known key guesses nothing.
func (e *Engine) limitCodes(ctx context.Context, in EnterCodeInput) error {
	_, err := e.store.PostingByKey(ctx, in.ProgramID, in.Key)
	switch {
	case err == nil:
		return nil
	case !IsKind(err, KindNotFound):
		return fmt.Errorf("look key up: %w", err)
	}
	return e.limit(ctx, "entered:"+in.ProgramID+":"+in.MemberID, enteredCodes, enteredCodeWindow, "too_many_entered")
}

// fingerprint tells codes apart without giving them away.
func fingerprint(program Program, code string) string {
	mac := hmac.New(sha256.New, []byte(program.CardKey.Reveal()))
	mac.Write([]byte("entered-code-v1|" + code))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// entered completes an answer, fresh or remembered, with the things it speaks of.
func (e *Engine) entered(ctx context.Context, program Program, posted Posted) (CodeEntered, error) {
	out := CodeEntered{Posted: posted}
	for _, effect := range posted.Effects {
		subject, id, _ := strings.Cut(effect.Rule, ":")
		switch subject {
		case "code":
			out.Code = id
		case "certificate":
			c, err := e.store.Certificate(ctx, program.ID, id)
			if err != nil {
				return CodeEntered{}, fmt.Errorf("read certificate: %w", err)
			}
			out.Certificate = &c
		}
	}
	if len(posted.Coupons) > 0 {
		c, err := e.store.Coupon(ctx, program.ID, posted.Coupons[0])
		if err != nil {
			return CodeEntered{}, fmt.Errorf("read coupon: %w", err)
		}
		out.Coupon = &c
	}
	return out, nil
}

// usePromo gives what a promo code gives, once its conditions are checked with its counters locked.
func (e *Engine) usePromo(ctx context.Context, tx Tx, program Program, s *doing, promo *rules.PromoCode) error {
	settings := program.Settings
	of := "code:" + promo.Code
	if err := promoInForce(settings, promo, s.now); err != nil {
		return err
	}
	own := rules.Counter{Of: of, Period: settings.PeriodKey(rules.PeriodEver, s.now)}
	total := own
	total.All = true
	standing, err := tx.Standing(ctx, program.ID, s.member.ID, StandingQuery{Counters: []rules.Counter{own}})
	if err != nil {
		return fmt.Errorf("read standing: %w", err)
	}
	if promo.NewOnly && standing.Visits > 0 {
		return fail(KindForbidden, "code_new_only")
	}
	if standing.Use(own).Times >= max(promo.PerMember, 1) {
		return fail(KindLimit, "code_used", "Max", max(promo.PerMember, 1))
	}
	counted := []rules.Use{{Counter: own, Times: 1, Last: s.now}}
	if promo.Total > 0 {
		uses, err := tx.LockUses(ctx, program.ID, []rules.Counter{total})
		if err != nil {
			return fmt.Errorf("lock counter: %w", err)
		}
		if timesOf(uses, total) >= promo.Total {
			return fail(KindLimit, "code_used_up")
		}
		counted = append(counted, rules.Use{Counter: total, Times: 1, Last: s.now})
	}
	if promo.Points > 0 {
		_, expires := settings.LotLife(s.now, 0, promo.ValidDays, settings.Tier(standing.Tier.ID))
		if err := s.credit(e.newID(), ledger.KindCode, promo.Points, expires); err != nil {
			return err
		}
		s.answer.Effects = append(s.answer.Effects, rules.Effect{Rule: of, State: rules.Applied, Points: int64(promo.Points), Reason: rules.Reason{
			ID: "code_points", Of: of, Text: promo.Code, Args: map[string]int64{rules.ArgPoints: int64(promo.Points)}}})
		s.tell = &Notice{Kind: NoticeGift, Args: map[string]any{"points": int64(promo.Points), "code": promo.Code}}
	}
	if promo.Coupon != "" {
		coupon, err := e.grant(ctx, tx, program, s, rules.Grant{Coupon: promo.Coupon, From: of}, "", "")
		if err != nil {
			return err
		}
		kind, _ := settings.CouponKind(coupon.Kind)
		reason := couponReason(settings, "code_coupon", kind)
		s.answer.Effects = append(s.answer.Effects, rules.Effect{Rule: of, State: rules.Applied, Reason: reason})
		s.tell = &Notice{Kind: NoticeCoupon, Args: couponArgs(settings, coupon, kind)}
	}
	if err := tx.AddUses(ctx, program.ID, s.member.ID, counted); err != nil {
		return fmt.Errorf("count code: %w", err)
	}
	return nil
}

// promoInForce says why a promo code does not work now, nil when it does.
func promoInForce(settings *rules.Settings, promo *rules.PromoCode, now time.Time) error {
	day := rules.DateOf(now, settings.Zone)
	switch {
	case promo.From != "" && day < promo.From:
		return fail(KindForbidden, "code_not_yet", "From", string(promo.From))
	case promo.Paused, promo.To != "" && day > promo.To:
		return fail(KindExpired, "code_over")
	}
	return nil
}

// timesOf is how often a counter has been used, of those that were read.
func timesOf(uses []rules.Use, c rules.Counter) int {
	for _, use := range uses {
		if use.Counter == c {
			return use.Times
		}
	}
	return 0
}

// plainCode is a code without what people add to it and the keyboard takes from it: upper case, no separators, Latin letters for the
// Cyrillic ones that look the same.
func plainCode(text string) string {
	return strings.Map(func(r rune) rune {
		if isSeparator(r) {
			return -1
		}
		r = unicode.ToUpper(r)
		if i := strings.IndexRune(cyrillicLetters, r); i >= 0 {
			return rune(latinLetters[i/2]) // each Cyrillic one takes two bytes
		}
		return r
	}, text)
}

// Letters that look the same.
const (
	cyrillicLetters = "АВЕІКМНОРСТХ"
	latinLetters    = "ABEIKMHOPCTX"
)

// isSeparator reports whether people put the sign between the groups of a code, or copy it along unseen.
func isSeparator(r rune) bool {
	return unicode.IsSpace(r) || unicode.In(r, unicode.Dash, unicode.Cf) || strings.ContainsRune("._/'\"·", r)
}
