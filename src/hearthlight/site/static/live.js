// Keeps a page true. Follows GET /live, fetches again what a change touches, and calls the reader when they are told.
//
// On the page:  <section id="alerts" data-live="alert device" [data-live-url="/board/alerts/"]> is fetched again after
// any change of those kinds (or of a subject such as "alert:12"). Without data-live-url the page itself is fetched and
// the element with the same id is taken from it. Focus, open <details> and half-filled forms are kept.
// <body data-live-since="N" data-staff="ID" data-now="ISO"> comes from frame.html.

const QUIET_MS = 4000; // beats come every 2 s: after two missed ones the page must say that it may be old
const RETRY_MS = 2500; // between attempts to open the stream again
const GATHER_MS = 200; // changes that come together are fetched once
const KEPT_MS = 60_000; // a new page goes on from where the one before it in this tab stopped, if that was not long ago
const RING_AGAIN_MS = 6000; // an urgent call rings again until it is answered …
const RINGS = 10; // … or for a minute: after that the response plan has gone further
const OVER = new Set(["ACCEPTED", "ATTENDED", "CLOSED", "CANCELLED", "MERGED"]);

const body = document.body;
const me = Number(body.dataset.staff);
const bar = document.getElementById("not-live");
const plainTitle = document.title;
const store = {
  read(name, otherwise) { try { return JSON.parse(sessionStorage.getItem(name)) ?? otherwise; } catch { return otherwise; } },
  write(name, value) { try { sessionStorage.setItem(name, JSON.stringify(value)); } catch { /* private window: the page still works */ } },
};

// The stream ---------------------------------------------------------------------------------------------------------

let stream = null;
let latest = startingPoint();
let heardAt = performance.now(); // when the stream last said anything
let openedAt = 0;
let isLive = true;
let isSignedOut = false;

function startingPoint() {
  const page = Number(body.dataset.liveSince);
  const before = store.read("live", null);
  return before && before.staff === me && Date.now() - before.at < KEPT_MS ? Math.min(before.latest, page) : page;
}

function open() {
  stream?.close();
  openedAt = performance.now();
  stream = new EventSource(`/live?since=${latest}`);
  stream.addEventListener("beat", (event) => { heard(); onBeat(JSON.parse(event.data)); });
  stream.addEventListener("change", (event) => { heard(event.lastEventId); onChange(JSON.parse(event.data)); });
  stream.addEventListener("reload", (event) => { heard(event.lastEventId); startAfresh(); });
  stream.addEventListener("error", () => { if (stream.readyState === EventSource.CLOSED) askWhy(); });
}

function heard(id) {
  heardAt = performance.now();
  if (id) latest = Number(id);
  store.write("live", { latest, staff: me, at: Date.now() });
  if (!isLive) {
    isLive = true;
    fetchAll();
  }
  showBar();
}

