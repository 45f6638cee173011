package engine

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"kartka/engine/campaign"
	"kartka/engine/money"
	"kartka/engine/rules"

	"github.com/google/uuid"
)

// NoticeLowRating tells owners and managers of a bad mark, and again when a comment follows: sale, stars, comment, name, place, staff, sum.
// Queued it has the sale, the stars and whether a comment was given. The rest is read when it is put into words, see [Engine.Complete], so that
// nothing of a guest who leaves before waits in a message to somebody else.
const NoticeLowRating NoticeKind = "low_rating"

// How long ratings are open, and how long a comment may be.
const (
	RatingFor     = 14 * 24 * time.Hour // a purchase can be rated for so long after it was recorded
	RatingChanges = 24 * time.Hour      // and the rating changed for so long after it was given
	RatingComment = 1000                // characters
)

// The most ratings and changes of ratings that a member, or whoever holds a receipt, makes in a time.
const (
	ratingTries      = 20
	ratingTriesEvery = time.Hour
)

// The ways of a rating.
const (
	RatedInChat   = "chat"
	RatedInApp    = "app"
	RatedReceipt  = "receipt" // by the link on a receipt
	ratingTokenOf = "rating-v1|"
)

// Rating is what a guest thinks of a purchase. There is one for each sale, and it is of the place and the person of the sale.
type Rating struct {
	ID         string
	ProgramID  string
	SaleID     string
	MemberID   string // of the sale, as it was recorded; "" for a sale without a card
	LocationID string
	StaffID    string
	Stars      int    // 1 to 5
	Comment    string // "" none
	Via        string // how it was first given: "chat", "app", "receipt"
	Day        rules.Date
	At         time.Time // first given; Day is its day in the program's zone
	ChangedAt  time.Time
}

// RateInput is a mark, a comment on one given before, or both.
type RateInput struct {
	ProgramID string
	SaleID    string
	// MemberID is whose sale it has to be. It is "" where the caller holds the receipt's token, see [Engine.SaleOfRating], and only there.
	MemberID string
	Stars    int    // 1 to 5; 0 keeps the mark
	Comment  string // "" keeps the comment
	Via      string // [RatedInChat], [RatedInApp] or [RatedReceipt]
}

// RatingSum counts the marks of a day at a place for a member of staff; either id may be "".
type RatingSum struct {
	Day        rules.Date
	LocationID string
	StaffID    string
	Counts     Marks
}

// RatingQuery chooses ratings. Empty fields choose all.
type RatingQuery struct {
	LocationID string
	StaffID    string
	MostStars  int    // only marks up to this one
	Before     string // id of a rating: only older ones
	Limit      int    // at most; 0: 50
}

// RatedSale is a rating with what is to be known of its sale.
type RatedSale struct {
	Rating
	Total      money.Amount // of the check, before anything was taken off it
	OccurredAt time.Time
	Name       string // of the guest, "" without a card or when the guest has left
	Place      string // name of the location
	Staff      string // name of whoever served
}

// Asked is when a guest was last asked to rate a purchase, or rated one, and which it was.
type Asked struct {
	At     time.Time
	SaleID string
}

