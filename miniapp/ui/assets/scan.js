// The scanner of staff: reads codes by Telegram's own scanner, by the camera or by a hand-held one, reckons while a sum is typed, and keeps sales
// while there is no network.
import * as bridge from "./bridge.js";
import { call, say, show } from "./app.js";
import * as kept from "./kept.js";

const settings = {
  get continuous() { return bridge.memory.get("continuous") === "1" || localStorage.getItem("continuous") === "1"; },
  set continuous(on) { localStorage.setItem("continuous", on ? "1" : ""); },
};

let camera = null; // what stops the camera, while it runs
let next = false; // whether the scanner is to read the next card as soon as it is there
let reading = false; // whether a code that was read amid something else is being looked up

// start sets a page of the scanner up.
export function start(page) {
  const ends = [() => camera && camera()];
  const listen = (target, type, what) => {
    target.addEventListener(type, what);
    ends.push(() => target.removeEventListener(type, what));
  };
  listen(page, "click", (event) => pressed(page, event));
  if (page.querySelector("#find")) home(page, listen);
  if (page.querySelector("#sale, [data-done], .wait-guest")) listen(document, "keydown", wedge((text) => elsewhere(page, text)));
  next = false;
  if (page.querySelector("#sale")) sale(page, listen);
  if (page.querySelector("[data-done]")) done(page, listen, ends);
  return () => ends.forEach((end) => end());
}

function pressed(page, event) {
  const button = event.target.closest("button");
  if (!button) return;
  if ("scan" in button.dataset) scan(page, button);
  if ("stop" in button.dataset && camera) camera();
  if ("sync" in button.dataset) kept.send();
}

// home is where the next guest is found.
function home(page, listen) {
  const form = page.querySelector("#find"), input = page.querySelector("#find-code"), again = page.querySelector("#continuous");
  again.checked = settings.continuous;
  listen(again, "change", () => { settings.continuous = again.checked; });
  listen(form, "submit", (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    event.stopPropagation();
    offline(page, input.value);
  });
  listen(form, "htmx:beforeRequest", (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    offline(page, input.value);
  });
  listen(form, "htmx:sendError", () => offline(page, input.value));
  listen(form, "htmx:timeout", () => offline(page, input.value));
  listen(document, "keydown", wedge((text) => found(page, text), 6, input));
  kept.show(page.querySelector("#kept"));
  kept.send();
  if (matchMedia("(pointer: fine)").matches) input.focus({ preventScroll: true });
  if (next) scan(page, page.querySelector("[data-scan]"));
  if ("serviceWorker" in navigator && !bridge.inside) navigator.serviceWorker.register("scan/sw.js", { scope: "scan/" }).catch(() => {});
}

// wedge hears a hand-held scanner, which types like a very fast hand and ends with Enter, wherever the focus is. Physical keys are read, so that the
// layout does not matter. The field it types into gets back what it had, unless that is where codes belong.
function wedge(read, shortest = 9, home = null) {
  let burst = "", last = 0, field = null, before = "";
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const now = event.timeStamp;
    if (now - last > 60) {
      burst = "";
      field = document.activeElement;
      before = field.value;
    }
    last = now;
    if (event.key === "Enter") {
      if (burst.length >= shortest && document.activeElement !== home) {
        event.preventDefault();
        event.stopPropagation();
        if (typeof before === "string" && field.isConnected) field.value = before;
        read(burst);
      }
      burst = "";
      return;
    }
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
    if (digit) burst += digit[1];
    else if (event.key.length === 1) burst += event.key;
  };
}

// elsewhere goes on with a code that was read where no card is looked for. It confirms what the guest is asked; the same guest's shows that they are there,
// and leaves the check as it is; another's opens their page. A code of nobody changes nothing.
async function elsewhere(page, text) {
  const other = page.querySelector("[data-scan]");
  if (other) return found(page, text, other.dataset.scan);
  if (reading) return;
  reading = true;
  page.dispatchEvent(new Event("read"));
  try {
    const answer = await call("scan/find", { method: "POST", body: new URLSearchParams({ code: text }) });
    const html = await answer.text();
    if (!page.isConnected) return;
    if (answer.status === 401) return location.reload();
    const next = new DOMParser().parseFromString(html, "text/html");
    bridge.haptic(answer.ok ? "success" : "error");
    if (!answer.ok) return say((next.querySelector(".wrong") || next.body).textContent.trim(), true);
    const form = page.querySelector("#sale"), again = next.querySelector("#sale");
    if (form && again && next.querySelector(".who h1").textContent === page.querySelector(".who h1").textContent) {
      form.querySelector("[name=proof]").value = again.querySelector("[name=proof]").value;
      page.querySelector(".tags").replaceWith(next.querySelector(".tags"));
      form.dispatchEvent(new Event("input"));
      return;
    }
    if (location.pathname.includes("/receipt/")) history.pushState({ htmx: true }, "", "scan/");
    show(html);
  } catch {
    say(page.dataset.offline, true);
  } finally {
    reading = false;
  }
}

