// Entering a check: a number pad under the thumb where there is one, and a form that is sent once, and waits for the
// network instead of losing what was measured. Without this script the form is a plain form.

const RETRY_MS = 4000;

let form;
let pad;
let current = null;
let isSending = false;

function start() {
  form = document.querySelector("[data-entry]");
  pad = document.querySelector("#pad");
  current = null;
  if (!form) return;
  form.addEventListener("submit", send);
  startPad();
  startFlow();
  startBodies();
}

// Litres a minute are asked for once it is oxygen.
function startFlow() {
  const flow = form.querySelector("[name=FLOW]");
  if (!flow) return;
  const tidy = () => {
    flow.closest(".reading").hidden = !form.querySelector("[name=OXYGEN][value=OXYGEN]").checked && !flow.value;
  };
  form.addEventListener("change", tidy);
  tidy();
}

// The pad

const isThumb = () => matchMedia("(pointer: coarse)").matches;
const numbers = () => [...form.querySelectorAll(".reading__input")].filter((one) => one.offsetParent);

function startPad() {
  if (!pad) return;
  numbers().forEach((input) => {
    if (isThumb()) input.setAttribute("inputmode", "none");
    input.addEventListener("focus", () => isThumb() && show(input));
    input.addEventListener("input", () => input === document.activeElement && isThumb() && isComplete(input) && next(input));
  });
  pad.addEventListener("pointerdown", (event) => event.preventDefault()); // focus stays in the field
  pad.addEventListener("click", press);
  if (form.classList.contains("entry--vitals") && isThumb() && !numbers().some((input) => input.value)) numbers()[0].focus();
  form.addEventListener("focusin", (event) => {
    if (!event.target.classList.contains("reading__input")) hideSoon();
  });
}

function show(input) {
  current?.closest(".reading")?.classList.remove("is-now");
  current = input;
  input.select();
  input.closest(".reading").classList.add("is-now");
  pad.querySelector("#pad-for").textContent = form.querySelector(`label[for="${input.id}"]`).textContent;
  pad.querySelector('[data-key="."]').disabled = input.dataset.places === "0";
  pad.hidden = false;
  document.body.classList.add("keying");
  input.closest(".reading").scrollIntoView({ block: "center", behavior: "instant" });
}

// Not at once: the page would move between a touch and the click it becomes.
function hideSoon() {
  setTimeout(() => {
    if (document.activeElement !== current && !document.activeElement?.classList.contains("reading__input")) hide();
  }, 350);
}

function hide() {
  if (!pad || pad.hidden) return;
  current?.closest(".reading")?.classList.remove("is-now");
  current = null;
  pad.hidden = true;
  document.body.classList.remove("keying");
}

function press(event) {
  const key = event.target.closest("[data-key]")?.dataset.key;
  if (!key || !current) return;
  if (key === "away") return leave();
  if (key === "next") return next(current);
  const isChosen = current.selectionStart !== current.selectionEnd;
  const value = isChosen ? "" : current.value;
  if (key === "back") current.value = value.slice(0, -1);
  else if (key !== "." || !value.includes(".")) current.value = pointed(value + key, current);
  current.setSelectionRange(current.value.length, current.value.length);
  if (key !== "back" && isComplete(current)) next(current);
}

function leave() {
  const input = current;
  hide();
  input.blur();
}

// Temperature: 368 is 36.8. No body is at 368 degrees.
function pointed(value, input) {
  const digits = value.replace(".", "");
  if (input.name !== "TEMPERATURE" || value.includes(".") || digits.length !== 3) return value;
  return `${digits.slice(0, 2)}.${digits.slice(2)}`;
}

// Is there nothing more to type? A further digit would leave what is possible.
function isComplete(input) {
  const value = input.value;
  if (!value || Number.isNaN(Number(value))) return false;
  const [whole, tenths] = value.split(".");
  const places = Number(input.dataset.places);
  if (tenths !== undefined) return tenths.length >= places;
  if (Number(whole) < Number(input.dataset.low)) return false;
  return Number(whole) * 10 > Number(input.dataset.high) && (places === 0 || input.name !== "TEMPERATURE" || whole.length >= 3);
}

