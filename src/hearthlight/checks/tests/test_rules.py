"""Usual, levels, due times and policies: what the home does by score, and when again."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthlight.checks import early_warning, rules
from hearthlight.checks.tests.factories import ADAS, WELL
from hearthlight.checks.types import Kind, Limit, Measure, UsualFacts
from hearthlight.core.types import Refusal

LONDON = ZoneInfo("Europe/London")
LEVELS = rules.DEFAULT.levels
BACK = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 01:30 summer time, half an hour before the clocks go back
FORWARD = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)  # 00:30, half an hour before the clocks go forward


def level(at_least: int, *, usual: int | None = None, agreed: str = "", threes=()) -> int:
    return rules.level_of(LEVELS, at_least=at_least, usual=UsualFacts(usual, agreed), threes=threes)


@pytest.mark.parametrize(
    ("total", "reached"), [(0, 0), (1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (6, 3), (7, 4), (20, 4)]
)
def test_it_reaches_a_level_by_the_total_where_usual_is_not_known(total, reached):
    assert level(total) == reached


@pytest.mark.parametrize(
    ("total", "usual", "reached"),
    [(1, 1, 0), (4, 4, 0), (3, 4, 0), (2, 1, 1), (3, 1, 2), (4, 1, 3), (6, 1, 3), (7, 1, 4), (1, 0, 1), (3, 0, 3)],
)
def test_it_counts_the_rise_above_usual(total, usual, reached):
    assert level(total, usual=usual) == reached


def test_it_takes_a_high_score_for_usual_only_if_a_clinician_agreed():
    assert level(5, usual=5) == 3
    assert level(5, usual=5, agreed="Dr Rees") == 0


def test_it_never_takes_seven_for_usual():
    assert level(7, usual=9, agreed="Dr Rees") == 4


def test_it_looks_urgently_at_a_three_in_one_part():
    assert level(3, usual=3, threes=[Measure.PULSE]) == 3


def test_it_lets_a_persons_own_agreed_limit_stand_for_a_three():
    slow = WELL | {"PULSE": "39"}
    agreed = UsualFacts(3, "", {Measure.PULSE: Limit(Decimal(36), None)})

    assert rules.outcome(slow, UsualFacts(3), rules.DEFAULT).level == 3
    assert rules.outcome(slow, agreed, rules.DEFAULT).level == 0


def test_it_compares_ada_with_her_usual():
    came_to = rules.outcome(ADAS, UsualFacts(1), rules.DEFAULT)

    assert (came_to.news2.total, came_to.rise, LEVELS[came_to.level - 1].name) == (6, 5, "Urgent")


def test_it_acts_on_what_is_known_when_something_is_missing():
    """Five breaths, not responding, no blood pressure to be had: nobody waits for the cuff."""
    came_to = rules.outcome({"RESPIRATION": "5", "CONSCIOUSNESS": "UNRESPONSIVE", "PULSE": "140"}, UsualFacts(), rules.DEFAULT)

    assert came_to.news2.total is None and came_to.rise is None
    assert LEVELS[came_to.level - 1].name == "Emergency"


def test_it_never_says_all_is_well_of_someone_outside_their_limits():
    usual = UsualFacts(0, "", {Measure.SYSTOLIC: Limit(Decimal(130), Decimal(170))})

    came_to = rules.outcome(WELL, usual, rules.DEFAULT)

    assert (came_to.outside, came_to.level) == ((Measure.SYSTOLIC,), 1)


@given(one=st.integers(0, 20), other=st.integers(0, 20), usual=st.none() | st.integers(0, 20), agreed=st.booleans())
def test_it_never_does_less_for_a_higher_score(one, other, usual, agreed):
    low, high = sorted((one, other))
    clinician = "Dr Rees" if agreed else ""

    assert level(low, usual=usual, agreed=clinician) <= level(high, usual=usual, agreed=clinician)


@given(total=st.integers(0, 20), usual=st.integers(0, 19))
def test_it_never_does_less_for_someone_whose_usual_is_lower(total, usual):
    assert level(total, usual=usual) >= level(total, usual=usual + 1)


# When again


def due(taken_at: datetime, reached: int = 0) -> datetime | None:
    return rules.next_due(Kind.VITALS, taken_at=taken_at, level=reached, policy=rules.DEFAULT, zone=LONDON)


@pytest.mark.parametrize("night", [BACK, FORWARD])
def test_it_counts_minutes_through_the_night_the_clocks_change(night):
    assert due(night, 3) == night + timedelta(minutes=60)
    assert due(night, 4) == night + timedelta(minutes=15)


def test_it_keeps_a_routine_check_at_the_same_time_on_the_wall():
    before = datetime(2026, 10, 20, 8, 0, tzinfo=UTC)  # 09:00 in summer

    assert due(before).astimezone(LONDON).time() == time(9, 0)


def test_it_has_no_next_time_without_a_routine():
    assert rules.next_due(Kind.SKIN, taken_at=BACK, level=0, policy=rules.DEFAULT, zone=LONDON) is None


def test_it_watches_a_head_half_hourly_then_hourly_then_two_hourly_for_a_day():
    watch = rules.DEFAULT.head_watch
    fell = BACK
    looked, gaps = [], []
    while (following := rules.watch_due(fell, watch, looked)) is not None:
        gaps.append((following - (looked[-1] if looked else fell)) // timedelta(minutes=1))
        looked.append(following)

    assert gaps == [30] * 4 + [60] * 4 + [120] * 9
    assert looked[-1] == fell + timedelta(hours=24)


def test_it_counts_the_watch_from_the_latest_look_and_ignores_those_before_the_fall():
    looks = [BACK - timedelta(hours=1), BACK + timedelta(minutes=50)]

    assert rules.watch_due(BACK, rules.DEFAULT.head_watch, looks) == BACK + timedelta(minutes=80)


@pytest.mark.parametrize(
    ("clock", "at", "expected"),
    [
        (time(3, 0), datetime(2026, 11, 22, 3, 12, tzinfo=UTC), datetime(2026, 11, 22, 3, 0, tzinfo=UTC)),
        (time(23, 50), datetime(2026, 11, 22, 0, 5, tzinfo=UTC), datetime(2026, 11, 21, 23, 50, tzinfo=UTC)),
        (time(1, 30), datetime(2026, 10, 25, 2, 0, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),  # came twice: the second
        (time(1, 30), datetime(2026, 10, 25, 0, 45, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # only the first has been
        (time(1, 30), datetime(2027, 3, 28, 4, 0, tzinfo=UTC), datetime(2027, 3, 27, 1, 30, tzinfo=UTC)),  # skipped today
    ],
)
def test_it_reads_a_time_on_the_wall_as_the_latest_such_moment(clock, at, expected):
    assert rules.latest_at(clock, at, LONDON) == expected


# Numbers


@pytest.mark.parametrize("text", ["36.8", "36,8", " 36.8 "])
def test_it_reads_a_number_as_people_type_it(text):
    assert rules.decimal_of(text) == Decimal("36.8")


@pytest.mark.parametrize("text", ["1e5", "NaN", "inf", "١٢", "1" * 9, "3.6.8", "-4", "0x10", "½"])
def test_it_refuses_what_is_no_number(text):
    with pytest.raises(Refusal):
        rules.decimal_of(text)


@given(st.text(max_size=12))
def test_it_reads_any_text_or_refuses_it(text):
    try:
        value = rules.decimal_of(text)
    except Refusal:
        return
    assert value is None or value >= 0


@pytest.mark.parametrize("measure", sorted(rules.BOUNDS))
def test_it_asks_again_only_about_what_is_possible(measure):
    bounds = rules.BOUNDS[measure]

    assert bounds.low <= bounds.likely_low < bounds.likely_high <= bounds.high
    assert rules.checked(measure, bounds.low) == bounds.low
    for outside in (bounds.low - 1, bounds.high + 1):
        with pytest.raises(Refusal):
            rules.checked(measure, outside)


# Policies


def test_it_keeps_a_policy_as_it_was_given():
    rules.check_policy(rules.DEFAULT)

    assert rules.policy_from(rules.kept_policy(rules.DEFAULT)) == rules.DEFAULT


@pytest.mark.parametrize(
    "changed",
    [
        replace(rules.DEFAULT, levels=()),
        replace(rules.DEFAULT, levels=LEVELS[:2]),  # nothing at 5
        replace(rules.DEFAULT, levels=(*LEVELS[:3], replace(LEVELS[3], total=9))),
        replace(rules.DEFAULT, levels=(*LEVELS[:3], replace(LEVELS[3], total=5))),
        replace(rules.DEFAULT, levels=(*LEVELS[:3], replace(LEVELS[3], again_minutes=90))),
        replace(rules.DEFAULT, levels=(*LEVELS[:3], replace(LEVELS[3], acts=()))),
        replace(rules.DEFAULT, levels=tuple(replace(one, on_three=False) for one in LEVELS)),
        replace(rules.DEFAULT, fluid_target_ml=50),
        replace(rules.DEFAULT, routine_days={Kind.WEIGHT: 800}),
    ],
)
def test_it_refuses_a_policy_that_would_let_someone_down(changed):
    with pytest.raises(Refusal):
        rules.check_policy(changed)


def test_it_does_something_at_every_threshold_of_the_royal_college():
    assert level(early_warning.URGENT) >= 3 and level(early_warning.EMERGENCY) == len(LEVELS)
