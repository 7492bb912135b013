"""The mutation corpus: one thing is wrong, and is refused with the place where."""

import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hearthlight.fhir.check import MOST_ISSUES, check
from hearthlight.fhir.definitions import resource_types
from hearthlight.fhir.text import dumps, loads
from hearthlight.fhir.types import Malformed, Severity

from .corpus import GONE, bodies, changed

DIV = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'
CODE = {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]}
PATIENT = {
    "resourceType": "Patient", "id": "person-7", "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9434765919"}],
    "name": [{"family": "Moss", "given": ["Edith", "May"]}], "gender": "female", "birthDate": "1938-02-28",
    "contact": [{"name": {"text": "Ruth"}}],
}
OBSERVATION = {
    "resourceType": "Observation", "id": "check-1", "status": "final", "code": CODE, "subject": {"reference": "Patient/person-7"},
    "effectiveDateTime": "2026-11-24T10:00:00Z", "valueQuantity": {"value": Decimal("72.0"), "unit": "/min"},
    "component": [{"code": {"text": "x"}, "valueString": "y"}], "note": [{"text": "z"}],
}
CONDITION = {
    "resourceType": "Condition", "subject": {"reference": "Patient/person-7"}, "code": {"text": "x"},
    "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]},
}
BUNDLE = {
    "resourceType": "Bundle", "type": "transaction",
    "entry": [
        {"fullUrl": "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a", "resource": PATIENT, "request": {"method": "POST", "url": "Patient"}},
        {
            "resource": changed(OBSERVATION, "subject.reference", "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a"),
            "request": {"method": "POST", "url": "Observation"},
        },
    ],
}
CONTAINING = {
    **OBSERVATION, "contained": [{"resourceType": "Device", "id": "d"}], "device": {"reference": "#d"},
}
EXTENSION = {"url": "http://example.org/x", "valueCode": "a"}
SOUND = {"Patient": PATIENT, "Observation": OBSERVATION, "Condition": CONDITION, "Bundle": BUNDLE, "containing": CONTAINING}