// The next thing to fill in: a number, or the choice that stands before it.
function next(input) {
  const steps = [...form.querySelectorAll(".reading__input, fieldset.tap")].filter((one) => one.offsetParent);
  const after = steps[steps.indexOf(input) + 1];
  if (after?.classList.contains("reading__input")) return after.focus();
  leave();
  const save = form.querySelector("#save");
  (after ?? save).scrollIntoView({ block: "center", behavior: "instant" });
  if (!after) save.focus({ preventScroll: true });
}

// After a tap on a choice, the number that follows it
document.addEventListener("click", (event) => {
  const choice = event.target.closest?.(".entry--vitals .tap input[type=radio]");
  if (!choice || !isThumb() || event.detail === 0) return;
  const steps = [...form.querySelectorAll(".reading__input, fieldset.tap")].filter((one) => one.offsetParent);
  const after = steps[steps.indexOf(choice.closest("fieldset")) + 1];
  const isFlow = after?.name === "FLOW" && choice.value === "AIR";
  const wanted = isFlow ? steps[steps.indexOf(after) + 1] : after;
  if (wanted?.classList.contains("reading__input") && !wanted.value) setTimeout(() => wanted.focus());
});

// Sending

async function send(event) {
  event.preventDefault();
  if (isSending) return;
  isSending = true;
  const save = form.querySelector("#save");
  save.disabled = true;
  hide();
  const sent = new FormData(form);
  for (;;) {
    const answer = await post(sent);
    if (answer?.redirected) {
      isSending = false; // leaving is right now
      location.assign(answer.url);
      return;
    }
    if (answer && answer.status < 500) {
      isSending = false;
      save.disabled = false;
      put(await answer.text());
      return;
    }
    wait();
    await new Promise((done) => setTimeout(done, RETRY_MS));
  }
}

async function post(sent) {
  try {
    return await fetch(form.action || location.href, { method: "POST", body: sent, credentials: "same-origin" });
  } catch {
    return null; // no network
  }
}

function wait() {
  const told = form.querySelector("[data-waiting]");
  told.hidden = false;
  told.textContent = "Not saved yet: there is no connection. Stay on this page; it is sent as soon as there is one, once.";
  told.scrollIntoView({ block: "center", behavior: "instant" });
}

function put(text) {
  const fresh = new DOMParser().parseFromString(text, "text/html");
  document.title = fresh.title;
  document.querySelector("#main").replaceChildren(...fresh.querySelector("#main").childNodes);
  start();
  const wrong = document.querySelector("[data-focus]");
  wrong?.scrollIntoView({ block: "start", behavior: "instant" });
  wrong?.focus({ preventScroll: true });
}

window.addEventListener("beforeunload", (event) => {
  if (isSending) event.preventDefault();
});

// The body map: a touch chooses the nearest area in the first empty place

function startBodies() {
  const bodies = form.querySelector("[data-bodies]");
  if (!bodies) return;
  const areas = JSON.parse(document.querySelector("#areas").textContent);
  const places = [...form.querySelectorAll(".place")];
  const tidy = () => places.forEach((place, number) => {
    const isSpare = number > 0 && !place.querySelector("select").value && !places[number - 1].querySelector("select").value;
    place.hidden = isSpare;
  });
  form.addEventListener("change", tidy);
  tidy();
  bodies.addEventListener("click", (event) => {
    const drawing = event.target.closest("svg");
    if (!drawing) return;
    const box = drawing.getBoundingClientRect();
    const x = ((event.clientX - box.x) / box.width) * 200;
    const y = ((event.clientY - box.y) / box.height) * 440;
    const near = areas.filter((one) => one.view === drawing.dataset.view)
      .sort((a, b) => Math.hypot(a.x - x, a.y - y) - Math.hypot(b.x - x, b.y - y))[0];
    const place = places.find((one) => !one.querySelector("select").value);
    if (!near || !place) return;
    place.hidden = false;
    place.querySelector("select").value = near.code;
    tidy();
    place.querySelectorAll("select")[1].focus();
  });
}

start();
