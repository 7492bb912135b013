"""Bundles that answer: searches and histories. Stored bodies go in as they are, without being read again."""

from collections.abc import Iterable, Sequence
from urllib.parse import quote, urlencode

import orjson

from hearthlight.fhir import outcome
from hearthlight.fhir.types import Issue, Severity
from hearthlight.record.api import negotiation, shaping
from hearthlight.record.api.shaping import Shape
from hearthlight.record.api.types import Asked, Resource
from hearthlight.record.types import Page, Version

Pairs = Sequence[tuple[str, str]]


def address(base: str, where: str, pairs: Iterable[tuple[str, str]]) -> str:
    """An absolute address with its parameters, readable where it can be."""
    query = urlencode(list(pairs), safe="$,|/:", quote_via=quote)
    return f"{base}/{where}?{query}" if query else f"{base}/{where}"


def links(asked: Asked, where: str, understood: Pairs, next_cursor: str) -> list[Resource]:
    told = [{"relation": "self", "url": address(asked.base, where, understood)}]
    if next_cursor:
        url = address(asked.base, where, [*understood, ("_cursor", next_cursor)])
        told.append({"relation": "next", "url": url})
    return told


def searchset(asked: Asked, page: Page, *, where: str, shape: Shape, understood: Pairs, ignored: Pairs = ()) -> Resource:
    """§3.1.1.5. What was asked for and means nothing here is told in an OperationOutcome, and is not in the self link."""
    bundle: Resource = {"resourceType": "Bundle", "type": "searchset"}
    if page.total is not None:
        bundle["total"] = page.total
    bundle["link"] = links(asked, where, understood, page.next_cursor)
    entries = [_found(asked.base, version, shape, "match") for version in page.matches]
    entries += [_found(asked.base, version, shape, "include") for version in page.included]
    if ignored:
        entries.append({"resource": _ignored(ignored), "search": {"mode": "outcome"}})
    if entries:
        bundle["entry"] = entries
    return bundle


def _found(base: str, version: Version, shape: Shape, mode: str) -> Resource:
    resource = orjson.Fragment(shaping.shaped(version.body, shape))
    return {"fullUrl": f"{base}/{version.type}/{version.id}", "resource": resource, "search": {"mode": mode}}


def _ignored(pairs: Pairs) -> Resource:
    return outcome.outcome(
        Issue(Severity.WARNING, "not-supported", f"The parameter {name[:60]!r} means nothing here and was ignored")
        for name, _ in pairs
    )


def history(asked: Asked, page: Page, *, where: str, understood: Pairs) -> Resource:
    """§3.1.0.12: newest first; a deletion is an entry without a resource."""
    bundle: Resource = {"resourceType": "Bundle", "type": "history"}
    if page.total is not None:
        bundle["total"] = page.total
    bundle["link"] = links(asked, where, understood, page.next_cursor)
    if page.matches:
        bundle["entry"] = [_was(asked.base, version) for version in page.matches]
    return bundle


def _was(base: str, version: Version) -> Resource:
    place = f"{version.type}/{version.id}"
    entry: Resource = {"fullUrl": f"{base}/{place}"}
    if not version.is_deleted:
        entry["resource"] = orjson.Fragment(version.body)
    method = "DELETE" if version.is_deleted else "POST" if version.version == 1 else "PUT"
    entry["request"] = {"method": method, "url": version.type if method == "POST" else place}
    entry["response"] = {
        "status": "204" if version.is_deleted else "201" if version.version == 1 else "200",
        "etag": negotiation.etag(version.version),
        "lastModified": version.at.isoformat(timespec="milliseconds"),
    }
    return entry
