"""The life of an alert, as data. docs/states.md is drawn from MOVES and checked against it."""

from datetime import datetime, timedelta

from hearthlight.alerts.types import KIND_WORDS, STATE_WORDS, Severity, State
from hearthlight.core.types import Refusal
from hearthlight.events.types import EventKind

# A new alert is RAISED, or MERGED at once when it repeats an open one.
STARTS = frozenset({State.RAISED, State.MERGED})

_ANSWERED = frozenset({State.ESCALATED, State.ACCEPTED, State.ATTENDED, State.CANCELLED, State.MERGED})

MOVES: dict[State, frozenset[State]] = {
    # ATTENDED straight away: a carer who is in the room already need not first say that they are coming.
    State.RAISED: (_ANSWERED - {State.ESCALATED}) | {State.TOLD},
    State.TOLD: _ANSWERED,
    State.ESCALATED: _ANSWERED,
    # ESCALATED again: whoever accepted cannot go after all, or was not there in time.
    State.ACCEPTED: frozenset({State.ATTENDED, State.ESCALATED, State.CANCELLED, State.MERGED}),
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

LABELS = STATE_WORDS

MEANINGS: dict[State, str] = {
    State.RAISED: "Something happened and somebody must be told; nobody has been yet.",
    State.TOLD: "The first people of the plan have been told; nobody has answered.",
    State.ESCALATED: "Nobody answered in time, or whoever answered could not go; more people have been told.",
    State.ACCEPTED: "One member of staff said “I’m going”. Nobody else can.",
    State.ATTENDED: "One member of staff is with the person.",
    State.CLOSED: "What was found, and whether the alert was right, is written down.",
    State.CANCELLED: "Called off as a false alarm before anyone was there.",
    State.MERGED: "Part of another open alert about the same worry; nobody is told twice.",
}

# What makes an alert move, by where it goes; the exceptions are named by the pair.
VERBS: dict[State, str] = {
    State.TOLD: "the plan’s first step",
    State.ESCALATED: "nobody answered in time",
    State.ACCEPTED: "“I’m going”",
    State.ATTENDED: "“I’m here”",
    State.CLOSED: "“Close”",
    State.CANCELLED: "“Call off”",
    State.MERGED: "a graver alert takes over",
}
VERBS_FROM: dict[tuple[State, State], str] = {
    (State.ACCEPTED, State.ESCALATED): "“I can’t go”, or not there in time",
}

OPEN_STATES = frozenset(state for state, onward in MOVES.items() if onward)

# Helping someone up looks like another fall to a wearable, so for a while a repeat during a visit is part of it. Not
# for ever: an alert that nobody closed must never swallow tonight's fall. Our choice, to be judged in use.
ATTENDED_QUIET = timedelta(minutes=15)

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

# Headlines: with a name, and without (a shared place, or a device).
_NAMED: dict[EventKind, str] = {
    EventKind.FALL_SUSPECTED: "{who} may have fallen",
    EventKind.CALLED_FOR_HELP: "{who} called for help",
    EventKind.NOT_BACK_IN_BED: "{who} got up and is not back in bed",
    EventKind.NO_MOVEMENT: "No movement from {who}",
    EventKind.LONG_LIE: "{who} may still be on the floor",
    EventKind.DOOR_AT_NIGHT: "{who} may have gone out at night",
}
_UNNAMED: dict[EventKind, str] = {
    EventKind.FALL_SUSPECTED: "Somebody may have fallen",
    EventKind.CALLED_FOR_HELP: "Somebody called for help",
    EventKind.NOT_BACK_IN_BED: "Somebody got up and is not back in bed",
    EventKind.NO_MOVEMENT: "No movement where there should be",
    EventKind.LONG_LIE: "Somebody may still be on the floor",
    EventKind.DOOR_AT_NIGHT: "A door opened at night",
    EventKind.DEVICE_SILENT: "A sensor has gone silent",
    EventKind.DEVICE_BATTERY_LOW: "A sensor’s battery is low",
    EventKind.DEVICE_LINK_WEAK: "A sensor’s signal is weak",
    EventKind.SYSTEM_TROUBLE: "The system needs help",
}
# Words that begin a room's name and are written small inside a sentence; anything else may be a name.
_COMMON = frozenset(
    ["room", "lounge", "bathroom", "kitchen", "hall", "corridor", "dining", "garden", "front", "back", "day", "quiet"]
)


def headline(kind: EventKind, *, person: str, place: str) -> str:
    """What a carer reads first.

    >>> headline(EventKind.FALL_SUSPECTED, person="Ada", place="Room 7")
    'Ada may have fallen, room 7'
    >>> headline(EventKind.DEVICE_BATTERY_LOW, person="Ada", place="Hazel unit")
    'A sensor’s battery is low, Hazel unit'
    """
    named = _NAMED.get(kind) if person else None
    what = named.replace("{who}", person) if named else _UNNAMED[kind]
    return f"{what}, {in_sentence(place)}"


def discreet(kind: EventKind, *, place: str) -> str:
    """The same without a name.

    >>> discreet(EventKind.FALL_SUSPECTED, place="Room 7")
    'Possible fall, room 7.'
    """
    return f"{KIND_WORDS[kind]}, {in_sentence(place)}."


def in_sentence(place: str) -> str:
    """A place's name as it is written in the middle of a sentence: `room 7`, but `Hazel unit`."""
    first = place.split(" ", 1)[0]
    return place[:1].lower() + place[1:] if first.lower() in _COMMON else place


def check_move(before: State, after: State) -> None:
    """Raise Refusal, with words for a screen, unless an alert may go from `before` to `after`."""
    if after not in MOVES[before]:
        raise Refusal(f"This alert cannot become “{LABELS[after]}”: it is now “{LABELS[before]}”.")


def can_move(before: State, after: State) -> bool:
    return after in MOVES[before]


def verb(before: State, after: State) -> str:
    return VERBS_FROM.get((before, after), VERBS[after])


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


def is_asked_anew(kind: EventKind, *, attended_at: datetime | None, at: datetime) -> bool:
    """Must people be told although somebody is there? Yes for a call for help, which from a room with a carer in it
    is that carer asking for a second pair of hands; and yes when the visit began long ago."""
    return kind == EventKind.CALLED_FOR_HELP or attended_at is None or at - attended_at > ATTENDED_QUIET
