package storage

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// What a unit answers from memory. What it does not know it reads and remembers, where no work can have changed it.

// Member implements [engine.PeopleReads].
func (u *unit) Member(ctx context.Context, programID, id string) (engine.Member, error) {
	if m, ok := u.people[ref{programID, id}]; ok {
		return m.Member, nil
	}
	return u.writes.Member(ctx, programID, id)
}

// Holder implements [engine.PeopleReads].
func (u *unit) Holder(ctx context.Context, programID, id string) (engine.Holder, error) {
	if a := u.owned[ref{programID, id}]; a != nil {
		return a.holder, nil
	}
	return u.writes.Holder(ctx, programID, id)
}

// Location implements [engine.ProgramReads].
func (u *unit) Location(ctx context.Context, programID, id string) (engine.Location, error) {
	if l, ok := u.places[ref{programID, id}]; ok {
		return l, nil
	}
	return u.writes.Location(ctx, programID, id)
}

// Staff implements [engine.ProgramReads].
func (u *unit) Staff(ctx context.Context, programID, id string) (engine.Staff, error) {
	if s, ok := u.staff[ref{programID, id}]; ok {
		return s, nil
	}
	return u.writes.Staff(ctx, programID, id)
}

// ContactsOf implements [engine.PeopleReads].
func (u *unit) ContactsOf(ctx context.Context, programID, memberID, staffID string) ([]engine.Contact, error) {
	if memberID == "" {
		if found, ok := u.hands[ref{programID, staffID}]; ok {
			return slices.Clone(found), nil
		}
	}
	return u.writes.ContactsOf(ctx, programID, memberID, staffID)
}

// Referral implements [engine.MechanicReads].
func (u *unit) Referral(ctx context.Context, programID, friendID string) (engine.Referral, error) {
	if r, ok := u.referrals[ref{programID, friendID}]; ok {
		if r.FriendID == "" {
			return r, notFound("referral")
		}
		return r, nil
	}
	return u.writes.Referral(ctx, programID, friendID)
}

// PostingByKey implements [engine.LedgerReads].
func (u *unit) PostingByKey(ctx context.Context, programID, key string) (engine.Posting, error) {
	at := ref{programID, key}
	if p, ok := u.keys[at]; ok {
		if p == nil {
			return engine.Posting{}, notFound("posting")
		}
		return *p, nil
	}
	p, err := u.writes.PostingByKey(ctx, programID, key)
	switch {
	case err == nil:
		u.keys[at] = &p
	case engine.IsKind(err, engine.KindNotFound):
		u.keys[at] = nil
	}
	return p, err
}

// SaleByReceipt implements [engine.LedgerReads].
func (u *unit) SaleByReceipt(ctx context.Context, programID, locationID, till, business, receiptNo string) (engine.Sale, error) {
	at := receiptRef{programID, engine.Receipt{LocationID: locationID, Till: till, Business: business, No: receiptNo}}
	if s, ok := u.receipts[at]; ok {
		switch {
		case s == nil:
			return engine.Sale{}, notFound("sale")
		case u.sold[ref{programID, s.ID}] != nil:
			return u.Sale(ctx, programID, s.ID) // with what has been returned of it
		}
		return *s, nil
	}
	s, err := u.writes.SaleByReceipt(ctx, programID, locationID, till, business, receiptNo)
	switch {
	case err == nil:
		if u.receipts[at] = &s; u.sold[ref{programID, s.ID}] != nil {
			return u.Sale(ctx, programID, s.ID)
		}
	case engine.IsKind(err, engine.KindNotFound):
		u.receipts[at] = nil
	}
	return s, err
}

// OrphansOf implements [engine.MechanicReads]. Returns are recorded by themselves, so what was read with the group is all there is.
func (u *unit) OrphansOf(ctx context.Context, programID, locationID, till, business, receiptNo string) ([]engine.Orphan, error) {
	if found, asked := u.orphans[receiptRef{programID, engine.Receipt{LocationID: locationID, Till: till, Business: business, No: receiptNo}}]; asked {
		return slices.Clone(found), nil
	}
	return u.writes.OrphansOf(ctx, programID, locationID, till, business, receiptNo)
}

// InsertOrphan implements [engine.MechanicWrites]: it is written at once.
func (u *unit) InsertOrphan(ctx context.Context, o engine.Orphan) error {
	u.through()
	if err := u.writes.InsertOrphan(ctx, o); err != nil {
		return err
	}
	at := receiptRef{o.ProgramID, engine.Receipt{LocationID: o.LocationID, Till: o.Till, Business: o.Business, No: o.ReceiptNo}}
	if known, asked := u.orphans[at]; asked {
		put(u, u.orphans, at, append(slices.Clone(known), o))
	}
	return nil
}

