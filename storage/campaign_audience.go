package storage

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/engine/segment"
)

// The parts of an audience.
const (
	partTo   = "to"
	partHeld = "held"
)

// ReadAudience implements [engine.Audience]. All is done on sets of places: in a large program those come out of columns.
func (s *Store) ReadAudience(ctx context.Context, f engine.Freeze) (a engine.FrozenAudience, err error) {
	matched, err := s.audienceBits(ctx, f.Program, f.Expr, f.Day)
	if err != nil {
		return a, fmt.Errorf("read audience: %w", err)
	}
	agreed, err := s.audienceBits(ctx, f.Program, segment.Cond{Fact: "consent"}, f.Day)
	if err != nil {
		return a, fmt.Errorf("read audience: %w", err)
	}
	reached, err := s.audienceBits(ctx, f.Program, segment.Reached(f.Channels...), f.Day)
	if err != nil {
		return a, fmt.Errorf("read audience: %w", err)
	}
	capped, err := s.cappedPlaces(ctx, f)
	if err != nil {
		return a, fmt.Errorf("read audience: %w", err)
	}
	return sortPlaces(matched, agreed, reached, capped, f.Held), nil
}

// sortPlaces tells of those who matched who is left out for what, each under the first reason that holds, and who is to be told. It uses up the first set.
func sortPlaces(matched, agreed, reached, capped bitset, isHeld func(no int64) bool) (a engine.FrozenAudience) {
	a.Sizes.Matched = matched.Count()
	left := func(set bitset) (n int) { // takes out who is not in the set
		before := matched.Count()
		matched.And(set)
		return before - matched.Count()
	}
	a.Sizes.NoConsent, a.Sizes.Unreachable = left(agreed), left(reached)
	a.Sizes.Capped = matched.Count()
	matched.AndNot(capped)
	a.Sizes.Capped -= matched.Count()
	held := newBitset(len(matched) * wordBits)
	for no := range matched.From(0) {
		if isHeld(no) {
			held.Set(no)
		}
	}
	matched.AndNot(held)
	a.Sizes.Held, a.Sizes.To = held.Count(), matched.Count()
	a.To, _ = matched.MarshalBinary()
	a.Held, _ = held.MarshalBinary() // neither fails
	return a
}

// AudienceReach implements [engine.Audience].
func (s *Store) AudienceReach(ctx context.Context, f engine.Freeze, a engine.FrozenAudience, limit int) (r engine.Reach, err error) {
	var to, any, several bitset
	if err := to.UnmarshalBinary(a.To); err != nil {
		return r, fmt.Errorf("read audience: %w", err)
	}
	by := map[string]bitset{}
	for _, channel := range f.Channels {
		reached, err := s.audienceBits(ctx, f.Program, segment.Reached(channel), f.Day)
		if err != nil {
			return r, fmt.Errorf("read audience: %w", err)
		}
		reached.And(to)
		by[channel] = reached
		again := slices.Clone(reached)
		again.And(any)
		several.Or(again)
		any.Or(reached)
	}
	r.Only, r.Several = map[string]int{}, several.Count()
	for channel, reached := range by {
		reached.AndNot(several)
		if n := reached.Count(); n > 0 {
			r.Only[channel] = n
		}
	}
	some := make([]int64, 0, min(limit, r.Several))
	for no := range several.From(0) {
		if len(some) == limit {
			break
		}
		some = append(some, no)
	}
	r.Some, err = s.recipients(ctx, f.Program.ID, some)
	return r, err
}

// PutAudience implements [engine.CampaignWrites].
func (w *writes) PutAudience(ctx context.Context, programID, campaignID string, a engine.FrozenAudience) error {
	for _, part := range []struct {
		name   string
		places []byte
	}{{partTo, a.To}, {partHeld, a.Held}} {
		_, err := exec(ctx, w.q, "freeze audience", `INSERT INTO campaign_audience (program_id, campaign_id, part, places) VALUES ($1, $2, $3, $4)
			ON CONFLICT (program_id, campaign_id, part) DO UPDATE SET places = excluded.places`, programID, campaignID, part.name, part.places)
		if err != nil {
			return err
		}
	}
	return nil
}

