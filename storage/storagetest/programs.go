package storagetest

import (
	"errors"
	"testing"
	"time"

	"kartka/engine"
	"kartka/storage/sqldb"
)

func testSchema(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	have, want, err := s.SchemaVersion(s.ctx)
	if err != nil || have != want || want == 0 {
		t.Fatalf("schema version %d of %d, %v", have, want, err)
	}
	if again := must(s.Migrate(s.ctx))(t); len(again) != 0 {
		t.Fatalf("migrating again applied %v", again)
	}
	if err := s.Ping(s.ctx); err != nil {
		t.Fatal(err)
	}

	t.Run("append-only", func(t *testing.T) {
		m := s.member()
		s.credit(m, 100, time.Time{})
		s.tx(func(tx engine.Tx) error {
			if err := tx.InsertAudit(s.ctx, engine.Audit{ID: "a1", ProgramID: s.program.ID, Act: "test", At: epoch}); err != nil {
				return err
			}
			return tx.InsertConsent(s.ctx, engine.Consent{ID: "c1", ProgramID: s.program.ID, MemberID: m.ID, Channel: "telegram", Purpose: engine.PurposeService, Given: true, At: epoch})
		})
		for _, table := range []string{"program_settings", "posting", "consent", "audit"} {
			for _, change := range []string{"UPDATE " + table + " SET program_id = program_id", "DELETE FROM " + table} {
				_, err := s.DB().Exec(s.ctx, change)
				if err == nil {
					t.Errorf("%s is allowed", change)
				} else if !sqldb.HasCode(err, "23000") && s.Dialect() == sqldb.Postgres {
					t.Errorf("%s: %v", change, err)
				}
			}
		}
		s.clean()
	})

	t.Run("laws of one row", func(t *testing.T) {
		m := s.member()
		lot := s.credit(m, 100, time.Time{})
		for _, change := range []string{
			"UPDATE lot SET remaining = 101 WHERE id = '" + lot.ID + "'",
			"UPDATE lot SET remaining = -1 WHERE id = '" + lot.ID + "'",
			"UPDATE account SET debt = -1 WHERE id = '" + m.AccountID + "'",
			"UPDATE member SET state = 'gone' WHERE id = '" + m.ID + "'",
			"UPDATE program SET state = 'gone' WHERE id = '" + s.program.ID + "'",
		} {
			if _, err := s.DB().Exec(s.ctx, change); !sqldb.HasCode(err, sqldb.CodeCheckViolation) {
				t.Errorf("%s: %v", change, err)
			}
		}
	})
}

