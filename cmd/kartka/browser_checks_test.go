package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

//go:embed testdata/vendor/axe.min.js
var axe string

// pageCheck looks at an open page and says what it finds fault with.
type pageCheck struct {
	name string
	find func(p *browserPage) []string
}

// The checks of every page: those that may depend on its words run in each language, the others on each kind of screen. [TestChecksOfPagesCatch] has them look at
// a page that does everything wrong.
var (
	wordChecks  = []pageCheck{{"shifts", shifted}, {"accessibility", inaccessible}, {"clipped text", clipped}, {"inline code", inline}, {"raw text", rawTexts}}
	lightChecks = []pageCheck{{"shifts", shifted}, {"accessibility of colours", unreadable}, {"clipped text", clipped}, {"keyboard", unfocused}}
)

// inaccessible has axe-core look for breaches of WCAG 2.2 AA and of good practice, colours aside. While a question is open, what lies under it is not there.
func inaccessible(p *browserPage) []string {
	return breaches(p, `{ resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], rules: {
	"color-contrast": { enabled: false },
	...(document.querySelector("[role=alertdialog]") ? { "page-has-heading-one": { enabled: false }, "landmark-one-main": { enabled: false } } : {}) } }`)
}

// unreadable is inaccessible for colours alone.
func unreadable(p *browserPage) []string {
	return breaches(p, `{ resultTypes: ["violations"], runOnly: { type: "rule", values: ["color-contrast"] } }`)
}

func breaches(p *browserPage, how string) []string {
	if !ask[bool](p, `!!window.axe`) {
		p.do(chromedp.Evaluate[chromedp.Void](axe))
	}
	return list(p, `axe.run(document, `+how+`).then((r) => r.violations.flatMap((v) => v.nodes.map((n) =>
	v.id + ": " + v.help + ": " + n.target + " " + n.failureSummary.replaceAll("\n", " "))))`)
}

// clipped finds texts that are cut off, or that stand where nobody can scroll to. Everything that can be opened is open while it looks.
func clipped(p *browserPage) []string {
	return list(p, `(async () => {
	const closed = [...document.querySelectorAll("details:not([open])")];
	closed.forEach((d) => { d.open = true; });
	const found = [], wide = document.documentElement.clientWidth;
	const about = (e) => e.nodeName.toLowerCase() + (e.className && e.className.baseVal === undefined ? "." + e.className : "") + " " + JSON.stringify(e.textContent.trim().slice(0, 40));
	if (document.documentElement.scrollWidth > wide) found.push("the page is " + document.documentElement.scrollWidth + " wide on a screen of " + wide);
	const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let node; (node = texts.nextNode());) {
		const e = node.parentElement;
		if (!node.data.trim() || e.closest("script, style, noscript, title, .skip") || !e.checkVisibility({ visibilityProperty: true })) continue;
		const range = document.createRange();
		range.selectNodeContents(node);
		let block = e;
		while (getComputedStyle(block).display === "inline") block = block.parentElement;
		for (const r of range.getClientRects()) {
			if (r.right > block.getBoundingClientRect().right + 2) found.push("runs out of its box: " + about(e));
			if (r.right > wide + 1 || r.left < -1) found.push("beyond the screen: " + about(e));
			for (let a = e; a && a !== document.body; a = a.parentElement) {
				const style = getComputedStyle(a), box = a.getBoundingClientRect();
				if (/hidden|clip/.test(style.overflowX) && (r.right > box.right + 1 || r.left < box.left - 1)) found.push("cut off: " + about(e));
				if (/hidden|clip/.test(style.overflowY) && (r.bottom > box.bottom + 1 || r.top < box.top - 1)) found.push("cut off below: " + about(e));
				if (style.position === "fixed") break;
			}
		}
	}
	for (const e of document.querySelectorAll("button, a, summary, label, h1, h2, p, li, td, th")) {
		if (!e.checkVisibility({ visibilityProperty: true }) || getComputedStyle(e).display === "inline") continue;
		const style = getComputedStyle(e);
		if (/hidden|clip/.test(style.overflow) && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1)) found.push("cut off inside: " + about(e));
	}
	closed.forEach((d) => { d.open = false; });
	return found;
})()`)
}

