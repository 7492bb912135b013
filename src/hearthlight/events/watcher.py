"""The detectors at work: what devices said goes in, happenings come out. All in memory, no database.

One fall watch follows every wearable; each room has its own set of room detectors. Nothing here is durable: after a
restart the journal is played through it again, and what it then notices a second time is known by its key.
"""

import logging
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from hearthlight.detect import falls
from hearthlight.detect.discover import room_detectors
from hearthlight.detect.types import RoomDetector, Sighting, Signal
from hearthlight.events import rules
from hearthlight.events.types import EventKind
from hearthlight.sensors.types import Accepted, DeviceFacts

log = logging.getLogger(__name__)

SETTLE_AFTER_S = 8.0
"""A wearable silent this long, with a blow still waiting for what follows it, is judged on what there is: a watch may
break in the fall it saw. Frames come every second or two, and a reconnect takes about five."""
TRACE_POINTS = 240
"""Enough to draw on a phone's width, few enough to keep with every alert."""

REPLAY_TICK = timedelta(minutes=1)
"""How finely time passes when the journal is played: a detector must be asked before much else is told to it."""

WatchSettings = Mapping[int, Mapping[str, tuple[bool, Mapping[str, object]]]]


@dataclass(frozen=True, slots=True)
class Happening:
    """An event about to be written; the fields are those of `actions.record`."""

    kind: EventKind
    person_id: int | None
    place_id: int
    device_id: str
    began_at: datetime
    noticed_at: datetime
    sureness: float
    sighting: dict[str, Any]
    evidence: dict[str, Any]
    key: str


@dataclass(slots=True)
class Room:
    """One room's detectors, and who lives there as the gate said last."""

    place_id: int
    person_id: int | None
    detectors: dict[str, RoomDetector] = field(default_factory=dict)


