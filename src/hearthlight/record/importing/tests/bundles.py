"""Small files as others send them: a GP's structured record in STU3, and a Bundle in R4. Every word in them is made up."""

import json
from typing import Any

ADAS_NUMBER = "9990000018"
STU3 = "https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-GPC-"
SNOMED = "http://snomed.info/sct"
GP = "https://oak.example/ids"


def concept(words: str, code: str = "84114007") -> dict[str, Any]:
    return {"coding": [{"system": SNOMED, "code": code, "display": words, "userSelected": True}]}


def stu3(type_: str, id_: str, **told: Any) -> dict[str, Any]:
    meta = {"versionId": "1", "profile": [f"{STU3}{type_}-1"]}
    return {"resourceType": type_, "id": id_, "meta": meta, "identifier": [{"system": GP, "value": id_}], **told}


def patient(number: str = ADAS_NUMBER, **told: Any) -> dict[str, Any]:
    name = [{"use": "official", "family": "Okafor", "given": ["Adaeze"]}]
    told = {"name": name, "birthDate": "1942-02-03", **told}
    return stu3("Patient", "p1", **{**told, "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": number}]})


HERS = {"reference": "Patient/p1"}
THEN = "2024-03-01T09:30:00+00:00"


def structured() -> list[dict[str, Any]]:
    """One of each that GP Connect sends, with what changed from STU3 to R4 in it."""
    seen = {"reference": "Encounter/e1"}
    by = {"reference": "Practitioner/d1"}
    return [
        patient(),
        stu3("Practitioner", "d1", name=[{"family": "Patel", "given": ["Rina"]}]),
        stu3("Organization", "o1", name="Oak Surgery"),
        stu3("PractitionerRole", "r1", practitioner=by, organization={"reference": "Organization/o1"}),
        stu3("Location", "l1", name="Oak Surgery", type={"text": "Surgery"}),
        stu3(
            "AllergyIntolerance", "a1", clinicalStatus="active", verificationStatus="confirmed", category=["medication"], patient=HERS,
            code=concept("Penicillin", "91936005"), assertedDate=THEN, recorder=by, reaction=[{"manifestation": [{"text": "Rash"}], "severity": "mild"}],
        ),
        stu3(
            "Condition", "c1", clinicalStatus="active", assertedDate=THEN, asserter=by, subject=HERS, context=seen, code=concept("Heart failure"),
            extension=[{"url": "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-ProblemSignificance-1", "valueCode": "major"}],
        ),
        {key: value for key, value in stu3("Medication", "m1", code=concept("Bisoprolol 2.5mg tablets", "318601004")).items() if key != "identifier"},
        stu3(
            "MedicationStatement", "ms1", status="active", taken="unk", subject=HERS, medicationReference={"reference": "Medication/m1"},
            effectivePeriod={"start": "2024-03-01"}, basedOn=[{"reference": "MedicationRequest/mr1"}], dateAsserted=THEN,
            dosage=[{"text": "One in the morning", "doseQuantity": {"value": 1, "unit": "tablet"}, "timing": {"repeat": {"when": "MORN", "frequency": 1, "period": 1, "periodUnit": "d"}}}],
        ),
        stu3(
            "MedicationRequest", "mr1", status="active", intent="plan", subject=HERS, medicationReference={"reference": "Medication/m1"},
            context=seen, authoredOn=THEN, recorder=by, requester={"agent": by, "onBehalfOf": {"reference": "Organization/o1"}},
            dosageInstruction=[{"text": "One in the morning"}],
        ),
        stu3(
            "Immunization", "i1", status="completed", notGiven=False, patient=HERS, primarySource=True, date="2024-10-02",
            vaccineCode=concept("Influenza vaccine", "46233009"), practitioner=[{"actor": by, "role": {"text": "Nurse"}}], explanation={"reason": [{"text": "Over 65"}]},
            vaccinationProtocol=[{"doseSequence": 1, "targetDisease": [{"text": "Influenza"}], "doseStatus": {"text": "Counts"}}],
        ),
        stu3(
            "Observation", "ob1", status="final", code=concept("Blood pressure", "75367002"), subject=HERS, context=seen, effectiveDateTime=THEN,
            comment="Taken sitting", interpretation={"text": "High"}, related=[{"type": "has-member", "target": {"reference": "Observation/ob2"}}, {"type": "replaces", "target": {"reference": "Observation/ob2"}}],
        ),
        stu3("Observation", "ob2", status="final", code=concept("Systolic", "271649006"), subject=HERS, valueQuantity={"value": 151, "unit": "mmHg"}),
        stu3("Encounter", "e1", status="finished", subject=HERS, period={"start": THEN}, type=[{"text": "GP surgery"}], location=[{"location": {"reference": "Location/l1"}}]),
        stu3("Procedure", "pr1", status="aborted", notDone=False, subject=HERS, code=concept("Ear syringing", "57702001"), context=seen, performer=[{"actor": by, "role": {"text": "Nurse"}}]),
        stu3("ReferralRequest", "rr1", status="active", intent="order", subject=HERS, type={"text": "Cardiology"}, description="Breathless on stairs", recipient=[by], requester={"agent": by}),
        stu3("ProcedureRequest", "rq1", status="active", intent="plan", subject=HERS, code=concept("Blood test", "396550006"), performer=by, requester={"agent": by}),
        stu3("DiagnosticReport", "dr1", status="final", category={"text": "Haematology"}, code=concept("Full blood count", "26604007"), subject=HERS, result=[{"reference": "Observation/ob2"}], performer=[{"actor": by, "role": {"text": "Laboratory"}}], issued=THEN),
        {key: value for key, value in stu3("List", "x", status="current", mode="snapshot", title="Problems", code=concept("Problems", "717711000000103"), subject=HERS, entry=[{"item": {"reference": "Condition/c1"}}]).items() if key != "id"},
    ]  # fmt: skip


def bundle(*resources: dict[str, Any]) -> bytes:
    entries = [{"fullUrl": f"https://oak.example/{one['resourceType']}/{one.get('id', 'none')}", "resource": one} for one in resources]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()


def r4_patient(number: str = ADAS_NUMBER) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": "p1", "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": number}]}


def r4_observation(id_: str = "weight-1", **told: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation", "id": id_, "status": "final", "code": {"text": "Weight"}, "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2024-03-01", "valueQuantity": {"value": 61, "unit": "kg"}, **told,
    }  # fmt: skip
