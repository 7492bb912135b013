"""UK Core: its own examples keep its profiles, and one thing wrong is told with its place."""

import json
import lzma
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from hearthlight.fhir import definitions, xml
from hearthlight.fhir.check import check
from hearthlight.fhir.profiles import known_profiles, must_support
from hearthlight.fhir.text import sorted_text
from hearthlight.fhir.types import Severity

from .corpus import GONE, changed

UK = "https://fhir.hl7.org.uk/StructureDefinition/"
FILE = Path(__file__).parent / "data/ukcore.jsonl.xz"
# The examples that are not valid, where, and why.
INVALID = {
    "Extension-UKCore-ConditionEpisode-Example": ("Condition.extension[0].value", "an extension with two values"),
    "UKCore-MedicationDispense-Amoxicillin-Example": ("MedicationDispense.authorizingPrescription[0]", "a reference that is an id without its type"),
    "UKCore-MedicationDispense-CiprofloxacinOral-Example": ("MedicationDispense.authorizingPrescription[0]", "the same"),
    "UKCore-Provenance-RARecordConsent-Example": ("Provenance.agent[0].onBehalfOf", "a reference with a whole URL after its type"),
}


@cache
def examples():
    lines = [json.loads(line) for line in lzma.decompress(FILE.read_bytes()).splitlines()]
    return {line["name"]: line["xml"].encode() for line in lines}


def profile_of(name, resource):
    """The most special profile an example is named after; for an extension's example, that of its type."""
    fitting = [url for url in known_profiles() if f"{name}-".startswith(url.removeprefix(UK) + "-") and "Extension-" not in url]
    return max(fitting, key=len, default=f"{UK}UKCore-{resource['resourceType']}")


def test_it_knows_all_of_uk_core():
    assert len(examples()) == 141
    assert len(known_profiles()) == 153
    assert f"{UK}UKCore-Patient" in known_profiles()


def test_it_finds_nothing_wrong_with_what_uk_core_shows():
    found = {}
    for name, body in examples().items():
        resource = xml.loads(body)
        errors = [issue.expression for issue in check(resource, profile=profile_of(name, resource)) if issue.is_error]
        if errors:
            found[name] = errors[0]

    assert found == {name: where for name, (where, _) in INVALID.items()}


def test_it_brings_every_example_back_as_it_was():
    for body in examples().values():
        resource = xml.loads(body)
        assert sorted_text(xml.loads(xml.dumps(resource))) == sorted_text(resource)


NHS = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9434765919"}
VERIFICATION = {
    "url": f"{UK}Extension-UKCore-NHSNumberVerificationStatus",
    "valueCodeableConcept": {
        "coding": [{"system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland", "code": "01"}]
    },
}
PATIENT = {
    "resourceType": "Patient", "identifier": [NHS | {"extension": [VERIFICATION]}],
    "name": [{"family": "Moss", "given": ["Edith"]}], "birthDate": "1938-02-28",
    "address": [{"extension": [{
        "url": f"{UK}Extension-UKCore-AddressKey",
        "extension": [
            {"url": "type", "valueCodeableConcept": {"coding": [{"system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-AddressKeyType", "code": "UPRN"}]}},
            {"url": "value", "valueString": "100012345678"},
        ],
    }]}],
}


def measured(loinc, snomed, quantity):
    return {
        "resourceType": "Observation", "status": "final", "subject": {"reference": "Patient/person-7"},
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": loinc}, {"system": "http://snomed.info/sct", "code": snomed}]},
        "effectiveDateTime": "2026-11-24T10:00:00Z", "performer": [{"reference": "Practitioner/staff-4"}], "valueQuantity": quantity,
    }


def pressed(loinc, snomed, words, value):
    coding = [{"system": "http://loinc.org", "code": loinc, "display": words}, {"system": "http://snomed.info/sct", "code": snomed, "display": words}]
    unit = {"value": value, "unit": "millimeter of mercury", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}
    return {"code": {"coding": coding, "text": words}, "valueQuantity": unit}


PULSE = measured("8867-4", "364075005", {"value": 72, "unit": "per minute", "system": "http://unitsofmeasure.org", "code": "/min"})
PRESSURE = {name: value for name, value in measured("85354-9", "75367002", {}).items() if name != "valueQuantity"} | {
    "component": [
        pressed("8480-6", "72313002", "Systolic blood pressure", Decimal("128.0")),
        pressed("8462-4", "1091811000000102", "Diastolic blood pressure", 76),
    ]
}
SOUND = {
    "UKCore-Patient": PATIENT, "UKCore-Observation-VitalSigns-HeartRate": PULSE,
    "UKCore-Observation-VitalSigns-BloodPressure": PRESSURE,
    "UKCore-AllergyIntolerance": {
        "resourceType": "AllergyIntolerance", "patient": {"reference": "Patient/person-7"}, "code": {"text": "penicillin"},
        "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]},
    },
    "UKCore-Immunization": {
        "resourceType": "Immunization", "status": "completed", "vaccineCode": {"text": "influenza"}, "patient": {"reference": "Patient/person-7"},
        "occurrenceDateTime": "2026-10-01",
    },
}

