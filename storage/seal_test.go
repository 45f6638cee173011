package storage_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"kartka/storage"
)

func TestNewSealerRefuses(t *testing.T) {
	good := storage.Key{ID: "k1", Secret: make([]byte, 32)}
	for name, keys := range map[string][]storage.Key{
		"no key":      {},
		"short key":   {{ID: "k1", Secret: make([]byte, 16)}},
		"bad name":    {{ID: "K 1", Secret: make([]byte, 32)}},
		"no name":     {{Secret: make([]byte, 32)}},
		"long name":   {{ID: strings.Repeat("k", 17), Secret: make([]byte, 32)}},
		"double name": {good, good},
	} {
		if _, err := storage.NewSealer(keys...); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := storage.NewSealer(good, storage.Key{ID: "k2", Secret: bytes.Repeat([]byte{1}, 32)}); err != nil {
		t.Error(err)
	}
}

func TestParseKeyFile(t *testing.T) {
	raw := bytes.Repeat([]byte{0xfb}, 32)
	std, url := base64.StdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw)
	for name, c := range map[string]struct {
		text string
		want string // in the error; "" when it is fine
	}{
		"one key":         {"k1 " + url, ""},
		"other alphabet":  {"k1\t" + std + "\r\n", ""},
		"two and remarks": {"# the keys\n\nk2 " + std + "\n  k1 " + url + "\n", ""},
		"empty":           {"# nothing\n", "at least one key"},
		"no name":         {url, "line 1"},
		"three words":     {"# x\nk1 " + url + " more", "line 2"},
		"short":           {"k1 " + url[:20], "line 1"},
		"not base64":      {"k1 !!!" + url, "line 1"},
		"twice":           {"k1 " + url + "\nk1 " + url, "two keys are named k1"},
	} {
		_, err := storage.ParseKeyFile([]byte(c.text))
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: the error is %v", name, err)
		case err != nil && strings.Contains(err.Error(), url[:20]):
			t.Errorf("%s: the error shows the key", name)
		}
	}
}

func TestLoadOrCreateKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kartka.key")
	var all sync.WaitGroup
	for range 8 { // several processes may start at once
		all.Go(func() {
			if _, err := storage.LoadOrCreateKeyFile(path); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	first, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	if _, err := storage.LoadOrCreateKeyFile(path); err != nil {
		t.Fatal(err)
	}
	if again, err := os.ReadFile(path); err != nil || !bytes.Equal(first, again) {
		t.Fatalf("the file has changed, %v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Fatalf("files are left over: %v, %v", left, err)
	}
	if err := os.Chmod(path, 0o604); err != nil {
		t.Fatal(err)
	}
	if _, err := storage.LoadOrCreateKeyFile(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Fatalf("a file that everybody may read: %v", err)
	}
	if _, err := storage.LoadOrCreateKeyFile(filepath.Join(path, "below")); err == nil {
		t.Fatal("a file below a file was made")
	}
}

func TestKeyHidesItself(t *testing.T) {
	k := storage.Key{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(format, k); text != "key k1" {
			t.Errorf("%s shows %q", format, text)
		}
	}
}

func TestOpenNeedsASealer(t *testing.T) {
	if _, err := storage.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "x.db"), storage.Options{}); err == nil {
		t.Error("opened without a sealer")
	}
}
