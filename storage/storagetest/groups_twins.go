package storagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/storage"
)

// inGroups before a URL asks for a shop whose transactions are works of groups.
const inGroups = "in groups "

// announced is what the works of a shop announce: all members and sales that there are.
type announced struct {
	mu             sync.Mutex
	members, sales []string
}

// add adds a member or a sale; there may be nowhere to add it to.
func (a *announced) add(member, sale string) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if member != "" {
		a.members = append(a.members, member)
	}
	if sale != "" {
		a.sales = append(a.sales, sale)
	}
}

// work is a work that announces everything.
func (a *announced) work(program string, run func(engine.Tx) error) engine.Work {
	a.mu.Lock()
	defer a.mu.Unlock()
	return engine.Work{ProgramID: program, MemberIDs: slices.Clone(a.members), SaleIDs: slices.Clone(a.sales), Spends: true, Now: atEpoch, Run: run}
}

// InTx is that of the store, or where the shop says so a work that has announced all members and sales.
func (s *shop) InTx(ctx context.Context, fn func(engine.Tx) error) error {
	if s.grouped == nil {
		return s.Store.InTx(ctx, fn)
	}
	return s.InGroup(ctx, s.grouped.work(s.program.ID, fn))
}

// testInGroups holds works against everything that is asked of transactions.
func testInGroups(t *testing.T, url func(testing.TB) string) {
	grouped := func(t testing.TB) string { return inGroups + url(t) }
	for _, subject := range []struct {
		name string
		test func(*testing.T, func(testing.TB) string)
	}{
		{"standing", testStanding},
		{"coupons", testCoupons},
		{"counters", testCounters},
		{"ledger", testLedger},
		{"glances", testGlances},
		{"history", testHistory},
		{"sales", testSales},
		{"holds", testHolds},
		{"certificates", testCertificates},
		{"referrals", testReferrals},
		{"orphans", testOrphans},
		{"notices", testNotices},
		{"races", testRaces},
		{"model", testModel},
	} {
		t.Run(subject.name, func(t *testing.T) { subject.test(t, grouped) })
	}
}

// twins are two shops alike, in databases of their own: in one, works are written as groups; in the other, one after another.
type twins struct {
	*testing.T
	grouped, serial *shop
	gate            *Gate
}

// homes are the databases of twins.
type homes struct {
	gate   *Gate
	serial *storage.Store
}

// twins makes the shops and prepares each.
func (h homes) twins(t *testing.T, prepare func(*shop)) *twins {
	t.Helper()
	p := Program(t, fmt.Sprint("twins-", number.Add(1)))
	one := func(store *storage.Store) *shop {
		s := &shop{TB: t, Store: store, ctx: t.Context(), program: p, serial: &atomic.Int64{}}
		s.tx(func(tx engine.Tx) error { return tx.InsertProgram(s.ctx, p) })
		prepare(s)
		return s
	}
	w := &twins{T: t, gate: h.gate, grouped: one(h.gate.Store), serial: one(h.serial)}
	w.alike()
	return w
}

// alike checks that both shops hold the same.
func (w *twins) alike() {
	w.Helper()
	equal(w, "what the group left", Rows(w, w.grouped.Store, w.grouped.program.ID), Rows(w, w.serial.Store, w.serial.program.ID))
	w.grouped.clean()
	w.serial.clean()
}

// write writes works, made for each shop anew, as one group and then in the same order one after another, and checks that answers and
// outcome are the same. It returns the answers, and which works had a transaction of their own.
func (w *twins) write(works ...func(*shop) engine.Work) (errs []error, alone []int) {
	w.Helper()
	errs = make([]error, len(works))
	panics := make([]any, len(works))
	calls := make([]func(context.Context), len(works))
	for i, work := range works {
		calls[i] = func(ctx context.Context) {
			defer func() { panics[i] = recover() }()
			errs[i] = w.gate.InGroup(ctx, work(w.grouped))
		}
	}
	done, alone := w.gate.Together(w.Context(), calls...)
	if len(done) != len(works) {
		w.Fatalf("of %d works %v were done", len(works), done)
	}
	for _, i := range done {
		panicked, err := w.inTurn(works[i](w.serial))
		if said(err, panicked) != said(errs[i], panics[i]) {
			w.Errorf("work %d: the group says %v, %v, a transaction says %v, %v", i, errs[i], panics[i], err, panicked)
		}
	}
	w.alike()
	return errs, alone
}

