package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func installed(t *testing.T, mode os.FileMode, at ...string) string {
	t.Helper()
	path := filepath.Join(at...)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestToolIsTheNewestThatRuns(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", filepath.Join(dir, "path"))
	places := []string{filepath.Join(dir, "empty", "*"), filepath.Join(dir, "lib", "*", "bin")}
	installed(t, 0o755, dir, "lib", "9", "bin", "initdb")
	want := installed(t, 0o755, dir, "lib", "15", "bin", "initdb")
	installed(t, 0o644, dir, "lib", "17", "bin", "initdb") // cannot be run
	if got, err := tool("initdb", places); got != want || err != nil {
		t.Errorf("%s, %v; want %s", got, err, want)
	}

	wrapper := installed(t, 0o755, dir, "share", "pg_wrapper")
	link := filepath.Join(dir, "path", "initdb")
	if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(wrapper, link); err != nil {
		t.Fatal(err)
	}
	if got, err := tool("initdb", places); got != want || err != nil {
		t.Errorf("behind a wrapper: %s, %v; want %s", got, err, want)
	}

	if err := os.Remove(link); err != nil {
		t.Fatal(err)
	}
	inPath := installed(t, 0o755, dir, "path", "initdb")
	if got, err := tool("initdb", places); got != inPath || err != nil {
		t.Errorf("in PATH: %s, %v; want %s", got, err, inPath)
	}
}

func TestMissingToolSaysWhatToInstall(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := tool("pgbench", nil)
	if !errors.Is(err, errConfig) || !strings.Contains(err.Error(), "no pgbench") || !strings.Contains(err.Error(), "apt-get install postgresql") {
		t.Errorf("%v", err)
	}
}