// MatchOrphan implements [engine.MechanicWrites]: it is written at once.
func (u *unit) MatchOrphan(ctx context.Context, programID, id string, at time.Time) error {
	u.through()
	if err := u.writes.MatchOrphan(ctx, programID, id, at); err != nil {
		return err
	}
	for key, known := range u.orphans {
		if i := slices.IndexFunc(known, func(o engine.Orphan) bool { return o.ID == id }); key.program == programID && i >= 0 {
			put(u, u.orphans, key, slices.Delete(slices.Clone(known), i, i+1))
		}
	}
	return nil
}

// CountSales implements [engine.LedgerReads]: those in the database and those of the works before.
func (u *unit) CountSales(ctx context.Context, programID, staffID, memberID string, from, to time.Time) (int, error) {
	n, err := u.writes.CountSales(ctx, programID, staffID, memberID, from, to)
	if err != nil {
		return 0, err
	}
	for _, s := range u.sales {
		if s.ProgramID == programID && s.StaffID == staffID && staffID != "" && (memberID == "" || s.MemberID == memberID) &&
			!s.RecordedAt.Before(from) && s.RecordedAt.Before(to) {
			n++
		}
	}
	return n - u.uncounted(programID, staffID, memberID, from, to), nil
}

// LockForSale implements [engine.LedgerWrites], for accounts that are locked with the group.
func (u *unit) LockForSale(ctx context.Context, programID string, at time.Time, spends bool, ids ...string) ([]ledger.Account, error) {
	return u.locked(ctx, programID, ids, func(a *unitAccount) bool {
		_, known := a.Sum(at)
		return a.Whole() || known && (!spends || len(a.Lots) > 0)
	})
}

// LockAccounts implements [engine.LedgerWrites], for accounts that are locked with the group.
func (u *unit) LockAccounts(ctx context.Context, programID string, ids ...string) ([]ledger.Account, error) {
	return u.locked(ctx, programID, ids, func(a *unitAccount) bool { return a.Whole() })
}

// locked returns accounts that have what is needed, after reading all their lots if they have not.
func (u *unit) locked(ctx context.Context, programID string, ids []string, enough func(*unitAccount) bool) ([]ledger.Account, error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	accounts := make([]ledger.Account, len(ids))
	for i, id := range ids {
		a := u.accounts[ref{programID, id}]
		if a == nil {
			return nil, u.refuse() // locking it now might meet another group that locks the other way round
		}
		if !enough(a) {
			if a.changed {
				return nil, u.refuse()
			}
			whole := []ledger.Account{{ID: a.ID, Debt: a.Debt}}
			if err := u.fillAccounts(ctx, programID, whole); err != nil {
				return nil, err
			}
			a.Account = whole[0]
		}
		accounts[i] = a.Account
	}
	return accounts, nil
}

// Standing implements [engine.MechanicReads], for members whose accounts are locked with the group.
func (u *unit) Standing(ctx context.Context, programID, memberID string, q engine.StandingQuery) (rules.Standing, error) {
	a := u.owned[ref{programID, memberID}]
	if a == nil {
		if u.pending() {
			return rules.Standing{}, u.refuse()
		}
		return u.writes.Standing(ctx, programID, memberID, q)
	}
	if err := u.loadStamps(ctx, a, q); err != nil {
		return rules.Standing{}, err
	}
	if err := u.loadCoupons(ctx, a, q); err != nil {
		return rules.Standing{}, err
	}
	if err := u.loadBirthday(ctx, a, q); err != nil {
		return rules.Standing{}, err
	}
	s := a.stand
	if q.NoStamps {
		s.Stamps = nil
	}
	if q.NoCoupons {
		s.Coupons = nil
	}
	s.Stamps, s.Coupons = slices.Clone(s.Stamps), slices.Clone(s.Coupons)
	var err error
	if s.Uses, err = u.usesOf(ctx, programID, memberID, q.Counters); err != nil {
		return rules.Standing{}, err
	}
	sortStanding(&s)
	window := s
	if q.Since != "" {
		if window, err = u.window(ctx, a, q); err != nil {
			return rules.Standing{}, err
		}
		window.Referrals = s.Referrals
	}
	s.Qualified = qualified(&window, q.Basis)
	return s, nil
}

