"""The audit chain: written inside the transaction of what it describes, or neither happens."""

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from hearthlight.core.database import take_order_lock
from hearthlight.core.models import AuditEntry as AuditEntry  # noqa: PLC0414 — rooms above are handed entries
from hearthlight.core.types import Actor

LOOKED_BACK = 2_000  # entries: a quarter of an hour of a busy home
GENESIS = "0" * 64
NEWEST = "SELECT digest FROM core_auditentry ORDER BY id DESC LIMIT 1"
INSERT = (
    "INSERT INTO core_auditentry (at, by, action, subject, person_id, detail, previous, digest)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING id"
)
"""By hand: every action writes an entry, several on the way of an alarm, and building the query costs ten times running it."""


def record(  # noqa: PLR0913 — one row, one call
    *,
    by: Actor,
    at: datetime,
    action: str,
    subject: str,
    person_id: int | None = None,
    detail: dict[str, Any] | None = None,
) -> AuditEntry:
    """Append one entry. Call inside the transaction that does the thing. `detail` holds ids and codes only."""
    take_order_lock()
    with connection.cursor() as cursor:
        cursor.execute(NEWEST)
        newest = cursor.fetchone()
        entry = AuditEntry(
            at=at, by=str(by), action=action, subject=subject, person_id=person_id, detail=detail or {},
            previous=newest[0] if newest else GENESIS,
        )  # fmt: skip
        entry.digest = digest_of(entry)
        stored_at = connection.ops.adapt_datetimefield_value(at)
        fields = [stored_at, entry.by, action, subject, person_id, json.dumps(entry.detail), entry.previous, entry.digest]
        cursor.execute(INSERT, fields)
        entry.pk = cursor.fetchone()[0]
    return entry


@dataclass(frozen=True, slots=True)
class Noted:
    """An entry yet to be appended, for `record_all`."""

    by: Actor
    at: datetime
    action: str
    subject: str
    person_id: int | None = None
    detail: dict[str, Any] = field(default_factory=dict)


def record_all(noted: Sequence[Noted]) -> None:
    """Append many entries in their order, taking the lock and reading the newest once: an API answers thousands of
    reads in a second, and each is an entry. Call inside a transaction."""
    if not noted:
        return
    take_order_lock()
    with connection.cursor() as cursor:
        cursor.execute(NEWEST)
        newest = cursor.fetchone()
        previous = newest[0] if newest else GENESIS
        rows = []
        for one in noted:  # without a model's object for each: that costs more than the digest
            by, stored_at = str(one.by), connection.ops.adapt_datetimefield_value(one.at)
            digest = _digest(previous, one.at, by, one.action, one.subject, one.person_id, one.detail)
            rows.append([stored_at, by, one.action, one.subject, one.person_id, json.dumps(one.detail), previous, digest])
            previous = digest
        cursor.executemany(INSERT.removesuffix(" RETURNING id"), rows)


def entries(
    *,
    about: Collection[int],
    by: Collection[str],
    since: datetime,
    until: datetime,
    actions: Collection[str] = (),
    limit: int = 200,
) -> list[AuditEntry]:
    """The newest entries about the persons `about`, and those about nobody that were made by `by`. The caller says
    whom its reader may see: this room knows nobody."""
    found = AuditEntry.objects.filter(Q(person_id__in=about) | Q(person_id=None, by__in=by), at__gte=since, at__lt=until)
    if actions:
        found = found.filter(action__in=actions)
    return list(found.order_by("-id")[:limit])


NAMING = {
    "sqlite": "EXISTS (SELECT 1 FROM json_each(detail, '$.persons') WHERE value = %s)",
    "postgresql": "detail @> jsonb_build_object('persons', jsonb_build_array(%s::bigint))",
}


def entries_naming(
    person_id: int, *, since: datetime, until: datetime, actions: Collection[str] = (), limit: int = 200
) -> list[AuditEntry]:
    """The newest entries that are about this person alone, or name them among others (`detail.persons`)."""
    found = AuditEntry.objects.filter(at__gte=since, at__lt=until)
    if actions:
        found = found.filter(action__in=actions)
    alone = found.filter(person_id=person_id).order_by("-id")[:limit]
    among = found.filter(person_id=None).extra(where=[NAMING[connection.vendor]], params=[person_id])  # noqa: S610
    return sorted([*alone, *among.order_by("-id")[:limit]], key=lambda entry: -entry.pk)[:limit]


def entry(entry_id: int) -> AuditEntry | None:
    return AuditEntry.objects.filter(pk=entry_id).first()


def of_actions(beginning: str) -> Iterator[AuditEntry]:
    """Every entry whose action begins so, oldest first: for whoever checks what the chain says against what it is about."""
    return AuditEntry.objects.filter(action__startswith=beginning).order_by("id").iterator(chunk_size=1000)


def is_noted(*, by: Actor, action: str, subject: str, since: datetime) -> bool:
    """Has this been noted since then? Asked of the newest entries only: a page that stays open asks it often."""
    newest = AuditEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0
    recent = AuditEntry.objects.filter(pk__gt=newest - LOOKED_BACK, at__gte=since)
    return recent.filter(by=str(by), action=action, subject=subject).exists()


def digest_of(entry: AuditEntry) -> str:
    """SHA-256 over the entry's fields and its predecessor's digest, in a fixed order."""
    return _digest(entry.previous, entry.at, entry.by, entry.action, entry.subject, entry.person_id, entry.detail)


def _digest(previous: str, at: datetime, *rest: Any) -> str:
    told = [previous, at.astimezone(UTC).isoformat(), *rest]
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def first_broken() -> int | None:
    """The id of the first entry that does not follow from its predecessor, or None when the chain is whole."""
    previous = GENESIS
    for entry in AuditEntry.objects.order_by("id").iterator(chunk_size=1000):
        if entry.previous != previous or entry.digest != digest_of(entry):
            return entry.pk
        previous = entry.digest
    return None
