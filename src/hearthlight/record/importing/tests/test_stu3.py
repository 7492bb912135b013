"""From STU3 to R4: what has another name gets it, what has no place is kept, and nothing is gone."""

from collections import Counter

import pytest

from hearthlight.fhir import text
from hearthlight.fhir.check import check
from hearthlight.record.importing import stu3
from hearthlight.record.importing.stu3_types import RELATED
from hearthlight.record.importing.tests.bundles import HERS, SNOMED, THEN, concept, structured
from hearthlight.record.importing.tests.bundles import stu3 as made

WHOM = "Patient/person-7"
EACH = pytest.mark.parametrize("resource", structured(), ids=lambda one: one["resourceType"])


def turned(type_, **told):
    return stu3.turned(made(type_, "x1", **told), patient=WHOM).resource


def leaves_after(resource):
    """Everything that is said now, in its place or kept."""
    said = {name: value for name, value in resource.items() if name != "extension"}
    theirs = [one for one in resource.get("extension", []) if one["url"] != stu3.KEPT]
    return Counter([*stu3.leaves(said), *stu3.leaves(theirs), *stu3.leaves(list(stu3.kept_in(resource).values()))])


@EACH
def test_it_passes_the_check_of_r4(resource):
    done = stu3.turned(resource, patient=WHOM)

    assert [issue for issue in check(done.resource) if issue.is_error] == []
    assert not done.is_whole


@EACH
def test_it_loses_nothing_that_was_said(resource):
    done = stu3.turned(resource, patient=WHOM)
    lost = Counter(stu3.leaves(resource)) - leaves_after(done.resource)

    assert [word for word in lost if word not in RELATED] == []  # hasMember says has-member


@EACH
def test_it_leaves_what_came_as_it_was(resource):
    before = text.dumps(resource)

    stu3.turned(resource, patient=WHOM)

    assert text.dumps(resource) == before


def test_it_turns_an_allergy():
    told = turned("AllergyIntolerance", clinicalStatus="active", verificationStatus="unconfirmed", patient=HERS, assertedDate=THEN, code=concept("Nuts"))

    assert told["clinicalStatus"]["coding"][0]["code"] == "active"
    assert told["verificationStatus"]["coding"][0]["system"].endswith("allergyintolerance-verification")
    assert told["recordedDate"] == THEN


def test_it_turns_a_medicine_that_is_not_taken():
    told = turned("MedicationStatement", status="active", taken="n", subject=HERS, medicationCodeableConcept=concept("Bisoprolol"))

    assert told["status"] == "not-taken"
    assert stu3.kept_in(told)["MedicationStatement.status"] == "active"


def test_it_turns_a_dose():
    dosage = {"text": "One", "doseQuantity": {"value": 1, "unit": "tablet"}}
    told = turned("MedicationStatement", status="active", taken="y", subject=HERS, medicationCodeableConcept=concept("Bisoprolol"), dosage=[dosage])

    assert told["dosage"] == [{"text": "One", "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "tablet"}}]}]


def test_it_turns_an_immunisation_that_was_not_given():
    told = turned("Immunization", status="completed", notGiven=True, patient=HERS, primarySource=True, vaccineCode=concept("Influenza"),
                  explanation={"reasonNotGiven": [{"text": "Declined"}]})  # fmt: skip

    assert (told["status"], told["statusReason"]) == ("not-done", {"text": "Declined"})
    assert told["occurrenceString"] == "Not said"


def test_it_turns_a_referral_into_a_request():
    told = turned("ReferralRequest", status="active", intent="order", subject=HERS, description="Breathless", recipient=[{"display": "Cardiology"}])

    assert told["resourceType"] == "ServiceRequest"
    assert (told["note"], told["performer"]) == ([{"text": "Breathless"}], [{"display": "Cardiology"}])


def test_it_turns_findings_and_keeps_relations_that_r4_does_not_know():
    related = [{"type": "has-member", "target": {"reference": "Observation/2"}}, {"type": "replaces", "target": {"reference": "Observation/3"}}]
    told = turned("Observation", status="final", code=concept("Pulse"), subject=HERS, comment="After a walk", related=related, interpretation={"text": "High"})

    assert told["hasMember"] == [{"reference": "Observation/2"}]
    assert (told["note"], told["interpretation"]) == ([{"text": "After a walk"}], [{"text": "High"}])
    assert stu3.kept_in(told)["Observation.related"] == related[1:]


def test_it_keeps_only_what_is_wrong_of_an_element():
    code = {"coding": [{"system": SNOMED, "code": " not a code ", "display": "Pulse"}]}
    told = turned("Observation", status="final", code=code, subject=HERS, effectiveDateTime="yesterday")

    assert told["code"] == {"coding": [{"system": SNOMED, "display": "Pulse"}]}
    assert stu3.kept_in(told)["Observation.effectiveDateTime"] == "yesterday"


def test_it_keeps_whole_what_cannot_be_r4():
    done = stu3.turned(made("Observation", "x1", subject=HERS), patient=WHOM)  # no code, no status

    assert done.is_whole and done.resource["resourceType"] == "Basic"
    assert done.resource["subject"] == {"reference": WHOM}
    assert stu3.kept_in(done.resource)["Observation"] == made("Observation", "x1", subject=HERS)
    assert [issue for issue in check(done.resource) if issue.is_error] == []


def test_it_keeps_whole_a_type_that_r4_does_not_have():
    done = stu3.turned(made("ProcessRequest", "x1", status="active"), patient=WHOM)

    assert done.is_whole


def test_it_knows_stu3_by_its_profiles_and_types():
    assert stu3.is_stu3(structured())
    assert not stu3.is_stu3([{"resourceType": "Patient"}])
