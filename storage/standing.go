package storage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// standingRow is a row of [standingQuery], and of the parts of [personQuery] that are about a member's standing.
type standingRow struct {
	part           string
	t1, t2, t3     string
	n1, n2, n3, n4 int64
	at1, at2       *time.Time
}

func scanStandingRow(row pgx.Row) (s standingRow, err error) {
	err = row.Scan(&s.part, &s.t1, &s.t2, &s.t3, &s.n1, &s.n2, &s.n3, &s.n4, &s.at1, &s.at2)
	return s, err
}

// standingQuery reads what rules ask about a member with one statement. Each row is one thing, and its part says which. The
// first branch has columns of every type, which decides the types of the whole.
//
//	part      t1        t2      t3      n1      n2       n3      n4         at1     at2
//	standing  tags                      visits  spent    earned  referrals  first   last
//	tier      id                        by hand grace    warned             since   until
//	member    birthday                                                      joined  birthday changed
//	window                              visits  spent    earned
//	stamp     card                      count   done
//	coupon    id        kind    state                                       from    expires
//	counter   of what   period  member  times   points   amount             last
//
// The window begins with the day $3. What it came to is the sum of both rows: most shops have no tiers that look back over days, and the visits
// are in the postings; the others keep days apart.
const standingQuery = `
SELECT 'standing' AS part, a.tags AS t1, '' AS t2, '' AS t3, a.visits AS n1, a.spent AS n2, a.earned AS n3, a.referrals AS n4, a.first_at AS at1, a.last_at AS at2
FROM account a WHERE a.program_id = $1 AND a.member_id = $2 AND a.member_id <> ''
UNION ALL
SELECT 'tier', a.tier, '', '', CASE WHEN a.tier_by_hand THEN 1 ELSE 0 END, CASE WHEN a.tier_grace THEN 1 ELSE 0 END,
	CASE WHEN a.tier_warned THEN 1 ELSE 0 END, 0, a.tier_since, a.tier_until
FROM account a WHERE a.program_id = $1 AND a.member_id = $2 AND a.member_id <> ''
UNION ALL
SELECT 'member', COALESCE(p.birthday, ''), '', '', 0, 0, 0, 0, m.joined_at, p.birthday_changed_at
FROM member m LEFT JOIN profile p ON p.program_id = m.program_id AND p.member_id = m.id
WHERE m.program_id = $1 AND m.id = $2
UNION ALL
SELECT 'window', '', '', '', CAST(COALESCE(sum(d.visits), 0) AS bigint), CAST(COALESCE(sum(d.spent), 0) AS bigint),
	CAST(COALESCE(sum(d.earned), 0) AS bigint), 0, NULL, NULL
FROM activity d WHERE d.program_id = $1 AND d.member_id = $2 AND d.day >= $3
UNION ALL
SELECT 'window', '', '', '', count(*), CAST(COALESCE(sum(c.total - c.discount), 0) AS bigint), CAST(COALESCE(sum(c.earned), 0) AS bigint), 0, NULL, NULL
FROM posting c WHERE c.program_id = $1 AND c.account_id = (SELECT w.account_id FROM member w WHERE w.program_id = $1 AND w.id = $2)
	AND c.account_id <> '' AND c.counted AND c.business >= $3 AND $3 < '9999'
UNION ALL
SELECT 'stamp', t.card, '', '', t.count, t.done, 0, 0, NULL, NULL
FROM stamp t WHERE t.program_id = $1 AND t.member_id = $2
UNION ALL
SELECT 'coupon', c.id, c.kind, c.state, 0, 0, 0, 0, c.active_from, c.expires_at
FROM coupon c WHERE c.program_id = $1 AND c.member_id = $2 AND c.state IN ('issued', 'activated')
UNION ALL
SELECT 'counter', u.of_what, u.period, u.member_id, u.times, u.points, u.amount, 0, u.last_at, NULL
FROM counter u WHERE u.program_id = $1 AND u.member_id IN ($2, '') AND u.of_what = ANY($4) AND u.period = ANY($5)`

