package storage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/storage/sqldb"
)

func newUnit(s *Store) *unit {
	return &unit{
		dialect: s.Dialect(), writes: &writes{reads: reads{seal: s.seal}},
		accounts: map[ref]*unitAccount{}, owned: map[ref]*unitAccount{}, people: map[ref]unitMember{},
		keys: map[ref]*engine.Posting{}, receipts: map[receiptRef]*engine.Sale{}, orphans: map[receiptRef][]engine.Orphan{}, places: map[ref]engine.Location{}, staff: map[ref]engine.Staff{},
		hands: map[ref][]engine.Contact{}, referrals: map[ref]engine.Referral{}, uses: map[useRef]*unitUse{}, coupons: map[ref]*unitCoupon{},
		holds: map[ref]*unitHold{}, holdKeys: map[ref]string{}, sold: map[ref]*unitSale{}, salePostings: map[ref][]engine.Posting{},
		entries: map[ref][]engine.Entry{}, lots: map[ref]readLot{}, ahead: map[string][]string{}, versions: map[settingsRef]engine.SettingsVersion{},
		days: map[dayRef]*engine.Activity{}, stamps: map[stampRef]*unitStamp{},
	}
}

// wanted is what the works of a program have announced.
type wanted struct {
	program          string
	members          []string
	people           []string // of these; others are asked for as holders only
	spend, whole     []string // of these; none is in both
	keys             []string
	known            []string // of the keys: those that have been used
	holds, holdKeys  []string
	sales            []string
	places, staff    []string
	friends          []string
	receipts         []engine.Receipt
	stamped, coupons []string
	at               time.Time // when the accounts are looked at
}

func wantedOf(group []*waiting) []*wanted {
	var all []*wanted
	by := map[string]*wanted{}
	for _, w := range group {
		x := by[w.ProgramID]
		if x == nil {
			x = &wanted{program: w.ProgramID}
			by[w.ProgramID] = x
			all = append(all, x)
		}
		x.members = append(x.members, w.MemberIDs...)
		if !w.NoNames {
			x.people = append(x.people, w.MemberIDs...)
		}
		x.keys = append(x.keys, w.Keys...)
		x.holds, x.holdKeys = append(x.holds, w.HoldIDs...), append(x.holdKeys, w.HoldKeys...)
		x.sales = append(x.sales, w.SaleIDs...)
		if w.Now != nil && x.at.IsZero() {
			x.at = w.Now()
		}
		switch {
		case w.Whole:
			x.whole = append(x.whole, w.MemberIDs...)
		case w.Spends:
			x.spend = append(x.spend, w.MemberIDs...)
		}
		if w.LocationID != "" {
			x.places = append(x.places, w.LocationID)
		}
		if w.StaffID != "" {
			x.staff = append(x.staff, w.StaffID)
		}
		if w.Receipt.No != "" {
			x.receipts = append(x.receipts, w.Receipt)
		}
		if len(w.MemberIDs) == 0 {
			continue
		}
		first := w.MemberIDs[0]
		if w.Referral {
			x.friends = append(x.friends, first)
		}
		if !w.Standing.NoBirthday {
			x.people = append(x.people, first)
		}
		if !w.Standing.NoStamps {
			x.stamped = append(x.stamped, first)
		}
		if !w.Standing.NoCoupons {
			x.coupons = append(x.coupons, first)
		}
	}
	for _, x := range all {
		for _, list := range []*[]string{&x.members, &x.people, &x.keys, &x.places, &x.staff, &x.friends, &x.stamped, &x.coupons, &x.spend, &x.whole, &x.holds, &x.holdKeys, &x.sales} {
			slices.Sort(*list)
			if *list = slices.Compact(*list); *list == nil {
				*list = []string{} // nil would be NULL
			}
		}
		x.spend = slices.DeleteFunc(x.spend, x.inWhole)
	}
	// Every group locks accounts in the order of their programs and ids.
	slices.SortFunc(all, func(a, b *wanted) int { return cmp.Compare(a.program, b.program) })
	return all
}

func (x *wanted) inWhole(member string) bool {
	_, whole := slices.BinarySearch(x.whole, member)
	return whole
}

