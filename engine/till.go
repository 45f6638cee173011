package engine

import (
	"context"
	"crypto/subtle"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Till is a key by which a till at a location hands sales in. The till itself is its name at that location: it may have several keys, so that a new one
// can be in use before the old one is revoked, and its sales, receipt numbers and idempotency keys are the same under all of them.
type Till struct {
	ProgramID  string
	ID         string // of this key
	LocationID string
	Name       string // as in [SaleInput]
	KeyHash    string
	CreatedAt  time.Time
	RevokedAt  time.Time // zero: the key works
}

// Live reports whether the key works.
func (t *Till) Live() bool { return t.RevokedAt.IsZero() }

// What a key looks like: kt_, the program, an underscore, 32 random bytes in 52 letters and digits. The program is in it because every key of the
// database begins with it, and says nothing that anybody could use.
const (
	tillKeyMark   = "kt_"
	tillKeyRandom = 32
	tillKeyLength = 52
	// liveKeys is how many keys of a till may work at once: the one in use and the one that comes after it.
	liveKeys = 2
	tillName = 32 // characters
)

// AddTill makes a key for a till, which is shown once and kept as a hash. Names have 1 to 32 characters, none of them a slash or a control character. A
// till that has two keys already gets no third: KindTaken, till_has_keys.
func (e *Engine) AddTill(ctx context.Context, programID, locationID, name string) (Till, Secret, error) {
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n == 0 || n > tillName || strings.ContainsFunc(name, func(r rune) bool { return r == '/' || r < ' ' || r == 0x7f || r == utf8.RuneError }) {
		return Till{}, "", fail(KindInvalid, "till_name", "Max", tillName)
	}
	key := e.tillKey(programID)
	t := Till{ProgramID: programID, ID: e.newID(), LocationID: locationID, Name: name, KeyHash: tokenHash(key.Reveal()), CreatedAt: e.Now()}
	err := e.store.InTx(ctx, func(tx Tx) error {
		if _, err := tx.Location(ctx, programID, locationID); err != nil {
			return fmt.Errorf("read location: %w", err)
		}
		all, err := tx.Tills(ctx, programID)
		if err != nil {
			return fmt.Errorf("read tills: %w", err)
		}
		live := slices.DeleteFunc(all, func(o Till) bool { return o.LocationID != locationID || o.Name != name || !o.Live() })
		if len(live) >= liveKeys {
			return fail(KindTaken, "till_has_keys", "Max", liveKeys)
		}
		if err := tx.InsertTill(ctx, t); err != nil {
			return fmt.Errorf("write till: %w", err)
		}
		return tx.InsertAudit(ctx, e.audit(programID, "", "till_added", t.ID, map[string]any{"location": locationID, "name": name}))
	})
	if err != nil {
		return Till{}, "", err
	}
	return t, key, nil
}

func (e *Engine) tillKey(programID string) Secret {
	var b [tillKeyRandom]byte
	e.random(b[:])
	return Secret(tillKeyMark + programID + "_" + idLetters.EncodeToString(b[:]))
}

// RevokeTill ends a key for good. Whoever has remembered it as good stops within half a minute.
func (e *Engine) RevokeTill(ctx context.Context, programID, id string) error {
	return e.store.InTx(ctx, func(tx Tx) error {
		if err := tx.RevokeTill(ctx, programID, id, e.Now()); err != nil {
			return fmt.Errorf("revoke till: %w", err)
		}
		return tx.InsertAudit(ctx, e.audit(programID, "", "till_revoked", id, nil))
	})
}

// TillByKey finds the till that a key belongs to. KindForbidden: till_unknown for a key that was never made, till_revoked for one that works no more.
func (e *Engine) TillByKey(ctx context.Context, key Secret) (Till, error) {
	programID, ok := programOfKey(key.Reveal())
	if !ok {
		return Till{}, fail(KindForbidden, "till_unknown")
	}
	hash := tokenHash(key.Reveal())
	t, err := e.store.TillByHash(ctx, programID, hash)
	switch {
	case IsKind(err, KindNotFound):
		return Till{}, fail(KindForbidden, "till_unknown")
	case err != nil:
		return Till{}, fmt.Errorf("find till: %w", err)
	case subtle.ConstantTimeCompare([]byte(t.KeyHash), []byte(hash)) != 1:
		return Till{}, fail(KindForbidden, "till_unknown")
	case !t.Live():
		return Till{}, fail(KindForbidden, "till_revoked")
	}
	return t, nil
}

// programOfKey reads which program a key is of; ok is false when it has not the shape of one.
func programOfKey(key string) (programID string, ok bool) {
	rest, ok := strings.CutPrefix(key, tillKeyMark)
	i := strings.LastIndexByte(rest, '_')
	if !ok || i < 1 || len(rest)-i-1 != tillKeyLength {
		return "", false
	}
	outside := func(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'z') && r != '-' && r != '_' }
	return rest[:i], !strings.ContainsFunc(rest, outside)
}
