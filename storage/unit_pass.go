package storage

import (
	"context"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/rules"
	"kartka/engine/segment"
)

// What the database answers of things that works keep in memory is right only while nothing waits to be written.

// Person implements [engine.Reads].
func (u *unit) Person(ctx context.Context, programID string, a engine.Address, at time.Time) (engine.Person, error) {
	if u.pending() {
		return engine.Person{}, u.refuse()
	}
	return u.writes.Person(ctx, programID, a, at)
}

// People implements [engine.Reads].
func (u *unit) People(ctx context.Context, programID, channel, sender string, users []string, at time.Time) (map[string]engine.Person, error) {
	if u.pending() {
		return nil, u.refuse()
	}
	return u.writes.People(ctx, programID, channel, sender, users, at)
}

// Glance implements [engine.Reads].
func (u *unit) Glance(ctx context.Context, programID string, look engine.Look, at time.Time) (engine.Glance, error) {
	if u.pending() {
		return engine.Glance{}, u.refuse()
	}
	return u.writes.Glance(ctx, programID, look, at)
}

// Account implements [engine.Reads].
func (u *unit) Account(ctx context.Context, programID, accountID string) (ledger.Account, error) {
	if u.pending() {
		return ledger.Account{}, u.refuse()
	}
	return u.writes.Account(ctx, programID, accountID)
}

// Posting implements [engine.Reads].
func (u *unit) Posting(ctx context.Context, programID, id string) (engine.Posting, error) {
	if u.pending() {
		return engine.Posting{}, u.refuse()
	}
	return u.writes.Posting(ctx, programID, id)
}

// History implements [engine.Reads].
func (u *unit) History(ctx context.Context, programID, accountID, before string, limit int) ([]engine.HistoryItem, error) {
	if u.pending() {
		return nil, u.refuse()
	}
	return u.writes.History(ctx, programID, accountID, before, limit)
}

// LastSale implements [engine.Reads].
func (u *unit) LastSale(ctx context.Context, programID, staffID string) (saleID string, err error) {
	if u.pending() {
		return "", u.refuse()
	}
	return u.writes.LastSale(ctx, programID, staffID)
}

// DayTotals implements [engine.Reads].
func (u *unit) DayTotals(ctx context.Context, programID, staffID, locationID string, from, to time.Time) (engine.Totals, error) {
	if u.pending() {
		return engine.Totals{}, u.refuse()
	}
	return u.writes.DayTotals(ctx, programID, staffID, locationID, from, to)
}

// AccountsWithExpired implements [engine.Reads].
func (u *unit) AccountsWithExpired(ctx context.Context, programID string, by time.Time, after string, limit int) ([]engine.Ended, error) {
	if u.pending() {
		return nil, u.refuse()
	}
	return u.writes.AccountsWithExpired(ctx, programID, by, after, limit)
}

// CouponsOf implements [engine.Reads].
func (u *unit) CouponsOf(ctx context.Context, programID, memberID string, open bool, limit int) ([]engine.Coupon, error) {
	if u.pending() {
		return nil, u.refuse()
	}
	return u.writes.CouponsOf(ctx, programID, memberID, open, limit)
}

// SalesOf implements [engine.Reads].
func (u *unit) SalesOf(ctx context.Context, programID, memberID string, limit int) ([]engine.Sale, error) {
	if u.pending() {
		return nil, u.refuse()
	}
	return u.writes.SalesOf(ctx, programID, memberID, limit)
}

// EachSale implements [engine.Reads].
func (u *unit) EachSale(ctx context.Context, programID string, from, to time.Time, each func(engine.Sale) error) error {
	if u.pending() {
		return u.refuse()
	}
	return u.writes.EachSale(ctx, programID, from, to, each)
}

// EachPurchase implements [engine.Reads].
func (u *unit) EachPurchase(ctx context.Context, programID string, from, to time.Time, each func(engine.Sale) error) error {
	if u.pending() {
		return u.refuse()
	}
	return u.writes.EachPurchase(ctx, programID, from, to, each)
}

// Opening implements [engine.Reads].
func (u *unit) Opening(ctx context.Context, programID, memberID, accountID string, at time.Time) (engine.Opening, error) {
	if u.pending() {
		return engine.Opening{}, u.refuse()
	}
	return u.writes.Opening(ctx, programID, memberID, accountID, at)
}

