"""Legal information, safeguarding and the end of life: what must be found at once, and read exactly."""

from hearthlight.record.entries.parts import (
    RECORDER,
    SNOMED,
    WITH_ORGANISATION_CODE,
    coded,
    location,
    performer,
    recorder,
)
from hearthlight.record.entries.types import Entry, Field, Input
from hearthlight.record.types import Section

LEGAL, END = "Legal information", "End of life care"
CONSENT_SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
DIRECTIVE = {
    "resourceType": "Consent", "status": "active",
    "scope": {"coding": [{"system": CONSENT_SCOPE, "code": "adr", "display": "Advanced Care Directive"}]},
}  # fmt: skip
BY_PERFORMER = (("performer", "performer[]"), RECORDER)
ATTORNEY = "Lasting power of attorney for personal welfare or court appointed deputy (or equivalent)"
DOCUMENT = "ext:document.valueString"


def _flag(category: str) -> dict[str, object]:
    return {"resourceType": "Flag", "status": "active", "category": [{"text": category}]}


def _directive(category: str) -> dict[str, object]:
    return {**DIRECTIVE, "category": [{"text": category}]}


def _observation(words: str) -> dict[str, object]:
    return {"resourceType": "Observation", "status": "final", "code": {"text": words}}


def _said(key: str, title: str, concept: str, *, hint: str = "") -> Entry:
    """Something of the end of life that is said in words."""
    return Entry(
        key=key, chapter="End of life", title=title, concept=f"{END}/{concept}", base=_observation(title),
        roles=BY_PERFORMER, told_by=(concept,), hint=hint,
        fields=(
            Field(concept, "valueString", title, Input.TEXT, is_required=True),
            Field("Date", "effectiveDateTime", "On", Input.MOMENT), *location(), *performer(), *recorder(),
        ),
    )  # fmt: skip


def _places_of_death() -> tuple[Field, ...]:
    return tuple(
        one
        for number, order in ((0, "1st"), (1, "2nd"))
        for one in (
            Field(f"Preferred place of death {order}/Name of the place", f"component[id=choice-{number}].valueCodeableConcept.text",
                  "First choice" if number == 0 else "Second choice"),
            Field(f"Preferred place of death {order}/Type of place", f"component[id=choice-{number}].ext:kind-of-place.valueString",
                  "Kind of place", hint="Home, care home, hospice, hospital"),
        )
    )  # fmt: skip


