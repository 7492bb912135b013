"""A report in words."""

from collections.abc import Iterator
from dataclasses import dataclass

from hearthlight.record.importing.types import Kind, Left, Report

KINDS = {Kind.R4: "FHIR R4 Bundle", Kind.STU3: "GP Connect record (FHIR STU3)", Kind.RESIDENTS: "Table of residents"}
LEFT = {
    Left.SOMEBODY_ELSE: "about somebody else",
    Left.NOBODY: "does not say whom it is about",
    Left.AGAIN: "the same again",
    Left.COMPARED: "compared, not written: ours stands",
    Left.MESSAGE: "a message of the sender",
    Left.NOT_TAKEN: "not taken from a file",
}
TYPES = {
    "AllergyIntolerance": "Allergies", "MedicationStatement": "Medicines", "MedicationRequest": "Prescriptions",
    "Medication": "Names of medicines", "Immunization": "Immunisations", "Condition": "Problems", "Observation": "Findings and results",
    "Encounter": "Consultations", "Procedure": "Procedures", "ReferralRequest": "Referrals", "ServiceRequest": "Referrals and requests",
    "DiagnosticReport": "Reports of tests", "ProcedureRequest": "Requests", "List": "Lists and headings", "Organization": "Organisations",
    "Practitioner": "Professionals", "PractitionerRole": "Roles of professionals", "Location": "Places", "Patient": "The person",
    "OperationOutcome": "Messages", "DocumentReference": "Documents", "Specimen": "Samples", "QuestionnaireResponse": "Questionnaires",
    "HealthcareService": "Services", "Basic": "Kept as it came", "Resident": "People", "CarePlan": "Plans", "Appointment": "Appointments",
    "FamilyMemberHistory": "Illnesses in the family", "Device": "Devices", "Endpoint": "Addresses of systems", "Flag": "Alerts",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One type of a report, for a table."""

    words: str
    type: str
    read: int
    written: int
    kept: int
    left: str


def rows(report: Report) -> list[Row]:
    return [
        Row(
            words=TYPES.get(type_, type_), type=type_, read=one.read, written=one.mapped + one.whole, kept=one.kept,
            left=", ".join(f"{number} {LEFT[Left(why)]}" for why, number in one.left.items()),
        )
        for type_, one in sorted(report.counted.items(), key=lambda item: -item[1].read)
    ]  # fmt: skip


def told(report: Report) -> Iterator[str]:
    """The report as lines of text. Of people only counts: it may be written to a log."""
    for row in rows(report):
        kept = f", {row.kept} elements kept word for word" if row.kept else ""
        left = f"; left: {row.left}" if row.left else ""
        yield f"{row.type:24} {row.read:6} read, {row.written:6} written{kept}{left}"
    if elsewhere := report.total("elsewhere"):
        yield f"{elsewhere} references lead out of the file and are kept as words."
    for what, _, _ in report.differs:
        yield f"{what}: the file says otherwise than we do. Ours stands."
    yield from report.wrong