// noDay is after every day, in the order of any language: a window that begins with it is empty.
const noDay = "9999-99-99"

// Standing implements [engine.MechanicReads]. A member that is not there is KindNotFound.
func (r reads) Standing(ctx context.Context, programID, memberID string, q engine.StandingQuery) (rules.Standing, error) {
	since := string(q.Since)
	if since == "" || q.Basis == "" || q.Basis == rules.TierByReferrals {
		since = noDay // the totals say it
	}
	of, periods := counterNames(q.Counters)
	rows, err := many(ctx, r.q, "standing", scanStandingRow, standingQuery, programID, memberID, since, of, periods)
	if err != nil {
		return rules.Standing{}, err
	}
	var s, window rules.Standing
	found := false
	for _, row := range rows {
		switch row.part {
		case "member":
			found = true
			s.JoinedAt = timeOrZero(row.at1)
		case "window":
			window.Visits, window.Spent, window.Earned = window.Visits+int(row.n1), window.Spent+money.Amount(row.n2), window.Earned+money.Points(row.n3)
		case "counter":
			if u := useOf(row, row.t3 == ""); slices.Contains(q.Counters, u.Counter) {
				s.Uses = append(s.Uses, u)
			}
		}
		if err := r.fillStanding(&s, programID, memberID, row); err != nil {
			return rules.Standing{}, fmt.Errorf("read standing: %w", err)
		}
	}
	if !found {
		return rules.Standing{}, notFound("member")
	}
	sortStanding(&s)
	window.Referrals = s.Referrals // of the whole life, always
	if q.Since == "" {
		window = s
	}
	s.Qualified = qualified(&window, q.Basis)
	return s, nil
}

// qualified is what counts towards a tier.
func qualified(s *rules.Standing, basis rules.TierBasis) int64 {
	switch basis {
	case rules.TierBySpend:
		return int64(s.Spent)
	case rules.TierByVisits:
		return int64(s.Visits)
	case rules.TierByPoints:
		return int64(s.Earned)
	case rules.TierByReferrals:
		return int64(s.Referrals)
	}
	return 0
}

// fillStanding adds a row to a standing. Parts that are not about it are left alone.
func (r reads) fillStanding(s *rules.Standing, programID, memberID string, row standingRow) error {
	switch row.part {
	case "standing":
		s.Visits, s.Spent, s.Earned, s.Referrals = int(row.n1), money.Amount(row.n2), money.Points(row.n3), int(row.n4)
		s.FirstVisit, s.LastVisit = timeOrZero(row.at1), timeOrZero(row.at2)
		return decode("tags", row.t1, &s.Tags)
	case "tier":
		s.Tier = rules.TierState{ID: row.t1, ByHand: row.n1 == 1, Grace: row.n2 == 1, Warned: row.n3 == 1, Since: timeOrZero(row.at1), Until: timeOrZero(row.at2)}
	case "member":
		return r.openBirthday(&s.Birthday, programID, memberID, row.t1, row.at2)
	case "stamp":
		s.Stamps = append(s.Stamps, rules.StampCount{Card: row.t1, Count: int(row.n1), Done: int(row.n2)})
	case "coupon":
		s.Coupons = append(s.Coupons, rules.Coupon{ID: row.t1, Kind: row.t2, State: rules.CouponState(row.t3), From: timeOrZero(row.at1), Expires: timeOrZero(row.at2)})
	}
	return nil
}

// sortStanding puts lists in the order of their names, so that the same standing always reads the same.
func sortStanding(s *rules.Standing) {
	slices.SortFunc(s.Stamps, func(a, b rules.StampCount) int { return cmp.Compare(a.Card, b.Card) })
	slices.SortFunc(s.Coupons, func(a, b rules.Coupon) int { return cmp.Compare(a.ID, b.ID) })
	sortUses(s.Uses)
}