// MembersAway implements [engine.Reads].
func (u *unit) MembersAway(ctx context.Context, programID string, from, before time.Time, after string, limit int) ([]string, error) {
	if u.pending() {
		return nil, u.refuse()
	}
	return u.writes.MembersAway(ctx, programID, from, before, after, limit)
}

// MembersWithTierDue implements [engine.Reads].
func (u *unit) MembersWithTierDue(ctx context.Context, programID string, by time.Time, after string, limit int) ([]string, error) {
	if u.pending() {
		return nil, u.refuse()
	}
	return u.writes.MembersWithTierDue(ctx, programID, by, after, limit)
}

// AccountsWithLots implements [engine.Reads].
func (u *unit) AccountsWithLots(ctx context.Context, programID string, activating bool, from, to time.Time, after string, limit int) ([]string, error) {
	if u.pending() {
		return nil, u.refuse()
	}
	return u.writes.AccountsWithLots(ctx, programID, activating, from, to, after, limit)
}

// CouponsDue implements [engine.Reads].
func (u *unit) CouponsDue(ctx context.Context, programID string, by time.Time, after string, limit int) ([]engine.Coupon, error) {
	if u.pending() {
		return nil, u.refuse()
	}
	return u.writes.CouponsDue(ctx, programID, by, after, limit)
}

// What no work keeps in memory is written at once; a work that fails after it spoils the unit.

// InsertCertificate implements [engine.Tx].
func (u *unit) InsertCertificate(ctx context.Context, c engine.Certificate) error {
	u.through()
	return u.writes.InsertCertificate(ctx, c)
}

// UpdateCertificate implements [engine.Tx].
func (u *unit) UpdateCertificate(ctx context.Context, c engine.Certificate) error {
	u.through()
	return u.writes.UpdateCertificate(ctx, c)
}

// InsertCertificateMove implements [engine.Tx].
func (u *unit) InsertCertificateMove(ctx context.Context, m engine.CertificateMove) error {
	u.through()
	return u.writes.InsertCertificateMove(ctx, m)
}

// RestNumber implements [engine.Tx].
func (u *unit) RestNumber(ctx context.Context, programID string, phone engine.Phone, memberID string, until time.Time) error {
	u.through()
	return u.writes.RestNumber(ctx, programID, phone, memberID, until)
}

// NoteHappening implements [engine.Tx].
func (u *unit) NoteHappening(ctx context.Context, h engine.Happened) error {
	u.through()
	return u.writes.NoteHappening(ctx, h)
}

// SetBookmark implements [engine.Tx].
func (u *unit) SetBookmark(ctx context.Context, programID, name, value string) error {
	u.through()
	return u.writes.SetBookmark(ctx, programID, name, value)
}

// SettleInbound implements [engine.Tx].
func (u *unit) SettleInbound(ctx context.Context, programID, id string, state engine.InboundState, reason string) error {
	u.through()
	return u.writes.SettleInbound(ctx, programID, id, state, reason)
}

// InsertAudit implements [engine.Tx].
func (u *unit) InsertAudit(ctx context.Context, a engine.Audit) error {
	u.through()
	return u.writes.InsertAudit(ctx, a)
}

// InsertConsent implements [engine.Tx].
func (u *unit) InsertConsent(ctx context.Context, c engine.Consent) error {
	u.through()
	return u.writes.InsertConsent(ctx, c)
}

// Ratings implements [engine.Reads].
func (u *unit) Ratings(ctx context.Context, programID string, q engine.RatingQuery) ([]engine.RatedSale, error) {
	if u.pending() {
		return nil, u.refuse()
	}
	return u.writes.Ratings(ctx, programID, q)
}

// What a group does not do: it changes things that were read for all of its works, or many rows at once.

// ReviseSale implements [engine.Tx].
func (u *unit) ReviseSale(context.Context, engine.Sale) error {
	return u.refuse()
}

// SetTags implements [engine.Tx].
func (u *unit) SetTags(context.Context, string, string, []string) error {
	return u.refuse()
}

// SetBirthday implements [engine.Tx].
func (u *unit) SetBirthday(context.Context, string, string, rules.Birthday) error {
	return u.refuse()
}

