package qr_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	skip2 "github.com/skip2/go-qrcode"

	"kartka/qr"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	link   = "https://t.me/kava_bot?start=c_AbCdEfGhIjKlMnOpQ_-21g"
	digits = "712345678652024060"
)

func encode(t testing.TB, text string) qr.Code {
	t.Helper()
	code, err := qr.Encode(text, qr.Medium)
	if err != nil {
		t.Fatalf("encode %q: %v", text, err)
	}
	return code
}

func decode(t testing.TB, data []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("decode PNG: %v", err)
	}
	return img
}

// checkCode finds the only pure black thing in a picture, a code, and compares it module by module, each sampled
// near its four corners. It returns the side of a module in pixels.
func checkCode(t testing.TB, img image.Image, code qr.Code) int {
	t.Helper()
	dark := func(x, y int) bool {
		return color.RGBAModel.Convert(img.At(x, y)) == color.RGBA{A: 255}
	}
	left, top := -1, -1
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if dark(x, y) && top < 0 {
				left, top = x, y
			}
		}
	}
	if top < 0 {
		t.Fatal("no code in the picture")
	}
	run := 0
	for dark(left+run, top) {
		run++
	}
	if run%7 != 0 {
		t.Fatalf("the finder is %d pixels wide, which is not seven modules", run)
	}
	module := run / 7
	for y := -qr.QuietZone; y < code.Size()+qr.QuietZone; y++ {
		for x := -qr.QuietZone; x < code.Size()+qr.QuietZone; x++ {
			for _, corner := range [...][2]int{{0, 0}, {module - 1, 0}, {0, module - 1}, {module - 1, module - 1}} {
				px, py := left+x*module+corner[0], top+y*module+corner[1]
				if dark(px, py) != code.Dark(x, y) {
					t.Fatalf("module %d, %d is dark: %t, want %t", x, y, dark(px, py), code.Dark(x, y))
				}
			}
		}
	}
	return module
}

func TestEncodeSizes(t *testing.T) {
	for _, c := range []struct {
		text  string
		level qr.Level
		size  int
	}{
		{digits, qr.Medium, 21},
		{"HTTPS://T.ME", qr.Medium, 21},
		{"https://t.me", qr.Medium, 21},
		{link, qr.Low, 29},
		{link, qr.Medium, 33},
		{link, qr.High, 41},
		{strings.Repeat("a", 251), qr.Medium, 61},
		{strings.Repeat("a", 321), qr.Low, 61},
	} {
		code, err := qr.Encode(c.text, c.level)
		if err != nil || code.Size() != c.size {
			t.Errorf("Encode(%q, %d) has %d modules, %v, want %d", c.text, c.level, code.Size(), err, c.size)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	if _, err := qr.Encode("", qr.Medium); !errors.Is(err, qr.ErrEmpty) {
		t.Errorf("empty text: %v", err)
	}
	if _, err := qr.Encode(strings.Repeat("a", 252), qr.Medium); !errors.Is(err, qr.ErrTooLong) {
		t.Errorf("252 bytes: %v", err)
	}
	if _, err := qr.Encode("a", qr.High+1); err == nil {
		t.Error("an unknown level is accepted")
	}
}

// Frames are worked out once, by whoever comes first.
func TestEncodeConcurrently(t *testing.T) {
	want := encode(t, link)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, level := range []qr.Level{qr.Low, qr.Medium, qr.Quartile, qr.High} {
				if _, err := qr.Encode(digits, level); err != nil {
					t.Error(err)
				}
			}
			if got, err := qr.Encode(link, qr.Medium); err != nil || got != want {
				t.Errorf("another code, %v", err)
			}
		})
	}
	wg.Wait()
}

