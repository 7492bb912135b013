"""Saying what should change."""

import copy
import json
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from hearthlight.fhir.patch import MOST_OPERATIONS, MOST_PATHS, Inapplicable, fhirpath_patch, json_patch
from hearthlight.fhir.text import dumps, loads
from hearthlight.fhir.types import Malformed

ADA = {
    "resourceType": "Patient",
    "id": "person-7",
    "active": True,
    "name": [{"family": "Ash", "given": ["Ada", "May"], "_given": [None, {"id": "m"}]}],
    "birthDate": "1940-03-01",
    "_birthDate": {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/patient-birthTime", "valueDateTime": "1940-03-01T04:00:00Z"}]},
    "identifier": [{"value": "a"}, {"value": "b"}, {"value": "c"}, {"value": "d"}],
    "contact": [{"name": {"text": "Maya"}, "gender": "female"}],
    "maritalStatus": {"id": "1", "text": "widowed"},
}
WEIGHT = loads(b'{"resourceType":"Observation","id":"w","status":"final","valueQuantity":{"value":72.50,"unit":"kg"},"component":[{"valueString":"x"}]}')


def changed(before, *operations):
    kept = copy.deepcopy(before)
    after = json_patch(before, list(operations))
    assert before == kept
    return after


def operation(type, path, **parts):
    """One operation of a FHIRPath Patch; `value` is (valueX, what)."""
    told = [{"name": "type", "valueCode": type}, {"name": "path", "valueString": path}]
    for name, value in parts.items():
        if isinstance(value, list):
            told.append({"name": name, "part": value})
        elif name == "name":
            told.append({"name": name, "valueString": value})
        elif isinstance(value, int):
            told.append({"name": name, "valueInteger": value})
        else:
            told.append({"name": name, value[0]: value[1]})
    return {"name": "operation", "part": told}


def patched(before, *operations):
    kept = copy.deepcopy(before)
    after = fhirpath_patch(before, {"resourceType": "Parameters", "parameter": list(operations)})
    assert before == kept
    return after


def order(resource):
    return "".join(each["value"] for each in resource["identifier"])


# --- JSON Patch ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operations", "name", "value"),
    [
        ([{"op": "add", "path": "/gender", "value": "female"}], "gender", "female"),
        ([{"op": "replace", "path": "/active", "value": False}], "active", False),
        ([{"op": "remove", "path": "/active"}], "active", None),
        ([{"op": "add", "path": "/name/0/given/-", "value": "Jo"}], "name", [{**ADA["name"][0], "given": ["Ada", "May", "Jo"]}]),
        ([{"op": "move", "from": "/birthDate", "path": "/deceasedDateTime"}], "deceasedDateTime", "1940-03-01"),
        ([{"op": "copy", "from": "/identifier/0", "path": "/identifier/1"}], "identifier", [{"value": each} for each in "aabcd"]),
        ([{"op": "test", "path": "/active", "value": True}], "active", True),
        ([], "active", True),
    ],
)
def test_it_changes_what_a_json_patch_says(operations, name, value):
    assert changed(ADA, *operations).get(name) == value


def test_it_keeps_every_nought_of_a_decimal():
    after = changed(WEIGHT, {"op": "test", "path": "/valueQuantity/value", "value": Decimal("72.5")}, {"op": "remove", "path": "/status"})

    assert dumps(after) == b'{"resourceType":"Observation","id":"w","valueQuantity":{"value":72.50,"unit":"kg"},"component":[{"valueString":"x"}]}'
    assert dumps(changed(WEIGHT, {"op": "replace", "path": "/valueQuantity/value", "value": Decimal("80.00")})).count(b"80.00") == 1


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/active", "value": False}, {"op": "test", "path": "/active", "value": 1}, {"op": "test", "path": "/gender", "value": "x"},
        {"op": "remove", "path": "/gender"}, {"op": "replace", "path": "/gender", "value": "x"}, {"op": "add", "path": "/a/b", "value": 1},
        {"op": "add", "path": "/identifier/9", "value": {}}, {"op": "remove", "path": "/identifier/9"}, {"op": "copy", "from": "/x", "path": "/y"},
        {"op": "move", "from": "/x", "path": "/y"},
    ],
)  # fmt: skip
def test_it_says_that_a_patch_is_not_of_this_resource(operation):
    with pytest.raises(Inapplicable) as refused:
        json_patch(ADA, [operation])

    assert "1940" not in str(refused.value) and "Ash" not in str(refused.value)


