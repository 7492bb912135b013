"""What everybody in and above `fhir` means by a resource, and how a problem with one is told."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Resource = dict[str, Any]
"""One FHIR R4 resource as JSON. Numbers with a point or an exponent are `decimal.Decimal`, so that 72.50 stays 72.50."""


class Severity(StrEnum):
    """http://hl7.org/fhir/issue-severity. An error refuses the resource; the others are told and let it pass."""

    FATAL = "fatal"
    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True)
class Issue:
    """One problem. `code` is of http://hl7.org/fhir/issue-type; `expression` the FHIRPath of the element at fault
    (`Observation.component[1].code`), empty where the whole is. Diagnostics name elements and codes, never a person."""

    severity: Severity
    code: str
    diagnostics: str
    expression: str = ""

    @property
    def is_error(self) -> bool:
        return self.severity in (Severity.FATAL, Severity.ERROR)


class Malformed(Exception):
    """What came cannot be taken, and why. At least one of the issues is an error."""

    def __init__(self, issues: Iterable[Issue]) -> None:
        self.issues = tuple(issues)
        super().__init__("; ".join(issue.diagnostics for issue in self.issues))
