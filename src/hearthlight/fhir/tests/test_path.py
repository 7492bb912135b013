"""FHIRPath, as far as it is let in."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from hearthlight.fhir.path import collection, evaluated, holds, spots
from hearthlight.fhir.types import Malformed

ADA = {
    "resourceType": "Patient",
    "active": True,
    "name": [{"use": "official", "family": "Ash", "given": ["Ada", "May"]}, {"use": "usual", "given": ["Ada"]}],
    "deceasedBoolean": False,
    "extension": [{"url": "urn:a", "valueDecimal": Decimal("72.50")}, {"url": "urn:b"}],
    "contained": [{"resourceType": "Organization", "id": "o", "name": "Rose House"}],
    "contact": [{"name": {"text": "Maya"}, "gender": "female"}],
}


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("Patient", [("Patient", "", None)]),
        ("Patient.active", [("boolean", "active", None)]),
        ("active", [("boolean", "active", None)]),
        ("Patient.name", [("HumanName", "name", 0), ("HumanName", "name", 1)]),
        ("Patient.name[1]", [("HumanName", "name", 1)]),
        ("Patient.name.given", [("string", "given", 0), ("string", "given", 1), ("string", "given", 0)]),
        ("Patient.name.where(use = 'usual').given.first()", [("string", "given", 0)]),
        ("Patient.name.given.where($this = 'May')", [("string", "given", 1)]),
        ("Patient.name.last().given", [("string", "given", 0)]),
        ("Patient.name.skip(1)", [("HumanName", "name", 1)]),
        ("Patient.name.take(1)", [("HumanName", "name", 0)]),
        ("Patient.name.tail()", [("HumanName", "name", 1)]),
        ("Patient.deceased", [("boolean", "deceasedBoolean", None)]),
        ("Patient.deceased.ofType(boolean)", [("boolean", "deceasedBoolean", None)]),
        ("Patient.deceased.as(FHIR.dateTime)", []),
        ("Patient.extension('urn:a').value", [("decimal", "valueDecimal", None)]),
        ("Patient.extension.where(url = 'urn:b')", [("Extension", "extension", 1)]),
        ("Patient.extension.where(value > 72.4)", [("Extension", "extension", 0)]),
        ("Patient.contained[0].name", [("string", "name", None)]),
        ("Patient.contact[0].name.text", [("string", "text", None)]),
        ("Patient.contact.where(gender = 'female' and name.exists())", [("Patient.contact", "contact", 0)]),
        ("Patient.`name`[0].`family`", [("string", "family", None)]),
        ("Patient.name[9]", []),
        ("Patient.birthDate", []),
    ],
)  # fmt: skip
def test_it_leads_to_the_elements_where_they_stand(expression, found):
    assert [(spot.type, spot.name, spot.number) for spot in spots(expression, ADA)] == found


def test_it_leads_to_a_list_that_is_not_there_yet():
    holder, name = collection("Patient.contact[0].telecom", ADA)

    assert (holder.value, name) == (ADA["contact"][0], "telecom")


@pytest.mark.parametrize(
    "expression",
    [
        "", ".", "Patient..name", "Patient.name[x]", "Patient.name.where(", "Patient.name.where(matches('(a+)+$'))", "Patient.name.repeat(x)",
        "Patient.name.resolve()", "Patient.name.given | Patient.active", "Patient.name.count()", "Patient.name.single()",
        "Patient" + ".name" * 40, "a" * 501, "Patient.name.where(" + "(" * 30 + "true" + ")" * 30 + ")",
        "Patient.name.descendants()", "Patient.name.where(use family)", "Patient.name.where(true) or (use)", "Patient.name.where(use = )", "Patient.§", "'Patient'", "Patient.name.skip(-1)", "Patient.name.where(trace('x') = 1)",
    ],
)  # fmt: skip
def test_it_refuses_what_it_will_not_follow(expression):
    with pytest.raises(Malformed):
        spots(expression, ADA)


def test_it_refuses_what_leads_to_no_list():
    for expression in ("Patient.name.given", "Patient.name.first()", "Patient.contact[9].telecom"):
        with pytest.raises(Malformed):
            collection(expression, ADA)


def test_it_answers_a_question():
    assert evaluated("name.given", ADA, type="Patient") == ["Ada", "May", "Ada"]
    assert evaluated("text", ADA["contact"][0]["name"], type="HumanName") == ["Maya"]
    assert holds("gender = 'female'", ADA["contact"][0], type="Patient.contact")
    assert not holds("gender = 'male'", ADA["contact"][0], type="Patient.contact")


@pytest.mark.parametrize("expression", ["name family", "name)", "(name", "name =", "true) or (false", "§", "name.where('x)", "1 2", "-" * 400 + "1", "name" + ".select($this.combine($this))" * 16])
def test_it_refuses_half_an_expression(expression, capfd):
    for read in (lambda: evaluated(expression, ADA, type="Patient"), lambda: holds(expression, ADA, type="Patient")):
        with pytest.raises(Malformed):
            read()

    assert capfd.readouterr() == ("", "")  # nor does the parser talk to itself


def test_it_asks_no_more_elements_than_it_can_answer_for():
    with pytest.raises(Malformed) as refused:
        spots("Patient.identifier.where(value = 'x')", {"resourceType": "Patient", "identifier": [{"value": "y"}] * 1001})

    assert refused.value.issues[0].code == "too-costly"


PIECES = some.sampled_from(
    ["Patient", "name", "given", ".", "[0]", "[", "]", "(", ")", "where", "first()", "use", "=", "'usual'", "$this", " and ", "|", "1.5",
     "@2024", "%x", "-", "`", "\\", "'", "exists()", "value", "as(", "is ", "not()", "{}", "/", "*"]
)  # fmt: skip


@settings(derandomize=True, deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(some.lists(PIECES | some.text(max_size=3), max_size=10).map("".join))
def test_it_refuses_nonsense_as_malformed(expression):
    for read in (lambda: spots(expression, ADA), lambda: holds(expression, ADA, type="Patient")):
        try:
            read()
        except Malformed as refusal:
            assert refusal.issues[0].is_error
