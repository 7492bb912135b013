// Dark from 20:00 to 07:00 on this screen's own clock, unless the reader chose otherwise. Runs before the page is
// drawn; the server has already guessed, so that nothing flashes white in a dark corridor.
(() => {
  const root = document.documentElement;
  const choose = () => {
    if (root.dataset.lookWish !== "auto") return;
    const hour = new Date().getHours();
    root.dataset.look = hour >= 20 || hour < 7 ? "dark" : "auto";
  };
  choose();
  setInterval(choose, 60_000);
})();
