"""What alerts hands to others."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
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


# What the codes are called on screens.
STATE_WORDS: dict[State, str] = {
    State.RAISED: "Raised",
    State.TOLD: "Waiting for someone",
    State.ESCALATED: "Still waiting",
    State.ACCEPTED: "Someone is going",
    State.ATTENDED: "Someone is there",
    State.CLOSED: "Closed",
    State.CANCELLED: "Called off",
    State.MERGED: "Repeats another",
}

SEVERITY_WORDS: dict[Severity, str] = {
    Severity.URGENT: "Urgent",
    Severity.SOON: "Go and look",
    Severity.WATCH: "This shift",
}

KIND_WORDS: dict[EventKind, str] = {
    EventKind.FALL_SUSPECTED: "Possible fall",
    EventKind.CALLED_FOR_HELP: "Call for help",
    EventKind.NOT_BACK_IN_BED: "Got up and not back",
    EventKind.NO_MOVEMENT: "No movement",
    EventKind.LONG_LIE: "Possibly still on the floor",
    EventKind.DOOR_AT_NIGHT: "Door opened at night",
    EventKind.DEVICE_SILENT: "Sensor silent",
    EventKind.DEVICE_BATTERY_LOW: "Battery low",
    EventKind.DEVICE_LINK_WEAK: "Weak signal",
    EventKind.SYSTEM_TROUBLE: "The system needs help",
}

FOUND_WORDS: dict[Found, str] = {
    Found.ON_FLOOR: "On the floor",
    Found.IN_BED: "In bed",
    Found.IN_CHAIR: "In a chair",
    Found.IN_BATHROOM: "In the bathroom",
    Found.FINE: "Up and well",
    Found.NEEDED_HELP: "Needed help, had not fallen",
    Found.NOT_THERE: "Not there",
    Found.DEVICE_FAULT: "Device fault",
    Found.OTHER: "Something else",
}

TOLD_TO_WORDS: dict[ToldTo, str] = {
    ToldTo.FAMILY: "Family",
    ToldTo.GP: "GP",
    ToldTo.NHS_111: "NHS 111",
    ToldTo.AMBULANCE: "999",
    ToldTo.MANAGER: "Manager",
}

WAITING_STATES = frozenset({State.RAISED, State.TOLD, State.ESCALATED})
# Kinds that put somebody on the floor: they start the long-lie clock.
FLOOR_KINDS = frozenset({EventKind.FALL_SUSPECTED, EventKind.LONG_LIE})
# One hour on the floor: the usual definition of a long lie (Fleming and Brayne, BMJ 2008;337:a2227).
LONG_LIE = timedelta(hours=1)


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
    discreet: str = ""  # what and where, and never who: for corridors and for what leaves the building

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
