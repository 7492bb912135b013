"""Bulk Data Access 2.0: `$export` of everything, of all people, or of a Group; asked for, polled, fetched, deleted.

Kick-off writes a row; `exporting` makes the files on a thread of its own. Only apps may: taking everything away is no
part of anybody's shift, and staff who need it ask for `hearthlight record export`."""

import re
import secrets
from collections.abc import Sequence

import orjson

from hearthlight.fhir import text
from hearthlight.fhir.search import parse
from hearthlight.record import queries
from hearthlight.record.api import capabilities, door, exporting, negotiation, operations, reading
from hearthlight.record.api.models import Export
from hearthlight.record.api.states import ExportState
from hearthlight.record.api.types import Answer, Asked, Problem, Writing
from hearthlight.record.types import Access, Verb

KNOWN = {"_type", "_since", "_outputFormat", "_typeFilter", "patient", "_format"}
OUTPUT = {"", "application/fhir+ndjson", "application/ndjson", "ndjson"}
AT_ONCE = 5  # exports one client may have under way
RETRY_S = 2  # how soon a client should ask again
PATIENT = re.compile(r"(?:Patient/)?([A-Za-z0-9.-]{1,64})")


def kick_off(asked: Asked, access: Access, *, of_people: bool = False, group: str = "") -> Writing:
    """202 with the address of the status. Raises Problem."""
    _check_may(access)
    pairs = operations.parameters_of(asked)
    unknown = {name for name, _ in pairs} - KNOWN
    if unknown and asked.prefers.is_strict:
        raise Problem(400, "not-supported", f"An export has no parameter {min(unknown)[:40]!r}")
    if dict(pairs).get("_outputFormat", "") not in OUTPUT:
        raise Problem(400, "not-supported", "We export application/fhir+ndjson")
    since = reading.instant(dict(pairs).get("_since", ""))
    types = _types(pairs, access)
    people = _people(pairs, access, group)
    row = Export(
        key=secrets.token_hex(16), at=asked.at, by=str(access.by), app=access.app, types=types,
        request=f"{asked.base}/{'/'.join(asked.path)}" + (f"?{asked.query}" if asked.query else ""), people=people,
        sections=sorted(access.sections), only_people=of_people or bool(group),
        since=since.isoformat() if since else "", again_at=asked.at,
    )  # fmt: skip

    def keep() -> Answer:
        mine = Export.objects.filter(by=row.by, app=row.app, state__in=(ExportState.WAITING, ExportState.RUNNING))
        if mine.count() >= AT_ONCE:
            raise Problem(429, "throttled", "Enough exports of yours are under way", headers={"retry-after": "60"})
        row.save(force_insert=True)
        return Answer(202, headers={"content-location": f"{asked.base}/$export-status/{row.key}"})

    return Writing(keep)


def _check_may(access: Access) -> None:
    if access.by.kind != "app":
        raise Problem(403, "forbidden", "Only a registered app may export")


def _types(pairs: Sequence[tuple[str, str]], access: Access) -> dict[str, list[str]]:
    """Each type with the searches that narrow it. What the caller may not read is refused if it was named, and left out
    if it was not."""
    named = [part for name, value in pairs if name == "_type" for part in value.split(",") if part]
    for name in named:
        capabilities.allowed(access, name, capabilities.Interaction.READ)
    types = named or [name for name in capabilities.table() if access.may(name, Verb.READ) and access.may(name, Verb.SEARCH)]
    found: dict[str, list[str]] = {name: [] for name in types}
    for one in (part for name, value in pairs if name == "_typeFilter" for part in value.split(",")):
        type_, _, query = one.partition("?")
        if type_ not in found:
            raise Problem(400, "value", "A _typeFilter is of a type that is exported: Type?parameters")
        parse.parse((type_,), door.pairs_of(query), is_strict=True)
        found[type_].append(query)
    if not found:
        raise Problem(403, "forbidden", "You may not read anything")
    return found


def _people(pairs: Sequence[tuple[str, str]], access: Access, group: str) -> list[str] | None:
    """Whose: everyone the caller may see, or those of them who are named, or who are in the Group."""
    wanted: set[str] | None = None
    for told in (value for name, value in pairs if name == "patient"):
        match = PATIENT.fullmatch(told)
        if not match:
            raise Problem(400, "value", "patient is Patient/id")
        wanted = (wanted or set()) | {match[1]}
    if group:
        capabilities.allowed(access, "Group", capabilities.Interaction.READ)
        members = text.loads(queries.read("Group", group, access=access).body).get("member", ())
        of_group = {str(one.get("entity", {}).get("reference", "")).removeprefix("Patient/") for one in members}
        wanted = of_group if wanted is None else wanted & of_group
    if wanted is None:
        return None if access.people is None else sorted(access.people)
    return sorted(wanted if access.people is None else wanted & access.people)


# --- status and files ------------------------------------------------------------------------------------------------


def status(asked: Asked, access: Access, key: str) -> Answer | Writing:
    row = _mine(access, key)
    if asked.method == "DELETE":
        return Writing(lambda: _forgotten(row))
    if row.state == ExportState.FAILED:
        raise Problem(500, "exception", "The export could not be made: ask for it again")
    if row.state != ExportState.DONE:
        told = "waiting" if row.state == ExportState.WAITING else f"{len(row.made)} files made"
        return Answer(202, headers={"x-progress": told, "retry-after": str(RETRY_S)})
    output = [
        {"type": made["type"], "url": f"{asked.base}/$export-file/{key}/{number}", "count": made["count"]}
        for number, made in enumerate(row.made, 1)
    ]
    manifest = {
        "transactionTime": row.at.isoformat(timespec="milliseconds"), "request": row.request, "requiresAccessToken": True,
        "output": output, "deleted": [], "error": [],
    }  # fmt: skip
    expires = negotiation.as_http_date((row.finished_at or row.at) + exporting.KEPT)
    return Answer(body=orjson.dumps(manifest), media="application/json", headers={"expires": expires})


def _forgotten(row: Export) -> Answer:
    row.delete()
    exporting.remove(row.key)
    return Answer(202)


def file(_asked: Asked, access: Access, key: str, number: str) -> Answer:
    row = _mine(access, key)
    if not (number.isascii() and number.isdigit() and 0 < int(number[:6]) <= len(row.made)) or row.state != ExportState.DONE:
        raise Problem(404, "not-found", "There is no such file")
    return Answer(body=exporting.path(key, int(number)).read_bytes(), media=negotiation.NDJSON)


def _mine(access: Access, key: str) -> Export:
    """The caller's own export; nobody else's exists."""
    row = Export.objects.filter(key=key, by=str(access.by), app=access.app).first()
    if row is None:
        raise Problem(404, "not-found", "There is no such export")
    return row


