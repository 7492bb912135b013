"""What a check amounts to in the shared record, and how a vital sign from outside becomes a check."""

from collections.abc import Sequence
from datetime import datetime
from uuid import NAMESPACE_URL, uuid4, uuid5

from django.http import Http404

from hearthlight.checks import actions, fhir, queries, rules
from hearthlight.people import queries as people
from hearthlight.record import actions as record
from hearthlight.record.types import Access, Forbidden, Kind, NotFound, Resource


def _check(id_: str) -> Sequence[Resource]:
    check = queries.facts_of(int(id_))
    return fhir.observations(check) if check else []


KINDS = {"check": Kind(_check, queries.ids)}


def observe(resource: Resource, id_: str | None, access: Access, at: datetime) -> str:
    """An Observation from outside; returns the id of the resource it amounts to. A vital sign or a weight of one of our
    people, newly made and less than a day old, becomes a check: compared with usual, shown on the person's page. Anything
    else is kept word for word as it came. What is a check already is corrected on its page, not over the API."""
    if id_ and id_.startswith("check-"):
        raise Forbidden("This is a check of the home’s own: it is corrected on its page")
    sent = fhir.sent(resource) if id_ is None else None
    if sent is None or not at - rules.LONGEST_AGO <= sent.taken_at <= at:
        return _kept(resource, id_, access, at)
    if not access.may_write_about(f"person-{sent.person_id}"):
        raise Forbidden("You may not write about this person")
    try:
        people.person_facts(sent.person_id)
    except Http404 as nobody:
        raise NotFound("There is no such person") from nobody
    origin = _origin(access)
    key = uuid5(NAMESPACE_URL, f"{origin}|{sent.identifier}") if sent.identifier else uuid4()
    check = actions.record_check(
        person_id=sent.person_id, kind=sent.kind, readings=sent.readings, taken_at=sent.taken_at, form_key=str(key), note=sent.note,
        origin=origin, by=access.by, at=at,
    )  # fmt: skip
    return f"check-{check}-{sent.suffix}" if sent.suffix else f"check-{check}"


def _kept(resource: Resource, id_: str | None, access: Access, at: datetime) -> str:
    if id_ is None:
        return record.create(resource, access=access, at=at, origin=_origin(access)).id
    return record.update("Observation", id_, resource, access=access, at=at, origin=_origin(access)).id


def _origin(access: Access) -> str:
    return f"api:{access.app or access.by}"[:120]


WRITES = {"Observation": observe}
