"""People reached by a circle or in an emergency only: read, never written about, nothing guarded of theirs."""

from dataclasses import replace

import pytest

from hearthlight.fhir.search.parse import parse
from hearthlight.record import actions, queries
from hearthlight.record.rules import section_bits
from hearthlight.record.tests.factories import ADA, LEWIS, keep, make_access, make_observation
from hearthlight.record.types import Forbidden, NotFound, Section

LABEL = {"security": [{"system": "urn:hearthlight:section", "code": "SAFEGUARDING"}]}


@pytest.fixture
def reader():
    """Somebody who may open everything guarded of Ada, and reaches Mr Lewis from outside."""
    return replace(make_access(ADA, LEWIS, sections=frozenset(Section)), outside=frozenset({LEWIS}))


def found(reader):
    return {one.id for one in queries.search(parse(("Observation",), [("code", "8867-4")]), access=reader).matches}


def everywhere():
    return make_access(sections=frozenset(Section))


def test_it_finds_what_is_plain_and_of_ones_own_what_is_guarded(db, at, reader):
    assert section_bits(make_observation(meta=LABEL))
    plain, guarded = (keep(make_observation(LEWIS, **more), at=at, access=everywhere()) for more in ({}, {"meta": LABEL}))
    own = keep(make_observation(ADA, meta=LABEL), at=at, access=everywhere())

    assert found(reader) == {plain.id, own.id}
    assert queries.read("Observation", plain.id, access=reader)
    with pytest.raises(NotFound):
        queries.read("Observation", guarded.id, access=reader)


def test_it_keeps_shut_what_is_guarded_and_about_both(db, at, reader):
    both = keep(shared(meta=LABEL), at=at, access=everywhere())
    plain = keep(shared(), at=at, access=everywhere())
    assert set(both.patients) == {ADA, LEWIS}

    found = queries.search(parse(("Appointment",), []), access=reader).matches

    assert [one.id for one in found] == [plain.id]


def shared(**more):
    """A resource in two people's compartments."""
    return {
        "resourceType": "Appointment", "status": "booked",
        "participant": [{"actor": {"reference": f"Patient/{one}"}, "status": "accepted"} for one in (ADA, LEWIS)], **more,
    }  # fmt: skip


def test_it_lets_nothing_be_written_changed_or_deleted_about_them(db, at, reader):
    kept = keep(make_observation(LEWIS), at=at, access=everywhere())
    moved = make_observation(ADA) | {"id": kept.id}

    with pytest.raises(Forbidden):
        keep(make_observation(LEWIS), at=at, access=reader)
    with pytest.raises(Forbidden):
        actions.update("Observation", kept.id, moved, access=reader, at=at, origin="api:test")
    with pytest.raises(Forbidden):
        actions.delete("Observation", kept.id, access=reader, at=at)
    assert queries.read("Observation", kept.id, access=everywhere()).version == 1
    assert keep(make_observation(ADA), at=at, access=reader)
