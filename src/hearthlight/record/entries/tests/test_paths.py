"""Where a value lives in a resource."""

from typing import Any

import pytest

from hearthlight.record.entries.paths import OURS, get, put

PATHS = [
    ("status", {"status": "x"}),
    ("code.text", {"code": {"text": "x"}}),
    ("note[].text", {"note": [{"text": "x"}]}),
    ("period.start", {"period": {"start": "x"}}),
    ("telecom[system=other].value", {"telecom": [{"system": "other", "value": "x"}]}),
    ("ext:detail.valueString", {"extension": [{"url": f"{OURS}detail", "valueString": "x"}]}),
    ("code.coding[system=http://snomed.info/sct].code", {"code": {"coding": [{"system": "http://snomed.info/sct", "code": "x"}]}}),
    (
        "#performer:Practitioner.name[].text",
        {"contained": [{"resourceType": "Practitioner", "id": "performer", "name": [{"text": "x"}]}]},
    ),
    (
        "ext:change.extension[url=what].valueString",
        {"extension": [{"url": f"{OURS}change", "extension": [{"url": "what", "valueString": "x"}]}]},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("path", "resource"), PATHS)
def test_it_puts_a_value_where_the_path_says_and_finds_it_again(path: str, resource: dict[str, Any]):
    made: dict[str, Any] = {}

    put(made, path, "x")

    assert made == resource
    assert get(made, path) == "x"


@pytest.mark.parametrize("path", [path for path, _ in PATHS])
def test_it_takes_away_a_value_and_whatever_only_held_it(path: str):
    made: dict[str, Any] = {}
    put(made, path, "x")

    put(made, path, None)

    assert made == {}
    assert get(made, path) is None


def test_it_leaves_what_stands_beside_a_value():
    resource = {"code": {"text": "x", "coding": [{"system": "s", "code": "c"}]}, "note": [{"text": "x"}, {"text": "other"}]}

    put(resource, "code.text", None)
    put(resource, "note[].text", "changed")

    assert resource == {"code": {"coding": [{"system": "s", "code": "c"}]}, "note": [{"text": "changed"}, {"text": "other"}]}


def test_it_finds_nothing_in_what_is_shaped_otherwise():
    assert get({"code": "a word"}, "code.text") is None
    assert get({"note": "a word"}, "note[].text") is None
    assert get({}, "#performer:Practitioner.name[].text") is None


def test_it_refuses_what_is_no_path():
    with pytest.raises(ValueError, match="not a path"):
        put({}, "9lives", "x")