// window is what the days since one come to, those of the works before included.
func (u *unit) window(ctx context.Context, a *unitAccount, q engine.StandingQuery) (w rules.Standing, err error) {
	if q.Basis == "" || q.Basis == rules.TierByReferrals {
		return w, nil
	}
	if w, err = u.windowSince(ctx, a.program, a.member, a.ID, string(q.Since)); err != nil {
		return w, err
	}
	for at, day := range u.days {
		if at.ref == (ref{a.program, a.member}) && at.day >= string(q.Since) {
			w.Visits, w.Spent, w.Earned = w.Visits+day.Visits, w.Spent+day.Spent, w.Earned+day.Earned
		}
	}
	return w, nil
}

func (u *unit) loadStamps(ctx context.Context, a *unitAccount, q engine.StandingQuery) error {
	if a.stamps || q.NoStamps {
		return nil
	}
	found, err := many(ctx, u.q, "stamps", scanUnitStamp, unitStamps, a.program, []string{a.member})
	if err != nil {
		return err
	}
	stamps := make([]rules.StampCount, 0, len(found))
	for _, s := range found {
		stamps = append(stamps, s.StampCount)
	}
	for at, add := range u.stamps {
		if at.ref == (ref{a.program, a.member}) {
			stamps = addStamps(stamps, at.card, add.delta, add.rounds)
		}
	}
	a.stand.Stamps, a.stamps = stamps, true
	return nil
}

func (u *unit) loadBirthday(ctx context.Context, a *unitAccount, q engine.StandingQuery) error {
	if a.born || q.NoBirthday {
		return nil
	}
	m, err := one(ctx, u.q, "member", u.scanUnitMember, unitMembers, a.program, []string{a.member})
	if err != nil {
		return err
	}
	a.stand.Birthday, a.born = m.birthday, true
	return nil
}

func (u *unit) loadCoupons(ctx context.Context, a *unitAccount, q engine.StandingQuery) error {
	if a.coupons || q.NoCoupons {
		return nil
	}
	found, err := many(ctx, u.q, "coupons", scanUnitCoupon, unitCoupons, a.program, []string{a.member})
	if err != nil {
		return err
	}
	coupons := make([]rules.Coupon, 0, len(found))
	for _, c := range found {
		if _, ours := u.coupons[ref{a.program, c.ID}]; !ours {
			coupons = append(coupons, c.Coupon)
		}
	}
	for _, c := range u.coupons {
		if c.ProgramID == a.program && c.MemberID == a.member && openCoupon(c.State) {
			coupons = append(coupons, c.Coupon.Coupon)
		}
	}
	a.stand.Coupons, a.coupons = coupons, true
	return nil
}

func openCoupon(s rules.CouponState) bool {
	return s == rules.CouponIssued || s == rules.CouponActivated
}

// Coupon implements [engine.MechanicReads].
func (u *unit) Coupon(ctx context.Context, programID, id string) (engine.Coupon, error) {
	at := ref{programID, id}
	if c, ok := u.coupons[at]; ok {
		return c.Coupon, nil
	}
	c, err := u.writes.Coupon(ctx, programID, id)
	if err == nil {
		u.coupons[at] = &unitCoupon{Coupon: c}
	}
	return c, err
}

// useRef names a counter; member is "" for all members together.
type useRef struct {
	program, member string
	rules.Counter
}

// unitUse is a counter: as it was found, and what the works have added.
type unitUse struct {
	base, added rules.Use
	found       bool // it has a row
	changed     bool
}

func (use *unitUse) now() rules.Use {
	n := use.base
	n.Times, n.Points, n.Amount = n.Times+use.added.Times, n.Points+use.added.Points, n.Amount+use.added.Amount
	if use.added.Last.After(n.Last) {
		n.Last = use.added.Last
	}
	return n
}

func useAt(programID, memberID string, c rules.Counter) useRef {
	if c.All {
		memberID = ""
	}
	return useRef{programID, memberID, c}
}

// usesOf reads counters of a member and of the whole program, those unknown from the database.
func (u *unit) usesOf(ctx context.Context, programID, memberID string, counters []rules.Counter) ([]rules.Use, error) {
	if err := u.loadUses(ctx, programID, memberID, counters); err != nil {
		return nil, err
	}
	var uses []rules.Use
	for i, c := range counters {
		if slices.Contains(counters[:i], c) {
			continue
		}
		if use := u.uses[useAt(programID, memberID, c)]; use.found || use.changed {
			uses = append(uses, use.now())
		}
	}
	return uses, nil
}

