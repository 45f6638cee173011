package storage

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
)

// personQuery reads everything about an address with one statement. Each row is one thing, its part says which, and its
// columns are as general as the widest part needs. The lots come first because every one of their columns has a type, which
// decides the types of the whole. They are read only where the account's row does not say what they come to at the instant $5.
//
// Each part compares its key with a single value instead of joining who: so every one is a walk down an index for PostgreSQL, too, even while it knows
// nothing of how many rows there are.
//
//	part      t1..t9                                            n1..n4                          at1..at3
//	lot       id kind sale                                      points remaining                active expires earned
//	hold      id                                                points                          created expires
//	consent   purpose                                           given
//	contact   id member staff name locale language source
//	          session slots                                     session version                 blocked created
//	member    id account card token tag language state
//	          source inviter                                                                    joined
//	account                                                     points active ended next        next from until
//	profile   id name phone proof joined-at-location
//	          birthday merged-into asked-sale                                                   birthday changed, asked
//	staff     id role name language location invited-by         disabled                        created
//	place     id name code zone                                 closed                          created
//	standing, tier, stamp, coupon: as in [standingQuery]; n4 of tier is the account's debt
const personQuery = `
WITH who AS (
	SELECT c.id AS contact_id, c.staff_id, m.id AS member_id, a.id AS account_id, a.balance, a.debt, a.known_active, a.known_ended, a.known_next, a.known_next_points,
		a.known_from, a.known_until, a.tags, a.visits, a.spent, a.earned, a.referrals, a.first_at, a.last_at,
		a.tier, a.tier_since, a.tier_until, a.tier_by_hand, a.tier_grace, a.tier_warned
	FROM contact c LEFT JOIN member m ON m.program_id = c.program_id AND m.id = c.member_id
		LEFT JOIN account a ON a.program_id = m.program_id AND a.id = m.account_id
	WHERE c.program_id = $1 AND c.channel = $2 AND c.sender = $3 AND c.user_id = $4
)
SELECT 'lot' AS part, l.id AS t1, l.kind AS t2, l.sale_id AS t3, '' AS t4, '' AS t5, '' AS t6, '' AS t7, '' AS t8, '' AS t9,
	l.points AS n1, l.remaining AS n2, 0 AS n3, 0 AS n4, l.active_from AS at1, l.expires_at AS at2, l.earned_at AS at3
FROM lot l WHERE l.program_id = $1 AND l.account_id = (SELECT who.account_id FROM who WHERE who.known_until <= $5 OR who.known_from > $5) AND l.open
UNION ALL
SELECT 'hold', h.id, '', '', '', '', '', '', '', '', h.points, 0, 0, 0, h.created_at, h.expires_at, NULL
FROM hold h WHERE h.program_id = $1 AND h.account_id = (SELECT who.account_id FROM who) AND h.state IN ('asking', 'held')
UNION ALL
SELECT 'consent', last.purpose, '', '', '', '', '', '', '', '', CASE WHEN last.given THEN 1 ELSE 0 END, 0, 0, 0, NULL, NULL, NULL
FROM (
	SELECT s.purpose, s.given, row_number() OVER (PARTITION BY s.purpose ORDER BY s.at DESC, s.id DESC) AS age
	FROM consent s WHERE s.program_id = $1 AND s.member_id = (SELECT who.member_id FROM who) AND s.channel = $2
) last WHERE last.age = 1
UNION ALL
SELECT 'contact', c.id, c.member_id, c.staff_id, c.name, c.locale, c.language, c.source, c.session, c.slots,
	c.session_version, 0, 0, 0, c.blocked_at, c.created_at, NULL
FROM contact c WHERE c.program_id = $1 AND c.id = (SELECT who.contact_id FROM who)
UNION ALL
SELECT 'member', m.id, m.account_id, m.card, m.token, m.invite_tag, m.language, m.state, m.source, m.inviter_id,
	0, 0, 0, 0, m.joined_at, NULL, NULL
FROM member m WHERE m.program_id = $1 AND m.id = (SELECT who.member_id FROM who)
UNION ALL
SELECT 'account', '', '', '', '', '', '', '', '', '', who.balance + who.debt, who.known_active, who.known_ended, who.known_next_points,
	who.known_next, who.known_from, who.known_until
FROM who WHERE who.account_id IS NOT NULL
UNION ALL
SELECT 'profile', m.id, COALESCE(p.name, ''), COALESCE(p.phone, ''), COALESCE(p.proof, ''), m.joined_at_location,
	COALESCE(p.birthday, ''), m.merged_into, m.asked_sale, '', 0, 0, 0, 0, p.birthday_changed_at, m.asked_at, NULL
FROM member m LEFT JOIN profile p ON p.program_id = $1 AND p.member_id = m.id
WHERE m.program_id = $1 AND m.id = (SELECT who.member_id FROM who)
UNION ALL
SELECT 'staff', s.id, s.role, s.name, s.language, s.location_id, s.invited_by, '', '', '',
	CASE WHEN s.disabled THEN 1 ELSE 0 END, 0, 0, 0, s.created_at, NULL, NULL
FROM staff s WHERE s.program_id = $1 AND s.id = (SELECT who.staff_id FROM who)
UNION ALL
SELECT 'place', p.id, p.name, p.code, p.zone, '', '', '', '', '', CASE WHEN p.closed THEN 1 ELSE 0 END, 0, 0, 0, p.created_at, NULL, NULL
FROM location p WHERE p.program_id = $1
	AND p.id = (SELECT s.location_id FROM staff s WHERE s.program_id = $1 AND s.id = (SELECT who.staff_id FROM who))
UNION ALL
SELECT 'standing', who.tags, '', '', '', '', '', '', '', '', who.visits, who.spent, who.earned, who.referrals, who.first_at, who.last_at, NULL
FROM who WHERE who.account_id IS NOT NULL
UNION ALL
SELECT 'tier', who.tier, '', '', '', '', '', '', '', '', CASE WHEN who.tier_by_hand THEN 1 ELSE 0 END, CASE WHEN who.tier_grace THEN 1 ELSE 0 END,
	CASE WHEN who.tier_warned THEN 1 ELSE 0 END, who.debt, who.tier_since, who.tier_until, NULL
FROM who WHERE who.account_id IS NOT NULL
UNION ALL
SELECT 'stamp', t.card, '', '', '', '', '', '', '', '', t.count, t.done, 0, 0, NULL, NULL, NULL
FROM stamp t WHERE t.program_id = $1 AND t.member_id = (SELECT who.member_id FROM who)
UNION ALL
SELECT 'coupon', c.id, c.kind, c.state, '', '', '', '', '', '', 0, 0, 0, 0, c.active_from, c.expires_at, NULL
FROM coupon c WHERE c.program_id = $1 AND c.member_id = (SELECT who.member_id FROM who) AND c.state || '' IN ('issued', 'activated')` // by an expression: there is an index of all that are open in the program

