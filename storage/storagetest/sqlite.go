package storagetest

import (
	"path/filepath"
	"testing"
)

// SQLite returns the URL of a database file that does not exist yet, in a directory removed when the test ends.
func SQLite(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "kartka.db")
}
