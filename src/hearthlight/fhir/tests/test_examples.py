"""What HL7 publishes as examples passes, value for value, but for the few that break HL7's own rules."""

from decimal import Decimal

import pytest

from hearthlight.fhir.check import check
from hearthlight.fhir.text import dumps, loads

from . import corpus

# The examples that are not valid R4, where, and why.
INVALID = {
    "ActivityDefinition-blood-tubes-supply": ("ActivityDefinition.text.div", "the narrative is an empty div (txt-2)"),
    "ActivityDefinition-heart-valve-replacement": ("ActivityDefinition.text.div", "the narrative is an empty div (txt-2)"),
    "DeviceMetric-example": ("DeviceMetric.parent", "leads to a DeviceDefinition, and may lead to a Device only"),
    "DeviceUseStatement-example": ("DeviceUseStatement.reasonReference[0]", "leads to a Procedure, which is none of five types"),
    "EventDefinition-example": ("EventDefinition.text.div", "the narrative is an empty div (txt-2)"),
    "MedicationRequest-medrx0301": ("MedicationRequest.dispenseRequest.performer", "leads to a Practitioner, not an Organization"),
    "Observation-clinical-gender": ("Observation.performer[0]", "an Encounter performs nothing"),
    "Questionnaire-qs1": ("Questionnaire.item[0].item[0].linkId", "items without a linkId"),
    "Questionnaire-zika-virus-exposure-assessment": ("Questionnaire.text.div", "the narrative is an empty div (txt-2)"),
}


def test_it_has_the_examples():
    assert len(corpus.bodies()) == 727


@pytest.mark.parametrize("first", "ABCDEFGHIJKLMNOPQRSTUV")
def test_it_finds_nothing_wrong_with_what_is_right_and_changes_nothing(first):
    errors = {}
    for name, body in corpus.bodies().items():
        if name.startswith(first):
            resource = loads(body)
            found = [issue.expression for issue in check(resource) if issue.is_error]
            if found:
                errors[name] = found[0]
            assert dumps(resource) == body

    assert errors == {name: where for name, (where, _) in INVALID.items() if name.startswith(first)}


def test_it_keeps_the_precision_of_every_decimal():
    written = loads(corpus.bodies()["Observation-f001"].replace(b"6.3", b"6.300"))

    assert written["valueQuantity"]["value"].as_tuple() == Decimal("6.300").as_tuple()
    assert b"6.300" in dumps(written)
    assert not [issue for issue in check(written) if issue.is_error]
