package qr_test

import (
	"bytes"
	"errors"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"kartka/qr"
)

func card(t testing.TB, art qr.CardArt) []byte {
	t.Helper()
	data, err := qr.CardPNG(art)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// The code on a card is exact to the pixel, on any colour and beside any text.
func TestCardHoldsItsCode(t *testing.T) {
	for _, art := range []qr.CardArt{
		{QRText: link},
		{QRText: digits, Number: "123 456 786", Title: "Кава на розі", Subtitle: "Картка гостя"},
		{QRText: link, Number: "123 456 786", Title: strings.Repeat("«Мұрт» барбершопы ", 9), Subtitle: strings.Repeat("Қонақ картасы ", 9), Accent: color.RGBA{R: 0x1d, G: 0x2b, B: 0x53, A: 255}},
		{QRText: strings.Repeat("a", 251), Number: strings.Repeat("123 456 786 ", 5), Title: "Ñandú", Accent: color.RGBA{R: 255, G: 255, B: 255, A: 255}},
	} {
		data := card(t, art)
		img := decode(t, data)
		if size := img.Bounds().Size(); size.X != qr.CardWidth || size.Y != qr.CardHeight {
			t.Errorf("%q is %v", art.Title, size)
		}
		if module := checkCode(t, img, encode(t, art.QRText)); module < 12 {
			t.Errorf("%q has modules of %d pixels", art.Title, module)
		}
		if !bytes.Equal(data, card(t, art)) {
			t.Errorf("%q differs the second time", art.Title)
		}
	}
}

// Each text and the colour show in the picture; what the fonts lack leaves no trace.
func TestCardShowsItsTexts(t *testing.T) {
	plain := qr.CardArt{QRText: link, Number: "123 456 786", Title: "Kava", Subtitle: "Card"}
	base := card(t, plain)
	for name, change := range map[string]func(*qr.CardArt){
		"number":   func(a *qr.CardArt) { a.Number = "123 456 787" },
		"title":    func(a *qr.CardArt) { a.Title = "Kawa" },
		"subtitle": func(a *qr.CardArt) { a.Subtitle = "" },
		"accent":   func(a *qr.CardArt) { a.Accent = color.RGBA{R: 200, A: 255} },
	} {
		art := plain
		change(&art)
		if bytes.Equal(base, card(t, art)) {
			t.Errorf("another %s gives the same picture", name)
		}
	}
	art := plain
	art.Title = " Kava ☕\u200d🥐"
	if !bytes.Equal(base, card(t, art)) {
		t.Error("emoji leave a trace")
	}
}

func TestCardBackground(t *testing.T) {
	accent := color.RGBA{R: 0xf5, G: 0xc5, B: 0x18, A: 255}
	img := decode(t, card(t, qr.CardArt{QRText: link, Title: "Kawiarnia", Accent: color.RGBA{R: accent.R, G: accent.G, B: accent.B, A: 7}}))
	if got := color.RGBAModel.Convert(img.At(0, 0)); got != accent {
		t.Errorf("background %v, want %v", got, accent)
	}
}

func TestCardRefuses(t *testing.T) {
	if _, err := qr.CardPNG(qr.CardArt{Title: "Kava"}); !errors.Is(err, qr.ErrEmpty) {
		t.Errorf("no code: %v", err)
	}
	if _, err := qr.CardPNG(qr.CardArt{QRText: strings.Repeat("a", 252)}); !errors.Is(err, qr.ErrTooLong) {
		t.Errorf("long code: %v", err)
	}
}

func BenchmarkCardPNG(b *testing.B) {
	art := qr.CardArt{QRText: link, Number: "123 456 786", Title: "Кава на розі", Subtitle: "Картка гостя"}
	size := 0
	b.ReportAllocs()
	for b.Loop() {
		size = len(card(b, art))
	}
	b.ReportMetric(float64(size), "bytes")
	if _, err := png.DecodeConfig(bytes.NewReader(card(b, art))); err != nil {
		b.Fatal(err)
	}
}
