"""Issues as an OperationOutcome."""

from hearthlight.fhir.outcome import outcome
from hearthlight.fhir.types import Issue, Severity


def test_it_tells_every_issue_with_its_place():
    told = outcome([Issue(Severity.ERROR, "required", "code is missing", "Observation.code"), Issue(Severity.WARNING, "value", "odd")])

    assert told == {
        "resourceType": "OperationOutcome",
        "issue": [
            {"severity": "error", "code": "required", "diagnostics": "code is missing", "expression": ["Observation.code"]},
            {"severity": "warning", "code": "value", "diagnostics": "odd"},
        ],
    }


def test_it_says_so_when_nothing_is_wrong():
    assert [issue["severity"] for issue in outcome(())["issue"]] == ["information"]
