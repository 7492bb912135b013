"""What alerts hands to others."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from hearthlight.events.types import EventKind


class State(StrEnum):
    RAISED = "RAISED"
    TOLD = "TOLD"
    ESCALATED = "ESCALATED"
    ACCEPTED = "ACCEPTED"
    ATTENDED = "ATTENDED"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"
    MERGED = "MERGED"


class Severity(StrEnum):
    URGENT = "URGENT"  # somebody may be hurt: now
    SOON = "SOON"  # go and look
    WATCH = "WATCH"  # something needs seeing to this shift


class Truth(StrEnum):
    """Was it what it said? Asked at closing, one tap."""

    TRUE = "TRUE"
    FALSE = "FALSE"
    UNSURE = "UNSURE"


class Found(StrEnum):
    """What was found in the room. Codes are stored; rules.FOUND has the words."""

    ON_FLOOR = "ON_FLOOR"
    IN_BED = "IN_BED"
    IN_CHAIR = "IN_CHAIR"
    IN_BATHROOM = "IN_BATHROOM"
    FINE = "FINE"
    NOT_THERE = "NOT_THERE"
    NEEDED_HELP = "NEEDED_HELP"
    DEVICE_FAULT = "DEVICE_FAULT"
    OTHER = "OTHER"


class ToldTo(StrEnum):
    """Who outside the shift was told. Codes are stored; rules.TOLD_TO has the words."""

    FAMILY = "FAMILY"
    GP = "GP"
    NHS_111 = "NHS_111"
    AMBULANCE = "AMBULANCE"
    MANAGER = "MANAGER"


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """An alert as others see it. `evidence` is filled for one alert, and empty in lists: a trace is thousands of
    numbers and a board shows none of them."""

    id: int
    kind: EventKind
    severity: Severity
    state: State
    headline: str
    person_id: int | None
    place_id: int
    place_path: str
    place_name: str
    person_name: str
    began_at: datetime
    raised_at: datetime
    owner_id: int | None
    owner_name: str
    repeats: int
    sighting: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, Any] = field(default_factory=dict)
    event_id: int = 0
    device_id: str = ""
    sureness: float = 0.0
    accepted_at: datetime | None = None
    attended_at: datetime | None = None
    closed_at: datetime | None = None
    up_at: datetime | None = None
    truth: str = ""
    found: str = ""
    found_note: str = ""
    people_told: tuple[str, ...] = ()
    merged_into: int | None = None

    @property
    def url(self) -> str:
        return f"/alerts/{self.id}/"


@dataclass(frozen=True, slots=True)
class MoveFacts:
    """One line of an alert's history. `by` is `kind:id`; `by_name` the name of staff, or words for the system."""

    from_state: str
    to_state: State
    at: datetime
    by: str
    by_name: str
    why: str
