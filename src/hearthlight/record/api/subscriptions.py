"""Subscriptions as a client sees them: asked for, judged, and asked how they are (`$status`, `$events`).

`following` finds what happened, `notifying` tells it."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

import orjson

from hearthlight.fhir import text
from hearthlight.fhir.search import parse
from hearthlight.record import queries, tables
from hearthlight.record.api import bundles, capabilities, topics
from hearthlight.record.api.door import pairs_of
from hearthlight.record.api.models import NAME, Event, Feed, Mark
from hearthlight.record.api.reading import look
from hearthlight.record.api.states import FeedState
from hearthlight.record.api.topics import TOPICS, Told
from hearthlight.record.api.types import Answer, Asked, Problem, Resource
from hearthlight.record.types import Access, Forbidden, Gone, NotFound, Version

PAYLOADS = {None, "", "application/fhir+json", "application/json", "application/fhir+xml", "application/xml"}
MOST_EVENTS = 100  # on one answer to $events
LONGEST_HEADER = 1_000


def judged(resource: Resource) -> Resource:
    """The Subscription as it is kept: requested, until its endpoint has been reached. Raises Problem 422."""
    channel = resource.get("channel", {})
    if channel.get("type") != "rest-hook":
        raise Problem(422, "not-supported", "We tell by rest-hook only", expression="Subscription.channel.type")
    if not is_endpoint(str(channel.get("endpoint", ""))):
        raise Problem(422, "value", "endpoint is an http(s) address", expression="Subscription.channel.endpoint")
    if channel.get("payload") not in PAYLOADS:
        raise Problem(422, "not-supported", "payload is application/fhir+json or +xml, or none", expression="Subscription.channel.payload")
    if any(not is_header(one) for one in channel.get("header", ())):
        raise Problem(422, "value", "A header is one line, Name: value", expression="Subscription.channel.header")
    _judge_criteria(resource)
    return {**resource, "status": "off" if resource.get("status") == "off" else "requested"}


def _judge_criteria(resource: Resource) -> None:
    criteria = str(resource.get("criteria", ""))
    topic = TOPICS.get(criteria)
    types = topic.types if topic else (criteria.partition("?")[0],)
    if not topic and capabilities.of(types[0]) is None:
        raise Problem(422, "not-supported", "criteria is Type?parameters, or one of our topics", expression="Subscription.criteria")
    for query in topics.filters_of(resource) if topic else [criteria.partition("?")[2]]:
        for type_ in types:
            parse.parse((type_,), pairs_of(query), is_strict=True)


def is_endpoint(told: str) -> bool:
    try:
        parts = urlsplit(told)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and not parts.username
    except ValueError:
        return False


def is_header(told: object) -> bool:
    name, colon, value = str(told).partition(":")
    is_plain = name.replace("-", "").isalnum() and name.isascii() and name.lower() not in ("host", "content-length")
    return is_plain and bool(colon) and value.isprintable() and value.isascii() and len(value) < LONGEST_HEADER


def kept(version: Version, access: Access, at: datetime) -> None:
    """What the server remembers beside it, in the transaction of the write."""
    state = FeedState.OFF if version.is_deleted or text.loads(version.body)["status"] == "off" else FeedState.REQUESTED
    if not Feed.objects.filter(state__in=(FeedState.ACTIVE, FeedState.REQUESTED)).exists():  # nobody has been looking
        Mark.objects.update_or_create(part=NAME, defaults={"version": newest()})
    fields = {"state": state, "due_at": at, "failures": 0, "trouble": "", "by": str(access.by), "app": access.app}
    Feed.objects.update_or_create(fid=version.id, defaults=fields)


def newest() -> int:
    """The number of the newest version there is."""
    return int((tables.row("SELECT MAX(id) FROM record_version") or (0,))[0] or 0)


# --- asked how they are ----------------------------------------------------------------------------------------------


def status(asked: Asked, access: Access, id: str) -> Answer:  # noqa: A002 — FHIR's word
    subscription, feed = _of(id, access)
    told = topics.status(asked.base, subscription, state=feed.state.lower(), kind="query-status", count=feed.told)
    entry = {"resource": told, "search": {"mode": "match"}}
    bundle = {
        "resourceType": "Bundle", "type": "searchset", "total": 1, "entry": [entry],
        "link": bundles.links(asked, f"Subscription/{id}/$status", (), ""),
    }  # fmt: skip
    return Answer(resource=bundle)


def events(asked: Asked, access: Access, id: str) -> Answer:  # noqa: A002
    """What a subscriber may have missed: `eventsSinceNumber`, `eventsUntilNumber`, `content`."""
    subscription, feed = _of(id, access)
    asked_for = dict(pairs_of(asked.query))
    since, until = (_number(asked_for.get(name, "")) for name in ("eventsSinceNumber", "eventsUntilNumber"))
    content = asked_for.get("content") or topics.content_of(subscription)
    rows = feed.events.filter(number__gte=since or 0, number__lte=until or 2**62).order_by("number")[:MOST_EVENTS]
    bundle, seen = notification(asked.base, subscription, feed, list(rows), access, kind="query-event", content=content, at=asked.at)
    looks = (look(access, f"Subscription/{id}/$events", seen, asked.at),)
    return Answer(body=text.dumps(bundle), looks=looks)


def _number(told: str) -> int | None:
    if told and not (told.isascii() and told.isdigit() and len(told) < 18):
        raise Problem(400, "value", "An event's number is a whole number")
    return int(told) if told else None


def _of(id: str, access: Access) -> tuple[Resource, Feed]:  # noqa: A002
    version = queries.read("Subscription", id, access=access)
    feed = Feed.objects.filter(fid=id).first()
    if feed is None:
        raise Problem(404, "not-found", "Nobody follows this subscription")
    return text.loads(version.body), feed


def notification(
    base: str, subscription: Resource, feed: Feed, rows: Sequence[Event], access: Access, *, kind: str, content: str, at: datetime
) -> tuple[Resource, list[Version]]:  # fmt: skip
    """A Bundle that tells events, and what it shows. What the subscriber may no longer see is told by its number only."""
    seen = [(row, version) for row in rows if (version := version_of(row, access))]
    told = [Told(row.number, row.at, f"{row.type}/{row.fid}") for row, _ in seen]
    state = feed.state.lower()
    head = topics.status(base, subscription, state=state, kind=kind, count=feed.told, events=told if content != "empty" else ())
    entries: list[Resource] = [{
        "fullUrl": f"{base}/Subscription/{subscription.get('id', '')}/$status", "resource": head,
        "request": {"method": "GET", "url": f"Subscription/{subscription.get('id', '')}/$status"}, "response": {"status": "200"},
    }]  # fmt: skip
    if content == "full-resource":
        entries += [_focus(base, version) for _, version in seen]
    bundle = {"resourceType": "Bundle", "type": "history", "timestamp": at.isoformat(timespec="milliseconds"), "entry": entries}
    return bundle, [version for _, version in seen] if content == "full-resource" else []


def _focus(base: str, version: Version) -> Resource:
    place = f"{version.type}/{version.id}"
    entry: Resource = {"fullUrl": f"{base}/{place}"}
    if not version.is_deleted:
        entry["resource"] = orjson.Fragment(version.body)
    method = "DELETE" if version.is_deleted else "POST" if version.version == 1 else "PUT"
    return {**entry, "request": {"method": method, "url": place}, "response": {"status": "201" if version.version == 1 else "200"}}


def version_of(row: Event, access: Access) -> Version | None:
    """The version an event is about, if its subscriber may see it."""
    try:
        return queries.vread(row.type, row.fid, row.version, access=access)
    except Gone:
        return Version(row.type, row.fid, row.version, row.at, "", b"", is_deleted=True)
    except (NotFound, Forbidden):
        return None
