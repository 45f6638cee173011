package engine_test

import (
	"regexp"
	"strings"
	"testing"

	"kartka/engine"
	"kartka/storage/storagetest"
)

func TestKeysOfATill(t *testing.T) {
	w := newWorld(t, storagetest.SQLite(t))
	p := w.newProgram(t, w.draft(t))
	ctx := t.Context()
	place, err := w.engine.AddLocation(ctx, p.ID, "", "Counter", "")
	if err != nil {
		t.Fatal(err)
	}
	till, key, err := w.engine.AddTill(ctx, p.ID, place.ID, " Каса 1 ")
	if err != nil || till.Name != "Каса 1" || !regexp.MustCompile(`^kt_[0-9a-z]+_[0-9a-v]{52}$`).MatchString(key.Reveal()) {
		t.Fatalf("the till is %+v, its key %d letters, %v", till, len(key), err)
	}
	if strings.Contains(till.KeyHash, key.Reveal()) || len(till.KeyHash) != 64 {
		t.Errorf("what is kept of the key is no hash: %q", till.KeyHash)
	}
	if found, err := w.engine.TillByKey(ctx, key); err != nil || found != till {
		t.Errorf("by its key the till is %+v, %v", found, err)
	}
	next, nextKey, err := w.engine.AddTill(ctx, p.ID, place.ID, "Каса 1")
	if err != nil || nextKey == key {
		t.Errorf("a second key: %+v, %v", next, err)
	}
	_, _, err = w.engine.AddTill(ctx, p.ID, place.ID, "Каса 1")
	wantError(t, "a third key", err, "till_has_keys")
	if _, _, err = w.engine.AddTill(ctx, p.ID, place.ID, "Каса 2"); err != nil {
		t.Errorf("another till: %v", err)
	}
	for range 2 {
		if err := w.engine.RevokeTill(ctx, p.ID, till.ID); err != nil {
			t.Errorf("revoke: %v", err)
		}
	}
	_, err = w.engine.TillByKey(ctx, key)
	wantError(t, "a revoked key", err, "till_revoked")
	if _, err := w.engine.TillByKey(ctx, nextKey); err != nil {
		t.Errorf("the key that came after it: %v", err)
	}
	if all, err := w.store.Tills(ctx, p.ID); err != nil || len(all) != 3 || all[0].Live() || !all[1].Live() {
		t.Errorf("the tills are %+v, %v", all, err)
	}
	if err := w.engine.RevokeTill(ctx, p.ID, "nobody"); !engine.IsKind(err, engine.KindNotFound) {
		t.Errorf("revoking a key that is not there: %v", err)
	}
	for _, name := range []string{"", "  ", "a/b", "a\nb", strings.Repeat("я", 33)} {
		_, _, err := w.engine.AddTill(ctx, p.ID, place.ID, name)
		wantError(t, "the name "+name, err, "till_name")
	}
	if _, _, err := w.engine.AddTill(ctx, p.ID, "nowhere", "1"); !engine.IsKind(err, engine.KindNotFound) {
		t.Errorf("a till nowhere: %v", err)
	}
	random := nextKey.Reveal()[strings.LastIndex(nextKey.Reveal(), "_")+1:]
	for _, wrong := range []string{"", "kt_", "kt_" + random, "kt__" + random, "kt_" + p.ID + "_" + random[1:], "kt_" + p.ID + "_" + strings.ToUpper(random), "kt_other_" + random,
		"kt_" + p.ID + "_" + strings.Repeat("0", 52), "KT_" + p.ID + "_" + random, "kt_" + p.ID + "\x00_" + random} {
		_, err := w.engine.TillByKey(ctx, engine.Secret(wrong))
		wantError(t, wrong, err, "till_unknown")
	}
}
