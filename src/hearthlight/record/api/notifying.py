"""Tells subscribers, in order and until they have heard: a rest-hook is tried again for a day. On a thread of its own, with
the network outside every transaction.

A process killed between telling and writing down that it told tells again: subscribers know events by their number."""

import http.client
import logging
import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from hearthlight.core.types import Refusal, system
from hearthlight.fhir import text, xml
from hearthlight.record import actions, looks, queries
from hearthlight.record.api import subscriptions, topics
from hearthlight.record.api.following import AccessAgain
from hearthlight.record.api.models import Event, Feed
from hearthlight.record.api.reading import look
from hearthlight.record.api.states import FeedState
from hearthlight.record.api.topics import TOPICS
from hearthlight.record.api.types import Resource
from hearthlight.record.looks import Look
from hearthlight.record.types import Access

log = logging.getLogger(__name__)

AT_ONCE = 8  # subscribers told at the same time
EVENTS = 20  # told to one of them before the next has a turn
TIMEOUT_S = 10.0
LEASE = timedelta(minutes=5)  # a subscriber taken by a process that died is taken again after it
LONGEST_WAIT_S = 60
MOST_FAILURES = 1_440  # a day of tries, the longest wait apart: then it is in error, and says so
KEPT = timedelta(hours=24)  # events that were told, for whoever asks with $events
PLATFORM = Access(by=system("subscriptions"), people=None, may=lambda _type, _verb: True)


@dataclass(frozen=True, slots=True)
class Message:
    """One HTTP request to a subscriber, made before any is sent. `number` 0: the handshake."""

    number: int
    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    looks: tuple[Look, ...] = ()


def step(at: datetime, access_again: AccessAgain, base: str) -> bool:
    """Tell a few subscribers what waits for them; True if there may be more."""
    claimed = [feed for feed in _due(at) if Feed.objects.filter(pk=feed.pk, due_at=feed.due_at).update(due_at=at + LEASE) == 1]
    if not claimed:
        return False
    work = [(feed, _messages(feed, at, access_again, base)) for feed in claimed]
    outcomes = list(_threads().map(lambda one: _send(one[1]), work))
    for (feed, messages), (sent, trouble) in zip(work, outcomes, strict=True):
        _note(feed, messages[:sent], trouble, at)
    return True


def forget(at: datetime) -> None:
    """Drop events that were told a day ago."""
    Event.objects.filter(sent_at__lt=at - KEPT).delete()


def _due(at: datetime) -> Sequence[Feed]:
    unsent = Event.objects.filter(feed=OuterRef("pk"), sent_at=None)
    waiting = Q(state=FeedState.REQUESTED) | (Q(state=FeedState.ACTIVE) & Exists(unsent))
    return list(Feed.objects.filter(waiting, due_at__lte=at).order_by("due_at")[:AT_ONCE])


def _messages(feed: Feed, at: datetime, access_again: AccessAgain, base: str) -> list[Message]:
    try:
        access = access_again(feed.by, feed.app, at)
        subscription = text.loads(queries.read("Subscription", feed.fid, access=access).body)
    except Refusal:
        Feed.objects.filter(pk=feed.pk).update(state=FeedState.OFF, trouble="NO_ACCESS")
        return []
    if feed.state == FeedState.REQUESTED:
        return [_handshake(feed, subscription, at, base)] if subscription.get("criteria") in TOPICS else []
    rows = list(feed.events.filter(sent_at=None).order_by("number")[:EVENTS])
    return [_message(feed, subscription, row, access, at=at, base=base) for row in rows]


def _handshake(feed: Feed, subscription: Resource, at: datetime, base: str) -> Message:
    bundle, _ = subscriptions.notification(
        base, subscription, feed, [], PLATFORM, kind="handshake", content="empty", at=at
    )
    return Message(0, "POST", subscription["channel"]["endpoint"], *_content(subscription, text.dumps(bundle)))


