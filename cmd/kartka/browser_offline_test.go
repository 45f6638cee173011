package main

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"

	"kartka/locales"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// wire is the way from a browser to the stand, which can be cut: for service workers too, which a page's own switch does not reach.
type wire struct {
	base string
	cut  atomic.Bool
	// deaf is how many answers to what is posted to scan/sync break off on their way back. They begin, or the browser would ask again by itself.
	deaf  atomic.Int64
	syncs atomic.Int64 // posts to scan/sync that reached the stand
}

func (s *stand) wire(t *testing.T) *wire {
	t.Helper()
	to, err := url.Parse(s.base)
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{}
	through := httputil.NewSingleHostReverseProxy(to)
	through.FlushInterval, through.ErrorLog = -1, log.New(io.Discard, "", 0)
	through.ModifyResponse = func(answer *http.Response) error {
		if strings.HasSuffix(answer.Request.URL.Path, "/scan/sync") {
			w.syncs.Add(1)
			if w.deaf.Add(-1) >= 0 {
				_ = answer.Body.Close()
				answer.Body = io.NopCloser(io.MultiReader(strings.NewReader("{"), iotest.ErrReader(io.ErrUnexpectedEOF)))
			}
		}
		return nil
	}
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if w.cut.Load() {
			panic(http.ErrAbortHandler)
		}
		through.ServeHTTP(out, r)
	}))
	t.Cleanup(server.Close)
	w.base = server.URL
	return w
}

// TestScannerWithoutNetwork is the scanner as something one installs: it says how, its worker keeps it after one look, and without a network it opens and
// takes sales. They are recorded once, though the first answer gets lost.
func TestScannerWithoutNetwork(t *testing.T) {
	s := theStand(t)
	g := s.guest(t, locales.UK)
	line := s.wire(t)
	p := s.desk(t, line.base)
	home := "/app/" + s.slug + "/scan/"

	p.call(func(ctx context.Context) error {
		said, err := chromedp.Call(ctx, cdppage.GetAppManifest, cdppage.GetAppManifestParams{})
		if err != nil {
			return err
		}
		for _, e := range said.Errors {
			t.Errorf("the manifest: line %d: %s", e.Line, e.Message)
		}
		m := said.Manifest
		if said.URL != line.base+home+"app.webmanifest" || m == nil || m.StartURL != line.base+home || m.Scope != line.base+home || m.ID != line.base+home ||
			!strings.HasSuffix(m.Display, "tandalone") || m.Name == "" || len(m.Icons) < 3 {
			t.Fatalf("the manifest at %q: %+v", said.URL, m)
		}
		for _, icon := range m.Icons {
			size := ask[string](p, `new Promise((is) => { const i = new Image(); i.onload = () => is(i.naturalWidth + "x" + i.naturalHeight); i.onerror = () => is("broken"); i.src = "`+icon.URL+`"; })`)
			if size == "broken" || icon.Type == "image/png" && size != icon.Sizes {
				t.Errorf("the icon %s is %s, want %s", icon.URL, size, icon.Sizes)
			}
		}
		wrong, err := chromedp.Call(ctx, cdppage.GetInstallabilityErrors, cdp.Empty{})
		for _, e := range wrong.InstallabilityErrors {
			if e.ErrorID != "in-incognito" { // every tab of the tests has a memory of its own
				t.Errorf("cannot be installed: %s", e.ErrorID)
			}
		}
		return err
	})
	if scope, want := ask[string](p, `navigator.serviceWorker.ready.then((r) => r.scope)`), line.base+home; scope != want {
		t.Errorf("the worker's scope is %q, want %q", scope, want)
	}
	p.until(`navigator.serviceWorker.controller`)
	p.lets(browser.PermissionSettingGranted)
	s.holds(t, s.static(t, g))
	p.press("[data-scan]") // what reads codes is kept once it was needed
	p.until(saleReady)
	p.click(`.tabs a[href$="/scan/"]`)
	p.until(scannerShown)

	p.disconnect(true)
	line.cut.Store(true)
	p.call(func(ctx context.Context) error { // or it would do to have the files in the browser's ordinary cache
		_, err := chromedp.Call(ctx, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true})
		return err
	})
	p.do(chromedp.Reload())
	p.until(scannerShown)
	if ask[bool](p, `navigator.onLine`) || !ask[bool](p, `!!navigator.serviceWorker.controller && getComputedStyle(document.querySelector(".button.tall")).minHeight === "64px"`) {
		t.Error("the scanner opens without its style, or with a network")
	}
	before := s.balance(t, g)
	p.press("[data-scan]")
	p.until(`document.querySelector("#offline-form [data-code]")?.textContent === "` + s.static(t, g) + `"`)
	p.fill("#offline-form [name=sum]", "100")
	p.press("[data-keep] button:not([type=button])")
	p.until(`!document.querySelector("#kept").hidden && document.querySelectorAll("#kept li").length === 1`)
	p.do(chromedp.Reload())
	p.until(scannerShown + ` && document.querySelectorAll("#kept li").length === 1`)
	if s.balance(t, g) != before || line.syncs.Load() != 0 {
		t.Error("a sale was made without a network")
	}

	line.deaf.Store(1)
	line.cut.Store(false)
	p.disconnect(false)
	until(t, "the sale is sent", func() bool { return line.syncs.Load() == 1 })
	once := s.balance(t, g)
	if once == before {
		t.Error("the sale that was sent is not recorded")
	}
	if n := ask[int](p, `document.querySelectorAll("#kept li").length`); n != 1 {
		t.Errorf("%d sales wait, though nobody has said that the one is recorded", n)
	}
	p.until(`(document.querySelector("[data-sync]").click(), document.querySelector("#kept").hidden)`) // it may still be at it
	if after := s.balance(t, g); after != once || line.syncs.Load() != 2 {
		t.Errorf("sent %d times, the guest has %s and then %s", line.syncs.Load(), once, after)
	}
	p.takeFaults() // requests without a network are meant to fail
}
