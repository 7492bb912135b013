"""Nonsense is refused as Malformed, and never otherwise."""

from dataclasses import fields

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from hearthlight.fhir.search import parameters
from hearthlight.fhir.search.extract import rows
from hearthlight.fhir.search.parse import parse
from hearthlight.fhir.search.types import Date
from hearthlight.fhir.types import Malformed

from .examples import EXAMPLES

PATIENT = settings(derandomize=True, deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
NAMES = sorted({key for example in EXAMPLES for key in example} - {"resourceType"})
VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=20) | some.sampled_from(["2024-01", "Patient/1", "x|2"]),
    lambda inner: some.lists(inner, max_size=3)
    | some.dictionaries(
        some.sampled_from(["coding", "code", "system", "value", "reference", "identifier", "start", "low", "origin", "data", "event",
                           "repeat", "type", "text", "display", "extension", "url", "latitude", "resource"]),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@PATIENT
@given(
    some.sampled_from(sorted(parameters.types())),
    some.dictionaries(some.sampled_from(NAMES) | some.sampled_from(["valueQuantity", "effectivePeriod"]), VALUES, max_size=6),
)
def test_it_refuses_nonsense_as_malformed_and_nothing_else(type, members):
    try:
        found = rows({"resourceType": type, **members})
    except Malformed as refusal:
        assert refusal.issues[0].is_error
    else:
        assert all(isinstance(getattr(found, each.name), list | tuple | None | Date) for each in fields(found))


@PATIENT
@given(some.data())
def test_it_bears_any_one_element_of_an_example_being_wrong(data):
    example = dict(data.draw(some.sampled_from(EXAMPLES)))
    member = data.draw(some.sampled_from(sorted(example.keys() - {"resourceType"})))
    example[member] = data.draw(VALUES)
    try:
        rows(example)
    except Malformed as refusal:
        assert refusal.issues[0].expression.startswith(example["resourceType"])


CODES = sorted({code for type in ("Observation", "Patient", "Location", "RiskAssessment", "Provenance") for code in parameters.of(type)})
RESULTS = ["_sort", "_count", "_total", "_include", "_include:iterate", "_revinclude", "_elements", "_summary", "_type", "_cursor", "_has"]
PIECES = some.sampled_from([*CODES, *RESULTS, *":.,|$\\", "Patient", "Observation", "missing", "exact", "of-type", "_has", "true", "*"])
WORDS = some.lists(PIECES | some.text(max_size=6), max_size=7).map("".join)
TEXTS = WORDS | some.sampled_from(["ge2026", "eq1e2", "5||mg", "a$b", "Patient/1", "http://x|1", "53|1|2|km"]) | some.text(max_size=12)


@PATIENT
@given(
    some.lists(some.sampled_from(["Observation", "Patient", "Location", "RiskAssessment", "Provenance", "Bogus"]), max_size=2),
    some.lists(some.tuples(WORDS | some.sampled_from([*CODES, *RESULTS]), TEXTS), max_size=4),
    some.booleans(),
)
def test_it_reads_any_search_or_refuses_it_as_malformed(types, pairs, is_strict):
    try:
        query = parse(types, pairs, is_strict=is_strict)
    except Malformed as refusal:
        assert refusal.issues[0].is_error and refusal.issues[0].diagnostics
    else:
        assert len(query.understood) + len(query.ignored) <= len(pairs)
        assert not (is_strict and query.ignored)
