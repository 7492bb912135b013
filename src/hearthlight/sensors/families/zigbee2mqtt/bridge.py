"""What a Zigbee2MQTT bridge says about itself and about who has joined it."""

from collections.abc import Iterator
from typing import Any

from hearthlight.sensors.family import Malformed
from hearthlight.sensors.reading import line, parsed
from hearthlight.sensors.types import Announced

MOST_DEVICES = 1_000  # a Zigbee coordinator carries 50 to 200
LONGEST_ADDRESS, LONGEST_DESCRIPTION = 120, 120  # characters, as the columns
MOST_EXPOSES = 200  # properties of one device; the richest have some sixty
UNDERSTOOD = (
    "occupancy", "presence", "contact", "vibration", "pressure", "sos", "action", "temperature", "humidity", "battery",
    "battery_low", "linkquality",
)  # fmt: skip


def is_online(payload: bytes) -> bool:
    """`online` or `offline`: as JSON with a state (since Zigbee2MQTT 1.25 or so), or as a bare word (before)."""
    if payload in (b"online", b"offline"):
        return payload == b"online"
    told = parsed(payload)
    state = told.get("state") if isinstance(told, dict) else told
    if state not in ("online", "offline"):
        raise Malformed("STATE")
    return bool(state == "online")


def announced(payload: bytes) -> Iterator[Announced]:
    """The devices on the bridge that say anything we understand. Coordinators, and rows nobody can read, are passed
    over."""
    rows = parsed(payload)
    if not isinstance(rows, list):
        raise Malformed("NOT_A_LIST")
    for row in rows[:MOST_DEVICES]:
        if isinstance(row, dict) and row.get("type") != "Coordinator" and (found := _announced(row)):
            yield found


def _announced(row: dict[str, Any]) -> Announced | None:
    address = row.get("friendly_name")
    if not isinstance(address, str) or not address or line(address, LONGEST_ADDRESS) != address:
        return None
    definition = row.get("definition")
    definition = definition if isinstance(definition, dict) else {}
    exposes = sorted({name for name in _properties(definition.get("exposes")) if name in UNDERSTOOD})
    if not exposes:
        return None
    made_by = [line(definition.get(name), 60) for name in ("vendor", "model", "description")]
    return Announced(address, line(" ".join(filter(None, made_by)), LONGEST_DESCRIPTION), {"exposes": exposes})


def _properties(exposes: object) -> Iterator[str]:
    """The names of what a device exposes; composite ones list theirs under `features`, one level down."""
    for one in exposes[:MOST_EXPOSES] if isinstance(exposes, list) else ():
        if not isinstance(one, dict):
            continue
        features = one.get("features")
        for inner in (one, *(features[:MOST_EXPOSES] if isinstance(features, list) else ())):
            name = inner.get("property") if isinstance(inner, dict) else None
            if isinstance(name, str):
                yield name
