"""Facts into the words of the board: how somebody is, as far as their sensors can say, and no further."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hearthlight.alerts.types import AlertFacts, Severity, State
from hearthlight.checks.types import CheckFacts
from hearthlight.core.audit import AuditEntry
from hearthlight.events.types import EventKind
from hearthlight.people.types import Basis, Purpose, Role, StaffFacts, Watched
from hearthlight.sensors.types import Heard

DEVICE_KINDS = (EventKind.DEVICE_SILENT, EventKind.DEVICE_BATTERY_LOW, EventKind.DEVICE_LINK_WEAK)
WAITING = (State.RAISED, State.TOLD, State.ESCALATED)
LOOKED_BACK = timedelta(hours=12)  # how far back a sensor's word still says how somebody is: one night
TONES = {Severity.URGENT: "urgent", Severity.SOON: "soon", Severity.WATCH: "watch"}
ROLES = {
    Role.CARER: "carer", Role.SENIOR: "senior", Role.ON_CALL: "on call", Role.MANAGER: "manager",
    Role.ADMINISTRATOR: "administrator",
}  # fmt: skip
KINDS = {
    EventKind.FALL_SUSPECTED: "may have fallen",
    EventKind.LONG_LIE: "still on the floor?",
    EventKind.CALLED_FOR_HELP: "calling for help",
    EventKind.DOOR_AT_NIGHT: "door open",
    EventKind.NOT_BACK_IN_BED: "not back in bed",
    EventKind.NO_MOVEMENT: "no movement",
    EventKind.DEVICE_SILENT: "a device is silent",
    EventKind.DEVICE_BATTERY_LOW: "a battery is low",
    EventKind.DEVICE_LINK_WEAK: "a weak signal",
    EventKind.SYSTEM_TROUBLE: "Hearthlight needs help",
}
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
            return Presence(words, since=seat.changed_at, tone="good")
    left_bed = _latest(heard, "BED")
    if left_bed is not None:
        return Presence("Up", since=left_bed.changed_at, moved_at=_at(moved), more=_where(moved))
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


def as_counted(name: str) -> list[tuple[int, str]]:
    """A key that puts Room 9 before Room 10."""
    return [(int(part), "") if part.isdecimal() else (0, part.casefold()) for part in re.split(r"([0-9]+)", name)]


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


# A person's page, and who looked

LOOKING = ("read", "listed", "record.read", "record.searched", "record.exported", "glass.broken", "app.opened", "permit.given")
RECORD_WORDS = {"record.read": "Read", "record.searched": "Searched", "record.exported": "Took a copy of"}
APP_WORDS = {
    "app.added": "Let an app in", "app.changed": "Changed what an app may have", "app.suspended": "Shut an app out",
    "app.let_in_again": "Let an app ask again", "app.secret_renewed": "Made an app’s new secret", "app.opened": "Opened an app",
    "permit.given": "Let an app see the record", "permit.ended": "Took back what an app was given", "token.given": "An app was given a token",
    "glass.broken": "Opened the record in an emergency", "glass.seen": "Looked into an emergency opening",
    "glass.tried": "Tried to open a record in an emergency",
}  # fmt: skip
PURPOSES = {
    Purpose.FALLS: "Falls: a small wearable feels movement",
    Purpose.ROOM_MOVEMENT: "Movement in the room: doors, bed and chair",
    Purpose.CALL_FOR_HELP: "Calling for help: buttons and cords",
    Purpose.ENVIRONMENT: "Warmth and damp in the room",
}
BASES = {
    Basis.OWN: "their own decision",
    Basis.ATTORNEY: "an attorney or deputy for health and welfare",
    Basis.BEST_INTERESTS: "a best-interests decision",
}
SUBJECTS = {"alerts:list": "the alerts so far", "alerts:budget": "how many alerts there are", "audit:*": "who looked"}
TROUBLES = {"SILENT": "not heard", "BATTERY": "battery low", "LINK": "weak signal"}
CHANGES = {
    "person admitted": ("changes", "Came to live here"),
    "person changed": ("changes", "Details changed"),
    "person moved out": ("changes", "Moved out"),
    "photo set": ("changes", "Photo added"),
    "photo removed": ("changes", "Photo taken away"),
    "consent given": ("consents", "Consent recorded"),
    "consent withdrawn": ("consents", "Consent withdrawn"),
    "circle joined": ("changes", "Someone joined the circle"),
    "circle left": ("changes", "Someone left the circle"),
    "usual set": ("changes", "What is usual was set"),
    "limit set": ("changes", "A limit of their own was set"),
    "scale two decided": ("changes", "Oxygen scale 2 recorded"),
    "scale two ended": ("changes", "Oxygen scale 2 ended"),
    "check corrected": ("changes", "A check was corrected"),
    "check withdrawn": ("changes", "A check was taken back"),
}
TRUTHS = {"TRUE": "it was real", "FALSE": "a false alarm", "UNSURE": "not sure it was real"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a timeline or of the audit."""

    at: datetime
    words: str
    who: str = ""
    more: str = ""
    url: str = ""
    group: str = "all"
    tone: str = "neutral"
    number: int = 0


def names_of(
    actors: Iterable[str],
    staff_facts: Callable[[Iterable[int]], Mapping[int, StaffFacts]],
    app_labels: Callable[[Iterable[int]], Mapping[int, str]] = lambda _: {},
) -> dict[str, str]:
    """`staff:4` and `app:2` → a name; everything else is the system's doing."""
    told = set(actors)
    found = {f"staff:{key}": facts.name for key, facts in staff_facts(_ids(told, "staff:")).items()}
    return found | {f"app:{key}": label for key, label in app_labels(_ids(told, "app:")).items()}


