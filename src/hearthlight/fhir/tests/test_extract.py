"""What a resource is found by."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from hearthlight.fhir.search import parameters
from hearthlight.fhir.search.extract import rows
from hearthlight.fhir.search.text import normalised
from hearthlight.fhir.search.types import (
    DUSK,
    LEAST,
    MOST,
    Composite,
    Date,
    Number,
    Position,
    Reference,
    Text,
    Token,
    TypedToken,
    Uri,
)  # fmt: skip
from hearthlight.fhir.types import Malformed

from . import made, naive
from .examples import EXAMPLES

LOINC, SNOMED, UCUM = "http://loinc.org", "http://snomed.info/sct", "http://unitsofmeasure.org"
ROWS = ("tokens", "strings", "dates", "numbers", "references", "uris", "positions")


def heart_rate(**more):
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {
            "coding": [{"system": LOINC, "code": "8867-4", "display": "Heart rate"}, {"system": SNOMED, "code": "364075005"}],
            "text": "Pulse",
        },
        "subject": {"reference": "Patient/person-7"},
        "performer": [{"reference": "Practitioner/staff-4"}],
        "effectiveDateTime": "2026-03-01T08:00:00Z",
        "valueQuantity": {"value": 72, "unit": "beats/min", "system": UCUM, "code": "/min"},
        **more,
    }


def of(found, parameter):
    """The rows of one parameter, without its name."""
    return [tuple(row)[1:] for name in ROWS for row in getattr(found, name) if row.parameter == parameter]


# --- the whole, against the slow way ---------------------------------------------------------------------------------


def by_parameter(resource):
    found = rows(resource)
    sorted_out = {}
    for row in [row for name in ROWS for row in getattr(found, name)]:
        sorted_out.setdefault(row.parameter, set()).add(tuple(row)[1:])
    for whole in found.composites:
        sorted_out.setdefault(whole.parameter, set()).add(tuple(tuple(row)[1:] for row in whole.rows))
    return sorted_out


def without_bindings(found, slow):
    """The interpreter cannot tell which code system a code element is bound to: there only the code is compared."""
    open_codes = {(code, row[1]) for code, got in slow.items() for row in got if row[0] == "*"}
    return {
        code: {("*", row[1]) if len(row) == 2 and (code, row[1]) in open_codes else row for row in got}
        for code, got in found.items()
    }


@pytest.mark.parametrize("type", sorted({example["resourceType"] for example in EXAMPLES}))
def test_it_finds_in_the_official_examples_what_their_expressions_say(type):
    for resource in (example for example in EXAMPLES if example["resourceType"] == type):
        slow = naive.rows(resource)

        assert without_bindings(by_parameter(resource), slow) == slow, resource["id"]


def test_it_has_an_official_example_for_most_parameters():
    """So that the comparison above means something."""
    used = {(each["resourceType"], code) for each in EXAMPLES for code in by_parameter(each)}

    assert len(used) >= 1325
    assert {code for type, code in used if type == "Observation"} >= {"code-value-quantity", "combo-code", "has-member"}


def test_it_writes_no_row_twice():
    for example in EXAMPLES:
        found = rows(example)
        for name in (*ROWS, "displays", "typed_tokens", "composites"):
            several = getattr(found, name)
            assert len(several) == len(set(several)), (example["id"], name)


# --- one kind after the other ----------------------------------------------------------------------------------------


def test_it_finds_a_code_by_each_of_its_codings():
    found = rows(heart_rate())

    assert of(found, "code") == [(LOINC, "8867-4"), (SNOMED, "364075005")]
    assert of(found, "status") == [("http://hl7.org/fhir/observation-status", "final")]
    assert [row for row in found.displays if row.parameter == "code"] == [
        Text("code", "Heart rate", "heart rate"), Text("code", "Pulse", "pulse"),
    ]  # fmt: skip


def test_it_says_who_what_and_when():
    found = rows(heart_rate())

    assert found.patients == ("person-7",) and found.patient == "person-7"
    assert found.code == Token("code", LOINC, "8867-4")
    moment = datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert found.date == Date("date", moment, moment.replace(second=1))


def test_it_takes_a_patient_as_being_about_itself():
    assert rows({"resourceType": "Patient", "id": "person-7", "link": [{"other": {"reference": "Patient/x"}}]}).patients == ("person-7",)


def test_it_is_not_about_the_patient_who_measured():
    found = rows(heart_rate(performer=[{"reference": "Patient/person-8"}]))

    assert found.patients == ("person-7",)


def test_it_is_not_about_a_patient_of_another_server():
    found = rows(heart_rate(subject={"reference": "https://elsewhere.example/fhir/Patient/person-7"}))

    assert found.patients == ()
    assert of(found, "patient") == [("Patient", "person-7", "https://elsewhere.example/fhir/Patient/person-7", None)]


def test_it_finds_a_quantity_by_its_code_and_by_its_unit():
    assert of(rows(heart_rate()), "value-quantity") == [
        (Decimal(72), Decimal(72), UCUM, "/min"), (Decimal(72), Decimal(72), "", "beats/min"),
    ]  # fmt: skip


@pytest.mark.parametrize(("comparator", "ends"), [("<", (LEAST, 72)), ("<=", (LEAST, 72)), (">", (72, MOST)), (">=", (72, MOST))])
def test_it_lets_a_comparator_reach_to_infinity(comparator, ends):
    found = rows(heart_rate(valueQuantity={"value": 72, "comparator": comparator}))

    assert of(found, "value-quantity") == [(*ends, "", "")]


def test_it_keeps_what_stands_together_together():
    pressure = heart_rate(component=[
        {"code": {"coding": [{"system": LOINC, "code": code}]}, "valueQuantity": {"value": value, "code": "mm[Hg]"}}
        for code, value in (("8480-6", 120), ("8462-4", 80))
    ])  # fmt: skip
    del pressure["valueQuantity"]
    name = "component-code-value-quantity"

    assert [each for each in rows(pressure).composites if each.parameter == name] == [
        Composite(name, (Token(name, LOINC, code), Number(name, Decimal(value), Decimal(value), "", "mm[Hg]")))
        for code, value in (("8480-6", 120), ("8462-4", 80))
    ]


def test_it_finds_a_reference_wherever_it_points():
    device = {"type": "Device", "identifier": {"system": "urn:serial", "value": "17"}}
    found = rows(heart_rate(
        encounter={"reference": "Encounter/e1/_history/3"}, device=device, specimen={"reference": "#inside"},
        focus=[{"reference": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"}, {"reference": "https://a.example/Group/7"}],
    ))  # fmt: skip

    assert of(found, "encounter") == [("Encounter", "e1", "", None)]
    assert of(found, "device") == [("Device", "", "", ("urn:serial", "17"))]
    assert of(found, "specimen") == []
    assert of(found, "focus") == [
        ("", "", "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", None), ("Group", "7", "https://a.example/Group/7", None),
    ]  # fmt: skip


def test_it_finds_a_canonical_with_and_without_its_version():
    found = rows({"resourceType": "QuestionnaireResponse", "questionnaire": "https://a.example/Questionnaire/must|2.1"})

    assert found.references == [
        Reference("questionnaire", "", "", "https://a.example/Questionnaire/must"),
        Reference("questionnaire", "", "", "https://a.example/Questionnaire/must|2.1"),
    ]


def test_it_finds_a_person_by_any_part_of_a_name():
    found = rows({"resourceType": "Patient", "name": [{"family": "Ó Briain", "given": ["Séamus", None], "_given": [None, {}]}]})

    assert of(found, "name") == [("Ó Briain", "o briain"), ("Séamus", "seamus")]
    assert of(found, "family") == [("Ó Briain", "o briain")]


def test_it_finds_an_identifier_by_its_type():
    kind = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}], "text": "Hospital number"}
    found = rows({"resourceType": "Patient", "identifier": [{"type": kind, "system": "urn:mrn", "value": "12345"}]})

    assert found.typed_tokens == [TypedToken("identifier", "http://terminology.hl7.org/CodeSystem/v2-0203", "MR", "12345")]
    assert found.displays == [Text("identifier", "Hospital number", "hospital number")]


def test_it_finds_a_telephone_as_written_and_as_dialled():
    found = rows({"resourceType": "Patient", "telecom": [{"system": "phone", "value": "(0161) 496 0000"}]})

    assert of(found, "phone") == [("", "(0161) 496 0000"), ("", "01614960000")]
    assert of(found, "email") == []


@pytest.mark.parametrize(
    ("more", "said"),
    [({}, "false"), ({"deceasedBoolean": False}, "false"), ({"deceasedBoolean": True}, "true"), ({"deceasedDateTime": "2025"}, "true")],
)
def test_it_says_of_everybody_whether_they_have_died(more, said):
    assert of(rows({"resourceType": "Patient", **more}), "deceased") == [("", said)]


def test_it_leaves_an_open_period_open():
    found = rows({"resourceType": "Encounter", "period": {"start": "2026-01"}})

    assert found.date == Date("date", datetime(2026, 1, 1, tzinfo=UTC), DUSK)


def test_it_finds_a_timing_by_its_outer_limits():
    timing = {"event": ["2026-01-03", "2026-01-01"], "repeat": {"boundsPeriod": {"end": "2026-01-09"}}}
    found = rows({"resourceType": "ServiceRequest", "occurrenceTiming": {**timing, "repeat": {}}})

    assert found.dates == [Date("occurrence", datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 4, tzinfo=UTC))]
    assert rows({"resourceType": "ServiceRequest", "occurrenceTiming": timing}).dates[0].hi == datetime(2026, 1, 10, tzinfo=UTC)


def test_it_finds_samples_from_the_least_to_the_greatest():
    ecg = {"origin": {"value": Decimal("0.5"), "code": "mV"}, "period": 10, "factor": 2, "dimensions": 1, "data": "3 E -1 U 2"}
    observation = heart_rate(valueSampledData=ecg)
    del observation["valueQuantity"]

    assert of(rows(observation), "combo-value-quantity") == [(Decimal("-1.5"), Decimal("6.5"), "", "mV")]


def test_it_finds_a_place_on_the_map():
    found = rows({"resourceType": "Location", "position": {"latitude": Decimal("53.48"), "longitude": Decimal("-2.24")}})

    assert found.positions == [Position("near", Decimal("53.48"), Decimal("-2.24"))]


def test_it_finds_what_guards_a_resource():
    meta = {"profile": ["https://a.example/p"], "security": [{"system": "urn:s", "code": "SAFEGUARDING"}], "source": "urn:x"}
    found = rows({"resourceType": "Basic", "meta": meta, "code": {"text": "note"}})

    assert of(found, "_security") == [("urn:s", "SAFEGUARDING")]
    assert found.uris == [Uri("_profile", "https://a.example/p"), Uri("_source", "urn:x")]


# --- what should not be there ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["  José  O'BRIEN\t", "JOSÉ O'BRIEN", "jose o'brien"])
def test_it_folds_case_accents_and_space(text):
    assert normalised(text) == "jose o'brien"


def test_it_folds_what_is_folded_already_to_itself():
    for text in ("STRASSE", "Straße", "İstanbul", "ﬁne", "Ελλάς", "ǅ"):
        assert normalised(normalised(text)) == normalised(text)


@pytest.mark.parametrize(
    "more",
    [{"code": "8867-4"}, {"effectiveDateTime": "yesterday"}, {"subject": ["x"]}, {"valueQuantity": {"value": "72"}},
     {"status": 7}, {"code": {"coding": [{"code": {}}]}}, {"resourceType": "Resident"}, {"resourceType": {}}],
)  # fmt: skip
def test_it_refuses_an_element_that_is_not_what_it_should_be(more):
    with pytest.raises(Malformed):
        rows(heart_rate(**more))


@pytest.mark.parametrize("type", sorted(parameters.types()))
def test_it_finds_what_an_expression_says_where_no_example_has_it(type):
    missed = []
    for code, row in parameters.table()[type].items():
        for path in row["paths"] if row["type"] != "composite" else ():
            resource = made.resource(type, path) if path[0] else {"resourceType": type}
            slow = {code: naive.rows_of(resource, parameters.of(type)[code])}
            fast = by_parameter(resource)
            if without_bindings({code: fast.get(code, set())}, slow) != slow or not slow[code]:
                missed.append((code, path))

    assert missed == []


def test_it_finds_every_composite_where_its_parts_stand_together():
    seen = 0
    for type in parameters.types():
        for code, row in parameters.table()[type].items():
            for resource in made.composites(type, row) if row["type"] == "composite" else ():
                slow = naive.rows_of(resource, parameters.of(type)[code])
                assert by_parameter(resource)[code] == slow != set(), (type, code)
                seen += 1

    assert seen == 104  # 46 definitions, most for several types
