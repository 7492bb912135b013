"""Short words for writing a recorded day down as a test. Times are London's wall clock."""

from datetime import datetime
from zoneinfo import ZoneInfo

from hearthlight.detect.types import Signal, SignalKind

LONDON = ZoneInfo("Europe/London")


def london(text: str, fold: int = 0) -> float:
    """`fold=1` is the second of the two half past ones of the autumn night."""
    return datetime.fromisoformat(text).replace(tzinfo=LONDON, fold=fold).timestamp()


def bed(text: str, value: float, sensor: str = "bed-1") -> Signal:
    return Signal(sensor, SignalKind.BED, value, london(text))


def chair(text: str, value: float) -> Signal:
    return Signal("chair-1", SignalKind.CHAIR, value, london(text), "lounge")


def motion(text: str, spot: str) -> Signal:
    return Signal(f"motion-{spot}", SignalKind.MOTION, 1.0, london(text), spot)


def door(text: str, value: float, spot: str = "front_door") -> Signal:
    return Signal(f"door-{spot}", SignalKind.CONTACT, value, london(text), spot)
