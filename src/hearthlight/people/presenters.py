"""Words and tables for this room's pages. Pure: given facts, it says how they read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hearthlight.people import rules
from hearthlight.people.types import Basis, PersonFacts, PlaceFacts, PlaceKind, Purpose, Role, ShiftFacts

ROLE_WORDS = {
    Role.CARER: "Carer", Role.SENIOR: "Senior", Role.ON_CALL: "On call", Role.MANAGER: "Manager",
    Role.ADMINISTRATOR: "Administrator",
}  # fmt: skip
KIND_WORDS = {
    PlaceKind.ORGANISATION: "Organisation", PlaceKind.HOME: "Home", PlaceKind.UNIT: "Unit", PlaceKind.ROOM: "Room"
}  # fmt: skip
BASIS_WORDS = {
    Basis.OWN: "Their own decision",
    Basis.ATTORNEY: "An attorney or deputy for health and welfare",
    Basis.BEST_INTERESTS: "A best-interests decision",
}
BASIS_HINTS = {
    Basis.OWN: "They understood it and said yes.",
    Basis.ATTORNEY: "A registered lasting power of attorney, or a deputy of the Court of Protection.",
    Basis.BEST_INTERESTS: "They could not decide this themselves, and those who know them decided together.",
}


@dataclass(frozen=True, slots=True)
class PurposeWords:
    name: str
    sensed: str
    never: str


PURPOSES = {
    Purpose.FALLS: PurposeWords(
        "Falls", "A small wearable feels movement and tells staff when it looks like a fall.",
        "It does not listen, film, or say where someone goes.",
    ),
    Purpose.ROOM_MOVEMENT: PurposeWords(
        "Movement in the room", "Sensors notice movement, doors opening, and whether the bed or chair is in use.",
        "There is no camera and no microphone.",
    ),
    Purpose.CALL_FOR_HELP: PurposeWords(
        "Calling for help", "A button or a cord calls staff when it is pressed or pulled.",
        "It tells nothing until it is used.",
    ),
    Purpose.ENVIRONMENT: PurposeWords(
        "Warmth and damp", "A sensor measures how warm and how damp the room is.", "It does not notice who is there."
    ),
}  # fmt: skip


def hours_words(from_minute: int, until_minute: int) -> str:
    if from_minute == until_minute:
        return "day and night"
    return f"from {clock_words(from_minute)} to {clock_words(until_minute)}"


def clock_words(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def day_words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def room_choices(places: Iterable[PlaceFacts]) -> list[tuple[int, str]]:
    """Where a person may live: rooms, and homes that have no rooms in them, each with what it is in."""
    known = {place.path: place for place in places}
    parents = {rules.ancestors(path)[-2] for path in known if path.count("/") > 2}
    lived_in = [p for p in known.values() if p.kind is PlaceKind.ROOM or (p.kind is PlaceKind.HOME and p.path not in parents)]
    return [(place.id, path_words(place, known)) for place in lived_in]


def path_words(place: PlaceFacts, known: dict[str, PlaceFacts]) -> str:
    """`Willow House, Rowan unit, Room 7`: from the home down."""
    above = [known[path] for path in rules.ancestors(place.path) if path in known]
    return ", ".join(p.name for p in above if p.kind is not PlaceKind.ORGANISATION or p is place)


@dataclass(frozen=True, slots=True)
class Branch:
    """A place, how deep it is, what may be put in it, and who lives right there."""

    place: PlaceFacts
    depth: int
    kind_words: str
    may_hold: bool
    persons: tuple[PersonFacts, ...]


def tree(places: Sequence[PlaceFacts], persons: Iterable[PersonFacts]) -> list[Branch]:
    living: dict[int, list[PersonFacts]] = {}
    for person in persons:
        living.setdefault(person.place_id, []).append(person)
    top = min((place.path.count("/") for place in places), default=0)
    return [
        Branch(
            place, place.path.count("/") - top, KIND_WORDS[place.kind], bool(rules.KINDS_INSIDE[place.kind]),
            tuple(living.get(place.id, ())),
        )
        for place in places
    ]  # fmt: skip


# The rota

DAY_STARTS = 8 * 60  # local minute: 08:00 to 20:00 and back is the commonest pattern in English care homes
NIGHT_STARTS = 20 * 60
LEAST_COVER = timedelta(hours=1)  # less than this is a handover, not cover
ON_THE_FLOOR = (Role.CARER, Role.SENIOR)


@dataclass(frozen=True, slots=True)
class Period:
    code: str
    words: str
    from_minute: int
    until_minute: int

    def span(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        end_day = day if self.until_minute > self.from_minute else day + timedelta(days=1)
        start, end = rules.on_the_wall(day, self.from_minute, zone), rules.on_the_wall(end_day, self.until_minute, zone)
        return start, end


DAY = Period("day", "Day", DAY_STARTS, NIGHT_STARTS)
NIGHT = Period("night", "Night", NIGHT_STARTS, DAY_STARTS)
ON_CALL = Period("on_call", "On call", DAY_STARTS, DAY_STARTS)
PERIODS = {period.code: period for period in (DAY, NIGHT, ON_CALL)}


@dataclass(frozen=True, slots=True)
class OnShift:
    """One name in a cell."""

    shift: ShiftFacts
    role_words: str
    hours: str
    is_usual: bool  # the period's own hours: no need to print them


@dataclass(frozen=True, slots=True)
class Cell:
    day: date
    on: tuple[OnShift, ...]
    lacks: str  # what is missing, in words; empty when nothing is
    is_past: bool


@dataclass(frozen=True, slots=True)
class RotaRow:
    place: PlaceFacts
    period: Period
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class HomeRota:
    home: PlaceFacts
    days: tuple[date, ...]
    rows: tuple[RotaRow, ...]
    lacking: int


def home_rota(
    *, home: PlaceFacts, units: Sequence[PlaceFacts], shifts: Sequence[ShiftFacts], days: Sequence[date], at: datetime
) -> HomeRota:
    """Who is on in a home: for each unit (or the home, if it has none) days and nights, and who is on call."""
    zone = ZoneInfo(home.timezone)
    wanted = [(place, period) for place in (units or [home]) for period in (DAY, NIGHT)] + [(home, ON_CALL)]
    rows = tuple(
        RotaRow(place, period, tuple(_cell(place, period, day, shifts, zone, at) for day in days))
        for place, period in wanted
    )
    lacking = sum(bool(cell.lacks) and not cell.is_past for row in rows for cell in row.cells)
    return HomeRota(home, tuple(days), rows, lacking)


def _cell(  # noqa: PLR0917 — the table's axes, and what fills it
    place: PlaceFacts, period: Period, day: date, shifts: Sequence[ShiftFacts], zone: ZoneInfo, at: datetime
) -> Cell:
    start, end = period.span(day, zone)
    is_on_call = period is ON_CALL
    on = [s for s in shifts if place.path.startswith(s.place_path) and (s.role is Role.ON_CALL) is is_on_call]
    on = [s for s in on if min(s.ends_at, end) - max(s.starts_at, start) >= LEAST_COVER]
    on.sort(key=lambda s: (-rules.RANK[s.role], s.starts_at, s.staff_name))
    shown = tuple(_on_shift(s, start, end, zone) for s in on)
    return Cell(day, shown, _lacks(period, on), end <= at)


def _lacks(period: Period, on: Sequence[ShiftFacts]) -> str:
    if period is ON_CALL:
        return "" if on else "Nobody on call"
    if not any(s.role in ON_THE_FLOOR for s in on):
        return "Nobody on"
    if period is NIGHT and not any(rules.outranks(s.role, Role.SENIOR) for s in on):
        return "No senior"
    return ""


def _on_shift(shift: ShiftFacts, start: datetime, end: datetime, zone: ZoneInfo) -> OnShift:
    is_usual = (shift.starts_at, shift.ends_at) == (start, end)
    return OnShift(shift, ROLE_WORDS[shift.role], span_words(shift.starts_at, shift.ends_at, zone), is_usual)


def span_words(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    if end.date() - start.date() > timedelta(days=1):
        return f"{start:%a %H:%M} to {end:%a %H:%M}"
    return f"{start:%H:%M} to {end:%H:%M}"


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def night_of(at: datetime, zone: ZoneInfo) -> date:
    """The day the night of `at` began: in the small hours that is yesterday; by day, the coming night's."""
    local = at.astimezone(zone)
    is_small_hours = local.hour * 60 + local.minute < DAY_STARTS
    return local.date() - timedelta(days=1) if is_small_hours else local.date()


def particulars(row: Any) -> dict[str, Any]:
    """What is said of somebody, as the form shows it."""
    names = ("title", "suffix", "address", "postcode", "gender", "sex", "ethnicity", "religion", "birth_place", "other_identifier")
    donation = {True: "yes", False: "no", None: ""}[row.organ_donation]
    return {name: getattr(row, name) for name in names} | {"organ_donation": donation}
