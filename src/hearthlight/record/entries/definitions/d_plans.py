"""What is planned: care and support, what to do when it goes wrong, what the person said beforehand."""

from hearthlight.record.entries.parts import RECORDER, coded, location, performer, recorder
from hearthlight.record.entries.types import Entry, Field, Input

AUTHOR = (("performer", "author"), RECORDER)
NEEDS = "Needs, concerns or problems"
GOALS = f"{NEEDS}/Goals and hopes"
ACTIONS = f"{GOALS}/Actions and activities"


def _plan(title: str) -> dict[str, object]:
    return {"resourceType": "CarePlan", "status": "active", "intent": "plan", "category": [{"text": title}]}


def _reviewed() -> tuple[Field, ...]:
    return (
        Field("Planned review date/interval", "ext:review.valueDateTime", "To be looked at again", Input.MOMENT),
        Field("Responsibility for review", "ext:reviewer.valueString", "By whom"),
        Field("Date this plan was last updated", "created", "Last changed on", Input.MOMENT, is_detail=True),
        *location(), *performer(), *recorder(),
    )  # fmt: skip


def _action(concept: str, at: str, label: str, kind: Input = Input.LINE) -> Field:
    return Field(f"{ACTIONS}/{concept}", at, label, kind, is_detail=concept not in ("What", "Who", "When"))


ENTRIES = (
    Entry(
        key="plan", chapter="Plans", title="Care and support plan", concept="Care and support plan", base=_plan("Care and support plan"),
        roles=AUTHOR, told_by=(NEEDS, GOALS, f"{ACTIONS}/What"),
        fields=(
            Field("Strengths", "ext:strengths.valueString", "What they can do, and are good at", Input.TEXT),
            Field(NEEDS, "description", "Need, concern or problem", Input.TEXT, is_required=True),
            Field(GOALS, "#goal:Goal.description.text", "What they hope for", Input.TEXT),
            _action("What", "activity[].detail.description", "What is done", Input.TEXT),
            _action("Who", "activity[].detail.performer[].display", "By whom"),
            _action("When", "activity[].detail.scheduledPeriod.start", "From when", Input.MOMENT),
            _action("Stage goal", "activity[].detail.ext:stage.valueString", "First step towards it"),
            _action("Suggested strategies", "activity[].detail.ext:strategies.valueString", "How", Input.TEXT),
            _action("Status", "activity[].detail.statusReason.text", "How far it is"),
            _action("Confidence", "activity[].detail.ext:confidence.valueString", "How confident the person is"),
            _action("Outcome", "activity[].outcomeCodeableConcept[].text", "What came of it"),
            _action("Date last updated", "activity[].detail.ext:updated.valueDateTime", "Step last changed on", Input.MOMENT),
            _action("Review date", "activity[].detail.ext:review.valueDateTime", "Step looked at again on", Input.MOMENT),
            Field(f"{GOALS}/Outcomes", "#goal:Goal.note[].text", "What has been reached", Input.TEXT, is_detail=True),
            Field("Agreed with person or legitimate representative", "ext:agreed.valueString", "Agreed with",
                  hint="The person, their attorney; or why not"),
            Field("Care funding source", "ext:funding.valueString", "Who pays", is_detail=True),
            Field("Other care planning documents", "ext:document.valueString", "Other plans, and where they are", is_detail=True),
            *_reviewed(),
        ),
    ),
    Entry(
        key="contingency", chapter="Plans", title="Contingency plan", concept="Contingency plans", base=_plan("Contingency plan"),
        roles=AUTHOR, told_by=("Contingency plan name", "What should happen", "Who should be contacted"),
        fields=(
            Field("Contingency plan name", "title", "If this happens", is_required=True),
            Field("Relapse indicators / early warning signs", "ext:signs.valueString", "Early warning signs", Input.TEXT),
            Field("What should happen", "description", "What to do", Input.TEXT),
            Field("Who should be contacted", "ext:contact.valueString", "Whom to call", Input.TEXT),
            Field("Trigger factors", "ext:triggers.valueString", "What brings it on", Input.TEXT, is_detail=True),
            Field("Coping strategies/Coping strategy", "activity[].detail.description", "What helps them cope", Input.TEXT, is_detail=True),
            Field("Coping strategies/Start date", "activity[].detail.scheduledPeriod.start", "Helps since", Input.MOMENT, is_detail=True),
            Field("Coping strategies/End date", "activity[].detail.scheduledPeriod.end", "Helped until", Input.MOMENT, is_detail=True),
            Field("Anticipatory medicines/equipment", "ext:anticipatory.valueString", "Medicines or equipment kept ready", is_detail=True),
            Field("Agreed with person or legitimate representative", "ext:agreed.valueString", "Agreed with", is_detail=True),
            *_reviewed(),
        ),
    ),
    Entry(
        key="advance-statement", chapter="Plans", title="Advance statement", concept="Contingency plans/Advance statement",
        subject="patient", roles=(("performer", "performer[]"), RECORDER), told_by=("Advance statement/Free text",),
        base={
            "resourceType": "Consent", "status": "active", "category": [{"text": "Advance statement"}],
            "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "adr"}]},
        },
        fields=(
            *coded("Advance statement", "policyRule", "What the person wishes", is_required=True),
            Field("Location of document", "ext:document.valueString", "Where the document is kept"),
            Field("Date", "dateTime", "Said on", Input.MOMENT), *location(), *performer(), *recorder(),
        ),
    ),
    Entry(
        key="support-plan", chapter="Plans", title="Another plan", concept="Additional support plans", roles=AUTHOR,
        base=_plan("Additional support plan"), told_by=("Additional support plan name", "Additional support plan content"),
        fields=(
            Field("Additional support plan name", "title", "Name", is_required=True, hint="Behaviour support, seizure plan, ReSPECT"),
            Field("Additional support plan content", "description", "What it says", Input.TEXT),
            *_reviewed(),
        ),
    ),
)  # fmt: skip
