"""What changed from FHIR STU3 to R4, type by type (R4 §2.25, "R3 to R4 maps"), as far as GP Connect's structured record goes.

Elements that are the same in both are not named here. What R4 has no place for is kept by `stu3`, so that a type that
is not in the table loses nothing either."""

from collections.abc import Callable, Mapping
from typing import Any

from hearthlight.record.importing.turning import NOT_SAID, TERMINOLOGY, Turning, dosage, rows

UNKNOWN_CLASS = {"system": f"{TERMINOLOGY}v3-NullFlavor", "code": "UNK", "display": "unknown"}
RELATED = {"has-member": "hasMember", "derived-from": "derivedFrom"}
"""Observation.related.type, and where R4 says the same. Replaced and qualified Observations are kept."""
PROCEDURE_STATES = {"suspended": "on-hold", "aborted": "stopped"}


def _allergy(turning: Turning) -> None:
    turning.concept("clinicalStatus", "allergyintolerance-clinical")
    turning.concept("verificationStatus", "allergyintolerance-verification")
    turning.move("assertedDate", "recordedDate")


def _condition(turning: Turning) -> None:
    if turning.said.get("verificationStatus") == "unknown":
        turning.keep("verificationStatus")
    turning.concept("clinicalStatus", "condition-clinical")
    turning.concept("verificationStatus", "condition-ver-status")
    turning.move("assertedDate", "recordedDate")
    turning.several("stage")
    turning.encounter()


def _statement(turning: Turning) -> None:
    taken = turning.said.get("taken")
    turning.keep("taken")
    if taken == "n":
        turning.recode("status", dict.fromkeys(["active", "completed", "intended", "stopped", "on-hold"], "not-taken"))
    turning.move("reasonNotTaken", "statusReason")
    for row in rows(turning.said.get("dosage")):
        dosage(row)


def _prescription(turning: Turning) -> None:
    turning.encounter()
    turning.requester()
    turning.several("category")
    turning.default("status", "unknown")
    turning.default("intent", "order")
    for row in rows(turning.said.get("dosageInstruction")):
        dosage(row)
    allowed = turning.said.get("substitution")
    if isinstance(allowed, dict) and "allowed" in allowed:
        allowed["allowedBoolean"] = allowed.pop("allowed")


def _medication(turning: Turning) -> None:
    for row in rows(turning.said.get("ingredient")):
        if "amount" in row:
            row["strength"] = row.pop("amount")
    package = turning.said.get("package")
    batches = rows(package.get("batch")) if isinstance(package, dict) else []
    turning.keep("package")
    if batches:
        turning.said["batch"] = batches[0]


def _immunization(turning: Turning) -> None:
    if turning.said.get("notGiven") is True:
        turning.recode("status", {"completed": "not-done"})
    turning.keep("notGiven")
    turning.move("date", "occurrenceDateTime")
    if "occurrenceDateTime" not in turning.said:
        turning.said["occurrenceString"] = NOT_SAID
    turning.move("practitioner", "performer")
    for row in rows(turning.said.get("performer")):
        if "role" in row:
            row["function"] = row.pop("role")
    explanation = turning.said.pop("explanation", None)
    if isinstance(explanation, dict):
        turning.said |= {"reasonCode": explanation.pop("reason")} if "reason" in explanation else {}
        turning.said |= {"statusReason": explanation.pop("reasonNotGiven")} if "reasonNotGiven" in explanation else {}
        turning.one("statusReason")
    if explanation:
        turning.kept["Immunization.explanation"] = explanation
    turning.move("vaccinationProtocol", "protocolApplied")
    for row in rows(turning.said.get("protocolApplied")):
        _protocol(row)


def _protocol(row: dict[str, Any]) -> None:
    for old, new in (("doseSequence", "doseNumberPositiveInt"), ("seriesDoses", "seriesDosesPositiveInt")):
        if old in row:
            row[new] = row.pop(old)
    if "doseNumberPositiveInt" not in row:
        row["doseNumberString"] = NOT_SAID


def _observation(turning: Turning) -> None:
    turning.texts("comment")
    turning.encounter()
    turning.several("interpretation")
    for part in rows(turning.said.get("component")):
        if isinstance(part.get("interpretation"), dict):
            part["interpretation"] = [part["interpretation"]]
    _relations(turning)


