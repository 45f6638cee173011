package storagetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"kartka/engine"
	"kartka/storage"
)

// certificate describes a certificate of money on nobody's card, bought now.
func (s *shop) certificate(code string) engine.Certificate {
	return engine.Certificate{ID: s.id("certificate"), ProgramID: s.program.ID, Code: engine.Secret(code), Amount: 50_000, Left: 50_000,
		State: engine.CertificateActive, SaleID: "sale", StaffID: "s1", IssuedAt: epoch, ExpiresAt: epoch.Add(365 * 24 * time.Hour)}
}

// issue writes a certificate with its first move.
func (s *shop) issue(c engine.Certificate) engine.Certificate {
	s.Helper()
	s.tx(func(tx engine.Tx) error {
		return errors.Join(tx.InsertCertificate(s.ctx, c), tx.InsertCertificateMove(s.ctx, engine.CertificateMove{ID: s.id("move"), ProgramID: s.program.ID,
			CertificateID: c.ID, Key: s.id("key"), SaleID: c.SaleID, Amount: c.Left, At: epoch}))
	})
	return c
}

func testCertificates(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	m := s.member()
	paper := s.issue(s.certificate("482019375566"))

	t.Run("read", func(t *testing.T) {
		s := s.on(t)
		points := s.certificate("100000000001")
		points.Amount, points.Left, points.Points, points.ExpiresAt, points.MemberID = 0, 0, 300, time.Time{}, m.ID
		s.issue(points)
		equal(t, "certificate", must(s.Certificate(s.ctx, s.program.ID, paper.ID))(t), paper)
		equal(t, "certificate of points", must(s.Certificate(s.ctx, s.program.ID, points.ID))(t), points)
		equal(t, "by code", must(s.CertificateByCode(s.ctx, s.program.ID, "482019375566"))(t), paper)
		s.tx(func(tx engine.Tx) error {
			got, err := tx.LockCertificate(s.ctx, s.program.ID, paper.ID)
			equal(t, "locked", got, paper)
			_, missing := tx.LockCertificate(s.ctx, s.program.ID, "nothing")
			s.wants(engine.KindNotFound, missing)
			return err
		})
		for _, code := range []engine.Secret{"", "482019375567", "'"} {
			_, err := s.CertificateByCode(s.ctx, s.program.ID, code)
			s.wants(engine.KindNotFound, err)
		}
		_, err := s.Certificate(s.ctx, s.program.ID, "nothing")
		s.wants(engine.KindNotFound, err)
		s.absent("482019375566", "100000000001")
	})

	t.Run("taken", func(t *testing.T) {
		s := s.on(t)
		s.tx(func(tx engine.Tx) error {
			again := s.certificate("482019375566")
			if err := tx.InsertCertificate(s.ctx, again); !engine.IsKind(err, engine.KindTaken) {
				t.Errorf("a code twice: %v", err)
			}
			again.ID, again.Code = paper.ID, "482019375568"
			if err := tx.InsertCertificate(s.ctx, again); !engine.IsKind(err, engine.KindTaken) {
				t.Errorf("an id twice: %v", err)
			}
			_, err := tx.Certificate(s.ctx, s.program.ID, paper.ID) // the transaction still works
			return err
		})
	})

	t.Run("of a member", func(t *testing.T) {
		s := s.on(t)
		owner := s.member()
		var all []engine.Certificate
		for i, state := range []engine.CertificateState{engine.CertificateActive, engine.CertificateSpent, engine.CertificateActive, engine.CertificateExpired, engine.CertificateBlocked} {
			c := s.certificate(s.id("code"))
			c.MemberID, c.State, c.IssuedAt = owner.ID, state, epoch.Add(-time.Duration(i)*time.Hour)
			all = append(all, s.issue(c))
		}
		equal(t, "active ones, oldest first", must(s.CertificatesOf(s.ctx, s.program.ID, owner.ID))(t), []engine.Certificate{all[2], all[0]})
		equal(t, "of nobody", must(s.CertificatesOf(s.ctx, s.program.ID, ""))(t), []engine.Certificate(nil))
		s.tx(func(tx engine.Tx) error { return tx.EraseMember(s.ctx, s.program.ID, owner.ID, epoch) })
		for _, c := range all {
			c.MemberID = ""
			equal(t, "after the member left", must(s.Certificate(s.ctx, s.program.ID, c.ID))(t), c)
		}
	})

	t.Run("spend", func(t *testing.T) {
		s := s.on(t)
		c := s.issue(s.certificate("300000000003"))
		spend := engine.CertificateMove{ID: s.id("move"), ProgramID: s.program.ID, CertificateID: c.ID, Key: "sale-1", SaleID: "sale-1", Amount: -20_000, At: epoch}
		c.Left, c.MemberID = 30_000, m.ID
		s.tx(func(tx engine.Tx) error {
			return errors.Join(tx.InsertCertificateMove(s.ctx, spend), tx.UpdateCertificate(s.ctx, c))
		})
		s.tx(func(tx engine.Tx) error {
			spend.ID = s.id("move")
			if err := tx.InsertCertificateMove(s.ctx, spend); !engine.IsKind(err, engine.KindTaken) {
				t.Errorf("the second use of a key: %v", err)
			}
			got, err := tx.Certificate(s.ctx, s.program.ID, c.ID)
			equal(t, "certificate", got, c)
			return err
		})
		s.clean()
		changed := c
		changed.Amount, changed.Code, changed.SaleID = 1, "9", "other" // what an update leaves alone
		s.tx(func(tx engine.Tx) error { return tx.UpdateCertificate(s.ctx, changed) })
		equal(t, "certificate", must(s.Certificate(s.ctx, s.program.ID, c.ID))(t), c)
		for name, left := range map[string]int64{"below nothing": -1, "more than sold": 50_001} {
			if _, err := s.DB().Exec(s.ctx, `UPDATE certificate SET remaining = $1 WHERE id = $2`, left, c.ID); err == nil {
				t.Error(name)
			}
		}
		for _, sql := range []string{`UPDATE certificate_move SET amount = 0`, `DELETE FROM certificate_move`} {
			if _, err := s.DB().Exec(s.ctx, sql); err == nil {
				t.Errorf("%s went through", sql)
			}
		}
		changed.ID = "nothing"
		s.fails(engine.KindNotFound, func(tx engine.Tx) error { return tx.UpdateCertificate(s.ctx, changed) })
		spend.ID, spend.Key, spend.CertificateID = s.id("move"), "sale-2", "nothing"
		s.fails(engine.KindNotFound, func(tx engine.Tx) error { return tx.InsertCertificateMove(s.ctx, spend) })
	})

	t.Run("due", func(t *testing.T) {
		s := newShop(t, s.Store)
		var all []engine.Certificate
		for i, ends := range []time.Time{epoch.Add(time.Hour), epoch, epoch.Add(time.Microsecond), {}, epoch.Add(-time.Hour), epoch} {
			c := s.certificate(s.id("code"))
			c.ExpiresAt = ends
			if i == 5 {
				c.State = engine.CertificateSpent
			}
			all = append(all, s.issue(c))
		}
		due := func(after string, limit int) []engine.Certificate {
			return must(s.CertificatesDue(s.ctx, s.program.ID, epoch, after, limit))(t)
		}
		equal(t, "due", due("", 9), []engine.Certificate{all[1], all[4]})
		equal(t, "the first", due("", 1), []engine.Certificate{all[1]})
		equal(t, "those after it", due(all[1].ID, 9), []engine.Certificate{all[4]})
	})

	t.Run("two at once", func(t *testing.T) {
		s := s.on(t)
		c := s.issue(s.certificate("400000000004"))
		results := make(chan error)
		for range 8 { // of eight that want 20 000 of 50 000 two get it
			go func() {
				results <- s.InTx(s.ctx, func(tx engine.Tx) error {
					now, err := tx.LockCertificate(s.ctx, s.program.ID, c.ID)
					if err != nil {
						return err
					}
					if now.Left < 20_000 {
						return errors.New("not enough is left")
					}
					now.Left -= 20_000
					key := s.id("key")
					return errors.Join(tx.UpdateCertificate(s.ctx, now), tx.InsertCertificateMove(s.ctx, engine.CertificateMove{ID: key, ProgramID: s.program.ID,
						CertificateID: c.ID, Key: key, Amount: -20_000, At: epoch}))
				})
			}()
		}
		paid := 0
		for range 8 {
			if err := <-results; err == nil {
				paid++
			}
		}
		if paid != 2 {
			t.Errorf("%d checks were paid", paid)
		}
		s.clean()
	})
}

