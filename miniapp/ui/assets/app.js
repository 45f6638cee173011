// What every page has: signing in, moving between pages, Telegram's buttons, news of the card.
import * as bridge from "./bridge.js";

const base = document.body.dataset.base;
const app = document.getElementById("app");
const toast = document.getElementById("toast");

// The session of a Mini App lives in this variable and, for a reload, in the tab's own memory.
let token = bridge.fresh ? "" : bridge.memory.get("session:" + base);

function keep(next) {
  if (!next) return;
  token = next;
  bridge.memory.set("session:" + base, next);
}

// call is fetch with the session.
export async function call(path, init = {}) {
  const headers = new Headers(init.headers);
  headers.set("HX-Request", "true");
  if (token) headers.set("Authorization", "Bearer " + token);
  const answer = await fetch(new URL(path, new URL(base, location.href)), { ...init, headers, cache: "no-store" });
  keep(answer.headers.get("Kartka-Session"));
  return answer;
}

// signIn shows what Telegram signed and puts the page that comes back in its place.
async function signIn() {
  const to = location.pathname.slice(base.length) + location.search;
  const answer = await fetch(base + "session", {
    method: "POST", cache: "no-store", headers: { Authorization: "tma " + bridge.initData }, body: new URLSearchParams({ to }),
  });
  keep(answer.headers.get("Kartka-Session"));
  return answer;
}

// boot fills the page of somebody who is not signed in by a cookie.
async function boot() {
  document.getElementById("boot")?.removeAttribute("hidden");
  for (const id of ["outside", "stale", "offline"]) document.getElementById(id).hidden = true;
  if (!bridge.initData && !token) return instead("outside");
  let answer;
  try {
    if (token) answer = await call(location.pathname + location.search);
    if (!answer || answer.status === 401) answer = bridge.initData ? await signIn() : null;
  } catch {
    return instead("offline");
  }
  if (!answer || answer.status === 401) return instead("stale");
  if (answer.status >= 500) return instead("offline");
  show(await answer.text());
}

// instead shows a part of the shell that says what to do.
function instead(id) {
  document.getElementById("boot").hidden = true;
  document.getElementById(id).hidden = false;
}

// show puts a page in place.
export function show(html) {
  const parts = new DOMParser().parseFromString(html, "text/html");
  const title = parts.querySelector("title");
  if (title) document.title = title.textContent;
  title?.remove();
  app.replaceChildren(...parts.body.childNodes);
  window.htmx?.process(app);
  arrive();
}

let leave = [];

// arrive sets up the page that has just been put in place.
async function arrive() {
  leave.forEach((end) => end());
  leave = [];
  const page = document.getElementById("page");
  if (!page) return;
  document.documentElement.lang = page.lang;
  bridge.back(!!page.dataset.back);
  seen = page.dataset.live || seen;
  if (page.dataset.css && !document.querySelector(`link[href="${page.dataset.css}"]`)) {
    document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: page.dataset.css }));
  }
  offerMain(page);
  countDown(app);
  if (page.dataset.script) {
    const script = await import(page.dataset.script);
    if (page.isConnected && script.start) leave.push(await script.start(page, () => go(location.pathname + location.search)));
  }
  page.dataset.ready = "";
  listen();
}

// go opens a page as a link would.
export function go(path) {
  const push = path === location.pathname + location.search ? undefined : path;
  return window.htmx.ajax("GET", path, { target: "#app", swap: "innerHTML", push });
}

// offerMain gives the page's main button to Telegram, where there is one, and takes it from the page.
function offerMain(page) {
  const button = page.querySelector("[data-main]");
  if (!button || !bridge.mainButton(button.textContent.trim(), !button.disabled)) {
    bridge.mainButton("");
    return;
  }
  button.hidden = true;
}
bridge.on("main_button_pressed", () => document.querySelector("[data-main]")?.click());
bridge.on("back_button_pressed", () => {
  const to = document.getElementById("page")?.dataset.back;
  if (to) go(to);
});
bridge.on("settings_button_pressed", () => go(base + "more"));
bridge.post("web_app_setup_settings_button", { is_visible: true }, "6.10");

// countDown lets bars run out that say how long something is good for, and then removes what fades with it.
function countDown(within) {
  for (const thing of within.querySelectorAll("[data-seconds]:not([data-counting])")) {
    thing.dataset.counting = "";
    const over = Date.now() + thing.dataset.seconds * 1000, bar = thing.querySelector("progress");
    const timer = setInterval(() => {
      const left = (over - Date.now()) / 1000;
      if (bar) bar.value = Math.max(0, left);
      if (left > 0 && thing.isConnected) return;
      clearInterval(timer);
      if (left <= 0 && "fades" in thing.dataset) thing.remove();
    }, 500);
  }
}

// A question is answered before anything else: what lies under it cannot be reached meanwhile.
new MutationObserver(() => {
  const sheet = app.querySelector("#ask .sheet");
  for (const part of app.querySelectorAll("#page, .tabs")) part.inert = !!sheet;
  if (!sheet || sheet.contains(document.activeElement)) return;
  sheet.tabIndex = -1;
  sheet.focus({ preventScroll: true });
}).observe(app, { childList: true, subtree: true });

