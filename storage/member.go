package storage

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
)

const selectMember = `SELECT m.program_id, m.id, m.account_id, m.card, m.token, m.invite_tag, m.language, m.state, m.source, m.inviter_id,
	m.joined_at, m.joined_at_location, m.merged_into, COALESCE(p.name, ''), COALESCE(p.phone, ''), COALESCE(p.proof, '')
	FROM member m LEFT JOIN profile p ON p.program_id = m.program_id AND p.member_id = m.id `

func (r reads) scanMember(row pgx.Row) (m engine.Member, err error) {
	var name, phone string
	err = row.Scan(&m.ProgramID, &m.ID, &m.AccountID, &m.Card, &m.Token, &m.InviteTag, &m.Language, &m.State, &m.Source, &m.InviterID,
		&m.JoinedAt, &m.JoinedAtLocation, &m.MergedInto, &name, &phone, &m.Proof)
	if err != nil {
		return m, err
	}
	return m, r.openProfile(&m, name, phone)
}

// openProfile unseals what is personal about a member.
func (r reads) openProfile(m *engine.Member, name, phone string) (err error) {
	if m.Name, err = r.seal.openText(name, placeProfileName(m.ProgramID, m.ID)); err != nil {
		return err
	}
	number, err := r.seal.openText(phone, placeProfilePhone(m.ProgramID, m.ID))
	m.Phone = engine.Phone(number)
	return err
}

func placeProfileName(programID, memberID string) []byte {
	return place("profile.name", programID, memberID)
}
func placeProfilePhone(programID, memberID string) []byte {
	return place("profile.phone", programID, memberID)
}

// Member implements [engine.PeopleReads].
func (r reads) Member(ctx context.Context, programID, id string) (engine.Member, error) {
	return one(ctx, r.q, "member", r.scanMember, selectMember+`WHERE m.program_id = $1 AND m.id = $2`, programID, id)
}

// foundMember reads the member whose row meets a condition or, when that one has been merged, the one it is part of. A
// merged member points straight at the one that is kept, so it takes one step.
const foundMember = selectMember + `WHERE m.program_id = $1
	AND m.id = (SELECT CASE WHEN f.merged_into <> '' THEN f.merged_into ELSE f.id END FROM member f WHERE f.program_id = $1 AND `

const memberByCard = foundMember + `f.card = $2 AND f.card <> '')`

// MemberByCard implements [engine.PeopleReads]. The card of a merged member finds the one kept.
func (r reads) MemberByCard(ctx context.Context, programID, card string) (engine.Member, error) {
	return one(ctx, r.q, "member", r.scanMember, memberByCard, programID, card)
}

// MemberByToken implements [engine.PeopleReads]. The token of a merged member finds the one kept.
func (r reads) MemberByToken(ctx context.Context, programID, token string) (engine.Member, error) {
	return one(ctx, r.q, "member", r.scanMember, foundMember+`f.token = $2 AND f.token <> '')`, programID, token)
}

// MemberByInviteTag implements [engine.PeopleReads]. The tag of a merged member finds the one kept.
func (r reads) MemberByInviteTag(ctx context.Context, programID, tag string) (engine.Member, error) {
	return one(ctx, r.q, "member", r.scanMember, foundMember+`f.invite_tag = $2 AND f.invite_tag <> '')`, programID, tag)
}

const membersByPhone = selectMember + `JOIN (
		SELECT CASE WHEN f.merged_into <> '' THEN f.merged_into ELSE f.id END AS id,
			min(CASE WHEN n.proof IN ('platform', 'otp') THEN 0 ELSE 1 END) AS doubt
		FROM profile n JOIN member f ON f.program_id = n.program_id AND f.id = n.member_id
		WHERE n.program_id = $1 AND n.phone_index = ANY($2) AND n.phone_index <> ''
		GROUP BY 1
	) found ON found.id = m.id
	WHERE m.program_id = $1 ORDER BY found.doubt, m.joined_at, m.id`

// MembersByPhone implements [engine.PeopleReads]. The number of a merged member finds the one kept, whose own number may be another.
func (r reads) MembersByPhone(ctx context.Context, programID string, phone engine.Phone) ([]engine.Member, error) {
	if phone == "" {
		return nil, nil
	}
	return many(ctx, r.q, "members", r.scanMember, membersByPhone, programID, r.seal.blindIndexes(indexOfPhone, programID, phone.Reveal()))
}

// AccountOwner implements [engine.LedgerReads].
func (r reads) AccountOwner(ctx context.Context, programID, accountID string) (string, error) {
	return one(ctx, r.q, "account", scanText, `SELECT member_id FROM account WHERE program_id = $1 AND id = $2 AND member_id <> ''`, programID, accountID)
}

// CountMembers implements [engine.PeopleReads]; who has left, or is part of another, is not counted.
func (r reads) CountMembers(ctx context.Context, programID string) (int, error) {
	return one(ctx, r.q, "members", scanInt, `SELECT count(*) FROM member WHERE program_id = $1 AND state <> 'erased' AND merged_into = ''`, programID)
}

