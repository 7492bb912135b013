"""What many entries have in common: coded words, a place, the professional who did it, the one who wrote it down.

Where FHIR R4 has no element for something PRSB asks for, it is an extension of ours (`ext:`), so that nothing is lost and
nothing is bent. Professionals are contained resources: they are named as they were then, and need not work here."""

from hearthlight.record.entries.types import Field, Input

SNOMED = "http://snomed.info/sct"
CODE_LABEL = "SNOMED CT code"


def coded(concept: str, at: str, label: str, *, is_detail: bool = False, is_required: bool = False) -> tuple[Field, ...]:
    """Something in words, with its code where somebody knows it: a CodeableConcept at `at`."""
    return (
        Field(f"{concept}/Free text", f"{at}.text", label, is_detail=is_detail, is_required=is_required),
        Field(
            f"{concept}/Coded value", f"{at}.coding[system={SNOMED}].code", f"{label}: {CODE_LABEL}", Input.CODE, is_detail=True
        ),
    )


def location(concept: str = "Location", *, coded_as: str = "Coded value", stem: str = "location") -> tuple[Field, ...]:
    """Where it was: R4 has no such element in most resources."""
    at = f"ext:{stem}.valueCodeableConcept"
    return (
        Field(f"{concept}/Free text", f"{at}.text", "Where", is_detail=True),
        Field(f"{concept}/{coded_as}", f"{at}.coding[system={SNOMED}].code", f"Where: {CODE_LABEL}", Input.CODE, is_detail=True),
    )


def professional(  # noqa: PLR0913 — what PRSB asks differs a little from place to place
    concept: str,
    stem: str,
    who: str,
    *,
    asks: tuple[str, ...],
    date_at: str = "",
    is_detail: bool = True,
) -> tuple[Field, ...]:
    """Somebody named in an entry. `asks` are PRSB's own words below `concept`; `stem` names their contained resources."""
    person, role, place = f"#{stem}:Practitioner", f"#{stem}-role:PractitionerRole", f"#{stem}-organisation:Organization"
    known = {
        "Name": (f"{person}.name[].text", who, Input.LINE),
        "Role": (f"{role}.code[].text", "their role", Input.LINE),
        "Grade": (f"{person}.qualification[].code.text", "their grade", Input.LINE),
        "Speciality": (f"{role}.specialty[].text", "their specialty", Input.LINE),
        "Specialty": (f"{role}.specialty[].text", "their specialty", Input.LINE),
        "Professional identifier": (f"{person}.identifier[].value", "their professional number", Input.LINE),
        "Organisation": (f"{place}.name", "their organisation", Input.LINE),
        "Organisation/Free text": (f"{place}.name", "their organisation", Input.LINE),
        "Organisation/Coded value": (f"{place}.identifier[].value", "their organisation's ODS code", Input.LINE),
        "Contact details": (f"{person}.telecom[system=other].value", "how to reach them", Input.LINE),
        "Date completed": (date_at or "ext:recorded.valueDateTime", "written down on", Input.MOMENT),
        "Team": (f"{role}.ext:team.valueString", "their team", Input.LINE),
        "Service/Free text": (f"{role}.healthcareService[].display", "their service", Input.LINE),
        "Service/Coded value": (f"{role}.ext:service.valueCode", "their service's code", Input.LINE),
    }
    return tuple(
        Field(f"{concept}/{one}".strip("/"), at, label if one == "Name" else f"{who}: {label}", kind, is_detail=is_detail)
        for one in asks
        for at, label, kind in [known[one]]
    )


WITH_ORGANISATION_CODE = (
    "Name", "Role", "Grade", "Speciality", "Professional identifier", "Organisation/Coded value", "Organisation/Free text",
    "Contact details",
)  # fmt: skip


PERFORMING = ("Name", "Role", "Grade", "Speciality", "Professional identifier", "Organisation", "Contact details")


def performer(*, asks: tuple[str, ...] = PERFORMING) -> tuple[Field, ...]:
    """PRSB's *Performing professional*."""
    return professional("Performing professional", "performer", "Who did it", asks=asks)


def recorder(*, date_at: str = "", has_organisation_code: bool = False) -> tuple[Field, ...]:
    """PRSB's *Person completing record*: filled in with who is signed in, and may be somebody else."""
    organisation = ("Organisation/Coded value", "Organisation/Free text") if has_organisation_code else ("Organisation",)
    asks = ("Name", "Role", "Grade", "Specialty", *organisation, "Professional identifier", "Date completed", "Contact details")
    return professional("Person completing record", "recorder", "Who wrote it down", asks=asks, date_at=date_at)


RECORDER = ("recorder", "ext:recorder.valueReference")
"""Where R4 has no element for who wrote it down."""
