"""Facts of the rooms become resources, in the transaction that writes them."""

import importlib.util
from collections.abc import Mapping
from datetime import datetime
from functools import cache

from django.apps import apps
from django.db import transaction

from hearthlight.core.database import take_order_lock
from hearthlight.core.types import Actor
from hearthlight.fhir import text
from hearthlight.fhir.types import Resource
from hearthlight.record import index, rules, tables, writing
from hearthlight.record.types import Kind

OURS = "hearthlight."
STANDING = (
    "SELECT r.type, r.fid, r.rid, r.version, r.at_us, r.patient, r.is_shared, r.section, r.is_deleted, v.body"
    " FROM record_resource r JOIN record_version v ON v.rid = r.rid AND v.version = r.version WHERE r.origin = %s"
)
Name = tuple[str, str]  # type and id


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind of fact that has its place in the record, from the rooms' `projection.py`."""
    found: dict[str, Kind] = {}
    for app in apps.get_app_configs():
        name = f"{app.name}.projection"
        if app.name.startswith(OURS) and importlib.util.find_spec(name):
            found |= importlib.import_module(name).KINDS
    return found


def listen(kind: str, id_: str, by: Actor, at: datetime) -> None:
    """`core.facts` tells of a fact, inside its transaction. One of a kind that no room projects is nothing to the record."""
    if kind in kinds():
        _project(kind, id_, by=by, at=at)


@transaction.atomic
def project(kind: str, id_: str, *, by: Actor, at: datetime) -> int:
    """Make the record say what the fact amounts to now; returns how many resources that changed."""
    return _project(kind, id_, by=by, at=at)


def _project(kind: str, id_: str, *, by: Actor, at: datetime) -> int:
    take_order_lock()  # two who change one fact at once write its versions one after the other
    origin, stored_at = rules.origin_of(kind, id_), rules.at_stored(at)
    wanted = {(resource["resourceType"], resource["id"]): resource for resource in kinds()[kind].resources(id_)}
    standing = _standing(origin)
    changed = 0
    for name, resource in wanted.items():
        before, body = standing.get(name, (None, b""))
        if before is None or before.is_deleted or not _says(body, resource):
            _put(resource, before, origin=origin, by=by, at=stored_at)
            changed += 1
    for type_, fid in standing.keys() - wanted.keys():
        before, _ = standing[type_, fid]
        if not before.is_deleted:
            writing.bury(type_, fid, before=before, by=by, at=stored_at, origin=origin)
            changed += 1
    return changed


def _standing(origin: str) -> dict[Name, tuple[writing.Current, bytes]]:
    """What the fact amounts to as it is written, deleted resources too."""
    found: dict[Name, tuple[writing.Current, bytes]] = {}
    for type_, fid, rid, version, at_us, patient, is_shared, section, is_deleted, body in tables.rows(STANDING, (origin,)):
        about = writing.about(rid, patient, is_shared)
        found[type_, fid] = writing.Current(rid, version, at_us, about, section, bool(is_deleted), origin), bytes(body)
    return found


def _says(body: bytes, resource: Resource) -> bool:
    """Does the stored body say what `resource` says, to the letter, but for what the store adds?"""
    stored = text.loads(body)
    return text.dumps(rules.without_stamp(stored)) == text.dumps(rules.without_stamp(_ordered(resource)))


def _ordered(resource: Resource) -> Resource:
    """Members in the order they are stored in."""
    rest = {name: value for name, value in resource.items() if name not in ("resourceType", "id", "meta")}
    return {"resourceType": resource["resourceType"], "id": resource["id"], "meta": resource.get("meta", {}), **rest}


def _put(resource: Resource, before: writing.Current | None, *, origin: str, by: Actor, at: datetime) -> None:
    stamped = rules.stamped(resource, id_=resource["id"], version=before.version + 1 if before else 1, at=at)
    writing.put(stamped, index.entry_of(stamped), before=before, by=by, at=at, origin=origin)