const (
	lockOwned = `SELECT id, member_id, debt, balance, known_active, known_ended, known_next, known_next_points, known_from, known_until,
			visits, spent, earned, referrals, first_at, last_at, tier, tier_since, tier_until, tier_by_hand, tier_grace, tier_warned, tags, ` + ownerFields + `
		FROM account WHERE program_id = $1 AND member_id = ANY($2) AND member_id <> '' ORDER BY id || '' FOR NO KEY UPDATE` // by an expression: SQLite would walk over the whole index of ids

	lotFields = `l.account_id, l.id, l.kind, l.sale_id, l.points, l.remaining, l.active_from, l.expires_at, l.earned_at`

	// CROSS JOIN is a join like any other, but SQLite then begins with the table on the left.

	// wholeLots reads all open lots of members of whom they are asked for.
	wholeLots = `SELECT ` + lotFields + ` FROM account a CROSS JOIN lot l
		WHERE l.program_id = $1 AND l.account_id = a.id AND l.open AND a.program_id = $1 AND a.member_id = ANY($2) AND a.member_id <> ''`

	// openLots reads all open lots of accounts.
	openLots = `SELECT ` + lotFields + ` FROM lot l WHERE l.program_id = $1 AND l.account_id = ANY($2) AND l.open`

	// firstLots reads the lots of an account that are
	// spent first: those that end, and apart from them those that never do, each in the order of the index.
	firstLots = `SELECT * FROM (SELECT ` + lotFields + lotsOfMember + `l.expires_at IS NOT NULL ORDER BY l.expires_at, l.earned_at, l.id LIMIT $3) AS ending
		UNION ALL
		SELECT * FROM (SELECT ` + lotFields + lotsOfMember + `l.expires_at IS NULL ORDER BY l.earned_at, l.id LIMIT $3) AS lasting`

	lotsOfMember = ` FROM lot l
		WHERE l.program_id = $1 AND l.account_id = (SELECT a.id FROM account a WHERE a.program_id = $1 AND a.member_id = $2 AND a.member_id <> '') AND l.open AND `

	// heldAndKnown finds open holds of members, and which keys have been used.
	heldAndKnown = `SELECT h.account_id, h.id, h.points, h.created_at, h.expires_at FROM account a CROSS JOIN hold h
		WHERE h.program_id = $1 AND h.account_id = a.id AND h.state IN ('asking', 'held') AND a.program_id = $1 AND a.member_id = ANY($2) AND a.member_id <> ''
		UNION ALL
		SELECT '', p.key, 0, p.recorded_at, p.recorded_at FROM posting p WHERE p.program_id = $1 AND p.key = ANY($3)`

	unitMembers = `SELECT m.program_id, m.id, m.account_id, m.card, m.token, m.invite_tag, m.language, m.state, m.source, m.inviter_id,
			m.joined_at, m.joined_at_location, m.merged_into, COALESCE(p.name, ''), COALESCE(p.phone, ''), COALESCE(p.proof, ''),
			COALESCE(p.birthday, ''), p.birthday_changed_at
		FROM member m LEFT JOIN profile p ON p.program_id = m.program_id AND p.member_id = m.id
		WHERE m.program_id = $1 AND m.id = ANY($2)`

	unitStamps  = `SELECT member_id, card, count, done FROM stamp WHERE program_id = $1 AND member_id = ANY($2)`
	unitCoupons = `SELECT member_id, id, kind, state, active_from, expires_at FROM coupon
		WHERE program_id = $1 AND member_id = ANY($2) AND state IN ('issued', 'activated')`
)

// spendFirst is how many lots are read of an account from which points are taken. Those who have more spend in a transaction of
// their own when these do not suffice.
const spendFirst = 128

