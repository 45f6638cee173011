// What the pages behind "More" need beside the common script: sharing, the phone, the home screen, the file with one's data.
import * as bridge from "./bridge.js";
import { call, go, say } from "./app.js";

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// start sets a page up; what it returns ends that.
export async function start(page) {
  const ends = [];
  const home = page.querySelector("[data-home]");
  if (home && bridge.inside && bridge.atLeast("8.0")) {
    ends.push(bridge.on("home_screen_checked", ({ status }) => { home.hidden = status !== "missed" && status !== "unknown"; }));
    ends.push(bridge.on("home_screen_added", () => { home.hidden = true; }));
    home.addEventListener("click", () => bridge.post("web_app_add_to_home_screen", {}, "8.0"));
    bridge.post("web_app_check_home_screen", {}, "8.0");
  }
  const share = page.querySelector("[data-share]");
  if (share && navigator.share && !bridge.inside) {
    share.addEventListener("click", (event) => {
      event.preventDefault();
      navigator.share({ text: share.dataset.text, url: share.dataset.share }).catch(() => {}); // closed without sharing
    });
  }
  const phone = page.querySelector("[data-phone]");
  if (phone && bridge.inside && bridge.atLeast("6.9")) {
    phone.hidden = false;
    page.querySelector("[data-outside]").hidden = true;
    phone.addEventListener("click", () => bridge.post("web_app_request_phone", {}, "6.9"));
    ends.push(bridge.on("phone_requested", ({ status }) => { if (status === "sent") phoneSent(page, phone); }));
  }
  for (const link of page.querySelectorAll("[data-download]")) link.addEventListener("click", download);
  return () => ends.forEach((end) => end());
}

// phoneSent waits for the bot to have kept the number that the messenger has sent it.
async function phoneSent(page, button) {
  button.disabled = true;
  say(button.dataset.wait);
  const before = page.querySelector("#phone").textContent;
  for (let i = 0; i < 8 && page.isConnected; i++) {
    await pause(1500);
    try {
      const next = new DOMParser().parseFromString(await (await call("profile")).text(), "text/html").getElementById("phone");
      if (next && next.textContent !== before) break;
    } catch { /* no network just now */ }
  }
  if (page.isConnected) go(location.pathname + location.search);
}

// download has the messenger load the file: a page inside of it cannot.
async function download(event) {
  if (!bridge.inside) return;
  event.preventDefault();
  const old = event.currentTarget.dataset.old;
  if (!bridge.atLeast("8.0")) return say(old, true);
  const answer = await call("data/link", { method: "POST" });
  if (!answer.ok) return say(old, true);
  const { url, file_name } = await answer.json();
  bridge.post("web_app_request_file_download", { url: new URL(url, location.href).href, file_name }, "8.0");
}
