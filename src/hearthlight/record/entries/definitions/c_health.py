"""Health: allergies, problems, medicines and devices, findings, results, risks."""

from hearthlight.record.entries.parts import RECORDER, SNOMED, coded, location, performer, recorder
from hearthlight.record.entries.types import Entry, Field, Input

BY_PERFORMER = (("performer", "performer[]"), RECORDER)
ALLERGY = "http://terminology.hl7.org/CodeSystem/allergyintolerance"
MEDICINES = "Medications and medical devices"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"


def _status(of: str, code: str) -> dict[str, object]:
    return {"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/{of}", "code": code}]}


def _observation(category: str, words: str = "") -> dict[str, object]:
    base: dict[str, object] = {
        "resourceType": "Observation", "status": "final", "category": [{"coding": [{"system": CATEGORY, "code": category}]}],
    }  # fmt: skip
    return base | ({"code": {"text": words}} if words else {})


def _risk(key: str, title: str, group: str, concept: str) -> Entry:
    return Entry(
        key=key, chapter="Risks", title=title, concept=f"Risks/{group}", told_by=(concept, "Start date of risk"),
        base={"resourceType": "RiskAssessment", "status": "final", "code": {"text": title}},
        roles=(("performer", "performer"), RECORDER),
        fields=(
            Field(concept, "prediction[].outcome.text", "The risk, and what keeps it small", Input.TEXT, is_required=True),
            Field("Start date of risk", "occurrencePeriod.start", "Since", Input.MOMENT),
            Field("End date of risk", "occurrencePeriod.end", "Until", Input.MOMENT), *location(), *performer(), *recorder(),
        ),
    )  # fmt: skip


def _reaction() -> tuple[Field, ...]:
    inside = "Reaction details cluster"
    return (
        *coded(f"{inside}/Description of reaction", "reaction[].manifestation[]", "What happens"),
        Field(f"{inside}/Severity/Free text", "reaction[].ext:severity.valueString", "How bad, in words"),
        Field(f"{inside}/Severity/Coded value", "reaction[].severity", "How bad", Input.CHOICE,
              (("mild", "Mild"), ("moderate", "Moderate"), ("severe", "Severe"))),
        *coded(f"{inside}/Substance", "reaction[].substance", "Exactly what caused it", is_detail=True),
        *coded(f"{inside}/Certainty", "reaction[].ext:certainty.valueCodeableConcept", "How certain", is_detail=True),
        *coded(f"{inside}/Route of exposure", "reaction[].exposureRoute", "How they met it", is_detail=True),
        Field(f"{inside}/Onset date", "reaction[].onset", "When it happened", Input.MOMENT, is_detail=True),
        Field(f"{inside}/Date", "reaction[].ext:noted.valueDateTime", "When it was noted", Input.MOMENT, is_detail=True),
        Field(f"{inside}/Location/Free text", "reaction[].ext:location.valueCodeableConcept.text", "Where it happened", is_detail=True),
        Field(f"{inside}/Location/Coded value", f"reaction[].ext:location.valueCodeableConcept.coding[system={SNOMED}].code",
              "Where it happened: SNOMED CT code", Input.CODE, is_detail=True),
        Field(f"{inside}/Comment", "reaction[].note[].text", "Comment on the reaction", Input.TEXT, is_detail=True),
    )  # fmt: skip


def _medicine() -> tuple[Field, ...]:
    inside = "Medication item cluster"

    def one(concept: str, at: str, label: str, kind: Input = Input.LINE, *, is_detail: bool = True) -> Field:
        return Field(f"{inside}/{concept}", at, label, kind, is_detail=is_detail)

    return (
        *coded(f"{inside}/Medication name", "medicationCodeableConcept", "Medicine", is_required=True),
        one("Dose directions description", "dosage[].text", "Dose and directions", Input.TEXT, is_detail=False),
        *coded(f"{inside}/Form", "ext:form.valueCodeableConcept", "Form"),
        *coded(f"{inside}/Route", "dosage[].route", "Route"),
        *coded(f"{inside}/Site", "dosage[].site", "Site", is_detail=True),
        one("Method", "dosage[].method.text", "Method"),
        one("Additional instructions", "dosage[].patientInstruction", "Additional instructions"),
        one("Structured dose direction cluster/Structured dose amount", "dosage[].doseAndRate[].doseQuantity.value", "Dose, as a number",
            Input.NUMBER),
        one("Structured dose direction cluster/Structured dose timing", "dosage[].timing.code.text", "How often"),
        one("Structured dose direction cluster/Dose direction duration", "dosage[].ext:duration.valueString", "For how long"),
        one("Total dose daily quantity", "dosage[].ext:daily.valueString", "Total in a day"),
        one("Course details cluster/Course status", "ext:course-status.valueString", "Course status"),
        one("Course details cluster/Indication", "reasonCode[].text", "What it is for", is_detail=False),
        one("Course details cluster/Start date/time", "effectivePeriod.start", "Started", Input.MOMENT, is_detail=False),
        one("Course details cluster/End date/time", "effectivePeriod.end", "Ends", Input.MOMENT),
        one("Course details cluster/Link to indication record", "ext:indication-record.valueString", "Record of what it is for"),
        one("Course details cluster/Comment/recommendation", "note[].text", "Comment", Input.TEXT),
        one("Medication change summary cluster/Status", "ext:change.extension[url=status].valueString", "Change: status"),
        one("Medication change summary cluster/Indication", "ext:change.extension[url=indication].valueString", "Change: why"),
        one("Medication change summary cluster/Date of change", "ext:change.extension[url=date].valueDateTime", "Change: when", Input.MOMENT),
        one("Medication change summary cluster/Description of amendment", "ext:change.extension[url=what].valueString", "Change: what"),
        one("Date", "dateAsserted", "Recorded on", Input.MOMENT),
        *location(f"{inside}/Location"),
    )  # fmt: skip


