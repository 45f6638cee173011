package storage_test

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/rules"
	"kartka/storage/sqldb"
	"kartka/storage/storagetest"
)

// TestMigrateStanding brings a database in which members stand at something from the last schema with a table of its own for that.
func TestMigrateStanding(t *testing.T) {
	for name, url := range map[string]func(testing.TB) string{"postgres": storagetest.Postgres, "sqlite": storagetest.SQLite} {
		t.Run(name, func(t *testing.T) { testMigrateStanding(t, url(t)) })
	}
}

func testMigrateStanding(t *testing.T, url string) {
	ctx := t.Context()
	at := time.Date(2026, 3, 14, 9, 26, 53, 589793000, time.UTC)
	db := migrated(t, url, 4, at)
	must := func(sql string, args ...any) {
		t.Helper()
		if _, err := db.Exec(ctx, sql, args...); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	// Anna has everything, boris as little as a row can hold, idle has no row. The second program has the same ids.
	for i, p := range []string{"p", "q"} {
		must(`INSERT INTO program (id, slug, version, card_key, state, created_at) VALUES ($1, $1, 1, '', 'active', $2)`, p, at)
		for _, m := range []string{"anna", "boris", "idle"} {
			must(`INSERT INTO member (program_id, id, account_id, card, token, invite_tag, language, state, source, inviter_id, joined_at, joined_at_location)
				VALUES ($1, $2, $3, '', '', '', '', 'active', '', '', $4, '')`, p, m, "of-"+m, at)
			must(`INSERT INTO account (program_id, id, balance, debt) VALUES ($1, $2, -5, 5)`, p, "of-"+m)
		}
		must(`INSERT INTO standing (program_id, member_id, visits, spent, earned, referrals, first_at, last_at, tier, tier_since, tier_until, tier_by_hand, tier_grace,
				tier_warned, tags)
			VALUES ($1, 'anna', $2, 10000, 50, 3, $3, $4, 'gold', $3, $4, true, false, true, '["vip","кав''ярня"]')`, p, i+2, at, at.Add(time.Hour))
		must(`INSERT INTO standing (program_id, member_id, tier, tier_since, tier_grace) VALUES ($1, 'boris', 'silver', $2, true)`, p, at)
		must(`INSERT INTO activity (program_id, member_id, day, visits, spent, earned) VALUES ($1, 'anna', '2026-03-14', $2, 10000, 50)`, p, i+2)
	}
	db.Close()

	s := storagetest.Open(t, url)
	for i, p := range []string{"p", "q"} {
		for member, want := range map[string]rules.Standing{
			"anna": {JoinedAt: at, Visits: i + 2, Spent: 10_000, Earned: 50, Referrals: 3, FirstVisit: at, LastVisit: at.Add(time.Hour), Tags: []string{"vip", "кав'ярня"},
				Tier: rules.TierState{ID: "gold", Since: at, Until: at.Add(time.Hour), ByHand: true, Warned: true}},
			"boris": {JoinedAt: at, Tier: rules.TierState{ID: "silver", Since: at, Grace: true}},
			"idle":  {JoinedAt: at},
		} {
			got, err := s.Standing(ctx, p, member, engine.StandingQuery{})
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" || err != nil {
				t.Errorf("%s of %s stands otherwise (-want +got), %v:\n%s", member, p, err, diff)
			}
			account, err := s.Account(ctx, p, "of-"+member)
			if diff := cmp.Diff(ledger.Account{ID: "of-" + member, Debt: 5}, account, cmpopts.EquateEmpty()); diff != "" || err != nil {
				t.Errorf("the account of %s differs (-want +got), %v:\n%s", member, err, diff)
			}
			if owner, err := s.AccountOwner(ctx, p, "of-"+member); owner != member || err != nil {
				t.Errorf("the account of %s belongs to %q, %v", member, owner, err)
			}
		}
		away, err := s.MembersAway(ctx, p, at, at.Add(2*time.Hour), "", 9)
		if !slices.Equal(away, []string{"anna"}) || err != nil {
			t.Errorf("away are %v, %v", away, err)
		}
		due, err := s.MembersWithTierDue(ctx, p, at.Add(2*time.Hour), "", 9)
		if !slices.Equal(due, []string{"anna"}) || err != nil {
			t.Errorf("tiers are due of %v, %v", due, err)
		}
	}
	// What the balance says was made up here; the rest adds up.
	if _, err := s.Verify(ctx, "p", nil, func(a engine.Audited) {
		if a.Check == "standing_activity" || a.Check == "account_member" {
			t.Errorf("verify: %s %s: %s", a.Check, a.ID, a.Detail)
		}
	}); err != nil {
		t.Fatal(err)
	}
	for sql, code := range map[string]string{
		`INSERT INTO account (program_id, id, balance, debt, member_id) VALUES ('p', 'second', 0, 0, 'anna')`: sqldb.CodeUniqueViolation,
		`UPDATE account SET member_id = 'anna' WHERE program_id = 'p' AND id = 'of-idle'`:                     sqldb.CodeUniqueViolation,
		`UPDATE account SET tier = NULL WHERE program_id = 'p'`:                                               sqldb.CodeNotNullViolation,
	} {
		if _, err := s.DB().Exec(ctx, sql); !sqldb.HasCode(err, code) {
			t.Errorf("%s: %v, want %s", sql, err, code)
		}
	}
	if _, err := s.DB().Exec(ctx, `SELECT count(*) FROM standing`); err == nil {
		t.Error("the old table is still there")
	}
}

// migrated makes a database with the first migrations only.
func migrated(t *testing.T, url string, versions int, at time.Time) sqldb.DB {
	t.Helper()
	all, err := sqldb.Migrations(os.DirFS("migrations"))
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for _, m := range all[:versions] {
		files[fmt.Sprintf("%04d_%s.sql", m.Version, m.Name)] = &fstest.MapFile{Data: []byte(m.SQL)}
	}
	db, err := sqldb.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if _, err := sqldb.Migrate(t.Context(), db, files, at); err != nil {
		t.Fatal(err)
	}
	return db
}
