"""Rooms made up by chance, and what is done with them. Shared by the tests of every detector over a room."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from hearthlight.detect.types import Sighting, Signal, SignalKind

# 20:00 in London on an ordinary evening, and before each of the nights the clocks change, POSIX seconds.
EVENINGS = (1_768_507_200.0, 1_774_728_000.0, 1_792_868_400.0)

SENSORS = (
    ("bed-1", SignalKind.BED, "bedroom"),
    ("bed-2", SignalKind.BED, "bedroom"),
    ("chair-1", SignalKind.CHAIR, "lounge"),
    ("motion-1", SignalKind.MOTION, "bedroom"),
    ("motion-2", SignalKind.MOTION, "bathroom"),
    ("motion-3", SignalKind.MOTION, "hall"),
    ("shake-1", SignalKind.VIBRATION, "bathroom"),
    ("door-1", SignalKind.CONTACT, "front_door"),
    ("door-2", SignalKind.CONTACT, "back_door"),
    ("drawer-1", SignalKind.CONTACT, "bedroom"),
    ("cord-1", SignalKind.PULL_CORD, "bathroom"),
    ("button-1", SignalKind.BUTTON, "bedroom"),
    ("button-2", SignalKind.BUTTON, "doorbell"),
    ("climate-1", SignalKind.TEMPERATURE, "lounge"),
)

# Few sensors make long stories about one thing: a bed alone, a bed and a chair, the outside doors, the bathroom.
ROOMS = (SENSORS, SENSORS[:1], SENSORS[:4], (SENSORS[0], SENSORS[3]), SENSORS[2:7], SENSORS[5:10])

# Whole minutes, so that the naive twins can walk the night minute by minute, and so that instants collide.
STEPS_SECONDS = (0, 0, 60, 60, 120, 300, 600, 900, 1200, 1800, 3600, 10_800)


@dataclass(frozen=True)
class Deed:
    """One thing done to a detector: "feed" a signal, or "tick", "fall_suspected", "attended" a moment."""

    verb: str
    what: Any


@st.composite
def signals_in_order(draw: st.DrawFn, most: int = 40) -> list[Signal]:
    at = draw(st.sampled_from(EVENINGS))
    found = []
    room = draw(st.sampled_from(ROOMS))
    for sensor, kind, spot in draw(st.lists(st.sampled_from(room), max_size=most)):
        at += draw(st.sampled_from(STEPS_SECONDS))
        value = (
            draw(st.floats(10, 30)) if kind == SignalKind.TEMPERATURE else draw(st.sampled_from((1.0, 0.0)))
        )
        found.append(Signal(sensor, kind, value, at, spot))
    return found


@st.composite
def deeds(draw: st.DrawFn) -> list[Deed]:
    """Signals arriving up to ten minutes late, some twice, with the detector asked in between and long after."""
    arriving = []
    for signal in draw(signals_in_order()):
        late = draw(st.sampled_from((0, 0, 0, 0, 60, 600)))
        arriving.append((signal.at + late, Deed("feed", signal)))
        if draw(st.integers(0, 9)) == 0:
            arriving.append((signal.at + late + 60, Deed("feed", signal)))
        if draw(st.booleans()):
            arriving.append((signal.at + late, Deed("tick", signal.at + late)))
        if draw(st.integers(0, 9)) == 0:
            arriving.append(
                (signal.at, Deed(draw(st.sampled_from(("fall_suspected", "attended"))), signal.at))
            )
    arriving.sort(key=lambda one: one[0])
    end = arriving[-1][0] if arriving else EVENINGS[0]
    return [deed for _, deed in arriving] + [Deed("tick", end + 2 * 86_400)]


def do(detector: Any, deed: Deed) -> list[Sighting]:
    act = getattr(detector, deed.verb, None)
    return (act(deed.what) or []) if act else []


def told(detector: Any, row: Iterable[Deed]) -> list[list[Sighting]]:
    """What the detector said to each deed."""
    return [do(detector, deed) for deed in row]


def live(
    detector: Any, signals: Iterable[Signal], until: float, wrong: Sequence[Signal] = ()
) -> list[Sighting]:
    """As the process runs it: asked whenever it is due, fed as signals come. `wrong` ones come beside each other one,
    whatever time they claim."""
    found = []
    now = -math.inf
    for signal in signals:
        found += wait(detector, signal.at, since=now)
        now = max(now, signal.at)
        for one in [*wrong, signal]:
            found += detector.feed(one)
    return found + wait(detector, until, since=now)


def wait(detector: Any, until: float, *, since: float = -math.inf) -> list[Sighting]:
    """Ask whenever it is due, with the time it then is."""
    found = []
    for _ in range(1000):
        due = detector.due_at()
        if due is None or due > until:
            return found
        found += detector.tick(max(due, since))
    raise AssertionError("the detector asks to be asked again and again")
