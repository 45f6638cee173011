// Keeps the scanner's first page and the files for times without a network, and the decoder of the camera once it was used. Everything else goes to the
// server as ever: nothing of a guest is kept.
const VERSION = "{{VERSION}}", HOME = "{{HOME}}", FILES = {{FILES}};

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(VERSION).then((cache) => Promise.all([cache.addAll(FILES), fetch(HOME).then((page) => keep(page), () => {})])).then(() => self.skipWaiting()));
});

// keep keeps the first page: the one that has registered this script was loaded before there was anybody to keep it.
function keep(page) {
  return page.ok && !page.redirected ? put(HOME, page.clone()) : undefined;
}

// put keeps what came. Where there is no room for it, it has come all the same.
async function put(name, answer) {
  try {
    await (await caches.open(VERSION)).put(name, answer);
  } catch { /* the next time, perhaps */ }
}

self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter((name) => name.startsWith("kartka-") && name !== VERSION).map((name) => caches.delete(name))))
    .then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/assets/")) {
    event.respondWith(caches.match(event.request).then(async (kept) => {
      if (kept) return kept;
      const file = await fetch(event.request);
      if (file.ok) event.waitUntil(put(event.request, file.clone()));
      return file;
    }));
    return;
  }
  if (event.request.mode === "navigate" && url.pathname === HOME) {
    event.respondWith(fetch(event.request).then(async (answer) => {
      event.waitUntil(Promise.resolve(keep(answer)));
      return answer;
    }).catch(async () => (await caches.match(HOME)) || Response.error()));
  }
});
