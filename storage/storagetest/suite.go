package storagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/storage"
)

// Run proves that a database keeps every promise of engine.Store, engine.Messages and engine.Verifier. url returns the URL
// of a fresh, empty database each time, as [Postgres] and [SQLite] do.
func Run(t *testing.T, url func(testing.TB) string) {
	for _, subject := range []struct {
		name string
		test func(*testing.T, func(testing.TB) string)
	}{
		{"schema", testSchema},
		{"identity", testIdentity},
		{"programs", testPrograms},
		{"staff", testStaff},
		{"tills", testTills},
		{"contacts", testContacts},
		{"members", testMembers},
		{"person", testPerson},
		{"people", testPeople},
		{"glances", testGlances},
		{"standing", testStanding},
		{"coupons", testCoupons},
		{"counters", testCounters},
		{"ratings", testRatings},
		{"asked", testAsked},
		{"due", testDue},
		{"segments", testSegments},
		{"segments in columns", testSegmentsInColumns},
		{"columns", testColumns},
		{"columns at once", testColumnsAtOnce},
		{"traits in turn", testTraitsInTurn},
		{"named segments", testNamedSegments},
		{"profiles", testProfiles},
		{"campaigns", testCampaigns},
		{"audiences", testAudiences},
		{"deliveries", testDeliveries},
		{"bought", testBoughtSince},
		{"happenings", testHappenings},
		{"triggers", testTriggers},
		{"followed sales", testFollowedSales},
		{"erase", testErase},
		{"ledger", testLedger},
		{"history", testHistory},
		{"sales", testSales},
		{"sale stream", testSaleStream},
		{"opening", testOpening},
		{"revised sales", testRevisedSales},
		{"holds", testHolds},
		{"certificates", testCertificates},
		{"referrals", testReferrals},
		{"merges", testMerges},
		{"resting numbers", testRestingNumbers},
		{"orphans", testOrphans},
		{"bookmarks", testBookmarks},
		{"inbox", testInbox},
		{"outbox", testOutbox},
		{"notices", testNotices},
		{"leases", testLeases},
		{"races", testRaces},
		{"tenants", testTenants},
		{"secrets", testSecrets},
		{"tenants' people", testPeopleOfTenants},
		{"rotated indexes", testRotatedIndexes},
		{"texts", testTexts},
		{"verify", testVerify},
		{"verify people", testVerifyPeople},
		{"model", testModel},
		{"groups", testGroups},
		{"in groups", testInGroups},
	} {
		t.Run(subject.name, func(t *testing.T) { subject.test(t, url) })
	}
}

// Open opens a database with keys for tests and brings its schema up. It is closed when the test ends.
func Open(t testing.TB, url string) *storage.Store {
	t.Helper()
	return openWith(t, url, Sealer(t))
}

