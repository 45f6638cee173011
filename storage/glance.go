package storage

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
)

// lookBy is a column by which cards are found.
type lookBy int

const (
	byMember lookBy = iota
	byAccount
	byCard
	byToken
	byPhone
	byAddress
	lookBys // how many there are
)

// lookKey is what questions that share a statement have in common.
type lookKey struct {
	program         string
	by              lookBy
	channel, sender string // of addresses
	named           bool
}

// glanceRow is a card with one of its holds, or with none. Several who asked may share it.
type glanceRow struct {
	value                              string // by which it was found
	member, account, card, state, tier string
	name, merged                       string
	doubt                              int // whether the phone might be another's

	balance, debt, active, ended, nextPoints, held int64
	next, from, until, ends                        *time.Time
}

// glanceQueries are the statements of [Store.Glance]: by what, without and with the name, for one value and for several. Each finds its row
// in an index, and from there goes from key to key. It reads what the account's row says of the lots and not the lots.
var glanceQueries = func() (all [lookBys][2][2]string) {
	for by := range lookBys {
		for named := range 2 {
			all[by][named] = [2]string{glanceQuery(by, named == 1, "= $2"), glanceQuery(by, named == 1, "= ANY($2)")}
		}
	}
	return all
}()

func glanceQuery(by lookBy, named bool, is string) string {
	// CROSS JOIN is a join like any other, but SQLite then begins with the table on the left.
	from, more, order := "member m", "", "" // more is the value that was asked for where it is not shown anyway, and what else there is
	switch by {
	case byToken:
		more = ", m.token"
	case byAddress:
		from, more = "contact c CROSS JOIN member m", ", c.user_id"
	case byPhone:
		from, more, order = `(
			SELECT n.phone_index, CASE WHEN f.merged_into <> '' THEN f.merged_into ELSE f.id END AS id,
				min(CASE WHEN n.proof IN ('platform', 'otp') THEN 0 ELSE 1 END) AS doubt
			FROM profile n CROSS JOIN member f
			WHERE n.program_id = $1 AND n.phone_index `+is+` AND n.phone_index <> '' AND f.program_id = $1 AND f.id = n.member_id
			GROUP BY 1, 2
		) found CROSS JOIN member m`, ", found.phone_index, found.doubt", ` ORDER BY found.doubt, m.joined_at, m.id`
	}
	profile := ""
	if named {
		more, profile = more+", COALESCE(p.name, '')", " LEFT JOIN profile p ON p.program_id = $1 AND p.member_id = m.id"
	}
	where := map[lookBy]string{
		byMember:  `m.id ` + is,
		byAccount: `m.account_id ` + is,
		byCard:    `m.card ` + is + ` AND m.card <> ''`,
		byToken:   `m.token ` + is + ` AND m.token <> ''`,
		byPhone:   `m.id = found.id`,
		byAddress: `m.id = c.member_id AND c.program_id = $1 AND c.channel = $3 AND c.sender = $4 AND c.user_id ` + is + ` AND c.member_id <> ''`,
	}[by]
	return `SELECT m.id, m.account_id, m.card, m.state, m.merged_into, a.tier,
		a.balance, a.debt, a.known_active, a.known_ended, a.known_next, a.known_next_points, a.known_from, a.known_until, COALESCE(h.points, 0), h.expires_at` + more + `
	FROM ` + from + ` CROSS JOIN account a
		LEFT JOIN hold h ON h.program_id = $1 AND h.account_id = a.id AND h.state IN ('asking', 'held')` + profile + `
	WHERE m.program_id = $1 AND a.program_id = $1 AND a.id = m.account_id AND ` + where + order
}

// scanGlance returns what reads the rows of one of the [glanceQueries].
func scanGlance(k lookKey) func(pgx.Row) (*glanceRow, error) {
	// Where a row goes is said once for all rows of a statement.
	var g glanceRow
	into := []any{&g.member, &g.account, &g.card, &g.state, &g.merged, &g.tier, &g.balance, &g.debt, &g.active, &g.ended, &g.next, &g.nextPoints,
		&g.from, &g.until, &g.held, &g.ends}
	same := &g.value
	switch k.by {
	case byMember:
		same = &g.member
	case byAccount:
		same = &g.account
	case byCard:
		same = &g.card
	case byToken, byAddress:
		into = append(into, &g.value)
	case byPhone:
		into = append(into, &g.value, &g.doubt)
	}
	if k.named {
		into = append(into, &g.name)
	}
	return func(row pgx.Row) (*glanceRow, error) {
		if err := row.Scan(into...); err != nil {
			return nil, err
		}
		read := g
		read.value = *same
		return &read, nil
	}
}

// holds adds the row's hold, if it has one.
func (g *glanceRow) holds(all []ledger.Hold) []ledger.Hold {
	if g.ends == nil {
		return all
	}
	return append(all, ledger.Hold{Points: money.Points(g.held), ExpiresAt: *g.ends})
}

// ledger is the account as its row tells it, without holds.
func (g *glanceRow) ledger() ledger.Account {
	return ledger.Account{ID: g.account, Debt: money.Points(g.debt), Rest: ledger.Rest{
		Points: money.Points(g.balance + g.debt), Active: money.Points(g.active), Ended: money.Points(g.ended),
		Next: timeOrZero(g.next), NextPoints: money.Points(g.nextPoints), From: timeOrZero(g.from), Until: timeOrZero(g.until)}}
}

