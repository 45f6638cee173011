package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
)

//go:embed assets
var embedded embed.FS

// AssetsPath is where files are served, below it their version and name.
const AssetsPath = "/assets/"

// Assets are the files that pages load. Their address names the content of all of them, so that they are kept for ever, and so that scripts find
// each other by names relative to their own.
type Assets struct {
	version string
	files   map[string]*file
}

// file is one of them, with its compressed form made when first asked for.
type file struct {
	body []byte
	kind string
	once sync.Once
	zip  []byte
}

// kinds are the types of files by their ending. What has another ending is not served.
var kinds = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
	".wasm": "application/wasm", ".png": "image/png", ".webmanifest": "application/manifest+json",
}

func newAssets() (*Assets, error) {
	a := &Assets{files: map[string]*file{}}
	sum := sha256.New()
	err := fs.WalkDir(embedded, "assets", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		kind := kinds[path.Ext(name)]
		if kind == "" {
			return nil // licences and lists
		}
		body, err := embedded.ReadFile(name)
		if err != nil {
			return err
		}
		short := strings.TrimPrefix(name, "assets/")
		if !strings.HasPrefix(short, "vendor/") {
			body = uncommented(path.Ext(short), body)
		}
		a.files[short] = &file{body: body, kind: kind}
		fmt.Fprintf(sum, "%s %d\n", short, len(body))
		sum.Write(body)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read assets: %w", err)
	}
	a.version = hex.EncodeToString(sum.Sum(nil))[:12]
	return a, nil
}

// uncommented is a script or a style of ours without its comments and indentation, which are a quarter of what a phone would load. Lines keep their
// numbers, so that errors can be found. In a text over several lines nothing is touched.
func uncommented(kind string, body []byte) []byte {
	if kind != ".js" && kind != ".css" {
		return body
	}
	lines, inText, inComment := strings.Split(string(body), "\n"), false, false
	for i, line := range lines {
		text := inText
		if kind == ".js" && strings.Count(line, "`")%2 == 1 {
			inText = !inText
		}
		if text {
			continue
		}
		line = strings.TrimSpace(line)
		switch {
		case kind == ".js" && strings.HasPrefix(line, "//"):
			line = ""
		case kind == ".css" && (inComment || strings.HasPrefix(line, "/*")):
			_, rest, ended := strings.Cut(line, "*/")
			inComment, line = !ended, rest
		}
		lines[i] = line
	}
	return []byte(strings.Join(lines, "\n"))
}

// Path is the address of a file. A file that is not there is told by the tests, not by a broken page.
func (a *Assets) Path(name string) (string, error) {
	if a.files[name] == nil {
		return "", fmt.Errorf("no asset %q", name)
	}
	return AssetsPath + a.version + "/" + name, nil
}

// Version names the content of all files.
func (a *Assets) Version() string { return a.version }

// Names lists the files.
func (a *Assets) Names() []string {
	var names []string
	for name := range a.files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// ServeHTTP serves a file under its address. One of another version is not found: the page that asks for it is older than this program and will be
// loaded anew.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	version, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, AssetsPath), "/")
	f := a.files[name]
	if f == nil || version != a.version {
		w.Header().Set("Cache-Control", "no-store")
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := f.body
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") && f.kind != "image/png" {
		h.Set("Content-Encoding", "gzip")
		body = f.zipped()
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a reader who has gone away
	}
}

// zipped is the file compressed.
func (f *file) zipped() []byte {
	f.once.Do(func() {
		var out bytes.Buffer
		z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
		if err == nil {
			_, err = z.Write(f.body)
		}
		if err == nil {
			err = z.Close()
		}
		if err == nil {
			f.zip = out.Bytes()
		}
	})
	return f.zip
}

// workerFiles are what the scanner needs without a network.
var workerFiles = []string{"app.css", "scan.css", "app.js", "bridge.js", "scan.js", "kept.js", "decode.js", "icons.svg", "vendor/htmx.js"}

// Worker is the service worker of a scanner whose first page has the given address.
func (a *Assets) Worker(home string) []byte {
	var files []string
	for _, name := range workerFiles {
		files = append(files, `"`+AssetsPath+a.version+"/"+name+`"`)
	}
	return []byte(strings.NewReplacer("{{VERSION}}", "kartka-"+a.version, "{{HOME}}", home, "{{FILES}}", "["+strings.Join(files, ", ")+"]").Replace(string(a.files["sw.js"].body)))
}
