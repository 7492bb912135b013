// Shown by the service worker when a page cannot be fetched. Goes back to where the reader was as soon as it can.
setInterval(async () => {
  try {
    const answer = await fetch("/sw.js", { cache: "no-store" });
    if (answer.ok) location.replace(location.pathname === "/offline/" ? "/" : location.href);
  } catch { /* still away */ }
}, 3000);
