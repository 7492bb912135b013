"""Searching, as its readers see it; `test_search_twin.py` compares every kind of condition with a matcher in memory."""

from datetime import timedelta

import pytest

from hearthlight.fhir.search import parameters
from hearthlight.fhir.search.types import (
    Chain,
    Condition,
    Include,
    Query,
    ReferenceValue,
    Sort,
    TokenValue,
    Total,
)
from hearthlight.fhir.types import Malformed
from hearthlight.record import actions, queries
from hearthlight.record.tests.factories import ADA, LEWIS, keep, make_access, make_observation, make_patient
from hearthlight.record.types import Forbidden, NotFound, Section

ALL = make_access()
OF = parameters.of("Observation")
pytestmark = pytest.mark.django_db(databases="__all__")


def about(patient):
    return Condition(OF["patient"], (ReferenceValue("Patient", patient),))


def coded(code, system="http://loinc.org"):
    return Condition(OF["code"], (TokenValue(system, code),))


def found(*where, access=ALL, types=("Observation",), **more):
    return queries.search(Query(types=types, where=where, **more), access=access)


def ids(page):
    return [version.id for version in page.matches]


def test_it_finds_a_persons_observations_newest_first(at):
    made = [keep(make_observation(on=f"2026-11-{day}"), at=at).id for day in (10, 12, 11)]
    keep(make_observation(LEWIS), at=at)

    page = found(about(ADA), coded("8867-4"))

    assert ids(page) == [made[1], made[2], made[0]]
    assert page.total == 3
    assert page.matches[0].patients == (ADA,)


def test_it_pages_by_cursor_and_repeats_nothing(at):
    made = {keep(make_observation(on="2026-11-10"), at=at).id for _ in range(7)}

    seen, cursor = [], ""
    for _ in range(4):
        page = found(about(ADA), count=2, cursor=cursor)
        seen, cursor = seen + ids(page), page.next_cursor
    assert len(seen) == 7 and set(seen) == made
    assert cursor == ""


@pytest.mark.parametrize("cursor", ["x", "W10", "////", "WzFd", "bnVsbA", "W2ZhbHNlLGZhbHNlLG51bGwsbnVsbF0"])
def test_it_refuses_a_cursor_it_never_gave(at, cursor):
    with pytest.raises(Malformed):
        found(about(ADA), cursor=cursor)


def test_a_stranger_finds_counts_and_includes_nothing(at):
    keep(make_patient("pat-1"), at=at)
    keep(make_observation("pat-1"), at=at)
    stranger = make_access(LEWIS)
    to_subject = Include("Observation", "subject")

    assert found(coded("8867-4"), access=stranger, total=Total.ACCURATE, includes=(to_subject,)).total == 0
    assert found(about("pat-1"), access=stranger).matches == []
    assert found(types=("Patient",), access=stranger, revincludes=(Include("Observation", "subject"),)).matches == []
    with pytest.raises(NotFound):
        queries.everything("pat-1", access=stranger)


def test_it_chains_through_nothing_a_reader_may_not_see(at):
    keep(make_patient("pat-1", gender="female"), at=at)
    keep({"resourceType": "Basic", "code": {"text": "x"}, "author": {"reference": "Patient/pat-1"}}, at=at)
    gender = Condition(parameters.of("Patient")["gender"], (TokenValue(None, "female"),))
    by_her = Chain(parameters.of("Basic")["author"], (("Patient", gender),))

    assert len(found(by_her, types=("Basic",)).matches) == 1
    assert found(by_her, types=("Basic",), access=make_access(LEWIS)).matches == []
    no_patients = make_access(may=lambda type_, verb: type_ != "Patient")
    assert found(by_her, types=("Basic",), access=no_patients).matches == []


def test_it_leaves_guarded_sections_out_of_searches_and_counts(at):
    opened = make_access(ADA, sections=frozenset({Section.SAFEGUARDING}))
    label = {"meta": {"security": [{"code": "SAFEGUARDING"}]}}
    keep(make_observation(**label), at=at, access=opened)

    assert found(about(ADA), access=make_access(ADA), total=Total.ACCURATE).total == 0
    assert found(about(ADA), access=opened, total=Total.ACCURATE).total == 1


def test_it_brings_along_what_is_pointed_to_and_what_points(at):
    keep(make_patient("pat-1"), at=at)
    made = keep(make_observation("pat-1"), at=at)

    page = found(includes=(Include("Observation", "subject"),))
    back = found(types=("Patient",), revincludes=(Include("Observation", None),))
    assert [v.id for v in page.included] == ["pat-1"]
    assert [v.id for v in back.included] == [made.id]


def test_it_forgets_what_a_resource_was_found_by_before(at):
    made = keep(make_observation(ADA), at=at)
    actions.update("Observation", made.id, make_observation(LEWIS), access=ALL, at=at, origin="api:test")

    assert ids(found(about(ADA))) == []
    assert ids(found(about(LEWIS))) == [made.id]
    actions.delete("Observation", made.id, access=ALL, at=at)
    assert ids(found(about(LEWIS))) == []
    assert ids(found()) == []


def test_it_counts_only_when_asked(at):
    for _ in range(5):
        keep(make_observation(), at=at)

    assert found(count=2).total is None
    assert found(count=2, total=Total.ACCURATE).total == 5
    assert (found(count=0).total, found(count=0).matches) == (5, [])


def test_it_refuses_a_type_the_reader_may_not_search_and_leaves_it_out_of_several(at):
    keep(make_observation(), at=at)
    keep(make_patient(), at=at)
    only = make_access(may=lambda type_, verb: type_ == "Patient")

    with pytest.raises(Forbidden):
        found(access=only)
    assert [v.type for v in found(access=only, types=()).matches] == ["Patient"]
    assert [v.type for v in found(access=only, types=("Observation", "Patient")).matches] == ["Patient"]


def test_it_refuses_to_sort_by_what_has_no_order_here(at):
    with pytest.raises(Malformed):
        found(sorts=(Sort(OF["code"]),))


def test_it_gathers_everything_about_a_person_and_who_wrote_it(at):
    keep(make_patient("pat-1"), at=at)
    keep({"resourceType": "Practitioner", "id": "dr-1"}, at=at)
    made = keep(make_observation("pat-1", performer=[{"reference": "Practitioner/dr-1"}]), at=at)
    keep(make_observation(LEWIS), at=at)

    first = queries.everything("pat-1", access=ALL, count=1)
    second = queries.everything("pat-1", access=ALL, count=1, cursor=first.next_cursor)
    assert [v.id for v in (*first.matches, *second.matches)] == ["pat-1", made.id]
    assert [v.id for v in second.included] == ["dr-1"]
    assert second.next_cursor == ""
    later = queries.everything("pat-1", access=ALL, since=at + timedelta(days=1))
    assert later.matches == []
    assert [v.type for v in queries.everything("pat-1", access=ALL, types=["Observation"]).matches] == ["Observation"]
