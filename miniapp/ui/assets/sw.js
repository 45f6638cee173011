// Keeps the scanner's first page and the files for times without a network. Everything else goes to the server as ever: nothing of a guest is kept.
const VERSION = "{{VERSION}}", HOME = "{{HOME}}", FILES = {{FILES}};

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(VERSION).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter((name) => name.startsWith("kartka-") && name !== VERSION).map((name) => caches.delete(name))))
    .then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/assets/")) {
    event.respondWith(caches.match(event.request).then((kept) => kept || fetch(event.request)));
    return;
  }
  if (event.request.mode === "navigate" && url.pathname === HOME) {
    event.respondWith(fetch(event.request).then(async (answer) => {
      if (answer.ok) await (await caches.open(VERSION)).put(HOME, answer.clone());
      return answer;
    }).catch(async () => (await caches.match(HOME)) || Response.error()));
  }
});