// Rate gives a purchase a mark, changes it, or adds a comment. Rating the same sale again changes its one rating, and the same rating
// again changes nothing, so that no key is needed. A mark the program counts as low is told to every owner and manager in the same
// transaction, and once more when a comment follows.
//
// It is rating_off (KindForbidden) when the program does not ask, rating_stars and rating_long (KindInvalid) when mark or comment are none,
// rating_unknown (KindNotFound) when there is no such sale for this person or it came back whole, rating_late and rating_fixed (KindExpired) when
// its time is over, rating_many (KindLimit) after twenty in an hour.
func (e *Engine) Rate(ctx context.Context, in RateInput) (Rating, error) {
	program, err := e.Program(ctx, in.ProgramID)
	if err != nil {
		return Rating{}, err
	}
	in.Comment = cleanComment(in.Comment)
	switch {
	case !program.Settings.Feedback.On:
		return Rating{}, fail(KindForbidden, "rating_off")
	case in.Stars < 0 || in.Stars > rules.MostStars:
		return Rating{}, fail(KindInvalid, "rating_stars")
	case utf8.RuneCountInString(in.Comment) > RatingComment:
		return Rating{}, fail(KindInvalid, "rating_long", "Max", RatingComment)
	case in.Via != RatedInChat && in.Via != RatedInApp && in.Via != RatedReceipt:
		return Rating{}, fmt.Errorf("rate: no way is called %q", in.Via)
	}
	who := "sale:" + in.SaleID
	if in.MemberID != "" {
		who = in.MemberID
	}
	if err := e.limit(ctx, "rate:"+in.ProgramID+":"+who, ratingTries, ratingTriesEvery, "rating_many"); err != nil {
		return Rating{}, err
	}
	var rating Rating
	err = e.store.InTx(ctx, func(tx Tx) error {
		rating, err = e.rateIn(ctx, tx, program, in)
		return err
	})
	return rating, err
}

// cleanComment is a comment without what cannot be read: control characters but the ends of lines, and space around it.
func cleanComment(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(c rune) rune {
		if unicode.IsControl(c) && c != '\n' {
			return -1
		}
		return c
	}, text))
}

func (e *Engine) rateIn(ctx context.Context, tx Tx, program Program, in RateInput) (Rating, error) {
	sale, member, err := ratedSale(ctx, tx, in) // locks the sale: of two ratings at once the second sees the first
	if err != nil {
		return Rating{}, err
	}
	now := e.Now()
	old, err := tx.Rating(ctx, in.ProgramID, in.SaleID)
	first := IsKind(err, KindNotFound)
	if err != nil && !first {
		return Rating{}, fmt.Errorf("read rating: %w", err)
	}
	r := old
	if first {
		r = Rating{ID: e.newID(), ProgramID: in.ProgramID, SaleID: sale.ID, MemberID: sale.MemberID, LocationID: sale.LocationID, StaffID: sale.StaffID,
			Via: in.Via, Day: rules.DateOf(now, program.Settings.Zone), At: now}
	}
	if in.Stars > 0 {
		r.Stars = in.Stars
	}
	if in.Comment != "" {
		r.Comment = in.Comment
	}
	switch {
	case r == old && !first:
		return old, nil
	case r.Stars == 0:
		return Rating{}, fail(KindInvalid, "rating_stars")
	case first && now.Sub(sale.RecordedAt) > RatingFor:
		return Rating{}, fail(KindExpired, "rating_late")
	case now.Sub(r.At) > RatingChanges:
		return Rating{}, fail(KindExpired, "rating_fixed")
	}
	r.ChangedAt = now
	if err := tx.PutRating(ctx, r); err != nil {
		return Rating{}, fmt.Errorf("write rating: %w", err)
	}
	if member != nil {
		marked := campaign.Happening{Event: campaign.EventRating, ID: sale.ID, Number: int64(r.Stars), At: now}
		if err := happened(ctx, tx, in.ProgramID, member.ID, marked); err != nil {
			return Rating{}, err
		}
	}
	if member != nil && first {
		if err := tx.SetAsked(ctx, in.ProgramID, member.ID, Asked{At: now, SaleID: sale.ID}, now); err != nil && !IsKind(err, KindConflict) {
			return Rating{}, fmt.Errorf("note rating: %w", err)
		}
	}
	if !program.Settings.Feedback.IsLow(r.Stars) {
		return r, nil
	}
	return r, e.tellLow(ctx, tx, r)
}

