package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kartka/bots/sandbox/telegram"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"
	"golang.org/x/image/draw"
)

// pageTime is how long anything on a page may take; a browser that hangs ends the test and not the run.
const pageTime = 45 * time.Second

// screen is what a page is opened on.
type screen struct {
	width, height int64
	scale         float64 // pixels of the device for one of the page; 0 = 1
	dark          bool    // what the system prefers
	client        string  // theme of the Telegram client around the page, "light" or "dark"; "" = an ordinary browser
	language      string  // what the browser accepts; "" = uk
}

// phone is the screen of most tests.
var phone = screen{width: 360, height: 740, client: "light"}

// browserPage is an open page and everything that goes wrong on it: an error on the console, a broken rule of the content policy, an exception
// that nobody caught, a request that failed. When the test ends there must have been nothing of it.
type browserPage struct {
	t       *testing.T
	ctx     context.Context
	mu      sync.Mutex
	faults  []string
	asked   []*request
	offline bool
}

// request is what the page has asked for.
type request struct {
	id           network.RequestID
	Method, Path string
	Seen         string // what it says of the card that the page shows, "" nothing
	Status       int64
	Bytes        float64 // as they came over the wire, headers and all
}

// newPage opens an empty tab with a memory of its own.
func (s *stand) newPage(t *testing.T, on screen) *browserPage {
	t.Helper()
	ctx, cancel := chromedp.NewContext(s.browser, chromedp.WithNewBrowserContext())
	p := &browserPage{t: t, ctx: ctx}
	t.Cleanup(func() {
		p.settleFaults()
		cancel()
	})
	started, stop := context.WithTimeout(ctx, pageTime)
	defer stop()
	if err := chromedp.Listen(ctx, p.hear); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(started, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: instruments(on)}); err != nil {
		t.Fatal(err)
	}
	p.call(func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": orDefault(on.language, "uk")}})
		return err
	})
	p.call(func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
		return err
	})
	p.shows(on)
	return p
}

// instruments are what tests need inside of the page before it runs: a clock that can be moved, an ear for broken rules and shifted layout, and the
// object through which Telegram's clients listen, where one is around the page.
func instruments(on screen) string {
	script := `(() => {
	const real = Date.now.bind(Date);
	let shift = 0;
	window.test = { shifts: 0, said: [], arranged: Infinity, later(ms) { shift += ms; } };
	Date.now = () => real() + shift;
	document.addEventListener("securitypolicyviolation", (e) => console.error("content policy: " + e.violatedDirective + " " + e.blockedURI + " " + e.sample));
	new PerformanceObserver((list) => {
		for (const e of list.getEntries()) if (!e.hadRecentInput && e.startTime < test.arranged) {
			test.shifts += e.value;
			test.said.push(e.value + ": " + e.sources.map((s) => (s.node?.nodeName + "#" + s.node?.id + "." + s.node?.className) + JSON.stringify([s.previousRect, s.currentRect])).join("; "));
		}
	}).observe({ type: "layout-shift", buffered: true });
`
	if on.client != "" {
		script += `	window.TelegramWebviewProxy = { heard: [], postEvent(type, data) { this.heard.push([type, data]); } };
`
	}
	return script + "})();"
}

// shows sets the screen of the page, also while it is open.
func (p *browserPage) shows(on screen) {
	p.t.Helper()
	p.call(func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: on.width, Height: on.height, DeviceScaleFactor: max(1, on.scale)})
		return err
	})
	scheme := "light"
	if on.dark {
		scheme = "dark"
	}
	p.call(func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
		return err
	})
}

