"""The people room's decisions: consent and its hours, ranks, shifts, NHS numbers, which place goes in which."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from nhs_number.validate import is_valid as is_valid_nhs_number

from hearthlight.core.types import Refusal
from hearthlight.people.types import ConsentFacts, PlaceKind, Purpose, Role

RANK = {Role.CARER: 1, Role.SENIOR: 2, Role.ON_CALL: 3, Role.MANAGER: 4, Role.ADMINISTRATOR: 5}
KINDS_INSIDE: dict[PlaceKind | None, tuple[PlaceKind, ...]] = {
    None: (PlaceKind.ORGANISATION,),
    PlaceKind.ORGANISATION: (PlaceKind.HOME,),
    PlaceKind.HOME: (PlaceKind.UNIT, PlaceKind.ROOM),
    PlaceKind.UNIT: (PlaceKind.ROOM,),
    PlaceKind.ROOM: (),
}
LIVED_IN = (PlaceKind.ROOM, PlaceKind.HOME)  # a room in a care home, or a home of one's own
LONGEST_REVIEW = timedelta(days=366)  # care plans are reviewed at least yearly (Care Act 2014 guidance, 13.32)
LONGEST_SHIFT = timedelta(hours=24)  # a sleep-in and the day before it
LONGEST_ON_CALL = timedelta(days=7)  # on call is commonly shared out by the week
OLDEST = timedelta(days=366 * 120)  # the longest life on record is 122 years
MINUTES_A_DAY = 1440


def consent_covers(
    consents: Iterable[ConsentFacts], *, person_id: int, purpose: Purpose, place_path: str, local_minute: int
) -> bool:
    """Does any of these consents, all in force, allow sensing this person for this purpose, here, at this minute of
    the local day? `local_minute` comes from `minute_of_day`."""
    return any(
        c.person_id == person_id
        and c.purpose == purpose
        and place_path.startswith(c.place_path)
        and hours_cover(c.from_minute, c.until_minute, local_minute)
        for c in consents
    )


def hours_cover(from_minute: int, until_minute: int, minute: int) -> bool:
    """From the first minute up to, not including, the last. Equal ends mean all day; a later start crosses midnight."""
    if from_minute == until_minute:
        return True
    if from_minute < until_minute:
        return from_minute <= minute < until_minute
    return minute >= from_minute or minute < until_minute


def minute_of_day(at: datetime, zone: ZoneInfo) -> int:
    """Minutes after midnight on the clock on the wall.

    Consent hours are what a person was told: "from ten at night to six in the morning" means the wall clock. On the
    night the clocks go forward the hour from 01:00 does not happen, so hours of 01:00 to 02:00 cover nothing; on the
    night they go back it happens twice, and both are covered.
    """
    local = at.astimezone(zone)
    return local.hour * 60 + local.minute


def clean_nhs_number(text: str) -> str | None:
    """Ten digits with a right check digit, spaces and dashes taken out; None when left empty. Numbers from the 999
    range, which the NHS issues for testing, are allowed: demonstrations and trainings need them."""
    if not text.strip():
        return None
    digits = "".join(c for c in text if c not in " -\u00a0")
    if not (digits.isascii() and digits.isdigit() and len(digits) == 10 and is_valid_nhs_number(digits)):
        raise Refusal("NHS number is not right: check each digit, for example 943 476 5919")
    return digits


def check_born_on(born_on: date | None, today: date) -> None:
    if born_on is not None and not today - OLDEST <= born_on <= today:
        raise Refusal("Date of birth must be in the past, and within 120 years")


def check_review_on(review_on: date, today: date) -> None:
    if not today < review_on <= today + LONGEST_REVIEW:
        raise Refusal("Review date must be after today, and within a year")


def check_inside(kind: PlaceKind, parent: PlaceKind | None) -> None:
    if kind in KINDS_INSIDE[parent]:
        return
    if parent is None:
        raise Refusal(f"A {kind.lower()} must be inside something")
    raise Refusal(f"A {kind.lower()} cannot be inside a {parent.lower()}")


def outranks(holder: Role, wanted: Role) -> bool:
    """May someone holding the first role hand out the second? Nobody hands out more than they have."""
    return RANK[holder] >= RANK[wanted]


def overlaps(starts_at: datetime, ends_at: datetime, other_starts_at: datetime, other_ends_at: datetime) -> bool:
    """Do two spans share any time? Touching ends, as at a handover, do not."""
    return starts_at < other_ends_at and other_starts_at < ends_at


def may_hold_both(role: Role, other: Role) -> bool:
    """May one person work two overlapping shifts? Only to be on call during other work."""
    return (role is Role.ON_CALL) != (other is Role.ON_CALL)


def check_shift(role: Role, starts_at: datetime, ends_at: datetime) -> None:
    longest = LONGEST_ON_CALL if role is Role.ON_CALL else LONGEST_SHIFT
    if ends_at <= starts_at:
        raise Refusal("A shift must end after it starts")
    if ends_at - starts_at > longest:
        hours = int(longest.total_seconds() // 3600)
        raise Refusal(f"A shift like this may be at most {hours} hours long")


def days_later(at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same time on the wall clock, some days later: a week of nights from 20:00 stays at 20:00 when the clocks
    change."""
    local = at.astimezone(zone)
    return (local.replace(tzinfo=None) + timedelta(days=days)).replace(tzinfo=zone).astimezone(UTC)


def on_the_wall(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The instant of a wall-clock time. A time the clocks skip is taken as the same span after midnight in winter
    time; a time that happens twice is its first."""
    clock_time = time(minute // 60, minute % 60)
    return datetime.combine(day, clock_time, tzinfo=zone).astimezone(UTC)


def ancestors(path: str) -> list[str]:
    """The paths of a place and of everything it is in: `/1/4/` gives `/1/` and `/1/4/`."""
    ids = [part for part in path.split("/") if part]
    return ["/" + "/".join(ids[: n + 1]) + "/" for n in range(len(ids))]


def outermost(paths: Iterable[str]) -> Sequence[str]:
    """The paths that are not inside another of them."""
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not kept or not path.startswith(kept[-1]):
            kept.append(path)
    return kept
