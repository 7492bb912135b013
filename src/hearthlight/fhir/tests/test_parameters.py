"""What may be asked of each type."""

import pytest

from hearthlight.fhir.search import parameters
from hearthlight.fhir.search.types import Type


def test_it_knows_every_resource_type_of_r4():
    assert len(parameters.types()) == 146
    assert {"Patient", "Observation", "Consent"} <= parameters.types()
    assert "Resource" not in parameters.types()


def test_it_gives_every_type_what_every_resource_has():
    for type in parameters.types():
        assert {"_id", "_lastUpdated", "_profile", "_security", "_tag", "_source"} <= parameters.of(type).keys()


def test_it_draws_a_path_for_every_parameter():
    empty = [f"{type}.{code}" for type, rows in parameters.table().items() for code, row in rows.items() if not row["paths"]]

    assert empty == []


def test_it_offers_no_full_text():
    assert not {"_text", "_content", "_filter", "_query", "_list"} & parameters.of("Patient").keys()


def test_it_refuses_a_type_that_is_none():
    with pytest.raises(KeyError):
        parameters.of("Resident")


def test_it_says_whom_a_reference_may_point_to():
    of = parameters.of("Observation")

    assert of["patient"].targets == ("Patient",)
    assert of["subject"].targets == ("Device", "Group", "Location", "Patient")
    assert of["focus"].targets == ()  # anything


def test_it_tells_a_canonical_from_a_reference():
    assert parameters.of("QuestionnaireResponse")["questionnaire"].is_canonical
    assert not parameters.of("QuestionnaireResponse")["subject"].is_canonical


def test_it_says_what_a_composite_is_made_of():
    parts = parameters.of("Observation")["code-value-quantity"].components

    assert [(part.type, part.expression) for part in parts] == [
        (Type.TOKEN, "code"), (Type.QUANTITY, "value.as(Quantity)"),
    ]


def test_it_keeps_only_the_expression_of_the_type():
    assert parameters.of("Encounter")["patient"].expression == "Encounter.subject.where(resolve() is Patient)"


def test_it_asks_a_vital_sign_everything_r4_says():
    assert {
        "_id", "_lastUpdated", "based-on", "category", "code", "code-value-concept", "code-value-date", "code-value-quantity",
        "code-value-string", "combo-code", "combo-code-value-concept", "combo-code-value-quantity", "combo-data-absent-reason",
        "combo-value-concept", "combo-value-quantity", "component-code", "component-code-value-concept",
        "component-code-value-quantity", "component-data-absent-reason", "component-value-concept",
        "component-value-quantity", "data-absent-reason", "date", "derived-from", "device", "encounter", "focus",
        "has-member", "identifier", "method", "part-of", "patient", "performer", "specimen", "status", "subject",
        "value-concept", "value-date", "value-quantity", "value-string",
    } <= parameters.of("Observation").keys()  # fmt: skip