func TestPNG(t *testing.T) {
	for _, c := range []struct {
		text                     string
		minPixels, side, aModule int
	}{
		{digits, -1, 29, 1},
		{digits, 0, 29, 1},
		{digits, 30, 58, 2},
		{digits, 58, 58, 2},
		{digits, qr.ChatPixels, 522, 18},
		{link, qr.ChatPixels, 533, 13},
		{strings.Repeat("a", 251), qr.ChatPixels, 552, 8},
		{digits, 1 << 40, 8207, 283},
	} {
		code := encode(t, c.text)
		data := code.PNG(c.minPixels)
		config, err := png.DecodeConfig(bytes.NewReader(data))
		if err != nil || config.Width != c.side || config.Height != c.side {
			t.Fatalf("PNG of %q at %d: %+v, %v, want side %d", c.text, c.minPixels, config, err, c.side)
		}
		if depth := data[24]; depth != 1 {
			t.Errorf("PNG of %q is %d bits deep", c.text, depth)
		}
		if c.side < 4000 {
			if module := checkCode(t, decode(t, data), code); module != c.aModule {
				t.Errorf("PNG of %q at %d has modules of %d pixels, want %d", c.text, c.minPixels, module, c.aModule)
			}
		}
		if !bytes.Equal(data, code.PNG(c.minPixels)) {
			t.Errorf("PNG of %q differs the second time", c.text)
		}
	}
}

func TestSVGGolden(t *testing.T) {
	code := encode(t, digits)
	got := code.SVG(`Card <123 & "more">`)
	const golden = "testdata/code.svg"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("SVG differs from %s:\n%s", golden, got)
	}
}

// The path holds the dark modules and nothing else, and the title is told to screen readers.
func TestSVG(t *testing.T) {
	code := encode(t, link)
	type document struct {
		XMLName xml.Name
		ViewBox string `xml:"viewBox,attr"`
		Label   string `xml:"aria-label,attr"`
		Role    string `xml:"role,attr"`
		Hidden  string `xml:"aria-hidden,attr"`
		Title   string `xml:"title"`
		Paths   []struct {
			D string `xml:"d,attr"`
		} `xml:"path"`
	}
	parse := func(svg string) (d document) {
		t.Helper()
		if err := xml.Unmarshal([]byte(svg), &d); err != nil {
			t.Fatalf("parse SVG: %v", err)
		}
		return d
	}
	named, unnamed := parse(code.SVG(`«Мұрт» <&>`)), parse(code.SVG(""))
	if named.ViewBox != "0 0 41 41" || named.Title != "«Мұрт» <&>" || named.Label != named.Title || named.Role != "img" || named.Hidden != "" {
		t.Errorf("named: %+v", named)
	}
	if unnamed.Hidden != "true" || unnamed.Title != "" || unnamed.Role != "" {
		t.Errorf("unnamed: %+v", unnamed)
	}
	if len(named.Paths) != 2 || named.Paths[0].D != "M0 0h41v41H0z" {
		t.Fatalf("paths: %+v", named.Paths)
	}
	drawn := make(map[[2]int]bool)
	path := strings.NewReader(named.Paths[1].D)
	for path.Len() > 0 {
		var x, y, length, back int
		if err := scanRun(path, &x, &y, &length, &back); err != nil || length != back || length < 1 {
			t.Fatalf("run at %d, %d of %d and %d: %v", x, y, length, back, err)
		}
		for i := range length {
			drawn[[2]int{x + i - qr.QuietZone, y - qr.QuietZone}] = true
		}
	}
	for y := range code.Size() {
		for x := range code.Size() {
			if drawn[[2]int{x, y}] != code.Dark(x, y) {
				t.Fatalf("module %d, %d is drawn: %t", x, y, drawn[[2]int{x, y}])
			}
			delete(drawn, [2]int{x, y})
		}
	}
	if len(drawn) > 0 {
		t.Errorf("drawn outside the code: %v", drawn)
	}
}

func BenchmarkEncode(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		encode(b, link)
	}
}

// The ratio to skip2 is that of the whole way from a text to a PNG for a chat.
func BenchmarkPNG(b *testing.B) {
	const rounds = 50
	start := time.Now()
	for range rounds {
		if _, err := skip2.Encode(link, skip2.Medium, qr.ChatPixels); err != nil {
			b.Fatal(err)
		}
	}
	theirs := time.Since(start) / rounds
	size := 0
	b.ReportAllocs()
	for b.Loop() {
		code := encode(b, link)
		size = len(code.PNG(qr.ChatPixels))
	}
	ours := b.Elapsed() / time.Duration(b.N)
	b.ReportMetric(float64(theirs)/float64(ours), "times-skip2")
	b.ReportMetric(float64(size), "bytes")
}

// scanRun reads one closed run of the form M<x> <y>h<length>v1h-<length>z.
func scanRun(r io.Reader, x, y, length, back *int) error {
	_, err := fmt.Fscanf(r, "M%d %dh%dv1h-%dz", x, y, length, back)
	return err
}