// cappedPlaces is who had as many messages as one may have.
func (r reads) cappedPlaces(ctx context.Context, f engine.Freeze) (capped bitset, err error) {
	if f.Cap == 0 {
		return nil, nil
	}
	rows, err := many(ctx, r.q, "deliveries", scanNumber, `SELECT no FROM delivery WHERE program_id = $1 AND sent_at > $2 GROUP BY no HAVING count(*) >= $3`,
		f.Program.ID, f.Since, f.Cap)
	for _, no := range rows {
		capped.Set(no)
	}
	return capped, err
}

func scanNumber(row pgx.Row) (n int64, err error) {
	err = row.Scan(&n)
	return n, err
}

// audiencePart reads a part of a frozen audience, empty when there is none.
func (r reads) audiencePart(ctx context.Context, programID, campaignID, part string) (places bitset, err error) {
	var raw []byte
	err = r.q.QueryRow(ctx, `SELECT places FROM campaign_audience WHERE program_id = $1 AND campaign_id = $2 AND part = $3`, programID, campaignID, part).Scan(&raw)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read audience: %w", err)
	}
	if err := places.UnmarshalBinary(raw); err != nil {
		return nil, fmt.Errorf("read audience of %s: %w", campaignID, err)
	}
	return places, nil
}

// AudienceHas implements [engine.CampaignReads].
func (r reads) AudienceHas(ctx context.Context, programID, campaignID string, held bool) (func(no int64) bool, error) {
	part := partTo
	if held {
		part = partHeld
	}
	places, err := r.audiencePart(ctx, programID, campaignID, part)
	return places.Has, err
}

// AudienceAfter implements [engine.CampaignWrites].
func (w *writes) AudienceAfter(ctx context.Context, programID, campaignID string, after int64, limit int) ([]engine.Recipient, error) {
	places, err := w.audiencePart(ctx, programID, campaignID, partTo)
	if err != nil {
		return nil, err
	}
	next := make([]int64, 0, limit)
	for no := range places.From(after + 1) {
		if len(next) == limit {
			break
		}
		next = append(next, no)
	}
	return w.recipients(ctx, programID, next)
}

// recipients reads who is at some places, and how they can be reached, in the order of places.
func (r reads) recipients(ctx context.Context, programID string, places []int64) ([]engine.Recipient, error) {
	if len(places) == 0 {
		return nil, nil
	}
	all, err := many(ctx, r.q, "recipients", func(row pgx.Row) (x engine.Recipient, err error) {
		err = row.Scan(&x.No, &x.MemberID, &x.Zone)
		return x, err
	}, `SELECT t.no, t.member_id, COALESCE(l.zone, '') FROM trait t JOIN member m ON m.program_id = $1 AND m.id = t.member_id
			LEFT JOIN location l ON l.program_id = $1 AND l.id = m.joined_at_location
		WHERE t.program_id = $1 AND t.no = ANY($2) ORDER BY t.no`, programID, places)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(all))
	for i := range all {
		ids[i] = all[i].MemberID
	}
	ways, err := r.Ways(ctx, programID, ids)
	for i := range all {
		all[i].Ways = ways[all[i].MemberID]
	}
	return all, err
}

// Ways implements [engine.CampaignReads].
func (r reads) Ways(ctx context.Context, programID string, ids []string) (map[string][]engine.Way, error) {
	rows, err := many(ctx, r.q, "consents", scanItem, agreedQuery, programID, ids)
	if err != nil {
		return nil, err
	}
	agreed := map[[2]string]bool{} // member and channel
	for _, row := range rows {
		agreed[[2]string{row.whose, row.what}] = row.n == 1
	}
	type found struct {
		member string
		engine.Way
	}
	ways, err := many(ctx, r.q, "contacts", func(row pgx.Row) (f found, err error) {
		err = row.Scan(&f.member, &f.ContactID, &f.Address.Channel, &f.Address.Sender, &f.Address.UserID, &f.Seen)
		return f, err
	}, `SELECT member_id, id, channel, sender, user_id, seen_at FROM contact WHERE program_id = $1 AND member_id = ANY($2) AND member_id <> '' AND blocked_at IS NULL
		ORDER BY seen_at DESC, id DESC`, programID, ids)
	of := make(map[string][]engine.Way, len(ids))
	for _, f := range ways {
		if agreed[[2]string{f.member, f.Address.Channel}] {
			of[f.member] = append(of[f.member], f.Way)
		}
	}
	return of, err
}