ENTRIES = (
    Entry(
        key="capacity", chapter="Legal", title="Mental capacity assessment", concept=f"{LEGAL}/Mental capacity assessment",
        base=_observation("Mental capacity assessment"), roles=BY_PERFORMER, told_by=("Mental capacity assessment", "Date"),
        fields=(
            Field("Mental capacity assessment", "valueString", "The decision, and whether they could make it", Input.TEXT, is_required=True),
            Field("Date", "effectiveDateTime", "Assessed on", Input.MOMENT),
            Field("Location of document", DOCUMENT, "Where the form is kept"),
            *location(), *performer(asks=WITH_ORGANISATION_CODE), *recorder(has_organisation_code=True),
        ),
    ),
    Entry(
        key="attorney", chapter="Legal", title="Attorney or deputy", subject="patient", roles=(
            ("performer", "ext:performer.valueReference"), RECORDER),
        concept=f"{LEGAL}/Lasting power of attorney for personal welfare or court-appointed deputy (or equivalent)",
        base={
            "resourceType": "RelatedPerson", "active": True,
            "relationship": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "POWATT"}],
                              "text": "Attorney or deputy for health and welfare"}],
        },
        told_by=(f"{ATTORNEY}/Name of LPA", f"{ATTORNEY}/Contact details"),
        fields=tuple(
            Field(f"{ATTORNEY}/{concept}", at, label, kind,
                  is_required=concept == "Name of LPA", is_detail=kind is Input.CODE)
            for concept, at, label, kind in (
                ("Name of LPA", "name[].text", "Name of the attorney or deputy", Input.LINE),
                ("Contact details", "telecom[system=other].value", "How to reach them", Input.LINE),
                ("Location of document", DOCUMENT, "Where the document is kept", Input.LINE),
                ("Coded value", f"relationship[].coding[system={SNOMED}].code", "Kind of authority: SNOMED CT code", Input.CODE),
            )
        ) + (Field("Date", "period.start", "Since", Input.MOMENT), *location(), *performer(), *recorder()),
    ),
    Entry(
        key="dols", chapter="Legal", title="Deprivation of liberty", concept=f"{LEGAL}/Deprivation of Liberty Safeguards or equivalent",
        base=_flag("Deprivation of liberty"), roles=(("performer", "author"),),
        told_by=("Deprivation of liberty safeguards or equivalent", "Application status", "Planned or actual end date of authorisation"),
        fields=(
            Field("Deprivation of liberty safeguards or equivalent", "code.text", "What is authorised, and its conditions", Input.TEXT,
                  is_required=True),
            Field("Application status", "ext:application-status.valueString", "Applied for, granted, refused or ended"),
            Field("Application date", "ext:applied.valueDateTime", "Applied for on", Input.MOMENT),
            Field("Start date of authorisation", "period.start", "Authorised from", Input.MOMENT),
            Field("Planned or actual end date of authorisation", "period.end", "Authorised until", Input.MOMENT),
            *performer(),
        ),
    ),
    Entry(
        key="mental-health-act", chapter="Legal", title="Mental Health Act status", roles=(("performer", "author"), RECORDER),
        concept=f"{LEGAL}/Mental health act or equivalent status", base=_flag("Mental Health Act"),
        told_by=("Mental health act or equivalent status/Free text",),
        fields=(
            *coded("Mental health act or equivalent status", "code", "Section or status", is_required=True),
            Field("Mental health act or equivalent status/Supporting information", "ext:detail.valueString", "More about it", Input.TEXT),
            Field("Section start date", "period.start", "From", Input.MOMENT),
            Field("Section end date", "period.end", "Until", Input.MOMENT), *location(), *performer(), *recorder(),
        ),
    ),
    Entry(
        key="refusal", chapter="Legal", title="Advance decision to refuse treatment", subject="patient",
        concept=f"{LEGAL}/Advance decision to refuse treatment (ADRT)", base=_directive("Advance decision to refuse treatment"),
        roles=BY_PERFORMER, told_by=("Advance decision to refuse treatment/Free text",),
        fields=(
            *coded("Advance decision to refuse treatment", "policyRule", "What is refused, and when", is_required=True),
            Field("Date", "dateTime", "Decided on", Input.DATE), *location(), *performer(), *recorder(),
        ),
    ),
    Entry(
        key="safeguarding", chapter="Safeguarding", title="Safeguarding concern", guard=Section.SAFEGUARDING,
        concept="Safeguarding/Safeguarding concerns", base=_flag("Safeguarding"), roles=(("performer", "author"), RECORDER),
        told_by=("Safeguarding concerns/Free text",),
        fields=(
            *coded("Safeguarding concerns", "code", "The concern", is_required=True),
            Field("Comment", "ext:comment.valueString", "Comment", Input.TEXT),
            Field("Safeguarding concerns date", "period.start", "Since", Input.MOMENT),
            Field("Safeguarding concerns end date", "period.end", "Until", Input.MOMENT),
            *location(), *performer(), *recorder(),
        ),
    ),
    Entry(
        key="resuscitation", chapter="End of life", title="Resuscitation decision", subject="patient", roles=BY_PERFORMER,
        concept=f"{END}/Cardio-pulmonary resuscitation (CPR) decision", base=_directive("Cardio-pulmonary resuscitation decision"),
        told_by=("Cardio-pulmonary resuscitation (CPR) decision/Free text", "Location of document", "Date for review"),
        hint="As written on the ReSPECT or DNACPR form. The signed form is what counts: say where it is kept.",
        fields=(
            *coded("Cardio-pulmonary resuscitation (CPR) decision", "policyRule", "The decision", is_required=True),
            Field("Location of document", DOCUMENT, "Where the signed form is kept"),
            Field("Date", "dateTime", "Decided on", Input.MOMENT),
            Field("Date for review", "ext:review.valueDateTime", "To be looked at again", Input.MOMENT),
            *location(), *performer(), *recorder(),
        ),
    ),
    _said("prognosis", "Estimated prognosis", "Estimated prognosis"),
    _said("prognosis-awareness", "Awareness of prognosis", "Awareness of prognosis", hint="What the person and their family know."),
    Entry(
        key="priorities", chapter="End of life", title="Priorities of care", concept=END, is_single=True,
        base=_observation("Priorities of care"), told_by=("Priorities of care",),
        fields=(Field("Priorities of care", "valueString", "What matters most towards the end", Input.TEXT, is_required=True),),
    ),
    _said("anticipatory-action", "Anticipatory action", "Anticipatory actions"),
    _said("anticipatory-medicines", "Anticipatory medicines or equipment", "Anticipatory medicines/equipment"),
    Entry(
        key="place-of-death", chapter="End of life", title="Preferred place of death", concept=f"{END}/Preferred place of death",
        base=_observation("Preferred place of death"), roles=BY_PERFORMER,
        told_by=("Preferred place of death 1st/Name of the place", "Preferred place of death 2nd/Name of the place"),
        fields=(*_places_of_death(), Field("Date", "effectiveDateTime", "Said on", Input.MOMENT), *location(), *performer(), *recorder()),
    ),
    _said("place-of-care", "Preferred place of care", "Preferred place of care"),
)  # fmt: skip