def _message(feed: Feed, subscription: Resource, row: Event, access: Access, *, at: datetime, base: str) -> Message:
    """A topic's event is a Bundle. A search's is nothing but a call, or the resource itself, as an update (R4 §2.46.4)."""
    endpoint = subscription["channel"]["endpoint"]
    if subscription.get("criteria") in TOPICS:
        bundle, seen = subscriptions.notification(
            base, subscription, feed, [row], access, kind="event-notification", content=topics.content_of(subscription), at=at
        )
        shown = (look(access, f"Subscription/{feed.fid}", seen, at, action=looks.READ),) if seen else ()
        return Message(row.number, "POST", endpoint, *_content(subscription, text.dumps(bundle)), shown)
    version = subscriptions.version_of(row, access) if subscription["channel"].get("payload") else None
    if version is None or version.is_deleted:
        return Message(row.number, "POST", endpoint, *_content(subscription, b""))
    shown = (look(access, f"{row.type}/{row.fid}", (version,), at, action=looks.READ),)
    url = f"{endpoint.rstrip('/')}/{row.type}/{row.fid}"
    return Message(row.number, "PUT", url, *_content(subscription, version.body), shown)


def _content(subscription: Resource, body: bytes) -> tuple[dict[str, str], bytes]:
    channel = subscription["channel"]
    headers = dict(one.split(":", 1) for one in channel.get("header", ()))
    headers = {name.strip(): value.strip() for name, value in headers.items()}
    if not body:
        return headers, b""
    if "xml" in str(channel.get("payload")):
        return headers | {"Content-Type": "application/fhir+xml; charset=utf-8"}, xml.dumps(text.loads(body))
    return headers | {"Content-Type": "application/fhir+json; charset=utf-8"}, body


def _send(messages: Sequence[Message]) -> tuple[int, str]:
    """On a thread, touching no database: how many were heard, and a code for why the next was not."""
    line: http.client.HTTPConnection | None = None
    for done, message in enumerate(messages):
        try:
            line = line or _line(message.url)
            parts = urlsplit(message.url)
            line.request(message.method, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), message.body, message.headers)
            answer = line.getresponse()
            answer.read(65_536)
            if answer.will_close or not answer.isclosed():
                line.close()
                line = None
            if not 200 <= answer.status < 300:
                return done, f"HTTP_{answer.status}"
        except (OSError, http.client.HTTPException, ValueError) as error:
            return done, type(error).__name__[:80]
    if line:
        line.close()
    return len(messages), ""


def _line(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    if parts.scheme == "https":
        return http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_S, context=_trust())
    return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_S)


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="subscribers")


def _note(feed: Feed, heard: Sequence[Message], trouble: str, at: datetime) -> None:
    with transaction.atomic():
        numbers = [message.number for message in heard if message.number]
        feed.events.filter(number__in=numbers).update(sent_at=at)
        looks.note([one for message in heard for one in message.looks])
        current = Feed.objects.filter(pk=feed.pk, state=feed.state)
        if not trouble:
            current.update(due_at=at, failures=0, trouble="", state=FeedState.ACTIVE)
            if feed.state == FeedState.REQUESTED:
                _say(feed, "active", at)
        elif feed.failures + 1 >= MOST_FAILURES:
            current.update(state=FeedState.ERROR, trouble=trouble)
            _say(feed, "error", at)
        else:
            wait = timedelta(seconds=min(2**min(feed.failures, 6), LONGEST_WAIT_S))
            current.update(due_at=at + wait, failures=feed.failures + 1, trouble=trouble)


def _say(feed: Feed, status: str, at: datetime) -> None:
    """On the resource itself, where its owner reads it."""
    try:
        version = queries.read("Subscription", feed.fid, access=PLATFORM)
        resource = {**text.loads(version.body), "status": status}
        actions.update("Subscription", feed.fid, resource, access=PLATFORM, at=at, origin=version.origin)
    except Refusal:
        log.warning("subscription of feed %s is gone", feed.pk)
