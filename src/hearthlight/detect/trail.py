"""What a rule remembers of a room: its signals in the order they happened, however they arrived."""

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Any

from hearthlight.detect.types import Signal, SignalKind

# The last moment the calendar can name in every time zone: 9999-01-01 UTC, POSIX seconds.
LATEST_AT = 253_370_764_800.0

# On and off are sent as 1.0 and 0.0; halfway is safe against rounding.
ON = 0.5

KNOWN_KINDS = frozenset(SignalKind)

# Kinds where only "yes" tells of a person; "no" merely says that the sensor has calmed down.
PULSES = frozenset({SignalKind.MOTION, SignalKind.VIBRATION, SignalKind.BUTTON, SignalKind.PULL_CORD})

# Kinds where a change tells of a person; many sensors repeat an unchanged state every hour to show they live.
STATES = frozenset({SignalKind.CONTACT, SignalKind.BED, SignalKind.CHAIR})


def is_readable(signal: Signal) -> bool:
    """A known kind, a finite value, and a moment the calendar can name."""
    return (
        signal.kind in KNOWN_KINDS
        and isinstance(signal.value, int | float)
        and isinstance(signal.at, int | float)
        and math.isfinite(signal.value)
        and 0.0 <= signal.at < LATEST_AT  # also false for NaN
    )


def is_on(signal: Signal) -> bool:
    return signal.value >= ON


def order(signal: Signal) -> tuple[float, str, str, float, str]:
    """Time first; the rest only so that signals of one instant have one order whatever order they came in."""
    return (signal.at, signal.sensor, signal.kind, signal.value, signal.spot)


class Trail:
    """A bounded memory of readable signals.

    `items` are the recent signals in order. What is older is settled: for each sensor only how its present state
    began, and the signal before that, are kept (`settled`), and a signal older than that is refused.
    """

    def __init__(self, *, most: int = 256, most_sensors: int = 64) -> None:
        self.items: list[Signal] = []
        self._settled: dict[tuple[str, str], list[Signal]] = {}
        self._most = most
        self._most_sensors = most_sensors

    def add(self, signal: Signal) -> bool:
        """Remember one signal. False for a duplicate or one that comes too late to matter."""
        if self._comes_too_late(signal):
            return False
        place = len(self.items)
        if self.items and order(self.items[-1]) >= order(signal):
            place = bisect_left(self.items, order(signal), key=order)
            if self.items[place] == signal:
                return False
        self.items.insert(place, signal)
        if len(self.items) > self._most:
            self._make_room(signal.at)
        return True

    def has_heard(self, signal: Signal) -> bool:
        """Whether this sensor has said anything of this kind yet."""
        key = (signal.sensor, signal.kind)
        return key in self._settled or any((one.sensor, one.kind) == key for one in reversed(self.items))

    def is_newest(self, signal: Signal) -> bool:
        return bool(self.items) and self.items[-1] == signal

    def settled(self, *, by: float) -> list[Signal]:
        """What came before `items`: at most two signals for each sensor, in order.

        Later than `by` (the asker's now) is left out: only a clock that had run ahead can have settled it.
        """
        found = (signal for pair in self._settled.values() for signal in pair if signal.at <= by)
        return sorted(found, key=order)

    def all(self, *, by: float) -> list[Signal]:
        return sorted([*self.settled(by=by), *self.items], key=order)

    def settle_before(self, at: float) -> None:
        while self.items and self.items[0].at < at:
            self._settle(self.items.pop(0))

    def unsettle_after(self, at: float) -> None:
        """Forget what was settled for later than `at`: the clock that settled it had run ahead."""
        kept = {key: [one for one in pair if one.at <= at] for key, pair in self._settled.items()}
        self._settled = {key: pair for key, pair in kept.items() if pair}

    def newest_at(self, *, by: float) -> float:
        """The moment of the newest signal not later than `by`; minus infinity if there is none."""
        return max((one.at for one in self.all(by=by) if one.at <= by), default=-math.inf)

    def snapshot(self) -> dict[str, Any]:
        return {
            "items": [packed(signal) for signal in self.items],
            "settled": [[packed(signal) for signal in pair] for pair in self._settled.values()],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        self.items = [unpacked(row) for row in state["items"]]
        pairs = [[unpacked(row) for row in pair] for pair in state["settled"]]
        self._settled = {(pair[-1].sensor, pair[-1].kind): pair for pair in pairs}

    def _comes_too_late(self, signal: Signal) -> bool:
        pair = self._settled.get((signal.sensor, signal.kind))
        return pair is not None and signal.at < pair[-1].at

    def _make_room(self, newest_heard_at: float) -> None:
        # Whichever end is further from what is being heard now is the one to lose: normally the oldest, but
        # after a wrong clock the "future", which would otherwise crowd out the present.
        if newest_heard_at - self.items[0].at >= self.items[-1].at - newest_heard_at:
            self._settle(self.items.pop(0))
        else:
            self.items.pop()

    def _settle(self, signal: Signal) -> None:
        key = (signal.sensor, signal.kind)
        pair = self._settled.pop(key, [])
        unchanged = signal.kind in STATES and pair and is_on(pair[-1]) == is_on(signal)
        self._settled[key] = pair if unchanged else [*pair[-1:], signal]
        if len(self._settled) > self._most_sensors:
            oldest = min(self._settled, key=lambda name: self._settled[name][-1].at)
            del self._settled[oldest]


class Told:
    """The moments already told of, newest telling last. Bounded by count, so a wrong clock cannot empty it."""

    def __init__(self, *, most: int = 64) -> None:
        self._moments: list[float] = []
        self._most = most

    def add(self, moment: float) -> bool:
        """True the first time."""
        if moment in self._moments:
            return False
        self._moments = [*self._moments, moment][-self._most :]
        return True

    def has_within(self, seconds: float, moment: float) -> bool:
        return any(abs(moment - told) <= seconds for told in self._moments)

    def snapshot(self) -> list[float]:
        return list(self._moments)

    def restore(self, moments: Iterable[float]) -> None:
        self._moments = [float(moment) for moment in moments]


def packed(signal: Signal) -> list[Any]:
    """As JSON can hold it."""
    return [signal.sensor, str(signal.kind), float(signal.value), float(signal.at), signal.spot]


def unpacked(row: list[Any]) -> Signal:
    sensor, kind, value, at, spot = row
    return Signal(sensor, SignalKind(kind), value, at, spot)