DEPARTURES = [
    ("UKCore-Patient", "identifier", [NHS, NHS], "structure", "Patient.identifier"),
    ("UKCore-Patient", "identifier.0.value", GONE, "required", "Patient.identifier[0].value"),
    ("UKCore-Patient", "identifier.0.extension", [VERIFICATION, VERIFICATION], "structure", "Patient.identifier[0].extension"),
    ("UKCore-Patient", "identifier.0.extension.0.valueCodeableConcept.coding.0.code", "perhaps", "code-invalid",
     "Patient.identifier[0].extension[0].value"),
    ("UKCore-Patient", "identifier.0.extension.0", {"url": VERIFICATION["url"], "valueString": "verified"}, "structure",
     "Patient.identifier[0].extension[0].value"),
    ("UKCore-Patient", "address.0.extension.0.extension.0", GONE, "required", "Patient.address[0].extension[0].extension"),
    ("UKCore-Patient", "address.0.extension.0.extension.1", {"url": "value", "valueInteger": 1}, "structure",
     "Patient.address[0].extension[0].extension[1].value"),
    ("UKCore-AllergyIntolerance", "code", GONE, "required", "AllergyIntolerance.code"),
    ("UKCore-Immunization", "status", "not-done", "invariant", "Immunization"),
    ("UKCore-Observation-VitalSigns-HeartRate", "status", "preliminary", "value", "Observation.status"),
    ("UKCore-Observation-VitalSigns-HeartRate", "subject", GONE, "required", "Observation.subject"),
    ("UKCore-Observation-VitalSigns-HeartRate", "effectiveDateTime", GONE, "required", "Observation.effective"),
    ("UKCore-Observation-VitalSigns-HeartRate", "category", GONE, "required", "Observation.category"),
    ("UKCore-Observation-VitalSigns-HeartRate", "category.0.coding.0.code", "survey", "value", "Observation.category[0].coding[0].code"),
    ("UKCore-Observation-VitalSigns-HeartRate", "code.coding.0", GONE, "required", "Observation.code.coding"),
    ("UKCore-Observation-VitalSigns-HeartRate", "code.coding.0", GONE, "invariant", "Observation"),
    ("UKCore-Observation-VitalSigns-HeartRate", "code.coding.1", GONE, "required", "Observation.code.coding"),
    ("UKCore-Observation-VitalSigns-HeartRate", "code.coding.0.code", "8310-5", "value", "Observation.code.coding[0].code"),
    ("UKCore-Observation-VitalSigns-HeartRate", "valueQuantity.code", "/h", "value", "Observation.value.code"),
    ("UKCore-Observation-VitalSigns-BloodPressure", "component", GONE, "required", "Observation.component"),
    ("UKCore-Observation-VitalSigns-BloodPressure", "component.0", GONE, "required", "Observation.component"),
    ("UKCore-Observation-VitalSigns-BloodPressure", "component.1.code.text", "Pulse", "structure", "Observation.component[1]"),
    ("UKCore-Observation-VitalSigns-BloodPressure", "component.0.valueQuantity.code", "kPa", "value", "Observation.component[0].value.code"),
    ("UKCore-Observation-VitalSigns-BloodPressure", "component.0.code.coding.0", GONE, "required", "Observation.component[0].code.coding"),
    ("UKCore-Observation-VitalSigns-BloodPressure", "valueInteger", 120, "structure", "Observation.value"),
]


@pytest.mark.parametrize("name", SOUND)
def test_it_finds_nothing_wrong_before_anything_is(name):
    assert [issue for issue in check(SOUND[name], profile=UK + name) if issue.is_error] == []


@pytest.mark.parametrize(("name", "path", "value", "code", "where"), DEPARTURES, ids=[f"{row[0]} {row[1]}" for row in DEPARTURES])
def test_it_tells_what_departs_from_a_profile_and_where(name, path, value, code, where):
    resource = changed(SOUND[name], path, value)

    assert [issue for issue in check(resource) if issue.is_error] == []
    assert (code, where) in [(issue.code, issue.expression) for issue in check(resource, profile=UK + name) if issue.is_error]


def test_it_says_that_it_does_not_know_a_profile():
    (issue,) = check(PATIENT, profile="https://example.org/StructureDefinition/Someone")

    assert (issue.severity, issue.code) == (Severity.ERROR, "not-found")
    assert "https://example.org/StructureDefinition/Someone" in issue.diagnostics


def test_it_says_that_a_profile_is_of_another_type():
    assert [issue.code for issue in check(PATIENT, profile=f"{UK}UKCore-Condition")] == ["invalid"]


def test_it_takes_a_profile_with_its_version():
    assert check(PATIENT, profile=f"{UK}UKCore-Patient|2.5.0") == check(PATIENT, profile=f"{UK}UKCore-Patient")


def test_it_warns_where_a_code_should_be_another():
    married = PATIENT | {"maritalStatus": {"coding": [{"system": "http://example.org", "code": "m"}]}}

    (issue,) = check(married, profile=f"{UK}UKCore-Patient")
    assert (issue.severity, issue.expression) == (Severity.WARNING, "Patient.maritalStatus")


def test_it_warns_of_an_extension_that_uk_core_does_not_have():
    odd = PATIENT | {"extension": [{"url": f"{UK}Extension-UKCore-Favourite", "valueString": "tea"}]}

    assert [(issue.severity, issue.code) for issue in check(odd, profile=f"{UK}UKCore-Patient")] == [(Severity.WARNING, "extension")]


def test_it_lists_what_must_be_supported():
    listed = must_support(f"{UK}UKCore-AllergyIntolerance")

    assert {"AllergyIntolerance.clinicalStatus", "AllergyIntolerance.code", "AllergyIntolerance.patient"} <= set(listed)
    assert "AllergyIntolerance.note" not in listed
    for url in known_profiles():
        assert all(definitions.shape(path.partition(".")[0]) for path in must_support(url))
