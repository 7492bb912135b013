"""Who somebody is and what they need: about me, requirements, alerts, the people around them."""

from hearthlight.record.entries.parts import RECORDER, coded, location, performer, professional, recorder
from hearthlight.record.entries.types import Entry, Field, Input

ABOUT = "About me/About me"
OBSERVED = {"resourceType": "Observation", "status": "final"}
BY_PERFORMER = (("performer", "performer[]"), RECORDER)


def _told(concept: str, key: str, label: str, hint: str) -> Field:
    return Field(concept, f"item[linkId={key}].answer[].valueString", label, Input.TEXT, hint=hint)


ENTRIES = (
    Entry(
        key="about-me", chapter="About me", title="About me", concept=ABOUT, is_single=True, roles=(("recorder", "author"),),
        base={"resourceType": "QuestionnaireResponse", "status": "completed"},
        hint="In the person's own words, written by them or with them.",
        fields=(
            _told("What is most important to me", "important", "What is most important to me",
                  "Values, beliefs, people, pets, music, routines: whatever makes a good day."),
            _told("People who are important to me", "people", "People who are important to me", "And how they stay in touch."),
            _told("How I communicate and how to communicate with me", "communicate", "How I communicate and how to communicate with me",
                  "Hearing, sight, language, what a gesture or a silence means."),
            _told("My wellness", "wellness", "My wellness", "What I am like when I am well, and how you can tell when I am not."),
            _told("Please do and please don't", "do", "Please do and please don’t", "What helps, and what upsets me."),
            _told("How and when to support me", "support", "How and when to support me", "Washing, eating, moving, the night."),
            _told("Also worth knowing about me", "also", "Also worth knowing about me", ""),
            Field("Date", "authored", "Written on", Input.MOMENT),
            Field("Supported to write this by", "item[linkId=supported].answer[].valueString", "Supported to write this by",
                  hint="Name, how they know the person, and when."),
        ),
    ),
    Entry(
        key="gp", chapter="Contacts", title="GP practice", concept="GP practice/GP practice record entry",
        base={"resourceType": "CareTeam", "status": "active", "name": "GP practice", "category": [{"text": "GP practice"}]},
        roles=(("gp", "participant[].member"),), told_by=("GP name", "GP practice details"),
        fields=(
            Field("GP name", "#gp:Practitioner.name[].text", "GP"),
            Field("GP practice details", "#gp-organisation:Organization.name", "Practice, address and telephone", Input.TEXT),
            Field("GP practice identifier", "#gp-organisation:Organization.identifier[].value", "Practice's ODS code"),
        ),
    ),
    Entry(
        key="adjustment", chapter="What they need", title="Reasonable adjustment",
        concept="Individual requirements/Reasonable adjustment/Reasonable adjustment record entry",
        base={"resourceType": "Flag", "status": "active", "category": [{"text": "Reasonable adjustment"}]},
        roles=(("performer", "author"), RECORDER), told_by=("Reasonable adjustment/Free text",),
        fields=(
            *coded("Reasonable adjustment", "code", "What to do differently", is_required=True),
            Field("Reasonable adjustment additional detail", "ext:detail.valueString", "More about it", Input.TEXT),
            Field("Reasonable adjustment flag", "ext:flagged.valueBoolean", "Tell every service about it", Input.FLAG),
            Field("Date", "period.start", "Since", Input.MOMENT),
            *location(), *performer(), *recorder(),
        ),
    ),
    Entry(
        key="impairment", chapter="What they need", title="Impairment",
        concept="Individual requirements/Impairment/Impairment record entry",
        base={
            "resourceType": "Condition", "category": [{"text": "Impairment"}],
            "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]},
        },
        roles=(("performer", "asserter"), ("recorder", "recorder")), told_by=("Impairment category/Free text",),
        fields=(
            *coded("Impairment category", "code", "Impairment", is_required=True),
            Field("Impairment additional detail", "note[].text", "More about it", Input.TEXT),
            Field("Date", "onsetDateTime", "Since", Input.MOMENT),
            *location(), *performer(), *recorder(date_at="recordedDate"),
        ),
    ),
    Entry(
        key="mobility", chapter="What they need", title="Mobility", concept="Individual requirements/Mobility",
        base={**OBSERVED, "code": {"text": "Mobility needs"}}, roles=BY_PERFORMER, told_by=("Mobility needs/Free text",),
        fields=(
            *coded("Mobility needs", "valueCodeableConcept", "How they move, and what helps", is_required=True),
            Field("Date", "effectiveDateTime", "Seen on", Input.MOMENT), *location(), *performer(), *recorder(),
        ),
    ),
    Entry(
        key="requirement", chapter="What they need", title="Another requirement",
        concept="Individual requirements/Other individual requirements", roles=(("performer", "author"), RECORDER),
        base={"resourceType": "Flag", "status": "active", "category": [{"text": "Individual requirement"}]},
        told_by=("Other individual requirement",),
        fields=(
            Field("Other individual requirement", "code.text", "What they need", Input.TEXT, is_required=True,
                  hint="Glasses, hearing aids, dentures, an interpreter, food and drink, faith."),
            Field("Date", "period.start", "Since", Input.MOMENT), *location(), *performer(), *recorder(),
        ),
    ),
    Entry(
        key="alert", chapter="Alerts", title="Alert to staff", concept="Alerts/Alerts record entry", roles=(RECORDER,),
        base={"resourceType": "Flag", "status": "active", "category": [{"text": "Alert"}]}, told_by=("Alert",),
        fields=(
            Field("Alert", "code.text", "What whoever comes must know", Input.TEXT, is_required=True), *recorder(),
        ),
    ),
    Entry(
        key="professional", chapter="Contacts", title="Professional contact", roles=(("professional", "participant[].member"),),
        concept="Professional contacts/Professional contacts record entry",
        base={"resourceType": "CareTeam", "status": "active", "category": [{"text": "Professional contact"}]},
        told_by=("Name", "Role", "Contact details"),
        fields=(
            *professional("", "professional", "Name", is_detail=False,
                          asks=("Name", "Role", "Contact details", "Organisation/Free text", "Team")),
            Field("Key worker", "ext:key-worker.valueBoolean", "Key worker", Input.FLAG),
            *professional("", "professional", "Name", asks=("Speciality", "Organisation/Coded value")),
            Field("Start date", "period.start", "From", Input.MOMENT, is_detail=True),
            Field("End date", "period.end", "Until", Input.MOMENT, is_detail=True),
        ),
    ),
    Entry(
        key="contact", chapter="Contacts", title="Personal contact", subject="patient",
        concept="Personal contacts/Personal contacts record entry", base={"resourceType": "RelatedPerson", "active": True},
        hint="Whoever may be told or may see the record belongs to the circle as well.", told_by=("Name", "Relationship", "Contact details"),
        fields=(
            Field("Name", "name[].text", "Name", is_required=True),
            Field("Relationship", "relationship[].text", "Relationship", hint="Daughter, neighbour, friend"),
            Field("Relationship type", "ext:relationship-type.valueString", "What they are to the person in law or in care",
                  hint="Next of kin, main carer, emergency contact"),
            Field("Contact details", "telecom[system=other].value", "How to reach them"),
            Field("Comments", "ext:comment.valueString", "Comments", Input.TEXT, is_detail=True),
        ),
    ),
)  # fmt: skip
