"""Readings over time, for a drawing and for the table beside it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from hearthlight.checks import rules
from hearthlight.checks.forms import UNITS
from hearthlight.checks.types import CheckFacts, Kind, Limit, Measure, UsualFacts

DRAWN = (
    Measure.RESPIRATION, Measure.SATURATION, Measure.SYSTOLIC, Measure.PULSE, Measure.TEMPERATURE, Measure.WEIGHT,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Series:
    """One measure over time, the earliest first. `usual` is a level to draw; `limit` the person's own."""

    code: str
    name: str
    unit: str
    points: tuple[tuple[datetime, Decimal], ...]
    usual: Decimal | None = None
    limit: Limit | None = None
    second: tuple[tuple[datetime, Decimal], ...] = ()  # the lower blood pressure

    @property
    def words(self) -> str:
        """What a drawing shows, said."""
        values = [value for _, value in self.points]
        count = f"{len(values)} {'reading' if len(values) == 1 else 'readings'}"
        return f"{self.name}: {count}, from {min(values)} to {max(values)}, latest {values[-1]}"

    def rows(self) -> list[tuple[datetime, str]]:
        """The table, the latest first."""
        lower = dict(self.second)
        return [(at, f"{value}/{lower[at]}" if at in lower else str(value)) for at, value in reversed(self.points)]


def series(checks: Iterable[CheckFacts], usual: UsualFacts) -> list[Series]:
    """NEWS2 first, then every measure there is anything of."""
    found = sorted(checks, key=lambda one: one.taken_at)
    totals = tuple((one.taken_at, Decimal(one.total)) for one in found if one.kind is Kind.VITALS and one.total is not None)
    told = [Series("NEWS2", "NEWS2", "points", totals, Decimal(usual.total) if usual.total is not None else None)] if totals else []
    for measure in DRAWN:
        points = _points(found, measure)
        if points:
            second = _points(found, Measure.DIASTOLIC) if measure is Measure.SYSTOLIC else ()
            name = "Blood pressure" if measure is Measure.SYSTOLIC else rules.WORDS[measure]
            told.append(Series(measure.value, name, UNITS[measure], points, None, usual.limits.get(measure), second))
    return told


def _points(checks: list[CheckFacts], measure: Measure) -> tuple[tuple[datetime, Decimal], ...]:
    return tuple((one.taken_at, value) for one in checks if (value := rules.number(one.readings, measure)) is not None)


def drawn(one: Series) -> dict[str, Any]:
    """As the page's script takes it: seconds and numbers."""
    lower = dict(one.second)
    return {
        "code": one.code, "name": one.name, "unit": one.unit, "at": [int(at.timestamp()) for at, _ in one.points],
        "values": [float(value) for _, value in one.points], "usual": None if one.usual is None else float(one.usual),
        "low": None if one.limit is None or one.limit.low is None else float(one.limit.low),
        "high": None if one.limit is None or one.limit.high is None else float(one.limit.high),
        "second": [float(lower[at]) if at in lower else None for at, _ in one.points] if lower else None,
    }  # fmt: skip
