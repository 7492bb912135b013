"""The reads the record offers. What a reader may not see is not found, not counted and not told of as gone."""

# ruff: noqa: S608 — SQL is put together from our own pieces; every value is a parameter

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from hearthlight.fhir.search import parameters
from hearthlight.fhir.search.types import Query, Summary
from hearthlight.record import hashes, including, permissions, searching, tables, verifying, writing
from hearthlight.record.scope import Scope
from hearthlight.record.sql import ALWAYS, Sql, all_of, among
from hearthlight.record.types import Access, Gone, NotFound, Page, Verb, Version

READ = (
    "SELECT r.rid, r.patient, r.is_shared, r.section, v.version, v.at_us, v.by, v.body, v.is_deleted, v.origin"
    " FROM record_resource r JOIN record_version v ON v.rid = r.rid AND v.version = r.version"
    " WHERE r.type = %s AND r.fid = %s"
)
VREAD = (
    "SELECT v.patients, v.section, v.version, v.at_us, v.by, v.body, v.is_deleted, v.origin"
    " FROM record_version v WHERE v.rid = %s AND v.version = %s"
)
HISTORY = (
    "SELECT v.id, r.type, r.fid, r.rid, r.patient, r.is_shared, r.section, v.patients, v.section, v.version, v.at_us, v.by,"
    " v.body, v.is_deleted, v.origin FROM record_version v JOIN record_resource r ON r.rid = v.rid"
    " WHERE v.id < %s AND v.at_us >= %s{also} ORDER BY v.id DESC LIMIT %s"
)
THEIRS = (
    "(SELECT rid FROM record_resource WHERE patient = %s UNION SELECT rid FROM record_about WHERE patient = %s) d"
    " CROSS JOIN record_resource r"
)
FIRST_PAGE = 2**63 - 1
MOST = 1_000  # versions on one page of a history
NO_SUCH = "There is no such resource"


def read(type: str, id: str, *, access: Access) -> Version:  # noqa: A002 — FHIR's own words
    """The latest version. NotFound, or Gone for whoever could have seen it."""
    permissions.check_may(access, type, Verb.READ)
    found = tables.row(READ, (type, id))
    if found is None:
        raise NotFound(NO_SUCH)
    rid, patient, is_shared, section, *told = found
    patients = writing.about(rid, patient, is_shared)
    permissions.check_see(access, patients=patients, section=section)
    return _standing(_version(type, id, patients, told))


def vread(type: str, id: str, version: int, *, access: Access) -> Version:  # noqa: A002
    """One version of it: for whoever may see what it is about now, and what it was about then."""
    permissions.check_may(access, type, Verb.READ)
    now = writing.current(type, id)
    found = tables.row(VREAD, (now.rid, version)) if now else None
    if now is None or found is None:
        raise NotFound(NO_SUCH)
    patients, section, *told = found
    permissions.check_see(access, patients=now.patients, section=now.section)
    then = tuple(patients.split())
    permissions.check_see(access, patients=then, section=section)
    return _standing(_version(type, id, then, told))


def history(  # noqa: PLR0913
    type: str | None = None,  # noqa: A002
    id: str | None = None,  # noqa: A002
    *,
    access: Access,
    since: datetime | None = None,
    count: int = 50,
    cursor: str = "",
) -> Page:
    """Versions, deletions too, the newest first: of one resource, of a type, or of everything."""
    if type is not None:
        permissions.check_may(access, type, Verb.READ)
    rid = _rid_of_visible(type, id, access) if type and id else None
    also = " AND v.rid = %s" if rid is not None else " AND r.type = %s" if type else ""
    narrowed = [rid] if rid is not None else [type] if type else []
    since_us = hashes.microseconds(since) if since else hashes.NEVER
    wanted, before = min(max(count, 0), MOST), _number(cursor)
    found: list[tuple[int, Version]] = []
    while len(found) < wanted + 1:
        batch = tables.rows(HISTORY.format(also=also), (before, since_us, *narrowed, wanted + 1))
        found += [(row[0], version) for row in batch if (version := _seen(row, access))]
        if len(batch) < wanted + 1:
            break
        before = batch[-1][0]
    page = found[:wanted]
    return Page([version for _, version in page], next_cursor=str(page[-1][0]) if page and len(found) > wanted else "")