// personRow is a row of personQuery.
type personRow struct {
	part           string
	t              [10]string // t[1] to t[9], as the columns are called
	n1, n2, n3, n4 int64
	at1, at2, at3  *time.Time
}

func scanPersonRow(row pgx.Row) (p personRow, err error) {
	t := &p.t
	err = row.Scan(&p.part, &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7], &t[8], &t[9], &p.n1, &p.n2, &p.n3, &p.n4, &p.at1, &p.at2, &p.at3)
	return p, err
}

// Person implements [engine.PeopleReads].
func (r reads) Person(ctx context.Context, programID string, a engine.Address, at time.Time) (engine.Person, error) {
	at = at.Truncate(time.Microsecond) // as the database compares
	rows, err := many(ctx, r.q, "person", scanPersonRow, personQuery, programID, a.Channel, a.Sender, a.UserID, at)
	if err != nil {
		return engine.Person{}, err
	}
	p := engine.Person{Contact: engine.Contact{ProgramID: programID, Address: a}, Consent: map[engine.Purpose]bool{}}
	for _, row := range rows {
		if err := r.fillPerson(&p, row); err != nil {
			return engine.Person{}, fmt.Errorf("read person: %w", err)
		}
	}
	if p.Contact.ID == "" {
		return engine.Person{}, notFound("contact")
	}
	if !p.Account.Rest.Holds(at) {
		p.Account.Rest = ledger.Rest{} // the lots are there
	}
	sortAccount(&p.Account)
	sortStanding(&p.Standing)
	return p, nil
}

