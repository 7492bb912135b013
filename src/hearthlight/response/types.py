"""What response hands to others."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class TellState(StrEnum):
    WAITING = "WAITING"
    SENT = "SENT"
    FAILED = "FAILED"  # given up on; the plan goes on to the next step anyway
    STOOD_DOWN = "STOOD_DOWN"  # someone accepted before it was sent


class Audience(StrEnum):
    """Whom a step tells."""

    CARER = "CARER"
    SENIOR = "SENIOR"
    ON_CALL = "ON_CALL"
    MANAGER = "MANAGER"
    EVERYBODY = "EVERYBODY"


@dataclass(frozen=True, slots=True)
class Step:
    """After `after_s` seconds from raising, tell `audience`; `repeat_s` > 0 on the final step: again and again."""

    after_s: int
    audience: Audience
    repeat_s: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to say to one member of staff (or one screen), through one channel."""

    tell_id: int
    alert_id: int
    staff_id: int | None
    address: dict[str, Any]
    headline: str
    words: str
    severity: str
    url: str
    at: datetime
