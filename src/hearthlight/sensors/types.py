"""What sensors hands to others. No ORM object per sample: a message becomes one of these and nothing more."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from hearthlight.detect.types import Signal
from hearthlight.people.types import Purpose


class RefusalReason(StrEnum):
    """Why a message was refused at the gate. Counted by device and hour; ids only."""

    UNKNOWN_DEVICE = "UNKNOWN_DEVICE"
    WRONG_TOPIC = "WRONG_TOPIC"
    NO_CONSENT = "NO_CONSENT"
    MALFORMED = "MALFORMED"
    TOO_LARGE = "TOO_LARGE"
    TIME_OUT_OF_RANGE = "TIME_OUT_OF_RANGE"
    REPLAYED = "REPLAYED"
    RETIRED = "RETIRED"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as the broker handed it over. `principal` is who authenticated: a device id, or a bridge's."""

    principal: str
    topic: str
    payload: bytes
    dup: bool
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """A device as the pipeline needs it. `person_id` is whoever wears it or lives in its room, or None in shared
    places. `spot` is where in the home it looks (see detect.types.Signal)."""

    id: str
    family: str
    label: str
    place_id: int
    place_path: str
    person_id: int | None
    purpose: Purpose
    spot: str
    position: str
    bridge: str
    address: str


@dataclass(frozen=True, slots=True)
class WearChunk:
    """Movement from a wearable: `acc` int16 [n, 3] milli-g at `rate_hz`, first sample at `at` (POSIX seconds)."""

    at: float
    rate_hz: float
    acc: NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Health:
    """How the device itself is. battery 0..100 per cent, link 0..255 (Zigbee LQI) or scaled from dBm."""

    battery: int | None = None
    link: int | None = None


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a family made of one payload. `key` is the message's own identity (a sequence number), if it has one;
    `sent_at` the device's own time (POSIX seconds), if it said one."""

    key: str | None = None
    sent_at: float | None = None
    chunks: tuple[WearChunk, ...] = ()
    signals: tuple[Signal, ...] = ()
    health: Health | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that passed the gate and is (or in this transaction becomes) durable."""

    device: DeviceFacts
    decoded: Decoded
    at: datetime
    is_new: bool  # False: a repeat of one already kept; nothing more to do but acknowledge it


@dataclass(frozen=True, slots=True)
class Refused:
    """A message that did not pass. `device_id` is empty for strangers."""

    device_id: str
    reason: RefusalReason


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something wrong with a device itself. `kind` is SILENT, BATTERY or LINK; `since` when it began; `sighting` the
    four sentences and facts an alert shows (seen, usual, sure, silent_if, facts)."""

    device: DeviceFacts
    kind: str
    since: datetime
    sighting: dict[str, object]
