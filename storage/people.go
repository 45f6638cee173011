package storage

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/engine/ledger"
)

// peopleQuery reads with one row for each address what [personQuery] reads of contact, member and account: the columns of its parts contact, member,
// profile, account, standing and tier, in this order.
const peopleQuery = `SELECT c.user_id,
	c.id, c.member_id, c.staff_id, c.name, c.locale, c.language, c.source, c.session, c.slots, c.session_version, c.blocked_at, c.created_at,
	COALESCE(m.id, ''), COALESCE(m.account_id, ''), COALESCE(m.card, ''), COALESCE(m.token, ''), COALESCE(m.invite_tag, ''), COALESCE(m.language, ''),
	COALESCE(m.state, ''), COALESCE(m.source, ''), COALESCE(m.inviter_id, ''), m.joined_at,
	COALESCE(p.name, ''), COALESCE(p.phone, ''), COALESCE(p.proof, ''), COALESCE(m.joined_at_location, ''), COALESCE(p.birthday, ''),
	COALESCE(m.merged_into, ''), COALESCE(m.asked_sale, ''), p.birthday_changed_at, m.asked_at,
	COALESCE(a.id, ''), COALESCE(a.balance + a.debt, 0), COALESCE(a.known_active, 0), COALESCE(a.known_ended, 0), COALESCE(a.known_next_points, 0),
	a.known_next, a.known_from, a.known_until,
	COALESCE(a.tags, ''), COALESCE(a.visits, 0), COALESCE(a.spent, 0), COALESCE(a.earned, 0), COALESCE(a.referrals, 0), a.first_at, a.last_at,
	COALESCE(a.tier, ''), CASE WHEN a.tier_by_hand THEN 1 ELSE 0 END, CASE WHEN a.tier_grace THEN 1 ELSE 0 END, CASE WHEN a.tier_warned THEN 1 ELSE 0 END,
	COALESCE(a.debt, 0), a.tier_since, a.tier_until
FROM contact c LEFT JOIN member m ON m.program_id = c.program_id AND m.id = c.member_id
	LEFT JOIN account a ON a.program_id = m.program_id AND a.id = m.account_id
	LEFT JOIN profile p ON p.program_id = m.program_id AND p.member_id = m.id
WHERE c.program_id = $1 AND c.channel = $2 AND c.sender = $3 AND c.user_id = ANY($4)`

// belongingsQuery reads the other parts of [personQuery] for members $2 with accounts $3 and staff $5. Lots are read of the accounts $4, of whose rows is known
// that they do not say what these come to. The first column is whose it is: an account's, a member's, or a member of staff's.
//
// CROSS JOIN is a join like any other, but SQLite then begins with the table on the left.
const belongingsQuery = `
SELECT l.account_id AS owner, 'lot' AS part, l.id AS t1, l.kind AS t2, l.sale_id AS t3, '' AS t4, '' AS t5, '' AS t6, '' AS t7, '' AS t8, '' AS t9,
	l.points AS n1, l.remaining AS n2, 0 AS n3, 0 AS n4, l.active_from AS at1, l.expires_at AS at2, l.earned_at AS at3
FROM lot l WHERE l.program_id = $1 AND l.account_id = ANY($4) AND l.open
UNION ALL
SELECT h.account_id, 'hold', h.id, '', '', '', '', '', '', '', '', h.points, 0, 0, 0, h.created_at, h.expires_at, NULL
FROM hold h WHERE h.program_id = $1 AND h.account_id = ANY($3) AND h.state IN ('asking', 'held')
UNION ALL
SELECT last.member_id, 'consent', last.purpose, '', '', '', '', '', '', '', '', CASE WHEN last.given THEN 1 ELSE 0 END, 0, 0, 0, NULL, NULL, NULL
FROM (
	SELECT s.member_id, s.purpose, s.given, row_number() OVER (PARTITION BY s.member_id, s.purpose ORDER BY s.at DESC, s.id DESC) AS age
	FROM consent s WHERE s.program_id = $1 AND s.member_id = ANY($2) AND s.channel = $6
) last WHERE last.age = 1
UNION ALL
SELECT t.member_id, 'stamp', t.card, '', '', '', '', '', '', '', '', t.count, t.done, 0, 0, NULL, NULL, NULL
FROM stamp t WHERE t.program_id = $1 AND t.member_id = ANY($2)
UNION ALL
SELECT c.member_id, 'coupon', c.id, c.kind, c.state, '', '', '', '', '', '', 0, 0, 0, 0, c.active_from, c.expires_at, NULL
FROM coupon c WHERE c.program_id = $1 AND c.member_id = ANY($2) AND c.state || '' IN ('issued', 'activated')
UNION ALL
SELECT s.id, 'staff', s.id, s.role, s.name, s.language, s.location_id, s.invited_by, '', '', '',
	CASE WHEN s.disabled THEN 1 ELSE 0 END, 0, 0, 0, s.created_at, NULL, NULL
FROM staff s WHERE s.program_id = $1 AND s.id = ANY($5)
UNION ALL
SELECT s.id, 'place', p.id, p.name, p.code, p.zone, '', '', '', '', '', CASE WHEN p.closed THEN 1 ELSE 0 END, 0, 0, 0, p.created_at, NULL, NULL
FROM staff s CROSS JOIN location p WHERE s.program_id = $1 AND s.id = ANY($5) AND p.program_id = $1 AND p.id = s.location_id`

