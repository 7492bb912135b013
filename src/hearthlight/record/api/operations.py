"""Operations: `$validate`, `$everything`, `$lastn` and `$document`. Source: FHIR R4 §3.2 and each resource's operations."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

import orjson

from hearthlight.fhir import check, outcome, references, text
from hearthlight.fhir.search import parse
from hearthlight.fhir.types import Issue, Severity
from hearthlight.record import actions, queries
from hearthlight.record.api import answers, bundles, door, negotiation, reading, writing
from hearthlight.record.api.capabilities import Interaction, allowed
from hearthlight.record.api.negotiation import Format
from hearthlight.record.api.shaping import WHOLE
from hearthlight.record.api.types import Answer, Asked, Problem, Resource, Writing
from hearthlight.record.looks import Look
from hearthlight.record.types import Access, Forbidden, Gone, NotFound, Page, Version

MOST_OF_LASTN = 5_000  # observations looked at: years of vital signs
PAGE = 500
DEEPEST_DOCUMENT = 4  # references followed from a Composition, one after the other
LARGEST_DOCUMENT = 500  # resources


def parameters_of(asked: Asked) -> list[tuple[str, str]]:
    """An operation's simple parameters, from the query or from a Parameters resource."""
    pairs = door.pairs_of(asked.query)
    if asked.method == "POST" and asked.body:
        told = _sent(asked)
        if told.get("resourceType") == "Parameters":
            pairs += list(_values(told))
    return pairs


def _sent(asked: Asked) -> Resource:
    form = negotiation.sent(asked.header("content-type"))
    if form not in (Format.JSON, Format.XML):
        raise Problem(415, "not-supported", "An operation is sent as application/fhir+json or application/fhir+xml")
    return answers.parsed(asked.body, form)


def _values(parameters: Resource) -> Iterable[tuple[str, str]]:
    told = parameters.get("parameter", [])
    for one in told if isinstance(told, list) else []:
        if isinstance(one, dict) and isinstance(one.get("name"), str):
            for name, value in one.items():
                if name.startswith("value") and isinstance(value, str | int | bool):
                    yield one["name"], str(value).lower() if isinstance(value, bool) else str(value)


# --- $validate -------------------------------------------------------------------------------------------------------


def validate(asked: Asked, access: Access, type: str, id: str = "") -> Answer:  # noqa: A002 — FHIR's words
    """Is it sound, by R4 and by the profile that is named? 200 either way: the outcome says it."""
    allowed(access, type, Interaction.READ)
    named = dict(parameters_of(asked))
    resource, looks = _validated(asked, access, type, id)
    if named.get("mode", "create") not in ("create", "update", "delete", "profile"):
        raise Problem(400, "value", "mode is create, update, delete or profile")
    if named.get("mode") == "delete":
        return Answer(resource=outcome.outcome(()), looks=looks)
    if resource is None:
        raise Problem(400, "required", "There is nothing to validate: send a resource")
    issues = list(check.check(resource, profile=named.get("profile") or None))
    if resource.get("resourceType") != type:
        issues.append(Issue(Severity.ERROR, "structure", f"It is no {type}", "resourceType"))
    return Answer(resource=outcome.outcome(issues), looks=looks)


def _validated(asked: Asked, access: Access, type: str, id: str) -> tuple[Resource | None, tuple[Look, ...]]:  # noqa: A002
    """What is to be validated: what was sent, alone or as the parameter `resource`, or what is stored."""
    if asked.method == "POST" and asked.body:
        told = _sent(asked)
        if told.get("resourceType") != "Parameters" or type == "Parameters":
            return told, ()
        parts = told.get("parameter", [])
        for one in parts if isinstance(parts, list) else []:
            if isinstance(one, dict) and one.get("name") == "resource" and isinstance(one.get("resource"), dict):
                return one["resource"], ()
    if not id:
        return None, ()
    version = queries.read(type, id, access=access)
    return text.loads(version.body), (reading.look(access, f"{type}/{id}", (version,), asked.at),)


# --- $everything -----------------------------------------------------------------------------------------------------


def everything(asked: Asked, access: Access, id: str) -> Answer:  # noqa: A002
    """`Patient/[id]/$everything`: all that is about this person, page by page."""
    allowed(access, "Patient", Interaction.READ)
    pairs = parameters_of(asked)
    told = dict(pairs)
    types = [part for name, value in pairs if name == "_type" for part in value.split(",") if part]
    for name in types:
        allowed(access, name, Interaction.READ)
    page = queries.everything(
        id, access=access, types=tuple(types), since=reading.instant(told.get("_since", "")),
        count=reading.count_of(told.get("_count", "")), cursor=told.get("_cursor", ""),
    )  # fmt: skip
    understood = [pair for pair in pairs if pair[0] in ("_type", "_since", "_count")]
    where = f"Patient/{id}/$everything"
    return _searchset(asked, access, page, where, understood)


