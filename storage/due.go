package storage

import (
	"context"
	"time"
)

// Whom a day concerns, walking over the accounts of members: neither the last visit nor the end of a tier is in an index.
const (
	membersAway = `SELECT a.member_id FROM account a JOIN member m ON m.program_id = a.program_id AND m.id = a.member_id
		WHERE a.program_id = $1 AND a.last_at >= $2 AND a.last_at < $3 AND a.member_id > $4 AND a.member_id <> ''
			AND m.state = 'active' AND m.merged_into = ''
		ORDER BY a.member_id LIMIT $5`
	membersWithTierDue = `SELECT a.member_id FROM account a JOIN member m ON m.program_id = a.program_id AND m.id = a.member_id
		WHERE a.program_id = $1 AND a.tier <> '' AND a.tier_until <= $2 AND a.member_id > $3 AND a.member_id <> ''
			AND m.state <> 'erased' AND m.merged_into = ''
		ORDER BY a.member_id LIMIT $4`
)

// MembersAway implements [engine.DueReads], of cards that work and are part of no other.
func (r reads) MembersAway(ctx context.Context, programID string, from, before time.Time, after string, limit int) ([]string, error) {
	return many(ctx, r.q, "members away", scanText, membersAway, programID, from, before, after, limit)
}

// MembersWithTierDue implements [engine.DueReads], but for those who have left or are part of another.
func (r reads) MembersWithTierDue(ctx context.Context, programID string, by time.Time, after string, limit int) ([]string, error) {
	return many(ctx, r.q, "tiers", scanText, membersWithTierDue, programID, by, after, limit)
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