ENTRIES = (
    Entry(
        key="allergy", chapter="Allergies", title="Allergy or adverse reaction", subject="patient",
        concept="Allergies and adverse reactions/Allergies and adverse reactions record entry",
        base={"resourceType": "AllergyIntolerance", "clinicalStatus": _status("allergyintolerance-clinical", "active")},
        roles=(("performer", "asserter"), ("recorder", "recorder")),
        told_by=("Causative agent/Free text", "Reaction details cluster/Description of reaction/Free text"),
        fields=(
            *coded("Causative agent", "code", "Allergic to", is_required=True),
            *_reaction(),
            Field("Type of reaction", "type", "Kind of reaction", Input.CHOICE, (("allergy", "Allergy"), ("intolerance", "Intolerance"))),
            Field("Evidence", "ext:evidence.valueString", "How it is known", is_detail=True),
            Field("Date first experienced", "onsetDateTime", "First time", Input.MOMENT, is_detail=True),
            Field("Allergy end date", "ext:ended.valueDate", "No longer since", Input.DATE, is_detail=True),
            Field("Comment", "note[].text", "Comment", Input.TEXT),
            *performer(), *recorder(date_at="recordedDate"),
        ),
    ),
    Entry(
        key="problem", chapter="Problems", title="Problem or diagnosis", concept="", told_by=("Problem/Free text", "Since"),
        base={"resourceType": "Condition", "clinicalStatus": _status("condition-clinical", "active"),
              "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-category", "code": "problem-list-item"}]}]},
        fields=(
            *coded("Problem", "code", "Problem", is_required=True),
            Field("Since", "onsetDateTime", "Since", Input.MOMENT),
            Field("Comment", "note[].text", "Comment", Input.TEXT),
        ),
    ),
    Entry(
        key="medicine", chapter="Medicines", title="Medicine", concept=f"{MEDICINES}/Medication item entry",
        base={"resourceType": "MedicationStatement", "status": "active"},
        roles=(("performer", "informationSource"), RECORDER),
        told_by=("Medication item cluster/Medication name/Free text", "Medication item cluster/Dose directions description"),
        fields=(
            *_medicine(),
            *(Field(f"Medication item cluster/{one.concept}", one.at, one.label, one.input, is_detail=True)
              for one in (*performer(), *recorder())),
        ),
    ),
    Entry(
        key="medicine-stopped", chapter="Medicines", title="Medicine stopped",
        concept=f"{MEDICINES}/Medication item entry/Medication discontinued entry",
        base={"resourceType": "MedicationStatement", "status": "stopped"}, told_by=("Name of discontinued medication/Free text", "Indication"),
        fields=(
            *coded("Name of discontinued medication", "medicationCodeableConcept", "Medicine", is_required=True),
            Field("Indication", "statusReason[].text", "Why it was stopped"),
            Field("Date of change", "effectivePeriod.end", "Stopped on", Input.MOMENT),
            Field("Status", "ext:change.extension[url=status].valueString", "Stopped, paused or replaced"),
            Field("Comment", "note[].text", "Comment", Input.TEXT),
        ),
    ),
    Entry(
        key="medical-device", chapter="Medicines", title="Medical device",
        concept=f"{MEDICINES}/Medication item entry/Medical devices entry", told_by=("Medical device",),
        base={"resourceType": "DeviceUseStatement", "status": "active"},
        fields=(
            Field("Medical device", "device.display", "Device", is_required=True, hint="Catheter, pacemaker, pressure mattress"),
            Field("Comments", "note[].text", "Comments", Input.TEXT),
        ),
    ),
    Entry(
        key="dose-given", chapter="Medicines", title="Dose given elsewhere", concept=f"{MEDICINES}/Medication administration record entry",
        base={"resourceType": "MedicationAdministration", "status": "completed"},
        hint="Given by a hospital or a nurse from outside. The home’s own rounds are not written here.",
        told_by=("Medication name/Free text", "Dose administered"),
        fields=(
            *coded("Medication name", "medicationCodeableConcept", "Medicine", is_required=True),
            Field("Dose administered", "dosage.text", "Dose"), *coded("Route", "dosage.route", "Route", is_detail=True),
            Field("Administration date and time", "effectiveDateTime", "Given at", Input.INSTANT, is_required=True),
        ),
    ),
    Entry(
        key="finding", chapter="Findings", title="Examination finding", concept="Examination findings/Examination findings record entry",
        base=_observation("exam"), roles=BY_PERFORMER, told_by=("Examination findings/Free text", "Date"),
        fields=(
            *coded("Examination findings", "code", "What was found", is_required=True),
            *(Field(f"Observations/Observations record entry/{concept}", at, label, kind, is_detail=True) for concept, at, label, kind in (
                ("Free text", "component[].code.text", "Observation", Input.LINE),
                ("Coded value", f"component[].code.coding[system={SNOMED}].code", "Observation: SNOMED CT code", Input.CODE),
                ("Value", "component[].valueQuantity.value", "Value", Input.NUMBER),
                ("Units of measure", "component[].valueQuantity.unit", "Unit", Input.LINE),
                ("Site", "bodySite.text", "Where on the body", Input.LINE),
                ("Interpretation", "component[].interpretation[].text", "What it means", Input.LINE),
            )),
            Field("Comments", "note[].text", "Comments", Input.TEXT),
            Field("Date", "effectiveDateTime", "On", Input.MOMENT), *location(), *performer(), *recorder(),
        ),
    ),
    Entry(
        key="result", chapter="Findings", title="Investigation result", concept="Investigation results/Investigation results record entry",
        base=_observation("laboratory"), roles=BY_PERFORMER, told_by=("Investigation/Free text", "Investigation result/Free text", "Date"),
        fields=(
            *coded("Investigation", "code", "Investigation", is_required=True),
            *coded("Investigation result", "valueCodeableConcept", "Result"),
            *(Field(f"Structured investigation result/{concept}", at, label, kind, is_detail=True) for concept, at, label, kind in (
                ("Value", "component[].valueQuantity.value", "Value", Input.NUMBER),
                ("Units of measure", "component[].valueQuantity.unit", "Unit", Input.LINE),
                ("Reference ranges", "component[].referenceRange[].text", "Normal range", Input.LINE),
                ("Abnormal indicator", "component[].interpretation[].text", "Abnormal?", Input.LINE),
            )),
            Field("Date", "effectiveDateTime", "On", Input.MOMENT), *location(coded_as="Coded location"), *performer(), *recorder(),
        ),
    ),
    Entry(
        key="assessment", chapter="Findings", title="Assessment", concept="Assessments/Assessments record entry",
        base=_observation("survey"), roles=BY_PERFORMER, told_by=("Assessment type", "Assessment summary", "Date"),
        fields=(
            Field("Assessment type", "code.text", "What was assessed", is_required=True),
            Field("Assessment summary", "valueString", "What it came to", Input.TEXT),
            *(Field(f"Structured assessment/{concept}", at, label, kind, is_detail=True) for concept, at, label, kind in (
                ("Structured assessment name", "method.text", "Name of the tool", Input.LINE),
                ("Assessment score", "component[id=score].code.text", "Score: what it is called", Input.LINE),
                ("Assessment value", "component[id=score].valueQuantity.value", "Score", Input.NUMBER),
                ("Global score", "interpretation[].text", "What the score means", Input.LINE),
                ("Subscale score", "component[id=part].code.text", "Part score: what it is called", Input.LINE),
                ("Subscale value", "component[id=part].valueQuantity.value", "Part score", Input.NUMBER),
            )),
            Field("Comment", "note[].text", "Comment", Input.TEXT),
            Field("Date", "effectiveDateTime", "On", Input.MOMENT), *location(), *performer(), *recorder(),
        ),
    ),
    _risk("risk-to-self", "Risk to themselves", "Risks to self", "Risk to self"),
    _risk("risk-to-others", "Risk to others", "Risks to others", "Risks to others"),
    _risk("risk-from-others", "Risk from others", "Risk from others", "Risk from others"),
    _risk("risk-of-accidents", "Risk of accidents", "Risk of accidents", "Risk of accidents"),
    _risk("risk", "Another risk", "Other risks", "Other risks"),
)  # fmt: skip
