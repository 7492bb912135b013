"""What is usual for everyone at Willow House, and a fortnight of checks: enough to draw a trend, few enough to read."""

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from django.db import transaction

from hearthlight.checks import actions as checks
from hearthlight.checks.types import Kind, Measure, Readings
from hearthlight.core.types import staff_actor
from hearthlight.runtime.demo.house import ADA, Furnished, dice

DAYS = 14
BREATHLESS = 12  # Jean: her usual is not everybody's
WELL = {"RESPIRATION": 16, "SATURATION": 97, "SYSTOLIC": 128, "DIASTOLIC": 74, "PULSE": 72}
SPREAD = {"RESPIRATION": 2, "SATURATION": 1, "SYSTOLIC": 9, "DIASTOLIC": 5, "PULSE": 8}
"""Invented, and plausible: about what somebody well and old shows, and how much that moves from day to day."""
OTHERS = {ADA: {"SATURATION": 95}, BREATHLESS: {"SATURATION": 93, "RESPIRATION": 21, "PULSE": 94}}
USUAL = {ADA: 1}
THINNING = 19  # Len has been losing weight


def measure_all(house: Furnished, until: datetime) -> None:
    """Usual for everyone; Ada looked at every day, the others in turn; a weight a month ago and one this week."""
    chance, seniors = dice(23), staff_actor(house.staff["sam"])
    numbers = iter(range(1, 10_000))
    with transaction.atomic():
        for number, person in house.persons.items():
            usual = 5 if number == BREATHLESS else USUAL.get(number, 0)
            checks.set_usual(
                person_id=person, total=usual, agreed_with="Dr Rees, Elm Surgery" if usual >= 5 else "", by=seniors, at=until - timedelta(days=DAYS)
            )
        checks.set_limit(
            person_id=house.persons[BREATHLESS], measure=Measure.SATURATION, low=Decimal(91), high=None,
            agreed_with="Dr Rees, Elm Surgery", by=seniors, at=until - timedelta(days=DAYS),
        )  # fmt: skip
    for day in range(DAYS, 0, -1):
        with transaction.atomic():
            for number in house.persons:
                if number == ADA or number % 7 == day % 7:
                    at = until - timedelta(days=day) + timedelta(hours=6, minutes=number * 4)
                    _record(house, number, Kind.VITALS, readings=_vitals(number, chance), at=at, key=next(numbers))
    for ago in (32, 3):
        with transaction.atomic():
            for number in house.persons:
                at = until - timedelta(days=ago) + timedelta(hours=5, minutes=number)
                _record(house, number, Kind.WEIGHT, readings={"WEIGHT": _weight(number, ago)}, at=at, key=next(numbers))


def _record(house: Furnished, number: int, kind: Kind, *, readings: Readings, at: datetime, key: int) -> None:
    by = staff_actor(house.staff["beth" if number <= 12 else "kwame"])
    checks.record_check(
        person_id=house.persons[number], kind=kind, readings=readings, taken_at=at, form_key=str(UUID(int=key)), by=by, at=at
    )


def _vitals(number: int, chance: Random) -> dict[str, str]:
    middle = WELL | OTHERS.get(number, {})
    found = {name: round(value + chance.uniform(-1, 1) * SPREAD[name]) for name, value in middle.items()}
    found["SATURATION"] = min(found["SATURATION"], 99)
    said = {"OXYGEN": "AIR", "CONSCIOUSNESS": "ALERT", "TEMPERATURE": f"{chance.uniform(36.2, 37.2):.1f}"}
    return {name: str(value) for name, value in found.items()} | said


def _weight(number: int, ago: int) -> str:
    kilograms = 52 + (number * 37) % 31
    return f"{kilograms + (ago / 10 if number == THINNING else (ago % 5) / 10):.1f}"
