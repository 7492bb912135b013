"""Words and buttons for the alert's page: given facts, what a carer reads and may tap."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from hearthlight.alerts import permissions
from hearthlight.alerts.queries import can_become
from hearthlight.alerts.types import (
    FLOOR_KINDS,
    FOUND_WORDS,
    LONG_LIE,
    STATE_WORDS,
    TOLD_TO_WORDS,
    WAITING_STATES,
    AlertFacts,
       Found,
    MoveFacts,
    State,
    ToldTo,
    Truth,
)
from hearthlight.people.types import Viewer
from hearthlight.response.rules import AUDIENCES
from hearthlight.response.types import Audience, TellFacts, TellState

TRUTHS = {
    Truth.TRUE: "Yes, it was right",
    Truth.FALSE: "No, a false alarm",
    Truth.UNSURE: "Not sure",
}
TRUTH_SHORT = {Truth.TRUE.value: "True", Truth.FALSE.value: "False alarm", Truth.UNSURE.value: "Not sure", "": ""}
CANCEL_REASONS = {
    "SEEN_FINE": "I can see that they are fine",
    "KNOCKED": "The device was knocked or moved",
    "PRESSED": "Pressed by mistake",
    "TESTING": "We were testing",
    "OTHER": "Something else",
}
CHANNELS = {
    "screen": "On screen", "push": "Phone notification", "email": "E-mail", "sms": "Text", "spoken": "Spoken in the corridor",
}  # fmt: skip
TROUBLES = {
    "NO_SMS_PROVIDER": "no SMS provider configured",
    "UNREACHABLE": "could not be reached",
    "BAD_KEYS": "this phone must be added again",
    "HTTP_404": "this phone no longer listens",
    "HTTP_410": "this phone no longer listens",
}


@dataclass(frozen=True, slots=True)
class Action:
    """A button. `is_link` opens a page with a question; the others are sent at once."""

    text: str
    url: str
    kind: str = "primary"
    is_link: bool = False


@dataclass(frozen=True, slots=True)
class LongLie:
    """The clock of somebody who may be on the floor. Running until they are up, whatever becomes of the alert."""

    since: datetime
    until: datetime | None
    is_long: bool
    minutes: int


@dataclass(frozen=True, slots=True)
class ToldLine:
    """Everything done to tell one person (or the corridor) at one step."""

    at: datetime
    who: str
    how: str
    seen_at: datetime | None
    is_trouble: bool
    is_person: bool = True


def status(alert: AlertFacts, viewer: Viewer) -> str:
    """One sentence: who has it."""
    owner = "You" if alert.owner_id == viewer.staff_id else alert.owner_name
    is_are = "are" if owner == "You" else "is"
    if alert.state == State.RAISED:
        return "Nobody has been told yet."
    if alert.state == State.ESCALATED and alert.owner_name:
        return f"{owner} said they were going, and {is_are} not there yet." if owner != "You" else (
            "You said you were going. Nobody knows that you are there: say so, or others will be sent."
        )  # fmt: skip
    if alert.state in WAITING_STATES:
        return "Nobody has answered yet."
    if alert.state == State.ACCEPTED:
        return f"{owner} {is_are} going."
    if alert.state == State.ATTENDED:
        return f"{owner} {is_are} there."
    if alert.state == State.CLOSED:
        return f"Closed. {TRUTHS[Truth(alert.truth)]}. Found: {FOUND_WORDS[Found(alert.found)].lower()}."
    return "Called off as a false alarm." if alert.state == State.CANCELLED else "This is part of another alert."


def main_action(alert: AlertFacts, viewer: Viewer, *, is_asked: bool) -> Action | None:
    """The one big button: the next thing this viewer would do."""
    if not permissions.can_answer(viewer, alert.place_path, is_asked=is_asked):
        return None
    is_mine = alert.owner_id == viewer.staff_id
    if alert.state in WAITING_STATES and is_mine:
        return Action("I’m here", f"{alert.url}attend/")
    if alert.state in WAITING_STATES:
        return Action("I’m going", f"{alert.url}accept/")
    if alert.state == State.ACCEPTED and is_mine:
        return Action("I’m here", f"{alert.url}attend/")
    if alert.state == State.ATTENDED and permissions.can_decide_for(viewer, alert.place_path, alert.owner_id):
        return Action("Close", f"{alert.url}close/", is_link=True)
    if is_on_floor(alert) and alert.state == State.CLOSED:
        return Action("Is up now", f"{alert.url}up/")
    return None


def other_actions(alert: AlertFacts, viewer: Viewer, *, is_asked: bool) -> list[Action]:
    if not permissions.can_answer(viewer, alert.place_path, is_asked=is_asked):
        return []
    found = []
    is_mine = alert.owner_id == viewer.staff_id
    may_decide = permissions.can_decide_for(viewer, alert.place_path, alert.owner_id)
    if can_become(alert, State.ATTENDED) and not is_mine:
        found.append(Action("I’m already here", f"{alert.url}attend/", "secondary"))
    if alert.state == State.ACCEPTED and may_decide:
        words = "I can’t go" if is_mine else f"{alert.owner_name} can’t go"
        found.append(Action(words, f"{alert.url}hand-back/", "secondary"))
    if can_become(alert, State.CANCELLED) and may_decide:
        found.append(Action("Call off", f"{alert.url}cancel/", "secondary", is_link=True))
    if alert.state == State.ATTENDED and is_on_floor(alert):
        found.append(Action("Is up now", f"{alert.url}up/", "secondary"))
    return found


def is_on_floor(alert: AlertFacts) -> bool:
    """May somebody still be on the floor, for all we have been told?"""
    is_over = alert.state in (State.CANCELLED, State.MERGED) or alert.truth == Truth.FALSE
    return alert.kind in FLOOR_KINDS and alert.up_at is None and not is_over


def long_lie(alert: AlertFacts, at: datetime) -> LongLie | None:
    if alert.kind not in FLOOR_KINDS or not (is_on_floor(alert) or alert.up_at):
        return None
    if alert.truth == Truth.FALSE:
        return None
    span = max((alert.up_at or at) - alert.began_at, timedelta())
    return LongLie(alert.began_at, alert.up_at, span >= LONG_LIE, int(span.total_seconds() // 60))


def told_lines(tells: Sequence[TellFacts]) -> list[ToldLine]:
    """One line for each person and step: every way they were tried together."""
    lines = []
    for _, group in groupby(sorted(tells, key=lambda tell: (*_turn(tell), tell.id)), key=_turn):
        found = list(group)
        lines.append(
            ToldLine(
                at=min(tell.sent_at or tell.due_at for tell in found),
                who=found[0].staff_name or "Everyone in the corridor",
                how=", ".join(_how(tell) for tell in found),
                seen_at=min((tell.seen_at for tell in found if tell.seen_at), default=None),
                is_trouble=any(tell.state == TellState.FAILED for tell in found),
                is_person=found[0].staff_id is not None,
            )
        )
    return sorted(lines, key=lambda line: line.at)


def _turn(tell: TellFacts) -> tuple[int, int, int]:
    """Whom, and which time round: a repeat of a step has its own screen row."""
    return tell.round, tell.step, tell.staff_id or 0


def _how(tell: TellFacts) -> str:
    name = CHANNELS.get(tell.channel, tell.channel)
    if tell.state == TellState.SENT:
        return name
    if tell.state == TellState.STOOD_DOWN:
        return f"{name}: not sent, somebody had answered"
    trouble = TROUBLES.get(tell.trouble, tell.trouble.replace("_", " ").lower())
    if tell.state == TellState.FAILED:
        return f"{name}: failed, {trouble}"
    return f"{name}: being sent" if not trouble else f"{name}: trying again, {trouble}"


def move_words(move: MoveFacts) -> str:
    if move.from_state == move.to_state:
        return move.why
    return STATE_WORDS[move.to_state]


def people_told_words(codes: Sequence[str]) -> str:
    return ", ".join(TOLD_TO_WORDS[ToldTo(code)] for code in codes) or "nobody outside the shift"


def audience_words(code: str) -> str:
    return AUDIENCES[Audience(code)].capitalize()


def span_words(seconds: float | None) -> str:
    """`45 s`, `3 min`, `1 h 5 min`; a dash where nothing was measured.

    >>> span_words(185)
    '3 min 5 s'
    """
    if seconds is None:
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 1:
        return f"{rest} s"
    if minutes < 10:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def tone(alert: AlertFacts) -> str:
    """The page's colour: by urgency while it is open, quiet afterwards."""
    return "neutral" if is_over(alert) else alert.severity.value.lower()


def is_over(alert: AlertFacts) -> bool:
    return alert.state in (State.CLOSED, State.CANCELLED, State.MERGED)