// addressRow is a row of peopleQuery, as the rows of personQuery that it stands for.
type addressRow struct {
	user                                              string
	contact, member, profile, account, standing, tier personRow
}

func scanAddress(row pgx.Row) (a addressRow, err error) {
	c, m, p, n, s, t := &a.contact, &a.member, &a.profile, &a.account, &a.standing, &a.tier
	c.part, m.part, p.part, n.part, s.part, t.part = "contact", "member", "profile", "account", "standing", "tier"
	err = row.Scan(&a.user,
		&c.t[1], &c.t[2], &c.t[3], &c.t[4], &c.t[5], &c.t[6], &c.t[7], &c.t[8], &c.t[9], &c.n1, &c.at1, &c.at2,
		&m.t[1], &m.t[2], &m.t[3], &m.t[4], &m.t[5], &m.t[6], &m.t[7], &m.t[8], &m.t[9], &m.at1,
		&p.t[2], &p.t[3], &p.t[4], &p.t[5], &p.t[6], &p.t[7], &p.t[8], &p.at1, &p.at2,
		&n.t[1], &n.n1, &n.n2, &n.n3, &n.n4, &n.at1, &n.at2, &n.at3,
		&s.t[1], &s.n1, &s.n2, &s.n3, &s.n4, &s.at1, &s.at2,
		&t.t[1], &t.n1, &t.n2, &t.n3, &t.n4, &t.at1, &t.at2)
	p.t[1] = m.t[1]
	return a, err
}

// parts are the rows that there are.
func (a *addressRow) parts() []personRow {
	all := []personRow{a.contact}
	if a.member.t[1] != "" {
		all = append(all, a.member, a.profile)
	}
	if a.account.t[1] != "" {
		all = append(all, a.account, a.standing, a.tier)
	}
	return all
}

// belonging is a row of belongingsQuery.
type belonging struct {
	owner string
	personRow
}

func scanBelonging(row pgx.Row) (b belonging, err error) {
	t := &b.t
	err = row.Scan(&b.owner, &b.part, &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7], &t[8], &t[9], &b.n1, &b.n2, &b.n3, &b.n4, &b.at1, &b.at2, &b.at3)
	return b, err
}

// People implements [engine.PeopleReads].
func (r reads) People(ctx context.Context, programID, channel, sender string, users []string, at time.Time) (map[string]engine.Person, error) {
	if len(users) == 0 {
		return map[string]engine.Person{}, nil
	}
	at = at.Truncate(time.Microsecond) // as the database compares
	rows, err := manyOf(ctx, r.q, "people", len(users), scanAddress, peopleQuery, programID, channel, sender, users)
	if err != nil {
		return nil, err
	}
	all := make([]*engine.Person, len(rows))
	// Several addresses may be one member's, or one member of staff's.
	members, accounts, staff := map[string][]*engine.Person{}, map[string][]*engine.Person{}, map[string][]*engine.Person{}
	unknown := []string{} // accounts whose rows do not say what their lots come to
	for i := range rows {
		p := &engine.Person{Contact: engine.Contact{ProgramID: programID, Address: engine.Address{Channel: channel, Sender: sender, UserID: rows[i].user}},
			Consent: map[engine.Purpose]bool{}}
		for _, part := range rows[i].parts() {
			if err := r.fillPerson(p, part); err != nil {
				return nil, fmt.Errorf("read people: %w", err)
			}
		}
		if p.Member != nil {
			members[p.Member.ID] = append(members[p.Member.ID], p)
		}
		if id := rows[i].account.t[1]; id != "" {
			accounts[id] = append(accounts[id], p)
			if !p.Account.Rest.Holds(at) {
				unknown = append(unknown, id)
				p.Account.Rest = ledger.Rest{} // the lots are there
			}
		}
		if id := p.Contact.StaffID; id != "" {
			staff[id] = append(staff[id], p)
		}
		all[i] = p
	}
	if len(members)+len(staff) > 0 {
		owned, err := many(ctx, r.q, "people", scanBelonging, belongingsQuery, programID, idsOf(members), idsOf(accounts), unknown, idsOf(staff), channel)
		if err != nil {
			return nil, err
		}
		for _, b := range owned {
			owners := members
			switch b.part {
			case "lot", "hold":
				owners = accounts
			case "staff", "place":
				owners = staff
			}
			for _, p := range owners[b.owner] {
				if err := r.fillPerson(p, b.personRow); err != nil {
					return nil, fmt.Errorf("read people: %w", err)
				}
			}
		}
	}
	people := make(map[string]engine.Person, len(all))
	for _, p := range all {
		sortAccount(&p.Account)
		sortStanding(&p.Standing)
		people[p.Contact.Address.UserID] = *p
	}
	return people, nil
}

// idsOf are the keys of a map; none is no NULL.
func idsOf(m map[string][]*engine.Person) []string { return slices.AppendSeq([]string{}, maps.Keys(m)) }
