"""Who points to whom, and pointing elsewhere."""

import copy

from hypothesis import given, settings
from hypothesis import strategies as some

from hearthlight.fhir import references

from .examples import EXAMPLES

URN = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"
OTHER = "urn:uuid:11111111-1cbf-4d64-b04d-cd9187a4c6e0"


def observation(**more):
    return {"resourceType": "Observation", "subject": {"reference": URN}, **more}


def test_it_finds_every_place_that_is_pointed_to():
    resource = observation(
        meta={"profile": ["https://a.example/p"]},
        performer=[{"reference": "Practitioner/staff-4"}, {"reference": "https://b.example/fhir/Organization/7"}, {"reference": URN}],
        encounter={"reference": "Encounter?identifier=urn:x|1"},
        specimen={"reference": "#inside"},
        contained=[{"resourceType": "Specimen", "id": "inside", "subject": {"reference": "Patient/9"}}],
        extension=[{"url": "https://a.example/e", "valueReference": {"reference": "Device/3"}}, {"url": "x", "valueUri": "urn:y"}],
    )  # fmt: skip

    assert set(references.found(resource)) == {
        URN, "https://a.example/p", "Practitioner/staff-4", "https://b.example/fhir/Organization/7",
        "Encounter?identifier=urn:x|1", "Patient/9", "Device/3", "https://a.example/e", "x", "urn:y",
    }  # fmt: skip


def test_it_finds_each_place_once_in_the_order_written():
    resource = {"resourceType": "Basic", "subject": {"reference": "Patient/2"}, "author": {"reference": "Patient/1"}, "x": [{"reference": "Patient/2"}]}

    assert references.found(resource) == ("Patient/2", "Patient/1")


def test_it_points_elsewhere_everywhere():
    resource = observation(
        performer=[{"reference": "Practitioner/staff-4"}, {"reference": URN, "display": "Ada"}],
        extension=[{"url": "https://a.example/e", "extension": [{"url": "in", "valueUri": URN}]}],
    )  # fmt: skip

    new = references.rewritten(resource, {URN: "Patient/7"})

    assert new["subject"] == {"reference": "Patient/7"}
    assert new["performer"] == [{"reference": "Practitioner/staff-4"}, {"reference": "Patient/7", "display": "Ada"}]
    assert new["extension"][0]["extension"][0]["valueUri"] == "Patient/7"
    assert resource["subject"] == {"reference": URN}  # the old one is as it was


def test_it_points_an_attachment_and_a_canonical_elsewhere():
    document = {"resourceType": "DocumentReference", "content": [{"attachment": {"url": URN}}]}
    answers = {"resourceType": "QuestionnaireResponse", "questionnaire": OTHER}
    plan = {"resourceType": "CarePlan", "instantiatesCanonical": [OTHER, "https://a.example/x"]}
    mapping = {URN: "Binary/1", OTHER: "Questionnaire/2"}

    assert references.rewritten(document, mapping)["content"][0]["attachment"]["url"] == "Binary/1"
    assert references.rewritten(answers, mapping)["questionnaire"] == "Questionnaire/2"
    assert references.rewritten(plan, mapping)["instantiatesCanonical"] == ["Questionnaire/2", "https://a.example/x"]


def test_it_leaves_words_identifiers_and_names_alone():
    resource = observation(
        text={"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><a href="{URN}">x</a></div>'},
        identifier=[{"system": "urn:ietf:rfc:3986", "value": URN}],
        note=[{"text": URN}],
        code={"coding": [{"system": URN, "code": "x"}]},
    )  # fmt: skip
    new = references.rewritten(resource, {URN: "Patient/7"})

    assert {name: new[name] for name in ("text", "identifier", "note", "code")} == {
        name: resource[name] for name in ("text", "identifier", "note", "code")
    }


def test_it_leaves_a_resource_its_own_name():
    definition = {"resourceType": "ValueSet", "url": URN, "compose": {"include": [{"valueSet": [URN]}]}}
    bundle = {"resourceType": "Bundle", "entry": [{"fullUrl": URN, "resource": definition}]}

    (entry,) = references.rewritten(bundle, {URN: "ValueSet/1"})["entry"]

    assert (entry["fullUrl"], entry["resource"]["url"]) == (URN, URN)
    assert entry["resource"]["compose"]["include"][0]["valueSet"] == ["ValueSet/1"]


def test_it_gives_back_the_same_where_nothing_points_there():
    for example in EXAMPLES:
        assert references.rewritten(example, {URN: "Patient/7"}) is example


def test_it_rewrites_what_it_finds_and_nothing_else():
    for example in EXAMPLES:
        before = copy.deepcopy(example)
        told = references.found(example)
        away = references.rewritten(example, {place: f"urn:away:{place}" for place in told})

        assert references.found(away) == tuple(f"urn:away:{place}" for place in told), example["id"]
        assert references.rewritten(away, {f"urn:away:{place}": place for place in told}) == example == before


ANYTHING = some.recursive(
    some.none() | some.text(max_size=5) | some.sampled_from([URN, "#x"]),
    lambda inner: some.lists(inner, max_size=3)
    | some.dictionaries(some.sampled_from(["reference", "url", "resourceType", "profile", "x"]), inner, max_size=3),
    max_leaves=10,
)  # fmt: skip


@settings(derandomize=True, deadline=None)
@given(some.dictionaries(some.sampled_from(["reference", "target", "x"]), ANYTHING, max_size=4))
def test_it_bears_any_shape(resource):
    new = references.rewritten(resource, {URN: "Patient/7"})

    assert URN not in references.found(new)
