"""The life of an alert, as data. docs/states.md is drawn from MOVES and checked against it."""

from hearthlight.alerts.types import Severity, State
from hearthlight.core.types import Refusal
from hearthlight.events.types import EventKind

MOVES: dict[State, frozenset[State]] = {
    State.RAISED: frozenset({State.TOLD, State.ESCALATED, State.ACCEPTED, State.CANCELLED, State.MERGED}),
    State.TOLD: frozenset({State.ESCALATED, State.ACCEPTED, State.CANCELLED, State.MERGED}),
    State.ESCALATED: frozenset({State.ESCALATED, State.ACCEPTED, State.CANCELLED, State.MERGED}),
    # ESCALATED again: whoever accepted cannot go after all, or was not there in time.
    State.ACCEPTED: frozenset({State.ATTENDED, State.ESCALATED, State.CANCELLED}),
    State.ATTENDED: frozenset({State.CLOSED}),
    State.CLOSED: frozenset(),
    State.CANCELLED: frozenset(),
    State.MERGED: frozenset(),
}

OWNERS: dict[State, str] = {
    State.RAISED: "the response plan",
    State.TOLD: "whoever was told first",
    State.ESCALATED: "everyone told so far",
    State.ACCEPTED: "the one who accepted",
    State.ATTENDED: "the one who is there",
    State.CLOSED: "nobody: it is done",
    State.CANCELLED: "nobody: it was called off",
    State.MERGED: "the alert it repeats",
}

LABELS: dict[State, str] = {
    State.RAISED: "Raised",
    State.TOLD: "Waiting for someone",
    State.ESCALATED: "Still waiting",
    State.ACCEPTED: "Someone is going",
    State.ATTENDED: "Someone is there",
    State.CLOSED: "Closed",
    State.CANCELLED: "Called off",
    State.MERGED: "Repeats another",
}

OPEN_STATES = frozenset(state for state, onward in MOVES.items() if onward)
WAITING_STATES = frozenset({State.RAISED, State.TOLD, State.ESCALATED})

SEVERITIES: dict[EventKind, Severity] = {
    EventKind.FALL_SUSPECTED: Severity.URGENT,
    EventKind.LONG_LIE: Severity.URGENT,
    EventKind.CALLED_FOR_HELP: Severity.URGENT,
    EventKind.DOOR_AT_NIGHT: Severity.URGENT,
    EventKind.SYSTEM_TROUBLE: Severity.URGENT,
    EventKind.NOT_BACK_IN_BED: Severity.SOON,
    EventKind.NO_MOVEMENT: Severity.SOON,
    EventKind.DEVICE_SILENT: Severity.WATCH,
    EventKind.DEVICE_BATTERY_LOW: Severity.WATCH,
    EventKind.DEVICE_LINK_WEAK: Severity.WATCH,
}

RANK = {Severity.WATCH: 0, Severity.SOON: 1, Severity.URGENT: 2}


def check_move(before: State, after: State) -> None:
    """Raise Refusal, with words for a screen, unless an alert may go from `before` to `after`."""
    if after not in MOVES[before]:
        raise Refusal(f"This alert cannot become “{LABELS[after]}”: it is now “{LABELS[before]}”.")


def can_move(before: State, after: State) -> bool:
    return after in MOVES[before]


def concern_of(kind: EventKind, *, person_id: int | None, place_id: int, device_id: str) -> str:
    """Alerts with the same concern are one worry: a fall, the cry for help after it and the long lie are about the
    same person on the same floor; a device's troubles are about the device."""
    if kind in (EventKind.DEVICE_SILENT, EventKind.DEVICE_BATTERY_LOW, EventKind.DEVICE_LINK_WEAK):
        return f"device:{device_id}"
    if kind == EventKind.SYSTEM_TROUBLE:
        return f"system:{device_id}"
    if kind == EventKind.DOOR_AT_NIGHT:
        return f"door:{device_id}"
    return f"person:{person_id}" if person_id else f"place:{place_id}"


def merges_into(leader: Severity, repeat: Severity) -> bool:
    """A repeat joins the open alert unless it is graver: someone on their way to look at an empty bed must be told
    anew that there has been a fall."""
    return RANK[repeat] <= RANK[leader]