// ratedSale reads the sale of a rating and whose it is now, nil for nobody's.
func ratedSale(ctx context.Context, tx Tx, in RateInput) (Sale, *Member, error) {
	unknown := fail(KindNotFound, "rating_unknown")
	sale, err := tx.Sale(ctx, in.ProgramID, in.SaleID)
	switch {
	case IsKind(err, KindNotFound):
		return Sale{}, nil, unknown
	case err != nil:
		return Sale{}, nil, fmt.Errorf("read sale: %w", err)
	case sale.Total > 0 && sale.ReturnedTotal >= sale.Total, sale.MemberID == "" && in.MemberID != "":
		return Sale{}, nil, unknown
	case sale.MemberID == "":
		return sale, nil, nil
	}
	owner, err := memberOf(ctx, tx, in.ProgramID, sale.MemberID)
	if err != nil || in.MemberID == "" || in.MemberID == owner.ID {
		return sale, &owner, err
	}
	asking, err := memberOf(ctx, tx, in.ProgramID, in.MemberID)
	switch {
	case IsKind(err, KindNotFound), err == nil && asking.ID != owner.ID:
		return Sale{}, nil, unknown
	}
	return sale, &owner, err
}

// tellLow tells owners and managers of a bad mark. The keys tell a mark without a comment from one with a comment, so that each of them
// is told once, however often the guest changes the mind.
func (e *Engine) tellLow(ctx context.Context, tx Tx, r Rating) error {
	args := map[string]any{"sale": r.SaleID, "stars": int64(r.Stars), "said": r.Comment != ""}
	all, err := tx.StaffList(ctx, r.ProgramID)
	if err != nil {
		return fmt.Errorf("read staff: %w", err)
	}
	key := "low:" + r.SaleID
	if r.Comment != "" {
		key = "low-said:" + r.SaleID
	}
	var out []Outbound
	for _, s := range all {
		if s.Role.Manages() && !s.Disabled {
			out = append(out, e.notice(r.ProgramID, key+":"+s.ID, toStaff(s.ID), Notice{Kind: NoticeLowRating, Args: args}))
		}
	}
	if err := tx.Enqueue(ctx, out...); err != nil {
		return fmt.Errorf("queue notices: %w", err)
	}
	return nil
}

// completeLow adds to a notice of a bad mark what is known now of the sale, its guest and what was said. What is not there any more is left empty.
func (e *Engine) completeLow(ctx context.Context, programID string, n *Notice) error {
	told := maps.Clone(n.Args)
	if told == nil {
		told = map[string]any{}
	}
	for _, name := range []string{"comment", "name", "place", "staff"} {
		told[name] = ""
	}
	saleID, _ := n.Args["sale"].(string)
	sale, err := e.store.Sale(ctx, programID, saleID)
	if err != nil {
		return fmt.Errorf("read sale of notice: %w", err)
	}
	told["sum"] = int64(sale.Total)
	if said, _ := n.Args["said"].(bool); said {
		r, err := e.RatingOf(ctx, programID, saleID)
		if err != nil && !IsKind(err, KindNotFound) {
			return err
		}
		told["comment"] = r.Comment
	}
	if sale.MemberID != "" {
		guest, err := memberOf(ctx, e.store, programID, sale.MemberID)
		if err != nil && !IsKind(err, KindNotFound) {
			return err
		}
		told["name"] = guest.Name
	}
	place, err := e.place(ctx, programID, sale.LocationID)
	if err != nil {
		return err
	}
	if place != nil {
		told["place"] = place.Name
	}
	if sale.StaffID != "" {
		staff, err := e.store.Staff(ctx, programID, sale.StaffID)
		if err != nil && !IsKind(err, KindNotFound) {
			return fmt.Errorf("read staff: %w", err)
		}
		told["staff"] = staff.Name
	}
	n.Args = told
	return nil
}

// AskRating decides whether a receipt that is about to be put into words asks its guest for a mark, and notes that it does: then
// p.Asked names the receipt's sale. The guest is asked once in the days that the program says; the same receipt put into words again
// asks again.
func (e *Engine) AskRating(ctx context.Context, p *Person, n *Notice) error {
	if n.Kind != NoticeSale || n.Posted == nil || n.Posted.SaleID == "" || p.Member == nil || p.Member.State != MemberActive {
		return nil
	}
	now, f := e.Now(), p.Program.Settings.Feedback
	since := now.AddDate(0, 0, -f.AskDays)
	if !f.On || p.Asked.SaleID == n.Posted.SaleID || p.Asked.At.After(since) || now.Sub(n.Posted.At) > RatingFor {
		return nil
	}
	asked := Asked{At: now, SaleID: n.Posted.SaleID}
	err := e.store.InTx(ctx, func(tx Tx) error { return tx.SetAsked(ctx, p.Program.ID, p.Member.ID, asked, since) })
	switch {
	case IsKind(err, KindConflict): // asked elsewhere meanwhile
		return nil
	case err != nil:
		return fmt.Errorf("note question: %w", err)
	}
	p.Asked = asked
	return nil
}