function watch() {
  const now = performance.now();
  if (now - heardAt > QUIET_MS && isLive) {
    isLive = false;
    showBar();
  }
  if (!isLive && !isSignedOut && now - openedAt > RETRY_MS) open();
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
  if (change.kind === "tell" && change.staff?.includes(me)) called(change);
  if (change.kind === "alert" && OVER.has(change.state)) answered(change.alert_id);
  if (change.kind === "say") say(change);
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

// Being called -------------------------------------------------------------------------------------------------------

const sheet = document.getElementById("called");
const calls = new Map(store.read("calls", [])); // alert id → what was told, newest last, over all pages of this tab
let rings = 0;
let ringing = 0;

function called(told) {
  if ("speaks" in body.dataset) { play(); return; } // a wall is read by whoever walks by: no name on it
  fetch(`/alerts/${Number(told.alert_id)}/seen/`, { method: "POST", headers: { "X-CSRFToken": body.dataset.csrf } }).catch(() => {});
  calls.delete(told.alert_id);
  calls.set(told.alert_id, told);
  keepCalls();
  showCall();
  startRinging(told.severity === "URGENT" ? RINGS : 1);
  navigator.vibrate?.(told.severity === "URGENT" ? [400, 150, 400, 150, 800] : [300]);
}

function answered(alertId) {
  if (!calls.delete(alertId)) return;
  keepCalls();
  showCall();
}

function keepCalls() { store.write("calls", [...calls]); }

function showCall() {
  if ("speaks" in body.dataset) return undefined;
  const told = [...calls.values()].at(-1);
  document.title = calls.size ? `(${calls.size}) ALERT ${told.headline} · ${plainTitle}` : plainTitle;
  const isHere = told && location.pathname === told.url;
  sheet.hidden = !told || isHere;
  if (!told) return stopRinging();
  sheet.dataset.severity = told.severity;
  document.getElementById("called-headline").textContent = told.headline;
  document.getElementById("called-words").textContent = [told.words, calls.size > 1 ? `And ${calls.size - 1} more.` : ""].filter(Boolean).join(" ");
  document.getElementById("called-link").href = safeAddress(told.url);
  return undefined;
}

const safeAddress = (url) => (typeof url === "string" && /^\/(?!\/)/.test(url) ? url : "/");

document.getElementById("called-link").addEventListener("click", () => { forgetShown(); });
document.getElementById("called-later").addEventListener("click", () => { forgetShown(); showCall(); });

function forgetShown() {
  const shown = [...calls.keys()].at(-1);
  calls.delete(shown);
  keepCalls();
  stopRinging();
}

function startRinging(times) {
  stopRinging();
  rings = times;
  const ring = () => {
    play();
    rings -= 1;
    if (rings > 0) ringing = setTimeout(ring, RING_AGAIN_MS);
  };
  ring();
}

function stopRinging() { clearTimeout(ringing); rings = 0; }

// Sound: two tones made here, no file to load when it matters ----------------------------------------------------------

const ask = document.getElementById("sound-ask");
let audio = null;
try { audio = new AudioContext(); } catch { /* no sound on this device: the bar says so */ }

function showSoundState() {
  const can = audio?.state === "running";
  if (ask) ask.hidden = can;
}

async function allowSound() {
  try { await audio?.resume(); } catch { /* shown below */ }
  showSoundState();
}

function play() {
  if (audio?.state !== "running") { showSoundState(); return false; }
  const start = audio.currentTime + 0.02;
  [[880, 0], [660, 0.28], [880, 0.56], [660, 0.84]].forEach(([hz, after]) => tone(hz, start + after));
  return true;
}

function tone(hz, at) {
  const source = audio.createOscillator();
  const volume = audio.createGain();
  source.type = "triangle";
  source.frequency.value = hz;
  volume.gain.setValueAtTime(0.0001, at);
  volume.gain.exponentialRampToValueAtTime(0.6, at + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.26);
  source.connect(volume).connect(audio.destination);
  source.start(at);
  source.stop(at + 0.28);
}

audio?.addEventListener("statechange", showSoundState);
document.getElementById("sound-on")?.addEventListener("click", async () => { await allowSound(); play(); });
for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, allowSound, { once: true, capture: true });
setTimeout(showSoundState, 300); // a browser that allows sound at once takes a moment to say so

document.getElementById("sound-test")?.addEventListener("click", async () => {
  await allowSound();
  document.getElementById("sound-state").textContent = play()
    ? "That was it. Nothing heard? Turn the volume up, and check that the phone is not on silent."
    : "This phone does not let Hearthlight make a sound. Check its settings, or keep it in your hand.";
});

// Only the corridor's screen speaks: a phone that read out a name in a pocket would tell whoever stands near.
function say(told) {
  if (!("speaks" in body.dataset) || !window.speechSynthesis) return;
  const words = new SpeechSynthesisUtterance(told.words || told.headline || "");
  words.lang = "en-GB";
  words.rate = 0.9;
  speechSynthesis.speak(words);
}

// Start --------------------------------------------------------------------------------------------------------------

open();
setInterval(watch, 500);
showCall();
showAges();
document.addEventListener("visibilitychange", () => { if (!document.hidden) watch(); });
addEventListener("online", () => { if (!isLive) open(); });
addEventListener("pageshow", (event) => { if (event.persisted) { open(); fetchAll(); } });
addEventListener("pagehide", () => stream?.close());
document.querySelector("[data-focus]")?.focus();
if ("serviceWorker" in navigator && window.isSecureContext) navigator.serviceWorker.register("/sw.js").catch(() => {});
