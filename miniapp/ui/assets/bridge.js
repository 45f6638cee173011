// The bridge to Telegram (core.telegram.org/api/web-events): what the page says to the client, and what it hears. It works in the phone clients, in
// the desktop ones and in the frame of Telegram Web; in an ordinary browser it says that it is not there, and everything else goes on.

const proxy = window.TelegramWebviewProxy;
const framed = window.parent !== window;
const parentOrigin = framed && trusted();

// memory is what a tab keeps over a reload. Frames of one page of our own share theirs, as the phones of the sandbox do, so they keep nothing.
export const memory = {
  get(name) {
    try {
      return (parentOrigin !== location.origin && sessionStorage.getItem(name)) || "";
    } catch {
      return ""; // a browser that keeps nothing
    }
  },
  set(name, value) {
    try {
      if (parentOrigin !== location.origin) sessionStorage.setItem(name, value);
    } catch { /* the same */ }
  },
};

// fresh says that the page was opened by Telegram just now, rather than loaded again.
export const fresh = location.hash.includes("tgWebAppVersion=");
const params = launchParams();

// launchParams reads what the client has put into the address, or what an earlier load of this tab has kept of it.
function launchParams() {
  const given = new URLSearchParams(location.hash.slice(1));
  const kept = fresh ? {} : JSON.parse(memory.get("tg") || "{}");
  for (const name of ["tgWebAppData", "tgWebAppVersion", "tgWebAppPlatform", "tgWebAppThemeParams"]) {
    if (given.has(name)) kept[name] = given.get(name);
  }
  if (fresh) {
    memory.set("tg", JSON.stringify(kept));
    history.replaceState(history.state, "", location.pathname + location.search); // what is signed is nobody's business on the way
  }
  return kept;
}

// trusted is the origin of the frame around the page if it may be talked to: Telegram's own web client, or this very server.
function trusted() {
  let origin = location.ancestorOrigins ? location.ancestorOrigins[0] : "";
  if (!origin && document.referrer) origin = new URL(document.referrer).origin;
  return origin === location.origin || !origin ? location.origin : "https://web.telegram.org";
}

export const version = params.tgWebAppVersion || "";
export const platform = params.tgWebAppPlatform || "";
export const initData = params.tgWebAppData || "";
// inside says that a Telegram client is around the page.
export const inside = !!version && (!!proxy || framed || !!(window.external && "notify" in window.external));

// atLeast compares versions by their numbers.
export function atLeast(wanted) {
  const have = version.split("."), want = wanted.split(".");
  for (let i = 0; i < want.length; i++) {
    const a = +have[i] || 0, b = +want[i] || 0;
    if (a !== b) return a > b;
  }
  return !!version;
}

// post tells the client something, when it is new enough to understand.
export function post(type, data = {}, since = "6.0") {
  if (!inside || !atLeast(since)) return false;
  if (proxy) proxy.postEvent(type, JSON.stringify(data));
  else if (window.external && "notify" in window.external) window.external.notify(JSON.stringify({ eventType: type, eventData: data }));
  else window.parent.postMessage(JSON.stringify({ eventType: type, eventData: data }), parentOrigin);
  return true;
}

const listeners = new Map();

// on hears an event of the client; what it returns ends that.
export function on(type, listener) {
  if (!listeners.has(type)) listeners.set(type, new Set());
  listeners.get(type).add(listener);
  return () => listeners.get(type).delete(listener);
}

// once resolves with the next event of one of the types, as [type, data].
export function once(...types) {
  return new Promise((resolve) => {
    const ends = types.map((type) => on(type, (data) => {
      ends.forEach((end) => end());
      resolve([type, data]);
    }));
  });
}

function receive(type, data) {
  for (const listener of listeners.get(type) || []) listener(data || {});
}

window.addEventListener("message", (event) => {
  if (event.source !== window.parent || !framed || event.origin !== parentOrigin) return;
  let said;
  try {
    said = JSON.parse(event.data);
  } catch {
    return;
  }
  if (said && said.eventType) receive(said.eventType, said.eventData);
});
window.Telegram = Object.assign(window.Telegram || {}, { WebView: { receiveEvent: receive } });
window.TelegramGameProxy_receiveEvent = receive; // older clients
window.TelegramGameProxy = { receiveEvent: receive };

const root = document.documentElement;

// theme takes the client's colours; what it does not name stays as the style has it.
function theme(colours) {
  for (const [name, value] of Object.entries(colours || {})) {
    if (/^#[0-9a-f]{6}$/i.test(value)) root.style.setProperty("--tg-theme-" + name.replaceAll("_", "-"), value);
  }
  const bg = colours && colours.bg_color;
  if (!bg || !/^#[0-9a-f]{6}$/i.test(bg)) return;
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(bg.slice(i, i + 2), 16));
  root.dataset.scheme = 0.299 * r + 0.587 * g + 0.114 * b < 120 ? "dark" : "light";
}

// insets keep content clear of notches and of the client's own buttons.
function insets(prefix) {
  return (data) => {
    for (const side of ["top", "bottom", "left", "right"]) {
      root.style.setProperty(`--${prefix}-${side}`, `${Math.max(0, +data[side] || 0)}px`);
    }
  };
}

if (inside) {
  root.dataset.telegram = platform;
  try {
    theme(JSON.parse(params.tgWebAppThemeParams || "{}"));
  } catch { /* the style's own colours are good */ }
  on("theme_changed", (data) => theme(data.theme_params));
  on("safe_area_changed", insets("tg-safe-area-inset"));
  on("content_safe_area_changed", insets("tg-content-safe-area-inset"));
  on("viewport_changed", (data) => {
    if (data.is_state_stable && data.height) root.style.setProperty("--tg-viewport-stable-height", data.height + "px");
  });
  post("iframe_ready", { reload_supported: true });
  on("reload_iframe", () => {
    post("iframe_will_reload");
    location.reload();
  });
  post("web_app_ready");
  post("web_app_expand");
  post("web_app_request_theme");
  post("web_app_request_viewport");
  post("web_app_request_safe_area", {}, "8.0");
  post("web_app_request_content_safe_area", {}, "8.0");
  post("web_app_setup_swipe_behavior", { allow_vertical_swipe: false }, "7.7"); // a list that is pulled does not close the app
}

// haptic is a tiny knock: "success", "warning", "error" or "" for a touch.
export function haptic(kind) {
  if (kind) post("web_app_trigger_haptic_feedback", { type: "notification", notification_type: kind }, "6.1");
  else post("web_app_trigger_haptic_feedback", { type: "impact", impact_style: "light" }, "6.1");
}

// back shows the client's ← or hides it.
export function back(visible) {
  return post("web_app_setup_back_button", { is_visible: visible }, "6.1");
}

// mainButton shows the client's large button with a text, or hides it.
export function mainButton(text, enabled = true) {
  return post("web_app_setup_main_button", text
    ? { is_visible: true, is_active: enabled, text }
    : { is_visible: false, is_active: false });
}

// Which clients have a scanner of their own: those on phones.
export const scans = inside && atLeast("6.4") && /^(android|android_x|ios)$/.test(platform);

// openLink opens an address outside of the app, a link of Telegram inside of it.
export function openLink(url) {
  const link = new URL(url, location.href);
  if (/^(t|telegram)\.me$/.test(link.hostname) && inside) {
    return post("web_app_open_tg_link", { path_full: link.pathname + link.search });
  }
  return post("web_app_open_link", { url: link.href });
}

// close closes the app.
export function close() { post("web_app_close"); }