class Watcher:
    """Feeds every accepted message to the detectors it concerns.

    `trail(place_id, until)` draws the last hour of a room for an alert's evidence; it is only asked when something
    happened. `settings` are the rooms' own (events.queries.watches).
    """

    def __init__(self, *, trail: Callable[[int, datetime], list[dict[str, Any]]], settings: WatchSettings) -> None:
        self._trail = trail
        self._modules = room_detectors()
        self._falls = falls.FallWatch(0)
        self._wearers: dict[str, int] = {}
        self._worn_by: dict[int, DeviceFacts] = {}
        self._heard: dict[int, float] = {}
        self._rooms: dict[tuple[int, int | None], Room] = {}  # two persons sharing a room have their own detectors
        self._settings = settings

    def configure(self, settings: WatchSettings) -> None:
        """Take new settings. A room whose settings changed starts its detectors afresh."""
        changed = {p for p in {*settings, *self._settings} if settings.get(p) != self._settings.get(p)}
        self._settings = settings
        self._rooms = {key: room for key, room in self._rooms.items() if room.place_id not in changed}

    def feed(self, accepted: Iterable[Accepted]) -> list[Happening]:
        """Take messages in the order they came; return what they complete."""
        chunks: list[falls.Chunk] = []
        found: list[Happening] = []
        for message in accepted:
            if not message.is_new:
                continue
            for chunk in message.decoded.chunks:
                wearer = self._wearer(message.device)
                self._heard[wearer] = message.at.timestamp()
                chunks.append(falls.Chunk(wearer, chunk.at, chunk.rate_hz, chunk.acc))
            for signal in message.decoded.signals:
                found += self._hear(message.device, signal)
        if chunks:
            found += self._fallen(self._falls.push(chunks))
        return found

    def replay(self, kept: Iterable[Accepted]) -> list[Happening]:
        """Play the journal after a restart, letting time pass as it did. What is found is known by its key if it was
        written before; what fell due while nobody was running is new."""
        found: list[Happening] = []
        looked_at: datetime | None = None
        for message in kept:
            if looked_at is None or message.at - looked_at >= REPLAY_TICK:
                found += self.tick(looked_at := message.at)
            found += self.feed([message])
        return found

    def attended(self, place_id: int, person_id: int | None, at: datetime) -> None:
        """Somebody came: nobody need be told that nobody has."""
        room = self._rooms.get((place_id, person_id))
        if room and (lie := room.detectors.get("long_lie")):
            lie.attended(at.timestamp())  # type: ignore[attr-defined]

    def tick(self, at: datetime) -> list[Happening]:
        """Ask every detector whose moment has come."""
        now = at.timestamp()
        found: list[Happening] = []
        for room in self._rooms.values():
            for name, detector in room.detectors.items():
                due = detector.due_at()
                if due is not None and due <= now:
                    found += self._asked(room, name, partial(detector.tick, now), device_id="")
        quiet = [wearer for wearer, heard in self._heard.items() if now - heard > SETTLE_AFTER_S]
        for wearer in quiet:
            del self._heard[wearer]
            found += self._fallen(self._falls.settle(wearer))
        return found

    def _wearer(self, device: DeviceFacts) -> int:
        wearer = self._wearers.get(device.id)
        if wearer is None:
            wearer = self._wearers[device.id] = self._falls.add_wearer(device.position or None)
        self._worn_by[wearer] = device
        return wearer

    def _hear(self, device: DeviceFacts, signal: Signal) -> list[Happening]:
        room = self._room(device)
        found: list[Happening] = []
        for name, detector in room.detectors.items():
            found += self._asked(room, name, partial(detector.feed, signal), device_id=device.id)
        return found

    def _asked(
        self, room: Room, name: str, ask: Callable[[], list[Sighting]], *, device_id: str
    ) -> list[Happening]:
        try:
            sightings = ask()
        except Exception:  # one detector's fault must not silence the others
            log.exception("detector %s failed in place %s; started afresh", name, room.place_id)
            room.detectors[name] = self._made(name, room)
            return []
        return [self._happening(sighting, room.person_id, room.place_id, device_id) for sighting in sightings]

    def _room(self, device: DeviceFacts) -> Room:
        key = (device.place_id, device.person_id)
        room = self._rooms.get(key)
        if room is None:
            room = self._rooms[key] = Room(device.place_id, device.person_id)
            chosen = self._settings.get(device.place_id, {})
            for name in self._modules:
                is_on = chosen.get(name, (True, {}))[0]
                if is_on and (device.person_id is not None or name in rules.IN_SHARED_PLACES):
                    room.detectors[name] = self._made(name, room)
        return room

    def _made(self, name: str, room: Room) -> RoomDetector:
        module = self._modules[name]
        settings = self._settings.get(room.place_id, {}).get(name, (True, {}))[1]
        detector: RoomDetector = module.Detector(f"place:{room.place_id}:{room.person_id or ''}", module.Settings(**settings))
        return detector

    def _fallen(self, seen: Sequence[falls.FallSeen]) -> list[Happening]:
        found = []
        for fall in seen:
            device = self._worn_by[fall.wearer]
            sighting = fall.sighting(f"device:{device.id}")
            found.append(self._happening(sighting, device.person_id, device.place_id, device.id, trace=self._trace(fall)))
            room = self._room(device)
            if lie := room.detectors.get("long_lie"):
                lie.fall_suspected(fall.began_at)  # type: ignore[attr-defined]
        return found

    def _trace(self, fall: falls.FallSeen) -> dict[str, list[float]]:
        moments, acc = self._falls.trace(fall.wearer, fall.began_at)
        step = max(1, math.ceil(len(moments) / TRACE_POINTS))
        size = ((acc[::step] ** 2).sum(axis=1) ** 0.5) / 1000.0
        pairs = [(m - fall.began_at, g) for m, g in zip(moments[::step], size, strict=True) if math.isfinite(g)]
        return {"at": [round(float(m), 2) for m, _ in pairs], "g": [round(float(g), 2) for _, g in pairs]}

    def _happening(
        self, sighting: Sighting, person_id: int | None, place_id: int, device_id: str, *, trace: dict[str, Any] | None = None
    ) -> Happening:
        noticed_at = rules.moment(sighting.noticed_at)
        return Happening(
            kind=rules.KINDS[sighting.detector],
            person_id=person_id,
            place_id=place_id,
            device_id=device_id,
            began_at=rules.moment(sighting.began_at),
            noticed_at=noticed_at,
            sureness=sighting.sureness,
            sighting=rules.sentences(sighting),
            evidence={"trace": trace, "trail": self._trail(place_id, noticed_at)},
            key=rules.key_of(sighting.detector, sighting.subject, sighting.began_at),
        )