// ofMember is the account of the member $2.
const ofMember = ` WHERE program_id = $1 AND member_id = $2 AND member_id <> ''`

var dayColumns = []string{"program_id", "member_id", "day", "visits", "spent", "earned"}

// addDay adds to the day of a member that is there.
const addDay = `ON CONFLICT (program_id, member_id, day) DO UPDATE SET visits = activity.visits + excluded.visits,
	spent = activity.spent + excluded.spent, earned = activity.earned + excluded.earned`

// AddActivity implements [engine.MechanicWrites]. A member that is not there is KindNotFound.
func (w *writes) AddActivity(ctx context.Context, a engine.Activity) error {
	err := update(ctx, w.q, "member", `UPDATE account SET visits = visits + $3, spent = spent + $4, earned = earned + $5, referrals = referrals + $6,
			first_at = CASE WHEN first_at IS NULL OR $7 < first_at THEN $7 ELSE first_at END,
			last_at = CASE WHEN last_at IS NULL OR $7 > last_at THEN $7 ELSE last_at END`+ofMember,
		a.ProgramID, a.MemberID, int64(a.Visits), int64(a.Spent), int64(a.Earned), int64(a.Referrals), nullable(a.At))
	if err != nil {
		return err
	}
	if a.Referrals != 0 { // the posting is the friend's
		if err := w.touch(ctx, a.ProgramID, a.MemberID); err != nil {
			return err
		}
	}
	if a.Visits == 0 && a.Spent == 0 && a.Earned == 0 {
		return nil
	}
	if !a.Day.Valid() {
		return fmt.Errorf("write activity: %q is no day", a.Day)
	}
	if a.Counted {
		return nil
	}
	_, err = exec(ctx, w.q, "write activity", `INSERT INTO activity (`+columnList(dayColumns)+`) VALUES ($1, $2, $3, $4, $5, $6) `+addDay,
		a.ProgramID, a.MemberID, string(a.Day), int64(a.Visits), int64(a.Spent), int64(a.Earned))
	return err
}

// SetTier implements [engine.MechanicWrites]. A member that is not there is KindNotFound.
func (w *writes) SetTier(ctx context.Context, programID, memberID string, t rules.TierState) error {
	err := update(ctx, w.q, "member", `UPDATE account SET tier = $3, tier_since = $4, tier_until = $5, tier_by_hand = $6, tier_grace = $7, tier_warned = $8`+ofMember,
		programID, memberID, t.ID, nullable(t.Since), nullable(t.Until), t.ByHand, t.Grace, t.Warned)
	if err != nil {
		return err
	}
	return w.touch(ctx, programID, memberID)
}

// SetTags implements [engine.MechanicWrites]. A member that is not there is KindNotFound.
func (w *writes) SetTags(ctx context.Context, programID, memberID string, tags []string) error {
	text := ""
	if len(tags) > 0 {
		var err error
		if text, err = encode("tags", tags); err != nil {
			return err
		}
	}
	if err := update(ctx, w.q, "member", `UPDATE account SET tags = $3`+ofMember, programID, memberID, text); err != nil {
		return err
	}
	return w.touch(ctx, programID, memberID)
}

// eraseStanding takes what is personal off a member's standing, and the open coupons with it. Sums stay.
func (w *writes) eraseStanding(ctx context.Context, programID, memberID string) error {
	_, err := exec(ctx, w.q, "drop tags", `UPDATE account SET tags = ''`+ofMember+` AND tags <> ''`, programID, memberID)
	if err != nil {
		return err
	}
	_, err = exec(ctx, w.q, "revoke coupons", `UPDATE coupon SET state = 'revoked'
		WHERE program_id = $1 AND member_id = $2 AND state IN ('issued', 'activated')`, programID, memberID)
	return err
}