def _searchset(asked: Asked, access: Access, page: Page, where: str, understood: Sequence[tuple[str, str]]) -> Answer:
    bundle = bundles.searchset(asked, page, where=where, shape=WHOLE, understood=understood)
    seen = reading.look(access, where, (*page.matches, *page.included), asked.at)
    return Answer(body=text.dumps(bundle), looks=(seen,))


# --- $lastn ----------------------------------------------------------------------------------------------------------


def lastn(asked: Asked, access: Access) -> Answer:
    """`Observation/$lastn`: of each code, the latest (`max`, else one). Two observations are of one code if any of their
    codings is the same."""
    allowed(access, "Observation", Interaction.SEARCH)
    pairs = parameters_of(asked)
    names = {name.split(":")[0].split(".")[0] for name, _ in pairs}
    if not names & {"patient", "subject"}:
        raise Problem(400, "required", "patient or subject says whose observations")
    most = reading.count_of(dict(pairs).get("max", "1"))
    narrowed = [pair for pair in pairs if pair[0] not in ("max", "_sort", "_count", "_cursor", "_format")]
    kept: list[Version] = []
    groups: dict[tuple[str, str], list[int]] = {}
    for version in _newest_first(narrowed, access, is_strict=asked.prefers.is_strict):
        codings = _codings(text.loads(version.body))
        count = next((groups[coding] for coding in codings if coding in groups), [0])
        for coding in codings:
            groups.setdefault(coding, count)
        if count[0] < most:
            count[0] += 1
            kept.append(version)
    return _searchset(asked, access, Page(kept, total=len(kept)), "Observation/$lastn", pairs)


def _newest_first(pairs: list[tuple[str, str]], access: Access, *, is_strict: bool) -> Iterable[Version]:
    cursor, seen = "", 0
    while seen < MOST_OF_LASTN:
        asked = [*pairs, ("_sort", "-date"), ("_count", str(PAGE)), *([("_cursor", cursor)] if cursor else [])]
        page = queries.search(parse.parse(("Observation",), asked, is_strict=is_strict), access=access)
        yield from page.matches
        seen, cursor = seen + len(page.matches), page.next_cursor
        if not cursor:
            return


def _codings(observation: Resource) -> list[tuple[str, str]]:
    """What its code says, as (system, code); its words where it has no coding."""
    code = observation.get("code", {})
    codings = [(one.get("system", ""), one["code"]) for one in code.get("coding", ()) if "code" in one]
    return codings or [("", code.get("text", ""))]


# --- $document -------------------------------------------------------------------------------------------------------


def document(asked: Asked, access: Access, id: str) -> Answer | Writing:  # noqa: A002
    """`Composition/[id]/$document`: the composition first, then all it points to that this reader may see. `persist=true`
    keeps it."""
    allowed(access, "Composition", Interaction.READ)
    first = queries.read("Composition", id, access=access)
    versions = _pointed_to(first, access)
    bundle: Resource = {
        "resourceType": "Bundle", "id": str(uuid.uuid4()),
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{uuid.uuid4()}"},
        "type": "document", "timestamp": _instant(asked.at),
        "entry": [
            {"fullUrl": f"{asked.base}/{one.type}/{one.id}", "resource": orjson.Fragment(one.body)} for one in versions
        ],
    }  # fmt: skip
    body = text.dumps(bundle)
    looks = (reading.look(access, f"Composition/{id}/$document", versions, asked.at),)
    if dict(parameters_of(asked)).get("persist") != "true":
        return Answer(body=body, looks=looks)
    capability = allowed(access, "Bundle", Interaction.CREATE)
    change = writing.Change(asked, access, capability, resource=text.loads(body))

    def keep() -> Answer:
        actions.create(change.resource or {}, access=access, at=asked.at, origin=change.origin)
        return Answer(body=body, looks=looks)

    return Writing(keep, weight=len(versions))


def _pointed_to(first: Version, access: Access) -> list[Version]:
    found, level = {f"{first.type}/{first.id}": first}, [first]
    for _ in range(DEEPEST_DOCUMENT):
        told = [told for version in level for told in references.found(text.loads(version.body))]
        level = []
        for place in dict.fromkeys(told):
            type_, _, id_ = place.partition("/")
            if place in found or not id_ or "/" in id_ or len(found) >= LARGEST_DOCUMENT:
                continue
            if version := _seen(type_, id_, access):
                found[place] = version
                level.append(version)
    return list(found.values())


def _seen(type: str, id: str, access: Access) -> Version | None:  # noqa: A002
    try:
        return queries.read(type, id, access=access)
    except (NotFound, Gone, Forbidden):
        return None


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")
