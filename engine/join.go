package engine

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"kartka/engine/campaign"
	"kartka/engine/cardcode"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// JoinInput is a person asking for a card.
type JoinInput struct {
	ProgramID  string
	ContactID  string // "" for a card made at the counter or by import
	Name       string
	Phone      Phone // proved by the platform, or ""
	Proof      Proof
	Language   string
	Source     string
	InviteTag  string // of the member whose link was followed
	LocationID string
	Marketing  bool   // opted in; never pre-ticked
	Channel    string // of the consents
	Text       string // id and version of the consent text that was shown
	Quiet      bool   // no notices: imports and the demo's history
	At         time.Time
}

// Joined is a new card, or the one the person has already.
type Joined struct {
	Member  Member
	Welcome money.Points // given now; a welcome that comes with the first purchase is not
	Bonus   money.Points // by rules for joining
	Coupons []string     // by rules for joining; ids
	Balance Balance
	Existed bool
}

// Join gives a person a card: member, account, consents, the welcome bonus and what rules give for joining, in one transaction. Asking
// again gives the card there is. A phone that was taken off another card lately brings no gifts, for its new owner may be the old one.
func (e *Engine) Join(ctx context.Context, in JoinInput) (Joined, error) {
	program, err := e.activeProgram(ctx, in.ProgramID)
	if err != nil {
		return Joined{}, err
	}
	var joined Joined
	for range 5 { // a card number of eight random digits may be taken
		err = e.store.InTx(ctx, func(tx Tx) error {
			joined, err = e.joinIn(ctx, tx, program, in)
			return err
		})
		if !IsKind(err, KindTaken) || isID(err, "phone_taken") {
			break
		}
	}
	return joined, err
}

func isID(err error, id string) bool {
	e, ok := err.(*Error)
	return ok && e.ID == id
}

func (e *Engine) joinIn(ctx context.Context, tx Tx, program Program, in JoinInput) (Joined, error) {
	now := e.Now()
	if !in.At.IsZero() {
		now = in.At.UTC().Truncate(time.Microsecond)
	}
	var contact Contact
	var err error
	if in.ContactID != "" {
		if contact, err = tx.Contact(ctx, program.ID, in.ContactID); err != nil {
			return Joined{}, fmt.Errorf("read contact: %w", err)
		}
		if contact.MemberID != "" {
			return e.joinedAlready(ctx, tx, program, contact.MemberID)
		}
	}
	if in.Phone != "" {
		if err := refusePhoneTaken(ctx, tx, program.ID, "", in.Phone); err != nil {
			return Joined{}, err
		}
	}
	inviter, err := inviterOf(ctx, tx, program.ID, in.InviteTag, in.Phone)
	if err != nil {
		return Joined{}, err
	}
	m := Member{
		ID: e.newID(), ProgramID: program.ID, AccountID: e.newID(), Card: e.newCard(), Token: e.newToken(), InviteTag: e.newTag(),
		Name: strings.TrimSpace(in.Name), Phone: in.Phone, Proof: in.Proof, Language: in.Language, State: MemberActive, Source: in.Source,
		InviterID: inviter, JoinedAt: now, JoinedAtLocation: in.LocationID,
	}
	if err := tx.InsertMember(ctx, m); err != nil {
		return Joined{}, err
	}
	if in.ContactID != "" {
		if err := tx.LinkContact(ctx, program.ID, in.ContactID, m.ID, contact.StaffID); err != nil {
			return Joined{}, fmt.Errorf("link contact: %w", err)
		}
	}
	for purpose, given := range map[Purpose]bool{PurposeService: true, PurposeMarketing: in.Marketing} {
		c := Consent{ID: e.newID(), ProgramID: program.ID, MemberID: m.ID, Channel: in.Channel, Purpose: purpose, Given: given,
			Source: "join", Text: in.Text, Language: in.Language, At: now}
		if err := tx.InsertConsent(ctx, c); err != nil {
			return Joined{}, fmt.Errorf("write consent: %w", err)
		}
	}
	joined, err := e.joinGifts(ctx, tx, program, m, in, now)
	if err != nil {
		return joined, err
	}
	if !in.Quiet {
		if err := happened(ctx, tx, program.ID, m.ID, campaign.Happening{Event: campaign.EventJoined, ID: m.ID, At: now}); err != nil {
			return joined, err
		}
	}
	if inviter == "" {
		return joined, nil
	}
	if program.Settings.Referral.On {
		f := Referral{ProgramID: program.ID, FriendID: m.ID, InviterID: inviter, State: ReferralJoined, At: now}
		if err := tx.PutReferral(ctx, f); err != nil {
			return joined, fmt.Errorf("write referral: %w", err)
		}
	}
	if in.Quiet {
		return joined, nil
	}
	if err := happened(ctx, tx, program.ID, inviter, campaign.Happening{Event: campaign.EventFriendJoined, ID: m.ID, At: now}); err != nil {
		return joined, err
	}
	return joined, tx.Enqueue(ctx, e.notice(program.ID, "friend:"+m.ID, toMember(inviter), Notice{Kind: NoticeFriend, Args: map[string]any{"name": firstName(m.Name)}}))
}

func (e *Engine) joinedAlready(ctx context.Context, tx Tx, program Program, memberID string) (Joined, error) {
	m, err := tx.Member(ctx, program.ID, memberID)
	if err != nil {
		return Joined{}, fmt.Errorf("read member: %w", err)
	}
	account, err := tx.Account(ctx, program.ID, m.AccountID)
	if err != nil {
		return Joined{}, fmt.Errorf("read account: %w", err)
	}
	return Joined{Member: m, Balance: BalanceOf(&account, e.Now()), Existed: true}, nil
}

