"""Batch and transaction (§3.1.0.11): many interactions in one request. A transaction is one database transaction, and
all of it happens or none; an entry of a batch has its own savepoint and fails alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus

import orjson
from django.db import Error as DatabaseFault
from django.db import transaction

from hearthlight.fhir import references, text
from hearthlight.record.api import answers, capabilities, entries, negotiation, writing
from hearthlight.record.api.capabilities import Route
from hearthlight.record.api.entries import ORDER, Entry
from hearthlight.record.api.negotiation import Format
from hearthlight.record.api.types import Answer, Asked, Problem, Resource, Writing
from hearthlight.record.api.writing import Change
from hearthlight.record.types import Access

Get = Callable[[Asked, Access], Answer]


def bundle(asked: Asked, access: Access, get: Get) -> Writing:
    """`POST [base]`. `get` answers the reads and searches among the entries."""
    form = negotiation.sent(asked.header("content-type"))
    if form not in (Format.JSON, Format.XML):
        raise Problem(415, "not-supported", "A Bundle is sent as application/fhir+json or application/fhir+xml")
    told = answers.parsed(asked.body, form)
    if told.get("resourceType") != "Bundle" or told.get("type") not in ("batch", "transaction"):
        raise Problem(400, "value", "What is sent here is a Bundle of type batch or transaction", expression="Bundle.type")
    found = entries.of_bundle(asked, told, access)
    if told["type"] == "batch":
        return Writing(lambda: _batch(found, access, get), weight=len(found))
    for each in found:
        if isinstance(each, Problem):
            raise each
    whole = [each for each in found if isinstance(each, Entry)]
    _check_apart(whole)
    return Writing(lambda: _transaction(whole, access, get), weight=len(whole))


def _batch(found: Sequence[Entry | Problem], access: Access, get: Get) -> Answer:
    made: list[Answer] = [answers.of_problem(each) if isinstance(each, Problem) else Answer() for each in found]
    for entry in sorted((each for each in found if isinstance(each, Entry)), key=_order):
        try:
            with transaction.atomic():
                made[entry.index] = _done(entry, access, get)
        except DatabaseFault:
            raise
        except Exception as error:
            made[entry.index] = answers.of_error(error)
    return _response("batch-response", made)


def _transaction(whole: Sequence[Entry], access: Access, get: Get) -> Answer:
    made: list[Answer] = [Answer() for _ in whole]
    mapping = entries.named(whole)
    todo = []
    for entry in whole:
        if existing := _existing(entry):
            made[entry.index], place = existing
            mapping[entry.full_url] = place
        else:
            todo.append(entry)
    for entry in sorted(todo, key=_order):
        try:
            _point(entry, mapping)
            made[entry.index] = answer = _done(entry, access, get)
        except Exception as error:
            if isinstance(error, DatabaseFault):
                raise
            raise _of_entry(error, entry) from error
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise Problem(answer.status, "processing", "An entry could not be done", expression=entry.place)
        if entry.full_url and "location" in answer.headers:
            mapping[entry.full_url] = "/".join(answer.headers["location"].removeprefix(entry.asked.base).split("/")[1:3])
    return _response("transaction-response", made)


def _order(entry: Entry) -> tuple[int, bool, int]:
    """§3.1.0.11.2; and what a room names itself comes before what points to it."""
    is_named_late = bool(entry.change) and entry.change is not None and entry.change.capability.route is Route.OWNED
    return ORDER.index(entry.asked.method), not is_named_late, entry.index


def _check_apart(whole: Sequence[Entry]) -> None:
    """No two entries may write the same resource: which of them would win?"""
    seen: set[tuple[str, str]] = set()
    for entry in whole:
        if entry.change and entry.change.id:
            place = (entry.change.type, entry.change.id)
            if place in seen:
                raise Problem(400, "duplicate", "Two entries write one resource", expression=entry.place)
            seen.add(place)


def _existing(entry: Entry) -> tuple[Answer, str] | None:
    """What an If-None-Exist finds, before anything is written, and where."""
    if entry.asked.method != "POST" or entry.change is None or not entry.change.criteria:
        return None
    try:
        found = writing.matched(entry.change)
    except Exception as error:
        raise _of_entry(error, entry) from error
    if found is None:
        entry.change = replace(entry.change, criteria="")
        return None
    return answers.of_version(found), f"{found.type}/{found.id}"


def _of_entry(error: Exception, entry: Entry) -> Exception:
    """The error, told as this entry's."""
    answer = answers.of_error(error)
    told = answer.resource or {}
    first = told.get("issue", [{}])[0]
    problem = error if isinstance(error, Problem) else Problem(answer.status, first.get("code", "processing"), first.get("diagnostics", ""))
    return entries.at(problem, entry.index)


def _point(entry: Entry, mapping: dict[str, str]) -> None:
    """Make the references of what is written point to where the others are found (§3.1.0.11.2)."""
    change = entry.change
    if change is None or change.resource is None:
        return
    conditional = {
        told: _found(change, told) for told in references.found(change.resource) if "?" in told and told not in mapping
    }
    resource = references.rewritten(change.resource, {**mapping, **conditional})
    entry.change = replace(change, resource=resource)


def _found(change: Change, reference: str) -> str:
    """`Patient?identifier=…` as the one it means."""
    type_, _, criteria = reference.partition("?")
    if "/" in type_ or not type_.isalpha():
        return reference
    capability = capabilities.allowed(change.access, type_, capabilities.Interaction.SEARCH)
    found = writing.matched(replace(change, capability=capability, criteria=criteria, id=""))
    if found is None:
        raise Problem(412, "not-found", "A conditional reference matches nothing")
    return f"{found.type}/{found.id}"


def _done(entry: Entry, access: Access, get: Get) -> Answer:
    change = entry.change
    if change is None:
        return get(entry.asked, access)
    match entry.asked.method:
        case "POST":
            return writing.created(change, is_named=bool((change.resource or {}).get("id")))
        case "PUT":
            return writing.updated(change)
        case "PATCH" if entry.apply:
            return writing.apply_patch(change, entry.apply)
        case _:
            return writing.deleted(change)


def _response(type: str, made: Sequence[Answer]) -> Answer:  # noqa: A002 — FHIR's word
    """The answers, in the order that the entries came in."""
    told: Resource = {"resourceType": "Bundle", "type": type}
    if made:
        told["entry"] = [_told(answer) for answer in made]
    return Answer(body=text.dumps(told), looks=tuple(look for answer in made for look in answer.looks))


def _told(answer: Answer) -> Resource:
    response: Resource = {"status": f"{answer.status} {HTTPStatus(answer.status).phrase}"}
    headers: Mapping[str, str] = answer.headers
    if "location" in headers:
        response["location"] = headers["location"]
    if "etag" in headers:
        response["etag"] = headers["etag"]
    if answer.at:
        response["lastModified"] = answer.at.isoformat(timespec="milliseconds")
    entry: Resource = {}
    is_outcome = answer.resource is not None and answer.resource.get("resourceType") == "OperationOutcome"
    if is_outcome:
        response["outcome"] = answer.resource
    elif answer.body is not None:
        entry["resource"] = orjson.Fragment(answer.body)
    elif answer.resource is not None:
        entry["resource"] = answer.resource
    return {**entry, "response": response}


