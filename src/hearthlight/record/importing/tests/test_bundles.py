"""What a Bundle would write about one person: whom it is about, ids, references, and what stays out."""

import pytest

from hearthlight.core.types import Refusal
from hearthlight.fhir import xml
from hearthlight.fhir.check import check
from hearthlight.record.importing import bundles, reading
from hearthlight.record.importing.tests.bundles import (
    ADAS_NUMBER,
    HERS,
    bundle,
    concept,
    patient,
    r4_observation,
    r4_patient,
    structured,
)
from hearthlight.record.importing.tests.bundles import stu3 as made
from hearthlight.record.importing.types import Aim, Kind, Report

ADA = Aim("person-7", ADAS_NUMBER, "Adaeze Okafor", "1942-02-03")
DEEP = b'{"resourceType":"Bundle","entry":[{"resource":' + b'{"a":' * 200 + b"1" + b"}" * 200 + b"}]}"
BOMB = b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Bundle xmlns="http://hl7.org/fhir"><id value="&b;"/></Bundle>'


def free(type_, id_):
    return True


def planned(body, aim=ADA, is_free=free):
    return bundles.planned(reading.entries_of(body), aim, is_stu3=reading.kind_of(body) is Kind.STU3, is_free=is_free)


def by_type(plan):
    return {one["resourceType"]: one for one in plan.resources}


def test_it_plans_a_whole_structured_record():
    plan = planned(bundle(*structured()))

    assert plan.report.wrong == [] and plan.report.differs == []
    assert len(plan.resources) == len(structured()) - 1  # the Patient is compared
    assert [issue for one in plan.resources for issue in check(one) if issue.is_error] == []
    assert plan.report.of("Observation").read == 2 and plan.report.of("Observation").mapped == 2
    assert plan.report.total("whole") == 0 and plan.report.total("kept") > 0


def test_it_is_about_our_person_and_keeps_the_ids_that_are_free():
    found = by_type(planned(bundle(*structured()), is_free=lambda type_, id_: id_ != "e1"))

    assert found["Condition"]["id"] == "c1" and found["Condition"]["subject"] == {"reference": "Patient/person-7"}
    assert found["Encounter"]["id"] != "e1"
    assert found["Condition"]["encounter"] == {"reference": f"Encounter/{found['Encounter']['id']}"}


def test_it_follows_the_reference_to_what_has_another_type_now():
    asked = made("DiagnosticReport", "d9", status="final", code=concept("Blood"), subject=HERS, basedOn=[{"reference": "ProcedureRequest/rq1"}])
    found = by_type(planned(bundle(patient(), made("ProcedureRequest", "rq1", status="active", intent="plan", subject=HERS, code=concept("Blood")), asked)))

    assert found["DiagnosticReport"]["basedOn"] == [{"reference": "ServiceRequest/rq1"}]


def test_it_names_the_medicine_beside_the_reference():
    found = by_type(planned(bundle(*structured())))

    assert found["MedicationStatement"]["medicationReference"]["display"] == "Bisoprolol 2.5mg tablets"


def test_it_keeps_a_reference_that_leads_out_as_words():
    plan = planned(bundle(patient(), made("Condition", "c1", subject=HERS, code=concept("Gout"), context={"reference": "Encounter/77"})))

    assert by_type(plan)["Condition"]["encounter"] == {"identifier": {"system": bundles.ELSEWHERE, "value": "Encounter/77"}}
    assert plan.report.total("elsewhere") == 1


def test_it_leaves_out_what_names_somebody_else():
    plan = planned(bundle(patient(), made("Condition", "c1", subject={"reference": "Patient/p2"}, code=concept("Gout"))))

    assert plan.resources == []
    assert plan.report.of("Condition").left == {"SOMEBODY_ELSE": 1}


