"""Who was told of an alert, as a FHIR R4 Communication. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

Resource = dict[str, Any]
CATEGORY = "http://terminology.hl7.org/CodeSystem/communication-category"


def communication(  # noqa: PLR0913
    *,
    alert_id: int,
    person_id: int | None,
    words: str,
    staff_ids: Sequence[int],
    sent_at: datetime | None,
    seen_at: datetime | None,
) -> Resource:
    """`sent` is the first telling, `received` the first seen."""
    people = [{"reference": f"Practitioner/staff-{staff_id}"} for staff_id in staff_ids]
    told: dict[str, Any] = {
        "status": "completed" if sent_at else "not-done",
        "category": [{"coding": [{"system": CATEGORY, "code": "alert", "display": "Alert"}]}],
        "subject": {"reference": f"Patient/person-{person_id}"} if person_id else None,
        "about": [{"reference": f"Flag/alert-{alert_id}"}],
        "sent": _instant(sent_at), "received": _instant(seen_at),
        "recipient": people or None, "payload": [{"contentString": words}],
    }  # fmt: skip
    profile = {"profile": ["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Communication"]}
    kept = {name: value for name, value in told.items() if value is not None}
    return {"resourceType": "Communication", "id": f"response-{alert_id}", "meta": profile, **kept}


def _instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else None
