"""What response hands to others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from hearthlight.people.types import StaffFacts


class TellState(StrEnum):
    WAITING = "WAITING"
    SENT = "SENT"
    FAILED = "FAILED"  # given up on; the plan goes on to the next step anyway
    STOOD_DOWN = "STOOD_DOWN"  # someone accepted before it was sent


class Phase(StrEnum):
    """What a run is waiting for."""

    TELLING = "TELLING"  # somebody to say they are going
    GOING = "GOING"  # whoever is going to get there
    DONE = "DONE"


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
class FrozenStep:
    """A step as it stood when the alert was raised. `staff` are ids; `skipped` the audiences nobody was on for, whose
    turn this step took; `planned_s` when the plan itself had this step."""

    after_s: int
    audience: Audience
    repeat_s: int
    staff: tuple[int, ...]
    skipped: tuple[Audience, ...] = ()
    planned_s: int = 0


@dataclass(frozen=True, slots=True)
class Address:
    """Every way to reach one member of staff."""

    email: str = ""
    phone: str = ""
    push: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to say through one channel. A channel to one member of staff finds them in `staff_id` and `address`;
    a channel to the screens of a place finds the place in `path` and everyone the step is for in `staff_ids`.
    `headline` names the person; `discreet` does not, and is for lock screens, corridors and other people's eyes."""

    tell_id: int
    alert_id: int
    staff_id: int | None
    address: Address
    headline: str
    discreet: str
    words: str
    severity: str
    url: str
    at: datetime
    path: str = ""
    staff_ids: tuple[int, ...] = ()
    step: int = 0
    round: int = 0
    audience: str = ""
    unit: str = ""


class ChannelError(Exception):
    """A channel could not send. `code` is kept with the tell (never what a server said: that may hold names);
    `permanent` means trying again is useless; `gone` are push endpoints that no longer exist."""

    def __init__(self, code: str, *, permanent: bool, gone: tuple[str, ...] = ()) -> None:
        super().__init__(code)
        self.code = code[:120]  # Tell.trouble
        self.permanent = permanent
        self.gone = gone


@dataclass(frozen=True, slots=True)
class TellFacts:
    """One line of who was told, how, and whether they saw it."""

    id: int
    step: int
    round: int
    staff_id: int | None
    staff_name: str
    channel: str
    state: TellState
    due_at: datetime
    sent_at: datetime | None
    seen_at: datetime | None
    attempts: int
    trouble: str


@dataclass(frozen=True, slots=True)
class Overdue:
    """Something of a plan that should have happened and has not: for the watchdog."""

    alert_id: int
    what: str
    due_at: datetime


class Channel(Protocol):
    """One way to tell people. A folder in `channels/` with NAME and a class Channel is one; nothing else lists it.

    An instant channel writes within the caller's transaction, for everyone in a step at once; the others are queued
    one member of staff at a time and sent by `sender`, outside any transaction, again and again until it works.
    """

    is_instant: bool

    def is_noop(self, staff: StaffFacts | None, notice: Notice) -> bool:
        """Would this channel do nothing for them? `staff` is None when a whole step is told at once."""
        ...

    def send(self, notice: Notice) -> Sequence[str]:
        """Send, or raise ChannelError. Returns the push endpoints that were found not to exist any more."""
        ...
