"""The log that live pages follow. `publish` inside the transaction; `since` to catch up."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from hearthlight.core import bus
from hearthlight.core.database import take_order_lock
from hearthlight.core.models import Change


@dataclass(frozen=True, slots=True)
class Told:
    """A change as a live page hears of it."""

    id: int
    at: datetime
    kind: str
    path: str
    subject: str
    data: dict[str, Any]


KEPT = timedelta(hours=24)  # a phone that was away longer loads the page afresh; nothing else needs older rows
INSERT = "INSERT INTO core_change (at, kind, path, subject, data) VALUES (%s, %s, %s, %s, %s) RETURNING id"
"""By hand, as in audit: it is on the way of every alarm."""
REMEMBERED = 2_000  # changes kept in memory: a few seconds of the worst night
PAGE = 500  # rows a reader takes at a time
_recent: dict[int, Told] = {}


def publish(*, kind: str, path: str, subject: str, at: datetime, data: dict[str, Any] | None = None) -> int:
    """Write a change for live pages under place `path`; they are nudged when the transaction commits."""
    take_order_lock()
    with connection.cursor() as cursor:
        stored_at = connection.ops.adapt_datetimefield_value(at)
        cursor.execute(INSERT, [stored_at, kind, path, subject, json.dumps(data or {}, cls=DjangoJSONEncoder)])
        number = int(cursor.fetchone()[0])
    told = Told(number, at, kind, path, subject, data or {})
    transaction.on_commit(lambda: _remember(told))
    bus.nudge_after_commit("changes")
    return number


def _remember(told: Told) -> None:
    _recent[told.id] = told
    _recent.pop(told.id - REMEMBERED, None)


def remembered(number: int) -> Sequence[Told]:
    """What this process itself committed right after `number`, without asking the database; empty where it does not
    know, because another process wrote in between or it is too long ago: then ask `since`."""
    found: list[Told] = []
    while (told := _recent.get(number + 1 + len(found))) is not None:
        found.append(told)
    return found


def since(number: int, *, limit: int = PAGE) -> Sequence[Told]:
    rows = Change.objects.filter(pk__gt=number).order_by("pk")[:limit]
    return [Told(*row) for row in rows.values_list("pk", "at", "kind", "path", "subject", "data")]


def latest() -> int:
    return Change.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def earliest() -> int:
    """The oldest number still kept; a reader asking for older must load afresh."""
    return Change.objects.order_by("pk").values_list("pk", flat=True).first() or 0


def forget(*, at: datetime) -> int:
    """Drop changes older than `KEPT`, always keeping the newest so that numbers never restart."""
    return Change.objects.filter(at__lt=at - KEPT, pk__lt=latest()).delete()[0]
