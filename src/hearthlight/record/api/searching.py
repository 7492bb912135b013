"""Searches: GET and POST, of one type or several."""

from dataclasses import replace

from hearthlight.fhir import text
from hearthlight.fhir.search import parse
from hearthlight.fhir.search.types import Query, Summary
from hearthlight.record import queries
from hearthlight.record.api import bundles, capabilities, door, negotiation
from hearthlight.record.api.capabilities import Interaction, allowed
from hearthlight.record.api.reading import LONGEST_PAGE, USUAL_PAGE, look
from hearthlight.record.api.shaping import Shape
from hearthlight.record.api.types import Answer, Asked, Problem
from hearthlight.record.types import Access, Page, Verb

OURS = {"_format", "_pretty"}  # not the search's
LONGEST_CURSOR = 1_000  # characters


def search(asked: Asked, access: Access, type: str) -> Answer:  # noqa: A002 — FHIR's word
    """`GET Type?…` and `POST Type/_search`: what is in the form and in the address count alike."""
    allowed(access, type, Interaction.SEARCH)
    return _answered(asked, access, (type,), type)


def search_all(asked: Asked, access: Access) -> Answer:
    """`GET ?_type=…`: the types that are named, or every one this caller may search."""
    named = [part for name, value in _pairs(asked) if name == "_type" for part in value.split(",")]
    for type_ in named:
        allowed(access, type_, Interaction.SEARCH)
    types = tuple(named) or tuple(name for name in capabilities.table() if access.may(name, Verb.SEARCH))
    if not types:
        raise Problem(403, "forbidden", "You may not search anything")
    return _answered(asked, access, types, "")


def _answered(asked: Asked, access: Access, types: tuple[str, ...], where: str) -> Answer:
    query = parse.parse(types, _pairs(asked), is_strict=asked.prefers.is_strict)
    page = found(query, access)
    shape = Shape(query.summary, query.elements)
    bundle = bundles.searchset(
        asked, page, where=where, shape=shape, understood=tuple(query.understood), ignored=tuple(query.ignored)
    )
    names = ",".join(dict.fromkeys(name for name, _ in query.understood))
    subject = f"{where or '*'}?{names}"
    return Answer(body=text.dumps(bundle), looks=(look(access, subject, (*page.matches, *page.included), asked.at),))


def found(query: Query, access: Access) -> Page:
    """A page of it: as long as asked, or as usual."""
    if len(query.cursor) > LONGEST_CURSOR:
        raise Problem(400, "value", "That is no cursor of ours")
    count = 0 if query.summary is Summary.COUNT else query.count
    return queries.search(replace(query, count=USUAL_PAGE if count is None else min(count, LONGEST_PAGE)), access=access)


def _pairs(asked: Asked) -> list[tuple[str, str]]:
    pairs = door.pairs_of(asked.query)
    if asked.method == "POST":
        if asked.body and negotiation.sent(asked.header("content-type")) != negotiation.FORM:
            raise Problem(415, "not-supported", f"A search by POST sends {negotiation.FORM}")
        try:
            pairs += door.pairs_of(asked.body.decode("ascii"))
        except UnicodeDecodeError:
            raise Problem(400, "value", "A form is ASCII, with the rest escaped") from None
    return [pair for pair in pairs if pair[0] not in OURS]
