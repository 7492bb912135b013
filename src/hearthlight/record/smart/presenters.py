"""Scopes in plain words, for somebody who must decide in a corridor whether an app may see Ada's record."""

from collections.abc import Sequence
from dataclasses import dataclass

from hearthlight.record.smart import scopes
from hearthlight.record.smart.scopes import Level
from hearthlight.record.smart.types import AppKind
from hearthlight.record.types import Section

TYPES = {
    "*": "everything in the record",
    "AllergyIntolerance": "allergies",
    "Appointment": "appointments",
    "AuditEvent": "who looked at the record",
    "CarePlan": "care plans",
    "CareTeam": "who looks after them",
    "Communication": "messages and notes",
    "Condition": "problems and diagnoses",
    "Consent": "consents",
    "Device": "devices",
    "DiagnosticReport": "test results",
    "DocumentReference": "documents",
    "Encounter": "stays and visits",
    "Flag": "warnings",
    "Goal": "goals",
    "Immunization": "vaccinations",
    "Location": "homes, units and rooms",
    "MedicationAdministration": "doses given",
    "MedicationRequest": "prescribed medicines",
    "MedicationStatement": "medicines",
    "Observation": "measurements and observations",
    "Organization": "organisations",
    "Patient": "name, date of birth, NHS number and address",
    "Practitioner": "names of staff",
    "Procedure": "treatments",
    "QuestionnaireResponse": "answers to assessments",
    "RelatedPerson": "family and friends",
    "ServiceRequest": "referrals",
    "Task": "tasks",
}
KINDS = {
    AppKind.PUBLIC: "On a phone or in a browser: it keeps no secret",
    AppKind.SECRET: "On a server, with a shared secret",
    AppKind.KEY: "On a server that signs with its own key",
    AppKind.BACKEND: "A service without a user, that signs with its own key",
}
KIND_WORDS = {
    AppKind.PUBLIC: "phone or browser", AppKind.SECRET: "server with a secret", AppKind.KEY: "server with a key",
    AppKind.BACKEND: "service without a user",
}  # fmt: skip
SECTIONS = {
    Section.SAFEGUARDING: "Safeguarding",
    Section.SEXUAL_HEALTH: "Sexual health",
    Section.KEY_SAFE: "The key safe’s code",
}
ACTIONS = {"u": "change", "c": "add to", "d": "delete"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One line of what an app asks for. `is_grave`: it changes the record."""

    words: str
    is_grave: bool = False


def asked(texts: Sequence[str]) -> list[Asked]:
    """What these scopes come to, in the order a person should read them: what it sees, what it changes, the rest."""
    found = scopes.parsed_all(texts)
    lines = []
    for level, whose in ((Level.PATIENT, "about this person"), (Level.USER, "about everyone you may see")):
        mine = [scope for scope in found if scope.level is level]
        if seen := _types(mine, "rs"):
            lines.append(Asked(f"See {seen}, {whose}"))
        for letter, does in ACTIONS.items():
            if changed := _types(mine, letter):
                lines.append(Asked(f"{does[:1].upper()}{does[1:]} {changed}, {whose}", is_grave=True))
    if "openid" in texts or "fhirUser" in texts or "profile" in texts:
        lines.append(Asked("Know who you are"))
    if "offline_access" in texts:
        lines.append(Asked("Go on for 30 days without asking you again, while you hold a role here"))
    return lines


def _types(found: Sequence[scopes.FhirScope], letters: str) -> str:
    named = list(dict.fromkeys(scope.type for scope in found if set(letters) & set(scope.letters)))
    if "*" in named:
        return TYPES["*"]
    words = [TYPES.get(one, one) for one in named]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""
