"""Everything that is wrong with a resource, by R4 and, if asked, by a profile of UK Core."""

from .profiles import departures
from .structure import problems
from .text import dumps
from .types import Issue, Resource, Severity
from .walk import second_pass

MOST_ISSUES = 100
"""Whoever sends more mistakes than this learns enough from the first ones."""


def check(resource: Resource, *, profile: str | None = None) -> tuple[Issue, ...]:
    """Errors first, then warnings; empty when there is nothing to say. Structure is fhirkit's (`structure`), the rest ours
    (`walk`): ids, required codes, reference targets, invariants, contained resources, narrative. `profile` is the
    canonical URL of a UK Core profile; one that is not known is an error."""
    found = problems(resource, dumps(resource))
    is_sound = not any(issue.is_error for issue in found)
    found += second_pass(resource, is_sound=is_sound)
    if profile is not None and is_sound:
        found += departures(resource, profile)
    found.sort(key=lambda issue: not issue.is_error)
    if len(found) > MOST_ISSUES:
        more = Issue(Severity.INFORMATION, "informational", f"{len(found) - MOST_ISSUES} more problems are not listed")
        return (*found[:MOST_ISSUES], more)
    return tuple(found)