// joinGifts gives the welcome bonus and what rules promise for joining.
func (e *Engine) joinGifts(ctx context.Context, tx Tx, program Program, m Member, in JoinInput, now time.Time) (Joined, error) {
	if m.Phone != "" {
		resting, err := tx.NumberResting(ctx, program.ID, m.Phone, now)
		if err != nil {
			return Joined{}, fmt.Errorf("look phone up: %w", err)
		}
		if resting {
			return Joined{Member: m}, nil
		}
	}
	account := ledger.Account{ID: m.AccountID}
	joined := Joined{Member: m}
	var err error
	if welcome := program.Settings.Welcome; welcome.Points > 0 && !welcome.WithPurchase {
		if joined, account, err = e.welcome(ctx, tx, program, m, account, now); err != nil {
			return joined, err
		}
	}
	given, notice, err := e.joinRules(ctx, tx, program, m, account, in.channel(), now)
	if err != nil || given.PostingID == "" {
		return joined, err
	}
	joined.Bonus, joined.Coupons, joined.Balance = given.Earned, given.Coupons, given.Balance
	if notice == nil || in.Quiet {
		return joined, nil
	}
	if err := tx.Enqueue(ctx, *notice); err != nil {
		return joined, fmt.Errorf("queue notice: %w", err)
	}
	return joined, nil
}

// channel is where the person joins, as of a sale's source.
func (in *JoinInput) channel() string {
	switch {
	case in.ContactID != "":
		return "bot"
	case in.Quiet:
		return "import"
	}
	return "till"
}

// welcome credits the bonus for joining and returns the account as it is then.
func (e *Engine) welcome(ctx context.Context, tx Tx, program Program, m Member, account ledger.Account, now time.Time) (Joined, ledger.Account, error) {
	joined := Joined{Member: m, Welcome: program.Settings.Welcome.Points}
	_, expires := program.Settings.LotLife(now, 0, program.Settings.Welcome.Days, nil)
	plan, err := account.Credit(ledger.Lot{ID: e.newID(), Points: joined.Welcome, ActiveFrom: now, EarnedAt: now,
		ExpiresAt: expires, Kind: ledger.KindWelcome}, ledger.ContraEarn)
	if err != nil {
		return joined, account, fmt.Errorf("plan welcome bonus: %w", err)
	}
	after := account.Apply(plan)
	joined.Balance = BalanceOf(&after, now)
	key := "welcome:" + m.ID
	posting := Posting{
		ID: e.newID(), ProgramID: program.ID, Kind: ledger.KindWelcome, Key: key, Hash: key, MemberID: m.ID, AccountID: m.AccountID,
		LocationID: m.JoinedAtLocation, Version: program.Version, Points: joined.Welcome, Earned: joined.Welcome, Balance: after.Balance(),
		Reasons: []rules.Effect{{Rule: "welcome", State: rules.Applied, Points: int64(joined.Welcome), Reason: rules.Reason{
			ID: "welcome", Args: map[string]int64{rules.ArgPoints: int64(joined.Welcome)}}}},
		OccurredAt: now, RecordedAt: now,
	}
	posting.Answer, err = json.Marshal(Posted{PostingID: posting.ID, MemberID: m.ID, Earned: joined.Welcome, Expires: expires, Balance: joined.Balance, At: now, Effects: posting.Reasons})
	if err != nil {
		return joined, account, fmt.Errorf("remember answer: %w", err)
	}
	if err := tx.InsertPosting(ctx, posting, plan); err != nil {
		return joined, account, fmt.Errorf("write welcome bonus: %w", err)
	}
	return joined, after, nil
}

// inviterOf finds the member behind an invitation; an unknown or ended one is no reason to refuse a card, and nor is one's own: a
// second card of the same phone was not brought by anybody.
func inviterOf(ctx context.Context, tx Tx, programID, tag string, phone Phone) (string, error) {
	if tag == "" {
		return "", nil
	}
	m, err := tx.MemberByInviteTag(ctx, programID, tag)
	switch {
	case IsKind(err, KindNotFound):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("find inviter: %w", err)
	case m.State != MemberActive, phone != "" && m.Phone == phone:
		return "", nil
	}
	return m.ID, nil
}

// refusePhoneTaken makes sure that a proved number identifies one card only.
func refusePhoneTaken(ctx context.Context, reads PeopleReads, programID, memberID string, phone Phone) error {
	others, err := reads.MembersByPhone(ctx, programID, phone)
	if err != nil {
		return fmt.Errorf("find members by phone: %w", err)
	}
	for _, m := range others {
		if m.ID != memberID && m.State != MemberErased && (m.Proof == ProofPlatform || m.Proof == ProofOTP) {
			return fail(KindTaken, "phone_taken")
		}
	}
	return nil
}

// newCard draws a card number.
func (e *Engine) newCard() string {
	var b [8]byte
	e.random(b[:])
	return string(cardcode.NewAlias(binary.BigEndian.Uint64(b[:])))
}

// newToken draws the opaque token of a card's deep link.
func (e *Engine) newToken() string {
	var b [16]byte
	e.random(b[:])
	return cardcode.NewToken(b)
}

// newTag draws the tag of a member's invitations: short, because people read it.
func (e *Engine) newTag() string {
	const letters = "23456789abcdefghjkmnpqrstuvwxyz"
	var b [10]byte
	e.random(b[:])
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	return string(b[:])
}

func firstName(name string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(name), " ")
	return first
}
