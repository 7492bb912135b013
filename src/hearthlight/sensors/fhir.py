"""A device as a FHIR R4 resource. Pure. What it says is never one: only what is made of it is."""

import re
from datetime import UTC, datetime
from typing import Any

Resource = dict[str, Any]
FAMILY = "urn:hearthlight:device-family"
NOT_IN_AN_ID = re.compile(r"[^A-Za-z0-9.-]")


def fhir_id(device_id: str) -> str:
    """A device's own name may have characters that FHIR's ids have not: each goes as its number."""
    return "device-" + NOT_IN_AN_ID.sub(lambda found: f"-{ord(found[0]):x}-", device_id)


def device(  # noqa: PLR0913 — its columns, one by one
    *,
    id_: str,
    family: str,
    label: str,
    place_id: int,
    person_id: int | None,
    bridge_id: str | None,
    retired_at: datetime | None,
) -> Resource:
    told: dict[str, Any] = {
        "identifier": [{"system": "urn:hearthlight:device", "value": id_}],
        "status": "inactive" if retired_at else "active",
        "deviceName": [{"name": label, "type": "user-friendly-name"}],
        "type": {"coding": [{"system": FAMILY, "code": family}], "text": family},
        "patient": {"reference": f"Patient/person-{person_id}"} if person_id else None,
        "location": {"reference": f"Location/place-{place_id}"},
        "parent": {"reference": f"Device/{fhir_id(bridge_id)}"} if bridge_id else None,
        "note": [{"text": f"Taken out of service on {retired_at.astimezone(UTC):%Y-%m-%d}"}] if retired_at else None,
    }
    profile = {"profile": ["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Device"]}
    kept = {name: value for name, value in told.items() if value is not None}
    return {"resourceType": "Device", "id": fhir_id(id_), "meta": profile, **kept}
