"""FHIR's dates as the interval of time they stand for (R4 §3.1.1.4.7): `2024-02` is all of February, `[lo, hi)`.

What names no time zone is read as UTC, so that the same words find the same things everywhere. A leap second is the
second before it: the calendar here has none."""

import re
from datetime import UTC, datetime, timedelta

from .types import DAWN, DUSK

_SHAPE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T\d\d:\d\d(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-](?:0\d|1[0-4]):[0-5]\d)?)?)?)?", re.ASCII
)
_DATE = 10  # characters
_MICRO = 6  # digits of a second that are kept
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)

Interval = tuple[datetime, datetime]


def interval(text: str) -> Interval:
    """The instants that a date, dateTime, instant or search value covers. Raises ValueError."""
    shape = _SHAPE.fullmatch(text)
    if not shape:
        raise ValueError("not a date")
    year, month, day, second, fraction, zone = shape.groups()
    if len(text) > _DATE:
        lo = _in_utc(f"{text[:17]}59{text[19:]}" if second == "60" else text, zone)
        return lo, _after(lo, _width(second, fraction))
    lo = datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC)
    if day is not None:
        return lo, _after(lo, _DAY)
    if month is not None:
        return lo, _first(lo.year + lo.month // 12, lo.month % 12 + 1)
    return lo, _first(lo.year + 1, 1)


def widened(lo: datetime, hi: datetime, by: timedelta) -> Interval:
    """The interval with `by` more on either side, as far as the calendar goes."""
    return (lo - by if lo - DAWN > by else DAWN), _after(hi, by)


def _width(second: str | None, fraction: str | None) -> timedelta:
    if fraction is not None:
        return timedelta(microseconds=10 ** max(_MICRO - len(fraction), 0))
    return _MINUTE if second is None else _SECOND


def _in_utc(text: str, zone: str | None) -> datetime:
    moment = datetime.fromisoformat(text)
    if zone is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return DAWN if zone[0] == "+" else DUSK


def _after(moment: datetime, width: timedelta) -> datetime:
    try:
        return moment + width
    except OverflowError:
        return DUSK


def _first(year: int, month: int) -> datetime:
    return datetime(year, month, 1, tzinfo=UTC) if year <= 9999 else DUSK
