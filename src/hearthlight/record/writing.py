"""Rows of the record's tables, written by hand. Inside the transaction of `actions`, which decides who may."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hearthlight.core.types import Actor
from hearthlight.fhir import text
from hearthlight.fhir.types import Resource
from hearthlight.record import hashes, index, rules, tables
from hearthlight.record.types import Conflict, Version

INSERT_RESOURCE = (
    "INSERT INTO record_resource (type, fid, ref, version, at_us, patient, is_shared, section, code, lo_us, hi_us,"
    " is_deleted, origin) VALUES (%s, %s, %s, 1, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
    " ON CONFLICT (type, fid) DO NOTHING RETURNING rid"
)
UPDATE_RESOURCE = (
    "UPDATE record_resource SET version = %s, at_us = %s, patient = %s, is_shared = %s, section = %s, code = %s, lo_us = %s,"
    " hi_us = %s, is_deleted = %s, origin = %s WHERE rid = %s AND version = %s"
)
INSERT_VERSION = (
    "INSERT INTO record_version (rid, version, at_us, by, origin, patients, section, is_deleted, body, digest)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
CURRENT = (
    "SELECT rid, version, at_us, patient, is_shared, section, is_deleted, origin FROM record_resource"
    " WHERE type = %s AND fid = %s"
)
ABOUT = "SELECT patient FROM record_about WHERE rid = %s"
INSERT_ABOUT = "INSERT INTO record_about (rid, patient) VALUES (%s, %s)"
DELETE_ABOUT = "DELETE FROM record_about WHERE rid = %s"
INSERT_TOKEN = (
    "INSERT INTO record_token (rid, seq, patient, lo_us, key, instance, code, system)"  # noqa: S105 — no password
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
)
INSERT_WORD = "INSERT INTO record_word (rid, seq, patient, key, instance, norm, exact) VALUES (%s, %s, %s, %s, %s, %s, %s)"
INSERT_SPAN = "INSERT INTO record_span (rid, seq, patient, key, instance, lo_us, hi_us) VALUES (%s, %s, %s, %s, %s, %s, %s)"
INSERT_AMOUNT = (
    "INSERT INTO record_amount (rid, seq, patient, key, instance, lo, hi, unit, system)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
INSERT_FOUND = {"token": INSERT_TOKEN, "word": INSERT_WORD, "span": INSERT_SPAN, "amount": INSERT_AMOUNT}
DELETE_FOUND = [
    f"DELETE FROM record_{table} WHERE rid = %s"  # noqa: S608 — our own four tables
    for table in ("token", "word", "span", "amount")
]


@dataclass(frozen=True, slots=True)
class Current:
    """A resource's row, as it stands."""

    rid: int
    version: int
    at_us: int
    patients: tuple[str, ...]
    section: int
    is_deleted: bool
    origin: str


@dataclass(frozen=True, slots=True)
class Written:
    """A version and what the audit says of it."""

    version: Version
    digest: bytes


def current(type_: str, id_: str, *, is_locked: bool = False) -> Current | None:
    """The row of a resource, deleted or not; `is_locked`, held until the transaction ends."""
    lock = " FOR UPDATE" if is_locked and tables.is_postgresql() else ""
    found = tables.row(CURRENT + lock, (type_, id_))
    if found is None:
        return None
    rid, version, at_us, patient, is_shared, section, is_deleted, origin = found
    return Current(rid, version, at_us, about(rid, patient, is_shared), section, bool(is_deleted), origin)


def about(rid: int, patient: str, is_shared: bool) -> tuple[str, ...]:
    """Everybody a resource is about, from its row."""
    if not is_shared:
        return (patient,) if patient else ()
    others = [row[0] for row in tables.rows(ABOUT, (rid,)) if row[0] != patient]
    return (patient, *sorted(others))


