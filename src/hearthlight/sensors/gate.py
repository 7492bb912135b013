"""Who is speaking, about whom, and is that allowed? All in memory, so that asking costs microseconds.

The gate holds one picture of the devices, places and consents, replaced whole by `refresh` (at the start, on the nudge
"gate", and at least every 30 seconds); any thread may ask it meanwhile. What it counts (who was heard, how healthy
they are, what was refused) becomes true only in `committed`, after the transaction that accepted the messages.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from hearthlight.detect.types import SignalKind
from hearthlight.people import queries as people_queries
from hearthlight.people import rules as people_rules
from hearthlight.people.types import ConsentFacts, Purpose
from hearthlight.sensors import family, secret
from hearthlight.sensors.models import Device
from hearthlight.sensors.roster import Row, rows
from hearthlight.sensors.tally import Tally
from hearthlight.sensors.types import Accepted, DeviceFacts, RefusalReason, Refused

OWN = "hearthlight"  # first level of the topics of devices with their own credentials
UP, DOWN = "up", "down"
NOBODY = secret.hash_of("")  # compared with when a username is nobody's, so that strangers learn nothing from timing
PURPOSE_OF = {
    SignalKind.MOTION: Purpose.ROOM_MOVEMENT,
    SignalKind.CONTACT: Purpose.ROOM_MOVEMENT,
    SignalKind.VIBRATION: Purpose.ROOM_MOVEMENT,
    SignalKind.BED: Purpose.ROOM_MOVEMENT,
    SignalKind.CHAIR: Purpose.ROOM_MOVEMENT,
    SignalKind.TEMPERATURE: Purpose.ENVIRONMENT,
    SignalKind.HUMIDITY: Purpose.ENVIRONMENT,
}
"""Which consent a signal needs beside its device's own. Buttons and cords need no other: whoever presses one asks."""
AT_THE_DOOR = {
    "publish-topic": RefusalReason.WRONG_TOPIC,
    "subscribe-topic": RefusalReason.WRONG_TOPIC,
    "will-topic": RefusalReason.WRONG_TOPIC,
    "too-large": RefusalReason.TOO_LARGE,
    "malformed": RefusalReason.MALFORMED,
    "protocol": RefusalReason.MALFORMED,
    "stranger": RefusalReason.UNKNOWN_DEVICE,
}
"""The MQTT door's words (sensors.mqtt.types.Reason) for what we count. Its others are about the link, not a message."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything the gate knows at one moment. Never changed, only replaced."""

    rows: Mapping[str, Row] = field(default_factory=dict)
    retired: frozenset[str] = frozenset()
    by_topic: Mapping[tuple[str, str], str] = field(default_factory=dict)  # (bridge, topic) -> device
    consents: Mapping[int, Sequence[ConsentFacts]] = field(default_factory=dict)
    zones: Mapping[str, ZoneInfo] = field(default_factory=dict)
    allowed: dict[tuple[str, Purpose, int], bool] = field(default_factory=dict)  # answers already found, by minute