MUTATIONS = [
    # required codes
    ("Patient", "gender", "mail", "code-invalid", "Patient.gender"),
    ("Patient", "gender", "Female", "code-invalid", "Patient.gender"),
    ("Patient", "gender", " female", "value", "Patient.gender"),
    ("Patient", "name.0.use", "nick", "code-invalid", "Patient.name[0].use"),
    ("Patient", "telecom", [{"system": "pigeon", "value": "x"}], "code-invalid", "Patient.telecom[0].system"),
    ("Observation", "status", "done", "code-invalid", "Observation.status"),
    ("Observation", "language", "not a language", "value", "Observation.language"),
    ("Observation", "valueQuantity.comparator", "=", "code-invalid", "Observation.value.comparator"),
    ("Condition", "clinicalStatus", {"text": "active"}, "code-invalid", "Condition.clinicalStatus"),
    ("Condition", "clinicalStatus.coding.0.code", "actives", "code-invalid", "Condition.clinicalStatus"),
    ("Condition", "clinicalStatus.coding.0.system", "http://example.org", "code-invalid", "Condition.clinicalStatus"),
    ("Condition", "clinicalStatus.coding.0.system", GONE, "code-invalid", "Condition.clinicalStatus"),
    ("Bundle", "type", "bag", "code-invalid", "Bundle.type"),
    ("Bundle", "entry.1.resource.status", "done", "code-invalid", "Bundle.entry[1].resource.status"),
    ("containing", "contained.0.status", "on", "code-invalid", "Observation.contained[0].status"),
    # where references point
    ("Observation", "subject.reference", "Practitioner/1", "value", "Observation.subject"),
    ("Observation", "subject.reference", "https://example.org/fhir/Practitioner/1", "value", "Observation.subject"),
    ("Observation", "subject.reference", "Patients/1", "value", "Observation.subject"),
    ("Observation", "subject.reference", "person-7", "value", "Observation.subject"),
    ("Observation", "subject.reference", "Patient/a b", "value", "Observation.subject"),
    ("Observation", "subject.type", "Device", "value", "Observation.subject"),
    ("Observation", "subject", {"type": "Organization", "identifier": {"value": "x"}}, "value", "Observation.subject"),
    ("Observation", "subject", "Patient/1", "structure", "Observation.subject"),
    ("Observation", "subject.reference", "#p", "invariant", "Observation.subject"),
    ("Bundle", "entry.1.resource.performer", [{"reference": "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a", "type": "Device"}],
     "value", "Bundle.entry[1].resource.performer[0]"),
    ("Bundle", "entry.1.resource.device", {"reference": "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a"},
     "value", "Bundle.entry[1].resource.device"),
    # missing, unknown, too many
    ("Observation", "status", GONE, "required", "Observation.status"),
    ("Observation", "code", GONE, "required", "Observation.code"),
    ("Observation", "component.0.code", GONE, "required", "Observation.component[0].code"),
    ("Observation", "extension", [{"valueCode": "a"}], "required", "Observation.extension[0].url"),
    ("Bundle", "entry.0.request.method", GONE, "required", "Bundle.entry[0].request.method"),
    ("Patient", "favourite", "tea", "structure", "Patient.favourite"),
    ("Patient", "name.0.nick", "Edie", "structure", "Patient.name[0].nick"),
    ("Patient", "fhir_comments", ["x"], "structure", "Patient.fhir_comments"),
    ("Observation", "code.resourceType", "CodeableConcept", "structure", "Observation.code.resourceType"),
    ("Observation", "valueString", "x", "structure", "Observation.value"),
    ("Observation", "value", "x", "structure", "Observation.value"),
    ("Observation", "valueAddress", {"text": "x"}, "structure", "Observation.valueAddress"),
    # null, empty, wrong type
    ("Patient", "gender", None, "structure", "Patient.gender"),
    ("Patient", "name", [], "value", "Patient.name"),
    ("Patient", "name", [None], "structure", "Patient.name[0]"),
    ("Patient", "name", [{}], "invariant", "Patient.name[0]"),
    ("Patient", "name.0", {"id": "a"}, "invariant", "Patient.name[0]"),
    ("Patient", "name", {"family": "Moss"}, "structure", "Patient.name"),
    ("Patient", "gender", ["female"], "structure", "Patient.gender"),
    ("Patient", "name.0.given", ["Edith", None], "structure", "Patient.name[0].given[1]"),
    ("Patient", "name.0._given", [{"extension": [EXTENSION]}], "structure", "Patient.name[0].given"),
    ("Patient", "_gender", {}, "invariant", "Patient.gender"),
    ("Patient", "_gender", "x", "structure", "Patient.gender"),
    ("Patient", "_gender", {"extension": [{"url": "http://x"}]}, "invariant", "Patient.gender.extension[0]"),
    ("Patient", "active", "true", "structure", "Patient.active"),
    ("Patient", "active", 1, "structure", "Patient.active"),
    ("Patient", "maritalStatus", {}, "invariant", "Patient.maritalStatus"),
    ("Observation", "valueQuantity.value", "72", "structure", "Observation.value.value"),
    ("Observation", "note.0.text", "", "value", "Observation.note[0].text"),
    ("Observation", "note.0.text", " \n ", "value", "Observation.note[0].text"),
    ("Observation", "note.0.text", "a\x01b", "value", "Observation.note[0].text"),
    # dates, ids, other formats
    ("Patient", "birthDate", "28/02/1938", "value", "Patient.birthDate"),
    ("Patient", "birthDate", "1938-2-8", "value", "Patient.birthDate"),
    ("Patient", "birthDate", "1938-02-30", "value", "Patient.birthDate"),
    ("Patient", "birthDate", "1938-02-29", "value", "Patient.birthDate"),
    ("Patient", "birthDate", "1938-13", "value", "Patient.birthDate"),
    ("Patient", "birthDate", "0000-01-01", "value", "Patient.birthDate"),
    ("Patient", "birthDate", "1938-02-28T00:00:00Z", "value", "Patient.birthDate"),
    ("Observation", "effectiveDateTime", "2026-11-24T10:00:00", "value", "Observation.effective"),
    ("Observation", "effectiveDateTime", "2026-11-31T10:00:00Z", "value", "Observation.effective"),
    ("Observation", "effectiveDateTime", "2026-11-24T24:00:00Z", "value", "Observation.effective"),
    ("Observation", "issued", "2026-11-24", "value", "Observation.issued"),
    ("Observation", "id", "a b", "value", "Observation.id"),
    ("Observation", "id", "a" * 65, "value", "Observation.id"),
    ("Observation", "id", "../Patient/1", "value", "Observation.id"),
    ("Observation", "id", "", "value", "Observation.id"),
    ("Observation", "meta", {"versionId": "a b"}, "value", "Observation.meta.versionId"),
    ("Observation", "implicitRules", "http://a b", "value", "Observation.implicitRules"),
    ("Patient", "photo", [{"contentType": "image/png", "data": "###"}], "value", "Patient.photo[0].data"),
    ("Patient", "multipleBirthInteger", 2**31, "value", "Patient.multipleBirth"),
    ("Patient", "multipleBirthInteger", Decimal("1.5"), "value", "Patient.multipleBirth"),
    ("Patient", "telecom", [{"system": "phone", "value": "x", "rank": 0}], "value", "Patient.telecom[0].rank"),
    ("Patient", "extension", [{"url": "http://x", "valueUuid": "urn:uuid:1"}], "value", "Patient.extension[0].value"),
    ("Patient", "extension", [{"url": "http://x", "valueOid": "1.2.3"}], "value", "Patient.extension[0].value"),
    # invariants
    ("Observation", "dataAbsentReason", {"text": "asleep"}, "invariant", "Observation"),
    ("Observation", "component.0.code", CODE, "invariant", "Observation"),
    ("Observation", "referenceRange", [{"appliesTo": [{"text": "x"}]}], "invariant", "Observation.referenceRange[0]"),
    ("Observation", "extension", [{"url": "http://x"}], "invariant", "Observation.extension[0]"),
    ("Observation", "extension", [{**EXTENSION, "extension": [EXTENSION]}], "invariant", "Observation.extension[0]"),
    ("Observation", "valueQuantity", {"value": 1, "code": "kg"}, "invariant", "Observation.value"),
    ("Observation", "referenceRange", [{"low": {"value": 1, "comparator": "<"}}], "invariant", "Observation.referenceRange[0].low"),
    ("Patient", "contact.0", {"gender": "male"}, "invariant", "Patient.contact[0]"),
    ("Patient", "identifier.0.period", {"start": "2026-02-01", "end": "2026-01-01"}, "invariant", "Patient.identifier[0].period"),
    ("Patient", "photo", [{"data": "YQ=="}], "invariant", "Patient.photo[0]"),
    ("Patient", "telecom", [{"value": "x"}], "invariant", "Patient.telecom[0]"),
    ("Condition", "abatementDateTime", "2026-01-01", "invariant", "Condition"),
    ("Bundle", "entry.0.request", GONE, "invariant", "Bundle"),
    ("Bundle", "total", 2, "invariant", "Bundle"),
    ("Bundle", "entry.1.resource.dataAbsentReason", {"text": "x"}, "invariant", "Bundle.entry[1].resource"),
    # narrative
    ("Patient", "text", {"status": "generated", "div": DIV.format("<script>x</script>")}, "invariant", "Patient.text.div"),
    ("Patient", "text", {"status": "generated", "div": "<div>Edith</div>"}, "invariant", "Patient.text.div"),
    ("Patient", "text", {"status": "generated", "div": "Edith"}, "invariant", "Patient.text.div"),
    ("Patient", "text", {"status": "generated"}, "required", "Patient.text.div"),
    ("Patient", "text", {"div": DIV.format("x")}, "required", "Patient.text.status"),
    ("containing", "contained.0.text", {"status": "generated", "div": DIV.format('<p onclick="x">x</p>')},
     "invariant", "Observation.contained[0].text.div"),
    # contained
    ("containing", "device", GONE, "invariant", "Observation.contained[0]"),
    ("containing", "contained.0.id", GONE, "required", "Observation.contained[0]"),
    ("containing", "contained.0.meta", {"versionId": "1"}, "invariant", "Observation.contained[0]"),
    ("containing", "contained.0.meta", {"security": [{"code": "R"}]}, "invariant", "Observation.contained[0]"),
    ("containing", "contained.0.contained", [{"resourceType": "Device", "id": "e"}], "invariant", "Observation.contained[0]"),
    ("containing", "contained.0.resourceType", "Patient", "value", "Observation.device"),
    ("containing", "contained.0.resourceType", "Thing", "structure", "Observation.contained[0]"),
    ("containing", "contained.0.resourceType", GONE, "structure", "Observation.contained[0]"),
    ("containing", "contained.0", "x", "structure", "Observation.contained[0]"),
    # no resource at all
    ("Patient", "resourceType", GONE, "structure", "Resource.resourceType"),
    ("Patient", "resourceType", "Person Of Interest", "structure", "Resource.resourceType"),
    ("Patient", "resourceType", "DomainResource", "structure", "Resource.resourceType"),
    ("Patient", "resourceType", ["Patient"], "structure", "Resource.resourceType"),
    ("Patient", "resourceType", 5, "structure", "Resource.resourceType"),
]


