"""Facts of the rooms become resources, in the transaction that writes them."""

import importlib.util
from collections.abc import Mapping
from datetime import datetime
from functools import cache

from django.apps import apps
from django.db import transaction

from hearthlight.core.types import Actor
from hearthlight.fhir import text
from hearthlight.fhir.types import Resource
from hearthlight.record import index, rules, tables, writing
from hearthlight.record.types import Conflict, Kind

OURS = "hearthlight."
STANDING = (
    "SELECT r.type, r.fid, v.body FROM record_resource r JOIN record_version v ON v.rid = r.rid AND v.version = r.version"
    " WHERE r.origin = %s AND NOT r.is_deleted"
)


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
    """`core.facts` tells of a fact. One of a kind that no room projects is nothing to the record."""
    if kind in kinds():
        project(kind, id_, by=by, at=at)


@transaction.atomic
def project(kind: str, id_: str, *, by: Actor, at: datetime) -> int:
    """Make the record say what the fact amounts to now; returns how many resources that changed."""
    origin, stored_at = rules.origin_of(kind, id_), rules.at_stored(at)
    wanted = {(resource["resourceType"], resource["id"]): resource for resource in kinds()[kind].resources(id_)}
    standing = {(type_, fid): bytes(body) for type_, fid, body in tables.rows(STANDING, (origin,))}
    changed = 0
    for (type_, fid), resource in wanted.items():
        if not _says(standing.get((type_, fid)), resource):
            _put(resource, origin=origin, by=by, at=stored_at)
            changed += 1
    for type_, fid in standing.keys() - wanted.keys():
        before = writing.current(type_, fid, is_locked=True)
        if before is not None:
            writing.bury(type_, fid, before=before, by=by, at=stored_at, origin=origin)
            changed += 1
    return changed


def _says(body: bytes | None, resource: Resource) -> bool:
    """Does the stored body say what `resource` says, to the letter, but for what the store adds?"""
    if body is None:
        return False
    stored = text.loads(body)
    return text.dumps(rules.without_stamp(stored)) == text.dumps(rules.without_stamp(_ordered(resource)))


def _ordered(resource: Resource) -> Resource:
    """Members in the order they are stored in."""
    rest = {name: value for name, value in resource.items() if name not in ("resourceType", "id", "meta")}
    return {"resourceType": resource["resourceType"], "id": resource["id"], "meta": resource.get("meta", {}), **rest}


def _put(resource: Resource, *, origin: str, by: Actor, at: datetime) -> None:
    type_, fid = resource["resourceType"], resource["id"]
    before = writing.current(type_, fid, is_locked=True)
    if before is not None and before.origin != origin:
        raise Conflict(f"{type_}/{fid} came from elsewhere ({before.origin}), and is not this fact's to write")
    stamped = rules.stamped(resource, id_=fid, version=before.version + 1 if before else 1, at=at)
    writing.put(stamped, index.entry_of(stamped), before=before, by=by, at=at, origin=origin)
