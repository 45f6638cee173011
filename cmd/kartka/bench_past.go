package main

import (
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"kartka/engine"
	"kartka/engine/cardcode"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/storage"
)

// What every member of a bench has behind: a check in each tenth of the last year, each of which has left an open lot.
const (
	historySales  = 10
	historyDays   = 365
	historyLots   = 2 * historyDays // how many days points live
	historyBefore = historyDays     // in how many days before that year members have joined
)

// benchPast makes the members of a bench with what has been. The same seed and end make the same past, member by member.
type benchPast struct {
	seed    uint64
	end     time.Time // it ends then
	program engine.Program
	bot     engine.Bot
	place   engine.Location
}

// guest is a member who buys, as far as the bench needs to know.
type guest struct {
	no                          int
	member, account, card, user string
}

var pastNames = []string{"Olena", "Андрій", "Марія", "Zofia", "Айгерім", "José", "Іван", "Kasia", "Оксана", "Дмитро", "Lucía", "Нұрлан"}

// chance is that of one member.
func (p *benchPast) chance(n int) *rand.Rand { return rand.New(rand.NewPCG(p.seed, uint64(n))) }

// guest is the member with this number.
func (p *benchPast) guest(n int) guest {
	_, _, g := p.begin(n)
	return g
}

// begin makes what every member begins with, in the order that [benchPast.guest] and [benchPast.history] share.
func (p *benchPast) begin(n int) (*rand.Rand, time.Time, guest) {
	r := p.chance(n)
	joined := p.end.AddDate(0, 0, -historyDays).Add(-within(r, historyBefore*24*time.Hour))
	return r, joined, guest{no: n, member: idAt(joined, r), account: idAt(joined, r), card: pastCard(n), user: strconv.Itoa(firstUser + n)}
}

// arrival is the member with this number, who has not bought anything yet.
func (p *benchPast) arrival(n int) (*rand.Rand, storage.History) {
	r, joined, g := p.begin(n)
	name := pastNames[r.IntN(len(pastNames))]
	m := engine.Member{ID: g.member, ProgramID: p.program.ID, AccountID: g.account, Card: g.card, Token: pastToken(r), InviteTag: pastTag(r), Name: name,
		Phone: pastPhone(n), Proof: engine.ProofPlatform,
		Language: "uk", State: engine.MemberActive, Source: "poster", JoinedAt: joined, JoinedAtLocation: p.place.ID}
	return r, storage.History{Member: m,
		Contacts: []engine.Contact{{ID: idAt(joined, r), ProgramID: m.ProgramID, MemberID: m.ID, Name: name, Locale: "uk", Language: "uk", Source: "poster", CreatedAt: joined,
			Address: engine.Address{Channel: p.bot.Channel, Sender: p.bot.Sender, UserID: g.user}}},
		Consents: []engine.Consent{p.consent(&m, r, engine.PurposeService, true), p.consent(&m, r, engine.PurposeMarketing, r.IntN(3) > 0)},
	}
}

// history is everything about the member with this number.
func (p *benchPast) history(n int) (storage.History, error) {
	r, h := p.arrival(n)
	m := h.Member
	h.Postings, h.Sales, h.Activity = make([]storage.Booked, 0, historySales), make([]engine.Sale, 0, historySales), make([]engine.Activity, 0, historySales)
	account := ledger.Account{ID: m.AccountID}
	standing := rules.Standing{JoinedAt: m.JoinedAt}
	const tenth = historyDays * 24 * time.Hour / historySales
	for i := range historySales {
		at := p.end.Add(-time.Duration(historySales-i)*tenth + within(r, tenth))
		if err := p.sell(&h, &account, &standing, at, r); err != nil {
			return h, fmt.Errorf("make member %d: %w", n, err)
		}
	}
	return h, nil
}

func (p *benchPast) consent(m *engine.Member, r *rand.Rand, purpose engine.Purpose, given bool) engine.Consent {
	return engine.Consent{ID: idAt(m.JoinedAt, r), ProgramID: m.ProgramID, MemberID: m.ID, Channel: p.bot.Channel, Purpose: purpose, Given: given,
		Source: "join", Text: "join-v1", Language: m.Language, At: m.JoinedAt}
}