@pytest.mark.parametrize("name", SOUND)
def test_it_finds_nothing_wrong_before_anything_is(name):
    assert check(SOUND[name]) == ()


@pytest.mark.parametrize(("name", "path", "value", "code", "where"), MUTATIONS, ids=[f"{row[0]}.{row[1]} {row[4]}" for row in MUTATIONS])
def test_it_refuses_what_is_wrong_and_says_where(name, path, value, code, where):
    found = check(changed(SOUND[name], path, value))

    assert (code, where) in [(issue.code, issue.expression) for issue in found if issue.is_error]


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("Patient", "name.0._given", [None, {"extension": [EXTENSION]}]),
        ("Patient", "name.0", {"given": [None, "May"], "_given": [{"extension": [EXTENSION]}, None]}),
        ("Patient", "birthDate", "1936-02-29"),
        ("Patient", "birthDate", "1938"),
        ("Patient", "gender", GONE),
        ("Observation", "subject.reference", "https://example.org/fhir/Patient/1/_history/2"),
        ("Observation", "subject.reference", "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a"),
        ("Observation", "subject.reference", "https://example.org/people/edith"),
        ("Observation", "subject.reference", "Patient?identifier=x|1"),
        ("Observation", "subject", {"identifier": {"value": "x"}}),
        ("Observation", "subject", {"display": "x"}),
        ("Observation", "valueQuantity.value", Decimal("1E-30")),
        ("Condition", "clinicalStatus", {"extension": [EXTENSION]}),
        ("containing", "device", {"display": "x"}),
    ],
)
def test_it_lets_pass_what_only_looks_wrong(name, path, value):
    resource = changed(SOUND[name], path, value)
    if (name, path) == ("containing", "device"):  # the contained one points to the one around it instead
        resource["contained"][0] |= {"owner": {"reference": "#"}}
        resource["contained"][0]["resourceType"] = "Device"

    assert [issue.expression for issue in check(resource) if issue.is_error and not issue.diagnostics.startswith("Points to")] == []


