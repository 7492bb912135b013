"""The audit chain: written inside the transaction of what it describes, or neither happens."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from hearthlight.core.database import take_order_lock
from hearthlight.core.models import AuditEntry
from hearthlight.core.types import Actor

GENESIS = "0" * 64


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
    previous = AuditEntry.objects.order_by("-id").values_list("digest", flat=True).first() or GENESIS
    entry = AuditEntry(
        at=at, by=str(by), action=action, subject=subject, person_id=person_id, detail=detail or {}, previous=previous
    )
    entry.digest = digest_of(entry)
    entry.save(force_insert=True)
    return entry


def digest_of(entry: AuditEntry) -> str:
    """SHA-256 over the entry's fields and its predecessor's digest, in a fixed order."""
    told = [
        entry.previous,
        entry.at.astimezone(UTC).isoformat(),
        entry.by,
        entry.action,
        entry.subject,
        entry.person_id,
        entry.detail,
    ]
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
