package storage

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// keyFileHead explains the file to whoever opens it.
const keyFileHead = `# Kartka's sealing keys. Without this file the phones, names and bot tokens in the database cannot be read:
# keep a copy of it apart from the copies of the database.
# One key a line: a name and 32 bytes in base64. The first one seals; the others open what was sealed before.
# To rotate: put a new line first, restart, run the rotation, then remove the old line.
`

// ParseKeyFile reads sealing keys, one a line: a name and 32 bytes in base64 (either alphabet, padded or not). Empty lines
// and lines that begin with # are passed over. Errors name the line and never show it.
func ParseKeyFile(data []byte) (*Sealer, error) {
	var keys []Key
	lines := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Fields(line)
		if len(fields) != 2 {
			return nil, fmt.Errorf("key file: line %d is not a name and a key", n)
		}
		secret, err := decodeKey(fields[1])
		if err != nil {
			return nil, fmt.Errorf("key file: line %d: the key is not 32 bytes in base64", n)
		}
		keys = append(keys, Key{ID: fields[0], Secret: secret})
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	s, err := NewSealer(keys...)
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	return s, nil
}

func decodeKey(text string) ([]byte, error) {
	text = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "="))
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil && len(b) != 32 {
		err = errors.New("wrong length")
	}
	return b, err
}

// LoadOrCreateKeyFile reads the key file, or makes one with a fresh key, readable by its owner alone, when there is none. It
// refuses a file that everybody may read.
func LoadOrCreateKeyFile(path string) (*Sealer, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = createKeyFile(path)
		if err == nil || errors.Is(err, fs.ErrExist) { // another process was quicker
			info, err = os.Stat(path)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	if info.Mode().Perm()&0o007 != 0 {
		return nil, fmt.Errorf("key file: everybody may read %s; run: chmod 600 %s", path, path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	s, err := ParseKeyFile(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// createKeyFile writes a key file under a name of its own and links it into place, so that nobody ever reads half a file
// and two processes that start at once agree on one key.
func createKeyFile(path string) error {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)                              // never fails since Go 1.24
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(keyFileHead + "k1 " + base64.RawURLEncoding.EncodeToString(secret) + "\n")
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Link(f.Name(), path)
}

// createPrivate makes an empty file that its owner alone may read; it must not be there yet.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}
