"""The log that live pages follow. `publish` inside the transaction; `since` to catch up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hearthlight.core import bus
from hearthlight.core.database import take_order_lock
from hearthlight.core.models import Change

KEPT = timedelta(hours=24)  # a phone that was away longer loads the page afresh; nothing else needs older rows
PAGE = 500  # rows a reader takes at a time


@dataclass(frozen=True, slots=True)
class Told:
    """A change as a live page hears of it."""

    id: int
    at: datetime
    kind: str
    path: str
    subject: str
    data: dict[str, Any]


def publish(*, kind: str, path: str, subject: str, at: datetime, data: dict[str, Any] | None = None) -> int:
    """Write a change for live pages under place `path`; they are nudged when the transaction commits."""
    take_order_lock()
    change = Change.objects.create(at=at, kind=kind, path=path, subject=subject, data=data or {})
    bus.nudge_after_commit("changes")
    return change.pk


def since(number: int, *, limit: int = PAGE) -> Sequence[Told]:
    rows = Change.objects.filter(pk__gt=number).order_by("pk")[:limit]
    return [Told(row.pk, row.at, row.kind, row.path, row.subject, row.data) for row in rows]


def latest() -> int:
    return Change.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def earliest() -> int:
    """The oldest number still kept; a reader asking for older must load afresh."""
    return Change.objects.order_by("pk").values_list("pk", flat=True).first() or 0


def forget(*, at: datetime) -> int:
    """Drop changes older than `KEPT`, always keeping the newest so that numbers never restart."""
    return Change.objects.filter(at__lt=at - KEPT, pk__lt=latest()).delete()[0]