// Sealer returns a sealer with a key that is the same in every test.
func Sealer(t testing.TB) *storage.Sealer {
	t.Helper()
	s, err := storage.NewSealer(testKey("k1", 1))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func testKey(id string, fill byte) storage.Key {
	secret := make([]byte, 32)
	for i := range secret {
		secret[i] = fill
	}
	return storage.Key{ID: id, Secret: secret}
}

func openWith(t testing.TB, url string, sealer *storage.Sealer) *storage.Store {
	t.Helper()
	return openStore(t, url, storage.Options{Sealer: sealer})
}

func openStore(t testing.TB, url string, o storage.Options) *storage.Store {
	t.Helper()
	o.Now = func() time.Time { return epoch }
	s, err := storage.Open(t.Context(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// epoch is when every test begins: not a whole second, so that lost microseconds are seen.
var epoch = time.Date(2026, 3, 14, 9, 26, 53, 589793000, time.UTC)

// shop is one program and what a test needs to act in it.
type shop struct {
	testing.TB
	*storage.Store
	ctx     context.Context
	program engine.Program
	serial  *atomic.Int64
	grouped *announced // where it is set, transactions are works of groups
}

// number tells shops in one database apart.
var number atomic.Int64

// openShop makes a shop in a fresh database.
func openShop(t testing.TB, url func(testing.TB) string) *shop {
	t.Helper()
	address, grouped := strings.CutPrefix(url(t), inGroups)
	s := newShop(t, Open(t, address))
	if grouped {
		s.grouped = &announced{}
	}
	return s
}

// newShop makes another shop in a database.
func newShop(t testing.TB, s *storage.Store) *shop {
	t.Helper()
	p := Program(t, fmt.Sprintf("program-%d", number.Add(1)))
	sh := &shop{TB: t, Store: s, ctx: t.Context(), program: p, serial: &atomic.Int64{}}
	sh.tx(func(tx engine.Tx) error { return tx.InsertProgram(sh.ctx, p) })
	return sh
}

// Program describes an active coffee shop in Kyiv, ready to be inserted.
func Program(t testing.TB, id string) engine.Program {
	t.Helper()
	return engine.Program{ID: id, Slug: "shop-" + id, Version: 1, Settings: settings(t, "Кава на розі"), Since: epoch,
		CardKey: engine.Secret("card key of " + id), State: engine.ProgramActive, CreatedAt: epoch}
}

func settings(t testing.TB, name string) *rules.Settings {
	t.Helper()
	currency, err := money.LookupCurrency("UAH")
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	s := rules.Presets()[0].Draft(name, currency, zone, []string{"uk", "en"}, 25_000)
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	return &s
}

// on returns the shop for a part of the test.
func (s *shop) on(t testing.TB) *shop {
	part := *s
	part.TB, part.ctx = t, t.Context()
	return &part
}

// id makes an id that is new and larger than those before.
func (s *shop) id(prefix string) string {
	return fmt.Sprintf("%s-%06d-%s", s.program.ID, s.serial.Add(1), prefix)
}

// tx runs fn in a transaction that must succeed.
func (s *shop) tx(fn func(tx engine.Tx) error) {
	s.Helper()
	if err := s.InTx(s.ctx, fn); err != nil {
		s.Fatal(err)
	}
}

// fails runs fn in a transaction that must fail with the kind.
func (s *shop) fails(kind engine.Kind, fn func(tx engine.Tx) error) {
	s.Helper()
	s.wants(kind, s.InTx(s.ctx, fn))
}

// wants checks the kind of an error.
func (s *shop) wants(kind engine.Kind, err error) {
	s.Helper()
	var e *engine.Error
	if !errors.As(err, &e) || e.Kind != kind {
		s.Fatalf("the error is %v, not of kind %s", err, kind)
	}
}

// exec runs raw SQL, as an operator or a fault would.
func (s *shop) exec(sql string, args ...any) {
	s.Helper()
	if _, err := s.DB().Exec(s.ctx, sql, args...); err != nil {
		s.Fatalf("%s: %v", sql, err)
	}
}

// must returns a value, or ends the test: must(call())(t).
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// equal compares deeply. Times are equal when they are the same instant in UTC; nothing and empty are the same.
func equal(t testing.TB, what string, got, want any) {
	t.Helper()
	diff := cmp.Diff(want, got, cmpopts.EquateEmpty(),
		cmp.Comparer(func(a, b time.Time) bool {
			return a.Equal(b) && (a.Location() == time.UTC) == (b.Location() == time.UTC)
		}),
		cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() }))
	if diff != "" {
		t.Fatalf("%s differs (-want +got):\n%s", what, diff)
	}
}

// bot makes the shop's bot on Telegram and returns an address on it.
func (s *shop) bot() engine.Address {
	s.Helper()
	a := engine.Address{Channel: "telegram", Sender: "bot-of-" + s.program.ID, UserID: "100500"}
	s.tx(func(tx engine.Tx) error {
		return tx.PutBot(s.ctx, engine.Bot{ProgramID: s.program.ID, Channel: a.Channel, Sender: a.Sender, Username: "coffee_bot",
			Token: "1234567890:secret-token", Secret: "webhook-secret"})
	})
	return a
}

// contact makes a contact at an address.
func (s *shop) contact(a engine.Address) engine.Contact {
	s.Helper()
	var c engine.Contact
	s.tx(func(tx engine.Tx) (err error) {
		c, err = tx.TouchContact(s.ctx, engine.Contact{ID: s.id("contact"), ProgramID: s.program.ID, Address: a, Name: "Оленка",
			Locale: "uk", Source: "table-7", CreatedAt: epoch})
		return err
	})
	return c
}

// member makes a member with a card.
func (s *shop) member() engine.Member {
	s.Helper()
	n := s.serial.Add(1)
	m := engine.Member{
		ID: s.id("member"), ProgramID: s.program.ID, AccountID: s.id("account"), Card: fmt.Sprintf("%09d", n), Token: fmt.Sprintf("token-%d", n),
		Name: "Олена Ґудзь", Phone: engine.Phone(fmt.Sprintf("+38067%07d", n)), Proof: engine.ProofPlatform, Language: "uk", State: engine.MemberActive,
		Source: "poster", InviteTag: fmt.Sprintf("tag%d", n), JoinedAt: epoch,
	}
	s.tx(func(tx engine.Tx) error { return tx.InsertMember(s.ctx, m) })
	s.grouped.add(m.ID, "")
	return m
}

// posting describes a posting of a plan on a member's account.
func (s *shop) posting(m engine.Member, kind ledger.Kind, key string, before *ledger.Account, plan ledger.Plan) engine.Posting {
	after := before.Apply(plan)
	return engine.Posting{
		ID: s.id("posting"), ProgramID: s.program.ID, Kind: kind, Key: key, Hash: "hash-of-" + key, MemberID: m.ID, AccountID: m.AccountID, Version: 1,
		Points: plan.Net(), Debt: after.Debt, Balance: after.Balance(), OccurredAt: epoch, RecordedAt: epoch,
	}
}

// credit gives a member a lot that ends at the time, in a transaction of its own, and returns the lot.
func (s *shop) credit(m engine.Member, points money.Points, expires time.Time) ledger.Lot {
	s.Helper()
	var lot ledger.Lot
	s.tx(func(tx engine.Tx) (err error) {
		lot, err = s.creditIn(tx, m, points, expires)
		return err
	})
	return lot
}

func (s *shop) creditIn(tx engine.Tx, m engine.Member, points money.Points, expires time.Time) (ledger.Lot, error) {
	accounts, err := tx.LockAccounts(s.ctx, s.program.ID, m.AccountID)
	if err != nil {
		return ledger.Lot{}, err
	}
	lot := ledger.Lot{ID: s.id("lot"), Points: points, ActiveFrom: epoch, ExpiresAt: expires, EarnedAt: epoch, Kind: ledger.KindEarn}
	plan, err := accounts[0].Credit(lot, ledger.ContraEarn)
	if err != nil {
		return ledger.Lot{}, err
	}
	p := s.posting(m, ledger.KindEarn, s.id("key"), &accounts[0], plan)
	p.Earned = points
	return plan.NewLots[0], tx.InsertPosting(s.ctx, p, plan)
}

// burnIn spends points of a member.
func (s *shop) burnIn(tx engine.Tx, m engine.Member, points money.Points, key string, now time.Time) error {
	accounts, err := tx.LockAccounts(s.ctx, s.program.ID, m.AccountID)
	if err != nil {
		return err
	}
	plan, err := accounts[0].Burn(points, now)
	if err != nil {
		return err
	}
	p := s.posting(m, ledger.KindBurn, key, &accounts[0], plan)
	p.Burned = points
	return tx.InsertPosting(s.ctx, p, plan)
}

// clean checks that verification finds nothing.
func (s *shop) clean() engine.Verified {
	s.Helper()
	sum, err := s.Verify(s.ctx, s.program.ID, nil, func(a engine.Audited) { s.Errorf("verify: %s %s: %s", a.Check, a.ID, a.Detail) })
	if err != nil {
		s.Fatal(err)
	}
	return sum
}

// sorted returns an account with its lots in id order, as the store reads them.
func sorted(a ledger.Account) ledger.Account {
	a.Lots = slices.SortedFunc(slices.Values(a.Lots), func(x, y ledger.Lot) int { return strings.Compare(x.ID, y.ID) })
	return a
}
