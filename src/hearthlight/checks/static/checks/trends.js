// Trends with uPlot. Each drawing has its words and its table beside it; this script only adds the picture.

const HEIGHT = 200;
const told = JSON.parse(document.querySelector("#series")?.textContent ?? '{"series": []}');
let plots = [];

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function clock(seconds) {
  return uPlot.tzDate(new Date(seconds * 1e3), told.zone);
}

// A straight line across at one value: what is usual, or an end of what is acceptable.
const level = (one, value) => one.at.map(() => value);

function options(one, width) {
  const grid = { stroke: colour("--line"), width: 1 };
  const axis = { stroke: colour("--quiet"), font: "14px Atkinson, sans-serif", grid, ticks: grid };
  const line = { stroke: colour("--link"), width: 2.5, points: { size: 7, fill: colour("--link") }, spanGaps: true };
  const dashed = { stroke: colour("--line-strong"), width: 2, dash: [6, 5], points: { show: false } };
  const series = [{}, { label: one.name, ...line }];
  if (one.second) series.push({ label: "Lower", ...line, stroke: colour("--watch"), points: { size: 7, fill: colour("--watch") } });
  ["usual", "low", "high"].forEach((name) => one[name] !== null && series.push({ label: name, ...dashed }));
  return {
    width, height: HEIGHT, tzDate: clock, series, legend: { show: false }, cursor: { drag: { x: false, y: false } },
    scales: { y: { range: (_, low, high) => span(one, low, high) } },
    axes: [
      { ...axis, space: 70, values: [
        [86400, "{D} {MMM}", null, null, null, null, null, null, 1],
        [3600, "{HH}:{mm}", "\n{D} {MMM}", null, "\n{D} {MMM}", null, null, null, 1],
        [60, "{HH}:{mm}", "\n{D} {MMM}", null, "\n{D} {MMM}", null, null, null, 1],
      ] },
      { ...axis, size: 50 },
    ],
  };
}

// Room above and below; NEWS2 from nothing, so that a 1 does not look like a cliff.
function span(one, low, high) {
  if (one.code === "NEWS2") return [0, Math.max(high + 1, 7)];
  const room = Math.max((high - low) * 0.15, 1);
  return [low - room, high + room];
}

function draw() {
  plots.forEach((plot) => plot.destroy());
  plots = told.series.map((one, number) => {
    const place = document.querySelector(`[data-plot="${number}"]`);
    const data = [one.at, one.values];
    if (one.second) data.push(one.second);
    ["usual", "low", "high"].forEach((name) => one[name] !== null && data.push(level(one, one[name])));
    return new uPlot(options(one, place.clientWidth), data, place);
  });
}

function tables(isOpen) {
  document.querySelectorAll(".trend details").forEach((one) => { one.open = isOpen; });
}

if (told.series.length) {
  draw();
  let waiting;
  addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(draw, 150); });
  new MutationObserver(draw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-look"] });
  addEventListener("beforeprint", () => tables(true));
  addEventListener("afterprint", () => tables(false));
}
