"""What alerts hands to others."""

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class AlertFacts:
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
    sighting: dict[str, Any]
    evidence: dict[str, Any]
