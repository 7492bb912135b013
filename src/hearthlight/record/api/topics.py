"""What happens that systems elsewhere want to hear of, as topics (R5 subscriptions, backported to R4), and how it is told.

Pure: a topic decides from a resource before and after. Source: hl7.fhir.uv.subscriptions-backport 1.1."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from hearthlight.record.api.types import Resource

BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition"
STATUS_PROFILE = f"{BACKPORT}/backport-subscription-status-r4"
IN_HOSPITAL = {"IMP", "ACUTE", "NONAC", "EMER", "OBSENC", "SS"}  # http://terminology.hl7.org/CodeSystem/v3-ActCode
UNDER_WAY = {"arrived", "triaged", "in-progress", "onleave"}


class Topic(NamedTuple):
    """`is_event`: does the change from `before` (None: nothing, or deleted) to `after` mean that it happened?"""

    url: str
    title: str
    types: tuple[str, ...]
    is_event: Callable[[Resource | None, Resource | None], bool]


def _is_admission(before: Resource | None, after: Resource | None) -> bool:
    return _is_in_hospital(after) and not _is_in_hospital(before)


def _is_in_hospital(encounter: Resource | None) -> bool:
    if encounter is None:
        return False
    kind = encounter.get("class", {}).get("code")
    return kind in IN_HOSPITAL and encounter.get("status") in UNDER_WAY


def _is_alert(_before: Resource | None, after: Resource | None) -> bool:
    return after is not None and str(after.get("id", "")).startswith("alert-")


def _is_plan_change(before: Resource | None, after: Resource | None) -> bool:
    return before != after


TOPICS: Mapping[str, Topic] = {
    topic.url: topic
    for topic in (
        Topic("urn:hearthlight:topic:admission", "Somebody is admitted to hospital", ("Encounter",), _is_admission),
        Topic("urn:hearthlight:topic:alert", "Somebody must be told, or what is known of it changed",
              ("Flag", "DetectedIssue", "Communication", "CommunicationRequest", "Task"), _is_alert),
        Topic("urn:hearthlight:topic:plan-change", "A care plan was made, changed or ended", ("CarePlan",), _is_plan_change),
    )
}  # fmt: skip


class Told(NamedTuple):
    """One event, as it is told."""

    number: int
    at: datetime
    place: str  # Type/id of the resource it is about


def status(
    base: str, subscription: Resource, *, state: str, kind: str, count: int, events: Iterable[Told] = ()
) -> Resource:
    """SubscriptionStatus as R4 has it: Parameters. `kind`: handshake, event-notification, query-status or query-event."""
    parts: list[Resource] = [
        {"name": "subscription", "valueReference": {"reference": f"{base}/Subscription/{subscription.get('id', '')}"}}
    ]
    if subscription.get("criteria") in TOPICS:
        parts.append({"name": "topic", "valueCanonical": subscription["criteria"]})
    parts += [
        {"name": "status", "valueCode": state}, {"name": "type", "valueCode": kind},
        {"name": "eventsSinceSubscriptionStart", "valueString": str(count)},
    ]  # fmt: skip
    for event in events:
        part = [
            {"name": "eventNumber", "valueString": str(event.number)},
            {"name": "timestamp", "valueInstant": event.at.isoformat(timespec="milliseconds")},
            {"name": "focus", "valueReference": {"reference": f"{base}/{event.place}"}},
        ]
        parts.append({"name": "notificationEvent", "part": part})
    return {"resourceType": "Parameters", "meta": {"profile": [STATUS_PROFILE]}, "parameter": parts}


def content_of(subscription: Resource) -> str:
    """empty, id-only or full-resource (extension backport-payload-content); empty where it does not say."""
    channel = subscription.get("channel", {})
    found = extension(channel.get("_payload"), "backport-payload-content")
    return str(found.get("valueCode", "empty"))


def filters_of(subscription: Resource) -> list[str]:
    """Searches that narrow a topic (extension backport-filter-criteria): `Encounter?patient=Patient/1`, or `patient=…`."""
    told = subscription.get("_criteria", {})
    found = [
        one.get("valueString", "") for one in _extensions(told) if one.get("url") == f"{BACKPORT}/backport-filter-criteria"
    ]
    return [str(one).partition("?")[2] or str(one) for one in found]


def extension(element: object, name: str) -> Resource:
    return next((one for one in _extensions(element) if one.get("url") == f"{BACKPORT}/{name}"), {})


def _extensions(element: object) -> list[Resource]:
    told = element.get("extension", []) if isinstance(element, dict) else []
    return [one for one in told if isinstance(one, dict)]
