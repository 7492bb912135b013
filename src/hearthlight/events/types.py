"""What events hands to others."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class EventKind(StrEnum):
    """What can have happened. The value is stored; the label is in rules.LABELS."""

    FALL_SUSPECTED = "FALL_SUSPECTED"
    CALLED_FOR_HELP = "CALLED_FOR_HELP"
    NOT_BACK_IN_BED = "NOT_BACK_IN_BED"
    NO_MOVEMENT = "NO_MOVEMENT"
    LONG_LIE = "LONG_LIE"
    DOOR_AT_NIGHT = "DOOR_AT_NIGHT"
    DEVICE_SILENT = "DEVICE_SILENT"
    DEVICE_BATTERY_LOW = "DEVICE_BATTERY_LOW"
    DEVICE_LINK_WEAK = "DEVICE_LINK_WEAK"
    SYSTEM_TROUBLE = "SYSTEM_TROUBLE"


@dataclass(frozen=True, slots=True)
class EventFacts:
    """An event, as alerts claims it. `sighting` has the four sentences (seen, usual, sure, silent_if) and facts;
    `evidence` what to draw: {"trace": {"at": [...], "g": [...]}, "trail": [...]}."""

    id: int
    kind: EventKind
    person_id: int | None
    place_id: int
    place_path: str
    device_id: str
    began_at: datetime
    noticed_at: datetime
    sureness: float
    sighting: dict[str, Any]
    evidence: dict[str, Any]