def test_it_tells_the_codes_that_would_do():
    (issue,) = check(PATIENT | {"gender": "mail"})

    assert "female, male, other, unknown" in issue.diagnostics


def test_it_repeats_no_value_it_was_given():
    resource = PATIENT | {"birthDate": "Edith was born in May", "gender": "Edith", "photo": [{"data": "Edith"}], "id": "Edith Moss"}

    assert len(check(resource)) >= 4
    assert "Edith" not in str([issue.diagnostics for issue in check(resource)])


def test_it_tells_every_problem_errors_first():
    found = check(OBSERVATION | {"status": "done", "id": "a b", "effectiveDateTime": "x", "note": [{"text": ""}]})

    assert {issue.expression for issue in found} == {
        "Observation.status", "Observation.id", "Observation.effective", "Observation.note[0].text",
    }
    assert [issue.is_error for issue in found] == sorted((issue.is_error for issue in found), reverse=True)


def test_it_stops_counting_at_a_hundred():
    found = check({"resourceType": "Patient", "name": [{} for _ in range(5000)]})

    assert len(found) == MOST_ISSUES + 1
    assert found[-1].severity is Severity.INFORMATION


def test_it_warns_of_what_r4_only_advises():
    value_set = {"resourceType": "ValueSet", "status": "draft", "name": "not a name", "compose": {"include": [{"system": "http://x"}]}}

    assert [issue.severity for issue in check(value_set)] == [Severity.WARNING]


