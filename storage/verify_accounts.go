package storage

import (
	"context"

	"github.com/jackc/pgx/v5"

	"kartka/engine/ledger"
	"kartka/engine/money"
)

// accountCheck is an account and what its entries and lots add up to.
type accountCheck struct {
	id            string
	balance, debt money.Points
	entries       money.Points // Σ
	debtEntries   money.Points // Σ of those without a lot
	lots          money.Points // Σ remaining
}

// lotCheck is what the entries of one account make of a lot.
type lotCheck struct {
	account, id    string
	entries, ended money.Points // Σ of all, Σ of those by expiry
}

// lotFacts is what the row of a lot says.
type lotFacts struct {
	owner                      string // account
	points, remaining, expired money.Points
}

// lotOf is a lot as the entries of an account name it.
type lotOf struct{ account, id string }

// accountPage is a page of accounts in the order of their ids, with the lots that their entries name and those that are open.
type accountPage struct {
	after, last string
	accounts    []accountCheck
	at          map[string]int // of accounts, by id
	lots        []lotCheck
	lotAt       map[lotOf]int
	facts       map[string]lotFacts // of lots, by id
}

func scanAccountCheck(row pgx.Row) (a accountCheck, err error) {
	err = row.Scan(&a.id, &a.balance, &a.debt)
	return a, err
}

// accounts compares accounts and lots with the entries of their postings, and each of these postings with its entries.
func (v *verifier) accounts(ctx context.Context) error {
	for after := ""; ; {
		found, err := many(ctx, v.q, "accounts", scanAccountCheck, `SELECT id, balance, debt FROM account
			WHERE program_id = $1 AND id > $2 ORDER BY id LIMIT $3`, v.program, after, verifyChunk)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return nil
		}
		p := &accountPage{after: after, last: found[len(found)-1].id, accounts: found, at: make(map[string]int, len(found)), lotAt: map[lotOf]int{},
			facts: map[string]lotFacts{}}
		for i := range found {
			p.at[found[i].id] = i
		}
		for _, step := range []func(context.Context, *accountPage) error{v.readPostings, v.readOpenLots, v.readOtherLots} {
			if err := step(ctx, p); err != nil {
				return err
			}
		}
		v.compareLots(p)
		for i := range found {
			v.account(&found[i])
		}
		after = p.last
		v.sum.Accounts += len(found)
		v.advance(len(found))
	}
}

const postingsOfAccounts = `SELECT id, account_id, points, moves FROM posting
	WHERE program_id = $1 AND account_id <> '' AND account_id > $2 AND account_id <= $3`

// readPostings adds up the entries of the accounts and of their lots.
func (v *verifier) readPostings(ctx context.Context, p *accountPage) error {
	return v.postings(ctx, func(account string) bool { _, ok := p.at[account]; return ok }, func(_, account string) {
		a := &p.accounts[p.at[account]]
		for _, m := range v.moves {
			a.entries += m.Points
			if m.LotID == "" {
				a.debtEntries += m.Points
				continue
			}
			key := lotOf{a.id, m.LotID}
			i, ok := p.lotAt[key]
			if !ok {
				i = len(p.lots)
				p.lotAt[key] = i
				p.lots = append(p.lots, lotCheck{account: a.id, id: m.LotID})
			}
			p.lots[i].entries += m.Points
			if m.Contra == ledger.ContraExpire && m.Points < 0 {
				p.lots[i].ended -= m.Points
			}
		}
	}, postingsOfAccounts, v.program, p.after, p.last)
}

// postings reads postings whose accounts are wanted, checks each by itself and calls do with v.moves being its entries. The statement
// selects id, account, points and moves.
func (v *verifier) postings(ctx context.Context, wanted func(account string) bool, do func(id, account string), sql string, args ...any) error {
	var id, account, moves string
	var points int64
	into := []any{&id, &account, &points, &moves}
	return v.rows(ctx, "postings", func(row pgx.Row) error {
		if err := row.Scan(into...); err != nil {
			return err
		}
		if wanted(account) {
			v.posting(id, money.Points(points), moves)
			do(id, account)
		}
		return nil
	}, sql, args...)
}

// posting compares a posting with its entries, and leaves these in v.moves.
func (v *verifier) posting(id string, points money.Points, moves string) {
	v.sum.Postings++
	var err error
	if v.moves, err = decodeMoves(v.moves[:0], moves); err != nil {
		v.differ("posting_entries", id, "its entries cannot be read: %v", err)
	}
	v.sum.Entries += len(v.moves)
	var sum, inner money.Points // inner: between lots and debt of the same account
	for _, m := range v.moves {
		sum += m.Points
		switch m.Contra {
		case ledger.ContraDebt:
			inner += m.Points
		case ledger.ContraTransfer:
			v.transferred += m.Points
		}
	}
	v.entries += sum
	if points != sum {
		v.differ("posting_entries", id, "it says %d points, its entries come to %d", points, sum)
	}
	if inner != 0 {
		v.differ("debt_contra", id, "what moves between lots and debt comes to %d instead of nothing", inner)
	}
}

const openLotsOfAccounts = `SELECT id, account_id, points, remaining, expired FROM lot
	WHERE program_id = $1 AND open AND account_id > $2 AND account_id <= $3`

