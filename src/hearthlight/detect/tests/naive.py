"""Slow, obvious answers about a whole list of signals, for the naive twins of the rules."""

from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from hearthlight.detect.types import Signal


def in_order(signals: list[Signal]) -> list[Signal]:
    return sorted(set(signals), key=lambda s: (s.at, s.sensor, s.kind, s.value, s.spot))


@cache
def is_night(at: float, begins: int, ends: int, tz: str) -> bool:
    """Walk the minutes from the beginning of the night to its end and see whether this is one of them."""
    local = datetime.fromtimestamp(at, ZoneInfo(tz))
    minute = begins
    while minute != ends:
        if minute == local.hour * 60 + local.minute:
            return True
        minute = (minute + 1) % 1440
    return False


def value_before(signals: list[Signal], place: int) -> float | None:
    """What the sensor of signals[place] said the time before."""
    earlier = [s for s in signals[:place] if s.sensor == signals[place].sensor]
    return earlier[-1].value if earlier else None


def moves(signals: list[Signal]) -> list[Signal]:
    found = []
    for place, signal in enumerate(signals):
        if signal.kind in ("MOTION", "VIBRATION", "BUTTON", "PULL_CORD") and signal.value == 1.0:
            found.append(signal)
        if signal.kind in ("CONTACT", "BED", "CHAIR") and value_before(signals, place) == 1.0 - signal.value:
            found.append(signal)
    return found


def last_words(signals: list[Signal], kind: str, at: float) -> list[float]:
    """The newest value of every sensor of this kind, before `at`."""
    spoken = [s for s in signals if s.kind == kind and s.at < at]
    return [[s.value for s in spoken if s.sensor == sensor][-1] for sensor in {s.sensor for s in spoken}]


def someone_rests(signals: list[Signal], at: float) -> bool | None:
    beds, chairs = last_words(signals, "BED", at), last_words(signals, "CHAIR", at)
    if 1.0 in beds or 1.0 in chairs:
        return True
    return False if beds else None


def is_stale(due: float, signals: list[Signal], now: float) -> bool:
    """Due more than a day before the newest of the signals that count."""
    newest = [s.at for s in signals if s.at <= now]
    return bool(newest) and due < max(newest) - 86_400


def tells(signal: Signal) -> bool:
    if signal.kind in ("CONTACT", "BED", "CHAIR"):
        return True
    return signal.kind in ("MOTION", "VIBRATION", "BUTTON", "PULL_CORD") and signal.value == 1.0