// say shows a line for a moment.
export function say(text, bad) {
  const line = document.createElement("p");
  line.textContent = text;
  if (bad) line.className = "bad";
  toast.replaceChildren(line);
  fade();
}

let fading = 0;
function fade() {
  clearTimeout(fading);
  fading = setTimeout(() => toast.replaceChildren(), 6000);
}

document.body.addEventListener("htmx:configRequest", (event) => {
  if (token) event.detail.headers.Authorization = "Bearer " + token;
});
document.body.addEventListener("htmx:afterRequest", ({ detail: { xhr } }) => {
  keep(xhr.getResponseHeader("Kartka-Session"));
  seen = xhr.getResponseHeader("Kartka-Seen") || seen;
});
// A page that the browser goes back to is asked for by htmx, on its own.
document.body.addEventListener("htmx:historyCacheMiss", (event) => {
  if (token) event.detail.xhr.setRequestHeader("Authorization", "Bearer " + token);
});
document.body.addEventListener("htmx:historyRestore", () => arrive());
let above = null; // the last line of a list that is about to grow
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, target } = event.detail;
  above = target?.matches(".older") ? target.previousElementSibling : null;
  if (xhr.status === 422 && xhr.responseText.includes('id="page"')) { // a form with what is wrong in it
    event.detail.shouldSwap = true;
    event.detail.isError = false;
    return;
  }
  if (xhr.status >= 400 || !target) event.detail.shouldSwap = false;
});
document.body.addEventListener("htmx:responseError", async (event) => {
  const { xhr } = event.detail;
  if (xhr.status === 401) return boot401();
  const text = new DOMParser().parseFromString(xhr.responseText, "text/html").body.textContent.trim();
  bridge.haptic("error");
  say(text, true);
});
document.body.addEventListener("htmx:sendError", () => say(words("offline"), true));
document.body.addEventListener("htmx:timeout", () => say(words("offline"), true));
document.body.addEventListener("htmx:afterSwap", (event) => {
  above?.nextElementSibling?.querySelector("a")?.focus();
  above = null;
  if (event.detail.target !== app) return;
  window.scrollTo(0, 0);
  arrive();
  document.getElementById("page")?.focus({ preventScroll: true });
});
document.body.addEventListener("htmx:oobAfterSwap", (event) => {
  countDown(event.detail.target);
  if (event.detail.target.id === "toast") fade();
  if (event.detail.target.querySelector?.("[role=alertdialog]")) bridge.haptic("warning");
});
document.body.addEventListener("htmx:load", (event) => countDown(event.detail.elt));

// words are short texts of the page that scripts say.
function words(name) { return document.getElementById("page")?.dataset[name] || document.querySelector(`#${name} h1`)?.textContent || ""; }

// boot401 begins anew when the session has ended while the page was open.
async function boot401() {
  token = "";
  try {
    const answer = bridge.initData ? await signIn() : null;
    if (answer && answer.ok) return show(await answer.text());
  } catch { /* no network: told below */ }
  location.reload();
}

// Links out of the app and what is copied or shared are for the client around the page.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (link && bridge.inside && link.origin !== location.origin) {
    if (bridge.openLink(link.href)) event.preventDefault();
  }
  const copied = event.target.closest("[data-copy]");
  if (copied) navigator.clipboard?.writeText(copied.dataset.copy).then(() => say(copied.dataset.copied));
  if (event.target.closest("[data-again]")) boot();
  if (event.target.closest("button, summary, .tabs a")) bridge.haptic("");
});

let stream = null;
let seen = ""; // a mark of the card as it is shown, by which the server knows what has happened while nobody listened

// listen hears of changes of the card as long as the page is open, and asks for what has changed.
function listen() {
  if (stream || !document.querySelector("#page[data-live]")) return;
  stream = new AbortController();
  follow(stream.signal);
}

async function follow(signal) {
  for (let wait = 1000; !signal.aborted;) {
    try {
      const answer = await call("live", { signal, headers: { "Kartka-Seen": seen } });
      if (answer.status === 401 || answer.status === 403) break;
      if (!answer.ok || !answer.body) throw new Error("no stream");
      wait = 1000;
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let text = ""; ;) {
        const { value, done } = await reader.read();
        if (done) break;
        text += value;
        const events = text.split("\n\n");
        text = events.pop();
        if (events.some((e) => e.includes("event: card"))) refresh();
      }
    } catch {
      if (signal.aborted) break;
    }
    await new Promise((resolve) => setTimeout(resolve, wait + Math.random() * 1000));
    wait = Math.min(2 * wait, 30000);
  }
  stream = null;
}

// refresh brings the pieces up to date that a sale may change.
function refresh() {
  if (document.querySelector("#page[data-live]")) window.htmx?.ajax("GET", base + "pulse", { target: "#ask", swap: "none" });
}

// What has happened while the page slept, or had no network.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && app.querySelector("#state")) refresh();
});
window.addEventListener("online", () => app.querySelector("#boot") ? boot() : refresh());

if (document.body.hasAttribute("data-shell")) boot();
else arrive();
