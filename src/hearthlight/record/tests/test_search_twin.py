"""Every kind of condition, as SQL and as a matcher in memory: the same small stores, the same questions, the same answers.

Hypothesis composes them, from what makes them differ; the examples are the same each time (derandomized)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hearthlight.fhir import text
from hearthlight.fhir.search import extract
from hearthlight.fhir.search.parse import parse
from hearthlight.people.tests.factories import NIGHT
from hearthlight.record import actions, queries, rules
from hearthlight.record.tests import naive
from hearthlight.record.tests.factories import make_access
from hearthlight.record.types import Access, Section, Write

pytestmark = pytest.mark.django_db(databases="__all__")
NO_SHRINKING = (Phase.explicit, Phase.generate)  # a store is small enough to read, and shrinking takes minutes
LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"
PULSE, TEMPERATURE, SYSTOLIC = (LOINC, "8867-4"), (LOINC, "8310-5"), (LOINC, "8480-6")
PATIENTS, ALL_SECTIONS = ("p1", "p2", "p3"), frozenset(Section)


def one_of(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


def without_none(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


codings = st.lists(one_of(PULSE, TEMPERATURE, SYSTOLIC, (SNOMED, "364075005"), ("", "8867-4")), min_size=0, max_size=2, unique=True)
concepts = st.builds(
    lambda pairs, words: without_none(
        {"coding": [without_none({"system": s or None, "code": c, "display": "Heart rate" if c == "8867-4" else None}) for s, c in pairs] or None, "text": words}
    ),
    codings, one_of(None, "Pulse at rest", "Température"),
).filter(bool)  # fmt: skip
quantities = st.builds(
    lambda value, unit: {"value": Decimal(value), "unit": "beats", "system": "http://unitsofmeasure.org", "code": unit},
    one_of("5.4", "5.40", "72", "72.5", "100", "-1", "0.001"), one_of("/min", "Cel"),
)  # fmt: skip
whens = one_of(
    {}, {"effectiveDateTime": "2026-11-22"}, {"effectiveDateTime": "2026-11-22T03:12:00Z"}, {"effectiveDateTime": "2026-11"},
    {"effectiveDateTime": "2025"}, {"effectivePeriod": {"start": "2026-01-01"}}, {"effectivePeriod": {"end": "2026-11-23T10:00:00Z"}},
    {"effectivePeriod": {"start": "2026-11-20", "end": "2026-11-22"}}, {"effectiveInstant": "2026-11-22T03:12:00.123Z"},
    {"effectiveTiming": {"event": ["2026-11-01", "2026-12-24"]}},
)  # fmt: skip
metas = one_of(
    None, None, None, {"tag": [{"system": "urn:t", "code": "a"}]}, {"security": [{"code": "SAFEGUARDING"}]},
    {"profile": ["http://x.org/a/b"], "security": [{"system": "urn:s", "code": "R"}]},
)  # fmt: skip
subjects = one_of(None, *({"reference": f"Patient/{who}"} for who in PATIENTS), {"reference": "Location/l1"},
                  {"identifier": {"system": "urn:nhs", "value": "999"}}, {"reference": "http://other.org/fhir/Patient/p1"})  # fmt: skip


@st.composite
def observations(draw):
    value = draw(one_of("q", "s", "c", None))
    components = draw(st.lists(st.tuples(concepts, quantities), max_size=2))
    return without_none({
        "resourceType": "Observation", "status": draw(one_of("final", "amended")), "code": draw(concepts), "subject": draw(subjects),
        "meta": draw(metas), **draw(whens),
        "valueQuantity": draw(quantities) if value == "q" else None,
        "valueString": draw(one_of("Ada sat up", "ada", "Élan")) if value == "s" else None,
        "valueCodeableConcept": draw(concepts) if value == "c" else None,
        "component": [{"code": code, "valueQuantity": amount} for code, amount in components] or None,
        "performer": draw(one_of(None, [{"reference": "Practitioner/dr"}], [{"reference": "Patient/p1"}, {"reference": "Practitioner/dr"}])),
        "derivedFrom": draw(one_of(None, [{"reference": "Observation/o0"}])),
    })  # fmt: skip


@st.composite
def patients(draw):
    return without_none({
        "resourceType": "Patient", "gender": draw(one_of("female", "male", None)), "birthDate": draw(one_of("1942-02-03", "1938", None)),
        "name": draw(one_of(None, [{"family": "Okafor", "given": ["Adaeze", "Ada"]}], [{"family": "O'Brien", "given": ["Zoë"]}])),
        "identifier": draw(one_of(None, [{"system": "urn:nhs", "value": "999", "type": {"coding": [{"system": "urn:i", "code": "NH"}]}}])),
        "generalPractitioner": draw(one_of(None, [{"reference": "Practitioner/dr"}])),
    })  # fmt: skip


OTHERS = [
    {"resourceType": "Practitioner", "id": "dr", "name": [{"family": "Nwosu"}]},
    {"resourceType": "Location", "id": "l1", "status": "active", "name": "Willow", "position": {"latitude": Decimal("51.5"), "longitude": Decimal("-0.12")}},
    {"resourceType": "ValueSet", "id": "v1", "status": "active", "url": "http://x.org/vs/a"},
    {"resourceType": "Appointment", "id": "a1", "status": "booked",
     "participant": [{"actor": {"reference": f"Patient/{who}"}, "status": "accepted"} for who in ("p1", "p2")]},
]  # fmt: skip
stores = st.tuples(st.lists(patients(), min_size=3, max_size=3), st.lists(observations(), min_size=8, max_size=12))

ON_OBSERVATIONS = [
    ("code", "http://loinc.org|8867-4"), ("code", "8867-4"), ("code", "|8867-4"), ("code", "http://loinc.org|"),
    ("code", "http://loinc.org|8867-4,http://loinc.org|8310-5"), ("code:not", "8867-4"), ("code:text", "heart"), ("code:text", "temperature"),
    ("code:missing", "true"), ("code:missing", "false"), ("combo-code", "8480-6"), ("status", "final"), ("status", "final,amended"),
    ("patient", "p1"), ("patient", "Patient/p2"), ("patient", "p1,p2"), ("subject", "Patient/p1"), ("subject", "p1"), ("subject:Location", "l1"),
    ("subject:missing", "true"), ("subject:identifier", "urn:nhs|999"), ("subject", "http://other.org/fhir/Patient/p1"),
    ("performer", "Practitioner/dr"), ("performer", "dr"), ("subject:Patient.name", "oka"), ("patient.gender", "female"),
    ("patient.birthdate", "lt1940"), ("performer:Practitioner.name", "nwo"), ("subject.name", "zoe"), ("patient.general-practitioner.name", "nwosu"),
    ("derived-from.code", "8867-4"), ("date", "2026-11-22"), ("date", "ge2026-11-22"), ("date", "gt2026-11-22"), ("date", "lt2026-11-22"),
    ("date", "le2026-11-22T03:12:00Z"), ("date", "ne2026-11-22"), ("date", "sa2026-11-21"), ("date", "eb2026-11-23"), ("date", "2026"),
    ("date", "2025,2026-11-22"), ("date:missing", "true"), ("value-quantity", "5.4"), ("value-quantity", "gt5.4"), ("value-quantity", "ge72.5"),
    ("value-quantity", "lt100|http://unitsofmeasure.org|/min"), ("value-quantity", "72||beats"), ("value-quantity", "ne72"),
    ("value-quantity", "sa5.4"), ("value-quantity", "eb72"), ("value-quantity", "le-1"), ("combo-value-quantity", "gt70"),
    ("value-string", "ada"), ("value-string:exact", "ada"), ("value-string:contains", "sat"), ("value-string", "elan"),
    ("value-concept", "8867-4"), ("value-concept:text", "pulse"), ("code-value-quantity", "8867-4$gt70"),
    ("code-value-quantity", "http://loinc.org|8867-4$5.4"), ("component-code-value-quantity", "8867-4$lt72"), ("combo-code-value-quantity", "8480-6$gt0"),
    ("_id", "o0"), ("_id", "o0,o1"), ("_tag", "urn:t|a"), ("_tag:not", "urn:t|a"), ("_security", "urn:s|R"), ("_profile", "http://x.org/a/b"),
    ("_lastUpdated", "ge2026-11-22"), ("_lastUpdated", "gt2026-11-23"), ("_lastUpdated", "2026-11-22T03:12:01.000Z"),
]  # fmt: skip
ON_PATIENTS = [
    ("name", "oka"), ("name", "zoe"), ("family:exact", "Okafor"), ("family:contains", "bri"), ("given", "ada"), ("gender", "female"),
    ("gender:not", "female"), ("gender:missing", "true"), ("birthdate", "1942-02-03"), ("birthdate", "lt1940"), ("birthdate", "ge1940"),
    ("identifier", "urn:nhs|999"), ("identifier:of-type", "urn:i|NH|999"), ("general-practitioner", "Practitioner/dr"),
    ("_has:Observation:patient:code", "8867-4"), ("_has:Observation:patient:value-quantity", "gt70"), ("_id", "p1"),
    ("_has:Observation:subject:performer.name", "nwosu"), ("_has:Appointment:actor:status", "booked"),
]  # fmt: skip
ON_OTHERS = [
    ("Location", ("near", "51.5|-0.1|5|km")), ("Location", ("near", "51.5|-0.1|1|km")), ("Location", ("near", "51.5|-0.12")),
    ("ValueSet", ("url", "http://x.org/vs/a")), ("ValueSet", ("url:below", "http://x.org/vs")), ("ValueSet", ("url:above", "http://x.org/vs/a/b")),
    ("Appointment", ("patient", "p2")), ("Appointment", ("actor:Patient.gender", "female")), ("Practitioner", ("name", "nw")),
]  # fmt: skip
ALONE = [("Observation", [pair]) for pair in ON_OBSERVATIONS] + [("Patient", [pair]) for pair in ON_PATIENTS]
ALONE += [(type_, [pair]) for type_, pair in ON_OTHERS]
together = st.tuples(st.just("Observation"), st.lists(one_of(*ON_OBSERVATIONS), min_size=2, max_size=3))
readers = one_of(
    make_access(sections=ALL_SECTIONS), make_access(), make_access("p1", "p2", "p3"), make_access("p1"), make_access("p2", sections=ALL_SECTIONS),
    make_access("nobody"),
)  # fmt: skip


@contextmanager
def undone() -> Iterator[None]:
    """A store of its own for each example."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def fill(store) -> None:
    people, seen = store
    named = [{**each, "id": f"p{number}"} for number, each in enumerate(people, 1)] + OTHERS
    named += [{**each, "id": f"o{number}"} for number, each in enumerate(seen)]
    system = make_access(sections=ALL_SECTIONS)
    for number, each in enumerate(named):
        write = Write(each["resourceType"], each, each["id"], is_new=True)
        actions.many([write], access=system, at=NIGHT + timedelta(seconds=number), origin="api:test")
    actions.delete("Observation", "o1", access=system, at=NIGHT)