// hear takes note of what happens. It runs in the loop that reads what the browser says, so it does nothing else.
func (p *browserPage) hear(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fault := func(format string, args ...any) {
		if !p.offline {
			p.faults = append(p.faults, fmt.Sprintf(format, args...))
		}
	}
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		fault("uncaught: %v", (&chromedp.ExceptionError{ExceptionDetails: e.ExceptionDetails}).Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert {
			var said []string
			for _, a := range e.Args {
				said = append(said, string(a.Value)+a.Description)
			}
			fault("console: %s", strings.Join(said, " "))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			fault("log: %s %s", e.Entry.Text, e.Entry.URL)
		}
	case *network.EventLoadingFailed:
		if !e.Canceled {
			fault("request failed: %s %s", e.ErrorText, p.pathOf(e.RequestID))
		}
	case *network.EventRequestWillBeSent:
		path := e.Request.URL
		if u, err := url.Parse(path); err == nil && strings.HasPrefix(u.Host, "127.0.0.1:") {
			path = u.RequestURI() // others are shown whole
		}
		seen, _ := e.Request.Headers["kartka-seen"].(string) // names are small in what fetch sends
		p.asked = append(p.asked, &request{id: e.RequestID, Method: e.Request.Method, Path: path, Seen: seen})
	case *network.EventResponseReceived:
		for _, r := range p.asked {
			if r.id == e.RequestID {
				r.Status = e.Response.Status
			}
		}
		if e.Response.Status >= 400 {
			fault("status %d: %s", e.Response.Status, e.Response.URL)
		}
	case *network.EventLoadingFinished:
		for _, r := range p.asked {
			if r.id == e.RequestID {
				r.Bytes = e.EncodedDataLength
			}
		}
	}
}

func (p *browserPage) pathOf(id network.RequestID) string {
	for _, r := range p.asked {
		if r.id == id {
			return r.Method + " " + r.Path
		}
	}
	return ""
}

// settleFaults fails the test for everything that went wrong since it was last asked.
func (p *browserPage) settleFaults() {
	p.t.Helper()
	for _, f := range p.takeFaults() {
		p.t.Errorf("the page: %s", f)
	}
}

func (p *browserPage) takeFaults() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	faults := p.faults
	p.faults = nil
	return faults
}

// requests are what the page has asked for so far.
func (p *browserPage) requests() []request {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []request
	for _, r := range p.asked {
		all = append(all, *r)
	}
	return all
}

// call runs something in the browser within the time a page has.
func (p *browserPage) call(do func(context.Context) error) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, pageTime)
	defer cancel()
	if err := do(ctx); err != nil {
		p.t.Fatalf("the browser: %v; the page so far: %q", err, p.takeFaults())
	}
}

// do runs steps.
func (p *browserPage) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	p.call(func(ctx context.Context) error { return chromedp.Do(ctx, steps...) })
}

// ask evaluates an expression, of which a promise is awaited.
func ask[T any](p *browserPage, expression string) T {
	p.t.Helper()
	var answer T
	p.call(func(ctx context.Context) (err error) {
		answer, err = chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
		return err
	})
	return answer
}

// until waits until an expression is true. It looks in the page itself and by the machine's own clock.
func (p *browserPage) until(condition string) {
	p.t.Helper()
	met := ask[bool](p, `(async () => {
	for (const over = performance.now() + `+fmt.Sprint((pageTime/2).Milliseconds())+`; performance.now() < over; await new Promise((next) => setTimeout(next, 15))) {
		if (`+condition+`) return true;
	}
	return false;
})()`)
	if !met {
		p.t.Fatalf("the page never came to %s; it says\n%s\nand %q", condition, p.text(), p.takeFaults())
	}
}

// arrives is until for a page that the one on the screen is about to be left for.
func (p *browserPage) arrives(ready string) {
	p.t.Helper()
	until(p.t, "the next page comes to "+ready, func() bool {
		ctx, cancel := context.WithTimeout(p.ctx, pageTime)
		defer cancel()
		there, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+ready+")"))
		return err == nil && there
	})
}

// listens waits until the page hears of news.
func (p *browserPage) listens() {
	p.t.Helper()
	until(p.t, "the page listens", func() bool {
		return slices.ContainsFunc(p.requests(), func(r request) bool { return strings.HasSuffix(r.Path, "/live") && r.Status == 200 })
	})
}

// text is what can be read on the page.
func (p *browserPage) text() string {
	p.t.Helper()
	return plain(ask[string](p, `document.body.innerText`))
}

// press clicks what a selector finds first, as a finger would.
func (p *browserPage) press(selector string) {
	p.t.Helper()
	p.do(chromedp.Click(chromedp.CSS(selector)))
}

// later moves the clock of the page.
func (p *browserPage) later(by time.Duration) {
	p.t.Helper()
	ask[bool](p, fmt.Sprintf("(test.later(%d), true)", by.Milliseconds()))
}

