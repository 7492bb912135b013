"""SMART App Launch 2.2, section "Scopes for requesting FHIR Resources": read, compare and narrow scopes. Pure.

`patient|user|system/Type.cruds`, letters in that order, `*` for every type. The scopes of version 1 (`.read`, `.write`,
`.*`) are understood and kept as they were asked for. A scope with a search (`?category=...`) is never granted: the
record cannot yet narrow a type by a search, and granting it whole would give more than was asked."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hearthlight.record.types import Verb

ORDER = "cruds"
V1 = {"read": "rs", "write": "cud", "*": "cruds"}
FHIR_SCOPE = re.compile(r"(patient|user|system)/(\*|[A-Z][A-Za-z]{1,63})\.(c?r?u?d?s?|read|write|\*)(\?.*)?")
LONGEST = 2_000  # characters of a scope parameter: every R4 type by name takes more, and nobody needs it
PLAIN = ("openid", "fhirUser", "profile", "launch", "launch/patient", "offline_access")


class Level(StrEnum):
    PATIENT = "patient"
    USER = "user"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class FhirScope:
    """`letters` of `cruds`; `type` may be `*`. `text` is as it was asked for."""

    level: Level
    type: str
    letters: str
    text: str

    def covers(self, resource_type: str, letter: str) -> bool:
        return self.type in ("*", resource_type) and letter in self.letters


def parsed(text: str) -> FhirScope | None:
    """The FHIR scope that `text` is; None for one that is none, that does nothing, or that has a search."""
    match = FHIR_SCOPE.fullmatch(text)
    if match is None or match[4] or not match[3]:
        return None
    return FhirScope(Level(match[1]), match[2], V1.get(match[3], match[3]), text)


def parsed_all(texts: Iterable[str]) -> list[FhirScope]:
    return [found for text in texts if (found := parsed(text))]


def narrowed(asked: Sequence[str], allowed: Sequence[str], levels: Sequence[Level]) -> list[str]:
    """What of `asked` may be granted to an app that was let in for `allowed`: each scope as it is, or the part of it
    that is allowed, in the order asked and each once. SMART lets a server grant less than was asked."""
    maximum = [scope for scope in parsed_all(allowed) if scope.level in levels]
    granted: dict[str, None] = {}
    for text in asked:
        if text in PLAIN and text in allowed:
            granted[text] = None
        scope = parsed(text)
        if scope is None or scope.level not in levels:
            continue
        for found in _within(scope, maximum):
            granted[found] = None
    return list(granted)


def _within(scope: FhirScope, maximum: Iterable[FhirScope]) -> list[str]:
    found = []
    for most in maximum:
        if most.level != scope.level or not (scope.type == most.type or "*" in (scope.type, most.type)):
            continue
        letters = "".join(letter for letter in ORDER if letter in scope.letters and letter in most.letters)
        if not letters:
            continue
        kind = most.type if scope.type == "*" else scope.type
        if kind == scope.type and letters == scope.letters:
            return [scope.text]
        found.append(f"{scope.level}/{kind}.{letters}")
    return found


def is_within(asked: Iterable[str], granted: Sequence[str]) -> bool:
    """Is everything asked for covered by what was granted? For a refresh that asks for less."""
    return all(text in granted or _is_covered(text, granted) for text in asked)


def _is_covered(text: str, granted: Sequence[str]) -> bool:
    scope = parsed(text)
    if scope is None:
        return False
    have = [one for one in parsed_all(granted) if one.level == scope.level]
    return all(any(one.type in ("*", scope.type) and letter in one.letters for one in have) for letter in scope.letters)


def power(texts: Iterable[str], *levels: Level) -> Callable[[str, Verb], bool]:
    """What scopes of these levels let an app do, by type and verb."""
    scopes = [scope for scope in parsed_all(texts) if scope.level in levels]
    return lambda resource_type, verb: any(scope.covers(resource_type, verb.value) for scope in scopes)


def needs_patient(texts: Sequence[str]) -> bool:
    """Must a person be chosen before an app may have these?"""
    return "launch/patient" in texts or any(scope.level is Level.PATIENT for scope in parsed_all(texts))


def is_for_one_person(texts: Sequence[str]) -> bool:
    """Is the app to see its one person only? So it is as soon as a patient scope gives what no user scope gives: one
    answer must do for both, and the narrower is the safe one."""
    scopes = parsed_all(texts)
    of_user = [scope.text for scope in scopes if scope.level is Level.USER]
    of_patient = [scope.text.replace("patient/", "user/", 1) for scope in scopes if scope.level is Level.PATIENT]
    return bool(of_patient) and not is_within(of_patient, of_user)
