"""Checks for tests: a full set of vital signs that scores nothing, and what to change in it."""

from datetime import datetime
from uuid import uuid4

from hearthlight.checks import actions
from hearthlight.checks.models import Check, HomePolicy, PersonLimit, ScaleTwo, Usual
from hearthlight.checks.types import Kind, Measure
from hearthlight.core.types import staff_actor
from hearthlight.people.tests.factories import NIGHT

MODELS = (Check, Usual, PersonLimit, ScaleTwo, HomePolicy)
WELL = {
    "RESPIRATION": "16", "SATURATION": "97", "OXYGEN": "AIR", "SYSTOLIC": "120", "DIASTOLIC": "70", "PULSE": "70",
    "CONSCIOUSNESS": "ALERT", "TEMPERATURE": "36.8",
}  # fmt: skip
ADAS = WELL | {"RESPIRATION": "22", "SATURATION": "93", "PULSE": "95", "TEMPERATURE": "38.4"}
"""Ada at 03:12: 2 + 2 + 1 + 1 = 6."""


def make_check(cast, *, person=None, kind: Kind = Kind.VITALS, readings=None, at: datetime = NIGHT, by=None, key: str = "", **more) -> int:
    return actions.record_check(
        person_id=(person or cast.ada).pk, kind=kind, readings=WELL if readings is None else readings, taken_at=more.pop("taken_at", at),
        form_key=key or str(uuid4()), by=by or staff_actor(cast.nia.pk), at=at, **more,
    )  # fmt: skip


def make_usual(cast, total: int, *, person=None, agreed_with: str = "", at: datetime = NIGHT) -> None:
    actions.set_usual(
        person_id=(person or cast.ada).pk, total=total, agreed_with=agreed_with, by=staff_actor(cast.sam.pk), at=at
    )


def make_limit(cast, measure: Measure, low, high, *, person=None, at: datetime = NIGHT) -> None:
    actions.set_limit(
        person_id=(person or cast.ada).pk, measure=measure, low=low, high=high, agreed_with="Dr Rees", by=staff_actor(cast.sam.pk), at=at
    )
