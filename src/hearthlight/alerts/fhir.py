"""An alert as FHIR R4 resources: docs/decisions says why a Flag, and why an Observation of what was found. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hearthlight.alerts.types import FOUND_WORDS, KIND_WORDS, Found, State, Truth
from hearthlight.events.types import EventKind

Resource = dict[str, Any]
KIND, FOUND = "urn:hearthlight:alert", "urn:hearthlight:found"
OVER = (State.CLOSED, State.CANCELLED, State.MERGED)


@dataclass(frozen=True, slots=True)
class Alert:
    """What of an alert goes into the record. `device` is the FHIR id of what noticed it, if anything did."""

    id: int
    kind: EventKind
    state: State
    person_id: int | None
    place_id: int
    began_at: datetime
    ended_at: datetime | None
    attended_at: datetime | None
    owner_id: int | None
    truth: str
    found: str
    note: str
    device: str
    told_to: tuple[str, ...] = ()  # who outside the shift was told, in words


def resources(alert: Alert) -> list[Resource]:
    return [flag(alert), *([finding(alert)] if alert.state == State.CLOSED and alert.person_id and alert.found else [])]


def flag(alert: Alert) -> Resource:
    """Someone must look: active until it is over, and entered in error where it proved false."""
    return _of(
        "Flag", alert, status=_status(alert),
        category=[_coded("http://terminology.hl7.org/CodeSystem/flag-category", "safety", "Safety")],
        code={**_coded(KIND, alert.kind.value, KIND_WORDS[alert.kind]), "text": KIND_WORDS[alert.kind]},
        subject=_subject(alert), period=_period(alert),
        author={"reference": f"Device/{alert.device}"} if alert.device else None,
    )  # fmt: skip


def finding(alert: Alert) -> Resource:
    """What was found in the room, by whom and when. It says nothing of how the person is: that is a check's."""
    words = FOUND_WORDS[Found(alert.found)]
    notes = [alert.note, f"Told: {', '.join(alert.told_to)}" if alert.told_to else ""]
    return _of(
        "Observation", alert, status="final",
        category=[_coded("http://terminology.hl7.org/CodeSystem/observation-category", "survey", "Survey")],
        code={**_coded(FOUND, "FOUND", "What was found"), "text": f"What was found: {KIND_WORDS[alert.kind].lower()}"},
        subject={"reference": f"Patient/person-{alert.person_id}"},
        focus=[{"reference": f"Flag/alert-{alert.id}"}],
        effectiveDateTime=_instant(alert.attended_at or alert.ended_at or alert.began_at),
        issued=_instant(alert.ended_at) if alert.ended_at else None,
        performer=[{"reference": f"Practitioner/staff-{alert.owner_id}"}] if alert.owner_id else None,
        valueCodeableConcept={**_coded(FOUND, alert.found, words), "text": words},
        note=[{"text": text} for text in notes if text] or None,
    )  # fmt: skip


def _status(alert: Alert) -> str:
    if alert.state in (State.CLOSED, State.CANCELLED) and alert.truth == Truth.FALSE:
        return "entered-in-error"
    return "inactive" if alert.state in OVER else "active"


def _subject(alert: Alert) -> Resource:
    """Whom it is about; else where: a silent sensor is about a room."""
    return {"reference": f"Patient/person-{alert.person_id}" if alert.person_id else f"Location/place-{alert.place_id}"}


def _period(alert: Alert) -> Resource:
    start = {"start": _instant(alert.began_at)}
    return {**start, "end": _instant(alert.ended_at)} if alert.ended_at else start


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _coded(system: str, code: str, display: str) -> Resource:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def _of(type_: str, alert: Alert, **members: Any) -> Resource:
    told = {name: value for name, value in members.items() if value is not None}
    profile = [f"https://fhir.hl7.org.uk/StructureDefinition/UKCore-{type_}"]
    return {"resourceType": type_, "id": f"alert-{alert.id}", "meta": {"profile": profile}, **told}
