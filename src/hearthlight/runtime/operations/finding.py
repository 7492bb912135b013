"""What the doctor finds: how bad, what, and what to do about it, in words for whoever is there at the time."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    WELL = "well"
    LOOK = "look"  # works, and somebody should look at it soon
    WRONG = "wrong"  # does not work, or will not in an emergency


@dataclass(frozen=True, slots=True)
class Finding:
    """`part` is what was looked at; `todo` is empty when there is nothing to do. No names, no values of a record."""

    part: str
    level: Level
    found: str
    todo: str = ""


def well(part: str, found: str) -> Finding:
    return Finding(part, Level.WELL, found)


def look(part: str, found: str, todo: str) -> Finding:
    return Finding(part, Level.LOOK, found, todo)


def wrong(part: str, found: str, todo: str) -> Finding:
    return Finding(part, Level.WRONG, found, todo)
