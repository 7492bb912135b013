"""Is the record as it was written? The audit chain, and every version against the digest the chain holds of it."""

from collections.abc import Iterator

from hearthlight.core import audit
from hearthlight.record import rules, tables

BATCH = 2_000  # rows read at a time
VERSIONS = (
    "SELECT v.id, r.type, r.fid, v.version, v.at_us, v.by, v.origin, v.patients, v.section, v.is_deleted, v.body, v.digest"
    " FROM record_version v JOIN record_resource r ON r.rid = v.rid WHERE v.id > %s ORDER BY v.id LIMIT %s"
)
GAPS = (
    "SELECT r.type, r.fid FROM record_resource r LEFT JOIN record_version v ON v.rid = r.rid"
    " GROUP BY r.rid, r.type, r.fid, r.version HAVING COUNT(v.id) <> r.version OR MAX(v.version) <> r.version LIMIT 10"
)
ORPHANS = "SELECT COUNT(*) FROM record_version v WHERE NOT EXISTS (SELECT 1 FROM record_resource r WHERE r.rid = v.rid)"


def troubles() -> Iterator[str]:
    """What is not as it was written, in words with ids only; nothing when all is well."""
    broken = audit.first_broken()
    if broken is not None:
        yield f"The audit chain is broken at entry {broken}."
    noted = _noted()
    for name, digest, is_projection, is_whole in _versions():
        if not is_whole:
            yield f"{name} is not what was written: its digest differs."
        elif not is_projection and digest not in noted:
            yield f"{name} is not in the audit, or not as it was written."
        noted.discard(digest)
    if noted:
        yield f"{len(noted)} versions that the audit names are gone or changed."
    for type_, fid in tables.rows(GAPS):
        yield f"{type_}/{fid} has not all of its versions."
    counted = tables.row(ORPHANS)
    if counted and counted[0]:
        yield f"{counted[0]} versions belong to no resource."


def _noted() -> set[bytes]:
    """The digests of every version the audit names. A projection's audit entry is its fact's."""
    return {bytes.fromhex(digest) for entry in audit.of_actions("record.") for *_, digest in entry.detail.get("versions", [])}


def _versions() -> Iterator[tuple[str, bytes, bool, bool]]:
    """(name, digest, whether a projection's, whether whole) of every version."""
    after = 0
    while rows := tables.rows(VERSIONS, (after, BATCH)):
        for number, type_, fid, version, at_us, by, origin, patients, section, is_deleted, body, kept in rows:
            digest = rules.digest_of(
                type_=type_, id_=fid, version=version, at_us=at_us, by=by, origin=origin, patients=patients, section=section,
                is_deleted=bool(is_deleted), body=bytes(body),
            )  # fmt: skip
            yield f"{type_}/{fid}/_history/{version}", digest, rules.is_projection(origin), digest == bytes(kept)
            after = number