MANY = {
    "items with an id each": {"resourceType": "Questionnaire", "status": "draft", "item": [{"linkId": str(n), "type": "string"} for n in range(20_000)]},
    "components beside codings": {
        "resourceType": "Observation", "status": "final", "valueString": "x", "code": {"coding": [{"code": str(n)} for n in range(20_000)]},
        "component": [{"code": {"coding": [{"code": f"c{n}"}]}} for n in range(2_000)],
    },
    "unknown members": {"resourceType": "Patient"} | {f"x{n}": 1 for n in range(30_000)},
    "contained resources": {"resourceType": "Patient", "contained": [{"resourceType": "Device", "id": f"d{n}"} for n in range(10_000)]},
    "entries": {"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": f"urn:x:{n}", "resource": PATIENT} for n in range(3_000)]},
    "slashes in a reference": OBSERVATION | {"subject": {"reference": "https://" + "a/" * 200_000}},
    "words in a style": PATIENT | {"text": {"status": "generated", "div": DIV.format(f'<p style="{"expression " * 100_000}">x</p>')}},
}


@pytest.mark.parametrize("name", MANY)
def test_it_takes_no_longer_over_many_than_over_few(name):
    """Whatever compares every item with every other would take minutes here."""
    began = time.process_time()

    check(MANY[name])

    assert time.process_time() - began < 30


values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**40) | st.sampled_from(
        ["", "x", "a b", "#", "#d", "Patient/1", "urn:x", "2026-02-30", "Observation", "\x01", "<div>", Decimal("1.50")]
    ),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["id", "extension", "url", "valueString", "value", "_value", "reference", "contained", "resourceType", "coding", "code",
             "system", "text", "div", "entry", "resource", "item", "linkId", "start", "end", "type", "meta", "_x", ""]
        ),
        inner, max_size=4,
    ),
    max_leaves=12,
)


@settings(max_examples=400, derandomize=True, deadline=None)
@given(st.sampled_from(sorted(resource_types())), st.dictionaries(st.sampled_from(
    ["id", "meta", "text", "contained", "extension", "status", "code", "subject", "entry", "type", "parameter", "item", "period",
     "name", "component", "valueQuantity", "identifier", "contact", "telecom", "_status", "language", "compose", "snapshot", "value"]
), values, max_size=5))
def test_it_answers_whatever_it_is_given(name, members):
    resource = {"resourceType": name} | members

    assert isinstance(check(resource), tuple)
    assert loads(dumps(resource)) == resource


def places(value, path=()):
    yield path
    for key, child in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(child, (*path, str(key)))


@settings(max_examples=400, derandomize=True, deadline=None)
@given(st.sampled_from(["Observation-f001", "Patient-example", "Bundle-bundle-transaction", "Questionnaire-bb", "Condition-f202",
                        "ValueSet", "MedicationRequest-medrx0301", "Composition-example"]), st.floats(0, 0.999), values)
def test_it_answers_whatever_stands_in_any_place(name, place, value):
    resource = loads(bodies()[name]) if name in bodies() else CONTAINING
    paths = list(places(resource))[1:]

    assert isinstance(check(changed(resource, ".".join(paths[int(place * len(paths))]), value)), tuple)


edits = st.tuples(st.sampled_from([b'"', b"{", b"}", b"[", b"]", b":", b",", b"null", b"1", b"-", b".5", b"\\u0000", b"#", b" "]), st.floats(0, 1))


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.sampled_from(["Observation-f001", "Patient-example", "Bundle-bundle-transaction", "Questionnaire-bb"]), st.lists(edits, max_size=3))
def test_it_answers_or_refuses_any_spoilt_text(name, spoils):
    body = bodies()[name]
    for piece, place in spoils:
        at = int(place * len(body))
        body = body[:at] + piece + body[at + 1 :]
    try:
        resource = loads(body)
    except Malformed as refused:
        assert refused.issues
    else:
        assert isinstance(check(resource), tuple)
