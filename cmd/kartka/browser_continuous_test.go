package main

import (
	"strings"
	"testing"

	"kartka/engine"
	"kartka/locales"

	"github.com/chromedp/cdproto/browser"
)

// holdTimers has whatever the page means to do in three seconds or later wait for test.elapse().
const holdTimers = `(() => {
	const set = window.setTimeout, clear = window.clearTimeout, held = new Map();
	let last = 0;
	window.setTimeout = (what, ms, ...given) => {
		if (!(ms >= 3000)) return set(what, ms, ...given);
		held.set(--last, () => what(...given));
		return last;
	};
	window.clearTimeout = (id) => held.delete(id) || clear(id);
	test.elapse = () => {
		const due = [...held.values()];
		held.clear();
		due.forEach((what) => what());
		return true;
	};
	return true;
})()`

// elapses lets the time pass that the page waits for.
func (p *browserPage) elapses() {
	p.t.Helper()
	ask[bool](p, `test.elapse()`)
}

// sold makes the check of the guest that the scanner shows, and waits for its receipt.
func (p *browserPage) sold(g *regularGuest, sum string) {
	p.t.Helper()
	p.until(saleReady)
	if !strings.Contains(p.text(), g.member.Card[len(g.member.Card)-3:]) {
		p.t.Errorf("the card is %s; the page says\n%s", g.member.Card, p.text())
	}
	p.tapSum(sum)
	p.click("#quote [name=do]")
	p.until(`document.querySelector("#page[data-ready] .receipt [data-next]")`)
}

// TestContinuousScanning: with "scan the next card by itself" nobody presses anything between a receipt and the next guest, with Telegram's scanner and with
// the camera. A receipt that somebody looks at more closely stays.
func TestContinuousScanning(t *testing.T) {
	s := theStand(t)
	first, second := s.guest(t, locales.UK), s.guest(t, locales.UK)
	const opened = `TelegramWebviewProxy.heard.filter(([type]) => type === "web_app_open_scan_qr_popup").length`
	shown := func(t *testing.T) *browserPage {
		t.Helper()
		p := s.open(t, s.cashier(t, engine.RoleCashier), "scan/", scannerShown, phone)
		ask[bool](p, holdTimers)
		p.press("#continuous")
		p.press("[data-scan]")
		p.until(opened + ` === 1`)
		p.hears("qr_text_received", map[string]string{"data": s.static(t, first)})
		p.sold(first, "100")
		return p
	}

	t.Run("Telegram", func(t *testing.T) {
		p := shown(t)
		p.elapses()
		p.until(scannerShown + ` && ` + opened + ` === 2`)
		p.hears("qr_text_received", map[string]string{"data": s.static(t, second)})
		p.sold(second, "100")
		p.elapses()
		p.until(scannerShown + ` && ` + opened + ` === 3`)
		p.hears("scan_qr_popup_closed", map[string]string{})
		p.click(`.tabs a[href$="/scan/today"]`)
		p.until(`document.querySelector("#page[data-ready]") && !document.querySelector("#find-code")`)
		p.press(`a[href*="receipt/"]`)
		p.until(`document.querySelector("#page[data-ready] .receipt")`)
		p.elapses()
		p.click(`.tabs a[href$="/scan/"]`)
		p.until(scannerShown)
		if n := ask[int](p, opened); n != 3 {
			t.Errorf("the scanner has opened %d times, want 3: only a sale of just now is followed by the next guest", n)
		}
	})

	t.Run("camera", func(t *testing.T) {
		p := s.desk(t, s.base)
		ask[bool](p, holdTimers)
		p.lets(browser.PermissionSettingGranted)
		s.holds(t, s.static(t, first))
		p.press("#continuous")
		p.press("[data-scan]")
		p.sold(first, "100")
		s.holds(t, s.static(t, second))
		p.elapses()
		p.sold(second, "100")
	})

	t.Run("a closer look", func(t *testing.T) {
		p := shown(t)
		p.press(".receipt details summary")
		p.elapses()
		p.until(`document.querySelector(".receipt details").open`)
		p.press("[data-next]")
		p.until(scannerShown + ` && ` + opened + ` === 2`)
	})
}
