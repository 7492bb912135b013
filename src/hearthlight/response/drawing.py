"""Evidence as drawings: coordinates for the page's SVG, and the same facts as rows of a table. Pure; it trusts nothing,
for evidence came from devices: what cannot be drawn is left out, and nothing drawable is no drawing."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

WIDTH, HEIGHT = 640, 220  # of the SVG's own units; the page scales it to the screen
LEFT, RIGHT, TOP, BOTTOM = 44, 30, 12, 30
MOST_POINTS = 1000  # of a trace: more than a phone has pixels
MOST_ROWS = 24  # of the table beside it: a reading every half second or so
MOST_SIGNALS = 200  # of a trail
LANE = 34  # height of one sensor's lane
LATEST = 253_370_764_800.0  # POSIX seconds of the year 9999, the last a calendar can name
ON = 0.5

SIGNALS: dict[str, tuple[str, str, str]] = {
    # kind: lane, said when on, said when off
    "MOTION": ("movement", "Movement", "No more movement"),
    "CONTACT": ("door", "Door opened", "Door closed"),
    "VIBRATION": ("vibration", "Shaken", "Still again"),
    "BUTTON": ("button", "Button pressed", "Button let go"),
    "PULL_CORD": ("pull cord", "Cord pulled", "Cord let go"),
    "BED": ("bed", "In bed", "Left the bed"),
    "CHAIR": ("chair", "In the chair", "Left the chair"),
}


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Trace:
    """Movement around the moment: a line, its axes, one sentence, and a table."""

    points: str
    moment_x: float
    still_y: float
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    words: str
    rows: tuple[tuple[str, str], ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


@dataclass(frozen=True, slots=True)
class Mark:
    x: float
    is_on: bool


@dataclass(frozen=True, slots=True)
class Lane:
    name: str
    y: float
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Said:
    at: datetime
    where: str
    words: str


@dataclass(frozen=True, slots=True)
class Trail:
    """The room's last hour: a lane for each sensor, and the same as a list."""

    lanes: tuple[Lane, ...]
    across: tuple[Tick, ...]
    moment_x: float
    words: str
    rows: tuple[Said, ...]
    height: float
    width: int = WIDTH
    left: int = 150
    right: int = WIDTH - RIGHT


def trace(evidence: Mapping[str, Any]) -> Trace | None:
    """The drawing of `evidence["trace"]`, or None when there is nothing to draw."""
    pairs = _pairs(evidence.get("trace"))
    if len(pairs) < 2 or pairs[0][0] == pairs[-1][0]:
        return None
    first, last = pairs[0][0], pairs[-1][0]
    top_g = max(2.0, math.ceil(max(g for _, g in pairs)))
    x = _scale(first, last, LEFT, WIDTH - RIGHT)
    y = _scale(0.0, top_g, HEIGHT - BOTTOM, TOP)
    peak_at, peak = max(pairs, key=lambda pair: pair[1])
    step = max(1, math.ceil(len(pairs) / MOST_ROWS))
    return Trace(
        points=" ".join(f"{x(at):.1f},{y(g):.1f}" for at, g in pairs),
        moment_x=min(max(x(0.0), LEFT), WIDTH - RIGHT),
        still_y=y(1.0),
        across=tuple(Tick(x(at), _signed(at, 0) if at else "0") for at in _round_ticks(first, last)),
        up=tuple(Tick(y(g), f"{g:.0f} g") for g in _round_ticks(0.0, top_g, most=5)),
        words=(
            f"Movement from {-first:.0f} s before to {last:.0f} s after. Hardest {peak:.1f} g, "
            f"{_around(peak_at)}; lying or standing still is 1 g."
        ),
        rows=tuple((_signed(at, 1), f"{g:.1f} g") for at, g in pairs[::step]),
    )


def _pairs(found: Any) -> list[tuple[float, float]]:
    """(seconds, g) in order of time; empty unless both lists are there and hold numbers."""
    if not isinstance(found, Mapping):
        return []
    at, size = found.get("at"), found.get("g")
    if not isinstance(at, list) or not isinstance(size, list) or len(at) != len(size):
        return []
    pairs = [(float(a), float(g)) for a, g in zip(at, size, strict=True) if _is_number(a) and _is_number(g)]
    pairs = sorted((a, min(max(g, 0.0), 64.0)) for a, g in pairs if abs(a) < 3600)
    return pairs[:: max(1, math.ceil(len(pairs) / MOST_POINTS))]


