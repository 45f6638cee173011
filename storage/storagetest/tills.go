package storagetest

import (
	"errors"
	"testing"
	"time"

	"kartka/engine"
)

// testTills proves that keys are found by their hash, in their own program only, and stay revoked.
func testTills(t *testing.T, url func(testing.TB) string) {
	s := openShop(t, url)
	id := s.program.ID
	place := engine.Location{ID: "l1", ProgramID: id, Name: "Вул. Шевченка, 1", Code: "shev", CreatedAt: epoch}
	second := engine.Till{ProgramID: id, ID: "t2", LocationID: "l1", Name: "Каса 1", KeyHash: "hash-2", CreatedAt: epoch.Add(time.Hour)}
	first := engine.Till{ProgramID: id, ID: "t1", LocationID: "l1", Name: "Каса 1", KeyHash: "hash-1", CreatedAt: epoch, RevokedAt: epoch.Add(time.Minute)}
	s.tx(func(tx engine.Tx) error {
		return errors.Join(tx.InsertLocation(s.ctx, place), tx.InsertTill(s.ctx, second), tx.InsertTill(s.ctx, first))
	})
	equal(t, "tills", must(s.Tills(s.ctx, id))(t), []engine.Till{first, second})
	equal(t, "till by hash", must(s.TillByHash(s.ctx, id, "hash-2"))(t), second)
	_, err := s.TillByHash(s.ctx, id, "hash-3")
	s.wants(engine.KindNotFound, err)

	same := second
	same.ID = "t3"
	s.fails(engine.KindTaken, func(tx engine.Tx) error { return tx.InsertTill(s.ctx, same) })
	same.KeyHash, same.LocationID = "hash-3", "nowhere"
	s.fails(engine.KindNotFound, func(tx engine.Tx) error { return tx.InsertTill(s.ctx, same) })

	revoke := func(id string, at time.Time) func(engine.Tx) error {
		return func(tx engine.Tx) error { return tx.RevokeTill(s.ctx, s.program.ID, id, at) }
	}
	s.tx(revoke("t2", epoch.Add(2*time.Hour)))
	s.tx(revoke("t2", epoch.Add(3*time.Hour)))
	s.fails(engine.KindNotFound, revoke("nobody", epoch))
	second.RevokedAt = epoch.Add(2 * time.Hour)
	equal(t, "revoked", must(s.TillByHash(s.ctx, id, "hash-2"))(t), second)

	other := newShop(t, s.Store)
	_, err = s.TillByHash(s.ctx, other.program.ID, "hash-2")
	s.wants(engine.KindNotFound, err)
	if all := must(s.Tills(s.ctx, other.program.ID))(t); len(all) > 0 {
		t.Errorf("another program sees %v", all)
	}
	other.fails(engine.KindNotFound, func(tx engine.Tx) error { return tx.RevokeTill(s.ctx, other.program.ID, "t1", epoch) })
}