def put(  # noqa: PLR0913
    resource: Resource, entry: index.Entry, *, before: Current | None, by: Actor, at: datetime, origin: str
) -> Written:
    """The next version of a resource that has its id, type and stamp. `before` None: the first one, of an id that is
    free; Conflict when it is not, or when `before` no longer stands."""
    type_, id_, at_us = resource["resourceType"], resource["id"], hashes.microseconds(at)
    first, *others = entry.patients or ("",)
    hot = (first, bool(others), entry.section, entry.code, entry.lo_us, entry.hi_us, False, origin)
    if before is None:
        made = tables.row(INSERT_RESOURCE, (type_, id_, hashes.reference(type_, id_), at_us, *hot))
        if made is None:
            raise Conflict("There is already a resource with this id")
        rid, number = int(made[0]), 1
    else:
        rid, number = before.rid, before.version + 1
        _replace((number, at_us, *hot, rid, before.version))
        _forget(rid, before)
    name_all(rid, entry)
    file(rid, entry)
    version = Version(type_, id_, number, at, str(by), text.dumps(resource), patients=entry.patients, origin=origin)
    return _keep(rid, version, at_us, entry.section)


def bury(type_: str, id_: str, *, before: Current, by: Actor, at: datetime, origin: str) -> Written:
    """The version that says it is deleted. Whom it was about stays known, so that only they who could see it learn that
    it is gone."""
    at_us, number = hashes.microseconds(at), before.version + 1
    first, *others = before.patients or ("",)
    hot = (first, bool(others), before.section, 0, hashes.NEVER, hashes.NEVER, True, before.origin)
    _replace((number, at_us, *hot, before.rid, before.version))
    for sql in DELETE_FOUND:
        tables.execute(sql, (before.rid,))
    version = Version(type_, id_, number, at, str(by), b"", is_deleted=True, patients=before.patients, origin=origin)
    return _keep(before.rid, version, at_us, before.section)


def _replace(values: tuple[object, ...]) -> None:
    if tables.execute(UPDATE_RESOURCE, values).rowcount != 1:
        raise Conflict("It has been changed by somebody else meanwhile")


def _forget(rid: int, before: Current) -> None:
    if len(before.patients) > 1:
        tables.execute(DELETE_ABOUT, (rid,))
    if not before.is_deleted:
        for sql in DELETE_FOUND:
            tables.execute(sql, (rid,))


def name_all(rid: int, entry: index.Entry) -> None:
    """Where a resource is about several people, write down all of them."""
    if len(entry.patients) > 1:
        tables.execute_each(INSERT_ABOUT, [(rid, patient) for patient in entry.patients])


def filing(entry: index.Entry) -> dict[str, list[tuple[Any, ...]]]:
    """The rows a resource is found by, by table, once for each person it is about."""
    whose, lo_us = entry.whose or (0,), entry.lo_us
    return {
        "token": [(whom, lo_us, *row) for whom in whose for row in entry.tokens],
        "word": [(whom, *row) for whom in whose for row in entry.words],
        "span": [(whom, *row) for whom in whose for row in entry.spans],
        "amount": [(whom, *row) for whom in whose for row in entry.amounts],
    }


def file(rid: int, entry: index.Entry) -> None:
    for table, rows in filing(entry).items():
        if rows:
            tables.execute_each(INSERT_FOUND[table], [(rid, seq, *row) for seq, row in enumerate(rows)])


def _keep(rid: int, version: Version, at_us: int, section: int) -> Written:
    patients = " ".join(version.patients)
    digest = rules.digest_of(
        type_=version.type, id_=version.id, version=version.version, at_us=at_us, by=version.by, origin=version.origin,
        patients=patients, section=section, is_deleted=version.is_deleted, body=version.body,
    )  # fmt: skip
    values = (
        rid, version.version, at_us, version.by, version.origin, patients, section, version.is_deleted, version.body, digest
    )  # fmt: skip
    tables.execute(INSERT_VERSION, values)
    return Written(version, digest)