def search(query: Query, *, access: Access) -> Page:
    """A page of what matches and may be seen. Sorted by a date, it goes by when that begins; what has nothing to sort by
    counts as the least. Raises Forbidden, and Malformed for what cannot be searched or sorted by."""
    page, rids = searching.search(replace(query, count=0) if query.summary is Summary.COUNT else query, access=access)
    if not (query.includes or query.revincludes) or not rids:
        return page
    return replace(page, included=including.included(query, rids, Scope(access)))


def everything(  # noqa: PLR0913
    patient_id: str,
    *,
    access: Access,
    since: datetime | None = None,
    types: Sequence[str] = (),
    count: int = 50,
    cursor: str = "",
) -> Page:
    """All that is about one person, in the order it first came; and beside it what that points to and is about nobody
    (who wrote it, where it was). NotFound for whom this reader may not see."""
    read("Patient", patient_id, access=access)
    scope, wanted = Scope(access), min(max(count, 1), MOST)
    asked = types or sorted(parameters.types())
    allowed = [type_ for type_ in asked if scope.may(type_)]
    narrowed = [
        scope.visible("r"), among("r.type", allowed) if types or len(allowed) < len(asked) else ALWAYS,
        Sql("r.rid = d.rid"), Sql("r.rid > %s", (_number(cursor) if cursor else 0,)),
        Sql("r.at_us >= %s", (hashes.microseconds(since),)) if since else ALWAYS,
    ]  # fmt: skip
    where = all_of(narrowed)
    sql = (
        f"SELECT {searching.COLUMNS} FROM {THEIRS} CROSS JOIN record_version v WHERE {where.text} AND v.rid = r.rid"
        f" AND v.version = r.version ORDER BY r.rid LIMIT {wanted + 1}"
    )
    rows = tables.rows(sql, (patient_id, patient_id, *where.params))
    page, rids = rows[:wanted], [row[0] for row in rows[:wanted]]
    beside = including.lying_about(rids, scope) if rids and not types else []
    more = str(rids[-1]) if len(rows) > wanted else ""
    return Page([searching.version_of(row) for row in page], included=beside, next_cursor=more)


def _rid_of_visible(type_: str, id_: str, access: Access) -> int:
    now = writing.current(type_, id_)
    if now is None:
        raise NotFound(NO_SUCH)
    permissions.check_see(access, patients=now.patients, section=now.section)
    return now.rid


def _number(cursor: str) -> int:
    return int(cursor) if cursor.isascii() and cursor.isdigit() and len(cursor) < 19 else FIRST_PAGE


def _seen(row: tuple[Any, ...], access: Access) -> Version | None:
    """The version in a row of a history, if this reader may see what it is about, now and then."""
    _, type_, fid, rid, patient, is_shared, section, patients, section_then, *told = row
    if not access.may(type_, Verb.READ):
        return None
    now, then = writing.about(rid, patient, is_shared), tuple(patients.split())
    is_seen = permissions.can_see(access, patients=now, section=section) and permissions.can_see(
        access, patients=then, section=section_then
    )
    return _version(type_, fid, then, told) if is_seen else None


def _standing(version: Version) -> Version:
    if version.is_deleted:
        raise Gone("It has been deleted")
    return version


def _version(type_: str, id_: str, patients: tuple[str, ...], told: Any) -> Version:
    number, at_us, by, body, is_deleted, origin = told
    return Version(type_, id_, number, hashes.moment(at_us), by, bytes(body), bool(is_deleted), patients, origin)


def troubles() -> Iterator[str]:
    """What of the record and its audit is not as it was written, in words with ids only."""
    return verifying.troubles()