// testRotatedIndexes checks that what is found by a keyed hash is found under the old key, under both, and under the new one alone.
func testRotatedIndexes(t *testing.T, url func(testing.TB) string) {
	at := url(t)
	first, second := testKey("k1", 1), testKey("k2", 2)
	old := newShop(t, openWith(t, at, must(storage.NewSealer(first))(t)))
	m := old.member()
	c := old.issue(old.certificate("482019375566"))
	old.tx(func(tx engine.Tx) error {
		return tx.RestNumber(old.ctx, old.program.ID, "+380671234567", m.ID, epoch.Add(time.Hour))
	})
	if n := len(old.rows(`SELECT code_index FROM certificate UNION SELECT phone_index FROM resting_number`)); n != 2 {
		t.Errorf("%d indexes", n)
	}
	with := func(keys ...storage.Key) *shop {
		return &shop{TB: t, Store: openWith(t, at, must(storage.NewSealer(keys...))(t)), ctx: old.ctx, program: old.program, serial: old.serial}
	}
	same := func(s *shop) {
		t.Helper()
		equal(t, "certificate", must(s.CertificateByCode(s.ctx, s.program.ID, "482019375566"))(t), c)
		if !must(s.NumberResting(s.ctx, s.program.ID, "+380671234567", epoch))(t) {
			t.Error("the number rests no more")
		}
	}
	both := with(second, first)
	same(both)
	both.fails(engine.KindTaken, func(tx engine.Tx) error { return tx.InsertCertificate(both.ctx, both.certificate("482019375566")) })
	both.tx(func(tx engine.Tx) error { // while keys change a number may be put to rest again
		return tx.RestNumber(both.ctx, both.program.ID, "+380671234567", m.ID, epoch.Add(time.Hour))
	})
	must(both.Rotate(both.ctx))(t)
	same(both)
	if n := must(both.Rotate(both.ctx))(t); n != 0 {
		t.Errorf("%d rows were sealed twice", n)
	}
	alone := with(second)
	same(alone)
	if rows := alone.rows(`SELECT count(*) FROM resting_number`); !slices.Equal(rows, []string{"1"}) {
		t.Errorf("the number rests %v times", rows)
	}
	alone.absent("482019375566", "671234567")
}
