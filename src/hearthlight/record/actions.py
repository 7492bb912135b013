"""The only writers of the record. Every write is a new version, with its index rows and its audit entry, in one
transaction; a projection is written in the transaction of its fact, whose audit entry is its own."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from hearthlight.core import audit
from hearthlight.core.types import Actor
from hearthlight.fhir.types import Resource
from hearthlight.record import index, permissions, projecting, rebuilding, rules, writing
from hearthlight.record.types import Access, Conflict, Forbidden, Gone, NotFound, Verb, Version, Write

LONGEST_SUBJECT = 80  # characters: AuditEntry.subject
DONE = {Verb.CREATE: "record.created", Verb.UPDATE: "record.updated", Verb.DELETE: "record.deleted"}
Done = tuple[Verb, writing.Written]


def create(resource: Resource, *, access: Access, at: datetime, origin: str) -> Version:
    """Keep a resource that is new, under its own id if that is valid and free, else under one made for it."""
    write = Write(resource["resourceType"], resource, resource.get("id", ""), is_new=True)
    return _done(many([write], access=access, at=at, origin=origin))


def update(  # noqa: PLR0913
    type: str,  # noqa: A002 — FHIR's own words
    id: str,  # noqa: A002
    resource: Resource,
    *,
    access: Access,
    at: datetime,
    origin: str,
    if_match: int | None = None,
) -> Version:
    """The next version of a resource; its first where there is none. With `if_match`, only if that is still its
    latest version: else Conflict."""
    return _done(many([Write(type, resource, id, if_match=if_match)], access=access, at=at, origin=origin))


def delete(
    type: str,  # noqa: A002
    id: str,  # noqa: A002
    *,
    access: Access,
    at: datetime,
    origin: str = "",
    if_match: int | None = None,
) -> Version | None:
    """It is gone from every search, and its history stays. None when it was gone already; NotFound when it never was."""
    return many([Write(type, None, id, if_match=if_match)], access=access, at=at, origin=origin)[0]


@transaction.atomic
def many(writes: Sequence[Write], *, access: Access, at: datetime, origin: str) -> list[Version | None]:
    """All of these writes, in order, or none. None stands for the deletion of what was gone already."""
    stored_at = rules.at_stored(at)
    done = [_write(write, access=access, at=stored_at, origin=origin) for write in writes]
    _note([each for each in done if each is not None], by=access.by, at=at)
    return [each[1].version if each else None for each in done]


def _done(versions: list[Version | None]) -> Version:
    (version,) = versions
    assert version is not None  # only deletions can leave nothing done
    return version


def _write(write: Write, *, access: Access, at: datetime, origin: str) -> Done | None:
    if write.resource is None:
        return _delete(write, access=access, at=at, origin=origin)
    if write.is_new:
        return _create(write.resource, write.id, access=access, at=at, origin=origin)
    if not rules.is_id(write.id):
        raise Conflict("An id has letters, digits, - and . only, at most 64")
    before = writing.current(write.type, write.id, is_locked=True)
    if before is None or (before.is_deleted and write.if_match is None):
        return _put_first(write, before, access=access, at=at, origin=origin)
    permissions.check_may(access, write.type, Verb.UPDATE)
    _check_stands(write, before, access=access)
    return Verb.UPDATE, _put(write.resource, write.id, before, access=access, at=at, origin=origin)


def _create(resource: Resource, id_: str, *, access: Access, at: datetime, origin: str) -> Done:
    permissions.check_may(access, resource["resourceType"], Verb.CREATE)
    is_kept = rules.is_id(id_) and not rules.is_reserved(id_, projecting.kinds())
    if is_kept and writing.current(resource["resourceType"], id_) is None:
        return Verb.CREATE, _put(resource, id_, None, access=access, at=at, origin=origin)
    return Verb.CREATE, _put(resource, rules.new_id(), None, access=access, at=at, origin=origin)


def _put_first(write: Write, before: writing.Current | None, *, access: Access, at: datetime, origin: str) -> Done:
    """An update of what is not there, or no longer: it comes to be."""
    permissions.check_may(access, write.type, Verb.CREATE)
    permissions.check_may(access, write.type, Verb.UPDATE)
    if before is not None:
        permissions.check_see(access, patients=before.patients, section=before.section)
        permissions.check_write_about(access, patients=before.patients, section=before.section)
        _check_not_a_projection(before)
    elif write.if_match is not None:
        raise Conflict("There is no such version: nothing has this id")
    if rules.is_reserved(write.id, projecting.kinds()):
        raise Forbidden("Ids of this form are given by this system")
    assert write.resource is not None
    return Verb.CREATE, _put(write.resource, write.id, before, access=access, at=at, origin=origin)


def _put(  # noqa: PLR0913
    resource: Resource, id_: str, before: writing.Current | None, *, access: Access, at: datetime, origin: str
) -> writing.Written:
    stamped = rules.stamped(resource, id_=id_, version=before.version + 1 if before else 1, at=at)
    entry = index.entry_of(stamped)
    is_own = resource["resourceType"] == "Patient" and before is None  # nobody can have a relationship with them yet
    about = () if is_own else entry.patients
    permissions.check_write_about(access, patients=about, section=entry.section)
    return writing.put(stamped, entry, before=before, by=access.by, at=at, origin=origin)


def _delete(write: Write, *, access: Access, at: datetime, origin: str) -> Done | None:
    permissions.check_may(access, write.type, Verb.DELETE)
    before = writing.current(write.type, write.id, is_locked=True)
    if before is None:
        raise NotFound("There is no such resource")
    _check_stands(write, before, access=access)
    if before.is_deleted:
        return None
    buried = writing.bury(write.type, write.id, before=before, by=access.by, at=at, origin=origin or before.origin)
    return Verb.DELETE, buried


def _check_stands(write: Write, before: writing.Current, *, access: Access) -> None:
    permissions.check_see(access, patients=before.patients, section=before.section)
    permissions.check_write_about(access, patients=before.patients, section=before.section)
    _check_not_a_projection(before)
    if write.if_match is not None and write.if_match != before.version:
        raise Conflict(f"It is at version {before.version} now: read it again")
    if before.is_deleted and write.resource is not None:
        raise Gone("It has been deleted")


def _check_not_a_projection(before: writing.Current) -> None:
    if rules.is_projection(before.origin):
        raise Forbidden("This is kept by this system itself: change it there, not here")


def _note(done: Sequence[Done], *, by: Actor, at: datetime) -> None:
    """One audit entry for each person written about (and one for what is about nobody), with the digest of every version:
    whoever changes a version later must change the chain as well."""
    told: dict[str, list[Done]] = {}
    for verb, written in done:
        for patient in written.version.patients or ("",):
            told.setdefault(patient, []).append((verb, written))
    audit.record_all([_noted(patient, of_person, by=by, at=at) for patient, of_person in told.items()])


def _noted(patient: str, done: Sequence[Done], *, by: Actor, at: datetime) -> audit.Noted:
    verb, first = done[0]
    is_one = len(done) == 1
    detail = {"versions": [[w.version.type, w.version.id, w.version.version, w.digest.hex()] for _, w in done]}
    return audit.Noted(
        by=by, at=at, action=DONE[verb] if is_one else "record.written", person_id=rules.person_of(patient), detail=detail,
        subject=(f"{first.version.type}/{first.version.id}" if is_one else "record:*")[:LONGEST_SUBJECT],
    )  # fmt: skip


def project(kind: str, id: str, *, by: Actor, at: datetime) -> int:  # noqa: A002
    """Write what fact `id` of `kind` amounts to now, in the transaction of the fact; returns how many resources changed.
    What says the same as before stays as it is."""
    return projecting.project(kind, id, by=by, at=at)


def rebuild(*, by: Actor, at: datetime) -> rebuilding.Rebuilt:
    """Derive every projection and every index row anew. On a sound record it changes nothing."""
    return rebuilding.rebuild(by=by, at=at)
