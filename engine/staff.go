package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// How long invitations and the claim link of a new program work.
const (
	InviteTTL = 48 * time.Hour
	ClaimTTL  = 7 * 24 * time.Hour
)

// Invited is an invitation with its token, which is shown once and never kept.
type Invited struct {
	Invite Invite
	Token  string // the deep-link payload is "s_" + Token
}

func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// InviteStaff makes a single-use invitation. Managers invite cashiers and marketers, owners anybody.
func (e *Engine) InviteStaff(ctx context.Context, programID, byStaffID string, role Role, locationID string) (Invited, error) {
	by, err := e.store.Staff(ctx, programID, byStaffID)
	if err != nil {
		return Invited{}, fmt.Errorf("read staff: %w", err)
	}
	if by.Disabled || !by.Role.Manages() || (by.Role != RoleOwner && role.Manages()) {
		return Invited{}, fail(KindForbidden, "not_allowed")
	}
	return e.invite(ctx, programID, byStaffID, role, locationID, InviteTTL)
}

// ClaimLink makes the one-time invitation that makes its user an owner. It is for the operator's eyes only.
func (e *Engine) ClaimLink(ctx context.Context, programID string) (Invited, error) {
	return e.invite(ctx, programID, "", RoleOwner, "", ClaimTTL)
}

// OperatorInvite makes an invitation from the command line, for any role.
func (e *Engine) OperatorInvite(ctx context.Context, programID string, role Role, locationID string) (Invited, error) {
	return e.invite(ctx, programID, "", role, locationID, InviteTTL)
}

func (e *Engine) invite(ctx context.Context, programID, by string, role Role, locationID string, ttl time.Duration) (Invited, error) {
	now := e.Now()
	token := e.newToken()
	i := Invite{ID: e.newID(), ProgramID: programID, TokenHash: tokenHash(token), Role: role, LocationID: locationID, CreatedBy: by,
		CreatedAt: now, ExpiresAt: now.Add(ttl)}
	err := e.store.InTx(ctx, func(tx Tx) error {
		if err := tx.InsertInvite(ctx, i); err != nil {
			return fmt.Errorf("write invite: %w", err)
		}
		return tx.InsertAudit(ctx, e.audit(programID, by, "invite_made", i.ID, map[string]any{"role": role}))
	})
	return Invited{Invite: i, Token: token}, err
}

// AcceptInvite makes a contact a member of staff. A used or ended invitation is KindExpired; the same contact accepting its
// own again gets the staff it is.
func (e *Engine) AcceptInvite(ctx context.Context, programID, contactID, token, language string) (Staff, error) {
	invite, err := e.store.InviteByHash(ctx, programID, tokenHash(token))
	if IsKind(err, KindNotFound) {
		return Staff{}, fail(KindNotFound, "invite_unknown")
	}
	if err != nil {
		return Staff{}, fmt.Errorf("read invite: %w", err)
	}
	var staff Staff
	err = e.store.InTx(ctx, func(tx Tx) error {
		contact, err := tx.Contact(ctx, programID, contactID)
		if err != nil {
			return fmt.Errorf("read contact: %w", err)
		}
		if contact.StaffID != "" && contact.StaffID == invite.UsedBy {
			staff, err = tx.Staff(ctx, programID, contact.StaffID)
			return err
		}
		staff, err = e.acceptIn(ctx, tx, contact, invite, language)
		return err
	})
	return staff, err
}

func (e *Engine) acceptIn(ctx context.Context, tx Tx, contact Contact, invite Invite, language string) (Staff, error) {
	now := e.Now()
	staff := Staff{ID: e.newID(), ProgramID: invite.ProgramID, Role: invite.Role, Name: contact.Name, Language: language,
		LocationID: invite.LocationID, InvitedBy: invite.CreatedBy, CreatedAt: now}
	if contact.StaffID != "" { // works here already: the invitation changes the role
		old, err := tx.Staff(ctx, invite.ProgramID, contact.StaffID)
		if err != nil {
			return Staff{}, fmt.Errorf("read staff: %w", err)
		}
		if old.Role == RoleOwner && !old.Disabled && invite.Role != RoleOwner {
			return Staff{}, fail(KindForbidden, "invite_for_owner")
		}
		old.Role, old.Disabled = invite.Role, false
		if invite.LocationID != "" {
			old.LocationID = invite.LocationID
		}
		staff = old
	}
	if staff.LocationID == "" {
		places, err := tx.Locations(ctx, invite.ProgramID)
		if err != nil {
			return Staff{}, fmt.Errorf("read locations: %w", err)
		}
		if len(places) == 1 {
			staff.LocationID = places[0].ID
		}
	}
	if err := tx.UseInvite(ctx, invite.ProgramID, invite.ID, staff.ID, now); err != nil {
		if IsKind(err, KindExpired) {
			return Staff{}, fail(KindExpired, "invite_over")
		}
		return Staff{}, fmt.Errorf("use invite: %w", err)
	}
	write := tx.InsertStaff
	if contact.StaffID != "" {
		write = tx.UpdateStaff
	}
	if err := write(ctx, staff); err != nil {
		return Staff{}, fmt.Errorf("write staff: %w", err)
	}
	if err := tx.LinkContact(ctx, invite.ProgramID, contact.ID, contact.MemberID, staff.ID); err != nil {
		return Staff{}, fmt.Errorf("link contact: %w", err)
	}
	if err := tx.InsertAudit(ctx, e.audit(invite.ProgramID, staff.ID, "invite_used", invite.ID, map[string]any{"role": staff.Role})); err != nil {
		return Staff{}, fmt.Errorf("write audit: %w", err)
	}
	if invite.CreatedBy == "" {
		return staff, nil
	}
	return staff, tx.Enqueue(ctx, e.notice(invite.ProgramID, "joined:"+invite.ID, toStaff(invite.CreatedBy), Notice{
		Kind: NoticeStaffJoined, Args: map[string]any{"name": staff.Name, "role": string(staff.Role)}}))
}

