package engine

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kartka/engine/campaign"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// AttachPhone gives a member a proved number. A number that already identifies another card is KindTaken.
func (e *Engine) AttachPhone(ctx context.Context, programID, memberID, raw string, proof Proof) (Member, error) {
	program, err := e.Program(ctx, programID)
	if err != nil {
		return Member{}, err
	}
	phone, err := NormalisePhone(plus(raw), Region(program.Settings.Currency.Code, program.Settings.Zone.String()))
	if err != nil {
		return Member{}, &Error{Kind: KindInvalid, ID: "phone_invalid", Err: err}
	}
	var m Member
	err = e.store.InTx(ctx, func(tx Tx) error {
		if m, err = tx.Member(ctx, programID, memberID); err != nil {
			return fmt.Errorf("read member: %w", err)
		}
		if _, err := tx.LockAccounts(ctx, programID, m.AccountID); err != nil {
			return fmt.Errorf("lock member: %w", err)
		}
		if err := refusePhoneTaken(ctx, tx, programID, memberID, phone); err != nil {
			return err
		}
		m.Phone, m.Proof = phone, proof
		return tx.UpdateMember(ctx, m)
	})
	return m, err
}

// plus makes a platform's bare international number readable: Telegram may leave the plus away.
func plus(raw string) string {
	if raw = strings.TrimSpace(raw); raw == "" || strings.HasPrefix(raw, "+") || strings.HasPrefix(raw, "0") {
		return raw
	}
	return "+" + raw
}

// Rename changes what a member wants to be called: 1 to 64 characters.
func (e *Engine) Rename(ctx context.Context, programID, memberID, name string) (Member, error) {
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n == 0 || n > 64 {
		return Member{}, fail(KindInvalid, "name_invalid")
	}
	var m Member
	err := e.store.InTx(ctx, func(tx Tx) (err error) {
		if m, err = tx.Member(ctx, programID, memberID); err != nil {
			return fmt.Errorf("read member: %w", err)
		}
		m.Name = name
		return tx.UpdateMember(ctx, m)
	})
	return m, err
}

// SetLanguage remembers the language a person has chosen.
func (e *Engine) SetLanguage(ctx context.Context, programID, contactID, language string) error {
	return e.store.InTx(ctx, func(tx Tx) error { return tx.SetLanguage(ctx, programID, contactID, language) })
}

// SetConsent records an act of giving or withdrawing a consent on a channel. Who agrees to news within a day of joining is looked at by the triggers of joining
// once more: the answer is asked for after the card.
func (e *Engine) SetConsent(ctx context.Context, c Consent) error {
	c.ID, c.At = e.newID(), e.Now()
	return e.store.InTx(ctx, func(tx Tx) error {
		if err := tx.InsertConsent(ctx, c); err != nil || c.Purpose != PurposeMarketing || !c.Given {
			return err
		}
		m, err := tx.Member(ctx, c.ProgramID, c.MemberID)
		if err != nil {
			return fmt.Errorf("read member: %w", err)
		}
		if !c.At.Before(m.JoinedAt.Add(campaign.Late)) {
			return nil
		}
		// A name of its own: the first may be being looked at.
		return happened(ctx, tx, c.ProgramID, m.ID, campaign.Happening{Event: campaign.EventJoined, ID: m.ID + ":agreed", At: m.JoinedAt})
	})
}

// Blocked notes that a person blocked the bot or, with blocked=false, lets it write again. Blocking withdraws the consent to
// marketing; unblocking does not renew it.
func (e *Engine) Blocked(ctx context.Context, p Person, blocked bool) error {
	return e.store.InTx(ctx, func(tx Tx) error {
		at := time.Time{}
		if blocked {
			at = e.Now()
		}
		if err := tx.SetBlocked(ctx, p.Contact.ProgramID, p.Contact.ID, at); err != nil {
			return fmt.Errorf("mark contact: %w", err)
		}
		if !blocked || p.Member == nil || !p.Consent[PurposeMarketing] {
			return nil
		}
		return tx.InsertConsent(ctx, Consent{ID: e.newID(), ProgramID: p.Contact.ProgramID, MemberID: p.Member.ID,
			Channel: p.Contact.Address.Channel, Purpose: PurposeMarketing, Source: "blocked", At: at})
	})
}

// History returns a member's postings, newest first.
func (e *Engine) History(ctx context.Context, programID, accountID, before string, limit int) ([]HistoryItem, error) {
	items, err := e.store.History(ctx, programID, accountID, before, limit)
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	return items, nil
}

// Export is everything a program keeps about a member, for the member.
type Export struct {
	Program   string          `json:"program"`
	At        time.Time       `json:"exported_at"`
	Name      string          `json:"name"`
	Phone     string          `json:"phone,omitempty"`
	Card      string          `json:"card"`
	Language  string          `json:"language"`
	Source    string          `json:"source,omitempty"`
	Gender    string          `json:"gender,omitempty"`
	Birthday  string          `json:"birthday,omitempty"`
	City      string          `json:"city,omitempty"`
	Fields    []ExportField   `json:"fields,omitempty"`
	JoinedAt  time.Time       `json:"joined_at"`
	Points    string          `json:"points"`
	Chats     []ExportChat    `json:"chats"`
	Consents  []ExportConsent `json:"consents"`
	Movements []ExportMove    `json:"movements"`
	Ratings   []ExportRating  `json:"ratings,omitempty"`
}

// ExportField is what the shop knows of the person beside what every shop knows.
type ExportField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// ExportChat is a messenger the person wrote from.
type ExportChat struct {
	Channel string    `json:"channel"`
	UserID  string    `json:"user_id"`
	Since   time.Time `json:"since"`
}