// disconnect takes the network away or gives it back. What fails without one is no fault.
func (p *browserPage) disconnect(off bool) {
	p.t.Helper()
	if off {
		p.setOffline(true)
	}
	p.call(func(ctx context.Context) error {
		rules := []*network.Conditions{}
		if off {
			rules = append(rules, &network.Conditions{Offline: true, DownloadThroughput: -1, UploadThroughput: -1})
		}
		_, err := chromedp.Call(ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: rules})
		return err
	})
	p.call(func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: off, DownloadThroughput: -1, UploadThroughput: -1})
		return err
	})
	if !off {
		p.setOffline(false)
	}
}

func (p *browserPage) setOffline(off bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.offline = off
}

// shot is a picture of what is on the screen.
func (p *browserPage) shot() []byte {
	p.t.Helper()
	var raw []byte
	p.call(func(ctx context.Context) (err error) {
		raw, err = chromedp.Run(ctx, chromedp.CaptureScreenshot())
		return err
	})
	return raw
}

// picture is [browserPage.shot], decoded.
func (p *browserPage) picture() image.Image {
	p.t.Helper()
	picture, err := png.Decode(bytes.NewReader(p.shot()))
	if err != nil {
		p.t.Fatal(err)
	}
	return picture
}

// readQR reads the code on the screen with a reader that has nothing to do with what drew it.
func (p *browserPage) readQR() string {
	p.t.Helper()
	return p.decode(qrcode.NewQRCodeReader())
}

// readBars is readQR for the barcode.
func (p *browserPage) readBars() string {
	p.t.Helper()
	return p.decode(oned.NewCode128Reader())
}

func (p *browserPage) decode(reader gozxing.Reader) string {
	p.t.Helper()
	picture := p.picture()
	var failure error
	for closer := 1; closer <= 3; closer++ { // as a hand does that holds a scanner: the reader misses one code in some hundreds at one distance
		bitmap, err := gozxing.NewBinaryBitmapFromImage(enlargedBy(picture, closer))
		if err != nil {
			p.t.Fatal(err)
		}
		read, err := reader.Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
		if err == nil {
			return read.GetText()
		}
		failure = err
	}
	p.t.Fatalf("nothing can be read on the screen: %v; the page says\n%s", failure, p.text())
	return ""
}

// enlargedBy is a picture with each of its points so many points wide and high.
func enlargedBy(picture image.Image, times int) image.Image {
	if times == 1 {
		return picture
	}
	size := picture.Bounds().Size().Mul(times)
	large := image.NewRGBA(image.Rectangle{Max: size})
	draw.NearestNeighbor.Scale(large, large.Bounds(), picture, picture.Bounds(), draw.Src, nil)
	return large
}

// shotWhole is a picture of the whole page, as tall as it is.
func (p *browserPage) shotWhole(on screen) []byte {
	p.t.Helper()
	tall := on
	tall.height = max(on.height, ask[int64](p, `document.documentElement.scrollHeight`))
	p.shows(tall)
	defer p.shows(on)
	return p.shot()
}

// visit goes to an address and waits until the page is there and its script has been started.
func (p *browserPage) visit(address, ready string) {
	p.t.Helper()
	p.do(chromedp.Navigate(address))
	p.until(orDefault(ready, pageShown))
}

// pageShown is true of a page that has been put in place of the skeleton.
const pageShown = `document.querySelector("#page > *") && !document.querySelector("#boot") && document.readyState === "complete"`

// open opens a page of the Mini App as a person's phone does, with initData that the messenger has signed for it.
func (s *stand) open(t *testing.T, who *person, path, ready string, on screen) *browserPage {
	t.Helper()
	p := s.newPage(t, on)
	p.visit(s.launch(t, who, path, on), ready)
	return p
}

// launch is the address with which a phone opens a page.
func (s *stand) launch(t *testing.T, who *person, path string, on screen) string {
	t.Helper()
	look := telegram.Look{Theme: on.client}
	if on.client == "" {
		look.Platform = "tdesktop"
	}
	launch, err := who.OpenApp(t.Context(), s.page(path), telegram.LaunchMenu, "", look)
	if err != nil {
		t.Fatal(err)
	}
	return launch.URL
}

// list reads what a script found, sorted and each once.
func list(p *browserPage, expression string) []string {
	p.t.Helper()
	var found []string
	if err := json.Unmarshal([]byte(ask[string](p, "(async () => JSON.stringify(await ("+expression+")))()")), &found); err != nil {
		p.t.Fatal(err)
	}
	slices.Sort(found)
	return slices.Compact(found)
}