// said is what a caller can tell of an answer.
func said(err error, panicked any) string {
	var e *engine.Error
	if errors.As(err, &e) {
		return fmt.Sprint(e.Kind, e.ID, e.Args, panicked)
	}
	return fmt.Sprint(err, panicked)
}

func (w *twins) inTurn(work engine.Work) (panicked any, err error) {
	defer func() { panicked = recover() }()
	return nil, w.serial.InTx(w.serial.ctx, work.Run)
}

// wantAlone checks which works had a transaction of their own.
func wantAlone(t *testing.T, alone []int, want ...int) {
	t.Helper()
	if slices.Sort(alone); !slices.Equal(alone, want) {
		t.Errorf("works %v had a transaction of their own, not %v", alone, want)
	}
}

// staffed makes members that have something of everything: m-1, m-2 and so on. Of these the second cannot be told anything, and the third has
// blocked the bot.
func (s *shop) staffed(n int) {
	bot := s.bot()
	for i := range n {
		m := engine.Member{ID: fmt.Sprint("m-", i+1), ProgramID: s.program.ID, AccountID: fmt.Sprint("a-", i+1), Card: fmt.Sprint("card-", i+1), Name: "Оля",
			State: engine.MemberActive, Language: "uk", JoinedAt: epoch}
		c := engine.Contact{ID: fmt.Sprint("contact-", i+1), ProgramID: s.program.ID, Address: bot, CreatedAt: epoch}
		c.Address.UserID = fmt.Sprint("user-", i+1)
		s.tx(func(tx engine.Tx) error {
			if err := tx.InsertMember(s.ctx, m); err != nil {
				return err
			}
			if i%2 == 0 {
				if _, err := tx.TouchContact(s.ctx, c); err != nil {
					return err
				}
				if err := tx.LinkContact(s.ctx, s.program.ID, c.ID, m.ID, ""); err != nil {
					return err
				}
			}
			if i == 2 {
				if err := tx.SetBlocked(s.ctx, s.program.ID, c.ID, epoch); err != nil {
					return err
				}
			}
			return errors.Join(
				s.earnIn(tx, m, m.ID+"-long", 100, time.Time{}), s.earnIn(tx, m, m.ID+"-short", 40, epoch.Add(time.Hour)), s.earnIn(tx, m, m.ID+"-over", 7, epoch.Add(-time.Hour)),
				tx.InsertCoupons(s.ctx, s.couponOf(m, m.ID+"-coupon")), tx.AddStamps(s.ctx, s.program.ID, m.ID, "cup", 1, 0),
				tx.AddActivity(s.ctx, s.activity(m, "2026-03-13", 1, 500, 5, epoch.Add(-24*time.Hour))))
		})
	}
}

func (s *shop) at(i int) engine.Member {
	return engine.Member{ID: fmt.Sprint("m-", i), ProgramID: s.program.ID, AccountID: fmt.Sprint("a-", i)}
}

func (s *shop) couponOf(m engine.Member, id string) engine.Coupon {
	c := s.coupon(m, epoch.Add(time.Hour))
	c.ID = id
	return c
}

// work is one on a member who has been announced.
func (s *shop) work(m engine.Member, run func(engine.Tx) error) engine.Work {
	return engine.Work{ProgramID: s.program.ID, MemberIDs: []string{m.ID}, Spends: true, Now: atEpoch, Run: run}
}

// book writes a posting of a plan, named by its key.
func (s *shop) book(tx engine.Tx, m engine.Member, key string, kind ledger.Kind, a *ledger.Account, plan ledger.Plan) error {
	p := s.posting(m, kind, key, a, plan)
	p.ID = "posting-" + key
	return tx.InsertPosting(s.ctx, p, plan)
}

