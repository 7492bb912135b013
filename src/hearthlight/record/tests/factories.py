"""Readers and resources for tests of the record."""

from decimal import Decimal
from typing import Any

from hearthlight.core.types import Actor
from hearthlight.record import actions
from hearthlight.record.types import Access, Section, Verb, Version

ADA, LEWIS = "person-7", "person-8"


def everything(type_: str, verb: Verb) -> bool:
    return True


def make_access(*people: str, may: Any = everything, sections: frozenset[Section] = frozenset()) -> Access:
    """A reader of these people; of everybody when none is named."""
    return Access(Actor("staff", "1"), frozenset(people) or None, may, sections)


def make_patient(id_: str = "pat-1", **more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": id_, "name": [{"family": "Okafor", "given": ["Adaeze"]}], **more}


def make_observation(patient: str = ADA, *, value: str = "72.50", on: str = "2026-11-22", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation", "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}, {"system": "http://snomed.info/sct", "code": "364075005"}]},
        "subject": {"reference": f"Patient/{patient}"}, "effectiveDateTime": on,
        "valueQuantity": {"value": Decimal(value), "unit": "beats/min", "system": "http://unitsofmeasure.org", "code": "/min"},
        **more,
    }  # fmt: skip


def keep(resource: dict[str, Any], *, at: Any, access: Access | None = None, origin: str = "api:test") -> Version:
    return actions.create(resource, access=access or make_access(), at=at, origin=origin)
