package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a member's tags.
const (
	maxTags   = 20
	maxTagLen = 32 // characters
)

// TagsInput says by which tags the shop knows a member.
type TagsInput struct {
	ProgramID string
	MemberID  string
	Tags      []string // 1 to 32 characters each, at most twenty; kept in lower case
	StaffID   string   // a manager, an owner or a marketer; "" = the operator
}

// SetTags replaces a member's tags, which rules may ask about. Staff may not change those of the own card, and every change is written in
// the audit log. It returns the tags as they are kept: in order, each once.
func (e *Engine) SetTags(ctx context.Context, in TagsInput) ([]string, error) {
	tags, err := cleanTags(in.Tags)
	if err != nil {
		return nil, err
	}
	err = e.store.InTx(ctx, func(tx Tx) error {
		m, _, err := lockMember(ctx, tx, in.ProgramID, in.MemberID)
		if err != nil {
			return err
		}
		if m == nil || m.State == MemberErased {
			return fail(KindNotFound, "member_not_found")
		}
		if err := checkTagger(ctx, tx, in.ProgramID, in.StaffID, m.ID); err != nil {
			return err
		}
		standing, err := tx.Standing(ctx, in.ProgramID, m.ID, StandingQuery{})
		if err != nil {
			return fmt.Errorf("read standing: %w", err)
		}
		if slices.Equal(standing.Tags, tags) {
			return nil
		}
		if err := tx.SetTags(ctx, in.ProgramID, m.ID, tags); err != nil {
			return fmt.Errorf("write tags: %w", err)
		}
		err = tx.InsertAudit(ctx, e.audit(in.ProgramID, in.StaffID, "tags_set", m.ID, map[string]any{"tags": tags, "before": standing.Tags}))
		if err != nil {
			return fmt.Errorf("write audit: %w", err)
		}
		return nil
	})
	return tags, err
}

func checkTagger(ctx context.Context, tx Tx, programID, staffID, memberID string) error {
	if err := checkMarketer(ctx, tx, programID, staffID); err != nil || staffID == "" {
		return err
	}
	return refuseOwnCard(ctx, tx, programID, staffID, memberID)
}

// cleanTags puts tags in order and refuses what is none.
func cleanTags(tags []string) ([]string, error) {
	clean := make([]string, 0, len(tags))
	for _, tag := range tags {
		tag = strings.ToLower(strings.TrimSpace(tag))
		if n := utf8.RuneCountInString(tag); n == 0 || n > maxTagLen || strings.ContainsFunc(tag, unicode.IsControl) {
			return nil, fail(KindInvalid, "tag_invalid", "Max", maxTagLen)
		}
		clean = append(clean, tag)
	}
	slices.Sort(clean)
	if clean = slices.Compact(clean); len(clean) > maxTags {
		return nil, fail(KindInvalid, "tags_too_many", "Max", maxTags)
	}
	return clean, nil
}
