package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"kartka/locales"
	"kartka/miniapp/ui"
	"kartka/qr"
)

// scannerPolicy is what a page with the carried decoder may do: its own files, and WebAssembly.
const scannerPolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; img-src data:; connect-src 'self'"

// TestDecoderReadsCodes has decode.js read a card's QR code and its barcode: with the browser's own decoder, without one, and with one that is not up
// to it. What is carried along is loaded only where it is needed, and from this server alone.
func TestDecoderReadsCodes(t *testing.T) {
	const rotatingCode, staticCode = "712345678900000001", "612345678900000002"
	bars, err := qr.Barcode(staticCode)
	if err != nil {
		t.Fatal(err)
	}
	drawn, err := json.Marshal(map[string]any{"qr": rotatingCode, "bars": bars.Path(60), "width": bars.Width()})
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := locales.New()
	if err != nil {
		t.Fatal(err)
	}
	pages, err := ui.New(catalog)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(ui.AssetsPath, pages.Assets)
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", scannerPolicy)
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<!doctype html><link rel="icon" href="data:,"><title>scanner</title>`))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	at := func(name string) string {
		path, err := pages.Assets.Path(name)
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct {
		name, detector string
		own, carried   bool // what is used in the end
	}{
		{"no decoder of its own", `delete window.BarcodeDetector`, false, true},
		{"one without barcodes", `window.BarcodeDetector = class { static async getSupportedFormats() { return ["qr_code", "ean_13"]; } }`, false, true},
		{"one that fails", `window.BarcodeDetector = class { static async getSupportedFormats() { return ["qr_code", "code_128"]; }
			async detect() { window.own = true; throw new DOMException("Barcode detection service unavailable.", "NotSupportedError"); } }`, true, true},
		{"one that works", `window.BarcodeDetector = class { static async getSupportedFormats() { return ["code_128", "qr_code"]; }
			constructor({ formats }) { this.formats = formats.join(); }
			async detect(source) { window.own = this.formats === "qr_code,code_128" && source.width > 0;
				return [{ rawValue: "` + rotatingCode + `" }, { rawValue: "` + staticCode + `" }, { rawValue: "` + staticCode + `" }]; } }`, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := theStand(t).newPage(t, screen{width: 360, height: 640})
			p.visit(server.URL, `document.readyState === "complete"`)
			read := list(p, `(async () => {
	`+c.detector+`;
	const { decoder } = await import("`+at("decode.js")+`");
	const { generate, mode } = await import("`+at("vendor/lean-qr.js")+`");
	const given = `+string(drawn)+`;
	const small = document.createElement("canvas");
	generate(mode.numeric(given.qr)).toCanvas(small, { pad: 4, on: [0, 0, 0, 255], off: [255, 255, 255, 255] });
	const table = document.createElement("canvas"); // a card on a grey table, as large as a camera sees it
	Object.assign(table, { width: 1920, height: 1080 });
	const pen = table.getContext("2d");
	pen.imageSmoothingEnabled = false;
	pen.fillStyle = "#999";
	pen.fillRect(0, 0, 1920, 1080);
	pen.drawImage(small, 200, 300, 400, 400);
	pen.translate(900, 400);
	pen.scale(4, 4);
	pen.fillStyle = "#fff";
	pen.fillRect(0, 0, given.width, 60);
	pen.fillStyle = "#000";
	pen.fill(new Path2D(given.bars));
	const read = await decoder();
	const none = [...await read(document.createElement("video")), ...await (await decoder())(document.createElement("video"))];
	return [...none, ...await read(table), ...await read(await createImageBitmap(table)), ...(window.own ? ["own"] : [])];
})()`)
			want := []string{staticCode, rotatingCode}
			if c.own {
				want = append(want, "own")
			}
			if !slices.Equal(read, want) {
				t.Errorf("read %q, want %q", read, want)
			}
			loaded := false
			for _, r := range p.requests() {
				if loaded = loaded || strings.HasSuffix(r.Path, "zxing_reader.wasm"); strings.Contains(r.Path, "://") {
					t.Errorf("it asks for %s", r.Path)
				}
			}
			if loaded != c.carried {
				t.Errorf("the carried decoder is loaded: %t, want %t", loaded, c.carried)
			}
		})
	}
}