// sell adds a check, as the engine would have recorded it.
func (p *benchPast) sell(h *storage.History, account *ledger.Account, standing *rules.Standing, at time.Time, r *rand.Rand) error {
	lines := checkLines(r)
	q, err := rules.Evaluate(rules.Input{Settings: p.program.Settings, Lines: lines, OccurredAt: at, Known: true, Available: account.Available(at),
		Balance: account.Balance(), Member: standing, Location: p.place.Code, Channel: "till"})
	if err != nil {
		return fmt.Errorf("evaluate a check: %w", err)
	}
	m := &h.Member
	id, day := idAt(at, r), string(rules.DateOf(at, p.program.Settings.Zone))
	s := engine.Sale{ID: id, ProgramID: m.ProgramID, MemberID: m.ID, AccountID: m.AccountID, LocationID: p.place.ID, Till: "1", ReceiptNo: id, Business: day,
		Source: "till", Currency: p.program.Settings.Currency.Code, Version: p.program.Version, Total: q.Total, Discount: q.Discount, Earned: q.Earn,
		OccurredAt: at, RecordedAt: at, Lines: make([]engine.SaleLine, len(lines)), Tenders: []engine.Tender{{Kind: engine.TenderCard, Amount: q.Payable}}}
	for i := range lines {
		s.Lines[i] = engine.SaleLine{No: i + 1, Line: lines[i], LineResult: q.Lines[i]}
	}
	var plan ledger.Plan
	for _, l := range q.Lots {
		lot := ledger.Lot{ID: idAt(at, r), Points: l.Points, ActiveFrom: l.ActiveFrom, EarnedAt: at, ExpiresAt: l.Expires, SaleID: id, Kind: ledger.KindEarn}
		earned, err := account.Credit(lot, ledger.ContraEarn)
		if err != nil {
			return fmt.Errorf("earn: %w", err)
		}
		*account = account.Apply(earned)
		plan = plan.Then(earned)
		s.LotID, s.Did.Lots = lot.ID, append(s.Did.Lots, lot.ID)
	}
	s.Did.Before = engine.Before{Visits: standing.Visits}
	answer, err := json.Marshal(engine.Posted{PostingID: id, SaleID: id, MemberID: m.ID, Total: q.Total, Payable: q.Payable, Earned: q.Earn, Expires: q.EarnExpires,
		Balance: engine.BalanceOf(account, at), At: at})
	if err != nil {
		return fmt.Errorf("remember answer: %w", err)
	}
	h.Sales = append(h.Sales, s)
	h.Postings = append(h.Postings, storage.Booked{Plan: plan, Posting: engine.Posting{ID: id, ProgramID: m.ProgramID, Kind: ledger.KindSale, Key: id, Hash: pastHash(r),
		MemberID: m.ID, AccountID: m.AccountID, SaleID: id, LocationID: p.place.ID, Version: p.program.Version, Points: plan.Net(), Earned: q.Earn,
		Balance: account.Balance(), Reasons: q.Effects, OccurredAt: at, RecordedAt: at, Counted: true, Answer: answer}})
	spent := q.Total - q.Discount
	h.Activity = append(h.Activity, engine.Activity{ProgramID: m.ProgramID, MemberID: m.ID, Day: rules.Date(day), Visits: 1, Spent: spent, Earned: q.Earn, At: at,
		Counted: true})
	standing.Visits, standing.Spent, standing.Earned, standing.LastVisit = standing.Visits+1, standing.Spent+spent, standing.Earned+q.Earn, at
	return nil
}

// checkLines are a check of two lines for 100 to 500 in all: enough for the settings to let spendMost be spent on it.
func checkLines(r *rand.Rand) []rules.Line {
	net := func() money.Amount { return money.Amount(50_00 + r.IntN(200_00)) }
	return []rules.Line{
		{SKU: "latte", Name: "Latte", Category: "coffee", Quantity: 1000, Net: net()},
		{SKU: "cake", Name: "Cake", Category: "food", Quantity: 2000, Net: net()},
	}
}

// within is some part of a time, in whole microseconds, as the database keeps them.
func within(r *rand.Rand, d time.Duration) time.Duration {
	return time.Duration(r.Int64N(int64(d))).Truncate(time.Microsecond)
}

var idLetters = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// idAt is an id as [engine.Engine.NewID] would have made it at an instant: a UUID of version 7 in 26 letters and digits.
func idAt(at time.Time, r *rand.Rand) string {
	var u [16]byte
	binary.BigEndian.PutUint64(u[:8], uint64(at.UnixMilli())<<16|r.Uint64()&0xfff|0x7000)
	binary.BigEndian.PutUint64(u[8:], r.Uint64()>>2|1<<63)
	return idLetters.EncodeToString(u[:])
}

// pastCard is a number of a card that no other member has.
func pastCard(n int) string {
	const all, stride = 100_000_000, 61_803_399 // without a common divisor, so that every number comes once
	return string(cardcode.NewAlias(uint64(n) % all * stride % all))
}

// pastPhone is a number that no other member has.
func pastPhone(n int) engine.Phone { return engine.Phone(fmt.Sprintf("+38067%07d", n)) }

func pastToken(r *rand.Rand) string { return cardcode.NewToken([16]byte(pastBytes(r))) }

func pastHash(r *rand.Rand) string { return hex.EncodeToString(pastBytes(r)) }

func pastTag(r *rand.Rand) string { return idLetters.EncodeToString(pastBytes(r)[:6]) }

func pastBytes(r *rand.Rand) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, r.Uint64()), r.Uint64())
}
