package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// faults compares a folder with its row of the table: what is missing, what is too much, what is not as it was listed.
func faults(f folder, in fs.FS) []string {
	var found []string
	there, err := present(in)
	if err != nil {
		return []string{err.Error()}
	}
	for _, name := range there {
		if !slices.Contains(f.names(), name) {
			found = append(found, name+" is in no row of the table")
		}
	}
	for _, p := range f.Packages {
		if len(p.Licences) == 0 {
			found = append(found, p.Name+" has no licence")
		}
		for _, l := range p.Licences {
			if text, err := fs.ReadFile(in, l.Name); err != nil || len(text) < 100 {
				found = append(found, l.Name+" is no licence")
			}
			if path.Ext(l.Name) == ".js" || !strings.HasPrefix(l.Name, "LICENSE.") {
				found = append(found, l.Name+" would be served")
			}
		}
	}
	want, err := f.list(in)
	if err != nil {
		return append(found, err.Error())
	}
	if have, err := fs.ReadFile(in, list); err != nil || string(have) != want {
		found = append(found, list+" does not say what is here; make vendor writes it")
	}
	return found
}

func TestVendoredFilesAreAsListed(t *testing.T) {
	for _, f := range folders {
		for _, found := range faults(f, os.DirFS("../../../"+f.Path)) {
			t.Errorf("%s: %s", f.Path, found)
		}
	}
}

func TestVendoringCatches(t *testing.T) {
	f := folder{Path: "a/b", Packages: []pack{{Name: "x", Version: "1", Files: []file{{"x.js", "x.js"}}, Licences: []file{{"LICENSE", "LICENSE.x"}}}}}
	planted := func() fstest.MapFS {
		in := fstest.MapFS{"x.js": {Data: []byte("1")}, "LICENSE.x": {Data: []byte(strings.Repeat("free ", 30))}}
		table, err := f.list(in)
		if err != nil {
			t.Fatal(err)
		}
		in[list] = &fstest.MapFile{Data: []byte(table)}
		return in
	}
	for name, c := range map[string]struct {
		change func(fstest.MapFS)
		want   string
	}{
		"nothing":         {func(fstest.MapFS) {}, ""},
		"a changed file":  {func(in fstest.MapFS) { in["x.js"] = &fstest.MapFile{Data: []byte("2")} }, "does not say what is here"},
		"a missing file":  {func(in fstest.MapFS) { delete(in, "x.js") }, "x.js"},
		"an unknown file": {func(in fstest.MapFS) { in["deep/y.js"] = &fstest.MapFile{} }, "deep/y.js is in no row"},
		"no licence":      {func(in fstest.MapFS) { delete(in, "LICENSE.x") }, "LICENSE.x is no licence"},
	} {
		in := planted()
		c.change(in)
		if found := strings.Join(faults(f, in), "\n"); !strings.Contains(found, c.want) || (c.want == "") != (found == "") {
			t.Errorf("%s: found %q, want %q", name, found, c.want)
		}
	}
}

// A tarball is taken only if it is the one of the table, and with nothing but what the table names.
func TestVendoringWritesWhatTheTableNames(t *testing.T) {
	tarball := packed(t, map[string]string{"package/x.js": "new", "package/LICENSE": strings.Repeat("free ", 30), "package/more.js": "no"})
	sum := sha512.Sum512(tarball)
	p := pack{Name: "x", Version: "1", Files: []file{{"x.js", "deep/x.js"}}, Licences: []file{{"LICENSE", "LICENSE.x"}, {"", "LICENSE.y"}},
		Integrity: "sha512-" + base64.StdEncoding.EncodeToString(sum[:])}
	f := folder{Path: "a", Packages: []pack{p}}
	root := t.TempDir()
	put := func(name, body string) {
		if err := os.MkdirAll(root+"/a/deep", 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(root+"/"+name, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("a/old.js", "old")
	put("a/LICENSE.y", strings.Repeat("free ", 30))
	fetch := func(context.Context, string, string) ([]byte, error) { return tarball, nil }
	if err := f.write(t.Context(), root, fetch); err != nil {
		t.Fatal(err)
	}
	if found := faults(f, os.DirFS(root+"/a")); len(found) > 0 {
		t.Errorf("it leaves %q", found)
	}
	if body, err := os.ReadFile(root + "/a/deep/x.js"); err != nil || string(body) != "new" {
		t.Errorf("x.js is %q: %v", body, err)
	}
	p.Integrity = "sha512-other"
	if _, err := p.unpack(tarball); err == nil || !strings.Contains(err.Error(), "integrity") {
		t.Errorf("another tarball: %v", err)
	}
}

// packed is a tarball.
func packed(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	w := tar.NewWriter(zipped)
	for name, body := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o600, Size: int64(len(body))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