@pytest.mark.parametrize(
    "operations",
    [
        {}, "x", None, [1], [{}], [{"op": "bogus", "path": "/a"}], [{"op": "add", "path": "/a"}], [{"op": "add", "value": 1}], [{"op": ["add"], "path": "/a"}],
        [{"op": "add", "path": "a", "value": 1}], [{"op": "add", "path": 7, "value": 1}], [{"op": "move", "path": "/a"}],
        [{"op": "add", "path": "/~9", "value": 1}], [{"op": "replace", "path": "", "value": 3}], [{"op": "replace", "path": "", "value": {}}],
        [{"op": "replace", "path": "/id", "value": "person-8"}], [{"op": "remove", "path": "/id"}], [{"op": "add", "path": "/resourceType", "value": "Group"}],
        [{"op": "add", "path": "/" + "a" * 1000, "value": 1}], [{"op": "test", "path": "/active", "value": True}] * (MOST_OPERATIONS + 1),
        [{"op": "move", "from": "/name", "path": "/name/0/x"}], [{"op": "remove", "path": ""}],
    ],
)  # fmt: skip
def test_it_refuses_a_json_patch_that_makes_no_sense(operations):
    with pytest.raises(Malformed):
        json_patch(ADA, operations)


def test_it_does_all_of_a_patch_or_nothing():
    kept = copy.deepcopy(ADA)
    with pytest.raises(Inapplicable):
        json_patch(ADA, [{"op": "remove", "path": "/active"}, {"op": "test", "path": "/birthDate", "value": "x"}])

    assert kept == ADA


def test_it_lets_no_copy_fill_the_memory():
    doubling = [{"op": "copy", "from": "/identifier", "path": "/identifier/-"}] * 40
    nesting = [{"op": "copy", "from": "", "path": "/x"}] * 70
    deep = [{"op": "add", "path": "/a" * (each + 1), "value": {}} for each in range(200)]

    for operations in (doubling, nesting, deep):
        with pytest.raises(Malformed) as refused:
            json_patch(ADA, operations)
        assert refused.value.issues[0].code == "too-costly"


# --- FHIRPath Patch: the operations of the official test suite, in our words -------------------------------------------


def test_it_changes_nothing_by_an_empty_patch():
    assert fhirpath_patch(ADA, {"resourceType": "Parameters"}) == ADA


@pytest.mark.parametrize(
    ("change", "name", "value"),
    [
        (operation("replace", "Patient.birthDate", value=("valueDate", "1941-03-01")), "birthDate", "1941-03-01"),
        (operation("delete", "Patient.birthDate"), "birthDate", None),
        (operation("add", "Patient", name="gender", value=("valueCode", "female")), "gender", "female"),
        (operation("replace", "Patient.contact[0].gender", value=("valueCode", "male")), "contact", [{"name": {"text": "Maya"}, "gender": "male"}]),
        (operation("replace", "Patient.contact[0].name.text", value=("valueString", "M")), "contact", [{"name": {"text": "M"}, "gender": "female"}]),
        (operation("delete", "Patient.contact[0].gender"), "contact", [{"name": {"text": "Maya"}}]),
        (operation("delete", "Patient.contact[0].name.text"), "contact", [{"gender": "female"}]),
        (operation("add", "Patient.contact[0].name", name="family", value=("valueString", "Ash")), "contact",
         [{"name": {"text": "Maya", "family": "Ash"}, "gender": "female"}]),
        (operation("add", "Patient", name="address", value=("valueAddress", {"city": "Bury"})), "address", [{"city": "Bury"}]),
        (operation("add", "Patient", name="communication", value=[{"name": "language", "valueCodeableConcept": {"text": "Welsh"}},
                                                                  {"name": "preferred", "valueBoolean": True}]),
         "communication", [{"language": {"text": "Welsh"}, "preferred": True}]),
        (operation("replace", "Patient.maritalStatus", value=("valueCodeableConcept", {"id": "2", "text": "married"})), "maritalStatus",
         {"id": "2", "text": "married"}),
        (operation("delete", "Patient.maritalStatus"), "maritalStatus", None),
        (operation("delete", "Patient.contact[0]"), "contact", None),
        (operation("delete", "Patient.photo"), "photo", None),  # nothing there: nothing to do
        (operation("add", "Patient", name="deceased", value=("valueBoolean", True)), "deceasedBoolean", True),
        (operation("insert", "Patient.telecom", index=0, value=("valueContactPoint", {"value": "1"})), "telecom", [{"value": "1"}]),
    ],
)  # fmt: skip
def test_it_changes_what_a_fhirpath_patch_says(change, name, value):
    assert patched(ADA, change).get(name) == value


