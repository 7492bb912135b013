"""What the record decides by itself: ids, guarded sections, the body as it is stored, and the digest of a version."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

from hearthlight.fhir.types import Resource
from hearthlight.record.types import Section

ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")  # R4 §2.24.0.1, id
FACT = "fact:"
"""How the origin of a projection begins: `fact:<kind>:<id>`."""
PERSON = re.compile(r"person-(\d{1,18})")
BITS = {section: 1 << number for number, section in enumerate(Section)}
ALL_BITS = sum(BITS.values())


def is_id(text: str) -> bool:
    return ID.fullmatch(text) is not None


def new_id() -> str:
    return str(uuid4())


def origin_of(kind: str, fact_id: str) -> str:
    return f"{FACT}{kind}:{fact_id}"


def is_projection(origin: str) -> bool:
    return origin.startswith(FACT)


def is_reserved(id_: str, kinds: Iterable[str]) -> bool:
    """Is this what a fact of ours is, or may one day be, called? Nobody else may give that name."""
    kind, dash, number = id_.rpartition("-")
    return bool(dash) and number.isdigit() and kind in kinds


def person_of(patient: str) -> int | None:
    """The person a Patient resource of ours is; None for one from elsewhere."""
    found = PERSON.fullmatch(patient)
    return int(found[1]) if found else None


def section_bits(resource: Resource) -> int:
    """The guarded sections a resource is in, by the codes of its security labels, of whatever system: a label we know
    is heeded wherever it comes from."""
    meta = resource.get("meta")
    labels = meta.get("security") if isinstance(meta, dict) else None
    bits = 0
    for label in labels if isinstance(labels, list) else ():
        code = label.get("code") if isinstance(label, dict) else None
        bits |= BITS.get(code, 0) if isinstance(code, str) else 0  # type: ignore[call-overload]
    return bits


def hidden_bits(opened: Iterable[Section]) -> int:
    """The sections that stay closed to someone who may open these."""
    return ALL_BITS & ~sum(BITS[section] for section in set(opened))


def at_stored(at: datetime) -> datetime:
    """Moments are kept to the millisecond: as `meta.lastUpdated` shows them, so that both say the same."""
    return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)


def stamped(resource: Resource, *, id_: str, version: int, at: datetime) -> Resource:
    """The resource with the id, version and moment that the store gives it, in the order FHIR writes them."""
    told = resource.get("meta")
    meta: dict[str, Any] = {
        "versionId": str(version),
        "lastUpdated": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    if isinstance(told, dict):
        meta |= {name: value for name, value in told.items() if name not in meta}
    rest = {name: value for name, value in resource.items() if name not in ("resourceType", "id", "meta")}
    return {"resourceType": resource["resourceType"], "id": id_, "meta": meta, **rest}


def without_stamp(resource: Resource) -> Resource:
    """What was said, without what the store added: two versions that say the same are equal."""
    meta = {k: v for k, v in (resource.get("meta") or {}).items() if k not in ("versionId", "lastUpdated")}
    return {**resource, "meta": meta}


def digest_of(  # noqa: PLR0913 — the columns, one by one
    *,
    type_: str,
    id_: str,
    version: int,
    at_us: int,
    by: str,
    origin: str,
    patients: str,
    section: int,
    is_deleted: bool,
    body: bytes,
) -> bytes:
    """SHA-256 over everything a version says, each part ended by a NUL, which none of them holds."""
    told = f"{type_}\0{id_}\0{version}\0{at_us}\0{by}\0{origin}\0{patients}\0{section}\0{int(is_deleted)}\0"
    return sha256(told.encode() + body).digest()
