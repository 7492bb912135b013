// Calls the reader when they are told of an alert: a sheet, a sound, a buzz, the title; and speaks in the corridor.
// live.js hears of it and hands it on ("live:change"). Every tab shows the call; the one in view rings.

const RING_AGAIN_MS = 6000; // an urgent call rings again until it is answered …
const RINGS = 10; // … or for a minute: after that the response plan has gone further
const OVER = new Set(["ACCEPTED", "ATTENDED", "CLOSED", "CANCELLED", "MERGED"]);

const body = document.body;
const me = Number(body.dataset.staff);
const isWall = "speaks" in body.dataset; // read by whoever walks by: no name on it, and it may talk
const plainTitle = document.title;
const store = {
  read(name, otherwise) { try { return JSON.parse(sessionStorage.getItem(name)) ?? otherwise; } catch { return otherwise; } },
  write(name, value) { try { sessionStorage.setItem(name, JSON.stringify(value)); } catch { /* private window: it still rings */ } },
};

document.addEventListener("live:change", ({ detail: change }) => {
  if (change.kind === "tell" && change.staff?.includes(me)) called(change);
  if (change.kind === "alert" && OVER.has(change.state)) answered(change.alert_id);
  if (change.kind === "say" && isWall) say(change);
});

// The sheet ----------------------------------------------------------------------------------------------------------

const sheet = document.getElementById("called");
const calls = new Map(store.read("calls", []).filter(([, told]) => told.staff?.includes(me))); // alert id → what was told, newest last, over all pages of this tab
let rings = 0;
let ringing = 0;

function called(told) {
  if (isWall) { play(); return; }
  fetch(`/alerts/${Number(told.alert_id)}/seen/`, { method: "POST", headers: { "X-CSRFToken": body.dataset.csrf } }).catch(() => {});
  calls.delete(told.alert_id);
  calls.set(told.alert_id, told);
  keepCalls();
  showCall();
  startRinging(told.severity === "URGENT" ? RINGS : 1);
  if (navigator.userActivation?.hasBeenActive ?? true) navigator.vibrate?.(told.severity === "URGENT" ? [400, 150, 400, 150, 800] : [300]);
}

function answered(alertId) {
  if (!calls.delete(alertId)) return;
  keepCalls();
  showCall();
}

function keepCalls() { store.write("calls", [...calls]); }

function showCall() {
  if (isWall) return undefined;
  const told = [...calls.values()].at(-1);
  document.title = calls.size ? `(${calls.size}) ALERT ${told.headline} · ${plainTitle}` : plainTitle;
  const isHere = told && location.pathname === told.url;
  sheet.hidden = !told || isHere;
  if (!told) return stopRinging();
  sheet.dataset.severity = told.severity;
  document.getElementById("called-headline").textContent = told.headline;
  document.getElementById("called-words").textContent = callWords(told);
  document.getElementById("called-link").href = safeAddress(told.url);
  return undefined;
}

function callWords(told) {
  const since = new Date(told.at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const more = calls.size > 1 ? ` And ${calls.size - 1} more.` : "";
  return `${told.step > 0 ? "Still nobody is going" : "Nobody is going yet"}. Told at ${since}.${more}`;
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
  if (!window.speechSynthesis) return;
  const words = new SpeechSynthesisUtterance(told.words || told.headline || "");
  words.lang = "en-GB";
  words.rate = 0.9;
  speechSynthesis.speak(words);
}

showCall();
