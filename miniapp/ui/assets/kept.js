// Sales that were made without a network. They are in the browser's own database until the server has recorded them, under a key that is made
// once: sent twice they are recorded once.
import { call, say } from "./app.js";

const STORE = "sales";
let box = null; // where they are shown

// open opens the database of this program's scanner.
function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("kartka:" + document.body.dataset.base, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

// run makes one request of the store and waits until it is on disk.
async function run(mode, what) {
  const db = await open();
  try {
    return await new Promise((resolve, reject) => {
      const tx = db.transaction(STORE, mode, { durability: "strict" });
      const request = what(tx.objectStore(STORE));
      tx.oncomplete = () => resolve(request.result);
      tx.onerror = () => reject(tx.error);
      tx.onabort = () => reject(tx.error);
    });
  } finally {
    db.close();
  }
}

// add keeps a sale.
export async function add(sale) {
  await run("readwrite", (store) => store.add({ ...sale, key: crypto.randomUUID(), at: Date.now(), state: "waits", text: "" }));
}

export function all() { return run("readonly", (store) => store.getAll()); }

// show lists what waits, in the box of the page.
export async function show(where = box) {
  box = where;
  if (!box) return;
  const items = (await all()).sort((a, b) => a.at - b.at);
  box.hidden = items.length === 0;
  box.querySelector("h2 span").textContent = box.dataset.count.replace("#", items.length);
  box.querySelector("ul").replaceChildren(...items.map(line));
}

function line(item) {
  const li = document.createElement("li"), what = document.createElement("span"), drop = document.createElement("button");
  what.textContent = `${new Date(item.at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" })} · ${item.sum} · ${item.code.slice(0, 24)}`;
  drop.type = "button";
  drop.className = "button danger";
  drop.textContent = box.dataset.drop;
  drop.addEventListener("click", async () => {
    if (!window.confirm(box.dataset.sure)) return;
    await run("readwrite", (store) => store.delete(item.key));
    show();
  });
  li.append(what, drop);
  if (item.text) {
    const why = document.createElement("p");
    why.textContent = item.text;
    li.append(why);
  }
  return li;
}

let sending = false;

// send hands over what waits, oldest first. What the server refuses for good stays with the reason, for the cashier to settle.
export async function send() {
  if (sending || !navigator.onLine) return;
  sending = true;
  try {
    const items = (await all()).filter((item) => item.state !== "refused").sort((a, b) => a.at - b.at).slice(0, 50);
    if (items.length === 0) return;
    const answer = await call("scan/sync", { method: "POST", body: JSON.stringify({ items: items.map(({ key, code, sum, at }) => ({ key, code, sum, at })) }) });
    if (!answer.ok) return;
    const { items: settled } = await answer.json();
    for (const one of settled) {
      if (one.state === "done") {
        await run("readwrite", (store) => store.delete(one.key));
        say(one.text);
        continue;
      }
      const item = items.find((i) => i.key === one.key);
      if (item) await run("readwrite", (store) => store.put({ ...item, state: one.state === "refused" ? "refused" : "waits", text: one.text }));
    }
  } catch { /* the network went away again; they wait */
  } finally {
    sending = false;
    show();
  }
}

window.addEventListener("online", send);
setInterval(send, 60000);