func (u *unit) loadUses(ctx context.Context, programID, memberID string, counters []rules.Counter) error {
	var missing []rules.Counter
	for _, c := range counters {
		if at := useAt(programID, memberID, c); u.uses[at] == nil {
			missing = append(missing, c)
			u.uses[at] = &unitUse{base: rules.Use{Counter: c}}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	of, periods := counterNames(missing)
	found, err := many(ctx, u.q, "counters", scanUnitUse, unitUses, programID, memberID, of, periods)
	if err != nil {
		return err
	}
	for _, f := range found {
		if slices.Contains(missing, f.Counter) {
			use := u.uses[useAt(programID, memberID, f.Counter)]
			use.base, use.found = f, true
		}
	}
	return nil
}

// Uses implements [engine.MechanicReads].
func (u *unit) Uses(ctx context.Context, programID string, counters []rules.Counter) ([]rules.Use, error) {
	all := make([]rules.Counter, len(counters))
	for i, c := range counters {
		all[i] = rules.Counter{Of: c.Of, Period: c.Period, All: true}
	}
	uses, err := u.usesOf(ctx, programID, "", all)
	sortUses(uses)
	return uses, err
}

// LockUses implements [engine.MechanicWrites]. Rows that it makes stay, at nothing, when the work fails: they mean nothing.
func (u *unit) LockUses(ctx context.Context, programID string, counters []rules.Counter) ([]rules.Use, error) {
	var unlocked []rules.Counter
	for _, c := range counters {
		if at := useAt(programID, "", rules.Counter{Of: c.Of, Period: c.Period, All: true}); u.uses[at] == nil || !u.uses[at].found {
			unlocked = append(unlocked, c)
		}
	}
	if len(unlocked) > 0 {
		found, err := u.writes.LockUses(ctx, programID, unlocked)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			at := useAt(programID, "", f.Counter)
			locked := unitUse{base: f, found: true}
			if before := u.uses[at]; before != nil { // works have added to it without looking
				locked.added, locked.changed = before.added, before.changed
			}
			u.uses[at] = &locked
		}
	}
	return u.Uses(ctx, programID, counters)
}

// sum is what the account's row says of its lots after the works.
func (a *unitAccount) sum() ledger.Rest {
	if sum, ok := a.Sum(a.at); ok {
		return sum
	}
	return ledger.Rest{Until: longAgo} // whoever comes next reads the lots
}

// remaining is what is left of a lot, nothing when it is closed.
func (a *unitAccount) remaining(lotID string) money.Points {
	for i := range a.Lots {
		if a.Lots[i].ID == lotID {
			return a.Lots[i].Remaining
		}
	}
	return 0
}

// windowSince is what the days of a member since one come to, as they are in the database.
func (r reads) windowSince(ctx context.Context, programID, memberID, accountID, since string) (sum rules.Standing, err error) {
	parts, err := many(ctx, r.q, "activity", func(row pgx.Row) (w rules.Standing, err error) {
		err = row.Scan(&w.Visits, &w.Spent, &w.Earned)
		return w, err
	}, `SELECT CAST(COALESCE(sum(visits), 0) AS bigint), CAST(COALESCE(sum(spent), 0) AS bigint), CAST(COALESCE(sum(earned), 0) AS bigint)
		FROM activity WHERE program_id = $1 AND member_id = $2 AND day >= $3
		UNION ALL
		SELECT count(*), CAST(COALESCE(sum(total - discount), 0) AS bigint), CAST(COALESCE(sum(earned), 0) AS bigint)
		FROM posting WHERE program_id = $1 AND account_id = $4 AND account_id <> '' AND counted AND business >= $3`,
		programID, memberID, since, accountID)
	for _, w := range parts {
		sum.Visits, sum.Spent, sum.Earned = sum.Visits+w.Visits, sum.Spent+w.Spent, sum.Earned+w.Earned
	}
	return sum, err
}

// unitUses reads counters of a member and of the whole program.
const unitUses = `SELECT of_what, period, member_id, times, points, amount, last_at FROM counter
	WHERE program_id = $1 AND member_id IN ($2, '') AND of_what = ANY($3) AND period = ANY($4)`

func scanUnitUse(row pgx.Row) (rules.Use, error) {
	var s standingRow
	err := row.Scan(&s.t1, &s.t2, &s.t3, &s.n1, &s.n2, &s.n3, &s.at1)
	return useOf(s, s.t3 == ""), err
}
