// Keeps a page true: follows GET /live and fetches again what a change touches. calls.js, beside it, rings and speaks.
//
// On the page:  <section id="alerts" data-live="alert device" [data-live-url="/board/alerts/"]> is fetched again after
// any change of those kinds (or of a subject such as "alert:12"). Without data-live-url the page itself is fetched and
// the element with the same id is taken from it. Focus, open <details> and half-filled forms are kept.
// <body data-live-since="N" data-staff="ID" data-now="ISO"> comes from frame.html.

const QUIET_MS = 4000; // beats come every 2 s: after two missed ones the page must say that it may be old
const RETRY_MS = 2500; // between attempts to open the stream again
const GATHER_MS = 200; // changes that come together are fetched once
const KEPT_MS = 60_000; // a new page goes on from where the one before it in this tab stopped, if that was not long ago
const LEAD_MS = 3000; // a tab that follows another opens a stream of its own before the page would say "not live"

const body = document.body;
const me = Number(body.dataset.staff);
const bar = document.getElementById("not-live");
const store = {
  read(name, otherwise) { try { return JSON.parse(sessionStorage.getItem(name)) ?? otherwise; } catch { return otherwise; } },
  write(name, value) { try { sessionStorage.setItem(name, JSON.stringify(value)); } catch { /* private window: the page still works */ } },
};

// The stream: one for all tabs of this browser, for it opens six connections to one house and no more --------------
//
// Whoever holds the lock leads: it has the stream and passes on every word. Words are numbered, so hearing one twice,
// from the leader and from a stream of one's own, does no harm. Without locks (no TLS) each tab has its own stream.

let stream = null;
let latest = startingPoint();
let heardAt = performance.now(); // when the stream, or the tab that leads, last said anything
let openedAt = 0;
let leads = !navigator.locks;
let isLive = true;
let isSignedOut = false;
const tabs = new BroadcastChannel(`hearthlight-live-${me}`);
let recent = []; // what was passed on lately, for a tab that has just opened

function startingPoint() {
  const page = Number(body.dataset.liveSince);
  const before = store.read("live", null);
  return before && before.staff === me && Date.now() - before.at < KEPT_MS ? Math.min(before.latest, page) : page;
}

function open() {
  stream?.close();
  openedAt = performance.now();
  stream = new EventSource(`/live?since=${latest}`);
  for (const kind of ["beat", "change", "reload"]) {
    stream.addEventListener(kind, (event) => {
      const word = { kind, id: Number(event.lastEventId) || 0, data: JSON.parse(event.data), at: Date.now() };
      if (leads) tabs.postMessage(word);
      take(word);
    });
  }
  stream.addEventListener("error", () => { if (stream?.readyState === EventSource.CLOSED) askWhy(); });
}

function take(word) {
  heardAt = performance.now();
  if (word.kind === "beat") onBeat(word.data);
  else if (word.id > latest || !word.id) {
    latest = word.id || latest;
    recent = [...recent.filter((one) => Date.now() - one.at < KEPT_MS), word];
    if (word.kind === "change") onChange(word.data);
    else startAfresh();
  }
  store.write("live", { latest, staff: me, at: Date.now() });
  if (!isLive) {
    isLive = true;
    fetchAll();
  }
  showBar();
}

tabs.addEventListener("message", ({ data }) => {
  if (data.kind === "hello") {
    if (leads) for (const word of recent.filter((one) => one.id > data.since)) tabs.postMessage(word);
  } else if (!leads) {
    take(data);
    if (stream && data.kind === "beat") follow(); // the leader is back
  }
});

function follow() {
  stream?.close();
  stream = null;
  tabs.postMessage({ kind: "hello", since: latest });
}

// A tab of long ago may have seen less than the leader still remembers: its own stream, once, fills the gap.
async function begin() {
  if (leads) return open();
  open();
  navigator.locks.request(`hearthlight-live-${me}`, () => new Promise(() => { leads = true; if (!stream) open(); }));
  return undefined;
}

function watch() {
  const now = performance.now();
  const quiet = now - heardAt;
  if (quiet > QUIET_MS && isLive) {
    isLive = false;
    showBar();
  }
  const isDue = isLive ? !stream && quiet > LEAD_MS : now - openedAt > RETRY_MS;
  if (isDue && !isSignedOut) open();
  if (isLive) fetchAged();
  showAges();
}

// The browser gives up on an answer that is not a stream. The commonest reason: the session has ended.
async function askWhy() {
  try {
    const answer = await fetch("/more/", { redirect: "manual", cache: "no-store", headers: { "X-Live": "1" } });
    isSignedOut = answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403;
  } catch { isSignedOut = false; }
  if (isSignedOut) isLive = false;
  showBar();
}

function startAfresh() {
  if (edited.size) fetchAll();
  else location.reload();
}

// The bar: red and plain while the page may be old -------------------------------------------------------------------

let trouble = null;
const failing = new Set(); // addresses of regions that could not be fetched

function showBar() {
  const words = barWords();
  bar.hidden = !words;
  if (bar.dataset.words === words) return; // said once to a screen reader, not every second
  bar.dataset.words = words;
  bar.replaceChildren(words);
  if (isSignedOut) {
    const link = document.createElement("a");
    link.href = `/sign-in/login/?next=${encodeURIComponent(location.pathname)}`;
    link.textContent = "Sign in again";
    bar.append(" ", link);
  }
}

