"""The CapabilityStatement (§5.1), made from the table that routes writes and from the search parameters we know."""

from datetime import datetime
from importlib.metadata import version

from hearthlight.fhir.search import parameters
from hearthlight.fhir.search.types import Parameter, Type
from hearthlight.record.api import capabilities
from hearthlight.record.api.capabilities import Capability, Interaction, Route
from hearthlight.record.api.types import Resource

OPERATIONS = {
    "Patient": {"everything": "http://hl7.org/fhir/OperationDefinition/Patient-everything",
                "export": "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/patient-export"},
    "Group": {"export": "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/group-export"},
    "Composition": {"document": "http://hl7.org/fhir/OperationDefinition/Composition-document"},
    "Observation": {"lastn": "http://hl7.org/fhir/OperationDefinition/Observation-lastn"},
    "Subscription": {"status": "http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition/backport-subscription-status",
                     "events": "http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition/backport-subscription-events"},
}  # fmt: skip
ON_EVERY_TYPE = {"validate": "http://hl7.org/fhir/OperationDefinition/Resource-validate"}
OF_THE_SYSTEM = {"export": "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export"}
ROUTES = {
    Route.OWNED: "Writes go to the part of the platform that owns it, which may refuse them.",
    Route.VAULT: "Kept word for word, with where it came from; it becomes the platform's own only when a person accepts it.",
    Route.NONE: "Written by the platform only.",
}
FORMATS = ["application/fhir+json", "application/fhir+xml", "json", "xml"]
PATCHES = ["application/json-patch+json", "application/fhir+json", "application/fhir+xml"]
INSTANTIATES = ["http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data"]


def statement(base: str, *, at: datetime, security: Resource | None = None) -> Resource:
    rest: Resource = {"mode": "server"}
    if security:
        rest["security"] = security
    rest["resource"] = [_resource(line) for line in capabilities.table().values() if line.interactions]
    rest["interaction"] = [{"code": code} for code in ("transaction", "batch", "search-system", "history-system")]
    rest["operation"] = _operations(OF_THE_SYSTEM)
    return {
        "resourceType": "CapabilityStatement", "status": "active", "date": at.isoformat(timespec="seconds"),
        "publisher": "Hearthlight", "kind": "instance", "instantiates": INSTANTIATES,
        "software": {"name": "Hearthlight", "version": version("hearthlight")},
        "implementation": {"description": "The shared record of an adult social care provider", "url": base},
        "fhirVersion": "4.0.1", "format": FORMATS, "patchFormat": PATCHES, "rest": [rest],
    }  # fmt: skip


def _resource(line: Capability) -> Resource:
    known = parameters.of(line.type)
    references = sorted(code for code, one in known.items() if one.type is Type.REFERENCE)
    is_written = Interaction.CREATE in line.interactions
    told: Resource = {
        "type": line.type, "profile": f"http://hl7.org/fhir/StructureDefinition/{line.type}",
        "documentation": ROUTES[line.route],
        "interaction": [{"code": one.value} for one in Interaction if one in line.interactions],
        "versioning": "versioned", "readHistory": True, "updateCreate": is_written,
        "conditionalCreate": is_written, "conditionalRead": "full-support", "conditionalUpdate": is_written,
        "conditionalDelete": "single" if is_written else "not-supported",
        "referencePolicy": ["literal", "logical", "resolves", "local"],
        "searchInclude": ["*", *(f"{line.type}:{code}" for code in references)],
        "searchRevInclude": _pointing_to(line.type),
        "searchParam": [_parameter(one) for _, one in sorted(known.items())],
        "operation": _operations(ON_EVERY_TYPE | OPERATIONS.get(line.type, {})),
    }  # fmt: skip
    return {name: value for name, value in told.items() if value != []}


def _pointing_to(type: str) -> list[str]:  # noqa: A002 — FHIR's word
    return [
        f"{source}:{code}"
        for source in capabilities.table()
        for code, one in sorted(parameters.of(source).items())
        if one.type is Type.REFERENCE and type in one.targets
    ]


def _parameter(one: Parameter) -> Resource:
    return {"name": one.code, "type": one.type.value}


def _operations(named: dict[str, str]) -> list[Resource]:
    return [{"name": name, "definition": definition} for name, definition in named.items()]
