"""Which detector's sighting is which event, what each is called, and when two sightings are one happening."""

from datetime import UTC, datetime

from hearthlight.detect.types import Sighting
from hearthlight.events.types import EventKind

KINDS: dict[str, EventKind] = {
    "falls": EventKind.FALL_SUSPECTED,
    "pull_cord": EventKind.CALLED_FOR_HELP,
    "got_up_not_back": EventKind.NOT_BACK_IN_BED,
    "no_movement": EventKind.NO_MOVEMENT,
    "long_lie": EventKind.LONG_LIE,
    "door_at_night": EventKind.DOOR_AT_NIGHT,
}

LABELS: dict[EventKind, str] = {
    EventKind.FALL_SUSPECTED: "May have fallen",
    EventKind.CALLED_FOR_HELP: "Called for help",
    EventKind.NOT_BACK_IN_BED: "Not back in bed",
    EventKind.NO_MOVEMENT: "No movement",
    EventKind.LONG_LIE: "May still be on the floor",
    EventKind.DOOR_AT_NIGHT: "Outside door opened at night",
    EventKind.DEVICE_SILENT: "Device silent",
    EventKind.DEVICE_BATTERY_LOW: "Battery low",
    EventKind.DEVICE_LINK_WEAK: "Weak signal",
    EventKind.SYSTEM_TROUBLE: "Hearthlight needs attention",
}

IN_SHARED_PLACES = frozenset({"pull_cord", "door_at_night"})
"""Detectors that make sense where nobody in particular lives. The others ask about one person's day."""

SAME_HAPPENING_S = 1
"""Sightings of one detector and subject whose beginnings, in whole seconds, differ by no more are one event: after a
restart the journal is played again, and a moment may land a rounding away from where it was."""


def key_of(detector: str, subject: str, began_at: float) -> str:
    return f"{detector}|{subject}|{round(began_at)}"


def keys_like(key: str) -> list[str]:
    """Every key that would be the same happening as `key`."""
    head, second = key.rsplit("|", 1)
    return [f"{head}|{int(second) + shift}" for shift in range(-SAME_HAPPENING_S, SAME_HAPPENING_S + 1)]


def sentences(sighting: Sighting) -> dict[str, object]:
    """The part of a sighting an alert shows, as it is stored."""
    return {
        "seen": sighting.seen,
        "usual": sighting.usual,
        "sure": sighting.sure,
        "silent_if": sighting.silent_if,
        "facts": dict(sighting.facts),
    }


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
