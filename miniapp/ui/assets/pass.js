// The rotating code of the card. It is computed here, from a secret that the page was given and the clock, so that it turns with a dead network
// too: 7, the nine digits of the card and a TOTP (RFC 6238, SHA-1, 30 s, 8 digits), drawn as a QR code.
import { generate, mode, correction } from "./vendor/lean-qr.js";

const STEP = 30;

// totp is the eight digits of a step.
async function totp(key, step) {
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(step));
  const mac = new DataView(await crypto.subtle.sign("HMAC", key, counter.buffer));
  const number = mac.getUint32(mac.getUint8(19) & 15) & 0x7fffffff;
  return String(number % 1e8).padStart(8, "0");
}

// draw puts a code on a canvas, a pixel a module; the style makes it large, and its white tile is the fourth module of the quiet zone.
function draw(canvas, text) {
  const code = generate(mode.numeric(text), { minCorrectionLevel: correction.Q });
  code.toCanvas(canvas, { on: [0, 0, 0, 255], off: [255, 255, 255, 255], pad: 3 });
  canvas.dataset.qr = text;
}

// start keeps the code of a page up to date until the page is gone. expired is called when the secret is worth nothing any more.
export async function start(page, expired) {
  const canvas = page.querySelector("#qr");
  if (!canvas || !window.crypto || !crypto.subtle) return () => {};
  const { alias, key: hex, now, until } = canvas.dataset;
  const skew = now - Date.now(); // against a phone whose clock is wrong
  const key = await crypto.subtle.importKey("raw", Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16)),
    { name: "HMAC", hash: "SHA-1" }, false, ["sign"]);
  const turn = page.querySelector("#turn");
  let shown = -1, timer = 0, gone = false;

  async function tick() {
    clearTimeout(timer);
    if (gone || !canvas.isConnected) return;
    const at = Date.now() + skew, step = Math.floor(at / 1000 / STEP);
    if (at > +until) return expired();
    if (step !== shown) {
      shown = step;
      draw(canvas, "7" + alias + await totp(key, step));
    }
    if (turn) turn.value = STEP - (at / 1000) % STEP;
    if (!document.hidden) timer = setTimeout(tick, 1000 - at % 1000);
  }

  let lock = null;
  // awake keeps the screen on while the code is shown, where the browser can.
  async function awake() {
    try {
      lock = !document.hidden && navigator.wakeLock ? await navigator.wakeLock.request("screen") : null;
    } catch {
      lock = null; // a low battery, or no permission: the screen turns dark as it always does
    }
  }
  function seen() {
    if (document.hidden) return;
    tick();
    awake();
  }
  document.addEventListener("visibilitychange", seen);
  await tick();
  awake();
  return () => {
    gone = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", seen);
    if (lock) lock.release();
  };
}
