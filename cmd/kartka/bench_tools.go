package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// toolPlaces are where PostgreSQL's programs are when they are not in PATH: Debian and Ubuntu, Fedora and its kin, Homebrew on both kinds
// of Mac. The newest version is used.
var toolPlaces = []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin"}

// tool finds one of PostgreSQL's programs in PATH or in one of the places.
func tool(name string, places []string) (string, error) {
	if path, err := exec.LookPath(name); err == nil && !wrapped(path) {
		return path, nil
	}
	for _, place := range places {
		found, _ := filepath.Glob(filepath.Join(place, name)) // the only error is a malformed pattern
		slices.SortFunc(found, func(a, b string) int { return -byVersion(a, b) })
		for _, path := range found {
			if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
				return path, nil
			}
		}
	}
	return "", fmt.Errorf("there is no %s on this machine: install PostgreSQL with its client programs (Debian and Ubuntu: apt-get install postgresql; "+
		"Fedora: dnf install postgresql-server postgresql-contrib; macOS: brew install postgresql@17), or put it into PATH: %w", name, errConfig)
}

// wrapped tells Debian's script, which picks the version by the clusters of the system, from the program itself.
func wrapped(path string) bool {
	real, err := filepath.EvalSymlinks(path)
	return err == nil && filepath.Base(real) == "pg_wrapper"
}

// byVersion orders paths by the numbers in them, so that 9 comes before 17.
func byVersion(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	if a < b {
		return -1
	} else if a > b {
		return 1
	}
	return 0
}
