// Passkeys are offered only where the browser has them; what goes wrong is said in plain words. Passwords can be shown.
const can = Boolean(window.PublicKeyCredential) && window.isSecureContext && !/^[\d.]+$|:/.test(location.hostname);
for (const part of document.querySelectorAll("[data-passkey]")) part.hidden = !can;
for (const part of document.querySelectorAll("[data-no-passkey]")) part.hidden = can;

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const place = document.getElementById("passkey-trouble");
  if (!place) return;
  const name = event.detail?.exception?.name;
  place.textContent = name === "NotAllowedError" || name === "AbortError"
    ? "That did not work, or was stopped. Try once more, or use your password."
    : name === "InvalidStateError" ? "This device already has a passkey for you." : "The passkey could not be used here. Use your password instead.";
  place.hidden = false;
});

for (const input of document.querySelectorAll("input[data-reveal]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "reveal";
  button.textContent = "Show";
  button.setAttribute("aria-label", `Show ${input.labels[0]?.textContent.trim().toLowerCase() ?? "password"}`);
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.textContent = shown ? "Hide" : "Show";
    button.setAttribute("aria-pressed", String(shown));
  });
  const row = document.createElement("span");
  row.className = "reveal-row";
  input.replaceWith(row);
  row.append(input, button);
}
