"""Checks as Observations: both codes, the right units, a reason where there is no value; and back again from outside."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from fhirclient.models.observation import Observation
from hypothesis import given
from hypothesis import strategies as st

from hearthlight.checks import actions, fhir, queries
from hearthlight.checks.models import Check
from hearthlight.checks.projection import KINDS, WRITES
from hearthlight.checks.tests.factories import ADAS, make_check
from hearthlight.checks.types import Kind
from hearthlight.core.types import Actor, Refusal, staff_actor
from hearthlight.fhir.check import check as sound
from hearthlight.record import queries as record
from hearthlight.record.types import Access, Forbidden, NotFound

LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"
GP = Actor("client", "gp-1")
READINGS = {
    Kind.VITALS: ADAS, Kind.WEIGHT: {"WEIGHT": "61.50", "HEIGHT": "162"}, Kind.SOFT_SIGNS: {"SIGNS": ["MIND"]},
    Kind.POST_FALL: {"ANSWERS": {"HEAD": "YES", "LIMB": "NO", "THINNER": "UNSURE"}}, Kind.PAIN: {"SAYS": "6", "SEEN": ["FACE"], "WHERE": "Hip"},
    Kind.FLUID: {"WHAT": "WATER", "ML": "200"}, Kind.STOOL: {"TYPE": "4"},
    Kind.SKIN: {"POINTS": [{"AREA": "SACRUM", "FOUND": "PRESSURE_MARK", "MM": "20"}, {"AREA": "LEFT_HEEL", "FOUND": "DRY"}]},
}  # fmt: skip


def resources(check_id: int) -> dict:
    return {one["id"].removeprefix(f"check-{check_id}").lstrip("-"): one for one in KINDS["check"].resources(str(check_id))}


def codes(resource) -> set:
    return {(one["system"], one["code"]) for one in resource["code"]["coding"]}


def access(*people, by=GP) -> Access:
    return Access(by=by, people=frozenset(people), may=lambda type_, verb: True, app="gp-1")


def observation(cast, at, *, code="8867-4", system=LOINC, value=Decimal(88), unit="/min", **changes) -> dict:
    return {
        "resourceType": "Observation", "status": "final", "code": {"coding": [{"system": system, "code": code}]},
        "subject": {"reference": f"Patient/person-{cast.ada.pk}"}, "effectiveDateTime": at.isoformat(),
        "valueQuantity": {"value": value, "unit": "x", "system": "http://unitsofmeasure.org", "code": unit},
    } | changes  # fmt: skip


def test_it_says_adas_night_in_both_codes(cast):
    found = resources(make_check(cast, readings=ADAS))

    assert found[""]["valueQuantity"] == {"value": Decimal(6), "unit": "ScoreOf", "system": "http://unitsofmeasure.org", "code": "{ScoreOf}"}
    assert len(found[""]["component"]) == 7 and len(found[""]["derivedFrom"]) == len(found) - 1
    assert codes(found["respiration"]) == {(LOINC, "9279-1"), (SNOMED, "86290005")}
    assert codes(found["saturation"]) == {(LOINC, "2708-6"), (SNOMED, "103228002")}
    assert codes(found["pulse"]) == {(LOINC, "8867-4"), (SNOMED, "364075005")}
    assert codes(found["temperature"]) == {(LOINC, "8310-5"), (SNOMED, "386725007")}
    assert found["temperature"]["valueQuantity"] == {
        "value": Decimal("38.4"), "unit": "degree Celsius", "system": "http://unitsofmeasure.org", "code": "Cel"
    }
    assert [one["valueQuantity"]["value"] for one in found["pressure"]["component"]] == [120, 70]
    assert found["acvpu"]["valueCodeableConcept"]["coding"][0]["code"] == "248234008"
    assert codes(found["oxygen"]) == {(SNOMED, "722742002")}


def test_it_says_high_low_and_normal(cast):
    found = resources(make_check(cast, readings=ADAS))
    told = {name: found[name]["interpretation"][0]["coding"][0]["code"] for name in ("respiration", "saturation", "pulse", "pressure")}

    assert told == {"respiration": "H", "saturation": "L", "pulse": "H", "pressure": "N"}


def test_it_gives_the_reason_and_no_value_where_something_is_missing(cast):
    found = resources(make_check(cast, readings={key: value for key, value in ADAS.items() if key != "PULSE"} | {"ABSENT": "DECLINED"}))

    for resource in (found[""], found["pulse"]):
        assert "valueQuantity" not in resource
        assert resource["dataAbsentReason"]["coding"][0]["code"] == "asked-declined"
    parts = {one["code"]["coding"][0]["code"]: "valueQuantity" in one for one in found[""]["component"]}
    assert parts["1104351000000103"] is False and sum(parts.values()) == 6


@pytest.mark.parametrize("kind", READINGS)
def test_it_gives_every_kind_as_sound_observations(cast, kind):
    check = make_check(cast, kind=kind, readings=READINGS[kind])

    for resource in KINDS["check"].resources(str(check)):
        Observation(json.loads(json.dumps(resource, default=float)))  # refuses unknown members and wrong types
        assert resource["subject"]["reference"] == f"Patient/person-{cast.ada.pk}"
        assert resource["status"] == "final"
        assert {"valueQuantity", "valueInteger", "valueBoolean", "valueCodeableConcept", "dataAbsentReason", "component"} & resource.keys() or (
            codes(resource) == {(SNOMED, "722742002")}
        )


VITALS = [
    ADAS, ADAS | {"OXYGEN": "OXYGEN", "FLOW": "2"}, {"SYSTOLIC": "120"}, {"PULSE": "70", "ABSENT": "FAULT"},
    {"RESPIRATION": "18", "CONSCIOUSNESS": "VOICE", "ABSENT": "DECLINED"},
]  # fmt: skip


@pytest.mark.parametrize(("kind", "readings"), [*((Kind.VITALS, one) for one in VITALS), *READINGS.items()])
def test_it_keeps_to_every_profile_it_claims(cast, kind, readings):
    check = make_check(cast, kind=kind, readings=readings)

    for resource in KINDS["check"].resources(str(check)):
        claimed = resource.get("meta", {}).get("profile", [None])
        assert [issue for profile in claimed for issue in sound(resource, profile=profile)] == []


def test_it_marks_what_was_taken_back_and_claims_no_profile_for_it(cast, at):
    check = make_check(cast, readings=ADAS)
    actions.withdraw_check(check_id=check, why="Wrong person", by=staff_actor(cast.nia.pk), at=at)

    assert {one["status"] for one in resources(check).values()} == {"entered-in-error"}
    assert all("meta" not in one for one in resources(check).values())


def test_it_names_every_check_for_a_rebuild(cast):
    made = [make_check(cast), make_check(cast, person=cast.lewis)]

    assert list(KINDS["check"].ids()) == [str(one) for one in made]


def test_it_is_in_the_record_in_the_transaction_that_wrote_it(cast):
    check = make_check(cast, readings=ADAS)

    version = record.read("Observation", f"check-{check}", access=access(f"person-{cast.ada.pk}"))

    assert version.origin == f"fact:check:{check}" and b'"value":6' in version.body


# From outside


def test_it_makes_a_check_of_a_vital_sign_from_outside(cast, at):
    named = WRITES["Observation"](observation(cast, at), None, access(f"person-{cast.ada.pk}"), at)

    check = Check.objects.get()
    assert named == f"check-{check.pk}-pulse"
    assert (check.readings, check.total, check.origin, check.recorded_by) == ({"PULSE": "88"}, None, "api:gp-1", "client:gp-1")
    assert list(resources(check.pk)) == ["pulse"]


def test_it_takes_a_blood_pressure_as_one(cast, at):
    components = [observation(cast, at, code=code, value=Decimal(value), unit="mm[Hg]") for code, value in (("8480-6", 150), ("8462-4", 80))]
    sent = observation(cast, at, code="85354-9", component=components)
    del sent["valueQuantity"]

    assert WRITES["Observation"](sent, None, access(f"person-{cast.ada.pk}"), at).endswith("-pressure")
    assert Check.objects.get().readings == {"SYSTOLIC": "150", "DIASTOLIC": "80"}


def test_it_takes_the_same_thing_sent_again_for_the_same_check(cast, at):
    sent = observation(cast, at, identifier=[{"system": "urn:gp", "value": "88"}])
    who = access(f"person-{cast.ada.pk}")

    assert WRITES["Observation"](sent, None, who, at) == WRITES["Observation"](sent, None, who, at)
    assert Check.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"code": "2345-7"}, {"status": "preliminary"}, {"effectiveDateTime": "2026-11-21"}, {"subject": {"reference": "Patient/somebody-else"}},
        {"effectiveDateTime": "2026-11-20T03:12:00+00:00"}, {"valueQuantity": {"value": 70, "comparator": "<"}},
    ],
)  # fmt: skip
def test_it_keeps_everything_else_word_for_word(cast, at, changes):
    everyone = Access(by=GP, people=None, may=lambda type_, verb: True, app="gp-1")

    named = WRITES["Observation"](observation(cast, at, **changes), None, everyone, at)

    assert record.read("Observation", named, access=everyone).origin == "api:gp-1"
    assert not Check.objects.exists()


@pytest.mark.parametrize(("code", "value", "unit"), [("8310-5", 98, "[degF]"), ("29463-7", 140, "[lb_av]"), ("8867-4", 88, ""), ("8867-4", 900, "/min")])
def test_it_refuses_what_is_in_another_unit_or_cannot_be(cast, at, code, value, unit):
    with pytest.raises(Refusal):
        WRITES["Observation"](observation(cast, at, code=code, value=Decimal(value), unit=unit), None, access(f"person-{cast.ada.pk}"), at)
    assert not Check.objects.exists()


def test_a_stranger_writes_no_check(cast, at):
    with pytest.raises(Forbidden):
        WRITES["Observation"](observation(cast, at), None, access(f"person-{cast.lewis.pk}"), at)


def test_it_lets_nobody_overwrite_a_check_from_outside(cast, at):
    with pytest.raises(Forbidden):
        WRITES["Observation"](observation(cast, at), "check-1-pulse", access(f"person-{cast.ada.pk}"), at)


def test_it_knows_no_person_who_is_not_here(cast, at):
    sent = observation(cast, at, subject={"reference": "Patient/person-999999"})

    with pytest.raises(NotFound):
        WRITES["Observation"](sent, None, access("person-999999"), at)


def test_it_reads_back_what_it_writes(cast):
    check = queries.facts_of(make_check(cast, readings=ADAS))
    read = {}
    for resource in fhir.observations(check):
        sent = fhir.sent(resource)
        read |= sent.readings if sent else {}

    assert read == {key: value for key, value in ADAS.items() if key not in ("OXYGEN", "CONSCIOUSNESS")}


def test_it_lets_a_lone_reading_answer_for_no_full_set(cast, at):
    """A pulse from a GP's device does not put off the check that Ada's NEWS2 of 6 asked for."""
    make_check(cast, readings=ADAS)
    later = at + timedelta(minutes=20)

    WRITES["Observation"](observation(cast, later, value=Decimal(72)), None, access(f"person-{cast.ada.pk}"), later)

    due = queries.due_of(cast.ada.pk, cast.room7.path, later)[0]
    assert (due.kind, due.due_at) == (Kind.VITALS, at + timedelta(minutes=60))


def test_it_starts_the_time_anew_after_a_set_that_could_not_be_finished(cast, at):
    make_check(cast, readings=ADAS)
    later = at + timedelta(minutes=55)
    make_check(cast, readings={"PULSE": "80", "CONSCIOUSNESS": "ALERT", "ABSENT": "DECLINED"}, at=later)

    assert queries.due_of(cast.ada.pk, cast.room7.path, later)[0].due_at == later + timedelta(minutes=60)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
    st.sampled_from(["code", "coding", "system", "value", "valueQuantity", "subject", "reference", "component", "identifier", "note", "status"]), inner, max_size=4
), max_leaves=12))  # fmt: skip
def test_it_reads_any_nonsense_as_nothing_or_refuses_it(nonsense):
    resource = {"subject": {"reference": "Patient/person-1"}, "status": "final", "effectiveDateTime": "2026-11-22T03:12:00Z"}
    cases = [(name, code) for name in ("code", "component", "valueQuantity", "identifier", "note") for code in ("8867-4", "85354-9")]
    for name, code in cases:
        try:
            fhir.sent(resource | {"code": {"coding": [{"system": LOINC, "code": code}]}} | {name: nonsense})
        except Refusal:
            continue