class Gate:
    def __init__(self) -> None:
        self._picture = Picture()
        self._tally = Tally()

    def refresh(self, at: datetime) -> None:
        """Look at the database and replace the picture."""
        known = {row.facts.id: row for row in rows()}
        consents: dict[int, list[ConsentFacts]] = {}
        for consent in people_queries.consents_in_force(at):
            consents.setdefault(consent.person_id, []).append(consent)
        self._picture = Picture(
            rows=known,
            retired=frozenset(Device.objects.filter(retired_at__isnull=False).values_list("pk", flat=True)),
            by_topic={pair: row.facts.id for row in known.values() for pair in _topics(row, known)},
            consents=consents,
            zones=people_queries.timezones_of(row.facts.place_path for row in known.values()),
        )

    # Who is speaking

    def principal(self, client_id: str, username: str | None, password: bytes | None) -> "Speaker | None":  # noqa: ARG002 — the door's contract
        """Whose credentials these are; None for a stranger. The username is the device's id."""
        row = self._picture.rows.get(username or "")
        is_right = secret.is_right(row.secret_hash if row and row.secret_hash else NOBODY, password or b"")
        return Speaker(row.facts.id, self) if row and row.secret_hash and is_right else None

    def principal_of_topic(self, topic: str) -> "Speaker | None":
        """Who must have published this, where an outside broker has checked credentials for us."""
        picture = self._picture
        if (name := _own_name(topic)) is not None:
            return Speaker(name, self) if name in picture.rows else None
        bridges = [row for row in picture.rows.values() if row.is_bridge]
        owners = [row for row in bridges if topic.startswith(f"{row.base}/")] or [
            row for row in bridges if (shared := row.family.also_publishes) and topic.startswith(f"{shared}/")
        ]
        return Speaker(owners[0].facts.id, self) if len(owners) == 1 else None

    def may_publish(self, name: str, topic: str) -> bool:
        row = self._picture.rows.get(name)
        if row is None:
            return False
        if not row.is_bridge:
            return topic == f"{OWN}/{name}/{UP}"
        shared = row.family.also_publishes
        return topic.startswith(f"{row.base}/") or (bool(shared) and topic.startswith(f"{shared}/"))

    def may_subscribe(self, name: str, wanted: str) -> bool:
        """`wanted` is a filter as the client wrote it: wildcards only below the first level that is its own."""
        row = self._picture.rows.get(name)
        if row is None:
            return False
        if not row.is_bridge:
            return wanted == f"{OWN}/{name}/{DOWN}"
        return wanted.startswith(f"{row.base}/") or wanted in row.family.subscribes

    def resolve(self, principal: str, topic: str) -> DeviceFacts | RefusalReason:
        """Which device a message is about, for one who is allowed to speak there."""
        picture = self._picture
        row = picture.rows.get(principal)
        if row is None:
            return RefusalReason.RETIRED if principal in picture.retired else RefusalReason.UNKNOWN_DEVICE
        if not row.is_bridge:
            return row.facts if topic == f"{OWN}/{principal}/{UP}" else RefusalReason.WRONG_TOPIC
        if not self.may_publish(principal, topic):
            return RefusalReason.WRONG_TOPIC
        if row.family.owns(row.base, topic):
            return row.facts
        device = picture.by_topic.get((principal, topic))
        return picture.rows[device].facts if device else RefusalReason.UNKNOWN_DEVICE

    def family_of(self, device_id: str) -> family.Family | None:
        row = self._picture.rows.get(device_id)
        return row.family if row else None

    def device(self, device_id: str) -> DeviceFacts | None:
        row = self._picture.rows.get(device_id)
        return row.facts if row else None

    # Is it allowed

    def is_allowed(self, device_id: str, purpose: Purpose, at: datetime) -> bool:
        """Does everyone this device senses agree to this purpose, here, at this time of day? Shared places, where
        nobody lives, need nobody's word; a room that two people share needs both."""
        picture = self._picture
        key = (device_id, purpose, int(at.timestamp() // 60))
        if (known := picture.allowed.get(key)) is not None:
            return known
        row = picture.rows.get(device_id)
        if row is None:
            return False
        covers = partial(
            people_rules.consent_covers, purpose=purpose, place_path=row.facts.place_path,
            local_minute=people_rules.minute_of_day(at, picture.zones[row.facts.place_path]),
        )  # fmt: skip
        answer = all(covers(_in_force(picture.consents.get(one, ()), at), person_id=one) for one in row.sensed)
        picture.allowed[key] = answer
        return answer

    def may_say(self, device: DeviceFacts, purpose: Purpose | None, at: datetime) -> bool:
        """May this device, allowed as itself, also say things that serve this purpose?"""
        return purpose is None or purpose == device.purpose or self.is_allowed(device.id, purpose, at)

    # What became of it

    @property
    def counted(self) -> Tally:
        return self._tally

    def committed(self, results: Iterable[Accepted | Refused]) -> None:
        """The transaction that made these is durable."""
        self._tally.settle()
        for result in results:
            if isinstance(result, Accepted):
                self._tally.hear(result)
            elif result.at is not None:
                self._tally.refuse(result.device_id, result.reason, result.at)

    def refused_at_door(self, name: str | None, reason: str, at: datetime) -> None:
        """The MQTT door refused something before it came this far."""
        if reason in AT_THE_DOOR:
            self._tally.refuse(name or "", AT_THE_DOOR[reason], at)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Whoever stands behind one set of credentials, to the MQTT door (sensors.mqtt.types.Principal)."""

    name: str
    gate: Gate

    def may_publish(self, topic: str, /) -> bool:
        return self.gate.may_publish(self.name, topic)

    def may_subscribe(self, filter: str, /) -> bool:  # noqa: A002 — the protocol's word
        return self.gate.may_subscribe(self.name, filter)


def _own_name(topic: str) -> str | None:
    levels = topic.split("/")
    return levels[1] if len(levels) == 3 and levels[0] == OWN and levels[2] == UP else None


def _topics(row: Row, known: Mapping[str, Row]) -> Iterable[tuple[str, str]]:
    bridge = known.get(row.facts.bridge)
    if bridge is None:
        return ()
    return [(bridge.facts.id, topic) for topic in row.family.topics_of(bridge.base, row.facts)]


def _in_force(consents: Sequence[ConsentFacts], at: datetime) -> list[ConsentFacts]:
    return [c for c in consents if c.given_at <= at and (c.expires_at is None or at < c.expires_at)]