// queueLoads asks for everything that the works have announced: first the sales and then the accounts, which are locked in the order of their ids, and
// then, with statements that see what whoever held the locks before has left, all that depends on them.
func (u *unit) queueLoads(b *pgx.Batch, group []*waiting) error {
	u.wants = wantedOf(group)
	for _, x := range u.wants {
		u.queueSales(b, x)
		if len(x.members) > 0 {
			u.queueMembers(b, x)
		}
		for _, key := range x.keys {
			u.keys[ref{x.program, key}] = nil
		}
		if len(x.members)+len(x.keys) > 0 {
			queueRows(b, scanOwnedHold, func(h ownedHold) {
				if h.account == "" {
					x.known = append(x.known, h.ID)
					return
				}
				a := u.accounts[ref{x.program, h.account}]
				a.Holds = append(a.Holds, h.Hold)
			}, heldAndKnown, x.program, x.members, x.keys)
		}
		u.queueHolds(b, x)
		if len(x.receipts) > 0 {
			if err := u.queueReceipts(b, x); err != nil {
				return err
			}
		}
		if len(x.places) > 0 {
			queueRows(b, scanLocation, func(l engine.Location) { u.places[ref{x.program, l.ID}] = l },
				selectLocation+`WHERE program_id = $1 AND id = ANY($2)`, x.program, x.places)
		}
		if len(x.staff) > 0 {
			for _, id := range x.staff {
				u.hands[ref{x.program, id}] = nil
			}
			queueRows(b, u.scanStaff, func(s engine.Staff) { u.staff[ref{x.program, s.ID}] = s },
				selectStaff+`WHERE program_id = $1 AND id = ANY($2)`, x.program, x.staff)
			queueRows(b, u.scanContact, func(c engine.Contact) {
				at := ref{x.program, c.StaffID}
				u.hands[at] = append(u.hands[at], c)
			}, selectContact+`WHERE program_id = $1 AND staff_id = ANY($2) AND staff_id <> '' ORDER BY seen_at DESC, id`, x.program, x.staff)
		}
		if len(x.friends) > 0 {
			for _, id := range x.friends {
				u.referrals[ref{x.program, id}] = engine.Referral{}
			}
			queueRows(b, scanReferral, func(r engine.Referral) { u.referrals[ref{x.program, r.FriendID}] = r },
				selectReferral+`WHERE program_id = $1 AND friend_id = ANY($2)`, x.program, x.friends)
		}
	}
	return nil
}

// queueReceipts asks of which receipts something is known. Of most there is nothing.
func (u *unit) queueReceipts(b *pgx.Batch, x *wanted) error {
	keys := sqldb.Table{Name: "receipt", Columns: []string{"at_location", "at_till", "on_day", "no"}}
	for _, r := range x.receipts {
		at := receiptRef{x.program, r}
		if _, asked := u.receipts[at]; asked {
			continue
		}
		u.receipts[at], u.orphans[at] = nil, nil
		keys.Rows = append(keys.Rows, []any{r.LocationID, r.Till, r.Business, r.No})
	}
	return sqldb.QueueFind(b, u.dialect, keys, knownReceipts, eachRow(scanKnownReceipt, func(k knownReceipt) {
		if at := (receiptRef{x.program, k.Receipt}); k.waits { // whoever asks reads it
			delete(u.orphans, at)
		} else {
			delete(u.receipts, at)
		}
	}), x.program)
}

// knownReceipt is a receipt of which there is a sale, or for whose sale a return waits.
type knownReceipt struct {
	engine.Receipt
	waits bool
}

func scanKnownReceipt(row pgx.Row) (k knownReceipt, err error) {
	err = row.Scan(&k.LocationID, &k.Till, &k.Business, &k.No, &k.waits)
	return k, err
}

// knownReceipts finds which receipts something is known of, by what is in a set: at_location, at_till, on_day and no.
func knownReceipts(set string) string {
	const of = ` CROSS JOIN %s s WHERE s.program_id = $5 AND s.location_id = v.at_location AND s.till = v.at_till AND s.business = v.on_day AND s.receipt_no = v.no
		AND s.receipt_no <> ''`
	const is = `SELECT v.at_location, v.at_till, v.on_day, v.no, `
	return is + `false FROM ` + set + fmt.Sprintf(of, "posting") + ` AND s.sold
		UNION ALL ` + is + `false FROM ` + set + fmt.Sprintf(of, "sale") + `
		UNION ALL ` + is + `true FROM ` + set + fmt.Sprintf(of, "orphan") + ` AND s.matched_at IS NULL`
}