// RatingToken is what a receipt carries for whoever holds it to rate the sale, without a card: 32 characters of base64url, the sale's id
// and a signature. Its deep-link payload is "r_" and the token. It is "" for an id that is no UUID.
func (e *Engine) RatingToken(program Program, saleID string) string {
	id, err := rawOf(saleID)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(append(id[:], ratingSign(program, id[:])...))
}

// rawID is the length of an id before it is written in letters, ratingSignLen that of a token's signature.
const (
	rawID         = len(uuid.UUID{})
	ratingSignLen = 8
)

func ratingSign(program Program, id []byte) []byte {
	return sign(program, ratingTokenOf, id, ratingSignLen)
}

// sign signs what a token holds under the program's key, for one use of tokens, in so many bytes.
func sign(program Program, use string, held []byte, length int) []byte {
	mac := hmac.New(sha256.New, []byte(program.CardKey.Reveal()))
	mac.Write([]byte(use))
	mac.Write(held)
	return mac.Sum(nil)[:length]
}

// SaleOfRating finds the sale of a receipt's token. A token that is none, or of a sale that is not there, is rating_unknown (KindNotFound).
func (e *Engine) SaleOfRating(ctx context.Context, programID, token string) (Sale, error) {
	program, err := e.Program(ctx, programID)
	if err != nil {
		return Sale{}, err
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != rawID+ratingSignLen || !hmac.Equal(raw[rawID:], ratingSign(program, raw[:rawID])) {
		return Sale{}, fail(KindNotFound, "rating_unknown")
	}
	sale, err := e.store.Sale(ctx, programID, idLetters.EncodeToString(raw[:rawID]))
	if IsKind(err, KindNotFound) { // its id may be written as usual
		sale, err = e.store.Sale(ctx, programID, uuid.UUID(raw[:rawID]).String())
	}
	switch {
	case IsKind(err, KindNotFound):
		return Sale{}, fail(KindNotFound, "rating_unknown")
	case err != nil:
		return Sale{}, fmt.Errorf("read sale: %w", err)
	}
	return sale, nil
}

// RatingOf reads the rating of a sale; KindNotFound when it has none.
func (e *Engine) RatingOf(ctx context.Context, programID, saleID string) (Rating, error) {
	r, err := e.store.Rating(ctx, programID, saleID)
	if err != nil {
		return Rating{}, fmt.Errorf("read rating: %w", err)
	}
	return r, nil
}

// RatingDays counts marks by day, place and member of staff, in this order, for the days of the program that have an instant in [from, to).
// A mark counts on the day it was first given, as it is now.
func (e *Engine) RatingDays(ctx context.Context, programID string, from, to time.Time) ([]RatingSum, error) {
	program, err := e.Program(ctx, programID)
	if err != nil {
		return nil, err
	}
	zone := program.Settings.Zone
	sums, err := e.store.RatingSums(ctx, programID, rules.DateOf(from, zone), rules.DateOf(to.Add(-time.Nanosecond), zone))
	if err != nil {
		return nil, fmt.Errorf("count ratings: %w", err)
	}
	return sums, nil
}

// ratingPage is how many ratings are read where the caller does not say.
const ratingPage = 50

// Ratings lists ratings with what is to be known of their sales, newest first.
func (e *Engine) Ratings(ctx context.Context, programID string, q RatingQuery) ([]RatedSale, error) {
	if q.Limit <= 0 {
		q.Limit = ratingPage
	}
	list, err := e.store.Ratings(ctx, programID, q)
	if err != nil {
		return nil, fmt.Errorf("read ratings: %w", err)
	}
	return list, nil
}