// found goes on with what was read.
function found(page, text, to = "#find") {
  bridge.haptic("success");
  const form = page.querySelector(to);
  if (!form) return;
  form.querySelector("[name=code]").value = text;
  form.requestSubmit();
}

// scan reads a code with the best there is: Telegram's scanner on phones, else the camera.
async function scan(page, button) {
  const to = button.dataset.scan || "#find";
  if (bridge.scans) {
    bridge.post("web_app_open_scan_qr_popup", { text: button.dataset.hint.slice(0, 64) }, "6.4");
    const [type, data] = await bridge.once("qr_text_received", "scan_qr_popup_closed");
    if (type !== "qr_text_received" || !data.data) return;
    bridge.post("web_app_close_scan_qr_popup", {}, "6.4");
    return found(page, data.data, to);
  }
  try {
    await watch(page, page.querySelector("#camera"), button, to);
  } catch {
    if (camera) camera();
    if (!page.isConnected) return;
    say(button.dataset.denied, true);
    page.querySelector(to + " [name=code]").focus();
  }
}

// watch looks at the camera until it sees a code.
async function watch(page, box, button, to) {
  const { decoder } = await import("./decode.js");
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } }, audio: false });
  const video = box.querySelector("video");
  if (!page.isConnected) return stream.getTracks().forEach((track) => track.stop());
  camera = () => {
    stream.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
    box.hidden = true;
    button.hidden = false;
    camera = null;
  };
  video.srcObject = stream;
  box.hidden = false;
  button.hidden = true;
  await video.play();
  const read = await decoder();
  while (camera && page.isConnected) {
    const codes = video.readyState >= 2 ? await read(video) : [];
    if (codes.length > 0 && camera) {
      camera();
      return found(page, codes[0], to);
    }
    await new Promise((resolve) => setTimeout(resolve, 120));
  }
}

// sale reckons the check while it is typed.
function sale(page, listen) {
  const form = page.querySelector("#sale"), sum = page.querySelector("#sum"), quote = page.querySelector("#quote");
  const slider = page.querySelector("#redeem"), lines = page.querySelector("#lines");
  let timer = 0;
  const reckon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => window.htmx.trigger(quote, "reckon"), 200);
  };
  listen(form, "input", reckon);
  listen(form, "click", (event) => {
    const key = event.target.closest("[data-key]"), good = event.target.closest("[data-good]"), less = event.target.closest("[data-less-of]");
    if (key) typed(sum, key.dataset.key, +form.dataset.decimals);
    if (good) added(form, sum, lines, good);
    if (less) {
      less.closest("li").remove();
      reckon();
    }
    if (key || good) {
      event.preventDefault();
      reckon();
    }
  });
  listen(form, "keydown", (event) => {
    if (event.key !== "Enter" || event.target !== sum) return;
    event.preventDefault(); // the check is made by its button, not by a key too many
    reckon();
    form.querySelector("[name=do]")?.focus();
  });
  listen(quote, "htmx:afterSwap", () => {
    const reckoned = quote.querySelector(".reckoned");
    const limit = reckoned ? +reckoned.dataset.limit : 0;
    if (!slider) return;
    slider.disabled = limit <= 0;
    slider.max = limit;
    if (+slider.value > limit) slider.value = limit;
    slider.setAttribute("aria-valuetext", reckoned ? reckoned.dataset.spend : "");
    page.querySelector("#spend-most").textContent = reckoned ? `${reckoned.dataset.spend} / ${reckoned.dataset.most}` : "";
  });
  if (matchMedia("(pointer: fine)").matches) sum.focus({ preventScroll: true });
}

