package storage

import (
	"context"
	"time"
)

// MembersAway implements [engine.DueReads], of cards that work and are part of no other.
func (r reads) MembersAway(ctx context.Context, programID string, from, before time.Time, after string, limit int) ([]string, error) {
	return many(ctx, r.q, "members away", scanText, `SELECT s.member_id FROM standing s JOIN member m ON m.program_id = s.program_id AND m.id = s.member_id
		WHERE s.program_id = $1 AND s.last_at >= $2 AND s.last_at < $3 AND s.member_id > $4 AND m.state = 'active' AND m.merged_into = ''
		ORDER BY s.member_id LIMIT $5`, programID, from, before, after, limit)
}

// MembersWithTierDue implements [engine.DueReads], but for those who have left or are part of another.
func (r reads) MembersWithTierDue(ctx context.Context, programID string, by time.Time, after string, limit int) ([]string, error) {
	return many(ctx, r.q, "tiers", scanText, `SELECT s.member_id FROM standing s JOIN member m ON m.program_id = s.program_id AND m.id = s.member_id
		WHERE s.program_id = $1 AND s.tier <> '' AND s.tier_until <= $2 AND s.member_id > $3 AND m.state <> 'erased' AND m.merged_into = ''
		ORDER BY s.member_id LIMIT $4`, programID, by, after, limit)
}

// The lots that begin and those that end. A lot that could be spent at once does not become active.
const (
	lotsActivating = `SELECT DISTINCT account_id FROM lot
		WHERE program_id = $1 AND open AND active_from > earned_at AND active_from > $2 AND active_from <= $3 AND account_id > $4
		ORDER BY account_id LIMIT $5`
	lotsEnding = `SELECT DISTINCT account_id FROM lot
		WHERE program_id = $1 AND open AND expires_at > $2 AND expires_at <= $3 AND account_id > $4
		ORDER BY account_id LIMIT $5`
)

// AccountsWithLots implements [engine.DueReads].
func (r reads) AccountsWithLots(ctx context.Context, programID string, activating bool, from, to time.Time, after string, limit int) ([]string, error) {
	sql := lotsEnding
	if activating {
		sql = lotsActivating
	}
	return many(ctx, r.q, "accounts", scanText, sql, programID, from, to, after, limit)
}
