"""Devices, what they send, and a gate that knows them."""

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from django.db import transaction

from hearthlight.people.models import Person, Place
from hearthlight.people.tests.factories import NIGHT
from hearthlight.people.types import Purpose
from hearthlight.sensors import actions, secret
from hearthlight.sensors.families.wearable import frame
from hearthlight.sensors.gate import Gate
from hearthlight.sensors.models import Device
from hearthlight.sensors.types import Accepted, DeviceFacts, Incoming, Refused

SECRET = "wx3Tq0fH6mJ1yB8rN5vK2pL7sD4gZ9cA-eU_iOqWxYt"
_numbers = itertools.count(1)


def make_device(family: str, place: Place, **fields: object) -> Device:
    number = next(_numbers)
    given = {
        "id": f"{family}-{number}", "family": family, "label": f"Sensor {number}", "place": place,
        "purpose": Purpose.ROOM_MOVEMENT, "enrolled_at": NIGHT - timedelta(days=30), "enrolled_by": "system:test",
    }  # fmt: skip
    return Device.objects.create(**{**given, **fields})


def make_wearable(person: Person, **fields: object) -> Device:
    given = {"person": person, "purpose": Purpose.FALLS, "secret_hash": secret.hash_of(SECRET), "silent_after_s": 600}
    return make_device("wearable", person.place, **{**given, **fields})


def make_bridge(place: Place, family: str = "zigbee2mqtt", **fields: object) -> Device:
    return make_device(family, place, **{"secret_hash": secret.hash_of(SECRET), "silent_after_s": 1800, **fields})


def make_bridged(bridge: Device, place: Place, address: str, **fields: object) -> Device:
    return make_device(bridge.family, place, **{"bridge": bridge, "address": address, **fields})


def open_gate(at: datetime = NIGHT) -> Gate:
    gate = Gate()
    gate.refresh(at)
    return gate


def facts(family: str = "zigbee2mqtt", **fields: object) -> DeviceFacts:
    given = {
        "id": "device-1", "family": family, "label": "A sensor", "place_id": 1, "place_path": "/1/", "person_id": None,
        "purpose": Purpose.ROOM_MOVEMENT, "spot": "bedroom", "position": "", "bridge": "bridge-1", "address": "bed 7",
    }  # fmt: skip
    return DeviceFacts(**{**given, **fields})


def still(seconds: float = 1.0, hz: float = 50.0) -> np.ndarray:
    """Somebody lying still: one g, straight down."""
    return np.tile(np.array([0, 0, 1000], np.int16), (round(seconds * hz), 1))


def worn(device: Device, sequence: int, *, at: datetime = NIGHT, boot: int = 1, dup: bool = False, **fields: object) -> Incoming:
    """A second of movement from a wearable, just measured."""
    acc = fields.pop("acc", still())
    first = at - timedelta(seconds=len(acc) / 50.0)
    given = {"sequence": sequence, "boot": boot, "time_ms": int(first.timestamp() * 1000), "rate_hz": 50.0, "acc": acc}
    payload = frame.pack(frame.Frame(**{**given, **fields}))
    return Incoming(device.pk, f"hearthlight/{device.pk}/up", payload, dup, at)


def said(bridge: Device, rest: str, payload: bytes, *, at: datetime = NIGHT, dup: bool = False) -> Incoming:
    """A bridge publishes under its base."""
    return Incoming(bridge.pk, f"{bridge.family}/{rest}", payload, dup, at)


def take(gate: Gate, *batch: Incoming, at: datetime | None = None) -> list[Accepted | Refused]:
    """What the pump does with a batch."""
    return take_all(gate, batch, at=at)


def take_all(gate: Gate, batch: Sequence[Incoming], *, at: datetime | None = None) -> list[Accepted | Refused]:
    with transaction.atomic():
        results = actions.accept(gate=gate, batch=batch, at=at or batch[-1].arrived_at)
    gate.committed(results)
    return results