function barWords() {
  if (isSignedOut) return "You are signed out, so this page no longer changes.";
  if (!isLive || failing.size) return `Not live: trying again. Last update ${clockWords(serverNow())}. What you see may be old.`;
  return trouble ?? "";
}

// Time, as the server has it (a demonstration's clock may start elsewhere and run faster) ---------------------------

let beat = { at: Date.parse(body.dataset.now), seen: performance.now(), rate: 1 };

function onBeat(data) {
  const seen = performance.now();
  const at = Date.parse(data.at);
  const rate = (at - beat.at) / (seen - beat.seen);
  beat = { at, seen, rate: seen - beat.seen > 1000 && rate > 0.2 && rate < 200 ? rate : beat.rate };
  trouble = data.trouble;
  showBar();
  showAges();
}

function serverNow() { return isLive ? beat.at + (performance.now() - beat.seen) * beat.rate : beat.at; }

function clockWords(at) { return new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" }); }

function ageWords(ms) { // the twin of age_words in jinja.py
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 10) return "just now";
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d`;
}

function showAges() {
  const now = beat.at + (performance.now() - beat.seen) * beat.rate; // time passes whether or not we are connected
  for (const time of document.querySelectorAll("time[data-age]")) {
    const words = ageWords(now - Date.parse(time.dateTime));
    if (time.textContent !== words) time.textContent = words;
  }
}

// Regions ------------------------------------------------------------------------------------------------------------

const waiting = new Set(); // addresses to fetch
const fetching = new Set();
let gather = 0;
const edited = new Set(); // forms somebody has begun to fill in

document.addEventListener("input", (event) => { if (event.target.form) edited.add(event.target.form); });
document.addEventListener("reset", (event) => edited.delete(event.target));
document.addEventListener("submit", (event) => edited.delete(event.target));

const regions = () => [...document.querySelectorAll("[data-live]")];
const addressOf = (region) => region.dataset.liveUrl || location.pathname + location.search;

function onChange(change) {
  for (const region of regions()) {
    const kinds = region.dataset.live.split(/\s+/);
    if (kinds.includes(change.kind) || kinds.includes(change.subject)) want(addressOf(region));
  }
  document.dispatchEvent(new CustomEvent("live:change", { detail: change }));
}

function fetchAll() { for (const region of regions()) want(addressOf(region)); }

function want(address) {
  waiting.add(address);
  gather ||= setTimeout(() => { gather = 0; for (const one of [...waiting]) fetchRegions(one); }, GATHER_MS);
}

// What moves without an alert (a person gets up, a door opens) is looked at again every so often: data-live-every, s.
const fetchedAt = new Map();
function fetchAged() {
  for (const region of regions().filter((one) => one.dataset.liveEvery)) {
    const address = addressOf(region);
    if (!fetchedAt.has(address)) fetchedAt.set(address, performance.now());
    if (!document.hidden && performance.now() - fetchedAt.get(address) > region.dataset.liveEvery * 1000) want(address);
  }
}

async function fetchRegions(address) {
  if (fetching.has(address)) return; // fetched again when this one is done: it is still in `waiting`
  waiting.delete(address);
  fetching.add(address);
  fetchedAt.set(address, performance.now());
  try {
    const answer = await fetch(address, { headers: { "X-Live": "1" }, cache: "no-store", redirect: "manual" });
    if (answer.status === 404) gone(address);
    else if (answer.ok) swap(address, await answer.text());
    else if (answer.type === "opaqueredirect") await askWhy();
    else throw new Error(String(answer.status));
    failing.delete(address);
  } catch {
    failing.add(address);
    setTimeout(want, RETRY_MS, address);
  } finally {
    fetching.delete(address);
    if (waiting.has(address)) want(address);
    showBar();
  }
}

function swap(address, html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const region of regions().filter((one) => addressOf(one) === address)) {
    const found = region.id && page.getElementById(region.id);
    Idiomorph.morph(region, found ? found.innerHTML : html, {
      morphStyle: "innerHTML",
      ignoreActiveValue: true,
      callbacks: {
        beforeNodeMorphed: (old) => !edited.has(old),
        beforeNodeRemoved: (old) => !(old.querySelector && [...edited].some((form) => old.contains(form))),
        beforeAttributeUpdated: (name, old) => !(name === "open" && old.tagName === "DETAILS"),
      },
    });
    region.dispatchEvent(new CustomEvent("live:swapped", { bubbles: true }));
  }
  showAges();
}

// What the region was about has gone, or is no longer this reader's to see: the whole page says so better.
function gone(address) {
  if (!edited.size && regions().some((one) => addressOf(one) === address)) location.reload();
}

// Start --------------------------------------------------------------------------------------------------------------

begin();
setInterval(watch, 500);
showAges();
document.addEventListener("visibilitychange", () => { if (!document.hidden) watch(); });
addEventListener("online", () => { if (!isLive) open(); });
addEventListener("pageshow", (event) => { if (event.persisted) { open(); fetchAll(); } });
addEventListener("pagehide", () => stream?.close());
document.querySelector("[data-focus]")?.focus();
if ("serviceWorker" in navigator && window.isSecureContext) navigator.serviceWorker.register("/sw.js").catch(() => {});