// earnIn gives a lot named by the key.
func (s *shop) earnIn(tx engine.Tx, m engine.Member, key string, points money.Points, expires time.Time) error {
	accounts, err := tx.LockForSale(s.ctx, s.program.ID, epoch, false, m.AccountID)
	if err != nil {
		return err
	}
	plan, err := accounts[0].Credit(ledger.Lot{ID: "lot-" + key, Points: points, ActiveFrom: epoch, EarnedAt: epoch, ExpiresAt: expires, Kind: ledger.KindEarn}, ledger.ContraEarn)
	if err != nil {
		return err
	}
	return s.book(tx, m, key, ledger.KindEarn, &accounts[0], plan)
}

// spendIn spends points, more than there are too when it overdraws.
func (s *shop) spendIn(tx engine.Tx, m engine.Member, key string, points money.Points, overdraws bool) error {
	accounts, err := tx.LockForSale(s.ctx, s.program.ID, epoch, true, m.AccountID)
	if err != nil {
		return err
	}
	spend := accounts[0].Burn
	if overdraws {
		spend = accounts[0].Overdraw
	}
	plan, err := spend(points, epoch)
	if err != nil {
		return err
	}
	return s.book(tx, m, key, ledger.KindBurn, &accounts[0], plan)
}

// everything changes all that works keep in memory.
func (s *shop) everything(tx engine.Tx, m engine.Member, key string) error {
	counters := []rules.Counter{{Of: "rule:b", Period: "ever"}, {Of: "budget", Period: "ever", All: true}}
	if err := errors.Join(s.earnIn(tx, m, key+"-earn", 30, epoch.Add(2*time.Hour)), s.spendIn(tx, m, key+"-spend", 100, false)); err != nil {
		return err
	}
	accounts, err := tx.LockAccounts(s.ctx, s.program.ID, m.AccountID)
	if err != nil {
		return err
	}
	if plan := accounts[0].Expire(epoch); !plan.Empty() {
		if err := s.book(tx, m, key+"-expire", ledger.KindExpire, &accounts[0], plan); err != nil {
			return err
		}
	}
	sale := s.sale(m, key, epoch)
	sale.ID = "sale-" + key
	if err := s.sell(tx, sale); err != nil {
		return err
	}
	if _, err := tx.LockUses(s.ctx, s.program.ID, counters[1:]); err != nil {
		return err
	}
	before, err := tx.Standing(s.ctx, s.program.ID, m.ID, engine.StandingQuery{Since: "2026-03-14", Basis: rules.TierByVisits, Counters: counters})
	if err != nil {
		return err
	}
	used, err := tx.Coupon(s.ctx, s.program.ID, m.ID+"-coupon")
	if err != nil {
		return err
	}
	used.State, used.Source = rules.CouponActivated, used.Source+" and not written"
	message := engine.Outbound{ID: "message-" + key, ProgramID: s.program.ID, MemberID: m.ID, Key: "message-" + key, Message: []byte(`{"text":"1"}`), At: epoch}
	return errors.Join(
		tx.AddActivity(s.ctx, s.activity(m, "2026-03-14", 1, 700, 30, epoch)), tx.AddActivity(s.ctx, engine.Activity{ProgramID: s.program.ID, MemberID: m.ID, Referrals: 1}),
		tx.AddStamps(s.ctx, s.program.ID, m.ID, "cup", 2, 1), tx.AddStamps(s.ctx, s.program.ID, m.ID, "new", 1, 0),
		tx.AddUses(s.ctx, s.program.ID, m.ID, []rules.Use{{Counter: counters[0], Times: 1, Points: 3, Last: epoch}, {Counter: counters[1], Times: 1, Amount: 700, Last: epoch}}),
		tx.InsertCoupons(s.ctx, s.couponOf(m, "coupon-"+key)), tx.UpdateCoupon(s.ctx, used, rules.CouponIssued, rules.CouponActivated),
		tx.SetTier(s.ctx, s.program.ID, m.ID, rules.TierState{ID: fmt.Sprint("tier-", before.Qualified), Since: epoch, Warned: len(before.Uses) > 1}),
		tx.Enqueue(s.ctx, message))
}

func atEpoch() time.Time { return epoch }