@pytest.mark.parametrize(
    ("changes", "letters"),
    [
        ([operation("add", "Patient", name="identifier", value=("valueIdentifier", {"value": "x"}))], "abcdx"),
        ([operation("insert", "Patient.identifier", index=0, value=("valueIdentifier", {"value": "x"}))], "xabcd"),
        ([operation("insert", "Patient.identifier", index=2, value=("valueIdentifier", {"value": "x"}))], "abxcd"),
        ([operation("insert", "Patient.identifier", index=4, value=("valueIdentifier", {"value": "x"}))], "abcdx"),
        ([operation("delete", "Patient.identifier[0]")], "bcd"),
        ([operation("delete", "Patient.identifier[3]")], "abc"),
        ([operation("delete", "Patient.identifier.where(value = 'b')")], "acd"),
        ([operation("move", "Patient.identifier", source=3, destination=1)], "adbc"),
        ([operation("move", "Patient.identifier", source=3, destination=0)], "dabc"),
        ([operation("move", "Patient.identifier", source=3, destination=2)], "abdc"),
        ([operation("move", "Patient.identifier", source=0, destination=3)], "bcda"),
        ([operation("move", "Patient.identifier", source=1, destination=0), operation("move", "Patient.identifier", source=2, destination=1)], "bcad"),
        ([operation("replace", "Patient.identifier[0].value", value=("valueString", "z")),
          operation("replace", "Patient.identifier[1].value", value=("valueString", "y"))], "zycd"),
    ],
)  # fmt: skip
def test_it_changes_a_list(changes, letters):
    assert order(patched(ADA, *changes)) == letters


def test_it_replaces_a_value_by_one_of_another_type():
    after = patched(WEIGHT, operation("replace", "Observation.value", value=("valueString", "too heavy for the scales")))

    assert "valueQuantity" not in after
    assert after["valueString"] == "too heavy for the scales"


def test_it_replaces_a_primitive_with_its_extensions():
    """The time of birth belonged to the other date."""
    after = patched(ADA, operation("replace", "Patient.birthDate", value=("valueDate", "1941")))

    assert "_birthDate" not in after


def test_it_keeps_the_second_list_in_step():
    first = patched(ADA, operation("insert", "Patient.name[0].given", index=0, value=("valueString", "Zoe")))["name"][0]
    moved = patched(ADA, operation("move", "Patient.name[0].given", source=1, destination=0))["name"][0]
    gone = patched(ADA, operation("delete", "Patient.name[0].given[1]"))["name"][0]

    assert (first["given"], first["_given"]) == (["Zoe", "Ada", "May"], [None, None, {"id": "m"}])
    assert (moved["given"], moved["_given"]) == (["May", "Ada"], [{"id": "m"}, None])
    assert gone == {"family": "Ash", "given": ["Ada"]}


@pytest.mark.parametrize(
    "change",
    [
        operation("add", "Patient", name="birthDate", value=("valueDate", "1941")),  # there already
        operation("add", "Patient", name="colour", value=("valueCode", "red")),
        operation("add", "Patient", name="gender", value=("valueIdentifier", {})),
        operation("add", "Patient", name="deceased", value=("valueInteger", 3)),
        operation("add", "Patient.contact[7]", name="gender", value=("valueCode", "male")),
        operation("add", "Patient.birthDate", name="x", value=("valueCode", "male")),
        operation("insert", "Patient.identifier", index=5, value=("valueIdentifier", {})),
        operation("insert", "Patient.birthDate", index=0, value=("valueDate", "1941")),
        operation("delete", "Patient.identifier"),
        operation("replace", "Patient.gender", value=("valueCode", "male")),
        operation("replace", "Patient.identifier", value=("valueIdentifier", {})),
        operation("move", "Patient.identifier", source=4, destination=0),
        operation("move", "Patient.birthDate", source=0, destination=0),
    ],
)
def test_it_says_that_a_fhirpath_patch_is_not_of_this_resource(change):
    with pytest.raises(Inapplicable) as refused:
        patched(ADA, change)

    assert refused.value.issues[0].diagnostics.startswith("Operation 0: ")