// PutSegment implements [engine.Tx].
func (u *unit) PutSegment(context.Context, engine.Segment) error {
	return u.refuse()
}

// DeleteSegment implements [engine.Tx].
func (u *unit) DeleteSegment(context.Context, string, string) error {
	return u.refuse()
}

// FreezeSegment implements [engine.Tx].
func (u *unit) FreezeSegment(context.Context, engine.Program, string, segment.Expr, rules.Date) (int, error) {
	return 0, u.refuse()
}

// InsertMerge implements [engine.Tx].
func (u *unit) InsertMerge(context.Context, engine.Merge) error {
	return u.refuse()
}

// UpdateMerge implements [engine.Tx].
func (u *unit) UpdateMerge(context.Context, engine.Merge) error {
	return u.refuse()
}

// SetMergedInto implements [engine.Tx].
func (u *unit) SetMergedInto(context.Context, string, string, string) error {
	return u.refuse()
}

// MoveCoupons implements [engine.Tx].
func (u *unit) MoveCoupons(context.Context, string, []string, string) error {
	return u.refuse()
}

// MoveContacts implements [engine.Tx].
func (u *unit) MoveContacts(context.Context, string, []string, string) error {
	return u.refuse()
}

// InsertProgram implements [engine.Tx].
func (u *unit) InsertProgram(context.Context, engine.Program) error {
	return u.refuse()
}

// UpdateProgram implements [engine.Tx].
func (u *unit) UpdateProgram(context.Context, engine.Program) error {
	return u.refuse()
}

// InsertSettings implements [engine.Tx].
func (u *unit) InsertSettings(context.Context, engine.SettingsVersion) error {
	return u.refuse()
}

// PutBot implements [engine.Tx].
func (u *unit) PutBot(context.Context, engine.Bot) error {
	return u.refuse()
}

// InsertLocation implements [engine.Tx].
func (u *unit) InsertLocation(context.Context, engine.Location) error {
	return u.refuse()
}

// UpdateLocation implements [engine.Tx].
func (u *unit) UpdateLocation(context.Context, engine.Location) error {
	return u.refuse()
}

// InsertStaff implements [engine.Tx].
func (u *unit) InsertStaff(context.Context, engine.Staff) error {
	return u.refuse()
}

// UpdateStaff implements [engine.Tx].
func (u *unit) UpdateStaff(context.Context, engine.Staff) error {
	return u.refuse()
}

// InsertInvite implements [engine.Tx].
func (u *unit) InsertInvite(context.Context, engine.Invite) error {
	return u.refuse()
}

// UseInvite implements [engine.Tx].
func (u *unit) UseInvite(context.Context, string, string, string, time.Time) error {
	return u.refuse()
}

// TouchContact implements [engine.Tx].
func (u *unit) TouchContact(context.Context, engine.Contact) (engine.Contact, error) {
	return engine.Contact{}, u.refuse()
}

// LinkContact implements [engine.Tx].
func (u *unit) LinkContact(context.Context, string, string, string, string) error {
	return u.refuse()
}

// SetLanguage implements [engine.Tx].
func (u *unit) SetLanguage(context.Context, string, string, string) error {
	return u.refuse()
}

// SetBlocked implements [engine.Tx].
func (u *unit) SetBlocked(context.Context, string, string, time.Time) error {
	return u.refuse()
}

// SaveSession implements [engine.Tx].
func (u *unit) SaveSession(context.Context, string, string, []byte, int64) error {
	return u.refuse()
}

// SaveSlot implements [engine.Tx].
func (u *unit) SaveSlot(context.Context, string, string, string, string) error {
	return u.refuse()
}

// InsertMember implements [engine.Tx].
func (u *unit) InsertMember(context.Context, engine.Member) error {
	return u.refuse()
}

// UpdateMember implements [engine.Tx].
func (u *unit) UpdateMember(context.Context, engine.Member) error {
	return u.refuse()
}

// EraseMember implements [engine.Tx].
func (u *unit) EraseMember(context.Context, string, string, time.Time) error {
	return u.refuse()
}

// PutRating implements [engine.Tx].
func (u *unit) PutRating(context.Context, engine.Rating) error {
	return u.refuse()
}

// SetAsked implements [engine.Tx].
func (u *unit) SetAsked(context.Context, string, string, engine.Asked, time.Time) error {
	return u.refuse()
}
