// Command vendoring brings the files of other projects that pages load, and those that tests of pages need: named in a table with their version and the
// hash of the package they come from, kept in the repository, listed beside themselves in VENDOR.md. It runs in the root of the module, and needs
// npm to fetch packages; whoever only builds the product or runs its tests needs neither npm nor a network.
//
//	go run ./miniapp/ui/vendoring
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// list is the name of the table that stands beside the files.
const list = "VENDOR.md"

func main() {
	log.SetFlags(0)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	if err := vendor(ctx, ".", npm); err != nil {
		log.Fatal("vendoring: ", err)
	}
}

// fetcher brings the tarball of a version of a package.
type fetcher func(ctx context.Context, name, version string) ([]byte, error)

// vendor makes every folder of the table anew below a root.
func vendor(ctx context.Context, root string, fetch fetcher) error {
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		return fmt.Errorf("run it in the root of the module: %w", err)
	}
	for _, f := range folders {
		if err := f.write(ctx, root, fetch); err != nil {
			return fmt.Errorf("%s: %w", f.Path, err)
		}
	}
	return nil
}

// write fetches what belongs into a folder and only then touches it.
func (f folder) write(ctx context.Context, root string, fetch fetcher) error {
	content := map[string][]byte{}
	for _, p := range f.Packages {
		tarball, err := fetch(ctx, p.Name, p.Version)
		if err != nil {
			return fmt.Errorf("fetch %s@%s: %w", p.Name, p.Version, err)
		}
		files, err := p.unpack(tarball)
		if err != nil {
			return fmt.Errorf("%s@%s: %w", p.Name, p.Version, err)
		}
		for name, body := range files {
			content[name] = body
		}
	}
	in := filepath.Join(root, filepath.FromSlash(f.Path))
	for name, body := range content {
		to := filepath.Join(in, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(to, body, 0o644); err != nil {
			return err
		}
	}
	there, err := present(os.DirFS(in))
	if err != nil {
		return err
	}
	for _, name := range there {
		if !slices.Contains(f.names(), name) {
			if err := os.Remove(filepath.Join(in, filepath.FromSlash(name))); err != nil {
				return err
			}
		}
	}
	table, err := f.list(os.DirFS(in))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(in, list), []byte(table), 0o644)
}

// npm fetches a tarball with the client of the registry, which is set up as the machine's owner likes: NPM_CONFIG_REGISTRY names another registry.
func npm(ctx context.Context, name, version string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "vendoring-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	cmd := exec.CommandContext(ctx, "npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", dir, name+"@"+version)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("npm pack: %w", err)
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(found) != 1 {
		return nil, fmt.Errorf("npm pack left %d files: %w", len(found), err)
	}
	return os.ReadFile(found[0])
}

// mostBytes bounds what a package unpacks to.
const mostBytes = 64 << 20

// unpack checks a tarball against the table and returns what is taken from it, by its name here.
func (p pack) unpack(tarball []byte) (map[string][]byte, error) {
	sum := sha512.Sum512(tarball)
	if got := "sha512-" + base64.StdEncoding.EncodeToString(sum[:]); got != p.Integrity {
		return nil, fmt.Errorf("its integrity is %s, the table says %s", got, p.Integrity)
	}
	zipped, err := gzip.NewReader(bytes.NewReader(tarball))
	if err != nil {
		return nil, fmt.Errorf("unzip: %w", err)
	}
	inside := map[string][]byte{}
	for files := tar.NewReader(io.LimitReader(zipped, mostBytes)); ; {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("untar: %w", err)
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		_, name, _ := strings.Cut(path.Clean(header.Name), "/") // below "package/"
		if inside[name], err = io.ReadAll(files); err != nil {
			return nil, fmt.Errorf("untar %s: %w", header.Name, err)
		}
	}
	out := map[string][]byte{}
	for _, f := range slices.Concat(p.Files, p.Licences) {
		if f.From == "" {
			continue // kept by hand
		}
		body, ok := inside[f.From]
		if !ok {
			return nil, fmt.Errorf("there is no %s in it", f.From)
		}
		out[f.Name] = body
	}
	return out, nil
}

// names are all files that belong into a folder.
func (f folder) names() []string {
	names := []string{list}
	for _, p := range f.Packages {
		for _, one := range slices.Concat(p.Files, p.Licences) {
			names = append(names, one.Name)
		}
	}
	return names
}

// present lists the files of a folder.
func present(in fs.FS) ([]string, error) {
	var names []string
	err := fs.WalkDir(in, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, name)
		}
		return err
	})
	return names, err
}

// list is the text of VENDOR.md for the files that are in a folder. A file that is missing is an error.
func (f folder) list(in fs.FS) (string, error) {
	var b strings.Builder
	b.WriteString("# Files of other projects\n\nWritten by `make vendor` from the table in [miniapp/ui/vendoring](" + up(f.Path) + "miniapp/ui/vendoring/table.go).\n" +
		"A test compares it with what is here. " + f.Use + "\n\n" +
		"| file | project | version | licence | package, path in it | SHA-256 |\n|---|---|---|---|---|---|\n")
	var licences strings.Builder
	for _, p := range f.Packages {
		for _, one := range slices.Concat(p.Files, p.Licences) {
			body, err := fs.ReadFile(in, one.Name)
			if err != nil {
				return "", err
			}
			from := "kept by hand"
			if one.From != "" {
				from = fmt.Sprintf("`%s@%s`, `%s`", p.Name, p.Version, one.From)
			}
			fmt.Fprintf(&b, "| `%s` | [%s](%s) | %s | %s | %s | `%x` |\n", one.Name, p.Name, p.Project, p.Version, p.Licence, from, sha256.Sum256(body))
		}
		fmt.Fprintf(&licences, "- `%s@%s`: `%s`\n", p.Name, p.Version, p.Integrity)
	}
	b.WriteString("\nIntegrity of the packages:\n\n" + licences.String())
	return b.String(), nil
}

// up leads from a folder to the root.
func up(folder string) string { return strings.Repeat("../", strings.Count(folder, "/")+1) }