@pytest.mark.parametrize(
    "parameter",
    [
        {}, [1], [{}], [{"name": "other"}], [{"name": "operation"}], [operation("bogus", "Patient")], [operation("delete", "Patient")],
        [operation("replace", "Patient", value=("valueCode", "x"))], [operation("delete", "Patient.name.repeat(x)")], [operation("delete", "")],
        [operation("add", "Patient", name="gender")], [operation("add", "Patient", name="gender", value=[])],
        [operation("insert", "Patient.name", index=-1, value=("valueHumanName", {}))], [operation("insert", "Patient.name", value=("valueHumanName", {}))],
        [operation("replace", "Patient.id", value=("valueId", "person-8"))], [operation("delete", "Patient.id")],
        [operation("delete", "Patient.active")] * (MOST_PATHS + 1), [{"name": "operation", "part": [{"name": "type"}, {"name": "type"}]}],
    ],
)  # fmt: skip
def test_it_refuses_a_fhirpath_patch_that_makes_no_sense(parameter):
    with pytest.raises(Malformed):
        fhirpath_patch(ADA, {"resourceType": "Parameters", "parameter": parameter})


# --- nonsense --------------------------------------------------------------------------------------------------------

POINTERS = some.lists(some.sampled_from(["name", "0", "-", "given", "active", "~1", "~", "x", "", "01", "1e3", "_given"]), max_size=4).map(
    lambda parts: "".join(f"/{part}" for part in parts)
)
VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=4),
    lambda inner: some.lists(inner, max_size=2) | some.dictionaries(some.sampled_from(["use", "name", "valueCode", "part"]), inner, max_size=2),
    max_leaves=5,
)
PATIENT = settings(derandomize=True, deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])


def sound(after):
    assert after["id"] == "person-7" and after["resourceType"] == "Patient"
    assert json.loads(dumps(after)) is not None


@PATIENT
@given(some.lists(some.fixed_dictionaries(
    {"op": some.sampled_from(["add", "remove", "replace", "move", "copy", "test"]), "path": POINTERS}, optional={"from": POINTERS, "value": VALUES},
), max_size=4))  # fmt: skip
def test_it_does_any_json_patch_or_refuses_it_as_malformed(operations):
    try:
        sound(json_patch(ADA, operations))
    except Malformed as refusal:
        assert refusal.issues[0].is_error


PATHS = some.sampled_from(["Patient", "Patient.name", "Patient.name[0]", "Patient.name.given", "Patient.active", "name.where(use='x')", "Patient.contact",
                           "Patient.contact[0].name", "Patient.deceased", "Patient.extension", "Patient.name[0].given[1]", "x", ""])  # fmt: skip
PARTS = some.fixed_dictionaries(
    {"name": some.sampled_from(["type", "path", "name", "value", "index", "source", "destination"])},
    optional={"valueCode": some.sampled_from(["add", "insert", "delete", "replace", "move"]) | VALUES, "valueString": PATHS | VALUES,
              "valueInteger": some.integers(-1, 3) | VALUES, "valueHumanName": VALUES, "part": VALUES},
)  # fmt: skip


@PATIENT
@given(some.sampled_from(["add", "insert", "delete", "replace", "move"]), PATHS, some.lists(PARTS, max_size=5, unique_by=lambda part: part["name"]))
def test_it_does_any_fhirpath_patch_or_refuses_it_as_malformed(type, path, parts):
    told = [{"name": "type", "valueCode": type}, {"name": "path", "valueString": path}]
    told += [part for part in parts if part["name"] not in ("type", "path")]
    try:
        sound(fhirpath_patch(ADA, {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": told}]}))
    except Malformed as refusal:
        assert refusal.issues[0].is_error


@PATIENT
@given(some.lists(some.fixed_dictionaries({"name": some.just("operation")}, optional={"part": some.lists(PARTS | VALUES, max_size=4) | VALUES}), max_size=3))
def test_it_bears_any_parameters(parameters):
    try:
        sound(fhirpath_patch(ADA, {"resourceType": "Parameters", "parameter": parameters}))
    except Malformed as refusal:
        assert refusal.issues[0].is_error