func testPrograms(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	want := s.program

	t.Run("read", func(t *testing.T) {
		equal(t, "program", must(s.Program(s.ctx, want.ID))(t), want)
		equal(t, "program by slug", must(s.ProgramBySlug(s.ctx, want.Slug))(t), want)
		_, err := s.Program(s.ctx, "nobody")
		s.wants(engine.KindNotFound, err)
		_, err = s.ProgramBySlug(s.ctx, "")
		s.wants(engine.KindNotFound, err)
	})

	t.Run("list by slug", func(t *testing.T) {
		second := newShop(t, s.Store)
		second.program.Slug = "aaa"
		second.tx(func(tx engine.Tx) error { return tx.UpdateProgram(s.ctx, second.program) })
		equal(t, "programs", must(s.Programs(s.ctx))(t), []engine.Program{second.program, want})
		taken := second.program
		taken.Slug = want.Slug
		s.fails(engine.KindTaken, func(tx engine.Tx) error { return tx.UpdateProgram(s.ctx, taken) })
		taken.ID = "third"
		s.fails(engine.KindTaken, func(tx engine.Tx) error { return tx.InsertProgram(s.ctx, taken) })
	})

	t.Run("settings", func(t *testing.T) {
		day := 24 * time.Hour
		var versions []engine.SettingsVersion
		for v := int64(2); v <= 3; v++ {
			sv := engine.SettingsVersion{ProgramID: want.ID, Version: v, Settings: settings(t, "Нова назва"), By: "staff-1", At: epoch.Add(time.Duration(v) * day)}
			s.tx(func(tx engine.Tx) error { return tx.InsertSettings(s.ctx, sv) })
			versions = append(versions, sv)
		}
		equal(t, "version 2", must(s.SettingsVersion(s.ctx, want.ID, 2))(t), versions[0])
		_, err := s.SettingsVersion(s.ctx, want.ID, 9)
		s.wants(engine.KindNotFound, err)
		for _, c := range []struct {
			at   time.Time
			want int64
		}{
			{epoch.Add(-time.Hour), 1}, {epoch, 1}, {epoch.Add(2*day - time.Microsecond), 1}, {epoch.Add(2 * day), 2}, {epoch.Add(9 * day), 3},
		} {
			if v := must(s.SettingsAt(s.ctx, want.ID, c.at))(t); v.Version != c.want {
				t.Errorf("at %s version %d is in force, not %d", c.at, v.Version, c.want)
			}
		}
		_, err = s.SettingsAt(s.ctx, "nobody", epoch)
		s.wants(engine.KindNotFound, err)
		s.fails(engine.KindTaken, func(tx engine.Tx) error { return tx.InsertSettings(s.ctx, versions[0]) })

		want.Version, want.Settings, want.State, want.CardKey, want.Since = 3, versions[1].Settings, engine.ProgramPaused, "another key", versions[1].At
		s.tx(func(tx engine.Tx) error { return tx.UpdateProgram(s.ctx, want) })
		equal(t, "program", must(s.Program(s.ctx, want.ID))(t), want)
		ahead := want
		ahead.Version = 7 // nobody wrote these settings
		s.fails(engine.KindNotFound, func(tx engine.Tx) error { return tx.UpdateProgram(s.ctx, ahead) })
		ahead.ID, ahead.Slug, ahead.Version = "nobody", "nobody", 1
		s.fails(engine.KindNotFound, func(tx engine.Tx) error { return tx.UpdateProgram(s.ctx, ahead) })
	})

	t.Run("bots", func(t *testing.T) {
		a := s.bot()
		b := engine.Bot{ProgramID: want.ID, Channel: a.Channel, Sender: a.Sender, Username: "new_name", Token: "1:new", Secret: ""}
		s.tx(func(tx engine.Tx) error { return tx.PutBot(s.ctx, b) })
		equal(t, "bots", must(s.Bots(s.ctx, want.ID))(t), []engine.Bot{b})
		other := newShop(t, s.Store)
		other.bot()
		if all := must(s.Bots(s.ctx, ""))(t); len(all) != 2 {
			t.Errorf("%d bots of all programs", len(all))
		}
		b.ProgramID = other.program.ID
		s.fails(engine.KindTaken, func(tx engine.Tx) error { return tx.PutBot(s.ctx, b) })
		b.ProgramID, b.Sender = "nobody", "new"
		s.fails(engine.KindNotFound, func(tx engine.Tx) error { return tx.PutBot(s.ctx, b) })
	})

	t.Run("locations", func(t *testing.T) {
		first := engine.Location{ID: "l1", ProgramID: want.ID, Name: "Вул. Шевченка, 1", Code: "shev", Zone: "Asia/Almaty", CreatedAt: epoch}
		second := engine.Location{ID: "l2", ProgramID: want.ID, Name: "Ринок", Code: "", CreatedAt: epoch.Add(time.Hour)}
		third := engine.Location{ID: "l3", ProgramID: want.ID, Name: "Без коду", Code: "", CreatedAt: epoch.Add(2 * time.Hour)}
		s.tx(func(tx engine.Tx) error {
			return errors.Join(tx.InsertLocation(s.ctx, first), tx.InsertLocation(s.ctx, second), tx.InsertLocation(s.ctx, third))
		})
		s.fails(engine.KindTaken, func(tx engine.Tx) error {
			return tx.InsertLocation(s.ctx, engine.Location{ID: "l4", ProgramID: want.ID, Code: "shev", CreatedAt: epoch})
		})
		second.Code, second.Closed, second.Name = "market", true, "Ринок «Нове»"
		s.tx(func(tx engine.Tx) error { return tx.UpdateLocation(s.ctx, second) })
		equal(t, "locations", must(s.Locations(s.ctx, want.ID))(t), []engine.Location{first, second, third})
		equal(t, "location", must(s.Location(s.ctx, want.ID, "l2"))(t), second)
		equal(t, "location by code", must(s.LocationByCode(s.ctx, want.ID, "shev"))(t), first)
		_, err := s.LocationByCode(s.ctx, want.ID, "")
		s.wants(engine.KindNotFound, err)
		_, err = s.Location(s.ctx, want.ID, "")
		s.wants(engine.KindNotFound, err)
		second.Code = "shev"
		s.fails(engine.KindTaken, func(tx engine.Tx) error { return tx.UpdateLocation(s.ctx, second) })
		second.ID = "nowhere"
		second.Code = "free"
		s.fails(engine.KindNotFound, func(tx engine.Tx) error { return tx.UpdateLocation(s.ctx, second) })
	})
}

