"""Which index leads: the hot questions walk one person's rows, and look at no others."""

import pytest

from hearthlight.fhir.search.parse import parse
from hearthlight.record import searching, tables
from hearthlight.record.tests.factories import ADA, keep, make_access, make_observation

pytestmark = pytest.mark.django_db(databases="__all__")
PERSON, CODE, DATE = ("patient", ADA), ("code", "http://loinc.org|8867-4"), ("date", "ge2026-11-01")


def explained(type_, *pairs, access=None) -> str:
    plan = searching.plan_of(parse([type_], pairs), access or make_access(ADA))
    assert plan is not None
    asked = searching.page_sql(plan, searching.lead_of(plan), None, 21)
    if tables.is_postgresql():
        for choice in ("seqscan", "sort", "bitmapscan"):  # a table of one row is read whole, and sorted, otherwise
            tables.execute(f"SET LOCAL enable_{choice} = off")
        return "\n".join(row[0] for row in tables.rows(f"EXPLAIN {asked.text}", asked.params, is_prepared=False))
    return "\n".join(row[3] for row in tables.rows(f"EXPLAIN QUERY PLAN {asked.text}", asked.params))


@pytest.mark.parametrize("pairs", [(PERSON, CODE, DATE), (PERSON, CODE), (PERSON, DATE), (PERSON,), (PERSON, CODE, ("status", "final"))])
def test_it_walks_one_persons_rows_by_date(at, pairs):
    keep(make_observation(), at=at)

    plan = explained("Observation", *pairs)

    assert "token_found" in plan
    if not tables.is_postgresql():  # it says which columns, and whether it sorts before the page is cut
        first = plan.splitlines()[:3]
        assert any("token_found (key=? AND code=? AND patient=?" in line for line in first)
        assert sum("USE TEMP B-TREE FOR ORDER BY" in line for line in plan.splitlines()) <= 1  # the page itself


def test_it_begins_with_the_clause_that_few_satisfy(at):
    keep(make_observation(), at=at)

    assert "word_found" in explained("Patient", ("name", "oka"), ("gender", "female"), access=make_access())
    assert "token_found" in explained("Patient", ("identifier", "urn:x|1"), access=make_access())


def test_it_goes_through_a_type_in_order_of_date_where_nothing_narrows(at):
    keep(make_observation(), at=at)

    assert "resource_date" in explained("Observation", access=make_access())


def test_it_looks_for_an_earlier_beginning_where_something_lasts(at):
    lasting = make_observation(effectivePeriod={"start": "2025-01-01"})
    del lasting["effectiveDateTime"]
    made = keep(lasting, at=at)
    found = searching.search(parse(["Observation"], [PERSON, DATE]), access=make_access(ADA))[0]

    assert [version.id for version in found.matches] == [made.id]