def _ids(actors: Iterable[str], kind: str) -> set[int]:
    return {int(actor.removeprefix(kind)) for actor in actors if actor.startswith(kind) and actor.removeprefix(kind).isdecimal()}


def actors_in(entries: Iterable[AuditEntry]) -> set[str]:
    """Everyone and every app that these entries speak of."""
    found = set()
    for entry in entries:
        found |= {entry.by, entry.subject}
        if "app" in entry.detail:
            found.add(f"app:{entry.detail['app']}")
    return found


def who(actor: str, names: Mapping[str, str]) -> str:
    if actor.startswith("staff:"):
        return names.get(actor, "someone who has left")
    if actor.startswith("app:"):
        return names.get(actor, "an app")
    return "a device" if actor.startswith("device:") else "Hearthlight"


def is_open(alert: AlertFacts) -> bool:
    return alert.state not in (State.CLOSED, State.CANCELLED, State.MERGED)


def alert_line(alert: AlertFacts) -> Line:
    more = who_is_going(alert, 0) if is_open(alert) else _ended(alert)
    return Line(alert.began_at, alert.headline, more=more, url=alert.url, group="alerts", tone=TONES[alert.severity])


def _ended(alert: AlertFacts) -> str:
    if alert.state == State.MERGED:
        return "joined to the alert before it"
    if alert.state == State.CANCELLED:
        return "called off"
    return f"closed by {alert.owner_name or 'staff'}: {TRUTHS.get(alert.truth, 'no word on whether it was real')}"


def vitals(check: CheckFacts) -> str:
    """The latest vital signs in a line: the score, and how it compares with usual."""
    if check.total is None:
        return "Vital signs without a NEWS2 total"
    rise = check.result.get("rise")
    if rise is None:
        return f"NEWS2 {check.total}"
    usual = check.result["usual"]
    return f"NEWS2 {check.total}, " + (f"up {rise} from usual {usual}" if rise > 0 else f"as usual or better ({usual})")


def change_line(entry: AuditEntry, names: Mapping[str, str]) -> Line | None:
    """A consent, a move, a new photo: what changed about the person. Looks and alerts are told elsewhere."""
    if entry.action not in CHANGES:
        return None
    group, words = CHANGES[entry.action]
    purpose = entry.detail.get("purpose")
    more = PURPOSES[Purpose(purpose)] if purpose in set(Purpose) else ""
    return Line(entry.at, words, who=who(entry.by, names), more=more, group=group)


def look(entry: AuditEntry, names: Mapping[str, str]) -> Line:
    part = entry.detail.get("part", "")
    words, more = (f"Looked at the {part}" if part else "Looked at the page"), ""
    if entry.action in RECORD_WORDS:
        words, more = f"{RECORD_WORDS[entry.action]} the record: {kind_of(entry)}", through(entry, names)
    elif entry.action in APP_WORDS:
        words, more = APP_WORDS[entry.action], names.get(entry.subject, "")
    elif entry.action == "listed":
        words = "Saw the name and room in a list"
    return Line(entry.at, words, who=who(entry.by, names), more=more)


def kind_of(entry: AuditEntry) -> str:
    """Which part of the record: the type of resource, never its id or what was searched for."""
    return re.split(r"[/?]", entry.subject)[0]


def through(entry: AuditEntry, names: Mapping[str, str]) -> str:
    """The app a person used, if they did; an app that acts for itself is named as who did it."""
    app = f"app:{entry.detail.get('app', '')}"
    outside = "somebody else’s person" if entry.detail.get("outside") else ""
    used = f"through {names.get(app, 'an app')}" if app not in ("app:", entry.by) else ""
    return ", ".join(word for word in (used, outside) if word)


def audit_line(entry: AuditEntry, names: Mapping[str, str], called: Mapping[int, str]) -> Line:
    """One entry as a manager reads it. A list names only those of its people whom this reader may see."""
    person = called.get(entry.person_id or 0, "")
    words, more = _looked(entry, person, called) if entry.action in LOOKING else ("", "")
    if entry.action in RECORD_WORDS:
        shown = [called[one] for one in entry.detail.get("persons", []) if one in called] or [person] * bool(person)
        words = f"{RECORD_WORDS[entry.action]} the record: {kind_of(entry)}"
        more = ", ".join(word for word in (*shown, through(entry, names)) if word)
    elif entry.action in APP_WORDS:
        words, more = APP_WORDS[entry.action], ", ".join(word for word in (names.get(entry.subject, ""), person) if word)
    if not words:
        words = entry.action.replace(".", " ").capitalize()
        more = person or names.get(entry.subject) or SUBJECTS.get(entry.subject, "")
    return Line(entry.at, words, who=who(entry.by, names), more=more, number=entry.pk)


def _looked(entry: AuditEntry, person: str, called: Mapping[int, str]) -> tuple[str, str]:
    if entry.action == "listed":
        shown = [called[one] for one in entry.detail.get("persons", []) if one in called]
        return f"Saw a list with {len(shown)} {'person' if len(shown) == 1 else 'people'}", ", ".join(shown)
    if not person:
        return "", ""
    if entry.subject.startswith("alert:"):
        return f"Looked at an alert about {person}", ""
    part = entry.detail.get("part", "")
    return f"Looked at {person}{f': {part}' if part else ''}", ""


def hours(from_minute: int, until_minute: int) -> str:
    if from_minute == until_minute:
        return "day and night"
    return f"from {from_minute // 60:02d}:{from_minute % 60:02d} to {until_minute // 60:02d}:{until_minute % 60:02d}"


def battery(percent: int | None) -> str:
    return "mains, or not said" if percent is None else f"battery {percent} in 100"


def age_in_years(born_on: date | None, at: datetime) -> int | None:
    if born_on is None:
        return None
    today = at.date()
    return today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))