// queueMembers asks for members with all that hangs on their accounts.
func (u *unit) queueMembers(b *pgx.Batch, x *wanted) {
	queueRows(b, scanOwned, func(a *unitAccount) {
		a.program, a.holder.ProgramID, a.lots = x.program, x.program, map[string]*unitLot{}
		u.accounts[ref{x.program, a.ID}] = a
		u.owned[ref{x.program, a.member}] = a
	}, lockOwned, x.program, x.members)
	account := func(id string) *unitAccount { return u.accounts[ref{x.program, id}] }
	keep := func(l ownedLot) {
		a := account(l.account)
		a.Lots = append(a.Lots, l.Lot)
	}
	if len(x.whole) > 0 {
		queueRows(b, scanOwnedLot, keep, wholeLots, x.program, x.whole)
	}
	for _, member := range x.spend {
		queueRows(b, scanOwnedLot, keep, firstLots, x.program, member, int64(spendFirst))
	}
	if len(x.people) > 0 {
		queueRows(b, u.scanUnitMember, func(m unitMember) { u.people[ref{x.program, m.ID}] = m }, unitMembers, x.program, x.people)
	}
	if len(x.stamped) > 0 {
		queueRows(b, scanUnitStamp, func(s memberStamp) {
			if a := u.owned[ref{x.program, s.member}]; a != nil {
				a.stand.Stamps = append(a.stand.Stamps, s.StampCount)
			}
		}, unitStamps, x.program, x.stamped)
	}
	if len(x.coupons) > 0 {
		queueRows(b, scanUnitCoupon, func(c memberCoupon) {
			if a := u.owned[ref{x.program, c.member}]; a != nil {
				a.stand.Coupons = append(a.stand.Coupons, c.Coupon)
			}
		}, unitCoupons, x.program, x.coupons)
	}
}

// settleLoads puts together what has been read.
func (u *unit) settleLoads(ctx context.Context) error {
	for _, x := range u.wants {
		if err := u.readUnknown(ctx, x); err != nil {
			return err
		}
		if err := u.readKnown(ctx, x); err != nil {
			return err
		}
		for _, id := range x.members {
			if a := u.owned[ref{x.program, id}]; a != nil {
				_, spends := slices.BinarySearch(x.spend, id)
				a.settle(spends, x.inWhole(id), x.at)
				if m, ok := u.people[ref{x.program, id}]; ok {
					a.stand.Birthday, a.born = m.birthday, true
				}
			}
		}
		for _, id := range x.stamped {
			if a := u.owned[ref{x.program, id}]; a != nil {
				a.stamps = true
			}
		}
		for _, id := range x.coupons {
			if a := u.owned[ref{x.program, id}]; a != nil {
				a.coupons = true
			}
		}
	}
	return nil
}

// readUnknown reads the lots of accounts whose rows do not say what these come to, which is so when one has begun or ended since.
func (u *unit) readUnknown(ctx context.Context, x *wanted) error {
	var ids []string
	for _, member := range x.members {
		if a := u.owned[ref{x.program, member}]; a != nil && !a.known.Holds(x.at) && !x.inWhole(member) {
			ids = append(ids, a.ID)
			a.Lots = nil // those that are spent first are among them
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return askRows(ctx, u.q, scanOwnedLot, func(l ownedLot) {
		a := u.accounts[ref{x.program, l.account}]
		a.Lots = append(a.Lots, l.Lot)
	}, openLots, x.program, ids)
}

// readKnown reads the postings of keys that have been used.
func (u *unit) readKnown(ctx context.Context, x *wanted) error {
	if len(x.known) == 0 {
		return nil
	}
	return askRows(ctx, u.q, scanPosting, func(p engine.Posting) { u.keys[ref{x.program, p.Key}] = &p },
		selectPosting+`WHERE p.program_id = $1 AND p.key = ANY($2)`, x.program, x.known)
}

// settle tells what is known of the lots that were not read: nothing is left out of an account that was asked for whole or whose row did not say
// what they come to, and of one with few lots.
func (a *unitAccount) settle(spends, whole bool, at time.Time) {
	a.at, a.keeps = at, spends || whole
	switch {
	case whole, !a.known.Holds(at), spends && a.allRead():
		a.Rest = ledger.Rest{}
	case spends:
		a.Rest = a.known.Without(a.Lots, at)
	default:
		a.Rest = a.known
	}
	sortAccount(&a.Account)
}

// allRead reports whether what was read to be spent is all there is. If not, what is left in Lots are the first ones.
func (a *unitAccount) allRead() bool {
	ending := slices.DeleteFunc(slices.Clone(a.Lots), func(l ledger.Lot) bool { return l.ExpiresAt.IsZero() })
	if len(ending) >= spendFirst {
		a.Lots = ending
		return false
	}
	return len(a.Lots)-len(ending) < spendFirst
}

// queueRows asks for rows and hands each over when it has been read.
func queueRows[T any](b *pgx.Batch, scan func(pgx.Row) (T, error), each func(T), sql string, args ...any) {
	b.Queue(sql, args...).Query(eachRow(scan, each))
}

// askRows is queueRows for what is asked at once.
func askRows[T any](ctx context.Context, q sqldb.Querier, scan func(pgx.Row) (T, error), each func(T), sql string, args ...any) error {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return fmt.Errorf("read for group: %w", err)
	}
	defer rows.Close()
	return eachRow(scan, each)(rows)
}

func eachRow[T any](scan func(pgx.Row) (T, error), each func(T)) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		for rows.Next() {
			v, err := scan(rows)
			if err != nil {
				return fmt.Errorf("read for group: %w", errors.Join(errUnfit, err))
			}
			each(v)
		}
		return rows.Err()
	}
}