// DismissStaff ends a person's access at once. Owners cannot be dismissed but by the operator.
func (e *Engine) DismissStaff(ctx context.Context, programID, byStaffID, staffID string) error {
	return e.store.InTx(ctx, func(tx Tx) error {
		staff, err := tx.Staff(ctx, programID, staffID)
		if err != nil {
			return fmt.Errorf("read staff: %w", err)
		}
		if byStaffID != "" {
			by, err := tx.Staff(ctx, programID, byStaffID)
			if err != nil {
				return fmt.Errorf("read staff: %w", err)
			}
			if by.Disabled || !by.Role.Manages() || staff.Role == RoleOwner || (staff.Role == RoleManager && by.Role != RoleOwner) {
				return fail(KindForbidden, "not_allowed")
			}
		}
		if staff.Disabled {
			return nil
		}
		staff.Disabled = true
		if err := tx.UpdateStaff(ctx, staff); err != nil {
			return fmt.Errorf("write staff: %w", err)
		}
		if err := tx.InsertAudit(ctx, e.audit(programID, byStaffID, "staff_dismissed", staffID, nil)); err != nil {
			return fmt.Errorf("write audit: %w", err)
		}
		return tx.Enqueue(ctx, e.notice(programID, "left:"+e.newID(), toStaff(staffID), Notice{Kind: NoticeStaffLeft}))
	})
}

// SetPlace remembers where a member of staff works.
func (e *Engine) SetPlace(ctx context.Context, programID, staffID, locationID string) (Staff, error) {
	var staff Staff
	err := e.store.InTx(ctx, func(tx Tx) (err error) {
		if _, err = tx.Location(ctx, programID, locationID); err != nil {
			return fmt.Errorf("read location: %w", err)
		}
		if staff, err = tx.Staff(ctx, programID, staffID); err != nil {
			return fmt.Errorf("read staff: %w", err)
		}
		staff.LocationID = locationID
		return tx.UpdateStaff(ctx, staff)
	})
	return staff, err
}

// Today sums up the day so far: of one member of staff, or of a location, or of all.
func (e *Engine) Today(ctx context.Context, programID, staffID, locationID string) (Totals, error) {
	program, err := e.Program(ctx, programID)
	if err != nil {
		return Totals{}, err
	}
	from, to := program.Settings.Day(e.Now())
	totals, err := e.store.DayTotals(ctx, programID, staffID, locationID, from, to)
	if err != nil {
		return Totals{}, fmt.Errorf("read totals: %w", err)
	}
	return totals, nil
}

func (e *Engine) audit(programID, staffID, act, subject string, detail map[string]any) Audit {
	return Audit{ID: e.newID(), ProgramID: programID, StaffID: staffID, Act: act, Subject: subject, Detail: detail, At: e.Now()}
}

// AddLocation adds a place where a program sells.
func (e *Engine) AddLocation(ctx context.Context, programID, byStaffID, name, zone string) (Location, error) {
	name = strings.TrimSpace(name)
	if name == "" || len([]rune(name)) > 64 {
		return Location{}, fail(KindInvalid, "location_name")
	}
	if zone != "" {
		if _, err := time.LoadLocation(zone); err != nil {
			return Location{}, &Error{Kind: KindInvalid, ID: "zone_unknown", Err: err}
		}
	}
	l := Location{ID: e.newID(), ProgramID: programID, Name: name, Code: e.newTag()[:6], Zone: zone, CreatedAt: e.Now()}
	err := e.store.InTx(ctx, func(tx Tx) error {
		if err := tx.InsertLocation(ctx, l); err != nil {
			return fmt.Errorf("write location: %w", err)
		}
		return tx.InsertAudit(ctx, e.audit(programID, byStaffID, "location_added", l.ID, map[string]any{"name": name}))
	})
	return l, err
}