def _signed(seconds: float, digits: int) -> str:
    return f"{seconds:+.{digits}f} s".replace("-", "−")


def _around(seconds: float) -> str:
    if abs(seconds) < 0.05:
        return "at the moment itself"
    return f"{abs(seconds):.1f} s {'after' if seconds > 0 else 'before'}"


def trail(evidence: Mapping[str, Any], *, began_at: datetime) -> Trail | None:
    """The drawing of `evidence["trail"]`, or None when the room said nothing."""
    signals = _signals(evidence.get("trail"))
    if not signals:
        return None
    moment = began_at.timestamp()
    last = max(moment, signals[-1][0])
    first = min(last - 3600.0, signals[0][0])
    x = _scale(first, last, 150, WIDTH - RIGHT)
    lanes: dict[str, list[Mark]] = {}
    for at, spot, kind, value in signals:
        if kind in SIGNALS:
            lanes.setdefault(f"{_spot(spot)}: {SIGNALS[kind][0]}", []).append(Mark(round(x(at), 1), value >= ON))
    rows = tuple(
        Said(datetime.fromtimestamp(at, UTC), _spot(spot), _said(kind, value)) for at, spot, kind, value in signals
    )
    return Trail(
        lanes=tuple(Lane(name, LANE * (number + 0.5), tuple(marks)) for number, (name, marks) in enumerate(lanes.items())),
        across=tuple(Tick(x(last - minutes * 60), f"−{minutes} min" if minutes else "now") for minutes in (60, 45, 30, 15, 0)),
        moment_x=x(moment),
        words=f"{len(rows)} signals from this room in the hour before. Latest: {rows[-1].words.lower()}, {rows[-1].where.lower()}.",
        rows=rows,
        height=LANE * max(len(lanes), 1) + BOTTOM,
    )


def _signals(found: Any) -> list[tuple[float, str, str, float]]:
    if not isinstance(found, list):
        return []
    signals = [
        (float(one["at"]), str(one.get("spot", ""))[:40], str(one.get("kind", ""))[:20], float(one["value"]))
        for one in found
        if isinstance(one, Mapping) and _is_number(one.get("at")) and _is_number(one.get("value"))
    ]
    return sorted(one for one in signals if 0 <= one[0] < LATEST)[-MOST_SIGNALS:]


def _spot(spot: str) -> str:
    return spot.replace("_", " ").capitalize() or "Room"


def _said(kind: str, value: float) -> str:
    if kind == "TEMPERATURE":
        return f"{value:.1f} °C"
    if kind == "HUMIDITY":
        return f"{value:.0f} % humidity"
    if kind in SIGNALS:
        return SIGNALS[kind][1 if value >= ON else 2]
    return f"{kind.replace('_', ' ').capitalize()} {value:g}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    return lambda value: start + (value - low) / (high - low) * (end - start)


def _round_ticks(first: float, last: float, *, most: int = 7) -> Sequence[float]:
    """Whole numbers between, at a step that leaves at most `most` of them.

    >>> _round_ticks(-4.0, 9.0)
    [-4.0, -2.0, 0.0, 2.0, 4.0, 6.0, 8.0]
    """
    span = last - first
    step = next((s for s in (1, 2, 5, 10, 20, 60, 120, 300, 600) if span // s + 1 <= most), 1200)
    start = math.ceil(first / step) * step
    return [float(start + step * number) for number in range(int((last - start) // step) + 1)]


@dataclass(frozen=True, slots=True)
class Bar:
    """One column: everything, and the part of it that was false."""

    x: float
    width: float
    y: float
    height: float
    false_y: float
    false_height: float


@dataclass(frozen=True, slots=True)
class Bars:
    columns: tuple[Bar, ...]
    up: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


def bars(counts: Sequence[tuple[int, int]]) -> Bars:
    """A column for each (all, false)."""
    most = max([4, *(told for told, _ in counts)])
    y = _scale(0.0, float(most), HEIGHT - BOTTOM, TOP)
    room = (WIDTH - RIGHT - LEFT) / max(len(counts), 1)
    floor = y(0.0)
    columns = tuple(
        Bar(
            round(LEFT + room * number + room * 0.12, 1), round(room * 0.76, 1), round(y(told), 1),
            round(floor - y(told), 1), round(y(false), 1), round(floor - y(false), 1),
        )
        for number, (told, false) in enumerate(counts)
    )  # fmt: skip
    return Bars(columns, tuple(Tick(y(value), f"{value:.0f}") for value in _round_ticks(0.0, float(most), most=5)))
