"""What is usual for one person at night, in sentences, from what their own bed sensor said. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

NIGHTS = 14  # looked back: two weeks, so that one bad night does not make a habit
FEWEST_NIGHTS = 5  # fewer than this say nothing about what is usual
EVENING, MORNING = 20, 9  # local hours a night runs between
A_MOMENT = timedelta(minutes=1)  # shorter than this, someone only turned over


@dataclass(frozen=True, slots=True)
class BedSaid:
    """The bed became occupied, or empty, at `at`."""

    at: datetime
    is_in: bool


@dataclass(frozen=True, slots=True)
class _Away:
    night: date
    left_at: datetime
    lasted: timedelta


def usual_nights(said: Iterable[BedSaid], zone: ZoneInfo) -> list[str]:
    """Sentences for the person's page; empty when there have been too few nights to say."""
    changes = _changes(said)
    beds = _first_in_bed(changes, zone)
    if len(beds) < FEWEST_NIGHTS:
        return []
    aways = _aways(changes, zone)
    times = median(sum(away.night == night for away in aways) for night in beds)
    told = [
        f"In the last {len(beds)} nights, in bed by about {_clock(median(beds.values()))}.",
        f"Up {_times(times)} a night.",
    ]
    if aways:
        minutes = round(median(away.lasted.total_seconds() for away in aways) / 60)
        told.append(f"Back in bed after about {max(1, minutes)} minute{'s' if minutes > 1 else ''}.")
    return told


def _changes(said: Iterable[BedSaid]) -> list[BedSaid]:
    """In order, without repeats of the same word."""
    kept: list[BedSaid] = []
    for one in sorted(said, key=lambda one: one.at):
        if not kept or kept[-1].is_in != one.is_in:
            kept.append(one)
    return kept


def _night_of(at: datetime, zone: ZoneInfo) -> date | None:
    """The evening's date of the night that `at` is in; None by day."""
    local = at.astimezone(zone)
    if local.hour >= EVENING:
        return local.date()
    return local.date() - timedelta(days=1) if local.hour < MORNING else None


def _first_in_bed(changes: list[BedSaid], zone: ZoneInfo) -> dict[date, int]:
    """Night → minutes after noon of the first time in bed, so that midnight does not tear an evening in two."""
    first: dict[date, int] = {}
    for one in changes:
        night = _night_of(one.at, zone)
        if one.is_in and night is not None and night not in first:
            local = one.at.astimezone(zone)
            first[night] = (local.hour * 60 + local.minute - 720) % 1440
    return first


def _aways(changes: list[BedSaid], zone: ZoneInfo) -> list[_Away]:
    """Each time up from bed and back again within one night."""
    found = []
    for left, back in zip(changes, changes[1:], strict=False):
        night = _night_of(left.at, zone)
        if not left.is_in and night is not None and _night_of(back.at, zone) == night and back.at - left.at >= A_MOMENT:
            found.append(_Away(night, left.at, back.at - left.at))
    return found


def _clock(minutes_after_noon: float) -> str:
    minute = (round(minutes_after_noon / 5) * 5 + 720) % 1440
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _times(times: float) -> str:
    words = {0: "not once", 1: "once", 2: "twice"}
    return words.get(round(times), f"{round(times)} times")
