"""Looks at every version the record gets, in order, and writes down which subscriber is to be told of it. Pulled, not
pushed: an alarm's transaction never waits for a hospital's subscription. Losing a nudge loses nothing."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from hearthlight.core.types import Refusal
from hearthlight.fhir import text
from hearthlight.fhir.search import parse
from hearthlight.fhir.types import Malformed
from hearthlight.record import queries, tables
from hearthlight.record.api import topics
from hearthlight.record.api.door import pairs_of
from hearthlight.record.api.models import NAME, Event, Feed, Mark
from hearthlight.record.api.states import FeedState
from hearthlight.record.api.subscriptions import newest
from hearthlight.record.api.topics import TOPICS
from hearthlight.record.api.types import Resource
from hearthlight.record.hashes import moment
from hearthlight.record.types import Access, Gone

log = logging.getLogger(__name__)
AccessAgain = Callable[[str, str, datetime], Access]
"""(by, app, at) → what whoever asked for the subscription may do now. Raises a Refusal."""

BATCH = 200  # versions looked at in one transaction
GAP = timedelta(seconds=30)
"""PostgreSQL hands out numbers before the commit: a number that is missing may still come, until so long after it."""
LISTENING = (FeedState.ACTIVE, FeedState.REQUESTED)
VERSIONS = (
    "SELECT v.id, r.type, r.fid, v.version, v.at_us, v.is_deleted, v.body, v.rid FROM record_version v"
    " JOIN record_resource r ON r.rid = v.rid WHERE v.id > %s ORDER BY v.id LIMIT %s"
)
BEFORE = "SELECT body FROM record_version WHERE rid = %s AND version = %s"


@dataclass(frozen=True, slots=True)
class Step:
    """One version, as it was written."""

    number: int
    type: str
    fid: str
    version: int
    at: datetime
    is_deleted: bool
    body: bytes
    rid: int


@dataclass(slots=True)
class Following:
    """A subscriber with what they asked for."""

    feed: Feed
    subscription: Resource
    access: Access


def step(at: datetime, access_again: AccessAgain) -> bool:
    """Look at the next versions; True if there may be more. Without a subscriber, or without a new version, it writes
    nothing."""
    known = Mark.objects.filter(part=NAME).values_list("version", flat=True).first()
    if known is None or newest() == known or not Feed.objects.filter(state__in=LISTENING).exists():
        return False
    with transaction.atomic():
        mark = Mark.objects.select_for_update().get(part=NAME)
        followers = _followers(at, access_again)
        steps = _steps(mark.version, at)
        for one in steps:
            for follower in followers:
                if _is_event(one, follower):
                    _tell(one, follower.feed)
        if steps:
            Mark.objects.filter(part=NAME).update(version=steps[-1].number)
    return len(steps) == BATCH


def _followers(at: datetime, access_again: AccessAgain) -> list[Following]:
    """Those whose subscription stands and who may still see anything."""
    found = []
    for feed in Feed.objects.filter(state__in=LISTENING):
        try:
            access = access_again(feed.by, feed.app, at)
            version = queries.read("Subscription", feed.fid, access=access)
        except Refusal:
            Feed.objects.filter(pk=feed.pk).update(state=FeedState.OFF, trouble="NO_ACCESS")
            continue
        found.append(Following(feed, text.loads(version.body), access))
    return found


def _steps(since: int, at: datetime) -> Sequence[Step]:
    """The versions after `since`, up to the first number that is missing and may still come."""
    found: list[Step] = []
    expected = since + 1
    for number, type_, fid, version, at_us, is_deleted, body, rid in tables.rows(VERSIONS, (since, BATCH)):
        written_at = moment(at_us)
        if number != expected and at - written_at < GAP and connection.vendor == "postgresql":
            break
        found.append(Step(number, type_, fid, version, written_at, bool(is_deleted), bytes(body), rid))
        expected = number + 1
    return found


def _is_event(one: Step, follower: Following) -> bool:
    criteria = str(follower.subscription.get("criteria", ""))
    topic = TOPICS.get(criteria)
    if topic is None:
        type_, _, query = criteria.partition("?")
        return one.type == type_ and not one.is_deleted and _is_found(one, query, follower.access)
    if one.type not in topic.types or not topic.is_event(_before(one), None if one.is_deleted else text.loads(one.body)):
        return False
    filters = topics.filters_of(follower.subscription)
    if one.is_deleted or not filters:
        return _is_theirs(one, follower.access)
    return all(_is_found(one, query, follower.access) for query in filters)


def _is_theirs(one: Step, access: Access) -> bool:
    """May the subscriber see this version, or that it was deleted?"""
    try:
        queries.vread(one.type, one.fid, one.version, access=access)
    except Gone:
        return True
    except Refusal:
        return False
    return True


def _before(one: Step) -> Resource | None:
    found = tables.row(BEFORE, (one.rid, one.version - 1)) if one.version > 1 else None
    return text.loads(bytes(found[0])) if found and found[0] else None


def _is_found(one: Step, query: str, access: Access) -> bool:
    """Does the search find it, for this subscriber? It is asked as they would ask it (R4 §2.46.1)."""
    try:
        asked = parse.parse((one.type,), [*pairs_of(query), ("_id", one.fid)], is_strict=True)
        return bool(queries.search(asked, access=access).matches)
    except (Malformed, Refusal) as error:
        log.warning("a subscription could not be asked for version %s (%s)", one.number, type(error).__name__)
        return False


def _tell(one: Step, feed: Feed) -> None:
    feed.told += 1
    Event.objects.create(feed=feed, number=feed.told, at=one.at, type=one.type, fid=one.fid, version=one.version)
    Feed.objects.filter(pk=feed.pk).update(told=feed.told)
