"""Issues as the OperationOutcome that a FHIR client expects (R4 §3.3.6.4)."""

from collections.abc import Iterable

from .types import Issue, Resource, Severity

WELL = Issue(Severity.INFORMATION, "informational", "No problems found")


def outcome(issues: Iterable[Issue]) -> Resource:
    """Never without an issue: an OperationOutcome has at least one."""
    return {"resourceType": "OperationOutcome", "issue": [_told(issue) for issue in (*issues,) or (WELL,)]}


def _told(issue: Issue) -> Resource:
    told: Resource = {"severity": str(issue.severity), "code": issue.code, "diagnostics": issue.diagnostics}
    if issue.expression:
        told["expression"] = [issue.expression]
    return told
