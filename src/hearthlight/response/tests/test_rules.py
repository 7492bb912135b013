"""Plans, and the clock between their steps."""

from datetime import timedelta

import pytest

from hearthlight.alerts.types import Severity
from hearthlight.core.types import Refusal
from hearthlight.people.tests.factories import NIGHT
from hearthlight.people.types import Duty, Role
from hearthlight.response import rules
from hearthlight.response.types import Audience, FrozenStep, Step

URGENT = rules.DEFAULTS[Severity.URGENT]


def step(after_s: int, repeat_s: int = 0, audience: Audience = Audience.CARER) -> Step:
    return Step(after_s, audience, repeat_s)


@pytest.mark.parametrize("severity", Severity)
def test_it_has_a_sound_default_for_every_urgency(severity: Severity):
    rules.check_plan_for(severity, rules.DEFAULTS[severity])
    assert severity in rules.ATTEND_WITHIN


@pytest.mark.parametrize(
    ("steps", "why"),
    [([], "at least one"), ([step(5)], "at once"), ([step(0), step(0)], "later than"), ([step(0), step(60), step(30)], "later than"),
     ([step(0, 60), step(60)], "final step may repeat"), ([step(0), step(14401)], "four hours"), ([step(0, 29)], "at least 30"),
     ([step(n) for n in range(9)], "at most 8")],
)  # fmt: skip
def test_it_refuses_a_plan_nobody_can_rely_on(steps: list[Step], why: str):
    with pytest.raises(Refusal, match=why):
        rules.check_plan(steps)


def test_it_refuses_an_urgent_plan_that_falls_silent():
    with pytest.raises(Refusal, match="must repeat"):
        rules.check_plan_for(Severity.URGENT, [step(0), step(60)])
    rules.check_plan_for(Severity.WATCH, [step(0), step(60)])


@pytest.mark.parametrize(
    ("on", "expected"),
    [({"CARER", "SENIOR", "ON_CALL", "EVERYBODY"}, [(0, "CARER"), (60, "SENIOR"), (120, "ON_CALL"), (180, "EVERYBODY")]),
     ({"ON_CALL", "EVERYBODY"}, [(0, "ON_CALL"), (180, "EVERYBODY")]),
     ({"CARER", "EVERYBODY"}, [(0, "CARER"), (60, "EVERYBODY")]),
     ({"EVERYBODY"}, [(0, "EVERYBODY")]),
     (set(), [(0, "EVERYBODY")]),
     ({"CARER"}, [(0, "CARER"), (60, "EVERYBODY")])],
)  # fmt: skip
def test_it_gives_the_turn_of_nobody_to_the_next(on: set[str], expected: list[tuple[int, str]]):
    frozen = rules.freeze(URGENT, lambda one: (1,) if one.audience.value in on else ())

    assert [(one.after_s, one.audience.value) for one in frozen] == expected


def test_it_names_whom_it_passed_over():
    frozen = rules.freeze(URGENT, lambda one: (7,) if one.audience == Audience.ON_CALL else ())

    assert frozen[0] == FrozenStep(0, Audience.ON_CALL, 0, (7,), (Audience.CARER, Audience.SENIOR), 120)
    assert "Nobody is on shift as: carers of the unit, seniors." in rules.why_told(frozen[0], people=1)


def test_it_keeps_frozen_steps_through_the_database():
    frozen = rules.freeze(URGENT, lambda _: (1, 2))

    assert rules.thawed(rules.kept(frozen)) == frozen
    assert rules.planned(rules.kept(URGENT)) == URGENT


def _after(seconds: float):
    return NIGHT + timedelta(seconds=seconds)


def test_it_keeps_each_steps_own_time_however_late_it_is():
    frozen = rules.freeze(URGENT, lambda _: (1,))

    assert rules.next_after(frozen, 0, base_at=NIGHT, at=_after(500), told_anyone=True) == (1, _after(60))


def test_it_counts_a_repeat_from_when_it_last_rang():
    frozen = rules.freeze(URGENT, lambda _: (1,))

    assert rules.next_after(frozen, 3, base_at=NIGHT, at=_after(500), told_anyone=True) == (3, _after(620))


def test_it_ends_without_a_repeat_unless_nobody_was_told():
    frozen = rules.freeze(rules.DEFAULTS[Severity.WATCH], lambda _: (1,))

    assert rules.next_after(frozen, 1, base_at=NIGHT, at=_after(1800), told_anyone=True) == (1, None)
    assert rules.next_after(frozen, 1, base_at=NIGHT, at=_after(1800), told_anyone=False) == (1, _after(1860))


def test_it_tells_those_of_the_place_and_everybody_of_the_home():
    here, other = "/1/2/3/7/", "/1/2/4/"
    duties = [
        Duty(1, Role.CARER, "/1/2/3/", _after(-60), _after(60)), Duty(2, Role.CARER, other, _after(-60), _after(60)),
        Duty(3, Role.CARER, "/1/2/3/", _after(-60), _after(0)), Duty(4, Role.CARER, "/1/2/3/", _after(1), _after(60)),
        Duty(5, Role.MANAGER, "/1/2/", _after(-60), None),
    ]  # fmt: skip

    assert rules.on_duty(Audience.CARER, duties, path=here, at=NIGHT) == (1,)
    assert rules.on_duty(Audience.MANAGER, duties, path=here, at=NIGHT) == (5,)
    assert rules.on_duty(Audience.SENIOR, duties, path=here, at=NIGHT) == ()
    assert rules.on_duty(Audience.EVERYBODY, duties, path=here, at=NIGHT) == (1, 2, 5)


def test_it_has_a_role_and_words_for_every_audience():
    assert set(rules.ROLES) == set(Audience) - {Audience.EVERYBODY}
    assert set(rules.AUDIENCES) == set(Audience)
