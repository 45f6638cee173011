package engine

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"

	"kartka/engine/cardcode"
)

// Found is a card that staff asked for.
type Found struct {
	Member Member
	// Present says that the guest is there: a live code was shown. Points may then be spent without asking the guest.
	Present bool
	// Others are further members with the same phone, when it is not proved to belong to one of them.
	Others []Member
}

// How often one member of staff may mistype a live code, and look guests up.
const (
	codeTries     = 5
	codeTryWindow = time.Minute
	lookups       = 120
	lookupWindow  = 10 * time.Minute
)

// Identify finds the card behind what a scanner read or a person typed: a rotating or static code, a live six-digit
// code, a card number, a phone, or the link of a card.
func (e *Engine) Identify(ctx context.Context, programID, staffID, input string) (Found, error) {
	program, err := e.Program(ctx, programID)
	if err != nil {
		return Found{}, err
	}
	if err := e.limit(ctx, "lookup:"+programID+":"+staffID, lookups, lookupWindow, "too_many_lookups"); err != nil {
		return Found{}, err
	}
	return e.identify(ctx, program, staffID, input, time.Time{})
}

// IdentifyPast is [Engine.Identify] for a sale that a scanner kept while it had no network: a rotating code that was right at the instant finds the
// card too. It proves nothing, so nothing is spent with it.
func (e *Engine) IdentifyPast(ctx context.Context, programID, staffID, input string, past time.Time) (Found, error) {
	program, err := e.Program(ctx, programID)
	if err != nil {
		return Found{}, err
	}
	if err := e.limit(ctx, "lookup:"+programID+":"+staffID, lookups, lookupWindow, "too_many_lookups"); err != nil {
		return Found{}, err
	}
	found, err := e.identify(ctx, program, staffID, input, past)
	found.Present = false
	return found, err
}

// identify finds a card for whoever asks. With an instant in the past a rotating code that was right then finds the card too.
func (e *Engine) identify(ctx context.Context, program Program, asker, input string, past time.Time) (Found, error) {
	scan, err := cardcode.Parse(input)
	if err != nil && !(errors.Is(err, cardcode.ErrMistyped) && scan.MayBePhone()) {
		return Found{}, scanError(err)
	}
	mistyped := err != nil
	switch scan.Kind {
	case cardcode.KindRotating:
		return e.byRotating(ctx, program, scan, past)
	case cardcode.KindStatic:
		alias, err := cardcode.VerifyStatic([]byte(program.CardKey.Reveal()), scan.Text)
		if err != nil {
			return Found{}, scanError(err)
		}
		return e.byCard(ctx, program.ID, string(alias))
	case cardcode.KindSpoken:
		return e.bySpoken(ctx, program.ID, asker, scan.Text)
	case cardcode.KindLink:
		m, err := e.store.MemberByToken(ctx, program.ID, scan.Token)
		return foundMember(m, err)
	case cardcode.KindCard, cardcode.KindPhone:
		if scan.Kind == cardcode.KindCard && !mistyped {
			if found, err := e.byCard(ctx, program.ID, scan.Text); !IsKind(err, KindNotFound) {
				return found, err
			}
		}
		found, err := e.byPhone(ctx, program, scan.Text)
		if mistyped && err != nil {
			return Found{}, scanError(cardcode.ErrMistyped)
		}
		return found, err
	}
	return Found{}, fail(KindNotFound, "guest_not_found")
}

func scanError(err error) error {
	id := "code_unreadable"
	switch {
	case errors.Is(err, cardcode.ErrMistyped):
		id = "code_mistyped"
	case errors.Is(err, cardcode.ErrNotCurrent):
		id = "code_old"
	case errors.Is(err, cardcode.ErrForged):
		id = "code_foreign"
	}
	return &Error{Kind: KindInvalid, ID: id, Err: err}
}

// foundMember turns a look-up into an answer for staff.
func foundMember(m Member, err error) (Found, error) {
	switch {
	case IsKind(err, KindNotFound):
		return Found{}, fail(KindNotFound, "guest_not_found")
	case err != nil:
		return Found{}, fmt.Errorf("find member: %w", err)
	case m.State == MemberErased:
		return Found{}, fail(KindNotFound, "guest_not_found")
	}
	return Found{Member: m}, nil
}

func (e *Engine) byCard(ctx context.Context, programID, card string) (Found, error) {
	m, err := e.store.MemberByCard(ctx, programID, card)
	return foundMember(m, err)
}

// byRotating accepts a live card code. The first use within its window proves the guest's presence; a second one, from a
// photo of the screen perhaps, still finds the card but proves nothing, as does one that was right at an instant in the past.
func (e *Engine) byRotating(ctx context.Context, program Program, scan cardcode.Scan, past time.Time) (Found, error) {
	alias, step, err := cardcode.VerifyRotating([]byte(program.CardKey.Reveal()), scan.Text, e.Now())
	if errors.Is(err, cardcode.ErrNotCurrent) && !past.IsZero() {
		if alias, _, err = cardcode.VerifyRotating([]byte(program.CardKey.Reveal()), scan.Text, past); err == nil {
			return e.byCard(ctx, program.ID, string(alias))
		}
	}
	if err != nil {
		return Found{}, scanError(err)
	}
	found, err := e.byCard(ctx, program.ID, string(alias))
	if err != nil {
		return found, err
	}
	found.Present, err = e.codes.PutOnce(ctx, fmt.Sprintf("step:%s:%s:%d", program.ID, alias, step), "used", 2*time.Minute)
	if err != nil {
		return Found{}, fmt.Errorf("use rotating code: %w", err)
	}
	return found, nil
}

