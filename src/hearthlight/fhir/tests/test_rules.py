"""Invariants: our closures say what a general FHIRPath interpreter says, and what HL7 means."""

import contextlib
import io
import json
from decimal import Decimal

import fhirpathpy
import pytest
from fhirpathpy.models import models

from hearthlight.fhir import definitions
from hearthlight.fhir.rules import Around, Unclear, compiled
from hearthlight.fhir.structure import problems
from hearthlight.fhir.text import dumps

from . import corpus

# What the interpreter has no words for or gets wrong, so that nothing can be compared.
NOT_COMPARED = {
    "per-1", "bdl-10", "age-1", "cnt-3",  # hasValue() is not implemented
    "rng-2", "mdd-1",  # compares quantities, or times of different precision, by raising
    "que-7",  # `is Boolean` of answerBoolean is false
}
INFIX = {"or", "and", "xor", "implies", "=", "!=", "<", "<=", ">", ">=", "in", "|", "&", "+"}


def written(steps):
    """The FHIRPath that `steps` were made of."""
    match steps:
        case ["this"]:
            return "$this"
        case ["lit", bool() as value]:
            return str(value).lower()
        case ["lit", str() as value]:
            return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
        case ["lit", value]:
            return str(value)
        case ["var", name]:
            return f"%{name}"
        case ["get", of, name]:
            return (f"{written(of)}." if of else "") + f"`{name}`"
        case ["call", of, name, *arguments]:
            return (f"{written(of)}." if of else "") + f"{name}({', '.join(written(each) for each in arguments)})"
        case ["is" | "as" as operator, of, name]:
            return f"({written(of)} {operator} {name})"
        case ["contains", left, right]:
            return f"({written(left)} contains {written(right)})"
        case [operator, left, right] if operator in INFIX:
            return f"({written(left)} {operator} {written(right)})"
    raise AssertionError(steps)


def interpreted(rule, name, item, resource):
    with contextlib.redirect_stdout(io.StringIO()):  # it prints what trace() is given
        expression = written(rule.steps)
        path = expression if "." not in name and "resourceType" in item else {"base": name, "expression": expression}
        found = fhirpathpy.evaluate(item, path, {"resource": resource, "rootResource": resource}, models["r4"])
    return None if found == [] else found[0] is not False


def items(value, name, resource):
    """Every (rule, type, item, resource around it) of a resource."""
    known = definitions.shape(name)
    for key in known.rules if known else ():
        yield definitions.rule(key), name, value, resource
    for member, child in value.items():
        step = known.members.get(member) if known else None
        for part in child if isinstance(child, list) else [child]:
            if step and isinstance(part, dict) and step.kind.name != "Resource":
                yield from items(part, step.kind.name, resource)


def without_each(resource):
    """Copies of a resource that lack one member of it or of what it holds, if R4 lets it lack that."""
    return (each for each in _without_each(resource) if not problems(each, dumps(each)))


def _without_each(resource):
    yield resource
    for name, child in resource.items():
        if name != "resourceType":
            yield corpus.changed(resource, name, corpus.GONE)
        for place, part in enumerate(child) if isinstance(child, list) else ((None, child),):
            for inner in part if isinstance(part, dict) else ():
                yield corpus.changed(resource, f"{name}.{inner}" if place is None else f"{name}.{place}.{inner}", corpus.GONE)


COMPARED = [
    "Observation-blood-pressure", "Patient-example", "Condition-example", "AllergyIntolerance-example", "Appointment-example",
    "List-example", "Goal-example", "Task-example1", "Consent-consent-example-basic", "Bundle-bundle-transaction",
    "Immunization-example", "CarePlan-example", "Composition-example", "QuestionnaireResponse-gcs", "Questionnaire-gcs",
    "RiskAssessment-genetic", "ServiceRequest-example", "FamilyMemberHistory-father", "AuditEvent-example-media", "Organization-f001",
]


@pytest.mark.parametrize("name", COMPARED)
def test_it_says_what_the_interpreter_says(name):
    differing = {}
    for resource in list(without_each(corpus.example(name)))[:12]:
        for rule, type_name, item, around in items(resource, resource["resourceType"], resource):
            if rule.key in NOT_COMPARED or rule.key.endswith("-0"):
                continue
            ours = compiled(rule.steps, type_name)(item, Around(around, around))
            theirs = interpreted(rule, type_name, item, around)
            if ours != theirs:
                differing[rule.key] = (ours, theirs, json.dumps(item, default=str)[:200])

    assert differing == {}


def held(key, name, item, resource=None):
    return compiled(definitions.rule(key).steps, name)(item, Around(resource or item, resource or item))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-01-01", "2026-01-02", True),
        ("2026-01-02", "2026-01-01", False),
        ("2026-01-01", "2026-01-01", True),
        ("2026", "2025-12-31", False),
        ("2026", "2026-05", None),
        ("2026-01-01T10:00:00+01:00", "2026-01-01T09:30:00Z", True),
        ("2026-01-01T09:00:00Z", "2026-01-01T09:30:00+01:00", False),
        ("2026-03-29T00:30:00Z", "2026-03-29T02:30:00+01:00", True),
    ],
)
def test_it_lets_a_period_end_after_it_began(start, end, expected):
    assert held("per-1", "Period", {"start": start, "end": end}) is expected


def test_it_lets_a_period_lack_an_end():
    assert held("per-1", "Period", {"start": "2026"})
    assert held("per-1", "Period", {"start": "2026", "_end": {"extension": [{"url": "http://x", "valueCode": "unknown"}]}})


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ({"value": Decimal("1.0"), "code": "kg"}, {"value": 2, "code": "kg"}, True),
        ({"value": 3, "code": "kg"}, {"value": 2, "code": "kg"}, False),
        ({"value": 3, "code": "g"}, {"value": 2, "code": "kg"}, None),
        ({"code": "kg"}, {"value": 2, "code": "kg"}, None),
    ],
)
def test_it_lets_a_range_rise(low, high, expected):
    assert held("rng-2", "Range", {"low": low, "high": high}) is expected


def test_it_counts_a_value_that_is_only_explained_as_there():
    explained = {"_valueString": {"extension": [{"url": "http://x", "valueCode": "masked"}]}, "dataAbsentReason": {"text": "x"}}

    assert held("obs-6", "Observation", {"resourceType": "Observation", **explained}) is False


def test_it_finds_a_component_that_repeats_what_the_whole_says():
    code = {"coding": [{"system": "http://loinc.org", "code": "1"}]}
    other = {"coding": [{"code": "1", "system": "http://loinc.org"}]}
    observation = {"resourceType": "Observation", "code": code, "valueString": "x", "component": [{"code": other}]}

    assert held("obs-7", "Observation", observation) is False
    assert held("obs-7", "Observation", observation | {"component": [{"code": {"text": "1"}}]})


def test_it_compares_enabling_answers_by_type():
    assert held("que-7", "Questionnaire.item.enableWhen", {"operator": "exists", "answerBoolean": True})
    assert held("que-7", "Questionnaire.item.enableWhen", {"operator": "exists", "answerString": "x"}) is False


@pytest.mark.parametrize("steps", [["call", None, "resolve"], ["var", "factory"], ["var", "context"], ["~", ["this"], ["this"]]])
def test_it_says_what_it_cannot_compile(steps):
    with pytest.raises(Unclear):
        compiled(steps, "Observation")


def test_it_compiles_every_invariant_of_every_type():
    asked = 0
    for name in definitions.type_names():
        known = definitions.shape(name)
        asked += sum(compiled(definitions.rule(key).steps, name) is not None for key in known.rules)

    assert asked > 200
