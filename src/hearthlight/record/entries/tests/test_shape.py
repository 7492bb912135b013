"""Every entry there is: written, read back, corrected."""

import copy
from decimal import Decimal
from typing import Any

import pytest

from hearthlight.fhir.check import check
from hearthlight.record.entries.definitions import entries
from hearthlight.record.entries.shape import TAGS, entry_of, resource_of, values_of
from hearthlight.record.entries.types import Entry, Input

SAID: dict[Input, Any] = {
    Input.LINE: "a line", Input.TEXT: "two\nlines", Input.DATE: "2026-11-24", Input.MOMENT: "2026-11-24",
    Input.INSTANT: "2026-11-24T10:00:00Z", Input.FLAG: True, Input.NUMBER: Decimal("7.50"), Input.CODE: "22298006",
}  # fmt: skip
ALL = [pytest.param(entry, id=key) for key, entry in entries().items()]


def everything_said(entry: Entry) -> dict[str, Any]:
    return {one.name: one.choices[0][0] if one.input is Input.CHOICE else SAID[one.input] for one in entry.fields}


def _errors(resource: dict[str, Any]) -> list[str]:
    return [f"{one.expression}: {one.diagnostics}" for one in check(resource) if one.is_error]


@pytest.mark.parametrize("entry", ALL)
def test_it_says_back_all_that_was_said(entry: Entry):
    said = everything_said(entry)

    resource = resource_of(entry, said, patient="person-7")

    assert values_of(entry, resource) == said
    assert entry_of(resource) is entry


@pytest.mark.parametrize("entry", ALL)
def test_it_makes_a_resource_that_r4_allows_of_much_and_of_little(entry: Entry):
    much = resource_of(entry, everything_said(entry), patient="person-7")
    least = {one.name: SAID[one.input] for one in entry.fields if one.is_required}

    assert _errors(much) == []
    assert _errors(resource_of(entry, least, patient="person-7")) == []


@pytest.mark.parametrize("entry", ALL)
def test_it_leaves_no_trace_of_what_is_unsaid_again(entry: Entry):
    required = {one.name: SAID[one.input] for one in entry.fields if one.is_required}
    least = resource_of(entry, required, patient="person-7")

    much = resource_of(entry, everything_said(entry), patient="person-7", onto=least)
    again = resource_of(entry, required, patient="person-7", onto=much)

    assert again == least


def test_it_keeps_what_another_system_said_beside_what_is_corrected():
    theirs = {
        "resourceType": "AllergyIntolerance", "id": "gp-1", "code": {"coding": [{"system": "http://snomed.info/sct", "code": "91936005"}]},
        "patient": {"reference": "Patient/person-7"},
        "reaction": [{"manifestation": [{"text": "Rash"}]}, {"manifestation": [{"text": "Swelling"}]}],
        "extension": [{"url": "http://example.org/theirs", "valueBoolean": True}],
    }  # fmt: skip
    entry = entries()["allergy"]
    before = copy.deepcopy(theirs)

    said = values_of(entry, theirs) | {entry.field("Comment").name: "Asked her daughter"}
    corrected = resource_of(entry, said, patient="person-7", onto=theirs)

    assert theirs == before
    assert {key: corrected[key] for key in before} == before
    assert corrected["note"] == [{"text": "Asked her daughter"}]


def test_it_names_a_professional_once_and_refers_to_them():
    entry = entries()["mobility"]
    said = {entry.field("Mobility needs/Free text").name: "Frame", entry.field("Performing professional/Name").name: "Priya Shah"}

    resource = resource_of(entry, said, patient="person-7")

    assert resource["performer"] == [{"reference": "#performer-role"}]
    assert {row["id"]: row["resourceType"] for row in resource["contained"]} == {
        "performer": "Practitioner", "performer-role": "PractitionerRole",
    }  # fmt: skip


def test_it_reads_another_systems_resource_as_the_nearest_entry():
    assert entry_of({"resourceType": "Condition"}) is entries()["problem"]
    assert entry_of({"resourceType": "Observation"}) is None
    assert entry_of({"resourceType": "Flag", "meta": {"tag": [{"system": TAGS, "code": "no-such"}]}}) is None


def test_it_guards_a_safeguarding_concern_by_its_label():
    entry = entries()["safeguarding"]

    resource = resource_of(entry, {entry.field("Safeguarding concerns/Free text").name: "Bruising"}, patient="person-7")

    assert [label["code"] for label in resource["meta"]["security"]] == ["SAFEGUARDING"]


@pytest.mark.parametrize("entry", ALL)
def test_it_asks_for_nothing_twice_and_tells_lines_by_fields_it_has(entry: Entry):
    names, places = [one.name for one in entry.fields], [one.at for one in entry.fields]

    assert len(set(names)) == len(names)
    assert len(set(places)) == len(places)
    assert entry.told()