func (e *Engine) bySpoken(ctx context.Context, programID, asker, code string) (Found, error) {
	tries := "tries:" + programID + ":" + asker
	if err := e.limit(ctx, tries, codeTries, codeTryWindow, "too_many_codes"); err != nil {
		return Found{}, err
	}
	memberID, ok, err := e.codes.Take(ctx, spokenKey(programID, code))
	if err != nil {
		return Found{}, fmt.Errorf("use live code: %w", err)
	}
	if !ok {
		return Found{}, fail(KindNotFound, "code_unknown")
	}
	m, err := e.store.Member(ctx, programID, memberID)
	found, err := foundMember(m, err)
	found.Present = err == nil
	return found, err
}

func (e *Engine) byPhone(ctx context.Context, program Program, digits string) (Found, error) {
	phone, err := NormalisePhone(digits, Region(program.Settings.Currency.Code, program.Settings.Zone.String()))
	if err != nil {
		return Found{}, fail(KindNotFound, "guest_not_found")
	}
	members, err := e.store.MembersByPhone(ctx, program.ID, phone)
	if err != nil {
		return Found{}, fmt.Errorf("find members by phone: %w", err)
	}
	var live []Member
	for _, m := range members {
		if m.State != MemberErased {
			live = append(live, m)
		}
	}
	if len(live) == 0 {
		return Found{}, fail(KindNotFound, "guest_not_found")
	}
	found := Found{Member: live[0]}
	if proof := live[0].Proof; proof != ProofPlatform && proof != ProofOTP {
		found.Others = live[1:]
	}
	return found, nil
}

// limit refuses what is done too often.
func (e *Engine) limit(ctx context.Context, key string, most int, window time.Duration, id string) error {
	n, err := e.codes.Count(ctx, key, window)
	if err != nil {
		return fmt.Errorf("count %s: %w", id, err)
	}
	if n > most {
		return fail(KindLimit, id)
	}
	return nil
}

// SpokenTTL is how long a live code works.
const SpokenTTL = 3 * time.Minute

func spokenKey(programID, code string) string { return "code:" + programID + ":" + code }

// IssueCode makes a live six-digit code that a guest reads to the cashier: it works once, for three minutes, and is unique
// among the program's live codes.
func (e *Engine) IssueCode(ctx context.Context, programID, memberID string) (code string, until time.Time, err error) {
	if err := e.limit(ctx, "issue:"+programID+":"+memberID, 10, 10*time.Minute, "too_many_codes"); err != nil {
		return "", time.Time{}, err
	}
	for range 20 {
		var b [8]byte
		e.random(b[:])
		code = cardcode.SpokenCode(binary.BigEndian.Uint64(b[:]))
		stored, err := e.codes.PutOnce(ctx, spokenKey(programID, code), memberID, SpokenTTL)
		if err != nil {
			return "", time.Time{}, fmt.Errorf("issue live code: %w", err)
		}
		if stored {
			return code, e.Now().Add(SpokenTTL), nil
		}
	}
	return "", time.Time{}, fail(KindLimit, "too_many_codes")
}

// ErrPhone is returned for text that is no valid phone number.
var ErrPhone = errors.New("engine: not a valid phone number")

// NormalisePhone reads a phone number as people of a region write it and returns it as E.164.
func NormalisePhone(text, region string) (Phone, error) {
	text = strings.TrimSpace(text)
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text)
	if region == "UA" && len(digits) == 11 && strings.HasPrefix(digits, "80") {
		text = digits[1:] // the old trunk prefix, still written by many
	}
	candidates := []string{text}
	if !strings.HasPrefix(text, "+") && len(digits) >= 11 {
		candidates = append(candidates, "+"+digits) // an international number without its plus
	}
	for _, candidate := range candidates {
		number, err := phonenumbers.Parse(candidate, region)
		if err == nil && phonenumbers.IsValidNumber(number) {
			return Phone(phonenumbers.Format(number, phonenumbers.E164)), nil
		}
	}
	return "", ErrPhone
}

// Region guesses the phone region of a program from its time zone and currency.
func Region(currency, zone string) string {
	switch zone {
	case "Europe/Kyiv", "Europe/Kiev":
		return "UA"
	case "Europe/Warsaw":
		return "PL"
	case "Europe/Madrid", "Atlantic/Canary":
		return "ES"
	case "Europe/Chisinau":
		return "MD"
	}
	if strings.HasPrefix(zone, "Asia/Al") || strings.HasPrefix(zone, "Asia/Aq") {
		return "KZ"
	}
	switch currency {
	case "UAH":
		return "UA"
	case "KZT":
		return "KZ"
	case "PLN":
		return "PL"
	case "RUB":
		return "RU"
	case "MDL":
		return "MD"
	case "USD":
		return "US"
	case "GBP":
		return "GB"
	case "EUR":
		return "ES"
	}
	return "ZZ"
}