def visible(access: Access) -> list[naive.Item]:
    items = []
    for version in queries.history(access=make_access(sections=ALL_SECTIONS), count=100).matches:
        if version.version == 1 and version.id != "o1":
            resource = text.loads(version.body)
            rows = extract.rows(resource)
            is_theirs = access.people is None or access.people.issuperset(version.patients)
            if is_theirs and not rules.section_bits(resource) & rules.hidden_bits(access.sections):
                items.append(naive.Item(version.type, version.id, version.at, rows))
    return items


@settings(max_examples=30, deadline=None, derandomize=True, database=None, phases=NO_SHRINKING, suppress_health_check=list(HealthCheck))
@given(stores, st.lists(together, min_size=10, max_size=10), readers)
def test_it_finds_what_a_matcher_in_memory_finds(store, asked, access):
    with undone():
        fill(store)
        items = visible(access)
        for type_, pairs in [*ALONE, *asked]:
            query = parse([type_], pairs)
            page = queries.search(query, access=access)
            assert sorted(version.id for version in page.matches) == sorted(item.id for item in naive.found(query, items)), pairs
            assert page.total == len(page.matches)


SORTS = ["date", "-date", "_lastUpdated", "-_lastUpdated", "_id", "-_id", "value-quantity", "-value-quantity", "-date,_id", "_lastUpdated,-date"]


@settings(max_examples=40, deadline=None, derandomize=True, database=None, phases=NO_SHRINKING, suppress_health_check=list(HealthCheck))
@given(stores, one_of(*SORTS), st.lists(one_of(*ON_OBSERVATIONS), max_size=1), st.integers(1, 3))
def test_it_sorts_and_pages_as_a_matcher_in_memory_does(store, sort, pairs, count):
    with undone():
        fill(store)
        access = make_access(sections=ALL_SECTIONS)
        items = {item.id: item for item in visible(access)}
        seen, cursor = [], ""
        for _ in range(20):
            query = parse(["Observation"], [*pairs, ("_sort", sort), ("_count", str(count)), ("_cursor", cursor)])
            page = queries.search(query, access=access)
            seen, cursor = [*seen, *(version.id for version in page.matches)], page.next_cursor
            if not cursor:
                break
        wanted = naive.found(query, list(items.values()))
        assert sorted(seen) == sorted(item.id for item in wanted)
        shown = [tuple(naive.sort_value(each, items[id_]) for each in query.sorts) for id_ in seen]
        if "date" not in sort or not any("effectiveTiming" in str(item) for item in store[1]):
            assert shown == naive.sorted_by(query, wanted)
