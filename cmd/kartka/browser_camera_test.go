package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"kartka/locales"
	"kartka/qr"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// What the browser's camera takes, in points; the side of a module of a code in front of it.
const (
	filmWidth, filmHeight = 640, 480
	filmModule            = 10
)

// film is a grey table in front of the camera, as two pictures of YUV4MPEG2; with a text, a white card with its code lies on it.
func film(text string) ([]byte, error) {
	light := bytes.Repeat([]byte{140}, filmWidth*filmHeight)
	if text != "" {
		code, err := qr.Encode(text, qr.Medium)
		if err != nil {
			return nil, err
		}
		left, top := (filmWidth-code.Side()*filmModule)/2, (filmHeight-code.Side()*filmModule)/2
		for y := range code.Side() * filmModule {
			for x := range code.Side() * filmModule {
				level := byte(235)
				if column, line := x/filmModule-qr.QuietZone, y/filmModule-qr.QuietZone; column >= 0 && line >= 0 && column < code.Size() && line < code.Size() && code.Dark(column, line) {
					level = 16
				}
				light[(top+y)*filmWidth+left+x] = level
			}
		}
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "YUV4MPEG2 W%d H%d F20:1 Ip A1:1 C420jpeg\n", filmWidth, filmHeight)
	for range 2 {
		out.WriteString("FRAME\n")
		out.Write(light)
		out.Write(bytes.Repeat([]byte{128}, filmWidth*filmHeight/2))
	}
	return out.Bytes(), nil
}

// holds lays a card with a code in front of the camera, "" none. A camera that is open already goes on seeing what it saw.
func (s *stand) holds(t *testing.T, text string) {
	t.Helper()
	pictures, err := film(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.camera, pictures, 0o600); err != nil {
		t.Fatal(err)
	}
}

// lets says whether the page may use the camera, as the person in front of it would.
func (p *browserPage) lets(camera browser.PermissionSetting) {
	p.t.Helper()
	p.call(func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, browser.SetPermission, browser.SetPermissionParams{Permission: &browser.PermissionDescriptor{Name: "camera"}, Setting: camera,
			BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID})
		return err
	})
}

// TestCameraReadsCards: in an ordinary browser, which reads no codes by itself, the scanner opens the camera and finds the guest whose card is held in front
// of it; asked for a live code it opens the camera too. Who refuses the camera is told what else there is.
func TestCameraReadsCards(t *testing.T) {
	s := theStand(t)
	g := s.guest(t, locales.UK)
	p := s.desk(t, s.base)

	p.lets(browser.PermissionSettingDenied)
	p.press("[data-scan]")
	p.until(`document.querySelector("#toast").textContent.trim() === document.querySelector("[data-scan]").dataset.denied`)
	p.until(`document.activeElement.id === "find-code" && document.querySelector("#camera").hidden && document.querySelector("[data-scan]").checkVisibility()`)

	p.lets(browser.PermissionSettingGranted)
	s.holds(t, "")
	p.press("[data-scan]")
	p.until(`document.querySelector("#camera video").readyState >= 2`)
	p.press("[data-stop]")
	p.until(`document.querySelector("#camera").hidden && !document.querySelector("#camera video").srcObject && document.querySelector("[data-scan]").checkVisibility()`)

	s.holds(t, s.static(t, g))
	p.press("[data-scan]")
	p.until(saleReady)
	if !strings.Contains(p.text(), g.member.Card[len(g.member.Card)-3:]) {
		t.Errorf("the card %s was held in front of the camera; the page says\n%s", g.member.Card, p.text())
	}
	if ask[bool](p, `!!document.querySelector(".tag.good")`) {
		t.Error("a printed card proves that the guest is here")
	}

	p.tapSum("200")
	ask[bool](p, `(() => { const slider = document.querySelector("#redeem"); slider.value = slider.max; return slider.dispatchEvent(new Event("input", { bubbles: true })); })()`)
	p.until(`document.querySelector("#quote [name=do][value=ask]")`)
	p.click("#quote [name=do]")
	p.until(`document.querySelector("#page[data-ready] .wait-guest")`)
	card := s.open(t, g.person, "", cardShown, phone)
	s.holds(t, ask[string](card, cardShown))
	p.press("[data-scan]")
	p.until(`document.querySelector(".receipt .spent")`)
}