// readOpenLots reads the open lots of the accounts, and finds those that no entry of their account made.
func (v *verifier) readOpenLots(ctx context.Context, p *accountPage) error {
	return v.readLots(ctx, p, func(id string, is lotFacts) {
		i, ok := p.at[is.owner]
		if _, named := p.lotAt[lotOf{is.owner, id}]; named || !ok {
			return
		}
		v.sum.Lots++
		v.differ("lot_entries", id, "it holds %d points that no entry made", is.remaining)
		p.accounts[i].lots += is.remaining
	}, openLotsOfAccounts, v.program, p.after, p.last)
}

// lotsAtOnce is how many lots are looked up with one statement.
const lotsAtOnce = 2000

// readOtherLots reads what entries name beside the open lots of the accounts: lots that are used up, or are another's.
func (v *verifier) readOtherLots(ctx context.Context, p *accountPage) error {
	var ids []string
	read := func() error {
		err := v.readLots(ctx, p, func(string, lotFacts) {}, `SELECT id, account_id, points, remaining, expired FROM lot
			WHERE program_id = $1 AND id = ANY($2)`, v.program, ids)
		ids = ids[:0]
		return err
	}
	for i := range p.lots {
		if _, ok := p.facts[p.lots[i].id]; ok {
			continue
		}
		if ids = append(ids, p.lots[i].id); len(ids) == lotsAtOnce {
			if err := read(); err != nil {
				return err
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return read()
}

// readLots keeps the facts of lots and hands them on.
func (v *verifier) readLots(ctx context.Context, p *accountPage, do func(id string, is lotFacts), sql string, args ...any) error {
	var id, owner string
	var points, remaining, expired int64
	into := []any{&id, &owner, &points, &remaining, &expired}
	return v.rows(ctx, "lots", func(row pgx.Row) error {
		if err := row.Scan(into...); err != nil {
			return err
		}
		is := lotFacts{owner, money.Points(points), money.Points(remaining), money.Points(expired)}
		p.facts[id] = is
		do(id, is)
		return nil
	}, sql, args...)
}

// compareLots compares the lots that entries name with their rows.
func (v *verifier) compareLots(p *accountPage) {
	for i := range p.lots {
		l := &p.lots[i]
		v.sum.Lots++
		is, ok := p.facts[l.id]
		if !ok {
			v.differ("lot_entries", l.id, "entries of %d points name a lot that is not there", l.entries)
			continue
		}
		v.lot(l, is)
		if is.owner == l.account {
			p.accounts[p.at[is.owner]].lots += is.remaining
		}
	}
}

func (v *verifier) lot(l *lotCheck, is lotFacts) {
	if is.owner != l.account {
		v.differ("lot_account", l.id, "it belongs to account %s, its entries to %s", is.owner, l.account)
	}
	if is.remaining != l.entries {
		v.differ("lot_entries", l.id, "remaining is %d, its entries come to %d", is.remaining, l.entries)
	}
	if is.remaining < 0 || is.points < 0 {
		v.differ("below_zero", l.id, "remaining is %d of %d", is.remaining, is.points)
	} else if is.remaining > is.points {
		v.differ("lot_range", l.id, "remaining is %d of %d", is.remaining, is.points)
	}
	if is.expired != l.ended {
		v.differ("lot_expired", l.id, "expired is %d, entries of expiry come to %d", is.expired, l.ended)
	}
}

func (v *verifier) account(a *accountCheck) {
	v.sum.Balance += a.balance
	if a.balance != a.entries {
		v.differ("account_entries", a.id, "balance is %d, entries come to %d", a.balance, a.entries)
	}
	if a.balance != a.lots-a.debt {
		v.differ("account_lots", a.id, "balance is %d, lots %d less debt %d make %d", a.balance, a.lots, a.debt, a.lots-a.debt)
	}
	if a.debt != -a.debtEntries {
		v.differ("account_debt", a.id, "debt is %d, its entries come to %d", a.debt, -a.debtEntries)
	}
	if a.debt < 0 {
		v.differ("below_zero", a.id, "debt is %d", a.debt)
	}
}

const (
	postingsOfNobody = `SELECT id, account_id, points, moves FROM posting WHERE program_id = $1 AND account_id = ''`
	postingsAstray   = `SELECT p.id, p.account_id, p.points, p.moves FROM posting p
		WHERE p.program_id = $1 AND p.account_id <> '' AND NOT EXISTS (SELECT 1 FROM account a WHERE a.program_id = $1 AND a.id = p.account_id)
		ORDER BY p.account_id`
)

// strayPostings goes through the postings that no page of accounts has: those of sales without a card, which move nothing, and those
// whose account is not there.
func (v *verifier) strayPostings(ctx context.Context) error {
	all := func(string) bool { return true }
	err := v.postings(ctx, all, func(id, _ string) {
		if len(v.moves) > 0 {
			v.differ("posting_account", id, "it moves points of no account")
		}
	}, postingsOfNobody, v.program)
	if err != nil {
		return err
	}
	var lost string // account
	var count int
	tell := func() {
		if count > 0 {
			v.differ("posting_account", lost, "%d postings belong to an account that is not there", count)
		}
	}
	err = v.postings(ctx, all, func(_, account string) {
		if account != lost {
			tell()
			lost, count = account, 0
		}
		count++
	}, postingsAstray, v.program)
	tell()
	return err
}