func testStaff(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	owner := engine.Staff{ID: "s1", ProgramID: s.program.ID, Role: engine.RoleOwner, Name: "Тарас", Language: "uk", CreatedAt: epoch}
	cashier := engine.Staff{ID: "s2", ProgramID: s.program.ID, Role: engine.RoleCashier, Name: "Ґалина", InvitedBy: "s1", CreatedAt: epoch.Add(time.Hour)}
	s.tx(func(tx engine.Tx) error {
		return errors.Join(tx.InsertStaff(s.ctx, owner), tx.InsertStaff(s.ctx, cashier))
	})
	s.fails(engine.KindTaken, func(tx engine.Tx) error { return tx.InsertStaff(s.ctx, owner) })
	cashier.Role, cashier.LocationID, cashier.Disabled, cashier.Language, cashier.Name = engine.RoleManager, "l1", true, "kk", "Галя"
	s.tx(func(tx engine.Tx) error { return tx.UpdateStaff(s.ctx, cashier) })
	equal(t, "staff list", must(s.StaffList(s.ctx, s.program.ID))(t), []engine.Staff{owner, cashier})
	equal(t, "staff", must(s.Staff(s.ctx, s.program.ID, "s2"))(t), cashier)
	_, err := s.Staff(s.ctx, s.program.ID, "nobody")
	s.wants(engine.KindNotFound, err)
	s.fails(engine.KindNotFound, func(tx engine.Tx) error {
		return tx.UpdateStaff(s.ctx, engine.Staff{ID: "nobody", ProgramID: s.program.ID, Role: engine.RoleOwner})
	})

	t.Run("invites", func(t *testing.T) {
		i := engine.Invite{ID: "i1", ProgramID: s.program.ID, TokenHash: "hash-1", Role: engine.RoleCashier, LocationID: "l1", CreatedBy: "s1",
			CreatedAt: epoch, ExpiresAt: epoch.Add(time.Hour)}
		s.tx(func(tx engine.Tx) error { return tx.InsertInvite(s.ctx, i) })
		equal(t, "invite", must(s.InviteByHash(s.ctx, s.program.ID, "hash-1"))(t), i)
		_, err := s.InviteByHash(s.ctx, s.program.ID, "hash-2")
		s.wants(engine.KindNotFound, err)
		same := i
		same.ID = "i2"
		s.fails(engine.KindTaken, func(tx engine.Tx) error { return tx.InsertInvite(s.ctx, same) })

		use := func(id string, now time.Time) func(engine.Tx) error {
			return func(tx engine.Tx) error { return tx.UseInvite(s.ctx, s.program.ID, id, "s9", now) }
		}
		s.fails(engine.KindExpired, use("i1", i.ExpiresAt))
		s.fails(engine.KindNotFound, use("nobody", epoch))
		s.tx(use("i1", i.ExpiresAt.Add(-time.Microsecond)))
		s.fails(engine.KindExpired, use("i1", epoch))
		i.UsedBy, i.UsedAt = "s9", i.ExpiresAt.Add(-time.Microsecond)
		equal(t, "used invite", must(s.InviteByHash(s.ctx, s.program.ID, "hash-1"))(t), i)
	})

	t.Run("audit", func(t *testing.T) {
		old := engine.Audit{ID: "a1", ProgramID: s.program.ID, StaffID: "s1", Act: "settings.change", Subject: "2", Detail: map[string]any{"field": "earn.rate", "to": "7%"}, At: epoch}
		late := engine.Audit{ID: "a2", ProgramID: s.program.ID, Act: "staff.invite", At: epoch.Add(time.Minute)}
		s.tx(func(tx engine.Tx) error { return errors.Join(tx.InsertAudit(s.ctx, late), tx.InsertAudit(s.ctx, old)) })
		equal(t, "audit", must(s.AuditLog(s.ctx, s.program.ID, 10))(t), []engine.Audit{late, old})
		equal(t, "newest", must(s.AuditLog(s.ctx, s.program.ID, 1))(t), []engine.Audit{late})
	})
}