func scanOwned(row pgx.Row) (*unitAccount, error) {
	a := &unitAccount{}
	var balance money.Points
	var tags string
	var next, from, until, first, last, since, till, joined *time.Time
	s, k := &a.stand, &a.known
	err := row.Scan(append([]any{&a.ID, &a.member, &a.Debt, &balance, &k.Active, &k.Ended, &next, &k.NextPoints, &from, &until,
		&s.Visits, &s.Spent, &s.Earned, &s.Referrals, &first, &last, &s.Tier.ID, &since, &till, &s.Tier.ByHand, &s.Tier.Grace, &s.Tier.Warned, &tags},
		ownerInto(&a.holder, &joined)...)...)
	if err != nil {
		return nil, err
	}
	k.Points, k.Next, k.From, k.Until = balance+a.Debt, timeOrZero(next), timeOrZero(from), timeOrZero(until)
	s.FirstVisit, s.LastVisit, s.Tier.Since, s.Tier.Until = timeOrZero(first), timeOrZero(last), timeOrZero(since), timeOrZero(till)
	a.holder.ID, a.holder.AccountID, a.holder.JoinedAt = a.member, a.ID, timeOrZero(joined)
	s.JoinedAt = a.holder.JoinedAt
	return a, decode("tags", tags, &s.Tags)
}

type ownedLot struct {
	account string
	ledger.Lot
}

func scanOwnedLot(row pgx.Row) (l ownedLot, err error) {
	var expires *time.Time
	err = row.Scan(&l.account, &l.ID, &l.Kind, &l.SaleID, &l.Points, &l.Remaining, &l.ActiveFrom, &expires, &l.EarnedAt)
	l.ExpiresAt = timeOrZero(expires)
	return l, err
}

type ownedHold struct {
	account string
	ledger.Hold
}

func scanOwnedHold(row pgx.Row) (h ownedHold, err error) {
	err = row.Scan(&h.account, &h.ID, &h.Points, &h.CreatedAt, &h.ExpiresAt)
	return h, err
}

func (r reads) scanUnitMember(row pgx.Row) (m unitMember, err error) {
	var name, phone, birthday string
	var changed *time.Time
	err = row.Scan(&m.ProgramID, &m.ID, &m.AccountID, &m.Card, &m.Token, &m.InviteTag, &m.Language, &m.State, &m.Source, &m.InviterID,
		&m.JoinedAt, &m.JoinedAtLocation, &m.MergedInto, &name, &phone, &m.Proof, &birthday, &changed)
	if err != nil {
		return m, err
	}
	if err := r.openProfile(&m.Member, name, phone); err != nil {
		return m, err
	}
	return m, r.openBirthday(&m.birthday, m.ProgramID, m.ID, birthday, changed)
}

type memberStamp struct {
	member string
	rules.StampCount
}

func scanUnitStamp(row pgx.Row) (s memberStamp, err error) {
	err = row.Scan(&s.member, &s.Card, &s.Count, &s.Done)
	return s, err
}

type memberCoupon struct {
	member string
	rules.Coupon
}

func scanUnitCoupon(row pgx.Row) (c memberCoupon, err error) {
	var expires *time.Time
	err = row.Scan(&c.member, &c.ID, &c.Kind, &c.State, &c.From, &expires)
	c.Expires = timeOrZero(expires)
	return c, err
}

// lockCounters locks the counters of whole programs that the works have announced, in the order in which everybody locks them, before any
// work is done.
func (u *unit) lockCounters(ctx context.Context, group []*waiting) error {
	shared := map[string][]rules.Counter{}
	for _, w := range group {
		for _, c := range w.Standing.Counters {
			if c.All && !slices.Contains(shared[w.ProgramID], c) {
				shared[w.ProgramID] = append(shared[w.ProgramID], c)
			}
		}
	}
	for _, x := range u.wants {
		if len(shared[x.program]) == 0 {
			continue
		}
		if _, err := u.LockUses(ctx, x.program, shared[x.program]); err != nil {
			return err
		}
	}
	return nil
}
