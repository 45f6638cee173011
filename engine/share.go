package engine

import (
	"context"
	"crypto/subtle"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The notices of a shared card.
const (
	NoticeShareJoined NoticeKind = "share_joined" // to the card: Args is name, of whoever joined
	NoticeShareLeft   NoticeKind = "share_left"   // to the person whose share ended
)

// ShareTTL is how long an invitation to share a card works.
const ShareTTL = 48 * time.Hour

// tagLen is the length of a member's invitation tag, with which the token of a shared card begins.
const tagLen = 10

// ShareInvited is an invitation to share a card. The token is shown once, never kept, and works once; its deep-link payload is
// "h_" + Token.
type ShareInvited struct {
	Token string
	Until time.Time
}

// SharePerson is somebody who holds a card.
type SharePerson struct {
	Contact Contact
	Owner   bool // holds it by right, and not because somebody shared it
}

// ShareInvite makes an invitation to share a card, which takes the place of an earlier one. Only who owns the card invites, and only
// while there is room.
func (e *Engine) ShareInvite(ctx context.Context, programID, memberID, contactID string) (ShareInvited, error) {
	program, err := e.activeProgram(ctx, programID)
	if err != nil {
		return ShareInvited{}, err
	}
	member, people, err := e.sharers(ctx, e.store, program, memberID)
	if err != nil {
		return ShareInvited{}, err
	}
	if err := ownsCard(people, contactID); err != nil {
		return ShareInvited{}, err
	}
	if len(people) >= program.Settings.Sharing.People {
		return ShareInvited{}, fail(KindLimit, "share_full", "Max", program.Settings.Sharing.People)
	}
	if err := e.limit(ctx, "share:"+programID+":"+member.ID, 10, time.Hour, "too_many_codes"); err != nil {
		return ShareInvited{}, err
	}
	secret := e.newToken()
	invited := ShareInvited{Token: member.InviteTag + secret, Until: e.Now().Add(ShareTTL)}
	err = e.store.InTx(ctx, func(tx Tx) error {
		return tx.SetBookmark(ctx, programID, shareOpen(member.ID), tokenHash(secret)+" "+invited.Until.Format(time.RFC3339))
	})
	if err != nil {
		return ShareInvited{}, fmt.Errorf("keep invitation: %w", err)
	}
	return invited, nil
}

// The marks of sharing: the open invitation of a card, and that a contact holds a card because somebody shared it.
func shareOpen(memberID string) string  { return "share-open:" + memberID }
func shareMark(contactID string) string { return "share:" + contactID }

// ShareInput is a person accepting an invitation to share a card.
type ShareInput struct {
	ProgramID string
	ContactID string
	Token     string
	Language  string
	Text      string // id and version of the consent text that was shown
}

// JoinShared lets a contact hold the card it was invited to, beside those who hold it already. Who has a card has to give it up, or
// have the two made one, first. An invitation that is unknown, used or over is KindExpired; accepting it again is no error.
func (e *Engine) JoinShared(ctx context.Context, in ShareInput) (Member, error) {
	program, err := e.activeProgram(ctx, in.ProgramID)
	if err != nil {
		return Member{}, err
	}
	if err := e.limit(ctx, "share-try:"+in.ProgramID+":"+in.ContactID, codeTries, codeTryWindow, "too_many_codes"); err != nil {
		return Member{}, err
	}
	if len(in.Token) <= tagLen {
		return Member{}, fail(KindExpired, "share_over")
	}
	tag, secret := in.Token[:tagLen], in.Token[tagLen:]
	var member Member
	err = e.store.InTx(ctx, func(tx Tx) error {
		found, err := tx.MemberByInviteTag(ctx, program.ID, tag)
		if IsKind(err, KindNotFound) {
			return fail(KindExpired, "share_over")
		}
		if err != nil {
			return fmt.Errorf("find card: %w", err)
		}
		member, err = e.joinSharedIn(ctx, tx, program, in, found.ID, secret)
		return err
	})
	return member, err
}

// useShare checks the open invitation of a card and closes it. The card's account is locked, so that of two people one gets in.
func (e *Engine) useShare(ctx context.Context, tx Tx, programID, memberID, secret string) error {
	open, err := tx.Bookmark(ctx, programID, shareOpen(memberID))
	if err != nil {
		return fmt.Errorf("read invitation: %w", err)
	}
	hash, end, _ := strings.Cut(open, " ")
	until, err := time.Parse(time.RFC3339, end)
	if err != nil || !until.After(e.Now()) || subtle.ConstantTimeCompare([]byte(hash), []byte(tokenHash(secret))) != 1 {
		return fail(KindExpired, "share_over")
	}
	if err := tx.SetBookmark(ctx, programID, shareOpen(memberID), ""); err != nil {
		return fmt.Errorf("use invitation: %w", err)
	}
	return nil
}

func (e *Engine) joinSharedIn(ctx context.Context, tx Tx, program Program, in ShareInput, memberID, secret string) (Member, error) {
	m, _, err := lockMember(ctx, tx, program.ID, memberID)
	if err != nil {
		return Member{}, err
	}
	if m == nil {
		return Member{}, fail(KindNotFound, "member_not_found")
	}
	contact, err := tx.Contact(ctx, program.ID, in.ContactID)
	if err != nil {
		return Member{}, fmt.Errorf("read contact: %w", err)
	}
	switch {
	case contact.MemberID == m.ID:
		return *m, nil
	case contact.MemberID != "":
		return Member{}, fail(KindTaken, "share_has_card")
	case m.State != MemberActive:
		return Member{}, refuseState(m.State)
	}
	_, people, err := e.sharers(ctx, tx, program, m.ID)
	if err != nil {
		return Member{}, err
	}
	if err := e.useShare(ctx, tx, program.ID, m.ID, secret); err != nil {
		return Member{}, err
	}
	if len(people) >= program.Settings.Sharing.People {
		return Member{}, fail(KindLimit, "share_full", "Max", program.Settings.Sharing.People)
	}
	if err := tx.LinkContact(ctx, program.ID, contact.ID, m.ID, contact.StaffID); err != nil {
		return Member{}, fmt.Errorf("link contact: %w", err)
	}
	if err := tx.SetBookmark(ctx, program.ID, shareMark(contact.ID), m.ID); err != nil {
		return Member{}, fmt.Errorf("mark share: %w", err)
	}
	if err := tx.InsertConsent(ctx, Consent{ID: e.newID(), ProgramID: program.ID, MemberID: m.ID, Channel: contact.Address.Channel,
		Purpose: PurposeService, Given: true, Source: "share", Text: in.Text, Language: in.Language, At: e.Now()}); err != nil {
		return Member{}, fmt.Errorf("write consent: %w", err)
	}
	for _, p := range people {
		err := tx.Enqueue(ctx, e.notice(program.ID, "share:"+contact.ID+":"+e.newID(), toContact(p.Contact.ID), Notice{
			Kind: NoticeShareJoined, Args: map[string]any{"name": firstName(contact.Name)}}))
		if err != nil {
			return Member{}, fmt.Errorf("queue notice: %w", err)
		}
	}
	return *m, nil
}

// Sharers lists who holds a card, owners first.
func (e *Engine) Sharers(ctx context.Context, programID, memberID string) ([]SharePerson, error) {
	program, err := e.Program(ctx, programID)
	if err != nil {
		return nil, err
	}
	member, err := memberOf(ctx, e.store, programID, memberID)
	if err != nil {
		return nil, err
	}
	return sharePeople(ctx, e.store, program.ID, member.ID)
}

// sharers reads a card that can be shared and who holds it.
func (e *Engine) sharers(ctx context.Context, reads Reads, program Program, memberID string) (Member, []SharePerson, error) {
	if program.Settings.Sharing.People < 2 {
		return Member{}, nil, fail(KindForbidden, "share_off")
	}
	member, err := memberOf(ctx, reads, program.ID, memberID)
	if err != nil {
		return Member{}, nil, err
	}
	if err := refuseState(member.State); err != nil {
		return Member{}, nil, err
	}
	people, err := sharePeople(ctx, reads, program.ID, member.ID)
	return member, people, err
}

func sharePeople(ctx context.Context, reads Reads, programID, memberID string) ([]SharePerson, error) {
	contacts, err := reads.ContactsOf(ctx, programID, memberID, "")
	if err != nil {
		return nil, fmt.Errorf("read contacts: %w", err)
	}
	people := make([]SharePerson, len(contacts))
	for i, c := range contacts {
		mark, err := reads.Bookmark(ctx, programID, shareMark(c.ID))
		if err != nil {
			return nil, fmt.Errorf("read share: %w", err)
		}
		people[i] = SharePerson{Contact: c, Owner: mark == ""}
	}
	slices.SortStableFunc(people, func(a, b SharePerson) int {
		switch {
		case a.Owner == b.Owner:
			return 0
		case a.Owner:
			return -1
		}
		return 1
	})
	return people, nil
}

func ownsCard(people []SharePerson, contactID string) error {
	i := slices.IndexFunc(people, func(p SharePerson) bool { return p.Contact.ID == contactID })
	if i < 0 || !people[i].Owner {
		return fail(KindForbidden, "share_not_owner")
	}
	return nil
}

// EndShare ends a person's share in a card: the owner ends anybody's but an owner's, and everybody their own. The card and its points
// stay; the person may join anew.
func (e *Engine) EndShare(ctx context.Context, programID, memberID, byContactID, contactID string) error {
	return e.store.InTx(ctx, func(tx Tx) error {
		m, _, err := lockMember(ctx, tx, programID, memberID)
		if err != nil {
			return err
		}
		if m == nil {
			return fail(KindNotFound, "member_not_found")
		}
		people, err := sharePeople(ctx, tx, programID, m.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(people, func(p SharePerson) bool { return p.Contact.ID == contactID })
		switch {
		case i < 0:
			return nil // ended before
		case people[i].Owner:
			return fail(KindForbidden, "share_of_owner")
		}
		if byContactID != contactID {
			if err := ownsCard(people, byContactID); err != nil {
				return err
			}
		}
		if err := tx.LinkContact(ctx, programID, contactID, "", people[i].Contact.StaffID); err != nil {
			return fmt.Errorf("unlink contact: %w", err)
		}
		if err := tx.SetBookmark(ctx, programID, shareMark(contactID), ""); err != nil {
			return fmt.Errorf("unmark share: %w", err)
		}
		if err := tx.Enqueue(ctx, e.notice(programID, "share-end:"+e.newID(), toContact(contactID), Notice{Kind: NoticeShareLeft})); err != nil {
			return fmt.Errorf("queue notice: %w", err)
		}
		return nil
	})
}
