"""Facts into the words of the board: how somebody is, as far as their sensors can say, and no further."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hearthlight.alerts.types import AlertFacts, Severity, State
from hearthlight.events.types import EventKind
from hearthlight.people.types import Purpose, Role, Watched
from hearthlight.sensors.types import Heard

DEVICE_KINDS = (EventKind.DEVICE_SILENT, EventKind.DEVICE_BATTERY_LOW, EventKind.DEVICE_LINK_WEAK)
WAITING = (State.RAISED, State.TOLD, State.ESCALATED)
LOOKED_BACK = timedelta(hours=12)  # how far back a sensor's word still says how somebody is: one night
TONES = {Severity.URGENT: "urgent", Severity.SOON: "soon", Severity.WATCH: "watch"}
ROLES = {
    Role.CARER: "carer", Role.SENIOR: "senior", Role.ON_CALL: "on call", Role.MANAGER: "manager",
    Role.ADMINISTRATOR: "administrator",
}  # fmt: skip
SPOTS = {"front_door": "at the front door", "hall": "in the hall"}


@dataclass(frozen=True, slots=True)
class Presence:
    """A few words, and since when; `more` is quieter. `tone` is a tag's."""

    words: str
    since: datetime | None = None
    more: str = ""
    moved_at: datetime | None = None
    tone: str = "neutral"


def presence(watched: Watched, heard: Sequence[Heard]) -> Presence:
    """How somebody is. `heard`: the latest of each sensor in their own room, nothing older than LOOKED_BACK.

    A bed that says "someone is in me" is believed over movement, for people turn over. Nobody is called asleep: no
    sensor here knows.
    """
    if not watched.ever:
        return Presence("Not watched", more="no consent", tone="watch")
    if not watched.now:
        return Presence("Not watched at this hour", more="as agreed", tone="watch")
    if Purpose.ROOM_MOVEMENT not in watched.now:
        return Presence(_without_room(watched), tone="neutral")
    moved = _latest(heard, "MOTION")
    for kind, words in (("BED", "In bed"), ("CHAIR", "In the chair")):
        seat = _latest(heard, kind)
        if seat is not None and seat.value >= 1:
            return Presence(words, since=seat.at, tone="good")
    left_bed = _latest(heard, "BED")
    if left_bed is not None:
        return Presence("Up", since=left_bed.at, moved_at=_at(moved), more=_where(moved))
    if moved is not None:
        return Presence("Moved", since=moved.at, more=_where(moved))
    return Presence("Nothing heard for 12 hours", more="look in, and check the sensors", tone="soon")


def _without_room(watched: Watched) -> str:
    if Purpose.FALLS in watched.now:
        return "Watched for falls only"
    return "Can call for help" if Purpose.CALL_FOR_HELP in watched.now else "Room climate only"


def _latest(heard: Sequence[Heard], kind: str) -> Heard | None:
    return max((one for one in heard if one.kind == kind), key=lambda one: one.at, default=None)


def _at(heard: Heard | None) -> datetime | None:
    return heard.at if heard else None


def _where(heard: Heard | None) -> str:
    if heard is None or not heard.spot:
        return ""
    return SPOTS.get(heard.spot, f"in the {heard.spot.replace('_', ' ')}")


def who_is_going(alert: AlertFacts, staff_id: int) -> str:
    """Who has this alert, to the one who reads it."""
    who = "You are" if alert.owner_id == staff_id else f"{alert.owner_name} is"
    if alert.state == State.ACCEPTED:
        return f"{who} going"
    if alert.state == State.ATTENDED:
        return f"{who} there"
    return "Still nobody is going: more people told" if alert.state == State.ESCALATED else "Nobody is going yet"


def is_waiting(alert: AlertFacts) -> bool:
    return alert.state in WAITING


def is_about_a_device(alert: AlertFacts) -> bool:
    return alert.kind in DEVICE_KINDS