func (r reads) fillPerson(p *engine.Person, row personRow) (err error) {
	t, program := row.t, p.Contact.ProgramID
	switch row.part {
	case "lot":
		p.Account.Lots = append(p.Account.Lots, ledger.Lot{ID: t[1], Kind: ledger.Kind(t[2]), SaleID: t[3], Points: money.Points(row.n1),
			Remaining: money.Points(row.n2), ActiveFrom: timeOrZero(row.at1), ExpiresAt: timeOrZero(row.at2), EarnedAt: timeOrZero(row.at3)})
	case "hold":
		p.Account.Holds = append(p.Account.Holds, ledger.Hold{ID: t[1], Points: money.Points(row.n1), CreatedAt: timeOrZero(row.at1), ExpiresAt: timeOrZero(row.at2)})
	case "consent":
		p.Consent[engine.Purpose(t[1])] = row.n1 == 1
	case "contact":
		c := &p.Contact
		c.ID, c.MemberID, c.StaffID, c.Locale, c.Language, c.Source = t[1], t[2], t[3], t[5], t[6], t[7]
		c.Session, c.SessionVersion, c.BlockedAt, c.CreatedAt = rawJSON(t[8]), row.n1, timeOrZero(row.at1), timeOrZero(row.at2)
		if err := decode("slots", t[9], &c.Slots); err != nil {
			return err
		}
		c.Name, err = r.seal.openText(t[4], placeContactName(program, c.ID))
		return err
	case "member":
		m := memberOf(p)
		m.ProgramID, m.ID, m.AccountID, m.Card, m.Token, m.InviteTag = program, t[1], t[2], t[3], t[4], t[5]
		m.Language, m.State, m.Source, m.InviterID, m.JoinedAt = t[6], engine.MemberState(t[7]), t[8], t[9], timeOrZero(row.at1)
		p.Account.ID, p.Standing.JoinedAt = m.AccountID, m.JoinedAt
	case "account":
		p.Account.Rest = ledger.Rest{Points: money.Points(row.n1), Active: money.Points(row.n2), Ended: money.Points(row.n3), NextPoints: money.Points(row.n4),
			Next: timeOrZero(row.at1), From: timeOrZero(row.at2), Until: timeOrZero(row.at3)}
	case "profile":
		m := memberOf(p)
		m.ProgramID, m.ID, m.Proof, m.JoinedAtLocation, m.MergedInto = program, t[1], engine.Proof(t[4]), t[5], t[7]
		p.Asked = engine.Asked{At: timeOrZero(row.at2), SaleID: t[8]}
		if err := r.openProfile(m, t[2], t[3]); err != nil {
			return err
		}
		return r.openBirthday(&p.Standing.Birthday, program, m.ID, t[6], row.at1)
	case "staff":
		p.Staff = &engine.Staff{ProgramID: program, ID: t[1], Role: engine.Role(t[2]), Language: t[4], LocationID: t[5], InvitedBy: t[6],
			Disabled: row.n1 == 1, CreatedAt: timeOrZero(row.at1)}
		p.Staff.Name, err = r.seal.openText(t[3], placeStaffName(program, t[1]))
		return err
	case "place":
		p.Place = &engine.Location{ProgramID: program, ID: t[1], Name: t[2], Code: t[3], Zone: t[4], Closed: row.n1 == 1, CreatedAt: timeOrZero(row.at1)}
	case "standing", "tier", "stamp", "coupon":
		if row.part == "tier" {
			p.Account.Debt = money.Points(row.n4)
		}
		return r.fillStanding(&p.Standing, program, "", standingRow{part: row.part, t1: t[1], t2: t[2], t3: t[3],
			n1: row.n1, n2: row.n2, n3: row.n3, n4: row.n4, at1: row.at1, at2: row.at2})
	}
	return nil
}

// memberOf returns the member that two parts fill, in whatever order they come.
func memberOf(p *engine.Person) *engine.Member {
	if p.Member == nil {
		p.Member = &engine.Member{}
	}
	return p.Member
}
