"""Which plan holds where, and that reading the rota at once says what asking it step by step would."""

from datetime import datetime, timedelta

import pytest

from hearthlight.alerts.types import Severity
from hearthlight.people import queries as people
from hearthlight.people.tests.factories import Cast, make_grant, make_shift
from hearthlight.people.types import Role
from hearthlight.response import queries, rules
from hearthlight.response.models import Plan, PushAddress
from hearthlight.response.types import Audience

STEPS = [{"after_s": 0, "audience": "SENIOR", "repeat_s": 60}]


def test_it_takes_the_nearest_plan_above(cast: Cast, at: datetime):
    path = cast.room7.path
    assert queries.plan_for(path, Severity.URGENT) == rules.DEFAULTS[Severity.URGENT]
    assert queries.plan_source(path, Severity.URGENT) is None

    Plan.objects.create(place=cast.home, severity="URGENT", steps=[{"after_s": 0, "audience": "MANAGER"}], set_at=at, set_by="x")
    Plan.objects.create(place=cast.unit, severity="URGENT", steps=STEPS, set_at=at, set_by="x")

    assert queries.plan_for(path, Severity.URGENT)[0].audience == Audience.SENIOR
    assert queries.plan_source(path, Severity.URGENT) == cast.unit.pk
    assert queries.plan_for(cast.other_unit.path, Severity.URGENT)[0].audience == Audience.MANAGER
    assert queries.plan_for(path, Severity.SOON) == rules.DEFAULTS[Severity.SOON]
    assert queries.plan_for(cast.other_home.path, Severity.URGENT) == rules.DEFAULTS[Severity.URGENT]


@pytest.mark.parametrize("minutes", [0, 59, 60, 61, 12 * 60])
def test_it_finds_the_same_people_as_asking_the_rota_step_by_step(cast: Cast, at: datetime, minutes: int):
    """`people.staff_on` and `people.everybody` are the twin of `duties` with `rules.on_duty`."""
    make_shift(cast.stranger, Role.CARER, cast.other_unit, starts_at=at + timedelta(hours=1))
    make_shift(cast.maya, Role.SENIOR, cast.unit, starts_at=at - timedelta(hours=1), hours=2)
    make_grant(cast.sam, Role.ON_CALL, cast.organisation)
    make_grant(cast.nia, Role.CARER, cast.home)  # a standing role that is reached by shift only
    then = at + timedelta(minutes=minutes)
    _, duties = people.duties(cast.room7.path, at, at + timedelta(hours=13))

    for audience in Audience:
        asked = (
            people.everybody(cast.room7.path, then)
            if audience == Audience.EVERYBODY
            else people.staff_on(rules.ROLES[audience], cast.room7.path, then)
        )
        assert rules.on_duty(audience, duties, path=cast.room7.path, at=then) == tuple(facts.id for facts in asked)


def test_it_leaves_out_whoever_has_left(cast: Cast, at: datetime):
    cast.nia.left_at, cast.nia.left_by = at, "test"
    cast.nia.save()

    _, duties = people.duties(cast.room7.path, at, at)

    assert cast.nia.pk not in {duty.staff_id for duty in duties}


def test_it_knows_every_way_to_reach_someone(cast: Cast, at: datetime):
    for number, failed in enumerate((None, at)):
        PushAddress.objects.create(
            staff=cast.olu, endpoint=f"https://push.example.org/{number}", keys={"auth": "x"}, added_at=at, failed_at=failed
        )

    reach = queries.addresses(people.staff_facts([cast.olu.pk, cast.nia.pk]).values())

    assert (reach[cast.olu.pk].email, reach[cast.olu.pk].phone) == ("olu@example.org", "07700900123")
    assert [one["endpoint"] for one in reach[cast.olu.pk].push] == ["https://push.example.org/0"]
    assert reach[cast.nia.pk].push == ()
