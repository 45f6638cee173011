package qrread_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"strings"
	"testing"

	"github.com/skip2/go-qrcode"
	"rsc.io/qr/coding"

	"kartka/bots/sandbox/qrread"
)

var levels = map[string]qrcode.RecoveryLevel{"L": qrcode.Low, "M": qrcode.Medium, "Q": qrcode.High, "H": qrcode.Highest}

// A second encoder lets the test choose version, level and mask.
func TestReadsEveryVersionAndLevel(t *testing.T) {
	for version := coding.Version(1); version <= 40; version++ {
		for level := coding.L; level <= coding.H; level++ {
			mask := coding.Mask((int(version) + int(level)) % 8)
			t.Run(fmt.Sprintf("%d-%s-%d", version, level, mask), func(t *testing.T) {
				want := "V" + strings.Repeat("é7", int(version))
				plan, err := coding.NewPlan(version, level, mask)
				if err != nil {
					t.Fatal(err)
				}
				code, err := plan.Encode(coding.String(want))
				if err != nil {
					t.Fatal(err)
				}
				checkRead(t, drawn(code), want)
			})
		}
	}
}

// drawn paints a code with two pixels per module and a quiet zone.
func drawn(code *coding.Code) image.Image {
	side := 2 * (code.Size + 8)
	img := image.NewGray(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			if !code.Black(x/2-4, y/2-4) {
				img.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	return img
}

func TestReadsEveryMode(t *testing.T) {
	for _, want := range []string{
		"0", "12", "123", "9876543210", "HELLO WORLD $%*+-./:", "A",
		"https://t.me/kartka_bot?start=c_Zm9vYmFy-_", "Кава на розі ☕", "mixed 00000000000000000000 NUMERIC and bytes",
		strings.Repeat("https://t.me/kartka_bot?start=", 20),
	} {
		for name, level := range levels {
			code, err := qrcode.New(want, level)
			if err != nil {
				t.Fatal(err)
			}
			t.Run(name+" "+want[:min(len(want), 12)], func(t *testing.T) { checkRead(t, code.Image(-4), want) })
		}
	}
}

func TestReadsAnyScale(t *testing.T) {
	want := "https://t.me/kartka_bot?start=c_0123456789"
	code, err := qrcode.New(want, qrcode.Medium)
	if err != nil {
		t.Fatal(err)
	}
	for scale := 1; scale <= 16; scale++ {
		checkRead(t, code.Image(-scale), want)
	}
	for _, pixels := range []int{256, 300, 333, 512, 777} {
		checkRead(t, code.Image(pixels), want)
	}
}

// A card is more than its code: there is a heading, a logo, a number to read aloud.
func TestFindsTheCodeAmongOtherThings(t *testing.T) {
	want := "https://t.me/kartka_bot?start=card"
	code, err := qrcode.New(want, qrcode.Medium)
	if err != nil {
		t.Fatal(err)
	}
	canvas := image.NewRGBA(image.Rect(0, 0, 700, 900))
	draw.Draw(canvas, canvas.Bounds(), image.NewUniform(color.RGBA{250, 240, 220, 255}), image.Point{}, draw.Src)
	draw.Draw(canvas, image.Rect(0, 0, 700, 90), image.NewUniform(color.RGBA{60, 30, 10, 255}), image.Point{}, draw.Src)
	for i := 0; i < 12; i++ {
		draw.Draw(canvas, image.Rect(60+i*45, 800, 80+i*45, 850), image.NewUniform(color.Black), image.Point{}, draw.Src)
	}
	qr := code.Image(-9)
	draw.Draw(canvas, qr.Bounds().Add(image.Pt(150, 180)), qr, qr.Bounds().Min, draw.Src)
	checkRead(t, canvas, want)
}

func TestReadBytes(t *testing.T) {
	picture, err := qrcode.Encode("kartka", qrcode.Low, 256)
	if err != nil {
		t.Fatal(err)
	}
	got, err := qrread.ReadBytes(picture)
	if err != nil || got != "kartka" {
		t.Fatalf("read %q, %v", got, err)
	}
	if _, err := qrread.ReadBytes([]byte("not a picture")); err == nil {
		t.Fatal("garbage was read")
	}
}

func TestRefusesWhatIsNotACode(t *testing.T) {
	white := image.NewGray(image.Rect(0, 0, 200, 200))
	draw.Draw(white, white.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	for name, img := range map[string]image.Image{
		"white": white, "black": image.NewGray(image.Rect(0, 0, 200, 200)), "empty": image.NewGray(image.Rectangle{}),
	} {
		if text, err := qrread.Read(img); !errors.Is(err, qrread.ErrNoCode) {
			t.Errorf("%s: read %q, %v", name, text, err)
		}
	}
}

func TestNoticesDamage(t *testing.T) {
	code, err := qrcode.New("https://t.me/kartka_bot?start=damage", qrcode.Medium)
	if err != nil {
		t.Fatal(err)
	}
	src := code.Image(-4)
	img := image.NewRGBA(src.Bounds())
	draw.Draw(img, img.Bounds(), src, image.Point{}, draw.Src)
	middle := img.Bounds().Dx() / 2
	draw.Draw(img, image.Rect(middle, middle, middle+12, middle+12), image.NewUniform(color.Black), image.Point{}, draw.Src)
	draw.Draw(img, image.Rect(middle-12, middle, middle, middle+12), image.NewUniform(color.White), image.Point{}, draw.Src)
	if text, err := qrread.Read(img); !errors.Is(err, qrread.ErrDamaged) {
		t.Errorf("read %q, %v", text, err)
	}
}

func checkRead(t *testing.T, img image.Image, want string) {
	t.Helper()
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		t.Fatal(err)
	}
	got, err := qrread.ReadBytes(buf.Bytes())
	if err != nil {
		t.Fatalf("%v picture: %v", img.Bounds(), err)
	}
	if got != want {
		t.Fatalf("read %q, want %q", got, want)
	}
}
