"""Writing checks down: once, with its audit entry, its change and its word to the record, and never rewritten."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from hearthlight.checks import actions, queries, rules
from hearthlight.checks.models import Check
from hearthlight.checks.tests.factories import ADAS, WELL, make_check, make_limit, make_usual
from hearthlight.checks.types import Kind, Measure
from hearthlight.core import facts
from hearthlight.core.models import AuditEntry, Change
from hearthlight.core.types import Refusal, staff_actor


@pytest.fixture
def told(monkeypatch):
    """What the record hears."""
    heard = []
    monkeypatch.setattr(facts, "_listeners", [lambda kind, key, by, at: heard.append((kind, key))])
    return heard


def test_it_writes_a_check_with_its_audit_its_change_and_its_word_to_the_record(cast, at, told):
    make_usual(cast, 1)

    check = queries.facts_of(make_check(cast, readings=ADAS))

    assert (check.total, check.result["usual"], check.result["rise"], check.result["level"]) == (6, 1, 5, "Urgent")
    assert check.due_at == at + timedelta(minutes=60)
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.subject, entry.person_id) == ("check recorded", f"check:{check.id}", cast.ada.pk)
    change = Change.objects.latest("pk")
    assert (change.kind, change.subject, change.path) == ("check", f"check:{check.id}", cast.room7.path)
    assert told[-1] == ("check", str(check.id))


def test_it_writes_no_values_into_the_audit_or_the_change(cast):
    make_check(cast, readings=ADAS, note="Hot to touch")

    written = f"{list(AuditEntry.objects.values())} {list(Change.objects.values())}"

    assert "38.4" not in written and "Hot to touch" not in written


def test_it_takes_one_form_for_one_check_however_often_it_is_sent(cast):
    key = str(uuid4())

    first = make_check(cast, readings=ADAS, key=key)
    second = make_check(cast, readings=WELL, key=key)

    assert first == second
    assert Check.objects.get().total == 6


def test_it_refuses_a_form_that_was_another_persons(cast):
    key = str(uuid4())
    make_check(cast, key=key)

    with pytest.raises(Refusal, match="open a new one"):
        make_check(cast, person=cast.lewis, key=key)


def test_it_keeps_the_wrong_one_when_it_is_corrected(cast, at, told):
    wrong = make_check(cast, readings=ADAS)

    right = actions.correct_check(
        check_id=wrong, readings=WELL, taken_at=at, why="Read upside down", form_key=str(uuid4()), by=staff_actor(cast.nia.pk), at=at
    )

    before, after = queries.facts_of(wrong), queries.facts_of(right)
    assert (before.withdrawn_why, before.corrected_by_id, before.total) == ("Read upside down", right, 6)
    assert (after.corrects_id, after.total) == (wrong, 0)
    assert queries.latest(cast.ada.pk, Kind.VITALS).id == right
    assert told[-2:] == [("check", str(wrong)), ("check", str(right))]


def test_it_takes_a_check_back_once(cast, at):
    check = make_check(cast, readings=ADAS)
    by = staff_actor(cast.nia.pk)

    actions.withdraw_check(check_id=check, why="Wrong person", by=by, at=at)

    assert queries.latest(cast.ada.pk, Kind.VITALS) is None
    with pytest.raises(Refusal, match="already"):
        actions.withdraw_check(check_id=check, why="Again", by=by, at=at)


def test_it_wants_a_reason_to_take_one_back(cast, at):
    check = make_check(cast)

    with pytest.raises(Refusal):
        actions.withdraw_check(check_id=check, why="  ", by=staff_actor(cast.nia.pk), at=at)
    assert queries.facts_of(check).withdrawn_at is None


def test_it_keeps_what_was_shown_when_usual_changes_later(cast):
    check = make_check(cast, readings=ADAS)

    make_usual(cast, 6, agreed_with="Dr Rees")

    assert queries.facts_of(check).result["usual"] is None
    assert queries.facts_of(check).result["level"] == "Urgent"


@pytest.mark.parametrize("late", [timedelta(hours=25), -timedelta(minutes=5)])
def test_it_refuses_a_time_too_long_ago_or_still_to_come(cast, at, late):
    with pytest.raises(Refusal):
        make_check(cast, taken_at=at - late)


@pytest.mark.parametrize(
    "readings",
    [
        {}, {"PULSE": "7000"}, {"PULSE": "NaN"}, {"PULSE": "1e1"}, {"PULSE": "-70"}, {"TEMPERATURE": "36.85"}, {"RESPIRATION": "16.5"},
        {"OXYGEN": "HELIUM"}, {"CONSCIOUSNESS": "alert"}, {"SYSTOLIC": "80", "DIASTOLIC": "80"}, {"PULSE": "70", "FLOW": "2"},
        {"PULSE": {"$gt": 1}}, {"PULSE": "Infinity"}, {"PULSE": "seventy"},
    ],
)  # fmt: skip
def test_it_refuses_readings_that_cannot_be(cast, readings):
    with pytest.raises(Refusal):
        make_check(cast, readings=readings)
    assert not Check.objects.exists()


def test_it_gives_no_score_under_sixteen(cast, at):
    cast.ada.born_on = at.date().replace(year=at.year - 16) + timedelta(days=1)
    cast.ada.save()

    check = queries.facts_of(make_check(cast, readings=ADAS))

    assert check.total is None and check.result == {"applies": False}


def test_it_counts_scale_two_only_once_a_clinician_has_decided(cast, at):
    by = staff_actor(cast.sam.pk)
    low = WELL | {"SATURATION": "90"}
    assert queries.facts_of(make_check(cast, readings=low)).total == 3

    actions.decide_scale_two(
        person_id=cast.ada.pk, decided_by="Dr Rees, respiratory", decided_on=at.date(), evidence="Clinic letter", by=by, at=at
    )
    assert queries.facts_of(make_check(cast, readings=low)).total == 0

    actions.end_scale_two(person_id=cast.ada.pk, by=by, at=at)
    assert queries.facts_of(make_check(cast, readings=low)).total == 3


def test_it_needs_a_clinicians_name_for_scale_two_and_for_a_high_usual(cast, at):
    by = staff_actor(cast.sam.pk)

    with pytest.raises(Refusal):
        actions.decide_scale_two(person_id=cast.ada.pk, decided_by=" ", decided_on=at.date(), evidence="x", by=by, at=at)
    with pytest.raises(Refusal, match="clinician"):
        actions.set_usual(person_id=cast.ada.pk, total=5, by=by, at=at)


def test_it_says_what_is_outside_a_persons_own_limits(cast):
    make_limit(cast, Measure.SYSTOLIC, Decimal(125), Decimal(160))

    check = queries.facts_of(make_check(cast))

    assert check.result["outside"] == ["SYSTOLIC"]
    assert check.result["level"] == "Watch"


def test_it_ends_a_limit_instead_of_changing_it(cast):
    make_limit(cast, Measure.PULSE, Decimal(50), None)
    make_limit(cast, Measure.PULSE, Decimal(45), None)

    assert [row.low for row in queries.limit_rows(cast.ada.pk)] == [Decimal(45)]


def test_it_lets_the_database_refuse_a_withdrawal_by_nobody(cast, at):
    check = make_check(cast)

    with pytest.raises(IntegrityError), transaction.atomic():
        Check.objects.filter(pk=check).update(withdrawn_at=at)


def test_it_follows_the_nearest_policy(cast, at):
    stricter = rules.policy_from(rules.kept_policy(rules.DEFAULT) | {"fluid_target_ml": 1200})

    actions.set_policy(place_id=cast.unit.pk, policy=stricter, agreed_with="Elm Surgery", by=staff_actor(cast.maya.pk), at=at)

    assert queries.policy_for(cast.room7.path).fluid_target_ml == 1200
    assert queries.policy_for(cast.home.path) == rules.DEFAULT
    actions.clear_policy(place_id=cast.unit.pk, by=staff_actor(cast.maya.pk), at=at)
    assert queries.policy_for(cast.room7.path) == rules.DEFAULT
