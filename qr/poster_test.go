package qr_test

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"kartka/qr"
)

var printed = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

// posters are one per language, short and long, with and without each part.
func posters() []qr.Poster {
	long := strings.Repeat("довгий текст ", 30)
	return []qr.Poster{
		{Format: qr.A6, Lang: "uk", Title: "Кава на розі", Headline: "Бонуси за кожну каву", Steps: []string{"Наведіть камеру на код", "Натисніть «Почати»", "Покажіть картку на касі"}, Footer: "Без застосунку", QRText: "https://t.me/kava_bot?start=poster"},
		{Format: qr.A5, Lang: "kk", Title: "«Мұрт» барбершопы", Headline: "Әр шаш қиюдан 5 % бонус", Steps: []string{"Камераны кодқа бағыттаңыз"}, Accent: color.RGBA{R: 0x1d, G: 0x2b, B: 0x53, A: 255}, QRText: link},
		{Format: qr.A4, Lang: "pl", Title: "Kawiarnia Pod Złotą Gęsią", Footer: "Bez aplikacji", Accent: color.RGBA{R: 0xf5, G: 0xc5, B: 0x18, A: 255}, QRText: link},
		{Format: qr.A5, Lang: "es", Headline: "5 % de vuelta en puntos", QRText: digits},
		{Format: qr.A6, Lang: "ru", Title: long, Headline: long, Steps: []string{long, long, long, long}, Footer: long, QRText: strings.Repeat("a", 120)},
		{Format: qr.A6, QRText: link},
		{Format: qr.A6, Lang: "en", Title: "Coffee ☕ \xff\U0001F950", Headline: "☕", Steps: []string{"☕", ""}, Footer: "(brackets) \\ and ☕", QRText: link},
	}
}

func TestPosterPNG(t *testing.T) {
	for i, p := range posters() {
		data, err := qr.PosterPNG(p, 600)
		if err != nil {
			t.Fatalf("poster %d: %v", i, err)
		}
		img := decode(t, data)
		width, height := img.Bounds().Dx(), img.Bounds().Dy()
		if ratio := float64(height) / float64(width); width != 600 || math.Abs(ratio-math.Sqrt2) > 0.01 {
			t.Errorf("poster %d is %d × %d", i, width, height)
		}
		checkCode(t, img, encode(t, p.QRText))
		for y := range height {
			for x := range width {
				// Five millimetres of an A6 sheet.
				if edge := min(x, y, width-1-x, height-1-y); edge < 28 && color.RGBAModel.Convert(img.At(x, y)) != (color.RGBA{255, 255, 255, 255}) {
					t.Fatalf("poster %d: something at %d, %d, too near the edge", i, x, y)
				}
			}
		}
		again, err := qr.PosterPNG(p, 600)
		if err != nil || !bytes.Equal(data, again) {
			t.Errorf("poster %d differs the second time: %v", i, err)
		}
	}
}

func TestPosterPNGWidths(t *testing.T) {
	p := posters()[0]
	for asked, want := range map[int]int{-1: 400, 400: 400, 1234: 1234, 100_000: 4000} {
		data, err := qr.PosterPNG(p, asked)
		if err != nil {
			t.Fatal(err)
		}
		if got := decode(t, data).Bounds().Dx(); got != want {
			t.Errorf("asked for %d, got %d, want %d", asked, got, want)
		}
	}
}

func TestPosterPDF(t *testing.T) {
	for i, p := range posters() {
		data, err := qr.PosterPDF(p, printed)
		if err != nil {
			t.Fatalf("poster %d: %v", i, err)
		}
		again, err := qr.PosterPDF(p, printed)
		if err != nil || !bytes.Equal(data, again) {
			t.Errorf("poster %d differs the second time: %v", i, err)
		}
		box := map[qr.Format]string{qr.A6: "297.64 419.53", qr.A5: "419.53 595.28", qr.A4: "595.28 841.89"}[p.Format]
		for _, part := range []string{"%PDF-", "/MediaBox [0 0 " + box + "]", "/CreationDate (D:20260302100000", "/Count 1", "/FontFile2"} {
			if !bytes.Contains(data, []byte(part)) {
				t.Errorf("poster %d does not contain %q", i, part)
			}
		}
		if p.Lang != "" && !bytes.Contains(data, []byte("/Lang ("+p.Lang+")")) {
			t.Errorf("poster %d does not say that it is in %s", i, p.Lang)
		}
		checkVectors(t, pageContent(t, data), encode(t, p.QRText))
	}
	later, err := qr.PosterPDF(posters()[0], printed.Add(time.Hour))
	if err != nil || !bytes.Contains(later, []byte("D:20260302110000")) {
		t.Errorf("an hour later: %v", err)
	}
}

// pageContent is the first stream of the file, which is the page's drawing instructions.
func pageContent(t *testing.T, pdf []byte) []byte {
	t.Helper()
	_, rest, _ := bytes.Cut(pdf, []byte("stream\n"))
	packed, _, ok := bytes.Cut(rest, []byte("\nendstream"))
	if !ok {
		t.Fatal("no stream in the file")
	}
	unzip, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(unzip)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// checkVectors collects the rectangles of a page, which are runs of dark modules, and compares them with the code.
func checkVectors(t *testing.T, content []byte, code qr.Code) {
	t.Helper()
	type rectangle struct{ x, y, w, h float64 }
	var runs []rectangle
	left, top := math.Inf(1), math.Inf(-1)
	for line := range strings.Lines(string(content)) {
		var r rectangle
		if _, err := fmt.Sscanf(line, "%f %f %f %f re\n", &r.x, &r.y, &r.w, &r.h); err != nil {
			continue
		}
		runs = append(runs, r)
		left, top = min(left, r.x), max(top, r.y+r.h)
	}
	if len(runs) == 0 {
		t.Fatal("no code on the page")
	}
	module := runs[0].w / 7
	dark := make(map[[2]int]bool)
	for _, r := range runs {
		for i := range int(math.Round(r.w / module)) {
			dark[[2]int{int(math.Round((r.x-left)/module)) + i, int(math.Round((top - r.y - r.h) / module))}] = true
		}
	}
	for y := range code.Size() {
		for x := range code.Size() {
			if dark[[2]int{x, y}] != code.Dark(x, y) {
				t.Fatalf("module %d, %d is dark: %t", x, y, dark[[2]int{x, y}])
			}
			delete(dark, [2]int{x, y})
		}
	}
	if len(dark) > 0 {
		t.Errorf("dark outside the code: %v", dark)
	}
}

func TestPosterRefuses(t *testing.T) {
	steps := make([]string, qr.MaxSteps+1)
	for name, c := range map[string]struct {
		poster qr.Poster
		want   error
	}{
		"no code":   {qr.Poster{Title: "Kava"}, qr.ErrEmpty},
		"long code": {qr.Poster{QRText: strings.Repeat("a", 252)}, qr.ErrTooLong},
		"steps":     {qr.Poster{QRText: link, Steps: steps}, qr.ErrTooManySteps},
	} {
		if _, err := qr.PosterPDF(c.poster, printed); !errors.Is(err, c.want) {
			t.Errorf("%s: PDF: %v, want %v", name, err, c.want)
		}
		if _, err := qr.PosterPNG(c.poster, 1000); !errors.Is(err, c.want) {
			t.Errorf("%s: PNG: %v, want %v", name, err, c.want)
		}
	}
}

func BenchmarkPosterPDF(b *testing.B) {
	p := posters()[0]
	b.ReportAllocs()
	for b.Loop() {
		if _, err := qr.PosterPDF(p, printed); err != nil {
			b.Fatal(err)
		}
	}
}
