"""What sensors hands to others. No ORM object per sample: a message becomes one of these and nothing more."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

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
    config: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """What its family needs to read it, chosen at enrolment: see docs/devices/<family>.md."""


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
class Announced:
    """A device a bridge says it has, offered for adoption. `config` is what the family will need to read it."""

    address: str
    description: str
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a family made of one payload. `key` is the message's own identity (a sequence number), if it has one;
    `sent_at` the device's own time (POSIX seconds), if it said one. `is_online` is False when a bridge or a device
    says that it (or one of its own) has gone, True when it is back. `announced` is what a bridge says it has."""

    key: str | None = None
    sent_at: float | None = None
    chunks: tuple[WearChunk, ...] = ()
    signals: tuple[Signal, ...] = ()
    health: Health | None = None
    is_online: bool | None = None
    announced: tuple[Announced, ...] = ()
    announces_all: bool = False
    """`announced` is everything the bridge has, not one more thing."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that passed the gate and is (or in this transaction becomes) durable. `at` is when it arrived; the
    moments inside `decoded` are what detectors go by. `notes` are counted but refuse nothing (a wrong clock)."""

    device: DeviceFacts
    decoded: Decoded
    at: datetime
    is_new: bool  # False: a repeat of one already kept; nothing more to do but acknowledge it
    notes: tuple[RefusalReason, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """A message that did not pass. `device_id` is empty for strangers."""

    device_id: str
    reason: RefusalReason
    at: datetime | None = None


class TroubleKind(StrEnum):
    """What can be wrong with a device, worst first."""

    SILENT = "SILENT"
    BATTERY = "BATTERY"
    LINK = "LINK"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A device that needs looking at. `sighting` holds the four sentences an alert shows, and its facts."""

    device: DeviceFacts
    kind: TroubleKind
    since: datetime
    sighting: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A device just enrolled. `secret` is shown once, on its card; only a hash of it is kept."""

    device_id: str
    secret: str


@dataclass(frozen=True, slots=True)
class Heard:
    """The latest thing one sensor said of one kind. `changed_at`: since when it has said so; None where it had nothing
    else to say in the time looked at, so that nobody knows."""

    device_id: str
    place_id: int
    kind: str
    spot: str
    value: float
    at: datetime
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeviceState:
    """How one device is, for a page. `trouble` is a TroubleKind's value, or empty."""

    id: str
    label: str
    family: str
    purpose: Purpose
    spot: str
    position: str
    battery: int | None
    link: int | None
    heard_at: datetime | None
    trouble: str
