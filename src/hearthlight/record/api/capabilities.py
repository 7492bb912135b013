"""The one table of what the API does with each type. It routes writes, and the CapabilityStatement is made from it.

A write goes to the room that owns the type (`OWNED`: the room's `projection.py` names the action in `WRITES`), to the
vault, which keeps what an outside system says word for word, or nowhere (405)."""

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache

import hearthlight
from hearthlight.record.api.types import Problem
from hearthlight.record.types import Access, Resource, Verb


class Interaction(StrEnum):
    """http://hl7.org/fhir/restful-interaction, on a type."""

    READ = "read"
    VREAD = "vread"
    UPDATE = "update"
    PATCH = "patch"
    DELETE = "delete"
    HISTORY = "history-instance"
    HISTORY_OF_TYPE = "history-type"
    CREATE = "create"
    SEARCH = "search-type"


class Route(StrEnum):
    """Where a write goes."""

    OWNED = "owned"
    VAULT = "vault"
    NONE = "none"


Write = Callable[[Resource, str | None, Access, datetime], str]
"""A room's action for a resource from outside: (resource, id or None for a new one, access, at) → id of the resource
that the fact amounts to. Raises a Refusal with the sentence a person will read."""

EVERYTHING = frozenset(Interaction)
VERBS = {
    Interaction.CREATE: Verb.CREATE, Interaction.UPDATE: Verb.UPDATE, Interaction.PATCH: Verb.UPDATE,
    Interaction.DELETE: Verb.DELETE, Interaction.READ: Verb.READ, Interaction.VREAD: Verb.READ,
    Interaction.HISTORY: Verb.READ, Interaction.HISTORY_OF_TYPE: Verb.SEARCH, Interaction.SEARCH: Verb.SEARCH,
}  # fmt: skip
KEPT_ELSEWHERE = {
    "AuditEvent": "who looked at what is in the audit chain, which has pages of its own",
}
VAULT = (
    "Account", "AdverseEvent", "AllergyIntolerance", "Appointment", "AppointmentResponse", "Basic", "Binary", "BodyStructure",
    "Bundle", "CarePlan", "CareTeam", "ClinicalImpression", "Communication", "CommunicationRequest", "Composition",
    "Condition", "Consent", "Contract", "Coverage", "DetectedIssue", "Device", "DeviceMetric", "DeviceRequest",
    "DeviceUseStatement", "DiagnosticReport", "DocumentManifest", "DocumentReference", "Encounter", "Endpoint",
    "EpisodeOfCare", "FamilyMemberHistory", "Flag", "Goal", "Group", "GuidanceResponse", "HealthcareService",
    "ImagingStudy", "Immunization", "ImmunizationEvaluation", "ImmunizationRecommendation", "Invoice", "Library", "Linkage",
    "List", "Location", "Measure", "MeasureReport", "Media", "Medication", "MedicationAdministration", "MedicationDispense",
    "MedicationKnowledge", "MedicationRequest", "MedicationStatement", "MessageHeader", "MolecularSequence",
    "NutritionOrder", "Observation", "Organization", "OrganizationAffiliation", "Patient", "Person", "PlanDefinition",
    "Practitioner", "PractitionerRole", "Procedure", "Provenance", "Questionnaire", "QuestionnaireResponse",
    "RelatedPerson", "RequestGroup", "ResearchStudy", "ResearchSubject", "RiskAssessment", "Schedule", "ServiceRequest",
    "Slot", "Specimen", "Subscription", "Substance", "SupplyDelivery", "SupplyRequest", "Task", "VisionPrescription",
)  # fmt: skip
"""What a home, a GP or a hospital may have to say. Not here: terminology and conformance resources, which are nobody's
record, and what only insurers and makers of medicines exchange."""


@dataclass(frozen=True, slots=True)
class Capability:
    """One line of the table."""

    type: str
    interactions: frozenset[Interaction]
    route: Route
    write: Write | None = None


@cache
def table() -> Mapping[str, Capability]:
    """Every type we serve."""
    owned = _writes()
    lines = {name: Capability(name, EVERYTHING, Route.VAULT) for name in VAULT}
    lines |= {name: Capability(name, frozenset(), Route.NONE) for name in KEPT_ELSEWHERE}
    lines |= {name: Capability(name, EVERYTHING, Route.OWNED, write) for name, write in owned.items()}
    return dict(sorted(lines.items()))


def of(type: str) -> Capability | None:  # noqa: A002 — FHIR's word
    return table().get(type)


def _writes() -> dict[str, Write]:
    """The actions that rooms offer, found by looking: `<room>/projection.py`, `WRITES`."""
    found: dict[str, Write] = {}
    for room in pkgutil.iter_modules(hearthlight.__path__):
        name = f"hearthlight.{room.name}.projection"
        if room.ispkg and importlib.util.find_spec(name):
            found.update(getattr(importlib.import_module(name), "WRITES", {}))
    return found


def allowed(access: Access, type: str, interaction: Interaction) -> Capability:  # noqa: A002 — FHIR's word
    """The table's line, if this caller may do this with this type. Raises Problem 404, 405 and 403."""
    capability = of(type)
    if capability is None:
        raise Problem(404, "not-supported", f"{type[:60]!r} is no type of resource that is kept here")
    if interaction not in capability.interactions:
        raise Problem(405, "not-supported", f"{interaction} of {type} is not possible from outside")
    if not access.may(type, VERBS[interaction]):
        raise Problem(403, "forbidden", f"You may not {interaction} {type}")
    return capability
