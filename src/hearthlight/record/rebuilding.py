"""Deriving everything that can be derived anew: projections from facts, index rows from bodies. On a sound record it
changes nothing; after an upgrade that maps or indexes differently it changes exactly that."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from hearthlight.core.types import Actor
from hearthlight.fhir import text
from hearthlight.record import index, projecting, rules, tables, writing

BATCH = 500  # resources whose index is looked at in one transaction
ORIGINS = "SELECT DISTINCT origin FROM record_resource WHERE origin >= %s AND origin < %s AND NOT is_deleted"
STANDING = (
    "SELECT r.rid, r.patient, r.is_shared, r.section, r.code, r.lo_us, r.hi_us, v.body FROM record_resource r"
    " JOIN record_version v ON v.rid = r.rid AND v.version = r.version"
    " WHERE r.rid > %s AND NOT r.is_deleted ORDER BY r.rid LIMIT %s"
)
FILED = {
    "token": "patient, lo_us, key, instance, code, system", "word": "patient, key, instance, norm, exact",
    "span": "patient, key, instance, lo_us, hi_us", "amount": "patient, key, instance, lo, hi, unit, system",
}  # fmt: skip
SET_HOT = (
    "UPDATE record_resource SET patient = %s, is_shared = %s, section = %s, code = %s, lo_us = %s, hi_us = %s WHERE rid = %s"
)


@dataclass(slots=True)
class Rebuilt:
    """How many facts were looked at and how many resources that changed, by kind; and the same of index entries."""

    facts: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    indexed: int = 0
    reindexed: int = 0

    @property
    def is_unchanged(self) -> bool:
        return not any(self.changed.values()) and not self.reindexed


def rebuild(*, by: Actor, at: datetime) -> Rebuilt:
    """Each fact and each batch of resources in a transaction of its own: the home goes on meanwhile."""
    done = Rebuilt()
    for kind, known in projecting.kinds().items():
        ids = list(dict.fromkeys([*known.ids(), *_standing_ids(kind)]))
        done.facts[kind] = len(ids)
        done.changed[kind] = sum(projecting.project(kind, id_, by=by, at=at) for id_ in ids)
    after = 0
    while rows := _file_batch(after, done):
        after = rows[-1][0]
    return done


def _standing_ids(kind: str) -> Iterator[str]:
    """Facts that have resources, there or no longer there."""
    beginning = rules.origin_of(kind, "")
    for (origin,) in tables.rows(ORIGINS, (beginning, beginning + "\U0010ffff")):
        yield origin.removeprefix(beginning)


@transaction.atomic
def _file_batch(after: int, done: Rebuilt) -> list[tuple[Any, ...]]:
    rows = tables.rows(STANDING, (after, BATCH))
    for rid, patient, is_shared, *hot, body in rows:
        entry = index.entry_of(text.loads(bytes(body)))
        about = writing.about(rid, patient, bool(is_shared))
        done.indexed += 1
        is_same = (sorted(about), hot) == (sorted(entry.patients), [entry.section, entry.code, entry.lo_us, entry.hi_us])
        if not (is_same and _filed(rid) == _wanted(entry)):
            _refile(rid, entry)
            done.reindexed += 1
    return rows


def _filed(rid: int) -> Mapping[str, list[tuple[Any, ...]]]:
    return {
        table: sorted(tables.rows(f"SELECT {columns} FROM record_{table} WHERE rid = %s", (rid,)))  # noqa: S608 — ours
        for table, columns in FILED.items()
    }


def _wanted(entry: index.Entry) -> Mapping[str, list[tuple[Any, ...]]]:
    return {table: sorted(rows) for table, rows in writing.filing(entry).items()}


def _refile(rid: int, entry: index.Entry) -> None:
    first, *others = entry.patients or ("",)
    tables.execute(SET_HOT, (first, bool(others), entry.section, entry.code, entry.lo_us, entry.hi_us, rid))
    for sql in (writing.DELETE_ABOUT, *writing.DELETE_FOUND):
        tables.execute(sql, (rid,))
    writing.name_all(rid, entry)
    writing.file(rid, entry)