def _relations(turning: Turning) -> None:
    told = turning.said.get("related")
    if not isinstance(told, list) or any(name in turning.said for name in RELATED.values()):
        turning.keep("related")
        return
    left = []
    for related in turning.said.pop("related"):
        name = next((new for old, new in RELATED.items() if isinstance(related, dict) and related.get("type") == old), None)
        if name and related.keys() <= {"type", "target"} and "target" in related:
            turning.said.setdefault(name, []).append(related["target"])
        else:
            left.append(related)
    if left:
        turning.kept["Observation.related"] = left


def _encounter(turning: Turning) -> None:
    turning.default("class", dict(UNKNOWN_CLASS))
    turning.move("incomingReferral", "basedOn")
    turning.move("reason", "reasonCode")
    for row in rows(turning.said.get("diagnosis")):
        if "role" in row:
            row["use"] = row.pop("role")


def _procedure(turning: Turning) -> None:
    turning.recode("status", PROCEDURE_STATES)
    if turning.said.get("notDone") is True and "status" in turning.said:
        turning.note("status")
        turning.said["status"] = "not-done"
    turning.keep("notDone")
    turning.move("notDoneReason", "statusReason")
    turning.encounter()
    for row in rows(turning.said.get("performer")):
        if "role" in row:
            row["function"] = row.pop("role")


def _referral(turning: Turning) -> None:
    turning.said["resourceType"] = "ServiceRequest"
    turning.move("groupIdentifier", "requisition")
    turning.several("type")
    turning.move("type", "category")
    turning.one("serviceRequested")
    turning.move("serviceRequested", "code")
    turning.move("recipient", "performer")
    turning.move("specialty", "performerType")
    turning.texts("description")
    _asked(turning)


def _request(turning: Turning) -> None:
    turning.said["resourceType"] = "ServiceRequest"
    turning.several("performer")
    _asked(turning)


def _asked(turning: Turning) -> None:
    turning.encounter()
    turning.requester()
    turning.default("status", "unknown")
    turning.default("intent", "order")


def _report(turning: Turning) -> None:
    turning.encounter()
    turning.several("category")
    turning.move("codedDiagnosis", "conclusionCode")
    turning.move("image", "media")
    who = rows(turning.said.get("performer"))
    if any("role" in row or "extension" in row for row in who):
        turning.note("performer")
    if who and all("actor" in row for row in who):
        turning.said["performer"] = [row["actor"] for row in who]


def _document(turning: Turning) -> None:
    turning.several("class")
    turning.move("class", "category")
    turning.move("indexed", "date")
    turning.several("content")
    parts = rows(turning.said.get("content"))
    attachment = parts[0].get("attachment") if parts else None
    if isinstance(attachment, dict) and "creation" not in attachment and "created" in turning.said:
        attachment["creation"] = turning.said.pop("created")
    context = turning.said.get("context")
    if isinstance(context, dict) and isinstance(context.get("encounter"), dict):
        context["encounter"] = [context["encounter"]]


def _answers(turning: Turning) -> None:
    turning.move("parent", "partOf")
    turning.encounter()
    if isinstance(turning.said.get("questionnaire"), dict):
        turning.keep("questionnaire")


def _location(turning: Turning) -> None:
    turning.several("type")


def _organization(turning: Turning) -> None:
    """R4 (org-1) wants a name or an identifier."""
    if not turning.said.get("identifier"):
        turning.default("name", NOT_SAID)


def _service(turning: Turning) -> None:
    turning.several("category")
    turning.move("programName", "program")


TYPES: Mapping[str, Callable[[Turning], None]] = {
    "AllergyIntolerance": _allergy, "Condition": _condition, "MedicationStatement": _statement, "MedicationRequest": _prescription,
    "Medication": _medication, "Immunization": _immunization, "Observation": _observation, "Encounter": _encounter,
    "Procedure": _procedure, "ReferralRequest": _referral, "ProcedureRequest": _request, "DiagnosticReport": _report,
    "DocumentReference": _document, "QuestionnaireResponse": _answers, "Location": _location, "HealthcareService": _service,
    "Organization": _organization,
}  # fmt: skip
"""What is not here is read as it is: GP Connect says nothing in it that has another name in R4."""