// inline finds code and style inside of the document. The root's style is what the client's theme is put into, by script.
func inline(p *browserPage) []string {
	return list(p, `[...document.querySelectorAll("*")].flatMap((e) => {
	const found = [];
	if (e.nodeName === "STYLE" || e.nodeName === "SCRIPT" && !e.src) found.push("inline " + e.nodeName);
	for (const a of e.attributes) {
		if (a.name === "style" && e !== document.documentElement || /^on/.test(a.name)) found.push(e.nodeName + " has " + a.name);
		if (/^\s*javascript:/i.test(a.value)) found.push(e.nodeName + " has code in " + a.name);
		if (a.name === "src" && !/^data:/.test(a.value) && new URL(a.value, document.baseURI).origin !== location.origin) found.push(e.nodeName + " is loaded from elsewhere: " + a.value);
	}
	return found;
})`)
}

// mostStops is how many stops the way of the Tab key through a page may have.
const mostStops = 80

// unfocused walks through the page with the Tab key: everything that can be used must be reached, be seen to be, and not lie under something else.
func unfocused(p *browserPage) []string {
	usable := ask[int](p, `(() => {
	const start = document.createElement("i"); // the key goes on from where somebody has last pressed: from the top, then
	start.tabIndex = -1;
	document.body.prepend(start);
	start.focus();
	start.remove();
	scrollTo(0, 0);
	const usable = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")].filter((e) =>
		e.tabIndex >= 0 && !e.disabled && !e.closest("[inert]") && e.type !== "hidden" && e.checkVisibility({ visibilityProperty: true }));
	const groups = new Map(); // the choices of a question are one stop, arrows move between them
	let stops = 0;
	for (const e of usable) {
		const group = e.type === "radio" ? e.name : null;
		if (group === null || !groups.has(group)) stops++;
		if (group !== null && !groups.has(group)) groups.set(group, stops);
		e.testStop = group === null ? stops : groups.get(group);
	}
	return stops;
})()`)
	var found []string
	reached := map[int]bool{}
	for range min(usable, mostStops) + 1 {
		p.do(chromedp.KeyEvent(kb.Tab))
		stop := ask[struct {
			N     int
			Fault string
		}](p, `(async () => {
	const e = document.activeElement;
	if (!e || e === document.body) return { N: 0, Fault: "" };
	await new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
	const about = e.nodeName.toLowerCase() + " " + JSON.stringify((e.getAttribute("aria-label") || e.textContent || e.name || "").trim().slice(0, 40));
	const style = getComputedStyle(e), box = e.getBoundingClientRect();
	if (!e.matches(":focus-visible") || !(style.outlineStyle === "auto" || style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2)) return { N: e.testStop || -1, Fault: "the focus is not seen: " + about };
	const x = box.left + box.width / 2, y = box.top + box.height / 2;
	const top = document.elementFromPoint(x, y);
	if (!top || !(e.contains(top) || top.contains(e))) return { N: e.testStop || -1, Fault: "the focus lies under something: " + about + " at " + Math.round(x) + "," + Math.round(y) };
	return { N: e.testStop || -1, Fault: "" };
})()`)
		if stop.Fault != "" {
			found = append(found, stop.Fault)
		}
		if stop.N == 0 || reached[stop.N] {
			break
		}
		reached[stop.N] = true
	}
	if usable > mostStops {
		found = append(found, fmt.Sprintf("there are %d stops; %d are enough", usable, mostStops))
	} else if len(reached) < usable {
		found = append(found, fmt.Sprintf("the Tab key reaches %d of %d", len(reached), usable))
	}
	ask[bool](p, `(document.activeElement?.blur(), scrollTo(0, 0), true)`)
	slices.Sort(found)
	return slices.Compact(found)
}

// shifted says how the page has moved by itself since it was opened.
func shifted(p *browserPage) []string {
	if ask[float64](p, `test.shifts`) == 0 {
		return nil
	}
	return []string{"things move: " + ask[string](p, `test.said.join("\n")`)}
}

// rawTexts finds what no person may ever read.
func rawTexts(p *browserPage) []string {
	var found []string
	for _, text := range []string{p.text(), ask[string](p, `document.title`), ask[string](p, `[...document.querySelectorAll("[aria-label], [placeholder], [alt]")].map((e) =>
	[e.getAttribute("aria-label"), e.getAttribute("placeholder"), e.getAttribute("alt")].join(" ")).join("\n")`)} {
		if raw := rawText.FindString(text); raw != "" {
			found = append(found, "raw text: "+raw)
		}
	}
	if strings.TrimSpace(p.text()) == "" {
		found = append(found, "nothing can be read")
	}
	return found
}

// enlarged runs a check with larger text: the root's size is what all sizes are made of.
func enlarged(p *browserPage, percent int, check func(*browserPage) []string) []string {
	ask[bool](p, fmt.Sprintf(`(document.documentElement.style.fontSize = "%d%%", true)`, percent))
	defer ask[bool](p, `(document.documentElement.style.fontSize = "", true)`)
	return check(p)
}
