"""What one resource is found by: its hot columns, and its rows in the index tables."""

from dataclasses import dataclass

from hearthlight.fhir.types import Resource
from hearthlight.record import rules
from hearthlight.record.hashes import NEVER

COMPARTMENT = ("patient", "subject", "beneficiary", "individual")


@dataclass(frozen=True, slots=True)
class Entry:
    """The hot columns of a resource."""

    patients: tuple[str, ...]
    section: int
    code: int = 0
    lo_us: int = NEVER
    hi_us: int = NEVER


def entry_of(resource: Resource) -> Entry:
    """`resource` as stored: it has its id."""
    return Entry(_patients(resource), rules.section_bits(resource))


def _patients(resource: Resource) -> tuple[str, ...]:
    if resource["resourceType"] == "Patient":
        return (resource["id"],)
    told = [resource.get(name) for name in COMPARTMENT]
    named = [part.get("reference", "") for part in told if isinstance(part, dict)]
    return tuple(dict.fromkeys(name.removeprefix("Patient/") for name in named if name.startswith("Patient/")))
