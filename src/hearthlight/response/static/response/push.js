// Notifications on this phone: asks the browser for an address and hands it to the server; the page works without it
// in that it then says what to do instead.
const state = document.getElementById("push-state");
const on = document.getElementById("push-on");
const off = document.getElementById("push-off");
const token = document.querySelector("#push [name=csrfmiddlewaretoken]").value;

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

async function send(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": token }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).why ?? "The server did not take it. Try again.");
}

async function show() {
  if (!("serviceWorker" in navigator) || !("PushManager" in window) || !window.isSecureContext) {
    state.textContent = "This browser cannot be notified. Keep this page open instead: it rings while it is open.";
    return;
  }
  const worker = await navigator.serviceWorker.ready;
  const is = await worker.pushManager.getSubscription();
  state.textContent = is ? "This phone is told of your alerts, also when Hearthlight is closed." : "This phone is not told when Hearthlight is closed.";
  on.hidden = Boolean(is);
  off.hidden = !is;
}

async function turnOn() {
  if ((await Notification.requestPermission()) !== "granted") {
    state.textContent = "The browser was told not to show notifications. Allow them for this site in its settings.";
    return;
  }
  const worker = await navigator.serviceWorker.ready;
  const { key } = await (await fetch("/push/key/")).json();
  const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
  await send("/push/subscribe/", made.toJSON());
  await show();
}

async function turnOff() {
  const worker = await navigator.serviceWorker.ready;
  const is = await worker.pushManager.getSubscription();
  if (is) {
    await send("/push/unsubscribe/", { endpoint: is.endpoint });
    await is.unsubscribe();
  }
  await show();
}

const attempt = (act) => async () => { try { await act(); } catch (trouble) { state.textContent = trouble.message; } };
on.addEventListener("click", attempt(turnOn));
off.addEventListener("click", attempt(turnOff));
attempt(show)();