// typed puts a key of the keypad into the sum.
function typed(sum, key, decimals) {
  if (key === "del") sum.value = sum.value.slice(0, -1);
  else if (key === ",") sum.value += decimals > 0 && !/[.,]/.test(sum.value) ? (sum.value ? "," : "0,") : "";
  else if (sum.value.length < 12 && !new RegExp(`[.,]\\d{${Math.max(decimals, 1)}}$`).test(sum.value)) sum.value = sum.value === "0" ? key : sum.value + key;
}

// added moves the typed sum into a line of the quick menu; the same good at the same price counts up.
function added(form, sum, lines, good) {
  const price = sum.value.trim().replace(",", ".");
  if (!/^\d+(\.\d+)?$/.test(price) || +price === 0) return say(good.parentElement.dataset.first, true);
  const same = [...lines.children].find((li) => li.dataset.of === `${price}|${good.dataset.good}`);
  const units = (same ? +same.dataset.units : 0) + 1;
  const li = same || document.createElement("li");
  li.dataset.of = `${price}|${good.dataset.good}`;
  li.dataset.units = units;
  const whole = times(price, units, +form.dataset.decimals);
  const name = document.createElement("span"), cost = document.createElement("b"), less = document.createElement("button"), value = document.createElement("input");
  name.textContent = units > 1 ? `${good.textContent} × ${units}` : good.textContent;
  cost.textContent = whole;
  less.type = "button";
  less.className = "less";
  less.dataset.lessOf = "";
  less.textContent = "✕";
  less.setAttribute("aria-label", `${good.parentElement.dataset.less} ${good.textContent}`);
  value.type = "hidden";
  value.name = "line";
  value.value = `${whole}|${good.dataset.good}|${units}`;
  li.replaceChildren(name, cost, less, value);
  lines.append(li);
  sum.value = "";
}

// times multiplies a price without floats.
function times(price, units, decimals) {
  const [whole, part = ""] = price.split(".");
  const minor = BigInt(whole + part.padEnd(decimals, "0").slice(0, decimals)) * BigInt(units);
  const text = minor.toString().padStart(decimals + 1, "0");
  return decimals > 0 ? `${text.slice(0, -decimals)}.${text.slice(-decimals)}` : text;
}

// done is a receipt: with continuous scanning the next code is read as soon as the cashier has seen it. Whoever touches the receipt wants it to stay, and
// so does whoever has gone back to an old one: a sale that was made just now has no address of its own.
function done(page, listen, ends) {
  bridge.haptic("success");
  const on = page.querySelector("[data-next]");
  on.focus({ preventScroll: true });
  if (location.pathname.includes("/receipt/")) {
    page.querySelector("form[action='scan/pick']")?.setAttribute("hx-push-url", "scan/"); // another check is not the old receipt's
    return;
  }
  if (!settings.continuous) return;
  const timer = setTimeout(() => on.click(), 4000);
  ends.push(() => clearTimeout(timer));
  listen(page, "read", () => clearTimeout(timer));
  listen(page, "click", (event) => {
    clearTimeout(timer);
    next = on.contains(event.target);
  });
}

// offline asks for the sum of a guest whose code was read without a network, and keeps the sale.
function offline(page, code) {
  if (!code.trim() || page.querySelector("#offline-form")) return;
  const form = page.querySelector("#offline-sale").content.firstElementChild.cloneNode(true);
  form.querySelector("[data-code]").textContent = code;
  page.querySelector(".find").before(form);
  const sum = form.querySelector("[name=sum]"), wrong = form.querySelector(".wrong"), keep = form.querySelector("[data-keep]");
  sum.focus();
  form.querySelector("[data-cancel]").addEventListener("click", () => form.remove());
  keep.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    const value = sum.value.trim();
    wrong.hidden = /^\d{1,9}([.,]\d{1,2})?$/.test(value) && !/^0+([.,]0+)?$/.test(value);
    if (!wrong.hidden) {
      wrong.textContent = keep.dataset.bad;
      return;
    }
    await kept.add({ code: code.trim(), sum: value });
    page.querySelector("#find-code").value = "";
    form.remove();
    bridge.haptic("success");
    say(keep.dataset.done);
    kept.show(page.querySelector("#kept"));
  });
}
