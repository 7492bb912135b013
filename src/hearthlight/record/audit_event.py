"""The audit chain as FHIR AuditEvents (R4, https://hl7.org/fhir/R4/auditevent.html). Pure.

An entry's type and subtype are DICOM's and the RESTful interaction's codes where there are any; `entity` names whom it
was about and what was touched, never what it said. The digest goes along, so that a copy can be compared with the chain."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hearthlight.record.types import Resource

REST = {"system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest", "display": "RESTful Operation"}
PATIENT_RECORD = {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "110110", "display": "Patient Record"}
INTERACTIONS = "http://hl7.org/fhir/restful-interaction"
ROLES = "http://terminology.hl7.org/CodeSystem/object-role"
KINDS = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
OURS = "urn:hearthlight:audit-action"
DIGEST = "urn:hearthlight:audit-digest"
ACTIONS = {  # the letters of AuditEvent.action: create, read, update, delete, execute
    "record.read": ("R", "read"), "record.searched": ("E", "search-type"), "record.exported": ("E", "operation"),
    "record.created": ("C", "create"), "record.updated": ("U", "update"), "record.deleted": ("D", "delete"),
    "read": ("R", ""), "listed": ("R", ""), "glass.broken": ("E", ""), "permit.given": ("C", ""), "permit.ended": ("D", ""),
}  # fmt: skip
REFERENCED = {"staff": "Practitioner/staff-{}", "device": "Device/device-{}", "app": "Device/app-{}"}


@dataclass(frozen=True, slots=True)
class Entry:
    """An audit entry's fields as the chain has them. `persons`: everyone it names."""

    id: int
    at: datetime
    by: str
    action: str
    subject: str
    persons: Sequence[int]
    app: str
    digest: str


def audit_event(entry: Entry) -> Resource:
    """The AuditEvent that an entry amounts to; its id is `audit-<id>`."""
    letter, interaction = ACTIONS.get(entry.action, ("E", ""))
    subtypes = [{"system": OURS, "code": entry.action}]
    if interaction:
        subtypes.append({"system": INTERACTIONS, "code": interaction})
    return {
        "resourceType": "AuditEvent",
        "id": f"audit-{entry.id}",
        "type": REST if interaction else PATIENT_RECORD,
        "subtype": subtypes,
        "action": letter,
        "recorded": entry.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "outcome": "0",
        "agent": _agents(entry),
        "source": {"observer": {"display": "Hearthlight"}},
        "entity": [*map(_patient, entry.persons), _subject(entry)],
    }


def _agents(entry: Entry) -> list[dict[str, Any]]:
    kind, _, number = entry.by.partition(":")
    agents = [{"who": _who(kind, number), "requestor": True}]
    if entry.app and entry.by != f"app:{entry.app}":
        agents.append({"who": _who("app", entry.app), "requestor": False})
    return agents


def _who(kind: str, number: str) -> dict[str, Any]:
    if kind in REFERENCED:
        return {"reference": REFERENCED[kind].format(number)}
    return {"identifier": {"system": "urn:hearthlight:part", "value": number or kind}}


def _patient(person_id: int) -> dict[str, Any]:
    return {
        "what": {"reference": f"Patient/person-{person_id}"},
        "type": {"system": KINDS, "code": "1", "display": "Person"},
        "role": {"system": ROLES, "code": "1", "display": "Patient"},
    }


def _subject(entry: Entry) -> dict[str, Any]:
    return {
        "what": {"identifier": {"system": "urn:hearthlight:subject", "value": entry.subject}},
        "type": {"system": KINDS, "code": "2", "display": "System Object"},
        "detail": [{"type": DIGEST, "valueString": entry.digest}],
    }