def test_it_leaves_out_what_has_another_nhs_number():
    subject = {"identifier": {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9434765919"}}
    plan = planned(bundle(patient(), made("List", "l1", status="current", mode="snapshot", subject=subject)))

    assert plan.report.of("List").left == {"SOMEBODY_ELSE": 1}


def test_it_takes_the_same_again_once_and_two_of_one_id_as_two():
    one = made("Condition", "c1", subject=HERS, code=concept("Gout"))
    plan = planned(bundle(patient(), one, one, {**one, "code": concept("Heart failure")}))

    assert plan.report.of("Condition").left == {"AGAIN": 1}
    assert len({each["id"] for each in plan.resources}) == 2


def test_it_says_where_the_patient_differs():
    plan = planned(bundle(patient(name=[{"family": "Okoro", "given": ["Adaeze"]}], birthDate="1942-03-02")))

    assert plan.report.differs == [("Name", "Adaeze Okoro", "Adaeze Okafor"), ("Date of birth", "1942-03-02", "1942-02-03")]


def test_it_keeps_r4_to_the_letter_but_for_ids_and_references():
    plan = planned(bundle(r4_patient(), r4_observation()))

    (kept,) = plan.resources
    assert kept == {**r4_observation(), "subject": {"reference": "Patient/person-7"}}


def test_it_reads_the_same_bundle_in_xml():
    body = xml.dumps({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r4_patient()}, {"resource": r4_observation()}]})

    assert planned(body).resources == planned(bundle(r4_patient(), r4_observation())).resources


def test_it_brings_in_nothing_of_a_bundle_with_something_wrong_in_it():
    plan = planned(bundle(r4_patient(), r4_observation(), r4_observation("w2", status="perhaps")))

    assert plan.report.wrong and "Observation.status" in plan.report.wrong[0]


def test_it_leaves_out_what_is_about_nobody_and_what_no_file_may_bring():
    nobody = {"resourceType": "Observation", "id": "o9", "status": "final", "code": {"text": "Weight"}}
    sending = {"resourceType": "Subscription", "id": "s1", "status": "active", "reason": "x", "criteria": "Observation", "channel": {"type": "rest-hook"}}
    plan = planned(bundle(r4_patient(), nobody, sending))

    assert plan.resources == []
    assert plan.report.of("Observation").left == {"NOBODY": 1} and plan.report.of("Subscription").left == {"NOT_TAKEN": 1}


def test_it_tells_what_the_sender_has_to_say():
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "not-found", "details": {"text": "No results are shared"}}]}

    assert planned(bundle(patient(), outcome)).report.messages == ["No results are shared"]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"   ", b"{", b"[]", b"\0\1\2", b'{"resourceType":"Patient"}', b'{"resourceType":"Bundle","entry":7}', b'{"resourceType":"Bundle","entry":[7]}',
        b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"../x"}}]}', b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":7}}]}',
        b'{"resourceType":"Bundle","entry":[{}],"entry":[{}]}', b'{"resourceType":"Bundle","total":1e999}', b"\xff\xfe\x00", DEEP, BOMB, b"<Bundle/>",
        b"x" * (reading.LARGEST + 1), bundle(patient(), {**patient(), "id": "p2"}),
    ],
    ids=range(18),
)  # fmt: skip
def test_it_refuses_in_words_what_is_no_file_of_ours(body):
    with pytest.raises(Refusal):
        reading.nhs_number_of(reading.entries_of(body) if reading.kind_of(body) is not Kind.RESIDENTS else reading.entries_of(body))


@pytest.mark.parametrize("value", [None, 7, "x", [], {}, [7], [[{}]], {"coding": 7}, {"coding": [7]}, {"reference": 7}, True])
@pytest.mark.parametrize("resource", structured()[1:], ids=lambda one: one["resourceType"])
def test_it_never_breaks_on_a_wrong_type_anywhere(resource, value):
    for name in list(resource):
        if name not in ("resourceType", "meta"):
            plan = planned(bundle(patient(), {**resource, name: value}))
            assert [issue for one in plan.resources for issue in check(one) if issue.is_error] == []


def test_it_tells_a_report_as_it_was_stored():
    report = planned(bundle(*structured())).report

    assert Report.of_told(report.told()) == report
