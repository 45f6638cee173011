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

// glanceRow is a card with one of its holds, or with none.
type glanceRow struct {
	value   string // by which it was found
	card    engine.Glance
	merged  string
	account ledger.Account
	doubt   int // whether the phone might be another's
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
	from, value, doubt, order := "member m", "m.id", "0", ""
	switch by {
	case byAccount:
		value = "m.account_id"
	case byCard:
		value = "m.card"
	case byToken:
		value = "m.token"
	case byAddress:
		from, value = "contact c CROSS JOIN member m", "c.user_id"
	case byPhone:
		from, value, doubt, order = `(
			SELECT n.phone_index, CASE WHEN f.merged_into <> '' THEN f.merged_into ELSE f.id END AS id,
				min(CASE WHEN n.proof IN ('platform', 'otp') THEN 0 ELSE 1 END) AS doubt
			FROM profile n CROSS JOIN member f
			WHERE n.program_id = $1 AND n.phone_index `+is+` AND n.phone_index <> '' AND f.program_id = $1 AND f.id = n.member_id
			GROUP BY 1, 2
		) found CROSS JOIN member m`, "found.phone_index", "found.doubt", ` ORDER BY found.doubt, m.joined_at, m.id`
	}
	name, profile := "''", ""
	if named {
		name, profile = "COALESCE(p.name, '')", " LEFT JOIN profile p ON p.program_id = $1 AND p.member_id = m.id"
	}
	where := map[lookBy]string{
		byMember:  `m.id ` + is,
		byAccount: `m.account_id ` + is,
		byCard:    `m.card ` + is + ` AND m.card <> ''`,
		byToken:   `m.token ` + is + ` AND m.token <> ''`,
		byPhone:   `m.id = found.id`,
		byAddress: `m.id = c.member_id AND c.program_id = $1 AND c.channel = $3 AND c.sender = $4 AND c.user_id ` + is + ` AND c.member_id <> ''`,
	}[by]
	return `SELECT ` + value + `, m.id, m.account_id, m.card, m.state, m.merged_into, a.tier, ` + name + `, ` + doubt + `,
		a.balance, a.debt, a.known_active, a.known_ended, a.known_next, a.known_next_points, a.known_from, a.known_until, h.points, h.expires_at
	FROM ` + from + ` CROSS JOIN account a
		LEFT JOIN hold h ON h.program_id = $1 AND h.account_id = a.id AND h.state IN ('asking', 'held')` + profile + `
	WHERE m.program_id = $1 AND a.program_id = $1 AND a.id = m.account_id AND ` + where + order
}

func scanGlance(row pgx.Row) (g glanceRow, err error) {
	var state string
	var balance int64
	var held *int64
	var next, from, until, ends *time.Time
	k := &g.account.Rest
	err = row.Scan(&g.value, &g.card.MemberID, &g.card.AccountID, &g.card.Card, &state, &g.merged, &g.card.Tier, &g.card.Name, &g.doubt,
		&balance, &g.account.Debt, &k.Active, &k.Ended, &next, &k.NextPoints, &from, &until, &held, &ends)
	if err != nil {
		return g, err
	}
	g.card.State, g.account.ID = engine.MemberState(state), g.card.AccountID
	k.Points, k.Next, k.From, k.Until = money.Points(balance)+g.account.Debt, timeOrZero(next), timeOrZero(from), timeOrZero(until)
	if held != nil {
		g.account.Holds = []ledger.Hold{{Points: money.Points(*held), ExpiresAt: timeOrZero(ends)}}
	}
	return g, nil
}

// cards reads the cards that values name.
func (r reads) cards(ctx context.Context, k lookKey, values ...string) ([]glanceRow, error) {
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
	return manyOf(ctx, r.q, "cards", len(values), scanGlance, sql, args...)
}

// Glance implements [engine.PeopleReads].
func (r reads) Glance(ctx context.Context, programID string, look engine.Look, at time.Time) (engine.Glance, error) {
	return r.glance(ctx, programID, look, at, r.cards, r.accounts)
}

// glances answers questions about cards, those that are alike together.
type glances struct {
	cards    *gatherer[lookKey, glanceRow]
	accounts *gatherer[string, openRow] // by program
}

func newGlances(r reads) *glances {
	most := keyReaders() / 2 // one half for each of them
	return &glances{
		cards: newGatherer(most, func(g glanceRow) string { return g.value },
			func(ctx context.Context, k lookKey, values []string) ([]glanceRow, error) {
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
	cards func(context.Context, lookKey, ...string) ([]glanceRow, error), accounts func(context.Context, string, ...string) ([]openRow, error),
) (engine.Glance, error) {
	at = at.Truncate(time.Microsecond)
	key, values := r.lookKey(programID, look)
	if values[0] == "" {
		return engine.Glance{}, notFound("card")
	}
	// One text that cannot be stored must not fail the statement of others.
	if err := checkTexts([]any{key.program, key.channel, key.sender, values}); err != nil {
		return engine.Glance{}, err
	}
	rows, err := cards(ctx, key, values...)
	if err != nil {
		return engine.Glance{}, err
	}
	if len(rows) == 0 {
		return engine.Glance{}, notFound("card")
	}
	first := &rows[0]
	if first.merged != "" {
		look.Ident = engine.Ident{MemberID: first.merged}
		return r.glance(ctx, programID, look, at, cards, accounts)
	}
	g, account := first.card, first.account
	if g.Name, err = r.seal.openText(g.Name, placeProfileName(programID, g.MemberID)); err != nil {
		return engine.Glance{}, fmt.Errorf("read card: %w", err)
	}
	found := []string{g.MemberID}
	for _, row := range rows[1:] {
		switch {
		case !slices.Contains(found, row.card.MemberID):
			found = append(found, row.card.MemberID)
			g.Others += first.doubt
		case row.card.MemberID == g.MemberID && row.value == first.value: // a phone may have been indexed under several keys
			account.Holds = append(account.Holds, row.account.Holds...)
		}
	}
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
