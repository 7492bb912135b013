"""What a search asks for."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from hearthlight.fhir.search.parse import parse
from hearthlight.fhir.search.types import (
    Chain,
    CompositeValue,
    Condition,
    DateValue,
    Has,
    Include,
    Modifier,
    NearValue,
    NumberValue,
    Prefix,
    Query,
    ReferenceValue,
    Sort,
    StringValue,
    Summary,
    TokenValue,
    Total,
    TypedTokenValue,
    UriValue,
)
from hearthlight.fhir.types import Malformed

LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"


def asked(type, *pairs, strict=False):
    return parse((type,) if type else (), pairs, is_strict=strict)


def only(type, key, text):
    """The one clause that one parameter makes."""
    (clause,) = asked(type, (key, text), strict=True).where
    return clause


def values(type, key, text):
    return only(type, key, text).values


def refusal(type, *pairs, strict=False):
    with pytest.raises(Malformed) as refused:
        asked(type, *pairs, strict=strict)
    (issue,) = refused.value.issues
    return issue


# --- values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("8867-4", TokenValue(None, "8867-4")),
        (f"{LOINC}|8867-4", TokenValue(LOINC, "8867-4")),
        ("|8867-4", TokenValue("", "8867-4")),
        (f"{LOINC}|", TokenValue(LOINC, None)),
        (r"a\,b\|c\$d\\e", TokenValue(None, r"a,b|c$d\e")),
    ],
)
def test_it_reads_a_token(text, value):
    assert values("Observation", "code", text) == (value,)


def test_it_takes_any_of_several_values():
    assert values("Observation", "code", r"a,b\,c") == (TokenValue(None, "a"), TokenValue(None, "b,c"))


def test_it_takes_all_of_several_parameters():
    assert len(asked("Observation", ("code", "a"), ("code", "b")).where) == 2


def test_it_reads_words():
    assert values("Patient", "family", "Ó  Briain") == (StringValue("Ó  Briain", "o briain"),)


@pytest.mark.parametrize("prefix", list(Prefix))
def test_it_reads_every_prefix_of_a_date(prefix):
    (value,) = values("Observation", "date", f"{prefix}2026-03-01")

    assert value.prefix is prefix
    assert value.lo <= datetime(2026, 3, 1, tzinfo=UTC) < datetime(2026, 3, 2, tzinfo=UTC) <= value.hi


def test_it_takes_about_a_day_as_the_days_beside_it_too():
    assert values("Observation", "date", "ap2026-03-02") == (
        DateValue(Prefix.AP, datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 4, tzinfo=UTC)),
    )


def test_it_forgives_a_plus_sign_that_became_a_space():
    (value,) = values("Observation", "date", "2026-07-01T00:00:00 01:00")

    assert value.lo == datetime(2026, 6, 30, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "lo", "hi"),
    [
        ("100", "99.5", "100.5"), ("100.00", "99.995", "100.005"), ("1e2", "50", "150"), ("1.0e2", "95", "105"),
        ("-5", "-5.5", "-4.5"), ("0", "-0.5", "0.5"), ("ap100", "90", "110"), ("ap-100", "-110", "-90"), ("gt100", "100", "100"),
        ("le0.80", "0.80", "0.80"), ("ne100", "99.5", "100.5"), ("+7", "6.5", "7.5"),
    ],
)  # fmt: skip
def test_it_takes_a_number_as_precisely_as_it_is_written(text, lo, hi):
    (value,) = values("RiskAssessment", "probability", text)

    assert (value.lo, value.hi) == (Decimal(lo), Decimal(hi))


def test_it_keeps_every_digit_of_a_long_number():
    (value,) = values("RiskAssessment", "probability", "0.12345678901234567890123456789012345")

    assert value.hi - Decimal("0.12345678901234567890123456789012345") == Decimal("5E-36")


@pytest.mark.parametrize(
    ("text", "system", "code"),
    [("ge72", None, None), (f"ge72|{UCUM}|/min", UCUM, "/min"), ("ge72||beats/min", None, "beats/min"), (f"ge72|{UCUM}|", UCUM, None)],
)
def test_it_reads_a_quantity_with_its_unit(text, system, code):
    assert values("Observation", "value-quantity", text) == (NumberValue(Prefix.GE, Decimal(72), Decimal(72), system, code),)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("person-7", ReferenceValue(None, "person-7")),
        ("Patient/person-7", ReferenceValue("Patient", "person-7")),
        ("https://a.example/fhir/Patient/7", ReferenceValue("Patient", "7", "https://a.example/fhir/Patient/7")),
        ("urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", ReferenceValue(url="urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0")),
    ],
)
def test_it_reads_a_reference(text, value):
    assert values("Observation", "subject", text) == (value,)


def test_it_reads_a_canonical_as_a_url():
    url = "https://a.example/Questionnaire/must|2.1".replace("|", r"\|")

    assert values("QuestionnaireResponse", "questionnaire", url) == (ReferenceValue(url="https://a.example/Questionnaire/must|2.1"),)


def test_it_reads_a_uri():
    assert values("ValueSet", "url", "http://a.example/x") == (UriValue("http://a.example/x"),)


@pytest.mark.parametrize(("text", "km"), [("53.4|-2.2", "5"), ("53.4|-2.2|2", "2"), ("53.4|-2.2|500|m", "0.5"), ("53.4|-2.2|1|[mi_i]", "1.609344")])
def test_it_reads_how_near_a_place_should_be(text, km):
    assert values("Location", "near", text) == (NearValue(Decimal("53.4"), Decimal("-2.2"), Decimal(km)),)


def test_it_reads_a_composite():
    (value,) = values("Observation", "code-value-quantity", f"{LOINC}|8480-6$gt140")

    assert value == CompositeValue((TokenValue(LOINC, "8480-6"), NumberValue(Prefix.GT, Decimal(140), Decimal(140))))


# --- modifiers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "is_missing"), [("true", True), ("false", False)])
def test_it_asks_whether_something_is_missing(text, is_missing):
    clause = only("Patient", "birthdate:missing", text)

    assert (clause.modifier, clause.is_missing, clause.values) == (Modifier.MISSING, is_missing, ())


@pytest.mark.parametrize(
    ("type", "key", "text", "modifier", "value"),
    [
        ("Patient", "family:exact", "Lewis", Modifier.EXACT, StringValue("Lewis", "lewis")),
        ("Patient", "family:contains", "ewi", Modifier.CONTAINS, StringValue("ewi", "ewi")),
        ("Observation", "code:text", "Heart", Modifier.TEXT, StringValue("Heart", "heart")),
        ("Observation", "status:not", "final", Modifier.NOT, TokenValue(None, "final")),
        ("Patient", "identifier:of-type", "urn:t|MR|123", Modifier.OF_TYPE, TypedTokenValue("urn:t", "MR", "123")),
        ("Observation", "subject:identifier", "urn:nhs|9", Modifier.IDENTIFIER, TokenValue("urn:nhs", "9")),
        ("ValueSet", "url:below", "http://a.example", Modifier.BELOW, UriValue("http://a.example")),
        ("ValueSet", "url:above", "http://a.example", Modifier.ABOVE, UriValue("http://a.example")),
    ],
)
def test_it_reads_a_modifier(type, key, text, modifier, value):
    clause = only(type, key, text)

    assert (clause.modifier, clause.values) == (modifier, (value,))


def test_it_reads_a_type_after_a_reference():
    clause = only("Observation", "subject:Patient", "person-7,Patient/person-8")

    assert clause.modifier is None
    assert clause.values == (ReferenceValue("Patient", "person-7"), ReferenceValue("Patient", "person-8"))


@pytest.mark.parametrize("key", ["code:in", "code:not-in", "code:above", "code:below", "subject:below"])
def test_it_says_which_modifiers_it_cannot_do(key):
    issue = refusal("Observation", (key, "x"))

    assert issue.code == "not-supported"
    assert issue.diagnostics.startswith(f"{key}: ")


@pytest.mark.parametrize("key", ["code:exact", "family:not", "birthdate:exact", "code:", "code:Patient", "code:bogus", "birthdate:of-type"])
def test_it_refuses_a_modifier_that_does_not_belong(key):
    """Even leniently: without its modifier a parameter means something else."""
    type = "Patient" if key.partition(":")[0] in ("family", "birthdate") else "Observation"

    assert refusal(type, (key, "x")).code == "invalid"


# --- along references ------------------------------------------------------------------------------------------------


def test_it_follows_a_reference():
    clause = only("Observation", "subject:Patient.name:exact", "Ada")

    assert isinstance(clause, Chain) and clause.parameter.code == "subject"
    ((type, end),) = clause.to
    assert (type, end.parameter.code, end.modifier) == ("Patient", "name", Modifier.EXACT)


def test_it_follows_a_reference_to_every_type_for_which_it_makes_sense():
    clause = only("Observation", "subject.name", "Ada")

    assert [type for type, _ in clause.to] == ["Location", "Patient"]  # neither Device nor Group has a name in R4


def test_it_follows_a_reference_to_anything():
    clause = only("Provenance", "target.birthdate", "1940")

    assert [type for type, _ in clause.to] == ["Patient", "Person", "RelatedPerson"]


def test_it_follows_several_references():
    clause = only("Observation", "patient.general-practitioner:Organization.identifier", "urn:ods|P85020")

    (_, second), = clause.to
    (last_type, last), = second.to
    assert (second.parameter.code, last_type, last.values) == ("general-practitioner", "Organization", (TokenValue("urn:ods", "P85020"),))


def test_it_leaves_out_a_type_of_which_the_value_makes_no_sense():
    """`subject.identifier` is a token everywhere, but `focus.value-quantity` only of an Observation."""
    clause = only("Observation", "focus.value-quantity", "gt5")

    assert [type for type, _ in clause.to] == ["Observation"]


def test_it_asks_what_points_here():
    clause = only("Patient", "_has:Observation:patient:code", "8867-4")

    assert isinstance(clause, Has)
    assert (clause.source, clause.parameter.code) == ("Observation", "patient")
    assert isinstance(clause.clause, Condition) and clause.clause.values == (TokenValue(None, "8867-4"),)


def test_it_asks_what_points_to_what_points_here():
    clause = only("Patient", "_has:Observation:patient:_has:Provenance:target:agent:Practitioner", "staff-4")

    assert clause.clause.source == "Provenance"
    assert clause.clause.clause.values == (ReferenceValue("Practitioner", "staff-4"),)


def test_it_asks_what_points_to_the_end_of_a_chain():
    clause = only("Encounter", "patient._has:Group:member:_id", "102")

    ((type, has),) = clause.to
    assert (type, has.source, has.clause.parameter.code) == ("Patient", "Group", "_id")


def test_it_refuses_to_go_too_far():
    assert refusal("Patient", ("link.link.link.link.link.link.name", "x")).code == "too-costly"
    assert refusal("Provenance", ("target.subject.identifier", "x")).code == "too-costly"
    assert refusal("Provenance", ("target.subject.identifier", "x")).diagnostics.startswith("target.subject.identifier: ")
    assert refusal("Patient", ("_has:Group:member:" * 9 + "code", "x")).code == "too-costly"


@pytest.mark.parametrize(
    ("type", "key"),
    [
        ("Observation", "code.name"), ("Observation", "subject:Bogus.name"), ("QuestionnaireResponse", "questionnaire.title"),
        ("Patient", "_has:Observation"), ("Patient", "_has:Observation:code:x"), ("Patient", "_has:Encounter:location:status"),
    ],
)  # fmt: skip
def test_it_refuses_what_is_no_reference(type, key):
    assert key in refusal(type, (key, "x")).diagnostics


# --- what comes back -------------------------------------------------------------------------------------------------


def test_it_reads_how_the_answer_should_be():
    query = asked(
        "Observation", ("_sort", "-date,_id"), ("_count", "20"), ("_total", "accurate"), ("_summary", "data"),
        ("_elements", "code, valueQuantity.value"), ("_cursor", "abc"), strict=True,
    )  # fmt: skip

    assert [(sort.parameter.code, sort.is_descending) for sort in query.sorts] == [("date", True), ("_id", False)]
    assert isinstance(query.sorts[0], Sort)
    assert (query.count, query.total, query.summary, query.cursor) == (20, Total.ACCURATE, Summary.DATA, "abc")
    assert query.elements == ("code", "valueQuantity.value")


@pytest.mark.parametrize(
    ("key", "text", "include"),
    [
        ("_include", "Observation:subject", Include("Observation", "subject")),
        ("_include", "Observation:subject:Patient", Include("Observation", "subject", "Patient")),
        ("_include", "Observation:*", Include("Observation", None)),
        ("_include", "*", Include("Observation", None)),
        ("_include:iterate", "Patient:general-practitioner", Include("Patient", "general-practitioner", None, True)),
    ],
)
def test_it_reads_what_should_come_along(key, text, include):
    assert asked("Observation", (key, text), strict=True).includes == (include,)


def test_it_reads_what_should_come_along_the_other_way():
    query = asked("Observation", ("_revinclude", "Provenance:target"), ("_revinclude:iterate", "AuditEvent:entity"))

    assert query.revincludes == (Include("Provenance", "target"), Include("AuditEvent", "entity", None, True))


def test_it_searches_every_type_or_those_that_are_named():
    assert asked(None, ("_id", "7"), strict=True).types == ()
    query = asked(None, ("_type", "Patient,Observation"), ("_lastUpdated", "gt2026"), ("identifier", "x"), strict=True)
    assert query.types == ("Patient", "Observation")
    assert asked(None, ("_type", "Patient,Observation"), ("birthdate", "1940")).ignored == (("birthdate", "1940"),)


def test_it_takes_every_target_of_a_reference_that_several_types_share():
    (clause,) = asked(None, ("_type", "Observation,Encounter"), ("subject", "7")).where

    assert clause.parameter.targets == ("Device", "Group", "Location", "Patient")


def test_it_asks_nothing_where_nothing_is_asked():
    assert parse(("Patient",), []) == Query(types=("Patient",), understood=(), ignored=())


# --- what is unknown, and what is wrong ------------------------------------------------------------------------------


def test_it_says_what_it_understood_and_what_it_left_out():
    pairs = [("code", "8867-4"), ("bogus", "1"), ("_cursor", "c"), ("_format", "json"), ("date", ""), ("_count", "5"),
             ("subject.bogus", "x"), ("_sort", "bogus"), ("_include", "Observation:bogus")]  # fmt: skip
    query = asked("Observation", *pairs)

    assert query.understood == (("code", "8867-4"), ("_count", "5"))
    assert query.ignored == (
        ("bogus", "1"), ("date", ""), ("subject.bogus", "x"), ("_sort", "bogus"), ("_include", "Observation:bogus"),
    )  # fmt: skip


@pytest.mark.parametrize("key", ["bogus", "subject.bogus", "_has:Bogus:x:y"])
def test_it_refuses_what_is_unknown_if_asked_to(key):
    issue = refusal("Observation", (key, "1"), strict=True)

    assert issue.diagnostics == f"{key}: unknown here"


@pytest.mark.parametrize("key", ["_text", "_content", "_filter", "_list", "_query"])
def test_it_refuses_full_text_rather_than_find_too_much(key):
    assert refusal("Patient", (key, "x")).code == "not-supported"


@pytest.mark.parametrize(
    ("type", "key", "text"),
    [
        ("Observation", "date", "yesterday"), ("Observation", "date", "ge"), ("Observation", "date", "2026-02-30"),
        ("Observation", "value-quantity", "much"), ("Observation", "value-quantity", "5|mg"), ("Observation", "value-quantity", "NaN"),
        ("RiskAssessment", "probability", "1e999"), ("RiskAssessment", "probability", "1" * 99), ("RiskAssessment", "probability", "١"),
        ("Observation", "code", "a|b|c"), ("Observation", "code", "|"), ("Observation", "code", "a,,b"),
        ("Observation", "subject", "no id!"), ("Observation", "subject", "Bogus/1"), ("Observation", "subject", "#p"),
        ("Observation", "subject:Encounter", "1"), ("Observation", "subject:Patient", "Device/1"),
        ("Observation", "code-value-quantity", "8480-6"), ("Observation", "code-value-quantity", "8480-6$high"),
        ("Patient", "identifier:of-type", "a|b"), ("Patient", "birthdate:missing", "perhaps"),
        ("Location", "near", "53"), ("Location", "near", "95|0"), ("Location", "near", "53|0|1|parsec"), ("Location", "near", "53|0|-1"),
        ("Observation", "_count", "-1"), ("Observation", "_count", "many"), ("Observation", "_count", "1" * 10),
        ("Observation", "_total", "some"), ("Observation", "_summary", "x"), ("Observation", "_elements", "a b"),
        ("Observation", "_sort", "code-value-quantity"), ("Observation", "_include", "bogus"), ("Observation", "_include", "Observation:code"),
        ("Observation", "_include:bogus", "Observation:subject"), ("Observation", "_revinclude", "*"),
        ("Observation", "_include", "Observation:subject:Practitioner"), ("Observation", "_contained", "true"),
        ("Observation", "code", "x\0"), ("Observation", "code", "\ud800"), ("Observation", "code", "x" * 16_001),
        ("Observation", "_id", ",".join("1" * 501)),
    ],
)  # fmt: skip
def test_it_refuses_what_is_malformed_and_names_it(type, key, text):
    assert refusal(type, (key, text)).diagnostics.startswith(key.partition(":")[0])


def test_it_refuses_a_search_that_is_too_long():
    assert refusal("Observation", *[("code", "x")] * 101).code == "too-costly"
    assert refusal("Observation", ("_count", "1"), ("_count", "2")).code == "invalid"
    assert refusal("Observation", *[("_sort", "date,code,status,_id,category,method")]).code == "too-costly"


def test_it_refuses_a_type_that_is_none():
    assert refusal("Resident", ("_id", "1")).code == "not-supported"
    assert refusal(None, ("_type", "Resident")).code == "invalid"
