// Two jobs only: show what the server pushes, and say so when there is no connection. People's data is never kept here.
const SHELL = "hearthlight-shell-v1";

self.addEventListener("install", (event) => {
  event.waitUntil(keepShell().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name !== SHELL) await caches.delete(name);
    await self.clients.claim();
  })());
});

// The offline page is the same for everybody and holds nobody's name; with it, the style sheets and scripts it names.
async function keepShell() {
  const shell = await caches.open(SHELL);
  const page = await fetch("/offline/", { cache: "no-store", credentials: "omit" });
  const named = [...(await page.clone().text()).matchAll(/(?:href|src)="(\/static\/[^"]+)"/g)].map((found) => found[1]);
  await shell.put("/offline/", page);
  await shell.addAll(named);
}

self.addEventListener("fetch", (event) => {
  const request = event.request;
  if (request.mode === "navigate" && request.method === "GET") {
    event.respondWith(fetch(request).catch(async () => (await caches.match("/offline/")) ?? Response.error()));
  } else if (request.method === "GET" && new URL(request.url).pathname.startsWith("/static/")) {
    event.respondWith(fetch(request).catch(async () => (await caches.match(request)) ?? Response.error()));
  }
});

// {headline, words, url, severity, alert_id}
self.addEventListener("push", (event) => {
  let told = {};
  try { told = event.data?.json() ?? {}; } catch { told = { headline: event.data?.text() }; }
  event.waitUntil(self.registration.showNotification(told.headline || "Hearthlight: someone needs you", {
    body: told.words || "",
    tag: told.alert_id ? `alert-${told.alert_id}` : "hearthlight",
    renotify: true,
    requireInteraction: told.severity === "URGENT",
    vibrate: [400, 150, 400, 150, 800],
    icon: "/static/icon-192.png",
    badge: "/static/icon-192.png",
    data: { url: told.url || "/" },
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const wanted = new URL(event.notification.data?.url || "/", self.location.origin);
  const url = wanted.origin === self.location.origin ? wanted.href : self.location.origin;
  event.waitUntil((async () => {
    const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    for (const client of open) {
      if ("navigate" in client) { await client.focus(); return client.navigate(url); }
    }
    return self.clients.openWindow(url);
  })());
});
