"""A wearable's message: the binary frame, or the same as JSON for those who are trying things out."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hearthlight.detect.types import Signal, SignalKind
from hearthlight.sensors.families.wearable import frame
from hearthlight.sensors.family import Malformed
from hearthlight.sensors.reading import number, parsed_object
from hearthlight.sensors.types import Decoded, DeviceFacts, Health, WearChunk

MS = 1000.0  # milliseconds in a second
LARGEST_SEQUENCE, LARGEST_BOOT, LARGEST_TIME = 2**32 - 1, 2**16 - 1, 2**63 - 1
WEAKEST_DBM, STRONGEST_DBM = -100, -40  # Bluetooth and Wi-Fi receivers lose a signal near the one, saturate by the other
LINK_MAX = 255
FULL_SCALE = 32_767  # milli-g an axis can say; beyond it a sample counts as saturated


def decode(*, device: DeviceFacts, topic: str, payload: bytes, at: float) -> Decoded:  # noqa: ARG001 — see Decode
    """Pure. Binary if it begins with the magic, JSON otherwise."""
    told = frame.unpack(payload) if payload[:2] == frame.MAGIC else _from_json(parsed_object(payload))
    sent_at = told.time_ms / MS if told.time_ms else None
    first = at - _seconds(told) if sent_at is None else sent_at
    chunks = (WearChunk(first, told.rate_hz, told.acc),) if len(told.acc) else ()
    presses = (Signal(device.id, SignalKind.BUTTON, 1.0, first + _seconds(told), device.spot),) if told.button else ()
    return Decoded(
        key=None if told.sequence < 0 else f"{told.boot}:{told.sequence}",
        sent_at=sent_at, chunks=chunks, signals=presses, health=_health(told),
    )  # fmt: skip


def _seconds(told: frame.Frame) -> float:
    return len(told.acc) / told.rate_hz if len(told.acc) else 0.0


def _health(told: frame.Frame) -> Health | None:
    if told.battery is None and told.rssi_dbm is None:
        return None
    return Health(battery=told.battery, link=None if told.rssi_dbm is None else link_of(told.rssi_dbm))


def link_of(dbm: float) -> int:
    """Signal strength on the 0..255 scale that Zigbee uses."""
    share = (dbm - WEAKEST_DBM) / (STRONGEST_DBM - WEAKEST_DBM)
    return round(min(1.0, max(0.0, share)) * LINK_MAX)


def _from_json(told: dict[str, Any]) -> frame.Frame:
    """A frame without `seq` has no name of its own (sequence -1): its repeats are known by arrival and content."""
    acc = _samples(told.get("mg"))
    rate = number(told.get("hz"), frame.SLOWEST_HZ, frame.FASTEST_HZ)
    if len(acc) and rate is None:
        raise Malformed("RATE")
    button = told.get("button", False)
    if not isinstance(button, bool):
        raise Malformed("BUTTON")
    battery = number(told.get("battery"), 0, 100)
    rssi = number(told.get("rssi"), -128, 0)
    return frame.Frame(
        sequence=_whole(told, "seq", LARGEST_SEQUENCE, -1), boot=_whole(told, "boot", LARGEST_BOOT, 0),
        time_ms=_whole(told, "t", LARGEST_TIME, 0), rate_hz=rate or 0.0, acc=acc,
        battery=None if battery is None else int(battery), rssi_dbm=None if rssi is None else int(rssi), button=button,
    )  # fmt: skip


def _whole(told: dict[str, Any], name: str, largest: int, default: int) -> int:
    value = told.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= largest or value != int(value):
        raise Malformed(name.upper())
    return int(value)


def _samples(rows: object) -> NDArray[np.int16]:
    if rows is None or rows == []:
        return frame.NO_SAMPLES
    if not isinstance(rows, list):
        raise Malformed("SAMPLES")
    if len(rows) > frame.MOST_SAMPLES:
        raise Malformed("TOO_MANY_SAMPLES")
    if not all(isinstance(row, list) and len(row) == 3 for row in rows):
        raise Malformed("SAMPLES")
    if not all(type(value) in (int, float) for row in rows for value in row):
        raise Malformed("SAMPLES")
    return np.clip(np.rint(np.array(rows, np.float64)), -FULL_SCALE, FULL_SCALE).astype(np.int16)