// ExportConsent is one act of consent.
type ExportConsent struct {
	Purpose string    `json:"purpose"`
	Channel string    `json:"channel"`
	Given   bool      `json:"given"`
	How     string    `json:"how"`
	At      time.Time `json:"at"`
}

// ExportMove is one movement of points.
type ExportMove struct {
	At     time.Time `json:"at"`
	Kind   string    `json:"kind"`
	Points string    `json:"points"`
	Check  string    `json:"check,omitempty"`
	Place  string    `json:"place,omitempty"`
	Note   string    `json:"note,omitempty"`
}

// ExportRating is what the person thought of a purchase.
type ExportRating struct {
	At      time.Time `json:"at"`
	Stars   int       `json:"stars"`
	Comment string    `json:"comment,omitempty"`
}

// ExportMember gathers an Export.
func (e *Engine) ExportMember(ctx context.Context, programID, memberID string) (Export, error) {
	program, err := e.Program(ctx, programID)
	if err != nil {
		return Export{}, err
	}
	m, err := e.store.Member(ctx, programID, memberID)
	if err != nil {
		return Export{}, fmt.Errorf("read member: %w", err)
	}
	account, err := e.store.Account(ctx, programID, m.AccountID)
	if err != nil {
		return Export{}, fmt.Errorf("read account: %w", err)
	}
	x := Export{Program: program.Settings.Name, At: e.Now(), Name: m.Name, Phone: m.Phone.Reveal(), Card: m.Card, Language: m.Language,
		Source: m.Source, JoinedAt: m.JoinedAt, Points: program.Unit(account.Balance())}
	if err := e.exportProfile(ctx, program, m, &x); err != nil {
		return x, err
	}
	contacts, err := e.store.ContactsOf(ctx, programID, memberID, "")
	if err != nil {
		return x, fmt.Errorf("read contacts: %w", err)
	}
	for _, c := range contacts {
		x.Chats = append(x.Chats, ExportChat{Channel: c.Address.Channel, UserID: c.Address.UserID, Since: c.CreatedAt})
	}
	consents, err := e.store.Consents(ctx, programID, memberID)
	if err != nil {
		return x, fmt.Errorf("read consents: %w", err)
	}
	for _, c := range consents {
		x.Consents = append(x.Consents, ExportConsent{Purpose: string(c.Purpose), Channel: c.Channel, Given: c.Given, How: c.Source, At: c.At})
	}
	ratings, err := e.store.RatingsOf(ctx, programID, memberID)
	if err != nil {
		return x, fmt.Errorf("read ratings: %w", err)
	}
	for _, r := range ratings {
		x.Ratings = append(x.Ratings, ExportRating{At: r.At, Stars: r.Stars, Comment: r.Comment})
	}
	before := ""
	for {
		const page = 500
		items, err := e.store.History(ctx, programID, m.AccountID, before, page)
		if err != nil {
			return x, fmt.Errorf("read history: %w", err)
		}
		for _, item := range items {
			x.Movements = append(x.Movements, exportMove(program, item))
			before = item.Posting.ID
		}
		if len(items) < page {
			return x, nil
		}
	}
}

// exportProfile adds the profile, in the person's language. A field that the shop has given up since is called by its id.
func (e *Engine) exportProfile(ctx context.Context, program Program, m Member, x *Export) error {
	profile, err := e.store.Profile(ctx, program.ID, m.ID)
	if err != nil {
		return fmt.Errorf("read profile: %w", err)
	}
	standing, err := e.store.Standing(ctx, program.ID, m.ID, StandingQuery{})
	if err != nil {
		return fmt.Errorf("read standing: %w", err)
	}
	x.Gender, x.City, x.Birthday = profile.Gender, profile.City, standing.Birthday.String()
	for _, id := range slices.Sorted(maps.Keys(profile.Fields)) {
		x.Fields = append(x.Fields, ExportField{Name: cmp.Or(program.Settings.NameOf("field:"+id, m.Language), id),
			Value: program.Settings.FieldValue(id, profile.Fields[id], m.Language)})
	}
	return nil
}

func exportMove(p Program, item HistoryItem) ExportMove {
	move := ExportMove{At: item.Posting.OccurredAt, Kind: string(item.Posting.Kind), Points: p.Unit(item.Posting.Points), Place: item.Location, Note: item.Posting.Note}
	if item.Sale != nil {
		move.Check = money.Format(int64(item.Sale.Total), p.Settings.Currency.Decimals) + " " + item.Sale.Currency
	}
	return move
}

// Erase removes a person: points are forfeited, everything personal is deleted, opaque sums stay.
func (e *Engine) Erase(ctx context.Context, programID, memberID string) error {
	program, err := e.Program(ctx, programID)
	if err != nil {
		return err
	}
	_, err = e.change(ctx, change{
		key: "forfeit:" + memberID, input: memberID, program: program, memberID: memberID, kind: ledger.KindForfeit,
		reason: rules.Reason{ID: "forfeited"},
		plan:   func(account *ledger.Account, _ time.Time) (ledger.Plan, error) { return account.Forfeit(), nil },
		also: func(tx Tx) error {
			if err := releaseHolds(ctx, tx, programID, memberID); err != nil {
				return err
			}
			return tx.EraseMember(ctx, programID, memberID, e.Now())
		},
	})
	return err
}

func releaseHolds(ctx context.Context, tx Tx, programID, memberID string) error {
	_, account, err := lockMember(ctx, tx, programID, memberID)
	if err != nil {
		return err
	}
	for _, h := range account.Holds {
		err := tx.SetHoldState(ctx, programID, h.ID, HoldReleased, HoldAsking, HoldHeld)
		if err != nil && !IsKind(err, KindConflict) {
			return fmt.Errorf("release hold: %w", err)
		}
	}
	return nil
}