// InsertMember implements [engine.PeopleWrites]. The account is made with the member.
func (w *writes) InsertMember(ctx context.Context, m engine.Member) error {
	err := insert(ctx, w.q, "member", `INSERT INTO member (program_id, id, account_id, card, token, invite_tag, language, state, source,
			inviter_id, joined_at, joined_at_location)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING`,
		m.ProgramID, m.ID, m.AccountID, m.Card, m.Token, m.InviteTag, m.Language, string(m.State), m.Source, m.InviterID, m.JoinedAt, m.JoinedAtLocation)
	if err != nil {
		return err
	}
	err = insert(ctx, w.q, "account", `INSERT INTO account (program_id, id, balance, debt, member_id, holder_state, inviter_id, joined_at)
		VALUES ($1, $2, 0, 0, $3, $4, $5, $6) ON CONFLICT DO NOTHING`, m.ProgramID, m.AccountID, m.ID, string(m.State), m.InviterID, m.JoinedAt)
	if err != nil {
		return err
	}
	if err := w.touch(ctx, m.ProgramID, m.ID); err != nil {
		return err
	}
	if !hasProfile(m) {
		return nil
	}
	return w.putProfile(ctx, m)
}

// UpdateMember implements [engine.PeopleWrites].
func (w *writes) UpdateMember(ctx context.Context, m engine.Member) error {
	err := update(ctx, w.q, "member", `UPDATE member SET language = $3, state = $4 WHERE program_id = $1 AND id = $2`,
		m.ProgramID, m.ID, m.Language, string(m.State))
	if err != nil {
		return err
	}
	if err := w.tellAccounts(ctx, m.ProgramID, m.ID); err != nil {
		return err
	}
	if !hasProfile(m) {
		if _, err := exec(ctx, w.q, "delete profile", `DELETE FROM profile WHERE program_id = $1 AND member_id = $2 AND birthday = '' AND gender = '' AND city = '' AND fields = ''`, m.ProgramID, m.ID); err != nil {
			return err
		}
		_, err := exec(ctx, w.q, "empty profile", `UPDATE profile SET name = '', phone = '', phone_index = '', proof = ''
			WHERE program_id = $1 AND member_id = $2`, m.ProgramID, m.ID)
		return err
	}
	return w.putProfile(ctx, m)
}

// hasProfile tells whether anything personal is known of a member but the birthday. Without that there is no row.
func hasProfile(m engine.Member) bool {
	return m.Name != "" || m.Phone != "" || m.Proof != engine.ProofNone
}

// putProfile writes what is personal about a member.
func (w *writes) putProfile(ctx context.Context, m engine.Member) error {
	_, err := exec(ctx, w.q, "write profile", `INSERT INTO profile (program_id, member_id, name, phone, phone_index, proof)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (program_id, member_id) DO UPDATE SET name = excluded.name, phone = excluded.phone, phone_index = excluded.phone_index,
			proof = excluded.proof`,
		m.ProgramID, m.ID, w.seal.sealText(m.Name, placeProfileName(m.ProgramID, m.ID)),
		w.seal.sealText(m.Phone.Reveal(), placeProfilePhone(m.ProgramID, m.ID)), w.seal.blindIndex(indexOfPhone, m.ProgramID, m.Phone.Reveal()), string(m.Proof))
	return err
}

func (w *writes) deleteProfile(ctx context.Context, programID, memberID string) error {
	_, err := exec(ctx, w.q, "delete profile", `DELETE FROM profile WHERE program_id = $1 AND member_id = $2`, programID, memberID)
	return err
}

func scanConsent(row pgx.Row) (c engine.Consent, err error) {
	err = row.Scan(&c.ProgramID, &c.ID, &c.MemberID, &c.Channel, &c.Purpose, &c.Given, &c.Source, &c.Text, &c.Language, &c.At)
	return c, err
}

// Consents implements [engine.PeopleReads].
func (r reads) Consents(ctx context.Context, programID, memberID string) ([]engine.Consent, error) {
	return many(ctx, r.q, "consents", scanConsent, `SELECT program_id, id, member_id, channel, purpose, given, source, text_id, language, at
		FROM consent WHERE program_id = $1 AND member_id = $2 ORDER BY at, id`, programID, memberID)
}

// InsertConsent implements [engine.PeopleWrites].
func (w *writes) InsertConsent(ctx context.Context, c engine.Consent) error {
	err := insert(ctx, w.q, "consent", `INSERT INTO consent (program_id, id, member_id, channel, purpose, given, source, text_id, language, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`,
		c.ProgramID, c.ID, c.MemberID, c.Channel, string(c.Purpose), c.Given, c.Source, c.Text, c.Language, c.At)
	if err != nil {
		return err
	}
	return w.touch(ctx, c.ProgramID, c.MemberID)
}

func scanText(row pgx.Row) (s string, err error) {
	err = row.Scan(&s)
	return s, err
}

func scanInt(row pgx.Row) (n int, err error) {
	err = row.Scan(&n)
	return n, err
}

// lockMember keeps others from changing a member until the transaction ends.
func (w *writes) lockMember(ctx context.Context, programID, memberID string) error {
	if _, err := one(ctx, w.q, "member", scanText, `SELECT id FROM member WHERE program_id = $1 AND id = $2 FOR UPDATE`, programID, memberID); err != nil {
		return fmt.Errorf("lock member: %w", err)
	}
	return nil
}
