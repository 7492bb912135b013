"""What detectors are given and what they hand back. Plain values: no clock, no database, no place names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol


class SignalKind(StrEnum):
    """What a room sensor can say. `value` is 1.0 / 0.0 for yes / no, otherwise the unit named here."""

    MOTION = "MOTION"  # 1 movement seen, 0 the sensor has calmed down
    CONTACT = "CONTACT"  # 1 open, 0 closed
    VIBRATION = "VIBRATION"  # 1 shaken
    BUTTON = "BUTTON"  # 1 pressed
    PULL_CORD = "PULL_CORD"  # 1 pulled
    BED = "BED"  # 1 someone is in it, 0 empty
    CHAIR = "CHAIR"  # 1 someone is in it, 0 empty
    TEMPERATURE = "TEMPERATURE"  # degrees Celsius
    HUMIDITY = "HUMIDITY"  # per cent relative


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing one room sensor said. `at` is POSIX seconds; `spot` is where in the home: bedroom, bathroom,
    hall, front_door, lounge …"""

    sensor: str
    kind: SignalKind
    value: float
    at: float
    spot: str = "bedroom"


@dataclass(frozen=True, slots=True)
class Sighting:
    """Something a detector noticed about one subject (a wearer or a room).

    `sureness` is 0..1. `began_at` is the moment it is about (an impact, the leaving of the bed), `noticed_at` the
    moment of the newest input it needed; both POSIX seconds. The four sentences are what an alert shows a carer:
    what was seen, what is usual, how sure, and what would have kept it silent. `facts` holds the numbers behind them.
    """

    detector: str
    subject: str
    began_at: float
    noticed_at: float
    sureness: float
    seen: str
    usual: str
    sure: str
    silent_if: str
    facts: Mapping[str, Any] = field(default_factory=dict)


class RoomDetector(Protocol):
    """A rule over one subject's room signals. Feed it in any order; ask it at `due_at`; it can be stopped and
    restored anywhere and goes on as if it had not been."""

    name: str

    def feed(self, signal: Signal) -> list[Sighting]: ...

    def tick(self, at: float) -> list[Sighting]: ...

    def due_at(self) -> float | None: ...

    def snapshot(self) -> dict[str, Any]: ...

    def restore(self, state: Mapping[str, Any]) -> None: ...