// cards reads the cards that values name.
func (r reads) cards(ctx context.Context, k lookKey, values ...string) ([]*glanceRow, error) {
	named := 0
	if k.named {
		named = 1
	}
	sql, args := glanceQueries[k.by][named][0], []any{k.program, values[0]}
	if len(values) > 1 {
		sql, args[1] = glanceQueries[k.by][named][1], values
	}
	if k.by == byAddress {
		args = append(args, k.channel, k.sender)
	}
	return manyOf(ctx, r.q, "cards", len(values), scanGlance(k), sql, args...)
}

// Glance implements [engine.PeopleReads].
func (r reads) Glance(ctx context.Context, programID string, look engine.Look, at time.Time) (engine.Glance, error) {
	return r.glance(ctx, programID, look, at, r.cards, r.accounts)
}

// glances answers questions about cards, those that are alike together.
type glances struct {
	cards    *gatherer[lookKey, *glanceRow]
	accounts *gatherer[string, openRow] // by program
}

func newGlances(r reads) *glances {
	most := keyReaders() / 2 // one half for each of them
	return &glances{
		cards: newGatherer(most, func(g *glanceRow) string { return g.value },
			func(ctx context.Context, k lookKey, values []string) ([]*glanceRow, error) {
				return r.cards(ctx, k, values...)
			}),
		accounts: newGatherer(most, func(o openRow) string { return o.account },
			func(ctx context.Context, programID string, ids []string) ([]openRow, error) {
				return r.accounts(ctx, programID, ids...)
			}),
	}
}

// Glance implements [engine.PeopleReads]. Those who ask alike at the same time share a statement.
func (s *Store) Glance(ctx context.Context, programID string, look engine.Look, at time.Time) (engine.Glance, error) {
	return s.glance(ctx, programID, look, at, s.glances.cards.ask, s.glances.accounts.ask)
}

// glance takes one statement, and a second one when the account's row does not say what its lots come to, or the member became part of another.
func (r reads) glance(ctx context.Context, programID string, look engine.Look, at time.Time,
	cards func(context.Context, lookKey, ...string) ([]*glanceRow, error), accounts func(context.Context, string, ...string) ([]openRow, error),
) (engine.Glance, error) {
	at = at.Truncate(time.Microsecond)
	key, values := r.lookKey(programID, look)
	if values[0] == "" {
		return engine.Glance{}, notFound("card")
	}
	// One text that cannot be stored must not fail the statement of others.
	if !storable(key.program) || !storable(key.channel) || !storable(key.sender) || slices.ContainsFunc(values, func(v string) bool { return !storable(v) }) {
		return engine.Glance{}, errText
	}
	rows, err := cards(ctx, key, values...)
	if err != nil {
		return engine.Glance{}, err
	}
	if len(rows) == 0 {
		return engine.Glance{}, notFound("card")
	}
	first := rows[0]
	if first.merged != "" {
		look.Ident = engine.Ident{MemberID: first.merged}
		return r.glance(ctx, programID, look, at, cards, accounts)
	}
	g := engine.Glance{MemberID: first.member, AccountID: first.account, Card: first.card, State: engine.MemberState(first.state), Tier: first.tier}
	if first.name != "" {
		if g.Name, err = r.seal.openText(first.name, placeProfileName(programID, g.MemberID)); err != nil {
			return engine.Glance{}, fmt.Errorf("read card: %w", err)
		}
	}
	account := first.ledger()
	account.Holds = first.holds(nil)
	var others []string
	for _, row := range rows[1:] {
		switch {
		case row.member != g.MemberID && !slices.Contains(others, row.member):
			others = append(others, row.member)
		case row.member == g.MemberID && row.value == first.value: // a phone may have been indexed under several keys
			account.Holds = row.holds(account.Holds)
		}
	}
	g.Others = first.doubt * len(others)
	if !account.Rest.Holds(at) {
		open, err := accounts(ctx, programID, g.AccountID)
		if err != nil {
			return engine.Glance{}, err
		}
		if account, err = accountOf(open); err != nil {
			return engine.Glance{}, err
		}
	}
	g.Balance = engine.BalanceOf(&account, at)
	return g, nil
}

// lookKey says how a card is found, and by which values.
func (r reads) lookKey(programID string, look engine.Look) (k lookKey, values []string) {
	k = lookKey{program: programID, named: look.Name}
	by := func(by lookBy, value string) (lookKey, []string) {
		k.by = by
		return k, []string{value}
	}
	switch i := look.Ident; {
	case i.MemberID != "":
		return by(byMember, i.MemberID)
	case i.AccountID != "":
		return by(byAccount, i.AccountID)
	case i.Card != "":
		return by(byCard, i.Card)
	case i.Token != "":
		return by(byToken, i.Token)
	case i.Phone != "":
		k.by = byPhone
		return k, r.seal.blindIndexes(indexOfPhone, programID, i.Phone.Reveal())
	}
	k.channel, k.sender = look.Address.Channel, look.Address.Sender
	return by(byAddress, look.Address.UserID)
}
